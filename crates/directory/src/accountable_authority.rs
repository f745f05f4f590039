//! Which one authority answers for a record (rules 5.2, 5.7).

use crate::authority_code::AuthorityCode;
use crate::text_value::coded;

/// The authorities that a child's address, school and general practice point to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuthorityFacts {
    /// The authority of the current address.
    pub address: Option<AuthorityCode>,
    /// The authority of the current school.
    pub school: Option<AuthorityCode>,
    /// The authority of the general practice.
    pub practice: Option<AuthorityCode>,
}

coded! {
    /// Why an authority was chosen.
    AllocationReason {
        /// The child lives there.
        Address = "address",
        /// The child goes to school there.
        School = "school",
        /// The child's practice is there.
        Practice = "practice",
        /// Nothing points anywhere: the national queue.
        Unallocated = "unallocated",
    }
}

/// The accountable authority, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    /// The authority; `None` means the unallocated queue.
    pub authority: Option<AuthorityCode>,
    /// Why.
    pub reason: AllocationReason,
}

/// What stands in the clear for a protected child (decision 4), because an authority is a place; and for every child of
/// the national queue to whom nothing points yet, so that the value is no flag.
pub const NATIONAL: &str = "national";

/// The authority of the address, else of the school, else of the practice, else none; never by chance (rule 5.7).
#[must_use]
pub fn allocate(facts: &AuthorityFacts) -> Allocation {
    [
        (&facts.address, AllocationReason::Address),
        (&facts.school, AllocationReason::School),
        (&facts.practice, AllocationReason::Practice),
    ]
    .into_iter()
    .find_map(|(authority, reason)| authority.clone().map(|a| Allocation { authority: Some(a), reason }))
    .unwrap_or(Allocation { authority: None, reason: AllocationReason::Unallocated })
}

impl Allocation {
    /// What may stand in the clear: one national value for a protected child, whatever the true one.
    #[must_use]
    pub fn in_the_clear(&self, protected: bool) -> &str {
        match &self.authority {
            _ if protected => NATIONAL,
            Some(authority) => authority.as_str(),
            None => NATIONAL,
        }
    }
}
