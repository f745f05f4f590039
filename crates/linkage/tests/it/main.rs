//! The linkage engine as its users see it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails, and says where"
)]

mod allocations;
mod blocking;
mod children;
mod comparing;
mod deciding;
mod distances;
mod families;
mod febrl;
mod files;
mod hard_cases;
mod invented;
mod model_files;
mod refining;
mod resolving;
mod robustness;
mod sealed;
mod standing;
mod training;
mod weights;
mod without_guards;

use linkage::RawRecord;

/// A child as a source gives it.
fn child(
    forenames: &str,
    surname: &str,
    born: &str,
    gender: &str,
    postcode: &str,
    address: &str,
) -> RawRecord {
    RawRecord::new()
        .with("forenames", forenames)
        .with("surname", surname)
        .with("date_of_birth", born)
        .with("gender", gender)
        .with("postcode", postcode)
        .with("address", address)
}
