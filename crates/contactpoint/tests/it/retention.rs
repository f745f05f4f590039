//! The sweep as a command: what it says, and that a dry run changes nothing. What it does to records over the years is told by
//! the tests of `service`, whose clock can be moved.

use serde_json::json;
use testkit::{TestDatabases, on_both_databases};

use crate::feed_files;
use crate::installation::{Installation, invent, run};
use crate::raw::Raw;

on_both_databases! {
    async fn the_command_counts_what_is_due_and_a_dry_run_leaves_it_due(db: TestDatabases) {
        let here = Installation::new(db);
        let folder = here.path("population");
        invent(50, 5, &folder);
        let path = folder.join("schools-census.csv");
        let (header, mut rows) = feed_files::read(&path);
        let at = |name: &str| header.iter().position(|column| column == name).unwrap();
        for column in ["address_line_1", "address_line_2", "town", "postcode"] {
            rows[0][at(column)] = String::new();
        }
        rows[0][at("address_kind")] = "left_no_return".to_owned();
        feed_files::write(&path, &header, &rows);
        here.load("schools-census", &path).ended(0);
        let config = here.config();
        let sweep = |more: &[&str]| {
            let mut arguments = vec!["retention", "--config", &config, "--json"];
            arguments.extend(more);
            run(arguments).ended(0).json()
        };
        for _ in 0..2 {
            let dry = sweep(&["--dry-run"]);
            assert_eq!(dry["swept"]["archived"], json!({"left_england": 1}), "{dry}");
            assert_eq!((&dry["dry_run"], &dry["keys"]), (&json!(true), &json!(null)));
        }
        let done = sweep(&[]);
        assert_eq!(done["swept"]["archived"], json!({"left_england": 1}), "{done}");
        assert_eq!(done["keys"]["destroyed"], 0, "{done}");
        assert_eq!(sweep(&[])["swept"]["archived"], json!({}), "once");
        assert_eq!(sweep(&["--replay"])["replayed"]["shields"], 0);
        let mut raw = Raw::connect(&here.db.data_url).await;
        assert_eq!(raw.count("child").await, rows.len() as i64, "nobody is destroyed");
    }
}
