//! What cannot be read spoils itself, and only those children of whom it may have said something: a statement is whole, and what
//! it lacks has ended.

use feeds::fhir::{Reason, Refused, Spoken, read_lines};
use feeds::{Message, Said};
use serde_json::{Value, json};

use crate::fhir::{amelia, bundle, involved, mapping, received};

fn other() -> Value {
    json!({"resourceType": "Patient", "id": "R-2", "name": [{"family": "Okafor"}], "meta": {"lastUpdated": "2026-10-01"}})
}

/// An involvement of this child.
fn episode(of: &str) -> Value {
    let mut episode = involved().remove(0);
    episode["id"] = json!(format!("episode-{of}"));
    episode["patient"] = json!({"reference": format!("Patient/{of}")});
    episode["careManager"] = json!({"display": "Jo Mensah"});
    episode
}

type Answered = Result<Spoken, Refused>;

fn of_lines(lines: &[String]) -> Vec<Answered> {
    let received = read_lines(lines.join("\n").as_bytes(), &mapping("social-care")).unwrap();
    received.entries.into_iter().map(|entry| entry.said).collect()
}

fn stated(said: &Answered) -> &Message {
    match said {
        Ok(Spoken::Said(Said::Statement(message))) => message,
        other => panic!("{other:?}"),
    }
}

fn why(said: &Answered) -> &Reason {
    &said.as_ref().unwrap_err().reason
}

#[test]
fn a_broken_line_of_a_patient_refuses_itself_alone() {
    let third = r#"{"resourceType": "Patient", "id": "R-3", "name": [{"family": "Quist", "given": ["Nell"}], "gender": "f"#;
    for broken in [third, r#"{"resourceType":"Patient","id":"R-3","name":[],"name":[]}"#] {
        let lines = [
            amelia().to_string(),
            String::new(),
            broken.to_owned(),
            episode("R-3").to_string(),
            other().to_string(),
            episode("R-2").to_string(),
        ];
        let said = of_lines(&lines);
        assert_eq!(stated(&said[0]).said("record_id"), "R-000123");
        assert_eq!(stated(&said[3]).said("involvement_1_practitioner"), "Jo Mensah", "it is whole");
        assert!(said[4].is_ok());
        let line = Reason::LineNotJson { number: 3 };
        assert!(*why(&said[1]) == if broken == third { line } else { Reason::Shape }, "{said:?}");
        assert_eq!(*why(&said[2]), Reason::OtherRefused, "what is about it is not taken either");
    }
    let text = Reason::LineNotJson { number: 3 }.to_string();
    assert!(text.contains("line 3") && !text.contains("Quist"), "{text}");
}

#[test]
fn a_broken_line_that_may_have_said_something_about_any_child_leaves_all_in_doubt() {
    let whole = episode("R-2").to_string();
    let glued = format!(r#"{{"resourceType":"Patient","id":"R-3","name":[{whole}"#);
    let (cut, tail) = (&whole[..whole.len() - 1], &whole[whole.find("\"patient\"").unwrap()..]);
    for broken in [
        "not JSON",
        "{}",
        cut,
        &glued,
        // The head of one line, and the tail of another.
        &format!(r#"{{"resourceType":"Patient","id":"R-3","gender":"fe{tail}"#),
        r#"{"resourceType":"Patient","name":[{"family":"Quist"}"#,
        r#"{"id":"R-3","resourceType":"Patient","gender":"#,
    ] {
        let said = of_lines(&[amelia().to_string(), other().to_string(), broken.to_owned()]);
        assert!(said.iter().all(Result::is_err), "{broken}: {said:?}");
        assert_eq!(
            (why(&said[0]), why(&said[1])),
            (&Reason::OtherRefused, &Reason::OtherRefused),
            "{broken}"
        );
    }
}

#[test]
fn a_refused_patient_of_a_batch_refuses_itself_and_what_is_about_it_alone() {
    let said = |change: &dyn Fn(&mut Value)| -> Vec<Answered> {
        let mut sent = bundle("batch", &[amelia(), other(), episode("R-2")]);
        change(&mut sent["entry"]);
        received("social-care", &sent).entries.into_iter().map(|entry| entry.said).collect()
    };
    let wrong_requests: [&dyn Fn(&mut Value); 5] = [
        &|entry| entry["request"] = Value::Null,
        &|entry| entry["request"]["ifMatch"] = json!("W/\"1\""),
        &|entry| {
            entry["request"] = json!({"method": "PUT", "url": "Patient?identifier=https://other.example|2"})
        },
        &|entry| entry["request"]["method"] = json!("GET"),
        &|entry| entry["resource"]["surprise"] = json!(1),
    ];
    for wrong in wrong_requests {
        // Of the other child: hers stands, and what is about the other is refused with it.
        let of = said(&|entries| wrong(&mut entries[1]));
        assert!(stated(&of[0]).said("record_id") == "R-000123" && of[1].is_err(), "{of:?}");
        assert_eq!(*why(&of[2]), Reason::OtherRefused, "{of:?}");
        // Of what is about the other child: the other's statement is not whole, hers is.
        let of = said(&|entries| wrong(&mut entries[2]));
        assert!(stated(&of[0]).said("record_id") == "R-000123" && of[2].is_err(), "{of:?}");
        assert_eq!(*why(&of[1]), Reason::OtherRefused, "{of:?}");
    }
    // An entry of which nobody can tell what it is.
    let of = said(&|entries| entries[2] = json!(["EpisodeOfCare"]));
    assert!(of.iter().all(Result::is_err), "{of:?}");
}
