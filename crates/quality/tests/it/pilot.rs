//! A report as the evidence for a source: judged by the source's own thresholds, whatever it says of itself.

use quality::{PilotError, PilotFile, PilotReport, Profile};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::rows::{report, sound};

fn read(report: &Value) -> Result<PilotReport, PilotError> {
    PilotReport::read(&report.to_string(), &Profile::named("nhs-gp").unwrap())
}

#[test]
fn what_is_below_its_threshold_is_named_and_no_report_sets_its_own() {
    let sound = serde_json::to_value(report("nhs-gp", sound("nhs-gp", 60).csv())).unwrap();
    let told = read(&sound).unwrap();
    assert_eq!(
        (told.rows, told.below.clone()),
        (sound["rows"].as_u64().unwrap(), Vec::<String>::new()),
        "{told:?}"
    );
    let with = |change: &dyn Fn(&mut Value)| {
        let mut report = sound.clone();
        change(&mut report);
        read(&report)
    };
    let below = |change: &dyn Fn(&mut Value)| with(change).unwrap().below;
    assert_eq!(below(&|report| report["overall"] = 89.9.into()), ["overall"]);
    assert_eq!(
        below(&|report| {
            report["overall"] = 50.0.into();
            report["needed"]["overall"] = 10.0.into()
        }),
        ["overall"]
    );
    assert_eq!(below(&|report| report["duplicates"]["estimate"]["share"] = 0.021.into()), ["duplicates"]);
    assert_eq!(below(&|report| report["unpermitted"]["notes"] = 1.into()), ["forbidden"]);
    assert_eq!(
        below(&|report| report["files"][0]["refused"] = serde_json::json!({"code": "E12", "message": "x"})),
        ["unread"]
    );
    let misnamed = serde_json::json!([{"name": "Surname", "called": "surname"}]);
    assert_eq!(below(&|report| report["misnamed_columns"] = misnamed.clone()), ["header"]);
    assert_eq!(below(&|report| report["quarantined_rows"] = 12.into()), [""; 0], "a fifth of 60");
    assert_eq!(below(&|report| report["quarantined_rows"] = 13.into()), ["quarantined"]);
    let missing = |report: &mut Value, column: &str| {
        let fault = serde_json::json!({"field": column, "code": "Q01", "dimension": "completeness"});
        report["faults"].as_array_mut().unwrap().push(fault);
    };
    assert_eq!(below(&|report| missing(report, "practice_telephone")), ["missing"]);
    assert_eq!(below(&|report| report["unattached"]["RelatedPerson"] = 1.into()), ["unattached"]);
    let surname =
        sound["by_field"].as_array().unwrap().iter().position(|field| field["name"] == "surname").unwrap();
    assert_eq!(below(&|report| report["by_field"][surname]["score"] = 79.0.into()), ["surname"]);
    // A profile of one's own that asks for less under the same name.
    let changed = with(&|report| report["by_field"][surname]["expected"] = 0.1.into());
    assert!(matches!(changed, Err(PilotError::Changed { column, .. }) if column == "surname"));
    let fewer = with(&|report| {
        report["by_field"].as_array_mut().unwrap().remove(surname);
    });
    assert!(matches!(fewer, Err(PilotError::Changed { .. })));
    assert_eq!(
        with(&|report| report["profile"] = "gp".into()),
        Err(PilotError::Profile { wanted: "nhs-gp".to_owned() })
    );
    assert_eq!(with(&|report| report["duplicates"] = Value::Null), Err(PilotError::NoDuplicates));
    assert_eq!(
        with(&|report| drop(report.as_object_mut().unwrap().remove("quarantined_rows"))),
        Err(PilotError::NoQuarantine),
        "an earlier version did not count them"
    );
    assert_eq!(with(&|report| report["rows"] = 0.into()), Err(PilotError::Empty));
    assert_eq!(with(&|report| report["files"][0]["sha256"] = Value::Null), Err(PilotError::NoDigest));
    assert_eq!(with(&|report| report["files"][0]["sha256"] = "c0ffee".into()), Err(PilotError::NoDigest));
    assert_eq!(read(&serde_json::json!({})), Err(PilotError::Form { line: 1 }));
}

#[test]
fn a_report_names_each_file_by_the_digest_of_its_bytes_whatever_its_format() {
    let bytes = sound("nhs-gp", 60).csv();
    let told = read(&serde_json::to_value(report("nhs-gp", bytes.clone())).unwrap()).unwrap();
    let digest = hex::encode(Sha256::digest(&bytes));
    assert_eq!(told.files, [PilotFile { rows: told.rows, sha256: digest }]);
    let cut = [bytes.as_slice(), b"\"never closed"].concat();
    let refused = report("nhs-gp", cut);
    assert_eq!(
        (refused.files[0].sha256.clone(), refused.files[0].refused.as_ref().unwrap().code),
        (None, "E12")
    );
}

#[test]
fn a_pilot_of_which_a_load_takes_no_row_is_below_its_threshold() {
    let mut rows = sound("nhs-gp", 60);
    (0..60).for_each(|row| rows.set(row, "effective_at", "2026-01-31 09:30:00"));
    let told = read(&serde_json::to_value(report("nhs-gp", rows.csv())).unwrap()).unwrap();
    assert_eq!(told.below, ["quarantined"]);
}
