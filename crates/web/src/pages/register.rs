//! The register of disclosures outside the access rules (rule 2.19): its list, one entry, and the steps of two managers.

use std::collections::BTreeSet;

use askama::Template;
use audit::Action;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::ChildNumber;
use directory::access::{DangerousAct, Permission};
use directory::register::{
    BodyName, LegalBasis, Reference, RefusalReason, RegisterRule, RegisterState, ReleasedItem, RequesterKind,
    RequesterRole,
};
use http::StatusCode;
use service::{DisclosureProposal, RegisterDecision, RegisterEntry, RegisterError, RetrievalStage, SignedIn};
use uuid::Uuid;

use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{FORM, Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::{Choice, Words};

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get(
        "/register",
        RouteRule::SignedIn(Permission::ViewDisclosureRegister),
        Trail::Writes(Action::RegisterRead),
        || get(list),
    ),
    Route::get("/register/propose", RouteRule::SignedIn(Permission::KeepDisclosureRegister), FORM, || {
        get(ask)
    }),
    Route::post(
        "/register/propose",
        RouteRule::SignedIn(Permission::KeepDisclosureRegister),
        Trail::Writes(Action::DisclosureRegistered),
        || post(propose),
    ),
    Route::get(
        "/register/entry/{entry}",
        RouteRule::SignedIn(Permission::ViewDisclosureRegister),
        Trail::Writes(Action::RegisterRead),
        || get(entry),
    ),
    Route::post(
        "/register/entry/{entry}/decide",
        RouteRule::SignedIn(Permission::KeepDisclosureRegister),
        Trail::Writes(Action::DisclosureRegistered),
        || post(decide),
    )
    .does(&[DangerousAct::DecideDisclosure]),
    Route::post(
        "/register/entry/{entry}/release",
        RouteRule::SignedIn(Permission::KeepDisclosureRegister),
        Trail::Writes(Action::DisclosureRegistered),
        || post(release),
    )
    .does(&[DangerousAct::ReleaseDisclosure]),
];

#[derive(Template)]
#[template(path = "register.html")]
struct ListTemplate {
    frame: Frame,
    rows: Vec<Row>,
    keeps: bool,
}

struct Row {
    entry: Uuid,
    opened: String,
    basis: String,
    requester: String,
    authority: String,
    state: String,
    waits: bool,
}

#[derive(Template)]
#[template(path = "register_propose.html")]
struct ProposeTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    typed: ProposeForm,
    bases: Vec<Choice>,
    kinds: Vec<Choice>,
    roles: Vec<Choice>,
    items: Vec<Item>,
}

/// An item as a checkbox.
struct Item {
    field: &'static str,
    words: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "register_entry.html")]
struct EntryTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    entry: Uuid,
    state: String,
    facts: Vec<(&'static str, String)>,
    items: Vec<String>,
    released: Vec<String>,
    steps: Vec<(String, String, String)>,
    may_decide: bool,
    may_release: bool,
    retrieval: Option<String>,
    may_open: bool,
    own: bool,
    refusals: Vec<Choice>,
    releasable: Vec<Item>,
}

/// The checkboxes, in the order of the list.
const ITEMS: [(ReleasedItem, &str); 14] = [
    (ReleasedItem::Name, "item_name"),
    (ReleasedItem::OtherNames, "item_other_names"),
    (ReleasedItem::DateOfBirth, "item_date_of_birth"),
    (ReleasedItem::Gender, "item_gender"),
    (ReleasedItem::Whereabouts, "item_whereabouts"),
    (ReleasedItem::Carers, "item_carers"),
    (ReleasedItem::Education, "item_education"),
    (ReleasedItem::Practice, "item_practice"),
    (ReleasedItem::Involvements, "item_involvements"),
    (ReleasedItem::LeadProfessional, "item_lead_professional"),
    (ReleasedItem::AssessmentIndicator, "item_assessment_indicator"),
    (ReleasedItem::SensitiveServices, "item_sensitive_services"),
    (ReleasedItem::ArchivedItems, "item_archived_items"),
    (ReleasedItem::AccessHistory, "item_access_history"),
];

fn chosen_items(posted: &mut Posted) -> BTreeSet<ReleasedItem> {
    ITEMS.iter().filter(|(_, field)| !posted.take(field).is_empty()).map(|&(item, _)| item).collect()
}

/// What was typed of a proposal.
#[derive(Default)]
pub(crate) struct ProposeForm {
    child_number: String,
    basis: String,
    kind: String,
    body: String,
    role: String,
    reference: String,
    items: BTreeSet<ReleasedItem>,
}

