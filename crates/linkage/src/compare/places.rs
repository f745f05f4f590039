//! Postcodes and addresses against one another.

use super::{Hit, first_level, plain};
use crate::distance::{similarity, within};
use crate::model::compile::Level;
use crate::model::file::ComparisonKind;
use crate::model::level::Test;
use crate::normalise::address::Address;
use crate::normalise::postcode::Postcode;
use crate::prepared::Place;

/// The share of words that must agree for two streets to be one.
const SAME_STREET: f64 = 0.6;
/// The same where no house number tells.
const SAME_HOUSE_NAME: f64 = 0.8;

/// One place against one place; none when they have no part in common to compare.
pub fn hit(levels: &[Level], kind: ComparisonKind, a: &Place, b: &Place) -> Option<Hit> {
    let codes = !a.postcode.is_empty() && !b.postcode.is_empty();
    let addresses = !a.address.is_empty() && !b.address.is_empty();
    let comparable = match kind {
        ComparisonKind::Postcode => codes,
        ComparisonKind::Address => addresses,
        _ => codes || addresses,
    };
    comparable.then(|| plain(first_level(levels, |test| holds(test, kind, a, b, codes, addresses))))
}

fn holds(test: Test, kind: ComparisonKind, a: &Place, b: &Place, codes: bool, addresses: bool) -> bool {
    let same_code = || codes && a.postcode == b.postcode && !a.postcode.is_partial();
    match test {
        Test::Else => true,
        Test::Exact if kind == ComparisonKind::Address => a.address == b.address,
        Test::Exact => same_code(),
        Test::SamePlace => same_code() && addresses && one_house(&a.address, &b.address),
        Test::SamePostcode => same_code() && !addresses,
        Test::Neighbours => same_code(),
        Test::SameStreetAddress => addresses && one_house(&a.address, &b.address),
        Test::Overlap(least) => addresses && overlap(&a.address, &b.address) >= least,
        Test::Edits(most) => codes && near(&a.postcode, &b.postcode, most),
        Test::Sector => {
            codes
                && a.postcode.sector() == b.postcode.sector()
                && !a.postcode.is_partial()
                && !b.postcode.is_partial()
        }
        Test::District => codes && a.postcode.district() == b.postcode.district(),
        Test::Area => codes && a.postcode.area() == b.postcode.area(),
        _ => false,
    }
}

fn near(a: &Postcode, b: &Postcode, most: u32) -> bool {
    !a.is_partial() && !b.is_partial() && within(a.whole(), b.whole(), most)
}

/// A number in common on one street, or one house name where neither gives a number.
fn one_house(a: &Address, b: &Address) -> bool {
    if !a.has_numbers() || !b.has_numbers() {
        return a.has_numbers() == b.has_numbers() && overlap(a, b) >= SAME_HOUSE_NAME;
    }
    // Of a flat's and a house's number the last is the house's.
    let holds_last = |x: &Address, y: &Address| {
        let last = x.numbers().next_back();
        last.is_some_and(|last| y.numbers().any(|number| number == last))
    };
    a.may_share_number(b)
        && (holds_last(a, b) || holds_last(b, a))
        && (!a.has_words() || !b.has_words() || overlap(a, b) >= SAME_STREET)
}

/// The share of letters that stand in words both have, spelling slips forgiven. Symmetric.
fn overlap(a: &Address, b: &Address) -> f64 {
    let total = |address: &Address| address.words().map(<[u8]>::len).sum::<usize>();
    let all = total(a) + total(b);
    if all == 0 {
        return 0.0;
    }
    let found = |address: &Address, other: &Address| {
        let shared = address.words().filter(|word| other.words().any(|known| same_word(word, known)));
        shared.map(<[u8]>::len).sum::<usize>()
    };
    (found(a, b) + found(b, a)) as f64 / all as f64
}

fn same_word(a: &[u8], b: &[u8]) -> bool {
    a == b || (a.len() > 3 && b.len() > 3 && similarity(a, b) >= 0.9)
}
