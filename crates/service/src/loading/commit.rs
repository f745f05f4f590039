//! Writing a scored group in one transaction, if what it was scored on still stands.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;

use audit::{Action, Detail};
use store::runs::RunState;
use store::{
    Key16, Tx, child_numbers, children, key_store, links, locks, match_keys, quarantine, reviews, runs,
    said_last, seal_words, search_keys, source_records, suppressions, unheard, versions, waiting_statements,
};
use uuid::Uuid;

use super::beside::waits_no_more;
use super::counts::{Counts, load_detail, run_counts};
use super::neighbours::LONGEST_LIST;
use super::recalling::Remembering;
use super::score::{Scored, StandsOn};
use super::write::Writes;
use super::{Job, LoadError};
use crate::Directory;
use crate::trail::Event;

impl Directory {
    pub(super) async fn begin_locked(&self, keys: &[Key16]) -> Result<Tx, LoadError> {
        let mut tx = self.store.begin_feed().await?;
        locks::lock_keys(&mut tx, keys).await?;
        Ok(tx)
    }

    /// Writes the group; false, and nothing is written, when another writer came in between. `stored` is what the run's
    /// row counts afterwards. `nothing_met` tells that the neighbours were read under this transaction's locks.
    pub(super) async fn commit(
        &self,
        mut tx: Tx,
        job: &Job,
        scored: &Scored,
        stored: Counts,
        nothing_met: bool,
    ) -> Result<bool, LoadError> {
        // First of all rows that others take as well, so that nobody waits for somebody who waits for them.
        let control = self.take_control(&mut tx, job).await?;
        if !self.run_stands(&mut tx, job, stored.rows - scored.counts.rows).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        if !self.scored_stands(&mut tx, job, scored, nothing_met).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        if !self.write_scored(&mut tx, scored).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        let mut replaced = self.keep_for_later(&mut tx, &scored.keeping).await?;
        replaced.extend(self.forget_heard(&mut tx, &scored.remembering).await?);
        self.write_progress(&mut tx, job, scored, stored).await?;
        let taking_off = Box::pin(self.note_what_is_to_be_taken_off(&mut tx, &job.source, scored)).await?;
        let pauses = self.conclude(&mut tx, job, scored, control).await?;
        tx.commit().await?;
        if pauses {
            job.stopped.store(true, Ordering::Relaxed);
        }
        Box::pin(self.do_after_group(job, scored, &replaced)).await?;
        if let Some(noted) = taking_off {
            Box::pin(self.is_taken_off(noted)).await?;
        }
        Ok(true)
    }

    /// Whether everything that a group was scored on still stands.
    pub(super) async fn scored_stands(
        &self,
        tx: &mut Tx,
        job: &Job,
        scored: &Scored,
        nothing_met: bool,
    ) -> Result<bool, LoadError> {
        let stands_on = &scored.stands_on;
        Ok((nothing_met || self.nothing_new(tx, stands_on).await?)
            && self.records_stand(tx, job, stands_on).await?
            && self.children_stand(tx, stands_on).await?
            && self.links_stand(tx, stands_on).await?
            && self.placements_stand(tx, job, stands_on).await?
            && self.memory_stands(tx, &scored.remembering).await?)
    }

    /// Writes what a group says of children. False when somebody else wrote one of its rows first.
    pub(super) async fn write_scored(&self, tx: &mut Tx, scored: &Scored) -> Result<bool, LoadError> {
        for (child, withdrawn) in &scored.withdrawals {
            self.journal_withdrawals(*child, withdrawn).await?;
        }
        // Keys before the rows that need them (decision 2): they are durable before the rows are committed. And only once
        // nobody else can change these records: a bundle written by who then loses would lack the winner's slots.
        let (keys, written) = tokio::join!(self.write_keys(&scored.writes), self.write(tx, scored));
        keys?;
        written
    }

    /// What a group leaves to be done once it is durable.
    pub(super) async fn do_after_group(
        &self,
        job: &Job,
        scored: &Scored,
        replaced: &[Uuid],
    ) -> Result<(), LoadError> {
        self.take_off_after(&job.source, &scored.withdrawals, &scored.lapsed).await?;
        self.remember_unheard(&scored.unheard).await?;
        self.destroy_unheard(replaced).await?;
        if scored.writes.keys_gone || !replaced.is_empty() {
            self.scrub_keys().await?;
        }
        Ok(())
    }

    /// Forgets what was remembered and kept of records that are heard again; whose keys are to be destroyed after it.
    async fn forget_heard(&self, tx: &mut Tx, remembering: &Remembering) -> Result<Vec<Uuid>, LoadError> {
        if remembering.gone.is_empty() {
            return Ok(Vec::new());
        }
        let kept = unheard::standing(tx, &remembering.unheard_gone).await?;
        said_last::remove(tx, &remembering.gone).await?;
        suppressions::remove(tx, &remembering.risen).await?;
        unheard::remove(tx, &remembering.unheard_gone).await?;
        Ok(kept.into_iter().map(|row| row.owner_id).collect())
    }

    /// Whether the run has come as far as this loader knows: somebody else may be loading the same file, and no row is to be
    /// counted or receipted twice.
    async fn run_stands(&self, tx: &mut Tx, job: &Job, rows: u64) -> Result<bool, LoadError> {
        let run = runs::by_id(tx, job.id).await?;
        let read = run.map(|run| u64::try_from(run.counts.rows_read).unwrap_or_default());
        Ok(job.replay || read == Some(rows))
    }

    async fn write_keys(&self, writes: &Writes) -> Result<(), LoadError> {
        if !writes.bundles.is_empty() {
            let mut keys = self.store.begin_feed_keys().await?;
            key_store::put_bundles(&mut keys, &writes.bundles).await?;
            keys.commit().await?;
        }
        Ok(())
    }

