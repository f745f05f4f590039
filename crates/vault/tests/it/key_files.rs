use std::fs;
use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;
use vault::{KeyEncryptionKey, KeyFileError, KeyTextError, create_key_file, load_key_file, same_filesystem};

use crate::rng;

#[test]
fn a_new_key_file_is_its_owners_alone_and_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kek");
    let kek = create_key_file(&path, &mut rng(1)).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(load_key_file(&path).unwrap().to_text(), kek.to_text());
}

#[test]
fn a_key_file_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kek");
    create_key_file(&path, &mut rng(1)).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(create_key_file(&path, &mut rng(2)), Err(KeyFileError::Exists { .. })));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_key_file_others_can_get_at_is_refused_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kek");
    create_key_file(&path, &mut rng(1)).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o777] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = load_key_file(&path).unwrap_err();
        assert!(matches!(error, KeyFileError::OpenToOthers { .. }), "{mode:o}: {error}");
        assert!(error.to_string().contains(&format!("chmod 600 {}", path.display())), "{error}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(load_key_file(&path).is_ok());
}

#[test]
fn a_link_does_not_hide_an_open_key_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("kek"), folder.path().join("link"));
    create_key_file(&path, &mut rng(1)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(matches!(load_key_file(&link), Err(KeyFileError::OpenToOthers { .. })));
}

#[test]
fn what_is_not_a_key_file_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kek");
    let write = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        load_key_file(&path).unwrap_err()
    };
    assert!(matches!(write(b""), KeyFileError::Malformed { reason: KeyTextError::Shape, .. }));
    assert!(matches!(write(b"\xff\xfe\0"), KeyFileError::Malformed { reason: KeyTextError::Shape, .. }));
    assert!(matches!(write(&[b'a'; 100_000]), KeyFileError::NotAKeyFile { .. }));
    assert!(matches!(load_key_file(folder.path()), Err(KeyFileError::NotAKeyFile { .. })));
    assert!(matches!(
        load_key_file(&folder.path().join("none")),
        Err(KeyFileError::Io { doing: "read", .. })
    ));
    let nowhere = folder.path().join("no folder").join("kek");
    assert!(matches!(create_key_file(&nowhere, &mut rng(1)), Err(KeyFileError::Io { doing: "written", .. })));
}

#[test]
fn a_path_yet_to_be_made_counts_as_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    assert!(same_filesystem(folder.path(), &folder.path().join("keys/later/kek")).unwrap());
    assert!(!same_filesystem(folder.path(), "/proc".as_ref()).unwrap());
    assert!(same_filesystem("not-there-yet".as_ref(), ".".as_ref()).unwrap());
}

proptest! {
    #[test]
    fn a_slip_of_the_pen_in_a_key_is_noticed(seed: u64, at: prop::sample::Index, typed in "[A-Za-z0-9+/]") {
        let kek = KeyEncryptionKey::random(&mut rng(seed));
        let mut text = kek.to_text().to_string();
        let at = at.index(text.len());
        prop_assume!(text[at..=at] != typed);
        text.replace_range(at..=at, &typed);
        prop_assert!(KeyEncryptionKey::parse(&text).is_err());
    }

    #[test]
    fn no_text_makes_the_reader_stumble(text: String) {
        prop_assert!(KeyEncryptionKey::parse(&text).is_err());
    }
}

#[test]
fn custody_is_split_among_three_different_keys_in_no_order() {
    let key = |seed| KeyEncryptionKey::random(&mut rng(seed));
    let together = key(1).with_custodians([key(2), key(3)]).unwrap();
    let root = |name| vault::RootKey::random(name, 1, &mut rng(9));
    let generation = vault::GenerationKey::random(1, &mut rng(12));
    let open = |kek: &KeyEncryptionKey, row| vault::RootKey::unwrap(kek, Some(&generation), row);
    let barrier = root(vault::RootKeyName::Barrier).wrap(&together, &generation, &mut rng(10)).unwrap();
    let other_order = key(1).with_custodians([key(3), key(2)]).unwrap();
    assert!(open(&other_order, &barrier).is_ok());
    for lacking in [
        key(1),
        key(1).with_custodians([key(2), key(4)]).unwrap(),
        key(4).with_custodians([key(2), key(3)]).unwrap(),
    ] {
        assert!(matches!(open(&lacking, &barrier), Err(vault::UnwrapError::InCustody { .. })));
    }
    // What anybody's work needs opens with the key file.
    let matching = root(vault::RootKeyName::Match).wrap(&together, &generation, &mut rng(11)).unwrap();
    assert!(open(&key(1), &matching).is_ok());
    for same in [[key(2), key(2)], [key(1), key(2)], [key(2), key(1)]] {
        assert_eq!(key(1).with_custodians(same).unwrap_err(), vault::NotSplit);
    }
}
