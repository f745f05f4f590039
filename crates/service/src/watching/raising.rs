//! Making alerts and investigations: what stands in them, and in whose queue.

use std::collections::HashMap;

use directory::access::Role;
use directory::watching::{
    EvidenceReference, Finding, Outcome, Rule, Sanction, StepKind, Tier, Workplace, tier_of, tier_of_override,
};
use guards::Guard;
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use store::alerts::{AlertRow, AlertState, AlertTier};
use store::investigations::{InvestigationRow, InvestigationState};
use store::organisations::OrganisationRow;
use store::{Conn, Key16, accounts, organisations};
use uuid::Uuid;

use crate::{Directory, ServiceError};

/// Something noticed, before it is written.
pub(crate) struct Raised {
    pub(crate) rule: Rule,
    pub(crate) account: Option<Uuid>,
    pub(crate) organisation: Uuid,
    pub(crate) tier: Tier,
    pub(crate) authority: String,
    /// The local day it happened on, days since 1970.
    pub(crate) day: i64,
    pub(crate) entry: Uuid,
    /// Whoever named the person, or agreed to what they did; they do not decide (rule 12.13).
    pub(crate) named_by: Vec<Uuid>,
    pub(crate) once_key: Key16,
}

/// What stands in an alert, sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct AlertContent {
    pub(crate) rule: Rule,
    pub(crate) day: i64,
    pub(crate) entry: Uuid,
    /// When it was raised, microseconds UTC; nothing in an alert of an earlier version, whose row says it.
    #[serde(default)]
    pub(crate) raised_at: Option<i64>,
    #[serde(default)]
    pub(crate) named_by: Vec<Uuid>,
    #[serde(default)]
    pub(crate) outcome: Option<Outcome>,
    #[serde(default)]
    pub(crate) evidence: Option<EvidenceReference>,
    #[serde(default)]
    pub(crate) decided_by: Option<Uuid>,
    #[serde(default)]
    pub(crate) history: Vec<Happening>,
}

/// What happened to an alert.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Happening {
    pub(crate) at: i64,
    /// Nobody for the service itself.
    pub(crate) by: Option<Uuid>,
    /// A stable code: `claimed`, `released`, `escalated`, `escalated_by_age`, `decided`.
    pub(crate) what: String,
}

/// What stands in an investigation, sealed. Every field has a default, so that what another part opens can be read.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct InvestigationContent {
    /// Nobody for the service itself.
    pub(crate) opened_by: Option<Uuid>,
    /// A stable code: a rule's, an outcome's, `account_suspended_for_misuse`.
    pub(crate) because: String,
    /// As in the alert it began with: they do not investigate (rule 12.13).
    pub(crate) named_by: Vec<Uuid>,
    /// Whether a second person confirms the finding (rule 9.6).
    pub(crate) takes_two: bool,
    /// The entries of the trail it began with.
    pub(crate) entries: Vec<Uuid>,
    pub(crate) steps: Vec<Step>,
    /// The finding that waits for a second person.
    pub(crate) proposed: Option<Found>,
    pub(crate) found: Option<Found>,
}

/// One act of an investigation.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) at: i64,
    pub(crate) by: Option<Uuid>,
    pub(crate) what: StepKind,
    #[serde(default)]
    pub(crate) evidence: Option<EvidenceReference>,
}

/// A finding.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Found {
    pub(crate) by: Uuid,
    pub(crate) finding: Finding,
    pub(crate) sanction: Sanction,
    pub(crate) evidence: EvidenceReference,
}

/// Whose queue it is when it is nobody's in particular.
pub(crate) const CENTRE: &str = "centre";

/// Alerts are padded to this many bytes, so that their length does not tell the rule.
const ALERT_BLOCK: usize = 1024;

/// The domain of the hash that lets the same thing be noticed once.
const ONCE: u16 = 24;

/// What an organisation's own people are reviewed under: its authority's code; a national partner's own word, for it has
/// no authority; the centre otherwise.
pub(crate) fn scope_of(organisation: &OrganisationRow) -> String {
    match (&organisation.authority_code, organisation.kind.as_str()) {
        (Some(code), "authority" | "partner") => code.clone(),
        (_, "national_partner") => {
            let mut word = organisation.organisation_id.simple().to_string();
            word.truncate(16);
            word
        }
        _ => CENTRE.to_owned(),
    }
}

