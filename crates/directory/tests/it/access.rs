use crate::children::at;
use directory::access::{
    AccountFacts, AccountState, DangerousAct, FactKind, HeldFact, HeldFacts, Lapse, LockoutPolicy,
    Permission, Role, SessionEnd, SessionPolicy, allows, may_enter,
};
use jiff::SignedDuration;
use jiff::civil::{Date, date};

const TODAY: Date = date(2026, 11, 22);

fn nurse() -> AccountFacts {
    let mut held = HeldFacts::default();
    for kind in [
        FactKind::IdentityConfirmed,
        FactKind::NeedForJob,
        FactKind::ProceduresGiven,
        FactKind::AgreementSigned,
    ] {
        held.put(kind, HeldFact { from: date(2025, 1, 1), until: None });
    }
    for kind in [FactKind::Clearance, FactKind::TrainingLevelTwo] {
        held.put(kind, HeldFact { from: date(2025, 1, 1), until: Some(date(2027, 1, 1)) });
    }
    AccountFacts {
        state: AccountState::Active,
        organisation_accredited_until: Some(date(2027, 1, 1)),
        serves_accreditation: false,
        needs_level_one: false,
        held,
    }
}

fn ending(kind: FactKind, until: Date) -> AccountFacts {
    let mut facts = nurse();
    facts.held.put(kind, HeldFact { from: date(2025, 1, 1), until: Some(until) });
    facts
}

fn without(gone: &[FactKind]) -> AccountFacts {
    let mut held = HeldFacts::default();
    for kind in FactKind::ALL.iter().filter(|kind| !gone.contains(kind)) {
        if let Some(fact) = nurse().held.of(*kind) {
            held.put(*kind, fact);
        }
    }
    AccountFacts { held, ..nurse() }
}

#[test]
fn a_cleared_trained_confirmed_user_of_an_accredited_organisation_may_enter() {
    assert_eq!(may_enter(&nurse(), TODAY), Ok(()));
}

#[test]
fn each_condition_alone_keeps_a_user_out() {
    let cases = [
        (AccountFacts { organisation_accredited_until: None, ..nurse() }, Lapse::OrganisationNotAccredited),
        (without(&[FactKind::NeedForJob]), Lapse::NeedNotConfirmed),
        (ending(FactKind::NeedForJob, date(2026, 11, 21)), Lapse::NeedNotConfirmed),
        (without(&[FactKind::Clearance]), Lapse::ClearanceExpired),
        (without(&[FactKind::IdentityConfirmed]), Lapse::IdentityNotConfirmed),
        (without(&[FactKind::TrainingLevelTwo]), Lapse::TrainingExpired),
        (ending(FactKind::TrainingLevelTwo, date(2026, 11, 21)), Lapse::TrainingExpired),
        (AccountFacts { needs_level_one: true, ..nurse() }, Lapse::LevelOneTrainingMissing),
        (without(&[FactKind::ProceduresGiven]), Lapse::ProceduresNotGiven),
        (without(&[FactKind::AgreementSigned]), Lapse::AgreementNotSigned),
        (AccountFacts { state: AccountState::Suspended, ..nurse() }, Lapse::AccountNotActive),
        (AccountFacts { state: AccountState::Trained, ..nurse() }, Lapse::AccountNotActive),
    ];
    for (facts, lapse) in cases {
        assert_eq!(may_enter(&facts, TODAY), Err(vec![lapse]));
    }
}

#[test]
fn a_clearance_holds_through_its_last_day_and_not_a_day_longer() {
    let facts = ending(FactKind::Clearance, TODAY);
    assert_eq!(may_enter(&facts, TODAY), Ok(()));
    assert_eq!(may_enter(&facts, date(2026, 11, 23)), Err(vec![Lapse::ClearanceExpired]));
}

#[test]
fn all_that_has_lapsed_is_told_at_once() {
    let facts = without(&[FactKind::Clearance, FactKind::TrainingLevelTwo, FactKind::AgreementSigned]);
    let lapses = vec![Lapse::ClearanceExpired, Lapse::TrainingExpired, Lapse::AgreementNotSigned];
    assert_eq!(may_enter(&facts, TODAY), Err(lapses));
}

#[test]
fn only_practitioners_managers_and_data_administrators_see_children() {
    let of = |permission| {
        Role::ALL.iter().copied().filter(|role| allows(&[*role], permission)).collect::<Vec<_>>()
    };
    let seers = [Role::Practitioner, Role::Manager, Role::DataAdministrator];
    assert_eq!(of(Permission::SearchChildren), seers);
    assert_eq!(of(Permission::ViewRecord), seers);
    assert_eq!(of(Permission::RequestShield), [Role::Practitioner, Role::Manager]);
    assert_eq!(of(Permission::OpenForManagement), [Role::Manager, Role::DataAdministrator]);
    assert_eq!(of(Permission::DecideShield), [Role::ShieldDesk]);
    assert_eq!(of(Permission::ApproveSeal), [Role::ShieldDesk]);
    assert_eq!(of(Permission::ProposeSeal), [Role::Manager, Role::DataAdministrator]);
    assert_eq!(of(Permission::ManageAccounts), [Role::UserManager]);
    assert_eq!(of(Permission::ViewOwnAudit), Role::ALL);
}

