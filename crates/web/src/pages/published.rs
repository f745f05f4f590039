//! Counts anyone may read, with the day's checkpoint of the audit trail. No cookie is set, nobody is asked who they are, and
//! everybody is given the same bytes all day.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use directory::ShieldReason;
use directory::vocabulary::Vocabulary;
use http::{HeaderName, HeaderValue, StatusCode, header};
use service::{Publication, PublishedYear};

use crate::dates;
use crate::error::WebError;
use crate::frame::{Frame, page};
use crate::route::{Route, RouteRule, Trail};
use crate::state::AppState;

const COUNTS: Trail = Trail::Silent("published counts without persons, the same for everybody all day");

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/published", RouteRule::Open, COUNTS, || get(show)),
    Route::get("/published.json", RouteRule::Open, COUNTS, || get(json)),
    Route::get("/published.csv", RouteRule::Open, COUNTS, || get(csv)),
    Route::get("/published/checkpoint.txt", RouteRule::Open, COUNTS, || get(checkpoint)),
    Route::get("/published/audit-key.txt", RouteRule::Open, COUNTS, || get(key)),
];

#[derive(Template)]
#[template(path = "published.html")]
struct PublishedTemplate {
    frame: Frame,
    day: String,
    headings: Vec<&'static str>,
    national: Vec<(String, Vec<String>)>,
    latest: Option<Latest>,
    years: Vec<Year>,
    checkpoint: Option<(String, u64, String)>,
    log: String,
}

/// What was decided about shields in a year: what it was, and how many.
struct Year {
    year: i16,
    counts: Vec<(String, String)>,
    by_reason: Vec<(String, String)>,
}

/// The latest month by authority.
struct Latest {
    month: String,
    rows: Vec<(String, Vec<String>)>,
}

/// `GET /published`
pub(crate) async fn show(State(state): State<AppState>) -> Result<Response, WebError> {
    let published = state.directory().publication().await?;
    let measures = Publication::measures();
    let national = published.months.iter().map(|month| {
        let counts = measures.iter().map(|measure| told(month.national.get(*measure).copied().flatten()));
        (dates::month(month.month), counts.collect())
    });
    let template = PublishedTemplate {
        frame: Frame::outside(&state, "Published figures"),
        day: dates::long_day(published.day),
        headings: measures.iter().map(|measure| heading(measure)).collect(),
        national: national.collect(),
        latest: latest(&published),
        years: published.years.iter().map(|year| shields(year, state.words().vocabulary())).collect(),
        checkpoint: published
            .checkpoint
            .as_ref()
            .map(|checkpoint| (checkpoint.text.clone(), checkpoint.size, checkpoint.at.clone())),
        log: published.log.clone(),
    };
    Ok(kept(page(StatusCode::OK, &template)?))
}

/// `GET /published.json`
pub(crate) async fn json(State(state): State<AppState>) -> Result<Response, WebError> {
    let text = state.directory().publication().await?.to_json()?;
    Ok(file("application/json", text))
}

/// `GET /published.csv`
pub(crate) async fn csv(State(state): State<AppState>) -> Result<Response, WebError> {
    let text = state.directory().publication().await?.to_csv()?;
    Ok(file("text/csv; charset=utf-8", text))
}

/// `GET /published/checkpoint.txt`: what a witness adds to their file.
pub(crate) async fn checkpoint(State(state): State<AppState>) -> Result<Response, WebError> {
    let published = state.directory().publication().await?;
    let checkpoint = published.checkpoint.as_ref().ok_or(WebError::NotFound)?;
    Ok(file("text/plain; charset=utf-8", format!("{}\n", checkpoint.text)))
}

/// `GET /published/audit-key.txt`
pub(crate) async fn key(State(state): State<AppState>) -> Result<Response, WebError> {
    let published = state.directory().publication().await?;
    Ok(file("text/plain; charset=utf-8", format!("{}\n", published.audit_key)))
}

fn latest(published: &Publication) -> Option<Latest> {
    let month = published.months.first()?;
    let none = "National partners and central bodies";
    let names = published.authorities.iter().map(|(_, name)| name.as_str()).chain([none]);
    let row = |(at, name): (usize, &str)| {
        let cell = |measure: &&str| {
            told(month.by_authority.get(*measure).and_then(|cells| cells.get(at)).copied().flatten())
        };
        (name.to_owned(), Publication::measures().iter().map(cell).collect())
    };
    Some(Latest { month: dates::month(month.month), rows: names.enumerate().map(row).collect() })
}

fn shields(year: &PublishedYear, words: &Vocabulary) -> Year {
    let counts = [
        ("Shields set", year.shields),
        ("Requests declined", year.declined),
        ("Shields lifted", year.lifted),
        ("Reviews in time", year.reviewed_in_time),
        ("Reviews after the month they were due", year.reviewed_late),
    ];
    let by_reason = ShieldReason::ALL.iter().map(|reason| {
        (words.shield_reason(*reason).to_owned(), told(year.by_reason.get(reason.code()).copied().flatten()))
    });
    Year {
        year: year.year,
        counts: counts.map(|(what, count)| (what.to_owned(), told(count))).into(),
        by_reason: by_reason.collect(),
    }
}

fn heading(measure: &str) -> &'static str {
    match measure {
        "active_users" => "People who signed in",
        "searches" => "Searches",
        "records_opened" => "Records opened",
        "overrides" => "Overrides of a shield",
        "investigations" => "Investigations opened",
        "disclosures" => "Disclosures outside the rules",
        _ => "Other",
    }
}

fn told(count: Option<u64>) -> String {
    count.map_or_else(|| "–".to_owned(), super::figures::grouped)
}

fn file(media_type: &'static str, text: String) -> Response {
    kept(([(header::CONTENT_TYPE, HeaderValue::from_static(media_type))], text).into_response())
}

/// Everybody may keep it for an hour. Search engines may read it: it is meant to be found.
fn kept(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    headers.insert(HeaderName::from_static("access-control-allow-origin"), HeaderValue::from_static("*"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::main_of;

    #[test]
    fn what_was_decided_about_shields_stands_by_year_with_a_dash_for_what_is_small() {
        let year = PublishedYear {
            year: 2026,
            shields: Some(1_225),
            by_reason: [("domestic_abuse", Some(900)), ("placement_at_risk", None)].into(),
            declined: Some(40),
            lifted: None,
            reviewed_in_time: Some(1_100),
            reviewed_late: Some(15),
        };
        let template = PublishedTemplate {
            frame: Frame::example("Published figures"),
            day: "8 January 2027".to_owned(),
            headings: Vec::new(),
            national: Vec::new(),
            latest: None,
            years: vec![shields(&year, &Vocabulary::shipped())],
            checkpoint: None,
            log: "log".to_owned(),
        };
        let page = template.render().unwrap();
        let main = main_of(&page);
        let shown = main.split_once("Shields, by year").unwrap().1;
        let shown = shown.split_once("Take the figures").unwrap().0;
        insta::assert_snapshot!(shown);
    }
}
