//! What is kept of a passkey, sealed under its owner's key.

use serde::{Deserialize, Serialize};
use store::passkeys::PasskeyRow;
use uuid::Uuid;
use vault::{Aad, Bundle};
use webauthn_rs::prelude::Passkey;

use jiff::Timestamp;
use store::Key16;

use crate::{Directory, ServiceError};

/// Where a passkey lives, as its owner says: a closed choice, so that no name of a person or a place is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasskeyKind {
    /// The computer at work.
    Computer,
    /// A telephone or a tablet.
    Phone,
    /// A security key.
    SecurityKey,
    /// A password manager.
    Manager,
}

impl PasskeyKind {
    /// Every kind, in the order of the form.
    pub const ALL: [Self; 4] = [Self::Computer, Self::Phone, Self::SecurityKey, Self::Manager];

    /// The code in forms.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Computer => "computer",
            Self::Phone => "phone",
            Self::SecurityKey => "security_key",
            Self::Manager => "manager",
        }
    }

    /// The kind of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// A passkey as its owner sees it.
#[derive(Debug, Clone)]
pub struct PasskeyLine {
    /// What to remove it by: a keyed hash, which signs nobody in.
    pub handle: String,
    /// Where it lives.
    pub kind: PasskeyKind,
    /// When it was registered.
    pub since: Timestamp,
    /// When it last signed its owner in.
    pub last_used: Option<Timestamp>,
    /// Whether it is taken out of use because its counter went back: somebody may have copied it.
    pub suspended: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) struct PasskeyContent {
    pub(super) key: Passkey,
    pub(super) kind: PasskeyKind,
    /// Microseconds UTC.
    pub(super) last_used: Option<i64>,
    pub(super) suspended: bool,
}

/// The slot beside which passkeys are sealed: the account's own.
fn aad<'a>(credential_key: Key16) -> Aad<'a> {
    Aad::new(Uuid::from_bytes(credential_key.0), 0)
}

impl Directory {
    pub(super) fn seal_passkey(
        &self,
        bundle: &Bundle,
        credential_key: Key16,
        content: &PasskeyContent,
    ) -> Result<Vec<u8>, ServiceError> {
        let key = bundle.key(0).ok_or_else(|| ServiceError::internal("an account's data key is gone"))?;
        let plain = serde_json::to_vec(content).map_err(ServiceError::internal)?;
        Ok(vault::seal(key, aad(credential_key), &plain, &mut self.world.chance.generator())?)
    }

    pub(super) fn open_passkey(
        &self,
        bundle: &Bundle,
        row: &PasskeyRow,
    ) -> Result<PasskeyContent, ServiceError> {
        let key = bundle.key(0).ok_or_else(|| ServiceError::internal("an account's data key is gone"))?;
        let plain = vault::open(key, aad(row.credential_key), &row.sealed)?;
        serde_json::from_slice(&plain).map_err(ServiceError::internal)
    }
}
