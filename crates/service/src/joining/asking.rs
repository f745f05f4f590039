//! What an administrator asks for. About an ordinary record of their own it is done at once; about anything else it is
//! received, and there is no other answer.

use directory::access::Permission;
use directory::{ChildNumber, MatchBasis};
use store::pending_acts;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::acts::{JOINING, RequestContent};
use super::deciding::Decider;
use super::eligible::Desk;
use super::{JoinError, Joining, JoiningRequest, joining_event};
use crate::Directory;
use crate::session::SignedIn;

/// An administrator by themselves.
pub(super) fn administrator(who: &SignedIn, basis: MatchBasis) -> Decider<'_> {
    Decider {
        who,
        desk: Desk::Authority,
        by: vec![who.account],
        basis,
        request: None,
        review: None,
        journalled: Mutex::default(),
    }
}

impl Directory {
    /// Joins the records of two numbers: the other number answers with the survivor from then on (law 8).
    ///
    /// # Errors
    ///
    /// [`JoinError`]; a refusal is in the trail too.
    pub async fn join_records(
        &self,
        who: &SignedIn,
        survivor: &ChildNumber,
        other: &ChildNumber,
        basis: MatchBasis,
    ) -> Result<Joining, JoinError> {
        let request = JoiningRequest::Join { survivor: survivor.clone(), other: other.clone() };
        self.decide_or_receive(who, request, basis).await
    }

    /// Takes source records of a number to a new child with a new number. What comes later and fits both is asked of people.
    ///
    /// # Errors
    ///
    /// [`JoinError`]; a refusal is in the trail too.
    pub async fn take_record_apart(
        &self,
        who: &SignedIn,
        number: &ChildNumber,
        records: &[Uuid],
        basis: MatchBasis,
    ) -> Result<Joining, JoinError> {
        let request = JoiningRequest::TakeApart { number: number.clone(), records: records.to_vec() };
        self.decide_or_receive(who, request, basis).await
    }

    /// Keeps the records of two numbers apart, and whatever is joined to either.
    ///
    /// # Errors
    ///
    /// [`JoinError`]; a refusal is in the trail too.
    pub async fn keep_records_apart(
        &self,
        who: &SignedIn,
        one: &ChildNumber,
        other: &ChildNumber,
        basis: MatchBasis,
    ) -> Result<Joining, JoinError> {
        let request = JoiningRequest::KeepApart { one: one.clone(), other: other.clone() };
        self.decide_or_receive(who, request, basis).await
    }

    /// Confirms that a source record is of the child of this number.
    ///
    /// # Errors
    ///
    /// [`JoinError`]; a refusal is in the trail too.
    pub async fn confirm_link(
        &self,
        who: &SignedIn,
        number: &ChildNumber,
        record: Uuid,
        basis: MatchBasis,
    ) -> Result<Joining, JoinError> {
        self.decide_or_receive(who, JoiningRequest::Confirm { number: number.clone(), record }, basis).await
    }

    /// Undoes an act of the person's authority, whenever it was.
    ///
    /// # Errors
    ///
    /// [`JoinError::InTheWay`] names a later act that must be undone first; any refusal is in the trail too.
    pub async fn undo_joining(
        &self,
        who: &SignedIn,
        act: Uuid,
        basis: MatchBasis,
    ) -> Result<Joining, JoinError> {
        self.may_join_records(who, Permission::ReviewMatches).await?;
        self.joining_within(who, act, (JOINING, Permission::ReviewMatches)).await?;
        self.decide_or_receive(who, JoiningRequest::Undo { act }, basis).await
    }

    async fn decide_or_receive(
        &self,
        who: &SignedIn,
        request: JoiningRequest,
        basis: MatchBasis,
    ) -> Result<Joining, JoinError> {
        self.may_join_records(who, Permission::ReviewMatches).await?;
        // A number that answered nothing may have been joined by somebody else between two statements: a second look tells, whatever
        // it stands for.
        for _ in 0..2 {
            if let Some(done) = Box::pin(self.carry_out_joining(&administrator(who, basis), &request)).await?
            {
                return Ok(Joining::Done { act: done.act, number: done.number });
            }
        }
        self.receive(who, request, basis).await
    }

    /// Takes a request in. Its row and its entry are the same whatever its numbers stand for, and whether they do.
    pub(super) async fn receive(
        &self,
        who: &SignedIn,
        request: JoiningRequest,
        basis: MatchBasis,
    ) -> Result<Joining, JoinError> {
        let content = RequestContent { request, basis, by: who.account, proposed_by: None, review: None };
        let row = self.request_row(who, &content).await?;
        let mut tx = self.store.begin().await?;
        pending_acts::insert(&mut tx, &row).await?;
        self.commit_with(tx, vec![joining_event(who, "joining_received", None, Vec::new())]).await?;
        Ok(Joining::Received)
    }

    /// The permission, or the refusal written.
    pub(super) async fn may_join_records(
        &self,
        who: &SignedIn,
        permission: Permission,
    ) -> Result<(), JoinError> {
        if who.may(permission) {
            return Ok(());
        }
        self.not_joined(who, "not_permitted", JoinError::Forbidden).await
    }
}
