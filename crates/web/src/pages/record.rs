//! Opening a record: the reason confirmed or changed, then the page. Both are posts; a record has no address.

use crate::route::{FORM, Route, RouteRule, Trail};
use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use directory::access::Permission;
use directory::watching::OwnMatter;
use directory::{ChildNumber, Disclosure};
use http::StatusCode;
use service::{Disclosed, Reasoned, RecordError, RecordHandle};

use super::criteria::Typed;
use super::record_content::RecordContent;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::session::reasoned;
use crate::state::AppState;
use crate::words::Choice;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::post("/record", RouteRule::WithReason(Permission::ViewRecord), FORM, || post(confirm_reason)),
    Route::post(
        "/record/open",
        RouteRule::WithReason(Permission::ViewRecord),
        Trail::Writes(Action::RecordViewed),
        || post(open),
    ),
];

#[derive(Template)]
#[template(path = "confirm_reason.html")]
struct ConfirmTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    handle: String,
    typed: Typed,
    reasons: Vec<Choice>,
    chosen: &'static str,
    warnings: Vec<&'static str>,
}

#[derive(Template)]
#[template(path = "record.html")]
struct RecordTemplate {
    frame: Frame,
    content: RecordContent,
    lead: String,
    absence: String,
    token: String,
    typed: Typed,
    /// The child number, where the person may ask for the child's protection.
    protect: Option<String>,
    /// The child number, where the person may ask to be put in touch.
    broker: Option<String>,
    /// The record's number, for whoever may record the young person's own consent to stay.
    staying: Option<String>,
    office: Office,
}

#[derive(Template)]
#[template(path = "shielded.html")]
struct ShieldedTemplate {
    frame: Frame,
    content: RecordContent,
    absence: String,
    token: String,
    typed: Typed,
    /// As on a record: whether there is the link tells nothing.
    protect: Option<String>,
    /// As on a record: whether there is somebody to be put in touch with tells nothing here either.
    broker: Option<String>,
    office: Office,
    /// The record's handle, for whoever may override a shield.
    overrides: Option<String>,
}

/// What an office adds to the page of a record as practitioners see it.
pub(super) enum Office {
    /// Nothing.
    None,
    /// The way to open it as management, by this handle. Whoever may is offered it at every record: the offer says nothing
    /// of the child.
    MayOpen(String),
    /// It was opened as management, and the person's authority does not answer for it.
    NotAccountable,
}

/// Which record, for which reason, and the search it came from, for the way back.
pub(crate) struct RecordForm {
    pub(super) handle: String,
    pub(super) reason: String,
    pub(super) typed: Typed,
}

impl Fields for RecordForm {
    const NAMES: &'static [&'static str] = &[
        "record",
        "reason",
        "surname",
        "forenames",
        "birth_day",
        "birth_month",
        "birth_year",
        "age",
        "street",
        "postcode",
        "school",
        "gender",
        "child_number",
    ];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { handle: posted.take("record"), reason: posted.take("reason"), typed: Typed::take(posted) }
    }
}

/// `POST /record`: which record was chosen; asks to confirm or change the reason. Nothing of the child is shown yet.
pub(crate) async fn confirm_reason(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<RecordForm>,
) -> Result<Response, WebError> {
    let asker = reasoned(&who)?;
    if !who.may(Permission::ViewRecord) {
        return Err(WebError::Forbidden);
    }
    confirm_page(&state, &asker, fields, Faults::default()).await
}

/// `POST /record/open`: with the reason, the record.
pub(crate) async fn open(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<RecordForm>,
) -> Result<Response, WebError> {
    let asker = reasoned(&who)?;
    let Some(reason) = who.reason_of(&fields.reason) else {
        let mut faults = Faults::default();
        faults.add("reason", "Select why you are opening this record");
        return confirm_page(&state, &asker, fields, faults).await;
    };
    let office = match who.may(Permission::OpenForManagement) {
        true => Office::MayOpen(fields.handle.clone()),
        false => Office::None,
    };
    let overrides = who.may(Permission::OverrideShield).then(|| fields.handle.clone());
    let handle = RecordHandle::from_form(fields.handle);
    match state.directory().open_record(&asker, &handle, reason).await {
        Ok(record) => ordinary_page(&state, &asker, fields.typed, &record, office, overrides),
        Err(RecordError::NotFound) => Err(WebError::NotFound),
        Err(RecordError::Forbidden) => Err(WebError::Forbidden),
        Err(RecordError::Service(fault)) => Err(fault.into()),
    }
}

async fn confirm_page(
    state: &AppState,
    asker: &Reasoned,
    form: RecordForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let title = "Why are you opening this record?";
    let warnings = warnings_of(state, asker, &form).await?;
    let template = ConfirmTemplate {
        frame: Frame::of(state, asker.who(), Section::Children, title).with_faults(wrong),
        faults,
        token: asker.who().form_token().to_owned(),
        handle: form.handle,
        typed: form.typed,
        reasons: state.words().reasons(&asker.who().reasons()),
        chosen: asker.reason().code(),
        warnings,
    };
    page(form_status(wrong), &template)
}

