//! Feeds of patients (IHE PMIR): histories with merges, with numbers of an agreed system, with several versions of one Patient.

use feeds::Said;
use feeds::fhir::{Entry, Reason, Spoken, read_message};
use serde_json::{Value, json};

use crate::fhir::{amelia, mapping, statement};

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

fn pair(said: &Said) -> Option<(&str, &str, bool)> {
    match said {
        Said::Merge { surviving, ended, statement, .. } => Some((surviving, ended, statement.is_some())),
        _ => None,
    }
}

/// The merges an entry says: surviving, ended, and whether a statement came with it.
fn merges(entry: &Entry) -> Vec<(&str, &str, bool)> {
    let own = match entry.said.as_ref().unwrap() {
        Spoken::Said(said) => Some(said),
        Spoken::Beside | Spoken::Discarded => None,
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

const SYSTEM: &str = "https://hospital.example/Id/patient";

/// The Patient of the sender's id 123, whose own number is MRN-7.
fn numbered() -> Value {
    let mut child = amelia();
    child["id"] = json!("123");
    child["identifier"] = json!([{"system": SYSTEM, "value": "MRN-7"}]);
    child
}

#[test]
fn where_a_system_is_agreed_a_history_names_a_record_by_its_number_and_not_by_the_senders_id() {
    let entries = history(Some(SYSTEM), &[put(&numbered())]);
    assert_eq!(statement(&entries[0]).said("record_id"), "MRN-7");
    assert_eq!(entries[0].record.as_deref(), Some("MRN-7"));
    // What is about the child refers to it by the sender's id.
    let mut mother = crate::fhir::siobhan();
    mother["patient"] = json!({"reference": "Patient/123"});
    let beside = json!({"fullUrl": "https://pas.example.org/RelatedPerson/m", "resource": mother,
        "request": {"method": "PUT", "url": "RelatedPerson/m"}});
    let entries = history(Some(SYSTEM), &[put(&numbered()), beside]);
    assert_eq!(statement(&entries[0]).said("carer_1_forenames"), "Siobhan");
    // A condition names a record, and must name this one.
    let mut other = put(&numbered());
    other["request"]["url"] = json!(format!("Patient?identifier={SYSTEM}|MRN-8"));
    assert_eq!(history(Some(SYSTEM), &[other]).remove(0).said.unwrap_err().reason, Reason::OtherRecord);
}

#[test]
fn where_a_system_is_agreed_a_history_ends_no_record_by_the_senders_id() {
    let delete = |url: String| {
        let asked = json!({"fullUrl": "https://pas.example.org/Patient/123", "request": {"method": "DELETE", "url": url}});
        history(Some(SYSTEM), &[asked]).remove(0)
    };
    let refused = delete("Patient/123".to_owned()).said.unwrap_err();
    assert!(refused.to_string().contains(&format!("Patient?identifier={SYSTEM}|")), "{refused}");
    assert_eq!(refused.expression, "Bundle.entry[1].resource.entry[0].request.url");
    let ended = delete(format!("Patient?identifier={SYSTEM}|MRN-7"));
    assert!(matches!(ended.said, Ok(Spoken::Said(Said::End { ref record_id, .. })) if record_id == "MRN-7"));
    let plain = json!({"request": {"method": "DELETE", "url": "Patient/R-5"}});
    assert!(history(None, &[plain]).remove(0).said.is_ok());
}

#[test]
fn of_several_versions_of_a_patient_in_a_history_the_newest_is_read_and_the_older_beside_it() {
    let version = |id: &str, changed: &str, gender: &str| {
        let mut child = amelia();
        child["meta"] = json!({"versionId": id, "lastUpdated": changed});
        child["gender"] = json!(gender);
        put(&child)
    };
    let created = {
        let mut created = version("1", "2026-10-30T08:00:00Z", "unknown");
        created["request"] = json!({"method": "POST", "url": "Patient"});
        created
    };
    let newest = version("3", "2026-10-31T07:00:00+01:00", "female");
    let between = version("2", "2026-10-31T05:59:00Z", "male");
    for sent in [[&created, &between, &newest], [&newest, &between, &created], [&between, &newest, &created]]
    {
        let entries = history(None, &sent.map(Clone::clone));
        for (entry, sent) in entries.iter().zip(sent) {
            if sent == &newest {
                assert_eq!(statement(entry).said("gender"), "F");
            } else {
                assert_eq!(entry.said, Ok(Spoken::Beside));
            }
        }
    }
    // What says nothing of when, or the same, is one resource that stands twice.
    let unstamped = version("4", "", "male");
    for other in [unstamped, version("4", "2026-10-31T06:00:00Z", "male")] {
        assert!(history(None, &[newest.clone(), other]).iter().any(|entry| entry.said.is_err()));
    }
}
