//! Who works with a child, for the desk that puts people in touch, and what of it the provider lets whoever asked be told (rules
//! 8.10 to 8.12).

use super::{Disclosure, Purpose, RecordView, SensitiveServiceView, SpecialView, Viewer, disclose};
use crate::authority_code::AuthorityCode;
use crate::brokering::{Reveal, RevealedContact};
use crate::child_record::{ChildRecord, Sourced};
use crate::involvement::{BasisKind, Consent, Contact};
use crate::line::Line;
use crate::partial_date::PartialDate;
use crate::person_name::PersonName;
use crate::service_type::ServiceType;
use jiff::civil::Date;
use serde::Serialize;

/// As much of a record as a desk that brokers works with: whose it is and who provides what. Neither where the child is nor which
/// authority answers for it has a place. Only [`disclose_for_brokering`] makes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BrokeringView {
    /// Whose record it is.
    pub child: NamedChild,
    /// Who works with the child: the services everybody sees, then the sensitive ones.
    pub providers: Vec<ProviderView>,
}

/// Whose record it is, and nothing else of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NamedChild {
    /// The name in use.
    pub name: PersonName,
    /// Date of birth.
    pub date_of_birth: Option<PartialDate>,
}

/// Somebody who works with the child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProviderView {
    /// What kind of service.
    pub service: ServiceType,
    /// The organisation.
    pub organisation: Option<Line>,
    /// The practitioner or team.
    pub practitioner: Option<Line>,
    /// How to reach them.
    pub contact: Contact,
    /// Last day, when it has ended.
    pub end: Option<PartialDate>,
    /// Of a sensitive service: the basis on which it is known, for the desk alone.
    pub basis: Option<(BasisKind, Option<Consent>)>,
}

/// Decides what a desk that brokers sees of a record: of what management of that authority sees, who works with the child; at the
/// desk for children nobody answers for yet, of what anybody sees.
#[must_use]
pub fn disclose_for_brokering(
    record: &ChildRecord,
    desk: Option<AuthorityCode>,
    today: Date,
) -> Option<BrokeringView> {
    let viewer = match desk {
        Some(authority) => Viewer::AuthorityManagement { authority },
        None => Viewer::AuthorityPractitioner,
    };
    match disclose(record, &viewer, Purpose::OpenRecord, today) {
        Disclosure::Special(SpecialView::Management(view)) => {
            Some(BrokeringView::of(&view.record, &view.sensitive))
        }
        Disclosure::Full(view) => Some(BrokeringView::of(&view, &[])),
        Disclosure::Shielded(_) | Disclosure::Special(_) | Disclosure::NotFound => None,
    }
}

impl BrokeringView {
    /// The names of every field it may show, for the sealed body of the audit entry.
    pub const FIELDS: [&'static str; 4] = ["name", "date_of_birth", "involvements", "sensitive"];

    fn of(record: &RecordView, sensitive: &[Sourced<SensitiveServiceView>]) -> Self {
        let open = record.involvements.iter().map(|one| ProviderView {
            service: one.value.service.service(),
            organisation: one.value.organisation.clone(),
            practitioner: one.value.practitioner.clone(),
            contact: one.value.contact.clone(),
            end: one.value.end,
            basis: None,
        });
        let sensitive = sensitive.iter().filter(|one| !one.value.archived).map(|one| ProviderView {
            service: one.value.service,
            organisation: one.value.organisation.clone(),
            practitioner: one.value.practitioner.clone(),
            contact: one.value.contact.clone(),
            end: one.value.end,
            basis: Some((one.value.basis, one.value.consent)),
        });
        Self { child: NamedChild::of(record), providers: open.chain(sensitive).collect() }
    }
}

impl NamedChild {
    /// The names of every field it may show, for the audit entry.
    pub const FIELDS: [&'static str; 2] = ["name", "date_of_birth"];

    fn of(record: &RecordView) -> Self {
        Self {
            name: record.name.value.clone(),
            date_of_birth: record.date_of_birth.as_ref().map(|born| born.value),
        }
    }
}

impl Disclosure {
    /// Whose record it is, for a colleague who is asked whether it may be shown to them (rule 6.12); of what one office or one
    /// right gives, nothing.
    #[must_use]
    pub fn named(&self) -> Option<NamedChild> {
        match self {
            Self::Full(view) => Some(NamedChild::of(view)),
            Self::Shielded(view) => {
                Some(NamedChild { name: view.name.clone(), date_of_birth: view.date_of_birth })
            }
            Self::Special(_) | Self::NotFound => None,
        }
    }
}

impl ProviderView {
    /// What whoever asked is told: as much as the provider chose, at the number they gave for this asker.
    #[must_use]
    pub fn revealed(self, reveal: &Reveal) -> RevealedContact {
        let practitioner = self.practitioner.filter(|_| reveal.practitioner);
        let organisation = self.organisation.filter(|_| reveal.organisation);
        RevealedContact {
            names: [practitioner, organisation].into_iter().flatten().map(|name| name.to_string()).collect(),
            telephone: reveal.telephone.clone(),
            service: reveal.service.then_some(self.service),
        }
    }
}
