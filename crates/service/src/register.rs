//! The register of disclosures outside the access rules (rule 2.19): one manager proposes, another decides, and what left
//! is recorded. Nothing leaves through it. Each entry has keys of its own, so that it can be destroyed by itself.

mod ending;
mod retrieving;

pub use retrieving::{RetrievalLine, RetrievalStage, RetrievedRecord};

use std::collections::BTreeSet;

use audit::{Action, ChangeDetail, Detail, ExportDetail};
use directory::ChildNumber;
use directory::access::{DangerousAct, HeldRole, OrganisationStanding, Permission};
use directory::child_profile::Seal;
use directory::register::{
    BodyName, Decision, LegalBasis, Reference, RefusalReason, RegisterRule, RegisterState, ReleasedItem,
    RequesterKind, RequesterRole,
};
use jiff::Timestamp;
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use store::disclosure_register::{self as rows, RegisterRow};
use store::month_counts::MonthCountRow;
use store::{month_counts, organisations};
use uuid::Uuid;
use vault::{Aad, Bundle, DataKey};

use crate::accounts::standing;
use crate::audit_reading::AccountLabel;
use crate::proposers::ProposerMayNot;
use crate::session::SignedIn;
use crate::sign_in::StepUpFirst;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// What a manager proposes to disclose.
#[derive(Debug, Clone)]
pub struct DisclosureProposal {
    /// The child.
    pub number: ChildNumber,
    /// On which basis.
    pub basis: LegalBasis,
    /// What kind of body asks.
    pub requester: RequesterKind,
    /// Its name.
    pub body: BodyName,
    /// In which role a person of it asks.
    pub role: RequesterRole,
    /// The number under which the evidence is kept.
    pub reference: Reference,
    /// What is to be disclosed, by name.
    pub items: BTreeSet<ReleasedItem>,
}

/// What the other manager decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegisterDecision {
    /// It may be released.
    Approve,
    /// It may not, and why.
    Refuse(RefusalReason),
}

/// A line of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterLine {
    /// The entry.
    pub entry: Uuid,
    /// When it was proposed.
    pub opened_at: Timestamp,
    /// The code of the authority that discloses.
    pub authority: String,
    /// On which basis.
    pub basis: LegalBasis,
    /// What kind of body asks.
    pub requester: RequesterKind,
    /// Its name.
    pub body: BodyName,
    /// Where it stands.
    pub state: RegisterState,
}

/// One step of an entry's story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterStep {
    /// What it led to.
    pub state: RegisterState,
    /// When.
    pub at: Timestamp,
    /// Who; none once the account can no longer be named.
    pub by: Option<AccountLabel>,
}

/// An entry of the register, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterEntry {
    /// Its line.
    pub line: RegisterLine,
    /// In which role a person of the body asks.
    pub role: RequesterRole,
    /// The number under which the evidence is kept.
    pub reference: Reference,
    /// The child's number, while the directory holds one.
    pub child: Option<ChildNumber>,
    /// What was proposed.
    pub items: BTreeSet<ReleasedItem>,
    /// What left.
    pub released: BTreeSet<ReleasedItem>,
    /// Why it was refused.
    pub refusal: Option<RefusalReason>,
    /// What was done, in order.
    pub steps: Vec<RegisterStep>,
    /// Whether this person may decide it now: a manager there who did not propose it.
    pub may_decide: bool,
    /// Whether this person may record its release now.
    pub may_release: bool,
    /// Where its retrieval from the late archive stands; none where it asks for none.
    pub retrieval: Option<RetrievalStage>,
    /// Whether this person may open what was retrieved now.
    pub may_open: bool,
}

