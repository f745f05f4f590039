//! FHIR over a network: Bundles, messages and lines as they come, and bytes as the elements of resources behind a right beginning.
#![no_main]

use feeds::Said;
use feeds::fhir::answer::{Issue, outcome};
use feeds::fhir::{Mapping, Received, Refused, Spoken, read, read_lines, read_message};
use jiff::civil::date;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for source in ["social-care", "schools-census"] {
        let Some(profile) = feeds::Profile::named(source) else { return };
        let mapping = Mapping { profile, own_system: None, received_at: jiff::Timestamp::UNIX_EPOCH };
        understand(read(bytes, &mapping));
        understand(read_lines(bytes, &mapping));
        understand(read_message(bytes, &mapping).1);
        for kind in ["Patient", "EpisodeOfCare", "CareTeam", "Consent", "RelatedPerson"] {
            let before = format!(
                "{{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[{{\"request\":{{\"method\":\"POST\",\"url\":\"{kind}\"}},\
                 \"resource\":{{\"resourceType\":\"{kind}\","
            );
            understand(read(&[before.as_bytes(), bytes, b"}}]}"].concat(), &mapping));
        }
    }
});

fn understand(received: Result<Received, Refused>) {
    match received {
        Ok(received) => {
            for entry in received.entries {
                match entry.said {
                    Ok(Spoken::Said(Said::Statement(statement))) => drop(statement.judge(1, date(2026, 6, 1))),
                    Ok(_) => {}
                    Err(refused) => drop(outcome(&[Issue::refused(&refused)])),
                }
            }
        }
        Err(refused) => drop(outcome(&[Issue::refused(&refused)])),
    }
}
