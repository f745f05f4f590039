//! Looking up for a colleague who has no access at hand (rules 6.11, 6.12).
//!
//! The mediator searches in their own session for their own reason, and sees of the children what both may see. They ask
//! the colleague by name for one child and one reason; the colleague reads in a session of their own who asks, for which
//! child and why, and approves there. Only then, once and within minutes, the record is shown to the mediator: what both
//! may see of it at that moment. No code is read out, so none can be asked for by somebody who only sounds right.

use audit::{Action, ChangeDetail, Detail, DisclosureDetail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use directory::access::{NoMediation, Party, Permission, Reason, may_enter, may_mediate};
use directory::disclosure::{Disclosure, Purpose, RecordView};
use directory::search::{Criteria, TooWeak};
use directory::{PartialDate, Viewer};
use jiff::{SignedDuration, Timestamp};
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use store::pending_acts::{self, ActRow, ActState};
use uuid::Uuid;

use crate::accounts::Account;
use crate::search::{RecordHandle, SearchAnswer, SearchError};
use crate::session::{Reasoned, SignedIn};
use crate::trail::Event;
use crate::{Directory, Disclosed, ServiceError};

/// How acts of this kind are marked.
pub(crate) const MEDIATION: &str = "mediation";

/// A request, as one session may point at it: opaque, sealed, worthless in any other session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActHandle(String);

impl ActHandle {
    /// Takes a handle back from a form. Any text will do: a false one finds nothing.
    #[must_use]
    pub fn from_form(text: String) -> Self {
        Self(text)
    }

    /// The text to put in the form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The answer to a search made for a colleague.
#[derive(Debug, Clone)]
pub struct MediatedSearch {
    /// The colleague's name.
    pub colleague: String,
    /// What was found. Its handles serve to ask this colleague, and nothing else.
    pub answer: SearchAnswer,
}

/// A request that waits for the person who reads it.
#[derive(Debug, Clone)]
pub struct WaitingRequest {
    /// How to read and decide it.
    pub handle: ActHandle,
    /// Who asks.
    pub mediator: String,
    /// For which organisation they work.
    pub organisation: String,
    /// Until when it can be decided.
    pub until: Timestamp,
}

/// Where a request stands, for the one who made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediationState {
    /// The colleague has not decided.
    Waiting,
    /// The record can be opened, once.
    Approved,
    /// The colleague refused.
    Refused,
    /// The record was shown.
    Shown,
    /// It ran out, or was taken back.
    Ended,
}

/// A request that the person made.
#[derive(Debug, Clone)]
pub struct OwnRequest {
    /// How to open or take it back.
    pub handle: ActHandle,
    /// The colleague who is asked.
    pub colleague: String,
    /// Where it stands.
    pub state: MediationState,
    /// When it was made.
    pub made_at: Timestamp,
    /// Until when it can be approved and opened.
    pub until: Timestamp,
}

/// What concerns one person: requests that wait for them, and those they made in the last hour.
#[derive(Debug, Clone, Default)]
pub struct Mediations {
    /// They wait for this person's decision.
    pub waiting: Vec<WaitingRequest>,
    /// This person made them.
    pub own: Vec<OwnRequest>,
}

/// What a colleague reads before they decide: who asks, for which child and why. The act is about exactly this.
#[derive(Debug, Clone)]
pub struct MediationReview {
    /// How to decide it; only who has read it has this handle.
    pub handle: ActHandle,
    /// Who asks.
    pub mediator: String,
    /// For which organisation they work.
    pub organisation: String,
    /// The child's name, as both may see it.
    pub child: String,
    /// The child's date of birth, as both may see it.
    pub date_of_birth: Option<PartialDate>,
    /// Until when it can be decided.
    pub until: Timestamp,
}

/// Why a look-up for a colleague did not go on.
#[derive(Debug, thiserror::Error)]
pub enum MediationError {
    /// The person's roles, or their organisation's accreditation, do not allow it.
    #[error("this account may not look up for a colleague")]
    Forbidden,
    /// The person named themselves.
    #[error("nobody looks up for themselves")]
    OnesOwn,
    /// The same for a username that does not exist, an account that may not be used, one that may not ask, and one that
    /// other people watch.
    #[error("there is no such colleague to look up for")]
    NoSuchColleague,
    /// The colleague has as many requests before them as they may have.
    #[error("the colleague has too many requests to decide")]
    TooManyWaiting,
    /// The search is too weak (rule 7.6).
    #[error("the search needs more to be specific")]
    TooWeak(TooWeak),
    /// The colleague has not approved it yet.
    #[error("the colleague has not decided yet")]
    NotDecided,
    /// It ran out, was decided, used or taken back; or it is no request of this session.
    #[error("the request is not open any more")]
    Ended,
    /// One of the two may not see it (any more).
    #[error("there is nothing that both may see")]
    NothingToShow,
    /// The system failed; nothing was shown.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for MediationError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

impl From<SearchError> for MediationError {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::TooWeak(weak) => Self::TooWeak(weak),
            SearchError::Forbidden => Self::Forbidden,
            SearchError::Service(fault) => Self::Service(fault),
        }
    }
}

