//! Feed files from the outside: what is taken, what is quarantined, what is refused.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails, and says where"
)]

mod bad_files;
mod bad_rows;
mod deaths;
mod documents;
mod fhir;
mod fhir_doubts;
mod fhir_export;
mod fhir_files;
mod fhir_histories;
mod fhir_standing;
mod files;
mod good_rows;
mod hl7;
mod hl7_standing;
mod listed;
mod no_fixed_abode;
mod properties;
mod without_guards;
