//! What somebody reads who kept every backup there ever was, with the key-encryption key and the generation keys of now.

use std::collections::BTreeSet;

use directory::search::search_keys;
use feeds::Outcome;
use service::{GenerationsError, SweepCounts};
use sqlx::Connection as _;
use sqlx_sqlite::SqliteConnection;
use testkit::{Engine, TestDatabases, on_both_databases};
use uuid::Uuid;
use vault::{
    KeyRing, KeyedHash, PartContent, RootKey, RootKeyName, WrappedBundle, WrappedGeneration, WrappedRing,
    WrappedRootKey,
};

use crate::house::{House, Row, SCHOOLS, child, file, judged, key_encryption_key};
use crate::raw::Raw;
use crate::retention::{copy_of_bundles, nearly_grown, on, one_who_died, present_keys};

/// What a backup holds of records and of the index by which they are found, and the wrapped keys beside it.
struct Copy {
    records: Vec<(Uuid, i64, Vec<u8>)>,
    index: BTreeSet<Vec<u8>>,
    bundles: Vec<(Uuid, WrappedBundle)>,
    roots: Vec<WrappedRootKey>,
}

/// A backup of both stores as `contactpoint backup` takes it; of PostgreSQL what its own tools leave when the generation
/// keys are left out.
async fn back_up(db: &TestDatabases, house: &House, name: &str) -> Copy {
    let (mut data, mut keys) = match db.engine() {
        Engine::Postgres => (Raw::data(db).await, Raw::keys(db).await),
        Engine::Sqlite => {
            let file = |store: &str| db.folder().join(format!("{store}-{name}.copy"));
            house.directory.back_data_up(&file("data")).await.unwrap();
            house.directory.back_keys_up(&file("keys")).await.unwrap();
            let open = async |store: &str| {
                let url = format!("sqlite:{}", file(store).display());
                Raw::Sqlite(SqliteConnection::connect(&url).await.unwrap())
            };
            let mut keys = open("keys").await;
            assert_eq!(keys.count("generation").await, 0, "what opens it is not in it");
            (open("data").await, keys)
        }
    };
    let ids = data.ids("SELECT record_id FROM source_record ORDER BY record_id").await;
    let versions = data.texts("SELECT CAST(version AS TEXT) FROM source_record ORDER BY record_id").await;
    let sealed = data.blobs("SELECT sealed FROM source_record ORDER BY record_id").await;
    let rows = ids.into_iter().zip(versions).zip(sealed);
    let records = rows.map(|((id, version), sealed)| (id, version.parse().unwrap(), sealed)).collect();
    let index = data.blobs("SELECT key_hash FROM search_key").await.into_iter().collect();
    let (bundles, roots) = (copy_of_bundles(&mut keys).await, keys.root_keys().await);
    Copy { records, index, bundles, roots }
}

/// The keys of a file of generation keys, opened with the key-encryption key.
fn opened(file: &str) -> KeyRing {
    let file: serde_json::Value = serde_json::from_str(file).unwrap();
    let generations = file["generations"].as_array().unwrap().iter().map(|line| WrappedGeneration {
        generation: line["generation"].as_i64().unwrap(),
        wrapped: base64::Engine::decode(
            &base64::engine::general_purpose::STANDARD,
            line["wrapped"].as_str().unwrap(),
        )
        .unwrap(),
    });
    let of_now = WrappedRing { generations: generations.collect(), roots: Vec::new() };
    KeyRing::unwrap(&key_encryption_key(), &of_now).unwrap()
}

impl Copy {
    /// How many of its records can be read.
    fn readable(&self, keys: &KeyRing) -> usize {
        let opens = |(id, version, sealed): &&(Uuid, i64, Vec<u8>)| {
            let (_, row) = self.bundles.iter().find(|(owner, _)| owner == id).unwrap();
            let Ok(bundle) = keys.unwrap_bundle(*id, row) else { return false };
            let parts = vault::open_parts(&bundle, *id, *version, sealed).unwrap();
            parts.iter().any(|part| part.content != PartContent::Destroyed)
        };
        self.records.iter().filter(opens).count()
    }

    /// Its root keys that open.
    fn root_keys(&self, keys: &KeyRing) -> Vec<RootKey> {
        let opens = |row| keys.unwrap_root(&key_encryption_key(), row).ok();
        self.roots.iter().filter_map(opens).collect()
    }

    /// Whether its index tells of this child to somebody who guesses what was stated of it.
    fn tells_of(&self, statement: &Outcome, keys: &KeyRing) -> bool {
        let Outcome::Accepted(row) = statement else { panic!("{statement:?}") };
        let roots = self.root_keys(keys);
        let Some(root) = roots.iter().find(|root| root.name() == RootKeyName::Search) else { return false };
        let hashes = KeyedHash::new(root);
        let guesses = search_keys(&row.content, false);
        assert!(!guesses.is_empty());
        guesses.iter().any(|key| {
            let kind = u16::try_from(key.kind.number()).unwrap();
            self.index.contains(hashes.hash(kind, key.value.as_bytes()).as_slice())
        })
    }
}

/// What the schools state of a child.
fn stated(house: &House, row: Row) -> Outcome {
    judged(&house.directory, "schools-census", &file("schools-census", &[row])).remove(0)
}

