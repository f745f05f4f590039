//! Root keys as they stand in the key store (decision 2): each under a generation, moved by every rotation, and lost to nobody.

use service::{Directory, GenerationsError, OpenError, Policy};
use store::key_store::{self, RootKeyRow};
use testkit::{Engine, TestDatabases, on_both_databases};
use vault::{KeyEncryptionKey, KeyRing, RootKey, RootKeyName, UnwrapError, WrappedRing, WrappedRootKey};

use crate::house::{self, House, SCHOOLS, by_name_and_birth, child, key_encryption_key};
use crate::raw::Raw;
use crate::reloads::killed_after;
use crate::retention::{finds, on, present_generations, present_keys};

/// A house in which one child is found.
async fn one_child(db: &TestDatabases) -> House {
    let house = House::open(db).await;
    house.load(SCHOOLS, &[child("S-1", "Ida", "Marsh", "2020-03-03")]).await;
    house.holds_end();
    house
}

/// Whether a server that starts now finds the child.
async fn starts(db: &TestDatabases, house: &House, seed: u64) -> bool {
    let directory = house::open(db, &house.clock, seed, Policy::default()).await;
    let begun = House::furnished(directory, house.clock.clone()).await;
    finds(&begun, by_name_and_birth("Ida Marsh", "2020-03-03")).await
}

fn row(of: WrappedRootKey) -> RootKeyRow {
    let WrappedRootKey { name, epoch, generation, wrapped } = of;
    RootKeyRow { name, epoch, generation, wrapped }
}

/// Puts these rows in the place of the root keys.
async fn put(db: &TestDatabases, rows: &[WrappedRootKey]) {
    let store = store::Store::open(&db.data_url, &db.keys_url, &store::Options::default()).await.unwrap();
    let mut tx = store.begin_keys().await.unwrap();
    for of in rows {
        key_store::remove_root_key(&mut tx, &of.name, of.epoch).await.unwrap();
        assert!(key_store::insert_root_key(&mut tx, &row(of.clone())).await.unwrap());
    }
    tx.commit().await.unwrap();
    store.close().await;
}

/// The root keys as an earlier version left them; what stands now.
async fn as_an_earlier_version_left_them(db: &TestDatabases) -> Vec<WrappedRootKey> {
    let rows = Raw::keys(db).await.root_keys().await;
    let ring = present_keys(db).await;
    let bare: Vec<WrappedRootKey> =
        rows.iter().map(|row| row.without_generation(ring.newest_generation().unwrap()).unwrap()).collect();
    put(db, &bare).await;
    bare
}

fn opens_alone(rows: &[WrappedRootKey]) -> usize {
    rows.iter().filter(|row| RootKey::unwrap(&key_encryption_key(), None, row).is_ok()).count()
}

fn under(rows: &[WrappedRootKey]) -> Vec<Option<i64>> {
    let mut generations: Vec<Option<i64>> = rows.iter().map(|row| row.generation).collect();
    generations.dedup();
    generations
}

/// How many of these rows stand in the files of an embedded key store, its log included.
fn in_its_files(db: &TestDatabases, rows: &[WrappedRootKey]) -> usize {
    let Some(path) = db.keys_url.strip_prefix("sqlite:") else { return 0 };
    let files = ["", "-wal"].map(|end| std::fs::read(format!("{path}{end}")).unwrap_or_default());
    let stands = |row: &&WrappedRootKey| {
        files.iter().any(|file| file.windows(row.wrapped.len()).any(|bytes| bytes == row.wrapped))
    };
    rows.iter().filter(stands).count()
}

/// Writes the bytes of a root key into a key store that lacks what they name.
async fn put_bytes(db: &TestDatabases, raw: &mut Raw, of: &WrappedRootKey) {
    let bytes = hex::encode(&of.wrapped);
    let literal = match db.engine() {
        Engine::Sqlite => format!("x'{bytes}'"),
        Engine::Postgres => format!("decode('{bytes}', 'hex')"),
    };
    raw.run(&format!("UPDATE root_key SET wrapped = {literal} WHERE name = '{}'", of.name)).await;
}

/// What makes a copy of a key store: the bundles' reference is not asked of what a restore brings.
fn without_generations(db: &TestDatabases) -> String {
    let unasked = match db.engine() {
        Engine::Sqlite => "PRAGMA foreign_keys = OFF",
        Engine::Postgres => "SET session_replication_role = replica",
    };
    format!("{unasked}; DELETE FROM generation")
}

