//! What a source says by JSON: statements about children, the end of a record, that two of its own records are one child. All of
//! a request is taken or nothing of it. What is answered is a function of the words alone (law 7).

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use directory::SaidAt;
use directory::connecting::WayIn;
use feeds::{Kind, Message, Profile, Said, shaped_like_a_name, value_fault, why_forbidden};
use http::{HeaderMap, StatusCode};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};
use service::{ReceiptFault, Taken};
use sha2::{Digest as _, Sha256};

use super::idempotency::Repeats;
use super::json_body::{Object, Objects, objects};
use super::problem::Problem;
use super::route::{AnswersAbout, Proof, Route};
use super::source::Connected;

/// The most statements of one request.
pub(super) const MOST: usize = 1_000;

/// A thousand statements with every column filled are under half of this.
const LARGEST: usize = 4 << 20;

const SMALL: usize = 4 * 1024;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "POST",
        path: "/v1/statements",
        proof: Proof::Source,
        answers_about: AnswersAbout::WhatWasSent,
        largest_body: LARGEST,
        operation: statements_operation,
        handler: || post(statements),
    },
    Route {
        method: "POST",
        path: "/v1/records/{record_id}/end",
        proof: Proof::Source,
        answers_about: AnswersAbout::WhatWasSent,
        largest_body: SMALL,
        operation: end_operation,
        handler: || post(end),
    },
    Route {
        method: "POST",
        path: "/v1/merges",
        proof: Proof::Source,
        answers_about: AnswersAbout::WhatWasSent,
        largest_body: SMALL,
        operation: merge_operation,
        handler: || post(merge),
    },
];

/// What was taken, in the order in which it was said.
#[derive(Serialize)]
struct Answer {
    taken: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    /// The day under which its receipt stands.
    day: Date,
    /// Its number that day: the row of its receipt.
    number: u64,
    /// Which rules it breaks; with any, it was put aside.
    faults: Vec<ReceiptFault>,
}

async fn statements(connected: Connected, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let said = read(connected.source.profile(), &headers, &body)?;
    let said = said.into_iter().map(Said::Statement).collect();
    deliver(&connected, &headers, "statements", &body, said).await
}

/// The statements of a body; one fault, and nothing of it is taken.
pub(super) fn read(
    profile: &'static Profile,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Vec<Message>, Problem> {
    let (given, many) = match objects(headers, body, MOST)? {
        Objects::One(object) => (vec![object], false),
        Objects::Many(objects) => (objects, true),
    };
    let mut said = Vec::with_capacity(given.len());
    for (at, object) in given.into_iter().enumerate() {
        let place = if many { format!("[{at}].") } else { String::new() };
        said.push(message(profile, object, &place)?);
    }
    Ok(said)
}

/// The end of a record from a day on.
async fn end(
    connected: Connected,
    Path(record_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let record_id = own_number(record_id, "record_id in the address")?;
    let mut object = only(&headers, &body, &["as_of"], &["effective_at"])?;
    let said = said_at(object.take("effective_at"))?;
    let as_of: Date = object.take("as_of").parse().map_err(|_| {
        Problem::malformed("as_of is no day", "write the last day on which the record stands, YYYY-MM-DD")
            .at("as_of")
    })?;
    let what = format!("records/{record_id}/end");
    deliver(&connected, &headers, &what, &body, vec![Said::End { record_id, as_of, said }]).await
}

/// Two of the source's own records are about one child.
async fn merge(connected: Connected, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let mut object = only(&headers, &body, &["surviving", "ended"], &["effective_at"])?;
    let said = said_at(object.take("effective_at"))?;
    let surviving = own_number(object.take("surviving"), "surviving")?;
    let ended = own_number(object.take("ended"), "ended")?;
    if surviving == ended {
        return Err(Problem::malformed(
            "surviving and ended are the same number",
            "name the number that goes on, and the other one that ends",
        )
        .at("ended"));
    }
    let said = vec![Said::Merge { surviving, ended, statement: None, said }];
    deliver(&connected, &headers, "merges", &body, said).await
}

async fn deliver(
    connected: &Connected,
    headers: &HeaderMap,
    what: &str,
    body: &[u8],
    said: Vec<Said>,
) -> Result<Response, Problem> {
    let mut hash = Sha256::new();
    hash.update(what.as_bytes());
    hash.update([0]);
    hash.update(body);
    let sha256: [u8; 32] = hash.finalize().into();
    let repeats = Repeats::of(headers)?;
    let repeatable = repeats.as_ref().map(|repeats| repeats.stands_for(&sha256));
    let taken = connected.source.deliver(WayIn::Json, said, BTreeMap::new(), repeatable).await?;
    Ok((StatusCode::ACCEPTED, Json(Answer { taken: taken.into_iter().map(line).collect() })).into_response())
}

fn line(Taken { day, number, faults }: Taken) -> Line {
    Line { day, number, faults }
}

/// A statement by the columns of the source's profile. A column that is not one of them refuses the whole request (law 1).
fn message(profile: &'static Profile, object: Object, place: &str) -> Result<Message, Problem> {
    let mut message = Message::new(profile);
    for (column, value) in object.into_values(place)? {
        message.say(&column, value).map_err(|error| unknown_column(&column, place, &error.to_string()))?;
    }
    Ok(message)
}

fn unknown_column(column: &str, place: &str, error: &str) -> Problem {
    // A name that is not shaped like one may be a value in the wrong place.
    let (name, at) = match shaped_like_a_name(column) {
        true => (format!("the column \"{column}\""), format!("{place}{column}")),
        false => ("a column whose name is not shaped like one".to_owned(), place.to_owned()),
    };
    let why = why_forbidden(column).map(|why| format!(" ({why})")).unwrap_or_default();
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "unknown-column",
        "A column is not permitted",
        format!("{name} is not one of this source's{why}; nothing of the request was taken"),
        format!("leave it out; {error}"),
    )
    .at(at)
}

