//! The routes, and the layers around all of them.

use std::convert::Infallible;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use http::StatusCode;
use tower::ServiceBuilder;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use super::problem::Problem;
use super::route::{Proof, Route};
use super::state::HttpDoor;
use super::{fhir, openapi, own_headers, receipts, statements, token, uploads};

/// Every route, by the module that answers it. A route that is not on this list does not exist.
pub const ROUTES: &[&[Route]] =
    &[openapi::ROUTES, token::ROUTES, statements::ROUTES, uploads::ROUTES, receipts::ROUTES, fhir::ROUTES];

/// Every route there is.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().flat_map(|module| module.iter())
}

/// The whole door as one router.
pub fn router(door: HttpDoor) -> Router {
    let limits = door.limits();
    let all = routes().fold(Router::new(), |router, route| {
        let read = DefaultBodyLimit::max(route.largest_body);
        let fits = RequestBodyLimitLayer::new(route.largest_body);
        let within = match route.proof {
            Proof::Source => limits.answer_within,
            Proof::InTheRequest | Proof::NotAsked => limits.unknown_answer_within,
        };
        let in_time = TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, within);
        router.route(
            route.path,
            (route.handler)().layer::<_, Infallible>(read).layer::<_, Infallible>(fits).layer(in_time),
        )
    });
    let around = ServiceBuilder::new()
        .layer(from_fn_with_state(door.clone(), own_headers::on_every_answer))
        .layer(from_fn_with_state(door.clone(), own_headers::known_host));
    all.fallback(|| async { Problem::of_status(StatusCode::NOT_FOUND) })
        .method_not_allowed_fallback(|| async { Problem::of_status(StatusCode::METHOD_NOT_ALLOWED) })
        .layer(around)
        .with_state(door)
}
