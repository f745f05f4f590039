//! Accounts: the list within one's reach, searched by a word of a name; what runs out soon; one account. A name is searched
//! for by a posted form, so that none stands in an address.

use std::collections::BTreeMap;

use crate::route::{Route, RouteRule, Trail};
use askama::Template;
use audit::Action;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use directory::access::{AccountState, FactKind, Permission, Role};
use http::StatusCode;
use service::{AccountLine, AccountQuery, AccountSheet, SignedIn};
use uuid::Uuid;

use super::accounts_words::{account_id, change, day, roles, standing, tag, web_error};
use crate::dates;
use crate::error::WebError;
use crate::form::{Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, page};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

const READS: Trail = Trail::Writes(Action::AccountsRead);
const SEES: RouteRule = RouteRule::SignedIn(Permission::ViewAccounts);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/accounts", SEES, READS, || get(list)),
    Route::post("/accounts", SEES, READS, || post(find)),
    Route::get("/accounts/soon", SEES, READS, || get(soon)),
    Route::get("/accounts/{id}", SEES, READS, || get(one)),
];

/// More organisations than this are not offered as a list to choose from.
pub(crate) const MOST_CHOICES: u16 = 300;

/// What the list was asked for.
#[derive(Default, Clone)]
pub(crate) struct ListForm {
    words: String,
    state: String,
    role: String,
    organisation: String,
    after: String,
}

impl Fields for ListForm {
    const NAMES: &'static [&'static str] = &["words", "state", "role", "organisation", "after"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            words: posted.take("words").chars().take(80).collect(),
            state: posted.take("state"),
            role: posted.take("role"),
            organisation: posted.take("organisation"),
            after: posted.take("after"),
        }
    }
}

impl ListForm {
    fn query(&self) -> AccountQuery {
        AccountQuery {
            words: self.words.clone(),
            organisation: Uuid::parse_str(&self.organisation).ok(),
            state: AccountState::from_code(&self.state),
            role: Role::from_code(&self.role),
            after: Uuid::parse_str(&self.after).ok(),
        }
    }

    fn asks_for_nothing(&self) -> bool {
        [&self.words, &self.state, &self.role, &self.organisation].iter().all(|value| value.is_empty())
    }
}

#[derive(Template)]
#[template(path = "accounts.html")]
struct ListTemplate {
    frame: Frame,
    token: String,
    form: ListForm,
    states: Vec<Choice>,
    roles: Vec<Choice>,
    organisations: Vec<(String, String)>,
    lines: Vec<Line>,
    heading: &'static str,
    next: Option<String>,
    first: bool,
    may_request: bool,
    may_manage: bool,
    may_recover: bool,
}

struct Line {
    id: String,
    name: String,
    username: String,
    organisation: String,
    state: String,
    tag: &'static str,
    why: String,
    roles: String,
    ends: String,
}

fn line(state: &AppState, line: &AccountLine) -> Line {
    let words = state.words();
    Line {
        id: line.id.to_string(),
        name: line.name.clone(),
        username: line.username.clone(),
        organisation: line.organisation.clone(),
        state: words.account_state(line.state).to_owned(),
        tag: tag(line.state),
        why: line.suspension.map_or_else(String::new, |reason| words.suspension(reason).to_owned()),
        roles: line.roles.iter().map(|role| words.role(*role)).collect::<Vec<_>>().join(", "),
        ends: day(line.clearance_until.into_iter().chain(line.training_until).min()),
    }
}

/// `GET /accounts`
pub(crate) async fn list(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    list_page(&state, &who, ListForm::default()).await
}

/// `POST /accounts`
pub(crate) async fn find(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<ListForm>,
) -> Result<Response, WebError> {
    list_page(&state, &who, fields).await
}

async fn list_page(state: &AppState, who: &SignedIn, form: ListForm) -> Result<Response, WebError> {
    let directory = state.directory();
    let found = directory.list_accounts(who, &form.query()).await.map_err(web_error)?;
    let within = directory.organisations_of_accounts(who, Permission::ViewAccounts, MOST_CHOICES).await?;
    let template = ListTemplate {
        frame: Frame::of(state, who, Section::Accounts, "Accounts"),
        token: who.form_token().to_owned(),
        heading: if form.asks_for_nothing() { "All accounts you can see" } else { "Accounts found" },
        states: AccountState::ALL
            .iter()
            .map(|&at| Choice { code: at.code(), words: state.words().account_state(at).to_owned() })
            .collect(),
        roles: roles(state),
        organisations: within
            .unwrap_or_default()
            .into_iter()
            .map(|organisation| (organisation.id.to_string(), organisation.name))
            .collect(),
        lines: found.lines.iter().map(|found| line(state, found)).collect(),
        next: found.next.map(|id| id.to_string()),
        first: form.after.is_empty(),
        may_request: who.may(Permission::RequestAccount),
        may_manage: who.may(Permission::ManageAccounts),
        may_recover: who.may(Permission::RecoverAccount),
        form,
    };
    page(StatusCode::OK, &template)
}

