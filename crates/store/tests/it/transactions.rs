//! What a transaction keeps, undoes and hides.

use crate::fixtures::{child, id, key, open};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use store::{Key16, KeyRow, Store, Uuid};
use store::{StoreError, bucket_of, child_numbers, children, in_bucket, locks, match_keys};
use testkit::{TestDatabases, on_both_databases};

async fn count(store: &Store) -> i64 {
    children::count(&mut store.reader().await.unwrap()).await.unwrap()
}

on_both_databases! {
    async fn what_is_not_committed_is_undone_and_seen_by_nobody(db: TestDatabases) {
        let store = open(&db).await;
        let mut tx = store.begin().await.unwrap();
        children::put(&mut tx, &[child(1)]).await.unwrap();
        assert_eq!(children::count(&mut tx).await.unwrap(), 1, "its own writes are seen");
        assert_eq!(count(&store).await, 0);
        drop(tx);
        assert_eq!(count(&store).await, 0);
        let mut tx = store.begin().await.unwrap();
        assert_eq!(children::count(&mut tx).await.unwrap(), 0, "the next transaction begins clean");
        children::put(&mut tx, &[child(1)]).await.unwrap();
        tx.rollback().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        children::put(&mut tx, &[child(2)]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(count(&store).await, 1);
    }

    async fn a_practitioner_of_another_process_waits_for_one_group_at_most(db: TestDatabases) {
        // Two stores share nothing but the database, as two processes do.
        let (loading, serving) = (open(&db).await, open(&db).await);
        let begun = Arc::new(AtomicUsize::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let feed = tokio::spawn({
            let (begun, stop) = (begun.clone(), stop.clone());
            async move {
                while !stop.load(Ordering::SeqCst) {
                    let tx = loading.begin_feed().await.unwrap();
                    begun.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(40)).await;
                    tx.commit().await.unwrap();
                }
            }
        });
        let mut longest = 0;
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let before = begun.load(Ordering::SeqCst);
            let tx = serving.begin().await.unwrap();
            longest = longest.max(begun.load(Ordering::SeqCst) - before);
            tx.commit().await.unwrap();
        }
        stop.store(true, Ordering::SeqCst);
        feed.await.unwrap();
        // One that had begun but was not yet counted, and one that had looked just before the practitioner came.
        assert!(longest <= 2, "{longest} groups began while a practitioner waited");
    }

    async fn a_failed_use_case_leaves_the_group_whole(db: TestDatabases) {
        let store = open(&db).await;
        let mut tx = store.begin_feed().await.unwrap();
        children::put(&mut tx, &[child(1)]).await.unwrap();
        let savepoint = tx.savepoint().await.unwrap();
        children::put(&mut tx, &[child(2)]).await.unwrap();
        let broken = children::ChildRow { readable_from: 1, ..child(3) };
        assert!(children::put(&mut tx, &[broken]).await.is_err());
        tx.roll_back_to(savepoint).await.unwrap();
        let savepoint = tx.savepoint().await.unwrap();
        children::put(&mut tx, &[child(4)]).await.unwrap();
        tx.release(savepoint).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = store.reader().await.unwrap();
        let all = [child(1), child(2), child(4)].map(|c| c.child_id);
        assert_eq!(children::by_ids(&mut reader, &all).await.unwrap().len(), 2);
        assert!(children::by_ids(&mut reader, &[child(2).child_id]).await.unwrap().is_empty());
    }

    async fn a_group_with_an_unfinished_use_case_is_not_committed(db: TestDatabases) {
        let store = open(&db).await;
        let mut tx = store.begin_feed().await.unwrap();
        children::put(&mut tx, &[child(1)]).await.unwrap();
        let _abandoned = tx.savepoint().await.unwrap();
        assert!(matches!(tx.commit().await, Err(StoreError::Savepoint(_))));
        assert_eq!(count(&store).await, 0);
    }

    async fn savepoints_close_in_the_reverse_order_of_opening(db: TestDatabases) {
        let store = open(&db).await;
        let mut tx = store.begin_feed().await.unwrap();
        let outer = tx.savepoint().await.unwrap();
        let inner = tx.savepoint().await.unwrap();
        assert!(matches!(tx.release(outer).await, Err(StoreError::Savepoint(_))));
        tx.release(inner).await.unwrap();
    }

    async fn a_snapshot_stays_what_it_was(db: TestDatabases) {
        let store = open(&db).await;
        let mut snapshot = store.snapshot().await.unwrap();
        assert_eq!(children::count(&mut snapshot).await.unwrap(), 0);
        let mut tx = store.begin().await.unwrap();
        children::put(&mut tx, &[child(1)]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(children::count(&mut snapshot).await.unwrap(), 0);
        drop(snapshot);
        assert_eq!(count(&store).await, 1);
    }

    async fn two_first_sightings_that_arrive_at_once_meet(db: TestDatabases) {
        let store = open(&db).await;
        // Each load locks the child's keys, looks again, and opens a child only if nobody did meanwhile.
        let sighting = |n: u64| {
            let store = store.clone();
            async move {
                let mut tx = store.begin_feed().await.unwrap();
                // In another order each time: the store sorts, so they cannot wait for each other.
                let mut keys = vec![key(1), key(2), key(3)];
                if n.is_multiple_of(2) {
                    keys.reverse();
                }
                locks::lock_keys(&mut tx, &keys).await.unwrap();
                if match_keys::lookup(&mut tx, &keys, 10).await.unwrap().is_empty() {
                    children::put(&mut tx, &[child(n)]).await.unwrap();
                    let rows: Vec<KeyRow> = keys
                        .iter()
                        .map(|k| KeyRow { key_hash: *k, kind: 1, tier: 1, epoch: 1, pointer: key(n + 50) })
                        .collect();
                    match_keys::insert(&mut tx, &rows).await.unwrap();
                }
                tx.commit().await.unwrap();
            }
        };
        let tasks: Vec<_> = (0..8).map(|n| tokio::spawn(sighting(n))).collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(count(&store).await, 1);
    }

    async fn a_practitioner_is_not_kept_waiting_by_a_queue_of_feeds(db: TestDatabases) {
        let store = open(&db).await;
        let holding = store.begin_feed().await.unwrap();
        let feed = async |n| {
            let mut tx = store.begin_feed().await.unwrap();
            children::put(&mut tx, &[child(n)]).await.unwrap();
            tx.commit().await.unwrap();
        };
        let nurse = async {
            let mut tx = store.begin().await.unwrap();
            child_numbers::insert(&mut tx, &[(key(1), id(1))]).await.unwrap();
            let seen = children::count(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
            seen
        };
        // Joined futures are first polled in this order: all stand in the queue when the turn is given up.
        let ((), (), seen, ()) = tokio::join!(feed(1), feed(2), nurse, async { drop(holding) });
        if store.engine() == store::Engine::Sqlite {
            assert_eq!(seen, 0, "the nurse went before every waiting feed");
        }
        assert_eq!(count(&store).await, 2);
    }
}

proptest::proptest! {
    #[test]
    fn a_record_id_carries_the_bucket_of_its_local_key(random: [u8; 16], local_key: [u8; 16]) {
        let moved = in_bucket(Uuid::from_bytes(random), &Key16(local_key));
        let [a, b, ..] = local_key;
        proptest::prop_assert_eq!(bucket_of(&moved), (i64::from(a) << 4) | (i64::from(b) >> 4));
        proptest::prop_assert!((0..4096).contains(&bucket_of(&moved)));
        proptest::prop_assert_eq!(moved.as_bytes()[1] & 0x0f, random[1] & 0x0f);
        proptest::prop_assert_eq!(&moved.as_bytes()[2..], &random[2..]);
    }
}
