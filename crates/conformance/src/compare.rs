//! Whether what came is what was asked for, value by value. Notation that a live feed reads alike is alike here.

use feeds::{Column, Kind};

/// A name as it is compared when a child is looked for: letters and digits alone, so that a fault of notation is found at the
/// child and not as a child who is missing.
pub(crate) fn folded(column: &str, value: &str) -> String {
    if column == "date_of_birth" {
        return value.to_owned();
    }
    value.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A value by which two that say the same are the same.
pub(crate) fn meaning(column: &Column, value: &str) -> String {
    let upper =
        || value.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect::<String>();
    match column.kind {
        Kind::Postcode | Kind::PracticeCode | Kind::NhsNumber | Kind::UniquePupilNumber => upper(),
        Kind::BirthRegistration | Kind::ChildBenefitNumber => upper(),
        Kind::Telephone => {
            let digits: String = value.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
            digits.strip_prefix("+44").map_or(digits.clone(), |rest| format!("0{rest}"))
        }
        Kind::Email => value.to_lowercase(),
        // What an empty value counts as, by the column's own meaning.
        Kind::Code(_) => match (column.name, value) {
            ("gender", "N") | ("address_kind", "none") | ("caf_exists", "no") => String::new(),
            (name, "unknown") if name.ends_with("_responsibility") => String::new(),
            (name, "no") if name.ends_with("_lead") || name.ends_with("_marker") => String::new(),
            (name, "other") if name.ends_with("_relationship") => String::new(),
            _ => value.to_owned(),
        },
        _ => value.split_whitespace().collect::<Vec<_>>().join(" ").replace('\u{2019}', "'"),
    }
}

/// The columns that an HL7 message can say (docs/connect/hl7-lists.md).
pub(crate) fn hl7_says(column: &str) -> bool {
    let carried =
        ["forenames", "surname", "date_of_birth", "gender", "nhs_number", "practice_code", "practice_name"];
    let of_carer = ["_forenames", "_surname", "_relationship", "_telephone", "_email"];
    carried.contains(&column)
        || column.starts_with("address_")
        || ["town", "postcode"].contains(&column)
        || column.starts_with("alias_")
        || (column.starts_with("carer_") && of_carer.iter().any(|end| column.ends_with(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(column: &str, one: &str, other: &str) -> bool {
        let column = feeds::column_named(column).unwrap();
        meaning(column, one) == meaning(column, other)
    }

    #[test]
    fn what_a_feed_reads_alike_is_alike_and_nothing_else() {
        for (column, one, other) in [
            ("postcode", "ls14ap", "LS1 4AP"),
            ("gender", "N", ""),
            ("carer_1_telephone", "+44 7700 900123", "07700 900123"),
            ("surname", "O\u{2019}Brien", "O'Brien"),
        ] {
            assert!(same(column, one, other), "{column}");
        }
        for (column, one, other) in [
            ("surname", "OBrien", "O'Brien"),
            ("surname", "Lukasik", "\u{141}ukasik"),
            ("gender", "F", ""),
            ("involvement_1_service", "social_worker", ""),
            ("date_of_birth", "2018-01-01", "2018"),
        ] {
            assert!(!same(column, one, other), "{column}");
        }
    }
}
