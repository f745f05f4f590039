//! A legal hold: one person proposes it on a basis and to a day, another decides. The record's keys then lie with a custodian,
//! under a key of their own, and nobody in the service finds, reads or destroys the record, until the hold is released by two
//! people or its day comes.

use std::collections::BTreeSet;

use audit::{Action, ChangeDetail, Detail, ExportDetail};
use directory::ChildNumber;
use directory::access::{DangerousAct, Permission};
use directory::child_profile::Seal;
use directory::retention::HoldBasis;
use directory::shield::Barred;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use store::children::ChildRow;
use store::parted_keys::{self, HeldRow};
use store::pending_acts::{self, ActRow, ActState};
use store::source_records::LinkedRecordRow;
use store::{Key16, children, key_store, locks, search_keys, source_records};
use uuid::Uuid;

use super::answers_for;
use super::hold_order::{DecidedBefore, HoldOrder};
use super::life_under_hold::SaidOfLife;
use super::participation::{busy, refused};
use super::under_hold::Remembered;
use crate::families::reference_of;
use crate::indexing::{Findable, row_id};
use crate::journal::JournalEntry;
use crate::proposers::ProposerMayNot;
use crate::records::OpenChild;
use crate::session::SignedIn;
use crate::sign_in::StepUpFirst;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// What is proposed about one record.
#[derive(Debug, Clone)]
pub struct HoldRequest {
    /// The record.
    pub number: ChildNumber,
    /// On which basis.
    pub basis: HoldBasis,
    /// The last day of the hold.
    pub until: Date,
}

/// A hold, or what is proposed about one. It names no child: who may decide has the papers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldLine {
    /// The act, which is what is decided; of a hold in force, the hold.
    pub act: Uuid,
    /// How two people speak of the hold: of its row, and of no child.
    pub reference: String,
    /// On which basis.
    pub basis: HoldBasis,
    /// The last day of the hold.
    pub until: Date,
    /// Whether it is in force.
    pub in_force: bool,
    /// What the act does.
    pub step: HoldStep,
    /// Whether this person may decide it: somebody else proposed it.
    pub may_decide: bool,
}

/// What is decided of a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldStep {
    /// That a record is put under it.
    Put,
    /// That it ends later than it would.
    Longer,
    /// That it ends.
    Release,
}

/// Why nothing was done about a hold.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// The person's roles do not let them.
    #[error("this account may not decide legal holds")]
    Forbidden,
    /// No such record or act for this person.
    #[error("there is no such record, or nothing to decide")]
    NotFound,
    /// The day lies in the past or too far ahead, or is no later than the one on which the hold ends by itself.
    #[error(
        "a hold lasts from tomorrow to as many years at most as the operator set, and is made longer, not shorter"
    )]
    Day,
    /// The same person stands for both.
    #[error("a hold is decided by another person than who proposed it")]
    OnePerson,
    /// Who proposed it may not any more.
    #[error(transparent)]
    ProposerMayNot(#[from] ProposerMayNot),
    /// It was decided, or ran out, meanwhile.
    #[error("this is no longer open")]
    NoLongerOpen,
    /// The person must prove afresh who they are.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
    /// The system failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for HoldError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// What the row of an act holds, sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct Content {
    pub(super) child: Uuid,
    pub(super) basis: HoldBasis,
    pub(super) until: Date,
    /// The hold to be released, or to be given this last day.
    pub(super) hold: Option<Uuid>,
    /// Consents that were withdrawn while it was in force.
    #[serde(default)]
    pub(super) withdrawn: Vec<Remembered>,
    /// Whom the child's shields bar: they have no such hold, although nobody can read the child meanwhile.
    #[serde(default)]
    pub(super) barred: Vec<Barred>,
    /// The child and whatever was joined to it before: what was done with each was done with this one, and meanwhile nobody can
    /// read which they are.
    #[serde(default)]
    pub(super) group: Vec<Uuid>,
    /// What was said then of how long the record is kept, in its order.
    #[serde(default)]
    pub(super) said: Vec<SaidOfLife>,
    /// What was protected where the child lives when its keys were taken ([`crate::sealed_desk::Home::marks`]).
    #[serde(default)]
    pub(super) stood_there: Vec<u64>,
    /// Of a hold that was put on again after a restore: what the restored profile may lack.
    #[serde(default)]
    pub(super) decided: Option<DecidedBefore>,
}

