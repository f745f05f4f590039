//! What was said by messages, through the groups of a load: statements as a file's rows, and records that a message ends.
//!
//! A message that ends a record has its receipt first, in the transaction of its group, and the record ends after it, while the
//! message still stands in the inbox: killed in between, it is ended when the inbox is worked on again. What its receipt says is
//! read before and holds when the group is written, because nobody else writes the record meanwhile.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use audit::{Action, Detail};
use directory::PartialDate;
use feeds::{Fault, Outcome, Quarantined, Said};
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};
use store::runs::{RunRow, RunState};
use store::source_records::LinkedRecordRow;
use store::sources::SourceRow;
use store::{Conn, Key16, inbox, runs, source_records};
use uuid::Uuid;

use super::counts::{Counts, counts_of, load_detail, run_counts};
use super::last_word::{EndWord, LastWord};
use super::recalling::{Recall, ending_told};
use super::receipts::{RowReceipt, RowStatus, aside_digest, first_half, row_digest};
use super::score::Group;
use super::{Job, Judged, LoadError, LoadRun};
use crate::connecting::BY_MESSAGE;
use crate::records::{OpenRecord, Wrapped};
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// A record that a message ends.
pub(crate) struct SaidEnding {
    /// The number of the message.
    pub(crate) number: u64,
    /// The source's own number of the record that ends.
    pub(crate) record: String,
    /// As of which day, and when that was said.
    pub(crate) end: EndWord,
    /// The record that its receipt names: of a merge the one that goes on.
    pub(crate) about: String,
    /// What the source computes of it for its sums.
    pub(crate) digest: u128,
}

/// What stands of a record that is to end: of its source's own words alone (law 7).
pub(super) struct EndingRead {
    pub(super) local_key: Key16,
    /// The record's version and what it heard last; nothing of one that is not there.
    pub(super) read: Option<(i64, Key16)>,
    /// What its source is told of it.
    status: RowStatus,
}

/// What a record says, as far as an end of it is concerned.
struct SaidOf {
    last: LastWord,
    born: Option<PartialDate>,
    is_ended: bool,
}

/// The digest of a message that ends a record: of the line `end RECORD DAY`.
pub(crate) fn end_digest(record: &str, as_of: Date) -> u128 {
    first_half(Sha256::digest(format!("end {record} {as_of}\n")).into())
}

/// The digest of a merge: of the line `merge SURVIVING ENDED`, then of the canonical form of the statement that came with it.
pub(crate) fn merge_digest(surviving: &str, ended: &str, canonical: &[u8]) -> u128 {
    let line = format!("merge {surviving} {ended}\n");
    first_half(Sha256::digest([line.as_bytes(), canonical].concat()).into())
}

/// The digest of something said, as a source computes it for its sums (docs/receipts.md); `faults` are those it was put aside for.
#[must_use]
pub fn said_digest(said: &Said, number: u64, day: Date, faults: &[Fault]) -> u128 {
    if !faults.is_empty() {
        let row = Quarantined {
            row_number: number,
            faults: faults.to_vec(),
            raw: None,
            record_id: None,
            lapsed: None,
        };
        return aside_digest(&row);
    }
    let judged = said.message().map(|message| message.judge(number, day));
    match (said, judged) {
        (Said::End { record_id, as_of, .. }, _) => end_digest(record_id, *as_of),
        (Said::Merge { surviving, ended, .. }, Some(Outcome::Accepted(row))) => {
            merge_digest(surviving, ended, &row.canonical)
        }
        (Said::Merge { surviving, ended, .. }, _) => merge_digest(surviving, ended, &[]),
        (Said::Statement(_), Some(Outcome::Accepted(row))) => row_digest(&row),
        (Said::Statement(_), Some(Outcome::Quarantined(row))) => aside_digest(&row),
        // A statement is always judged.
        (Said::Statement(_), None) => 0,
    }
}

/// Adds what ends to what a group tells and counts: each number has one receipt, which says `accepted` when either the statement
/// or the end was news.
pub(super) fn with_endings(
    receipts: &mut Vec<RowReceipt>,
    counts: &mut Counts,
    endings: &[SaidEnding],
    read: &[EndingRead],
) {
    for (ending, read) in endings.iter().zip(read) {
        match receipts.iter_mut().find(|receipt| receipt.row == ending.number) {
            Some(receipt) => {
                receipt.digest = ending.digest;
                if read.status != RowStatus::Accepted || receipt.status == RowStatus::Accepted {
                    continue;
                }
                let was = match receipt.status {
                    RowStatus::Superseded => &mut counts.superseded,
                    _ => &mut counts.unchanged,
                };
                *was = was.saturating_sub(1);
                counts.updated += 1;
                receipt.status = RowStatus::Accepted;
            }
            None => {
                counts.rows += 1;
                *match read.status {
                    RowStatus::Accepted => &mut counts.updated,
                    RowStatus::Superseded => &mut counts.superseded,
                    _ => &mut counts.unchanged,
                } += 1;
                receipts.push(RowReceipt {
                    row: ending.number,
                    record: Some(ending.about.clone()),
                    status: read.status,
                    faults: Vec::new(),
                    discarded: BTreeMap::new(),
                    digest: ending.digest,
                });
            }
        }
    }
    receipts.sort_by_key(|receipt| receipt.row);
}

