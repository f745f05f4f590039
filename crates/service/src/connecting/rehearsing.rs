//! A rehearsal of a source's pilot file (rule 11.1): the live pipeline, and nothing is written but that it was done.

use std::io::Cursor;
use std::ops::ControlFlow;

use directory::connecting::{InstallationAct, Rehearsal};
use feeds::{FileError, Profile, judge_file};
use sha2::{Digest as _, Sha256};
use store::sources::SourceRow;

use super::ConnectingError;
use crate::loading::Judged;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

impl Directory {
    /// Rehearses a file as it was sent, and notes it at the installation: `bytes` in a form of docs/feeds, `name` for what is wrong
    /// with it. What the matcher made of it is kept for the authority, rounded; whoever rehearses learns what a source learns of
    /// its own rows (law 7).
    ///
    /// # Errors
    ///
    /// [`ConnectingError`]: another file than the pilot measured among them.
    pub async fn rehearse_file(
        &self,
        who: &SignedIn,
        source: &str,
        seen: i64,
        (name, bytes): (&str, &[u8]),
    ) -> Result<(), ConnectingError> {
        let row = self.source_prepared_by(who, source).await?;
        let file = hex::encode(Sha256::digest(bytes));
        let mut conn = self.store.reader().await?;
        let (_, installation) = self.installation_of(&mut conn, &row).await?;
        installation.takes_for_rehearsal(&file)?;
        let rows = self.read_for_rehearsal((&row, source), name, bytes)?;
        let counts = self.rehearsed(&mut conn, &row, rows).await?;
        drop(conn);
        let rehearsal = Rehearsal {
            on: self.today(),
            rows: counts.rows,
            quarantined: counts.quarantined,
            file,
            outcome: counts.rehearsal_outcome(),
        };
        self.act_on_installation(who, source, seen, InstallationAct::NoteRehearsal(rehearsal)).await
    }

    fn read_for_rehearsal(
        &self,
        (row, source): (&SourceRow, &str),
        name: &str,
        bytes: &[u8],
    ) -> Result<Vec<Judged>, ConnectingError> {
        let profile = Profile::named(&row.profile)
            .ok_or_else(|| ServiceError::internal("a source's profile is not known"))?;
        let options = self.reading(source, name);
        let told = |error: FileError| ConnectingError::File(error.to_string());
        let at_most = self.policy.connecting.rehearsal_rows as usize;
        let mut rows = Vec::new();
        let read = judge_file(Cursor::new(bytes), profile, &options, |row| {
            rows.push(row);
            if rows.len() > at_most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        read.map_err(told)?;
        if rows.len() > at_most { Err(ConnectingError::TooManyRows { at_most }) } else { Ok(rows) }
    }
}
