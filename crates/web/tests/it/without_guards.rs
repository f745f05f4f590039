//! The tests that hold a channel fail without their guards (`guards::PROOFS`), on either database; and every guard stands before
//! a test that does.

use std::path::PathBuf;

use guards::{Guard, PROOFS, fail_without_guards};

#[test]
fn each_channel_through_the_pages_is_open_without_its_guard_on_sqlite() {
    fail_without_guards(env!("CARGO_PKG_NAME"), Some("sqlite")).unwrap();
}

#[test]
fn each_channel_through_the_pages_is_open_without_its_guard_on_postgresql() {
    fail_without_guards(env!("CARGO_PKG_NAME"), Some("postgres")).unwrap();
}

#[test]
fn every_guard_has_a_test_that_fails_without_it() {
    for guard in Guard::ALL {
        assert!(PROOFS.iter().any(|proof| proof.without.contains(&guard)), "{guard:?}");
    }
}

#[test]
fn every_package_with_a_test_in_the_list_runs_its_part_of_it() {
    let crates = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    for proof in PROOFS {
        let tests = crates.join(proof.package).join("tests/it");
        let runs = std::fs::read_to_string(tests.join("without_guards.rs")).unwrap_or_default();
        let main = std::fs::read_to_string(tests.join("main.rs")).unwrap_or_default();
        let engines: &[&str] = match proof.runs {
            guards::Runs::Once => &["None"],
            guards::Runs::OnBothDatabases => &["Some(\"sqlite\")", "Some(\"postgres\")"],
        };
        for engine in engines {
            let run = format!("fail_without_guards(env!(\"CARGO_PKG_NAME\"), {engine}).unwrap();");
            assert!(
                runs.contains(&run) && main.contains("mod without_guards;"),
                "{} on {engine}",
                proof.test
            );
        }
    }
}
