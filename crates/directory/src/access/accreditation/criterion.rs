//! What a criterion is, and which of the catalogue apply to an organisation (rules 11.3, 11.4, 11.6).

use super::catalogue::CATALOGUE;
use crate::access::Capability;
use crate::organisation::Sector;
use crate::text_value::coded;
use std::collections::BTreeSet;

coded! {
    /// What a criterion is about.
    CriterionArea {
        /// Security of people, places and equipment (rule 11.6).
        Security = "security",
        /// Data quality.
        DataQuality = "data_quality",
        /// Staff, and what follows misuse (rule 11.5).
        StaffAndDiscipline = "staff_and_discipline",
        /// Training.
        Training = "training",
        /// Use in daily work.
        DailyWork = "daily_work",
        /// Paper and the disposal of media (rule 11.7).
        PaperAndMedia = "paper_and_media",
        /// Assurance by somebody else (rule 11.7).
        Assurance = "assurance",
    }
}

/// One criterion of the catalogue.
#[derive(Debug, PartialEq, Eq)]
pub struct Criterion {
    /// Its code, such as `S1`. It never changes its meaning and is never used again for another.
    pub code: &'static str,
    /// What it is about.
    pub area: CriterionArea,
    /// What must be so.
    pub text: &'static str,
    /// What serves as evidence.
    pub evidence: &'static str,
    /// The capabilities it stands for; none means all of them.
    pub capabilities: &'static [Capability],
    /// The sectors it is asked of; none means all of them.
    pub sectors: &'static [Sector],
    /// The criterion it takes the place of in its sectors.
    pub instead_of: Option<&'static str>,
    /// The rule it comes from.
    pub rule: &'static str,
}

impl Criterion {
    /// Every criterion, in the order of the catalogue.
    #[must_use]
    pub const fn all() -> &'static [Self] {
        CATALOGUE
    }

    /// The criterion of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<&'static Self> {
        CATALOGUE.iter().find(|criterion| criterion.code == code)
    }

    /// Whether the capability depends on it.
    #[must_use]
    pub fn stands_for(&self, capability: Capability) -> bool {
        self.capabilities.is_empty() || self.capabilities.contains(&capability)
    }

    fn is_asked_of(&self, sector: Sector) -> bool {
        self.sectors.is_empty() || self.sectors.contains(&sector)
    }
}

/// The criteria that apply to an organisation of this sector which asks for these capabilities, in the order of the
/// catalogue. Who asks for none answers for none.
#[must_use]
pub fn applicable(asked: &BTreeSet<Capability>, sector: Sector) -> Vec<&'static Criterion> {
    let chosen: Vec<&'static Criterion> = CATALOGUE
        .iter()
        .filter(|criterion| criterion.is_asked_of(sector))
        .filter(|criterion| asked.iter().any(|&capability| criterion.stands_for(capability)))
        .collect();
    let replaced: Vec<&str> = chosen.iter().filter_map(|criterion| criterion.instead_of).collect();
    chosen.into_iter().filter(|criterion| !replaced.contains(&criterion.code)).collect()
}

/// The question that asks for a capability (rule 11.4); none for the ninth, whose text is not known.
#[must_use]
pub const fn question(capability: Capability) -> Option<&'static str> {
    match capability {
        Capability::FeedData => Some("Will your systems send data to the directory?"),
        Capability::StaffQuery => Some("Will your staff search for children and open their records?"),
        Capability::Shielding => Some("Will your organisation decide whose whereabouts are shielded?"),
        Capability::SensitiveServices => Some("Does your organisation provide sensitive services?"),
        Capability::OverEighteenConsent => {
            Some("Will your organisation take the consent of people over 18 to stay in the directory?")
        }
        Capability::MediatedAccess => {
            Some("Will your staff look up for colleagues, or have colleagues look up for them?")
        }
        Capability::EmergencyOverride => {
            Some("Will some of your staff be able to override a shield in an emergency?")
        }
        Capability::ChildDeathReporting => Some("Will your organisation report the death of a child?"),
        Capability::Ninth => None,
    }
}
