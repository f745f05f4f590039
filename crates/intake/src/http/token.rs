//! `POST /token`: a signed assertion for a token of ten minutes (RFC 6749 section 4.4, RFC 7523). Who has a client certificate needs
//! none.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Json};
use directory::connecting::CredentialKind;
use http::{StatusCode, Uri};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service::TOKEN_SECONDS;

use super::assertion::{Assertion, LONGEST};
use super::client::Client;
use super::own_headers::without_port;
use super::problem::{IsProblem, Problem};
use super::route::{AnswersAbout, Proof, Route};
use super::state::HttpDoor;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

pub(super) const ROUTES: &[Route] = &[Route {
    method: "POST",
    path: "/token",
    proof: Proof::InTheRequest,
    answers_about: AnswersAbout::ItsProof,
    largest_body: 2 * LONGEST,
    operation,
    handler: || post(token),
}];

#[derive(Deserialize)]
struct Asked {
    grant_type: String,
    client_assertion_type: String,
    client_assertion: String,
    /// Takes no part: the assertion names the client. If it is there, it must agree.
    client_id: Option<String>,
}

#[derive(Serialize)]
struct Given {
    access_token: String,
    token_type: &'static str,
    expires_in: u32,
}

/// An error as RFC 6749 has it.
#[derive(Serialize)]
struct Refused {
    #[serde(skip)]
    status: StatusCode,
    error: &'static str,
    error_description: String,
}

impl Refused {
    fn request(description: impl ToString) -> Self {
        let error_description = description.to_string();
        Self { status: StatusCode::BAD_REQUEST, error: "invalid_request", error_description }
    }

    /// One answer whether a key is unknown, not confirmed, taken back, or another source's.
    fn client(description: impl ToString) -> Self {
        let error_description = description.to_string();
        Self { status: StatusCode::UNAUTHORIZED, error: "invalid_client", error_description }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut answer = (self.status, Json(&self)).into_response();
        answer.extensions_mut().insert(IsProblem);
        answer
    }
}

enum NoToken {
    Refused(Refused),
    Failed(Problem),
}

impl From<Refused> for NoToken {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<service::ServiceError> for NoToken {
    fn from(error: service::ServiceError) -> Self {
        Self::Failed(error.into())
    }
}

impl IntoResponse for NoToken {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refused) => refused.into_response(),
            Self::Failed(problem) => problem.into_response(),
        }
    }
}

const NOT_KNOWN: &str =
    "the key that signed is not registered and confirmed for the source the assertion names";

async fn token(
    State(http): State<HttpDoor>,
    client: Option<Extension<Client>>,
    asked: Result<Form<Asked>, FormRejection>,
) -> Result<Json<Given>, NoToken> {
    let Ok(Form(asked)) = asked else {
        let how = "send grant_type, client_assertion_type and client_assertion as application/x-www-form-urlencoded";
        return Err(Refused::request(how).into());
    };
    if asked.grant_type != "client_credentials" {
        let error_description = "grant_type is client_credentials".to_owned();
        let error = "unsupported_grant_type";
        return Err(Refused { status: StatusCode::BAD_REQUEST, error, error_description }.into());
    }
    if asked.client_assertion_type != ASSERTION_TYPE {
        return Err(Refused::request(format!("client_assertion_type is {ASSERTION_TYPE}")).into());
    }
    if asked.client_assertion.len() > LONGEST {
        return Err(Refused::request("client_assertion is longer than any assertion needs").into());
    }
    let door = http.door();
    let is_ours = |address: &str| is_token_address(&http, address);
    let assertion = Assertion::read(&asked.client_assertion, door.now(), is_ours).map_err(Refused::client)?;
    if asked.client_id.is_some_and(|named| named != assertion.issuer) {
        return Err(Refused::client("client_id is not the source that the assertion names").into());
    }
    let source = door.connect(CredentialKind::SigningKey, assertion.key).await?;
    let source = source
        .filter(|source| source.name() == assertion.issuer)
        .ok_or_else(|| Refused::client(NOT_KNOWN))?;
    // From here on it is a request of the source's, and a connection too, as any other.
    if client.is_some_and(|Extension(client)| !client.place.is_of(source.name())) {
        return Err(NoToken::Failed(Problem::crowded()));
    }
    let _room = http.room_for(source.name()).ok_or_else(|| NoToken::Failed(Problem::busy()))?;
    let given = source.token(&assertion.key, &assertion.id, assertion.until).await?;
    let access_token = given
        .ok_or_else(|| Refused::client("this assertion was used before; sign a new one with another jti"))?;
    Ok(Json(Given { access_token, token_type: "Bearer", expires_in: TOKEN_SECONDS }))
}

/// Whether an address is `https://HOST/token` for one of our hosts, whatever the port outside.
fn is_token_address(http: &HttpDoor, address: &str) -> bool {
    let Ok(address) = address.parse::<Uri>() else { return false };
    let host = address.authority().map(|authority| without_port(authority.as_str()));
    address.scheme_str() == Some("https")
        && address.path() == "/token"
        && address.query().is_none()
        && host.is_some_and(|host| http.answers_to(host))
}

fn operation() -> Value {
    let refused = |description: &str| {
        let schema = json!({"type": "object", "required": ["error"], "properties": {
            "error": {"type": "string"}, "error_description": {"type": "string"},
        }});
        json!({"description": description, "content": {"application/json": {"schema": schema}}})
    };
    json!({
        "summary": "A token of ten minutes for a signed assertion (RFC 7523, EdDSA with Ed25519)",
        "requestBody": {"required": true, "content": {"application/x-www-form-urlencoded": {"schema": {
            "type": "object",
            "required": ["grant_type", "client_assertion_type", "client_assertion"],
            "properties": {
                "grant_type": {"const": "client_credentials"},
                "client_assertion_type": {"const": ASSERTION_TYPE},
                "client_assertion": {"type": "string", "maxLength": LONGEST},
                "client_id": {"type": "string"},
            },
        }}}},
        "responses": {
            "200": {"description": "The token", "content": {"application/json": {"schema": {
                "type": "object",
                "properties": {
                    "access_token": {"type": "string"},
                    "token_type": {"const": "Bearer"},
                    "expires_in": {"const": TOKEN_SECONDS},
                },
            }}}},
            "400": refused("RFC 6749: invalid_request, unsupported_grant_type"),
            "401": refused("RFC 6749: invalid_client"),
        },
    })
}
