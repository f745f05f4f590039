//! Files that are refused as a whole: a clear error that names the place, exit status 1, and nothing half-written.

use std::io::Write as _;
use std::path::Path;

use testkit::{TestDatabases, on_both_databases};

use crate::feed_files::{self, gp, row, written};
use crate::installation::{Installation, Ran, contactpoint, run};
use crate::raw::Raw;

/// Loads what must be refused: exit status 1, one JSON object with the code, its message on standard error too.
fn refused(here: &Installation, file: &Path, code: &str, says: &[&str]) {
    let name = file.file_name().unwrap().to_str().unwrap();
    let ran = here.load("nhs-gp", file).ended(1);
    let report = ran.json();
    let refusal = &report["files"][0]["refused"];
    assert_eq!(refusal["code"], code, "{name}: {report}");
    let message = refusal["message"].as_str().unwrap();
    for words in says.iter().chain(&[name]) {
        assert!(message.contains(words), "{name}: {message} lacks {words}");
    }
    let plain = Ran::of(
        contactpoint(["load", "--config", &here.config(), "--source", "nhs-gp"]).arg(file).output().unwrap(),
    );
    assert_eq!((plain.status, plain.out.as_str()), (Some(1), ""), "{name}");
    assert!(plain.err.contains(message), "{name}: {}", plain.err);
}

on_both_databases! {
    async fn a_file_that_is_no_feed_is_refused_by_name_and_leaves_nothing(db: TestDatabases) {
        let here = Installation::new(db);
        let good = || row(gp(), "1", &[]);
        let header = gp().header();
        let with_header = |header: &str, rows: &[u8]| [header.as_bytes(), b"\n", rows].concat();
        let columns: Vec<&str> = header.split(',').collect();
        let mut long = feed_files::file(gp(), &[good()]);
        long.extend(std::iter::repeat_n(b'x', 10 << 20));
        let nul = [feed_files::file(gp(), &[good()]), b"2,2026-01-31,Ame\0lia\n".to_vec()].concat();
        let latin = [feed_files::file(gp(), &[good()]), b"2,2026-01-31,Zo\xEB,Smith\n".to_vec()].concat();
        let cut = [feed_files::file(gp(), &[good()]), b"2,2026-01-31,\"Amel".to_vec()].concat();
        let cases: Vec<(&str, Vec<u8>, &str, Vec<&str>)> = vec![
            ("empty.csv", Vec::new(), "E01", vec!["empty"]),
            ("latin.csv", latin, "E02", vec!["Windows-1252", "row 3", "byte"]),
            ("utf16.csv", header.encode_utf16().flat_map(u16::to_le_bytes).collect(), "E02", vec!["UTF-16"]),
            ("workbook.csv", b"PK\x03\x04more".to_vec(), "E17", vec!["workbook", "CSV"]),
            ("nul.csv", nul, "E04", vec!["NUL", "row 3", "byte"]),
            ("long.csv", long, "E05", vec!["row 3", "longer"]),
            ("semicolons.csv", header.replace(',', ";").into_bytes(), "E06", vec!["semicolons", "commas"]),
            ("tabs.csv", header.replace(',', "\t").into_bytes(), "E06", vec!["tabs"]),
            ("headless.csv", good(), "E07", vec!["nhs-gp", "header"]),
            ("notes.csv", with_header(&format!("{header},case_notes"), b""), "E08", vec!["case_notes"]),
            ("typo.csv", with_header(&header.replace("surname", "sirname"), b""), "E08", vec!["sirname"]),
            ("unnamed.csv", with_header(&format!("{header},"), b""), "E09", vec!["no name"]),
            ("twice.csv", with_header(&format!("{header},surname"), b""), "E10", vec!["surname", "twice"]),
            ("short.csv", with_header(&columns[..columns.len() - 1].join(","), b""), "E11", vec!["local_authority"]),
            ("cut.csv", cut, "E12", vec!["row 3", "closed"]),
        ];
        for (name, bytes, code, says) in cases {
            let file = written(&here.path(""), name, bytes);
            refused(&here, &file, code, &says);
        }
        let mut raw = Raw::connect(&here.db.data_url).await;
        for table in ["source_record", "child", "link", "match_key", "search_key", "feed_run", "quarantine"] {
            assert_eq!(raw.count(table).await, 0, "{table}");
        }
    }

    async fn a_header_without_rows_is_a_load_of_nothing(db: TestDatabases) {
        let here = Installation::new(db);
        let file = written(&here.path(""), "none.csv", feed_files::file(gp(), &[]));
        assert_eq!(here.load("nhs-gp", &file).ended(0).json()["rows"], 0);
    }

    async fn a_file_that_is_not_there_or_a_folder_is_named(db: TestDatabases) {
        let here = Installation::new(db);
        let missing = here.load("nhs-gp", &here.path("gone.csv")).ended(3);
        assert!(missing.err.contains("gone.csv") && missing.out.is_empty(), "{}", missing.err);
        let folder = here.load("nhs-gp", &here.path("secret"));
        assert_ne!(folder.status, Some(0));
        assert!(folder.err.contains("secret") || folder.out.contains("secret"), "{} {}", folder.out, folder.err);
    }

    async fn a_file_that_grows_while_it_is_read_is_refused_and_loads_once_it_is_at_rest(db: TestDatabases) {
        let here = Installation::new(db);
        let rows: Vec<Vec<u8>> = (0..2500).map(another_child).collect();
        let file = written(&here.path(""), "growing.csv", feed_files::file(gp(), &rows));
        run(["load", "--config", &here.config(), "--source", "nhs-gp", "--dry-run", file.to_str().unwrap()]).ended(0);
        // Held back after each group, so that there is time to grow.
        let loading = here.loading("nhs-gp", &file).args(["--rate", "1000"]).stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped()).spawn().unwrap();
        wait_for_a_group(&here).await;
        let more = row(gp(), "late", &[("nhs_number", "")]);
        std::fs::OpenOptions::new().append(true).open(&file).unwrap().write_all(&more).unwrap();
        let ran = Ran::of(loading.wait_with_output().unwrap()).ended(1);
        let refusal = ran.json()["files"][0]["refused"].clone();
        assert_eq!(refusal["code"], "E13", "{refusal}");
        let report = here.load("nhs-gp", &file).ended(0).json();
        assert_eq!(report["rows"], 2501);
        let mut raw = Raw::connect(&here.db.data_url).await;
        assert_eq!(raw.count("source_record").await, 2501);
    }
}

