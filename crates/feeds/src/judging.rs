//! The rules of a row for whoever has the values and no file: the local data quality tool asks the same rules that a load
//! keeps, so that what it calls sound is taken and what it calls faulty is quarantined.

use directory::PartialDate;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::check;
use crate::content;
use crate::form::Form;
use crate::profile::{Column, Kind, Profile};
use crate::rules::{Fault, Rule};
use crate::values::Values;

/// The rules for rows of certain columns.
pub struct Judge {
    form: Form,
}

/// One row's values, trimmed and composed. The buffers are kept from row to row.
#[derive(Default)]
pub struct RowValues(Values);

impl RowValues {
    /// Takes a row's values in the order of the judge's columns.
    pub fn take<'a>(&mut self, values: impl Iterator<Item = &'a str>) {
        self.0.take_each(values);
    }

    /// The value at `index`; empty when there is none.
    pub fn get(&self, index: usize) -> &str {
        self.0.get(index)
    }
}

impl Judge {
    /// For rows whose values stand for these columns of docs/feeds; a value that stands for none is left alone.
    pub fn new(columns: &[Option<&'static Column>]) -> Self {
        Self { form: Form::of_columns(columns) }
    }

    /// What is wrong with a row by the rules of docs/feeds/rules.md: at most one fault a column, in their order. Whether a
    /// record came before is not asked.
    pub fn faults(&self, values: &RowValues, today: Date) -> Vec<Fault> {
        content::read(&self.form, &values.0, today).map_or_else(|unread| unread.faults, |_| Vec::new())
    }
}

/// What is wrong with a value of a kind, taken by itself; an empty one has no fault.
pub fn value_fault(kind: Kind, value: &str) -> Option<Rule> {
    if value.is_empty() {
        return None;
    }
    if check::is_spreadsheet_error(value) {
        return Some(Rule::SpreadsheetError);
    }
    let length = value.chars().count();
    if length > kind.text_beyond() {
        return Some(Rule::TooLong);
    }
    let fault = fault_of_kind(kind, value);
    fault.or_else(|| (length > kind.greatest_length()).then(|| wrong(kind)))
}

/// The number of a record that a value is, if it is one.
pub(crate) fn record_named(value: &str) -> Option<String> {
    let value = value.trim();
    (!value.is_empty() && value_fault(Kind::RecordId, value).is_none()).then(|| value.to_owned())
}

/// What a value of the kind is called that is somewhat longer than one can be.
const fn wrong(kind: Kind) -> Rule {
    match kind {
        Kind::PartialDate | Kind::Moment => Rule::DateFormat,
        Kind::Postcode => Rule::PostcodeShape,
        Kind::NhsNumber => Rule::NhsNumber,
        Kind::UniquePupilNumber => Rule::UniquePupilNumber,
        _ => Rule::NumberShape,
    }
}

fn fault_of_kind(kind: Kind, value: &str) -> Option<Rule> {
    match kind {
        Kind::RecordId => check::record_id(value).err(),
        Kind::PersonName => check::names::half(value).err(),
        Kind::OrganisationName | Kind::AddressLine | Kind::Town => check::line(value).err(),
        Kind::Postcode => check::postcode(value).err(),
        Kind::PartialDate => check::dates::partial(value).err(),
        Kind::Moment => check::dates::moment(value).err(),
        Kind::Code(list) => (!list.codes.iter().any(|code| code.value == value)).then_some(Rule::UnknownCode),
        Kind::Telephone => check::telephone(value).err(),
        Kind::Email => check::email(value).err(),
        Kind::NhsNumber => check::nhs_number(value).err(),
        Kind::UniquePupilNumber => check::upn(value).err(),
        Kind::BirthRegistration => check::birth_registration(value).err(),
        Kind::ChildBenefitNumber => check::child_benefit_number(value).err(),
        Kind::SchoolNumber => check::school_number(value).err(),
        Kind::PracticeCode => check::practice_code(value).err(),
        Kind::AuthorityCode => check::authority(value).err(),
    }
}

/// A value of a date column as a date.
pub fn date_of(value: &str) -> Option<PartialDate> {
    check::dates::partial(value).ok()
}

/// A value of a column of moments as a moment.
pub fn moment_of(value: &str) -> Option<Timestamp> {
    check::dates::moment(value).ok()
}

/// Whether a value is an error of a spreadsheet, such as `#REF!`.
pub fn is_spreadsheet_error(value: &str) -> bool {
    check::is_spreadsheet_error(value)
}

/// Why a column of this name is never taken, when one of its words tells (rule 1.20).
pub fn why_forbidden(column: &str) -> Option<&'static str> {
    crate::forbidden::reason(column)
}

/// The column of that name in any of the sources.
pub fn column_named(name: &str) -> Option<&'static Column> {
    Profile::ALL.into_iter().find_map(|profile| profile.position(name)).map(|(_, column)| column)
}
