//! Seals and releases after a restore (decision 3): the order is carried out again as two people decided it, on whatever of
//! its records the restored data has. What it has not comes again with its source's next file and finds its place by the
//! order's placements.

use std::collections::BTreeMap;

use audit::{Action, ChangeDetail, Detail};
use directory::{ChildProfile, Seal};
use store::pending_acts::{self, ActState};
use store::source_records::RecordState;
use store::{Key16, children, links, parted_keys, placed_records, source_records};
use uuid::Uuid;

use super::participation::busy;
use super::replaying::TRIES;
use crate::identities::carrying_out::Finish;
use crate::identities::order::SealOrder;
use crate::records::OpenChild;
use crate::sealed_desk::order::{ReleaseOrder, Released};
use crate::sealed_desk::releasing::{Closing, Unreleased};
use crate::trail::Event;
use crate::{Directory, ServiceError};

impl Directory {
    /// Seals again what a restored database does not have sealed; whether there was something to do.
    pub(super) async fn seal_again(&self, order: &SealOrder, dry: bool) -> Result<bool, ServiceError> {
        for _ in 0..TRIES {
            let mut conn = self.store.reader().await?;
            let sealed = !children::by_ids(&mut conn, &[order.current]).await?.is_empty();
            let proposal = match order.proposal {
                Some(proposal) => pending_acts::by_id(&mut conn, proposal).await?,
                None => None,
            };
            drop(conn);
            if proposal.is_some_and(|proposal| proposal.state == ActState::Refused) {
                return Ok(false);
            }
            // Both came to their end since, or one of them: there is nothing to be kept apart, and nothing rises again.
            let ended = {
                let mut keys = self.store.key_reader().await?;
                !parted_keys::destroyed(&mut keys, &[order.current, order.former]).await?.is_empty()
            };
            if sealed || ended {
                return Ok(false);
            }
            if dry {
                return Ok(true);
            }
            let opened = self.concerned(order).await?;
            if self
                .carry_out_seal(order, opened, Finish { act: None, event: replayed(order.current) })
                .await?
            {
                return Ok(true);
            }
        }
        Err(busy())
    }

    /// The children that the named records are linked to in this database, and the former one.
    async fn concerned(&self, order: &SealOrder) -> Result<Vec<OpenChild>, ServiceError> {
        let mut by_source: BTreeMap<Uuid, Vec<Key16>> = BTreeMap::new();
        for one in &order.placed {
            by_source.entry(one.source).or_default().push(one.local_key());
        }
        let mut conn = self.store.reader().await?;
        let mut records: Vec<Uuid> = Vec::new();
        for (source, keys) in by_source {
            let known = source_records::digests(&mut conn, source, &keys).await?;
            records.extend(known.into_iter().map(|record| record.record_id));
        }
        let linked = links::children_of(&mut conn, &records).await?;
        drop(conn);
        let mut ids: Vec<Uuid> = linked.into_iter().map(|(_, child)| child).chain([order.former]).collect();
        ids.sort_unstable();
        ids.dedup();
        self.open_children(&ids).await
    }

    /// Releases again what a restored database still holds; whether there was something to do.
    pub(super) async fn release_again(&self, order: &ReleaseOrder, dry: bool) -> Result<bool, ServiceError> {
        for _ in 0..TRIES {
            let (source, local_key) = (order.source, order.local_key());
            let mut conn = self.store.reader().await?;
            let known = source_records::digests(&mut conn, source, &[local_key]).await?;
            let ids: Vec<Uuid> = known.into_iter().map(|record| record.record_id).collect();
            let found = source_records::by_ids(&mut conn, &ids).await?.pop();
            drop(conn);
            let Some((record, Some(child))) = found.map(|found| (found.record, found.child_id)) else {
                return self.place_again(order, dry).await;
            };
            let wrapped = self.wrapped_bundles(&[record.record_id]).await?;
            let Some(open) = self.open_children(&[child]).await?.pop() else { return Ok(false) };
            if !wrapped.contains_key(&record.record_id) {
                return Ok(false);
            }
            let record = self.open_source_record(record, &wrapped)?;
            let record = self.as_said_last(&mut self.store.reader().await?, record).await?;
            if record.row.state != RecordState::Withheld && !open.profile.held {
                return Ok(false);
            }
            if dry {
                return Ok(true);
            }
            let closing = Closing::with(replayed(child));
            match self.release(order, record, open, closing).await? {
                Ok(()) => return Ok(true),
                // It stays held, and the desk sees it again.
                Err(Unreleased::SaysTheOther | Unreleased::Gone) => return Ok(false),
                Err(Unreleased::Changed | Unreleased::Act) => {}
            }
        }
        Err(busy())
    }

    /// The record is not there yet: when it comes, it goes to the identity it was released to. One that was released as a
    /// different child is held again, and decided again: nothing of it is known here.
    async fn place_again(&self, order: &ReleaseOrder, dry: bool) -> Result<bool, ServiceError> {
        let Released::Child(child) = order.to else { return Ok(false) };
        let Some(open) = self.open_children(&[child]).await?.pop() else { return Ok(false) };
        let side = match open.profile.seal {
            Seal::None => return Ok(false),
            Seal::FormerIdentity => directory::Side::Former,
            Seal::NewIdentity => directory::Side::Current,
        };
        let row = self.placed_row(order.source, order.local_key(), side, child);
        let standing = placed_records::standing(&mut self.store.reader().await?, &[row.token]).await?;
        if !standing.is_empty() {
            return Ok(false);
        }
        if !dry {
            let mut tx = self.store.begin().await?;
            placed_records::put(&mut tx, &[row]).await?;
            self.commit_with(tx, vec![replayed(child)]).await?;
        }
        Ok(true)
    }

    /// Closes what was a former identity by an entry of an earlier version, which does not say who goes on.
    pub(super) async fn close_until_sealed(
        &self,
        order: &SealOrder,
        dry: bool,
    ) -> Result<bool, ServiceError> {
        let sealed = {
            let mut conn = self.store.reader().await?;
            !children::by_ids(&mut conn, &[order.current]).await?.is_empty()
        };
        let has = |open: &OpenChild| sealed || open.profile.held;
        let with = |profile: &ChildProfile| ChildProfile { held: true, ..profile.clone() };
        self.bring_in_line(order.former, has, with, dry).await
    }
}

fn replayed(child: Uuid) -> Event {
    let detail = ChangeDetail {
        change: "journal_replayed".to_owned(),
        subject: Some(child),
        ..ChangeDetail::default()
    };
    Event::new(Action::RecordChanged, Detail::Change(detail)).concerning([child])
}
