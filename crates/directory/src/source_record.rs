//! A source record: one child as one source system described them, the unit of truth (ARCHITECTURE.md, "From feed to answer").

use crate::address::{Address, LeftEngland, Whereabouts};
use crate::authority_code::AuthorityCode;
use crate::death::DeathEntry;
use crate::gender::Gender;
use crate::involvement::{Contact, Involvement};
use crate::line::Line;
use crate::nhs_number::NhsNumber;
use crate::partial_date::PartialDate;
use crate::person_name::PersonName;
use crate::relationship::{Relationship, Responsibility};
use crate::said_at::SaidAt;
use crate::upn::Upn;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The complete current statement of one source about one child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The names: the first is the current one, the others aliases and former names.
    pub names: Vec<PersonName>,
    /// Date of birth, as far as it is known.
    pub date_of_birth: Option<PartialDate>,
    /// Gender, or the statement that it is not specified.
    pub gender: Gender,
    /// Where the child is; `None` when this source says nothing about it.
    pub whereabouts: Option<Whereabouts>,
    /// Earlier addresses, held for matching and shown to no ordinary viewer.
    pub previous_addresses: Vec<Address>,
    /// Source bodies' numbers, held for matching and shown to no ordinary viewer (rule 1.18).
    pub identifiers: Vec<Identifier>,
    /// People with parental responsibility or care (rule 1.7).
    pub carers: Vec<Carer>,
    /// Education settings (rule 1.10).
    pub education: Vec<Education>,
    /// General practice (rule 1.11).
    pub practice: Option<Practice>,
    /// Services working with the child (rules 1.12, 1.13).
    pub involvements: Vec<Involvement>,
    /// Present when a CAF exists or has existed (rule 1.16).
    pub caf: Option<CafIndicator>,
    /// Present in the statement of a register of deaths, and in no other (rule 4.6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub death: Option<DeathEntry>,
    /// When the source says this statement took effect.
    pub effective_at: Timestamp,
    /// When its source said after it that the record ended, as far as that is known: what was said before does not bring it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_on: Option<SaidAt>,
    /// Of a statement that the child left England: when its source began to say so, if that was before this statement. Saying so
    /// again, or changing something else, begins no new years (rule 4.7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_since: Option<Timestamp>,
}

impl Content {
    /// Whether the statement tells of the child itself. An entry in a register of deaths does not: it says of a child that
    /// others tell of that it died, and opens a record to nobody.
    #[must_use]
    pub const fn tells_of_the_child(&self) -> bool {
        self.death.is_none()
    }

    /// Since when the source has said of the child's whereabouts what it says now.
    #[must_use]
    pub fn whereabouts_since(&self) -> Timestamp {
        self.left_since.unwrap_or(self.effective_at)
    }

    /// Takes in since when the source has said that the child left England, from what it said before, the oldest first. That
    /// a child does not come back, and that it may, are two statements.
    pub fn goes_on_from<'a>(&mut self, before: impl IntoIterator<Item = &'a Self>) {
        self.left_since = None;
        let Some(now) = self.stays_away() else { return };
        let unbroken = before.into_iter().fold(None, |since: Option<Timestamp>, earlier| {
            let same = earlier.stays_away() == Some(now);
            same.then(|| {
                since.unwrap_or_else(|| earlier.whereabouts_since()).min(earlier.whereabouts_since())
            })
        });
        self.left_since = unbroken.filter(|since| *since < self.effective_at);
    }

    /// As [`Self::goes_on_from`], of a statement that stands again after others which will not: what they said of where the child is
    /// lies between.
    pub fn comes_after<'a>(&mut self, between: impl IntoIterator<Item = &'a Self>) {
        let away = self.stays_away();
        let last =
            between.into_iter().filter(|other| other.stays_away() != away).map(|other| other.effective_at);
        if let (Some(last), Some(_)) = (last.max(), away) {
            self.left_since = Some(last.max(self.whereabouts_since()));
        }
    }

    /// Of a child who left England, whether it is said not to come back; of any other nothing.
    pub(crate) fn stays_away(&self) -> Option<bool> {
        match self.whereabouts {
            Some(Whereabouts::LeftEngland(intention)) => Some(intention == LeftEngland::NoReturnWithin3Years),
            _ => None,
        }
    }

    /// The day of a registered death (rule 4.6).
    #[must_use]
    pub fn registered_death(&self) -> Option<PartialDate> {
        self.death.and_then(DeathEntry::died_on)
    }
}

/// A number that a source body uses for the child.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Identifier {
    /// NHS number.
    NhsNumber(NhsNumber),
    /// Unique pupil number.
    Upn(Upn),
    /// Entry in the register of births.
    BirthRegistration(Line),
    /// Child benefit number.
    ChildBenefit(Line),
}

impl Identifier {
    /// The code of its kind: `nhs_number`, `upn`, `birth_registration` or `child_benefit`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NhsNumber(_) => "nhs_number",
            Self::Upn(_) => "upn",
            Self::BirthRegistration(_) => "birth_registration",
            Self::ChildBenefit(_) => "child_benefit",
        }
    }

    /// The number itself, in its normal form.
    #[must_use]
    pub fn value(&self) -> &str {
        match self {
            Self::NhsNumber(number) => number.as_str(),
            Self::Upn(number) => number.as_str(),
            Self::BirthRegistration(number) | Self::ChildBenefit(number) => number.as_str(),
        }
    }
}

/// A person with parental responsibility for, or care of, the child.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Carer {
    /// Their name.
    pub name: PersonName,
    /// What they are to the child.
    pub relationship: Relationship,
    /// Whether they have parental responsibility.
    pub responsibility: Responsibility,
    /// How to reach them (rule 1.8).
    pub contact: Contact,
}

/// Where the child is educated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Education {
    /// School, home or nowhere known.
    pub setting: Setting,
    /// The authority in whose area it is.
    pub local_authority: Option<AuthorityCode>,
    /// First day of attendance.
    pub start: Option<PartialDate>,
    /// Last day of attendance.
    pub end: Option<PartialDate>,
}

/// An education setting (rules 1.10, 13.1, 13.2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Setting {
    /// A school or other institution.
    School {
        /// Its unique reference number.
        urn: Option<Line>,
        /// Its name.
        name: Line,
        /// How to reach it.
        contact: Contact,
    },
    /// Educated at home, with the authority's knowledge.
    HomeEducated,
    /// No setting is known.
    NoSetting,
}

/// The child's general practice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Practice {
    /// The practice's national code.
    pub code: Option<Line>,
    /// Its name.
    pub name: Line,
    /// How to reach it.
    pub contact: Contact,
    /// First day of registration.
    pub start: Option<PartialDate>,
    /// The authority in whose area it is.
    pub local_authority: Option<AuthorityCode>,
}

/// That a CAF exists or has existed, and whom to ask; never its content (rule 1.16).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CafIndicator {
    /// Who holds it.
    pub holder: Option<Line>,
    /// How to reach them.
    pub contact: Contact,
}
