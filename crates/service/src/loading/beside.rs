//! A statement that waits at the sealed desk while what its record said before goes on standing (laws 3, 5): shown, searched and
//! matched as if its source had said nothing. What its source is told does not depend on it (law 7): the record bears the
//! digest of what was said last, and what waits says when that was.
//!
//! It is sealed under the record's own keys, so that it goes where the record goes. Nothing leads to it but the record. One thing
//! of it counts at once: what it withdraws, or no longer carries, of sensitive services is taken off what stands, for the least
//! disclosure wins (law 4).

use std::collections::HashMap;

use directory::Content;
use jiff::Timestamp;
use rand_chacha::ChaCha12Rng;
use store::source_records::{RecordState, SourceRecordRow};
use store::versions::VersionRow;
use store::waiting_statements::{self, WaitingRow};
use store::{Conn, Tx};
use uuid::Uuid;
use vault::Bundle;

use super::Job;
use super::decide::Decision;
use super::group::{Existing, Incoming};
use super::last_word::LastWord;
use super::neighbours::Neighbours;
use super::write::Writes;
use crate::records::{OpenRecord, seal_content};
use crate::{Directory, ServiceError};

/// One statement that waits, or waited until its source said something else.
pub(crate) struct Waits {
    /// The record as this statement would make it, in a version below zero.
    pub(crate) record: OpenRecord,
    /// The run with which it came.
    pub(crate) run: Uuid,
}

impl Existing {
    /// What its source said: what stands, then what waits beside it.
    pub(super) fn said(&self) -> impl Iterator<Item = &Content> {
        std::iter::once(&self.record)
            .chain(self.waits.iter().map(|waits| &waits.record))
            .map(|it| &it.content)
    }

    /// What its source said last, be it what stands or what waits beside it.
    pub(super) fn said_last(&self) -> &Content {
        self.waits.last().map_or(&self.record.content, |waits| &waits.record.content)
    }

    pub(super) fn said_at(&self) -> Timestamp {
        self.said_last().effective_at
    }
}

impl Directory {
    /// When its source spoke last of a record beside which this waits. The day of an end counts until anything is said anew,
    /// wherever that stands: the record bears the digest of what it heard last.
    pub(super) fn last_word(&self, record: &OpenRecord, waits: &[Waits]) -> LastWord {
        let said_last = waits.last().map_or(&record.content, |waits| &waits.record.content);
        let stated = said_last.effective_at.as_microsecond();
        LastWord { stated, ended_on: record.content.ended_on.filter(|_| self.is_ended(&record.row)) }
    }

    /// What waits beside these records, of each in the order in which it came.
    pub(crate) async fn waiting_beside(
        &self,
        conn: &mut Conn,
        records: impl IntoIterator<Item = &OpenRecord>,
    ) -> Result<HashMap<Uuid, Vec<Waits>>, ServiceError> {
        let of: HashMap<Uuid, &OpenRecord> =
            records.into_iter().map(|record| (record.row.record_id, record)).collect();
        let ids: Vec<Uuid> = of.keys().copied().collect();
        let mut beside: HashMap<Uuid, Vec<Waits>> = HashMap::new();
        if ids.is_empty() {
            return Ok(beside);
        }
        for WaitingRow { record_id, version, sealed, run_id } in
            waiting_statements::of_records(conn, &ids).await?
        {
            let Some(record) = of.get(&record_id) else { continue };
            let state = RecordState::Withheld;
            let row = SourceRecordRow { version, sealed, state, ..record.row.clone() };
            let record = Self::open_with(row, record.bundle.clone())?;
            beside.entry(record_id).or_default().push(Waits { record, run: run_id });
        }
        Ok(beside)
    }

    /// A record as its source said it last: what waits beside it, if something does.
    pub(crate) async fn as_said_last(
        &self,
        conn: &mut Conn,
        record: OpenRecord,
    ) -> Result<OpenRecord, ServiceError> {
        let mut beside = self.waiting_beside(conn, [&record]).await?;
        let last = beside.remove(&record.row.record_id).and_then(|mut waits| waits.pop());
        Ok(last.map_or(record, |waits| waits.record))
    }

    /// A statement that is to wait, in place of what waited before it. Nothing that is shown, searched or matched changes.
    pub(super) fn write_beside(
        &self,
        writes: &mut Writes,
        job: &Job,
        (incoming, existing): (Incoming, Existing),
        (decision, neighbours): (&Decision, &Neighbours),
        rng: &mut ChaCha12Rng,
    ) -> Result<(), ServiceError> {
        let record_id = existing.record.row.record_id;
        let child = decision.child;
        if neighbours.is_shielded(child) {
            // Where the child may be now is protected as where it was: that nobody else is shown there hides, and tells nothing.
            writes.match_keys.extend(self.protection_rows(child, &incoming.matchable.home));
        }
        let mut bundle = existing.record.bundle;
        writes.keys_gone = !incoming.lost.is_empty();
        for slot in &incoming.lost {
            bundle.destroy(*slot);
        }
        let version = existing.waits.last().map_or(0, |waits| waits.record.row.version) - 1;
        let sealed = seal_content(record_id, version, incoming.content, &mut bundle, rng)?;
        writes.waiting.push(WaitingRow { record_id, version, sealed, run_id: job.id });
        writes.bundles.push(self.bundle_row(record_id, &bundle, rng)?);
        writes.heard.extend(incoming.heard);
        writes.heard.push((record_id, incoming.digest));
        self.ask(writes, record_id, decision, None, rng)
    }
}

/// What a record said until now, as it is kept once it says something else (law 8): what stood, then what waited beside it and
/// was never shown. The run that `replaces` the last of them, and the version that follows.
pub(crate) fn until_now(
    stood: &SourceRecordRow,
    waited: &[Waits],
    replaces: Uuid,
    bundle: &mut Bundle,
    rng: &mut ChaCha12Rng,
) -> Result<(Vec<VersionRow>, i64), ServiceError> {
    let record_id = stood.record_id;
    let mut runs = waited.iter().map(|waits| waits.run).chain([replaces]);
    let mut next_run = || runs.next().unwrap_or(replaces);
    let mut version = stood.version;
    let mut rows = vec![VersionRow { record_id, version, sealed: stood.sealed.clone(), run_id: next_run() }];
    for waits in waited {
        version += 1;
        let sealed = seal_content(record_id, version, waits.record.content.clone(), bundle, rng)?;
        rows.push(VersionRow { record_id, version, sealed, run_id: next_run() });
    }
    Ok((rows, version + 1))
}

/// Takes away what waited beside these records. False when it is not what was read: somebody was quicker.
pub(crate) async fn waits_no_more(
    tx: &mut Tx,
    read: impl IntoIterator<Item = (Uuid, usize)>,
) -> Result<bool, ServiceError> {
    let (mut ids, mut count) = (Vec::new(), 0);
    for (record, waited) in read {
        ids.push(record);
        count += waited as u64;
    }
    Ok(ids.is_empty() || waiting_statements::remove_of_records(tx, &ids).await? == count)
}
