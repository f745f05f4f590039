//! Looking at alerts: the queue, and one alert with what its user did that day. Every look is an entry (rule 9.1).

use audit::{Action, Detail, ExportDetail};
use directory::access::{Permission, Reason};
use directory::watching::{Flag, Outcome, Refusal, Rule, Severity, Tier};
use jiff::Timestamp;
use store::alerts::{self, AlertRow, AlertState};
use store::{accounts, organisations, watch};
use uuid::Uuid;

use super::deciding::AlertError;
use super::raising::{AlertContent, stored, tier};
use super::reach::{Place, Queue, reaches};
use super::{AccountDay, Rates};
use crate::accounts::standing;
use crate::session::SignedIn;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How many stand on a page.
const PAGE: usize = 20;

/// Rows looked through for a page of what a person may see of a queue that is not all theirs.
const LOOKED_THROUGH: usize = 400;

/// How many entries of a day are shown beside an alert.
const SHOWN_OF_DAY: i64 = 100;

/// One alert in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertLine {
    /// Which.
    pub id: Uuid,
    /// What was noticed.
    pub rule: Rule,
    /// How soon a person should look.
    pub severity: Severity,
    /// When it was noticed.
    pub opened_at: Timestamp,
    /// The organisation of the user it is about.
    pub organisation: String,
    /// The user's name.
    pub person: Option<String>,
    /// Whether somebody has taken it on.
    pub claimed: bool,
    /// Whether that is the person who looks.
    pub mine: bool,
    /// What came of it.
    pub outcome: Option<Outcome>,
}

/// A page of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertPage {
    /// The queues the person may choose from.
    pub queues: Vec<Queue>,
    /// The one shown.
    pub queue: Queue,
    /// The alerts: the oldest first, and of those that are closed the newest.
    pub lines: Vec<AlertLine>,
    /// Where the next page begins, when there is one.
    pub next: Option<Place>,
    /// How the watch went lately.
    pub rates: Vec<Rates>,
}

/// One entry of the user's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mentioned {
    /// When.
    pub at: Timestamp,
    /// What: the action's stable code.
    pub what: String,
    /// For which reason.
    pub reason: Option<Reason>,
    /// What was noted as it was written.
    pub flags: Vec<Flag>,
    /// How many children a search showed.
    pub found: Option<u64>,
    /// Which record, so that the same one is known again: eight digits of the trail's own handle, which lead nowhere.
    pub record: Option<String>,
    /// Whether this entry set the alert off.
    pub set_it_off: bool,
}

/// What happened to an alert: when, by whom, what.
pub type History = Vec<(Timestamp, Option<String>, String)>;

/// One alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertView {
    /// As in the queue.
    pub line: AlertLine,
    /// Whose queue it stands in.
    pub tier: Tier,
    /// The local date it happened on.
    pub date: jiff::civil::Date,
    /// The user's roles, as codes.
    pub roles: Vec<directory::access::Role>,
    /// What the user did on the days before, oldest first.
    pub days: Vec<AccountDay>,
    /// What the user did that day.
    pub day: Vec<Mentioned>,
    /// Other alerts about the user: rule, when, what came of it.
    pub others: Vec<(Uuid, Rule, Timestamp, Option<Outcome>)>,
    /// The evidence of the decision.
    pub evidence: Option<String>,
    /// The investigation it led to.
    pub investigation: Option<Uuid>,
    /// What happened to it.
    pub history: History,
    /// Whether the person may take it on and decide, and if not, why.
    pub may_handle: Result<(), Option<Refusal>>,
    /// Whether it can go to the central tier.
    pub may_escalate: bool,
}

impl Directory {
    /// A page of a queue: the person's own first one when none is named.
    ///
    /// # Errors
    ///
    /// [`AlertError::Forbidden`] when the person may see none; [`AlertError::NotFound`] for a queue that is not theirs.
    pub async fn alerts(
        &self,
        who: &SignedIn,
        queue: Option<&str>,
        closed: bool,
        after: Option<Place>,
    ) -> Result<AlertPage, AlertError> {
        let (queues, queue) = self.choose(who, queue).await?;
        self.record(looked(who, if closed { "alerts_closed" } else { "alerts_open" }, None)).await?;
        let mut rows = Vec::new();
        let mut place = after;
        let mut looked = 0;
        // An authority's partner sees its own users in the authority's queue: what is not theirs is passed over.
        while rows.len() <= PAGE && looked < LOOKED_THROUGH {
            let read = self.read_queue(&queue, closed, place).await?;
            let (Some(last), count) = (read.last(), read.len()) else { break };
            place = Some(Place { at: last.opened_at, id: last.alert_id });
            looked += count;
            for row in read {
                if reaches(
                    &who.roles,
                    Permission::ViewAlerts,
                    queue.tier,
                    &self.organisation_standing(row.organisation_id).await?,
                ) {
                    rows.push(row);
                }
            }
            if count <= PAGE {
                break;
            }
        }
        let next = (rows.len() > PAGE)
            .then(|| rows.get(PAGE - 1).map(|row| Place { at: row.opened_at, id: row.alert_id }))
            .flatten();
        rows.truncate(PAGE);
        let mut lines = Vec::new();
        for row in &rows {
            lines.push(self.alert_line(who, row, &self.open_alert(row).await?).await?);
        }
        let rates = self.rates(who).await?;
        Ok(AlertPage { queues, queue, lines, next, rates })
    }

