//! Case T14 by files and by HL7 messages: what a product does about what was put aside.

use std::collections::BTreeMap;

use conformance::{Case, Cast, Given, Outcome, Spoken, judge};
use directory::connecting::WayIn;

use crate::casting::{few, receipts, right, run};
use crate::product::{ENDINGS, Record, file_as, message, refusal};

/// What stands against the case after these two steps; nothing when it was passed.
fn against(cast: &Cast, way: WayIn, steps: Vec<Given>) -> Vec<String> {
    let given = BTreeMap::from([("T14".to_owned(), steps)]);
    let case = judge(&run(cast, way), &given).cases.into_iter().find(|case| case.id == "T14").unwrap();
    assert_eq!(case.outcome == Outcome::Passed, case.findings.is_empty());
    case.findings.into_iter().map(|finding| format!("{}: {}", finding.place, finding.what)).collect()
}

/// Against each there is something, and among it this.
#[track_caller]
fn fails(findings: &[String], words: &str) {
    assert!(findings.iter().any(|finding| finding.contains(words)), "{words}: {findings:?}");
}

/// The three records in the product, before the postcode of the second was corrected and after.
fn records(cast: &Cast, way: WayIn) -> [Vec<Record>; 2] {
    right(cast, way).remove("T14").unwrap().try_into().unwrap()
}

/// Two exports in a format, and the receipts of the first beside it.
fn exports(cast: &Cast, ending: &str, [first, then]: [&[Record]; 2]) -> Vec<Given> {
    let step = &Case::named("T14").unwrap().plan(cast, WayIn::Files).steps[0];
    let file =
        |nth, records| Given::bytes(format!("T14/{nth}.{ending}"), file_as(ending, cast.profile(), records));
    let first = file(1, first);
    let told = receipts(cast, step, &first);
    vec![first.told(told), file(2, then)]
}

#[test]
fn a_product_that_writes_files_corrects_the_row_that_was_put_aside_and_loses_no_other() {
    let cast = few("nhs-gp");
    let [first, corrected] = records(&cast, WayIn::Files);
    for ending in ENDINGS {
        let judged = |then: &[Record]| against(&cast, WayIn::Files, exports(&cast, ending, [&first, then]));
        assert_eq!(judged(&corrected), [""; 0], "{ending}");
        // It takes no notice of the receipt: the same file for ever, or the same words dated anew.
        fails(&judged(&first), "had been named as breaking a rule came again as it was");
        let mut dated = first.clone();
        dated[1].at = "2026-11-24T09:30:00+00:00".to_owned();
        fails(&judged(&dated), "had been named as breaking a rule came again as it was");
        // It sends the wrong row for ever beside the corrected one.
        let mut both = corrected.clone();
        both.push(Record { id: "R-21-9".to_owned(), ..first[1].clone() });
        fails(&judged(&both), "the child came in 2 records");
        // It gives the row up, gives up those beside it, or changes them.
        let without = |nth: usize| [&corrected[..nth], &corrected[nth + 1..]].concat();
        fails(&judged(&without(1)), "step 2, child 21: the child did not arrive");
        fails(&judged(&without(0)), "step 2, child 20: the child did not arrive");
        fails(&judged(&without(2)), "step 2, child 22: the child did not arrive");
        let mut another = corrected.clone();
        another[1].id.push('x');
        fails(&judged(&another), "another record_id than in the step before");
        // It keeps others back in the export of which it is told.
        let few = against(&cast, WayIn::Files, exports(&cast, ending, [&first[..2], &corrected]));
        fails(&few, "step 1, child 22: the child did not arrive");
        let none = [&first[..1], &first[2..]].concat();
        let none = against(&cast, WayIn::Files, exports(&cast, ending, [&none, &corrected]));
        fails(&none, "the child whose statement is put aside did not arrive");
    }
}

#[test]
fn the_receipts_beside_an_export_are_of_that_export_and_tell_of_that_row() {
    let cast = few("social-care");
    let [first, corrected] = records(&cast, WayIn::Files);
    let given = exports(&cast, "csv", [&first, &corrected]);
    let told = String::from_utf8(given[0].receipts.clone().unwrap()).unwrap();
    let lines: Vec<&str> = told.lines().collect();
    assert!(
        lines.len() == 3 && lines[1].contains("\"quarantined\"") && lines[1].contains("\"postcode\""),
        "{told}"
    );
    assert!(lines[1].contains("\"record\":null") && lines[1].contains("\"row\":3"), "{told}");
    assert!(!told.contains(&first[1].id), "a row that was put aside is known by its number alone");
    let with = |receipts: Option<String>| {
        let mut given = given.clone();
        given[0].receipts = receipts.map(String::into_bytes);
        against(&cast, WayIn::Files, given)
    };
    assert_eq!(with(Some(told.clone())), [""; 0]);
    assert_eq!(with(Some(format!("\n{}\r\n", lines[1]))), [""; 0], "it may be given that of the row alone");
    fails(&with(None), "T14/1.csv, row 3: nothing beside the export shows that the product was told");
    for wrong in [
        lines[0].to_owned(),
        told.replace("\"quarantined\"", "\"accepted\""),
        told.replace("\"row\":3", "\"row\":4"),
        told.replace("\"file\":\"", "\"file\":\"0"),
        "it was told by telephone".to_owned(),
    ] {
        fails(&with(Some(wrong)), "do not say of this row of this file");
    }
}

