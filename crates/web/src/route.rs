//! What a route declares: where it is, what it asks of the caller, what the trail learns. A page that is not declared so
//! does not exist, and nobody reaches a handler past [`authorise`].

use audit::Action;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::MethodRouter;
use directory::access::Permission;

use crate::error::WebError;
use crate::session::signed_in;
use crate::state::AppState;

/// What a route asks of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteRule {
    /// Anyone: signing in and out, public figures; no data about anybody.
    Open,
    /// Whoever is signed in, whatever their roles.
    AnySignedIn,
    /// A signed-in person with this permission.
    SignedIn(Permission),
    /// A signed-in person with this permission who has said why: child data.
    WithReason(Permission),
}

impl RouteRule {
    /// The permission it asks for.
    #[must_use]
    pub fn permission(self) -> Option<Permission> {
        match self {
            Self::Open | Self::AnySignedIn => None,
            Self::SignedIn(permission) | Self::WithReason(permission) => Some(permission),
        }
    }
}

/// What the trail learns when the route is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trail {
    /// An entry of this action, written by the use case before the answer.
    Writes(Action),
    /// Nothing, and why that is right.
    Silent(&'static str),
}

/// One route.
#[derive(Clone, Copy)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Its path.
    pub path: &'static str,
    /// What it asks of the caller.
    pub rule: RouteRule,
    /// What the trail learns.
    pub trail: Trail,
    /// The largest body it takes, bytes.
    pub largest_body: usize,
    pub(crate) handler: fn() -> MethodRouter<AppState>,
}

impl Route {
    pub(crate) const fn get(
        path: &'static str,
        rule: RouteRule,
        trail: Trail,
        handler: fn() -> MethodRouter<AppState>,
    ) -> Self {
        Self { method: "GET", path, rule, trail, largest_body: LARGEST_FORM, handler }
    }

    pub(crate) const fn post(
        path: &'static str,
        rule: RouteRule,
        trail: Trail,
        handler: fn() -> MethodRouter<AppState>,
    ) -> Self {
        Self { method: "POST", path, rule, trail, largest_body: LARGEST_FORM, handler }
    }

    /// The same route, taking a body of up to so many bytes.
    pub(crate) const fn taking(mut self, largest_body: usize) -> Self {
        self.largest_body = largest_body;
        self
    }
}

/// The largest form of ours is under 2 KiB; a page that takes a file says so with [`Route::taking`].
const LARGEST_FORM: usize = 16 * 1024;

/// A bare form, which shows nothing about anybody.
pub(crate) const FORM: Trail = Trail::Silent("a bare form: nothing about anybody is shown");

/// Stands before every handler: who is it, may they, have they said why. The person is handed on in the request.
pub(crate) async fn authorise(
    State((state, rule)): State<(AppState, RouteRule)>,
    mut request: Request,
    next: Next,
) -> Result<Response, WebError> {
    if rule == RouteRule::Open {
        return Ok(next.run(request).await);
    }
    let who = signed_in(request.headers(), &state).await?;
    if rule.permission().is_some_and(|permission| !who.may(permission)) {
        return Err(WebError::Forbidden);
    }
    if matches!(rule, RouteRule::WithReason(_)) && who.reason().is_none() {
        return Err(WebError::ReasonFirst);
    }
    request.extensions_mut().insert(who);
    Ok(next.run(request).await)
}
