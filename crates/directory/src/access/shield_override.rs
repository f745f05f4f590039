//! The override of a shield: why, how often, for how long, and who may be the second person (rules 2.9, 7.9, 12.8, 12.13).

use super::{HeldRole, Permission, Reason};
use crate::text_value::coded;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

coded! {
    /// Why a shield is overridden. A list of its own, and no free text: what justifies an ordinary look does not justify this.
    OverrideReason {
        /// An enquiry into suspected significant harm cannot wait for the shield desk.
        ChildProtectionEnquiry = "child_protection_enquiry",
        /// A life is in danger, or serious harm is about to happen.
        ImmediateDanger = "immediate_danger",
        /// The child is missing and must be found.
        MissingChild = "missing_child",
        /// The police take the child into protection.
        PoliceProtection = "police_protection",
        /// A medical emergency: who answers for the child must be reached now.
        MedicalEmergency = "medical_emergency",
    }
}

impl OverrideReason {
    /// The reason of the ordinary list under which the entry stands in the clear: a code that only an override has would
    /// say there that the child is shielded (law 3). The true one is in the sealed body.
    #[must_use]
    pub const fn in_the_clear(self) -> Reason {
        match self {
            Self::ChildProtectionEnquiry | Self::ImmediateDanger | Self::PoliceProtection => {
                Reason::SafeguardingConcern
            }
            Self::MissingChild => Reason::MissingChild,
            Self::MedicalEmergency => Reason::ChildPresents,
        }
    }
}

/// The warning was not acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the warning has to be acknowledged before a shield is overridden")]
pub struct NotAcknowledged;

/// Why a shield is overridden, by somebody who has acknowledged what follows (rule 2.9). There is no other way to make one:
///
/// ```compile_fail,E0451
/// use directory::access::{OverrideReason, OverrideStatement};
/// let unread = OverrideStatement { reason: OverrideReason::MissingChild };
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverrideStatement {
    reason: OverrideReason,
}

impl OverrideStatement {
    /// The reason, with the warning acknowledged.
    ///
    /// # Errors
    /// [`NotAcknowledged`].
    pub const fn new(reason: OverrideReason, acknowledged: bool) -> Result<Self, NotAcknowledged> {
        if acknowledged { Ok(Self { reason }) } else { Err(NotAcknowledged) }
    }

    /// The reason.
    #[must_use]
    pub const fn reason(self) -> OverrideReason {
        self.reason
    }
}

/// How long an override shows a record, and how often one account may (rule 2.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OverridePolicy {
    /// Minutes for which a record is shown, 1 to 10; 10 by default.
    pub minutes: u8,
    /// How many times an account may within 24 hours; 3 by default.
    pub within_a_day: u8,
    /// How many times within 30 days, at most [`OverridePolicy::MOST`]; 10 by default.
    pub within_thirty_days: u8,
    /// Minutes within which a second person has to agree to what nobody may do alone, and the record has to be opened, 1 to
    /// 5: no longer than a proof is fresh. 5 by default.
    pub minutes_for_second: u8,
}

impl Default for OverridePolicy {
    fn default() -> Self {
        Self { minutes: 10, within_a_day: 3, within_thirty_days: 10, minutes_for_second: 5 }
    }
}

/// A quota that is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuotaUsed {
    /// Of 24 hours.
    #[error("as many shields were overridden within 24 hours as one account may")]
    OfADay,
    /// Of 30 days.
    #[error("as many shields were overridden within 30 days as one account may")]
    OfThirtyDays,
}

impl OverridePolicy {
    /// The most that can be counted within 30 days.
    pub const MOST: u8 = 30;

    /// Whether it can be used with sessions that end after so many idle minutes.
    ///
    /// # Errors
    /// What contradicts itself, in words.
    pub fn validate(&self, idle_minutes: u16) -> Result<(), String> {
        if !(1..=10).contains(&self.minutes) || u16::from(self.minutes) > idle_minutes {
            return Err(
                "shield_override.minutes is 1 to 10, and no more than session.idle_minutes".to_owned()
            );
        }
        if !(1..=Self::MOST).contains(&self.within_thirty_days) || self.within_a_day == 0 {
            let most = Self::MOST;
            return Err(format!(
                "shield_override.within_thirty_days is 1 to {most}, and within_a_day is 1 or more"
            ));
        }
        if !(1..=5).contains(&self.minutes_for_second) {
            return Err("shield_override.minutes_for_second is 1 to 5".to_owned());
        }
        Ok(())
    }

