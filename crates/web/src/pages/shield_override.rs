//! Overriding a shield: the warning, the record with the time it is shown until, and closing it (rules 2.9, 7.9). A proof is
//! asked for between the warning and the record, for this record alone; the form waits meanwhile.

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::{DangerousAct, OverrideReason, OverrideStatement, Permission, QuotaUsed};
use http::{HeaderValue, StatusCode, header};
use service::{Disclosed, Overridden, OverrideError, Reasoned, RecordHandle, SignedIn};

use super::criteria::Typed;
use super::record_content::RecordContent;
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{FORM, Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

/// No reason is asked for by the route: the role alone, which looks for no child, could state none, and is told what it lacks.
const OVERRIDES: RouteRule = RouteRule::SignedIn(Permission::OverrideShield);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::post("/record/override", OVERRIDES, FORM, || post(warn)),
    Route::post("/record/override/open", OVERRIDES, Trail::Writes(Action::RecordViewed), || post(open))
        .does_each_time(&[DangerousAct::OverrideShield]),
    Route::get("/record/override/shown", OVERRIDES, Trail::Writes(Action::RecordViewed), || get(shown)),
    Route::post("/record/override/close", OVERRIDES, Trail::Writes(Action::RecordRefused), || post(close)),
    Route::get(
        "/record/override/closed",
        OVERRIDES,
        Trail::Silent("says that nothing is shown any more, and of nobody"),
        || get(closed),
    ),
    Route::post("/record/override/ask", OVERRIDES, Trail::Writes(Action::RecordChanged), || post(ask))
        .does_each_time(&[DangerousAct::OverrideShield]),
];

#[derive(Template)]
#[template(path = "override_warning.html")]
struct WarningTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    handle: String,
    typed: Typed,
    reasons: Vec<Choice>,
    chosen: String,
    acknowledged: bool,
    /// Whether it is for a second person that this asks.
    takes_two: bool,
    minutes: u8,
    minutes_for_second: u8,
    a_day: u8,
    thirty_days: u8,
}

#[derive(Template)]
#[template(path = "override_record.html")]
struct RecordTemplate {
    frame: Frame,
    content: RecordContent,
    lead: String,
    absence: String,
    token: String,
    until: String,
    left: String,
    why: String,
    by_two: bool,
}

#[derive(Template)]
#[template(path = "override_ended.html")]
struct EndedTemplate {
    frame: Frame,
    heading: &'static str,
    lines: Vec<String>,
    onward: (&'static str, &'static str),
}

/// Which record, why, and that the warning was read; and the search it came from, for the way back.
pub(crate) struct OverrideForm {
    handle: String,
    reason: String,
    acknowledged: bool,
    typed: Typed,
}

impl Fields for OverrideForm {
    const NAMES: &'static [&'static str] = &[
        "record",
        "reason",
        "acknowledged",
        "surname",
        "forenames",
        "birth_day",
        "birth_month",
        "birth_year",
        "age",
        "street",
        "postcode",
        "school",
        "gender",
        "child_number",
    ];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            handle: posted.take("record"),
            reason: posted.take("reason"),
            acknowledged: posted.take("acknowledged") == "yes",
            typed: Typed::take(posted),
        }
    }
}

impl OverrideForm {
    /// What was stated; or what is missing, at its field.
    fn read(&self) -> Result<OverrideStatement, Faults> {
        let mut faults = Faults::default();
        let reason = OverrideReason::from_code(&self.reason);
        if reason.is_none() {
            faults.add("reason", "Select why it cannot wait");
        }
        if !self.acknowledged {
            faults
                .add("acknowledged", "Confirm that you have read this and know that an investigation opens");
        }
        match reason.map(|reason| OverrideStatement::new(reason, self.acknowledged)) {
            Some(Ok(stated)) => Ok(stated),
            _ => Err(faults),
        }
    }
}

/// `POST /record/override`: what it does and what follows. Nothing of the child is shown, and nothing of the shield.
pub(crate) async fn warn(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<OverrideForm>,
) -> Result<Response, WebError> {
    if who.reasoned().is_none() {
        return without_reason(&state, &who);
    }
    warning_page(&state, &who, fields, Faults::default(), false)
}

