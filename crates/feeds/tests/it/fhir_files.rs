//! A file of FHIR resources a line each: a child's lines say what a Bundle of the same resources says.

use std::io::Cursor;
use std::ops::ControlFlow;

use feeds::{FileError, Options, Outcome, Profile, Row, judge_file};
use serde_json::{Value, json};

use crate::fhir::{amelia, example, received, siobhan, statement};
use crate::files::{TODAY, profile};

/// The resources of a Bundle, the Patient first; references as a file has them.
pub fn resources(source: &str) -> Vec<Value> {
    let bundle = example(source).to_string().replace("urn:uuid:Patient-", "Patient/");
    let bundle: Value = serde_json::from_str(&bundle).unwrap();
    bundle["entry"].as_array().unwrap().iter().map(|entry| entry["resource"].clone()).collect()
}

/// The same child under another number.
pub fn another(resources: &[Value], number: &str) -> Vec<Value> {
    let text = Value::from(resources.to_vec()).to_string().replace("R-000123", number);
    serde_json::from_str(&text).unwrap()
}

pub fn judged(source: &str, lines: &[Value], own_system: Option<&str>) -> Result<Vec<Outcome>, FileError> {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let options =
        Options { own_system: own_system.map(str::to_owned), ..Options::new("export.ndjson", TODAY) };
    let mut outcomes = Vec::new();
    judge_file(Cursor::new(text.into_bytes()), profile(source), &options, |outcome| {
        outcomes.push(outcome);
        ControlFlow::Continue(())
    })?;
    Ok(outcomes)
}

pub fn accepted(outcome: &Outcome) -> &Row {
    match outcome {
        Outcome::Accepted(row) => row,
        Outcome::Quarantined(row) => panic!("{:?}", row.faults),
    }
}

/// Row, field and rule of what was put aside; of none of it anything is kept.
fn faults(outcomes: &[Outcome]) -> Vec<(u64, &'static str, &'static str)> {
    let aside = outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Accepted(_) => None,
        Outcome::Quarantined(row) => {
            assert_eq!(row.raw, None);
            Some((row.row_number, row.faults[0].field, row.faults[0].code()))
        }
    });
    aside.collect()
}

#[test]
fn every_source_but_a_register_of_deaths_says_in_lines_what_it_says_in_a_bundle() {
    for source in Profile::ALL.into_iter().filter(|profile| !profile.registers_deaths()) {
        let first = resources(source.name);
        let second = another(&first, "R-000124");
        let outcomes = judged(source.name, &[first.clone(), second].concat(), None).unwrap();
        let [one, other] = outcomes.as_slice() else { panic!("{}: {outcomes:?}", source.name) };
        let Outcome::Accepted(sent) =
            statement(&received(source.name, &example(source.name)).entries[0]).judge(1, TODAY)
        else {
            panic!("{}", source.name);
        };
        let (one, other) = (accepted(one), accepted(other));
        assert_eq!((&one.content, &one.canonical), (&sent.content, &sent.canonical), "{}", source.name);
        assert_eq!((one.row_number, other.row_number), (1, first.len() as u64 + 1));
        assert_eq!(other.record_id, "R-000124");
    }
}

#[test]
fn what_several_children_share_stands_once_before_the_first() {
    let one = resources("nhs-gp");
    let (practice, child): (Vec<Value>, Vec<Value>) =
        one.into_iter().partition(|resource| resource["resourceType"] == "Organization");
    let second = another(&child, "R-000124");
    let lines = [practice.clone(), child.clone(), second.clone()].concat();
    let outcomes = judged("nhs-gp", &lines, None).unwrap();
    let practices: Vec<_> =
        outcomes.iter().map(|row| accepted(row).said()["practice_name"].clone()).collect();
    assert_eq!(practices, ["Mill Lane Surgery", "Mill Lane Surgery"]);

    // Behind the first child it is the first child's alone, and the second is put aside; at the end it is nobody's.
    let outcomes =
        judged("nhs-gp", &[child.clone(), practice.clone(), second.clone()].concat(), None).unwrap();
    assert_eq!(faults(&outcomes), [(4, "(row)", "F008")]);
    let outcomes = judged("nhs-gp", &[second, child, practice].concat(), None).unwrap();
    assert_eq!(faults(&outcomes), [(1, "(row)", "F008")]);
}

