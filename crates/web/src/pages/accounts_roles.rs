//! Giving and taking roles; deciding, as the second person, on those that need two.

use crate::route::{Route, RouteRule, Trail};
use askama::Template;
use audit::Action;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::{DangerousAct, Permission, Role};
use service::{AccountSheet, Given, SignedIn};
use uuid::Uuid;

use super::accounts_changes::{ConfirmTemplate, managed, to_sheet};
use super::accounts_words::{account_id, fault, roles, web_error};
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

const MANAGES: RouteRule = RouteRule::SignedIn(Permission::ManageAccounts);
const READS: Trail = Trail::Writes(Action::AccountsRead);
const CHANGES: Trail = Trail::Writes(Action::AccountChanged);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/accounts/proposals", MANAGES, READS, || get(proposals)),
    Route::post("/accounts/proposals", MANAGES, CHANGES, || post(decide)).does(&[DangerousAct::DecideRole]),
    Route::get("/accounts/{id}/roles", MANAGES, READS, || get(ask)).form_of(DangerousAct::GiveRole),
    Route::post("/accounts/{id}/roles", MANAGES, CHANGES, || post(give)).does(&[DangerousAct::GiveRole]),
    Route::post("/accounts/{id}/roles/take", MANAGES, CHANGES, || post(take)).does(&[DangerousAct::TakeRole]),
];

/// A role at an organisation.
pub(crate) struct RoleForm {
    role: String,
    organisation: String,
    confirmed: String,
}

impl Fields for RoleForm {
    const NAMES: &'static [&'static str] = &["role", "organisation", "confirmed"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            role: posted.take("role"),
            organisation: posted.take("organisation"),
            confirmed: posted.take("confirmed"),
        }
    }
}

struct Held {
    code: &'static str,
    role: String,
    organisation_id: String,
    organisation: String,
}

#[derive(Template)]
#[template(path = "accounts_roles.html")]
struct RolesTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    sheet: AccountSheet,
    held: Vec<Held>,
    roles: Vec<Choice>,
    organisations: Vec<(String, String)>,
    chosen: (String, String),
}

async fn ask(
    State(state): State<AppState>,
    Person(who): Person,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    roles_page(&state, &who, account_id(&id)?, Faults::default(), None).await
}

async fn roles_page(
    state: &AppState,
    who: &SignedIn,
    id: Uuid,
    faults: Faults,
    typed: Option<RoleForm>,
) -> Result<Response, WebError> {
    let sheet = state.directory().account_sheet(who, id).await.map_err(web_error)?;
    let wrong = !faults.is_empty();
    let held = sheet.roles.iter().map(|line| Held {
        code: line.role.code(),
        role: state.words().role(line.role).to_owned(),
        organisation_id: line.organisation_id.to_string(),
        organisation: line.organisation.clone(),
    });
    let chosen = typed.map_or_else(
        || (String::new(), sheet.organisation_id.to_string()),
        |form| (form.role, form.organisation),
    );
    let template = RolesTemplate {
        frame: Frame::of(state, who, Section::Accounts, "Roles").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        held: held.collect(),
        roles: roles(state),
        organisations: managed(state, who).await?,
        chosen,
        sheet,
    };
    page(form_status(wrong), &template)
}

async fn give(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<RoleForm>,
) -> Result<Response, WebError> {
    let id = account_id(&id)?;
    let mut faults = Faults::default();
    let (role, at) = (Role::from_code(&fields.role), Uuid::parse_str(&fields.organisation).ok());
    if role.is_none() {
        faults.add("role", "Select a role");
    }
    if at.is_none() {
        faults.add("organisation", "Select the organisation at which the role is held");
    }
    if let (Some(role), Some(at)) = (role, at) {
        match state.directory().give_role(&who, id, role, at).await {
            Ok(Given::AtOnce) => return Ok(to_sheet(id)),
            Ok(Given::Proposed(_)) => return Ok(Redirect::to("/accounts/proposals").into_response()),
            Err(error) => fault(&state, &mut faults, "role", error)?,
        }
    }
    roles_page(&state, &who, id, faults, Some(fields)).await
}

