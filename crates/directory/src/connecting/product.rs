//! A product, in one version, and its type accreditation (rule 11.1): that the software works correctly with the directory.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ConnectingPolicy, NotDone, ProductState, RefusedType, StoppedBecause, WayIn};
use crate::Line;
use crate::access::DangerousAct;

/// A way in, and the profile by which a product was tested over it: each profile has cases of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tried {
    /// The way in.
    pub way: WayIn,
    /// The name of the profile.
    pub profile: String,
    /// The code of the format of the files by which it was tested; of another way none, nor from before it was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_format: Option<String>,
}

impl Tried {
    /// Whether a test of this says what a test of the other said: one that did not say its format said no more than the rest.
    fn says(&self, other: &Self) -> bool {
        let format = other.file_format.is_none() || self.file_format == other.file_format;
        format && self.way == other.way && self.profile == other.profile
    }
}

/// What a signed report of the conformance kit says. Whoever hands it in has had its signature checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeTest {
    /// The kit's version.
    pub kit: Line,
    /// When it was run.
    pub on: Date,
    /// What it tried. Nothing in one from before the profile was noted: nobody knows by which cases it was passed, so it accredits no
    /// source until a report is handed in again.
    #[serde(default)]
    pub tried: BTreeSet<Tried>,
    /// The published cases that were not passed, by their codes.
    pub failed: BTreeSet<String>,
    /// SHA-256 of the report, in hexadecimal digits.
    pub report: String,
    /// The fingerprint of the key that signed it, for whoever decides to compare; empty for one from before it was kept.
    #[serde(default)]
    pub signed_by: String,
}

/// A product from its registration to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Who makes it.
    pub supplier: Line,
    /// What it is called.
    pub name: Line,
    /// Its version; another version is another product.
    pub version: Line,
    state: ProductState,
    /// What it was accredited on.
    test: Option<TypeTest>,
    /// What waits for the person who decides. What stands goes on standing meanwhile.
    waiting: Option<TypeTest>,
    handed_in_by: BTreeSet<Uuid>,
    decided_by: Option<Uuid>,
    valid_until: Option<Date>,
    refused: Option<RefusedType>,
    withdrawn: Option<(Uuid, Date, StoppedBecause)>,
}

/// Something a person does to a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProductAct {
    /// Hands in a report of the conformance kit.
    HandIn(TypeTest),
    /// Accredits it.
    Grant,
    /// Does not accredit it.
    Refuse(RefusedType),
    /// Ends its accreditation at once.
    Withdraw(StoppedBecause),
}

impl ProductAct {
    /// Whether the person proves afresh who they are.
    #[must_use]
    pub fn danger(&self) -> Option<DangerousAct> {
        (!matches!(self, Self::HandIn(_))).then_some(DangerousAct::DecideProduct)
    }

    /// What the trail calls it.
    #[must_use]
    pub fn change(&self) -> &'static str {
        match self {
            Self::HandIn(_) => "product_tested",
            Self::Grant => "product_accredited",
            Self::Refuse(_) => "product_refused",
            Self::Withdraw(_) => "product_withdrawn",
        }
    }
}

