//! Who reviews what, who may decide, and what may come of it (rules 6.14, 6.15, 9.4, 9.6, 12.13).

use crate::access::Role;
use crate::text_value::coded;
use uuid::Uuid;

coded! {
    /// Who reviews (rule 9.4).
    Tier {
        /// The authority or national partner, of its own users.
        Authority = "authority",
        /// The central team.
        Central = "central",
    }
}

coded! {
    /// What came of an alert.
    Outcome {
        /// The use was right, and there is evidence of it.
        Explained = "explained",
        /// Right in intent, wrong in manner.
        TrainingNeed = "training_need",
        /// A procedure was broken, looking up a relative to test among them (rule 6.17). It is investigated.
        ProcedureBreach = "procedure_breach",
        /// Misuse is suspected: the account is suspended and an investigation opened (rule 6.14).
        MisuseSuspected = "misuse_suspected",
        /// The rule saw something that was not there.
        FalseAlarm = "false_alarm",
    }
}

coded! {
    /// An act of an investigation.
    StepKind {
        /// It was opened.
        Opened = "opened",
        /// The entries of the trail were gone through.
        TrailExamined = "trail_examined",
        /// The line manager was told, and acknowledged it.
        LineManagerTold = "line_manager_told",
        /// The person was heard.
        PersonHeard = "person_heard",
        /// A witness was heard.
        WitnessHeard = "witness_heard",
        /// The employer's disciplinary procedure was begun (rule 6.15).
        ReferredToEmployer = "referred_to_employer",
        /// The family was told that their record had been looked at.
        FamilyTold = "family_told",
        /// The data protection regulator was told.
        RegulatorTold = "regulator_told",
        /// The police were told.
        PoliceTold = "police_told",
        /// The account was suspended.
        AccountSuspended = "account_suspended",
        /// It went to the central tier.
        Escalated = "escalated",
        /// A finding was proposed; a second person decides.
        CloseProposed = "close_proposed",
        /// The second person did not agree with the finding.
        CloseRefused = "close_refused",
        /// A finding was void at the moment of the second person: who proposed it could not propose it any more.
        CloseVoid = "close_void",
        /// It was closed.
        Closed = "closed",
    }
}

coded! {
    /// What an investigation found.
    Finding {
        /// The use was right.
        NoMisuse = "no_misuse",
        /// Right in intent, wrong in manner.
        TrainingNeed = "training_need",
        /// A procedure was broken.
        ProcedureBreach = "procedure_breach",
        /// It was misuse.
        Misuse = "misuse",
        /// It cannot be told.
        Inconclusive = "inconclusive",
    }
}

coded! {
    /// What followed for the person (rule 6.15).
    Sanction {
        /// Nothing.
        None = "none",
        /// Training again.
        Retraining = "retraining",
        /// Access withdrawn for good.
        AccessWithdrawn = "access_withdrawn",
        /// The employer's discipline.
        EmployerDiscipline = "employer_discipline",
        /// Referred under data protection law.
        DataProtection = "data_protection",
        /// Referred under the law on misuse of computers.
        ComputerMisuse = "computer_misuse",
    }
}

impl StepKind {
    /// Whether an investigator records it by hand; the others are written by what they record.
    #[must_use]
    pub const fn is_recorded_by_hand(self) -> bool {
        matches!(
            self,
            Self::TrailExamined
                | Self::LineManagerTold
                | Self::PersonHeard
                | Self::WitnessHeard
                | Self::ReferredToEmployer
                | Self::FamilyTold
                | Self::RegulatorTold
                | Self::PoliceTold
        )
    }
}

impl Outcome {
    /// Whether an investigation is opened.
    #[must_use]
    pub const fn is_investigated(self) -> bool {
        matches!(self, Self::ProcedureBreach | Self::MisuseSuspected)
    }

    /// Whether it rests on evidence that can be looked up.
    #[must_use]
    pub const fn needs_evidence(self) -> bool {
        !matches!(self, Self::FalseAlarm)
    }
}

/// An organisation for which somebody works or at which they hold a role, as far as it decides who stands outside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workplace<'a> {
    /// Its kind.
    pub kind: &'a str,
    /// The code of the authority that it is, or is a partner of.
    pub authority: Option<&'a str>,
}

impl Workplace<'_> {
    /// Whether its people would investigate the users of this partner: it is the authority itself. Another partner under the
    /// same authority would not.
    fn investigates(&self, partner: &Self) -> bool {
        self.kind != "partner" && self.authority.is_some() && self.authority == partner.authority
    }
}

/// Whose queue the override of a shield goes to: somebody's outside each organisation of the user, their employer and
/// wherever they hold a role (rules 2.9, 9.4, 9.6, 12.13). A partner's user is looked at by the authority unless they hold a
/// role at that very authority; everybody else by the centre.
#[must_use]
pub fn tier_of_override(employer: Workplace<'_>, held: &[(Role, Workplace<'_>)]) -> Tier {
    if employer.kind != "partner" || held.iter().any(|(_, place)| place.investigates(&employer)) {
        return Tier::Central;
    }
    let roles: Vec<Role> = held.iter().map(|(role, _)| *role).collect();
    tier_of(employer.kind, &roles)
}

