//! Working through the queue: taking an alert on, giving it back, passing it on, deciding it. Two never decide one: a row
//! changes only while it is as it was read.

use audit::{Action, ChangeDetail, Detail};
use directory::access::{DangerousAct, Permission};
use directory::watching::{EvidenceReference, Outcome, Refusal, Rule, StepKind, Tier};
use store::alerts::{self, AlertRow, AlertState, AlertTier};
use store::{StoreError, investigations, month_counts};
use uuid::Uuid;

use super::counts::Tally;
use super::raising::{AlertContent, CENTRE, Happening, InvestigationContent, Raised, Step, tier};
use crate::proposers::ProposerMayNot;
use crate::session::SignedIn;
use crate::sign_in::StepUpFirst;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// Why an alert or investigation was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    /// There is none, or it is not within the person's reach: the answer is the same.
    #[error("there is no such alert or investigation within your reach")]
    NotFound,
    /// The person's roles do not allow it.
    #[error("this account may not do this")]
    Forbidden,
    /// This person may not decide this one.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Somebody else was quicker; nothing was written.
    #[error("somebody else has just changed this; look at it again")]
    Changed,
    /// It was not taken on by this person.
    #[error("take the alert on before you decide it")]
    NotTakenOn,
    /// It is closed.
    #[error("this is closed, and stays as it is")]
    Closed,
    /// The decision rests on nothing.
    #[error("give the reference of the evidence")]
    EvidenceNeeded,
    /// The step is written by what it records, not by hand.
    #[error("this step cannot be recorded by hand")]
    NotByHand,
    /// There is no finding to confirm.
    #[error("nobody has proposed a finding")]
    NothingProposed,
    /// Who proposed the finding may not any more: the proposal is void.
    #[error(transparent)]
    ProposerMayNot(#[from] ProposerMayNot),
    /// The person must prove afresh who they are.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
    /// The system failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<StoreError> for AlertError {
    fn from(error: StoreError) -> Self {
        Self::Service(error.into())
    }
}

impl Directory {
    /// Takes an alert on, so that nobody else decides it meanwhile.
    ///
    /// # Errors
    ///
    /// [`AlertError`]; [`AlertError::Changed`] when somebody else was quicker.
    pub async fn claim_alert(&self, who: &SignedIn, id: Uuid) -> Result<(), AlertError> {
        let (row, content) = self.open_one(who, id).await?;
        self.may_take_on(who, &row, &content).await??;
        if row.state == AlertState::Claimed {
            return if row.claimed_by == Some(who.account) { Ok(()) } else { Err(AlertError::Changed) };
        }
        let row = AlertRow { state: AlertState::Claimed, claimed_by: Some(who.account), ..row };
        self.change_alert(who, row, content, "claimed", Tally::default()).await
    }

    /// Puts an alert back, whoever has taken it on: nothing waits for somebody who is away.
    ///
    /// # Errors
    ///
    /// [`AlertError`].
    pub async fn release_alert(&self, who: &SignedIn, id: Uuid) -> Result<(), AlertError> {
        let (row, content) = self.open_one(who, id).await?;
        self.may_take_on(who, &row, &content).await??;
        if row.state != AlertState::Claimed {
            return Err(AlertError::NotTakenOn);
        }
        let row = AlertRow { state: AlertState::Open, claimed_by: None, ..row };
        self.change_alert(who, row, content, "released", Tally::default()).await
    }

    /// Passes an alert on to the central tier. Whoever it is about cannot, nor of an override whoever agreed to it; anyone else
    /// who handles alerts there can.
    ///
    /// # Errors
    ///
    /// [`AlertError`].
    pub async fn escalate_alert(&self, who: &SignedIn, id: Uuid) -> Result<(), AlertError> {
        let (row, content) = self.open_one(who, id).await?;
        match self.may_handle(who, &row, &content).await? {
            // Whoever reported a sample may have the centre look at it.
            Err(Refusal::Named) if content.rule != Rule::ShieldOverride => {}
            said => said?,
        }
        if tier(row.tier) == Tier::Central {
            return Err(AlertError::Changed);
        }
        let mut tally = Tally::default();
        tally.add(&self.this_month(), row.organisation_id, "alerts_escalated");
        let row = AlertRow {
            tier: AlertTier::Central,
            authority: CENTRE.to_owned(),
            state: AlertState::Open,
            claimed_by: None,
            ..row
        };
        self.change_alert(who, row, content, "escalated", tally).await
    }

