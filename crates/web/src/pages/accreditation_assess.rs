//! The assessor's part: judging one criterion after the other, finishing, sending back.

use askama::Template;
use audit::Action;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::Permission;
use directory::access::accreditation::{
    AccreditationState, Act, Criterion, Finding, Lacking, SentBack, Verdict,
};
use jiff::ToSpan as _;
use service::{AccreditationView, SignedIn};

use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::pages::accreditation::{accreditation_page, next_to_judge};
use crate::pages::accreditation_fill::{ConfirmTemplate, VersionForm};
use crate::pages::accreditation_terms::{judgement, said, version};
use crate::pages::organisations::{broken, id};
use crate::pages::organisations_stop::criterion;
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

const ASSESS: RouteRule = RouteRule::SignedIn(Permission::AssessAccreditation);
const READS: Trail = Trail::Writes(Action::OrganisationsRead);
const CHANGES: Trail = Trail::Writes(Action::OrganisationChanged);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/accreditation/{id}/judge/{code}", ASSESS, READS, || get(ask_judgement)),
    Route::post("/accreditation/{id}/judge/{code}", ASSESS, CHANGES, || post(judge)),
    Route::post("/accreditation/{id}/hand-on", ASSESS, CHANGES, || post(hand_on)),
    Route::get("/accreditation/{id}/send-back", ASSESS, READS, || get(ask_send_back)),
    Route::post("/accreditation/{id}/send-back", ASSESS, CHANGES, || post(send_back)),
];

#[derive(Template)]
#[template(path = "accreditation_judge.html")]
struct JudgeTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    version: i64,
    action: String,
    back: String,
    organisation: String,
    progress: String,
    code: &'static str,
    text: &'static str,
    facts: Vec<(&'static str, String)>,
    findings: Vec<Choice>,
    finding: String,
    lackings: Vec<Choice>,
    lacking: String,
    dues: Vec<Choice>,
    due: String,
}

/// What was found.
#[derive(Default)]
pub(crate) struct JudgeForm {
    version: String,
    finding: String,
    lacking: String,
    due: String,
}

impl Fields for JudgeForm {
    const NAMES: &'static [&'static str] = &["version", "finding", "lacking", "due"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            version: posted.take("version"),
            finding: posted.take("finding"),
            lacking: posted.take("lacking"),
            due: posted.take("due"),
        }
    }
}

/// How long a condition may be left open, in months, as far as the policy allows it.
const DUES: [(&str, i64, &str); 4] =
    [("1", 1, "1 month"), ("3", 3, "3 months"), ("6", 6, "6 months"), ("12", 12, "12 months")];

async fn submitted(
    state: &AppState,
    who: &SignedIn,
    accreditation: &str,
) -> Result<AccreditationView, WebError> {
    let view = state.directory().accreditation(who, id(accreditation)?).await.map_err(broken)?;
    if !view.may.assess {
        return Err(WebError::Forbidden);
    }
    if view.accreditation.state() != AccreditationState::Submitted {
        return Err(WebError::NotFound);
    }
    Ok(view)
}

