//! Looking at investigations.

use directory::access::Permission;
use directory::watching::{Finding, Refusal, Rule, Sanction, StepKind, Tier, may_close};
use jiff::Timestamp;
use store::investigations::{self as rows, InvestigationRow, InvestigationState};
use store::{alerts, organisations, pending_acts};
use uuid::Uuid;

use super::alerts::{instant, looked};
use super::deciding::AlertError;
use super::raising::{Found, InvestigationContent, stored, tier};
use super::reach::{Place, Queue, reaches};
use crate::accounts::standing;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// How many stand on a page.
const PAGE: usize = 20;

/// One investigation in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvestigationLine {
    /// Which.
    pub id: Uuid,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Why: a rule's or an outcome's code.
    pub because: String,
    /// The user's organisation.
    pub organisation: String,
    /// The user's name.
    pub person: Option<String>,
    /// Whether it is closed.
    pub closed: bool,
    /// Whether a finding waits for a second person.
    pub waits_for_second: bool,
}

/// A page of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvestigationPage {
    /// The queues the person may choose from.
    pub queues: Vec<Queue>,
    /// The one shown.
    pub queue: Queue,
    /// The investigations, the oldest first.
    pub lines: Vec<InvestigationLine>,
    /// Where the next page begins.
    pub next: Option<Place>,
}

/// One step of an investigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepLine {
    /// When.
    pub at: Timestamp,
    /// By whom; nobody for the service itself.
    pub by: Option<String>,
    /// What.
    pub what: StepKind,
    /// The reference of its evidence.
    pub evidence: Option<String>,
}

/// A finding: what, what followed, its evidence, by whom.
pub type FindingLine = (Finding, Sanction, String, Option<String>);

/// One investigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvestigationView {
    /// As in the list.
    pub line: InvestigationLine,
    /// Whose it is.
    pub tier: Tier,
    /// Whether a second person confirms the finding.
    pub takes_two: bool,
    /// Its steps, in their order.
    pub steps: Vec<StepLine>,
    /// The alerts it stands on.
    pub alerts: Vec<(Uuid, Rule, Timestamp)>,
    /// How many entries of the trail it began with.
    pub entries: usize,
    /// The finding that waits for a second person.
    pub proposed: Option<FindingLine>,
    /// What was found.
    pub found: Option<FindingLine>,
    /// Whether the person may act on it, and if not, why.
    pub may_act: Result<(), Option<Refusal>>,
    /// Whether the person may confirm the proposed finding, and if not, why.
    pub may_confirm: Result<(), Refusal>,
}

impl Directory {
    /// A page of a queue's investigations.
    ///
    /// # Errors
    ///
    /// As [`Directory::alerts`].
    pub async fn investigations(
        &self,
        who: &SignedIn,
        queue: Option<&str>,
        closed: bool,
        after: Option<Place>,
    ) -> Result<InvestigationPage, AlertError> {
        let (queues, queue) = self.choose(who, queue).await?;
        self.record(looked(who, "investigations", None)).await?;
        let state = if closed { InvestigationState::Closed } else { InvestigationState::Open };
        let place = after.unwrap_or(Place::START);
        let mut conn = self.store.reader().await?;
        let mut read = rows::queue(
            &mut conn,
            stored(queue.tier),
            &queue.authority,
            state,
            (place.at, place.id),
            PAGE as i64 + 1,
        )
        .await?;
        drop(conn);
        let more = read.len() > PAGE;
        read.truncate(PAGE);
        let last = read.last().map(|row| Place { at: row.opened_at, id: row.investigation_id });
        let mut lines = Vec::new();
        for row in read {
            let standing = self.organisation_standing(row.organisation_id).await?;
            if reaches(&who.roles, Permission::ViewAlerts, queue.tier, &standing) {
                lines.push(self.investigation_line(&row, &self.open_investigation(&row).await?).await?);
            }
        }
        Ok(InvestigationPage { queues, queue, lines, next: last.filter(|_| more) })
    }

