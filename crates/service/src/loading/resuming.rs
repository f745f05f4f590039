//! Going on where a load stopped: rows that an earlier pass made durable are not looked at again.

use std::collections::BTreeSet;

use feeds::{Outcome, Profile};
use store::runs;

use super::counts::counts_of;
use super::receipts::Presence;
use super::rolls::Roll;
use super::score::Group;
use super::{Judged, LoadError, LoadRun};
use crate::Directory;

impl LoadRun {
    /// The rows of a group that are not durable yet; of the others only what has to be known is noted. `lapsed` of the rows
    /// passed over comes along, because what other sources had on a lapsed basis is taken off after the group's own
    /// transaction, where the earlier pass may have ended.
    pub(super) fn fresh(&mut self, directory: &Directory, group: Vec<Judged>) -> (Group, Vec<feeds::Lapsed>) {
        if let Some(presence) = &mut self.presence {
            directory.note_presence(&self.job.source, presence, &group);
        }
        let passed = usize::try_from(self.skip).unwrap_or(usize::MAX).min(group.len());
        self.skip -= passed as u64;
        let mut group = group.into_iter();
        let lapsed = group
            .by_ref()
            .take(passed)
            .filter_map(|judged| match judged {
                Outcome::Quarantined(row) => row.lapsed,
                Outcome::Accepted(_) => None,
            })
            .collect();
        (Group::of(group.collect()), lapsed)
    }
}

impl LoadRun {
    /// Of a group that is not durable yet, the rows that somebody else did not load meanwhile.
    pub(super) fn without_passed(&mut self, mut group: Group) -> Group {
        let rows = group.rows.iter().map(|row| row.row_number);
        let aside = group.aside.iter().map(|row| row.row_number);
        // A message that ends a record beside its statement is one number.
        let endings = group.endings.iter().map(|ending| ending.number);
        let numbers: BTreeSet<u64> =
            rows.chain(aside).chain(endings).chain(group.unread.iter().copied()).collect();
        let passed = usize::try_from(self.skip).unwrap_or(usize::MAX).min(numbers.len());
        if passed == 0 {
            return group;
        }
        self.skip -= passed as u64;
        let last = numbers.iter().nth(passed - 1).copied().unwrap_or_default();
        group.rows.retain(|row| row.row_number > last);
        group.aside.retain(|row| row.row_number > last);
        group.endings.retain(|ending| ending.number > last);
        group.unread.retain(|number| *number > last);
        group
    }
}

impl Directory {
    /// Takes account of what somebody else loaded of the same file meanwhile: another process, or a pass of this one that was
    /// given up while its last group was being written.
    pub(super) async fn catch_up(&self, run: &mut LoadRun, group: Group) -> Result<Group, LoadError> {
        if run.job.dry || run.job.replay {
            return Ok(group);
        }
        let stands = runs::by_id(&mut self.store.reader().await?, run.job.id).await?;
        let stored = stands.map(|row| counts_of(&row.counts)).unwrap_or_default();
        if stored.rows > run.stored.rows {
            run.skip += stored.rows - run.stored.rows;
            (run.stored, run.counts) = (stored, stored);
        }
        Ok(run.without_passed(group))
    }

    fn note_presence(&self, source: &store::sources::SourceRow, presence: &mut Presence, group: &[Judged]) {
        let id = source.source_id;
        let by_school = Profile::named(&source.profile).is_some_and(Profile::counts_by_school);
        for judged in group {
            if let Outcome::Accepted(row) = judged
                && by_school
            {
                presence.rolls.extend(Roll::all_of(&row.content));
            }
            let named = match judged {
                Outcome::Accepted(row) => Some(row.record_id.clone()),
                Outcome::Quarantined(row) => row.record_id.clone(),
            };
            let Some(named) = named else {
                presence.unknown += 1;
                continue;
            };
            let local_key = self.local_key(id, &named);
            presence.named.insert(local_key);
            // Two people may have placed statements of it under a key of their own (law 5).
            presence.named.insert(self.counterpart_key(id, local_key));
        }
    }
}