#[test]
fn an_auditor_changes_nothing_and_a_data_administrator_reviews_no_trail() {
    let changes = |permission: &Permission| {
        !permission.code().starts_with("view_") && !permission.code().starts_with("read_")
    };
    let changing: Vec<&Permission> =
        Role::Auditor.permissions().iter().filter(|permission| changes(permission)).collect();
    assert_eq!(changing, [&Permission::ManageOwnAccount], "but for the auditor's own keys and sessions");
    assert!(!allows(&[Role::DataAdministrator], Permission::ReadAudit));
}

#[test]
fn without_a_role_nothing_is_permitted() {
    assert!(Permission::ALL.iter().all(|permission| !allows(&[], *permission)));
    assert!(allows(&[Role::Trainer, Role::Practitioner], Permission::ViewRecord));
}

#[test]
fn a_session_ends_after_fifteen_idle_minutes_and_after_eight_hours() {
    let policy = SessionPolicy::default();
    let begun = at("2026-11-22T08:00:00Z");
    for (seen, now, end) in [
        ("2026-11-22T09:00:00Z", "2026-11-22T09:14:59Z", None),
        ("2026-11-22T09:00:00Z", "2026-11-22T09:15:00Z", Some(SessionEnd::Idle)),
        ("2026-11-22T15:59:00Z", "2026-11-22T15:59:59Z", None),
        ("2026-11-22T15:59:00Z", "2026-11-22T16:00:00Z", Some(SessionEnd::Whole)),
    ] {
        assert_eq!(policy.ended(begun, at(seen), at(now)), end);
    }
    assert_eq!(policy.expires(begun), at("2026-11-22T16:00:00Z"));
}

#[test]
fn four_failures_are_free_and_each_further_one_doubles_the_lock() {
    let policy = LockoutPolicy::default();
    let last = at("2026-11-22T08:00:00Z");
    for (failures, minutes) in [(5, 1), (6, 2), (7, 4), (10, 32), (11, 60), (4_000_000_000, 60)] {
        let until = last + SignedDuration::from_mins(minutes);
        assert_eq!(policy.locked_until(failures, last, last), Some(until), "{failures}");
        assert_eq!(policy.locked_until(failures, last, until), None);
    }
    assert_eq!(policy.locked_until(4, last, last), None);
    assert_eq!(policy.locked_until(0, last, last), None);
}

#[test]
fn failures_are_forgotten_after_a_day() {
    let policy = LockoutPolicy::default();
    let last = at("2026-11-22T08:00:00Z");
    assert_eq!(policy.failures_that_count(9, last, at("2026-11-23T07:59:59Z")), 9);
    assert_eq!(policy.failures_that_count(9, last, at("2026-11-23T08:00:00Z")), 0);
}

#[test]
fn a_record_is_opened_as_management_at_an_authority_and_nowhere_else() {
    use directory::access::{Capabilities, HeldRole, OrganisationStanding, may};
    for (kind, authority, opens) in [
        ("authority", Some("E08000035"), true),
        ("partner", Some("E08000035"), false),
        ("national_partner", None, false),
        ("national_partner", Some("E08000035"), false),
        ("centre", None, false),
    ] {
        let at = OrganisationStanding {
            id: uuid::Uuid::from_u128(1),
            kind: kind.to_owned(),
            authority: authority.map(str::to_owned),
            capabilities: Capabilities::known(),
        };
        let manager = [HeldRole { role: Role::Manager, at: at.clone() }];
        assert_eq!(may(&manager, Permission::OpenForManagement), opens, "{kind}");
        assert!(may(&manager, Permission::ViewRecord), "{kind}: a practitioner's view all the same");
        let unaccredited = OrganisationStanding { capabilities: Capabilities::none(), ..at };
        assert!(!may(&[HeldRole { role: Role::Manager, at: unaccredited }], Permission::OpenForManagement));
    }
}

mod reading_the_trail {
    use directory::access::{Capabilities, HeldRole, OrganisationStanding, Role, Sight, that_count};
    use uuid::Uuid;

    fn organisation(id: u128, kind: &str, authority: Option<&str>) -> OrganisationStanding {
        OrganisationStanding {
            id: Uuid::from_u128(id),
            kind: kind.to_owned(),
            authority: authority.map(str::to_owned),
            capabilities: Capabilities::known(),
        }
    }

