//! Pausing and letting go on: one source or all at once, in every process that loads, from the next group on (rule 10.8).

use directory::access::Permission;
use directory::feeding::FeedSettings;
use serde::{Deserialize, Serialize};
use store::sources::{self, SourceRow, SourceState};
use store::{Conn, StoreError, Tx, organisations, source_controls};
use uuid::Uuid;

use super::control::{Control, Pause, PausedBy, changed};
use crate::loading::LoadError;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// Why a person pauses a source: a closed list, for what is written about a source may end up near a child (law 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// Its source asked for it.
    SourceAsked,
    /// Its records look wrong.
    RecordsLookWrong,
    /// The reviews it makes are more than people can do.
    TooMuchReview,
    /// Something may be wrong with its security.
    Security,
    /// Work on the systems.
    Maintenance,
}

impl PauseReason {
    /// Every reason.
    pub const ALL: [Self; 5] =
        [Self::SourceAsked, Self::RecordsLookWrong, Self::TooMuchReview, Self::Security, Self::Maintenance];

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SourceAsked => "source_asked",
            Self::RecordsLookWrong => "records_look_wrong",
            Self::TooMuchReview => "too_much_review",
            Self::Security => "security",
            Self::Maintenance => "maintenance",
        }
    }

    /// The reason of that code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

/// Why nothing was shown or changed about a source.
#[derive(Debug, thiserror::Error)]
pub enum FeedingError {
    /// The person's roles do not let them.
    #[error("this account may not see or pause sources")]
    Forbidden,
    /// No such source within the person's reach.
    #[error("there is no such source")]
    NotFound,
    /// It is so already: somebody was quicker.
    #[error("the source is paused, or goes on, already")]
    AlreadySo,
    /// A limit that would stop everything or nothing.
    #[error("a limit lies outside what is possible")]
    Settings,
    /// The system failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<StoreError> for FeedingError {
    fn from(error: StoreError) -> Self {
        Self::Service(error.into())
    }
}

impl From<LoadError> for FeedingError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Service(error) => Self::Service(error),
            other => Self::Service(ServiceError::internal(other)),
        }
    }
}

/// What is done to a source.
#[derive(Clone, Copy)]
enum Change {
    Pause {
        reason: PauseReason,
        /// It is one of all.
        all: bool,
    },
    Resume,
    /// Ends what the act that pauses all began.
    ResumeAll,
    Settings(FeedSettings),
}

impl Directory {
    /// Pauses one source. When this returns, no group behind it is written, in whichever process it is loaded. A pause by a limit
    /// of which the source is not told becomes this person's own, and is told.
    ///
    /// # Errors
    ///
    /// [`FeedingError`]; a refusal is in the trail too.
    pub async fn pause_source(
        &self,
        who: &SignedIn,
        source: Uuid,
        reason: PauseReason,
    ) -> Result<(), FeedingError> {
        self.change_source(who, source, Change::Pause { reason, all: false }).await
    }

    /// Lets a paused source go on. What was usual of it is learned anew, and batches begin small.
    ///
    /// # Errors
    ///
    /// [`FeedingError`]; a refusal is in the trail too.
    pub async fn resume_source(&self, who: &SignedIn, source: Uuid) -> Result<(), FeedingError> {
        self.change_source(who, source, Change::Resume).await
    }

    /// Sets how one source is loaded.
    ///
    /// # Errors
    ///
    /// [`FeedingError`]; a refusal is in the trail too.
    pub async fn set_feed_settings(
        &self,
        who: &SignedIn,
        source: Uuid,
        settings: FeedSettings,
    ) -> Result<(), FeedingError> {
        let share = |points: u8| (1..=100).contains(&points);
        let possible = share(settings.quarantine_points)
            && share(settings.review_points)
            && share(settings.match_points)
            && share(settings.first_quarantine_percent)
            && share(settings.first_review_percent)
            && settings.slower_times >= 2
            && settings.raise_after >= 1
            && (1..=crate::GROUP).contains(&usize::from(settings.first_batch));
        if !possible && who.may(Permission::PauseSource) {
            return Err(FeedingError::Settings);
        }
        self.change_source(who, source, Change::Settings(settings)).await
    }

    /// Pauses every source within the person's reach at once, also those that are paused by a limit of which they are not told: their
    /// messages would be taken all the same. How many.
    ///
    /// # Errors
    ///
    /// [`FeedingError`]; a refusal is in the trail too.
    pub async fn pause_all_sources(
        &self,
        who: &SignedIn,
        reason: PauseReason,
    ) -> Result<usize, FeedingError> {
        self.change_all(who, Change::Pause { reason, all: true }).await
    }

    /// Ends within the person's reach every pause that was set for all at once, and no other: who paused one source had a reason of
    /// their own, and what a limit paused somebody has to look at. How many.
    ///
    /// # Errors
    ///
    /// [`FeedingError`]; a refusal is in the trail too.
    pub async fn resume_all_sources(&self, who: &SignedIn) -> Result<usize, FeedingError> {
        self.change_all(who, Change::ResumeAll).await
    }

    /// The sources the person answers for with this permission: those of their authority, and the national ones where there is
    /// no other authority they could concern; for the centre all. A source's own people see by its receipts what became of its rows.
    pub(crate) async fn sources_within_reach(
        &self,
        conn: &mut Conn,
        who: &SignedIn,
        permission: Permission,
    ) -> Result<Vec<SourceRow>, ServiceError> {
        let kinds = organisations::all(conn).await?;
        let alone = kinds.iter().filter(|row| row.kind.as_str() == "authority").count() == 1;
        let reached = |source: &SourceRow| {
            who.roles().iter().filter(|held| held.gives(permission)).any(|held| {
                let of_area = source.authority_code.is_some() && source.authority_code == held.at.authority;
                let national = source.authority_code.is_none() && alone;
                held.at.kind == "centre" || (held.at.kind == "authority" && (of_area || national))
            })
        };
        Ok(sources::all(conn).await?.into_iter().filter(reached).collect())
    }

