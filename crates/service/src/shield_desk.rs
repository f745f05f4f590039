//! The shield desk (rules 2.5 to 2.17): a request is handed in, one person of the desk proposes what is decided, another
//! decides it; a review keeps or lifts a shield in the same way. Neither of the two is who asked (rule 12.13).
//!
//! A request is a row of `pending_act` that says in the clear neither which child it is about nor who asked: both stand in
//! its sealed part. Once decided, the row stays for as long as the shield is in force, and its end is the month of the review.

mod acts_about;
mod after_a_seal;
mod at_home;
mod deciding;
mod filling;
mod following;
mod household;
mod in_the_open;
mod letter;
mod listing;
mod looking_around;
mod places;
mod proposing;
mod requesting;
mod routing;
mod showing;

use std::collections::BTreeSet;

use audit::{Action, ChangeDetail, Detail};
use directory::access::Permission;
use directory::child_profile::Seal;
use directory::shield::{
    Asked, AskedRule, Evidence, EvidenceReference, IdentitySeen, RequesterReach, Shield, ShieldGrounds,
    ShieldRequester, ShieldRule, TooMuchEvidence,
};
use directory::{ChildNumber, Month, ShieldClass, ShieldReason, ShieldedView};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use store::organisations;
use store::pending_acts::{self, ActRow, ActState};
use uuid::Uuid;

pub(crate) use self::household::Household;
pub use self::household::{HouseholdTie, MOST_OF_A_HOUSEHOLD};
pub(crate) use self::in_the_open::InTheOpen;
pub(crate) use self::looking_around::{SurroundingsWalk, handed_in};
pub(crate) use self::places::KeptPlace;
pub use self::places::{PlaceDecision, PlaceLine};
use self::routing::works_at_an_authority;
pub(crate) use self::showing::{AT_SHIELD_DESK, at_desk_event};

use crate::accounts::standing;
use crate::audit_reading::AccountLabel;
use crate::proposers::ProposerMayNot;
use crate::records::OpenChild;
use crate::session::SignedIn;
use crate::sign_in::StepUpFirst;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How acts of this kind are marked.
pub(crate) const SHIELD: &str = "shield";

/// The sealed parts are padded to this many bytes, so that their length tells no step of the story.
const ACT_BLOCK: usize = 8192;

/// How many requests of each state a desk looks at. The largest authority of 2009 would have had about a thousand shields in
/// force (rule 2.16); a review that fell off the list would be one that nobody does.
const LISTED: i64 = 5_000;

/// A request for a shield, as somebody hands it in (rule 2.14).
#[derive(Debug, Clone)]
pub struct ShieldRequest {
    /// The child.
    pub number: ChildNumber,
    /// On what the shield is to rest. Whom it bars is told by name, below.
    pub grounds: ShieldGrounds,
    /// The usernames of accounts that are to find no such child.
    pub bar_accounts: Vec<String>,
    /// The names of organisations whose people are to find none.
    pub bar_organisations: Vec<String>,
    /// How it was seen who asks, and that this is the child.
    pub identity: Option<IdentitySeen>,
    /// How whoever asked is reached.
    pub reach: Option<RequesterReach>,
}

impl ShieldRequest {
    /// A request for an ordinary shield that bars nobody.
    #[must_use]
    pub fn new(number: ChildNumber, requested_by: ShieldRequester, reason: ShieldReason) -> Self {
        Self {
            number,
            grounds: ShieldGrounds::new(requested_by, reason),
            bar_accounts: Vec::new(),
            bar_organisations: Vec::new(),
            identity: None,
            reach: None,
        }
    }

    /// The same, with the file that shows the danger and what was shown of who asks: without them nothing is taken in (rule 2.14).
    ///
    /// # Errors
    /// When it names two files already.
    pub fn shown_by(mut self, file: EvidenceReference, asked: Asked) -> Result<Self, TooMuchEvidence> {
        let files = self.grounds.evidence.references().iter().cloned().chain([file]);
        self.grounds.evidence = Evidence::new(files.collect())?;
        (self.identity, self.reach) = (Some(asked.identity), Some(asked.reach));
        Ok(self)
    }

    /// What was shown of who asks.
    ///
    /// # Errors
    /// What the request lacks.
    pub(crate) fn asked(&self) -> Result<Asked, AskedRule> {
        if self.grounds.evidence.is_empty() {
            return Err(AskedRule::NoEvidence);
        }
        let identity = self.identity.ok_or(AskedRule::NoIdentity)?;
        Ok(Asked { identity, reach: self.reach.ok_or(AskedRule::NoReach)? })
    }
}

