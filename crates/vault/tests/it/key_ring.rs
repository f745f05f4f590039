use proptest::prelude::*;
use proptest::sample::select;
use vault::{
    Aad, Bundle, KeyEncryptionKey, KeyRing, KeyTable, RingError, RootKey, RootKeyName, UnwrapError,
    WrappedRootKey, open, seal,
};

use crate::{OWNER, rng};

#[test]
fn a_ring_read_back_finds_and_opens_what_it_wrote() {
    let mut rng = rng(1);
    let kek = KeyEncryptionKey::random(&mut rng);
    let ring = KeyRing::create(&mut rng);
    let bundle = Bundle::with_identity_slot(&mut rng);
    let row = ring.wrap_bundle(OWNER, &bundle, &mut rng).unwrap();
    let sealed = seal(bundle.key(0).unwrap(), Aad::new(OWNER, 0), b"Amina", &mut rng).unwrap();

    let again = KeyRing::unwrap(&kek, &ring.wrap(&kek, &mut rng).unwrap()).unwrap();
    let bundle = again.unwrap_bundle(OWNER, &row).unwrap();
    assert_eq!(&*open(bundle.key(0).unwrap(), Aad::new(OWNER, 0), &sealed).unwrap(), b"Amina");
    for &name in RootKeyName::ALL {
        if name != RootKeyName::AuditBody {
            let (before, after) = (ring.hashes(name).unwrap(), again.hashes(name).unwrap());
            assert_eq!(before.hash(1, b"value"), after.hash(1, b"value"), "{name}");
        }
    }
    assert_eq!(
        ring.newest_root(RootKeyName::AuditSigning).unwrap().signing_seed(),
        again.newest_root(RootKeyName::AuditSigning).unwrap().signing_seed()
    );
}

/// The attacker of decision 2: an old backup of the key store, and every key that outlived the horizon.
#[test]
fn an_old_backup_stays_shut_once_its_generation_is_destroyed() {
    let mut rng = rng(2);
    let kek = KeyEncryptionKey::random(&mut rng);
    let mut ring = KeyRing::create(&mut rng);
    let mut bundle = Bundle::with_identity_slot(&mut rng);
    let item = bundle.add_slot(&mut rng).unwrap();
    let sealed = seal(bundle.key(item).unwrap(), Aad::new(OWNER, item), b"a clinic", &mut rng).unwrap();
    let in_the_backup = ring.wrap_bundle(OWNER, &bundle, &mut rng).unwrap();

    // The item is destroyed, the bundle wrapped again under a new generation, and after the horizon the old one goes.
    ring.new_generation(&mut rng);
    bundle.destroy(item);
    let in_the_store = ring.wrap_bundle(OWNER, &bundle, &mut rng).unwrap();
    assert!(ring.destroy_generation(1).unwrap());
    let stolen = KeyRing::unwrap(&kek, &ring.wrap(&kek, &mut rng).unwrap()).unwrap();

    assert_eq!(
        stolen.unwrap_bundle(OWNER, &in_the_backup).unwrap_err(),
        UnwrapError::GenerationGone { generation: 1 }
    );
    let renumbered = vault::WrappedBundle { generation: 2, ..in_the_backup };
    assert!(stolen.unwrap_bundle(OWNER, &renumbered).is_err());
    let current = stolen.unwrap_bundle(OWNER, &in_the_store).unwrap();
    assert!(current.key(item).is_none());
    for slot in current.slots() {
        assert!(open(current.key(slot).unwrap(), Aad::new(OWNER, item), &sealed).is_err());
    }
}

