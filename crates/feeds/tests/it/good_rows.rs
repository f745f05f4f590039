//! What is taken, and as what.

use directory::{Consent, DeathEntry, Gender, LeftEngland, PartialDate, ServiceType, Setting, Whereabouts};
use feeds::{Outcome, Profile};

use crate::files::{accepted, counts, file, line, profile, read, row};

#[test]
fn the_example_row_of_every_source_is_taken() {
    for profile in Profile::ALL {
        let row = accepted(profile, &file(profile, &[]));
        assert_eq!(row.record_id, "R-000123", "{}", profile.name);
        assert_eq!(row.row_number, 2);
        assert_eq!(row.content.names[0].surname(), "O'Connor");
    }
}

#[test]
fn a_row_of_social_care_becomes_a_source_record_with_everything_it_says() {
    let content = accepted(profile("social-care"), &file(profile("social-care"), &[])).content;
    insta::assert_json_snapshot!(content);
}

#[test]
fn a_row_of_the_schools_census_becomes_a_source_record_with_everything_it_says() {
    let content = accepted(profile("schools-census"), &file(profile("schools-census"), &[])).content;
    insta::assert_json_snapshot!(content);
}

#[test]
fn a_row_may_be_empty_but_for_what_is_required() {
    for profile in Profile::ALL {
        let empty: Vec<(&str, &str)> = profile
            .columns()
            .filter(|column| {
                !column.required && column.name != "surname" && !column.name.starts_with("school_")
            })
            .map(|column| (column.name, ""))
            .collect();
        let content = accepted(profile, &file(profile, &empty)).content;
        assert_eq!(content.gender, Gender::NotSpecified, "{}", profile.name);
        assert_eq!(content.whereabouts, None, "{}", profile.name);
        assert!(content.carers.is_empty() && content.involvements.is_empty(), "{}", profile.name);
    }
}

#[test]
fn names_of_one_letter_with_an_apostrophe_or_in_another_script_are_taken() {
    let profile = profile("nhs-gp");
    for (forenames, surname) in [
        ("Y", "O"),
        ("Zoë", "D’Arcy-O'Neil"),
        ("محمد", "الحسن"),
        ("", "Sukarno"),
        ("Sukarno", ""),
        ("Baby", "Smith"),
        ("小明", "王"),
    ] {
        let row = accepted(profile, &file(profile, &[("forenames", forenames), ("surname", surname)]));
        assert_eq!(row.content.names[0].forenames(), forenames);
        assert_eq!(row.content.names[0].surname(), surname);
    }
}

#[test]
fn whereabouts_are_exactly_one_statement() {
    let profile = profile("gro-births");
    let none = [("address_line_1", ""), ("address_line_2", ""), ("town", ""), ("postcode", "")];
    for (kind, expected) in [
        ("none", Whereabouts::NoKnownAddress),
        ("left_return", Whereabouts::LeftEngland(LeftEngland::ReturnWithin3Years)),
        ("left_no_return", Whereabouts::LeftEngland(LeftEngland::NoReturnWithin3Years)),
        ("left_unknown", Whereabouts::LeftEngland(LeftEngland::NoInformation)),
    ] {
        let changes = [none.as_slice(), &[("address_kind", kind)]].concat();
        assert_eq!(accepted(profile, &file(profile, &changes)).content.whereabouts, Some(expected));
    }
    let last = accepted(profile, &file(profile, &[("address_kind", "last_known")])).content;
    assert!(matches!(last.whereabouts, Some(Whereabouts::LastKnown(_))));
}

#[test]
fn a_child_educated_at_home_has_that_setting_and_no_school() {
    let profile = profile("schools-census");
    let changes = [
        ("education_status", "home_educated"),
        ("school_urn", ""),
        ("school_name", ""),
        ("school_telephone", ""),
        ("school_email", ""),
    ];
    let content = accepted(profile, &file(profile, &changes)).content;
    assert_eq!(content.education[0].setting, Setting::HomeEducated);
}

#[test]
fn a_sensitive_service_is_taken_with_its_basis() {
    let profile = profile("health-visiting");
    let sensitive = [("involvement_1_service", "mental_health"), ("involvement_1_withdrawn_on", "")];
    let row = accepted(profile, &file(profile, &sensitive));
    let basis = row.content.involvements[0].basis().unwrap();
    assert_eq!(basis.consent, Some(Consent::ChildOfUnderstanding));
    assert_eq!(basis.asserted_by.as_ref().unwrap().as_str(), "Leeds Teaching Hospitals");
    assert_eq!(basis.asserted_on.unwrap().to_string(), "2024-09-02");
    assert!(row.withdrawn.is_empty() && !basis.marker_agreed);
}

#[test]
fn a_withdrawn_consent_takes_the_service_out_of_the_row_and_says_so() {
    let profile = profile("health-visiting");
    let row = accepted(profile, &file(profile, &[("involvement_1_service", "mental_health")]));
    assert!(row.content.involvements.iter().all(|one| one.basis().is_none()));
    assert_eq!(row.withdrawn.len(), 1);
    assert_eq!(row.withdrawn[0].named.service, ServiceType::MentalHealth);
    assert_eq!(row.withdrawn[0].on.to_string(), "2025-07-18");
}