    async fn investigation_line(
        &self,
        row: &InvestigationRow,
        content: &InvestigationContent,
    ) -> Result<InvestigationLine, ServiceError> {
        let mut conn = self.store.reader().await?;
        let organisation = organisations::by_id(&mut conn, row.organisation_id).await?;
        drop(conn);
        Ok(InvestigationLine {
            id: row.investigation_id,
            opened_at: instant(content.opened(row)),
            because: content.because.clone(),
            organisation: organisation.map(|row| row.name).unwrap_or_default(),
            person: self.name_of(row.account_id).await?,
            closed: row.state == InvestigationState::Closed,
            waits_for_second: content.proposed.is_some(),
        })
    }

    pub(crate) async fn investigation_within(
        &self,
        who: &SignedIn,
        permission: Permission,
        id: Uuid,
    ) -> Result<InvestigationRow, AlertError> {
        if !who.may(permission) {
            return Err(AlertError::Forbidden);
        }
        let mut conn = self.store.reader().await?;
        let row = rows::by_id(&mut conn, id).await?.ok_or(AlertError::NotFound)?;
        let organisation =
            organisations::by_id(&mut conn, row.organisation_id).await?.ok_or(AlertError::NotFound)?;
        if reaches(&who.roles, permission, tier(row.tier), &standing(&organisation, self.today())) {
            Ok(row)
        } else {
            Err(AlertError::NotFound)
        }
    }

    /// One investigation.
    ///
    /// # Errors
    ///
    /// [`AlertError::Forbidden`], [`AlertError::NotFound`], or the system's.
    pub async fn investigation(&self, who: &SignedIn, id: Uuid) -> Result<InvestigationView, AlertError> {
        let row = self.investigation_within(who, Permission::ViewAlerts, id).await?;
        let content = self.open_investigation(&row).await?;
        self.record(looked(who, "investigation", Some(id))).await?;
        let mut conn = self.store.reader().await?;
        let linked = alerts::of_investigation(&mut conn, id, 50).await?;
        let told = match row.account_id {
            Some(account) => {
                let state = pending_acts::ActState::Used;
                pending_acts::about(&mut conn, account, "misuse_notice", state, 5).await?
            }
            None => Vec::new(),
        };
        drop(conn);
        let mut alerts = Vec::new();
        for alert in linked {
            let content = self.open_alert(&alert).await?;
            alerts.push((alert.alert_id, content.rule, instant(content.raised(&alert))));
        }
        let mut steps = Vec::new();
        for step in &content.steps {
            steps.push(StepLine {
                at: instant(step.at),
                by: self.name_of(step.by).await?,
                what: step.what,
                evidence: step.evidence.as_ref().map(ToString::to_string),
            });
        }
        // An acknowledged notice is a step of its own, by whoever acknowledged it.
        for notice in told.iter().filter(|notice| notice.opened_at >= row.opened_at) {
            if let Some(at) = notice.decided_at {
                let by = self.name_of(notice.decided_by).await?;
                steps.push(StepLine { at: instant(at), by, what: StepKind::LineManagerTold, evidence: None });
            }
        }
        steps.sort_by_key(|step| step.at);
        let standing = self.organisation_standing(row.organisation_id).await?;
        let kept_out = self.may_investigate(who, &row, &content).await?;
        let may_act = if !reaches(&who.roles, Permission::Investigate, tier(row.tier), &standing) {
            Err(None)
        } else {
            kept_out.map_err(Some)
        };
        Ok(InvestigationView {
            line: self.investigation_line(&row, &content).await?,
            tier: tier(row.tier),
            takes_two: content.takes_two,
            steps,
            alerts,
            entries: content.entries.len(),
            may_confirm: may_close(who.account, row.account_id, content.proposed.as_ref().map(|p| p.by))
                .and(kept_out),
            proposed: self.finding_line(content.proposed.as_ref()).await?,
            found: self.finding_line(content.found.as_ref()).await?,
            may_act,
        })
    }

    async fn finding_line(&self, found: Option<&Found>) -> Result<Option<FindingLine>, ServiceError> {
        let Some(found) = found else { return Ok(None) };
        let by = self.name_of(Some(found.by)).await?;
        Ok(Some((found.finding, found.sanction, found.evidence.to_string(), by)))
    }
}
