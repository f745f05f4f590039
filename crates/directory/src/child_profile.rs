//! What the directory itself decides about a child, apart from what sources say.

use crate::authority_code::AuthorityCode;
use crate::child_number::ChildNumber;
use crate::identities::Side;
use crate::joined::Joined;
use crate::partial_date::PartialDate;
use crate::shield::Shield;
use crate::withdrawn_consent::WithdrawnConsents;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The directory's own decisions about one child; sealed in the child's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildProfile {
    /// The identifying number (rule 1.6).
    pub number: ChildNumber,
    /// Every shield ever decided, lifted ones included.
    #[serde(default)]
    pub shields: Vec<Shield>,
    /// Whether this identity is one of two that are kept apart.
    #[serde(default)]
    pub seal: Seal,
    /// Whether the protected desk has still to look at this record: it may be the same person as a child who is
    /// shielded or sealed, so nobody reads it until then (rule 10.11, decision 11).
    #[serde(default)]
    pub held: bool,
    /// The accountable authority as it stood when the child became protected: an authority is a place, so the clear
    /// column then shows one national value (decision 4).
    #[serde(default)]
    pub authority: Option<AuthorityCode>,
    /// The day of death, once notified (rule 4.6).
    #[serde(default)]
    pub died_on: Option<PartialDate>,
    /// The consent of a participating young person to stay after 18 (rule 3.8).
    #[serde(default)]
    pub participation: Option<Participation>,
    /// Whether the sweep has archived the record, so that no search key leads to it (rule 4.4). Who sees it is decided by
    /// date, not by this.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// The day on which it was archived; of what was archived before days were kept there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived_on: Option<Date>,
    /// By which day whoever it is was born, where no record that counts tells a date of birth: the latest that one told which has
    /// ended, or the day on which the sweep noticed that there is none. It goes by this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born_by: Option<Date>,
    /// Consents to sensitive services that were withdrawn: no source raises what rested on them (rule 3.3).
    #[serde(default, skip_serializing_if = "WithdrawnConsents::is_empty")]
    pub withdrawn: WithdrawnConsents,
    /// Of one of two sealed identities: keyed hashes of what tells the other one, which no statement may say where it stands
    /// with this one (law 5). They lead nowhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign: Vec<u64>,
    /// Of a former identity: the records that their sources went on with, each by a keyed hash, and from which day on their
    /// statements are of the identity that goes on (decision 12).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cut_overs: Vec<(u64, Date)>,
    /// Records that people joined to this one, each as it was (law 8).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<Joined>,
    /// Of a sealed identity: the random number of each pair it is one of, and which side of it. The other side has the same
    /// number; no row leads from either to the other (law 5).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apart: Vec<(Uuid, Side)>,
}

/// Whether an identity is sealed (rules 10.12, 10.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seal {
    /// An ordinary identity.
    #[default]
    None,
    /// The identity a child had before: closed, and answering as if it had never been issued (law 8).
    FormerIdentity,
    /// The identity a child has now; nothing shows that there was another.
    NewIdentity,
}

/// A participating young person's own consent to stay in the directory (rules 3.8, 3.9). The consent itself stays with the
/// practitioner (rule 3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Participation {
    until_age: u8,
    given_on: Option<Date>,
    withdrawn_on: Option<Date>,
}

/// As it is kept. What an earlier version kept does not say when the consent was given: a bare age while it stands.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Given { until_age: u8, given_on: Date, withdrawn_on: Option<Date> },
    Standing(u8),
    Withdrawn { until_age: u8, withdrawn_on: Date },
}

/// The age is outside 19 to 25.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a participating young person's record ends at an age from 19 to 25")]
pub struct ParticipationError;

impl Participation {
    /// Participation until the birthday of that age, 19 to 25 (rule 3.9).
    ///
    /// # Errors
    /// When the age is outside 19 to 25.
    pub fn until_age(age: u8) -> Result<Self, ParticipationError> {
        if (19..=25).contains(&age) {
            Ok(Self { until_age: age, given_on: None, withdrawn_on: None })
        } else {
            Err(ParticipationError)
        }
    }

    /// The same consent, given on that day.
    #[must_use]
    pub const fn given(self, on: Date) -> Self {
        Self { given_on: Some(on), ..self }
    }

    /// When it was given, as far as that is known.
    #[must_use]
    pub const fn given_on(self) -> Option<Date> {
        self.given_on
    }

