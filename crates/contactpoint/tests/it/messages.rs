//! `kill -9` of a service while a hospital goes on sending: whatever was answered is there, once.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use feeds::hl7::framed;
use rand::RngExt as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest as _, Sha256};
use testkit::{TestDatabases, block_on, seeded};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::installation::{Installation, contactpoint};
use crate::raw::Raw;
use crate::started::Started;

/// How many times each test kills; `CONTACTPOINT_KILLS` gives another number.
const MOMENTS: usize = 2;

fn moments() -> usize {
    let given = std::env::var("CONTACTPOINT_KILLS").ok().and_then(|kills| kills.parse().ok());
    given.unwrap_or(MOMENTS)
}

/// A hospital's system: its certificate, and the service that it speaks to.
struct System {
    config: Arc<ClientConfig>,
    port: u16,
    /// How many messages were answered "durable".
    answered: AtomicU64,
    stops: AtomicBool,
}

impl System {
    /// Makes two certificates and has the installation take messages from the hospital.
    fn of(here: &Installation) -> Self {
        let (server, own) = (certificate(), certificate());
        let (certificate_file, key_file) =
            (here.path("secret/certificate.pem"), here.path("secret/intake-key.pem"));
        std::fs::write(&certificate_file, server.cert.pem()).unwrap();
        write_private(&key_file, &server.signing_key.serialize_pem());
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let digest: String =
            Sha256::digest(own.cert.der()).iter().map(|byte| format!("{byte:02x}")).collect();
        // The hospital stands last in the configuration.
        here.configure(&format!(
            "credentials = [\"client_certificate:{digest}\"]\n\n[intake]\ncertificate_file = \"{}\"\nkey_file = \"{}\"\n\n\
             [intake.mllp]\naddress = \"127.0.0.1:{port}\"\n",
            certificate_file.display(),
            key_file.display(),
        ));
        let mut roots = RootCertStore::empty();
        roots.add(server.cert.der().clone()).unwrap();
        let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_client_auth_cert(vec![CertificateDer::from(own.cert.der().to_vec())], key)
            .unwrap();
        Self { config: Arc::new(config), port, answered: AtomicU64::new(0), stops: AtomicBool::new(false) }
    }

    async fn connect(&self) -> std::io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::clone(&self.config)).connect(name, stream).await
    }

    /// Sends message after message, each until it is answered, whatever becomes of the service meanwhile.
    async fn goes_on_sending(&self) {
        while !self.stops.load(Ordering::SeqCst) {
            let Ok(mut stream) = self.connect().await else {
                sleep(Duration::from_millis(20)).await;
                continue;
            };
            while !self.stops.load(Ordering::SeqCst) {
                let number = self.answered.load(Ordering::SeqCst);
                match timeout(Duration::from_secs(10), ask(&mut stream, number)).await {
                    Ok(Ok(answer)) => {
                        assert!(answer.contains(&format!("MSA|AA|{number}")), "{answer}");
                        self.answered.fetch_add(1, Ordering::SeqCst);
                    }
                    _ => break,
                }
            }
        }
    }

    async fn answered_more(&self, than: u64) {
        let more = async {
            while self.answered.load(Ordering::SeqCst) <= than {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(60), more).await.expect("the service answers again");
    }
}

async fn ask(stream: &mut TlsStream<TcpStream>, number: u64) -> std::io::Result<String> {
    let surname =
        ["Abernathy", "Bickerstaff", "Cholmondeley", "Drinkwater", "Entwistle"][number as usize % 5];
    let born = format!("20{:02}{:02}{:02}", 10 + number / 336 % 8, 1 + number % 12, 1 + number / 12 % 28);
    let message = [
        format!(
            r"MSH|^~\&|PAS|RXX01|ContactPoint|LEEDS|20260301120000||ADT^A08|{number}|P|2.5.1||||||UNICODE UTF-8"
        ),
        "EVN||202603011158".to_owned(),
        format!("PID|1||R-{number}^^^RXX01^MR||{surname}^Amelia^^^^^L||{born}|F"),
    ];
    stream.write_all(&framed(&message.join("\r"))).await?;
    stream.flush().await?;
    let mut answer = Vec::new();
    loop {
        match stream.read_u8().await? {
            0x1C => break,
            byte => answer.push(byte),
        }
    }
    stream.read_u8().await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn certificate() -> rcgen::CertifiedKey<rcgen::KeyPair> {
    rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

fn write_private(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn serving(here: &Installation) -> Started {
    Started::new(contactpoint(["serve", "--config", &here.config()]).stderr(Stdio::null()))
}

async fn killed_while_a_hospital_sends(db: TestDatabases, seed: u64) {
    let here = Installation::new(db);
    let system = Arc::new(System::of(&here));
    let mut service = serving(&here);
    let sending = tokio::spawn({
        let system = Arc::clone(&system);
        async move { system.goes_on_sending().await }
    });
    let mut rng = seeded(seed);
    for _ in 0..moments() {
        system.answered_more(system.answered.load(Ordering::SeqCst) + 3).await;
        sleep(Duration::from_millis(rng.random_range(0..300))).await;
        // SIGKILL.
        drop(service);
        service = serving(&here);
    }
    system.answered_more(system.answered.load(Ordering::SeqCst) + 3).await;
    system.stops.store(true, Ordering::SeqCst);
    sending.await.unwrap();
    let answered = system.answered.load(Ordering::SeqCst);
    let mut raw = Raw::connect(&here.db.data_url).await;
    let worked_through = async {
        while raw.count("inbox").await > 0 {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(60), worked_through).await.expect("what was taken is worked through");
    let runs = raw.table("feed_run").await;
    let sum = |column: &str| runs.iter().map(|run| run[column].number()).sum::<i64>();
    let (rows, accepted, unchanged) = (sum("rows_read"), sum("accepted"), sum("unchanged"));
    assert_eq!(accepted, answered as i64, "each record that was answered is there, once");
    assert_eq!(rows, accepted + unchanged, "and each message was counted once, also what was sent again");
    assert_eq!(raw.count("source_record").await, answered as i64);
    drop(service);
}

#[test]
fn what_a_hospital_was_answered_is_there_once_after_kills_on_sqlite() {
    block_on(async { killed_while_a_hospital_sends(TestDatabases::sqlite().await, 5).await });
}

#[test]
fn what_a_hospital_was_answered_is_there_once_after_kills_on_postgresql() {
    block_on(async { killed_while_a_hospital_sends(TestDatabases::postgres().await, 6).await });
}
