//! A directory with one hospital that sends messages, and a client of its own.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use directory::connecting::CredentialKind;
use feeds::hl7::framed;
use intake::mllp::{Limits, MllpDoor};
use intake::tls::{Clients, Identity, server_config};
use jiff::Timestamp;
use jiff::civil::date;
use rand::SeedableRng as _;
use rand_chacha::ChaCha12Rng;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use service::{
    Chance, Clock, Directory, NewOrganisation, NewSource, Policy, ReceiptCursor, RowStatus, SourceDoor, World,
};
use testkit::{TestClock, TestDatabases};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use vault::KeyEncryptionKey;

pub const HOSPITAL: &str = "hospital";

struct Hands(TestClock);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

struct Dice(AtomicU64);

impl Chance for Dice {
    fn generator(&self) -> ChaCha12Rng {
        ChaCha12Rng::seed_from_u64(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

pub struct Hospital {
    pub directory: Arc<Directory>,
    pub clock: TestClock,
}

impl Hospital {
    /// The hospital's certificate has this SHA-256.
    pub async fn open(db: &TestDatabases, certificate: &[u8; 32]) -> Self {
        let clock = TestClock::starting("2026-03-02T09:00:00Z");
        let world =
            World { clock: Arc::new(Hands(clock.clone())), chance: Arc::new(Dice(AtomicU64::new(1))) };
        let key = KeyEncryptionKey::from_bytes([7; 32]);
        let options = store::Options::default();
        let opened =
            Directory::open(&db.data_url, &db.keys_url, &options, key, Policy::default(), world).await;
        let directory = Arc::new(opened.unwrap());
        let council = NewOrganisation {
            name: "Leeds City Council".to_owned(),
            kind: "authority".to_owned(),
            authority_code: Some("E08000035".to_owned()),
            accredited_until: "2040-03-31T00:00:00Z".parse().unwrap(),
        };
        directory.declare_organisation(council).await.unwrap();
        let source = NewSource {
            name: HOSPITAL.to_owned(),
            profile: "hospital".to_owned(),
            organisation: "Leeds City Council".to_owned(),
            precedence: 10,
            one_record_per_child: false,
            accredited_until: Some(date(2040, 3, 31)),
        };
        directory.declare_source(source).await.unwrap();
        let hospital = Self { directory, clock };
        hospital.registers(&[certificate]).await;
        hospital
    }

    /// These certificates are the hospital's, and no other.
    pub async fn registers(&self, certificates: &[&[u8; 32]]) {
        let digest = |bytes: &[u8; 32]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let declared: Vec<_> =
            certificates.iter().map(|bytes| (CredentialKind::ClientCertificate, digest(bytes))).collect();
        self.directory.declare_credentials(HOSPITAL, &declared, true).await.unwrap();
    }

    pub fn door(&self, limits: Limits) -> MllpDoor {
        MllpDoor::new(SourceDoor::of(Arc::clone(&self.directory)), BTreeMap::new(), limits)
    }

    /// What became of everything that was said: number, record, status.
    pub async fn told(&self) -> Vec<(u64, Option<String>, RowStatus)> {
        while self.directory.work_through_inbox().await.unwrap() > 0 {}
        self.clock.advance(jiff::SignedDuration::from_mins(10));
        let page = self.directory.receipts(HOSPITAL, ReceiptCursor::default(), 1_000).await.unwrap();
        page.lines.into_iter().map(|line| (line.row, line.record, line.status)).collect()
    }
}

/// A message of this event, number, record and date of birth.
pub fn message(event: &str, number: &str, record: &str, born: &str) -> String {
    [
        format!(r"MSH|^~\&|PAS|RXX01|ContactPoint|LEEDS|20260301120000||ADT^{event}|{number}|P|2.5.1||||||UNICODE UTF-8"),
        "EVN||202603011158".to_owned(),
        format!("PID|1||{record}^^^RXX01^MR||Lister^Amelia^^^^^L||{born}|F|||12 Mill Lane^^Leeds^^LS1 4AP^GBR^H"),
        "PV1|1|I|WARD 7".to_owned(),
    ]
    .join("\r")
}

pub fn in_frame(event: &str, number: &str, record: &str, born: &str) -> Vec<u8> {
    framed(&message(event, number, record, born))
}

/// Sends bytes and does not wait.
pub async fn send(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) {
    stream.write_all(bytes).await.unwrap();
    stream.flush().await.unwrap();
}

/// The next answer, without its frame; none when the connection was closed.
pub async fn answer(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        match stream.read_u8().await {
            Ok(0x0B) => bytes.clear(),
            Ok(0x1C) => {
                let _ = stream.read_u8().await;
                return Some(String::from_utf8(bytes).unwrap());
            }
            Ok(byte) => bytes.push(byte),
            Err(_) => return None,
        }
    }
}

/// Code and number of the message that an answer is about, and what ERR says.
pub fn acknowledged(answer: &str) -> (String, String, String) {
    let segment = |name: &str| answer.split('\r').find(|line| line.starts_with(name)).unwrap_or_default();
    let of = |line: &str, field: usize| line.split('|').nth(field).unwrap_or_default().to_owned();
    (of(segment("MSA"), 1), of(segment("MSA"), 2), segment("ERR").to_owned())
}

/// A certificate with its key.
pub struct Certificate {
    pub pem: String,
    pub key_pem: String,
    der: Vec<u8>,
    key: Vec<u8>,
}

impl Certificate {
    pub fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        Self {
            pem: made.cert.pem(),
            key_pem: made.signing_key.serialize_pem(),
            der: made.cert.der().to_vec(),
            key: made.signing_key.serialize_der(),
        }
    }

    pub fn sha256(&self) -> [u8; 32] {
        intake::tls::fingerprint(&self.der)
    }

    /// What a listener with this certificate is given, and the port it has.
    pub fn listening(&self, folder: &std::path::Path) -> (TcpListener, Arc<rustls::ServerConfig>) {
        use std::os::unix::fs::PermissionsExt as _;
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        std::fs::write(&certificate, &self.pem).unwrap();
        std::fs::write(&key, &self.key_pem).unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        let now = "2026-03-02T09:00:00Z".parse().unwrap();
        let identity = Identity::read(&certificate, &key, now).unwrap();
        let tls = server_config(&identity, Clients::MustShow, &[]).unwrap();
        (TcpListener::bind("127.0.0.1:0").unwrap(), tls)
    }
}

/// A connection to a port whose certificate is `server`, as whoever has `own`.
pub async fn connect(
    port: u16,
    server: &Certificate,
    own: Option<&Certificate>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(server.der.clone())).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match own {
        Some(own) => {
            let key = PrivateKeyDer::try_from(own.key.clone()).unwrap();
            config.with_client_auth_cert(vec![CertificateDer::from(own.der.clone())], key).unwrap()
        }
        None => config.with_no_client_auth(),
    };
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}
