//! Being put in touch with who works with a child, by the authority that answers for the record (rules 8.10 to 8.12): why
//! somebody may ask, how a request goes on, and what whoever asked is told.
//!
//! Whoever asks learns the same of a request that was declined, of one that is called back and of one for which there was
//! nobody: that it was dealt with. "They will call you back" would say that there is somebody, and with a sensitive service
//! that is what must not be said (law 4); the call itself says it, when whoever calls has chosen to.

use crate::service_type::ServiceType;
use crate::telephone::Telephone;
use crate::text_value::coded;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

coded! {
    /// Why somebody asks to be put in touch (rule 8.11). There is no free text.
    BrokerReason {
        /// A child may be at risk of significant harm.
        ChildProtection = "child_protection",
        /// The child presents with a need that cannot wait.
        UrgentHealth = "urgent_health",
        /// The child is missing from home, care or school.
        MissingChild = "missing_child",
        /// Support for the child or the family is being planned.
        PlanningSupport = "planning_support",
        /// The child moves between services, schools or areas.
        Transfer = "transfer",
    }
}

impl BrokerReason {
    /// Whether the desk is to deal with it by the shorter of the two times.
    #[must_use]
    pub const fn is_urgent(self) -> bool {
        matches!(self, Self::ChildProtection | Self::UrgentHealth | Self::MissingChild)
    }
}

/// The times of brokering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BrokeringPolicy {
    /// Hours within which an urgent request is dealt with.
    pub urgent_hours: u16,
    /// Hours within which any other is.
    pub hours: u16,
    /// Days for which a revealed contact is shown to whoever asked, and every request is kept after it was dealt with.
    pub shown_days: u16,
    /// Days after which a request that nobody dealt with is destroyed.
    pub kept_days: u16,
    /// How many requests of one person may wait at once.
    pub open_for_one_asker: u16,
}

impl Default for BrokeringPolicy {
    fn default() -> Self {
        Self { urgent_hours: 4, hours: 48, shown_days: 30, kept_days: 60, open_for_one_asker: 20 }
    }
}

impl BrokeringPolicy {
    /// By when a request is to be dealt with.
    #[must_use]
    pub fn due(&self, reason: BrokerReason, asked: Timestamp) -> Timestamp {
        let hours = if reason.is_urgent() { self.urgent_hours } else { self.hours };
        after(asked, i64::from(hours))
    }

    /// When a request is destroyed, by when it was dealt with, if it was.
    #[must_use]
    pub fn ends(&self, asked: Timestamp, closed: Option<Timestamp>) -> Timestamp {
        match closed {
            Some(closed) => after(closed, 24 * i64::from(self.shown_days)),
            None => after(asked, 24 * i64::from(self.kept_days)),
        }
    }
}

fn after(moment: Timestamp, hours: i64) -> Timestamp {
    moment.checked_add(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MAX)
}

/// What the provider lets this asker know (rule 8.11). The contact itself is read from the record when it is shown, so that
/// what has gone from the record is shown to nobody; on what basis the service is known is no part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reveal {
    /// The number to call, as the provider gave it for this asker.
    pub telephone: Telephone,
    /// Whether they may be told the practitioner's name.
    pub practitioner: bool,
    /// Whether they may be told the organisation's name.
    pub organisation: bool,
    /// Whether they may be told what kind of service it is.
    pub service: bool,
}

/// What the provider chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "choice", rename_all = "snake_case")]
pub enum ProviderChoice {
    /// To be told to this asker.
    Reveal(Reveal),
    /// To call the asker.
    CallBack,
    /// Neither.
    Decline,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum BrokerEnd {
    /// By the provider's choice.
    Provider(ProviderChoice),
    /// There was nobody to put in touch.
    Nothing,
}

/// Where a request stands, for the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokerStage {
    /// Nobody has taken it on.
    Waiting,
    /// Somebody has.
    TakenOn,
    /// They have reached a provider, who is to choose.
    Contacted,
    /// It was dealt with.
    DealtWith,
}

/// Why a step is not this person's, or not the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BrokerRule {
    /// It is their own request (rule 12.13).
    #[error("this is your own request; another person of the desk must handle it")]
    OnesOwnRequest,
    /// Somebody else has taken it on.
    #[error("somebody else has taken this request on; take it on yourself before you go on with it")]
    NotTakenOn,
    /// No provider was reached yet.
    #[error("record first which provider you reached; what they chose comes after")]
    NobodyContacted,
    /// It was dealt with.
    #[error("this request has been dealt with")]
    DealtWith,
    /// A contact without a name is no contact.
    #[error(
        "a contact needs the name of the practitioner or of the organisation; choose one that the record has"
    )]
    NobodyNamed,
}

