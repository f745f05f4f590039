//! What a product sent after a step, read by the rules of a live feed.

use std::collections::BTreeMap;

use directory::connecting::WayIn;
use feeds::Said;
use feeds::hl7::{Frames, Mapping};
use feeds::{Options, Outcome, Profile, Reader, Row};
use jiff::civil::Date;

use crate::report::Finding;

/// The bytes of one step, and what they are called in the report.
#[derive(Debug, Clone)]
pub struct Given {
    /// The name of the file, or of the connection.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// One record's statement.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) place: String,
    pub(crate) row: Box<Row>,
}

impl Statement {
    pub(crate) fn values(&self) -> BTreeMap<&'static str, String> {
        self.row.said()
    }
}

/// Everything that arrived in one step.
#[derive(Debug, Default)]
pub(crate) struct Arrived {
    /// The last statement of each record.
    pub(crate) statements: BTreeMap<String, Statement>,
    /// Which record goes on and which ends, with the place.
    pub(crate) merges: Vec<(String, String, String)>,
    pub(crate) findings: Vec<Finding>,
}

/// Reads it.
pub(crate) fn read(given: &Given, profile: &'static Profile, way: WayIn, today: Date) -> Arrived {
    match way {
        WayIn::Hl7 => messages(given, profile, today),
        WayIn::Files | WayIn::Json | WayIn::Fhir => file(given, profile, today),
    }
}

fn file(given: &Given, profile: &'static Profile, today: Date) -> Arrived {
    let mut arrived = Arrived::default();
    let options = Options { file: given.name.clone(), today, snapshot: None };
    match Reader::open(given.bytes.as_slice(), profile, options) {
        Err(error) => arrived.refused(&error),
        Ok(reader) => {
            for outcome in reader {
                match outcome {
                    Ok(outcome) => arrived.take(given, "row", outcome),
                    Err(error) => arrived.refused(&error),
                }
            }
        }
    }
    arrived
}

fn messages(given: &Given, profile: &'static Profile, today: Date) -> Arrived {
    let mut arrived = Arrived::default();
    let mapping = Mapping { profile, assigning_authority: None, takes_tests: true };
    let messages = match apart(&given.bytes) {
        Ok(messages) => messages,
        Err(error) => {
            arrived.findings.push(Finding::new(
                &given.name,
                error.to_string(),
                "Send MLLP frames, or one message after another",
            ));
            return arrived;
        }
    };
    for (number, message) in (1..).zip(messages) {
        let place = format!("{}, message {number}", given.name);
        match feeds::hl7::read(&message, &mapping) {
            Err(refused) => arrived.findings.push(Finding::new(
                place,
                format!("the message was not taken: {refused}"),
                "Send what docs/connect/hl7-lists.md lists and nothing else",
            )),
            Ok(received) => match received.said {
                // No message says that a record ended.
                None | Some(Said::End { .. }) => {}
                Some(Said::Statement(message)) => {
                    arrived.take(given, "message", message.judge(number, today))
                }
                Some(Said::Merge { surviving, ended, statement }) => {
                    if let Some(statement) = statement {
                        arrived.take(given, "message", statement.judge(number, today));
                    }
                    arrived.statements.remove(&ended);
                    arrived.merges.push((surviving, ended, place));
                }
            },
        }
    }
    arrived
}

/// The messages of a stream of frames, or of a text file in which each begins with MSH.
fn apart(bytes: &[u8]) -> Result<Vec<Vec<u8>>, feeds::hl7::Unframed> {
    if bytes.contains(&0x0B) {
        let (mut frames, mut messages, mut rest) = (Frames::default(), Vec::new(), bytes);
        while !rest.is_empty() {
            let (took, message) = frames.take(rest)?;
            messages.extend(message);
            rest = rest.get(took..).unwrap_or_default();
        }
        return Ok(messages);
    }
    let mut messages: Vec<Vec<u8>> = Vec::new();
    for line in bytes.split(|byte| matches!(byte, b'\r' | b'\n')).filter(|line| !line.is_empty()) {
        match messages.last_mut() {
            Some(message) if !line.starts_with(b"MSH") => {
                message.push(b'\r');
                message.extend_from_slice(line);
            }
            _ => messages.push(line.to_vec()),
        }
    }
    Ok(messages)
}

impl Arrived {
    fn refused(&mut self, error: &feeds::FileError) {
        let place = format!("{}{}", error.file, error.place);
        let what = format!("the file was not taken ({}): {}", error.fault.code(), error.fault);
        self.findings.push(Finding::new(place, what, error.fault.remedy()));
    }

    fn take(&mut self, given: &Given, unit: &str, outcome: Outcome) {
        match outcome {
            Outcome::Accepted(row) => {
                let place = format!("{}, {unit} {}", given.name, row.row_number);
                self.statements.insert(row.record_id.clone(), Statement { place, row });
            }
            Outcome::Quarantined(row) => {
                for fault in row.faults {
                    let text = fault.rule.text();
                    let place = format!("{}, {unit} {}, {}", given.name, row.row_number, fault.field);
                    let what = format!("set aside ({}): {}", text.code, text.meaning);
                    self.findings.push(Finding::new(place, what, text.remedy));
                }
            }
        }
    }
}
