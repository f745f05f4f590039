//! `demo`: everything in one command, stopped and started at will.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use testkit::block_on;

use crate::installation::{contactpoint, run};
use crate::started::Started;
use crate::visitor::Visitor;

/// The password every account of a demonstration has.
const PASSWORD: &str = "invented-children-only";

fn demo(data: &Path) -> Started {
    let children = ["demo", "--children", "150", "--listen", "127.0.0.1:0", "--data"];
    Started::new(contactpoint(children).arg(data).stderr(Stdio::null()))
}

/// The port in `http://localhost:PORT`.
fn port(started: &mut Started) -> u16 {
    let line = started.says("http://localhost:");
    line.rsplit(':').next().unwrap().trim().parse().unwrap()
}

fn code(user: &str, data: &Path) -> String {
    let code = run(["demo", "code", user, "--data", data.to_str().unwrap()]).ended(0).out.trim().to_owned();
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    code
}

#[test]
fn one_command_serves_invented_children_and_a_second_start_is_quick() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo-data");
    let mut first = demo(&data);
    let at = port(&mut first);
    let surname = a_surname(&data);
    block_on(async {
        let mut nurse = Visitor::of(at);
        assert_eq!(nurse.get("/").await.leads_to, "/sign-in");
        assert_eq!(nurse.get("/sign-in").await.status, StatusCode::OK);
        nurse.sign_in("nurse", PASSWORD, || code("nurse", &data)).await;
        assert_eq!(nurse.get("/search").await.leads_to, "/reason", "no search before a reason");
        let refused = nurse.search(&[("surname", &surname.0), ("postcode", &surname.1)]).await;
        assert!(
            refused.status != StatusCode::OK && refused.handles().is_empty(),
            "{} {}",
            refused.status,
            refused.body
        );
        nurse.state_reason("child_presents").await;
        let found = nurse.search(&[("surname", &surname.0), ("postcode", &surname.1)]).await;
        assert_eq!(found.status, StatusCode::OK);
        assert!(!found.handles().is_empty(), "{}", found.body);
        let record = nurse.open_first(&found, "child_presents").await;
        assert_eq!(record.status, StatusCode::OK);
        assert!(record.body.contains(&surname.0), "{}", record.body);
    });
    first.send("INT");
    assert_eq!(first.ended().code(), Some(0));
    let began = Instant::now();
    let mut second = demo(&data);
    let at = port(&mut second);
    let ready = began.elapsed();
    // Two seconds is the promise of a release build on a quiet machine; this is neither.
    assert!(ready < Duration::from_secs(10), "{ready:?}");
    block_on(async { assert_eq!(Visitor::of(at).get("/sign-in").await.status, StatusCode::OK) });
    second.send("TERM");
    assert_eq!(second.ended().code(), Some(0));
    // Every file that was invented has its source, and was loaded: the register of deaths too, though few children die.
    let config = data.join("contactpoint.toml");
    for source in ["gro-births", "gro-deaths", "health-visiting"] {
        let day = ["receipts", "--config", config.to_str().unwrap(), "--source", source, "--reconcile"];
        let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
        let told = run(day.into_iter().chain([today.as_str()])).ended(0).out;
        let rows = crate::feed_files::read(&data.join(format!("feeds/{source}.csv"))).1.len();
        let sums: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert_eq!(sums["total"]["sent"], rows, "{source}: {told}");
    }
}

/// A surname with a postcode that one of the demo's files states.
fn a_surname(data: &Path) -> (String, String) {
    let (header, rows) = crate::feed_files::read(&data.join("feeds/nhs-gp.csv"));
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let usable = |row: &&Vec<String>| {
        row[at("address_kind")] == "current"
            && row[at("surname")].chars().all(|letter| letter.is_ascii_alphabetic())
    };
    let row = rows.iter().filter(usable).find(|row| row[at("surname")].len() > 4).unwrap();
    (row[at("surname")].clone(), row[at("postcode")].clone())
}

#[test]
fn a_demo_that_is_killed_while_it_is_made_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo-data");
    for stage in ["feeds/truth.csv", "contactpoint.toml", "data/contactpoint.db"] {
        // The one killed before may have come this far too: its file is not the one that is waited for.
        let made_at = || std::fs::metadata(data.join(stage)).and_then(|file| file.modified()).ok();
        let left_over = made_at();
        let mut unfinished = demo(&data);
        let until = Instant::now() + Duration::from_secs(30);
        while made_at().is_none_or(|made| Some(made) == left_over) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
        }
        unfinished.send("KILL");
        unfinished.ended();
        assert!(data.join(stage).exists() && !data.join("ready").exists(), "{stage}");
    }
    let mut again = demo(&data);
    let at = port(&mut again);
    block_on(async { assert_eq!(Visitor::of(at).get("/sign-in").await.status, StatusCode::OK) });
    code("nurse", &data);
}

#[test]
fn a_demo_leaves_a_folder_alone_that_holds_something_else() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    let ran = run(["demo", "--listen", "127.0.0.1:0", "--data", folder.path().to_str().unwrap()]).ended(3);
    assert!(ran.err.contains("--data"), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(folder.path().join("thesis.txt")).unwrap(), "years of work");
    let none = run(["demo", "code", "nurse", "--data", folder.path().to_str().unwrap()]).ended(3);
    assert!(none.err.contains("contactpoint demo"), "{}", none.err);
}

#[test]
fn an_address_that_is_taken_is_said_before_anything_is_made() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo-data");
    let address = taken.local_addr().unwrap().to_string();
    let ran = run(["demo", "--listen", &address, "--data", data.to_str().unwrap()]).ended(3);
    assert!(ran.err.contains(&address) && ran.err.contains("--listen"), "{}", ran.err);
    assert!(!data.exists());
}
