//! The way of a request to see what is held: taken in, identity checked, answer prepared by one person and released by
//! another, handed over. Every answer passes a second person (rule 14.5): were it only those about a protected child, the
//! wait itself would tell of the protection (law 3).

use crate::text_value::coded;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

coded! {
    /// Where a request stands.
    RequestState {
        /// It was taken in.
        Received = "received",
        /// The desk has checked the evidence of who asks.
        Verified = "verified",
        /// One person has prepared the answer, and another must look at it.
        Prepared = "prepared",
        /// The other person released it.
        Released = "released",
        /// The answer was handed over.
        Delivered = "delivered",
        /// It was refused.
        Refused = "refused",
        /// Whoever asked took it back.
        Withdrawn = "withdrawn",
    }
}

coded! {
    /// Why a request was refused.
    RequestRefusal {
        /// It was not shown who asks.
        IdentityNotShown = "identity_not_shown",
        /// It was not shown that they may ask for this child.
        NoRight = "no_right",
        /// The young person understands, and did not agree.
        ChildDisagrees = "child_disagrees",
        /// The same person was answered a short while ago.
        AnsweredBefore = "answered_before",
    }
}

coded! {
    /// Why the time for an answer was extended.
    ExtensionReason {
        /// The request is complex.
        Complex = "complex",
        /// The same person made several.
        SeveralRequests = "several_requests",
    }
}

/// Why a step was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FamilyRule {
    /// It does not stand where this can be done.
    #[error("this cannot be done as the matter now stands; look at it again")]
    Moment,
    /// Nobody decides on their own work (rule 12.13).
    #[error("another person must decide what you prepared")]
    OnePerson,
    /// It is about this person (rule 12.13).
    #[error("a complaint about you is for somebody else to answer")]
    AboutOneself,
    /// Whoever asks may not be told that.
    #[error("whoever asked may not be told that of this item: answer that it cannot be said")]
    NotTold,
    /// The complaint is about an answer of this person's (rule 12.13).
    #[error("this complaint is about a request that you answered; it is for somebody else to answer")]
    OwnAnswer,
    /// The question goes on to the sources by a second person of the desk.
    #[error("you took this dispute in; another person of the desk asks the sources")]
    OwnDispute,
    /// The time was extended before.
    #[error("the time has been extended already, and is extended once only")]
    ExtendedBefore,
    /// The time has passed: what is late is not made timely (UK GDPR article 12(3)).
    #[error(
        "the time for the answer has passed, and it can be extended only before it has; answer as soon as you can, and tell \
         whoever asked why it is late"
    )]
    ExtendedLate,
    /// Nothing is released, taken or handed over by a channel that was not verified.
    #[error("verify the channel first: nothing leaves by one that was not verified")]
    Channel,
    /// At the office nothing is sent.
    #[error("an answer handed over at the office needs no code: the papers are what verifies it")]
    NoCodeNeeded,
    /// No code is out, or its time or its tries are over.
    #[error("no code is out that can be entered; make a new one and send it by the channel")]
    NoCode,
    /// Whoever was shown the code enters it.
    #[error("you were shown this code; another person of the desk enters what comes back")]
    OwnCode,
    /// It is not the code that was sent.
    #[error("this is not the code that was sent; after a few wrong ones it is void")]
    WrongCode,
    /// What is the young person's own is told to them.
    #[error(
        "an enquiry is kept from others, not from the young person who asks for themself; prepare the letter without"
    )]
    OwnLetter,
}

/// The steps of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestSteps {
    /// Where it stands.
    pub state: RequestState,
    /// Who prepared the answer that waits or was released.
    pub prepared_by: Option<Uuid>,
}

impl RequestSteps {
    /// A request that was just taken in.
    #[must_use]
    pub const fn begin() -> Self {
        Self { state: RequestState::Received, prepared_by: None }
    }

    /// Whether something is still to be done.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        !matches!(self.state, RequestState::Delivered | RequestState::Refused | RequestState::Withdrawn)
    }

    /// The evidence was checked.
    ///
    /// # Errors
    /// [`FamilyRule::Moment`].
    pub fn verify(&mut self) -> Result<(), FamilyRule> {
        self.from(&[RequestState::Received], RequestState::Verified)
    }

    /// Whether the desk has seen the papers of who asks.
    #[must_use]
    pub const fn papers_seen(&self) -> bool {
        matches!(
            self.state,
            RequestState::Verified
                | RequestState::Prepared
                | RequestState::Released
                | RequestState::Delivered
        )
    }

    /// The answer is to leave by another channel: what was released is looked at once more by the second person.
    ///
    /// # Errors
    /// [`FamilyRule::Moment`].
    pub const fn rechannel(&mut self) -> Result<(), FamilyRule> {
        if !self.is_open() {
            return Err(FamilyRule::Moment);
        }
        if matches!(self.state, RequestState::Released) {
            self.state = RequestState::Prepared;
        }
        Ok(())
    }

    /// What could not be read when it was answered can be read now: it is to be answered again.
    ///
    /// # Errors
    /// [`FamilyRule::Moment`].
    pub fn reopen(&mut self) -> Result<(), FamilyRule> {
        self.from(&[RequestState::Delivered], RequestState::Verified)
    }

    /// The answer was prepared, perhaps anew.
    ///
    /// # Errors
    /// [`FamilyRule::Moment`].
    pub fn prepare(&mut self, by: Uuid) -> Result<(), FamilyRule> {
        self.from(&[RequestState::Verified, RequestState::Prepared], RequestState::Prepared)?;
        self.prepared_by = Some(by);
        Ok(())
    }

    /// Another person releases the answer, or sends it back to be prepared anew.
    ///
    /// # Errors
    /// [`FamilyRule::Moment`], [`FamilyRule::OnePerson`].
    pub fn decide(&mut self, by: Uuid, release: bool) -> Result<(), FamilyRule> {
        if self.state == RequestState::Prepared && self.prepared_by == Some(by) {
            return Err(FamilyRule::OnePerson);
        }
        self.from(
            &[RequestState::Prepared],
            if release { RequestState::Released } else { RequestState::Verified },
        )
    }

    /// What is held has changed since: the answer must be prepared anew.
    ///
    /// # Errors
    /// [`FamilyRule::Moment`].
    pub fn outdated(&mut self) -> Result<(), FamilyRule> {
        self.from(&[RequestState::Prepared, RequestState::Released], RequestState::Verified)
    }

    /// The answer was handed over.
    ///
    /// # Errors
    /// [`FamilyRule::Moment`].
    pub fn deliver(&mut self) -> Result<(), FamilyRule> {
        self.from(&[RequestState::Released], RequestState::Delivered)
    }

    /// The request was refused, or taken back by who made it.
    ///
    /// # Errors
    /// [`FamilyRule::Moment`].
    pub fn end(&mut self, refused: bool) -> Result<(), FamilyRule> {
        let open =
            [RequestState::Received, RequestState::Verified, RequestState::Prepared, RequestState::Released];
        self.from(&open, if refused { RequestState::Refused } else { RequestState::Withdrawn })
    }

    fn from(&mut self, from: &[RequestState], to: RequestState) -> Result<(), FamilyRule> {
        if !from.contains(&self.state) {
            return Err(FamilyRule::Moment);
        }
        self.state = to;
        Ok(())
    }
}
