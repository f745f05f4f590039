//! Rows that are put aside one by one, and odd ones that are not, through the whole program.

use std::collections::BTreeMap;

use serde_json::json;
use testkit::{TestDatabases, on_both_databases};

use crate::feed_files::{self, gp, row, written};
use crate::installation::Installation;
use crate::raw::Raw;

/// What a row changes of the example, and the fault it must be put aside for, if any.
type Case = (&'static [(&'static str, &'static str)], Option<(&'static str, &'static str)>);

const CASES: &[Case] = &[
    (&[("date_of_birth", "31/02/2015")], Some(("date_of_birth", "F010"))),
    (&[("date_of_birth", "2015-02-31")], Some(("date_of_birth", "F010"))),
    (&[("date_of_birth", "28/02/2015")], Some(("date_of_birth", "F011"))),
    (&[("date_of_birth", "2199-01-01")], Some(("date_of_birth", "F012"))),
    (&[("date_of_birth", "0015-02-28")], Some(("date_of_birth", "F013"))),
    (&[("date_of_birth", "1980-02-28")], Some(("date_of_birth", "F014"))),
    (&[("effective_at", "2198-01-01")], Some(("effective_at", "F015"))),
    (&[("effective_at", "")], Some(("effective_at", "F005"))),
    (&[("forenames", ""), ("surname", "")], Some(("surname", "F020"))),
    (&[("surname", "Unknown")], Some(("surname", "F021"))),
    (&[("surname", "LS1 4AP")], Some(("surname", "F022"))),
    (&[("surname", "Smith ls14ap")], Some(("surname", "F022"))),
    (&[("forenames", "Amelia 😀")], Some(("forenames", "F023"))),
    (&[("forenames", "\u{202E}ailemA")], Some(("forenames", "F006"))),
    (&[("forenames", "---")], Some(("forenames", "F024"))),
    (&[("postcode", "Leeds")], Some(("postcode", "F030"))),
    (&[("nhs_number", "9990000010")], Some(("nhs_number", "F040"))),
    (&[("gender", "X")], Some(("gender", "F050"))),
    (
        &[("town", "a town with a name far longer than any town has, which is text about a child")],
        Some(("town", "F004")),
    ),
    // Odd, and right.
    (&[("forenames", "O")], None),
    (&[("surname", "O'Neill-Ó Súilleabháin")], None),
    (&[("forenames", "محمد"), ("surname", "الأحمد")], None),
    (&[("forenames", "שרה")], None),
    (&[("forenames", ""), ("surname", "Suharto")], None),
    (&[("date_of_birth", "2015")], None),
    (&[("date_of_birth", "")], None),
    (&[("nhs_number", "")], None),
];

on_both_databases! {
    async fn bad_rows_are_put_aside_by_rule_and_the_others_are_taken(db: TestDatabases) {
        let here = Installation::new(db);
        let rows: Vec<Vec<u8>> =
            CASES.iter().enumerate().map(|(n, (changes, _))| row(gp(), &format!("R{n}"), changes)).collect();
        let file = written(&here.path(""), "gp.csv", feed_files::file(gp(), &rows));
        let report = here.load("nhs-gp", &file).ended(1).json();
        let mut expected: BTreeMap<(&str, &str), i64> = BTreeMap::new();
        for fault in CASES.iter().filter_map(|(_, fault)| *fault) {
            *expected.entry(fault).or_default() += 1;
        }
        let faults: serde_json::Value = expected
            .iter()
            .map(|((field, rule), rows)| json!({ "field": field, "rule": rule, "rows": rows }))
            .collect();
        assert_eq!(report["files"][0]["faults"], faults);
        let bad = CASES.iter().filter(|(_, fault)| fault.is_some()).count();
        assert_eq!(
            (&report["quarantined"], &report["accepted"], &report["rows"]),
            (&json!(bad), &json!(CASES.len() - bad), &json!(CASES.len()))
        );
        // In the database: row, column, rule and length, and the row itself sealed.
        let mut raw = Raw::connect(&here.db.data_url).await;
        let aside = raw.table("quarantine").await;
        for (n, (_, fault)) in CASES.iter().enumerate() {
            let at = i64::try_from(n).unwrap() + 2;
            let found: Vec<(String, String)> = aside
                .iter()
                .filter(|row| row["row_number"].number() == at)
                .map(|row| (row["field"].text().to_owned(), row["rule"].text().to_uppercase()))
                .collect();
            let wanted: Vec<(String, String)> =
                fault.iter().map(|(field, rule)| ((*field).to_owned(), (*rule).to_owned())).collect();
            assert_eq!(found, wanted, "row {at}");
        }
        assert_eq!(raw.count("source_record").await, i64::try_from(CASES.len() - bad).unwrap());
    }

    async fn the_first_of_two_rows_with_one_key_counts(db: TestDatabases) {
        let here = Installation::new(db);
        let rows = [row(gp(), "1", &[]), row(gp(), "1", &[("surname", "Second")])];
        let file = written(&here.path(""), "gp.csv", feed_files::file(gp(), &rows));
        for (accepted, unchanged) in [(1, 0), (0, 1)] {
            let report = here.load("nhs-gp", &file).ended(1).json();
            assert_eq!(
                (&report["accepted"], &report["unchanged"], &report["updated"], &report["quarantined"]),
                (&json!(accepted), &json!(unchanged), &json!(0), &json!(1))
            );
            assert_eq!(report["files"][0]["faults"][0], json!({ "field": "record_id", "rule": "F003", "rows": 1 }));
        }
    }

    async fn a_row_with_a_value_too_many_is_put_aside_and_not_kept(db: TestDatabases) {
        let here = Installation::new(db);
        let mut long = row(gp(), "2", &[]);
        long.splice(long.len() - 1.., *b",a note about the child\n");
        let file = written(&here.path(""), "gp.csv", feed_files::file(gp(), &[row(gp(), "1", &[]), long]));
        let report = here.load("nhs-gp", &file).ended(1).json();
        assert_eq!((&report["accepted"], &report["quarantined"]), (&json!(1), &json!(1)));
        let mut raw = Raw::connect(&here.db.data_url).await;
        let aside = raw.table("quarantine").await;
        assert_eq!((aside.len(), aside[0]["rule"].text()), (1, "f001"));
        assert_eq!(aside[0]["sealed"], crate::raw::Cell::Nothing);
    }
}
