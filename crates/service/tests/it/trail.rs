//! The audit trail proves itself (law 11).

use std::ops::ControlFlow;

use audit::{Fault, FaultKind, Report, SignedCheckpoint, TrustedKeys, Verifier, Witness};
use service::{Directory, Policy};
use testkit::{TestDatabases, on_both_databases};

use crate::house::{GP, House, by_name_and_birth, child, open};
use crate::raw::Raw;

async fn busy_house(db: &TestDatabases) -> House {
    let house = House::open(db).await;
    house.load(GP, &[child("G-1", "Cosmo", "Delacroix", "2011-11-11")]).await;
    house.holds_end();
    let nurse = house.nurse().await;
    for _ in 0..5 {
        house.find(&nurse, by_name_and_birth("Cosmo Delacroix", "2011-11-11")).await;
        house.minutes_pass(1);
    }
    house
}

pub async fn keys(directory: &Directory) -> TrustedKeys {
    TrustedKeys::new([directory.audit_public_key().unwrap()])
}

/// The lines of a copy of the whole trail.
pub async fn copy(directory: &Directory) -> Vec<String> {
    let mut lines = Vec::new();
    directory
        .export_audit(|line| {
            lines.push(line.to_owned());
            Ok(())
        })
        .await
        .unwrap();
    lines
}

pub fn verify(lines: &[String], keys: &TrustedKeys, witness: &Witness) -> Result<Report, Fault> {
    let mut verifier = Verifier::new(keys, witness);
    for line in lines {
        if let ControlFlow::Break(()) = verifier.push(line.as_bytes()) {
            break;
        }
    }
    verifier.finish()
}

pub fn witness_of(checkpoints: impl IntoIterator<Item = SignedCheckpoint>, keys: &TrustedKeys) -> Witness {
    let mut witness = Witness::new();
    for checkpoint in checkpoints {
        witness.append(checkpoint, keys).unwrap();
    }
    witness
}

