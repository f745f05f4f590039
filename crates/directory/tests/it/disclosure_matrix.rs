//! Who sees what of a child: every field, for every viewer, in every state of a record (laws 2 to 5).
//!
//! A record in which everything is filled is disclosed to everybody; each value that comes out is traced to the field it
//! belongs to. What comes out is compared with a table written by hand, and printed as docs/disclosure.md.

mod book;
mod desks;
mod expected;
mod field;
mod filled;
mod limits;
mod random;
mod state;
mod trace;
mod viewpoint;

use self::expected::table;
use self::field::Field;
use self::state::State;
use self::trace::{keys, seen};
use self::viewpoint::Viewpoint;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The fields that come out for that viewer in that state.
fn shown(state: State, viewpoint: Viewpoint) -> BTreeSet<Field> {
    let (record, today) = state.record();
    let view = viewpoint.sees(&record, today);
    seen(&view).unwrap_or_else(|leaf| panic!("{state:?} {viewpoint:?}: whose is {leaf}?"))
}

#[test]
fn every_viewer_sees_of_every_field_in_every_state_what_the_table_says() {
    for state in State::ALL {
        let expected = table(state);
        for viewpoint in Viewpoint::ALL {
            let found = shown(state, viewpoint);
            for field in Field::ALL {
                let cell = format!("{state:?}, {viewpoint:?}, {field:?}");
                assert_eq!(found.contains(&field), expected.shows(field, viewpoint), "{cell}");
            }
        }
    }
}

#[test]
fn every_field_is_filled_and_told_apart() {
    for field in Field::ALL {
        assert!(!field.values().is_empty(), "{field:?} has no value to be known by");
    }
    let mut values: Vec<&str> = Field::ALL.iter().flat_map(|field| field.values()).copied().collect();
    let count = values.len();
    values.sort_unstable();
    values.dedup();
    assert_eq!(values.len(), count, "no value belongs to two fields");
    let reached: BTreeSet<Field> = State::ALL
        .iter()
        .flat_map(|state| Viewpoint::ALL.iter().flat_map(|viewpoint| shown(*state, *viewpoint)))
        .collect();
    for field in Field::ALL {
        assert_eq!(reached.contains(&field), !field.is_nobodys(), "{field:?}");
    }
    filled::holds_all_of(Field::ALL.iter().flat_map(|field| field.values()).copied());
}

#[test]
fn no_view_has_a_key_that_nobody_listed() {
    let mut found: BTreeSet<String> = BTreeSet::new();
    for state in State::ALL {
        let (record, today) = state.record();
        for viewpoint in Viewpoint::ALL {
            found.extend(keys(&viewpoint.sees(&record, today)));
        }
    }
    let listed = expected::KEYS
        .iter()
        .flat_map(|(of, keys)| keys.split_whitespace().map(move |key| format!("{of}.{key}")));
    let listed: BTreeSet<String> = listed.collect();
    assert_eq!(found, listed);
}

#[test]
fn the_disclosure_book_is_the_one_printed_from_the_matrix() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/disclosure.md");
    let book = book::printed();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &book).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == book,
        "docs/disclosure.md is not what the disclosure function does; print it again with \
         `UPDATE_DOCS=1 cargo nextest run -p directory disclosure_book`"
    );
}
