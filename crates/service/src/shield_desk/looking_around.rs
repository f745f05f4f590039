//! A shielded child moves, is joined to a duplicate that lies elsewhere, gets another carer: whoever stands in the open there
//! already is looked for, as when a place becomes protected, and a request is handed in about each (law 3). Who comes later is
//! held by the loader; here the others are found. Each act remembers around what it has looked, so the walk can be stopped at
//! any moment and begun again, and nobody is asked about twice for the same thing.

use std::collections::BTreeSet;

use audit::{Action, ChangeDetail, Detail};
use directory::child_profile::Seal;
use jiff::{SignedDuration, Timestamp};
use store::pending_acts::{self, ActRow, ActState};
use store::{Key16, locks};
use uuid::Uuid;

use super::acts_about::EVERYWHERE;
use super::{Content, SHIELD};
use crate::matching::HomeKey;
use crate::records::OpenChild;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How long after one walk over the shields in force the next begins.
const EVERY: SignedDuration = SignedDuration::from_hours(1);

/// How many acts are looked at in a round.
const GROUP: usize = 10;

/// How far the walk has come. It is only a mark: who begins anew looks at some twice.
#[derive(Debug, Default)]
pub(crate) struct SurroundingsWalk {
    began: Option<Timestamp>,
    left: Vec<Uuid>,
}

impl Directory {
    /// One round of the walk.
    pub(crate) async fn look_around_the_shielded(&self) -> Result<(), ServiceError> {
        let mut walk = self.surroundings_walk.lock().await;
        let now = self.world.now();
        if walk.left.is_empty() {
            if walk.began.is_some_and(|began| now < began + EVERY) {
                return Ok(());
            }
            let mut conn = self.store.reader().await?;
            walk.left = pending_acts::ids(&mut conn, SHIELD, ActState::Approved).await?;
            walk.began = Some(now);
        }
        for _ in 0..GROUP {
            let Some(act) = walk.left.pop() else { break };
            self.look_around(act).await?;
        }
        Ok(())
    }

    /// Around what a child's records say of where it lives and with whom, by short forms of the keyed hashes.
    pub(super) fn surroundings_of(&self, open: &OpenChild) -> Vec<u64> {
        let keys =
            open.records.iter().flat_map(|record| HomeKey::all_of(&self.keys.matching, &record.content));
        let short: BTreeSet<u64> = keys.filter_map(|key| short(&key)).collect();
        short.into_iter().collect()
    }

    async fn look_around(&self, act: Uuid) -> Result<(), ServiceError> {
        let row = pending_acts::by_id(&mut self.store.reader().await?, act).await?;
        let Some(row) = row.filter(|row| row.kind == SHIELD && row.state == ActState::Approved) else {
            return Ok(());
        };
        let Some(content) = self.open_act::<Content>(&row).await? else { return Ok(()) };
        let open = self.open_or_survivor(content.child).await?;
        let Some(open) = open.filter(|open| {
            open.profile.is_shielded() && open.profile.seal != Seal::FormerIdentity && !open.profile.archived
        }) else {
            return Ok(());
        };
        let around = self.surroundings_of(&open);
        let fresh: BTreeSet<u64> = match &content.looked_around {
            // Who shared anything when it was decided stood on the list that was decided on.
            None => BTreeSet::new(),
            Some(known) => around.iter().copied().filter(|key| !known.contains(key)).collect(),
        };
        if fresh.is_empty() && content.looked_around.is_some() {
            return Ok(());
        }
        let keys: Vec<HomeKey> = open
            .records
            .iter()
            .flat_map(|record| HomeKey::all_of(&self.keys.matching, &record.content))
            .filter(|key| short(key).is_some_and(|key| fresh.contains(&key)))
            .collect();
        let mut there = self.who_stands_in_the_open(&keys, &[open.row.child_id]).await?;
        if there.children().next().is_some() {
            there.leave_out(&self.asked_about().await?);
        }
        let nobody = [Uuid::nil(); 2];
        let requests =
            self.requests_about(row.organisation_id, &content.grounds, nobody, there.children()).await?;
        let content = Content { looked_around: Some(around), ..content };
        let sealed = self.sealed_act(row.act_id, &content).await?;
        let mut locked: Vec<Key16> = keys.iter().flat_map(|key| key.protected.hashes()).collect();
        locked.sort_unstable();
        locked.dedup();
        let mut tx = self.store.begin().await?;
        locks::lock_keys(&mut tx, &locked).await?;
        // Somebody came, or somebody decides about the shield at this moment: the next walk looks again.
        if !there.stands(&mut tx).await? || !pending_acts::replace(&mut tx, &ActRow { sealed, ..row }).await?
        {
            return Ok(tx.rollback().await?);
        }
        for request in &requests {
            pending_acts::insert(&mut tx, request).await?;
        }
        let events = match requests.is_empty() {
            true => Vec::new(),
            false => vec![handed_in(there.children())],
        };
        self.commit_with(tx, events).await?;
        Ok(())
    }

    /// About whom a request waits already.
    pub(crate) async fn asked_about(&self) -> Result<BTreeSet<Uuid>, ServiceError> {
        let mut asked = BTreeSet::new();
        for (_, content) in self.requests_where([ActState::Open], EVERYWHERE, |_| true).await? {
            asked.insert(self.joined_to(content.child).await?.unwrap_or(content.child));
        }
        Ok(asked)
    }
}

/// The first half of one of the hashes: enough to know it again, and half as long in every act.
fn short(key: &HomeKey) -> Option<u64> {
    let Key16(bytes) = key.household.hashes().next()?;
    Some(u64::from_be_bytes(bytes[..8].try_into().unwrap_or_default()))
}

/// The entry of requests that nobody handed in.
pub(crate) fn handed_in(children: impl Iterator<Item = Uuid>) -> Event {
    let detail = ChangeDetail { change: "shield_requested".to_owned(), ..ChangeDetail::default() };
    Event::new(Action::RecordChanged, Detail::Change(detail)).concerning(children)
}
