//! One request at the shield desk: the child, everybody who may be concerned with it, and the steps of two people.

use std::collections::BTreeMap;

use askama::Template;
use audit::Action;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::{DangerousAct, Permission};
use directory::{ChildNumber, ShieldClass};
use http::StatusCode;
use service::{
    AccountLabel, DeskChild, MOST_OF_A_HOUSEHOLD, ReviewDecision, ShieldDecision, ShieldError,
    ShieldRequestView, ShieldStage, SignedIn,
};
use uuid::Uuid;

use super::letters::letter_file;
use super::shields_words::{beside_the_form, proposed, refused, review_time, stage, step, tie};
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::{Person, reasoned};
use crate::state::AppState;

const DESK: RouteRule = RouteRule::WithReason(Permission::DecideShield);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/shields/request/{id}", DESK, Trail::Writes(Action::RecordViewed), || get(show)),
    Route::post("/shields/request/{id}/propose", DESK, Trail::Writes(Action::RecordChanged), || {
        post(propose)
    })
    .does(&[DangerousAct::ProposeShield]),
    Route::post("/shields/request/{id}/review", DESK, Trail::Writes(Action::RecordChanged), || post(review))
        .does(&[DangerousAct::ProposeShield]),
    Route::post("/shields/request/{id}/decide", DESK, Trail::Writes(Action::RecordChanged), || post(decide))
        .does(&[DangerousAct::DecideShield]),
    Route::post("/shields/request/{id}/letter", DESK, Trail::Writes(Action::RecordChanged), || post(letter)),
];

#[derive(Template)]
#[template(path = "shields_request.html")]
struct RequestTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    id: Uuid,
    heading: String,
    stage: &'static str,
    facts: Vec<(&'static str, String)>,
    others: Vec<Uuid>,
    household: Vec<Member>,
    listed: String,
    decision: String,
    agreement: String,
    more: usize,
    proposal: Option<(String, String, String)>,
    steps: Vec<(&'static str, String, String)>,
    waits: bool,
    may_propose: bool,
    may_review: bool,
    review_time: String,
    may_decide: bool,
    may_take_letter: bool,
    own: bool,
}

struct Member {
    field: &'static str,
    child: String,
    why: String,
    shielded: bool,
    /// What was chosen of it.
    said: String,
    /// What the proposal says of it.
    decided: &'static str,
}

/// The fields of the household, in the order of the list, and all of the form.
macro_rules! fields_of_children {
    ($($number:literal)+) => {
        const CHILDREN: [&str; MOST_OF_A_HOUSEHOLD] = [$(concat!("child_", $number)),+];
        const FIELDS: &[&str] = &["decision", "household", $(concat!("child_", $number)),+];
    };
}

fields_of_children! {
    1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
    33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64
    65 66 67 68 69 70 71 72 73 74 75 76 77 78 79 80 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96
}

/// What the first person proposes.
pub(crate) struct ProposeForm {
    decision: String,
    /// The numbers of the household, as the page listed them.
    household: Vec<String>,
    children: Vec<String>,
}

impl Fields for ProposeForm {
    const NAMES: &'static [&'static str] = FIELDS;

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            decision: posted.take("decision"),
            household: posted.take("household").split_whitespace().map(str::to_owned).collect(),
            children: CHILDREN.iter().map(|field| posted.take(field)).collect(),
        }
    }
}

/// What was chosen in a form that is shown again.
#[derive(Default)]
struct Chosen {
    decision: String,
    /// What was said of each child, by its number: the list may have changed meanwhile.
    children: BTreeMap<String, String>,
    agreement: String,
}

impl Chosen {
    fn proposed(fields: ProposeForm) -> Self {
        let children = fields.household.into_iter().zip(fields.children).collect();
        Self { decision: fields.decision, children, ..Self::default() }
    }
}

/// What is proposed at a review.
pub(crate) struct ReviewForm {
    review: String,
}

