//! What the authority's people see of their sources (rules 10.7, 13.3): states, running loads, what the days brought, how much
//! review work waits.
//!
//! What records matched is told for whole days that are over, rounded, nothing under ten, and without whom a shield, a seal or a
//! hold protects (decision 16, law 7): a day's figures, once told, never change.

use directory::access::Permission;
use directory::connecting::Missing;
use directory::counting::disclosed_count;
use directory::feeding::{Crossed, FeedSettings, Measures};
use jiff::Timestamp;
use jiff::civil::Date;
use store::Conn;
use store::reviews::{self, Desk};
use store::runs::{self, RunState};
use store::sources::{SourceRow, SourceState};
use uuid::Uuid;

use super::AbsenceLine;
use super::control::{Control, PausedBy};
use super::pausing::{FeedingError, PauseReason};
use crate::session::{SignedIn, instant};
use crate::{Directory, ServiceError};

/// Every source within a person's reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcesPage {
    /// The sources, the most authoritative first.
    pub sources: Vec<SourceOverview>,
    /// Full files that wait for a decision.
    pub absences: Vec<AbsenceLine>,
    /// Whether the person decides about those.
    pub may_decide_absence: bool,
    /// Open reviews of the person's authority, rounded to 5; `None` below 10.
    pub open_reviews: Option<u64>,
    /// The hours a person needs for them, by the policy's minutes a review.
    pub review_hours: Option<u64>,
}

/// One source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceOverview {
    /// Which.
    pub source: Uuid,
    /// Its name.
    pub name: String,
    /// Why it is paused, if it is.
    pub paused: Option<PauseCause>,
    /// The load that runs, or was interrupted.
    pub running: Option<RunProgress>,
    /// How it is loaded.
    pub settings: FeedSettings,
    /// What the last day that is over brought.
    pub last_day: Option<DayFigures>,
    /// What it lacks to feed files, in the order of the steps; none for somebody who does not keep its connection.
    pub lacks: Option<Vec<Missing>>,
}

/// Why a source is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PauseCause {
    /// Since when.
    pub since: Option<Timestamp>,
    /// The reason a person gave.
    pub reason: Option<PauseReason>,
    /// The measure that left its limit.
    pub crossed: Option<Crossed>,
    /// Whether the source is told that it is paused.
    pub is_told: bool,
}

/// How far a load has come: of the source's own rows, so nothing is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunProgress {
    /// When it began.
    pub began: Timestamp,
    /// Rows that are durable.
    pub rows: u64,
    /// Rows of the file, if that is known.
    pub of: Option<u64>,
    /// Rows put aside.
    pub quarantined: u64,
}

/// What one day of a source brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayFigures {
    /// The day, UTC.
    pub day: Date,
    /// Rows, and rows put aside: the source's own.
    pub rows: u64,
    /// See `rows`.
    pub quarantined: u64,
    /// First sightings linked to a known child, rounded to 5; `None` below 10.
    pub linked: Option<u64>,
    /// First sightings that opened a child and wait for nobody, the same.
    pub new: Option<u64>,
    /// First sightings that wait for a person, the same.
    pub review: Option<u64>,
}

/// The days of one source, the latest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceHistory {
    /// The source as it stands.
    pub source: SourceOverview,
    /// The days that are over.
    pub days: Vec<DayFigures>,
}

impl Directory {
    /// The sources within the person's reach.
    ///
    /// # Errors
    ///
    /// [`FeedingError`]; a refusal is in the trail too.
    pub async fn sources_page(&self, who: &SignedIn) -> Result<SourcesPage, FeedingError> {
        let sources = self.sources_shown_to(who).await?;
        let absences = self.absences_at(&sources).await?;
        let mut conn = self.store.reader().await?;
        let mut lines = Vec::with_capacity(sources.len());
        for source in &sources {
            let control = self.control_of(&mut conn, source.source_id).await?;
            lines.push(self.overview_of(&mut conn, who, source, &control).await?);
        }
        // The queue itself is open to those who read this: how long it is now tells them nothing more.
        let open = match &who.authority {
            Some(authority) => reviews::count_open(&mut conn, Desk::Authority, authority).await?,
            None => 0,
        };
        let open_reviews = disclosed_count(open);
        let minutes = u64::from(self.policy.feeding.minutes_a_review);
        Ok(SourcesPage {
            sources: lines,
            absences,
            may_decide_absence: who.may(Permission::LoadFeed),
            open_reviews,
            review_hours: open_reviews.map(|open| (open * minutes).div_ceil(60)),
        })
    }