/// What is proposed about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShieldDecision {
    /// The child is shielded. Of every child of the household, by number: whether it is shielded too.
    Shield(Vec<(ChildNumber, bool)>),
    /// It is not.
    Decline,
}

/// What is proposed at a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewDecision {
    /// The shield is kept, to be reviewed again after the same time.
    Keep,
    /// It is lifted.
    Lift,
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShieldStage {
    /// Nobody has proposed anything yet.
    ToPropose,
    /// Somebody has, and another person must decide.
    ToDecide,
    /// The shield is in force.
    InForce,
    /// It was lifted.
    Lifted,
    /// It was declined.
    Declined,
}

/// A line of the desk's list. It names no child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShieldLine {
    /// The request.
    pub id: Uuid,
    /// The day on which it was handed in.
    pub since: Timestamp,
    /// Who asked.
    pub requested_by: ShieldRequester,
    /// On which criterion.
    pub reason: ShieldReason,
    /// How great the danger is.
    pub class: ShieldClass,
    /// Where it stands.
    pub stage: ShieldStage,
    /// When the shield is reviewed, once it is in force.
    pub review_due: Option<Month>,
    /// Whether this person can go on with it: they neither asked for it nor proposed what waits.
    pub can_go_on: bool,
}

/// What waits at the desk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShieldDesk {
    /// Requests and reviews on which nothing is proposed, or what is proposed waits for the second person.
    pub waiting: Vec<ShieldLine>,
    /// Shields whose review is due this month or was, and those of the next month, the oldest first.
    pub reviews: Vec<ShieldLine>,
    /// How many shields of this desk are in force, as counts are told; none below ten.
    pub in_force: Option<u64>,
}

/// A child as the desk sees it: what a shield lets everybody see, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskChild {
    /// The number.
    pub number: ChildNumber,
    /// Name and birth; none of an archived child.
    pub shown: Option<ShieldedView>,
    /// Whether a shield of it is in force.
    pub shielded: bool,
}

/// Another child who may be concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseholdMember {
    /// The child.
    pub child: DeskChild,
    /// Why it is on the list.
    pub ties: BTreeSet<HouseholdTie>,
    /// What the proposal says of it, if there is one.
    pub shielded_too: Option<bool>,
}

/// What waits for the second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShieldProposalView {
    /// What would be done.
    pub step: ShieldStepKind,
    /// Who proposed it.
    pub by: Option<AccountLabel>,
    /// When.
    pub at: Timestamp,
}

/// What was done with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShieldStepKind {
    /// It was handed in.
    Requested,
    /// To shield the child was proposed, or agreed.
    Shield,
    /// To decline was.
    Decline,
    /// To keep the shield at its review was.
    Keep,
    /// To lift it was.
    Lift,
    /// The second person did not agree; it waits for another proposal.
    SentBack,
    /// Who had proposed it might not any more; it waits for another proposal.
    ProposalVoid,
    /// The household was no more the one that the proposal had decided on.
    HouseholdChanged,
}

/// One step of a request's story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShieldStep {
    /// What was done.
    pub kind: ShieldStepKind,
    /// Who proposed it, or did it alone.
    pub first: Option<AccountLabel>,
    /// Who agreed, or sent it back.
    pub second: Option<AccountLabel>,
    /// When.
    pub at: Timestamp,
}

/// A request, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShieldRequestView {
    /// Its line.
    pub line: ShieldLine,
    /// The child.
    pub child: DeskChild,
    /// On what the shield is to rest.
    pub grounds: ShieldGrounds,
    /// What was shown of who asked; of what nobody handed in, or before this was asked, nothing.
    pub asked: Option<Asked>,
    /// The barred, by name.
    pub barred: Vec<String>,
    /// Other requests of this desk about the same child, by their ids.
    pub others: Vec<Uuid>,
    /// Everybody else who may be concerned; asked only while the request waits.
    pub household: Vec<HouseholdMember>,
    /// How many more share the address than the list takes.
    pub more: usize,
    /// What waits for the second person.
    pub proposal: Option<ShieldProposalView>,
    /// Whether this person may propose now.
    pub may_propose: bool,
    /// Whether this person may decide what is proposed.
    pub may_decide: bool,
    /// Whether somebody asked for it who is told by a letter what was decided.
    pub has_letter: bool,
    /// What was done, in order.
    pub steps: Vec<ShieldStep>,
}

