//! A record as management of the authority that answers for it sees it (rules 2.3, 2.10, 10.16).

use super::record_view::{kept_involvements, kept_schools, open_service, school};
use super::{InvolvementView, Purpose, RecordView, SchoolView};
use crate::address::Address;
use crate::authority_code::AuthorityCode;
use crate::child_profile::Participation;
use crate::child_record::{ChildRecord, Sourced};
use crate::families::DisputedItem;
use crate::involvement::{BasisKind, Consent, Contact, Involvement};
use crate::line::Line;
use crate::month::Month;
use crate::partial_date::PartialDate;
use crate::person_name::PersonName;
use crate::retention::{ItemStage, RetentionPolicy, item_stage};
use crate::service_type::ServiceType;
use crate::shield::{Shield, ShieldReason};
use crate::source_record::Identifier;
use jiff::civil::Date;
use serde::Serialize;

/// The record behind any shield, and the items hidden from ordinary users. Three things stay out even here: who a shield
/// is against or who asked for it, which may be one person; that the child has another identity, which nobody but the
/// matcher is told (law 5); and that a record is withheld because it would join two, which would tell the same
/// (decision 12). Only [`disclose`](super::disclose) makes one:
///
/// ```compile_fail,E0639
/// fn forge(view: directory::ManagementView) -> directory::ManagementView {
///     directory::ManagementView { waiting: 0, ..view }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ManagementView {
    /// What an ordinary viewer sees of the child, or would without the shield.
    pub record: RecordView,
    /// Sensitive services and the basis on which each is known (rules 1.17, 3.6).
    pub sensitive: Vec<Sourced<SensitiveServiceView>>,
    /// Services that ended so long ago that ordinary users no longer see them (rules 4.9, 4.10).
    pub archived_involvements: Vec<Sourced<InvolvementView>>,
    /// Schools left as long ago.
    pub archived_education: Vec<Sourced<SchoolView>>,
    /// Earlier addresses, held for matching.
    pub previous_addresses: Vec<Sourced<Address>>,
    /// Source bodies' numbers, held for matching (rule 1.18).
    pub identifiers: Vec<Sourced<Identifier>>,
    /// The shields in force.
    pub shields: Vec<ShieldInForce>,
    /// The authority that answers for the record.
    pub accountable_authority: Option<AuthorityCode>,
    /// The day of death, once notified (rule 4.6).
    pub died_on: Option<PartialDate>,
    /// Until what age a participating young person stays (rule 3.9).
    pub participation: Option<Participation>,
    /// How many linked records have arrived so lately that nobody is shown what they say (decision 11).
    pub waiting: u32,
    /// The items that somebody says are wrong and nobody has settled yet (rule 14.3). Who says so, and what it should be,
    /// stays with the dispute.
    pub disputed: Vec<DisputedItem>,
}

/// A sensitive service, for management to broker (law 4, rule 8.10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SensitiveServiceView {
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
    /// The basis on which it is known: a code, never the consent itself (rule 3.6).
    pub basis: BasisKind,
    /// Of consent: by whom, and on what capacity (rule 15.9).
    pub consent: Option<Consent>,
    /// The organisation that asserts the basis.
    pub asserted_by: Option<Line>,
    /// When it asserted it.
    pub asserted_on: Option<PartialDate>,
    /// Whether it ended so long ago that it is archived information (rule 4.10).
    pub archived: bool,
}

/// A shield in force: why, and when it is looked at again. Neither who asked nor who decided, and nothing of the threat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ShieldInForce {
    /// The criterion on which it rests.
    pub reason: ShieldReason,
    /// The month in which it is to be reviewed (rule 2.15).
    pub review_due: Month,
}

