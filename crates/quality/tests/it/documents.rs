//! docs/quality.md says what the tables say.

use quality::{Check, Code, Profile};

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/quality.md");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn every_check_has_its_line_and_codes_rise() {
    let page = page();
    let codes: Vec<&str> = Check::ALL.iter().map(|check| Code::Own(*check).text().code).collect();
    assert!(codes.is_sorted_by(|a, b| a < b));
    for code in codes {
        assert!(page.contains(&format!("| {code} |")), "{code}");
    }
    for code in 16..=20 {
        assert!(page.contains(&format!("| E{code} |")), "E{code}");
    }
}

#[test]
fn the_profile_shown_is_one() {
    let page = page();
    let (_, rest) = page.split_once("```toml\n").unwrap();
    let (text, _) = rest.split_once("```").unwrap();
    let profile = Profile::from_toml(text).unwrap();
    assert_eq!(profile.columns.len(), 5);
}
