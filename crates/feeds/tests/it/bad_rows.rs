//! Bad rows, one by one: each is quarantined by name, and the rest of the file is taken.

use feeds::{Fault, Outcome, Profile, Rule};

use crate::files::{counts, file, profile, quarantined, read, row};

/// Source, values changed in the example row, the faults expected as (column, code, length).
type Case =
    (&'static str, &'static [(&'static str, &'static str)], &'static [(&'static str, &'static str, usize)]);

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("nhs-gp", &[("record_id", "")], &[("record_id", "F005", 0)]),
    ("nhs-gp", &[("record_id", "R 12")], &[("record_id", "F042", 4)]),
    ("nhs-gp", &[("effective_at", "")], &[("effective_at", "F005", 0)]),
    ("nhs-gp", &[("effective_at", "31/01/2026")], &[("effective_at", "F011", 10)]),
    ("nhs-gp", &[("effective_at", "2026-11-03")], &[("effective_at", "F015", 10)]),
    ("nhs-gp", &[("date_of_birth", "31/02/2015")], &[("date_of_birth", "F010", 10)]),
    ("nhs-gp", &[("date_of_birth", "2015-02-31")], &[("date_of_birth", "F010", 10)]),
    ("nhs-gp", &[("date_of_birth", "28/02/2015")], &[("date_of_birth", "F011", 10)]),
    ("nhs-gp", &[("date_of_birth", "0015-02-28")], &[("date_of_birth", "F013", 10)]),
    ("nhs-gp", &[("date_of_birth", "2026-11-02")], &[("date_of_birth", "F012", 10)]),
    ("nhs-gp", &[("date_of_birth", "2027")], &[("date_of_birth", "F012", 4)]),
    ("nhs-gp", &[("effective_at", "2026-01-31"), ("date_of_birth", "2008-01-31")], &[("date_of_birth", "F014", 10)]),
    ("nhs-gp", &[("date_of_birth", "1979-05")], &[("date_of_birth", "F014", 7)]),
    ("nhs-gp", &[("forenames", ""), ("surname", "")], &[("surname", "F020", 0)]),
    ("nhs-gp", &[("forenames", "Unknown")], &[("forenames", "F021", 7)]),
    ("nhs-gp", &[("surname", "TEST")], &[("surname", "F021", 4)]),
    ("nhs-gp", &[("surname", "LS1 4AP")], &[("surname", "F022", 7)]),
    ("nhs-gp", &[("forenames", "Amelia 😀")], &[("forenames", "F023", 8)]),
    ("nhs-gp", &[("forenames", "\u{202E}ailemA")], &[("forenames", "F006", 7)]),
    ("nhs-gp", &[("forenames", "Am\u{1}elia")], &[("forenames", "F006", 7)]),
    ("nhs-gp", &[("forenames", "Am\nelia")], &[("forenames", "F006", 7)]),
    ("nhs-gp", &[("alias_2_surname", "??")], &[("alias_2_surname", "F023", 2)]),
    ("nhs-gp", &[("alias_1_surname", "--")], &[("alias_1_surname", "F024", 2)]),
    ("nhs-gp", &[("gender", "X")], &[("gender", "F050", 1)]),
    ("nhs-gp", &[("gender", "female")], &[("gender", "F050", 6)]),
    ("nhs-gp", &[("nhs_number", "9990000019")], &[("nhs_number", "F040", 10)]),
    ("nhs-gp", &[("nhs_number", "999")], &[("nhs_number", "F040", 3)]),
    ("nhs-gp", &[("postcode", "LS1 4A")], &[("postcode", "F030", 6)]),
    ("nhs-gp", &[("address_kind", "")], &[("address_kind", "F031", 0)]),
    ("nhs-gp", &[("address_kind", "none")], &[("address_kind", "F031", 4)]),
    ("nhs-gp", &[("address_kind", "home")], &[("address_kind", "F050", 4)]),
    ("nhs-gp", &[("address_line_1", ""), ("address_line_2", ""), ("town", ""), ("postcode", "")], &[("address_kind", "F031", 7)]),
    ("nhs-gp", &[("practice_name", "")], &[("practice_name", "F061", 0)]),
    ("nhs-gp", &[("practice_code", "12")], &[("practice_code", "F042", 2)]),
    ("nhs-gp", &[("practice_telephone", "ask at the desk")], &[("practice_telephone", "F051", 15)]),
    ("nhs-gp", &[("local_authority", "Leeds")], &[("local_authority", "F042", 5)]),
    ("nhs-gp", &[("date_of_birth", "2015-02-28 00:00:00")], &[("date_of_birth", "F011", 19)]),
    ("nhs-gp", &[("date_of_birth", "2012-05-06T00:00:00")], &[("date_of_birth", "F011", 19)]),
    ("nhs-gp", &[("date_of_birth", "31/02/2015 00:00:00")], &[("date_of_birth", "F010", 19)]),
    ("nhs-gp", &[("effective_at", "2026-01-31 00:00:00")], &[("effective_at", "F011", 19)]),
    ("nhs-gp", &[("postcode", "LS1 4AP, Leeds")], &[("postcode", "F030", 14)]),
    ("nhs-gp", &[("nhs_number", "999 000 0018 (verified)")], &[("nhs_number", "F040", 23)]),
    ("nhs-gp", &[("practice_code", "B86001-01X")], &[("practice_code", "F042", 10)]),
    ("nhs-gp", &[("practice_code", "B860010001")], &[("practice_code", "F042", 10)]),
    ("nhs-gp", &[("local_authority", "Leeds City")], &[("local_authority", "F042", 10)]),
    ("nhs-gp", &[("town", "#N/A")], &[("town", "F053", 4)]),
    ("nhs-gp", &[("address_line_1", "#REF!"), ("surname", "#NAME?"), ("date_of_birth", "#VALUE!")],
        &[("surname", "F053", 6), ("date_of_birth", "F053", 7), ("address_line_1", "F053", 5)]),
    ("nhs-gp", &[("gender", "#DIV/0!"), ("postcode", "#NULL!"), ("practice_name", "#NUM!")],
        &[("gender", "F053", 7), ("postcode", "F053", 6), ("practice_name", "F053", 5)]),
    ("nhs-gp", &[("forenames", "UNKNOWN1")], &[("forenames", "F021", 8)]),
    ("nhs-gp", &[("surname", "Not recorded")], &[("surname", "F021", 12)]),
    ("schools-census", &[("upn", "A801200001001")], &[("upn", "F041", 13)]),
    ("schools-census", &[("school_urn", "12")], &[("school_urn", "F042", 2)]),
    ("schools-census", &[("school_email", "office")], &[("school_email", "F052", 6)]),
    ("schools-census", &[("school_end", "2018-07-20")], &[("school_end", "F016", 10)]),
    ("schools-census", &[("school_name", "")], &[("school_name", "F061", 0)]),
    ("schools-census", &[("education_status", "none")], &[("education_status", "F062", 4)]),
    ("schools-census", &[("education_status", "")], &[("education_status", "F005", 0)]),
    ("schools-census", &[("carer_2_forenames", ""), ("carer_2_surname", "")], &[("carer_2_surname", "F061", 0)]),
    ("schools-census", &[("carer_1_relationship", "aunt")], &[("carer_1_relationship", "F050", 4)]),
    ("gro-births", &[("birth_registration", "none!")], &[("birth_registration", "F042", 5)]),
    ("gro-deaths", &[("date_of_death", "")], &[("date_of_death", "F005", 0)]),
    ("gro-deaths", &[("entry", "")], &[("entry", "F005", 0)]),
    ("gro-deaths", &[("entry", "deceased")], &[("entry", "F050", 8)]),
    ("gro-deaths", &[("date_of_death", "2026-11-02")], &[("date_of_death", "F070", 10)]),
    ("gro-deaths", &[("date_of_death", "2014")], &[("date_of_death", "F071", 4)]),
    ("gro-deaths", &[("date_of_birth", "2008-01-19"), ("date_of_death", "2026-01-20")], &[("date_of_birth", "F014", 10)]),
    ("dwp-child-benefit", &[("child_benefit_number", "CHB-1")], &[("child_benefit_number", "F042", 5)]),
    ("social-care", &[("involvement_1_service", "sexual_health"), ("involvement_1_basis", "")], &[("involvement_1_basis", "F060", 0)]),
    ("social-care", &[("involvement_2_service", "substance_misuse"), ("involvement_2_basis", "vital")], &[("involvement_2_basis", "F050", 5)]),
    ("social-care", &[("involvement_1_service", "sexual_health"), ("involvement_1_withdrawn_on", ""), ("involvement_1_consent", "")], &[("involvement_1_consent", "F063", 0)]),
    ("social-care", &[("involvement_1_service", "sexual_health"), ("involvement_1_withdrawn_on", ""), ("involvement_1_asserted_by", "")], &[("involvement_1_asserted_by", "F064", 0)]),
    ("social-care", &[("involvement_1_service", "sexual_health"), ("involvement_1_withdrawn_on", ""), ("involvement_1_asserted_on", "")], &[("involvement_1_asserted_on", "F065", 0)]),
    ("social-care", &[("involvement_1_service", "sexual_health"), ("involvement_1_basis", "significant_harm")], &[("involvement_1_consent", "F066", 22)]),
    ("social-care", &[("involvement_1_service", "sexual_health"), ("involvement_1_withdrawn_on", "2024-09-01")], &[("involvement_1_withdrawn_on", "F066", 10)]),
    ("social-care", &[("involvement_1_service", "sexual_health"), ("involvement_1_asserted_on", "2026-12-01")], &[("involvement_1_asserted_on", "F067", 10)]),
    ("social-care", &[("involvement_3_service", "")], &[("involvement_3_service", "F061", 0)]),
    ("social-care", &[("involvement_1_service", "therapist")], &[("involvement_1_service", "F050", 9)]),
    ("social-care", &[("involvement_1_practitioner", "Unknown")], &[("involvement_1_practitioner", "F021", 7)]),
    ("social-care", &[("involvement_1_start", "2025-08"), ("involvement_1_end", "2025-07")], &[("involvement_1_end", "F016", 7)]),
    ("social-care", &[("caf_exists", "no")], &[("caf_exists", "F062", 2)]),
    ("social-care", &[("caf_exists", "maybe")], &[("caf_exists", "F050", 5)]),
];

