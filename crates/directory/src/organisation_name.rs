//! The name of an organisation as it is compared with the same organisation's in another system (law 4: a withdrawal counts however
//! the provider's name is spelt).

/// The legal forms that a name ends with in one system and not in another.
const LEGAL_FORMS: [&[&str]; 9] = [
    &["community", "interest", "company"],
    &["nhs", "foundation", "trust"],
    &["nhs", "trust"],
    &["limited"],
    &["ltd"],
    &["cic"],
    &["cio"],
    &["llp"],
    &["plc"],
];

/// The name without case, accents, punctuation and white space, without "the" before it, "and" or "&" within it, and the legal
/// form behind it. A word that tells organisations apart (clinic, council, trust by itself) stays.
#[must_use]
pub fn compared_name(name: &str) -> String {
    let mut words = crate::names::words(name);
    if words.len() > 1 && words.first().is_some_and(|word| word == "the") {
        words.remove(0);
    }
    if let Some(form) = LEGAL_FORMS.iter().find(|form| words.len() > form.len() && ends_with(&words, form)) {
        words.truncate(words.len() - form.len());
    }
    words.retain(|word| word != "and");
    words.concat()
}

fn ends_with(words: &[String], form: &[&str]) -> bool {
    words.iter().rev().zip(form.iter().rev()).all(|(word, form)| word == form)
}

#[cfg(test)]
mod tests {
    use super::compared_name;

    #[test]
    fn one_organisation_has_one_name_however_a_system_writes_it() {
        for (one, other) in [
            ("Quiet Harbour Clinic", "  the QUIET-HARBOUR   clinic. "),
            ("Leeds & York Partnership", "Leeds and York Partnership NHS Foundation Trust"),
            ("St. Agnes’ Counselling Ltd", "St Agnes Counselling Limited"),
            ("Café Jeunesse CIC", "Cafe Jeunesse Community Interest Company"),
            ("Mill Fold NHS Trust", "MILL FOLD"),
        ] {
            assert_eq!(compared_name(one), compared_name(other), "{one}");
        }
    }

    #[test]
    fn two_organisations_keep_two_names() {
        for (one, other) in [
            ("Rowan Trust", "Rowan Clinic"),
            ("Rowan Trust", "Rowan"),
            ("Quiet Harbour Clinic", "Quiet Harbour Clinic North"),
            ("Leeds City Council", "Leeds City College"),
        ] {
            assert_ne!(compared_name(one), compared_name(other), "{one}");
        }
    }

    #[test]
    fn nothing_is_left_of_a_name_only_where_nothing_was() {
        for name in ["The", "Ltd", "NHS Trust", "the ltd"] {
            assert!(!compared_name(name).is_empty(), "{name}");
        }
        assert_eq!(compared_name(" "), "");
    }
}
