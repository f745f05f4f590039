//! The tests that prove a law fail without the law's guard (`guards::PROOFS`).

use guards::fail_without_guards;

#[test]
fn each_law_of_the_directory_is_broken_without_its_guard() {
    fail_without_guards(env!("CARGO_PKG_NAME"), None).unwrap();
}
