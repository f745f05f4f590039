//! One source: what its days brought, as a chart and as its table, and how it is loaded.

use std::collections::BTreeMap;

use askama::Template;
use audit::Action;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::Permission;
use directory::feeding::FeedSettings;
use service::{DayFigures, FeedingError, SignedIn};
use uuid::Uuid;

use super::figures::grouped;
use super::sources::refused;
use super::sources_words::cause_in_words;
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;

const SOURCES: RouteRule = RouteRule::SignedIn(Permission::PauseSource);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get(
        "/sources/history",
        SOURCES,
        Trail::Silent("counts of the authority's own source, rounded; nobody is named"),
        || get(show),
    ),
    Route::post("/sources/limits", SOURCES, Trail::Writes(Action::SourceChanged), || post(limits)),
];

#[derive(Template)]
#[template(path = "sources_history.html")]
struct HistoryTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    id: Uuid,
    name: String,
    paused: Option<String>,
    days: Vec<Day>,
    bars: Vec<Bar>,
    most: String,
    typed: LimitsForm,
}

struct Day {
    day: String,
    counts: [String; 5],
}

/// One day of the chart, the latest at the right.
struct Bar {
    x: u32,
    y: u64,
    height: u64,
    aside_y: u64,
    aside_height: u64,
}

/// How a source is loaded.
#[derive(Default)]
pub(crate) struct LimitsForm {
    source: String,
    rate: String,
    first_batch: String,
    quarantine: String,
    review: String,
    matched: String,
}

impl Fields for LimitsForm {
    const NAMES: &'static [&'static str] =
        &["source", "rate", "first_batch", "quarantine", "review", "matched"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            source: posted.take("source"),
            rate: posted.take("rate"),
            first_batch: posted.take("first_batch"),
            quarantine: posted.take("quarantine"),
            review: posted.take("review"),
            matched: posted.take("matched"),
        }
    }
}

impl LimitsForm {
    fn of(source: Uuid, settings: &FeedSettings) -> Self {
        Self {
            source: source.to_string(),
            rate: if settings.rate == 0 { String::new() } else { settings.rate.to_string() },
            first_batch: settings.first_batch.to_string(),
            quarantine: settings.quarantine_points.to_string(),
            review: settings.review_points.to_string(),
            matched: settings.match_points.to_string(),
        }
    }

    fn read(&self, current: &FeedSettings, faults: &mut Faults) -> Option<FeedSettings> {
        let rate = if self.rate.is_empty() { Some(0) } else { self.rate.parse().ok() };
        if rate.is_none() {
            faults.add("rate", "Enter how many records a second, or leave it empty");
        }
        let first_batch = self.first_batch.parse().ok().filter(|rows| (1..=250).contains(rows));
        if first_batch.is_none() {
            faults.add("first_batch", "The first groups have between 1 and 250 rows");
        }
        let mut points = |field: &'static str, text: &str| {
            let points = text.parse().ok().filter(|points| (1..=100).contains(points));
            if points.is_none() {
                faults.add(field, "Enter a number between 1 and 100");
            }
            points
        };
        let quarantine = points("quarantine", &self.quarantine);
        let review = points("review", &self.review);
        let matched = points("matched", &self.matched);
        Some(FeedSettings {
            rate: rate?,
            first_batch: first_batch?,
            quarantine_points: quarantine?,
            review_points: review?,
            match_points: matched?,
            ..*current
        })
    }
}

/// `GET /sources/history`
pub(crate) async fn show(
    State(state): State<AppState>,
    Person(who): Person,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Result<Response, WebError> {
    let source = asked.get("source").and_then(|id| Uuid::parse_str(id).ok()).ok_or(WebError::NotFound)?;
    history_page(&state, &who, source, None, Faults::default()).await
}

/// `POST /sources/limits`
pub(crate) async fn limits(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<LimitsForm>,
) -> Result<Response, WebError> {
    let source = Uuid::parse_str(&fields.source).map_err(|_| WebError::NotFound)?;
    let history = state.directory().source_history(&who, source).await.map_err(refused)?;
    let mut faults = Faults::default();
    let Some(settings) = fields.read(&history.source.settings, &mut faults) else {
        return history_page(&state, &who, source, Some(fields), faults).await;
    };
    match state.directory().set_feed_settings(&who, source, settings).await {
        Ok(()) => Ok(Redirect::to(&format!("/sources/history?source={source}")).into_response()),
        Err(FeedingError::Settings) => {
            faults.add("first_batch", "One of the limits would stop everything or nothing");
            history_page(&state, &who, source, Some(fields), faults).await
        }
        Err(error) => Err(refused(error)),
    }
}

async fn history_page(
    state: &AppState,
    who: &SignedIn,
    source: Uuid,
    typed: Option<LimitsForm>,
    faults: Faults,
) -> Result<Response, WebError> {
    let history = state.directory().source_history(who, source).await.map_err(refused)?;
    let wrong = !faults.is_empty();
    let most = history.days.iter().take(SHOWN).map(|day| day.rows).max().unwrap_or_default();
    let template = HistoryTemplate {
        frame: Frame::of(state, who, Section::Sources, "A source").with_faults(wrong),
        token: who.form_token().to_owned(),
        id: source,
        name: history.source.name.clone(),
        paused: history.source.paused.as_ref().map(cause_in_words),
        bars: bars(&history.days, most),
        most: grouped(most),
        days: history.days.iter().map(Day::of).collect(),
        typed: typed.unwrap_or_else(|| LimitsForm::of(source, &history.source.settings)),
        faults,
    };
    page(form_status(wrong), &template)
}

/// How many days the chart shows.
const SHOWN: usize = 30;
/// Its height in units of its own.
const HEIGHT: u64 = 100;
/// The width of a day.
const WIDTH: u32 = 20;

fn bars(days: &[DayFigures], most: u64) -> Vec<Bar> {
    let scaled = |rows: u64| (rows * HEIGHT).checked_div(most).unwrap_or(0);
    let shown = days.iter().take(SHOWN).rev().zip(0..);
    shown
        .map(|(day, place): (_, u32)| {
            let (height, aside_height) = (scaled(day.rows), scaled(day.quarantined));
            Bar { x: place * WIDTH, y: HEIGHT - height, height, aside_y: HEIGHT - aside_height, aside_height }
        })
        .collect()
}

impl Day {
    fn of(figures: &DayFigures) -> Self {
        let rounded = |count: Option<u64>| count.map_or("under 10".to_owned(), grouped);
        Self {
            day: dates::long_day(figures.day),
            counts: [
                grouped(figures.rows),
                grouped(figures.quarantined),
                rounded(figures.linked),
                rounded(figures.new),
                rounded(figures.review),
            ],
        }
    }
}