impl Fields for ReviewForm {
    const NAMES: &'static [&'static str] = &["review"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { review: posted.take("review") }
    }
}

/// The second person's decision.
pub(crate) struct DecideForm {
    agreement: String,
    seen: String,
}

impl Fields for DecideForm {
    const NAMES: &'static [&'static str] = &["agreement", "seen"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { agreement: posted.take("agreement"), seen: posted.take("seen") }
    }
}

/// `GET /shields/request/{id}`
pub(crate) async fn show(
    State(state): State<AppState>,
    Person(who): Person,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    request_page(&state, &who, &id, Chosen::default(), Faults::default()).await
}

/// `POST /shields/request/{id}/propose`
pub(crate) async fn propose(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<ProposeForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    let decision = match fields.decision.as_str() {
        "shield" => decided(&fields, &mut faults).map(ShieldDecision::Shield),
        "decline" => Some(ShieldDecision::Decline),
        _ => {
            faults.add("decision", "Select whether the child is to be shielded");
            None
        }
    };
    let Some(decision) = decision.filter(|_| faults.is_empty()) else {
        return request_page(&state, &who, &id, Chosen::proposed(fields), faults).await;
    };
    let done = state.directory().propose_shield(&who, id_of(&id)?, &decision).await;
    onward(&state, &who, &id, Chosen::proposed(fields), ("decision", done)).await
}

/// Every child of the list, decided; nothing, and faults, when one is not.
fn decided(fields: &ProposeForm, faults: &mut Faults) -> Option<Vec<(ChildNumber, bool)>> {
    let mut decided = Vec::new();
    for ((number, said), field) in fields.household.iter().zip(&fields.children).zip(CHILDREN) {
        match said.as_str() {
            "yes" | "no" => {
                decided.extend(ChildNumber::parse(number).ok().map(|number| (number, said == "yes")));
            }
            _ => faults.add(field, "Select for each child whether it is shielded too"),
        }
    }
    if faults.is_empty() && decided.len() != fields.household.len() {
        faults.add("decision", "The list of children was not sent whole; look at it and decide again");
    }
    faults.is_empty().then_some(decided)
}

/// `POST /shields/request/{id}/review`
pub(crate) async fn review(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<ReviewForm>,
) -> Result<Response, WebError> {
    let decision = match fields.review.as_str() {
        "keep" => ReviewDecision::Keep,
        "lift" => ReviewDecision::Lift,
        _ => {
            let mut faults = Faults::default();
            faults.add("review", "Select whether the shield is to be kept or lifted");
            return request_page(&state, &who, &id, Chosen::default(), faults).await;
        }
    };
    let done = state.directory().review_shield(&who, id_of(&id)?, decision).await;
    onward(&state, &who, &id, Chosen::default(), ("review", done)).await
}

/// `POST /shields/request/{id}/decide`
pub(crate) async fn decide(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<DecideForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    let agree = match fields.agreement.as_str() {
        "agree" => Some(true),
        "send_back" => Some(false),
        _ => {
            faults.add("agreement", "Select whether you agree");
            None
        }
    };
    if fields.seen != "yes" && agree != Some(false) {
        faults.add("seen", "Confirm that you have seen the evidence yourself");
    }
    let chosen = Chosen { agreement: fields.agreement, ..Chosen::default() };
    let Some(agree) = agree.filter(|_| faults.is_empty()) else {
        return request_page(&state, &who, &id, chosen, faults).await;
    };
    let done = state.directory().decide_shield(&who, id_of(&id)?, agree).await;
    onward(&state, &who, &id, chosen, ("agreement", done)).await
}

/// In which form the letter is taken.
pub(crate) struct LetterForm {
    form: String,
}

impl Fields for LetterForm {
    const NAMES: &'static [&'static str] = &["form"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { form: posted.take("form") }
    }
}

