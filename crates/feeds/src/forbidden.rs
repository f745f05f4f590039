//! Words in a column's name that tell of case information (rule 1.20).
//!
//! Every column outside the closed list is refused anyway. These words only let the refusal say why, so that
//! nobody asks for the column to be added.

/// A word and why a column named with it is never taken.
const WORDS: &[(&str, &str)] = &[
    ("note", CASE_NOTES),
    ("notes", CASE_NOTES),
    ("comment", CASE_NOTES),
    ("comments", CASE_NOTES),
    ("remark", CASE_NOTES),
    ("remarks", CASE_NOTES),
    ("description", CASE_NOTES),
    ("narrative", CASE_NOTES),
    ("summary", CASE_NOTES),
    ("details", CASE_NOTES),
    ("text", CASE_NOTES),
    ("opinion", CASE_NOTES),
    ("observation", CASE_NOTES),
    ("observations", CASE_NOTES),
    ("chronology", CASE_NOTES),
    ("assessment", "assessments are never held, only that one exists (rule 1.16)"),
    ("assessments", "assessments are never held, only that one exists (rule 1.16)"),
    ("outcome", "assessments are never held, only that one exists (rule 1.16)"),
    ("diagnosis", MEDICAL),
    ("diagnoses", MEDICAL),
    ("medical", MEDICAL),
    ("medication", MEDICAL),
    ("allergy", MEDICAL),
    ("allergies", MEDICAL),
    ("condition", MEDICAL),
    ("disability", MEDICAL),
    ("immunisation", MEDICAL),
    ("immunisations", MEDICAL),
    ("treatment", MEDICAL),
    ("symptoms", MEDICAL),
    ("attendance", "attendance is never held (rule 1.20)"),
    ("absence", "attendance is never held (rule 1.20)"),
    ("absences", "attendance is never held (rule 1.20)"),
    ("exclusion", "exclusions are never held (rule 1.20)"),
    ("exclusions", "exclusions are never held (rule 1.20)"),
    ("behaviour", "observations of behaviour are never held (rule 1.20)"),
    ("exam", RESULTS),
    ("grade", RESULTS),
    ("grades", RESULTS),
    ("result", RESULTS),
    ("results", RESULTS),
    ("score", RESULTS),
    ("attainment", RESULTS),
    ("arrest", OFFENDING),
    ("arrests", OFFENDING),
    ("offence", OFFENDING),
    ("offences", OFFENDING),
    ("conviction", OFFENDING),
    ("crime", OFFENDING),
    ("concern", CONCERN),
    ("concerns", CONCERN),
    ("risk", CONCERN),
    ("flag", CONCERN),
    ("alert", CONCERN),
    ("warning", CONCERN),
    ("sibling", FAMILY),
    ("siblings", FAMILY),
    ("brother", FAMILY),
    ("sister", FAMILY),
    ("family", FAMILY),
    ("household", FAMILY),
    ("ethnicity", "ethnicity is not on the permitted list (rules 1.1 to 1.19)"),
    ("religion", "religion is not on the permitted list (rules 1.1 to 1.19)"),
    ("nationality", "nationality is not on the permitted list (rules 1.1 to 1.19)"),
    ("immigration", "immigration status is not on the permitted list (rules 1.1 to 1.19)"),
    ("language", "language is not on the permitted list (rules 1.1 to 1.19)"),
    ("income", "income and benefits are not on the permitted list (rules 1.1 to 1.19)"),
    ("photo", "pictures are not on the permitted list (rules 1.1 to 1.19)"),
    ("shield", "a shield is placed by a person through the service, never by a feed"),
    ("shielded", "a shield is placed by a person through the service, never by a feed"),
];

const CASE_NOTES: &str = "case notes and free text are never held (rules 1.20 and 1.21)";
const MEDICAL: &str = "medical information is never held (rule 1.20)";
const RESULTS: &str = "exam results are never held (rule 1.20)";
const OFFENDING: &str = "arrests and offending are never held (rule 1.20)";
const CONCERN: &str = "there is no flag of concern (rule 1.21)";
const FAMILY: &str = "families are joined by parents and carers only (rule 1.22)";

/// Why a column of this name is never taken, when one of its words tells.
pub(crate) fn reason(column: &str) -> Option<&'static str> {
    let lower = column.to_lowercase();
    lower
        .split(|character: char| !character.is_alphanumeric())
        .find_map(|word| WORDS.iter().find(|(known, _)| *known == word).map(|(_, reason)| *reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Kind, Profile};

    #[test]
    fn case_information_is_recognised_by_a_word_of_the_name() {
        for column in
            ["notes", "Case Notes", "school_attendance", "Diagnosis-1", "SEN notes (free)", "risk.score"]
        {
            assert!(reason(column).is_some(), "{column}");
        }
        for column in ["notebook", "surname", "middle_name", "shoe_size"] {
            assert!(reason(column).is_none(), "{column}");
        }
    }

    /// Law 1: case information has no column, and no column is wide enough or free enough to write it in.
    #[test]
    fn no_profile_has_a_free_text_field_near_a_child() {
        for profile in Profile::ALL {
            for column in profile.columns() {
                assert_eq!(reason(column.name), None, "{}: {}", profile.name, column.name);
                // A new kind must be weighed here before it can be used.
                let longest = match column.kind {
                    Kind::PersonName | Kind::OrganisationName | Kind::AddressLine => 100,
                    Kind::Town => 60,
                    Kind::Email => 254,
                    Kind::RecordId => 64,
                    Kind::Telephone | Kind::Code(_) | Kind::Moment => 40,
                    Kind::BirthRegistration | Kind::ChildBenefitNumber => 24,
                    Kind::Postcode
                    | Kind::PartialDate
                    | Kind::NhsNumber
                    | Kind::UniquePupilNumber
                    | Kind::SchoolNumber
                    | Kind::PracticeCode
                    | Kind::AuthorityCode => 13,
                };
                assert!(column.kind.greatest_length() <= longest, "{}: {}", profile.name, column.name);
            }
        }
    }
}