/// A row about a child like no other: what is alike would be compared, each with each.
fn another_child(n: u32) -> Vec<u8> {
    let letter = |n: u32| char::from(b'a' + (n % 26) as u8);
    let word: String = ['Q', letter(n), letter(n / 26), letter(n / 676), 'x'].into_iter().collect();
    let forename: String = word.chars().rev().collect();
    let born = format!("{}-{:02}-{:02}", 2010 + n % 13, 1 + n % 12, 1 + n % 28);
    let inward = ['A', 'B', 'D', 'E', 'F', 'G', 'H', 'J', 'L', 'N'];
    let postcode = format!(
        "LS{} {}{}{}",
        1 + n / 1000,
        n % 10,
        inward[n as usize / 10 % 10],
        inward[n as usize / 100 % 10]
    );
    let changes = [
        ("nhs_number", ""),
        ("forenames", &forename),
        ("surname", &word),
        ("date_of_birth", &born),
        ("alias_1_forenames", ""),
        ("alias_1_surname", ""),
        ("alias_2_forenames", ""),
        ("alias_2_surname", ""),
        ("address_line_1", &word),
        ("postcode", &postcode),
    ];
    row(gp(), &n.to_string(), &changes)
}

/// Waits until the first group of a load is durable.
async fn wait_for_a_group(here: &Installation) {
    let mut raw = Raw::connect(&here.db.data_url).await;
    while raw.count("source_record").await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}
