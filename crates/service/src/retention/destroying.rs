//! Destroying records (rule 4.2, decisions 1 to 3). In this order, each step able to be the last before the power fails: the
//! journal; then nothing finds the record any more, and its source no longer brings it back; then its keys go; then its rows.

use std::collections::BTreeMap;

use directory::retention::suppressed_until;
use rand::RngExt as _;
use store::children::ChildRow;
use store::source_records::LinkedRecordRow;
use store::{
    children, key_store, links, match_keys, parted_keys, pending_acts, search_keys, source_records,
    suppressions, unheard, versions, waiting_statements,
};
use uuid::Uuid;

use super::sweeping::{SweepCounts, swept};
use crate::indexing::{Findable, row_id};
use crate::journal::JournalEntry;
use crate::loading::Gone;
use crate::records::{OpenChild, OpenRecord};
use crate::{Directory, ServiceError};

impl Directory {
    /// Destroys these children's records, each for its reason.
    pub(super) async fn destroy(
        &self,
        doomed: Vec<(OpenChild, &'static str)>,
    ) -> Result<SweepCounts, ServiceError> {
        // What was joined to a record ends with it: its keys too, wherever an old copy of it may lie.
        let ids: Vec<Uuid> =
            doomed.iter().flat_map(|(open, _)| open.profile.group(open.row.child_id)).collect();
        self.journal(&JournalEntry::Destruction { children: &ids }).await?;
        let (done, joined) = self.take_off_the_index(doomed).await?;
        self.forget_joined(&joined).await?;
        self.finish_destruction(&done).await
    }

    /// From here on nobody finds the records, and their sources' files change nothing. Those that somebody changed meanwhile
    /// are left for the next sweep.
    async fn take_off_the_index(
        &self,
        doomed: Vec<(OpenChild, &'static str)>,
    ) -> Result<(Vec<(Uuid, &'static str)>, Vec<Uuid>), ServiceError> {
        let mut rng = self.world.chance.generator();
        let mut joined = Vec::new();
        let mut done = Vec::with_capacity(doomed.len());
        let mut rows = Vec::with_capacity(doomed.len());
        let mut tx = self.store.begin_feed().await?;
        for (open, why) in doomed {
            if !self.stands(&mut tx, &open).await? {
                continue;
            }
            let child = open.row.child_id;
            let linked = source_records::of_children(&mut tx, &[child]).await?;
            let records = self.every_record(linked.clone()).await?;
            let beside = self.waiting_beside(&mut tx, &records).await?;
            let protected = records.iter().chain(beside.values().flatten().map(|waits| &waits.record));
            let protections = self.protection_rows_of(child, protected);
            let matching = self.match_rows_of(child, &records).into_iter().chain(protections);
            let matching: Vec<_> = matching.map(|row| row_id(&row)).collect();
            match_keys::remove(&mut tx, &matching).await?;
            let searching: Vec<_> =
                self.search_rows_of(child, &records, &Findable::Fully).iter().map(row_id).collect();
            search_keys::remove(&mut tx, &searching).await?;
            suppressions::insert(&mut tx, &self.tokens_of(&linked)).await?;
            let gone = Gone::of(&open.profile, &records, why, self.today());
            self.remember_destroyed(&mut tx, &records, gone).await?;
            // A new version: a feed that had read the record before scores its rows again.
            let version = open.row.version + 1;
            let sealed = self.seal_profile(child, version, &open.bundle, &open.profile, &mut rng)?;
            joined.extend(open.profile.joined.iter().map(|joined| joined.child));
            rows.push(ChildRow { sealed, version, ..open.row });
            done.push((child, why));
        }
        children::put(&mut tx, &rows).await?;
        tx.commit().await?;
        Ok((done, joined))
    }

    /// Destroys the keys of children that were joined to one that ends. Before the survivor's own: who is interrupted here
    /// begins with the survivor again.
    async fn forget_joined(&self, joined: &[Uuid]) -> Result<(), ServiceError> {
        if joined.is_empty() {
            return Ok(());
        }
        let mut keys = self.store.begin_feed_keys().await?;
        let owners = [joined, &self.journal_owners(joined)].concat();
        key_store::destroy_bundles(&mut keys, &owners).await?;
        parted_keys::mark_destroyed(&mut keys, &owners).await?;
        keys.commit().await?;
        Ok(())
    }

    /// The tokens of records, each with the month until which it stands.
    pub(super) fn tokens_of(&self, linked: &[LinkedRecordRow]) -> Vec<(store::Key16, String)> {
        let mut rng = self.world.chance.generator();
        let today = self.today();
        linked
            .iter()
            .map(|row| {
                let token = self.suppression_token(row.record.source_id, row.record.local_key);
                (token, suppressed_until(&self.policy.retention, today, rng.random()).to_string())
            })
            .collect()
    }

    /// Every record of a child, those that do not count included.
    pub(crate) async fn every_record(
        &self,
        linked: Vec<LinkedRecordRow>,
    ) -> Result<Vec<OpenRecord>, ServiceError> {
        let ids: Vec<Uuid> = linked.iter().map(|row| row.record.record_id).collect();
        let wrapped = self.wrapped_bundles(&ids).await?;
        let out = self.out_of_service(&ids, &wrapped).await?;
        linked
            .into_iter()
            .filter(|row| !out.contains(&row.record.record_id))
            .map(|row| self.open_source_record(row.record, &wrapped))
            .collect()
    }

    /// Destroys the keys, then takes away the rows, which nobody can read any more.
    pub(super) async fn finish_destruction(
        &self,
        doomed: &[(Uuid, &'static str)],
    ) -> Result<SweepCounts, ServiceError> {
        let ids: Vec<Uuid> = doomed.iter().map(|(child, _)| *child).collect();
        let mut conn = self.store.reader().await?;
        let linked = source_records::of_children(&mut conn, &ids).await?;
        drop(conn);
        let records: Vec<Uuid> = linked.iter().map(|row| row.record.record_id).collect();
        let owners = [&ids[..], &records, &self.journal_owners(&ids)].concat();
        let mut keys = self.store.begin_feed_keys().await?;
        key_store::destroy_bundles(&mut keys, &owners).await?;
        parted_keys::mark_destroyed(&mut keys, &owners).await?;
        keys.commit().await?;
        let mut reasons: BTreeMap<&'static str, u64> = BTreeMap::new();
        for (_, why) in doomed {
            *reasons.entry(why).or_default() += 1;
        }
        let counts = SweepCounts { destroyed: reasons, ..SweepCounts::default() };
        // Now that nobody opens the children any more, nobody asks anything about them either.
        let acts = self.acts_about_the_destroyed().await?;
        self.destroy_own_keys(&acts).await?;
        let mut tx = self.store.begin_feed().await?;
        // A replay, or another server, may come to the same rows.
        suppressions::insert(&mut tx, &self.tokens_of(&linked)).await?;
        self.remember_digests(&mut tx, &linked).await?;
        let unheard = self.unheard_of(&mut tx, &linked).await?;
        unheard::remove(&mut tx, &unheard.iter().map(|row| row.token).collect::<Vec<_>>()).await?;
        let unheard: Vec<Uuid> = unheard.into_iter().map(|row| row.owner_id).collect();
        self.destroy_unheard(&unheard).await?;
        links::remove_of_children(&mut tx, &ids).await?;
        links::remove_of_records(&mut tx, &records).await?;
        versions::remove_of_records(&mut tx, &records).await?;
        waiting_statements::remove_of_records(&mut tx, &records).await?;
        source_records::remove(&mut tx, &records).await?;
        children::remove(&mut tx, &ids).await?;
        for act in acts {
            pending_acts::remove(&mut tx, act).await?;
        }
        self.write_event(&mut tx, swept(&counts).concerning(ids)).await?;
        tx.commit().await?;
        self.scrub_keys().await?;
        Ok(counts)
    }

    /// Takes what was destroyed out of the key store's own files. While somebody reads the log it waits for the next time.
    pub(crate) async fn scrub_keys(&self) -> Result<(), ServiceError> {
        match self.store.scrub_keys().await {
            Err(store::StoreError::Busy(_)) => Ok(()),
            other => Ok(other?),
        }
    }
}
