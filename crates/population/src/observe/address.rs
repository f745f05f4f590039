//! Where the child lives, as a source has it.

use super::View;
use crate::Source;
use crate::distort;
use crate::places::{Address, Places};
use crate::rates::{ADDRESS_FORMER, Cause};
use crate::statement::Whereabouts;
use crate::truth::Change;
use crate::words::ABBREVIATIONS;

/// The whereabouts: exactly one statement of rule 1.2.
pub(super) fn observe(view: &mut View<'_>) -> Whereabouts {
    if view.strikes(Cause::LeftEngland) {
        let kinds = ["left_return", "left_no_return", "left_unknown"];
        return Whereabouts { kind: view.chance.word(&kinds), ..Whereabouts::default() };
    }
    if view.strikes(Cause::NoKnownAddress) {
        return Whereabouts { kind: "none", ..Whereabouts::default() };
    }
    if view.strikes(Cause::AddressMissing) {
        // An empty current address says less than "no known address" and is not the same.
        return Whereabouts::default();
    }
    let Some(address) = known(view) else { return Whereabouts::default() };
    written(view, address)
}

/// The address the source knows of.
fn known(view: &mut View<'_>) -> Option<Address> {
    let registered = if view.source == Source::GroBirths { view.child.born } else { view.seen };
    let second = view.family.second_address_on(registered);
    if let Some(second) = second
        && view.strikes(Cause::AddressOtherHousehold)
    {
        return Some(second);
    }
    let address = view.family.address_on(registered)?;
    if view.family.address_on(view.world.as_of) != Some(address) {
        view.changes.push(Change { code: ADDRESS_FORMER, field: None });
    }
    Some(address)
}

fn written(view: &mut View<'_>, address: Address) -> Whereabouts {
    let places: &Places = &view.world.places;
    let Some(street) = places.street(address) else { return Whereabouts::default() };
    let mut name = street.name.clone();
    if view.chance.happens(Cause::StreetTyping.rate(view.source))
        && let Some(wrong) = distort::typing(&mut view.chance, &name)
    {
        name = wrong;
        view.note(Cause::StreetTyping, None);
    }
    if view.chance.happens(Cause::Abbreviated.rate(view.source))
        && let Some((stem, short)) = abbreviated(&name)
    {
        name = format!("{stem} {short}");
        view.note(Cause::Abbreviated, None);
    }
    let numbered = if view.strikes(Cause::HouseMissing) { name } else { format!("{} {name}", address.house) };
    let (line_1, line_2) = match address.flat {
        0 => (numbered, String::new()),
        flat if view.chance.below(2) == 0 => (format!("Flat {flat}, {numbered}"), String::new()),
        flat => (format!("Flat {flat}"), numbered),
    };
    let mut postcode = street.postcode.clone();
    if view.strikes(Cause::PostcodeMissing) {
        postcode.clear();
    } else if view.chance.happens(Cause::PostcodeWrong.rate(view.source))
        && let Some(wrong) = distort::postcode(&mut view.chance, &postcode)
    {
        postcode = wrong;
        view.note(Cause::PostcodeWrong, None);
    }
    Whereabouts { kind: "current", line_1, line_2, town: street.town.to_owned(), postcode }
}

/// The street without its last word, and the short form of that word.
fn abbreviated(street: &str) -> Option<(&str, &'static str)> {
    let (stem, end) = street.rsplit_once(' ')?;
    let (_, short) = ABBREVIATIONS.iter().find(|(long, _)| *long == end)?;
    Some((stem, short))
}
