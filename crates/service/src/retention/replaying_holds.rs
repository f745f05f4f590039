//! Legal holds after a restore (decision 3): a hold in force is put on again, one that ended is ended again.

use audit::{Action, ChangeDetail, Detail};
use store::pending_acts::{self, ActRow, ActState};
use store::{children, match_keys};
use uuid::Uuid;

use super::hold_order::HoldOrder;
use super::holding::{Content, HOLD, HoldError, end_of};
use crate::trail::Event;
use crate::{Directory, ServiceError};

impl Directory {
    /// Puts a hold on again that the restored data does not know; whether there was something to do.
    pub(super) async fn hold_again(&self, order: &HoldOrder, dry: bool) -> Result<bool, ServiceError> {
        let mut conn = self.store.reader().await?;
        let act = pending_acts::by_id(&mut conn, order.hold).await?;
        let known = !children::by_ids(&mut conn, &[order.child]).await?.is_empty();
        let keys = order.keys();
        let hashes: Vec<_> = keys.iter().map(|row| row.key_hash).collect();
        let behind = match_keys::lookup(&mut conn, &hashes, u32::MAX >> 1).await?;
        drop(conn);
        let meets = keys.iter().all(|row| behind.iter().any(|hit| hit.pointer == row.pointer));
        let readable = !self.open_children(&[order.child]).await?.is_empty();
        let custody = self.has_custody(order.hold).await?;
        if !known && !custody {
            // Destroyed since, or never there.
            return Ok(false);
        }
        let in_force = act.as_ref().is_some_and(|act| act.state == ActState::Approved);
        if in_force && !readable && (known || meets) {
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
            return match self.take_out(act, order.child, replayed(order.child)).await {
                Ok(()) => Ok(true),
                Err(HoldError::Service(fault)) => Err(fault),
                Err(_) => Ok(false),
            };
        }
        let mut tx = self.store.begin().await?;
        if !in_force && !pending_acts::replace(&mut tx, &act).await? {
            return Err(super::participation::busy());
        }
        if !known {
            match_keys::insert(&mut tx, &keys).await?;
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
        if act.is_none_or(|act| act.state != ActState::Approved) {
            return Ok(false);
        }
        if dry {
            return Ok(true);
        }
        match self.put_back(hold, child, None, replayed(child)).await {
            Ok(()) => Ok(true),
            Err(HoldError::Service(fault)) => Err(fault),
            Err(_) => Ok(false),
        }
    }

    /// An act that the restored data had not as in force, with what had been decided about the child before it was.
    async fn as_decided(&self, act: ActRow, order: &HoldOrder) -> Result<ActRow, ServiceError> {
        let Some(decided) = order.decided.clone() else { return Ok(act) };
        let content = self.hold_content(&act).await?;
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

fn replayed(child: Uuid) -> Event {
    let detail = ChangeDetail {
        change: "journal_replayed".to_owned(),
        subject: Some(child),
        ..ChangeDetail::default()
    };
    Event::new(Action::RecordChanged, Detail::Change(detail)).concerning([child])
}
