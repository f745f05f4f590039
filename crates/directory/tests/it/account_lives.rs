//! The facts about a person and the life of their account, as tables (rules 6.5 to 6.9, 6.14, 6.16, 12.11, 12.13).

use directory::access::{
    AccountFacts, AccountState, EvidenceReference, FactFault, FactKind, FactPolicy, HeldFact, HeldFacts,
    Lapse, Role, Standing, Step, StepRefused, SuspensionReason, missing, needs_level_one, step,
};
use jiff::civil::{Date, date};
use proptest::prelude::*;

const TODAY: Date = date(2026, 11, 22);
const FOREVER: Option<Date> = None;

fn all_facts(until: Option<Date>) -> HeldFacts {
    let mut held = HeldFacts::default();
    for kind in FactKind::ALL {
        held.put(*kind, HeldFact { from: date(2020, 1, 1), until });
    }
    held
}

fn of(state: AccountState, held: HeldFacts) -> AccountFacts {
    AccountFacts {
        state,
        organisation_accredited_until: Some(Date::MAX),
        serves_accreditation: false,
        needs_level_one: false,
        held,
    }
}

fn standing(state: AccountState) -> Standing {
    Standing { state, suspension: None }
}

fn suspended(reason: SuspensionReason) -> Standing {
    Standing { state: AccountState::Suspended, suspension: Some(reason) }
}

#[test]
fn facts_carry_a_requested_account_as_far_as_they_reach() {
    let mut held = HeldFacts::default();
    let mut at = standing(AccountState::Requested);
    for (kind, reached) in [
        (FactKind::IdentityConfirmed, AccountState::Requested),
        (FactKind::Clearance, AccountState::Requested),
        (FactKind::NeedForJob, AccountState::Verified),
        (FactKind::TrainingLevelTwo, AccountState::Verified),
        (FactKind::ProceduresGiven, AccountState::Trained),
        (FactKind::AgreementSigned, AccountState::Trained),
    ] {
        held.put(kind, HeldFact { from: TODAY, until: FOREVER });
        at = step(at, Step::FactsRecorded, &of(at.state, held.clone()), TODAY).unwrap();
        assert_eq!(at.state, reached, "after {}", kind.code());
    }
    let active = step(at, Step::Activate, &of(at.state, held), TODAY).unwrap();
    assert_eq!(active, standing(AccountState::Active), "facts alone put nothing in use; a person does");
}

#[test]
fn activation_names_everything_that_is_missing() {
    let nothing = of(AccountState::Requested, HeldFacts::default());
    let nothing = AccountFacts { organisation_accredited_until: None, ..nothing };
    let refused = step(standing(AccountState::Requested), Step::Activate, &nothing, TODAY).unwrap_err();
    let lacks = vec![
        Lapse::OrganisationNotAccredited,
        Lapse::NeedNotConfirmed,
        Lapse::ClearanceExpired,
        Lapse::IdentityNotConfirmed,
        Lapse::TrainingExpired,
        Lapse::ProceduresNotGiven,
        Lapse::AgreementNotSigned,
    ];
    assert_eq!(refused, StepRefused::Lacks(lacks));
}

#[test]
fn a_renewal_lifts_what_expired_and_nothing_else() {
    let whole = of(AccountState::Suspended, all_facts(FOREVER));
    for reason in SuspensionReason::ALL {
        let after = step(suspended(*reason), Step::FactsRecorded, &whole, TODAY).unwrap();
        let lifted = *reason == SuspensionReason::Expired;
        assert_eq!(after.state == AccountState::Active, lifted, "{}", reason.code());
    }
    let half = of(AccountState::Suspended, all_facts(Some(date(2026, 1, 1))));
    let after = step(suspended(SuspensionReason::Expired), Step::FactsRecorded, &half, TODAY).unwrap();
    assert_eq!(after, suspended(SuspensionReason::Expired), "as long as anything lacks it stays suspended");
    let by_hand = Step::Lift { under_investigation: false };
    let refused = step(suspended(SuspensionReason::Expired), by_hand, &whole, TODAY);
    assert_eq!(refused, Err(StepRefused::RenewFirst));
}

