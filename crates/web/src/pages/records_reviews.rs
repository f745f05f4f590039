//! A case that the matcher left open, and its answer.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use service::{ReviewAnswer, ReviewView, SignedIn};
use uuid::Uuid;

use super::identities::id_of;
use super::records::{CHANGES, LOOKING, SHOWS, done, refused};
use super::records_words::{bases, beside, part_words, read_basis};
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::Route;
use crate::session::{Person, reasoned};
use crate::state::AppState;
use crate::words::Choice;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/records/reviews/{id}", LOOKING, SHOWS, || get(show)),
    Route::post("/records/reviews/{id}", LOOKING, CHANGES, || post(answer)),
];

#[derive(Template)]
#[template(path = "records_review.html")]
struct ReviewTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    id: Uuid,
    bridges: bool,
    records: Vec<Vec<(&'static str, String)>>,
    candidates: Vec<Candidate>,
    answers: Vec<Choice>,
    bases: Vec<Choice>,
    typed: AnswerForm,
}

struct Candidate {
    number: String,
    likely: Option<String>,
    records: Vec<Vec<(&'static str, String)>>,
}

/// An answer, and on what it rests.
#[derive(Default)]
pub(crate) struct AnswerForm {
    answer: String,
    basis: String,
}

impl Fields for AnswerForm {
    const NAMES: &'static [&'static str] = &["answer", "basis"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { answer: posted.take("answer"), basis: posted.take("basis") }
    }
}

/// The codes of the answers: to which place of the case each belongs.
pub(super) const LINKS: [&str; 8] =
    ["link_0", "link_1", "link_2", "link_3", "link_4", "link_5", "link_6", "link_7"];
pub(super) const APART: [&str; 8] =
    ["apart_0", "apart_1", "apart_2", "apart_3", "apart_4", "apart_5", "apart_6", "apart_7"];

/// The answer of a code.
pub(super) fn read_answer(code: &str) -> Option<ReviewAnswer> {
    let place = |codes: &[&str]| codes.iter().position(|known| *known == code);
    match (code, place(&LINKS), place(&APART)) {
        ("new", ..) => Some(ReviewAnswer::New),
        (_, Some(place), _) => Some(ReviewAnswer::Link(place)),
        (_, _, Some(place)) => Some(ReviewAnswer::KeepApart(place)),
        _ => None,
    }
}

/// `GET /records/reviews/{id}`
pub(crate) async fn show(
    State(state): State<AppState>,
    Person(who): Person,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    case_page(&state, &who, &id, AnswerForm::default(), Faults::default()).await
}

/// `POST /records/reviews/{id}`
pub(crate) async fn answer(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<AnswerForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    let answer = read_answer(&fields.answer);
    if answer.is_none() {
        faults.add("answer", "Select whose record it is");
    }
    let basis = read_basis(&fields.basis, &mut faults);
    let (Some(answer), Some(basis)) = (answer, basis) else {
        return case_page(&state, &who, &id, fields, faults).await;
    };
    match state.directory().answer_review(&who, id_of(&id)?, answer, basis).await {
        Ok(Some(made)) => done(&state, &who, &made),
        Ok(None) => Ok(Redirect::to("/records").into_response()),
        Err(error) => {
            faults.add("answer", beside(error)?);
            case_page(&state, &who, &id, fields, faults).await
        }
    }
}

async fn case_page(
    state: &AppState,
    who: &SignedIn,
    id: &str,
    typed: AnswerForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let asker = reasoned(who)?;
    let shown = state.directory().open_review_case(&asker, id_of(id)?).await.map_err(refused)?;
    let (view, wrong) = (shown.data(), !faults.is_empty());
    let all = |parts: &[service::PartRecord]| parts.iter().map(|part| part_words(state, part)).collect();
    let template = ReviewTemplate {
        frame: Frame::of(state, who, Section::Records, "Whose record is this?")
            .because(state.words().reason(*shown.reason()))
            .with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        id: view.line.id,
        bridges: view.bridges,
        records: all(&view.records),
        candidates: view
            .candidates
            .iter()
            .map(|one| Candidate {
                number: one.number.to_string(),
                likely: one.probability.map(|chance| format!("{:.0} in 100", chance * 100.0)),
                records: all(&one.records),
            })
            .collect(),
        answers: answers(view),
        bases: bases(),
        typed,
    };
    page(form_status(wrong), &template)
}

fn answers(view: &ReviewView) -> Vec<Choice> {
    let mut answers = Vec::new();
    if view.records.is_empty() {
        return answers;
    }
    for one in &view.candidates {
        if let (Some(link), Some(apart)) = (LINKS.get(one.place), APART.get(one.place)) {
            answers.push(Choice { code: link, words: format!("It is the child {}", one.number) });
            answers.push(Choice {
                code: apart,
                words: format!("It is not the child {}; keep the two apart for good", one.number),
            });
        }
    }
    answers.push(Choice { code: "new", words: "It is a child of its own".to_owned() });
    answers
}
