//! The person's own passkeys: listed, added, removed.

use crate::route::{FORM, Route, RouteRule, Trail};
use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use directory::access::{DangerousAct, Permission};
use http::StatusCode;
use service::{PasskeyError, PasskeyKind, PasskeyLine, SignedIn};

use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::session::{PASSKEY, Person, cookie, removed};
use crate::state::AppState;
use crate::words::Choice;

const MINE: RouteRule = RouteRule::SignedIn(Permission::ManageOwnAccount);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/passkeys", MINE, Trail::Silent("the person's own keys, shown to that person"), || get(list)),
    Route::get("/passkeys/new", MINE, FORM, || get(choose)).form_of(DangerousAct::ChangeOwnKeys),
    Route::post("/passkeys/new", MINE, FORM, || post(ask)).does(&[DangerousAct::ChangeOwnKeys]),
    Route::post("/passkeys/register", MINE, Trail::Writes(Action::AccountChanged), || post(register))
        .does(&[DangerousAct::ChangeOwnKeys]),
    Route::post("/passkeys/remove", MINE, FORM, || post(confirm)),
    Route::post("/passkeys/removed", MINE, Trail::Writes(Action::AccountChanged), || post(remove))
        .does(&[DangerousAct::ChangeOwnKeys]),
];

#[derive(Template)]
#[template(path = "passkeys.html")]
struct ListTemplate {
    frame: Frame,
    token: String,
    keys: Vec<Line>,
    available: bool,
}

#[derive(Template)]
#[template(path = "passkey_new.html")]
struct ChooseTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    kinds: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "passkey_make.html")]
struct MakeTemplate {
    frame: Frame,
    token: String,
    kind: &'static str,
    options: String,
}

#[derive(Template)]
#[template(path = "passkey_remove.html")]
struct RemoveTemplate {
    frame: Frame,
    token: String,
    key: Line,
}

struct Line {
    handle: String,
    kind: &'static str,
    since: String,
    last_used: Option<String>,
    suspended: bool,
}

/// Where the new passkey lives.
pub(crate) struct KindForm {
    kind: String,
}

impl Fields for KindForm {
    const NAMES: &'static [&'static str] = &["kind"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { kind: posted.take("kind") }
    }
}

/// The device's answer.
pub(crate) struct AnswerForm {
    kind: String,
    answer: String,
}

impl Fields for AnswerForm {
    const NAMES: &'static [&'static str] = &["then", "answer"];

    fn from_posted(posted: &mut Posted) -> Self {
        // A passkey form carries one word through: here, where the passkey lives.
        Self { kind: posted.take("then"), answer: posted.take("answer") }
    }
}

/// Which passkey.
pub(crate) struct KeyForm {
    key: String,
}

impl Fields for KeyForm {
    const NAMES: &'static [&'static str] = &["key"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { key: posted.take("key") }
    }
}

/// `GET /passkeys`
pub(crate) async fn list(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let keys = state.directory().own_passkeys(&who).await?;
    let template = ListTemplate {
        frame: Frame::of(&state, &who, Section::Account, "Your passkeys"),
        token: who.form_token().to_owned(),
        keys: keys.into_iter().map(shown).collect(),
        available: state.party().is_some(),
    };
    page(StatusCode::OK, &template)
}

/// `GET /passkeys/new`
pub(crate) async fn choose(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    state.party().ok_or(WebError::NotFound)?;
    kind_page(&state, &who, Faults::default())
}

fn kind_page(state: &AppState, who: &SignedIn, faults: Faults) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let kinds = PasskeyKind::ALL.into_iter();
    let template = ChooseTemplate {
        frame: Frame::of(state, who, Section::Account, "Add a passkey").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        kinds: kinds.map(|kind| Choice { code: kind.code(), words: words(kind).to_owned() }).collect(),
    };
    page(form_status(wrong), &template)
}

