//! Handing in a request that a child's whereabouts are hidden. The pages say "protection", for they are reached from every
//! record, and no record tells whether there is a shield.

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::ChildNumber;
use directory::access::Permission;
use directory::shield::{
    AskedRule, Evidence, EvidenceKind, EvidenceReference, IdentitySeen, RequesterReach, ShieldGrounds,
};
use directory::{ShieldClass, ShieldReason, ShieldRequester};
use http::StatusCode;
use service::{ShieldError, ShieldRequest, SignedIn};

use super::shields_words::{capitalised, choices};
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{FORM, Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

const ASKS: RouteRule = RouteRule::SignedIn(Permission::RequestShield);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/protection", ASKS, FORM, || get(ask)),
    Route::post("/protection", ASKS, FORM, || post(ask_for)),
    Route::post("/protection/request", ASKS, Trail::Writes(Action::RecordChanged), || post(request)),
    Route::get("/protection/received", ASKS, FORM, || get(received)),
];

#[derive(Template)]
#[template(path = "protection.html")]
struct AskTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    typed: AskForm,
    requesters: Vec<Choice>,
    reasons: Vec<Choice>,
    classes: Vec<Choice>,
    kinds: Vec<Choice>,
    identities: Vec<Choice>,
    reaches: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "protection_received.html")]
struct ReceivedTemplate {
    frame: Frame,
}

/// The child whose record was open.
pub(crate) struct ChildForm {
    child_number: String,
}

impl Fields for ChildForm {
    const NAMES: &'static [&'static str] = &["child_number"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { child_number: posted.take("child_number") }
    }
}

/// What was typed.
#[derive(Default)]
pub(crate) struct AskForm {
    child_number: String,
    requested_by: String,
    reason: String,
    class: String,
    evidence_kind: String,
    evidence_number: String,
    evidence_kind_2: String,
    evidence_number_2: String,
    identity: String,
    reach: String,
    bar_accounts: String,
    bar_organisation: String,
}

impl Fields for AskForm {
    const NAMES: &'static [&'static str] = &[
        "child_number",
        "requested_by",
        "reason",
        "class",
        "evidence_kind",
        "evidence_number",
        "evidence_kind_2",
        "evidence_number_2",
        "identity",
        "reach",
        "bar_accounts",
        "bar_organisation",
    ];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            child_number: posted.take("child_number"),
            requested_by: posted.take("requested_by"),
            reason: posted.take("reason"),
            class: posted.take("class"),
            evidence_kind: posted.take("evidence_kind"),
            evidence_number: posted.take("evidence_number"),
            evidence_kind_2: posted.take("evidence_kind_2"),
            evidence_number_2: posted.take("evidence_number_2"),
            identity: posted.take("identity"),
            reach: posted.take("reach"),
            bar_accounts: posted.take("bar_accounts"),
            bar_organisation: posted.take("bar_organisation"),
        }
    }
}

impl AskForm {
    fn read(&self) -> Result<ShieldRequest, Faults> {
        let mut faults = Faults::default();
        let number = match ChildNumber::parse(&self.child_number) {
            Ok(number) => Some(number),
            Err(_) if self.child_number.is_empty() => {
                faults.add("child_number", "Enter the child number. It stands on the child’s record");
                None
            }
            Err(error) => {
                faults.add("child_number", capitalised(&error.to_string()));
                None
            }
        };
        let requested_by = ShieldRequester::from_code(&self.requested_by);
        if requested_by.is_none() {
            faults.add("requested_by", "Select who asks");
        }
        let reason = ShieldReason::from_code(&self.reason);
        if reason.is_none() {
            faults.add("reason", "Select what the danger is");
        }
        let class = ShieldClass::from_code(&self.class);
        if class.is_none() {
            faults.add("class", "Select how great the danger is");
        }
        let mut evidence = Vec::new();
        let files = [
            ("evidence_kind", &self.evidence_kind, "evidence_number", &self.evidence_number),
            ("evidence_kind_2", &self.evidence_kind_2, "evidence_number_2", &self.evidence_number_2),
        ];
        for (at_kind, kind, at_number, number) in files {
            if kind.is_empty() && number.is_empty() {
                continue;
            }
            match EvidenceKind::from_code(kind) {
                None => faults.add(at_kind, "Select which file it is, or delete its number"),
                Some(kind) => match EvidenceReference::new(kind, number) {
                    Ok(reference) => evidence.push(reference),
                    Err(error) => faults.add(at_number, capitalised(&error.to_string())),
                },
            }
        }
        if evidence.is_empty()
            && faults.of("evidence_kind").is_none()
            && faults.of("evidence_number").is_none()
        {
            faults.add(
                "evidence_kind",
                "Select which file shows the danger and who asks, and enter its number",
            );
        }
        let identity = IdentitySeen::from_code(&self.identity);
        if identity.is_none() {
            faults.add("identity", "Select how you know who asks and that this is the child");
        }
        let reach = RequesterReach::from_code(&self.reach);
        if reach.is_none() {
            faults.add("reach", "Select how whoever asks can be reached");
        }
        let (Some(number), Some(requested_by), Some(reason), Some(class), Ok(evidence)) =
            (number, requested_by, reason, class, Evidence::new(evidence))
        else {
            return Err(faults);
        };
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(ShieldRequest {
            grounds: ShieldGrounds { class, evidence, ..ShieldGrounds::new(requested_by, reason) },
            bar_accounts: self.bar_accounts.split_whitespace().map(str::to_owned).collect(),
            bar_organisations: Some(self.bar_organisation.clone())
                .filter(|name| !name.is_empty())
                .into_iter()
                .collect(),
            number,
            identity,
            reach,
        })
    }
}