on_both_databases! {
    async fn a_new_key_store_has_no_root_key_that_opens_with_the_key_file_alone(db: TestDatabases) {
        let house = one_child(&db).await;
        let rows = Raw::keys(&db).await.root_keys().await;
        assert_eq!(rows.len(), RootKeyName::ALL.len() - 1);
        assert_eq!((under(&rows), opens_alone(&rows)), (vec![Some(1)], 0));
        let house = on(house, "2026-03-20").await;
        let rotated = house.directory.rotate_generations().await.unwrap();
        assert_eq!(rotated.root_keys, rows.len() as u64);
        assert_eq!(under(&Raw::keys(&db).await.root_keys().await), [Some(2)], "all at once");
        assert!(finds(&house, by_name_and_birth("Ida Marsh", "2020-03-03")).await);
        assert!(starts(&db, &house, 2).await);
    }

    async fn the_root_keys_of_an_earlier_version_are_wrapped_anew_at_the_first_start(db: TestDatabases) {
        let house = one_child(&db).await;
        let before = as_an_earlier_version_left_them(&db).await;
        assert_eq!(opens_alone(&before), before.len(), "whoever has the key file opens every copy");
        let embedded = usize::from(db.engine() == Engine::Sqlite);
        assert_eq!(in_its_files(&db, &before), embedded * before.len());
        assert!(starts(&db, &house, 2).await);
        let after = Raw::keys(&db).await.root_keys().await;
        assert_eq!((after.len(), under(&after), opens_alone(&after)), (before.len(), vec![Some(1)], 0));
        // PostgreSQL keeps old pages in its write-ahead log until it recycles them.
        assert_eq!(in_its_files(&db, &before), 0);
        assert!(starts(&db, &house, 3).await);
        assert!(Raw::keys(&db).await.root_keys().await == after, "once");
    }

    async fn a_first_start_killed_at_any_moment_or_made_by_two_at_once_loses_no_root_key(db: TestDatabases) {
        let house = one_child(&db).await;
        let before = as_an_earlier_version_left_them(&db).await;
        let open = async |seed| {
            let (options, world) = (store::Options::default(), house::world(&house.clock, seed));
            let key = key_encryption_key();
            Directory::open(&db.data_url, &db.keys_url, &options, key, Policy::default(), world).await
        };
        let mut killed = 0;
        for polls in 1.. {
            let opened = killed_after(polls, open(50 + u64::from(polls))).await;
            if let Some(opened) = opened {
                opened.unwrap().close().await;
                break;
            }
            let rows = Raw::keys(&db).await.root_keys().await;
            assert_eq!((rows.len(), under(&rows).len()), (before.len(), 1), "all or none");
            killed += 1;
        }
        assert!(killed > 2 || db.engine() == Engine::Sqlite);
        assert!(starts(&db, &house, 2).await);
        put(&db, &before).await;
        let (one, other) = tokio::join!(open(300), open(301));
        one.unwrap().close().await;
        other.unwrap().close().await;
        assert_eq!(under(&Raw::keys(&db).await.root_keys().await), [Some(1)]);
        assert!(starts(&db, &house, 3).await);
    }

    async fn a_server_that_has_not_learned_of_a_newer_generation_leaves_what_is_under_it(db: TestDatabases) {
        let house = one_child(&db).await;
        let old = house::open(&db, &house.clock, 2, Policy::default()).await;
        let house = on(house, "2026-03-20").await;
        house.directory.rotate_generations().await.unwrap();
        let there = Raw::keys(&db).await.root_keys().await;
        assert_eq!(old.rotate_generations().await.unwrap().root_keys, 0);
        assert!(Raw::keys(&db).await.root_keys().await == there);
        let house = on(house, "2026-04-10").await;
        assert_eq!(house.directory.rotate_generations().await.unwrap().destroyed, 1);
        assert_eq!(old.rotate_generations().await.unwrap().root_keys, 0);
        assert_eq!(under(&Raw::keys(&db).await.root_keys().await), [Some(3)]);
        assert!(starts(&db, &house, 3).await);
    }

    async fn the_root_key_in_custody_is_moved_by_who_cannot_open_it_and_opens_in_no_copy_of_before(db: TestDatabases) {
        let house = one_child(&db).await;
        let barrier = async || {
            let rows = Raw::keys(&db).await.root_keys().await;
            rows.into_iter().find(|row| row.name == RootKeyName::Barrier.as_str()).unwrap()
        };
        let custodians = || [KeyEncryptionKey::from_bytes([8; 32]), KeyEncryptionKey::from_bytes([9; 32])];
        let together = || key_encryption_key().with_custodians(custodians()).unwrap();
        let clock = house.clock.clone();
        let open = async |key: KeyEncryptionKey| {
            let (options, world) = (store::Options::default(), house::world(&clock, 5));
            Directory::open(&db.data_url, &db.keys_url, &options, key, Policy::default(), world).await
        };
        let copy = barrier().await;
        open(together()).await.unwrap().close().await;
        let opens = async |key: KeyEncryptionKey, row: &WrappedRootKey| {
            let there = WrappedRing { generations: present_generations(&db).await, roots: Vec::new() };
            KeyRing::unwrap(&key_encryption_key(), &there).unwrap().unwrap_root(&key, row).is_ok()
        };
        assert!(opens(key_encryption_key(), &copy).await, "a copy of before opens without them until the horizon");
        assert!(!opens(key_encryption_key(), &barrier().await).await && opens(together(), &barrier().await).await);
        // The first server began before there were custodians.
        let house = on(house, "2026-03-20").await;
        house.directory.rotate_generations().await.unwrap();
        assert_eq!(barrier().await.generation, Some(2));
        let house = on(house, "2026-04-10").await;
        assert_eq!(house.directory.rotate_generations().await.unwrap().destroyed, 1);
        assert!(!opens(key_encryption_key(), &copy).await, "nor with them");
        assert!(!opens(together(), &copy).await);
        assert!(opens(together(), &barrier().await).await);
        open(together()).await.unwrap().close().await;
        let refused = open(key_encryption_key()).await.err().unwrap();
        assert!(matches!(refused, OpenError::Keys(_)));
        assert!(finds(&house, by_name_and_birth("Ida Marsh", "2020-03-03")).await);
    }

    async fn generation_keys_are_returned_to_no_key_store_whose_root_keys_do_not_open(db: TestDatabases) {
        let house = one_child(&db).await;
        let file = house.directory.generation_keys().await.unwrap();
        house.directory.close().await;
        let mut raw = Raw::keys(&db).await;
        let whole = raw.root_keys().await;
        raw.run(&without_generations(&db)).await;
        let give_back = async |key: KeyEncryptionKey| {
            let options = store::Options::default();
            service::return_generations(&db.data_url, &db.keys_url, &options, &key, &file).await
        };
        let mut changed = whole.clone();
        changed[3].wrapped[20] ^= 1;
        put_bytes(&db, &mut raw, &changed[3]).await;
        let refused = give_back(key_encryption_key()).await.unwrap_err();
        assert!(matches!(refused, GenerationsError::Root(UnwrapError::NotAuthentic { .. })), "{refused}");
        assert_eq!(raw.count("generation").await, 0, "nothing was written");
        put_bytes(&db, &mut raw, &whole[3]).await;
        assert_eq!(give_back(key_encryption_key()).await.unwrap().returned, 1);
        assert!(starts(&db, &house, 2).await);
    }

    async fn a_copy_from_before_the_custodians_is_returned_its_generation_keys_and_put_into_custody(db: TestDatabases) {
        let house = one_child(&db).await;
        let file = house.directory.generation_keys().await.unwrap();
        house.directory.close().await;
        Raw::keys(&db).await.run(&without_generations(&db)).await;
        let custodians = [KeyEncryptionKey::from_bytes([8; 32]), KeyEncryptionKey::from_bytes([9; 32])];
        let together = || key_encryption_key().with_custodians(custodians.clone()).unwrap();
        let (options, world) = (store::Options::default(), house::world(&house.clock, 5));
        let returned = service::return_generations(&db.data_url, &db.keys_url, &options, &together(), &file).await;
        assert_eq!(returned.unwrap().returned, 1);
        let opened = Directory::open(&db.data_url, &db.keys_url, &options, together(), Policy::default(), world).await;
        opened.unwrap().close().await;
        let (options, world) = (store::Options::default(), house::world(&house.clock, 6));
        let alone = key_encryption_key();
        let refused = Directory::open(&db.data_url, &db.keys_url, &options, alone, Policy::default(), world).await;
        assert!(matches!(refused.err().unwrap(), OpenError::Keys(_)), "since then the custodians are needed");
    }
}
