//! The sources of docs/feeds as profiles: how often each field should be filled, and what it counts for.

use feeds::Kind;

use super::{Column, Profile, Thresholds, ValueKind};

/// A statement older than this is stale. A birth or a death is registered once; schools count three times a year; case systems
/// and lists are fed nightly, but a child nobody changed anything about keeps the day of the last change.
fn fresh_days(source: &str) -> Option<u32> {
    match source {
        "gro-births" | "gro-deaths" => None,
        "schools-census" => Some(190),
        _ => Some(400),
    }
}

pub(super) fn profile(of: &'static feeds::Profile) -> Profile {
    Profile {
        name: of.name.to_owned(),
        title: of.title.to_owned(),
        fresh_days: fresh_days(of.name),
        thresholds: Thresholds::default(),
        columns: of.columns().map(column).collect(),
    }
}

/// The column as a source has it that sends what docs/feeds asks for.
pub(super) fn column(of: &'static feeds::Column) -> Column {
    Column {
        name: of.name.to_owned(),
        // Of columns that stand in several sources the first is meant: their kinds and rules are one.
        means: feeds::column_named(of.name),
        kind: ValueKind::Feed(of.kind),
        required: of.required,
        expected: expected(of),
        weight: weight(of),
        earliest: None,
        latest: None,
    }
}

/// The share of rows that should be filled. What a child may truly not have (a second carer, an alias, a number not yet
/// given, a service) is not expected of anybody.
fn expected(column: &feeds::Column) -> f64 {
    match column.name {
        _ if column.required => 1.0,
        "date_of_birth" => 0.99,
        "forenames" | "surname" | "gender" => 0.98,
        "address_kind" | "address_line_1" | "town" | "postcode" => 0.95,
        "birth_registration" | "child_benefit_number" | "nhs_number" | "upn" => 0.9,
        "practice_code" | "practice_name" | "school_urn" | "school_name" => 0.9,
        "carer_1_forenames" | "carer_1_surname" => 0.8,
        _ => 0.0,
    }
}

/// What a field counts for: most where a match rests on it (rule 10.17).
fn weight(column: &feeds::Column) -> f64 {
    match column.name {
        "record_id" | "forenames" | "surname" | "date_of_birth" | "date_of_death" => 4.0,
        "postcode" | "gender" => 3.0,
        "effective_at" | "address_kind" | "address_line_1" => 2.0,
        _ if matches!(column.kind, Kind::NhsNumber | Kind::UniquePupilNumber) => 3.0,
        _ if matches!(column.kind, Kind::BirthRegistration | Kind::ChildBenefitNumber) => 2.0,
        _ => 1.0,
    }
}