/// A step of messages, with the answers that the product was given.
fn said(nth: usize, messages: &[(&str, &Record, bool)]) -> Given {
    let spoken = messages.iter().map(|(event, record, is_refused)| Spoken {
        message: message(event, record, None).into_bytes(),
        answer: is_refused.then(|| refusal(record).into_bytes()),
    });
    Given::new(format!("T14, step {nth}"), conformance::Came::Messages(spoken.collect()))
}

#[test]
fn a_product_that_sends_messages_corrects_what_was_refused_and_does_not_send_it_for_ever() {
    let cast = few("hospital");
    let [first, corrected] = records(&cast, WayIn::Hl7);
    let [one, wrong, three] = [0, 1, 2].map(|nth| ("A28", &first[nth], nth == 1));
    let right = ("A31", &corrected[1], false);
    let judged = |first: &[(&str, &Record, bool)], then: &[(&str, &Record, bool)]| {
        against(&cast, WayIn::Hl7, vec![said(1, first), said(2, then)])
    };
    let all = [one, wrong, three];
    assert_eq!(judged(&all, &[right]), [""; 0], "nothing comes again but what was corrected");
    assert_eq!(judged(&all, &[one, right, three]), [""; 0], "the others may");
    let other_event = ("A31", &first[1], true);
    assert_eq!(
        judged(&[one, wrong, other_event, three], &[right]),
        [""; 0],
        "another event is another message"
    );
    // It sends the same for ever: at once, dated anew, or once more before the corrected one.
    let words = "had been named as breaking a rule came again as it was";
    fails(&judged(&[one, wrong, wrong, wrong, three], &[right]), words);
    let dated = Record { at: "2026-11-22T10:00:00+00:00".to_owned(), ..first[1].clone() };
    fails(&judged(&[one, wrong, ("A28", &dated, true), three], &[right]), words);
    fails(&judged(&all, &[("A28", &first[1], false), right]), words);
    // It takes no notice of the answer, or nothing comes after it.
    fails(&judged(&all, &[("A28", &first[1], false)]), words);
    fails(&judged(&all, &[one]), "step 2, child 21: the child did not arrive");
    // It stops at the first answer that is none of success, and the others are lost.
    fails(&judged(&[one, wrong], &[right]), "step 1, child 22: the child did not arrive");
    fails(&judged(&[one, wrong], &[right]), "step 2, child 22: the child did not arrive");
    fails(&judged(&[one, three], &[right]), "the child whose statement is put aside did not arrive");
    // It asks for no answer, so that nobody can tell it.
    fails(&judged(&[one, ("A28", &first[1], false), three], &[right]), "and no answer tells the product");
}

#[test]
fn a_recording_says_by_the_answers_in_it_what_was_put_aside() {
    let cast = few("hospital");
    let [first, corrected] = records(&cast, WayIn::Hl7);
    let text = |event: &str, record: &Record| message(event, record, None);
    let then = text("A31", &corrected[1]);
    let judged = |recorded: &str| {
        let first = Given::bytes("T14/1.hl7", recorded.as_bytes().to_vec());
        against(&cast, WayIn::Hl7, vec![first, Given::bytes("T14/2.hl7", then.clone().into_bytes())])
    };
    let sent: Vec<String> = first.iter().map(|record| text("A28", record)).collect();
    let taken =
        |record: &Record| refusal(record).replace("|AE|", "|AA|").split("ERR").next().unwrap().to_owned();
    let (aside, all) = (refusal(&first[1]), sent.concat());
    assert_eq!(judged(&format!("{all}{aside}")), [""; 0], "answers after the messages");
    assert_eq!(judged(&format!("{all}{aside}").replace('\r', "\r\n")), [""; 0]);
    let by_turns =
        format!("{}{}{}{aside}{}{}", sent[0], taken(&first[0]), sent[1], sent[2], taken(&first[2]));
    assert_eq!(judged(&by_turns), [""; 0], "each behind its message");
    let frames =
        [&sent[0], &sent[1], &aside, &sent[2]].map(|message| format!("\u{b}{message}\u{1c}\r")).concat();
    assert_eq!(judged(&frames), [""; 0], "in frames");
    let refused = aside.replace("|AE|", "|AR|").split("ERR").next().unwrap().to_owned();
    assert_eq!(judged(&format!("{all}{refused}")), [""; 0], "refused whole");
    for marks in [String::new(), taken(&first[1]), refusal(&first[0])] {
        fails(
            &judged(&format!("{all}{marks}")),
            "T14/1.hl7, message 2: the message is put aside, and no answer",
        );
    }
    let again = format!("{all}{aside}{}{aside}", sent[1]);
    fails(
        &judged(&again),
        "T14/1.hl7, message 4: a statement that had been named as breaking a rule came again",
    );
}

#[test]
fn answers_in_a_recording_stand_against_no_other_case() {
    let cast = few("hospital");
    let records = right(&cast, WayIn::Hl7).remove("T01").unwrap().remove(0);
    let text: String = records.iter().map(|record| message("A28", record, None) + &refusal(record)).collect();
    let given = vec![Given::bytes("T01.hl7", text.into_bytes())];
    let report = judge(&run(&cast, WayIn::Hl7), &BTreeMap::from([("T01".to_owned(), given)]));
    assert_eq!(report.cases[0].outcome, Outcome::Passed, "{:?}", report.cases[0].findings);
}
