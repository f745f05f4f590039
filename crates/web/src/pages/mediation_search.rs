//! The mediator's steps before anybody is asked: for whom, which child, and the colleague's reason.

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::Permission;
use http::StatusCode;
use service::{FoundRow, MediatedSearch, MediationError, Reasoned, RecordHandle, SearchAnswer};

use super::criteria::{Typed, in_words, too_weak};
use super::mediation::refused;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{FORM, Route, RouteRule, Trail};
use crate::session::{Person, reasoned};
use crate::state::AppState;
use crate::words::Choice;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/mediation/search", RouteRule::WithReason(Permission::MediateAccess), FORM, || get(ask)),
    Route::post(
        "/mediation/search",
        RouteRule::WithReason(Permission::MediateAccess),
        Trail::Writes(Action::Search),
        || post(answer),
    ),
    Route::post("/mediation/reason", RouteRule::WithReason(Permission::MediateAccess), FORM, || post(why)),
    Route::post(
        "/mediation/ask",
        RouteRule::WithReason(Permission::MediateAccess),
        Trail::Writes(Action::Mediation),
        || post(send),
    ),
];

#[derive(Template)]
#[template(path = "mediation_search.html")]
struct SearchTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    colleague: String,
    typed: Typed,
}

#[derive(Template)]
#[template(path = "mediation_results.html")]
struct ResultsTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    heading: String,
    colleague: String,
    colleague_name: String,
    searched_for: String,
    rows: Vec<Row>,
    typed: Typed,
    too_many: bool,
}

struct Row {
    name: String,
    facts: String,
    handle: String,
}

#[derive(Template)]
#[template(path = "mediation_reason.html")]
struct ReasonTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    handle: String,
    reasons: Vec<Choice>,
    chosen: &'static str,
}

/// The colleague, and the search form.
pub(crate) struct SearchForm {
    colleague: String,
    typed: Typed,
}

impl Fields for SearchForm {
    const NAMES: &'static [&'static str] = &[
        "colleague",
        "surname",
        "forenames",
        "birth_day",
        "birth_month",
        "birth_year",
        "age",
        "street",
        "postcode",
        "school",
        "gender",
        "child_number",
    ];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { colleague: posted.take("colleague"), typed: Typed::take(posted) }
    }
}

/// Which child of the results, and the colleague's reason.
pub(crate) struct AskForm {
    record: String,
    reason: String,
}

impl Fields for AskForm {
    const NAMES: &'static [&'static str] = &["record", "reason"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { record: posted.take("record"), reason: posted.take("reason") }
    }
}

/// `GET /mediation/search`
pub(crate) async fn ask(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let form = SearchForm { colleague: String::new(), typed: Typed::default() };
    form_page(&state, &reasoned(&who)?, form, Faults::default())
}

/// `POST /mediation/search`
pub(crate) async fn answer(
    State(state): State<AppState>,
    SignedForm { who, fields: form }: SignedForm<SearchForm>,
) -> Result<Response, WebError> {
    let mediator = reasoned(&who)?;
    let mut faults = Faults::default();
    if form.colleague.is_empty() {
        faults.add("colleague", "Enter your colleague’s username");
    }
    let criteria = match form.typed.read() {
        Ok(criteria) if faults.is_empty() => criteria,
        Ok(_) => return form_page(&state, &mediator, form, faults),
        Err(more) => {
            for fault in more.list() {
                faults.add(fault.field, fault.message.clone());
            }
            return form_page(&state, &mediator, form, faults);
        }
    };
    let searched_for = in_words(&criteria, |gender| state.words().gender(gender).to_owned());
    match state.directory().search_for_colleague(&mediator, &form.colleague, criteria).await {
        Ok(found) => results_page(&state, &mediator, form, searched_for, found.data()),
        Err(MediationError::TooWeak(weak)) => {
            let faults = too_weak(&weak);
            form_page(&state, &mediator, form, faults)
        }
        Err(MediationError::OnesOwn) => {
            faults.add("colleague", "Enter the username of your colleague, not your own");
            form_page(&state, &mediator, form, faults)
        }
        Err(MediationError::NoSuchColleague) => {
            faults.add(
                "colleague",
                "You cannot look up for this username. Check it with your colleague: they need an account in use, at an \
                 organisation of your authority that is accredited for this",
            );
            form_page(&state, &mediator, form, faults)
        }
        Err(error) => refused(&state, &who, error),
    }
}