pub(crate) fn stored(tier: Tier) -> AlertTier {
    match tier {
        Tier::Authority => AlertTier::Authority,
        Tier::Central => AlertTier::Central,
    }
}

pub(crate) fn tier(stored: AlertTier) -> Tier {
    match stored {
        AlertTier::Authority => Tier::Authority,
        AlertTier::Central => Tier::Central,
    }
}

/// Organisations and roles as one round asks for them, each once.
#[derive(Default)]
pub(crate) struct Known {
    organisations: HashMap<Uuid, Option<OrganisationRow>>,
    held: HashMap<Uuid, Vec<(Role, Uuid)>>,
}

impl AlertContent {
    /// When it was raised, to the moment.
    pub(crate) fn raised(&self, row: &AlertRow) -> i64 {
        self.raised_at.unwrap_or(row.opened_at)
    }
}

impl InvestigationContent {
    /// When it was opened, to the moment: its first step.
    pub(crate) fn opened(&self, row: &InvestigationRow) -> i64 {
        self.steps.first().map_or(row.opened_at, |step| step.at)
    }
}

impl Known {
    pub(crate) async fn organisation(
        &mut self,
        conn: &mut Conn,
        id: Uuid,
    ) -> Result<Option<OrganisationRow>, ServiceError> {
        if let Some(known) = self.organisations.get(&id) {
            return Ok(known.clone());
        }
        let row = organisations::by_id(conn, id).await?;
        self.organisations.insert(id, row.clone());
        Ok(row)
    }

    /// The roles an account holds, and where.
    async fn held(&mut self, conn: &mut Conn, account: Uuid) -> Result<Vec<(Role, Uuid)>, ServiceError> {
        if let Some(known) = self.held.get(&account) {
            return Ok(known.clone());
        }
        let rows = accounts::roles_of(conn, account).await?;
        let held = |row: &accounts::RoleRow| Some((Role::from_code(&row.role)?, row.organisation_id));
        let held: Vec<(Role, Uuid)> = rows.iter().filter_map(held).collect();
        self.held.insert(account, held.clone());
        Ok(held)
    }

    /// Whose queue it is that somebody of this employer did what the rule notices.
    async fn tier(
        &mut self,
        conn: &mut Conn,
        rule: Rule,
        account: Uuid,
        employer: &OrganisationRow,
    ) -> Result<Tier, ServiceError> {
        let held = self.held(conn, account).await?;
        if rule.is_the_centres() {
            return Ok(Tier::Central);
        }
        if rule != Rule::ShieldOverride {
            let roles: Vec<Role> = held.into_iter().map(|(role, _)| role).collect();
            return Ok(tier_of(&employer.kind, &roles));
        }
        let mut places = Vec::new();
        for (role, at) in held {
            places.extend(self.organisation(conn, at).await?.map(|place| (role, place)));
        }
        let held: Vec<(Role, Workplace<'_>)> =
            places.iter().map(|(role, place)| (*role, workplace(place))).collect();
        Ok(tier_of_override(workplace(employer), &held))
    }
}

fn workplace(organisation: &OrganisationRow) -> Workplace<'_> {
    Workplace { kind: &organisation.kind, authority: organisation.authority_code.as_deref() }
}

impl Directory {
    /// What a rule noticed of an account on a day, in the queue it belongs to.
    pub(crate) async fn raised(
        &self,
        conn: &mut Conn,
        known: &mut Known,
        rule: Rule,
        who: (Uuid, Uuid),
        when: (i64, Uuid),
    ) -> Result<Option<Raised>, ServiceError> {
        let ((account, organisation), (day, entry)) = (who, when);
        let Some(row) = known.organisation(conn, organisation).await? else { return Ok(None) };
        let tier = known.tier(conn, rule, account, &row).await?;
        let authority = match tier {
            Tier::Authority => scope_of(&row),
            Tier::Central => CENTRE.to_owned(),
        };
        // What is always investigated is noticed each time, and other things once a day.
        let once_key = match rule.is_always_investigated() {
            true => self.once_for_entry(rule, entry),
            false => self
                .keys
                .audit_lookups
                .hash_parts(ONCE, &[rule.code().as_bytes(), account.as_bytes(), &day.to_be_bytes()]),
        };
        Ok(Some(Raised {
            rule,
            account: Some(account),
            organisation,
            tier,
            authority,
            day,
            entry,
            named_by: Vec::new(),
            once_key,
        }))
    }

