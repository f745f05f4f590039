//! Which records are one child: the cases that wait, two records side by side, and what was done, each act with its undoing.

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::Permission;
use service::{JoinError, Joining, SignedIn};
use uuid::Uuid;

use super::identities::{id_of, person};
use super::records_words::{Fact, bases, basis, beside, kind, read_basis, read_number, side_by_side};
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::{Person, reasoned};
use crate::state::AppState;
use crate::words::Choice;

pub(super) const ADMINISTRATOR: RouteRule = RouteRule::SignedIn(Permission::ReviewMatches);
pub(super) const LOOKING: RouteRule = RouteRule::WithReason(Permission::ReviewMatches);
pub(super) const CHANGES: Trail = Trail::Writes(Action::RecordChanged);
pub(super) const SHOWS: Trail = Trail::Writes(Action::RecordViewed);
const LISTS: Trail = Trail::Writes(Action::RegisterRead);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/records", ADMINISTRATOR, LISTS, || get(list)),
    Route::get("/records/join", ADMINISTRATOR, Trail::Silent("an empty form"), || get(begin)),
    Route::post("/records/join/compare", LOOKING, SHOWS, || post(compare)),
    Route::post("/records/join", LOOKING, CHANGES, || post(join)),
    Route::get("/records/acts", ADMINISTRATOR, LISTS, || get(acts)),
    Route::post("/records/acts/undo", ADMINISTRATOR, CHANGES, || post(undo)),
];

#[derive(Template)]
#[template(path = "records.html")]
struct ListTemplate {
    frame: Frame,
    cases: Vec<(Uuid, String)>,
}

#[derive(Template)]
#[template(path = "records_join.html")]
struct JoinTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    typed: JoinForm,
    facts: Option<Vec<Fact>>,
    bases: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "records_received.html")]
struct ReceivedTemplate {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "records_acts.html")]
struct ActsTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    lines: Vec<Line>,
}

/// A line of what was done.
struct Line {
    act: Uuid,
    reference: String,
    since: String,
    what: &'static str,
    basis: &'static str,
    by: String,
    stands: bool,
}

/// Two numbers, and what is decided of them.
#[derive(Default)]
pub(crate) struct JoinForm {
    survivor: String,
    other: String,
    basis: String,
    decision: String,
}

impl Fields for JoinForm {
    const NAMES: &'static [&'static str] = &["survivor", "other", "basis", "decision"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            survivor: posted.take("survivor"),
            other: posted.take("other"),
            basis: posted.take("basis"),
            decision: posted.take("decision"),
        }
    }
}

/// Which act is undone.
pub(crate) struct UndoForm {
    act: String,
}

impl Fields for UndoForm {
    const NAMES: &'static [&'static str] = &["act"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { act: posted.take("act") }
    }
}

/// `GET /records`
pub(crate) async fn list(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let cases = state.directory().open_reviews(&who).await.map_err(refused)?;
    let cases = cases.into_iter().map(|case| {
        let since = case.since.parse().map_or_else(|_| case.since.clone(), dates::month);
        (case.id, since)
    });
    let frame = Frame::of(&state, &who, Section::Records, "Which records are one child");
    page(form_status(false), &ListTemplate { frame, cases: cases.collect() })
}

/// `GET /records/join`
pub(crate) async fn begin(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    join_page(&state, &who, JoinForm::default(), None, Faults::default())
}

/// `POST /records/join/compare`
pub(crate) async fn compare(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<JoinForm>,
) -> Result<Response, WebError> {
    compared(&state, &who, fields, Faults::default()).await
}

/// `POST /records/join`
pub(crate) async fn join(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<JoinForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    let survivor = read_number("survivor", &fields.survivor, &mut faults);
    let other = read_number("other", &fields.other, &mut faults);
    let basis = read_basis(&fields.basis, &mut faults);
    let (Some(survivor), Some(other), Some(basis)) = (survivor, other, basis) else {
        return compared(&state, &who, fields, faults).await;
    };
    let made = match fields.decision.as_str() {
        "join" => state.directory().join_records(&who, &survivor, &other, basis).await,
        "keep_apart" => state.directory().keep_records_apart(&who, &survivor, &other, basis).await,
        _ => return Err(WebError::NotFound),
    };
    match made {
        Ok(made) => done(&state, &who, &made),
        Err(error) => {
            faults.add("other", beside(error)?);
            compared(&state, &who, fields, faults).await
        }
    }
}

/// Where a decision leads: to the list of what was done, or to the one page for everything else.
pub(super) fn done(state: &AppState, who: &SignedIn, made: &Joining) -> Result<Response, WebError> {
    match made {
        Joining::Done { .. } => Ok(Redirect::to("/records/acts").into_response()),
        Joining::Received => {
            let frame = Frame::of(state, who, Section::Records, "Your request was received");
            page(form_status(false), &ReceivedTemplate { frame })
        }
    }
}

async fn compared(
    state: &AppState,
    who: &SignedIn,
    typed: JoinForm,
    mut faults: Faults,
) -> Result<Response, WebError> {
    let mut unread = Faults::default();
    let one = read_number("survivor", &typed.survivor, &mut unread);
    let other = read_number("other", &typed.other, &mut unread);
    let (Some(one), Some(other)) = (one, other) else {
        return join_page(state, who, typed, None, unread);
    };
    let asker = reasoned(who)?;
    let shown = state.directory().compare_records(&asker, &one, &other).await.map_err(refused)?;
    let facts = side_by_side(state, &shown.data().one, &shown.data().other);
    if facts.is_none() && faults.is_empty() {
        faults.add("survivor", "One of these numbers shows no record to you. Check both against the records");
    }
    join_page(state, who, typed, facts, faults)
}

fn join_page(
    state: &AppState,
    who: &SignedIn,
    typed: JoinForm,
    facts: Option<Vec<Fact>>,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let template = JoinTemplate {
        frame: Frame::of(state, who, Section::Records, "Compare two records").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        typed,
        facts,
        bases: bases(),
    };
    page(form_status(wrong), &template)
}

/// `GET /records/acts`
pub(crate) async fn acts(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    acts_page(&state, &who, Faults::default()).await
}

/// `POST /records/acts/undo`
pub(crate) async fn undo(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<UndoForm>,
) -> Result<Response, WebError> {
    let basis = directory::MatchBasis::RecordsCompared;
    match state.directory().undo_joining(&who, id_of(&fields.act)?, basis).await {
        Ok(made) => done(&state, &who, &made),
        Err(error) => {
            let mut faults = Faults::default();
            faults.add("acts", beside(error)?);
            acts_page(&state, &who, faults).await
        }
    }
}

async fn acts_page(state: &AppState, who: &SignedIn, faults: Faults) -> Result<Response, WebError> {
    let lines = state.directory().joinings(who).await.map_err(refused)?;
    let lines = lines.into_iter().map(|line| Line {
        act: line.id,
        reference: service::joining_reference(line.id),
        since: dates::day_of(line.since),
        what: kind(line.kind),
        basis: basis(line.basis),
        by: person(line.by.first()),
        stands: line.stands,
    });
    let wrong = !faults.is_empty();
    let template = ActsTemplate {
        frame: Frame::of(state, who, Section::Records, "What was done").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        lines: lines.collect(),
    };
    page(form_status(wrong), &template)
}

/// The page of its own that an error has; any other is a fault of the page that asked.
pub(super) fn refused(error: JoinError) -> WebError {
    match beside(error) {
        Err(error) => error,
        Ok(_) => WebError::NotFound,
    }
}
