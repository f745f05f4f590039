//! How somebody is reached (XTN), by telephone.

use super::fields::Value;

/// Equipment at which nobody speaks: fax, beeper, modem (XTN-3, table 0202).
const NOBODY_SPEAKS: [&str; 3] = ["FX", "BP", "MD"];

/// Whether it is a way to somebody who speaks or reads.
pub(super) fn reaches_somebody(value: &Value<'_>) -> bool {
    !NOBODY_SPEAKS.contains(&value.component(3).to_ascii_uppercase().as_str())
}

/// The number: written whole (XTN-1, since version 2.7 XTN-12), or else in parts (country XTN-5, area XTN-6, local XTN-7).
/// Empty where there is none, and where the parts are not enough to dial.
pub(super) fn telephone(value: &Value<'_>) -> String {
    let whole = [1, 12].map(|component| value.component(component)).into_iter().find(|text| !text.is_empty());
    whole.unwrap_or_else(|| of_parts(&value.component(5), &value.component(6), &value.component(7)))
}

/// Whether something of a number is said that gives none.
pub(super) fn is_a_part_alone(value: &Value<'_>) -> bool {
    [6, 7].iter().any(|component| !value.component(*component).is_empty()) && telephone(value).is_empty()
}

fn of_parts(country: &str, area: &str, local: &str) -> String {
    let country = country.trim_start_matches(['+', '0']);
    match (country, area, local) {
        (_, _, "") => String::new(),
        // Without its area a number is dialled only where it has none: a service's, or one that was put there whole.
        ("", "", local) => {
            if local.starts_with('0') {
                local.to_owned()
            } else {
                String::new()
            }
        }
        ("", area, local) => format!("0{} {local}", area.trim_start_matches('0')),
        (country, "", local) => format!("+{country} {}", local.trim_start_matches('0')),
        (country, area, local) => format!("+{country} {} {local}", area.trim_start_matches('0')),
    }
}
