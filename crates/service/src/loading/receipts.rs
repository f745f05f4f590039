//! Receipts: what became of each row, for its source alone (law 7). They are written with the group they are about, in its own
//! transaction, so that a receipt is durable exactly when its record is (law 8): one sealed block a group, numbered by source.
//!
//! A receipt is a function of the source's own rows: of a row with the words it said last under the same identifier
//! ("unchanged"), of one older than what it said last ("superseded"), of one that breaks a rule ("quarantined") and of any other
//! ("accepted"). What the row met is no part of it. A block is read from the next moment of a fixed schedule.

use std::collections::{BTreeMap, HashSet};

use directory::feeding::next_moment;
use feeds::{Quarantined, Row};
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::receipts::BlockRow;
use uuid::Uuid;
use vault::{Aad, Bundle};

use super::Job;
use super::rolls::Roll;
use crate::{Directory, ServiceError};

/// What a source is told of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowStatus {
    /// It says something new, and that is what is held now.
    Accepted,
    /// It says what the source had said last.
    Unchanged,
    /// The source had said something later before: this was not applied.
    Superseded,
    /// It breaks a rule and was put aside.
    Quarantined,
    /// Of a message: it says nothing that the directory holds, and was discarded unread.
    Unread,
}

/// What is told of one row.
#[derive(Serialize, Deserialize)]
pub(crate) struct RowReceipt {
    /// Its number in the file; the header is row 1.
    pub(crate) row: u64,
    /// The source's own identifier; none of a row put aside, which its number names.
    pub(crate) record: Option<String>,
    pub(crate) status: RowStatus,
    /// Column and rule of each fault.
    pub(crate) faults: Vec<(String, String)>,
    /// What came beside it and was discarded unread: how often, by its published name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) discarded: BTreeMap<String, u64>,
    #[serde(skip)]
    pub(super) digest: u128,
}

/// The receipts of one group, as they are sealed.
#[derive(Serialize, Deserialize)]
pub(crate) struct Block {
    /// The SHA-256 of the file, in hexadecimal, where it is known.
    pub(crate) file: Option<String>,
    /// The source's own number of the file.
    pub(crate) sequence: Option<i64>,
    /// The sum of the digests of its rows.
    pub(crate) sum: String,
    pub(crate) rows: Vec<RowReceipt>,
}

/// The receipts of a group, in the order of its rows.
pub(super) fn receipts_of(rows: &[Row], told: &[RowStatus], aside: &[Quarantined]) -> Vec<RowReceipt> {
    let taken = rows.iter().zip(told).map(|(row, status)| RowReceipt {
        row: row.row_number,
        record: Some(row.record_id.clone()),
        status: *status,
        faults: Vec::new(),
        discarded: BTreeMap::new(),
        digest: row_digest(row),
    });
    let put_aside = aside.iter().map(|row| RowReceipt {
        row: row.row_number,
        record: None,
        status: RowStatus::Quarantined,
        faults: row
            .faults
            .iter()
            .map(|fault| (fault.field.to_owned(), fault.rule.code().to_owned()))
            .collect(),
        discarded: BTreeMap::new(),
        digest: aside_digest(row),
    });
    let mut receipts: Vec<RowReceipt> = taken.chain(put_aside).collect();
    receipts.sort_by_key(|receipt| receipt.row);
    receipts
}

/// The digest of a row that was taken: the first sixteen bytes, the highest first, of the SHA-256 of its canonical form.
#[must_use]
pub fn row_digest(row: &Row) -> u128 {
    first_half(Sha256::digest(&row.canonical).into())
}

/// The digest of a row put aside, whose words may not be kept: the same of the line `row N`, then of a line `FIELD RULE` for
/// each fault in the order of the columns, each ended by a line feed.
#[must_use]
pub fn aside_digest(row: &Quarantined) -> u128 {
    let mut text = format!("row {}\n", row.row_number);
    for fault in &row.faults {
        text.push_str(&format!("{} {}\n", fault.field, fault.rule.code()));
    }
    first_half(Sha256::digest(text.as_bytes()).into())
}

