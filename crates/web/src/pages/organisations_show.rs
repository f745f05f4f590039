//! One organisation: where it stands, what its people may do and why, whom to reach, its parts; and the door to apply.

use askama::Template;
use audit::Action;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::accreditation::{Accreditation, AccreditationState, NotDone};
use directory::access::{Capability, Permission};
use directory::organisation::OrganisationStands;
use jiff::civil::Date;
use service::{MayDo, OrganisationError, OrganisationView, SignedIn};
use uuid::Uuid;

use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::pages::organisations::{Line, broken, id, shown};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get(
        "/organisations/{id}",
        RouteRule::SignedIn(Permission::ViewOrganisations),
        Trail::Writes(Action::OrganisationsRead),
        || get(show),
    ),
    Route::post(
        "/organisations/{id}/apply",
        RouteRule::SignedIn(Permission::ApplyForAccreditation),
        Trail::Writes(Action::OrganisationChanged),
        || post(apply),
    ),
];

#[derive(Template)]
#[template(path = "organisation.html")]
struct ShowTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    line: Line,
    facts: Vec<(&'static str, String)>,
    parent: Option<(Uuid, String)>,
    may: MayDo,
    capabilities: Vec<CapabilityLine>,
    conditions: Vec<ConditionLine>,
    may_suspend: bool,
    may_reinstate: bool,
    accreditations: Vec<AccreditationLine>,
    none_yet: &'static str,
    apply: Option<Apply>,
    contacts: Vec<ContactLine>,
    parts: Vec<Line>,
}

struct CapabilityLine {
    words: String,
    on: bool,
    why: String,
}

struct ConditionLine {
    code: String,
    lacking: String,
    state: String,
}

struct AccreditationLine {
    id: Uuid,
    opened: String,
    purpose: String,
    state: String,
    until: String,
}

struct Apply {
    changed: &'static str,
    words: String,
    button: &'static str,
}

struct ContactLine {
    duty: String,
    name: String,
    post: String,
    telephone: String,
    uri: String,
    email: String,
}

/// `GET /organisations/{id}`
pub(crate) async fn show(
    State(state): State<AppState>,
    Person(who): Person,
    Path(organisation): Path<String>,
) -> Result<Response, WebError> {
    organisation_page(&state, &who, id(&organisation)?, Faults::default()).await
}

/// Whether something material has changed, for who applies before a renewal is open.
pub(crate) struct ApplyForm {
    changed: String,
}

impl Fields for ApplyForm {
    const NAMES: &'static [&'static str] = &["changed"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { changed: posted.take("changed") }
    }
}

/// `POST /organisations/{id}/apply`
pub(crate) async fn apply(
    State(state): State<AppState>,
    Path(organisation): Path<String>,
    SignedForm { who, fields }: SignedForm<ApplyForm>,
) -> Result<Response, WebError> {
    let organisation = id(&organisation)?;
    let changed = fields.changed == "yes";
    match state.directory().open_accreditation(&who, organisation, changed).await {
        Ok(opened) => Ok(Redirect::to(&format!("/accreditation/{opened}/questions")).into_response()),
        Err(error) => {
            let mut faults = Faults::default();
            let said = match error {
                OrganisationError::AlreadyOpen => {
                    "An application is open already. Go on with that one".to_owned()
                }
                OrganisationError::NotDone(NotDone::RenewalNotOpen(day)) => {
                    format!("Renewal opens on {}", dates::long_day(day))
                }
                other => return Err(broken(other)),
            };
            faults.add("main-content", said);
            organisation_page(&state, &who, organisation, faults).await
        }
    }
}

