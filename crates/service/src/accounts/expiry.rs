//! What runs out by itself (rule 6.6): warned of beforehand, each warning once, and suspended when it is over. Entry is
//! refused by the date in any case; the duty only makes it visible.

use std::collections::BTreeSet;

use directory::access::{AccountState, FactKind, Step, SuspensionReason, day_after, step};
use jiff::civil::Date;
use store::account_lists::{self, Ends, Reach};
use uuid::Uuid;

use super::changing::{AccountActError, changed};
use super::facts::warning;
use super::{day_of, midnight};
use crate::{Directory, ServiceError};

/// How many accounts one round changes at most.
const ROUND: i64 = 200;

const ENDS: [(Ends, FactKind, &str); 3] = [
    (Ends::Clearance, FactKind::Clearance, "clearance"),
    (Ends::Training, FactKind::TrainingLevelTwo, "training"),
    (Ends::Need, FactKind::NeedForJob, "need_for_job"),
];

impl Directory {
    /// One round: suspends what has run out, warns of what will.
    pub(crate) async fn keep_ends_of_facts(&self) -> Result<(), ServiceError> {
        let today = self.today();
        for (ends, _, what) in ENDS {
            self.suspend_expired(ends, what, today).await?;
        }
        let days: BTreeSet<u16> = self.policy.accounts.facts.warn_days.iter().copied().collect();
        for (ends, kind, what) in ENDS {
            for days in &days {
                self.warn_of_ends(ends, kind, what, *days, today).await?;
            }
        }
        Ok(())
    }

    async fn suspend_expired(&self, ends: Ends, what: &str, today: Date) -> Result<(), ServiceError> {
        let mut conn = self.store.reader().await?;
        let over = account_lists::over(&mut conn, ends, midnight(today), ROUND).await?;
        let accounts = self.open_accounts(&mut conn, over).await?;
        drop(conn);
        for mut account in accounts {
            let suspend = Step::Suspend(SuspensionReason::Expired);
            let Ok(after) = step(account.standing(), suspend, &account.facts(), today) else { continue };
            account.stand(after);
            let mut tx = self.store.begin().await?;
            match self.keep_account(&mut tx, &mut account).await {
                Ok(()) => {}
                // Somebody else changed it just now: the next round looks again.
                Err(AccountActError::Changed) => continue,
                Err(AccountActError::Service(error)) => return Err(error),
                Err(other) => return Err(ServiceError::internal(other)),
            }
            let changes = vec![format!("suspended:expired:{what}")];
            self.write_event(&mut tx, changed(None, &account.row, changes)).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Warns of everything that ends within so many days and was not warned of. A mark says up to which end all were; the
    /// warnings themselves are remembered one by one, so that neither a second server nor a repeated round doubles one. A
    /// fact that is recorded when its end is near already is warned of with its recording.
    async fn warn_of_ends(
        &self,
        ends: Ends,
        kind: FactKind,
        what: &str,
        days: u16,
        today: Date,
    ) -> Result<(), ServiceError> {
        let name = format!("{what}_warned_{days}");
        let mut conn = self.store.reader().await?;
        let mark = account_lists::mark(&mut conn, &name).await?.unwrap_or(midnight(today) - 1);
        let horizon = midnight(day_after(day_after(today, days), 1)) - 1;
        if mark >= horizon {
            return Ok(());
        }
        let mut after = (mark, Uuid::nil());
        let mut written = 0;
        loop {
            let rows =
                account_lists::ending(&mut conn, ends, &Reach::Everywhere, horizon, after, ROUND).await?;
            let whole = i64::try_from(rows.len()).unwrap_or(i64::MAX) < ROUND;
            let mut tx = self.store.begin().await?;
            for row in &rows {
                let until = match ends {
                    Ends::Clearance => row.clearance_until,
                    Ends::Training => row.training_until,
                    Ends::Need => row.need_until,
                };
                let Some(until) = until else { continue };
                after = (until, row.account_id);
                let smallest = self.policy.accounts.facts.warning_due(day_of(until), today);
                if smallest == Some(days)
                    && self.warn_once(&mut tx, row.account_id, kind, day_of(until), days).await?
                {
                    written += 1;
                    self.write_event(&mut tx, changed(None, row, vec![warning(kind, days)])).await?;
                }
            }
            account_lists::set_mark(&mut tx, &name, if whole { horizon } else { after.0 - 1 }).await?;
            tx.commit().await?;
            if whole || written >= ROUND {
                return Ok(());
            }
        }
    }

    /// What of a person's own runs out soon, and when: shown on their pages.
    pub(crate) fn runs_out_soon(&self, account: &super::Account) -> Vec<(FactKind, Date)> {
        if account.state() != AccountState::Active {
            return Vec::new();
        }
        let (held, today) = (account.held(), self.today());
        let near = day_after(today, self.policy.accounts.facts.first_warning());
        let training = held.training_until(&account.held_roles());
        let need = held.of(FactKind::NeedForJob).and_then(|need| need.until);
        [
            (FactKind::Clearance, held.clearance_until()),
            (FactKind::TrainingLevelTwo, training),
            (FactKind::NeedForJob, need),
        ]
        .into_iter()
        .filter_map(|(kind, until)| Some((kind, until.filter(|until| *until <= near)?)))
        .collect()
    }
}
