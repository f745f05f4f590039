//! `/v1/uploads`: whole files, sent in parts that can be sent again. A part is taken whole or not at all; where an upload goes on is
//! asked with HEAD, and told with every refusal of a part.

use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Announcement, FileKind, UploadError, UploadView};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::problem::Problem;
use super::route::{AnswersAbout, Proof, Route};
use super::source::Connected;

/// The largest part.
pub(super) const LARGEST_PART: usize = 8 << 20;

const ANNOUNCEMENT: usize = 4 * 1024;
const OFFSET: &str = "upload-offset";
const LENGTH: &str = "upload-length";
const CHECKSUM: &str = "upload-checksum";
const PART_TYPE: &str = "application/offset+octet-stream";

const fn on_upload(method: &'static str, largest_body: usize, operation: fn() -> Value) -> Route {
    Route {
        method,
        path: "/v1/uploads/{id}",
        proof: Proof::Source,
        answers_about: AnswersAbout::OwnUpload,
        largest_body,
        operation,
        handler: match method.as_bytes() {
            b"PATCH" => || axum::routing::patch(take_part),
            b"HEAD" => || axum::routing::head(offset),
            b"DELETE" => || axum::routing::delete(give_up),
            _ => || get(show),
        },
    }
}

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "POST",
        path: "/v1/uploads",
        proof: Proof::Source,
        answers_about: AnswersAbout::OwnUpload,
        largest_body: ANNOUNCEMENT,
        operation: announce_operation,
        handler: || post(announce),
    },
    on_upload("HEAD", 0, offset_operation),
    on_upload("GET", 0, show_operation),
    on_upload("PATCH", LARGEST_PART, part_operation),
    on_upload("DELETE", 0, give_up_operation),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Announced {
    kind: Kind,
    sequence: i64,
    rows: u64,
    sha256: String,
    as_of: Date,
    bytes: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Full,
    Delta,
}

async fn announce(
    connected: Connected,
    body: Result<Json<Announced>, axum::extract::rejection::JsonRejection>,
) -> Result<Response, Problem> {
    let Json(announced) = body.map_err(|error| match error.status() {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::content_type("application/json"),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
        _ => Problem::malformed(
            "the announcement is not one JSON object of kind, sequence, rows, sha256, as_of and bytes",
            "write {\"kind\":\"full\",\"sequence\":1,\"rows\":2,\"sha256\":\"…\",\"as_of\":\"2026-11-01\",\"bytes\":345}",
        ),
    })?;
    let announced = Announcement {
        kind: match announced.kind {
            Kind::Full => FileKind::Full,
            Kind::Delta => FileKind::Delta,
        },
        sequence: announced.sequence,
        rows: announced.rows,
        sha256: announced.sha256,
        as_of: announced.as_of,
        bytes: announced.bytes,
    };
    let upload = connected.source.announce(&announced).await?;
    let mut answer = (StatusCode::CREATED, Json(&upload)).into_response();
    let place = format!("/v1/uploads/{}", upload.id);
    answer.headers_mut().insert(header::LOCATION, value(&place));
    Ok(with_offset(answer, &upload))
}

async fn take_part(
    connected: Connected,
    Path(id): Path<String>,
    headers: HeaderMap,
    part: Bytes,
) -> Result<Response, Problem> {
    let id = id_of(&id)?;
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    if kind != Some(PART_TYPE.as_bytes()) {
        return Err(Problem::content_type(PART_TYPE));
    }
    let at: u64 = text(&headers, OFFSET).and_then(|text| text.parse().ok()).ok_or_else(|| {
        Problem::malformed(
            "the part does not say where it begins",
            "send Upload-Offset: NUMBER, as HEAD tells it",
        )
        .at("Upload-Offset")
    })?;
    check_sum(&headers, &part)?;
    let upload = connected.source.take_part(id, at, &part).await?;
    Ok(with_offset(StatusCode::NO_CONTENT.into_response(), &upload))
}

/// Refuses a part that changed on its way.
fn check_sum(headers: &HeaderMap, part: &[u8]) -> Result<(), Problem> {
    if !headers.contains_key(CHECKSUM) {
        return Ok(());
    }
    let said = text(headers, CHECKSUM).and_then(|text| text.strip_prefix("sha256 "));
    let said = said.and_then(|said| STANDARD.decode(said.trim()).ok()).ok_or_else(|| {
        Problem::malformed(
            "Upload-Checksum is not readable",
            "send sha256, a space, and the SHA-256 of the part in base64",
        )
        .at("Upload-Checksum")
    })?;
    if said == Sha256::digest(part).as_slice() {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::from_u16(460).unwrap_or(StatusCode::BAD_REQUEST),
        "checksum",
        "The part changed on its way",
        "the part's SHA-256 is not the one in Upload-Checksum; nothing of it was taken",
        "send the part again",
    )
    .at("Upload-Checksum"))
}

async fn show(connected: Connected, Path(id): Path<String>) -> Result<Response, Problem> {
    let upload = connected.source.upload(id_of(&id)?).await?;
    Ok(with_offset(Json(&upload).into_response(), &upload))
}