async fn organisation_page(
    state: &AppState,
    who: &SignedIn,
    organisation: Uuid,
    faults: Faults,
) -> Result<Response, WebError> {
    let view = state.directory().organisation(who, organisation).await.map_err(broken)?;
    let wrong = !faults.is_empty();
    let line = shown(state, &view.line);
    let words = state.words().vocabulary();
    let current = view.current.as_ref().map(|(_, accreditation)| accreditation);
    let stands = view.line.stands;
    let in_force = matches!(stands, OrganisationStands::InForce | OrganisationStands::EndsSoon);
    let template = ShowTemplate {
        frame: Frame::of(state, who, Section::Organisations, "Organisation").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        facts: vec![
            ("Sector", line.sector.clone()),
            ("Authority", view.line.authority.clone().unwrap_or_else(|| "None: a national body".to_owned())),
            ("Accredited until", line.until.clone()),
        ],
        capabilities: capabilities(state, &view),
        conditions: current.map(|current| conditions(state, current)).unwrap_or_default(),
        may_suspend: in_force,
        may_reinstate: current.is_some_and(|current| {
            current.state() == AccreditationState::Suspended || !current.switched_off().is_empty()
        }),
        accreditations: view
            .accreditations
            .iter()
            .map(|row| AccreditationLine {
                id: row.id,
                opened: dates::day_of(row.opened_at),
                purpose: words.accreditation_purpose(row.purpose).to_owned(),
                state: words.accreditation_state(row.state).to_owned(),
                until: until(row.until),
            })
            .collect(),
        none_yet: if in_force {
            "The installation declared it accredited. Nobody has applied here yet."
        } else {
            "Nobody has applied yet."
        },
        apply: apply_for(state, &view),
        contacts: view
            .contacts
            .iter()
            .map(|contact| ContactLine {
                duty: words.contact_duty(contact.duty).to_owned(),
                name: contact.name.to_string(),
                post: contact.post.to_string(),
                telephone: contact.telephone.to_string(),
                uri: contact.telephone.uri(),
                email: contact.email.to_string(),
            })
            .collect(),
        parts: view.parts.iter().map(|part| shown(state, part)).collect(),
        parent: view.parent,
        may: view.may,
        line,
    };
    page(form_status(wrong), &template)
}

/// `9 March 2029`, or a dash; an end in the year 9999 is none.
pub(crate) fn until(last: Option<Date>) -> String {
    last.filter(|last| last.year() < 9999).map_or_else(|| "–".to_owned(), dates::long_day)
}

fn capabilities(state: &AppState, view: &OrganisationView) -> Vec<CapabilityLine> {
    Capability::ALL
        .iter()
        .map(|&capability| {
            let on = view.capabilities.has(capability);
            CapabilityLine {
                words: state.words().capability(capability).to_owned(),
                on,
                why: why(state, view, capability, on),
            }
        })
        .collect()
}

fn why(state: &AppState, view: &OrganisationView, capability: Capability, on: bool) -> String {
    let words = state.words().vocabulary();
    let said = |text: &str| text.to_owned();
    if capability == Capability::Ninth {
        return said("The question is not in use");
    }
    let Some((_, current)) = &view.current else {
        return if on { said("Declared by the installation") } else { said("Not accredited") };
    };
    if let Some(stop) = current.suspended() {
        return format!("Suspended: {}", words.accreditation_suspension(stop.reason));
    }
    if let Some(stop) = current.switched_off().get(&capability) {
        return format!("Switched off: {}", words.accreditation_suspension(stop.reason));
    }
    if !current.granted().contains(&capability) {
        return said("Not accredited for this");
    }
    match (current.on_until(capability), on) {
        (Some(last), true) if Some(last) != current.valid_until() => {
            format!("A condition must be met by {}", dates::long_day(last))
        }
        (_, true) => said("Accredited"),
        (Some(last), false) if Some(last) != current.valid_until() => {
            format!("A condition was not met by {}", dates::long_day(last))
        }
        (_, false) => said("The accreditation has ended"),
    }
}

fn conditions(state: &AppState, current: &Accreditation) -> Vec<ConditionLine> {
    let words = state.words().vocabulary();
    let today = state.today();
    current
        .conditions()
        .iter()
        .map(|(code, condition)| ConditionLine {
            code: code.clone(),
            lacking: words.accreditation_lacking(condition.lacking).to_owned(),
            state: match (condition.met_on, condition.due < today) {
                (Some(met), _) => format!("met on {}", dates::long_day(met)),
                (None, true) => format!("overdue since {}", dates::long_day(condition.due)),
                (None, false) => format!("due by {}", dates::long_day(condition.due)),
            },
        })
        .collect()
}

fn apply_for(state: &AppState, view: &OrganisationView) -> Option<Apply> {
    let is_open = view.accreditations.iter().any(|row| {
        matches!(
            row.state,
            AccreditationState::Draft | AccreditationState::Submitted | AccreditationState::Assessed
        )
    });
    if !view.may.apply || is_open {
        return None;
    }
    let months = state.directory().accreditation_policy().renewal_months;
    let stays = "What is in force stays in force until the new application is decided.";
    Some(match view.line.stands {
        OrganisationStands::InForce => Apply {
            changed: "yes",
            words: format!(
                "Renewal opens {months} months before the end. Apply before then only if something that was \
                 accredited has changed, or another capability is needed. {stays}"
            ),
            button: "Apply for a change",
        },
        OrganisationStands::EndsSoon => {
            Apply { changed: "", words: format!("Renewal is open. {stays}"), button: "Apply for renewal" }
        }
        _ => Apply {
            changed: "",
            words: "Answer 8 questions, then give the reference of evidence for each criterion that applies."
                .to_owned(),
            button: "Apply for accreditation",
        },
    })
}
