//! Taking in a request to see what is held: the child, who asks, how that was shown, how they are answered.

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::Permission;
use directory::families::{
    Asker, AskerKind, AskerRule, Capacity, DeliveryChannel, IdentityEvidence, IdentityProof,
};
use directory::register::Reference;
use directory::{ChildNumber, NameUse, PersonName, Relationship};
use service::{FamilyError, RequestIntake, SignedIn};

use super::families_desk::{RECEIVED, TypedDay, frame, told};
use super::shields_words::{capitalised, choices};
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, form_status, page};
use crate::route::{FORM, Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

const ANSWERS: RouteRule = RouteRule::SignedIn(Permission::AnswerFamilies);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/subject-requests/new", ANSWERS, FORM, || get(ask)),
    Route::post("/subject-requests/new", ANSWERS, Trail::Writes(Action::FamilyMatterChanged), || {
        post(take_in)
    }),
];

#[derive(Template)]
#[template(path = "subject_request_new.html")]
struct NewTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    typed: NewForm,
    kinds: Vec<Choice>,
    relationships: Vec<Choice>,
    evidence: Vec<Choice>,
    capacities: Vec<Choice>,
    channels: Vec<Choice>,
}

/// What was typed.
#[derive(Default)]
pub(crate) struct NewForm {
    child_number: String,
    kind: String,
    forenames: String,
    surname: String,
    relationship: String,
    evidence_kind: String,
    evidence_number: String,
    evidence_kind_2: String,
    evidence_number_2: String,
    capacity: String,
    channel: String,
    received: TypedDay,
}

impl Fields for NewForm {
    const NAMES: &'static [&'static str] = &[
        "child_number",
        "kind",
        "forenames",
        "surname",
        "relationship",
        "evidence_kind",
        "evidence_number",
        "evidence_kind_2",
        "evidence_number_2",
        "capacity",
        "channel",
        "received_day",
        "received_month",
        "received_year",
    ];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            child_number: posted.take("child_number"),
            kind: posted.take("kind"),
            forenames: posted.take("forenames"),
            surname: posted.take("surname"),
            relationship: posted.take("relationship"),
            evidence_kind: posted.take("evidence_kind"),
            evidence_number: posted.take("evidence_number"),
            evidence_kind_2: posted.take("evidence_kind_2"),
            evidence_number_2: posted.take("evidence_number_2"),
            capacity: posted.take("capacity"),
            channel: posted.take("channel"),
            received: TypedDay::take(posted, &RECEIVED),
        }
    }
}

impl NewForm {
    fn read(&self) -> Result<RequestIntake, Faults> {
        let mut faults = Faults::default();
        let number = child_number(&self.child_number, &mut faults);
        let kind = AskerKind::from_code(&self.kind);
        if kind.is_none() {
            faults.add("kind", "Select who asks");
        }
        let name = match (self.forenames.is_empty() && self.surname.is_empty(), kind) {
            (true, _) | (_, Some(AskerKind::YoungPerson)) => None,
            (false, _) => PersonName::new(&self.forenames, &self.surname, NameUse::Current)
                .map_err(|error| faults.add("forenames", capitalised(&error.to_string())))
                .ok(),
        };
        let first = evidence(
            ("evidence_kind", &self.evidence_kind),
            ("evidence_number", &self.evidence_number),
            &mut faults,
        );
        let second = evidence(
            ("evidence_kind_2", &self.evidence_kind_2),
            ("evidence_number_2", &self.evidence_number_2),
            &mut faults,
        );
        let capacity = Capacity::from_code(&self.capacity);
        if capacity.is_none() {
            faults.add("capacity", "Select what was found about the child’s understanding");
        }
        let channel = DeliveryChannel::from_code(&self.channel);
        if channel.is_none() {
            faults.add("channel", "Select how the answer reaches them");
        }
        let received = self.received.received(&mut faults);
        let proof = match (first, second) {
            (Some(first), Some(second)) => IdentityProof::new(first, second)
                .map_err(|rule| faults.add("evidence_kind_2", capitalised(&rule.to_string())))
                .ok(),
            _ => None,
        };
        let (Some(number), Some(kind), Some(proof), Some(capacity), Some(channel), Some(received)) =
            (number, kind, proof, capacity, channel, received)
        else {
            return Err(faults);
        };
        let relationship = Relationship::from_code(&self.relationship);
        match Asker::new(kind, name, relationship, proof, capacity, channel) {
            Ok(asker) if faults.is_empty() => Ok(RequestIntake { number, asker, received }),
            Ok(_) => Err(faults),
            Err(rule) => {
                let field = match rule {
                    AskerRule::NoName => "forenames",
                    AskerRule::NoRelationship => "relationship",
                    AskerRule::Capacity => "capacity",
                    AskerRule::SameEvidence => "evidence_kind_2",
                };
                faults.add(field, capitalised(&rule.to_string()));
                Err(faults)
            }
        }
    }
}

