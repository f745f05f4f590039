//! `quality` from the command line.

use std::path::Path;

use serde_json::Value;

use crate::installation::{invent, run};

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

#[test]
fn a_file_is_measured_reported_and_compared_with_the_run_before() {
    let folder = tempfile::tempdir().unwrap();
    invent(300, 5, folder.path());
    let at = |name: &str| path(folder.path(), name);
    let (gp, census) = (at("nhs-gp.csv"), at("schools-census.csv"));
    // The day up to which the population was invented.
    let day = ["--on", "2026-11-01"];
    let first =
        run([&["quality", &gp, "--profile", "nhs-gp", "--json", &at("first.json")][..], &day].concat());
    let first = first.ended(1);
    assert!(first.err.contains("nhs-gp: "), "{}", first.err);
    let json: Value = serde_json::from_str(&std::fs::read_to_string(at("first.json")).unwrap()).unwrap();
    assert_eq!(json["format"], "contactpoint-quality-1");
    // All at once: the page, the list, the match rate, the trend, JSON on standard output.
    let (html, list, before) = (at("report.html"), at("faults.csv"), at("first.json"));
    let all = [
        "quality",
        &gp,
        "--profile",
        "nhs-gp",
        "--json",
        "-",
        "--html",
        &html,
        "--faults",
        &list,
        "--previous",
        &before,
        "--against",
        &census,
        "--against-profile",
        "schools-census",
    ];
    let second = run([&all[..], &day].concat()).ended(1).json();
    assert_eq!(second["overall"], json["overall"]);
    let share = second["against"]["estimate"]["share"].as_f64().unwrap();
    assert!((0.3..0.95).contains(&share), "{share}");
    let page = std::fs::read_to_string(html).unwrap();
    assert!(page.contains("no change since") && page.contains("How many would match"));
    let lines = std::fs::read_to_string(list).unwrap();
    assert!(lines.lines().count() > 1 && !lines.contains("NHS0000"), "{lines}");
}

#[test]
fn wrong_usage_is_refused_before_anything_is_read_and_names_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| path(folder.path(), name);
    let file = at("a.csv");
    std::fs::write(&file, "record_id\n").unwrap();
    std::fs::write(at("bad.toml"), "name = \"a\"\n[[column]]\nname = \"b\"\nkind = \"free text\"\n").unwrap();
    std::fs::write(at("old.json"), "{}").unwrap();
    for (arguments, words) in [
        (vec!["quality", &file, "--profile", "nhs-pg"], "the profiles are gro-births"),
        (vec!["quality", &file, "--profile", &at("bad.toml")], "line 4: there is no kind for free text"),
        (vec!["quality", &at("none.csv"), "--profile", "nhs-gp"], "there is no such file"),
        (vec!["quality", &file, "--profile", "nhs-gp", "--html", &file], "would overwrite"),
        (vec!["quality", &file, "--profile", "nhs-gp", "--json", &at("no/b.json")], "there is no folder"),
        (
            vec!["quality", &file, "--profile", "nhs-gp", "--previous", &at("old.json")],
            "is no report of this tool",
        ),
        (vec!["quality", &file], "--profile"),
        (vec!["quality", "--write-profile", "nhs-pg"], "the profiles are gro-births"),
    ] {
        let ended = run(&arguments).ended(2);
        assert!(ended.err.contains(words), "{arguments:?}: {}", ended.err);
    }
    let written = run(["quality", "--write-profile", "nhs-gp"]).ended(0);
    std::fs::write(at("mine.toml"), &written.out).unwrap();
    let refused = run(["quality", &file, "--profile", &at("mine.toml")]).ended(1);
    assert!(refused.err.contains("not ready to rehearse"), "{}", refused.err);
}
