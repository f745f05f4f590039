//! Joiners and leavers in bulk: a file is chosen, or its text pasted, tried without effect, and then carried out, all or nothing.

use crate::route::{FORM, Route, RouteRule, Trail};
use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use directory::access::{DangerousAct, Permission};
use service::{Directory, Import, ImportBy, ImportReport, SignedIn};

use super::accounts_words::{change, web_error};
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::session::Person;
use crate::state::AppState;

const MANAGES: RouteRule = RouteRule::SignedIn(Permission::ManageAccounts);

/// Some two thousand lines, encoded as a form.
pub(crate) const LARGEST_FILE: usize = 2 * 1024 * 1024;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/accounts/import", MANAGES, FORM, || get(ask)),
    Route::post("/accounts/import", MANAGES, Trail::Writes(Action::AccountChanged), || post(take))
        .does(&[DangerousAct::ImportAccounts])
        .taking(LARGEST_FILE),
];

/// A file that was chosen, or the text of one, and whether to carry it out.
pub(crate) struct ImportForm {
    upload: String,
    file: String,
    carry_out: String,
}

impl Fields for ImportForm {
    const NAMES: &'static [&'static str] = &["upload", "file", "carry_out"];
    const TAKES_A_FILE: bool = true;

    fn from_posted(posted: &mut Posted) -> Self {
        Self { upload: posted.take("upload"), file: posted.take("file"), carry_out: posted.take("carry_out") }
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
    import_page(&state, &who, String::new(), None, Faults::default())
}

async fn take(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<ImportForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    let text = match (fields.upload.is_empty(), fields.file.is_empty()) {
        (false, false) => {
            faults.add("upload", "Choose a file or paste its text, not both");
            String::new()
        }
        (true, true) => {
            faults.add("upload", "Choose a file, or paste its text");
            String::new()
        }
        (false, true) => fields.upload,
        (true, false) => fields.file,
    };
    if text.contains(char::REPLACEMENT_CHARACTER) {
        faults.add("upload", "Save the file as “CSV UTF-8” and choose it again: it is not written in UTF-8");
    }
    if !faults.is_empty() {
        return import_page(&state, &who, String::new(), None, faults);
    }
    let import = Import { text: &text, dry_run: fields.carry_out != "yes" };
    let by = ImportBy::Person(&who);
    let report = state.directory().import_accounts(&by, &import).await.map_err(web_error)?;
    import_page(&state, &who, text, Some(report), Faults::default())
}

fn import_page(
    state: &AppState,
    who: &SignedIn,
    file: String,
    report: Option<ImportReport>,
    mut faults: Faults,
) -> Result<Response, WebError> {
    let (tried, report) = (report.is_some(), report.unwrap_or_default());
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
