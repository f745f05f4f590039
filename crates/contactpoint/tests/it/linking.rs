//! `link` and `population` from the command line.

use std::path::Path;

use crate::feed_files;
use crate::installation::{invent, run};

/// Links two small files and returns the links as rows.
fn link(folder: &Path, more: &[&str]) -> (serde_json::Value, Vec<Vec<String>>) {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (left, right, out) = (path("nhs-gp.csv"), path("schools-census.csv"), path("links.csv"));
    let mut arguments = vec!["link", &left, &right, "--model", "children", "--out", &out, "--json"];
    arguments.extend_from_slice(more);
    let report = run(&arguments).ended(0).json();
    let (header, rows) = feed_files::read(&folder.join("links.csv"));
    let expected = [
        "left_source",
        "left_id",
        "right_source",
        "right_id",
        "match_weight",
        "match_probability",
        "outcome",
    ];
    assert_eq!(header, expected);
    (report, rows)
}

#[test]
fn two_files_are_linked_by_the_shipped_model_and_measured_against_the_truth() {
    let folder = tempfile::tempdir().unwrap();
    invent(200, 5, folder.path());
    let truth = folder.path().join("truth.csv");
    let (report, links) = link(folder.path(), &["--truth", truth.to_str().unwrap()]);
    let linked = links.iter().filter(|row| row[6] == "link").count();
    assert!(linked > 50, "{report}");
    for row in &links {
        assert!(row[0] == "nhs-gp" && row[2] == "schools-census", "{row:?}");
        let (weight, probability): (f64, f64) = (row[4].parse().unwrap(), row[5].parse().unwrap());
        assert!(weight.is_finite() && (0.0..=1.0).contains(&probability), "{row:?}");
        assert!(matches!(row[6].as_str(), "link" | "review"), "{row:?}");
    }
    // The same again gives the same bytes.
    let first = std::fs::read(folder.path().join("links.csv")).unwrap();
    link(folder.path(), &[]);
    assert_eq!(std::fs::read(folder.path().join("links.csv")).unwrap(), first);
}

#[test]
fn linking_says_which_file_is_wrong_and_how() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.csv");
    let out = folder.path().join("links.csv");
    let (missing, out) = (missing.to_str().unwrap(), out.to_str().unwrap());
    let ran = run(["link", missing, "--out", out]);
    assert!(ran.status == Some(3) && ran.err.contains("missing.csv"), "{:?} {}", ran.status, ran.err);
    run(["link", missing]).ended(2);
    run(["link", missing, "--out", out, "--threshold", "2"]).ended(2);
}

#[test]
fn the_same_arguments_invent_the_same_bytes_and_another_seed_others() {
    let folder = tempfile::tempdir().unwrap();
    for (name, seed) in [("one", 9), ("two", 9), ("other", 10)] {
        invent(100, seed, &folder.path().join(name));
    }
    let names = |name: &str| {
        let entries = std::fs::read_dir(folder.path().join(name)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names("one"), names("two"));
    for source in crate::installation::SOURCES {
        assert!(names("one").contains(&format!("{source}.csv")), "{source}");
    }
    let bytes = |name: &str, file: &str| std::fs::read(folder.path().join(name).join(file)).unwrap();
    for file in names("one") {
        assert_eq!(bytes("one", &file), bytes("two", &file), "{file}");
    }
    assert_ne!(bytes("one", "nhs-gp.csv"), bytes("other", "nhs-gp.csv"));
}
