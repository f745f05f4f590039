//! What is really so: who each record is about, and which pairs must never be joined.

use std::fmt;

use crate::Source;

/// The truth about one record: a row of `truth.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// The child, one for every person.
    pub person_id: String,
    /// The identity: an adopted child is one person of two identities, which must never be joined.
    pub identity_id: String,
    /// How the child is named.
    pub naming_pattern: NamingPattern,
    /// What was done to the record on the way from the truth, in the order in which it was done.
    pub changes: Vec<Change>,
}

/// Two records that must never be joined: a row of `constraints.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// The record of the earlier identity.
    pub a: (Source, String),
    /// The record of the later identity.
    pub b: (Source, String),
    /// `adoption` or `protected_identity`.
    pub why: &'static str,
}

/// How a child is named; the groups among which a matcher must be fair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NamingPattern {
    /// Forenames and one family name, as the lists have them.
    CommonEnglish,
    /// A double-barrelled family name.
    Hyphenated,
    /// Two family names, one from each parent.
    TwoFamilyNames,
    /// The last name is a parent's or grandparent's given name.
    Patronymic,
    /// One name only.
    SingleName,
    /// Written in Latin letters in more than one way.
    Transliterated,
    /// Latin letters outside ASCII, which some sources lose.
    NonAscii,
    /// Newborn and not yet named.
    Baby,
}

impl NamingPattern {
    /// Every pattern.
    pub const ALL: [NamingPattern; 8] = [
        NamingPattern::CommonEnglish,
        NamingPattern::Hyphenated,
        NamingPattern::TwoFamilyNames,
        NamingPattern::Patronymic,
        NamingPattern::SingleName,
        NamingPattern::Transliterated,
        NamingPattern::NonAscii,
        NamingPattern::Baby,
    ];

    /// The label in `truth.csv`.
    pub fn label(self) -> &'static str {
        match self {
            NamingPattern::CommonEnglish => "common_english",
            NamingPattern::Hyphenated => "hyphenated",
            NamingPattern::TwoFamilyNames => "two_family_names",
            NamingPattern::Patronymic => "patronymic",
            NamingPattern::SingleName => "single_name",
            NamingPattern::Transliterated => "transliterated",
            NamingPattern::NonAscii => "non_ascii",
            NamingPattern::Baby => "baby",
        }
    }
}

/// One difference between a record and the truth, printed `code` or `code:field`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Change {
    /// What was done: one of the codes of the table of rates in `docs/population.md`.
    pub code: &'static str,
    /// The field it was done to, where the code alone does not say.
    pub field: Option<&'static str>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)?;
        self.field.map_or(Ok(()), |field| write!(f, ":{field}"))
    }
}
