//! First sign-in details. A user manager gives a code in person; its holder, who cannot sign in yet, sets a password and an
//! authenticator with it. The code is typed, never carried in an address.

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use directory::access::{DangerousAct, Permission};
use http::StatusCode;
use service::{EnrolmentCode, EnrolmentError, EnrolmentStep, NewKeys, SignedIn};

use super::own_password;
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, OpenForm, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{FORM, Route, RouteRule, Trail};
use crate::session::{Asking, Person, VISITOR, cookie, visitor_token, visitor_token_matches};
use crate::state::AppState;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/enrolment", RouteRule::SignedIn(Permission::ManageAccounts), FORM, || get(ask))
        .form_of(DangerousAct::StartEnrolment),
    Route::post(
        "/enrolment",
        RouteRule::SignedIn(Permission::ManageAccounts),
        Trail::Writes(Action::AccountChanged),
        || post(start),
    )
    .does(&[DangerousAct::StartEnrolment]),
    Route::get("/enrol", RouteRule::Open, FORM, || get(ask_code)),
    Route::post("/enrol", RouteRule::Open, Trail::Writes(Action::AccountChanged), || post(take_code)),
    Route::post("/enrol/finish", RouteRule::Open, Trail::Writes(Action::AccountChanged), || post(finish)),
];

#[derive(Template)]
#[template(path = "enrolment_start.html")]
struct StartTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    username: String,
}

#[derive(Template)]
#[template(path = "enrolment_code.html")]
struct CodeTemplate {
    frame: Frame,
    heading: &'static str,
    code: String,
    facts: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "enrol.html")]
struct EnrolTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    username: String,
}

#[derive(Template)]
#[template(path = "enrol_keys.html")]
struct KeysTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    step: EnrolmentStep,
}

#[derive(Template)]
#[template(path = "enrol_done.html")]
struct DoneTemplate {
    frame: Frame,
    heading: &'static str,
    lines: Vec<&'static str>,
    link: (&'static str, &'static str),
}

/// Whose account.
pub(crate) struct StartForm {
    username: String,
}

impl Fields for StartForm {
    const NAMES: &'static [&'static str] = &["username"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { username: posted.take("username") }
    }
}

/// What the holder types first.
pub(crate) struct EnrolForm {
    username: String,
    code: String,
}

impl Fields for EnrolForm {
    const NAMES: &'static [&'static str] = &["username", "enrolment_code"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { username: posted.take("username"), code: posted.take("enrolment_code") }
    }
}

/// What the holder chooses then.
pub(crate) struct KeysForm {
    step: String,
    password: String,
    code: String,
}

impl Fields for KeysForm {
    const NAMES: &'static [&'static str] = &["step", "password", "code"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { step: posted.take("step"), password: posted.take("password"), code: posted.take("code") }
    }
}

/// `GET /enrolment`
pub(crate) async fn ask(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    start_page(&state, &who, String::new(), Faults::default())
}

/// `POST /enrolment`: the code, shown once.
pub(crate) async fn start(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<StartForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    if fields.username.is_empty() {
        faults.add("username", "Enter the username of the account");
        return start_page(&state, &who, fields.username, faults);
    }
    let message = match state.directory().start_enrolment(&who, &fields.username).await {
        Ok(code) => return code_page(&state, &who, "Enrolment code", &code),
        Err(EnrolmentError::Service(fault)) => return Err(fault.into()),
        Err(EnrolmentError::Forbidden) => return Err(WebError::Forbidden),
        Err(EnrolmentError::StepUpFirst(first)) => return Err(first.into()),
        Err(EnrolmentError::OnesOwn) => "You cannot enrol yourself. Ask another user manager",
        Err(EnrolmentError::HasKeys) => {
            "This account has been used before. Start a recovery: another user manager must approve it"
        }
        Err(EnrolmentError::NotInUse) => {
            "This account cannot be given sign-in details. Its identity check must be recorded, and it must not be suspended or closed"
        }
        Err(_) => "There is no account with this username that you manage. Check the username",
    };
    faults.add("username", message);
    start_page(&state, &who, fields.username, faults)
}

/// `GET /enrol`
pub(crate) async fn ask_code(State(state): State<AppState>, jar: CookieJar) -> Result<Response, WebError> {
    enrol_page(&state, jar, String::new(), Faults::default())
}

