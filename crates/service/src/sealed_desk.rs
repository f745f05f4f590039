//! The sealed desk (decisions 11, 12): records that are held because they may belong to one of two sealed identities, name
//! both, or are near a shielded child (rule 10.11). One person proposes to whom a record belongs, another decides. No other
//! queue ever holds one of them.
//!
//! The desk sees what the record itself says of the child, and of each child it may belong to only what kind of identity that
//! is. It sees none of their values, nor where anybody is: what would be printed here is what the seal and the shield keep
//! from everybody, and the file on the desk says it better (laws 3, 5).

mod deciding;
mod home;
mod listing;
pub(crate) mod order;
pub(crate) mod probing;
mod reach;
pub(crate) mod releasing;
mod showing;
mod waiting;

use std::collections::{HashMap, HashSet};

use directory::Seal;
use directory::access::Permission;
use directory::disclosure::HeldRecordView;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use store::parted_keys;
use store::pending_acts::{self, ActRow, ActState};
use store::reviews::{self, Desk, ReviewRow, ReviewState};
use store::source_records::{self, RecordState};
use uuid::Uuid;
use vault::Aad;

pub(crate) use self::home::Home;
use self::order::{ReleaseOrder, Released};

use crate::audit_reading::AccountLabel;
use crate::proposers::ProposerMayNot;
use crate::records::{OpenChild, OpenRecord};
use crate::session::SignedIn;
use crate::sign_in::StepUpFirst;
use crate::{Directory, ServiceError};

/// How acts of this kind are marked.
pub(crate) const RELEASE: &str = "release";

/// The sealed parts are padded to this many bytes.
const ACT_BLOCK: usize = 1024;

/// How many cases are looked at: of the whole country, for whose a case is does not stand in the clear. One that fell off would
/// be one that nobody does.
const LISTED: i64 = 5_000;

/// To whom a held record belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldTo {
    /// To the child at this place of the list of candidates, from 0.
    Candidate(usize),
    /// To none of them: it is a different child.
    Different,
}

/// What two people decide about a held record. Where the child would stand in the open at a protected home, they say whether
/// it is shielded (law 3); elsewhere there is nothing to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldChoice {
    /// It belongs to the child at this place of the list of candidates, from 0.
    Candidate(usize),
    /// It belongs to a different child.
    Different,
    /// It belongs to this child, who is shielded with the protected home from the same moment on.
    Shielded(HeldTo),
    /// It belongs to this child, who is not shielded: whoever finds it finds the home too.
    InTheOpen(HeldTo),
}

/// What kind of identity a candidate is. No value of it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CandidateKind {
    /// The record that a person of two identities has now.
    Present,
    /// The one that was closed.
    Sealed,
    /// A child whose whereabouts are hidden.
    Shielded,
    /// A child that is held itself.
    Held,
    /// Another child.
    Other,
}

/// A line of the desk's list. It names no child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldLine {
    /// The case.
    pub id: Uuid,
    /// The month since which it is held: a finer time would date a seal.
    pub since: String,
    /// What is proposed waits for the second person.
    pub proposed: bool,
    /// Whether this person can go on with it.
    pub can_go_on: bool,
}

/// A case, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldView {
    /// Its line.
    pub line: HeldLine,
    /// What the record says of whose it is.
    pub record: HeldRecordView,
    /// Whether its source had sent it before; then the change is what is held.
    pub changed: bool,
    /// The children it may belong to.
    pub candidates: Vec<CandidateKind>,
    /// Whether it lies at a protected home: it shares the address or a carer with a shielded child, or the address is a
    /// protected place. Whose home it is is not told.
    pub at_protected_home: bool,
    /// The children of whom a choice must say whether they are shielded too.
    pub asked_about: Vec<HeldTo>,
    /// What is proposed, and by whom.
    pub proposal: Option<(HeldChoice, Option<AccountLabel>)>,
    /// Whether this person may propose now.
    pub may_propose: bool,
    /// Whether this person may decide now.
    pub may_decide: bool,
}

