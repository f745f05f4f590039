//! A person's sessions and factors: bound to a browser, listed, ended, and proved afresh before what is dangerous.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use directory::access::{Role, SessionPolicy};
use jiff::SignedDuration;
use service::{Client, OwnFactorError, Policy, SessionError, SignInError};
use testkit::{TestDatabases, on_both_databases};

use crate::house::{House, OPENED, PASSWORD, office};
use crate::raw::Raw;

const CHROME: &str =
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0";

fn client(last: u8, agent: &str) -> Client {
    Client { address: IpAddr::V4(Ipv4Addr::new(203, 0, 113, last)), agent: agent.to_owned(), device: None }
}

async fn house_of_ben(db: &TestDatabases) -> House {
    let house = House::open(db).await;
    house.account("ben", &[Role::Practitioner]).await;
    house
}

async fn session_of(house: &House, username: &str, client: &Client) -> String {
    house.clock.advance(SignedDuration::from_secs(31));
    let challenge = house.directory.begin_sign_in(username, PASSWORD, client).await.unwrap();
    let code = house.directory.current_code(username).await.unwrap();
    house
        .directory
        .finish_sign_in(&challenge.token, &code, client)
        .await
        .map_err(|e| e.to_string())
        .unwrap()
        .token
}

on_both_databases! {
    async fn a_session_taken_to_another_browser_ends(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let session = session_of(&house, "ben", &client(1, CHROME)).await;
        let newer = CHROME.replace("140", "141");
        assert!(house.directory.authenticate_from(&session, &newer).await.is_ok(), "a browser renews itself");
        let stolen = house.directory.authenticate_from(&session, FIREFOX).await;
        assert!(matches!(stolen, Err(SessionError::NotSignedIn)));
        let ended = house.directory.authenticate_from(&session, CHROME).await;
        assert!(matches!(ended, Err(SessionError::NotSignedIn)), "for the thief and for its owner");
        assert_eq!(Raw::data(&db).await.entries("sign_out").await, 1);
    }

    async fn a_person_sees_where_they_are_signed_in_and_ends_it_there(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let first = session_of(&house, "ben", &client(1, FIREFOX)).await;
        let second = session_of(&house, "ben", &client(1, CHROME)).await;
        house.account("kim", &[Role::Practitioner]).await;
        let kim = session_of(&house, "kim", &client(1, CHROME)).await;
        let who = house.directory.authenticate_from(&second, CHROME).await.unwrap();
        let lines = house.directory.own_sessions(&who).await.unwrap();
        let told: Vec<_> = lines.iter().map(|line| (line.device.as_str(), line.this_one)).collect();
        assert_eq!(told, [("Chrome on Windows", true), ("Firefox on Windows", false)]);
        assert_eq!(lines[0].address, "203.0.113.1");
        let of_kim = house.directory.authenticate_from(&kim, CHROME).await.unwrap();
        assert!(!house.directory.end_own_session(&of_kim, &lines[1].handle).await.unwrap(), "a handle is its reader's");
        assert!(house.directory.end_own_session(&who, &lines[1].handle).await.unwrap());
        assert!(matches!(house.directory.authenticate_from(&first, FIREFOX).await, Err(SessionError::NotSignedIn)));
        session_of(&house, "ben", &client(1, FIREFOX)).await;
        assert_eq!(house.directory.end_other_sessions(&who).await.unwrap(), 1);
        assert_eq!(house.directory.own_sessions(&who).await.unwrap().len(), 1);
        assert!(house.directory.authenticate_from(&kim, CHROME).await.is_ok(), "nobody else's ended");
    }

    async fn signing_in_at_a_second_address_tells_both_and_the_trail(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let first = session_of(&house, "ben", &client(1, CHROME)).await;
        let same = session_of(&house, "ben", &client(1, CHROME)).await;
        let who = house.directory.authenticate_from(&same, CHROME).await.unwrap();
        assert_eq!(who.signed_in_elsewhere(), None, "one desk");
        let second = session_of(&house, "ben", &client(2, CHROME)).await;
        for token in [&first, &same, &second] {
            let who = house.directory.authenticate_from(token, CHROME).await.unwrap();
            assert_eq!(who.signed_in_elsewhere(), Some(house.clock.now()));
        }
        let who = house.directory.authenticate_from(&first, CHROME).await.unwrap();
        house.directory.recognise_own_sessions(&who).await.unwrap();
        let who = house.directory.authenticate_from(&first, CHROME).await.unwrap();
        assert_eq!(who.signed_in_elsewhere(), None);
        let who = house.directory.authenticate_from(&second, CHROME).await.unwrap();
        assert!(who.signed_in_elsewhere().is_some(), "the other one is still told");
    }

    async fn a_session_that_ran_out_is_no_second_one(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        session_of(&house, "ben", &client(1, CHROME)).await;
        house.minutes_pass(16);
        let second = session_of(&house, "ben", &client(2, CHROME)).await;
        let who = house.directory.authenticate_from(&second, CHROME).await.unwrap();
        assert_eq!(who.signed_in_elsewhere(), None);
    }

    async fn where_the_policy_says_so_the_older_session_ends(db: TestDatabases) {
        let session = SessionPolicy { one_address_at_a_time: true, ..SessionPolicy::default() };
        let house = House::open_with(&db, Policy { session, ..Policy::default() }, OPENED).await;
        house.account("ben", &[Role::Practitioner]).await;
        let first = session_of(&house, "ben", &client(1, CHROME)).await;
        session_of(&house, "ben", &client(2, CHROME)).await;
        assert!(matches!(house.directory.authenticate_from(&first, CHROME).await, Err(SessionError::NotSignedIn)));
    }

    async fn a_user_manager_ends_the_sessions_of_their_own_peoples_accounts(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        house.account("uma", &[Role::UserManager]).await;
        let session = session_of(&house, "ben", &client(1, CHROME)).await;
        let ben = house.directory.authenticate_from(&session, CHROME).await.unwrap();
        let uma = house.sign_in("uma").await;
        assert_eq!(house.directory.end_sessions_of(&ben, uma.account()).await.unwrap(), None, "no practitioner does");
        assert_eq!(house.directory.end_sessions_of(&uma, uma.account()).await.unwrap(), None, "nor for themself");
        assert_eq!(house.directory.end_sessions_of(&uma, ben.account()).await.unwrap(), Some(1));
        assert!(matches!(house.directory.authenticate_from(&session, CHROME).await, Err(SessionError::NotSignedIn)));
    }

    async fn a_proof_is_fresh_for_five_minutes_and_a_code_makes_it_fresh_again(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let token = house.session("ben").await;
        let ben = house.directory.authenticate(&token).await.unwrap();
        assert!(ben.recently_proved(house.clock.now()));
        house.clock.advance(SignedDuration::from_secs(299));
        assert!(ben.recently_proved(house.clock.now()));
        house.clock.advance(SignedDuration::from_secs(1));
        assert!(!ben.recently_proved(house.clock.now()));
        let wrong = house.directory.step_up_with_code(&ben, "000000", &office()).await;
        assert!(matches!(wrong, Err(SignInError::Refused)));
        let code = house.directory.current_code("ben").await.unwrap();
        house.directory.step_up_with_code(&ben, &code, &office()).await.unwrap();
        let ben = house.directory.authenticate(&token).await.unwrap();
        assert!(ben.recently_proved(house.clock.now()));
        let again = house.directory.step_up_with_code(&ben, &code, &office()).await;
        assert!(matches!(again, Err(SignInError::Refused)), "a code works once, here as at the door");
    }

    async fn guessing_at_a_step_up_is_locked_like_guessing_at_the_door(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let ben = house.sign_in("ben").await;
        for _ in 0..4 {
            house.directory.step_up_with_code(&ben, "no code", &office()).await.unwrap_err();
        }
        let locked = house.directory.step_up_with_code(&ben, "no code", &office()).await;
        assert!(matches!(locked, Err(SignInError::LockedOut { .. })));
    }

    async fn a_new_password_needs_the_old_one_a_fresh_proof_and_ends_other_sessions(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let other = house.session("ben").await;
        house.clock.advance(SignedDuration::from_secs(31));
        let token = house.session("ben").await;
        let ben = house.directory.authenticate(&token).await.unwrap();
        let change = async |old: &str, new: &str| house.directory.change_own_password(&ben, old, new.to_owned()).await;
        let fresh = "seven quiet otters swim";
        assert!(matches!(change("not it", fresh).await, Err(OwnFactorError::WrongPassword)));
        for weak in ["short", "aaaaaaaaaaaaaa", "password12345", "contactpoint rules", "the ben of leeds 12"] {
            let refused = change(PASSWORD, weak).await;
            assert!(matches!(refused, Err(OwnFactorError::Password(_))), "{weak}");
        }
        assert!(house.directory.authenticate(&other).await.is_ok(), "nothing has changed yet");
        change(PASSWORD, fresh).await.unwrap();
        assert!(matches!(house.directory.authenticate(&other).await, Err(SessionError::NotSignedIn)));
        assert!(house.directory.authenticate(&token).await.is_ok(), "this session goes on");
        let old = house.directory.begin_sign_in("ben", PASSWORD, &office()).await;
        assert!(matches!(old, Err(SignInError::Refused)));
        assert!(house.directory.begin_sign_in("ben", fresh, &office()).await.is_ok());
        house.minutes_pass(6);
        assert!(matches!(change(fresh, PASSWORD).await, Err(OwnFactorError::StepUpFirst(_))));
    }

    async fn a_wrong_old_password_counts_as_a_wrong_one_at_sign_in_does(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let ben = house.sign_in("ben").await;
        let fresh = "seven quiet otters swim";
        let change = async |old: &str| house.directory.change_own_password(&ben, old, fresh.to_owned()).await;
        for _ in 0..4 {
            assert!(matches!(change("not it").await, Err(OwnFactorError::WrongPassword)));
        }
        assert!(matches!(change("not it").await, Err(OwnFactorError::LockedOut { .. })));
        assert!(matches!(change(PASSWORD).await, Err(OwnFactorError::LockedOut { .. })), "nor is the right one heard");
        let there = house.directory.begin_sign_in("ben", PASSWORD, &office()).await;
        assert!(matches!(there, Err(SignInError::LockedOut { .. })), "it is one count");
        assert_eq!(Raw::data(&db).await.entries("sign_in_failed").await, 7);
        house.minutes_pass(2);
        assert!(change(PASSWORD).await.is_ok());
    }

    async fn a_password_changed_between_the_two_steps_makes_the_first_worthless(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let ben = house.sign_in("ben").await;
        let thief = house.directory.begin_sign_in("ben", PASSWORD, &office()).await.unwrap();
        house.directory.change_own_password(&ben, PASSWORD, "seven quiet otters swim".to_owned()).await.unwrap();
        house.clock.advance(SignedDuration::from_secs(31));
        let code = house.directory.current_code("ben").await.unwrap();
        let late = house.directory.finish_sign_in(&thief.token, &code, &office()).await;
        assert!(matches!(late, Err(SignInError::Expired)));
    }

    async fn a_new_authenticator_counts_from_its_first_right_code(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let ben = house.sign_in("ben").await;
        // A code works once: that of the step in which Ben signed in is used.
        house.clock.advance(SignedDuration::from_secs(31));
        let before = house.directory.enrolment("ben").await.unwrap();
        let new = house.directory.new_authenticator(&ben).await.unwrap();
        let secret = new.secret.replace(' ', "");
        assert!(new.address.contains(&secret) && new.address.starts_with("otpauth://totp/ContactPoint:ben?"));
        assert_ne!(secret, before);
        let wrong = house.directory.change_own_authenticator(&ben, &new.ticket, "000000").await;
        assert!(matches!(wrong, Err(OwnFactorError::WrongCode)));
        assert_eq!(house.directory.enrolment("ben").await.unwrap(), before, "nothing has changed yet");
        let code = {
            let secret = totp_rs::Secret::try_from_base32(&secret).unwrap();
            let totp = totp_rs::Builder::new().with_secret(secret).build().unwrap();
            totp.generate(u64::try_from(house.clock.now().as_second()).unwrap()).to_string()
        };
        house.directory.change_own_authenticator(&ben, &new.ticket, &code).await.unwrap();
        assert_eq!(house.directory.enrolment("ben").await.unwrap(), secret);
        let again = house.directory.change_own_authenticator(&ben, &new.ticket, &code).await;
        assert!(again.is_err(), "the page is used up");
    }

    async fn an_unknown_name_and_a_wrong_password_make_the_same_work_for_the_database(db: TestDatabases) {
        let house = house_of_ben(&db).await;
        let counter = Statements::listening();
        // A connection that is opened meanwhile says something too: the least of several tries is the work itself.
        let mut least = [(usize::MAX, usize::MAX); 2];
        for try_of in 0..10 {
            let username = ["ben", "nobody"][try_of % 2];
            house.clock.advance(SignedDuration::from_hours(1));
            house.directory.begin_sign_in(username, "a wrong password", &office()).await.err().unwrap();
            let attempt = counter.taken();
            let party = service::RelyingParty::new("localhost", false).unwrap();
            house.directory.ask_for_passkey(&party, username, &office()).await.map_err(|e| e.to_string()).unwrap();
            let so_far = &mut least[try_of % 2];
            *so_far = (so_far.0.min(attempt), so_far.1.min(counter.taken()));
        }
        assert!(least[0].0 > 0 && least[0].1 > 0, "statements are heard: {least:?}");
        assert_eq!(least[0], least[1], "(password, passkey) of a known and an unknown name");
    }
}

/// Counts the statements that the databases are given, in this process: each test has one of its own under nextest.
struct Statements(Arc<Mutex<usize>>);

impl Statements {
    fn listening() -> Self {
        let count = Arc::new(Mutex::new(0));
        tracing::subscriber::set_global_default(Ear(Arc::clone(&count))).unwrap();
        Self(count)
    }

    fn taken(&self) -> usize {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

struct Ear(Arc<Mutex<usize>>);

impl tracing::Subscriber for Ear {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        *self.0.lock().unwrap() += 1;
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
