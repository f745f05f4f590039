//! The tests that prove a law fail without the law's guard (`guards::PROOFS`).

use guards::fail_without_guards;

#[test]
fn a_changed_entry_goes_unnoticed_without_the_chain() {
    fail_without_guards(env!("CARGO_PKG_NAME"), None).unwrap();
}
