//! Changing somebody else's account: facts, steps in its life, a move. What cannot be taken back, or ends somebody's work, is
//! confirmed on a page of its own.

use crate::route::{Route, RouteRule, Trail};
use askama::Template;
use audit::Action;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::{
    AccountState, ClosingReason, DangerousAct, EvidenceReference, FactKind, Permission, SuspensionReason,
};
use jiff::civil::Date;
use service::{AccountSheet, Change, NewFact, SignedIn};
use uuid::Uuid;

use super::accounts_words::{account_id, fault, sentence, web_error};
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

const MANAGES: RouteRule = RouteRule::SignedIn(Permission::ManageAccounts);
const TRAINS: RouteRule = RouteRule::SignedIn(Permission::RecordTraining);
const INVESTIGATES: RouteRule = RouteRule::SignedIn(Permission::Investigate);
const READS: Trail = Trail::Writes(Action::AccountsRead);
const CHANGES: Trail = Trail::Writes(Action::AccountChanged);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/accounts/{id}/facts", MANAGES, READS, || get(ask_fact)),
    Route::post("/accounts/{id}/facts", MANAGES, CHANGES, || post(take_fact)),
    Route::get("/accounts/{id}/training", TRAINS, READS, || get(ask_fact)),
    Route::post("/accounts/{id}/training", TRAINS, CHANGES, || post(take_fact)),
    Route::get("/accounts/{id}/change", MANAGES, READS, || get(ask_change)),
    Route::post("/accounts/{id}/change", MANAGES, CHANGES, || post(take_change)).does(&[
        DangerousAct::SuspendForMisuse,
        DangerousAct::LiftSuspension,
        DangerousAct::CloseAccount,
    ]),
    Route::get("/accounts/{id}/misuse", INVESTIGATES, READS, || get(ask_misuse))
        .form_of(DangerousAct::SuspendForMisuse),
    Route::post("/accounts/{id}/misuse", INVESTIGATES, CHANGES, || post(take_misuse))
        .does(&[DangerousAct::SuspendForMisuse]),
    Route::get("/accounts/{id}/move", MANAGES, READS, || get(ask_move)),
    Route::post("/accounts/{id}/move", MANAGES, CHANGES, || post(take_move)),
];

/// A fact as it was typed.
#[derive(Default)]
pub(crate) struct FactForm {
    kind: String,
    from: [String; 3],
    until: [String; 3],
    evidence: String,
}

impl Fields for FactForm {
    const NAMES: &'static [&'static str] = &[
        "kind",
        "from_day",
        "from_month",
        "from_year",
        "until_day",
        "until_month",
        "until_year",
        "evidence",
    ];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            kind: posted.take("kind"),
            from: ["from_day", "from_month", "from_year"].map(|name| posted.take(name)),
            until: ["until_day", "until_month", "until_year"].map(|name| posted.take(name)),
            evidence: posted.take("evidence"),
        }
    }
}

#[derive(Template)]
#[template(path = "accounts_fact.html")]
struct FactTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    sheet: AccountSheet,
    action: &'static str,
    kinds: Vec<Choice>,
    form: FactForm,
}

async fn ask_fact(
    State(state): State<AppState>,
    Person(who): Person,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    fact_page(&state, &who, account_id(&id)?, FactForm::default(), Faults::default()).await
}

async fn take_fact(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<FactForm>,
) -> Result<Response, WebError> {
    let id = account_id(&id)?;
    let mut faults = Faults::default();
    let kind = FactKind::from_code(&fields.kind);
    if kind.is_none() {
        faults.add("kind", "Select what you record");
    }
    let from = date_of(&fields.from);
    if !matches!(from, Some(Some(_))) {
        faults.add("from_day", "Enter the date of it, like 27 3 2026");
    }
    let until = date_of(&fields.until);
    if until.is_none() {
        faults.add("until_day", "Enter the last day on which it holds, like 27 3 2026, or leave it empty");
    }
    let evidence = EvidenceReference::parse(&fields.evidence);
    if let Err(error) = &evidence {
        faults.add("evidence", sentence(&error.to_string()));
    }
    if let (Some(kind), Some(Some(from)), Some(until), Ok(evidence)) = (kind, from, until, evidence) {
        let new = NewFact { kind, from, until, evidence };
        match state.directory().record_fact(&who, id, &new).await {
            Ok(_) => return Ok(to_sheet(id)),
            Err(error) => fault(&state, &mut faults, "from_day", error)?,
        }
    }
    fact_page(&state, &who, id, fields, faults).await
}

