//! Recovery of an account by two user managers, and what its holder is told afterwards.

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::{
    DangerousAct, DocumentNumber, IdentityDocument, NoRenewal, Permission, SeenInPerson,
};
use http::StatusCode;
use service::{ActHandle, OpenRecovery, RecoveryError, RecoveryStage, SignedIn};

use super::enrolment::code_page;
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{FORM, Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get(
        "/recovery",
        RouteRule::SignedIn(Permission::RecoverAccount),
        Trail::Writes(Action::AccountsRead),
        || get(show),
    ),
    Route::get("/recovery/new", RouteRule::SignedIn(Permission::RecoverAccount), FORM, || get(ask))
        .form_of(DangerousAct::ProposeRecovery),
    Route::post(
        "/recovery/new",
        RouteRule::SignedIn(Permission::RecoverAccount),
        Trail::Writes(Action::AccountChanged),
        || post(propose),
    )
    .does(&[DangerousAct::ProposeRecovery]),
    Route::post(
        "/recovery/decide",
        RouteRule::SignedIn(Permission::RecoverAccount),
        Trail::Writes(Action::AccountChanged),
        || post(decide),
    )
    .does(&[DangerousAct::DecideRecovery]),
    Route::post(
        "/recovery/code",
        RouteRule::SignedIn(Permission::RecoverAccount),
        Trail::Writes(Action::AccountChanged),
        || post(take_code),
    )
    .does(&[DangerousAct::TakeRecoveryCode]),
    Route::get(
        "/recovery/told",
        RouteRule::AnySignedIn,
        Trail::Silent("what was done to the person's own account, shown to that person"),
        || get(tell),
    ),
    Route::post("/recovery/told", RouteRule::AnySignedIn, Trail::Writes(Action::AccountChanged), || {
        post(told)
    }),
];

#[derive(Template)]
#[template(path = "recovery.html")]
struct ListTemplate {
    frame: Frame,
    token: String,
    open: Vec<Line>,
}

struct Line {
    handle: String,
    person: String,
    facts: Vec<(&'static str, String)>,
    stage: RecoveryStage,
}

impl Line {
    fn can_be_decided(&self) -> bool {
        self.stage == RecoveryStage::CanBeDecided
    }

    fn has_code(&self) -> bool {
        self.stage == RecoveryStage::CodeReady
    }
}

#[derive(Template)]
#[template(path = "recovery_new.html")]
struct NewTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    typed: NewForm,
    documents: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "recovery_outcome.html")]
struct OutcomeTemplate {
    frame: Frame,
    heading: &'static str,
    line: &'static str,
}

#[derive(Template)]
#[template(path = "recovery_told.html")]
struct ToldTemplate {
    frame: Frame,
    token: String,
    at: String,
    first: String,
    second: String,
}

/// A proposal.
#[derive(Default)]
pub(crate) struct NewForm {
    username: String,
    document: String,
    number: String,
}

impl Fields for NewForm {
    const NAMES: &'static [&'static str] = &["username", "document", "document_number"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            username: posted.take("username"),
            document: posted.take("document"),
            number: posted.take("document_number"),
        }
    }
}

/// Which recovery, and the decision.
pub(crate) struct DecisionForm {
    recovery: String,
    decision: String,
}

impl Fields for DecisionForm {
    const NAMES: &'static [&'static str] = &["recovery", "decision"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { recovery: posted.take("recovery"), decision: posted.take("decision") }
    }
}

/// A form with nothing in it.
pub(crate) struct Nothing;

impl Fields for Nothing {
    const NAMES: &'static [&'static str] = &[];

    fn from_posted(_: &mut Posted) -> Self {
        Self
    }
}

/// `GET /recovery`
pub(crate) async fn show(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let open = match state.directory().open_recoveries(&who).await {
        Ok(open) => open,
        Err(error) => return refused(&state, &who, error),
    };
    let template = ListTemplate {
        frame: Frame::of(&state, &who, Section::Accounts, "Account recovery"),
        token: who.form_token().to_owned(),
        open: open.iter().map(|recovery| line(&state, recovery)).collect(),
    };
    page(StatusCode::OK, &template)
}

/// `GET /recovery/new`
pub(crate) async fn ask(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    new_page(&state, &who, NewForm::default(), Faults::default())
}

/// `POST /recovery/new`
pub(crate) async fn propose(
    State(state): State<AppState>,
    SignedForm { who, fields: form }: SignedForm<NewForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    if form.username.is_empty() {
        faults.add("username", "Enter the username of the account");
    }
    let document = IdentityDocument::from_code(&form.document);
    if document.is_none() {
        faults.add("document", "Select which document you looked at");
    }
    let number = DocumentNumber::parse(&form.number);
    if number.is_err() {
        faults.add(
            "document_number",
            "Enter the document’s number: 4 to 24 letters and digits, as printed on it",
        );
    }
    let (Some(document), Ok(number), true) = (document, number, faults.is_empty()) else {
        return new_page(&state, &who, form, faults);
    };
    let seen = SeenInPerson { document, number };
    let message = match state.directory().propose_recovery(&who, &form.username, &seen).await {
        Ok(()) => return Ok(Redirect::to("/recovery").into_response()),
        Err(RecoveryError::NoSuchAccount) => {
            "There is no account with this username that you manage. Check the username"
        }
        Err(RecoveryError::NotAllowed(NoRenewal::OnesOwn)) => {
            "You cannot recover your own account. Ask two other user managers"
        }
        Err(RecoveryError::NotAllowed(_)) => {
            "This account is suspended, closed or not verified, and cannot be recovered"
        }
        Err(RecoveryError::AlreadyOpen) => "A recovery of this account already waits for a decision",
        Err(error) => return refused(&state, &who, error),
    };
    faults.add("username", message);
    new_page(&state, &who, form, faults)
}

