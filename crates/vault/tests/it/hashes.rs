use std::collections::HashSet;

use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha2::Sha256;
use vault::{KeyedHash, RootKey, RootKeyName};

use crate::rng;

fn hash_of(name: RootKeyName, epoch: i64, seed: u64) -> KeyedHash {
    KeyedHash::new(&RootKey::random(name, epoch, &mut rng(seed)))
}

#[test]
fn a_hash_depends_on_key_purpose_epoch_and_kind() {
    let hashes = [
        hash_of(RootKeyName::Match, 1, 1).hash(1, b"amina"),
        hash_of(RootKeyName::Match, 1, 2).hash(1, b"amina"),
        hash_of(RootKeyName::Search, 1, 1).hash(1, b"amina"),
        hash_of(RootKeyName::Match, 2, 1).hash(1, b"amina"),
        hash_of(RootKeyName::Match, 1, 1).hash(2, b"amina"),
        hash_of(RootKeyName::Match, 1, 1).hash(1, b"Amina"),
    ];
    assert_eq!(hashes.iter().collect::<HashSet<_>>().len(), hashes.len());
    assert_eq!(hash_of(RootKeyName::Match, 1, 1).hash(1, b"amina"), hashes[0]);
}

#[test]
fn a_hash_without_the_key_is_not_the_hash() {
    let plain = Hmac::<Sha256>::new_from_slice(b"").unwrap().chain_update(b"amina").finalize().into_bytes();
    assert_ne!(hash_of(RootKeyName::Match, 1, 1).hash(0, b"amina"), plain[..16]);
}

proptest! {
    #[test]
    fn different_lists_of_values_hash_differently(a: Vec<Vec<u8>>, b: Vec<Vec<u8>>) {
        let hash = hash_of(RootKeyName::Digest, 1, 1);
        let as_slices = |list: &[Vec<u8>]| hash.hash_parts(0, &list.iter().map(Vec::as_slice).collect::<Vec<_>>());
        prop_assert_eq!(a == b, as_slices(&a) == as_slices(&b));
    }

    #[test]
    fn where_a_list_is_divided_matters(text: Vec<u8>, at: prop::sample::Index, other: prop::sample::Index) {
        let hash = hash_of(RootKeyName::Digest, 1, 1);
        let at_either = [at, other].map(|index| index.index(text.len() + 1));
        let [one, two] = at_either.map(|at| hash.hash_parts(0, &[&text[..at], &text[at..]]));
        prop_assert_eq!(at_either[0] == at_either[1], one == two);
    }
}
