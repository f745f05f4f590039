//! A record in the form that is compared.

use std::fmt;

use crate::few::Few;
use crate::normalise::address::Address;
use crate::normalise::date::Date;
use crate::normalise::identifier::Identifier;
use crate::normalise::name::{Name, Token};
use crate::normalise::postcode::Postcode;

/// A record normalised by a [`Model`](crate::Model), ready to be compared many times.
///
/// It is only meaningful to the model that prepared it.
#[derive(Clone, Default)]
pub struct Prepared {
    /// One slot for each comparison of the model, in its order.
    pub(crate) slots: Box<[Slot]>,
}

/// The values of one comparison.
#[derive(Clone, Default, PartialEq)]
pub(crate) enum Slot {
    /// None.
    #[default]
    Missing,
    /// Names; those of a given-name and a family-name comparison that are paired stand at equal positions.
    Names(Few<Name>),
    /// Dates.
    Dates(Few<Date>),
    /// Places: postcode, address or both.
    Places(Few<Place>),
    /// Identifiers.
    Identifiers(Few<Identifier>),
    /// Codes and texts.
    Texts(Few<Text>),
}

/// A postcode and the address that belongs to it; either may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Place {
    pub postcode: Postcode,
    pub address: Address,
}

/// A code or a text: all of it without spaces, and its words when there are several.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Text {
    pub joined: Token,
    pub words: Box<[Token]>,
    pub log_frequency: f32,
}

impl Prepared {
    pub(crate) fn slot(&self, comparison: usize) -> &Slot {
        self.slots.get(comparison).unwrap_or(&Slot::Missing)
    }

    /// Whether no comparison has a value to compare.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.iter().all(|slot| matches!(slot, Slot::Missing))
    }
}

/// Never shows a value.
impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let present = self.slots.iter().filter(|slot| !matches!(slot, Slot::Missing)).count();
        f.debug_struct("Prepared").field("comparisons_with_values", &present).finish_non_exhaustive()
    }
}
