//! Requests to see what is held: the lists, one request, and its steps beside the letter.

use askama::Template;
use audit::Action;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::Permission;
use directory::families::{
    DeliveryChannel, ExtensionReason, FamilyRule, LetterExemption, RequestRefusal, RequestState,
};
use directory::letter::AccessDepth;
use service::{FamilyError, RequestLine, RequestView, SignedIn};
use uuid::Uuid;

use super::families_desk::{self as desk, ListTemplate, Row, Step, Taken, frame, id_of, refused, told};
use super::shields_words::choices;
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, form_status, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::{Choice, Words};

const ANSWERS: RouteRule = RouteRule::SignedIn(Permission::AnswerFamilies);
const READ: Trail = Trail::Writes(Action::FamilyMattersRead);
const CHANGES: Trail = Trail::Writes(Action::FamilyMatterChanged);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/subject-requests", ANSWERS, READ, || get(list)),
    Route::get("/subject-requests/protected", RouteRule::SignedIn(Permission::DecideShield), READ, || {
        get(protected)
    }),
    Route::get("/subject-requests/request/{id}", ANSWERS, READ, || get(show)),
    Route::post("/subject-requests/request/{id}/step", ANSWERS, CHANGES, || post(step)),
];

#[derive(Template)]
#[template(path = "subject_request.html")]
struct RequestTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    id: Uuid,
    reference: String,
    state: String,
    overdue: bool,
    facts: Vec<(&'static str, Vec<String>)>,
    steps: Vec<Step>,
    at: RequestState,
    may_decide: bool,
    channel: ChannelPart,
    own_history: bool,
    /// Whether what waits leaves out more than it must.
    exempt: bool,
    exemptions: Vec<Choice>,
    refusals: Vec<Choice>,
    extensions: Vec<Choice>,
    may_extend: bool,
    /// Whether the time passed and was not extended before.
    too_late: bool,
    chosen: Chosen,
}

/// What was chosen in a form that is shown again. What somebody confirms is not of it: that is confirmed anew.
#[derive(Default)]
pub(super) struct Chosen {
    /// What becomes of the letter.
    pub(super) decision: String,
    /// Whether the letter tells day by day who looked.
    pub(super) days: bool,
    /// Whether the letter leaves out what would tell of an enquiry.
    pub(super) exempt: bool,
    /// By which channel the answer goes instead.
    pub(super) channel: String,
    /// Why the time is extended.
    pub(super) extension: String,
    /// Why the request is refused.
    pub(super) refusal: String,
}

impl Chosen {
    fn of_step(fields: StepForm) -> Self {
        match fields.step.as_str() {
            "extend" => Self { extension: fields.reason, ..Self::default() },
            "refuse" => Self { refusal: fields.reason, ..Self::default() },
            _ => Self::default(),
        }
    }

    /// Whether something was chosen in the part of the page that is folded.
    fn is_folded(&self) -> bool {
        [&self.channel, &self.extension, &self.refusal].iter().any(|choice| !choice.is_empty())
    }
}

/// Where the channel's verification stands.
struct ChannelPart {
    /// Whether a code must go out and come back.
    waits: bool,
    /// The day on which the code that is out is void.
    void_on: Option<String>,
    may_enter: bool,
    others: Vec<Choice>,
}

/// One step.
pub(crate) struct StepForm {
    step: String,
    reason: String,
    checked: String,
}

impl Fields for StepForm {
    const NAMES: &'static [&'static str] = &["step", "reason", "checked"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { step: posted.take("step"), reason: posted.take("reason"), checked: posted.take("checked") }
    }
}

/// `GET /subject-requests`
pub(crate) async fn list(
    State(state): State<AppState>,
    Person(who): Person,
    Query(taken): Query<Taken>,
) -> Result<Response, WebError> {
    let lines = state.directory().subject_requests(&who).await.map_err(refused)?;
    desk::list(&ListTemplate {
        frame: frame(&state, &who, "Requests to see what is held", false),
        says: "Each request is answered within a month, by a letter that one person prepares and another releases. No child and nobody who asks is named here.",
        new: Some(("/subject-requests/new", "Take in a request")),
        lists: desk::lists(&who, "/subject-requests"),
        about: "Asks",
        rows: lines.iter().map(|line| row(line, state.words())).collect(),
        received: taken.number(),
    })
}

