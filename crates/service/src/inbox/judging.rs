//! What is told at once of what was said: which rules it breaks. Nothing but its own words is looked at (law 7).

use std::collections::BTreeMap;

use directory::SaidAt;
use feeds::{Fault, Message, Outcome, Quarantined, Said};
use jiff::civil::Date;

use super::item::{Item, What, Words};
use crate::Directory;
use crate::feeding::ReceiptFault;

/// What was said, as it will be kept, and its faults.
pub(super) struct JudgedItem {
    pub(super) item: Item,
    pub(super) faults: Vec<ReceiptFault>,
}

impl JudgedItem {
    /// Of a message of which nothing is taken. It is counted all the same, so that its sender can show that it was not lost.
    pub(super) fn unread(day: Date) -> Self {
        Self { item: Item { day, what: What::Unread, discarded: BTreeMap::new() }, faults: Vec::new() }
    }
}

impl Directory {
    pub(super) fn judge_said(&self, said: &Said, day: Date) -> JudgedItem {
        let own = said.own_faults(day);
        let (what, faults) = match said {
            _ if !own.is_empty() => self.put_aside(own),
            Said::Statement(message) => self.judge_statement(message, day, What::Statement),
            Said::Merge { surviving, ended, statement, said } => {
                let said = Some(said.unwrap_or_else(|| self.on_this_day()));
                let (surviving, ended) = (surviving.clone(), ended.clone());
                let merge = |statement| What::Merge { surviving, ended, statement, said };
                match statement {
                    None => (merge(None), Vec::new()),
                    Some(message) => self.judge_statement(message, day, |words| merge(Some(words))),
                }
            }
            Said::End { record_id, as_of, said } => {
                let said = Some(said.unwrap_or_else(|| self.on_this_day()));
                (What::End { record: record_id.clone(), as_of: *as_of, said }, Vec::new())
            }
        };
        JudgedItem { item: Item { day, what, discarded: BTreeMap::new() }, faults: told(&faults) }
    }

    /// What does not say when it was said was said on the day on which it came: neither before nor after what else is of that day.
    fn on_this_day(&self) -> SaidAt {
        SaidAt::Day(SaidAt::Moment(self.world.now()).day())
    }

    /// A merge whose statement breaks a rule is put aside whole: which child the surviving record is about was not said.
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
        let row = Quarantined { row_number: 0, faults, raw: None, record_id: None, lapsed: None };
        (What::aside(self, &row), row.faults)
    }
}

fn told(faults: &[Fault]) -> Vec<ReceiptFault> {
    let told = |fault: &Fault| ReceiptFault { field: fault.field.to_owned(), rule: fault.code().to_owned() };
    faults.iter().map(told).collect()
}
