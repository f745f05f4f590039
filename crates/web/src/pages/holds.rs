//! Legal holds: what is in force and what waits, proposing one or its release, and deciding as the second person.

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::ChildNumber;
use directory::access::{DangerousAct, Permission};
use directory::retention::HoldBasis;
use jiff::civil::Date;
use service::{HoldError, HoldLine, HoldRequest, HoldStep, SignedIn};
use uuid::Uuid;

use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

const HOLDS: RouteRule = RouteRule::SignedIn(Permission::HoldRecords);
const CHANGES: Trail = Trail::Writes(Action::RecordChanged);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/retention/holds", HOLDS, Trail::Writes(Action::RegisterRead), || get(list)),
    Route::post("/retention/holds/propose", HOLDS, CHANGES, || post(propose)),
    Route::post("/retention/holds/longer", HOLDS, CHANGES, || post(longer)),
    Route::post("/retention/holds/release", HOLDS, CHANGES, || post(release)),
    Route::post("/retention/holds/decide", HOLDS, CHANGES, || post(decide)).does(&[DangerousAct::DecideHold]),
];

#[derive(Template)]
#[template(path = "holds.html")]
struct HoldsTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    lines: Vec<Line>,
    typed: ProposeForm,
    longer: LongerForm,
    bases: Vec<Choice>,
}

/// A line of the list.
struct Line {
    act: Uuid,
    id: String,
    reference: String,
    what: &'static str,
    basis: &'static str,
    until: String,
    may_decide: bool,
    in_force: bool,
}

impl Line {
    /// Whether a new last day was typed for this hold.
    fn is_typed(&self, longer: &LongerForm) -> bool {
        self.act.to_string() == longer.act
    }
}

/// What is proposed.
#[derive(Default)]
pub(crate) struct ProposeForm {
    number: String,
    basis: String,
    day: String,
    month: String,
    year: String,
}

impl Fields for ProposeForm {
    const NAMES: &'static [&'static str] =
        &["child_number", "basis", "until_day", "until_month", "until_year"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            number: posted.take("child_number"),
            basis: posted.take("basis"),
            day: posted.take("until_day"),
            month: posted.take("until_month"),
            year: posted.take("until_year"),
        }
    }
}

/// Which hold, and its new last day.
#[derive(Default)]
pub(crate) struct LongerForm {
    act: String,
    day: String,
    month: String,
    year: String,
}

impl Fields for LongerForm {
    const NAMES: &'static [&'static str] = &["act", "longer_day", "longer_month", "longer_year"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            act: posted.take("act"),
            day: posted.take("longer_day"),
            month: posted.take("longer_month"),
            year: posted.take("longer_year"),
        }
    }
}

/// Which act, and what is decided of it.
pub(crate) struct ActForm {
    act: String,
    decision: String,
}

impl Fields for ActForm {
    const NAMES: &'static [&'static str] = &["act", "decision"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { act: posted.take("act"), decision: posted.take("decision") }
    }
}

impl ActForm {
    fn id(&self) -> Result<Uuid, WebError> {
        Uuid::parse_str(&self.act).map_err(|_| WebError::NotFound)
    }
}

/// `GET /retention/holds`
pub(crate) async fn list(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    holds_page(&state, &who, Typed::default(), Faults::default()).await
}

/// `POST /retention/holds/propose`
pub(crate) async fn propose(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<ProposeForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    let Some(request) = fields.read(&mut faults) else {
        return holds_page(&state, &who, Typed::hold(fields), faults).await;
    };
    match state.directory().propose_hold(&who, &request).await {
        Ok(_) => return Ok(to_list()),
        Err(HoldError::Day) => {
            faults.add("until_day", format!("A hold ends between tomorrow and {} from now", longest(&state)));
        }
        Err(HoldError::NotFound) => {
            faults.add(
                "child_number",
                "No record with this number is your authority's. Check it against the papers",
            );
        }
        Err(error) => return Err(refused(error)),
    }
    holds_page(&state, &who, Typed::hold(fields), faults).await
}

/// `POST /retention/holds/longer`
pub(crate) async fn longer(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<LongerForm>,
) -> Result<Response, WebError> {
    let hold = Uuid::parse_str(&fields.act).map_err(|_| WebError::NotFound)?;
    let said = match date_of(&fields.year, &fields.month, &fields.day) {
        None => "Enter the new last day of the hold, with day, month and year".to_owned(),
        Some(until) => match state.directory().propose_longer_hold(&who, hold, until).await {
            Ok(_) => return Ok(to_list()),
            Err(HoldError::Day) => {
                let years = longest(&state);
                format!("The new last day is later than the present one, and at most {years} from now")
            }
            Err(error) => return no_longer(&state, &who, error).await,
        },
    };
    let mut faults = Faults::default();
    faults.add("longer_day", said);
    holds_page(&state, &who, Typed::longer(fields), faults).await
}

/// How long a hold may last at most, in words.
fn longest(state: &AppState) -> String {
    match state.directory().policy().retention.hold_years {
        1 => "one year".to_owned(),
        years => format!("{years} years"),
    }
}

