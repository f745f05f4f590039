//! What people decide about which records are one child (law 8, rules 10.10, 10.15, 12.5): to join two, to take one apart, to
//! keep two apart, to confirm a link, to answer what the matcher left open, and to undo any of it at any later time.
//!
//! A decision moves links, and the keys that lead to a child with them; nothing a source said is touched, so a later feed
//! neither joins what was taken apart nor parts what was joined. What was joined stands in the survivor's profile as it was
//! (`directory::joined`), sealed under the survivor's key and ending with it. The act itself is a row of `pending_act` whose
//! sealed part alone says which records it was about: a stolen database has no pointer from one to the other (law 10).
//!
//! A data administrator decides about ordinary records for which their authority answers. Whatever else a number may stand for,
//! a shielded, sealed, held, archived or destroyed child, one under a legal hold, another authority's, or nobody, the answer is
//! one and the same: the request was received (laws 3, 5). What of it is about a protected child stands on the protected desk's
//! list, where two people decide; everything else lapses there unseen. What the matcher left open goes to that desk too once a
//! child it names is protected, and stands in no ordinary queue any more (`queues`).

mod acts;
mod answering;
mod apart;
mod asking;
mod comparing;
mod confirming;
pub(crate) mod deciding;
mod eligible;
mod listing;
mod merging;
mod parting;
mod protected;
mod protected_cases;
mod queues;
pub(crate) mod replaying;
mod reviews;
mod splitting;
mod survivors;
mod undoing;

use audit::{Action, ChangeDetail, Detail};
use directory::{ChildNumber, MatchBasis};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use acts::{ActContent, DecidedBy, JOINING, Part, REQUEST};
pub(crate) use comparing::MATCHING;
pub use comparing::{Comparison, PartRecord};
pub use protected_cases::ProtectedCase;
pub(crate) use queues::MOST_COUNTED;
pub use reviews::{ReviewAnswer, ReviewCandidate, ReviewLine, ReviewView};

use crate::audit_reading::AccountLabel;
use crate::proposers::ProposerMayNot;
use crate::session::SignedIn;
use crate::sign_in::StepUpFirst;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How many acts, requests or cases are listed together.
const LISTED: i64 = 500;

/// What became of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joining {
    /// It is done.
    Done {
        /// The act.
        act: Uuid,
        /// The number that is new, where a record was taken apart.
        number: Option<ChildNumber>,
    },
    /// It was received. Whatever the numbers stand for, there is nothing more to be told (laws 3, 5).
    Received,
}

/// What is asked to be done, as it waits sealed for the protected desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JoiningRequest {
    /// The records of two numbers are one child's; the first number stays.
    Join {
        /// The number that stays.
        survivor: ChildNumber,
        /// The number that will answer with the other.
        other: ChildNumber,
    },
    /// These source records of a number are another child's.
    TakeApart {
        /// The number.
        number: ChildNumber,
        /// The source records that go to a new number.
        records: Vec<Uuid>,
    },
    /// Two numbers are not one child.
    KeepApart {
        /// One.
        one: ChildNumber,
        /// The other.
        other: ChildNumber,
    },
    /// This source record is of this number indeed.
    Confirm {
        /// The number.
        number: ChildNumber,
        /// The source record.
        record: Uuid,
    },
    /// An earlier act was wrong.
    Undo {
        /// The act.
        act: Uuid,
    },
}

/// What kind of act it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JoiningKind {
    /// Two records were joined.
    Join,
    /// One was taken apart.
    TakeApart,
    /// Two are kept apart.
    KeepApart,
    /// A link was confirmed.
    Confirm,
    /// An act is to be undone.
    Undo,
}

impl JoiningKind {
    /// A stable word for pages and messages.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::TakeApart => "take_apart",
            Self::KeepApart => "keep_apart",
            Self::Confirm => "confirm",
            Self::Undo => "undo",
        }
    }
}

impl JoiningRequest {
    /// What kind of act it asks for.
    #[must_use]
    pub const fn kind(&self) -> JoiningKind {
        match self {
            Self::Join { .. } => JoiningKind::Join,
            Self::TakeApart { .. } => JoiningKind::TakeApart,
            Self::KeepApart { .. } => JoiningKind::KeepApart,
            Self::Confirm { .. } => JoiningKind::Confirm,
            Self::Undo { .. } => JoiningKind::Undo,
        }
    }
}

