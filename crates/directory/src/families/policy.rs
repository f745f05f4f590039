//! Within which time a family is answered, and how long what it asked is kept.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The periods. A month is the law's own (UK GDPR article 12(3), rule 14.3); how long a closed matter is kept is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FamilyPolicy {
    /// Months within which a request, a dispute or a complaint is answered.
    pub answer_months: u8,
    /// Months by which the time for a request may be extended, once.
    pub extension_months: u8,
    /// Months for which a closed matter is kept; then its keys are destroyed.
    pub keep_months: u8,
    /// Days before a matter's last day from which those who answer are reminded of it.
    pub remind_days: u8,
    /// Days within which the code that verifies a channel must come back.
    pub code_days: u8,
    /// Wrong codes that may be entered before it is void.
    pub code_tries: u8,
}

impl Default for FamilyPolicy {
    fn default() -> Self {
        Self {
            answer_months: 1,
            extension_months: 2,
            keep_months: 24,
            remind_days: 7,
            code_days: 14,
            code_tries: 5,
        }
    }
}

impl FamilyPolicy {
    /// The last day for an answer to what was received on that day. The day of the month stays; where the later month is
    /// too short for it, its last day counts.
    #[must_use]
    pub fn deadline(&self, received: Date) -> Date {
        later(received, self.answer_months)
    }

    /// The last day once the time was extended.
    #[must_use]
    pub fn extended(&self, received: Date) -> Date {
        later(received, self.answer_months.saturating_add(self.extension_months))
    }

    /// The day from which a matter closed on that day is destroyed.
    #[must_use]
    pub fn kept_until(&self, closed: Date) -> Date {
        later(closed, self.keep_months)
    }

    /// The last day for an answer of which somebody is reminded on that day.
    #[must_use]
    pub fn reminded_of(&self, today: Date) -> Date {
        today.checked_add(i64::from(self.remind_days).days()).unwrap_or(Date::MAX)
    }

    /// The day on which a code that was made on that day is void.
    #[must_use]
    pub fn code_void_on(&self, made: Date) -> Date {
        made.checked_add(i64::from(self.code_days).days()).unwrap_or(Date::MAX)
    }

    /// What is wrong with the periods, for the operator.
    ///
    /// # Errors
    /// A sentence that names the period.
    pub fn validate(&self) -> Result<(), String> {
        match self {
            Self { answer_months: 0, .. } => Err("families.answer_months must be at least 1".to_owned()),
            Self { keep_months: 0, .. } => Err("families.keep_months must be at least 1".to_owned()),
            Self { code_days: 0, .. } => Err("families.code_days must be at least 1".to_owned()),
            Self { code_tries: 0, .. } => Err("families.code_tries must be at least 1".to_owned()),
            _ => Ok(()),
        }
    }
}

fn later(day: Date, months: u8) -> Date {
    day.checked_add(i64::from(months).months()).unwrap_or(Date::MAX)
}