async fn fact_page(
    state: &AppState,
    who: &SignedIn,
    id: Uuid,
    form: FactForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let sheet = state.directory().account_sheet(who, id).await.map_err(web_error)?;
    let manages = who.may(Permission::ManageAccounts);
    let kinds = FactKind::ALL.iter().filter(|kind| manages || kind.is_training());
    let wrong = !faults.is_empty();
    let template = FactTemplate {
        frame: Frame::of(state, who, Section::Accounts, "Record a fact").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        sheet,
        action: if manages { "facts" } else { "training" },
        kinds: kinds
            .map(|&kind| Choice { code: kind.code(), words: state.words().fact(kind).to_owned() })
            .collect(),
        form,
    };
    page(form_status(wrong), &template)
}

/// The date in three fields: `Some(None)` when all are empty, `None` when they are no date.
fn date_of(fields: &[String; 3]) -> Option<Option<Date>> {
    if fields.iter().all(String::is_empty) {
        return Some(None);
    }
    let [day, month, year] = fields;
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    (date.year() >= 1900).then_some(Some(date))
}

/// A step, and whether it was confirmed.
pub(crate) struct ChangeForm {
    change: String,
    confirmed: String,
}

impl Fields for ChangeForm {
    const NAMES: &'static [&'static str] = &["change", "confirmed"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { change: posted.take("change"), confirmed: posted.take("confirmed") }
    }
}

struct Offered {
    code: String,
    words: String,
}

#[derive(Template)]
#[template(path = "accounts_change.html")]
struct ChangeTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    sheet: AccountSheet,
    missing: Vec<String>,
    offered: Vec<Offered>,
}

