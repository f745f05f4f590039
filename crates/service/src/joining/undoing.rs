//! Undoing an act at any later time, in any order that stays consistent (law 8). What stands in the way is named, and can be
//! undone first.

use std::collections::BTreeSet;

use store::links::{self, LinkRow};
use store::pending_acts::{self, ActRow, ActState};
use uuid::Uuid;

use super::acts::{ActContent, Done, JOINING, LinkWas};
use super::deciding::{Carried, Decider, busy};
use super::eligible::Desk;
use super::merging::Merge;
use super::{JoinError, JoiningKind, in_the_way};
use crate::journal::JournalEntry;
use crate::records::OpenChild;
use crate::shielding::TRIES;
use crate::{Directory, ServiceError};

/// An act that is being undone.
struct Undone<'a> {
    row: &'a ActRow,
    content: &'a ActContent,
}

impl Directory {
    /// Undoes an act. Nothing when it is about a record on which this desk does not decide.
    pub(super) async fn undo(&self, decider: &Decider<'_>, act: Uuid) -> Result<Option<Carried>, JoinError> {
        let found = pending_acts::by_id(&mut self.store.reader().await?, act).await?;
        let Some(row) = found.filter(|row| row.kind == JOINING) else { return Ok(None) };
        if row.state != ActState::Used {
            return self.not_joined(decider.who, "undone_already", JoinError::Undone).await;
        }
        let Some(content) = self.open_act::<ActContent>(&row).await? else { return Ok(None) };
        let undone = Undone { row: &row, content: &content };
        for _ in 0..TRIES {
            let done = match &content.done {
                Done::Joined { into, .. } => self.undo_join(decider, &undone, *into).await?,
                Done::Parted { from, to, apart, .. } => {
                    self.undo_parting(decider, &undone, (*from, *to), apart).await?
                }
                Done::KeptApart { apart } => self.undo_apart(decider, &undone, apart).await?,
                Done::Confirmed { record, was, .. } => {
                    self.undo_confirmation(decider, &undone, *record, was).await?
                }
            };
            match done {
                Some(true) => return Ok(Some(Carried { act, number: None })),
                Some(false) => {}
                None => return Ok(None),
            }
        }
        Err(busy())
    }

    /// The record that was joined is by itself again.
    async fn undo_join(
        &self,
        decider: &Decider<'_>,
        undone: &Undone<'_>,
        into: Uuid,
    ) -> Result<Option<bool>, JoinError> {
        let Some(top) = self.decidable_child(decider.desk, into).await? else { return Ok(None) };
        self.not_of_own_family(decider.who, &[&top]).await?;
        let act = undone.row.act_id;
        let parting = match self.what_parts(&top, act).await {
            Err(error @ JoinError::InTheWay { .. }) => {
                return self.not_joined(decider.who, "in_the_way", error).await;
            }
            other => other?,
        };
        let mut requests = self.requests_returning(parting.requests(), parting.child()).await?;
        if decider.desk == Desk::Protected {
            // What was decided of both since is in force of both.
            let (_, gone) = self.parted_profiles(&top, &parting);
            let both = (top.row.child_id, parting.child());
            requests.extend(self.requests_copied(both, &gone.shields, parting.requests()).await?);
        }
        self.journal_joining(decider, &JournalEntry::JoinUndone { joining: act }).await?;
        let mut rng = self.world.chance.generator();
        let mut tx = self.begin_decided(&[&top]).await?;
        if !self.write_parting(&mut tx, &top, &parting, &mut rng).await? {
            tx.rollback().await?;
            return Ok(Some(false));
        }
        let event = decider.event("joining_undone", top.row.child_id, vec![parting.child()]);
        let written = (undone.row, undone.content);
        Ok(Some(self.finish_undone(tx, decider, written, requests, event).await?))
    }

    /// What was taken apart is one again, under the number it had; the other number answers with it.
    async fn undo_parting(
        &self,
        decider: &Decider<'_>,
        undone: &Undone<'_>,
        (from, to): (Uuid, Uuid),
        apart: &[(Uuid, Uuid)],
    ) -> Result<Option<bool>, JoinError> {
        let Some(top) = self.decidable_child(decider.desk, from).await? else { return Ok(None) };
        let Some(part) = self.open_children(&[to]).await?.pop() else {
            let survivor = self.open_or_survivor(to).await?;
            let Some(survivor) = survivor.filter(|open| open.row.child_id != top.row.child_id) else {
                return Ok(None);
            };
            if !self.is_decided_at(decider.desk, &survivor).await? {
                return Ok(None);
            }
            let joined = survivor.profile.joined.iter().find(|joined| joined.child == to);
            let error = joined.map_or(JoinError::Moment, |joined| in_the_way(JoiningKind::Join, joined.act));
            return self.not_joined(decider.who, "in_the_way", error).await;
        };
        if !self.is_decided_at(decider.desk, &part).await? {
            return Ok(None);
        }
        self.not_of_own_family(decider.who, &[&top, &part]).await?;
        self.nothing_else_between(decider, &top, &part, apart).await?;
        let merge = Merge {
            act: undone.row.act_id,
            by: decider.one_person(),
            into: &top,
            from: &part,
            requests: Vec::new(),
            returns: true,
        };
        let mut rng = self.world.chance.generator();
        self.journal_joining(decider, &JournalEntry::JoinUndone { joining: undone.row.act_id }).await?;
        let mut tx = self.begin_decided(&[&top, &part]).await?;
        if !self.write_merge(&mut tx, &merge, &mut rng).await? {
            tx.rollback().await?;
            return Ok(Some(false));
        }
        self.let_join(&mut tx, apart).await?;
        let event = decider.event("taking_apart_undone", top.row.child_id, vec![to]);
        let written = (undone.row, undone.content);
        Ok(Some(self.finish_undone(tx, decider, written, Vec::new(), event).await?))
    }

