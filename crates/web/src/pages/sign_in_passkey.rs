//! Signing in with a passkey: a username or none, the device's question, its answer.

use crate::route::{Route, RouteRule, Trail};
use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use service::SignInError;

use crate::error::WebError;
use crate::form::{Faults, Fields, OpenForm, Posted};
use crate::frame::{Frame, form_status, page};
use crate::pages::sign_in::{refused, signed_in_answer};
use crate::session::{Asking, PASSKEY, VISITOR, cookie, removed, visitor_token, visitor_token_matches};
use crate::state::AppState;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::post(
        "/sign-in/passkey",
        RouteRule::Open,
        Trail::Silent("asks the device, in the same way whoever is named"),
        || post(ask),
    ),
    Route::post("/sign-in/passkey/answer", RouteRule::Open, Trail::Writes(Action::SignIn), || post(take)),
];

#[derive(Template)]
#[template(path = "sign_in_passkey.html")]
struct PasskeyTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    options: String,
}

/// Whom to ask; empty for whomever the device knows.
pub(crate) struct NameForm {
    username: String,
}

impl Fields for NameForm {
    const NAMES: &'static [&'static str] = &["username"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { username: posted.take("username") }
    }
}

/// The device's answer, as JSON.
pub(crate) struct AnswerForm {
    pub(crate) answer: String,
}

impl Fields for AnswerForm {
    const NAMES: &'static [&'static str] = &["answer"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { answer: posted.take("answer") }
    }
}

/// `POST /sign-in/passkey`
pub(crate) async fn ask(
    State(state): State<AppState>,
    Asking(client): Asking,
    jar: CookieJar,
    OpenForm { token, fields }: OpenForm<NameForm>,
) -> Result<Response, WebError> {
    if !visitor_token_matches(&jar, &token) {
        return Err(WebError::FormTooOld);
    }
    question(&state, jar, Faults::default(), &fields.username, &client).await
}

async fn question(
    state: &AppState,
    jar: CookieJar,
    faults: Faults,
    username: &str,
    client: &service::Client,
) -> Result<Response, WebError> {
    let party = state.party().ok_or(WebError::NotFound)?;
    let question = match state.directory().ask_for_passkey(party, username, client).await {
        Ok(question) => question,
        Err(error) => return refused(state, jar, error),
    };
    let token = visitor_token(&jar, state);
    let status = form_status(!faults.is_empty());
    let frame = Frame::outside(state, "Use your passkey").with_faults(!faults.is_empty());
    let template = PasskeyTemplate { frame, faults, token: token.clone(), options: question.options };
    let jar = jar.add(cookie(VISITOR, token)).add(cookie(PASSKEY, question.ticket));
    Ok((jar, page(status, &template)?).into_response())
}

/// `POST /sign-in/passkey/answer`
pub(crate) async fn take(
    State(state): State<AppState>,
    Asking(client): Asking,
    jar: CookieJar,
    OpenForm { token, fields }: OpenForm<AnswerForm>,
) -> Result<Response, WebError> {
    if !visitor_token_matches(&jar, &token) {
        return Err(WebError::FormTooOld);
    }
    let party = state.party().ok_or(WebError::NotFound)?;
    let Some(ticket) = jar.get(PASSKEY).map(Cookie::value).map(str::to_owned) else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    match state.directory().sign_in_with_passkey(party, &ticket, &fields.answer, &client).await {
        Ok(session) => Ok(signed_in_answer(jar, session)),
        Err(SignInError::Refused) => {
            let mut faults = Faults::default();
            faults.add(
                "passkey",
                "The passkey is not one of an account here. Try again, or use your password and code",
            );
            // Asked anew without a name: the page must not say which accounts have keys.
            question(&state, jar, faults, "", &client).await
        }
        Err(error) => {
            let jar = jar.add(removed(PASSKEY));
            refused(&state, jar, error)
        }
    }
}

/// Whether the service has a name that passkeys can belong to.
pub(crate) fn offered(state: &AppState) -> bool {
    state.party().is_some()
}