/// `POST /shields/request/{id}/letter`
pub(crate) async fn letter(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<LetterForm>,
) -> Result<Response, WebError> {
    match state.directory().shield_letter(&who, id_of(&id)?).await {
        Ok(letter) => letter_file(&state, &letter, fields.form == "pdf"),
        Err(error) => {
            let mut faults = Faults::default();
            faults.add("letter", beside_the_form(error)?);
            request_page(&state, &who, &id, Chosen::default(), faults).await
        }
    }
}

/// To the request as it now stands; with what kept a step from being taken, if something did.
async fn onward(
    state: &AppState,
    who: &SignedIn,
    id: &str,
    chosen: Chosen,
    (field, done): (&'static str, Result<(), ShieldError>),
) -> Result<Response, WebError> {
    let Err(error) = done else {
        return Ok(Redirect::to(&format!("/shields/request/{id}")).into_response());
    };
    let mut faults = Faults::default();
    faults.add(field, beside_the_form(error)?);
    request_page(state, who, id, chosen, faults).await
}

async fn request_page(
    state: &AppState,
    who: &SignedIn,
    id: &str,
    chosen: Chosen,
    faults: Faults,
) -> Result<Response, WebError> {
    let asker = reasoned(who)?;
    let disclosed = state.directory().shield_request(&asker, id_of(id)?).await.map_err(refused)?;
    let (view, wrong) = (disclosed.data(), !faults.is_empty());
    let frame = Frame::of(state, who, Section::Shields, "Request at the shield desk")
        .because(state.words().reason(*disclosed.reason()));
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    page(status, &template(state, who, view, (chosen, faults), frame.with_faults(wrong)))
}

fn template(
    state: &AppState,
    who: &SignedIn,
    view: &ShieldRequestView,
    (chosen, faults): (Chosen, Faults),
    frame: Frame,
) -> RequestTemplate {
    let numbers: Vec<&str> = view.household.iter().map(|member| member.child.number.as_str()).collect();
    let in_force = view.line.stage == ShieldStage::InForce;
    RequestTemplate {
        frame,
        faults,
        token: who.form_token().to_owned(),
        id: view.line.id,
        decision: chosen.decision,
        agreement: chosen.agreement,
        heading: named(&view.child),
        stage: stage(view.line.stage),
        facts: facts(state, view),
        others: view.others.clone(),
        listed: numbers.join(" "),
        household: view
            .household
            .iter()
            .zip(CHILDREN)
            .map(|(member, field)| Member {
                field,
                child: described(&member.child),
                why: member.ties.iter().map(|one| tie(*one)).collect::<Vec<_>>().join(", "),
                shielded: member.child.shielded,
                said: chosen.children.get(member.child.number.as_str()).cloned().unwrap_or_default(),
                decided: match member.shielded_too {
                    Some(true) => "; to be shielded too",
                    Some(false) => "; not to be shielded",
                    None => "",
                },
            })
            .collect(),
        more: view.more,
        proposal: view.proposal.as_ref().map(|waits| {
            let what = proposed(waits.step, state.directory().policy().shields);
            (what, person(waits.by.as_ref()), dates::long_instant(waits.at))
        }),
        steps: view
            .steps
            .iter()
            .map(|one| {
                let by = match &one.second {
                    Some(second) => format!("{}, then {}", person(one.first.as_ref()), person(Some(second))),
                    None => person(one.first.as_ref()),
                };
                (step(one.kind), by, dates::long_instant(one.at))
            })
            .collect(),
        waits: matches!(view.line.stage, ShieldStage::ToPropose | ShieldStage::ToDecide),
        may_propose: view.may_propose && !in_force,
        may_review: view.may_propose && in_force,
        review_time: review_time(state.directory().policy().shields),
        may_decide: view.may_decide,
        may_take_letter: view.has_letter && (in_force || view.line.stage == ShieldStage::Declined),
        own: !view.line.can_go_on
            && view.line.stage != ShieldStage::Lifted
            && view.line.stage != ShieldStage::Declined,
    }
}

fn facts(state: &AppState, view: &ShieldRequestView) -> Vec<(&'static str, String)> {
    let words = state.words().vocabulary();
    let grounds = &view.grounds;
    let mut facts = vec![("Child number", view.child.number.grouped())];
    if let Some(born) = view.child.shown.as_ref().and_then(|shown| shown.date_of_birth) {
        facts.push(("Date of birth", dates::long(born)));
    }
    facts.push(("Asked for by", words.shield_requester(grounds.requested_by).to_owned()));
    facts.push(("Danger", words.shield_reason(grounds.reason).to_owned()));
    if grounds.class == ShieldClass::HighRisk {
        facts.push(("Class", words.shield_class(grounds.class).to_owned()));
    }
    for reference in grounds.evidence.references() {
        let kind = reference.kind().map_or("Evidence", |kind| words.evidence_kind(kind));
        facts.push(("Evidence", format!("{kind}, {}", reference.number())));
    }
    if let Some(asked) = view.asked {
        facts.push(("Who asks, and the child", words.identity_seen(asked.identity).to_owned()));
        facts.push(("Who asks is reached", words.requester_reach(asked.reach).to_owned()));
    }
    for barred in &view.barred {
        facts.push(("Finds no such child", barred.clone()));
    }
    if let Some(due) = view.line.review_due {
        facts.push(("Review due", dates::month(due)));
    }
    facts
}

/// The child's name; of an archived child nothing is shown but the number.
fn named(child: &DeskChild) -> String {
    child.shown.as_ref().map_or_else(|| child.number.grouped(), |shown| shown.name.to_string())
}

fn described(child: &DeskChild) -> String {
    let born = child.shown.as_ref().and_then(|shown| shown.date_of_birth).map(dates::long);
    let born = born.map_or_else(String::new, |born| format!(", born {born}"));
    format!("{}{born} ({})", named(child), child.number.grouped())
}

fn person(label: Option<&AccountLabel>) -> String {
    label.map_or_else(|| "Not known".to_owned(), |label| format!("{} ({})", label.name, label.username))
}

fn id_of(text: &str) -> Result<Uuid, WebError> {
    Uuid::parse_str(text).map_err(|_| WebError::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(said: &[&str]) -> ProposeForm {
        let number = |at: usize| ChildNumber::from_random([u8::try_from(at).unwrap(); 16]).to_string();
        let mut children: Vec<String> = said.iter().map(|said| (*said).to_owned()).collect();
        let household = (0..children.len()).map(number).collect();
        children.resize(CHILDREN.len(), String::new());
        ProposeForm { decision: "shield".to_owned(), household, children }
    }

    #[test]
    fn every_child_of_the_longest_list_has_its_field() {
        assert!(CHILDREN.iter().all(|field| ProposeForm::NAMES.contains(field)));
    }

    #[test]
    fn as_many_children_as_the_desk_lists_can_be_decided() {
        let mut faults = Faults::default();
        let all = decided(&form(&["yes"; MOST_OF_A_HOUSEHOLD]), &mut faults).unwrap();
        assert_eq!((all.len(), faults.is_empty()), (MOST_OF_A_HOUSEHOLD, true));
        assert!(all.iter().all(|(_, too)| *too));
    }

    #[test]
    fn a_child_that_was_not_decided_is_named_and_a_list_that_is_not_whole_is_said_to_be() {
        let mut faults = Faults::default();
        assert!(decided(&form(&["yes", "", "no"]), &mut faults).is_none());
        assert!(faults.of("child_2").is_some() && faults.of("child_1").is_none());
        let mut broken = form(&["yes", "no"]);
        broken.household[1] = "no number".to_owned();
        let mut faults = Faults::default();
        assert!(decided(&broken, &mut faults).is_none());
        assert!(faults.of("decision").is_some(), "nothing is refused without a word");
    }
}
