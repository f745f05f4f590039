//! Counts without persons that anyone may read (rules 15.5, 15.6), with the day's checkpoint of the trail, so that every
//! reader is a witness.
//!
//! A month is published once, some days after it has ended, and stays as it was published: two publications differ by whole
//! months only, so to take one from the other tells nothing that a month does not tell by itself (decision 16). Every count
//! is of acts of users. None depends on whether a child is shielded or sealed; the one count that does is of a whole year
//! and the whole service.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use audit::{Action, ChangeDetail, Detail, StoredCheckpoint};
use directory::Month;
use directory::counting::disclosed_table;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use store::audit::{self as trail, Stretch};
use store::month_counts::MonthCountRow;
use store::{locks, month_counts, organisations};
use uuid::Uuid;

use crate::shield_figures::PublishedYear;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// What is published of a month, by the measure it is counted under, in the order of the page.
pub(crate) const MEASURES: [&str; 6] =
    ["active_users", "searches", "records_opened", "overrides", "investigations", "disclosures"];

/// The figures of one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Publication {
    /// The name of this installation's audit log.
    pub log: String,
    /// The day, UTC.
    pub day: Date,
    /// The last checkpoint that speaks of all of the day before.
    pub checkpoint: Option<PublishedCheckpoint>,
    /// The public key that checks it.
    pub audit_key: String,
    /// Authorities, by code and name, in the order of every month's cells; what belongs to none comes after them.
    pub authorities: Vec<(String, String)>,
    /// The months, latest first.
    pub months: Vec<PublishedMonth>,
    /// The years that are over, latest first.
    pub years: Vec<PublishedYear>,
}

/// A checkpoint as a witness keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublishedCheckpoint {
    /// How many entries it speaks of.
    pub size: u64,
    /// When it was signed.
    pub at: String,
    /// The whole text: the lines that are signed, and the signature.
    pub text: String,
}

/// The counts of one month. A count that is `None` is under ten, or would tell one that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublishedMonth {
    /// Which.
    pub month: Month,
    /// By measure: the whole service.
    pub national: BTreeMap<String, Option<u64>>,
    /// By measure: each authority, and last all that belong to none.
    pub by_authority: BTreeMap<String, Vec<Option<u64>>>,
}

/// Whose count a kept row is, where it is not an authority's.
const NATIONAL: Uuid = Uuid::nil();
const OF_NO_AUTHORITY: Uuid = Uuid::from_u128(1);

/// How many of the newest entries before midnight are looked at for one that is chained.
const NEWEST: i64 = 64;

