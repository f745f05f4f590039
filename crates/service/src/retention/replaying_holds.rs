//! Legal holds after a restore (decision 3): a hold in force is put on again, one that ended is ended again.
//!
//! What was done to a child between the backup and its hold (a shield, a seal, a joining, a handing on) was done while its keys
//! were in the service, and can be done again only so. So the custodian lends what a hold keeps that the restored data does not
//! know, while nobody is served; everything is done again; and then the hold is put on, as it was.

use std::collections::BTreeSet;

use audit::{Action, ChangeDetail, Detail};
use store::KeyRow;
use store::pending_acts::{self, ActRow, ActState};
use store::{children, key_store, locks, match_keys, parted_keys, source_records};
use uuid::Uuid;

use super::hold_order::HoldOrder;
use super::holding::{Content, HOLD, HoldError, end_of};
use crate::matching::is_protection;
use crate::trail::Event;
use crate::{Directory, ServiceError};

impl Directory {
    /// Gives the service what a hold keeps that the data does not have in force: the keys of whatever of it the data has, and of
    /// a child that begins with one of the acts that are done again. Whose they are. Two people who decide that hold at this
    /// moment lock the same.
    pub(super) async fn lent_by_custodian(
        &self,
        order: &HoldOrder,
        begun: &BTreeSet<Uuid>,
    ) -> Result<Vec<Uuid>, ServiceError> {
        let tokens = self.said_tokens_of(order.child).await?;
        let mut tx = self.store.begin_feed().await?;
        locks::lock_keys(&mut tx, &tokens).await?;
        let act = pending_acts::by_id(&mut tx, order.hold).await?;
        let mut kept = self.out_of_custody(order.hold).await?;
        if kept.is_empty() || act.is_some_and(|act| act.state == ActState::Approved) {
            tx.rollback().await?;
            return Ok(Vec::new());
        }
        let owners: Vec<Uuid> = kept.keys().copied().collect();
        let records = source_records::by_ids(&mut tx, &owners).await?;
        let children = children::by_ids(&mut tx, &owners).await?;
        let there: BTreeSet<Uuid> = records
            .iter()
            .map(|row| row.record.record_id)
            .chain(children.iter().map(|row| row.child_id))
            .chain(begun.iter().copied())
            .collect();
        kept.retain(|owner, _| there.contains(owner));
        let rows = {
            let mut rng = self.world.chance.generator();
            kept.iter()
                .map(|(owner, bundle)| self.bundle_row(*owner, bundle, &mut rng))
                .collect::<Result<Vec<_>, _>>()?
        };
        let lent: Vec<Uuid> = kept.into_keys().collect();
        if !lent.is_empty() {
            let mut keys = self.store.begin_feed_keys().await?;
            key_store::put_bundles(&mut keys, &rows).await?;
            parted_keys::release_these(&mut keys, &lent).await?;
            keys.commit().await?;
        }
        tx.rollback().await?;
        Ok(lent)
    }

