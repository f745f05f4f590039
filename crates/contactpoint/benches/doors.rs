//! How fast what sources say is durable, by each way, and how fast it is worked through afterwards: a running service of its own,
//! which waits for its disk, and clients that speak TLS. The same kind of statement comes as a file, as JSON, as FHIR R4 and as HL7
//! version 2, each time about other children of the same invented population, whose other sources were loaded before.
//!
//!     scripts/with-postgres --durable cargo bench -p contactpoint --bench doors -- --children 20000 --messages 4000
//!
//! One JSON object a line on standard output: engine, way, what was sent, how many a second were answered as durable, how long an
//! answer took (milliseconds), and how many a second were worked through. What is worked through goes on beside what is taken.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]
#![allow(clippy::disallowed_methods, reason = "a bench measures")]

use std::future::Future;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use feeds::Profile;
use serde_json::{Value, json};
use testkit::{Engine, TestDatabases, block_on};

#[allow(dead_code, reason = "shared with the tests, which use more of it")]
#[path = "../tests/it/feed_files.rs"]
mod feed_files;
#[allow(dead_code, reason = "shared with the tests, which use more of it")]
#[path = "../tests/it/installation.rs"]
mod installation;
#[allow(dead_code, reason = "shared with the tests, which use more of it")]
#[path = "../tests/it/raw.rs"]
mod raw;
#[path = "../tests/it/speaking.rs"]
mod speaking;
#[allow(dead_code, reason = "shared with the tests, which use more of it")]
#[path = "../tests/it/started.rs"]
mod started;

use crate::installation::{Installation, contactpoint, invent};
use crate::raw::Raw;
use crate::speaking::{Service, System, connect, free_port, intake, said};
use crate::started::Started;

#[derive(Parser)]
struct Args {
    /// How many children.
    #[arg(long, default_value_t = 20_000)]
    children: u32,
    /// How many statements by each way.
    #[arg(long, default_value_t = 4_000)]
    messages: usize,
    /// How many statements an HTTPS client has under way at once; eight is what a source may have.
    #[arg(long, default_value_t = 8)]
    at_once: usize,
    /// The sources whose files are loaded before, one or several times; all three for none.
    #[arg(long)]
    before: Vec<String>,
    /// One engine alone: sqlite or postgresql.
    #[arg(long)]
    engine: Option<String>,
    /// What cargo says to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

/// The ways in, each a source of its own of the same profile.
const WAYS: [&str; 5] = ["by-file", "by-json", "by-json-hundreds", "by-fhir", "by-hl7"];

/// What is loaded before.
const BEFORE: [&str; 3] = ["gro-births", "dwp-child-benefit", "schools-census"];

/// One statement: values by column.
type Row = Vec<(String, String)>;

fn main() {
    let args = Args::parse();
    rustls::crypto::ring::default_provider().install_default().unwrap();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let name = if engine == Engine::Sqlite { "sqlite" } else { "postgresql" };
        if args.engine.as_deref().is_none_or(|only| only == name) {
            block_on(async { measured(&args, name, TestDatabases::on(engine).await).await });
        }
    }
}

