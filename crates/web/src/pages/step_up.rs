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
use http::request::Parts;
use serde::Deserialize;
use service::{ProviderPurpose, SignInError, SignedIn};

use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::kept_form::KeptForm;
use crate::pages::accounts_import;
use crate::pages::sign_in::refused;
use crate::pages::sign_in_provider::lead_to;
use crate::route::{form_of, own_page};
use crate::router::carry_out;
use crate::session::{Asking, KEPT, PASSKEY, Person, cookie, removed};
use crate::state::AppState;

const MINE: RouteRule = RouteRule::SignedIn(Permission::ManageOwnAccount);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/step-up", MINE, FORM, || get(ask)),
    Route::post("/step-up", MINE, Trail::Writes(Action::SignIn), || post(take_code)).taking(LARGEST),
    Route::post("/step-up/passkey", MINE, Trail::Writes(Action::SignIn), || post(take_passkey))
        .taking(LARGEST),
    Route::post(
        "/step-up/provider",
        MINE,
        Trail::Silent("leads to the organisation's own sign-in page; its answer is written"),
        || post(ask_provider),
    )
    .taking(LARGEST),
];

/// The largest form that is kept meanwhile, sealed and in letters, and what comes with it.
const LARGEST: usize = accounts_import::LARGEST_FILE / 3 * 4 + 32 * 1024;

#[derive(Template)]
#[template(path = "step_up.html")]
struct StepUpTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    then: String,
    kept: String,
    act: String,
    options: Option<String>,
    providers: Vec<(String, String)>,
    longest_on_the_way: usize,
}

/// Where to go on to. Anything but a page of ours is the start.
#[derive(Deserialize)]
pub(crate) struct Onward {
    then: Option<String>,
}

/// What follows the proof: a page of ours, or a form that was kept.
pub(super) struct Afterwards {
    then: String,
    kept: String,
}

impl Afterwards {
    const NOTHING: Self = Self { then: String::new(), kept: String::new() };

    /// After a proof through a provider.
    pub(super) fn of(then: String, kept: String) -> Self {
        Self { then, kept }
    }

    fn from_posted(posted: &mut Posted) -> Self {
        Self { then: posted.take("then"), kept: posted.take("kept") }
    }
}

/// The code, and what follows.
pub(crate) struct CodeForm {
    code: String,
    afterwards: Afterwards,
}

impl Fields for CodeForm {
    const NAMES: &'static [&'static str] = &["code", "then", "kept"];

    fn from_posted(posted: &mut Posted) -> Self {
        let code = posted.take("code").chars().filter(|letter| !letter.is_whitespace()).collect();
        Self { code, afterwards: Afterwards::from_posted(posted) }
    }
}

/// The device's answer, and what follows.
pub(crate) struct AnswerForm {
    answer: String,
    afterwards: Afterwards,
}

impl Fields for AnswerForm {
    const NAMES: &'static [&'static str] = &["answer", "then", "kept"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { answer: posted.take("answer"), afterwards: Afterwards::from_posted(posted) }
    }
}

/// The provider, and what follows.
pub(crate) struct ProviderForm {
    provider: String,
    afterwards: Afterwards,
}

/// The longest kept form, sealed and in letters, that goes with the browser to a provider and comes back: a cookie holds four
/// kilobytes. Every form of ours fits that is typed; a file does not, and is chosen again afterwards.
const LONGEST_ON_THE_WAY: usize = 3_600;

impl Fields for ProviderForm {
    const NAMES: &'static [&'static str] = &["provider", "then", "kept"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { provider: posted.take("provider"), afterwards: Afterwards::from_posted(posted) }
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
    let afterwards = Afterwards { then, ..Afterwards::NOTHING };
    step_up_page(&state, &who, jar, Faults::default(), &afterwards).await
}

/// The answer to a form whose act needs a fresh proof: the form waits in this page.
pub(crate) async fn asked_before(
    state: &AppState,
    who: &SignedIn,
    form: &KeptForm,
) -> Result<Response, WebError> {
    let afterwards = Afterwards { then: form.page(), kept: form.seal(state, who)? };
    step_up_page(state, who, CookieJar::new(), Faults::default(), &afterwards).await
}

