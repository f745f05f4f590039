//! A date of which the month or day may be unknown.

use crate::age::Age;
use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A year, a month or a day of the real calendar between 1900 and 2199: `2014`, `2014-03` or `2014-03-09`.
///
/// Values order as their text does: a year before its months, a month before its days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartialDate {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
}

/// Why a text is not a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PartialDateError {
    /// Not of the form.
    #[error("enter a date as YYYY-MM-DD, or as YYYY-MM or YYYY when the rest is unknown")]
    Shape,
    /// Of the form, but no such day.
    #[error("there is no such day in the calendar")]
    Calendar,
    /// A year nobody alive was born in or will soon see.
    #[error("the year is not between 1900 and 2199")]
    Year,
}

impl PartialDate {
    /// Reads `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    ///
    /// # Errors
    /// When the text has another form, the day does not exist, or the year is outside 1900 to 2199.
    pub fn parse(text: &str) -> Result<Self, PartialDateError> {
        let mut parts = text.trim().split('-');
        let year = digits(parts.next(), 4)?.ok_or(PartialDateError::Shape)?;
        let month = digits(parts.next(), 2)?;
        let day = digits(parts.next(), 2)?;
        if parts.next().is_some() {
            return Err(PartialDateError::Shape);
        }
        if !(1900..=2199).contains(&year) {
            return Err(PartialDateError::Year);
        }
        let month = month.and_then(|m| i8::try_from(m).ok());
        let day = day.and_then(|d| i8::try_from(d).ok());
        Date::new(year, month.unwrap_or(1), day.unwrap_or(1)).map_err(|_| PartialDateError::Calendar)?;
        Ok(Self { year, month, day })
    }

    /// The year.
    #[must_use]
    pub const fn year(self) -> i16 {
        self.year
    }

    /// The month, 1 to 12, when known.
    #[must_use]
    pub const fn month(self) -> Option<i8> {
        self.month
    }

    /// The day of the month, when known.
    #[must_use]
    pub const fn day(self) -> Option<i8> {
        self.day
    }

    /// The whole date, when the day is known.
    #[must_use]
    pub fn whole(self) -> Option<Date> {
        self.day.map(|_| self.earliest())
    }

    /// The first day it may be.
    #[must_use]
    pub fn earliest(self) -> Date {
        // The constructor has seen that the day exists, so the fallback is never taken.
        Date::new(self.year, self.month.unwrap_or(1), self.day.unwrap_or(1)).unwrap_or(date(1900, 1, 1))
    }

    /// The last day it may be.
    #[must_use]
    pub fn latest(self) -> Date {
        match (self.month, self.day) {
            (_, Some(_)) => self.earliest(),
            (Some(_), None) => self.earliest().last_of_month(),
            (None, None) => self.earliest().last_of_year(),
        }
    }

    /// Whether both may be the same day.
    #[must_use]
    pub fn may_equal(self, other: Self) -> bool {
        self.earliest() <= other.latest() && other.earliest() <= self.latest()
    }

    /// The age in whole years on a day of someone born on this date; `None` before the birth.
    #[must_use]
    pub fn age_on(self, today: Date) -> Option<Age> {
        Age::between(self.earliest(), self.latest(), today)
    }
}

/// The number of exactly `width` digits in a part; `Ok(None)` when there is no such part.
fn digits(part: Option<&str>, width: usize) -> Result<Option<i16>, PartialDateError> {
    let Some(part) = part else { return Ok(None) };
    if part.len() != width || !part.bytes().all(|b| b.is_ascii_digit()) {
        return Err(PartialDateError::Shape);
    }
    part.parse().map(Some).map_err(|_| PartialDateError::Shape)
}

impl From<Date> for PartialDate {
    fn from(date: Date) -> Self {
        Self { year: date.year(), month: Some(date.month()), day: Some(date.day()) }
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match (self.month, self.day) {
            (Some(month), Some(day)) => format!("{:04}-{month:02}-{day:02}", self.year),
            (Some(month), None) => format!("{:04}-{month:02}", self.year),
            (None, _) => format!("{:04}", self.year),
        };
        f.pad(&text)
    }
}

impl FromStr for PartialDate {
    type Err = PartialDateError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for PartialDate {
    type Error = PartialDateError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<PartialDate> for String {
    fn from(date: PartialDate) -> Self {
        date.to_string()
    }
}
