//! MSH, the header of a message.

use hl7_parser::message::Separators;

use super::acknowledging::Asked;
use super::characters::Characters;
use super::fields::{Encoding, Segment};
use super::refusal::{Reason, Refused};

/// What the header says that an answer needs, and that decides how the message is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub(super) encoding: Encoding,
    /// MSH-3 and MSH-4: who sends.
    pub sender: [String; 2],
    /// MSH-5 and MSH-6: to whom.
    pub receiver: [String; 2],
    /// MSH-7: when it was made, as it stands.
    pub made: String,
    /// MSH-9.1: `ADT`.
    pub kind: String,
    /// MSH-9.2: `A08`.
    pub event: String,
    /// MSH-10: the sender's number of the message.
    pub control_id: String,
    /// MSH-11: `P` for production, `T` for training, `D` for debugging.
    pub processing: String,
    /// MSH-12: `2.5.1`.
    pub version: String,
    /// MSH-15 and MSH-16: which acknowledgements it asks for.
    pub asked: Asked,
}

/// The published versions (HL7 table 0104).
const VERSIONS: [&str; 17] = [
    "2.0", "2.0D", "2.1", "2.2", "2.3", "2.3.1", "2.3.2", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1",
    "2.8", "2.8.1", "2.8.2", "2.9",
];

/// The fields that are read.
const READ: [usize; 11] = [3, 4, 5, 6, 7, 9, 10, 11, 12, 15, 16];

/// Longer ones are no identifiers (the standard allows 20, later 199).
const LONGEST_CONTROL_ID: usize = 199;

impl Header {
    pub(super) fn read(line: &str, characters: Characters) -> Result<Self, Refused> {
        let none = |reason| Refused { header: None, reason };
        let separators = separators(line).ok_or_else(|| none(Reason::NoHeader))?;
        let encoding = Encoding { separators, characters };
        // Behind "MSH" and the separator, which is MSH-1, stands MSH-2: read as a segment, MSH-n is the value n - 1.
        let segment = Segment::read(line, encoding).ok_or_else(|| none(Reason::NoHeader))?;
        let text = |field: usize, component: usize| segment.component(field - 1, component);
        let (asked, unknown) = Asked::of(&text(15, 1), &text(16, 1));
        let header = Self {
            encoding,
            sender: [text(3, 1), text(4, 1)],
            receiver: [text(5, 1), text(6, 1)],
            made: text(7, 1),
            kind: text(9, 1),
            event: text(9, 2),
            control_id: text(10, 1),
            processing: text(11, 1),
            version: text(12, 1),
            asked,
        };
        let refused = |header: Self, reason| Err(Refused { header: Some(Box::new(header)), reason });
        if let Some(field) = READ.into_iter().find(|field| !segment.is_text(field - 1)) {
            return refused(header, Reason::NotText { segment: "MSH", field });
        }
        if header.control_id.is_empty() || header.control_id.chars().count() > LONGEST_CONTROL_ID {
            return refused(header, Reason::NoControlId);
        }
        if !VERSIONS.contains(&header.version.as_str()) {
            return refused(header, Reason::Version);
        }
        if let Some(field) = unknown {
            return refused(header, Reason::Acknowledgement { field });
        }
        Ok(header)
    }

    /// Whether it says that it is no message of the real service.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.processing != "P" && !self.processing.is_empty()
    }
}

/// The five separators behind "MSH", all different and none of them a letter, a digit, a space or a control character.
fn separators(line: &str) -> Option<Separators> {
    let given: Vec<char> = line.strip_prefix("MSH")?.chars().take(5).collect();
    let [field, component, repetition, escape, subcomponent] = given.try_into().ok()?;
    let all = [field, component, repetition, escape, subcomponent];
    let sound = all.iter().all(char::is_ascii_punctuation)
        && all.iter().enumerate().all(|(nth, one)| all.iter().skip(nth + 1).all(|other| other != one));
    sound.then_some(Separators {
        field,
        component,
        subcomponent,
        repetition,
        escape,
        lenient_newlines: false,
    })
}