impl Content {
    /// Of a hold on which nothing was said yet.
    pub(super) fn of(child: Uuid, basis: HoldBasis, until: Date) -> Self {
        let (withdrawn, said, barred, stood_there) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (hold, group, decided) = (None, Vec::new(), None);
        Self { child, basis, until, hold, withdrawn, barred, group, said, stood_there, decided }
    }
}

/// The sealed part of a hold is padded to this many bytes: its length does not tell what was said meanwhile.
const ACT_BLOCK: usize = 2048;

pub(super) const HOLD: &str = "legal_hold";
pub(super) const RELEASE: &str = "legal_hold_release";
pub(super) const LONGER: &str = "legal_hold_longer";

/// The step of the second person, as a refusal of it is marked.
const DECIDED: &str = "hold_decided";

/// How many acts of a state are listed or ended together.
pub(super) const AT_MOST: i64 = 100;

/// How long after two people agreed to a release it counts as interrupted: longer than it takes.
const INTERRUPTED_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// How often a concurrent change of the same child is met with another try.
pub(super) const TRIES: usize = 8;

impl Directory {
    /// Proposes a hold on a record for which the person's authority answers. Returns the act.
    ///
    /// # Errors
    ///
    /// [`HoldError`]; a refusal is in the trail too.
    pub async fn propose_hold(&self, who: &SignedIn, request: &HoldRequest) -> Result<Uuid, HoldError> {
        if !who.may(Permission::HoldRecords) {
            self.record(refused(HOLD).by(who)).await?;
            return Err(HoldError::Forbidden);
        }
        if request.until <= self.today() || request.until > self.longest_hold() {
            return Err(HoldError::Day);
        }
        let open = self.child_for(who, &request.number).await?;
        let Some(open) = open.filter(|open| answers_for(who, Permission::HoldRecords, open)) else {
            self.record(refused(HOLD).by(who)).await?;
            return Err(HoldError::NotFound);
        };
        let child = open.row.child_id;
        let barred = DecidedBefore::of(&open.profile).barred();
        let content = Content { barred, ..Content::of(child, request.basis, request.until) };
        self.propose(who, HOLD, &content, "hold_proposed").await
    }

    /// Proposes to release a hold that is in force.
    ///
    /// # Errors
    ///
    /// [`HoldError`]; a refusal is in the trail too.
    pub async fn propose_release(&self, who: &SignedIn, hold: Uuid) -> Result<Uuid, HoldError> {
        if !who.may(Permission::HoldRecords) {
            self.record(refused(RELEASE).by(who)).await?;
            return Err(HoldError::Forbidden);
        }
        let content = self.hold_to_change(who, hold, RELEASE).await?;
        let release =
            Content { hold: Some(hold), ..Content::of(content.child, content.basis, content.until) };
        self.propose(who, RELEASE, &release, "hold_release_proposed").await
    }

    /// What a hold says that is in force where the person may propose something about it.
    pub(super) async fn hold_to_change(
        &self,
        who: &SignedIn,
        hold: Uuid,
        step: &str,
    ) -> Result<Content, HoldError> {
        let act = self.act_within(who, hold, step).await?;
        if act.kind != HOLD || act.state != ActState::Approved {
            return self.not_held(who, step, HoldError::NoLongerOpen).await;
        }
        let Some(content) = self.open_act::<Content>(&act).await? else {
            return self.not_held(who, step, HoldError::NotFound).await;
        };
        if self.is_barred_from(who, content.child).await? {
            return self.not_held(who, step, HoldError::NotFound).await;
        }
        Ok(content)
    }

