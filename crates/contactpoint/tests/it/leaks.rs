//! A stolen database says nothing (law 10): a thousand children with canaries in every field, loaded, looked for and
//! looked up through the real program; then every byte it left behind is searched.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::civil::Date;
use store::{Options, Store};
use testkit::leaks::{Canaries, assert_none_leaked};
use testkit::{Engine, TestDatabases, on_both_databases};

use crate::canaries::{Garden, STEM};
use crate::guessing;
use crate::installation::{Installation, Ran, contactpoint};
use crate::postgres_programs::postgres_program;
use crate::started::Started;
use crate::visitor::Visitor;

const PASSWORD: &str = "Vexqwarzel opens nothing else";

mod a_stolen_database_says_nothing {
    use testkit::{TestDatabases, block_on, on_a_server_of_its_own};

    #[test]
    fn sqlite() {
        block_on(async { super::a_stolen_database_tells_nothing(TestDatabases::sqlite().await).await });
    }

    // It looks through all that the server has written.
    #[test]
    fn postgres() {
        on_a_server_of_its_own("leaks::a_stolen_database_says_nothing::postgres", || {
            block_on(async { super::a_stolen_database_tells_nothing(TestDatabases::postgres().await).await });
        });
    }
}

async fn a_stolen_database_tells_nothing(db: TestDatabases) {
    let here = Installation::new(db);
    // So that what was loaded a moment ago can be found.
    here.configure("\n[policy.hold]\nfirst_sighting_minutes = 0\n");
    // What the sources sent is not the directory's to hide.
    let sent = tempfile::tempdir().unwrap();
    let (mut garden, files) = Garden::plant(1_000, 31, sent.path());
    let logs = here.path("logs");
    std::fs::create_dir(&logs).unwrap();
    for (source, file) in &files {
        let log = logs.join(format!("load-{source}.log"));
        let loading = here.loading(source, file).env("RUST_LOG", "debug").output().unwrap();
        std::fs::write(&log, &loading.stderr).unwrap();
        let report = Ran::of(loading).ended(1).json();
        assert!(report["accepted"].as_u64().unwrap() > 100, "{report}");
        assert!(report["quarantined"].as_u64().unwrap() > 5, "{report}");
    }
    look_up(&here, &mut garden, &logs).await;
    let backups = here.path("backups");
    std::fs::create_dir(&backups).unwrap();
    back_up(&here, &backups).await;
    here.db.flush().await;
    let mut folders = here.db.folders_on_disk().await;
    if !here.is_embedded() {
        assert!(
            folders.len() > 1 && folders.iter().any(|folder| folder.join("pg_wal").is_dir()),
            "{folders:?}"
        );
        folders.push(server_log(&folders));
    }
    let found = garden.canaries.search(&folders);
    let controls: HashSet<String> = garden.controls.iter().map(ToString::to_string).collect();
    assert_none_leaked(found.iter().filter(|finding| !controls.contains(&finding.canary)));
    // Short numbers meet by chance in megabytes of random bytes, and a server's own numbers (its tables') lie among them: a
    // day of birth is met no more often than a day that is none. Both are counted in one reading, the server being alive.
    let mut met: HashMap<&str, usize> = HashMap::new();
    for finding in &found {
        *met.entry(finding.canary.as_str()).or_default() += 1;
    }
    // Of each kind the half that is met least: the numbers of busy tables and databases fall out.
    let least = |days: &HashSet<Date>| {
        let mut counts: Vec<usize> =
            days.iter().map(|day| met.get(day.to_string().as_str()).copied().unwrap_or(0)).collect();
        counts.sort_unstable();
        counts[..counts.len() / 2].iter().sum::<usize>()
    };
    let (planted, chance) = (least(&garden.births), least(&garden.controls));
    let margin = chance / 4 + garden.births.len() / 16;
    assert!(planted <= chance + margin, "birth dates are met {planted} times, other days {chance}");
    guessing::birth_dates_cannot_be_guessed(&here, &garden.children).await;
}

on_both_databases! {
    async fn the_search_would_find_a_leak(db: TestDatabases) {
        let here = Installation::new(db);
        let mut canaries = Canaries::new();
        // Not the stem of the other test's canaries: both may look through one server's files at once.
        const LEAKED: &str = "Zeisigwortq";
        canaries.text(LEAKED);
        crate::installation::run(["doctor", "--config", &here.config()]).ended(0);
        let mut raw = crate::raw::Raw::connect(&here.db.data_url).await;
        raw.run(&format!("CREATE TABLE leak (note TEXT); INSERT INTO leak VALUES ('about {LEAKED}')")).await;
        here.db.flush().await;
        assert!(!canaries.search(&here.db.folders_on_disk().await).is_empty());
        raw.run("DROP TABLE leak").await;
    }
}

