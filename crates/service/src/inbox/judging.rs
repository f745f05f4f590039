//! What is told at once of what was said: which rules it breaks. Nothing but its own words is looked at (law 7).

use std::collections::BTreeMap;

use feeds::{Fault, Kind, Message, Outcome, Quarantined, Rule, Said, value_fault};
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::item::{AS_OF, Item, What, Words};
use crate::Directory;
use crate::feeding::ReceiptFault;

/// What was said, as it will be kept, and its faults.
pub(super) struct JudgedItem {
    pub(super) item: Item,
    pub(super) faults: Vec<ReceiptFault>,
}

impl Directory {
    pub(super) fn judge_said(&self, said: &Said, day: Date) -> JudgedItem {
        let (what, faults) = match said {
            Said::Statement(message) => self.judge_statement(message, day, What::Statement),
            Said::Merge { surviving, ended, statement } => {
                let faults = numbers([surviving, ended]);
                if faults.is_empty() {
                    self.judge_merge(surviving, ended, statement.as_ref(), day)
                } else {
                    self.put_aside(faults)
                }
            }
            Said::End { record_id, as_of } => {
                let mut faults = numbers([record_id]);
                // As of a moment of speaking: east of Greenwich tomorrow begins earlier.
                if *as_of > day.saturating_add(1.day()) {
                    faults.push(Fault { field: AS_OF, rule: Rule::EffectiveInFuture, length: 10 });
                }
                if faults.is_empty() {
                    (What::End { record: record_id.clone(), as_of: *as_of }, Vec::new())
                } else {
                    self.put_aside(faults)
                }
            }
        };
        JudgedItem { item: Item { day, what, discarded: BTreeMap::new() }, faults: told(&faults) }
    }

    /// A merge whose statement breaks a rule is put aside whole: which child the surviving record is about was not said.
    fn judge_merge(
        &self,
        surviving: &str,
        ended: &str,
        statement: Option<&Message>,
        day: Date,
    ) -> (What, Vec<Fault>) {
        let merge =
            |statement| What::Merge { surviving: surviving.to_owned(), ended: ended.to_owned(), statement };
        match statement {
            None => (merge(None), Vec::new()),
            Some(message) if message.said("record_id") != surviving => {
                let length = message.said("record_id").chars().count();
                self.put_aside(vec![Fault { field: "record_id", rule: Rule::NumberShape, length }])
            }
            Some(message) => self.judge_statement(message, day, |words| merge(Some(words))),
        }
    }

    fn judge_statement(
        &self,
        message: &Message,
        day: Date,
        kept: impl FnOnce(Words) -> What,
    ) -> (What, Vec<Fault>) {
        // The number it will have is no part of what is wrong with it.
        match message.judge(0, day) {
            Outcome::Accepted(_) => (kept(Words::of(message)), Vec::new()),
            // Forbidden content is never kept (decision 14).
            Outcome::Quarantined(row) if row.raw.is_none() => (What::aside(self, &row), row.faults),
            Outcome::Quarantined(row) => (What::Statement(Words::of(message)), row.faults),
        }
    }

    fn put_aside(&self, faults: Vec<Fault>) -> (What, Vec<Fault>) {
        let row = Quarantined { row_number: 0, faults, raw: None, lapsed: None };
        (What::aside(self, &row), row.faults)
    }
}

/// What is wrong with a source's own numbers of its records; the first says enough.
fn numbers<'a>(given: impl IntoIterator<Item = &'a String>) -> Vec<Fault> {
    let fault = |number: &String| {
        let rule = if number.is_empty() { Some(Rule::Missing) } else { value_fault(Kind::RecordId, number) };
        rule.map(|rule| Fault { field: "record_id", rule, length: number.chars().count() })
    };
    given.into_iter().find_map(fault).into_iter().collect()
}

fn told(faults: &[Fault]) -> Vec<ReceiptFault> {
    let told = |fault: &Fault| ReceiptFault { field: fault.field.to_owned(), rule: fault.code().to_owned() };
    faults.iter().map(told).collect()
}