impl Product {
    /// A product that nobody has tested.
    #[must_use]
    pub fn new(supplier: Line, name: Line, version: Line) -> Self {
        Self {
            supplier,
            name,
            version,
            state: ProductState::Registered,
            test: None,
            waiting: None,
            handed_in_by: BTreeSet::new(),
            decided_by: None,
            valid_until: None,
            refused: None,
            withdrawn: None,
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> ProductState {
        let waits = self.waiting.is_some() && self.state != ProductState::Granted;
        if waits { ProductState::Tested } else { self.state }
    }

    /// The last day of its accreditation, if it has or had one.
    #[must_use]
    pub fn valid_until(&self) -> Option<Date> {
        self.valid_until
    }

    /// The test it stands on.
    #[must_use]
    pub fn test(&self) -> Option<&TypeTest> {
        self.test.as_ref()
    }

    /// The test that waits for a decision.
    #[must_use]
    pub fn waiting(&self) -> Option<&TypeTest> {
        self.waiting.as_ref()
    }

    /// Why it was refused last.
    #[must_use]
    pub fn refused(&self) -> Option<RefusedType> {
        self.refused
    }

    /// When and why it was withdrawn.
    #[must_use]
    pub fn withdrawn(&self) -> Option<(Date, StoppedBecause)> {
        self.withdrawn.map(|(_, on, why)| (on, why))
    }

    /// Whether it is accredited for the sources of a profile over a way in, on a day.
    #[must_use]
    pub fn stands(&self, way: WayIn, profile: &str, today: Date) -> bool {
        self.accredited_for(today).any(|tried| tried.way == way && tried.profile == profile)
    }

    /// The codes of the formats of files for which it is accredited by a profile on a day; nothing where a test did not say its format,
    /// as those of before it was noted: then any is taken.
    #[must_use]
    pub fn file_formats(&self, profile: &str, today: Date) -> Option<BTreeSet<&str>> {
        let by_files =
            self.accredited_for(today).filter(|tried| tried.way == WayIn::Files && tried.profile == profile);
        by_files.map(|tried| tried.file_format.as_deref()).collect()
    }

    /// What it is accredited for on a day.
    pub fn accredited_for(&self, today: Date) -> impl Iterator<Item = &Tried> {
        let test = self.test.as_ref().filter(|_| self.standing_until(today).is_some());
        test.into_iter().flat_map(|test| &test.tried)
    }

    /// Until when it stands, when it does on a day.
    fn standing_until(&self, today: Date) -> Option<Date> {
        self.valid_until.filter(|until| self.state == ProductState::Granted && today <= *until)
    }

    /// Does what a person does.
    ///
    /// # Errors
    /// [`NotDone`]; nothing has changed.
    pub fn act(
        &mut self,
        act: ProductAct,
        by: Uuid,
        today: Date,
        policy: &ConnectingPolicy,
    ) -> Result<(), NotDone> {
        if self.state == ProductState::Withdrawn {
            return Err(NotDone::NotNow);
        }
        match act {
            ProductAct::HandIn(test) => {
                if !test.failed.is_empty() {
                    return Err(NotDone::NotPassed);
                }
                self.waiting = Some(test);
                self.handed_in_by.insert(by);
            }
            ProductAct::Grant => {
                let mut test = self.decides(by)?.clone();
                if today > test.on.saturating_add(i64::from(policy.evidence_days).days()) {
                    return Err(NotDone::TestTooOld);
                }
                let mut until = today.saturating_add(i64::from(policy.type_months).months());
                // What was accredited before and is not of this test stands on, and nothing longer than it did.
                if let (Some(before), Some(end)) = (self.test.as_ref(), self.standing_until(today)) {
                    let of_before = before
                        .tried
                        .iter()
                        .filter(|before| !test.tried.iter().any(|tried| tried.says(before)));
                    let of_before: Vec<Tried> = of_before.cloned().collect();
                    if !of_before.is_empty() {
                        test.tried.extend(of_before);
                        until = until.min(end);
                    }
                }
                self.state = ProductState::Granted;
                self.refused = None;
                self.valid_until = Some(until);
                self.test = Some(test);
                self.decided(by);
            }
            ProductAct::Refuse(why) => {
                self.decides(by)?;
                if self.state != ProductState::Granted {
                    self.state = ProductState::Refused;
                }
                self.refused = Some(why);
                self.decided(by);
            }
            ProductAct::Withdraw(why) => {
                if self.state != ProductState::Granted {
                    return Err(NotDone::NotNow);
                }
                self.state = ProductState::Withdrawn;
                self.withdrawn = Some((by, today, why));
            }
        }
        Ok(())
    }

    /// The test that this person may decide on.
    fn decides(&self, by: Uuid) -> Result<&TypeTest, NotDone> {
        let waiting = self.waiting.as_ref().ok_or(NotDone::NotNow)?;
        if self.handed_in_by.contains(&by) { Err(NotDone::SamePerson) } else { Ok(waiting) }
    }

    fn decided(&mut self, by: Uuid) {
        self.waiting = None;
        self.handed_in_by.clear();
        self.decided_by = Some(by);
    }
}
