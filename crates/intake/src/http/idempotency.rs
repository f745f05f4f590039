//! `Idempotency-Key`: a key of the sender's choice, by which a request that is sent again is known.

use http::{HeaderMap, StatusCode};
use service::Repeatable;

use super::problem::Problem;

const HEADER: &str = "idempotency-key";
const LONGEST: usize = 128;

/// A request's key.
pub(super) struct Repeats(String);

impl Repeats {
    /// The key of a request, if it has one.
    pub(super) fn of(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let mut given = headers.get_all(HEADER).iter();
        let Some(key) = given.next() else { return Ok(None) };
        let key = key.to_str().ok().filter(|key| !key.is_empty() && key.len() <= LONGEST);
        match (key, given.next()) {
            (Some(key), None) => Ok(Some(Self(key.to_owned()))),
            _ => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "malformed",
                "The request cannot be read",
                format!("Idempotency-Key is not one key of 1 to {LONGEST} visible characters"),
                "send a new random key, such as a UUID, with each request, and the same one when you send it again",
            )
            .at("Idempotency-Key")),
        }
    }

    pub(super) fn stands_for<'a>(&'a self, sha256: &'a [u8; 32]) -> Repeatable<'a> {
        Repeatable { key: &self.0, sha256 }
    }
}
