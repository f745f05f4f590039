//! What the authority's people see of their sources (rules 10.7, 13.3): states, running loads, what the days brought, how much
//! review work waits.
//!
//! What records matched is told for whole days that are over, rounded, nothing under ten, and without what is
//! known of somebody hidden alone (decision 16, law 7): a day's figures, once told, never change.

use directory::access::Permission;
use directory::connecting::{Missing, may_see_outcome};
use directory::counting::disclosed_count;
use directory::feeding::{Crossed, FeedSettings, Measures};
use jiff::Timestamp;
use jiff::civil::Date;
use store::Conn;
use store::runs::{self, RunRow};
use store::sources::{SourceRow, SourceState};
use uuid::Uuid;

use super::AbsenceLine;
use super::control::{Control, PausedBy};
use super::pausing::{FeedingError, PauseReason};
use crate::joining::MOST_COUNTED;
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
    /// Open reviews of the person's authority, rounded to 5; `None` below 10. A thousand are counted at most.
    pub open_reviews: Option<u64>,
    /// Whether there may be more of them than were counted.
    pub more_reviews: bool,
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
    /// The loads that run, or were interrupted, the newest first: a file's goes on beside the day of messages.
    pub running: Vec<RunProgress>,
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
    /// Whether it was paused with all others, and goes on with them.
    pub of_all: bool,
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
    /// The hours of review that it is expected to bring one person, where that can be told: foretold from figures that are rounded, for
    /// the authority alone (rule 13.3, law 7).
    pub review_hours: Option<u64>,
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
        drop(conn);
        // The queue itself is open to those who read this: how long it is now tells them nothing more.
        let at = who.roles().iter().filter(|held| held.gives(Permission::PauseSource));
        let open = match at.filter_map(|held| held.at.authority.as_deref()).next() {
            Some(authority) => self.count_ordinary_cases(authority).await?,
            None => 0,
        };
        let open_reviews = disclosed_count(open);
        Ok(SourcesPage {
            sources: lines,
            absences,
            may_decide_absence: who.may(Permission::LoadFeed),
            open_reviews,
            more_reviews: usize::try_from(open).is_ok_and(|open| open >= MOST_COUNTED),
            review_hours: open_reviews.map(|open| self.policy.feeding.review_hours(open)),
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
        let days = days_over(control, self.today());
        let usual = self.usual_reviews(conn, who, source, &days).await?;
        let count = |count: i64| u64::try_from(count).unwrap_or_default();
        let progress = |run: RunRow| {
            let (rows, of) = (count(run.counts.rows_read), run.rows_in_file.map(count));
            RunProgress {
                began: instant(run.started_at),
                rows,
                of,
                quarantined: count(run.counts.quarantined),
                review_hours: usual.and_then(|usual| self.hours_foretold(usual, of.unwrap_or(rows))),
            }
        };
        let running = runs::running(conn, source.source_id, RUNNING_SHOWN).await?;
        Ok(SourceOverview {
            source: source.source_id,
            name: source.name.clone(),
            paused: (source.state == SourceState::Paused).then(|| cause(control)),
            running: running.into_iter().map(progress).collect(),
            settings: control.settings(&self.policy.feeding.control),
            last_day: days.into_iter().next(),
            lacks: kept.map(|(line, ..)| line.missing),
        })
    }

    /// How many rows of a source came, and how many of them a person had to look at: on the last days that are over, or in the
    /// rehearsal by which it was signed off. Made of what was told and of nothing else, so that no exact count can be worked out.
    async fn usual_reviews(
        &self,
        conn: &mut Conn,
        who: &SignedIn,
        source: &SourceRow,
        days: &[DayFigures],
    ) -> Result<Option<Usual>, ServiceError> {
        let target = self.standing_of_source(conn, source).await?;
        if !may_see_outcome(who.roles(), &target) {
            return Ok(None);
        }
        let last = days.iter().take(LAST_DAYS);
        let add = |sum: Usual, day: &DayFigures| Usual {
            rows: sum.rows + day.rows,
            reviews: sum.reviews + day.review.unwrap_or_default(),
        };
        let of_days = last.fold(Usual::default(), add);
        if of_days.rows > 0 {
            return Ok(Some(of_days));
        }
        let rehearsed = self.installation_of(conn, source).await?.1.agreed_measures();
        Ok(rehearsed.map(|measures| Usual { rows: measures.rows, reviews: measures.review }))
    }

    /// The hours of review that so many rows bring, as far as that may be told.
    fn hours_foretold(&self, usual: Usual, rows: u64) -> Option<u64> {
        let reviews = usual.reviews.saturating_mul(rows).checked_div(usual.rows)?;
        let reviews = disclosed_count(i64::try_from(reviews).unwrap_or(i64::MAX));
        reviews.map(|reviews| self.policy.feeding.review_hours(reviews))
    }
}

/// What rows of a source brought before, as it was told.
#[derive(Debug, Clone, Copy, Default)]
struct Usual {
    rows: u64,
    /// How many of them waited for a person.
    reviews: u64,
}

/// So many days say what is usual.
const LAST_DAYS: usize = 7;

/// So many running loads of a source are shown.
const RUNNING_SHOWN: i64 = 20;

fn cause(control: &Control) -> PauseCause {
    let pause = control.pause.as_ref();
    let by = pause.map(|pause| pause.by);
    PauseCause {
        since: pause.map(|pause| instant(pause.at)),
        is_told: control.pause_is_told(),
        of_all: matches!(by, Some(PausedBy::Person { of_all: true, .. })),
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
