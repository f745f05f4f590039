//! A report is believed when the key in it signed it and it leaves nothing out; nothing else is.

use std::collections::BTreeMap;

use conformance::{Checked, Given, Report, ReportError, Signed, judge};
use directory::connecting::WayIn;

use crate::casting::{few, right, run, test};
use crate::product::{ENDINGS, file_as};

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

/// A report as the first version of the kit signed it: it says of no format, and T14 was asked of no files.
const OF_VERSION_1: &str = include_str!("../reports/version_1.json");

#[test]
fn a_report_of_an_earlier_version_is_what_was_signed_and_is_decided_on_where_the_same_cases_were_asked() {
    let checked = Checked::read_any(OF_VERSION_1).unwrap();
    let report = checked.report();
    assert_eq!((report.kit.as_str(), report.is_passed(), report.cases.len()), ("1", true, 12));
    assert_eq!(checked.digest(), "87f5565436f4d4498eb46ee57ea403b439a58661263e61d84b68d00292225cd6");
    assert_eq!(report.way_in_words(), "files (the report does not say of which format)");
    let touched = OF_VERSION_1.replace("\"version\": \"4.2\"", "\"version\": \"4.3\"");
    assert_eq!(Checked::read_any(&touched), Err(ReportError::Signature));
    // Of what is put aside more is asked now by every way.
    assert_eq!(Checked::read(OF_VERSION_1), Err(ReportError::Earlier));
    let of_then = |profile: &str, way: WayIn| {
        let cast = few(profile);
        let mut report = test(&cast, way, &right(&cast, way));
        (report.kit, report.file_format) = ("1".to_owned(), None);
        if !matches!(way, WayIn::Json | WayIn::Fhir) {
            report.cases.retain(|case| case.id != "T14");
        }
        Signed::new(report, &SEED).to_json()
    };
    // No address is put aside where there is none: there the same cases are asked.
    assert!(Checked::read(&of_then("gro-deaths", WayIn::Json)).is_ok());
    for (profile, way) in [
        ("nhs-gp", WayIn::Json),
        ("social-care", WayIn::Fhir),
        ("hospital", WayIn::Hl7),
        ("gro-deaths", WayIn::Files),
    ] {
        assert!(Checked::read_any(&of_then(profile, way)).is_ok());
        assert_eq!(Checked::read(&of_then(profile, way)), Err(ReportError::Earlier), "{profile}");
    }
}

#[test]
fn a_report_says_in_which_format_the_files_were_and_nobody_says_another_unsigned() {
    let cast = few("nhs-gp");
    let exported = |case: &str, ending: &str| {
        let records = &right(&cast, WayIn::Files)[case][0];
        Given::bytes(format!("{case}.{ending}"), file_as(ending, cast.profile(), records))
    };
    let words = ["CSV", "Excel workbook", "XML", "FHIR NDJSON"];
    for ((ending, code), words) in ENDINGS.into_iter().zip(["csv", "xlsx", "xml", "fhir_ndjson"]).zip(words) {
        let given = BTreeMap::from([("T01".to_owned(), vec![exported("T01", ending)])]);
        let report = judge(&run(&cast, WayIn::Files), &given);
        assert_eq!((report.file_format.as_deref(), report.cases[0].findings.len()), (Some(code), 0));
        assert_eq!(report.way_in_words(), format!("files ({words})"));
        let text = Signed::new(report, &SEED).to_json();
        assert!(Checked::read(&text).is_ok(), "{ending}");
        let other = text.replace(&format!("\"{code}\""), "\"parquet\"");
        assert_eq!(Checked::read(&other), Err(ReportError::Signature));
    }
    // What is not of the format of the others fails its case: each format is tested by itself.
    let given = ["T01", "T06", "T11"].into_iter().zip(["csv", "xml", "csv"]);
    let given = given.map(|(case, ending)| (case.to_owned(), vec![exported(case, ending)]));
    let report = judge(&run(&cast, WayIn::Files), &given.collect());
    assert_eq!(report.file_format.as_deref(), Some("csv"));
    let given = report.cases.iter().filter(|case| ["T01", "T06", "T11"].contains(&case.id.as_str()));
    let found: Vec<usize> = given.map(|case| case.findings.len()).collect();
    assert_eq!(found, [0, 1, 0]);
    let mixed = report.cases.iter().find(|case| case.id == "T06").unwrap();
    assert_eq!(mixed.findings[0].what, "the file is XML, and most exports are CSV");
    // No other way has files, and a report of files without a format, or with none that there is, is none.
    let report = test(&cast, WayIn::Json, &right(&cast, WayIn::Json));
    assert_eq!((report.file_format.as_deref(), report.way_in_words().as_str()), (None, "json"));
    let json = Report { file_format: Some("csv".to_owned()), ..report };
    let files =
        |file_format: Option<&str>| Report { file_format: file_format.map(str::to_owned), ..passed() };
    for report in [json, files(None), files(Some("parquet"))] {
        assert_eq!(Checked::read(&Signed::new(report, &SEED).to_json()), Err(ReportError::FileFormat));
    }
}
