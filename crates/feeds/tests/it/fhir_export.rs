//! The files of a bulk export, one for each type of resource, become one that can be loaded.

use std::collections::BTreeMap;
use std::io::Cursor;

use feeds::Profile;
use feeds::fhir::export::{JoinError, Joined, Part, join};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fhir::mapping;
use crate::fhir_files::{accepted, another, judged, resources};

fn part(name: &str, lines: &[Value]) -> Part<Cursor<Vec<u8>>> {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    Part { name: name.to_owned(), lines: Cursor::new(text.into_bytes()) }
}

fn joined(parts: Vec<Part<Cursor<Vec<u8>>>>, leave_out: bool) -> Result<(Joined, Vec<Value>), JoinError> {
    let (mut parts, mut out, mut read) = (parts, Vec::new(), 0);
    let joined = join(&mut parts, &mut out, leave_out, &mut |more| read += more)?;
    assert!(read >= out.len() as u64);
    let lines = String::from_utf8(out).unwrap();
    Ok((joined, lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()))
}

fn patient(id: &str) -> Value {
    json!({"resourceType": "Patient", "id": id})
}

fn carer(id: &str, of: &str) -> Value {
    json!({"resourceType": "RelatedPerson", "id": id, "patient": {"reference": of}})
}

fn team(id: &str, of: &str) -> Value {
    json!({"resourceType": "CareTeam", "id": id, "subject": {"reference": of}})
}

#[test]
fn what_is_about_a_child_stands_behind_its_patient_and_what_children_share_before_the_first() {
    let practice = json!({"resourceType": "Organization", "id": "o-1"});
    let carers = [
        carer("r-2", "Patient/b"),
        carer("r-1", "https://fhir.example/r4/Patient/a"),
        carer("r-3", "Patient/b/_history/2"),
    ];
    let files = vec![
        part("RelatedPerson.ndjson", &carers),
        part("Patient.ndjson", &[patient("b"), patient("a")]),
        part("Organization.ndjson", std::slice::from_ref(&practice)),
        part("CareTeam.ndjson", &[team("t-1", "Patient/a")]),
    ];
    let (told, lines) = joined(files, false).unwrap();
    let [b2, a1, b3] = carers;
    assert_eq!(lines, [practice, patient("b"), b2, b3, patient("a"), a1, team("t-1", "Patient/a")]);
    assert_eq!(told, Joined { patients: 2, of_patients: 4, shared: 1, left_out: BTreeMap::new() });
}

#[test]
fn a_byte_order_mark_blank_lines_and_a_missing_last_line_end_are_nothing() {
    let text = format!("\u{feff}{}\r\n\r\n{}", patient("a"), carer("r", "Patient/a"));
    let file = Part { name: "all.ndjson".to_owned(), lines: Cursor::new(text.into_bytes()) };
    let (_, lines) = joined(vec![file], false).unwrap();
    assert_eq!(lines, [patient("a"), carer("r", "Patient/a")]);
}

#[test]
fn what_is_about_nobody_in_the_files_is_refused_by_its_place_or_left_out_and_counted() {
    let files = || {
        let carers = [carer("r-1", "Patient/a"), carer("r-2", "Patient/z"), carer("r-3", "#contained")];
        vec![part("Patient.ndjson", &[patient("a")]), part("RelatedPerson.ndjson", &carers)]
    };
    let refused = joined(files(), false).unwrap_err().to_string();
    assert!(
        refused.starts_with("RelatedPerson.ndjson, line 2: a RelatedPerson about Patient/z,"),
        "{refused}"
    );
    let (told, lines) = joined(files(), true).unwrap();
    assert_eq!((told.left_out, lines.len()), ([("RelatedPerson".to_owned(), 2)].into(), 2));
}

#[test]
fn a_line_that_is_no_resource_is_named() {
    for (line, says) in [
        ("[1]", "not a JSON object"),
        ("{\"id\":\"a\"}", "no resourceType"),
        ("{\"resourceType\":\"Patient\"}", "without an id"),
    ] {
        let text = format!("{}\n{line}\n", patient("a"));
        let file = Part { name: "Patient.ndjson".to_owned(), lines: Cursor::new(text.into_bytes()) };
        let refused = joined(vec![file], false).unwrap_err().to_string();
        assert!(refused.starts_with("Patient.ndjson, line 2: ") && refused.contains(says), "{refused}");
    }
    let long = Part { name: "x".to_owned(), lines: Cursor::new(vec![b'x'; 3 << 20]) };
    assert!(joined(vec![long], false).unwrap_err().to_string().contains("longer than 1 MiB"));
}

