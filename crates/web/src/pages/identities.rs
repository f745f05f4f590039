//! Keeping two identities apart: the list of proposals, the records of the children concerned, and one proposal that another
//! person decides. The list names no child.

use askama::Template;
use audit::Action;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::ChildNumber;
use directory::access::{DangerousAct, Permission};
use service::{AccountLabel, SealLine, SealRecord, SignedIn};
use uuid::Uuid;

use super::identities_form::{BeginForm, ProposeForm, RecordFields, fields_of};
use super::identities_words::{beside_the_form, cut_over, kind, kinds, refused, stage};
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::{Person, reasoned};
use crate::state::AppState;
use crate::words::Choice;

const PROPOSE: RouteRule = RouteRule::WithReason(Permission::ProposeSeal);
const VIEWS: Trail = Trail::Writes(Action::RecordViewed);
const CHANGES: Trail = Trail::Writes(Action::RecordChanged);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get(
        "/identities",
        RouteRule::SignedIn(Permission::ProposeSeal),
        Trail::Writes(Action::ShieldsRead),
        || get(list),
    ),
    Route::post("/identities/records", PROPOSE, VIEWS, || post(records)),
    Route::post("/identities/propose", PROPOSE, CHANGES, || post(propose)).does(&[DangerousAct::ProposeSeal]),
    Route::get("/identities/proposal/{id}", PROPOSE, VIEWS, || get(show)),
    Route::post(
        "/identities/proposal/{id}/decide",
        RouteRule::WithReason(Permission::ApproveSeal),
        CHANGES,
        || post(decide),
    )
    .does(&[DangerousAct::DecideSeal]),
];

#[derive(Template)]
#[template(path = "identities.html")]
struct ListTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    lines: Vec<Line>,
    typed: BeginForm,
    at_the_sealed_desk: bool,
}

struct Line {
    id: Uuid,
    since: String,
    kind: &'static str,
    by: String,
    stage: &'static str,
    may_decide: bool,
}

#[derive(Template)]
#[template(path = "identities_propose.html")]
struct ProposeTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    numbers: String,
    listed: String,
    kinds: Vec<Choice>,
    kind: String,
    records: Vec<(Record, RecordFields)>,
}

#[derive(Template)]
#[template(path = "identities_proposal.html")]
struct ProposalTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    line: Line,
    waits: bool,
    records: Vec<Record>,
}

/// A record as the pages show it.
struct Record {
    source: String,
    name: String,
    born: String,
    effective: String,
    cut_over: String,
}

/// The second person's decision.
pub(crate) struct DecideForm {
    agreement: String,
    seen: String,
}

impl Fields for DecideForm {
    const NAMES: &'static [&'static str] = &["agreement", "seen"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { agreement: posted.take("agreement"), seen: posted.take("seen") }
    }
}

/// `GET /identities`
pub(crate) async fn list(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    list_page(&state, &who, BeginForm::default(), Faults::default()).await
}

/// `POST /identities/records`
pub(crate) async fn records(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<BeginForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    let Some(numbers) = fields.read(&mut faults) else {
        return list_page(&state, &who, fields, faults).await;
    };
    let form = ProposeForm::of(numbers);
    match propose_page(&state, &who, &form, Faults::default()).await {
        Err(Said::Beside(words)) => {
            faults.add("first", words);
            list_page(&state, &who, fields, faults).await
        }
        Err(Said::Page(error)) => Err(error),
        Ok(page) => Ok(page),
    }
}

/// `POST /identities/propose`
pub(crate) async fn propose(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<ProposeForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    if let Some(request) = fields.read(&mut faults) {
        match state.directory().propose_seal(&who, &request).await {
            Ok(id) => return Ok(Redirect::to(&format!("/identities/proposal/{id}")).into_response()),
            Err(error) => faults.add("kind", beside_the_form(error)?),
        }
    }
    match propose_page(&state, &who, &fields, faults).await {
        Err(Said::Beside(words)) => {
            let mut faults = Faults::default();
            faults.add("first", words);
            list_page(&state, &who, BeginForm::default(), faults).await
        }
        Err(Said::Page(error)) => Err(error),
        Ok(page) => Ok(page),
    }
}

/// `GET /identities/proposal/{id}`
pub(crate) async fn show(
    State(state): State<AppState>,
    Person(who): Person,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    proposal_page(&state, &who, &id, Faults::default()).await
}

