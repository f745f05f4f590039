//! The directory's rules, told as tests.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails, and says where"
)]

mod access;
mod account_lives;
mod accreditations;
mod authorities;
mod child_numbers;
mod child_records;
mod children;
mod counting;
mod dates;
mod disclosure_matrix;
mod disclosures;
mod holds;
mod households;
mod identities;
mod mediation;
mod names;
mod organisations;
mod recovery;
mod registers;
mod retention;
mod search_criteria;
mod search_keys;
mod searches;
mod shields;
mod somebody_else;
mod source_records;
mod values;
mod vocabularies;
mod watching;
mod without_guards;
