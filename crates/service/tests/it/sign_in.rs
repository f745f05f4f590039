//! Two factors, said in the same words whatever was wrong; lock-out; the life of a session.

use std::net::{IpAddr, Ipv4Addr};

use directory::access::{LockoutPolicy, PasswordFault, Reason, Role};
use jiff::SignedDuration;
use service::{
    AccountError, ClientAddress, NewAccount, Policy, RecordError, RecordHandle, SessionError, SignInError,
};
use testkit::{TestDatabases, on_both_databases};

use crate::house::{GP, House, OPENED, PASSWORD, by_name_and_birth, child, office};
use crate::raw::Raw;

fn elsewhere(last: u8) -> ClientAddress {
    ClientAddress(IpAddr::V4(Ipv4Addr::new(198, 51, 100, last)))
}

async fn house_of_ben(db: &TestDatabases) -> House {
    let house = House::open(db).await;
    house.account("ben", &[Role::Practitioner]).await;
    house
}

/// A house that locks after the second failure.
async fn strict_house(db: &TestDatabases) -> House {
    let lockout = LockoutPolicy { free_failures: 1, ..LockoutPolicy::default() };
    let house = House::open_with(db, Policy { lockout, ..Policy::default() }, OPENED).await;
    house.account("ben", &[Role::Practitioner]).await;
    house
}

async fn fail(house: &House, username: &str, from: &ClientAddress) -> SignInError {
    match house.directory.begin_sign_in(username, "a wrong password", from).await {
        Err(error) => error,
        Ok(_) => panic!("a wrong password was taken"),
    }
}

