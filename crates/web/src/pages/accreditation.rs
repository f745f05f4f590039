//! Accreditations: what waits for whom, the criteria, and one application with everything in it.

use askama::Template;
use audit::Action;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use directory::access::accreditation::{
    Accreditation, AccreditationState, Criterion, CriterionArea, Step, StepKind, question,
};
use directory::access::{Capability, Permission};
use http::StatusCode;
use serde::Deserialize;
use service::{AccreditationView, SignedIn};
use std::collections::BTreeSet;
use uuid::Uuid;

use crate::dates;
use crate::error::WebError;
use crate::form::Faults;
use crate::frame::{Frame, Section, form_status, page};
use crate::pages::accreditation_terms::judgement;
use crate::pages::organisations::{broken, id};
use crate::pages::organisations_show::until;
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;

const VIEW: RouteRule = RouteRule::SignedIn(Permission::ViewOrganisations);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/accreditation", VIEW, Trail::Writes(Action::OrganisationsRead), || get(waiting)),
    Route::get(
        "/accreditation/criteria",
        VIEW,
        Trail::Silent("the published criteria; nobody and no organisation is named"),
        || get(criteria),
    ),
    Route::get("/accreditation/{id}", VIEW, Trail::Writes(Action::OrganisationsRead), || get(show)),
];

#[derive(Template)]
#[template(path = "accreditations.html")]
struct WaitingTemplate {
    frame: Frame,
    tabs: Vec<Tab>,
    heading: String,
    lines: Vec<WaitingLine>,
    next: Option<String>,
}

struct Tab {
    code: &'static str,
    words: String,
    current: bool,
}

struct WaitingLine {
    id: Uuid,
    organisation: String,
    kind: String,
    opened: String,
}

/// What the address asks for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Wanted {
    state: String,
    after: Option<Uuid>,
}

/// `GET /accreditation`
pub(crate) async fn waiting(
    State(state): State<AppState>,
    Person(who): Person,
    Query(wanted): Query<Wanted>,
) -> Result<Response, WebError> {
    let stands = AccreditationState::from_code(&wanted.state).unwrap_or(AccreditationState::Submitted);
    let found = state.directory().waiting_accreditations(&who, stands, wanted.after).await.map_err(broken)?;
    let words = state.words().vocabulary();
    let tab = |&of: &AccreditationState| Tab {
        code: of.code(),
        words: words.accreditation_state(of).to_owned(),
        current: of == stands,
    };
    let lines = found.lines.into_iter().map(|line| WaitingLine {
        id: line.id,
        organisation: line.organisation,
        kind: line.kind.map_or("Not known", |kind| words.organisation_kind(kind)).to_owned(),
        opened: dates::day_of(line.opened_at),
    });
    let template = WaitingTemplate {
        frame: Frame::of(&state, &who, Section::Organisations, "Applications for accreditation"),
        tabs: AccreditationState::ALL.iter().map(tab).collect(),
        heading: words.accreditation_state(stands).to_owned(),
        lines: lines.collect(),
        next: found.next.map(|last| format!("/accreditation?state={}&after={last}", stands.code())),
    };
    page(StatusCode::OK, &template)
}

#[derive(Template)]
#[template(path = "accreditation_criteria.html")]
struct CriteriaTemplate {
    frame: Frame,
    areas: Vec<CatalogueArea>,
}

struct CatalogueArea {
    words: String,
    lines: Vec<CatalogueLine>,
}

struct CatalogueLine {
    code: &'static str,
    text: &'static str,
    evidence: &'static str,
    applies: String,
}

/// `GET /accreditation/criteria`
pub(crate) async fn criteria(
    State(state): State<AppState>,
    Person(who): Person,
) -> Result<Response, WebError> {
    let words = state.words().vocabulary();
    let applies = |criterion: &Criterion| {
        let capabilities = criterion.capabilities.iter().map(|&one| words.capability(one));
        let sectors = criterion.sectors.iter().map(|&one| words.sector(one));
        let all: Vec<&str> = capabilities.chain(sectors).collect();
        if all.is_empty() { "Every application".to_owned() } else { all.join("; ") }
    };
    let areas = CriterionArea::ALL.iter().map(|&area| CatalogueArea {
        words: words.criterion_area(area).to_owned(),
        lines: Criterion::all()
            .iter()
            .filter(|criterion| criterion.area == area)
            .map(|criterion| CatalogueLine {
                code: criterion.code,
                text: criterion.text,
                evidence: criterion.evidence,
                applies: applies(criterion),
            })
            .collect(),
    });
    let template = CriteriaTemplate {
        frame: Frame::of(&state, &who, Section::Organisations, "The criteria"),
        areas: areas.collect(),
    };
    page(StatusCode::OK, &template)
}

