//! Loading: rows of a source become source records, linked or new or for review, a group at a time.
//!
//! A group is scored without locks, its keys are written, then everything else in one transaction. Killing the process at
//! any moment loses nothing that was acknowledged, and loading the same file again ends in the same state.

mod decide;
mod group;
mod neighbours;
mod write;

use std::collections::{BTreeSet, HashMap};

use audit::{Action, Detail, LoadDetail};
use feeds::{Quarantined, Row};
use rand::RngExt as _;
use store::quarantine::QuarantineRow;
use store::runs::{RunCounts, RunKind, RunRow, RunState};
use store::sources::{SourceRow, SourceState};
use store::{
    StoreError, Tx, child_numbers, children, key_store, links, locks, match_keys, quarantine, reviews, runs,
    search_keys, source_records, sources, versions,
};
use uuid::Uuid;
use store::Key16;
use vault::{Aad, Bundle};

pub(crate) use self::write::{EVIDENCE_BLOCK, link_aad};
use self::decide::{Decided, Decision};
use self::group::Incoming;
use self::neighbours::Neighbours;
use self::write::Writes;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How many rows make a group: large enough to share its commits, small enough that a practitioner's write beside it
/// never waits long.
pub const GROUP: usize = 250;

/// Another writer came between scoring and writing this often: then the group is scored under the locks.
const TRIES: usize = 4;

/// Why a load could not begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No such source.
    #[error("there is no source named {name}; the configuration declares: {known}")]
    UnknownSource {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The source is paused (rule 10.8).
    #[error("the source {name} is paused; resume it before loading")]
    Paused {
        /// The source.
        name: String,
    },
    /// The system failed. What was committed stands; load the same file again.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl LoadError {
    pub(crate) fn unknown(name: &str, known: &[SourceRow]) -> Self {
        let names: Vec<&str> = known.iter().map(|row| row.name.as_str()).collect();
        Self::UnknownSource { name: name.to_owned(), known: names.join(", ") }
    }
}

impl From<StoreError> for LoadError {
    fn from(error: StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// What a run has counted so far. The first four are the source's; the last three are for the authority alone (law 7).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows read.
    pub rows: u64,
    /// Records not sent before.
    pub accepted: u64,
    /// Records that state what is already held.
    pub unchanged: u64,
    /// Records that replace an earlier statement.
    pub updated: u64,
    /// Rows put aside.
    pub quarantined: u64,
    /// Linked to a child.
    pub linked: u64,
    /// Opened a child.
    pub opened: u64,
    /// Wait for a person.
    pub for_review: u64,
}

/// One run of a file, begun by [`Directory::begin_load`].
pub struct LoadRun {
    id: Uuid,
    file_digest: Key16,
    source: SourceRow,
    sources: HashMap<Uuid, SourceRow>,
    quarantine_bundle: Bundle,
    counts: Counts,
    /// What the run's row says: a pass over rows that an interrupted pass had counted does not count them again.
    stored: Counts,
    counted_before: u64,
    dry: bool,
}

impl LoadRun {
    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

}

/// One row of a file, as the reader judged it.
pub type Judged = feeds::Outcome;

impl Directory {
    /// Begins a run, or takes up the run of the same file that was interrupted. `file_digest` is
    /// [`Directory::file_digest`] of the whole file.
    ///
    /// # Errors
    ///
    /// An unknown or paused source, or the system's.
    pub async fn begin_load(&self, source: &str, file_digest: Key16, dry: bool) -> Result<LoadRun, LoadError> {
        let mut conn = self.store.reader().await?;
        let known = sources::all(&mut conn).await?;
        let Some(source) = known.iter().find(|row| row.name == source).cloned() else {
            return Err(LoadError::unknown(source, &known));
        };
        if source.state == SourceState::Paused {
            return Err(LoadError::Paused { name: source.name });
        }
        let earlier = runs::of_file(&mut conn, source.source_id, file_digest).await?;
        drop(conn);
        let mut rng = self.world.chance.generator();
        let before = earlier.as_ref().map(|row| counts_of(&row.counts)).unwrap_or_default();
        let is_new = earlier.is_none();
        let (id, bundle) = match earlier {
            Some(row) => {
                let wrapped = self.wrapped_bundles(&[row.run_id]).await?;
                let (generation, bytes) =
                    wrapped.get(&row.run_id).ok_or_else(|| ServiceError::internal("a run's key is missing"))?;
                (row.run_id, self.keys.unwrap(row.run_id, *generation, bytes)?)
            }
            None => {
                let id = self.time_ordered_id(&mut rng);
                (id, Bundle::with_identity_slot(&mut rng))
            }
        };
        let run = LoadRun {
            id,
            file_digest,
            sources: known.into_iter().map(|row| (row.source_id, row)).collect(),
            source,
            quarantine_bundle: bundle,
            counts: Counts::default(),
            stored: before,
            counted_before: before.rows,
            dry,
        };
        if !dry && is_new {
            self.open_run(&run, &mut rng).await?;
        }
        Ok(run)
    }