#[test]
fn an_entry_in_the_register_of_deaths_says_the_day_or_that_it_is_taken_back_and_nothing_else() {
    let profile = profile("gro-deaths");
    let day = PartialDate::parse("2026-01-20").unwrap();
    let registered = accepted(profile, &file(profile, &[])).content;
    assert_eq!(registered.death, Some(DeathEntry::Registered(day)));
    assert!(registered.whereabouts.is_none() && registered.carers.is_empty());
    let withdrawn = accepted(profile, &file(profile, &[("entry", "withdrawn")])).content;
    assert_eq!(withdrawn.death, Some(DeathEntry::Withdrawn));
    // Registered years later, of somebody who would have grown up since.
    let late =
        [("date_of_birth", "2000-05-05"), ("date_of_death", "2017-01-20"), ("effective_at", "2026-01-31")];
    assert!(accepted(profile, &file(profile, &late)).content.registered_death().is_some());
    assert_eq!(
        accepted(crate::files::profile("gro-births"), &file(crate::files::profile("gro-births"), &[]))
            .content
            .death,
        None
    );
}

#[test]
fn who_is_not_certainly_eighteen_on_the_effective_date_is_a_child() {
    let profile = profile("dwp-child-benefit");
    for born in ["2008-02-01", "2008-02", "2008", "2026-01-31"] {
        let changes = [("effective_at", "2026-01-31"), ("date_of_birth", born)];
        accepted(profile, &file(profile, &changes));
    }
}

#[test]
fn the_order_of_columns_quoting_space_accents_and_line_ends_do_not_change_the_canonical_bytes() {
    let profile = profile("gro-births");
    let plain = accepted(profile, &file(profile, &[("forenames", "Zo\u{EB}")]));
    let mut header: Vec<&str> = profile.columns().map(|column| column.name).collect();
    header.reverse();
    let values: Vec<String> = profile
        .columns()
        .map(|column| if column.name == "forenames" { "Zoe\u{308}" } else { column.example })
        .map(|value| format!("\"  {value} \""))
        .collect();
    let reversed: Vec<String> = values.into_iter().rev().collect();
    let other = format!("\u{FEFF}{}\r\n{}", header.join(" , "), reversed.join(","));
    let other = accepted(profile, &other);
    assert_eq!(other.canonical, plain.canonical);
    assert_eq!(other.content, plain.content);
    let changed = accepted(profile, &file(profile, &[("forenames", "Zoe")]));
    assert_ne!(changed.canonical, plain.canonical);
}

#[test]
fn a_value_moved_to_the_next_column_changes_the_canonical_bytes() {
    let profile = profile("gro-births");
    let left = [("address_line_1", "Mill Lane"), ("address_line_2", "")];
    let right = [("address_line_1", ""), ("address_line_2", "Mill Lane")];
    assert_ne!(
        accepted(profile, &file(profile, &left)).canonical,
        accepted(profile, &file(profile, &right)).canonical
    );
}

#[test]
fn a_value_may_hold_commas_and_quotes_when_quoted() {
    let profile = profile("gro-births");
    let content =
        accepted(profile, &file(profile, &[("address_line_1", "\"The Mill\", 12 Mill Lane")])).content;
    let address = content.whereabouts.as_ref().and_then(Whereabouts::address).unwrap().clone();
    assert_eq!(address.lines[0].as_str(), "\"The Mill\", 12 Mill Lane");
}

#[test]
fn rows_without_a_value_at_the_end_of_a_sheet_are_blank() {
    let profile = profile("hospital");
    let good = file(profile, &[]);
    for rest in [",,,,,,\n", ",,,\r\n,,,\r\n", "\"\",\"\", ,\n", "\n,\n"] {
        let read = read(profile, format!("{good}{rest}").as_bytes()).unwrap();
        assert_eq!(counts(&read), (1, 0), "{rest:?}");
    }
}

#[test]
fn blank_lines_are_passed_over_but_count_as_rows() {
    let profile = profile("gro-births");
    let text = format!("\n{}\n\n  \n{}\n\n", profile.header(), row(profile, &[]).trim_end());
    assert_eq!(accepted(profile, &text).row_number, 5);
}

#[test]
fn every_line_end_is_understood_and_the_last_one_may_be_missing() {
    let profile = profile("gro-births");
    let rows = [row(profile, &[]), row(profile, &[("record_id", "R-2")])];
    for end in ["\n", "\r\n", "\r"] {
        let text = [&profile.header(), rows[0].trim_end(), rows[1].trim_end()].join(end);
        let outcomes = read(profile, text.as_bytes()).unwrap();
        assert_eq!(counts(&outcomes), (2, 0), "{end:?}");
        assert!(matches!(&outcomes[1], Outcome::Accepted(row) if row.row_number == 3), "{end:?}");
    }
}

/// An export that was made for two carers is whole; one that names four is held whole (rule 1.7).
#[test]
fn a_file_may_lack_the_spare_columns_and_no_other() {
    let profile = profile("social-care");
    let whole = accepted(profile, &file(profile, &[]));
    assert_eq!(whole.content.carers.len(), 4);
    let written = |kept: &dyn Fn(&feeds::Column) -> bool| {
        let columns = || profile.columns().filter(|column| kept(column));
        let names = columns().map(|column| column.name).collect::<Vec<_>>().join(",");
        format!("{names}\n{}", line(&columns().map(|column| column.example.to_owned()).collect::<Vec<_>>()))
    };
    let lacking = accepted(profile, &written(&|column| !column.may_lack));
    assert_eq!(lacking.content.carers.len(), 2);
    assert_eq!(
        accepted(profile, &written(&|column| !column.name.starts_with("carer_4_"))).content.carers.len(),
        3
    );
    let error = read(profile, written(&|column| column.name != "carer_2_email").as_bytes()).unwrap_err();
    assert_eq!(error.fault.code(), "E11");
}