    /// Whether the same records stand behind the group's selective keys as when it was scored.
    async fn nothing_new(&self, tx: &mut Tx, stands_on: &StandsOn) -> Result<bool, LoadError> {
        let keys: Vec<Key16> = stands_on.behind.keys().copied().collect();
        let now: HashSet<(Key16, Key16)> = match_keys::lookup(tx, &keys, LONGEST_LIST)
            .await?
            .into_iter()
            .map(|hit| (hit.key_hash, hit.pointer))
            .collect();
        let expected = stands_on.behind.values().map(std::collections::BTreeSet::len).sum::<usize>();
        Ok(now.len() == expected
            && now.iter().all(|(key, pointer)| {
                stands_on.behind.get(key).is_some_and(|pointers| pointers.contains(pointer))
            }))
    }

    /// Whether the records themselves are as they were read: in the same version and having heard the same last, or still
    /// absent.
    async fn records_stand(&self, tx: &mut Tx, job: &Job, stands_on: &StandsOn) -> Result<bool, LoadError> {
        let keys: Vec<Key16> = stands_on.records.keys().copied().collect();
        let standing = source_records::digests(tx, job.source.source_id, &keys).await?;
        let standing: HashMap<Key16, (i64, Key16)> =
            standing.into_iter().map(|record| (record.local_key, (record.version, record.digest))).collect();
        Ok(stands_on.records.iter().all(|(key, read)| standing.get(key) == read.as_ref()))
    }

    /// Whether the children it adds to, and those it compared with, are as they were read: a shield may have been set meanwhile.
    async fn children_stand(&self, tx: &mut Tx, stands_on: &StandsOn) -> Result<bool, LoadError> {
        let mut ids: Vec<_> = stands_on.children.keys().copied().collect();
        ids.sort_unstable();
        let standing: HashMap<_, i64> = children::lock_versions(tx, &ids).await?.into_iter().collect();
        if !stands_on.children.iter().all(|(child, version)| standing.get(child) == Some(version)) {
            return Ok(false);
        }
        // These are only compared with. Whoever decides a shield locks the keys that led here, as this transaction does.
        let ids: Vec<Uuid> = stands_on.met.keys().copied().collect();
        let standing: HashMap<_, i64> = children::versions(tx, &ids).await?.into_iter().collect();
        Ok(stands_on.met.iter().all(|(child, version)| standing.get(child) == Some(version)))
    }

    /// Whether the same records in the same versions are linked to the children that were looked at: a record that joined one
    /// of them meanwhile may contradict the decision, or have a key that is to go. The locks on the group's keys and
    /// children keep another from joining now.
    async fn links_stand(&self, tx: &mut Tx, stands_on: &StandsOn) -> Result<bool, LoadError> {
        Ok(self.are_linked(tx, &stands_on.linked).await?)
    }

    /// Whether two people placed none of its records meanwhile.
    async fn placements_stand(
        &self,
        tx: &mut Tx,
        job: &Job,
        stands_on: &StandsOn,
    ) -> Result<bool, LoadError> {
        let read = &stands_on.placements;
        let now = self.placed(tx, job.source.source_id, &read.asked).await?;
        Ok(self.placed_tokens(&job.source, &now) == read.standing)
    }

    async fn write(&self, tx: &mut Tx, scored: &Scored) -> Result<bool, LoadError> {
        let writes = &scored.writes;
        let all = |written: u64, wanted: usize| written == wanted as u64;
        versions::insert(tx, &writes.versions).await?;
        if !waits_no_more(tx, writes.waits_no_more.iter().copied()).await?
            || !all(waiting_statements::insert(tx, &writes.waiting).await?, writes.waiting.len())
        {
            return Ok(false);
        }
        let whole = all(children::put(tx, &writes.children).await?, writes.children.len())
            && all(child_numbers::insert(tx, &writes.numbers).await?, writes.numbers.len())
            && self.write_records(tx, writes).await?;
        if !whole {
            return Ok(false);
        }
        links::put(tx, &writes.links).await?;
        match_keys::remove(tx, &writes.match_keys_gone).await?;
        search_keys::remove(tx, &writes.search_keys_gone).await?;
        match_keys::insert(tx, &writes.match_keys).await?;
        search_keys::insert(tx, &writes.search_keys).await?;
        seal_words::insert(tx, &writes.words).await?;
        for (record, digest) in &writes.heard {
            source_records::hear(tx, *record, *digest).await?;
        }
        said_last::put(tx, &scored.remembering.put).await?;
        for review in &writes.reviews {
            reviews::put(tx, review).await?;
        }
        Ok(true)
    }

    /// Writes how far its run has come with a group.
    async fn write_progress(
        &self,
        tx: &mut Tx,
        job: &Job,
        scored: &Scored,
        stored: Counts,
    ) -> Result<(), LoadError> {
        quarantine::insert(tx, &scored.aside).await?;
        let (state, ended_at) = match job.replay {
            true => (RunState::Done, Some(self.world.now().as_microsecond())),
            false => (RunState::Running, None),
        };
        runs::progress(tx, job.id, state, &run_counts(stored), ended_at).await?;
        let detail = Detail::Load(load_detail(job, stored));
        self.write_event(tx, Event::new(Action::Load, detail)).await?;
        Ok(())
    }

    async fn write_records(&self, tx: &mut Tx, writes: &Writes) -> Result<bool, LoadError> {
        let (new, replaced): (Vec<_>, Vec<_>) =
            writes.records.iter().cloned().partition(|row| row.version == 1);
        let inserted = source_records::insert(tx, &new).await?;
        let updated = source_records::put(tx, &replaced).await?;
        Ok(inserted == new.len() as u64 && updated == replaced.len() as u64)
    }
}
