//! A register of deaths by FHIR (rule 4.6): at the door and in files the same statement as the columns of its profile make.

use std::io::Cursor;
use std::ops::ControlFlow;

use feeds::fhir::{Mapping, Reason, Spoken, read};
use feeds::{Outcome, Profile, Row, Said, judge_file};
use serde_json::{Value, json};

use crate::files::{TODAY, accepted, options, profile};

const ENTRY: &str = "https://contactpoint.example/fhir/StructureDefinition/death-entry";

fn entry() -> Value {
    json!({
        "resourceType": "Patient", "id": "D-1", "meta": {"lastUpdated": "2026-10-20T09:00:00Z"},
        "identifier": [{"system": "https://contactpoint.example/fhir/Id/birth-registration", "value": "BR-2015-0042"}],
        "name": [{"family": "Lister", "given": ["Amelia"]}], "gender": "female", "birthDate": "2015-02-28",
        "deceasedDateTime": "2026-10-14T03:20:00+01:00",
    })
}

fn as_columns(entry: &str) -> String {
    format!(
        "record_id,effective_at,forenames,surname,date_of_birth,gender,birth_registration,date_of_death,entry\n\
         D-1,2026-10-20T09:00:00Z,Amelia,Lister,2015-02-28,F,BR-2015-0042,2026-10-14,{entry}\n"
    )
}

fn door(name: &str, patient: &Value) -> (Result<Spoken, Reason>, Vec<String>) {
    let received_at = "2026-10-31T09:00:00Z".parse().unwrap();
    let mapping = Mapping { profile: profile(name), own_system: None, received_at };
    let request = json!({"method": "POST", "url": "Patient"});
    let bundle = json!({"resourceType": "Bundle", "type": "batch", "entry": [{"resource": patient, "request": request}]});
    let received = read(bundle.to_string().as_bytes(), &mapping).unwrap();
    let said = received.entries[0].said.clone().map_err(|refused| refused.reason);
    (said, received.discarded.into_keys().collect())
}

fn row(said: Result<Spoken, Reason>) -> Row {
    match said {
        Ok(Spoken::Said(Said::Statement(message))) => match message.judge(2, TODAY) {
            Outcome::Accepted(row) => *row,
            Outcome::Quarantined(row) => panic!("{row:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn in_a_file(profile: &'static Profile, patient: &Value) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    judge_file(Cursor::new(format!("{patient}\n")), profile, &options(), |outcome| {
        outcomes.push(outcome);
        ControlFlow::Continue(())
    })
    .unwrap();
    outcomes
}

#[test]
fn a_register_of_deaths_says_by_fhir_what_its_columns_say_and_takes_an_entry_back() {
    let register = profile("gro-deaths");
    let mut withdrawn = entry();
    withdrawn["extension"] = json!([{"url": ENTRY, "valueCode": "withdrawn"}]);
    for (patient, stands) in [(entry(), "registered"), (withdrawn, "withdrawn")] {
        let expected = accepted(register, &as_columns(stands));
        let (said, discarded) = door("gro-deaths", &patient);
        assert_eq!((row(said).canonical, discarded), (expected.canonical.clone(), Vec::new()), "{stands}");
        match in_a_file(register, &patient).as_slice() {
            [Outcome::Accepted(row)] => assert_eq!(row.canonical, expected.canonical, "{stands}"),
            other => panic!("{other:?}"),
        }
    }
    // Of part of a day no more is taken than is known; without a day the entry breaks a rule.
    let mut partly = entry();
    partly["deceasedDateTime"] = json!("2026-10");
    assert_eq!(row(door("gro-deaths", &partly).0).said()["date_of_death"], "2026-10");
    let mut without = entry();
    without.as_object_mut().unwrap().remove("deceasedDateTime");
    without["deceasedBoolean"] = json!(true);
    let (said, discarded) = door("gro-deaths", &without);
    assert_eq!(discarded, ["Patient.deceasedBoolean"]);
    match said {
        Ok(Spoken::Said(said)) => {
            let faults: Vec<_> = said.faults(TODAY).into_iter().map(|fault| fault.field).collect();
            assert_eq!(faults, ["date_of_death", "entry"]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_other_source_says_a_death_by_fhir() {
    for name in ["gro-births", "nhs-gp", "hospital", "social-care"] {
        let mut patient = entry();
        patient["identifier"] = json!([]);
        let (said, discarded) = door(name, &patient);
        assert_eq!(discarded, ["Patient.deceasedDateTime"], "{name}");
        assert!(row(said).content.registered_death().is_none());
        assert!(matches!(in_a_file(profile(name), &patient).as_slice(), [Outcome::Accepted(_)]), "{name}");
        patient["extension"] = json!([{"url": ENTRY, "valueCode": "registered"}]);
        let (said, _) = door(name, &patient);
        let column = "entry".to_owned();
        assert_eq!(
            said,
            Err(Reason::NoColumn { profile: name, column }),
            "the entry itself has no column here"
        );
    }
}
