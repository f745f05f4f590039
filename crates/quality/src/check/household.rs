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
    for (nth, carer) in slots.carers.iter().enumerate() {
        let Some(slot) = carer[0] else { continue };
        if slots.carers.iter().take(nth).any(|before| same(name(*carer), name(*before))) {
            put_where_sound(found, slot, Check::CarerTwice);
        }
        if same(name(*carer), child) {
            put_where_sound(found, slot, Check::CarerIsChild);
        }
    }
}

/// Without regard to case.
fn equal(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!a.is_ascii() && a.to_lowercase() == b.to_lowercase())
}
