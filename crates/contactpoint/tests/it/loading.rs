//! Loading: six sources, the same files again, and what changed.

use serde_json::json;
use testkit::{TestDatabases, on_both_databases};

use crate::feed_files::{self, gp, row, written};
use crate::installation::{Installation, SOURCES, invent, run};
use crate::raw::Raw;
use crate::state::State;

on_both_databases! {
    async fn six_sources_load_and_loading_them_again_changes_nothing(db: TestDatabases) {
        let here = Installation::new(db);
        let folder = here.path("population");
        invent(150, 7, &folder);
        for (source, ran) in SOURCES.iter().zip(here.load_all(&folder)) {
            let report = ran.ended(0).json();
            let rows = feed_files::read(&folder.join(format!("{source}.csv"))).1.len();
            assert_eq!(report["source"], *source);
            for (what, count) in
                [("rows", rows), ("accepted", rows), ("unchanged", 0), ("updated", 0), ("quarantined", 0)]
            {
                assert_eq!(report[what], count, "{source}: {what}: {report}");
            }
            assert_eq!(report["files"].as_array().unwrap().len(), 1);
        }
        let mut raw = Raw::connect(&here.db.data_url).await;
        let (children, records) = (raw.count("child").await, raw.count("source_record").await);
        assert!(children >= 150 && children < records, "{records} records of {children} children");
        let before = State::of(&here.db).await;
        for (source, ran) in SOURCES.iter().zip(here.load_all(&folder)) {
            let report = ran.ended(0).json();
            assert_eq!(report["unchanged"], report["rows"], "{source}: {report}");
            assert_eq!((&report["accepted"], &report["updated"]), (&json!(0), &json!(0)), "{source}");
        }
        State::of(&here.db).await.assert_same(&before, "after the second load");
    }

    async fn a_changed_row_is_an_update_and_keeps_what_it_replaced(db: TestDatabases) {
        let here = Installation::new(db);
        let folder = here.path("population");
        invent(60, 3, &folder);
        let path = folder.join("nhs-gp.csv");
        here.load("nhs-gp", &path).ended(0);
        let (header, mut rows) = feed_files::read(&path);
        let at = |name: &str| header.iter().position(|column| column == name).unwrap();
        rows[4][at("effective_at")] = "2026-11-01".to_owned();
        rows[4][at("practice_name")] = "Another Surgery".to_owned();
        rows[9][at("practice_name")] = "Another Surgery".to_owned();
        feed_files::write(&path, &header, &rows);
        let report = here.load("nhs-gp", &path).ended(0).json();
        let all = rows.len();
        assert_eq!(
            (&report["rows"], &report["accepted"], &report["unchanged"], &report["updated"]),
            (&json!(all), &json!(0), &json!(all - 2), &json!(2))
        );
        let mut raw = Raw::connect(&here.db.data_url).await;
        assert_eq!(raw.count("source_version").await, 2);
        assert_eq!(raw.count("source_record").await, i64::try_from(all).unwrap());
    }

    async fn rows_that_are_put_aside_are_counted_and_named_without_their_values(db: TestDatabases) {
        let here = Installation::new(db);
        let rows = [
            row(gp(), "1", &[]),
            row(gp(), "2", &[("date_of_birth", "31/02/2015"), ("practice_telephone", "call Zebedee")]),
            row(gp(), "3", &[("surname", "Zebedee 😀")]),
        ];
        let file = written(&here.path(""), "gp.csv", feed_files::file(gp(), &rows));
        let ran = here.load("nhs-gp", &file).ended(1);
        let report = ran.json();
        assert_eq!((&report["rows"], &report["accepted"], &report["quarantined"]), (&json!(3), &json!(1), &json!(2)));
        assert_eq!(
            report["files"][0]["faults"],
            json!([
                { "field": "date_of_birth", "rule": "F010", "rows": 1 },
                { "field": "practice_telephone", "rule": "F051", "rows": 1 },
                { "field": "surname", "rule": "F023", "rows": 1 },
            ])
        );
        assert!(!ran.out.contains("Zebedee") && !ran.err.contains("Zebedee"), "{} {}", ran.out, ran.err);
        let mut raw = Raw::connect(&here.db.data_url).await;
        let aside = raw.table("quarantine").await;
        assert_eq!(aside.len(), 3);
        // Again: the same rows are put aside once, not twice.
        here.load("nhs-gp", &file).ended(1);
        assert_eq!(raw.table("quarantine").await.len(), 3);
    }

    async fn a_dry_run_tells_what_would_happen_and_writes_nothing(db: TestDatabases) {
        let here = Installation::new(db);
        let rows = [row(gp(), "1", &[]), row(gp(), "2", &[("surname", "😀")])];
        let file = written(&here.path(""), "gp.csv", feed_files::file(gp(), &rows));
        let (config, path) = (here.config(), file.to_str().unwrap().to_owned());
        let report = run(["load", "--config", &config, "--source", "nhs-gp", "--dry-run", "--json", &path]).ended(1).json();
        assert_eq!((&report["dry_run"], &report["accepted"], &report["quarantined"]), (&json!(true), &json!(1), &json!(1)));
        let mut raw = Raw::connect(&here.db.data_url).await;
        for table in ["source_record", "child", "link", "match_key", "search_key", "feed_run", "quarantine"] {
            assert_eq!(raw.count(table).await, 0, "{table}");
        }
    }

    async fn several_files_of_one_source_are_one_report(db: TestDatabases) {
        let here = Installation::new(db);
        let file = |name: &str, id: &str| written(&here.path(""), name, feed_files::file(gp(), &[row(gp(), id, &[])]));
        let (one, two) = (file("one.csv", "1"), file("two.csv", "2"));
        let (one, two) = (one.to_str().unwrap(), two.to_str().unwrap());
        let report = run(["load", "--config", &here.config(), "--source", "nhs-gp", "--json", one, two]).ended(0).json();
        assert_eq!((&report["rows"], &report["files"].as_array().unwrap().len()), (&json!(2), &2));
    }

    async fn an_unknown_source_is_refused_with_the_names_of_those_there_are(db: TestDatabases) {
        let here = Installation::new(db);
        let file = written(&here.path(""), "gp.csv", feed_files::file(gp(), &[row(gp(), "1", &[])]));
        let ran = here.load("nhs", &file).ended(3);
        assert!(ran.err.contains("there is no source named nhs") && ran.err.contains("social-care"), "{}", ran.err);
    }
}
