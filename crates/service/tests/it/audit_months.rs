//! The bodies of the trail go when their years are over (rule 4.11), and the trail stays: told with a clock that is moved through
//! the years.

use audit::Action;
use directory::access::Role;
use directory::retention::HoldBasis;
use directory::watching::{Finding, Outcome, Rule, Sanction};
use directory::{MatchBasis, Month};
use jiff::civil::{Date, date};
use service::{About, HoldRequest, PackForm, Place, Policy};
use store::key_store::{self, RootKeyRow};
use testkit::{Engine, TestDatabases, on_both_databases, seeded};
use uuid::Uuid;
use vault::{Aad, RootKey, RootKeyName, WrappedRootKey};

use crate::gone_for_good::opened;
use crate::house::{
    self, CARE, GP, House, OPENED, by_name_and_birth, child, key_encryption_key, shield_request,
};
use crate::legal_holds;
use crate::raw::Raw;
use crate::reloads::killed_after;
use crate::retention::{on, present_keys};
use crate::trail::{copy, keys, verify, witness_of};
use crate::watching::{Town, evidence};

/// Seven years, the shortest that may be set.
pub fn seven_years() -> Policy {
    let mut policy = Policy::default();
    policy.retention.audit_years = 7;
    policy
}

/// Cosmo, whom a nurse searched for and opened in March 2026.
async fn looked_at(db: &TestDatabases) -> House {
    let house = House::open_with(db, seven_years(), OPENED).await;
    house.load(GP, &[child("G-1", "Cosmo", "Delacroix", "2015-11-11").at("1 Mill Street", "LS1 1AA")]).await;
    house.holds_end();
    let nurse = house.nurse().await;
    let found = house.find(&nurse, by_name_and_birth("Cosmo Delacroix", "2015-11-11")).await;
    house.record(&nurse, &found[0]).await;
    house
}

/// The service on that day, worked in on a day of every month until then.
pub async fn worked_until(house: House, day: &str) -> House {
    let until: Date = day.parse().unwrap();
    let mut month = Month::from(house.directory.today());
    while month.plus(1) < Month::from(until) {
        month = month.plus(1);
        let noon = format!("{month}-15T12:00:00Z").parse().unwrap();
        house.clock.set(noon);
        // Who is not known is told so, and the trail has an entry.
        assert!(house.directory.begin_sign_in("nobody", "a wrong password", &house::office()).await.is_err());
    }
    on(house, day).await
}

/// The months that a sweep destroys, and those that wait.
async fn swept(house: &House) -> (u64, u64) {
    let counts = house.directory.sweep(false).await.unwrap();
    (counts.audit_months_destroyed, counts.audit_months_waiting)
}

