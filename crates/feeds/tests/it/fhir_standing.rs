//! What does not stand, although it is sent: an address at which nobody lives, a service that has not begun.

use feeds::fhir::{Reason, Received, Spoken};
use feeds::{Message, Said};
use serde_json::{Value, json};

use crate::fhir::{amelia, bundle, example, involved, patient, received, statement};

fn told(received: &Received) -> &Message {
    statement(&received.entries[0])
}

fn counted(received: &Received, name: &str) -> u64 {
    received.discarded.get(name).copied().unwrap_or(0)
}

#[test]
fn a_postal_address_is_nobodys_home() {
    let with = |addresses: Value| {
        let mut child = amelia();
        child["address"] = addresses;
        received("hospital", &bundle("transaction", &[child]))
    };
    let box_of =
        |usage: &str| json!({"use": usage, "type": "postal", "line": ["PO Box 7"], "postalCode": "LS1 9ZZ"});
    let home = json!({"use": "home", "type": "physical", "line": ["2 New Road"], "postalCode": "LS1 2BB"});
    let both = with(json!([box_of("home"), home]));
    assert_eq!((told(&both).said("address_line_1"), told(&both).said("postcode")), ("2 New Road", "LS1 2BB"));
    assert_eq!(counted(&both, "Patient.address other"), 1);

    let alone = with(json!([box_of("home"), box_of("old")]));
    assert_eq!((told(&alone).said("address_kind"), told(&alone).said("address_line_1")), ("", ""));
    assert_eq!(counted(&alone, "Patient.address other"), 2);

    let letters_too = with(json!([{"use": "home", "type": "both", "line": ["3 Far Road"]}]));
    assert_eq!(told(&letters_too).said("address_line_1"), "3 Far Road");
}

#[test]
fn who_is_only_on_a_waiting_list_works_with_nobody() {
    let with = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut beside = involved();
        change(&mut beside);
        received("social-care", &bundle("transaction", &[vec![amelia()], beside].concat()))
    };
    let kinds = |received: &Received| {
        ["involvement_1_service", "involvement_2_service"]
            .map(|column| told(received).said(column).to_owned())
    };
    let begun = with(&|_| {});
    let [first, second] = kinds(&begun);
    assert!(!first.is_empty() && !second.is_empty(), "{first:?} {second:?}");
    for status in ["planned", "waitlist"] {
        // The sensitive service waits, and so its basis says nothing.
        let waiting = with(&|beside| beside[3]["status"] = json!(status));
        assert_eq!(kinds(&waiting), [first.clone(), String::new()], "{status}");
        assert_eq!(counted(&waiting, "EpisodeOfCare not begun"), 1, "{status}");
    }
    let proposed = with(&|beside| {
        beside.push(json!({
            "resourceType": "CareTeam", "id": "team", "status": "proposed",
            "subject": {"reference": "Patient/R-000123"},
            "participant": [{"role": beside[0]["type"], "member": {"display": "Jo Mensah"},
                "onBehalfOf": {"display": "Leeds City Council"}}],
        }));
    });
    assert_eq!(kinds(&proposed), kinds(&begun));
    assert_eq!(
        (told(&proposed).said("involvement_3_service"), counted(&proposed, "CareTeam not begun")),
        ("", 1)
    );
}

/// A Bundle that was put together at that moment.
fn stamped(at: &str, resources: &[Value]) -> Received {
    let mut sent = bundle("transaction", resources);
    sent["timestamp"] = json!(at);
    received("hospital", &sent)
}

fn mother() -> Value {
    let mut mother = crate::fhir::siobhan();
    mother["meta"] = json!({"lastUpdated": "2024-02-01T09:00:00Z"});
    mother
}

fn since(day: &str) -> Value {
    let mut child = amelia();
    child["meta"] = json!({"lastUpdated": format!("{day}T09:00:00Z")});
    child
}

#[test]
fn what_has_ended_is_told_by_when_the_bundle_was_made_and_not_by_when_the_patient_changed() {
    let mut former = mother();
    former["period"] = json!({"start": "2024-01-01", "end": "2026-06-30"});
    let before = stamped("2026-06-30T12:00:00Z", &[since("2024-05-01"), former.clone()]);
    assert_eq!(told(&before).said("carer_1_forenames"), "Siobhan");
    assert_eq!(told(&before).said("effective_at"), "2024-05-01T09:00:00Z");
    let after = stamped("2026-11-28T12:00:00Z", &[since("2024-05-01"), former.clone()]);
    assert_eq!((told(&after).said("carer_1_forenames"), told(&after).said("carer_1_telephone")), ("", ""));
    assert_eq!(counted(&after, "RelatedPerson other"), 1);
    // It is a later statement than the one before, and sent again it is the same.
    assert_eq!(told(&after).said("effective_at"), "2026-07-01");
    let again = stamped("2026-11-29T12:00:00Z", &[since("2024-05-01"), former]);
    assert_eq!(told(&again), told(&after));
}

