//! Who is let in: a registered certificate, or a token for a signed assertion, asked at each request (rule 11.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use directory::connecting::CredentialKind;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use testkit::{TestDatabases, on_both_databases};

use crate::certificates::Made;
use crate::client::{Answer, Connection};
use crate::house::{CARE, GP, House};

const RECEIPTS: &str = "/v1/receipts";

/// What a source signs.
fn assertion(key: &SigningKey, source: &str, id: &str, until: i64) -> String {
    let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
    let header = json!({"alg": "EdDSA", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": x}});
    let aud = "https://localhost:8443/token";
    let claims = json!({"iss": source, "sub": source, "aud": aud, "exp": until, "jti": id});
    let text = |part: serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", text(header), text(claims));
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()).to_bytes()))
}

async fn token(house: &House, assertion: &str) -> Answer {
    let body = format!(
        "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3A\
         jwt-bearer&client_assertion={assertion}"
    );
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    house.ask(None, "POST", "/token", &[kind], body.as_bytes()).await
}

on_both_databases! {
    async fn a_certificate_nobody_registered_is_answered_401_and_nothing_is_told(db: TestDatabases) {
        let house = House::open(&db).await;
        let nobody = house.ask(None, "GET", RECEIPTS, &[], b"").await.is(401);
        let stranger = house.ask(Some(&Made::of("stranger")), "GET", RECEIPTS, &[], b"").await.is(401);
        let forged = [("Authorization", "Bearer bm9uc2Vuc2U")];
        let with_nonsense = house.ask(None, "GET", RECEIPTS, &forged, b"").await.is(401);
        assert_eq!(nobody.body, stranger.body);
        assert_eq!(nobody.body, with_nonsense.body);
        assert!(!String::from_utf8_lossy(&stranger.body).contains(CARE));
        assert_eq!(stranger.header("www-authenticate"), Some("Bearer"));

        let ended = Connection::open(house.port, &house.server, Some(&Made::ended("care"))).await;
        let refused = match ended {
            Ok(mut ended) => ended.send(b"GET / HTTP/1.1\r\n\r\n").await.is_err() || ended.answer().await.is_err(),
            Err(_) => true,
        };
        assert!(refused, "a certificate whose days are over does not come through the handshake");

        // A credential that is taken back ends at the next request, of the same connection too.
        let mut open = house.connect(Some(&house.care)).await;
        open.ask("GET", RECEIPTS, &[], b"").await.is(200);
        house.directory.declare_credentials(CARE, &[], true).await.unwrap();
        let after = open.ask("GET", RECEIPTS, &[], b"").await.is(401);
        assert_eq!(after.body, nobody.body);
        house.ask(Some(&house.gp), "GET", RECEIPTS, &[], b"").await.is(200);
    }

    async fn a_signed_assertion_buys_ten_minutes_once_and_only_while_its_key_stands(db: TestDatabases) {
        let house = House::open(&db).await;
        let key = SigningKey::from_bytes(&[3; 32]);
        let digest = Sha256::digest(key.verifying_key().as_bytes());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let registered = [(CredentialKind::SigningKey, digest)];
        let soon = house.clock.now().as_second() + 60;
        let unknown = token(&house, &assertion(&key, CARE, "0", soon)).await.is(401);
        assert_eq!(unknown.json()["error"], "invalid_client");
        house.directory.declare_credentials(CARE, &registered, true).await.unwrap();
        // Another source's name is not opened by it, and is answered as an unknown key is.
        let other = token(&house, &assertion(&key, GP, "0", soon)).await.is(401);
        assert_eq!(other.body, unknown.body);

        let good = assertion(&key, CARE, "1", soon);
        let given = token(&house, &good).await.is(200).json();
        assert_eq!((given["token_type"].as_str(), given["expires_in"].as_u64()), (Some("Bearer"), Some(600)));
        let bearer = format!("Bearer {}", given["access_token"].as_str().unwrap());
        let bearer = [("Authorization", bearer.as_str())];
        house.ask(None, "GET", RECEIPTS, &bearer, b"").await.is(200);
        let again = token(&house, &good).await.is(401).json();
        assert!(again["error_description"].as_str().unwrap().contains("used before"), "{again}");

        house.directory.declare_credentials(CARE, &[], true).await.unwrap();
        house.ask(None, "GET", RECEIPTS, &bearer, b"").await.is(401);
        house.directory.declare_credentials(CARE, &registered, true).await.unwrap();
        house.ask(None, "GET", RECEIPTS, &bearer, b"").await.is(200);
        house.minutes_pass(11);
        house.ask(None, "GET", RECEIPTS, &bearer, b"").await.is(401);
    }
}
