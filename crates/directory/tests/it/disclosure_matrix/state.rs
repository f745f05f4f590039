//! Where a record can stand.

use super::filled::{in_force, of_high_risk, profile, protected, record};
use crate::children::TODAY;
use directory::{ChildProfile, ChildRecord, Seal};
use jiff::civil::{Date, date};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Live,
    NewIdentity,
    Shielded,
    ShieldedHighRisk,
    ShieldedNewIdentity,
    FormerIdentity,
    Held,
    ArchiveYearOne,
    ShieldedArchiveYearOne,
    ArchiveLater,
    ToDestroy,
}

impl State {
    pub const ALL: [Self; 11] = [
        Self::Live,
        Self::NewIdentity,
        Self::Shielded,
        Self::ShieldedHighRisk,
        Self::ShieldedNewIdentity,
        Self::FormerIdentity,
        Self::Held,
        Self::ArchiveYearOne,
        Self::ShieldedArchiveYearOne,
        Self::ArchiveLater,
        Self::ToDestroy,
    ];

    /// What the book calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::NewIdentity => "live, the new one of two identities kept apart",
            Self::Shielded => "shielded",
            Self::ShieldedHighRisk => "shielded, of high risk",
            Self::ShieldedNewIdentity => "shielded, the new one of two identities kept apart",
            Self::FormerIdentity => "a former identity, sealed",
            Self::Held => "held until the protected desk has looked",
            Self::ArchiveYearOne => "in the archive’s first year",
            Self::ShieldedArchiveYearOne => "shielded, in the archive’s first year",
            Self::ArchiveLater => "in the archive, the first year over",
            Self::ToDestroy => "due to be destroyed",
        }
    }

    /// What the directory decided about the child.
    pub fn profile(self) -> ChildProfile {
        let shielded = || {
            let mut profile = protected(profile());
            profile.shields.push(in_force());
            profile
        };
        let sealed = |seal| ChildProfile { seal, ..protected(profile()) };
        match self {
            Self::Live | Self::ArchiveYearOne | Self::ArchiveLater | Self::ToDestroy => profile(),
            Self::NewIdentity => sealed(Seal::NewIdentity),
            Self::Shielded | Self::ShieldedArchiveYearOne => shielded(),
            Self::ShieldedHighRisk => {
                let mut profile = shielded();
                profile.shields.push(of_high_risk());
                profile
            }
            Self::ShieldedNewIdentity => ChildProfile { seal: Seal::NewIdentity, ..shielded() },
            Self::FormerIdentity => sealed(Seal::FormerIdentity),
            Self::Held => ChildProfile { held: true, ..profile() },
        }
    }

    /// The day on which it is so.
    pub fn today(self) -> Date {
        match self {
            Self::ArchiveYearOne | Self::ShieldedArchiveYearOne => date(2027, 8, 1),
            Self::ArchiveLater => date(2028, 6, 1),
            Self::ToDestroy => date(2033, 6, 1),
            _ => TODAY,
        }
    }

    /// The filled record in that state, and the day on which it is.
    pub fn record(self) -> (ChildRecord, Date) {
        (record(self.profile()), self.today())
    }
}
