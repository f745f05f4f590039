//! A product as a supplier would have it: it holds records and exports them, as a file or as messages. The program's own tests
//! use it as well.

use std::collections::BTreeSet;

use conformance::Sheet;
use feeds::Profile;
use serde_json::{Value, json};

/// A record of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub id: String,
    pub at: String,
    pub sheet: Sheet,
}

/// What it holds after the step of this number, from 0: each child with a number, in so many records. What is not changed keeps
/// its moment.
pub fn export(
    entered: impl IntoIterator<Item = (usize, usize, Sheet)>,
    before: &[Record],
    nth: usize,
) -> Vec<Record> {
    let mut records = Vec::new();
    for (number, copies, sheet) in entered {
        for copy in 0..copies {
            let id = format!("R-{number}-{copy}");
            let same = before.iter().find(|record| record.id == id && record.sheet == sheet);
            let at = same
                .map_or_else(|| format!("2026-11-2{}T09:30:00+00:00", nth + 1), |record| record.at.clone());
            records.push(Record { id, at, sheet: sheet.clone() });
        }
    }
    records
}

/// A file of the profile.
pub fn file(profile: &Profile, records: &[Record]) -> Vec<u8> {
    let quoted = |value: &str| format!("\"{}\"", value.replace('"', "\"\""));
    let mut text = format!("{}\r\n", profile.header());
    for record in records {
        let row = profile.columns().map(|column| match column.name {
            "record_id" => quoted(&record.id),
            "effective_at" => quoted(&record.at),
            name => quoted(record.sheet.get(name).map_or("", String::as_str)),
        });
        text.push_str(&row.collect::<Vec<_>>().join(","));
        text.push_str("\r\n");
    }
    text.into_bytes()
}

/// The endings of the formats of a file; a profile that has more to say than these resources do is not written as NDJSON here.
pub const ENDINGS: [&str; 4] = ["csv", "xlsx", "xml", "ndjson"];

/// A file of the profile in the format of an ending.
pub fn file_as(ending: &str, profile: &Profile, records: &[Record]) -> Vec<u8> {
    let header: Vec<&str> = profile.columns().map(|column| column.name).collect();
    let value = |record: &Record, column: &str| match column {
        "record_id" => record.id.clone(),
        "effective_at" => record.at.clone(),
        name => record.sheet.get(name).cloned().unwrap_or_default(),
    };
    let row = |record: &Record| header.iter().map(|column| value(record, column)).collect();
    let rows: Vec<Vec<String>> = records.iter().map(row).collect();
    match ending {
        "xlsx" => testkit::formats::workbook(&header, &rows),
        "xml" => testkit::formats::xml(&header, &rows),
        "ndjson" => {
            let lines = records.iter().flat_map(resources).map(|resource| format!("{resource}\n"));
            lines.collect::<String>().into_bytes()
        }
        _ => file(profile, records),
    }
}

