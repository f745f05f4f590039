//! Lost keys: two user managers, in person, and everything old ends (rules 6.10, 12.4, 12.13).

use directory::access::{DocumentNumber, IdentityDocument, NoRenewal, Role, SeenInPerson, SuspensionReason};
use jiff::SignedDuration;
use service::{ActHandle, Change, NewAccount, NewOrganisation, RecoveryError, RecoveryStage, SignedIn};
use testkit::{Engine, TestDatabases, on_both_databases};

use crate::enrolment::{set_up, shown_by_authenticator};
use crate::house::{House, PASSWORD, office};
use crate::raw::Raw;

pub fn seen() -> SeenInPerson {
    SeenInPerson { document: IdentityDocument::Passport, number: DocumentNumber::parse("533401372").unwrap() }
}

/// Two user managers, and a nurse who has lost their telephone.
async fn house(db: &TestDatabases) -> (House, SignedIn, SignedIn) {
    let house = House::open(db).await;
    house.account("nurse", &[Role::Practitioner]).await;
    house.account("rosalind", &[Role::UserManager]).await;
    house.account("piotr", &[Role::UserManager]).await;
    let (rosalind, piotr) = (house.sign_in("rosalind").await, house.sign_in("piotr").await);
    (house, rosalind, piotr)
}

async fn only(house: &House, who: &SignedIn, stage: RecoveryStage) -> ActHandle {
    let open = house.directory.open_recoveries(who).await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].stage, stage);
    open[0].handle.clone()
}