async fn measured(args: &Args, engine: &str, db: TestDatabases) {
    let here = Installation::new(db);
    let (service, ports) = (Service::of(&here), [free_port(), free_port()]);
    let systems: Vec<System> = WAYS.iter().map(|_| System::new()).collect();
    here.configure(&doors(&here, &systems, ports));
    let feeds = here.path("feeds");
    std::fs::create_dir_all(&feeds).unwrap();
    let before: Vec<&str> = match args.before.as_slice() {
        [] => BEFORE.to_vec(),
        some => some.iter().map(String::as_str).collect(),
    };
    eprintln!("Inventing {} children and loading {}…", args.children, before.join(", "));
    invent(args.children, 20_261_127, &feeds);
    let begun = Instant::now();
    let mut records = 0;
    for source in before {
        records +=
            here.load(source, &feeds.join(format!("{source}.csv"))).ended(0).json()["rows"].as_u64().unwrap();
    }
    let rate = records as f64 / begun.elapsed().as_secs_f64();
    told(
        engine,
        args,
        json!({"way": "files of the sources before", "records": records, "worked_a_second": rate}),
    );

    let mut rows = statements(&here, args.messages);
    let file = file_of(&here, &rows.remove(0));
    let (begun, sent) = (Instant::now(), args.messages);
    here.load("by-file", &file).ended(0);
    let rate = sent as f64 / begun.elapsed().as_secs_f64();
    told(engine, args, json!({"way": "by-file", "statements": sent, "worked_a_second": rate}));

    let running = Started::new(contactpoint(["serve", "--config", &here.config()]).stderr(Stdio::null()));
    let client = |system: &System| {
        reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(service.pem().as_bytes()).unwrap()])
            .identity(reqwest::Identity::from_pem(system.pem().as_bytes()).unwrap())
            .build()
            .unwrap()
    };
    until_open(ports).await;
    let mut raw = Raw::connect(&here.db.data_url).await;
    let at = format!("https://localhost:{}", ports[0]);
    let [_, json_system, hundreds_system, fhir_system, hl7_system] = systems.as_slice() else {
        panic!("five ways")
    };
    let mut rows = rows.into_iter();

    let singles: Vec<Value> = rows.next().unwrap().iter().map(as_object).collect();
    let json_client = client(json_system);
    let url = format!("{at}/v1/statements");
    let figures = timed(&mut raw, singles, args.at_once, |one: Value| {
        posted(&json_client, &url, "application/json", one)
    })
    .await;
    told(engine, args, figures.line("by-json", sent));

    let objects: Vec<Value> = rows.next().unwrap().iter().map(as_object).collect();
    let hundreds: Vec<Value> = objects.chunks(100).map(|some| Value::Array(some.to_vec())).collect();
    let hundreds_client = client(hundreds_system);
    let figures = timed(&mut raw, hundreds, args.at_once, |some: Value| {
        posted(&hundreds_client, &url, "application/json", some)
    })
    .await;
    told(engine, args, figures.line("by-json-hundreds", sent));

    let bundles: Vec<Value> = rows.next().unwrap().iter().map(as_bundle).collect();
    let fhir_client = client(fhir_system);
    let url = format!("{at}/fhir");
    let figures = timed(&mut raw, bundles, args.at_once, |one: Value| {
        posted(&fhir_client, &url, "application/fhir+json", one)
    })
    .await;
    told(engine, args, figures.line("by-fhir", sent));

    let messages: Vec<String> =
        rows.next().unwrap().iter().enumerate().map(|(at, row)| as_message(at, row)).collect();
    let tls = hl7_system.tls(&service);
    let figures = timed_connections(&mut raw, messages, args.at_once, ports[1], &tls).await;
    told(engine, args, figures.line("by-hl7", sent));
    drop(running);
}

/// The sources of the ways in, and the doors.
fn doors(here: &Installation, systems: &[System], [https, mllp]: [u16; 2]) -> String {
    let sources = WAYS.iter().zip(systems).enumerate().map(|(place, (way, system))| {
        let precedence = 100 + place;
        format!(
            "\n[[source]]\nname = \"{way}\"\nprofile = \"hospital\"\norganisation = \"Leeds Community Trust\"\n\
             precedence = {precedence}\n{}",
            system.credentials()
        )
    });
    sources.collect::<String>()
        + &intake(here)
        + &format!(
            "\n[intake.https]\naddress = \"127.0.0.1:{https}\"\nhosts = [\"localhost\"]\n\n[intake.mllp]\naddress = \"127.0.0.1:{mllp}\"\n"
        )
}

/// For each way as many statements, made of the practices' rows: no child is spoken of by two ways.
fn statements(here: &Installation, each: usize) -> Vec<Vec<Row>> {
    let (header, rows) = feed_files::read(&here.path("feeds/nhs-gp.csv"));
    let hospital = Profile::named("hospital").unwrap();
    assert!(
        rows.len() >= each * WAYS.len(),
        "{} rows are too few for {each} statements by each way",
        rows.len()
    );
    let kept = |row: &Vec<String>| -> Row {
        let values = header.iter().cloned().zip(row.iter().cloned());
        values.filter(|(column, value)| !value.is_empty() && hospital.position(column).is_some()).collect()
    };
    // From all over the file, so that each way meets the same mixture.
    let every = rows.len() / (each * WAYS.len());
    (0..WAYS.len())
        .map(|way| (0..each).map(|at| kept(&rows[(at * WAYS.len() + way) * every])).collect())
        .collect()
}

fn file_of(here: &Installation, rows: &[Row]) -> std::path::PathBuf {
    let hospital = Profile::named("hospital").unwrap();
    let header: Vec<String> = hospital.columns().map(|column| column.name.to_owned()).collect();
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| header.iter().map(|column| value(row, column).to_owned()).collect()).collect();
    let path = here.path("feeds/by-file.csv");
    feed_files::write(&path, &header, &rows);
    path
}

fn value<'a>(row: &'a Row, column: &str) -> &'a str {
    row.iter().find(|(name, _)| name == column).map_or("", |(_, value)| value)
}

fn as_object(row: &Row) -> Value {
    Value::Object(row.iter().map(|(name, value)| (name.clone(), json!(value))).collect())
}

