//! An identity provider made of software: discovery, keys, a code for a signed token, and tokens of logging out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::CoreJwsSigningAlgorithm;
use openidconnect::{HttpRequest, HttpResponse, PrivateSigningKey as _};
use serde_json::{Value, json};

use crate::authenticator::signing_key;

/// The provider's name to the world.
pub const ISSUER: &str = "https://login.council.example";

/// A provider: which codes are good for which claims, and which key it signs with. A clone is the same provider.
#[derive(Clone)]
pub struct Provider(Arc<Mutex<Desk>>);

struct Desk {
    codes: HashMap<String, Value>,
    signs_with: usize,
    publishes: usize,
    asked_for_keys: usize,
}

impl Provider {
    /// One that signs with the key it publishes, and has sold no code.
    pub fn open() -> Self {
        let desk = Desk { codes: HashMap::new(), signs_with: 0, publishes: 0, asked_for_keys: 0 };
        Self(Arc::new(Mutex::new(desk)))
    }

    /// Makes a code good, once, for a token of these claims.
    pub fn sells(&self, code: &str, claims: Value) {
        self.0.lock().unwrap().codes.insert(code.to_owned(), claims);
    }

    /// Signs with this key from now on, 0 or 1.
    pub fn signs_with(&self, key: usize) {
        self.0.lock().unwrap().signs_with = key;
    }

    /// Publishes this key from now on, 0 or 1.
    pub fn publishes(&self, key: usize) {
        self.0.lock().unwrap().publishes = key;
    }

    /// How often its keys were asked for.
    pub fn asked_for_keys(&self) -> usize {
        self.0.lock().unwrap().asked_for_keys
    }

    /// Its answer to one request.
    ///
    /// # Panics
    /// If the request is for nothing that a provider has, or a code is redeemed without a verifier (PKCE).
    pub fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let mut desk = self.0.lock().unwrap();
        let (status, body) = match request.uri().path() {
            "/.well-known/openid-configuration" => (200, metadata()),
            "/keys" => {
                desk.asked_for_keys += 1;
                let key = signing_key(desk.publishes, &format!("key-{}", desk.publishes));
                (200, json!({ "keys": [key.as_verification_key()] }))
            }
            "/token" => redeem(&mut desk, request.body()),
            other => panic!("nobody asks for {other}"),
        };
        let response = openidconnect::http::Response::builder().status(status);
        response.header("content-type", "application/json").body(body.to_string().into_bytes()).unwrap()
    }
}

fn metadata() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/authorize"),
        "token_endpoint": format!("{ISSUER}/token"),
        "jwks_uri": format!("{ISSUER}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "authorization_response_iss_parameter_supported": true,
    })
}

fn redeem(desk: &mut Desk, form: &[u8]) -> (u16, Value) {
    let form: HashMap<String, String> = url::form_urlencoded::parse(form).into_owned().collect();
    assert_eq!(form["code_verifier"].len(), 64, "the code is bound to who asked (PKCE)");
    let Some(claims) = desk.codes.remove(&form["code"]) else {
        return (400, json!({ "error": "invalid_grant" }));
    };
    let token = signed(desk.signs_with, "JWT", &claims);
    (200, json!({ "access_token": "unused", "token_type": "Bearer", "id_token": token }))
}

/// A token of this kind (`JWT`, `logout+jwt`), signed with key 0 or 1.
pub fn signed(which: usize, kind: &str, claims: &Value) -> String {
    let head = json!({ "alg": "RS256", "kid": format!("key-{which}"), "typ": kind });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&head), part(claims));
    let key = signing_key(which, "any");
    let signature = key.sign(&CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, text.as_bytes()).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}
