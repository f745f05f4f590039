//! What an accreditation holds, and what follows from it on a day.

use super::criterion::{Criterion, applicable};
use super::{
    AccreditationPolicy, AccreditationState, EvidenceReference, Lacking, Purpose, RefusalReason, SentBack,
    StepKind, SuspensionReason,
};
use crate::access::{Capabilities, Capability};
use crate::organisation::Sector;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What an assessor judged of a criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Verdict {
    /// Met.
    Met,
    /// Met once what is lacking is there.
    MetWithCondition {
        /// What is lacking.
        lacking: Lacking,
        /// The last day for it.
        due: Date,
    },
    /// Not met.
    NotMet,
}

/// A condition under which a criterion counts as met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// What is lacking.
    pub lacking: Lacking,
    /// The last day on which what it conditions is on without it.
    pub due: Date,
    /// Evidence that it is met, and who gave it.
    pub evidence: Option<(EvidenceReference, Uuid)>,
    /// When somebody else found it met.
    pub met_on: Option<Date>,
}

/// Why something is off, and who switched it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Who.
    pub by: Uuid,
    /// When.
    pub on: Date,
    /// Why.
    pub reason: SuspensionReason,
}

/// One line of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When.
    pub on: Date,
    /// Who; nobody for what the calendar did.
    pub by: Option<Uuid>,
    /// What.
    pub what: StepKind,
    /// The code of the criterion, capability or reason it was about.
    pub about: Option<String>,
}

/// An accreditation from its opening to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accreditation {
    pub(super) purpose: Purpose,
    pub(super) state: AccreditationState,
    pub(super) sector: Sector,
    pub(super) answers: BTreeMap<Capability, bool>,
    pub(super) evidence: BTreeMap<String, EvidenceReference>,
    pub(super) judgements: BTreeMap<String, Verdict>,
    pub(super) sent_back: Option<SentBack>,
    pub(super) granted: BTreeSet<Capability>,
    pub(super) conditions: BTreeMap<String, Condition>,
    pub(super) valid_until: Option<Date>,
    pub(super) refused: Option<RefusalReason>,
    pub(super) suspended: Option<Stop>,
    pub(super) switched_off: BTreeMap<Capability, Stop>,
    pub(super) applicants: BTreeSet<Uuid>,
    pub(super) assessors: BTreeSet<Uuid>,
    pub(super) decided_by: Option<Uuid>,
    pub(super) marked: BTreeSet<(StepKind, String)>,
    pub(super) steps: Vec<Step>,
}

impl Accreditation {
    pub(super) fn empty(purpose: Purpose, state: AccreditationState, sector: Sector) -> Self {
        Self {
            purpose,
            state,
            sector,
            answers: BTreeMap::new(),
            evidence: BTreeMap::new(),
            judgements: BTreeMap::new(),
            sent_back: None,
            granted: BTreeSet::new(),
            conditions: BTreeMap::new(),
            valid_until: None,
            refused: None,
            suspended: None,
            switched_off: BTreeMap::new(),
            applicants: BTreeSet::new(),
            assessors: BTreeSet::new(),
            decided_by: None,
            marked: BTreeSet::new(),
            steps: Vec::new(),
        }
    }

    /// The accreditation that the installation declared, in the form in which it can be suspended and reinstated. It is
    /// the one kind that nobody applied for.
    #[must_use]
    pub fn declared(capabilities: &Capabilities, until: Option<Date>, sector: Sector) -> Self {
        Self {
            granted: capabilities.iter().collect(),
            valid_until: Some(until.unwrap_or(Date::MAX)),
            ..Self::empty(Purpose::Declared, AccreditationState::Granted, sector)
        }
    }