/// `POST /record/override/open`: the record, once the person has proved who they are for it.
pub(crate) async fn open(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<OverrideForm>,
) -> Result<Response, WebError> {
    let Some(asker) = who.reasoned() else { return without_reason(&state, &who) };
    let stated = match fields.read() {
        Ok(stated) => stated,
        Err(faults) => return warning_page(&state, &who, fields, faults, false),
    };
    let handle = RecordHandle::from_form(fields.handle.clone());
    match state.directory().override_shield(&asker, &handle, stated).await {
        Ok(record) => record_page(&state, &asker, &record),
        Err(OverrideError::TakesTwo) => warning_page(&state, &who, fields, Faults::default(), true),
        Err(error) => refused(&state, &who, error),
    }
}

/// `GET /record/override/shown`: the same record, while the override runs.
pub(crate) async fn shown(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let Some(asker) = who.reasoned() else { return without_reason(&state, &who) };
    match state.directory().overridden_record(&asker).await {
        Ok(record) => record_page(&state, &asker, &record),
        Err(error) => refused(&state, &who, error),
    }
}

/// `POST /record/override/close`
pub(crate) async fn close(
    State(state): State<AppState>,
    SignedForm { who, .. }: SignedForm<NothingMore>,
) -> Result<Response, WebError> {
    match state.directory().close_override(&who).await {
        Ok(()) => Ok(Redirect::to("/record/override/closed").into_response()),
        Err(error) => refused(&state, &who, error),
    }
}

/// `GET /record/override/closed`
pub(crate) async fn closed(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    ended_page(&state, &who, StatusCode::OK)
}

/// `POST /record/override/ask`: a second person is asked for.
pub(crate) async fn ask(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<OverrideForm>,
) -> Result<Response, WebError> {
    let Some(asker) = who.reasoned() else { return without_reason(&state, &who) };
    let stated = match fields.read() {
        Ok(stated) => stated,
        Err(faults) => return warning_page(&state, &who, fields, faults, true),
    };
    let handle = RecordHandle::from_form(fields.handle);
    match state.directory().ask_second_holder(&asker, &handle, stated).await {
        Ok(_) => Ok(Redirect::to("/record/override/second").into_response()),
        Err(error) => refused(&state, &who, error),
    }
}

/// Whoever may state a reason does so first (law 6); whoever may not opens no record.
pub(super) fn without_reason(state: &AppState, who: &SignedIn) -> Result<Response, WebError> {
    match who.may(Permission::SearchChildren) {
        true => Err(WebError::ReasonFirst),
        false => refused(state, who, OverrideError::NoAccess),
    }
}

/// A form that carries nothing but its token.
pub(crate) struct NothingMore;

impl Fields for NothingMore {
    const NAMES: &'static [&'static str] = &[];

    fn from_posted(_: &mut Posted) -> Self {
        Self
    }
}

fn warning_page(
    state: &AppState,
    who: &SignedIn,
    form: OverrideForm,
    faults: Faults,
    takes_two: bool,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let policy = state.directory().policy().shield_override;
    let title = if takes_two { "A second person has to agree" } else { "Before you override the shield" };
    let words = state.words().vocabulary();
    let template = WarningTemplate {
        frame: Frame::of(state, who, Section::Children, title).with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        handle: form.handle,
        typed: form.typed,
        reasons: OverrideReason::ALL
            .iter()
            .map(|&reason| Choice { code: reason.code(), words: words.override_reason(reason).to_owned() })
            .collect(),
        chosen: form.reason,
        acknowledged: form.acknowledged,
        takes_two,
        minutes: policy.minutes,
        minutes_for_second: policy.minutes_for_second,
        a_day: policy.within_a_day,
        thirty_days: policy.within_thirty_days,
    };
    page(form_status(wrong), &template)
}