#[test]
fn each_bad_value_is_quarantined_naming_the_field_the_rule_and_the_length() {
    for (source, changes, expected) in CASES {
        let profile = profile(source);
        let text = file(profile, changes);
        let row = quarantined(profile, &text);
        let found: Vec<(&str, &str, usize)> =
            row.faults.iter().map(|fault| (fault.field, fault.code(), fault.length)).collect();
        assert_eq!(&found.as_slice(), expected, "{source} {changes:?}");
        assert_eq!(row.row_number, 2);
        // A sensitive service without a basis may be held nowhere, not even to be read again (law 4).
        let kept = !row.faults.iter().any(|fault| fault.rule.is_about_the_basis());
        assert_eq!(row.raw.as_deref(), kept.then_some(text.as_bytes()), "{source} {changes:?}");
    }
}

#[test]
fn a_row_with_a_date_of_31_02_2015_is_quarantined_naming_the_field() {
    let profile = profile("gro-births");
    let row = quarantined(profile, &file(profile, &[("date_of_birth", "31/02/2015")]));
    assert_eq!(row.faults, [Fault { field: "date_of_birth", rule: Rule::ImpossibleDate, length: 10 }]);
}

#[test]
fn all_faults_of_a_row_are_told_at_once_in_the_order_of_its_columns() {
    let profile = profile("social-care");
    let changes = [
        ("caf_exists", "perhaps"),
        ("postcode", "NOWHERE"),
        ("surname", "Test"),
        ("effective_at", "yesterday"),
        ("carer_1_email", "none"),
        ("involvement_2_service", "mental_health"),
        ("involvement_2_basis", ""),
        ("nhs_number", "1234567890"),
    ];
    insta::assert_json_snapshot!(quarantined(profile, &file(profile, &changes)).faults);
}

