//! The same rows in four formats give the same measures.

use quality::{Profile, Report, Settings, measure};
use serde_json::{Value, json};

use crate::rows::{Rows, faults, input, report, settings, sound};
use crate::workbook::{self, escaped};

fn xml(rows: &Rows) -> Vec<u8> {
    let row = |values: &Vec<String>| {
        let cells: Vec<String> = rows
            .header
            .iter()
            .zip(values)
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("<{name}>{}</{name}>", escaped(value)))
            .collect();
        format!("<row>{}</row>\n", cells.concat())
    };
    format!("<?xml version=\"1.0\"?>\n<rows>\n{}</rows>\n", rows.rows.iter().map(row).collect::<String>())
        .into_bytes()
}

/// The columns that a Patient can hold.
fn ndjson(rows: &Rows, more: &[(usize, Value)]) -> Vec<u8> {
    let mut lines = String::new();
    for (number, values) in rows.rows.iter().enumerate() {
        let value =
            |name: &str| values[rows.header.iter().position(|column| column == name).unwrap()].as_str();
        let gender = match value("gender") {
            "F" => "female",
            "M" => "male",
            other => other,
        };
        let mut patient = json!({
            "resourceType": "Patient", "id": value("record_id"),
            "meta": {"lastUpdated": value("effective_at")},
            "name": [{"use": "official", "family": value("surname"), "given": [value("forenames")]}],
            "birthDate": value("date_of_birth"), "gender": gender,
            "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": value("nhs_number")}],
            "address": [{"use": "home", "line": [value("address_line_1")], "city": value("town"), "postalCode": value("postcode")}],
            "generalPractitioner": [{"identifier": {"value": value("practice_code")}, "display": value("practice_name")}],
        });
        for (_, addition) in more.iter().filter(|(at, _)| *at == number) {
            patient.as_object_mut().unwrap().extend(addition.as_object().unwrap().clone());
        }
        lines.push_str(&format!("{patient}\n"));
    }
    lines.into_bytes()
}

/// Everything but the name of the format, and the row numbers: a workbook's and a CSV file's begin below the header.
fn measured(report: &Report) -> Value {
    let mut value = serde_json::to_value(report).unwrap();
    value["files"] = Value::Null;
    value["worst_rows"].as_array_mut().unwrap().iter_mut().for_each(|row| row["row"] = Value::Null);
    for example in value["duplicates"]["examples"].as_array_mut().unwrap() {
        (example["left"], example["right"]) = (Value::Null, Value::Null);
    }
    value
}

#[test]
fn the_same_rows_as_csv_workbook_xml_and_fhir_give_the_same_measures() {
    let mut rows = sound("nhs-gp", 50)
        .with(3, &[("surname", "Unknown"), ("postcode", "")])
        .with(9, &[("nhs_number", "9990000019")])
        .with(11, &[("surname", "O'Neill & <Sons>")])
        .with(20, &[("date_of_birth", "2026-10-25")]);
    rows.rows.push(rows.rows[30].clone());
    let of_csv = report("nhs-gp", rows.csv());
    assert_eq!(of_csv.faults.len(), 6, "{:?}", faults(&of_csv));
    for (format, bytes) in
        [("Excel workbook", workbook::of(&rows)), ("XML", xml(&rows)), ("FHIR NDJSON", ndjson(&rows, &[]))]
    {
        let report = report("nhs-gp", bytes);
        assert_eq!(report.files[0].format, Some(format), "{:?}", report.files);
        let mut faults_of = faults(&report);
        // A Patient has no column for what only CSV rows of this profile can say.
        faults_of.retain(|(_, code, _)| *code != "Q01");
        assert_eq!(faults_of, faults(&of_csv), "{format}");
        if format != "FHIR NDJSON" {
            assert_eq!(measured(&report), measured(&of_csv), "{format}");
        } else {
            assert_eq!(
                report.by_field.iter().map(|f| f.filled).sum::<u64>(),
                of_csv.by_field.iter().map(|f| f.filled).sum::<u64>()
            );
        }
    }
}