/// `GET /accreditation/{id}/judge/{code}`
pub(crate) async fn ask_judgement(
    State(state): State<AppState>,
    Person(who): Person,
    Path((accreditation, code)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let view = submitted(&state, &who, &accreditation).await?;
    let criterion = criterion(&code)?;
    let (finding, lacking) = match view.accreditation.verdict(criterion) {
        None => ("", ""),
        Some(Verdict::Met) => (Finding::Met.code(), ""),
        Some(Verdict::NotMet) => (Finding::NotMet.code(), ""),
        Some(Verdict::MetWithCondition { lacking, .. }) => (Finding::MetWithCondition.code(), lacking.code()),
    };
    let form = JudgeForm { finding: finding.to_owned(), lacking: lacking.to_owned(), ..JudgeForm::default() };
    judge_page(&state, &who, &view, criterion, form, Faults::default())
}

/// `POST /accreditation/{id}/judge/{code}`
pub(crate) async fn judge(
    State(state): State<AppState>,
    Path((accreditation, code)): Path<(String, String)>,
    SignedForm { who, fields }: SignedForm<JudgeForm>,
) -> Result<Response, WebError> {
    let view = submitted(&state, &who, &accreditation).await?;
    let criterion = criterion(&code)?;
    let mut faults = Faults::default();
    if let Some(verdict) = verdict(&state, &fields, &mut faults) {
        let act = Act::Judge { criterion, verdict };
        let seen = version(&fields.version);
        match state.directory().act_on_accreditation(&who, view.id, seen, &[act]).await {
            Ok(()) => {
                let view = state.directory().accreditation(&who, view.id).await.map_err(broken)?;
                let next = next_to_judge(&view.accreditation).map_or_else(
                    || format!("/accreditation/{}", view.id),
                    |code| format!("/accreditation/{}/judge/{code}", view.id),
                );
                return Ok(Redirect::to(&next).into_response());
            }
            Err(error) => said(&state, error, "finding", &mut faults)?,
        }
    }
    judge_page(&state, &who, &view, criterion, fields, faults)
}

fn verdict(state: &AppState, form: &JudgeForm, faults: &mut Faults) -> Option<Verdict> {
    match Finding::from_code(&form.finding) {
        None => {
            faults.add("finding", "Select what you found");
            None
        }
        Some(Finding::Met) => Some(Verdict::Met),
        Some(Finding::NotMet) => Some(Verdict::NotMet),
        Some(Finding::MetWithCondition) => {
            let lacking = Lacking::from_code(&form.lacking);
            if lacking.is_none() {
                faults.add("lacking", "Select what is lacking");
            }
            let due = DUES.iter().find(|(code, ..)| *code == form.due).map(|&(_, months, _)| months);
            if due.is_none() {
                faults.add("due", "Select within how long");
            }
            let due = state.today().saturating_add(due?.months());
            Some(Verdict::MetWithCondition { lacking: lacking?, due })
        }
    }
}

fn judge_page(
    state: &AppState,
    who: &SignedIn,
    view: &AccreditationView,
    criterion: &'static Criterion,
    form: JudgeForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let content = &view.accreditation;
    let criteria = content.criteria();
    let place = criteria.iter().position(|one| one.code == criterion.code).ok_or(WebError::NotFound)?;
    let wrong = !faults.is_empty();
    let words = state.words().vocabulary();
    let pick = || Choice { code: "", words: "Select one".to_owned() };
    let longest = i64::from(state.directory().accreditation_policy().longest_condition_months);
    let lackings = Lacking::ALL
        .iter()
        .map(|&one| Choice { code: one.code(), words: words.accreditation_lacking(one).to_owned() });
    let dues = DUES
        .iter()
        .filter(|(_, months, _)| *months <= longest)
        .map(|&(code, _, words)| Choice { code, words: words.to_owned() });
    let template = JudgeTemplate {
        frame: Frame::of(state, who, Section::Organisations, "Judge a criterion").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        version: view.version,
        action: format!("/accreditation/{}/judge/{}", view.id, criterion.code),
        back: format!("/accreditation/{}", view.id),
        organisation: view.organisation.name.clone(),
        progress: format!("{} of {}", place + 1, criteria.len()),
        code: criterion.code,
        text: criterion.text,
        facts: vec![
            ("Expected", criterion.evidence.to_owned()),
            ("Reference", content.evidence(criterion).map_or_else(|| "–".to_owned(), ToString::to_string)),
            ("Judged so far", judgement(state, content.verdict(criterion))),
        ],
        findings: Finding::ALL
            .iter()
            .map(|&one| Choice { code: one.code(), words: words.accreditation_finding(one).to_owned() })
            .collect(),
        finding: form.finding,
        lackings: std::iter::once(pick()).chain(lackings).collect(),
        lacking: form.lacking,
        dues: std::iter::once(pick()).chain(dues).collect(),
        due: form.due,
    };
    page(form_status(wrong), &template)
}

/// `POST /accreditation/{id}/hand-on`
pub(crate) async fn hand_on(
    State(state): State<AppState>,
    Path(accreditation): Path<String>,
    SignedForm { who, fields }: SignedForm<VersionForm>,
) -> Result<Response, WebError> {
    let accreditation = id(&accreditation)?;
    let mut faults = Faults::default();
    let seen = version(&fields.version);
    if let Err(error) =
        state.directory().act_on_accreditation(&who, accreditation, seen, &[Act::HandOn]).await
    {
        said(&state, error, "main-content", &mut faults)?;
        return accreditation_page(&state, &who, accreditation, faults).await;
    }
    Ok(Redirect::to(&format!("/accreditation/{accreditation}")).into_response())
}

/// Why it is sent back.
#[derive(Default)]
pub(crate) struct SendBackForm {
    version: String,
    reason: String,
}

impl Fields for SendBackForm {
    const NAMES: &'static [&'static str] = &["version", "reason"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { version: posted.take("version"), reason: posted.take("reason") }
    }
}