    /// Puts a hold on again that the restored data does not know; whether there was something to do. What was lent for it goes
    /// back to the custodian.
    pub(super) async fn hold_again(
        &self,
        order: &HoldOrder,
        lent: &[Uuid],
        dry: bool,
    ) -> Result<bool, ServiceError> {
        let mut conn = self.store.reader().await?;
        let act = pending_acts::by_id(&mut conn, order.hold).await?;
        let known = !children::by_ids(&mut conn, &[order.child]).await?.is_empty();
        let keys = order.keys();
        let hashes: Vec<_> = keys.iter().map(|row| row.key_hash).collect();
        let behind = match_keys::lookup(&mut conn, &hashes, u32::MAX >> 1).await?;
        drop(conn);
        let meets = keys.iter().all(|row| behind.iter().any(|hit| hit.pointer == row.pointer));
        let readable = !self.open_children(&[order.child]).await?.is_empty();
        // Of a child that could not begin again, what was lent, by a replay that was killed since too.
        let owners: Vec<Uuid> = lent.iter().copied().chain([order.child]).collect();
        let mut rest = Vec::new();
        if !known {
            rest.extend(self.wrapped_bundles(&owners).await?.into_keys());
        }
        if !known && rest.is_empty() && !self.has_custody(order.hold).await? {
            // Destroyed since, or never there.
            return Ok(false);
        }
        let in_force = act.as_ref().is_some_and(|act| act.state == ActState::Approved);
        if in_force && !readable && rest.is_empty() && (known || meets) {
            return Ok(false);
        }
        if dry {
            return Ok(true);
        }
        let act = match act {
            Some(act) => act,
            None => self.hold_act(order).await?,
        };
        let act = if in_force { act } else { self.as_decided(act, order).await? };
        let act = ActRow { state: ActState::Approved, expires_at: end_of(order.until), ..act };
        if readable {
            return match Box::pin(self.take_out(act, order.child, replayed(order.child))).await {
                Ok(()) => Ok(true),
                Err(HoldError::Service(fault)) => Err(fault),
                Err(_) => Ok(false),
            };
        }
        let mut tx = self.store.begin().await?;
        if !in_force && !pending_acts::replace(&mut tx, &act).await? {
            return Err(super::participation::busy());
        }
        // Of a child that is there its own records say how the matcher meets it.
        let keys: Vec<_> = keys.into_iter().filter(|row| !known || protects(row)).collect();
        match_keys::insert(&mut tx, &keys).await?;
        if !rest.is_empty() {
            self.hand_to_custodian(order.hold, &rest).await?;
        }
        self.commit_with(tx, vec![replayed(order.child)]).await?;
        Ok(true)
    }

    /// Ends a hold again; whether it was still in force.
    pub(super) async fn hold_ended_again(
        &self,
        hold: Uuid,
        child: Uuid,
        dry: bool,
    ) -> Result<bool, ServiceError> {
        let act = pending_acts::by_id(&mut self.store.reader().await?, hold).await?;
        let Some(act) = act.filter(|act| act.state == ActState::Approved) else { return Ok(false) };
        if Box::pin(self.open_act::<Content>(&act)).await?.is_none() {
            // The child was destroyed since, and with it what was decided about the hold.
            return Ok(false);
        }
        if dry {
            return Ok(true);
        }
        match Box::pin(self.put_back(hold, child, None, replayed(child))).await {
            Ok(()) => Ok(true),
            Err(HoldError::Service(fault)) => Err(fault),
            Err(_) => Ok(false),
        }
    }

    /// An act that the restored data had not as in force, with what had been decided about the child before it was.
    async fn as_decided(&self, act: ActRow, order: &HoldOrder) -> Result<ActRow, ServiceError> {
        let Some(decided) = order.decided.clone() else { return Ok(act) };
        let content = self.open_act(&act).await?;
        let content = content.unwrap_or_else(|| Content::of(order.child, order.basis, order.until));
        let content = Content { barred: decided.barred(), decided: Some(decided), ..content };
        let sealed = self.sealed_hold(&act, &content).await?;
        Ok(ActRow { sealed, ..act })
    }

    /// The act of a hold, as a restored database gets it back: still to be decided, which the caller does.
    async fn hold_act(&self, order: &HoldOrder) -> Result<ActRow, ServiceError> {
        let content = Content::of(order.child, order.basis, order.until);
        let mut act = ActRow {
            act_id: order.hold,
            kind: HOLD.to_owned(),
            organisation_id: order.organisation,
            proposed_by: order.proposed_by,
            subject_id: None,
            state: ActState::Open,
            opened_at: self.day(),
            expires_at: end_of(order.until),
            decided_by: None,
            decided_at: None,
            token_key: None,
            version: 1,
            sealed: Vec::new(),
        };
        act.sealed = self.sealed_hold(&act, &content).await?;
        let mut tx = self.store.begin().await?;
        pending_acts::insert(&mut tx, &act).await?;
        tx.commit().await?;
        Ok(act)
    }
}

/// Whether a row says that a home is protected.
fn protects(row: &KeyRow) -> bool {
    u16::try_from(row.kind).is_ok_and(is_protection)
}

pub(super) fn replayed(child: Uuid) -> Event {
    let detail = ChangeDetail {
        change: "journal_replayed".to_owned(),
        subject: Some(child),
        ..ChangeDetail::default()
    };
    Event::new(Action::RecordChanged, Detail::Change(detail)).concerning([child])
}
