//! The steps of a request beside the letter itself: checked, extended, refused, taken back, delivered.

use directory::families::{ExtensionReason, FamilyRule, RequestRefusal, RequestState};
use store::month_counts::{self, MonthCountRow};
use uuid::Uuid;

use super::matters::Matter;
use super::requests::{FamilyStepKind, RequestContent};
use super::{FamilyError, changed, start_of};
use crate::Directory;
use crate::session::SignedIn;

/// The measures under which answered matters are counted in their month, at the organisation of who closed them.
pub(crate) const ANSWERED: [&str; 3] = ["family_letters", "disputes_closed", "complaints_closed"];

impl Directory {
    /// Records that the desk has checked the evidence of who asks against its own file.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]; a refusal is in the trail too.
    pub async fn verify_requester(&self, who: &SignedIn, id: Uuid) -> Result<(), FamilyError> {
        let (mut matter, _) = self.request(who, id).await?;
        matter.content.steps.verify()?;
        self.take_request_step(who, matter, FamilyStepKind::Verified, "request_verified").await
    }

    /// Extends the time for an answer, once, and as long as it has not passed (UK GDPR article 12(3): whoever asked is told
    /// of it within the first month).
    ///
    /// # Errors
    ///
    /// [`FamilyError`]; a refusal is in the trail too.
    pub async fn extend_request(
        &self,
        who: &SignedIn,
        id: Uuid,
        reason: ExtensionReason,
    ) -> Result<(), FamilyError> {
        let (mut matter, _) = self.request(who, id).await?;
        if !matter.content.steps.is_open() {
            return Err(FamilyRule::Moment.into());
        }
        if matter.content.extended.is_some() {
            return Err(FamilyRule::ExtendedBefore.into());
        }
        if self.policy.families.deadline(matter.content.runs_from()) < self.today() {
            return Err(FamilyRule::ExtendedLate.into());
        }
        matter.content.extended = Some(reason);
        matter.row.due_on = start_of(self.policy.families.extended(matter.content.runs_from()));
        self.take_request_step(who, matter, FamilyStepKind::Extended, "request_extended").await
    }

    /// Refuses a request.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]; a refusal is in the trail too.
    pub async fn refuse_request(
        &self,
        who: &SignedIn,
        id: Uuid,
        reason: RequestRefusal,
    ) -> Result<(), FamilyError> {
        let (mut matter, _) = self.request(who, id).await?;
        matter.content.steps.end(true)?;
        matter.content.refusal = Some(reason);
        self.closed(&mut matter);
        self.take_request_step(who, matter, FamilyStepKind::Refused, "request_refused").await
    }

    /// Records that whoever asked took the request back.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]; a refusal is in the trail too.
    pub async fn withdraw_request(&self, who: &SignedIn, id: Uuid) -> Result<(), FamilyError> {
        let (mut matter, _) = self.request(who, id).await?;
        matter.content.steps.end(false)?;
        self.closed(&mut matter);
        self.take_request_step(who, matter, FamilyStepKind::Withdrawn, "request_withdrawn").await
    }

    /// Records that the letter reached the family by the channel that was verified; closes the request.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]; a refusal is in the trail too.
    pub async fn deliver_letter(&self, who: &SignedIn, id: Uuid) -> Result<(), FamilyError> {
        let (mut matter, _) = self.request(who, id).await?;
        matter.content.steps.clone().deliver()?;
        self.channel_is_verified(who, &matter).await?;
        matter.content.steps.deliver()?;
        self.closed(&mut matter);
        self.take_request_step(who, matter, FamilyStepKind::Delivered, "letter_delivered").await
    }

    /// Writes one step of a request, with its entry.
    pub(super) async fn take_request_step(
        &self,
        who: &SignedIn,
        mut matter: Matter<RequestContent>,
        kind: FamilyStepKind,
        what: &str,
    ) -> Result<(), FamilyError> {
        let at = self.world.now().as_microsecond();
        matter.content.note(kind, Some(who.account), at);
        let (id, child) = (matter.row.matter_id, matter.content.child);
        let mut tx = self.store.begin().await?;
        self.keep_matter(&mut tx, &matter).await?;
        if matter.content.steps.state == RequestState::Delivered {
            month_counts::add(&mut tx, &[self.answered_once(who, ANSWERED[0])]).await?;
        }
        self.commit_with(tx, vec![changed(who, what, Some(id), Some(child))]).await?;
        Ok(())
    }

    pub(super) fn answered_once(&self, who: &SignedIn, measure: &str) -> MonthCountRow {
        MonthCountRow {
            month: directory::Month::from(self.today()).to_string(),
            organisation_id: who.organisation_id,
            measure: measure.to_owned(),
            n: 1,
        }
    }
}
