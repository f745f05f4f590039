//! What is wrong with one row: the rules of docs/feeds, the profile's own, and the checks a load does not make.

mod household;
mod placeholder;
mod times;
mod wording;

use feeds::{Judge, Kind, RowValues, Rule};
use jiff::civil::Date;

pub(crate) use times::{day_of, days_between};

use crate::fault::{Check, Code};
use crate::households::CarerSlots;
use crate::profile::{Column, Profile, ValueKind};

/// A fault and the column it is in; none where the row as a whole is to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) column: Option<usize>,
    pub(crate) code: Code,
}

/// The places of the columns that checks across columns look at, by what they mean.
pub(crate) struct Slots {
    pub(crate) record_id: Option<usize>,
    pub(crate) effective_at: Option<usize>,
    pub(crate) forenames: Option<usize>,
    pub(crate) surname: Option<usize>,
    pub(crate) date_of_birth: Option<usize>,
    pub(crate) gender: Option<usize>,
    date_of_death: Option<usize>,
    carers: Vec<[Option<usize>; 2]>,
    starts: Vec<usize>,
    education_status: Option<usize>,
    school_name: Option<usize>,
    school_end: Option<usize>,
}

/// Everything that is asked of a row.
pub(crate) struct Checker<'p> {
    pub(crate) profile: &'p Profile,
    pub(crate) slots: Slots,
    pub(crate) today: Date,
    judge: Judge,
    /// Columns of numbers that one child alone has.
    pub(crate) numbers: Vec<usize>,
    /// The carers that are compared from row to row.
    pub(crate) carers: Vec<CarerSlots>,
}

impl<'p> Checker<'p> {
    pub(crate) fn new(profile: &'p Profile, today: Date) -> Self {
        let at = |name: &str| profile.meaning(name);
        let is_start = |column: &Column| column.means.is_some_and(|means| means.name.ends_with("_start"));
        let slots = Slots {
            record_id: at("record_id"),
            effective_at: at("effective_at"),
            forenames: at("forenames"),
            surname: at("surname"),
            date_of_birth: at("date_of_birth"),
            gender: at("gender"),
            date_of_death: at("date_of_death"),
            carers: (1..=4)
                .map(|nth| ["forenames", "surname"].map(|part| at(&format!("carer_{nth}_{part}"))))
                .collect(),
            starts: positions(profile, is_start),
            education_status: at("education_status"),
            school_name: at("school_name"),
            school_end: at("school_end"),
        };
        let judge = Judge::new(&profile.columns.iter().map(|column| column.means).collect::<Vec<_>>());
        let numbers = positions(profile, |column| {
            matches!(
                column.kind,
                ValueKind::Feed(
                    Kind::NhsNumber
                        | Kind::UniquePupilNumber
                        | Kind::BirthRegistration
                        | Kind::ChildBenefitNumber
                )
            )
        });
        Self { profile, slots, today, judge, numbers, carers: CarerSlots::of(profile) }
    }

    /// Looks at a row whose values were taken; columns that the file lacks are left out by `has`. At most one fault a column,
    /// in no order.
    pub(crate) fn faults(&self, values: &RowValues, has: &[bool], found: &mut Vec<Found>) {
        found.clear();
        let present = |index: usize| has.get(index).copied().unwrap_or(false);
        for fault in self.judge.faults(values, self.today) {
            if let Some(index) = self.profile.meaning(fault.field).filter(|index| present(*index)) {
                found.push(Found { column: Some(index), code: Code::Feed(fault.rule) });
            }
        }
        for (index, column) in self.profile.columns.iter().enumerate() {
            if present(index) {
                self.value(index, column, values.get(index), found);
            }
        }
        times::check(self, values, found);
        household::check(&self.slots, values, found);
    }

    /// What is wrong with a value by itself, besides what the rules of docs/feeds say of it.
    fn value(&self, index: usize, column: &Column, value: &str, found: &mut Vec<Found>) {
        if value.is_empty() {
            if column.required && !has_fault(found, index) {
                found.push(Found { column: Some(index), code: Code::Feed(Rule::Missing) });
            }
            return;
        }
        // These say more than whatever a rule has found.
        if let Some(check) =
            wording::check(&column.kind, value).or_else(|| placeholder::check(&column.kind, value))
        {
            put(found, index, check);
            return;
        }
        if column.means.is_none()
            && let Some(rule) = own_kind(&column.kind, value)
        {
            found.push(Found { column: Some(index), code: Code::Feed(rule) });
        }
        if (column.earliest.is_some() || column.latest.is_some())
            && !has_fault(found, index)
            && let Some(date) = feeds::date_of(value)
            && (column.earliest.is_some_and(|day| date.latest() < day)
                || column.latest.is_some_and(|day| date.earliest() > day))
        {
            found.push(Found { column: Some(index), code: Code::Own(Check::Implausible) });
        }
    }
}

fn own_kind(kind: &ValueKind, value: &str) -> Option<Rule> {
    match kind {
        ValueKind::Feed(kind) => feeds::value_fault(*kind, value),
        ValueKind::Codes(_) if feeds::is_spreadsheet_error(value) => Some(Rule::SpreadsheetError),
        ValueKind::Codes(codes) => (!codes.iter().any(|code| code == value)).then_some(Rule::UnknownCode),
    }
}

fn positions(profile: &Profile, of: impl Fn(&Column) -> bool) -> Vec<usize> {
    profile.columns.iter().enumerate().filter(|(_, column)| of(column)).map(|(at, _)| at).collect()
}

pub(crate) fn has_fault(found: &[Found], index: usize) -> bool {
    found.iter().any(|fault| fault.column == Some(index))
}

/// Notes what a check of this tool found, in the place of what a rule found there.
pub(crate) fn put(found: &mut Vec<Found>, index: usize, check: Check) {
    found.retain(|fault| fault.column != Some(index));
    found.push(Found { column: Some(index), code: Code::Own(check) });
}

/// The same where nothing was found.
pub(crate) fn put_where_sound(found: &mut Vec<Found>, index: usize, check: Check) {
    if !has_fault(found, index) {
        found.push(Found { column: Some(index), code: Code::Own(check) });
    }
}
