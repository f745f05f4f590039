//! What a viewer sees of a child: one pure function, and types that cannot hold more (law 2, section 2 of the rules).

mod list_row;
mod record_view;
mod shared;
mod shielded_view;

pub use list_row::ListRow;
pub use record_view::{InvolvementView, RecordView, SchoolView};
pub use shared::disclose_to_both;
pub use shielded_view::ShieldedView;

use crate::address::Whereabouts;
use crate::authority_code::AuthorityCode;
use crate::child_profile::Seal;
use crate::child_record::ChildRecord;
use crate::retention::{LifeFacts, Stage, stage};
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Who looks (rule 2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// A practitioner whom a local authority let in.
    AuthorityPractitioner,
    /// A practitioner whom a national partner let in.
    PartnerPractitioner,
    /// Management of a local authority. Its wider view (rules 2.3, 2.10) will be a type of its own; until then it sees
    /// what practitioners see.
    AuthorityManagement {
        /// The authority it works for.
        authority: AuthorityCode,
    },
}

/// What the viewer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Looks for a child. Contacts are left out: a result list does not need them.
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
    /// Nothing: archived, sealed, held or unknown, which are not told apart (rule 4.4).
    NotFound,
}

/// Decides what `viewer` sees of `record` on the day `today`.
#[must_use]
pub fn disclose(record: &ChildRecord, viewer: &Viewer, purpose: Purpose, today: Date) -> Disclosure {
    match viewer {
        Viewer::AuthorityPractitioner | Viewer::PartnerPractitioner | Viewer::AuthorityManagement { .. } => {
            disclose_to_ordinary_viewer(record, purpose, today)
        }
    }
}

fn disclose_to_ordinary_viewer(record: &ChildRecord, purpose: Purpose, today: Date) -> Disclosure {
    let closed = record.profile.seal == Seal::FormerIdentity || record.profile.held;
    if closed || stage(&record.life_facts(), &record.periods, today) != Stage::Live {
        return Disclosure::NotFound;
    }
    let Some(name) = &record.name else { return Disclosure::NotFound };
    if record.profile.is_shielded() {
        return Disclosure::Shielded(ShieldedView::of(record, name));
    }
    Disclosure::Full(Box::new(RecordView::of(record, name, purpose, today)))
}

impl Disclosure {
    /// The names of the fields that are shown, for the header of the audit entry.
    #[must_use]
    pub fn fields_shown(&self) -> Vec<&'static str> {
        match self {
            Self::Full(view) => view.fields_shown(),
            Self::Shielded(view) => view.fields_shown(),
            Self::NotFound => Vec::new(),
        }
    }

    /// The row of a result list; `None` when there is nothing to find.
    #[must_use]
    pub fn list_row(&self, today: Date) -> Option<ListRow> {
        match self {
            Self::Full(view) => Some(ListRow::of_record(view, today)),
            Self::Shielded(view) => Some(ListRow::of_shielded(view, today)),
            Self::NotFound => None,
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
            died_on: self.profile.died_on,
            participation: self.profile.participation,
            left_england,
        }
    }
}
