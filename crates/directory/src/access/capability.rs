//! What an organisation's accreditation lets its people do (rule 11.4).

use crate::text_value::coded;
use jiff::civil::Date;
use std::collections::BTreeSet;

coded! {
    /// A capability that is accredited by itself: the nine questions of the accreditation. One that is not accredited is
    /// off for every user of the organisation, at once.
    Capability {
        /// Systems of the organisation feed data.
        FeedData = "feed_data",
        /// Its staff search and open records.
        StaffQuery = "staff_query",
        /// It decides shields.
        Shielding = "shielding",
        /// It provides sensitive services.
        SensitiveServices = "sensitive_services",
        /// It takes the consent of people over eighteen.
        OverEighteenConsent = "over_eighteen_consent",
        /// Its staff look up for colleagues, or have colleagues look up.
        MediatedAccess = "mediated_access",
        /// Its staff may override a shield in an emergency.
        EmergencyOverride = "emergency_override",
        /// It reports the deaths of children.
        ChildDeathReporting = "child_death_reporting",
        /// The ninth question, whose text is not known: kept free, and lets nobody do anything.
        Ninth = "ninth",
    }
}

/// The capabilities of an organisation that are on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities(BTreeSet<Capability>);

impl Capabilities {
    /// None of them.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// These.
    #[must_use]
    pub fn of(capabilities: &[Capability]) -> Self {
        Self(capabilities.iter().copied().collect())
    }

    /// All whose meaning is known.
    #[must_use]
    pub fn known() -> Self {
        Self(Capability::ALL.iter().copied().filter(|capability| *capability != Capability::Ninth).collect())
    }

    /// As they are stored: codes between commas. A code that is not known counts for nothing.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(text.split(',').filter_map(Capability::from_code).collect())
    }

    /// What is on on a day, of what is stored: codes between commas, each perhaps with the last day on which it is on
    /// (`shielding@2026-12-31`). What is not known, or whose date cannot be read, counts for nothing.
    #[must_use]
    pub fn on(text: &str, day: Date) -> Self {
        let is_on = |entry: &str| match entry.split_once('@') {
            None => Capability::from_code(entry),
            Some((code, last)) => {
                Capability::from_code(code).filter(|_| last.parse::<Date>().is_ok_and(|last| day <= last))
            }
        };
        Self(text.split(',').filter_map(is_on).collect())
    }

    /// As [`Capabilities::on`] reads them.
    #[must_use]
    pub fn dated_text(dated: &[(Capability, Option<Date>)]) -> String {
        let entry = |(capability, last): &(Capability, Option<Date>)| match last {
            None => capability.code().to_owned(),
            Some(last) => format!("{}@{last}", capability.code()),
        };
        dated.iter().map(entry).collect::<Vec<_>>().join(",")
    }

    /// Codes between commas.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.0.iter().map(|capability| capability.code()).collect::<Vec<_>>().join(",")
    }

    /// Whether the capability is on.
    #[must_use]
    pub fn has(&self, capability: Capability) -> bool {
        self.0.contains(&capability)
    }

    /// Each that is on, in the order of the questions.
    pub fn iter(&self) -> impl Iterator<Item = Capability> + '_ {
        self.0.iter().copied()
    }
}
