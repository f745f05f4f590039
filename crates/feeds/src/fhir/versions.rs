//! A history may have several versions of one resource: the newest counts.

use std::collections::HashMap;

use jiff::Timestamp;

use super::place::Place;
use super::resources::stamp_of;
use super::understand::{Found, Given};
use crate::check::dates;

/// Of the versions of a resource the newest, by when its server changed it; the older ones are not read. Those of which nobody can
/// tell which is the newest stay as they are, and are refused as one resource that stands twice.
pub(super) fn newest(found: Vec<Found<'_>>) -> Vec<Found<'_>> {
    let changed: Vec<_> = found.iter().map(changed).collect();
    let mut last: HashMap<&str, Timestamp> = HashMap::new();
    for (found, changed) in found.iter().zip(&changed) {
        let (Found::Entry(given), Some(changed)) = (found, changed) else { continue };
        for key in &given.keys {
            let last = last.entry(key).or_insert(*changed);
            *last = (*last).max(*changed);
        }
    }
    let is_older = |(found, changed): (&Found<'_>, &Option<Timestamp>)| match (found, changed) {
        (Found::Entry(given), Some(changed)) => {
            given.keys.iter().any(|key| last.get(key.as_str()).is_some_and(|last| last > changed))
        }
        _ => false,
    };
    let older: Vec<bool> = found.iter().zip(&changed).map(is_older).collect();
    let each = found.into_iter().zip(older).map(|(found, is_older)| match found {
        Found::Entry(Given { ask: Ok(ask), .. }) if is_older => Found::Older(ask),
        found => found,
    });
    each.collect()
}

/// When the resource of an entry was changed, where that is a moment.
fn changed(found: &Found<'_>) -> Option<Timestamp> {
    let Found::Entry(Given { ask: Ok(_), resource: Some(text), .. }) = found else { return None };
    dates::moment(&stamp_of(text, &Place::of("Resource"))).ok()
}
