//! Opening a record as management: from the record as practitioners see it, by a reason of its own. Both are posts; a
//! record has no address.

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use directory::access::Permission;
use directory::disclosure::{ManagementView, SensitiveServiceView};
use directory::{Disclosure, SpecialView};
use http::StatusCode;
use service::{Disclosed, Reasoned, RecordError, RecordHandle};

use super::criteria::Typed;
use super::management_content::ManagementContent;
use super::record::{Office, RecordForm, ordinary_page, warnings_of};
use super::record_content::RecordContent;
use crate::error::WebError;
use crate::form::{Faults, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{FORM, Route, RouteRule, Trail};
use crate::session::reasoned;
use crate::state::AppState;
use crate::words::Choice;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::post("/record/management", RouteRule::WithReason(Permission::OpenForManagement), FORM, || {
        post(ask_reason)
    }),
    Route::post(
        "/record/management/open",
        RouteRule::WithReason(Permission::OpenForManagement),
        Trail::Writes(Action::RecordViewed),
        || post(open),
    ),
];

#[derive(Template)]
#[template(path = "management_reason.html")]
struct ReasonTemplate {
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
#[template(path = "management_record.html")]
struct ManagementTemplate {
    frame: Frame,
    content: RecordContent,
    behind: ManagementContent,
    lead: String,
    absence: String,
    token: String,
    typed: Typed,
}

/// `POST /record/management`: which record; asks why. Nothing of the child is shown yet.
pub(crate) async fn ask_reason(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<RecordForm>,
) -> Result<Response, WebError> {
    reason_page(&state, &reasoned(&who)?, fields, Faults::default()).await
}

/// `POST /record/management/open`: with the reason, the record.
pub(crate) async fn open(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<RecordForm>,
) -> Result<Response, WebError> {
    let asker = reasoned(&who)?;
    let Some(reason) = who.reason_of(&fields.reason) else {
        let mut faults = Faults::default();
        faults.add("reason", "Select why you are opening this record as management");
        return reason_page(&state, &asker, fields, faults).await;
    };
    let handle = RecordHandle::from_form(fields.handle);
    match state.directory().open_for_management(&asker, &handle, reason).await {
        Ok(record) => record_page(&state, &asker, fields.typed, &record),
        Err(RecordError::NotFound) => Err(WebError::NotFound),
        Err(RecordError::Forbidden) => Err(WebError::Forbidden),
        Err(RecordError::Service(fault)) => Err(fault.into()),
    }
}

/// The reason is asked anew: the one for which practitioners see the record is not taken over.
async fn reason_page(
    state: &AppState,
    asker: &Reasoned,
    form: RecordForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let title = "Why are you opening this record as management?";
    let warnings = warnings_of(state, asker, &form).await?;
    let template = ReasonTemplate {
        frame: Frame::of(state, asker.who(), Section::Children, title).with_faults(wrong),
        faults,
        token: asker.who().form_token().to_owned(),
        handle: form.handle,
        typed: form.typed,
        reasons: state.words().reasons(&asker.who().reasons()),
        chosen: "",
        warnings,
    };
    page(form_status(wrong), &template)
}

/// The page of an audited record. Where another authority answers, it is the practitioner's, and says so.
fn record_page(
    state: &AppState,
    asker: &Reasoned,
    typed: Typed,
    record: &Disclosed<Disclosure>,
) -> Result<Response, WebError> {
    match record.data() {
        Disclosure::Special(SpecialView::Management(view)) => {
            let words = state.words();
            let frame = Frame::of(state, asker.who(), Section::Children, "Child record, as management")
                .because(words.reason(*record.reason()));
            page(StatusCode::OK, &ManagementTemplate::of(view, state, frame, asker, typed))
        }
        _ => ordinary_page(state, asker, typed, record, Office::NotAccountable, None),
    }
}

impl ManagementTemplate {
    fn of(view: &ManagementView, state: &AppState, frame: Frame, asker: &Reasoned, typed: Typed) -> Self {
        let words = state.words();
        let mut content = RecordContent::of_record(&view.record, words, state.today());
        let key_of =
            |one: &SensitiveServiceView| state.directory().shown_service_key(one).as_str().to_owned();
        let behind = ManagementContent::of(view, words, key_of);
        behind.join(&mut content, view, words);
        Self {
            frame,
            content,
            behind,
            lead: words.lead(),
            absence: words.absence().to_owned(),
            token: asker.who().form_token().to_owned(),
            typed,
        }
    }
}

#[cfg(test)]
mod tests {
    use askama::Template;
    use directory::disclosure::SpecialView;
    use directory::{Disclosure, ManagementView};

    use super::{ManagementContent, ManagementTemplate, RecordContent, Typed};
    use crate::frame::{Frame, main_of};
    use crate::pages::examples::{TODAY, behind_the_shield};
    use crate::words::Words;

    fn shown(view: &ManagementView) -> String {
        let words = Words::shipped();
        let mut content = RecordContent::of_record(&view.record, &words, TODAY);
        let behind = ManagementContent::of(view, &words, |_| "key".to_owned());
        behind.join(&mut content, view, &words);
        let template = ManagementTemplate {
            frame: Frame::example("Child record, as management"),
            content,
            behind,
            lead: words.lead(),
            absence: words.absence().to_owned(),
            token: "token".to_owned(),
            typed: Typed::default(),
        };
        main_of(&template.render().unwrap())
    }

    #[test]
    fn management_reads_contacts_first_then_sensitive_services_and_why_the_child_is_shielded() {
        let Disclosure::Special(SpecialView::Management(view)) = behind_the_shield() else {
            panic!("management’s view")
        };
        insta::assert_snapshot!(shown(&view));
    }
}
