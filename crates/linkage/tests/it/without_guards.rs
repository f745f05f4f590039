//! The test that proves a law fails without the law's guard.

use guards::{Guard, fails_without};

#[test]
fn without_its_evidence_no_decision_can_be_explained() {
    fails_without(Guard::Evidence, "resolving::a_record_of_a_known_child_is_linked_with_its_evidence")
        .unwrap();
}
