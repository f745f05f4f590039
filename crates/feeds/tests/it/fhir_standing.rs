//! What does not stand, although it is sent: an address at which nobody lives, a service that has not begun.

use feeds::Message;
use feeds::fhir::Received;
use serde_json::{Value, json};

use crate::fhir::{amelia, bundle, involved, received, statement};

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
