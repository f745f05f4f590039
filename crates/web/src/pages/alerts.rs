//! The queue of alerts, and one alert. What stands in an address is a queue, a place and an id: nobody's name.

use askama::Template;
use audit::Action;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use directory::access::Permission;
use directory::watching::Rule;
use http::StatusCode;
use service::{AlertError, AlertLine, AlertView, Mentioned, Queue, QueuePlace, Rates, SignedIn};
use uuid::Uuid;

use super::watching_words as say;
use crate::dates;
use crate::error::WebError;
use crate::form::Faults;
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

const SEES: RouteRule = RouteRule::SignedIn(Permission::ViewAlerts);
const READ: Trail = Trail::Writes(Action::AlertsRead);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] =
    &[Route::get("/alerts", SEES, READ, || get(list)), Route::get("/alerts/{id}", SEES, READ, || get(show))];

/// Which part of which queue.
#[derive(serde::Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    pub(crate) queue: Option<String>,
    #[serde(default)]
    pub(crate) state: Option<String>,
    #[serde(default)]
    pub(crate) after: Option<String>,
}

impl Wanted {
    pub(crate) fn closed(&self) -> bool {
        self.state.as_deref() == Some("closed")
    }

    pub(crate) fn place(&self) -> Option<QueuePlace> {
        self.after.as_deref().and_then(QueuePlace::parse)
    }

    pub(crate) fn queue(&self) -> Option<&str> {
        self.queue.as_deref().filter(|queue| !queue.is_empty())
    }
}

#[derive(Template)]
#[template(path = "alerts.html")]
struct ListTemplate {
    frame: Frame,
    queues: Vec<Queue>,
    queue: Queue,
    closed: bool,
    lines: Vec<Line>,
    next: Option<String>,
    headings: Vec<&'static str>,
    months: Vec<(String, Vec<u64>)>,
    packs: bool,
}

/// A line of the queue.
pub(crate) struct Line {
    pub(crate) id: Uuid,
    pub(crate) rule: &'static str,
    pub(crate) severity: (&'static str, &'static str),
    pub(crate) person: String,
    pub(crate) organisation: String,
    pub(crate) opened: String,
    pub(crate) state: &'static str,
}

impl Line {
    pub(crate) fn of(line: &AlertLine) -> Self {
        Self {
            id: line.id,
            rule: say::rule(line.rule),
            severity: say::severity(line.severity),
            person: line.person.clone().unwrap_or_else(|| "Not known".to_owned()),
            organisation: line.organisation.clone(),
            opened: dates::long_instant(line.opened_at),
            state: match (line.outcome, line.claimed, line.mine) {
                (Some(outcome), _, _) => say::outcome(outcome),
                (None, true, true) => "With you",
                (None, true, false) => "Taken on",
                (None, false, _) => "Waiting",
            },
        }
    }
}