    async fn open_run(&self, run: &LoadRun, rng: &mut rand_chacha::ChaCha12Rng) -> Result<(), LoadError> {
        let mut keys = self.store.begin_feed_keys().await?;
        key_store::put_bundles(&mut keys, &[self.bundle_row(run.id, &run.quarantine_bundle, rng)?]).await?;
        keys.commit().await?;
        let mut tx = self.store.begin_feed().await?;
        runs::start(
            &mut tx,
            &RunRow {
                run_id: run.id,
                source_id: run.source.source_id,
                file_digest: run.file_digest,
                kind: RunKind::Delta,
                state: RunState::Running,
                counts: RunCounts::default(),
                started_at: self.world.now().as_microsecond(),
                ended_at: None,
            },
        )
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Loads one group. When this returns, the group is durable.
    ///
    /// # Errors
    ///
    /// The system's; nothing of the group was written.
    pub async fn load_group(&self, run: &mut LoadRun, group: Vec<Judged>) -> Result<Counts, LoadError> {
        let mut rows: Vec<Row> = Vec::with_capacity(group.len());
        let mut aside: Vec<Quarantined> = Vec::new();
        for judged in group {
            match judged {
                feeds::Outcome::Accepted(row) => rows.push(*row),
                feeds::Outcome::Quarantined(row) => aside.push(row),
            }
        }
        for attempt in 1.. {
            match self.try_group(run, &rows, &aside, attempt >= TRIES).await? {
                Some((counts, stored)) => {
                    (run.counts, run.stored) = (counts, stored);
                    return Ok(counts);
                }
                None if attempt > TRIES * 4 => break,
                None => tracing::debug!(attempt, "another writer came between scoring and writing; scoring again"),
            }
        }
        Err(LoadError::Service(ServiceError::new(
            crate::ErrorKind::Busy,
            "other loads kept changing the same records; load the file again",
        )))
    }

    /// Scores and writes a group; nothing when another writer came in between.
    async fn try_group(
        &self,
        run: &LoadRun,
        rows: &[Row],
        aside: &[Quarantined],
        under_locks: bool,
    ) -> Result<Option<(Counts, Counts)>, LoadError> {
        let incoming = self.changing(&run.source, rows).await?;
        if run.dry {
            let counts = run.counts.plus(&count(rows, aside, &incoming, &[]));
            return Ok(Some((counts, run.stored)));
        }
        let to_lock = self.keys_to_lock(&incoming);
        let early = if under_locks { Some(self.begin_locked(&to_lock).await?) } else { None };
        let neighbours = self.neighbours(&incoming).await?;
        let mut rng = self.world.chance.generator();
        let decisions = self.decide(&incoming, &neighbours, &run.sources, &run.source, || {
            vault::uuid_v4(rng.random())
        });
        let group = count(rows, aside, &incoming, &decisions);
        let counts = run.counts.plus(&group);
        let stored = run.stored.plus(&if counts.rows <= run.counted_before { group.changes_only() } else { group });
        let read_children: Vec<(Uuid, i64)> = decisions
            .iter()
            .filter_map(|decision| neighbours.children.get(&decision.child))
            .map(|neighbour| (neighbour.open.row.child_id, neighbour.open.row.version))
            .collect();
        let selective = self.selective_keys(&incoming);
        let versions_read: HashMap<Key16, i64> = incoming
            .iter()
            .map(|one| (one.local_key, one.existing.as_ref().map_or(0, |existing| existing.record.row.version)))
            .collect();
        let writes =
            self.prepare_writes(&run.source, run.id, incoming, &decisions, &neighbours, &run.sources)?;
        let aside = self.seal_aside(run, aside)?;
        let mut tx = match early {
            Some(tx) => tx,
            None => self.begin_locked(&to_lock).await?,
        };
        let stands = (under_locks || self.nothing_new(&mut tx, &selective, &neighbours).await?)
            && self.records_stand(&mut tx, run, &versions_read).await?
            && self.children_stand(&mut tx, &read_children).await?;
        if !stands {
            tx.rollback().await?;
            return Ok(None);
        }
        // Keys before the rows that need them (DESIGN 6.2), and only once nobody else can change these records: a bundle
        // written by who then loses would lack the winner's slots.
        if !writes.bundles.is_empty() {
            let mut keys = self.store.begin_feed_keys().await?;
            key_store::put_bundles(&mut keys, &writes.bundles).await?;
            keys.commit().await?;
        }
        if !self.write(&mut tx, run, &writes, &aside, stored).await? {
            tx.rollback().await?;
            return Ok(None);
        }
        tx.commit().await?;
        Ok(Some((counts, stored)))
    }

    async fn begin_locked(&self, keys: &[Key16]) -> Result<Tx, LoadError> {
        let mut tx = self.store.begin_feed().await?;
        locks::lock_keys(&mut tx, keys).await?;
        Ok(tx)
    }

    /// At most two selective keys a record are locked (DESIGN 6.9), and the record itself.
    fn keys_to_lock(&self, group: &[Incoming]) -> Vec<Key16> {
        let mut keys = self.selective_keys(group);
        keys.extend(group.iter().map(|incoming| incoming.local_key));
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    fn selective_keys(&self, group: &[Incoming]) -> Vec<Key16> {
        group
            .iter()
            .flat_map(|incoming| {
                incoming
                    .matchable
                    .keys
                    .iter()
                    .filter(|key| key.selective)
                    .take(2)
                    .flat_map(|key| self.keys.matching.lookups(key.rule, &key.value))
            })
            .collect()
    }

    /// Whether nothing new stands behind the group's selective keys since it was scored.
    async fn nothing_new(
        &self,
        tx: &mut Tx,
        selective: &[Key16],
        neighbours: &Neighbours,
    ) -> Result<bool, LoadError> {
        let mut now: HashMap<Key16, BTreeSet<Key16>> = HashMap::new();
        for hit in match_keys::lookup(tx, selective, neighbours::LONGEST_LIST).await? {
            now.entry(hit.key_hash).or_default().insert(hit.pointer);
        }
        Ok(now.iter().all(|(hash, pointers)| neighbours.seen.get(hash) == Some(pointers)))
    }

    /// Whether the records themselves are as they were read: the same version, or still absent.
    async fn records_stand(
        &self,
        tx: &mut Tx,
        run: &LoadRun,
        read: &HashMap<Key16, i64>,
    ) -> Result<bool, LoadError> {
        let keys: Vec<Key16> = read.keys().copied().collect();
        let standing = source_records::digests(tx, run.source.source_id, &keys).await?;
        let standing: HashMap<Key16, i64> =
            standing.into_iter().map(|record| (record.local_key, record.version)).collect();
        Ok(read.iter().all(|(key, version)| standing.get(key).copied().unwrap_or(0) == *version))
    }

    /// Whether the children it touches are as they were read: a shield may have been set meanwhile.
    async fn children_stand(&self, tx: &mut Tx, read: &[(Uuid, i64)]) -> Result<bool, LoadError> {
        let ids: BTreeSet<Uuid> = read.iter().map(|(child, _)| *child).collect();
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let standing: HashMap<Uuid, i64> = children::lock_versions(tx, &ids).await?.into_iter().collect();
        Ok(read.iter().all(|(child, version)| standing.get(child) == Some(version)))
    }

    /// Writes a group; false when somebody else wrote one of its rows first.
    async fn write(
        &self,
        tx: &mut Tx,
        run: &LoadRun,
        writes: &Writes,
        aside: &[QuarantineRow],
        counts: Counts,
    ) -> Result<bool, LoadError> {
        let all = |written: u64, wanted: usize| written == wanted as u64;
        versions::insert(tx, &writes.versions).await?;
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
        for review in &writes.reviews {
            reviews::put(tx, review).await?;
        }
        quarantine::insert(tx, aside).await?;
        runs::progress(tx, run.id, RunState::Running, &run_counts(counts), None).await?;
        let detail = Detail::Load(load_detail(run, counts));
        self.write_event(tx, Event::new(Action::Load, detail)).await?;
        Ok(true)
    }

    async fn write_records(&self, tx: &mut Tx, writes: &Writes) -> Result<bool, LoadError> {
        let (new, replaced): (Vec<_>, Vec<_>) = writes.records.iter().cloned().partition(|row| row.version == 1);
        let inserted = source_records::insert(tx, &new).await?;
        let updated = source_records::put(tx, &replaced).await?;
        Ok(inserted == new.len() as u64 && updated == replaced.len() as u64)
    }

    fn seal_aside(&self, run: &LoadRun, aside: &[Quarantined]) -> Result<Vec<QuarantineRow>, ServiceError> {
        let mut rng = self.world.chance.generator();
        let key =
            run.quarantine_bundle.key(0).ok_or_else(|| ServiceError::internal("a run's quarantine key is gone"))?;
        let mut sealed = Vec::new();
        for row in aside {
            let row_number = i64::try_from(row.row_number).unwrap_or(i64::MAX);
            let mut raw = match &row.raw {
                Some(raw) => {
                    let aad = Aad::new(run.id, 0).with_version(row_number);
                    Some(vault::seal(key, aad, raw, &mut rng)?)
                }
                None => None,
            };
            for fault in &row.faults {
                sealed.push(QuarantineRow {
                    run_id: run.id,
                    row_number,
                    field: if fault.field == feeds::Fault::ROW { String::new() } else { fault.field.to_owned() },
                    rule: fault.rule.code().to_ascii_lowercase(),
                    length: i64::try_from(fault.length).unwrap_or(i64::MAX),
                    sealed: raw.take(),
                });
            }
        }
        Ok(sealed)
    }

    /// Ends a run.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn end_load(&self, run: LoadRun, refused: bool) -> Result<Counts, LoadError> {
        if run.dry {
            return Ok(run.counts);
        }
        let state = if refused { RunState::Failed } else { RunState::Done };
        let mut tx = self.store.begin_feed().await?;
        let now = self.world.now().as_microsecond();
        runs::progress(&mut tx, run.id, state, &run_counts(run.stored), Some(now)).await?;
        let detail = Detail::Load(load_detail(&run, run.counts));
        self.write_event(&mut tx, Event::new(Action::Load, detail)).await?;
        tx.commit().await?;
        Ok(run.counts)
    }

    /// The keyed digest by which the same file is known again.
    #[must_use]
    pub fn file_digest(&self, sha256: &[u8; 32]) -> Key16 {
        self.keys.digests.hash(FILE_DIGEST, sha256)
    }
}

/// Domain of the digest of a file.
const FILE_DIGEST: u16 = 2;

/// What one group counts.
fn count(rows: &[Row], aside: &[Quarantined], incoming: &[Incoming], decisions: &[Decision]) -> Counts {
    let updated = incoming.iter().filter(|incoming| incoming.existing.is_some()).count() as u64;
    let incoming_rows = incoming.len() as u64;
    let with = |wanted: fn(&Decided) -> bool| decisions.iter().filter(|d| wanted(&d.outcome)).count() as u64;
    Counts {
        rows: (rows.len() + aside.len()) as u64,
        accepted: incoming_rows - updated,
        unchanged: rows.len() as u64 - incoming_rows,
        updated,
        quarantined: aside.len() as u64,
        linked: with(|outcome| matches!(outcome, Decided::Linked { .. })),
        opened: with(|outcome| matches!(outcome, Decided::New | Decided::Review)),
        for_review: with(|outcome| matches!(outcome, Decided::Review)),
    }
}

impl Counts {
    fn plus(&self, other: &Self) -> Self {
        Self {
            rows: self.rows + other.rows,
            accepted: self.accepted + other.accepted,
            unchanged: self.unchanged + other.unchanged,
            updated: self.updated + other.updated,
            quarantined: self.quarantined + other.quarantined,
            linked: self.linked + other.linked,
            opened: self.opened + other.opened,
            for_review: self.for_review + other.for_review,
        }
    }

