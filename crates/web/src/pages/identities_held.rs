//! The sealed desk: records that are held, and to whom two people say that each belongs.

use askama::Template;
use audit::Action;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::{DangerousAct, Permission};
use service::{CandidateKind, HeldChoice, HeldError, HeldTo, HeldView, SignedIn};
use uuid::Uuid;

use super::identities::{id_of, person};
use super::identities_words::{agreement, beside_the_case, choice, refused_case};
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::{Person, reasoned};
use crate::state::AppState;

const DESK: RouteRule = RouteRule::WithReason(Permission::ApproveSeal);
const CHANGES: Trail = Trail::Writes(Action::RecordChanged);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get(
        "/identities/held",
        RouteRule::SignedIn(Permission::ApproveSeal),
        Trail::Writes(Action::ShieldsRead),
        || get(list),
    ),
    Route::get("/identities/held/{id}", DESK, Trail::Writes(Action::RecordViewed), || get(show)),
    Route::post("/identities/held/{id}/propose", DESK, CHANGES, || post(propose))
        .does(&[DangerousAct::ReleaseHeld]),
    Route::post("/identities/held/{id}/decide", DESK, CHANGES, || post(decide))
        .does(&[DangerousAct::ReleaseHeld]),
];

#[derive(Template)]
#[template(path = "identities_held.html")]
struct ListTemplate {
    frame: Frame,
    lines: Vec<Line>,
}

struct Line {
    id: Uuid,
    since: String,
    proposed: bool,
    can_go_on: bool,
}

#[derive(Template)]
#[template(path = "identities_case.html")]
struct CaseTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    id: Uuid,
    changed: bool,
    facts: Vec<(&'static str, String)>,
    at_protected_home: bool,
    choices: Vec<(String, String)>,
    agreement: &'static str,
    proposal: Option<(String, String)>,
    may_propose: bool,
    may_decide: bool,
}

/// To whom a record belongs, or whether that is agreed.
pub(crate) struct CaseForm {
    choice: String,
    agreement: String,
}

impl Fields for CaseForm {
    const NAMES: &'static [&'static str] = &["choice", "agreement"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { choice: posted.take("choice"), agreement: posted.take("agreement") }
    }
}

impl CaseForm {
    fn choice(&self) -> Option<HeldChoice> {
        match self.choice.as_str() {
            "different" => Some(HeldChoice::Different),
            "different-shielded" => Some(HeldChoice::Shielded(HeldTo::Different)),
            "different-open" => Some(HeldChoice::InTheOpen(HeldTo::Different)),
            at => {
                let (at, said) = at.split_once('-').unwrap_or((at, ""));
                let at = at.parse().ok()?;
                match said {
                    "" => Some(HeldChoice::Candidate(at)),
                    "shielded" => Some(HeldChoice::Shielded(HeldTo::Candidate(at))),
                    "open" => Some(HeldChoice::InTheOpen(HeldTo::Candidate(at))),
                    _ => None,
                }
            }
        }
    }
}

/// As a form hands it in.
fn code(choice: HeldChoice) -> String {
    let whose = match choice.to() {
        HeldTo::Candidate(at) => at.to_string(),
        HeldTo::Different => "different".to_owned(),
    };
    match choice {
        HeldChoice::Candidate(_) | HeldChoice::Different => whose,
        HeldChoice::Shielded(_) => format!("{whose}-shielded"),
        HeldChoice::InTheOpen(_) => format!("{whose}-open"),
    }
}

/// What can be chosen of a case: to shield with the protected home comes before not to.
fn choices(candidates: &[CandidateKind], asked_about: &[HeldTo]) -> Vec<HeldChoice> {
    let candidates = (0..candidates.len()).map(HeldTo::Candidate);
    let both = |to| match (asked_about.contains(&to), to) {
        (true, _) => vec![HeldChoice::Shielded(to), HeldChoice::InTheOpen(to)],
        (false, HeldTo::Candidate(at)) => vec![HeldChoice::Candidate(at)],
        (false, HeldTo::Different) => vec![HeldChoice::Different],
    };
    candidates.chain([HeldTo::Different]).flat_map(both).collect()
}

/// `GET /identities/held`
pub(crate) async fn list(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let lines = state.directory().held_records(&who).await.map_err(refused_case)?;
    let lines = lines.into_iter().map(|line| Line {
        id: line.id,
        since: line.since.parse().map_or_else(|_| line.since.clone(), dates::month),
        proposed: line.proposed,
        can_go_on: line.can_go_on,
    });
    let template = ListTemplate {
        frame: Frame::of(&state, &who, Section::Identities, "Sealed desk"),
        lines: lines.collect(),
    };
    page(form_status(false), &template)
}

/// `GET /identities/held/{id}`
pub(crate) async fn show(
    State(state): State<AppState>,
    Person(who): Person,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    case_page(&state, &who, &id, Faults::default()).await
}

