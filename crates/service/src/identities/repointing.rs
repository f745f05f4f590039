//! The pointers of placed records under the newest key: while a key rotates they are followed under either, and afterwards
//! under the newest alone, so the rotation writes them anew (decision 6). What a pointer is encrypted under beside the key
//! stands in its row, so neither the record nor its source has to be known.

use store::Key16;
use store::placed_records::{self, PlacedRow};

use super::placing::POINTER;
use crate::{Directory, ServiceError};

/// How many are written together.
const GROUP: i64 = 500;

impl Directory {
    /// Writes the next group of older pointers anew: the last token looked at, and how many were written; nothing when there
    /// are none.
    pub(crate) async fn repoint_after(&self, after: Key16) -> Result<Option<(Key16, u64)>, ServiceError> {
        let newest = self.keys.matching.epoch();
        let mut conn = self.store.reader().await?;
        let old = placed_records::older_after(&mut conn, newest, after, GROUP).await?;
        drop(conn);
        let Some(last) = old.last().map(|row| row.token) else { return Ok(None) };
        let mut written = 0;
        let mut tx = self.store.begin_feed().await?;
        for row in &old {
            let value = hex::encode(row.token.0);
            let child = self.keys.matching.follow(POINTER, &value, row.epoch, row.pointer);
            let pointer = self.keys.matching.pointer(POINTER, &value, child);
            let new = PlacedRow { token: row.token, epoch: newest, pointer };
            written += u64::from(placed_records::repoint(&mut tx, row, &new).await?);
        }
        tx.commit().await?;
        Ok(Some((last, written)))
    }
}