#[test]
fn the_joined_files_of_an_export_say_of_every_child_what_their_lines_say_behind_its_patient() {
    for source in Profile::ALL.into_iter().filter(|profile| !profile.registers_deaths()) {
        let first = resources(source.name);
        // Ids are of one server: what the second child's resources refer to is theirs.
        let second =
            Value::from(another(&first, "R-000124")).to_string().replace("Patient/", "Patient/second-");
        let mut second: Vec<Value> = serde_json::from_str(&second).unwrap();
        let (mut first, id) = (first, |line: &Value| line["id"].as_str().unwrap_or_default().to_owned());
        for (lines, prefix) in [(&mut first, ""), (&mut second, "second-")] {
            for line in lines.iter_mut().filter(|line| line["resourceType"] == "Patient") {
                line["id"] = json!(format!("{prefix}{}", id(line)));
            }
        }
        let apart = judged(source.name, &[first.clone(), second.clone()].concat(), None).unwrap();
        let mut by_type: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for line in second.into_iter().chain(first) {
            let of_type = by_type.entry(line["resourceType"].as_str().unwrap().to_owned()).or_default();
            // What both share stands once in an export.
            if line["resourceType"] == "Patient" || !of_type.contains(&line) {
                of_type.push(line);
            }
        }
        let files = by_type.iter().map(|(name, lines)| part(name, lines)).collect();
        let (_, lines) = joined(files, false).unwrap();
        let together = judged(source.name, &lines, None).unwrap();
        assert_eq!((apart.len(), together.len()), (2, 2), "{}", source.name);
        for one in &apart {
            let one = accepted(one);
            let other = together.iter().map(accepted).find(|other| other.record_id == one.record_id).unwrap();
            assert_eq!((&one.content, &one.canonical), (&other.content, &other.canonical), "{}", source.name);
        }
    }
}

/// Each relative reference behind the address of a server.
fn absolute(lines: &[Value]) -> Vec<Value> {
    let text = Value::from(lines.to_vec()).to_string();
    let kinds =
        ["Patient", "Organization", "Practitioner", "PractitionerRole", "HealthcareService", "EpisodeOfCare"];
    let text = kinds.into_iter().fold(text, |text, kind| {
        let (relative, absolute) =
            (format!("\"reference\":\"{kind}/"), format!("\"reference\":\"https://pas.example/fhir/{kind}/"));
        text.replace(&relative, &absolute)
    });
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_joined_files_of_an_export_say_by_absolute_references_what_they_say_by_relative_ones() {
    for source in Profile::ALL.into_iter().filter(|profile| !profile.registers_deaths()) {
        let lines = |absolutely: bool| {
            let all = resources(source.name);
            let all = if absolutely { absolute(&all) } else { all };
            let mut by_type: BTreeMap<String, Vec<Value>> = BTreeMap::new();
            for line in all {
                by_type.entry(line["resourceType"].as_str().unwrap().to_owned()).or_default().push(line);
            }
            let files = by_type.iter().map(|(name, lines)| part(name, lines)).collect();
            joined(files, false).unwrap().1
        };
        let [one, other] = [false, true].map(lines);
        assert_ne!(one, other, "{}", source.name);
        let body = |lines: &[Value]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        let sent = feeds::fhir::read_lines(body(&other).as_bytes(), &mapping(source.name)).unwrap();
        assert!(sent.entries.iter().all(|entry| entry.said.is_ok()), "{}: {sent:?}", source.name);
        let said = |lines: &[Value]| {
            let outcomes = judged(source.name, lines, None).unwrap();
            let [row] = outcomes.as_slice() else { panic!("{}: {outcomes:?}", source.name) };
            (accepted(row).content.clone(), accepted(row).canonical.clone())
        };
        assert_eq!(said(&other), said(&one), "{}", source.name);
    }
}

proptest! {
    #[test]
    fn however_the_lines_are_spread_over_files_each_stands_once_behind_its_own(
        lines in proptest::collection::vec((0_u8..12, 0_u8..4), 0..60),
        files in 1_usize..5,
    ) {
        let mut parts: Vec<Vec<Value>> = vec![Vec::new(); files];
        let mut all = Vec::new();
        for (n, (child, kind)) in lines.iter().enumerate() {
            let of = format!("Patient/{child}");
            let line = match kind {
                0 => patient(&child.to_string()),
                1 => carer(&format!("r-{n}"), &of),
                2 => team(&format!("t-{n}"), &of),
                _ => json!({"resourceType": "Practitioner", "id": format!("p-{n}")}),
            };
            parts[(n * 7 + usize::from(*child)) % files].push(line.clone());
            all.push(line);
        }
        let known: Vec<String> = all.iter().filter(|line| line["resourceType"] == "Patient").map(|line| line["id"].as_str().unwrap().to_owned()).collect();
        let of = |line: &Value| {
            let about = line["patient"]["reference"].as_str().or(line["subject"]["reference"].as_str());
            about.map(|about| about.trim_start_matches("Patient/").to_owned())
        };
        let files = parts.iter().enumerate().map(|(n, lines)| part(&n.to_string(), lines)).collect();
        let (told, written) = joined(files, true).unwrap();
        let mut present = None;
        for line in &written {
            if line["resourceType"] == "Patient" {
                present = line["id"].as_str().map(str::to_owned);
            } else {
                prop_assert_eq!(of(line), present.clone().filter(|_| of(line).is_some()));
            }
        }
        let mut expected: Vec<String> = all.iter().filter(|line| of(line).is_none_or(|of| known.contains(&of))).map(Value::to_string).collect();
        let mut got: Vec<String> = written.iter().map(Value::to_string).collect();
        expected.sort();
        got.sort();
        prop_assert_eq!(got, expected);
        prop_assert_eq!(told.left_out.values().sum::<u64>() as usize, all.len() - written.len());
    }
}
