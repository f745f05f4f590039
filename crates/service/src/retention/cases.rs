//! What was asked about a record that was destroyed, or was answered, goes (law 9): the questions of the matcher, which name records
//! and children by their ids and say how well they agree. Each has a key of its own; it goes first, and then its row.

use std::collections::HashSet;

use serde::Deserialize;
use store::parted_keys;
use store::reviews::{self, ReviewState};
use uuid::Uuid;

use crate::{Directory, ServiceError};

/// How many cases are looked at together.
const GROUP: i64 = 200;

/// What is read of a case.
#[derive(Deserialize)]
struct About {
    record: Uuid,
}

impl Directory {
    /// Looks at the group of cases after this one; where it ended, or nothing when there is none.
    pub(super) async fn sweep_cases_after(&self, after: Uuid) -> Result<Option<Uuid>, ServiceError> {
        let rows = reviews::after(&mut self.store.reader().await?, after, GROUP).await?;
        let Some(last) = rows.last().map(|row| row.review_id) else { return Ok(None) };
        let mut gone = Vec::new();
        let mut about = Vec::new();
        for row in rows {
            if row.state != ReviewState::Open {
                gone.push(row.review_id);
                continue;
            }
            match self.open_review::<About>(&row).await? {
                Some(About { record }) => about.push((row.review_id, record)),
                // Of restored data: it was answered since, or its record destroyed.
                None => gone.push(row.review_id),
            }
        }
        let records: Vec<Uuid> = about.iter().map(|(_, record)| *record).collect();
        let destroyed = parted_keys::destroyed(&mut self.store.key_reader().await?, &records).await?;
        let destroyed: HashSet<Uuid> = destroyed.into_iter().collect();
        gone.extend(about.into_iter().filter(|(_, record)| destroyed.contains(record)).map(|(case, _)| case));
        if !gone.is_empty() {
            self.destroy_own_keys(&gone).await?;
            let mut tx = self.store.begin_feed().await?;
            reviews::remove(&mut tx, &gone).await?;
            tx.commit().await?;
        }
        Ok(Some(last))
    }
}