/// Why nothing was decided or shown.
#[derive(Debug, thiserror::Error)]
pub enum HeldError {
    /// The person's roles do not allow it.
    #[error("this account does not work at the sealed desk")]
    Forbidden,
    /// No such case, or it is settled.
    #[error("there is no such case, or its source has settled it")]
    NotFound,
    /// Something is proposed already, or nothing is.
    #[error("this cannot be done with the case as it stands; look at it again")]
    Moment,
    /// One person for both.
    #[error("a release is decided by another person than its proposer")]
    OnePerson,
    /// There is no such candidate.
    #[error("choose one of those listed, or that it is a different child")]
    NoSuchCandidate,
    /// Where a shielded child lives would show, and it was not said whether that is meant.
    #[error("this record lies at a protected home; say whether the child is shielded too")]
    AtProtectedHome,
    /// Nothing is protected where it lies, or the child is shielded: there is nothing to say.
    #[error("no protected home shows by this choice any more; look at the case again")]
    AtNoProtectedHome,
    /// The record's own name or address belongs to the other identity.
    #[error(
        "this record's own name or address belongs to the other identity, so it cannot stand there; ask its source to \
         correct it, or choose the other one"
    )]
    SaysTheOther,
    /// Who proposed it may not any more.
    #[error(transparent)]
    ProposerMayNot(#[from] ProposerMayNot),
    /// Somebody else changed it meanwhile.
    #[error("somebody else changed this case meanwhile; look at it again")]
    Changed,
    /// The person must prove afresh who they are.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
    /// The system failed; nothing was decided.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for HeldError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// What the loader wrote of a held record; the rest of it is not needed here.
#[derive(Deserialize)]
struct Question {
    record: Uuid,
    #[serde(default)]
    near: Vec<Uuid>,
    #[serde(default)]
    asked: Vec<Candidate>,
}

#[derive(Deserialize)]
struct Candidate {
    candidate: Uuid,
}

/// What a proposal's row holds, sealed.
#[derive(Clone, Serialize, Deserialize)]
struct Content {
    review: Uuid,
    by: Uuid,
    choice: HeldChoice,
    /// What would be done; gone once it is decided.
    order: Option<ReleaseOrder>,
}

/// A case that still waits.
struct Case {
    row: ReviewRow,
    record: OpenRecord,
    /// The child it is linked to now.
    child: OpenChild,
    /// The children it may belong to, by their ids: also who cannot be read.
    near: Vec<Uuid>,
    candidates: Vec<OpenChild>,
    /// What is protected where the records lie that would be released.
    home: Home,
    proposal: Option<(ActRow, Content)>,
}

impl Case {
    /// Whether the record opened the child it is linked to; otherwise a change of a known record is held.
    fn is_first_sighting(&self) -> bool {
        self.record.row.state == RecordState::Live
    }

    /// The child to whom the record belongs by this order.
    fn child_of(&self, order: &ReleaseOrder) -> Uuid {
        match &order.to {
            Released::Child(child) => *child,
            Released::Own(..) if self.is_first_sighting() => self.child.row.child_id,
            Released::Own(child, _) => *child,
        }
    }

    fn line(&self, who: &SignedIn) -> HeldLine {
        let proposer = self.proposal.as_ref().map(|(_, content)| content.by);
        HeldLine {
            id: self.row.review_id,
            since: self.row.opened_month.clone(),
            proposed: proposer.is_some(),
            can_go_on: proposer != Some(who.account),
        }
    }
}

fn kind_of(child: &OpenChild) -> CandidateKind {
    match child.profile.seal {
        Seal::FormerIdentity => CandidateKind::Sealed,
        Seal::NewIdentity => CandidateKind::Present,
        Seal::None if child.profile.is_shielded() => CandidateKind::Shielded,
        Seal::None if child.profile.held => CandidateKind::Held,
        Seal::None => CandidateKind::Other,
    }
}

impl Directory {
    /// The cases that still wait at a desk of this person's, or one of them.
    async fn cases(&self, who: &SignedIn, only: Option<Uuid>) -> Result<Vec<Case>, ServiceError> {
        let mut conn = self.store.reader().await?;
        let rows = match only {
            Some(id) => reviews::by_id(&mut conn, id).await?.into_iter().collect(),
            None => {
                let national = directory::accountable_authority::NATIONAL;
                reviews::open(&mut conn, Desk::Protected, national, LISTED).await?
            }
        };
        let acts = pending_acts::within(&mut conn, RELEASE, ActState::Open, 0, "", LISTED).await?;
        drop(conn);
        let mut proposals: HashMap<Uuid, (ActRow, Content)> = HashMap::new();
        for (act, content) in self.open_acts::<Content>(acts).await? {
            proposals.insert(content.review, (act, content));
        }
        let mut cases = Vec::new();
        let waits = |row: &ReviewRow| row.desk == Desk::Protected && row.state == ReviewState::Open;
        // A record that is held, put right and held again has several cases: one of them is enough.
        let mut listed: HashSet<Uuid> = HashSet::new();
        for row in rows.into_iter().filter(waits) {
            let proposal = proposals.remove(&row.review_id);
            let case = self.case(row, proposal).await?;
            let case = match case {
                Some(case) if self.waits_for_a_hold(&case.near, &case.candidates).await? => None,
                case => case,
            };
            let theirs = case.filter(|case| case.desk_of(who).is_some());
            cases.extend(theirs.filter(|case| listed.insert(case.record.row.record_id)));
        }
        Ok(cases)
    }

    /// One case; nothing when its record is held no more: its source put it right, or it was destroyed.
    async fn case(
        &self,
        row: ReviewRow,
        proposal: Option<(ActRow, Content)>,
    ) -> Result<Option<Case>, ServiceError> {
        let Some(question) = self.open_review::<Question>(&row).await? else { return Ok(None) };
        let mut conn = self.store.reader().await?;
        let found = source_records::by_ids(&mut conn, &[question.record]).await?.pop();
        let Some((record, child)) = found.and_then(|found| Some((found.record, found.child_id?))) else {
            return Ok(None);
        };
        let wrapped = self.wrapped_bundles(&[question.record]).await?;
        if !wrapped.contains_key(&question.record) {
            return Ok(None);
        }
        let record = self.open_source_record(record, &wrapped)?;
        // What it said before may go on standing; what is decided about is what waits beside it.
        let record = self.as_said_last(&mut conn, record).await?;
        drop(conn);
        let Some(child) = self.open_children(&[child]).await?.pop() else { return Ok(None) };
        let held = match record.row.state {
            RecordState::Withheld => true,
            RecordState::Live => child.profile.held,
            RecordState::Ended => false,
        };
        if !held {
            return Ok(None);
        }
        let asked = question.asked.iter().map(|asked| asked.candidate);
        let mut near: Vec<Uuid> = question.near.into_iter().chain(asked).collect();
        let own = child.row.child_id;
        near.retain(|candidate| *candidate != own || record.row.state == RecordState::Withheld);
        if record.row.state == RecordState::Withheld {
            near.push(own);
        }
        near.sort_unstable();
        near.dedup();
        let candidates = self.open_children(&near).await?;
        // Whoever joined a held child meanwhile goes with the record that opened it.
        let home = match record.row.state {
            RecordState::Live => self.home_of(&child.records, Some(own)).await?,
            RecordState::Ended | RecordState::Withheld => {
                self.home_of(std::slice::from_ref(&record), None).await?
            }
        };
        Ok(Some(Case { row, record, child, near, candidates, home, proposal }))
    }

    /// What is asked in a case; nothing when its key was destroyed: it was answered, or its record is gone.
    pub(crate) async fn open_review<T: DeserializeOwned>(
        &self,
        row: &ReviewRow,
    ) -> Result<Option<T>, ServiceError> {
        let id = row.review_id;
        let wrapped = self.wrapped_bundles(&[id]).await?;
        let Some((generation, bytes)) = wrapped.get(&id) else {
            let destroyed = parted_keys::destroyed(&mut self.store.key_reader().await?, &[id]).await?;
            return match destroyed.is_empty() {
                true => Err(ServiceError::internal("a case's key is missing")),
                false => Ok(None),
            };
        };
        let bundle = self.keys.unwrap(row.review_id, *generation, bytes)?;
        let key = bundle.key(0).ok_or_else(|| ServiceError::internal("a case's key is gone"))?;
        let plain = vault::open(key, Aad::new(row.review_id, 0), &row.sealed)?;
        serde_json::from_slice(&plain).map(Some).map_err(ServiceError::internal)
    }

    /// The desk's permission, or the refusal written.
    async fn at_the_sealed_desk(&self, who: &SignedIn) -> Result<(), HeldError> {
        if who.may(Permission::ApproveSeal) {
            return Ok(());
        }
        self.not_released(who, "not_permitted", HeldError::Forbidden).await
    }

    /// Writes that a step was refused, and refuses it.
    async fn not_released<T>(&self, who: &SignedIn, why: &str, error: HeldError) -> Result<T, HeldError> {
        self.record(crate::identities::seal_event(who, &format!("held_not_released:{why}"))).await?;
        Err(error)
    }
}
