use proptest::prelude::*;
use vault::{Aad, Bundle, BundleError, GenerationKey, UnwrapError, open, seal};

use crate::{OWNER, STRANGER, rng};

#[test]
fn a_bundle_read_back_opens_what_was_sealed_before() {
    let mut rng = rng(1);
    let generation = GenerationKey::random(4, &mut rng);
    let mut bundle = Bundle::with_identity_slot(&mut rng);
    let slot = bundle.add_slot(&mut rng).unwrap();
    let sealed = seal(bundle.key(slot).unwrap(), Aad::new(OWNER, slot), b"St Mark's", &mut rng).unwrap();
    let row = bundle.wrap(&generation, OWNER, &mut rng).unwrap();
    assert_eq!(row.generation, 4);

    let again = Bundle::unwrap(&generation, OWNER, &row.wrapped).unwrap();
    assert_eq!(&*open(again.key(slot).unwrap(), Aad::new(OWNER, slot), &sealed).unwrap(), b"St Mark's");
}

#[test]
fn a_bundle_read_back_remembers_which_numbers_are_spent() {
    let mut rng = rng(2);
    let generation = GenerationKey::random(1, &mut rng);
    let mut bundle = Bundle::with_identity_slot(&mut rng);
    bundle.add_slot(&mut rng).unwrap();
    bundle.destroy(1);
    let row = bundle.wrap(&generation, OWNER, &mut rng).unwrap();
    let mut again = Bundle::unwrap(&generation, OWNER, &row.wrapped).unwrap();
    assert_eq!(again.slots().collect::<Vec<_>>(), [0]);
    assert_eq!(again.add_slot(&mut rng).unwrap(), 2);
}

#[test]
fn a_bundle_is_refused_for_another_owner_and_under_another_generation() {
    let mut rng = rng(3);
    let generation = GenerationKey::random(1, &mut rng);
    let row = Bundle::with_identity_slot(&mut rng).wrap(&generation, OWNER, &mut rng).unwrap();
    assert!(Bundle::unwrap(&generation, STRANGER, &row.wrapped).is_err());
    let other = GenerationKey::random(1, &mut rng);
    assert!(matches!(Bundle::unwrap(&other, OWNER, &row.wrapped), Err(UnwrapError::NotAuthentic { .. })));
}

#[test]
fn a_bundle_says_when_all_its_numbers_are_spent() {
    let mut rng = rng(4);
    let mut bundle = Bundle::new();
    for expected in 0..u16::MAX {
        assert_eq!(bundle.add_slot(&mut rng).unwrap(), expected);
        bundle.destroy(expected);
    }
    assert_eq!(bundle.add_slot(&mut rng), Err(BundleError::Full));
}

proptest! {
    #[test]
    fn any_flipped_bit_of_a_wrapped_bundle_is_noticed(seed: u64, slots in 0usize..5, at: prop::sample::Index) {
        let mut rng = rng(seed);
        let generation = GenerationKey::random(1, &mut rng);
        let mut bundle = Bundle::new();
        for _ in 0..slots {
            bundle.add_slot(&mut rng).unwrap();
        }
        let mut row = bundle.wrap(&generation, OWNER, &mut rng).unwrap();
        let bit = at.index(row.wrapped.len() * 8);
        row.wrapped[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(Bundle::unwrap(&generation, OWNER, &row.wrapped).is_err());
    }

    #[test]
    fn no_bytes_are_taken_for_a_bundle(bytes: Vec<u8>) {
        prop_assert!(Bundle::unwrap(&GenerationKey::random(1, &mut rng(1)), OWNER, &bytes).is_err());
    }
}
