//! Thousands of keys and rows in one call.

use crate::fixtures::{child, id, key, link, open, open_with_source, record};
use std::collections::{BTreeMap, BTreeSet};
use store::source_records::RecordState;
use store::versions::VersionRow;
use store::waiting_statements::WaitingRow;
use store::{
    Key16, KeyRow, StoreError, Uuid, child_numbers, children, links, match_keys, search_keys, source_records,
    versions, waiting_statements,
};
use testkit::{TestDatabases, on_both_databases};

fn key_row(value: u64, pointer: u64) -> KeyRow {
    KeyRow {
        key_hash: key(value),
        kind: (value % 8) as i64,
        tier: 1,
        epoch: 1,
        pointer: key(pointer + 9_000_000),
    }
}

on_both_databases! {
    async fn thousands_of_keys_are_found_in_one_call(db: TestDatabases) {
        let store = open(&db).await;
        let mut tx = store.begin_feed().await.unwrap();
        // Key v leads to v % 3 records.
        let rows: Vec<KeyRow> = (0..3000).flat_map(|v| (0..v % 3).map(move |p| key_row(v, p))).collect();
        assert_eq!(match_keys::insert(&mut tx, &rows).await.unwrap(), 3000);
        assert_eq!(match_keys::insert(&mut tx, &rows).await.unwrap(), 0, "a second time nothing is new");
        tx.commit().await.unwrap();

        let asked: Vec<Key16> = (0..4000).map(key).collect();
        let mut reader = store.reader().await.unwrap();
        let found = match_keys::lookup(&mut reader, &asked, 50).await.unwrap();
        assert_eq!(found.len(), 3000);
        let expected: BTreeSet<_> = rows.iter().map(|r| (r.key_hash, r.kind, r.tier, r.pointer)).collect();
        let got: BTreeSet<_> = found.iter().map(|h| (h.key_hash, h.kind, h.tier, h.pointer)).collect();
        assert_eq!(got, expected);
        assert!(search_keys::lookup(&mut reader, &asked, 50).await.unwrap().is_empty(), "the other index is apart");
    }

    async fn a_long_list_is_cut_at_the_limit_for_each_key_on_its_own(db: TestDatabases) {
        let store = open(&db).await;
        let mut tx = store.begin_feed().await.unwrap();
        let rows: Vec<KeyRow> =
            (0..500).map(|p| key_row(1, p)).chain((0..3).map(|p| key_row(2, p))).chain((0..10).map(|p| key_row(3, p))).collect();
        search_keys::insert(&mut tx, &rows).await.unwrap();
        for (limit, expected) in [(1, [1, 1, 1]), (3, [3, 3, 3]), (10, [10, 3, 10]), (1000, [500, 3, 10])] {
            // Asked twice for the same key, and for one that leads nowhere.
            let asked = [key(1), key(2), key(3), key(1), key(4)];
            let mut counts: BTreeMap<Key16, usize> = BTreeMap::new();
            for hit in search_keys::lookup(&mut tx, &asked, limit).await.unwrap() {
                *counts.entry(hit.key_hash).or_default() += 1;
            }
            assert_eq!([counts[&key(1)], counts[&key(2)], counts[&key(3)]], expected, "limit {limit}");
        }
        assert!(search_keys::lookup(&mut tx, &[], 10).await.unwrap().is_empty());
        assert!(search_keys::lookup(&mut tx, &[key(1)], 0).await.unwrap().is_empty());
    }

    async fn keys_are_removed_by_hash_and_pointer_together(db: TestDatabases) {
        let store = open(&db).await;
        let mut tx = store.begin_feed().await.unwrap();
        let rows = [key_row(1, 1), key_row(1, 2), key_row(2, 1), key_row(2, 2)];
        match_keys::insert(&mut tx, &rows).await.unwrap();
        let gone = [(key(1), rows[1].pointer), (key(2), rows[2].pointer), (key(5), rows[0].pointer)];
        assert_eq!(match_keys::remove(&mut tx, &gone).await.unwrap(), 2);
        let left = match_keys::lookup(&mut tx, &[key(1), key(2)], 9).await.unwrap();
        let left: BTreeSet<_> = left.iter().map(|h| (h.key_hash, h.pointer)).collect();
        assert_eq!(left, BTreeSet::from([(key(1), rows[0].pointer), (key(2), rows[3].pointer)]));
        assert_eq!(match_keys::remove(&mut tx, &[]).await.unwrap(), 0);
    }

    async fn source_records_are_found_by_local_key_and_by_id_with_their_child(db: TestDatabases) {
        let store = open_with_source(&db).await;
        let mut tx = store.begin_feed().await.unwrap();
        let records: Vec<_> = (0..333).map(record).collect();
        let people: Vec<_> = (0..333).map(child).collect();
        assert_eq!(source_records::insert(&mut tx, &records).await.unwrap(), 333);
        assert_eq!(source_records::insert(&mut tx, &records).await.unwrap(), 0);
        assert_eq!(children::put(&mut tx, &people).await.unwrap(), 333);
        let mut pairs: Vec<_> = (0..300).map(|n| link(n, n)).collect();
        let mut refused = link(310, 310);
        refused.kind = links::LinkKind::Refused;
        let mut also_refused = link(5, 7);
        also_refused.kind = links::LinkKind::Refused;
        pairs.extend([refused, also_refused]);
        links::put(&mut tx, &pairs).await.unwrap();
        tx.commit().await.unwrap();

        let mut reader = store.reader().await.unwrap();
        let asked: Vec<Key16> = (100..400).map(key).collect();
        let mut found = source_records::by_local_keys(&mut reader, crate::fixtures::SOURCE, &asked).await.unwrap();
        found.sort_by_key(|r| r.local_key);
        let mut expected: Vec<_> = (100..333).map(record).collect();
        expected.sort_by_key(|r| r.local_key);
        assert!(found == expected);
        assert!(source_records::by_local_keys(&mut reader, Uuid::nil(), &asked).await.unwrap().is_empty());
        let digests = source_records::digests(&mut reader, crate::fixtures::SOURCE, &asked).await.unwrap();
        assert_eq!(digests.len(), 233);

        let ids: Vec<Uuid> = (0..340).map(|n| record(n).record_id).collect();
        let found = source_records::by_ids(&mut reader, &ids).await.unwrap();
        assert_eq!(found.len(), 333, "a refused link neither hides nor doubles a record");
        for row in found {
            let n = (0..333).find(|n| record(*n).record_id == row.record.record_id).unwrap();
            assert_eq!(row.child_id, (n < 300).then(|| child(n).child_id));
        }
        let of_child = source_records::of_children(&mut reader, &[child(5).child_id, child(310).child_id]).await.unwrap();
        assert_eq!(of_child.len(), 1);
        assert_eq!(links::of_children(&mut reader, &[child(5).child_id]).await.unwrap().len(), 2);
        assert_eq!(links::members(&mut reader, &[child(5).child_id]).await.unwrap(), [(child(5).child_id, record(5).record_id)]);
    }

    async fn a_newer_version_replaces_and_an_older_one_does_not(db: TestDatabases) {
        let store = open_with_source(&db).await;
        let mut tx = store.begin_feed().await.unwrap();
        source_records::insert(&mut tx, &[record(1), record(2)]).await.unwrap();
        let mut newer = record(1);
        newer.version = 2;
        newer.sealed = b"second statement".to_vec();
        newer.state = RecordState::Ended;
        let before = VersionRow { record_id: newer.record_id, version: 1, sealed: record(1).sealed, run_id: id(77) };
        assert_eq!(versions::insert(&mut tx, std::slice::from_ref(&before)).await.unwrap(), 1);
        assert_eq!(source_records::put(&mut tx, std::slice::from_ref(&newer)).await.unwrap(), 1);
        assert_eq!(source_records::put(&mut tx, &[record(1)]).await.unwrap(), 0, "a late writer is told");
        let found = source_records::by_ids(&mut tx, &[newer.record_id]).await.unwrap();
        assert!(found[0].record == newer);
        assert!(versions::of_records(&mut tx, &[newer.record_id]).await.unwrap() == [before]);

        let mut older = child(1);
        children::put(&mut tx, std::slice::from_ref(&older)).await.unwrap();
        older.sealed = vec![0; 8];
        assert_eq!(children::put(&mut tx, &[older]).await.unwrap(), 0);
    }

    async fn what_waits_beside_a_record_is_apart_from_its_versions_and_among_all_that_is_kept(db: TestDatabases) {
        let store = open_with_source(&db).await;
        let mut tx = store.begin_feed().await.unwrap();
        source_records::insert(&mut tx, &[record(1), record(2)]).await.unwrap();
        let ids = [record(1).record_id];
        let waits = |version: i64| WaitingRow { record_id: ids[0], version, sealed: vec![7; 40], run_id: id(77) };
        let before = VersionRow { record_id: ids[0], version: 1, sealed: record(1).sealed, run_id: id(76) };
        versions::insert(&mut tx, std::slice::from_ref(&before)).await.unwrap();
        for version in [-1, -2] {
            assert_eq!(waiting_statements::insert(&mut tx, &[waits(version)]).await.unwrap(), 1);
        }
        assert_eq!(waiting_statements::insert(&mut tx, &[waits(-2)]).await.unwrap(), 0, "a late writer is told");
        let both = [record(2).record_id, ids[0]];
        assert!(waiting_statements::of_records(&mut tx, &both).await.unwrap() == [waits(-1), waits(-2)], "the last one last");
        assert!(versions::of_records(&mut tx, &ids).await.unwrap() == [before]);
        let every = versions::every_of_records(&mut tx, &both).await.unwrap();
        assert_eq!(every.iter().map(|row| row.version).collect::<Vec<_>>(), [-2, -1, 1]);
        assert_eq!(waiting_statements::remove_of_records(&mut tx, &ids).await.unwrap(), 2);
        assert_eq!(versions::every_of_records(&mut tx, &ids).await.unwrap().len(), 1);
    }

    async fn a_record_stands_for_one_child_at_most(db: TestDatabases) {
        let store = open_with_source(&db).await;
        let mut tx = store.begin_feed().await.unwrap();
        source_records::insert(&mut tx, &[record(1)]).await.unwrap();
        children::put(&mut tx, &[child(1), child(2)]).await.unwrap();
        links::put(&mut tx, &[link(1, 1)]).await.unwrap();
        let savepoint = tx.savepoint().await.unwrap();
        let second = links::put(&mut tx, &[link(2, 1)]).await;
        assert!(matches!(second, Err(StoreError::UniqueViolation(_))), "{second:?}");
        tx.roll_back_to(savepoint).await.unwrap();
        assert!(links::remove(&mut tx, child(1).child_id, record(1).record_id).await.unwrap());
        links::put(&mut tx, &[link(2, 1)]).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn a_child_number_is_issued_once_and_follows_a_merge(db: TestDatabases) {
        let store = open(&db).await;
        let mut tx = store.begin().await.unwrap();
        assert_eq!(child_numbers::insert(&mut tx, &[(key(1), id(1)), (key(2), id(2))]).await.unwrap(), 2);
        assert_eq!(child_numbers::insert(&mut tx, &[(key(2), id(3))]).await.unwrap(), 0, "taken");
        child_numbers::repoint(&mut tx, id(1), id(2)).await.unwrap();
        assert_eq!(child_numbers::child_of(&mut tx, key(1)).await.unwrap(), Some(id(2)));
        assert_eq!(child_numbers::child_of(&mut tx, key(9)).await.unwrap(), None);
    }

    async fn a_destroyed_child_leaves_no_row_but_its_numbers(db: TestDatabases) {
        let store = open_with_source(&db).await;
        let mut tx = store.begin_feed().await.unwrap();
        source_records::insert(&mut tx, &[record(1)]).await.unwrap();
        children::put(&mut tx, &[child(1)]).await.unwrap();
        links::put(&mut tx, &[link(1, 1)]).await.unwrap();
        child_numbers::insert(&mut tx, &[(key(1), child(1).child_id)]).await.unwrap();
        let records = [record(1).record_id];
        links::remove_of_records(&mut tx, &records).await.unwrap();
        versions::remove_of_records(&mut tx, &records).await.unwrap();
        assert_eq!(source_records::remove(&mut tx, &records).await.unwrap(), 1);
        assert_eq!(children::remove(&mut tx, &[child(1).child_id]).await.unwrap(), 1);
        assert_eq!(child_numbers::child_of(&mut tx, key(1)).await.unwrap(), Some(child(1).child_id), "never reused");
        tx.commit().await.unwrap();
    }
}
