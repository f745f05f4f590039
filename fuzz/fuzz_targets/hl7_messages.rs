//! HL7 version 2: a stream of frames as it comes, and messages behind a header that is right.
#![no_main]

use feeds::Said;
use feeds::hl7::{Frames, Mapping, read};
use jiff::civil::date;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut frames = Frames::default();
    let mut rest = bytes;
    while !rest.is_empty() {
        let Ok((took, message)) = frames.take(rest) else { break };
        if let Some(message) = message {
            understand(&message);
        }
        rest = rest.get(took..).unwrap_or_default();
    }
    for event in ["A08", "A40"] {
        let header = format!("MSH|^~\\&|A|B|C|D|20260531||ADT^{event}|1|P|2.5\r");
        understand(&[header.as_bytes(), bytes].concat());
    }
});

fn understand(message: &[u8]) {
    for profile in feeds::Profile::ALL {
        let mapping = Mapping { profile, assigning_authority: None, takes_tests: true };
        if let Ok(received) = read(message, &mapping)
            && let Some(Said::Statement(statement)) = received.said
        {
            let _ = statement.judge(1, date(2026, 6, 1));
        }
    }
}
