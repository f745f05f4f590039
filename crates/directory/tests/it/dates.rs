use crate::children::day;
use directory::age::birthday;
use directory::partial_date::PartialDateError;
use directory::{Month, PartialDate};
use jiff::civil::date;
use proptest::prelude::*;

#[test]
fn a_date_may_lack_its_day_or_its_month() {
    for text in ["2014", "2014-03", "2014-03-09", "2016-02-29", "1900", "2199-12-31"] {
        assert_eq!(day(text).to_string(), text);
    }
}

#[test]
fn only_days_of_the_calendar_are_dates() {
    for (text, error) in [
        ("2015-02-31", PartialDateError::Calendar),
        ("2015-02-29", PartialDateError::Calendar),
        ("2015-13", PartialDateError::Calendar),
        ("2015-00", PartialDateError::Calendar),
        ("0015-03-01", PartialDateError::Year),
        ("2200", PartialDateError::Year),
        ("31/02/2015", PartialDateError::Shape),
        ("2015-3-1", PartialDateError::Shape),
        ("2015-03-01-04", PartialDateError::Shape),
        ("15", PartialDateError::Shape),
        ("", PartialDateError::Shape),
        ("-2015", PartialDateError::Shape),
        ("+201", PartialDateError::Shape),
        ("２０１５", PartialDateError::Shape),
    ] {
        assert_eq!(PartialDate::parse(text), Err(error), "{text}");
    }
}

#[test]
fn a_year_may_be_any_of_its_days() {
    let year = day("2012");
    assert_eq!((year.earliest(), year.latest()), (date(2012, 1, 1), date(2012, 12, 31)));
    let month = day("2012-02");
    assert_eq!((month.earliest(), month.latest()), (date(2012, 2, 1), date(2012, 2, 29)));
    assert!(year.may_equal(day("2012-06-30")) && month.may_equal(year));
    assert!(!month.may_equal(day("2012-03-01")));
}

#[test]
fn someone_born_on_a_leap_day_grows_older_on_the_first_of_march() {
    let born = day("2008-02-29");
    assert_eq!(birthday(date(2008, 2, 29), 18), date(2026, 3, 1));
    assert_eq!(born.age_on(date(2026, 2, 28)).unwrap().to_string(), "17");
    assert_eq!(born.age_on(date(2026, 3, 1)).unwrap().to_string(), "18");
    assert_eq!(birthday(date(2008, 2, 29), 20), date(2028, 2, 29));
}

#[test]
fn an_age_is_as_exact_as_the_date_of_birth() {
    let today = date(2026, 11, 22);
    assert_eq!(day("2016-11-22").age_on(today).unwrap().to_string(), "10");
    assert_eq!(day("2016-11-23").age_on(today).unwrap().to_string(), "9");
    assert_eq!(day("2016").age_on(today).unwrap().to_string(), "9 or 10");
    assert_eq!(day("2016-03").age_on(today).unwrap().to_string(), "10");
    assert_eq!(day("2026-12").age_on(today), None);
}

proptest! {
    #[test]
    fn dates_are_ordered_as_their_text(a in "(19|20|21)[0-9]{2}(-(0[1-9]|1[0-2])(-(0[1-9]|1[0-9]|2[0-8]))?)?",
                                        b in "(19|20|21)[0-9]{2}(-(0[1-9]|1[0-2])(-(0[1-9]|1[0-9]|2[0-8]))?)?") {
        let (x, y) = (day(&a), day(&b));
        prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        prop_assert_eq!(serde_json::to_value(x).unwrap(), serde_json::Value::String(a));
        prop_assert!(x.earliest() <= x.latest());
    }

    #[test]
    fn months_count_forth_and_back(months in -5000..5000_i32) {
        let month = Month::parse("2026-11").unwrap();
        prop_assert_eq!(month.plus(months).plus(-months), month);
        prop_assert_eq!(month.plus(months).months_since(month), months);
    }
}
