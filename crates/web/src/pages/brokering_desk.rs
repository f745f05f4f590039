//! The desks that broker: the ordinary queue of an authority's management, and the same pages within the shield desk for
//! children who are shielded or sealed (rules 2.10, 8.11, 12.3).

use askama::Template;
use audit::Action;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::Telephone;
use directory::access::Permission;
use directory::brokering::{BrokerStage, ProviderChoice, Reveal};
use http::{StatusCode, Uri};
use service::{BrokerError, BrokerLine, BrokerRequestView, BrokerStepKind, Provider, ProviderKey, SignedIn};
use uuid::Uuid;

use super::brokering::refused;
use super::shields_words::capitalised;
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::{Person, reasoned};
use crate::state::AppState;
use crate::words::{Choice, Words};

const QUEUE: RouteRule = RouteRule::SignedIn(Permission::HandleBrokering);
const ORDINARY: RouteRule = RouteRule::WithReason(Permission::HandleBrokering);
const SHIELD_DESK: RouteRule = RouteRule::SignedIn(Permission::DecideShield);
const PROTECTED: RouteRule = RouteRule::WithReason(Permission::DecideShield);
const STEP: Trail = Trail::Writes(Action::BrokeringChanged);

/// The routes of this module: each page once for the ordinary queue and once for the shield desk.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/brokering/queue", QUEUE, Trail::Writes(Action::BrokeringRead), || get(ordinary)),
    Route::get("/brokering/queue/{id}", ORDINARY, Trail::Writes(Action::RecordViewed), || get(show)),
    Route::post("/brokering/queue/{id}/take-on", ORDINARY, STEP, || post(take_on)),
    Route::post("/brokering/queue/{id}/contacted", ORDINARY, STEP, || post(contacted)),
    Route::post("/brokering/queue/{id}/choice", ORDINARY, STEP, || post(choice)),
    Route::post("/brokering/queue/{id}/nothing", ORDINARY, STEP, || post(nothing)),
    Route::get("/shields/brokering", SHIELD_DESK, Trail::Writes(Action::BrokeringRead), || get(protected)),
    Route::get("/shields/brokering/{id}", PROTECTED, Trail::Writes(Action::RecordViewed), || get(show)),
    Route::post("/shields/brokering/{id}/take-on", PROTECTED, STEP, || post(take_on)),
    Route::post("/shields/brokering/{id}/contacted", PROTECTED, STEP, || post(contacted)),
    Route::post("/shields/brokering/{id}/choice", PROTECTED, STEP, || post(choice)),
    Route::post("/shields/brokering/{id}/nothing", PROTECTED, STEP, || post(nothing)),
];

#[derive(Template)]
#[template(path = "brokering_queue.html")]
struct QueueTemplate {
    frame: Frame,
    heading: &'static str,
    about: &'static str,
    back: &'static str,
    back_to: &'static str,
    base: &'static str,
    lines: Vec<Line>,
}

struct Line {
    id: Uuid,
    due: String,
    overdue: bool,
    asker: String,
    organisation: String,
    reason: String,
    stage: &'static str,
    may_handle: bool,
}

#[derive(Template)]
#[template(path = "brokering_request.html")]
struct RequestTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    queue: &'static str,
    base: String,
    heading: String,
    stage: &'static str,
    facts: Vec<(&'static str, String)>,
    own: bool,
    providers: Vec<Card>,
    contacted: bool,
    may_take_on: bool,
    may_go_on: bool,
    choices: Vec<Choice>,
    items: Vec<Item>,
    typed: ChoiceForm,
    steps: Vec<(&'static str, String, String)>,
}

struct Card {
    key: String,
    title: String,
    lines: Vec<String>,
    reached: bool,
}

struct Item {
    field: &'static str,
    words: &'static str,
    chosen: bool,
}

/// A form of nothing but a button.
pub(crate) struct Button;

impl Fields for Button {
    const NAMES: &'static [&'static str] = &[];

    fn from_posted(_: &mut Posted) -> Self {
        Self
    }
}

/// Whom the desk reached.
pub(crate) struct ContactedForm {
    provider: String,
}