async fn offset(connected: Connected, Path(id): Path<String>) -> Result<Response, Problem> {
    let upload = connected.source.upload(id_of(&id)?).await?;
    Ok(with_offset(StatusCode::OK.into_response(), &upload))
}

async fn give_up(connected: Connected, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    connected.source.give_up(id_of(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn id_of(text: &str) -> Result<Uuid, Problem> {
    text.parse().map_err(|_| UploadError::NotFound.into())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn with_offset(mut answer: Response, upload: &UploadView) -> Response {
    answer.headers_mut().insert(OFFSET, HeaderValue::from(upload.offset));
    answer.headers_mut().insert(LENGTH, HeaderValue::from(upload.bytes));
    answer
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        let said = error.to_string();
        let conflict =
            |kind, title, remedy: &str| Self::new(StatusCode::CONFLICT, kind, title, said.clone(), remedy);
        match error {
            UploadError::NotFound => Self::no_such(
                "this source has no upload of this id; those that are loaded are forgotten after some days",
                "ask at the address that POST /v1/uploads gave",
            ),
            UploadError::Announcement { place, what } => {
                Self::malformed(what, "announce the file anew").at(place)
            }
            UploadError::TooMuch { .. } => too_much(StatusCode::PAYLOAD_TOO_LARGE, said).at("bytes"),
            UploadError::TooMany { .. } => too_much(StatusCode::TOO_MANY_REQUESTS, said).at("/v1/uploads"),
            UploadError::PartTooSmall { at_least, .. } => Self::new(
                StatusCode::BAD_REQUEST,
                "part-too-small",
                "The part is too small",
                said,
                format!(
                    "send parts of at least {at_least} bytes; only the one that ends the file may be smaller"
                ),
            )
            .at("the body"),
            UploadError::Offset { offset } => {
                conflict("offset", "The upload goes on elsewhere", "send the part that begins there")
                    .from_offset(offset)
            }
            UploadError::BeyondTheEnd { .. } => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "beyond-the-end",
                "The part goes beyond the end of the file",
                said,
                "announce the file with the bytes that it has",
            ),
            UploadError::Whole => conflict(
                "whole",
                "The file is whole and will be loaded",
                "give a file up before its last part, or once GET says how it ended; what was wrong in it, say in the next one",
            ),
            UploadError::MayNot(error) => (*error).into(),
            UploadError::Service(error) => error.into(),
        }
    }
}

fn too_much(status: StatusCode, said: String) -> Problem {
    Problem::new(
        status,
        "too-much-under-way",
        "Too much is on its way",
        said,
        "wait until GET says how one ended, which frees its place, or give one up with DELETE that is not whole yet",
    )
}

fn id_parameter() -> Value {
    json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}})
}

fn upload_answer(description: &str) -> Value {
    json!({"description": description, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Upload"}}}})
}

fn announce_operation() -> Value {
    json!({
        "summary": "Announce a file that comes in parts",
        "requestBody": {"required": true, "content": {"application/json": {"schema": {
            "type": "object", "additionalProperties": false,
            "required": ["kind", "sequence", "rows", "sha256", "as_of", "bytes"],
            "properties": {
                "kind": {"enum": ["full", "delta"]},
                "sequence": {"type": "integer", "minimum": 1},
                "rows": {"type": "integer", "minimum": 0},
                "sha256": {"type": "string", "pattern": "^[0-9A-Fa-f]{64}$"},
                "as_of": {"type": "string", "format": "date"},
                "bytes": {"type": "integer", "minimum": 1},
            },
        }}}},
        "responses": {"201": upload_answer("The upload; Location is its address")},
    })
}

fn offset_operation() -> Value {
    json!({
        "summary": "Where an upload goes on: Upload-Offset",
        "parameters": [id_parameter()],
        "responses": {"200": {"description": "Upload-Offset and Upload-Length"}},
    })
}

fn show_operation() -> Value {
    json!({
        "summary": "Where an upload stands",
        "parameters": [id_parameter()],
        "responses": {"200": upload_answer("The upload")},
    })
}

fn part_operation() -> Value {
    json!({
        "summary": "Send the part that begins where the upload goes on: at most 8 MiB, and at least 256 KiB unless it ends the file",
        "parameters": [
            id_parameter(),
            {"name": "Upload-Offset", "in": "header", "required": true, "schema": {"type": "integer", "minimum": 0}},
            {"name": "Upload-Checksum", "in": "header", "schema": {"type": "string"},
             "description": "sha256, a space, the SHA-256 of the part in base64"},
        ],
        "requestBody": {"required": true, "content": {PART_TYPE: {"schema": {"type": "string", "format": "binary"}}}},
        "responses": {
            "204": {"description": "The part is durable; Upload-Offset says where the upload goes on"},
            "409": {"description": "The upload goes on elsewhere; Upload-Offset says where"},
            "460": {"description": "The part changed on its way"},
        },
    })
}

fn give_up_operation() -> Value {
    json!({
        "summary": "Give an upload up that is not whole yet, or of which it was told how it ended",
        "parameters": [id_parameter()],
        "responses": {"204": {"description": "Nothing is kept of it"}},
    })
}
