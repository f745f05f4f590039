//! The letter to a family: prepared, looked at by the second person, released, taken as a page to print or as a PDF. Each is
//! a post, for a letter is child data and has no address.

use askama::Template;
use audit::Action;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use directory::access::{DangerousAct, Permission};
use directory::families::LetterExemption;
use directory::letter::{AccessDepth, Letter, LetterTerms};
use http::{HeaderValue, StatusCode, header};
use service::{Disclosed, FamilyLetter, SignedIn, letter_pdf};
use uuid::Uuid;

use super::families_desk::{frame, id_of};
use super::subject_requests::{Chosen, again, request_page, to_request};
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::reasoned;
use crate::state::AppState;

const ANSWERS: RouteRule = RouteRule::SignedIn(Permission::AnswerFamilies);
const LOOKS: RouteRule = RouteRule::WithReason(Permission::AnswerFamilies);
const CHANGES: Trail = Trail::Writes(Action::FamilyMatterChanged);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::post("/subject-requests/request/{id}/prepare", LOOKS, CHANGES, || post(prepare)),
    Route::post("/subject-requests/request/{id}/read", LOOKS, Trail::Writes(Action::RecordViewed), || {
        post(read)
    }),
    Route::post("/subject-requests/request/{id}/decide", ANSWERS, CHANGES, || post(decide))
        .does(&[DangerousAct::ReleaseLetter]),
    Route::post("/subject-requests/request/{id}/letter", LOOKS, CHANGES, || post(take))
        .does(&[DangerousAct::TakeLetter]),
];

#[derive(Template)]
#[template(path = "letter_shown.html")]
struct ShownTemplate {
    frame: Frame,
    id: Uuid,
    day: String,
    letter: Letter,
}

/// The page that leaves: it stands by itself, with no way into the service.
#[derive(Template)]
#[template(path = "letter.html")]
struct LetterTemplate<'a> {
    product: &'a str,
    day: String,
    letter: &'a Letter,
}

/// What is done with a letter.
pub(crate) struct LetterForm {
    depth: String,
    exemption: String,
    decision: String,
    seen: String,
    form: String,
}

impl Fields for LetterForm {
    const NAMES: &'static [&'static str] = &["depth", "exemption", "decision", "seen", "form"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            depth: posted.take("depth"),
            exemption: posted.take("exemption"),
            decision: posted.take("decision"),
            seen: posted.take("seen"),
            form: posted.take("form"),
        }
    }
}

/// `POST /subject-requests/request/{id}/prepare`
pub(crate) async fn prepare(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<LetterForm>,
) -> Result<Response, WebError> {
    let (id, asker) = (id_of(&id)?, reasoned(&who)?);
    let depth = match fields.depth.as_str() {
        "days" => AccessDepth::OrganisationAndDay,
        _ => AccessDepth::SectorAndMonth,
    };
    let exemption = match fields.exemption.as_str() {
        "" => None,
        code => Some(LetterExemption::from_code(code).ok_or(WebError::NotFound)?),
    };
    match state.directory().prepare_letter(&asker, id, LetterTerms { depth, exemption }).await {
        Ok(letter) => shown(&state, &who, id, &letter),
        Err(error) => {
            let chosen =
                Chosen { days: fields.depth == "days", exempt: exemption.is_some(), ..Chosen::default() };
            again(&state, &who, id, chosen, error).await
        }
    }
}

/// `POST /subject-requests/request/{id}/read`
pub(crate) async fn read(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, .. }: SignedForm<LetterForm>,
) -> Result<Response, WebError> {
    let (id, asker) = (id_of(&id)?, reasoned(&who)?);
    match state.directory().letter_to_check(&asker, id).await {
        Ok(letter) => shown(&state, &who, id, &letter),
        Err(error) => again(&state, &who, id, Chosen::default(), error).await,
    }
}

/// `POST /subject-requests/request/{id}/decide`
pub(crate) async fn decide(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<LetterForm>,
) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let mut faults = Faults::default();
    let chosen = Chosen { decision: fields.decision.clone(), ..Chosen::default() };
    let release = match fields.decision.as_str() {
        "release" => true,
        "send_back" => false,
        _ => {
            faults.add("decision", "Select whether the letter is released or sent back");
            return request_page(&state, &who, id, chosen, faults).await;
        }
    };
    if release && fields.seen != "yes" {
        faults.add(
            "seen",
            "Confirm that you have read the letter and that it tells this person nothing they may not know",
        );
        return request_page(&state, &who, id, chosen, faults).await;
    }
    match state.directory().decide_letter(&who, id, release).await {
        Ok(()) => Ok(to_request(id)),
        Err(error) => again(&state, &who, id, chosen, error).await,
    }
}

/// `POST /subject-requests/request/{id}/letter`
pub(crate) async fn take(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<LetterForm>,
) -> Result<Response, WebError> {
    let (id, asker) = (id_of(&id)?, reasoned(&who)?);
    let taken = match state.directory().take_letter(&asker, id).await {
        Ok(taken) => taken,
        Err(error) => return again(&state, &who, id, Chosen::default(), error).await,
    };
    let letter = Letter::of(&taken.data().answer, &taken.data().reference, state.words().vocabulary());
    letter_file(&state, &letter, fields.form == "pdf")
}

/// A letter as a file to be handed over, PDF or a page that stands by itself.
pub(super) fn letter_file(state: &AppState, letter: &Letter, pdf: bool) -> Result<Response, WebError> {
    let product = state.words().product();
    let (bytes, kind, ending) = match pdf {
        true => (letter_pdf(letter, product), "application/pdf", "pdf"),
        false => (letter_page(letter, product)?.into_bytes(), "text/html; charset=utf-8", "html"),
    };
    // The file's name is the number of the request: no name of a child is left in a list of downloads.
    let name = format!("attachment; filename=\"letter-{}.{ending}\"", letter.reference);
    let name = HeaderValue::from_str(&name).map_err(|_| WebError::Defect)?;
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, bytes).into_response())
}

/// The letter as a page that stands by itself: a function of the letter alone, so that equal letters are equal files.
///
/// # Errors
///
/// None in practice.
pub fn letter_page(letter: &Letter, product: &str) -> Result<String, WebError> {
    let template = LetterTemplate { product, day: dates::long_day(letter.on), letter };
    template.render().map_err(|_| WebError::Defect)
}

fn shown(
    state: &AppState,
    who: &SignedIn,
    id: Uuid,
    letter: &Disclosed<FamilyLetter>,
) -> Result<Response, WebError> {
    let words = state.words();
    let letter_of = Letter::of(&letter.data().answer, &letter.data().reference, words.vocabulary());
    let template = ShownTemplate {
        frame: frame(state, who, "A letter to a family", false).because(words.reason(*letter.reason())),
        id,
        day: dates::long_day(letter_of.on),
        letter: letter_of,
    };
    page(StatusCode::OK, &template)
}
