//! The person's own address, left with their account so that their own house is known again (rule 7.9).

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::Permission;
use service::{OwnAddressError, SignedIn};

use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;

const OWN: RouteRule = RouteRule::SignedIn(Permission::ManageOwnAccount);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get(
        "/account/address",
        OWN,
        Trail::Silent("a form about oneself, which does not show what is kept"),
        || get(ask),
    ),
    Route::post("/account/address", OWN, Trail::Writes(Action::AccountChanged), || post(keep)),
];

#[derive(Template)]
#[template(path = "own_address.html")]
struct AddressTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    kept: bool,
    house: String,
    postcode: String,
}

/// A house and a postcode.
pub(crate) struct AddressForm {
    house: String,
    postcode: String,
}

impl Fields for AddressForm {
    const NAMES: &'static [&'static str] = &["house", "postcode"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { house: posted.take("house"), postcode: posted.take("postcode") }
    }
}

/// `GET /account/address`
pub(crate) async fn ask(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let empty = AddressForm { house: String::new(), postcode: String::new() };
    address_page(&state, &who, empty, Faults::default()).await
}

/// `POST /account/address`
pub(crate) async fn keep(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<AddressForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    match state.directory().keep_own_address(&who, &fields.house, &fields.postcode).await {
        Ok(()) => return Ok(Redirect::to("/account/address").into_response()),
        Err(OwnAddressError::Service(fault)) => return Err(fault.into()),
        Err(OwnAddressError::House) => {
            faults.add("house", "Enter the number or name of your house, at most 40 characters");
        }
        Err(OwnAddressError::Postcode) => faults.add("postcode", "Enter a full postcode, like SW1A 2AA"),
        Err(OwnAddressError::Changed) => {
            faults.add("house", "Your account was changed at the same moment. Try again");
        }
    }
    address_page(&state, &who, fields, faults).await
}

async fn address_page(
    state: &AppState,
    who: &SignedIn,
    typed: AddressForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let template = AddressTemplate {
        frame: Frame::of(state, who, Section::Account, "Your own address").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        kept: state.directory().has_own_address(who).await?,
        house: typed.house,
        postcode: typed.postcode,
    };
    page(form_status(wrong), &template)
}