on_both_databases! {
    async fn every_entry_is_chained_signed_and_proved_with_the_witness(db: TestDatabases) {
        let house = busy_house(&db).await;
        let entries = Raw::data(&db).await.count("audit_entry").await;
        assert_eq!(house.directory.audit_backlog().await.unwrap(), entries);
        let mut notary = house.directory.notary().await.unwrap();
        let first = house.directory.notarise(&mut notary).await.unwrap().expect("a checkpoint");
        assert_eq!(house.directory.audit_backlog().await.unwrap(), 0);
        assert!(house.directory.notarise(&mut notary).await.unwrap().is_none(), "nothing new, no checkpoint");
        let keys = keys(&house.directory).await;
        first.verify(&keys).unwrap();
        house.nurse().await;
        let second = house.directory.notarise(&mut notary).await.unwrap().expect("another checkpoint");
        let lines = copy(&house.directory).await;
        let report = verify(&lines, &keys, &witness_of([first.clone(), second], &keys)).unwrap();
        assert_eq!((report.entries, report.witnessed_to, report.unwitnessed_tail), (entries as u64 + 2, entries as u64 + 2, 0));
        let report = verify(&lines, &keys, &witness_of([first], &keys)).unwrap();
        assert_eq!(report.unwitnessed_tail, 2, "what no witness has seen is said");
        let text = lines.concat();
        assert!(!text.contains("Delacroix") && !text.contains("2011-11-11"), "bodies leave sealed");
    }

    async fn two_installations_have_logs_of_different_names(db: TestDatabases) {
        let other = TestDatabases::sqlite().await;
        let (house, elsewhere) = (busy_house(&db).await, busy_house(&other).await);
        let name = async |house: &House| copy(&house.directory).await.remove(0);
        assert_eq!(name(&house).await, name(&house).await);
        assert_ne!(name(&house).await, name(&elsewhere).await);
    }

    async fn an_account_made_and_a_copy_taken_are_entries(db: TestDatabases) {
        let house = busy_house(&db).await;
        let mut raw = Raw::data(&db).await;
        let accounts = raw.count("account").await as usize;
        assert_eq!(raw.entries("account_changed").await, accounts);
        assert_eq!(raw.entries("export").await, 0);
        copy(&house.directory).await;
        assert_eq!(raw.entries("export").await, 1);
    }

    async fn a_damaged_checkpoint_is_copied_as_it_is_and_named(db: TestDatabases) {
        let house = busy_house(&db).await;
        let mut notary = house.directory.notary().await.unwrap();
        let first = house.directory.notarise(&mut notary).await.unwrap().unwrap();
        house.nurse().await;
        house.directory.notarise(&mut notary).await.unwrap().unwrap();
        let keys = keys(&house.directory).await;
        let whole = copy(&house.directory).await.len();
        let mut raw = Raw::data(&db).await;
        raw.unguard_the_trail().await;
        raw.run("UPDATE audit_checkpoint SET body = 'nothing' WHERE seq = (SELECT min(seq) FROM audit_checkpoint)").await;
        let lines = copy(&house.directory).await;
        assert_eq!(lines.len(), whole, "what comes after the damage is copied too");
        let fault = verify(&lines, &keys, &witness_of([first], &keys)).unwrap_err();
        assert!(matches!(fault.kind, FaultKind::Unreadable { .. }), "{fault}");
    }

    async fn an_entry_changed_in_the_database_is_found_and_named(db: TestDatabases) {
        let house = busy_house(&db).await;
        let mut notary = house.directory.notary().await.unwrap();
        let checkpoint = house.directory.notarise(&mut notary).await.unwrap().unwrap();
        let keys = keys(&house.directory).await;
        let witness = witness_of([checkpoint], &keys);
        let mut raw = Raw::data(&db).await;
        raw.unguard_the_trail().await;
        let seq = raw.seq_of("who_else_is_involved").await;
        raw.run(&format!(
            "UPDATE audit_entry SET header = replace(header, 'who_else_is_involved', 'management') \
             WHERE entry_id = (SELECT entry_id FROM audit_chain WHERE seq = {seq})"
        ))
        .await;
        let fault = verify(&copy(&house.directory).await, &keys, &witness).unwrap_err();
        assert_eq!((fault.seq, &fault.kind), (seq as u64, &FaultKind::Changed), "{fault}");
        assert!(fault.entry_id.is_some());
    }

    async fn a_copy_with_an_entry_missing_moved_or_cut_off_is_found_out(db: TestDatabases) {
        let house = busy_house(&db).await;
        let mut notary = house.directory.notary().await.unwrap();
        let checkpoint = house.directory.notarise(&mut notary).await.unwrap().unwrap();
        let keys = keys(&house.directory).await;
        let witness = witness_of([checkpoint], &keys);
        let whole = copy(&house.directory).await;
        assert!(verify(&whole, &keys, &witness).is_ok());
        let mut missing = whole.clone();
        missing.remove(5);
        let fault = verify(&missing, &keys, &witness).unwrap_err();
        assert_eq!((fault.seq, fault.kind), (5, FaultKind::Missing));
        let mut swapped = whole.clone();
        swapped.swap(5, 6);
        assert_eq!(verify(&swapped, &keys, &witness).unwrap_err().seq, 5);
        let cut = &whole[..whole.len() - 2];
        assert!(matches!(verify(cut, &keys, &witness).unwrap_err().kind, FaultKind::Truncated { .. }));
    }

    async fn two_notaries_at_once_do_not_fork_the_chain(db: TestDatabases) {
        let house = busy_house(&db).await;
        let second = open(&db, &house.clock, 2, Policy::default()).await;
        let (mut one, mut two) = (house.directory.notary().await.unwrap(), second.notary().await.unwrap());
        let mut seen = Vec::new();
        for round in 0..6 {
            let nurse = house.nurse().await;
            let (a, b, c) = tokio::join!(
                house.directory.notarise(&mut one),
                second.notarise(&mut two),
                house.search(&nurse, by_name_and_birth("Cosmo Delacroix", "2011-11-11")),
            );
            drop(c);
            seen.extend(a.unwrap_or_else(|error| panic!("round {round}: {error}")));
            seen.extend(b.unwrap_or_else(|error| panic!("round {round}: {error}")));
        }
        seen.extend(house.directory.notarise(&mut one).await.unwrap());
        seen.sort_by_key(|signed| signed.checkpoint().size);
        let keys = keys(&house.directory).await;
        let entries = Raw::data(&db).await.count("audit_entry").await as u64;
        let report = verify(&copy(&house.directory).await, &keys, &witness_of(seen, &keys)).unwrap();
        assert_eq!((report.entries, report.unwitnessed_tail), (entries, 0));
    }

    async fn a_new_month_has_a_new_key_and_the_same_chain(db: TestDatabases) {
        let house = busy_house(&db).await;
        let second = open(&db, &house.clock, 2, Policy::default()).await;
        house.clock.set("2026-03-31T23:58:00Z".parse().unwrap());
        let nurse = house.nurse().await;
        house.clock.set("2026-04-01T00:00:30Z".parse().unwrap());
        let bundles = Raw::keys(&db).await.count("bundle").await;
        let criteria = by_name_and_birth("Cosmo Delacroix", "2011-11-11");
        let (a, b) =
            tokio::join!(house.directory.search(&nurse, criteria.clone()), second.search(&nurse, criteria.clone()));
        a.unwrap();
        b.unwrap();
        let months = Raw::data(&db).await.texts("SELECT DISTINCT month FROM audit_entry ORDER BY month").await;
        assert_eq!(months, ["2026-03", "2026-04"]);
        assert_eq!(Raw::keys(&db).await.count("bundle").await, bundles + 1, "one for both servers");
        let mut notary = house.directory.notary().await.unwrap();
        let checkpoint = house.directory.notarise(&mut notary).await.unwrap().unwrap();
        let keys = keys(&house.directory).await;
        assert!(verify(&copy(&house.directory).await, &keys, &witness_of([checkpoint], &keys)).is_ok());
    }

    async fn a_notary_takes_up_the_chain_where_another_left_it(db: TestDatabases) {
        let house = busy_house(&db).await;
        let mut first = house.directory.notary().await.unwrap();
        house.directory.notarise(&mut first).await.unwrap();
        let later = open(&db, &house.clock, 2, Policy::default()).await;
        house.nurse().await;
        let mut second = later.notary().await.unwrap();
        let checkpoint = later.notarise(&mut second).await.unwrap().unwrap();
        let keys = keys(&house.directory).await;
        let witness = witness_of([checkpoint], &keys);
        assert!(verify(&copy(&house.directory).await, &keys, &witness).is_ok());
        house.nurse().await;
        assert!(house.directory.notarise(&mut first).await.unwrap().is_some(), "the first finds its place again");
    }
}
