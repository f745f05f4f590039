//! docs/connect/cases.md says what the table says.

use std::path::PathBuf;

#[test]
fn the_page_of_cases_is_the_one_printed_from_the_table() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/connect/cases.md");
    let expected = conformance::cases_page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "docs/connect/cases.md is not what the table says: run with UPDATE_DOCS=1");
}
