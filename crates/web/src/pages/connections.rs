//! The sources that a person keeps and what each lacks before it may feed; of one of them everything that is known, and the forms
//! of the steps in their order (rules 10.6, 11.1).

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use directory::access::Permission;
use directory::connecting::{CredentialKind, MeasuredFile};
use service::{InstallationView, SignedIn};
use uuid::Uuid;

use super::connections_words as words;
use super::figures::grouped;
use crate::dates;
use crate::error::WebError;
use crate::form::Faults;
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

const PREPARES: RouteRule = RouteRule::SignedIn(Permission::PrepareFeed);
const SILENT: Trail = Trail::Silent("how sources are connected: no child and nobody is named");

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/connections", PREPARES, SILENT, || get(list)),
    Route::get("/connections/{id}", PREPARES, SILENT, || get(show)),
];

#[derive(Template)]
#[template(path = "connections.html")]
struct ListTemplate {
    frame: Frame,
    lines: Vec<Line>,
}

struct Line {
    id: Uuid,
    source: String,
    organisation: String,
    profile: String,
    ways: String,
    missing: Vec<String>,
}

#[derive(Template)]
#[template(path = "connection.html")]
struct ShowTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    id: Uuid,
    version: i64,
    source: String,
    facts: Vec<(&'static str, String)>,
    way: &'static str,
    missing: Vec<String>,
    /// On what it may send, where nothing is missing.
    why_it_may: String,
    other_ways: Vec<String>,
    may_prepare: bool,
    may_sign: bool,
    product: Option<String>,
    accredited: String,
    products: Vec<(String, String)>,
    credentials: Vec<CredentialLine>,
    kinds: Vec<Choice>,
    pilot: Vec<(&'static str, String)>,
    rehearsal: Vec<(&'static str, String)>,
    takes_rehearsal: bool,
    signed: Vec<String>,
    signs: bool,
    stopped: Option<String>,
    reasons: Vec<Choice>,
}

struct CredentialLine {
    digest: String,
    shown: String,
    kind: &'static str,
    /// The kind in the middle of a sentence.
    noun: &'static str,
    added: String,
    confirmed: Option<String>,
}

async fn list(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let lines = match state.directory().installations(&who).await {
        Ok(lines) => lines,
        Err(error) => return Err(words::told(error).map_or_else(|error| error, |_| WebError::Defect)),
    };
    let lines = lines.into_iter().map(|line| Line {
        id: line.id,
        missing: line.missing.into_iter().map(words::missing).collect(),
        ways: words::ways(line.ways),
        source: line.source,
        organisation: line.organisation,
        profile: line.profile,
    });
    let frame = Frame::of(&state, &who, Section::Connections, "Connections");
    page(form_status(false), &ListTemplate { frame, lines: lines.collect() })
}

async fn show(
    State(state): State<AppState>,
    Person(who): Person,
    Path(source): Path<String>,
) -> Result<Response, WebError> {
    connection_page(&state, &who, &source, Faults::default()).await
}

/// The page of a source, with what is wrong with a form of it.
pub(super) async fn connection_page(
    state: &AppState,
    who: &SignedIn,
    source: &str,
    faults: Faults,
) -> Result<Response, WebError> {
    // An address holds an id; a name would be looked for as one.
    let id = Uuid::parse_str(source).map_err(|_| WebError::NotFound)?;
    let refused = |error| words::told(error).map_or_else(|error| error, |_| WebError::Defect);
    let view = state.directory().installation(who, source).await.map_err(refused)?;
    let products = state.directory().products(who).await.map_err(refused)?;
    let products = products.into_iter().map(|view| {
        let product = &view.product;
        (
            view.id.to_string(),
            named([&product.name, &product.version, &product.supplier].map(ToString::to_string)),
        )
    });
    let wrong = !faults.is_empty();
    let template = ShowTemplate {
        frame: Frame::of(state, who, Section::Connections, "Connection of a source").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        id,
        version: view.version,
        source: view.line.source.clone(),
        facts: facts(&view),
        way: words::sends(view.line.way),
        missing: view.line.missing.iter().copied().map(words::missing).collect(),
        why_it_may: why_it_may(&view),
        other_ways: other_ways(&view),
        may_prepare: view.may_prepare,
        may_sign: view.may_sign,
        product: view.product.as_ref().map(|product| {
            named([&product.name, &product.version, &product.supplier].map(ToString::to_string))
        }),
        accredited: words::ways(view.line.ways.iter().copied()),
        products: products.collect(),
        credentials: view.installation.credentials().map(CredentialLine::of).collect(),
        kinds: words::credentials(),
        pilot: pilot(&view),
        rehearsal: rehearsal(&view),
        takes_rehearsal: view.installation.pilot().is_some_and(|pilot| pilot.below.is_empty()),
        signed: view.installation.signed().iter().map(|(_, on)| dates::long_day(*on)).collect(),
        signs: view.may_sign
            && view.installation.rehearsal().is_some()
            && view.installation.signed().len() < 2,
        stopped: view
            .installation
            .stopped()
            .map(|(on, why)| format!("Stopped on {}: {}", dates::long_day(on), words::stop(why))),
        reasons: words::stops(),
    };
    page(form_status(wrong), &template)
}

/// A product as one line.
fn named([name, version, supplier]: [String; 3]) -> String {
    format!("{name} {version} by {supplier}")
}

/// On what it may send. The steps of the page may be empty all the same: a declaration stands in for them, and so does a
/// sign-off while it is in force.
fn why_it_may(view: &InstallationView) -> String {
    let installation = &view.installation;
    let signed = installation.signed().len() >= 2;
    match (installation.valid_until(), installation.declared_until()) {
        (Some(until), _) if signed => {
            format!("Nothing is missing: it is signed off until {}.", dates::long_day(until))
        }
        (Some(until), _) => format!(
            "It is signed off until {}. What was done below since then counts once two people have signed it.",
            dates::long_day(until)
        ),
        (None, Some(until)) => format!(
            "The service’s configuration lets it until {}. The steps below may still be open: after that day they are needed.",
            dates::long_day(until)
        ),
        (None, None) => "Nothing is missing.".to_owned(),
    }
}

/// The ways beside the one that is told of, and the first step that each lacks.
fn other_ways(view: &InstallationView) -> Vec<String> {
    let others = view.ways.iter().filter(|(way, _)| *way != view.line.way);
    others
        .map(|(way, missing)| match missing.as_slice() {
            [] => format!("{}: it may send these too.", words::way(*way)),
            [first, ..] => format!("{}: {}.", words::way(*way), words::missing(*first)),
        })
        .collect()
}

fn facts(view: &InstallationView) -> Vec<(&'static str, String)> {
    let mut facts =
        vec![("Organisation", view.line.organisation.clone()), ("Profile", view.line.profile.clone())];
    if let Some(until) = view.installation.valid_until() {
        facts.push(("Signed off until", dates::long_day(until)));
    } else if let Some(until) = view.installation.declared_until() {
        facts.push(("By the configuration until", dates::long_day(until)));
    }
    facts
}

fn pilot(view: &InstallationView) -> Vec<(&'static str, String)> {
    let Some(pilot) = view.installation.pilot() else { return Vec::new() };
    let below: Vec<String> = pilot.below.iter().map(|name| words::below(name)).collect();
    vec![
        ("Measured on", dates::long_day(pilot.on)),
        ("Rows", grouped(pilot.rows)),
        ("Score", format!("{} out of 100", pilot.score)),
        ("Below its threshold", if below.is_empty() { "Nothing".to_owned() } else { below.join("; ") }),
        ("SHA-256 of the report", words::grouped_digest(&pilot.report)),
        (
            "Files measured",
            match pilot.files.as_slice() {
                [] => "Not noted: measure again before a rehearsal".to_owned(),
                files => files.iter().map(measured).collect::<Vec<_>>().join("; "),
            },
        ),
    ]
}

/// A file by how its SHA-256 begins, and its rows.
fn measured(file: &MeasuredFile) -> String {
    format!("SHA-256 {}, {} rows", words::short_digest(&file.sha256), grouped(file.rows))
}

/// The matcher's counts are there for the authority's people alone, rounded and without those under ten (law 7).
fn rehearsal(view: &InstallationView) -> Vec<(&'static str, String)> {
    let Some(rehearsal) = view.installation.rehearsal() else { return Vec::new() };
    let mut facts = vec![
        ("Rehearsed on", dates::long_day(rehearsal.on)),
        ("Rows", grouped(rehearsal.rows)),
        ("Set aside", grouped(rehearsal.quarantined)),
        (
            "File",
            match view.installation.pilot().and_then(|pilot| pilot.measured(&rehearsal.file)) {
                Some(file) => format!("{}: the one that the pilot measured", measured(file)),
                None => "Not known to be the one that the pilot measured: rehearse again".to_owned(),
            },
        ),
    ];
    let outcome = &rehearsal.outcome;
    for (label, count) in [
        ("Known children", outcome.linked),
        ("New children", outcome.opened),
        ("For review", outcome.for_review),
    ] {
        facts.extend(count.map(|count| (label, format!("About {}", grouped(count)))));
    }
    facts.extend(
        view.review_hours
            .map(|hours| ("Hours of review", format!("About {} for one person", grouped(hours)))),
    );
    facts
}

impl CredentialLine {
    fn of((digest, credential): (&str, &directory::connecting::Credential)) -> Self {
        let kind: CredentialKind = credential.kind;
        Self {
            digest: digest.to_owned(),
            shown: words::grouped_digest(digest),
            kind: words::credential(kind),
            noun: words::credential_noun(kind),
            added: dates::long_day(credential.added.1),
            confirmed: credential.confirmed.map(|(_, on)| dates::long_day(on)),
        }
    }
}
