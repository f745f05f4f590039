//! The guards of the laws, each asked at the one place where its law is enforced.
//!
//! A guard always stands: [`Guard::stands`] is the constant `true`. Only where the feature `switchable` is on, which the
//! packages' tests alone ask for, and only in a build with debug assertions, does it stand unless the variable
//! `CONTACTPOINT_GUARD_OFF` names it, alone or among others. So a test can show, for each law and for each channel by which what
//! is hidden could be learnt, that the test which proves it would fail without its guard: `PROOFS` is the list, and each package
//! runs its part of it (`tests/it/without_guards.rs`).

#[cfg(feature = "switchable")]
mod proofs;

#[cfg(feature = "switchable")]
pub use proofs::{PROOFS, Proof, Runs, fail_without_guards};

/// A guard, named after what it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Law 1: a column outside the closed schema refuses the file.
    ClosedSchema,
    /// Law 2: what a shield leaves of a record is decided where it is disclosed.
    LeastDisclosure,
    /// Law 3: a shielded child has no search key of what is hidden.
    HiddenSearchKeys,
    /// Law 3: in the stead of nobody a stranger is opened and put away.
    Strangers,
    /// Law 3: a record near a shielded child, or at their place, is held.
    Holds,
    /// Law 3: where a protected child is known is for the desk of the authority that answers for it.
    OwnDesk,
    /// Law 3: the clear rows of an investigation do not stand beside the entry of the override that it is about.
    CoarseTimes,
    /// Law 3: of a protected child one national authority stands in the clear.
    HiddenAuthority,
    /// Law 3: to whom a shield bars there is no such child.
    Bars,
    /// Law 3: the sealed bodies of the trail are of equal length.
    EqualEntries,
    /// Law 3: what a load met is counted without what is known of somebody hidden alone.
    ProtectedUncounted,
    /// Law 3: a count that is told is rounded, and a small one is not told.
    SmallNumbers,
    /// Law 3: no answer is kept by a browser or a cache.
    NoStore,
    /// Law 4: no sensitive service without a standing basis.
    Basis,
    /// Law 4: what an ordinary viewer is shown holds no sensitive service.
    OpenServices,
    /// Law 5: the barrier between identities that are kept apart.
    Barrier,
    /// Law 5: a sealed former identity is nobody.
    FormerIdentity,
    /// Law 6: nothing is shown whose entry is not durable.
    DurableEntry,
    /// Law 6: a handle serves the session that found it, and no other.
    OwnHandles,
    /// Law 7: above the cap no row is shown.
    ResultCap,
    /// Law 7: a receipt does not tell whether anybody can read the record.
    EqualReceipts,
    /// Law 8: what a statement replaces is kept.
    KeptVersions,
    /// Law 9: a record leaves the live directory on its day.
    Retention,
    /// Law 9: a destroyed record does not rise again.
    Suppression,
    /// Law 9: what is destroyed loses its keys.
    KeyDestruction,
    /// Law 10: what is stored is sealed.
    Sealing,
    /// Law 11: an entry must have the hash the chain gives it.
    Chain,
    /// Law 12: a decision carries its evidence.
    Evidence,
}

impl Guard {
    /// Every guard.
    pub const ALL: [Self; 28] = [
        Self::ClosedSchema,
        Self::LeastDisclosure,
        Self::HiddenSearchKeys,
        Self::Strangers,
        Self::Holds,
        Self::OwnDesk,
        Self::CoarseTimes,
        Self::HiddenAuthority,
        Self::Bars,
        Self::EqualEntries,
        Self::ProtectedUncounted,
        Self::SmallNumbers,
        Self::NoStore,
        Self::Basis,
        Self::OpenServices,
        Self::Barrier,
        Self::FormerIdentity,
        Self::DurableEntry,
        Self::OwnHandles,
        Self::ResultCap,
        Self::EqualReceipts,
        Self::KeptVersions,
        Self::Retention,
        Self::Suppression,
        Self::KeyDestruction,
        Self::Sealing,
        Self::Chain,
        Self::Evidence,
    ];

    /// The name by which a test turns it off.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClosedSchema => "closed_schema",
            Self::LeastDisclosure => "least_disclosure",
            Self::HiddenSearchKeys => "hidden_search_keys",
            Self::Strangers => "strangers",
            Self::Holds => "holds",
            Self::OwnDesk => "own_desk",
            Self::CoarseTimes => "coarse_times",
            Self::HiddenAuthority => "hidden_authority",
            Self::Bars => "bars",
            Self::EqualEntries => "equal_entries",
            Self::ProtectedUncounted => "protected_uncounted",
            Self::SmallNumbers => "small_numbers",
            Self::NoStore => "no_store",
            Self::Basis => "basis",
            Self::OpenServices => "open_services",
            Self::Barrier => "barrier",
            Self::FormerIdentity => "former_identity",
            Self::DurableEntry => "durable_entry",
            Self::OwnHandles => "own_handles",
            Self::ResultCap => "result_cap",
            Self::EqualReceipts => "equal_receipts",
            Self::KeptVersions => "kept_versions",
            Self::Retention => "retention",
            Self::Suppression => "suppression",
            Self::KeyDestruction => "key_destruction",
            Self::Sealing => "sealing",
            Self::Chain => "chain",
            Self::Evidence => "evidence",
        }
    }

    /// Whether it stands: always, but in a test that has turned it off.
    #[cfg(not(all(feature = "switchable", debug_assertions)))]
    #[must_use]
    #[inline(always)]
    pub const fn stands(self) -> bool {
        let _ = self;
        true
    }

    /// Whether it stands: unless `CONTACTPOINT_GUARD_OFF` names it.
    #[cfg(all(feature = "switchable", debug_assertions))]
    #[must_use]
    pub fn stands(self) -> bool {
        static OFF: std::sync::LazyLock<String> =
            std::sync::LazyLock::new(|| std::env::var("CONTACTPOINT_GUARD_OFF").unwrap_or_default());
        OFF.split(',').all(|off| off != self.name())
    }
}