/// `POST /identities/proposal/{id}/decide`
pub(crate) async fn decide(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<DecideForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    let agree = match fields.agreement.as_str() {
        "agree" => Some(true),
        "decline" => Some(false),
        _ => {
            faults.add("agreement", "Select whether you agree");
            None
        }
    };
    if fields.seen != "yes" && agree != Some(false) {
        faults.add("seen", "Confirm that you have seen the order or certificate yourself");
    }
    let Some(agree) = agree.filter(|_| faults.is_empty()) else {
        return proposal_page(&state, &who, &id, faults).await;
    };
    match state.directory().decide_seal(&who, id_of(&id)?, agree).await {
        Ok(_) => Ok(Redirect::to(&format!("/identities/proposal/{id}")).into_response()),
        Err(error) => {
            faults.add("agreement", beside_the_form(error)?);
            proposal_page(&state, &who, &id, faults).await
        }
    }
}

async fn list_page(
    state: &AppState,
    who: &SignedIn,
    typed: BeginForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let lines = state.directory().seal_proposals(who).await.map_err(refused)?;
    let wrong = !faults.is_empty();
    let template = ListTemplate {
        frame: Frame::of(state, who, Section::Identities, "Identities kept apart").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        lines: lines.iter().map(line).collect(),
        typed,
        at_the_sealed_desk: who.may(Permission::ApproveSeal),
    };
    page(form_status(wrong), &template)
}

/// Why the page of the records cannot be shown: beside the form it came from, or by a page of its own.
enum Said {
    Beside(String),
    Page(WebError),
}

impl From<WebError> for Said {
    fn from(error: WebError) -> Self {
        Self::Page(error)
    }
}

async fn propose_page(
    state: &AppState,
    who: &SignedIn,
    form: &ProposeForm,
    faults: Faults,
) -> Result<Response, Said> {
    let asker = reasoned(who)?;
    let numbers: Vec<ChildNumber> =
        form.numbers.iter().filter_map(|number| ChildNumber::parse(number).ok()).collect();
    let shown = match state.directory().records_to_seal(&asker, &numbers).await {
        Ok(shown) => shown,
        Err(error) => return Err(beside_the_form(error).map_or_else(Said::Page, Said::Beside)),
    };
    let records = shown.data();
    let Some(fields) = fields_of(records.len()) else {
        let words =
            "These children have more records than this page takes. Split off what is not theirs first";
        return Err(Said::Beside(words.to_owned()));
    };
    let listed: Vec<String> = records.iter().map(|record| record.sent.id.to_string()).collect();
    let wrong = !faults.is_empty();
    let template = ProposeTemplate {
        frame: Frame::of(state, who, Section::Identities, "Which record is whose")
            .because(state.words().reason(*shown.reason()))
            .with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        numbers: form.numbers.join(" "),
        listed: listed.join(" "),
        kinds: kinds(),
        kind: form.kind.clone(),
        records: records.iter().map(record).zip(fields.into_iter().map(|one| form.filled(one))).collect(),
    };
    Ok(page(form_status(wrong), &template)?)
}

async fn proposal_page(
    state: &AppState,
    who: &SignedIn,
    id: &str,
    faults: Faults,
) -> Result<Response, WebError> {
    let asker = reasoned(who)?;
    let shown = state.directory().seal_proposal(&asker, id_of(id)?).await.map_err(refused)?;
    let (view, wrong) = (shown.data(), !faults.is_empty());
    let template = ProposalTemplate {
        frame: Frame::of(state, who, Section::Identities, "Proposal to keep two identities apart")
            .because(state.words().reason(*shown.reason()))
            .with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        waits: view.line.stage == service::SealStage::ToDecide,
        line: line(&view.line),
        records: view.records.iter().map(record).collect(),
    };
    page(form_status(wrong), &template)
}

fn line(line: &SealLine) -> Line {
    Line {
        id: line.id,
        since: dates::day_of(line.since),
        kind: kind(line.kind),
        by: person(line.by.as_ref()),
        stage: stage(line.stage),
        may_decide: line.may_decide,
    }
}

fn record(record: &SealRecord) -> Record {
    let sent = &record.sent;
    Record {
        source: sent.source.to_string(),
        name: sent.name.as_ref().map_or_else(|| "No name".to_owned(), ToString::to_string),
        born: sent.date_of_birth.map_or_else(|| "not known".to_owned(), dates::long),
        effective: dates::long_day(sent.effective_on),
        cut_over: record.cut_over.map_or_else(String::new, cut_over),
    }
}

pub(super) fn person(label: Option<&AccountLabel>) -> String {
    label.map_or_else(|| "Not known".to_owned(), |label| format!("{} ({})", label.name, label.username))
}

pub(super) fn id_of(text: &str) -> Result<Uuid, WebError> {
    Uuid::parse_str(text).map_err(|_| WebError::NotFound)
}