/// Why a step of the register was not taken, or nothing of it was shown.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The person's roles do not let them, or not there.
    #[error("this account may not use the register so")]
    Forbidden,
    /// No such entry, or one of an authority the person does not reach.
    #[error("there is no such entry in the register")]
    NotFound,
    /// No child has this number.
    #[error("there is no child with this number")]
    NoSuchChild,
    /// A rule of the register.
    #[error(transparent)]
    Rule(#[from] RegisterRule),
    /// Who proposed it was suspended or barred since.
    #[error(transparent)]
    ProposerMayNot(#[from] ProposerMayNot),
    /// Somebody else changed the entry meanwhile; nothing was written.
    #[error("somebody else changed this entry meanwhile; look at it again")]
    Changed,
    /// The person must prove afresh who they are.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
    /// The system failed; nothing was written.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for RegisterError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// What an entry's row holds, sealed. The child is a random id that leads to nothing once the child is destroyed.
#[derive(Serialize, Deserialize)]
struct Content {
    child: Uuid,
    basis: LegalBasis,
    requester: RequesterKind,
    body: BodyName,
    role: RequesterRole,
    reference: Reference,
    items: BTreeSet<ReleasedItem>,
    refusal: Option<RefusalReason>,
    released: Option<Release>,
    #[serde(default)]
    retrieval: Option<retrieving::Retrieval>,
}

/// What left, when, and who recorded it.
#[derive(Serialize, Deserialize)]
struct Release {
    items: BTreeSet<ReleasedItem>,
    at: i64,
    by: Uuid,
}

/// How many lines of each state a page shows.
const NEWEST: i64 = 100;

impl Directory {
    /// Proposes a disclosure at the authority where this person is a manager.
    ///
    /// # Errors
    ///
    /// [`RegisterError`].
    pub async fn propose_disclosure(
        &self,
        who: &SignedIn,
        proposal: DisclosureProposal,
    ) -> Result<Uuid, RegisterError> {
        let authority = keeper(who).ok_or(RegisterError::Forbidden)?;
        let decision = Decision::propose(who.account, proposal.items)?;
        let open = self.child_for(who, &proposal.number).await?;
        let child = open.ok_or(RegisterError::NoSuchChild)?.row.child_id;
        let register_id = vault::uuid_v4(self.world.chance.generator().random());
        let content = Content {
            child,
            basis: proposal.basis,
            requester: proposal.requester,
            body: proposal.body,
            role: proposal.role,
            reference: proposal.reference,
            items: decision.items,
            refusal: None,
            released: None,
            retrieval: None,
        };
        let row = RegisterRow {
            register_id,
            authority,
            state: rows::RegisterState::Proposed,
            opened_at: self.world.now().as_microsecond(),
            proposed_by: who.account,
            decided_by: None,
            decided_at: None,
            version: 1,
            sealed: self.seal_entry(register_id, &content).await?,
        };
        let mut tx = self.store.begin().await?;
        rows::insert(&mut tx, &row).await?;
        self.write_event(&mut tx, step_event(who, "disclosure_proposed", &row, &content)).await?;
        tx.commit().await?;
        Ok(register_id)
    }

    /// Decides what another manager proposed.
    ///
    /// # Errors
    ///
    /// [`RegisterError`]; nobody decides their own.
    pub async fn decide_disclosure(
        &self,
        who: &SignedIn,
        entry: Uuid,
        decision: RegisterDecision,
    ) -> Result<(), RegisterError> {
        let (row, mut content) = self.register_row(who, entry, Permission::KeepDisclosureRegister).await?;
        self.freshly_proved(who, DangerousAct::DecideDisclosure)?;
        let approve = decision == RegisterDecision::Approve;
        let state = decided(&row, &content).decide(who.account, approve)?;
        if approve {
            let here = |held: &HeldRole| held.at.authority.as_ref() == Some(&row.authority);
            let desk = who.desk(Permission::KeepDisclosureRegister, here).unwrap_or(who.organisation_id);
            let at = (Permission::KeepDisclosureRegister, desk);
            if !Box::pin(self.proposer_still_may(row.proposed_by, at, &[content.child])).await? {
                self.record(step_event(who, "disclosure_proposer_may_not", &row, &content)).await?;
                return Err(ProposerMayNot.into());
            }
        }
        if let RegisterDecision::Refuse(reason) = decision {
            content.refusal = Some(reason);
        }
        let row = RegisterRow {
            state: stored(state),
            decided_by: Some(who.account),
            decided_at: Some(self.world.now().as_microsecond()),
            sealed: self.seal_entry(entry, &content).await?,
            ..row
        };
        let what = if approve { "disclosure_approved" } else { "disclosure_refused" };
        self.take_step(who, what, &row, &content, None).await
    }

    /// Records that an approved disclosure, or a part of it, has left.
    ///
    /// # Errors
    ///
    /// [`RegisterError`].
    pub async fn release_disclosure(
        &self,
        who: &SignedIn,
        entry: Uuid,
        items: BTreeSet<ReleasedItem>,
    ) -> Result<(), RegisterError> {
        let (row, mut content) = self.register_row(who, entry, Permission::KeepDisclosureRegister).await?;
        self.freshly_proved(who, DangerousAct::ReleaseDisclosure)?;
        let state = decided(&row, &content).release(&items)?;
        let at = self.world.now();
        content.released = Some(Release { items, at: at.as_microsecond(), by: who.account });
        let sealed = self.seal_entry(entry, &content).await?;
        let row = RegisterRow { state: stored(state), sealed, ..row };
        let counted = MonthCountRow {
            month: directory::Month::from(self.today()).to_string(),
            organisation_id: who.organisation_id,
            measure: DISCLOSURES.to_owned(),
            n: 1,
        };
        self.take_step(who, "disclosure_released", &row, &content, Some(counted)).await
    }

    /// The newest entries of the registers this person may see, newest first within each state.
    ///
    /// # Errors
    ///
    /// [`RegisterError`]. The reading is an entry before anything is shown.
    pub async fn disclosure_register(&self, who: &SignedIn) -> Result<Vec<RegisterLine>, RegisterError> {
        if !who.may(Permission::ViewDisclosureRegister) {
            return Err(RegisterError::Forbidden);
        }
        let mut conn = self.store.reader().await?;
        let mut found = Vec::new();
        for (_, authority) in self.authorities(&mut conn, who, Permission::ViewDisclosureRegister).await? {
            for state in rows::RegisterState::ALL {
                let newest = (i64::MAX, Uuid::max());
                found.extend(rows::of_authority(&mut conn, &authority, *state, newest, NEWEST).await?);
            }
        }
        drop(conn);
        let mut lines = Vec::with_capacity(found.len());
        for (row, content) in self.open_entries(found).await? {
            lines.push((content.child, line(&row, &content)));
        }
        let ids: BTreeSet<Uuid> = lines.iter().map(|(child, _)| *child).collect();
        let barred = self.barred_among(who, &ids.into_iter().collect::<Vec<_>>()).await?;
        lines.retain(|(child, _)| !barred.contains(child));
        let mut lines: Vec<RegisterLine> = lines.into_iter().map(|(_, line)| line).collect();
        lines.sort_by(|a, b| b.opened_at.cmp(&a.opened_at).then_with(|| a.entry.cmp(&b.entry)));
        self.record(read_event(who, "register", None)).await?;
        Ok(lines)
    }

    /// One entry of the register.
    ///
    /// # Errors
    ///
    /// [`RegisterError`]. The reading is an entry before anything is shown.
    pub async fn disclosure(&self, who: &SignedIn, entry: Uuid) -> Result<RegisterEntry, RegisterError> {
        let (row, content) = self.register_row(who, entry, Permission::ViewDisclosureRegister).await?;
        let keeps = self.keeps(who, &row).await?;
        let child = self
            .open_children(&[content.child])
            .await?
            .pop()
            .filter(|open| open.profile.seal != Seal::FormerIdentity)
            .map(|open| open.profile.number);
        let steps = self.register_steps(&row, &content).await?;
        self.record(read_event(who, "register_entry", Some(entry)).concerning([content.child])).await?;
        let state = read(row.state);
        let retrieval = self.retrieval_stage(&content);
        let retrieval = retrieval
            .filter(|stage| state == RegisterState::Approved || matches!(stage, RetrievalStage::Opened(_)));
        let open = matches!(retrieval, Some(RetrievalStage::Open(_)));
        Ok(RegisterEntry {
            retrieval,
            may_open: keeps && open && row.proposed_by == who.account,
            line: line(&row, &content),
            may_decide: keeps && state == RegisterState::Proposed && row.proposed_by != who.account,
            may_release: keeps && state == RegisterState::Approved,
            role: content.role,
            reference: content.reference,
            child,
            items: content.items,
            released: content.released.map(|release| release.items).unwrap_or_default(),
            refusal: content.refusal,
            steps,
        })
    }

    async fn register_steps(
        &self,
        row: &RegisterRow,
        content: &Content,
    ) -> Result<Vec<RegisterStep>, ServiceError> {
        let mut steps = vec![(RegisterState::Proposed, row.opened_at, row.proposed_by)];
        if let (Some(by), Some(at)) = (row.decided_by, row.decided_at) {
            let refused = row.state == rows::RegisterState::Refused;
            let state = if refused { RegisterState::Refused } else { RegisterState::Approved };
            steps.push((state, at, by));
        }
        if let Some(release) = &content.released {
            steps.push((RegisterState::Released, release.at, release.by));
        }
        let people: Vec<Uuid> = steps.iter().map(|&(_, _, by)| by).collect();
        let mut conn = self.store.reader().await?;
        let labels = self.labels_of(&mut conn, &people).await?;
        Ok(steps
            .into_iter()
            .map(|(state, at, by)| RegisterStep { state, at: instant(at), by: labels.get(&by).cloned() })
            .collect())
    }

    async fn take_step(
        &self,
        who: &SignedIn,
        what: &str,
        row: &RegisterRow,
        content: &Content,
        counted: Option<MonthCountRow>,
    ) -> Result<(), RegisterError> {
        let mut tx = self.store.begin().await?;
        if !rows::replace(&mut tx, row).await? {
            tx.rollback().await?;
            return Err(RegisterError::Changed);
        }
        if let Some(counted) = counted {
            month_counts::add(&mut tx, &[counted]).await?;
        }
        self.write_event(&mut tx, step_event(who, what, row, content)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// An entry that this person reaches with a permission, opened.
    async fn register_row(
        &self,
        who: &SignedIn,
        entry: Uuid,
        permission: Permission,
    ) -> Result<(RegisterRow, Content), RegisterError> {
        if !who.may(permission) {
            return Err(RegisterError::Forbidden);
        }
        let mut conn = self.store.reader().await?;
        let row = rows::by_id(&mut conn, entry).await?;
        drop(conn);
        let row = row.filter(|row| reaches(who, permission, &row.authority));
        let opened = self.open_entries(row.into_iter().collect()).await?.pop();
        let (row, content) = opened.ok_or(RegisterError::NotFound)?;
        // Whom a shield bars meanwhile has no such entry.
        if !self.barred_among(who, &[content.child]).await?.is_empty() {
            return Err(RegisterError::NotFound);
        }
        Ok((row, content))
    }

    /// Entries, opened: one whose key is gone is no entry, such as what a backup brought back of one that was destroyed since.
    async fn open_entries(
        &self,
        found: Vec<RegisterRow>,
    ) -> Result<Vec<(RegisterRow, Content)>, ServiceError> {
        let opened = self.open_own_rows(found, |row| (row.register_id, &row.sealed)).await?;
        Ok(opened.into_iter().map(|(row, _, content)| (row, content)).collect())
    }

    /// Seals an entry under its own key, which is made, durably, when it is first needed.
    async fn seal_entry(&self, entry: Uuid, content: &Content) -> Result<Vec<u8>, ServiceError> {
        let bundle = Box::pin(self.own_bundle(entry)).await?;
        let plain = serde_json::to_vec(content).map_err(ServiceError::internal)?;
        let mut rng = self.world.chance.generator();
        Ok(vault::seal(key(&bundle)?, Aad::new(entry, 0), &plain, &mut rng)?)
    }

    async fn keeps(&self, who: &SignedIn, row: &RegisterRow) -> Result<bool, ServiceError> {
        Ok(reaches(who, Permission::KeepDisclosureRegister, &row.authority))
    }

    /// The authorities over which the person's roles give a permission: the organisation and its code, each once.
    pub(crate) async fn authorities(
        &self,
        conn: &mut store::Conn,
        who: &SignedIn,
        permission: Permission,
    ) -> Result<Vec<(OrganisationStanding, String)>, ServiceError> {
        let today = self.today();
        let mut found: Vec<(OrganisationStanding, String)> = Vec::new();
        for row in organisations::all(conn).await? {
            let at = standing(&row, today);
            let Some(code) = row.authority_code.filter(|_| row.kind == "authority") else { continue };
            if who.may_at(permission, &at) && found.iter().all(|(_, known)| *known != code) {
                found.push((at, code));
            }
        }
        Ok(found)
    }
}

/// The measure under which a release is counted in its month.
pub(crate) const DISCLOSURES: &str = "disclosures";

/// The authority at which this person keeps the register: their own, when it is one.
fn keeper(who: &SignedIn) -> Option<String> {
    let keeps =
        |held: &&HeldRole| held.at.kind == "authority" && held.gives(Permission::KeepDisclosureRegister);
    who.roles().iter().find(keeps)?.at.authority.clone()
}

/// Whether one of the roles gives the permission over that authority: held at the authority itself, or at the centre.
fn reaches(who: &SignedIn, permission: Permission, authority: &str) -> bool {
    who.roles().iter().any(|held| {
        let there = held.at.kind == "authority" && held.at.authority.as_deref() == Some(authority);
        held.gives(permission) && held.role.reaches_below() && (there || held.at.kind == "centre")
    })
}

fn decided(row: &RegisterRow, content: &Content) -> Decision {
    Decision { state: read(row.state), proposed_by: row.proposed_by, items: content.items.clone() }
}

fn line(row: &RegisterRow, content: &Content) -> RegisterLine {
    RegisterLine {
        entry: row.register_id,
        opened_at: instant(row.opened_at),
        authority: row.authority.clone(),
        basis: content.basis,
        requester: content.requester,
        body: content.body.clone(),
        state: read(row.state),
    }
}

fn step_event(who: &SignedIn, what: &str, row: &RegisterRow, content: &Content) -> Event {
    let items = content.released.as_ref().map_or(&content.items, |release| &release.items);
    let detail = ChangeDetail {
        change: what.to_owned(),
        subject: Some(row.register_id),
        fields: items.iter().map(|item| item.code().to_owned()).collect(),
        ..ChangeDetail::default()
    };
    Event::new(Action::DisclosureRegistered, Detail::Change(detail)).by(who).concerning([content.child])
}

fn read_event(who: &SignedIn, what: &str, subject: Option<Uuid>) -> Event {
    let detail = ExportDetail { what: what.to_owned(), subject, ..ExportDetail::default() };
    Event::new(Action::RegisterRead, Detail::Export(detail)).by(who)
}

fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MIN)
}

fn read(state: rows::RegisterState) -> RegisterState {
    match state {
        rows::RegisterState::Proposed => RegisterState::Proposed,
        rows::RegisterState::Approved => RegisterState::Approved,
        rows::RegisterState::Refused => RegisterState::Refused,
        rows::RegisterState::Released => RegisterState::Released,
    }
}

fn stored(state: RegisterState) -> rows::RegisterState {
    match state {
        RegisterState::Proposed => rows::RegisterState::Proposed,
        RegisterState::Approved => rows::RegisterState::Approved,
        RegisterState::Refused => rows::RegisterState::Refused,
        RegisterState::Released => rows::RegisterState::Released,
    }
}

fn key(bundle: &Bundle) -> Result<&DataKey, ServiceError> {
    bundle.key(0).ok_or_else(|| ServiceError::internal("the key of an entry of the register is gone"))
}