#[test]
fn a_sensitive_service_without_a_basis_is_kept_nowhere_and_told_by_its_record() {
    let profile = profile("social-care");
    let bare = [("involvement_1_service", "sexual_health"), ("involvement_1_basis", "")];
    let row = quarantined(profile, &file(profile, &bare));
    assert_eq!(row.raw, None, "what may be held nowhere is not kept to be read again");
    let lapsed = row.lapsed.unwrap();
    assert_eq!((lapsed.record_id.as_str(), lapsed.services.len()), ("R-000123", 1));
    // A row that is wrong in another way too may have its columns mixed up.
    let mut doubtful = vec![bare[0], bare[1], ("postcode", "NOWHERE"), ("involvement_1_withdrawn_on", "")];
    assert_eq!(quarantined(profile, &file(profile, &doubtful)).lapsed, None);
    // But a consent that was withdrawn is withdrawn, as long as all that is said of the service itself is right.
    doubtful[3].1 = "2026-10-01";
    for basis in ["", "consent"] {
        doubtful[1].1 = basis;
        let row = quarantined(profile, &file(profile, &doubtful));
        let lapsed = row.lapsed.unwrap();
        assert_eq!((lapsed.services.len(), lapsed.withdrawn.len(), row.raw), (0, 1, None), "{basis}");
    }
    for other in
        [("involvement_1_telephone", "none"), ("involvement_1_asserted_on", "2027"), ("record_id", "R 1")]
    {
        let mut unclear = doubtful.clone();
        unclear.push(other);
        assert_eq!(quarantined(profile, &file(profile, &unclear)).lapsed, None, "{other:?}");
    }
}