impl Directory {
    /// Takes up the run of a day of messages where it stands.
    pub(crate) async fn take_up_messages(
        &self,
        source: SourceRow,
        sources: HashMap<Uuid, SourceRow>,
        row: &RunRow,
        label: String,
    ) -> Result<LoadRun, LoadError> {
        let mut rng = self.world.chance.generator();
        let job = Job {
            id: row.run_id,
            file_digest: row.file_digest,
            source,
            sources,
            quarantine_bundle: self.bundle_of_run(row.run_id, &mut rng).await?,
            ways: BY_MESSAGE,
            dry: false,
            file: Some(label),
            numbered: None,
            replay: false,
            stopped: AtomicBool::new(false),
        };
        let stored = counts_of(&row.counts);
        Ok(LoadRun { job: Arc::new(job), counts: stored, stored, skip: 0, presence: None })
    }

    /// Loads one group of messages. When this returns, their receipts and what they state are durable; what they end is not
    /// yet ended ([`Directory::end_said`]).
    pub(crate) async fn load_said(
        &self,
        run: &mut LoadRun,
        judged: Vec<Judged>,
        endings: Vec<SaidEnding>,
        unread: Vec<u64>,
        discarded: BTreeMap<u64, BTreeMap<String, u64>>,
    ) -> Result<(), LoadError> {
        run.job.goes_on()?;
        let group = Group { endings, unread, discarded, ..Group::of(judged) };
        self.load_alone(run, group).await
    }

    /// What stands of the records that are to end. Of one that is not heard, because it was destroyed or lies under a legal hold,
    /// it is recalled what its source said last, and this end with it. One of somebody past the age of the archive, or who comes to
    /// it this month, is to its source as if there were nothing to end, whatever became of it.
    pub(super) async fn endings_read(
        &self,
        source: &SourceRow,
        endings: &[SaidEnding],
        recall: &mut Recall,
    ) -> Result<Vec<EndingRead>, ServiceError> {
        let id = source.source_id;
        let keys: Vec<Key16> = endings.iter().map(|ending| self.local_key(id, &ending.record)).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        // Two people may have placed statements of it under a key of their own (law 5).
        let placed = keys.iter().map(|local_key| self.counterpart_key(id, *local_key));
        let asked: Vec<Key16> = keys.iter().copied().chain(placed).collect();
        let mut conn = self.store.reader().await?;
        let known = source_records::digests(&mut conn, id, &asked).await?;
        let ids: Vec<Uuid> = known.iter().map(|record| record.record_id).collect();
        let rows = source_records::by_ids(&mut conn, &ids).await?;
        recall.absorb(self.recall(&mut conn, id, &keys).await?);
        let suppressed = self.suppressed(&mut conn, id, &keys, recall).await?;
        let wrapped = self.wrapped_bundles(&ids).await?;
        let out = self.out_of_service(&ids, &wrapped).await?;
        let today = self.today();
        let mut stated: HashMap<Key16, RowStatus> = HashMap::new();
        for (local_key, SaidEnding { end, .. }) in keys.iter().zip(endings) {
            // Whether it is heard may change before the end is written.
            recall.ask(*local_key);
            let record = known.iter().find(|record| record.local_key == *local_key);
            let is_out = record.is_some_and(|record| out.contains(&record.record_id));
            let is_unheard = is_out || suppressed.contains(local_key);
            if !is_unheard && !recall.knows(local_key) {
                continue;
            }
            let is_late = recall.last_word(local_key).is_some_and(|last| last.is_after_end(end.said));
            let told = recall.tells_end(*local_key, *end, today);
            stated.insert(*local_key, told.unwrap_or(RowStatus::Unchanged));
            if !is_unheard && !is_late {
                recall.is_heard_again(*local_key);
            }
        }
        let readable = rows.into_iter().filter(|row| !out.contains(&row.record.record_id));
        let said = self.said_of(&mut conn, readable, &wrapped).await?;
        for (local_key, SaidEnding { end, .. }) in keys.iter().zip(endings) {
            let Some(own) = said.get(local_key).filter(|_| !stated.contains_key(local_key)) else { continue };
            let untold = own.born.is_some_and(|born| self.ends_untold_from(born) <= today);
            let elsewhere = said.get(&self.counterpart_key(id, *local_key));
            let last = elsewhere.map_or(own.last, |other| own.last.or_stated(other.last.stated));
            stated.insert(*local_key, ending_told(own.is_ended || untold, last, *end));
        }
        let versions: HashMap<Key16, (i64, Key16)> =
            known.into_iter().map(|record| (record.local_key, (record.version, record.digest))).collect();
        let read = |local_key: Key16| EndingRead {
            local_key,
            read: versions.get(&local_key).copied(),
            status: stated.get(&local_key).copied().unwrap_or(RowStatus::Unchanged),
        };
        Ok(keys.into_iter().map(read).collect())
    }

