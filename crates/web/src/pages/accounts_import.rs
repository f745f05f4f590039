//! Joiners and leavers in bulk: a file's text is pasted, tried without effect, and then carried out, all or nothing.

use crate::route::{FORM, Route, RouteRule, Trail};
use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use directory::access::Permission;
use service::{Directory, Import, ImportBy, ImportReport, SignedIn};

use super::accounts_words::{change, web_error};
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::session::Person;
use crate::state::AppState;

const MANAGES: RouteRule = RouteRule::SignedIn(Permission::ManageAccounts);

/// Some two thousand lines, encoded as a form.
const LARGEST_FILE: usize = 2 * 1024 * 1024;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/accounts/import", MANAGES, FORM, || get(ask)),
    Route::post("/accounts/import", MANAGES, Trail::Writes(Action::AccountChanged), || post(take))
        .taking(LARGEST_FILE),
];

/// The text of a file, and whether to carry it out.
pub(crate) struct ImportForm {
    file: String,
    carry_out: String,
}

impl Fields for ImportForm {
    const NAMES: &'static [&'static str] = &["file", "carry_out"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { file: posted.take("file"), carry_out: posted.take("carry_out") }
    }
}

#[derive(Template)]
#[template(path = "accounts_import.html")]
struct ImportTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    header: String,
    file: String,
    tried: bool,
    written: bool,
    wrong: Vec<[String; 3]>,
    lines: Vec<[String; 4]>,
    changing: usize,
}

async fn ask(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    import_page(&state, &who, String::new(), None)
}

async fn take(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<ImportForm>,
) -> Result<Response, WebError> {
    let import = Import { text: &fields.file, dry_run: fields.carry_out != "yes" };
    let by = ImportBy::Person(&who);
    let report = state.directory().import_accounts(&by, &import).await.map_err(web_error)?;
    import_page(&state, &who, fields.file, Some(report))
}

fn import_page(
    state: &AppState,
    who: &SignedIn,
    file: String,
    report: Option<ImportReport>,
) -> Result<Response, WebError> {
    let (tried, report) = (report.is_some(), report.unwrap_or_default());
    let mut faults = Faults::default();
    if !report.faults.is_empty() {
        let many = report.faults.len();
        let said = if many == 1 { "1 fault".to_owned() } else { format!("{many} faults") };
        faults.add("file", format!("The file has {said} and nothing was done: correct it and try again"));
    }
    let wrong = !faults.is_empty();
    let words = state.words();
    let template = ImportTemplate {
        frame: Frame::of(state, who, Section::Accounts, "Joiners and leavers").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        header: Directory::import_header(),
        // Once carried out, the text has done its work.
        file: if report.written { String::new() } else { file },
        tried: tried && !wrong,
        written: report.written,
        wrong: report
            .faults
            .iter()
            .map(|fault| {
                let column = fault.column.unwrap_or("the whole line").to_owned();
                [fault.line.to_string(), column, super::accounts_words::sentence(&fault.message)]
            })
            .collect(),
        changing: report.lines.iter().filter(|line| !line.changes.is_empty()).count(),
        lines: report
            .lines
            .iter()
            .map(|line| {
                let changes: Vec<String> = line.changes.iter().map(|code| change(state, code)).collect();
                let changes = if changes.is_empty() { "No change".to_owned() } else { changes.join("; ") };
                let at = words.account_state(line.state).to_owned();
                [line.line.to_string(), line.username.clone(), changes, at]
            })
            .collect(),
    };
    page(form_status(wrong), &template)
}