on_both_databases! {
    async fn two_user_managers_recover_an_account_and_everything_old_ends_at_approval(db: TestDatabases) {
        let (house, rosalind, piotr) = house(&db).await;
        let directory = &house.directory;
        let old = house.session("nurse").await;
        let mut raw = Raw::data(&db).await;
        give_passkey_and_provider(&mut raw, &db).await;
        directory.propose_recovery(&rosalind, "nurse", &seen()).await.unwrap();
        assert!(directory.authenticate(&old).await.is_ok(), "a proposal ends nothing");
        let open = directory.open_recoveries(&piotr).await.unwrap();
        assert_eq!((open[0].person.as_str(), open[0].proposed_by.as_str()), ("The nurse", "The rosalind"));
        assert_eq!(open[0].seen, seen());
        let decide = only(&house, &piotr, RecoveryStage::CanBeDecided).await;
        directory.decide_recovery(&piotr, &decide, true).await.unwrap();
        assert!(directory.authenticate(&old).await.is_err(), "sessions end");
        assert!(directory.begin_sign_in("nurse", PASSWORD, &office()).await.is_err(), "the old password ends");
        assert_eq!((raw.count("passkey").await, raw.count("provider_subject").await), (0, 0), "and every other way in");
        assert!(directory.open_recoveries(&piotr).await.unwrap().is_empty(), "the second has nothing more to do");
        let take = only(&house, &rosalind, RecoveryStage::CodeReady).await;
        let code = directory.take_recovery_code(&rosalind, &take).await.unwrap();
        assert_eq!(code.person, "The nurse");
        set_up(&house, &code).await.unwrap();
        assert!(directory.open_recoveries(&rosalind).await.unwrap().is_empty());
    }

    async fn the_holder_is_told_at_the_next_sign_in_until_they_have_read_it(db: TestDatabases) {
        let (house, rosalind, piotr) = house(&db).await;
        let directory = &house.directory;
        directory.propose_recovery(&rosalind, "nurse", &seen()).await.unwrap();
        let decide = only(&house, &piotr, RecoveryStage::CanBeDecided).await;
        let at = house.clock.now();
        directory.decide_recovery(&piotr, &decide, true).await.unwrap();
        let take = only(&house, &rosalind, RecoveryStage::CodeReady).await;
        let code = directory.take_recovery_code(&rosalind, &take).await.unwrap();
        let step = directory.enrol("nurse", &code.code, &office()).await.unwrap();
        let keys = service::NewKeys {
            password: "a long new password".to_owned(),
            code: shown_by_authenticator(&step.secret, &house),
        };
        directory.finish_enrolment(&step.token, keys).await.unwrap();
        house.clock.advance(SignedDuration::from_secs(31));
        let challenge = directory.begin_sign_in("nurse", "a long new password", &office()).await.unwrap();
        let shown = shown_by_authenticator(&step.secret, &house);
        let session = directory.finish_sign_in(&challenge.token, &shown, &office()).await.unwrap();
        let nurse = directory.authenticate(&session.token).await.unwrap();
        let notice = directory.recovery_notice(&nurse).await.unwrap().unwrap();
        assert_eq!((notice.at, notice.first.as_str(), notice.second.as_str()), (at, "The rosalind", "The piotr"));
        assert!(directory.recovery_notice(&nurse).await.unwrap().is_some(), "until it is read");
        directory.told_of_recovery(&nurse).await.unwrap();
        assert!(directory.recovery_notice(&nurse).await.unwrap().is_none());
        assert!(directory.recovery_notice(&piotr).await.unwrap().is_none(), "nobody else is told");
    }

    async fn one_person_twice_is_refused_and_so_is_the_holder_and_who_is_no_user_manager(db: TestDatabases) {
        let (house, rosalind, piotr) = house(&db).await;
        let directory = &house.directory;
        let own = directory.propose_recovery(&rosalind, "rosalind", &seen()).await;
        assert!(matches!(own, Err(RecoveryError::NotAllowed(NoRenewal::OnesOwn))));
        directory.propose_recovery(&rosalind, "piotr", &seen()).await.unwrap();
        let own_proposal = only(&house, &rosalind, RecoveryStage::WaitsForAnother).await;
        let twice = directory.decide_recovery(&rosalind, &own_proposal, true).await;
        assert!(matches!(twice, Err(RecoveryError::NotAllowed(NoRenewal::SamePersonTwice))));
        assert!(directory.open_recoveries(&piotr).await.unwrap().is_empty(), "nobody is offered their own");
        house.account("manager", &[Role::Manager]).await;
        let manager = house.sign_in("manager").await;
        assert!(matches!(directory.open_recoveries(&manager).await, Err(RecoveryError::Forbidden)));
        assert!(matches!(directory.propose_recovery(&manager, "nurse", &seen()).await, Err(RecoveryError::Forbidden)));
        assert!(matches!(directory.decide_recovery(&manager, &own_proposal, true).await, Err(RecoveryError::Forbidden)));
        assert!(matches!(directory.take_recovery_code(&manager, &own_proposal).await, Err(RecoveryError::Forbidden)));
    }

    async fn a_recovery_that_somebody_proposed_who_may_not_any_more_goes_no_further(db: TestDatabases) {
        let (house, rosalind, _) = house(&db).await;
        let directory = &house.directory;
        directory.propose_recovery(&rosalind, "nurse", &seen()).await.unwrap();
        house.account("una", &[Role::UserManager]).await;
        let una = house.sign_in("una").await;
        let suspended = Change::Suspend(SuspensionReason::Absence);
        directory.change_account(&una, rosalind.account(), suspended).await.unwrap();
        let piotr = house.sign_in_again("piotr").await;
        let decide = only(&house, &piotr, RecoveryStage::CanBeDecided).await;
        let void = directory.decide_recovery(&piotr, &decide, true).await;
        assert!(matches!(void, Err(RecoveryError::ProposerMayNot(_))), "{void:?}");
        assert!(directory.begin_sign_in("nurse", PASSWORD, &office()).await.is_ok(), "nothing has ended");
        directory.decide_recovery(&piotr, &decide, false).await.unwrap();
        directory.propose_recovery(&una, "nurse", &seen()).await.unwrap();
        let decide = only(&house, &piotr, RecoveryStage::CanBeDecided).await;
        directory.decide_recovery(&piotr, &decide, true).await.unwrap();
    }

    async fn no_code_is_taken_before_approval_nor_twice_nor_by_the_second(db: TestDatabases) {
        let (house, rosalind, piotr) = house(&db).await;
        let directory = &house.directory;
        directory.propose_recovery(&rosalind, "nurse", &seen()).await.unwrap();
        let waiting = only(&house, &rosalind, RecoveryStage::WaitsForAnother).await;
        assert!(matches!(directory.take_recovery_code(&rosalind, &waiting).await, Err(RecoveryError::Ended)));
        let decide = only(&house, &piotr, RecoveryStage::CanBeDecided).await;
        directory.decide_recovery(&piotr, &decide, true).await.unwrap();
        assert!(matches!(directory.decide_recovery(&piotr, &decide, true).await, Err(RecoveryError::Ended)), "a decision is made once");
        assert!(matches!(directory.take_recovery_code(&piotr, &decide).await, Err(RecoveryError::Ended)), "the code is for the first alone");
        assert!(matches!(directory.take_recovery_code(&piotr, &waiting).await, Err(RecoveryError::Ended)), "and a handle for its session");
        directory.take_recovery_code(&rosalind, &waiting).await.unwrap();
        assert!(matches!(directory.take_recovery_code(&rosalind, &waiting).await, Err(RecoveryError::Ended)), "shown once");
    }

    async fn a_refused_and_an_expired_recovery_change_nothing(db: TestDatabases) {
        let (house, rosalind, piotr) = house(&db).await;
        let directory = &house.directory;
        directory.propose_recovery(&rosalind, "nurse", &seen()).await.unwrap();
        assert!(matches!(directory.propose_recovery(&piotr, "nurse", &seen()).await, Err(RecoveryError::AlreadyOpen)));
        let decide = only(&house, &piotr, RecoveryStage::CanBeDecided).await;
        directory.decide_recovery(&piotr, &decide, false).await.unwrap();
        assert!(directory.begin_sign_in("nurse", PASSWORD, &office()).await.is_ok());
        directory.propose_recovery(&rosalind, "nurse", &seen()).await.unwrap();
        house.clock.advance(SignedDuration::from_hours(24) - SignedDuration::from_mins(2));
        let piotr = house.sign_in("piotr").await;
        let decide = only(&house, &piotr, RecoveryStage::CanBeDecided).await;
        house.minutes_pass(2);
        assert!(matches!(directory.decide_recovery(&piotr, &decide, true).await, Err(RecoveryError::Ended)));
        assert!(directory.begin_sign_in("nurse", PASSWORD, &office()).await.is_ok());
        directory.do_duties().await.unwrap();
        assert_eq!(Raw::data(&db).await.number("SELECT count(*) FROM pending_act WHERE state = 'withdrawn'").await, 1);
    }

    async fn a_suspended_or_closed_account_is_not_recovered_at_any_step(db: TestDatabases) {
        for state in ["suspended", "closed", "requested"] {
            let db = TestDatabases::on(db.engine()).await;
            let (house, rosalind, piotr) = house(&db).await;
            let directory = &house.directory;
            let mut raw = Raw::data(&db).await;
            let nurse = "account_id IN (SELECT account_id FROM account_role WHERE role = 'practitioner')";
            let set = |state: &str| format!("UPDATE account SET state = '{state}' WHERE {nurse}");
            raw.run(&set(state)).await;
            let refused = directory.propose_recovery(&rosalind, "nurse", &seen()).await;
            assert!(matches!(refused, Err(RecoveryError::NotAllowed(NoRenewal::NotInUse))), "{state}");
            raw.run(&set("active")).await;
            directory.propose_recovery(&rosalind, "nurse", &seen()).await.unwrap();
            let decide = only(&house, &piotr, RecoveryStage::CanBeDecided).await;
            raw.run(&set(state)).await;
            let refused = directory.decide_recovery(&piotr, &decide, true).await;
            assert!(matches!(refused, Err(RecoveryError::NotAllowed(NoRenewal::NotInUse))), "{state}");
            raw.run(&set("active")).await;
            directory.decide_recovery(&piotr, &decide, true).await.unwrap();
            let take = only(&house, &rosalind, RecoveryStage::CodeReady).await;
            raw.run(&set(state)).await;
            let refused = directory.take_recovery_code(&rosalind, &take).await;
            assert!(matches!(refused, Err(RecoveryError::NotAllowed(NoRenewal::NotInUse))), "{state}");
        }
    }

    async fn an_authority_reaches_its_partners_and_nobody_elses(db: TestDatabases) {
        let (house, rosalind, piotr) = house(&db).await;
        let directory = &house.directory;
        for (name, kind, authority, username) in [
            ("Leeds Trust", "partner", Some("E08000035"), "near"),
            ("Barnet Council", "authority", Some("E09000003"), "far"),
        ] {
            let organisation = directory
                .declare_organisation(NewOrganisation {
                    name: name.to_owned(),
                    kind: kind.to_owned(),
                    authority_code: authority.map(str::to_owned),
                    accredited_until: house.clock.now() + SignedDuration::from_hours(24 * 365),
                })
                .await
                .unwrap();
            let account = NewAccount {
                username: username.to_owned(),
                display_name: format!("The {username}"),
                password: PASSWORD.to_owned(),
                organisation,
                roles: vec![Role::Practitioner],
                clearance_until: house.clock.now() + SignedDuration::from_hours(24 * 365),
                training_until: house.clock.now() + SignedDuration::from_hours(24 * 365),
            };
            directory.create_account(account).await.unwrap();
        }
        let far = directory.propose_recovery(&rosalind, "far", &seen()).await;
        let nobody = directory.propose_recovery(&rosalind, "nobody", &seen()).await;
        assert!(matches!((&far, &nobody), (Err(RecoveryError::NoSuchAccount), Err(RecoveryError::NoSuchAccount))), "one answer");
        directory.propose_recovery(&rosalind, "near", &seen()).await.unwrap();
        only(&house, &piotr, RecoveryStage::CanBeDecided).await;
    }

    async fn every_step_is_in_the_trail_and_found_by_the_account_concerned(db: TestDatabases) {
        let (house, rosalind, piotr) = house(&db).await;
        let directory = &house.directory;
        let nurse = house.sign_in("nurse").await;
        let before = Raw::data(&db).await.entries("account_changed").await;
        directory.propose_recovery(&rosalind, "nurse", &seen()).await.unwrap();
        let decide = only(&house, &piotr, RecoveryStage::CanBeDecided).await;
        directory.decide_recovery(&piotr, &decide, true).await.unwrap();
        let take = only(&house, &rosalind, RecoveryStage::CodeReady).await;
        let code = directory.take_recovery_code(&rosalind, &take).await.unwrap();
        set_up(&house, &code).await.unwrap();
        // Proposed, approved, code taken, code entered, details set.
        assert_eq!(Raw::data(&db).await.entries("account_changed").await, before + 5);
        let lines = directory.own_history(&nurse, None).await.unwrap().lines;
        assert_eq!(lines.iter().filter(|line| line.what == "account_changed").count(), 6, "with the account's making");
        assert_eq!(Raw::data(&db).await.entries("accounts_read").await, 2, "reading the list leaves its entry");
    }

    async fn when_the_trail_cannot_be_written_nothing_ends_and_no_code_is_shown(db: TestDatabases) {
        let (house, rosalind, piotr) = house(&db).await;
        let directory = &house.directory;
        directory.propose_recovery(&rosalind, "nurse", &seen()).await.unwrap();
        let decide = only(&house, &piotr, RecoveryStage::CanBeDecided).await;
        Raw::data(&db).await.break_the_trail().await;
        assert!(matches!(directory.decide_recovery(&piotr, &decide, true).await, Err(RecoveryError::Service(_))));
        assert!(directory.begin_sign_in("nurse", PASSWORD, &office()).await.is_ok());
    }
}

/// A passkey and a person at an identity provider, of the nurse.
async fn give_passkey_and_provider(raw: &mut Raw, db: &TestDatabases) {
    let bytes = |value: &str| match db.engine() {
        Engine::Sqlite => format!("x'{value}'"),
        Engine::Postgres => format!("'\\x{value}'"),
    };
    let key = bytes("000102030405060708090a0b0c0d0e0f");
    let nurse = "SELECT account_id FROM account_role WHERE role = 'practitioner'";
    raw.run(&format!(
        "INSERT INTO passkey (credential_key, account_id, created_at, version, sealed) VALUES ({key}, ({nurse}), 1, 1, {key})"
    ))
    .await;
    raw.run(&format!(
        "INSERT INTO provider_subject (subject_key, account_id, bound_at) VALUES ({key}, ({nurse}), 1)"
    ))
    .await;
    assert_eq!((raw.count("passkey").await, raw.count("provider_subject").await), (1, 1));
}
