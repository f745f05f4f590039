//! What a family is told is held (rules 14.4, 14.5).

use super::management_view::{archived_education, archived_involvements};
use super::{InvolvementView, Purpose, RecordView, Requester, SchoolView};
use crate::address::{Address, Whereabouts};
use crate::child_number::ChildNumber;
use crate::child_profile::Participation;
use crate::child_record::{ChildRecord, Sourced};
use crate::gender::Gender;
use crate::involvement::{BasisKind, Contact};
use crate::line::Line;
use crate::partial_date::PartialDate;
use crate::person_name::PersonName;
use crate::relationship::{Relationship, Responsibility};
use crate::retention::{ItemStage, item_stage};
use crate::service_type::ServiceType;
use crate::source_record::{CafIndicator, Carer, Identifier, Practice};
use jiff::civil::Date;
use serde::Serialize;

/// The answer to a subject access request, for a person to check before it leaves (rule 14.5). What is withheld leaves no
/// trace: its list is as empty as if nothing were held. Case by case:
///
/// - **A carer, and a shielded child**: name, date of birth, gender and number, and no source, as if nothing else were
///   held. Which carer the shield is against is not known here, so none learns where the child is, or from whom it could
///   be learnt: not even their own entry, whose source is a place.
/// - **A carer's own contact** is shown to them, to be put right. Another carer is named and not reached: how to reach them
///   is theirs.
/// - **The child's address, to a carer**: only when they are the one carer recorded. Where there is another, it may be the
///   other's home. Earlier addresses are never a carer's to see, for the same reason.
/// - **A sensitive service** is told to the young person when it is known by their consent. A carer may not know of it. One
///   known for suspected significant harm is told to nobody here: to tell may be what sets off the harm. The basis itself
///   has no field.
/// - **Source bodies' numbers** are told to the young person. A carer asks the body itself: a number opens doors there.
/// - **The young person's own** whereabouts, services, schools and practice are theirs, shielded or not, with every source.
///   Carers are named to them and not reached.
/// - **Archived items of a live record** are still held, so they are told (rule 4.10). So is an archived record, in
///   all its years; but of an adult only the young person themself is told.
/// - **Shields, the authority that answers, what waits** and the history of access have no field: the first would tell
///   whoever asks in the child's name that somebody is feared, the last is read from the trail.
///
/// Only [`disclose`](super::disclose) makes one:
///
/// ```compile_fail,E0639
/// fn forge(view: directory::SubjectView) -> directory::SubjectView {
///     directory::SubjectView { whereabouts: None, ..view }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SubjectView {
    /// The identifying number.
    pub number: ChildNumber,
    /// The name in use.
    pub name: PersonName,
    /// Date of birth.
    pub date_of_birth: Option<PartialDate>,
    /// Gender.
    pub gender: Gender,
    /// Who gave the name, the date of birth and the gender; to the young person only, so that a shielded child's answer to
    /// a carer is no different.
    pub identity_sources: Vec<Line>,
    /// Other names, former ones included.
    pub aliases: Vec<Sourced<PersonName>>,
    /// Where the child is.
    pub whereabouts: Option<Sourced<Whereabouts>>,
    /// Earlier addresses.
    pub previous_addresses: Vec<Sourced<Address>>,
    /// Source bodies' numbers.
    pub identifiers: Vec<Sourced<Identifier>>,
    /// Universal and additional services.
    pub involvements: Vec<Sourced<InvolvementView>>,
    /// Those that ended so long ago that practitioners no longer see them.
    pub archived_involvements: Vec<Sourced<InvolvementView>>,
    /// Sensitive services the young person agreed to have known.
    pub sensitive: Vec<Sourced<OwnServiceView>>,
    /// Schools and other education settings.
    pub education: Vec<Sourced<SchoolView>>,
    /// Those left so long ago that practitioners no longer see them.
    pub archived_education: Vec<Sourced<SchoolView>>,
    /// General practices.
    pub practices: Vec<Sourced<Practice>>,
    /// Parents and carers.
    pub carers: Vec<Sourced<NamedCarer>>,
    /// CAF indicators.
    pub caf: Vec<Sourced<CafIndicator>>,
    /// Until what age the young person agreed to stay (rule 3.9).
    pub participation: Option<Participation>,
}

/// A parent or carer as a family member may read of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NamedCarer {
    /// Their name.
    pub name: PersonName,
    /// What they are to the child.
    pub relationship: Relationship,
    /// Whether they have parental responsibility.
    pub responsibility: Responsibility,
    /// How to reach them: to themselves only.
    pub contact: Contact,
}

/// A sensitive service as told to the young person it works with. It has no field for a basis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OwnServiceView {
    /// The service.
    pub service: ServiceType,
    /// The organisation.
    pub organisation: Option<Line>,
    /// The practitioner or team.
    pub practitioner: Option<Line>,
    /// How to reach them.
    pub contact: Contact,
    /// First day.
    pub start: Option<PartialDate>,
    /// Last day.
    pub end: Option<PartialDate>,
}

impl SubjectView {
    /// The names of every field an answer may hold, whoever the child and whoever asks: what the clear header of the audit
    /// entry says (law 3).
    pub const FIELDS: [&'static str; 18] = [
        "number",
        "name",
        "date_of_birth",
        "gender",
        "aliases",
        "whereabouts",
        "previous_addresses",
        "identifiers",
        "involvements",
        "archived_involvements",
        "sensitive",
        "education",
        "archived_education",
        "practices",
        "carers",
        "caf",
        "participation",
        "access_history",
    ];

