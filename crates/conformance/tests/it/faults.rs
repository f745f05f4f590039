//! Each thing a product does wrong fails the case that is about it.

use std::collections::BTreeMap;

use conformance::{Case, Cast, Given, Outcome, Step, applying, judge};
use directory::connecting::WayIn;
use feeds::Profile;

use crate::casting::{cast, failed, few, right, run, sent, test, told};
use crate::product::{ENDINGS, Record, file, file_as, resources};
use crate::sending::Habits;

type Exports = BTreeMap<String, Vec<Vec<Record>>>;

#[test]
fn a_product_that_does_everything_right_passes_every_case_by_every_way() {
    for profile in Profile::ALL {
        let cast = if profile.name == "hospital" { cast(profile.name) } else { few(profile.name) };
        for way in [WayIn::Files, WayIn::Json, WayIn::Fhir, WayIn::Hl7] {
            if way == WayIn::Hl7 && profile.name != "hospital" {
                continue;
            }
            let report = test(&cast, way, &right(&cast, way));
            assert_eq!(failed(&report), [], "{} by {way:?}", profile.name);
            assert!(report.cases.len() >= 10, "{}", report.cases.len());
        }
    }
}

/// What a product exports for a case, in the format of an ending.
fn given_as(ending: &str, cast: &Cast, case: &str, steps: &[Vec<Record>]) -> Vec<Given> {
    let plan = Case::named(case).unwrap().plan(cast, WayIn::Files).steps;
    let files = (1..).zip(steps).zip(&plan);
    let export = |((nth, records), step): ((i32, &Vec<Record>), &Step)| {
        told(cast, step, Given::bytes(format!("{nth}.{ending}"), file_as(ending, cast.profile(), records)))
    };
    files.map(export).collect()
}

#[test]
fn a_product_passes_every_case_by_its_files_in_whatever_format_a_load_takes() {
    for profile in Profile::ALL {
        let cast = few(profile.name);
        for ending in ENDINGS {
            if ending == "ndjson" && profile.name != "nhs-gp" {
                continue;
            }
            let exports = right(&cast, WayIn::Files);
            let all =
                exports.iter().map(|(case, steps)| (case.clone(), given_as(ending, &cast, case, steps)));
            let report = judge(&run(&cast, WayIn::Files), &all.collect());
            assert_eq!(failed(&report), [], "{} as {ending}", profile.name);
        }
    }
}

#[test]
fn a_fault_in_a_file_is_told_with_its_row_and_a_format_that_is_not_read_with_the_remedy() {
    let cast = few("nhs-gp");
    for (ending, place) in
        [("xlsx", "1.xlsx, row 2, town"), ("xml", "1.xml, row 1, town"), ("ndjson", "1.ndjson, row 1, town")]
    {
        let mut steps = right(&cast, WayIn::Files).remove("T01").unwrap();
        steps[0][0].sheet.insert("town", "Quillhaven".to_owned());
        let given = BTreeMap::from([("T01".to_owned(), given_as(ending, &cast, "T01", &steps))]);
        let report = judge(&run(&cast, WayIn::Files), &given);
        assert_eq!(report.cases[0].findings[0].place, place);
    }
    let old = [b"\xD0\xCF\x11\xE0".to_vec(), b"{\"children\": []}\n".to_vec(), b"PK\x03\x04 cut".to_vec()];
    for (bytes, code) in old.into_iter().zip(["E03", "E19", "E17"]) {
        let given = BTreeMap::from([("T01".to_owned(), vec![Given::bytes("T01.xls", bytes)])]);
        let case = judge(&run(&cast, WayIn::Files), &given).cases.remove(0);
        let refused = &case.findings[0];
        assert!(refused.place.starts_with("T01.xls") && refused.what.contains(code), "{refused:?}");
        assert!(refused.remedy.contains(".xlsx") || refused.remedy.contains("FHIR R4"), "{refused:?}");
    }
}

/// Does one thing wrong, and gives the cases that fail by it.
fn fails(cast: &Cast, way: WayIn, wrong: impl Fn(&mut Exports)) -> Vec<String> {
    let mut exports = right(cast, way);
    wrong(&mut exports);
    failed(&test(cast, way, &exports)).into_iter().map(|(id, _)| id).collect()
}

/// Everything that is exported.
fn each(exports: &mut Exports, change: impl Fn(&mut Record)) {
    exports.values_mut().flatten().flatten().for_each(change);
}

