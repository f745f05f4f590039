//! A rehearsal of a source's pilot file (rule 11.1): the live pipeline, and nothing is written but that it was done.

use std::io::Cursor;
use std::ops::ControlFlow;

use directory::connecting::{Installation, InstallationAct, MeasuredFile, NotDone, Rehearsal};
use feeds::{FileError, Profile, judge_file};
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};
use store::sources::SourceRow;

use super::ConnectingError;
use crate::loading::Judged;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// What a pilot file turned out to be when it was measured here: not as the report of it says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the file does not bear out the report that was handed in (step 3): {}; put it right, measure it with contactpoint quality, and \
     hand in that report as it is",
    .0.join("; ")
)]
pub struct NotBorneOut(Vec<String>);

impl NotBorneOut {
    /// Holds a file against what its report says of it.
    fn unless(measured: &quality::PilotReport, told: &MeasuredFile) -> Result<(), Self> {
        let mut found = Vec::new();
        if measured.rows != told.rows {
            found.push(format!("it has {} rows, and the report says {}", measured.rows, told.rows));
        }
        if !measured.below.is_empty() {
            found.push(format!("measured here it is below the thresholds of {}", measured.below.join(", ")));
        }
        if found.is_empty() { Ok(()) } else { Err(Self(found)) }
    }
}

impl Directory {
    /// Rehearses a file as it was sent, and notes it at the installation: `bytes` in a form of docs/feeds, `name` for what is wrong
    /// with it. What the matcher made of it is kept for the authority, rounded; whoever rehearses learns what a source learns of
    /// its own rows (law 7).
    ///
    /// # Errors
    ///
    /// [`ConnectingError`]: another file than the pilot measured among them, and one that is not as the report of it says.
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
        let standing = self.standing_of_installation(&mut conn, &row).await?;
        drop(conn);
        installation.takes_for_rehearsal(&file)?;
        let format = feeds::format_of(&mut Cursor::new(bytes)).map_err(ServiceError::internal)?;
        standing.refuses_files_in(format).map_or(Ok(()), Err)?;
        let rows = self.read_for_rehearsal(&row, name, bytes)?;
        self.bears_out(&row, &installation, &file, bytes).await?;
        let mut conn = self.store.reader().await?;
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

    /// Measures the pilot file anew, by the profile of its source and as of the pilot's day: anybody could have written the report
    /// of it, which nobody signs.
    async fn bears_out(
        &self,
        row: &SourceRow,
        installation: &Installation,
        file: &str,
        bytes: &[u8],
    ) -> Result<(), ConnectingError> {
        let pilot = installation.pilot().ok_or(NotDone::StepBefore)?;
        let told = pilot.measured(file).ok_or(NotDone::OtherFile)?;
        let profile = quality::Profile::named(&row.profile)
            .ok_or_else(|| ServiceError::internal("a source's profile is not known"))?;
        let own_system = self.own_systems.get(&row.name).cloned();
        let (on, bytes) = (pilot.on, bytes.to_vec());
        // Measuring takes a core for as long as the file is: not the loop's.
        let measuring =
            tokio::task::spawn_blocking(move || measure(&profile, on, own_system.as_deref(), bytes));
        let measured = measuring.await.map_err(ServiceError::internal)??;
        Ok(NotBorneOut::unless(&measured, told)?)
    }

    fn read_for_rehearsal(
        &self,
        row: &SourceRow,
        name: &str,
        bytes: &[u8],
    ) -> Result<Vec<Judged>, ConnectingError> {
        let profile = Profile::named(&row.profile)
            .ok_or_else(|| ServiceError::internal("a source's profile is not known"))?;
        let options = self.reading(&row.name, name);
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

/// What the data quality tool says of a file, read as its report is when somebody hands it in.
fn measure(
    profile: &quality::Profile,
    today: Date,
    own_system: Option<&str>,
    bytes: Vec<u8>,
) -> Result<quality::PilotReport, ConnectingError> {
    let input =
        quality::Input { name: "the pilot file".to_owned(), source: Cursor::new(bytes), snapshot: None };
    let settings = quality::Settings {
        profile,
        today,
        show_values: false,
        against_profile: None,
        duplicates: true,
        own_system,
    };
    let report =
        quality::measure(vec![input], Vec::new(), &settings, None).map_err(ServiceError::internal)?;
    let text = serde_json::to_string(&report).map_err(ServiceError::internal)?;
    Ok(quality::PilotReport::read(&text, profile)?)
}
