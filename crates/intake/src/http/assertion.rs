//! A client's signed assertion of who it is (RFC 7523, RFC 8037): read strictly, with one algorithm and no choice of another.
//!
//! No library for tokens is used: what they are for, algorithms of many kinds and keys found by name, is what must not happen
//! here. The signature is `ed25519-dalek`'s.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, VerifyingKey};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use sha2::{Digest as _, Sha256};

/// The longest assertion: ten times what one needs.
pub(super) const LONGEST: usize = 8 * 1024;

/// The farthest away its end may be, in seconds.
const LONGEST_LIFE: i64 = 300;

/// So many seconds its sender's clock may be ahead or behind, as at a sign-in through a provider.
const LEEWAY: i64 = 60;

/// The longest name an assertion may have (`jti`).
const LONGEST_ID: usize = 128;

/// An assertion whose signature and times hold; whose key it is has not been asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assertion {
    /// The SHA-256 of the 32 bytes of the public key.
    pub(super) key: [u8; 32],
    /// Who says so: the name of the source.
    pub(super) issuer: String,
    /// What tells this assertion from others.
    pub(super) id: String,
    /// After when it means nothing.
    pub(super) until: Timestamp,
}

/// What is wrong with an assertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AssertionFault {
    /// Not three parts of base64url, each of its shape.
    #[error(
        "the assertion is not HEADER.CLAIMS.SIGNATURE in base64url without padding; build it as docs/connect/README.md shows"
    )]
    Shape,
    /// The header asks for something else than EdDSA with the key in it.
    #[error(
        "the assertion's header must be {{\"alg\":\"EdDSA\",\"jwk\":{{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"…\"}}}}, without \
         crit"
    )]
    Header,
    /// The header holds the private key.
    #[error(
        "the assertion's header holds the private key (d): it is no secret any more; make a new key and register that"
    )]
    PrivateKey,
    /// The claims lack something, or one is of another kind.
    #[error(
        "the assertion's claims are iss, sub, aud, exp and jti (and may be iat and nbf), iss and sub both the source's name"
    )]
    Claims,
    /// Another service is meant.
    #[error("the assertion's aud is not the address of this token endpoint (https://HOST/token)")]
    Audience,
    /// Its time is over, has not begun, or ends too far away.
    #[error(
        "the assertion's exp must lie within the next 300 seconds, and nbf not ahead, give or take 60; set the clock, and ask anew \
         each time"
    )]
    Times,
    /// The signature does not fit.
    #[error("the assertion's signature is not that of its key over HEADER.CLAIMS")]
    Signature,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    jwk: Jwk,
    crit: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    d: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    nbf: Option<i64>,
    jti: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Some(Vec<String>),
}

impl Assertion {
    /// Reads an assertion; `is_ours` says whether an address is that of this token endpoint.
    pub(super) fn read(
        text: &str,
        now: Timestamp,
        is_ours: impl Fn(&str) -> bool,
    ) -> Result<Self, AssertionFault> {
        let (signed, signature) = text.rsplit_once('.').ok_or(AssertionFault::Shape)?;
        let (header, claims) = signed.split_once('.').ok_or(AssertionFault::Shape)?;
        let header: Header = json(header, AssertionFault::Header)?;
        if header.jwk.d.is_some() {
            return Err(AssertionFault::PrivateKey);
        }
        let kind = (header.alg.as_str(), header.jwk.kty.as_str(), header.jwk.crv.as_str());
        if kind != ("EdDSA", "OKP", "Ed25519") || header.crit.is_some() {
            return Err(AssertionFault::Header);
        }
        let key: [u8; 32] = bytes(&header.jwk.x)?.try_into().map_err(|_| AssertionFault::Header)?;
        let signature = Signature::from_slice(&bytes(signature)?).map_err(|_| AssertionFault::Signature)?;
        let verifying = VerifyingKey::from_bytes(&key).map_err(|_| AssertionFault::Header)?;
        verifying.verify_strict(signed.as_bytes(), &signature).map_err(|_| AssertionFault::Signature)?;
        let claims: Claims = json(claims, AssertionFault::Claims)?;
        let named = !claims.iss.is_empty() && claims.iss == claims.sub;
        if !named || claims.jti.is_empty() || claims.jti.len() > LONGEST_ID {
            return Err(AssertionFault::Claims);
        }
        let meant = match &claims.aud {
            Audience::One(address) => is_ours(address),
            Audience::Some(addresses) => addresses.iter().any(|address| is_ours(address)),
        };
        if !meant {
            return Err(AssertionFault::Audience);
        }
        let now = now.as_second();
        // It is remembered for as long as it could be sent again.
        let until = claims.exp.saturating_add(LEEWAY);
        let in_time = until > now && claims.exp <= now.saturating_add(LONGEST_LIFE + LEEWAY);
        if !in_time || claims.nbf.is_some_and(|from| from > now.saturating_add(LEEWAY)) {
            return Err(AssertionFault::Times);
        }
        let until = Timestamp::from_second(until).map_err(|_| AssertionFault::Times)?;
        Ok(Self { key: Sha256::digest(key).into(), issuer: claims.iss, id: claims.jti, until })
    }
}

