//! Dates of birth, whole or partial, right or mistyped.

/// A date as it was written. A mistyped date (month 13, 31 February) is kept: its digits still say something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Year, four digits.
    pub year: u16,
    /// Month, 0 when not known.
    pub month: u8,
    /// Day, 0 when not known.
    pub day: u8,
}

impl Date {
    /// Whether year, month and day are all known.
    pub fn is_whole(&self) -> bool {
        self.month != 0 && self.day != 0
    }

    /// The first of January, which many systems write when they do not know.
    pub fn is_default(&self) -> bool {
        self.month == 1 && self.day == 1
    }

    /// The eight digits YYYYMMDD.
    pub fn digits(&self) -> [u8; 8] {
        let (y, m, d) = (self.year, u16::from(self.month), u16::from(self.day));
        [y / 1000, y / 100 % 10, y / 10 % 10, y % 10, m / 10, m % 10, d / 10, d % 10].map(|digit| digit as u8)
    }

    /// Days since 1 March of year 0, the months counted as they come; good for differences of real dates.
    pub fn day_number(&self) -> i32 {
        let (year, month) = if self.month <= 2 {
            (i32::from(self.year) - 1, i32::from(self.month) + 9)
        } else {
            (i32::from(self.year), i32::from(self.month) - 3)
        };
        365 * year + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + i32::from(self.day)
    }
}

/// Reads `YYYY-MM-DD` (a time may follow), `YYYYMMDD`, `DD/MM/YYYY`, `YYYY-MM` or `YYYY`, with any separators. None
/// when it is something else or a date that stands for none (1900-01-01, 1111-11-11, 9999-12-31).
pub fn date(text: &str) -> Option<Date> {
    let text = text.trim();
    let text = text.split(['T', ' ']).next().unwrap_or(text);
    let parts: Vec<&str> =
        text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    if text.chars().any(|c| c.is_alphabetic()) {
        return None;
    }
    let (year, month, day) = match parts.as_slice() {
        [all] if all.len() == 8 => (all.get(..4)?, all.get(4..6)?, all.get(6..)?),
        [all] if all.len() == 6 => (all.get(..4)?, all.get(4..)?, "0"),
        [year] if year.len() == 4 => (*year, "0", "0"),
        [year, month] if year.len() == 4 => (*year, *month, "0"),
        [year, month, day] if year.len() == 4 => (*year, *month, *day),
        [day, month, year] if year.len() == 4 => (*year, *month, *day),
        _ => return None,
    };
    let date = Date { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? };
    let stands_for_none = matches!(
        (date.year, date.month, date.day),
        (0, ..) | (1900, 1, 1) | (1111, 11, 11) | (9999, ..) | (1800, 1, 1)
    );
    (!stands_for_none && date.month <= 99 && date.day <= 99).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_spellings_of_a_date_are_one_date() {
        let expected = Some(Date { year: 2011, month: 2, day: 17 });
        for text in
            ["2011-02-17", "20110217", "17/02/2011", " 2011/2/17 ", "2011-02-17T00:00:00Z", "17.2.2011"]
        {
            assert_eq!(date(text), expected, "{text}");
        }
        assert_eq!(date("2011-02"), Some(Date { year: 2011, month: 2, day: 0 }));
        assert_eq!(date("2011"), Some(Date { year: 2011, month: 0, day: 0 }));
    }

    #[test]
    fn what_is_no_date_is_missing() {
        for text in ["", "unknown", "1900-01-01", "11/11/1111", "9999-12-31", "12", "0000-00-00"] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn day_numbers_differ_by_the_days_between() {
        let number = |text| date(text).unwrap().day_number();
        assert_eq!(number("2012-03-01") - number("2012-02-28"), 2);
        assert_eq!(number("2011-01-01") - number("2010-12-31"), 1);
    }
}
