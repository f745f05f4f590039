//! Saying that an item is wrong: from a record by whoever works with the child, and at the desk for a family. Which item is
//! chosen from a list; what it should be is taken in the item's own form only, so there is no room for a note (law 1).

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::Permission;
use directory::families::{DisputeRaiser, DisputedItem, ProposedValue};
use directory::{Gender, NameUse, PartialDate, PersonName};
use http::StatusCode;
use service::{DisputeIntake, FamilyError, SignedIn};

use super::families_desk::{RECEIVED, TypedDay, frame, told};
use super::shields_words::{capitalised, choices};
use super::subject_requests_new::child_number;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{FORM, Route, RouteRule, Trail};
use crate::session::{Person, reasoned};
use crate::state::AppState;
use crate::words::Choice;

const ANSWERS: RouteRule = RouteRule::SignedIn(Permission::AnswerFamilies);
const RAISES: RouteRule = RouteRule::WithReason(Permission::RaiseDispute);
const CHANGES: Trail = Trail::Writes(Action::FamilyMatterChanged);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/disputes/new", ANSWERS, FORM, || get(ask)),
    Route::post("/disputes/new", ANSWERS, CHANGES, || post(take_in)),
    Route::post("/disputes/wrong", RAISES, FORM, || post(ask_about)),
    Route::post("/disputes/raise", RAISES, CHANGES, || post(raise)),
];

#[derive(Template)]
#[template(path = "dispute_new.html")]
struct NewTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    typed: DisputeForm,
    /// Whether it is taken in at the desk, and not said at a record.
    at_desk: bool,
    items: Vec<Choice>,
    raisers: Vec<Choice>,
    genders: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "dispute_received.html")]
struct ReceivedTemplate {
    frame: Frame,
    reference: String,
}

/// What was typed.
#[derive(Default)]
pub(crate) struct DisputeForm {
    child_number: String,
    item: String,
    raiser: String,
    forenames: String,
    surname: String,
    born: TypedDay,
    gender: String,
    received: TypedDay,
}

impl Fields for DisputeForm {
    const NAMES: &'static [&'static str] = &[
        "child_number",
        "item",
        "raiser",
        "forenames",
        "surname",
        "born_day",
        "born_month",
        "born_year",
        "gender",
        "received_day",
        "received_month",
        "received_year",
    ];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            child_number: posted.take("child_number"),
            item: posted.take("item"),
            raiser: posted.take("raiser"),
            forenames: posted.take("forenames"),
            surname: posted.take("surname"),
            born: TypedDay::take(posted, &["born_day", "born_month", "born_year"]),
            gender: posted.take("gender"),
            received: TypedDay::take(posted, &RECEIVED),
        }
    }
}

impl DisputeForm {
    fn item(&self, faults: &mut Faults) -> Option<DisputedItem> {
        let item = DisputedItem::from_code(&self.item);
        if item.is_none() {
            faults.add("item", "Select which item is wrong or missing");
        }
        item
    }

    /// The value of the item that was selected; what was typed for another is told, not dropped.
    fn proposed(&self, item: Option<DisputedItem>, faults: &mut Faults) -> Option<ProposedValue> {
        let name = !self.forenames.is_empty() || !self.surname.is_empty();
        let born = !self.born.day.is_empty() || !self.born.month.is_empty() || !self.born.year.is_empty();
        let typed = [
            (name, DisputedItem::Name, "forenames"),
            (born, DisputedItem::DateOfBirth, "born_day"),
            (!self.gender.is_empty(), DisputedItem::Gender, "gender"),
        ];
        for (_, _, field) in
            typed.iter().filter(|(typed, of, _)| *typed && item.is_some_and(|item| item != *of))
        {
            faults.add(
                field,
                "This belongs to another item than the one you selected. Delete it, or select that item",
            );
        }
        match item? {
            DisputedItem::Name if name => {
                match PersonName::new(&self.forenames, &self.surname, NameUse::Current) {
                    Ok(name) => Some(ProposedValue::Name(name)),
                    Err(error) => {
                        faults.add("forenames", capitalised(&error.to_string()));
                        None
                    }
                }
            }
            DisputedItem::DateOfBirth if born => match self.born.read() {
                Some(day) => PartialDate::parse(&day.to_string()).ok().map(ProposedValue::DateOfBirth),
                None => {
                    faults
                        .add("born_day", "Enter the date of birth with day, month and year, or leave it out");
                    None
                }
            },
            DisputedItem::Gender => Gender::from_code(&self.gender).map(ProposedValue::Gender),
            _ => None,
        }
    }

