//! Asking to be put in touch, and what came of one's own requests. The pages say the same whatever the child's number: whether
//! there is somebody is told by a provider who chose to be told, and by nothing else (rules 8.11, 8.12).

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::Permission;
use directory::brokering::BrokerReason;
use directory::{ChildNumber, Telephone};
use http::StatusCode;
use service::{BrokerAnswer, BrokerError, BrokerRequest, OwnBrokerRequest, SignedIn};

use super::shields_words::choices;
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{FORM, Route, RouteRule, Trail};
use crate::session::{Person, reasoned};
use crate::state::AppState;
use crate::words::Choice;

const ASKER: RouteRule = RouteRule::WithReason(Permission::RequestBrokering);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/brokering", ASKER, Trail::Writes(Action::BrokeringRead), || get(own)),
    Route::get("/brokering/ask", ASKER, FORM, || get(ask)),
    Route::post("/brokering/ask", ASKER, FORM, || post(ask_for)),
    Route::post("/brokering/request", ASKER, Trail::Writes(Action::BrokeringChanged), || post(request)),
    Route::get("/brokering/received", ASKER, FORM, || get(received)),
];

#[derive(Template)]
#[template(path = "brokering.html")]
struct OwnTemplate {
    frame: Frame,
    requests: Vec<Row>,
    desk: bool,
}

struct Row {
    number: String,
    reason: String,
    asked: String,
    dealt_with: bool,
    contact: Option<Contact>,
}

struct Contact {
    names: Vec<String>,
    telephone: String,
    uri: String,
    service: Option<String>,
    until: String,
}

#[derive(Template)]
#[template(path = "brokering_ask.html")]
struct AskTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    organisation: String,
    reasons: Vec<Choice>,
    typed: AskForm,
}

#[derive(Template)]
#[template(path = "brokering_received.html")]
struct ReceivedTemplate {
    frame: Frame,
}

/// The number that comes along from a record.
pub(crate) struct ChildForm {
    child_number: String,
}

impl Fields for ChildForm {
    const NAMES: &'static [&'static str] = &["child_number"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { child_number: posted.take("child_number") }
    }
}

/// A request as it was typed.
#[derive(Default)]
pub(crate) struct AskForm {
    child_number: String,
    reason: String,
    telephone: String,
}

impl Fields for AskForm {
    const NAMES: &'static [&'static str] = &["child_number", "reason", "telephone"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            child_number: posted.take("child_number"),
            reason: posted.take("reason"),
            telephone: posted.take("telephone"),
        }
    }
}

impl AskForm {
    fn read(&self) -> Result<BrokerRequest, Faults> {
        let mut faults = Faults::default();
        let number = ChildNumber::parse(&self.child_number).ok();
        if number.is_none() {
            faults.add("child_number", "Enter the child number as it stands on the record");
        }
        let reason = BrokerReason::from_code(&self.reason);
        if reason.is_none() {
            faults.add("reason", "Select why you need to reach them");
        }
        let telephone = Telephone::parse(&self.telephone).ok();
        if telephone.is_none() {
            faults.add(
                "telephone",
                "Enter a telephone number at which you can be reached, such as 01632 960001",
            );
        }
        match (number, reason, telephone) {
            (Some(number), Some(reason), Some(telephone)) => Ok(BrokerRequest { number, reason, telephone }),
            _ => Err(faults),
        }
    }
}

/// `GET /brokering`
pub(crate) async fn own(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let asker = reasoned(&who)?;
    let disclosed = state.directory().own_broker_requests(&asker).await.map_err(refused)?;
    let template = OwnTemplate {
        frame: Frame::of(&state, &who, Section::Brokering, "Being put in touch"),
        requests: disclosed.data().iter().map(|one| row(&state, one)).collect(),
        desk: who.may(Permission::HandleBrokering),
    };
    page(StatusCode::OK, &template)
}

