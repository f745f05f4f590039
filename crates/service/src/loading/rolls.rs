//! What a full file lacks (rule 5.6): which of the source's records that it does not name it says are gone.
//!
//! A census comes with the rolls of the schools that have sent theirs (rule 10.4). A pupil who is on the roll of a school that
//! the file names, and not in the file, has left; of a school that it does not name it says nothing, so that a return that is
//! missing ends nobody. Those who are on no roll are counted by the authority. And no file ends what its source said after the
//! day of the file, or at a time of that day: it may have been made before.

use std::collections::{HashMap, HashSet};

use directory::source_record::Setting;
use directory::{AuthorityCode, Content, Line, SaidAt};
use feeds::Profile;
use jiff::Timestamp;
use jiff::civil::Date;
use store::{Key16, source_records};
use uuid::Uuid;

use super::last_word::EndWord;
use super::receipts::Presence;
use super::{Job, LoadError};
use crate::Directory;

/// Where a pupil is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Roll {
    /// By the school: its unique reference number.
    Number(Line),
    /// By a school without one: its name.
    Name(Line),
    /// On no school's roll, by the authority.
    Nowhere(Option<AuthorityCode>),
}

impl Roll {
    /// Where a statement counts a pupil.
    pub(super) fn all_of(content: &Content) -> impl Iterator<Item = Self> + '_ {
        content.education.iter().map(|education| match &education.setting {
            Setting::School { urn: Some(urn), .. } => Self::Number(urn.clone()),
            Setting::School { urn: None, name, .. } => Self::Name(name.clone()),
            Setting::HomeEducated | Setting::NoSetting => Self::Nowhere(education.local_authority.clone()),
        })
    }
}

/// The rolls of a record that is not heard, as keyed hashes: by them a census counts a pupil whose words nobody can read (law 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RollMarks([u64; MOST_MARKS]);

/// Of a pupil on more rolls than this none is remembered.
const MOST_MARKS: usize = 4;

impl RollMarks {
    pub(super) const BYTES: usize = MOST_MARKS * 8;

    pub(super) fn plain(&self) -> [u8; Self::BYTES] {
        let mut plain = [0; Self::BYTES];
        for (place, mark) in plain.chunks_exact_mut(8).zip(self.0) {
            place.copy_from_slice(&mark.to_be_bytes());
        }
        plain
    }

    pub(super) fn read(plain: &[u8; Self::BYTES]) -> Self {
        let mut marks = [0; MOST_MARKS];
        for (mark, bytes) in marks.iter_mut().zip(plain.chunks_exact(8)) {
            *mark = bytes.iter().fold(0, |mark, byte| (mark << 8) | u64::from(*byte));
        }
        Self(marks)
    }
}

/// A record that a full file lacks.
pub(super) struct Lacked {
    /// By what it is remembered what its source said last.
    pub(super) token: Key16,
    /// None of one that was destroyed.
    pub(super) record: Option<Uuid>,
    /// What is remembered of one that is not heard.
    pub(super) remembered: Option<Remembered>,
}

/// What of a record that is not heard a full file is compared with.
#[derive(Clone, Copy)]
pub(super) struct Remembered {
    /// Its source has not ended it.
    pub(super) stands: bool,
    /// The time of what was said last, microseconds UTC.
    pub(super) at: i64,
    /// Where it is counted, as far as that is known.
    pub(super) rolls: Option<RollMarks>,
}

/// Records that a file lacks, in the order of their tokens; and of how many.
pub(super) struct Lacking {
    pub(super) absent: Vec<Lacked>,
    /// Records that the file could have named: those of the source, or of the schools that it names.
    pub(super) held: u64,
}

/// How many records are opened together.
const GROUP: usize = 500;

