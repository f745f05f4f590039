//! The counts of a run: each row once, in memory that does not grow with the file beyond twelve bytes a number, and such that
//! two halves measured apart give the whole.

use std::collections::BTreeMap;

use feeds::RowValues;
use jiff::civil::Date;

use crate::check::{Checker, Found, day_of, days_between};
use crate::fault::{Check, Code, Dimension};
use crate::households::CarersTold;
use crate::keys::{Keys, hash};
use crate::name_sexes::NameSexes;
use crate::numbers::canonical;
use crate::sample::Sample;
use crate::worst::{Worst, WorstRows};

/// What a field was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FieldCounts {
    /// Rows with a value.
    pub filled: u64,
}

/// Days up to which a statement is of each class of age; the last class is older.
pub(crate) const FRESHNESS: [i64; 5] = [7, 31, 92, 183, 366];

/// Everything that is counted of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measures {
    /// Rows, blank lines left out.
    pub rows: u64,
    /// Rows with at least one fault.
    pub faulty_rows: u64,
    /// Rows that a load would put aside.
    pub quarantined_rows: u64,
    /// By column of the profile.
    pub fields: Vec<FieldCounts>,
    /// By column (none: the row as a whole) and fault, the rows.
    pub faults: BTreeMap<(Option<usize>, Code), u64>,
    /// Rows with at least one fault of the dimension.
    pub rows_by_dimension: BTreeMap<Dimension, u64>,
    /// Children by age in whole years on the day of measuring, 0 to 17; the last is everybody older.
    pub ages: [u64; 19],
    /// Statements by age: up to each of a week, a month, a quarter, half a year, a year, and older.
    pub freshness: [u64; 6],
    /// Dates of birth on a 1 January. One in 365 is chance.
    pub born_first_january: u64,
    pub(crate) record_ids: Keys,
    pub(crate) numbers: Vec<Keys>,
    pub(crate) names: NameSexes,
    pub(crate) carers: CarersTold,
    pub(crate) sample: Sample,
    pub(crate) worst: WorstRows,
}

/// A row as it comes to be measured.
pub(crate) struct Taken<'a> {
    pub(crate) ordinal: u32,
    /// None where the row could not be split into the columns.
    pub(crate) values: Option<&'a RowValues>,
    pub(crate) found: &'a [Found],
    pub(crate) show_values: bool,
}

impl Taken<'_> {
    fn is_quarantined(&self) -> bool {
        self.found.iter().any(|fault| fault.code.quarantines())
    }
}

impl Measures {
    pub(crate) fn new(checker: &Checker<'_>) -> Self {
        Self {
            rows: 0,
            faulty_rows: 0,
            quarantined_rows: 0,
            fields: vec![FieldCounts::default(); checker.profile.columns.len()],
            faults: BTreeMap::new(),
            rows_by_dimension: BTreeMap::new(),
            ages: [0; 19],
            freshness: [0; 6],
            born_first_january: 0,
            record_ids: Keys::default(),
            numbers: vec![Keys::default(); checker.numbers.len()],
            names: NameSexes::default(),
            carers: CarersTold::default(),
            sample: Sample::default(),
            worst: WorstRows::default(),
        }
    }

    /// Counts of no rows, to be merged into these.
    pub(crate) fn blank(&self, checker: &Checker<'_>) -> Self {
        Self {
            record_ids: self.record_ids.blank(),
            numbers: self.numbers.iter().map(Keys::blank).collect(),
            names: self.names.blank(),
            carers: self.carers.blank(),
            sample: self.sample.blank(),
            ..Self::new(checker)
        }
    }

    /// Counts a row. `compared` are the columns by which records are compared.
    pub(crate) fn take(&mut self, checker: &Checker<'_>, row: &Taken<'_>, compared: &[usize]) {
        self.rows += 1;
        self.faulty_rows += u64::from(!row.found.is_empty());
        self.quarantined_rows += u64::from(row.is_quarantined());
        let mut seen: Vec<Dimension> = Vec::new();
        for fault in row.found {
            *self.faults.entry((fault.column, fault.code)).or_default() += 1;
            let dimension = fault.code.dimension();
            if !seen.contains(&dimension) {
                seen.push(dimension);
                *self.rows_by_dimension.entry(dimension).or_default() += 1;
            }
        }
        if !row.found.is_empty() && self.worst.takes(row.found.len(), row.ordinal) {
            self.worst.put(worst(row));
        }
        if let Some(values) = row.values {
            self.values(checker, values, row, compared);
        }
    }

