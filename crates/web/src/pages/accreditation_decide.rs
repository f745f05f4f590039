//! The decision of the person who neither applied nor assessed (rule 12.13).

use askama::Template;
use audit::Action;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::accreditation::{AccreditationState, Act, RefusalReason, Verdict};
use directory::access::{Capability, DangerousAct, Permission};
use service::{AccreditationView, SignedIn};
use std::collections::BTreeSet;

use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::pages::accreditation_terms::{judgement, said, version};
use crate::pages::organisations::{broken, id};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

const DECIDE: RouteRule = RouteRule::SignedIn(Permission::DecideAccreditation);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/accreditation/{id}/decide", DECIDE, Trail::Writes(Action::OrganisationsRead), || {
        get(ask_decision)
    })
    .form_of(DangerousAct::DecideAccreditation),
    Route::post("/accreditation/{id}/decide", DECIDE, Trail::Writes(Action::OrganisationChanged), || {
        post(decide)
    })
    .does(&[DangerousAct::DecideAccreditation]),
];

#[derive(Template)]
#[template(path = "accreditation_decide.html")]
struct DecideTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    version: i64,
    action: String,
    back: String,
    organisation: String,
    facts: Vec<(&'static str, String)>,
    conditions: Vec<String>,
    not_met: Vec<String>,
    months: u16,
    decisions: Vec<Choice>,
    decision: String,
    capabilities: Vec<Tick>,
    first: &'static str,
    reasons: Vec<Choice>,
    reason: String,
}

struct Tick {
    code: &'static str,
    words: String,
    chosen: bool,
}

/// What is decided.
pub(crate) struct DecideForm {
    version: String,
    decision: String,
    granted: BTreeSet<Capability>,
    reason: String,
}

impl Fields for DecideForm {
    const NAMES: &'static [&'static str] = &[
        "version",
        "decision",
        "reason",
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
        let granted = Capability::ALL.iter().copied();
        Self {
            granted: granted.filter(|capability| posted.take(capability.code()) == "yes").collect(),
            version: posted.take("version"),
            decision: posted.take("decision"),
            reason: posted.take("reason"),
        }
    }
}

async fn assessed(
    state: &AppState,
    who: &SignedIn,
    accreditation: &str,
) -> Result<AccreditationView, WebError> {
    let view = state.directory().accreditation(who, id(accreditation)?).await.map_err(broken)?;
    if !view.may.decide {
        return Err(WebError::Forbidden);
    }
    if view.accreditation.state() != AccreditationState::Assessed {
        return Err(WebError::NotFound);
    }
    Ok(view)
}

/// `GET /accreditation/{id}/decide`
pub(crate) async fn ask_decision(
    State(state): State<AppState>,
    Person(who): Person,
    Path(accreditation): Path<String>,
) -> Result<Response, WebError> {
    let view = assessed(&state, &who, &accreditation).await?;
    let form = DecideForm {
        version: String::new(),
        decision: String::new(),
        granted: view.accreditation.carried(),
        reason: String::new(),
    };
    decide_page(&state, &who, view, form, Faults::default())
}

/// `POST /accreditation/{id}/decide`
pub(crate) async fn decide(
    State(state): State<AppState>,
    Path(accreditation): Path<String>,
    SignedForm { who, fields }: SignedForm<DecideForm>,
) -> Result<Response, WebError> {
    let view = assessed(&state, &who, &accreditation).await?;
    let mut faults = Faults::default();
    let first = first_of(&view);
    let act = match (fields.decision.as_str(), RefusalReason::from_code(&fields.reason)) {
        ("grant", _) if fields.granted.is_empty() => {
            faults.add(first, "Select at least one, or refuse");
            None
        }
        ("grant", _) => Some(Act::Grant(fields.granted.clone())),
        ("refuse", Some(reason)) => Some(Act::Refuse(reason)),
        ("refuse", None) => {
            faults.add("reason", "Select why it is refused");
            None
        }
        _ => {
            faults.add("decision", "Select what you decide");
            None
        }
    };
    if let Some(act) = act {
        let seen = version(&fields.version);
        match state.directory().act_on_accreditation(&who, view.id, seen, &[act]).await {
            Ok(()) => return Ok(Redirect::to(&format!("/accreditation/{}", view.id)).into_response()),
            Err(error) => said(&state, error, "decision", &mut faults)?,
        }
    }
    decide_page(&state, &who, view, fields, faults)
}

/// The first box that can be ticked, where an error about them all leads.
fn first_of(view: &AccreditationView) -> &'static str {
    view.accreditation.carried().first().map_or("decision", |capability| capability.code())
}

fn decide_page(
    state: &AppState,
    who: &SignedIn,
    view: AccreditationView,
    form: DecideForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let words = state.words().vocabulary();
    let content = &view.accreditation;
    let names = |ids: &BTreeSet<uuid::Uuid>| {
        let names: Vec<&str> = ids.iter().filter_map(|id| view.people.get(id)).map(String::as_str).collect();
        names.join(", ")
    };
    let lines = |wanted: fn(Verdict) -> bool| -> Vec<String> {
        content
            .criteria()
            .iter()
            .filter(|criterion| content.verdict(criterion).is_some_and(wanted))
            .map(|criterion| {
                format!(
                    "{}: {} {}",
                    criterion.code,
                    criterion.text,
                    judgement(state, content.verdict(criterion))
                )
            })
            .collect()
    };
    let asked: Vec<&str> = content.asked().into_iter().map(|one| words.capability(one)).collect();
    let pick = Choice { code: "", words: "Select one".to_owned() };
    let reasons = RefusalReason::ALL
        .iter()
        .map(|&one| Choice { code: one.code(), words: words.accreditation_refusal(one).to_owned() });
    let here = format!("/accreditation/{}", view.id);
    let mut decisions = Vec::new();
    if !content.carried().is_empty() {
        decisions.push(Choice { code: "grant", words: "Grant it".to_owned() });
    }
    decisions.push(Choice { code: "refuse", words: "Refuse it".to_owned() });
    let template = DecideTemplate {
        frame: Frame::of(state, who, Section::Organisations, "Decide an application").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        version: view.version,
        action: format!("{here}/decide"),
        back: here,
        facts: vec![
            ("For", words.accreditation_purpose(content.purpose()).to_owned()),
            ("Asked for", asked.join("; ")),
            ("Applied", names(content.applicants())),
            ("Assessed", names(content.assessors())),
        ],
        conditions: lines(|verdict| matches!(verdict, Verdict::MetWithCondition { .. })),
        not_met: lines(|verdict| verdict == Verdict::NotMet),
        months: state.directory().accreditation_policy().holds_months,
        decisions,
        decision: form.decision,
        capabilities: content
            .carried()
            .into_iter()
            .map(|one| Tick {
                code: one.code(),
                words: words.capability(one).to_owned(),
                chosen: form.granted.contains(&one),
            })
            .collect(),
        first: first_of(&view),
        reasons: std::iter::once(pick).chain(reasons).collect(),
        reason: form.reason,
        organisation: view.organisation.name.clone(),
    };
    page(form_status(wrong), &template)
}