async fn step_up_page(
    state: &AppState,
    who: &SignedIn,
    jar: CookieJar,
    faults: Faults,
    afterwards: &Afterwards,
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
        then: own_page(&afterwards.then).unwrap_or_default(),
        act: KeptForm::open(state, who, &afterwards.kept)
            .and_then(|form| form.act())
            .map_or_else(String::new, |act| state.words().dangerous_act(act).to_owned()),
        kept: afterwards.kept.clone(),
        options: question.as_ref().map(|question| question.options.clone()),
        providers,
        longest_on_the_way: LONGEST_ON_THE_WAY,
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
    parts: Parts,
    SignedForm { who, fields }: SignedForm<CodeForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    if fields.code.len() != 6 || !fields.code.bytes().all(|byte| byte.is_ascii_digit()) {
        faults.add("code", "Enter the 6 digits your device shows");
        return step_up_page(&state, &who, jar, faults, &fields.afterwards).await;
    }
    match state.directory().step_up_with_code(&who, &fields.code, &client).await {
        Ok(()) => onward(&state, &who, &parts, &fields.afterwards).await,
        Err(SignInError::Refused) => {
            faults.add(
                "code",
                "The code is not right, or was used before. Wait for the next one and enter that",
            );
            step_up_page(&state, &who, jar, faults, &fields.afterwards).await
        }
        Err(error) => refused(&state, jar, error),
    }
}

/// `POST /step-up/passkey`
pub(crate) async fn take_passkey(
    State(state): State<AppState>,
    Asking(client): Asking,
    jar: CookieJar,
    parts: Parts,
    SignedForm { who, fields }: SignedForm<AnswerForm>,
) -> Result<Response, WebError> {
    let party = state.party().ok_or(WebError::NotFound)?;
    let ticket = jar.get(PASSKEY).map(Cookie::value).unwrap_or_default().to_owned();
    let directory = state.directory();
    match directory.step_up_with_passkey(party, &who, &ticket, &fields.answer, &client).await {
        Ok(()) => {
            let onward = onward(&state, &who, &parts, &fields.afterwards).await?;
            Ok((jar.add(removed(PASSKEY)), onward).into_response())
        }
        Err(SignInError::Refused | SignInError::Expired) => {
            let mut faults = Faults::default();
            faults.add("passkey", "Your passkey was not accepted. Try again, or use a code");
            step_up_page(&state, &who, jar, faults, &fields.afterwards).await
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
    let Afterwards { then, kept } = fields.afterwards;
    let purpose = ProviderPurpose::StepUp { then: own_page(&then).unwrap_or_default() };
    // Sealed for this session: on the way nobody can read it, change it or put another in its place.
    let goes = kept.len() <= LONGEST_ON_THE_WAY && KeptForm::open(&state, &who, &kept).is_some();
    let jar = jar.add(if goes { cookie(KEPT, kept) } else { removed(KEPT) });
    lead_to(&state, &headers, jar, &fields.provider, purpose, Some(&who)).await
}

/// What was asked for before the proof: the kept form is carried out as it was sent, or the page shown.
pub(super) async fn onward(
    state: &AppState,
    who: &SignedIn,
    parts: &Parts,
    afterwards: &Afterwards,
) -> Result<Response, WebError> {
    let kept = KeptForm::open(state, who, &afterwards.kept);
    // What a proof was asked for is what it counts for, where an act takes one of its own.
    let act = kept.as_ref().map_or_else(|| form_of(&afterwards.then), KeptForm::act);
    if let Some(act) = act {
        state.directory().proof_was_for(who, act).await?;
    }
    Ok(match kept.and_then(|form| form.again(parts)) {
        Some((route, request)) => carry_out(state, route, request).await,
        None => {
            let then = own_page(&afterwards.then).unwrap_or_else(|| "/".to_owned());
            Redirect::to(&then).into_response()
        }
    })
}
