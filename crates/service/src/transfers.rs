//! Handing a protected child on to another authority's shield desk (rule 5.3): one person of the desk of the authority that is
//! accountable offers, one of the other desk accepts or refuses. Until then nothing changes; from then on the sealed authority is the
//! other one, and the reviews of the child's shields are the other desk's. The authority that stands in the clear is one national
//! value before and after (decision 4).
//!
//! An offer shows the child as the desk shows every child, by number, name, birth and gender: so one person of each side is enough, and
//! neither page says anything of where the child is. Who offers to whom stands under keyed hashes, for an authority is a place; for the
//! same reason whoever answers is told that another authority offers, and not which (law 3).

mod answering;
mod ending;
mod listing;
mod offering;
mod rows;
mod showing;

use audit::{Action, ChangeDetail, Detail};
use directory::access::Permission;
use directory::transfer::{OfferEnded, TransferReason, TransferRefusal, TransferState};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::audit_reading::AccountLabel;
use crate::session::SignedIn;
use crate::shield_desk::DeskChild;
use crate::sign_in::StepUpFirst;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// An offer, as it is handed in.
#[derive(Debug, Clone)]
pub struct TransferOffer {
    /// The child.
    pub number: directory::ChildNumber,
    /// The name of the authority it is offered to.
    pub to: String,
    /// Why.
    pub reason: TransferReason,
}

/// What the other desk answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferAnswer {
    /// It accepts the child.
    Accept,
    /// It does not.
    Refuse(TransferRefusal),
}

/// A line of a desk's list. It names no child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferLine {
    /// The offer.
    pub id: Uuid,
    /// The authority it is offered to, for the desk that chose it; whoever answers is not told which offers.
    pub to: Option<String>,
    /// Why it is offered.
    pub reason: TransferReason,
    /// Where it stands.
    pub state: TransferState,
    /// The day it was offered.
    pub since: Date,
    /// The last day for an answer.
    pub due: Date,
    /// Whether that day is over and there is no answer.
    pub overdue: bool,
}

/// A desk's offers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransferDesk {
    /// Those that other desks make to this one, those that wait first.
    pub received: Vec<TransferLine>,
    /// Those this desk makes to others.
    pub offered: Vec<TransferLine>,
}

/// An offer, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferView {
    /// Its line.
    pub line: TransferLine,
    /// The child, while the offer waits: who refused it, or handed it on, sees no more of it here.
    pub child: Option<DeskChild>,
    /// Who offered it, shown to their own desk.
    pub by: Option<AccountLabel>,
    /// Who ended it, shown to their own desk.
    pub ended_by: Option<AccountLabel>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Whether this person may accept or refuse it.
    pub may_answer: bool,
    /// Whether this person may take it back.
    pub may_take_back: bool,
}

/// Why a step was not taken, or nothing was shown.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The person's roles do not allow it.
    #[error("this account may not hand protected children on")]
    Forbidden,
    /// No protected child of this authority has the number.
    #[error(
        "your authority answers for no protected child with this number; check it on the request for the shield"
    )]
    NoSuchChild,
    /// No other authority has the name, or it has no desk.
    #[error("there is no other authority named {name} with a shield desk; write the name as its page has it")]
    NoSuchDesk {
        /// As it was typed.
        name: String,
    },
    /// A shield of the child keeps that desk from it.
    #[error("a shield of this child names that authority among those who must not find it")]
    Barred,
    /// It is offered already.
    #[error("this child is offered to a desk already; take that offer back first")]
    OfferedBefore,
    /// No such offer, or none of this desk's.
    #[error("there is no such offer")]
    NotFound,
    /// It ended before.
    #[error(transparent)]
    Ended(#[from] OfferEnded),
    /// Somebody else changed it meanwhile; nothing was written.
    #[error("somebody else changed this offer, or the child’s record, meanwhile; look at it again")]
    Changed,
    /// The person must prove afresh who they are.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
    /// The system failed; nothing was written.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for TransferError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// What the row of an offer holds, sealed.
#[derive(Clone, Serialize, Deserialize)]
struct Content {
    child: Uuid,
    /// The code of the authority that offers.
    from_code: String,
    to: Uuid,
    to_code: String,
    reason: TransferReason,
    state: TransferState,
    offered_by: Uuid,
    offered_on: Date,
    due: Date,
    ended_by: Option<Uuid>,
    ended_at: Option<i64>,
}

/// On which side of an offer somebody stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Offers,
    Answers,
}

impl Directory {
    /// The desk's permission, or the refusal written.
    async fn hands_on(&self, who: &SignedIn) -> Result<(), TransferError> {
        if who.may(Permission::DecideShield) {
            return Ok(());
        }
        self.no_transfer(who, "not_permitted", TransferError::Forbidden).await
    }

    /// Writes that a step was refused, and refuses it.
    async fn no_transfer<T>(
        &self,
        who: &SignedIn,
        why: &str,
        error: TransferError,
    ) -> Result<T, TransferError> {
        self.record(transfer_event(who, &format!("transfer_not_done:{why}"), None)).await?;
        Err(error)
    }
}

/// The codes of the authorities at whose desk this person works. A partner's desk decides on shields and answers for no record.
fn desks_of(who: &SignedIn) -> Vec<String> {
    let at_an_authority =
        who.roles().iter().filter(|held| held.at.kind == "authority" && held.gives(Permission::DecideShield));
    let mut codes: Vec<String> = at_an_authority.filter_map(|held| held.at.authority.clone()).collect();
    codes.sort();
    codes.dedup();
    codes
}

/// In the clear a change of a record like all others: neither that it is an offer nor to whom.
fn transfer_event(who: &SignedIn, change: &str, child: Option<Uuid>) -> Event {
    let detail = ChangeDetail { change: change.to_owned(), subject: child, ..ChangeDetail::default() };
    Event::new(Action::RecordChanged, Detail::Change(detail)).by(who).concerning(child)
}