/// Why a step towards a shield was not taken, or nothing of it was shown.
#[derive(Debug, thiserror::Error)]
pub enum ShieldError {
    /// The person's roles do not allow it.
    #[error("this account may not do this with shields")]
    Forbidden,
    /// No child has this number.
    #[error("there is no child with this number")]
    NoSuchChild,
    /// No such request, or none of this desk's.
    #[error("there is no such request")]
    NotFound,
    /// The request lacks what every request shows.
    #[error(transparent)]
    Asked(#[from] AskedRule),
    /// Somebody or something to be barred is not known.
    #[error("there is no account or organisation named {name}; check the name")]
    NobodyToBar {
        /// As it was typed.
        name: String,
    },
    /// Whom the request would bar are those who decide about it, at every desk.
    #[error(
        "nobody could decide about this request, because everybody who decides about shields would be barred or works for who would \
         be; bar fewer, or ask the central team to name people at another desk first"
    )]
    NobodyDecides,
    /// More are to be barred than a shield takes.
    #[error(transparent)]
    TooManyBarred(#[from] directory::shield::TooManyBarred),
    /// It is another person's to do (rule 12.13).
    #[error(transparent)]
    Rule(#[from] ShieldRule),
    /// A rule about shields themselves.
    #[error(transparent)]
    Shield(#[from] directory::shield::ShieldError),
    /// The request stands where this cannot be done with it.
    #[error("this cannot be done with the request as it stands; look at it again")]
    Moment,
    /// The household is not the one that was decided on.
    #[error("another child has come to the household, or one has left it; look at the list and decide again")]
    HouseholdChanged,
    /// More children share the home than can be decided one by one, and nothing protects it.
    #[error(
        "more children share the address or a carer than can be decided one by one; protect the address first, under protected \
         places, and then decide"
    )]
    HouseholdTooLong,
    /// The second person typed another address than the first.
    #[error(
        "this is not the address that was proposed; check the file and type it again, or disagree if the proposal is wrong"
    )]
    AnotherAddress,
    /// Who proposed it may not any more.
    #[error(transparent)]
    ProposerMayNot(#[from] ProposerMayNot),
    /// Somebody else changed it meanwhile; nothing was written.
    #[error("somebody else changed this request meanwhile; look at it again")]
    Changed,
    /// The person must prove afresh who they are.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
    /// The system failed; nothing was written.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl ShieldError {
    /// Whether nothing was done, for certain: of a failure of the system that is not known.
    fn is_a_refusal(&self) -> bool {
        !matches!(self, Self::Service(_))
    }
}

impl From<store::StoreError> for ShieldError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// What the row of a request holds, sealed.
#[derive(Clone, Serialize, Deserialize)]
struct Content {
    child: Uuid,
    grounds: ShieldGrounds,
    requester: Uuid,
    /// What was shown of who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked: Option<Asked>,
    requested_at: i64,
    proposal: Option<Proposal>,
    /// The shield as it stands in the child's profile, once it was decided.
    shield: Option<Shield>,
    steps: Vec<Step>,
    /// Around what whoever stands in the open was looked for, once it was decided ([`Directory::surroundings_of`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    looked_around: Option<Vec<u64>>,
}

/// What one person proposed.
#[derive(Clone, Serialize, Deserialize)]
struct Proposal {
    by: Uuid,
    at: i64,
    step: ShieldStepKind,
    /// Everybody who was on the list, and whether they are shielded too.
    household: Vec<(Uuid, bool)>,
}

/// What was done.
#[derive(Clone, Serialize, Deserialize)]
struct Step {
    kind: ShieldStepKind,
    first: Uuid,
    second: Option<Uuid>,
    at: i64,
}

/// How many steps of its story a request keeps, the last ones.
const STEPS: usize = 12;

impl Content {
    /// Whether an account handed it in: what follows from a place, a release or a seal nobody did.
    const fn was_asked_for(&self) -> bool {
        !self.requester.is_nil()
    }

    fn note(&mut self, kind: ShieldStepKind, first: Uuid, second: Option<Uuid>, at: i64) {
        self.steps.push(Step { kind, first, second, at });
        let over = self.steps.len().saturating_sub(STEPS);
        self.steps.drain(..over);
    }

    /// Whether the shield bars this person, or is asked to: then there is no such request.
    fn bars(&self, who: &SignedIn) -> bool {
        who.is_on(&self.grounds.barred)
    }
}

