//! The table of roles, shown to whoever is signed in: nobody is named, and what one may do is no secret.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use directory::access::{Permission, Role, allows};
use http::StatusCode;

use crate::error::WebError;
use crate::frame::{Frame, Section, page};
use crate::permission_book::{held_at, reach};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[Route::get(
    "/permissions",
    RouteRule::AnySignedIn,
    Trail::Silent("the table of roles; nobody is named"),
    || get(show),
)];

#[derive(Template)]
#[template(path = "permissions.html")]
struct PermissionsTemplate {
    frame: Frame,
    roles: Vec<RoleCard>,
    rows: Vec<Row>,
}

/// One role, as a list: what a phone shows best.
struct RoleCard {
    code: &'static str,
    name: String,
    own: bool,
    held_at: String,
    reach: &'static str,
    may: Vec<String>,
}

/// One permission, across all roles.
struct Row {
    permission: String,
    needs: String,
    held: Vec<bool>,
}

/// `GET /permissions`
pub(crate) async fn show(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let words = state.words();
    let with_need = |permission: Permission| {
        let said = words.permission(permission);
        match permission.needs() {
            Some(capability) => {
                format!("{said} (while its organisation is accredited to: {})", words.capability(capability))
            }
            None => said.to_owned(),
        }
    };
    let card = |&role: &Role| RoleCard {
        code: role.code(),
        name: words.role(role).to_owned(),
        own: who.holds(role),
        held_at: held_at(role),
        reach: reach(role),
        may: role.permissions().iter().map(|&permission| with_need(permission)).collect(),
    };
    let row = |&permission: &Permission| Row {
        permission: words.permission(permission).to_owned(),
        needs: permission.needs().map_or_else(String::new, |needs| words.capability(needs).to_owned()),
        held: Role::ALL.iter().map(|&role| allows(&[role], permission)).collect(),
    };
    let template = PermissionsTemplate {
        frame: Frame::of(&state, &who, Section::Account, "Who may do what"),
        roles: Role::ALL.iter().map(card).collect(),
        rows: Permission::ALL.iter().map(row).collect(),
    };
    page(StatusCode::OK, &template)
}
