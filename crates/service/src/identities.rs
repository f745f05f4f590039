//! Keeping two identities of one person apart (law 5, rules 10.12, 10.13, decision 12): an act of two people, for good.
//!
//! One person proposes to which identity each source record belongs, another decides. What is decided becomes an
//! [`order::SealOrder`]: it goes to the journal and is carried out, and a replay after a restore carries out the same
//! one. The proposal is a row of `pending_act` that says in the clear only that there is one; once it is decided, nothing of
//! the two children is left in it.

pub(crate) mod carrying_out;
mod deciding;
pub(crate) mod order;
pub(crate) mod placing;
mod proposing;
mod repointing;
mod rewriting;
mod showing;
pub(crate) mod words;

use std::collections::BTreeMap;

use audit::{Action, ChangeDetail, Detail};
use directory::ChildNumber;
use directory::access::Permission;
use directory::disclosure::PlacingView;
use directory::identities::{CutOver, SealKind, Side};
use guards::Guard;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::pending_acts::{self, ActRow};
use store::{Key16, links, organisations, source_records};
use uuid::Uuid;

use crate::accounts::standing;
use crate::audit_reading::AccountLabel;
use crate::proposers::ProposerMayNot;
use crate::records::OpenChild;
use crate::retention::answers_for;
use crate::session::SignedIn;
use crate::sign_in::StepUpFirst;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How acts of this kind are marked.
pub(crate) const SEAL: &str = "seal";

/// The sealed parts are padded to this many bytes, so that their length does not tell how many records there are.
const ACT_BLOCK: usize = 4096;

/// How many proposals a desk looks at.
const LISTED: i64 = 500;

/// Which source records belong to which of the two identities, by (source's name, the source's own id of the record).
#[derive(Debug, Clone)]
pub struct SealProposal {
    /// Why.
    pub kind: SealKind,
    /// Records of the identity that is closed.
    pub former: Vec<(String, String)>,
    /// Records of the identity that goes on, under a new number.
    pub current: Vec<(String, String)>,
    /// Records with which their source went on, and the day from which their statements are of the current identity.
    pub from: Vec<(String, String, Date)>,
}

impl Default for SealProposal {
    fn default() -> Self {
        Self { kind: SealKind::Adoption, former: Vec::new(), current: Vec::new(), from: Vec::new() }
    }
}

/// A proposal as a page hands it in: every record that is linked to the children concerned, with its cut-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealRequest {
    /// Why.
    pub kind: SealKind,
    /// Each record and to which identity it belongs.
    pub records: Vec<(Uuid, CutOver)>,
}

/// A record as the desk sees it while it decides to whom it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealRecord {
    /// What it says of whose it is.
    pub sent: PlacingView,
    /// What is proposed of it.
    pub cut_over: Option<CutOver>,
}

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealStage {
    /// It waits for the second person.
    ToDecide,
    /// The identities are kept apart.
    Sealed,
    /// The second person did not agree, or the records were no more those that were decided on.
    Declined,
}

/// A line of the list of proposals. It names no child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealLine {
    /// The proposal.
    pub id: Uuid,
    /// The day on which it was made.
    pub since: Timestamp,
    /// Why.
    pub kind: SealKind,
    /// Who proposed it.
    pub by: Option<AccountLabel>,
    /// Where it stands.
    pub stage: SealStage,
    /// Whether this person can decide it.
    pub may_decide: bool,
}

/// A proposal, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealView {
    /// Its line.
    pub line: SealLine,
    /// Every record, while it waits.
    pub records: Vec<SealRecord>,
}

/// Why two identities were not sealed, or nothing was shown.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The person's roles do not allow it.
    #[error("this account may not propose or decide that identities are kept apart")]
    Forbidden,
    /// One person for both.
    #[error("a seal is approved by another person than its proposer")]
    OnePerson,
    /// No child has one of the numbers.
    #[error("there is no child with the number given as number {position}; check it on the child's record")]
    NoSuchChild {
        /// Its place in the list, from 1.
        position: usize,
    },
    /// No such proposal, or none within this person's reach.
    #[error("there is no such proposal")]
    NotFound,
    /// It was decided.
    #[error("this proposal is decided; look at it again")]
    Moment,
    /// A record is not held.
    #[error(
        "the source {source_name} holds no record with the identifier given as number {position}; check the list"
    )]
    UnknownRecord {
        /// The source.
        source_name: String,
        /// Its place in the lists, from 1.
        position: usize,
    },
    /// Records of the same children that are on neither list.
    #[error("{count} more records are linked to these children; name each of them on one side")]
    Unassigned {
        /// How many.
        count: usize,
    },
    /// A side is empty, or a record is on both.
    #[error("each side needs at least one record, and no record may be on both")]
    Sides,
    /// A record's statement is of the very day of its cut-over.
    #[error(
        "the statement of record {position} is of the very day given for it; say to which identity it belongs instead"
    )]
    VeryDay {
        /// Its place in the list, from 1.
        position: usize,
    },
    /// The records are not those that were decided on.
    #[error("the records of these children have changed since this was proposed; propose it anew")]
    RecordsChanged,
    /// Who proposed it may not any more.
    #[error(transparent)]
    ProposerMayNot(#[from] ProposerMayNot),
    /// Somebody else decided it meanwhile.
    #[error("somebody else changed this proposal meanwhile; look at it again")]
    Changed,
    /// The person must prove afresh who they are.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
    /// The system failed; nothing was sealed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for SealError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// What the row of a proposal holds, sealed.
#[derive(Clone, Serialize, Deserialize)]
struct Content {
    kind: SealKind,
    by: Uuid,
    at: i64,
    /// The child that would go on, and its number: drawn once, so that a decision that is tried twice does one thing.
    becomes: Option<(Uuid, ChildNumber)>,
    /// Empty once it is decided: from then on nothing here leads to either child.
    records: Vec<Proposed>,
}

impl Content {
    /// What is kept once it is decided.
    fn decided(&self) -> Self {
        Self { becomes: None, records: Vec::new(), ..self.clone() }
    }
}

/// One record, in the version on which it was proposed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Proposed {
    record: Uuid,
    version: i64,
    cut: CutOver,
}

