//! The guards of the laws, each asked at the one place where its law is enforced.
//!
//! A guard always stands: [`Guard::stands`] is the constant `true`. Only where the feature `switchable` is on, which the
//! packages' tests alone ask for, and only in a build that is not optimised, does it stand unless the variable
//! `CONTACTPOINT_GUARD_OFF` names it. So a test can show, for each law, that the test which proves the law would fail without
//! its guard; ARCHITECTURE.md has the list, and `testkit::fails_without` does it.

/// A guard, named after what it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Law 1: a column outside the closed schema refuses the file.
    ClosedSchema,
    /// Law 2: what a shield leaves of a record is decided where it is disclosed.
    LeastDisclosure,
    /// Law 3: a shielded child has no search key of what is hidden.
    HiddenSearchKeys,
    /// Law 3: a record near a shielded child, or at their place, is held.
    Holds,
    /// Law 3: where a protected child is known is for the desk of the authority that answers for it.
    OwnDesk,
    /// Law 3: the clear rows of an investigation do not stand beside the entry of the override that it is about.
    CoarseTimes,
    /// Law 3: of a protected child one national authority stands in the clear.
    HiddenAuthority,
    /// Law 4: no sensitive service without a standing basis.
    Basis,
    /// Law 5: the barrier between identities that are kept apart.
    Barrier,
    /// Law 5: a sealed former identity is nobody.
    FormerIdentity,
    /// Law 6: nothing is shown whose entry is not durable.
    DurableEntry,
    /// Law 7: above the cap no row is shown.
    ResultCap,
    /// Law 8: what a statement replaces is kept.
    KeptVersions,
    /// Law 9: a record leaves the live directory on its day.
    Retention,
    /// Law 9: a destroyed record does not rise again.
    Suppression,
    /// Law 10: what is stored is sealed.
    Sealing,
    /// Law 11: an entry must have the hash the chain gives it.
    Chain,
    /// Law 12: a decision carries its evidence.
    Evidence,
}

impl Guard {
    /// Every guard.
    pub const ALL: [Self; 18] = [
        Self::ClosedSchema,
        Self::LeastDisclosure,
        Self::HiddenSearchKeys,
        Self::Holds,
        Self::OwnDesk,
        Self::CoarseTimes,
        Self::HiddenAuthority,
        Self::Basis,
        Self::Barrier,
        Self::FormerIdentity,
        Self::DurableEntry,
        Self::ResultCap,
        Self::KeptVersions,
        Self::Retention,
        Self::Suppression,
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
            Self::Holds => "holds",
            Self::OwnDesk => "own_desk",
            Self::CoarseTimes => "coarse_times",
            Self::HiddenAuthority => "hidden_authority",
            Self::Basis => "basis",
            Self::Barrier => "barrier",
            Self::FormerIdentity => "former_identity",
            Self::DurableEntry => "durable_entry",
            Self::ResultCap => "result_cap",
            Self::KeptVersions => "kept_versions",
            Self::Retention => "retention",
            Self::Suppression => "suppression",
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
        static OFF: std::sync::LazyLock<Option<String>> =
            std::sync::LazyLock::new(|| std::env::var("CONTACTPOINT_GUARD_OFF").ok());
        OFF.as_deref() != Some(self.name())
    }
}

/// Runs a test of the program that calls it once more, with that guard turned off, and says whether it fails then as it must.
///
/// # Errors
///
/// What was seen instead: the test is not there, or it passes without its guard.
#[cfg(feature = "switchable")]
pub fn fails_without(guard: Guard, test: &str) -> Result<(), String> {
    let program =
        std::env::current_exe().map_err(|error| format!("this program cannot be found: {error}"))?;
    let ran = std::process::Command::new(program)
        .args(["--exact", test])
        .env("CONTACTPOINT_GUARD_OFF", guard.name())
        .output()
        .map_err(|error| format!("{test} cannot be started: {error}"))?;
    let said = String::from_utf8_lossy(&ran.stdout);
    if !said.contains("running 1 test\n") {
        return Err(format!("there is no test {test} here: {said}"));
    }
    if ran.status.success() || !said.contains("test result: FAILED") {
        return Err(format!("{test} passes although the guard {} is off: {said}", guard.name()));
    }
    Ok(())
}