async fn take(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<RoleForm>,
) -> Result<Response, WebError> {
    let id = account_id(&id)?;
    let role = Role::from_code(&fields.role).ok_or(WebError::NotFound)?;
    if fields.confirmed != "yes" {
        return confirm_taking(&state, &who, id, role, fields.organisation).await;
    }
    match state.directory().take_role(&who, id, role, account_id(&fields.organisation)?).await {
        Ok(()) => Ok(to_sheet(id)),
        Err(error) => {
            let mut faults = Faults::default();
            fault(&state, &mut faults, "role", error)?;
            roles_page(&state, &who, id, faults, None).await
        }
    }
}

async fn confirm_taking(
    state: &AppState,
    who: &SignedIn,
    id: Uuid,
    role: Role,
    at: String,
) -> Result<Response, WebError> {
    let sheet = state.directory().account_sheet(who, id).await.map_err(web_error)?;
    let held = sheet.roles.iter().find(|line| line.role == role && line.organisation_id.to_string() == at);
    let held = held.ok_or(WebError::NotFound)?;
    let heading = "Take this role away?";
    let template = ConfirmTemplate {
        frame: Frame::of(state, who, Section::Accounts, heading),
        faults: Faults::default(),
        token: who.form_token().to_owned(),
        heading: heading.to_owned(),
        consequences: vec![
            format!("Role: {}, {}.", state.words().role(role), held.organisation),
            "What the role lets the person do ends with their next request.".to_owned(),
        ],
        action: format!("/accounts/{id}/roles/take"),
        fields: vec![("role", role.code().to_owned()), ("organisation", at), ("confirmed", "yes".to_owned())],
        button: "Take the role away",
        sheet,
    };
    page(form_status(false), &template)
}

struct Proposed {
    id: String,
    account: String,
    name: String,
    role: String,
    organisation: String,
    by: String,
    when: String,
    until: String,
    may_decide: bool,
}

#[derive(Template)]
#[template(path = "accounts_proposals.html")]
struct ProposalsTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    proposals: Vec<Proposed>,
}

async fn proposals(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    proposals_page(&state, &who, Faults::default()).await
}

async fn proposals_page(state: &AppState, who: &SignedIn, faults: Faults) -> Result<Response, WebError> {
    let waiting = state.directory().role_proposals(who).await.map_err(web_error)?;
    let wrong = !faults.is_empty();
    let template = ProposalsTemplate {
        frame: Frame::of(state, who, Section::Accounts, "Roles that wait for a second person")
            .with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        proposals: waiting
            .into_iter()
            .map(|proposal| Proposed {
                id: proposal.id.to_string(),
                account: proposal.account.to_string(),
                name: proposal.name,
                role: state.words().role(proposal.role).to_owned(),
                organisation: proposal.organisation,
                by: proposal.proposed_by.unwrap_or_else(|| "The operator’s file".to_owned()),
                when: dates::long_instant(proposal.proposed_at),
                until: dates::long_instant(proposal.expires_at),
                may_decide: proposal.may_decide,
            })
            .collect(),
    };
    page(form_status(wrong), &template)
}

/// A decision of the second person.
pub(crate) struct DecisionForm {
    proposal: String,
    decision: String,
}

impl Fields for DecisionForm {
    const NAMES: &'static [&'static str] = &["proposal", "decision"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { proposal: posted.take("proposal"), decision: posted.take("decision") }
    }
}

async fn decide(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<DecisionForm>,
) -> Result<Response, WebError> {
    let agree = match fields.decision.as_str() {
        "agree" => true,
        "refuse" => false,
        _ => return Err(WebError::NotFound),
    };
    match state.directory().decide_role(&who, account_id(&fields.proposal)?, agree).await {
        Ok(()) => Ok(Redirect::to("/accounts/proposals").into_response()),
        Err(error) => {
            let mut faults = Faults::default();
            fault(&state, &mut faults, "proposals", error)?;
            proposals_page(&state, &who, faults).await
        }
    }
}