impl Fields for ContactedForm {
    const NAMES: &'static [&'static str] = &["provider"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { provider: posted.take("provider") }
    }
}

/// What the provider chose, as it was typed.
#[derive(Default)]
pub(crate) struct ChoiceForm {
    choice: String,
    telephone: String,
    practitioner: String,
    organisation: String,
    service: String,
}

impl Fields for ChoiceForm {
    const NAMES: &'static [&'static str] =
        &["choice", "telephone", "practitioner", "organisation", "service"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            choice: posted.take("choice"),
            telephone: posted.take("telephone"),
            practitioner: posted.take("practitioner"),
            organisation: posted.take("organisation"),
            service: posted.take("service"),
        }
    }
}

impl ChoiceForm {
    fn read(&self) -> Result<ProviderChoice, Faults> {
        let mut faults = Faults::default();
        let choice = match self.choice.as_str() {
            "call_back" => Some(ProviderChoice::CallBack),
            "decline" => Some(ProviderChoice::Decline),
            "reveal" => {
                let telephone = Telephone::parse(&self.telephone).ok();
                if telephone.is_none() {
                    faults
                        .add("telephone", "Enter the telephone number that they gave, such as 01632 960001");
                }
                let (practitioner, organisation) = (self.practitioner == "yes", self.organisation == "yes");
                if !practitioner && !organisation {
                    faults.add(
                        "items",
                        "Select whose name they agreed to: the practitioner’s, the organisation’s, or both",
                    );
                }
                let service = self.service == "yes";
                telephone.map(|telephone| {
                    ProviderChoice::Reveal(Reveal { telephone, practitioner, organisation, service })
                })
            }
            _ => {
                faults.add("choice", "Select what the provider chose");
                None
            }
        };
        choice.filter(|_| faults.is_empty()).ok_or(faults)
    }
}

/// `GET /brokering/queue`
pub(crate) async fn ordinary(
    State(state): State<AppState>,
    Person(who): Person,
) -> Result<Response, WebError> {
    let lines = state.directory().broker_queue(&who).await.map_err(refused)?;
    let template = QueueTemplate {
        frame: Frame::of(&state, &who, Section::Brokering, "Requests to be put in touch"),
        heading: "Requests to be put in touch",
        about: "About children for whom your authority answers.",
        back: "/brokering",
        back_to: "Back to your own requests",
        base: "/brokering/queue",
        lines: lines.into_iter().map(|one| line(&state, one)).collect(),
    };
    page(StatusCode::OK, &template)
}

/// `GET /shields/brokering`
pub(crate) async fn protected(
    State(state): State<AppState>,
    Person(who): Person,
) -> Result<Response, WebError> {
    let lines = state.directory().protected_broker_queue(&who).await.map_err(refused)?;
    let template = QueueTemplate {
        frame: Frame::of(&state, &who, Section::Shields, "Requests at the shield desk"),
        heading: "Requests to be put in touch, at the shield desk",
        about: "About protected children. No other queue has them.",
        back: "/shields",
        back_to: "Back to the shield desk",
        base: "/shields/brokering",
        lines: lines.into_iter().map(|one| line(&state, one)).collect(),
    };
    page(StatusCode::OK, &template)
}

/// `GET /brokering/queue/{id}` and `GET /shields/brokering/{id}`
pub(crate) async fn show(
    State(state): State<AppState>,
    Person(who): Person,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    request_page(&state, &who, &id, ChoiceForm::default(), Faults::default()).await
}

/// `POST …/take-on`
pub(crate) async fn take_on(
    State(state): State<AppState>,
    Path(id): Path<String>,
    uri: Uri,
    SignedForm { who, .. }: SignedForm<Button>,
) -> Result<Response, WebError> {
    let done = state.directory().take_on_broker_request(&who, id_of(&id)?).await;
    onward(&state, &who, (&uri, &id), ChoiceForm::default(), done).await
}

/// `POST …/contacted`
pub(crate) async fn contacted(
    State(state): State<AppState>,
    Path(id): Path<String>,
    uri: Uri,
    SignedForm { who, fields }: SignedForm<ContactedForm>,
) -> Result<Response, WebError> {
    let provider = ProviderKey::from_form(fields.provider);
    let done = state.directory().record_provider_contacted(&who, id_of(&id)?, &provider).await;
    onward(&state, &who, (&uri, &id), ChoiceForm::default(), done).await
}