#[derive(Template)]
#[template(path = "accreditation.html")]
struct ShowTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    here: String,
    back: String,
    organisation: String,
    purpose: String,
    state: String,
    colour: &'static str,
    facts: Vec<(&'static str, String)>,
    why_not: Option<&'static str>,
    may_fill: bool,
    may_assess: bool,
    may_decide: bool,
    answered: String,
    judged: String,
    next_to_judge: Option<&'static str>,
    version: i64,
    questions: Vec<(&'static str, &'static str)>,
    areas: Vec<Area>,
    history: Vec<(String, String, String)>,
}

struct Area {
    code: &'static str,
    words: String,
    given: usize,
    lines: Vec<AreaLine>,
}

struct AreaLine {
    code: &'static str,
    text: &'static str,
    evidence: String,
    verdict: String,
}

/// `GET /accreditation/{id}`
pub(crate) async fn show(
    State(state): State<AppState>,
    Person(who): Person,
    Path(accreditation): Path<String>,
) -> Result<Response, WebError> {
    accreditation_page(&state, &who, id(&accreditation)?, Faults::default()).await
}

/// The page of an application, perhaps with what went wrong.
pub(crate) async fn accreditation_page(
    state: &AppState,
    who: &SignedIn,
    accreditation: Uuid,
    faults: Faults,
) -> Result<Response, WebError> {
    let view = state.directory().accreditation(who, accreditation).await.map_err(broken)?;
    let wrong = !faults.is_empty();
    let words = state.words().vocabulary();
    let content = &view.accreditation;
    let turn = Turn::of(&view, who.account());
    let criteria = content.criteria();
    let judged = criteria.iter().filter(|criterion| content.verdict(criterion).is_some()).count();
    let template = ShowTemplate {
        frame: Frame::of(state, who, Section::Organisations, "Accreditation").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        here: format!("/accreditation/{accreditation}"),
        back: format!("/organisations/{}", view.organisation.id),
        organisation: view.organisation.name.clone(),
        purpose: words.accreditation_purpose(content.purpose()).to_owned(),
        state: words.accreditation_state(content.state()).to_owned(),
        colour: colour(content.state()),
        facts: facts(state, &view),
        why_not: turn.why_not,
        may_fill: turn.fill,
        may_assess: turn.assess,
        may_decide: turn.decide,
        answered: format!(
            "{} of 8 answered",
            questions().filter(|&(one, _)| content.answer(one).is_some()).count()
        ),
        judged: format!("{judged} of {} judged", criteria.len()),
        next_to_judge: next_to_judge(content),
        version: view.version,
        questions: questions()
            .map(|(capability, text)| (text, yes_or_no(content.answer(capability))))
            .collect(),
        areas: areas(state, content),
        history: history(state, &view),
    };
    page(form_status(wrong), &template)
}

/// Whose turn it is, as far as the person who looks is concerned.
struct Turn {
    fill: bool,
    assess: bool,
    decide: bool,
    why_not: Option<&'static str>,
}

impl Turn {
    fn of(view: &AccreditationView, person: Uuid) -> Self {
        let content = &view.accreditation;
        let (applied, assessed) =
            (content.applicants().contains(&person), content.assessors().contains(&person));
        let none = Self { fill: false, assess: false, decide: false, why_not: None };
        match content.state() {
            AccreditationState::Draft if view.may.apply && assessed => Self {
                why_not: Some("You assessed this application, so somebody else must fill it in."),
                ..none
            },
            AccreditationState::Draft => Self { fill: view.may.apply, ..none },
            AccreditationState::Submitted if view.may.assess && applied => Self {
                why_not: Some("You took part in this application, so somebody else must assess it."),
                ..none
            },
            AccreditationState::Submitted => Self { assess: view.may.assess, ..none },
            AccreditationState::Assessed if view.may.decide && (applied || assessed) => Self {
                why_not: Some(
                    "You took part in this application or its assessment, so somebody else must decide it.",
                ),
                ..none
            },
            AccreditationState::Assessed => Self { decide: view.may.decide, ..none },
            _ => none,
        }
    }
}

/// The first criterion without a judgement.
pub(crate) fn next_to_judge(content: &Accreditation) -> Option<&'static str> {
    content.criteria().iter().find(|criterion| content.verdict(criterion).is_none()).map(|one| one.code)
}

