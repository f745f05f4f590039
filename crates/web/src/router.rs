//! The routes, and the layers around all of them.

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, get, post};
use http::StatusCode;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::assets;
use crate::error::WebError;
use crate::guard::{error_pages, headers, hosts, same_origin};
use crate::pages::{account, figures, reason, record, search, sign_in, sign_out};
use crate::state::AppState;

/// The largest form of ours is under 2 KiB.
const LARGEST_BODY: usize = 16 * 1024;
/// Longer than any page takes, shorter than a person's patience.
const LONGEST_ANSWER: Duration = Duration::from_secs(20);

/// What a route asks of the caller. The tests walk this list: a route that is not on it does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteRule {
    /// Anyone: signing in and out, no data.
    Open,
    /// A signed-in person.
    SignedIn,
    /// A signed-in person with a reason: child data.
    WithReason,
}

/// Every page: method, path, and what it asks of the caller.
pub const ROUTES: &[(&str, &str, RouteRule)] = &[
    ("GET", "/", RouteRule::SignedIn),
    ("GET", "/sign-in", RouteRule::Open),
    ("POST", "/sign-in", RouteRule::Open),
    ("GET", "/sign-in/code", RouteRule::Open),
    ("POST", "/sign-in/code", RouteRule::Open),
    ("POST", "/sign-out", RouteRule::SignedIn),
    ("GET", "/signed-out", RouteRule::Open),
    ("GET", "/reason", RouteRule::SignedIn),
    ("POST", "/reason", RouteRule::SignedIn),
    ("GET", "/search", RouteRule::WithReason),
    ("POST", "/search", RouteRule::WithReason),
    ("POST", "/record", RouteRule::WithReason),
    ("POST", "/record/open", RouteRule::WithReason),
    ("GET", "/account", RouteRule::SignedIn),
    ("GET", "/figures", RouteRule::SignedIn),
];

fn handler(method: &str, path: &str) -> MethodRouter<AppState> {
    match (method, path) {
        ("GET", "/") => get(account::start),
        ("GET", "/sign-in") => get(sign_in::ask_password),
        ("POST", "/sign-in") => post(sign_in::take_password),
        ("GET", "/sign-in/code") => get(sign_in::ask_code),
        ("POST", "/sign-in/code") => post(sign_in::take_code),
        ("POST", "/sign-out") => post(sign_out::sign_out),
        ("GET", "/signed-out") => get(sign_out::signed_out),
        ("GET", "/reason") => get(reason::ask),
        ("POST", "/reason") => post(reason::take),
        ("GET", "/search") => get(search::ask),
        ("POST", "/search") => post(search::answer),
        ("POST", "/record") => post(record::confirm_reason),
        ("POST", "/record/open") => post(record::open),
        ("GET", "/account") => get(account::own),
        ("GET", "/figures") => get(figures::show),
        _ => get(|| async { WebError::NotFound }),
    }
}

/// The whole web edge as one router.
pub fn router(state: AppState) -> Router {
    let pages = ROUTES
        .iter()
        .fold(Router::new(), |router, &(method, path, _)| router.route(path, handler(method, path)));
    // Outermost first. Headers stand outside the error pages so that those carry them too.
    let around = ServiceBuilder::new()
        .layer(from_fn_with_state(state.clone(), headers::on_every_answer))
        .layer(from_fn_with_state(state.clone(), error_pages::as_pages))
        .layer(CatchPanicLayer::custom(error_pages::of_a_panic))
        .layer(from_fn_with_state(state.clone(), hosts::known_host))
        .layer(from_fn(same_origin::from_our_own_pages))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST_ANSWER))
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        .layer(DefaultBodyLimit::max(LARGEST_BODY));
    pages
        .merge(assets::routes())
        .fallback(|| async { WebError::NotFound })
        .method_not_allowed_fallback(|| async { WebError::MethodNotAllowed })
        .layer(around)
        .with_state(state)
}
