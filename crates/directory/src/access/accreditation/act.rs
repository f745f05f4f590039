//! What people do to an accreditation, and the one function that says whether they may and what comes of it. Nobody
//! decides what they applied for or assessed, and nobody ends the suspension they set (rule 12.13).

use super::criterion::Criterion;
use super::life::{Accreditation, Condition, Step, Stop, Verdict};
use super::{
    AccreditationPolicy, AccreditationState as State, EvidenceReference, Purpose, RefusalReason, SentBack,
    StepKind, SuspensionReason,
};
use crate::access::{Capability, DangerousAct};
use crate::organisation::Sector;
use jiff::ToSpan as _;
use jiff::civil::Date;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Something a person does to an accreditation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Answers a question.
    Answer {
        /// Which.
        capability: Capability,
        /// Yes or no.
        yes: bool,
    },
    /// Gives the evidence for a criterion.
    GiveEvidence {
        /// Which.
        criterion: &'static Criterion,
        /// Where it lies.
        reference: EvidenceReference,
    },
    /// Hands the application in.
    HandIn,
    /// Sends it back to the organisation.
    SendBack(SentBack),
    /// Judges a criterion.
    Judge {
        /// Which.
        criterion: &'static Criterion,
        /// What was found.
        verdict: Verdict,
    },
    /// Hands the finished assessment on for decision.
    HandOn,
    /// Grants these capabilities.
    Grant(BTreeSet<Capability>),
    /// Refuses all of it.
    Refuse(RefusalReason),
    /// Suspends all of it, at once.
    Suspend(SuspensionReason),
    /// Switches one capability off, at once.
    SwitchOff(Capability, SuspensionReason),
    /// Ends a suspension.
    Reinstate,
    /// Switches one capability on again.
    SwitchOn(Capability),
    /// Gives evidence that a condition is met.
    GiveConditionEvidence {
        /// The condition's criterion.
        criterion: &'static Criterion,
        /// Where it lies.
        reference: EvidenceReference,
    },
    /// Finds a condition met.
    FindConditionMet(&'static Criterion),
}

impl Act {
    /// Whether it is the organisation's part rather than its accrediting body's.
    #[must_use]
    pub fn is_the_applicants(&self) -> bool {
        matches!(
            self,
            Self::Answer { .. }
                | Self::GiveEvidence { .. }
                | Self::HandIn
                | Self::GiveConditionEvidence { .. }
        )
    }

    /// Whether it is the assessor's part.
    #[must_use]
    pub fn is_the_assessors(&self) -> bool {
        matches!(self, Self::Judge { .. } | Self::HandOn | Self::FindConditionMet(_))
    }

    /// Which dangerous act it is, if it is one: what switches on or off what people may do.
    #[must_use]
    pub const fn danger(&self) -> Option<DangerousAct> {
        match self {
            Self::Grant(_) | Self::Refuse(_) | Self::FindConditionMet(_) => {
                Some(DangerousAct::DecideAccreditation)
            }
            Self::Suspend(_) | Self::SwitchOff(..) => Some(DangerousAct::SuspendAccreditation),
            Self::Reinstate | Self::SwitchOn(_) => Some(DangerousAct::ReinstateAccreditation),
            Self::Answer { .. }
            | Self::GiveEvidence { .. }
            | Self::HandIn
            | Self::SendBack(_)
            | Self::Judge { .. }
            | Self::HandOn
            | Self::GiveConditionEvidence { .. } => None,
        }
    }
}

