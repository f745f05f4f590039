//! Ages in whole years, and the birthdays that decide them.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An age in whole years; a range when the day of birth is not wholly known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Age {
    youngest: u8,
    oldest: u8,
}

impl Age {
    /// The age on `today` of someone born between two days; `None` when certainly not yet born.
    pub(crate) fn between(earliest_birth: Date, latest_birth: Date, today: Date) -> Option<Self> {
        let oldest = years(earliest_birth, today)?;
        Some(Self { youngest: years(latest_birth, today).unwrap_or(0), oldest })
    }

    /// The least it can be.
    #[must_use]
    pub const fn youngest(self) -> u8 {
        self.youngest
    }

    /// The most it can be.
    #[must_use]
    pub const fn oldest(self) -> u8 {
        self.oldest
    }
}

/// The birthday on which someone born that day turns `age`; 29 February becomes 1 March in other years.
///
/// English law counts a year's age from the anniversary; for a leap day the anniversary falls on 1 March.
#[must_use]
pub fn birthday(born: Date, age: u8) -> Date {
    let year = born.year().saturating_add(i16::from(age));
    Date::new(year, born.month(), born.day())
        .or_else(|_| Date::new(year, born.month(), 28).and_then(|d| d.checked_add(1.day())))
        .unwrap_or(Date::MAX)
}

/// Whole years from birth to today; `None` before birth.
fn years(born: Date, today: Date) -> Option<u8> {
    if today < born {
        return None;
    }
    let difference = today.year().saturating_sub(born.year());
    let had_birthday = birthday(born, u8::try_from(difference).unwrap_or(u8::MAX)) <= today;
    u8::try_from(if had_birthday { difference } else { difference - 1 }).ok()
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.oldest.checked_sub(self.youngest) {
            Some(0) => write!(f, "{}", self.oldest),
            Some(1) => write!(f, "{} or {}", self.youngest, self.oldest),
            _ => write!(f, "{} to {}", self.youngest, self.oldest),
        }
    }
}
