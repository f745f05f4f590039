//! The list of organisations: filtered, by page, with how many stand where.

use askama::Template;
use audit::Action;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use directory::access::Permission;
use directory::organisation::{OrganisationKind, OrganisationStands, Sector};
use http::StatusCode;
use serde::Deserialize;
use service::{OrganisationError, OrganisationLine, OrganisationQuery};
use uuid::Uuid;

use crate::dates;
use crate::error::WebError;
use crate::form::Faults;
use crate::frame::{Frame, Section, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[Route::get(
    "/organisations",
    RouteRule::SignedIn(Permission::ViewOrganisations),
    Trail::Writes(Action::OrganisationsRead),
    || get(list),
)];

#[derive(Template)]
#[template(path = "organisations.html")]
struct ListTemplate {
    frame: Frame,
    faults: Faults,
    may_register: bool,
    sees_all: bool,
    from: String,
    authority: String,
    kinds: Vec<Choice>,
    kind: String,
    sectors: Vec<Choice>,
    sector: String,
    standings: Vec<Choice>,
    stands: String,
    lines: Vec<Line>,
    next: Option<String>,
    count_headings: Vec<String>,
    counts: Vec<(String, Vec<u64>)>,
}

/// A line of a list of organisations.
pub(crate) struct Line {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) sector: String,
    pub(crate) stands: String,
    pub(crate) colour: &'static str,
    pub(crate) until: String,
}

/// What the address asks for. An empty value is none.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Wanted {
    from: String,
    authority: String,
    kind: String,
    sector: String,
    stands: String,
    after: Option<Uuid>,
}

/// `GET /organisations`
pub(crate) async fn list(
    State(state): State<AppState>,
    Person(who): Person,
    Query(wanted): Query<Wanted>,
) -> Result<Response, WebError> {
    let some = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    let query = OrganisationQuery {
        authority: some(&wanted.authority).map(|code| code.to_ascii_uppercase()),
        kind: OrganisationKind::from_code(&wanted.kind),
        sector: Sector::from_code(&wanted.sector),
        stands: OrganisationStands::from_code(&wanted.stands),
        name_from: some(&wanted.from),
        after: wanted.after,
    };
    let found = state.directory().organisations(&who, &query).await.map_err(broken)?;
    let counts = state.directory().organisation_counts(&who).await.map_err(broken)?;
    let words = state.words().vocabulary();
    let columns: Vec<OrganisationStands> =
        OrganisationStands::ALL.iter().copied().filter(|at| *at != OrganisationStands::EndsSoon).collect();
    let counts = OrganisationKind::ALL
        .iter()
        .map(|&kind| {
            let of = |&stands: &OrganisationStands| {
                counts.iter().filter(|c| c.kind == kind && c.stands == stands).map(|c| c.count).sum()
            };
            (words.organisation_kind(kind).to_owned(), columns.iter().map(of).collect::<Vec<u64>>())
        })
        .filter(|(_, counts)| counts.iter().sum::<u64>() > 0)
        .collect();
    let template = ListTemplate {
        frame: Frame::of(&state, &who, Section::Organisations, "Organisations"),
        faults: Faults::default(),
        may_register: who.may(Permission::ManageOrganisations),
        sees_all: who.roles().iter().any(|held| held.at.kind == "centre"),
        kinds: with_all(
            OrganisationKind::ALL.iter().map(|&kind| (kind.code(), words.organisation_kind(kind))),
        ),
        sectors: with_all(Sector::ALL.iter().map(|&sector| (sector.code(), words.sector(sector)))),
        standings: with_all(
            OrganisationStands::ALL.iter().map(|&at| (at.code(), words.organisation_stands(at))),
        ),
        lines: found.lines.iter().map(|line| shown(&state, line)).collect(),
        next: found.next.map(|last| next_page(&wanted, last)),
        count_headings: columns.iter().map(|&at| words.organisation_stands(at).to_owned()).collect(),
        counts,
        from: wanted.from,
        authority: wanted.authority,
        kind: wanted.kind,
        sector: wanted.sector,
        stands: wanted.stands,
    };
    page(StatusCode::OK, &template)
}

fn next_page(wanted: &Wanted, last: Uuid) -> String {
    // Codes only: they need no escaping. The name to begin with has done its work on the first page.
    let code = |text: &str| -> String {
        text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect()
    };
    format!(
        "/organisations?authority={}&kind={}&sector={}&stands={}&after={last}",
        code(&wanted.authority),
        code(&wanted.kind),
        code(&wanted.sector),
        code(&wanted.stands)
    )
}

fn with_all<'a>(choices: impl Iterator<Item = (&'static str, &'a str)>) -> Vec<Choice> {
    let all = Choice { code: "", words: "All".to_owned() };
    std::iter::once(all)
        .chain(choices.map(|(code, words)| Choice { code, words: words.to_owned() }))
        .collect()
}

/// A line in words.
pub(crate) fn shown(state: &AppState, line: &OrganisationLine) -> Line {
    let words = state.words().vocabulary();
    Line {
        id: line.id,
        name: line.name.clone(),
        kind: line.kind.map_or("Not known", |kind| words.organisation_kind(kind)).to_owned(),
        sector: words.sector(line.sector).to_owned(),
        stands: words.organisation_stands(line.stands).to_owned(),
        colour: colour(line.stands),
        until: line.until.map_or_else(|| "–".to_owned(), dates::long_day),
    }
}

fn colour(stands: OrganisationStands) -> &'static str {
    match stands {
        OrganisationStands::InForce => "govuk-tag--green",
        OrganisationStands::EndsSoon => "govuk-tag--yellow",
        OrganisationStands::Ended | OrganisationStands::Suspended => "govuk-tag--red",
        OrganisationStands::Never | OrganisationStands::Withdrawn => "govuk-tag--grey",
    }
}

/// What a refusal is on a page that has no form to say it in.
pub(crate) fn broken(error: OrganisationError) -> WebError {
    match error {
        OrganisationError::Forbidden => WebError::Forbidden,
        OrganisationError::StepUpFirst(first) => first.into(),
        OrganisationError::Service(fault) => fault.into(),
        OrganisationError::Changed => WebError::FormTooOld,
        _ => WebError::NotFound,
    }
}

/// An id in an address; anything else is no page.
pub(crate) fn id(text: &str) -> Result<Uuid, WebError> {
    Uuid::try_parse(text).map_err(|_| WebError::NotFound)
}
