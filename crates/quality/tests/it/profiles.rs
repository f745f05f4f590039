//! Profiles of one's own: what they can say, and what they cannot.

use quality::{Profile, measure};
use serde_json::json;

use crate::rows::{Rows, faults, input, settings};
use crate::workbook;

const OWN: &str = r#"
name = "nursery-list"
title = "Nursery list"
fresh_days = 60

[ready]
overall = 95.0

[[column]]
name = "Ref"
means = "record_id"

[[column]]
name = "Family name"
means = "surname"
required = true

[[column]]
name = "DOB"
means = "date_of_birth"
earliest = "2020-09-01"

[[column]]
name = "Room"
codes = ["red", "blue"]
expected = 1.0

[[column]]
name = "Key worker mail"
kind = "email"
"#;

#[test]
fn the_national_profiles_are_written_out_and_read_again_as_they_are() {
    for source in feeds::Profile::ALL {
        let profile = Profile::named(source.name).unwrap();
        let text = profile.to_toml();
        assert_eq!(Profile::from_toml(&text), Ok(profile), "{text}");
    }
}

#[test]
fn a_profile_of_ones_own_measures_its_columns_under_their_own_names() {
    let profile = Profile::from_toml(OWN).unwrap();
    assert_eq!(Profile::from_toml(&profile.to_toml()).as_ref(), Ok(&profile));
    let rows = "Ref,Family name,DOB,Room,Key worker mail\n\
                1,Quist,2022-03-04,red,a@example.org\n\
                2,,2022-04-05,green,nobody\n\
                2,Hale,2019-04-05,,\n";
    let report =
        measure(vec![input("list.csv", rows.into())], Vec::new(), &settings(&profile), None).unwrap();
    assert_eq!(
        faults(&report),
        [
            ("DOB".into(), "Q13", 1),
            ("Family name".into(), "F020", 1),
            ("Key worker mail".into(), "F052", 1),
            ("Ref".into(), "F003", 1),
            ("Room".into(), "F050", 1),
        ]
    );
}

/// Columns that each format can say, most under names of their own; one of them is another column's name in docs/feeds.
const MEANT: &str = r#"
name = "list"
fresh_days = 60

[[column]]
name = "Ref"
means = "record_id"

[[column]]
name = "Seen"
means = "effective_at"

[[column]]
name = "Family name"
means = "surname"

[[column]]
name = "forenames"
means = "forenames"

[[column]]
name = "DOB"
means = "date_of_birth"

[[column]]
name = "postcode"
means = "town"

[[column]]
name = "PC"
means = "postcode"

[[column]]
name = "Kind"
means = "address_kind"
"#;

#[test]
fn a_profile_of_ones_own_reads_the_same_from_csv_workbook_xml_and_fhir() {
    let profile = Profile::from_toml(MEANT).unwrap();
    let header = ["Ref", "Seen", "Family name", "forenames", "DOB", "postcode", "PC", "Kind"];
    let children = [
        ["R-1", "2026-10-20", "Quist", "Nell", "2019-04-05", "Leeds", "LS1 4AP", "current"],
        ["R-2", "2026-10-20", "Unknown", "Ike", "2018-04-06", "N/A", "LS1 4A", "current"],
        ["R-3", "2026-10-20", "Hale", "May", "2026-10-25", "Leeds", "LS2 4AP", "current"],
        ["R-3", "2025-10-20", "Hale", "Ann", "2017-10-25", "Leeds", "LS3 4AP", "current"],
    ];
    let rows = Rows {
        header: header.map(str::to_owned).to_vec(),
        rows: children.iter().map(|row| row.map(str::to_owned).to_vec()).collect(),
    };
    let xml = |names: [&str; 8]| {
        let cell = |(name, value): (&str, &str)| format!("<{name}>{value}</{name}>");
        let row = |row: &[&str; 8]| {
            format!("<row>{}</row>", names.into_iter().zip(*row).map(cell).collect::<String>())
        };
        format!("<rows>{}</rows>", children.iter().map(row).collect::<String>()).into_bytes()
    };
    let patient = |row: &[&str; 8]| {
        let [id, seen, surname, forenames, born, town, postcode, _] = *row;
        let patient = json!({
            "resourceType": "Patient", "id": id, "meta": {"lastUpdated": seen}, "birthDate": born,
            "name": [{"use": "official", "family": surname, "given": [forenames]}],
            "address": [{"use": "home", "city": town, "postalCode": postcode}],
        });
        format!("{patient}\n")
    };
    let measured = |bytes: Vec<u8>| {
        let report = measure(vec![input("list", bytes)], Vec::new(), &settings(&profile), None).unwrap();
        assert_eq!((&report.unpermitted.len(), &report.files[0].refused), (&0, &None));
        let filled: Vec<u64> = report.by_field.iter().map(|field| field.filled).collect();
        (report.rows, filled, faults(&report))
    };
    let of_csv = measured(rows.csv());
    assert_eq!(of_csv.1, [4; 8]);
    let found: Vec<(&str, &str)> = of_csv.2.iter().map(|(field, code, _)| (field.as_str(), *code)).collect();
    assert_eq!(
        found,
        [
            ("DOB", "Q20"),
            ("Family name", "F021"),
            ("PC", "F030"),
            ("Ref", "F003"),
            ("Seen", "Q40"),
            ("postcode", "Q10"),
        ]
    );
    assert_eq!(measured(workbook::of(&rows)), of_csv, "workbook");
    // XML has no spaces in a name: the name of docs/feeds serves, and it serves for any column that has none of its own like it.
    assert_eq!(
        measured(xml(["Ref", "Seen", "surname", "forenames", "DOB", "postcode", "PC", "Kind"])),
        of_csv,
        "XML"
    );
    assert_eq!(
        measured(xml([
            "record_id",
            "effective_at",
            "surname",
            "forenames",
            "date_of_birth",
            "town",
            "PC",
            "address_kind"
        ])),
        of_csv,
        "XML by the names of docs/feeds"
    );
    assert_eq!(measured(children.iter().map(patient).collect::<String>().into_bytes()), of_csv, "FHIR");
}

