//! Protected places: what is listed, and the steps of two people. The address is typed once and shown nowhere.

use askama::Template;
use audit::Action;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::{DangerousAct, Permission};
use directory::shield::{EvidenceKind, EvidenceReference};
use directory::{Address, Line, Postcode};
use service::{PlaceDecision, PlaceLine, ShieldError, SignedIn};
use uuid::Uuid;

use super::shields_words::{beside_the_form, capitalised, refused};
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;

const DESK: RouteRule = RouteRule::SignedIn(Permission::DecideShield);
const CHANGES: Trail = Trail::Writes(Action::RecordChanged);
const DOES: &[DangerousAct] = &[DangerousAct::KeepProtectedPlaces];

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/shields/places", DESK, Trail::Writes(Action::ShieldsRead), || get(list)),
    Route::post("/shields/places/add", DESK, CHANGES, || post(add)).does(DOES),
    Route::get("/shields/places/{id}", DESK, Trail::Writes(Action::ShieldsRead), || get(one)),
    Route::post("/shields/places/{id}/remove", DESK, CHANGES, || post(remove)).does(DOES),
    Route::post("/shields/places/{id}/decide", DESK, CHANGES, || post(decide)).does(DOES),
];

#[derive(Template)]
#[template(path = "shields_places.html")]
struct PlacesTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    typed: AddForm,
    places: Vec<Place>,
}

struct Place {
    id: Uuid,
    file: String,
    since: String,
    protected: bool,
    waits: bool,
    may_decide: bool,
}

#[derive(Template)]
#[template(path = "shields_place.html")]
struct PlaceTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    typed: DecideForm,
    place: Place,
}

/// An address and the file that says which it is.
#[derive(Default)]
pub(crate) struct AddForm {
    address_line: String,
    postcode: String,
    file: String,
}

impl Fields for AddForm {
    const NAMES: &'static [&'static str] = &["address_line", "postcode", "file"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            address_line: posted.take("address_line"),
            postcode: posted.take("postcode"),
            file: posted.take("file"),
        }
    }
}

/// Whether the second person agrees, and the address as they read it where a place is to be protected; empty for who proposes a
/// removal.
#[derive(Default)]
pub(crate) struct DecideForm {
    agreement: String,
    address_line: String,
    postcode: String,
}

impl Fields for DecideForm {
    const NAMES: &'static [&'static str] = &["agreement", "address_line", "postcode"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            agreement: posted.take("agreement"),
            address_line: posted.take("address_line"),
            postcode: posted.take("postcode"),
        }
    }
}

/// The address of a place, as either person types it.
fn address_of(line: &str, postcode: &str, faults: &mut Faults) -> Option<Address> {
    let line = Line::parse(line).map_err(|_| faults.add("address_line", NO_LINE)).ok();
    let postcode = Postcode::parse(postcode)
        .map_err(|error| faults.add("postcode", capitalised(&error.to_string())))
        .ok();
    Some(Address { lines: vec![line?], postcode: Some(postcode?), ..Address::default() })
}

const NO_LINE: &str = "Enter the number and the street, or the name of the house";

impl AddForm {
    fn read(&self) -> Result<(Address, EvidenceReference), Faults> {
        let mut faults = Faults::default();
        let address = address_of(&self.address_line, &self.postcode, &mut faults);
        let file = EvidenceReference::new(EvidenceKind::RefugeReferral, &self.file)
            .map_err(|error| faults.add("file", capitalised(&error.to_string())))
            .ok();
        address.zip(file).ok_or(faults)
    }
}

/// `GET /shields/places`
pub(crate) async fn list(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    places_page(&state, &who, AddForm::default(), Faults::default()).await
}

/// `POST /shields/places/add`
pub(crate) async fn add(
    State(state): State<AppState>,
    SignedForm { who, fields: typed }: SignedForm<AddForm>,
) -> Result<Response, WebError> {
    let (address, file) = match typed.read() {
        Ok(read) => read,
        Err(faults) => return places_page(&state, &who, typed, faults).await,
    };
    match state.directory().propose_protected_place(&who, &address, file).await.map_err(refused)? {
        true => Ok(to_places()),
        false => {
            let mut faults = Faults::default();
            faults.add("address_line", NO_LINE);
            places_page(&state, &who, typed, faults).await
        }
    }
}

