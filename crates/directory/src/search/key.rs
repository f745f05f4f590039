//! Search keys: the composite values by which candidates are found, before they are hashed.

use std::fmt;

/// What a key is made of. The numbers are stored: they are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i64)]
pub enum KeyKind {
    /// A surname's sound and the date of birth.
    SurnameBirth = 1,
    /// A forename's sound and the date of birth.
    ForenameBirth = 2,
    /// The sounds of surname and forename and the year of birth.
    SurnameForenameYear = 3,
    /// A surname's sound, gender and year of birth.
    SurnameGenderYear = 4,
    /// A surname's sound, postcode area and year of birth.
    SurnameAreaYear = 5,
    /// A surname's sound and the postcode.
    SurnamePostcode = 6,
    /// A surname's sound and the street's.
    SurnameStreet = 7,
    /// A surname's sound and the school's.
    SurnameSchool = 8,
    /// A forename's sound, date of birth and postcode area.
    ForenameBirthArea = 9,
}

/// Who may use a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i64)]
pub enum Tier {
    /// Made only of fields that show on a shielded record.
    Visible = 1,
    /// Holds a field that a shield hides; a shielded child has no such key.
    Hideable = 2,
}

impl KeyKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::SurnameBirth,
        Self::ForenameBirth,
        Self::SurnameForenameYear,
        Self::SurnameGenderYear,
        Self::SurnameAreaYear,
        Self::SurnamePostcode,
        Self::SurnameStreet,
        Self::SurnameSchool,
        Self::ForenameBirthArea,
    ];

    /// Who may use keys of this kind.
    #[must_use]
    pub const fn tier(self) -> Tier {
        match self {
            Self::SurnameBirth
            | Self::ForenameBirth
            | Self::SurnameForenameYear
            | Self::SurnameGenderYear => Tier::Visible,
            Self::SurnameAreaYear
            | Self::SurnamePostcode
            | Self::SurnameStreet
            | Self::SurnameSchool
            | Self::ForenameBirthArea => Tier::Hideable,
        }
    }

    /// The stored number.
    #[must_use]
    pub const fn number(self) -> i64 {
        self as i64
    }
}

impl Tier {
    /// The stored number.
    #[must_use]
    pub const fn number(self) -> i64 {
        self as i64
    }
}

/// One key in plain text; it must be hashed under a key of its own before it is stored or looked up.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SearchKey {
    /// What it is made of.
    pub kind: KeyKind,
    /// The composite value. Two kinds may have equal values: hash the kind with it.
    pub value: String,
    /// Who may use it.
    pub tier: Tier,
}

impl SearchKey {
    pub(super) fn new(kind: KeyKind, parts: &[&str]) -> Self {
        Self { kind, value: parts.join("|"), tier: kind.tier() }
    }
}

impl fmt::Debug for SearchKey {
    /// The value identifies a child and stays out of every log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SearchKey({:?}, {} bytes)", self.kind, self.value.len())
    }
}
