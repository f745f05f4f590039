//! Who stands in the open where something becomes protected (law 3): at a place, and where a child lives or whose carer it has that is
//! shielded with a release. A request for a shield is handed in about each, and decided like any other.

use std::collections::BTreeSet;

use directory::ChildProfile;
use directory::child_profile::Seal;
use directory::shield::ShieldGrounds;
use store::pending_acts::{ActRow, ActState};
use store::{Conn, Key16, match_keys};
use uuid::Uuid;

use super::household::{LONGEST_HOME, Leading};
use super::{Content, ShieldStepKind};
use crate::matching::{HomeKey, MatchKey};
use crate::records::OpenChild;
use crate::{Directory, ServiceError};

/// The children who have no shield there, as they were read.
pub(crate) struct InTheOpen {
    children: Vec<Uuid>,
    /// By what the index was asked, and what it said.
    keys: Vec<Key16>,
    seen: BTreeSet<(Key16, Key16)>,
}

impl InTheOpen {
    pub(crate) fn children(&self) -> impl Iterator<Item = Uuid> {
        self.children.iter().copied()
    }

    /// All but these.
    pub(crate) fn leave_out(&mut self, children: &BTreeSet<Uuid>) {
        self.children.retain(|child| !children.contains(child));
    }

    /// Whether nobody has come there since, and nobody has left.
    pub(crate) async fn stands(&self, conn: &mut Conn) -> Result<bool, ServiceError> {
        let hits = match_keys::lookup(conn, &self.keys, LONGEST_HOME).await?;
        let now: BTreeSet<(Key16, Key16)> = hits.iter().map(|hit| (hit.key_hash, hit.pointer)).collect();
        Ok(now == self.seen)
    }
}

/// Whether no shield protects a child whom others may see.
pub(super) fn in_the_open(open: &OpenChild) -> bool {
    let ChildProfile { seal, held, .. } = &open.profile;
    *seal != Seal::FormerIdentity && !held && !open.profile.is_shielded()
}

impl Directory {
    /// The children of whom a record says one of these things, and whom no shield protects. Of what is held it is decided when
    /// it is released.
    pub(crate) async fn who_stands_in_the_open(
        &self,
        at: &[HomeKey],
        except: &[Uuid],
    ) -> Result<InTheOpen, ServiceError> {
        let shared = || at.iter().map(|key| &key.household);
        let keys: Vec<Key16> = shared().flat_map(MatchKey::hashes).collect();
        let mut conn = self.store.reader().await?;
        let hits = match_keys::lookup(&mut conn, &keys, LONGEST_HOME).await?;
        drop(conn);
        let mut found = self.children_behind(&Leading::of(shared()), &hits);
        found.retain(|child| !except.contains(child));
        let open = self.open_children(&found.into_iter().collect::<Vec<_>>()).await?;
        Ok(InTheOpen {
            children: open.iter().filter(|open| in_the_open(open)).map(|open| open.row.child_id).collect(),
            keys,
            seen: hits.iter().map(|hit| (hit.key_hash, hit.pointer)).collect(),
        })
    }

    /// A request about each, at the desk of this organisation. No account asked for it, so whoever decided what it follows
    /// from may decide it too.
    pub(crate) async fn requests_about(
        &self,
        organisation: Uuid,
        grounds: &ShieldGrounds,
        [first, second]: [Uuid; 2],
        children: impl IntoIterator<Item = Uuid>,
    ) -> Result<Vec<ActRow>, ServiceError> {
        let at = self.world.now().as_microsecond();
        let mut rows = Vec::new();
        for child in children {
            let mut content = Content {
                child,
                grounds: grounds.clone(),
                requester: Uuid::nil(),
                asked: None,
                requested_at: at,
                proposal: None,
                shield: None,
                steps: Vec::new(),
                looked_around: None,
            };
            content.note(ShieldStepKind::Requested, first, Some(second), at);
            rows.push(self.new_act(organisation, ActState::Open, i64::MAX, &content).await?);
        }
        Ok(rows)
    }
}
