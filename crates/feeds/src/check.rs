//! Checks of single values: text of the file to types of the directory, or the rule that is broken.

pub(crate) mod dates;
pub(crate) mod names;

use directory::line::LineError;
use directory::{AuthorityCode, EmailAddress, Line, NhsNumber, Postcode, Telephone, Upn};

use crate::rules::Rule;

/// A short line: the name of an organisation, a place, a street.
pub(crate) fn line(value: &str) -> Result<Line, Rule> {
    Line::parse(value).map_err(|error| match error {
        LineError::Empty => Rule::Missing,
        LineError::Length { .. } => Rule::TooLong,
        LineError::Control => Rule::UnseenCharacters,
    })
}

/// A practitioner, by the rules of a person's name.
pub(crate) fn practitioner(value: &str) -> Result<Line, Rule> {
    names::half(value)?;
    line(value)
}

/// A postcode; none where a pseudo postcode of the NHS says that there is none.
pub(crate) fn postcode(value: &str) -> Result<Option<Postcode>, Rule> {
    if Postcode::stands_for_none(value) {
        return Ok(None);
    }
    Postcode::parse(value).map(Some).map_err(|_| Rule::PostcodeShape)
}

pub(crate) fn telephone(value: &str) -> Result<Telephone, Rule> {
    Telephone::parse(value).map_err(|_| Rule::Telephone)
}

pub(crate) fn email(value: &str) -> Result<EmailAddress, Rule> {
    EmailAddress::parse(value).map_err(|_| Rule::Email)
}

pub(crate) fn nhs_number(value: &str) -> Result<NhsNumber, Rule> {
    NhsNumber::parse(value).map_err(|_| Rule::NhsNumber)
}

pub(crate) fn upn(value: &str) -> Result<Upn, Rule> {
    Upn::parse(value).map_err(|_| Rule::UniquePupilNumber)
}

pub(crate) fn authority(value: &str) -> Result<AuthorityCode, Rule> {
    AuthorityCode::parse(value).map_err(|_| Rule::NumberShape)
}

/// The number of a birth registration: letters, digits, hyphens, slashes and spaces, at least one digit.
pub(crate) fn birth_registration(value: &str) -> Result<Line, Rule> {
    shaped(value, |byte| byte.is_ascii_alphanumeric() || b"-/ ".contains(&byte))
}

/// A child benefit number: letters and digits, spaces allowed.
pub(crate) fn child_benefit_number(value: &str) -> Result<Line, Rule> {
    shaped(value, |byte| byte.is_ascii_alphanumeric() || byte == b' ')
}

/// A school's number: six digits.
pub(crate) fn school_number(value: &str) -> Result<Line, Rule> {
    if value.len() == 6 { shaped(value, |byte| byte.is_ascii_digit()) } else { Err(Rule::NumberShape) }
}

/// A practice's code: a letter, then letters and digits.
pub(crate) fn practice_code(value: &str) -> Result<Line, Rule> {
    if value.starts_with(|first: char| first.is_ascii_alphabetic()) {
        shaped(value, |byte| byte.is_ascii_alphanumeric())
    } else {
        Err(Rule::NumberShape)
    }
}

/// The source's own identifier: any visible characters, no white space.
pub(crate) fn record_id(value: &str) -> Result<(), Rule> {
    line(value)?;
    if value.chars().any(char::is_whitespace) { Err(Rule::NumberShape) } else { Ok(()) }
}

pub(crate) fn coded<T>(of: impl FnOnce(&str) -> Option<T>) -> impl FnOnce(&str) -> Result<T, Rule> {
    move |value| of(value).ok_or(Rule::UnknownCode)
}

pub(crate) fn yes_no(value: &str) -> Result<bool, Rule> {
    match value {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(Rule::UnknownCode),
    }
}

/// What a spreadsheet writes into a cell whose formula has no value: `#N/A`, `#REF!`, `#NAME?`, `#DIV/0!` and their newer kin.
pub(crate) fn is_spreadsheet_error(value: &str) -> bool {
    let Some(rest) = value.strip_prefix('#') else { return false };
    let in_capitals = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_uppercase())
            && word
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"/_".contains(&byte))
    };
    rest.eq_ignore_ascii_case("N/A")
        || rest == "GETTING_DATA"
        || rest.strip_suffix(['!', '?']).is_some_and(in_capitals)
}

fn shaped(value: &str, permitted: impl Fn(u8) -> bool) -> Result<Line, Rule> {
    if value.bytes().all(permitted) && value.bytes().any(|byte| byte.is_ascii_digit()) {
        line(value)
    } else {
        Err(Rule::NumberShape)
    }
}

#[cfg(test)]
mod tests {
    use super::is_spreadsheet_error;

    #[test]
    fn the_errors_of_a_spreadsheet_are_known_and_a_flat_is_none() {
        for error in [
            "#N/A",
            "#n/a",
            "#REF!",
            "#VALUE!",
            "#NAME?",
            "#DIV/0!",
            "#NULL!",
            "#NUM!",
            "#SPILL!",
            "#CALC!",
            "#GETTING_DATA",
        ] {
            assert!(is_spreadsheet_error(error), "{error}");
        }
        for value in ["", "#", "#4", "#4!", "Flat #4", "# 4 Mill Lane", "#REF", "N/A", "REF!", "#Mill Lane!"]
        {
            assert!(!is_spreadsheet_error(value), "{value}");
        }
    }
}
