//! One thing a source says by a message, whatever the message is written in: JSON, FHIR or HL7.

use jiff::civil::Date;

use crate::message::Message;

/// One thing a source says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Everything it says about a child.
    Statement(Message),
    /// Two of its own records are about one child. The surviving record's statement comes with it where the message says who the
    /// child is.
    Merge {
        /// The number that goes on.
        surviving: String,
        /// The number that ends.
        ended: String,
        /// What it says about the child.
        statement: Option<Message>,
    },
    /// It says nothing of a record any more, from a day on.
    End {
        /// Its own number of the record.
        record_id: String,
        /// The last day.
        as_of: Date,
    },
}