#[test]
fn suspected_misuse_suspends_wherever_the_account_stands_and_no_other_reason_takes_its_place() {
    let misuse = Step::Suspend(SuspensionReason::Misuse);
    for state in
        [AccountState::Requested, AccountState::Verified, AccountState::Trained, AccountState::Active]
    {
        let facts = of(state, HeldFacts::default());
        assert_eq!(step(standing(state), misuse, &facts, TODAY), Ok(suspended(SuspensionReason::Misuse)));
    }
    let facts = of(AccountState::Suspended, all_facts(FOREVER));
    for reason in SuspensionReason::ALL.iter().filter(|reason| **reason != SuspensionReason::Misuse) {
        let after = step(suspended(*reason), misuse, &facts, TODAY);
        assert_eq!(after, Ok(suspended(SuspensionReason::Misuse)), "{}", reason.code());
        let back = step(suspended(SuspensionReason::Misuse), Step::Suspend(*reason), &facts, TODAY);
        assert_eq!(back, Err(StepRefused::NotFromHere), "{}", reason.code());
    }
    let lift = |under_investigation| {
        step(suspended(SuspensionReason::Misuse), Step::Lift { under_investigation }, &facts, TODAY)
    };
    assert_eq!(lift(true), Err(StepRefused::UnderInvestigation));
    assert_eq!(lift(false), Ok(standing(AccountState::Active)));
}

#[test]
fn management_roles_ask_for_level_one_and_others_for_either() {
    let management = [Role::Manager, Role::UserManager, Role::DataAdministrator, Role::Trainer];
    for role in Role::ALL {
        assert_eq!(needs_level_one(&[*role]), management.contains(role), "{}", role.code());
    }
    let mut held = HeldFacts::default();
    held.put(FactKind::TrainingLevelOne, HeldFact { from: TODAY, until: Some(date(2027, 1, 1)) });
    held.put(FactKind::TrainingLevelTwo, HeldFact { from: TODAY, until: Some(date(2028, 1, 1)) });
    assert_eq!(held.training_until(&[Role::Practitioner]), Some(date(2028, 1, 1)), "the later of the two");
    assert_eq!(held.training_until(&[Role::Practitioner, Role::Trainer]), Some(date(2027, 1, 1)));
}

#[test]
fn a_clearance_ends_three_years_after_its_disclosure_and_training_after_two() {
    let policy = FactPolicy::default();
    let none = HeldFacts::default();
    let made = |kind, from, until| policy.fact(kind, from, until, &none, TODAY);
    let until = |kind| made(kind, date(2026, 2, 1), None).unwrap().until;
    assert_eq!(until(FactKind::Clearance), Some(date(2029, 2, 1)));
    assert_eq!(until(FactKind::TrainingLevelOne), Some(date(2028, 2, 1)));
    assert_eq!(until(FactKind::AgreementSigned), None);
    assert_eq!(made(FactKind::Clearance, date(2024, 2, 29), None).unwrap().until, Some(date(2027, 2, 28)));
    let (early, late) = (date(2027, 1, 1), date(2030, 1, 1));
    assert_eq!(made(FactKind::Clearance, date(2026, 2, 1), Some(early)).unwrap().until, Some(early));
    assert_eq!(made(FactKind::NeedForJob, date(2026, 2, 1), Some(late)).unwrap().until, Some(late));
    assert_eq!(made(FactKind::Clearance, date(2026, 2, 1), Some(late)), Err(FactFault::EndsTooLate));
    assert_eq!(made(FactKind::Clearance, date(2026, 11, 23), None), Err(FactFault::InTheFuture));
    assert_eq!(made(FactKind::NeedForJob, TODAY, Some(date(2026, 1, 1))), Err(FactFault::EndsBeforeItBegins));
    let mut held = HeldFacts::default();
    held.put(FactKind::Clearance, HeldFact { from: date(2026, 2, 1), until: None });
    let older = policy.fact(FactKind::Clearance, date(2026, 1, 31), None, &held, TODAY);
    assert_eq!(older, Err(FactFault::OlderThanRecorded), "the newest counts: an old one would count as new");
}