#[test]
fn each_thing_that_a_product_does_wrong_fails_the_case_about_it() {
    let social_care = few("social-care");
    let files = |wrong: fn(&mut Exports)| fails(&social_care, WayIn::Files, wrong);
    let of = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    // A child is left out; a value is cut; a letter is lost.
    assert_eq!(
        files(|all| {
            all.get_mut("T01").unwrap()[0].pop();
        }),
        of(&["T01"])
    );
    assert_eq!(
        files(|all| {
            all.get_mut("T13").unwrap()[0].pop();
        }),
        of(&["T13"])
    );
    assert_eq!(
        files(|all| each(all, |record| if let Some(name) = record.sheet.get_mut("surname") {
            *name = name.replace('\u{141}', "L");
        })),
        of(&["T07"])
    );
    // A new record for every change; the old state beside the new one.
    assert_eq!(files(|all| all.get_mut("T02").unwrap()[1][0].id.push('x')), of(&["T02"]));
    assert_eq!(
        files(|all| {
            let mut old = all["T02"][0][0].clone();
            old.id.push('x');
            all.get_mut("T02").unwrap()[1].push(old);
        }),
        of(&["T02"])
    );
    // The involvement that ended is dropped instead of ended; both records go on after a merge; a third identifier after it.
    assert_eq!(
        files(|all| all.get_mut("T03").unwrap()[1][0]
            .sheet
            .retain(|column, _| !column.starts_with("involvement_1"))),
        of(&["T03"])
    );
    assert_eq!(
        files(|all| {
            let two = all["T04"][0].clone();
            all.get_mut("T04").unwrap()[1] = two;
        }),
        of(&["T04"])
    );
    assert_eq!(files(|all| all.get_mut("T04").unwrap()[1][0].id.push('x')), of(&["T04"]));
    // The former address stays; a placeholder for what is not known.
    assert_eq!(
        files(|all| {
            let old = all["T05"][0].clone();
            all.get_mut("T05").unwrap()[1] = old;
        }),
        of(&["T05"])
    );
    assert_eq!(
        files(|all| {
            all.get_mut("T06").unwrap()[0][0].sheet.insert("nhs_number", "9990000018".to_owned());
        }),
        of(&["T06"])
    );
    // The moment of the export for that of the change; a clock that is fast; the change of a day before the one of the step.
    assert_eq!(
        files(|all| each(all, |record| record.at = "2026-11-27T13:00:00+00:00".to_owned())).len(),
        applying(social_care.profile(), WayIn::Files).count(),
        "in the future"
    );
    assert_eq!(
        files(|all| all.get_mut("T08").unwrap()[2][0].at = "2026-11-22T09:30:00+00:00".to_owned()),
        of(&["T08"])
    );
    for case in ["T09", "T10"] {
        let wrong =
            |all: &mut Exports| all.get_mut(case).unwrap()[1][1].at = "2026-11-27T09:30:00+00:00".to_owned();
        assert_eq!(fails(&social_care, WayIn::Files, wrong), of(&[case]), "stated anew without a change");
        let wrong = |all: &mut Exports| {
            all.get_mut(case).unwrap()[1].pop();
        };
        assert_eq!(fails(&social_care, WayIn::Files, wrong), of(&[case]), "not sent again");
    }
    // A service that needs a basis, with none, and with one that nobody gave.
    let named = |record: &mut Record, basis: bool| {
        record.sheet.insert("involvement_2_service", "mental_health".to_owned());
        record.sheet.insert("involvement_2_organisation", "Lantern Clinic".to_owned());
        if basis {
            record.sheet.insert("involvement_2_basis", "significant_harm".to_owned());
            record.sheet.insert("involvement_2_asserted_by", "Lantern Clinic".to_owned());
            record.sheet.insert("involvement_2_asserted_on", "2026-01-01".to_owned());
        }
    };
    for basis in [false, true] {
        let wrong = |all: &mut Exports| named(&mut all.get_mut("T12").unwrap()[0][0], basis);
        assert_eq!(fails(&social_care, WayIn::Files, wrong), of(&["T12"]));
    }
    // Somebody who is on no sheet: the kit runs where real children are.
    assert_eq!(
        files(|all| {
            let mut stranger = all["T01"][0][0].clone();
            stranger.id = "R-X".to_owned();
            stranger.sheet.insert("surname", "Vane-Tempest".to_owned());
            all.get_mut("T01").unwrap()[0].push(stranger);
        }),
        of(&["T01"])
    );
    // In messages: two records that are one are told by an A40.
    let hospital = few("hospital");
    let no_merge = |all: &mut Exports| all.get_mut("T04").unwrap()[0].truncate(1);
    assert_eq!(fails(&hospital, WayIn::Hl7, no_merge), of(&["T04"]));
}

/// What a product does wrong with its data fails the same case when it sends request by request.
/// What a product does wrong.
type Wrong = fn(&mut Exports);

