//! The archive's first year (rules 4.3, 4.4): a record opened by its number, for a reason of the archive's own, by a data
//! administrator of the authority that answered for it. No search leads here.

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use directory::ChildNumber;
use directory::access::{ArchiveReason, Permission, Reason};
use directory::disclosure::ArchiveView;
use http::StatusCode;
use service::{RecordError, SignedIn};

use super::management_content::ManagementContent;
use super::record_content::RecordContent;
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{FORM, Route, RouteRule, Trail};
use crate::session::{Person, reasoned};
use crate::state::AppState;
use crate::words::Choice;

const ARCHIVE: RouteRule = RouteRule::WithReason(Permission::OpenFromArchive);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/record/archive", ARCHIVE, FORM, || get(ask)),
    Route::post("/record/archive/open", ARCHIVE, Trail::Writes(Action::RecordViewed), || post(open)),
];

#[derive(Template)]
#[template(path = "archive.html")]
struct AskTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    typed: ArchiveForm,
    reasons: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "archive_record.html")]
struct RecordTemplate {
    frame: Frame,
    content: RecordContent,
    behind: ManagementContent,
    lead: String,
    absence: String,
    archived_on: String,
    destroyed_from: String,
    why: String,
    back: (String, String),
}

/// Which number, and why.
#[derive(Default)]
pub(crate) struct ArchiveForm {
    number: String,
    reason: String,
}

impl Fields for ArchiveForm {
    const NAMES: &'static [&'static str] = &["child_number", "reason"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { number: posted.take("child_number"), reason: posted.take("reason") }
    }
}

/// `GET /record/archive`
pub(crate) async fn ask(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    ask_page(&state, &who, ArchiveForm::default(), Faults::default())
}

/// `POST /record/archive/open`
pub(crate) async fn open(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<ArchiveForm>,
) -> Result<Response, WebError> {
    let asker = reasoned(&who)?;
    let mut faults = Faults::default();
    let (number, reason) = (ChildNumber::parse(&fields.number), ArchiveReason::from_code(&fields.reason));
    if number.is_err() {
        faults.add("child_number", "Enter the child number, as it stands in the papers");
    }
    if reason.is_none() {
        faults.add("reason", "Select why you are opening the archive");
    }
    let (Ok(number), Some(reason)) = (number, reason) else {
        return ask_page(&state, &who, fields, faults);
    };
    match state.directory().open_from_archive(&asker, &number, reason).await {
        Ok(record) => {
            let opened = Opened {
                view: record.data(),
                reason: *record.reason(),
                why: state.words().vocabulary().archive_reason(reason),
                back: ("/record/archive", "Open another record in the archive"),
                section: Section::Retention,
            };
            record_page(&state, &who, &opened)
        }
        Err(RecordError::NotFound) => {
            faults.add(
                "child_number",
                "The archive has no record for you under this number. Check it against the papers. Records are here for the first year only, at the authority that answered for them",
            );
            ask_page(&state, &who, fields, faults)
        }
        Err(RecordError::Forbidden) => Err(WebError::Forbidden),
        Err(RecordError::Service(fault)) => Err(fault.into()),
    }
}

fn ask_page(
    state: &AppState,
    who: &SignedIn,
    typed: ArchiveForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let words = state.words().vocabulary();
    let template = AskTemplate {
        frame: Frame::of(state, who, Section::Retention, "Open a record in the archive").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        typed,
        reasons: ArchiveReason::ALL
            .iter()
            .map(|&reason| Choice { code: reason.code(), words: words.archive_reason(reason).to_owned() })
            .collect(),
    };
    page(form_status(wrong), &template)
}

/// A record of the archive that was disclosed, and what stands around it.
pub(super) struct Opened<'a> {
    pub(super) view: &'a ArchiveView,
    pub(super) reason: Reason,
    pub(super) why: &'a str,
    pub(super) back: (&'a str, &'a str),
    pub(super) section: Section,
}

pub(super) fn record_page(
    state: &AppState,
    who: &SignedIn,
    opened: &Opened<'_>,
) -> Result<Response, WebError> {
    let (words, view) = (state.words(), opened.view);
    let mut content = RecordContent::of_record(&view.record.record, words, state.today());
    // Of what is archived no consent is withdrawn any more.
    let behind = ManagementContent::of(&view.record, words, |_| String::new());
    behind.join(&mut content, &view.record, words);
    let template = RecordTemplate {
        frame: Frame::of(state, who, opened.section, "Archived record").because(words.reason(opened.reason)),
        content,
        behind,
        lead: words.lead(),
        absence: words.absence().to_owned(),
        archived_on: dates::long_day(view.archived_on),
        destroyed_from: dates::long_day(view.destroyed_from),
        why: opened.why.to_owned(),
        back: (opened.back.0.to_owned(), opened.back.1.to_owned()),
    };
    page(StatusCode::OK, &template)
}
