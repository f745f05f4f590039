//! A passkey device made of software: it verifies its person when told to, and counts.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey};
use openidconnect::{JsonWebKeyId, PrivateSigningKey as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The host name that the device's passkeys belong to.
pub const HOST: &str = "localhost";
const ORIGIN: &str = "http://localhost:8080";

/// The key pairs of the tests; they open nothing else.
const KEYS: [&str; 2] = [include_str!("keys/one.pem"), include_str!("keys/two.pem")];

/// One of two key pairs, 0 or 1, under the name `kid`.
pub fn signing_key(which: usize, kid: &str) -> CoreRsaPrivateSigningKey {
    CoreRsaPrivateSigningKey::from_pem(KEYS[which], Some(JsonWebKeyId::new(kid.to_owned()))).unwrap()
}

/// A device with one passkey.
pub struct Device {
    key: CoreRsaPrivateSigningKey,
    /// The passkey's id, 32 bytes.
    pub credential: Vec<u8>,
    /// How many answers it has given.
    pub counter: u32,
    /// Whether the person gives their PIN.
    pub verifies: bool,
    /// Where the page that asks stands.
    pub origin: &'static str,
    /// The host name the answer is for.
    pub host: &'static str,
}

impl Device {
    /// A device whose passkey's id follows from `name`.
    pub fn new(name: &str) -> Self {
        let credential = Sha256::digest(name.as_bytes()).to_vec();
        let key = signing_key(0, "device");
        Self { key, credential, counter: 0, verifies: true, origin: ORIGIN, host: HOST }
    }

    /// The answer to a registration's question.
    pub fn create(&self, options: &str) -> String {
        let client = self.client_data("webauthn.create", options);
        let mut data = self.authenticator_data(0x40);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.credential.len()).unwrap().to_be_bytes());
        data.extend(&self.credential);
        data.extend(self.public_key());
        let mut object = vec![0xa3];
        object.extend(text("fmt"));
        object.extend(text("none"));
        object.extend(text("attStmt"));
        object.push(0xa0);
        object.extend(text("authData"));
        object.extend(bytes(&data));
        self.answer(json!({
            "attestationObject": URL_SAFE_NO_PAD.encode(object),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
        }))
    }

    /// The answer to a sign-in's question.
    pub fn get(&mut self, options: &str) -> String {
        self.counter += 1;
        let client = self.client_data("webauthn.get", options);
        let data = self.authenticator_data(0);
        let signed = [data.as_slice(), Sha256::digest(&client).as_slice()].concat();
        let signature = self.key.sign(&CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, &signed).unwrap();
        self.answer(json!({
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
            "signature": URL_SAFE_NO_PAD.encode(signature),
            "userHandle": null,
        }))
    }

    fn answer(&self, response: Value) -> String {
        let id = URL_SAFE_NO_PAD.encode(&self.credential);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response }).to_string()
    }

    fn client_data(&self, kind: &str, options: &str) -> Vec<u8> {
        let options: Value = serde_json::from_str(options).unwrap();
        let challenge = options["publicKey"]["challenge"].as_str().unwrap();
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(self.host.as_bytes()).to_vec();
        data.push(flags | 0x01 | if self.verifies { 0x04 } else { 0 });
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn public_key(&self) -> Vec<u8> {
        let key = serde_json::to_value(self.key.as_verification_key()).unwrap();
        let part = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
        // {1: 3 (RSA), 3: -257 (RS256), -1: n, -2: e}
        let mut map = vec![0xa4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20];
        map.extend(bytes(&part("n")));
        map.push(0x21);
        map.extend(bytes(&part("e")));
        map
    }
}

fn text(value: &str) -> Vec<u8> {
    let mut out = vec![0x60 | u8::try_from(value.len()).unwrap()];
    out.extend(value.as_bytes());
    out
}

fn bytes(value: &[u8]) -> Vec<u8> {
    let mut out = vec![0x59];
    out.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
    out.extend(value);
    out
}
