//! Whose a case of the sealed desk is: of the authorities that answer for the children it may belong to, or keep the protected
//! home where it lies; where nobody answers for any of them, of every authority, as the national queue is (rule 5.7). Whom the
//! shield of one of these children bars finds no such case (law 3).

use std::collections::BTreeSet;

use directory::access::{HeldRole, Permission};
use directory::accountable_authority::NATIONAL;
use uuid::Uuid;

use super::Case;
use crate::records::OpenChild;
use crate::retention::authority_of;
use crate::session::SignedIn;

impl Case {
    /// Every child whom a case concerns.
    fn concerns(&self) -> impl Iterator<Item = &OpenChild> {
        self.candidates.iter().chain(&self.home.children)
    }

    /// The same, with the child that is held, by their ids.
    pub(super) fn everybody(&self) -> Vec<Uuid> {
        self.concerns().chain([&self.child]).map(|open| open.row.child_id).collect()
    }

    /// The desk at which this person works on the case: an organisation; nothing when the case is none of theirs.
    pub(super) fn desk_of(&self, who: &SignedIn) -> Option<Uuid> {
        if self.concerns().chain([&self.child]).any(|open| who.is_barred_by(&open.profile)) {
            return None;
        }
        if self.home.kept.iter().flat_map(|kept| &kept.barred).any(|list| who.is_on(list)) {
            return None;
        }
        let answer = self.concerns().map(authority_of).filter(|authority| *authority != NATIONAL);
        let keep = self.home.kept.iter().filter_map(|kept| kept.authority.as_deref());
        let authorities: BTreeSet<&str> = answer.chain(keep).collect();
        let is_theirs = |held: &HeldRole| {
            let at = held.at.authority.as_deref();
            authorities.is_empty() || at.is_some_and(|at| authorities.contains(at))
        };
        who.desk(Permission::ApproveSeal, is_theirs)
    }
}
