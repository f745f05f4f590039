//! XML, whole or from its first row on.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    fuzz::read(&[b"<", bytes].concat());
    fuzz::read(&[b"<rows><row>", bytes].concat());
});
