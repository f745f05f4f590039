//! Handing a child's record on to another authority: offered, then accepted or refused, never pushed (rule 5.3). Until it is
//! accepted the authority that offers it stays accountable.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::text_value::coded;

coded! {
    /// Why a record is offered.
    TransferReason {
        /// The child lives there now.
        MovedHome = "moved_home",
        /// The child is placed there by the authority that offers it.
        Placed = "placed",
        /// Another authority has taken on the responsibility, by law or by a court's order.
        ResponsibilityPassed = "responsibility_passed",
        /// The record was allocated to the wrong authority.
        AllocatedWrongly = "allocated_wrongly",
    }
}

coded! {
    /// Why an offer is refused.
    TransferRefusal {
        /// The child is not known to live there.
        NotHere = "not_here",
        /// The authority that offers it stays responsible.
        StaysResponsible = "stays_responsible",
        /// The desk must first be told more, outside the directory.
        MoreIsNeeded = "more_is_needed",
    }
}

/// Where an offer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferState {
    /// It waits for the other desk.
    Offered,
    /// Whoever offered it took it back.
    TakenBack,
    /// It was accepted: the other authority is accountable since.
    Accepted,
    /// It was refused.
    Refused(TransferRefusal),
    /// It can be accepted no more: the child is not the offering authority's, or is not protected, any longer.
    Void,
}

/// The step cannot be taken with an offer as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this offer has ended; look at it again")]
pub struct OfferEnded;

impl TransferState {
    /// The offer as it ends.
    ///
    /// # Errors
    /// When it has ended before.
    pub fn end(self, how: Self) -> Result<Self, OfferEnded> {
        if self == Self::Offered { Ok(how) } else { Err(OfferEnded) }
    }
}

/// Within which time an offer is answered, and how long one that has ended is kept. The rule book gives no periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TransferPolicy {
    /// Days within which the other desk answers; later an offer is overdue, and is still open.
    pub answer_days: u16,
    /// Months for which an offer that has ended is kept; then its keys are destroyed.
    pub keep_months: u8,
}

impl Default for TransferPolicy {
    fn default() -> Self {
        Self { answer_days: 14, keep_months: 12 }
    }
}

impl TransferPolicy {
    /// The last day for an answer to what was offered on that day.
    #[must_use]
    pub fn deadline(&self, offered: Date) -> Date {
        offered.checked_add(i64::from(self.answer_days).days()).unwrap_or(Date::MAX)
    }

    /// The day from which an offer that ended on that day is destroyed.
    #[must_use]
    pub fn kept_until(&self, ended: Date) -> Date {
        ended.checked_add(i64::from(self.keep_months).months()).unwrap_or(Date::MAX)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{OfferEnded, TransferPolicy, TransferRefusal, TransferState};

    #[test]
    fn an_offer_ends_once() {
        let refused = TransferState::Refused(TransferRefusal::NotHere);
        for how in [TransferState::Accepted, TransferState::TakenBack, TransferState::Void, refused] {
            let ended = TransferState::Offered.end(how).unwrap();
            assert_eq!(ended, how);
            assert_eq!(ended.end(TransferState::Accepted), Err(OfferEnded));
        }
    }

    #[test]
    fn an_offer_is_due_two_weeks_later_and_kept_for_a_year() {
        let policy = TransferPolicy::default();
        assert_eq!(policy.deadline(date(2026, 11, 22)), date(2026, 12, 6));
        assert_eq!(policy.kept_until(date(2026, 12, 6)), date(2027, 12, 6));
    }
}