/// The other of the two people, who may take part as of now.
pub(crate) struct Colleague {
    pub(crate) account: Uuid,
    pub(crate) organisation: Uuid,
    pub(crate) viewer: Viewer,
    name: String,
    organisation_name: String,
}

/// What a request is about, sealed. It never changes while the request is open, and is emptied when it ends.
#[derive(Serialize, Deserialize)]
struct Asked {
    child: Option<Uuid>,
    reason: Reason,
    /// The session that asked, which alone may open the record: the keyed hash of its token.
    session: [u8; 16],
}

/// An act with what it is about.
struct OpenAct {
    row: ActRow,
    child: Uuid,
    reason: Reason,
    session: [u8; 16],
}

/// What sealed ids are bound to beside the session, so that one kind does not pass for another.
const TO_ASK: u128 = 0x6d65_6469_6174_6520_6173_6b20_2020_3031;
const TO_READ: u128 = 0x6d65_6469_6174_6520_7265_6164_2020_3031;
const TO_DECIDE: u128 = 0x6d65_6469_6174_6520_6465_6369_6465_3031;
const TO_OPEN: u128 = 0x6d65_6469_6174_6520_6f70_656e_2020_3031;

/// How many of a person's own requests are listed, and from how long back.
const LISTED: i64 = 20;
const LISTED_FOR: SignedDuration = SignedDuration::from_hours(1);

impl Directory {
    /// The requests that wait for this person, and those they made. No child is named here.
    ///
    /// # Errors
    ///
    /// [`MediationError::Forbidden`] or the system's.
    pub async fn mediations(&self, who: &SignedIn) -> Result<Mediations, MediationError> {
        if !who.may(Permission::AskForMediation) && !who.may(Permission::MediateAccess) {
            return Err(MediationError::Forbidden);
        }
        let now = self.world.now();
        let since = now.checked_sub(LISTED_FOR).unwrap_or(Timestamp::MIN).as_microsecond();
        let mut conn = self.store.reader().await?;
        let waiting = pending_acts::about(&mut conn, who.account, MEDIATION, ActState::Open, LISTED).await?;
        let own = pending_acts::of_proposer(&mut conn, who.account, MEDIATION, since, LISTED).await?;
        drop(conn);
        let mut found = Mediations::default();
        for row in waiting.into_iter().filter(|row| now.as_microsecond() < row.expires_at) {
            let Some(mediator) = self.party(row.proposed_by).await? else { continue };
            found.waiting.push(WaitingRequest {
                handle: self.act_handle(who, TO_READ, row.act_id)?,
                until: instant(row.expires_at),
                mediator: mediator.sealed.display_name,
                organisation: mediator.organisation.name,
            });
        }
        for row in own {
            let Some(colleague) = self.party(row.subject_id).await? else { continue };
            found.own.push(OwnRequest {
                handle: self.act_handle(who, TO_OPEN, row.act_id)?,
                colleague: colleague.sealed.display_name,
                state: state_at(&row, now),
                made_at: instant(row.opened_at),
                until: instant(row.expires_at),
            });
        }
        Ok(found)
    }

