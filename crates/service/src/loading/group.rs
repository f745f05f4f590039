//! A group of rows on its way in: the unit that is scored together and committed together.

use std::collections::{HashMap, HashSet};

use directory::retention::is_grown;
use directory::source_record::Content;
use feeds::{Profile, Row, Withdrawn};
use guards::Guard;
use jiff::Timestamp;
use jiff::civil::Date;
use rayon::prelude::*;
use store::source_records::LinkedRecordRow;
use store::{Conn, Key16};
use store::{parted_keys, source_records};
use uuid::Uuid;
use vault::Slot;

use super::Job;
use super::beside::Waits;
use super::keeping::ToKeep;
use super::placed::{Elsewhere, Placed, Placements, Statement};
use super::recalling::{Recall, Stated};
use super::receipts::RowStatus;
use super::said::EndingRead;
use crate::inbox::Words;
use crate::matching::Matchable;
use crate::records::{OpenRecord, Wrapped};
use crate::{Directory, ServiceError};

/// A statement that is new or changed.
pub(super) struct Incoming {
    pub(super) local_key: Key16,
    pub(super) digest: Key16,
    pub(super) content: Content,
    pub(super) matchable: Matchable,
    /// The record it replaces, if the source stated this child before.
    pub(super) existing: Option<Existing>,
    /// The consents to sensitive services that it says were withdrawn.
    pub(super) withdrawn: Vec<Withdrawn>,
    /// The slots of sensitive services that the record held until now and holds no more; known once it is decided.
    pub(super) lost: Vec<Slot>,
    /// With whom two people placed its record, if they did.
    pub(super) placed: Option<Placed>,
    /// The record under which its source knows it, when it is kept under another: what it heard last.
    pub(super) heard: Option<(Uuid, Key16)>,
    /// Whether its source sent this record before: what a source is told depends on its own rows alone (law 7).
    pub(super) sent_before: bool,
    /// It states somebody past the birthday on which records go to the archive.
    pub(super) grown: bool,
}

/// The statements of a group that say something new.
pub(super) struct Changing {
    /// When it began to be looked up.
    pub(super) began: Timestamp,
    pub(super) incoming: Vec<Incoming>,
    /// What the source is told of each row, in the order of the group's rows.
    pub(super) told: Vec<RowStatus>,
    pub(super) placements: PlacementsRead,
    /// Consents withdrawn in rows that are not heard, because a legal hold keeps the record's keys: by child.
    pub(super) unheard: Vec<(Uuid, Vec<Withdrawn>)>,
    /// What stands of the records that its messages end, in their order.
    pub(super) endings: Vec<EndingRead>,
    /// What its source said last of records that are not heard.
    pub(super) recall: Recall,
    /// What is kept of it for the end of a legal hold.
    pub(super) kept: Vec<ToKeep>,
}

/// Which records were asked whether two people placed them, and what stood.
#[derive(Default)]
pub(super) struct PlacementsRead {
    pub(super) asked: Vec<Key16>,
    pub(super) standing: HashSet<Key16>,
}

/// The record a statement replaces.
pub(super) struct Existing {
    pub(super) record: OpenRecord,
    pub(super) child: Option<Uuid>,
    /// What waits at the sealed desk beside what it says, the last one last.
    pub(super) waits: Vec<Waits>,
}

/// When rows were said.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hearing {
    pub(super) day: Date,
    /// They were taken under a legal hold, and an end that is remembered of them came after.
    pub(super) was_kept: bool,
}

/// What a group's rows say of records that are not heard, or were not until now.
struct Spoken {
    /// What their sources said last.
    recall: Recall,
    /// What is told of each row, by its number.
    told: HashMap<u64, RowStatus>,
    /// What is kept for the end of a legal hold.
    kept: Vec<ToKeep>,
}

/// A record that is not heard, or was not until now, as a row speaks of it.
struct Unheard {
    local_key: Key16,
    /// What the row says.
    digest: Key16,
    /// What the record says that the source knows.
    bears: Option<Key16>,
    is_unheard: bool,
    /// The legal hold that keeps it.
    hold: Option<Uuid>,
}

