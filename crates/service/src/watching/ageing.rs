//! What nobody decided goes to the central tier.

use audit::{Action, ChangeDetail, Detail};
use jiff::SignedDuration;
use store::alerts::{self, AlertRow, AlertState, AlertTier};
use uuid::Uuid;

use super::counts::Tally;
use super::raising::{CENTRE, Happening};
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How many are passed on in a round.
const A_ROUND: i64 = 20;

/// Out of this tier.
const TIER: AlertTier = AlertTier::Authority;

impl Directory {
    /// Passes on what is older than the policy lets an authority take. No authority takes longer than everybody's policy
    /// says, which is the floor; some pass on sooner.
    pub(super) async fn escalate_the_old(&self) -> Result<(), ServiceError> {
        let policy = &self.policy.watching;
        let delays = policy.every(|limits| limits.escalate_after_days);
        let Some(soonest) = delays.into_iter().find(|days| *days > 0) else { return Ok(()) };
        let mut conn = self.store.reader().await?;
        for state in [AlertState::Open, AlertState::Claimed] {
            // Mostly nothing is as old as the shortest delay, and no queue needs to be looked into.
            let limit = self.days_ago(soonest);
            if alerts::older(&mut conn, state, TIER, limit, 1).await?.is_empty() {
                continue;
            }
            let mut old = Vec::new();
            if policy.escalate_after_days > 0 {
                let limit = self.days_ago(policy.escalate_after_days);
                let rows = alerts::older(&mut conn, state, TIER, limit, A_ROUND).await?;
                old.extend(rows.into_iter().map(|row| (row, limit)));
            }
            for (code, except) in &policy.authority {
                let Some(days) = except.escalate_after_days.filter(|days| *days > 0) else { continue };
                let (limit, first) = (self.days_ago(days), (i64::MIN, Uuid::nil()));
                let queue = alerts::queue(&mut conn, TIER, code, state, first, A_ROUND).await?;
                let rows = queue.into_iter().take_while(|row| row.opened_at < limit);
                old.extend(rows.map(|row| (row, limit)));
            }
            for (row, limit) in old {
                self.escalate_by_age(row, limit).await?;
            }
        }
        Ok(())
    }

    /// So many days before now, in microseconds UTC.
    fn days_ago(&self, days: u16) -> i64 {
        (self.world.now() - SignedDuration::from_hours(24 * i64::from(days))).as_microsecond()
    }

    /// Passes an alert on that was raised before `limit`, microseconds UTC: its row says the day alone.
    async fn escalate_by_age(&self, row: AlertRow, limit: i64) -> Result<(), ServiceError> {
        let now = self.world.now().as_microsecond();
        let mut content = self.open_alert(&row).await?;
        if content.raised(&row) >= limit {
            return Ok(());
        }
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
