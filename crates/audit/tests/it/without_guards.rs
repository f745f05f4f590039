//! The test that proves a law fails without the law's guard.

use guards::{Guard, fails_without};

#[test]
fn without_the_chain_a_changed_entry_goes_unnoticed() {
    fails_without(Guard::Chain, "tampering::a_changed_header_is_found_at_its_entry").unwrap();
}