    /// Nothing but what is being undone keeps the two apart.
    async fn nothing_else_between(
        &self,
        decider: &Decider<'_>,
        one: &OpenChild,
        other: &OpenChild,
        apart: &[(Uuid, Uuid)],
    ) -> Result<(), JoinError> {
        let theirs: Vec<Uuid> = other.profile.group(other.row.child_id).collect();
        let all = one.profile.group(one.row.child_id);
        let pairs: Vec<(Uuid, Uuid)> =
            all.flat_map(|mine| theirs.iter().map(move |other| (mine, *other))).collect();
        let standing = self.are_apart(&mut self.store.reader().await?, &pairs).await?;
        let own: BTreeSet<(Uuid, Uuid)> = apart.iter().flat_map(|(a, b)| [(*a, *b), (*b, *a)]).collect();
        let more: BTreeSet<(Uuid, Uuid)> = pairs
            .into_iter()
            .zip(standing)
            .filter(|(pair, stands)| *stands && !own.contains(pair))
            .flat_map(|((a, b), _)| [(a, b), (b, a)])
            .collect();
        if more.is_empty() {
            return Ok(());
        }
        let keeps = |done: &Done| match done {
            Done::Parted { apart, .. } | Done::KeptApart { apart } => {
                apart.iter().any(|pair| more.contains(pair))
            }
            Done::Joined { .. } | Done::Confirmed { .. } => false,
        };
        let error = match self.standing_act(keeps).await? {
            Some((act, kind)) => in_the_way(kind, act),
            None => JoinError::KeptApart,
        };
        self.not_joined(decider.who, "in_the_way", error).await
    }

    /// The two may be joined again.
    async fn undo_apart(
        &self,
        decider: &Decider<'_>,
        undone: &Undone<'_>,
        apart: &[(Uuid, Uuid)],
    ) -> Result<Option<bool>, JoinError> {
        let Some((one, other)) = apart.first().copied() else { return Ok(None) };
        let one = self.decidable_child(decider.desk, one).await?;
        let other = self.decidable_child(decider.desk, other).await?;
        let (Some(one), Some(other)) = (one, other) else { return Ok(None) };
        self.not_of_own_family(decider.who, &[&one, &other]).await?;
        self.journal_joining(decider, &JournalEntry::Apart { pairs: apart, stands: false }).await?;
        let mut tx = self.begin_decided(&[&one, &other]).await?;
        let written = self.all_stand(&mut tx, &[&one, &other]).await?
            && self.put_profile(&mut tx, &one, one.profile.clone()).await?
            && self.put_profile(&mut tx, &other, other.profile.clone()).await?;
        if !written {
            tx.rollback().await?;
            return Ok(Some(false));
        }
        self.let_join(&mut tx, apart).await?;
        let event = decider.event("keeping_apart_undone", one.row.child_id, vec![other.row.child_id]);
        let written = (undone.row, undone.content);
        Ok(Some(self.finish_undone(tx, decider, written, Vec::new(), event).await?))
    }

    /// The link is what it was before somebody confirmed it.
    async fn undo_confirmation(
        &self,
        decider: &Decider<'_>,
        undone: &Undone<'_>,
        record: Uuid,
        was: &LinkWas,
    ) -> Result<Option<bool>, JoinError> {
        let linked = links::children_of(&mut self.store.reader().await?, &[record]).await?;
        let Some((_, child)) = linked.first().copied() else { return Ok(None) };
        let Some(open) = self.decidable_child(decider.desk, child).await? else { return Ok(None) };
        self.not_of_own_family(decider.who, &[&open]).await?;
        let mut tx = self.begin_decided(&[&open]).await?;
        if !self.mark_link(&mut tx, &open, record, was).await? {
            tx.rollback().await?;
            return Ok(Some(false));
        }
        let event = decider.event("confirmation_undone", open.row.child_id, vec![record]);
        let written = (undone.row, undone.content);
        Ok(Some(self.finish_undone(tx, decider, written, Vec::new(), event).await?))
    }

    /// Writes who a link is by, in a new version of its child. False when something changed meanwhile.
    pub(super) async fn mark_link(
        &self,
        tx: &mut store::Tx,
        open: &OpenChild,
        record: Uuid,
        mark: &LinkWas,
    ) -> Result<bool, ServiceError> {
        if !self.all_stand(tx, &[open]).await? {
            return Ok(false);
        }
        let rows = links::of_records(tx, &[record]).await?;
        let Some(link) = rows.into_iter().find(|link| link.child_id == open.row.child_id) else {
            return Ok(false);
        };
        links::put(tx, &[LinkRow { kind: mark.kind(), author: mark.author.clone(), ..link }]).await?;
        self.put_profile(tx, open, open.profile.clone()).await
    }
}
