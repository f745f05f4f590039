//! Statements by JSON: bodies as they come, and bytes as the columns of an object behind a right beginning.
#![no_main]

use intake::http::fuzzed::statements;
use jiff::civil::date;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    understand(bytes);
    understand(&[b"{\"record_id\":\"R-1\",", bytes, b"}"].concat());
    understand(&[b"[{\"record_id\":\"R-1\"},{", bytes, b"}]"].concat());
});

fn understand(body: &[u8]) {
    for profile in feeds::Profile::ALL {
        match statements(profile, body) {
            Ok(said) => {
                assert!(!said.is_empty());
                for (message, number) in said.iter().zip(1..) {
                    let _ = message.judge(number, date(2026, 6, 1));
                }
            }
            Err(problem) => assert!(problem.status().is_client_error()),
        }
    }
}
