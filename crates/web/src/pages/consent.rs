//! Recording that a consent to a sensitive service was withdrawn: by the provider, of its own services by their kind; by
//! management, of one it was shown on the record (rule 3.3).

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::Permission;
use directory::{ChildNumber, ServiceType};
use http::StatusCode;
use service::{ConsentError, ServiceKey, SignedIn, WithdrawnFrom};

use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{FORM, Route, RouteRule, Trail};
use crate::session::{Person, reasoned};
use crate::state::AppState;
use crate::words::Choice;

const RULE: RouteRule = RouteRule::WithReason(Permission::WithdrawConsent);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/consent/withdraw", RULE, FORM, || get(form)),
    Route::post("/consent/withdraw", RULE, Trail::Writes(Action::RecordChanged), || post(withdraw)),
    Route::get("/consent/withdrawn", RULE, FORM, || get(done)),
];

#[derive(Template)]
#[template(path = "consent_withdraw.html")]
struct WithdrawTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    organisation: String,
    services: Vec<Choice>,
    typed: WithdrawForm,
}

#[derive(Template)]
#[template(path = "consent_withdrawn.html")]
struct DoneTemplate {
    frame: Frame,
}

/// As it was typed; from a management page with the key of a service in place of its kind.
#[derive(Default)]
pub(crate) struct WithdrawForm {
    child_number: String,
    service: String,
    listed: String,
}

impl Fields for WithdrawForm {
    const NAMES: &'static [&'static str] = &["child_number", "service", "listed"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            child_number: posted.take("child_number"),
            service: posted.take("service"),
            listed: posted.take("listed"),
        }
    }
}

impl WithdrawForm {
    fn read(&self) -> Result<(ChildNumber, WithdrawnFrom), Faults> {
        let mut faults = Faults::default();
        let number = ChildNumber::parse(&self.child_number).ok();
        if number.is_none() {
            faults.add("child_number", "Enter the child number as it stands on the record");
        }
        let from = match self.listed.is_empty() {
            false => Some(WithdrawnFrom::Listed(ServiceKey::from_form(self.listed.clone()))),
            true => ServiceType::from_code(&self.service)
                .filter(|service| service.is_sensitive())
                .map(WithdrawnFrom::Own),
        };
        if from.is_none() {
            faults.add("service", "Select to which service the consent was withdrawn");
        }
        number.zip(from).ok_or(faults)
    }
}

/// `GET /consent/withdraw`
pub(crate) async fn form(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    form_page(&state, &who, WithdrawForm::default(), Faults::default())
}

/// `POST /consent/withdraw`
pub(crate) async fn withdraw(
    State(state): State<AppState>,
    SignedForm { who, fields: typed }: SignedForm<WithdrawForm>,
) -> Result<Response, WebError> {
    let asker = reasoned(&who)?;
    let (number, from) = match typed.read() {
        Ok(read) => read,
        Err(faults) => return form_page(&state, &who, typed, faults),
    };
    match state.directory().withdraw_consent(&asker, &number, &from).await {
        Ok(()) => Ok(Redirect::to("/consent/withdrawn").into_response()),
        Err(ConsentError::Forbidden) => Err(WebError::Forbidden),
        Err(ConsentError::NotSensitive) => Err(WebError::FormTooOld),
        Err(ConsentError::Service(fault)) => Err(fault.into()),
    }
}

/// `GET /consent/withdrawn`
pub(crate) async fn done(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let frame = Frame::of(&state, &who, Section::Brokering, "The withdrawal was recorded");
    page(StatusCode::OK, &DoneTemplate { frame })
}

fn form_page(
    state: &AppState,
    who: &SignedIn,
    typed: WithdrawForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let sensitive = ServiceType::ALL.iter().filter(|service| service.is_sensitive());
    let template = WithdrawTemplate {
        frame: Frame::of(state, who, Section::Brokering, "A consent was withdrawn").with_faults(wrong),
        token: who.form_token().to_owned(),
        organisation: who.organisation().to_owned(),
        services: sensitive
            .map(|service| Choice { code: service.code(), words: state.words().service(*service).to_owned() })
            .collect(),
        faults,
        typed,
    };
    page(form_status(wrong), &template)
}

#[cfg(test)]
mod tests {
    use super::WithdrawForm;

    #[test]
    fn what_is_missing_is_told_and_a_service_that_needs_no_consent_is_none() {
        let faults = WithdrawForm::default().read().err().unwrap();
        assert!(faults.of("child_number").is_some() && faults.of("service").is_some());
        let nurse = WithdrawForm { service: "school_nurse".to_owned(), ..WithdrawForm::default() };
        assert!(nurse.read().err().unwrap().of("service").is_some());
    }
}