    pub(super) async fn refuse_feeding(&self, who: &SignedIn, source: Uuid) -> Result<(), ServiceError> {
        self.record(changed("source_change_refused", source).by(who)).await.map(drop)
    }

    async fn change_all(&self, who: &SignedIn, change: Change) -> Result<usize, FeedingError> {
        if !who.may(Permission::PauseSource) {
            self.refuse_feeding(who, Uuid::nil()).await?;
            return Err(FeedingError::Forbidden);
        }
        let mut conn = self.store.reader().await?;
        let reached = self.sources_within_reach(&mut conn, who, Permission::PauseSource).await?;
        drop(conn);
        match self.change_sources(who, reached, change).await? {
            0 => Err(FeedingError::AlreadySo),
            changed => Ok(changed),
        }
    }

    async fn change_source(&self, who: &SignedIn, source: Uuid, change: Change) -> Result<(), FeedingError> {
        if !who.may(Permission::PauseSource) {
            self.refuse_feeding(who, source).await?;
            return Err(FeedingError::Forbidden);
        }
        let mut conn = self.store.reader().await?;
        let reached = self.sources_within_reach(&mut conn, who, Permission::PauseSource).await?;
        drop(conn);
        let Some(source) = reached.into_iter().find(|row| row.source_id == source) else {
            self.refuse_feeding(who, source).await?;
            return Err(FeedingError::NotFound);
        };
        match self.change_sources(who, vec![source], change).await? {
            0 => Err(FeedingError::AlreadySo),
            _ => Ok(()),
        }
    }

    /// All of them in one transaction: at once, or not at all. In the order of their ids, so that two who do this at the same
    /// time do not wait for each other.
    async fn change_sources(
        &self,
        who: &SignedIn,
        mut changing: Vec<SourceRow>,
        change: Change,
    ) -> Result<usize, FeedingError> {
        changing.sort_by_key(|source| source.source_id);
        let mut rng = self.world.chance.generator();
        for source in &changing {
            self.begin_control(source, &mut rng).await?;
        }
        let mut tx = self.store.begin().await?;
        let mut done = 0;
        for source in &changing {
            let Some(mut row) = source_controls::take(&mut tx, source.source_id).await? else { continue };
            let mut control = self.open_control(&row);
            let said = self.change_control(&mut tx, who, (source, &mut control), change).await?;
            let Some(said) = said else { continue };
            row.sealed = self.seal_control(source.source_id, &control, &mut rng)?;
            source_controls::put(&mut tx, &row).await?;
            let event = changed(said, source.source_id).by(who);
            let event = match change {
                Change::Pause { reason, .. } => event.because(reason.code()),
                Change::Resume | Change::ResumeAll | Change::Settings(_) => event,
            };
            self.write_event(&mut tx, event).await?;
            done += 1;
        }
        tx.commit().await?;
        Ok(done)
    }

    /// Changes the state of a source and what is kept of it; what the trail calls that, and nothing where it is so already.
    async fn change_control(
        &self,
        tx: &mut Tx,
        who: &SignedIn,
        (source, control): (&SourceRow, &mut Control),
        change: Change,
    ) -> Result<Option<&'static str>, FeedingError> {
        let (id, at) = (source.source_id, self.world.now().as_microsecond());
        match change {
            Change::Pause { reason, all } => {
                // One that its source is not told of becomes a person's own.
                let pauses =
                    sources::set_state(tx, id, SourceState::Paused).await? || !control.pause_is_told();
                if pauses {
                    let over = control.untold_measure().filter(|_| all);
                    let by = PausedBy::Person { account: who.account(), reason, of_all: all, over };
                    control.pause = Some(Pause { at, by });
                }
                Ok(pauses.then_some("source_paused"))
            }
            Change::ResumeAll => match control.pause.as_ref().map(|pause| pause.by) {
                Some(PausedBy::Person { of_all: true, over: Some(crossed), .. }) => {
                    control.pause = Some(Pause { at, by: PausedBy::Measure(crossed) });
                    Ok(Some("source_paused_by_limit"))
                }
                Some(PausedBy::Person { of_all: true, over: None, .. }) => goes_on(tx, id, control).await,
                _ => Ok(None),
            },
            Change::Resume => goes_on(tx, id, control).await,
            Change::Settings(settings) => {
                control.settings = Some(settings);
                Ok(Some("source_limits_changed"))
            }
        }
    }

    /// The control of a source as it stands; of one that was never loaded, the beginning.
    pub(crate) async fn control_of(&self, conn: &mut Conn, source: Uuid) -> Result<Control, ServiceError> {
        let row = source_controls::by_source(conn, source).await?;
        Ok(row.map(|row| self.open_control(&row)).unwrap_or_default())
    }
}

/// Lets a source go on; what the trail calls that, where it was paused.
async fn goes_on(
    tx: &mut Tx,
    source: Uuid,
    control: &mut Control,
) -> Result<Option<&'static str>, FeedingError> {
    let goes_on = sources::set_state(tx, source, SourceState::Live).await?;
    if goes_on {
        control.begin_anew();
    }
    Ok(goes_on.then_some("source_resumed"))
}
