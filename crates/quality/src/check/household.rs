//! A household that contradicts itself.

use feeds::RowValues;

use super::{Found, Slots, put_where_sound};
use crate::fault::Check;

pub(super) fn check(slots: &Slots, values: &RowValues, found: &mut Vec<Found>) {
    let text = |slot: Option<usize>| slot.map_or("", |at| values.get(at));
    let name = |[forenames, surname]: [Option<usize>; 2]| (text(forenames), text(surname));
    let is_whole = |(forenames, surname): (&str, &str)| !forenames.is_empty() && !surname.is_empty();
    let same = |a: (&str, &str), b: (&str, &str)| is_whole(a) && equal(a.0, b.0) && equal(a.1, b.1);
    let child = name([slots.forenames, slots.surname]);
    let [first, second] = slots.carers;
    if let Some(slot) = second[0]
        && same(name(second), name(first))
    {
        put_where_sound(found, slot, Check::CarerTwice);
    }
    for carer in slots.carers {
        if let Some(slot) = carer[0]
            && same(name(carer), child)
        {
            put_where_sound(found, slot, Check::CarerIsChild);
        }
    }
}

/// Without regard to case.
fn equal(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!a.is_ascii() && a.to_lowercase() == b.to_lowercase())
}
