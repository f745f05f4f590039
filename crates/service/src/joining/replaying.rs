//! What people decided about records, after a restore (decision 3): what was kept apart is kept apart again, and what was
//! joined or taken apart is so again, in the order in which it was decided and with the row by which it is undone (law 8); so
//! that no part of a protected child is left without its shield.

use std::collections::{BTreeMap, BTreeSet};

use audit::{Action, ChangeDetail, Detail};
use store::{children, pending_acts};
use uuid::Uuid;

use super::acts::Done;
use super::merging::Merge;
use super::{DecidedBy, Part};
use crate::records::OpenRecord;
use crate::shielding::TRIES;
use crate::trail::Event;
use crate::{Directory, ErrorKind, ServiceError};

/// What the journal says of these things, in its order.
#[derive(Default)]
pub(crate) struct JoiningsInJournal {
    apart: BTreeMap<(Uuid, Uuid), bool>,
    acts: Vec<(Uuid, Decision)>,
    undone: BTreeSet<Uuid>,
}

/// One decision.
enum Decision {
    /// Without who decided it in an entry of an earlier version.
    Joined {
        into: Uuid,
        from: Uuid,
        decided: Option<DecidedBy>,
    },
    Parted {
        part: Part,
        decided: DecidedBy,
    },
}

impl JoiningsInJournal {
    /// Of pairs the last word counts.
    pub(crate) fn apart(&mut self, pairs: Vec<(Uuid, Uuid)>, stands: bool) {
        self.apart.extend(pairs.into_iter().map(|pair| (pair, stands)));
    }

    pub(crate) fn joined(&mut self, act: Uuid, (into, from): (Uuid, Uuid), decided: Option<DecidedBy>) {
        self.acts.push((act, Decision::Joined { into, from, decided }));
    }

    pub(crate) fn parted(&mut self, act: Uuid, part: Part, decided: DecidedBy) {
        self.acts.push((act, Decision::Parted { part, decided }));
    }

    pub(crate) fn undone(&mut self, act: Uuid) {
        self.undone.insert(act);
    }
}

impl Directory {
    /// Does again what the data does not have; how much there was.
    pub(crate) async fn join_again(&self, acts: &JoiningsInJournal, dry: bool) -> Result<u64, ServiceError> {
        let mut done = u64::from(self.keep_apart_again(&acts.apart, dry).await?);
        for (act, decision) in acts.acts.iter().filter(|(act, _)| !acts.undone.contains(act)) {
            done += u64::from(match decision {
                Decision::Joined { into, from, decided } => {
                    self.joined_again(*act, (*into, *from), decided.as_ref(), dry).await?
                }
                Decision::Parted { part, decided } => self.parted_again(*act, part, decided, dry).await?,
            });
        }
        Ok(done)
    }

    /// Takes records apart again that are still one child's; those whose keys were destroyed since are not there.
    async fn parted_again(
        &self,
        act: Uuid,
        part: &Part,
        decided: &DecidedBy,
        dry: bool,
    ) -> Result<bool, ServiceError> {
        for _ in 0..TRIES {
            let known = children::by_ids(&mut self.store.reader().await?, &[part.to]).await?;
            if !known.is_empty() || self.joined_to(part.to).await?.is_some() {
                return Ok(false);
            }
            let Some(open) = self.open_or_survivor(part.from).await? else { return Ok(false) };
            let (going, staying): (Vec<OpenRecord>, Vec<OpenRecord>) =
                open.records.iter().cloned().partition(|record| part.records.contains(&record.row.record_id));
            if going.is_empty() || staying.is_empty() {
                return Ok(false);
            }
            if dry {
                return Ok(true);
            }
            let mut rng = self.world.chance.generator();
            let profile = self.profile_of_part(&open, &going, part.number.clone()).await?;
            let new = self.new_child(part.to, profile, going, &mut rng).await?;
            let requests =
                self.requests_copied((open.row.child_id, part.to), &open.profile.shields, &[]).await?;
            let mut tx = self.begin_decided(&[&open]).await?;
            if !self.write_split(&mut tx, &open, (new, staying), &mut rng).await? {
                tx.rollback().await?;
                continue;
            }
            self.put_apart(&mut tx, &part.apart).await?;
            for row in &requests {
                pending_acts::insert(&mut tx, row).await?;
            }
            self.act_again(&mut tx, act, (decided, part.done())).await?;
            self.commit_with(tx, vec![replayed()]).await?;
            return Ok(true);
        }
        Err(ServiceError::new(ErrorKind::Busy, "a child's record kept changing; try again"))
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

    async fn joined_again(
        &self,
        act: Uuid,
        (to, gone): (Uuid, Uuid),
        decided: Option<&DecidedBy>,
        dry: bool,
    ) -> Result<bool, ServiceError> {
        for _ in 0..TRIES {
            let Some(from) = self.open_children(&[gone]).await?.pop() else { return Ok(false) };
            let Some(into) = self.open_or_survivor(to).await? else { return Ok(false) };
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
                by: decided.and_then(DecidedBy::one_person),
                into: &into,
                from: &from,
                requests: following.iter().map(|row| row.act_id).collect(),
                returns: false,
            };
            let mut rng = self.world.chance.generator();
            let mut tx = self.begin_decided(&[&into, &from]).await?;
            let mut written = self.write_merge(&mut tx, &merge, &mut rng).await?;
            for row in &following {
                written = written && pending_acts::replace(&mut tx, row).await?;
            }
            if let Some(decided) = decided.filter(|_| written) {
                let done = Done::Joined { into: into.row.child_id, from: gone };
                self.act_again(&mut tx, act, (decided, done)).await?;
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
