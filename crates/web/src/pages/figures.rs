//! The authority's own figures: what each load brought. Counts only; no child is named or can be reached from here.

use crate::route::{Route, RouteRule, Trail};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use directory::access::Permission;
use http::StatusCode;
use service::RunFigures;

use crate::dates;
use crate::error::WebError;
use crate::frame::{Frame, Section, page};
use crate::session::Person;
use crate::state::AppState;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[Route::get(
    "/figures",
    RouteRule::SignedIn(Permission::ViewAuthorityFigures),
    Trail::Silent("counts of the authority's own loads; nobody is named"),
    || get(show),
)];

#[derive(Template)]
#[template(path = "figures.html")]
struct FiguresTemplate {
    frame: Frame,
    headings: [&'static str; 7],
    runs: Vec<Run>,
}

struct Run {
    source: String,
    started: String,
    state: String,
    counts: [String; 7],
}

/// `GET /figures`
pub(crate) async fn show(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let runs = state.directory().authority_figures(&who).await?;
    let template = FiguresTemplate {
        frame: Frame::of(&state, &who, Section::Figures, "Data load figures"),
        headings: ["Accepted", "Unchanged", "Updated", "Set aside", "Linked", "New", "For review"],
        runs: runs.iter().map(Run::of).collect(),
    };
    page(StatusCode::OK, &template)
}

impl Run {
    fn of(figures: &RunFigures) -> Self {
        let plain = [figures.accepted, figures.unchanged, figures.updated, figures.quarantined].map(grouped);
        let untold = if figures.is_told { "under 10" } else { "not yet" };
        let rounded = [figures.linked, figures.new, figures.review]
            .map(|count| count.map_or(untold.to_owned(), grouped));
        let [accepted, unchanged, updated, quarantined] = plain;
        let [linked, new, review] = rounded;
        Self {
            source: figures.source.clone(),
            started: dates::long_instant(figures.started_at),
            state: state_in_words(&figures.state).to_owned(),
            counts: [accepted, unchanged, updated, quarantined, linked, new, review],
        }
    }
}

fn state_in_words(state: &str) -> &str {
    match state {
        "running" => "Not finished",
        "done" => "Finished",
        "failed" => "Stopped early",
        "refused" => "Refused",
        other => other,
    }
}

/// `12345` as `12,345`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn large_numbers_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
