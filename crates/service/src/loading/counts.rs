//! What a run counts, and how that is kept and told.

use audit::LoadDetail;
use feeds::{Quarantined, Row};
use store::runs::RunCounts;

use super::Job;
use super::decide::Decision;
use super::group::Incoming;
use super::receipts::RowStatus;
use super::told::Told;

/// What a run has counted so far. The first six are the source's; the last three are for the authority alone (law 7).
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
    /// Rows that the source itself had replaced by a later statement before: never applied.
    pub superseded: u64,
    /// Linked to a child.
    pub linked: u64,
    /// Opened a child.
    pub opened: u64,
    /// Wait for a person.
    pub for_review: u64,
}

/// What one group counts. What its source is told of (rule 10.7) follows from what each row is told, and so from the source's own
/// rows (law 7). What became of them is counted as [`Told`] says (decision 16).
pub(super) fn count(
    rows: &[Row],
    aside: &[Quarantined],
    told: &[RowStatus],
    incoming: &[Incoming],
    decisions: &[Decision],
) -> Counts {
    let of = |wanted: RowStatus| told.iter().filter(|status| **status == wanted).count() as u64;
    let (said_new, superseded) = (of(RowStatus::Accepted), of(RowStatus::Superseded));
    let accepted = incoming.iter().filter(|one| !one.grown && !one.sent_before).count() as u64;
    let updated = said_new.saturating_sub(accepted);
    let with = |wanted: Told| decisions.iter().filter(|one| one.told == Some(wanted)).count() as u64;
    Counts {
        rows: (rows.len() + aside.len()) as u64,
        accepted,
        unchanged: rows.len() as u64 - said_new - superseded,
        updated,
        quarantined: aside.len() as u64,
        superseded,
        linked: with(Told::Linked),
        opened: with(Told::New) + with(Told::Review),
        for_review: with(Told::Review),
    }
}

impl Counts {
    pub(super) fn plus(&self, other: &Self) -> Self {
        Self {
            rows: self.rows + other.rows,
            accepted: self.accepted + other.accepted,
            unchanged: self.unchanged + other.unchanged,
            updated: self.updated + other.updated,
            quarantined: self.quarantined + other.quarantined,
            superseded: self.superseded + other.superseded,
            linked: self.linked + other.linked,
            opened: self.opened + other.opened,
            for_review: self.for_review + other.for_review,
        }
    }

    /// Of a file that was loaded to its end before: only what it changes now is delivered anew.
    pub(super) fn changes_only(self) -> Self {
        Self { rows: self.accepted + self.updated, unchanged: 0, quarantined: 0, superseded: 0, ..self }
    }
}

pub(super) fn counts_of(row: &RunCounts) -> Counts {
    let read = |count: i64| u64::try_from(count).unwrap_or_default();
    Counts {
        rows: read(row.rows_read),
        accepted: read(row.accepted),
        unchanged: read(row.unchanged),
        updated: read(row.updated),
        quarantined: read(row.quarantined),
        superseded: read(row.superseded),
        linked: read(row.linked),
        opened: read(row.opened),
        for_review: read(row.for_review),
    }
}

pub(super) fn run_counts(counts: Counts) -> RunCounts {
    let stored = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    RunCounts {
        rows_read: stored(counts.rows),
        accepted: stored(counts.accepted),
        unchanged: stored(counts.unchanged),
        updated: stored(counts.updated),
        quarantined: stored(counts.quarantined),
        superseded: stored(counts.superseded),
        linked: stored(counts.linked),
        opened: stored(counts.opened),
        for_review: stored(counts.for_review),
    }
}

pub(super) fn load_detail(job: &Job, counts: Counts) -> LoadDetail {
    LoadDetail {
        run: Some(job.id),
        source: job.source.name.clone(),
        file_digest: hex::encode(job.file_digest.0),
        rows_read: counts.rows,
        accepted: counts.accepted,
        unchanged: counts.unchanged,
        updated: counts.updated,
        quarantined: counts.quarantined,
    }
}