/// What an act does, before it is done.
#[derive(Template)]
#[template(path = "accounts_confirm.html")]
pub(crate) struct ConfirmTemplate {
    pub(crate) frame: Frame,
    pub(crate) faults: Faults,
    pub(crate) token: String,
    pub(crate) sheet: AccountSheet,
    pub(crate) heading: String,
    pub(crate) consequences: Vec<String>,
    pub(crate) action: String,
    pub(crate) fields: Vec<(&'static str, String)>,
    pub(crate) button: &'static str,
}

fn change_of(code: &str) -> Option<Change> {
    let (what, reason) = code.split_once(':').unwrap_or((code, ""));
    match what {
        "activate" => Some(Change::Activate),
        "lift" => Some(Change::Lift),
        "suspend" => SuspensionReason::from_code(reason).map(Change::Suspend),
        "close" => ClosingReason::from_code(reason).map(Change::Close),
        _ => None,
    }
}

/// What can be done to an account where it stands.
fn offered(state: &AppState, sheet: &AccountSheet) -> Vec<Offered> {
    let words = state.words();
    let offer = |code: String, words: String| Offered { code, words };
    let mut all = Vec::new();
    match sheet.state {
        AccountState::Closed => return all,
        AccountState::Suspended if sheet.suspension != Some(SuspensionReason::Expired) => {
            all.push(offer("lift".to_owned(), "Lift the suspension".to_owned()));
        }
        AccountState::Active => {
            all.extend(SuspensionReason::BY_HAND.iter().map(|&reason| {
                let said = format!("Suspend. {}", words.suspension(reason));
                offer(format!("suspend:{}", reason.code()), said)
            }));
        }
        AccountState::Suspended => {}
        _ => all.push(offer("activate".to_owned(), "Put the account in use".to_owned())),
    }
    if sheet.suspension != Some(SuspensionReason::Misuse) {
        let said = format!("Suspend at once. {}", words.suspension(SuspensionReason::Misuse));
        all.push(offer("suspend:misuse".to_owned(), said));
    }
    all.extend(ClosingReason::ALL.iter().map(|&reason| {
        offer(format!("close:{}", reason.code()), format!("Close for ever. {}", words.closing(reason)))
    }));
    all
}

async fn ask_change(
    State(state): State<AppState>,
    Person(who): Person,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    change_page(&state, &who, account_id(&id)?, Faults::default()).await
}

async fn change_page(
    state: &AppState,
    who: &SignedIn,
    id: Uuid,
    faults: Faults,
) -> Result<Response, WebError> {
    let sheet = state.directory().account_sheet(who, id).await.map_err(web_error)?;
    let wrong = !faults.is_empty();
    let template = ChangeTemplate {
        frame: Frame::of(state, who, Section::Accounts, "Change an account").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        missing: sheet.missing.iter().map(|lapse| state.words().remedy(*lapse).to_owned()).collect(),
        offered: offered(state, &sheet),
        sheet,
    };
    page(form_status(wrong), &template)
}

async fn take_change(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<ChangeForm>,
) -> Result<Response, WebError> {
    let id = account_id(&id)?;
    let mut faults = Faults::default();
    let Some(change) = change_of(&fields.change) else {
        faults.add("change", "Select what is to be done");
        return change_page(&state, &who, id, faults).await;
    };
    // Putting in use and lifting take nothing from anybody: they need no second page.
    let confirmed = fields.confirmed == "yes" || matches!(change, Change::Activate | Change::Lift);
    if !confirmed {
        let sheet = state.directory().account_sheet(&who, id).await.map_err(web_error)?;
        return confirm(&state, &who, sheet, change, &fields.change);
    }
    match state.directory().change_account(&who, id, change).await {
        Ok(_) => Ok(to_sheet(id)),
        Err(error) => {
            fault(&state, &mut faults, "change", error)?;
            change_page(&state, &who, id, faults).await
        }
    }
}

fn confirm(
    state: &AppState,
    who: &SignedIn,
    sheet: AccountSheet,
    change: Change,
    code: &str,
) -> Result<Response, WebError> {
    let words = state.words();
    let (heading, button) = match change {
        Change::Close(_) => ("Close this account for ever?", "Close the account"),
        _ => ("Suspend this account?", "Suspend the account"),
    };
    let mut consequences = vec!["The person is signed out at once, wherever they are signed in.".to_owned()];
    match change {
        Change::Close(reason) => {
            consequences.insert(0, format!("Reason: {}.", words.closing(reason)));
            consequences.push("All their roles are taken away.".to_owned());
            consequences.push("It cannot be opened again, and the username is never used again.".to_owned());
        }
        Change::Suspend(reason) => {
            consequences.insert(0, format!("Reason: {}.", words.suspension(reason)));
            if reason == SuspensionReason::Misuse {
                consequences.push("An investigation is opened.".to_owned());
                consequences.push("Tell the person’s line manager now.".to_owned());
            }
        }
        Change::Activate | Change::Lift => {}
    }
    let template = ConfirmTemplate {
        frame: Frame::of(state, who, Section::Accounts, heading),
        faults: Faults::default(),
        token: who.form_token().to_owned(),
        heading: heading.to_owned(),
        consequences,
        action: format!("/accounts/{}/change", sheet.id),
        fields: vec![("change", code.to_owned()), ("confirmed", "yes".to_owned())],
        button,
        sheet,
    };
    page(form_status(false), &template)
}

/// Nothing but the token.
pub(crate) struct NoFields;

impl Fields for NoFields {
    const NAMES: &'static [&'static str] = &[];

    fn from_posted(_: &mut Posted) -> Self {
        Self
    }
}

async fn ask_misuse(
    State(state): State<AppState>,
    Person(who): Person,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    misuse_page(&state, &who, account_id(&id)?, Faults::default()).await
}

async fn take_misuse(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, .. }: SignedForm<NoFields>,
) -> Result<Response, WebError> {
    let id = account_id(&id)?;
    match state.directory().suspend_for_misuse(&who, id).await {
        Ok(()) => Ok(to_sheet(id)),
        Err(error) => {
            let mut faults = Faults::default();
            fault(&state, &mut faults, "confirm", error)?;
            misuse_page(&state, &who, id, faults).await
        }
    }
}

