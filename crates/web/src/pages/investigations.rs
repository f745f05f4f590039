//! Investigations: the list, one of them, and what may be done with it.

use askama::Template;
use audit::Action;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::{DangerousAct, Permission};
use directory::watching::{EvidenceReference, Finding, Sanction, StepKind, Tier};
use http::StatusCode;
use service::{AlertError, InvestigationLine, InvestigationView, Queue, SignedIn};
use uuid::Uuid;

use super::alerts::{Wanted, id_of};
use super::alerts_deciding::told;
use super::watching_words as say;
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

const SEES: RouteRule = RouteRule::SignedIn(Permission::ViewAlerts);
const READ: Trail = Trail::Writes(Action::AlertsRead);
const INVESTIGATES: RouteRule = RouteRule::SignedIn(Permission::Investigate);
const CHANGED: Trail = Trail::Writes(Action::InvestigationChanged);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/investigations", SEES, READ, || get(list)),
    Route::get("/investigations/{id}", SEES, READ, || get(show)),
    Route::post("/investigations/step", INVESTIGATES, CHANGED, || post(step)),
    Route::post("/investigations/pass-on", INVESTIGATES, CHANGED, || post(pass_on)),
    Route::post("/investigations/close", INVESTIGATES, CHANGED, || post(close))
        .does(&[DangerousAct::CloseInvestigation]),
    Route::post("/investigations/confirm", INVESTIGATES, CHANGED, || post(confirm))
        .does(&[DangerousAct::CloseInvestigation]),
];

#[derive(Template)]
#[template(path = "investigations.html")]
struct ListTemplate {
    frame: Frame,
    queues: Vec<Queue>,
    queue: Queue,
    closed: bool,
    lines: Vec<Line>,
    next: Option<String>,
}

struct Line {
    id: Uuid,
    because: String,
    person: String,
    organisation: String,
    opened: String,
    state: &'static str,
}

impl Line {
    fn of(line: &InvestigationLine) -> Self {
        Self {
            id: line.id,
            because: say::because(&line.because),
            person: line.person.clone().unwrap_or_else(|| "Not known".to_owned()),
            organisation: line.organisation.clone(),
            opened: dates::long_instant(line.opened_at),
            state: match (line.closed, line.waits_for_second) {
                (true, _) => "Closed",
                (false, true) => "Waits for a second person",
                (false, false) => "Open",
            },
        }
    }
}

