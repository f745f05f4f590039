//! Passkeys: user verification required, one answer a question, and nothing told about who has one.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use directory::access::{Proof, Role};
use jiff::SignedDuration;
use serde_json::Value;
use service::{NewSession, PasskeyError, PasskeyKind, PasskeyQuestion, RelyingParty, SignInError, SignedIn};
use testkit::authenticator::{Device, HOST};
use testkit::{TestDatabases, on_both_databases};

use crate::house::{House, office};
use crate::raw::Raw;

fn party() -> RelyingParty {
    RelyingParty::new(HOST, false).unwrap()
}

/// Ben, signed in a moment ago, with a passkey on this device.
async fn ben_with(db: &TestDatabases, device: &Device) -> (House, SignedIn) {
    let house = House::open(db).await;
    house.account("ben", &[Role::Practitioner]).await;
    let ben = house.sign_in("ben").await;
    let question = house.directory.ask_for_new_passkey(&party(), &ben).await.unwrap();
    register(&house, &ben, device, &question).await.unwrap();
    (house, ben)
}

async fn register(
    house: &House,
    who: &SignedIn,
    device: &Device,
    question: &PasskeyQuestion,
) -> Result<(), PasskeyError> {
    let answer = device.create(&question.options);
    let kind = PasskeyKind::SecurityKey;
    house.directory.register_passkey(&party(), who, &question.ticket, &answer, kind).await
}

async fn ask(house: &House, username: &str) -> PasskeyQuestion {
    house.directory.ask_for_passkey(&party(), username, &office()).await.unwrap()
}

async fn answer(house: &House, question: &PasskeyQuestion, answer: &str) -> Result<NewSession, SignInError> {
    house.directory.sign_in_with_passkey(&party(), &question.ticket, answer, &office()).await
}

fn listed(question: &PasskeyQuestion) -> Vec<String> {
    let options: Value = serde_json::from_str(&question.options).unwrap();
    let list = options["publicKey"]["allowCredentials"].as_array().unwrap();
    list.iter().map(|entry| entry["id"].as_str().unwrap().to_owned()).collect()
}

