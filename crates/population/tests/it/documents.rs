//! The documents say what the code does.

use population::{Source, rates};

/// `docs/population.md` carries the table of rates between two marks.
#[test]
fn the_table_of_rates_is_printed_in_the_document() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/population.md");
    let text = std::fs::read_to_string(path).unwrap();
    let printed = text.split("<!-- rates -->\n").nth(1).and_then(|rest| rest.split("<!-- /rates -->").next());
    assert_eq!(
        printed,
        Some(rates::markdown().as_str()),
        "replace the text between the marks in docs/population.md by:\n{}",
        rates::markdown()
    );
}

/// The feeds' columns are the feeds' own to say; these are the first and last of each, as a reminder.
#[test]
fn every_source_has_the_columns_of_its_feed() {
    for source in Source::ALL {
        let columns = source.columns();
        assert_eq!(columns[..4], ["record_id", "effective_at", "forenames", "surname"]);
        let mut sorted = columns.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), columns.len(), "{source} has a column twice");
    }
    assert_eq!(Source::NhsGp.columns().last(), Some(&"local_authority"));
    assert_eq!(Source::SocialCare.columns().last(), Some(&"caf_telephone"));
}