/// The digest of a message that says nothing that the directory holds: the same of the line `unread N`, ended by a line feed.
fn unread_digest(number: u64) -> u128 {
    first_half(Sha256::digest(format!("unread {number}\n")).into())
}

/// The receipts of messages that say nothing that the directory holds, by their numbers.
pub(super) fn receipts_of_unread(numbers: &[u64]) -> impl Iterator<Item = RowReceipt> + '_ {
    numbers.iter().map(|number| RowReceipt {
        row: *number,
        record: None,
        status: RowStatus::Unread,
        faults: Vec::new(),
        discarded: BTreeMap::new(),
        digest: unread_digest(*number),
    })
}

pub(super) fn first_half(digest: [u8; 32]) -> u128 {
    digest.iter().take(16).fold(0, |sum, byte| (sum << 8) | u128::from(*byte))
}

/// The sum of digests, modulo 2^128: the same in whatever order, in groups or whole.
#[must_use]
pub fn checksum(digests: impl IntoIterator<Item = u128>) -> String {
    format!("{:032x}", digests.into_iter().fold(0_u128, u128::wrapping_add))
}

/// Reads what [`checksum`] wrote.
pub(crate) fn parse_checksum(text: &str) -> Option<u128> {
    u128::from_str_radix(text, 16).ok()
}

impl Directory {
    /// Seals the receipts of a group under the run's expiring key. `None` when there is nothing to tell: a file that was loaded
    /// to its end before is answered by the receipts it has, but for what it changes now.
    pub(crate) fn receipt_block(
        &self,
        job: &Job,
        receipts: &[RowReceipt],
        block: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<Option<BlockRow>, ServiceError> {
        let told: Vec<&RowReceipt> =
            receipts.iter().filter(|it| !job.replay || it.status == RowStatus::Accepted).collect();
        if told.is_empty() {
            return Ok(None);
        }
        #[derive(Serialize)]
        struct Borrowed<'a> {
            file: &'a Option<String>,
            sequence: Option<i64>,
            sum: String,
            rows: Vec<&'a RowReceipt>,
        }
        let plain = serde_json::to_vec(&Borrowed {
            file: &job.file,
            sequence: job.numbered.as_ref().map(|it| it.sequence),
            sum: checksum(told.iter().map(|it| it.digest)),
            rows: told,
        })
        .map_err(ServiceError::internal)?;
        let key =
            job.quarantine_bundle.key(0).ok_or_else(|| ServiceError::internal("the key of a run is gone"))?;
        let source = job.source.source_id;
        let sealed = vault::seal_padded(key, block_aad(source, block), &plain, BLOCK, rng)?;
        let every = self.policy.feeding.receipts_every_minutes;
        let readable_from = next_moment(self.world.now(), every).as_microsecond();
        Ok(Some(BlockRow { source_id: source, block, run_id: job.id, readable_from, sealed }))
    }

    /// Opens a block with the key of its run.
    pub(crate) fn open_block(&self, row: &BlockRow, bundle: &Bundle) -> Result<Block, ServiceError> {
        let key = bundle.key(0).ok_or_else(|| ServiceError::internal("the key of a run is gone"))?;
        let plain = vault::open(key, block_aad(row.source_id, row.block), &row.sealed)?;
        serde_json::from_slice(&plain).map_err(ServiceError::internal)
    }
}

/// Bound to its place, so that no block can stand for another.
fn block_aad(source: Uuid, block: i64) -> Aad<'static> {
    Aad::new(source, 0).with_version(block)
}

/// Blocks are padded to so many bytes.
const BLOCK: usize = 1024;

/// What a full file names, so that what it lacks can be told.
#[derive(Default)]
pub(super) struct Presence {
    pub(super) named: HashSet<store::Key16>,
    /// Rows whose identifier could not be read: nobody knows whom they name.
    pub(super) unknown: u64,
    /// The rolls that it counts; none, of a source that states every child it has.
    pub(super) rolls: HashSet<Roll>,
}
