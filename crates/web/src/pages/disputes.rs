//! Disputes at the desk: the lists, one of them, the asking of its sources, what they answered, and its closing.

use askama::Template;
use audit::Action;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::Permission;
use directory::families::{DisputeSource, ProposedValue, SourceAnswer};
use directory::letter::Letter;
use service::{DisputeLine, ProviderSaid, SignedIn, SourceLine};
use uuid::Uuid;

use super::families_desk::{self as desk, ListTemplate, Row, Step, Taken, frame, id_of, refused, told};
use super::shields_words::choices;
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, form_status, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::{Choice, Words};

const ANSWERS: RouteRule = RouteRule::SignedIn(Permission::AnswerFamilies);
const READ: Trail = Trail::Writes(Action::FamilyMattersRead);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/disputes", ANSWERS, READ, || get(list)),
    Route::get("/disputes/protected", RouteRule::SignedIn(Permission::DecideShield), READ, || get(protected)),
    Route::get("/disputes/dispute/{id}", ANSWERS, READ, || get(show)),
    Route::post("/disputes/dispute/{id}/ask", ANSWERS, Trail::Writes(Action::FamilyMatterChanged), || {
        post(ask)
    }),
    Route::post("/disputes/dispute/{id}/close", ANSWERS, Trail::Writes(Action::FamilyMatterChanged), || {
        post(close)
    }),
];

#[derive(Template)]
#[template(path = "dispute.html")]
struct DisputeTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    id: Uuid,
    reference: String,
    overdue: bool,
    open: bool,
    facts: Vec<(&'static str, Vec<String>)>,
    to_ask: bool,
    may_ask: bool,
    protected: bool,
    sources: Vec<(String, String)>,
    answers: Vec<Choice>,
    standing: [&'static str; 2],
    steps: Vec<Step>,
}

/// That the sources are asked: nothing but the form's token.
pub(crate) struct AskForm;

impl Fields for AskForm {
    const NAMES: &'static [&'static str] = &[];

    fn from_posted(_: &mut Posted) -> Self {
        Self
    }
}

/// What the family is answered.
pub(crate) struct CloseForm {
    answer: String,
}

impl Fields for CloseForm {
    const NAMES: &'static [&'static str] = &["answer"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { answer: posted.take("answer") }
    }
}

/// `GET /disputes`
pub(crate) async fn list(
    State(state): State<AppState>,
    Person(who): Person,
    Query(taken): Query<Taken>,
) -> Result<Response, WebError> {
    let lines = state.directory().disputes(&who).await.map_err(refused)?;
    desk::list(&ListTemplate {
        frame: frame(&state, &who, "Disputes", false),
        says: "Somebody says that an item of a record is wrong. The day after, each source that states it is asked to look at its own row, and the family is answered within a month.",
        new: Some(("/disputes/new", "Take in a dispute")),
        lists: desk::lists(&who, "/disputes"),
        about: "Item",
        rows: lines.iter().map(|line| row(line, state.words())).collect(),
        received: taken.number(),
    })
}

/// `GET /disputes/protected`
pub(crate) async fn protected(
    State(state): State<AppState>,
    Person(who): Person,
) -> Result<Response, WebError> {
    let lines = state.directory().protected_disputes(&who).await.map_err(refused)?;
    desk::list(&ListTemplate {
        frame: frame(&state, &who, "Disputes at the protected desk", false),
        says: "Disputes about children who are protected. The sources are asked by this desk and by nobody else, and are told no value.",
        new: None,
        lists: desk::lists(&who, "/disputes/protected"),
        about: "Item",
        rows: lines.iter().map(|line| row(line, state.words())).collect(),
        received: None,
    })
}

fn row(line: &DisputeLine, words: &Words) -> Row {
    let state = match line.outcome {
        Some(outcome) => words.vocabulary().source_answer(outcome).to_owned(),
        None if line.to_ask => "The sources are not asked yet".to_owned(),
        None => format!("{} of {} sources answered", line.answered, line.asked),
    };
    Row {
        href: format!("/disputes/dispute/{}", line.id),
        reference: line.reference.clone(),
        about: words.vocabulary().disputed_item(line.item).to_owned(),
        received: dates::long_day(line.received),
        deadline: dates::long_day(line.deadline),
        state,
        open: line.outcome.is_none(),
        overdue: line.overdue,
    }
}