/// Serves, and signs in, searches and opens a record as a practitioner would.
async fn look_up(here: &Installation, garden: &mut Garden, logs: &Path) {
    let config = here.config();
    let username = format!("{}nurse", STEM.to_lowercase());
    let name = format!("Schwester {STEM}");
    garden.text(PASSWORD);
    garden.text(&name);
    let mut account = contactpoint([
        "account",
        "create",
        "--config",
        &config,
        "--username",
        &username,
        "--name",
        &name,
        "--organisation",
        "Leeds Community Trust",
        "--role",
        "practitioner",
        "--clearance-until",
        "2038-01-01",
        "--training-until",
        "2038-01-01",
    ]);
    let mut creating =
        account.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut creating.stdin.take().unwrap(), format!("{PASSWORD}\n").as_bytes())
        .unwrap();
    let secret = Ran::of(creating.wait_with_output().unwrap()).ended(0).out;
    garden.text(secret.trim());
    let port = free_port();
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("127.0.0.1:0", &format!("127.0.0.1:{port}"))).unwrap();
    let log = File::create(logs.join("serve.log")).unwrap();
    let mut serving = contactpoint(["serve", "--config", &config]);
    let mut serving = Started::new(serving.env("RUST_LOG", "debug").stderr(log));
    listening(&logs.join("serve.log"));
    let mut nurse = Visitor::of(port);
    let root = here.path("");
    let code = || {
        let ran =
            crate::installation::run(["demo", "code", &username, "--data", root.to_str().unwrap()]).ended(0);
        ran.out.trim().to_owned()
    };
    nurse.sign_in(&username, PASSWORD, code).await;
    nurse.state_reason("child_presents").await;
    // A first sighting is held to the full minute, so the one that stands last in a file may still be held.
    let mut opened = 0;
    for minute in 0..2 {
        for child in garden.children.iter().filter(|child| child.source == "nhs-gp").take(4) {
            let born = child.born;
            let [day, month, year] =
                [born.day().to_string(), born.month().to_string(), born.year().to_string()];
            let by_birth = [
                ("surname", &*child.surname),
                ("birth_day", &day),
                ("birth_month", &month),
                ("birth_year", &year),
            ];
            let found = nurse.search(&by_birth).await;
            nurse.search(&[("surname", &child.surname), ("postcode", &child.postcode)]).await;
            // A row that was put aside is not found, but another child of that birth date may be: all these names sound alike.
            if !found.handles().is_empty() {
                let record = nurse.open_first(&found, "child_presents").await;
                opened += usize::from(record.body.contains(&child.surname));
            }
        }
        if opened > 0 {
            break;
        }
        assert_eq!(minute, 0, "no planted child was found a minute after it was loaded");
        let into_the_minute = jiff::Zoned::now().second().unsigned_abs();
        tokio::time::sleep(std::time::Duration::from_secs(61 - u64::from(into_the_minute))).await;
    }
    let sought = garden.children[0].surname.clone();
    // What a mistyped address says is logged too, or not.
    nurse.get(&format!("/search?surname={sought}")).await;
    nurse.get(&format!("/{sought}")).await;
    serving.send("TERM");
    assert_eq!(serving.ended().code(), Some(0));
    assert!(std::fs::metadata(logs.join("serve.log")).unwrap().len() > 1_000, "the server logged");
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Waits until the log says that the server listens.
fn listening(log: &Path) {
    for _ in 0..6_000 {
        let said = std::fs::read(log).unwrap();
        if String::from_utf8_lossy(&said).contains("listening on") {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("the server never listened: {}", String::from_utf8_lossy(&std::fs::read(log).unwrap()));
}

/// Backs both stores up, each as its engine does.
async fn back_up(here: &Installation, folder: &Path) {
    if here.db.engine() == Engine::Sqlite {
        let store = Store::open(&here.db.data_url, &here.db.keys_url, &Options::default()).await.unwrap();
        store.backup_to(&folder.join("data.backup")).await.unwrap();
        store.backup_keys_to(&folder.join("keys.backup")).await.unwrap();
        store.close().await;
        return;
    }
    for (name, url) in [("data", &here.db.data_url), ("keys", &here.db.keys_url)] {
        for format in ["plain", "tar"] {
            let out = folder.join(format!("{name}.{format}"));
            let dumped = Command::new(postgres_program("pg_dump"))
                .args(["--format", format, "--file"])
                .arg(&out)
                .args(["--dbname", url])
                .output()
                .unwrap();
            assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
            assert!(std::fs::metadata(&out).unwrap().len() > 1_000);
        }
    }
}

/// The server's own log, which stands in its data folder or beside it.
fn server_log(folders: &[PathBuf]) -> PathBuf {
    let data = folders.iter().find(|folder| folder.join("pg_wal").is_dir()).unwrap();
    let places = [data.join("log"), data.parent().unwrap().join("log")];
    places.into_iter().find(|place| place.exists()).expect("the test server writes a log")
}