    pub(crate) async fn choose(
        &self,
        who: &SignedIn,
        queue: Option<&str>,
    ) -> Result<(Vec<Queue>, Queue), AlertError> {
        if !who.may(Permission::ViewAlerts) {
            return Err(AlertError::Forbidden);
        }
        let queues = self.queues(who).await?;
        let chosen = match queue {
            Some(wanted) => queues.iter().find(|queue| queue.authority == wanted),
            None => queues.first(),
        };
        let chosen = chosen.cloned().ok_or(AlertError::NotFound)?;
        Ok((queues, chosen))
    }

    async fn read_queue(
        &self,
        queue: &Queue,
        closed: bool,
        after: Option<Place>,
    ) -> Result<Vec<AlertRow>, ServiceError> {
        let mut conn = self.store.reader().await?;
        let (tier, authority, limit) = (stored(queue.tier), queue.authority.as_str(), PAGE as i64 + 1);
        if closed {
            let before = after.map_or((i64::MAX, Uuid::max()), |place| (place.at, place.id));
            return Ok(alerts::newest(&mut conn, tier, authority, AlertState::Closed, before, limit).await?);
        }
        let after = after.map_or((i64::MIN, Uuid::nil()), |place| (place.at, place.id));
        let mut rows = alerts::queue(&mut conn, tier, authority, AlertState::Open, after, limit).await?;
        rows.extend(alerts::queue(&mut conn, tier, authority, AlertState::Claimed, after, limit).await?);
        rows.sort_by_key(|row| (row.opened_at, row.alert_id));
        rows.truncate(PAGE + 1);
        Ok(rows)
    }

    pub(crate) async fn alert_line(
        &self,
        who: &SignedIn,
        row: &AlertRow,
        content: &AlertContent,
    ) -> Result<AlertLine, ServiceError> {
        let mut conn = self.store.reader().await?;
        let organisation = organisations::by_id(&mut conn, row.organisation_id).await?;
        drop(conn);
        Ok(AlertLine {
            id: row.alert_id,
            rule: content.rule,
            severity: content.rule.severity(),
            opened_at: instant(content.raised(row)),
            organisation: organisation.map(|row| row.name).unwrap_or_default(),
            person: self.name_of(row.account_id).await?,
            claimed: row.state == AlertState::Claimed,
            mine: row.claimed_by == Some(who.account),
            outcome: content.outcome,
        })
    }

    /// The alert, when the person has the permission over it; the answer for one that is not there is the same.
    pub(crate) async fn alert_within(
        &self,
        who: &SignedIn,
        permission: Permission,
        id: Uuid,
    ) -> Result<AlertRow, AlertError> {
        if !who.may(permission) {
            return Err(AlertError::Forbidden);
        }
        let mut conn = self.store.reader().await?;
        let row = alerts::by_id(&mut conn, id).await?.ok_or(AlertError::NotFound)?;
        let organisation =
            organisations::by_id(&mut conn, row.organisation_id).await?.ok_or(AlertError::NotFound)?;
        if reaches(&who.roles, permission, tier(row.tier), &standing(&organisation, self.today())) {
            Ok(row)
        } else {
            Err(AlertError::NotFound)
        }
    }

    /// One alert, with what its user did that day.
    ///
    /// # Errors
    ///
    /// [`AlertError::Forbidden`], [`AlertError::NotFound`], or the system's.
    pub async fn alert(&self, who: &SignedIn, id: Uuid) -> Result<AlertView, AlertError> {
        let row = self.alert_within(who, Permission::ViewAlerts, id).await?;
        let content = self.open_alert(&row).await?;
        self.record(looked(who, "alert", Some(id))).await?;
        let about = row.account_id;
        let mut history = Vec::new();
        for happened in &content.history {
            history.push((instant(happened.at), self.name_of(happened.by).await?, happened.what.clone()));
        }
        let handles = reaches(
            &who.roles,
            Permission::HandleAlerts,
            tier(row.tier),
            &self.organisation_standing(row.organisation_id).await?,
        );
        let may_handle =
            if handles { self.may_take_on(who, &row, &content).await?.map_err(Some) } else { Err(None) };
        let days = match about {
            Some(account) => self.account_days(account, content.day - 28, content.day).await?,
            None => Vec::new(),
        };
        Ok(AlertView {
            line: self.alert_line(who, &row, &content).await?,
            tier: tier(row.tier),
            date: self.policy.watching.date_of(content.day),
            roles: self.roles_about(about).await?,
            days,
            day: self.day_of_account(about, content.day, content.entry, tier(row.tier)).await?,
            others: self.others_about(who, &row).await?,
            evidence: content.evidence.as_ref().map(ToString::to_string),
            investigation: row.investigation_id,
            history,
            may_escalate: handles && tier(row.tier) == Tier::Authority && row.state != AlertState::Closed,
            may_handle,
        })
    }

