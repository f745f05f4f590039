//! What a route declares: where it is, what it asks of the caller, what the trail learns. A page that is not declared so
//! does not exist, and nobody reaches a handler past [`authorise`].

use audit::Action;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::MethodRouter;
use directory::access::Permission;

use crate::error::WebError;
use crate::router::routes;
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

/// The path, if it is that of a page of ours which is asked for by its address and only by people who are signed in. So a
/// person who is sent on can be sent nowhere else.
pub(crate) fn own_page(path: &str) -> Option<String> {
    let fits = |route: &&Route| {
        route.method == "GET" && route.rule != RouteRule::Open && is_of_pattern(path, route.path)
    };
    routes().find(fits).map(|_| path.to_owned())
}

fn is_of_pattern(path: &str, pattern: &str) -> bool {
    let mut given = path.split('/');
    let matches = pattern.split('/').all(|wanted| {
        given.next().is_some_and(|part| match wanted.starts_with('{') {
            true => {
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
                (1..=64).contains(&part.len()) && part.bytes().all(plain)
            }
            false => part == wanted,
        })
    });
    matches && given.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::{is_of_pattern, own_page};

    #[test]
    fn nobody_is_sent_to_another_site() {
        assert_eq!(own_page("/account").as_deref(), Some("/account"));
        for path in [
            "https://evil.example/account",
            "//evil.example",
            "/\\evil.example",
            "/account?x=//evil.example",
            "/account#x",
            "/account/",
            "account",
            "",
            "/sign-in",
            "javascript:alert(1)",
            "/%2fevil.example",
            "/account\r\nset-cookie:x=1",
        ] {
            assert_eq!(own_page(path), None, "{path}");
        }
    }

    #[test]
    fn a_part_of_a_path_is_letters_digits_and_hyphens() {
        assert!(is_of_pattern("/accounts/0f3a-9/suspend", "/accounts/{id}/suspend"));
        for path in
            ["/accounts//suspend", "/accounts/a.b/suspend", "/accounts/a/b/suspend", "/accounts/%2f/suspend"]
        {
            assert!(!is_of_pattern(path, "/accounts/{id}/suspend"), "{path}");
        }
    }
}
