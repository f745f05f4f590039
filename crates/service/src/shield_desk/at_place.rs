//! Who is recorded at a place when it becomes protected (law 3): a request for a shield is handed in about each, and decided like any
//! other, so that nobody stands in the open where everybody else is hidden.

use std::collections::BTreeSet;

use directory::child_profile::Seal;
use directory::shield::{Evidence, EvidenceReference, ShieldGrounds};
use directory::{ShieldReason, ShieldRequester};
use store::pending_acts::{ActRow, ActState};
use store::{Conn, Key16, match_keys};
use uuid::Uuid;

use super::household::{LONGEST_HOME, Leading};
use super::{Content, ShieldError, ShieldStepKind};
use crate::matching::{HomeKey, MatchKey};
use crate::{Directory, ServiceError};

/// The children at a place who have no shield, as they were read.
pub(super) struct AtPlace {
    children: Vec<Uuid>,
    /// By what the index was asked, and what it said.
    keys: Vec<Key16>,
    seen: BTreeSet<(Key16, Key16)>,
}

impl AtPlace {
    pub(super) fn children(&self) -> impl Iterator<Item = Uuid> {
        self.children.iter().copied()
    }

    /// Whether nobody has come there since, and nobody has left.
    pub(super) async fn stands(&self, conn: &mut Conn) -> Result<bool, ServiceError> {
        let hits = match_keys::lookup(conn, &self.keys, LONGEST_HOME).await?;
        let now: BTreeSet<(Key16, Key16)> = hits.iter().map(|hit| (hit.key_hash, hit.pointer)).collect();
        Ok(now == self.seen)
    }
}

impl Directory {
    /// The children of whom a record says that they live there, and whom no shield protects.
    pub(super) async fn who_is_at(&self, key: &HomeKey) -> Result<AtPlace, ServiceError> {
        let keys: Vec<Key16> = MatchKey::hashes(&key.household).collect();
        let mut conn = self.store.reader().await?;
        let hits = match_keys::lookup(&mut conn, &keys, LONGEST_HOME).await?;
        drop(conn);
        let found: Vec<Uuid> =
            self.children_behind(&Leading::of([&key.household]), &hits).into_iter().collect();
        let open = self.open_children(&found).await?;
        let unprotected = open
            .iter()
            .filter(|open| open.profile.seal != Seal::FormerIdentity && !open.profile.is_shielded());
        Ok(AtPlace {
            children: unprotected.map(|open| open.row.child_id).collect(),
            keys,
            seen: hits.iter().map(|hit| (hit.key_hash, hit.pointer)).collect(),
        })
    }

    /// A request about each. No account asked for it but the file did, so whoever protected the place may decide it too.
    pub(super) async fn requests_at_place(
        &self,
        organisation: Uuid,
        file: &EvidenceReference,
        [first, second]: [Uuid; 2],
        there: &AtPlace,
    ) -> Result<Vec<ActRow>, ShieldError> {
        let at = self.world.now().as_microsecond();
        let evidence = Evidence::new(vec![file.clone()]).map_err(ServiceError::internal)?;
        let grounds = ShieldGrounds {
            evidence,
            ..ShieldGrounds::new(ShieldRequester::Refuge, ShieldReason::DomesticAbuse)
        };
        let mut rows = Vec::new();
        for child in there.children() {
            let mut content = Content {
                child,
                grounds: grounds.clone(),
                requester: Uuid::nil(),
                requested_at: at,
                proposal: None,
                shield: None,
                steps: Vec::new(),
            };
            content.note(ShieldStepKind::Requested, first, Some(second), at);
            rows.push(self.new_act(organisation, ActState::Open, i64::MAX, &content).await?);
        }
        Ok(rows)
    }
}