#[test]
fn a_statement_is_from_the_latest_of_all_that_came_together() {
    let mut changed = mother();
    changed["meta"] = json!({"lastUpdated": "2026-10-20T08:00:00Z"});
    let both = stamped("2026-10-30T12:00:00Z", &[since("2024-05-01"), changed]);
    assert_eq!(told(&both).said("effective_at"), "2026-10-20T08:00:00Z");
    let alone = stamped("2026-10-30T12:00:00Z", &[since("2024-05-01"), mother()]);
    assert_eq!(told(&alone).said("effective_at"), "2024-05-01T09:00:00Z");
}

#[test]
fn what_has_not_begun_is_not_read_as_what_stands() {
    let mut child = since("2026-05-01");
    child["address"] = json!([
        {"use": "home", "line": ["9 Far Road"], "postalCode": "LS1 1ZZ", "period": {"start": "2027-01-01"}},
        {"use": "home", "line": ["2 New Road"], "postalCode": "LS1 2BB", "period": {"end": "2026-12-31"}},
    ]);
    let mut later = mother();
    later["period"] = json!({"start": "2027-01"});
    let now = stamped("2026-11-28T12:00:00Z", &[child.clone(), later.clone()]);
    assert_eq!(
        (told(&now).said("address_line_1"), told(&now).said("address_kind")),
        ("2 New Road", "current")
    );
    assert_eq!(told(&now).said("carer_1_forenames"), "");
    assert_eq!((counted(&now, "Patient.address other"), counted(&now, "RelatedPerson other")), (1, 1));
    let then = stamped("2027-01-15T12:00:00Z", &[child, later]);
    assert_eq!(
        (told(&then).said("address_line_1"), told(&then).said("effective_at")),
        ("9 Far Road", "2027-01-01")
    );
    assert_eq!(told(&then).said("carer_1_forenames"), "Siobhan");
}

#[test]
fn a_record_that_is_not_used_any_more_is_no_statement() {
    let mut child = amelia();
    child["active"] = json!(false);
    let refused =
        received("hospital", &bundle("batch", &[child.clone()])).entries.remove(0).said.unwrap_err();
    assert_eq!(refused.expression, "Bundle.entry[0].resource.active");
    assert!(refused.reason.to_string().contains("DELETE"), "{refused}");
    child["active"] = json!(true);
    assert!(received("hospital", &bundle("batch", &[child])).entries[0].said.is_ok());
}

#[test]
fn a_relationship_of_a_suppliers_own_list_is_no_parent() {
    let with = |system: &str, code: &str| {
        let mut person = mother();
        person["relationship"] = json!([{"coding": [{"system": system, "code": code}]}]);
        told(&stamped("2026-10-30T12:00:00Z", &[amelia(), person])).said("carer_1_relationship").to_owned()
    };
    let (role, table) = (
        "http://terminology.hl7.org/CodeSystem/v3-RoleCode",
        "http://terminology.hl7.org/CodeSystem/v2-0063",
    );
    for (system, code) in [(role, "PRN"), (table, "PAR"), ("", "PAR"), ("", "PRN")] {
        assert_eq!(with(system, code), "parent", "{system} {code}");
    }
    for (system, code) in [("https://supplier.example/relations", "PAR"), (role, "PAR"), (table, "PRN")] {
        assert_eq!(with(system, code), "", "{system} {code}");
    }
}

#[test]
fn a_telephone_number_stands_until_the_day_on_which_it_ends() {
    let telephone =
        |number: &str, end: &str| json!({"system": "phone", "value": number, "period": {"end": end}});
    let reached = json!([
        telephone("0113 496 0001", "2026-10-30"),
        telephone("0113 496 0002", "2027-01-01"),
        {"system": "email", "value": "now@example.org", "period": {"end": "2026-10-31"}},
    ]);
    let mut sent = example("social-care");
    for resource in sent["entry"].as_array_mut().unwrap() {
        let resource = &mut resource["resource"];
        if ["RelatedPerson", "PractitionerRole"].contains(&resource["resourceType"].as_str().unwrap()) {
            resource["telecom"] = reached.clone();
        }
    }
    patient(&mut sent)["contact"] = json!([{
        "name": {"family": "O'Connor", "given": ["Sean"]}, "telecom": reached,
        "relationship": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "FTH"}]}],
    }]);
    let said = |sent: &Value| {
        let received = received("social-care", sent);
        let message = statement(&received.entries[0]);
        [
            "carer_1_telephone",
            "carer_1_email",
            "carer_2_telephone",
            "involvement_1_telephone",
            "involvement_1_email",
        ]
        .map(|column| message.said(column).to_owned())
    };
    let (future, today) = ("0113 496 0002", "now@example.org");
    assert_eq!(said(&sent), [future, today, future, future, today]);
    // What counts is the day on which the source knew it.
    patient(&mut sent)["meta"]["lastUpdated"] = json!("2026-10-30T22:00:00Z");
    sent["timestamp"] = json!("2026-10-30T23:00:00Z");
    assert_eq!(said(&sent), ["0113 496 0001", today, "0113 496 0001", "0113 496 0001", today]);
    patient(&mut sent)["meta"]["lastUpdated"] = json!("2027-02-01T09:00:00Z");
    assert_eq!(said(&sent)[..4], ["", "", "", ""]);
    patient(&mut sent)["address"][0]["period"] = json!({"end": "2027-03"});
    patient(&mut sent)["contact"][0]["period"] = json!({"end": "2027-03"});
    let received = received("social-care", &sent);
    let message = statement(&received.entries[0]);
    assert_eq!((message.said("address_kind"), message.said("carer_1_forenames")), ("current", "Sean"));
}