impl Fields for ProposeForm {
    const NAMES: &'static [&'static str] = &[
        "child_number",
        "basis",
        "kind",
        "body",
        "role",
        "reference",
        "item_name",
        "item_other_names",
        "item_date_of_birth",
        "item_gender",
        "item_whereabouts",
        "item_carers",
        "item_education",
        "item_practice",
        "item_involvements",
        "item_lead_professional",
        "item_assessment_indicator",
        "item_sensitive_services",
        "item_archived_items",
        "item_access_history",
    ];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            child_number: posted.take("child_number"),
            basis: posted.take("basis"),
            kind: posted.take("kind"),
            body: posted.take("body"),
            role: posted.take("role"),
            reference: posted.take("reference"),
            items: chosen_items(posted),
        }
    }
}

/// The other manager's decision.
pub(crate) struct DecideForm {
    decision: String,
    refusal: String,
    seen: String,
}

impl Fields for DecideForm {
    const NAMES: &'static [&'static str] = &["decision", "refusal", "seen"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { decision: posted.take("decision"), refusal: posted.take("refusal"), seen: posted.take("seen") }
    }
}

/// What left.
pub(crate) struct ReleaseForm {
    items: BTreeSet<ReleasedItem>,
    left: String,
}

impl Fields for ReleaseForm {
    const NAMES: &'static [&'static str] = &[
        "left",
        "item_name",
        "item_other_names",
        "item_date_of_birth",
        "item_gender",
        "item_whereabouts",
        "item_carers",
        "item_education",
        "item_practice",
        "item_involvements",
        "item_lead_professional",
        "item_assessment_indicator",
        "item_sensitive_services",
        "item_archived_items",
        "item_access_history",
    ];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { items: chosen_items(posted), left: posted.take("left") }
    }
}

/// `GET /register`
pub(crate) async fn list(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let lines = state.directory().disclosure_register(&who).await.map_err(refused)?;
    let words = state.words();
    let rows = lines
        .into_iter()
        .map(|line| Row {
            entry: line.entry,
            opened: dates::long_instant(line.opened_at),
            basis: words.legal_basis(line.basis).to_owned(),
            requester: line.body.to_string(),
            authority: line.authority,
            state: words.register_state(line.state).to_owned(),
            waits: matches!(line.state, RegisterState::Proposed | RegisterState::Approved),
        })
        .collect();
    let template = ListTemplate {
        frame: Frame::of(&state, &who, Section::Register, "Disclosure register"),
        rows,
        keeps: who.may(Permission::KeepDisclosureRegister),
    };
    page(StatusCode::OK, &template)
}

/// `GET /register/propose`
pub(crate) async fn ask(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    propose_page(&state, &who, ProposeForm::default(), Faults::default())
}

/// `POST /register/propose`
pub(crate) async fn propose(
    State(state): State<AppState>,
    SignedForm { who, fields: typed }: SignedForm<ProposeForm>,
) -> Result<Response, WebError> {
    let proposal = match typed.read() {
        Ok(proposal) => proposal,
        Err(faults) => return propose_page(&state, &who, typed, faults),
    };
    match state.directory().propose_disclosure(&who, proposal).await {
        Ok(entry) => Ok(to_entry(entry)),
        Err(RegisterError::NoSuchChild) => {
            let mut faults = Faults::default();
            faults.add("child_number", "No child has this number. Check it against the request");
            propose_page(&state, &who, typed, faults)
        }
        Err(error) => Err(refused(error)),
    }
}

/// `GET /register/entry/{entry}`
pub(crate) async fn entry(
    State(state): State<AppState>,
    Person(who): Person,
    Path(entry): Path<String>,
) -> Result<Response, WebError> {
    entry_page(&state, &who, &entry, Faults::default()).await
}

/// `POST /register/entry/{entry}/decide`
pub(crate) async fn decide(
    State(state): State<AppState>,
    Path(entry): Path<String>,
    SignedForm { who, fields }: SignedForm<DecideForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    let decision = match fields.decision.as_str() {
        "approve" => Some(RegisterDecision::Approve),
        "refuse" => match RefusalReason::from_code(&fields.refusal) {
            Some(reason) => Some(RegisterDecision::Refuse(reason)),
            None => {
                faults.add("refusal", "Select why it is refused");
                None
            }
        },
        _ => {
            faults.add("decision", "Select whether you approve or refuse it");
            None
        }
    };
    if fields.seen != "yes" {
        faults.add("seen", "Confirm that you have seen the evidence yourself");
    }
    let Some(decision) = decision.filter(|_| faults.is_empty()) else {
        return entry_page(&state, &who, &entry, faults).await;
    };
    let id = id_of(&entry)?;
    match state.directory().decide_disclosure(&who, id, decision).await {
        Ok(()) => Ok(to_entry(id)),
        Err(error) => taken_back(&state, &who, &entry, "decision", error).await,
    }
}

