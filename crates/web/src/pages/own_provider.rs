//! The person's account and their organisation's identity provider, connected and parted by the person themself.

use crate::route::{Route, RouteRule, Trail};
use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use directory::access::{DangerousAct, Permission};
use http::HeaderMap;
use service::{ProviderError, ProviderPurpose, SignInError, SignedIn};

use crate::error::WebError;
use crate::form::Faults;
use crate::form::SignedForm;
use crate::frame::{Frame, Section, form_status, page};
use crate::pages::sign_in_provider::{ProviderForm, lead_to};
use crate::pages::sign_out::Nothing;
use crate::session::Person;
use crate::state::AppState;

const MINE: RouteRule = RouteRule::SignedIn(Permission::ManageOwnAccount);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get(
        "/account/provider",
        MINE,
        Trail::Silent("whether the person's own account is connected, shown to that person"),
        || get(own),
    ),
    Route::post(
        "/account/provider",
        MINE,
        Trail::Silent(
            "leads to the organisation's own sign-in page; the connection is written when it is made",
        ),
        || post(connect),
    )
    .does(&[DangerousAct::ChangeOwnKeys]),
    Route::post("/account/provider/part", MINE, Trail::Writes(Action::AccountChanged), || post(part))
        .does(&[DangerousAct::ChangeOwnKeys]),
];

#[derive(Template)]
#[template(path = "own_provider.html")]
struct ProviderTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    bound: bool,
    providers: Vec<(String, String)>,
}

/// `GET /account/provider`
pub(crate) async fn own(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    provider_page(&state, &who, Faults::default()).await
}

async fn provider_page(state: &AppState, who: &SignedIn, faults: Faults) -> Result<Response, WebError> {
    let all = state.providers().ok_or(WebError::NotFound)?;
    let wrong = !faults.is_empty();
    let named = |(id, name): (&str, &str)| (id.to_owned(), name.to_owned());
    let template = ProviderTemplate {
        frame: Frame::of(state, who, Section::Account, "Your organisation’s sign-in").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        bound: state.directory().own_provider_bindings(who).await? > 0,
        providers: all.of_organisation(who.organisation()).map(named).collect(),
    };
    page(form_status(wrong), &template)
}

/// `POST /account/provider`
pub(crate) async fn connect(
    State(state): State<AppState>,
    headers: HeaderMap,
    jar: CookieJar,
    SignedForm { who, fields }: SignedForm<ProviderForm>,
) -> Result<Response, WebError> {
    lead_to(&state, &headers, jar, &fields.provider, ProviderPurpose::Bind, Some(&who)).await
}

/// `POST /account/provider/part`
pub(crate) async fn part(
    State(state): State<AppState>,
    SignedForm { who, fields: Nothing }: SignedForm<Nothing>,
) -> Result<Response, WebError> {
    match state.directory().unbind_own_provider(&who).await {
        Ok(()) => Ok(Redirect::to("/account/provider").into_response()),
        Err(ProviderError::StepUpFirst(first)) => Err(first.into()),
        Err(ProviderError::LastWayIn) => {
            let mut faults = Faults::default();
            faults.add("part", "This is your only way to sign in. Add a passkey first");
            provider_page(&state, &who, faults).await
        }
        Err(ProviderError::SignIn(SignInError::Service(fault))) => Err(fault.into()),
        Err(_) => Err(WebError::Defect),
    }
}
