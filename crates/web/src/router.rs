//! The routes, and the layers around all of them.

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use http::StatusCode;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::assets;
use crate::error::WebError;
use crate::guard::{error_pages, headers, hosts, same_origin};
use crate::pages::{
    account, alerts, alerts_deciding, figures, investigations, notices, own_address, reason, record, search,
    sign_in, sign_out,
};
use crate::route::{Route, authorise};
use crate::state::AppState;

/// The largest form of ours is under 2 KiB.
const LARGEST_BODY: usize = 16 * 1024;
/// Longer than any page takes, shorter than a person's patience.
const LONGEST_ANSWER: Duration = Duration::from_secs(20);

/// Every page, by the module that shows it. The tests walk this list: a route that is not on it does not exist.
pub const ROUTES: &[&[Route]] = &[
    sign_in::ROUTES,
    sign_out::ROUTES,
    account::ROUTES,
    reason::ROUTES,
    search::ROUTES,
    record::ROUTES,
    figures::ROUTES,
    alerts::ROUTES,
    alerts_deciding::ROUTES,
    investigations::ROUTES,
    notices::ROUTES,
    own_address::ROUTES,
];

/// Every route there is.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().flat_map(|module| module.iter())
}

/// The whole web edge as one router.
pub fn router(state: AppState) -> Router {
    let pages = routes().fold(Router::new(), |router, route| {
        let before = from_fn_with_state((state.clone(), route.rule), authorise);
        router.route(route.path, (route.handler)().layer(before))
    });
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
