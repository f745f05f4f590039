//! Switching off and on again: suspending an organisation or one capability, reinstating it, withdrawing it, and the
//! conditions under which something is on.

use askama::Template;
use audit::Action;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use directory::access::accreditation::{Act, Criterion, EvidenceReference, NotDone, SuspensionReason};
use directory::access::{Capability, DangerousAct, Permission};
use service::{OrganisationError, OrganisationView, SignedIn};
use uuid::Uuid;

use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::pages::accreditation_terms::said;
use crate::pages::organisations::{broken, id};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

const DECIDE: RouteRule = RouteRule::SignedIn(Permission::DecideAccreditation);
const MANAGE: RouteRule = RouteRule::SignedIn(Permission::ManageOrganisations);
const READS: Trail = Trail::Writes(Action::OrganisationsRead);
const CHANGES: Trail = Trail::Writes(Action::OrganisationChanged);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/organisations/{id}/suspend", DECIDE, READS, || get(ask_suspend))
        .form_of(DangerousAct::SuspendAccreditation),
    Route::post("/organisations/{id}/suspend", DECIDE, CHANGES, || axum::routing::post(suspend))
        .does(&[DangerousAct::SuspendAccreditation]),
    Route::get("/organisations/{id}/reinstate", DECIDE, READS, || get(ask_reinstate))
        .form_of(DangerousAct::ReinstateAccreditation),
    Route::post("/organisations/{id}/reinstate", DECIDE, CHANGES, || axum::routing::post(reinstate))
        .does(&[DangerousAct::ReinstateAccreditation]),
    Route::get("/organisations/{id}/withdraw", MANAGE, READS, || get(ask_withdraw))
        .form_of(DangerousAct::WithdrawOrganisation),
    Route::post("/organisations/{id}/withdraw", MANAGE, CHANGES, || axum::routing::post(withdraw))
        .does(&[DangerousAct::WithdrawOrganisation]),
    Route::get(
        "/organisations/{id}/conditions/{code}",
        RouteRule::SignedIn(Permission::ViewOrganisations),
        READS,
        || get(condition),
    ),
    Route::post(
        "/organisations/{id}/conditions/{code}/evidence",
        RouteRule::SignedIn(Permission::ApplyForAccreditation),
        CHANGES,
        || axum::routing::post(give_evidence),
    ),
    Route::post(
        "/organisations/{id}/conditions/{code}/met",
        RouteRule::SignedIn(Permission::AssessAccreditation),
        CHANGES,
        || axum::routing::post(find_met),
    )
    .does(&[DangerousAct::DecideAccreditation]),
];

#[derive(Template)]
#[template(path = "organisation_stop.html")]
struct StopTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    action: String,
    back: String,
    organisation: String,
    warning: &'static str,
    legend: &'static str,
    what: Vec<Choice>,
    chosen: String,
    reasons: Vec<Choice>,
    reason: String,
    button: &'static str,
}

/// All of it or one capability, and why.
#[derive(Default)]
pub(crate) struct StopForm {
    what: String,
    reason: String,
}

impl Fields for StopForm {
    const NAMES: &'static [&'static str] = &["what", "reason"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { what: posted.take("what"), reason: posted.take("reason") }
    }
}

/// The three pages of one shape.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    Suspend,
    Reinstate,
    Withdraw,
}

const ALL_OF_IT: &str = "all";

/// `GET /organisations/{id}/suspend`
pub(crate) async fn ask_suspend(
    State(state): State<AppState>,
    Person(who): Person,
    Path(organisation): Path<String>,
) -> Result<Response, WebError> {
    stop_page(&state, &who, id(&organisation)?, Stop::Suspend, StopForm::default(), Faults::default()).await
}