    /// Searches for a colleague: the mediator sees, by their own right and for their own stated reason, those children of
    /// whom both may see what was searched by. The entry names both and is durable before this returns.
    ///
    /// # Errors
    ///
    /// [`MediationError`]; a refusal is in the trail too.
    pub async fn search_for_colleague(
        &self,
        who: &Reasoned,
        username: &str,
        criteria: Criteria,
    ) -> Result<Disclosed<MediatedSearch>, MediationError> {
        let colleague = self.colleague_named(who.who(), username).await?;
        let answer = self.search_with(who, criteria, Some(&colleague)).await?;
        let (data, reason, receipt) = answer.into_parts();
        let data = MediatedSearch { colleague: colleague.name, answer: data };
        Ok(Disclosed::after_audit(data, reason, receipt))
    }

    /// Asks the colleague for whom a child was found to approve that its record is opened, for this reason.
    ///
    /// # Errors
    ///
    /// [`MediationError`]; a refusal is in the trail too.
    pub async fn ask_colleague(
        &self,
        who: &Reasoned,
        found: &RecordHandle,
        reason: Reason,
    ) -> Result<(), MediationError> {
        let person = who.who();
        if !person.may(Permission::MediateAccess) || !person.may(Permission::ViewRecord) {
            return self.no_mediation(person, "not_permitted", MediationError::Forbidden).await;
        }
        let Some([child, account]) = self.unseal_ids(person, TO_ASK, found.as_str()) else {
            return self.no_mediation(person, "not_a_handle_of_this_session", MediationError::Ended).await;
        };
        let account = self.account_by_id(account).await?;
        let colleague = self.colleague(person, account).await?;
        let now = self.world.now();
        let until = now + SignedDuration::from_mins(i64::from(self.policy.mediation.minutes));
        let act_id = vault::uuid_v4(self.world.chance.generator().random());
        let asked = Asked { child: Some(child), reason, session: person.session.0 };
        let row = ActRow {
            act_id,
            kind: MEDIATION.to_owned(),
            organisation_id: person.organisation_id,
            proposed_by: Some(person.account),
            subject_id: Some(colleague.account),
            state: ActState::Open,
            opened_at: now.as_microsecond(),
            expires_at: until.as_microsecond(),
            decided_by: None,
            decided_at: None,
            token_key: None,
            version: 1,
            sealed: self.seal_at(person.organisation_id, act_id, &asked).await?,
        };
        let most = i64::from(self.policy.mediation.open_for_one_asker);
        let mut tx = self.store.begin().await?;
        let open = pending_acts::about(&mut tx, colleague.account, MEDIATION, ActState::Open, most).await?;
        let waiting = open.iter().filter(|row| now.as_microsecond() < row.expires_at).count();
        if i64::try_from(waiting).unwrap_or(i64::MAX) >= most {
            tx.rollback().await?;
            return self.no_mediation(person, "too_many_waiting", MediationError::TooManyWaiting).await;
        }
        pending_acts::insert(&mut tx, &row).await?;
        let event = mediation("mediation_asked", act_id, child, person.account, colleague.account)
            .by(person)
            .because(reason.code())
            .together_with(Some(&colleague))
            .about(child);
        self.commit_with(tx, vec![event]).await?;
        Ok(())
    }