#[test]
fn a_formatted_cell_without_a_value_is_no_value() {
    let rows = sound("nhs-gp", 3);
    let text = |value: &String| format!("<c t=\"inlineStr\"><is><t>{}</t></is></c>", escaped(value));
    let behind = "<c s=\"1\"/><c t=\"s\"/><c t=\"str\"><v></v></c>";
    let born = rows.header.iter().position(|column| column == "date_of_birth").unwrap();
    let row = |values: &Vec<String>| {
        let cells = values.iter().enumerate().map(|(at, value)| match at {
            _ if at == born && value.starts_with('2') => format!("<c t=\"d\"><v>{value}T00:00:00</v></c>"),
            _ if value.is_empty() => "<c s=\"1\"/>".to_owned(),
            _ => text(value),
        });
        format!("<row>{}{behind}</row>", cells.collect::<String>())
    };
    let header: String = rows.header.iter().map(text).collect();
    let body: String = rows.rows.iter().map(row).collect();
    let sheet = format!("<worksheet><sheetData><row>{header}{behind}</row>{body}</sheetData></worksheet>");
    let report = report("nhs-gp", workbook::workbook(sheet, ""));
    assert_eq!(faults(&report), [], "{:?}", report.files);
    assert_eq!(report.rows, 3);
}

#[test]
fn an_error_of_a_spreadsheet_is_a_fault_in_a_cell_and_as_text() {
    let errors = ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#FIELD!"];
    let mut rows = sound("nhs-gp", errors.len());
    for (row, error) in errors.into_iter().enumerate() {
        rows.set(row, "town", error);
    }
    let expected = [("town".to_owned(), "F053", errors.len() as u64)];
    assert_eq!(faults(&report("nhs-gp", rows.csv())), expected);
    let cell = |value: &String| match value.as_str() {
        // What Excel may yet think of.
        "#FIELD!" => "<c t=\"e\"><v>Err:504</v></c>".to_owned(),
        error if error.starts_with('#') => format!("<c t=\"e\"><v>{error}</v></c>"),
        "" => "<c/>".to_owned(),
        text => format!("<c t=\"inlineStr\"><is><t>{}</t></is></c>", escaped(text)),
    };
    let lines = std::iter::once(&rows.header).chain(&rows.rows);
    let body: String =
        lines.map(|row| format!("<row>{}</row>", row.iter().map(cell).collect::<String>())).collect();
    let sheet = format!("<worksheet><sheetData>{body}</sheetData></worksheet>");
    assert_eq!(faults(&report("nhs-gp", workbook::workbook(sheet, ""))), expected);
}

#[test]
fn clinical_content_of_fhir_is_left_unread_and_counted_and_the_rest_is_named() {
    let mut bytes = ndjson(
        &sound("nhs-gp", 3),
        &[
            (0, json!({"extension": [{"url": "MARKED-VALUE"}], "photo": [{"data": "MARKED-VALUE"}]})),
            (
                1,
                json!({"contact": [{"relationship": [{"coding": [{"code": "MTH"}]}], "name": {"family": "Quist", "given": ["Ada"]}}]}),
            ),
        ],
    );
    bytes.extend_from_slice(b"{\"resourceType\":\"Observation\",\"valueString\":\"MARKED-VALUE\"}\n");
    bytes.extend_from_slice(b"{\"resourceType\":\"Spaceship\",\"id\":\"1\"}\n");
    bytes.extend_from_slice(
        b"{\"resourceType\":\"RelatedPerson\",\"patient\":{\"reference\":\"Patient/nobody\"}}\n",
    );
    let report = report("nhs-gp", bytes);
    let clinical: Vec<_> =
        report.clinical_left_unread.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(clinical, [("Observation", 1), ("Patient.extension", 1)]);
    let named: Vec<_> = report.unpermitted.keys().map(String::as_str).collect();
    assert_eq!(
        named,
        ["Patient.photo", "Spaceship", "carer_1_forenames", "carer_1_relationship", "carer_1_surname"],
        "a GP names no carers, so the profile has no column for them"
    );
    assert_eq!(report.unattached.values().sum::<u64>(), 1);
    assert!(!report.scores.verdict.ready_to_rehearse);
    assert!(!serde_json::to_string(&report).unwrap().contains("MARKED-VALUE"));
}

