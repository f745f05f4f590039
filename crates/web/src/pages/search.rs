//! Searching: the form, and its answer. A search is a post, and its answer a page that is not kept: what was asked for
//! stands in no address, history or log.

use crate::route::{FORM, Route, RouteRule, Trail};
use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use directory::access::Permission;
use service::{Reasoned, SearchError};

use super::criteria::{Typed, in_words, too_weak};
use super::results;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::session::{Person, reasoned};
use crate::state::AppState;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/search", RouteRule::WithReason(Permission::SearchChildren), FORM, || get(ask)),
    Route::post(
        "/search",
        RouteRule::WithReason(Permission::SearchChildren),
        Trail::Writes(Action::Search),
        || post(answer),
    ),
];

#[derive(Template)]
#[template(path = "search.html")]
struct SearchTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    typed: Typed,
}

/// The search form.
pub(crate) struct SearchForm(pub(crate) Typed);

impl Fields for SearchForm {
    const NAMES: &'static [&'static str] = &Typed::NAMES;

    fn from_posted(posted: &mut Posted) -> Self {
        Self(Typed::take(posted))
    }
}

/// `GET /search`
pub(crate) async fn ask(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    form_page(&state, &reasoned(&who)?, Typed::default(), Faults::default())
}

/// `POST /search`
pub(crate) async fn answer(
    State(state): State<AppState>,
    SignedForm { who, fields: SearchForm(typed) }: SignedForm<SearchForm>,
) -> Result<Response, WebError> {
    let asker = reasoned(&who)?;
    let criteria = match typed.read() {
        Ok(criteria) => criteria,
        Err(faults) => return form_page(&state, &asker, typed, faults),
    };
    let searched_for = in_words(&criteria, |gender| state.words().gender(gender).to_owned());
    match state.directory().search(&asker, criteria).await {
        Ok(found) => results::page(&state, &asker, typed, searched_for, &found),
        Err(SearchError::TooWeak(weak)) => form_page(&state, &asker, typed, too_weak(&weak)),
        Err(SearchError::Forbidden) => Err(WebError::Forbidden),
        Err(SearchError::Service(fault)) => Err(fault.into()),
    }
}

fn form_page(state: &AppState, asker: &Reasoned, typed: Typed, faults: Faults) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let frame = Frame::of(state, asker.who(), Section::Children, "Find a child").with_faults(wrong);
    let template = SearchTemplate { frame, faults, token: asker.who().form_token().to_owned(), typed };
    page(form_status(wrong), &template)
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::{Frame, SearchTemplate, Typed};
    use crate::frame::main_of;

    #[test]
    fn the_search_form_shows_a_fault_at_the_top_and_at_its_field() {
        let typed = Typed {
            birth_day: "31".to_owned(),
            birth_month: "2".to_owned(),
            birth_year: "2015".to_owned(),
            ..Typed::default()
        };
        let faults = typed.read().unwrap_err();
        let template = SearchTemplate {
            frame: Frame::example("Find a child").with_faults(true),
            faults,
            token: "token".to_owned(),
            typed,
        };
        let page = template.render().unwrap();
        assert!(page.contains("<title>Error: Find a child – ContactPoint</title>"), "the title says so too");
        insta::assert_snapshot!(main_of(&page));
    }
}
