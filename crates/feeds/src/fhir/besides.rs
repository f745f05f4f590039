//! What becomes of an element by the published lists: taken, passed over, discarded unread, or on no list.

use guards::Guard;

use super::Discarded;
use super::json::elements;
use super::lists::{Part, Shape};
use super::place::Place;
use super::refusal::{Reason, Refused, UnlistedName};

/// Learns what a resource carries besides what is taken. It is never given a value.
pub(crate) trait Besides {
    /// Something that the lists name as discarded unread.
    fn discard(&mut self, name: &str);

    /// Something that is on no list.
    ///
    /// # Errors
    /// When nothing may be taken from what holds it.
    fn unlisted(&mut self, place: &Place, element: &str) -> Result<(), Refused>;
}

/// Counts what is discarded, and refuses what is on no list (law 1).
pub(super) struct Strict<'d>(pub(super) &'d mut Discarded);

impl Besides for Strict<'_> {
    fn discard(&mut self, name: &str) {
        *self.0.entry(name.to_owned()).or_default() += 1;
    }

    fn unlisted(&mut self, place: &Place, element: &str) -> Result<(), Refused> {
        if !Guard::ClosedSchema.stands() {
            return Ok(());
        }
        let name = UnlistedName::of(element);
        let at = name.shown().map_or_else(|| place.clone(), |shown| place.element(shown));
        Err(at.refused(Reason::UnlistedElement(name)))
    }
}

/// Goes through the elements of an object: `read` is given those that are taken, by their published names.
pub(crate) fn each<'a, B: Besides>(
    text: &'a str,
    shape: &Shape,
    place: &Place,
    besides: &mut B,
    mut read: impl FnMut(&'static str, &'a str, Place, &mut B) -> Result<(), Refused>,
) -> Result<(), Refused> {
    for element in elements(text, place)? {
        let name = element.name.as_ref();
        match shape.part(name) {
            Some((known, Part::Taken)) => read(known, element.value, place.element(known), besides)?,
            Some((_, Part::Passed)) => {}
            Some((known, Part::Discarded)) => besides.discard(place.element(known).name()),
            // FHIR writes the extensions of `birthDate` as `_birthDate`.
            None if name.strip_prefix('_').is_some_and(|bare| shape.part(bare).is_some()) => {
                besides.discard(place.element(name).name());
            }
            None => besides.unlisted(place, name)?,
        }
    }
    Ok(())
}
