//! What a request for a shield shows beside its grounds (rule 2.14): how it was seen that who asks and the child are who they are
//! said to be, and how whoever asked can be reached. Codes only: the papers and the telephone number stay in the file of
//! evidence (law 1).

use crate::text_value::coded;
use serde::{Deserialize, Serialize};

coded! {
    /// How it was seen who asks, and that this is the child.
    IdentitySeen {
        /// The agency that hands it in knows both from its own work.
        OwnFile = "own_file",
        /// Papers of both were seen.
        PapersSeen = "papers_seen",
        /// A practitioner who knows both in person says so.
        KnownInPerson = "known_in_person",
    }
}

coded! {
    /// How whoever asked is reached.
    RequesterReach {
        /// Through the agency that hands it in.
        Agency = "agency",
        /// At a telephone number that stands in the file.
        Telephone = "telephone",
        /// At an address that stands in the file.
        Address = "address",
    }
}

/// What was shown of who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// How it was seen who asks, and that this is the child.
    pub identity: IdentitySeen,
    /// How whoever asked is reached.
    pub reach: RequesterReach,
}

impl Asked {
    /// By an agency, for a child of its own work.
    #[must_use]
    pub const fn by_an_agency() -> Self {
        Self { identity: IdentitySeen::OwnFile, reach: RequesterReach::Agency }
    }
}

/// What a request lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskedRule {
    /// No file shows the danger.
    #[error("name the file that shows the danger, with its number")]
    NoEvidence,
    /// It was not seen who asks, and that this is the child.
    #[error(
        "say how you know who asks and that this is the child; a request of which that is not known is not taken"
    )]
    NoIdentity,
    /// Nobody can be reached about it.
    #[error("say how whoever asks can be reached; a request of somebody who cannot be reached is not taken")]
    NoReach,
}
