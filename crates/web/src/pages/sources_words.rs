//! The words of the pages about sources.

use directory::feeding::Crossed;
use service::{PauseCause, PauseReason, RunProgress};

use super::figures::grouped;
use crate::dates;
use crate::words::Choice;

/// Why a person pauses, as choices.
pub(super) fn reasons() -> Vec<Choice> {
    PauseReason::ALL
        .iter()
        .map(|reason| Choice { code: reason.code(), words: reason_in_words(*reason).to_owned() })
        .collect()
}

fn reason_in_words(reason: PauseReason) -> &'static str {
    match reason {
        PauseReason::SourceAsked => "The source asked for it",
        PauseReason::RecordsLookWrong => "Its records look wrong",
        PauseReason::TooMuchReview => "It makes more review work than people can do",
        PauseReason::Security => "Something may be wrong with its security",
        PauseReason::Maintenance => "Work on the systems",
    }
}

/// Why a source is paused, and since when.
pub(super) fn cause_in_words(cause: &PauseCause) -> String {
    let why = match (cause.reason, cause.crossed) {
        (Some(reason), _) => reason_in_words(reason),
        (None, Some(Crossed::Quarantine)) => {
            "By itself: far more or fewer rows were put aside than is usual, or than may be of a first load"
        }
        (None, Some(Crossed::Review)) => {
            "By itself: far more or fewer records need a review than is usual, or than may be of a first load"
        }
        (None, Some(Crossed::Match)) => {
            "By itself: far more or fewer records than usual matched a known child"
        }
        (None, Some(Crossed::Latency)) => "By itself: its rows took far longer than usual",
        (None, None) => "Why was not kept",
    };
    match cause.since {
        Some(since) => format!("{why}. Since {}", dates::long_instant(since)),
        None => why.to_owned(),
    }
}

/// How far a load has come.
pub(super) fn progress_in_words(running: &RunProgress) -> String {
    let of = running.of.map_or_else(String::new, |of| format!(" of {}", grouped(of)));
    let hours = running.review_hours.map_or_else(String::new, |hours| {
        format!(". About {} hours of review are to be expected", grouped(hours))
    });
    format!(
        "{}{of} rows taken, {} put aside, begun on {}{hours}",
        grouped(running.rows),
        grouped(running.quarantined),
        dates::long_instant(running.began)
    )
}
