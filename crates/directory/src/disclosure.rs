//! What a viewer sees of a child: one pure function, and types that cannot hold more (law 2, section 2 of the rules).
//!
//! Which viewer gets which field in which state of a record is printed in docs/disclosure.md, and tested cell by cell. A desk
//! that works with a child, or with what one source sent of it, has a function of its own beside [`disclose`].

mod archive_view;
mod brokering_view;
mod list_row;
mod management_view;
mod override_view;
mod record_view;
mod shared;
mod shielded_view;
mod source_record_views;
mod subject_view;
mod viewer;

pub use archive_view::ArchiveView;
pub use brokering_view::{BrokeringView, NamedChild, ProviderView, disclose_for_brokering};
pub use list_row::ListRow;
pub use management_view::{ManagementView, SensitiveServiceView, ShieldInForce};
pub use override_view::OverrideView;
pub use record_view::{InvolvementView, RecordView, SchoolView};
pub use shared::disclose_to_both;
pub use shielded_view::{ShieldedView, disclose_at_shield_desk};
pub use source_record_views::{
    HeldRecordView, MatchingRecordView, MatchingView, PlacingView, disclose_for_matching,
    disclose_for_placing, disclose_held,
};
pub use subject_view::{NamedCarer, OwnServiceView, SubjectView};
pub use viewer::{Requester, Viewer};

use crate::address::Whereabouts;
use crate::child_profile::Seal;
use crate::child_record::{ChildRecord, Sourced};
use crate::partial_date::PartialDate;
use crate::person_name::PersonName;
use crate::retention::{Due, LifeFacts, Stage, in_first_archive_years, is_grown, stage};
use guards::Guard;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// What the viewer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Looks for a child. Contacts are left out: a result list does not need them. No office sees more in a list.
    Search,
    /// Opens the record.
    OpenRecord,
}

/// What the viewer may see. Nothing else of the record leaves this crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disclosure {
    /// The record as ordinary viewers see it.
    Full(Box<RecordView>),
    /// The four fields of a shielded child (rule 2.7).
    Shielded(ShieldedView),
    /// A view made for one office or one right: in no list, and never mediated.
    Special(SpecialView),
    /// Nothing: archived, sealed, held or unknown, which are not told apart (rule 4.4).
    NotFound,
}

/// A view that only one office or one right gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpecialView {
    /// Management of the authority that answers for the record.
    Management(Box<ManagementView>),
    /// A practitioner who overrides the shield.
    Override(Box<OverrideView>),
    /// The answer to a subject access request.
    Subject(Box<SubjectView>),
    /// The archive's first year.
    Archive(Box<ArchiveView>),
}

/// Decides what `viewer` sees of `record` on the day `today`. A former identity, a held record and a record of which
/// nothing is readable are found by nobody, whoever looks (law 5, decision 11).
#[must_use]
pub fn disclose(record: &ChildRecord, viewer: &Viewer, purpose: Purpose, today: Date) -> Disclosure {
    let Some(name) = &record.name else { return Disclosure::NotFound };
    if is_nobody(record) || record.profile.held {
        return Disclosure::NotFound;
    }
    match stage(&record.life_facts(), &record.periods, today) {
        Stage::Live => disclose_live(record, name, viewer, purpose, today),
        Stage::Archived(since) => disclose_archived(record, name, viewer, purpose, since, today),
        Stage::ToDestroy(_) => Disclosure::NotFound,
    }
}

/// Whether it is a former identity, whom nobody finds (law 5).
fn is_nobody(record: &ChildRecord) -> bool {
    record.profile.seal == Seal::FormerIdentity && Guard::FormerIdentity.stands()
}

fn disclose_live(
    record: &ChildRecord,
    name: &Sourced<PersonName>,
    viewer: &Viewer,
    purpose: Purpose,
    today: Date,
) -> Disclosure {
    let special = match (viewer, purpose) {
        (Viewer::Auditor | Viewer::ArchiveManager { .. } | Viewer::ArchiveRetrieval { .. }, _)
        | (Viewer::Subject(_), Purpose::Search) => {
            return Disclosure::NotFound;
        }
        (Viewer::AuthorityPractitioner | Viewer::PartnerPractitioner | Viewer::PartnerManagement, _)
        | (Viewer::AuthorityManagement { .. } | Viewer::Override | Viewer::OverrideByTwo, Purpose::Search) => {
            None
        }
        (Viewer::AuthorityManagement { authority }, Purpose::OpenRecord) => {
            let answers = record.is_answered_for_by(authority);
            answers.then(|| SpecialView::Management(Box::new(ManagementView::of(record, name, today))))
        }
        (Viewer::Override | Viewer::OverrideByTwo, Purpose::OpenRecord) => {
            let alone = *viewer == Viewer::Override;
            let opens = record.profile.is_shielded() && !(alone && record.profile.bars_override());
            opens.then(|| SpecialView::Override(Box::new(OverrideView::of(record, name, today))))
        }
        (Viewer::Subject(requester), Purpose::OpenRecord) => {
            return disclose_to_family(record, name, requester, today);
        }
    };
    match special {
        Some(view) => Disclosure::Special(view),
        None if record.profile.is_shielded() && Guard::LeastDisclosure.stands() => {
            Disclosure::Shielded(ShieldedView::of(record, name))
        }
        None => Disclosure::Full(Box::new(RecordView::of(record, name, purpose, today))),
    }
}

