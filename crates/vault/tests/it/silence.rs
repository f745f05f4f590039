//! No `Debug` form and no error message repeats a secret.

use vault::{
    Bundle, DataKey, GenerationKey, HashRing, KeyEncryptionKey, KeyRing, KeyTable, KeyedHash, PointerCipher,
    RootKey, RootKeyName, open_parts, seal_parts,
};

use crate::{OWNER, rng};

/// The first bytes every generator of this seed gives, so that the secret is known to the test.
fn secret_bytes() -> [u8; 32] {
    *KeyEncryptionKey::random(&mut rng(9))
        .to_text()
        .split(':')
        .nth(1)
        .map(|key| {
            let mut bytes = [0; 33];
            base64::Engine::decode_slice(&base64::engine::general_purpose::STANDARD, key, &mut bytes)
                .unwrap();
            bytes
        })
        .unwrap()
        .first_chunk()
        .unwrap()
}

fn forms(secret: &[u8]) -> Vec<String> {
    let decimal: Vec<String> = secret[..4].iter().map(u8::to_string).collect();
    vec![
        hex::encode(&secret[..4]),
        hex::encode_upper(&secret[..4]),
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &secret[..6]),
        decimal.join(", "),
    ]
}

#[test]
fn no_debug_form_shows_key_material() {
    let root = RootKey::random(RootKeyName::Match, 1, &mut rng(9));
    let bundle = Bundle::with_identity_slot(&mut rng(9));
    let pointer = PointerCipher::new(&root, KeyTable::Match);
    let shown = [
        format!("{:?}", KeyEncryptionKey::random(&mut rng(9))),
        format!("{:?}", DataKey::random(&mut rng(9))),
        format!("{:?}", GenerationKey::random(1, &mut rng(9))),
        format!("{root:?}"),
        format!("{bundle:#?}"),
        format!("{:?}", KeyRing::create(&mut rng(9))),
        format!("{:?}", HashRing::new(KeyedHash::new(&root), None)),
        format!("{pointer:?} {:?}", pointer.key_for(1, b"value")),
    ];
    for (text, form) in
        shown.iter().flat_map(|text| forms(&secret_bytes()).into_iter().map(move |form| (text, form)))
    {
        assert!(!text.contains(&form), "{text} shows {form}");
    }
}

#[test]
fn no_debug_form_shows_an_opened_part() {
    let mut rng = rng(1);
    let bundle = Bundle::with_identity_slot(&mut rng);
    let blob = seal_parts(&bundle, OWNER, 0, &[(0, b"Amina Khan")], &mut rng).unwrap();
    let opened = open_parts(&bundle, OWNER, 0, &blob).unwrap();
    assert_eq!(opened[0].readable(), Some(b"Amina Khan".as_slice()));
    let shown = format!("{opened:?}");
    assert!(!shown.contains("Amina") && !shown.contains("65, 109"), "{shown}");
}

#[test]
fn a_key_with_a_slip_in_it_is_not_repeated_in_the_error() {
    let mut text = KeyEncryptionKey::random(&mut rng(9)).to_text().to_string();
    text.push('0');
    let error = KeyEncryptionKey::parse(&text).unwrap_err();
    for form in forms(&secret_bytes()) {
        assert!(!format!("{error} {error:?}").contains(&form));
    }
}
