//! Signing in through an organisation's identity provider: the way there, the way back, and its word that somebody left.

use crate::route::{Route, RouteRule, Trail};
use askama::Template;
use audit::Action;
use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use service::{
    ProviderAnswer, ProviderError, ProviderOutcome, ProviderPurpose, ProviderQuestion, Providers, SignedIn,
};

use crate::error::WebError;
use crate::form::{Fields, OpenForm, Posted};
use crate::frame::{Frame, page};
use crate::guard::same_origin::BACK_CHANNEL;
use crate::pages::sign_in::{refused, signed_in_answer};
use crate::pages::step_up::{Afterwards, onward};
use crate::session::{Asking, KEPT, PROVIDER, cookie, removed, signed_in, visitor_token_matches};
use crate::state::AppState;

/// Where providers send the browser back to.
const ANSWER: &str = "/sign-in/provider/answer";

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::post(
        "/sign-in/provider",
        RouteRule::Open,
        Trail::Silent("leads to the organisation's own sign-in page, without saying who asks"),
        || post(ask),
    ),
    Route::get(ANSWER, RouteRule::Open, Trail::Writes(Action::SignIn), || get(hear)),
    Route::post(BACK_CHANNEL, RouteRule::Open, Trail::Writes(Action::SignOut), || post(log_out)),
];

#[derive(Template)]
#[template(path = "sign_in_provider.html")]
struct LeavingTemplate {
    frame: Frame,
    name: String,
    address: String,
}

#[derive(Template)]
#[template(path = "provider_refused.html")]
struct RefusedTemplate {
    frame: Frame,
    heading: &'static str,
    words: &'static str,
    remedy: &'static str,
    back: &'static str,
}

/// Which provider.
pub(crate) struct ProviderForm {
    pub(crate) provider: String,
}

impl Fields for ProviderForm {
    const NAMES: &'static [&'static str] = &["provider"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { provider: posted.take("provider") }
    }
}

