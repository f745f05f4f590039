//! What becomes of one row's values, wherever they came from: a row of a file, or a message.

use jiff::civil::Date;

use crate::basis::Lapsed;
use crate::content::{self, Statement};
use crate::form::Form;
use crate::profile::Profile;
use crate::reader::{Outcome, Quarantined, Row};
use crate::rules::{Fault, Rule};
use crate::values::Values;

/// The values of a row, and what is known about the row beside them.
pub(crate) struct Given<'a> {
    pub(crate) profile: &'static Profile,
    pub(crate) form: &'a Form,
    pub(crate) values: &'a Values,
    pub(crate) today: Date,
    pub(crate) row_number: u64,
    /// Whether an earlier row of the same file has the record's identifier.
    pub(crate) repeated: bool,
}

impl Given<'_> {
    /// Accepts the row, or sets it aside with all its faults. `raw` gives a feed file of this row alone; it is asked only when
    /// the row may be kept.
    pub(crate) fn judge(self, raw: impl FnOnce() -> Vec<u8>) -> Outcome {
        let Self { profile, form, values, today, row_number, repeated } = self;
        let unread = match content::read(form, values, today) {
            Ok(Statement { record_id, content, withdrawn }) if !repeated => {
                let canonical = values.canonical(profile);
                return Outcome::Accepted(Box::new(Row {
                    row_number,
                    record_id,
                    content,
                    withdrawn,
                    canonical,
                }));
            }
            Ok(_) => None,
            Err(unread) => Some(unread),
        };
        let record_id = values.get(Form::RECORD_ID);
        let (mut faults, without_basis, withdrawn) =
            unread.map_or_else(Default::default, |it| (it.faults, it.without_basis, it.withdrawn));
        let is_named = !faults.iter().any(|fault| fault.field == "record_id");
        let is_known = !repeated && is_named;
        let names_withdrawn = !withdrawn.is_empty();
        let withdrawn = if is_known { withdrawn } else { Vec::new() };
        let lapses = !faults.is_empty() && is_known && faults.iter().all(|it| it.rule.is_about_the_basis());
        let services = if lapses { without_basis } else { Vec::new() };
        let takes_back = lapses || !withdrawn.is_empty();
        let lapsed = takes_back.then(|| Lapsed { record_id: record_id.to_owned(), services, withdrawn });
        if repeated {
            let length = record_id.chars().count();
            faults.retain(|fault| fault.field != "record_id");
            faults.insert(0, Fault { field: "record_id", rule: Rule::RepeatedRecord, length });
        }
        // A value too long for its column may be text about the child; a sensitive service without a basis, or whose consent was
        // withdrawn, may be held nowhere (law 4).
        let forbidden = |fault: &Fault| fault.rule == Rule::TooLong || fault.rule.is_about_the_basis();
        let raw = (!names_withdrawn && !faults.iter().any(forbidden)).then(raw);
        let record_id = (is_named && !record_id.is_empty()).then(|| record_id.to_owned());
        Outcome::Quarantined(Quarantined { row_number, faults, raw, record_id, lapsed })
    }
}