/// `POST /register/entry/{entry}/release`
pub(crate) async fn release(
    State(state): State<AppState>,
    Path(entry): Path<String>,
    SignedForm { who, fields }: SignedForm<ReleaseForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    if fields.items.is_empty() {
        faults.add("items", "Select what has left");
    }
    if fields.left != "yes" {
        faults.add("left", "Confirm that these items have left, and no others");
    }
    if !faults.is_empty() {
        return entry_page(&state, &who, &entry, faults).await;
    }
    let id = id_of(&entry)?;
    match state.directory().release_disclosure(&who, id, fields.items).await {
        Ok(()) => Ok(to_entry(id)),
        Err(error) => taken_back(&state, &who, &entry, "items", error).await,
    }
}

/// Said where the archive has nothing to open, whatever the cause.
const NOT_THERE: &str =
    "The archive’s later years have no record for you under this number. Check it against the papers";

/// A step that was not taken: the entry as it now stands, and why.
pub(super) async fn taken_back(
    state: &AppState,
    who: &SignedIn,
    entry: &str,
    field: &'static str,
    error: RegisterError,
) -> Result<Response, WebError> {
    let said = match &error {
        RegisterError::Changed | RegisterError::Rule(_) | RegisterError::ProposerMayNot(_) => {
            capitalised(&error.to_string())
        }
        RegisterError::NoSuchChild => NOT_THERE.to_owned(),
        _ => return Err(refused(error)),
    };
    let mut faults = Faults::default();
    faults.add(field, said);
    entry_page(state, who, entry, faults).await
}

impl ProposeForm {
    fn read(&self) -> Result<DisclosureProposal, Faults> {
        let mut faults = Faults::default();
        let number = match ChildNumber::parse(&self.child_number) {
            Ok(number) => Some(number),
            Err(_) if self.child_number.is_empty() => {
                faults.add("child_number", "Enter the child number");
                None
            }
            Err(error) => {
                faults.add("child_number", capitalised(&error.to_string()));
                None
            }
        };
        let basis = LegalBasis::from_code(&self.basis);
        if basis.is_none() {
            faults.add("basis", "Select the legal basis");
        }
        let requester = RequesterKind::from_code(&self.kind);
        if requester.is_none() {
            faults.add("kind", "Select what kind of body asks");
        }
        let body = BodyName::parse(&self.body)
            .map_err(|error| faults.add("body", capitalised(&error.to_string())))
            .ok();
        let role = RequesterRole::from_code(&self.role);
        if role.is_none() {
            faults.add("role", "Select in which role the person asks");
        }
        let reference = Reference::parse(&self.reference)
            .map_err(|error| faults.add("reference", capitalised(&error.to_string())))
            .ok();
        if self.items.is_empty() {
            faults.add("items", capitalised(&RegisterRule::NoItems.to_string()));
        }
        match (number, basis, requester, body, role, reference) {
            (Some(number), Some(basis), Some(requester), Some(body), Some(role), Some(reference))
                if faults.is_empty() =>
            {
                let items = self.items.clone();
                Ok(DisclosureProposal { number, basis, requester, body, role, reference, items })
            }
            _ => Err(faults),
        }
    }
}

fn propose_page(
    state: &AppState,
    who: &SignedIn,
    typed: ProposeForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let words = state.words();
    let template = ProposeTemplate {
        frame: Frame::of(state, who, Section::Register, "Propose a disclosure").with_faults(wrong),
        token: who.form_token().to_owned(),
        bases: choices(LegalBasis::ALL, |basis| (basis.code(), words.legal_basis(basis))),
        kinds: choices(RequesterKind::ALL, |kind| (kind.code(), words.requester_kind(kind))),
        roles: choices(RequesterRole::ALL, |role| (role.code(), words.requester_role(role))),
        items: items(words, &typed.items, |_| true),
        faults,
        typed,
    };
    page(form_status(wrong), &template)
}

async fn entry_page(
    state: &AppState,
    who: &SignedIn,
    entry: &str,
    faults: Faults,
) -> Result<Response, WebError> {
    let id = id_of(entry)?;
    let shown = state.directory().disclosure(who, id).await.map_err(refused)?;
    let words = state.words();
    let wrong = !faults.is_empty();
    let named = |items: &BTreeSet<ReleasedItem>| -> Vec<String> {
        ITEMS
            .iter()
            .filter(|(item, _)| items.contains(item))
            .map(|&(item, _)| words.released_item(item).to_owned())
            .collect()
    };
    let own =
        shown.steps.first().and_then(|step| step.by.as_ref()).map(|by| by.account) == Some(who.account());
    let template = EntryTemplate {
        frame: Frame::of(state, who, Section::Register, "Entry of the disclosure register")
            .with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        entry: id,
        state: words.register_state(shown.line.state).to_owned(),
        facts: facts(words, &shown),
        items: named(&shown.items),
        released: named(&shown.released),
        steps: steps(&shown),
        may_decide: shown.may_decide,
        may_release: shown.may_release,
        retrieval: shown.retrieval.map(retrieval),
        may_open: shown.may_open,
        own: own && shown.line.state == RegisterState::Proposed,
        refusals: choices(RefusalReason::ALL, |reason| (reason.code(), words.refusal_reason(reason))),
        releasable: items(words, &BTreeSet::new(), |item| shown.items.contains(&item)),
    };
    page(form_status(wrong), &template)
}