/// What stands in the address of the way back. What else a provider adds is not read.
#[derive(Deserialize)]
pub(crate) struct AnswerQuery {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// `POST /sign-in/provider`
pub(crate) async fn ask(
    State(state): State<AppState>,
    headers: HeaderMap,
    jar: CookieJar,
    OpenForm { token, fields }: OpenForm<ProviderForm>,
) -> Result<Response, WebError> {
    if !visitor_token_matches(&jar, &token) {
        return Err(WebError::FormTooOld);
    }
    lead_to(&state, &headers, jar, &fields.provider, ProviderPurpose::SignIn, None).await
}

/// The page that leads to a provider. It is a page of ours with a link, for a form may not be answered from elsewhere.
pub(crate) async fn lead_to(
    state: &AppState,
    headers: &HeaderMap,
    jar: CookieJar,
    provider: &str,
    purpose: ProviderPurpose,
    who: Option<&SignedIn>,
) -> Result<Response, WebError> {
    let providers = state.providers().ok_or(WebError::NotFound)?;
    let redirect = own_address(state, headers)?;
    let asked = state.directory().ask_provider(providers, provider, purpose, who, &redirect).await;
    let ProviderQuestion { address, name, ticket } = match asked {
        Ok(question) => question,
        Err(error) => return not_led_on(state, jar, error),
    };
    let frame = Frame::outside(state, "Continue to your organisation’s sign-in");
    let answer = page(StatusCode::OK, &LeavingTemplate { frame, name, address })?;
    Ok((jar.add(cookie(PROVIDER, ticket)), answer).into_response())
}

/// Our own page as the provider knows it: under the configured name. Only the demo's port is taken from the request.
fn own_address(state: &AppState, headers: &HeaderMap) -> Result<String, WebError> {
    if state.config().https {
        let host = state.config().hosts.first().ok_or(WebError::Defect)?;
        return Ok(format!("https://{host}{ANSWER}"));
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).ok_or(WebError::UnknownHost)?;
    Ok(format!("http://{host}{ANSWER}"))
}

/// `GET /sign-in/provider/answer`
pub(crate) async fn hear(
    State(state): State<AppState>,
    headers: HeaderMap,
    Asking(client): Asking,
    jar: CookieJar,
    parts: Parts,
    query: Result<Query<AnswerQuery>, QueryRejection>,
) -> Result<Response, WebError> {
    let providers: &Providers = state.providers().ok_or(WebError::NotFound)?;
    let Query(query) = query.map_err(|_| WebError::Unreadable)?;
    let answer = ProviderAnswer { code: query.code, state: query.state, iss: query.iss, error: query.error };
    let Some(ticket) = jar.get(PROVIDER).map(Cookie::value).map(str::to_owned) else {
        return not_led_on(&state, jar, ProviderError::Expired);
    };
    let who = signed_in(&headers, &state).await.ok();
    let heard = state.directory().hear_provider(providers, &ticket, answer, who.as_ref(), &client).await;
    let jar = jar.add(removed(PROVIDER));
    match heard {
        Ok(ProviderOutcome::SignedIn(session)) => Ok(signed_in_answer(jar, session)),
        Ok(ProviderOutcome::Bound) => Ok((jar, Redirect::to("/account/provider")).into_response()),
        Ok(ProviderOutcome::Proved { then }) => {
            let kept = jar.get(KEPT).map(|kept| kept.value().to_owned()).unwrap_or_default();
            let jar = jar.add(removed(KEPT));
            let who = who.ok_or(WebError::SignInFirst { ran_out: false })?;
            let answer = onward(&state, &who, &parts, &Afterwards::of(then, kept)).await?;
            Ok((jar, answer).into_response())
        }
        Err(error) => not_led_on(&state, jar, error),
    }
}

/// What a person is told. Which check failed is in the trail, not on the page.
fn not_led_on(state: &AppState, jar: CookieJar, error: ProviderError) -> Result<Response, WebError> {
    let (status, heading, words, remedy, back) = match error {
        ProviderError::SignIn(error) => return refused(state, jar, error),
        ProviderError::StepUpFirst(first) => return Err(first.into()),
        ProviderError::Unknown => return Err(WebError::NotFound),
        ProviderError::Unreachable(fault) => {
            tracing::warn!(%fault, "an identity provider does not answer");
            (
                StatusCode::BAD_GATEWAY,
                "Your organisation’s sign-in does not answer",
                "Nobody was signed in.",
                "Try again in a few minutes, or use your passkey, or your password and a code.",
                "/sign-in",
            )
        }
        ProviderError::Expired => (
            StatusCode::FORBIDDEN,
            "Start signing in again",
            "The answer of your organisation’s sign-in came too late, or was used before. Nobody was signed in.",
            "Go to the sign-in page and start again.",
            "/sign-in",
        ),
        ProviderError::Refused => (
            StatusCode::FORBIDDEN,
            "Your organisation’s sign-in was not accepted",
            "Its answer could not be checked, or you stopped half way. Nobody was signed in.",
            "Try again. If it happens again, tell your user manager.",
            "/sign-in",
        ),
        ProviderError::NoSecondFactor => (
            StatusCode::FORBIDDEN,
            "A second factor is needed",
            "Your organisation’s sign-in asked for your password only. This service needs a second factor as well, such as a code or a security key.",
            "Ask your organisation’s IT team to turn on a second factor for you.",
            "/sign-in",
        ),
        ProviderError::Stranger => (
            StatusCode::FORBIDDEN,
            "No account here is connected to yours",
            "Your organisation’s sign-in knows you, but no account of this service is connected to it. None is made by signing in.",
            "If you have an account here, sign in with it and connect the two under “Your account”. If you have none, ask your user manager.",
            "/sign-in",
        ),
        ProviderError::LastWayIn | ProviderError::NotTheirs => (
            StatusCode::FORBIDDEN,
            "This sign-in is connected to another account",
            "Your organisation’s sign-in and this account do not belong together. Nothing was changed.",
            "Tell your user manager.",
            "/sign-in",
        ),
    };
    let frame = Frame::outside(state, heading);
    let answer = page(status, &RefusedTemplate { frame, heading, words, remedy, back })?;
    Ok((jar.add(removed(PROVIDER)), answer).into_response())
}

/// What a provider's server posts.
#[derive(Deserialize)]
pub(crate) struct LogoutForm {
    logout_token: String,
}

/// `POST /sign-in/provider/logout`: from the provider's server, not from a browser.
pub(crate) async fn log_out(
    State(state): State<AppState>,
    form: Result<Form<LogoutForm>, FormRejection>,
) -> Result<Response, WebError> {
    let providers = state.providers().ok_or(WebError::NotFound)?;
    let Form(form) = form.map_err(|_| WebError::Unreadable)?;
    match state.directory().log_out_from_provider(providers, &form.logout_token).await {
        Ok(_) => Ok((StatusCode::OK, [(header::CACHE_CONTROL, "no-store")]).into_response()),
        Err(ProviderError::SignIn(service::SignInError::Service(fault))) => Err(fault.into()),
        Err(error) => {
            tracing::warn!(%error, "a logout token was refused");
            Ok((StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "text/html")]).into_response())
        }
    }
}
