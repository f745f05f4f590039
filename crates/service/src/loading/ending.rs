//! Records that a full file lacks: their source says nothing of them any more.
//!
//! What ends, as of the file's day, are the involvements and the schools the record states. Where the child is stated by other
//! records, this one no longer counts; where it is the last, it stays as what was known last, and retention's own rules decide
//! when it goes (law 9). A row of the same record in a later full file brings it back, and so does one of the day of the end or
//! later (`last_word.rs`). Few are ended at once; more wait for a person (law 8): a file cut short looks like a country of
//! children who left.

use std::collections::{BTreeSet, HashMap, HashSet};

use audit::{Action, ChangeDetail, Detail};
use directory::{Content, Involvement, Month, PartialDate, Setting};
use rand_chacha::ChaCha12Rng;
use serde::{Deserialize, Serialize};
use store::absences::{self, AbsenceState};
use store::children::ChildRow;
use store::key_store::BundleRow;
use store::runs::RunState;
use store::source_records::{LinkedRecordRow, RecordState, SourceRecordRow};
use store::sources::SourceState;
use store::versions::VersionRow;
use store::{
    Key16, Tx, children, key_store, match_keys, runs, search_keys, source_records, sources, versions,
};
use uuid::Uuid;

use super::beside::{Waits, until_now, waits_no_more};
use super::counts::run_counts;
use super::delivery::{AwaitsPerson, Ended};
use super::last_word::EndWord;
use super::recalling::Recall;
use super::rolls::{Lacked, Lacking};
use super::{Job, LoadError, LoadRun};
use crate::indexing::{Findable, RowId, row_id};
use crate::records::{OpenChild, OpenRecord, seal_content};
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How many records are ended together: a practitioner's write beside it never waits long.
const GROUP: usize = 50;

/// How many of a source's records are listed together.
const PAGE: i64 = 5_000;

/// What waits for a person, sealed: counts, and which records, by a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Absent {
    pub(crate) digest: String,
    /// Records that are absent.
    pub(crate) absent: u64,
    /// Records the source has.
    pub(crate) held: u64,
    /// Rows of the file whose identifier could not be read.
    pub(crate) unknown: u64,
}

/// The records of one group, and the rows that end them.
#[derive(Default)]
struct Ending {
    bundles: Vec<BundleRow>,
    records: Vec<SourceRecordRow>,
    before: Vec<VersionRow>,
    /// The records beside which nothing waits any more, and how much did.
    waits_no_more: Vec<(Uuid, usize)>,
    matching: Vec<RowId>,
    searching: Vec<RowId>,
    children: Vec<ChildRow>,
}

impl Directory {
    /// Ends a delivery. Of a full file, what it lacks is ended: by itself where it is little, otherwise once a person has
    /// confirmed exactly these records, or `confirmed` names them.
    ///
    /// # Errors
    ///
    /// A paused source; a digest of other records; the system's. What was committed stands; load the file again.
    pub async fn end_delivery(&self, mut run: LoadRun, confirmed: Option<&str>) -> Result<Ended, LoadError> {
        let Some(presence) = run.presence.take() else {
            return Ok(Ended { counts: self.end_load(run, false).await?, ended: 0, waiting: None });
        };
        let job = run.job.clone();
        job.goes_on()?;
        let as_of = job.numbered.as_ref().map_or(self.today(), |numbered| numbered.as_of);
        let unnamed = self.unnamed(&job, &presence.named).await?;
        let Lacking { absent, held } = self.gone_by(&job, &presence, unnamed, as_of).await?;
        let found = Absent {
            digest: hex::encode(self.digest_of_absent(&absent).0),
            absent: absent.len() as u64,
            held,
            unknown: presence.unknown,
        };
        let decided = absences::by_run(&mut self.store.reader().await?, job.id).await?;
        let state = decided.as_ref().map(|row| row.state);
        let known = match &decided {
            Some(row) => Some(self.open_absence(&job, &row.sealed)?),
            None => None,
        };
        let by_itself = found.unknown == 0 && self.policy.feeding.may_end(found.absent, found.held);
        let by_a_person = state == Some(AbsenceState::Confirmed) && known.as_ref() == Some(&found);
        let by_the_command = confirmed == Some(found.digest.as_str());
        if confirmed.is_some() && !by_the_command {
            return Err(LoadError::OtherAbsence);
        }
        let refused = state == Some(AbsenceState::Refused);
        if absent.is_empty() || (refused && !by_the_command) {
            self.note_full(&job.source, as_of).await?;
            return Ok(Ended { counts: self.end_load(run, false).await?, ended: 0, waiting: None });
        }
        if !(by_itself || by_a_person || by_the_command) {
            let counts = self.wait_for_a_person(&run, &found).await?;
            let waiting = AwaitsPerson { digest: found.digest, absent: found.absent, held: found.held };
            return Ok(Ended { counts, ended: 0, waiting: Some(waiting) });
        }
        let mut ended = 0;
        for group in absent.chunks(GROUP) {
            ended += self.end_group(&job, group, EndWord::of_file(as_of)).await?;
        }
        if decided.is_some() {
            let mut tx = self.store.begin_feed().await?;
            absences::end(&mut tx, job.id).await?;
            tx.commit().await?;
        }
        self.note_full(&job.source, as_of).await?;
        Ok(Ended { counts: self.end_load(run, false).await?, ended, waiting: None })
    }

