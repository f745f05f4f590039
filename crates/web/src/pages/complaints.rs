//! Complaints about the directory: taken in, listed by deadline, answered; by two people where they are about one of the staff, or
//! name no request.

use askama::Template;
use audit::Action;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::Permission;
use directory::families::{ComplaintOutcome, ComplaintSubject};
use service::{ComplaintIntake, ComplaintLine, FamilyError, SignedIn};
use uuid::Uuid;

use super::families_desk::{
    self as desk, ListTemplate, RECEIVED, Row, Step, Taken, TypedDay, frame, id_of, refused, told,
};
use super::shields_words::choices;
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, form_status, page};
use crate::route::{FORM, Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::{Choice, Words};

const ANSWERS: RouteRule = RouteRule::SignedIn(Permission::AnswerFamilies);
const DESK: RouteRule = RouteRule::SignedIn(Permission::DecideShield);
const READ: Trail = Trail::Writes(Action::FamilyMattersRead);
const CHANGES: Trail = Trail::Writes(Action::FamilyMatterChanged);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/complaints", ANSWERS, READ, || get(list)),
    Route::get("/complaints/protected", DESK, READ, || get(protected)),
    Route::get("/complaints/new", ANSWERS, FORM, || get(ask)),
    Route::post("/complaints/new", ANSWERS, CHANGES, || post(take_in)),
    Route::get("/complaints/complaint/{id}", ANSWERS, READ, || get(show)),
    Route::post("/complaints/complaint/{id}/answer", ANSWERS, CHANGES, || post(answer)),
];

#[derive(Template)]
#[template(path = "complaint_new.html")]
struct NewTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    typed: NewForm,
    subjects: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "complaint.html")]
struct ComplaintTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    id: Uuid,
    reference: String,
    overdue: bool,
    may_answer: bool,
    by_two: bool,
    waits: bool,
    facts: Vec<(&'static str, Vec<String>)>,
    outcomes: Vec<Choice>,
    steps: Vec<Step>,
}

/// What was typed of a new one.
#[derive(Default)]
pub(crate) struct NewForm {
    subject: String,
    about: String,
    request: String,
    received: TypedDay,
}

impl Fields for NewForm {
    const NAMES: &'static [&'static str] =
        &["subject", "about", "request", "received_day", "received_month", "received_year"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            subject: posted.take("subject"),
            about: posted.take("about"),
            request: posted.take("request"),
            received: TypedDay::take(posted, &RECEIVED),
        }
    }
}

/// What it is answered.
pub(crate) struct AnswerForm {
    outcome: String,
}

impl Fields for AnswerForm {
    const NAMES: &'static [&'static str] = &["outcome"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { outcome: posted.take("outcome") }
    }
}

/// `GET /complaints`
pub(crate) async fn list(
    State(state): State<AppState>,
    Person(who): Person,
    Query(taken): Query<Taken>,
) -> Result<Response, WebError> {
    let lines = state.directory().complaints(&who).await.map_err(refused)?;
    desk::list(&ListTemplate {
        frame: frame(&state, &who, "Complaints", false),
        says: "Each complaint is answered within a month. What was said and written stays in your own file; one about you is not on your list.",
        new: Some(("/complaints/new", "Take in a complaint")),
        lists: desk::lists(&who, "/complaints"),
        about: "About",
        rows: lines.iter().map(|line| row(line, state.words())).collect(),
        received: taken.number(),
    })
}

/// `GET /complaints/protected`
pub(crate) async fn protected(
    State(state): State<AppState>,
    Person(who): Person,
) -> Result<Response, WebError> {
    let lines = state.directory().protected_complaints(&who).await.map_err(refused)?;
    desk::list(&ListTemplate {
        frame: frame(&state, &who, "Complaints at the protected desk", false),
        says: "Complaints about the answer to a request that stands at this desk. Nobody outside it is told that they are here; one about you is not on your list.",
        new: None,
        lists: desk::lists(&who, "/complaints/protected"),
        about: "About",
        rows: lines.iter().map(|line| row(line, state.words())).collect(),
        received: None,
    })
}

fn row(line: &ComplaintLine, words: &Words) -> Row {
    let state = match (line.outcome, line.waits) {
        (Some(outcome), _) => words.vocabulary().complaint_outcome(outcome),
        (None, true) => "Waits for a second person",
        (None, false) => "To be answered",
    };
    Row {
        href: format!("/complaints/complaint/{}", line.id),
        reference: line.reference.clone(),
        about: words.vocabulary().complaint_subject(line.subject).to_owned(),
        received: dates::long_day(line.received),
        deadline: dates::long_day(line.deadline),
        state: state.to_owned(),
        open: line.outcome.is_none(),
        overdue: line.overdue,
    }
}

