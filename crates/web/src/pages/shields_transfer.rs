//! One offer at the shield desk: the child by number, name, birth and gender, the answer of the other desk, and taking it back.

use askama::Template;
use audit::Action;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::{DangerousAct, Permission};
use directory::transfer::{TransferRefusal, TransferState};
use http::StatusCode;
use service::{AccountLabel, SignedIn, TransferAnswer, TransferError, TransferView};
use uuid::Uuid;

use super::shields_transfers::{ANOTHER, refused, standing};
use super::shields_words::{capitalised, choices};
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::{Person, reasoned};
use crate::state::AppState;
use crate::words::Choice;

const DESK: RouteRule = RouteRule::WithReason(Permission::DecideShield);
const CHANGES: Trail = Trail::Writes(Action::RecordChanged);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/shields/transfers/{id}", DESK, Trail::Writes(Action::RecordViewed), || get(show)),
    Route::post("/shields/transfers/{id}/answer", DESK, CHANGES, || post(answer))
        .does(&[DangerousAct::AnswerTransfer]),
    Route::post("/shields/transfers/{id}/take-back", DESK, CHANGES, || post(take_back)),
];

#[derive(Template)]
#[template(path = "shields_transfer.html")]
struct TransferTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    id: Uuid,
    heading: String,
    state: &'static str,
    waits: bool,
    facts: Vec<(&'static str, String)>,
    refusals: Vec<Choice>,
    may_answer: bool,
    may_take_back: bool,
}

/// The other desk's answer.
pub(crate) struct AnswerForm {
    answer: String,
}

impl Fields for AnswerForm {
    const NAMES: &'static [&'static str] = &["answer"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { answer: posted.take("answer") }
    }
}

/// Taking back: a button and nothing else.
pub(crate) struct Nothing;

impl Fields for Nothing {
    const NAMES: &'static [&'static str] = &[];

    fn from_posted(_: &mut Posted) -> Self {
        Self
    }
}

/// `GET /shields/transfers/{id}`
pub(crate) async fn show(
    State(state): State<AppState>,
    Person(who): Person,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    transfer_page(&state, &who, &id, Faults::default()).await
}

/// `POST /shields/transfers/{id}/answer`
pub(crate) async fn answer(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<AnswerForm>,
) -> Result<Response, WebError> {
    let answer = match fields.answer.as_str() {
        "accept" => Some(TransferAnswer::Accept),
        code => TransferRefusal::from_code(code).map(TransferAnswer::Refuse),
    };
    let Some(answer) = answer else {
        let mut faults = Faults::default();
        faults.add("answer", "Select whether your authority accepts this child, or why it does not");
        return transfer_page(&state, &who, &id, faults).await;
    };
    let done = state.directory().answer_transfer(&who, id_of(&id)?, answer).await;
    onward(&state, &who, &id, done).await
}

/// `POST /shields/transfers/{id}/take-back`
pub(crate) async fn take_back(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, .. }: SignedForm<Nothing>,
) -> Result<Response, WebError> {
    let done = state.directory().take_transfer_back(&who, id_of(&id)?).await;
    onward(&state, &who, &id, done).await
}

/// To the offer as it now stands; with what kept the step from being taken, if something did.
async fn onward(
    state: &AppState,
    who: &SignedIn,
    id: &str,
    done: Result<(), TransferError>,
) -> Result<Response, WebError> {
    let Err(error) = done else {
        return Ok(Redirect::to(&format!("/shields/transfers/{id}")).into_response());
    };
    if !matches!(error, TransferError::Ended(_) | TransferError::Changed) {
        return Err(refused(error));
    }
    let mut faults = Faults::default();
    faults.add("answer", capitalised(&error.to_string()));
    transfer_page(state, who, id, faults).await
}

async fn transfer_page(
    state: &AppState,
    who: &SignedIn,
    id: &str,
    faults: Faults,
) -> Result<Response, WebError> {
    let asker = reasoned(who)?;
    let disclosed = state.directory().transfer(&asker, id_of(id)?).await.map_err(refused)?;
    let (view, wrong) = (disclosed.data(), !faults.is_empty());
    let words = state.words().vocabulary();
    let template = TransferTemplate {
        frame: Frame::of(state, who, Section::Shields, "An offer to hand a child on")
            .because(state.words().reason(*disclosed.reason()))
            .with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        id: view.line.id,
        heading: heading(view),
        state: standing(view.line.state, view.line.overdue),
        waits: view.line.state == TransferState::Offered,
        facts: facts(state, view),
        refusals: choices(TransferRefusal::ALL, |why| (why.code(), words.transfer_refusal(why))),
        may_answer: view.may_answer,
        may_take_back: view.may_take_back,
    };
    page(if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &template)
}

/// The child's name while the offer waits; afterwards no child is named.
fn heading(view: &TransferView) -> String {
    match &view.child {
        Some(child) => {
            child.shown.as_ref().map_or_else(|| child.number.grouped(), |shown| shown.name.to_string())
        }
        None => "An offer that has ended".to_owned(),
    }
}

fn facts(state: &AppState, view: &TransferView) -> Vec<(&'static str, String)> {
    let words = state.words();
    let mut facts = Vec::new();
    if let Some(child) = &view.child {
        facts.push(("Child number", child.number.grouped()));
        if let Some(shown) = &child.shown {
            facts.extend(shown.date_of_birth.map(|born| ("Date of birth", dates::long(born))));
            facts.push(("Gender", words.gender(shown.gender).to_owned()));
        }
    }
    match &view.line.to {
        Some(to) => facts.push(("Offered to", to.clone())),
        None => facts.push(("Offered by", ANOTHER.to_owned())),
    }
    facts.push(("Why", words.vocabulary().transfer_reason(view.line.reason).to_owned()));
    facts.push(("Offered on", dates::long_day(view.line.since)));
    facts.push(("Answer by", dates::long_day(view.line.due)));
    if let TransferState::Refused(why) = view.line.state {
        facts.push(("Why it was refused", words.vocabulary().transfer_refusal(why).to_owned()));
    }
    facts.extend(view.by.as_ref().map(|by| ("Offered by", person(by))));
    facts.extend(view.ended_at.map(|at| ("Ended", dates::long_instant(at))));
    facts.extend(view.ended_by.as_ref().map(|by| ("Ended by", person(by))));
    facts
}

fn person(label: &AccountLabel) -> String {
    format!("{} ({})", label.name, label.username)
}

fn id_of(text: &str) -> Result<Uuid, WebError> {
    Uuid::parse_str(text).map_err(|_| WebError::NotFound)
}