    fn changes_only(self) -> Self {
        Self { rows: 0, unchanged: 0, quarantined: 0, ..self }
    }
}

fn counts_of(row: &RunCounts) -> Counts {
    let read = |count: i64| u64::try_from(count).unwrap_or_default();
    Counts {
        rows: read(row.rows_read),
        accepted: read(row.accepted),
        unchanged: read(row.unchanged),
        updated: read(row.updated),
        quarantined: read(row.quarantined),
        linked: read(row.linked),
        opened: read(row.opened),
        for_review: read(row.for_review),
    }
}

fn run_counts(counts: Counts) -> RunCounts {
    let stored = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    RunCounts {
        rows_read: stored(counts.rows),
        accepted: stored(counts.accepted),
        unchanged: stored(counts.unchanged),
        updated: stored(counts.updated),
        quarantined: stored(counts.quarantined),
        linked: stored(counts.linked),
        opened: stored(counts.opened),
        for_review: stored(counts.for_review),
    }
}

fn load_detail(run: &LoadRun, counts: Counts) -> LoadDetail {
    LoadDetail {
        run: Some(run.id),
        source: run.source.name.clone(),
        file_digest: hex::encode(run.file_digest.0),
        rows_read: counts.rows,
        accepted: counts.accepted,
        unchanged: counts.unchanged,
        updated: counts.updated,
        quarantined: counts.quarantined,
    }
}
