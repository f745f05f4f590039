//! The tests that prove a law fail without the law's guard (`guards::PROOFS`).

use guards::fail_without_guards;

#[test]
fn what_is_on_no_list_goes_in_without_the_closed_schema() {
    fail_without_guards(env!("CARGO_PKG_NAME"), None).unwrap();
}
