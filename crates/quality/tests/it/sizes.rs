//! Parts measured apart give the whole, whatever the files are cut into.

use std::io::Cursor;

use proptest::prelude::*;
use quality::{Profile, Report, measure};
use serde_json::Value;

use crate::rows::{Rows, input, settings, sound};

/// Everything but which file a row is in.
fn measured(report: &Report) -> Value {
    let mut value = serde_json::to_value(report).unwrap();
    value["files"] = Value::Null;
    for row in value["worst_rows"].as_array_mut().unwrap() {
        (row["file"], row["row"]) = (Value::Null, Value::Null);
    }
    for example in value["duplicates"]["examples"].as_array_mut().unwrap() {
        (example["left"], example["right"]) = (Value::Null, Value::Null);
    }
    value
}

fn run(files: Vec<Rows>) -> Report {
    let profile = Profile::named("nhs-gp").unwrap();
    let inputs: Vec<_> = files.iter().map(|rows| input("part.csv", rows.csv())).collect();
    measure::<Cursor<Vec<u8>>>(inputs, Vec::new(), &settings(&profile), None).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Rows with mistakes anywhere, cut anywhere into three files.
    #[test]
    fn measures_of_parts_merge_into_those_of_the_whole(
        mistakes in prop::collection::vec((0_usize..80, 0_usize..6), 0..40),
        cuts in (0_usize..80, 0_usize..80),
    ) {
        let mut rows = sound("nhs-gp", 80);
        for (row, kind) in mistakes {
            let (column, value) = [
                ("surname", "Unknown"),
                ("postcode", ""),
                ("nhs_number", "9990000019"),
                ("date_of_birth", "2026-10-25"),
                ("town", "see notes about this"),
                ("record_id", "R-00001"),
            ][kind];
            rows.set(row, column, value);
        }
        let (first, second) = (cuts.0.min(cuts.1), cuts.0.max(cuts.1));
        let part = |of: &[Vec<String>]| Rows { header: rows.header.clone(), rows: of.to_vec() };
        let parts = vec![part(&rows.rows[..first]), part(&rows.rows[first..second]), part(&rows.rows[second..])];
        let whole = run(vec![rows.clone()]);
        prop_assert_eq!(measured(&run(parts)), measured(&whole));
    }
}

#[test]
fn more_rows_than_a_round_of_batches_are_counted_once_each() {
    let mut rows = sound("nhs-gp", 500);
    let one = rows.rows.clone();
    for copy in 1..20 {
        rows.rows.extend(one.iter().cloned().map(|mut row| {
            row[0] = format!("{}-{copy}", row[0]);
            row
        }));
    }
    let profile = Profile::named("nhs-gp").unwrap();
    let mut settings = settings(&profile);
    settings.duplicates = false;
    let report = measure(vec![input("feed.csv", rows.csv())], Vec::new(), &settings, None).unwrap();
    assert_eq!((report.rows, report.by_field[0].filled), (10_000, 10_000));
    // Every number but the first of each child comes again.
    let repeated = report.faults.iter().find(|fault| fault.field == "nhs_number").unwrap();
    assert_eq!((repeated.rows, report.faults.len()), (9_500, 1));
}

#[test]
fn the_worst_row_of_a_long_file_of_several_lines_a_child_is_named_by_its_own_line() {
    let children = 120_000;
    let mut text = String::new();
    for child in 0..children {
        let surname = if child == children - 2 { "Unknown" } else { "Quist" };
        text.push_str(&format!(
            "{{\"resourceType\":\"Patient\",\"id\":\"R-{child}\",\"meta\":{{\"lastUpdated\":\"2026-10-20\"}},\
             \"name\":[{{\"family\":\"{surname}\",\"given\":[\"Nell\"]}}]}}\n"
        ));
        // What is left unread stands between the children all the same.
        text.push_str(&"{\"resourceType\":\"Observation\"}\n".repeat(1 + child % 2));
    }
    let lines = text.lines().position(|line| line.contains("Unknown")).unwrap() as u64 + 1;
    let profile = Profile::named("nhs-gp").unwrap();
    let mut settings = settings(&profile);
    settings.duplicates = false;
    let report = measure(vec![input("feed.ndjson", text.into_bytes())], Vec::new(), &settings, None).unwrap();
    assert_eq!((report.rows, report.faulty_rows), (children as u64, 1));
    assert_eq!(report.worst_rows[0].row, lines);
}