    /// The source's records that nobody of the file names, in the order of their tokens, and how many it has: those too of
    /// which it is only remembered what it said last, so that neither count tells that a record is not heard (law 7).
    async fn unnamed(&self, job: &Job, named: &HashSet<Key16>) -> Result<Lacking, LoadError> {
        let source = job.source.source_id;
        let mut recalled = self.recalled_of(source).await?;
        let (mut absent, mut held, mut after) = (Vec::new(), 0, Uuid::nil());
        loop {
            let mut conn = self.store.reader().await?;
            let page = source_records::of_source_after(&mut conn, source, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.record_id;
            for record in &page {
                let token = self.said_token(source, record.local_key);
                let remembered = recalled.remove(&token);
                let own = || record.digest != self.ended_digest(source, record.local_key);
                if !remembered.map_or_else(own, |remembered| remembered.stands) {
                    continue;
                }
                held += 1;
                if !named.contains(&record.local_key) {
                    absent.push(Lacked { token, record: Some(record.record_id), remembered });
                }
            }
        }
        if !recalled.is_empty() {
            let named: HashSet<Key16> = named.iter().map(|key| self.said_token(source, *key)).collect();
            let standing = recalled.into_iter().filter(|(_, remembered)| remembered.stands);
            for (token, remembered) in standing {
                held += 1;
                if !named.contains(&token) {
                    absent.push(Lacked { token, record: None, remembered: Some(remembered) });
                }
            }
        }
        absent.sort_unstable_by_key(|lacked| lacked.token);
        Ok(Lacking { absent, held })
    }

    fn digest_of_absent(&self, absent: &[Lacked]) -> Key16 {
        let keys: Vec<u8> = absent.iter().flat_map(|lacked| lacked.token.0).collect();
        self.keys.digests.hash(ABSENCE_DIGEST, &keys)
    }

    /// What a record that was ended has heard: nothing its source could say is the same, so any row of it is news.
    pub(crate) fn ended_digest(&self, source: Uuid, local_key: Key16) -> Key16 {
        self.keys.digests.hash_parts(ENDED_DIGEST, &[source.as_bytes(), &local_key.0])
    }

    /// Whether the end of a record is what it heard last.
    pub(crate) fn is_ended(&self, row: &SourceRecordRow) -> bool {
        row.digest == self.ended_digest(row.source_id, row.local_key)
    }

    /// The run stays open; loading the file again once somebody has decided goes on from here.
    async fn wait_for_a_person(&self, run: &LoadRun, found: &Absent) -> Result<super::Counts, LoadError> {
        let job = &run.job;
        let mut rng = self.world.chance.generator();
        let sealed = self.seal_absence(job, found, &mut rng)?;
        let mut tx = self.store.begin_feed().await?;
        absences::put(&mut tx, job.id, job.source.source_id, AbsenceState::Waiting, &sealed).await?;
        runs::progress(&mut tx, job.id, RunState::Running, &run_counts(run.stored), None).await?;
        self.write_event(&mut tx, crate::feeding::changed("absence_waits", job.source.source_id)).await?;
        tx.commit().await?;
        Ok(run.counts)
    }

    fn seal_absence(
        &self,
        job: &Job,
        found: &Absent,
        rng: &mut ChaCha12Rng,
    ) -> Result<Vec<u8>, ServiceError> {
        let plain = serde_json::to_vec(found).map_err(ServiceError::internal)?;
        self.keys.seal_for_source(job.id, &plain, rng)
    }

    fn open_absence(&self, job: &Job, sealed: &[u8]) -> Result<Absent, ServiceError> {
        let plain = self.keys.open_for_source(job.id, sealed)?;
        serde_json::from_slice(&plain).map_err(ServiceError::internal)
    }

    /// Ends these records, those that are still there and live, in one transaction; how many.
    async fn end_group(&self, job: &Job, group: &[Lacked], word: EndWord) -> Result<u64, LoadError> {
        let ids: Vec<Uuid> = group.iter().filter_map(|lacked| lacked.record).collect();
        let without: Vec<Key16> =
            group.iter().filter(|lacked| lacked.record.is_none()).map(|lacked| lacked.token).collect();
        let rows = source_records::by_ids(&mut self.store.reader().await?, &ids).await?;
        let keys = rows.iter().map(|row| row.record.local_key);
        let keys: Vec<Key16> = keys.chain(group.iter().map(|lacked| lacked.token)).collect();
        let mut tx = self.begin_locked(&keys).await?;
        if sources::state_of(&mut tx, job.source.source_id).await? == Some(SourceState::Paused) {
            return Err(LoadError::Paused { name: job.source.name.clone() });
        }
        Box::pin(self.may_go_on(&mut tx, &job.source, job.ways)).await?;
        let rows = source_records::by_ids(&mut tx, &ids).await?;
        self.end_rows(tx, job, (rows, &without), word).await
    }

    /// Ends these records, and those `without` a row that stand behind these tokens, in a transaction that holds their local
    /// keys and tokens; how many.
    pub(super) async fn end_rows(
        &self,
        mut tx: Tx,
        job: &Job,
        (rows, without): (Vec<LinkedRecordRow>, &[Key16]),
        word: EndWord,
    ) -> Result<u64, LoadError> {
        let source = job.source.source_id;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.record.record_id).collect();
        let keys: Vec<Key16> = rows.iter().map(|row| row.record.local_key).collect();
        let out = self.out_of_service(&ids, &self.wrapped_bundles(&ids).await?).await?;
        let suppressed = self.suppressed(&mut tx, source, &keys, &Recall::default()).await?;
        let (unheard, heard): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| {
            out.contains(&row.record.record_id) || suppressed.contains(&row.record.local_key)
        });
        let mut ended = unheard.len() as u64 + self.remember_ends(&mut tx, source, without, word).await?;
        let mut replaced = self.end_unheard(&mut tx, job, &unheard, word).await?;
        if !heard.is_empty() {
            replaced.extend(self.forget_said(&mut tx, &heard).await?);
            ended += self.end_these(&mut tx, job, heard, word).await?;
        }
        tx.commit().await?;
        self.destroy_unheard(&replaced).await?;
        Ok(ended)
    }

    /// What locks the ends of these records of a source.
    pub(super) fn keys_of_ending(&self, source: Uuid, local_keys: [Key16; 2]) -> Vec<Key16> {
        let tokens = local_keys.map(|local_key| self.said_token(source, local_key));
        local_keys.into_iter().chain(tokens).collect()
    }

    /// Ends these records within a transaction that holds their keys; how many.
    async fn end_these(
        &self,
        tx: &mut Tx,
        job: &Job,
        rows: Vec<LinkedRecordRow>,
        word: EndWord,
    ) -> Result<u64, LoadError> {
        let mut rng = self.world.chance.generator();
        let of: BTreeSet<Uuid> = rows.iter().filter_map(|row| row.child_id).collect();
        let of: Vec<Uuid> = of.into_iter().collect();
        // Nobody else adds to these children now, or takes from them.
        children::lock_versions(tx, &of).await?;
        let opened = self.open_children(&of).await?;
        let mut opened: HashMap<Uuid, OpenChild> =
            opened.into_iter().map(|child| (child.row.child_id, child)).collect();
        let mut ending = Ending::default();
        let stands = |row: &LinkedRecordRow| {
            let child = row.child_id.and_then(|id| opened.get(&id));
            child.is_some_and(|child| child.records.iter().any(|it| it.row.record_id == row.record.record_id))
        };
        let (standing, withheld): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .filter(|row| row.child_id.is_some_and(|id| opened.contains_key(&id)))
            .partition(stands);
        let ids: HashSet<Uuid> = standing.iter().map(|row| row.record.record_id).collect();
        let ends = opened.values().flat_map(|child| &child.records);
        let ends = ends.filter(|record| ids.contains(&record.row.record_id));
        let mut beside = self.waiting_beside(tx, ends).await?;
        for LinkedRecordRow { record, child_id } in standing {
            let Some(child) = child_id.and_then(|id| opened.get_mut(&id)) else { continue };
            let waited = beside.remove(&record.record_id).unwrap_or_default();
            if self.is_said_after(child, &record, &waited, word) {
                continue;
            }
            self.end_one((job, word), record, (child, &waited), &mut ending, &mut rng)?;
        }
        for record in self.every_record(withheld).await? {
            if self.last_word(&record, &[]).is_after_end(word.said) {
                continue;
            }
            self.end_withheld((job, word), record, &mut ending, &mut rng)?;
        }
        let month = Month::from(self.today()).to_string();
        let touched: HashSet<Uuid> = ending.records.iter().map(|row| row.record_id).collect();
        for child in opened.values() {
            let version = child.row.version + 1;
            let sealed =
                self.seal_profile(child.row.child_id, version, &child.bundle, &child.profile, &mut rng)?;
            // The sweep looks at it in its next round.
            ending.children.push(ChildRow {
                sealed,
                version,
                retention_month: month.clone(),
                ..child.row.clone()
            });
        }
        ending.children.sort_by_key(|row| row.child_id);
        let mut keys = self.store.begin_feed_keys().await?;
        key_store::put_bundles(&mut keys, &ending.bundles).await?;
        keys.commit().await?;
        self.write_ending(tx, &ending).await?;
        self.write_event(tx, ended_by_source(opened.keys().copied())).await?;
        Ok(touched.len() as u64)
    }

    /// Whether something was said of a record, as it is read under its locks, after its end was said (law 8).
    fn is_said_after(
        &self,
        child: &OpenChild,
        row: &SourceRecordRow,
        waited: &[Waits],
        word: EndWord,
    ) -> bool {
        let record = child.records.iter().find(|record| record.row.record_id == row.record_id);
        record.is_some_and(|record| self.last_word(record, waited).is_after_end(word.said))
    }

    /// Ends what stands. What waited beside it is not decided about any more: its source has taken it back.
    fn end_one(
        &self,
        (job, word): (&Job, EndWord),
        row: SourceRecordRow,
        (child, waited): (&mut OpenChild, &[Waits]),
        ending: &mut Ending,
        rng: &mut ChaCha12Rng,
    ) -> Result<(), ServiceError> {
        let child_id = child.row.child_id;
        let at = child.records.iter().position(|it| it.row.record_id == row.record_id);
        let Some(at) = at else { return Ok(()) };
        let mut record = child.records.remove(at);
        // An entry in a register of deaths tells nobody of the child.
        let is_last = !child.records.iter().any(|other| other.content.tells_of_the_child());
        let (before, version) = until_now(&row, waited, job.id, &mut record.bundle, rng)?;
        ending.before.extend(before);
        let mut content = record.content.clone();
        content.comes_after(waited.iter().map(|waits| &waits.record.content));
        end(&mut content, word);
        let sealed = seal_content(row.record_id, version, content, &mut record.bundle, rng)?;
        ending.bundles.push(self.bundle_row(row.record_id, &record.bundle, rng)?);
        ending.records.push(SourceRecordRow {
            version,
            sealed,
            digest: self.ended_digest(row.source_id, row.local_key),
            state: if is_last { row.state } else { RecordState::Ended },
            ..row
        });
        if is_last {
            child.records.push(record);
        } else {
            self.keys_that_go(child_id, &record, &child.records, ending);
        }
        if !waited.is_empty() {
            ending.waits_no_more.push((row.record_id, waited.len()));
            let rows = |records: &[&OpenRecord]| -> HashSet<RowId> {
                let rows = self.protection_rows_of(child_id, records.iter().copied());
                rows.iter().map(row_id).collect()
            };
            let waited: Vec<&OpenRecord> = waited.iter().map(|waits| &waits.record).collect();
            let others: Vec<&OpenRecord> = child.records.iter().collect();
            ending.matching.extend(rows(&waited).difference(&rows(&others)).copied());
        }
        Ok(())
    }

    /// Ends a statement beside which nothing stands. The desk decides about it all the same, and lets it stand as what ended.
    fn end_withheld(
        &self,
        (job, word): (&Job, EndWord),
        mut record: OpenRecord,
        ending: &mut Ending,
        rng: &mut ChaCha12Rng,
    ) -> Result<(), ServiceError> {
        let row = record.row;
        let (before, version) = until_now(&row, &[], job.id, &mut record.bundle, rng)?;
        ending.before.extend(before);
        end(&mut record.content, word);
        let sealed = seal_content(row.record_id, version, record.content, &mut record.bundle, rng)?;
        ending.bundles.push(self.bundle_row(row.record_id, &record.bundle, rng)?);
        let digest = self.ended_digest(row.source_id, row.local_key);
        ending.records.push(SourceRecordRow { version, sealed, digest, ..row });
        Ok(())
    }

    /// The rows of the indexes that only this record gave its child.
    fn keys_that_go(&self, child: Uuid, record: &OpenRecord, others: &[OpenRecord], ending: &mut Ending) {
        let one = std::slice::from_ref(record);
        let matching = |records: &[OpenRecord]| -> HashSet<RowId> {
            let rows = self.match_rows_of(child, records).into_iter();
            rows.chain(self.protection_rows_of(child, records)).map(|row| row_id(&row)).collect()
        };
        let searching = |records: &[OpenRecord]| -> HashSet<RowId> {
            self.search_rows_of(child, records, &Findable::Fully).iter().map(row_id).collect()
        };
        ending.matching.extend(matching(one).difference(&matching(others)).copied());
        ending.searching.extend(searching(one).difference(&searching(others)).copied());
    }

    async fn write_ending(&self, tx: &mut Tx, ending: &Ending) -> Result<(), ServiceError> {
        versions::insert(tx, &ending.before).await?;
        children::put(tx, &ending.children).await?;
        source_records::put(tx, &ending.records).await?;
        if !waits_no_more(tx, ending.waits_no_more.iter().copied()).await? {
            return Err(ServiceError::internal("what waited beside a record changed while it was locked"));
        }
        match_keys::remove(tx, &ending.matching).await?;
        search_keys::remove(tx, &ending.searching).await?;
        Ok(())
    }
}

/// Gives every involvement and every school without a last day this one, and the record when its end was said.
fn end(content: &mut Content, EndWord { as_of, said }: EndWord) {
    content.ended_on = Some(said);
    let day = PartialDate::from(as_of);
    for education in &mut content.education {
        if matches!(education.setting, Setting::School { .. }) {
            education.end.get_or_insert(day);
        }
    }
    content.involvements = std::mem::take(&mut content.involvements)
        .into_iter()
        .filter_map(|involvement| {
            let (mut details, basis) = involvement.into_parts();
            details.end.get_or_insert(day);
            // Its basis stands as it stood: this cannot fail.
            Involvement::new(details, basis).ok()
        })
        .collect();
}

/// What the trail learns; found by the children, named by none.
fn ended_by_source(children: impl IntoIterator<Item = Uuid>) -> Event {
    let detail = ChangeDetail { change: "record_ended_by_source".to_owned(), ..ChangeDetail::default() };
    Event::new(Action::RecordChanged, Detail::Change(detail)).concerning(children)
}

/// Domains of the digest of a set of absent records, and of what a record that was ended has heard.
const ABSENCE_DIGEST: u16 = 20;
const ENDED_DIGEST: u16 = 21;
