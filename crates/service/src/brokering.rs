//! Brokering (rules 8.10 to 8.12): somebody asks the authority that answers for a record to be put in touch with who works with
//! the child; a person of the authority reaches the provider; the provider chooses what whoever asked is told.
//!
//! Whoever asks learns nothing from having asked: the number is not looked up while they ask, but by the service afterwards
//! (`routing`), so that page, answer, statements and the entry of the trail are the same for every number, a number of nobody
//! among them. A request about a child who is shielded or sealed is the shield desk's, wherever it was put first.
//!
//! A row's content is sealed under a key of its own, which is destroyed with it.

mod answers;
mod asking;
mod handling;
mod listing;
mod routing;
mod showing;

use audit::{Action, ChangeDetail, Detail};
use directory::access::Permission;
use directory::brokering::{BrokerEnd, BrokerReason, BrokerRule, BrokerStage, BrokerState, RevealedContact};
use directory::disclosure::{NamedChild, ProviderView};
use directory::{AuthorityCode, ChildNumber, Line, ServiceType, Telephone};
use guards::Guard;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::Key16;
use store::broker_requests::RequestRow;
use uuid::Uuid;
use vault::{Aad, Bundle};

pub(crate) use self::showing::AT_BROKERING;

use crate::audit_reading::AccountLabel;
use crate::records::{OpenChild, Wrapped};
use crate::session::{SignedIn, is_barred};
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// What somebody asks.
#[derive(Debug, Clone)]
pub struct BrokerRequest {
    /// The number of the child, as it was typed.
    pub number: ChildNumber,
    /// Why.
    pub reason: BrokerReason,
    /// Where whoever asks can be reached. An account holds no telephone number.
    pub telephone: Telephone,
}

/// One of somebody's own requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnBrokerRequest {
    /// When they asked.
    pub asked: Timestamp,
    /// About which number.
    pub number: ChildNumber,
    /// Why.
    pub reason: BrokerReason,
    /// What has become of it.
    pub answer: BrokerAnswer,
}

/// What whoever asked is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrokerAnswer {
    /// It was received.
    Received,
    /// It was dealt with; the same whether the provider declined, will call, or there is none.
    DealtWith,
    /// The provider lets them know.
    Revealed {
        /// Whom to call.
        contact: RevealedContact,
        /// Until when it is shown.
        until: Timestamp,
    },
}

/// A line of a desk's list. It names no child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerLine {
    /// The request.
    pub id: Uuid,
    /// When it was asked.
    pub asked: Timestamp,
    /// By when it is to be dealt with.
    pub due: Timestamp,
    /// Whether that has passed.
    pub overdue: bool,
    /// Why.
    pub reason: BrokerReason,
    /// Who asks.
    pub asker: String,
    /// For whom they work.
    pub organisation: String,
    /// Where it stands.
    pub stage: BrokerStage,
    /// Whether this person may go on with it, or take it on: it is not their own.
    pub may_handle: bool,
}

/// Which of a record's involvements: a keyed hash of what it is, who provides it and who works there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProviderKey(String);

impl ProviderKey {
    /// Takes a key back from a form. Any text will do: a false one is no provider's.
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

/// Somebody who works with the child, as the desk sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// By which the desk says whom it reached.
    pub key: ProviderKey,
    /// Who that is.
    pub seen: ProviderView,
}

/// One step of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokerStepKind {
    /// It was asked.
    Asked,
    /// Somebody of the desk took it on.
    TakenOn,
    /// A provider was reached.
    Contacted,
    /// The provider lets the asker know.
    Reveal,
    /// The provider will call.
    CallBack,
    /// The provider declined.
    Decline,
    /// There was nobody to put in touch.
    Nothing,
}

/// A step as the desk sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerStep {
    /// What was done.
    pub kind: BrokerStepKind,
    /// By whom.
    pub by: Option<AccountLabel>,
    /// When.
    pub at: Timestamp,
}

/// A request, opened at a desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerRequestView {
    /// Its line.
    pub line: BrokerLine,
    /// Where whoever asks can be reached.
    pub telephone: Telephone,
    /// The number, as it was typed.
    pub number: ChildNumber,
    /// The child; none when no record that can be shown stands under the number.
    pub child: Option<NamedChild>,
    /// Who works with the child.
    pub providers: Vec<Provider>,
    /// Which of them was reached last.
    pub contacted: Option<ProviderKey>,
    /// What was done, in order.
    pub steps: Vec<BrokerStep>,
    /// Whether this person may take it on.
    pub may_take_on: bool,
    /// Whether this person may go on with it.
    pub may_go_on: bool,
    /// Whether it is the shield desk's.
    pub protected: bool,
}

