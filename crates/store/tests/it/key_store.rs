//! Keys: written before the data, found in thousands, destroyed for good.

use crate::fixtures::{id, open};
use store::key_store::{self, BundleRow, GenerationRow, RootKeyRow};
use store::{Store, StoreError, Uuid};
use testkit::leaks::Canaries;
use testkit::{Engine, TestDatabases, on_both_databases};

fn generation(n: i64) -> GenerationRow {
    GenerationRow {
        generation: n,
        wrapped: Some(vec![n as u8; 48]),
        created_month: "2026-11".into(),
        destroyed: false,
        begun_on: None,
    }
}

fn bundle(n: u64) -> BundleRow {
    BundleRow { owner_id: id(n), generation: 1, wrapped: n.to_be_bytes().repeat(12) }
}

pub fn root(epoch: i64) -> RootKeyRow {
    RootKeyRow { name: "match_key".into(), epoch, generation: Some(1), wrapped: vec![epoch as u8; 88] }
}

pub async fn open_with_generation(db: &TestDatabases) -> Store {
    let store = open(db).await;
    let mut tx = store.begin_keys().await.unwrap();
    key_store::insert_generation(&mut tx, &generation(1)).await.unwrap();
    tx.commit().await.unwrap();
    store
}

on_both_databases! {
    async fn bundles_are_written_and_found_in_thousands(db: TestDatabases) {
        let store = open_with_generation(&db).await;
        let mut tx = store.begin_feed_keys().await.unwrap();
        let bundles: Vec<BundleRow> = (0..1500).map(bundle).collect();
        assert_eq!(key_store::put_bundles(&mut tx, &bundles).await.unwrap(), 1500);
        let mut changed = bundle(3);
        changed.wrapped = b"more slots".to_vec();
        key_store::put_bundles(&mut tx, std::slice::from_ref(&changed)).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = store.key_reader().await.unwrap();
        let owners: Vec<Uuid> = (0..3000).map(id).collect();
        let found = key_store::bundles(&mut reader, &owners).await.unwrap();
        assert_eq!(found.len(), 1500);
        assert!(found.contains(&changed));
        assert_eq!(key_store::count_bundles(&mut reader).await.unwrap(), 1500);
    }

    async fn a_rotation_walks_along_every_bundle_of_an_older_generation(db: TestDatabases) {
        let store = open_with_generation(&db).await;
        let mut tx = store.begin_keys().await.unwrap();
        key_store::insert_generation(&mut tx, &generation(2)).await.unwrap();
        key_store::put_bundles(&mut tx, &(0..25).map(bundle).collect::<Vec<_>>()).await.unwrap();
        let (mut after, mut moved) = (Uuid::nil(), 0);
        loop {
            let page = key_store::bundles_older_than(&mut tx, 2, after, 10).await.unwrap();
            let Some(last) = page.last() else { break };
            after = last.owner_id;
            moved += page.len();
            let rewrapped: Vec<_> = page.into_iter().map(|b| BundleRow { generation: 2, ..b }).collect();
            key_store::put_bundles(&mut tx, &rewrapped).await.unwrap();
        }
        assert_eq!(moved, 25);
        key_store::destroy_generation(&mut tx, 1).await.unwrap();
        assert!(!key_store::rewrap_generation(&mut tx, 1, b"back?").await.unwrap(), "a destroyed key never returns");
        assert!(key_store::rewrap_generation(&mut tx, 2, b"wrapped anew").await.unwrap());
        let generations = key_store::generations(&mut tx).await.unwrap();
        assert!(generations[0].destroyed && generations[0].wrapped.is_none());
        assert_eq!(generations[1].wrapped.as_deref(), Some(b"wrapped anew".as_slice()));
        tx.commit().await.unwrap();
    }

    async fn a_bundle_needs_its_generation(db: TestDatabases) {
        let store = open(&db).await;
        let mut tx = store.begin_keys().await.unwrap();
        let orphan = key_store::put_bundles(&mut tx, &[bundle(1)]).await;
        assert!(matches!(orphan, Err(StoreError::Constraint(_))), "{orphan:?}");
    }

    async fn two_epochs_of_a_root_key_live_side_by_side(db: TestDatabases) {
        let store = open_with_generation(&db).await;
        let mut tx = store.begin_keys().await.unwrap();
        assert!(key_store::insert_root_key(&mut tx, &root(1)).await.unwrap());
        assert!(key_store::insert_root_key(&mut tx, &root(2)).await.unwrap());
        let second = RootKeyRow { wrapped: b"of another server".to_vec(), ..root(2) };
        assert!(!key_store::insert_root_key(&mut tx, &second).await.unwrap(), "the first stands");
        assert!(key_store::root_keys(&mut tx).await.unwrap() == [root(1), root(2)]);
        key_store::remove_root_key(&mut tx, "match_key", 1).await.unwrap();
        assert!(key_store::root_keys(&mut tx).await.unwrap() == [root(2)]);
        tx.commit().await.unwrap();
    }

    async fn a_root_key_is_wrapped_anew_as_it_was_read_and_under_a_generation_that_lives(db: TestDatabases) {
        let store = open_with_generation(&db).await;
        let mut tx = store.begin_keys().await.unwrap();
        let earlier = RootKeyRow { generation: None, ..root(1) };
        key_store::insert_root_key(&mut tx, &earlier).await.unwrap();
        for n in 2..5 {
            key_store::insert_generation(&mut tx, &generation(n)).await.unwrap();
        }
        let under = |n| RootKeyRow { generation: Some(n), wrapped: vec![n as u8; 88], ..root(1) };
        assert!(key_store::rewrap_root_key(&mut tx, &earlier, &under(2)).await.unwrap());
        assert!(!key_store::rewrap_root_key(&mut tx, &earlier, &under(3)).await.unwrap(), "another was quicker");
        assert_eq!(key_store::oldest_in_use(&mut tx, 4).await.unwrap(), Some(2));
        assert!(!key_store::destroy_generation(&mut tx, 2).await.unwrap(), "a root key needs it");
        assert!(key_store::destroy_generation(&mut tx, 3).await.unwrap());
        assert!(!key_store::rewrap_root_key(&mut tx, &under(2), &under(3)).await.unwrap(), "it is destroyed");
        assert!(!key_store::rewrap_root_key(&mut tx, &under(2), &under(9)).await.unwrap(), "there is none");
        assert!(key_store::rewrap_root_key(&mut tx, &under(2), &under(4)).await.unwrap());
        assert!(key_store::root_keys(&mut tx).await.unwrap() == [under(4)]);
        assert!(key_store::destroy_generation(&mut tx, 2).await.unwrap());
        tx.commit().await.unwrap();
    }

    async fn what_a_root_key_was_wrapped_in_before_is_in_no_file_of_the_key_store(db: TestDatabases) {
        let store = open_with_generation(&db).await;
        let secret = "WRAPPED-ROOT-KEY-AS-AN-EARLIER-VERSION-LEFT-IT";
        let earlier = RootKeyRow { generation: None, wrapped: secret.into(), ..root(1) };
        let mut tx = store.begin_keys().await.unwrap();
        key_store::insert_root_key(&mut tx, &earlier).await.unwrap();
        tx.commit().await.unwrap();
        db.flush().await;
        let mut canary = Canaries::new();
        canary.text(secret);
        let folders = if db.engine() == Engine::Sqlite { db.folders_on_disk().await } else { vec![] };
        assert_eq!(canary.search(&folders).is_empty(), folders.is_empty(), "it is there before");
        let mut tx = store.begin_keys().await.unwrap();
        assert!(key_store::rewrap_root_key(&mut tx, &earlier, &root(1)).await.unwrap());
        tx.commit().await.unwrap();
        store.scrub_keys().await.unwrap();
        canary.assert_absent(&folders);
    }

    async fn a_destroyed_key_is_in_no_file_of_the_key_store(db: TestDatabases) {
        let store = open_with_generation(&db).await;
        let secret = "WRAPPED-KEY-OF-A-CHILD-THAT-WAS-DELETED";
        let mut doomed = bundle(1);
        doomed.wrapped = secret.into();
        let mut tx = store.begin_keys().await.unwrap();
        key_store::put_bundles(&mut tx, &[doomed.clone(), bundle(2), bundle(3)]).await.unwrap();
        tx.commit().await.unwrap();
        db.flush().await;

        let mut canary = Canaries::new();
        canary.text(secret);
        let folders = if db.engine() == Engine::Sqlite { db.folders_on_disk().await } else { vec![] };
        assert_eq!(canary.search(&folders).is_empty(), folders.is_empty(), "it is there before");

        let mut tx = store.begin_keys().await.unwrap();
        assert_eq!(key_store::destroy_bundles(&mut tx, &[doomed.owner_id]).await.unwrap(), 1);
        tx.commit().await.unwrap();
        store.scrub_keys().await.unwrap();
        assert!(key_store::bundles(&mut store.key_reader().await.unwrap(), &[doomed.owner_id]).await.unwrap().is_empty());
        // PostgreSQL keeps old pages in its write-ahead log until it recycles them: there the generation's horizon holds.
        canary.assert_absent(&folders);
    }
}
