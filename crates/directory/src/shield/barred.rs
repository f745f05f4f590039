//! Whom a shield is hidden from altogether: to a barred account, and to whoever works for a barred organisation, there is
//! no such child.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

/// The barred accounts and organisations of one shield, three at most together: a longer list says that the child needs
/// another identity, not another shield; and a profile must not grow with it (decision 4).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Barred {
    #[serde(skip_serializing_if = "BTreeSet::is_empty", serialize_with = "without_hyphens")]
    accounts: BTreeSet<Uuid>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty", serialize_with = "without_hyphens")]
    organisations: BTreeSet<Uuid>,
}

#[derive(Deserialize)]
struct Unchecked {
    #[serde(default)]
    accounts: BTreeSet<Uuid>,
    #[serde(default)]
    organisations: BTreeSet<Uuid>,
}

/// More are barred than one shield takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a shield bars three accounts and organisations at most")]
pub struct TooManyBarred;

impl Barred {
    /// How many a shield bars at most.
    pub const MOST: usize = 3;

    /// The list of one shield.
    ///
    /// # Errors
    /// When there are more than [`Barred::MOST`].
    pub fn new(accounts: BTreeSet<Uuid>, organisations: BTreeSet<Uuid>) -> Result<Self, TooManyBarred> {
        if accounts.len() + organisations.len() > Self::MOST {
            return Err(TooManyBarred);
        }
        Ok(Self { accounts, organisations })
    }

    /// Whether it bars nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty() && self.organisations.is_empty()
    }

    /// Whether it bars this account, or the organisation it works for.
    #[must_use]
    pub fn bars(&self, account: Uuid, organisation: Uuid) -> bool {
        self.accounts.contains(&account) || self.organisations.contains(&organisation)
    }

    /// The barred accounts.
    #[must_use]
    pub const fn accounts(&self) -> &BTreeSet<Uuid> {
        &self.accounts
    }

    /// The barred organisations.
    #[must_use]
    pub const fn organisations(&self) -> &BTreeSet<Uuid> {
        &self.organisations
    }
}

impl TryFrom<Unchecked> for Barred {
    type Error = TooManyBarred;
    fn try_from(given: Unchecked) -> Result<Self, Self::Error> {
        Self::new(given.accounts, given.organisations)
    }
}

/// Ids in their short form: several shields fit the block to which every profile is padded.
pub(super) fn without_hyphens<'a, S: Serializer>(
    ids: impl IntoIterator<Item = &'a Uuid>,
    to: S,
) -> Result<S::Ok, S::Error> {
    to.collect_seq(ids.into_iter().map(|id| id.simple().to_string()))
}

/// One id in its short form.
#[allow(clippy::ref_option, reason = "serde hands over the field")]
pub(super) fn one_without_hyphens<S: Serializer>(id: &Option<Uuid>, to: S) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => to.serialize_str(&id.simple().to_string()),
        None => to.serialize_none(),
    }
}