/// Why nothing was asked, shown or done.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The person's roles do not allow it.
    #[error("this account may not do this with requests to be put in touch")]
    Forbidden,
    /// No such request, or none of this person's desks.
    #[error("there is no such request")]
    NotFound,
    /// Too many of one's own wait.
    #[error("too many of your requests wait; when one has been dealt with you can ask again")]
    TooManyWaiting,
    /// It is not on the record, or no more.
    #[error("the record has no such involvement any more; look at the request again")]
    NoSuchProvider,
    /// A rule of brokering.
    #[error(transparent)]
    Rule(#[from] BrokerRule),
    /// Somebody else changed it meanwhile; nothing was written.
    #[error("somebody else changed this request meanwhile; look at it again")]
    Changed,
    /// The system failed; nothing was written.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for BrokerError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// What the row of a request holds, sealed. Neither the child nor a provider is in it by name: the child is found by the
/// number each time, and what has gone from the record has gone from here (law 4).
#[derive(Clone, Serialize, Deserialize)]
struct Content {
    number: ChildNumber,
    asker: Uuid,
    asker_name: String,
    organisation: Uuid,
    organisation_name: String,
    /// The authority of the asker's organisation: whose ordinary queue has what leads to nobody.
    authority: Option<String>,
    telephone: Telephone,
    reason: BrokerReason,
    asked_at: i64,
    taken_by: Option<Uuid>,
    contacted: Option<ProviderKey>,
    end: Option<BrokerEnd>,
    closed_at: Option<i64>,
    steps: Vec<Step>,
    /// Whether it has led to a child: where it does so no more, it is nobody's, for its story says who had dealt with it.
    #[serde(default)]
    led_to_a_child: bool,
}

#[derive(Clone, Serialize, Deserialize)]
struct Step {
    kind: BrokerStepKind,
    by: Uuid,
    at: i64,
}

/// How many steps of its story a request keeps, the last ones.
const STEPS: usize = 24;

impl Content {
    fn note(&mut self, kind: BrokerStepKind, by: Uuid, at: i64) {
        self.steps.push(Step { kind, by, at });
        let over = self.steps.len().saturating_sub(STEPS);
        self.steps.drain(..over);
    }

    fn state(&self) -> BrokerState {
        BrokerState {
            asker: self.asker,
            taken_by: self.taken_by,
            contacted: self.contacted.is_some(),
            closed: self.end.is_some(),
        }
    }

    fn asked(&self) -> Timestamp {
        instant(self.asked_at)
    }

    fn closed(&self) -> Option<Timestamp> {
        self.closed_at.map(instant)
    }
}

/// Whose a request is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Desk {
    /// The shield desk's.
    protected: bool,
    /// Of which authority; any authority's when nobody answers for the child and the asker has none.
    authority: Option<String>,
}

impl Desk {
    /// The value under which its requests stand in the clear.
    fn in_the_clear(&self) -> &str {
        match &self.authority {
            Some(authority) if !self.protected || !Guard::HiddenAuthority.stands() => authority,
            _ => directory::accountable_authority::NATIONAL,
        }
    }

    /// What its people are permitted.
    fn permission(&self) -> Permission {
        if self.protected { Permission::DecideShield } else { Permission::HandleBrokering }
    }

    /// Whether this person works there.
    fn is_of(&self, who: &SignedIn) -> bool {
        who.roles.iter().any(|held| {
            let there = self.authority.is_none() || held.at.authority == self.authority;
            held.gives(self.permission()) && held.at.kind == "authority" && there
        })
    }
}

/// A request, its content and the child it is about now.
struct OpenRequest {
    row: RequestRow,
    content: Content,
    child: Option<OpenChild>,
    desk: Desk,
}

/// The sealed parts are padded to this many bytes, so that their length tells no step of the story.
const BLOCK: usize = 4096;

/// Domain of the keyed hash of who asks.
const ASKER: u16 = 4;

/// Domain of the keyed hash of an involvement.
const PROVIDER: u16 = 2;

impl Directory {
    fn asker_key(&self, account: Uuid) -> Key16 {
        self.keys.audit_lookups.hash(ASKER, account.as_bytes())
    }

    fn provider_key(
        &self,
        service: ServiceType,
        organisation: Option<&Line>,
        practitioner: Option<&Line>,
    ) -> ProviderKey {
        let text = |line: Option<&Line>| line.map_or_else(String::new, |line| line.as_str().to_lowercase());
        let (organisation, practitioner) = (text(organisation), text(practitioner));
        let parts = [service.code().as_bytes(), organisation.as_bytes(), practitioner.as_bytes()];
        ProviderKey(hex::encode(self.keys.suppressions.hash_parts(PROVIDER, &parts).0))
    }

    /// The content of a row; nothing once its key was destroyed.
    fn open_request(&self, row: &RequestRow, wrapped: &Wrapped) -> Result<Option<Content>, ServiceError> {
        let Some((generation, bytes)) = wrapped.get(&row.request_id) else { return Ok(None) };
        let bundle = self.keys.unwrap(row.request_id, *generation, bytes)?;
        let Some(key) = bundle.key(0) else { return Ok(None) };
        let plain = vault::open(key, Aad::new(row.request_id, 0), &row.sealed)?;
        serde_json::from_slice(&plain).map(Some).map_err(ServiceError::internal)
    }

