use audit::{CheckpointError, Hash, KeyError, Origin, PublicKey, SignedCheckpoint, TrustedKeys};
use proptest::prelude::*;

use crate::log::{Log, keys, signer};

fn signed() -> SignedCheckpoint {
    Log::of(3, &[3]).keep().checkpoints[0].clone()
}

#[test]
fn the_text_of_a_checkpoint_stays_as_it_is() {
    insta::assert_snapshot!(signed().to_text());
}

#[test]
fn a_checkpoint_reads_back_and_its_signature_holds() {
    let text = signed().to_text();
    let again = SignedCheckpoint::parse(&text).unwrap();
    assert_eq!(again, signed());
    assert_eq!(again.verify(&keys()), Ok(()));
    assert_eq!(SignedCheckpoint::from_parts(&signed().body(), signed().signature()).unwrap(), signed());
}

#[test]
fn each_line_that_is_not_in_its_one_spelling_is_named() {
    let text = signed().to_text();
    for (from, to, line) in [
        ("checkpoint 1", "checkpoint 2", 1),
        ("origin contactpoint.example/live", "origin contact point", 2),
        ("size 3", "size 03", 3),
        ("size 3", "size +3", 3),
        ("size 3", "size -3", 3),
        ("size 3", "size 99999999999999999999", 3),
        ("head ", "Head ", 4),
        ("root ", "root  ", 5),
        ("Z\nkey", "+00:00\nkey", 6),
        ("000Z\nkey", "Z\nkey", 6),
        ("key ", "key 0", 7),
        ("signature ", "signature ?", 8),
        ("==\n", "==\nmore\n", 9),
        ("==\n", "==", 8),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        match SignedCheckpoint::parse(&changed) {
            Err(CheckpointError::Malformed { line: found, .. }) => assert_eq!(found, line, "{changed}"),
            other => panic!("{changed}: {other:?}"),
        }
    }
}

#[test]
fn a_public_key_reads_back_and_a_slip_in_it_is_noticed() {
    let key = signer().public_key();
    let text = key.to_string();
    assert_eq!(PublicKey::parse(&text), Ok(key.clone()));
    let file = format!("# the key of the live space\n\n{text}\n");
    assert_eq!(TrustedKeys::parse(&file), Ok(TrustedKeys::new([key])));
    assert_eq!(TrustedKeys::parse("# nothing\n"), Err(KeyError::None));
    assert_eq!(TrustedKeys::parse(&format!("\n{text}x")), Err(KeyError::Shape { line: 2 }));
    let slip = text.replacen(":", ":0", 1);
    assert_eq!(PublicKey::parse(&slip), Err(KeyError::Check { line: 1 }));
}

#[test]
fn the_signing_key_is_never_printed() {
    let shown = format!("{:?}", signer());
    assert!(!shown.contains("07070707") && !shown.contains("7, 7"), "{shown}");
}

#[test]
fn an_origin_is_a_short_name_without_spaces() {
    assert!(Origin::parse("contactpoint.example/live").is_ok());
    assert!(Origin::parse(&"x".repeat(200)).is_ok());
    for text in ["", " ", "a b", "a\n", "a\u{a0}b", &"x".repeat(201)] {
        assert_eq!(Origin::parse(text), Err(CheckpointError::Origin), "{text:?}");
    }
}

proptest! {
    #[test]
    fn whatever_is_taken_for_a_checkpoint_is_spelt_as_one(place: prop::sample::Index, typed in "[ -~\n]{0,3}") {
        let mut text = signed().to_text();
        let place = place.index(text.len());
        text.replace_range(place..=place, &typed);
        if let Ok(parsed) = SignedCheckpoint::parse(&text) {
            prop_assert_eq!(parsed.to_text(), text.clone());
            prop_assert!(parsed == signed() || parsed.verify(&keys()).is_err());
        }
    }

    #[test]
    fn no_text_makes_the_reader_stumble(text: String, signature: Vec<u8>) {
        prop_assert!(SignedCheckpoint::parse(&text).is_err());
        prop_assert!(SignedCheckpoint::from_parts(&text, &signature).is_err());
        prop_assert!(PublicKey::parse(&text).is_err());
    }

    #[test]
    fn a_hash_has_one_text(bytes: [u8; 32]) {
        let hash = Hash::from_bytes(bytes);
        prop_assert_eq!(Hash::parse(&hash.to_string()), Some(hash));
        let upper = hash.to_string().to_uppercase();
        prop_assert!(upper == hash.to_string() || Hash::parse(&upper).is_none());
    }
}
