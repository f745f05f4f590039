//! What the configuration declares about an installation: how a service begins, before anybody could decide in the product.

use std::collections::BTreeSet;

use directory::connecting::{CredentialKind, Installation};
use jiff::civil::Date;
use store::connecting::{self, InstallationRow};
use store::sources::SourceRow;
use store::{Key16, Tx, locks, sources};
use uuid::Uuid;

use crate::setup::SetupError;
use crate::{Directory, ServiceError};

impl Directory {
    /// Notes until when the configuration declares a source accredited. What people have decided outlives it. Says whether
    /// anything was written.
    pub(crate) async fn declare_installation(
        &self,
        tx: &mut Tx,
        source: &SourceRow,
        until: Option<Date>,
    ) -> Result<bool, ServiceError> {
        locks::lock_keys(tx, &[lock_of(source.source_id)]).await?;
        let (version, before) = self.installation_of(tx, source).await?;
        let mut after = before.clone();
        after.declare_again(until);
        if version > 0 && after == before {
            return Ok(false);
        }
        self.keep_installation(tx, source, version, &after).await
    }

    /// Notes by what the configuration says a source proves who it is, as SHA-256 in 64 hexadecimal digits. Where `counts` is
    /// false, as in a live space, a person confirms each in the product first (rule 11.1).
    ///
    /// # Errors
    ///
    /// [`SetupError::CredentialTaken`], or the system's; nothing was written.
    pub async fn declare_credentials(
        &self,
        source: &str,
        declared: &[(CredentialKind, String)],
        counts: bool,
    ) -> Result<(), SetupError> {
        let mut tx = self.store.begin().await?;
        let row = sources::by_name(&mut tx, source)
            .await?
            .ok_or_else(|| ServiceError::internal("credentials of a source that was not declared"))?;
        locks::lock_keys(&mut tx, &[lock_of(row.source_id)]).await?;
        let (version, before) = self.installation_of(&mut tx, &row).await?;
        let mut after = before.clone();
        after.declare_credentials(declared, counts, self.today());
        if after == before {
            return Ok(());
        }
        let digests = |of: &Installation| -> BTreeSet<String> {
            of.credentials().map(|(digest, _)| digest.to_owned()).collect()
        };
        let (had, has) = (digests(&before), digests(&after));
        for digest in had.difference(&has) {
            connecting::remove_credential(&mut tx, self.connecting_credential(digest), row.source_id).await?;
        }
        for digest in has.difference(&had) {
            let key = self.connecting_credential(digest);
            if !connecting::add_credential(&mut tx, key, row.source_id).await? {
                return Err(SetupError::CredentialTaken { source_name: row.name });
            }
        }
        self.keep_installation(&mut tx, &row, version, &after).await?;
        self.write_event(&mut tx, crate::feeding::changed("source_credentials_declared", row.source_id))
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Writes an installation that is still as it was read: false when somebody was quicker.
    pub(crate) async fn keep_installation(
        &self,
        tx: &mut Tx,
        source: &SourceRow,
        version: i64,
        installation: &Installation,
    ) -> Result<bool, ServiceError> {
        let sealed = self.seal_at(source.organisation_id, source.source_id, installation).await?;
        if version == 0 {
            return Ok(connecting::insert_installation(tx, source.source_id, &sealed).await?);
        }
        let row = InstallationRow { source_id: source.source_id, version, sealed };
        Ok(connecting::replace_installation(tx, &row).await?)
    }
}

/// Whoever changes an installation waits for this lock: a declaration and a decision at once would be one of them lost.
pub(crate) fn lock_of(source: Uuid) -> Key16 {
    let mut key = source.into_bytes();
    for (byte, mark) in key.iter_mut().zip(*b"installation....") {
        *byte ^= mark;
    }
    Key16(key)
}
