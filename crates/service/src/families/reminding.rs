//! How many matters are due at the lists of one person, and the first of their days.

use directory::access::Permission;
use jiff::civil::Date;
use store::family_matters as rows;

use super::matters::Place;
use super::{Desk, day_of, home_of, start_of, works_at};
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

impl Directory {
    /// Of requests, disputes and complaints at the desks this person works at.
    pub(crate) async fn families_waiting(&self, who: &SignedIn) -> Result<Option<(u64, Date)>, ServiceError> {
        let Some(home) = home_of(who) else { return Ok(None) };
        let desks = [Desk::Families, Desk::Protected].into_iter().filter(|desk| works_at(who, &home, *desk));
        self.waiting_at(desks.map(|desk| Place::Desk(&home, desk))).await
    }

    /// Of the rows that sources are asked about at whose organisations this person answers for them.
    pub(crate) async fn source_rows_waiting(
        &self,
        who: &SignedIn,
    ) -> Result<Option<(u64, Date)>, ServiceError> {
        let held = who.roles.iter().filter(|held| held.gives(Permission::AnswerForSource));
        let mut organisations: Vec<_> = held.map(|held| held.at.id).collect();
        organisations.sort_unstable();
        organisations.dedup();
        self.waiting_at(organisations.into_iter().map(Place::Source)).await
    }

    async fn waiting_at<'a>(
        &self,
        places: impl Iterator<Item = Place<'a>>,
    ) -> Result<Option<(u64, Date)>, ServiceError> {
        let by = start_of(self.policy.families.reminded_of(self.today()));
        let queues: Vec<_> = places.map(|place| self.family_queue(&place)).collect();
        if queues.is_empty() {
            return Ok(None);
        }
        let mut conn = self.store.reader().await?;
        let (mut count, mut first) = (0, None);
        for queue in queues {
            let (due, earliest) = rows::due(&mut conn, queue, by).await?;
            count += u64::try_from(due).unwrap_or_default();
            first = first.into_iter().chain(earliest).min();
        }
        Ok(first.map(|first| (count, day_of(first))))
    }
}
