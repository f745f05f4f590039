//! A service with an HTTPS door and, where a test asks for it, one for HL7, in a test's own databases.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use directory::access::Role;
use directory::connecting::CredentialKind;
use directory::feeding::{FeedSettings, FeedingPolicy, UploadPolicy};
use intake::http::{HttpDoor, Limits};
use intake::mllp::{self, MllpDoor};
use intake::tls::{Clients, Identity, server_config};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng as _;
use rand_chacha::ChaCha12Rng;
use service::{
    Chance, ClientAddress, Clock, Directory, NewAccount, NewOrganisation, NewSource, PasswordCost, Policy,
    ReceiptCursor, RowStatus, SignedIn, SourceDoor, World,
};
use testkit::{TestClock, TestDatabases};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;
use vault::KeyEncryptionKey;

use crate::certificates::Made;
use crate::client::{Answer, Connection};

pub const CARE: &str = "care";
pub const GP: &str = "gp";
pub const HOSPITAL: &str = "hospital";
/// The system in which the practices number their patients, as was agreed.
pub const GP_NUMBERS: &str = "urn:practices:patient";

const PASSWORD: &str = "four ordinary words here";

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

pub struct House {
    pub directory: Arc<Directory>,
    pub clock: TestClock,
    pub port: u16,
    pub server: Made,
    /// The certificate that is registered for the council's social care.
    pub care: Made,
    /// The certificate that is registered for the general practices.
    pub gp: Made,
    /// The certificate that is registered for the hospital.
    pub hospital: Made,
    council: Uuid,
    _stop: oneshot::Sender<()>,
}

/// Opens the service on the databases. Give two that work at the same time different seeds.
pub async fn open(db: &TestDatabases, clock: &TestClock, seed: u64) -> Arc<Directory> {
    let world =
        World { clock: Arc::new(Hands(clock.clone())), chance: Arc::new(Dice(AtomicU64::new(seed << 32))) };
    let options = store::Options { readers: 2, writers: 2, ..store::Options::default() };
    let key = KeyEncryptionKey::from_bytes([7; 32]);
    // A test's files are small, and come in parts all the same.
    let uploads =
        UploadPolicy { least_part_bytes: 1_000, most_files_of_a_source: 3, ..UploadPolicy::default() };
    // What is usual of a source is all bad in some tests.
    let control = FeedSettings { first_quarantine_percent: 100, ..FeedSettings::default() };
    let feeding = FeedingPolicy { control, ..FeedingPolicy::default() };
    let policy = Policy { password_cost: PasswordCost::LEAST, uploads, feeding, ..Policy::default() };
    Arc::new(Directory::open(&db.data_url, &db.keys_url, &options, key, policy, world).await.unwrap())
}

impl House {
    /// A house whose day has hours left, whenever the test runs: the numbers of receipts begin anew each day.
    pub async fn open(db: &TestDatabases) -> Self {
        Self::open_with(db, Limits::default()).await
    }

    pub async fn open_with(db: &TestDatabases, limits: Limits) -> Self {
        let noon = system_time().to_zoned(TimeZone::UTC).date().at(12, 0, 0, 0);
        Self::open_at(db, limits, noon.to_zoned(TimeZone::UTC).unwrap().timestamp()).await
    }

    /// For clients that are programs of their own: they go by the system's clock, so the house begins there.
    pub async fn open_now(db: &TestDatabases) -> Self {
        Self::open_at(db, Limits::default(), system_time()).await
    }

    async fn open_at(db: &TestDatabases, limits: Limits, start: Timestamp) -> Self {
        let clock = TestClock::at(start);
        let directory = open(db, &clock, 1).await;
        let council = furnish(&directory).await;
        let [server, care, gp, hospital] = ["localhost", CARE, GP, HOSPITAL].map(Made::of);
        for (source, made) in [(CARE, &care), (GP, &gp), (HOSPITAL, &hospital)] {
            registers(&directory, source, &[made.sha256()]).await;
        }
        let identity = identity(&server, db, &clock);
        let tls = server_config(&identity, Clients::MayShow, &["http/1.1"]).unwrap();
        let (listener, port) = listener();
        let (door, systems) =
            (SourceDoor::of(directory.clone()), [(GP.to_owned(), GP_NUMBERS.to_owned())].into());
        let door = HttpDoor::new(door, vec!["localhost".to_owned()], systems, limits);
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(intake::http::serve(listener, tls, door, async move {
            drop(stopped.await);
        }));
        Self { directory, clock, port, server, care, gp, hospital, council, _stop: stop }
    }

    /// These certificates are the hospital's, and no other.
    pub async fn hospital_registers(&self, certificates: &[[u8; 32]]) {
        registers(&self.directory, HOSPITAL, certificates).await;
    }

    pub fn mllp_door(&self, limits: mllp::Limits) -> MllpDoor {
        MllpDoor::new(SourceDoor::of(Arc::clone(&self.directory)), BTreeMap::new(), limits)
    }

