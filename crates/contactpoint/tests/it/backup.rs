//! Backups as an operator takes and restores them: copies, the one file of generation keys, and what is refused.

use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::{Engine, TestDatabases, on_both_databases};

use crate::installation::{Installation, Ran, invent, run};
use crate::postgres_programs::postgres_program;
use crate::raw::Raw;

/// Copies both stores and writes the generation keys; where the copies are.
fn back_up(here: &Installation, generations: &Path) -> [PathBuf; 2] {
    let config = here.config();
    let to = |name: &str| here.path(name).to_str().unwrap().to_owned();
    let file = generations.to_str().unwrap();
    if here.db.engine() == Engine::Sqlite {
        let (data, keys) = (to("copies"), to("key-copies"));
        let ran = run([
            "backup",
            "--config",
            &config,
            "--data-to",
            &data,
            "--keys-to",
            &keys,
            "--generations",
            file,
        ]);
        let told = ran.ended(0).out;
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines[2], file);
        return [PathBuf::from(lines[0]), PathBuf::from(lines[1])];
    }
    let data = here.path("data.sql");
    let keys = here.path("keys.sql");
    dump(&here.db.data_url, &data, &[]);
    dump(&here.db.keys_url, &keys, &["--exclude-table-data=generation"]);
    run(["backup", "--config", &config, "--generations", file]).ended(0);
    [data, keys]
}

fn dump(url: &str, to: &Path, more: &[&str]) {
    let mut dumping = Command::new(postgres_program("pg_dump"));
    dumping.args(["--no-owner", "--file"]).arg(to).args(["--dbname", url]).args(more);
    Ran::of(dumping.output().unwrap()).ended(0);
}

/// Puts the copies where nothing was.
fn restore(copies: &[PathBuf; 2], to: &TestDatabases) {
    for (copy, url) in copies.iter().zip([&to.data_url, &to.keys_url]) {
        match url.strip_prefix("sqlite:") {
            Some(path) => {
                let path = Path::new(path.trim_start_matches("//"));
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::copy(copy, path).unwrap();
            }
            None => {
                let mut restoring = Command::new(postgres_program("psql"));
                restoring.args(["--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", url, "--file"]).arg(copy);
                // Their schema has the rows of bundles before the generations they name.
                restoring.env("PGOPTIONS", "-c session_replication_role=replica");
                Ran::of(restoring.output().unwrap()).ended(0);
            }
        }
    }
}

