//! The person's own authenticator, changed: a new secret is shown, and taken once its first code is right.

use crate::route::{Route, RouteRule, Trail};
use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use directory::access::{DangerousAct, Permission};
use http::StatusCode;
use service::{NewAuthenticator, OwnFactorError, SignedIn};

use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::pages::own_password::ChangedTemplate;
use crate::session::{AUTHENTICATOR, Person, cookie, removed};
use crate::state::AppState;

const MINE: RouteRule = RouteRule::SignedIn(Permission::ManageOwnAccount);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get(
        "/authenticator",
        MINE,
        Trail::Silent("shows its own person a secret that counts for nothing yet"),
        || get(ask),
    )
    .form_of(DangerousAct::ChangeOwnKeys),
    Route::post("/authenticator", MINE, Trail::Writes(Action::AccountChanged), || post(take))
        .does(&[DangerousAct::ChangeOwnKeys]),
];

#[derive(Template)]
#[template(path = "own_authenticator.html")]
struct AuthenticatorTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    secret: String,
    address: String,
}

/// The first code.
pub(crate) struct CodeForm {
    code: String,
}

impl Fields for CodeForm {
    const NAMES: &'static [&'static str] = &["code"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { code: posted.take("code").chars().filter(|letter| !letter.is_whitespace()).collect() }
    }
}

/// `GET /authenticator`
pub(crate) async fn ask(
    State(state): State<AppState>,
    Person(who): Person,
    jar: CookieJar,
) -> Result<Response, WebError> {
    match state.directory().new_authenticator(&who).await {
        Ok(new) => shown(&state, &who, jar, new, Faults::default()),
        Err(error) => Err(not_done(error)),
    }
}

/// `POST /authenticator`
pub(crate) async fn take(
    State(state): State<AppState>,
    jar: CookieJar,
    SignedForm { who, fields }: SignedForm<CodeForm>,
) -> Result<Response, WebError> {
    let ticket = jar.get(AUTHENTICATOR).map(Cookie::value).unwrap_or_default().to_owned();
    match state.directory().change_own_authenticator(&who, &ticket, &fields.code).await {
        Ok(()) => {
            let heading = "Your authenticator is changed";
            let frame = Frame::of(&state, &who, Section::Account, heading);
            let answer = page(StatusCode::OK, &ChangedTemplate { frame, heading })?;
            Ok((jar.add(removed(AUTHENTICATOR)), answer).into_response())
        }
        Err(OwnFactorError::WrongCode) => {
            let mut faults = Faults::default();
            faults.add("code", "The code is not the new one’s. Wait for its next code and enter that");
            let new = state.directory().shown_authenticator(&who, &ticket).await.map_err(not_done)?;
            shown(&state, &who, jar, new, faults)
        }
        Err(error) => Err(not_done(error)),
    }
}

fn not_done(error: OwnFactorError) -> WebError {
    match error {
        OwnFactorError::StepUpFirst(first) => first.into(),
        OwnFactorError::Service(fault) => fault.into(),
        _ => WebError::FormTooOld,
    }
}

fn shown(
    state: &AppState,
    who: &SignedIn,
    jar: CookieJar,
    new: NewAuthenticator,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let template = AuthenticatorTemplate {
        frame: Frame::of(state, who, Section::Account, "Change your authenticator").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        secret: new.secret,
        address: new.address,
    };
    let answer = page(form_status(wrong), &template)?;
    Ok((jar.add(cookie(AUTHENTICATOR, new.ticket)), answer).into_response())
}
