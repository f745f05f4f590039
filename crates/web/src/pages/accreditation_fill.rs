//! The organisation's part: answering the questions, giving evidence, handing in.

use askama::Template;
use audit::Action;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use directory::access::accreditation::{
    AccreditationState, Act, Criterion, CriterionArea, EvidenceReference,
};
use directory::access::{Capability, Permission};
use service::{AccreditationView, SignedIn};
use std::collections::BTreeMap;
use uuid::Uuid;

use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::pages::accreditation::questions;
use crate::pages::accreditation_terms::{said, version};
use crate::pages::organisations::{broken, id};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

const APPLY: RouteRule = RouteRule::SignedIn(Permission::ApplyForAccreditation);
const READS: Trail = Trail::Writes(Action::OrganisationsRead);
const CHANGES: Trail = Trail::Writes(Action::OrganisationChanged);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/accreditation/{id}/questions", APPLY, READS, || get(ask_questions)),
    Route::post("/accreditation/{id}/questions", APPLY, CHANGES, || axum::routing::post(take_answers)),
    Route::get("/accreditation/{id}/evidence/{area}", APPLY, READS, || get(ask_evidence)),
    Route::post("/accreditation/{id}/evidence/{area}", APPLY, CHANGES, || axum::routing::post(take_evidence)),
    Route::get("/accreditation/{id}/hand-in", APPLY, READS, || get(ask_hand_in)),
    Route::post("/accreditation/{id}/hand-in", APPLY, CHANGES, || axum::routing::post(hand_in)),
];

/// The application, if it can be filled in now.
async fn draft(state: &AppState, who: &SignedIn, accreditation: &str) -> Result<AccreditationView, WebError> {
    let view = state.directory().accreditation(who, id(accreditation)?).await.map_err(broken)?;
    if !view.may.apply {
        return Err(WebError::Forbidden);
    }
    if view.accreditation.state() != AccreditationState::Draft {
        return Err(WebError::NotFound);
    }
    Ok(view)
}

fn application(id: Uuid) -> String {
    format!("/accreditation/{id}")
}

// Questions.

#[derive(Template)]
#[template(path = "accreditation_questions.html")]
struct QuestionsTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    version: i64,
    action: String,
    back: String,
    organisation: String,
    yes_or_no: Vec<Choice>,
    questions: Vec<Question>,
}

struct Question {
    id: &'static str,
    words: &'static str,
    chosen: String,
}

/// The answers by the code of their question: `yes`, `no` or nothing.
pub(crate) struct QuestionsForm {
    version: String,
    answers: BTreeMap<&'static str, String>,
}

impl Fields for QuestionsForm {
    const NAMES: &'static [&'static str] = &[
        "version",
        Capability::FeedData.code(),
        Capability::StaffQuery.code(),
        Capability::Shielding.code(),
        Capability::SensitiveServices.code(),
        Capability::OverEighteenConsent.code(),
        Capability::MediatedAccess.code(),
        Capability::EmergencyOverride.code(),
        Capability::ChildDeathReporting.code(),
    ];

    fn from_posted(posted: &mut Posted) -> Self {
        let answers = questions().map(|(capability, _)| (capability.code(), posted.take(capability.code())));
        Self { answers: answers.collect(), version: posted.take("version") }
    }
}

/// `GET /accreditation/{id}/questions`
pub(crate) async fn ask_questions(
    State(state): State<AppState>,
    Person(who): Person,
    Path(accreditation): Path<String>,
) -> Result<Response, WebError> {
    let view = draft(&state, &who, &accreditation).await?;
    let answers = questions().map(|(capability, _)| {
        let answer = view.accreditation.answer(capability);
        (capability.code(), answer.map_or("", |yes| if yes { "yes" } else { "no" }).to_owned())
    });
    let form = QuestionsForm { version: view.version.to_string(), answers: answers.collect() };
    questions_page(&state, &who, &view, &form, Faults::default())
}

