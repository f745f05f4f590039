//! What does not wait for the next round of the watch: the override of a shield raises its alert, and opens its
//! investigation, in its own transaction (rule 9.6). The rows are those the round would make, under the same key, so that the
//! round finds them there and raises nothing twice.

use directory::watching::Rule;
use guards::Guard;
use store::{Tx, month_counts};
use uuid::Uuid;

use super::counts::Tally;
use super::raising::{Known, Raised};
use super::round::Prepared;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// An alert and its investigation, ready to be written.
pub(crate) struct Alarm {
    raised: Raised,
    rows: Prepared,
}

impl Directory {
    /// The alert and the investigation of an override that this person is about to make, by the id its entry will have. Who
    /// agreed to it looks into it no more than they do (rules 2.9, 12.13).
    pub(crate) async fn alarm_of_override(
        &self,
        who: &SignedIn,
        agreed_by: Option<Uuid>,
        entry: Uuid,
    ) -> Result<Alarm, ServiceError> {
        let mut conn = self.store.reader().await?;
        let day = self.policy.watching.day_of(self.world.now());
        let (person, when) = ((who.account, who.organisation_id), (day, entry));
        let raised =
            self.raised(&mut conn, &mut Known::default(), Rule::ShieldOverride, person, when).await?;
        drop(conn);
        let raised =
            raised.ok_or_else(|| ServiceError::internal("the organisation of an account is missing"))?;
        let raised = Raised { named_by: agreed_by.into_iter().collect(), ..raised };
        let rows = self.prepared(&raised).await?;
        Ok(Alarm { raised, rows })
    }

    /// Writes it with the act that raised it. The trail has no entry of it beside the act's own, whose sealed body says that it is an
    /// override and so what was raised: two more beside it, at the same moment and each of a kind of its own, would say in the clear
    /// which record was overridden, and that it is shielded (law 3).
    pub(crate) async fn keep_alarm(&self, tx: &mut Tx, alarm: Alarm) -> Result<(), ServiceError> {
        let mut tally = Tally::default();
        let events = self.keep_rows(tx, &[alarm.raised], vec![alarm.rows], &mut tally).await?;
        if !Guard::CoarseTimes.stands() {
            for event in events {
                self.write_event(tx, event).await?;
            }
        }
        Ok(month_counts::add(tx, &tally.rows()).await?)
    }
}