    /// What these records say, by their local keys, as far as an end of them is concerned.
    async fn said_of(
        &self,
        conn: &mut Conn,
        rows: impl IntoIterator<Item = LinkedRecordRow>,
        wrapped: &Wrapped,
    ) -> Result<HashMap<Key16, SaidOf>, ServiceError> {
        let rows = rows.into_iter().map(|row| self.open_source_record(row.record, wrapped));
        let records: Vec<OpenRecord> = rows.collect::<Result<_, _>>()?;
        let mut beside = self.waiting_beside(conn, &records).await?;
        let said = records.into_iter().map(|record| {
            let OpenRecord { row, content, .. } = &record;
            let waits = beside.remove(&row.record_id).unwrap_or_default();
            let content = waits.last().map_or(content, |waits| &waits.record.content);
            let said = SaidOf {
                last: self.last_word(&record, &waits),
                born: content.date_of_birth,
                is_ended: self.is_ended(row),
            };
            (row.local_key, said)
        });
        Ok(said.collect())
    }

    /// Ends what a message ended, once its receipt is durable: in one transaction, as long as the message stands in the inbox,
    /// so that it is done once and not again after a later message brought the record back. An end that came late ends nothing
    /// (law 8).
    pub(crate) async fn end_said(
        &self,
        run: &LoadRun,
        number: u64,
        record: &str,
        end: EndWord,
    ) -> Result<(), LoadError> {
        let (job, source) = (&run.job, run.job.source.source_id);
        let local_key = self.local_key(source, record);
        // Two people may have placed statements of it under a key of their own (law 5).
        let keys = [local_key, self.counterpart_key(source, local_key)];
        let known = source_records::digests(&mut self.store.reader().await?, source, &keys).await?;
        let ids: Vec<Uuid> = known.iter().map(|record| record.record_id).collect();
        let position = i64::try_from(number).map_err(ServiceError::internal)?;
        let mut tx = self.begin_locked(&self.keys_of_ending(source, keys)).await?;
        if ids.is_empty() {
            if inbox::stands(&mut tx, job.id, position).await? {
                self.remember_early_end(&mut tx, source, local_key, end).await?;
            }
            tx.commit().await?;
            return Ok(());
        }
        let mut rows = source_records::by_ids(&mut tx, &ids).await?;
        let wrapped = self.wrapped_bundles(&ids).await?;
        let out = self.out_of_service(&ids, &wrapped).await?;
        let readable = rows.iter().filter(|row| !out.contains(&row.record.record_id)).cloned();
        let said = self.said_of(&mut tx, readable, &wrapped).await?;
        let recall = self.recall(&mut tx, source, &keys).await?;
        let remembered = keys.iter().filter_map(|local_key| recall.last_word(local_key));
        let mut last = said.values().map(|said| said.last).chain(remembered);
        let is_late = last.any(|last| last.is_after_end(end.said));
        rows.retain(|row| !self.is_ended(&row.record));
        if is_late || rows.is_empty() || !inbox::stands(&mut tx, job.id, position).await? {
            tx.rollback().await?;
            return Ok(());
        }
        Box::pin(self.end_rows(tx, job, (rows, &[]), end)).await?;
        Ok(())
    }

    /// Ends the run of a day that is over, once nothing of it waits.
    pub(crate) async fn end_messages(&self, run: &LoadRun) -> Result<(), LoadError> {
        let id = run.job.id;
        let mut tx = self.store.begin_feed().await?;
        let taken = inbox::take(&mut tx, id, 0).await?;
        let row = runs::by_id(&mut tx, id).await?;
        let (Some(taken), Some(row)) = (taken, row) else {
            tx.rollback().await?;
            return Ok(());
        };
        if row.counts.rows_read != taken {
            tx.rollback().await?;
            return Ok(());
        }
        let counts = counts_of(&row.counts);
        let now = self.world.now().as_microsecond();
        runs::progress(&mut tx, id, RunState::Done, &run_counts(counts), Some(now)).await?;
        let detail = Detail::Load(load_detail(&run.job, counts));
        self.write_event(&mut tx, Event::new(Action::Load, detail)).await?;
        inbox::close(&mut tx, id).await?;
        tx.commit().await?;
        Ok(())
    }
}

impl LoadRun {
    /// The run.
    pub(crate) fn id(&self) -> Uuid {
        self.job.id
    }

    /// The key of the run.
    pub(crate) fn bundle(&self) -> &vault::Bundle {
        &self.job.quarantine_bundle
    }

    /// Its source.
    pub(crate) fn source(&self) -> &SourceRow {
        &self.job.source
    }
}
