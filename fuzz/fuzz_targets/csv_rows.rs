//! CSV below a header that is the profile's or not.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    fuzz::read(bytes);
    let header = feeds::Profile::named("nhs-gp").map(feeds::Profile::header).unwrap_or_default();
    fuzz::read(&[header.as_bytes(), b"\n", bytes].concat());
});
