//! The authority's sources: which are paused and why, how far a load has come, what waits for a decision; and the buttons that
//! pause one, or all, at once (rule 10.8).

use std::collections::BTreeMap;

use askama::Template;
use audit::Action;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::{DangerousAct, Permission};
use http::HeaderValue;
use http::header::REFRESH;
use service::{AbsenceError, AbsenceLine, FeedingError, PauseReason, SignedIn, SourceOverview};
use uuid::Uuid;

use super::connections_words::missing;
use super::figures::grouped;
use super::sources_words::{cause_in_words, progress_in_words, reasons};
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

const SOURCES: RouteRule = RouteRule::SignedIn(Permission::PauseSource);
const CHANGES: Trail = Trail::Writes(Action::SourceChanged);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get(
        "/sources",
        SOURCES,
        Trail::Silent("states and counts of the authority's own sources; nobody is named"),
        || get(list),
    ),
    Route::post("/sources/pause", SOURCES, CHANGES, || post(pause)),
    Route::post("/sources/resume", SOURCES, CHANGES, || post(resume)),
    Route::post("/sources/absent", RouteRule::SignedIn(Permission::LoadFeed), CHANGES, || post(absent))
        .does(&[DangerousAct::EndAbsentRecords]),
];

#[derive(Template)]
#[template(path = "sources.html")]
struct SourcesTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    /// The page asks for itself again, until somebody stops it.
    follows: bool,
    lines: Vec<Line>,
    any_runs: bool,
    any_paused: bool,
    any_live: bool,
    any_untold: bool,
    /// Some were paused with all others.
    any_of_all: bool,
    waiting: Vec<Waiting>,
    may_decide: bool,
    reviews: String,
    hours: Option<String>,
    reasons: Vec<Choice>,
}

struct Line {
    id: Uuid,
    name: String,
    paused: Option<String>,
    /// It is paused by a limit, and not told so until a person makes the pause their own.
    untold: bool,
    progress: Vec<(String, u64)>,
    last_day: Option<String>,
    /// The next step of its connection, empty where none is missing; none for somebody who does not keep it.
    next: Option<String>,
}

struct Waiting {
    run: Uuid,
    source: String,
    file: String,
    absent: String,
    held: String,
    unknown: u64,
    digest: String,
}

/// Which source, and why.
pub(crate) struct PauseForm {
    source: String,
    reason: String,
}

impl Fields for PauseForm {
    const NAMES: &'static [&'static str] = &["source", "reason"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { source: posted.take("source"), reason: posted.take("reason") }
    }
}

impl PauseForm {
    /// One source, or, by the first button, all of them.
    fn which(&self) -> Result<Option<Uuid>, WebError> {
        match self.source.as_str() {
            "all" => Ok(None),
            id => Uuid::parse_str(id).map(Some).map_err(|_| WebError::NotFound),
        }
    }
}

/// Which file, and what is decided.
pub(crate) struct AbsentForm {
    run: String,
    digest: String,
    decision: String,
}

impl Fields for AbsentForm {
    const NAMES: &'static [&'static str] = &["run", "digest", "decision"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { run: posted.take("run"), digest: posted.take("digest"), decision: posted.take("decision") }
    }
}

