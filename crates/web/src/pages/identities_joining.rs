//! The protected desk: what administrators asked about records that are not theirs to decide about, and what the matcher left
//! open about children who are protected since.

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::{DangerousAct, Permission};
use service::{JoinError, JoiningCase, JoiningRequest, ProtectedCase, SignedIn};
use uuid::Uuid;

use super::identities::{id_of, person};
use super::records::refused;
use super::records_reviews::{APART, LINKS, read_answer};
use super::records_words::{bases, basis, beside, read_basis};
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

const DESK: RouteRule = RouteRule::SignedIn(Permission::ApproveSeal);
const CHANGES: Trail = Trail::Writes(Action::RecordChanged);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/identities/joining", DESK, Trail::Writes(Action::ShieldsRead), || get(list)),
    Route::post("/identities/joining/answer", DESK, CHANGES, || post(answer))
        .does(&[DangerousAct::ReleaseHeld]),
    Route::post("/identities/joining/propose", DESK, CHANGES, || post(propose))
        .does(&[DangerousAct::ReleaseHeld]),
    Route::post("/identities/joining/decide", DESK, CHANGES, || post(decide))
        .does(&[DangerousAct::ReleaseHeld]),
];

#[derive(Template)]
#[template(path = "identities_joining.html")]
struct ListTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    cases: Vec<Case>,
    asked: Vec<Asked>,
    bases: Vec<Choice>,
}

/// A case of the matcher.
struct Asked {
    id: Uuid,
    since: String,
    number: String,
    answers: Vec<Choice>,
}

struct Case {
    id: Uuid,
    since: String,
    what: String,
    basis: &'static str,
    by: String,
    proposed: bool,
    can_go_on: bool,
}

/// Which request, and whether that is agreed.
pub(crate) struct CaseForm {
    request: String,
    decision: String,
}

impl Fields for CaseForm {
    const NAMES: &'static [&'static str] = &["request", "decision"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { request: posted.take("request"), decision: posted.take("decision") }
    }
}

/// How a case of the matcher is to be answered.
pub(crate) struct AnswerForm {
    case: String,
    answer: String,
    basis: String,
}

impl Fields for AnswerForm {
    const NAMES: &'static [&'static str] = &["case", "answer", "basis"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { case: posted.take("case"), answer: posted.take("answer"), basis: posted.take("basis") }
    }
}

/// `GET /identities/joining`
pub(crate) async fn list(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    list_page(&state, &who, Faults::default()).await
}

/// `POST /identities/joining/answer`
pub(crate) async fn answer(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<AnswerForm>,
) -> Result<Response, WebError> {
    let id = id_of(&fields.case)?;
    let mut faults = Faults::default();
    let answer = read_answer(&fields.answer);
    if answer.is_none() {
        faults.add("cases", "Select whose record it is");
    }
    // The faults of a list of cases stand above it: no field of it is the one.
    let basis = read_basis(&fields.basis, &mut Faults::default());
    if basis.is_none() {
        faults.add("cases", "Select on what you decide");
    }
    let (Some(answer), Some(basis)) = (answer, basis) else { return list_page(&state, &who, faults).await };
    let made = state.directory().propose_answer(&who, id, answer, basis).await;
    onward(&state, &who, made).await
}

/// `POST /identities/joining/propose`
pub(crate) async fn propose(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<CaseForm>,
) -> Result<Response, WebError> {
    let made = state.directory().propose_joining(&who, id_of(&fields.request)?).await;
    onward(&state, &who, made).await
}

/// `POST /identities/joining/decide`
pub(crate) async fn decide(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<CaseForm>,
) -> Result<Response, WebError> {
    let agree = match fields.decision.as_str() {
        "agree" => true,
        "decline" => false,
        _ => return Err(WebError::NotFound),
    };
    let made = state.directory().decide_joining(&who, id_of(&fields.request)?, agree).await;
    onward(&state, &who, made.map(drop)).await
}

async fn onward(state: &AppState, who: &SignedIn, made: Result<(), JoinError>) -> Result<Response, WebError> {
    let Err(error) = made else { return Ok(Redirect::to("/identities/joining").into_response()) };
    let mut faults = Faults::default();
    faults.add("cases", beside(error)?);
    list_page(state, who, faults).await
}

async fn list_page(state: &AppState, who: &SignedIn, faults: Faults) -> Result<Response, WebError> {
    let cases = state.directory().joining_requests(who).await.map_err(refused)?;
    let asked = state.directory().protected_cases(who).await.map_err(refused)?;
    let wrong = !faults.is_empty();
    let template = ListTemplate {
        frame: Frame::of(state, who, Section::Identities, "Requests about protected records")
            .with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        cases: cases.iter().map(case).collect(),
        asked: asked.iter().map(asked_words).collect(),
        bases: bases(),
    };
    page(form_status(wrong), &template)
}

fn asked_words(case: &ProtectedCase) -> Asked {
    let mut answers = Vec::new();
    for (place, number) in &case.candidates {
        if let (Some(link), Some(apart)) = (LINKS.get(*place), APART.get(*place)) {
            answers.push(Choice { code: link, words: format!("It is {number}: join the two") });
            answers.push(Choice { code: apart, words: format!("It is not {number}: keep the two apart") });
        }
    }
    Asked {
        id: case.id,
        since: case.since.parse().map_or_else(|_| case.since.clone(), dates::month),
        number: case.number.to_string(),
        answers,
    }
}

fn case(case: &JoiningCase) -> Case {
    let what = match &case.request {
        JoiningRequest::Join { survivor, other } => {
            format!("Join {other} to {survivor}: both numbers answer with one record")
        }
        JoiningRequest::TakeApart { number, records } => match records.len() {
            1 => format!("Take 1 source record of {number} to a new number"),
            count => format!("Take {count} source records of {number} to a new number"),
        },
        JoiningRequest::KeepApart { one, other } => format!("Keep {one} and {other} apart for good"),
        JoiningRequest::Confirm { number, .. } => format!("Confirm a source record of {number}"),
        JoiningRequest::Undo { act } => {
            format!("Undo what was done under the reference {}", service::joining_reference(*act))
        }
    };
    Case {
        id: case.id,
        since: dates::day_of(case.since),
        what,
        basis: basis(case.basis),
        by: person(case.by.as_ref()),
        proposed: case.proposed,
        can_go_on: case.can_go_on,
    }
}
