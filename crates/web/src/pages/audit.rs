//! Reading the trail of others: what to look for, the entries found, one entry. The question travels sealed, so that no
//! name and no number stands in an address.

use askama::Template;
use audit::Action;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::ChildNumber;
use directory::access::{DangerousAct, Permission, Role};
use http::StatusCode;
use jiff::civil::Date;
use serde::Deserialize;
use service::{About, AuditLine, AuditQuestion, AuditReadError, Place, SignedIn};
use uuid::Uuid;

use super::audit_words;
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get(
        "/audit",
        RouteRule::SignedIn(Permission::ReadAudit),
        Trail::Silent("the form alone, with the names of the organisations this person watches"),
        || get(ask),
    ),
    Route::post(
        "/audit",
        RouteRule::SignedIn(Permission::ReadAudit),
        Trail::Silent("carries the question on to the page that answers it and writes the entry"),
        || post(take),
    ),
    Route::get(
        "/audit/entries",
        RouteRule::SignedIn(Permission::ReadAudit),
        Trail::Writes(Action::AuditRead),
        || get(entries),
    )
    .does(&[DangerousAct::ReadTrailOfOne]),
    Route::get(
        "/audit/entry/{entry}",
        RouteRule::SignedIn(Permission::ReadAudit),
        Trail::Writes(Action::AuditRead),
        || get(entry),
    ),
];

/// More organisations than these are asked for by name instead of being listed.
const MOST_LISTED: usize = 200;

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    typed: AuditForm,
    /// None where there are too many to list.
    organisations: Option<Vec<(String, String)>>,
    actions: Vec<(&'static str, String)>,
    children: bool,
    everything: bool,
    packs: bool,
}

#[derive(Template)]
#[template(path = "audit_entries.html")]
struct EntriesTemplate {
    frame: Frame,
    about: String,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    entry: Uuid,
    when: String,
    what: String,
    who: String,
    organisation: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "audit_entry.html")]
struct EntryTemplate {
    frame: Frame,
    what: String,
    facts: Vec<(&'static str, String)>,
    body: Option<Vec<(String, String)>>,
    place: Place,
    place_words: String,
}

/// What was typed into the form.
#[derive(Clone, Default)]
pub(crate) struct AuditForm {
    username: String,
    child_number: String,
    organisation: String,
    action: String,
    from: String,
    until: String,
}

impl Fields for AuditForm {
    const NAMES: &'static [&'static str] =
        &["username", "child_number", "organisation", "action", "from", "until"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            username: posted.take("username"),
            child_number: posted.take("child_number"),
            organisation: posted.take("organisation"),
            action: posted.take("action"),
            from: posted.take("from"),
            until: posted.take("until"),
        }
    }
}

/// `GET /audit`
pub(crate) async fn ask(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    form_page(&state, &who, AuditForm::default(), Faults::default()).await
}

/// `POST /audit`
pub(crate) async fn take(
    State(state): State<AppState>,
    SignedForm { who, fields: typed }: SignedForm<AuditForm>,
) -> Result<Response, WebError> {
    let organisations = state.directory().organisations_to_audit(&who).await?;
    match typed.read(&who, &organisations) {
        Ok(question) => Ok(Redirect::to(&address(&state, &who, &question)?).into_response()),
        Err(faults) => form_page(&state, &who, typed, faults).await,
    }
}

/// What an address carries.
#[derive(Deserialize)]
pub(crate) struct Asked {
    q: Option<String>,
}

/// `GET /audit/entries`
pub(crate) async fn entries(
    State(state): State<AppState>,
    Person(who): Person,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let question = asked.q.and_then(|sealed| state.directory().open_audit_question(&who, &sealed));
    // An address of an earlier session leads to the form.
    let Some(question) = question else { return Ok(Redirect::to("/audit").into_response()) };
    let found = match state.directory().read_audit(&who, &question).await {
        Ok(found) => found,
        Err(AuditReadError::NotFound) => {
            let (typed, faults) = not_found(&question.about);
            return form_page(&state, &who, typed, faults).await;
        }
        Err(error) => return Err(refused(error)),
    };
    let next = found.next.as_ref().map(|next| address(&state, &who, next)).transpose()?;
    let template = EntriesTemplate {
        frame: Frame::of(&state, &who, Section::Audit, "Entries of the audit trail"),
        about: about_in_words(&state, &question),
        rows: found.lines.iter().map(|line| row(&state, line)).collect(),
        next,
    };
    page(StatusCode::OK, &template)
}