#[test]
fn lines_that_cannot_be_read_together_put_their_child_aside_and_nobody_else() {
    let care = resources("social-care");
    let with = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut changed = care.clone();
        change(&mut changed);
        let lines = [another(&care, "R-000122"), changed, another(&care, "R-000124")].concat();
        let outcomes = judged("social-care", &lines, None).unwrap();
        assert_eq!(outcomes.len(), 3);
        if let Outcome::Quarantined(row) = &outcomes[1] {
            assert_eq!(row.record_id.as_deref(), Some("R-000123"), "it is known whose it is");
        }
        assert_eq!(
            (&accepted(&outcomes[0]).record_id, &accepted(&outcomes[2]).record_id),
            (&"R-000122".into(), &"R-000124".into())
        );
        faults(&outcomes)
    };
    let line = care.len() as u64 + 1;
    assert_eq!(with(&|_| ()), []);
    let consent = care.iter().position(|resource| resource["resourceType"] == "Consent").unwrap();
    let role = care.iter().position(|resource| resource["resourceType"] == "PractitionerRole").unwrap();
    assert_eq!(
        with(&|all| all[consent]["status"] = json!("draft")),
        [(line, "(row)", "F007")],
        "a basis that is none"
    );
    assert_eq!(
        with(&|all| drop(all.remove(consent))),
        [(line, "involvement_2_basis", "F060")],
        "and no basis at all (law 4)"
    );
    let service =
        care.iter().position(|resource| resource["type"][0]["coding"][0]["code"] == "social_worker").unwrap();
    assert_eq!(
        with(&|all| all[service]["type"] = json!([])),
        [(line, "(row)", "F007")],
        "a service of no list"
    );
    assert_eq!(
        with(&|all| all[role]["practitioner"] = json!({"reference": "Practitioner/nobody"})),
        [(line, "(row)", "F008")]
    );
    assert_eq!(
        with(&|all| {
            let upn = "https://contactpoint.example/fhir/Id/upn";
            all[0]["identifier"] =
                json!([{"system": upn, "value": "H801200001001"}, {"system": upn, "value": "H801200001002"}]);
        }),
        [(line, "upn", "F009")]
    );
    assert_eq!(
        with(&|all| all[0]["link"] = json!([link("replaced-by")])),
        [(line, "(row)", "F007")],
        "a merge is a message"
    );
}

fn link(kind: &str) -> Value {
    json!({"type": kind, "other": {"reference": "Patient/R-1"}})
}

#[test]
fn who_goes_on_after_merges_is_read_in_a_file_as_without_them() {
    let plain = judged("hospital", &[amelia()], None).unwrap();
    let mut survivor = amelia();
    survivor["link"] = json!([link("replaces"), link("replaces"), link("seealso")]);
    let outcomes = judged("hospital", &[survivor.clone()], None).unwrap();
    assert_eq!(accepted(&outcomes[0]).canonical, accepted(&plain[0]).canonical);
    survivor["link"] = json!([link("replaces"), link("replaced-by")]);
    assert_eq!(faults(&judged("hospital", &[survivor], None).unwrap()), [(1, "(row)", "F007")]);
}