/// `POST /accreditation/{id}/questions`
pub(crate) async fn take_answers(
    State(state): State<AppState>,
    Path(accreditation): Path<String>,
    SignedForm { who, fields }: SignedForm<QuestionsForm>,
) -> Result<Response, WebError> {
    let view = draft(&state, &who, &accreditation).await?;
    let mut faults = Faults::default();
    let mut acts = Vec::new();
    for (capability, _) in questions() {
        let yes = match fields.answers.get(capability.code()).map(String::as_str) {
            Some("yes") => true,
            Some("no") => false,
            _ => {
                faults.add(capability.code(), "Select yes or no");
                continue;
            }
        };
        if view.accreditation.answer(capability) != Some(yes) {
            acts.push(Act::Answer { capability, yes });
        }
    }
    if faults.is_empty() {
        let seen = version(&fields.version);
        match state.directory().act_on_accreditation(&who, view.id, seen, &acts).await {
            Ok(()) => return Ok(Redirect::to(&application(view.id)).into_response()),
            Err(error) => said(&state, error, Capability::FeedData.code(), &mut faults)?,
        }
    }
    questions_page(&state, &who, &view, &fields, faults)
}

fn questions_page(
    state: &AppState,
    who: &SignedIn,
    view: &AccreditationView,
    form: &QuestionsForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let template = QuestionsTemplate {
        frame: Frame::of(state, who, Section::Organisations, "Questions").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        version: view.version,
        action: format!("{}/questions", application(view.id)),
        back: application(view.id),
        organisation: view.organisation.name.clone(),
        yes_or_no: [("yes", "Yes"), ("no", "No")]
            .map(|(code, words)| Choice { code, words: words.to_owned() })
            .into(),
        questions: questions()
            .map(|(capability, words)| Question {
                id: capability.code(),
                words,
                chosen: form.answers.get(capability.code()).cloned().unwrap_or_default(),
            })
            .collect(),
    };
    page(form_status(wrong), &template)
}

// Evidence.

#[derive(Template)]
#[template(path = "accreditation_evidence.html")]
struct EvidenceTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    version: i64,
    action: String,
    back: String,
    organisation: String,
    area: String,
    lines: Vec<EvidenceLine>,
}

struct EvidenceLine {
    code: &'static str,
    text: &'static str,
    evidence: &'static str,
    label: String,
    value: String,
}

const CRITERIA: usize = Criterion::all().len();

/// The codes of all criteria, and the version.
#[expect(
    clippy::indexing_slicing,
    reason = "worked out while it is compiled, where a wrong index is an error"
)]
const EVIDENCE_NAMES: [&str; CRITERIA + 1] = {
    let mut names = ["version"; CRITERIA + 1];
    let mut at = 0;
    while at < CRITERIA {
        names[at] = Criterion::all()[at].code;
        at += 1;
    }
    names
};

/// References by the code of their criterion.
pub(crate) struct EvidenceForm {
    version: String,
    given: BTreeMap<&'static str, String>,
}

impl Fields for EvidenceForm {
    const NAMES: &'static [&'static str] = &EVIDENCE_NAMES;

    fn from_posted(posted: &mut Posted) -> Self {
        let given = Criterion::all().iter().map(|criterion| (criterion.code, posted.take(criterion.code)));
        Self { given: given.collect(), version: posted.take("version") }
    }
}

