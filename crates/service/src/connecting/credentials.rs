//! Whose a certificate or a signing key is: asked at every connection, before anything of it is read.

use directory::connecting::CredentialKind;
use store::sources::SourceRow;
use store::{Key16, connecting, sources};

use crate::{Directory, ServiceError};

/// Domain of the keyed hash of a credential's digest.
const CREDENTIAL: u16 = 3;

impl Directory {
    /// The name of the source that proves itself by this credential (its SHA-256), when it is confirmed and stands.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn source_of_credential(
        &self,
        kind: CredentialKind,
        sha256: &[u8; 32],
    ) -> Result<Option<String>, ServiceError> {
        Ok(self.source_row_of_credential(kind, sha256).await?.map(|row| row.name))
    }

    /// The same, with all that its row says.
    pub(crate) async fn source_row_of_credential(
        &self,
        kind: CredentialKind,
        sha256: &[u8; 32],
    ) -> Result<Option<SourceRow>, ServiceError> {
        let digest = hex::encode(sha256);
        let mut conn = self.store.reader().await?;
        let Some(source) =
            connecting::source_of_credential(&mut conn, self.connecting_credential(&digest)).await?
        else {
            return Ok(None);
        };
        let Some(row) = sources::all(&mut conn).await?.into_iter().find(|row| row.source_id == source) else {
            return Ok(None);
        };
        let (_, installation) = self.installation_of(&mut conn, &row).await?;
        Ok(installation.has_credential(kind, &digest).then_some(row))
    }

    pub(crate) fn connecting_credential(&self, digest: &str) -> Key16 {
        self.keys.digests.hash(CREDENTIAL, digest.as_bytes())
    }
}