#[test]
fn a_value_longer_than_its_column_is_quarantined_and_its_row_not_kept() {
    for profile in Profile::ALL {
        for column in profile.columns() {
            let long = "long text about a child ".repeat(40);
            let row = quarantined(profile, &file(profile, &[(column.name, &long)]));
            assert!(
                row.faults.contains(&Fault { field: column.name, rule: Rule::TooLong, length: 959 }),
                "{}: {}",
                profile.name,
                column.name
            );
            assert_eq!(row.raw, None);
        }
    }
}

#[test]
fn a_value_a_little_longer_than_its_column_is_wrong_in_the_columns_own_way_and_text_is_text() {
    let profile = profile("nhs-gp");
    let rule = |column: &str, value: &str| {
        let row = quarantined(profile, &file(profile, &[(column, value)]));
        (row.faults[0].rule, row.raw.is_some())
    };
    assert_eq!(rule("date_of_birth", "2015-02-28T00:00:00.000+00:00"), (Rule::DateFormat, true));
    assert_eq!(rule("local_authority", "Bournemouth, Christchurch and Poole"), (Rule::NumberShape, true));
    let told = "told the nurse at school about her father";
    assert_eq!(rule("date_of_birth", told), (Rule::TooLong, false));
    assert_eq!(rule("town", &told.repeat(2)), (Rule::TooLong, false));
    assert_eq!(rule("address_line_1", &told.repeat(3)), (Rule::TooLong, false));
}

#[test]
fn a_row_with_too_many_values_is_quarantined_and_not_kept() {
    let profile = profile("gro-births");
    let text = format!("{}\n{},and a note\n", profile.header(), row(profile, &[]).trim_end());
    let width = profile.columns().count();
    let quarantined = quarantined(profile, &text);
    assert_eq!(quarantined.faults, [Fault { field: Fault::ROW, rule: Rule::ValueCount, length: width + 1 }]);
    assert_eq!(quarantined.raw, None);
}

#[test]
fn a_row_with_too_few_values_is_quarantined_and_kept() {
    let profile = profile("gro-births");
    let text = format!("{}\nR-1,2026-01-31\n", profile.header());
    let quarantined = quarantined(profile, &text);
    assert_eq!(quarantined.faults, [Fault { field: Fault::ROW, rule: Rule::ValueCount, length: 2 }]);
    assert_eq!(quarantined.raw.as_deref(), Some(text.as_bytes()));
}

#[test]
fn quotes_in_the_wrong_place_are_quarantined() {
    let profile = profile("gro-births");
    for bad in ["Am\"elia\"", "\"Amelia\" Rose", " \"Amelia\""] {
        let line = row(profile, &[("forenames", "@@")]).replace("@@", bad);
        let quarantined = quarantined(profile, &format!("{}\n{line}", profile.header()));
        assert_eq!(quarantined.faults[0].rule, Rule::Quoting, "{bad}");
        assert_eq!(quarantined.raw, None);
    }
}

#[test]
fn a_record_that_comes_twice_is_taken_once() {
    let profile = profile("gro-births");
    let text = format!(
        "{}{}{}",
        file(profile, &[]),
        row(profile, &[("record_id", " R-000123 ")]),
        row(profile, &[("record_id", "R-2")])
    );
    let outcomes = read(profile, text.as_bytes()).unwrap();
    assert_eq!(counts(&outcomes), (2, 1));
    let Outcome::Quarantined(second) = &outcomes[1] else { panic!("{outcomes:?}") };
    assert_eq!(second.row_number, 3);
    assert_eq!(second.faults, [Fault { field: "record_id", rule: Rule::RepeatedRecord, length: 8 }]);
}