/// `GET /subject-requests/protected`
pub(crate) async fn protected(
    State(state): State<AppState>,
    Person(who): Person,
) -> Result<Response, WebError> {
    let lines = state.directory().protected_subject_requests(&who).await.map_err(refused)?;
    desk::list(&ListTemplate {
        frame: frame(&state, &who, "Requests at the protected desk", false),
        says: "Requests about children who are protected. Both people who work on a letter are of this desk, and nobody outside it is told that the request is here.",
        new: None,
        lists: desk::lists(&who, "/subject-requests/protected"),
        about: "Asks",
        rows: lines.iter().map(|line| row(line, state.words())).collect(),
        received: None,
    })
}

fn row(line: &RequestLine, words: &Words) -> Row {
    let ended =
        matches!(line.state, RequestState::Delivered | RequestState::Refused | RequestState::Withdrawn);
    Row {
        href: format!("/subject-requests/request/{}", line.id),
        reference: line.reference.clone(),
        about: "To see what is held".to_owned(),
        received: dates::long_day(line.received),
        deadline: dates::long_day(line.deadline),
        state: words.vocabulary().request_state(line.state).to_owned(),
        open: !ended,
        overdue: line.overdue,
    }
}

/// `GET /subject-requests/request/{id}`
pub(crate) async fn show(
    State(state): State<AppState>,
    Person(who): Person,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    request_page(&state, &who, id_of(&id)?, Chosen::default(), Faults::default()).await
}

/// `POST /subject-requests/request/{id}/step`: what needs no fresh proof and shows nothing of the record.
pub(crate) async fn step(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<StepForm>,
) -> Result<Response, WebError> {
    let (id, d) = (id_of(&id)?, state.directory());
    let mut faults = Faults::default();
    let done = match fields.step.as_str() {
        "verify" if fields.checked == "yes" => d.verify_requester(&who, id).await,
        "verify" => {
            faults.add("checked", "Confirm that you have seen the evidence under these numbers yourself");
            return request_page(&state, &who, id, Chosen::default(), faults).await;
        }
        "extend" => match ExtensionReason::from_code(&fields.reason) {
            Some(reason) => d.extend_request(&who, id, reason).await,
            None => {
                faults.add("extend", "Select why the time is extended");
                return request_page(&state, &who, id, Chosen::default(), faults).await;
            }
        },
        "refuse" => match RequestRefusal::from_code(&fields.reason) {
            Some(reason) => d.refuse_request(&who, id, reason).await,
            None => {
                faults.add("refuse", "Select why the request is refused");
                return request_page(&state, &who, id, Chosen::default(), faults).await;
            }
        },
        "withdraw" => d.withdraw_request(&who, id).await,
        "deliver" if fields.checked == "yes" => d.deliver_letter(&who, id).await,
        "deliver" => {
            faults.add("delivered", "Confirm that the letter reached the family by the channel named above");
            return request_page(&state, &who, id, Chosen::default(), faults).await;
        }
        _ => return Err(WebError::NotFound),
    };
    match done {
        Ok(()) => Ok(to_request(id)),
        Err(error) => again(&state, &who, id, Chosen::of_step(fields), error).await,
    }
}

pub(super) fn to_request(id: Uuid) -> Response {
    Redirect::to(&format!("/subject-requests/request/{id}")).into_response()
}

/// The request as it now stands, and why nothing was done.
pub(super) async fn again(
    state: &AppState,
    who: &SignedIn,
    id: Uuid,
    chosen: Chosen,
    error: FamilyError,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    let of_the_code = matches!(error, FamilyError::Rule(FamilyRule::WrongCode));
    faults.add(if of_the_code { "code" } else { "main-content" }, told(error)?);
    request_page(state, who, id, chosen, faults).await
}

