//! Who may come in: facts with their dates, the life of an account, roles and who gives them (rules 6.5 to 6.16, 12.13).

use directory::access::{
    AccountState, ClosingReason, FactFault, FactKind, Lapse, Role, StepRefused, SuspensionReason,
};
use jiff::SignedDuration;
use service::{
    AccountActError, AccountQuery, Change, Given, NewFact, NewOrganisation, Policy, RequestError,
    RequestedAccount, RoleRefused, SessionError, SignInError,
};
use testkit::{TestDatabases, on_both_databases};

use crate::house::{House, PASSWORD, open};
use crate::people::{CLINIC, Office, evidence, fact};
use crate::raw::Raw;

on_both_databases! {
    async fn an_account_goes_from_requested_to_active_by_its_facts_and_a_persons_act(db: TestDatabases) {
        let office = Office::open(&db).await;
        let (directory, una) = (&office.house.directory, office.sign_in("una").await);
        let nadia = office.requested(&una, "nadia", &[Role::Practitioner]).await;
        let refused = directory.change_account(&una, nadia, Change::Activate).await.unwrap_err();
        let AccountActError::Step(StepRefused::Lacks(lapses)) = refused else { panic!("{refused}") };
        assert_eq!(lapses.len(), 6, "all that is missing is named: {lapses:?}");
        for (kind, reached) in [
            (FactKind::IdentityConfirmed, AccountState::Requested),
            (FactKind::NeedForJob, AccountState::Requested),
            (FactKind::Clearance, AccountState::Verified),
            (FactKind::TrainingLevelTwo, AccountState::Verified),
            (FactKind::ProceduresGiven, AccountState::Trained),
        ] {
            office.house.clock.advance(SignedDuration::from_secs(1));
            let state = directory.record_fact(&una, nadia, &fact(kind, office.today())).await.unwrap();
            assert_eq!(state, reached, "after {}", kind.code());
        }
        let refused = directory.change_account(&una, nadia, Change::Activate).await.unwrap_err();
        assert!(
            matches!(&refused, AccountActError::Step(StepRefused::Lacks(l)) if *l == [Lapse::AgreementNotSigned]),
            "{refused}"
        );
        directory.record_fact(&una, nadia, &fact(FactKind::AgreementSigned, office.today())).await.unwrap();
        office.house.clock.advance(SignedDuration::from_secs(1));
        let state = directory.change_account(&una, nadia, Change::Activate).await.unwrap();
        assert_eq!(state, AccountState::Active);
        let sheet = directory.account_sheet(&una, nadia).await.unwrap();
        assert_eq!((sheet.facts.len(), sheet.missing.len()), (6, 0));
        assert!(sheet.facts.iter().all(|line| line.recorded_by.as_deref() == Some("The una")));
        assert!(sheet.facts.iter().all(|line| line.evidence == "HR-2026/117"));
        let told: Vec<&str> = sheet.history.iter().rev().flat_map(|line| &line.changes).map(String::as_str).collect();
        assert_eq!(told[..2], ["account_requested", "role_given:practitioner"]);
        assert_eq!(told.last(), Some(&"activated"));
    }

    async fn no_practitioner_is_let_in_where_no_two_people_decide_shields(db: TestDatabases) {
        let office = Office::open(&db).await;
        let (directory, una) = (&office.house.directory, office.sign_in("una").await);
        let nadia = office.requested(&una, "nadia", &[Role::Practitioner]).await;
        office.record_all(&una, nadia).await;
        let reece = office.sign_in("reece").await.account();
        let suspended = Change::Suspend(SuspensionReason::Absence);
        directory.change_account(&una, reece, suspended).await.unwrap();
        let refused = directory.change_account(&una, nadia, Change::Activate).await.unwrap_err();
        assert!(matches!(refused, AccountActError::NoShieldDesk), "{refused}");
        assert!(refused.to_string().contains("name two managers of the authority to its shield desk first"), "the remedy is named");
        // Nor by a role, at the authority or at a partner under it; a role that reads no child's record is given.
        let lena = office.sign_in("lena").await.account();
        for (role, at) in [(Role::Practitioner, office.clinic), (Role::Practitioner, office.house.council)] {
            let refused = directory.give_role(&una, lena, role, at).await.unwrap_err();
            assert!(matches!(refused, AccountActError::NoShieldDesk), "{refused}");
        }
        directory.give_role(&una, lena, Role::Helpdesk, office.clinic).await.unwrap();
        // Whoever decides comes first, and then the others.
        let una = office.sign_in("una").await;
        directory.change_account(&una, reece, Change::Lift).await.unwrap();
        directory.give_role(&una, lena, Role::Practitioner, office.clinic).await.unwrap();
        assert_eq!(directory.change_account(&una, nadia, Change::Activate).await.unwrap(), AccountState::Active);
    }

    async fn an_account_without_a_password_is_answered_like_one_that_does_not_exist(db: TestDatabases) {
        let office = Office::open(&db).await;
        let una = office.sign_in("una").await;
        let nadia = office.requested(&una, "nadia", &[]).await;
        office.record_all(&una, nadia).await;
        office.house.directory.change_account(&una, nadia, Change::Activate).await.unwrap();
        for (username, password) in [("nadia", ""), ("nadia", PASSWORD), ("nobody", PASSWORD)] {
            let refused = office.house.directory.begin_sign_in(username, password, &crate::house::office()).await;
            assert!(matches!(refused, Err(SignInError::Refused)), "{username}");
        }
    }

    async fn a_username_is_never_used_twice_not_even_after_closing(db: TestDatabases) {
        let office = Office::open(&db).await;
        let (directory, una) = (&office.house.directory, office.sign_in("una").await);
        let nadia = office.requested(&una, "nadia", &[Role::Practitioner]).await;
        let closed = directory.change_account(&una, nadia, Change::Close(ClosingReason::Left)).await.unwrap();
        assert_eq!(closed, AccountState::Closed);
        let again = RequestedAccount {
            username: " NADIA ".to_owned(),
            name: "Somebody Else".to_owned(),
            organisation: office.house.council,
            roles: vec![],
        };
        let refused = directory.request_account(&una, &again).await.unwrap_err();
        assert!(matches!(refused, RequestError::Taken), "{refused}");
        for change in [Change::Activate, Change::Lift, Change::Close(ClosingReason::Left)] {
            let refused = directory.change_account(&una, nadia, change).await.unwrap_err();
            assert!(matches!(refused, AccountActError::Step(StepRefused::Closed)), "{change:?}: {refused}");
        }
        let new = fact(FactKind::Clearance, office.today());
        let refused = directory.record_fact(&una, nadia, &new).await.unwrap_err();
        assert!(matches!(refused, AccountActError::Step(StepRefused::Closed)), "{refused}");
        let sheet = directory.account_sheet(&una, nadia).await.unwrap();
        assert_eq!((sheet.state, sheet.closing, sheet.roles.len()), (AccountState::Closed, Some(ClosingReason::Left), 0));
        let raw = Raw::data(&db).await.count("account").await;
        assert_eq!(raw, 11, "the row stays: nothing is deleted");
    }

    async fn nobody_keeps_their_own_account_and_a_trainer_records_training_only(db: TestDatabases) {
        let office = Office::open(&db).await;
        let (directory, una, tess) =
            (&office.house.directory, office.sign_in("una").await, office.sign_in("tess").await);
        let (training, clearance) =
            (fact(FactKind::TrainingLevelOne, office.today()), fact(FactKind::Clearance, office.today()));
        for (who, account, new) in [(&una, una.account(), &clearance), (&tess, tess.account(), &training)] {
            let refused = directory.record_fact(who, account, new).await.unwrap_err();
            assert!(matches!(refused, AccountActError::Own), "{refused}");
        }
        let own = directory.give_role(&una, una.account(), Role::Practitioner, office.house.council).await.unwrap_err();
        assert!(matches!(own, AccountActError::Own), "{own}");
        let own = directory.change_account(&una, una.account(), Change::Suspend(SuspensionReason::Absence)).await;
        assert!(matches!(own, Err(AccountActError::Own)));
        let nadia = office.requested(&una, "nadia", &[]).await;
        directory.record_fact(&tess, nadia, &training).await.unwrap();
        let refused = directory.record_fact(&tess, nadia, &clearance).await.unwrap_err();
        assert!(matches!(refused, AccountActError::Forbidden), "{refused}");
        for username in ["hal", "audrey", "morgan"] {
            let who = office.sign_in(username).await;
            for new in [&training, &clearance] {
                let refused = directory.record_fact(&who, nadia, new).await.unwrap_err();
                assert!(matches!(refused, AccountActError::Forbidden), "{username}: {refused}");
            }
            let refused = directory.change_account(&who, nadia, Change::Activate).await.unwrap_err();
            assert!(matches!(refused, AccountActError::Forbidden), "{username}: {refused}");
        }
    }

    async fn what_is_out_of_reach_does_not_exist(db: TestDatabases) {
        let office = Office::open(&db).await;
        let (directory, una) = (&office.house.directory, office.sign_in("una").await);
        let nadia = office.requested(&una, "nadia", &[]).await;
        for username in ["bea", "chris"] {
            let who = office.sign_in(username).await;
            let there = directory.record_fact(&who, nadia, &fact(FactKind::Clearance, office.today())).await;
            let nowhere = directory.record_fact(&who, uuid::Uuid::nil(), &fact(FactKind::Clearance, office.today())).await;
            for answer in [there, nowhere] {
                assert!(matches!(answer, Err(AccountActError::NotFound)), "{username}");
            }
            let role = directory.give_role(&who, nadia, Role::Practitioner, office.house.council).await;
            assert!(matches!(role, Err(AccountActError::NotFound)), "{username}");
            assert!(matches!(directory.account_sheet(&who, nadia).await, Err(AccountActError::NotFound)));
            let asked = RequestedAccount {
                username: "intruder".to_owned(),
                name: "Not Theirs".to_owned(),
                organisation: office.house.council,
                roles: vec![],
            };
            let refused = directory.request_account(&who, &asked).await.unwrap_err();
            assert!(matches!(refused, RequestError::Act(AccountActError::NotFound)), "{refused}");
            let own = directory.list_accounts(&who, &AccountQuery::default()).await.unwrap();
            assert_eq!(own.lines.len(), 1, "{username} sees only their own organisation's");
        }
        // The authority's user manager reaches the partner under it, and gives roles there.
        let lena = office.sign_in("lena").await;
        let given = directory.give_role(&una, lena.account(), Role::Practitioner, office.clinic).await.unwrap();
        assert_eq!(given, Given::AtOnce);
    }

    async fn a_role_with_power_over_others_takes_two_and_never_the_person_it_is_about(db: TestDatabases) {
        let office = Office::open(&db).await;
        let directory = &office.house.directory;
        let (una, umar) = (office.sign_in("una").await, office.sign_in("umar").await);
        let hal = office.sign_in("hal").await.account();
        let refused = directory.give_role(&una, hal, Role::Manager, office.house.council).await.unwrap_err();
        assert!(matches!(refused, AccountActError::Role(RoleRefused::LevelOneFirst)), "{refused}");
        directory.record_fact(&una, hal, &fact(FactKind::TrainingLevelOne, office.today())).await.unwrap();
        let given = directory.give_role(&una, hal, Role::Manager, office.house.council).await.unwrap();
        let Given::Proposed(proposal) = given else { panic!("it was given at once") };
        assert!(!office.sign_in("hal").await.holds(Role::Manager), "a proposal gives nothing");
        let again = directory.give_role(&una, hal, Role::Manager, office.house.council).await.unwrap_err();
        assert!(matches!(again, AccountActError::Role(RoleRefused::HeldAlready)), "{again}");
        let self_decided = directory.decide_role(&una, proposal, true).await.unwrap_err();
        assert!(matches!(self_decided, AccountActError::Role(RoleRefused::AnotherPerson)), "{self_decided}");
        let bea = office.sign_in("bea").await;
        let foreign = directory.decide_role(&bea, proposal, true).await.unwrap_err();
        assert!(matches!(foreign, AccountActError::NotFound), "{foreign}");
        let listed = directory.role_proposals(&umar).await.unwrap();
        assert_eq!((listed.len(), listed[0].role, listed[0].may_decide), (1, Role::Manager, true));
        directory.decide_role(&umar, proposal, true).await.unwrap();
        assert!(office.sign_in("hal").await.holds(Role::Manager));
        let umar = office.sign_in("umar").await;
        let twice = directory.decide_role(&umar, proposal, true).await.unwrap_err();
        assert!(matches!(twice, AccountActError::Role(RoleRefused::NoLongerOpen)), "{twice}");
        // One about a user manager is not decided by that user manager, nor after its time.
        let given = directory.give_role(&umar, una.account(), Role::Manager, office.house.council).await.unwrap();
        let Given::Proposed(proposal) = given else { panic!("it was given at once") };
        let una = office.sign_in("una").await;
        let own = directory.decide_role(&una, proposal, true).await.unwrap_err();
        assert!(matches!(own, AccountActError::Role(RoleRefused::AnotherPerson)), "{own}");
        office.person("ulla", Role::UserManager, office.house.council).await;
        office.house.clock.advance(SignedDuration::from_hours(24 * 15));
        let ulla = office.sign_in("ulla").await;
        let late = directory.decide_role(&ulla, proposal, true).await.unwrap_err();
        assert!(matches!(late, AccountActError::Role(RoleRefused::NoLongerOpen)), "{late}");
    }

    async fn a_national_partner_has_no_data_administrator(db: TestDatabases) {
        let office = Office::open(&db).await;
        let (directory, chris) = (&office.house.directory, office.sign_in("chris").await);
        let worker = office.person("olu", Role::Practitioner, office.charity).await;
        let refused = directory.give_role(&chris, worker, Role::DataAdministrator, office.charity).await.unwrap_err();
        assert!(matches!(refused, AccountActError::Role(RoleRefused::NotThere)), "{refused}");
        let refused = directory.give_role(&chris, worker, Role::CentralTeam, office.charity).await.unwrap_err();
        assert!(matches!(refused, AccountActError::Role(RoleRefused::NotThere)), "{refused}");
        let asked = RequestedAccount {
            username: "data.person".to_owned(),
            name: "Data Person".to_owned(),
            organisation: office.charity,
            roles: vec![Role::DataAdministrator],
        };
        let refused = directory.request_account(&chris, &asked).await.unwrap_err();
        assert!(matches!(refused, RequestError::RoleNotThere), "{refused}");
    }

    async fn a_lead_asks_and_a_user_manager_gives(db: TestDatabases) {
        let office = Office::open(&db).await;
        let (directory, lena) = (&office.house.directory, office.sign_in("lena").await);
        let asked = RequestedAccount {
            username: "clinic.nurse".to_owned(),
            name: "Noor Haddad".to_owned(),
            organisation: office.clinic,
            roles: vec![Role::Practitioner],
        };
        let noor = directory.request_account(&lena, &asked).await.unwrap();
        let refused = directory.record_fact(&lena, noor, &fact(FactKind::NeedForJob, office.today())).await;
        assert!(matches!(refused, Err(AccountActError::Forbidden)), "a lead records nothing");
        assert!(matches!(directory.role_proposals(&lena).await, Err(AccountActError::Forbidden)));
        let elsewhere = RequestedAccount { organisation: office.house.council, username: "x.y".to_owned(), ..asked };
        let refused = directory.request_account(&lena, &elsewhere).await.unwrap_err();
        assert!(matches!(refused, RequestError::Act(AccountActError::NotFound)), "{refused}");
        let una = office.sign_in("una").await;
        let proposals = directory.role_proposals(&una).await.unwrap();
        assert_eq!(proposals[0].organisation, CLINIC);
        directory.decide_role(&una, proposals[0].id, true).await.unwrap();
        assert_eq!(directory.account_sheet(&una, noor).await.unwrap().roles.len(), 1);
    }

    async fn a_leavers_sessions_end_at_once_on_every_server(db: TestDatabases) {
        let office = Office::open(&db).await;
        let elsewhere = open(&db, &office.house.clock, 77, Policy::default()).await;
        let una = office.sign_in("una").await;
        for (username, change) in [
            ("nia", Change::Close(ClosingReason::Left)),
            ("noel", Change::Suspend(SuspensionReason::Absence)),
            ("nils", Change::Suspend(SuspensionReason::Misuse)),
        ] {
            let account = office.person(username, Role::Practitioner, office.house.council).await;
            let here = office.house.session(username).await;
            office.house.clock.advance(SignedDuration::from_secs(31));
            let there = office.house.session(username).await;
            assert!(elsewhere.authenticate(&here).await.is_ok() && elsewhere.authenticate(&there).await.is_ok());
            office.house.directory.change_account(&una, account, change).await.unwrap();
            for session in [&here, &there] {
                let refused = elsewhere.authenticate(session).await.err().unwrap();
                assert!(matches!(refused, SessionError::NotSignedIn), "{username}: {refused}");
            }
            let refused = office.house.try_sign_in(username).await.err().unwrap();
            assert!(matches!(refused, SignInError::NotAllowed { .. } | SignInError::Refused), "{username}: {refused}");
        }
        let mut raw = Raw::data(&db).await;
        let states = raw.texts("SELECT state FROM investigation").await;
        assert_eq!(states, ["open"], "suspected misuse opens an investigation, and nothing else does");
    }

    async fn a_suspension_for_misuse_is_not_lifted_while_the_investigation_is_open(db: TestDatabases) {
        let office = Office::open(&db).await;
        let (directory, morgan) = (&office.house.directory, office.sign_in("morgan").await);
        let nils = office.person("nils", Role::Practitioner, office.house.council).await;
        directory.suspend_for_misuse(&morgan, nils).await.unwrap();
        let una = office.sign_in("una").await;
        let refused = directory.change_account(&una, nils, Change::Lift).await.unwrap_err();
        assert!(matches!(refused, AccountActError::Step(StepRefused::UnderInvestigation)), "{refused}");
        let refused = directory.suspend_for_misuse(&una, nils).await.unwrap_err();
        assert!(matches!(refused, AccountActError::Forbidden), "a user manager has an act of their own: {refused}");
        let refused = directory.suspend_for_misuse(&morgan, morgan.account()).await.unwrap_err();
        assert!(matches!(refused, AccountActError::Own), "{refused}");
    }

    async fn a_role_taken_and_a_move_are_in_force_at_the_next_request(db: TestDatabases) {
        let office = Office::open(&db).await;
        let (directory, una) = (&office.house.directory, office.sign_in("una").await);
        let nia = office.person("nia", Role::Practitioner, office.house.council).await;
        directory.give_role(&una, nia, Role::Helpdesk, office.clinic).await.unwrap();
        let session = office.house.session("nia").await;
        assert!(directory.authenticate(&session).await.unwrap().holds(Role::Practitioner));
        directory.take_role(&una, nia, Role::Practitioner, office.house.council).await.unwrap();
        assert!(!directory.authenticate(&session).await.unwrap().holds(Role::Practitioner));
        directory.give_role(&una, nia, Role::Practitioner, office.house.council).await.unwrap();
        assert!(directory.authenticate(&session).await.unwrap().holds(Role::Practitioner));
        directory.move_account(&una, nia, office.clinic).await.unwrap();
        assert!(directory.authenticate(&session).await.is_err());
        let refused = office.house.try_sign_in("nia").await.err().unwrap();
        assert!(matches!(&refused, SignInError::Refused | SignInError::NotAllowed { .. }), "{refused}");
        let sheet = directory.account_sheet(&una, nia).await.unwrap();
        let roles: Vec<Role> = sheet.roles.iter().map(|line| line.role).collect();
        assert_eq!(roles, [Role::Helpdesk], "the roles at the old organisation are gone, others stay");
        assert_eq!(sheet.missing, [Lapse::NeedNotConfirmed], "the new employer confirms its own need");
        directory.record_fact(&una, nia, &fact(FactKind::NeedForJob, office.today())).await.unwrap();
        assert!(!office.sign_in("nia").await.holds(Role::Practitioner));
        let refused = directory.move_account(&una, nia, office.bradford).await.unwrap_err();
        assert!(matches!(refused, AccountActError::NotFound), "out of reach: {refused}");
    }

    async fn a_clearance_is_warned_of_three_times_each_once_and_then_suspends(db: TestDatabases) {
        let office = Office::open(&db).await;
        let (directory, una) = (&office.house.directory, office.sign_in("una").await);
        let nadia = office.requested(&una, "nadia", &[Role::Practitioner]).await;
        office.record_all(&una, nadia).await;
        directory.change_account(&una, nadia, Change::Activate).await.unwrap();
        let history = async || {
            let una = office.sign_in("una").await;
            let sheet = directory.account_sheet(&una, nadia).await.unwrap();
            let told = |change: &String| change.starts_with("warned") || change.starts_with("suspended");
            sheet.history.iter().rev().flat_map(|line| line.changes.clone()).filter(told).collect::<Vec<_>>()
        };
        let elsewhere = open(&db, &office.house.clock, 78, Policy::default()).await;
        let rounds = async || {
            for server in [directory, &elsewhere, directory] {
                server.do_duties().await.unwrap();
            }
        };
        rounds().await;
        assert!(history().await.is_empty());
        // Training, two years, ends first; both ends are told at 90, 30 and 7 days.
        let day = |days: i64| SignedDuration::from_hours(24 * days);
        let mut passed = 0;
        for (days, expected) in [
            (640, vec![]),
            (641, vec!["warned:training:90"]),
            (701, vec!["warned:training:90", "warned:training:30"]),
            (729, vec!["warned:training:90", "warned:training:30", "warned:training:7"]),
        ] {
            office.house.clock.advance(day(days - passed));
            passed = days;
            rounds().await;
            assert_eq!(history().await, expected, "day {days}");
        }
        let una = office.sign_in("una").await;
        let soon = directory.accounts_that_run_out(&una, FactKind::TrainingLevelTwo, None).await.unwrap();
        assert_eq!(soon.lines.iter().map(|line| line.id).collect::<Vec<_>>(), [nadia]);
        let renewed = NewFact {
            kind: FactKind::TrainingLevelTwo,
            from: office.today(),
            until: None,
            evidence: evidence("T-2"),
        };
        directory.record_fact(&una, nadia, &renewed).await.unwrap();
        office.house.clock.advance(day(1097 - passed));
        rounds().await;
        let told = history().await;
        assert_eq!(told.last().map(String::as_str), Some("suspended:expired:clearance"), "{told:?}");
        assert_eq!(told.iter().filter(|change| change.starts_with("suspended")).count(), 1, "once: {told:?}");
        // A renewal of what expired brings the account back; nothing else does.
        let una = office.sign_in("una").await;
        let lifted = directory.change_account(&una, nadia, Change::Lift).await.unwrap_err();
        assert!(matches!(lifted, AccountActError::Step(StepRefused::RenewFirst)), "{lifted}");
        let state = directory.record_fact(&una, nadia, &fact(FactKind::Clearance, office.today())).await.unwrap();
        assert_eq!(state, AccountState::Active);
    }

    async fn a_need_that_ends_is_warned_of_and_suspends_until_it_is_confirmed_again(db: TestDatabases) {
        let office = Office::open(&db).await;
        let (directory, una) = (&office.house.directory, office.sign_in("una").await);
        let nadia = office.requested(&una, "nadia", &[Role::Practitioner]).await;
        office.record_all(&una, nadia).await;
        directory.change_account(&una, nadia, Change::Activate).await.unwrap();
        let day = |days: i64| SignedDuration::from_hours(24 * days);
        let until = office.today().checked_add(jiff::Span::new().days(120)).unwrap();
        office.house.clock.advance(SignedDuration::from_secs(1));
        let need = fact(FactKind::NeedForJob, office.today());
        directory.record_fact(&una, nadia, &NewFact { until: Some(until), ..need.clone() }).await.unwrap();
        let mut passed = 0;
        for (days, told, state) in [
            (29, vec![], AccountState::Active),
            (30, vec!["warned:need_for_job:90"], AccountState::Active),
            (90, vec!["warned:need_for_job:90", "warned:need_for_job:30"], AccountState::Active),
            (120, vec!["warned:need_for_job:90", "warned:need_for_job:30", "warned:need_for_job:7"], AccountState::Active),
            (
                121,
                vec![
                    "warned:need_for_job:90",
                    "warned:need_for_job:30",
                    "warned:need_for_job:7",
                    "suspended:expired:need_for_job",
                ],
                AccountState::Suspended,
            ),
        ] {
            office.house.clock.advance(day(days - passed));
            passed = days;
            directory.do_duties().await.unwrap();
            directory.do_duties().await.unwrap();
            let una = office.sign_in("una").await;
            let sheet = directory.account_sheet(&una, nadia).await.unwrap();
            let is_told = |change: &String| change.starts_with("warned") || change.starts_with("suspended");
            let history = sheet.history.iter().rev().flat_map(|line| line.changes.clone()).filter(is_told);
            assert_eq!((history.collect::<Vec<_>>(), sheet.state), (told.iter().map(|one| (*one).to_owned()).collect(), state), "day {days}");
            if days == 90 {
                let soon = directory.accounts_that_run_out(&una, FactKind::NeedForJob, None).await.unwrap();
                assert_eq!(soon.lines.iter().map(|line| (line.id, line.need_until)).collect::<Vec<_>>(), [(nadia, Some(until))]);
            }
        }
        let una = office.sign_in("una").await;
        let confirmed = NewFact { from: office.today(), ..need };
        assert_eq!(directory.record_fact(&una, nadia, &confirmed).await.unwrap(), AccountState::Active);
    }

    async fn entry_ends_by_the_date_whether_or_not_the_duty_has_run(db: TestDatabases) {
        let house = House::open_with(&db, Policy::default(), "2026-03-02T23:50:00Z").await;
        let (now, later) = (house.clock.now(), house.clock.now() + SignedDuration::from_hours(24 * 400));
        house.account_until("ben", &[Role::Practitioner], now, later).await;
        let session = house.session("ben").await;
        let ben = house.directory.authenticate(&session).await.unwrap();
        let ends: Vec<FactKind> = ben.runs_out().iter().map(|(kind, _)| *kind).collect();
        assert_eq!(ends, [FactKind::Clearance], "the person's pages say what runs out");
        house.minutes_pass(11);
        let refused = house.directory.authenticate(&session).await.err().unwrap();
        assert!(matches!(&refused, SessionError::Lapsed(lapses) if *lapses == [Lapse::ClearanceExpired]), "{refused}");
    }

    async fn a_clearance_from_long_ago_ends_when_it_must_and_an_older_one_does_not_count(db: TestDatabases) {
        let office = Office::open(&db).await;
        let (directory, una) = (&office.house.directory, office.sign_in("una").await);
        let nadia = office.requested(&una, "nadia", &[]).await;
        let old = fact(FactKind::Clearance, office.days_ago(3 * 366));
        directory.record_fact(&una, nadia, &old).await.unwrap();
        let sheet = directory.account_sheet(&una, nadia).await.unwrap();
        assert!(sheet.missing.contains(&Lapse::ClearanceExpired), "it ran out before it was recorded");
        directory.record_fact(&una, nadia, &fact(FactKind::Clearance, office.days_ago(10))).await.unwrap();
        let older = directory.record_fact(&una, nadia, &fact(FactKind::Clearance, office.days_ago(11))).await;
        assert!(matches!(older, Err(AccountActError::Fact(FactFault::OlderThanRecorded))));
        let sheet = directory.account_sheet(&una, nadia).await.unwrap();
        assert!(!sheet.missing.contains(&Lapse::ClearanceExpired));
        assert_eq!(sheet.facts.iter().filter(|line| line.counts).count(), 1, "the newest counts, the first stays");
        assert_eq!(sheet.facts.len(), 2);
    }

    async fn accounts_are_listed_and_found_by_a_word_of_a_name_within_reach(db: TestDatabases) {
        let office = Office::open(&db).await;
        let (directory, una) = (&office.house.directory, office.sign_in("una").await);
        for number in 0..30 {
            office.requested(&una, &format!("walker{number}"), &[Role::Practitioner]).await;
        }
        let found = async |words: &str, after| {
            let query = AccountQuery { words: words.to_owned(), after, ..AccountQuery::default() };
            directory.list_accounts(&una, &query).await.unwrap()
        };
        let first = found("nadia", None).await;
        assert_eq!(first.lines.len(), 25);
        let second = found("nadia", first.next).await;
        assert_eq!((second.lines.len(), second.next), (5, None));
        let ids: std::collections::BTreeSet<_> =
            first.lines.iter().chain(&second.lines).map(|line| line.id).collect();
        assert_eq!(ids.len(), 30, "each once");
        assert_eq!(found("NADIA Walker7", None).await.lines.len(), 1, "all words must be met");
        assert_eq!(found("walker7", None).await.lines[0].username, "walker7", "a username too");
        assert_eq!(found("nadi", None).await.lines.len(), 0, "whole words only: the store knows no parts");
        let bea = office.sign_in("bea").await;
        let query = AccountQuery { words: "nadia".to_owned(), ..AccountQuery::default() };
        assert_eq!(directory.list_accounts(&bea, &query).await.unwrap().lines.len(), 0, "another authority's");
        let by = async |query: AccountQuery| directory.list_accounts(&una, &query).await.unwrap().lines.len();
        assert_eq!(by(AccountQuery { role: Some(Role::Trainer), ..AccountQuery::default() }).await, 1);
        assert_eq!(by(AccountQuery { state: Some(AccountState::Active), ..AccountQuery::default() }).await, 8);
        assert_eq!(by(AccountQuery { organisation: Some(office.clinic), ..AccountQuery::default() }).await, 1);
        let mut raw = Raw::data(&db).await;
        assert!(raw.entries("accounts_read").await >= 9, "each reading is in the trail");
    }

    async fn whoever_holds_a_rare_role_at_several_places_is_found_by_name_and_role_once(db: TestDatabases) {
        let office = Office::open(&db).await;
        let directory = &office.house.directory;
        let centre = NewOrganisation {
            name: "The centre".to_owned(),
            kind: "centre".to_owned(),
            authority_code: None,
            accredited_until: office.house.clock.now() + SignedDuration::from_hours(24 * 3650),
        };
        let centre = directory.declare_organisation(centre).await.unwrap();
        office.person("cleo", Role::CentralTeam, centre).await;
        Raw::data(&db)
            .await
            .run(
                "INSERT INTO account_role (account_id, organisation_id, role) \
                 SELECT r.account_id, o.organisation_id, r.role FROM account_role r CROSS JOIN organisation o \
                 WHERE r.role = 'trainer' AND o.kind = 'partner'",
            )
            .await;
        let cleo = office.sign_in("cleo").await;
        let found = async |words: &str, role| {
            let query = AccountQuery { words: words.to_owned(), role: Some(role), ..AccountQuery::default() };
            let lines = directory.list_accounts(&cleo, &query).await.unwrap().lines;
            lines.into_iter().map(|line| line.username).collect::<Vec<_>>()
        };
        assert_eq!(found("the", Role::Trainer).await, ["tess"]);
        assert_eq!(found("tess", Role::Trainer).await, ["tess"]);
        assert_eq!(found("tess", Role::Auditor).await, [""; 0]);
        assert_eq!(found("nobody", Role::Trainer).await, [""; 0]);
    }
}