/// `POST …/choice`
pub(crate) async fn choice(
    State(state): State<AppState>,
    Path(id): Path<String>,
    uri: Uri,
    SignedForm { who, fields: typed }: SignedForm<ChoiceForm>,
) -> Result<Response, WebError> {
    let choice = match typed.read() {
        Ok(choice) => choice,
        Err(faults) => return request_page(&state, &who, &id, typed, faults).await,
    };
    let done = state.directory().record_provider_choice(&who, id_of(&id)?, choice).await;
    onward(&state, &who, (&uri, &id), typed, done).await
}

/// `POST …/nothing`
pub(crate) async fn nothing(
    State(state): State<AppState>,
    Path(id): Path<String>,
    uri: Uri,
    SignedForm { who, .. }: SignedForm<Button>,
) -> Result<Response, WebError> {
    let done = state.directory().close_with_nothing(&who, id_of(&id)?).await;
    onward(&state, &who, (&uri, &id), ChoiceForm::default(), done).await
}

/// To the request as it now stands; with what kept a step from being taken, if something did.
async fn onward(
    state: &AppState,
    who: &SignedIn,
    (uri, id): (&Uri, &str),
    typed: ChoiceForm,
    done: Result<(), BrokerError>,
) -> Result<Response, WebError> {
    let Err(error) = done else {
        let base = base_of(uri.path().starts_with("/shields/"));
        return Ok(Redirect::to(&format!("{base}/{id}")).into_response());
    };
    match error {
        BrokerError::Rule(_) | BrokerError::Changed | BrokerError::NoSuchProvider => {
            let mut faults = Faults::default();
            faults.add("choice", capitalised(&error.to_string()));
            request_page(state, who, id, typed, faults).await
        }
        other => Err(refused(other)),
    }
}

fn base_of(protected: bool) -> &'static str {
    if protected { "/shields/brokering" } else { "/brokering/queue" }
}

async fn request_page(
    state: &AppState,
    who: &SignedIn,
    id: &str,
    typed: ChoiceForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let asker = reasoned(who)?;
    let disclosed = state.directory().broker_request(&asker, id_of(id)?).await.map_err(refused)?;
    let (view, wrong, words) = (disclosed.data(), !faults.is_empty(), state.words());
    let section = if view.protected { Section::Shields } else { Section::Brokering };
    let frame = Frame::of(state, who, section, "Request to be put in touch")
        .because(words.reason(*disclosed.reason()))
        .with_faults(wrong);
    let queue = base_of(view.protected);
    let template = RequestTemplate {
        frame,
        token: who.form_token().to_owned(),
        queue,
        base: format!("{queue}/{}", view.line.id),
        heading: view.child.as_ref().map_or_else(|| view.number.grouped(), |child| child.name.to_string()),
        stage: stage(view.line.stage),
        facts: facts(view, words),
        own: !view.line.may_handle && view.line.stage != BrokerStage::DealtWith,
        providers: view.providers.iter().map(|one| card(one, view, words)).collect(),
        contacted: view.contacted.is_some(),
        may_take_on: view.may_take_on,
        may_go_on: view.may_go_on,
        choices: vec![
            Choice { code: "reveal", words: "To be told to whoever asked".to_owned() },
            Choice { code: "call_back", words: "To call whoever asked".to_owned() },
            Choice { code: "decline", words: "Neither".to_owned() },
        ],
        items: vec![
            Item {
                field: "practitioner",
                words: "The practitioner’s name",
                chosen: typed.practitioner == "yes",
            },
            Item {
                field: "organisation",
                words: "The organisation’s name",
                chosen: typed.organisation == "yes",
            },
            Item { field: "service", words: "What kind of service it is", chosen: typed.service == "yes" },
        ],
        steps: view
            .steps
            .iter()
            .map(|one| {
                let by = one.by.as_ref();
                let by =
                    by.map_or_else(|| "Not known".to_owned(), |by| format!("{} ({})", by.name, by.username));
                (step(one.kind), by, dates::long_instant(one.at))
            })
            .collect(),
        typed,
        faults,
    };
    page(form_status(wrong), &template)
}