/// An archived record is seen by data managers of the authority that answered for it, in the first year, and by nobody else
/// who works here; once the year is over by who asked there, for whom the supplier's operator retrieved it on a decision of the
/// disclosure register (rules 4.3 to 4.5). The right to be told
/// what is held ends with what is held: a family is answered from the archive as before, in all its years (rule 14.4).
fn disclose_archived(
    record: &ChildRecord,
    name: &Sourced<PersonName>,
    viewer: &Viewer,
    purpose: Purpose,
    since: Due,
    today: Date,
) -> Disclosure {
    let early = in_first_archive_years(since, &record.periods, today);
    match (viewer, purpose) {
        (Viewer::ArchiveManager { authority }, Purpose::OpenRecord)
            if record.is_answered_for_by(authority) && early =>
        {
            let view = ArchiveView::of(record, name, since, today);
            Disclosure::Special(SpecialView::Archive(Box::new(view)))
        }
        (Viewer::ArchiveRetrieval { authority }, Purpose::OpenRecord)
            if record.is_answered_for_by(authority) && !early =>
        {
            let view = ArchiveView::of(record, name, since, today);
            Disclosure::Special(SpecialView::Archive(Box::new(view)))
        }
        (Viewer::Subject(requester), Purpose::OpenRecord) => {
            disclose_to_family(record, name, requester, today)
        }
        _ => Disclosure::NotFound,
    }
}

/// What a family is told (rules 14.4 and 14.5). Who is grown asks for themself, whether they participate or their record is in the
/// archive: what is held about an adult is no parent's to know.
fn disclose_to_family(
    record: &ChildRecord,
    name: &Sourced<PersonName>,
    requester: &Requester,
    today: Date,
) -> Disclosure {
    let grown = |born: &Sourced<PartialDate>| is_grown(born.value, &record.periods, today);
    let adult = match &record.date_of_birth {
        Some(born) => grown(born),
        None => record.profile.born_by.is_some_and(|day| is_grown(day.into(), &record.periods, today)),
    };
    if adult && *requester != Requester::YoungPerson {
        return Disclosure::NotFound;
    }
    let view = SubjectView::of(record, name, requester, today);
    Disclosure::Special(SpecialView::Subject(Box::new(view)))
}

impl Disclosure {
    /// The names of the fields that are shown, for the sealed body of the audit entry.
    #[must_use]
    pub fn fields_shown(&self) -> Vec<&'static str> {
        match self {
            Self::Full(view) => view.fields_shown(),
            Self::Shielded(view) => view.fields_shown(),
            Self::Special(SpecialView::Management(view)) => view.fields_shown(),
            Self::Special(SpecialView::Override(view)) => view.record.fields_shown(),
            Self::Special(SpecialView::Subject(view)) => view.fields_shown(),
            Self::Special(SpecialView::Archive(view)) => view.record.fields_shown(),
            Self::NotFound => Vec::new(),
        }
    }

    /// The row of a result list; `None` when there is nothing to find.
    #[must_use]
    pub fn list_row(&self, today: Date) -> Option<ListRow> {
        match self {
            Self::Full(view) => Some(ListRow::of_record(view, today)),
            Self::Shielded(view) => Some(ListRow::of_shielded(view, today)),
            Self::Special(_) | Self::NotFound => None,
        }
    }
}

impl ChildRecord {
    /// The facts on which retention rests.
    #[must_use]
    pub fn life_facts(&self) -> LifeFacts {
        let left_england = match (self.whereabouts.as_ref().map(|w| &w.value), self.whereabouts_since) {
            (Some(Whereabouts::LeftEngland(intention)), Some(since)) => {
                Some((*intention, since.to_zoned(TimeZone::UTC).date()))
            }
            _ => None,
        };
        LifeFacts {
            date_of_birth: self.date_of_birth.as_ref().map(|born| born.value),
            born_by: self.profile.born_by,
            died_on: self.died_on(),
            participation: self.profile.participation,
            left_england,
        }
    }
}
