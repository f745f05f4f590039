//! How many matters are due at the lists of one person, and the first of their days.

use directory::access::Permission;
use jiff::civil::Date;
use serde::Deserialize;
use store::family_matters::{self as rows, MatterKind, MatterRow};
use uuid::Uuid;

use super::matters::{Matter, Place};
use super::tasks::TaskContent;
use super::{Desk, LISTED, day_of, home_of, start_of, works_at};
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// What every matter says of whom it is about.
#[derive(Deserialize)]
struct Whom {
    /// The child; a complaint names none,
    child: Option<Uuid>,
    /// but it may name a request that does.
    request: Option<Uuid>,
}

impl Directory {
    /// Of requests, disputes and complaints at the desks this person works at, as their lists show them: none about a child
    /// whose shield bars them.
    pub(crate) async fn families_waiting(&self, who: &SignedIn) -> Result<Option<(u64, Date)>, ServiceError> {
        let Some(home) = home_of(who) else { return Ok(None) };
        let desks = [Desk::Families, Desk::Protected].into_iter().filter(|desk| works_at(who, &home, *desk));
        let due = self.due_at(desks.map(|desk| Place::Desk(&home, desk))).await?;
        if due.is_empty() {
            return Ok(None);
        }
        let mut due: Vec<Matter<Whom>> = self.open_matters(due).await?;
        for matter in &mut due {
            if let (None, Some(request)) = (matter.content.child, matter.content.request) {
                let request = self.matter::<Whom>(MatterKind::SubjectRequest, request).await?;
                matter.content.child = request.and_then(|request| request.content.child);
            }
        }
        let children: Vec<Uuid> = due.iter().filter_map(|matter| matter.content.child).collect();
        let barred = self.barred_among(who, &children).await?;
        let theirs =
            due.iter().filter(|matter| matter.content.child.is_none_or(|child| !barred.contains(&child)));
        Ok(counted(theirs.map(|matter| &matter.row)))
    }

    /// Of the rows that sources are asked about at whose organisations this person answers for them, as their list shows them.
    pub(crate) async fn source_rows_waiting(
        &self,
        who: &SignedIn,
    ) -> Result<Option<(u64, Date)>, ServiceError> {
        let held = who.roles.iter().filter(|held| held.gives(Permission::AnswerForSource));
        let mut organisations: Vec<_> = held.map(|held| held.at.id).collect();
        organisations.sort_unstable();
        organisations.dedup();
        let due = self.due_at(organisations.into_iter().map(Place::Source)).await?;
        let due: Vec<Matter<TaskContent>> = self.open_matters(due).await?;
        let theirs = due.iter().filter(|task| task.content.is_told_to(who));
        Ok(counted(theirs.map(|task| &task.row)))
    }

    async fn due_at<'a>(
        &self,
        places: impl Iterator<Item = Place<'a>>,
    ) -> Result<Vec<MatterRow>, ServiceError> {
        let by = start_of(self.policy.families.reminded_of(self.today()));
        let queues: Vec<_> = places.map(|place| self.family_queue(&place)).collect();
        if queues.is_empty() {
            return Ok(Vec::new());
        }
        let mut conn = self.store.reader().await?;
        let mut due = Vec::new();
        for queue in queues {
            due.extend(rows::due(&mut conn, queue, by, LISTED).await?);
        }
        Ok(due)
    }
}

/// How many, and the first of their days.
fn counted<'a>(due: impl Iterator<Item = &'a MatterRow>) -> Option<(u64, Date)> {
    let (mut count, mut first) = (0, None);
    for row in due {
        count += 1;
        first = first.into_iter().chain([row.due_on]).min();
    }
    first.map(|first| (count, day_of(first)))
}