    /// Decides an alert that this person has taken on. Suspected misuse suspends the account, ends its sessions, tells the
    /// line manager and opens an investigation, all in one transaction (rule 6.14). A breach of procedure opens an
    /// investigation (rule 6.17). A concern about a sample names the user: somebody else decides what comes of it.
    /// Returns the investigation it led to.
    ///
    /// # Errors
    ///
    /// [`AlertError`].
    pub async fn decide_alert(
        &self,
        who: &SignedIn,
        id: Uuid,
        outcome: Outcome,
        evidence: Option<EvidenceReference>,
    ) -> Result<Option<Uuid>, AlertError> {
        let (row, mut content) = self.open_one(who, id).await?;
        self.may_take_on(who, &row, &content).await??;
        if outcome.is_investigated() {
            self.freshly_proved(who, DangerousAct::OpenInvestigation)?;
        }
        if row.claimed_by != Some(who.account) || row.state != AlertState::Claimed {
            return Err(AlertError::NotTakenOn);
        }
        if outcome.needs_evidence() && evidence.is_none() {
            return Err(AlertError::EvidenceNeeded);
        }
        content.outcome = Some(outcome);
        content.evidence.clone_from(&evidence);
        content.decided_by = Some(who.account);
        if content.rule == Rule::Sample && outcome.is_investigated() {
            return self.report_sample(who, row, content).await.map(|()| None);
        }
        let misuse = outcome == Outcome::MisuseSuspected;
        let opened = match row.investigation_id {
            // An override is under investigation already.
            Some(_) => None,
            None if outcome.is_investigated() => {
                Some(self.investigation_of(who, &row, &content, outcome, evidence.as_ref()).await?)
            }
            None => None,
        };
        let now = self.world.now().as_microsecond();
        let month = self.this_month();
        let mut tally = self.tally_decision(&row, &content, outcome);
        if opened.is_some() && !content.rule.is_the_centres() {
            tally.add(&month, row.organisation_id, "investigations");
        }
        content.history.push(happened(who, now, "decided"));
        let investigation = row.investigation_id.or(opened.as_ref().map(|row| row.investigation_id));
        let row = AlertRow {
            state: AlertState::Closed,
            closed_at: Some(now),
            investigation_id: investigation,
            sealed: self.seal_alert(row.organisation_id, row.alert_id, &content).await?,
            ..row
        };
        let notice = match (misuse, row.account_id) {
            (true, Some(account)) => {
                let about = (row.organisation_id, row.investigation_id);
                Some(self.misuse_notice(Some(who.account), about.0, about.1, account).await?)
            }
            _ => None,
        };
        let mut tx = self.store.begin().await?;
        if !alerts::replace(&mut tx, &row).await? {
            tx.rollback().await?;
            return Err(AlertError::Changed);
        }
        self.write_event(&mut tx, decided(who, &row, outcome.code())).await?;
        if let Some(opened) = &opened {
            investigations::insert(&mut tx, opened).await?;
            let change =
                investigation_event("investigation_opened", opened.investigation_id, vec![row.alert_id]);
            self.write_event(&mut tx, change.by(who)).await?;
        }
        if let (Some(account), Some(notice)) = (row.account_id, &notice) {
            self.suspend_for_misuse_in(&mut tx, Some(who), account).await?;
            store::pending_acts::insert(&mut tx, notice).await?;
        }
        month_counts::add(&mut tx, &tally.rows()).await?;
        tx.commit().await?;
        Ok(investigation)
    }

    fn tally_decision(&self, row: &AlertRow, content: &AlertContent, outcome: Outcome) -> Tally {
        let (month, organisation) = (self.this_month(), row.organisation_id);
        let mut tally = Tally::default();
        if content.rule == Rule::Sample {
            tally.add(&month, organisation, "samples_reviewed");
        } else if !content.rule.is_the_centres() {
            tally.add(&month, organisation, "alerts_decided");
            tally.add(&month, organisation, &format!("alert_{}", outcome.code()));
        }
        tally
    }

