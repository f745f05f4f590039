//! What the configuration declares about an installation: how a service begins, before anybody could decide in the product.

use directory::connecting::Installation;
use jiff::civil::Date;
use store::connecting::{self, InstallationRow};
use store::sources::SourceRow;
use store::{Key16, Tx, locks};
use uuid::Uuid;

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

    /// Writes an installation that is still as it was read: false when somebody was quicker.
    pub(super) async fn keep_installation(
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
pub(super) fn lock_of(source: Uuid) -> Key16 {
    let mut key = source.into_bytes();
    for (byte, mark) in key.iter_mut().zip(*b"installation....") {
        *byte ^= mark;
    }
    Key16(key)
}
