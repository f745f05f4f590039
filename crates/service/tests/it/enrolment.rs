//! The first sign-in details: a code in person, once, and void after two wrong tries (rules 6.5, 12.4).

use std::net::{IpAddr, Ipv4Addr};

use directory::access::Role;
use jiff::SignedDuration;
use service::{ClientAddress, EnrolmentCode, EnrolmentError, NewKeys, SignedIn};
use testkit::{TestDatabases, on_both_databases};
use totp_rs::{Builder, Secret};

use crate::house::{House, PASSWORD, office};
use crate::raw::Raw;

const NEW_PASSWORD: &str = "a long new password";

/// A house with an account that was never used, and a user manager.
async fn house(db: &TestDatabases) -> (House, SignedIn) {
    let house = House::open(db).await;
    house.account("newcomer", &[Role::Practitioner]).await;
    // As an account is that nobody has given sign-in details yet; it is the only one so far.
    Raw::data(db).await.run("UPDATE account SET password_hash = ''").await;
    house.account("rosalind", &[Role::UserManager]).await;
    let rosalind = house.sign_in("rosalind").await;
    (house, rosalind)
}

/// What an authenticator shows for the secret on the page.
pub fn shown_by_authenticator(secret: &str, house: &House) -> String {
    let bytes = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
    let totp = Builder::new().with_secret(bytes.as_ref().to_vec().into_boxed_slice()).build().unwrap();
    totp.generate(u64::try_from(house.clock.now().as_second()).unwrap()).to_string()
}

pub async fn set_up(house: &House, code: &EnrolmentCode) -> Result<(), EnrolmentError> {
    let step = house.directory.enrol(&code.username, &code.code, &office()).await?;
    let code = shown_by_authenticator(&step.secret, house);
    house.directory.finish_enrolment(&step.token, NewKeys { password: NEW_PASSWORD.to_owned(), code }).await
}