on_both_databases! {
    async fn the_body_of_an_entry_older_than_its_period_is_destroyed_and_the_chain_still_verifies(db: TestDatabases) {
        let house = looked_at(&db).await;
        let mut notary = house.directory.notary().await.unwrap();
        let checkpoint = house.directory.notarise(&mut notary).await.unwrap().unwrap();
        let house = worked_until(house, "2033-03-31").await;
        let cosmo = house.number_of(GP, "G-1").await;
        let auditor = house.person("ada", Role::Auditor, house.council).await;
        let lines = house.trail(&auditor, About::Child(cosmo.clone())).await;
        let viewed = lines.iter().find(|line| line.action == Action::RecordViewed).unwrap();
        let (entry, nurse) = (viewed.entry, viewed.who.clone().unwrap().account);
        assert_eq!(swept(&house).await, (0, 0), "the month's last day has not had its years");
        assert!(house.directory.read_audit_entry(&auditor, entry).await.unwrap().body.is_some());

        let house = on(house, "2033-04-01").await;
        let mut stored = Raw::keys(&db).await;
        let dry = house.directory.sweep(true).await.unwrap();
        assert_eq!((dry.audit_months_destroyed, dry.audit_months_waiting), (1, 0));
        assert_eq!(stored.count("destroyed_bundle").await, 0, "a dry run counts");
        let told = Raw::data(&db).await.entries("system").await;
        assert_eq!(swept(&house).await, (1, 0));
        assert_eq!(swept(&house).await, (0, 0), "once");
        assert_eq!(Raw::data(&db).await.entries("system").await, told + 1, "and the trail says so, once");

        let auditor = house.person("ada", Role::Auditor, house.council).await;
        let read = house.directory.read_audit_entry(&auditor, entry).await.unwrap();
        assert_eq!(read.body, None, "also by a server that had the key before");
        assert!(matches!(read.place, Place::Proved { .. }));
        assert_eq!((read.line.action, read.line.who.unwrap().username.as_str()), (Action::RecordViewed, "nurse"));
        for about in [About::Child(cosmo), About::Account("nurse".to_owned()), About::Organisation(house.council)] {
            let found = house.trail(&auditor, about).await;
            assert!(found.iter().any(|line| line.entry == entry), "it is found as before");
        }
        house.directory.notarise(&mut notary).await.unwrap();
        let keys = keys(&house.directory).await;
        let entries = Raw::data(&db).await.count("audit_entry").await;
        let report = verify(&copy(&house.directory).await, &keys, &witness_of([checkpoint], &keys)).unwrap();
        assert_eq!(report.entries as i64, entries);

        let (morgan, _) = house.managers().await;
        let pack = house.directory.evidence_pack(&morgan, house.council, Month::parse("2026-03").unwrap(), PackForm::Csv);
        assert!(pack.await.is_ok());
        let usher = house.person("una", Role::UserManager, house.council).await;
        let before = stored.count("bundle").await;
        house.directory.account_sheet(&usher, nurse).await.unwrap();
        assert_eq!(stored.count("bundle").await, before, "no page makes a key anew for a month that has none");
    }

    async fn an_auditor_finds_no_opening_of_the_shield_desk_once_its_body_is_destroyed(db: TestDatabases) {
        let house = looked_at(&db).await;
        let (asks, first, _) = house.desk().await;
        let id = house.ask_for_shield(&asks, &first, shield_request(&house.number_of(GP, "G-1").await)).await;
        house.request_at(&first, id).await;
        let openings = async |house: &House| {
            let mut found = Vec::new();
            for (name, role) in [("ada", Role::Auditor), ("max", Role::Manager)] {
                let name = format!("{name}-{}", house.clock.now().as_second());
                let who = house.person(&name, role, house.council).await;
                let lines = house.trail(&who, About::Child(house.number_of(GP, "G-1").await)).await;
                found.push(lines.iter().filter(|line| line.action == Action::RecordViewed).count());
            }
            found
        };
        let before = openings(&house).await;
        assert!(before[0] == 1 && before[1] > 1, "the nurse's alone, and the desk's to those who work there: {before:?}");
        let house = worked_until(house, "2033-04-02").await;
        assert_eq!(swept(&house).await, (1, 0));
        assert_eq!(openings(&house).await, before);
    }

    async fn a_month_waits_while_an_alert_or_an_investigation_began_with_an_entry_of_it(db: TestDatabases) {
        let town = Town::open(&db, |_| {}).await;
        town.with_cosmo("Whitlock").await;
        town.opens_cosmo("nurse", "Whitlock").await;
        town.watch().await;
        let manager = town.signed_in("manager").await;
        let alert = town.one(&manager, Rule::OwnSurname).await;
        let house = worked_until(town.house, "2038-04-02").await;
        let dry = house.directory.sweep(true).await.unwrap();
        assert_eq!((dry.audit_months_destroyed, dry.audit_months_waiting), (0, 1));
        assert_eq!(swept(&house).await, (0, 1), "an alert that nobody decided");
        let max = house.person("max", Role::Manager, house.council).await;
        house.directory.claim_alert(&max, alert).await.unwrap();
        assert_eq!(swept(&house).await, (0, 1), "or that somebody has taken on");
        let decided = house.directory.decide_alert(&max, alert, Outcome::MisuseSuspected, Some(evidence())).await;
        let investigation = decided.unwrap().expect("an investigation");
        assert_eq!(swept(&house).await, (0, 1), "the investigation it led to");
        let max = house.person("max", Role::Manager, house.council).await;
        let close =
            house.directory.close_investigation(&max, investigation, Finding::Misuse, Sanction::AccessWithdrawn, evidence());
        close.await.unwrap();
        let moll = house.person("moll", Role::Manager, house.council).await;
        house.directory.confirm_finding(&moll, investigation, true).await.unwrap();
        assert_eq!(swept(&house).await, (1, 0), "and goes once it is closed");
    }

    async fn a_month_that_tells_of_a_child_under_a_legal_hold_waits_until_it_ends(db: TestDatabases) {
        let house = worked_until(looked_at(&db).await, "2033-03-20").await;
        let hold = legal_holds::hold_until(&house, &house.number_of(GP, "G-1").await, "2034-01-31").await;
        let house = worked_until(house, "2033-04-02").await;
        assert_eq!(swept(&house).await, (0, 1));
        legal_holds::release(&house, hold).await;
        assert_eq!(swept(&house).await, (1, 0));
    }

    async fn a_sweep_of_the_trail_killed_at_any_moment_ends_in_the_same_state(db: TestDatabases) {
        let house = worked_until(looked_at(&db).await, "2033-04-02").await;
        let mut killed = 0;
        for polls in 1.. {
            let directory = house::open(&db, &house.clock, 50 + u64::from(polls), seven_years()).await;
            let swept = killed_after(polls, directory.sweep(false)).await;
            directory.close().await;
            if let Some(swept) = swept {
                swept.unwrap();
                break;
            }
            killed += 1;
        }
        assert!(killed > 2 || db.engine() == Engine::Sqlite);
        assert_eq!(house.directory.sweep(true).await.unwrap().audit_months_destroyed, 0);
        assert_eq!(Raw::keys(&db).await.count("destroyed_bundle").await, 1);
    }

    async fn the_key_of_a_month_of_an_earlier_version_goes_like_any_other(db: TestDatabases) {
        let house = looked_at(&db).await;
        let (mut rng, kek, ring) = (seeded(9), key_encryption_key(), present_keys(&db).await);
        let mut kept = |month| {
            let root = RootKey::random(RootKeyName::AuditBody, month, &mut rng);
            let id = Uuid::from_u128(month as u128);
            let sealed = vault::seal(&root.data_key(), Aad::new(id, 0), b"what was asked", &mut rng).unwrap();
            (id, sealed, ring.wrap_root(&kek, &root, &mut rng).unwrap())
        };
        // One as it was written, and one that a rotation has put under a generation since.
        let ((id, sealed, april), (later_id, later_sealed, may)) = (kept(202_604), kept(202_605));
        let april = april.without_generation(ring.newest_generation().unwrap()).unwrap();
        let earlier = store::Store::open(&db.data_url, &db.keys_url, &store::Options::default()).await.unwrap();
        let mut tx = earlier.begin_keys().await.unwrap();
        for WrappedRootKey { name, epoch, generation, wrapped } in [april, may] {
            let row = RootKeyRow { name, epoch, generation, wrapped };
            key_store::insert_root_key(&mut tx, &row).await.unwrap();
        }
        tx.commit().await.unwrap();
        earlier.close().await;
        let later = house::open(&db, &house.clock, 2, seven_years()).await;
        let roots = "SELECT count(*) FROM root_key WHERE name = 'audit_body'";
        assert_eq!(Raw::keys(&db).await.number(roots).await, 0, "it would be in every copy");
        assert_eq!(opened(&db, id, &sealed).await.as_deref(), Some("what was asked"));
        assert_eq!(opened(&db, later_id, &later_sealed).await.as_deref(), Some("what was asked"));
        let house = House { directory: later, clock: house.clock.clone(), council: house.council };
        let house = worked_until(house, "2033-05-02").await;
        assert_eq!(swept(&house).await, (2, 0), "of March and April");
        assert_eq!(opened(&db, id, &sealed).await, None);
        assert!(opened(&db, later_id, &later_sealed).await.is_some(), "of May is not over");
    }

    async fn a_clock_that_jumps_ahead_destroys_no_month(db: TestDatabases) {
        let house = looked_at(&db).await;
        let cosmo = house.number_of(GP, "G-1").await;
        let auditor = house.person("ada", Role::Auditor, house.council).await;
        let lines = house.trail(&auditor, About::Child(cosmo)).await;
        let viewed = lines.iter().find(|line| line.action == Action::RecordViewed).unwrap().entry;
        for day in ["2033-05-15", "2033-06-15"] {
            house.clock.set(format!("{day}T09:00:00Z").parse().unwrap());
            assert_eq!(swept(&house).await, (0, 0), "nobody worked in the years between");
        }
        let house = on(house, "2026-04-20").await;
        assert!(house.try_sign_in("nurse").await.is_ok(), "once it is set right, the trail is written as before");
        let auditor = house.person("ada", Role::Auditor, house.council).await;
        assert!(house.directory.read_audit_entry(&auditor, viewed).await.unwrap().body.is_some());
    }

    async fn a_hold_that_nobody_decided_in_its_time_keeps_no_month(db: TestDatabases) {
        let house = worked_until(looked_at(&db).await, "2033-03-20").await;
        let number = house.number_of(GP, "G-1").await;
        let (first, _) = house.managers().await;
        let request = HoldRequest { number, basis: HoldBasis::CourtOrder, until: date(2034, 1, 31) };
        house.directory.propose_hold(&first, &request).await.unwrap();
        let house = on(house, "2033-04-02").await;
        assert_eq!(swept(&house).await, (0, 1), "while it may be decided");
        let house = on(house, "2033-07-02").await;
        let (destroyed, waiting) = swept(&house).await;
        assert!(destroyed > 0 && waiting == 0, "{destroyed} destroyed, {waiting} waiting");
    }

    async fn a_month_that_tells_of_a_child_joined_to_one_under_a_hold_waits_too(db: TestDatabases) {
        let house = on(looked_at(&db).await, "2026-04-10").await;
        house.load(CARE, &[child("C-9", "Cosmos", "Delacroix", "2015-11-12").at("4 Elm Row", "LS4 4AA")]).await;
        house.holds_end();
        let [survivor, other] = [house.number_of(CARE, "C-9").await, house.number_of(GP, "G-1").await];
        let dana = house.person("dana", Role::DataAdministrator, house.council).await;
        house.directory.join_records(&dana, &survivor, &other, MatchBasis::RecordsCompared).await.unwrap();
        let house = worked_until(house, "2033-03-20").await;
        let hold = legal_holds::hold_until(&house, &survivor, "2034-01-31").await;
        // In March nobody had done anything with the one who goes on.
        let house = on(house, "2033-04-02").await;
        assert_eq!(swept(&house).await, (0, 1));
        legal_holds::release(&house, hold).await;
        assert_eq!(swept(&house).await, (1, 0));
    }
}