/// The page of an audited override. The server decides how long it is shown; a browser that is left alone leaves the page at
/// that moment by itself, which takes no script.
pub(super) fn record_page(
    state: &AppState,
    asker: &Reasoned,
    record: &Disclosed<Overridden>,
) -> Result<Response, WebError> {
    let words = state.words();
    let shown = record.data();
    let seconds = shown.until.duration_since(state.now()).as_secs().max(0);
    let template = RecordTemplate {
        frame: Frame::of(state, asker.who(), Section::Children, "Child record, shield overridden")
            .because(words.reason(*record.reason())),
        content: RecordContent::of_record(&shown.view.record, words, state.today()),
        lead: words.lead(),
        absence: words.absence().to_owned(),
        token: asker.who().form_token().to_owned(),
        until: dates::long_instant(shown.until),
        left: left(seconds),
        why: lower_first(words.vocabulary().override_reason(shown.reason)),
        by_two: shown.by_two,
    };
    let mut response = page(StatusCode::OK, &template)?;
    let leave = format!("{}; url=/record/override/closed", seconds + 1);
    let leave = HeaderValue::from_str(&leave).map_err(|_| WebError::Defect)?;
    response.headers_mut().insert(header::REFRESH, leave);
    Ok(response)
}

fn left(seconds: i64) -> String {
    match seconds / 60 {
        0 => "Less than a minute is left.".to_owned(),
        1 => "1 minute is left.".to_owned(),
        minutes => format!("{minutes} minutes are left."),
    }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn ended_page(state: &AppState, who: &SignedIn, status: StatusCode) -> Result<Response, WebError> {
    let heading = "This record is closed";
    let lines = vec![
        "Nothing of it is shown to you any more. Only a new override shows it again, and opens another investigation."
            .to_owned(),
    ];
    told(state, who, status, (heading, lines), ("/search", "Find a child"))
}

fn told(
    state: &AppState,
    who: &SignedIn,
    status: StatusCode,
    (heading, lines): (&'static str, Vec<String>),
    onward: (&'static str, &'static str),
) -> Result<Response, WebError> {
    let frame = Frame::of(state, who, Section::Children, heading);
    page(status, &EndedTemplate { frame, heading, lines, onward })
}

/// What a person is told when nothing is shown.
pub(super) fn refused(state: &AppState, who: &SignedIn, error: OverrideError) -> Result<Response, WebError> {
    let policy = state.directory().policy().shield_override;
    let back = ("/search", "Find a child");
    let said = match error {
        OverrideError::Forbidden => return Err(WebError::Forbidden),
        OverrideError::StepUpFirst(first) => return Err(first.into()),
        OverrideError::Service(fault) => return Err(fault.into()),
        OverrideError::Ended => return ended_page(state, who, StatusCode::CONFLICT),
        OverrideError::NoAccess => (
            "You cannot override a shield",
            vec![
                "You were granted it, but you have no role that opens children’s records. Ask your user manager."
                    .to_owned(),
                "Whoever works for the centre or holds a role there overrides no shield: nobody outside it could investigate."
                    .to_owned(),
            ],
        ),
        OverrideError::NothingToOverride => (
            "There is nothing to override",
            vec![
                "This record has no shield that you can override, or there is no such record for you.".to_owned(),
                "Nothing was shown, and it does not count against how often you may override a shield.".to_owned(),
            ],
        ),
        OverrideError::TakesTwo | OverrideError::NotDecided => (
            "The second person has not decided yet",
            vec!["They agree or refuse in their own session. Go back and check again in a moment.".to_owned()],
        ),
        OverrideError::QuotaUsed(used) => {
            let often = match used {
                QuotaUsed::OfADay => format!("{} times in 24 hours", policy.within_a_day),
                QuotaUsed::OfThirtyDays => format!("{} times in 30 days", policy.within_thirty_days),
            };
            let lines = vec![
                format!("You may override a shield {often}, and you have. Nothing was shown."),
                "If a child is in danger now, call the police. Otherwise ask somebody else who may override shields, or the protected desk of the authority responsible for the child."
                    .to_owned(),
            ];
            ("You have overridden as many shields as you may for now", lines)
        }
    };
    let onward = match said.0.starts_with("The second") {
        true => ("/record/override/second", "Check again"),
        false => back,
    };
    told(state, who, StatusCode::CONFLICT, said, onward)
}
