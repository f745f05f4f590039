//! A report is believed when the key in it signed it and it leaves nothing out; nothing else is.

use conformance::{Checked, Report, ReportError, Signed};
use directory::connecting::WayIn;

use crate::casting::{few, right, test};

const SEED: [u8; 32] = [7; 32];

fn passed() -> Report {
    let cast = few("nhs-gp");
    test(&cast, WayIn::Files, &right(&cast, WayIn::Files))
}

#[test]
fn a_report_is_read_back_and_one_that_was_touched_is_not() {
    let report = passed();
    let text = Signed::new(report.clone(), &SEED).to_json();
    let checked = Checked::read(&text).unwrap();
    assert_eq!((checked.report(), checked.way()), (&report, WayIn::Files));
    assert!(checked.failed().is_empty() && checked.digest().len() == 64);
    assert_eq!(checked.key().len(), 39, "{}", checked.key());
    // White space is nothing; a letter is something.
    let squeezed: String = text.lines().map(str::trim).collect();
    assert_eq!(Checked::read(&squeezed).unwrap().digest(), checked.digest());
    for (from, to) in
        [("Case Keeper", "Case Keepers"), ("\"passed\"", "\"failed\""), ("2026-11-27", "2026-11-28")]
    {
        assert!(text.contains(from), "{from}");
        assert_eq!(Checked::read(&text.replacen(from, to, 1)), Err(ReportError::Signature), "{from}");
    }
    let other = Signed::new(report.clone(), &[8; 32]).to_json();
    assert_ne!(Checked::read(&other).unwrap().key(), checked.key());
    let key = |text: &str| text.split("\"key\": \"").nth(1).unwrap()[..64].to_owned();
    assert_eq!(Checked::read(&text.replace(&key(&text), &key(&other))), Err(ReportError::Signature));
}

#[test]
fn what_is_no_whole_report_is_refused_with_what_to_do() {
    let report = passed();
    let read = |change: &dyn Fn(&mut Report)| {
        let mut report = report.clone();
        change(&mut report);
        Checked::read(&Signed::new(report, &SEED).to_json())
    };
    assert_eq!(
        read(&|report| {
            report.cases.pop();
        }),
        Err(ReportError::Incomplete),
        "a case is left out"
    );
    assert_eq!(read(&|report| report.cases.swap(0, 1)), Err(ReportError::Incomplete));
    assert_eq!(read(&|report| report.kit = "0".to_owned()), Err(ReportError::Kit));
    assert_eq!(read(&|report| report.profile = "hospitals".to_owned()), Err(ReportError::Unknown));
    assert_eq!(read(&|report| report.way = "pigeon".to_owned()), Err(ReportError::Unknown));
    assert_eq!(read(&|report| report.values_shown = true), Err(ReportError::ValuesShown));
    assert_eq!(Checked::read("{\n\"report\": 1}"), Err(ReportError::Form { line: 2 }));
    assert_eq!(Checked::read(""), Err(ReportError::Form { line: 1 }));
    assert_eq!(Checked::read(&" ".repeat((1 << 20) + 1)), Err(ReportError::TooLong));
    let text = Signed::new(report.clone(), &SEED).to_json().replacen('{', "{\"more\": 1,", 1);
    assert!(
        matches!(Checked::read(&text), Err(ReportError::Form { .. })),
        "what is not signed is not carried along"
    );
}