/// `POST /mediation/reason`: the child was chosen; asks for the colleague's reason. Nothing of the child is shown here.
pub(crate) async fn why(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<AskForm>,
) -> Result<Response, WebError> {
    reason_page(&state, &reasoned(&who)?, fields.record, Faults::default())
}

/// `POST /mediation/ask`: the request goes to the colleague.
pub(crate) async fn send(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<AskForm>,
) -> Result<Response, WebError> {
    let mediator = reasoned(&who)?;
    let Some(reason) = who.reason_of(&fields.reason) else {
        let mut faults = Faults::default();
        faults.add("reason", "Select why your colleague needs this record");
        return reason_page(&state, &mediator, fields.record, faults);
    };
    let found = RecordHandle::from_form(fields.record);
    match state.directory().ask_colleague(&mediator, &found, reason).await {
        Ok(()) => Ok(Redirect::to("/mediation").into_response()),
        Err(error) => refused(&state, &who, error),
    }
}

fn form_page(
    state: &AppState,
    mediator: &Reasoned,
    form: SearchForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let frame = Frame::of(state, mediator.who(), Section::Mediation, "Look up a child for a colleague");
    let template = SearchTemplate {
        frame: frame.with_faults(wrong),
        faults,
        token: mediator.who().form_token().to_owned(),
        colleague: form.colleague,
        typed: form.typed,
    };
    page(form_status(wrong), &template)
}

fn results_page(
    state: &AppState,
    mediator: &Reasoned,
    form: SearchForm,
    searched_for: String,
    found: &MediatedSearch,
) -> Result<Response, WebError> {
    let (rows, too_many): (Vec<Row>, bool) = match &found.answer {
        SearchAnswer::Found(rows) => (rows.iter().map(Row::of).collect(), false),
        SearchAnswer::TooMany => (Vec::new(), true),
        SearchAnswer::Nothing => (Vec::new(), false),
    };
    let heading = match rows.len() {
        0 if too_many => "Too many children match".to_owned(),
        0 => "No child found".to_owned(),
        1 => "1 child found".to_owned(),
        many => format!("{many} children found"),
    };
    let template = ResultsTemplate {
        frame: Frame::of(state, mediator.who(), Section::Mediation, "Search results"),
        faults: Faults::default(),
        token: mediator.who().form_token().to_owned(),
        heading,
        colleague: form.colleague,
        colleague_name: found.colleague.clone(),
        searched_for,
        rows,
        typed: form.typed,
        too_many,
    };
    page(StatusCode::OK, &template)
}

impl Row {
    fn of(found: &FoundRow) -> Self {
        let age = found.row.age.map(|age| format!("Age {age}"));
        let town = found.row.town.as_ref().map(ToString::to_string);
        Self {
            name: found.row.name.to_string(),
            facts: [age, town].into_iter().flatten().collect::<Vec<_>>().join(", "),
            handle: found.handle.as_str().to_owned(),
        }
    }
}

fn reason_page(
    state: &AppState,
    mediator: &Reasoned,
    handle: String,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let title = "Why does your colleague need this record?";
    let template = ReasonTemplate {
        frame: Frame::of(state, mediator.who(), Section::Mediation, title).with_faults(wrong),
        faults,
        token: mediator.who().form_token().to_owned(),
        handle,
        reasons: state.words().reasons(&mediator.who().reasons()),
        chosen: "",
    };
    page(form_status(wrong), &template)
}