/// `POST /shields/places/{id}/remove`
pub(crate) async fn remove(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, .. }: SignedForm<DecideForm>,
) -> Result<Response, WebError> {
    let done = state.directory().propose_place_removal(&who, id_of(&id)?).await;
    onward(&state, &who, done).await
}

/// `POST /shields/places/{id}/decide`
pub(crate) async fn decide(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<DecideForm>,
) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let mut faults = Faults::default();
    let typed;
    let decision = match fields.agreement.as_str() {
        "protect" => match address_of(&fields.address_line, &fields.postcode, &mut faults) {
            Some(address) => {
                typed = address;
                PlaceDecision::Protect(&typed)
            }
            None => return place_page(&state, &who, id, fields, faults).await,
        },
        "remove" => PlaceDecision::Remove,
        "disagree" => PlaceDecision::Disagree,
        _ => {
            faults.add("places", "Use one of the buttons beside the place");
            return places_page(&state, &who, AddForm::default(), faults).await;
        }
    };
    match state.directory().decide_protected_place(&who, id, decision).await {
        Err(error @ ShieldError::AnotherAddress) => {
            faults.add("address_line", capitalised(&error.to_string()));
            place_page(&state, &who, id, fields, faults).await
        }
        done => onward(&state, &who, done).await,
    }
}

/// `GET /shields/places/{id}`
pub(crate) async fn one(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Person(who): Person,
) -> Result<Response, WebError> {
    place_page(&state, &who, id_of(&id)?, DecideForm::default(), Faults::default()).await
}

async fn onward(
    state: &AppState,
    who: &SignedIn,
    done: Result<(), ShieldError>,
) -> Result<Response, WebError> {
    let Err(error) = done else { return Ok(to_places()) };
    let mut faults = Faults::default();
    faults.add("places", beside_the_form(error)?);
    places_page(state, who, AddForm::default(), faults).await
}

async fn places_page(
    state: &AppState,
    who: &SignedIn,
    typed: AddForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let places = state.directory().protected_places(who).await.map_err(refused)?;
    let wrong = !faults.is_empty();
    let template = PlacesTemplate {
        frame: Frame::of(state, who, Section::Shields, "Protected places").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        typed,
        places: places.into_iter().map(Place::from).collect(),
    };
    page(form_status(wrong), &template)
}

/// A place that waits for this person, with the form in which they type its address.
async fn place_page(
    state: &AppState,
    who: &SignedIn,
    id: Uuid,
    typed: DecideForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let places = state.directory().protected_places(who).await.map_err(refused)?;
    let line = places.into_iter().find(|line| line.id == id && line.may_decide && !line.protected);
    let place = Place::from(line.ok_or(WebError::NotFound)?);
    let wrong = !faults.is_empty();
    let template = PlaceTemplate {
        frame: Frame::of(state, who, Section::Shields, "Protect a place").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        typed,
        place,
    };
    page(form_status(wrong), &template)
}

impl From<PlaceLine> for Place {
    fn from(line: PlaceLine) -> Self {
        Self {
            id: line.id,
            file: line.file.number().to_owned(),
            since: dates::day_of(line.since),
            protected: line.protected,
            waits: line.waits,
            may_decide: line.may_decide,
        }
    }
}

fn to_places() -> Response {
    Redirect::to("/shields/places").into_response()
}

fn id_of(text: &str) -> Result<Uuid, WebError> {
    Uuid::parse_str(text).map_err(|_| WebError::NotFound)
}

#[cfg(test)]
mod tests {
    use super::AddForm;

    #[test]
    fn an_empty_address_is_told_everything_that_is_missing() {
        let faults = AddForm::default().read().err().unwrap();
        for field in ["address_line", "postcode", "file"] {
            assert!(faults.of(field).is_some(), "{field}");
        }
    }
}