    /// What a request is about, for the colleague whom it asks: the child's name and date of birth as both may see them.
    /// The entry is durable before this returns.
    ///
    /// # Errors
    ///
    /// [`MediationError`].
    pub async fn review_mediation(
        &self,
        who: &SignedIn,
        request: &ActHandle,
    ) -> Result<Disclosed<MediationReview>, MediationError> {
        let (act, mediator) = self.act_before(who, TO_READ, request).await?;
        let shown = self.seen_by_both(act.child, &mediator.viewer, &who.viewer(), Purpose::Search).await?;
        let (child, date_of_birth) = match shown {
            Disclosure::Full(view) => {
                (view.name.value.to_string(), view.date_of_birth.map(|born| born.value))
            }
            Disclosure::Shielded(view) => (view.name.to_string(), view.date_of_birth),
            Disclosure::NotFound => {
                return self.no_mediation(who, "nothing_to_show", MediationError::NothingToShow).await;
            }
        };
        let review = MediationReview {
            handle: self.act_handle(who, TO_DECIDE, act.row.act_id)?,
            mediator: mediator.name.clone(),
            organisation: mediator.organisation_name.clone(),
            child,
            date_of_birth,
            until: instant(act.row.expires_at),
        };
        let event = mediation("mediation_read", act.row.act_id, act.child, mediator.account, who.account)
            .by(who)
            .because(act.reason.code())
            .together_with(Some(&mediator))
            .about(act.child)
            .showing(["name", "date_of_birth"]);
        let receipt = self.record(event).await?;
        Ok(Disclosed::after_audit(review, act.reason, receipt))
    }

    /// The colleague's decision on exactly the act they have read.
    ///
    /// # Errors
    ///
    /// [`MediationError`].
    pub async fn decide_mediation(
        &self,
        who: &SignedIn,
        read: &ActHandle,
        approve: bool,
    ) -> Result<(), MediationError> {
        let (act, mediator) = self.act_before(who, TO_DECIDE, read).await?;
        let (state, change) = if approve {
            (ActState::Approved, "mediation_approved")
        } else {
            (ActState::Refused, "mediation_refused")
        };
        let mut row = ActRow {
            state,
            decided_by: Some(who.account),
            decided_at: Some(self.world.now().as_microsecond()),
            ..act.row
        };
        if !approve {
            row.sealed = self.emptied(&row, act.reason, act.session).await?;
        }
        let event = mediation(change, row.act_id, act.child, mediator.account, who.account)
            .by(who)
            .because(act.reason.code())
            .together_with(Some(&mediator))
            .about(act.child);
        let mut tx = self.store.begin().await?;
        if !pending_acts::replace(&mut tx, &row).await? {
            tx.rollback().await?;
            return Err(MediationError::Ended);
        }
        self.commit_with(tx, vec![event]).await?;
        Ok(())
    }

    /// Opens the record that the colleague approved: once, in the session that asked, and what both may see of it now. Every
    /// condition of both people is asked again; where one has lapsed, nothing is shown and the approval is spent. The
    /// use of the approval and the entry that names both are one transaction.
    ///
    /// # Errors
    ///
    /// [`MediationError`]; a refusal is in the trail too.
    pub async fn open_mediated(
        &self,
        who: &Reasoned,
        request: &ActHandle,
    ) -> Result<Disclosed<Disclosure>, MediationError> {
        let person = who.who();
        if !person.may(Permission::MediateAccess) || !person.may(Permission::ViewRecord) {
            return self.no_mediation(person, "not_permitted", MediationError::Forbidden).await;
        }
        let Some([act_id]) = self.unseal_ids(person, TO_OPEN, request.as_str()) else {
            return self.no_mediation(person, "not_a_handle_of_this_session", MediationError::Ended).await;
        };
        let Some(act) = self.open_act(act_id).await? else { return Err(MediationError::Ended) };
        let own = act.row.proposed_by == Some(person.account) && act.session == person.session.0;
        match state_at(&act.row, self.world.now()) {
            MediationState::Approved if own => {}
            MediationState::Waiting if own => return Err(MediationError::NotDecided),
            _ => return self.no_mediation(person, "not_open", MediationError::Ended).await,
        }
        let account = self.party(act.row.subject_id).await?;
        let asker = account.as_ref().and_then(|account| self.standing_with(person, account).ok());
        let shown = match &asker {
            Some(asker) => {
                self.seen_by_both(act.child, &person.viewer(), &asker.viewer, Purpose::OpenRecord).await?
            }
            None => Disclosure::NotFound,
        };
        let event = viewed(&act, asker.as_ref(), &shown).by(person).because(act.reason.code());
        let mut row = ActRow { state: ActState::Used, ..act.row };
        row.sealed = self.emptied(&row, act.reason, act.session).await?;
        let mut tx = self.store.begin().await?;
        if !pending_acts::replace(&mut tx, &row).await? {
            tx.rollback().await?;
            return Err(MediationError::Ended);
        }
        let receipt = self.commit_with(tx, vec![event]).await?;
        if shown == Disclosure::NotFound {
            return Err(MediationError::NothingToShow);
        }
        Ok(Disclosed::after_audit(shown, act.reason, receipt))
    }