    async fn investigation_of(
        &self,
        who: &SignedIn,
        row: &AlertRow,
        content: &AlertContent,
        outcome: Outcome,
        evidence: Option<&EvidenceReference>,
    ) -> Result<investigations::InvestigationRow, ServiceError> {
        let now = self.world.now().as_microsecond();
        let misuse = outcome == Outcome::MisuseSuspected;
        let steps = misuse.then(|| Step {
            at: now,
            by: Some(who.account),
            what: StepKind::AccountSuspended,
            evidence: evidence.cloned(),
        });
        let investigation = InvestigationContent {
            opened_by: Some(who.account),
            because: outcome.code().to_owned(),
            named_by: content.named_by.clone(),
            takes_two: misuse || content.rule.is_always_investigated(),
            entries: vec![content.entry],
            steps: steps.into_iter().collect(),
            ..InvestigationContent::default()
        };
        let place = (tier(row.tier), row.authority.as_str());
        self.investigation_row(place, (row.organisation_id, row.account_id), investigation).await
    }

    /// A concern about a sample: it is closed, and an alert that names the user takes its place, for somebody else.
    async fn report_sample(
        &self,
        who: &SignedIn,
        row: AlertRow,
        mut content: AlertContent,
    ) -> Result<(), AlertError> {
        let now = self.world.now().as_microsecond();
        let mut tally = Tally::default();
        let month = self.this_month();
        tally.add(&month, row.organisation_id, "samples_reviewed");
        tally.add(&month, row.organisation_id, "samples_of_concern");
        content.history.push(happened(who, now, "decided"));
        let mut conn = self.store.reader().await?;
        let mut known = super::raising::Known::default();
        let about = row.account_id.ok_or(AlertError::NotFound)?;
        let when = (content.day, content.entry);
        let raised = self
            .raised(&mut conn, &mut known, Rule::Reported, (about, row.organisation_id), when)
            .await?
            .ok_or(AlertError::NotFound)?;
        drop(conn);
        let once_key = self.once_for_entry(Rule::Reported, content.entry);
        let raised = Raised { named_by: vec![who.account], once_key, ..raised };
        let prepared = self.prepared(&raised).await?;
        let row = AlertRow {
            state: AlertState::Closed,
            closed_at: Some(now),
            sealed: self.seal_alert(row.organisation_id, row.alert_id, &content).await?,
            ..row
        };
        let mut tx = self.store.begin().await?;
        if !alerts::replace(&mut tx, &row).await? {
            tx.rollback().await?;
            return Err(AlertError::Changed);
        }
        self.write_event(&mut tx, decided(who, &row, "reported")).await?;
        self.keep_raised(&mut tx, std::slice::from_ref(&raised), vec![prepared], &mut tally).await?;
        month_counts::add(&mut tx, &tally.rows()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The alert, open or claimed, for who may handle it.
    async fn open_one(&self, who: &SignedIn, id: Uuid) -> Result<(AlertRow, AlertContent), AlertError> {
        let row = self.alert_within(who, Permission::HandleAlerts, id).await?;
        if row.state == AlertState::Closed {
            return Err(AlertError::Closed);
        }
        let content = self.open_alert(&row).await?;
        Ok((row, content))
    }

    /// Writes a change of where an alert stands, and its entry.
    async fn change_alert(
        &self,
        who: &SignedIn,
        row: AlertRow,
        mut content: AlertContent,
        what: &str,
        tally: Tally,
    ) -> Result<(), AlertError> {
        content.history.push(happened(who, self.world.now().as_microsecond(), what));
        let sealed = self.seal_alert(row.organisation_id, row.alert_id, &content).await?;
        let row = AlertRow { sealed, ..row };
        let mut tx = self.store.begin().await?;
        if !alerts::replace(&mut tx, &row).await? {
            tx.rollback().await?;
            return Err(AlertError::Changed);
        }
        self.write_event(&mut tx, decided(who, &row, what)).await?;
        month_counts::add(&mut tx, &tally.rows()).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn happened(who: &SignedIn, at: i64, what: &str) -> Happening {
    Happening { at, by: Some(who.account), what: what.to_owned() }
}

fn decided(who: &SignedIn, row: &AlertRow, what: &str) -> Event {
    let detail = ChangeDetail {
        change: format!("alert_{what}"),
        subject: Some(row.alert_id),
        others: row.account_id.into_iter().chain(row.investigation_id).collect(),
        ..ChangeDetail::default()
    };
    Event::new(Action::AlertDecided, Detail::Change(detail)).by(who)
}

pub(crate) fn investigation_event(what: &str, id: Uuid, others: Vec<Uuid>) -> Event {
    let detail =
        ChangeDetail { change: what.to_owned(), subject: Some(id), others, ..ChangeDetail::default() };
    Event::new(Action::InvestigationChanged, Detail::Change(detail))
}
