//! Signed assertions of who a client is: texts as they come, and headers and claims as they come under a signature that holds.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use intake::http::fuzzed::client_assertion;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

const HERE: &str = "https://here/token";

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        understand(text);
    }
    let key = SigningKey::from_bytes(&[7; 32]);
    let signed = |header: &[u8], claims: &[u8]| {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = key.sign(signed.as_bytes()).to_bytes();
        understand(&format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)));
    };
    let public = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
    let header = format!("{{\"alg\":\"EdDSA\",\"jwk\":{{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"{public}\"}}}}");
    signed(header.as_bytes(), bytes);
    // The two are parted by a byte that JSON does not have.
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    signed(parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
});

fn understand(text: &str) {
    match client_assertion(text, Timestamp::UNIX_EPOCH, HERE) {
        Ok(source) => assert!(!source.is_empty()),
        Err(fault) => assert!(!fault.to_string().is_empty()),
    }
}