/// `POST /organisations/{id}/suspend`
pub(crate) async fn suspend(
    State(state): State<AppState>,
    Path(organisation): Path<String>,
    SignedForm { who, fields }: SignedForm<StopForm>,
) -> Result<Response, WebError> {
    let organisation = id(&organisation)?;
    let mut faults = Faults::default();
    let reason = SuspensionReason::from_code(&fields.reason);
    let act = match (fields.what.as_str(), reason) {
        (ALL_OF_IT, Some(reason)) => Some(Act::Suspend(reason)),
        (code, Some(reason)) => Capability::from_code(code).map(|one| Act::SwitchOff(one, reason)),
        _ => None,
    };
    if fields.what != ALL_OF_IT && Capability::from_code(&fields.what).is_none() {
        faults.add("what", "Select what to switch off");
    }
    if reason.is_none() {
        faults.add("reason", "Select why");
    }
    finish(&state, &who, organisation, Stop::Suspend, (act, fields), faults).await
}

/// `GET /organisations/{id}/reinstate`
pub(crate) async fn ask_reinstate(
    State(state): State<AppState>,
    Person(who): Person,
    Path(organisation): Path<String>,
) -> Result<Response, WebError> {
    stop_page(&state, &who, id(&organisation)?, Stop::Reinstate, StopForm::default(), Faults::default()).await
}

/// `POST /organisations/{id}/reinstate`
pub(crate) async fn reinstate(
    State(state): State<AppState>,
    Path(organisation): Path<String>,
    SignedForm { who, fields }: SignedForm<StopForm>,
) -> Result<Response, WebError> {
    let organisation = id(&organisation)?;
    let mut faults = Faults::default();
    let act = match fields.what.as_str() {
        ALL_OF_IT => Some(Act::Reinstate),
        code => Capability::from_code(code).map(Act::SwitchOn),
    };
    if act.is_none() {
        faults.add("what", "Select what to switch on again");
    }
    finish(&state, &who, organisation, Stop::Reinstate, (act, fields), faults).await
}

async fn finish(
    state: &AppState,
    who: &SignedIn,
    organisation: Uuid,
    stop: Stop,
    (act, fields): (Option<Act>, StopForm),
    mut faults: Faults,
) -> Result<Response, WebError> {
    if let Some(act) = act.filter(|_| faults.is_empty()) {
        match state.directory().act_on_accreditation_in_force(who, organisation, &act).await {
            Ok(()) => return Ok(Redirect::to(&format!("/organisations/{organisation}")).into_response()),
            Err(OrganisationError::NotDone(NotDone::NotNow)) => {
                faults.add("what", "It stands so already. Look at the organisation again");
            }
            Err(error) => said(state, error, "what", &mut faults)?,
        }
    }
    stop_page(state, who, organisation, stop, fields, faults).await
}

/// `GET /organisations/{id}/withdraw`
pub(crate) async fn ask_withdraw(
    State(state): State<AppState>,
    Person(who): Person,
    Path(organisation): Path<String>,
) -> Result<Response, WebError> {
    stop_page(&state, &who, id(&organisation)?, Stop::Withdraw, StopForm::default(), Faults::default()).await
}

/// `POST /organisations/{id}/withdraw`
pub(crate) async fn withdraw(
    State(state): State<AppState>,
    Path(organisation): Path<String>,
    SignedForm { who, fields }: SignedForm<StopForm>,
) -> Result<Response, WebError> {
    let organisation = id(&organisation)?;
    let mut faults = Faults::default();
    match state.directory().withdraw_organisation(&who, organisation).await {
        Ok(()) => return Ok(Redirect::to(&format!("/organisations/{organisation}")).into_response()),
        Err(OrganisationError::HasParts) => {
            faults.add(
                "main-content",
                "Move or withdraw its parts first: other organisations are a part of it",
            );
        }
        Err(OrganisationError::Own) => {
            faults.add("main-content", "Ask somebody of another organisation: nobody withdraws their own");
        }
        Err(OrganisationError::Withdrawn) => faults.add("main-content", "It has been withdrawn already"),
        Err(error) => return Err(broken(error)),
    }
    stop_page(&state, &who, organisation, Stop::Withdraw, fields, faults).await
}