impl Directory {
    /// A row of the desk that this person reaches with its permission; otherwise the refusal is written.
    async fn desk_row(&self, who: &SignedIn, id: Uuid, kind: &str) -> Result<ActRow, ShieldError> {
        let mut conn = self.store.reader().await?;
        let row = pending_acts::by_id(&mut conn, id).await?.filter(|row| row.kind == kind);
        let at = match &row {
            Some(row) => organisations::by_id(&mut conn, row.organisation_id).await?,
            None => None,
        };
        drop(conn);
        let today = self.today();
        let of_nobody = |kind_of: &str| kind == SHIELD && kind_of == "centre" && works_at_an_authority(who);
        let reached = at.is_some_and(|at| {
            who.may_at(Permission::DecideShield, &standing(&at, today)) || of_nobody(&at.kind)
        });
        match row.filter(|_| reached) {
            Some(row) => Ok(row),
            None => self.no_shield(who, "not_within_reach", ShieldError::NotFound).await,
        }
    }

    /// A request that this person reaches with the desk's permission, opened.
    async fn shield_act(&self, who: &SignedIn, id: Uuid) -> Result<(ActRow, Content), ShieldError> {
        let row = self.desk_row(who, id, SHIELD).await?;
        let Some(mut content) = self.open_act::<Content>(&row).await? else {
            return self.no_shield(who, "destroyed", ShieldError::NotFound).await;
        };
        if let Some(survivor) = self.joined_to(content.child).await? {
            // A request that waited while its child was joined to another is about the survivor (law 8).
            content.child = survivor;
        }
        if content.bars(who) || !self.barred_among(who, &[content.child]).await?.is_empty() {
            return self.no_shield(who, "barred", ShieldError::NotFound).await;
        }
        Ok((row, content))
    }

    /// The child of a request. A former identity answers as if it had never been issued, here as everywhere (law 8).
    async fn child_of(&self, content: &Content) -> Result<OpenChild, ShieldError> {
        let open = self.open_children(&[content.child]).await?.pop();
        open.filter(|open| open.profile.seal != Seal::FormerIdentity).ok_or(ShieldError::NotFound)
    }

    /// The household of a child, for somebody whom no shield in it bars: to them there would be no such list.
    async fn household_for(&self, who: &SignedIn, child: &OpenChild) -> Result<Household, ShieldError> {
        let household = self.household(child).await?;
        if household.members.iter().any(|(other, _)| who.is_barred_by(&other.profile)) {
            return self.no_shield(who, "barred", ShieldError::NotFound).await;
        }
        Ok(household)
    }

    async fn sealed_act(&self, act: Uuid, content: &Content) -> Result<Vec<u8>, ServiceError> {
        self.seal_act(act, content, ACT_BLOCK).await
    }

    /// Writes that a step was refused, and refuses it.
    async fn no_shield<T>(&self, who: &SignedIn, why: &str, error: ShieldError) -> Result<T, ShieldError> {
        self.record(shield_event(who, &format!("shield_not_done:{why}"), None, [])).await?;
        Err(error)
    }

    /// The desk's permission, or the refusal written.
    async fn at_the_desk(&self, who: &SignedIn) -> Result<(), ShieldError> {
        if who.may(Permission::DecideShield) {
            return Ok(());
        }
        self.no_shield(who, "not_permitted", ShieldError::Forbidden).await
    }

    /// The start of today, UTC: a request's clear times are days, because a finer one would single a child out.
    pub(crate) fn day(&self) -> i64 {
        start_of(self.today())
    }
}

/// Protective acts are changes of a record in the clear, like all others.
pub(crate) fn shield_event(
    who: &SignedIn,
    change: &str,
    child: Option<Uuid>,
    others: impl IntoIterator<Item = Uuid>,
) -> Event {
    let detail = ChangeDetail {
        change: change.to_owned(),
        subject: child,
        others: others.into_iter().collect(),
        ..ChangeDetail::default()
    };
    Event::new(Action::RecordChanged, Detail::Change(detail)).by(who).concerning(child)
}

fn start_of(day: Date) -> i64 {
    day.to_zoned(TimeZone::UTC).map_or(0, |start| start.timestamp().as_microsecond())
}

/// The first moment of a month: when a review begins to be due.
pub(crate) fn start_of_month(month: Month) -> i64 {
    format!("{month}-01").parse().map_or(i64::MAX, start_of)
}

pub(crate) fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MIN)
}

fn stage_of(row: &ActRow, content: &Content) -> ShieldStage {
    match row.state {
        ActState::Open if content.proposal.is_some() => ShieldStage::ToDecide,
        ActState::Open => ShieldStage::ToPropose,
        ActState::Approved => ShieldStage::InForce,
        ActState::Used => ShieldStage::Lifted,
        ActState::Refused | ActState::Withdrawn => ShieldStage::Declined,
    }
}