    /// Takes a request back that was not used.
    ///
    /// # Errors
    ///
    /// [`MediationError`].
    pub async fn withdraw_mediation(
        &self,
        who: &SignedIn,
        request: &ActHandle,
    ) -> Result<(), MediationError> {
        if !who.may(Permission::MediateAccess) {
            return self.no_mediation(who, "not_permitted", MediationError::Forbidden).await;
        }
        let Some([act_id]) = self.unseal_ids(who, TO_OPEN, request.as_str()) else {
            return Err(MediationError::Ended);
        };
        let Some(act) = self.open_act(act_id).await? else { return Err(MediationError::Ended) };
        if act.row.proposed_by != Some(who.account) {
            return Err(MediationError::Ended);
        }
        let colleague = act.row.subject_id.unwrap_or_default();
        let event = mediation("mediation_withdrawn", act_id, act.child, who.account, colleague)
            .by(who)
            .because(act.reason.code())
            .changing_account(colleague)
            .about(act.child);
        let mut row = ActRow { state: ActState::Withdrawn, ..act.row };
        row.sealed = self.emptied(&row, act.reason, act.session).await?;
        let mut tx = self.store.begin().await?;
        if !pending_acts::replace(&mut tx, &row).await? {
            tx.rollback().await?;
            return Err(MediationError::Ended);
        }
        self.commit_with(tx, vec![event]).await?;
        Ok(())
    }

    /// What a row's handle of a search for a colleague leads to: this child, for this colleague, in this session.
    pub(crate) fn mediated_handle(
        &self,
        who: &SignedIn,
        child: Uuid,
        colleague: &Colleague,
    ) -> Result<RecordHandle, ServiceError> {
        Ok(RecordHandle::from_form(self.seal_ids(who, TO_ASK, &[child, colleague.account])?))
    }

    /// Requests that ran out let go of the child they were about.
    pub(crate) async fn empty_mediation(&self, row: &mut ActRow) -> Result<(), ServiceError> {
        let asked: Asked = self.open_at(row.organisation_id, row.act_id, &row.sealed).await?;
        row.sealed = self.emptied(row, asked.reason, asked.session).await?;
        Ok(())
    }

    /// The colleague of that username, who may be looked up for by this person now.
    async fn colleague_named(&self, who: &SignedIn, username: &str) -> Result<Colleague, MediationError> {
        if !who.may(Permission::MediateAccess) {
            return self.no_mediation(who, "not_permitted", MediationError::Forbidden).await;
        }
        let account = self.account_named(username).await?;
        self.colleague(who, account).await
    }

    async fn colleague(&self, who: &SignedIn, account: Option<Account>) -> Result<Colleague, MediationError> {
        let Some(account) = account else {
            return self.no_mediation(who, "no_such_colleague", MediationError::NoSuchColleague).await;
        };
        match self.standing_with(who, &account) {
            Ok(colleague) => Ok(colleague),
            Err(Some(NoMediation::OnesOwn)) => {
                self.no_mediation(who, "ones_own", MediationError::OnesOwn).await
            }
            Err(Some(NoMediation::NotAMediator)) => {
                self.no_mediation(who, "not_permitted", MediationError::Forbidden).await
            }
            Err(_) => self.no_mediation(who, "no_such_colleague", MediationError::NoSuchColleague).await,
        }
    }

