//! What families ask (section 14): to see what is held, to have it put right, to complain.
//!
//! Each matter is a row that says in the clear neither which child it is about nor which authority answers: both are keyed
//! hashes, and the rest is sealed under keys of its own, which are destroyed when its time is over. A matter about a
//! protected child stands on a list of its own, worked by two people of the protected desk; nobody else's list has one
//! line, one statement or one word more or less for it (laws 3 and 5).

mod answering;
mod asking;
mod channels;
mod complaints;
mod disputes;
mod ending;
mod following;
mod history;
mod letters;
mod matters;
mod placing;
mod provider_said;
mod reminding;
mod requests;
mod row_names;
mod tasks;
mod unread;

pub(crate) use answering::ANSWERED;
pub use channels::SentChannelCode;
pub use complaints::{ComplaintIntake, ComplaintLine, ComplaintView};
pub use disputes::{DisputeIntake, DisputeLine, DisputeView, SourceLine};
pub(crate) use following::FamilyWalk;
pub(crate) use history::AT_FAMILY_DESK;
pub use letters::FamilyLetter;
pub use provider_said::ProviderSaid;
pub(crate) use provider_said::ProvidersWord;
pub use requests::{FamilyStep, FamilyStepKind, RequestIntake, RequestLine, RequestView};
pub use tasks::TaskLine;

use audit::{Action, ChangeDetail, Detail, ExportDetail};
use directory::access::Permission;
use directory::families::{DisputeRule, FamilyRule};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::proposers::ProposerMayNot;
use crate::records::OpenChild;
use crate::session::SignedIn;
use crate::sign_in::StepUpFirst;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// Why a step was not taken, or nothing was shown.
#[derive(Debug, thiserror::Error)]
pub enum FamilyError {
    /// The person's roles do not allow it.
    #[error("this account may not answer families")]
    Forbidden,
    /// No such matter, or none of this desk's.
    #[error("there is no such matter")]
    NotFound,
    /// No child has this number.
    #[error("there is no child with this number")]
    NoSuchChild,
    /// Nobody has this username.
    #[error("there is no account of this name")]
    NoSuchAccount,
    /// No request of this desk has this number.
    #[error("there is no such request")]
    NoSuchRequest,
    /// The day of receipt lies ahead, or long ago.
    #[error("the day of receipt is today or a day of the last three months")]
    Day,
    /// A rule about the steps.
    #[error(transparent)]
    Rule(#[from] FamilyRule),
    /// A rule about disputes.
    #[error(transparent)]
    Dispute(#[from] DisputeRule),
    /// What is held has changed since the letter was prepared.
    #[error("what is held has changed since this letter was prepared; prepare it again")]
    Outdated,
    /// The letter is not the one that this person read.
    #[error(
        "read the letter first: it was not read by you yet, or was prepared anew or goes another way since you did"
    )]
    NotRead,
    /// Who prepared the answer, or proposed the outcome, was suspended or barred since.
    #[error("who prepared or proposed this may not any more; prepare or propose it anew")]
    ProposerMayNot(#[from] ProposerMayNot),
    /// Somebody else changed it meanwhile; nothing was written.
    #[error("somebody else changed this meanwhile; look at it again")]
    Changed,
    /// The person must prove afresh who they are.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
    /// The system failed; nothing was written.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for FamilyError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// How many matters of a list are shown; those due first.
const LISTED: i64 = 500;

/// How long ago something may have been received, days.
const LATEST_INTAKE: i64 = 92;

/// Which of the two desks of an authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Desk {
    Families,
    Protected,
}

impl Directory {
    /// The permission to answer families somewhere, or the refusal written.
    async fn answers_families(&self, who: &SignedIn) -> Result<String, FamilyError> {
        match home_of(who) {
            Some(authority) => Ok(authority),
            None => self.not_done(who, "not_permitted", FamilyError::Forbidden).await,
        }
    }

    /// Writes that a step was refused, and refuses it.
    async fn not_done<T>(&self, who: &SignedIn, why: &str, error: FamilyError) -> Result<T, FamilyError> {
        self.record(changed(who, &format!("not_done:{why}"), None, None)).await?;
        Err(error)
    }

    /// That the day is one on which something may have been received.
    fn received_on(&self, day: Date) -> Result<Date, FamilyError> {
        let today = self.today();
        let ago = today.since(day).map(|span| i64::from(span.get_days())).unwrap_or(i64::MAX);
        if (0..=LATEST_INTAKE).contains(&ago) { Ok(day) } else { Err(FamilyError::Day) }
    }

    /// The authority that answers a family about the child. Where nobody answers for the record yet, whoever took it in.
    fn answering_authority(open: &OpenChild, taken_in_at: &str) -> String {
        let sealed = open.profile.authority.as_ref().map(|code| code.as_str().to_owned());
        let clear = Some(open.row.authority.clone()).filter(|code| {
            code != directory::accountable_authority::NATIONAL && !open.profile.is_protected()
        });
        sealed.or(clear).unwrap_or_else(|| taken_in_at.to_owned())
    }
}

/// The authority at which this person answers families.
fn home_of(who: &SignedIn) -> Option<String> {
    let answers = |held: &&directory::access::HeldRole| {
        held.at.kind == "authority" && held.gives(Permission::AnswerFamilies)
    };
    who.roles().iter().find(answers)?.at.authority.clone()
}

/// Whether a role of theirs gives the permission at that very authority: neither a partner's nor the centre's does.
fn serves(who: &SignedIn, permission: Permission, authority: &str) -> bool {
    who.roles().iter().any(|held| {
        let there = held.at.kind == "authority" && held.at.authority.as_deref() == Some(authority);
        there && held.gives(permission)
    })
}

/// Whether this person works at that desk of the authority.
fn works_at(who: &SignedIn, authority: &str, desk: Desk) -> bool {
    serves(who, Permission::AnswerFamilies, authority)
        && (desk == Desk::Families || serves(who, Permission::DecideShield, authority))
}

/// The codes of what was done are the same at both desks: the trail must not tell them apart.
fn changed(who: &SignedIn, change: &str, matter: Option<Uuid>, child: Option<Uuid>) -> Event {
    let detail = ChangeDetail { change: change.to_owned(), subject: matter, ..ChangeDetail::default() };
    Event::new(Action::FamilyMatterChanged, Detail::Change(detail)).by(who).concerning(child)
}

fn looked(who: &SignedIn, what: &str, matter: Option<Uuid>) -> Event {
    let detail = ExportDetail { what: what.to_owned(), subject: matter, ..ExportDetail::default() };
    Event::new(Action::FamilyMattersRead, Detail::Export(detail)).by(who)
}

/// The number under which a family and the office speak of a matter: of its random id, so it tells nothing.
pub(crate) fn reference_of(matter: Uuid) -> String {
    let text = matter.simple().to_string().to_uppercase();
    let (first, rest) = text.split_at_checked(4).unwrap_or((&text, ""));
    format!("{first}-{}", rest.get(..4).unwrap_or_default())
}

fn start_of(day: Date) -> i64 {
    day.to_zoned(TimeZone::UTC).map_or(i64::MAX, |start| start.timestamp().as_microsecond())
}

fn day_of(micros: i64) -> Date {
    instant(micros).to_zoned(TimeZone::UTC).date()
}

fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MIN)
}
