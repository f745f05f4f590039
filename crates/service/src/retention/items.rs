//! Ended items inside a record that stays (rules 4.9, 4.10): shown for a year, archived for six, then their keys go, in the
//! record as it is and in every statement that stood before it.

use directory::parts::Item;
use directory::retention::is_item_overdue;
use rand::CryptoRng;
use rand_chacha::ChaCha12Rng;
use store::key_store::BundleRow;
use store::source_records::SourceRecordRow;
use store::versions;
use uuid::Uuid;
use vault::{Bundle, Slot};

use crate::records::{OpenChild, OpenRecord, seal_content};
use crate::{Directory, ServiceError};

/// What outlived its archive in one record.
pub(super) struct Overdue {
    pub(super) record: Uuid,
    /// How many items of the record as it is.
    pub(super) count: u64,
    /// Their slots, and those of the same items in earlier statements.
    slots: Vec<Slot>,
}

impl Directory {
    /// The items of a child's records that outlived their archive.
    pub(super) async fn overdue_items(&self, open: &OpenChild) -> Result<Vec<Overdue>, ServiceError> {
        let (policy, today) = (self.policy.retention, self.today());
        let mut found: Vec<(&OpenRecord, Overdue)> = Vec::new();
        for record in &open.records {
            let count = record.content.clone().drop_overdue(&policy, today) as u64;
            let slots = self.overdue_slots(&record.bundle, &record.row, record.row.version)?;
            found.push((record, Overdue { record: record.row.record_id, count, slots }));
        }
        let ids: Vec<Uuid> = found.iter().map(|(record, _)| record.row.record_id).collect();
        let mut conn = self.store.reader().await?;
        for version in versions::every_of_records(&mut conn, &ids).await? {
            let Some((record, overdue)) =
                found.iter_mut().find(|(record, _)| record.row.record_id == version.record_id)
            else {
                continue;
            };
            let then = SourceRecordRow { sealed: version.sealed, ..record.row.clone() };
            overdue.slots.extend(self.overdue_slots(&record.bundle, &then, version.version)?);
        }
        let overdue = found.into_iter().map(|(_, overdue)| overdue);
        Ok(overdue.filter(|overdue| !overdue.slots.is_empty()).collect())
    }

    /// The slots of overdue items in one statement, with the slot of the basis on which a sensitive one was known.
    fn overdue_slots(
        &self,
        bundle: &Bundle,
        row: &SourceRecordRow,
        version: i64,
    ) -> Result<Vec<Slot>, ServiceError> {
        let (policy, today) = (self.policy.retention, self.today());
        let mut items: Vec<(Slot, Item)> = Vec::new();
        for part in vault::open_parts(bundle, row.record_id, version, &row.sealed)? {
            if let (Some(plain), true) = (part.readable(), part.slot > 0) {
                items.push((part.slot, serde_json::from_slice(plain).map_err(ServiceError::internal)?));
            }
        }
        let ended: Vec<u16> = items
            .iter()
            .filter_map(|(_, item)| match item {
                Item::Involvement { ordinal, details } => {
                    is_item_overdue(details.end, &policy, today).then_some(*ordinal)
                }
                _ => None,
            })
            .collect();
        let goes = |item: &Item| match item {
            Item::Basis { ordinal, .. } => ended.contains(ordinal),
            other => is_item_overdue(other.end(), &policy, today),
        };
        Ok(items.iter().filter(|(_, item)| goes(item)).map(|(slot, _)| *slot).collect())
    }

    /// A record's keys and row without the items that outlived their archive; the open record is then as the row says.
    pub(super) fn without(
        &self,
        open: &mut OpenChild,
        overdue: &Overdue,
        rng: &mut ChaCha12Rng,
    ) -> Result<(BundleRow, SourceRecordRow), ServiceError> {
        let record = open
            .records
            .iter_mut()
            .find(|record| record.row.record_id == overdue.record)
            .ok_or_else(|| ServiceError::internal("a record of a child was not among its records"))?;
        for slot in &overdue.slots {
            record.bundle.destroy(*slot);
        }
        record.content.drop_overdue(&self.policy.retention, self.today());
        let row = rewritten(record, rng)?;
        record.row = row.clone();
        Ok((self.bundle_row(overdue.record, &record.bundle, rng)?, row))
    }
}

/// The row of a record whose content has become less. Its digest stays: tonight's file says what it said before.
pub(crate) fn rewritten(
    record: &mut OpenRecord,
    rng: &mut impl CryptoRng,
) -> Result<SourceRecordRow, ServiceError> {
    let version = record.row.version + 1;
    let content = record.content.clone();
    let sealed = seal_content(record.row.record_id, version, content, &mut record.bundle, rng)?;
    Ok(SourceRecordRow { version, sealed, ..record.row.clone() })
}
