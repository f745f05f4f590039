//! `GET /fhir/metadata`: the same for everybody.

use feeds::fhir::capability_statement;
use http::{HeaderMap, StatusCode, header};

use super::answers::{Answer, Said};
use super::asked::wants_json;

pub(super) async fn metadata(headers: HeaderMap) -> Result<Answer, Said> {
    wants_json(&headers)?;
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let base = format!("https://{host}{}", super::BASE);
    Ok(Answer::new(StatusCode::OK, capability_statement(&base, env!("CARGO_PKG_VERSION"))))
}