/// An act of an authority's administrators. It names no child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoiningLine {
    /// The act.
    pub id: Uuid,
    /// The day.
    pub since: Timestamp,
    /// What was done.
    pub kind: JoiningKind,
    /// On what basis.
    pub basis: MatchBasis,
    /// Who decided it.
    pub by: Vec<AccountLabel>,
    /// Whether it stands; otherwise it was undone.
    pub stands: bool,
}

/// A request on the protected desk's list. It names no child beyond the numbers that were asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoiningCase {
    /// The request.
    pub id: Uuid,
    /// The day on which it was made.
    pub since: Timestamp,
    /// What was asked, by whom, on what basis.
    pub request: JoiningRequest,
    /// On what basis.
    pub basis: MatchBasis,
    /// Who asked.
    pub by: Option<AccountLabel>,
    /// Whether a person of the desk proposed to do it.
    pub proposed: bool,
    /// Whether this person can go on with it: they neither asked nor proposed.
    pub can_go_on: bool,
}

/// Why nothing was decided or shown.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// The person's roles do not allow it.
    #[error("this account may not decide which records are one child")]
    Forbidden,
    /// No such act, request or case within this person's reach.
    #[error("there is no such act or case for this account")]
    NotFound,
    /// Both numbers stand for one record.
    #[error("both numbers are of one record already")]
    SameRecord,
    /// People said that the two are not one child.
    #[error("people keep these two records apart; undo that first")]
    KeptApart,
    /// The record has the person's own name or address (rule 12.13).
    #[error(
        "one of these records has your own surname or address; somebody else must decide about it (rule 12.13)"
    )]
    OwnFamily,
    /// Not a part of the record's source records, or all of them.
    #[error("choose some of the record's source records, and leave at least one")]
    NotAPart,
    /// The link is a person's decision already.
    #[error("this link is confirmed already")]
    Confirmed,
    /// The act was undone.
    #[error("this was undone already")]
    Undone,
    /// Another act stands in the way.
    #[error("a later act stands in the way: undo the {} of {reference} first", .kind.code())]
    InTheWay {
        /// What kind of act.
        kind: JoiningKind,
        /// Which.
        act: Uuid,
        /// Its reference.
        reference: String,
    },
    /// One person for both.
    #[error("this is decided by another person than who asked for it or proposed it")]
    OnePerson,
    /// Something is proposed already, or nothing is; or the case is settled.
    #[error("this cannot be done with it as it stands; look at it again")]
    Moment,
    /// Who proposed it may not any more.
    #[error(transparent)]
    ProposerMayNot(#[from] ProposerMayNot),
    /// Somebody else changed it meanwhile.
    #[error("somebody else changed this meanwhile; look at it again")]
    Changed,
    /// The person must prove afresh who they are.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
    /// The system failed; nothing was decided.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for JoinError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// How people name an act to each other: the last letters of its id.
#[must_use]
pub fn joining_reference(act: Uuid) -> String {
    let text = act.simple().to_string();
    text.get(text.len().saturating_sub(8)..).unwrap_or_default().to_uppercase()
}

fn in_the_way(kind: JoiningKind, act: Uuid) -> JoinError {
    JoinError::InTheWay { kind, act, reference: joining_reference(act) }
}

/// The entry of a decision: in the clear a change of a record like any other. It is found by the survivor alone.
fn joining_event(who: &SignedIn, change: &str, child: Option<Uuid>, others: Vec<Uuid>) -> Event {
    let detail =
        ChangeDetail { change: change.to_owned(), subject: child, others, ..ChangeDetail::default() };
    Event::new(Action::RecordChanged, Detail::Change(detail)).by(who).concerning(child)
}

impl Directory {
    /// Writes that a step was refused, and refuses it.
    async fn not_joined<T>(&self, who: &SignedIn, why: &str, error: JoinError) -> Result<T, JoinError> {
        self.record(joining_event(who, &format!("joining_not_done:{why}"), None, Vec::new())).await?;
        Err(error)
    }
}
