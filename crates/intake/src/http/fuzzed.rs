//! What fuzz/ reads by: the readers of what anybody may send, behind no connection. It is there under `scripts/fuzz` alone.

use feeds::{Message, Profile};
use http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;

use super::assertion::{Assertion, AssertionFault};
use super::problem::Problem;
use super::statements;

/// The statements of the body of `POST /v1/statements`.
///
/// # Errors
/// The [`Problem`] that the sender would be answered.
pub fn statements(profile: &'static Profile, body: &[u8]) -> Result<Vec<Message>, Problem> {
    let json = HeaderValue::from_static("application/json");
    statements::read(profile, &HeaderMap::from_iter([(header::CONTENT_TYPE, json)]), body)
}

/// The source that a client assertion names; the address of the token endpoint is `address`.
///
/// # Errors
/// What is wrong with it.
pub fn client_assertion(text: &str, now: Timestamp, address: &str) -> Result<String, AssertionFault> {
    Assertion::read(text, now, |meant| meant == address).map(|assertion| assertion.issuer)
}