    /// Decides, as the second person, what another proposed: a hold takes the record out of the service at once, a release
    /// puts it back, and a later last day leaves it where it is.
    ///
    /// # Errors
    ///
    /// [`HoldError`]. What failed half-way is decided again.
    pub async fn decide_hold(&self, who: &SignedIn, act: Uuid, approve: bool) -> Result<(), HoldError> {
        if !who.may(Permission::HoldRecords) {
            return self.not_held(who, DECIDED, HoldError::Forbidden).await;
        }
        self.freshly_proved(who, DangerousAct::DecideHold)?;
        let mut act = self.act_within(who, act, DECIDED).await?;
        if act.proposed_by == Some(who.account) {
            return self.not_held(who, DECIDED, HoldError::OnePerson).await;
        }
        let now = self.world.now().as_microsecond();
        if act.state != ActState::Open || act.expires_at <= now {
            return self.not_held(who, DECIDED, HoldError::NoLongerOpen).await;
        }
        let Some(mut content) = self.open_act::<Content>(&act).await? else {
            return self.not_held(who, DECIDED, HoldError::NotFound).await;
        };
        if let Some(survivor) = self.joined_to(content.child).await? {
            // What was proposed about a record that was joined to another since is about the survivor (law 8).
            content.child = survivor;
            act.sealed = self.sealed_hold(&act, &content).await?;
        }
        if self.is_barred_from(who, content.child).await? {
            return self.not_held(who, DECIDED, HoldError::NotFound).await;
        }
        if content.hold.is_none() && approve && !self.can_be_held(who, content.child).await? {
            return self.not_held(who, DECIDED, HoldError::NoLongerOpen).await;
        }
        // A release that somebody agreed to gives keys back before the act ends: it is refused by nobody any more.
        let begun = act.decided_by.is_some();
        if !approve && begun {
            return self.not_held(who, DECIDED, HoldError::NoLongerOpen).await;
        }
        (act.decided_by, act.decided_at) = (Some(who.account), Some(now));
        if !approve {
            act.state = ActState::Refused;
            let mut tx = self.store.begin().await?;
            if !pending_acts::replace(&mut tx, &act).await? {
                return Err(HoldError::NoLongerOpen);
            }
            self.write_event(&mut tx, told("hold_refused", content.child).by(who)).await?;
            tx.commit().await?;
            return Ok(());
        }
        if !begun {
            self.proposer_of_hold_still_may(who, &act, content.child).await?;
        }
        match content.hold {
            None => {
                (act.state, act.expires_at) = (ActState::Approved, end_of(content.until));
                Box::pin(self.take_out(act, content.child, told("hold_approved", content.child).by(who)))
                    .await
            }
            Some(hold) if act.kind == LONGER => {
                let event = told("hold_longer", content.child).by(who);
                self.go_on_until(act, hold, content.until, event).await
            }
            Some(hold) => {
                let act = ActRow { state: ActState::Used, ..self.agreed_to(act).await? };
                let event = told("hold_released", content.child).by(who);
                Box::pin(self.put_back(hold, content.child, Some(act), event)).await
            }
        }
    }

    /// Notes, before any key moves, that a hold ends, and who agreed to its release: what somebody refused at this moment, or
    /// made longer, gives nothing back.
    async fn agreed_to(&self, act: ActRow) -> Result<ActRow, HoldError> {
        let mut tx = self.store.begin().await?;
        if !pending_acts::replace(&mut tx, &act).await? {
            tx.rollback().await?;
            return Err(HoldError::NoLongerOpen);
        }
        tx.commit().await?;
        Ok(ActRow { version: act.version + 1, ..act })
    }

    /// The holds at the person's organisations, and what waits for a decision about them: none of a child whose shield bars the
    /// person.
    ///
    /// # Errors
    ///
    /// [`HoldError`]. The reading is an entry before anything is shown.
    pub async fn legal_holds(&self, who: &SignedIn) -> Result<Vec<HoldLine>, HoldError> {
        if !who.may(Permission::HoldRecords) {
            return self.not_held(who, "legal_holds", HoldError::Forbidden).await;
        }
        let detail = ExportDetail { what: "legal_holds".to_owned(), ..ExportDetail::default() };
        self.record(Event::new(Action::RegisterRead, Detail::Export(detail)).by(who)).await?;
        let now = self.world.now().as_microsecond();
        let mut conn = self.store.reader().await?;
        let mut acts = Vec::new();
        let at = who.organisation_id;
        for kind in [HOLD, LONGER, RELEASE] {
            acts.extend(pending_acts::of_organisation(&mut conn, at, kind, ActState::Open, AT_MOST).await?);
        }
        // Of those in force the ones that end first: whoever makes one longer must find it.
        let in_force = (HOLD, ActState::Approved);
        acts.extend(pending_acts::ending_at(&mut conn, at, in_force, (now, i64::MAX), AT_MOST).await?);
        drop(conn);
        acts.retain(|act| act.expires_at > now);
        let held = self.open_acts::<Content>(acts).await?;
        let children: Vec<Uuid> = held.iter().map(|(_, content)| content.child).collect();
        let barred = self.barred_among(who, &children).await?;
        let theirs = held.into_iter().filter(|(_, content)| !barred.contains(&content.child));
        let line = |(act, content): (ActRow, Content)| HoldLine {
            reference: reference_of(content.hold.unwrap_or(act.act_id)),
            act: act.act_id,
            basis: content.basis,
            until: content.until,
            in_force: act.state == ActState::Approved,
            step: match act.kind.as_str() {
                RELEASE => HoldStep::Release,
                LONGER => HoldStep::Longer,
                _ => HoldStep::Put,
            },
            may_decide: act.state == ActState::Open && act.proposed_by != Some(who.account),
        };
        Ok(theirs.map(line).collect())
    }

