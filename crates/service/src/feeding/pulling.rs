//! A source asks for its receipts, and for the sums of a day by which it proves that nothing was lost (laws 7 and 8).
//!
//! For a day: `sent = accepted + unchanged + quarantined + superseded + unread`, for each file and in all, with the sum of the digests of
//! the rows, which the source computes itself (`contactpoint receipts check`, docs/receipts.md).

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;

use audit::{Action, Detail, ExportDetail};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};
use store::receipts::{self, BlockRow};
use store::sources;
use uuid::Uuid;
use vault::Bundle;

use crate::loading::receipts::{Block, parse_checksum};
use crate::loading::{LoadError, RowStatus, checksum};
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// A place in a source's receipts: after this row of this block. Its text form is `BLOCK-ROW`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReceiptCursor {
    block: i64,
    rows: usize,
}

impl fmt::Display for ReceiptCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.block, self.rows)
    }
}

impl FromStr for ReceiptCursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('-').and_then(|(block, rows)| {
            Some(Self { block: block.parse().ok().filter(|it| *it >= 0)?, rows: rows.parse().ok()? })
        });
        parsed.ok_or_else(|| {
            "a cursor is the value \"cursor\" of the last receipt that was read, such as 17-250".to_owned()
        })
    }
}

/// The receipt of one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Give this back to read on after it.
    pub cursor: String,
    /// The SHA-256 of the file, where it is known.
    pub file: Option<String>,
    /// The source's own number of the file.
    pub sequence: Option<i64>,
    /// The row in the file; the header is row 1.
    pub row: u64,
    /// The source's own identifier; none of a row put aside.
    pub record: Option<String>,
    /// What became of it.
    pub status: RowStatus,
    /// Which rules it breaks, and where.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<ReceiptFault>,
}

/// A rule that a row breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceiptFault {
    /// The column, or `(row)`.
    pub field: String,
    /// The rule's code.
    pub rule: String,
}

/// A page of receipts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptPage {
    /// The receipts, in the order in which they became durable.
    pub lines: Vec<Receipt>,
    /// Where to read on.
    pub next: ReceiptCursor,
}

/// What was counted of some rows. `sent = accepted + unchanged + quarantined + superseded + unread`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Rows that came.
    pub sent: u64,
    /// Said something new.
    pub accepted: u64,
    /// Said what was said last.
    pub unchanged: u64,
    /// Broke a rule.
    pub quarantined: u64,
    /// Were older than what was said last.
    pub superseded: u64,
    /// Messages that say nothing that the directory holds.
    #[serde(default)]
    pub unread: u64,
    /// The sum of the digests of the rows, modulo 2^128, in hexadecimal.
    pub checksum: String,
    /// What messages carried besides and was discarded unread: how often, by its published name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub discarded: BTreeMap<String, u64>,
}

/// The sums of one file on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSums {
    /// The SHA-256 of the file, where it is known.
    pub file: Option<String>,
    /// The source's own number of the file.
    pub sequence: Option<i64>,
    /// What was counted.
    #[serde(flatten)]
    pub sums: Sums,
}

/// What a source reconciles a day with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciliation {
    /// The source.
    pub source: String,
    /// The day, by the moments at which receipts became readable, UTC.
    pub day: Date,
    /// Whether the day is over: nothing is added any more.
    pub complete: bool,
    /// Each file of which rows were receipted that day.
    pub files: Vec<FileSums>,
    /// All of them.
    pub total: Sums,
}

/// How many blocks are read together.
const BLOCKS: i64 = 40;

impl Directory {
    /// At most `limit` receipts of a source after a cursor, as far as their moment has come. Who may run the command with the
    /// installation's configuration may ask; there is no other door.
    ///
    /// # Errors
    ///
    /// An unknown source, or the system's.
    pub async fn receipts(
        &self,
        source: &str,
        after: ReceiptCursor,
        limit: usize,
    ) -> Result<ReceiptPage, LoadError> {
        let id = self.source_named(source).await?;
        let now = self.world.now().as_microsecond();
        let mut page = ReceiptPage { lines: Vec::new(), next: after };
        let mut from = (after.block - 1).max(0);
        let mut end = false;
        while page.lines.len() < limit && !end {
            let rows = receipts::after(&mut self.store.reader().await?, id, from, BLOCKS).await?;
            end = i64::try_from(rows.len()) != Ok(BLOCKS);
            // Those whose moment has not come keep what is behind them: nothing is passed over.
            let readable: Vec<BlockRow> =
                rows.into_iter().take_while(|row| row.readable_from <= now).collect();
            end |= i64::try_from(readable.len()) != Ok(BLOCKS);
            from = readable.last().map_or(from, |row| row.block);
            for (number, block) in self.open_blocks(&readable).await? {
                let passed = if number == after.block { after.rows } else { 0 };
                let room = limit - page.lines.len();
                let place = |at: usize| ReceiptCursor { block: number, rows: at + 1 };
                let lines = block.rows.into_iter().enumerate().skip(passed).take(room);
                for (at, row) in lines {
                    page.next = place(at);
                    page.lines.push(Receipt {
                        cursor: page.next.to_string(),
                        file: block.file.clone(),
                        sequence: block.sequence,
                        row: row.row,
                        record: row.record,
                        status: row.status,
                        faults: faults(row.faults),
                    });
                }
            }
        }
        self.record(asked("receipts", id)).await?;
        Ok(page)
    }

