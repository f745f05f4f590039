//! The test that proves a law fails without the law's guard.

use guards::{Guard, fails_without};

#[test]
fn without_the_decision_at_disclosure_a_shielded_child_is_shown_in_full() {
    fails_without(
        Guard::LeastDisclosure,
        "disclosures::a_shielded_child_shows_name_birth_gender_and_number_and_nothing_else",
    )
    .unwrap();
}

#[test]
fn without_the_rule_of_the_basis_a_sensitive_service_stands_without_one() {
    fails_without(Guard::Basis, "source_records::a_sensitive_service_cannot_be_held_without_a_basis")
        .unwrap();
}

#[test]
fn without_the_seal_a_former_identity_answers() {
    fails_without(Guard::FormerIdentity, "disclosures::a_sealed_former_identity_answers_as_if_never_issued")
        .unwrap();
}

#[test]
fn without_retention_a_record_never_leaves() {
    fails_without(Guard::Retention, "retention::a_record_is_archived_on_the_eighteenth_birthday").unwrap();
}
