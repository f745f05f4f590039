//! A file as its source delivers it: with a manifest, it follows its predecessor and says whether it states every child or only
//! what changed (rule 5.6, law 8).

use jiff::civil::Date;
use store::runs::{RunRow, RunState};
use store::sources::SourceRow;
use store::{Conn, runs};

use super::counts::Counts;
use super::{Job, LoadError, LoadRun};
use crate::Directory;

/// What is known of a file before its first row is taken.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The SHA-256 of the file.
    pub sha256: [u8; 32],
    /// How many rows it has.
    pub rows: u64,
    /// What its manifest says; a file without one follows nothing and ends nothing.
    pub numbered: Option<Numbered>,
    /// Nothing is written.
    pub dry: bool,
    /// Its format, where it is known: it is to be one in which the source's product was tested.
    pub format: Option<feeds::Format>,
}

/// What a manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    /// What the file states.
    pub kind: FileKind,
    /// The source's own number of it, one more than that of the file before.
    pub sequence: i64,
    /// The day of the file: as of it ends what a full file lacks.
    pub as_of: Date,
}

/// What a file states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Every child of the source: one that is absent is no longer stated.
    Full,
    /// Only what changed.
    Delta,
}

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// What was counted.
    pub counts: Counts,
    /// Records that the file lacks and that were ended.
    pub ended: u64,
    /// What waits for a person: more records are absent than may be ended without one.
    pub waiting: Option<AwaitsPerson>,
}

/// A full file that lacks many records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwaitsPerson {
    /// Names exactly the records that would be ended.
    pub digest: String,
    /// How many they are.
    pub absent: u64,
    /// Of how many that the source has.
    pub held: u64,
}

impl Job {
    /// The day of a file that states every child of its source.
    pub(super) fn full_on(&self) -> Option<Date> {
        self.numbered.as_ref().filter(|it| it.kind == FileKind::Full).map(|it| it.as_of)
    }
}

impl Directory {
    /// Begins a run of a file of which its size and perhaps its manifest are known, or takes up the run of the same file that
    /// was interrupted. A file that was loaded to its end is known again.
    ///
    /// # Errors
    ///
    /// As [`Directory::begin_load`]; a file out of its sequence.
    pub async fn begin_delivery(&self, source: &str, delivery: &Delivery) -> Result<LoadRun, LoadError> {
        // The same bytes under another number are another file: a night on which nothing changed has a full file of its own.
        let digest = match &delivery.numbered {
            Some(numbered) => self.numbered_digest(&delivery.sha256, numbered.sequence),
            None => self.file_digest(&delivery.sha256),
        };
        self.begin(source, digest, delivery.dry, Some(delivery)).await
    }

    /// Whether a day is still to come wherever a source may be: tomorrow has begun somewhere.
    pub(crate) fn has_not_come(&self, day: Date) -> bool {
        self.today().tomorrow().is_ok_and(|tomorrow| day > tomorrow)
    }

    /// Refuses a file that does not follow the last one of its source.
    pub(super) async fn follows(
        &self,
        conn: &mut Conn,
        source: &SourceRow,
        numbered: &Numbered,
        same_file: Option<&RunRow>,
    ) -> Result<(), LoadError> {
        let name = source.name.clone();
        let out = |expected, remedy| LoadError::OutOfSequence {
            name: name.clone(),
            expected,
            found: numbered.sequence,
            remedy,
        };
        let last = runs::last_numbered(conn, source.source_id).await?;
        // A replay, or a load that is gone on with.
        if same_file.is_some() {
            return Ok(());
        }
        if self.has_not_come(numbered.as_of) {
            return Err(LoadError::NotYet { name, as_of: numbered.as_of });
        }
        let Some(last) = last else {
            return match numbered.kind {
                FileKind::Full => Ok(()),
                FileKind::Delta if numbered.sequence == 1 => Ok(()),
                FileKind::Delta => Err(out(1, "a delta follows its predecessor; begin with a full file")),
            };
        };
        let expected = last.sequence.unwrap_or_default() + 1;
        if numbered.sequence < expected {
            return Err(out(expected, "another file with this number was loaded; number the files anew"));
        }
        if numbered.sequence > expected {
            return Err(out(expected, "a file is missing between; load it first"));
        }
        if last.state != RunState::Done {
            return Err(LoadError::Unfinished { name, number: expected - 1 });
        }
        let latest = self.latest_full(conn, source).await?.filter(|_| numbered.kind == FileKind::Full);
        // An earlier version took files of days to come: those close no way to later ones.
        let latest = latest.filter(|latest| !self.has_not_come(*latest));
        match latest.filter(|latest| numbered.as_of < *latest) {
            Some(latest) => Err(LoadError::Older { name, as_of: numbered.as_of, latest }),
            None => Ok(()),
        }
    }
}
