//! `POST`, `PUT` and `DELETE` of a Patient. Creating and updating are the same, because each statement says everything; so a
//! condition changes nothing, and nothing is asked for it.

use axum::extract::{Path, State};
use feeds::fhir::answer::{EntryAnswer, Issue};
use feeds::fhir::{Ask, Entry, Method, Received, Spoken, Whole, condition, read_alone};
use http::StatusCode;

use super::super::problem::Problem;
use super::super::state::HttpDoor;
use super::BASE;
use super::answers::{Answer, Said};
use super::asked::{Asked, Preference, RESOURCE};
use super::saying::say;

pub(super) async fn create(State(http): State<HttpDoor>, asked: Asked) -> Result<Answer, Said> {
    let named = asked.headers.get("if-none-exist").map(|value| value.to_str().unwrap_or_default());
    let ask = match named {
        Some(named) => Ask::Where(Method::Say, condition(named, &asked.mapping(&http))?),
        None => Ask::Create,
    };
    state(&http, asked, ask).await
}

pub(super) async fn update(
    State(http): State<HttpDoor>,
    Path(number): Path<String>,
    asked: Asked,
) -> Result<Answer, Said> {
    state(&http, asked, Ask::At(Method::Say, number)).await
}

pub(super) async fn update_where(State(http): State<HttpDoor>, asked: Asked) -> Result<Answer, Said> {
    let number = named_by(&http, &asked)?;
    state(&http, asked, Ask::Where(Method::Say, number)).await
}

pub(super) async fn end(
    State(http): State<HttpDoor>,
    Path(number): Path<String>,
    asked: Asked,
) -> Result<Answer, Said> {
    ended(&http, asked, Ask::At(Method::End, number)).await
}

pub(super) async fn end_where(State(http): State<HttpDoor>, asked: Asked) -> Result<Answer, Said> {
    let number = named_by(&http, &asked)?;
    ended(&http, asked, Ask::Where(Method::End, number)).await
}

fn named_by(http: &HttpDoor, asked: &Asked) -> Result<String, Said> {
    let Some(query) = &asked.query else {
        let remedy =
            "add the source's own number: /fhir/Patient/NUMBER or /fhir/Patient?identifier=SYSTEM|NUMBER";
        return Err(Problem::malformed("the address names no record", remedy).into());
    };
    Ok(condition(query, &asked.mapping(http))?)
}

async fn state(http: &HttpDoor, asked: Asked, ask: Ask) -> Result<Answer, Said> {
    asked.takes(&RESOURCE)?;
    let received = read_alone(&asked.body, ask, &asked.mapping(http))?;
    said(&asked, received).await
}

async fn ended(http: &HttpDoor, asked: Asked, ask: Ask) -> Result<Answer, Said> {
    let record_id = ask.record().unwrap_or_default().to_owned();
    let ends = asked.mapping(http).ends(record_id.clone(), None);
    let entry =
        Entry { ask: Some(ask), record: Some(record_id), said: Ok(Spoken::Said(ends)), further: Vec::new() };
    let received = Received { whole: Whole::Batch, entries: vec![entry], discarded: Default::default() };
    said(&asked, received).await
}

async fn said(asked: &Asked, received: Received) -> Result<Answer, Said> {
    let mut entries = say(asked, received).await?;
    // Of one resource there is one answer.
    let EntryAnswer { location, etag, mut issues, .. } =
        entries.pop().ok_or_else(|| Said::from(Problem::of_status(StatusCode::INTERNAL_SERVER_ERROR)))?;
    for issue in &mut issues {
        issue.expression = issue.expression.replace("Bundle.entry[0].resource", "Patient");
    }
    let location = location.map(|location| format!("{BASE}/{location}"));
    if issues.iter().any(|issue| issue.severity == "error") {
        let answer = Answer::of(StatusCode::UNPROCESSABLE_ENTITY, &issues);
        return Ok(answer.about(location, etag).keeping(asked.preference));
    }
    let durable =
        [Issue::plain("information", "informational", "it is durable; its receipt tells what became of it")];
    let answer = Answer::of(StatusCode::ACCEPTED, &durable).about(location, etag).keeping(asked.preference);
    Ok(if asked.preference == Some(Preference::Minimal) { answer.bare() } else { answer })
}