fn bytes(part: &str) -> Result<Vec<u8>, AssertionFault> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| AssertionFault::Shape)
}

fn json<T: DeserializeOwned>(part: &str, fault: AssertionFault) -> Result<T, AssertionFault> {
    serde_json::from_slice(&bytes(part)?).map_err(|_| fault)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use ed25519_dalek::{Signer as _, SigningKey};
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_790_000_000;

    fn signed(header: &Value, claims: &Value) -> String {
        let text = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", text(header), text(claims));
        let signature = SigningKey::from_bytes(&[7; 32]).sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }

    fn header() -> Value {
        let key = SigningKey::from_bytes(&[7; 32]).verifying_key();
        json!({"alg": "EdDSA", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(key.as_bytes())}})
    }

    fn claims() -> Value {
        json!({"iss": "gp", "sub": "gp", "aud": "https://here/token", "exp": NOW + 60, "jti": "1"})
    }

    fn read(text: &str) -> Result<Assertion, AssertionFault> {
        Assertion::read(text, Timestamp::from_second(NOW).unwrap(), |aud| aud == "https://here/token")
    }

    fn with(mut value: Value, at: &str, new: Value) -> Value {
        *value.pointer_mut(at).unwrap() = new;
        value
    }

    #[test]
    fn an_assertion_holds_only_as_it_was_signed_for_here_and_now() {
        let good = read(&signed(&header(), &claims())).unwrap();
        assert_eq!((good.issuer.as_str(), good.id.as_str()), ("gp", "1"));
        let more = |mut value: Value, name: &str, new: Value| {
            value.as_object_mut().unwrap().insert(name.to_owned(), new);
            value
        };
        let mut leaked = header();
        leaked.pointer_mut("/jwk").unwrap()["d"] = json!("AAAA");
        let cases = [
            (signed(&with(header(), "/alg", json!("none")), &claims()), AssertionFault::Header),
            (signed(&with(header(), "/alg", json!("HS256")), &claims()), AssertionFault::Header),
            (signed(&more(header(), "crit", json!(["exp"])), &claims()), AssertionFault::Header),
            (signed(&leaked, &claims()), AssertionFault::PrivateKey),
            (
                signed(&with(header(), "/jwk/x", json!(URL_SAFE_NO_PAD.encode([1; 31]))), &claims()),
                AssertionFault::Header,
            ),
            (signed(&header(), &with(claims(), "/sub", json!("care"))), AssertionFault::Claims),
            (signed(&header(), &with(claims(), "/jti", json!(""))), AssertionFault::Claims),
            (
                signed(&header(), &with(claims(), "/aud", json!("https://there/token"))),
                AssertionFault::Audience,
            ),
            (signed(&header(), &with(claims(), "/exp", json!(NOW - 60))), AssertionFault::Times),
            (signed(&header(), &with(claims(), "/exp", json!(NOW + 361))), AssertionFault::Times),
            (signed(&header(), &more(claims(), "nbf", json!(NOW + 61))), AssertionFault::Times),
            ("a.b".to_owned(), AssertionFault::Shape),
        ];
        for (text, fault) in cases {
            assert_eq!(read(&text), Err(fault), "{text}");
        }
        // A clock may be a minute off, either way; what could be sent again is remembered for that much longer.
        let late = read(&signed(&header(), &with(claims(), "/exp", json!(NOW - 59)))).unwrap();
        assert_eq!(late.until, Timestamp::from_second(NOW + 1).unwrap());
        let ahead = more(with(claims(), "/exp", json!(NOW + 360)), "nbf", json!(NOW + 60));
        assert!(read(&signed(&header(), &ahead)).is_ok());
        let several = with(claims(), "/aud", json!(["https://there/token", "https://here/token"]));
        assert!(read(&signed(&header(), &several)).is_ok());
        let whole = signed(&header(), &claims());
        let (_, signature) = whole.rsplit_once('.').unwrap();
        let other = signed(&header(), &with(claims(), "/jti", json!("2")));
        let (others, _) = other.rsplit_once('.').unwrap();
        assert_eq!(read(&format!("{others}.{signature}")), Err(AssertionFault::Signature));
    }
}