    #[test]
    fn each_role_sees_of_an_entry_what_its_work_needs_and_only_where_it_reaches() {
        let council = organisation(1, "authority", Some("E08000035"));
        let trust = organisation(2, "partner", Some("E08000035"));
        let other = organisation(3, "authority", Some("E08000032"));
        let charity = organisation(4, "national_partner", None);
        let centre = organisation(5, "centre", None);
        let whole = Some(Sight { children: true, shields: false });
        let plain = Some(Sight { children: false, shields: false });
        for (role, at, here, below, elsewhere, partner) in [
            (Role::Auditor, &council, whole, whole, None, None),
            (Role::Manager, &council, whole, whole, None, None),
            (Role::ShieldDesk, &council, None, None, None, None),
            (Role::UserManager, &council, plain, plain, None, None),
            (Role::CentralTeam, &centre, whole, whole, whole, whole),
            (Role::DataAdministrator, &council, None, None, None, None),
            (Role::Practitioner, &council, None, None, None, None),
            (Role::Helpdesk, &council, None, None, None, None),
            (Role::Trainer, &council, None, None, None, None),
            (Role::OrganisationLead, &council, None, None, None, None),
            (Role::SupplierOperator, &centre, None, None, None, None),
            (Role::OverrideHolder, &council, None, None, None, None),
            (Role::Auditor, &trust, None, whole, None, None),
            (Role::Manager, &charity, None, None, None, whole),
        ] {
            let roles = [HeldRole { role, at: at.clone() }];
            let seen = [&council, &trust, &other, &charity].map(|target| Sight::of(&roles, target));
            assert_eq!(seen, [here, below, elsewhere, partner], "{role:?} at {}", at.kind);
        }
        for (at, below) in [(&council, true), (&charity, false)] {
            let named = [Role::Manager, Role::ShieldDesk].map(|role| HeldRole { role, at: at.clone() });
            let seen = [at, &trust].map(|target| Sight::of(&named, target));
            let desk = Some(Sight { children: true, shields: true });
            assert_eq!(seen, [desk, desk.filter(|_| below)], "the shield desk at {}", at.kind);
        }
    }

    #[test]
    fn an_organisation_that_does_not_decide_shields_does_not_see_them() {
        let mut council = organisation(1, "authority", Some("E08000035"));
        council.capabilities = Capabilities::none();
        let roles = [Role::Manager, Role::ShieldDesk].map(|role| HeldRole { role, at: council.clone() });
        assert_eq!(Sight::of(&roles, &council), Some(Sight { children: true, shields: false }));
    }

    #[test]
    fn the_shield_desk_counts_beside_a_managers_role_at_the_same_organisation_alone() {
        let council = organisation(1, "authority", Some("E08000035"));
        let other = organisation(3, "authority", Some("E08000032"));
        let at = |role, at: &OrganisationStanding| HeldRole { role, at: at.clone() };
        let desk = at(Role::ShieldDesk, &council);
        let both = vec![at(Role::Manager, &council), desk.clone()];
        assert_eq!(that_count(both.clone()), both);
        assert_eq!(that_count(vec![desk.clone()]), Vec::new());
        let elsewhere = at(Role::Manager, &other);
        assert_eq!(that_count(vec![elsewhere.clone(), desk.clone()]), vec![elsewhere]);
        let nurse = at(Role::Practitioner, &council);
        assert_eq!(that_count(vec![nurse.clone(), desk]), vec![nurse]);
    }
}

#[test]
fn a_fresh_proof_is_asked_only_for_what_somebody_may_do_and_never_for_looking_up_a_child() {
    for act in DangerousAct::ALL {
        for &permission in act.permissions() {
            assert!(Role::ALL.iter().any(|role| allows(&[*role], permission)), "{act:?}: {permission:?}");
        }
        let daily = [
            Permission::SearchChildren,
            Permission::ViewRecord,
            Permission::OpenForManagement,
            Permission::MediateAccess,
        ];
        assert!(act.permissions().iter().all(|permission| !daily.contains(permission)), "{act:?}");
    }
}

#[test]
fn what_switches_an_accreditation_on_or_off_is_dangerous_and_what_prepares_it_is_not() {
    use directory::access::accreditation::{Act, RefusalReason, SentBack, SuspensionReason};
    use directory::access::{Capability, DangerousAct as A};
    let capability = Capability::StaffQuery;
    let cases = [
        (Act::Answer { capability, yes: true }, None),
        (Act::HandIn, None),
        (Act::SendBack(SentBack::ALL[0]), None),
        (Act::HandOn, None),
        (Act::Grant([capability].into()), Some(A::DecideAccreditation)),
        (Act::Refuse(RefusalReason::ALL[0]), Some(A::DecideAccreditation)),
        (Act::Suspend(SuspensionReason::ALL[0]), Some(A::SuspendAccreditation)),
        (Act::SwitchOff(capability, SuspensionReason::ALL[0]), Some(A::SuspendAccreditation)),
        (Act::Reinstate, Some(A::ReinstateAccreditation)),
        (Act::SwitchOn(capability), Some(A::ReinstateAccreditation)),
    ];
    for (act, danger) in cases {
        assert_eq!(act.danger(), danger, "{act:?}");
    }
}
