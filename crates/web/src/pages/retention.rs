//! How long a record is kept: its calendar, for the management of the authority that answers for it, and the notification
//! of a death.

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::{DangerousAct, Permission};
use directory::retention::{CalendarEntry, Change, DueReason, ItemKind};
use directory::{ChildNumber, PartialDate};
use http::StatusCode;
use service::{CalendarError, DeathError, RecordCalendar, SignedIn};

use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{FORM, Route, RouteRule, Trail};
use crate::session::{Person, reasoned};
use crate::state::AppState;

const SEES: RouteRule = RouteRule::WithReason(Permission::ViewRetention);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/retention", SEES, FORM, || get(ask)),
    Route::post("/retention/calendar", SEES, Trail::Writes(Action::RecordViewed), || post(calendar)),
    Route::post(
        "/retention/death",
        RouteRule::SignedIn(Permission::RecordDeath),
        Trail::Writes(Action::RecordChanged),
        || post(death),
    )
    .does(&[DangerousAct::RecordDeath]),
    Route::get("/retention/death", RouteRule::SignedIn(Permission::RecordDeath), FORM, || get(ask_death)),
];

#[derive(Template)]
#[template(path = "retention.html")]
struct AskTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    number: String,
    records_deaths: bool,
    holds_records: bool,
    opens_archive: bool,
}

#[derive(Template)]
#[template(path = "retention_calendar.html")]
struct CalendarTemplate {
    frame: Frame,
    number: String,
    facts: Vec<String>,
    rows: Vec<(String, String, String)>,
}

#[derive(Template)]
#[template(path = "retention_death.html")]
struct DeathTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    typed: DeathForm,
}

/// A child's number.
#[derive(Default)]
pub(crate) struct NumberForm {
    number: String,
}

impl Fields for NumberForm {
    const NAMES: &'static [&'static str] = &["child_number"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { number: posted.take("child_number") }
    }
}

/// Whose death, and when.
#[derive(Default)]
pub(crate) struct DeathForm {
    number: String,
    day: String,
    month: String,
    year: String,
    mistaken: bool,
    sure: bool,
}

impl Fields for DeathForm {
    const NAMES: &'static [&'static str] =
        &["child_number", "death_day", "death_month", "death_year", "mistaken", "sure"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            number: posted.take("child_number"),
            day: posted.take("death_day"),
            month: posted.take("death_month"),
            year: posted.take("death_year"),
            mistaken: posted.take("mistaken") == "yes",
            sure: posted.take("sure") == "yes",
        }
    }
}

/// `GET /retention`
pub(crate) async fn ask(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    ask_page(&state, &who, NumberForm::default(), Faults::default())
}

/// `POST /retention/calendar`
pub(crate) async fn calendar(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<NumberForm>,
) -> Result<Response, WebError> {
    let asker = reasoned(&who)?;
    let mut faults = Faults::default();
    let Some(number) = read_number(&fields.number, &mut faults) else {
        return ask_page(&state, &who, fields, faults);
    };
    match state.directory().record_calendar(&asker, &number).await {
        Ok(shown) => {
            let frame = Frame::of(&state, &who, Section::Retention, "What will happen to a record")
                .because(state.words().reason(*shown.reason()));
            page(StatusCode::OK, &calendar_page(frame, shown.data()))
        }
        Err(CalendarError::NotFound) => {
            faults.add("child_number", NOT_YOURS);
            ask_page(&state, &who, fields, faults)
        }
        Err(CalendarError::Forbidden) => Err(WebError::Forbidden),
        Err(CalendarError::Service(fault)) => Err(fault.into()),
    }
}

/// `GET /retention/death`
pub(crate) async fn ask_death(
    State(state): State<AppState>,
    Person(who): Person,
) -> Result<Response, WebError> {
    death_page(&state, &who, DeathForm::default(), Faults::default())
}

/// `POST /retention/death`
pub(crate) async fn death(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<DeathForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    let number = read_number(&fields.number, &mut faults);
    let day = fields.read_day(&mut faults);
    if !fields.sure {
        faults
            .add("sure", "Confirm that the death was notified to you, or that the notification was mistaken");
    }
    let (Some(number), Some(day), true) = (number, day, faults.is_empty()) else {
        return death_page(&state, &who, fields, faults);
    };
    match state.directory().record_death(&who, &number, day).await {
        Ok(()) => return Ok(Redirect::to("/retention").into_response()),
        Err(DeathError::NotFound) => faults.add("child_number", NOT_YOURS),
        Err(DeathError::Date) => {
            faults.add("death_day", "The day is in the future, or before the child was born");
        }
        Err(DeathError::Forbidden) => return Err(WebError::Forbidden),
        Err(DeathError::StepUpFirst(first)) => return Err(first.into()),
        Err(DeathError::Service(fault)) => return Err(fault.into()),
    }
    death_page(&state, &who, fields, faults)
}