/// `GET /accreditation/{id}/evidence/{area}`
pub(crate) async fn ask_evidence(
    State(state): State<AppState>,
    Person(who): Person,
    Path((accreditation, area)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let view = draft(&state, &who, &accreditation).await?;
    let given = view.accreditation.criteria().into_iter().map(|criterion| {
        let reference = view.accreditation.evidence(criterion);
        (criterion.code, reference.map(ToString::to_string).unwrap_or_default())
    });
    let form = EvidenceForm { version: view.version.to_string(), given: given.collect() };
    evidence_page(&state, &who, &view, of_address(&area)?, &form, Faults::default())
}

fn of_address(area: &str) -> Result<CriterionArea, WebError> {
    CriterionArea::from_code(area).ok_or(WebError::NotFound)
}

/// `POST /accreditation/{id}/evidence/{area}`
pub(crate) async fn take_evidence(
    State(state): State<AppState>,
    Path((accreditation, area)): Path<(String, String)>,
    SignedForm { who, fields }: SignedForm<EvidenceForm>,
) -> Result<Response, WebError> {
    let view = draft(&state, &who, &accreditation).await?;
    let area = of_address(&area)?;
    let mut faults = Faults::default();
    let mut acts = Vec::new();
    let criteria = view.accreditation.criteria().into_iter().filter(|criterion| criterion.area == area);
    for criterion in criteria {
        let text = fields.given.get(criterion.code).map_or("", String::as_str);
        if text.is_empty() {
            continue;
        }
        match EvidenceReference::parse(text) {
            Ok(reference) if view.accreditation.evidence(criterion) == Some(&reference) => {}
            Ok(reference) => acts.push(Act::GiveEvidence { criterion, reference }),
            Err(_) => faults.add(
                criterion.code,
                format!("{}: enter a reference like POL-2026/014, without spaces", criterion.code),
            ),
        }
    }
    if faults.is_empty() {
        let seen = version(&fields.version);
        match state.directory().act_on_accreditation(&who, view.id, seen, &acts).await {
            Ok(()) => return Ok(Redirect::to(&application(view.id)).into_response()),
            Err(error) => said(&state, error, "main-content", &mut faults)?,
        }
    }
    evidence_page(&state, &who, &view, area, &fields, faults)
}

fn evidence_page(
    state: &AppState,
    who: &SignedIn,
    view: &AccreditationView,
    area: CriterionArea,
    form: &EvidenceForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let criteria = view.accreditation.criteria().into_iter().filter(|criterion| criterion.area == area);
    let template = EvidenceTemplate {
        frame: Frame::of(state, who, Section::Organisations, "Evidence").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        version: view.version,
        action: format!("{}/evidence/{}", application(view.id), area.code()),
        back: application(view.id),
        organisation: view.organisation.name.clone(),
        area: state.words().vocabulary().criterion_area(area).to_owned(),
        lines: criteria
            .map(|criterion| EvidenceLine {
                code: criterion.code,
                text: criterion.text,
                evidence: criterion.evidence,
                label: format!("Reference for {}", criterion.code),
                value: form.given.get(criterion.code).cloned().unwrap_or_default(),
            })
            .collect(),
    };
    page(form_status(wrong), &template)
}

// Handing in.

#[derive(Template)]
#[template(path = "accreditation_confirm.html")]
pub(crate) struct ConfirmTemplate {
    pub(crate) frame: Frame,
    pub(crate) faults: Faults,
    pub(crate) token: String,
    pub(crate) version: i64,
    pub(crate) action: String,
    pub(crate) back: String,
    pub(crate) organisation: String,
    pub(crate) words: &'static str,
    pub(crate) missing: String,
    pub(crate) reasons: Vec<Choice>,
    pub(crate) reason: String,
    pub(crate) button: &'static str,
}

/// The version that was looked at.
pub(crate) struct VersionForm {
    pub(crate) version: String,
}

impl Fields for VersionForm {
    const NAMES: &'static [&'static str] = &["version"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { version: posted.take("version") }
    }
}

/// `GET /accreditation/{id}/hand-in`
pub(crate) async fn ask_hand_in(
    State(state): State<AppState>,
    Person(who): Person,
    Path(accreditation): Path<String>,
) -> Result<Response, WebError> {
    let view = draft(&state, &who, &accreditation).await?;
    hand_in_page(&state, &who, view, Faults::default())
}

/// `POST /accreditation/{id}/hand-in`
pub(crate) async fn hand_in(
    State(state): State<AppState>,
    Path(accreditation): Path<String>,
    SignedForm { who, fields }: SignedForm<VersionForm>,
) -> Result<Response, WebError> {
    let view = draft(&state, &who, &accreditation).await?;
    let mut faults = Faults::default();
    let seen = version(&fields.version);
    match state.directory().act_on_accreditation(&who, view.id, seen, &[Act::HandIn]).await {
        Ok(()) => return Ok(Redirect::to(&application(view.id)).into_response()),
        Err(error) => said(&state, error, "main-content", &mut faults)?,
    }
    hand_in_page(&state, &who, view, faults)
}

fn hand_in_page(
    state: &AppState,
    who: &SignedIn,
    view: AccreditationView,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let content = &view.accreditation;
    let without = content.criteria().into_iter().filter(|criterion| content.evidence(criterion).is_none());
    let without: Vec<&str> = without.map(|criterion| criterion.code).collect();
    let template = ConfirmTemplate {
        frame: Frame::of(state, who, Section::Organisations, "Hand in the application").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        version: view.version,
        action: format!("{}/hand-in", application(view.id)),
        back: application(view.id),
        organisation: view.organisation.name,
        words: "Once handed in it can no longer be changed, unless it is sent back. Whoever took part in it neither \
                assesses nor decides it.",
        missing: if without.is_empty() {
            String::new()
        } else {
            format!("These criteria have no evidence yet: {}", without.join(", "))
        },
        reasons: Vec::new(),
        reason: String::new(),
        button: "Hand in",
    };
    page(form_status(wrong), &template)
}