    /// Whether the mediator may look up for the account's holder now: whoever lapsed is no colleague any more.
    fn standing_with(&self, mediator: &SignedIn, asker: &Account) -> Result<Colleague, Option<NoMediation>> {
        let of_mediator = Party { account: mediator.account, roles: &mediator.roles };
        let of_asker = Party { account: asker.row.account_id, roles: &asker.roles };
        may_mediate(of_mediator, of_asker).map_err(Some)?;
        may_enter(&asker.facts(), self.today()).map_err(|_| None)?;
        Ok(Colleague::of(asker))
    }

    /// The act a colleague points at, if it is open and asks this very person, and the mediator, if they still may.
    async fn act_before(
        &self,
        who: &SignedIn,
        purpose: u128,
        handle: &ActHandle,
    ) -> Result<(OpenAct, Colleague), MediationError> {
        if !who.may(Permission::AskForMediation) {
            return self.no_mediation(who, "not_permitted", MediationError::Forbidden).await;
        }
        let Some([act_id]) = self.unseal_ids(who, purpose, handle.as_str()) else {
            return self.no_mediation(who, "not_a_handle_of_this_session", MediationError::Ended).await;
        };
        let act = self.open_act(act_id).await?.filter(|act| {
            act.row.subject_id == Some(who.account)
                && state_at(&act.row, self.world.now()) == MediationState::Waiting
        });
        let Some(act) = act else {
            return self.no_mediation(who, "not_open", MediationError::Ended).await;
        };
        let mediator = self.party(act.row.proposed_by).await?;
        let mediator = mediator.filter(|account| {
            let of_mediator = Party { account: account.row.account_id, roles: &account.roles };
            let of_asker = Party { account: who.account, roles: &who.roles };
            may_mediate(of_mediator, of_asker).is_ok() && may_enter(&account.facts(), self.today()).is_ok()
        });
        match mediator {
            Some(mediator) => Ok((act, Colleague::of(&mediator))),
            None => self.no_mediation(who, "nothing_to_show", MediationError::NothingToShow).await,
        }
    }

    async fn seen_by_both(
        &self,
        child: Uuid,
        mediator: &Viewer,
        asker: &Viewer,
        purpose: Purpose,
    ) -> Result<Disclosure, ServiceError> {
        let sources = self.sources().await?;
        let open = self.open_children(&[child]).await?.pop();
        let shown = open.and_then(|open| self.disclose_to_both(&open, &sources, mediator, asker, purpose));
        Ok(shown.unwrap_or(Disclosure::NotFound))
    }

    async fn party(&self, account: Option<Uuid>) -> Result<Option<Account>, ServiceError> {
        match account {
            Some(account) => self.account_by_id(account).await,
            None => Ok(None),
        }
    }

    /// The act with what it is about; nothing when it does not exist, is of another kind, or has ended and let go of it.
    async fn open_act(&self, act_id: Uuid) -> Result<Option<OpenAct>, ServiceError> {
        let row = pending_acts::by_id(&mut self.store.reader().await?, act_id).await?;
        let Some(row) = row.filter(|row| row.kind == MEDIATION) else { return Ok(None) };
        let asked: Asked = self.open_at(row.organisation_id, act_id, &row.sealed).await?;
        Ok(asked.child.map(|child| OpenAct { row, child, reason: asked.reason, session: asked.session }))
    }

    async fn emptied(
        &self,
        row: &ActRow,
        reason: Reason,
        session: [u8; 16],
    ) -> Result<Vec<u8>, ServiceError> {
        self.seal_at(row.organisation_id, row.act_id, &Asked { child: None, reason, session }).await
    }

    /// Writes that a step was refused, and refuses it.
    async fn no_mediation<T>(
        &self,
        who: &SignedIn,
        why: &str,
        error: MediationError,
    ) -> Result<T, MediationError> {
        let detail = ChangeDetail { change: format!("mediation_not_done:{why}"), ..ChangeDetail::default() };
        self.record(Event::new(Action::Mediation, Detail::Change(detail)).by(who)).await?;
        Err(error)
    }

