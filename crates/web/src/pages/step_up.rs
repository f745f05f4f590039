//! Proving afresh who one is, before a dangerous act: by passkey, by code, or through the organisation's provider.

use crate::route::{FORM, Route, RouteRule, Trail};
use askama::Template;
use audit::Action;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use directory::access::Permission;
use http::HeaderMap;
use serde::Deserialize;
use service::{ProviderPurpose, SignInError, SignedIn};

use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::pages::sign_in::refused;
use crate::pages::sign_in_provider::lead_to;
use crate::route::own_page;
use crate::session::{Asking, PASSKEY, Person, cookie, removed};
use crate::state::AppState;

const MINE: RouteRule = RouteRule::SignedIn(Permission::ManageOwnAccount);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/step-up", MINE, FORM, || get(ask)),
    Route::post("/step-up", MINE, Trail::Writes(Action::SignIn), || post(take_code)),
    Route::post("/step-up/passkey", MINE, Trail::Writes(Action::SignIn), || post(take_passkey)),
    Route::post(
        "/step-up/provider",
        MINE,
        Trail::Silent("leads to the organisation's own sign-in page; its answer is written"),
        || post(ask_provider),
    ),
];

#[derive(Template)]
#[template(path = "step_up.html")]
struct StepUpTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    then: String,
    options: Option<String>,
    providers: Vec<(String, String)>,
}

/// Where to go on to. Anything but a page of ours is the start.
#[derive(Deserialize)]
pub(crate) struct Onward {
    then: Option<String>,
}

/// The code, and where to go on to.
pub(crate) struct CodeForm {
    code: String,
    then: String,
}

impl Fields for CodeForm {
    const NAMES: &'static [&'static str] = &["code", "then"];

    fn from_posted(posted: &mut Posted) -> Self {
        let code = posted.take("code").chars().filter(|letter| !letter.is_whitespace()).collect();
        Self { code, then: posted.take("then") }
    }
}

/// The device's answer, and where to go on to.
pub(crate) struct AnswerForm {
    answer: String,
    then: String,
}

impl Fields for AnswerForm {
    const NAMES: &'static [&'static str] = &["answer", "then"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { answer: posted.take("answer"), then: posted.take("then") }
    }
}

/// The provider, and where to go on to.
pub(crate) struct ProviderForm {
    provider: String,
    then: String,
}

impl Fields for ProviderForm {
    const NAMES: &'static [&'static str] = &["provider", "then"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { provider: posted.take("provider"), then: posted.take("then") }
    }
}

/// `GET /step-up?then=/page`
pub(crate) async fn ask(
    State(state): State<AppState>,
    Person(who): Person,
    jar: CookieJar,
    query: Result<Query<Onward>, QueryRejection>,
) -> Result<Response, WebError> {
    let then = query.ok().and_then(|Query(onward)| onward.then).unwrap_or_default();
    step_up_page(&state, &who, jar, Faults::default(), &then).await
}

async fn step_up_page(
    state: &AppState,
    who: &SignedIn,
    jar: CookieJar,
    faults: Faults,
    then: &str,
) -> Result<Response, WebError> {
    let question = match state.party() {
        Some(party) => state.directory().ask_for_own_passkey(party, who).await?,
        None => None,
    };
    let bound = match state.providers() {
        Some(_) => state.directory().own_provider_bindings(who).await? > 0,
        None => false,
    };
    let named = |(id, name): (&str, &str)| (id.to_owned(), name.to_owned());
    let its = |providers: &service::Providers| {
        providers.of_organisation(who.organisation()).map(named).collect::<Vec<_>>()
    };
    let providers = state.providers().filter(|_| bound).map(its).unwrap_or_default();
    let status = form_status(!faults.is_empty());
    let template = StepUpTemplate {
        frame: Frame::of(state, who, Section::Account, "Confirm that it is you")
            .with_faults(!faults.is_empty()),
        faults,
        token: who.form_token().to_owned(),
        then: own_page(then).unwrap_or_default(),
        options: question.as_ref().map(|question| question.options.clone()),
        providers,
    };
    let jar = match question {
        Some(question) => jar.add(cookie(PASSKEY, question.ticket)),
        None => jar,
    };
    Ok((jar, page(status, &template)?).into_response())
}

/// `POST /step-up`
pub(crate) async fn take_code(
    State(state): State<AppState>,
    Asking(client): Asking,
    jar: CookieJar,
    SignedForm { who, fields }: SignedForm<CodeForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    if fields.code.len() != 6 || !fields.code.bytes().all(|byte| byte.is_ascii_digit()) {
        faults.add("code", "Enter the 6 digits your device shows");
        return step_up_page(&state, &who, jar, faults, &fields.then).await;
    }
    match state.directory().step_up_with_code(&who, &fields.code, &client).await {
        Ok(()) => Ok(onward(&fields.then)),
        Err(SignInError::Refused) => {
            faults.add(
                "code",
                "The code is not right, or was used before. Wait for the next one and enter that",
            );
            step_up_page(&state, &who, jar, faults, &fields.then).await
        }
        Err(error) => refused(&state, jar, error),
    }
}

/// `POST /step-up/passkey`
pub(crate) async fn take_passkey(
    State(state): State<AppState>,
    Asking(client): Asking,
    jar: CookieJar,
    SignedForm { who, fields }: SignedForm<AnswerForm>,
) -> Result<Response, WebError> {
    let party = state.party().ok_or(WebError::NotFound)?;
    let ticket = jar.get(PASSKEY).map(Cookie::value).unwrap_or_default().to_owned();
    let directory = state.directory();
    match directory.step_up_with_passkey(party, &who, &ticket, &fields.answer, &client).await {
        Ok(()) => Ok((jar.add(removed(PASSKEY)), onward(&fields.then)).into_response()),
        Err(SignInError::Refused | SignInError::Expired) => {
            let mut faults = Faults::default();
            faults.add("passkey", "Your passkey was not accepted. Try again, or use a code");
            step_up_page(&state, &who, jar, faults, &fields.then).await
        }
        Err(error) => refused(&state, jar, error),
    }
}

/// `POST /step-up/provider`
pub(crate) async fn ask_provider(
    State(state): State<AppState>,
    headers: HeaderMap,
    jar: CookieJar,
    SignedForm { who, fields }: SignedForm<ProviderForm>,
) -> Result<Response, WebError> {
    let then = own_page(&fields.then).unwrap_or_default();
    let purpose = ProviderPurpose::StepUp { then };
    lead_to(&state, &headers, jar, &fields.provider, purpose, Some(&who)).await
}

fn onward(then: &str) -> Response {
    Redirect::to(&own_page(then).unwrap_or_else(|| "/".to_owned())).into_response()
}
