//! Files with manifests, as the command takes them and refuses them; and a source's own check that nothing was lost.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use testkit::{TestDatabases, on_both_databases};

use crate::feed_files::{self, gp, row, written};
use crate::installation::{Installation, Ran, run};
use crate::raw::Raw;

/// A file of practices' children of these ids.
fn file(here: &Installation, name: &str, records: &[&str]) -> PathBuf {
    let rows: Vec<Vec<u8>> = records.iter().map(|record| row(gp(), record, &[])).collect();
    written(&here.path("."), name, feed_files::file(gp(), &rows))
}

fn with_manifest(path: &Path, kind: &str, sequence: u32, rows: u32, sha256: Option<&str>) {
    let digest = sha256.map_or_else(|| hex(&fs::read(path).unwrap()), str::to_owned);
    let manifest =
        json!({ "kind": kind, "sequence": sequence, "rows": rows, "sha256": digest, "as_of": "2026-01-31" });
    fs::write(format!("{}.manifest.json", path.display()), manifest.to_string()).unwrap();
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn load(here: &Installation, path: &Path, more: &[&str]) -> Ran {
    Ran::of(here.loading("nhs-gp", path).args(more).output().unwrap())
}

fn refused(ran: Ran, code: &str, says: &str) {
    let report = ran.ended(1).json();
    let refusal = &report["files"][0]["refused"];
    assert_eq!(refusal["code"], code, "{report}");
    let message = refusal["message"].as_str().unwrap();
    assert!(message.contains(says) && message.contains("nothing was loaded"), "{message}");
}

on_both_databases! {
    async fn a_file_that_is_not_what_its_manifest_says_is_refused_before_anything_is_loaded(db: TestDatabases) {
        let here = Installation::new(db);
        let one = file(&here, "one.csv", &["A-1", "A-2", "A-3"]);
        refused(load(&here, &one, &["--full"]), "M01", "has no manifest");
        with_manifest(&one, "full", 1, 4, None);
        refused(load(&here, &one, &["--full"]), "M02", "has 3 rows, and its manifest");
        with_manifest(&one, "full", 1, 3, Some("00"));
        refused(load(&here, &one, &[]), "M02", "SHA-256");
        with_manifest(&one, "delta", 1, 3, None);
        refused(load(&here, &one, &["--full"]), "M01", "says a delta");
        with_manifest(&one, "full", 7, 3, None);
        load(&here, &one, &["--full"]).ended(0);
        let two = file(&here, "two.csv", &["A-1"]);
        with_manifest(&two, "delta", 9, 1, None);
        refused(load(&here, &two, &[]), "M03", "a file is missing between");
        with_manifest(&two, "full", 8, 1, None);
        let report = load(&here, &two, &[]).ended(1).json();
        assert_eq!((&report["ended"], &report["waiting"]["absent"]), (&json!(0), &json!(2)), "{report}");
        let mut raw = Raw::connect(&here.db.data_url).await;
        assert_eq!(raw.count("source_version").await, 0, "nothing is ended without a person");
        let digest = report["waiting"]["digest"].as_str().unwrap();
        let report = load(&here, &two, &["--confirm-absent", digest]).ended(0).json();
        assert_eq!(report["ended"], 2, "{report}");
    }

    async fn a_source_checks_its_files_against_the_sums_of_the_directory(db: TestDatabases) {
        let here = Installation::new(db);
        let one = file(&here, "one.csv", &["A-1", "A-2", "A-2"]);
        here.load("nhs-gp", &one).ended(1);
        let config = here.config();
        let asked = ["receipts", "--config", &config, "--source", "nhs-gp"];
        assert_eq!(run(asked).ended(0).out, "", "before the next full ten minutes there is nothing to read");
        let nobody = run(["receipts", "--config", &config, "--source", "nobody"]);
        assert!(nobody.ended(3).err.contains("nhs-gp"), "the sources there are");
        // What the directory will say, with the sums as the source's own files have them.
        let sums = |sent: u32, checksum: &str| {
            let sums = json!({
                "sent": sent, "accepted": sent - 1, "unchanged": 0, "quarantined": 1, "superseded": 0,
                "checksum": checksum, "file": hex(&fs::read(&one).unwrap()), "sequence": null,
            });
            let day = json!({ "source": "nhs-gp", "day": "2026-11-26", "complete": true, "files": [sums], "total": sums });
            fs::write(here.path("day.json"), day.to_string()).unwrap();
        };
        let check = || {
            let (one, day) = (one.display().to_string(), here.path("day.json").display().to_string());
            run(["receipts", "check", &one, "--profile", "nhs-gp", "--against", &day, "--json"])
        };
        sums(3, "00000000000000000000000000000000");
        let found: Value = check().ended(1).json();
        assert_eq!((&found[0]["rows"], &found[0]["quarantined"], &found[0]["agrees"]), (&json!(3), &json!(1), &json!(false)));
        let checksum = found[0]["checksum"].as_str().unwrap();
        sums(2, checksum);
        check().ended(1);
        sums(3, checksum);
        check().ended(0);
        // A row that is lost is noticed, and so is one that was changed.
        file(&here, "one.csv", &["A-1", "A-2"]);
        check().ended(1);
    }

    async fn the_same_file_of_two_nights_is_accounted_for_twice(db: TestDatabases) {
        let here = Installation::new(db);
        let one = file(&here, "one.csv", &["A-1", "A-2", "A-2"]);
        let sums = |sequence: Option<u32>, times: u32, checksum: &str| json!({
            "sent": 3 * times, "accepted": 0, "unchanged": 2 * times, "quarantined": times, "superseded": 0,
            "checksum": checksum, "file": hex(&fs::read(&one).unwrap()), "sequence": sequence,
        });
        let check = |files: &[Value]| {
            let day = json!({ "source": "nhs-gp", "day": "2026-11-26", "complete": true, "files": files, "total": files[0] });
            fs::write(here.path("day.json"), day.to_string()).unwrap();
            let (one, day) = (one.display().to_string(), here.path("day.json").display().to_string());
            run(["receipts", "check", &one, "--profile", "nhs-gp", "--against", &day, "--json"])
        };
        let nothing = "0".repeat(32);
        let found: Value = check(&[sums(None, 1, &nothing)]).ended(1).json();
        let checksum = found[0]["checksum"].as_str().unwrap().to_owned();

        let found: Value = check(&[sums(Some(1), 1, &checksum), sums(Some(2), 1, &checksum)]).ended(0).json();
        let told: Vec<(&Value, &Value)> =
            found.as_array().unwrap().iter().map(|one| (&one["sequence"], &one["agrees"])).collect();
        assert_eq!(told, [(&json!(1), &json!(true)), (&json!(2), &json!(true))]);
        // A night of which a row is missing is not made good by the other.
        let found: Value = check(&[sums(Some(1), 1, &checksum), sums(Some(2), 1, &nothing)]).ended(1).json();
        assert_eq!((&found[0]["agrees"], &found[1]["agrees"]), (&json!(true), &json!(false)), "{found}");

        // Loads without a number are told together.
        let sum = u128::from_str_radix(&checksum, 16).unwrap();
        let twice = format!("{:032x}", sum.wrapping_mul(2));
        check(&[sums(None, 2, &twice)]).ended(0);
        check(&[sums(None, 2, &checksum)]).ended(1);
    }
}