async fn stop_page(
    state: &AppState,
    who: &SignedIn,
    organisation: Uuid,
    stop: Stop,
    form: StopForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let view = state.directory().organisation(who, organisation).await.map_err(broken)?;
    let allowed = if stop == Stop::Withdraw { view.may.manage } else { view.may.decide };
    if !allowed {
        return Err(WebError::Forbidden);
    }
    let wrong = !faults.is_empty();
    let words = state.words().vocabulary();
    let (title, warning, legend, button) = match stop {
        Stop::Suspend => (
            "Suspend an accreditation",
            "It takes effect at once: people who are signed in are stopped at their next click. Another person must \
             end it.",
            "What do you want to switch off?",
            "Switch off now",
        ),
        Stop::Reinstate => (
            "Reinstate an accreditation",
            "It takes effect at once. Look at what was wrong and whether it has been put right.",
            "What do you want to switch on again?",
            "Switch on again",
        ),
        Stop::Withdraw => (
            "Withdraw an organisation",
            "It is for good: nobody of this organisation will be able to sign in again. Its history is kept.",
            "",
            "Withdraw for good",
        ),
    };
    let reasons = SuspensionReason::ALL.iter().map(|&reason| Choice {
        code: reason.code(),
        words: words.accreditation_suspension(reason).to_owned(),
    });
    let here = format!("/organisations/{organisation}");
    let path = match stop {
        Stop::Suspend => "suspend",
        Stop::Reinstate => "reinstate",
        Stop::Withdraw => "withdraw",
    };
    let template = StopTemplate {
        frame: Frame::of(state, who, Section::Organisations, title).with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        action: format!("{here}/{path}"),
        back: here,
        warning,
        legend,
        what: choices(state, &view, stop),
        chosen: form.what,
        reasons: if stop == Stop::Suspend { reasons.collect() } else { Vec::new() },
        reason: form.reason,
        button,
        organisation: view.line.name,
    };
    page(form_status(wrong), &template)
}

fn choices(state: &AppState, view: &OrganisationView, stop: Stop) -> Vec<Choice> {
    let words = state.words().vocabulary();
    let all =
        || Choice { code: ALL_OF_IT, words: "All of it: nobody of the organisation may enter".to_owned() };
    let one = |capability: Capability| Choice {
        code: capability.code(),
        words: words.capability(capability).to_owned(),
    };
    let current = view.current.as_ref().map(|(_, current)| current);
    match stop {
        Stop::Withdraw => Vec::new(),
        Stop::Suspend => std::iter::once(all()).chain(view.capabilities.iter().map(one)).collect(),
        Stop::Reinstate => match current {
            Some(current) if current.suspended().is_some() => {
                vec![Choice { code: ALL_OF_IT, words: "All that was accredited".to_owned() }]
            }
            Some(current) => current.switched_off().keys().copied().map(one).collect(),
            None => Vec::new(),
        },
    }
}

#[derive(Template)]
#[template(path = "organisation_condition.html")]
struct ConditionTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    action: String,
    back: String,
    organisation: String,
    code: &'static str,
    text: &'static str,
    facts: Vec<(&'static str, String)>,
    may_give: bool,
    may_find: bool,
    reference: String,
}

/// Where the evidence lies.
pub(crate) struct EvidenceForm {
    reference: String,
}

impl Fields for EvidenceForm {
    const NAMES: &'static [&'static str] = &["reference"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { reference: posted.take("reference") }
    }
}

/// `GET /organisations/{id}/conditions/{code}`
pub(crate) async fn condition(
    State(state): State<AppState>,
    Person(who): Person,
    Path((organisation, code)): Path<(String, String)>,
) -> Result<Response, WebError> {
    condition_page(&state, &who, (id(&organisation)?, criterion(&code)?), String::new(), Faults::default())
        .await
}

