//! A row that breaks a rule is kept, sealed, to be processed again (law 8, decision 14).

use feeds::Outcome;
use testkit::{TestDatabases, on_both_databases};
use vault::{Aad, KeyRing, WrappedBundle, WrappedGeneration, WrappedRing, WrappedRootKey};

use crate::house::{GP, House, child, judged, key_encryption_key};
use crate::raw::Raw;

on_both_databases! {
    async fn a_bad_row_is_put_aside_with_its_rule_and_stops_no_other(db: TestDatabases) {
        let house = House::open(&db).await;
        let bad = child("G-2", "Zebedee", "Quarantinus", "2031-01-01");
        let counts = house.load(GP, &[child("G-1", "Ann", "Lister", "2014-04-03"), bad]).await;
        assert_eq!((counts.rows, counts.accepted, counts.quarantined), (2, 1, 1));
        let mut raw = Raw::data(&db).await;
        assert_eq!(raw.texts("SELECT field FROM quarantine").await, ["date_of_birth"]);
        assert_eq!(raw.number("SELECT row_number FROM quarantine").await, 3);
        assert_eq!(raw.number("SELECT length FROM quarantine").await, 10);
        let sealed = raw.blobs("SELECT sealed FROM quarantine").await;
        assert!(!sealed[0].windows(11).any(|bytes| bytes == b"Quarantinus"), "never in clear");
    }

    async fn a_row_put_aside_can_be_read_again_with_the_runs_key(db: TestDatabases) {
        let house = House::open(&db).await;
        let bad = child("G-2", "Zebedee", "Quarantinus", "2026-12-25");
        house.load(GP, &[bad]).await;
        let store = store::Store::open(&db.data_url, &db.keys_url, &store::Options::default()).await.unwrap();
        let mut conn = store.key_reader().await.unwrap();
        let generations = store::key_store::generations(&mut conn).await.unwrap();
        let roots = store::key_store::root_keys(&mut conn).await.unwrap();
        let wrapped = WrappedRing {
            generations: generations
                .into_iter()
                .map(|row| WrappedGeneration { generation: row.generation, wrapped: row.wrapped.unwrap() })
                .collect(),
            roots: roots
                .into_iter()
                .map(|row| WrappedRootKey {
                    name: row.name,
                    epoch: row.epoch,
                    generation: row.generation,
                    wrapped: row.wrapped,
                })
                .collect(),
        };
        let ring = KeyRing::unwrap(&key_encryption_key(), &wrapped).unwrap();
        let mut raw = Raw::data(&db).await;
        let run = raw.ids("SELECT run_id FROM quarantine").await[0];
        let bundle = store::key_store::bundles(&mut conn, &[run]).await.unwrap().pop().unwrap();
        let bundle = WrappedBundle { generation: bundle.generation, wrapped: bundle.wrapped };
        let bundle = ring.unwrap_bundle(run, &bundle).unwrap();
        let rows = {
            let mut data = store.reader().await.unwrap();
            store::quarantine::of_run(&mut data, run, 0, 10).await.unwrap()
        };
        let aad = Aad::new(run, 0).with_version(rows[0].row_number);
        let plain = vault::open(bundle.key(0).unwrap(), aad, rows[0].sealed.as_ref().unwrap()).unwrap();
        let text = String::from_utf8(plain.to_vec()).unwrap();
        house.clock.set("2027-01-01T00:00:00Z".parse().unwrap());
        let again = judged(&house.directory, "nhs-gp", &text);
        assert!(matches!(&again[..], [Outcome::Accepted(row)] if row.record_id == "G-2"), "born by then");
    }
}
