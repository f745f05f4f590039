//! Dates against one another: birth, death, the day of the statement, starts, and the phase of a school.

use directory::PartialDate;
use feeds::RowValues;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Checker, Found, put_where_sound};
use crate::fault::Check;

/// Words in a school's name that tell its phase.
const YOUNG: [&str; 4] = ["primary", "infant", "junior", "nursery"];
const OLD: [&str; 3] = ["secondary", "high school", "sixth form"];

pub(super) fn check(checker: &Checker<'_>, values: &RowValues, found: &mut Vec<Found>) {
    let slots = &checker.slots;
    let text = |slot: Option<usize>| slot.map_or("", |at| values.get(at));
    let spoken = day_of(text(slots.effective_at));
    if let (Some(slot), Some(day), Some(days)) = (slots.effective_at, spoken, checker.profile.fresh_days)
        && days_between(day, checker.today) > i64::from(days)
    {
        put_where_sound(found, slot, Check::Stale);
    }
    death(checker, feeds::date_of(text(slots.date_of_death)), spoken, found);
    let (Some(slot), Some(born)) = (slots.date_of_birth, feeds::date_of(text(slots.date_of_birth))) else {
        return;
    };
    if spoken.is_some_and(|day| born.earliest() > day) {
        put_where_sound(found, slot, Check::BornAfterStatement);
    }
    for start in &slots.starts {
        if feeds::date_of(values.get(*start)).is_some_and(|start| start.latest() < born.earliest()) {
            put_where_sound(found, *start, Check::BeforeBirth);
        }
    }
    if text(slots.education_status) == "in_school" && text(slots.school_end).is_empty() {
        school(checker, (slot, born), spoken.unwrap_or(checker.today), text(slots.school_name), found);
    }
}

/// A death is registered after it, and mostly within the year for which the record stays (rule 4.6).
fn death(checker: &Checker<'_>, died: Option<PartialDate>, spoken: Option<Date>, found: &mut Vec<Found>) {
    let (Some(slot), Some(died)) = (checker.slots.date_of_death, died) else { return };
    if spoken.is_some_and(|day| died.earliest() > day) {
        put_where_sound(found, slot, Check::DiedAfterStatement);
    } else if days_between(died.latest(), checker.today) > 366 {
        put_where_sound(found, slot, Check::LongDead);
    }
}

/// The age on the day, of a birth date known in part the benefit of the doubt, against school.
fn school(
    checker: &Checker<'_>,
    (slot, born): (usize, PartialDate),
    day: Date,
    name: &str,
    found: &mut Vec<Found>,
) {
    let Some(age) = born.age_on(day) else { return };
    if age.oldest() < 2 || age.youngest() > 19 {
        put_where_sound(found, slot, Check::SchoolAge);
    }
    let Some(place) = checker.slots.school_name else { return };
    let name = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let (young, old) = (has(&YOUNG), has(&OLD));
    if (young && !old && age.youngest() > 12) || (old && !young && age.oldest() < 9) {
        put_where_sound(found, place, Check::SchoolPhase);
    }
}

/// The day of a moment.
pub(crate) fn day_of(text: &str) -> Option<Date> {
    // Most are a day, and the way through a time zone is long.
    match text.len() {
        0 => None,
        10 => feeds::date_of(text)?.whole(),
        _ => Some(feeds::moment_of(text)?.to_zoned(TimeZone::UTC).date()),
    }
}

/// Days from one to the other.
pub(crate) fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}
