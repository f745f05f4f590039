//! A certificate or a public key as people paste it, and the digest by which it is registered.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use directory::connecting::CredentialKind;
use sha2::{Digest as _, Sha256};

/// Why a pasted text is not registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// It is a secret.
    #[error(
        "this is a private key, which must never leave its machine: treat it as known to others and make a new one; paste the \
         certificate or the public key, which begins with BEGIN CERTIFICATE or BEGIN PUBLIC KEY"
    )]
    PrivateKey,
    /// There are several.
    #[error(
        "there are several certificates or keys in this text; paste the installation's own and nothing else"
    )]
    Several,
    /// It is of another kind than was chosen.
    #[error(
        "this is not the kind of credential that was chosen: a client certificate begins with BEGIN CERTIFICATE, a signing key with BEGIN PUBLIC KEY"
    )]
    OtherKind,
    /// It was cut or changed.
    #[error("this certificate or key is not whole; copy all of it, from BEGIN to END")]
    Damaged,
}

/// What stands before the 32 bytes of an Ed25519 key in its DER form (RFC 8410).
const ED25519: [u8; 12] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The digest of what was pasted; a text that is no PEM is a digest already, and given back.
pub(super) fn digest_of(kind: CredentialKind, given: &str) -> Result<String, PemError> {
    if !given.contains("-----BEGIN") {
        return Ok(given.to_owned());
    }
    if given.contains("PRIVATE KEY") {
        return Err(PemError::PrivateKey);
    }
    if given.matches("-----BEGIN").count() > 1 {
        return Err(PemError::Several);
    }
    let label = match kind {
        CredentialKind::ClientCertificate => "CERTIFICATE",
        CredentialKind::SigningKey => "PUBLIC KEY",
    };
    let (_, after) = given.split_once(&format!("-----BEGIN {label}-----")).ok_or(PemError::OtherKind)?;
    let (body, _) = after.split_once(&format!("-----END {label}-----")).ok_or(PemError::Damaged)?;
    let body: String = body.split_whitespace().collect();
    let der = STANDARD.decode(body).map_err(|_| PemError::Damaged)?;
    let hashed = match kind {
        CredentialKind::ClientCertificate if is_whole(&der) => der.as_slice(),
        CredentialKind::ClientCertificate => return Err(PemError::Damaged),
        // By the key itself: what a signature is checked with.
        CredentialKind::SigningKey => {
            der.strip_prefix(&ED25519).filter(|key| key.len() == 32).ok_or(PemError::OtherKind)?
        }
    };
    Ok(hex::encode(Sha256::digest(hashed)))
}

/// Whether the bytes are one DER sequence and nothing else.
fn is_whole(der: &[u8]) -> bool {
    let length = match der {
        [0x30, 0x82, high, low, rest @ ..] => (usize::from(*high) << 8 | usize::from(*low), rest.len()),
        [0x30, 0x81, length, rest @ ..] => (usize::from(*length), rest.len()),
        [0x30, length @ 0..=0x7F, rest @ ..] => (usize::from(*length), rest.len()),
        _ => return false,
    };
    length.0 == length.1
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn pem(label: &str, der: &[u8]) -> String {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
    }

    #[test]
    fn a_certificate_is_known_by_its_bytes_and_a_key_by_itself() {
        let der = [&[0x30, 0x81, 0x90][..], &[7; 0x90]].concat();
        let of = |kind, text: &str| digest_of(kind, text);
        let certificate = pem("CERTIFICATE", &der);
        assert_eq!(
            of(CredentialKind::ClientCertificate, &certificate),
            Ok(hex::encode(Sha256::digest(&der)))
        );
        let key = pem("PUBLIC KEY", &[&ED25519[..], &[9; 32]].concat());
        assert_eq!(of(CredentialKind::SigningKey, &key), Ok(hex::encode(Sha256::digest([9; 32]))));
        assert_eq!(of(CredentialKind::SigningKey, "5A:5A"), Ok("5A:5A".to_owned()), "a digest already");
        for (kind, text, error) in [
            (CredentialKind::SigningKey, certificate.clone(), PemError::OtherKind),
            (CredentialKind::ClientCertificate, key.clone(), PemError::OtherKind),
            (CredentialKind::ClientCertificate, certificate.repeat(2), PemError::Several),
            (CredentialKind::ClientCertificate, pem("PRIVATE KEY", &der), PemError::PrivateKey),
            (CredentialKind::ClientCertificate, pem("CERTIFICATE", &der[..60]), PemError::Damaged),
            (CredentialKind::ClientCertificate, certificate.replace("-----END", "--"), PemError::Damaged),
            (CredentialKind::SigningKey, pem("PUBLIC KEY", &der), PemError::OtherKind),
        ] {
            assert_eq!(of(kind, &text), Err(error));
        }
    }
}