#[test]
fn a_sources_own_number_is_of_the_system_that_was_agreed() {
    let system = "https://hospital.example/Id/patient";
    let mut child = amelia();
    child["identifier"].as_array_mut().unwrap().push(json!({"system": system, "value": "MRN-7"}));
    let of = |own: Option<&str>, child: &Value| judged("hospital", std::slice::from_ref(child), own).unwrap();
    assert_eq!(accepted(&of(Some(system), &child)[0]).record_id, "MRN-7");
    assert_eq!(accepted(&of(None, &child)[0]).record_id, "R-000123");
    let Outcome::Quarantined(row) = &of(Some(system), &amelia())[0] else {
        panic!("it has no number of its own")
    };
    assert_eq!((row.faults[0].field, row.faults[0].code()), ("record_id", "F005"));
    child["identifier"].as_array_mut().unwrap().push(json!({"system": system, "value": "MRN-8"}));
    assert_eq!(faults(&of(Some(system), &child)), [(1, "record_id", "F009")]);
}

#[test]
fn what_is_nobodys_and_what_is_on_no_list_refuses_the_file_by_its_name() {
    let mother: Value =
        serde_json::from_str(&siobhan().to_string().replace("urn:uuid:Patient-", "Patient/")).unwrap();
    let other: Value = serde_json::from_str(&amelia().to_string().replace("R-000123", "R-000124")).unwrap();
    let refused = |lines: &[Value]| judged("hospital", lines, None).unwrap_err();
    for lines in [vec![mother.clone(), amelia()], vec![amelia(), other, mother]] {
        let error = refused(&lines);
        assert_eq!(error.fault.code(), "E21", "{error}");
        assert!(error.to_string().contains("RelatedPerson"), "{error}");
    }
    let mut photographed = amelia();
    photographed["photo"] = json!([{"data": "MARKED-VALUE"}]);
    photographed["contained"] = json!([{"resourceType": "Spaceship", "id": "s", "note": "MARKED-VALUE"}]);
    let error = refused(&[photographed, json!({"resourceType": "Starship", "id": "1"})]);
    assert_eq!(error.fault.code(), "E08");
    let told = error.to_string();
    assert!(["Patient.photo", "Spaceship", "Starship"].iter().all(|name| told.contains(name)), "{told}");
    assert!(!told.contains("MARKED-VALUE"));
    let school = resources("schools-census");
    let error = refused(&school);
    assert!(error.to_string().contains("school_name"), "a hospital has no column for a school: {error}");
}

#[test]
fn twenty_thousand_resources_may_stand_before_the_first_patient_and_no_more() {
    let place = |number: usize| json!({"resourceType": "Organization", "id": format!("o{number}"), "name": "A place"});
    let mut lines: Vec<Value> = (0..20_000).map(place).collect();
    lines.push(amelia());
    assert_eq!(judged("hospital", &lines, None).unwrap().len(), 1);
    lines.insert(0, place(20_000));
    let error = judged("hospital", &lines, None).unwrap_err();
    assert!(error.to_string().contains("20,000"), "{error}");
}

#[test]
fn what_is_on_no_list_is_named_when_something_shared_contains_it() {
    let contained = json!([{"resourceType": "Spaceship", "id": "s", "note": "MARKED-VALUE"}]);
    let place = json!({"resourceType": "Organization", "id": "o", "name": "A place", "contained": contained});
    let error = judged("hospital", &[place, amelia()], None).unwrap_err();
    assert_eq!(error.fault.code(), "E08");
    assert!(error.to_string().contains("Spaceship") && !error.to_string().contains("MARKED"), "{error}");
}

#[test]
fn a_death_is_read_of_a_register_of_deaths_alone() {
    let mut child = amelia();
    child["identifier"] = json!([]);
    child["name"] = json!([child["name"][1]]);
    child.as_object_mut().unwrap().remove("address");
    child["deceasedDateTime"] = json!("2026-09-14T03:00:00Z");
    let outcomes = judged("gro-deaths", std::slice::from_ref(&child), None).unwrap();
    let said = accepted(&outcomes[0]).said();
    assert_eq!((said["date_of_death"].as_str(), said["entry"].as_str()), ("2026-09-14", "registered"));
    let outcomes = judged("hospital", std::slice::from_ref(&child), None).unwrap();
    assert!(!accepted(&outcomes[0]).said().values().any(|value| value.starts_with("2026-09")));
}
