//! Profiles of one's own: what they can say, and what they cannot.

use quality::{Profile, measure};

use crate::rows::{faults, input, settings};

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