impl Directory {
    /// Those records that the file says are gone, of all that it does not name.
    pub(super) async fn gone_by(
        &self,
        job: &Job,
        presence: &Presence,
        unnamed: Lacking,
        as_of: Date,
    ) -> Result<Lacking, LoadError> {
        let by_school = Profile::named(&job.source.profile).is_some_and(Profile::counts_by_school);
        let counted = Counted {
            rolls: &presence.rolls,
            marks: presence.rolls.iter().map(|roll| self.roll_mark(job.source.source_id, roll)).collect(),
            by_school,
            as_of,
        };
        let (all, named) = (unnamed.held, unnamed.held.saturating_sub(unnamed.absent.len() as u64));
        let mut absent = Vec::with_capacity(unnamed.absent.len());
        let mut unnamed_left = unnamed.absent.into_iter().peekable();
        while unnamed_left.peek().is_some() {
            let group: Vec<Lacked> = unnamed_left.by_ref().take(GROUP).collect();
            let said = self.contents_of(&group).await?;
            absent.extend(group.into_iter().filter(|lacked| {
                let content = lacked.record.and_then(|record| said.get(&record));
                match (&lacked.remembered, content) {
                    (Some(remembered), _) => counted.lacks_remembered(remembered),
                    (None, Some(content)) => counted.lacks(content),
                    // Nobody knows what it said: no school is known to be rid of it.
                    (None, None) => !by_school,
                }
            }));
        }
        let held = if by_school { named + absent.len() as u64 } else { all };
        Ok(Lacking { absent, held })
    }

    async fn contents_of(&self, group: &[Lacked]) -> Result<HashMap<Uuid, Content>, LoadError> {
        let heard = group.iter().filter(|lacked| lacked.remembered.is_none());
        let ids: Vec<Uuid> = heard.filter_map(|lacked| lacked.record).collect();
        let mut conn = self.store.reader().await?;
        let rows = source_records::by_ids(&mut conn, &ids).await?;
        let wrapped = self.wrapped_bundles(&ids).await?;
        let out = self.out_of_service(&ids, &wrapped).await?;
        let mut said = HashMap::with_capacity(ids.len());
        let mut opened = Vec::with_capacity(ids.len());
        for row in rows.into_iter().filter(|row| !out.contains(&row.record.record_id)) {
            opened.push(self.open_source_record(row.record, &wrapped)?);
        }
        let mut beside = self.waiting_beside(&mut conn, &opened).await?;
        for record in opened {
            let last = beside.remove(&record.row.record_id).and_then(|mut waits| waits.pop());
            let content = last.map_or(record.content, |waits| waits.record.content);
            said.insert(record.row.record_id, content);
        }
        Ok(said)
    }

    /// The rolls of a statement as they are remembered.
    pub(super) fn roll_marks(&self, source: Uuid, content: &Content) -> Option<RollMarks> {
        let mut marks = [0; MOST_MARKS];
        let mut rolls = Roll::all_of(content);
        for (mark, roll) in marks.iter_mut().zip(rolls.by_ref()) {
            *mark = self.roll_mark(source, &roll);
        }
        rolls.next().is_none().then_some(RollMarks(marks))
    }

    fn roll_mark(&self, source: Uuid, roll: &Roll) -> u64 {
        let (kind, text) = match roll {
            Roll::Number(number) => (b"number", number.as_str().to_owned()),
            Roll::Name(name) => (b"school", name.as_str().to_owned()),
            Roll::Nowhere(authority) => {
                (b"no one", authority.as_ref().map(ToString::to_string).unwrap_or_default())
            }
        };
        let hash = self.keys.suppressions.hash_parts(ROLL, &[source.as_bytes(), kind, text.as_bytes()]);
        // Nothing stands for no roll.
        hash.0.iter().take(8).fold(0, |mark: u64, byte| (mark << 8) | u64::from(*byte)).max(1)
    }
}

/// Domain of the marks of rolls, apart from those of what is remembered.
const ROLL: u16 = 6;

/// The rolls that a file counts, and its day.
struct Counted<'a> {
    rolls: &'a HashSet<Roll>,
    marks: HashSet<u64>,
    by_school: bool,
    as_of: Date,
}

impl Counted<'_> {
    /// Whether the file says that a record is gone which it does not name, by what the record says.
    fn lacks(&self, content: &Content) -> bool {
        !self.is_later(content.effective_at) && (!self.by_school || is_counted(content, self.rolls))
    }

    /// The same of one that is not heard, by what is remembered.
    fn lacks_remembered(&self, remembered: &Remembered) -> bool {
        let later = Timestamp::from_microsecond(remembered.at).is_ok_and(|at| self.is_later(at));
        let rolls = remembered.rolls.as_ref().map_or(&[][..], |marks| &marks.0);
        !later && (!self.by_school || rolls.iter().any(|mark| self.marks.contains(mark)))
    }

    /// No file ends what its source said after it was made.
    fn is_later(&self, said: Timestamp) -> bool {
        EndWord::of_file(self.as_of).said.is_before(SaidAt::of(said))
    }
}

fn is_counted(content: &Content, rolls: &HashSet<Roll>) -> bool {
    Roll::all_of(content).any(|roll| rolls.contains(&roll))
}
