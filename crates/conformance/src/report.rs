//! What a test found. Of values it says how long they are, unless they were asked for.

use directory::connecting::WayIn;
use feeds::Format;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The form of the JSON, which says so itself.
pub const FORMAT: &str = "contactpoint-accreditation-1";

/// The version of the published cases. A case that asks for more, or of more products, makes a new one.
pub const KIT: &str = "2";

/// The versions whose reports are believed.
pub(crate) const KITS: [&str; 2] = ["1", KIT];

/// The product that was tested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tested {
    /// Who makes it.
    pub supplier: String,
    /// What it is called.
    pub product: String,
    /// Its version.
    pub version: String,
}

/// What supplier and directory agreed on beside the profile: by what the numbers are known that the product gives its records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreed {
    /// Their system in FHIR (Patient.identifier), where they are not Patient.id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fhir_system: Option<String>,
    /// Their assigning authority in HL7 (PID-3, component 4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigning_authority: Option<String>,
}

impl Agreed {
    /// Nothing beside the profile.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// The report of one test of one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// [`FORMAT`].
    pub format: String,
    /// [`KIT`] as it was.
    pub kit: String,
    /// What was tested.
    pub tested: Tested,
    /// The profile by which it feeds.
    pub profile: String,
    /// The way in that was tried, by its code.
    pub way: String,
    /// The format of the files by which it was tested, by its code; of any other way none. Version 1 did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_format: Option<String>,
    /// What was agreed on: whoever connects an installation of the product configures the same. A report of nothing of the kind is
    /// signed as it was before this was kept.
    #[serde(default, skip_serializing_if = "Agreed::is_nothing")]
    pub agreed: Agreed,
    /// The day.
    pub on: Date,
    /// Whether values stand in it: such a report is for whoever mends the product, and nobody decides on it.
    pub values_shown: bool,
    /// The cases that are asked of such a product, in the order of their ids.
    pub cases: Vec<CaseResult>,
}

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseResult {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// What became of it.
    pub outcome: Outcome,
    /// What stands against it; empty when it was passed.
    pub findings: Vec<Finding>,
}

/// Whether a case was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything arrived as it must.
    Passed,
    /// Something did not.
    Failed,
    /// Nothing was given for it.
    NotGiven,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// File, row and column; or the step of the case.
    pub place: String,
    /// What is wrong, without any value.
    pub what: String,
    /// What to do.
    pub remedy: String,
    /// What was asked for and what came, where values are shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Values>,
}

/// Two values beside each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Values {
    /// On the sheet.
    pub asked: String,
    /// In what arrived.
    pub came: String,
}

impl Finding {
    pub(crate) fn new(place: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into(), remedy: remedy.into(), values: None }
    }
}

impl Report {
    /// The way in that was tried, when it is one.
    #[must_use]
    pub fn way_in(&self) -> Option<WayIn> {
        WayIn::from_code(&self.way)
    }

    /// The format of its files, when it says one that there is.
    #[must_use]
    pub fn format_of_files(&self) -> Option<Format> {
        self.file_format.as_deref().and_then(Format::from_code)
    }

    /// The way in with the format of the files, as a person reads it.
    #[must_use]
    pub fn way_in_words(&self) -> String {
        match (self.format_of_files(), self.way_in()) {
            (Some(format), _) => format!("{} ({})", self.way, format.in_words()),
            (None, Some(WayIn::Files)) => format!("{} (the report does not say of which format)", self.way),
            (None, _) => self.way.clone(),
        }
    }

    /// The cases that were not passed.
    pub fn failed(&self) -> impl Iterator<Item = &CaseResult> {
        self.cases.iter().filter(|case| case.outcome != Outcome::Passed)
    }

    /// Whether every case was passed.
    #[must_use]
    pub fn is_passed(&self) -> bool {
        self.failed().next().is_none()
    }
}
