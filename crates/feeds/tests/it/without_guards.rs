//! The test that proves a law fails without the law's guard.

use guards::{Guard, fails_without};

#[test]
fn without_the_closed_schema_an_unknown_column_goes_in() {
    fails_without(Guard::ClosedSchema, "bad_files::every_refusal_says_what_where_and_what_to_do").unwrap();
}