on_both_databases! {
    async fn a_passkey_signs_in_with_and_without_a_username(db: TestDatabases) {
        let mut device = Device::new("one");
        let (house, ben) = ben_with(&db, &device).await;
        assert_eq!(ben.proof(), Proof::PasswordAndCode);
        for username in ["ben", ""] {
            let question = ask(&house, username).await;
            let session = answer(&house, &question, &device.get(&question.options)).await.map_err(|e| e.to_string());
            let who = house.directory.authenticate(&session.unwrap().token).await.unwrap();
            assert_eq!((who.account(), who.proof()), (ben.account(), Proof::Passkey));
        }
        let keys = house.directory.own_passkeys(&ben).await.unwrap();
        assert_eq!(keys.len(), 1);
        assert_eq!(keys[0].last_used, Some(house.clock.now()));
        assert_eq!(keys[0].kind, PasskeyKind::SecurityKey);
    }

    async fn a_device_that_does_not_verify_its_person_neither_signs_in_nor_is_registered(db: TestDatabases) {
        let mut device = Device::new("one");
        let (house, ben) = ben_with(&db, &device).await;
        device.verifies = false;
        let question = ask(&house, "ben").await;
        let refused = answer(&house, &question, &device.get(&question.options)).await;
        assert!(matches!(refused, Err(SignInError::Refused)));
        let mut careless = Device::new("two");
        careless.verifies = false;
        let question = house.directory.ask_for_new_passkey(&party(), &ben).await.unwrap();
        let refused = register(&house, &ben, &careless, &question).await;
        assert!(matches!(refused, Err(PasskeyError::Refused)));
    }

    async fn an_answer_is_good_once_and_for_its_own_question(db: TestDatabases) {
        let mut device = Device::new("one");
        let (house, _) = ben_with(&db, &device).await;
        let (first, second) = (ask(&house, "").await, ask(&house, "").await);
        let given = device.get(&first.options);
        assert!(matches!(answer(&house, &second, &given).await, Err(SignInError::Refused)), "another question's");
        assert!(answer(&house, &first, &given).await.is_ok());
        let again = answer(&house, &first, &given).await;
        assert!(matches!(again, Err(SignInError::Refused | SignInError::Expired)), "a replay");
        let question = ask(&house, "").await;
        assert!(answer(&house, &question, &device.get(&question.options)).await.is_ok(), "a replay costs nobody their key");
    }

    async fn a_replayed_answer_does_not_count_as_a_copied_key_even_when_its_counter_stands_still(db: TestDatabases) {
        let mut device = Device::new("one");
        let (house, ben) = ben_with(&db, &device).await;
        let question = ask(&house, "").await;
        let given = device.get(&question.options);
        answer(&house, &question, &given).await.map_err(|e| e.to_string()).unwrap();
        answer(&house, &question, &given).await.err().unwrap();
        assert!(!house.directory.own_passkeys(&ben).await.unwrap()[0].suspended);
    }

    async fn a_question_waits_five_minutes(db: TestDatabases) {
        let mut device = Device::new("one");
        let (house, _) = ben_with(&db, &device).await;
        let question = ask(&house, "ben").await;
        house.clock.advance(SignedDuration::from_secs(301));
        let late = answer(&house, &question, &device.get(&question.options)).await;
        assert!(matches!(late, Err(SignInError::Expired)));
    }

    async fn a_page_of_another_site_gets_no_answer_that_counts_here(db: TestDatabases) {
        let mut device = Device::new("one");
        let (house, _) = ben_with(&db, &device).await;
        for (origin, host) in [("https://localhost.evil.example", HOST), ("http://localhost:8080", "evil.example")] {
            (device.origin, device.host) = (origin, host);
            let question = ask(&house, "ben").await;
            let refused = answer(&house, &question, &device.get(&question.options)).await;
            assert!(matches!(refused, Err(SignInError::Refused)), "{origin} {host}");
        }
    }

    async fn a_counter_that_goes_back_takes_the_key_out_of_use(db: TestDatabases) {
        let mut device = Device::new("one");
        let (house, ben) = ben_with(&db, &device).await;
        device.counter = 10;
        let question = ask(&house, "ben").await;
        answer(&house, &question, &device.get(&question.options)).await.map_err(|e| e.to_string()).unwrap();
        device.counter = 3;
        let question = ask(&house, "ben").await;
        let copied = answer(&house, &question, &device.get(&question.options)).await;
        assert!(matches!(copied, Err(SignInError::Refused)));
        assert!(house.directory.own_passkeys(&ben).await.unwrap()[0].suspended);
        device.counter = 20;
        let question = ask(&house, "ben").await;
        let still = answer(&house, &question, &device.get(&question.options)).await;
        assert!(matches!(still, Err(SignInError::Refused)), "until its owner removes it");
        assert!(house.directory.ask_for_own_passkey(&party(), &ben).await.unwrap().is_none());
    }

    async fn who_asks_by_a_name_does_not_learn_whether_it_exists_or_has_a_passkey(db: TestDatabases) {
        let device = Device::new("one");
        let (house, _) = ben_with(&db, &device).await;
        house.account("kim", &[Role::Practitioner]).await;
        for username in ["ben", "kim", "nobody"] {
            let (first, again) = (ask(&house, username).await, ask(&house, username).await);
            assert_eq!(listed(&first), listed(&again), "the same each time, as a real one is");
            assert!((1..=3).contains(&listed(&first).len()), "as many as people have");
            let shape = |question: &PasskeyQuestion| {
                let mut options: Value = serde_json::from_str(&question.options).unwrap();
                options["publicKey"]["challenge"] = Value::Null;
                options["publicKey"]["allowCredentials"] = Value::Null;
                options
            };
            assert_eq!(shape(&first), shape(&ask(&house, "ben").await));
        }
        assert_ne!(listed(&ask(&house, "kim").await), listed(&ask(&house, "nobody").await));
        assert!(listed(&ask(&house, "").await).is_empty());
    }

    async fn names_that_nobody_has_differ_as_people_do_in_number_and_length_of_their_credentials(db: TestDatabases) {
        let device = Device::new("one");
        let (house, _) = ben_with(&db, &device).await;
        let (mut counts, mut lengths) = (BTreeMap::new(), BTreeMap::new());
        for nth in 0..120 {
            let list = listed(&ask(&house, &format!("nobody-{nth}")).await);
            *counts.entry(list.len()).or_insert(0) += 1;
            for id in list {
                *lengths.entry(URL_SAFE_NO_PAD.decode(id).unwrap().len()).or_insert(0) += 1;
            }
        }
        assert_eq!(counts.keys().copied().collect::<Vec<_>>(), [1, 2, 3]);
        assert!(counts[&1] > counts[&2] && counts[&2] > counts[&3], "{counts:?}");
        assert_eq!(lengths.keys().copied().collect::<Vec<_>>(), [16, 20, 32, 48, 64]);
        let own = URL_SAFE_NO_PAD.decode(&listed(&ask(&house, "ben").await)[0]).unwrap().len();
        assert!(lengths.contains_key(&own), "a real one is like some of them");
    }

    async fn a_passkey_of_one_person_does_not_answer_for_another(db: TestDatabases) {
        let mut device = Device::new("one");
        let (house, _) = ben_with(&db, &device).await;
        house.account("kim", &[Role::Practitioner]).await;
        let question = ask(&house, "kim").await;
        let refused = answer(&house, &question, &device.get(&question.options)).await;
        assert!(matches!(refused, Err(SignInError::Refused)));
    }

    async fn a_new_passkey_needs_a_fresh_proof_and_belongs_to_the_session_that_asked(db: TestDatabases) {
        let device = Device::new("one");
        let (house, ben) = ben_with(&db, &device).await;
        let question = house.directory.ask_for_new_passkey(&party(), &ben).await.unwrap();
        house.clock.advance(SignedDuration::from_secs(31));
        let other = house.sign_in("ben").await;
        let elsewhere = register(&house, &other, &Device::new("two"), &question).await;
        assert!(matches!(elsewhere, Err(PasskeyError::Expired)));
        let known = register(&house, &ben, &device, &question).await;
        assert!(matches!(known, Err(PasskeyError::Known)));
        house.minutes_pass(5);
        let stale = house.directory.ask_for_new_passkey(&party(), &ben).await;
        assert!(matches!(stale, Err(PasskeyError::StepUpFirst(_))));
        let stale = house.directory.remove_own_passkey(&ben, "any").await;
        assert!(matches!(stale, Err(PasskeyError::StepUpFirst(_))));
    }

    async fn a_passkey_proves_afresh_for_its_own_session_only(db: TestDatabases) {
        let mut device = Device::new("one");
        let (house, ben) = ben_with(&db, &device).await;
        let token = house.session_elsewhere("ben").await;
        house.minutes_pass(6);
        let other = house.directory.authenticate(&token).await.unwrap();
        assert!(!ben.recently_proved(house.clock.now()));
        let question = house.directory.ask_for_own_passkey(&party(), &other).await.unwrap().unwrap();
        let given = device.get(&question.options);
        let wrong = house.directory.step_up_with_passkey(&party(), &ben, &question.ticket, &given, &office()).await;
        assert!(matches!(wrong, Err(SignInError::Expired)), "another session's question");
        house.directory.step_up_with_passkey(&party(), &other, &question.ticket, &given, &office()).await.unwrap();
        let other = house.directory.authenticate(&token).await.unwrap();
        assert!(other.recently_proved(house.clock.now()));
    }

    async fn a_removed_passkey_signs_nobody_in_and_its_life_is_in_the_trail(db: TestDatabases) {
        let mut device = Device::new("one");
        let (house, ben) = ben_with(&db, &device).await;
        let before = Raw::data(&db).await.entries("account_changed").await;
        let handle = house.directory.own_passkeys(&ben).await.unwrap()[0].handle.clone();
        house.directory.remove_own_passkey(&ben, &handle).await.unwrap();
        assert_eq!(Raw::data(&db).await.entries("account_changed").await, before + 1);
        let again = house.directory.remove_own_passkey(&ben, &handle).await;
        assert!(matches!(again, Err(PasskeyError::NotFound)));
        let question = ask(&house, "").await;
        let refused = answer(&house, &question, &device.get(&question.options)).await;
        assert!(matches!(refused, Err(SignInError::Refused)));
    }

    async fn a_passkey_comes_in_while_guessers_have_locked_the_name(db: TestDatabases) {
        let mut device = Device::new("one");
        let (house, _) = ben_with(&db, &device).await;
        house.lock_everywhere("ben").await;
        assert!(matches!(house.try_sign_in("ben").await, Err(SignInError::LockedOut { .. })));
        let question = ask(&house, "ben").await;
        assert!(answer(&house, &question, &device.get(&question.options)).await.is_ok());
    }

    async fn whose_access_has_lapsed_does_not_come_in_by_passkey_either(db: TestDatabases) {
        let mut device = Device::new("one");
        let (house, _) = ben_with(&db, &device).await;
        house.clock.advance(SignedDuration::from_hours(24 * 366));
        let question = ask(&house, "ben").await;
        let lapsed = answer(&house, &question, &device.get(&question.options)).await;
        assert!(matches!(lapsed, Err(SignInError::NotAllowed { .. })));
    }
}

#[test]
fn passkeys_belong_to_a_name_and_not_to_an_address() {
    assert!(RelyingParty::new("directory.example.org", true).is_ok());
    for host in ["127.0.0.1", "[::1]", "", "a name"] {
        assert!(RelyingParty::new(host, true).is_err(), "{host}");
    }
}
