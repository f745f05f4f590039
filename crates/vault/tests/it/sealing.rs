use proptest::prelude::*;
use vault::{Aad, DataKey, PADDING, open, seal, seal_padded};

use crate::{OWNER, STRANGER, rng};

#[test]
fn the_same_text_sealed_twice_looks_different() {
    let mut rng = rng(1);
    let key = DataKey::random(&mut rng);
    let aad = Aad::new(OWNER, 3);
    let first = seal(&key, aad, b"12 Acacia Avenue", &mut rng).unwrap();
    let second = seal(&key, aad, b"12 Acacia Avenue", &mut rng).unwrap();
    assert_ne!(first, second);
    assert!(!first.windows(6).any(|window| window == b"Acacia"));
}

#[test]
fn names_of_every_usual_length_are_equally_long_when_sealed() {
    let mut rng = rng(2);
    let key = DataKey::random(&mut rng);
    let lengths: Vec<usize> = (0..PADDING)
        .map(|length| seal(&key, Aad::new(OWNER, 0), &vec![b'x'; length], &mut rng).unwrap().len())
        .collect();
    assert!(lengths.iter().all(|&length| length == 12 + PADDING + 16), "{lengths:?}");
}

#[test]
fn a_coarser_block_makes_longer_texts_equal_too() {
    let mut rng = rng(3);
    let key = DataKey::random(&mut rng);
    let aad = Aad::new(OWNER, 0);
    let short = seal_padded(&key, aad, b"a", 512, &mut rng).unwrap();
    let long = seal_padded(&key, aad, &[b'a'; 500], 512, &mut rng).unwrap();
    assert_eq!(short.len(), long.len());
    assert_eq!(&*open(&key, aad, &long).unwrap(), &[b'a'; 500]);
}

#[test]
fn a_sealed_value_moved_to_another_owner_slot_or_version_is_refused() {
    let mut rng = rng(4);
    let key = DataKey::random(&mut rng);
    let sealed = seal(&key, Aad::new(OWNER, 1).with_version(7), b"Amina", &mut rng).unwrap();
    for moved in [
        Aad::new(STRANGER, 1).with_version(7),
        Aad::new(OWNER, 2).with_version(7),
        Aad::new(OWNER, 1).with_version(6),
        Aad::new(OWNER, 1),
    ] {
        assert!(open(&key, moved, &sealed).is_err(), "{moved:?}");
    }
    assert!(open(&DataKey::random(&mut rng), Aad::new(OWNER, 1).with_version(7), &sealed).is_err());
}

#[test]
fn what_is_too_short_to_be_sealed_is_refused() {
    let mut rng = rng(5);
    let key = DataKey::random(&mut rng);
    for length in 0..28 {
        assert!(open(&key, Aad::new(OWNER, 0), &vec![0; length]).is_err());
    }
}

proptest! {
    #[test]
    fn what_was_sealed_opens_again(seed: u64, plain: Vec<u8>, slot: u16, version: i64, block in 0usize..300) {
        let mut rng = rng(seed);
        let key = DataKey::random(&mut rng);
        let aad = Aad::new(OWNER, slot).with_version(version);
        let sealed = seal_padded(&key, aad, &plain, block, &mut rng).unwrap();
        prop_assert_eq!(&*open(&key, aad, &sealed).unwrap(), &plain);
    }

    #[test]
    fn any_flipped_bit_is_noticed(seed: u64, plain: Vec<u8>, at: prop::sample::Index) {
        let mut rng = rng(seed);
        let key = DataKey::random(&mut rng);
        let mut sealed = seal(&key, Aad::new(OWNER, 0), &plain, &mut rng).unwrap();
        let bit = at.index(sealed.len() * 8);
        sealed[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(open(&key, Aad::new(OWNER, 0), &sealed).is_err());
    }

    #[test]
    fn anything_cut_off_is_noticed(seed: u64, plain: Vec<u8>, at: prop::sample::Index) {
        let mut rng = rng(seed);
        let key = DataKey::random(&mut rng);
        let sealed = seal(&key, Aad::new(OWNER, 0), &plain, &mut rng).unwrap();
        prop_assert!(open(&key, Aad::new(OWNER, 0), &sealed[..at.index(sealed.len())]).is_err());
    }
}