/// A Patient and its registration at a practice: all that the profile nhs-gp says.
pub fn resources(record: &Record) -> [Value; 2] {
    let of = |column: &str| record.sheet.get(column).map(String::as_str);
    let mut patient = json!({
        "resourceType": "Patient", "id": record.id, "meta": {"lastUpdated": record.at},
        "name": [{"use": "official", "family": of("surname"), "given": [of("forenames")]}],
        "birthDate": of("date_of_birth"),
    });
    if let Some(gender) = of("gender") {
        patient["gender"] = json!(match gender {
            "F" => "female",
            "M" => "male",
            _ => "unknown",
        });
    }
    if let Some(number) = of("nhs_number") {
        patient["identifier"] = json!([{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": number}]);
    }
    if let Some(line) = of("address_line_1") {
        let lines: Vec<&str> = [Some(line), of("address_line_2")].into_iter().flatten().collect();
        let mut address = json!({"use": "home", "line": lines});
        for (element, column) in [("city", "town"), ("postalCode", "postcode")] {
            if let Some(value) = of(column) {
                address[element] = json!(value);
            }
        }
        patient["address"] = json!([address]);
    }
    let mut practice = json!({
        "resourceType": "Organization", "id": "practice", "name": of("practice_name"),
        "identifier": [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": of("practice_code")}],
    });
    if let Some(number) = of("practice_telephone") {
        practice["telecom"] = json!([{"system": "phone", "value": number}]);
    }
    if let Some(code) = of("local_authority") {
        let url = "https://contactpoint.example/fhir/StructureDefinition/local-authority";
        practice["extension"] = json!([{"url": url, "valueCode": code}]);
    }
    let mut episode = json!({
        "resourceType": "EpisodeOfCare", "status": "active", "contained": [practice],
        "patient": {"reference": format!("Patient/{}", record.id)},
        "managingOrganization": {"reference": "#practice"},
        "type": [{"coding": [{"system": "https://contactpoint.example/fhir/CodeSystem/enrolment", "code": "practice"}]}],
    });
    if let Some(day) = of("practice_start") {
        episode["period"] = json!({"start": day});
    }
    [patient, episode]
}

/// The same as messages. A record that was there and is not any more is merged into the other of its child.
pub fn messages(records: &[Record], before: &[Record]) -> Vec<u8> {
    let mut text = String::new();
    let ids: BTreeSet<&str> = records.iter().map(|record| record.id.as_str()).collect();
    for record in records {
        text.push_str(&message("A08", record, None));
    }
    for ended in before.iter().filter(|record| !ids.contains(record.id.as_str())) {
        text.push_str(&message("A40", &records[0], Some(&ended.id)));
    }
    text.into_bytes()
}

/// The answer to the message about a record that breaks a rule, as a recording has it.
pub fn refusal(record: &Record) -> String {
    format!(
        "MSH|^~\\&|CP|CP|PAS|TRUST|20261127120000+0000||ACK^A08^ACK|A-{0}|P|2.5.1\rMSA|AE|{0}\r\
         ERR|||102|E|F020^^ContactPoint|||postcode: not a postcode\r",
        record.id
    )
}

/// One message about a record; with `merged`, that another record ended in it.
pub fn message(event: &str, record: &Record, merged: Option<&str>) -> String {
    let of = |column: &str| {
        let value = record.sheet.get(column).map_or("", String::as_str);
        value
            .replace('\\', "\\E\\")
            .replace('|', "\\F\\")
            .replace('^', "\\S\\")
            .replace('&', "\\T\\")
            .replace('~', "\\R\\")
    };
    let at = record.at.replace(['-', ':', 'T'], "");
    let at = format!("{}+0000", at.split('+').next().unwrap());
    let number = of("nhs_number");
    let number = if number.is_empty() { String::new() } else { format!("~{number}^^^NHS^NH") };
    let mut text = format!(
        "MSH|^~\\&|PAS|TRUST|CP|CP|{at}||ADT^{event}|{}|P|2.5.1||||||UNICODE UTF-8\rEVN||{at}\r",
        record.id
    );
    if let Some(merged) = merged {
        // As the standard has it: the demographics of the record that goes on, and nobody around the child.
        text.push_str(&format!(
            "PID|1||{}^^^TRUST^MR||{}^{}^^^^^L\rMRG|{merged}^^^TRUST^MR\r",
            record.id,
            of("surname"),
            of("forenames"),
        ));
        return text;
    }
    text.push_str(&format!(
        "PID|1||{}^^^TRUST^MR{number}||{}^{}^^^^^L||{}|{}|||{}^{}^{}^^{}^^H\r",
        record.id,
        of("surname"),
        of("forenames"),
        of("date_of_birth").replace('-', ""),
        of("gender"),
        of("address_line_1"),
        of("address_line_2"),
        of("town"),
        of("postcode"),
    ));
    text.push_str(&format!("PD1|||{}^^{}\r", of("practice_name"), of("practice_code")));
    for carer in 1..=2 {
        let of = |column: &str| of(&format!("carer_{carer}_{column}"));
        let kin = match of("relationship").as_str() {
            "mother" => "MTH",
            "father" => "FTH",
            "parent" => "PAR",
            "guardian" => "GRD",
            "carer" => "CGV",
            _ => continue,
        };
        text.push_str(&format!(
            "NK1|{carer}|{}^{}|{kin}||{}~^NET^Internet^{}\r",
            of("surname"),
            of("forenames"),
            of("telephone"),
            of("email")
        ));
    }
    text
}
