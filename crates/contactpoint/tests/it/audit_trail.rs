//! The audit trail from the command line: exported, proved offline, tampered with.

use std::path::{Path, PathBuf};

use testkit::{TestDatabases, on_both_databases};

use crate::feed_files::{self, gp, row, written};
use crate::installation::{Installation, Ran, run};

/// An installation with a few loads behind it, its trail exported and its public key kept.
fn exported(db: TestDatabases) -> (Installation, PathBuf, PathBuf) {
    let here = Installation::new(db);
    for n in 0..4 {
        let id = n.to_string();
        let file =
            written(&here.path(""), &format!("gp-{n}.csv"), feed_files::file(gp(), &[row(gp(), &id, &[])]));
        here.load("nhs-gp", &file).ended(0);
    }
    let key = run(["audit", "key", "--config", &here.config()]).ended(0).out;
    assert_eq!(key.lines().count(), 1, "{key}");
    let key = written(&here.path(""), "public-key", key);
    let copy = here.path("trail.export");
    run(["audit", "export", "--config", &here.config(), "--out", copy.to_str().unwrap()]).ended(0);
    (here, copy, key)
}

/// Proves a copy with nothing but the public key and the witness's checkpoints.
fn verify(here: &Installation, copy: &Path, key: &Path) -> Ran {
    let witness = here.path("witness/checkpoints");
    let [copy, key, witness] = [copy, key, &witness].map(|path| path.to_str().unwrap());
    run(["audit", "verify", copy, "--key", key, "--witness", witness, "--json"])
}

on_both_databases! {
    async fn an_exported_trail_is_proved_offline(db: TestDatabases) {
        let (here, copy, key) = exported(db);
        let report = verify(&here, &copy, &key).ended(0).json();
        let lines = std::fs::read_to_string(&copy).unwrap();
        let entries = lines.lines().filter(|line| line.starts_with("{\"seq\"")).count();
        assert!(entries >= 8, "{entries}");
        assert_eq!((&report["sound"], &report["entries"]), (&true.into(), &entries.into()));
        assert_eq!((&report["witnessed"], &report["unwitnessed"]), (&entries.into(), &0.into()));
        // The service's own trail, without a copy.
        let own = run(["audit", "verify", "--config", &here.config()]).ended(0);
        assert!(own.out.contains("sound") && own.out.contains(&entries.to_string()), "{}", own.out);
    }

    async fn whoever_tampers_with_a_copy_is_found_at_the_first_bad_entry(db: TestDatabases) {
        let (here, copy, key) = exported(db);
        let lines: Vec<String> = std::fs::read_to_string(&copy).unwrap().lines().map(str::to_owned).collect();
        let place = |seq: u64| lines.iter().position(|line| line.starts_with(&format!("{{\"seq\":{seq},"))).unwrap();
        let entries = lines.iter().filter(|line| line.starts_with("{\"seq\"")).count();
        let flipped = |part: &str| {
            let mut lines = lines.clone();
            let line = &lines[place(3)];
            let at = line.find(part).unwrap() + part.len() + 4;
            let other = if &line[at..=at] == "a" { "b" } else { "a" };
            lines[place(3)].replace_range(at..=at, other);
            lines
        };
        let dropped = lines.iter().enumerate().filter(|(at, _)| *at != place(4)).map(|(_, line)| line.clone()).collect();
        let mut swapped = lines.clone();
        swapped.swap(place(5), place(6));
        let mut cut = lines.clone();
        cut.truncate(place(entries as u64));
        let cases: [(&str, Vec<String>, u64); 5] = [
            ("header", flipped("entry_id"), 3),
            ("body", flipped("\"body\":\""), 3),
            ("dropped", dropped, 4),
            ("swapped", swapped, 5),
            ("cut", cut, entries as u64),
        ];
        for (name, lines, entry) in cases {
            let tampered = written(&here.path(""), &format!("{name}.export"), lines.join("\n") + "\n");
            let report = verify(&here, &tampered, &key).ended(1).json();
            let fault = report["fault"].as_str().unwrap();
            assert_eq!(report["sound"], false, "{name}");
            assert!(fault.contains(&format!("entry {entry}")), "{name}: {fault}");
        }
    }

    async fn verifying_without_a_key_or_a_copy_says_what_is_missing(db: TestDatabases) {
        let here = Installation::new(db);
        let copy = written(&here.path(""), "copy", "");
        let ran = run(["audit", "verify", copy.to_str().unwrap()]);
        assert_ne!(ran.status, Some(0));
        assert!(ran.err.contains("--key"), "{}", ran.err);
        let ran = run(["audit", "verify", "gone.export", "--config", &here.config()]);
        assert_ne!(ran.status, Some(0));
    }
}