#[test]
fn related_persons_that_follow_their_patient_are_its_carers() {
    let lines = [
        json!({"resourceType": "Patient", "id": "R-1", "meta": {"lastUpdated": "2026-10-20"}, "birthDate": "2019-04-05",
            "name": [{"use": "old", "family": "Hale"}, {"family": "Quist", "given": ["Nell", "May"]}, {"use": "nickname", "family": "Q"}],
            "identifier": [{"system": "urn:contactpoint:birth_registration", "value": "BR-2019-1"}]}),
        json!({"resourceType": "RelatedPerson", "patient": {"reference": "Patient/R-1"},
            "relationship": [{"coding": [{"code": "FTH"}]}], "name": [{"family": "Quist", "given": ["Tom"]}],
            "telecom": [{"system": "phone", "value": "07700 900123"}, {"system": "email", "value": "tom@example.org"}]}),
        json!({"resourceType": "Patient", "id": "R-2", "meta": {"lastUpdated": "2026-10-20"}, "birthDate": "2018-04-05",
            "name": [{"family": "Okafor", "given": ["Ike"]}]}),
    ];
    let bytes = lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes();
    let report = report("gro-births", bytes);
    let filled = |name: &str| report.by_field.iter().find(|field| field.name == name).unwrap().filled;
    let carer = ["forenames", "surname", "relationship", "telephone", "email"]
        .map(|part| filled(&format!("carer_1_{part}")));
    assert_eq!((report.rows, carer, filled("carer_2_surname")), (2, [1; 5], 0));
    assert_eq!(
        report.unpermitted.keys().collect::<Vec<_>>(),
        ["alias_1_surname"],
        "a birth has one name, so another has no column"
    );
    let former = report.clinical_left_unread.get("Patient.name other");
    assert_eq!(former, Some(&1), "a name no longer used could join two identities (rule 10.12)");
}

#[test]
fn a_second_file_is_read_by_the_same_system_of_numbers_as_the_first() {
    let own = "https://gp.example/Id/patient";
    let rows = sound("nhs-gp", 60);
    // Two numbers of the usual system: of a source that agreed on another, they are somebody else's.
    let numbers = |number: usize| {
        let others =
            ["A", "B"].map(|one| json!({"system": feeds::fhir::RECORD, "value": format!("{one}-{number}")}));
        let numbers =
            [vec![json!({"system": own, "value": format!("P-{number}")})], others.to_vec()].concat();
        (number, json!({"identifier": numbers}))
    };
    let bytes = ndjson(&rows, &(0..60).map(numbers).collect::<Vec<_>>());
    let profile = Profile::named("nhs-gp").unwrap();
    let settings = Settings { own_system: Some(own), ..settings(&profile) };
    let inputs = |name: &str| vec![input(name, bytes.clone())];
    let report = measure(inputs("now.ndjson"), inputs("before.ndjson"), &settings, None).unwrap();
    assert_eq!(faults(&report).iter().find(|(_, code, _)| *code == "F005"), None, "{:?}", faults(&report));
    let against = report.against.unwrap();
    assert_eq!((against.other_rows, against.estimate.share), (60, 1.0), "{against:?}");
}

#[test]
fn a_child_whose_resources_cannot_be_read_together_is_one_fault() {
    let patient = |id: &str| {
        json!({"resourceType": "Patient", "id": id, "meta": {"lastUpdated": "2026-10-20"}, "birthDate": "2019-04-05",
            "name": [{"family": "Quist", "given": ["Nell"]}], "generalPractitioner": [{"reference": "Organization/gone"}]})
    };
    let bytes = format!("{}\n{}\n", patient("R-1"), patient("R-2")).into_bytes();
    let report = report("nhs-gp", bytes);
    let found = faults(&report);
    let of = found.iter().find(|(_, code, _)| *code == "F008");
    assert_eq!(
        (report.rows, of.map(|(field, _, rows)| (field.as_str(), *rows))),
        (2, Some(("(row)", 2))),
        "{found:?}"
    );
}

#[test]
fn an_element_of_xml_outside_the_profile_is_named_and_never_read() {
    let text =
        "<rows><row><record_id>R-1</record_id><case_notes>MARKED <b>VALUE</b></case_notes></row></rows>";
    let report = report("nhs-gp", text.as_bytes().to_vec());
    assert_eq!(report.unpermitted.keys().collect::<Vec<_>>(), ["case_notes"]);
    assert!(!serde_json::to_string(&report).unwrap().contains("MARKED"));
    assert_eq!((report.rows, report.files[0].refused.clone()), (1, None));
}

