//! What each source may send: the closed column lists (law 1).
//!
//! A profile is a constant table. The reader, the documentation and the tests all read the same one, and there
//! is no other list of columns anywhere.

mod codes;
mod columns;

pub use codes::{Code, CodeList};

use codes as lists;

/// One source's closed list of columns.
#[derive(Debug, PartialEq, Eq)]
pub struct Profile {
    /// The source's name, which is also the name of its files: `gro-births`.
    pub name: &'static str,
    /// Who sends it, as a heading.
    pub title: &'static str,
    /// What the source knows about a child, in a sentence or two.
    pub about: &'static str,
    /// The rule that names the source.
    pub rule: &'static str,
    groups: &'static [&'static [Column]],
}

/// One permitted column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The header, exactly.
    pub name: &'static str,
    /// What a value looks like.
    pub kind: Kind,
    /// Whether every row must have a value. (The column itself is there all the same.)
    pub required: bool,
    /// Whether a file may lack the column itself: it came later, and an export made before it is whole.
    pub may_lack: bool,
    /// What the value means.
    pub meaning: &'static str,
    /// An invented value.
    pub example: &'static str,
    /// The rule that permits it.
    pub rule: &'static str,
}

/// The type of a column. There is none for free text, and there must never be one (rule 1.21): every kind is
/// a name, a place, a date, a number, a code or a way to reach somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The source's own identifier of the record.
    RecordId,
    /// A person's name.
    PersonName,
    /// The name of an organisation, institution or team.
    OrganisationName,
    /// A line of an address.
    AddressLine,
    /// A town.
    Town,
    /// A postcode.
    Postcode,
    /// A day, or only its month or year.
    PartialDate,
    /// A day, or a moment with its offset from UTC.
    Moment,
    /// One of a list of codes.
    Code(&'static CodeList),
    /// A telephone number.
    Telephone,
    /// An e-mail address.
    Email,
    /// An NHS number.
    NhsNumber,
    /// A unique pupil number.
    UniquePupilNumber,
    /// The number of a birth registration.
    BirthRegistration,
    /// A child benefit number.
    ChildBenefitNumber,
    /// A school's unique reference number.
    SchoolNumber,
    /// The code of a GP practice.
    PracticeCode,
    /// The statistical (GSS) code of a local authority.
    AuthorityCode,
}

impl Kind {
    /// Characters, after trimming.
    pub const fn greatest_length(self) -> usize {
        match self {
            Self::RecordId => 64,
            Self::PersonName | Self::OrganisationName | Self::AddressLine => 100,
            Self::Town => 60,
            Self::Postcode => 10,
            Self::PartialDate => 10,
            Self::Moment => 40,
            Self::Code(_) => 40,
            Self::Telephone => 40,
            Self::Email => 254,
            Self::NhsNumber => 12,
            Self::UniquePupilNumber => 13,
            Self::BirthRegistration | Self::ChildBenefitNumber => 24,
            Self::SchoolNumber => 6,
            Self::PracticeCode => 8,
            Self::AuthorityCode => 9,
        }
    }

    /// Characters beyond which a value is taken for text about the child (rule 1.21). What is not much longer than a date, a
    /// postcode or a number is a wrong one: with a time, or with a word beside it.
    pub(crate) const fn text_beyond(self) -> usize {
        match self {
            Self::Postcode
            | Self::PartialDate
            | Self::NhsNumber
            | Self::UniquePupilNumber
            | Self::SchoolNumber
            | Self::PracticeCode
            | Self::AuthorityCode => 40,
            _ => self.greatest_length(),
        }
    }

    /// In words, for the documentation.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::RecordId => "identifier",
            Self::PersonName => "name of a person",
            Self::OrganisationName => "name of an organisation",
            Self::AddressLine => "line of an address",
            Self::Town => "town",
            Self::Postcode => "postcode",
            Self::PartialDate => "date: YYYY-MM-DD, YYYY-MM or YYYY",
            Self::Moment => "YYYY-MM-DD, or RFC 3339 with offset",
            Self::Code(_) => "code",
            Self::Telephone => "telephone number",
            Self::Email => "e-mail address",
            Self::NhsNumber => "NHS number (10 digits, check digit)",
            Self::UniquePupilNumber => "unique pupil number (check letter)",
            Self::BirthRegistration => "letters, digits, hyphens and slashes",
            Self::ChildBenefitNumber => "letters and digits",
            Self::SchoolNumber => "6 digits",
            Self::PracticeCode => "letter, then letters and digits",
            Self::AuthorityCode => "GSS code: a letter and 8 digits",
        }
    }
}

impl Profile {
    /// The sources.
    pub const ALL: [&'static Self; 8] = [
        &columns::GRO_BIRTHS,
        &columns::GRO_DEATHS,
        &columns::DWP_CHILD_BENEFIT,
        &columns::SCHOOLS_CENSUS,
        &columns::NHS_GP,
        &columns::SOCIAL_CARE,
        &columns::HEALTH_VISITING,
        &columns::HOSPITAL,
    ];

    /// The profile of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.into_iter().find(|profile| profile.name == name)
    }

    /// Every column that a source may have: what resources of FHIR are read by, whoever sends them.
    pub(crate) const fn every_column() -> &'static Self {
        &columns::EVERY_COLUMN
    }

    /// The columns in their order of documentation, which is also the order of the canonical form.
    pub fn columns(&self) -> impl Iterator<Item = &'static Column> + use<> {
        self.groups.iter().copied().flatten()
    }

    /// The column of that name and its place in [`Profile::columns`].
    pub fn position(&self, name: &str) -> Option<(usize, &'static Column)> {
        self.columns().enumerate().find(|(_, column)| column.name == name)
    }

    /// Whether it registers deaths, which is a function accredited apart (rule 4.6).
    pub fn registers_deaths(&self) -> bool {
        self.position("date_of_death").is_some()
    }

    /// Whether a full file of it counts the rolls of the schools that it names, and says nothing of any other school.
    pub fn counts_by_school(&self) -> bool {
        self.position("education_status").is_some()
    }

    /// The header row, without a line end.
    pub fn header(&self) -> String {
        self.columns().map(|column| column.name).collect::<Vec<_>>().join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_every_source_is_among_every_column_once() {
        let every: Vec<&str> = Profile::every_column().columns().map(|column| column.name).collect();
        assert!(every.len() <= crate::records::MAX_VALUES_KEPT);
        for (nth, name) in every.iter().enumerate() {
            assert!(!every.iter().skip(nth + 1).any(|other| other == name), "{name} stands twice");
        }
        for profile in Profile::ALL {
            for column in profile.columns() {
                assert!(every.contains(&column.name), "{}: {}", profile.name, column.name);
            }
        }
    }
}
