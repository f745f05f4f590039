//! The forms by which a proposal is made: the children's numbers, and to which identity each of their records belongs.

use directory::ChildNumber;
use directory::identities::{CutOver, SealKind, Side};
use jiff::civil::Date;
use service::SealRequest;
use uuid::Uuid;

use crate::form::{Faults, Fields, Posted};

/// The children concerned: one, or the two that the two identities are.
#[derive(Default)]
pub(crate) struct BeginForm {
    pub(super) first: String,
    pub(super) second: String,
}

impl Fields for BeginForm {
    const NAMES: &'static [&'static str] = &["first", "second"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { first: posted.take("first"), second: posted.take("second") }
    }
}

impl BeginForm {
    /// The numbers, in their normal form.
    pub(super) fn read(&self, faults: &mut Faults) -> Option<Vec<String>> {
        let mut numbers = Vec::new();
        for (field, text) in [("first", &self.first), ("second", &self.second)] {
            match ChildNumber::parse(text) {
                Ok(number) => numbers.push(number.to_string()),
                Err(_) if field == "second" && text.is_empty() => {}
                Err(_) => faults.add(field, "Enter a child number as it stands on the child’s record"),
            }
        }
        faults.is_empty().then_some(numbers)
    }
}

/// How many records of the children concerned the page takes.
const MOST: usize = 16;

const SIDES: [&str; MOST] = [
    "record_1",
    "record_2",
    "record_3",
    "record_4",
    "record_5",
    "record_6",
    "record_7",
    "record_8",
    "record_9",
    "record_10",
    "record_11",
    "record_12",
    "record_13",
    "record_14",
    "record_15",
    "record_16",
];
const DAYS: [&str; MOST] = [
    "day_1", "day_2", "day_3", "day_4", "day_5", "day_6", "day_7", "day_8", "day_9", "day_10", "day_11",
    "day_12", "day_13", "day_14", "day_15", "day_16",
];
const MONTHS: [&str; MOST] = [
    "month_1", "month_2", "month_3", "month_4", "month_5", "month_6", "month_7", "month_8", "month_9",
    "month_10", "month_11", "month_12", "month_13", "month_14", "month_15", "month_16",
];
const YEARS: [&str; MOST] = [
    "year_1", "year_2", "year_3", "year_4", "year_5", "year_6", "year_7", "year_8", "year_9", "year_10",
    "year_11", "year_12", "year_13", "year_14", "year_15", "year_16",
];

/// The fields of one record, and what was typed in them.
#[derive(Clone)]
pub(crate) struct RecordFields {
    at: usize,
    pub(super) side: &'static str,
    pub(super) day: &'static str,
    pub(super) month: &'static str,
    pub(super) year: &'static str,
    pub(super) typed: Typed,
}

/// What was typed about one record.
#[derive(Clone, Default)]
pub(crate) struct Typed {
    pub(super) side: String,
    pub(super) day: String,
    pub(super) month: String,
    pub(super) year: String,
}

/// The fields of so many records; nothing when the page does not take them all.
pub(super) fn fields_of(count: usize) -> Option<Vec<RecordFields>> {
    let all = SIDES.iter().zip(DAYS).zip(MONTHS).zip(YEARS).enumerate();
    let fields: Vec<RecordFields> = all
        .take(count)
        .map(|(at, (((side, day), month), year))| RecordFields {
            at,
            side,
            day,
            month,
            year,
            typed: Typed::default(),
        })
        .collect();
    (fields.len() == count).then_some(fields)
}

/// To which identity each record belongs.
#[derive(Default)]
pub(crate) struct ProposeForm {
    pub(super) numbers: Vec<String>,
    listed: Vec<String>,
    pub(super) kind: String,
    typed: Vec<Typed>,
}

impl Fields for ProposeForm {
    const NAMES: &'static [&'static str] = &[
        "numbers",
        "listed",
        "kind",
        "record_1",
        "day_1",
        "month_1",
        "year_1",
        "record_2",
        "day_2",
        "month_2",
        "year_2",
        "record_3",
        "day_3",
        "month_3",
        "year_3",
        "record_4",
        "day_4",
        "month_4",
        "year_4",
        "record_5",
        "day_5",
        "month_5",
        "year_5",
        "record_6",
        "day_6",
        "month_6",
        "year_6",
        "record_7",
        "day_7",
        "month_7",
        "year_7",
        "record_8",
        "day_8",
        "month_8",
        "year_8",
        "record_9",
        "day_9",
        "month_9",
        "year_9",
        "record_10",
        "day_10",
        "month_10",
        "year_10",
        "record_11",
        "day_11",
        "month_11",
        "year_11",
        "record_12",
        "day_12",
        "month_12",
        "year_12",
        "record_13",
        "day_13",
        "month_13",
        "year_13",
        "record_14",
        "day_14",
        "month_14",
        "year_14",
        "record_15",
        "day_15",
        "month_15",
        "year_15",
        "record_16",
        "day_16",
        "month_16",
        "year_16",
    ];

    fn from_posted(posted: &mut Posted) -> Self {
        let mut many = |name: &str| posted.take(name).split_whitespace().map(str::to_owned).collect();
        let (numbers, listed) = (many("numbers"), many("listed"));
        let typed = SIDES.iter().zip(DAYS).zip(MONTHS).zip(YEARS).map(|(((side, day), month), year)| Typed {
            side: posted.take(side),
            day: posted.take(day),
            month: posted.take(month),
            year: posted.take(year),
        });
        Self { numbers, listed, typed: typed.collect(), kind: posted.take("kind") }
    }
}

impl ProposeForm {
    /// The form of these children, nothing of it filled in.
    pub(super) fn of(numbers: Vec<String>) -> Self {
        Self { numbers, ..Self::default() }
    }

    /// A record's fields with what was typed.
    pub(super) fn filled(&self, fields: RecordFields) -> RecordFields {
        RecordFields { typed: self.typed.get(fields.at).cloned().unwrap_or_default(), ..fields }
    }

    pub(super) fn read(&self, faults: &mut Faults) -> Option<SealRequest> {
        let kind = SealKind::from_code(&self.kind);
        if kind.is_none() {
            faults.add("kind", "Select why the identities are to be kept apart");
        }
        let mut records = Vec::new();
        for ((id, typed), (side, day)) in self.listed.iter().zip(&self.typed).zip(SIDES.into_iter().zip(DAYS))
        {
            let cut = match typed.side.as_str() {
                "former" => CutOver::All(Side::Former),
                "current" => CutOver::All(Side::Current),
                "from" => match typed.day() {
                    Some(day) => CutOver::From(day),
                    None => {
                        faults.add(day, "Enter the day from which this record is of the present identity, with day, month and year");
                        continue;
                    }
                },
                _ => {
                    faults.add(side, "Select for each record to which identity it belongs");
                    continue;
                }
            };
            records.push((Uuid::parse_str(id).ok()?, cut));
        }
        faults.is_empty().then_some(SealRequest { kind: kind?, records })
    }
}

impl Typed {
    fn day(&self) -> Option<Date> {
        format!("{}-{:0>2}-{:0>2}", self.year, self.month, self.day).parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{DAYS, Fields as _, MONTHS, ProposeForm, SIDES, YEARS};

    #[test]
    fn every_record_of_the_longest_list_has_its_fields() {
        let all = SIDES.iter().chain(&DAYS).chain(&MONTHS).chain(&YEARS);
        assert!(all.into_iter().all(|field| ProposeForm::NAMES.contains(field)));
    }
}
