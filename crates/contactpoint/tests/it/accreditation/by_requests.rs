//! Products that speak JSON and FHIR, tested over the real wire: HTTPS with a client certificate, or with a signed assertion.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use feeds::{Message, Outcome, Profile};
use reqwest::{Certificate, Client, Identity, Method};
use serde_json::{Value, json};
use service::{checksum, row_digest};
use testkit::block_on;

use super::driven::{Driven, Report};
use super::product::{Record, resources};

/// A product and its line to the kit.
struct Product {
    client: Client,
    base: String,
    token: Option<String>,
    is_fhir: bool,
    /// It does not send again what it has no answer to.
    forgets: bool,
    receipts: String,
    /// What is sent again by its own will has keys of its own.
    round: u64,
}

impl Product {
    /// One that shows a client certificate.
    fn certified(kit: &Driven, is_fhir: bool) -> Self {
        let own = rcgen::generate_simple_self_signed(["product".to_owned()]).unwrap();
        let own = own.cert.pem() + &own.signing_key.serialize_pem();
        Self::with(kit, is_fhir, Some(Identity::from_pem(own.as_bytes()).unwrap()))
    }

    fn with(kit: &Driven, is_fhir: bool, own: Option<Identity>) -> Self {
        // The first of a process sets it; the others find it set.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy();
        let client = match own {
            Some(own) => client.identity(own),
            None => client,
        };
        let roots = Certificate::from_pem(&std::fs::read(kit.path("tls/server.pem")).unwrap()).unwrap();
        let client = client.tls_certs_only([roots]).build().unwrap();
        let port = kit.address.rsplit(':').next().unwrap();
        let base = format!("https://localhost:{port}");
        Self { client, base, token: None, is_fhir, forgets: false, receipts: String::new(), round: 0 }
    }

    /// One that signs who it is.
    async fn signing(kit: &Driven, is_fhir: bool) -> Self {
        let mut product = Self::with(kit, is_fhir, None);
        let key = SigningKey::from_bytes(&[9; 32]);
        let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        let header = json!({"alg": "EdDSA", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": x}});
        let until = jiff::Timestamp::now().as_second() + 60;
        let claims = json!({"iss": "kit", "sub": "kit", "aud": format!("{}/token", product.base), "exp": until, "jti": "1"});
        let part = |part: Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let assertion =
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()).to_bytes()));
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &assertion),
        ];
        let answer = product.client.post(format!("{}/token", product.base)).form(&form).send().await.unwrap();
        let answer: Value = answer.error_for_status().unwrap().json().await.unwrap();
        product.token = Some(answer["access_token"].as_str().unwrap().to_owned());
        product
    }

    /// Sends a request until it is answered by something else than "later".
    async fn ask(&self, method: Method, path: &str, body: &Value) -> Option<(u16, Value)> {
        let kind = if self.is_fhir { "application/fhir+json" } else { "application/json" };
        let words = body.to_string();
        let key = format!(
            "{:x}",
            words
                .bytes()
                .fold(path.len() as u64 + self.round, |sum, byte| sum.wrapping_mul(31) + u64::from(byte))
        );
        loop {
            let mut request = self.client.request(method.clone(), format!("{}{path}", self.base));
            if method != Method::GET && method != Method::DELETE {
                request = request.header("content-type", kind).body(words.clone());
            }
            if let Some(token) = &self.token {
                request = request.bearer_auth(token);
            }
            match request.header("idempotency-key", &key).send().await {
                Err(_) if self.forgets => return None,
                Err(lost) => assert!(!lost.is_builder(), "{lost}"),
                Ok(answer) if [429, 503].contains(&answer.status().as_u16()) => {
                    let seconds = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
                    tokio::time::sleep(Duration::from_secs(seconds)).await;
                }
                Ok(answer) => {
                    let status = answer.status().as_u16();
                    return Some((status, answer.json().await.unwrap_or_default()));
                }
            }
        }
    }

    /// Says what is new since the step before.
    async fn sends(&self, records: &[Record], before: &[Record]) {
        let new: Vec<&Record> = records.iter().filter(|record| !before.contains(record)).collect();
        if !new.is_empty() {
            self.states(new).await;
        }
        for ended in before.iter().filter(|record| !records.iter().any(|other| other.id == record.id)) {
            let goes_on = records.iter().find(|record| record.sheet["surname"] == ended.sheet["surname"]);
            let (method, path, body) = match (goes_on, self.is_fhir) {
                (Some(record), false) => (
                    Method::POST,
                    "/v1/merges".to_owned(),
                    json!({"surviving": record.id, "ended": ended.id}),
                ),
                (Some(record), true) => {
                    let other = json!({"reference": format!("Patient/{}", record.id)});
                    let link = json!([{"type": "replaced-by", "other": other}]);
                    let patient = json!({"resourceType": "Patient", "id": ended.id, "link": link});
                    (Method::PUT, format!("/fhir/Patient/{}", ended.id), patient)
                }
                (None, false) => {
                    (Method::POST, format!("/v1/records/{}/end", ended.id), json!({"as_of": "2026-11-24"}))
                }
                (None, true) => (Method::DELETE, format!("/fhir/Patient/{}", ended.id), Value::Null),
            };
            let (status, answer) = self.ask(method, &path, &body).await.unwrap();
            assert_eq!(status, 202, "{path}: {answer}");
        }
    }

    /// All in one request. What an answer names as broken is kept back, and the rest sent again where nothing was taken.
    async fn states(&self, mut new: Vec<&Record>) {
        loop {
            let (path, body) = match self.is_fhir {
                true => ("/fhir", bundle(&new)),
                false => ("/v1/statements", new.iter().map(|record| statement(record)).collect()),
            };
            let Some((status, answer)) = self.ask(Method::POST, path, &body).await else { return };
            if status == 202 {
                return;
            }
            assert_eq!(status, 422, "{answer}");
            // Each child takes two entries.
            let place = answer["issue"][0]["expression"][0].as_str().unwrap().to_owned();
            let entry: usize = place.split(['[', ']']).nth(1).unwrap().parse().unwrap();
            new.remove(entry / 2);
        }
    }

    /// Reads its receipts on, until nothing comes.
    async fn reads_receipts(&mut self) {
        loop {
            let path = format!("/v1/receipts?limit=2{}", self.receipts);
            let (status, page) = self.ask(Method::GET, &path, &Value::Null).await.unwrap();
            assert_eq!(status, 200, "{page}");
            if page["receipts"].as_array().unwrap().is_empty() {
                return;
            }
            self.receipts = format!("&after={}", page["next"].as_str().unwrap());
        }
    }

    /// Whether the sums of today are not those of what it sent: by the counts, and by the checksum.
    async fn finds_other_sums(&self, profile: &'static Profile, sent: &[Record]) -> bool {
        let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let path = format!("/v1/reconciliation/{today}");
        let (status, sums) = self.ask(Method::GET, &path, &Value::Null).await.unwrap();
        assert_eq!(status, 200, "{sums}");
        assert_eq!(sums["total"]["sent"], sent.len(), "{sums}");
        let digests = sent.iter().map(|record| {
            let mut message = Message::new(profile);
            message.say("record_id", &record.id).unwrap();
            message.say("effective_at", &record.at).unwrap();
            record.sheet.iter().for_each(|(column, value)| message.say(column, value).unwrap());
            match message.judge(0, today) {
                Outcome::Accepted(row) => row_digest(&row),
                Outcome::Quarantined(row) => panic!("{row:?}"),
            }
        });
        sums["total"]["checksum"] != json!(checksum(digests))
    }
}