    /// Whether this person may take the alert on and decide it (rules 9.3, 12.13).
    pub(crate) async fn may_take_on(
        &self,
        who: &SignedIn,
        row: &AlertRow,
        content: &AlertContent,
    ) -> Result<Result<(), Refusal>, ServiceError> {
        let refused = self.may_handle(who, row, content).await?;
        // A sample goes to another team than the user's.
        Ok(refused.and(if content.rule == Rule::Sample && who.organisation_id == row.organisation_id {
            Err(Refusal::SameTeam)
        } else {
            Ok(())
        }))
    }

    async fn roles_about(&self, about: Option<Uuid>) -> Result<Vec<directory::access::Role>, ServiceError> {
        let Some(account) = about else { return Ok(Vec::new()) };
        let mut conn = self.store.reader().await?;
        let rows = accounts::roles_of(&mut conn, account).await?;
        Ok(rows.iter().filter_map(|row| directory::access::Role::from_code(&row.role)).collect())
    }

    /// What an account did on a local day. What was asked for is not shown here: names of children are the trail's.
    async fn day_of_account(
        &self,
        about: Option<Uuid>,
        day: i64,
        cause: Uuid,
        tier: Tier,
    ) -> Result<Vec<Mentioned>, ServiceError> {
        let Some(account) = about else { return Ok(Vec::new()) };
        let policy = &self.policy.watching;
        let span = (policy.start_of(day).as_microsecond(), policy.start_of(day + 1).as_microsecond());
        let mut conn = self.store.reader().await?;
        let key = self.account_handle(account);
        let rows = watch::of_account_between(&mut conn, key, span.0, span.1, SHOWN_OF_DAY).await?;
        drop(conn);
        let mut day = Vec::new();
        for row in rows {
            let Ok(entry) = self.open_entry(&row).await else { continue };
            // What others did to the account is not what its holder did, but for a look made for them that is the cause.
            let by_holder = entry.header.account.is_some_and(|by| by.as_bytes() == account.as_bytes());
            if !by_holder && entry.header.entry_id != cause {
                continue;
            }
            let (flags, found) = match &entry.detail {
                Some(Detail::Search(search)) => (&search.flags[..], Some(search.found)),
                Some(Detail::Disclosure(shown)) => (&shown.flags[..], None),
                _ => (&[][..], None),
            };
            day.push(Mentioned {
                at: entry.header.at,
                what: entry.header.action.as_str().to_owned(),
                reason: entry.header.reason.as_deref().and_then(Reason::from_code),
                flags: flags
                    .iter()
                    .filter_map(|flag| Flag::from_code(flag))
                    .filter(|flag| *flag != Flag::Hidden || tier == Tier::Central)
                    .collect(),
                found,
                record: entry.header.child.map(|child| child.to_string().chars().take(8).collect()),
                set_it_off: entry.header.entry_id == cause,
            });
        }
        Ok(day)
    }

    async fn others_about(
        &self,
        who: &SignedIn,
        row: &AlertRow,
    ) -> Result<Vec<(Uuid, Rule, Timestamp, Option<Outcome>)>, ServiceError> {
        let Some(account) = row.account_id else { return Ok(Vec::new()) };
        let mut conn = self.store.reader().await?;
        let rows = alerts::of_account(&mut conn, account, 20).await?;
        drop(conn);
        let mut others = Vec::new();
        for other in rows.into_iter().filter(|other| other.alert_id != row.alert_id) {
            let standing = self.organisation_standing(other.organisation_id).await?;
            if reaches(&who.roles, Permission::ViewAlerts, tier(other.tier), &standing) {
                let content = self.open_alert(&other).await?;
                let raised = instant(content.raised(&other));
                others.push((other.alert_id, content.rule, raised, content.outcome));
            }
        }
        Ok(others)
    }
}

/// The entry of a look. It stands under the reviewer and their organisation, never under whom it is about: they see
/// their own history.
pub(crate) fn looked(who: &SignedIn, what: &str, subject: Option<Uuid>) -> Event {
    let detail = ExportDetail { what: what.to_owned(), subject, ..ExportDetail::default() };
    Event::new(Action::AlertsRead, Detail::Export(detail)).by(who)
}

pub(crate) fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MIN)
}
