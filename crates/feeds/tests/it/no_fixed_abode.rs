//! The NHS's pseudo postcodes (ZZ99): a child without a postcode is a child like any other, whichever way it comes (rule 1.2).

use std::io::Cursor;
use std::ops::ControlFlow;

use directory::Whereabouts;
use feeds::{Message, Options, Outcome, Profile, Row, Rule, Said, judge_file, value_fault};
use serde_json::{Value, json};

use crate::fhir::{amelia, received, statement};
use crate::files::{TODAY, accepted, file, profile, quarantined};

const PSEUDO: [&str; 4] = ["ZZ99 3VZ", "ZZ99 3WZ", "ZZ99 3CZ", "zz991wz"];

fn taken(outcome: Outcome) -> Row {
    match outcome {
        Outcome::Accepted(row) => *row,
        Outcome::Quarantined(row) => panic!("{:?}", row.faults),
    }
}

fn by_file(name: &str, bytes: Vec<u8>, source: &'static Profile) -> Row {
    let mut outcomes = Vec::new();
    judge_file(Cursor::new(bytes), source, &Options::new(name, TODAY), |outcome| {
        outcomes.push(outcome);
        ControlFlow::Continue(())
    })
    .unwrap();
    taken(outcomes.remove(0))
}

fn by_json(pseudo: &str) -> Row {
    let mut message = Message::new(profile("nhs-gp"));
    let said = [("record_id", "R-1"), ("effective_at", "2026-10-20"), ("surname", "Quist")];
    for (column, value) in said.into_iter().chain([("address_kind", "current"), ("postcode", pseudo)]) {
        message.say(column, value).unwrap();
    }
    taken(message.judge(1, TODAY))
}

fn by_hl7(pseudo: &str) -> Row {
    let header = r"MSH|^~\&|PAS|RXX01|ContactPoint|LEEDS|20260531120000||ADT^A08^ADT_A01|M000017|P|2.5.1||||||UNICODE UTF-8";
    let child = format!("PID|1||RXX-4711^^^RXX01^MR||Quist^Nell^^^^^L||20150228|F|||^^^^{pseudo}^^H");
    let message = [header, "EVN||202605311158+0100", &child].join("\r").into_bytes();
    let mapping =
        feeds::hl7::Mapping { profile: profile("hospital"), assigning_authority: None, takes_tests: false };
    match feeds::hl7::read(&message, &mapping).unwrap().said {
        Some(Said::Statement(message)) => taken(message.judge(1, TODAY)),
        other => panic!("{other:?}"),
    }
}

/// A child with nothing of an address but the pseudo postcode.
fn patient(pseudo: &str) -> Value {
    let mut child = amelia();
    child["address"] = json!([{"use": "home", "postalCode": pseudo}]);
    child
}

fn by_fhir(pseudo: &str) -> Row {
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [{
        "fullUrl": "urn:uuid:Patient-1", "resource": patient(pseudo), "request": {"method": "POST", "url": "Patient"},
    }]});
    taken(statement(&received("nhs-gp", &bundle).entries[0]).judge(1, TODAY))
}

#[test]
fn a_child_of_no_fixed_abode_is_taken_by_file_and_message() {
    let gp = profile("nhs-gp");
    let lines = ["address_line_1", "address_line_2", "town"];
    for pseudo in PSEUDO {
        let empty = lines.map(|line| (line, ""));
        let csv = file(gp, &[&empty[..], &[("postcode", pseudo)]].concat()).into_bytes();
        let xml = format!(
            "<rows><row><record_id>R-1</record_id><effective_at>2026-10-20</effective_at><surname>Quist</surname>\
             <address_kind>last_known</address_kind><postcode>{pseudo}</postcode></row></rows>"
        );
        let ndjson = format!("{}\n", patient(pseudo)).into_bytes();
        let rows = [
            by_file("feed.csv", csv, gp),
            by_file("feed.xml", xml.into_bytes(), gp),
            by_file("feed.ndjson", ndjson, gp),
            by_json(pseudo),
            by_hl7(pseudo),
            by_fhir(pseudo),
        ];
        for (way, row) in rows.iter().enumerate() {
            assert_eq!(row.content.whereabouts, Some(Whereabouts::NoKnownAddress), "{pseudo}, way {way}");
        }
    }
}

#[test]
fn an_address_with_a_pseudo_postcode_is_an_address_without_one() {
    let gp = profile("nhs-gp");
    let content = accepted(gp, &file(gp, &[("postcode", "ZZ99 3VZ")])).content;
    let address = content.whereabouts.as_ref().and_then(Whereabouts::address).unwrap();
    assert_eq!((address.lines[0].as_str(), &address.postcode), ("12 Mill Lane", &None));
    // Beside the statement that there is no address, or that the child left England, it says the same again.
    let nowhere = ["address_line_1", "address_line_2", "town"].map(|line| (line, ""));
    for kind in ["none", "left_unknown", ""] {
        let changes = [&nowhere[..], &[("postcode", "ZZ99 3VZ"), ("address_kind", kind)]].concat();
        let whereabouts = accepted(gp, &file(gp, &changes)).content.whereabouts;
        assert!(whereabouts.is_none_or(|told| told.address().is_none()), "{kind}");
    }
    // Another code of an area that there is not stays wrong.
    for wrong in ["ZZ99", "ZZ99 3V", "ZZ98 3VZ", "ZZ99 VVZ"] {
        let row = quarantined(gp, &file(gp, &[("postcode", wrong)]));
        assert_eq!(row.faults[0].rule, Rule::PostcodeShape, "{wrong}");
        assert_eq!(value_fault(feeds::Kind::Postcode, wrong), Some(Rule::PostcodeShape));
    }
}