async fn misuse_page(
    state: &AppState,
    who: &SignedIn,
    id: Uuid,
    faults: Faults,
) -> Result<Response, WebError> {
    let sheet = state.directory().account_sheet(who, id).await.map_err(web_error)?;
    let wrong = !faults.is_empty();
    let heading = "Suspend this account for suspected misuse?";
    let template = ConfirmTemplate {
        frame: Frame::of(state, who, Section::Accounts, heading).with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        heading: heading.to_owned(),
        consequences: [
            "The person is signed out at once, wherever they are signed in.",
            "An investigation is opened.",
            "Tell the person’s line manager now.",
        ]
        .map(str::to_owned)
        .to_vec(),
        action: format!("/accounts/{id}/misuse"),
        fields: Vec::new(),
        button: "Suspend the account",
        sheet,
    };
    page(form_status(wrong), &template)
}

/// The organisation to move to, and whether it was confirmed.
pub(crate) struct MoveForm {
    organisation: String,
    confirmed: String,
}

impl Fields for MoveForm {
    const NAMES: &'static [&'static str] = &["organisation", "confirmed"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { organisation: posted.take("organisation"), confirmed: posted.take("confirmed") }
    }
}

#[derive(Template)]
#[template(path = "accounts_move.html")]
struct MoveTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    sheet: AccountSheet,
    organisations: Vec<(String, String)>,
}

async fn ask_move(
    State(state): State<AppState>,
    Person(who): Person,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    move_page(&state, &who, account_id(&id)?, Faults::default()).await
}

async fn move_page(state: &AppState, who: &SignedIn, id: Uuid, faults: Faults) -> Result<Response, WebError> {
    let sheet = state.directory().account_sheet(who, id).await.map_err(web_error)?;
    let wrong = !faults.is_empty();
    let organisations = managed(state, who).await?;
    let template = MoveTemplate {
        frame: Frame::of(state, who, Section::Accounts, "Move to another organisation").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        organisations: organisations
            .into_iter()
            .filter(|(organisation, _)| *organisation != sheet.organisation_id.to_string())
            .collect(),
        sheet,
    };
    page(form_status(wrong), &template)
}

/// The organisations whose accounts the person manages: id and name.
pub(crate) async fn managed(state: &AppState, who: &SignedIn) -> Result<Vec<(String, String)>, WebError> {
    let within =
        state.directory().organisations_of_accounts(who, Permission::ManageAccounts, u16::MAX).await?;
    let within = within.unwrap_or_default().into_iter();
    Ok(within.map(|organisation| (organisation.id.to_string(), organisation.name)).collect())
}

async fn take_move(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<MoveForm>,
) -> Result<Response, WebError> {
    let id = account_id(&id)?;
    let mut faults = Faults::default();
    let chosen = managed(&state, &who).await?.into_iter().find(|(to, _)| *to == fields.organisation);
    let Some((to, name)) = chosen else {
        faults.add("organisation", "Select the organisation the person now works for");
        return move_page(&state, &who, id, faults).await;
    };
    if fields.confirmed != "yes" {
        let sheet = state.directory().account_sheet(&who, id).await.map_err(web_error)?;
        let heading = "Move this person to another organisation?";
        let template = ConfirmTemplate {
            frame: Frame::of(&state, &who, Section::Accounts, heading),
            faults,
            token: who.form_token().to_owned(),
            heading: heading.to_owned(),
            consequences: vec![
                format!("They move from {} to {name}.", sheet.organisation),
                "The person is signed out at once, and every role at the old organisation is taken away."
                    .to_owned(),
                "They cannot come in until the new organisation’s need for the job is recorded.".to_owned(),
            ],
            action: format!("/accounts/{id}/move"),
            fields: vec![("organisation", to), ("confirmed", "yes".to_owned())],
            button: "Move the person",
            sheet,
        };
        return page(form_status(false), &template);
    }
    match state.directory().move_account(&who, id, account_id(&to)?).await {
        Ok(()) => Ok(to_sheet(id)),
        Err(error) => {
            fault(&state, &mut faults, "organisation", error)?;
            move_page(&state, &who, id, faults).await
        }
    }
}

/// Back to the account's page.
pub(crate) fn to_sheet(id: Uuid) -> Response {
    Redirect::to(&format!("/accounts/{id}")).into_response()
}