/// `GET /disputes/dispute/{id}`
pub(crate) async fn show(
    State(state): State<AppState>,
    Person(who): Person,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    dispute_page(&state, &who, id_of(&id)?, Faults::default()).await
}

/// `POST /disputes/dispute/{id}/ask`
pub(crate) async fn ask(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, .. }: SignedForm<AskForm>,
) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    match state.directory().ask_sources(&who, id).await {
        Ok(()) => Ok(Redirect::to(&format!("/disputes/dispute/{id}")).into_response()),
        Err(error) => {
            let mut faults = Faults::default();
            faults.add("main-content", told(error)?);
            dispute_page(&state, &who, id, faults).await
        }
    }
}

/// `POST /disputes/dispute/{id}/close`
pub(crate) async fn close(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<CloseForm>,
) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let mut faults = Faults::default();
    let Some(answer) = SourceAnswer::from_code(&fields.answer) else {
        faults.add("answer", "Select what the family is answered");
        return dispute_page(&state, &who, id, faults).await;
    };
    match state.directory().close_dispute(&who, id, answer).await {
        Ok(()) => Ok(Redirect::to(&format!("/disputes/dispute/{id}")).into_response()),
        Err(error) => {
            faults.add("main-content", told(error)?);
            dispute_page(&state, &who, id, faults).await
        }
    }
}

async fn dispute_page(
    state: &AppState,
    who: &SignedIn,
    id: Uuid,
    faults: Faults,
) -> Result<Response, WebError> {
    let view = state.directory().dispute(who, id).await.map_err(refused)?;
    let words = state.words();
    let labels = words.vocabulary();
    let mut facts = vec![
        ("Item", vec![labels.disputed_item(view.line.item).to_owned()]),
        ("Said by", vec![labels.dispute_raiser(view.line.raiser).to_owned()]),
        ("Received", vec![dates::long_day(view.line.received)]),
        ("To be answered by", vec![dates::long_day(view.line.deadline)]),
        (
            "Child number",
            vec![view.child.as_ref().map_or_else(|| "No longer held".to_owned(), ToString::to_string)],
        ),
    ];
    facts.extend(view.proposed.as_ref().map(|value| ("It should be", vec![value_words(value, words)])));
    facts.extend(view.provider_said.as_ref().map(|said| ("Consent withdrawn", provider_words(said, words))));
    facts.extend(view.line.outcome.map(|answer| ("Answered", vec![labels.source_answer(answer).to_owned()])));
    let wrong = !faults.is_empty();
    let template = DisputeTemplate {
        frame: frame(state, who, "A dispute", wrong),
        token: who.form_token().to_owned(),
        id,
        reference: view.line.reference.clone(),
        overdue: view.line.overdue,
        open: view.line.outcome.is_none(),
        facts,
        to_ask: view.line.to_ask,
        may_ask: view.may_ask,
        protected: view.protected,
        sources: view.sources.iter().map(|line| source_words(line, words)).collect(),
        answers: choices(view.answers, |one| (one.code(), labels.source_answer(one))),
        standing: Letter::standing_words(),
        steps: desk::steps(&view.steps),
        faults,
    };
    page(form_status(wrong), &template)
}

fn source_words(line: &SourceLine, words: &Words) -> (String, String) {
    let said = match line.answer {
        None => "Asked, and has not answered yet".to_owned(),
        Some((answer, how, on)) => {
            let answer = words.vocabulary().source_answer(answer);
            let day = dates::long_day(on);
            match how {
                DisputeSource::Answered => format!("{answer}, said on {day}"),
                DisputeSource::FoundInRow => format!("{answer}: its row changed, found on {day}"),
            }
        }
    };
    (line.source.clone(), said)
}

/// What a provider said, and what the desk is to do.
fn provider_words(said: &ProviderSaid, words: &Words) -> Vec<String> {
    vec![
        format!("{}, {}", words.service(said.service), said.provider),
        "The provider says so, and no service on the record has its name. If it stands there under another name, \
         withdraw the consent from the record"
            .to_owned(),
    ]
}

fn value_words(value: &ProposedValue, words: &Words) -> String {
    match value {
        ProposedValue::Name(name) => name.to_string(),
        ProposedValue::DateOfBirth(born) => dates::long(*born),
        ProposedValue::Gender(gender) => words.gender(*gender).to_owned(),
    }
}