    /// The end of an override that begins at `from`: at that instant nothing is shown any more.
    #[must_use]
    pub fn until(&self, from: Timestamp) -> Timestamp {
        from.checked_add(SignedDuration::from_mins(i64::from(self.minutes))).unwrap_or(from)
    }

    /// The end of a request to a second person.
    #[must_use]
    pub fn request_until(&self, from: Timestamp) -> Timestamp {
        from.checked_add(SignedDuration::from_mins(i64::from(self.minutes_for_second))).unwrap_or(from)
    }

    /// Whether somebody who did it at these instants may do it once more.
    ///
    /// # Errors
    /// [`QuotaUsed`].
    pub fn allows_another(&self, done: &[Timestamp], now: Timestamp) -> Result<(), QuotaUsed> {
        let within = |hours: i64| {
            done.iter().filter(|at| now.duration_since(**at) < SignedDuration::from_hours(hours)).count()
        };
        if within(24) >= usize::from(self.within_a_day) {
            return Err(QuotaUsed::OfADay);
        }
        if within(Self::REMEMBERED_HOURS) >= usize::from(self.within_thirty_days) {
            return Err(QuotaUsed::OfThirtyDays);
        }
        Ok(())
    }

    /// Hours for which an override counts.
    pub const REMEMBERED_HOURS: i64 = 24 * 30;
}

/// One of the two people of an override that takes two.
#[derive(Debug, Clone, Copy)]
pub struct OverrideParty<'a> {
    /// The account.
    pub account: Uuid,
    /// The organisation it works for.
    pub organisation: Uuid,
    /// The roles it holds, and where.
    pub roles: &'a [HeldRole],
}

/// Whether the second may agree to what the first asks for: another person, of another organisation, and holding the
/// permission by no organisation by which the first holds it (rule 12.13).
#[must_use]
pub fn may_second(first: OverrideParty<'_>, second: OverrideParty<'_>) -> bool {
    let holds_at = |party: OverrideParty<'_>| -> Vec<Uuid> {
        let held = party.roles.iter().filter(|held| held.gives(Permission::OverrideShield));
        held.map(|held| held.at.id).collect()
    };
    let (one, other) = (holds_at(first), holds_at(second));
    first.account != second.account
        && first.organisation != second.organisation
        && !one.is_empty()
        && other.iter().any(|at| *at != first.organisation && !one.contains(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours_ago(now: Timestamp, hours: &[i64]) -> Vec<Timestamp> {
        hours.iter().map(|hours| now - SignedDuration::from_hours(*hours)).collect()
    }

    #[test]
    fn the_fourth_of_a_day_and_the_eleventh_of_thirty_days_are_refused() {
        let (policy, now) = (OverridePolicy::default(), "2026-11-22T09:00:00Z".parse::<Timestamp>().unwrap());
        assert_eq!(policy.allows_another(&[], now), Ok(()));
        assert_eq!(policy.allows_another(&hours_ago(now, &[1, 2]), now), Ok(()));
        assert_eq!(policy.allows_another(&hours_ago(now, &[1, 2, 23]), now), Err(QuotaUsed::OfADay));
        assert_eq!(policy.allows_another(&hours_ago(now, &[1, 2, 24]), now), Ok(()), "a day is over");
        let ten: Vec<i64> = (1..=10).map(|day| day * 48).collect();
        assert_eq!(policy.allows_another(&hours_ago(now, &ten), now), Err(QuotaUsed::OfThirtyDays));
        let nine_and_an_old_one: Vec<i64> = (1..=9).map(|day| day * 48).chain([24 * 30]).collect();
        assert_eq!(policy.allows_another(&hours_ago(now, &nine_and_an_old_one), now), Ok(()));
    }

    #[test]
    fn nobody_shows_a_record_for_longer_than_ten_minutes_or_than_their_session() {
        let policy = |minutes| OverridePolicy { minutes, ..OverridePolicy::default() };
        assert!(policy(10).validate(15).is_ok());
        assert!(policy(11).validate(15).is_err() && policy(0).validate(15).is_err());
        assert!(policy(10).validate(9).is_err());
        let most = OverridePolicy { within_thirty_days: OverridePolicy::MOST + 1, ..policy(10) };
        assert!(most.validate(15).is_err());
    }

    #[test]
    fn a_statement_is_made_with_the_warning_acknowledged_or_not_at_all() {
        for reason in OverrideReason::ALL {
            assert_eq!(OverrideStatement::new(*reason, false), Err(NotAcknowledged));
            assert_eq!(OverrideStatement::new(*reason, true).map(OverrideStatement::reason), Ok(*reason));
        }
    }
}