impl Directory {
    /// The figures of the day: put together by whoever comes first, the same for everybody after.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn publication(&self) -> Result<Arc<Publication>, ServiceError> {
        let today = self.today();
        let mut kept = self.publication.lock().await;
        if let Some(publication) = kept.as_ref().filter(|publication| publication.day == today) {
            return Ok(publication.clone());
        }
        let publication = Arc::new(self.put_together(today).await?);
        *kept = Some(publication.clone());
        Ok(publication)
    }

    async fn put_together(&self, today: Date) -> Result<Publication, ServiceError> {
        let authorities = self.published_authorities().await?;
        let mut months = Vec::new();
        for month in self.months_to_publish(today) {
            self.keep_month(month, &authorities).await?;
            months.extend(self.kept_month(month, &authorities).await?);
        }
        let years: BTreeSet<i16> = months.iter().map(|published| published.month.year()).collect();
        let settled = today.checked_sub(self.publishing_delay()).unwrap_or(today);
        let years = years.into_iter().rev().filter(|year| *year < settled.year()).collect::<Vec<_>>();
        Ok(Publication {
            log: self.log.as_str().to_owned(),
            day: today,
            checkpoint: self.checkpoint_of(today).await?,
            audit_key: self.audit_public_key()?.to_string(),
            authorities: authorities.into_iter().map(|(code, name, _)| (code, name)).collect(),
            months,
            years: self.shields_of(&years).await?,
        })
    }

    fn publishing_delay(&self) -> jiff::Span {
        jiff::Span::new().days(i64::from(self.policy.figures.publish_after_days))
    }

    /// The months that are over for long enough, latest first.
    fn months_to_publish(&self, today: Date) -> impl Iterator<Item = Month> {
        let settled = Month::from(today.checked_sub(self.publishing_delay()).unwrap_or(today));
        let shown = i32::from(self.policy.figures.months_shown.clamp(1, 36));
        (1..=shown).map(move |back| settled.plus(-back))
    }

    /// The authorities: code, name and the organisation whose rows carry their kept counts.
    async fn published_authorities(&self) -> Result<Vec<(String, String, Uuid)>, ServiceError> {
        let mut found: BTreeMap<String, (String, Uuid)> = BTreeMap::new();
        for row in organisations::all(&mut self.store.reader().await?).await? {
            if let Some(code) = row.authority_code.filter(|_| row.kind == "authority") {
                found.entry(code).or_insert((row.name, row.organisation_id));
            }
        }
        Ok(found.into_iter().map(|(code, (name, id))| (code, name, id)).collect())
    }

    /// Decides what is told of a month, once and for good: whoever comes later, on whichever server, finds it decided.
    async fn keep_month(
        &self,
        month: Month,
        authorities: &[(String, String, Uuid)],
    ) -> Result<(), ServiceError> {
        let month = month.to_string();
        let mut conn = self.store.reader().await?;
        if !month_counts::published(&mut conn, &month).await?.is_empty() {
            return Ok(());
        }
        drop(conn);
        let mut tx = self.store.begin().await?;
        let name = format!("published {month}");
        locks::lock_keys(&mut tx, &[self.keys.audit_lookups.hash(4, name.as_bytes())]).await?;
        let counted = month_counts::by_authority(&mut tx, &month).await?;
        let counted: Vec<_> =
            counted.into_iter().filter(|row| MEASURES.contains(&row.measure.as_str())).collect();
        if counted.is_empty() || !month_counts::published(&mut tx, &month).await?.is_empty() {
            tx.rollback().await?;
            return Ok(());
        }
        let mut rows = Vec::new();
        for measure in MEASURES {
            let of = |authority: Option<&str>| -> i64 {
                let known = |code: &str| authorities.iter().any(|(known, ..)| known == code);
                counted
                    .iter()
                    .filter(|row| row.measure == measure)
                    .filter(|row| row.authority_code.as_deref().filter(|code| known(code)) == authority)
                    .map(|row| row.n)
                    .sum()
            };
            let mut counts: Vec<i64> = authorities.iter().map(|(code, ..)| of(Some(code))).collect();
            counts.push(of(None));
            let told = disclosed_table(&counts);
            let owners = authorities.iter().map(|&(.., id)| id).chain([OF_NO_AUTHORITY, NATIONAL]);
            for (organisation_id, told) in owners.zip(told.cells.into_iter().chain([told.total])) {
                rows.push(MonthCountRow {
                    month: month.clone(),
                    organisation_id,
                    measure: published(measure),
                    n: told.map_or(0, |told| i64::try_from(told).unwrap_or(i64::MAX)),
                });
            }
        }
        month_counts::keep(&mut tx, &rows).await?;
        let detail = ChangeDetail { change: format!("figures_published:{month}"), ..ChangeDetail::default() };
        self.write_event(&mut tx, Event::new(Action::System, Detail::Change(detail))).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What was published of a month; nothing for a month of which nothing was counted.
    async fn kept_month(
        &self,
        month: Month,
        authorities: &[(String, String, Uuid)],
    ) -> Result<Option<PublishedMonth>, ServiceError> {
        let mut conn = self.store.reader().await?;
        let rows = month_counts::published(&mut conn, &month.to_string()).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let told = |organisation: Uuid, measure: &str| {
            let measure = published(measure);
            let row =
                rows.iter().find(|row| row.organisation_id == organisation && row.measure == measure)?;
            u64::try_from(row.n).ok().filter(|told| *told > 0)
        };
        let owners: Vec<Uuid> = authorities.iter().map(|&(.., id)| id).chain([OF_NO_AUTHORITY]).collect();
        let cells = |measure: &str| owners.iter().map(|&owner| told(owner, measure)).collect();
        Ok(Some(PublishedMonth {
            month,
            national: MEASURES.iter().map(|&measure| (measure.to_owned(), told(NATIONAL, measure))).collect(),
            by_authority: MEASURES.iter().map(|&measure| (measure.to_owned(), cells(measure))).collect(),
        }))
    }

    /// The first checkpoint that speaks of every entry before this day; in the first days of a service, the first there is.
    async fn checkpoint_of(&self, day: Date) -> Result<Option<PublishedCheckpoint>, ServiceError> {
        let midnight = day.to_zoned(TimeZone::UTC).map_err(ServiceError::internal)?.timestamp();
        let stretch = Stretch { from: 0, before: midnight.as_microsecond(), before_id: Uuid::nil() };
        let mut conn = self.store.reader().await?;
        let mut after = 0;
        for entry in trail::page_of_time(&mut conn, stretch, NEWEST).await? {
            if let Some(link) = trail::place_of(&mut conn, entry.entry_id).await? {
                after = link.seq - 1;
                break;
            }
        }
        let Some(row) = trail::checkpoints(&mut conn, after, 1).await?.pop() else { return Ok(None) };
        let stored = StoredCheckpoint::from_row(&row.body, &row.signature).map_err(ServiceError::internal)?;
        let signed = stored.signed();
        let said = signed.checkpoint();
        Ok(Some(PublishedCheckpoint {
            size: said.size,
            at: format!("{:.6}", said.at),
            text: signed.to_text(),
        }))
    }
}

