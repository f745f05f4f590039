//! Feeds of patients (IHE PMIR): histories with merges, with numbers of an agreed system, with several versions of one Patient.

use feeds::Said;
use feeds::fhir::{Entry, Spoken, read_message};
use serde_json::{Value, json};

use crate::fhir::{amelia, mapping};

fn history(own_system: Option<&str>, entries: &[Value]) -> Vec<Entry> {
    let sent = json!({
        "resourceType": "Bundle", "type": "message", "entry": [
            {"fullUrl": "urn:uuid:1", "resource": {
                "resourceType": "MessageHeader", "id": "m-1", "eventUri": "urn:ihe:iti:pmir:2019:patient-feed",
                "source": {"endpoint": "https://pas.example.org/feed"}}},
            {"fullUrl": "urn:uuid:2", "resource": {
                "resourceType": "Bundle", "type": "history", "timestamp": "2026-10-31T07:30:00Z", "entry": entries}},
        ],
    });
    let mut mapping = mapping("hospital");
    mapping.own_system = own_system.map(str::to_owned);
    read_message(sent.to_string().as_bytes(), &mapping).1.unwrap().entries
}

fn put(resource: &Value) -> Value {
    let url = format!("Patient/{}", resource["id"].as_str().unwrap());
    json!({"fullUrl": format!("https://pas.example.org/{url}"), "resource": resource,
        "request": {"method": "PUT", "url": url}})
}

fn linked(mut patient: Value, links: &[(&str, &str)]) -> Value {
    let link = |(kind, other): &(&str, &str)| json!({"type": kind, "other": {"reference": format!("Patient/{other}")}});
    patient["link"] = links.iter().map(link).collect();
    patient
}

/// The merges an entry says: surviving, ended, and whether a statement came with it.
fn merges(entry: &Entry) -> Vec<(&str, &str, bool)> {
    let own = match entry.said.as_ref().unwrap() {
        Spoken::Said(said) => Some(said),
        Spoken::Beside | Spoken::Discarded => None,
    };
    let pair = |said| match said {
        &Said::Merge { ref surviving, ref ended, ref statement, .. } => {
            Some((surviving.as_str(), ended.as_str(), statement.is_some()))
        }
        _ => None,
    };
    own.into_iter().chain(&entry.further).filter_map(pair).collect()
}

#[test]
fn a_patient_that_replaces_several_records_ends_each_of_them() {
    let survivor = linked(amelia(), &[("replaces", "R-1"), ("replaces", "R-2"), ("replaces", "R-3")]);
    let all = [("R-000123", "R-1", true), ("R-000123", "R-2", false), ("R-000123", "R-3", false)];
    assert_eq!(merges(&history(None, &[put(&survivor)])[0]), all);

    // What the records that ended say of themselves is said once.
    let gone = json!({"resourceType": "Patient", "id": "R-2"});
    let gone = linked(gone, &[("replaced-by", "R-000123")]);
    for sent in [[put(&gone), put(&survivor)], [put(&survivor), put(&gone)]] {
        let entries = history(None, &sent);
        assert_eq!(entries.iter().flat_map(merges).collect::<Vec<_>>(), all);
    }
}

#[test]
fn a_patient_is_not_replaced_as_well_as_replacing_and_replaces_no_more_than_twenty() {
    let refused = |links: &[(&str, &str)]| history(None, &[put(&linked(amelia(), links))])[0].said.is_err();
    assert!(refused(&[("replaces", "R-1"), ("replaced-by", "R-2")]));
    assert!(refused(&[("replaced-by", "R-1"), ("replaced-by", "R-2")]));
    assert!(refused(&[("replaces", "R-1"), ("replaces", "R-000123")]), "itself");
    let many: Vec<String> = (1..=21).map(|number| format!("R-{number}")).collect();
    let many: Vec<_> = many.iter().map(|number| ("replaces", number.as_str())).collect();
    assert!(refused(&many) && !refused(&many[..20]));
}