pub(super) fn child_number(typed: &str, faults: &mut Faults) -> Option<ChildNumber> {
    match ChildNumber::parse(typed) {
        Ok(number) => Some(number),
        Err(_) if typed.is_empty() => {
            faults.add("child_number", "Enter the child number. It stands on the child’s record");
            None
        }
        Err(error) => {
            faults.add("child_number", capitalised(&error.to_string()));
            None
        }
    }
}

fn evidence(
    kind: (&'static str, &str),
    number: (&'static str, &str),
    faults: &mut Faults,
) -> Option<(IdentityEvidence, Reference)> {
    let read = IdentityEvidence::from_code(kind.1);
    if read.is_none() {
        faults.add(kind.0, "Select what was seen");
    }
    let reference = Reference::parse(number.1)
        .map_err(|error| faults.add(number.0, capitalised(&error.to_string())))
        .ok();
    Some((read?, reference?))
}

/// `GET /subject-requests/new`
pub(crate) async fn ask(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let typed = NewForm { received: TypedDay::of(state.today()), ..NewForm::default() };
    new_page(&state, &who, typed, Faults::default())
}

/// `POST /subject-requests/new`
pub(crate) async fn take_in(
    State(state): State<AppState>,
    SignedForm { who, fields: typed }: SignedForm<NewForm>,
) -> Result<Response, WebError> {
    let intake = match typed.read() {
        Ok(intake) => intake,
        Err(faults) => return new_page(&state, &who, typed, faults),
    };
    match state.directory().take_in_request(&who, intake).await {
        Ok(number) => Ok(Redirect::to(&format!("/subject-requests?received={number}")).into_response()),
        Err(error) => {
            let field = if matches!(error, FamilyError::Day) { "received_day" } else { "child_number" };
            let mut faults = Faults::default();
            faults.add(field, told(error)?);
            new_page(&state, &who, typed, faults)
        }
    }
}

fn new_page(state: &AppState, who: &SignedIn, typed: NewForm, faults: Faults) -> Result<Response, WebError> {
    let (wrong, words) = (!faults.is_empty(), state.words().vocabulary());
    let template = NewTemplate {
        frame: frame(state, who, "Take in a request to see what is held", wrong),
        token: who.form_token().to_owned(),
        kinds: choices(AskerKind::ALL, |one| (one.code(), words.asker_kind(one))),
        relationships: choices(Relationship::ALL, |one| (one.code(), words.relationship(one))),
        evidence: choices(IdentityEvidence::ALL, |one| (one.code(), words.identity_evidence(one))),
        capacities: choices(Capacity::ALL, |one| (one.code(), words.capacity(one))),
        channels: choices(DeliveryChannel::ALL, |one| (one.code(), words.delivery_channel(one))),
        faults,
        typed,
    };
    page(form_status(wrong), &template)
}

#[cfg(test)]
mod tests {
    use super::NewForm;

    #[test]
    fn an_empty_form_is_told_everything_that_is_missing() {
        let faults = NewForm::default().read().err().unwrap();
        for field in [
            "child_number",
            "kind",
            "evidence_kind",
            "evidence_number",
            "evidence_kind_2",
            "evidence_number_2",
            "capacity",
            "channel",
            "received_day",
        ] {
            assert!(faults.of(field).is_some(), "{field}");
        }
    }
}
