//! The tests that prove a law fail without the law's guard (`guards::PROOFS`).

use guards::fail_without_guards;

#[test]
fn no_decision_can_be_explained_without_its_evidence() {
    fail_without_guards(env!("CARGO_PKG_NAME"), None).unwrap();
}