#[test]
fn each_thing_that_a_product_says_wrong_by_requests_fails_the_case_about_it() {
    let social_care = few("social-care");
    let wrongs: [(&str, Wrong); 9] = [
        ("T01", |all| drop(all.get_mut("T01").unwrap()[0].pop())),
        ("T02", |all| all.get_mut("T02").unwrap()[1][0].id.push('x')),
        ("T03", |all| {
            all.get_mut("T03").unwrap()[1][0].sheet.retain(|column, _| !column.starts_with("involvement_1"));
        }),
        // Both records go on.
        ("T04", |all| {
            let two = all["T04"][0].clone();
            all.get_mut("T04").unwrap()[1] = two;
        }),
        ("T05", |all| {
            let old = all["T05"][0].clone();
            all.get_mut("T05").unwrap()[1] = old;
        }),
        ("T08", |all| all.get_mut("T08").unwrap()[2][0].at = "2026-11-22T09:30:00+00:00".to_owned()),
        ("T09", |all| all.get_mut("T09").unwrap()[1][1].at = "2026-11-27T09:30:00+00:00".to_owned()),
        ("T13", |all| drop(all.get_mut("T13").unwrap()[0].pop())),
        // It never corrects what was put aside.
        ("T14", |all| {
            let old = all["T14"][0].clone();
            all.get_mut("T14").unwrap()[1] = old;
        }),
    ];
    for way in [WayIn::Json, WayIn::Fhir] {
        for (case, wrong) in wrongs {
            assert_eq!(fails(&social_care, way, wrong), [case], "by {way:?}");
        }
    }
    // Where nothing has an end, the record itself has one, and a product says so.
    let practice = few("nhs-gp");
    let stays = |all: &mut Exports| {
        let two = all["T03"][0].clone();
        all.get_mut("T03").unwrap()[1] = two;
    };
    assert_eq!(fails(&practice, WayIn::Json, stays), ["T03"]);
}

/// How a product sends is tried by the kit's own failures.
#[test]
fn each_bad_habit_of_sending_fails_the_case_about_it() {
    let cast = few("nhs-gp");
    let exports = right(&cast, WayIn::Json);
    let with = |habits| failed(&sent(&cast, WayIn::Json, &exports, habits));
    assert_eq!(
        with(Habits { together: true, ..Habits::default() }),
        [],
        "one request for each step is as good"
    );
    assert_eq!(with(Habits { without_keys: true, ..Habits::default() }), [], "and so is none with a key");
    for (habits, cases, words) in [
        (Habits { forgets: true, ..Habits::default() }, &["T10"][..], "did not come again"),
        (
            Habits { hurries: true, ..Habits::default() },
            &["T10", "T15"][..],
            "before the seconds of Retry-After",
        ),
        (Habits { dates_anew: true, ..Habits::default() }, &["T10"][..], "that came again is another"),
        (Habits { keys_anew: true, ..Habits::default() }, &["T10"][..], "another Idempotency-Key"),
        (Habits { repeats: true, ..Habits::default() }, &["T14"][..], "came again as it was"),
        (Habits { repeats: true, dates_anew: true, ..Habits::default() }, &["T10", "T14"][..], "came again"),
        (Habits { drops_aside: true, ..Habits::default() }, &["T14"][..], "did not arrive"),
        (Habits { reads_no_receipts: true, ..Habits::default() }, &["T09"][..], "0 of 3 receipts were read"),
        (Habits { gives_up: true, ..Habits::default() }, &["T10", "T15"][..], "did not come again"),
        (Habits { reads_no_sums: true, ..Habits::default() }, &["T16"][..], "were not asked for"),
        (Habits { miscomputes: true, ..Habits::default() }, &["T16"][..], "came again all the same"),
        (
            Habits { counts_alone: true, ..Habits::default() },
            &["T16"][..],
            "3 statement(s) did not come again",
        ),
        (
            Habits { deletes_instead_of_merging: true, ..Habits::default() },
            &["T04"][..],
            "nothing says which",
        ),
        (Habits { writes_notes: true, ..Habits::default() }, &["T11"][..], "case notes"),
    ] {
        let failed = with(habits);
        let ids: Vec<&str> = failed.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, cases, "{habits:?}: {failed:?}");
        let told = failed.iter().all(|(_, told)| told.iter().any(|finding| finding.contains(words)));
        assert!(told, "{habits:?}: {failed:?}");
    }
    // What is put aside comes again in the next step, as it was.
    let exports = BTreeMap::from([("T14".to_owned(), exports["T14"].clone())]);
    let insists = sent(&cast, WayIn::Json, &exports, Habits { insists: true, ..Habits::default() });
    let case = insists.cases.iter().find(|case| case.id == "T14").unwrap();
    assert!(case.findings.len() == 1 && case.findings[0].what.contains("came again as it was"), "{case:?}");
    // Something that the door does not take fails the case in which it was sent.
    let asks = with(Habits { asks_for_children: true, ..Habits::default() });
    assert_eq!(asks.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["T01"]);
}