/// `POST /retention/holds/release`
pub(crate) async fn release(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<ActForm>,
) -> Result<Response, WebError> {
    match state.directory().propose_release(&who, fields.id()?).await {
        Ok(_) => Ok(to_list()),
        Err(error) => no_longer(&state, &who, error).await,
    }
}

/// `POST /retention/holds/decide`
pub(crate) async fn decide(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<ActForm>,
) -> Result<Response, WebError> {
    let approve = match fields.decision.as_str() {
        "approve" => true,
        "refuse" => false,
        _ => return Err(WebError::NotFound),
    };
    match state.directory().decide_hold(&who, fields.id()?, approve).await {
        Ok(()) => Ok(to_list()),
        Err(error) => no_longer(&state, &who, error).await,
    }
}

const DECIDED_MEANWHILE: &str = "Somebody else has decided this, or its time is over";

/// The list as it now stands, and why nothing was done.
async fn no_longer(state: &AppState, who: &SignedIn, error: HoldError) -> Result<Response, WebError> {
    let said = match error {
        HoldError::NoLongerOpen => DECIDED_MEANWHILE,
        HoldError::OnePerson => "Another person than who proposed it decides",
        HoldError::ProposerMayNot(_) => "Who proposed this may not any more. Propose it anew",
        other => return Err(refused(other)),
    };
    let mut faults = Faults::default();
    faults.add("holds", said);
    holds_page(state, who, Typed::default(), faults).await
}

fn refused(error: HoldError) -> WebError {
    match error {
        HoldError::Forbidden => WebError::Forbidden,
        HoldError::StepUpFirst(first) => first.into(),
        HoldError::Service(fault) => fault.into(),
        HoldError::NotFound
        | HoldError::Day
        | HoldError::OnePerson
        | HoldError::ProposerMayNot(_)
        | HoldError::NoLongerOpen => WebError::NotFound,
    }
}

fn to_list() -> Response {
    Redirect::to("/retention/holds").into_response()
}

impl ProposeForm {
    fn read(&self, faults: &mut Faults) -> Option<HoldRequest> {
        let number = ChildNumber::parse(&self.number).ok();
        if number.is_none() {
            faults.add("child_number", "Enter the child number");
        }
        let basis = HoldBasis::from_code(&self.basis);
        if basis.is_none() {
            faults.add("basis", "Select the basis of the hold");
        }
        let until = date_of(&self.year, &self.month, &self.day);
        if until.is_none() {
            faults.add("until_day", "Enter the last day of the hold, with day, month and year");
        }
        Some(HoldRequest { number: number?, basis: basis?, until: until? })
    }
}

fn date_of(year: &str, month: &str, day: &str) -> Option<Date> {
    format!("{year}-{month:0>2}-{day:0>2}").parse().ok()
}

/// What stands in the two forms.
#[derive(Default)]
struct Typed {
    hold: ProposeForm,
    longer: LongerForm,
}

impl Typed {
    fn hold(hold: ProposeForm) -> Self {
        Self { hold, ..Self::default() }
    }

    fn longer(longer: LongerForm) -> Self {
        Self { longer, ..Self::default() }
    }
}

async fn holds_page(
    state: &AppState,
    who: &SignedIn,
    typed: Typed,
    faults: Faults,
) -> Result<Response, WebError> {
    let lines = state.directory().legal_holds(who).await.map_err(refused)?;
    let mut faults = faults;
    let longer = &typed.longer.act;
    if !longer.is_empty() && !lines.iter().any(|line| line.in_force && line.act.to_string() == *longer) {
        // The hold has left the list, and with it the field that was wrong.
        faults = Faults::default();
        faults.add("holds", DECIDED_MEANWHILE);
    }
    let wrong = !faults.is_empty();
    let template = HoldsTemplate {
        frame: Frame::of(state, who, Section::Retention, "Legal holds").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        lines: lines.iter().map(line).collect(),
        typed: typed.hold,
        longer: typed.longer,
        bases: HoldBasis::ALL
            .iter()
            .map(|basis| Choice { code: basis.code(), words: words(*basis).to_owned() })
            .collect(),
    };
    page(form_status(wrong), &template)
}

fn line(hold: &HoldLine) -> Line {
    Line {
        act: hold.act,
        id: format!("longer_{}", hold.act.simple()),
        reference: hold.reference.clone(),
        what: match hold.step {
            _ if hold.in_force => "In force",
            HoldStep::Put => "Proposed",
            HoldStep::Longer => "A later last day proposed",
            HoldStep::Release => "Release proposed",
        },
        basis: words(hold.basis),
        until: dates::long_day(hold.until),
        may_decide: hold.may_decide,
        in_force: hold.in_force,
    }
}

fn words(basis: HoldBasis) -> &'static str {
    match basis {
        HoldBasis::CourtOrder => "A court's order",
        HoldBasis::Litigation => "Proceedings pending or expected",
        HoldBasis::SeriousCaseReview => "A serious case review",
        HoldBasis::ChildDeathInvestigation => "A child-death investigation",
        HoldBasis::StatutoryInquiry => "A statutory inquiry",
    }
}
