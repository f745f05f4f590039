//! Figures for an authority, and a person's own history.

use audit::Header;
use directory::access::Permission;
use jiff::Timestamp;
use store::audit::LookupKind;
use store::{audit as trail, runs, sources};

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
    /// Linked to a known child: rounded to 5; `None` below 10.
    pub linked: Option<u64>,
    /// Opened a child: rounded to 5; `None` below 10.
    pub new: Option<u64>,
    /// Wait for a person: rounded to 5; `None` below 10.
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
}

/// How much is shown.
const NEWEST: i64 = 50;

impl Directory {
    /// The newest loads of the person's authority; of every source for a national organisation. Nothing for who may not.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn authority_figures(&self, who: &SignedIn) -> Result<Vec<RunFigures>, ServiceError> {
        if !who.may(Permission::ViewAuthorityFigures) {
            return Ok(Vec::new());
        }
        let mut conn = self.store.reader().await?;
        let mut figures = Vec::new();
        for source in sources::all(&mut conn).await? {
            if source.authority_code.is_some() && source.authority_code != who.authority {
                continue;
            }
            for run in runs::of_source(&mut conn, source.source_id, NEWEST).await? {
                let plain = |count: i64| u64::try_from(count).unwrap_or_default();
                figures.push(RunFigures {
                    source: source.name.clone(),
                    started_at: Timestamp::from_microsecond(run.started_at).unwrap_or(Timestamp::MIN),
                    state: run.state.as_str().to_owned(),
                    accepted: plain(run.counts.accepted),
                    unchanged: plain(run.counts.unchanged),
                    updated: plain(run.counts.updated),
                    quarantined: plain(run.counts.quarantined),
                    linked: disclosed_count(run.counts.linked),
                    new: disclosed_count(run.counts.opened),
                    review: disclosed_count(run.counts.for_review),
                });
            }
        }
        figures.sort_by(|a, b| b.started_at.cmp(&a.started_at).then_with(|| a.source.cmp(&b.source)));
        Ok(figures)
    }

    /// What this person did lately, newest first (a user sees their own use).
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn own_history(&self, who: &SignedIn) -> Result<Vec<HistoryLine>, ServiceError> {
        let mut conn = self.store.reader().await?;
        let entries =
            trail::by_lookup(&mut conn, LookupKind::Account, self.account_handle(who.account), NEWEST)
                .await?;
        entries
            .into_iter()
            .map(|entry| {
                let header = Header::parse(&entry.header).map_err(ServiceError::internal)?;
                Ok(HistoryLine {
                    at: header.at,
                    what: header.action.as_str().to_owned(),
                    reason: header.reason,
                })
            })
            .collect()
    }
}

/// Rounded to 5, and nothing below 10 (decision 16).
fn disclosed_count(count: i64) -> Option<u64> {
    let count = u64::try_from(count).unwrap_or_default();
    (count >= 10).then_some((count + 2) / 5 * 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_count_is_not_told_and_a_larger_one_is_rounded() {
        assert_eq!(disclosed_count(0), None);
        assert_eq!(disclosed_count(9), None);
        assert_eq!(disclosed_count(10), Some(10));
        assert_eq!(disclosed_count(12), Some(10));
        assert_eq!(disclosed_count(13), Some(15));
    }
}
