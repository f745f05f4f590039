//! The control of one source: read, judged and written with each group.

use std::collections::BTreeMap;
use std::time::Duration;

use audit::{Action, ChangeDetail, Detail};
use directory::feeding::{Baseline, Crossed, FeedSettings, Measures};
use jiff::civil::Date;
use rand_chacha::ChaCha12Rng;
use serde::{Deserialize, Serialize};
use store::source_controls::{self, ControlRow};
use store::sources::{self, SourceRow, SourceState};
use store::{Conn, Tx, receipts};
use uuid::Uuid;

use super::pausing::PauseReason;
use crate::loading::{Job, LoadError, Scored};
use crate::trail::Event;
use crate::{Directory, GROUP, ServiceError};

/// How the next rows of a source are to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// So many together.
    pub rows: usize,
    /// At most so many a second; 0 is as fast as it goes.
    pub rate: u32,
    /// How long the source rests first, for what it has brought already, by whichever way and server.
    pub rests: Duration,
}

/// What is kept of a source.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Control {
    /// Its own settings, once somebody has set them.
    pub(crate) settings: Option<FeedSettings>,
    pub(crate) baseline: Baseline,
    /// Records taken within the limits since a person last let it go on.
    pub(crate) within: u64,
    pub(crate) pause: Option<Pause>,
    /// What each day measured, the latest [`DAYS`] of them.
    pub(crate) days: BTreeMap<String, Measures>,
    /// The day of the latest full file that was loaded to its end.
    pub(crate) latest_full: Option<Date>,
    /// By its rate, when what it has brought is paid for; microseconds UTC.
    free_at: i64,
}

/// Why a source is paused.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Pause {
    /// Microseconds UTC.
    pub(crate) at: i64,
    pub(crate) by: PausedBy,
}

/// Who or what paused it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PausedBy {
    Person {
        account: Uuid,
        reason: PauseReason,
        /// It was set by the act that pauses every source, and goes with the act that lets all go on.
        #[serde(default)]
        of_all: bool,
        /// The measure of which its source was not told, where that act came over such a pause: it is told of no more when all go on,
        /// and a person has to look all the same.
        #[serde(default)]
        over: Option<Crossed>,
    },
    Measure(Crossed),
}

impl Pause {
    /// Whether the source is told of it. What its rows met is the authority's alone: told at once, a pause by such a measure
    /// would answer a source that probes with single rows. So its words are taken as ever, and only the work on them stops,
    /// until a person has made the pause their own (law 7). Rows put aside it knows of itself.
    fn is_told(&self) -> bool {
        match self.by {
            PausedBy::Person { .. } | PausedBy::Measure(Crossed::Quarantine) => true,
            PausedBy::Measure(Crossed::Review | Crossed::Match | Crossed::Latency) => false,
        }
    }
}

/// How many days are kept.
const DAYS: usize = 60;

/// The row of a source as a group took it.
pub(crate) struct Taken {
    row: ControlRow,
    control: Control,
}

impl Control {
    pub(crate) fn settings(&self, policy: &FeedSettings) -> FeedSettings {
        self.settings.unwrap_or(*policy)
    }

    /// Whether a source that is paused is told so; of a pause whose reason cannot be read, not.
    pub(crate) fn pause_is_told(&self) -> bool {
        self.pause.as_ref().is_some_and(Pause::is_told)
    }

    /// The measure by which it is paused and of which its source is not told.
    pub(super) fn untold_measure(&self) -> Option<Crossed> {
        match self.pause.as_ref().filter(|pause| !pause.is_told())?.by {
            PausedBy::Measure(crossed) => Some(crossed),
            PausedBy::Person { .. } => None,
        }
    }

    /// A person lets the source go on: what is usual is learned anew, and batches begin small.
    pub(super) fn begin_anew(&mut self) {
        self.pause = None;
        self.baseline = Baseline::begun_anew();
        self.within = 0;
    }

    /// Counts rows against its rate: a file, an upload and messages at once share it, on all servers together.
    fn spend(&mut self, rows: u64, rate: u32, now: i64) {
        if rate > 0 {
            let took = rows.saturating_mul(1_000_000) / u64::from(rate);
            let took = i64::try_from(took).unwrap_or(i64::MAX);
            self.free_at = self.free_at.max(now).saturating_add(took);
        }
    }

    fn rests(&self, rate: u32, now: i64) -> Duration {
        let left = if rate > 0 { self.free_at.saturating_sub(now) } else { 0 };
        Duration::from_micros(u64::try_from(left).unwrap_or(0))
    }

    fn add_to_day(&mut self, day: String, group: &Measures) {
        let sum = self.days.entry(day).or_default();
        *sum = sum.plus(group);
        while self.days.len() > DAYS {
            self.days.pop_first();
        }
    }
}

impl Directory {
    /// What is kept of a source: of one whose row cannot be opened any more, nothing, and all is learned anew.
    pub(crate) fn open_control(&self, row: &ControlRow) -> Control {
        let opened = self.keys.open_for_source(row.source_id, &row.sealed).ok();
        opened.and_then(|plain| serde_json::from_slice(&plain).ok()).unwrap_or_default()
    }

    pub(super) fn seal_control(
        &self,
        source: Uuid,
        control: &Control,
        rng: &mut ChaCha12Rng,
    ) -> Result<Vec<u8>, ServiceError> {
        let plain = serde_json::to_vec(control).map_err(ServiceError::internal)?;
        self.keys.seal_for_source(source, &plain, rng)
    }