/// The same attacker, and the keys of the indexes.
#[test]
fn a_root_key_of_an_old_backup_stays_shut_once_its_generation_is_destroyed() {
    let mut rng = rng(8);
    let kek = KeyEncryptionKey::random(&mut rng);
    let mut ring = KeyRing::create(&mut rng);
    let in_the_backup = ring.wrap(&kek, &mut rng).unwrap().roots;
    ring.new_generation(&mut rng);
    let in_the_store: Vec<WrappedRootKey> =
        in_the_backup.iter().map(|row| ring.renew_root(row, &mut rng).unwrap()).collect();
    assert!(in_the_backup.iter().all(|row| ring.unwrap_root(&kek, row).is_ok()), "until the horizon");
    ring.destroy_generation(1).unwrap();
    for (old, new) in in_the_backup.iter().zip(&in_the_store) {
        let gone = UnwrapError::GenerationGone { generation: 1 };
        assert_eq!(ring.unwrap_root(&kek, old).unwrap_err(), gone);
        assert_eq!(ring.renew_root(old, &mut rng).unwrap_err(), RingError::Unwrap(gone));
        for generation in [Some(2), None] {
            assert!(ring.unwrap_root(&kek, &WrappedRootKey { generation, ..old.clone() }).is_err());
        }
        let name = RootKeyName::parse(&new.name).unwrap();
        assert_eq!(new.generation, Some(2));
        assert_eq!(
            ring.unwrap_root(&kek, new).unwrap().signing_seed(),
            ring.root(name, new.epoch).unwrap().signing_seed(),
            "{name}"
        );
    }
}

#[test]
fn a_root_key_of_an_earlier_version_opens_with_the_key_encryption_key_alone_and_is_put_under_a_generation() {
    let mut rng = rng(9);
    let kek = KeyEncryptionKey::random(&mut rng);
    let ring = KeyRing::create(&mut rng);
    let before = bare(&ring, &kek, RootKeyName::Match);
    assert_eq!((before.generation, before.wrapped.len()), (None, 60), "as it was written until now");
    let seed = ring.unwrap_root(&kek, &before).unwrap().signing_seed();
    let renewed = ring.renew_root(&before, &mut rng).unwrap();
    assert_eq!((renewed.generation, renewed.wrapped.len()), (Some(1), 88));
    assert_eq!(ring.unwrap_root(&kek, &renewed).unwrap().signing_seed(), seed);
    assert_eq!(KeyRing::default().renew_root(&before, &mut rng).unwrap_err().to_string().lines().count(), 1);
    let other = KeyEncryptionKey::random(&mut rng);
    assert!(ring.unwrap_root(&other, &renewed).is_err(), "the generation alone opens nothing");
}

/// A root key as an earlier version wrote it.
fn bare(ring: &KeyRing, kek: &KeyEncryptionKey, name: RootKeyName) -> WrappedRootKey {
    let wrapped =
        ring.newest_root(name).unwrap().wrap(kek, ring.newest_generation().unwrap(), &mut rng(10)).unwrap();
    wrapped.without_generation(ring.newest_generation().unwrap()).unwrap()
}

proptest! {
    #[test]
    fn a_wrapped_root_key_opens_under_its_own_name_epoch_and_generation_alone(
        name in select(RootKeyName::ALL),
        other_name in select(RootKeyName::ALL),
        epoch in 1_i64..4,
        other_epoch in 1_i64..4,
        generation in 1_i64..4,
        other_generation in proptest::option::of(1_i64..4),
        flipped in proptest::option::of((0_usize..88, 0_u8..8)),
        seed: u64,
    ) {
        let mut rng = rng(seed);
        let kek = KeyEncryptionKey::random(&mut rng);
        let mut ring = KeyRing::default();
        let mut root = None;
        for number in 1..4 {
            ring.new_generation(&mut rng);
            if number == generation {
                root = Some(ring.wrap_root(&kek, &RootKey::random(name, epoch, &mut rng), &mut rng).unwrap());
            }
        }
        let mut row = WrappedRootKey {
            name: other_name.as_str().to_owned(),
            epoch: other_epoch,
            generation: other_generation,
            ..root.unwrap()
        };
        if let Some((byte, bit)) = flipped {
            row.wrapped[byte] ^= 1 << bit;
        }
        let same = (other_name, other_epoch, other_generation, flipped) == (name, epoch, Some(generation), None);
        prop_assert_eq!(ring.unwrap_root(&kek, &row).is_ok(), same);
        // Under another generation it is put by nobody who was handed another row.
        prop_assert_eq!(ring.renew_root(&row, &mut rng).is_ok(), same || other_generation.is_none());
    }
}

#[test]
fn the_generation_in_use_cannot_be_destroyed() {
    let mut ring = KeyRing::create(&mut rng(3));
    assert_eq!(ring.destroy_generation(1), Err(RingError::InUse { generation: 1 }));
    assert_eq!(ring.destroy_generation(9), Ok(false));
}