#[test]
fn a_bad_row_never_stops_the_rest() {
    let profile = profile("nhs-gp");
    let mut text = format!("{}\n", profile.header());
    for (k, (_, changes, _)) in CASES.iter().filter(|case| case.0 == "nhs-gp").enumerate() {
        text.push_str(&row(profile, changes));
        text.push_str(&row(profile, &[("record_id", &format!("good-{k}"))]));
    }
    let (taken, _) = counts(&read(profile, text.as_bytes()).unwrap());
    assert_eq!(taken, CASES.iter().filter(|case| case.0 == "nhs-gp").count());
}

#[test]
fn a_quarantined_row_can_be_processed_again_from_what_was_kept_of_it() {
    let profile = profile("nhs-gp");
    let mut columns: Vec<&str> = profile.columns().map(|column| column.name).collect();
    columns.rotate_left(7);
    let values: Vec<String> = columns
        .iter()
        .map(|name| match profile.position(name) {
            Some((_, column)) if column.name == "date_of_birth" => "2026-11-20".to_owned(),
            Some((_, column)) => column.example.to_owned(),
            None => String::new(),
        })
        .collect();
    let text = format!("{}\r\n{}", columns.join(","), crate::files::line(&values));
    let kept = quarantined(profile, &text).raw.unwrap();
    // Three weeks later the child is born.
    let later = feeds::Options { today: jiff::civil::date(2026, 11, 22), ..crate::files::options() };
    let mut again = feeds::Reader::open(kept.as_slice(), profile, later).unwrap();
    assert!(matches!(again.next(), Some(Ok(Outcome::Accepted(_)))));
}

#[test]
fn a_row_says_whose_it_is_where_its_record_id_has_no_fault_though_no_word_of_it_is_kept() {
    let profile = profile("social-care");
    let of = |changes: &[(&str, &str)]| quarantined(profile, &file(profile, changes));
    let long = "x".repeat(2_000);
    for (changes, is_kept) in [
        (vec![("surname", long.as_str())], false),
        (
            vec![
                ("involvement_1_service", "sexual_health"),
                ("involvement_1_basis", ""),
                ("postcode", "ZEBEDEE"),
            ],
            false,
        ),
        (vec![("postcode", "ZEBEDEE"), ("surname", "O'Connor, \"Ann\"")], true),
    ] {
        let row = of(&changes);
        assert_eq!((row.record_id.as_deref(), row.raw.is_some()), (Some("R-000123"), is_kept), "{changes:?}");
    }
    for nobody in ["", "R 1 / 2\t", long.as_str()] {
        assert_eq!(of(&[("record_id", nobody), ("postcode", "ZEBEDEE")]).record_id, None, "{nobody}");
    }
    // With a value too many the first column is the one that it was; a quote that is out of place leaves every column in doubt.
    let text = file(profile, &[]);
    let text = text.trim_end();
    let named = |text: &str| quarantined(profile, text).record_id;
    assert_eq!(named(&format!("{text},more\n")).as_deref(), Some("R-000123"));
    assert_eq!(named(&format!("{text},\"mo\"re\n")), None);
    let last =
        text.replacen("record_id,", "", 1).replacen("R-000123,", "", 1).replacen('\n', ",record_id\n", 1);
    assert_eq!(named(&format!("{last},R-000123,more\n")), None);
}

#[test]
fn neither_faults_nor_debug_output_hold_a_value() {
    let profile = profile("social-care");
    let changes = [("forenames", "Zebedee LS1 4AP"), ("carer_1_email", "zebedee"), ("postcode", "ZEBEDEE")];
    let text = format!(
        "{}{}",
        file(profile, &changes),
        row(profile, &[("record_id", "R-9"), ("surname", "Zebedee")])
    );
    let outcomes = read(profile, text.as_bytes()).unwrap();
    assert_eq!(counts(&outcomes), (1, 1));
    assert!(!format!("{outcomes:?}").to_lowercase().contains("zebedee"));
    let Outcome::Quarantined(row) = &outcomes[0] else { panic!("{outcomes:?}") };
    assert!(!serde_json::to_string(&row.faults).unwrap().to_lowercase().contains("zebedee"));
}
