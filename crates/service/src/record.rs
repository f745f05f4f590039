//! Opening one child's record: reason confirmed, audited, then disclosed.

use audit::{Action, Detail, DisclosureDetail, ReasonDetail};
use directory::access::{Permission, Reason};
use directory::disclosure::{Disclosure, Purpose, RecordView};

use crate::search::RecordHandle;
use crate::session::Reasoned;
use crate::trail::Event;
use crate::{Directory, Disclosed, ServiceError};

/// Why a record was not shown.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Unknown, hidden, archived, or a handle of another session: all the same.
    #[error("there is no such record")]
    NotFound,
    /// The person's roles do not allow opening records.
    #[error("this account may not open records")]
    Forbidden,
    /// The system failed; nothing was shown.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for RecordError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

impl Directory {
    /// Opens a record for a reason confirmed or changed at this record (rule 7.9). The reason and the disclosure are
    /// durable, together, before this returns.
    ///
    /// # Errors
    ///
    /// [`RecordError`]; a refusal is in the trail too.
    pub async fn open_record(
        &self,
        who: &Reasoned,
        handle: &RecordHandle,
        confirmed: Reason,
    ) -> Result<Disclosed<Disclosure>, RecordError> {
        let person = who.who();
        if !person.may(Permission::ViewRecord) {
            self.record(refused("not_permitted").by(person)).await?;
            return Err(RecordError::Forbidden);
        }
        let Some(child) = self.follow_handle(person, handle) else {
            self.record(refused("not_a_handle_of_this_session").by(person)).await?;
            return Err(RecordError::NotFound);
        };
        let sources = self.sources().await?;
        let viewer = person.viewer();
        let opened = self.open_children(&[child]).await?.pop();
        let near = opened.as_ref().map(|open| self.near(person, None, open)).unwrap_or_default();
        let disclosure = opened
            .filter(|open| !open.profile.bars(person.account, person.organisation_id))
            .and_then(|open| self.disclose_to(&open, &sources, &viewer, Purpose::OpenRecord))
            .unwrap_or(Disclosure::NotFound);
        if disclosure == Disclosure::NotFound {
            self.record(refused("not_found").by(person).concerning([child])).await?;
            return Err(RecordError::NotFound);
        }
        let reason = ReasonDetail {
            reason: confirmed.code().to_owned(),
            previous: Some(who.reason().code().to_owned()),
            child: Some(child),
        };
        let shown = DisclosureDetail {
            child: Some(child),
            fields_shown: disclosure.fields_shown().into_iter().map(str::to_owned).collect(),
            flags: self.noted_of_record(person, &near).await?,
            ..DisclosureDetail::default()
        };
        let reason = Event::new(Action::ReasonStated, Detail::Reason(reason))
            .by(person)
            .because(confirmed.code())
            .concerning([child]);
        // The header names what this kind of page shows, not what this child has: the trail must not flag a shield.
        let viewed = Event::new(Action::RecordViewed, Detail::Disclosure(shown))
            .by(person)
            .because(confirmed.code())
            .about(child)
            .showing(RecordView::FIELDS);
        let receipt = self.record_all(vec![reason, viewed]).await?;
        Ok(Disclosed::after_audit(disclosure, confirmed, receipt))
    }
}

fn refused(why: &str) -> Event {
    let detail = DisclosureDetail { refused: Some(why.to_owned()), ..DisclosureDetail::default() };
    Event::new(Action::RecordRefused, Detail::Disclosure(detail))
}