const NHS: &str = "https://fhir.nhs.uk/Id/nhs-number";
const RECORD: &str = "https://contactpoint.example/fhir/Id/record";

#[test]
fn a_number_that_is_no_longer_used_or_not_yet_is_not_read_as_present() {
    let with = |numbers: Value| {
        let mut child = since("2026-05-01");
        child["identifier"] = numbers;
        stamped("2026-11-28T12:00:00Z", &[child])
    };
    for gone in
        [json!({"use": "old"}), json!({"period": {"end": "2026-10"}}), json!({"period": {"start": "2027"}})]
    {
        let former = |system: &str, value: &str| {
            let mut number = gone.clone();
            number["system"] = json!(system);
            number["value"] = json!(value);
            number
        };
        let numbers = [
            former(NHS, "9990000026"),
            json!({"system": NHS, "value": "9990000018", "period": {"end": "2026-12-31"}}),
            former(RECORD, "R-OLD"),
            json!({"system": RECORD, "value": "R-NEW", "use": "usual"}),
        ];
        let both = with(json!(numbers));
        assert_eq!(
            (told(&both).said("nhs_number"), told(&both).said("record_id")),
            ("9990000018", "R-NEW"),
            "{gone}"
        );
        assert_eq!(counted(&both, "Patient.identifier other"), 2, "{gone}");

        let none = with(json!([former(NHS, "9990000026")]));
        assert_eq!(
            (told(&none).said("nhs_number"), told(&none).said("record_id")),
            ("", "R-000123"),
            "{gone}"
        );

        let refused = with(json!([former(RECORD, "R-OLD")])).entries.remove(0).said.unwrap_err();
        assert_eq!(refused.reason, Reason::NoOwnNumber, "{gone}");
    }
}

#[test]
fn a_number_that_ended_since_the_patient_changed_changes_the_statement_on_its_day() {
    let mut child = since("2026-05-01");
    child["identifier"] = json!([{"system": NHS, "value": "9990000018", "period": {"end": "2026-10-31"}}]);
    let before = stamped("2026-10-31T12:00:00Z", &[child.clone()]);
    let after = stamped("2026-11-28T12:00:00Z", &[child]);
    let both = |received: &Received| {
        ["nhs_number", "effective_at"].map(|column| told(received).said(column).to_owned())
    };
    assert_eq!(both(&before), ["9990000018", "2026-05-01T09:00:00Z"]);
    assert_eq!(both(&after), ["", "2026-11-01"]);
}

#[test]
fn a_replaced_record_is_known_by_its_number_although_that_ended_with_it() {
    let number = |value: &str, usage: &str| json!([{"system": RECORD, "value": value, "use": usage}]);
    let mut gone = since("2026-05-01");
    gone["id"] = json!("gone");
    gone["identifier"] = number("R-OLD", "old");
    let mut stays = since("2026-05-01");
    stays["id"] = json!("stays");
    stays["identifier"] = number("R-NEW", "usual");
    gone["link"] = json!([{"type": "replaced-by", "other": {"reference": "Patient/stays"}}]);
    let merge = |received: &Received, entry: usize| match &received.entries[entry].said {
        Ok(Spoken::Said(Said::Merge { surviving, ended, .. })) => (surviving.clone(), ended.clone()),
        other => panic!("{other:?}"),
    };
    let pair = ("R-NEW".to_owned(), "R-OLD".to_owned());
    assert_eq!(merge(&stamped("2026-11-28T12:00:00Z", &[stays.clone(), gone.clone()]), 1), pair);
    gone.as_object_mut().unwrap().remove("link");
    stays["link"] = json!([{"type": "replaces", "other": {"reference": "Patient/gone"}}]);
    assert_eq!(merge(&stamped("2026-11-28T12:00:00Z", &[stays, gone]), 0), pair);
}