    /// Whether a child is still one on which a hold can be put: not sealed since it was proposed (the identity that goes on has
    /// another number, and needs a hold of its own), and the person's authority answers for it. One that cannot be read is looked
    /// at when its keys are taken.
    async fn can_be_held(&self, who: &SignedIn, child: Uuid) -> Result<bool, ServiceError> {
        let open = self.open_children(&[child]).await?.pop();
        Ok(open.is_none_or(|open| {
            let settled = open.profile.seal != Seal::FormerIdentity && !open.profile.held;
            settled && answers_for(who, Permission::HoldRecords, &open)
        }))
    }

    /// Ends the holds whose day has passed.
    pub(super) async fn end_holds(&self) -> Result<(), ServiceError> {
        let now = self.world.now().as_microsecond();
        let mut conn = self.store.reader().await?;
        let ended = pending_acts::run_out(&mut conn, HOLD, ActState::Approved, now, AT_MOST).await?;
        drop(conn);
        for (act, content) in self.open_acts::<Content>(ended).await? {
            let event = told("hold_ended", content.child);
            match self.agreed_to(act.clone()).await {
                Ok(_) => {}
                Err(HoldError::Service(fault)) => return Err(fault),
                // Two people made it longer, or released it, at the same moment.
                Err(_) => continue,
            }
            // Any other error says that two people released it at the same moment.
            if let Err(HoldError::Service(fault)) =
                Box::pin(self.put_back(act.act_id, content.child, None, event)).await
            {
                return Err(fault);
            }
        }
        Ok(())
    }

