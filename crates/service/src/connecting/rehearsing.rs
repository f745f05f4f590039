//! A rehearsal of a source's pilot file (rule 11.1): the live pipeline, and nothing is written but that it was done.

use directory::access::Permission;
use directory::connecting::{InstallationAct, Rehearsal, may_keep};
use store::sources;

use super::ConnectingError;
use crate::Directory;
use crate::loading::Judged;
use crate::session::SignedIn;

impl Directory {
    /// Rehearses the rows of a file and notes it at the installation. What the matcher made of them is kept for the authority,
    /// rounded; whoever rehearses learns what a source learns of its own rows (law 7).
    ///
    /// # Errors
    ///
    /// [`ConnectingError`].
    pub async fn rehearse(
        &self,
        who: &SignedIn,
        source: &str,
        seen: i64,
        rows: Vec<Judged>,
    ) -> Result<(), ConnectingError> {
        if !who.may(Permission::PrepareFeed) {
            return self.not_connected(who).await;
        }
        let at_most = self.policy.connecting.rehearsal_rows as usize;
        if rows.len() > at_most {
            return Err(ConnectingError::TooManyRows { at_most });
        }
        let mut conn = self.store.reader().await?;
        let row = sources::by_name(&mut conn, source).await?.ok_or(ConnectingError::NotFound)?;
        let target = self.standing_of_source(&mut conn, &row).await?;
        if !may_keep(who.roles(), Permission::PrepareFeed, &target) {
            drop(conn);
            return self.not_connected(who).await;
        }
        let counts = self.rehearsed(&mut conn, &row, rows).await?;
        drop(conn);
        let rehearsal = Rehearsal {
            on: self.today(),
            rows: counts.rows,
            quarantined: counts.quarantined,
            outcome: counts.rehearsal_outcome(),
        };
        self.act_on_installation(who, source, seen, InstallationAct::NoteRehearsal(rehearsal)).await
    }
}
