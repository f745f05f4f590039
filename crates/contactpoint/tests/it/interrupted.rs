//! `kill -9` while loading, and loading again: the state of one undisturbed load.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rand::RngExt as _;
use testkit::{Engine, block_on, seeded};

use crate::scene::{SOURCE, Scene};
use crate::state::State;

/// How many times each test kills. `CONTACTPOINT_KILLS` gives another number.
const MOMENTS: usize = 10;

fn moments() -> usize {
    let given = std::env::var("CONTACTPOINT_KILLS").ok().and_then(|kills| kills.parse().ok());
    given.unwrap_or(MOMENTS)
}

/// Kills loads at random moments; after each, loading again must end in the state of an undisturbed load.
async fn kill_and_load_again(engine: Engine, seed: u64) {
    let scene = Scene::on(engine, seed).await;
    let file = scene.file();
    let undisturbed = scene.fresh().await;
    let before = State::of(&undisturbed.db).await.written();
    let began = Instant::now();
    undisturbed.load(SOURCE, &file).ended(1);
    let mut longest = began.elapsed();
    let expected = State::of(&undisturbed.db).await;
    assert!(
        !expected.before_images.is_empty() && !expected.quarantine.is_empty(),
        "the scene has all kinds of rows"
    );
    let mut rng = seeded(seed);
    let (mut killed, mut between) = (0, 0);
    while killed < moments() {
        let here = scene.fresh().await;
        let moment = longest.mul_f64(rng.random_range(0.05..1.0));
        if !killed_after(&mut here.loading(SOURCE, &file), moment) {
            // It was done before: the machine is quicker now than when it was measured.
            longest = longest.min(moment);
            continue;
        }
        killed += 1;
        // Looking makes SQLite recover, which is the program's own task: so every other time nobody looks.
        if killed % 2 == 0 {
            let written = State::of(&here.db).await.written();
            between += usize::from(written > before && written < expected.written());
        }
        here.load(SOURCE, &file).ended(1);
        State::of(&here.db).await.assert_same(&expected, &format!("seed {seed}, killed after {moment:?}"));
    }
    eprintln!(
        "{killed} killed within {longest:?}; of the half looked at, {between} stood between two groups"
    );
    scene.end().await;
}

/// Starts a command and kills it with SIGKILL after a while; false when it had ended by itself.
fn killed_after(command: &mut Command, moment: Duration) -> bool {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(moment);
    let ended = child.try_wait().unwrap().is_some();
    child.kill().unwrap();
    child.wait().unwrap();
    !ended
}

#[test]
fn a_load_that_is_killed_and_begun_again_ends_as_an_undisturbed_one_on_sqlite() {
    block_on(kill_and_load_again(Engine::Sqlite, 1));
}

#[test]
fn a_load_that_is_killed_and_begun_again_ends_as_an_undisturbed_one_on_postgresql() {
    block_on(kill_and_load_again(Engine::Postgres, 3));
}
