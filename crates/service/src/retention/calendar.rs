//! The calendar of one record, for the management of the authority that answers for it.

use audit::{Action, Detail, DisclosureDetail};
use directory::ChildNumber;
use directory::access::{Permission, Reason, Role};
use directory::retention::{CalendarEntry, Stage, archive_closes_on, calendar, stage};
use jiff::civil::Date;

use super::answers_for;
use super::participation::refused;
use crate::session::{Reasoned, SignedIn};
use crate::trail::Event;
use crate::{Directory, Disclosed, ServiceError};

/// What will happen to a record. It names nobody but by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordCalendar {
    /// The record.
    pub number: ChildNumber,
    /// Since when it is archived, if it is.
    pub archived_since: Option<Date>,
    /// Whether a young person's own consent carries it past eighteen, and to which age.
    pub participates_until: Option<u8>,
    /// What will happen, in order of date.
    pub entries: Vec<CalendarEntry>,
}

/// Why a calendar was not shown.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    /// The person's roles do not let them.
    #[error("this account may not see what will happen to a record")]
    Forbidden,
    /// No record with this number for which the person's authority answers.
    #[error("there is no such record")]
    NotFound,
    /// The system failed; nothing was shown.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl Directory {
    /// What will happen to the record of that number, when, and why. The looking is in the trail before anything is shown.
    ///
    /// # Errors
    ///
    /// [`CalendarError`]; a refusal is in the trail too.
    pub async fn record_calendar(
        &self,
        who: &Reasoned,
        number: &ChildNumber,
    ) -> Result<Disclosed<RecordCalendar>, CalendarError> {
        let person = who.who();
        if !person.may(Permission::ViewRetention) {
            self.record(refused(ASKED).by(person)).await?;
            return Err(CalendarError::Forbidden);
        }
        let open = self.child_for(person, number).await?;
        let Some(open) = open.filter(|open| answers_for(person, Permission::ViewRetention, open)) else {
            self.record(refused(ASKED).by(person)).await?;
            return Err(CalendarError::NotFound);
        };
        let (policy, today) = (self.policy.retention, self.today());
        let sources = self.sources().await?;
        let record = self.compute_record(&open, open.profile.clone(), &sources, None);
        let facts = record.life_facts();
        let shown = RecordCalendar {
            number: open.profile.number.clone(),
            archived_since: match stage(&facts, &policy, today) {
                Stage::Live => None,
                Stage::Archived(since) => Some(since.date),
                Stage::ToDestroy(_) => directory::retention::archive_due(&facts, &policy).map(|due| due.date),
            },
            participates_until: facts.participation.filter(|it| it.stands()).map(|it| it.age()),
            entries: calendar(&facts, &record.ended_items(), &policy, today),
        };
        let is_open = |since: Date| today < archive_closes_on(since, &policy);
        if !shown.archived_since.is_none_or(|since| administers(person) && is_open(since)) {
            self.record(refused(ASKED).by(person)).await?;
            return Err(CalendarError::NotFound);
        }
        let child = open.row.child_id;
        let detail = DisclosureDetail {
            child: Some(child),
            fields_shown: vec![FIELD.to_owned()],
            ..DisclosureDetail::default()
        };
        let reason: Reason = *who.reason();
        let viewed = Event::new(Action::RecordViewed, Detail::Disclosure(detail))
            .by(person)
            .because(reason.code())
            .about(child)
            .showing([FIELD]);
        let receipt = self.record_all(vec![viewed]).await?;
        Ok(Disclosed::after_audit(shown, reason, receipt))
    }
}

/// Of an archived record its authority's data administrators are told, while its archive is open (rule 4.3).
fn administers(who: &SignedIn) -> bool {
    who.roles().iter().any(|held| held.role == Role::DataAdministrator)
}

const ASKED: &str = "calendar";

/// What the page shows, as the trail names it.
pub(crate) const FIELD: &str = "calendar";