    /// Of two words of one person the later; of two of one day, or where it is not known when a consent was given, the
    /// withdrawal (rule 3.9). Otherwise this one.
    #[must_use]
    pub fn or_later(self, other: Self) -> Self {
        let word = |one: Self| (one.withdrawn_on.max(one.given_on), !one.stands());
        if word(other) > word(self) { other } else { self }
    }

    /// The same consent, withdrawn on that day.
    #[must_use]
    pub const fn withdrawn(self, on: Date) -> Self {
        Self { withdrawn_on: Some(on), ..self }
    }

    /// When it was withdrawn.
    #[must_use]
    pub const fn withdrawn_on(self) -> Option<Date> {
        self.withdrawn_on
    }

    /// Whether it stands.
    #[must_use]
    pub const fn stands(self) -> bool {
        self.withdrawn_on.is_none()
    }

    /// The age at which the record is archived.
    #[must_use]
    pub const fn age(self) -> u8 {
        self.until_age
    }
}

impl TryFrom<Stored> for Participation {
    type Error = ParticipationError;
    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        match stored {
            Stored::Given { until_age, given_on, withdrawn_on } => {
                Ok(Self { withdrawn_on, ..Self::until_age(until_age)?.given(given_on) })
            }
            Stored::Standing(age) => Self::until_age(age),
            Stored::Withdrawn { until_age, withdrawn_on } => {
                Ok(Self::until_age(until_age)?.withdrawn(withdrawn_on))
            }
        }
    }
}

impl From<Participation> for Stored {
    fn from(participation: Participation) -> Self {
        let Participation { until_age, given_on, withdrawn_on } = participation;
        match (given_on, withdrawn_on) {
            (Some(given_on), withdrawn_on) => Self::Given { until_age, given_on, withdrawn_on },
            (None, None) => Self::Standing(until_age),
            (None, Some(withdrawn_on)) => Self::Withdrawn { until_age, withdrawn_on },
        }
    }
}

impl ChildProfile {
    /// The profile of a child just created: nothing decided.
    #[must_use]
    pub const fn new(number: ChildNumber) -> Self {
        Self {
            number,
            shields: Vec::new(),
            seal: Seal::None,
            held: false,
            authority: None,
            died_on: None,
            participation: None,
            archived: false,
            archived_on: None,
            born_by: None,
            withdrawn: WithdrawnConsents::none(),
            foreign: Vec::new(),
            cut_overs: Vec::new(),
            joined: Vec::new(),
            apart: Vec::new(),
        }
    }

    /// Says whether the record is in the archive, as of today if it was not before.
    #[must_use]
    pub fn in_archive(mut self, archived: bool, today: Date) -> Self {
        self.archived_on = match self.archived {
            true => self.archived_on,
            false => Some(today),
        }
        .filter(|_| archived);
        self.archived = archived;
        self
    }

    /// Notes by which day they were born whose date of birth no record that counts tells; of the others nothing.
    #[must_use]
    pub const fn born_by(mut self, day: Option<Date>) -> Self {
        self.born_by = day;
        self
    }

    /// Since when it is in the archive; the first of days where it was archived before days were kept.
    #[must_use]
    pub fn in_archive_since(&self) -> Option<Date> {
        self.archived.then(|| self.archived_on.unwrap_or(Date::MIN))
    }

    /// Whether any shield is in force.
    #[must_use]
    pub fn is_shielded(&self) -> bool {
        self.shields.iter().any(Shield::in_force)
    }

    /// Whether any shield in force may be overridden by nobody alone (rule 2.9).
    #[must_use]
    pub fn bars_override(&self) -> bool {
        self.shields.iter().any(|shield| shield.in_force() && shield.is_high_risk())
    }

    /// Whether a shield in force bars this account, or the organisation it works for: to them there is no such child.
    #[must_use]
    pub fn bars(&self, account: Uuid, organisation: Uuid) -> bool {
        self.shields
            .iter()
            .any(|shield| shield.in_force() && shield.grounds().barred.bars(account, organisation))
    }

    /// Whether a shield in force bars anybody.
    #[must_use]
    pub fn bars_anybody(&self) -> bool {
        self.shields.iter().any(|shield| shield.in_force() && !shield.grounds().barred.is_empty())
    }

    /// Whether the child's authority is shown as the one national value (decision 4): shielded or sealed.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        self.is_shielded() || self.seal != Seal::None
    }

    /// Whether a record beside this child is a matter for the protected desk, and for no other queue.
    #[must_use]
    pub fn needs_the_protected_desk(&self) -> bool {
        self.is_protected() || self.held
    }
}
