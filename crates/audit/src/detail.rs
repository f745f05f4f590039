//! What the sealed bodies of entries hold. These are personal data: they are sealed before they are chained or
//! stored, and never logged, so none of these types prints its content.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// Why bytes are not a detail.
#[derive(Debug, Error)]
#[error("the body of the audit entry is not one this version knows (line {line}, column {column})")]
pub struct DetailError {
    /// Where it stops making sense. The text itself is not repeated: it is personal data.
    line: usize,
    /// And at which character of that line.
    column: usize,
}

impl From<serde_json::Error> for DetailError {
    fn from(error: serde_json::Error) -> Self {
        Self { line: error.line(), column: error.column() }
    }
}

/// The body of an entry before sealing, by kind.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Detail {
    /// Of [`Action::SignIn`](crate::Action::SignIn), `SignInFailed` and `SignOut`.
    SignIn(SignInDetail),
    /// Of `ReasonStated`.
    Reason(ReasonDetail),
    /// Of `Search` and `SearchRefused`.
    Search(SearchDetail),
    /// Of `RecordViewed` and `RecordRefused`.
    Disclosure(DisclosureDetail),
    /// Of `Load`.
    Load(LoadDetail),
    /// Of `RecordChanged`, `OrganisationChanged`, `SourceChanged`, `ReviewDecided`, `AlertDecided`, `InvestigationChanged`,
    /// `Mediation`, `DisclosureRegistered`, `FamilyMatterChanged` and `System`.
    Change(ChangeDetail),
    /// Of `AccountChanged`.
    AccountChange(AccountChangeDetail),
    /// Of `Export`, `AuditRead`, `AccountsRead`, `OrganisationsRead`, `AlertsRead`, `RegisterRead`, `ShieldsRead`, `BrokeringRead` and `FamilyMattersRead`.
    Export(ExportDetail),
}

impl Detail {
    /// The bytes to seal: JSON.
    ///
    /// # Errors
    ///
    /// None in practice: every detail is JSON.
    pub fn to_bytes(&self) -> Result<Vec<u8>, DetailError> {
        Ok(serde_json::to_vec(self)?)
    }

    /// Reads what [`Detail::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// Anything else, told without repeating it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DetailError> {
        Ok(serde_json::from_slice(bytes)?)
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::SignIn(_) => "SignIn",
            Self::Reason(_) => "Reason",
            Self::Search(_) => "Search",
            Self::Disclosure(_) => "Disclosure",
            Self::Load(_) => "Load",
            Self::Change(_) => "Change",
            Self::AccountChange(_) => "AccountChange",
            Self::Export(_) => "Export",
        }
    }
}

impl fmt::Debug for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}([personal data])", self.kind())
    }
}

/// A sign-in or its failure, or a sign-out.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInDetail {
    /// The account, when there is one of that name.
    pub account: Option<Uuid>,
    /// The name as it was typed.
    pub username: String,
    /// The network address it came from.
    pub address: Option<String>,
    /// What came of it, as a stable code: `ok`, `wrong_password`, `wrong_code`, `locked`, `expired`, ….
    pub outcome: String,
}

/// A reason stated, confirmed or changed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonDetail {
    /// The reason's stable code.
    pub reason: String,
    /// The code it replaces.
    pub previous: Option<String>,
    /// The child it is stated for; none for the session's first.
    pub child: Option<Uuid>,
}

/// One field of a search and what was asked for in it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// The field's stable name.
    pub field: String,
    /// The value as it was typed.
    pub value: String,
}

/// A search: what was asked and what was shown.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchDetail {
    /// What was asked, in the order of the form.
    pub criteria: Vec<Criterion>,
    /// The children shown, in their order. A result list is child data too (law 6).
    pub shown: Vec<Uuid>,
    /// How many were found; more than shown when the list was withheld or cut.
    pub found: u64,
    /// Why nothing was shown, as a stable code: `too_broad`, `too_many`, `not_permitted`.
    pub refused: Option<String>,
    /// The colleague for whom it was searched (rule 6.12).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mediated_for: Option<Uuid>,
    /// What the watch noted as it was written, as stable codes: what needs the names, which only then are at hand. Never in
    /// the header.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
}

/// A child record shown, or asked for and not shown.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisclosureDetail {
    /// The child.
    pub child: Option<Uuid>,
    /// The fields truly shown, by their stable names.
    pub fields_shown: Vec<String>,
    /// Why it was not shown, as a stable code.
    pub refused: Option<String>,
    /// The colleague for whom it was opened (rule 6.12).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mediated_for: Option<Uuid>,
    /// What the watch noted as it was written, as stable codes: what needs the names, which only then are at hand. Never in
    /// the header.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// The reason by a list of the act's own (an override's, the archive's), as a stable code. Never in the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated: Option<String>,
    /// The second person who agreed to it, where nobody may alone (rule 2.9).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed_by: Option<Uuid>,
}

/// A load of source records.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadDetail {
    /// The run.
    pub run: Option<Uuid>,
    /// The source's name.
    pub source: String,
    /// The keyed digest of the file, in hexadecimal.
    pub file_digest: String,
    /// Rows read.
    pub rows_read: u64,
    /// Rows accepted, whether new, unchanged or updated.
    pub accepted: u64,
    /// Rows that said nothing new.
    pub unchanged: u64,
    /// Rows that replaced an earlier version.
    pub updated: u64,
    /// Rows put into quarantine.
    pub quarantined: u64,
}

/// A change to a child record, an organisation, a source, a review or the service.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeDetail {
    /// What was done, as a stable code: `shield_placed`, `link_refused`, `key_destroyed`, ….
    pub change: String,
    /// What it was done to.
    pub subject: Option<Uuid>,
    /// Further ids it touched: source records, links, a second child.
    pub others: Vec<Uuid>,
    /// The fields it touched, by their stable names; never their values.
    pub fields: Vec<String>,
}

/// A change to an account.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChangeDetail {
    /// The account changed.
    pub account: Option<Uuid>,
    /// What was done, as stable codes.
    pub changes: Vec<String>,
}

/// An export, or a reading of the audit trail.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportDetail {
    /// What was exported or read, as a stable code.
    pub what: String,
    /// The first entry.
    pub from_seq: Option<u64>,
    /// The last entry.
    pub to_seq: Option<u64>,
    /// What the reading was about, when it was about a child or an account.
    pub subject: Option<Uuid>,
}

macro_rules! silent {
    ($($name:ident),+ $(,)?) => {
        $(impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([personal data])"))
            }
        })+
    };
}

silent!(
    SignInDetail,
    ReasonDetail,
    Criterion,
    SearchDetail,
    DisclosureDetail,
    LoadDetail,
    ChangeDetail,
    AccountChangeDetail,
    ExportDetail,
);