/// `POST /passkeys/new`
pub(crate) async fn ask(
    State(state): State<AppState>,
    jar: CookieJar,
    SignedForm { who, fields }: SignedForm<KindForm>,
) -> Result<Response, WebError> {
    let party = state.party().ok_or(WebError::NotFound)?;
    let Some(kind) = PasskeyKind::from_code(&fields.kind) else {
        let mut faults = Faults::default();
        faults.add("kind", "Select where the passkey will be kept");
        return kind_page(&state, &who, faults);
    };
    match state.directory().ask_for_new_passkey(party, &who).await {
        Ok(question) => {
            let frame = Frame::of(&state, &who, Section::Account, "Make your passkey");
            let token = who.form_token().to_owned();
            let template = MakeTemplate { frame, token, kind: kind.code(), options: question.options };
            let answer = page(StatusCode::OK, &template)?;
            Ok((jar.add(cookie(PASSKEY, question.ticket)), answer).into_response())
        }
        Err(error) => not_done(&state, &who, error),
    }
}

/// `POST /passkeys/register`
pub(crate) async fn register(
    State(state): State<AppState>,
    jar: CookieJar,
    SignedForm { who, fields }: SignedForm<AnswerForm>,
) -> Result<Response, WebError> {
    let party = state.party().ok_or(WebError::NotFound)?;
    let kind = PasskeyKind::from_code(&fields.kind).ok_or(WebError::Unreadable)?;
    let ticket = jar.get(PASSKEY).map(Cookie::value).unwrap_or_default().to_owned();
    match state.directory().register_passkey(party, &who, &ticket, &fields.answer, kind).await {
        Ok(()) => Ok((jar.add(removed(PASSKEY)), Redirect::to("/passkeys")).into_response()),
        Err(error) => not_done(&state, &who, error),
    }
}

/// `POST /passkeys/remove`: asks first.
pub(crate) async fn confirm(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<KeyForm>,
) -> Result<Response, WebError> {
    let keys = state.directory().own_passkeys(&who).await?;
    let key = keys.into_iter().find(|key| key.handle == fields.key).ok_or(WebError::NotFound)?;
    let frame = Frame::of(&state, &who, Section::Account, "Remove this passkey?");
    page(StatusCode::OK, &RemoveTemplate { frame, token: who.form_token().to_owned(), key: shown(key) })
}

/// `POST /passkeys/removed`
pub(crate) async fn remove(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<KeyForm>,
) -> Result<Response, WebError> {
    match state.directory().remove_own_passkey(&who, &fields.key).await {
        Ok(()) => Ok(Redirect::to("/passkeys").into_response()),
        Err(error) => not_done(&state, &who, error),
    }
}

fn not_done(state: &AppState, who: &SignedIn, error: PasskeyError) -> Result<Response, WebError> {
    let words = match error {
        PasskeyError::StepUpFirst(first) => return Err(first.into()),
        PasskeyError::NotFound => return Err(WebError::NotFound),
        PasskeyError::Service(fault) => return Err(fault.into()),
        PasskeyError::Expired => "The page was open too long. Start again",
        PasskeyError::Refused => {
            "Your device did not confirm that it is you, so no passkey was made. Try again"
        }
        PasskeyError::Known => "This passkey is on your list already",
        PasskeyError::TooMany => "You have 10 passkeys already. Remove one that you no longer use first",
        PasskeyError::LastWayIn => "This passkey is your only way to sign in. Add another first",
    };
    let mut faults = Faults::default();
    faults.add("kind", words);
    kind_page(state, who, faults)
}

fn shown(key: PasskeyLine) -> Line {
    Line {
        handle: key.handle,
        kind: words(key.kind),
        since: dates::long_instant(key.since),
        last_used: key.last_used.map(dates::long_instant),
        suspended: key.suspended,
    }
}

fn words(kind: PasskeyKind) -> &'static str {
    match kind {
        PasskeyKind::Computer => "My work computer",
        PasskeyKind::Phone => "My phone or tablet",
        PasskeyKind::SecurityKey => "A security key",
        PasskeyKind::Manager => "A password manager",
    }
}
