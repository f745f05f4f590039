//! `fhir-join` from the command line.

use crate::installation::run;

#[test]
fn a_bulk_export_is_joined_measured_and_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let patient = r#"{"resourceType":"Patient","id":"p-1","name":[{"use":"official","family":"Marsh","given":["Ida"]}],"birthDate":"2019-04-05"}"#;
    let carer = |of: &str| {
        format!(
            r#"{{"resourceType":"RelatedPerson","patient":{{"reference":"Patient/{of}"}},"name":[{{"family":"Marsh","given":["Una"]}}]}}"#
        )
    };
    let (patients, carers, out) = (at("Patient.ndjson"), at("RelatedPerson.ndjson"), at("all.ndjson"));
    std::fs::write(&patients, format!("{patient}\n")).unwrap();
    std::fs::write(&carers, format!("{}\n{}\n", carer("p-1"), carer("p-9"))).unwrap();
    let refused = run(["fhir-join", &carers, &patients, "--out", &out]).ended(1);
    assert!(
        refused.err.contains("RelatedPerson.ndjson, line 2: a RelatedPerson about Patient/p-9"),
        "{}",
        refused.err
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left of it");
    let joined = run(["fhir-join", &carers, &patients, "--leave-out", "--out", &out]).ended(0);
    assert!(joined.err.contains("1 Patients, 1 resources behind them"), "{}", joined.err);
    assert!(joined.err.contains("left out: 1 RelatedPerson"), "{}", joined.err);
    assert_eq!(std::fs::read_to_string(&out).unwrap(), format!("{patient}\n{}\n", carer("p-1")));
    let again = run(["fhir-join", &patients, "--out", &out]).ended(2);
    assert!(again.err.contains("is there already"), "{}", again.err);
    let measured = run(["quality", &out, "--profile", "nhs-gp", "--json", "-"]);
    assert_eq!(measured.json()["rows"], 1, "{}", measured.err);
}
