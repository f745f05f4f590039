//! Guessing costs the guesser; knowing somebody's username does not keep them out. And the rest of what is tried at a door.

use std::net::{IpAddr, Ipv4Addr};

use directory::access::{LockoutPolicy, Role};
use jiff::SignedDuration;
use service::{Client, ClientAddress, Policy, SessionError, SignInError};
use testkit::{TestDatabases, on_both_databases};

use crate::house::{House, OPENED, PASSWORD, office};

fn elsewhere(last: u8) -> ClientAddress {
    ClientAddress(IpAddr::V4(Ipv4Addr::new(198, 51, 100, last)))
}

async fn house_of_ben(db: &TestDatabases) -> House {
    let house = House::open(db).await;
    house.account("ben", &[Role::Practitioner]).await;
    house
}

async fn fail(house: &House, from: &ClientAddress) -> SignInError {
    match house.directory.begin_sign_in("ben", "a wrong password", from).await {
        Err(error) => error,
        Ok(_) => panic!("a wrong password was taken"),
    }
}

on_both_databases! {
    async fn who_knows_a_username_does_not_keep_its_owner_out(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        for _ in 0..20 {
            fail(&house, &elsewhere(1)).await;
        }
        assert!(matches!(fail(&house, &elsewhere(1)).await, SignInError::LockedOut { .. }));
        assert!(house.try_sign_in("ben").await.is_ok(), "from the office, at once");
    }

    async fn many_addresses_together_lock_the_name_but_not_a_device_its_owner_uses(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let session = house.try_sign_in("ben").await.map_err(|error| error.to_string()).unwrap();
        let known = Client { address: office().0, agent: String::new(), device: Some(session.device) };
        house.lock_everywhere("ben").await;
        assert!(matches!(house.try_sign_in("ben").await, Err(SignInError::LockedOut { .. })), "a strange device");
        let challenge = house.directory.begin_sign_in("ben", PASSWORD, &known).await.map_err(|e| e.to_string());
        house.clock.advance(SignedDuration::from_secs(31));
        let code = house.directory.current_code("ben").await.unwrap();
        let entered = house.directory.finish_sign_in(&challenge.unwrap().token, &code, &known).await;
        assert!(entered.is_ok(), "the known one");
    }

    async fn a_known_device_guesses_no_more_often_than_another(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let session = house.try_sign_in("ben").await.map_err(|error| error.to_string()).unwrap();
        // Stolen, and taken from address to address.
        let stolen = |last| Client { address: elsewhere(last).0, agent: String::new(), device: Some(session.device.clone()) };
        for last in 0..4 {
            house.directory.begin_sign_in("ben", "a wrong password", &stolen(last)).await.err().unwrap();
        }
        let fifth = house.directory.begin_sign_in("ben", "a wrong password", &stolen(9)).await;
        assert!(matches!(fifth, Err(SignInError::LockedOut { .. })));
        let right = house.directory.begin_sign_in("ben", PASSWORD, &stolen(10)).await;
        assert!(matches!(right, Err(SignInError::LockedOut { .. })));
    }

    async fn a_device_is_known_for_the_person_who_used_it_and_not_for_ever(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        house.account("kim", &[Role::Practitioner]).await;
        let session = house.try_sign_in("kim").await.map_err(|error| error.to_string()).unwrap();
        let device = |token: String| Client { address: office().0, agent: String::new(), device: Some(token) };
        house.lock_everywhere("ben").await;
        for token in [session.device.clone(), "forged".to_owned()] {
            let refused = house.directory.begin_sign_in("ben", PASSWORD, &device(token)).await;
            assert!(matches!(refused, Err(SignInError::LockedOut { .. })));
        }
        house.clock.advance(SignedDuration::from_hours(24 * 181));
        house.lock_everywhere("kim").await;
        let late = house.directory.begin_sign_in("kim", PASSWORD, &device(session.device)).await;
        assert!(matches!(late, Err(SignInError::LockedOut { .. })), "half a year later it is strange");
    }

    async fn a_success_forgives_its_own_place_and_not_the_guessers(db: TestDatabases) {
        let lockout = LockoutPolicy { free_failures: 1, ..LockoutPolicy::default() };
        let house = House::open_with(&db, Policy { lockout, ..Policy::default() }, OPENED).await;
        house.account("ben", &[Role::Practitioner]).await;
        fail(&house, &office()).await;
        fail(&house, &elsewhere(1)).await;
        house.session("ben").await;
        assert!(matches!(fail(&house, &office()).await, SignInError::Refused), "counted from nought");
        assert!(matches!(fail(&house, &elsewhere(1)).await, SignInError::LockedOut { .. }), "still counted");
    }

    async fn a_code_holds_one_step_either_way_and_no_further(db: TestDatabases) {
        let house = House::open(&db).await;
        for (ahead, taken) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
            let username = format!("ben{}", ahead + 60);
            house.account(&username, &[Role::Practitioner]).await;
            let now = house.clock.now();
            let code = house.directory.current_code(&username).await.unwrap();
            house.clock.set(now - SignedDuration::from_secs(ahead));
            let challenge = house.directory.begin_sign_in(&username, PASSWORD, &office()).await.unwrap();
            let entered = house.directory.finish_sign_in(&challenge.token, &code, &office()).await;
            assert_eq!(entered.is_ok(), taken, "a device {ahead} s ahead");
            house.clock.set(now + SignedDuration::from_mins(10));
        }
    }

    async fn no_session_token_is_ever_given_by_the_visitor_nor_given_twice(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let first = house.session("ben").await;
        house.clock.advance(SignedDuration::from_secs(31));
        let second = house.session("ben").await;
        assert_ne!(first, second);
        let chosen = house.directory.authenticate("a token an attacker chose").await;
        assert!(matches!(chosen, Err(SessionError::NotSignedIn)));
    }

    async fn a_ticket_of_one_kind_is_none_of_another(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let session = house.try_sign_in("ben").await.map_err(|error| error.to_string()).unwrap();
        let code = house.directory.current_code("ben").await.unwrap();
        let misused = house.directory.finish_sign_in(&session.device, &code, &office()).await;
        assert!(matches!(misused, Err(SignInError::Expired)), "the long-lived cookie is no first factor");
    }

    async fn old_failures_leave_the_database(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        fail(&house, &office()).await;
        let rows = "attempt";
        assert_eq!(crate::raw::Raw::data(&db).await.count(rows).await, 3);
        house.clock.advance(SignedDuration::from_hours(25));
        house.directory.do_duties().await.unwrap();
        assert_eq!(crate::raw::Raw::data(&db).await.count(rows).await, 0);
    }
}
