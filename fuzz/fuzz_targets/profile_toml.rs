//! Profiles of one's own: one that is taken is written out and read again as it is.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match quality::Profile::from_toml(text) {
        Ok(profile) => assert_eq!(quality::Profile::from_toml(&profile.to_toml()), Ok(profile)),
        Err(error) => assert!(!error.message.is_empty()),
    }
});
