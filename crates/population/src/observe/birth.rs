//! Date of birth and gender as a source has them.

use super::View;
use crate::calendar::Day;
use crate::rates::Cause;

/// The date of birth: whole, in part, wrong or missing.
pub(super) fn date(view: &mut View<'_>) -> String {
    let born = view.child.born;
    if view.strikes(Cause::BirthMissing) {
        return String::new();
    }
    if view.strikes(Cause::BirthPartial) {
        let length = if view.chance.below(3) == 0 { 4 } else { 7 };
        return born.to_string().chars().take(length).collect();
    }
    let date = born.date();
    let (year, month, day) = (date.year(), date.month(), date.day());
    let abroad = if view.child.arrived.is_some() { 10 } else { 1 };
    let rate = |view: &View<'_>, cause: Cause| cause.rate(view.source);
    if (month, day) != (1, 1) && view.chance.happens(rate(view, Cause::BirthDefault) * abroad) {
        return settle(view, Cause::BirthDefault, Some(Day::on(year, 1, 1)));
    }
    if day <= 12 && day != month && view.chance.happens(rate(view, Cause::DayMonthSwapped)) {
        return settle(view, Cause::DayMonthSwapped, Some(Day::on(year, day, month)));
    }
    if view.chance.happens(rate(view, Cause::BirthDigit)) {
        let wrong = wrong_digit(view, year, month, day);
        return settle(view, Cause::BirthDigit, wrong);
    }
    if view.chance.happens(rate(view, Cause::BirthYear)) {
        let step = if view.chance.below(2) == 0 { -1 } else { 1 };
        return settle(view, Cause::BirthYear, Some(Day::on(year + step, month, day)));
    }
    born.to_string()
}

/// The wrong date, if a source could believe it: of a child under 18, born before the source looked.
fn settle(view: &mut View<'_>, cause: Cause, wrong: Option<Day>) -> String {
    let eldest = view.world.as_of.years_before(18);
    match wrong.filter(|wrong| (eldest..=view.seen).contains(wrong) && *wrong != view.child.born) {
        Some(wrong) => {
            view.note(cause, None);
            wrong.to_string()
        }
        None => view.child.born.to_string(),
    }
}

/// One digit of the day or the month replaced, where the calendar has such a day.
fn wrong_digit(view: &mut View<'_>, year: i16, month: i8, day: i8) -> Option<Day> {
    let digit = i8::try_from(view.chance.below(10)).ok()?;
    let (month, day) = match view.chance.below(4) {
        0 => (month / 10 * 10 + digit, day),
        1 => (month, digit % 4 * 10 + day % 10),
        _ => (month, day / 10 * 10 + digit),
    };
    jiff::civil::Date::new(year, month, day).ok().map(Day::of)
}

/// `F`, `M`, or `N` where it is not stated.
pub(super) fn gender(view: &mut View<'_>) -> &'static str {
    if view.strikes(Cause::GenderNotStated) {
        "N"
    } else if view.strikes(Cause::GenderWrong) {
        view.child.sex.other().code()
    } else {
        view.child.sex.code()
    }
}
