//! Figures for an authority, and a person's own history.

use audit::{Action, Handle, Header};
use directory::access::Permission;
use directory::counting::disclosed_count;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use store::audit::{LookupKind, Stretch};
use store::{audit as trail, runs};
use uuid::Uuid;

use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// One load, as the authority sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFigures {
    /// The source's name.
    pub source: String,
    /// When it began.
    pub started_at: Timestamp,
    /// Where it stands: `running`, `done`, `refused` or `failed`.
    pub state: String,
    /// Records not sent before.
    pub accepted: u64,
    /// Records that state what is already held.
    pub unchanged: u64,
    /// Records that replace an earlier statement.
    pub updated: u64,
    /// Rows put aside.
    pub quarantined: u64,
    /// Whether the day is over on which it ended: what records matched is told from then on.
    pub is_told: bool,
    /// Linked to a known child: rounded to 5; `None` below 10, and while it is not told.
    pub linked: Option<u64>,
    /// Opened a child: the same.
    pub new: Option<u64>,
    /// Wait for a person: the same.
    pub review: Option<u64>,
}

/// One thing a person did, as they may see it themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryLine {
    /// When.
    pub at: Timestamp,
    /// What: the stable code of the action.
    pub what: String,
    /// For which reason, as its stable code.
    pub reason: Option<String>,
    /// Whether it was not this person who did it.
    pub by_others: bool,
}

/// A page of a person's own history, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryPage {
    /// The lines.
    pub lines: Vec<HistoryLine>,
    /// Before which entry the next page begins; none at the end.
    pub next: Option<HistoryPlace>,
}

/// A place in a person's own history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryPlace {
    /// The time of the last entry shown, microseconds UTC.
    pub at: i64,
    /// The last entry shown.
    pub entry: Uuid,
}

/// How much is shown.
const NEWEST: i64 = 50;

impl Directory {
    /// The newest loads of the sources that the person's authority answers for. Nothing for who may not: a source's own people never
    /// see what its rows matched (law 7).
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn authority_figures(&self, who: &SignedIn) -> Result<Vec<RunFigures>, ServiceError> {
        if !who.may(Permission::ViewAuthorityFigures) {
            return Ok(Vec::new());
        }
        let today = self.today();
        let mut conn = self.store.reader().await?;
        let mut figures = Vec::new();
        let permission = Permission::ViewAuthorityFigures;
        for source in self.sources_within_reach(&mut conn, who, permission).await? {
            for run in runs::of_source(&mut conn, source.source_id, NEWEST).await? {
                let plain = |count: i64| u64::try_from(count).unwrap_or_default();
                let ended = run.ended_at.and_then(|at| Timestamp::from_microsecond(at).ok());
                let is_told = ended.is_some_and(|at| at.to_zoned(TimeZone::UTC).date() < today);
                let told = |count: i64| disclosed_count(count).filter(|_| is_told);
                figures.push(RunFigures {
                    source: source.name.clone(),
                    started_at: Timestamp::from_microsecond(run.started_at).unwrap_or(Timestamp::MIN),
                    state: run.state.as_str().to_owned(),
                    accepted: plain(run.counts.accepted),
                    unchanged: plain(run.counts.unchanged),
                    updated: plain(run.counts.updated),
                    quarantined: plain(run.counts.quarantined),
                    is_told,
                    linked: told(run.counts.linked),
                    new: told(run.counts.opened),
                    review: told(run.counts.for_review),
                });
            }
        }
        figures.sort_by(|a, b| b.started_at.cmp(&a.started_at).then_with(|| a.source.cmp(&b.source)));
        Ok(figures)
    }

    /// What this person did, newest first, and what others changed of their account: a page of it, from before the entry
    /// that `before` names. A user sees their own use.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn own_history(
        &self,
        who: &SignedIn,
        before: Option<HistoryPlace>,
    ) -> Result<HistoryPage, ServiceError> {
        let place = before.unwrap_or(HistoryPlace { at: i64::MAX, entry: Uuid::max() });
        let stretch = Stretch { from: 0, before: place.at, before_id: place.entry };
        let key = self.account_handle(who.account);
        let mut conn = self.store.reader().await?;
        let entries = trail::page_of_lookup(&mut conn, LookupKind::Account, key, stretch, NEWEST).await?;
        let whole = i64::try_from(entries.len()) == Ok(NEWEST);
        let next = entries.last().filter(|_| whole);
        let next = next.map(|last| HistoryPlace { at: last.at, entry: last.entry_id });
        let own = Handle::from(who.account);
        let mut lines = Vec::with_capacity(entries.len());
        for entry in &entries {
            let header = Header::parse(&entry.header).map_err(ServiceError::internal)?;
            let by_others = header.account != Some(own);
            // That others look into an account is theirs to know; that they changed it, or looked a child up for its holder,
            // is the holder's as well.
            let concerns_holder = matches!(
                header.action,
                Action::AccountChanged
                    | Action::SignInFailed
                    | Action::Mediation
                    | Action::Search
                    | Action::RecordViewed
            );
            if by_others && !concerns_holder {
                continue;
            }
            let (at, what) = (header.at, header.action.as_str().to_owned());
            lines.push(HistoryLine { at, what, reason: header.reason, by_others });
        }
        Ok(HistoryPage { lines, next })
    }
}
