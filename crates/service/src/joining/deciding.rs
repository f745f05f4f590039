//! Carrying out what was decided, for an administrator and for the protected desk alike: nothing is done unless everything it
//! was decided on still stands when it is written.

use directory::{ChildNumber, MatchBasis};
use store::pending_acts::{self, ActRow, ActState};
use store::reviews::{self, ReviewRow, ReviewState};
use store::{Tx, locks};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::acts::{ActContent, Done};
use super::eligible::Desk;
use super::merging::Merge;
use super::{JoinError, JoiningRequest, joining_event};
use crate::barrier::Bar;
use crate::identities::seal_event;
use crate::journal::JournalEntry;
use crate::records::OpenChild;
use crate::session::SignedIn;
use crate::shielding::TRIES;
use crate::trail::Event;
use crate::{Directory, ErrorKind, ServiceError};

/// Who decides, and what is settled with it.
pub(super) struct Decider<'a> {
    pub(super) who: &'a SignedIn,
    pub(super) desk: Desk,
    /// Everybody who decided.
    pub(super) by: Vec<Uuid>,
    pub(super) basis: MatchBasis,
    /// The request that is answered by it, as it becomes.
    pub(super) request: Option<ActRow>,
    /// The case that is answered by it.
    pub(super) review: Option<ReviewRow>,
    /// What was written of it to the journal so far, by the entries' numbers.
    pub(super) journalled: Mutex<Vec<i64>>,
}

/// What was done.
pub(super) struct Carried {
    pub(super) act: Uuid,
    pub(super) number: Option<ChildNumber>,
}

impl Decider<'_> {
    /// The entry of what was decided. What the protected desk does is found by no child.
    pub(super) fn event(&self, change: &str, child: Uuid, others: Vec<Uuid>) -> Event {
        match self.desk {
            Desk::Authority => joining_event(self.who, change, Some(child), others),
            Desk::Protected => seal_event(self.who, change),
        }
    }
}

pub(super) fn busy() -> JoinError {
    ServiceError::new(ErrorKind::Busy, "a child's record kept changing; try again").into()
}

impl Directory {
    /// Carries a request out. Nothing when it is about a record on which this desk does not decide. What was refused, or came
    /// second, is done by no replay of the journal either (decision 3).
    pub(super) async fn carry_out_joining(
        &self,
        decider: &Decider<'_>,
        request: &JoiningRequest,
    ) -> Result<Option<Carried>, JoinError> {
        let carried = self.do_joining(decider, request).await;
        let stands = match &carried {
            Ok(carried) => carried.is_some(),
            // Whether it was written is not known: by two it was decided.
            Err(JoinError::Service(fault)) => fault.kind() != ErrorKind::Busy,
            Err(_) => false,
        };
        if !stands {
            let journalled = std::mem::take(&mut *decider.journalled.lock().await);
            self.void_in_journal(&journalled).await?;
        }
        carried
    }

    /// Writes to the journal what is about to be done.
    pub(super) async fn journal_joining(
        &self,
        decider: &Decider<'_>,
        entry: &JournalEntry<'_>,
    ) -> Result<(), ServiceError> {
        let number = self.journal(entry).await?;
        decider.journalled.lock().await.push(number);
        Ok(())
    }

    async fn do_joining(
        &self,
        decider: &Decider<'_>,
        request: &JoiningRequest,
    ) -> Result<Option<Carried>, JoinError> {
        match request {
            JoiningRequest::Join { survivor, other } => self.join(decider, survivor, other).await,
            JoiningRequest::TakeApart { number, records } => self.take_apart(decider, number, records).await,
            JoiningRequest::KeepApart { one, other } => self.keep_two_apart(decider, one, other).await,
            JoiningRequest::Confirm { number, record } => self.confirm(decider, number, *record).await,
            JoiningRequest::Undo { act } => self.undo(decider, *act).await,
        }
    }

    /// The records of two numbers, if this desk decides about both and answers for one of them.
    pub(super) async fn both(
        &self,
        decider: &Decider<'_>,
        one: &ChildNumber,
        other: &ChildNumber,
    ) -> Result<Option<(OpenChild, OpenChild)>, JoinError> {
        let one = self.decidable(decider.who, decider.desk, one).await?;
        let other = self.decidable(decider.who, decider.desk, other).await?;
        let (Some(one), Some(other)) = (one, other) else { return Ok(None) };
        if !self.is_theirs(decider, &[&one, &other]) {
            return Ok(None);
        }
        self.not_of_own_family(decider.who, &[&one, &other]).await?;
        if one.row.child_id == other.row.child_id {
            return self.not_joined(decider.who, "same_record", JoinError::SameRecord).await;
        }
        Ok(Some((one, other)))
    }

    /// Whether the records are this person's to decide about: the protected desk decides about whatever is asked of it.
    pub(super) fn is_theirs(&self, decider: &Decider<'_>, records: &[&OpenChild]) -> bool {
        decider.desk == Desk::Protected || Self::is_of_own_authority(decider.who, records)
    }

