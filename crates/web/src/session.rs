//! Who is asking: the cookies, and the extractors that stand between a request and any page with child data.

use axum::extract::FromRequestParts;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::request::Parts;
use http::{HeaderMap, header};
use rand::Rng;
use service::{Client, Reasoned, SessionError, SignedIn};

use crate::error::WebError;
use crate::guard::client_address::Caller;
use crate::state::AppState;

/// The session's cookie. The prefix makes the browser insist on `Secure`, `Path=/` and no `Domain`.
pub(crate) const SESSION: &str = "__Host-contactpoint";
/// Between password and code.
pub(crate) const CHALLENGE: &str = "__Host-contactpoint-code";
/// Between a passkey's question and its answer.
pub(crate) const PASSKEY: &str = "__Host-contactpoint-passkey";
/// While an identity provider is asked.
pub(crate) const PROVIDER: &str = "__Host-contactpoint-provider";
/// While an identity provider is asked: the form that waits for its answer.
pub(crate) const KEPT: &str = "__Host-contactpoint-kept";
/// While a new authenticator is shown.
pub(crate) const AUTHENTICATOR: &str = "__Host-contactpoint-codes";
/// By which a browser is known again; it signs nobody in.
pub(crate) const DEVICE: &str = "__Host-contactpoint-device";
/// The form token of somebody who is not signed in yet.
pub(crate) const VISITOR: &str = "__Host-contactpoint-form";

/// A cookie of ours: unreadable to scripts, sent to us only, gone with the browser.
pub(crate) fn cookie(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value)).path("/").secure(true).http_only(true).same_site(SameSite::Lax).build()
}

/// The cookie by which this browser is known again. What it holds ends by itself.
pub(crate) fn device_cookie(value: String) -> Cookie<'static> {
    let mut known = cookie(DEVICE, value);
    known.make_permanent();
    known
}

/// The cookie that takes one of ours away.
pub(crate) fn removed(name: &'static str) -> Cookie<'static> {
    let mut gone = cookie(name, String::new());
    gone.make_removal();
    gone
}

/// The visitor's form token: the one in the cookie, or a new one to be set.
pub(crate) fn visitor_token(jar: &CookieJar, state: &AppState) -> String {
    if let Some(held) = jar.get(VISITOR).map(Cookie::value).filter(|held| held.len() == 43) {
        return held.to_owned();
    }
    let mut bytes = [0_u8; 32];
    state.world().chance.generator().fill_bytes(&mut bytes);
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Whether a posted token is the one in the visitor's cookie. Not timed: only the visitor's own browser holds either.
pub(crate) fn visitor_token_matches(jar: &CookieJar, posted: &str) -> bool {
    !posted.is_empty() && jar.get(VISITOR).map(Cookie::value) == Some(posted)
}

/// The person behind the session cookie. Every precondition of access is asked again (law 6).
pub(crate) async fn signed_in(headers: &HeaderMap, state: &AppState) -> Result<SignedIn, WebError> {
    let jar = CookieJar::from_headers(headers);
    let token = jar.get(SESSION).map(Cookie::value).ok_or(WebError::SignInFirst { ran_out: false })?;
    let directory = state.directory();
    directory.authenticate_with(token, agent(headers), state.providers()).await.map_err(|error| match error {
        // What lapsed is said after the next sign-in, to the person themselves.
        SessionError::NotSignedIn | SessionError::Lapsed(_) => WebError::SignInFirst { ran_out: false },
        SessionError::Expired => WebError::SignInFirst { ran_out: true },
        SessionError::Service(fault) => fault.into(),
    })
}

/// What the browser says it is. An overlong word is cut: nobody's is.
fn agent(headers: &HeaderMap) -> &str {
    let said = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    said.get(..LONGEST_AGENT).unwrap_or(said)
}

const LONGEST_AGENT: usize = 512;

/// The browser that asks, for lock-out, for the trail, and to know it again.
pub(crate) struct Asking(pub(crate) Client);

impl FromRequestParts<AppState> for Asking {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, WebError> {
        let Caller(address) = Caller::from_request_parts(parts, state).await?;
        let device = CookieJar::from_headers(&parts.headers).get(DEVICE).map(|held| held.value().to_owned());
        Ok(Self(Client { address: address.0, agent: agent(&parts.headers).to_owned(), device }))
    }
}

/// The person whom [`authorise`](crate::route::authorise) let through. On a route that is declared open there is none: to
/// ask for one there is a defect, not a way round.
pub(crate) struct Person(pub(crate) SignedIn);

impl FromRequestParts<AppState> for Person {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, WebError> {
        parts.extensions.get::<SignedIn>().cloned().map(Self).ok_or(WebError::Defect)
    }
}

/// The person with their reason, or the way to the reason page.
pub(crate) fn reasoned(who: &SignedIn) -> Result<Reasoned, WebError> {
    who.reasoned().ok_or(WebError::ReasonFirst)
}
