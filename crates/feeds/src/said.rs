//! One thing a source says by a message, whatever the message is written in: JSON, FHIR or HL7.

use directory::SaidAt;
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
        /// When it was said, by which it is ordered; without it on the day on which it came.
        said: Option<SaidAt>,
    },
    /// It says nothing of a record any more, from a day on.
    End {
        /// Its own number of the record.
        record_id: String,
        /// The last day, which may be long ago.
        as_of: Date,
        /// When it was said, by which it is ordered; without it on the day on which it came.
        said: Option<SaidAt>,
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

    /// Which rules it breaks on a day: those of the source's own numbers and days; where it keeps them, those of a row.
    #[must_use]
    pub fn faults(&self, today: Date) -> Vec<Fault> {
        let own = self.own_faults(today);
        match self.message().map(|message| message.judge(0, today)) {
            Some(Outcome::Quarantined(row)) if own.is_empty() => row.faults,
            _ => own,
        }
    }

    /// What is wrong with the source's own numbers of its records, of which the first says enough, and with the day of an end.
    /// Of a merge whose statement is about another record than the one that goes on, it was not said which child that is.
    #[must_use]
    pub fn own_faults(&self, today: Date) -> Vec<Fault> {
        match self {
            Self::Statement(_) => Vec::new(),
            Self::Merge { surviving, ended, statement, said } => {
                let stated = statement.as_ref().map(|message| message.said("record_id"));
                let another = stated.filter(|stated| stated != surviving).map(|stated| Fault {
                    field: "record_id",
                    rule: Rule::NumberShape,
                    length: stated.chars().count(),
                });
                [surviving, ended]
                    .into_iter()
                    .find_map(|number| number_fault(number))
                    .or(another)
                    .into_iter()
                    .chain(early_fault(*said, today))
                    .collect()
            }
            Self::End { record_id, as_of, said } => {
                // As of a moment of speaking: east of Greenwich tomorrow begins earlier.
                let early = *as_of > today.saturating_add(1.day());
                let early =
                    early.then_some(Fault { field: "as_of", rule: Rule::EffectiveInFuture, length: 10 });
                number_fault(record_id).into_iter().chain(early).chain(early_fault(*said, today)).collect()
            }
        }
    }
}

/// What is said tomorrow would keep everything out that is said until then.
fn early_fault(said: Option<SaidAt>, today: Date) -> Option<Fault> {
    let is_early = said.is_some_and(|said| said.day() > today.saturating_add(1.day()));
    is_early.then_some(Fault { field: "effective_at", rule: Rule::EffectiveInFuture, length: 10 })
}

fn number_fault(number: &str) -> Option<Fault> {
    let rule = if number.is_empty() { Some(Rule::Missing) } else { value_fault(Kind::RecordId, number) };
    rule.map(|rule| Fault { field: "record_id", rule, length: number.chars().count() })
}