    fn values(&mut self, checker: &Checker<'_>, values: &RowValues, row: &Taken<'_>, compared: &[usize]) {
        let ordinal = row.ordinal;
        for (at, field) in self.fields.iter_mut().enumerate() {
            let none =
                |fault: &Found| *fault == Found { column: Some(at), code: Code::Own(Check::NoPostcode) };
            field.filled += u64::from(!values.get(at).is_empty() && !row.found.iter().any(none));
        }
        let slots = &checker.slots;
        let text = |slot: Option<usize>| slot.map_or("", |at| values.get(at));
        let record_id = text(slots.record_id);
        if !record_id.is_empty() {
            self.record_ids.push(record_id, ordinal);
        }
        for (keys, column) in self.numbers.iter_mut().zip(&checker.numbers) {
            let value = values.get(*column);
            if let Some(of) = checker.profile.columns.get(*column).filter(|_| !value.is_empty()) {
                keys.push(&canonical(&of.kind, value), ordinal);
            }
        }
        self.names.count(text(slots.forenames), text(slots.gender));
        if let Some(day) = day_of(text(slots.effective_at)) {
            let days = days_between(day, checker.today);
            let class = FRESHNESS.iter().position(|most| days <= *most).unwrap_or(FRESHNESS.len());
            if let Some(count) = self.freshness.get_mut(class) {
                *count += 1;
            }
        }
        let born = feeds::date_of(text(slots.date_of_birth));
        let day = born.and_then(|born| born.whole()).map(days_since_1970);
        self.carers.take(&checker.carers, values, day);
        if let Some(born) = born {
            if let Some(count) = born
                .age_on(checker.today)
                .and_then(|age| self.ages.get_mut(usize::from(age.youngest()).min(18)))
            {
                *count += 1;
            }
            let day = born.whole();
            self.born_first_january += u64::from(day.is_some_and(|day| (day.month(), day.day()) == (1, 1)));
        }
        if !compared.is_empty() {
            let class = match born {
                Some(_) => hash(text(slots.date_of_birth)),
                None => hash(text(slots.surname)) ^ hash(text(slots.forenames)),
            };
            // Text about a child is compared with nothing and kept nowhere.
            let forbidden = |at: usize| {
                let here = |fault: &Found| {
                    fault.column == Some(at) && fault.code.dimension() == Dimension::Forbidden
                };
                row.found.iter().any(here)
            };
            let value = |at: &usize| if forbidden(*at) { "" } else { values.get(*at) };
            self.sample.put(class, ordinal, compared.iter().map(value));
        }
    }

    /// Adds what was counted elsewhere: the counts are then those of all rows.
    pub fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.faulty_rows += other.faulty_rows;
        self.quarantined_rows += other.quarantined_rows;
        for (field, more) in self.fields.iter_mut().zip(other.fields) {
            field.filled += more.filled;
        }
        for (fault, rows) in other.faults {
            *self.faults.entry(fault).or_default() += rows;
        }
        for (dimension, rows) in other.rows_by_dimension {
            *self.rows_by_dimension.entry(dimension).or_default() += rows;
        }
        self.ages.iter_mut().zip(other.ages).for_each(|(count, more)| *count += more);
        self.freshness.iter_mut().zip(other.freshness).for_each(|(count, more)| *count += more);
        self.born_first_january += other.born_first_january;
        self.record_ids.merge(other.record_ids);
        self.numbers.iter_mut().zip(other.numbers).for_each(|(keys, more)| keys.merge(more));
        self.names.merge(other.names);
        self.carers.merge(other.carers);
        self.sample.merge(other.sample);
        self.worst.merge(other.worst);
    }
}

fn days_since_1970(day: Date) -> i32 {
    i32::try_from(days_between(Date::constant(1970, 1, 1), day)).unwrap_or(i32::MAX)
}

/// The row for the list of the worst. What is forbidden is not kept, whoever asks for values.
fn worst(row: &Taken<'_>) -> Worst {
    let value = |fault: &Found| {
        let shown = row.show_values && fault.code.dimension() != Dimension::Forbidden;
        let values = row.values.filter(|_| shown)?;
        Some(values.get(fault.column?).to_owned())
    };
    Worst {
        ordinal: row.ordinal,
        faults: row.found.iter().map(|fault| (fault.column, fault.code)).collect(),
        values: row.found.iter().map(value).collect(),
    }
}
