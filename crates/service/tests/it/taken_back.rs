//! After a restore nothing is given back that was taken away since the backup (decision 3): accounts, roles, accreditations, credentials
//! and products; and places are protected again, and shields reviewed, at the desk that decided them.

use directory::access::accreditation::{Act, SuspensionReason as Stop};
use directory::access::{ClosingReason, Role, SuspensionReason};
use directory::connecting::{CredentialKind, InstallationAct, Missing, ProductAct, StoppedBecause};
use directory::disclosure::Disclosure;
use service::{Change, PlaceDecision, ReviewDecision};
use testkit::{TestDatabases, on_both_databases};

use crate::connecting::{CERTIFICATE, accredited, act, lacks, town};
use crate::house::{CARE, GP, House, by_name_and_birth, by_number, child, shield_request};
use crate::people::Office;
use crate::raw::Raw;
use crate::retention::{back_up, restore};
use crate::shield_desk::{address, refuge_file};

/// The rows of a table as a backup has them: of those that are there still these columns.
struct Kept {
    table: &'static str,
    key: &'static str,
    columns: &'static str,
}

const STANDING: &[Kept] = &[
    Kept { table: "account", key: "account_id", columns: "state, sealed, version" },
    Kept { table: "organisation", key: "organisation_id", columns: "state, accredited_until, capabilities" },
    Kept { table: "installation", key: "source_id", columns: "sealed, version" },
    Kept { table: "product", key: "product_id", columns: "sealed, version" },
    Kept { table: "pending_act", key: "act_id", columns: "state, expires_at, sealed, version" },
];

const WHOLE: &[&str] = &["account_role", "installation_credential"];

/// What came into being since.
const SINCE: &[&str] = &["accreditation", "pending_act"];

async fn kept(db: &TestDatabases) {
    let mut raw = Raw::data(db).await;
    let tables = STANDING.iter().map(|kept| kept.table).chain(WHOLE.iter().copied()).chain(["accreditation"]);
    for table in tables {
        raw.run(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}")).await;
    }
}

async fn restored(db: &TestDatabases) {
    let mut raw = Raw::data(db).await;
    for table in WHOLE {
        raw.run(&format!("DELETE FROM {table}")).await;
        raw.run(&format!("INSERT INTO {table} SELECT * FROM kept_{table}")).await;
    }
    for Kept { table, key, columns } in STANDING {
        raw.run(&format!(
            "UPDATE {table} SET ({columns}) = (SELECT {columns} FROM kept_{table} WHERE kept_{table}.{key} = {table}.{key}) \
             WHERE {key} IN (SELECT {key} FROM kept_{table})"
        ))
        .await;
    }
    for table in SINCE {
        let key = if *table == "pending_act" { "act_id" } else { "accreditation_id" };
        raw.run(&format!("DELETE FROM {table} WHERE {key} NOT IN (SELECT {key} FROM kept_{table})")).await;
    }
    raw.run("DELETE FROM schema_meta WHERE name = 'journal_mark'").await;
}