/// The children concerned, and what was said of each of their records.
struct Gathered {
    children: Vec<OpenChild>,
    proposed: Vec<Proposed>,
}

impl Directory {
    /// Proposes and decides in one: both people are there. Returns the number of the identity that goes on.
    ///
    /// # Errors
    ///
    /// [`SealError`].
    pub async fn seal_identities(
        &self,
        proposer: &SignedIn,
        approver: &SignedIn,
        proposal: &SealProposal,
    ) -> Result<ChildNumber, SealError> {
        self.may_seal(proposer, Permission::ProposeSeal).await?;
        self.may_seal(approver, Permission::ApproveSeal).await?;
        let request = self.named(proposal).await?;
        let id = Box::pin(self.propose_seal(proposer, &request)).await?;
        Box::pin(self.decide_seal(approver, id, true)).await?.ok_or(SealError::Moment)
    }

    /// The numbers of the children that named records are linked to, each once: (source's name, its id of the record).
    ///
    /// # Errors
    ///
    /// [`SealError::UnknownRecord`], or the system's.
    pub async fn numbers_of_records(
        &self,
        named: &[(String, String)],
    ) -> Result<Vec<ChildNumber>, SealError> {
        let mut children: Vec<Uuid> = Vec::new();
        for (at, (source, local_id)) in named.iter().enumerate() {
            let (record, _) = self.record_named(source, local_id, at + 1).await?;
            let linked = links::children_of(&mut self.store.reader().await?, &[record]).await?;
            children.extend(linked.into_iter().map(|(_, child)| child));
        }
        children.sort_unstable();
        children.dedup();
        Ok(self.open_children(&children).await?.into_iter().map(|child| child.profile.number).collect())
    }

    /// A proposal by names as one by records.
    async fn named(&self, proposal: &SealProposal) -> Result<SealRequest, SealError> {
        let whole =
            |side| move |(source, id): &(String, String)| (source.clone(), id.clone(), CutOver::All(side));
        let dated =
            proposal.from.iter().map(|(source, id, from)| (source.clone(), id.clone(), CutOver::From(*from)));
        let former = proposal.former.iter().map(whole(Side::Former));
        let all = former.chain(proposal.current.iter().map(whole(Side::Current))).chain(dated);
        let mut records = Vec::new();
        for (at, (source, id, cut)) in all.enumerate() {
            records.push((self.record_named(&source, &id, at + 1).await?.0, cut));
        }
        Ok(SealRequest { kind: proposal.kind, records })
    }

    /// A record by its source's name and own id, with its version.
    async fn record_named(
        &self,
        source_name: &str,
        local_id: &str,
        position: usize,
    ) -> Result<(Uuid, i64), SealError> {
        let unknown = || SealError::UnknownRecord { source_name: source_name.to_owned(), position };
        let sources = self.sources().await?;
        let source = sources.values().find(|row| row.name == source_name).ok_or_else(unknown)?;
        let key: Key16 = self.local_key(source.source_id, local_id);
        let mut conn = self.store.reader().await?;
        let rows = source_records::digests(&mut conn, source.source_id, &[key]).await?;
        rows.first().map(|row| (row.record_id, row.version)).ok_or_else(unknown)
    }

