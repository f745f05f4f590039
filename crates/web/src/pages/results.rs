//! A result list. It is child data: it is built from a [`Disclosed`] answer and from nothing else (law 6).

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use service::{Disclosed, FoundRow, Reasoned, SearchAnswer};

use super::criteria::Typed;
use crate::error::WebError;
use crate::form::Faults;
use crate::frame::{self, Frame, Section};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "results.html")]
struct ResultsTemplate {
    frame: Frame,
    heading: String,
    searched_for: String,
    outcome: Outcome,
    token: String,
    typed: Typed,
    faults: Faults,
}

enum Outcome {
    Rows(Vec<Row>),
    TooMany,
    Nothing,
}

/// One child: name, age, town (rule 7.8), and a handle that works in this session only.
struct Row {
    name: String,
    facts: String,
    why: String,
    handle: String,
}

impl Outcome {
    fn of(answer: &SearchAnswer) -> Self {
        match answer {
            SearchAnswer::Found(rows) => Self::Rows(rows.iter().map(Row::of).collect()),
            SearchAnswer::TooMany => Self::TooMany,
            SearchAnswer::Nothing => Self::Nothing,
        }
    }

    fn heading(&self) -> String {
        match self {
            Self::Rows(rows) if rows.len() == 1 => "1 child found".to_owned(),
            Self::Rows(rows) => format!("{} children found", rows.len()),
            Self::TooMany => "Too many children match".to_owned(),
            Self::Nothing => "No child found".to_owned(),
        }
    }

    /// What the page is called, in the tab and the history too: no count, and no name.
    fn title(&self) -> &'static str {
        match self {
            Self::Rows(_) => "Search results",
            Self::TooMany => "Too many children match",
            Self::Nothing => "No child found",
        }
    }

    fn has_rows(&self) -> bool {
        matches!(self, Self::Rows(_))
    }
}

impl Row {
    fn of(found: &FoundRow) -> Self {
        let age = found.row.age.map(|age| format!("Age {age}"));
        let town = found.row.town.as_ref().map(ToString::to_string);
        Self {
            name: found.row.name.to_string(),
            facts: [age, town].into_iter().flatten().collect::<Vec<_>>().join(", "),
            why: found.why.iter().map(|why| why.words()).collect::<Vec<_>>().join(", "),
            handle: found.handle.as_str().to_owned(),
        }
    }
}

/// The page of an audited answer.
pub(crate) fn page(
    state: &AppState,
    asker: &Reasoned,
    typed: Typed,
    searched_for: String,
    found: &Disclosed<SearchAnswer>,
) -> Result<Response, WebError> {
    let outcome = Outcome::of(found.data());
    let template = ResultsTemplate {
        frame: Frame::of(state, asker.who(), Section::Children, outcome.title()),
        heading: outcome.heading(),
        searched_for,
        outcome,
        token: asker.who().form_token().to_owned(),
        typed,
        faults: Faults::default(),
    };
    frame::page(StatusCode::OK, &template)
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::{Faults, Frame, Outcome, ResultsTemplate, Row, Typed};
    use crate::frame::main_of;

    fn shown(outcome: Outcome) -> String {
        let template = ResultsTemplate {
            frame: Frame::example("Search results"),
            heading: outcome.heading(),
            searched_for: "name “Okafor”, street “Mill Lane”".to_owned(),
            outcome,
            token: "token".to_owned(),
            typed: Typed { surname: "Okafor".to_owned(), street: "Mill Lane".to_owned(), ..Typed::default() },
            faults: Faults::default(),
        };
        let page = main_of(&template.render().unwrap());
        // The search form has a snapshot of its own.
        match page.split_once("<form method=\"post\" action=\"/search\"") {
            Some((before, _)) => before.to_owned(),
            None => page,
        }
    }

    fn row(name: &str, facts: &str, why: &str, handle: &str) -> Row {
        Row { name: name.to_owned(), facts: facts.to_owned(), why: why.to_owned(), handle: handle.to_owned() }
    }

    #[test]
    fn a_list_shows_name_age_and_town_and_a_child_without_a_town_no_differently() {
        let rows = vec![
            row("Chidinma Okafor", "Age 12, St Albans", "also known by this name", "handle-1"),
            row("Chloe Okafor", "Age 12", "", "handle-2"),
        ];
        insta::assert_snapshot!(shown(Outcome::Rows(rows)));
    }

    #[test]
    fn too_many_shows_no_rows_and_says_what_to_add() {
        insta::assert_snapshot!(shown(Outcome::TooMany));
    }

    #[test]
    fn nobody_found_says_what_to_try_and_confirms_nothing() {
        insta::assert_snapshot!(shown(Outcome::Nothing));
    }
}
