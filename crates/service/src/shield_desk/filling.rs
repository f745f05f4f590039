//! Keys of households for records that were loaded before there were any, and protections for shields that were decided before
//! the desk existed (law 3): a walk over all children, a bounded group a round, that goes on where it was stopped. A row that is
//! there already is let alone.

use store::{Key16, children, installation, locks, match_keys};
use uuid::Uuid;

use crate::records::OpenChild;
use crate::{Directory, ServiceError};

/// How many children are looked at together.
const GROUP: i64 = 25;

impl Directory {
    /// Fills in what is missing, of all children, from where the walk had come to. How many rows were missing.
    ///
    /// # Errors
    ///
    /// The system's. What was done stands.
    pub async fn fill_households(&self) -> Result<u64, ServiceError> {
        let mut filled = 0;
        while let Some(missing) = self.fill_a_group().await? {
            filled += missing;
        }
        Ok(filled)
    }

    /// The next group of the walk: how many rows were missing; nothing once the walk is done.
    pub(crate) async fn fill_a_group(&self) -> Result<Option<u64>, ServiceError> {
        let mut conn = self.store.reader().await?;
        let Some(after) = installation::households_after(&mut conn).await? else { return Ok(None) };
        let rows = children::after(&mut conn, after, GROUP).await?;
        drop(conn);
        let ids: Vec<Uuid> = rows.iter().map(|row| row.child_id).collect();
        let opened = self.open_children(&ids).await?;
        let mut tx = self.store.begin_feed().await?;
        // As a decision about a shield does: what comes in now is either seen here or sees what is written here.
        locks::lock_keys(&mut tx, &self.protections_of(&opened)).await?;
        let mut missing = 0;
        for open in &opened {
            if !self.stands(&mut tx, open).await? {
                // It changed meanwhile: this group is looked at again in the next round.
                tx.rollback().await?;
                return Ok(Some(0));
            }
            missing += match_keys::insert(&mut tx, &self.household_rows(open)).await?;
        }
        installation::mark_households(&mut tx, ids.last().copied()).await?;
        tx.commit().await?;
        Ok(Some(missing))
    }

    fn household_rows(&self, open: &OpenChild) -> Vec<store::KeyRow> {
        let child = open.row.child_id;
        let mut rows = self.match_rows_of(child, &open.records);
        if open.profile.is_shielded() {
            rows.extend(self.protection_rows_of(child, &open.records));
        }
        rows
    }

    fn protections_of(&self, opened: &[OpenChild]) -> Vec<Key16> {
        let shielded = opened.iter().filter(|open| open.profile.is_shielded());
        let rows = shielded.flat_map(|open| self.protection_rows_of(open.row.child_id, &open.records));
        let mut keys: Vec<Key16> = rows.map(|row| row.key_hash).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}