/// The measure under which what was told of another is kept.
fn published(measure: &str) -> String {
    format!("published_{measure}")
}

impl Publication {
    /// The measures of every month, in the order of the page.
    #[must_use]
    pub fn measures() -> &'static [&'static str] {
        &MEASURES
    }

    /// The whole of it as JSON.
    ///
    /// # Errors
    ///
    /// None in practice.
    pub fn to_json(&self) -> Result<String, ServiceError> {
        serde_json::to_string_pretty(self).map(|text| text + "\n").map_err(ServiceError::internal)
    }

    /// The counts as CSV: period, area, measure, count. The checkpoint is in [`Publication::to_json`] alone: it is text of
    /// several lines.
    ///
    /// # Errors
    ///
    /// None in practice.
    pub fn to_csv(&self) -> Result<String, ServiceError> {
        let mut csv = csv::Writer::from_writer(Vec::new());
        let mut write = |row: [&str; 5]| csv.write_record(row).map_err(ServiceError::internal);
        write(["period", "area_code", "area", "measure", "count"])?;
        for month in &self.months {
            let period = month.month.to_string();
            for measure in MEASURES {
                let national = month.national.get(measure).copied().flatten();
                write([&period, "", "Whole service", measure, &told(national)])?;
                let cells = month.by_authority.get(measure).map_or(&[][..], Vec::as_slice);
                let none = (String::new(), "National partners and central bodies".to_owned());
                for ((code, name), cell) in self.authorities.iter().chain([&none]).zip(cells) {
                    write([&period, code, name, measure, &told(*cell)])?;
                }
            }
        }
        for year in &self.years {
            for (measure, count) in year.measures() {
                write([&year.year.to_string(), "", "Whole service", &measure, &told(count)])?;
            }
        }
        let bytes = csv.into_inner().map_err(ServiceError::internal)?;
        String::from_utf8(bytes).map_err(ServiceError::internal)
    }
}

/// A count as tables say it; the fullest word for none is "withheld".
fn told(count: Option<u64>) -> String {
    count.map_or_else(|| "withheld".to_owned(), |count| count.to_string())
}
