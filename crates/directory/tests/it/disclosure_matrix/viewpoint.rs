//! Everybody who may look, and every way in which what they see leaves the crate.

use super::filled::{accountable, asker};
use directory::{
    AuthorityCode, ChildRecord, Disclosure, Purpose, Requester, SpecialView, Viewer, disclose,
    disclose_to_both,
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

/// What a disclosure says, as it would be serialised, under the name of its view.
pub fn said(disclosure: &Disclosure) -> Value {
    fn of(view: &str, value: impl Serialize) -> Value {
        Value::Object([(view.to_owned(), serde_json::to_value(value).unwrap())].into_iter().collect())
    }
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
    pub const ALL: [Self; 17] = [
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
            Self::Mediated | Self::Search | Self::List => return None,
        })
    }

    /// What comes out, as JSON; null when nothing does. Of a thing that several viewers see, what they all see together.
    pub fn sees(self, record: &ChildRecord, today: Date) -> Value {
        let everybody = [viewers(&accountable()), viewers(&another_authority())].concat();
        let searched = |viewer: &Viewer| disclose(record, viewer, Purpose::Search, today);
        match self {
            Self::Mediated => {
                let pairs = everybody.iter().flat_map(|one| everybody.iter().map(move |other| (one, other)));
                pairs
                    .map(|(one, other)| disclose_to_both(record, one, other, Purpose::OpenRecord, today))
                    .map(|shared| said(&shared))
                    .collect()
            }
            Self::Search => everybody.iter().map(|viewer| said(&searched(viewer))).collect(),
            Self::List => {
                let rows = everybody.iter().filter_map(|viewer| searched(viewer).list_row(today));
                rows.map(|row| serde_json::json!({ "ListRow": row })).collect()
            }
            one => said(&disclose(record, &one.viewer().unwrap(), Purpose::OpenRecord, today)),
        }
    }
}