fn statement(record: &Record) -> Value {
    let mut said = json!({"record_id": record.id, "effective_at": record.at});
    for (column, value) in &record.sheet {
        said[*column] = json!(value);
    }
    said
}

/// A transaction of Patients, each with its registration at a practice.
fn bundle(records: &[&Record]) -> Value {
    let mut entries = Vec::new();
    for record in records {
        let [patient, episode] = resources(record);
        let entry = |resource: Value, kind: &str| json!({"resource": resource, "request": {"method": "POST", "url": kind}});
        entries.extend([entry(patient, "Patient"), entry(episode, "EpisodeOfCare")]);
    }
    json!({"resourceType": "Bundle", "type": "transaction", "entry": entries})
}

/// Carries out every step.
async fn carried_out(mut kit: Driven, mut product: Product, status: i32) -> Report {
    while let Some((case, step)) = kit.step() {
        if kit.asks.contains("read its receipts") {
            product.reads_receipts().await;
        }
        let exports = kit.exports(&case);
        let mut before = step.checked_sub(2).map_or(&[][..], |nth| &exports[nth]);
        if kit.asks.contains("ask for the sums") && product.finds_other_sums(kit.profile, before).await {
            (before, product.round) = (&[], product.round + 1);
        }
        product.sends(&exports[step - 1], before).await;
        kit.sent();
    }
    kit.ended(status)
}

#[test]
fn a_product_that_speaks_json_is_tested_over_the_wire_and_a_lost_answer_that_is_not_made_good_fails_it() {
    block_on(async {
        let kit = Driven::new("social-care", &["--way", "json"], &[]);
        let product = Product::certified(&kit, false);
        let report = carried_out(kit, product, 0).await;
        assert_eq!((report.passed().len(), &report.0["report"]["way"]), (16, &json!("json")));

        let kit = Driven::new("social-care", &["--way", "json"], &[]);
        let product = Product { forgets: true, ..Product::certified(&kit, false) };
        let report = carried_out(kit, product, 1).await;
        assert_eq!(report.failed(), ["T10"], "{}", report.0);
    });
}

#[test]
fn a_product_that_speaks_fhir_is_tested_over_the_wire() {
    block_on(async {
        let kit = Driven::new("nhs-gp", &["--way", "fhir"], &[]);
        let product = Product::signing(&kit, true).await;
        let report = carried_out(kit, product, 0).await;
        assert_eq!((report.passed().len(), &report.0["report"]["way"]), (15, &json!("fhir")));

        // Another way is none that this test is about, and no other credential is the product.
        let mut kit = Driven::new("nhs-gp", &["--way", "json"], &[]);
        assert_eq!(kit.step(), Some(("T01".to_owned(), 1)));
        let product = Product::certified(&kit, true);
        let exports = kit.exports("T01");
        let whole = bundle(&exports[0].iter().collect::<Vec<_>>());
        assert_eq!(product.ask(Method::POST, "/fhir", &whole).await.unwrap().0, 403);
        let other = Product::certified(&kit, false);
        assert_eq!(
            other.ask(Method::POST, "/v1/statements", &statement(&exports[0][0])).await.unwrap().0,
            401
        );
        kit.sent();
        kit.step();
        assert!(kit.said.contains("an authority registers this"), "{}", kit.said);
        let report = kit.ended(1);
        assert_eq!(report.failed(), ["T01"]);
        assert!(report.0.to_string().contains("403"), "{}", report.0);
    });
}