pub(super) async fn request_page(
    state: &AppState,
    who: &SignedIn,
    id: Uuid,
    chosen: Chosen,
    faults: Faults,
) -> Result<Response, WebError> {
    let view = state.directory().subject_request(who, id).await.map_err(refused)?;
    let words = state.words();
    let labels = words.vocabulary();
    let mut facts = vec![
        ("Received", vec![dates::long_day(view.line.received)]),
        ("To be answered by", vec![dates::long_day(view.line.deadline)]),
        (
            "Child number",
            vec![view.child.as_ref().map_or_else(|| "No longer held".to_owned(), ToString::to_string)],
        ),
    ];
    facts.extend(asker_facts(&view, words));
    facts.extend(
        view.extended.map(|reason| ("Time extended", vec![labels.extension_reason(reason).to_owned()])),
    );
    facts.extend(view.refusal.map(|reason| ("Refused", vec![labels.request_refusal(reason).to_owned()])));
    facts.extend(view.depth.map(|depth| {
        let told = match depth {
            AccessDepth::SectorAndMonth => "Who looked, by kind of work and month",
            AccessDepth::OrganisationAndDay => "Who looked, day by day",
        };
        ("The letter tells", vec![told.to_owned()])
    }));
    facts.extend(
        view.exemption
            .map(|why| ("The letter leaves out more", vec![labels.letter_exemption(why).to_owned()])),
    );
    let wrong = !faults.is_empty();
    let template = RequestTemplate {
        frame: frame(state, who, "A request to see what is held", wrong),
        token: who.form_token().to_owned(),
        id,
        reference: view.line.reference,
        state: labels.request_state(view.line.state).to_owned(),
        overdue: view.line.overdue,
        facts,
        steps: desk::steps(&view.steps),
        at: view.line.state,
        may_decide: view.may_decide,
        channel: ChannelPart {
            waits: view.channel_check.is_none()
                && view.asker.channel().asks_for_code()
                && matches!(
                    view.line.state,
                    RequestState::Verified | RequestState::Prepared | RequestState::Released
                ),
            void_on: view.code_out.map(|(until, _)| dates::long_day(until)),
            may_enter: view.code_out.is_some_and(|(_, may)| may),
            others: choices(DeliveryChannel::ALL, |one| (one.code(), labels.delivery_channel(one))),
        },
        exempt: view.exemption.is_some(),
        exemptions: choices(LetterExemption::ALL, |one| (one.code(), labels.letter_exemption(one))),
        own_history: view.asker.requester() == directory::Requester::YoungPerson,
        refusals: choices(RequestRefusal::ALL, |one| (one.code(), labels.request_refusal(one))),
        extensions: choices(ExtensionReason::ALL, |one| (one.code(), labels.extension_reason(one))),
        may_extend: view.extended.is_none() && !view.line.overdue,
        too_late: view.extended.is_none() && view.line.overdue,
        chosen,
        faults,
    };
    page(form_status(wrong), &template)
}

fn asker_facts(view: &RequestView, words: &Words) -> Vec<(&'static str, Vec<String>)> {
    let (labels, asker) = (words.vocabulary(), &view.asker);
    let mut who = vec![labels.asker_kind(asker.kind()).to_owned()];
    who.extend(asker.name().map(ToString::to_string));
    who.extend(asker.relationship().map(|it| words.relationship(it).to_owned()));
    let proof =
        asker.proof().pieces().map(|(kind, number)| format!("{}: {number}", labels.identity_evidence(*kind)));
    vec![
        ("Who asks", who),
        ("Identity shown by", proof.to_vec()),
        ("Understanding", vec![labels.capacity(asker.capacity()).to_owned()]),
        (
            "Answered by",
            vec![
                labels.delivery_channel(asker.channel()).to_owned(),
                view.channel_check.map_or("Not verified yet", |check| labels.channel_check(check)).to_owned(),
            ],
        ),
    ]
}
