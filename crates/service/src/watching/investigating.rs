//! Acting on an investigation: its steps, its escalation, its finding. It is never deleted, and once closed it stays.

use directory::access::{DangerousAct, Permission};
use directory::watching::{EvidenceReference, Finding, Rule, Sanction, StepKind, Tier, may_close};
use store::alerts::AlertTier;
use store::investigations::{self as rows, InvestigationRow, InvestigationState};
use store::month_counts;
use uuid::Uuid;

use super::counts::Tally;
use super::deciding::{AlertError, investigation_event};
use super::raising::{CENTRE, Found, InvestigationContent, Step, tier};
use super::reach::reaches;
use crate::proposers::ProposerMayNot;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

impl Directory {
    /// Records a step, with the reference of its evidence.
    ///
    /// # Errors
    ///
    /// [`AlertError`].
    pub async fn record_step(
        &self,
        who: &SignedIn,
        id: Uuid,
        what: StepKind,
        evidence: EvidenceReference,
    ) -> Result<(), AlertError> {
        let (row, mut content) = self.still_open(who, id).await?;
        if !what.is_recorded_by_hand() {
            return Err(AlertError::NotByHand);
        }
        content.steps.push(self.step_of(who, what, Some(evidence)));
        self.change_investigation(who, row, &content, what.code(), Tally::default()).await
    }

    /// Passes an investigation on to the central tier.
    ///
    /// # Errors
    ///
    /// [`AlertError`].
    pub async fn escalate_investigation(&self, who: &SignedIn, id: Uuid) -> Result<(), AlertError> {
        let (row, mut content) = self.still_open(who, id).await?;
        if tier(row.tier) == Tier::Central {
            return Err(AlertError::Changed);
        }
        content.steps.push(self.step_of(who, StepKind::Escalated, None));
        let row = InvestigationRow { tier: AlertTier::Central, authority: CENTRE.to_owned(), ..row };
        self.change_investigation(who, row, &content, StepKind::Escalated.code(), Tally::default()).await
    }

    /// Says what was found. Where it takes two, this proposes it, and another person confirms; else it closes. Returns
    /// whether it is closed.
    ///
    /// # Errors
    ///
    /// [`AlertError`].
    pub async fn close_investigation(
        &self,
        who: &SignedIn,
        id: Uuid,
        finding: Finding,
        sanction: Sanction,
        evidence: EvidenceReference,
    ) -> Result<bool, AlertError> {
        let (row, mut content) = self.still_open(who, id).await?;
        self.freshly_proved(who, DangerousAct::CloseInvestigation)?;
        if content.proposed.is_some() {
            // What is proposed is confirmed or refused first.
            return Err(AlertError::Changed);
        }
        let found = Found { by: who.account, finding, sanction, evidence };
        if content.takes_two {
            content.steps.push(self.step_of(who, StepKind::CloseProposed, Some(found.evidence.clone())));
            content.proposed = Some(found);
            let what = StepKind::CloseProposed.code();
            self.change_investigation(who, row, &content, what, Tally::default()).await?;
            return Ok(false);
        }
        self.end_investigation(who, row, content, found).await?;
        Ok(true)
    }

    /// Confirms or refuses, as the second person, the finding that another has proposed (rules 9.6, 12.13).
    ///
    /// # Errors
    ///
    /// [`AlertError`]; [`AlertError::ProposerMayNot`] where the first person could not propose it now: then it is void, and
    /// somebody proposes anew.
    pub async fn confirm_finding(&self, who: &SignedIn, id: Uuid, agrees: bool) -> Result<(), AlertError> {
        let (row, mut content) = self.still_open(who, id).await?;
        self.freshly_proved(who, DangerousAct::CloseInvestigation)?;
        let proposed = content.proposed.take().ok_or(AlertError::NothingProposed)?;
        may_close(who.account, row.account_id, Some(proposed.by))?;
        if !agrees {
            return self.drop_proposal(who, row, content, StepKind::CloseRefused).await;
        }
        if Box::pin(self.finder_still_may(proposed.by, &row, &content)).await? {
            return self.end_investigation(who, row, content, proposed).await;
        }
        self.drop_proposal(who, row, content, StepKind::CloseVoid).await?;
        Err(ProposerMayNot.into())
    }

    /// The finding that waited is gone, and the investigation goes on.
    async fn drop_proposal(
        &self,
        who: &SignedIn,
        row: InvestigationRow,
        mut content: InvestigationContent,
        why: StepKind,
    ) -> Result<(), AlertError> {
        content.steps.push(self.step_of(who, why, None));
        self.change_investigation(who, row, &content, why.code(), Tally::default()).await
    }

    /// Whether who proposed a finding could propose it now: they are let in, the case is within their reach, and nothing keeps
    /// them from it.
    async fn finder_still_may(
        &self,
        proposer: Uuid,
        row: &InvestigationRow,
        content: &InvestigationContent,
    ) -> Result<bool, ServiceError> {
        let Some(person) = self.still_let_in(proposer).await? else { return Ok(false) };
        let about = self.organisation_standing(row.organisation_id).await?;
        let within_reach = reaches(&person.roles, Permission::Investigate, tier(row.tier), &about);
        Ok(within_reach && self.may_investigate(&person, row, content).await?.is_ok())
    }

    async fn end_investigation(
        &self,
        who: &SignedIn,
        row: InvestigationRow,
        mut content: InvestigationContent,
        found: Found,
    ) -> Result<(), AlertError> {
        let now = self.world.now().as_microsecond();
        let mut tally = Tally::default();
        if !Rule::from_code(&content.because).is_some_and(Rule::is_the_centres) {
            tally.add(&self.this_month(), row.organisation_id, "investigations_closed");
        }
        content.steps.push(self.step_of(who, StepKind::Closed, Some(found.evidence.clone())));
        content.found = Some(found);
        let row = InvestigationRow { state: InvestigationState::Closed, closed_at: Some(now), ..row };
        self.change_investigation(who, row, &content, StepKind::Closed.code(), tally).await
    }

    /// The investigation, still open, for who may act on it; nobody acts on their own, nor on what they agreed to.
    async fn still_open(
        &self,
        who: &SignedIn,
        id: Uuid,
    ) -> Result<(InvestigationRow, InvestigationContent), AlertError> {
        let row = self.investigation_within(who, Permission::Investigate, id).await?;
        let content = self.open_investigation(&row).await?;
        self.may_investigate(who, &row, &content).await??;
        if row.state == InvestigationState::Closed {
            return Err(AlertError::Closed);
        }
        Ok((row, content))
    }

    fn step_of(&self, who: &SignedIn, what: StepKind, evidence: Option<EvidenceReference>) -> Step {
        Step { at: self.world.now().as_microsecond(), by: Some(who.account), what, evidence }
    }

    async fn change_investigation(
        &self,
        who: &SignedIn,
        row: InvestigationRow,
        content: &InvestigationContent,
        what: &str,
        tally: Tally,
    ) -> Result<(), AlertError> {
        let sealed = self.seal_investigation(&row, content).await?;
        let row = InvestigationRow { sealed, ..row };
        let mut tx = self.store.begin().await?;
        if !rows::replace(&mut tx, &row).await? {
            tx.rollback().await?;
            return Err(AlertError::Changed);
        }
        let event = investigation_event(
            &format!("investigation_{what}"),
            row.investigation_id,
            row.account_id.into_iter().collect(),
        );
        self.write_event(&mut tx, event.by(who)).await?;
        month_counts::add(&mut tx, &tally.rows()).await?;
        tx.commit().await?;
        Ok(())
    }
}