on_both_databases! {
    async fn every_backup_older_than_the_horizon_stays_shut_and_those_since_open(db: TestDatabases) {
        let mut house = one_who_died(&db).await;
        house.load(SCHOOLS, &[child("S-2", "Ida", "Marsh", "2020-03-03")]).await;
        let (mut copies, mut file) = (Vec::new(), String::new());
        // A backup a week, over a time in which a record is destroyed.
        let days = ["2033-02-10", "2033-02-17", "2033-02-24", "2033-03-03", "2033-03-10", "2033-03-17", "2033-03-24",
            "2033-03-31", "2033-04-07", "2033-04-14"];
        let mut destroyed = SweepCounts::default();
        for day in days {
            house = on(house, day).await;
            if day == "2033-03-03" {
                destroyed = house.directory.sweep(false).await.unwrap();
            }
            house.directory.rotate_generations().await.unwrap();
            copies.push(back_up(&db, &house, day).await);
            file = house.directory.generation_keys().await.unwrap();
        }
        assert_eq!(destroyed.destroyed.values().sum::<u64>(), 1);
        let keys = opened(&file);
        let read: Vec<usize> = copies.iter().map(|copy| copy.readable(&keys)).collect();
        assert_eq!(copies.iter().map(|copy| copy.records.len()).collect::<Vec<_>>(), [3, 3, 3, 1, 1, 1, 1, 1, 1, 1]);
        assert_eq!(read[..3], [0, 0, 0], "what was destroyed six weeks ago is in no copy that opens: {read:?}");
        assert_eq!(read[6..], [1; 4], "a copy of three weeks is restored with the keys of now: {read:?}");
    }

    async fn whoever_guesses_names_and_births_on_copies_older_than_the_horizon_finds_no_destroyed_child(db: TestDatabases) {
        let mut house = House::open(&db).await;
        let (rosalind, ida) = (nearly_grown("S-1"), || child("S-2", "Ida", "Marsh", "2020-03-03"));
        house.load(SCHOOLS, &[rosalind.clone(), ida()]).await;
        house.holds_end();
        let (rosalind, ida) = (stated(&house, rosalind), stated(&house, ida()));
        // Nobody has swept since she grew up: no earlier night took what leads to her.
        house.clock.set("2033-02-01T09:00:00Z".parse::<jiff::Timestamp>().unwrap());
        let (mut copies, mut now) = (Vec::new(), KeyRing::default());
        // A backup a week; the destruction is on the day of the third, whose copy is taken before it.
        for (week, day) in ["2033-02-16", "2033-02-23", "2033-03-02", "2033-03-09", "2033-03-16", "2033-03-23", "2033-03-30",
            "2033-04-06"].into_iter().enumerate()
        {
            house = on(house, day).await;
            house.directory.rotate_generations().await.unwrap();
            let copy = back_up(&db, &house, day).await;
            now = opened(&house.directory.generation_keys().await.unwrap());
            assert_eq!(copy.root_keys(&now).len(), RootKeyName::ALL.len() - 1, "of its own day it opens");
            assert!(copy.tells_of(&ida, &now));
            assert_eq!(copy.tells_of(&rosalind, &now), week < 3, "{day}: so long a copy tells: hence the horizon");
            if day == "2033-03-02" {
                assert_eq!(house.directory.sweep(false).await.unwrap().destroyed.values().sum::<u64>(), 1);
            }
            copies.push(copy);
        }
        let tell: Vec<bool> = copies.iter().map(|copy| copy.tells_of(&rosalind, &now)).collect();
        assert_eq!(tell, [false; 8], "35 days after the destruction");
        let open: Vec<usize> = copies.iter().map(|copy| copy.root_keys(&now).len()).collect();
        assert_eq!(open[..3], [0; 3], "nor does any other root key: {open:?}");
        assert!(open[5..].iter().all(|open| *open == RootKeyName::ALL.len() - 1), "{open:?}");
        // Nor under any other number, with every generation that the key store has.
        let there = present_keys(&db).await;
        for row in &copies[2].roots {
            for generation in (1..9).map(Some).chain([None]) {
                let row = WrappedRootKey { generation, ..row.clone() };
                assert!(there.unwrap_root(&key_encryption_key(), &row).is_err(), "{} under {generation:?}", row.name);
            }
        }
    }

    async fn generation_keys_are_returned_to_a_restored_key_store_and_never_those_destroyed(db: TestDatabases) {
        let house = one_who_died(&db).await;
        let old = house.directory.generation_keys().await.unwrap();
        let house = on(house, "2033-03-02").await;
        house.directory.rotate_generations().await.unwrap();
        let house = on(house, "2033-03-23").await;
        assert_eq!(house.directory.rotate_generations().await.unwrap().destroyed, 1);
        let file = house.directory.generation_keys().await.unwrap();
        let give_back = async |key: vault::KeyEncryptionKey, text: &str| {
            let options = store::Options::default();
            service::return_generations(&db.data_url, &db.keys_url, &options, &key, text).await
        };
        assert_eq!(give_back(key_encryption_key(), &file).await.unwrap().returned, 0, "there they are");
        let risen = give_back(key_encryption_key(), &old).await.unwrap();
        assert_eq!(risen.returned, 0, "a generation that was destroyed stays so, whoever kept a copy");
        let other = give_back(vault::KeyEncryptionKey::from_bytes([8; 32]), &file).await.unwrap_err();
        assert!(matches!(other, GenerationsError::OtherKey { .. }), "{other}");
        for text in ["", "{}", &file.replace("generations-1", "generations-9"), &file.replace("wrapped\": \"", "wrapped\": \"!")] {
            let error = give_back(key_encryption_key(), text).await.unwrap_err();
            assert!(matches!(error, GenerationsError::Malformed(_)), "{error}");
        }
    }
}
