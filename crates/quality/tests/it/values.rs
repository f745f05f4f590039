//! No value of a row reaches any report unless values are shown; what is forbidden reaches none at all.

use quality::{Profile, measure, page};

use crate::rows::{Rows, input, settings, sound};

/// A file in which every value of a row is marked, sound or not, and in which one is forbidden.
fn marked() -> Rows {
    let mut rows = sound("nhs-gp", 6);
    for row in 0..3 {
        rows.set(row, "record_id", &format!("MARK-{row}"));
        rows.set(row, "forenames", "Markward");
        rows.set(row, "surname", "Markgraf");
        rows.set(row, "nhs_number", "");
        rows.set(row, "gender", "F");
        rows.set(row, "date_of_birth", "2014-09-30");
        rows.set(
            row,
            "address_line_1",
            if row == 1 { "police called to Markstone house, at risk" } else { "7 Marktree Close" },
        );
        rows.set(row, "postcode", "MK99 9X");
        rows.set(row, "practice_name", "domestic violence at Markstone house, see notes");
    }
    rows
}

/// Everything that is written of a run.
fn written(show_values: bool) -> [String; 3] {
    let profile = Profile::named("nhs-gp").unwrap();
    let mut settings = settings(&profile);
    settings.show_values = show_values;
    let mut list = Vec::new();
    let report =
        measure(vec![input("feed.csv", marked().csv())], Vec::new(), &settings, Some(&mut list)).unwrap();
    assert_eq!(
        report.duplicates.as_ref().unwrap().examples.len(),
        3,
        "the three marked children look like one"
    );
    [serde_json::to_string(&report).unwrap(), page(&report, None), String::from_utf8(list).unwrap()]
}

#[test]
fn no_value_of_a_row_reaches_the_report_the_page_or_the_list() {
    for text in written(false) {
        let lower = text.to_lowercase();
        for value in
            ["mark-", "markward", "markgraf", "2014-09-30", "markstone", "marktree", "mk99", "r-00004"]
        {
            assert!(!lower.contains(value), "{value} in {text}");
        }
    }
}

#[test]
fn with_values_shown_they_are_there_and_forbidden_content_is_not() {
    let [json, page, list] = written(true);
    for text in [&json, &page] {
        assert!(text.contains("MK99 9X") && text.contains("Markward"), "{text}");
    }
    assert!(list.contains("MARK-1"), "the list names the record by its own identifier: {list}");
    for text in [&json, &page, &list] {
        assert!(!text.contains("Markstone"), "{text}");
    }
}

#[test]
fn the_list_has_a_line_for_each_fault_with_row_field_code_and_what_to_do() {
    let [_, _, list] = written(false);
    let lines: Vec<&str> = list.lines().collect();
    assert_eq!(lines[0], "file,row,record_id,field,code,what_is_wrong,what_to_do");
    assert_eq!(lines.len(), 8, "{list}");
    assert!(lines[1].starts_with("feed.csv,2,,postcode,F030,"), "{list}");
    assert!(lines[2].starts_with("feed.csv,2,,practice_name,Q50,"), "{list}");
}