    /// Ends the holds whose release two people agreed to and whoever carried that out was interrupted: as they decided, and before
    /// the hold's day.
    /// What fails keeps nothing else waiting, and is gone on with a quarter of an hour later.
    pub(super) async fn finish_releases(&self) -> Result<(), ServiceError> {
        let now = self.world.now();
        let before = (now - INTERRUPTED_AFTER).as_microsecond();
        let mut failed = None;
        let mut conn = self.store.reader().await?;
        let begun = pending_acts::begun(&mut conn, RELEASE, ActState::Open, before, AT_MOST).await?;
        drop(conn);
        for (act, content) in self.open_acts::<Content>(begun).await? {
            let (Some(hold), Some(decider)) = (content.hold, act.decided_by) else { continue };
            let event = told("hold_released", content.child).by_account(decider, act.organisation_id);
            // Another server, or a person who decides again, is at it.
            let taken = ActRow { decided_at: Some(now.as_microsecond()), ..act };
            let taken = match self.agreed_to(taken).await {
                Ok(taken) => taken,
                Err(HoldError::Service(fault)) => {
                    failed = failed.or(Some(fault));
                    continue;
                }
                Err(_) => continue,
            };
            let done = ActRow { state: ActState::Used, ..taken };
            match Box::pin(self.put_back(hold, content.child, Some(done.clone()), event)).await {
                Ok(()) => {}
                Err(HoldError::Service(fault)) => failed = failed.or(Some(fault)),
                // Its hold ended by itself: there is nothing left to release.
                Err(_) => {
                    let mut tx = self.store.begin().await?;
                    pending_acts::replace(&mut tx, &done).await?;
                    tx.commit().await?;
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }

    pub(super) async fn propose(
        &self,
        who: &SignedIn,
        kind: &str,
        content: &Content,
        change: &str,
    ) -> Result<Uuid, HoldError> {
        let act_id = vault::uuid_v4(self.world.chance.generator().random());
        let now = self.world.now();
        let days = i64::from(self.policy.accounts.proposal_days);
        let mut act = ActRow {
            act_id,
            kind: kind.to_owned(),
            organisation_id: who.organisation_id,
            proposed_by: Some(who.account),
            subject_id: None,
            state: ActState::Open,
            opened_at: now.as_microsecond(),
            expires_at: (now + SignedDuration::from_hours(24 * days)).as_microsecond(),
            decided_by: None,
            decided_at: None,
            token_key: None,
            version: 1,
            sealed: Vec::new(),
        };
        act.sealed = self.sealed_hold(&act, content).await?;
        let mut tx = self.store.begin().await?;
        pending_acts::insert(&mut tx, &act).await?;
        self.write_event(&mut tx, told(change, content.child).by(who)).await?;
        tx.commit().await?;
        Ok(act_id)
    }

    pub(super) async fn sealed_hold(&self, act: &ActRow, content: &Content) -> Result<Vec<u8>, ServiceError> {
        self.seal_act(act.act_id, content, ACT_BLOCK).await
    }

    /// An act about holds at an organisation where the person may decide them.
    async fn act_within(&self, who: &SignedIn, act: Uuid, step: &str) -> Result<ActRow, HoldError> {
        let act = pending_acts::by_id(&mut self.store.reader().await?, act).await?;
        let theirs = act.filter(|act| [HOLD, RELEASE, LONGER].contains(&act.kind.as_str())).filter(|act| {
            let there = |held: &&directory::access::HeldRole| {
                held.at.id == act.organisation_id && held.gives(Permission::HoldRecords)
            };
            who.roles().iter().any(|held| there(&held))
        });
        match theirs {
            Some(act) => Ok(act),
            None => self.not_held(who, step, HoldError::NotFound).await,
        }
    }

    /// Writes that a step was refused, and refuses it.
    pub(super) async fn not_held<T>(
        &self,
        who: &SignedIn,
        step: &str,
        error: HoldError,
    ) -> Result<T, HoldError> {
        self.record(refused(step).by(who)).await?;
        Err(error)
    }

    /// Gives a record's keys to the custodian. From their commit on nobody opens it; what is left of the act is done in the
    /// same transaction that kept the record from changing.
    pub(super) async fn take_out(&self, mut act: ActRow, child: Uuid, event: Event) -> Result<(), HoldError> {
        for _ in 0..TRIES {
            let open = self.open_children(&[child]).await?.pop();
            let tokens = self.said_tokens_of(child).await?;
            let there = match &open {
                Some(open) => self.home_of(&open.records, Some(child)).await?.marks(),
                None => BTreeSet::new(),
            };
            let mut tx = self.store.begin_feed().await?;
            locks::lock_keys(&mut tx, &tokens).await?;
            if let Some(open) = &open {
                if !self.stands(&mut tx, open).await? {
                    tx.rollback().await?;
                    continue;
                }
                let content = self.hold_content(&act).await?;
                let barred =
                    content.decided.iter().fold(open.profile.clone(), |it, decided| decided.onto(it));
                let barred = DecidedBefore::of(&barred).barred();
                // After a restore it is not known what stood there then: whatever is protected there is asked about at the end.
                let again = content.decided.is_some();
                let stood_there = if again { Vec::new() } else { there.into_iter().collect() };
                let group = open.profile.group(child).collect();
                let content = Content { barred, stood_there, group, ..content };
                act.sealed = self.sealed_hold(&act, &content).await?;
            } else if !self.has_custody(act.act_id).await? {
                // Destroyed meanwhile, or under another hold.
                tx.rollback().await?;
                return Err(HoldError::NotFound);
            }
            // Before any key moves: what somebody refused at this moment takes nothing out of the service.
            if !pending_acts::replace(&mut tx, &act).await? {
                tx.rollback().await?;
                return Err(HoldError::NoLongerOpen);
            }
            if let Some(open) = &open {
                let linked = source_records::of_children(&mut tx, &[child]).await?;
                // What an earlier hold left to be taken in waits on.
                let left = self.unheard_of(&mut tx, &linked).await?;
                let owners: Vec<Uuid> = linked
                    .iter()
                    .map(|row| row.record.record_id)
                    .chain(left.iter().map(|row| row.owner_id))
                    .chain([child])
                    .collect();
                // Before the act itself: a hold that then failed is put on by the next replay, as two people decided.
                self.journal(&JournalEntry::LegalHold(&self.order_of_hold(&act, open).await?)).await?;
                let records = self.every_record(linked).await?;
                self.hand_to_custodian(act.act_id, &owners).await?;
                self.hide(&mut tx, open).await?;
                self.stop_hearing(&mut tx, &records).await?;
            }
            self.write_event(&mut tx, event).await?;
            tx.commit().await?;
            self.scrub_keys().await?;
            return Ok(());
        }
        Err(HoldError::Service(busy()))
    }

    /// By what it is remembered what was said of a child's records: whoever changes whether they are heard locks these, and so
    /// does a group of rows about them.
    pub(super) async fn said_tokens_of(&self, child: Uuid) -> Result<Vec<Key16>, ServiceError> {
        let linked = source_records::of_children(&mut self.store.reader().await?, &[child]).await?;
        let token = |row: &LinkedRecordRow| self.said_token(row.record.source_id, row.record.local_key);
        Ok(linked.iter().map(token).collect())
    }

    async fn order_of_hold(&self, act: &ActRow, open: &OpenChild) -> Result<HoldOrder, ServiceError> {
        let content = self.hold_content(act).await?;
        let child = open.row.child_id;
        let profile = content.decided.iter().fold(open.profile.clone(), |it, decided| decided.onto(it));
        let mut keys = self.match_rows_of(child, &open.records);
        if profile.is_shielded() {
            keys.extend(self.protection_rows_of(child, &open.records));
        }
        keys.sort_unstable_by_key(row_id);
        keys.dedup_by_key(|row| row_id(row));
        let of = (act.act_id, act.organisation_id, act.proposed_by);
        let decided = DecidedBefore::of(&profile);
        Ok(HoldOrder::new(of, (child, content.basis, content.until), &keys, decided))
    }

    pub(super) async fn hand_to_custodian(&self, hold: Uuid, owners: &[Uuid]) -> Result<(), ServiceError> {
        let wrapped = self.wrapped_bundles(owners).await?;
        let rows: Vec<HeldRow> = {
            let mut rng = self.world.chance.generator();
            wrapped
                .iter()
                .map(|(owner, (generation, bytes))| {
                    let bundle = self.keys.unwrap(*owner, *generation, bytes)?;
                    let wrapped = self.keys.wrap_for_custody(*owner, &bundle, &mut rng)?;
                    Ok(HeldRow { owner_id: *owner, hold_id: hold, wrapped })
                })
                .collect::<Result<_, ServiceError>>()?
        };
        let mut keys = self.store.begin_feed_keys().await?;
        if parted_keys::hold(&mut keys, &rows).await? != rows.len() as u64 {
            keys.rollback().await?;
            return Err(ServiceError::internal("keys of this record are under another hold"));
        }
        key_store::destroy_bundles(&mut keys, owners).await?;
        Ok(keys.commit().await?)
    }

    pub(super) async fn has_custody(&self, hold: Uuid) -> Result<bool, ServiceError> {
        let mut keys = self.store.key_reader().await?;
        Ok(!parted_keys::of_hold(&mut keys, hold).await?.is_empty())
    }

    /// Takes the search keys of a record away, and gives its row a new version, so that a feed that had read it reads again.
    async fn hide(&self, tx: &mut store::Tx, open: &OpenChild) -> Result<(), ServiceError> {
        let child = open.row.child_id;
        let gone: Vec<_> =
            self.search_rows_of(child, &open.records, &Findable::Fully).iter().map(row_id).collect();
        search_keys::remove(tx, &gone).await?;
        let version = open.row.version + 1;
        let mut rng = self.world.chance.generator();
        let sealed = self.seal_profile(child, version, &open.bundle, &open.profile, &mut rng)?;
        children::put(tx, &[ChildRow { sealed, version, ..open.row.clone() }]).await?;
        Ok(())
    }
}

/// The end of a day, microseconds UTC.
pub(super) fn end_of(day: Date) -> i64 {
    let next = day.checked_add(1.day()).unwrap_or(Date::MAX);
    next.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |zoned| zoned.timestamp()).as_microsecond()
}

fn told(change: &str, child: Uuid) -> Event {
    let detail = ChangeDetail { change: change.to_owned(), subject: Some(child), ..ChangeDetail::default() };
    Event::new(Action::RecordChanged, Detail::Change(detail)).concerning([child])
}