    /// Opens the door for HL7: its port, and what ends it.
    pub fn listen_to_hl7(&self, db: &TestDatabases, limits: mllp::Limits) -> Listening {
        let tls = server_config(&identity(&self.server, db, &self.clock), Clients::MustShow, &[]).unwrap();
        let (listener, port) = listener();
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(mllp::serve(listener, tls, self.mllp_door(limits), stopped));
        Listening { port, stop, serving }
    }

    /// What became of everything that a source said: number, record, status.
    pub async fn told(&self, source: &str) -> Vec<(u64, Option<String>, RowStatus)> {
        while self.directory.work_through_inbox().await.unwrap() > 0 {}
        self.minutes_pass(10);
        let page = self.directory.receipts(source, ReceiptCursor::default(), 1_000).await.unwrap();
        page.lines.into_iter().map(|line| (line.row, line.record, line.status)).collect()
    }

    /// An account of the council with this role; one that is there stays as it is.
    pub async fn account(&self, username: &str, role: Role) {
        if self.directory.has_account(username).await.unwrap() {
            return;
        }
        let year = self.clock.now() + SignedDuration::from_hours(24 * 365);
        let account = NewAccount {
            username: username.to_owned(),
            display_name: format!("The {username}"),
            password: PASSWORD.to_owned(),
            organisation: self.council,
            roles: if role == Role::Manager { vec![role, Role::ShieldDesk] } else { vec![role] },
            clearance_until: year,
            training_until: year,
        };
        self.directory.create_account(account).await.unwrap();
    }

    pub async fn sign_in(&self, username: &str) -> SignedIn {
        let office = ClientAddress(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let challenge = self.directory.begin_sign_in(username, PASSWORD, &office).await.unwrap();
        let code = self.directory.current_code(username).await.unwrap();
        let session = self.directory.finish_sign_in(&challenge.token, &code, &office).await;
        let token = session.unwrap_or_else(|error| panic!("{error}")).token;
        self.directory.authenticate(&token).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// The data administrator of the council, signed in anew.
    pub async fn administrator(&self) -> SignedIn {
        self.account("dana", Role::DataAdministrator).await;
        // A code works once: the next one comes half a minute later.
        self.clock.advance(SignedDuration::from_secs(31));
        self.sign_in("dana").await
    }

    /// The id of a source, as who answers for it sees it.
    pub async fn source_id(&self, who: &SignedIn, name: &str) -> Uuid {
        let page = self.directory.sources_page(who).await.unwrap();
        page.sources.iter().find(|source| source.name == name).unwrap().source
    }

    pub async fn connect(&self, own: Option<&Made>) -> Connection {
        Connection::open(self.port, &self.server, own).await.unwrap()
    }

    /// One request as a client with this certificate.
    pub async fn ask(
        &self,
        own: Option<&Made>,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        self.connect(own).await.ask(method, path, headers, body).await
    }

    pub fn minutes_pass(&self, minutes: i64) {
        self.clock.advance(SignedDuration::from_mins(minutes));
    }
}

#[expect(clippy::disallowed_methods, reason = "certificates and clients go by the system's clock")]
fn system_time() -> Timestamp {
    Timestamp::now()
}

/// A door that listens.
pub struct Listening {
    pub port: u16,
    stop: watch::Sender<bool>,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Listening {
    /// Ends it, and waits until it has.
    pub async fn end(self) {
        self.stop.send_replace(true);
        self.serving.await.unwrap().unwrap();
    }
}

fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

fn identity(server: &Made, db: &TestDatabases, clock: &TestClock) -> Identity {
    let (certificate, key) = server.write(db.folder(), "server");
    Identity::read(&certificate, &key, clock.now()).unwrap()
}

async fn registers(directory: &Directory, source: &str, certificates: &[[u8; 32]]) {
    let digest = |bytes: &[u8; 32]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let declared: Vec<_> =
        certificates.iter().map(|bytes| (CredentialKind::ClientCertificate, digest(bytes))).collect();
    directory.declare_credentials(source, &declared, true).await.unwrap();
}

async fn furnish(directory: &Directory) -> Uuid {
    let council = NewOrganisation {
        name: "Leeds City Council".to_owned(),
        kind: "authority".to_owned(),
        authority_code: Some("E08000035".to_owned()),
        accredited_until: "2039-01-01T00:00:00Z".parse().unwrap(),
    };
    let organisation = council.name.clone();
    let id = directory.declare_organisation(council).await.unwrap();
    for (name, profile) in [(CARE, "social-care"), (GP, "nhs-gp"), (HOSPITAL, "hospital")] {
        let source = NewSource {
            name: name.to_owned(),
            profile: profile.to_owned(),
            organisation: organisation.clone(),
            precedence: 10,
            one_record_per_child: false,
            accredited_until: Some(jiff::civil::date(2039, 1, 1)),
        };
        directory.declare_source(source).await.unwrap();
    }
    id
}
