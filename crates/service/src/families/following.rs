//! What is done about matters without anybody: once a day, a bounded group at a time. An ordinary child's disputes are put to the
//! sources; a row that changed answers its task by itself; open matters go with their child to whoever answers for it, and to
//! the protected desk; what is closed long enough is destroyed, its keys first.

use audit::{Action, ChangeDetail, Detail};
use directory::families::{DisputeSource, SourceAnswer};
use jiff::civil::Date;
use store::family_matters::{self as rows, MatterKind, MatterRow};
use store::key_store;
use uuid::Uuid;

use super::placing::OfAChild;
use super::requests::RequestContent;
use super::tasks::TaskContent;
use super::{FamilyError, start_of};
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How many matters are looked at in a round.
const GROUP: i64 = 25;

/// How far the day's walk over open matters has come. It is only a mark: who begins anew looks at some twice.
#[derive(Debug, Default)]
pub(crate) struct FamilyWalk {
    day: Option<Date>,
    after: Uuid,
    done: bool,
}

impl Directory {
    /// One round of the day's walk.
    pub(crate) async fn follow_family_matters(&self) -> Result<(), ServiceError> {
        let mut walk = self.family_walk.lock().await;
        let today = self.today();
        if walk.day != Some(today) {
            *walk = FamilyWalk { day: Some(today), after: Uuid::nil(), done: false };
        }
        if walk.done {
            return Ok(());
        }
        let ended = self.destroy_ended_matters(today).await?;
        let found = rows::open_after(&mut self.store.reader().await?, walk.after, GROUP).await?;
        let last = found.last().map(|row| row.matter_id);
        let full = i64::try_from(found.len()).unwrap_or(i64::MAX) == GROUP;
        for row in found {
            match self.follow_matter(row).await {
                // Somebody works on it at this moment: tomorrow it is looked at again.
                Ok(()) | Err(FamilyError::Changed) => {}
                Err(FamilyError::Service(fault)) => return Err(fault),
                Err(other) => return Err(ServiceError::internal(other)),
            }
        }
        walk.after = last.unwrap_or(walk.after);
        walk.done = !full && !ended;
        Ok(())
    }

    async fn follow_matter(&self, row: MatterRow) -> Result<(), FamilyError> {
        match row.kind {
            MatterKind::SourceTask => self.follow_task(row).await,
            MatterKind::SubjectRequest => self.follow_request(row).await,
            MatterKind::Dispute => self.follow_dispute(row).await,
            MatterKind::Complaint => Ok(()),
        }
    }

    /// A request goes with its child to whoever answers for it now, and to the protected desk (rules 5.2, 5.3).
    async fn follow_request(&self, row: MatterRow) -> Result<(), FamilyError> {
        let Some(mut matter) = self.open_matters::<RequestContent>(vec![row]).await?.pop() else {
            return Ok(());
        };
        let Some(open) = self.open_family_child(matter.content.child()).await? else { return Ok(()) };
        match self.place_anew(&mut matter.content, &open) {
            true => Ok(self.goes(&matter).await?),
            false => Ok(()),
        }
    }

    /// A task whose source has stated the item otherwise since is answered: corrected (rule 5.6).
    async fn follow_task(&self, row: MatterRow) -> Result<(), FamilyError> {
        let Some(task) = self.open_matters::<TaskContent>(vec![row]).await?.pop() else { return Ok(()) };
        if !task.content.corrected {
            return Ok(());
        }
        let detail = ChangeDetail {
            change: "source_row_changed".to_owned(),
            subject: Some(task.row.matter_id),
            ..ChangeDetail::default()
        };
        let event = Event::new(Action::FamilyMatterChanged, Detail::Change(detail));
        self.note_answer(task, SourceAnswer::Corrected, DisputeSource::FoundInRow, event).await
    }

    /// Destroys a group of matters whose time is over: the keys first, then the rows, so that no backup of the rows opens
    /// once the keys' horizon has passed. Whether there may be more.
    async fn destroy_ended_matters(&self, today: Date) -> Result<bool, ServiceError> {
        let ended = rows::ended(&mut self.store.reader().await?, start_of(today), GROUP).await?;
        if ended.is_empty() {
            return Ok(false);
        }
        let ids: Vec<Uuid> = ended.iter().map(|row| row.matter_id).collect();
        let mut keys = self.store.begin_keys().await?;
        key_store::destroy_bundles(&mut keys, &ids).await?;
        keys.commit().await?;
        let mut tx = self.store.begin().await?;
        for id in &ids {
            rows::remove(&mut tx, *id).await?;
        }
        self.write_event(&mut tx, destroyed(ids)).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// The entry that says which matters were destroyed.
pub(super) fn destroyed(matters: Vec<Uuid>) -> Event {
    let detail = ChangeDetail {
        change: "family_matters_destroyed".to_owned(),
        others: matters,
        ..ChangeDetail::default()
    };
    Event::new(Action::System, Detail::Change(detail))
}
