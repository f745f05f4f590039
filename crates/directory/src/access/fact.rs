//! The dated facts on which an account stands (rules 6.5 to 6.9, 12.11): each with its evidence, the newest of a kind
//! counts, none is changed or removed.

use super::Role;
use crate::text_value::coded;
use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

coded! {
    /// What a fact says.
    FactKind {
        /// Who the person is was seen on a document.
        IdentityConfirmed = "identity_confirmed",
        /// The employer confirms that the work needs the directory.
        NeedForJob = "need_for_job",
        /// The enhanced disclosure check, from the day of the disclosure (rule 6.6).
        Clearance = "clearance",
        /// Training of level 1, which includes level 2 and ends with a test (rules 6.9, 12.11).
        TrainingLevelOne = "training_level_1",
        /// Training of level 2.
        TrainingLevelTwo = "training_level_2",
        /// The security operating procedures were given.
        ProceduresGiven = "procedures_given",
        /// The end-user agreement was signed.
        AgreementSigned = "agreement_signed",
    }
}

impl FactKind {
    /// Whether it is training, which a trainer records (rule 12.6).
    #[must_use]
    pub const fn is_training(self) -> bool {
        matches!(self, Self::TrainingLevelOne | Self::TrainingLevelTwo)
    }
}

/// The days on which a fact holds; both ends count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldFact {
    /// The first day.
    pub from: Date,
    /// The last day; none when it does not end by itself.
    pub until: Option<Date>,
}

impl HeldFact {
    /// Whether it holds on that day.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}

/// The newest fact of each kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldFacts(BTreeMap<FactKind, HeldFact>);

impl HeldFacts {
    /// Puts a newer fact in the place of the one before it.
    pub fn put(&mut self, kind: FactKind, fact: HeldFact) {
        self.0.insert(kind, fact);
    }

    /// The newest fact of a kind.
    #[must_use]
    pub fn of(&self, kind: FactKind) -> Option<HeldFact> {
        self.0.get(&kind).copied()
    }

    /// Whether the fact of that kind holds on that day.
    #[must_use]
    pub fn hold_on(&self, kind: FactKind, day: Date) -> bool {
        self.of(kind).is_some_and(|fact| fact.holds_on(day))
    }

    /// The last day of the clearance.
    #[must_use]
    pub fn clearance_until(&self) -> Option<Date> {
        self.of(FactKind::Clearance)?.until
    }

    /// The last day of the training these roles ask for: level 1 for the four management roles, either level for others.
    #[must_use]
    pub fn training_until(&self, roles: &[Role]) -> Option<Date> {
        let one = self.of(FactKind::TrainingLevelOne).and_then(|fact| fact.until);
        if needs_level_one(roles) {
            return one;
        }
        one.max(self.of(FactKind::TrainingLevelTwo).and_then(|fact| fact.until))
    }
}

/// Whether one of the roles asks for training of level 1: the four management roles (rule 12.11).
#[must_use]
pub fn needs_level_one(roles: &[Role]) -> bool {
    roles.iter().any(|role| {
        matches!(role, Role::Manager | Role::UserManager | Role::DataAdministrator | Role::Trainer)
    })
}

/// How long facts hold, and when their end is told beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FactPolicy {
    /// Years from the day of the disclosure to the end of the clearance (rule 6.6).
    pub clearance_years: u8,
    /// Years from the training to its end. The period in use was not found: two years, as configuration.
    pub training_years: u8,
    /// Days before an end on which the person and their user manager are warned.
    pub warn_days: Vec<u16>,
}

impl Default for FactPolicy {
    fn default() -> Self {
        Self { clearance_years: 3, training_years: 2, warn_days: vec![90, 30, 7] }
    }
}

/// Why a fact cannot be recorded so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FactFault {
    /// What has not happened yet is no fact.
    #[error("the date is in the future; record the fact when it has happened")]
    InTheFuture,
    /// It ended before it began.
    #[error("the last day is before the first; check both dates")]
    EndsBeforeItBegins,
    /// The policy lets it hold for a shorter time.
    #[error(
        "the last day is later than the policy allows for this kind; leave it empty or give an earlier day"
    )]
    EndsTooLate,
    /// A newer fact of the kind would be put back by an older one.
    #[error("a fact of this kind with a later date is recorded already; record only what is newer")]
    OlderThanRecorded,
}

impl FactPolicy {
    /// The fact that a record of it makes: a clearance ends its years after the disclosure, training its years after the
    /// day; an earlier end may be given, of every kind.
    ///
    /// # Errors
    /// [`FactFault`].
    pub fn fact(
        &self,
        kind: FactKind,
        from: Date,
        until: Option<Date>,
        held: &HeldFacts,
        today: Date,
    ) -> Result<HeldFact, FactFault> {
        if from > today {
            return Err(FactFault::InTheFuture);
        }
        if held.of(kind).is_some_and(|known| known.from > from) {
            return Err(FactFault::OlderThanRecorded);
        }
        let longest = self.years(kind).map(|years| from.checked_add(years.years()).unwrap_or(Date::MAX));
        let until = match (until, longest) {
            (Some(given), _) if given < from => return Err(FactFault::EndsBeforeItBegins),
            (Some(given), Some(longest)) if given > longest => return Err(FactFault::EndsTooLate),
            (given, longest) => given.or(longest),
        };
        Ok(HeldFact { from, until })
    }

    /// The warning that is due on a day about something that ends on `until`: the smallest number of days that is reached.
    #[must_use]
    pub fn warning_due(&self, until: Date, today: Date) -> Option<u16> {
        if until < today {
            return None;
        }
        self.warn_days.iter().copied().filter(|days| until <= day_after(today, *days)).min()
    }

    /// The longest warning, days.
    #[must_use]
    pub fn first_warning(&self) -> u16 {
        self.warn_days.iter().copied().max().unwrap_or_default()
    }

    fn years(&self, kind: FactKind) -> Option<i16> {
        match kind {
            FactKind::Clearance => Some(self.clearance_years.into()),
            FactKind::TrainingLevelOne | FactKind::TrainingLevelTwo => Some(self.training_years.into()),
            _ => None,
        }
    }
}

/// So many days later.
#[must_use]
pub fn day_after(day: Date, days: u16) -> Date {
    day.checked_add(Span::new().days(i64::from(days))).unwrap_or(Date::MAX)
}

/// A short reference to the evidence a fact rests on, such as a document's number: letters, digits and `/ . _ -`, 2 to 40
/// characters, beginning with a letter or digit. Never prose.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EvidenceReference(String);

/// Why a text is not a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a reference has 2 to 40 letters, digits, dots, dashes, underscores or slashes, and no spaces")]
pub struct EvidenceError;

impl EvidenceReference {
    /// Reads a reference.
    ///
    /// # Errors
    /// [`EvidenceError`] for any other text.
    pub fn parse(text: &str) -> Result<Self, EvidenceError> {
        let fits = (2..=40).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte))
            && text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        if fits { Ok(Self(text.to_owned())) } else { Err(EvidenceError) }
    }

    /// The reference.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for EvidenceReference {
    type Error = EvidenceError;

    fn try_from(text: String) -> Result<Self, EvidenceError> {
        Self::parse(&text)
    }
}

impl From<EvidenceReference> for String {
    fn from(reference: EvidenceReference) -> Self {
        reference.0
    }
}

impl fmt::Debug for EvidenceReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EvidenceReference([personal data])")
    }
}
