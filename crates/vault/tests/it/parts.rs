use proptest::prelude::*;
use vault::{Bundle, PartContent, PartsError, SealError, SealedParts, open_parts, seal_parts};

use crate::{OWNER, STRANGER, rng};

fn bundle_of(slots: usize, seed: u64) -> Bundle {
    let mut bundle = Bundle::new();
    for _ in 0..slots {
        bundle.add_slot(&mut rng(seed)).unwrap();
    }
    bundle
}

#[test]
fn a_destroyed_item_is_unreadable_while_the_others_stay_readable() {
    let mut rng = rng(1);
    let mut bundle = bundle_of(3, 1);
    let parts: [(u16, &[u8]); 3] = [(0, b"identity"), (1, b"school"), (2, b"sensitive service")];
    let blob = seal_parts(&bundle, OWNER, 5, &parts, &mut rng).unwrap();

    assert!(bundle.destroy(2));
    let opened = open_parts(&bundle, OWNER, 5, &blob).unwrap();
    assert_eq!(opened[0].readable(), Some(b"identity".as_slice()));
    assert_eq!(opened[1].readable(), Some(b"school".as_slice()));
    assert_eq!(opened[2].content, PartContent::Destroyed);
}

#[test]
fn a_new_item_never_takes_a_destroyed_ones_number() {
    let mut bundle = bundle_of(3, 2);
    bundle.destroy(2);
    assert_eq!(bundle.add_slot(&mut rng(3)).unwrap(), 3);
    assert!(bundle.key(2).is_none());
    assert!(bundle.has_issued(2));
}

#[test]
fn the_parts_of_one_row_are_no_good_in_another() {
    let mut rng = rng(4);
    let bundle = bundle_of(1, 4);
    let blob = seal_parts(&bundle, OWNER, 1, &[(0, b"identity")], &mut rng).unwrap();
    assert!(matches!(open_parts(&bundle, STRANGER, 1, &blob), Err(PartsError::Open(_))));
    assert!(matches!(open_parts(&bundle, OWNER, 2, &blob), Err(PartsError::Open(_))));
}

#[test]
fn a_part_taken_out_is_noticed() {
    let mut rng = rng(5);
    let bundle = bundle_of(2, 5);
    let both =
        seal_parts(&bundle, OWNER, 1, &[(0, b"identity"), (1, b"lead professional")], &mut rng).unwrap();
    let first_alone = &both[..1 + 6 + 12 + 64 + 16];
    assert_eq!(SealedParts::decode(first_alone).unwrap().iter().count(), 1);
    assert!(open_parts(&bundle, OWNER, 1, first_alone).is_err());
}

#[test]
fn a_slot_never_issued_names_the_key_stores_backup_as_the_remedy() {
    let mut rng = rng(6);
    let blob = seal_parts(&bundle_of(2, 6), OWNER, 1, &[(1, b"school")], &mut rng).unwrap();
    let error = open_parts(&bundle_of(1, 6), OWNER, 1, &blob).unwrap_err();
    assert_eq!(error, PartsError::NeverIssued { owner: OWNER, slot: 1 });
    assert!(error.to_string().contains("newest backup"));
}

#[test]
fn a_slot_is_sealed_once_and_only_with_its_key() {
    let mut rng = rng(7);
    let bundle = bundle_of(1, 7);
    let twice = seal_parts(&bundle, OWNER, 1, &[(0, b"a"), (0, b"b")], &mut rng);
    assert_eq!(twice, Err(SealError::SlotTwice { slot: 0 }));
    assert_eq!(seal_parts(&bundle, OWNER, 1, &[(9, b"a")], &mut rng), Err(SealError::NoKey { slot: 9 }));
}

proptest! {
    #[test]
    fn every_list_of_parts_comes_back(seed: u64, contents in prop::collection::vec(any::<Vec<u8>>(), 0..8)) {
        let mut rng = rng(seed);
        let bundle = bundle_of(contents.len(), seed);
        let parts: Vec<(u16, &[u8])> =
            contents.iter().enumerate().map(|(slot, content)| (slot as u16, content.as_slice())).collect();
        let blob = seal_parts(&bundle, OWNER, 9, &parts, &mut rng).unwrap();
        let opened = open_parts(&bundle, OWNER, 9, &blob).unwrap();
        let found: Vec<_> = opened.iter().map(|part| (part.slot, part.readable().unwrap())).collect();
        prop_assert_eq!(found, parts);
    }

    #[test]
    fn any_flipped_bit_of_a_blob_is_noticed(seed: u64, at: prop::sample::Index) {
        let mut rng = rng(seed);
        let mut bundle = bundle_of(4, seed);
        let parts: [(u16, &[u8]); 3] = [(0, b"identity"), (1, b"school"), (3, b"carer")];
        let mut blob = seal_parts(&bundle, OWNER, 1, &parts, &mut rng).unwrap();
        // With slot 2 destroyed, a slot number flipped to 2 must not pass for a destroyed item.
        bundle.destroy(2);
        let bit = at.index(blob.len() * 8);
        blob[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(open_parts(&bundle, OWNER, 1, &blob).is_err());
    }

    #[test]
    fn no_bytes_make_the_reader_stumble(bytes: Vec<u8>) {
        if let Ok(parts) = SealedParts::decode(&bytes) {
            prop_assert_eq!(parts.encode().unwrap(), bytes);
        }
    }

    #[test]
    fn bytes_that_begin_like_a_blob_do_not_either(mut bytes: Vec<u8>) {
        bytes.insert(0, 1);
        let _ = open_parts(&bundle_of(2, 1), OWNER, 1, &bytes);
    }
}