/// The questions in use, in their order.
pub(crate) fn questions() -> impl Iterator<Item = (Capability, &'static str)> {
    Capability::ALL.iter().filter_map(|&capability| Some((capability, question(capability)?)))
}

fn yes_or_no(answer: Option<bool>) -> &'static str {
    match answer {
        Some(true) => "Yes",
        Some(false) => "No",
        None => "Not answered",
    }
}

fn colour(state: AccreditationState) -> &'static str {
    match state {
        AccreditationState::Granted => "govuk-tag--green",
        AccreditationState::Refused | AccreditationState::Suspended => "govuk-tag--red",
        AccreditationState::Submitted | AccreditationState::Assessed => "govuk-tag--yellow",
        AccreditationState::Draft | AccreditationState::Superseded => "govuk-tag--grey",
    }
}

fn facts(state: &AppState, view: &AccreditationView) -> Vec<(&'static str, String)> {
    let words = state.words().vocabulary();
    let content = &view.accreditation;
    let names = |ids: &BTreeSet<Uuid>| {
        let names: Vec<&str> = ids.iter().filter_map(|id| view.people.get(id)).map(String::as_str).collect();
        if names.is_empty() { "Nobody yet".to_owned() } else { names.join(", ") }
    };
    let decided = content.decided_by().into_iter().collect();
    let mut facts = vec![
        ("Opened", dates::day_of(view.opened_at)),
        ("Applied", names(content.applicants())),
        ("Assessed", names(content.assessors())),
        ("Decided", names(&decided)),
        ("Until", until(content.valid_until())),
    ];
    if let Some(reason) = content.sent_back() {
        facts.push(("Sent back", words.accreditation_sent_back(reason).to_owned()));
    }
    if let Some(reason) = content.refused() {
        facts.push(("Refused", words.accreditation_refusal(reason).to_owned()));
    }
    if let Some(stop) = content.suspended() {
        facts.push(("Suspended", words.accreditation_suspension(stop.reason).to_owned()));
    }
    facts
}

fn areas(state: &AppState, content: &Accreditation) -> Vec<Area> {
    let words = state.words().vocabulary();
    let criteria = content.criteria();
    let area = |&area: &CriterionArea| {
        let lines: Vec<AreaLine> = criteria
            .iter()
            .filter(|criterion| criterion.area == area)
            .map(|criterion| AreaLine {
                code: criterion.code,
                text: criterion.text,
                evidence: content.evidence(criterion).map_or_else(|| "–".to_owned(), ToString::to_string),
                verdict: judgement(state, content.verdict(criterion)),
            })
            .collect();
        Area {
            code: area.code(),
            words: words.criterion_area(area).to_owned(),
            given: lines.iter().filter(|line| line.evidence != "–").count(),
            lines,
        }
    };
    CriterionArea::ALL.iter().map(area).filter(|area| !area.lines.is_empty()).collect()
}

/// The history: what one person did many times in a row on one day is one line.
fn history(state: &AppState, view: &AccreditationView) -> Vec<(String, String, String)> {
    let words = state.words().vocabulary();
    let alike = |a: &Step, b: &Step| (a.on, a.by, a.what) == (b.on, b.by, b.what);
    view.accreditation
        .steps()
        .chunk_by(alike)
        .filter_map(|steps| {
            let first = steps.first()?;
            let what = words.accreditation_step(first.what);
            let what = match (steps.len(), &first.about) {
                (1, Some(about)) => format!("{what}: {}", about_in_words(state, first.what, about)),
                (1, None) => what.to_owned(),
                (count, _) => format!("{what} ({count} times)"),
            };
            let who =
                first.by.map_or("The calendar", |id| view.people.get(&id).map_or("Somebody", String::as_str));
            Some((dates::long_day(first.on), what, who.to_owned()))
        })
        .collect()
}

fn about_in_words(state: &AppState, what: StepKind, about: &str) -> String {
    use directory::access::accreditation::{RefusalReason, SentBack, SuspensionReason};
    let words = state.words().vocabulary();
    let said = match what {
        StepKind::Answered | StepKind::SwitchedOff | StepKind::SwitchedOn => {
            Capability::from_code(about).map(|code| words.capability(code))
        }
        StepKind::SentBack => SentBack::from_code(about).map(|code| words.accreditation_sent_back(code)),
        StepKind::Refused => RefusalReason::from_code(about).map(|code| words.accreditation_refusal(code)),
        StepKind::Suspended => {
            SuspensionReason::from_code(about).map(|code| words.accreditation_suspension(code))
        }
        _ => None,
    };
    said.unwrap_or(about).to_owned()
}