fn row(state: &AppState, one: &OwnBrokerRequest) -> Row {
    let words = state.words();
    let contact = match &one.answer {
        BrokerAnswer::Revealed { contact, until } => Some(Contact {
            names: contact.names.clone(),
            telephone: contact.telephone.to_string(),
            uri: contact.telephone.uri(),
            service: contact.service.map(|service| words.service(service).to_owned()),
            until: dates::long_instant(*until),
        }),
        BrokerAnswer::Received | BrokerAnswer::DealtWith => None,
    };
    Row {
        number: one.number.grouped(),
        reason: words.vocabulary().broker_reason(one.reason).to_owned(),
        asked: dates::long_instant(one.asked),
        dealt_with: one.answer == BrokerAnswer::DealtWith,
        contact,
    }
}

/// `GET /brokering/ask`: for whoever has the number on paper, or found nobody.
pub(crate) async fn ask(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    ask_page(&state, &who, AskForm::default(), Faults::default())
}

/// `POST /brokering/ask`: from a record, whose number comes along and stands in no address.
pub(crate) async fn ask_for(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<ChildForm>,
) -> Result<Response, WebError> {
    let typed = AskForm { child_number: fields.child_number, ..AskForm::default() };
    ask_page(&state, &who, typed, Faults::default())
}

/// `POST /brokering/request`
pub(crate) async fn request(
    State(state): State<AppState>,
    SignedForm { who, fields: typed }: SignedForm<AskForm>,
) -> Result<Response, WebError> {
    let asker = reasoned(&who)?;
    let request = match typed.read() {
        Ok(request) => request,
        Err(faults) => return ask_page(&state, &who, typed, faults),
    };
    match state.directory().ask_to_be_put_in_touch(&asker, request).await {
        Ok(()) => Ok(Redirect::to("/brokering/received").into_response()),
        Err(BrokerError::TooManyWaiting) => {
            let mut faults = Faults::default();
            faults.add(
                "child_number",
                "Too many of your requests wait. When one has been dealt with you can ask again",
            );
            ask_page(&state, &who, typed, faults)
        }
        Err(error) => Err(refused(error)),
    }
}

/// `GET /brokering/received`
pub(crate) async fn received(
    State(state): State<AppState>,
    Person(who): Person,
) -> Result<Response, WebError> {
    let frame = Frame::of(&state, &who, Section::Brokering, "Your request was received");
    page(StatusCode::OK, &ReceivedTemplate { frame })
}

fn ask_page(state: &AppState, who: &SignedIn, typed: AskForm, faults: Faults) -> Result<Response, WebError> {
    let (wrong, words) = (!faults.is_empty(), state.words().vocabulary());
    let template = AskTemplate {
        frame: Frame::of(state, who, Section::Brokering, "Ask to be put in touch").with_faults(wrong),
        token: who.form_token().to_owned(),
        organisation: who.organisation().to_owned(),
        reasons: choices(BrokerReason::ALL, |one| (one.code(), words.broker_reason(one))),
        faults,
        typed,
    };
    page(form_status(wrong), &template)
}

/// A refusal that no form can mend.
pub(super) fn refused(error: BrokerError) -> WebError {
    match error {
        BrokerError::Forbidden => WebError::Forbidden,
        BrokerError::NotFound => WebError::NotFound,
        BrokerError::Service(fault) => fault.into(),
        BrokerError::TooManyWaiting
        | BrokerError::NoSuchProvider
        | BrokerError::Rule(_)
        | BrokerError::Changed => WebError::FormTooOld,
    }
}

#[cfg(test)]
mod tests {
    use super::AskForm;

    #[test]
    fn an_empty_request_is_told_everything_that_is_missing() {
        let faults = AskForm::default().read().err().unwrap();
        for field in ["child_number", "reason", "telephone"] {
            assert!(faults.of(field).is_some(), "{field}");
        }
    }

    #[test]
    fn a_telephone_number_is_no_place_for_a_message() {
        let typed = AskForm { telephone: "call me about the boy".to_owned(), ..AskForm::default() };
        assert!(typed.read().err().unwrap().of("telephone").is_some());
    }
}