#[derive(Template)]
#[template(path = "accounts_soon.html")]
struct SoonTemplate {
    frame: Frame,
    kinds: [(&'static str, String, bool); 3],
    lines: Vec<Line>,
    next: Option<String>,
}

/// `GET /accounts/soon`
pub(crate) async fn soon(
    State(state): State<AppState>,
    Person(who): Person,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Result<Response, WebError> {
    let value = |name: &str| asked.get(name).map_or("", String::as_str);
    let (what, kind) = match value("what") {
        "training" => ("training", FactKind::TrainingLevelTwo),
        "need" => ("need", FactKind::NeedForJob),
        _ => ("clearance", FactKind::Clearance),
    };
    let after = value("end").parse().ok().zip(Uuid::parse_str(value("after")).ok());
    let found = state.directory().accounts_that_run_out(&who, kind, after).await.map_err(web_error)?;
    let lines = found.lines.iter().map(|account| Line {
        ends: day(match kind {
            FactKind::NeedForJob => account.need_until,
            FactKind::Clearance => account.clearance_until,
            _ => account.training_until,
        }),
        ..line(&state, account)
    });
    let template = SoonTemplate {
        frame: Frame::of(&state, &who, Section::Accounts, "What runs out soon"),
        kinds: [
            ("clearance", state.words().fact(FactKind::Clearance).to_owned(), what == "clearance"),
            ("training", "Training".to_owned(), what == "training"),
            ("need", state.words().fact(FactKind::NeedForJob).to_owned(), what == "need"),
        ],
        lines: lines.collect(),
        next: found.next.map(|(end, id)| format!("/accounts/soon?what={what}&end={end}&after={id}")),
    };
    page(StatusCode::OK, &template)
}

#[derive(Template)]
#[template(path = "accounts_sheet.html")]
struct SheetTemplate {
    frame: Frame,
    sheet: AccountSheet,
    state: String,
    tag: &'static str,
    why: String,
    missing: Vec<String>,
    ends: [(String, String); 2],
    last_sign_in: String,
    facts: Vec<[String; 5]>,
    roles: Vec<(String, String)>,
    history: Vec<(String, String, Vec<String>)>,
    closed: bool,
    may_recover: bool,
}

/// `GET /accounts/{id}`
pub(crate) async fn one(
    State(state): State<AppState>,
    Person(who): Person,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let sheet = state.directory().account_sheet(&who, account_id(&id)?).await.map_err(web_error)?;
    let words = state.words();
    let person = |name: &Option<String>| name.clone().unwrap_or_else(|| "The service".to_owned());
    let facts = sheet.facts.iter().map(|fact| {
        let ended = fact.held.until.is_some_and(|until| until < state.directory().today());
        let note = match (fact.counts, ended) {
            (false, _) => " (replaced)",
            (true, true) => " (ended)",
            (true, false) => "",
        };
        [
            format!("{}{note}", words.fact(fact.kind)),
            dates::long_day(fact.held.from),
            day(fact.held.until),
            fact.evidence.clone(),
            format!("{}, {}", person(&fact.recorded_by), dates::long_instant(fact.recorded_at)),
        ]
    });
    let history = sheet.history.iter().map(|line| {
        let changes = line.changes.iter().map(|code| change(&state, code)).collect();
        (dates::long_instant(line.at), person(&line.by), changes)
    });
    let template = SheetTemplate {
        frame: Frame::of(&state, &who, Section::Accounts, "An account"),
        state: words.account_state(sheet.state).to_owned(),
        tag: tag(sheet.state),
        why: standing(&state, &sheet),
        missing: sheet.missing.iter().map(|lapse| words.remedy(*lapse).to_owned()).collect(),
        ends: [
            (words.fact(FactKind::Clearance).to_owned(), day(sheet.clearance_until)),
            ("Training".to_owned(), day(sheet.training_until)),
        ],
        last_sign_in: sheet.last_sign_in.map_or_else(|| "Never".to_owned(), dates::long_instant),
        facts: facts.collect(),
        roles: sheet
            .roles
            .iter()
            .map(|line| (words.role(line.role).to_owned(), line.organisation.clone()))
            .collect(),
        history: history.collect(),
        closed: sheet.state == AccountState::Closed,
        may_recover: who.may(Permission::RecoverAccount),
        sheet,
    };
    page(StatusCode::OK, &template)
}
