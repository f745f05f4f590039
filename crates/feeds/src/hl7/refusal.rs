//! Why a message is not read, and where that stands in it.

use super::frame::Unframed;
use super::header::Header;

/// A message of which nothing was taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refused {
    /// Its header, as far as there is one: what the answer is addressed by.
    pub header: Option<Box<Header>>,
    /// Why.
    pub reason: Reason,
}

/// Why a message is refused. Each says what, where and the remedy, and never repeats a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// It stands in no frame.
    #[error(transparent)]
    Unframed(#[from] Unframed),
    /// It does not begin with a header.
    #[error("the message does not begin with MSH and its five separators; send HL7 version 2")]
    NoHeader,
    /// Its bytes are not the characters that it says.
    #[error(
        "the message is not UTF-8; name its characters in MSH-18 (UNICODE UTF-8, 8859/1 or 8859/15) or send UTF-8"
    )]
    NotUtf8,
    /// Its characters have a name that is not known.
    #[error("the characters that MSH-18 names are not known here; send UNICODE UTF-8, 8859/1 or 8859/15")]
    CharacterSet,
    /// An escape stands for bytes that are no text.
    #[error(
        "{segment}-{field} has an escape (\\X..\\) whose bytes are no text in the characters that MSH-18 names; write the \
         characters themselves, or the bytes that they are in those"
    )]
    NotText {
        /// The segment.
        segment: &'static str,
        /// The field.
        field: usize,
    },
    /// It has no number, so that no answer could be told from another.
    #[error("MSH-10 is empty or longer than 199 characters; give each message a number of its own")]
    NoControlId,
    /// It is no published version 2.
    #[error(
        "MSH-12 names no published version 2 of HL7 (2.1 to 2.9); send the number of yours, such as 2.5.1"
    )]
    Version,
    /// It asks for an acknowledgement by a code that table 0155 does not have.
    #[error("MSH-{field} does not say when an acknowledgement is wanted; send AL, NE, ER or SU, or nothing")]
    Acknowledgement {
        /// 15 or 16.
        field: usize,
    },
    /// It is about something else, or of an event that is on no list.
    #[error(
        "the event in MSH-9 is not on the published list; send ADT messages of A01, A04, A08, A28, A31 and A40"
    )]
    Event,
    /// It says that it is a test.
    #[error(
        "MSH-11 says that the message is a test; a live feed takes P alone, a rehearsal takes the others"
    )]
    Test,
    /// A segment that is on no list.
    #[error(
        "the segment {} (line {place}) is on neither published list; take it out before sending",
        name.as_deref().unwrap_or("without a name")
    )]
    UnknownSegment {
        /// Its line in the message, from 1.
        place: usize,
        /// Its name, when it has the shape of one.
        name: Option<String>,
    },
    /// A field that is on no list.
    #[error("{segment}-{field} is on neither published list; take it out before sending")]
    UnknownField {
        /// The segment.
        segment: &'static str,
        /// The field's number.
        field: usize,
    },
    /// A segment that cannot be taken apart.
    #[error(
        "line {place} is no segment: three letters, the separator, fields; send the message again as it was made"
    )]
    Unreadable {
        /// Its line in the message, from 1.
        place: usize,
    },
    /// A segment that must be there.
    #[error("the message has no {segment}; an {event} needs one")]
    Missing {
        /// The segment.
        segment: &'static str,
        /// The event.
        event: String,
    },
    /// A segment that may stand once.
    #[error("{segment} stands more than once; send one patient a message")]
    Repeated {
        /// The segment.
        segment: &'static str,
    },
    /// A merge of several pairs.
    #[error(
        "{segment} stands more than once, as where several pairs of records are merged; send one A40 for each pair"
    )]
    SeveralPairs {
        /// The segment.
        segment: &'static str,
    },
    /// The source's own number is not to be found.
    #[error(
        "{segment}-{field} names no number of the source's own (type MR or PI, or the assigning authority agreed); it cannot be \
         told which record this is"
    )]
    NoOwnNumber {
        /// The segment.
        segment: &'static str,
        /// The field.
        field: usize,
    },
    /// More than one number might be the source's own.
    #[error(
        "{segment}-{field} names more than one number that may be the source's own; agree on the assigning authority of yours"
    )]
    SeveralOwnNumbers {
        /// The segment.
        segment: &'static str,
        /// The field.
        field: usize,
    },
    /// More than one NHS number.
    #[error(
        "PID-3 names more than one NHS number; a child has one: leave out what was another's or is no longer used"
    )]
    SeveralNhsNumbers,
    /// The two records of a merge are one.
    #[error("MRG-1 and PID-3 name the same record; there is nothing to merge")]
    SameRecord,
}

impl Reason {
    /// Where it stands, as ERR-2 tells it: segment, its number in the message when it may repeat, field.
    #[must_use]
    pub fn place(&self) -> (String, Option<usize>) {
        match self {
            Self::Unframed(_) => (String::new(), None),
            Self::NoHeader => ("MSH".to_owned(), None),
            Self::NotUtf8 | Self::CharacterSet => ("MSH".to_owned(), Some(18)),
            Self::NoControlId => ("MSH".to_owned(), Some(10)),
            Self::Version => ("MSH".to_owned(), Some(12)),
            Self::Acknowledgement { field } => ("MSH".to_owned(), Some(*field)),
            Self::Event => ("MSH".to_owned(), Some(9)),
            Self::Test => ("MSH".to_owned(), Some(11)),
            Self::UnknownSegment { name, .. } => (name.clone().unwrap_or_default(), None),
            Self::Unreadable { .. } => (String::new(), None),
            Self::UnknownField { segment, field }
            | Self::NotText { segment, field }
            | Self::NoOwnNumber { segment, field }
            | Self::SeveralOwnNumbers { segment, field } => ((*segment).to_owned(), Some(*field)),
            Self::Missing { segment, .. } | Self::Repeated { segment } | Self::SeveralPairs { segment } => {
                ((*segment).to_owned(), None)
            }
            Self::SeveralNhsNumbers => ("PID".to_owned(), Some(3)),
            Self::SameRecord => ("MRG".to_owned(), Some(1)),
        }
    }

    /// The code of HL7's table 0357.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoHeader
            | Self::Unframed(_)
            | Self::UnknownSegment { .. }
            | Self::Unreadable { .. }
            | Self::Repeated { .. }
            | Self::SeveralPairs { .. } => "100",
            Self::Missing { .. } | Self::NoControlId | Self::NoOwnNumber { .. } => "101",
            Self::NotUtf8
            | Self::CharacterSet
            | Self::NotText { .. }
            | Self::UnknownField { .. }
            | Self::SeveralOwnNumbers { .. }
            | Self::SeveralNhsNumbers
            | Self::SameRecord => "102",
            Self::Acknowledgement { .. } => "103",
            Self::Event => "201",
            Self::Test => "202",
            Self::Version => "203",
        }
    }
}