/// What the user is warned of before this record opens (rule 7.9).
pub(super) async fn warnings_of(
    state: &AppState,
    asker: &Reasoned,
    form: &RecordForm,
) -> Result<Vec<&'static str>, WebError> {
    let handle = RecordHandle::from_form(form.handle.clone());
    let asked = form.typed.read().unwrap_or_default();
    let matters = state.directory().warnings(asker, &handle, &asked).await?;
    Ok(matters.into_iter().map(warned).collect())
}

/// What the user is warned of: from what they asked and what their list has shown them, never from what is hidden.
fn warned(matter: OwnMatter) -> &'static str {
    match matter {
        OwnMatter::Surname => "You are about to open the record of a child with your own surname.",
        OwnMatter::Address => "You searched for your own address.",
    }
}

/// The page of an audited record, as practitioners see it. The title holds no name: titles stay in histories.
pub(super) fn ordinary_page(
    state: &AppState,
    asker: &Reasoned,
    typed: Typed,
    record: &Disclosed<Disclosure>,
    office: Office,
    overrides: Option<String>,
) -> Result<Response, WebError> {
    let words = state.words();
    let frame = Frame::of(state, asker.who(), Section::Children, "Child record")
        .because(words.reason(*record.reason()));
    let (token, absence) = (asker.who().form_token().to_owned(), words.absence().to_owned());
    let may_ask = asker.who().may(Permission::RequestShield);
    let protect = |number: &ChildNumber| may_ask.then(|| number.as_str().to_owned());
    let may_broker = asker.who().may(Permission::RequestBrokering);
    let broker = |number: &ChildNumber| may_broker.then(|| number.as_str().to_owned());
    match record.data() {
        Disclosure::Full(view) => {
            let content = RecordContent::of_record(view, words, state.today());
            let staying = asker.who().may(Permission::RecordParticipation).then(|| view.number.to_string());
            let (lead, protect, broker) = (words.lead(), protect(&view.number), broker(&view.number));
            let template = RecordTemplate {
                frame,
                content,
                lead,
                absence,
                token,
                typed,
                protect,
                broker,
                staying,
                office,
            };
            page(StatusCode::OK, &template)
        }
        Disclosure::Shielded(view) => {
            let content = RecordContent::of_shielded(view, words, state.today());
            let (protect, broker) = (protect(&view.number), broker(&view.number));
            let template = ShieldedTemplate {
                frame,
                content,
                absence,
                token,
                typed,
                protect,
                broker,
                office,
                overrides,
            };
            page(StatusCode::OK, &template)
        }
        Disclosure::Special(_) | Disclosure::NotFound => Err(WebError::NotFound),
    }
}

#[cfg(test)]
mod tests {
    use askama::Template;
    use directory::Disclosure;
    use directory::disclosure::Purpose;

    use super::{Office, RecordContent, RecordTemplate, ShieldedTemplate, Typed};
    use crate::frame::{Frame, main_of};
    use crate::pages::examples::{TODAY, known_to_three, shielded};
    use crate::words::Words;

    fn typed() -> Typed {
        Typed { surname: "Okafor".to_owned(), street: "Mill Lane".to_owned(), ..Typed::default() }
    }

    #[test]
    fn a_record_shows_contacts_first_and_where_each_line_comes_from() {
        let words = Words::shipped();
        let Disclosure::Full(view) = known_to_three(Purpose::OpenRecord) else { panic!("an open record") };
        let template = RecordTemplate {
            frame: Frame::example("Child record"),
            content: RecordContent::of_record(&view, &words, TODAY),
            lead: words.lead(),
            absence: words.absence().to_owned(),
            token: "token".to_owned(),
            typed: typed(),
            protect: Some(view.number.as_str().to_owned()),
            broker: Some(view.number.as_str().to_owned()),
            staying: None,
            office: Office::None,
        };
        insta::assert_snapshot!(main_of(&template.render().unwrap()));
    }

    #[test]
    fn a_shielded_record_shows_four_fields_and_nothing_else() {
        let words = Words::shipped();
        let Disclosure::Shielded(view) = shielded(Purpose::OpenRecord) else { panic!("a shielded record") };
        let template = ShieldedTemplate {
            frame: Frame::example("Child record"),
            content: RecordContent::of_shielded(&view, &words, TODAY),
            absence: words.absence().to_owned(),
            token: "token".to_owned(),
            typed: Typed::default(),
            protect: Some(view.number.as_str().to_owned()),
            broker: Some(view.number.as_str().to_owned()),
            office: Office::None,
            overrides: None,
        };
        let page = template.render().unwrap();
        for hidden in ["Mill Lane", "St Albans", "AL1", "Social care", "shield"] {
            assert!(!page.contains(hidden), "{hidden}");
        }
        insta::assert_snapshot!(main_of(&page));
    }
}
