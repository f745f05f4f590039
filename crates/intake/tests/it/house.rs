//! A service with an HTTPS door, in a test's own databases.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use directory::connecting::CredentialKind;
use intake::http::{HttpDoor, Limits};
use intake::tls::{Clients, Identity, server_config};
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng as _;
use rand_chacha::ChaCha12Rng;
use service::{
    Chance, Clock, Directory, NewOrganisation, NewSource, PasswordCost, Policy, SourceDoor, World,
};
use testkit::{TestClock, TestDatabases};
use tokio::sync::oneshot;
use vault::KeyEncryptionKey;

use crate::certificates::Made;
use crate::client::{Answer, Connection};

pub const CARE: &str = "care";
pub const GP: &str = "gp";
/// The system in which the practices number their patients, as was agreed.
pub const GP_NUMBERS: &str = "urn:practices:patient";

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
    _stop: oneshot::Sender<()>,
}

/// Opens the service on the databases. Give two that work at the same time different seeds.
pub async fn open(db: &TestDatabases, clock: &TestClock, seed: u64) -> Arc<Directory> {
    let world =
        World { clock: Arc::new(Hands(clock.clone())), chance: Arc::new(Dice(AtomicU64::new(seed << 32))) };
    let options = store::Options { readers: 2, writers: 2, ..store::Options::default() };
    let key = KeyEncryptionKey::from_bytes([7; 32]);
    let policy = Policy { password_cost: PasswordCost::LEAST, ..Policy::default() };
    Arc::new(Directory::open(&db.data_url, &db.keys_url, &options, key, policy, world).await.unwrap())
}

impl House {
    pub async fn open(db: &TestDatabases) -> Self {
        Self::open_with(db, Limits::default()).await
    }

    pub async fn open_with(db: &TestDatabases, limits: Limits) -> Self {
        // The examples' clients go by the system's clock, so the house begins there.
        #[expect(clippy::disallowed_methods, reason = "clients go by the system's clock")]
        let clock = TestClock::at(Timestamp::now());
        let directory = open(db, &clock, 1).await;
        furnish(&directory).await;
        let (server, care, gp) = (Made::of("localhost"), Made::of("care"), Made::of("gp"));
        for (source, made) in [(CARE, &care), (GP, &gp)] {
            let certificate = (CredentialKind::ClientCertificate, made.digest());
            directory.declare_credentials(source, &[certificate], true).await.unwrap();
        }
        let (certificate, key) = server.write(db.folder(), "server");
        let identity = Identity::read(&certificate, &key, clock.now()).unwrap();
        let tls = server_config(&identity, Clients::MayShow, &["http/1.1"]).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (door, systems) =
            (SourceDoor::of(directory.clone()), [(GP.to_owned(), GP_NUMBERS.to_owned())].into());
        let door = HttpDoor::new(door, vec!["localhost".to_owned()], systems, limits);
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(intake::http::serve(listener, tls, door, async move {
            drop(stopped.await);
        }));
        Self { directory, clock, port, server, care, gp, _stop: stop }
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

async fn furnish(directory: &Directory) {
    let council = NewOrganisation {
        name: "Leeds City Council".to_owned(),
        kind: "authority".to_owned(),
        authority_code: Some("E08000035".to_owned()),
        accredited_until: "2039-01-01T00:00:00Z".parse().unwrap(),
    };
    let organisation = council.name.clone();
    directory.declare_organisation(council).await.unwrap();
    for (name, profile) in [(CARE, "social-care"), (GP, "nhs-gp")] {
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
}