    /// The days of one source.
    ///
    /// # Errors
    ///
    /// [`FeedingError`]; a refusal is in the trail too.
    pub async fn source_history(&self, who: &SignedIn, source: Uuid) -> Result<SourceHistory, FeedingError> {
        let sources = self.sources_shown_to(who).await?;
        let Some(source) = sources.iter().find(|row| row.source_id == source) else {
            self.refuse_feeding(who, source).await?;
            return Err(FeedingError::NotFound);
        };
        let mut conn = self.store.reader().await?;
        let control = self.control_of(&mut conn, source.source_id).await?;
        let overview = self.overview_of(&mut conn, who, source, &control).await?;
        Ok(SourceHistory { source: overview, days: days_over(&control, self.today()) })
    }

    async fn sources_shown_to(&self, who: &SignedIn) -> Result<Vec<SourceRow>, FeedingError> {
        if !who.may(Permission::PauseSource) {
            self.refuse_feeding(who, Uuid::nil()).await?;
            return Err(FeedingError::Forbidden);
        }
        let mut conn = self.store.reader().await?;
        Ok(self.sources_within_reach(&mut conn, who, Permission::PauseSource).await?)
    }

    async fn overview_of(
        &self,
        conn: &mut Conn,
        who: &SignedIn,
        source: &SourceRow,
        control: &Control,
    ) -> Result<SourceOverview, ServiceError> {
        let kept = self.kept_by(conn, who, source).await?;
        let latest = runs::of_source(conn, source.source_id, 1).await?.pop();
        let count = |count: i64| u64::try_from(count).unwrap_or_default();
        let running = latest.filter(|run| run.state == RunState::Running).map(|run| RunProgress {
            began: instant(run.started_at),
            rows: count(run.counts.rows_read),
            of: run.rows_in_file.map(count),
            quarantined: count(run.counts.quarantined),
        });
        Ok(SourceOverview {
            source: source.source_id,
            name: source.name.clone(),
            paused: (source.state == SourceState::Paused).then(|| cause(control)),
            running,
            settings: control.settings(&self.policy.feeding.control),
            last_day: days_over(control, self.today()).into_iter().next(),
            lacks: kept.map(|(line, ..)| line.missing),
        })
    }
}

fn cause(control: &Control) -> PauseCause {
    let pause = control.pause.as_ref();
    let by = pause.map(|pause| pause.by);
    PauseCause {
        since: pause.map(|pause| instant(pause.at)),
        is_told: control.pause_is_told(),
        reason: by.and_then(|by| match by {
            PausedBy::Person { reason, .. } => Some(reason),
            PausedBy::Measure(_) => None,
        }),
        crossed: by.and_then(|by| match by {
            PausedBy::Measure(crossed) => Some(crossed),
            PausedBy::Person { .. } => None,
        }),
    }
}

/// The days that are over, the latest first.
fn days_over(control: &Control, today: Date) -> Vec<DayFigures> {
    let days = control.days.iter().rev();
    days.filter_map(|(day, measures)| Some((day.parse::<Date>().ok()?, measures)))
        .filter(|(day, _)| *day < today)
        .map(|(day, measures)| figures(day, measures))
        .collect()
}

fn figures(day: Date, measures: &Measures) -> DayFigures {
    let told = |count: u64| disclosed_count(i64::try_from(count).unwrap_or(i64::MAX));
    DayFigures {
        day,
        rows: measures.rows,
        quarantined: measures.quarantined,
        linked: told(measures.linked),
        new: told(measures.first.saturating_sub(measures.linked + measures.review)),
        review: told(measures.review),
    }
}
