//! Stand-ins: what systems and people write where they know nothing.

use directory::Postcode;
use feeds::Kind;

use crate::fault::Check;
use crate::profile::ValueKind;

const WORDS: &[&str] = &[
    "unknown",
    "unk",
    "not known",
    "not given",
    "not stated",
    "not recorded",
    "not available",
    "not applicable",
    "withheld",
    "address withheld",
    "no address",
    "no fixed abode",
    "nfa",
    "n/a",
    "na",
    "n/k",
    "nk",
    "none",
    "null",
    "nil",
    "tbc",
    "tba",
    "to be confirmed",
    "test",
    "testing",
    "dummy",
    "default",
    "other",
    "xx",
    "xxx",
    "xxxx",
];

/// Days that systems fill in by themselves, in the notations they do it in.
const DAYS: &[&str] = &[
    "1900-01-01",
    "1901-01-01",
    "1970-01-01",
    "2000-01-01",
    "01/01/1900",
    "01/01/1901",
    "01/01/1970",
    "01/01/2000",
    "1/1/1900",
    "19000101",
    "1899-12-30",
    "30/12/1899",
];

/// Left parts of addresses that reach nobody.
const NOBODY: &[&str] = &["none", "noemail", "no", "na", "unknown", "test", "x", "xx", "xxx", "noreply"];

pub(super) fn check(kind: &ValueKind, value: &str) -> Option<Check> {
    let ValueKind::Feed(kind) = kind else { return None };
    match kind {
        Kind::Postcode if Postcode::stands_for_none(value) => Some(Check::NoPostcode),
        Kind::OrganisationName | Kind::AddressLine | Kind::Town | Kind::Postcode | Kind::RecordId => {
            is_stand_in(value).then_some(Check::Placeholder)
        }
        Kind::Email => {
            let name = value.split('@').next().unwrap_or_default();
            (is_stand_in(value) || NOBODY.iter().any(|word| word.eq_ignore_ascii_case(name)))
                .then_some(Check::Placeholder)
        }
        Kind::PartialDate | Kind::Moment => {
            let day = value.get(..10).unwrap_or(value);
            DAYS.contains(&day).then_some(Check::PlaceholderDate)
        }
        Kind::Telephone
        | Kind::NhsNumber
        | Kind::UniquePupilNumber
        | Kind::BirthRegistration
        | Kind::ChildBenefitNumber
        | Kind::SchoolNumber => {
            if is_nobodys(value) {
                Some(Check::PlaceholderNumber)
            } else if matches!(kind, Kind::Telephone) && has_lost_its_zero(value) {
                Some(Check::LostZero)
            } else {
                is_stand_in(value).then_some(Check::Placeholder)
            }
        }
        // Names have rule F021, because Null and None are surnames; these letters may be somebody's, so a load takes them.
        Kind::PersonName => value.eq_ignore_ascii_case("nk").then_some(Check::Placeholder),
        // Codes have their lists.
        Kind::Code(_) | Kind::PracticeCode | Kind::AuthorityCode => None,
    }
}

fn is_stand_in(value: &str) -> bool {
    // Most values are longer than every stand-in and are not looked at further.
    if value.len() > 24 {
        return false;
    }
    let plain = value.trim_matches(|letter: char| "*.()-_? ".contains(letter));
    let is_word = |text: &str| WORDS.iter().any(|word| word.eq_ignore_ascii_case(text));
    if value.bytes().any(|byte| byte.is_ascii_digit()) {
        // A short word with a number may be an identifier; this one is none.
        let unnumbered = plain.trim_end_matches(|last: char| last.is_ascii_digit()).trim_end();
        return unnumbered.eq_ignore_ascii_case("unknown");
    }
    let mut words = plain.split_whitespace();
    let mut doubled = || {
        words.next().is_some_and(|first| is_word(first) && words.all(|word| word.eq_ignore_ascii_case(first)))
    };
    plain.is_empty() || is_word(plain) || doubled()
}

/// Ten digits and nothing else, as a spreadsheet leaves a number of this country that it took for a sum.
fn has_lost_its_zero(value: &str) -> bool {
    value.len() == 10
        && value.bytes().all(|byte| byte.is_ascii_digit())
        && value.starts_with(['1', '2', '3', '7'])
}

/// Six digits or more, all the same or counting up.
fn is_nobodys(value: &str) -> bool {
    let digits = || value.bytes().filter(u8::is_ascii_digit);
    if digits().count() < 6 {
        return false;
    }
    let steps = |by: u8| digits().zip(digits().skip(1)).all(|(a, b)| (b + 10 - a) % 10 == by);
    steps(0) || steps(1) || digits().skip(1).all(|digit| digit == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_are_found_and_what_only_resembles_one_is_not() {
        let of = |kind: Kind, value: &str| check(&ValueKind::Feed(kind), value);
        for (kind, value, expected) in [
            (Kind::Town, "Unknown", Some(Check::Placeholder)),
            (Kind::Town, " - n/a - ", Some(Check::Placeholder)),
            (Kind::Town, "Nantwich", None),
            (Kind::Town, "NK", Some(Check::Placeholder)),
            (Kind::Town, "N/K", Some(Check::Placeholder)),
            (Kind::Town, "Not recorded", Some(Check::Placeholder)),
            (Kind::Town, "Not available", Some(Check::Placeholder)),
            (Kind::AddressLine, "WITHHELD", Some(Check::Placeholder)),
            (Kind::AddressLine, "UNKNOWN1", Some(Check::Placeholder)),
            (Kind::AddressLine, "Unknown Unknown", Some(Check::Placeholder)),
            (Kind::AddressLine, "Other Lane", None),
            (Kind::RecordId, "NA1", None),
            (Kind::RecordId, "XX12", None),
            (Kind::Telephone, "7700900123", Some(Check::LostZero)),
            (Kind::Telephone, "1134960001", Some(Check::LostZero)),
            (Kind::Telephone, "07700900123", None),
            (Kind::Telephone, "+447700900123", None),
            (Kind::Telephone, "4960001", None),
            (Kind::NhsNumber, "1234567881", None),
            (Kind::PersonName, "NK", Some(Check::Placeholder)),
            (Kind::PersonName, "Nkem", None),
            (Kind::AddressLine, "1 Testing Lane", None),
            (Kind::Postcode, "ZZ99 3VZ", Some(Check::NoPostcode)),
            (Kind::Postcode, "zz993cz", Some(Check::NoPostcode)),
            (Kind::Postcode, "LS1 4AP", None),
            (Kind::PartialDate, "1900-01-01", Some(Check::PlaceholderDate)),
            (Kind::PartialDate, "01/01/1900", Some(Check::PlaceholderDate)),
            (Kind::PartialDate, "2015-01-01", None),
            (Kind::NhsNumber, "0000000000", Some(Check::PlaceholderNumber)),
            (Kind::NhsNumber, "9990000018", None),
            (Kind::Telephone, "01234567890", Some(Check::PlaceholderNumber)),
            (Kind::Telephone, "07700 900123", None),
            (Kind::Telephone, "07000000000", None),
            (Kind::Email, "noemail@example.org", Some(Check::Placeholder)),
            (Kind::Email, "nora@example.org", None),
            (Kind::PersonName, "None", None),
        ] {
            assert_eq!(of(kind, value), expected, "{value}");
        }
    }
}
