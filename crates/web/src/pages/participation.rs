//! A young person's own consent to stay in the directory after eighteen, and its withdrawal: reached from the record page.

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use directory::ChildNumber;
use directory::access::Permission;
use http::StatusCode;
use service::{ParticipationBasis, ParticipationError, Reasoned};

use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{FORM, Route, RouteRule, Trail};
use crate::session::reasoned;
use crate::state::AppState;

const RULE: RouteRule = RouteRule::WithReason(Permission::RecordParticipation);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::post("/record/participation", RULE, FORM, || post(ask)),
    Route::post("/record/participation/record", RULE, Trail::Writes(Action::RecordChanged), || post(record)),
    Route::post("/record/participation/withdraw", RULE, Trail::Writes(Action::RecordChanged), || {
        post(withdraw)
    }),
];

#[derive(Template)]
#[template(path = "participation.html")]
struct AskTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    number: String,
    ages: Vec<(u8, bool)>,
}

#[derive(Template)]
#[template(path = "participation_done.html")]
struct DoneTemplate {
    frame: Frame,
    heading: &'static str,
    text: String,
}

/// The record, and what the young person said.
pub(crate) struct ParticipationForm {
    number: String,
    age: String,
    consent: String,
    withdrawn: String,
}

impl Fields for ParticipationForm {
    const NAMES: &'static [&'static str] = &["number", "age", "consent", "withdrawn"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            number: posted.take("number"),
            age: posted.take("age"),
            consent: posted.take("consent"),
            withdrawn: posted.take("withdrawn"),
        }
    }
}

/// `POST /record/participation`: the form. Nothing of the child is shown.
pub(crate) async fn ask(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<ParticipationForm>,
) -> Result<Response, WebError> {
    ask_page(&state, &reasoned(&who)?, &fields, Faults::default())
}

/// `POST /record/participation/record`
pub(crate) async fn record(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<ParticipationForm>,
) -> Result<Response, WebError> {
    let asker = reasoned(&who)?;
    let mut faults = Faults::default();
    let age = fields.age.parse::<u8>().ok().filter(|age| AGES.contains(age));
    if age.is_none() {
        faults.add("age", "Select the age until which the young person stays");
    }
    if fields.consent != "yes" {
        faults.add("consent", "Confirm that the young person has consented themselves");
    }
    let (Some(age), true) = (age, faults.is_empty()) else {
        return ask_page(&state, &asker, &fields, faults);
    };
    let number = number_of(&fields)?;
    let own = ParticipationBasis::OwnConsent;
    match state.directory().record_participation(&asker, &number, age, own).await {
        Ok(()) => done(
            &state,
            &asker,
            "Consent recorded",
            format!(
                "The record stays until the birthday at {age}, unless the young person withdraws their consent before."
            ),
        ),
        Err(ParticipationError::Age) => {
            faults.add("age", "That birthday is past. Select a later age");
            ask_page(&state, &asker, &fields, faults)
        }
        Err(ParticipationError::TooYoung(from)) => {
            faults.add("consent", format!("A young person consents themselves from the age of {from}"));
            ask_page(&state, &asker, &fields, faults)
        }
        Err(error) => Err(refused(error)),
    }
}

/// `POST /record/participation/withdraw`
pub(crate) async fn withdraw(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<ParticipationForm>,
) -> Result<Response, WebError> {
    let asker = reasoned(&who)?;
    let mut faults = Faults::default();
    if fields.withdrawn != "yes" {
        faults.add("withdrawn", "Confirm that the young person has withdrawn their consent");
        return ask_page(&state, &asker, &fields, faults);
    }
    let number = number_of(&fields)?;
    match state.directory().withdraw_participation(&asker, &number).await {
        Ok(()) => done(
            &state,
            &asker,
            "Withdrawal recorded",
            "The record of a young person past eighteen is archived at once: nobody finds it any more. A child's \
             record stays until the eighteenth birthday."
                .to_owned(),
        ),
        Err(ParticipationError::NotParticipating) => {
            faults.add("withdrawn", "No consent is recorded, so there is none to withdraw");
            ask_page(&state, &asker, &fields, faults)
        }
        Err(error) => Err(refused(error)),
    }
}

const AGES: [u8; 7] = [19, 20, 21, 22, 23, 24, 25];

fn number_of(fields: &ParticipationForm) -> Result<ChildNumber, WebError> {
    ChildNumber::parse(&fields.number).map_err(|_| WebError::NotFound)
}

fn refused(error: ParticipationError) -> WebError {
    match error {
        ParticipationError::Forbidden => WebError::Forbidden,
        ParticipationError::NotFound
        | ParticipationError::Age
        | ParticipationError::TooYoung(_)
        | ParticipationError::NotParticipating => WebError::NotFound,
        ParticipationError::Service(fault) => fault.into(),
    }
}

fn ask_page(
    state: &AppState,
    asker: &Reasoned,
    fields: &ParticipationForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let template = AskTemplate {
        frame: Frame::of(state, asker.who(), Section::Children, "Staying after eighteen").with_faults(wrong),
        faults,
        token: asker.who().form_token().to_owned(),
        number: fields.number.clone(),
        ages: AGES.iter().map(|age| (*age, fields.age == age.to_string())).collect(),
    };
    page(form_status(wrong), &template)
}

fn done(
    state: &AppState,
    asker: &Reasoned,
    heading: &'static str,
    text: String,
) -> Result<Response, WebError> {
    let frame = Frame::of(state, asker.who(), Section::Children, heading);
    page(StatusCode::OK, &DoneTemplate { frame, heading, text })
}