    /// The children that these records are linked to, and every record of theirs with what was said of it.
    async fn gather(&self, said: &[(Uuid, CutOver)]) -> Result<Gathered, SealError> {
        let cuts: BTreeMap<Uuid, CutOver> = said.iter().copied().collect();
        if cuts.len() != said.len() {
            return Err(SealError::Sides);
        }
        let ids: Vec<Uuid> = cuts.keys().copied().collect();
        let linked = links::children_of(&mut self.store.reader().await?, &ids).await?;
        let mut children: Vec<Uuid> = linked.into_iter().map(|(_, child)| child).collect();
        children.sort_unstable();
        children.dedup();
        let children = self.open_children(&children).await?;
        let mut proposed = Vec::new();
        let (mut unassigned, mut sides) = (0, std::collections::BTreeSet::new());
        for record in children.iter().flat_map(|child| &child.records) {
            let id = record.row.record_id;
            let Some(cut) = cuts.get(&id).copied() else {
                unassigned += 1;
                continue;
            };
            let position = said.iter().position(|(said, _)| *said == id).map_or(1, |at| at + 1);
            sides.insert(cut.side_of(record.content.effective_at).ok_or(SealError::VeryDay { position })?);
            proposed.push(Proposed { record: id, version: record.row.version, cut });
        }
        if unassigned > 0 {
            return Err(SealError::Unassigned { count: unassigned });
        }
        if sides.len() != 2 || proposed.len() != cuts.len() {
            return Err(SealError::Sides);
        }
        proposed.sort_unstable();
        Ok(Gathered { children, proposed })
    }

    /// A proposal that this person reaches with the permission, opened; otherwise the refusal is written.
    async fn proposal_within(
        &self,
        who: &SignedIn,
        id: Uuid,
        permission: Permission,
    ) -> Result<(ActRow, Content), SealError> {
        let mut conn = self.store.reader().await?;
        let row = pending_acts::by_id(&mut conn, id).await?.filter(|row| row.kind == SEAL);
        let at = match &row {
            Some(row) => organisations::by_id(&mut conn, row.organisation_id).await?,
            None => None,
        };
        drop(conn);
        let today = self.today();
        let reached = at.is_some_and(|at| who.may_at(permission, &standing(&at, today)));
        match row.filter(|_| reached) {
            Some(row) => {
                let content: Option<Content> = self.open_act(&row).await?;
                match content {
                    Some(content) if self.is_theirs_to_seal(who, permission, &content).await? => {
                        Ok((row, content))
                    }
                    _ => self.no_seal(who, "not_within_reach", SealError::NotFound).await,
                }
            }
            None => self.no_seal(who, "not_within_reach", SealError::NotFound).await,
        }
    }

    /// Whether this person may be shown which records a child has: of a protected child, whom no page places, only who is of the
    /// desk of the authority that answers for it, and of one whose shield bars them never (law 3).
    fn may_list_records(who: &SignedIn, open: &OpenChild) -> bool {
        let theirs = !open.profile.is_protected() || answers_for(who, Permission::ApproveSeal, open);
        (theirs || !Guard::OwnDesk.stands()) && !who.is_barred_by(&open.profile)
    }

    /// Whether this person may see a proposal, which says of two identities that they are one person: who made it, and who
    /// decides.
    fn may_see_proposal(who: &SignedIn, content: &Content) -> bool {
        content.by == who.account || who.may(Permission::ApproveSeal)
    }

    /// Whether this person may seal identities of these children: each may be shown to them, and for one of them their own
    /// authority answers, or nobody does (rule 5.8). An adopted child may have been another authority's before.
    fn may_seal_records(who: &SignedIn, permission: Permission, children: &[OpenChild]) -> bool {
        let theirs = children.iter().any(|open| answers_for(who, permission, open));
        (theirs || !Guard::OwnDesk.stands()) && children.iter().all(|open| Self::may_list_records(who, open))
    }

    /// The children that the records of a proposal are linked to now.
    async fn children_concerned(&self, content: &Content) -> Result<Vec<Uuid>, ServiceError> {
        let ids: Vec<Uuid> = content.records.iter().map(|one| one.record).collect();
        let linked = links::children_of(&mut self.store.reader().await?, &ids).await?;
        let mut children: Vec<Uuid> = linked.into_iter().map(|(_, child)| child).collect();
        children.sort_unstable();
        children.dedup();
        Ok(children)
    }

    /// Whether this person may go on with a proposal about the children that these records are linked to now.
    async fn is_theirs_to_seal(
        &self,
        who: &SignedIn,
        permission: Permission,
        content: &Content,
    ) -> Result<bool, ServiceError> {
        if content.records.is_empty() {
            return Ok(true);
        }
        let opened = self.open_children(&self.children_concerned(content).await?).await?;
        // Of records that nobody can read any more the decision says that they have changed.
        Ok(opened.is_empty() || Self::may_seal_records(who, permission, &opened))
    }

    /// The permission, or the refusal written.
    async fn may_seal(&self, who: &SignedIn, permission: Permission) -> Result<(), SealError> {
        if who.may(permission) {
            return Ok(());
        }
        self.no_seal(who, "not_permitted", SealError::Forbidden).await
    }

    /// Writes that a step was refused, and refuses it.
    async fn no_seal<T>(&self, who: &SignedIn, why: &str, error: SealError) -> Result<T, SealError> {
        self.record(seal_event(who, &format!("seal_not_done:{why}"))).await?;
        Err(error)
    }
}

/// An entry of an act about two identities. It concerns no child that could be looked up: an entry that is found under both
/// would be a pointer from one to the other (law 5).
pub(crate) fn seal_event(who: &SignedIn, change: &str) -> Event {
    let detail = ChangeDetail { change: change.to_owned(), ..ChangeDetail::default() };
    Event::new(Action::RecordChanged, Detail::Change(detail)).by(who)
}
