//! Case T14 over the wire of HL7: the kit answers AE, and products do with it what they do.

use std::process::Command;

use super::driven::{Driven, Report};
use super::product::{Record, message};
use super::send;

/// What a product says in the two steps, of the records that it holds in them.
type Says = fn(&[Record], &[Record]) -> [Vec<String>; 2];

/// A kit, and what it was told of the case by a product; `answers` are those that the first step must have.
fn tested(says: Says, answers: &[&str]) -> Report {
    let mut kit = Driven::new("hospital", &["--way", "hl7"], &[]);
    let address = kit.address.clone();
    while let Some((case, step)) = kit.step() {
        if case == "T14" {
            let exports = kit.exports("T14");
            let said = &says(&exports[0], &exports[1])[step - 1];
            if step == 1 {
                let given = send(&address, said, answers.len());
                let begins = |(given, answer): (&String, &&str)| given.contains(&format!("MSA|{answer}|"));
                assert!(given.iter().zip(answers).all(begins), "{given:?}");
            } else if !said.is_empty() {
                send(&address, said, said.len());
            }
        }
        kit.sent();
    }
    // Nothing was sent for the other cases.
    kit.ended(1)
}

fn new(record: &Record) -> String {
    message("A28", record, None)
}

fn changed(record: &Record) -> String {
    message("A31", record, None)
}

#[test]
fn a_product_that_corrects_what_was_answered_with_an_error_passes_and_each_that_does_not_fails_by_name() {
    let passed =
        tested(|first, then| [first.iter().map(new).collect(), vec![changed(&then[1])]], &["AA", "AE", "AA"]);
    assert_eq!(passed.passed(), ["T14"], "{}", passed.0);
    // Accept acknowledgements alone say it with a warning.
    let accepts: Says = |first, then| {
        let asks = |text: String| text.replace("|P|2.5.1||||||", "|P|2.5.1|||AL|NE||");
        [first.iter().map(new).map(asks).collect(), vec![asks(changed(&then[1]))]]
    };
    assert_eq!(tested(accepts, &["CA", "CA", "CA"]).passed(), ["T14"]);
    let wrongs: [(Says, &[&str], &str); 4] = [
        // It takes no notice, and says the same once more when something is corrected.
        (
            |first, _| [first.iter().map(new).collect(), vec![new(&first[1])]],
            &["AA", "AE", "AA"],
            "came again as it was",
        ),
        // It sends what was answered with an error until it is answered otherwise.
        (
            |first, then| {
                let again = std::iter::repeat_n(&first[1], 5).chain([&first[2]]).map(new);
                [[new(&first[0])].into_iter().chain(again).collect(), vec![changed(&then[1])]]
            },
            &["AA", "AE", "AE", "AE", "AE", "AE", "AA"],
            "came again as it was",
        ),
        // It stops at the first error, and what waited behind it is lost.
        (
            |first, then| [first.iter().take(2).map(new).collect(), vec![changed(&then[1])]],
            &["AA", "AE"],
            "step 1, child 22",
        ),
        // It asks for no answer to an error.
        (
            |first, then| {
                let asks = |text: String| text.replace("|P|2.5.1||||||", "|P|2.5.1|||NE|SU||");
                [first.iter().map(new).map(asks).collect(), vec![changed(&then[1])]]
            },
            &["AA", "AA"],
            "no answer tells the product",
        ),
    ];
    for (says, answers, words) in wrongs {
        let report = tested(says, answers);
        assert_eq!(report.passed(), [""; 0]);
        assert!(report.failed() == ["T14"] && report.0.to_string().contains(words), "{words}: {}", report.0);
    }
}

/// A sender that others wrote: the client of the library hl7, which waits for each answer and prints its code.
#[test]
fn a_sender_of_a_public_library_is_told_what_was_put_aside_and_passes() {
    let python = std::env::var("CONTACTPOINT_PYTHON").expect(
        "CONTACTPOINT_PYTHON must name the interpreter that scripts/setup-python-clients prints; `make test` sets it",
    );
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/hl7_product.py");
    let mut kit = Driven::new("hospital", &["--way", "hl7"], &[]);
    let port = kit.address.rsplit(':').next().unwrap().to_owned();
    let mut held_back: Vec<String> = Vec::new();
    while let Some((case, step)) = kit.step() {
        if case == "T14" {
            let records = kit.exports("T14").remove(step - 1);
            // What was answered with an error is sent when it is corrected, and nothing else is sent again.
            let due = records.iter().filter(|record| step == 1 || held_back.contains(&record.id));
            let said: Vec<String> = due.map(if step == 1 { new } else { changed }).collect();
            let spool = kit.path("spool");
            std::fs::write(&spool, said.join("\n")).unwrap();
            let ran = Command::new(&python).args(["-I", script, &port]).arg(&spool).output().unwrap();
            let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
            assert!(ran.status.success(), "{out}\n{err}");
            let refused = out.lines().filter_map(|line| line.strip_prefix("AE "));
            held_back = refused.map(str::to_owned).collect();
            assert_eq!(held_back.len(), usize::from(step == 1), "{out}");
        }
        kit.sent();
    }
    assert_eq!(kit.ended(1).passed(), ["T14"]);
}