/// `POST /recovery/decide`
pub(crate) async fn decide(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<DecisionForm>,
) -> Result<Response, WebError> {
    let approve = match fields.decision.as_str() {
        "approve" => true,
        "refuse" => false,
        _ => return Err(WebError::Unreadable),
    };
    match state.directory().decide_recovery(&who, &ActHandle::from_form(fields.recovery), approve).await {
        Ok(()) if approve => outcome_page(
            &state,
            &who,
            "You approved the recovery",
            "The old password, authenticator, passkeys and sessions have ended. Your colleague can now take the enrolment code.",
            StatusCode::OK,
        ),
        Ok(()) => outcome_page(
            &state,
            &who,
            "You refused the recovery",
            "Nothing was changed. If you suspect misuse, suspend the account now.",
            StatusCode::OK,
        ),
        Err(error) => refused(&state, &who, error),
    }
}

/// `POST /recovery/code`: the enrolment code, shown once.
pub(crate) async fn take_code(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<DecisionForm>,
) -> Result<Response, WebError> {
    match state.directory().take_recovery_code(&who, &ActHandle::from_form(fields.recovery)).await {
        Ok(code) => code_page(&state, &who, "Enrolment code", &code),
        Err(error) => refused(&state, &who, error),
    }
}

/// `GET /recovery/told`
pub(crate) async fn tell(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let Some(notice) = state.directory().recovery_notice(&who).await? else {
        return Ok(Redirect::to("/").into_response());
    };
    let template = ToldTemplate {
        frame: Frame::of(&state, &who, Section::Account, "Your sign-in details were replaced"),
        token: who.form_token().to_owned(),
        at: dates::long_instant(notice.at),
        first: notice.first,
        second: notice.second,
    };
    page(StatusCode::OK, &template)
}

/// `POST /recovery/told`
pub(crate) async fn told(
    State(state): State<AppState>,
    SignedForm { who, .. }: SignedForm<Nothing>,
) -> Result<Response, WebError> {
    state.directory().told_of_recovery(&who).await?;
    Ok(Redirect::to("/").into_response())
}

fn line(state: &AppState, recovery: &OpenRecovery) -> Line {
    let document = state.words().identity_document(recovery.seen.document);
    Line {
        handle: recovery.handle.as_str().to_owned(),
        person: recovery.person.clone(),
        facts: vec![
            ("Username", recovery.username.clone()),
            ("Organisation", recovery.organisation.clone()),
            ("Seen by", recovery.proposed_by.clone()),
            ("Document", format!("{document}, {}", recovery.seen.number)),
            ("Proposed", dates::long_instant(recovery.proposed_at)),
            ("Ends", dates::long_instant(recovery.until)),
        ],
        stage: recovery.stage,
    }
}

fn new_page(state: &AppState, who: &SignedIn, typed: NewForm, faults: Faults) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let choice = |&document: &IdentityDocument| Choice {
        code: document.code(),
        words: state.words().identity_document(document).to_owned(),
    };
    let template = NewTemplate {
        frame: Frame::of(state, who, Section::Accounts, "Start a recovery").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        typed,
        documents: IdentityDocument::ALL.iter().map(choice).collect(),
    };
    page(form_status(wrong), &template)
}

fn outcome_page(
    state: &AppState,
    who: &SignedIn,
    heading: &'static str,
    line: &'static str,
    status: StatusCode,
) -> Result<Response, WebError> {
    let frame = Frame::of(state, who, Section::Accounts, heading);
    page(status, &OutcomeTemplate { frame, heading, line })
}

fn refused(state: &AppState, who: &SignedIn, error: RecoveryError) -> Result<Response, WebError> {
    let (heading, line) = match error {
        RecoveryError::Forbidden => return Err(WebError::Forbidden),
        RecoveryError::StepUpFirst(first) => return Err(first.into()),
        RecoveryError::Service(fault) => return Err(fault.into()),
        RecoveryError::ProposerMayNot(_) => {
            ("The account stays as it is", "Who proposed this may not any more. Propose it anew.")
        }
        RecoveryError::NotAllowed(NoRenewal::SamePersonTwice) => (
            "Another user manager must decide",
            "You proposed this recovery. A recovery needs two different people.",
        ),
        RecoveryError::NotAllowed(NoRenewal::OnesOwn) => {
            ("You cannot recover your own account", "Ask two other user managers.")
        }
        RecoveryError::NotAllowed(NoRenewal::NotInUse) => (
            "This account cannot be recovered",
            "It is suspended, closed or not verified. Put that right first, if it is right to.",
        ),
        RecoveryError::NoSuchAccount | RecoveryError::AlreadyOpen | RecoveryError::Ended => (
            "This recovery has ended",
            "It was decided or used, or it ran out. Start another if it is needed.",
        ),
    };
    outcome_page(state, who, heading, line, StatusCode::CONFLICT)
}