#[test]
fn a_column_that_stands_under_both_its_names_stands_twice() {
    let profile = Profile::from_toml(MEANT).unwrap();
    let xml = "<rows><row><Ref>R-1</Ref><record_id>R-2</record_id></row></rows>";
    for (bytes, code) in [("Ref,record_id\nR-1,R-2\n", "E10"), (xml, "E16")] {
        let report =
            measure(vec![input("list", bytes.into())], Vec::new(), &settings(&profile), None).unwrap();
        assert_eq!(report.files[0].refused.as_ref().map(|refused| refused.code), Some(code));
    }
}

#[test]
fn a_profile_cannot_open_the_closed_schema_and_every_error_names_line_key_and_remedy() {
    for (what, text, line, words) in [
        ("free text", OWN.replace("\"email\"", "\"free text\""), 30, "there is no kind for free text"),
        (
            "an unknown kind",
            OWN.replace("\"email\"", "\"mail\""),
            30,
            "kind must be one of record_id, person_name",
        ),
        (
            "a column of notes",
            OWN.replace("\"Room\"", "\"Room notes\""),
            24,
            "case notes and free text are never held",
        ),
        (
            "an unknown key",
            OWN.replace("fresh_days", "fresh_dys"),
            4,
            "unknown field `fresh_dys`, expected one of",
        ),
        (
            "an unknown key of a column",
            OWN.replace("expected = 1.0", "expect = 1.0"),
            26,
            "unknown field `expect`",
        ),
        (
            "an unknown meaning",
            OWN.replace("\"surname\"", "\"last_name\""),
            15,
            "means must be a column of docs/feeds",
        ),
        ("a meaning twice", OWN.replace("\"surname\"", "\"record_id\""), 14, "means the same"),
        ("a name twice", OWN.replace("\"Room\"", "\"DOB\""), 24, "stands twice"),
        (
            "codes of a national column",
            OWN.replace("earliest =", "codes = [\"a\"]\nearliest ="),
            21,
            "leave codes out",
        ),
        (
            "a share above one",
            OWN.replace("expected = 1.0", "expected = 7.0"),
            26,
            "expected must be from 0 to 1",
        ),
        ("a day that is none", OWN.replace("2020-09-01", "2020-09-31"), 21, "earliest must be a day"),
        ("neither kind nor meaning", OWN.replace("kind = \"email\"", ""), 29, "say what the column holds"),
        ("no TOML", OWN.replace("title =", "title"), 3, "docs/quality.md lists the keys"),
    ] {
        let error = Profile::from_toml(&text).expect_err(what);
        assert_eq!(error.line, Some(line), "{what}: {error}");
        assert!(error.message.contains(words), "{what}: {error}");
    }
    assert!(Profile::from_toml("name = \"x\"\ncolumn = []\n").unwrap_err().message.contains("[[column]]"));
}
