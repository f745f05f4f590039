//! Shields: the decision that a child's whereabouts are hidden (law 3, rules 2.5 to 2.15).

mod asked;
mod barred;
mod evidence;
mod policy;
mod two_people;

use crate::month::Month;
use crate::text_value::coded;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use asked::{Asked, AskedRule, IdentitySeen, RequesterReach};
pub use barred::{Barred, TooManyBarred};
pub use evidence::{Evidence, EvidenceError, EvidenceKind, EvidenceReference, TooMuchEvidence};
pub use policy::ShieldPolicy;
pub use two_people::{ShieldRule, may_decide_shield, may_propose_shield};

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

coded! {
    /// How great the danger is.
    ShieldClass {
        /// An ordinary shield.
        Ordinary = "ordinary",
        /// One that nobody overrides alone.
        HighRisk = "high_risk",
    }
}

/// On what a shield rests: who asked for it and why, with which evidence, how great the danger is and whom it is hidden
/// from altogether (rules 2.12, 2.14, 2.15).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShieldGrounds {
    /// Who asked.
    pub requested_by: ShieldRequester,
    /// On which criterion.
    pub reason: ShieldReason,
    /// How great the danger is; ordinary in a shield of an earlier version.
    #[serde(default = "ordinary", skip_serializing_if = "is_ordinary")]
    pub class: ShieldClass,
    /// Where the evidence is kept.
    #[serde(default, skip_serializing_if = "Evidence::is_empty")]
    pub evidence: Evidence,
    /// Accounts and organisations that find no such child.
    #[serde(default, skip_serializing_if = "Barred::is_empty")]
    pub barred: Barred,
}

const fn ordinary() -> ShieldClass {
    ShieldClass::Ordinary
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_ordinary(class: &ShieldClass) -> bool {
    *class == ShieldClass::Ordinary
}

impl ShieldGrounds {
    /// Grounds of an ordinary shield that bars nobody, without evidence.
    #[must_use]
    pub fn new(requested_by: ShieldRequester, reason: ShieldReason) -> Self {
        Self {
            requested_by,
            reason,
            class: ShieldClass::Ordinary,
            evidence: Evidence::default(),
            barred: Barred::default(),
        }
    }
}

/// One shield, as decided. A child may have several (rule 2.15); it is shielded while any of them is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Shield {
    #[serde(flatten)]
    grounds: ShieldGrounds,
    #[serde(serialize_with = "barred::without_hyphens")]
    decided_by: [Uuid; 2],
    decided: Month,
    review_due: Month,
    #[serde(skip_serializing_if = "Option::is_none")]
    lifted: Option<Month>,
    /// The request it was decided on. One that was decided before this was kept is known by the rest.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "barred::one_without_hyphens")]
    request: Option<Uuid>,
}

#[derive(Deserialize)]
struct Unchecked {
    #[serde(flatten)]
    grounds: ShieldGrounds,
    decided_by: [Uuid; 2],
    decided: Month,
    review_due: Month,
    #[serde(default)]
    lifted: Option<Month>,
    #[serde(default)]
    request: Option<Uuid>,
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
        grounds: ShieldGrounds,
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
        Ok(Self { grounds, decided_by, decided, review_due, lifted: None, request: None })
    }

    /// The same shield, decided on this request. Two people may decide about a child twice in a month.
    #[must_use]
    pub fn on_request(self, request: Uuid) -> Self {
        Self { request: Some(request), ..self }
    }

    /// The same shield with the identity that goes on after a seal: on a request of its own, and with no file of before (law 5).
    #[must_use]
    pub fn carried_over(self, request: Uuid) -> Self {
        let grounds = ShieldGrounds { evidence: Evidence::default(), ..self.grounds };
        Self { grounds, request: Some(request), ..self }
    }

    /// The request it was decided on, where that was kept.
    #[must_use]
    pub const fn request(&self) -> Option<Uuid> {
        self.request
    }

    /// The same shield, lifted. Only this ends it: a review that is overdue does not (rule 2.15).
    ///
    /// # Errors
    /// When the month lies before the decision.
    pub fn lift(self, month: Month) -> Result<Self, ShieldError> {
        if month < self.decided { Err(ShieldError::Order) } else { Ok(Self { lifted: Some(month), ..self }) }
    }

    /// The same shield after a review that kept it, to be reviewed again (rule 2.15).
    ///
    /// # Errors
    /// When the next review does not lie after the decision.
    pub fn keep_until(self, review_due: Month) -> Result<Self, ShieldError> {
        if review_due <= self.decided { Err(ShieldError::Order) } else { Ok(Self { review_due, ..self }) }
    }

    /// Whether it is the same decision as another, whatever its reviews said since: of two records that are one child's, or of
    /// a child's before and after.
    #[must_use]
    pub fn is_the_same_as(&self, other: &Self) -> bool {
        let facts = |shield: &Self| {
            (shield.grounds.requested_by, shield.grounds.reason, shield.decided_by, shield.decided)
        };
        match (self.request, other.request) {
            (Some(one), Some(another)) => one == another,
            _ => facts(self) == facts(other),
        }
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
        self.grounds.requested_by
    }

    /// On which criterion.
    #[must_use]
    pub const fn reason(&self) -> ShieldReason {
        self.grounds.reason
    }

    /// On what it rests.
    #[must_use]
    pub const fn grounds(&self) -> &ShieldGrounds {
        &self.grounds
    }

    /// Whether nobody may override it alone.
    #[must_use]
    pub fn is_high_risk(&self) -> bool {
        self.grounds.class == ShieldClass::HighRisk
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
        let decided = Self::decide(given.grounds, given.decided_by, given.decided, given.review_due)?;
        let shield = Self { request: given.request, ..decided };
        match given.lifted {
            Some(month) => shield.lift(month),
            None => Ok(shield),
        }
    }
}
