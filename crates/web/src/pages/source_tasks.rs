//! What a source is asked about its own rows, for whoever answers for it: which row, which item, and never a value.

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::Permission;
use directory::families::SourceAnswer;
use service::{SignedIn, TaskLine};

use super::families_desk::{id_of, refused, told};
use super::shields_words::choices;
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::{Choice, Words};

const SOURCE: RouteRule = RouteRule::SignedIn(Permission::AnswerForSource);
const CHANGES: Trail = Trail::Writes(Action::FamilyMatterChanged);

/// Two thousand references of some length.
const REFERENCES: usize = 128 * 1024;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/source-tasks", SOURCE, Trail::Writes(Action::FamilyMattersRead), || get(list)),
    Route::post("/source-tasks/rows", SOURCE, CHANGES, || post(rows)).taking(REFERENCES),
    Route::post("/source-tasks/answer", SOURCE, CHANGES, || post(answer)),
];

#[derive(Template)]
#[template(path = "source_tasks.html")]
struct TasksTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    typed: RowsForm,
    tasks: Vec<Task>,
    sources: Vec<String>,
    answers: Vec<Choice>,
}

/// A task as a line.
struct Task {
    id: uuid::Uuid,
    reference: String,
    source: String,
    item: String,
    row: Option<String>,
    deadline: String,
    overdue: bool,
    answer: Option<String>,
}

/// A source's own references, one a line.
#[derive(Default)]
pub(crate) struct RowsForm {
    source: String,
    references: String,
}

impl Fields for RowsForm {
    const NAMES: &'static [&'static str] = &["source", "references"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { source: posted.take("source"), references: posted.take("references") }
    }
}

/// What a source answers.
pub(crate) struct AnswerForm {
    task: String,
    answer: String,
}

impl Fields for AnswerForm {
    const NAMES: &'static [&'static str] = &["task", "answer"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { task: posted.take("task"), answer: posted.take("answer") }
    }
}

/// `GET /source-tasks`
pub(crate) async fn list(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    tasks_page(&state, &who, RowsForm::default(), Faults::default()).await
}

/// `POST /source-tasks/rows`
pub(crate) async fn rows(
    State(state): State<AppState>,
    SignedForm { who, fields: typed }: SignedForm<RowsForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    let references: Vec<String> = typed.references.lines().map(str::trim).map(str::to_owned).collect();
    let references: Vec<String> = references.into_iter().filter(|line| !line.is_empty()).collect();
    if typed.source.is_empty() {
        faults.add("source", "Select the source");
    }
    if references.is_empty() || references.len() > 2_000 {
        faults.add("references", "Enter your own references of rows, one a line, 2,000 at most");
    }
    if !faults.is_empty() {
        return tasks_page(&state, &who, typed, faults).await;
    }
    match state.directory().find_source_rows(&who, &typed.source, &references).await {
        Ok(0) => {
            faults.add(
                "references",
                "None of these rows is asked about. Check the source, or look at other rows",
            );
            tasks_page(&state, &who, typed, faults).await
        }
        Ok(_) => Ok(Redirect::to("/source-tasks").into_response()),
        Err(error) => Err(refused(error)),
    }
}

/// `POST /source-tasks/answer`
pub(crate) async fn answer(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<AnswerForm>,
) -> Result<Response, WebError> {
    let id = id_of(&fields.task)?;
    let mut faults = Faults::default();
    let Some(answer) = SourceAnswer::from_code(&fields.answer) else {
        faults.add("tasks", "Select what your row says after you looked");
        return tasks_page(&state, &who, RowsForm::default(), faults).await;
    };
    match state.directory().answer_source_task(&who, id, answer).await {
        Ok(()) => Ok(Redirect::to("/source-tasks").into_response()),
        Err(error) => {
            faults.add("tasks", told(error)?);
            tasks_page(&state, &who, RowsForm::default(), faults).await
        }
    }
}

async fn tasks_page(
    state: &AppState,
    who: &SignedIn,
    typed: RowsForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let lines = state.directory().source_tasks(who).await.map_err(refused)?;
    let words = state.words();
    let labels = words.vocabulary();
    let wrong = !faults.is_empty();
    let template = TasksTemplate {
        frame: Frame::of(state, who, Section::SourceTasks, "Rows to look at").with_faults(wrong),
        token: who.form_token().to_owned(),
        tasks: lines.iter().map(|line| task(line, words)).collect(),
        sources: state.directory().sources_to_answer_for(who).await?,
        answers: choices(SourceAnswer::ALL, |one| (one.code(), labels.source_answer(one))),
        typed,
        faults,
    };
    page(form_status(wrong), &template)
}

fn task(line: &TaskLine, words: &Words) -> Task {
    Task {
        id: line.id,
        reference: line.reference.clone(),
        source: line.source.clone(),
        item: words.vocabulary().disputed_item(line.item).to_owned(),
        row: line.row.clone(),
        deadline: dates::long_day(line.deadline),
        overdue: line.overdue,
        answer: line.answer.map(|answer| words.vocabulary().source_answer(answer).to_owned()),
    }
}
