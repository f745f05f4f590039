//! What nobody decided goes to the central tier.

use audit::{Action, ChangeDetail, Detail};
use jiff::SignedDuration;
use store::alerts::{self, AlertRow, AlertState, AlertTier};

use super::counts::Tally;
use super::raising::{CENTRE, Happening};
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How many are passed on in a round.
const A_ROUND: i64 = 20;

impl Directory {
    /// Passes on what is older than the policy lets an authority take.
    pub(super) async fn escalate_the_old(&self) -> Result<(), ServiceError> {
        let days = self.policy.watching.escalate_after_days;
        if days == 0 {
            return Ok(());
        }
        let limit = self.world.now() - SignedDuration::from_hours(24 * i64::from(days));
        let mut conn = self.store.reader().await?;
        let mut old = Vec::new();
        for state in [AlertState::Open, AlertState::Claimed] {
            let tier = AlertTier::Authority;
            old.extend(alerts::older(&mut conn, state, tier, limit.as_microsecond(), A_ROUND).await?);
        }
        drop(conn);
        for row in old {
            self.escalate_by_age(row).await?;
        }
        Ok(())
    }

    async fn escalate_by_age(&self, row: AlertRow) -> Result<(), ServiceError> {
        let now = self.world.now().as_microsecond();
        let mut content = self.open_alert(&row).await?;
        content.history.push(Happening { at: now, by: None, what: "escalated_by_age".to_owned() });
        let row = AlertRow {
            tier: AlertTier::Central,
            authority: CENTRE.to_owned(),
            state: AlertState::Open,
            claimed_by: None,
            sealed: self.seal_alert(row.organisation_id, row.alert_id, &content).await?,
            ..row
        };
        let mut tally = Tally::default();
        tally.add(&self.this_month(), row.organisation_id, "alerts_escalated");
        let mut tx = self.store.begin().await?;
        if !alerts::replace(&mut tx, &row).await? {
            // Somebody has just decided it, or another server has passed it on.
            return Ok(tx.rollback().await?);
        }
        let detail = ChangeDetail {
            change: "alert_escalated_by_age".to_owned(),
            subject: Some(row.alert_id),
            ..ChangeDetail::default()
        };
        self.write_event(&mut tx, Event::new(Action::AlertDecided, Detail::Change(detail))).await?;
        store::month_counts::add(&mut tx, &tally.rows()).await?;
        Ok(tx.commit().await?)
    }
}
