//! What speaks so strongly against two records being one person that no weight outweighs it without a person looking.

use crate::compare::{self, Hits};
use crate::model::file::ComparisonKind;
use crate::model::level::Test;
use crate::model::{Comparison, Compiled};
use crate::normalise::identifier::Check;

/// An identifier without check digits that differs is a contradiction where that happens to fewer than one in 64 pairs of
/// one person: others are mistyped too often. One with check digits always is.
const UNCHECKED: f64 = -6.0;
/// A code that differs, such as the gender, where that happens to fewer than one in eight.
const CODE: f64 = -3.0;
/// A code counts where relations take away so many bits: all else is what twins share ...
const TWINS: f64 = 6.0;
/// ... unless the two are one person with odds of so many bits all the same.
const CERTAIN: f64 = 13.0;

/// Two records beside one another.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Beside {
    /// Bits, the prior not in it.
    pub weight: f64,
    /// Identifiers that differ: a bit for each comparison.
    pub differ: u32,
    /// Identifiers that agree.
    pub agree: u32,
    /// The code that tells apart who shares with one another what twins do, their given names not the same.
    pub twins: Option<u8>,
}

impl Beside {
    pub fn of(model: &Compiled, hits: &Hits) -> Self {
        let mut beside = Self { weight: compare::weigh(model, hits), ..Self::default() };
        let (mut fields, mut same_name) = (0.0, false);
        for (position, (comparison, hit)) in model.comparisons.iter().zip(hits).enumerate() {
            let Some(level) = comparison.levels.get(usize::from(hit.level)) else { continue };
            fields += compare::weight(&comparison.levels, *hit);
            let differs = level.test == Test::Else;
            match comparison.kind {
                ComparisonKind::GivenName => same_name |= is_same_name(level.test),
                ComparisonKind::Identifier if level.test == Test::Exact => beside.agree |= 1 << position,
                ComparisonKind::Identifier
                    if differs && (is_checked(model, comparison) || level.weight <= UNCHECKED) =>
                {
                    beside.differ |= 1 << position;
                }
                ComparisonKind::Code if differs && level.weight <= CODE => {
                    beside.twins = beside.twins.or(Some(position as u8));
                }
                _ => {}
            }
        }
        let is_certain = beside.weight + model.prior > CERTAIN;
        if same_name || is_certain || fields - beside.weight < TWINS {
            beside.twins = None;
        }
        beside
    }

    /// The first comparison that contradicts.
    pub fn contradiction(&self) -> Option<u8> {
        first(self.differ & !self.agree).or(self.twins)
    }
}

/// The position of the first bit.
pub(super) fn first(bits: u32) -> Option<u8> {
    (bits != 0).then(|| bits.trailing_zeros() as u8)
}

/// Whether a wrong value is told by its check digits.
fn is_checked(model: &Compiled, comparison: &Comparison) -> bool {
    let mut fields = comparison.fields.iter().filter_map(|position| model.fields.get(*position));
    fields.any(|field| field.check != Check::None)
}

/// Parents do not give two of their children one name.
fn is_same_name(test: Test) -> bool {
    matches!(test, Test::Exact | Test::First | Test::Part | Test::Nickname | Test::Swapped)
}
