//! One thing a source says by a message, whatever the message is written in: JSON, FHIR or HL7.

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::message::Message;
use crate::{Fault, Kind, Outcome, Rule, value_fault};

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

impl Said {
    /// The statement in it.
    #[must_use]
    pub fn message(&self) -> Option<&Message> {
        match self {
            Self::Statement(message) => Some(message),
            Self::Merge { statement, .. } => statement.as_ref(),
            Self::End { .. } => None,
        }
    }

    /// The record of the source's own that it is about.
    #[must_use]
    pub fn record(&self) -> &str {
        match self {
            Self::Statement(message) => message.said("record_id"),
            Self::Merge { surviving, .. } => surviving,
            Self::End { record_id, .. } => record_id,
        }
    }

    /// Which rules it breaks on a day: those of a row, and of the source's own numbers.
    #[must_use]
    pub fn faults(&self, today: Date) -> Vec<Fault> {
        let numbers: Vec<&str> = match self {
            Self::Statement(_) => Vec::new(),
            Self::Merge { surviving, ended, .. } => vec![surviving, ended],
            Self::End { record_id, .. } => vec![record_id],
        };
        let mut faults: Vec<Fault> = numbers.into_iter().filter_map(number_fault).take(1).collect();
        if let Self::End { as_of, .. } = self
            && *as_of > today.saturating_add(1.day())
        {
            faults.push(Fault { field: "as_of", rule: Rule::EffectiveInFuture, length: 10 });
        }
        if let Some(Outcome::Quarantined(row)) = self.message().map(|message| message.judge(0, today)) {
            faults.extend(row.faults);
        }
        faults
    }
}

fn number_fault(number: &str) -> Option<Fault> {
    let rule = if number.is_empty() { Some(Rule::Missing) } else { value_fault(Kind::RecordId, number) };
    rule.map(|rule| Fault { field: "record_id", rule, length: number.chars().count() })
}
