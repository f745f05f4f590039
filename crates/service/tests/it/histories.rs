//! Random histories of feeds, shields, consents, adoptions, deaths, holds, decisions about records and clock moves, on both databases, beside an
//! independent oracle of what each viewer may see (laws 2, 3, 4, 5, 9).

#![allow(clippy::print_stdout, reason = "a long history says what it saw")]

mod barring;
mod decisions;
mod model;
mod people;
mod special;
mod story;
mod waiting;
mod words;

use testkit::{TestDatabases, on_both_databases, seeded};

use crate::house::House;
use story::Story;

/// How many steps each of the eight histories has: 100,000 together. `make soak` asks for more.
fn steps() -> usize {
    std::env::var("CONTACTPOINT_STEPS").ok().and_then(|steps| steps.parse().ok()).unwrap_or(12_500)
}

/// What the seeds of the histories are raised by, for other histories: `CONTACTPOINT_SEED`.
fn other_seeds() -> u64 {
    std::env::var("CONTACTPOINT_SEED").ok().and_then(|by| by.parse().ok()).unwrap_or(0)
}

async fn a_history(db: &TestDatabases, seed: u64) {
    let seed = seed + other_seeds();
    let mut story = Story::begin(House::that_no_limit_pauses(db).await, seeded(seed)).await;
    while story.steps < steps() {
        story.a_night_of_files().await;
        for _ in 0..7 {
            story.an_act().await;
        }
        for _ in 0..3 {
            story.a_decision().await;
        }
        story.a_move_that_waits().await;
        story.time_passes().await;
        story.everybody_looks(9).await;
        story.somebody_overrides().await;
        story.somebody_looks_for_a_colleague().await;
        story.somebody_opens_the_archive().await;
        story.a_family_asks().await;
    }
    println!("history {seed}: {} steps, looks {:?}", story.steps, story.looks);
    for kind in [
        "nothing",
        "shielded",
        "full",
        "joined",
        "parted",
        "undone",
        "by the desk",
        "a move that waits",
        "overridden",
        "barred",
        "for a colleague",
        "a colleague who is barred",
        "their own letter",
        "a carer’s letter",
    ] {
        assert!(
            story.looks.keys().any(|seen| seen.starts_with(kind)),
            "nobody saw {kind}: {:?}",
            story.looks
        );
    }
}

on_both_databases! {
    async fn every_viewer_sees_what_the_oracle_says_in_a_first_history(db: TestDatabases) {
        a_history(&db, 1).await;
    }

    async fn every_viewer_sees_what_the_oracle_says_in_a_second_history(db: TestDatabases) {
        a_history(&db, 2).await;
    }

    async fn every_viewer_sees_what_the_oracle_says_in_a_third_history(db: TestDatabases) {
        a_history(&db, 3).await;
    }

    async fn every_viewer_sees_what_the_oracle_says_in_a_fourth_history(db: TestDatabases) {
        a_history(&db, 4).await;
    }
}