#[test]
fn a_column_of_notes_refuses_the_file_and_the_words_are_found_wherever_they_hide() {
    let cast = few("nhs-gp");
    let records = &right(&cast, WayIn::Files)["T11"][0];
    let whole = String::from_utf8(file(cast.profile(), records)).unwrap();
    let judged = |text: String| {
        let given = vec![Given::bytes("T11.csv", text.into_bytes())];
        let report = judge(&run(&cast, WayIn::Files), &BTreeMap::from([("T11".to_owned(), given)]));
        let case = report.cases.iter().find(|case| case.id == "T11").unwrap().clone();
        assert!(
            report
                .cases
                .iter()
                .filter(|other| other.id != "T11")
                .all(|other| other.outcome == Outcome::NotGiven)
        );
        case
    };
    assert_eq!(judged(whole.clone()).outcome, Outcome::Passed);
    let noted = whole.replacen("surname", "surname,case_notes", 1);
    let case = judged(noted);
    assert_eq!(case.outcome, Outcome::Failed);
    assert!(
        case.findings[0].what.contains("E08") && case.findings[0].what.contains("case_notes"),
        "{case:?}"
    );
    // In the one column that holds free words.
    let hidden = whole.replacen(&records[0].sheet["town"], "Heron-Lantern FORTY four", 1);
    let case = judged(hidden);
    assert!(case.findings.iter().any(|finding| finding.what.contains("case notes")), "{case:?}");
}

#[test]
fn the_words_of_the_notes_are_found_where_no_row_of_the_format_stands() {
    let cast = few("nhs-gp");
    let records = &right(&cast, WayIn::Files)["T11"][0];
    let judged = |name: &str, bytes: Vec<u8>| {
        let given = BTreeMap::from([("T11".to_owned(), vec![Given::bytes(name, bytes)])]);
        let report = judge(&run(&cast, WayIn::Files), &given);
        report.cases.into_iter().find(|case| case.id == "T11").unwrap()
    };
    let header: Vec<&str> = cast.profile().columns().map(|column| column.name).collect();
    let comment = "<comments><t>heron lantern forty</t><t>-four</t></comments>".to_owned();
    let commented = testkit::formats::workbook_beside(&header, &[], &[("xl/comments1.xml", comment)]);
    let xml = String::from_utf8(file_as("xml", cast.profile(), records)).unwrap();
    let xml = xml.replace("</rows>", "<!-- Heron lantern, forty-four --></rows>");
    let [patient, practice] = resources(&records[0]);
    let note =
        "{\"resourceType\":\"Observation\",\"note\":[{\"text\":\"heron\\nlantern forty-\\u0066our\"}]}";
    let ndjson = format!("{patient}\n{practice}\n{note}\n");
    for (name, bytes) in
        [("T11.xlsx", commented), ("T11.xml", xml.into_bytes()), ("T11.ndjson", ndjson.into_bytes())]
    {
        let case = judged(name, bytes);
        assert!(case.findings.iter().any(|finding| finding.what.contains("case notes came")), "{case:?}");
    }
    for ending in ENDINGS {
        assert_eq!(judged(ending, file_as(ending, cast.profile(), records)).outcome, Outcome::Passed);
    }
}

#[test]
fn no_value_stands_in_a_report_unless_it_was_asked_for() {
    let cast = few("nhs-gp");
    let mut exports = right(&cast, WayIn::Files);
    for record in exports.values_mut().flatten().flatten() {
        record.sheet.insert("town", "Quillhaven-by-the-Sea".to_owned());
    }
    let mut run = run(&cast, WayIn::Files);
    let given: BTreeMap<String, Vec<Given>> = exports
        .iter()
        .map(|(case, steps)| {
            let files = steps.iter().map(|records| Given::bytes("f", file(cast.profile(), records)));
            (case.clone(), files.collect())
        })
        .collect();
    let without = serde_json::to_string(&judge(&run, &given)).unwrap();
    assert!(!without.contains("Quillhaven") && without.contains("another value came (21 characters for"));
    run.show_values = true;
    assert!(serde_json::to_string(&judge(&run, &given)).unwrap().contains("Quillhaven"));
}

#[test]
fn every_sheet_keeps_the_rules_of_a_row_and_every_case_has_the_steps_it_says() {
    for profile in Profile::ALL {
        let cast = few(profile.name);
        for way in [WayIn::Files, WayIn::Json, WayIn::Fhir, WayIn::Hl7] {
            for case in applying(profile, way) {
                assert_eq!(case.plan(&cast, way).steps.len(), case.steps(way), "{}", case.id);
            }
        }
    }
    let mut children: Vec<_> = Case::ALL.iter().map(Case::children).collect();
    children.sort_unstable();
    let mut last = 0;
    for (first, end) in children {
        assert!(first == last + 1 && end >= first, "{first}: each case has children of its own");
        last = end;
    }
}