/// `GET /audit/entry/{entry}`
pub(crate) async fn entry(
    State(state): State<AppState>,
    Person(who): Person,
    Path(entry): Path<String>,
) -> Result<Response, WebError> {
    let id = Uuid::parse_str(&entry).map_err(|_| WebError::NotFound)?;
    let entry = state.directory().read_audit_entry(&who, id).await.map_err(refused)?;
    let shown = row(&state, &entry.line);
    let role = entry.line.role.as_deref().and_then(Role::from_code);
    let mut facts = vec![
        ("When", dates::exact_instant(entry.line.at)),
        ("Who", shown.who),
        ("Organisation", shown.organisation),
        ("Role", role.map_or_else(String::new, |role| state.words().role(role).to_owned())),
        ("Reason", shown.reason),
        ("Entry", id.to_string()),
    ];
    if !entry.fields.is_empty() {
        facts.push(("What such a page shows", audit_words::listed(&entry.fields)));
    }
    facts.retain(|(_, value)| !value.is_empty());
    let body = entry
        .body
        .map(|body| body.iter().map(|fact| audit_words::fact(state.words(), fact)).collect::<Vec<_>>());
    let template = EntryTemplate {
        frame: Frame::of(&state, &who, Section::Audit, "Entry of the audit trail"),
        what: shown.what,
        facts,
        body,
        place_words: place_in_words(&entry.place),
        place: entry.place,
    };
    page(StatusCode::OK, &template)
}

async fn form_page(
    state: &AppState,
    who: &SignedIn,
    typed: AuditForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let organisations = state.directory().organisations_to_audit(who).await?;
    let listed = organisations.len() <= MOST_LISTED;
    let named = |(id, name): (Uuid, String)| (id.to_string(), name);
    let template = AuditTemplate {
        frame: Frame::of(state, who, Section::Audit, "Audit trail").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        typed,
        organisations: listed.then(|| organisations.into_iter().map(named).collect()),
        actions: Action::ALL.iter().map(|action| (action.as_str(), audit_words::action(*action))).collect(),
        children: reads_of_children(who),
        everything: reads_everything(who),
        packs: who.may(Permission::ViewEvidencePack),
    };
    page(form_status(wrong), &template)
}

impl AuditForm {
    fn read(&self, who: &SignedIn, organisations: &[(Uuid, String)]) -> Result<AuditQuestion, Faults> {
        let mut faults = Faults::default();
        let from = day("from", &self.from, &mut faults);
        let until = day("until", &self.until, &mut faults);
        if let (Some(from), Some(until)) = (from, until)
            && until < from
        {
            faults.add("until", "The last day must be the same as or after the first day");
        }
        let given = [&self.username, &self.child_number, &self.organisation];
        let about = match given.iter().filter(|field| !field.is_empty()).count() {
            0 if reads_everything(who) && self.action.is_empty() => Some(About::Everything),
            0 if self.action.is_empty() => {
                faults.add("username", "Enter a username, a child number or an organisation");
                None
            }
            0 => {
                faults.add("organisation", "Select the organisation where it was done");
                None
            }
            1 => self.about(organisations, &mut faults),
            _ => {
                faults.add(
                    "username",
                    "Enter a username, a child number or an organisation, not several of them",
                );
                None
            }
        };
        match about {
            Some(about) if faults.is_empty() => Ok(AuditQuestion { about, from, until, after: None }),
            _ => Err(faults),
        }
    }

    fn about(&self, organisations: &[(Uuid, String)], faults: &mut Faults) -> Option<About> {
        if !self.username.is_empty() || !self.child_number.is_empty() {
            if !self.action.is_empty() {
                faults.add("action", "Leave the action open unless you look at an organisation");
                return None;
            }
            if self.child_number.is_empty() {
                return Some(About::Account(self.username.clone()));
            }
            let number = ChildNumber::parse(&self.child_number);
            return number
                .map(About::Child)
                .map_err(|error| faults.add("child_number", capitalised(&error.to_string())))
                .ok();
        }
        let named = |(id, name): &&(Uuid, String)| {
            id.to_string() == self.organisation || name.eq_ignore_ascii_case(&self.organisation)
        };
        let Some((id, _)) = organisations.iter().find(named) else {
            faults.add("organisation", NO_ORGANISATION);
            return None;
        };
        if self.action.is_empty() {
            return Some(About::Organisation(*id));
        }
        match Action::parse(&self.action) {
            Some(action) => Some(About::Action(*id, action)),
            None => {
                faults.add("action", "Select an action from the list");
                None
            }
        }
    }
}

const NO_ORGANISATION: &str = "There is no organisation of this name whose entries you may read";

fn not_found(about: &About) -> (AuditForm, Faults) {
    let mut faults = Faults::default();
    let mut typed = AuditForm::default();
    match about {
        About::Account(username) => {
            typed.username.clone_from(username);
            faults.add("username", "There is no account with this username that you may look at");
        }
        About::Child(number) => {
            typed.child_number = number.grouped();
            faults.add("child_number", "No child has this number. Check it against the source");
        }
        _ => faults.add("organisation", NO_ORGANISATION),
    }
    (typed, faults)
}