const NOT_YOURS: &str =
    "No record with this number is your authority's. Check it, or ask the authority that answers for it";

impl DeathForm {
    /// The day; the inner nothing takes a mistaken notification back.
    fn read_day(&self, faults: &mut Faults) -> Option<Option<PartialDate>> {
        let empty = self.day.is_empty() && self.month.is_empty() && self.year.is_empty();
        if self.mistaken {
            if !empty {
                faults.add("death_day", "Leave the day empty to take a notification back");
                return None;
            }
            return Some(None);
        }
        let text = format!("{}-{:0>2}-{:0>2}", self.year, self.month, self.day);
        let read = PartialDate::parse(&text).ok();
        if read.is_none() {
            faults.add("death_day", "Enter the day of death, with day, month and year");
        }
        read.map(Some)
    }
}

fn read_number(text: &str, faults: &mut Faults) -> Option<ChildNumber> {
    let read = ChildNumber::parse(text).ok();
    if read.is_none() {
        faults.add("child_number", "Enter the child number as the record shows it");
    }
    read
}

fn ask_page(
    state: &AppState,
    who: &SignedIn,
    fields: NumberForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let template = AskTemplate {
        frame: Frame::of(state, who, Section::Retention, "How long a record is kept").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        number: fields.number,
        records_deaths: who.may(Permission::RecordDeath),
        holds_records: who.may(Permission::HoldRecords),
        opens_archive: who.may(Permission::OpenFromArchive),
    };
    page(form_status(wrong), &template)
}

fn death_page(
    state: &AppState,
    who: &SignedIn,
    typed: DeathForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let template = DeathTemplate {
        frame: Frame::of(state, who, Section::Retention, "A child has died").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        typed,
    };
    page(form_status(wrong), &template)
}

fn calendar_page(frame: Frame, shown: &RecordCalendar) -> CalendarTemplate {
    let mut facts = Vec::new();
    if let Some(since) = shown.archived_since {
        facts.push(format!("Archived since {}: no practitioner finds it.", dates::long_day(since)));
    }
    if let Some(age) = shown.participates_until {
        facts.push(format!("The young person consented themselves to stay until the age of {age}."));
    }
    let row = |entry: &CalendarEntry| (dates::long_day(entry.date), happens(entry), why(entry));
    CalendarTemplate {
        frame,
        number: shown.number.to_string(),
        facts,
        rows: shown.entries.iter().map(row).collect(),
    }
}

fn happens(entry: &CalendarEntry) -> String {
    let item = match entry.item.map(|item| item.kind) {
        Some(ItemKind::Education) => "An education setting",
        _ => "An involvement",
    };
    match entry.change {
        Change::RecordArchived => "The record goes to the archive".to_owned(),
        Change::RecordDestroyed => "The record is destroyed".to_owned(),
        Change::ItemArchived => format!("{item} is no longer shown"),
        Change::ItemDestroyed => format!("{item} is destroyed"),
        Change::RecordReviewed => {
            "The record is reviewed: ask who said so whether the child has come back".to_owned()
        }
    }
}

fn why(entry: &CalendarEntry) -> String {
    if let Some(item) = entry.item {
        return format!("It ended in {}", dates::long(item.end));
    }
    if entry.change == Change::RecordReviewed {
        return "Left England, and may return".to_owned();
    }
    let said = match entry.why {
        Some(DueReason::EighteenthBirthday) => "The eighteenth birthday",
        Some(DueReason::ParticipationEnds) => "The age the young person agreed to",
        Some(DueReason::ParticipationWithdrawn) => "The young person withdrew their consent",
        Some(DueReason::YearAfterDeath) => "A year after the death",
        Some(DueReason::LeftEngland) => "Left England, not to return within three years",
        Some(DueReason::NotReturned) => "Left England three years before, and has not returned",
        Some(DueReason::NoDateOfBirth) => "No date of birth is known, and whoever it is has grown up",
        Some(DueReason::ArchiveEnds) => "The archive's years are over",
        None => "",
    };
    said.to_owned()
}
