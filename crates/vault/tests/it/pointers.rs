use std::collections::HashSet;

use proptest::prelude::*;
use vault::{KeyTable, PointerCipher, RootKey, RootKeyName};

use crate::rng;

fn cipher(table: KeyTable, epoch: i64) -> PointerCipher {
    PointerCipher::new(&RootKey::random(RootKeyName::Pointer, epoch, &mut rng(1)), table)
}

#[test]
fn the_rows_of_one_record_do_not_show_themselves() {
    let record = [7; 16];
    let matching = cipher(KeyTable::Match, 1);
    let mut rows: Vec<[u8; 16]> =
        (0..16).map(|kind| matching.seal(kind, format!("value {kind}").as_bytes(), record)).collect();
    rows.push(matching.seal(1, b"value 0", record));
    rows.push(cipher(KeyTable::Search, 1).seal(0, b"value 0", record));
    rows.push(cipher(KeyTable::Match, 2).seal(0, b"value 0", record));
    assert_eq!(rows.iter().collect::<HashSet<_>>().len(), rows.len());
    assert!(!rows.contains(&record));
}

#[test]
fn a_wrong_value_leads_to_no_record() {
    let matching = cipher(KeyTable::Match, 1);
    assert_ne!(matching.open(1, b"amina", matching.seal(1, b"anima", [7; 16])), [7; 16]);
}

proptest! {
    #[test]
    fn a_pointer_is_found_again_to_be_followed_or_deleted(kind: u16, value: Vec<u8>, record: [u8; 16]) {
        let matching = cipher(KeyTable::Match, 1);
        let sealed = matching.seal(kind, &value, record);
        prop_assert_eq!(sealed, matching.key_for(kind, &value).seal(record));
        prop_assert_eq!(matching.open(kind, &value, sealed), record);
    }
}