    /// What it is for.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> AccreditationState {
        self.state
    }

    /// The sector its criteria were selected by.
    #[must_use]
    pub fn sector(&self) -> Sector {
        self.sector
    }

    /// The answer to a question.
    #[must_use]
    pub fn answer(&self, capability: Capability) -> Option<bool> {
        self.answers.get(&capability).copied()
    }

    /// The capabilities asked for: questions answered with yes.
    #[must_use]
    pub fn asked(&self) -> BTreeSet<Capability> {
        self.answers.iter().filter(|(_, yes)| **yes).map(|(&capability, _)| capability).collect()
    }

    /// The criteria the answers select, in the order of the catalogue.
    #[must_use]
    pub fn criteria(&self) -> Vec<&'static Criterion> {
        applicable(&self.asked(), self.sector)
    }

    /// The evidence given for a criterion.
    #[must_use]
    pub fn evidence(&self, criterion: &Criterion) -> Option<&EvidenceReference> {
        self.evidence.get(criterion.code)
    }

    /// What was judged of a criterion.
    #[must_use]
    pub fn verdict(&self, criterion: &Criterion) -> Option<Verdict> {
        self.judgements.get(criterion.code).copied()
    }

    /// Why it was sent back the last time.
    #[must_use]
    pub fn sent_back(&self) -> Option<SentBack> {
        self.sent_back
    }

    /// Why it was refused.
    #[must_use]
    pub fn refused(&self) -> Option<RefusalReason> {
        self.refused
    }

    /// Who suspended all of it, and why.
    #[must_use]
    pub fn suspended(&self) -> Option<Stop> {
        self.suspended
    }

    /// The single capabilities that were switched off.
    #[must_use]
    pub fn switched_off(&self) -> &BTreeMap<Capability, Stop> {
        &self.switched_off
    }

    /// The capabilities that were granted, on or off.
    #[must_use]
    pub fn granted(&self) -> &BTreeSet<Capability> {
        &self.granted
    }

    /// The conditions, by the code of their criterion.
    #[must_use]
    pub fn conditions(&self) -> &BTreeMap<String, Condition> {
        &self.conditions
    }

    /// Its last day; none before it is granted.
    #[must_use]
    pub fn valid_until(&self) -> Option<Date> {
        self.valid_until
    }

    /// Who answered, gave evidence or handed in.
    #[must_use]
    pub fn applicants(&self) -> &BTreeSet<Uuid> {
        &self.applicants
    }

    /// Who judged.
    #[must_use]
    pub fn assessors(&self) -> &BTreeSet<Uuid> {
        &self.assessors
    }

    /// Who decided.
    #[must_use]
    pub fn decided_by(&self) -> Option<Uuid> {
        self.decided_by
    }

    /// What happened, oldest first.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The capabilities that the judgements carry: asked for, and no criterion they depend on is found not met or is
    /// without judgement.
    #[must_use]
    pub fn carried(&self) -> BTreeSet<Capability> {
        let criteria = self.criteria();
        let met = |criterion: &Criterion| {
            matches!(self.verdict(criterion), Some(Verdict::Met | Verdict::MetWithCondition { .. }))
        };
        self.asked()
            .into_iter()
            .filter(|&capability| capability != Capability::Ninth)
            .filter(|&capability| {
                criteria
                    .iter()
                    .filter(|criterion| criterion.stands_for(capability))
                    .all(|criterion| met(criterion))
            })
            .collect()
    }

    /// The last day on which a capability is on, as things are: the end of the accreditation, or the date of the first
    /// open condition it depends on. None while it is off by somebody's decision.
    #[must_use]
    pub fn on_until(&self, capability: Capability) -> Option<Date> {
        let in_force = self.state == AccreditationState::Granted
            && self.granted.contains(&capability)
            && capability != Capability::Ninth
            && !self.switched_off.contains_key(&capability);
        let end = self.valid_until.filter(|_| in_force)?;
        let open = self.conditions.iter().filter(|(code, condition)| {
            condition.met_on.is_none()
                && Criterion::from_code(code).is_none_or(|criterion| criterion.stands_for(capability))
        });
        Some(open.map(|(_, condition)| condition.due).fold(end, Date::min))
    }

    /// What is on on that day.
    #[must_use]
    pub fn capabilities_on(&self, day: Date) -> Capabilities {
        let on: Vec<Capability> = Capability::ALL
            .iter()
            .copied()
            .filter(|&capability| self.on_until(capability).is_some_and(|until| day <= until))
            .collect();
        Capabilities::of(&on)
    }

    /// The capabilities with their last day where that comes before the end of the accreditation: what the organisation's
    /// row carries, so that a condition's date takes effect by the calendar alone.
    #[must_use]
    pub fn dated_capabilities(&self) -> Vec<(Capability, Option<Date>)> {
        Capability::ALL
            .iter()
            .filter_map(|&capability| {
                let until = self.on_until(capability)?;
                Some((capability, (Some(until) != self.valid_until).then_some(until)))
            })
            .collect()
    }

    /// The first day on which it may be renewed.
    #[must_use]
    pub fn renewal_opens(&self, policy: &AccreditationPolicy) -> Option<Date> {
        let end = self.valid_until?;
        end.checked_sub(i64::from(policy.renewal_months).months()).ok()
    }
}