    pub(crate) fn act_handle(
        &self,
        who: &SignedIn,
        purpose: u128,
        act: Uuid,
    ) -> Result<ActHandle, ServiceError> {
        Ok(ActHandle(self.seal_ids(who, purpose, &[act])?))
    }

    /// Seals ids for one session and one purpose.
    fn seal_ids(&self, who: &SignedIn, purpose: u128, ids: &[Uuid]) -> Result<String, ServiceError> {
        let plain: Vec<u8> = ids.iter().flat_map(|id| *id.as_bytes()).collect();
        let mut rng = self.world.chance.generator();
        let sealed = self.keys.seal_for_session(bound_to(who, purpose), &plain, &mut rng)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    pub(crate) fn unseal_ids<const N: usize>(
        &self,
        who: &SignedIn,
        purpose: u128,
        text: &str,
    ) -> Option<[Uuid; N]> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let plain = self.keys.open_for_session(bound_to(who, purpose), &sealed)?;
        let ids: Vec<Uuid> =
            plain.chunks(16).map(|id| Uuid::from_slice(id).ok()).collect::<Option<Vec<_>>>()?;
        ids.try_into().ok()
    }
}

impl Colleague {
    fn of(account: &Account) -> Self {
        let kind = account.organisation.kind.as_str();
        Self {
            account: account.row.account_id,
            organisation: account.row.organisation_id,
            // What an office adds is not mediated: an ordinary viewer's kind is enough.
            viewer: if kind == "national_partner" {
                Viewer::PartnerPractitioner
            } else {
                Viewer::AuthorityPractitioner
            },
            name: account.sealed.display_name.clone(),
            organisation_name: account.organisation.name.clone(),
        }
    }
}

fn bound_to(who: &SignedIn, purpose: u128) -> Uuid {
    Uuid::from_u128(u128::from_be_bytes(who.session.0) ^ purpose)
}

/// Where a request stands at an instant.
fn state_at(row: &ActRow, now: Timestamp) -> MediationState {
    let in_time = now.as_microsecond() < row.expires_at;
    match row.state {
        ActState::Open if in_time => MediationState::Waiting,
        ActState::Approved if in_time => MediationState::Approved,
        ActState::Refused => MediationState::Refused,
        ActState::Used => MediationState::Shown,
        ActState::Open | ActState::Approved | ActState::Withdrawn => MediationState::Ended,
    }
}

pub(crate) fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MIN)
}

/// An entry of this kind names the act, and both people, in its sealed body.
fn mediation(change: &str, act: Uuid, child: Uuid, mediator: Uuid, asker: Uuid) -> Event {
    let detail = ChangeDetail {
        change: change.to_owned(),
        subject: Some(child),
        others: vec![act, mediator, asker],
        ..ChangeDetail::default()
    };
    Event::new(Action::Mediation, Detail::Change(detail))
}

/// The entry of a record shown, or not shown, to a mediator.
fn viewed(act: &OpenAct, asker: Option<&Colleague>, shown: &Disclosure) -> Event {
    let found = *shown != Disclosure::NotFound;
    let refused = if asker.is_none() { "colleague_lapsed" } else { "not_found" };
    let detail = DisclosureDetail {
        child: Some(act.child),
        fields_shown: shown.fields_shown().into_iter().map(str::to_owned).collect(),
        refused: (!found).then(|| refused.to_owned()),
        mediated_for: act.row.subject_id,
    };
    let action = if found { Action::RecordViewed } else { Action::RecordRefused };
    let event = Event::new(action, Detail::Disclosure(detail)).together_with(asker);
    let event = match (asker, act.row.subject_id) {
        (None, Some(account)) => event.changing_account(account),
        _ => event,
    };
    // As for every record: the header says what this kind of page shows, and names no child that was not shown.
    if found { event.about(act.child).showing(RecordView::FIELDS) } else { event.concerning([act.child]) }
}