fn facts(view: &BrokerRequestView, words: &Words) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Child number", view.number.grouped())];
    match &view.child {
        Some(child) => {
            facts.extend(child.date_of_birth.map(|born| ("Date of birth", dates::long(born))));
        }
        None => facts.push(("Record", "None that can be shown stands under this number".to_owned())),
    }
    facts.extend([
        ("Who asks", format!("{}, {}", view.line.asker, view.line.organisation)),
        ("Their telephone", view.telephone.to_string()),
        ("Why", words.vocabulary().broker_reason(view.line.reason).to_owned()),
        ("Asked", dates::long_instant(view.line.asked)),
        ("Due", dates::long_instant(view.line.due)),
    ]);
    facts
}

fn card(provider: &Provider, view: &BrokerRequestView, words: &Words) -> Card {
    let seen = &provider.seen;
    let named = [&seen.practitioner, &seen.organisation];
    let mut lines: Vec<String> = named.into_iter().flatten().map(ToString::to_string).collect();
    lines.extend(seen.contact.telephone.as_ref().map(|number| format!("Telephone: {number}")));
    lines.extend(seen.contact.email.as_ref().map(|address| format!("Email: {address}")));
    lines.extend(seen.end.map(|end| format!("Ended {}", dates::long(end))));
    if let Some((basis, consent)) = seen.basis {
        let by = consent.map_or_else(String::new, |by| format!(". {}", words.vocabulary().consent(by)));
        lines.push(format!("Sensitive. Known by: {}{by}", words.vocabulary().service_basis(basis)));
    }
    Card {
        key: provider.key.as_str().to_owned(),
        title: words.service(seen.service).to_owned(),
        lines,
        reached: view.contacted.as_ref() == Some(&provider.key),
    }
}

fn line(state: &AppState, line: BrokerLine) -> Line {
    Line {
        id: line.id,
        due: dates::long_instant(line.due),
        overdue: line.overdue,
        asker: line.asker,
        organisation: line.organisation,
        reason: state.words().vocabulary().broker_reason(line.reason).to_owned(),
        stage: stage(line.stage),
        may_handle: line.may_handle,
    }
}

fn stage(stage: BrokerStage) -> &'static str {
    match stage {
        BrokerStage::Waiting => "Nobody has taken it on",
        BrokerStage::TakenOn => "Taken on",
        BrokerStage::Contacted => "The provider is to choose",
        BrokerStage::DealtWith => "Dealt with",
    }
}

fn step(kind: BrokerStepKind) -> &'static str {
    match kind {
        BrokerStepKind::Asked => "Asked",
        BrokerStepKind::TakenOn => "Taken on",
        BrokerStepKind::Contacted => "Reached a provider",
        BrokerStepKind::Reveal => "The provider lets whoever asked know",
        BrokerStepKind::CallBack => "The provider will call",
        BrokerStepKind::Decline => "The provider declined",
        BrokerStepKind::Nothing => "Closed, with nothing to broker",
    }
}

fn id_of(text: &str) -> Result<Uuid, WebError> {
    Uuid::parse_str(text).map_err(|_| WebError::NotFound)
}

#[cfg(test)]
mod tests {
    use super::ChoiceForm;

    fn form(choice: &str, telephone: &str, practitioner: &str) -> ChoiceForm {
        ChoiceForm {
            choice: choice.to_owned(),
            telephone: telephone.to_owned(),
            practitioner: practitioner.to_owned(),
            ..ChoiceForm::default()
        }
    }

    #[test]
    fn a_contact_is_told_with_a_number_and_a_name_or_not_at_all() {
        assert!(form("", "", "").read().err().unwrap().of("choice").is_some());
        let bare = form("reveal", "", "").read().err().unwrap();
        assert!(bare.of("telephone").is_some() && bare.of("items").is_some());
        assert!(form("reveal", "01632 960001", "yes").read().is_ok());
        assert!(form("decline", "", "").read().is_ok());
    }
}
