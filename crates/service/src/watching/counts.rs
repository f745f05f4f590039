//! What is counted: of an account in a day, of an organisation in a month. Nobody is named, no child is counted.

use std::collections::BTreeMap;

use directory::access::Permission;
use store::account_days;
use store::month_counts::{self, MonthCountRow};
use uuid::Uuid;

use super::reach::watched;
use crate::accounts::standing;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// What one account did in one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountDay {
    /// Days since 1970, in the policy's time zone.
    pub day: i64,
    /// Searches.
    pub searches: u64,
    /// Searches that found nobody.
    pub empty_searches: u64,
    /// Records opened.
    pub records_opened: u64,
    /// Searches and records outside the hours.
    pub out_of_hours: u64,
}

/// How a month's watch went, where a person may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rates {
    /// `YYYY-MM`.
    pub month: String,
    /// By measure.
    pub counts: BTreeMap<String, u64>,
}

/// Counts of one transaction, gathered so that each is written once.
#[derive(Default)]
pub(crate) struct Tally(BTreeMap<(String, Uuid, String), i64>);

impl Tally {
    pub(crate) fn add(&mut self, month: &str, organisation: Uuid, measure: &str) {
        *self.0.entry((month.to_owned(), organisation, measure.to_owned())).or_default() += 1;
    }

    pub(crate) fn rows(self) -> Vec<MonthCountRow> {
        self.0
            .into_iter()
            .map(|((month, organisation_id, measure), n)| MonthCountRow {
                month,
                organisation_id,
                measure,
                n,
            })
            .collect()
    }
}

impl Directory {
    /// The month of a local day, `YYYY-MM`.
    pub(crate) fn month_of_day(&self, day: i64) -> String {
        let date = self.policy.watching.date_of(day);
        format!("{:04}-{:02}", date.year(), date.month())
    }

    /// This month, `YYYY-MM`, in the policy's time zone.
    pub(crate) fn this_month(&self) -> String {
        self.month_of_day(self.policy.watching.day_of(self.world.now()))
    }

    /// What was counted over every organisation in a month (`YYYY-MM`), by measure.
    pub(crate) async fn month_totals(&self, month: &str) -> Result<BTreeMap<String, u64>, ServiceError> {
        let mut conn = self.store.reader().await?;
        let rows = month_counts::month_totals(&mut conn, month).await?;
        Ok(rows.into_iter().map(|(measure, n)| (measure, u64::try_from(n).unwrap_or_default())).collect())
    }

    /// What an account did on each of the days from one to another, both included, where it did anything.
    pub(crate) async fn account_days(
        &self,
        account: Uuid,
        from: i64,
        to: i64,
    ) -> Result<Vec<AccountDay>, ServiceError> {
        let mut conn = self.store.reader().await?;
        let plain = |n: i64| u64::try_from(n).unwrap_or_default();
        let mut days: Vec<AccountDay> = account_days::of_accounts(&mut conn, &[account], from, to)
            .await?
            .into_iter()
            .map(|row| AccountDay {
                day: row.day,
                searches: plain(row.searches),
                empty_searches: plain(row.empty_searches),
                records_opened: plain(row.records_opened),
                out_of_hours: plain(row.out_of_hours),
            })
            .collect();
        days.sort_by_key(|day| day.day);
        Ok(days)
    }

    /// How the watch went this month and the month before, over the organisations a person may see alerts of: how many were
    /// noticed, decided, sampled and reviewed.
    pub(crate) async fn rates(&self, who: &SignedIn) -> Result<Vec<Rates>, ServiceError> {
        let today = self.policy.watching.day_of(self.world.now());
        let date = self.policy.watching.date_of(today);
        let months = [self.month_of_day(today), self.month_of_day(today - i64::from(date.day()))];
        let mut conn = self.store.reader().await?;
        let watched = watched(&mut conn, who).await?;
        let within: Vec<Uuid> = watched
            .organisations
            .iter()
            .filter(|row| who.may_at(Permission::ViewAlerts, &standing(row, self.today())))
            .map(|row| row.organisation_id)
            .collect();
        let mut rates = Vec::new();
        for month in months {
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            if watched.everywhere {
                counts = self.month_totals(&month).await?;
            } else {
                for row in month_counts::month_of(&mut conn, &month, &within).await? {
                    *counts.entry(row.measure).or_default() += u64::try_from(row.n).unwrap_or_default();
                }
            }
            rates.push(Rates { month, counts });
        }
        Ok(rates)
    }
}