fn facts(words: &Words, shown: &RegisterEntry) -> Vec<(&'static str, String)> {
    let child = shown.child.as_ref().map_or_else(|| "No longer held".to_owned(), ChildNumber::grouped);
    let mut facts = vec![
        ("Child number", child),
        ("Legal basis", words.legal_basis(shown.line.basis).to_owned()),
        ("Asked by", format!("{} ({})", shown.line.body, words.requester_kind(shown.line.requester))),
        ("In the role of", words.requester_role(shown.role).to_owned()),
        ("Reference", shown.reference.to_string()),
        ("Authority", shown.line.authority.clone()),
    ];
    if let Some(reason) = shown.refusal {
        facts.push(("Refused because", words.refusal_reason(reason).to_owned()));
    }
    facts
}

fn retrieval(stage: RetrievalStage) -> String {
    match stage {
        RetrievalStage::Waits => {
            "The supplier’s operator retrieves the record; who proposed this can then open it, once"
                .to_owned()
        }
        RetrievalStage::Open(until) => {
            format!("Retrieved. Who proposed this can open it once, until {}", dates::long_instant(until))
        }
        RetrievalStage::Opened(at) => format!("Retrieved, and opened on {}", dates::long_instant(at)),
    }
}

fn steps(shown: &RegisterEntry) -> Vec<(String, String, String)> {
    let step = |step: &service::RegisterStep| {
        let what = match step.state {
            RegisterState::Proposed => "Proposed",
            RegisterState::Approved => "Approved",
            RegisterState::Refused => "Refused",
            RegisterState::Released => "Released",
        };
        let by = step
            .by
            .as_ref()
            .map_or_else(|| "Not known".to_owned(), |by| format!("{} ({})", by.name, by.username));
        (what.to_owned(), dates::long_instant(step.at), by)
    };
    shown.steps.iter().map(step).collect()
}

fn items(words: &Words, chosen: &BTreeSet<ReleasedItem>, listed: impl Fn(ReleasedItem) -> bool) -> Vec<Item> {
    ITEMS
        .iter()
        .filter(|(item, _)| listed(*item))
        .map(|&(item, field)| Item {
            field,
            words: words.released_item(item).to_owned(),
            chosen: chosen.contains(&item),
        })
        .collect()
}

fn choices<'a, T: Copy>(all: &[T], of: impl Fn(T) -> (&'static str, &'a str)) -> Vec<Choice> {
    all.iter()
        .map(|&value| {
            let (code, words) = of(value);
            Choice { code, words: words.to_owned() }
        })
        .collect()
}

pub(super) fn id_of(text: &str) -> Result<Uuid, WebError> {
    Uuid::parse_str(text).map_err(|_| WebError::NotFound)
}

fn to_entry(entry: Uuid) -> Response {
    Redirect::to(&format!("/register/entry/{entry}")).into_response()
}

pub(super) fn refused(error: RegisterError) -> WebError {
    match error {
        RegisterError::Forbidden => WebError::Forbidden,
        RegisterError::StepUpFirst(first) => first.into(),
        RegisterError::NotFound | RegisterError::NoSuchChild => WebError::NotFound,
        // The pages show these beside the form; here they cannot come.
        RegisterError::Rule(_) | RegisterError::Changed | RegisterError::ProposerMayNot(_) => {
            WebError::FormTooOld
        }
        RegisterError::Service(fault) => fault.into(),
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::{Fields as _, ITEMS, ProposeForm, ReleaseForm};
    use directory::register::ReleasedItem;

    #[test]
    fn every_item_is_a_field_of_both_forms() {
        assert_eq!(ITEMS.len(), ReleasedItem::ALL.len());
        for (item, field) in ITEMS {
            assert_eq!(field, format!("item_{}", item.code()));
            assert!(ProposeForm::NAMES.contains(&field) && ReleaseForm::NAMES.contains(&field));
        }
    }

    #[test]
    fn an_empty_proposal_is_told_everything_that_is_missing() {
        let faults = ProposeForm::default().read().err().unwrap();
        for field in ["child_number", "basis", "kind", "body", "role", "reference", "items"] {
            assert!(faults.of(field).is_some(), "{field}");
        }
    }
}