impl Directory {
    /// The keyed hash of a source's own identifier of a record.
    pub(crate) fn local_key(&self, source: Uuid, local_id: &str) -> Key16 {
        self.keys.local_ids.hash_parts(0, &[source.as_bytes(), local_id.as_bytes()])
    }

    /// Those rows that state something new. Keyed digests tell without unsealing anything.
    pub(super) async fn changing(&self, job: &Job, rows: &[Row]) -> Result<Changing, ServiceError> {
        let hearing = Hearing { day: self.today(), was_kept: false };
        // Large: it does not stand on the stack of whoever loads.
        Box::pin(self.changing_heard(job, rows, hearing)).await
    }

    /// As [`Directory::changing`], of rows that were said on another day: who was a child then is taken in as one.
    pub(super) async fn changing_heard(
        &self,
        job: &Job,
        rows: &[Row],
        hearing: Hearing,
    ) -> Result<Changing, ServiceError> {
        let began = self.world.now();
        let (source, full_on, day) = (&job.source, job.full_on(), hearing.day);
        let keyed: Vec<(Key16, Key16)> = rows
            .par_iter()
            .map(|row| {
                let digest = self
                    .keys
                    .digests
                    .hash_parts(RECORD_DIGEST, &[source.source_id.as_bytes(), &row.canonical]);
                (self.local_key(source.source_id, &row.record_id), digest)
            })
            .collect();
        let local_keys: Vec<Key16> = keyed.iter().map(|(local_key, _)| *local_key).collect();
        let mut conn = self.store.reader().await?;
        let known = source_records::digests(&mut conn, source.source_id, &local_keys).await?;
        let known: HashMap<Key16, source_records::RecordDigest> =
            known.into_iter().map(|record| (record.local_key, record)).collect();
        let news = |local_key: &Key16, digest: &Key16| {
            known.get(local_key).is_none_or(|record| record.digest != *digest)
        };
        let asked: Vec<Key16> =
            keyed.iter().filter(|(key, digest)| news(key, digest)).map(|(key, _)| *key).collect();
        let recall = self.recall(&mut conn, source.source_id, &asked).await?;
        let mut suppressed = self.suppressed(&mut conn, source.source_id, &asked, &recall).await?;
        let changed: Vec<Uuid> = keyed
            .iter()
            .filter_map(|(local_key, digest)| known.get(local_key).filter(|record| record.digest != *digest))
            .map(|record| record.record_id)
            .collect();
        let replaced = source_records::by_ids(&mut conn, &changed).await?;
        let wrapped = self.wrapped_bundles(&changed).await?;
        let out = self.out_of_service(&changed, &wrapped).await?;
        let held_back: HashMap<Key16, Uuid> = replaced
            .iter()
            .filter(|row| out.contains(&row.record.record_id))
            .filter_map(|row| Some((row.record.local_key, row.child_id?)))
            .collect();
        let replaced = replaced.into_iter().filter(|row| !out.contains(&row.record.record_id)).collect();
        let mut replaced: HashMap<Key16, Existing> = self
            .existing(&mut conn, replaced, &wrapped)
            .await?
            .into_iter()
            .map(|existing| (existing.record.row.local_key, existing))
            .collect();
        drop(conn);
        let (periods, today) = (self.policy.retention, self.today());
        let mut unheard_withdrawals = Vec::new();
        let mut changing = Vec::with_capacity(rows.len());
        let mut spoken = Spoken { recall, told: HashMap::new(), kept: Vec::new() };
        let mut returned: HashSet<Key16> = HashSet::new();
        for (row, (local_key, digest)) in rows.iter().zip(keyed) {
            // What was destroyed, or lies under a legal hold, is not heard; its source is told the same as of any other.
            let is_out = known.get(&local_key).is_some_and(|record| out.contains(&record.record_id));
            if let Some(child) = held_back.get(&local_key).filter(|_| !row.withdrawn.is_empty()) {
                unheard_withdrawals.push((*child, row.withdrawn.clone()));
            }
            if !news(&local_key, &digest) {
                continue;
            }
            let is_child = row.content.date_of_birth.is_none_or(|born| !is_grown(born, &periods, day));
            if is_child && !is_out && spoken.recall.has_returned(&local_key, &row.content) {
                suppressed.remove(&local_key);
                returned.insert(local_key);
            }
            let is_unheard = suppressed.contains(&local_key) || is_out;
            if is_unheard || spoken.recall.knows(&local_key) {
                let of_record = known.get(&local_key);
                let hold = match of_record.filter(|_| is_out) {
                    Some(record) => self.hold_of(record.record_id).await?,
                    None => None,
                };
                let bears = of_record.map(|record| record.digest);
                let of = Unheard { local_key, digest, bears, is_unheard, hold };
                if !self.speaks_of_unheard(&mut spoken, job, row, of, hearing) {
                    continue;
                }
            }
            changing.push((row, local_key, digest, replaced.remove(&local_key)));
        }
        let local_keys: Vec<Key16> = changing.iter().map(|(_, local_key, ..)| *local_key).collect();
        let mut placements: Placements = self.placements(source, &local_keys).await?;
        let mut goes_on = Vec::with_capacity(changing.len());
        for (row, local_key, digest, existing) in changing {
            let statement = (local_key, row.content.effective_at);
            let elsewhere = self.goes_elsewhere(source, statement, existing.as_ref(), &placements);
            if let Some(Elsewhere { child, own, is_out, hold }) = elsewhere {
                // What it belongs to may be unread although its record, as its source knows that, is not.
                let remembered =
                    self.recall(&mut self.store.reader().await?, source.source_id, &[own]).await?;
                spoken.recall.absorb(remembered);
                let bears = existing.as_ref().map(|existing| existing.record.row.digest);
                let of = Unheard { local_key: own, digest, bears, is_unheard: is_out, hold };
                if is_out && !row.withdrawn.is_empty() {
                    unheard_withdrawals.push((child, row.withdrawn.clone()));
                }
                let judged = is_out || spoken.recall.knows(&own);
                if judged && !self.speaks_of_unheard(&mut spoken, job, row, of, hearing) {
                    continue;
                }
            }
            goes_on.push((row, local_key, digest, existing));
        }
        let (changing, Spoken { recall, told: recalled, kept }) = (goes_on, spoken);
        // Out of order: what its source replaced by a later statement, or ended, before is never applied. At equal times the
        // later delivery counts.
        let counterpart = |local_key: Key16| self.counterpart_key(source.source_id, local_key);
        let is_late = |row: &Row, local_key: Key16, existing: &Option<Existing>| {
            let last = existing.as_ref().map(|existing| self.last_word(&existing.record, &existing.waits));
            let elsewhere = placements.said_elsewhere(local_key, counterpart).map(Timestamp::as_microsecond);
            let at = row.content.effective_at.as_microsecond();
            let is_replaced = elsewhere.is_some_and(|said| at < said);
            is_replaced || last.is_some_and(|last| last.is_after_statement(at, full_on))
        };
        let (late, changing): (Vec<_>, Vec<_>) = changing
            .into_iter()
            .partition(|(row, local_key, _, existing)| is_late(row, *local_key, existing));
        let told = told(
            rows,
            &changing.iter().map(|(row, ..)| row.row_number).collect(),
            &late.iter().map(|(row, ..)| row.row_number).collect(),
            &recalled,
            // A receipt must not tell whether a young person consented to stay.
            |row| row.content.date_of_birth.is_some_and(|born| is_grown(born, &periods, day)),
        );
        let arrived: Vec<_> = changing
            .into_iter()
            .map(|(row, local_key, digest, existing)| {
                let mut content = row.content.clone();
                content.drop_overdue(&periods, today);
                let sent_before = existing.is_some() || returned.contains(&local_key);
                let withdrawn = row.withdrawn.clone();
                let statement = Statement { local_key, digest, content: &mut content, existing };
                let arrived = self.arrive(source, statement, &mut placements);
                // What was kept under a hold is the last word alone: what was said between is not known.
                if let Some(existing) = arrived.existing.as_ref().filter(|_| !hearing.was_kept) {
                    content.goes_on_from(existing.said());
                }
                (arrived, digest, content, sent_before, withdrawn)
            })
            .collect();
        let incoming = arrived
            .into_par_iter()
            .map(|(arrived, digest, content, sent_before, withdrawn)| Incoming {
                local_key: arrived.local_key,
                digest,
                matchable: Matchable::of(&self.model, &self.keys.matching, &content),
                grown: content.date_of_birth.is_some_and(|born| is_grown(born, &periods, day)),
                content,
                existing: arrived.existing,
                placed: arrived.placed,
                heard: arrived.heard,
                sent_before,
                withdrawn,
                lost: Vec::new(),
            })
            .collect();
        let asked = local_keys.into_iter().collect();
        let placements = PlacementsRead { asked, standing: placements.tokens };
        let unheard = unheard_withdrawals;
        Ok(Changing { began, incoming, told, placements, unheard, endings: Vec::new(), recall, kept })
    }