impl ManagementView {
    /// The names of every field a management page may show, whoever the child: what the clear header of the audit entry
    /// says, so that the trail does not tell a shielded record from any other (law 3).
    pub const FIELDS: [&'static str; 22] = [
        "name",
        "aliases",
        "date_of_birth",
        "gender",
        "number",
        "whereabouts",
        "involvements",
        "education",
        "practices",
        "carers",
        "caf",
        "sensitive",
        "archived_involvements",
        "archived_education",
        "previous_addresses",
        "identifiers",
        "shields",
        "accountable_authority",
        "died_on",
        "participation",
        "waiting",
        "disputed",
    ];

    pub(super) fn of(record: &ChildRecord, name: &Sourced<PersonName>, today: Date) -> Self {
        let periods = &record.periods;
        let in_force = record.profile.shields.iter().filter(|shield| shield.in_force());
        Self {
            record: RecordView::of(record, name, Purpose::OpenRecord, today),
            sensitive: record.involvements.iter().filter_map(|one| sensitive(one, periods, today)).collect(),
            archived_involvements: archived_involvements(record, today),
            archived_education: archived_education(record, today),
            previous_addresses: record.previous_addresses.clone(),
            identifiers: record.identifiers.clone(),
            shields: in_force.map(ShieldInForce::of).collect(),
            accountable_authority: record.accountable_authority().cloned(),
            died_on: record.died_on(),
            participation: record.profile.participation,
            waiting: record.waiting,
            disputed: record.disputed.clone(),
        }
    }

    pub(super) fn fields_shown(&self) -> Vec<&'static str> {
        let mut fields = self.record.fields_shown();
        let hidden = [
            ("sensitive", !self.sensitive.is_empty()),
            ("archived_involvements", !self.archived_involvements.is_empty()),
            ("archived_education", !self.archived_education.is_empty()),
            ("previous_addresses", !self.previous_addresses.is_empty()),
            ("identifiers", !self.identifiers.is_empty()),
            ("shields", !self.shields.is_empty()),
            ("accountable_authority", self.accountable_authority.is_some()),
            ("died_on", self.died_on.is_some()),
            ("participation", self.participation.is_some()),
            ("waiting", self.waiting > 0),
            ("disputed", !self.disputed.is_empty()),
        ];
        fields.extend(hidden.into_iter().filter_map(|(field, shown)| shown.then_some(field)));
        fields
    }
}

/// Services no longer shown to ordinary users and not yet due to be destroyed.
pub(super) fn archived_involvements(record: &ChildRecord, today: Date) -> Vec<Sourced<InvolvementView>> {
    kept_involvements(record, ItemStage::Archived, today)
        .filter_map(|involvement| open_service(involvement, today))
        // Whoever led once leads no longer (rule 8.7).
        .map(|mut involvement| {
            involvement.value.lead = false;
            involvement
        })
        .collect()
}

/// Schools no longer shown to ordinary users and not yet due to be destroyed.
pub(super) fn archived_education(record: &ChildRecord, today: Date) -> Vec<Sourced<SchoolView>> {
    kept_schools(record, ItemStage::Archived, today)
        .map(|education| education.as_ref().map(|education| school(education, today)))
        .collect()
}

impl ShieldInForce {
    fn of(shield: &Shield) -> Self {
        Self { reason: shield.reason(), review_due: shield.review_due() }
    }
}

fn sensitive(
    involvement: &Sourced<Involvement>,
    periods: &RetentionPolicy,
    today: Date,
) -> Option<Sourced<SensitiveServiceView>> {
    let details = involvement.value.details();
    let basis = involvement.value.basis()?;
    let archived = match item_stage(details.end, periods, today) {
        ItemStage::Shown => false,
        ItemStage::Archived => true,
        ItemStage::ToDestroy => return None,
    };
    Some(involvement.as_ref().map(|_| SensitiveServiceView {
        service: details.service,
        organisation: details.organisation.clone(),
        practitioner: details.practitioner.clone(),
        contact: details.contact.clone(),
        start: details.start,
        end: details.end.filter(|end| end.earliest() <= today),
        basis: basis.kind,
        consent: basis.consent,
        asserted_by: basis.asserted_by.clone(),
        asserted_on: basis.asserted_on,
        archived,
    }))
}
