//! Rows that name themselves. The directory keeps no source's own references (law 10), so a task cannot say which row it is
//! about until the source says so; but every row that a source sends bears its reference, and the next one does. Whether a row
//! corrects what was disputed is seen here too, by the row alone: what became of it, whether it stands, waits or is read by
//! nobody, is not what a source is told (law 7).

use std::collections::{HashMap, HashSet};

use audit::{Action, ChangeDetail, Detail};
use feeds::Row;
use store::family_matters::{self as rows, MatterKind, MatterState};
use store::sources::SourceRow;

use super::matters::{Matter, Place};
use super::tasks::TaskContent;
use super::{FamilyError, LISTED};
use crate::loading::{RowReceipt, RowStatus};
use crate::trail::Event;
use crate::{Directory, ServiceError};

impl Directory {
    /// Names the tasks of a source's rows that have just been loaded, whether or not they said anything new: the same for every
    /// child, also where the row is kept with another identity (law 7).
    pub(crate) async fn name_tasks_of(
        &self,
        source: &SourceRow,
        loaded: &[Row],
        receipts: &[RowReceipt],
    ) -> Result<(), ServiceError> {
        let queue = self.family_queue(&Place::Source(source.organisation_id));
        let mut conn = self.store.reader().await?;
        let found =
            rows::of_queue(&mut conn, queue, MatterKind::SourceTask, MatterState::Open, LISTED).await?;
        drop(conn);
        let opened: Vec<Matter<TaskContent>> = self.open_matters(found).await?;
        let waiting = |task: &Matter<TaskContent>| {
            task.content.source == source.source_id && (task.content.row.is_none() || !task.content.corrected)
        };
        let waiting: Vec<Matter<TaskContent>> = opened.into_iter().filter(waiting).collect();
        if waiting.is_empty() {
            return Ok(());
        }
        let accepted: HashSet<u64> = receipts
            .iter()
            .filter(|receipt| receipt.status == RowStatus::Accepted)
            .map(|receipt| receipt.row)
            .collect();
        let mut came: HashMap<[u8; 16], &Row> = HashMap::new();
        for row in loaded {
            let key = self.local_key(source.source_id, &row.record_id);
            came.insert(key.0, row);
            came.insert(self.counterpart_key(source.source_id, key).0, row);
        }
        for mut task in waiting {
            let Some(row) = came.get(&task.content.local_key) else { continue };
            let stated = self.statement_of_record(&row.content, task.content.item)?;
            let is_otherwise = stated.as_deref() != Some(task.content.digest.as_str());
            let corrected = accepted.contains(&row.row_number) && is_otherwise;
            if task.content.row.is_some() && !corrected {
                continue;
            }
            task.content.row.get_or_insert_with(|| row.record_id.clone());
            task.content.corrected |= corrected;
            let detail = ChangeDetail {
                change: "source_row_named".to_owned(),
                subject: Some(task.row.matter_id),
                ..ChangeDetail::default()
            };
            let mut tx = self.store.begin_feed().await?;
            match self.keep_matter(&mut tx, &task).await {
                Ok(()) => {}
                // Somebody works on it at this moment: the next file names it.
                Err(FamilyError::Changed) => {
                    tx.rollback().await?;
                    continue;
                }
                Err(FamilyError::Service(fault)) => return Err(fault),
                Err(other) => return Err(ServiceError::internal(other)),
            }
            self.write_event(&mut tx, Event::new(Action::FamilyMatterChanged, Detail::Change(detail)))
                .await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