/// `POST /enrol`
pub(crate) async fn take_code(
    State(state): State<AppState>,
    Asking(client): Asking,
    jar: CookieJar,
    OpenForm { token, fields }: OpenForm<EnrolForm>,
) -> Result<Response, WebError> {
    if !visitor_token_matches(&jar, &token) {
        return Err(WebError::FormTooOld);
    }
    let mut faults = Faults::default();
    if fields.username.is_empty() {
        faults.add("username", "Enter your username");
    }
    if fields.code.is_empty() {
        faults.add("enrolment_code", "Enter the enrolment code your user manager gave you");
    }
    if !faults.is_empty() {
        return enrol_page(&state, jar, fields.username, faults);
    }
    match state.directory().enrol(&fields.username, &fields.code, &client).await {
        Ok(step) => keys_page(&state, jar, step, Faults::default()),
        Err(EnrolmentError::LockedOut { until }) => Err(WebError::locked_out(until, state.now())),
        Err(EnrolmentError::Service(fault)) => Err(fault.into()),
        Err(_) => {
            faults.add(
                "username",
                "The username and the code do not belong together, or the code is not in force any more. After 2 wrong \
                 tries your user manager must give you a new one",
            );
            enrol_page(&state, jar, fields.username, faults)
        }
    }
}

/// `POST /enrol/finish`
pub(crate) async fn finish(
    State(state): State<AppState>,
    jar: CookieJar,
    OpenForm { token, fields }: OpenForm<KeysForm>,
) -> Result<Response, WebError> {
    if !visitor_token_matches(&jar, &token) {
        return Err(WebError::FormTooOld);
    }
    let mut faults = Faults::default();
    let keys = NewKeys { password: fields.password, code: fields.code };
    match state.directory().finish_enrolment(&fields.step, keys).await {
        Ok(()) => {
            let lines = vec![
                "Your password and your authenticator are set. The enrolment code does not work any more.",
                "If you have a passkey or a security key, add it on your account page once you have signed in.",
            ];
            return done_page(&state, "You can sign in now", lines, ("/sign-in", "Sign in"), StatusCode::OK);
        }
        Err(EnrolmentError::Password(fault)) => faults.add("password", own_password::words(fault)),
        Err(EnrolmentError::WrongCode) => {
            faults.add("code", "Enter the 6 digits your authenticator shows now");
        }
        Err(EnrolmentError::Service(fault)) => return Err(fault.into()),
        Err(_) => return ended_page(&state),
    }
    match state.directory().enrolment_step(&fields.step).await {
        Ok(step) => keys_page(&state, jar, step, faults),
        Err(EnrolmentError::Service(fault)) => Err(fault.into()),
        Err(_) => ended_page(&state),
    }
}

fn ended_page(state: &AppState) -> Result<Response, WebError> {
    let lines = vec![
        "The enrolment ran out, was used, or was replaced by another.",
        "Enter the code again. If it does not work, ask your user manager for a new one.",
    ];
    done_page(state, "This enrolment has ended", lines, ("/enrol", "Enter the code"), StatusCode::CONFLICT)
}

/// The page that shows a code, once.
pub(super) fn code_page(
    state: &AppState,
    who: &SignedIn,
    heading: &'static str,
    code: &EnrolmentCode,
) -> Result<Response, WebError> {
    let template = CodeTemplate {
        frame: Frame::of(state, who, Section::Accounts, heading),
        heading,
        code: code.code.clone(),
        facts: vec![
            ("For", code.person.clone()),
            ("Username", code.username.clone()),
            ("Works until", dates::long_instant(code.until)),
        ],
    };
    page(StatusCode::OK, &template)
}

fn start_page(
    state: &AppState,
    who: &SignedIn,
    username: String,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let frame = Frame::of(state, who, Section::Accounts, "Enrol a person").with_faults(wrong);
    let template = StartTemplate { frame, faults, token: who.form_token().to_owned(), username };
    page(form_status(wrong), &template)
}

fn enrol_page(
    state: &AppState,
    jar: CookieJar,
    username: String,
    faults: Faults,
) -> Result<Response, WebError> {
    let token = visitor_token(&jar, state);
    let wrong = !faults.is_empty();
    let frame = Frame::outside(state, "Set up your sign-in").with_faults(wrong);
    let template = EnrolTemplate { frame, faults, token: token.clone(), username };
    Ok((jar.add(cookie(VISITOR, token)), page(form_status(wrong), &template)?).into_response())
}

fn keys_page(
    state: &AppState,
    jar: CookieJar,
    step: EnrolmentStep,
    faults: Faults,
) -> Result<Response, WebError> {
    let token = visitor_token(&jar, state);
    let wrong = !faults.is_empty();
    let frame = Frame::outside(state, "Choose a password and an authenticator").with_faults(wrong);
    let template = KeysTemplate { frame, faults, token: token.clone(), step };
    Ok((jar.add(cookie(VISITOR, token)), page(form_status(wrong), &template)?).into_response())
}

fn done_page(
    state: &AppState,
    heading: &'static str,
    lines: Vec<&'static str>,
    link: (&'static str, &'static str),
    status: StatusCode,
) -> Result<Response, WebError> {
    page(status, &DoneTemplate { frame: Frame::outside(state, heading), heading, lines, link })
}
