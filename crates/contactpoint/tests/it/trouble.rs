//! What goes wrong around a load: a full disk, a locked database, a server that goes away. Each time a clear error with
//! exit status 3, nothing half-written, and the same file afterwards completes the load.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::Connection as _;
use sqlx_postgres::PgConnection;
use testkit::{Engine, TestDatabases, block_on, on_both_databases};

use crate::feed_files::{self, gp, row, written};
use crate::installation::{Installation, Ran, contactpoint, run};
use crate::raw::Raw;
use crate::scene::{SOURCE, Scene};
use crate::state::State;

/// Loads the scene's file undisturbed, and gives the state to compare with.
async fn undisturbed(scene: &Scene) -> State {
    let here = scene.fresh().await;
    here.load(SOURCE, &scene.file()).ended(1);
    State::of(&here.db).await
}

#[test]
fn a_full_disk_stops_a_load_and_room_lets_it_complete() {
    block_on(async {
        let scene = Scene::on(Engine::Sqlite, 21).await;
        let expected = undisturbed(&scene).await;
        let here = scene.fresh().await;
        let before = State::of(&here.db).await;
        // No file may grow beyond this, and the log, which begins empty, meets it first: room for some groups, not for all.
        let kib = std::fs::metadata(here.path("data/data.db")).unwrap().len() / 1024 + 100;
        let loading = here.loading(SOURCE, &scene.file());
        let mut limited = Command::new("bash");
        limited.args(["-c", &format!("trap '' XFSZ; ulimit -f {kib}; exec \"$@\""), "bash"]);
        limited.arg(loading.get_program()).args(loading.get_args());
        let ran = Ran::of(limited.output().unwrap()).ended(3);
        assert!(ran.err.contains("full") && ran.err.contains("load it again"), "{}", ran.err);
        assert!(ran.out.is_empty(), "{}", ran.out);
        let between = State::of(&here.db).await;
        assert!(between.written() >= before.written() && between.written() < expected.written());
        here.load(SOURCE, &scene.file()).ended(1);
        State::of(&here.db).await.assert_same(&expected, "after a full disk");
    });
}

on_both_databases! {
    async fn a_database_another_process_holds_is_waited_for_and_then_named(db: TestDatabases) {
        let here = Installation::new(db);
        let file = |name: &str, id: &str| written(&here.path(""), name, feed_files::file(gp(), &[row(gp(), id, &[])]));
        here.load("nhs-gp", &file("first.csv", "1")).ended(0);
        let second = file("second.csv", "2");
        let mut holder = Raw::connect(&here.db.data_url).await;
        holder.run(if here.is_embedded() {
            "BEGIN EXCLUSIVE"
        } else {
            "BEGIN; LOCK TABLE source_record, feed_run IN ACCESS EXCLUSIVE MODE"
        }).await;
        let began = Instant::now();
        let ran = here.load("nhs-gp", &second).ended(3);
        assert!(began.elapsed() > Duration::from_secs(5), "it waits before it gives up");
        assert!(ran.err.contains("the database is busy"), "{}", ran.err);
        holder.run("ROLLBACK").await;
        let before = holder.count("source_record").await;
        assert_eq!(before, 1);
        // A holder that lets go in time is only waited for.
        holder.run(if here.is_embedded() { "BEGIN EXCLUSIVE" } else { "BEGIN; LOCK TABLE feed_run IN ACCESS EXCLUSIVE MODE" }).await;
        let waiting = here.loading("nhs-gp", &second).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        holder.run("ROLLBACK").await;
        let report = Ran::of(waiting.wait_with_output().unwrap()).ended(0).json();
        assert_eq!(report["accepted"], 1);
    }
}

#[test]
fn a_server_that_goes_away_stops_a_load_and_loading_again_completes_it() {
    block_on(async {
        let scene = Scene::on(Engine::Postgres, 22).await;
        let expected = undisturbed(&scene).await;
        let mut admin =
            PgConnection::connect(&std::env::var("CONTACTPOINT_TEST_POSTGRES").unwrap()).await.unwrap();
        for patience in [0, 100, 400] {
            let here = scene.fresh().await;
            let names =
                [&here.db.data_url, &here.db.keys_url].map(|url| url.rsplit('/').next().unwrap().to_owned());
            // Held back between groups, so that there is something to cut off.
            let mut loading = here.loading(SOURCE, &scene.file());
            let mut loading = loading
                .args(["--rate", "500"])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut cut = 0;
            let from = Instant::now();
            while loading.try_wait().unwrap().is_none() {
                if from.elapsed() > Duration::from_millis(patience) || cut > 0 {
                    cut += ended_connections(&mut admin, &names).await;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let ran = Ran::of(loading.wait_with_output().unwrap());
            assert!(cut > 0);
            let ran = ran.ended(3);
            assert!(ran.err.contains("the database is not reachable"), "{}", ran.err);
            here.load(SOURCE, &scene.file()).ended(1);
            State::of(&here.db).await.assert_same(&expected, &format!("cut off after {patience} ms"));
        }
        scene.end().await;
    });
}

/// Ends every connection of the program to these databases, as a server that stops does; returns how many.
async fn ended_connections(admin: &mut PgConnection, names: &[String; 2]) -> usize {
    let ended: Vec<bool> = sqlx::query_scalar(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname IN ($1, $2) AND application_name = 'contactpoint'",
    )
    .bind(&names[0])
    .bind(&names[1])
    .fetch_all(admin)
    .await
    .unwrap();
    ended.len()
}

#[test]
fn a_server_that_is_not_there_is_named_at_once() {
    let here = Installation::new(block_on(TestDatabases::sqlite()));
    // Nobody listens here: the port was just given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = |name: &str| format!("postgres://contactpoint@127.0.0.1:{port}/{name}");
    let text =
        here.toml().replace(&here.db.data_url, &nobody("data")).replace(&here.db.keys_url, &nobody("keys"));
    std::fs::write(here.config(), text).unwrap();
    let file = written(&here.path(""), "gp.csv", feed_files::file(gp(), &[row(gp(), "1", &[])]));
    let began = Instant::now();
    let ran = here.load("nhs-gp", &file).ended(3);
    assert!(ran.err.contains("not reachable"), "{}", ran.err);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn a_witness_that_cannot_be_written_does_not_lose_the_load() {
    let here = Installation::new(block_on(TestDatabases::sqlite()));
    let file = written(&here.path(""), "gp.csv", feed_files::file(gp(), &[row(gp(), "1", &[])]));
    std::fs::remove_dir(here.path("witness")).unwrap();
    let ran = here.load("nhs-gp", &file).ended(3);
    assert!(ran.err.contains("witness"), "{}", ran.err);
    std::fs::create_dir(here.path("witness")).unwrap();
    let report = here.load("nhs-gp", &file).ended(0).json();
    assert_eq!(report["unchanged"], 1);
    run(["audit", "verify", "--config", &here.config()]).ended(0);
    contactpoint(["doctor", "--config", &here.config()]).status().unwrap();
}
