//! What a product sent after a step, read by the rules of a live feed.

mod attempts;
mod files;
mod messages;

use std::collections::{BTreeMap, BTreeSet};

use directory::connecting::WayIn;
use feeds::{Fault, FileFault, Format, Message, Outcome, Row};

use crate::hearing::Request;
use crate::judging::Run;
use crate::plan::Step;
use crate::report::Finding;

/// What came in one step, and what it is called in the report.
#[derive(Debug, Clone)]
pub struct Given {
    /// The name of the file, or of the step that was listened to.
    pub name: String,
    /// What came.
    pub came: Came,
    /// Of a file, the receipts of it that the product was given (docs/receipts.md, one a line), where it was given any.
    pub receipts: Option<Vec<u8>>,
}

/// What came in one step.
#[derive(Debug, Clone)]
pub enum Came {
    /// A file, or the recording of a connection: messages one after another, in which an acknowledgement says how the message was
    /// answered that it names.
    Bytes(Vec<u8>),
    /// Messages in the order in which they came.
    Messages(Vec<Spoken>),
    /// Requests in the order in which they came.
    Requests(Vec<Request>),
}

/// A message, and how it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// Without its frame.
    pub message: Vec<u8>,
    /// The acknowledgement; none where it had none.
    pub answer: Option<Vec<u8>>,
}

impl Given {
    /// Something that came.
    pub fn new(name: impl Into<String>, came: Came) -> Self {
        Self { name: name.into(), came, receipts: None }
    }

    /// A file, or the recording of a connection.
    pub fn bytes(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self::new(name, Came::Bytes(bytes))
    }

    /// Requests.
    pub fn requests(name: impl Into<String>, requests: Vec<Request>) -> Self {
        Self::new(name, Came::Requests(requests))
    }

    /// The same file, of which the product was given these receipts.
    #[must_use]
    pub fn told(self, receipts: Vec<u8>) -> Self {
        Self { receipts: Some(receipts), ..self }
    }

    /// The format of a file by its first bytes, as a load tells it.
    pub(crate) fn format(&self) -> Option<Format> {
        let Came::Bytes(bytes) = &self.came else { return None };
        feeds::format_of(&mut std::io::Cursor::new(bytes)).ok()
    }

    /// Whether nothing came.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match &self.came {
            Came::Bytes(bytes) => bytes.is_empty(),
            Came::Messages(messages) => messages.is_empty(),
            Came::Requests(requests) => requests.is_empty(),
        }
    }

    /// Every text that came, without how its format writes it; a workbook that is damaged cannot be looked through.
    pub(crate) fn texts(&self) -> Result<Vec<String>, FileFault> {
        match &self.came {
            Came::Bytes(bytes) => feeds::every_text(bytes),
            Came::Messages(messages) => texts(messages.iter().map(|spoken| spoken.message.as_slice())),
            Came::Requests(requests) => texts(requests.iter().map(|request| request.body.as_slice())),
        }
    }
}

fn texts<'b>(all: impl Iterator<Item = &'b [u8]>) -> Result<Vec<String>, FileFault> {
    Ok(all.map(feeds::every_text).collect::<Result<Vec<_>, _>>()?.concat())
}

/// What is said of a child, whenever it is said: the same words dated anew are the same.
pub(crate) type Undated = BTreeMap<&'static str, String>;

fn undated(message: &Message) -> Undated {
    let columns = message.profile().columns().map(|column| (column.name, message.said(column.name).trim()));
    let said = columns.filter(|(column, value)| *column != "effective_at" && !value.is_empty());
    said.map(|(column, value)| (column, value.to_owned())).collect()
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

    fn undated(&self) -> Undated {
        let mut values = self.values();
        values.remove("effective_at");
        values
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
    /// The records of which something was put aside on purpose, with what was said.
    pub(crate) put_aside: BTreeSet<(String, Undated)>,
    /// The format of a file that was read.
    pub(crate) format: Option<Format>,
    pub(crate) findings: Vec<Finding>,
}

/// Reads it. What a product says by requests goes on from the step before: it sends what is new, and no whole files.
pub(crate) fn read(given: &Given, run: &Run<'_>, step: &Step, before: Option<&Arrived>) -> Arrived {
    match (&given.came, run.way) {
        (Came::Messages(messages), _) => messages::read(&given.name, messages, run, step, before),
        (Came::Bytes(bytes), WayIn::Hl7) => match messages::recorded(bytes) {
            Ok(messages) => messages::read(&given.name, &messages, run, step, before),
            Err(unframed) => {
                let remedy = "Send MLLP frames, or one message after another";
                let finding = Finding::new(&given.name, unframed.to_string(), remedy);
                Arrived { findings: vec![finding], ..Arrived::default() }
            }
        },
        (Came::Bytes(bytes), _) => files::read(given, bytes, run, step, before),
        (Came::Requests(requests), _) => attempts::read(&given.name, requests, run.today(), before),
    }
}

impl Arrived {
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

    /// What had been named as breaking a rule is said again, and is what it was.
    fn came_again(&mut self, place: &str) {
        let what = "a statement that had been named as breaking a rule came again as it was";
        let remedy = "Keep back what is named until it is corrected, and go on with the rest";
        self.findings.push(Finding::new(place, what, remedy));
    }

    /// Something breaks a rule.
    pub(crate) fn set_aside(&mut self, place: &str, fault: &Fault) {
        let text = fault.rule.text();
        let what = format!("set aside ({}): {}", text.code, text.meaning);
        self.findings.push(Finding::new(format!("{place}, {}", fault.field), what, text.remedy));
    }
}
