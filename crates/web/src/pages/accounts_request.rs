//! Asking for an account, by the lead of an organisation or a user manager.

use crate::route::{FORM, Route, RouteRule, Trail};
use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::{Permission, Role};
use service::{RequestError, RequestedAccount, SignedIn};
use uuid::Uuid;

use super::accounts_words::{fault, roles, sentence};
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

const ASKS: RouteRule = RouteRule::SignedIn(Permission::RequestAccount);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/accounts/request", ASKS, FORM, || get(ask)),
    Route::post("/accounts/request", ASKS, Trail::Writes(Action::AccountChanged), || post(take)),
];

/// A request as it was typed. One role is asked for here; more are given on the account's page.
#[derive(Default)]
pub(crate) struct RequestForm {
    username: String,
    name: String,
    organisation: String,
    role: String,
}

impl Fields for RequestForm {
    const NAMES: &'static [&'static str] = &["username", "name", "organisation", "role"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            username: posted.take("username"),
            name: posted.take("name"),
            organisation: posted.take("organisation"),
            role: posted.take("role"),
        }
    }
}

#[derive(Template)]
#[template(path = "accounts_request.html")]
struct RequestTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    form: RequestForm,
    organisations: Vec<(String, String)>,
    roles: Vec<Choice>,
}

/// `GET /accounts/request`
pub(crate) async fn ask(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    request_page(&state, &who, RequestForm::default(), Faults::default()).await
}

/// `POST /accounts/request`
pub(crate) async fn take(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<RequestForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    let organisation = Uuid::parse_str(&fields.organisation).ok();
    if organisation.is_none() {
        faults.add("organisation", "Select the organisation the person works for");
    }
    let role = Role::from_code(&fields.role);
    if role.is_none() {
        faults.add("role", "Select the role the person needs");
    }
    if let (Some(organisation), Some(role)) = (organisation, role) {
        let asked = RequestedAccount {
            username: fields.username.clone(),
            name: fields.name.clone(),
            organisation,
            roles: vec![role],
        };
        match state.directory().request_account(&who, &asked).await {
            Ok(id) => return Ok(Redirect::to(&format!("/accounts/{id}")).into_response()),
            Err(RequestError::Act(error)) => fault(&state, &mut faults, "organisation", error)?,
            Err(error) => {
                let field = match error {
                    RequestError::Name => "name",
                    RequestError::RoleNotThere | RequestError::RoleAlone => "role",
                    _ => "username",
                };
                faults.add(field, sentence(&error.to_string()));
            }
        }
    }
    request_page(&state, &who, fields, faults).await
}

async fn request_page(
    state: &AppState,
    who: &SignedIn,
    form: RequestForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let directory = state.directory();
    let within = directory.organisations_of_accounts(who, Permission::RequestAccount, u16::MAX).await?;
    let template = RequestTemplate {
        frame: Frame::of(state, who, Section::Accounts, "Ask for an account").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        form,
        organisations: within
            .unwrap_or_default()
            .into_iter()
            .map(|organisation| (organisation.id.to_string(), organisation.name))
            .collect(),
        roles: roles(state),
    };
    page(form_status(wrong), &template)
}