    pub(super) fn of(
        record: &ChildRecord,
        name: &Sourced<PersonName>,
        requester: &Requester,
        today: Date,
    ) -> Self {
        match requester {
            Requester::YoungPerson => Self::of_ones_own(record, name, today),
            Requester::Carer { .. } | Requester::Unnamed if record.profile.is_shielded() => {
                Self::identity(record, name)
            }
            Requester::Carer { .. } | Requester::Unnamed => Self::to_a_carer(record, name, requester, today),
        }
    }

    /// The four fields that are hidden from nobody, and nothing else.
    fn identity(record: &ChildRecord, name: &Sourced<PersonName>) -> Self {
        Self {
            number: record.profile.number.clone(),
            name: name.value.clone(),
            date_of_birth: record.date_of_birth.as_ref().map(|born| born.value),
            gender: record.gender.as_ref().map_or(Gender::NotSpecified, |gender| gender.value),
            identity_sources: Vec::new(),
            aliases: Vec::new(),
            whereabouts: None,
            previous_addresses: Vec::new(),
            identifiers: Vec::new(),
            involvements: Vec::new(),
            archived_involvements: Vec::new(),
            sensitive: Vec::new(),
            education: Vec::new(),
            archived_education: Vec::new(),
            practices: Vec::new(),
            carers: Vec::new(),
            caf: Vec::new(),
            participation: None,
        }
    }

    /// What a carer of a child without a shield and the young person both are told.
    fn common(record: &ChildRecord, name: &Sourced<PersonName>, requester: &Requester, today: Date) -> Self {
        let open = RecordView::of(record, name, Purpose::OpenRecord, today);
        Self {
            aliases: open.aliases,
            involvements: open.involvements,
            archived_involvements: archived_involvements(record, today),
            education: open.education,
            archived_education: archived_education(record, today),
            practices: open.practices,
            carers: record.carers.iter().map(|carer| named(carer, requester)).collect(),
            caf: open.caf,
            ..Self::identity(record, name)
        }
    }

    fn to_a_carer(
        record: &ChildRecord,
        name: &Sourced<PersonName>,
        requester: &Requester,
        today: Date,
    ) -> Self {
        let alone = !record.carers.is_empty() && record.carers.iter().all(|carer| requester.is(&carer.value));
        Self {
            whereabouts: record.whereabouts.clone().filter(|_| alone),
            ..Self::common(record, name, requester, today)
        }
    }

    fn of_ones_own(record: &ChildRecord, name: &Sourced<PersonName>, today: Date) -> Self {
        Self {
            identity_sources: identity_sources(record, name),
            whereabouts: record.whereabouts.clone(),
            previous_addresses: record.previous_addresses.clone(),
            identifiers: record.identifiers.clone(),
            sensitive: own_services(record, today),
            participation: record.profile.participation,
            ..Self::common(record, name, &Requester::YoungPerson, today)
        }
    }

    pub(super) fn fields_shown(&self) -> Vec<&'static str> {
        [
            ("number", true),
            ("name", true),
            ("date_of_birth", self.date_of_birth.is_some()),
            ("gender", true),
            ("aliases", !self.aliases.is_empty()),
            ("whereabouts", self.whereabouts.is_some()),
            ("previous_addresses", !self.previous_addresses.is_empty()),
            ("identifiers", !self.identifiers.is_empty()),
            ("involvements", !self.involvements.is_empty()),
            ("archived_involvements", !self.archived_involvements.is_empty()),
            ("sensitive", !self.sensitive.is_empty()),
            ("education", !self.education.is_empty()),
            ("archived_education", !self.archived_education.is_empty()),
            ("practices", !self.practices.is_empty()),
            ("carers", !self.carers.is_empty()),
            ("caf", !self.caf.is_empty()),
            ("participation", self.participation.is_some()),
        ]
        .into_iter()
        .filter_map(|(field, shown)| shown.then_some(field))
        .collect()
    }
}

fn identity_sources(record: &ChildRecord, name: &Sourced<PersonName>) -> Vec<Line> {
    let born = record.date_of_birth.as_ref().map(|born| &born.source);
    let gender = record.gender.as_ref().map(|gender| &gender.source);
    let mut sources: Vec<Line> = Vec::new();
    for source in [Some(&name.source), born, gender].into_iter().flatten() {
        if !sources.contains(source) {
            sources.push(source.clone());
        }
    }
    sources
}

fn named(carer: &Sourced<Carer>, requester: &Requester) -> Sourced<NamedCarer> {
    carer.as_ref().map(|carer| NamedCarer {
        name: carer.name.clone(),
        relationship: carer.relationship,
        responsibility: carer.responsibility,
        contact: if requester.is(carer) { carer.contact.clone() } else { Contact::default() },
    })
}

fn own_services(record: &ChildRecord, today: Date) -> Vec<Sourced<OwnServiceView>> {
    let by_consent = record.involvements.iter().filter(|involvement| {
        let (details, basis) = (involvement.value.details(), involvement.value.basis());
        basis.is_some_and(|basis| basis.kind == BasisKind::Consent)
            && item_stage(details.end, &record.periods, today) != ItemStage::ToDestroy
    });
    by_consent
        .map(|involvement| {
            involvement.as_ref().map(|involvement| {
                let details = involvement.details();
                OwnServiceView {
                    service: details.service,
                    organisation: details.organisation.clone(),
                    practitioner: details.practitioner.clone(),
                    contact: details.contact.clone(),
                    start: details.start,
                    end: details.end.filter(|end| end.earliest() <= today),
                }
            })
        })
        .collect()
}