/// `GET /sources`
pub(crate) async fn list(
    State(state): State<AppState>,
    Person(who): Person,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Result<Response, WebError> {
    sources_page(&state, &who, asked.get("follow").is_some_and(|it| it == "yes"), Faults::default()).await
}

/// `POST /sources/pause`
pub(crate) async fn pause(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<PauseForm>,
) -> Result<Response, WebError> {
    let which = fields.which()?;
    let Some(reason) = PauseReason::from_code(&fields.reason) else {
        let mut faults = Faults::default();
        faults.add("reason", "Select why loading is paused");
        return sources_page(&state, &who, false, faults).await;
    };
    let directory = state.directory();
    let done = match which {
        Some(source) => directory.pause_source(&who, source, reason).await,
        None => directory.pause_all_sources(&who, reason).await.map(drop),
    };
    settled(&state, &who, done).await
}

/// `POST /sources/resume`
pub(crate) async fn resume(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<PauseForm>,
) -> Result<Response, WebError> {
    let directory = state.directory();
    let done = match fields.which()? {
        Some(source) => directory.resume_source(&who, source).await,
        None => directory.resume_all_sources(&who).await.map(drop),
    };
    settled(&state, &who, done).await
}

/// `POST /sources/absent`
pub(crate) async fn absent(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<AbsentForm>,
) -> Result<Response, WebError> {
    let run = Uuid::parse_str(&fields.run).map_err(|_| WebError::NotFound)?;
    let end_them = match fields.decision.as_str() {
        "end" => true,
        "stay" => false,
        _ => return Err(WebError::NotFound),
    };
    match state.directory().decide_absence(&who, run, &fields.digest, end_them).await {
        Ok(()) => Ok(Redirect::to("/sources").into_response()),
        Err(AbsenceError::NotFound) => {
            let mut faults = Faults::default();
            faults.add("absent", "Somebody else has decided about this file, or it was loaded again since");
            sources_page(&state, &who, false, faults).await
        }
        Err(AbsenceError::Forbidden) => Err(WebError::Forbidden),
        Err(AbsenceError::StepUpFirst(first)) => Err(first.into()),
        Err(AbsenceError::Service(fault)) => Err(fault.into()),
    }
}

async fn settled(
    state: &AppState,
    who: &SignedIn,
    done: Result<(), FeedingError>,
) -> Result<Response, WebError> {
    match done {
        Ok(()) => Ok(Redirect::to("/sources").into_response()),
        Err(FeedingError::AlreadySo) => {
            let mut faults = Faults::default();
            faults.add("sources", "Somebody else was quicker: look at what is paused now");
            sources_page(state, who, false, faults).await
        }
        Err(error) => Err(refused(error)),
    }
}

pub(super) fn refused(error: FeedingError) -> WebError {
    match error {
        FeedingError::Forbidden => WebError::Forbidden,
        FeedingError::Service(fault) => fault.into(),
        FeedingError::NotFound | FeedingError::AlreadySo | FeedingError::Settings => WebError::NotFound,
    }
}

async fn sources_page(
    state: &AppState,
    who: &SignedIn,
    follows: bool,
    faults: Faults,
) -> Result<Response, WebError> {
    let shown = state.directory().sources_page(who).await.map_err(refused)?;
    let wrong = !faults.is_empty();
    let template = SourcesTemplate {
        frame: Frame::of(state, who, Section::Sources, "Sources").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        follows,
        any_runs: shown.sources.iter().any(|source| !source.running.is_empty()),
        any_paused: shown.sources.iter().any(|source| source.paused.is_some()),
        any_live: shown.sources.iter().any(|source| source.paused.is_none()),
        any_untold: shown.sources.iter().any(is_untold),
        any_of_all: shown.sources.iter().any(|source| source.paused.is_some_and(|cause| cause.of_all)),
        lines: shown.sources.iter().map(Line::of).collect(),
        waiting: shown.absences.iter().map(Waiting::of).collect(),
        may_decide: shown.may_decide_absence,
        reviews: shown
            .open_reviews
            .map_or("fewer than 10".to_owned(), |open| or_more(open, shown.more_reviews)),
        hours: shown.review_hours.map(|hours| or_more(hours, shown.more_reviews)),
        reasons: reasons(),
    };
    let renewed = follows && template.any_runs;
    let mut answer = page(form_status(wrong), &template)?;
    if renewed {
        // Asked for, said on the page, and ended by its first link.
        answer.headers_mut().insert(REFRESH, HeaderValue::from_static("5"));
    }
    Ok(answer)
}

impl Line {
    fn of(source: &SourceOverview) -> Self {
        let progress = source.running.iter().map(|running| {
            let of = running.of.filter(|of| *of > 0);
            (progress_in_words(running), of.map_or(0, |of| running.rows * 100 / of).min(100))
        });
        let last_day = source.last_day.as_ref().map(|day| {
            format!(
                "{}: {} rows, {} put aside",
                dates::long_day(day.day),
                grouped(day.rows),
                grouped(day.quarantined)
            )
        });
        Self {
            id: source.source,
            name: source.name.clone(),
            paused: source.paused.as_ref().map(cause_in_words),
            untold: is_untold(source),
            progress: progress.collect(),
            last_day,
            next: source.lacks.as_ref().map(|lacks| lacks.first().copied().map_or_else(String::new, missing)),
        }
    }
}

/// A count, of which there may be more than were counted.
fn or_more(count: u64, more: bool) -> String {
    format!("{}{}", grouped(count), if more { " or more" } else { "" })
}

fn is_untold(source: &SourceOverview) -> bool {
    source.paused.is_some_and(|cause| !cause.is_told)
}

impl Waiting {
    fn of(line: &AbsenceLine) -> Self {
        let number = line.sequence.map_or_else(String::new, |number| format!("file {number}, "));
        Self {
            run: line.run,
            source: line.source.clone(),
            file: format!("{number}begun on {}", dates::long_day(line.begun_on)),
            absent: grouped(line.absent),
            held: grouped(line.held),
            unknown: line.unknown,
            digest: line.digest.clone(),
        }
    }
}
