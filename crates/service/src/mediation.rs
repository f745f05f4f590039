//! Looking up for a colleague who has no access at hand (rules 6.11, 6.12).
//!
//! The mediator searches in their own session for their own reason, and sees of the children what both may see. They ask
//! the colleague by name for one child and one reason; the colleague reads in a session of their own who asks, for which
//! child and why, and approves there. Only then, once and within minutes, the record is shown to the mediator: what both
//! may see of it at that moment. No code is read out, so none can be asked for by somebody who only sounds right.

mod answering;
mod asking;
mod showing;

use audit::{Action, ChangeDetail, Detail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use directory::access::{HeldRole, NoMediation, Party, Reason, may_enter, may_mediate};
use directory::disclosure::NamedChild;
use directory::disclosure::{Disclosure, Purpose};
use directory::search::TooWeak;
use directory::watching::OwnMatters;
use directory::{ChildProfile, Viewer};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::pending_acts::{self, ActRow, ActState};
use uuid::Uuid;

use crate::accounts::Account;
use crate::search::{RecordHandle, SearchAnswer, SearchError};
use crate::session::{SignedIn, is_barred};
use crate::sign_in::StepUpFirst;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How acts of this kind are marked.
pub(crate) const MEDIATION: &str = "mediation";

/// The sealed part of a request is padded to this many bytes: one that let go of its child is as long as before.
const BLOCK: usize = 256;

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
    /// The child, as both may see them.
    pub child: NamedChild,
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
    /// The person must prove afresh who they are.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
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
    roles: Vec<HeldRole>,
    pub(crate) viewer: Viewer,
    /// What of a child's record could be theirs (rule 7.9).
    own: OwnMatters,
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
        if let Some(asked) = self.open_act::<Asked>(row).await? {
            row.sealed = self.emptied(row, asked.reason, asked.session).await?;
        }
        Ok(())
    }

    /// Whether the mediator may look up for the account's holder now: whoever lapsed is no colleague any more.
    fn standing_with(&self, mediator: &SignedIn, asker: &Account) -> Result<Colleague, Option<NoMediation>> {
        let of_mediator = Party { account: mediator.account, roles: &mediator.roles };
        let of_asker = Party { account: asker.row.account_id, roles: &asker.roles };
        may_mediate(of_mediator, of_asker).map_err(Some)?;
        may_enter(&asker.facts(), self.today()).map_err(|_| None)?;
        Ok(Colleague::of(asker))
    }

    /// What the person and their colleague may both see of a child; nothing where a shield bars one of them.
    async fn seen_by_both(
        &self,
        child: Uuid,
        person: &SignedIn,
        colleague: &Colleague,
        purpose: Purpose,
    ) -> Result<Disclosure, ServiceError> {
        let (mediator, asker) = (&person.viewer(), &colleague.viewer);
        let sources = self.sources().await?;
        let open = self
            .open_children(&[child])
            .await?
            .pop()
            .filter(|open| !person.is_barred_by(&open.profile) && !colleague.is_barred_by(&open.profile));
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
    async fn mediation_act(&self, act_id: Uuid) -> Result<Option<OpenAct>, ServiceError> {
        let row = pending_acts::by_id(&mut self.store.reader().await?, act_id).await?;
        let Some(row) = row.filter(|row| row.kind == MEDIATION) else { return Ok(None) };
        let Some(asked) = self.open_act::<Asked>(&row).await? else { return Ok(None) };
        Ok(asked.child.map(|child| OpenAct { row, child, reason: asked.reason, session: asked.session }))
    }

    async fn emptied(
        &self,
        row: &ActRow,
        reason: Reason,
        session: [u8; 16],
    ) -> Result<Vec<u8>, ServiceError> {
        self.seal_ended(row, &Asked { child: None, reason, session }, BLOCK).await
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
    pub(crate) fn own(&self) -> &OwnMatters {
        &self.own
    }

    /// As [`SignedIn::is_barred_by`].
    pub(crate) fn is_barred_by(&self, profile: &ChildProfile) -> bool {
        is_barred(self.account, self.organisation, &self.roles, |account, at| profile.bars(account, at))
    }

    fn of(account: &Account) -> Self {
        let kind = account.organisation.kind.as_str();
        Self {
            account: account.row.account_id,
            organisation: account.row.organisation_id,
            roles: account.roles.clone(),
            // What an office adds is not mediated: an ordinary viewer's kind is enough.
            viewer: if kind == "national_partner" {
                Viewer::PartnerPractitioner
            } else {
                Viewer::AuthorityPractitioner
            },
            own: OwnMatters::new(&account.sealed.display_name, account.sealed.own_address.clone()),
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