    async fn join(
        &self,
        decider: &Decider<'_>,
        survivor: &ChildNumber,
        other: &ChildNumber,
    ) -> Result<Option<Carried>, JoinError> {
        let act = self.drawn_id();
        for attempt in 0..TRIES {
            let Some((into, from)) = self.both(decider, survivor, other).await? else { return Ok(None) };
            match self.is_barred(&mut self.store.reader().await?, &into, &from).await? {
                Some(Bar::Sealed) => return Ok(None),
                Some(Bar::Apart) => {
                    return self.not_joined(decider.who, "kept_apart", JoinError::KeptApart).await;
                }
                None => {}
            }
            let (to, gone) = (into.row.child_id, from.row.child_id);
            let requests = self.requests_following(&[gone], to).await?;
            if attempt == 0 {
                let decided = &self.decided(decider);
                self.journal_joining(
                    decider,
                    &JournalEntry::Joined { joining: act, into: to, from: gone, decided },
                )
                .await?;
            }
            let merge = Merge {
                act,
                by: decider.one_person(),
                into: &into,
                from: &from,
                requests: requests.iter().map(|row| row.act_id).collect(),
                returns: false,
            };
            let mut rng = self.world.chance.generator();
            let mut tx = self.begin_decided(&[&into, &from]).await?;
            if !self.write_merge(&mut tx, &merge, &mut rng).await? {
                tx.rollback().await?;
                continue;
            }
            let done = Done::Joined { into: to, from: gone };
            let event = decider.event("records_joined", to, vec![gone]);
            if self.finish_joining(tx, decider, (act, done), requests, event).await? {
                return Ok(Some(Carried { act, number: None }));
            }
        }
        Err(busy())
    }

    /// Begins to write about these children. What a shielded one shares becomes protected, or stays so: whoever comes in
    /// meanwhile is either seen here or sees what is written here (law 3).
    pub(super) async fn begin_decided(&self, opened: &[&OpenChild]) -> Result<Tx, ServiceError> {
        let mut tx = self.store.begin().await?;
        if opened.iter().any(|open| open.profile.is_shielded()) {
            let rows =
                opened.iter().flat_map(|open| self.protection_rows_of(open.row.child_id, &open.records));
            let mut keys: Vec<store::Key16> = rows.map(|row| row.key_hash).collect();
            keys.sort_unstable();
            keys.dedup();
            locks::lock_keys(&mut tx, &keys).await?;
        }
        Ok(tx)
    }

    /// Writes the act and whatever is settled with it, and commits. False when something of it was changed meanwhile.
    pub(super) async fn finish_joining(
        &self,
        mut tx: Tx,
        decider: &Decider<'_>,
        (act, done): (Uuid, Done),
        requests: Vec<ActRow>,
        event: Event,
    ) -> Result<bool, JoinError> {
        let content =
            ActContent { basis: decider.basis, by: decider.by.clone(), done, undone_by: Vec::new() };
        let row = self.act_row(decider.who, act, &content).await?;
        pending_acts::insert(&mut tx, &row).await?;
        self.settle_with(tx, decider, requests, event).await
    }

    /// The same for an act that is undone: its row stays, and says so.
    pub(super) async fn finish_undone(
        &self,
        mut tx: Tx,
        decider: &Decider<'_>,
        (row, content): (&ActRow, &ActContent),
        requests: Vec<ActRow>,
        event: Event,
    ) -> Result<bool, JoinError> {
        let content = ActContent { undone_by: decider.by.clone(), ..content.clone() };
        let sealed = self.sealed_joining(row.act_id, &content).await?;
        let row = ActRow { state: ActState::Withdrawn, sealed, ..row.clone() };
        if !pending_acts::replace(&mut tx, &row).await? {
            tx.rollback().await?;
            return Err(JoinError::Changed);
        }
        self.settle_with(tx, decider, requests, event).await
    }

    async fn settle_with(
        &self,
        mut tx: Tx,
        decider: &Decider<'_>,
        requests: Vec<ActRow>,
        event: Event,
    ) -> Result<bool, JoinError> {
        for row in &requests {
            // One of an earlier version is replaced, one that is new is added.
            let written = match pending_acts::by_id(&mut tx, row.act_id).await? {
                Some(_) => pending_acts::replace(&mut tx, row).await?,
                None => {
                    pending_acts::insert(&mut tx, row).await?;
                    true
                }
            };
            if !written {
                tx.rollback().await?;
                return Ok(false);
            }
        }
        if let Some(request) = &decider.request
            && !pending_acts::replace(&mut tx, request).await?
        {
            tx.rollback().await?;
            return Err(JoinError::Changed);
        }
        if let Some(review) = &decider.review
            && !reviews::close(&mut tx, review.review_id, ReviewState::Decided, &review.sealed).await?
        {
            tx.rollback().await?;
            return Err(JoinError::Changed);
        }
        self.commit_with(tx, vec![event]).await?;
        Ok(true)
    }
}

impl Decider<'_> {
    /// Who decided it, where that was one person.
    pub(super) fn one_person(&self) -> Option<Uuid> {
        match self.by.as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }
}