/// A request as far as the rules ask about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokerState {
    /// Who asked.
    pub asker: Uuid,
    /// Who has taken it on.
    pub taken_by: Option<Uuid>,
    /// Whether a provider was reached.
    pub contacted: bool,
    /// Whether it was dealt with.
    pub closed: bool,
}

impl BrokerState {
    /// Where it stands.
    #[must_use]
    pub const fn stage(&self) -> BrokerStage {
        match self {
            Self { closed: true, .. } => BrokerStage::DealtWith,
            Self { contacted: true, .. } => BrokerStage::Contacted,
            Self { taken_by: Some(_), .. } => BrokerStage::TakenOn,
            Self { .. } => BrokerStage::Waiting,
        }
    }

    /// Whether this person may take it on, from another of the desk too.
    ///
    /// # Errors
    /// [`BrokerRule`].
    pub fn may_take_on(&self, who: Uuid) -> Result<(), BrokerRule> {
        if self.asker == who {
            return Err(BrokerRule::OnesOwnRequest);
        }
        if self.closed { Err(BrokerRule::DealtWith) } else { Ok(()) }
    }

    /// Whether this person may go on with it.
    ///
    /// # Errors
    /// [`BrokerRule`].
    pub fn may_go_on(&self, who: Uuid) -> Result<(), BrokerRule> {
        self.may_take_on(who)?;
        if self.taken_by == Some(who) { Ok(()) } else { Err(BrokerRule::NotTakenOn) }
    }

    /// Whether this person may record what the provider chose.
    ///
    /// # Errors
    /// [`BrokerRule`].
    pub fn may_record_choice(&self, who: Uuid) -> Result<(), BrokerRule> {
        self.may_go_on(who)?;
        if self.contacted { Ok(()) } else { Err(BrokerRule::NobodyContacted) }
    }
}

/// A contact as it is shown to whoever asked. Only
/// [`ProviderView::revealed`](crate::disclosure::ProviderView::revealed) makes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RevealedContact {
    /// Who: the practitioner, the organisation, or both.
    pub names: Vec<String>,
    /// The number to call.
    pub telephone: Telephone,
    /// What kind of service, if the provider chose to say so.
    pub service: Option<ServiceType>,
}

#[cfg(test)]
mod tests {
    use super::{BrokerReason, BrokerRule, BrokerStage, BrokerState, BrokeringPolicy};
    use uuid::Uuid;

    const ASKER: Uuid = Uuid::from_u128(1);
    const MONA: Uuid = Uuid::from_u128(2);
    const REECE: Uuid = Uuid::from_u128(3);

    #[test]
    fn the_steps_come_in_their_order_and_never_from_whoever_asked() {
        let waiting = BrokerState { asker: ASKER, taken_by: None, contacted: false, closed: false };
        assert_eq!(waiting.may_take_on(ASKER), Err(BrokerRule::OnesOwnRequest));
        assert_eq!(waiting.may_go_on(MONA), Err(BrokerRule::NotTakenOn));
        let taken = BrokerState { taken_by: Some(MONA), ..waiting };
        assert_eq!(taken.may_go_on(MONA), Ok(()));
        assert_eq!(taken.may_go_on(REECE), Err(BrokerRule::NotTakenOn));
        assert_eq!(taken.may_take_on(REECE), Ok(()), "another of the desk may step in");
        assert_eq!(taken.may_record_choice(MONA), Err(BrokerRule::NobodyContacted));
        let contacted = BrokerState { contacted: true, ..taken };
        assert_eq!(contacted.may_record_choice(MONA), Ok(()));
        let closed = BrokerState { closed: true, ..contacted };
        assert_eq!(closed.may_take_on(REECE), Err(BrokerRule::DealtWith));
        let stages = [waiting, taken, contacted, closed].map(|state| state.stage());
        let expected =
            [BrokerStage::Waiting, BrokerStage::TakenOn, BrokerStage::Contacted, BrokerStage::DealtWith];
        assert_eq!(stages, expected);
    }

    #[test]
    fn an_urgent_request_is_due_sooner_and_every_one_ends() {
        let policy = BrokeringPolicy::default();
        let asked = "2026-03-02T09:00:00Z".parse().unwrap();
        assert_eq!(policy.due(BrokerReason::UrgentHealth, asked).to_string(), "2026-03-02T13:00:00Z");
        assert_eq!(policy.due(BrokerReason::PlanningSupport, asked).to_string(), "2026-03-04T09:00:00Z");
        assert_eq!(policy.ends(asked, None).to_string(), "2026-05-01T09:00:00Z");
        assert_eq!(policy.ends(asked, Some(asked)).to_string(), "2026-04-01T09:00:00Z");
    }
}
