//! Shields: the decision that a child's whereabouts are hidden (law 3, rules 2.5 to 2.15).

use crate::month::Month;
use crate::text_value::coded;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

coded! {
    /// Who asked for a shield (rules 2.12, 2.15).
    ShieldRequester {
        /// The child or young person.
        Child = "child",
        /// A parent or carer.
        Parent = "parent",
        /// Children's social care.
        SocialCare = "social_care",
        /// The police.
        Police = "police",
        /// A refuge.
        Refuge = "refuge",
        /// An adoption or fostering service.
        Placement = "placement",
        /// Another agency.
        OtherAgency = "other_agency",
    }
}

coded! {
    /// The criterion on which a shield rests (rules 2.11, 2.13).
    ShieldReason {
        /// Domestic abuse: the family lives where the abuser must not find it.
        DomesticAbuse = "domestic_abuse",
        /// Forced marriage or so-called honour-based abuse.
        HonourBasedAbuse = "honour_based_abuse",
        /// A placement or adopted child at risk.
        PlacementAtRisk = "placement_at_risk",
        /// A protected person's household.
        ProtectedPerson = "protected_person",
        /// A threat from someone named, of another kind.
        OtherNamedThreat = "other_named_threat",
    }
}

/// One shield, as decided. A child may have several (rule 2.15); it is shielded while any of them is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Shield {
    requested_by: ShieldRequester,
    reason: ShieldReason,
    decided_by: [Uuid; 2],
    decided: Month,
    review_due: Month,
    lifted: Option<Month>,
}

#[derive(Deserialize)]
struct Unchecked {
    requested_by: ShieldRequester,
    reason: ShieldReason,
    decided_by: [Uuid; 2],
    decided: Month,
    review_due: Month,
    lifted: Option<Month>,
}

/// Why a shield cannot be decided so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShieldError {
    /// One person stands for both deciders.
    #[error("a shield is decided by two different people")]
    OnePerson,
    /// The review or the lifting lies before the decision.
    #[error("a shield is reviewed or lifted after it was decided, not before")]
    Order,
}

impl Shield {
    /// A shield decided by two accounts. Times are months, because a fine time would single a child out.
    ///
    /// # Errors
    /// When both accounts are the same, or the review is due before the decision.
    pub fn decide(
        requested_by: ShieldRequester,
        reason: ShieldReason,
        decided_by: [Uuid; 2],
        decided: Month,
        review_due: Month,
    ) -> Result<Self, ShieldError> {
        let [first, second] = decided_by;
        if first == second {
            return Err(ShieldError::OnePerson);
        }
        if review_due < decided {
            return Err(ShieldError::Order);
        }
        Ok(Self { requested_by, reason, decided_by, decided, review_due, lifted: None })
    }

    /// The same shield, lifted. Only this ends it: a review that is overdue does not (rule 2.15).
    ///
    /// # Errors
    /// When the month lies before the decision.
    pub fn lift(self, month: Month) -> Result<Self, ShieldError> {
        if month < self.decided { Err(ShieldError::Order) } else { Ok(Self { lifted: Some(month), ..self }) }
    }

    /// Whether it hides anything: from the decision until it is lifted.
    #[must_use]
    pub const fn in_force(&self) -> bool {
        self.lifted.is_none()
    }

    /// Whether a review is due in this month or has been since.
    #[must_use]
    pub fn review_is_due(&self, month: Month) -> bool {
        self.in_force() && self.review_due <= month
    }

    /// Who asked.
    #[must_use]
    pub const fn requested_by(&self) -> ShieldRequester {
        self.requested_by
    }

    /// On which criterion.
    #[must_use]
    pub const fn reason(&self) -> ShieldReason {
        self.reason
    }

    /// The two accounts that decided.
    #[must_use]
    pub const fn decided_by(&self) -> [Uuid; 2] {
        self.decided_by
    }

    /// The month of the decision.
    #[must_use]
    pub const fn decided(&self) -> Month {
        self.decided
    }

    /// The month in which it is to be reviewed.
    #[must_use]
    pub const fn review_due(&self) -> Month {
        self.review_due
    }

    /// The month in which it was lifted.
    #[must_use]
    pub const fn lifted(&self) -> Option<Month> {
        self.lifted
    }
}

impl TryFrom<Unchecked> for Shield {
    type Error = ShieldError;
    fn try_from(given: Unchecked) -> Result<Self, Self::Error> {
        let shield = Self::decide(
            given.requested_by,
            given.reason,
            given.decided_by,
            given.decided,
            given.review_due,
        )?;
        match given.lifted {
            Some(month) => shield.lift(month),
            None => Ok(shield),
        }
    }
}
