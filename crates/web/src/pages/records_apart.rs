//! Taking a record apart: which of its source records are another child's.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use service::{JoinError, SignedIn};
use uuid::Uuid;

use super::records::{ADMINISTRATOR, CHANGES, LOOKING, SHOWS, done, refused};
use super::records_words::{bases, beside, part_words, read_basis, read_number};
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{Route, Trail};
use crate::session::{Person, reasoned};
use crate::state::AppState;
use crate::words::Choice;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/records/take-apart", ADMINISTRATOR, Trail::Silent("an empty form"), || get(begin)),
    Route::post("/records/take-apart/choose", LOOKING, SHOWS, || post(choose)),
    Route::post("/records/take-apart", LOOKING, CHANGES, || post(take_apart)),
];

/// The boxes of a page, one a source record.
const BOXES: [&str; 16] = [
    "record_1",
    "record_2",
    "record_3",
    "record_4",
    "record_5",
    "record_6",
    "record_7",
    "record_8",
    "record_9",
    "record_10",
    "record_11",
    "record_12",
    "record_13",
    "record_14",
    "record_15",
    "record_16",
];

#[derive(Template)]
#[template(path = "records_apart.html")]
struct ApartTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    number: String,
    parts: Vec<Part>,
    bases: Vec<Choice>,
    chosen: String,
}

struct Part {
    field: &'static str,
    id: Uuid,
    title: String,
    facts: Vec<(&'static str, String)>,
    ticked: bool,
}

/// A number, and which of its source records are another child's.
#[derive(Default)]
pub(crate) struct ApartForm {
    number: String,
    basis: String,
    records: Vec<Uuid>,
}

impl Fields for ApartForm {
    const NAMES: &'static [&'static str] = &[
        "number",
        "basis",
        "record_1",
        "record_2",
        "record_3",
        "record_4",
        "record_5",
        "record_6",
        "record_7",
        "record_8",
        "record_9",
        "record_10",
        "record_11",
        "record_12",
        "record_13",
        "record_14",
        "record_15",
        "record_16",
    ];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            number: posted.take("number"),
            basis: posted.take("basis"),
            records: BOXES.iter().filter_map(|name| Uuid::parse_str(&posted.take(name)).ok()).collect(),
        }
    }
}

/// `GET /records/take-apart`
pub(crate) async fn begin(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    apart_page(&state, &who, ApartForm::default(), Vec::new(), Faults::default())
}

/// `POST /records/take-apart/choose`
pub(crate) async fn choose(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<ApartForm>,
) -> Result<Response, WebError> {
    chosen(&state, &who, fields, Faults::default()).await
}

/// `POST /records/take-apart`
pub(crate) async fn take_apart(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<ApartForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    let number = read_number("number", &fields.number, &mut faults);
    let basis = read_basis(&fields.basis, &mut faults);
    let (Some(number), Some(basis)) = (number, basis) else {
        return chosen(&state, &who, fields, faults).await;
    };
    match state.directory().take_record_apart(&who, &number, &fields.records, basis).await {
        Ok(made) => done(&state, &who, &made),
        Err(error) => {
            faults.add("record_1", beside(error)?);
            chosen(&state, &who, fields, faults).await
        }
    }
}

async fn chosen(
    state: &AppState,
    who: &SignedIn,
    typed: ApartForm,
    mut faults: Faults,
) -> Result<Response, WebError> {
    let mut unread = Faults::default();
    let Some(number) = read_number("number", &typed.number, &mut unread) else {
        return apart_page(state, who, typed, Vec::new(), unread);
    };
    let asker = reasoned(who)?;
    let shown = match state.directory().records_to_part(&asker, &number).await {
        Ok(shown) => shown,
        Err(JoinError::NotFound) => {
            faults.add(
                "number",
                "There is no record with this number that you can take apart. Check it on the child’s record",
            );
            return apart_page(state, who, typed, Vec::new(), faults);
        }
        Err(error) => return Err(refused(error)),
    };
    let parts = BOXES.iter().zip(shown.data()).map(|(field, part)| Part {
        field,
        id: part.sent.id,
        title: part
            .sent
            .names
            .first()
            .map_or_else(|| part.sent.source.to_string(), |name| format!("{name}, {}", part.sent.source)),
        facts: part_words(state, part),
        ticked: typed.records.contains(&part.sent.id),
    });
    let parts = parts.collect();
    apart_page(state, who, typed, parts, faults)
}

fn apart_page(
    state: &AppState,
    who: &SignedIn,
    typed: ApartForm,
    parts: Vec<Part>,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let template = ApartTemplate {
        frame: Frame::of(state, who, Section::Records, "Take a record apart").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        number: typed.number,
        parts,
        bases: bases(),
        chosen: typed.basis,
    };
    page(form_status(wrong), &template)
}