/// `GET /accreditation/{id}/send-back`
pub(crate) async fn ask_send_back(
    State(state): State<AppState>,
    Person(who): Person,
    Path(accreditation): Path<String>,
) -> Result<Response, WebError> {
    let view = state.directory().accreditation(&who, id(&accreditation)?).await.map_err(broken)?;
    send_back_page(&state, &who, view, SendBackForm::default(), Faults::default())
}

/// `POST /accreditation/{id}/send-back`
pub(crate) async fn send_back(
    State(state): State<AppState>,
    Path(accreditation): Path<String>,
    SignedForm { who, fields }: SignedForm<SendBackForm>,
) -> Result<Response, WebError> {
    let view = state.directory().accreditation(&who, id(&accreditation)?).await.map_err(broken)?;
    let mut faults = Faults::default();
    match SentBack::from_code(&fields.reason) {
        Some(reason) => {
            let (seen, acts) = (version(&fields.version), [Act::SendBack(reason)]);
            match state.directory().act_on_accreditation(&who, view.id, seen, &acts).await {
                Ok(()) => return Ok(Redirect::to(&format!("/accreditation/{}", view.id)).into_response()),
                Err(error) => said(&state, error, "reason", &mut faults)?,
            }
        }
        None => faults.add("reason", "Select why"),
    }
    send_back_page(&state, &who, view, fields, faults)
}

fn send_back_page(
    state: &AppState,
    who: &SignedIn,
    view: AccreditationView,
    form: SendBackForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let assessed = view.accreditation.state() == AccreditationState::Assessed;
    if !(view.may.assess || view.may.decide) {
        return Err(WebError::Forbidden);
    }
    if !assessed && view.accreditation.state() != AccreditationState::Submitted {
        return Err(WebError::NotFound);
    }
    let wrong = !faults.is_empty();
    let words = state.words().vocabulary();
    let reasons = SentBack::ALL
        .iter()
        .filter(|reason| assessed || **reason != SentBack::AssessAgain)
        .map(|&one| Choice { code: one.code(), words: words.accreditation_sent_back(one).to_owned() });
    let here = format!("/accreditation/{}", view.id);
    let template = ConfirmTemplate {
        frame: Frame::of(state, who, Section::Organisations, "Send an application back").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        version: view.version,
        action: format!("{here}/send-back"),
        back: here,
        organisation: view.organisation.name,
        words: "The organisation can then change its answers and evidence. What was judged has to be judged again.",
        missing: String::new(),
        reasons: reasons.collect(),
        reason: form.reason,
        button: "Send back",
    };
    page(form_status(wrong), &template)
}
