//! The clear header of an entry: who did what, when, and for which reason, but never to whom by name.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;
use uuid::Uuid;

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// What was done. The text form is stable: it is hashed into the chain.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Action {
            $($(#[$doc])* #[serde(rename = $text)] $name,)+
        }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stable text form.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// The action of that text form; `None` for any other text.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

actions! {
    /// Both factors were right.
    SignIn = "sign_in",
    /// A sign-in was refused, whatever the cause.
    SignInFailed = "sign_in_failed",
    /// A session ended.
    SignOut = "sign_out",
    /// A reason was stated, confirmed or changed.
    ReasonStated = "reason_stated",
    /// A search was answered, with results or none.
    Search = "search",
    /// A search was refused as too broad or not permitted.
    SearchRefused = "search_refused",
    /// A child record was shown.
    RecordViewed = "record_viewed",
    /// A child record was asked for and not shown, whatever the cause.
    RecordRefused = "record_refused",
    /// Source records were loaded.
    Load = "load",
    /// A child record was changed: every protective act as well, so that the clear header never tells a shield.
    RecordChanged = "record_changed",
    /// An account was created, changed, suspended or closed.
    AccountChanged = "account_changed",
    /// An organisation or its accreditation was changed.
    OrganisationChanged = "organisation_changed",
    /// A source system was connected, paused or changed.
    SourceChanged = "source_changed",
    /// A clerical review was decided.
    ReviewDecided = "review_decided",
    /// The audit trail itself was searched or read.
    AuditRead = "audit_read",
    /// Accounts were listed or one was looked at, by somebody else than its holder.
    AccountsRead = "accounts_read",
    /// Organisations or their accreditation were looked at.
    OrganisationsRead = "organisations_read",
    /// Alerts or investigations were looked at.
    AlertsRead = "alerts_read",
    /// An alert was taken on or decided.
    AlertDecided = "alert_decided",
    /// An investigation was opened, escalated or closed.
    InvestigationChanged = "investigation_changed",
    /// A look-up for a colleague was asked for, approved or refused.
    Mediation = "mediation",
    /// A disclosure outside the access rules was proposed, decided or released.
    DisclosureRegistered = "disclosure_registered",
    /// The register of such disclosures was looked at.
    RegisterRead = "register_read",
    /// The list of the shield desk was looked at; it names no child.
    ShieldsRead = "shields_read",
    /// Somebody asked to be put in touch with who works with a child, or a step was taken with such a request: asking, taking
    /// on, contacting, answering and closing look alike in the clear.
    BrokeringChanged = "brokering_changed",
    /// A list of such requests was looked at, one's own or a desk's; it names no child.
    BrokeringRead = "brokering_read",
    /// Something was exported, such as the audit trail.
    Export = "export",
    /// What a family asked was taken in, worked on, decided or answered; the same for every child.
    FamilyMatterChanged = "family_matter_changed",
    /// What families ask was looked at: a list or one matter.
    FamilyMattersRead = "family_matters_read",
    /// The service's own acts: start, key rotation, destruction of a key.
    System = "system",
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A handle of an account or a child: 16 bytes that are random or a keyed hash, and mean nothing to whoever lacks
/// the key. Its text form is 32 lowercase hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle([u8; 16]);

impl Handle {
    /// From 16 random or keyed bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// From the text form; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        (!text.bytes().any(|byte| byte.is_ascii_uppercase())).then_some(Self(bytes))
    }
}

impl From<Uuid> for Handle {
    fn from(id: Uuid) -> Self {
        Self(id.into_bytes())
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Handle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Handle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("a handle is 32 lowercase hexadecimal digits"))
    }
}

/// Why a text is not a header.
#[derive(Debug, Error)]
pub enum HeaderError {
    /// Not JSON of a header's fields.
    #[error("the header is not one this version knows: {0}")]
    Json(#[from] serde_json::Error),
    /// A header, but not in the one form this product writes.
    #[error("the header is not in its canonical form")]
    NotCanonical,
}

/// The clear part of an entry. Its shape is the same for every entry of an action: a field that does not apply is
/// null, not absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Random, never used twice.
    pub entry_id: Uuid,
    /// When, to the microsecond; finer digits are dropped.
    #[serde(with = "jiff::fmt::serde::timestamp::microsecond::required")]
    pub at: Timestamp,
    /// What was done.
    pub action: Action,
    /// Who did it; none for the service itself and for a sign-in to an unknown account.
    pub account: Option<Handle>,
    /// The organisation the account acted for.
    pub organisation: Option<Uuid>,
    /// The role it acted in, as its stable code.
    pub role: Option<String>,
    /// The stated reason, as its stable code.
    pub reason: Option<String>,
    /// The child it was about, where it was about one.
    pub child: Option<Handle>,
    /// For a disclosure, the names of the fields the viewer's role is shown on such a page. It must not depend on
    /// the child (a list without an address would tell a shield): what was truly shown stands in the sealed
    /// [`DisclosureDetail`](crate::DisclosureDetail).
    pub fields: Vec<String>,
}

impl Header {
    /// A header with nothing but the facts every entry has.
    pub fn new(entry_id: Uuid, at: Timestamp, action: Action) -> Self {
        Self {
            entry_id,
            at,
            action,
            account: None,
            organisation: None,
            role: None,
            reason: None,
            child: None,
            fields: Vec::new(),
        }
    }

    /// The canonical text: what is stored and hashed. JSON on one line, fields in the order declared, nothing left
    /// out, no floats and no maps.
    ///
    /// # Errors
    ///
    /// None in practice: every header is JSON.
    pub fn to_json(&self) -> Result<String, HeaderError> {
        Ok(serde_json::to_string(self)?)
    }

    /// Reads the canonical text.
    ///
    /// # Errors
    ///
    /// Other fields, other values, or any other spelling of the same header.
    pub fn parse(text: &str) -> Result<Self, HeaderError> {
        let header: Self = serde_json::from_str(text)?;
        if header.to_json()? == text { Ok(header) } else { Err(HeaderError::NotCanonical) }
    }
}
