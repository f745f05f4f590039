//! `kill -9` of a service while a hospital goes on sending: whatever was answered is there, once.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rand::RngExt as _;
use rustls::ClientConfig;
use testkit::{TestDatabases, block_on, seeded};
use tokio::time::{sleep, timeout};

use crate::installation::{Installation, contactpoint};
use crate::raw::Raw;
use crate::speaking::{self, Service, connect, free_port, intake, said};
use crate::started::Started;

/// How many times each test kills; `CONTACTPOINT_KILLS` gives another number.
const MOMENTS: usize = 2;

fn moments() -> usize {
    let given = std::env::var("CONTACTPOINT_KILLS").ok().and_then(|kills| kills.parse().ok());
    given.unwrap_or(MOMENTS)
}

/// A hospital's system: how it speaks, and the service that it speaks to.
struct System {
    tls: Arc<ClientConfig>,
    port: u16,
    /// How many messages were answered "durable".
    answered: AtomicU64,
    stops: AtomicBool,
}

impl System {
    /// Has the installation take messages from the hospital.
    fn of(here: &Installation) -> Self {
        let (service, own, port) = (Service::of(here), speaking::System::new(), free_port());
        // The hospital stands last in the configuration.
        let doors = format!("{}\n[intake.mllp]\naddress = \"127.0.0.1:{port}\"\n", intake(here));
        here.configure(&(own.credentials() + &doors));
        let (answered, stops) = (AtomicU64::new(0), AtomicBool::new(false));
        Self { tls: own.tls(&service), port, answered, stops }
    }

    /// Sends message after message, each until it is answered, whatever becomes of the service meanwhile.
    async fn goes_on_sending(&self) {
        while !self.stops.load(Ordering::SeqCst) {
            let Ok(mut stream) = connect(self.port, &self.tls).await else {
                sleep(Duration::from_millis(20)).await;
                continue;
            };
            while !self.stops.load(Ordering::SeqCst) {
                let number = self.answered.load(Ordering::SeqCst);
                match timeout(Duration::from_secs(10), said(&mut stream, &message(number))).await {
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

fn message(number: u64) -> String {
    let surname =
        ["Abernathy", "Bickerstaff", "Cholmondeley", "Drinkwater", "Entwistle"][number as usize % 5];
    let born = format!("20{:02}{:02}{:02}", 10 + number / 336 % 8, 1 + number % 12, 1 + number / 12 % 28);
    [
        format!(
            r"MSH|^~\&|PAS|RXX01|ContactPoint|LEEDS|20260301120000||ADT^A08|{number}|P|2.5.1||||||UNICODE UTF-8"
        ),
        "EVN||202603011158".to_owned(),
        format!("PID|1||R-{number}^^^RXX01^MR||{surname}^Amelia^^^^^L||{born}|F"),
    ]
    .join("\r")
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