#[derive(Template)]
#[template(path = "investigation.html")]
struct ShowTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    line: Line,
    facts: Vec<(&'static str, String)>,
    found: Vec<(&'static str, String)>,
    proposed: Vec<(&'static str, String)>,
    steps: Vec<(String, String, &'static str, String)>,
    alerts: Vec<(Uuid, &'static str, String)>,
    takes_two: bool,
    acting: Acting,
    may_confirm: Option<&'static str>,
    may_pass_on: bool,
    by_hand: Vec<Choice>,
    findings: Vec<Choice>,
    sanctions: Vec<Choice>,
    typed: ActForm,
}

/// What the person may do now.
#[derive(PartialEq)]
enum Acting {
    Closed,
    OnlyLook,
    Refused(&'static str),
    Confirm,
    Act,
}

/// Everything that may be posted about an investigation.
#[derive(Clone, Default)]
pub(crate) struct ActForm {
    investigation: String,
    step: String,
    step_evidence: String,
    finding: String,
    sanction: String,
    evidence: String,
    sure: String,
    agrees: String,
}

impl Fields for ActForm {
    const NAMES: &'static [&'static str] =
        &["investigation", "step", "step_evidence", "finding", "sanction", "evidence", "sure", "agrees"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            investigation: posted.take("investigation"),
            step: posted.take("step"),
            step_evidence: posted.take("step_evidence"),
            finding: posted.take("finding"),
            sanction: posted.take("sanction"),
            evidence: posted.take("evidence"),
            sure: posted.take("sure"),
            agrees: posted.take("agrees"),
        }
    }
}

/// `GET /investigations`
pub(crate) async fn list(
    State(state): State<AppState>,
    Query(wanted): Query<Wanted>,
    Person(who): Person,
) -> Result<Response, WebError> {
    let closed = wanted.closed();
    let found = state.directory().investigations(&who, wanted.queue(), closed, wanted.place()).await?;
    let title = if closed { "Closed investigations" } else { "Investigations" };
    let template = ListTemplate {
        frame: Frame::of(&state, &who, Section::Alerts, title),
        queues: found.queues,
        queue: found.queue,
        closed,
        lines: found.lines.iter().map(Line::of).collect(),
        next: found.next.map(|place| place.to_string()),
    };
    page(StatusCode::OK, &template)
}

/// `GET /investigations/{id}`
pub(crate) async fn show(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Person(who): Person,
) -> Result<Response, WebError> {
    investigation_page(&state, &who, id_of(&id)?, ActForm::default(), Faults::default()).await
}

async fn investigation_page(
    state: &AppState,
    who: &SignedIn,
    id: Uuid,
    typed: ActForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let view = state.directory().investigation(who, id).await?;
    let wrong = !faults.is_empty();
    let line = Line::of(&view.line);
    let mut facts = vec![
        ("Person", line.person.clone()),
        ("Organisation", line.organisation.clone()),
        ("Opened", line.opened.clone()),
        ("Because", line.because.clone()),
        ("Investigated by", say::tier(view.tier).to_owned()),
        ("State", line.state.to_owned()),
    ];
    if view.takes_two {
        facts.push(("Closing", "Takes 2 people".to_owned()));
    }
    let template = ShowTemplate {
        frame: Frame::of(state, who, Section::Alerts, "Investigation").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        facts,
        found: finding_facts(view.found.as_ref(), "Found by"),
        proposed: finding_facts(view.proposed.as_ref(), "Proposed by"),
        steps: view
            .steps
            .iter()
            .map(|step| {
                let by = step.by.clone().unwrap_or_else(|| "The service".to_owned());
                let evidence = step.evidence.clone().unwrap_or_default();
                (dates::long_instant(step.at), by, say::step(step.what), evidence)
            })
            .collect(),
        alerts: view
            .alerts
            .iter()
            .map(|(id, rule, at)| (*id, say::rule(*rule), dates::long_instant(*at)))
            .collect(),
        takes_two: view.takes_two,
        acting: acting(&view),
        may_confirm: view.may_confirm.err().map(say::refusal),
        may_pass_on: view.tier == Tier::Authority,
        by_hand: say::steps_by_hand(),
        findings: say::findings(),
        sanctions: say::sanctions(),
        typed,
        line,
    };
    page(form_status(wrong), &template)
}

fn finding_facts(
    found: Option<&(Finding, Sanction, String, Option<String>)>,
    by_whom: &'static str,
) -> Vec<(&'static str, String)> {
    let Some((finding, sanction, evidence, by)) = found else { return Vec::new() };
    vec![
        ("Finding", say::finding(*finding).to_owned()),
        ("Sanction", say::sanction(*sanction).to_owned()),
        ("Evidence", evidence.clone()),
        (by_whom, by.clone().unwrap_or_default()),
    ]
}

fn acting(view: &InvestigationView) -> Acting {
    match (view.line.closed, view.may_act) {
        (true, _) => Acting::Closed,
        (false, Err(None)) => Acting::OnlyLook,
        (false, Err(Some(refusal))) => Acting::Refused(say::refusal(refusal)),
        (false, Ok(())) if view.proposed.is_some() => Acting::Confirm,
        (false, Ok(())) => Acting::Act,
    }
}

/// `POST /investigations/step`
pub(crate) async fn step(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<ActForm>,
) -> Result<Response, WebError> {
    let id = id_of(&fields.investigation)?;
    let mut faults = Faults::default();
    let kind = StepKind::from_code(&fields.step).filter(|kind| kind.is_recorded_by_hand());
    if kind.is_none() {
        faults.add("step", "Select what was done");
    }
    let evidence = evidence("step_evidence", &fields.step_evidence, &mut faults);
    let (Some(kind), Some(evidence)) = (kind, evidence) else {
        return investigation_page(&state, &who, id, fields, faults).await;
    };
    let done = state.directory().record_step(&who, id, kind, evidence).await;
    after(&state, &who, id, fields, done).await
}

/// `POST /investigations/pass-on`
pub(crate) async fn pass_on(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<ActForm>,
) -> Result<Response, WebError> {
    let id = id_of(&fields.investigation)?;
    match state.directory().escalate_investigation(&who, id).await {
        Ok(()) => Ok(Redirect::to("/investigations").into_response()),
        Err(error) => after(&state, &who, id, fields, Err(error)).await,
    }
}

/// `POST /investigations/close`
pub(crate) async fn close(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<ActForm>,
) -> Result<Response, WebError> {
    let id = id_of(&fields.investigation)?;
    let mut faults = Faults::default();
    let finding = Finding::from_code(&fields.finding);
    if finding.is_none() {
        faults.add("finding", "Select what was found");
    }
    let sanction = Sanction::from_code(&fields.sanction);
    if sanction.is_none() {
        faults.add("sanction", "Select what followed for the person");
    }
    let evidence = evidence("evidence", &fields.evidence, &mut faults);
    if fields.sure != "yes" {
        faults.add("sure", "Confirm that the investigation is complete");
    }
    let (Some(finding), Some(sanction), Some(evidence), true) =
        (finding, sanction, evidence, faults.is_empty())
    else {
        return investigation_page(&state, &who, id, fields, faults).await;
    };
    let done = state.directory().close_investigation(&who, id, finding, sanction, evidence).await;
    after(&state, &who, id, fields, done.map(drop)).await
}

/// `POST /investigations/confirm`
pub(crate) async fn confirm(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<ActForm>,
) -> Result<Response, WebError> {
    let id = id_of(&fields.investigation)?;
    let agrees = match fields.agrees.as_str() {
        "yes" => true,
        "no" => false,
        _ => {
            let mut faults = Faults::default();
            faults.add("agrees", "Select whether you agree with the finding");
            return investigation_page(&state, &who, id, fields, faults).await;
        }
    };
    let done = state.directory().confirm_finding(&who, id, agrees).await;
    after(&state, &who, id, fields, done).await
}

fn evidence(field: &'static str, text: &str, faults: &mut Faults) -> Option<EvidenceReference> {
    EvidenceReference::parse(text)
        .map_err(|_| {
            faults.add(
                field,
                "Enter the reference of the evidence: 3 to 32 letters, digits, / . or -, no spaces, such as HR-2026/0142",
            );
        })
        .ok()
}

async fn after(
    state: &AppState,
    who: &SignedIn,
    id: Uuid,
    typed: ActForm,
    done: Result<(), AlertError>,
) -> Result<Response, WebError> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/investigations/{id}")).into_response()),
        Err(
            error @ (AlertError::NotFound
            | AlertError::Forbidden
            | AlertError::StepUpFirst(_)
            | AlertError::Service(_)),
        ) => Err(error.into()),
        Err(error) => {
            let mut faults = Faults::default();
            faults.add("acting", told(&error));
            investigation_page(state, who, id, typed, faults).await
        }
    }
}
