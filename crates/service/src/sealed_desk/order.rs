//! What two people decided about a held record, as it is carried out and kept in the journal (decision 3).

use directory::ChildNumber;
use directory::shield::Shield;
use serde::{Deserialize, Serialize};
use store::Key16;
use uuid::Uuid;

/// A release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReleaseOrder {
    /// The source of the record.
    pub(crate) source: Uuid,
    /// The keyed hash of the source's own id: the row may be gone in a restored database, and come again.
    local: Uuid,
    /// To whom the record belongs.
    pub(crate) to: Released,
    /// The shields that the child has from the same moment on, because its record lies at a protected home (law 3).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) shields: Vec<Shield>,
}

/// To whom a record was released.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Released {
    /// To this child.
    Child(Uuid),
    /// To a child of its own, which has this id and number if it has none yet.
    Own(Uuid, ChildNumber),
}

impl Released {
    pub(crate) const fn child(&self) -> Uuid {
        match self {
            Self::Child(child) | Self::Own(child, _) => *child,
        }
    }
}

impl ReleaseOrder {
    pub(crate) fn new(source: Uuid, local_key: Key16, to: Released) -> Self {
        Self { source, local: Uuid::from_bytes(local_key.0), to, shields: Vec::new() }
    }

    pub(crate) fn local_key(&self) -> Key16 {
        Key16(self.local.into_bytes())
    }
}