fn as_bundle(row: &Row) -> Value {
    let given: Vec<&str> = value(row, "forenames").split_whitespace().collect();
    let gender = match value(row, "gender") {
        "F" => "female",
        "M" => "male",
        _ => "unknown",
    };
    let at = format!("{}T00:00:00Z", value(row, "effective_at").get(..10).unwrap());
    let mut patient = json!({
        "resourceType": "Patient",
        "id": value(row, "record_id"),
        "meta": {"lastUpdated": at},
        "name": [{"use": "official", "family": value(row, "surname"), "given": given}],
        "gender": gender,
    });
    if !value(row, "date_of_birth").is_empty() {
        patient["birthDate"] = json!(value(row, "date_of_birth"));
    }
    if !value(row, "nhs_number").is_empty() {
        patient["identifier"] =
            json!([{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": value(row, "nhs_number")}]);
    }
    if !value(row, "postcode").is_empty() {
        patient["address"] = json!([{
            "use": "home", "line": [value(row, "address_line_1")], "city": value(row, "town"), "postalCode": value(row, "postcode")
        }]);
    }
    json!({"resourceType": "Bundle", "type": "transaction", "entry": [{
        "fullUrl": format!("https://hospital.example/Patient/{}", value(row, "record_id")),
        "resource": patient,
        "request": {"method": "PUT", "url": format!("Patient/{}", value(row, "record_id"))},
    }]})
}

fn as_message(at: usize, row: &Row) -> String {
    let compact = |text: &str| text.chars().filter(char::is_ascii_digit).take(8).collect::<String>();
    let mut names = value(row, "forenames").splitn(2, ' ');
    let (first, others) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
    let mut numbers = format!("{}^^^RXX01^MR", value(row, "record_id"));
    if !value(row, "nhs_number").is_empty() {
        numbers += &format!("~{}^^^NHS^NH", value(row, "nhs_number"));
    }
    let address =
        format!("{}^^{}^^{}^^H", value(row, "address_line_1"), value(row, "town"), value(row, "postcode"));
    [
        format!(
            r"MSH|^~\&|PAS|RXX01|ContactPoint|LEEDS|20260301120000||ADT^A08|{at}|P|2.5.1||||||UNICODE UTF-8"
        ),
        format!("EVN||{}", compact(value(row, "effective_at"))),
        format!(
            "PID|1||{numbers}||{}^{first}^{others}^^^^L||{}|{}|||{address}",
            value(row, "surname"),
            compact(value(row, "date_of_birth")),
            value(row, "gender")
        ),
    ]
    .join("\r")
}

async fn posted(client: &reqwest::Client, url: &str, kind: &str, body: Value) {
    let answer = client.post(url).header("content-type", kind).body(body.to_string()).send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{status}: {text}\n{body}");
}

/// What one way took.
struct Figures {
    answered: Duration,
    worked: Duration,
    times: Vec<Duration>,
}

impl Figures {
    fn line(mut self, way: &str, statements: usize) -> Value {
        self.times.sort_unstable();
        let share = |of: usize| self.times[(self.times.len() - 1) * of / 100].as_secs_f64() * 1000.0;
        json!({
            "way": way,
            "statements": statements,
            "answered_a_second": statements as f64 / self.answered.as_secs_f64(),
            "p50_ms": share(50),
            "p99_ms": share(99),
            "worked_a_second": statements as f64 / self.worked.as_secs_f64(),
        })
    }
}

/// Sends all of it, so many at once, and waits until it is worked through.
async fn timed<T: Send + 'static, F: Future<Output = ()>>(
    raw: &mut Raw,
    what: Vec<T>,
    at_once: usize,
    send: impl Fn(T) -> F,
) -> Figures {
    use futures::StreamExt as _;
    let begun = Instant::now();
    let times: Vec<Duration> = futures::stream::iter(what)
        .map(|one| {
            let sent = send(one);
            async move {
                let begun = Instant::now();
                sent.await;
                begun.elapsed()
            }
        })
        .buffer_unordered(at_once)
        .collect()
        .await;
    let answered = begun.elapsed();
    worked_through(raw).await;
    Figures { answered, worked: begun.elapsed(), times }
}

/// The same by connections on which each message waits for its answer.
async fn timed_connections(
    raw: &mut Raw,
    what: Vec<String>,
    connections: usize,
    port: u16,
    tls: &Arc<rustls::ClientConfig>,
) -> Figures {
    let (what, next) = (Arc::new(what), Arc::new(AtomicUsize::new(0)));
    let begun = Instant::now();
    let each: Vec<_> = (0..connections)
        .map(|_| {
            let (what, next, tls) = (Arc::clone(&what), Arc::clone(&next), Arc::clone(tls));
            tokio::spawn(async move {
                let mut stream = connect(port, &tls).await.unwrap();
                let mut times = Vec::new();
                while let Some(message) = what.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let begun = Instant::now();
                    let answer = said(&mut stream, message).await.unwrap();
                    times.push(begun.elapsed());
                    assert!(answer.contains("MSA|AA|"), "{answer}\n{message}");
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for one in each {
        times.extend(one.await.unwrap());
    }
    let answered = begun.elapsed();
    worked_through(raw).await;
    Figures { answered, worked: begun.elapsed(), times }
}

async fn worked_through(raw: &mut Raw) {
    while raw.count("inbox").await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn until_open(ports: [u16; 2]) {
    for port in ports {
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn told(engine: &str, args: &Args, mut figures: Value) {
    figures["engine"] = json!(engine);
    figures["children"] = json!(args.children);
    println!("{figures}");
}