on_both_databases! {
    async fn a_holder_sets_password_and_authenticator_with_the_code_and_signs_in(db: TestDatabases) {
        let (house, rosalind) = house(&db).await;
        let nobody = house.directory.begin_sign_in("newcomer", "", &office()).await;
        assert!(nobody.is_err(), "an account without a password lets nobody in, not even with none");
        let code = house.directory.start_enrolment(&rosalind, "Newcomer").await.unwrap();
        assert_eq!(code.code.len(), 39, "160 bits in eight groups");
        let step = house.directory.enrol("newcomer", &code.code.to_lowercase(), &office()).await.unwrap();
        assert!(step.address.starts_with("otpauth://totp/ContactPoint:newcomer?secret="));
        let shown = shown_by_authenticator(&step.secret, &house);
        let keys = NewKeys { password: NEW_PASSWORD.to_owned(), code: shown.clone() };
        house.directory.finish_enrolment(&step.token, keys).await.unwrap();
        let challenge = house.directory.begin_sign_in("newcomer", NEW_PASSWORD, &office()).await.unwrap();
        let again = house.directory.finish_sign_in(&challenge.token, &shown, &office()).await;
        assert!(again.is_err(), "the code that proved the authenticator does not sign in as well");
        house.clock.advance(SignedDuration::from_secs(31));
        let next = shown_by_authenticator(&step.secret, &house);
        assert!(house.directory.finish_sign_in(&challenge.token, &next, &office()).await.is_ok());
        let mut raw = Raw::data(&db).await;
        let header = raw.texts("SELECT header FROM audit_entry").await.concat();
        assert!(!header.contains("newcomer"), "no name in a header");
    }

    async fn a_code_works_once(db: TestDatabases) {
        let (house, rosalind) = house(&db).await;
        let code = house.directory.start_enrolment(&rosalind, "newcomer").await.unwrap();
        let step = house.directory.enrol("newcomer", &code.code, &office()).await.unwrap();
        set_up(&house, &code).await.unwrap();
        assert!(matches!(house.directory.enrol("newcomer", &code.code, &office()).await, Err(EnrolmentError::Refused)));
        house.clock.advance(SignedDuration::from_secs(31));
        let code = shown_by_authenticator(&step.secret, &house);
        let late = NewKeys { password: "another password".to_owned(), code };
        assert!(matches!(house.directory.finish_enrolment(&step.token, late).await, Err(EnrolmentError::Ended)), "nor a page left open");
    }

    async fn two_wrong_codes_void_it(db: TestDatabases) {
        let (house, rosalind) = house(&db).await;
        let code = house.directory.start_enrolment(&rosalind, "newcomer").await.unwrap();
        assert!(matches!(house.directory.enrol("newcomer", "WRON-GCOD-E", &office()).await, Err(EnrolmentError::Refused)));
        house.directory.enrol("newcomer", &code.code, &office()).await.unwrap();
        assert!(matches!(house.directory.enrol("newcomer", "", &office()).await, Err(EnrolmentError::Refused)));
        assert!(matches!(house.directory.enrol("newcomer", &code.code, &office()).await, Err(EnrolmentError::Refused)), "void");
        let code = house.directory.start_enrolment(&rosalind, "newcomer").await.unwrap();
        set_up(&house, &code).await.unwrap();
    }

    async fn a_code_lives_a_day_and_an_earlier_one_ends_with_the_next(db: TestDatabases) {
        let (house, rosalind) = house(&db).await;
        let first = house.directory.start_enrolment(&rosalind, "newcomer").await.unwrap();
        let second = house.directory.start_enrolment(&rosalind, "newcomer").await.unwrap();
        assert!(matches!(house.directory.enrol("newcomer", &first.code, &office()).await, Err(EnrolmentError::Refused)));
        let step = house.directory.enrol("newcomer", &second.code, &office()).await.unwrap();
        house.clock.advance(SignedDuration::from_mins(31));
        let keys = NewKeys { password: NEW_PASSWORD.to_owned(), code: shown_by_authenticator(&step.secret, &house) };
        assert!(matches!(house.directory.finish_enrolment(&step.token, keys).await, Err(EnrolmentError::Ended)), "the page lives half an hour");
        house.clock.advance(SignedDuration::from_hours(24));
        assert!(matches!(house.directory.enrol("newcomer", &second.code, &office()).await, Err(EnrolmentError::Refused)));
        house.directory.do_duties().await.unwrap();
        assert_eq!(Raw::data(&db).await.number("SELECT count(*) FROM pending_act WHERE token_key IS NOT NULL").await, 0);
    }

    async fn a_weak_password_and_a_wrong_authenticator_code_are_sent_back_and_cost_nothing(db: TestDatabases) {
        let (house, rosalind) = house(&db).await;
        let code = house.directory.start_enrolment(&rosalind, "newcomer").await.unwrap();
        let step = house.directory.enrol("newcomer", &code.code, &office()).await.unwrap();
        let right = shown_by_authenticator(&step.secret, &house);
        for weak in ["eleven char", "Newcomer-2026", ""] {
            let keys = NewKeys { password: weak.to_owned(), code: right.clone() };
            assert!(matches!(house.directory.finish_enrolment(&step.token, keys).await, Err(EnrolmentError::Password(_))), "{weak}");
        }
        let wrong = if right == "000000" { "111111" } else { "000000" };
        for wrong in [wrong, "", "12345"] {
            let keys = NewKeys { password: NEW_PASSWORD.to_owned(), code: wrong.to_owned() };
            assert!(matches!(house.directory.finish_enrolment(&step.token, keys).await, Err(EnrolmentError::WrongCode)), "{wrong}");
        }
        let keys = NewKeys { password: NEW_PASSWORD.to_owned(), code: right };
        house.directory.finish_enrolment(&step.token, keys).await.unwrap();
    }

    async fn an_unknown_name_and_a_wrong_code_are_refused_in_the_same_words(db: TestDatabases) {
        let (house, rosalind) = house(&db).await;
        house.directory.start_enrolment(&rosalind, "newcomer").await.unwrap();
        let mut words = Vec::new();
        for username in ["newcomer", "nobody", "rosalind"] {
            words.push(house.directory.enrol(username, "0000-0000", &office()).await.err().unwrap().to_string());
        }
        words.dedup();
        assert_eq!(words.len(), 1);
    }

    async fn an_address_that_tries_name_after_name_is_locked_and_another_is_not(db: TestDatabases) {
        let (house, rosalind) = house(&db).await;
        let code = house.directory.start_enrolment(&rosalind, "newcomer").await.unwrap();
        // As many as one address bears for an office of people who mistype.
        for guess in 0..39 {
            let refused = house.directory.enrol(&format!("guess-{guess}"), "0000-0000", &office()).await;
            assert!(matches!(refused, Err(EnrolmentError::Refused)), "{guess}");
        }
        let locked = house.directory.enrol("guess", "0000-0000", &office()).await;
        assert!(matches!(locked, Err(EnrolmentError::LockedOut { .. })));
        let right = house.directory.enrol("newcomer", &code.code, &office()).await;
        assert!(matches!(right, Err(EnrolmentError::LockedOut { .. })), "not even looked at");
        let elsewhere = ClientAddress(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)));
        assert!(house.directory.enrol("newcomer", &code.code, &elsewhere).await.is_ok());
    }

    async fn only_a_user_manager_enrols_and_only_whom_they_reach_and_who_is_new(db: TestDatabases) {
        let (house, rosalind) = house(&db).await;
        house.account("manager", &[Role::Manager]).await;
        let manager = house.sign_in("manager").await;
        assert!(matches!(house.directory.start_enrolment(&manager, "newcomer").await, Err(EnrolmentError::Forbidden)));
        assert!(matches!(house.directory.start_enrolment(&rosalind, "nobody").await, Err(EnrolmentError::Refused)));
        assert!(matches!(house.directory.start_enrolment(&rosalind, "rosalind").await, Err(EnrolmentError::OnesOwn)));
        let used = house.directory.start_enrolment(&rosalind, "manager").await;
        assert!(matches!(used, Err(EnrolmentError::HasKeys)), "who has signed in is recovered by two");
        let mut raw = Raw::data(&db).await;
        for state in ["suspended", "closed", "requested"] {
            raw.run(&format!("UPDATE account SET state = '{state}' WHERE password_hash = ''")).await;
            assert!(matches!(house.directory.start_enrolment(&rosalind, "newcomer").await, Err(EnrolmentError::NotInUse)), "{state}");
        }
        raw.run("UPDATE account SET state = 'verified' WHERE password_hash = ''").await;
        let code = house.directory.start_enrolment(&rosalind, "newcomer").await.unwrap();
        set_up(&house, &code).await.unwrap();
        assert!(house.try_sign_in("newcomer").await.is_err(), "details alone do not let in an account that is not active");
    }

    async fn an_account_suspended_meanwhile_is_not_enrolled(db: TestDatabases) {
        let (house, rosalind) = house(&db).await;
        let code = house.directory.start_enrolment(&rosalind, "newcomer").await.unwrap();
        let step = house.directory.enrol("newcomer", &code.code, &office()).await.unwrap();
        Raw::data(&db).await.run("UPDATE account SET state = 'suspended' WHERE password_hash = ''").await;
        let keys = NewKeys { password: PASSWORD.to_owned(), code: shown_by_authenticator(&step.secret, &house) };
        assert!(matches!(house.directory.finish_enrolment(&step.token, keys).await, Err(EnrolmentError::Ended)));
    }

    async fn neither_code_nor_secret_stands_in_the_database(db: TestDatabases) {
        let (house, rosalind) = house(&db).await;
        let code = house.directory.start_enrolment(&rosalind, "newcomer").await.unwrap();
        let step = house.directory.enrol("newcomer", &code.code, &office()).await.unwrap();
        let mut raw = Raw::data(&db).await;
        let secret = Secret::try_from_base32(step.secret.replace(' ', "")).unwrap();
        let mut seen = raw.blobs("SELECT sealed FROM pending_act").await.concat();
        seen.extend(raw.blobs("SELECT body FROM audit_entry").await.concat());
        for hidden in [secret.as_ref(), code.code.as_bytes(), code.code.replace('-', "").as_bytes()] {
            assert!(!seen.windows(hidden.len()).any(|window| window == hidden));
        }
    }
}