/// `POST /identities/held/{id}/propose`
pub(crate) async fn propose(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<CaseForm>,
) -> Result<Response, WebError> {
    let Some(choice) = fields.choice() else {
        let mut faults = Faults::default();
        faults.add("choice", "Select to whom the record belongs");
        return case_page(&state, &who, &id, faults).await;
    };
    let done = state.directory().propose_held_release(&who, id_of(&id)?, choice).await;
    onward(&state, &who, &id, "choice", done, &format!("/identities/held/{id}")).await
}

/// `POST /identities/held/{id}/decide`
pub(crate) async fn decide(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<CaseForm>,
) -> Result<Response, WebError> {
    let (agree, next) = match fields.agreement.as_str() {
        "agree" => (true, "/identities/held".to_owned()),
        "decline" => (false, format!("/identities/held/{id}")),
        _ => {
            let mut faults = Faults::default();
            faults.add("agreement", "Select whether you agree");
            return case_page(&state, &who, &id, faults).await;
        }
    };
    let done = state.directory().decide_held_release(&who, id_of(&id)?, agree).await;
    onward(&state, &who, &id, "agreement", done, &next).await
}

async fn onward(
    state: &AppState,
    who: &SignedIn,
    id: &str,
    field: &'static str,
    done: Result<(), HeldError>,
    next: &str,
) -> Result<Response, WebError> {
    let Err(error) = done else { return Ok(Redirect::to(next).into_response()) };
    let mut faults = Faults::default();
    faults.add(field, beside_the_case(error)?);
    case_page(state, who, id, faults).await
}

async fn case_page(state: &AppState, who: &SignedIn, id: &str, faults: Faults) -> Result<Response, WebError> {
    let asker = reasoned(who)?;
    let shown = state.directory().held_record(&asker, id_of(id)?).await.map_err(refused_case)?;
    let (view, wrong) = (shown.data(), !faults.is_empty());
    let named = |chosen: HeldChoice| choice(chosen, &view.candidates);
    let template = CaseTemplate {
        frame: Frame::of(state, who, Section::Identities, "A record that is held")
            .because(state.words().reason(*shown.reason()))
            .with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        id: view.line.id,
        changed: view.changed,
        facts: facts(state, view),
        at_protected_home: view.at_protected_home,
        choices: choices(&view.candidates, &view.asked_about)
            .into_iter()
            .map(|chosen| (code(chosen), named(chosen)))
            .collect(),
        agreement: view.proposal.as_ref().map_or("", |(chosen, _)| agreement(*chosen)),
        proposal: view.proposal.as_ref().map(|(chosen, by)| (named(*chosen), person(by.as_ref()))),
        may_propose: view.may_propose,
        may_decide: view.may_decide,
    };
    page(form_status(wrong), &template)
}

fn facts(state: &AppState, view: &HeldView) -> Vec<(&'static str, String)> {
    let record = &view.record;
    let mut facts = vec![("Sent by", record.source.to_string())];
    for (at, name) in record.names.iter().enumerate() {
        facts.push((if at == 0 { "Name" } else { "Also named" }, name.to_string()));
    }
    facts.push(("Date of birth", record.date_of_birth.map_or_else(|| "Not known".to_owned(), dates::long)));
    facts.push(("Gender", state.words().gender(record.gender).to_owned()));
    facts.push(("Took effect on", dates::long_day(record.effective_on)));
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_that_would_show_a_protected_home_is_chosen_with_what_becomes_of_its_shield() {
        let kinds = [CandidateKind::Shielded, CandidateKind::Other];
        let asked_about = [HeldTo::Candidate(1), HeldTo::Different];
        let offered: Vec<String> = choices(&kinds, &asked_about).into_iter().map(code).collect();
        assert_eq!(offered, ["0", "1-shielded", "1-open", "different-shielded", "different-open"]);
        let words: Vec<String> =
            choices(&kinds, &asked_about).into_iter().map(|one| choice(one, &kinds)).collect();
        assert!(words[3].ends_with("shielded with the protected home"), "{words:?}");
        assert!(words[4].contains("not shielded"), "{words:?}");
    }

    #[test]
    fn what_is_offered_is_what_the_form_hands_in() {
        let shielded = choices(&[CandidateKind::Shielded], &[]);
        let plain: Vec<String> = shielded.iter().copied().map(code).collect();
        assert_eq!(plain, ["0", "different"]);
        let asked = choices(&[CandidateKind::Other], &[HeldTo::Candidate(0), HeldTo::Different]);
        for chosen in shielded.into_iter().chain(asked) {
            let form = CaseForm { choice: code(chosen), agreement: String::new() };
            assert_eq!(form.choice(), Some(chosen));
        }
        let strange = CaseForm { choice: "0-maybe".to_owned(), agreement: String::new() };
        assert_eq!(strange.choice(), None);
    }
}
