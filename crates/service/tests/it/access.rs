//! Nobody looks without a reason, and nobody looks unseen (law 6).

use directory::access::{Lapse, Permission, Reason, Role};
use jiff::SignedDuration;
use service::{
    ErrorKind, NewOrganisation, Policy, ReasonError, RecordError, SearchError, SessionError, SignInError,
};
use testkit::{TestDatabases, on_both_databases};

use crate::house::{COUNCIL, GP, House, SCHOOLS, by_name, by_name_and_birth, child};
use crate::raw::Raw;

const NAME: &str = "Peregrine Hathersage";
const BORN: &str = "2013-09-09";

async fn house_of_peregrine(db: &TestDatabases) -> House {
    let house = House::open(db).await;
    house.load(GP, &[child("G-1", "Peregrine", "Hathersage", BORN).at("2 High Street", "LS2 2LS")]).await;
    house.holds_end();
    house
}

on_both_databases! {
    async fn a_session_ends_with_its_clearance_at_the_next_request(db: TestDatabases) {
        let house = House::open_with(&db, Policy::default(), "2026-03-02T23:55:00Z").await;
        let (today, later) = (house.clock.now(), house.clock.now() + SignedDuration::from_hours(999));
        for (username, cleared, trained, lapse) in [
            ("ben", today, later, Lapse::ClearanceExpired),
            ("cat", later, today, Lapse::TrainingExpired),
        ] {
            house.clock.set(today);
            house.account_until(username, &[Role::Practitioner], cleared, trained).await;
            let session = house.session(username).await;
            assert!(house.directory.authenticate(&session).await.is_ok());
            house.minutes_pass(6);
            let error = house.directory.authenticate(&session).await.err().unwrap();
            assert!(matches!(&error, SessionError::Lapsed(lapses) if *lapses == [lapse]), "{error:?}");
            let error = house.directory.authenticate(&session).await.err().unwrap();
            assert!(matches!(error, SessionError::NotSignedIn), "the session is gone for good");
            let error = house.try_sign_in(username).await.err().unwrap();
            assert!(matches!(&error, SignInError::NotAllowed { lapses } if *lapses == [lapse]), "{error}");
        }
    }

    async fn a_session_ends_with_the_accreditation_of_its_organisation(db: TestDatabases) {
        let house = House::open(&db).await;
        house.account("ben", &[Role::Practitioner]).await;
        let session = house.session("ben").await;
        let council = NewOrganisation {
            name: COUNCIL.to_owned(),
            kind: "authority".to_owned(),
            authority_code: Some("E08000035".to_owned()),
            accredited_until: house.clock.now() - SignedDuration::from_hours(24),
        };
        house.directory.declare_organisation(council).await.unwrap();
        let error = house.directory.authenticate(&session).await.err().unwrap();
        assert!(
            matches!(&error, SessionError::Lapsed(lapses) if *lapses == [Lapse::OrganisationNotAccredited]),
            "{error:?}"
        );
    }

    async fn only_who_has_said_why_may_look(db: TestDatabases) {
        let house = house_of_peregrine(&db).await;
        house.account("ben", &[Role::Practitioner]).await;
        let session = house.session("ben").await;
        let ben = house.directory.authenticate(&session).await.unwrap();
        // A search takes a `Reasoned`, and only a stated reason makes one.
        assert!(ben.reasoned().is_none());
        house.directory.state_reason(&ben, Reason::Referral).await.unwrap();
        let ben = house.directory.authenticate(&session).await.unwrap();
        let ben = ben.reasoned().expect("the session carries the reason");
        assert_eq!(*ben.reason(), Reason::Referral);
        assert_eq!(house.find(&ben, by_name_and_birth(NAME, BORN)).await.len(), 1);
    }

    async fn a_reason_that_is_not_of_ones_work_is_taken_nowhere(db: TestDatabases) {
        let house = house_of_peregrine(&db).await;
        let nurse = house.nurse().await;
        let d = &house.directory;
        let stated = d.state_reason(nurse.who(), Reason::Management).await;
        assert!(matches!(stated, Err(ReasonError::NotOfOnesWork)));
        let found = house.find(&nurse, by_name_and_birth(NAME, BORN)).await;
        let opened = d.open_record(&nurse, &found[0].handle, Reason::Management).await;
        assert!(matches!(opened, Err(RecordError::Forbidden)));
        assert_eq!(Raw::data(&db).await.entries("record_refused").await, 1);
        // A reason that was stated ends with the role whose it was.
        house.account("mona", &[Role::Manager, Role::Practitioner]).await;
        house.account("una", &[Role::UserManager]).await;
        let (una, session) = (house.sign_in("una").await, house.session("mona").await);
        let mona = d.authenticate(&session).await.unwrap();
        d.state_reason(&mona, Reason::Management).await.unwrap();
        assert!(d.authenticate(&session).await.unwrap().reasoned().is_some());
        d.take_role(&una, mona.account(), Role::Manager, house.council).await.unwrap();
        let mona = d.authenticate(&session).await.unwrap();
        assert!(mona.may(Permission::SearchChildren) && mona.reasoned().is_none());
    }

    async fn a_role_without_the_permission_neither_searches_nor_opens(db: TestDatabases) {
        let house = house_of_peregrine(&db).await;
        let nurse = house.nurse().await;
        let found = house.find(&nurse, by_name_and_birth(NAME, BORN)).await;
        house.account("audrey", &[Role::Auditor]).await;
        let audrey = house.sign_in("audrey").await;
        let audrey = house.directory.state_reason(&audrey, Reason::Management).await.unwrap();
        let error = house.directory.search(&audrey, by_name_and_birth(NAME, BORN)).await.unwrap_err();
        assert!(matches!(error, SearchError::Forbidden));
        let error = house.directory.open_record(&audrey, &found[0].handle, Reason::Management).await.unwrap_err();
        assert!(matches!(error, RecordError::Forbidden));
        let mut raw = Raw::data(&db).await;
        assert_eq!((raw.entries("search_refused").await, raw.entries("record_refused").await), (1, 1));
    }

    async fn when_the_trail_cannot_be_written_nothing_is_shown_and_nothing_changes(db: TestDatabases) {
        let house = house_of_peregrine(&db).await;
        let nurse = house.nurse().await;
        let found = house.find(&nurse, by_name_and_birth(NAME, BORN)).await;
        let (morgan, _) = house.managers().await;
        let mut raw = Raw::data(&db).await;
        raw.break_the_trail().await;
        let error = house.directory.search(&nurse, by_name_and_birth(NAME, BORN)).await.unwrap_err();
        let SearchError::Service(error) = error else { panic!("{error}") };
        assert_eq!(error.kind(), ErrorKind::AuditUnavailable);
        let error = house.directory.open_record(&nurse, &found[0].handle, Reason::Referral).await.unwrap_err();
        let RecordError::Service(error) = error else { panic!("{error}") };
        assert_eq!(error.kind(), ErrorKind::AuditUnavailable);
        let weak = house.directory.search(&nurse, by_name("Hathersage")).await;
        assert!(matches!(weak, Err(SearchError::Service(_))), "a refusal that cannot be written is a failure too");
        assert!(house.directory.state_reason(nurse.who(), Reason::Referral).await.is_err());
        assert!(matches!(house.try_sign_in("nurse").await, Err(SignInError::Service(_) | SignInError::Refused)));
        let request = crate::house::shield_request(&house.number_of(GP, "G-1").await);
        assert!(house.directory.request_shield(&morgan, request).await.is_err());
        let (children, keys) = (raw.count("child").await, raw.count("search_key").await);
        let text = house.file(SCHOOLS, &[child("S-1", "Ottilie", "Vane", "2014-01-01")]).await;
        assert!(crate::house::load(&house.directory, SCHOOLS, &text, 10).await.is_err());
        assert_eq!((raw.count("child").await, raw.count("search_key").await), (children, keys));
    }

    async fn each_act_leaves_its_entry_before_it_is_answered(db: TestDatabases) {
        let house = House::open(&db).await;
        let mut raw = Raw::data(&db).await;
        let declared = raw.count("audit_entry").await;
        assert_eq!((raw.entries("organisation_changed").await, raw.entries("source_changed").await), (3, 3));
        house.load(GP, &[child("G-1", "Peregrine", "Hathersage", BORN)]).await;
        let loaded = raw.entries("load").await;
        assert!(loaded >= 1);
        assert_eq!(raw.count("audit_entry").await, declared + loaded as i64);
        house.holds_end();
        let nurse = house.nurse().await;
        assert_eq!((raw.entries("sign_in").await, raw.entries("reason_stated").await), (1, 1));
        let found = house.find(&nurse, by_name_and_birth(NAME, BORN)).await;
        house.find(&nurse, by_name_and_birth("Nobody Known", BORN)).await;
        assert_eq!(raw.entries("search").await, 2);
        let opened = house.directory.open_record(&nurse, &found[0].handle, Reason::MissingChild).await.unwrap();
        assert_eq!(*opened.reason(), Reason::MissingChild);
        assert_eq!((raw.entries("record_viewed").await, raw.entries("reason_stated").await), (1, 2));
        let header = raw.texts("SELECT header FROM audit_entry").await;
        let header = header.iter().find(|text| text.contains("record_viewed")).unwrap();
        for field in ["involvements", "carers", "missing_child", "practitioner"] {
            assert!(header.contains(field), "{field} in {header}");
        }
        let entry = opened.receipt().entry().to_string();
        assert!(header.contains(&entry), "the receipt names the entry");
        house.directory.sign_out(nurse.who()).await.unwrap();
        assert_eq!(raw.entries("sign_out").await, 1);
        let text = raw.texts("SELECT header FROM audit_entry").await.concat();
        assert!(!text.contains("Hathersage") && !text.contains(BORN) && !text.contains("nurse"), "no name in a header");
    }

    async fn a_person_sees_their_own_use(db: TestDatabases) {
        let house = house_of_peregrine(&db).await;
        let nurse = house.nurse().await;
        house.find(&nurse, by_name_and_birth(NAME, BORN)).await;
        let lines = house.directory.own_history(nurse.who(), None).await.unwrap().lines;
        let mut acts: Vec<&str> = lines.iter().map(|line| line.what.as_str()).collect();
        acts.sort_unstable();
        assert_eq!(acts, ["account_changed", "reason_stated", "search", "sign_in"], "and what was done to their account");
    }
}
