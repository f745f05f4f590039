//! What a product sent after a step, read by the rules of a live feed.

mod attempts;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::ops::ControlFlow;

use directory::connecting::WayIn;
use feeds::hl7::{Frames, Mapping};
use feeds::{Fault, FileFault, Options, Outcome, Profile, Row, Said, judge_file};
use jiff::civil::Date;

use crate::hearing::Request;
use crate::judging::Run;
use crate::report::{Agreed, Finding};

/// What came in one step, and what it is called in the report.
#[derive(Debug, Clone)]
pub struct Given {
    /// The name of the file, or of the step that was listened to.
    pub name: String,
    /// What came.
    pub came: Came,
}

/// What came in one step.
#[derive(Debug, Clone)]
pub enum Came {
    /// A file, or messages one after another.
    Bytes(Vec<u8>),
    /// Requests in the order in which they came.
    Requests(Vec<Request>),
}

impl Given {
    /// A file, or messages one after another.
    pub fn bytes(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { name: name.into(), came: Came::Bytes(bytes) }
    }

    /// Requests.
    pub fn requests(name: impl Into<String>, requests: Vec<Request>) -> Self {
        Self { name: name.into(), came: Came::Requests(requests) }
    }

    /// Whether nothing came.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match &self.came {
            Came::Bytes(bytes) => bytes.is_empty(),
            Came::Requests(requests) => requests.is_empty(),
        }
    }

    /// Every text that came, without how its format writes it; a workbook that is damaged cannot be looked through.
    pub(crate) fn texts(&self) -> Result<Vec<String>, FileFault> {
        match &self.came {
            Came::Bytes(bytes) => feeds::every_text(bytes),
            Came::Requests(requests) => {
                let texts = requests.iter().map(|request| feeds::every_text(&request.body));
                Ok(texts.collect::<Result<Vec<_>, _>>()?.concat())
            }
        }
    }
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
    /// Whether the product was listened to, request by request.
    pub(crate) is_by_requests: bool,
    /// How many receipts it read.
    pub(crate) receipts: usize,
    /// The records of which it said something after it had read the sums of the day; none where it never read them.
    pub(crate) after_sums: Option<BTreeSet<String>>,
    /// The records of which the kit put something aside on purpose.
    pub(crate) put_aside: BTreeSet<String>,
    pub(crate) findings: Vec<Finding>,
}

/// Reads it. What a product says by requests goes on from the step before: it sends what is new, and no whole files.
pub(crate) fn read(given: &Given, run: &Run<'_>, today: Date, before: Option<&Arrived>) -> Arrived {
    let (profile, agreed) = (run.cast.profile(), &run.agreed);
    match (&given.came, run.way) {
        (Came::Bytes(bytes), WayIn::Hl7) => messages(&given.name, bytes, (profile, agreed), today),
        (Came::Bytes(bytes), _) => file(&given.name, bytes, (profile, agreed), today),
        (Came::Requests(requests), _) => attempts::read(&given.name, requests, today, before),
    }
}

/// A file in any format that a load takes, told by its first bytes as there.
fn file(name: &str, bytes: &[u8], (profile, agreed): (&'static Profile, &Agreed), today: Date) -> Arrived {
    let mut arrived = Arrived::default();
    let options = Options { own_system: agreed.fhir_system.clone(), ..Options::new(name, today) };
    let read = judge_file(Cursor::new(bytes), profile, &options, |outcome| {
        arrived.take(|number| format!("{name}, row {number}"), outcome);
        ControlFlow::Continue(())
    });
    if let Err(error) = read {
        arrived.refused(&error);
    }
    arrived
}

fn messages(
    name: &str,
    bytes: &[u8],
    (profile, agreed): (&'static Profile, &Agreed),
    today: Date,
) -> Arrived {
    let mut arrived = Arrived::default();
    let assigning_authority = agreed.assigning_authority.clone();
    let mapping = Mapping { profile, assigning_authority, takes_tests: true };
    let messages = match apart(bytes) {
        Ok(messages) => messages,
        Err(error) => {
            arrived.findings.push(Finding::new(
                name,
                error.to_string(),
                "Send MLLP frames, or one message after another",
            ));
            return arrived;
        }
    };
    for (number, message) in (1..).zip(messages) {
        let place = format!("{name}, message {number}");
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
                    arrived.take(|_| place.clone(), message.judge(number, today))
                }
                Some(Said::Merge { surviving, ended, statement, .. }) => {
                    if let Some(statement) = statement {
                        arrived.take(|_| place.clone(), statement.judge(number, today));
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

    /// Takes a statement; `place` says where it stood, by its number.
    pub(crate) fn take(&mut self, place: impl Fn(u64) -> String, outcome: Outcome) {
        match outcome {
            Outcome::Accepted(row) => {
                let place = place(row.row_number);
                self.statements.insert(row.record_id.clone(), Statement { place, row });
            }
            Outcome::Quarantined(row) => {
                for fault in row.faults {
                    self.set_aside(&place(row.row_number), &fault);
                }
            }
        }
    }

    /// Something breaks a rule.
    pub(crate) fn set_aside(&mut self, place: &str, fault: &Fault) {
        let text = fault.rule.text();
        let what = format!("set aside ({}): {}", text.code, text.meaning);
        self.findings.push(Finding::new(format!("{place}, {}", fault.field), what, text.remedy));
    }
}