    /// The sums of a day of a source: of the receipts that became readable on it.
    ///
    /// # Errors
    ///
    /// An unknown source, or the system's.
    pub async fn reconciliation(&self, source: &str, day: Date) -> Result<Reconciliation, LoadError> {
        let id = self.source_named(source).await?;
        let now = self.world.now().as_microsecond();
        let (from, before) = (midnight(day), midnight(day.saturating_add(1.day())));
        let mut files: BTreeMap<(Option<i64>, Option<String>), (Sums, u128)> = BTreeMap::new();
        let mut after = 0;
        loop {
            let stretch = (from, before.min(now + 1));
            let rows = receipts::between(&mut self.store.reader().await?, id, stretch, after, BLOCKS).await?;
            let Some(last) = rows.last() else { break };
            after = last.block;
            for (_, block) in self.open_blocks(&rows).await? {
                let (sums, digests) = files.entry((block.sequence, block.file.clone())).or_default();
                *digests = digests.wrapping_add(parse_checksum(&block.sum).unwrap_or_default());
                for row in &block.rows {
                    sums.count(row.status);
                    sums.count_discarded(&row.discarded);
                }
            }
        }
        let mut total = Sums::default();
        for (sums, _) in files.values() {
            total.add(sums);
        }
        total.checksum = checksum(files.values().map(|(_, digests)| *digests));
        let files = files
            .into_iter()
            .map(|((sequence, file), (sums, digests))| FileSums {
                file,
                sequence,
                sums: Sums { checksum: checksum([digests]), ..sums },
            })
            .collect();
        self.record(asked("reconciliation", id)).await?;
        Ok(Reconciliation { source: source.to_owned(), day, complete: before <= now, files, total })
    }

    async fn source_named(&self, name: &str) -> Result<Uuid, LoadError> {
        let known = sources::all(&mut self.store.reader().await?).await?;
        match known.iter().find(|row| row.name == name) {
            Some(row) => Ok(row.source_id),
            None => Err(LoadError::unknown(name, &known)),
        }
    }

    /// Opens blocks; one whose run's key was destroyed meanwhile is not there any more.
    async fn open_blocks(&self, rows: &[BlockRow]) -> Result<Vec<(i64, Block)>, ServiceError> {
        let mut runs: Vec<Uuid> = rows.iter().map(|row| row.run_id).collect();
        runs.sort_unstable();
        runs.dedup();
        let wrapped = self.wrapped_bundles(&runs).await?;
        let mut bundles: HashMap<Uuid, Bundle> = HashMap::new();
        for (run, (generation, bytes)) in &wrapped {
            bundles.insert(*run, self.keys.unwrap(*run, *generation, bytes)?);
        }
        let opened = rows.iter().filter_map(|row| Some((row, bundles.get(&row.run_id)?)));
        opened.map(|(row, bundle)| Ok((row.block, self.open_block(row, bundle)?))).collect()
    }
}

impl Sums {
    fn count(&mut self, status: RowStatus) {
        self.sent += 1;
        match status {
            RowStatus::Accepted => self.accepted += 1,
            RowStatus::Unchanged => self.unchanged += 1,
            RowStatus::Superseded => self.superseded += 1,
            RowStatus::Quarantined => self.quarantined += 1,
            RowStatus::Unread => self.unread += 1,
        }
    }

    fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.accepted += other.accepted;
        self.unchanged += other.unchanged;
        self.quarantined += other.quarantined;
        self.superseded += other.superseded;
        self.unread += other.unread;
        self.count_discarded(&other.discarded);
    }

    fn count_discarded(&mut self, discarded: &BTreeMap<String, u64>) {
        for (name, times) in discarded {
            *self.discarded.entry(name.clone()).or_default() += times;
        }
    }
}

fn faults(faults: Vec<(String, String)>) -> Vec<ReceiptFault> {
    faults.into_iter().map(|(field, rule)| ReceiptFault { field, rule }).collect()
}

fn midnight(day: Date) -> i64 {
    let zoned = day.to_zoned(TimeZone::UTC);
    zoned.map_or(Timestamp::MAX, |zoned| zoned.timestamp()).as_microsecond()
}

fn asked(what: &str, source: Uuid) -> Event {
    let detail = ExportDetail { what: what.to_owned(), subject: Some(source), ..ExportDetail::default() };
    Event::new(Action::Export, Detail::Export(detail))
}
