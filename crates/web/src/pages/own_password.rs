//! The person's own password, changed.

use crate::route::{FORM, Route, RouteRule, Trail};
use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use directory::access::{DangerousAct, LONGEST_PASSWORD, PasswordFault, Permission, SHORTEST_PASSWORD};
use http::StatusCode;
use service::{OwnFactorError, SignedIn};

use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::session::Person;
use crate::state::AppState;

const MINE: RouteRule = RouteRule::SignedIn(Permission::ManageOwnAccount);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/password", MINE, FORM, || get(ask)).form_of(DangerousAct::ChangeOwnKeys),
    Route::post("/password", MINE, Trail::Writes(Action::AccountChanged), || post(take))
        .does(&[DangerousAct::ChangeOwnKeys]),
];

#[derive(Template)]
#[template(path = "own_password.html")]
struct PasswordTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
}

#[derive(Template)]
#[template(path = "factor_changed.html")]
pub(crate) struct ChangedTemplate {
    pub(crate) frame: Frame,
    pub(crate) heading: &'static str,
}

/// Old and new.
pub(crate) struct PasswordForm {
    old: String,
    new: String,
    again: String,
}

impl Fields for PasswordForm {
    const NAMES: &'static [&'static str] = &["old", "new", "again"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { old: posted.take("old"), new: posted.take("new"), again: posted.take("again") }
    }
}

/// `GET /password`
pub(crate) async fn ask(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    password_page(&state, &who, Faults::default())
}

/// `POST /password`
pub(crate) async fn take(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<PasswordForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    if fields.old.is_empty() {
        faults.add("old", "Enter your password of now");
    }
    if fields.new.is_empty() {
        faults.add("new", "Enter a new password");
    } else if fields.new != fields.again {
        faults.add("again", "The two new passwords differ. Enter the new password again");
    }
    if !faults.is_empty() {
        return password_page(&state, &who, faults);
    }
    match state.directory().change_own_password(&who, &fields.old, fields.new).await {
        Ok(()) => {
            let heading = "Your password is changed";
            let frame = Frame::of(&state, &who, Section::Account, heading);
            return page(StatusCode::OK, &ChangedTemplate { frame, heading });
        }
        Err(OwnFactorError::WrongPassword) => {
            faults.add("old", "The password is not right. Check it and try again")
        }
        Err(OwnFactorError::LockedOut { until }) => return Err(WebError::locked_out(until, state.now())),
        Err(OwnFactorError::Password(fault)) => faults.add("new", words(fault)),
        Err(OwnFactorError::Expired | OwnFactorError::WrongCode) => {
            faults.add("new", "Your account was changed at the same moment. Nothing was done. Try again");
        }
        Err(OwnFactorError::StepUpFirst(first)) => return Err(first.into()),
        Err(OwnFactorError::Service(fault)) => return Err(fault.into()),
    }
    password_page(&state, &who, faults)
}

fn password_page(state: &AppState, who: &SignedIn, faults: Faults) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let frame = Frame::of(state, who, Section::Account, "Change your password").with_faults(wrong);
    page(form_status(wrong), &PasswordTemplate { frame, faults, token: who.form_token().to_owned() })
}

/// What is wrong with a new password, and the remedy.
pub(crate) fn words(fault: PasswordFault) -> String {
    match fault {
        PasswordFault::TooShort(_) => format!("The new password must have {SHORTEST_PASSWORD} characters or more. Several words are easy to remember"),
        PasswordFault::TooLong => format!("The new password must have {LONGEST_PASSWORD} characters or fewer"),
        PasswordFault::HoldsName => "The new password must not hold your name, your username or the name of this service".to_owned(),
        PasswordFault::Pattern => "The new password is a pattern that is easy to guess. Use several words that have nothing to do with each other".to_owned(),
        PasswordFault::Common => "The new password is one that is guessed first. Use several words that have nothing to do with each other".to_owned(),
    }
}
