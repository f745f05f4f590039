//! The calendar's part: what has become due is written down and told once. Access does not wait for it, because dates are
//! asked at every request.

use store::accreditations;

use super::is_current;
use crate::{Directory, ServiceError};

/// As many in one round: a day on which more become due takes some rounds.
const A_ROUND: i64 = 20;

impl Directory {
    /// Writes down conditions past their date, renewals that have opened and ends that have come.
    pub(crate) async fn mark_accreditations(&self) -> Result<(), ServiceError> {
        let now = self.now().as_microsecond();
        let mut conn = self.store.reader().await?;
        let due = accreditations::due(&mut conn, now, A_ROUND).await?;
        drop(conn);
        for found in due {
            let mut tx = self.begin_register().await?;
            // Another server may have done it, or a person changed it, since it was found.
            let row = accreditations::by_id(&mut tx, found.accreditation_id).await?;
            let Some(row) = row.filter(|row| row.due_at.is_some_and(|due| due <= now)) else { continue };
            let before = self.open_accreditation_row(&row).await?;
            let (after, said) = before.marked(self.today(), &self.policy.accreditation);
            let next = self.accreditation_row(&row, &after).await?;
            if !accreditations::replace(&mut tx, &next).await? {
                continue;
            }
            if is_current(next.state) {
                let organisation = self.organisation_in(&mut tx, row.organisation_id).await?;
                self.follow(&mut tx, &organisation, &after).await?;
            }
            let ids = (row.organisation_id, row.accreditation_id);
            for what in said {
                self.tell(&mut tx, None, &format!("accreditation_{}", what.code()), ids, Vec::new()).await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }
}
