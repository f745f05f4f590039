//! What a source that signed an assertion is given: a token that stands for its key for ten minutes. Nothing of it is stored. It
//! says which key signed, and the key is asked for at each request, so that a credential that is taken back ends it at once.

use directory::connecting::CredentialKind;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ConnectedSource, SourceDoor};
use crate::ServiceError;
use crate::sign_in::domain;
use crate::sign_in::ticket::{Ticket, use_up};

/// How long a token holds, in seconds: the lifetime of its ticket.
pub const TOKEN_SECONDS: u32 = 600;

#[derive(Serialize, Deserialize)]
struct Signed {
    key: [u8; 32],
}

impl SourceDoor {
    /// The instant now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.directory.now()
    }

    /// A token for the source whose assertion, signed by the key of this SHA-256, was checked. None when the assertion, named
    /// by `id` and over after `until`, was used before.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn token(
        &self,
        source: &ConnectedSource,
        key: &[u8; 32],
        id: &str,
        until: Timestamp,
    ) -> Result<Option<String>, ServiceError> {
        let parts = [key.as_slice(), id.as_bytes()];
        let once = self.directory.once(domain::SOURCE_ASSERTION, &parts, until.as_microsecond());
        let mut tx = self.directory.store.begin_feed().await?;
        if !use_up(&mut tx, &once).await? {
            tx.rollback().await?;
            return Ok(None);
        }
        let given = crate::feeding::changed("source_token_given", source.id);
        self.directory.write_event(&mut tx, given).await?;
        tx.commit().await?;
        Ok(Some(self.directory.seal_ticket(Ticket::Source, &Signed { key: *key })?))
    }

    /// The source that a token stands for, while the token holds and its key is confirmed and stands.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn connect_by_token(&self, token: &str) -> Result<Option<ConnectedSource>, ServiceError> {
        match self.directory.open_ticket::<Signed>(Ticket::Source, token) {
            Some(opened) => self.connect(CredentialKind::SigningKey, &opened.content.key).await,
            None => Ok(None),
        }
    }
}