/// The one object of a body, with exactly these values.
fn only(
    headers: &HeaderMap,
    body: &[u8],
    names: &'static [&'static str],
    besides: &'static [&'static str],
) -> Result<Exactly, Problem> {
    let Objects::One(object) = objects(headers, body, 1)? else {
        return Err(Problem::malformed("the body is a list", "send one object"));
    };
    let values = object.into_values("")?;
    let known = [names, besides].concat();
    if let Some((other, _)) = values.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        return Err(unknown_column(other, "", &format!("the object has {}", known.join(", "))));
    }
    if let Some(lacking) = names.iter().find(|name| !values.iter().any(|(given, _)| given == *name)) {
        return Err(Problem::malformed(
            format!("{lacking} is missing"),
            format!("send {}", names.join(", ")),
        )
        .at(*lacking));
    }
    Ok(Exactly(values))
}

struct Exactly(Vec<(String, String)>);

impl Exactly {
    fn take(&mut self, name: &str) -> String {
        let found = self.0.iter_mut().find(|(given, _)| given == name);
        found.map(|(_, value)| std::mem::take(value)).unwrap_or_default()
    }
}

/// When something was said, where its sender says so, by the rules of the column `effective_at`.
fn said_at(value: String) -> Result<Option<SaidAt>, Problem> {
    if value.is_empty() {
        return Ok(None);
    }
    let said = feeds::moment_of(&value).map(SaidAt::of).ok_or_else(|| {
        let remedy =
            "write when your system was told so: a moment with its offset, or a day, or leave it out";
        Problem::malformed("effective_at is no moment", remedy).at("effective_at")
    });
    said.map(Some)
}

/// A record's number as the source gives it, by the rules of the column `record_id`.
fn own_number(number: String, place: &'static str) -> Result<String, Problem> {
    if number.is_empty() || value_fault(Kind::RecordId, &number).is_some() {
        return Err(Problem::malformed(
            "this is no number of a record",
            "give the record_id of your own system: visible characters without white space, at most 64",
        )
        .at(place));
    }
    Ok(number)
}

fn taken_response() -> Value {
    json!({"202": {
        "description": "Everything is durable. Each has a number: the row of its receipt of that day",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Taken"}}},
    }})
}

fn idempotency_key() -> Value {
    json!({"$ref": "#/components/parameters/IdempotencyKey"})
}

fn statements_operation() -> Value {
    json!({
        "summary": "Say everything about one child, or about up to 1,000",
        "parameters": [idempotency_key()],
        "requestBody": {"required": true, "content": {"application/json": {"schema": {"oneOf": [
            {"$ref": "#/components/schemas/Statement"},
            {"type": "array", "maxItems": MOST, "items": {"$ref": "#/components/schemas/Statement"}},
        ]}}}},
        "responses": taken_response(),
    })
}

fn end_operation() -> Value {
    json!({
        "summary": "Say nothing of a record any more, from a day on",
        "parameters": [
            {"name": "record_id", "in": "path", "required": true, "schema": {"type": "string", "maxLength": 64}},
            idempotency_key(),
        ],
        "requestBody": {"required": true, "content": {"application/json": {"schema": {
            "type": "object", "required": ["as_of"], "additionalProperties": false,
            "properties": {
                "as_of": {"type": "string", "format": "date", "description": "The last day, which may be long ago"},
                "effective_at": effective_at(),
            },
        }}}},
        "responses": taken_response(),
    })
}

fn effective_at() -> Value {
    json!({
        "type": "string",
        "description": "When your system was told so, as in a statement: by it what comes late is known. Without it the day on which it comes",
    })
}

fn merge_operation() -> Value {
    json!({
        "summary": "Say that two of the source's own records are about one child",
        "parameters": [idempotency_key()],
        "requestBody": {"required": true, "content": {"application/json": {"schema": {
            "type": "object", "required": ["surviving", "ended"], "additionalProperties": false,
            "properties": {
                "surviving": {"type": "string", "description": "The number that goes on"},
                "ended": {"type": "string", "description": "The number that ends"},
                "effective_at": effective_at(),
            },
        }}}},
        "responses": taken_response(),
    })
}
