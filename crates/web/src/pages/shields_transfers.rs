//! The shield desk's offers: protected children handed on to another authority's desk, and those that other desks offer. The list
//! names no child.

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::ChildNumber;
use directory::access::{DangerousAct, Permission};
use directory::transfer::{TransferReason, TransferState};
use service::{SignedIn, TransferError, TransferLine, TransferOffer};
use uuid::Uuid;

use super::shields_words::{capitalised, choices};
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

const DESK: RouteRule = RouteRule::SignedIn(Permission::DecideShield);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/shields/transfers", DESK, Trail::Writes(Action::ShieldsRead), || get(list)),
    Route::post("/shields/transfers/offer", DESK, Trail::Writes(Action::RecordChanged), || post(offer))
        .does(&[DangerousAct::OfferTransfer]),
];

#[derive(Template)]
#[template(path = "shields_transfers.html")]
struct TransfersTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    typed: OfferForm,
    reasons: Vec<Choice>,
    received: Vec<Row>,
    offered: Vec<Row>,
}

struct Row {
    id: Uuid,
    other: String,
    reason: String,
    since: String,
    due: String,
    state: &'static str,
    waits: bool,
    overdue: bool,
}

/// What is offered, and to whom.
#[derive(Default)]
pub(crate) struct OfferForm {
    child_number: String,
    to: String,
    transfer_reason: String,
}

impl Fields for OfferForm {
    const NAMES: &'static [&'static str] = &["child_number", "to", "transfer_reason"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            child_number: posted.take("child_number"),
            to: posted.take("to"),
            transfer_reason: posted.take("transfer_reason"),
        }
    }
}

impl OfferForm {
    fn read(&self) -> Result<TransferOffer, Faults> {
        let mut faults = Faults::default();
        let number = ChildNumber::parse(&self.child_number)
            .map_err(|error| faults.add("child_number", capitalised(&error.to_string())))
            .ok();
        if self.to.trim().is_empty() {
            faults.add("to", "Enter the name of the authority the child is offered to");
        }
        let reason = TransferReason::from_code(&self.transfer_reason);
        if reason.is_none() {
            faults.add("transfer_reason", "Select why the child is offered");
        }
        match (number, reason) {
            (Some(number), Some(reason)) if faults.is_empty() => {
                Ok(TransferOffer { number, to: self.to.trim().to_owned(), reason })
            }
            _ => Err(faults),
        }
    }
}

/// `GET /shields/transfers`
pub(crate) async fn list(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    transfers_page(&state, &who, OfferForm::default(), Faults::default()).await
}

/// `POST /shields/transfers/offer`
pub(crate) async fn offer(
    State(state): State<AppState>,
    SignedForm { who, fields: typed }: SignedForm<OfferForm>,
) -> Result<Response, WebError> {
    let offer = match typed.read() {
        Ok(offer) => offer,
        Err(faults) => return transfers_page(&state, &who, typed, faults).await,
    };
    let Err(error) = state.directory().offer_transfer(&who, &offer).await else {
        return Ok(Redirect::to("/shields/transfers").into_response());
    };
    let field = match &error {
        TransferError::NoSuchChild | TransferError::OfferedBefore => "child_number",
        TransferError::NoSuchDesk { .. } | TransferError::Barred => "to",
        _ => return Err(refused(error)),
    };
    let mut faults = Faults::default();
    faults.add(field, capitalised(&error.to_string()));
    transfers_page(&state, &who, typed, faults).await
}

async fn transfers_page(
    state: &AppState,
    who: &SignedIn,
    typed: OfferForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let desk = state.directory().transfers(who).await.map_err(refused)?;
    let wrong = !faults.is_empty();
    let words = state.words().vocabulary();
    let row = |line: TransferLine| row(state, line);
    let template = TransfersTemplate {
        frame: Frame::of(state, who, Section::Shields, "Handing children on").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        typed,
        reasons: choices(TransferReason::ALL, |reason| (reason.code(), words.transfer_reason(reason))),
        received: desk.received.into_iter().map(row).collect(),
        offered: desk.offered.into_iter().map(row).collect(),
    };
    page(form_status(wrong), &template)
}

fn row(state: &AppState, line: TransferLine) -> Row {
    Row {
        id: line.id,
        reason: state.words().vocabulary().transfer_reason(line.reason).to_owned(),
        since: dates::long_day(line.since),
        due: dates::long_day(line.due),
        state: standing(line.state, line.overdue),
        waits: line.state == TransferState::Offered,
        overdue: line.overdue,
        other: line.to.unwrap_or_else(|| ANOTHER.to_owned()),
    }
}

/// What whoever answers reads of who offers: an authority is a place (law 3).
pub(super) const ANOTHER: &str = "Another authority";

/// Where an offer stands, as both desks read it.
pub(super) fn standing(state: TransferState, overdue: bool) -> &'static str {
    match state {
        TransferState::Offered if overdue => "Overdue",
        TransferState::Offered => "Waits for an answer",
        TransferState::TakenBack => "Taken back",
        TransferState::Accepted => "Accepted",
        TransferState::Refused(_) => "Refused",
        TransferState::Void => "Ended: the child is not theirs to hand on",
    }
}

/// An error that no field of a form can show.
pub(super) fn refused(error: TransferError) -> WebError {
    match error {
        TransferError::Forbidden => WebError::Forbidden,
        TransferError::StepUpFirst(first) => first.into(),
        TransferError::Service(fault) => fault.into(),
        TransferError::NotFound => WebError::NotFound,
        // The pages show these beside the form; here they cannot come.
        _ => WebError::FormTooOld,
    }
}

#[cfg(test)]
mod tests {
    use super::OfferForm;

    #[test]
    fn an_empty_offer_is_told_everything_that_is_missing() {
        let faults = OfferForm::default().read().err().unwrap();
        for field in ["child_number", "to", "transfer_reason"] {
            assert!(faults.of(field).is_some(), "{field}");
        }
    }
}