/// `POST /organisations/{id}/conditions/{code}/evidence`
pub(crate) async fn give_evidence(
    State(state): State<AppState>,
    Path((organisation, code)): Path<(String, String)>,
    SignedForm { who, fields }: SignedForm<EvidenceForm>,
) -> Result<Response, WebError> {
    let (organisation, criterion) = (id(&organisation)?, criterion(&code)?);
    let mut faults = Faults::default();
    match EvidenceReference::parse(&fields.reference) {
        Ok(reference) => {
            let act = Act::GiveConditionEvidence { criterion, reference };
            match state.directory().act_on_accreditation_in_force(&who, organisation, &act).await {
                Ok(()) => return Ok(back_to(organisation, criterion)),
                Err(error) => said(&state, error, "reference", &mut faults)?,
            }
        }
        Err(_) => faults.add("reference", "Enter a reference like POL-2026/014, without spaces"),
    }
    condition_page(&state, &who, (organisation, criterion), fields.reference, faults).await
}

/// No fields: the button says it all.
pub(crate) struct NoForm;

impl Fields for NoForm {
    const NAMES: &'static [&'static str] = &[];

    fn from_posted(_: &mut Posted) -> Self {
        Self
    }
}

/// `POST /organisations/{id}/conditions/{code}/met`
pub(crate) async fn find_met(
    State(state): State<AppState>,
    Path((organisation, code)): Path<(String, String)>,
    SignedForm { who, .. }: SignedForm<NoForm>,
) -> Result<Response, WebError> {
    let (organisation, criterion) = (id(&organisation)?, criterion(&code)?);
    let mut faults = Faults::default();
    let act = Act::FindConditionMet(criterion);
    match state.directory().act_on_accreditation_in_force(&who, organisation, &act).await {
        Ok(()) => return Ok(back_to(organisation, criterion)),
        Err(error) => said(&state, error, "main-content", &mut faults)?,
    }
    condition_page(&state, &who, (organisation, criterion), String::new(), faults).await
}

fn back_to(organisation: Uuid, criterion: &Criterion) -> Response {
    Redirect::to(&format!("/organisations/{organisation}/conditions/{}", criterion.code)).into_response()
}

/// The criterion of an address; anything else is no page.
pub(crate) fn criterion(code: &str) -> Result<&'static Criterion, WebError> {
    Criterion::from_code(code).ok_or(WebError::NotFound)
}

async fn condition_page(
    state: &AppState,
    who: &SignedIn,
    (organisation, criterion): (Uuid, &'static Criterion),
    reference: String,
    faults: Faults,
) -> Result<Response, WebError> {
    let view = state.directory().organisation(who, organisation).await.map_err(broken)?;
    let current = view.current.as_ref().map(|(_, current)| current);
    let condition = current.and_then(|current| current.conditions().get(criterion.code));
    let condition = condition.ok_or(WebError::NotFound)?;
    let wrong = !faults.is_empty();
    let words = state.words().vocabulary();
    let here = format!("/organisations/{organisation}");
    let open = condition.met_on.is_none();
    let (given, by) = match &condition.evidence {
        Some((reference, by)) => (reference.to_string(), view.people.get(by).cloned().unwrap_or_default()),
        None => ("None yet".to_owned(), "–".to_owned()),
    };
    let template = ConditionTemplate {
        frame: Frame::of(state, who, Section::Organisations, "Condition").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        action: format!("{here}/conditions/{}", criterion.code),
        back: here,
        code: criterion.code,
        text: criterion.text,
        facts: vec![
            ("What is lacking", words.accreditation_lacking(condition.lacking).to_owned()),
            ("Due by", dates::long_day(condition.due)),
            ("Evidence", given),
            ("Given by", by),
            ("Met", condition.met_on.map_or_else(|| "Not yet".to_owned(), dates::long_day)),
        ],
        may_give: open && view.may.apply,
        may_find: open && view.may.assess && condition.evidence.is_some(),
        reference,
        organisation: view.line.name,
    };
    page(form_status(wrong), &template)
}
