//! What a route declares: where it is, what it asks of the caller, what the trail learns. A page that is not declared so
//! does not exist, and nobody reaches a handler past [`authorise`].

use audit::Action;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::MethodRouter;
use directory::access::{DangerousAct, Permission};
use http::Uri;

use crate::error::WebError;
use crate::kept_form::KeptForm;
use crate::pages::step_up;
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

/// Whether the person proves afresh who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FreshProof {
    /// Never.
    NotAsked,
    /// Before the page is shown: it is the form of nothing but this act.
    BeforeTheForm(DangerousAct),
    /// When the use case asks for it: what was sent is kept meanwhile, and carried out afterwards.
    ByTheUseCase(&'static [DangerousAct]),
    /// As before, and each time: another proof, however fresh, is none for this.
    EachTime(&'static [DangerousAct]),
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
    /// Whether a fresh proof is asked for.
    pub fresh_proof: FreshProof,
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
        Self::of("GET", path, rule, trail, handler)
    }

    pub(crate) const fn post(
        path: &'static str,
        rule: RouteRule,
        trail: Trail,
        handler: fn() -> MethodRouter<AppState>,
    ) -> Self {
        Self::of("POST", path, rule, trail, handler)
    }

    const fn of(
        method: &'static str,
        path: &'static str,
        rule: RouteRule,
        trail: Trail,
        handler: fn() -> MethodRouter<AppState>,
    ) -> Self {
        let fresh_proof = FreshProof::NotAsked;
        Self { method, path, rule, trail, fresh_proof, largest_body: LARGEST_FORM, handler }
    }

    /// The same route, being the form of a dangerous act and of nothing else.
    pub(crate) const fn form_of(mut self, act: DangerousAct) -> Self {
        self.fresh_proof = FreshProof::BeforeTheForm(act);
        self
    }

    /// The same route, carrying out dangerous acts; its use case says when it is one.
    pub(crate) const fn does(mut self, acts: &'static [DangerousAct]) -> Self {
        self.fresh_proof = FreshProof::ByTheUseCase(acts);
        self
    }

    /// The same route, carrying out acts that take a proof of their own.
    pub(crate) const fn does_each_time(mut self, acts: &'static [DangerousAct]) -> Self {
        self.fresh_proof = FreshProof::EachTime(acts);
        self
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

/// Stands before every handler: who is it, may they, have they said why, have they proved lately who they are. The person
/// is handed on in the request.
pub(crate) async fn authorise(
    State((state, route)): State<(AppState, &'static Route)>,
    mut request: Request,
    next: Next,
) -> Result<Response, WebError> {
    let rule = route.rule;
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
    let fresh = who.recently_proved(state.now());
    if matches!(route.fresh_proof, FreshProof::BeforeTheForm(_)) && !fresh {
        return Ok(to_step_up(request.uri()));
    }
    // What is asked of somebody whose proof is fresh is carried out, so only what may have to wait is kept.
    let waits = match route.fresh_proof {
        FreshProof::ByTheUseCase(_) => !fresh,
        FreshProof::EachTime(_) => true,
        FreshProof::NotAsked | FreshProof::BeforeTheForm(_) => false,
    };
    let kept = match waits && route.method == "POST" {
        true => Some(KeptForm::of(&mut request, route.largest_body).await?),
        false => None,
    };
    let uri = request.uri().clone();
    request.extensions_mut().insert(who.clone());
    let answer = next.run(request).await;
    match (answer.extensions().get(), kept) {
        (Some(WebError::StepUpFirst(act)), Some(kept)) => {
            step_up::asked_before(&state, &who, &kept.until_proved(*act)).await
        }
        (Some(WebError::StepUpFirst(_)), None) => Ok(to_step_up(&uri)),
        _ => Ok(answer),
    }
}

/// Leads to the page where the person proves who they are, and from there back to this one of ours.
fn to_step_up(back: &Uri) -> Response {
    let back = back.path_and_query().and_then(|back| own_page(back.as_str())).unwrap_or_default();
    // What else would have to be escaped stands in none of our own pages' addresses.
    let back = back.replace('?', "%3F").replace('=', "%3D").replace('&', "%26");
    Redirect::to(&format!("/step-up?then={back}")).into_response()
}

/// The address, if it is that of a page of ours which is asked for by its address and only by people who are signed in. So
/// a person who is sent on can be sent nowhere else.
pub(crate) fn own_page(address: &str) -> Option<String> {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=' | b'&');
    if query.len() > LONGEST_QUERY || !query.bytes().all(plain) {
        return None;
    }
    let fits = |route: &&Route| {
        route.method == "GET" && route.rule != RouteRule::Open && is_of_pattern(path, route.path)
    };
    routes().find(fits).map(|_| address.to_owned())
}

/// The longest query of ours is a sealed question to the trail.
const LONGEST_QUERY: usize = 1024;

/// The act whose form is the page of ours at this address, and nothing else.
pub(crate) fn form_of(address: &str) -> Option<DangerousAct> {
    let path = address.split('?').next().unwrap_or_default();
    let asked = routes().find(|route| route.method == "GET" && is_of_pattern(path, route.path));
    match asked?.fresh_proof {
        FreshProof::BeforeTheForm(act) => Some(act),
        _ => None,
    }
}

/// The route that a form is posted to.
pub(crate) fn posted_to(path: &str) -> Option<&'static Route> {
    let posts = || routes().filter(|route| route.method == "POST");
    // As the router has it: a path of its own goes before a pattern.
    posts().find(|route| route.path == path).or_else(|| posts().find(|route| is_of_pattern(path, route.path)))
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
        for page in ["/account", "/audit/entries?q=Zm9v-_&x="] {
            assert_eq!(own_page(page).as_deref(), Some(page));
        }
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