/// `GET /protection`: for whoever has the number on paper.
pub(crate) async fn ask(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    ask_page(&state, &who, AskForm::default(), Faults::default())
}

/// `POST /protection`: from a record, whose number comes along and stands in no address.
pub(crate) async fn ask_for(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<ChildForm>,
) -> Result<Response, WebError> {
    let typed = AskForm { child_number: fields.child_number, ..AskForm::default() };
    ask_page(&state, &who, typed, Faults::default())
}

/// `POST /protection/request`
pub(crate) async fn request(
    State(state): State<AppState>,
    SignedForm { who, fields: typed }: SignedForm<AskForm>,
) -> Result<Response, WebError> {
    let request = match typed.read() {
        Ok(request) => request,
        Err(faults) => return ask_page(&state, &who, typed, faults),
    };
    let mut faults = Faults::default();
    match state.directory().request_shield(&who, request).await {
        Ok(()) => return Ok(Redirect::to("/protection/received").into_response()),
        Err(ShieldError::NoSuchChild) => {
            faults.add("child_number", "No child has this number. Check it against the child’s record");
        }
        Err(ShieldError::NobodyToBar { name }) => {
            let field = if name == typed.bar_organisation { "bar_organisation" } else { "bar_accounts" };
            faults.add(field, format!("Nobody here is called {name}. Check the name, or leave it out"));
        }
        Err(ShieldError::NobodyDecides) => faults.add(
            "bar_accounts",
            "Everybody who decides about shields would be barred, or works for who would be. Bar fewer, or telephone the central team: \
             it names people elsewhere who decide",
        ),
        Err(ShieldError::TooManyBarred(_)) => faults.add(
            "bar_accounts",
            "Name three accounts and organisations at most. For more, telephone your authority’s team",
        ),
        Err(ShieldError::Asked(lacks)) => {
            let field = match lacks {
                AskedRule::NoEvidence => "evidence_kind",
                AskedRule::NoIdentity => "identity",
                AskedRule::NoReach => "reach",
            };
            faults.add(field, capitalised(&lacks.to_string()));
        }
        Err(ShieldError::Forbidden) => return Err(WebError::Forbidden),
        Err(ShieldError::StepUpFirst(first)) => return Err(first.into()),
        Err(ShieldError::Service(fault)) => return Err(fault.into()),
        Err(_) => return Err(WebError::FormTooOld),
    }
    ask_page(&state, &who, typed, faults)
}

/// `GET /protection/received`
pub(crate) async fn received(
    State(state): State<AppState>,
    Person(who): Person,
) -> Result<Response, WebError> {
    let frame = Frame::of(&state, &who, Section::Children, "Your request was received");
    page(StatusCode::OK, &ReceivedTemplate { frame })
}

fn ask_page(state: &AppState, who: &SignedIn, typed: AskForm, faults: Faults) -> Result<Response, WebError> {
    let (wrong, words) = (!faults.is_empty(), state.words().vocabulary());
    let template = AskTemplate {
        frame: Frame::of(state, who, Section::Children, "Ask for a child’s protection").with_faults(wrong),
        token: who.form_token().to_owned(),
        requesters: choices(ShieldRequester::ALL, |one| (one.code(), words.shield_requester(one))),
        reasons: choices(ShieldReason::ALL, |one| (one.code(), words.shield_reason(one))),
        classes: choices(ShieldClass::ALL, |one| (one.code(), words.shield_class(one))),
        kinds: choices(EvidenceKind::ALL, |one| (one.code(), words.evidence_kind(one))),
        identities: choices(IdentitySeen::ALL, |one| (one.code(), words.identity_seen(one))),
        reaches: choices(RequesterReach::ALL, |one| (one.code(), words.requester_reach(one))),
        faults,
        typed,
    };
    page(form_status(wrong), &template)
}

#[cfg(test)]
mod tests {
    use super::AskForm;

    #[test]
    fn an_empty_request_is_told_everything_that_is_missing() {
        let faults = AskForm::default().read().err().unwrap();
        for field in ["child_number", "requested_by", "reason", "class", "evidence_kind", "identity", "reach"]
        {
            assert!(faults.of(field).is_some(), "{field}");
        }
    }

    #[test]
    fn a_number_without_its_file_and_a_file_without_its_number_are_told() {
        let form = |kind: &str, number: &str| AskForm {
            evidence_kind: kind.to_owned(),
            evidence_number: number.to_owned(),
            ..AskForm::default()
        };
        assert!(form("", "13DV00417").read().err().unwrap().of("evidence_kind").is_some());
        assert!(form("police", "").read().err().unwrap().of("evidence_number").is_some());
        assert!(form("police", "he hit her").read().err().unwrap().of("evidence_number").is_some());
    }
}
