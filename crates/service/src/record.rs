//! Opening one child's record, in the ordinary way or as management: reason confirmed, audited, then disclosed.

use audit::{Action, Detail, DisclosureDetail, ReasonDetail};
use directory::Viewer;
use directory::access::{Permission, Reason};
use directory::disclosure::{Disclosure, ManagementView, Purpose, RecordView};
use directory::watching::Flag;

use crate::search::RecordHandle;
use crate::session::{NOT_OF_ONES_WORK, Reasoned};
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

/// A way to open a record.
struct Way {
    /// What it asks.
    permission: Permission,
    /// As whom the person looks: the first of these who sees more than an ordinary viewer, else the first.
    viewers: Vec<Viewer>,
    /// What a page of this kind may show, whoever the child: the header of its entry.
    fields: &'static [&'static str],
    /// What is noted in the sealed body beside what the watch finds.
    noted: Option<Flag>,
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
        let way = Way {
            permission: Permission::ViewRecord,
            viewers: vec![who.who().viewer()],
            fields: &RecordView::FIELDS,
            noted: None,
        };
        self.open_by(way, who, handle, confirmed).await
    }

    /// Opens a record as management, for a reason of its own (rules 2.3, 2.10): behind any shield, with the items hidden
    /// from ordinary users, when the person's authority answers for it. Otherwise they are shown what a practitioner is,
    /// and both leave the same header: neither tells whether there is a shield, nor whose the child is.
    ///
    /// # Errors
    ///
    /// [`RecordError`]; a refusal is in the trail too.
    pub async fn open_for_management(
        &self,
        who: &Reasoned,
        handle: &RecordHandle,
        reason: Reason,
    ) -> Result<Disclosed<Disclosure>, RecordError> {
        let way = Way {
            permission: Permission::OpenForManagement,
            viewers: who.who().management(),
            fields: &ManagementView::FIELDS,
            noted: Some(Flag::AsManagement),
        };
        self.open_by(way, who, handle, reason).await
    }

    async fn open_by(
        &self,
        way: Way,
        who: &Reasoned,
        handle: &RecordHandle,
        confirmed: Reason,
    ) -> Result<Disclosed<Disclosure>, RecordError> {
        let person = who.who();
        if !person.may(way.permission) {
            self.record(refused("not_permitted").by(person)).await?;
            return Err(RecordError::Forbidden);
        }
        if !person.states(confirmed) {
            self.record(refused(NOT_OF_ONES_WORK).by(person)).await?;
            return Err(RecordError::Forbidden);
        }
        let Some(child) = self.follow_handle(person, handle) else {
            self.record(refused("not_a_handle_of_this_session").by(person)).await?;
            return Err(RecordError::NotFound);
        };
        let sources = self.sources().await?;
        let opened = self.open_children(&[child]).await?.pop();
        // Only management is told that an item is disputed (rule 14.3); whoever opens as management asks for it, of any child.
        let disputed = match way.noted {
            Some(Flag::AsManagement) => self.disputed_of_group(child, opened.as_ref()).await?,
            _ => Vec::new(),
        };
        let near = opened.as_ref().map(|open| self.near(person, None, open)).unwrap_or_default();
        let seen = |viewer| {
            // Whom a shield bars finds no such child, whatever their office.
            let open = opened.as_ref().filter(|open| !person.is_barred_by(&open.profile))?;
            self.disclose_disputed(open, &sources, viewer, Purpose::OpenRecord, disputed.clone())
        };
        let disclosure = widest(way.viewers.iter().filter_map(seen));
        if disclosure == Disclosure::NotFound {
            self.record(refused("not_found").by(person).concerning([child])).await?;
            return Err(RecordError::NotFound);
        }
        let reason = ReasonDetail {
            reason: confirmed.code().to_owned(),
            previous: Some(who.reason().code().to_owned()),
            child: Some(child),
        };
        let mut flags = self.noted_of_record(person, &near).await?;
        flags.extend(way.noted.map(|flag| flag.code().to_owned()));
        let shown = DisclosureDetail {
            child: Some(child),
            fields_shown: disclosure.fields_shown().into_iter().map(str::to_owned).collect(),
            flags,
            ..DisclosureDetail::default()
        };
        let reason = Event::new(Action::ReasonStated, Detail::Reason(reason))
            .by(person)
            .because(confirmed.code())
            .concerning([child])
            .and_of_joined(opened.iter().map(|open| &open.profile));
        // The header names what this kind of page shows, not what this child has: the trail must not flag a shield.
        let viewed = Event::new(Action::RecordViewed, Detail::Disclosure(shown))
            .by(person)
            .because(confirmed.code())
            .about(child)
            .and_of_joined(opened.iter().map(|open| &open.profile))
            .showing(way.fields.iter().copied());
        let receipt = self.record_all(vec![reason, viewed]).await?;
        Ok(Disclosed::after_audit(disclosure, confirmed, receipt))
    }
}

/// What an office gives, if any of them gives it; else what is seen without one.
fn widest(seen: impl Iterator<Item = Disclosure>) -> Disclosure {
    let mut first = None;
    for disclosure in seen {
        if matches!(disclosure, Disclosure::Special(_)) {
            return disclosure;
        }
        first.get_or_insert(disclosure);
    }
    first.unwrap_or(Disclosure::NotFound)
}

fn refused(why: &str) -> Event {
    let detail = DisclosureDetail { refused: Some(why.to_owned()), ..DisclosureDetail::default() };
    Event::new(Action::RecordRefused, Detail::Disclosure(detail))
}