#[test]
fn a_ring_is_refused_under_another_key_encryption_key() {
    let mut rng = rng(4);
    let ring = KeyRing::create(&mut rng).wrap(&KeyEncryptionKey::random(&mut rng), &mut rng).unwrap();
    let error = KeyRing::unwrap(&KeyEncryptionKey::random(&mut rng), &ring).unwrap_err();
    assert!(error.to_string().contains("the key file this key store was made with"), "{error}");
}

#[test]
fn wrapped_keys_cannot_change_places() {
    let mut rng = rng(5);
    let kek = KeyEncryptionKey::random(&mut rng);
    let mut ring = KeyRing::create(&mut rng);
    ring.new_generation(&mut rng);
    ring.new_epoch(RootKeyName::Match, &mut rng);
    let wrapped = ring.wrap(&kek, &mut rng).unwrap();

    let mut generations_swapped = wrapped.clone();
    generations_swapped.generations[0].generation = 2;
    assert!(KeyRing::unwrap(&kek, &generations_swapped).is_err());
    let mut renamed = wrapped.clone();
    renamed.roots[0].name = "barrier".to_owned();
    assert!(KeyRing::unwrap(&kek, &renamed).is_err());
    let mut other_epoch = wrapped.clone();
    other_epoch.roots[0].epoch = 2;
    assert!(KeyRing::unwrap(&kek, &other_epoch).is_err());
    let mut other_generation = wrapped.clone();
    other_generation.roots[0].generation = Some(1);
    assert!(KeyRing::unwrap(&kek, &other_generation).is_err());
    let mut unknown = wrapped;
    unknown.roots[0].name = "skeleton".to_owned();
    assert!(matches!(KeyRing::unwrap(&kek, &unknown), Err(UnwrapError::Malformed { .. })));
}

#[test]
fn a_rotation_looks_up_both_live_epochs_and_writes_the_newer() {
    let mut rng = rng(6);
    let mut ring = KeyRing::create(&mut rng);
    let before = ring.hashes(RootKeyName::Match).unwrap().hash(3, b"amina|khan");
    assert_eq!(ring.new_lookup_epoch(&mut rng), Ok(2));

    let hashes = ring.hashes(RootKeyName::Match).unwrap();
    let lookups: Vec<_> = hashes.hashes_for_lookup(3, b"amina|khan").collect();
    assert_eq!(lookups, [(2, hashes.hash(3, b"amina|khan")), (1, before)]);
    let (pointers, older) = ring.pointers(KeyTable::Match).unwrap();
    assert_eq!((pointers.epoch(), older.unwrap().epoch()), (2, 1));

    assert!(ring.destroy_root(RootKeyName::Match, 1));
    assert_eq!(ring.hashes(RootKeyName::Match).unwrap().hashes_for_lookup(3, b"amina|khan").count(), 1);
}

#[test]
fn a_monthly_audit_key_is_added_kept_and_destroyed_by_its_month() {
    let mut rng = rng(7);
    let mut ring = KeyRing::create(&mut rng);
    assert!(matches!(ring.root(RootKeyName::AuditBody, 202_611), Err(RingError::Missing { .. })));
    let key = ring.add_root(RootKey::random(RootKeyName::AuditBody, 202_611, &mut rng)).data_key();
    let sealed = seal(&key, Aad::new(OWNER, 0), b"criteria", &mut rng).unwrap();
    // A second of the same month does not take its place.
    ring.add_root(RootKey::random(RootKeyName::AuditBody, 202_611, &mut rng));
    let kept = ring.root(RootKeyName::AuditBody, 202_611).unwrap().data_key();
    assert!(open(&kept, Aad::new(OWNER, 0), &sealed).is_ok());
    assert!(ring.destroy_root(RootKeyName::AuditBody, 202_611));
    assert!(ring.root(RootKeyName::AuditBody, 202_611).is_err());
}

#[test]
fn every_root_key_has_one_name_in_text() {
    for &name in RootKeyName::ALL {
        assert_eq!(RootKeyName::parse(name.as_str()), Some(name));
    }
    assert_eq!(RootKeyName::parse("Match"), None);
}