/// Why something cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotDone {
    /// Not in this state.
    #[error("this cannot be done while the accreditation stands where it does")]
    NotNow,
    /// The person is an applicant.
    #[error("nobody assesses or decides what they applied for")]
    OwnApplication,
    /// The person assessed.
    #[error("nobody decides what they assessed")]
    OwnAssessment,
    /// The person suspended it.
    #[error("nobody ends a suspension they set")]
    OwnSuspension,
    /// The ninth question.
    #[error("this question is not in use")]
    NotInUse,
    /// Questions without an answer.
    #[error("{} questions have no answer", .0.len())]
    Unanswered(Vec<Capability>),
    /// Nothing is asked for.
    #[error("no question is answered with yes")]
    NothingAsked,
    /// Criteria without evidence.
    #[error("{} criteria have no evidence", .0.len())]
    NoEvidence(Vec<&'static str>),
    /// The criterion is not among those the answers select.
    #[error("the criterion does not apply")]
    DoesNotApply,
    /// Criteria without judgement.
    #[error("{} criteria have no judgement", .0.len())]
    NotJudged(Vec<&'static str>),
    /// The date of a condition is not between tomorrow and the longest a condition may be left open.
    #[error("the date of a condition is too early or too late")]
    DateOutOfRange,
    /// What would be granted is nothing, or more than the assessment carries.
    #[error("the assessment does not carry what would be granted")]
    NotCarried,
    /// It may not be renewed yet.
    #[error("it may be renewed from {0}")]
    RenewalNotOpen(Date),
    /// It has run out, so that it can only be applied for again.
    #[error("it has run out")]
    RunOut,
}

impl Accreditation {
    /// Opens an application. `current_until` and `renewal_opens` are of the accreditation in force, if there is one; the
    /// answers of that one are where this one begins.
    ///
    /// # Errors
    /// [`NotDone::RenewalNotOpen`] for a renewal before its time.
    pub fn open(
        sector: Sector,
        in_force: Option<&Self>,
        changed: bool,
        (by, on): (Uuid, Date),
        policy: &AccreditationPolicy,
    ) -> Result<Self, NotDone> {
        let in_force = in_force.filter(|current| current.valid_until.is_some_and(|until| on <= until));
        let purpose = match in_force {
            None => Purpose::First,
            Some(_) if changed => Purpose::MaterialChange,
            Some(current) => match current.renewal_opens(policy) {
                Some(opens) if on < opens => return Err(NotDone::RenewalNotOpen(opens)),
                _ => Purpose::Renewal,
            },
        };
        let mut opened = Self::empty(purpose, State::Draft, sector);
        if let Some(current) = in_force {
            opened.answers.clone_from(&current.answers);
        }
        opened.applicants.insert(by);
        opened.log(on, Some(by), StepKind::Opened, None);
        Ok(opened)
    }

    /// What comes of an act by a person on a day. Whether the person holds a role that allows it is asked elsewhere; here
    /// stand the order of the steps and who may not do what because of what they did before.
    ///
    /// # Errors
    /// [`NotDone`]; then nothing has happened.
    pub fn after(
        &self,
        act: &Act,
        (by, on): (Uuid, Date),
        policy: &AccreditationPolicy,
    ) -> Result<Self, NotDone> {
        let mut next = self.clone();
        match act {
            Act::Answer { capability, yes } => next.take_answer(*capability, *yes, by)?,
            Act::GiveEvidence { criterion, reference } => next.take_evidence(criterion, reference, by)?,
            Act::HandIn => next.hand_in(by)?,
            Act::SendBack(reason) => next.send_back(*reason, by)?,
            Act::Judge { criterion, verdict } => next.judge(criterion, *verdict, (by, on), policy)?,
            Act::HandOn => next.hand_on(by)?,
            Act::Grant(capabilities) => next.grant(capabilities, (by, on), policy)?,
            Act::Refuse(reason) => next.refuse(*reason, by)?,
            Act::Suspend(reason) => next.suspend(Stop { by, on, reason: *reason })?,
            Act::SwitchOff(capability, reason) => {
                next.switch_off(*capability, Stop { by, on, reason: *reason })?;
            }
            Act::Reinstate => next.reinstate(by, on)?,
            Act::SwitchOn(capability) => next.switch_on(*capability, by)?,
            Act::GiveConditionEvidence { criterion, reference } => {
                next.take_condition_evidence(criterion, reference, by)?;
            }
            Act::FindConditionMet(criterion) => next.find_condition_met(criterion, (by, on))?,
        }
        let (what, about) = said(act);
        next.log(on, Some(by), what, about);
        Ok(next)
    }

    /// The same accreditation once a newer one has taken its place.
    #[must_use]
    pub fn superseded(&self, by: Uuid, on: Date) -> Self {
        let mut next = self.clone();
        next.state = State::Superseded;
        next.log(on, Some(by), StepKind::Superseded, None);
        next
    }

    pub(super) fn log(&mut self, on: Date, by: Option<Uuid>, what: StepKind, about: Option<String>) {
        self.steps.push(Step { on, by, what, about });
    }

    fn must_stand_at(&self, states: &[State]) -> Result<(), NotDone> {
        if states.contains(&self.state) { Ok(()) } else { Err(NotDone::NotNow) }
    }

    fn no_applicant(&self, by: Uuid) -> Result<(), NotDone> {
        if self.applicants.contains(&by) { Err(NotDone::OwnApplication) } else { Ok(()) }
    }

    /// Whoever judged before, in an earlier round too, stays an assessor; an applicant stays one.
    fn take_answer(&mut self, capability: Capability, yes: bool, by: Uuid) -> Result<(), NotDone> {
        self.must_stand_at(&[State::Draft])?;
        self.no_assessor(by)?;
        if capability == Capability::Ninth {
            return Err(NotDone::NotInUse);
        }
        self.applicants.insert(by);
        self.answers.insert(capability, yes);
        Ok(())
    }

    fn take_evidence(
        &mut self,
        criterion: &Criterion,
        reference: &EvidenceReference,
        by: Uuid,
    ) -> Result<(), NotDone> {
        self.must_stand_at(&[State::Draft])?;
        self.no_assessor(by)?;
        self.must_apply(criterion)?;
        self.applicants.insert(by);
        self.evidence.insert(criterion.code.to_owned(), reference.clone());
        Ok(())
    }

    fn hand_in(&mut self, by: Uuid) -> Result<(), NotDone> {
        self.must_stand_at(&[State::Draft])?;
        self.no_assessor(by)?;
        let open: Vec<Capability> = Capability::ALL
            .iter()
            .copied()
            .filter(|&capability| capability != Capability::Ninth && !self.answers.contains_key(&capability))
            .collect();
        if !open.is_empty() {
            return Err(NotDone::Unanswered(open));
        }
        if self.asked().is_empty() {
            return Err(NotDone::NothingAsked);
        }
        let criteria = self.criteria();
        let without = criteria.iter().filter(|criterion| self.evidence(criterion).is_none());
        let without: Vec<&'static str> = without.map(|criterion| criterion.code).collect();
        if !without.is_empty() {
            return Err(NotDone::NoEvidence(without));
        }
        self.applicants.insert(by);
        // What was judged of an earlier round says nothing of this one.
        self.judgements.clear();
        self.sent_back = None;
        self.state = State::Submitted;
        Ok(())
    }

    fn send_back(&mut self, reason: SentBack, by: Uuid) -> Result<(), NotDone> {
        self.must_stand_at(&[State::Submitted, State::Assessed])?;
        self.no_applicant(by)?;
        self.sent_back = Some(reason);
        if reason == SentBack::AssessAgain {
            self.must_stand_at(&[State::Assessed])?;
            self.state = State::Submitted;
            return Ok(());
        }
        if self.state == State::Submitted {
            self.assessors.insert(by);
        }
        self.state = State::Draft;
        Ok(())
    }

    fn judge(
        &mut self,
        criterion: &Criterion,
        verdict: Verdict,
        (by, on): (Uuid, Date),
        policy: &AccreditationPolicy,
    ) -> Result<(), NotDone> {
        self.must_stand_at(&[State::Submitted])?;
        self.no_applicant(by)?;
        self.must_apply(criterion)?;
        if let Verdict::MetWithCondition { due, .. } = verdict {
            let latest = on.saturating_add(i64::from(policy.longest_condition_months).months());
            if due <= on || due > latest {
                return Err(NotDone::DateOutOfRange);
            }
        }
        self.assessors.insert(by);
        self.judgements.insert(criterion.code.to_owned(), verdict);
        Ok(())
    }

    fn hand_on(&mut self, by: Uuid) -> Result<(), NotDone> {
        self.must_stand_at(&[State::Submitted])?;
        self.no_applicant(by)?;
        let criteria = self.criteria();
        let without = criteria.iter().filter(|criterion| self.verdict(criterion).is_none());
        let without: Vec<&'static str> = without.map(|criterion| criterion.code).collect();
        if !without.is_empty() {
            return Err(NotDone::NotJudged(without));
        }
        self.assessors.insert(by);
        self.sent_back = None;
        self.state = State::Assessed;
        Ok(())
    }

    fn decide(&self, by: Uuid) -> Result<(), NotDone> {
        self.must_stand_at(&[State::Assessed])?;
        self.no_applicant(by)?;
        self.no_assessor(by)
    }

    fn no_assessor(&self, by: Uuid) -> Result<(), NotDone> {
        if self.assessors.contains(&by) { Err(NotDone::OwnAssessment) } else { Ok(()) }
    }

    fn grant(
        &mut self,
        capabilities: &BTreeSet<Capability>,
        (by, on): (Uuid, Date),
        policy: &AccreditationPolicy,
    ) -> Result<(), NotDone> {
        self.decide(by)?;
        if capabilities.is_empty() || !capabilities.is_subset(&self.carried()) {
            return Err(NotDone::NotCarried);
        }
        let last = on.saturating_add(i64::from(policy.holds_months).months());
        self.valid_until = last.yesterday().ok();
        self.granted.clone_from(capabilities);
        self.conditions = self
            .judgements
            .iter()
            .filter_map(|(code, verdict)| match *verdict {
                Verdict::MetWithCondition { lacking, due } => {
                    Some((code.clone(), Condition { lacking, due, evidence: None, met_on: None }))
                }
                _ => None,
            })
            .collect();
        self.decided_by = Some(by);
        self.state = State::Granted;
        Ok(())
    }

    fn refuse(&mut self, reason: RefusalReason, by: Uuid) -> Result<(), NotDone> {
        self.decide(by)?;
        self.refused = Some(reason);
        self.decided_by = Some(by);
        self.state = State::Refused;
        Ok(())
    }

    fn suspend(&mut self, stop: Stop) -> Result<(), NotDone> {
        self.must_stand_at(&[State::Granted])?;
        self.suspended = Some(stop);
        self.state = State::Suspended;
        Ok(())
    }

    fn switch_off(&mut self, capability: Capability, stop: Stop) -> Result<(), NotDone> {
        self.must_stand_at(&[State::Granted])?;
        if !self.granted.contains(&capability) || self.switched_off.contains_key(&capability) {
            return Err(NotDone::NotNow);
        }
        self.switched_off.insert(capability, stop);
        Ok(())
    }

    fn reinstate(&mut self, by: Uuid, on: Date) -> Result<(), NotDone> {
        self.must_stand_at(&[State::Suspended])?;
        self.no_applicant(by)?;
        if self.suspended.is_some_and(|stop| stop.by == by) {
            return Err(NotDone::OwnSuspension);
        }
        if self.valid_until.is_none_or(|until| until < on) {
            return Err(NotDone::RunOut);
        }
        self.suspended = None;
        self.state = State::Granted;
        Ok(())
    }

    fn switch_on(&mut self, capability: Capability, by: Uuid) -> Result<(), NotDone> {
        self.must_stand_at(&[State::Granted])?;
        self.no_applicant(by)?;
        match self.switched_off.get(&capability) {
            None => Err(NotDone::NotNow),
            Some(stop) if stop.by == by => Err(NotDone::OwnSuspension),
            Some(_) => {
                self.switched_off.remove(&capability);
                Ok(())
            }
        }
    }

    fn take_condition_evidence(
        &mut self,
        criterion: &Criterion,
        reference: &EvidenceReference,
        by: Uuid,
    ) -> Result<(), NotDone> {
        self.must_stand_at(&[State::Granted, State::Suspended])?;
        // Whoever assessed or decided would vouch for their own judgement.
        self.no_assessor(by)?;
        if self.decided_by == Some(by) {
            return Err(NotDone::OwnAssessment);
        }
        let condition = self.conditions.get_mut(criterion.code).ok_or(NotDone::DoesNotApply)?;
        if condition.met_on.is_some() {
            return Err(NotDone::NotNow);
        }
        condition.evidence = Some((reference.clone(), by));
        self.applicants.insert(by);
        Ok(())
    }

    fn find_condition_met(&mut self, criterion: &Criterion, (by, on): (Uuid, Date)) -> Result<(), NotDone> {
        self.must_stand_at(&[State::Granted, State::Suspended])?;
        self.no_applicant(by)?;
        let condition = self.conditions.get_mut(criterion.code).ok_or(NotDone::DoesNotApply)?;
        if condition.met_on.is_some() || condition.evidence.is_none() {
            return Err(NotDone::NotNow);
        }
        condition.met_on = Some(on);
        Ok(())
    }

    fn must_apply(&self, criterion: &Criterion) -> Result<(), NotDone> {
        let applies = self.criteria().iter().any(|chosen| chosen.code == criterion.code);
        if applies { Ok(()) } else { Err(NotDone::DoesNotApply) }
    }
}

/// How the history tells an act.
fn said(act: &Act) -> (StepKind, Option<String>) {
    let code = |code: &str| Some(code.to_owned());
    match act {
        Act::Answer { capability, .. } => (StepKind::Answered, code(capability.code())),
        Act::GiveEvidence { criterion, .. } => (StepKind::EvidenceGiven, code(criterion.code)),
        Act::HandIn => (StepKind::HandedIn, None),
        Act::SendBack(reason) => (StepKind::SentBack, code(reason.code())),
        Act::Judge { criterion, .. } => (StepKind::Judged, code(criterion.code)),
        Act::HandOn => (StepKind::HandedOn, None),
        Act::Grant(_) => (StepKind::Granted, None),
        Act::Refuse(reason) => (StepKind::Refused, code(reason.code())),
        Act::Suspend(reason) => (StepKind::Suspended, code(reason.code())),
        Act::SwitchOff(capability, _) => (StepKind::SwitchedOff, code(capability.code())),
        Act::Reinstate => (StepKind::Reinstated, None),
        Act::SwitchOn(capability) => (StepKind::SwitchedOn, code(capability.code())),
        Act::GiveConditionEvidence { criterion, .. } => (StepKind::ConditionEvidence, code(criterion.code)),
        Act::FindConditionMet(criterion) => (StepKind::ConditionMet, code(criterion.code)),
    }
}