    /// The key of something noticed once for an entry, however often in a day.
    pub(crate) fn once_for_entry(&self, rule: Rule, entry: Uuid) -> Key16 {
        self.keys.audit_lookups.hash_parts(ONCE, &[rule.code().as_bytes(), entry.as_bytes()])
    }

    pub(crate) async fn alert_row(
        &self,
        raised: &Raised,
        investigation: Option<Uuid>,
    ) -> Result<AlertRow, ServiceError> {
        let alert_id = vault::uuid_v4(self.world.chance.generator().random());
        let content = AlertContent {
            rule: raised.rule,
            day: raised.day,
            entry: raised.entry,
            raised_at: Some(self.world.now().as_microsecond()),
            named_by: raised.named_by.clone(),
            outcome: None,
            evidence: None,
            decided_by: None,
            history: Vec::new(),
        };
        Ok(AlertRow {
            alert_id,
            once_key: raised.once_key,
            tier: stored(raised.tier),
            authority: raised.authority.clone(),
            organisation_id: raised.organisation,
            account_id: raised.account,
            state: AlertState::Open,
            opened_at: self.day_in_the_clear(),
            closed_at: None,
            claimed_by: None,
            investigation_id: investigation,
            version: 1,
            sealed: self.seal_alert(raised.organisation, alert_id, &content).await?,
        })
    }

    /// What the rows say of when they came: the day. A finer time would stand beside the entry of an override, which is made in the
    /// same transaction, and say of which child it is that there is a shield to override (law 3).
    fn day_in_the_clear(&self) -> i64 {
        if Guard::CoarseTimes.stands() { self.day() } else { self.world.now().as_microsecond() }
    }

    pub(crate) async fn seal_alert(
        &self,
        organisation: Uuid,
        alert: Uuid,
        content: &AlertContent,
    ) -> Result<Vec<u8>, ServiceError> {
        self.seal_padded_at(organisation, alert, content, ALERT_BLOCK).await
    }

    pub(crate) async fn open_alert(&self, row: &AlertRow) -> Result<AlertContent, ServiceError> {
        self.open_at(row.organisation_id, row.alert_id, &row.sealed).await
    }

    /// A new investigation about whom an alert is about, or would be.
    pub(crate) async fn investigation_row(
        &self,
        place: (Tier, &str),
        about: (Uuid, Option<Uuid>),
        mut content: InvestigationContent,
    ) -> Result<InvestigationRow, ServiceError> {
        let now = self.world.now().as_microsecond();
        let id = vault::uuid_v4(self.world.chance.generator().random());
        content
            .steps
            .insert(0, Step { at: now, by: content.opened_by, what: StepKind::Opened, evidence: None });
        Ok(InvestigationRow {
            investigation_id: id,
            tier: stored(place.0),
            authority: place.1.to_owned(),
            organisation_id: about.0,
            account_id: about.1,
            state: InvestigationState::Open,
            opened_at: self.day_in_the_clear(),
            closed_at: None,
            version: 1,
            sealed: self.seal_padded_at(about.0, id, &content, ALERT_BLOCK).await?,
        })
    }

    pub(crate) async fn seal_investigation(
        &self,
        row: &InvestigationRow,
        content: &InvestigationContent,
    ) -> Result<Vec<u8>, ServiceError> {
        self.seal_padded_at(row.organisation_id, row.investigation_id, content, ALERT_BLOCK).await
    }

    pub(crate) async fn open_investigation(
        &self,
        row: &InvestigationRow,
    ) -> Result<InvestigationContent, ServiceError> {
        self.open_at(row.organisation_id, row.investigation_id, &row.sealed).await
    }
}
