//! Everybody who may look, and every way in which what they see leaves the crate.

use super::filled::{accountable, asker, views};
use directory::brokering::Reveal;
use directory::disclosure::{
    BrokeringView, disclose_at_shield_desk, disclose_for_brokering, disclose_for_matching,
    disclose_for_placing, disclose_held,
};
use directory::{
    AuthorityCode, ChildRecord, Contribution, Disclosure, Purpose, Requester, SpecialView, Telephone, Viewer,
    disclose, disclose_to_both,
};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewpoint {
    AuthorityPractitioner,
    PartnerPractitioner,
    PartnerManagement,
    AccountableManagement,
    OtherManagement,
    Override,
    OverrideByTwo,
    Mediated,
    Search,
    List,
    YoungPerson,
    Carer,
    AccountableDataManager,
    OtherDataManager,
    AccountableRetrieval,
    OtherRetrieval,
    Auditor,
    MediationAsked,
    Matching,
    SealDesk,
    OtherSealDesk,
    SealedDesk,
    ShieldDesk,
    BrokeringDesk,
    PutInTouch,
}

/// One of the whole list of viewers, with an authority of its own where it has one.
pub fn viewers(authority: &AuthorityCode) -> Vec<Viewer> {
    vec![
        Viewer::AuthorityPractitioner,
        Viewer::PartnerPractitioner,
        Viewer::AuthorityManagement { authority: authority.clone() },
        Viewer::PartnerManagement,
        Viewer::Override,
        Viewer::OverrideByTwo,
        Viewer::ArchiveManager { authority: authority.clone() },
        Viewer::ArchiveRetrieval { authority: authority.clone() },
        Viewer::Subject(Requester::YoungPerson),
        Viewer::Subject(requesting_carer()),
        Viewer::Subject(Requester::Unnamed),
        Viewer::Auditor,
    ]
}

pub fn another_authority() -> AuthorityCode {
    AuthorityCode::parse("E09000003").unwrap()
}

pub fn requesting_carer() -> Requester {
    let carer = asker();
    Requester::Carer { name: carer.name, relationship: carer.relationship }
}

fn of(view: &str, value: impl Serialize) -> Value {
    Value::Object([(view.to_owned(), serde_json::to_value(value).unwrap())].into_iter().collect())
}

fn placed(record: &ChildRecord, authority: &AuthorityCode, today: Date) -> Value {
    let shown = disclose_for_placing(record, &views(), std::slice::from_ref(authority), today);
    shown.into_iter().flatten().map(|view| of("PlacingView", view)).collect()
}

fn brokered(record: &ChildRecord, today: Date) -> Option<BrokeringView> {
    disclose_for_brokering(record, Some(accountable()), today)
}

/// What a provider chooses who lets whoever asked know everything there is to know. The number is the provider's for this asker,
/// and no part of the record.
fn everything() -> Reveal {
    Reveal {
        telephone: Telephone::parse(GIVEN_FOR_THE_ASKER).unwrap(),
        practitioner: true,
        organisation: true,
        service: true,
    }
}

/// The number by which a provider is to be called.
pub const GIVEN_FOR_THE_ASKER: &str = "01632 960999";

/// What a disclosure says, as it would be serialised, under the name of its view.
pub fn said(disclosure: &Disclosure) -> Value {
    match disclosure {
        Disclosure::Full(view) => of("RecordView", view),
        Disclosure::Shielded(view) => of("ShieldedView", view),
        Disclosure::Special(SpecialView::Management(view)) => of("ManagementView", view),
        Disclosure::Special(SpecialView::Override(view)) => of("OverrideView", view),
        Disclosure::Special(SpecialView::Subject(view)) => of("SubjectView", view),
        Disclosure::Special(SpecialView::Archive(view)) => of("ArchiveView", view),
        Disclosure::NotFound => Value::Null,
    }
}