    /// The content of these rows that have not ended, with the child and the desk of each as they are now. One that leads nowhere
    /// any more is no desk's.
    async fn open_requests(&self, rows: Vec<RequestRow>) -> Result<Vec<OpenRequest>, ServiceError> {
        let ids: Vec<Uuid> = rows.iter().map(|row| row.request_id).collect();
        let wrapped = self.wrapped_bundles(&ids).await?;
        let mut opened = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(content) = self.open_request(&row, &wrapped)? else { continue };
            if self.is_over(&content) {
                continue;
            }
            let child = self.child_asked_about(&content).await?;
            if child.is_none() && content.led_to_a_child {
                continue;
            }
            let desk = desk_of(&content, child.as_ref());
            opened.push(OpenRequest { row, content, child, desk });
        }
        Ok(opened)
    }

    fn is_over(&self, content: &Content) -> bool {
        self.policy.brokering.ends(content.asked(), content.closed()) <= self.world.now()
    }

    /// Whether a request is hidden from this person: by a shield of the child it is about, or by what a legal hold remembers of
    /// one while it keeps the child unread.
    async fn hides(&self, open: &OpenRequest, who: &SignedIn) -> Result<bool, ServiceError> {
        if let Some(child) = &open.child {
            return Ok(who.is_barred_by(&child.profile));
        }
        match self.child_on_hold(&open.content.number).await? {
            Some(child) => self.is_barred_from(who, child).await,
            None => Ok(false),
        }
    }

    /// The child of a request. Whom a shield bars asked about nobody: to them there is no such child.
    async fn child_asked_about(&self, content: &Content) -> Result<Option<OpenChild>, ServiceError> {
        let Some(open) = self.child_of_number(&content.number).await? else { return Ok(None) };
        if !open.profile.bars_anybody() {
            return Ok(Some(open));
        }
        let asker = self.account_by_id(content.asker).await?;
        let roles = asker.map(|account| account.roles).unwrap_or_default();
        let bars = |account, at| open.profile.bars(account, at);
        let barred = is_barred(content.asker, content.organisation, &roles, bars);
        Ok(Some(open).filter(|_| !barred))
    }

    async fn seal_request(&self, request: Uuid, content: &Content) -> Result<Vec<u8>, ServiceError> {
        let wrapped = self.wrapped_bundles(&[request]).await?;
        let (generation, bytes) =
            wrapped.get(&request).ok_or_else(|| ServiceError::internal("a request’s key is gone"))?;
        let bundle = self.keys.unwrap(request, *generation, bytes)?;
        self.seal_request_with(&bundle, request, content)
    }

    fn seal_request_with(
        &self,
        bundle: &Bundle,
        request: Uuid,
        content: &Content,
    ) -> Result<Vec<u8>, ServiceError> {
        let key = bundle.key(0).ok_or_else(|| ServiceError::internal("a request’s key is gone"))?;
        let plain = serde_json::to_vec(content).map_err(ServiceError::internal)?;
        let mut rng = self.world.chance.generator();
        Ok(vault::seal_padded(key, Aad::new(request, 0), &plain, BLOCK, &mut rng)?)
    }

    /// Writes that a step was refused, and refuses it.
    async fn no_brokering<T>(&self, who: &SignedIn, why: &str, error: BrokerError) -> Result<T, BrokerError> {
        self.record(step_event(who, &format!("not_done:{why}"), None, None)).await?;
        Err(error)
    }
}

/// Whose a request is, by the child as it is now. What leads to nobody, and a child nobody answers for, is the ordinary
/// queue's of the asker's own authority.
fn desk_of(content: &Content, child: Option<&OpenChild>) -> Desk {
    let Some(open) = child else { return Desk { protected: false, authority: content.authority.clone() } };
    let protected = open.profile.needs_the_protected_desk();
    let sealed = open.profile.authority.as_ref().map(|code| code.as_str().to_owned());
    let clear = AuthorityCode::parse(&open.row.authority).ok().map(|code| code.as_str().to_owned());
    Desk { protected, authority: sealed.or(clear).or_else(|| content.authority.clone()) }
}

/// A step in the trail: in the clear that somebody did something about brokering; what, and about whom, sealed.
fn step_event(who: &SignedIn, change: &str, request: Option<Uuid>, child: Option<Uuid>) -> Event {
    let detail = ChangeDetail {
        change: change.to_owned(),
        subject: child,
        others: request.into_iter().collect(),
        ..ChangeDetail::default()
    };
    Event::new(Action::BrokeringChanged, Detail::Change(detail)).by(who).concerning(child)
}

fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MIN)
}