/// Whose queue an alert about a person goes to (rule 9.4): the authority's or partner's own, but not where the person is
/// one of those who would review it, and not where nobody local reviews.
#[must_use]
pub fn tier_of(organisation_kind: &str, roles: &[Role]) -> Tier {
    let reviews = |role: &Role| {
        matches!(
            role,
            Role::Manager | Role::UserManager | Role::Auditor | Role::CentralTeam | Role::SupplierOperator
        )
    };
    match organisation_kind {
        "authority" | "partner" | "national_partner" if !roles.iter().any(reviews) => Tier::Authority,
        _ => Tier::Central,
    }
}

/// Why a person may not decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is about them (rule 12.13).
    #[error("nobody decides what is about themselves")]
    Own,
    /// They named the person it is about, or agreed to what that person did (rule 12.13).
    #[error("whoever named a person, or agreed to what they did, does not decide about it")]
    Named,
    /// They proposed the finding.
    #[error("a finding is confirmed by another person than its proposer")]
    SamePerson,
    /// A sample goes to a person of another team.
    #[error("a sample is reviewed by somebody of another organisation")]
    SameTeam,
    /// The override of a shield is investigated from outside the user's organisation (rules 9.6, 12.13).
    #[error("an override is investigated by somebody outside the user's organisation")]
    OwnOrganisation,
}

/// Whether a person may take on and decide something about somebody.
///
/// # Errors
/// [`Refusal::Own`] or [`Refusal::Named`].
pub fn may_decide(person: Uuid, about: Option<Uuid>, named_by: &[Uuid]) -> Result<(), Refusal> {
    if about == Some(person) {
        Err(Refusal::Own)
    } else if named_by.contains(&person) {
        Err(Refusal::Named)
    } else {
        Ok(())
    }
}

/// Whether a person may close an investigation: never their own; a second person where somebody has proposed the finding.
///
/// # Errors
/// [`Refusal::Own`] or [`Refusal::SamePerson`].
pub fn may_close(person: Uuid, about: Option<Uuid>, proposed_by: Option<Uuid>) -> Result<(), Refusal> {
    may_decide(person, about, &[])?;
    if proposed_by == Some(person) { Err(Refusal::SamePerson) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_review_are_reviewed_by_the_centre() {
        for (kind, roles, tier) in [
            ("authority", vec![Role::Practitioner], Tier::Authority),
            ("partner", vec![Role::Practitioner], Tier::Authority),
            ("national_partner", vec![Role::Practitioner, Role::Trainer], Tier::Authority),
            ("authority", vec![Role::Practitioner, Role::Manager], Tier::Central),
            ("authority", vec![Role::UserManager], Tier::Central),
            ("authority", vec![Role::Auditor], Tier::Central),
            ("national_partner", vec![Role::Manager], Tier::Central),
            ("centre", vec![Role::Practitioner], Tier::Central),
            ("national_source", vec![], Tier::Central),
        ] {
            assert_eq!(tier_of(kind, &roles), tier, "{kind} {roles:?}");
        }
    }

    #[test]
    fn an_override_is_looked_at_from_outside_every_organisation_of_its_user() {
        let at = |kind, authority| Workplace { kind, authority };
        let (leeds, bradford) = (at("authority", Some("E08000035")), at("authority", Some("E08000032")));
        let (trust, clinic) = (at("partner", Some("E08000035")), at("partner", Some("E08000035")));
        let (charity, odd) = (at("national_partner", None), at("partner", None));
        let (looks, overrides) = (Role::Practitioner, Role::OverrideHolder);
        for (employer, held, tier) in [
            (leeds, vec![(looks, leeds), (overrides, leeds)], Tier::Central),
            (charity, vec![(looks, charity), (overrides, charity)], Tier::Central),
            (trust, vec![(looks, trust), (overrides, trust)], Tier::Authority),
            (trust, vec![(Role::Manager, trust), (overrides, trust)], Tier::Central),
            // A role at the authority that would investigate, whichever of them it is.
            (trust, vec![(looks, leeds), (overrides, leeds)], Tier::Central),
            (trust, vec![(looks, trust), (overrides, trust), (Role::Trainer, leeds)], Tier::Central),
            // Another authority, another partner and a national partner do not investigate a partner's user.
            (trust, vec![(looks, trust), (overrides, trust), (looks, bradford)], Tier::Authority),
            (trust, vec![(looks, clinic), (overrides, clinic)], Tier::Authority),
            (trust, vec![(looks, trust), (overrides, charity)], Tier::Authority),
            (odd, vec![(looks, charity), (overrides, odd)], Tier::Authority),
        ] {
            assert_eq!(tier_of_override(employer, &held), tier, "{employer:?} {held:?}");
        }
    }

    #[test]
    fn nobody_decides_about_themselves_or_whom_they_named_or_alone_what_takes_two() {
        let [a, b, c] = [1, 2, 3].map(Uuid::from_u128);
        assert_eq!(may_decide(a, Some(b), &[c]), Ok(()));
        assert_eq!(may_decide(a, Some(a), &[]), Err(Refusal::Own));
        assert_eq!(may_decide(a, Some(b), &[c, a]), Err(Refusal::Named));
        assert_eq!(may_close(a, Some(b), None), Ok(()));
        assert_eq!(may_close(a, Some(b), Some(c)), Ok(()));
        assert_eq!(may_close(a, Some(b), Some(a)), Err(Refusal::SamePerson));
        assert_eq!(may_close(a, Some(a), Some(c)), Err(Refusal::Own));
    }
}
