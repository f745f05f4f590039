//! Signing in: username and password, then the one-time code.

use crate::route::{FORM, Route, RouteRule, Trail};
use askama::Template;
use audit::Action;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use http::StatusCode;
use serde::Deserialize;
use service::{NewSession, SignInError};

use crate::error::WebError;
use crate::form::{Faults, Fields, OpenForm, Posted};
use crate::frame::{Frame, form_status, page};
use crate::pages::sign_in_passkey;
use crate::session::{
    Asking, CHALLENGE, PASSKEY, PROVIDER, SESSION, VISITOR, cookie, device_cookie, removed, visitor_token,
    visitor_token_matches,
};
use crate::state::AppState;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/sign-in", RouteRule::Open, FORM, || get(ask_password)),
    Route::post("/sign-in", RouteRule::Open, Trail::Writes(Action::SignInFailed), || post(take_password)),
    Route::get("/sign-in/code", RouteRule::Open, FORM, || get(ask_code)),
    Route::post("/sign-in/code", RouteRule::Open, Trail::Writes(Action::SignIn), || post(take_code)),
];

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    username: String,
    ended: bool,
    passkeys: bool,
    providers: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "code.html")]
struct CodeTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
}

#[derive(Template)]
#[template(path = "not_allowed.html")]
struct NotAllowedTemplate {
    frame: Frame,
    lapses: Vec<String>,
}

/// Why a person finds themselves on the sign-in page. A bare flag: nothing in the address is shown back.
#[derive(Deserialize)]
pub(crate) struct Arrival {
    ended: Option<String>,
}

/// The first form.
pub(crate) struct SignInForm {
    username: String,
    password: String,
}

impl Fields for SignInForm {
    const NAMES: &'static [&'static str] = &["username", "password"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { username: posted.take("username"), password: posted.take("password") }
    }
}

/// The second form.
pub(crate) struct CodeForm {
    code: String,
}

impl Fields for CodeForm {
    const NAMES: &'static [&'static str] = &["code"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { code: posted.take("code").chars().filter(|letter| !letter.is_whitespace()).collect() }
    }
}

/// `GET /sign-in`
pub(crate) async fn ask_password(
    State(state): State<AppState>,
    jar: CookieJar,
    Query(arrival): Query<Arrival>,
) -> Result<Response, WebError> {
    password_page(&state, jar, Faults::default(), String::new(), arrival.ended.is_some())
}

/// `POST /sign-in`
pub(crate) async fn take_password(
    State(state): State<AppState>,
    Asking(client): Asking,
    jar: CookieJar,
    OpenForm { token, fields }: OpenForm<SignInForm>,
) -> Result<Response, WebError> {
    if !visitor_token_matches(&jar, &token) {
        return Err(WebError::FormTooOld);
    }
    let mut faults = Faults::default();
    if fields.username.is_empty() {
        faults.add("username", "Enter your username");
    }
    if fields.password.is_empty() {
        faults.add("password", "Enter your password");
    }
    if !faults.is_empty() {
        return password_page(&state, jar, faults, fields.username, false);
    }
    match state.directory().begin_sign_in(&fields.username, &fields.password, &client).await {
        Ok(challenge) => {
            Ok((jar.add(cookie(CHALLENGE, challenge.token)), Redirect::to("/sign-in/code")).into_response())
        }
        Err(SignInError::Refused) => {
            faults.add("username", "The username or password is not right. Check both and try again");
            password_page(&state, jar, faults, fields.username, false)
        }
        Err(error) => refused(&state, jar, error),
    }
}

/// `GET /sign-in/code`
pub(crate) async fn ask_code(State(state): State<AppState>, jar: CookieJar) -> Result<Response, WebError> {
    if jar.get(CHALLENGE).is_none() {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    code_page(&state, jar, Faults::default())
}

/// `POST /sign-in/code`
pub(crate) async fn take_code(
    State(state): State<AppState>,
    Asking(client): Asking,
    jar: CookieJar,
    OpenForm { token, fields }: OpenForm<CodeForm>,
) -> Result<Response, WebError> {
    if !visitor_token_matches(&jar, &token) {
        return Err(WebError::FormTooOld);
    }
    let Some(challenge) = jar.get(CHALLENGE).map(|held| held.value().to_owned()) else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    let mut faults = Faults::default();
    if fields.code.len() != 6 || !fields.code.bytes().all(|byte| byte.is_ascii_digit()) {
        faults.add("code", "Enter the 6 digits your device shows");
        return code_page(&state, jar, faults);
    }
    match state.directory().finish_sign_in(&challenge, &fields.code, &client).await {
        Ok(session) => Ok(signed_in_answer(jar, session)),
        Err(SignInError::Refused) => {
            faults.add(
                "code",
                "The code is not right, or was used before. Wait for the next one and enter that",
            );
            code_page(&state, jar, faults)
        }
        Err(error) => refused(&state, jar, error),
    }
}

/// The answer that begins a session, whichever way somebody came in.
pub(crate) fn signed_in_answer(jar: CookieJar, session: NewSession) -> Response {
    // The visitor's token and the tickets end here: nothing from before signing in lives on after it.
    let mut jar = jar.add(cookie(SESSION, session.token)).add(device_cookie(session.device));
    for ended in [CHALLENGE, PASSKEY, PROVIDER, VISITOR] {
        jar = jar.add(removed(ended));
    }
    (jar, Redirect::to("/")).into_response()
}

fn password_page(
    state: &AppState,
    jar: CookieJar,
    faults: Faults,
    username: String,
    ended: bool,
) -> Result<Response, WebError> {
    let token = visitor_token(&jar, state);
    let status = form_status(!faults.is_empty());
    let frame = Frame::outside(state, "Sign in").with_faults(!faults.is_empty());
    let template = SignInTemplate {
        frame,
        faults,
        token: token.clone(),
        username,
        ended,
        passkeys: sign_in_passkey::offered(state),
        providers: providers(state),
    };
    Ok((jar.add(cookie(VISITOR, token)), page(status, &template)?).into_response())
}

fn providers(state: &AppState) -> Vec<(String, String)> {
    let named = |(id, name): (&str, &str)| (id.to_owned(), name.to_owned());
    state.providers().map(|providers| providers.named().map(named).collect()).unwrap_or_default()
}

fn code_page(state: &AppState, jar: CookieJar, faults: Faults) -> Result<Response, WebError> {
    let token = visitor_token(&jar, state);
    let status = form_status(!faults.is_empty());
    let frame = Frame::outside(state, "Enter your 6-digit code").with_faults(!faults.is_empty());
    let template = CodeTemplate { frame, faults, token: token.clone() };
    Ok((jar.add(cookie(VISITOR, token)), page(status, &template)?).into_response())
}

/// The refusals all ways in share.
pub(crate) fn refused(state: &AppState, jar: CookieJar, error: SignInError) -> Result<Response, WebError> {
    match error {
        SignInError::LockedOut { until } => Err(WebError::locked_out(until, state.now())),
        SignInError::NotAllowed { lapses } => {
            let frame = Frame::outside(state, "You cannot use the service at the moment");
            let lapses = lapses.iter().map(|&lapse| state.words().lapse(lapse).to_owned()).collect();
            let answer = page(StatusCode::FORBIDDEN, &NotAllowedTemplate { frame, lapses })?;
            Ok((jar.add(removed(CHALLENGE)), answer).into_response())
        }
        SignInError::Refused | SignInError::Expired => {
            Ok((jar.add(removed(CHALLENGE)), Redirect::to("/sign-in?ended=1")).into_response())
        }
        SignInError::Service(fault) => Err(fault.into()),
    }
}