impl Viewpoint {
    pub const ALL: [Self; 25] = [
        Self::AuthorityPractitioner,
        Self::PartnerPractitioner,
        Self::PartnerManagement,
        Self::AccountableManagement,
        Self::OtherManagement,
        Self::Override,
        Self::OverrideByTwo,
        Self::Mediated,
        Self::Search,
        Self::List,
        Self::YoungPerson,
        Self::Carer,
        Self::AccountableDataManager,
        Self::OtherDataManager,
        Self::AccountableRetrieval,
        Self::OtherRetrieval,
        Self::Auditor,
        Self::MediationAsked,
        Self::Matching,
        Self::SealDesk,
        Self::OtherSealDesk,
        Self::SealedDesk,
        Self::ShieldDesk,
        Self::BrokeringDesk,
        Self::PutInTouch,
    ];

    /// The heading of its column.
    pub fn heading(self) -> &'static str {
        match self {
            Self::AuthorityPractitioner => "practitioner",
            Self::PartnerPractitioner => "partner’s practitioner",
            Self::PartnerManagement => "partner’s management",
            Self::AccountableManagement => "management",
            Self::OtherManagement => "other management",
            Self::Override => "override",
            Self::OverrideByTwo => "override by two",
            Self::Mediated => "mediated",
            Self::Search => "search",
            Self::List => "list",
            Self::YoungPerson => "young person",
            Self::Carer => "carer",
            Self::AccountableDataManager => "archive",
            Self::OtherDataManager => "other archive",
            Self::AccountableRetrieval => "retrieved",
            Self::OtherRetrieval => "other retrieved",
            Self::Auditor => "auditor",
            Self::MediationAsked => "colleague asked",
            Self::Matching => "matching",
            Self::SealDesk => "seal desk",
            Self::OtherSealDesk => "other seal desk",
            Self::SealedDesk => "sealed desk",
            Self::ShieldDesk => "shield desk",
            Self::BrokeringDesk => "brokering desk",
            Self::PutInTouch => "put in touch",
        }
    }

    /// Who that is.
    pub fn label(self) -> &'static str {
        match self {
            Self::AuthorityPractitioner => "a practitioner whom a local authority let in",
            Self::PartnerPractitioner => "a practitioner whom a national partner let in",
            Self::PartnerManagement => "management of a national partner",
            Self::AccountableManagement => {
                "management of the authority that answers for the record, opening it as management"
            }
            Self::OtherManagement => "management of any other authority, doing the same",
            Self::Override => "a practitioner who overrides the shield of this record",
            Self::OverrideByTwo => "the same, with a second holder of another organisation who agreed to it",
            Self::Mediated => "what a colleague may be shown, whatever offices either holds",
            Self::Search => "what a search is compared with, whoever searches; no page shows it",
            Self::List => "a row of a result list, whoever searches",
            Self::YoungPerson => "the answer to the young person’s own request",
            Self::Carer => "the answer to a parent or carer, where another carer is recorded too",
            Self::AccountableDataManager => "a data manager of the authority that answered, at the archive",
            Self::OtherDataManager => "a data manager of any other authority, at the archive",
            Self::AccountableRetrieval => {
                "who asked at the authority that answered, for whom the supplier’s operator retrieved it"
            }
            Self::OtherRetrieval => "who asked at any other authority, after the same",
            Self::Auditor => "an auditor",
            Self::MediationAsked => "a colleague whom a mediator asks whether a record may be shown to them",
            Self::Matching => {
                "a data administrator who decides which source records are one child, of each record of it"
            }
            Self::SealDesk => {
                "two people who keep identities apart, of each source record, at the authority that answers for it"
            }
            Self::OtherSealDesk => "the same at any other authority, where one of the children is its own",
            Self::SealedDesk => "two people who decide to whom a held record belongs, of that source record",
            Self::ShieldDesk => {
                "the desk that shields and hands on protected children, of the child and of each of its household"
            }
            Self::BrokeringDesk => "the desk that puts people in touch, of a child somebody asked about",
            Self::PutInTouch => "who asked to be put in touch, where the provider lets them know everything",
        }
    }

    fn viewer(self) -> Option<Viewer> {
        Some(match self {
            Self::AuthorityPractitioner => Viewer::AuthorityPractitioner,
            Self::PartnerPractitioner => Viewer::PartnerPractitioner,
            Self::PartnerManagement => Viewer::PartnerManagement,
            Self::AccountableManagement => Viewer::AuthorityManagement { authority: accountable() },
            Self::OtherManagement => Viewer::AuthorityManagement { authority: another_authority() },
            Self::Override => Viewer::Override,
            Self::OverrideByTwo => Viewer::OverrideByTwo,
            Self::YoungPerson => Viewer::Subject(Requester::YoungPerson),
            Self::Carer => Viewer::Subject(requesting_carer()),
            Self::AccountableDataManager => Viewer::ArchiveManager { authority: accountable() },
            Self::OtherDataManager => Viewer::ArchiveManager { authority: another_authority() },
            Self::AccountableRetrieval => Viewer::ArchiveRetrieval { authority: accountable() },
            Self::OtherRetrieval => Viewer::ArchiveRetrieval { authority: another_authority() },
            Self::Auditor => Viewer::Auditor,
            Self::Mediated
            | Self::MediationAsked
            | Self::Search
            | Self::List
            | Self::Matching
            | Self::SealDesk
            | Self::OtherSealDesk
            | Self::SealedDesk
            | Self::ShieldDesk
            | Self::BrokeringDesk
            | Self::PutInTouch => return None,
        })
    }

    /// What comes out, as JSON; null when nothing does. Of a thing that several viewers see, what they all see together.
    pub fn sees(self, record: &ChildRecord, today: Date) -> Value {
        let everybody = [viewers(&accountable()), viewers(&another_authority())].concat();
        let searched = |viewer: &Viewer| disclose(record, viewer, Purpose::Search, today);
        let both = |purpose: Purpose| {
            let pairs = everybody.iter().flat_map(|one| everybody.iter().map(move |other| (one, other)));
            pairs.map(move |(one, other)| disclose_to_both(record, one, other, purpose, today))
        };
        match self {
            Self::Mediated => both(Purpose::OpenRecord).map(|shared| said(&shared)).collect(),
            Self::MediationAsked => both(Purpose::Search)
                .filter_map(|shared| shared.named())
                .map(|named| of("NamedChild", named))
                .collect(),
            Self::Matching => disclose_for_matching(record, &views(), today)
                .map_or(Value::Null, |view| of("MatchingView", view)),
            Self::SealDesk => placed(record, &accountable(), today),
            Self::OtherSealDesk => placed(record, &another_authority(), today),
            // Of the records that count: what is withheld beside them, it sees of any child (see limits).
            Self::SealedDesk => views()
                .iter()
                .filter(|view| view.contribution == Contribution::Visible)
                .filter_map(|view| disclose_held(record, view))
                .map(|view| of("HeldRecordView", view))
                .collect(),
            Self::ShieldDesk => {
                disclose_at_shield_desk(record, today).map_or(Value::Null, |view| of("ShieldedView", view))
            }
            Self::BrokeringDesk => {
                brokered(record, today).map_or(Value::Null, |view| of("BrokeringView", view))
            }
            Self::PutInTouch => brokered(record, today)
                .into_iter()
                .flat_map(|view| view.providers)
                .map(|provider| of("RevealedContact", provider.revealed(&everything())))
                .collect(),
            Self::Search => everybody.iter().map(|viewer| said(&searched(viewer))).collect(),
            Self::List => {
                let rows = everybody.iter().filter_map(|viewer| searched(viewer).list_row(today));
                rows.map(|row| serde_json::json!({ "ListRow": row })).collect()
            }
            one => said(&disclose(record, &one.viewer().unwrap(), Purpose::OpenRecord, today)),
        }
    }
}