on_both_databases! {
    async fn who_was_suspended_closed_or_lost_a_role_since_the_backup_is_so_after_a_restore(db: TestDatabases) {
        let office = Office::open(&db).await;
        let d = &office.house.directory;
        let council = office.house.council;
        let mut accounts = Vec::new();
        for username in ["nia", "noel", "nils", "nell"] {
            accounts.push(office.person(username, Role::Practitioner, council).await);
        }
        let una = office.sign_in("una").await;
        d.give_role(&una, accounts[2], Role::Helpdesk, office.clinic).await.unwrap();
        kept(&db).await;
        let una = office.sign_in("una").await;
        d.change_account(&una, accounts[0], Change::Close(ClosingReason::Left)).await.unwrap();
        d.change_account(&una, accounts[1], Change::Suspend(SuspensionReason::Misuse)).await.unwrap();
        d.take_role(&una, accounts[2], Role::Helpdesk, office.clinic).await.unwrap();
        // Lifted again, and taken and given again: that is the last word.
        d.change_account(&una, accounts[3], Change::Suspend(SuspensionReason::Absence)).await.unwrap();
        d.change_account(&una, accounts[3], Change::Lift).await.unwrap();
        d.take_role(&una, accounts[3], Role::Practitioner, council).await.unwrap();
        d.give_role(&una, accounts[3], Role::Practitioner, council).await.unwrap();
        assert_eq!(d.missing_from_journal().await.unwrap().missing(), 0, "nothing is missing before");
        restored(&db).await;
        assert!(office.sign_in("nia").await.holds(Role::Practitioner), "the backup has her");
        let missing = d.missing_from_journal().await.unwrap();
        assert_eq!((missing.revocations, missing.missing()), (3, 3));
        assert_eq!(d.replay_journal().await.unwrap().revocations, 3);
        assert_eq!(d.missing_from_journal().await.unwrap().missing(), 0);
        for username in ["nia", "noel"] {
            assert!(office.house.try_sign_in(username).await.is_err(), "{username}");
        }
        assert!(!office.sign_in("nils").await.holds(Role::Helpdesk));
        assert!(office.sign_in("nell").await.holds(Role::Practitioner));
    }

    async fn an_organisation_suspended_since_the_backup_is_suspended_after_a_restore_and_every_start(db: TestDatabases) {
        let town = town(&db).await;
        let d = &town.house.directory;
        let clinic = town.house.partner_named("Aire Valley Clinics").await;
        town.person("nina", Role::Practitioner, clinic).await;
        assert!(town.house.try_sign_in("nina").await.is_ok());
        kept(&db).await;
        let mary = town.sign_in("mary").await;
        d.act_on_accreditation_in_force(&mary, clinic, &Act::Suspend(Stop::ALL[0])).await.unwrap();
        restored(&db).await;
        assert_eq!(d.missing_from_journal().await.unwrap().revocations, 1);
        assert_eq!(d.replay_journal().await.unwrap().revocations, 1);
        town.house.partner_named("Aire Valley Clinics").await;
        town.house.clock.advance(jiff::SignedDuration::from_secs(31));
        assert!(town.house.try_sign_in("nina").await.is_err(), "a declaration does not lift it");
        assert_eq!(d.missing_from_journal().await.unwrap().missing(), 0);
    }

    async fn a_credential_taken_back_and_a_product_withdrawn_since_the_backup_are_so_after_a_restore(db: TestDatabases) {
        let town = town(&db).await;
        let d = &town.house.directory;
        let (dee, mary, mo) = (town.sign_in("dee").await, town.sign_in("mary").await, town.sign_in("mo").await);
        let product = accredited(&town, &mary, &mo).await;
        act(&town, &dee, InstallationAct::NameProduct(product)).await.unwrap();
        let digest = hex::encode(CERTIFICATE);
        act(&town, &dee, InstallationAct::AddCredential(CredentialKind::ClientCertificate, digest.clone())).await.unwrap();
        act(&town, &mary, InstallationAct::ConfirmCredential(digest.clone())).await.unwrap();
        let known = async || d.source_of_credential(CredentialKind::ClientCertificate, &CERTIFICATE).await.unwrap();
        kept(&db).await;
        act(&town, &dee, InstallationAct::RevokeCredential(digest)).await.unwrap();
        act(&town, &dee, InstallationAct::Stop(StoppedBecause::SecurityIncident)).await.unwrap();
        d.act_on_product(&mary, product, 3, ProductAct::Withdraw(StoppedBecause::SendsWrongly)).await.unwrap();
        restored(&db).await;
        assert_eq!(known().await.as_deref(), Some(CARE), "the backup knows it");
        assert_eq!(d.missing_from_journal().await.unwrap().revocations, 3);
        assert_eq!(d.replay_journal().await.unwrap().revocations, 3);
        assert_eq!(known().await, None);
        let lacks = lacks(&town).await;
        assert!(lacks.contains(&Missing::Stopped) && lacks.contains(&Missing::TypeEnded), "{lacks:?}");
        assert_eq!(d.missing_from_journal().await.unwrap().missing(), 0);
    }

    async fn a_place_protected_since_the_backup_is_protected_after_a_restore(db: TestDatabases) {
        let house = House::open(&db).await;
        let (_, first, second) = house.desk().await;
        let d = &house.directory;
        back_up(&db).await;
        kept(&db).await;
        let refuge = address("17 Quiet Street", "LS12 7XX");
        assert!(d.propose_protected_place(&first, &refuge, refuge_file()).await.unwrap());
        let place = d.protected_places(&second).await.unwrap()[0].id;
        d.decide_protected_place(&second, place, PlaceDecision::Protect(&refuge)).await.unwrap();
        assert_eq!(d.missing_from_journal().await.unwrap().missing(), 0);
        restore(&db).await;
        restored(&db).await;
        assert!(d.protected_places(&second).await.unwrap().is_empty(), "the backup knows of none");
        assert_eq!(d.missing_from_journal().await.unwrap().places, 1);
        assert_eq!(d.replay_journal().await.unwrap().places, 1);
        assert!(d.protected_places(&second).await.unwrap()[0].protected);
        house.load(GP, &[child("G-1", "Pip", "Larkin", "2019-01-02").at("17 Quiet Street", "LS12 7XX")]).await;
        house.holds_end();
        let nurse = house.nurse().await;
        assert!(house.find(&nurse, by_name_and_birth("Pip Larkin", "2019-01-02")).await.is_empty(), "held");
        // And it ends as it began.
        let (_, first, second) = house.desk().await;
        d.propose_place_removal(&first, place).await.unwrap();
        d.decide_protected_place(&second, place, PlaceDecision::Remove).await.unwrap();
        assert_eq!(d.missing_from_journal().await.unwrap().missing(), 0);
    }

    async fn of_two_who_decide_at_once_what_lost_is_not_done_by_a_replay(db: TestDatabases) {
        let house = House::open(&db).await;
        let d = &house.directory;
        house.load(GP, &[child("G-1", "Wilma", "Winterbourne", "2015-06-07").at("8 Orchard Way", "LS8 1BB")]).await;
        house.holds_end();
        let number = house.number_of(GP, "G-1").await;
        let id = house.shield_alone(shield_request(&number)).await;
        for round in 0..6 {
            let third = crate::retention::person(&house, Role::Manager).await;
            let (_, first, second) = house.desk().await;
            d.review_shield(&first, id, ReviewDecision::Lift).await.unwrap();
            // One agrees, another sends it back.
            let (agreed, back) = tokio::join!(d.decide_shield(&second, id, true), d.decide_shield(&third, id, false));
            assert!(agreed.is_ok() != back.is_ok(), "{round}: {agreed:?} {back:?}");
            assert_eq!(d.missing_from_journal().await.unwrap().missing(), 0, "{round}: nothing to be done again");
            if agreed.is_ok() {
                break;
            }
        }
    }

    async fn a_shield_set_since_the_backup_is_reviewed_and_lifted_after_a_restore(db: TestDatabases) {
        let house = House::open(&db).await;
        let d = &house.directory;
        house.load(GP, &[child("G-1", "Wilma", "Winterbourne", "2015-06-07").at("8 Orchard Way", "LS8 1BB")]).await;
        house.holds_end();
        house.desk().await;
        back_up(&db).await;
        kept(&db).await;
        let number = house.number_of(GP, "G-1").await;
        house.shield_alone(shield_request(&number)).await;
        // Reviewed twice since: the last word counts, and nothing is missing before a restore.
        house.clock.advance(jiff::SignedDuration::from_hours(24 * 31));
        for _ in 0..2 {
            house.clock.advance(jiff::SignedDuration::from_hours(24 * 31));
            review(&db, &house, ReviewDecision::Keep).await;
        }
        assert_eq!(d.missing_from_journal().await.unwrap().missing(), 0);
        restore(&db).await;
        restored(&db).await;
        assert!(d.replay_journal().await.unwrap().shields > 0);
        assert_eq!(d.missing_from_journal().await.unwrap().missing(), 0);
        let nurse = house.nurse().await;
        let found = house.find(&nurse, by_number(&number)).await;
        assert!(matches!(house.record(&nurse, &found[0]).await, Disclosure::Shielded(_)));
        house.clock.advance(jiff::SignedDuration::from_hours(24 * 200));
        review(&db, &house, ReviewDecision::Lift).await;
        let nurse = house.nurse().await;
        let found = house.find(&nurse, by_number(&number)).await;
        assert!(matches!(house.record(&nurse, &found[0]).await, Disclosure::Full(_)));
    }
}

/// The one shield of the desk is reviewed, now.
async fn review(db: &TestDatabases, house: &House, decision: ReviewDecision) {
    let (_, first, second) = house.desk().await;
    let mut raw = Raw::data(db).await;
    let acts = raw.ids("SELECT act_id FROM pending_act WHERE kind = 'shield' AND state = 'approved'").await;
    assert_eq!(acts.len(), 1);
    house.directory.review_shield(&first, acts[0], decision).await.unwrap();
    house.directory.decide_shield(&second, acts[0], true).await.unwrap();
}