#[test]
fn warnings_are_due_at_ninety_thirty_and_seven_days() {
    let policy = FactPolicy::default();
    for (until, due) in [
        (date(2027, 2, 21), None),
        (date(2027, 2, 20), Some(90)),
        (date(2026, 12, 23), Some(90)),
        (date(2026, 12, 22), Some(30)),
        (date(2026, 11, 30), Some(30)),
        (date(2026, 11, 29), Some(7)),
        (TODAY, Some(7)),
        (date(2026, 11, 21), None),
    ] {
        assert_eq!(policy.warning_due(until, TODAY), due, "{until}");
    }
}

#[test]
fn a_reference_is_short_and_never_prose() {
    for good in ["DBS/001234567890", "t2", "HR-2026.117_a"] {
        assert!(EvidenceReference::parse(good).is_ok(), "{good}");
    }
    for bad in ["", "x", "he was seen with", "-dash", "a\u{e9}", "x".repeat(41).as_str(), "a,b", "a;b"] {
        assert!(EvidenceReference::parse(bad).is_err(), "{bad}");
    }
    assert!(!format!("{:?}", EvidenceReference::parse("DBS-77").unwrap()).contains("77"));
}

#[test]
fn the_roles_that_carry_power_over_others_need_two_people() {
    let two = [
        Role::Manager,
        Role::UserManager,
        Role::DataAdministrator,
        Role::Auditor,
        Role::CentralTeam,
        Role::OverrideHolder,
        Role::ShieldDesk,
    ];
    for role in Role::ALL {
        assert_eq!(role.needs_second_person(), two.contains(role), "{}", role.code());
    }
}

fn any_step() -> impl Strategy<Value = Step> {
    let reason = prop::sample::select(SuspensionReason::ALL);
    prop_oneof![
        Just(Step::FactsRecorded),
        Just(Step::Activate),
        reason.prop_map(Step::Suspend),
        any::<bool>().prop_map(|under_investigation| Step::Lift { under_investigation }),
        Just(Step::Close),
    ]
}

fn any_facts() -> impl Strategy<Value = HeldFacts> {
    let held = prop::collection::vec((prop::sample::select(FactKind::ALL), -40..40_i64), 0..14);
    held.prop_map(|facts| {
        let mut held = HeldFacts::default();
        for (kind, days) in facts {
            let until = TODAY.checked_add(jiff::Span::new().days(days)).unwrap();
            held.put(kind, HeldFact { from: date(2020, 1, 1), until: Some(until) });
        }
        held
    })
}

proptest! {
    #[test]
    fn whatever_happens_closed_is_for_ever_and_only_the_whole_of_the_facts_puts_an_account_in_use(
        steps in prop::collection::vec((any_step(), any_facts()), 1..30)
    ) {
        let mut at = standing(AccountState::Requested);
        for (next, held) in steps {
            let facts = of(at.state, held);
            match step(at, next, &facts, TODAY) {
                Ok(after) => {
                    prop_assert_ne!(at.state, AccountState::Closed);
                    if after.state == AccountState::Active && at.state != AccountState::Active {
                        prop_assert_eq!(missing(&facts, TODAY), vec![]);
                    }
                    prop_assert_eq!(after.suspension.is_some(), after.state == AccountState::Suspended);
                    at = after;
                }
                Err(refused) if at.state == AccountState::Closed => prop_assert_eq!(refused, StepRefused::Closed),
                Err(_) => {}
            }
        }
    }
}
