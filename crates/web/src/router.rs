//! The routes, and the layers around all of them.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::MethodRouter;
use http::StatusCode;
use tower::{ServiceBuilder, ServiceExt as _};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::assets;
use crate::error::WebError;
use crate::guard::{error_pages, headers, hosts, same_origin};
use crate::pages::{
    account, accounts, accounts_changes, accounts_import, accounts_request, accounts_roles, accreditation,
    accreditation_assess, accreditation_decide, accreditation_fill, alerts, alerts_deciding, archive,
    archive_retrieved, audit, brokering, brokering_desk, complaints, connections, connections_acts, consent,
    disputes, disputes_new, enrolment, evidence, families, figures, history, holds, identities,
    identities_held, identities_joining, investigations, letters, management_record, mediation,
    mediation_search, notices, organisations, organisations_edit, organisations_show, organisations_stop,
    own_address, own_authenticator, own_password, own_provider, participation, passkeys, permissions,
    products, products_acts, protection, published, reason, record, records, records_apart, records_reviews,
    recovery, register, retention, search, sessions, shield_override, shield_override_second, shields,
    shields_places, shields_request, shields_transfer, shields_transfers, sign_in, sign_in_passkey,
    sign_in_provider, sign_out, source_tasks, sources, sources_history, step_up, subject_requests,
    subject_requests_channel, subject_requests_new,
};
use crate::route::{Route, authorise};
use crate::state::AppState;

/// Longer than any page takes, shorter than a person's patience.
const LONGEST_ANSWER: Duration = Duration::from_secs(20);

/// Every page, by the module that shows it. The tests walk this list: a route that is not on it does not exist.
pub const ROUTES: &[&[Route]] = &[
    sign_in::ROUTES,
    sign_in_passkey::ROUTES,
    sign_in_provider::ROUTES,
    sign_out::ROUTES,
    step_up::ROUTES,
    account::ROUTES,
    passkeys::ROUTES,
    sessions::ROUTES,
    own_password::ROUTES,
    own_authenticator::ROUTES,
    own_provider::ROUTES,
    reason::ROUTES,
    search::ROUTES,
    record::ROUTES,
    participation::ROUTES,
    management_record::ROUTES,
    shield_override::ROUTES,
    shield_override_second::ROUTES,
    archive::ROUTES,
    archive_retrieved::ROUTES,
    figures::ROUTES,
    accounts::ROUTES,
    accounts_request::ROUTES,
    accounts_roles::ROUTES,
    accounts_import::ROUTES,
    accounts_changes::ROUTES,
    organisations::ROUTES,
    organisations_edit::ROUTES,
    organisations_show::ROUTES,
    organisations_stop::ROUTES,
    accreditation::ROUTES,
    accreditation_fill::ROUTES,
    accreditation_assess::ROUTES,
    accreditation_decide::ROUTES,
    mediation::ROUTES,
    mediation_search::ROUTES,
    enrolment::ROUTES,
    recovery::ROUTES,
    permissions::ROUTES,
    history::ROUTES,
    audit::ROUTES,
    evidence::ROUTES,
    register::ROUTES,
    protection::ROUTES,
    shields::ROUTES,
    shields_request::ROUTES,
    shields_places::ROUTES,
    retention::ROUTES,
    holds::ROUTES,
    published::ROUTES,
    alerts::ROUTES,
    alerts_deciding::ROUTES,
    investigations::ROUTES,
    notices::ROUTES,
    own_address::ROUTES,
    brokering::ROUTES,
    brokering_desk::ROUTES,
    consent::ROUTES,
    identities::ROUTES,
    identities_held::ROUTES,
    families::ROUTES,
    subject_requests::ROUTES,
    subject_requests_channel::ROUTES,
    subject_requests_new::ROUTES,
    letters::ROUTES,
    disputes::ROUTES,
    disputes_new::ROUTES,
    complaints::ROUTES,
    source_tasks::ROUTES,
    sources::ROUTES,
    sources_history::ROUTES,
    records::ROUTES,
    records_apart::ROUTES,
    records_reviews::ROUTES,
    identities_joining::ROUTES,
    shields_transfers::ROUTES,
    shields_transfer::ROUTES,
    connections::ROUTES,
    connections_acts::ROUTES,
    products::ROUTES,
    products_acts::ROUTES,
];

/// Every route there is.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().flat_map(|module| module.iter())
}

/// The route's handler behind what stands before every one of them.
fn handler(state: &AppState, route: &'static Route) -> MethodRouter<AppState> {
    let before = from_fn_with_state((state.clone(), route), authorise);
    // Outside the check of who it is: what is too large is not even read by it.
    let fits = RequestBodyLimitLayer::new(route.largest_body);
    let read = DefaultBodyLimit::max(route.largest_body);
    (route.handler)().layer::<_, Infallible>(before).layer::<_, Infallible>(read).layer(fits)
}

/// Carries out a request as if it had come from outside: for a form that waited for its sender's proof.
pub(crate) async fn carry_out(state: &AppState, route: &'static Route, request: Request) -> Response {
    let one = Router::new().route(route.path, handler(state, route)).with_state(state.clone());
    match one.oneshot(request).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    }
}

/// The whole web edge as one router.
pub fn router(state: AppState) -> Router {
    let pages =
        routes().fold(Router::new(), |router, route| router.route(route.path, handler(&state, route)));
    // Outermost first. Headers stand outside the error pages so that those carry them too.
    let around = ServiceBuilder::new()
        .layer(from_fn_with_state(state.clone(), headers::on_every_answer))
        .layer(from_fn_with_state(state.clone(), error_pages::as_pages))
        .layer(CatchPanicLayer::custom(error_pages::of_a_panic))
        .layer(from_fn_with_state(state.clone(), hosts::known_host))
        .layer(from_fn(same_origin::from_our_own_pages))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST_ANSWER));
    pages
        .merge(assets::routes())
        .fallback(|| async { WebError::NotFound })
        .method_not_allowed_fallback(|| async { WebError::MethodNotAllowed })
        .layer(around)
        .with_state(state)
}