/// `GET /complaints/new`
pub(crate) async fn ask(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let typed = NewForm { received: TypedDay::of(state.today()), ..NewForm::default() };
    new_page(&state, &who, typed, Faults::default())
}

/// `POST /complaints/new`
pub(crate) async fn take_in(
    State(state): State<AppState>,
    SignedForm { who, fields: typed }: SignedForm<NewForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    let subject = ComplaintSubject::from_code(&typed.subject);
    if subject.is_none() {
        faults.add("subject", "Select what the complaint is about");
    }
    let received = typed.received.received(&mut faults);
    let (Some(subject), Some(received)) = (subject, received) else {
        return new_page(&state, &who, typed, faults);
    };
    let about = Some(typed.about.clone()).filter(|about| !about.is_empty());
    let request = Some(typed.request.clone()).filter(|number| !number.is_empty());
    let intake = ComplaintIntake { subject, about, request, received };
    match state.directory().take_in_complaint(&who, intake).await {
        Ok(number) => Ok(Redirect::to(&format!("/complaints?received={number}")).into_response()),
        Err(error) => {
            let field = match error {
                FamilyError::Day => "received_day",
                FamilyError::NoSuchRequest => "request",
                _ => "about",
            };
            faults.add(field, told(error)?);
            new_page(&state, &who, typed, faults)
        }
    }
}

fn new_page(state: &AppState, who: &SignedIn, typed: NewForm, faults: Faults) -> Result<Response, WebError> {
    let (wrong, words) = (!faults.is_empty(), state.words().vocabulary());
    let template = NewTemplate {
        frame: frame(state, who, "Take in a complaint", wrong),
        token: who.form_token().to_owned(),
        subjects: choices(ComplaintSubject::ALL, |one| (one.code(), words.complaint_subject(one))),
        faults,
        typed,
    };
    page(form_status(wrong), &template)
}

/// `GET /complaints/complaint/{id}`
pub(crate) async fn show(
    State(state): State<AppState>,
    Person(who): Person,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    complaint_page(&state, &who, id_of(&id)?, Faults::default()).await
}

/// `POST /complaints/complaint/{id}/answer`
pub(crate) async fn answer(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<AnswerForm>,
) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let mut faults = Faults::default();
    let Some(outcome) = ComplaintOutcome::from_code(&fields.outcome) else {
        faults.add("outcome", "Select what came of the complaint");
        return complaint_page(&state, &who, id, faults).await;
    };
    match state.directory().answer_complaint(&who, id, outcome).await {
        Ok(()) => Ok(Redirect::to(&format!("/complaints/complaint/{id}")).into_response()),
        Err(error) => {
            faults.add("main-content", told(error)?);
            complaint_page(&state, &who, id, faults).await
        }
    }
}

async fn complaint_page(
    state: &AppState,
    who: &SignedIn,
    id: Uuid,
    faults: Faults,
) -> Result<Response, WebError> {
    let view = state.directory().complaint(who, id).await.map_err(refused)?;
    let words = state.words().vocabulary();
    let mut facts = vec![
        ("About", vec![words.complaint_subject(view.line.subject).to_owned()]),
        ("Received", vec![dates::long_day(view.line.received)]),
        ("To be answered by", vec![dates::long_day(view.line.deadline)]),
    ];
    facts.extend(view.request.map(|number| ("About the answer to request", vec![number])));
    facts.extend(view.about.map(|about| ("Member of staff", vec![about.name, about.username])));
    facts.extend(
        view.line.outcome.map(|outcome| ("Answered", vec![words.complaint_outcome(outcome).to_owned()])),
    );
    facts.extend(
        view.proposed
            .filter(|_| view.line.outcome.is_none())
            .map(|outcome| ("Proposed answer", vec![words.complaint_outcome(outcome).to_owned()])),
    );
    let wrong = !faults.is_empty();
    let template = ComplaintTemplate {
        frame: frame(state, who, "A complaint", wrong),
        token: who.form_token().to_owned(),
        id,
        reference: view.line.reference,
        overdue: view.line.overdue,
        may_answer: view.may_answer,
        by_two: view.by_two,
        waits: view.line.waits,
        facts,
        outcomes: choices(ComplaintOutcome::ALL, |one| (one.code(), words.complaint_outcome(one))),
        steps: desk::steps(&view.steps),
        faults,
    };
    page(form_status(wrong), &template)
}