    /// Makes the row of a source that has none yet.
    pub(crate) async fn begin_control(
        &self,
        source: &SourceRow,
        rng: &mut ChaCha12Rng,
    ) -> Result<(), LoadError> {
        let known = source_controls::by_source(&mut self.store.reader().await?, source.source_id).await?;
        if known.is_none() {
            let sealed = self.seal_control(source.source_id, &Control::default(), rng)?;
            let mut tx = self.store.begin_feed().await?;
            source_controls::begin(&mut tx, source.source_id, &sealed).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Takes the row for this group. While the source is paused (rule 10.8), or may not feed any more (rule 10.6), no group is
    /// written.
    pub(crate) async fn take_control(&self, tx: &mut Tx, job: &Job) -> Result<Taken, LoadError> {
        let source = &job.source;
        let row = source_controls::take(tx, source.source_id).await?;
        let row = row.ok_or_else(|| ServiceError::internal("a source has no control row"))?;
        if sources::state_of(tx, source.source_id).await? == Some(SourceState::Paused) {
            return Err(LoadError::Paused { name: source.name.clone() });
        }
        Box::pin(self.may_go_on(tx, source, job.ways)).await?;
        let control = self.open_control(&row);
        Ok(Taken { row, control })
    }

    /// Whether a source is told now that it is paused. The same is read whether it is paused or not.
    pub(crate) async fn is_told_to_pause(&self, conn: &mut Conn, source: Uuid) -> Result<bool, ServiceError> {
        let control = self.control_of(conn, source).await?;
        let state = sources::state_of(conn, source).await?;
        Ok(state == Some(SourceState::Paused) && control.pause_is_told())
    }

    /// Writes the receipts of a group and what it measured; true when it crossed a limit and the source is paused with it.
    pub(crate) async fn conclude(
        &self,
        tx: &mut Tx,
        job: &Job,
        scored: &Scored,
        taken: Taken,
    ) -> Result<bool, LoadError> {
        let Taken { mut row, mut control } = taken;
        let mut rng = self.world.chance.generator();
        if let Some(block) = self.receipt_block(job, &scored.receipts, row.last_block + 1, &mut rng)? {
            receipts::insert(tx, &block).await?;
            row.last_block = block.block;
        }
        let now = self.world.now();
        let took = now.duration_since(scored.began).as_millis();
        let measures = Measures { millis: u64::try_from(took).unwrap_or_default(), ..scored.measures };
        let settings = control.settings(&self.policy.feeding.control);
        let rehearsed = match control.baseline.is_first() {
            true => self.installation_of(tx, &job.source).await?.1.agreed_measures(),
            false => None,
        };
        let crossed = control.baseline.add(&measures, &settings, rehearsed.as_ref());
        control.add_to_day(self.today().to_string(), &measures);
        control.spend(measures.rows, settings.rate, now.as_microsecond());
        control.within = match crossed {
            Some(_) => 0,
            None => control.within.saturating_add(measures.rows),
        };
        if let Some(crossed) = crossed {
            control.pause = Some(Pause { at: now.as_microsecond(), by: PausedBy::Measure(crossed) });
            sources::set_state(tx, row.source_id, SourceState::Paused).await?;
            self.write_event(tx, changed("source_paused_by_limit", row.source_id)).await?;
        }
        row.sealed = self.seal_control(row.source_id, &control, &mut rng)?;
        source_controls::put(tx, &row).await?;
        Ok(crossed.is_some())
    }

    /// The day of the latest full file of a source that was loaded to its end.
    pub(crate) async fn latest_full(
        &self,
        conn: &mut Conn,
        source: &SourceRow,
    ) -> Result<Option<Date>, LoadError> {
        let row = source_controls::by_source(conn, source.source_id).await?;
        Ok(row.and_then(|row| self.open_control(&row).latest_full))
    }

    /// Notes that a full file of this day was loaded to its end.
    pub(crate) async fn note_full(&self, source: &SourceRow, as_of: Date) -> Result<(), LoadError> {
        let mut tx = self.store.begin_feed().await?;
        let taken = source_controls::take(&mut tx, source.source_id).await?;
        let Some(mut row) = taken else { return Ok(()) };
        let mut control = self.open_control(&row);
        let before = control.latest_full.filter(|latest| !self.has_not_come(*latest));
        control.latest_full = before.max(Some(as_of));
        row.sealed = self.seal_control(row.source_id, &control, &mut self.world.chance.generator())?;
        source_controls::put(&mut tx, &row).await?;
        Ok(tx.commit().await?)
    }

    /// How the next rows of a source are taken.
    pub(crate) async fn next_batch(&self, source: &SourceRow) -> Result<Batch, LoadError> {
        let mut conn = self.store.reader().await?;
        if sources::state_of(&mut conn, source.source_id).await? == Some(SourceState::Paused) {
            return Err(LoadError::Paused { name: source.name.clone() });
        }
        let row = source_controls::by_source(&mut conn, source.source_id).await?;
        let control = row.map(|row| self.open_control(&row)).unwrap_or_default();
        let settings = control.settings(&self.policy.feeding.control);
        let rate = settings.rate;
        let rests = control.rests(rate, self.world.now().as_microsecond());
        Ok(Batch { rows: settings.batch_after(control.within, GROUP), rate, rests })
    }
}

/// What the trail learns of a change of a source. Which measure crossed its limit stands in the source's sealed row alone.
pub(crate) fn changed(change: &str, source: Uuid) -> Event {
    let detail = ChangeDetail { change: change.to_owned(), subject: Some(source), ..ChangeDetail::default() };
    Event::new(Action::SourceChanged, Detail::Change(detail))
}