/// Law 1: the closed list has no attribute, and what is passed over unsaid would be sent again for ever.
#[test]
fn an_attribute_outside_the_profile_is_named_and_never_read() {
    let text = "<rows xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"a b\" xml:lang=\"en\">\
                <row case_notes=\"MARKED\"><record_id seen='MARKED'>R-1</record_id><surname xsi:nil=\"true\"/></row></rows>";
    let report = report("nhs-gp", text.as_bytes().to_vec());
    assert_eq!(report.unpermitted.keys().collect::<Vec<_>>(), ["record_id@seen", "row@case_notes"]);
    assert!(!report.scores.verdict.ready_to_rehearse && report.has_faults());
    assert!(!serde_json::to_string(&report).unwrap().contains("MARKED"));
    assert!(quality::page(&report, None).contains("<code>row@case_notes</code>"));
}

#[test]
fn a_second_sheet_with_anything_in_it_is_named_and_keeps_a_workbook_from_being_ready() {
    let rows = sound("nhs-gp", 60);
    let empty = "<worksheet><sheetData><row><c s=\"1\"/></row></sheetData><headerFooter><oddHeader>x</oddHeader></headerFooter></worksheet>";
    let noted = "<worksheet><sheetData><row><c t=\"inlineStr\"><is><t>MARKED</t></is></c></row></sheetData></worksheet>";
    let counted = "<worksheet><sheetData><row><c><v>3</v></c></row></sheetData></worksheet>";
    let of = |further: &[(&str, &str, &str)]| report("nhs-gp", workbook::with_sheets(&rows, further));

    let ready = of(&[("Sheet2", "visible", empty), ("Sheet3", "hidden", empty)]);
    assert_eq!(faults(&ready), [], "{:?}", ready.files);
    assert!(ready.scores.verdict.ready_to_rehearse, "an empty sheet is none");

    let not_ready = of(&[
        ("Case notes", "visible", noted),
        ("Sheet3", "veryHidden", counted),
        ("MARKED é", "hidden", noted),
    ]);
    let named: Vec<_> = not_ready.unpermitted.keys().map(String::as_str).collect();
    assert_eq!(named, ["sheet Case notes", "sheet Sheet3", "sheet number 4"]);
    assert_eq!((not_ready.rows, faults(&not_ready)), (60, vec![]));
    assert!(!not_ready.scores.verdict.ready_to_rehearse && not_ready.has_faults());
    assert!(!serde_json::to_string(&not_ready).unwrap().contains("MARKED"));

    // A sheet that is not seen to be empty soon is not read on.
    let endless = format!("<worksheet><sheetData>{}</sheetData></worksheet>", "<row/>".repeat(2 << 20));
    let slow = of(&[("Long", "visible", &endless)]);
    assert_eq!(slow.unpermitted.keys().collect::<Vec<_>>(), ["sheet Long"]);
}

/// The report's own reasons, and what a pilot of it is below.
fn stands_against(report: &Report) -> (Vec<String>, Vec<String>) {
    let profile = Profile::named(&report.profile).unwrap();
    let pilot = quality::PilotReport::read(&serde_json::to_string(report).unwrap(), &profile).unwrap();
    (report.scores.verdict.reasons.clone(), pilot.below)
}

#[test]
fn what_a_load_refuses_whole_is_never_ready() {
    let mut lacking = sound("nhs-gp", 60);
    let at = lacking.header.iter().position(|name| name == "practice_telephone").unwrap();
    lacking.header.remove(at);
    lacking.rows.iter_mut().for_each(|row| drop(row.remove(at)));
    let report_of_csv = report("nhs-gp", lacking.csv());
    let (reasons, below) = stands_against(&report_of_csv);
    assert_eq!(reasons, ["Columns are missing from the file: a load would refuse it."]);
    assert_eq!(below, ["missing"]);

    // Patient.ndjson, and behind it RelatedPerson.ndjson.
    let mut bytes = ndjson(&sound("nhs-gp", 60), &[]);
    let relative = json!({"resourceType": "RelatedPerson", "patient": {"reference": "Patient/R-00003"},
        "relationship": [{"coding": [{"code": "MTH"}]}], "name": [{"family": "Quist", "given": ["Ada"]}]});
    bytes.extend_from_slice(format!("{relative}\n").as_bytes());
    let report_of_fhir = report("nhs-gp", bytes);
    let (reasons, below) = stands_against(&report_of_fhir);
    assert_eq!(reasons, ["Resources belong to no child of the file: a load would refuse it."]);
    assert_eq!(below, ["unattached"]);
    assert!(report_of_fhir.has_faults(), "the command ends with status 1");

    // What FHIR has no place for is missing from no header.
    let ready = report("nhs-gp", ndjson(&sound("nhs-gp", 60), &[]));
    assert_eq!(stands_against(&ready), (vec![], vec![]));
}
