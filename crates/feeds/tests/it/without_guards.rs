//! The test that proves a law fails without the law's guard.

use guards::{Guard, fails_without};

#[test]
fn without_the_closed_schema_an_unknown_column_goes_in() {
    fails_without(Guard::ClosedSchema, "bad_files::every_refusal_says_what_where_and_what_to_do").unwrap();
}

#[test]
fn without_the_closed_schema_an_unknown_element_goes_in() {
    fails_without(Guard::ClosedSchema, "fhir::what_is_on_no_list_is_refused_by_its_name_and_place").unwrap();
}