#[derive(Template)]
#[template(path = "alert.html")]
struct AlertTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    line: Line,
    meaning: &'static str,
    facts: Vec<(&'static str, String)>,
    investigation: Option<Uuid>,
    day: Vec<DayLine>,
    usual: Option<String>,
    others: Vec<(Uuid, &'static str, String, &'static str)>,
    history: Vec<(String, String, &'static str)>,
    handling: Handling,
    may_escalate: bool,
    outcomes: Vec<(Choice, &'static str)>,
    typed: Decision,
}

/// What the person may do now.
#[derive(PartialEq)]
enum Handling {
    Closed,
    OnlyLook,
    Refused(&'static str),
    TakeOn,
    WithAnother,
    Decide,
}

/// A decision as it was filled in.
#[derive(Clone, Default)]
pub(crate) struct Decision {
    pub(crate) outcome: String,
    pub(crate) evidence: String,
}

struct DayLine {
    at: String,
    what: String,
    reason: String,
    note: String,
    set_it_off: bool,
}

/// `GET /alerts`
pub(crate) async fn list(
    State(state): State<AppState>,
    Query(wanted): Query<Wanted>,
    Person(who): Person,
) -> Result<Response, WebError> {
    let closed = wanted.closed();
    let found = state.directory().alerts(&who, wanted.queue(), closed, wanted.place()).await?;
    let template = ListTemplate {
        frame: Frame::of(&state, &who, Section::Alerts, if closed { "Decided alerts" } else { "Alerts" }),
        queues: found.queues,
        queue: found.queue,
        closed,
        lines: found.lines.iter().map(Line::of).collect(),
        next: found.next.map(|place| place.to_string()),
        headings: say::RATES.iter().map(|(_, heading)| *heading).collect(),
        months: found.rates.iter().map(month).collect(),
        packs: who.may(Permission::ViewEvidencePack),
    };
    page(StatusCode::OK, &template)
}

fn month(rates: &Rates) -> (String, Vec<u64>) {
    let name = rates.month.parse().map_or_else(|_| rates.month.clone(), dates::long);
    let count = |(measure, _): &(&str, &str)| rates.counts.get(*measure).copied().unwrap_or_default();
    (name, say::RATES.iter().map(count).collect())
}

/// `GET /alerts/{id}`
pub(crate) async fn show(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Person(who): Person,
) -> Result<Response, WebError> {
    alert_page(&state, &who, id_of(&id)?, Decision::default(), Faults::default()).await
}

/// An id out of an address or a form.
pub(crate) fn id_of(text: &str) -> Result<Uuid, WebError> {
    Uuid::try_parse(text).map_err(|_| WebError::NotFound)
}

/// The page of an alert, with what was wrong.
pub(crate) async fn alert_page(
    state: &AppState,
    who: &SignedIn,
    id: Uuid,
    typed: Decision,
    faults: Faults,
) -> Result<Response, WebError> {
    let view = state.directory().alert(who, id).await?;
    let wrong = !faults.is_empty();
    let template = AlertTemplate {
        frame: Frame::of(state, who, Section::Alerts, "Alert").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        line: Line::of(&view.line),
        meaning: say::meaning(view.line.rule),
        facts: facts(state, &view),
        investigation: view.investigation,
        day: view.day.iter().map(|entry| day_line(state, entry)).collect(),
        usual: usual(&view),
        others: view
            .others
            .iter()
            .map(|(id, rule, at, outcome)| {
                let state = outcome.map_or("Not decided", say::outcome);
                (*id, say::rule(*rule), dates::long_instant(*at), state)
            })
            .collect(),
        history: view
            .history
            .iter()
            .map(|(at, by, what)| {
                let by = by.clone().unwrap_or_else(|| "The service".to_owned());
                (dates::long_instant(*at), by, say::happening(what))
            })
            .collect(),
        handling: handling(&view),
        may_escalate: view.may_escalate,
        outcomes: say::outcomes(view.line.rule == Rule::Sample),
        typed,
    };
    page(form_status(wrong), &template)
}

fn handling(view: &AlertView) -> Handling {
    match (view.line.outcome, view.may_handle) {
        (Some(_), _) => Handling::Closed,
        (None, Err(None)) => Handling::OnlyLook,
        (None, Err(Some(refusal))) => Handling::Refused(say::refusal(refusal)),
        (None, Ok(())) if view.line.mine => Handling::Decide,
        (None, Ok(())) if view.line.claimed => Handling::WithAnother,
        (None, Ok(())) => Handling::TakeOn,
    }
}

fn facts(state: &AppState, view: &AlertView) -> Vec<(&'static str, String)> {
    let roles: Vec<&str> = view.roles.iter().map(|role| state.words().role(*role)).collect();
    let line = Line::of(&view.line);
    let mut facts = vec![
        ("Person", line.person),
        ("Roles", if roles.is_empty() { "None".to_owned() } else { roles.join(", ") }),
        ("Organisation", line.organisation),
        ("Happened on", dates::long_day(view.date)),
        ("Noticed", line.opened),
        ("Reviewed by", say::tier(view.tier).to_owned()),
        ("State", line.state.to_owned()),
    ];
    if let Some(evidence) = &view.evidence {
        facts.push(("Evidence", evidence.clone()));
    }
    facts
}

fn day_line(state: &AppState, entry: &Mentioned) -> DayLine {
    let mut notes: Vec<String> = Vec::new();
    if let Some(found) = entry.found {
        notes.push(match found {
            0 => "nobody shown".to_owned(),
            1 => "1 child shown".to_owned(),
            more => format!("{more} children shown"),
        });
    }
    if let Some(record) = &entry.record {
        notes.push(format!("record {record}"));
    }
    notes.extend(entry.flags.iter().map(|flag| say::flag(*flag).to_owned()));
    DayLine {
        at: dates::long_instant(entry.at),
        what: state.words().action(&entry.what),
        reason: entry.reason.map(|reason| state.words().reason(reason).to_owned()).unwrap_or_default(),
        note: notes.join(", "),
        set_it_off: entry.set_it_off,
    }
}

/// What is usual for the person: the days before the one it happened on.
fn usual(view: &AlertView) -> Option<String> {
    let (today, before) = view.days.split_last()?;
    let used: Vec<_> = before.iter().filter(|day| day.searches + day.records_opened > 0).collect();
    let counted = format!(
        "On this day: {} and {}.",
        counted(today.searches, "search", "searches"),
        counted(today.records_opened, "record opened", "records opened")
    );
    if used.is_empty() {
        return Some(format!("{counted} No other use in the 4 weeks before."));
    }
    let days = used.len() as u64;
    let mean = |sum: u64| format!("{}.{}", sum / days, sum * 10 / days % 10);
    Some(format!(
        "{counted} In the 4 weeks before, on {} with any use: {} searches and {} records a day.",
        counted_days(days),
        mean(used.iter().map(|day| day.searches).sum()),
        mean(used.iter().map(|day| day.records_opened).sum())
    ))
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn counted_days(days: u64) -> String {
    counted(days, "day", "days")
}

impl From<AlertError> for WebError {
    /// For where there is no form to say it beside.
    fn from(error: AlertError) -> Self {
        match error {
            AlertError::Forbidden => Self::Forbidden,
            AlertError::StepUpFirst(first) => first.into(),
            AlertError::Service(fault) => fault.into(),
            _ => Self::NotFound,
        }
    }
}