on_both_databases! {
    async fn a_copy_opens_nothing_until_the_generation_keys_are_returned_and_then_everything(db: TestDatabases) {
        let there = TestDatabases::empty_on(db.engine()).await;
        let here = Installation::new(db);
        let folder = here.path("population");
        invent(60, 7, &folder);
        let file = folder.join("schools-census.csv");
        let loaded = here.load("schools-census", &file).ended(0).json()["accepted"].clone();
        assert!(loaded.as_i64().unwrap() > 10);
        let generations = here.path("elsewhere-generations");
        let copies = back_up(&here, &generations);
        let restored = Installation::new(there);
        std::fs::copy(here.path("secret/key"), restored.path("secret/key")).unwrap();
        restore(&copies, &restored.db);
        let shut = restored.load("schools-census", &file).ended(3);
        assert!(shut.err.contains("generation key"), "{}", shut.err);
        let (config, keys) = (restored.config(), generations.to_str().unwrap());
        let returned = run(["backup", "--config", &config, "--return", "--generations", keys]).ended(0);
        assert!(returned.out.contains("1 generation keys returned"), "{}", returned.out);
        assert_eq!(restored.load("schools-census", &file).ended(0).json()["unchanged"], loaded);
        // The file is one: what it held is replaced, and nothing is left beside it.
        back_up_again(&here, &generations);
        let beside = std::fs::read_dir(here.path("")).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(beside.filter(|name| name.to_string_lossy().contains("generations")).count(), 1);
        let mut trail = Raw::connect(&here.db.data_url).await;
        assert!(trail.count("audit_entry").await > 0);
    }

    async fn a_copy_that_would_lie_beside_what_opens_it_is_refused(db: TestDatabases) {
        let here = Installation::new(db);
        let config = here.config();
        let path = |name: &str| here.path(name).to_str().unwrap().to_owned();
        let refused = |arguments: &[&str], word: &str| {
            let ran = run([&["backup", "--config", &config], arguments].concat());
            assert!(matches!(ran.status, Some(2 | 3)) && ran.err.contains(word), "{:?} {}", ran.status, ran.err);
        };
        refused(&["--keys-to", &path("keys")], "--generations");
        refused(&["--data-to", &path("one"), "--keys-to", &path("one"), "--generations", &path("g")], "apart");
        refused(&["--data-to", &path("one"), "--keys-to", &path("two"), "--generations", &path("two/g")], "elsewhere");
        refused(&["--return"], "--generations");
        refused(&["--return", "--generations", &path("nowhere")], "cannot be read");
        assert!(!here.path("one").exists() && !here.path("two").exists(), "nothing was begun");
        if here.db.engine() == Engine::Postgres {
            refused(&["--data-to", &path("one")], "pg_dump");
        }
    }

    async fn a_copy_older_than_the_horizon_opens_no_root_key_and_one_within_it_is_a_working_service(db: TestDatabases) {
        let engine = db.engine();
        let here = Installation::new(db);
        let folder = here.path("population");
        invent(60, 7, &folder);
        let file = folder.join("schools-census.csv");
        let loaded = here.load("schools-census", &file).ended(0).json()["accepted"].clone();
        let generations = here.path("elsewhere-generations");
        let restored = async || {
            let place = Installation::new(TestDatabases::empty_on(engine).await);
            let copies = back_up(&here, &generations);
            restore(&copies, &place.db);
            copies.iter().for_each(|copy| std::fs::remove_file(copy).unwrap());
            std::fs::copy(here.path("secret/key"), place.path("secret/key")).unwrap();
            place
        };
        let mut keys = Raw::connect(&here.db.keys_url).await;
        let mut fortnights_pass = async || {
            keys.run("UPDATE generation SET begun_on = '2020-01-01'").await;
            run(["retention", "--config", &here.config(), "--json"]).ended(0).json()["keys"].clone()
        };
        let old = restored().await;
        let begun = fortnights_pass().await;
        assert_eq!((&begun["begun"], &begun["destroyed"]), (&1.into(), &0.into()), "{begun}");
        assert!(begun["root_keys"].as_i64().unwrap() > 10, "{begun}");
        let within = restored().await;
        assert_eq!(fortnights_pass().await["destroyed"], 1, "the first");
        back_up_again(&here, &generations);
        let give_back = |place: &Installation| {
            let keys = generations.to_str().unwrap();
            run(["backup", "--config", &place.config(), "--return", "--generations", keys]).ended(0).out
        };
        let told = give_back(&old);
        assert!(told.contains("2 generation keys") && told.contains("older than the horizon"), "{told}");
        let shut = old.load("schools-census", &file).ended(3);
        assert!(shut.err.contains("generation key 1 is not in the key store"), "{}", shut.err);
        let told = give_back(&within);
        assert!(told.contains("2 generation keys") && !told.contains("horizon"), "{told}");
        assert_eq!(within.load("schools-census", &file).ended(0).json()["unchanged"], loaded);
        let under = Raw::connect(&within.db.keys_url).await.rows("SELECT DISTINCT generation FROM root_key").await;
        assert_eq!((under.len(), under[0]["generation"].number()), (1, 3), "moved at its first start");
    }
}

fn back_up_again(here: &Installation, generations: &Path) {
    let before = std::fs::metadata(generations).unwrap().modified().unwrap();
    run(["backup", "--config", &here.config(), "--generations", generations.to_str().unwrap()]).ended(0);
    assert!(std::fs::metadata(generations).unwrap().modified().unwrap() > before);
}