    /// These records as statements find them, each with what waits beside it.
    pub(super) async fn existing(
        &self,
        conn: &mut Conn,
        rows: Vec<LinkedRecordRow>,
        wrapped: &Wrapped,
    ) -> Result<Vec<Existing>, ServiceError> {
        let mut opened = Vec::with_capacity(rows.len());
        for LinkedRecordRow { record, child_id } in rows {
            opened.push((self.open_source_record(record, wrapped)?, child_id));
        }
        let mut beside = self.waiting_beside(conn, opened.iter().map(|(record, _)| record)).await?;
        let existing = opened.into_iter().map(|(record, child)| {
            let waits = beside.remove(&record.row.record_id).unwrap_or_default();
            Existing { record, child, waits }
        });
        Ok(existing.collect())
    }

    /// What is told of a row about a record that is not heard, or was not until now; what is said under a hold is kept for its
    /// end. Whether the row goes on.
    fn speaks_of_unheard(
        &self,
        spoken: &mut Spoken,
        job: &Job,
        row: &Row,
        of: Unheard,
        Hearing { day, was_kept }: Hearing,
    ) -> bool {
        let (source, full_on) = (&job.source, job.full_on());
        let Unheard { local_key, digest, bears, is_unheard, hold } = of;
        let born = row.content.date_of_birth;
        let untold_from = self.remembered_age(born);
        let is_grown = born.is_some_and(|born| is_grown(born, &self.policy.retention, day));
        let by_school = Profile::named(&source.profile).is_some_and(Profile::counts_by_school);
        let rolls = by_school.then(|| self.roll_marks(source.source_id, &row.content)).flatten();
        let (at, is_kept) = (row.content.effective_at, hold.is_some());
        let stated = Stated { digest, at, full_on, untold_from, is_grown, is_kept, was_kept, rolls };
        let status = spoken.recall.tells(local_key, stated, bears, day);
        spoken.told.insert(row.row_number, status);
        if let Some(hold) = hold.filter(|_| status == RowStatus::Accepted) {
            spoken.kept.push(ToKeep { local_key, hold, words: Words::of_row(&source.profile, row) });
        }
        let goes_on = !is_unheard && status != RowStatus::Superseded;
        if goes_on {
            spoken.recall.is_heard_again(local_key);
        }
        goes_on
    }

    /// The legal hold that keeps the keys of a record, or of a child.
    pub(super) async fn hold_of(&self, owner: Uuid) -> Result<Option<Uuid>, ServiceError> {
        Ok(parted_keys::hold_of(&mut self.store.key_reader().await?, owner).await?)
    }
}

/// What a source is told of each row: of one about somebody past the age of the archive the same whatever became of it.
fn told(
    rows: &[Row],
    changing: &HashSet<u64>,
    late: &HashSet<u64>,
    recalled: &HashMap<u64, RowStatus>,
    is_grown: impl Fn(&Row) -> bool,
) -> Vec<RowStatus> {
    rows.iter()
        .map(|row| match row.row_number {
            _ if is_grown(row) => RowStatus::Unchanged,
            number if let Some(status) = recalled.get(&number).filter(|_| Guard::EqualReceipts.stands()) => {
                *status
            }
            number if late.contains(&number) => RowStatus::Superseded,
            number if changing.contains(&number) => RowStatus::Accepted,
            _ => RowStatus::Unchanged,
        })
        .collect()
}

/// Domain of the digest of a record's statement, apart from the digest of a file.
const RECORD_DIGEST: u16 = 1;
