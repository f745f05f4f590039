//! FHIR NDJSON: lines as they come, and as the elements of a Patient.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    fuzz::read(&[b"{", bytes].concat());
    fuzz::read(&[b"{\"resourceType\":\"Patient\",", bytes].concat());
});
