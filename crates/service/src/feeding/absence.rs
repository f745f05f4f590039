//! What a person decides about the records that a full file lacks: to end them, or that they stay.

use directory::access::{DangerousAct, Permission};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use store::absences::{self, AbsenceRow, AbsenceState};
use store::runs;
use store::sources::SourceRow;
use uuid::Uuid;

use super::control::changed;
use crate::loading::ending::Absent;
use crate::session::{SignedIn, instant};
use crate::sign_in::StepUpFirst;
use crate::{Directory, ServiceError};

/// A full file that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbsenceLine {
    /// Which run: what is decided.
    pub run: Uuid,
    /// The source's name.
    pub source: String,
    /// The source's own number of the file.
    pub sequence: Option<i64>,
    /// The day on which it was begun.
    pub begun_on: Date,
    /// Records that the file lacks.
    pub absent: u64,
    /// Records the source has.
    pub held: u64,
    /// Rows of the file that could not be read far enough to say whom they name.
    pub unknown: u64,
    /// Names exactly these records.
    pub digest: String,
}

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum AbsenceError {
    /// The person's roles do not let them.
    #[error("this account may not decide about records that a file lacks")]
    Forbidden,
    /// Nothing of this run waits, or it is another's.
    #[error("nothing waits here any more")]
    NotFound,
    /// The person must prove afresh who they are.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
    /// The system failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for AbsenceError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

impl Directory {
    /// Decides whether the records that a full file lacks are ended, or stay. They are ended when the file is loaded again, if
    /// they still are exactly these.
    ///
    /// # Errors
    ///
    /// [`AbsenceError`]; a refusal is in the trail too.
    pub async fn decide_absence(
        &self,
        who: &SignedIn,
        run: Uuid,
        digest: &str,
        end_them: bool,
    ) -> Result<(), AbsenceError> {
        if !who.may(Permission::LoadFeed) {
            self.record(changed("absence_refused", run).by(who)).await?;
            return Err(AbsenceError::Forbidden);
        }
        self.freshly_proved(who, DangerousAct::EndAbsentRecords)?;
        let mut conn = self.store.reader().await?;
        let reached = self.sources_within_reach(&mut conn, who, Permission::LoadFeed).await?;
        let row = absences::by_run(&mut conn, run).await?;
        drop(conn);
        let row = row.filter(|row| {
            row.state == AbsenceState::Waiting && reached.iter().any(|it| it.source_id == row.source_id)
        });
        let absent = row.as_ref().and_then(|row| self.open_absent(row));
        let (Some(row), Some(_)) = (row, absent.filter(|absent| absent.digest == digest)) else {
            self.record(changed("absence_refused", run).by(who)).await?;
            return Err(AbsenceError::NotFound);
        };
        let (state, said) = match end_them {
            true => (AbsenceState::Confirmed, "absence_confirmed"),
            false => (AbsenceState::Refused, "absence_stays"),
        };
        let mut tx = self.store.begin().await?;
        if !absences::decide(&mut tx, run, state, row.version).await? {
            return Err(AbsenceError::NotFound);
        }
        self.write_event(&mut tx, changed(said, row.source_id).by(who)).await?;
        Ok(tx.commit().await?)
    }

    /// What waits at these sources.
    pub(super) async fn absences_at(&self, sources: &[SourceRow]) -> Result<Vec<AbsenceLine>, ServiceError> {
        let mut conn = self.store.reader().await?;
        let mut lines = Vec::new();
        for source in sources {
            for row in absences::of_source(&mut conn, source.source_id, AbsenceState::Waiting).await? {
                let Some(absent) = self.open_absent(&row) else { continue };
                let Some(run) = runs::by_id(&mut conn, row.run_id).await? else { continue };
                lines.push(AbsenceLine {
                    run: row.run_id,
                    source: source.name.clone(),
                    sequence: run.sequence,
                    begun_on: instant(run.started_at).to_zoned(TimeZone::UTC).date(),
                    absent: absent.absent,
                    held: absent.held,
                    unknown: absent.unknown,
                    digest: absent.digest,
                });
            }
        }
        Ok(lines)
    }

    fn open_absent(&self, row: &AbsenceRow) -> Option<Absent> {
        let plain = self.keys.open_for_source(row.run_id, &row.sealed).ok()?;
        serde_json::from_slice(&plain).ok()
    }
}