    fn read(&self) -> Result<DisputeIntake, Faults> {
        let mut faults = Faults::default();
        let number = child_number(&self.child_number, &mut faults);
        let item = self.item(&mut faults);
        let proposed = self.proposed(item, &mut faults);
        // A practitioner says it at the record itself.
        let raiser = DisputeRaiser::from_code(&self.raiser).filter(|one| *one != DisputeRaiser::Practitioner);
        if raiser.is_none() {
            faults.add("raiser", "Select who says so");
        }
        let received = self.received.received(&mut faults);
        match (number, item, raiser, received) {
            (Some(number), Some(item), Some(raiser), Some(received)) if faults.is_empty() => {
                Ok(DisputeIntake { number, raiser, item, proposed, received })
            }
            _ => Err(faults),
        }
    }
}

/// `GET /disputes/new`
pub(crate) async fn ask(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let typed = DisputeForm { received: TypedDay::of(state.today()), ..DisputeForm::default() };
    new_page(&state, &who, true, typed, Faults::default())
}

/// `POST /disputes/new`
pub(crate) async fn take_in(
    State(state): State<AppState>,
    SignedForm { who, fields: typed }: SignedForm<DisputeForm>,
) -> Result<Response, WebError> {
    let intake = match typed.read() {
        Ok(intake) => intake,
        Err(faults) => return new_page(&state, &who, true, typed, faults),
    };
    match state.directory().take_in_dispute(&who, intake).await {
        Ok(number) => Ok(Redirect::to(&format!("/disputes?received={number}")).into_response()),
        Err(error) => {
            let field = if matches!(error, FamilyError::Day) { "received_day" } else { "child_number" };
            let mut faults = Faults::default();
            faults.add(field, told(error)?);
            new_page(&state, &who, true, typed, faults)
        }
    }
}

/// `POST /disputes/wrong`: from a record, whose number comes along and stands in no address.
pub(crate) async fn ask_about(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<DisputeForm>,
) -> Result<Response, WebError> {
    let typed = DisputeForm { child_number: fields.child_number, ..DisputeForm::default() };
    new_page(&state, &who, false, typed, Faults::default())
}

/// `POST /disputes/raise`
pub(crate) async fn raise(
    State(state): State<AppState>,
    SignedForm { who, fields: typed }: SignedForm<DisputeForm>,
) -> Result<Response, WebError> {
    let asker = reasoned(&who)?;
    let mut faults = Faults::default();
    let number = child_number(&typed.child_number, &mut faults);
    let item = typed.item(&mut faults);
    let proposed = typed.proposed(item, &mut faults);
    let (Some(number), Some(item), true) = (number, item, faults.is_empty()) else {
        return new_page(&state, &who, false, typed, faults);
    };
    match state.directory().raise_dispute(&asker, &number, item, proposed).await {
        Ok(reference) => {
            let frame = Frame::of(&state, &who, Section::Children, "What you said was received");
            page(StatusCode::OK, &ReceivedTemplate { frame, reference })
        }
        Err(error) => {
            faults.add("child_number", told(error)?);
            new_page(&state, &who, false, typed, faults)
        }
    }
}

fn new_page(
    state: &AppState,
    who: &SignedIn,
    at_desk: bool,
    typed: DisputeForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let (wrong, words) = (!faults.is_empty(), state.words().vocabulary());
    let frame = if at_desk {
        frame(state, who, "Take in a dispute", wrong)
    } else {
        Frame::of(state, who, Section::Children, "What is wrong on this record?").with_faults(wrong)
    };
    let families = [DisputeRaiser::YoungPerson, DisputeRaiser::Carer];
    let template = NewTemplate {
        frame,
        token: who.form_token().to_owned(),
        at_desk,
        items: choices(DisputedItem::ALL, |one| (one.code(), words.disputed_item(one))),
        raisers: choices(&families, |one| (one.code(), words.dispute_raiser(one))),
        genders: choices(Gender::ALL, |one| (one.code(), words.gender(one))),
        faults,
        typed,
    };
    page(form_status(wrong), &template)
}

#[cfg(test)]
mod tests {
    use super::DisputeForm;

    #[test]
    fn an_empty_dispute_is_told_everything_that_is_missing() {
        let faults = DisputeForm::default().read().err().unwrap();
        for field in ["child_number", "item", "raiser", "received_day"] {
            assert!(faults.of(field).is_some(), "{field}");
        }
    }

    #[test]
    fn a_value_of_another_item_is_told_and_not_dropped() {
        let typed = DisputeForm { item: "name".to_owned(), gender: "F".to_owned(), ..DisputeForm::default() };
        assert!(typed.read().err().unwrap().of("gender").is_some());
    }
}