on_both_databases! {
    async fn an_unknown_name_and_a_wrong_password_are_refused_in_the_same_words(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let (wrong, unknown) = (fail(&house, "ben", &office()).await, fail(&house, "nobody", &office()).await);
        assert!(matches!((&wrong, &unknown), (SignInError::Refused, SignInError::Refused)));
        assert_eq!(wrong.to_string(), unknown.to_string());
        assert_eq!(Raw::data(&db).await.entries("sign_in_failed").await, 2);
    }

    async fn a_name_is_typed_in_any_case(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        assert!(house.directory.begin_sign_in("  BEN ", PASSWORD, &office()).await.is_ok());
    }

    async fn a_name_is_never_given_twice_and_a_short_password_never_taken(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let new = |username: &str, password: &str| NewAccount {
            username: username.to_owned(),
            display_name: "Ben the second".to_owned(),
            password: password.to_owned(),
            organisation: house.council,
            roles: vec![Role::Practitioner],
            clearance_until: house.clock.now(),
            training_until: house.clock.now(),
        };
        assert!(matches!(house.directory.create_account(new("Ben", PASSWORD)).await, Err(AccountError::Taken)));
        let weak = house.directory.create_account(new("kim", "eleven char")).await;
        assert!(matches!(weak, Err(AccountError::Password(PasswordFault::TooShort(11)))));
        for (guessed, fault) in [
            ("password12345", PasswordFault::Common),
            ("contactpoint rules", PasswordFault::HoldsName),
            ("the second of two", PasswordFault::HoldsName),
        ] {
            let weak = house.directory.create_account(new("kim", guessed)).await;
            assert!(matches!(weak, Err(AccountError::Password(found)) if found == fault), "{guessed}");
        }
    }

    async fn a_wrong_code_is_refused_and_the_right_one_works_once(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let challenge = house.directory.begin_sign_in("ben", PASSWORD, &office()).await.unwrap();
        let code = house.directory.current_code("ben").await.unwrap();
        let wrong = if code == "000000" { "111111" } else { "000000" };
        let refused = house.directory.finish_sign_in(&challenge.token, wrong, &office()).await;
        assert!(matches!(refused, Err(SignInError::Refused)));
        assert!(house.directory.finish_sign_in(&challenge.token, &code, &office()).await.is_ok());
        let challenge = house.directory.begin_sign_in("ben", PASSWORD, &office()).await.unwrap();
        let again = house.directory.finish_sign_in(&challenge.token, &code, &office()).await;
        assert!(matches!(again, Err(SignInError::Refused)), "a code works once");
    }

    async fn a_code_may_be_typed_with_a_space(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let challenge = house.directory.begin_sign_in("ben", PASSWORD, &office()).await.unwrap();
        let code = house.directory.current_code("ben").await.unwrap();
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        assert!(house.directory.finish_sign_in(&challenge.token, &spaced, &office()).await.is_ok());
    }

    async fn a_challenge_lives_five_minutes(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let challenge = house.directory.begin_sign_in("ben", PASSWORD, &office()).await.unwrap();
        house.clock.advance(SignedDuration::from_secs(301));
        let code = house.directory.current_code("ben").await.unwrap();
        let late = house.directory.finish_sign_in(&challenge.token, &code, &office()).await;
        assert!(matches!(late, Err(SignInError::Expired)));
        let forged = house.directory.finish_sign_in("no challenge", &code, &office()).await;
        assert!(matches!(forged, Err(SignInError::Expired)));
    }

    async fn a_challenge_signs_in_once(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let challenge = house.directory.begin_sign_in("ben", PASSWORD, &office()).await.unwrap();
        let code = house.directory.current_code("ben").await.unwrap();
        assert!(house.directory.finish_sign_in(&challenge.token, &code, &office()).await.is_ok());
        house.clock.advance(SignedDuration::from_secs(31));
        let code = house.directory.current_code("ben").await.unwrap();
        let again = house.directory.finish_sign_in(&challenge.token, &code, &office()).await;
        assert!(matches!(again, Err(SignInError::Expired)), "whoever saw the first step cannot use it again");
    }

    async fn failures_lock_for_longer_each_time_and_the_lock_ends(db: TestDatabases) {
        let house = strict_house(&db).await;
        assert!(matches!(fail(&house, "ben", &elsewhere(1)).await, SignInError::Refused));
        let SignInError::LockedOut { until } = fail(&house, "ben", &elsewhere(1)).await else { panic!("not locked") };
        assert_eq!(until, house.clock.now() + SignedDuration::from_secs(60));
        let right = house.directory.begin_sign_in("ben", PASSWORD, &elsewhere(1)).await;
        assert!(matches!(right, Err(SignInError::LockedOut { .. })), "also with the right password");
        house.clock.set(until);
        let SignInError::LockedOut { until } = fail(&house, "ben", &elsewhere(1)).await else { panic!("not locked") };
        assert_eq!(until, house.clock.now() + SignedDuration::from_secs(120), "twice as long");
        house.clock.set(until);
        house.session("ben").await;
    }

    async fn a_name_that_does_not_exist_is_locked_like_one_that_does(db: TestDatabases) {
        let house = strict_house(&db).await;
        fail(&house, "nobody", &elsewhere(1)).await;
        assert!(matches!(fail(&house, "nobody", &elsewhere(1)).await, SignInError::LockedOut { .. }));
    }

    async fn wrong_codes_lock_too(db: TestDatabases) {
        let house = strict_house(&db).await;
        let challenge = house.directory.begin_sign_in("ben", PASSWORD, &office()).await.unwrap();
        for _ in 0..2 {
            house.directory.finish_sign_in(&challenge.token, "no code", &office()).await.err().unwrap();
        }
        let code = house.directory.current_code("ben").await.unwrap();
        let right = house.directory.finish_sign_in(&challenge.token, &code, &office()).await;
        assert!(matches!(right, Err(SignInError::LockedOut { .. })));
    }

    async fn an_address_that_tries_many_names_is_locked(db: TestDatabases) {
        let house = strict_house(&db).await;
        let mut locked_at = None;
        for n in 0..20 {
            let error = fail(&house, &format!("guess{n}"), &elsewhere(9)).await;
            if matches!(error, SignInError::LockedOut { .. }) {
                locked_at = Some(n);
                break;
            }
        }
        assert_eq!(locked_at, Some(15), "eight times what a name bears");
        let from_there = house.directory.begin_sign_in("ben", PASSWORD, &elsewhere(9)).await;
        assert!(matches!(from_there, Err(SignInError::LockedOut { .. })));
        assert!(house.directory.begin_sign_in("ben", PASSWORD, &office()).await.is_ok(), "others are not");
    }

    async fn failures_of_long_ago_are_forgotten(db: TestDatabases) {
        let house = strict_house(&db).await;
        fail(&house, "ben", &office()).await;
        house.clock.advance(SignedDuration::from_hours(25));
        assert!(matches!(fail(&house, "ben", &office()).await, SignInError::Refused));
        assert!(matches!(fail(&house, "ben", &office()).await, SignInError::LockedOut { .. }));
    }

    async fn a_session_ends_when_it_is_not_used(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let session = house.session("ben").await;
        for _ in 0..3 {
            house.minutes_pass(14);
            assert!(house.directory.authenticate(&session).await.is_ok(), "use keeps it alive");
        }
        house.minutes_pass(15);
        assert!(matches!(house.directory.authenticate(&session).await, Err(SessionError::Expired)));
        assert!(matches!(house.directory.authenticate(&session).await, Err(SessionError::NotSignedIn)));
    }

    async fn a_session_ends_after_a_working_day_however_busy(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let session = house.session("ben").await;
        for _ in 0..47 {
            house.minutes_pass(10);
            assert!(house.directory.authenticate(&session).await.is_ok());
        }
        house.minutes_pass(10);
        assert!(matches!(house.directory.authenticate(&session).await, Err(SessionError::Expired)));
    }

    async fn who_signs_out_is_out(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let session = house.session("ben").await;
        let ben = house.directory.authenticate(&session).await.unwrap();
        house.directory.sign_out(&ben).await.unwrap();
        assert!(matches!(house.directory.authenticate(&session).await, Err(SessionError::NotSignedIn)));
        assert!(matches!(house.directory.authenticate("no token").await, Err(SessionError::NotSignedIn)));
    }

    async fn a_form_belongs_to_its_session(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let first = house.sign_in("ben").await;
        house.clock.advance(SignedDuration::from_secs(31));
        let second = house.sign_in("ben").await;
        assert!(first.form_token_matches(first.form_token()));
        assert!(!first.form_token_matches(second.form_token()));
        assert!(!first.form_token_matches(""));
        assert_eq!(second.last_sign_in().unwrap() + SignedDuration::from_secs(31), house.clock.now());
        assert_eq!(first.last_sign_in(), None);
    }

    async fn a_handle_of_one_session_finds_nothing_in_another(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(GP, &[child("G-1", "Hester", "Lyddington", "2012-02-29")]).await;
        house.holds_end();
        let first = house.nurse().await;
        let found = house.find(&first, by_name_and_birth("Hester Lyddington", "2012-02-29")).await;
        let second = house.nurse().await;
        for handle in [found[0].handle.clone(), RecordHandle::from_form("anything at all".to_owned())] {
            let error = house.directory.open_record(&second, &handle, Reason::Referral).await.unwrap_err();
            assert!(matches!(error, RecordError::NotFound));
        }
        let through_a_form = RecordHandle::from_form(found[0].handle.as_str().to_owned());
        assert!(house.directory.open_record(&first, &through_a_form, Reason::Referral).await.is_ok());
    }
}
