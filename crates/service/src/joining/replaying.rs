//! What people decided about records, after a restore (decision 3): what was kept apart is kept apart again, and what two people
//! joined of a protected child is joined again, so that no part of it is left without its shield.

use std::collections::{BTreeMap, BTreeSet};

use audit::{Action, ChangeDetail, Detail};
use uuid::Uuid;

use super::merging::Merge;
use crate::shielding::TRIES;
use crate::trail::Event;
use crate::{Directory, ErrorKind, ServiceError};

/// What the journal says of these things, in its order.
#[derive(Default)]
pub(crate) struct JoiningsInJournal {
    apart: BTreeMap<(Uuid, Uuid), bool>,
    joined: Vec<(Uuid, Uuid, Uuid)>,
    undone: BTreeSet<Uuid>,
}

impl JoiningsInJournal {
    /// Of pairs the last word counts.
    pub(crate) fn apart(&mut self, pairs: Vec<(Uuid, Uuid)>, stands: bool) {
        self.apart.extend(pairs.into_iter().map(|pair| (pair, stands)));
    }

    pub(crate) fn joined(&mut self, act: Uuid, into: Uuid, from: Uuid) {
        self.joined.push((act, into, from));
    }

    pub(crate) fn undone(&mut self, act: Uuid) {
        self.undone.insert(act);
    }
}

impl Directory {
    /// Does again what the data does not have; how much there was.
    pub(crate) async fn join_again(&self, acts: &JoiningsInJournal, dry: bool) -> Result<u64, ServiceError> {
        let mut done = u64::from(self.keep_apart_again(&acts.apart, dry).await?);
        for (act, into, from) in acts.joined.iter().filter(|(act, ..)| !acts.undone.contains(act)) {
            done += u64::from(self.joined_again(*act, *into, *from, dry).await?);
        }
        Ok(done)
    }

    async fn keep_apart_again(
        &self,
        said: &BTreeMap<(Uuid, Uuid), bool>,
        dry: bool,
    ) -> Result<bool, ServiceError> {
        let pairs: Vec<(Uuid, Uuid)> = said.keys().copied().collect();
        if pairs.is_empty() {
            return Ok(false);
        }
        let standing = self.are_apart(&mut self.store.reader().await?, &pairs).await?;
        let differ = |wanted: bool| -> Vec<(Uuid, Uuid)> {
            let all = said.iter().zip(&standing);
            all.filter(|((_, said), stands)| **said == wanted && **stands != wanted)
                .map(|((pair, _), _)| *pair)
                .collect()
        };
        let (to_part, to_let) = (differ(true), differ(false));
        if to_part.is_empty() && to_let.is_empty() {
            return Ok(false);
        }
        if !dry {
            let mut tx = self.store.begin().await?;
            self.put_apart(&mut tx, &to_part).await?;
            self.let_join(&mut tx, &to_let).await?;
            self.commit_with(tx, vec![replayed()]).await?;
        }
        Ok(true)
    }

    async fn joined_again(&self, act: Uuid, into: Uuid, from: Uuid, dry: bool) -> Result<bool, ServiceError> {
        for _ in 0..TRIES {
            let Some(from) = self.open_children(&[from]).await?.pop() else { return Ok(false) };
            let Some(into) = self.open_or_survivor(into).await? else { return Ok(false) };
            if into.row.child_id == from.row.child_id
                || self.is_barred(&mut self.store.reader().await?, &into, &from).await?.is_some()
            {
                return Ok(false);
            }
            if dry {
                return Ok(true);
            }
            let following = self.requests_following(&[from.row.child_id], into.row.child_id).await?;
            let merge = Merge {
                act,
                by: None,
                into: &into,
                from: &from,
                requests: following.iter().map(|row| row.act_id).collect(),
                returns: false,
            };
            let mut rng = self.world.chance.generator();
            let mut tx = self.begin_decided(&[&into, &from]).await?;
            let mut written = self.write_merge(&mut tx, &merge, &mut rng).await?;
            for row in &following {
                written = written && store::pending_acts::replace(&mut tx, row).await?;
            }
            if written {
                self.commit_with(tx, vec![replayed()]).await?;
                return Ok(true);
            }
            tx.rollback().await?;
        }
        Err(ServiceError::new(ErrorKind::Busy, "a child's record kept changing; try again"))
    }
}

fn replayed() -> Event {
    let detail = ChangeDetail { change: "journal_replayed".to_owned(), ..ChangeDetail::default() };
    Event::new(Action::RecordChanged, Detail::Change(detail))
}