fn refused(error: AuditReadError) -> WebError {
    match error {
        AuditReadError::Forbidden => WebError::Forbidden,
        AuditReadError::StepUpFirst(first) => first.into(),
        AuditReadError::NotFound => WebError::NotFound,
        AuditReadError::Service(fault) => fault.into(),
    }
}

fn address(state: &AppState, who: &SignedIn, question: &AuditQuestion) -> Result<String, WebError> {
    Ok(format!("/audit/entries?q={}", state.directory().seal_audit_question(who, question)?))
}

fn row(state: &AppState, line: &AuditLine) -> Row {
    let reason = line.reason.as_deref().and_then(directory::access::Reason::from_code);
    Row {
        entry: line.entry,
        when: dates::exact_instant(line.at),
        what: audit_words::action(line.action),
        who: line.who.as_ref().map_or_else(
            || "The service, or nobody known".to_owned(),
            |who| format!("{} ({})", who.name, who.username),
        ),
        organisation: line.organisation.clone().unwrap_or_default(),
        reason: reason.map_or_else(String::new, |reason| state.words().reason(reason).to_owned()),
    }
}

fn about_in_words(state: &AppState, question: &AuditQuestion) -> String {
    let about = match &question.about {
        About::Account(username) => format!("by or to the account “{username}”"),
        About::Child(number) => format!("about child {}", number.grouped()),
        About::Organisation(_) => "for the organisation you chose".to_owned(),
        About::Action(_, action) => {
            format!("“{}” at the organisation you chose", audit_words::action(*action))
        }
        About::Everything => format!("of {} as a whole", state.words().product()),
    };
    let span = match (question.from, question.until) {
        (None, None) => String::new(),
        (Some(from), None) => format!(", from {}", dates::long_day(from)),
        (None, Some(until)) => format!(", until {}", dates::long_day(until)),
        (Some(from), Some(until)) if from == until => format!(", on {}", dates::long_day(from)),
        (Some(from), Some(until)) => {
            format!(", from {} to {}", dates::long_day(from), dates::long_day(until))
        }
    };
    format!("{about}{span}")
}

fn place_in_words(place: &Place) -> String {
    match place {
        Place::Waiting => {
            "This entry is kept, but not yet in the signed chain. That takes a second or so: open it again."
                .to_owned()
        }
        Place::Proved { seq, signed_size, signed_at } => format!(
            "This is entry {seq}. Its text follows from the entry before it and leads to the checkpoint of {signed_size} entries that was signed on {}.",
            dates::exact_instant(*signed_at)
        ),
        Place::Broken { seq } => format!(
            "Entry {seq} is not what was chained and signed: it, or the chain near it, was changed in the database. Do not rely on it. Keep a copy of the trail and of the witness’s checkpoints, and tell the central team."
        ),
    }
}

/// A day as `27 3 2026`, `27/3/2026` or `2026-03-27`.
fn day(field: &'static str, text: &str, faults: &mut Faults) -> Option<Date> {
    if text.is_empty() {
        return None;
    }
    let parts: Vec<i16> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .filter_map(|part| part.parse().ok())
        .collect();
    let date = match parts.as_slice() {
        [year, month, day] if *year > 999 => Some((*year, *month, *day)),
        [day, month, year] => Some((*year, *month, *day)),
        _ => None,
    };
    let date = date.and_then(|(year, month, day)| {
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    });
    if date.is_none_or(|date| date.year() < 2000) {
        faults.add(field, "Enter a day, month and year, such as 27 3 2026");
        return None;
    }
    date
}

fn reads_everything(who: &SignedIn) -> bool {
    who.roles().iter().any(|held| held.gives(Permission::ReadAudit) && held.at.kind == "centre")
}

fn reads_of_children(who: &SignedIn) -> bool {
    who.roles().iter().any(|held| held.gives(Permission::ReadAudit) && held.role != Role::UserManager)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::day;
    use crate::form::Faults;

    #[test]
    fn a_day_is_read_in_the_ways_people_write_it() {
        for text in ["27 3 2026", "27/03/2026", "2026-03-27", "27.3.2026"] {
            let mut faults = Faults::default();
            assert_eq!(day("from", text, &mut faults), Some(jiff::civil::date(2026, 3, 27)), "{text}");
        }
        for text in ["27 3", "31 2 2026", "27 March 2026", "27 3 26", "x"] {
            let mut faults = Faults::default();
            assert_eq!(day("from", text, &mut faults), None);
            assert!(faults.of("from").is_some(), "{text}");
        }
    }
}
