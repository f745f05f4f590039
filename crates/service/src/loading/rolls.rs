//! What a full file lacks (rule 5.6): which of the source's records that it does not name it says are gone.
//!
//! A census comes with the rolls of the schools that have sent theirs (rule 10.4). A pupil who is on the roll of a school that
//! the file names, and not in the file, has left; of a school that it does not name it says nothing, so that a return that is
//! missing ends nobody. Those who are on no roll are counted by the authority. And no file ends what its source said after the
//! day of the file.

use std::collections::{HashMap, HashSet};

use directory::source_record::Setting;
use directory::{AuthorityCode, Content, Line};
use feeds::Profile;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use store::{Key16, source_records};
use uuid::Uuid;

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

/// A record that a full file lacks.
pub(super) struct Lacked {
    /// By what it is remembered what its source said last.
    pub(super) token: Key16,
    /// None of one that was destroyed.
    pub(super) record: Option<Uuid>,
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
        let (all, named) = (unnamed.held, unnamed.held.saturating_sub(unnamed.absent.len() as u64));
        let mut absent = Vec::with_capacity(unnamed.absent.len());
        let mut unnamed_left = unnamed.absent.into_iter().peekable();
        while unnamed_left.peek().is_some() {
            let group: Vec<Lacked> = unnamed_left.by_ref().take(GROUP).collect();
            let said = self.contents_of(&group).await?;
            absent.extend(group.into_iter().filter(|lacked| {
                // Of a record whose keys are gone nobody knows what it said; it is on no list of a later day.
                lacked.record.and_then(|record| said.get(&record)).is_none_or(|content| {
                    let later = content.effective_at.to_zoned(TimeZone::UTC).date() > as_of;
                    !later && (!by_school || is_counted(content, &presence.rolls))
                })
            }));
        }
        let held = if by_school { named + absent.len() as u64 } else { all };
        Ok(Lacking { absent, held })
    }

    async fn contents_of(&self, group: &[Lacked]) -> Result<HashMap<Uuid, Content>, LoadError> {
        let ids: Vec<Uuid> = group.iter().filter_map(|lacked| lacked.record).collect();
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
}

fn is_counted(content: &Content, rolls: &HashSet<Roll>) -> bool {
    Roll::all_of(content).any(|roll| rolls.contains(&roll))
}
