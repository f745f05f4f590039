//! Who lives with whom, as far as a shield must ask: the keys that lead from a carer or an address to the children who
//! share it (law 3). Siblings are linked nowhere (rule 1.22); these keys serve the shield desk and the hold, nobody else.

use crate::address::Address;
use crate::names::{fold, words};
use crate::source_record::Content;
use std::fmt;

/// What children share. The numbers are stored: they are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum Tie {
    /// The address: its postcode with the numbers in it, or without numbers its words.
    Address = 1,
    /// A carer of that name in the same postcode district.
    Carer = 2,
    /// A carer's telephone number.
    CarerTelephone = 3,
}

/// One key in plain text; it must be hashed under a key of its own before it is stored or looked up.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HouseholdKey {
    /// What is shared.
    pub tie: Tie,
    /// The composite value. Two ties may have equal values: hash the tie with it.
    pub value: String,
}

/// How many carers of one record get keys.
const CARERS: usize = 4;

/// In how many districts each of them does: where the child is, and the two that are stated first of where it was.
const DISTRICTS: usize = 3;

/// How many keys a record has at most: its address, and of each carer a telephone and a name in each district.
pub const MOST_KEYS: usize = 1 + CARERS * (1 + DISTRICTS);

/// The keys of what one source says: of a child with two carers, each with a telephone, who never moved, five; of any
/// [`MOST_KEYS`] at most (decision 6). A sibling may have stayed where the child was: the district there ties them too.
#[must_use]
pub fn household_keys(content: &Content) -> Vec<HouseholdKey> {
    let address = content.whereabouts.as_ref().and_then(|whereabouts| whereabouts.address());
    let mut keys: Vec<HouseholdKey> = address.and_then(address_key).into_iter().collect();
    let mut districts: Vec<&str> = Vec::new();
    for postcode in
        address.into_iter().chain(&content.previous_addresses).filter_map(|at| at.postcode.as_ref())
    {
        if !districts.contains(&postcode.district()) {
            districts.push(postcode.district());
        }
    }
    districts.truncate(DISTRICTS);
    for carer in content.carers.iter().take(CARERS) {
        let name = fold(&carer.name.to_string());
        let named = districts.iter().filter(|_| !name.is_empty());
        keys.extend(
            named.map(|district| HouseholdKey { tie: Tie::Carer, value: format!("{name}|{district}") }),
        );
        let telephone = carer.contact.telephone.as_ref();
        keys.extend(telephone.map(|number| HouseholdKey { tie: Tie::CarerTelephone, value: number.uri() }));
    }
    keys.sort();
    keys.dedup();
    keys
}

/// The key of an address: whether a flat is written before its house or after, and how the street is written, makes no
/// difference where there are a postcode and a number. Without a postcode the town stands for it.
#[must_use]
pub fn address_key(address: &Address) -> Option<HouseholdKey> {
    let place = match (&address.postcode, &address.town) {
        (Some(postcode), _) => postcode.as_str().to_owned(),
        (None, Some(town)) => fold(town.as_str()),
        (None, None) => return None,
    };
    let all: Vec<String> = address.lines.iter().flat_map(|line| words(line.as_str())).collect();
    let mut numbers: Vec<&str> = all
        .iter()
        .map(String::as_str)
        .filter(|word| word.bytes().any(|byte| byte.is_ascii_digit()))
        .collect();
    let told = match (numbers.is_empty(), &address.postcode) {
        // A town has many numbers 14: there the street counts too.
        (false, Some(_)) => {
            numbers.sort_unstable();
            numbers.join(" ")
        }
        _ => all.join(" "),
    };
    (!told.is_empty()).then(|| HouseholdKey { tie: Tie::Address, value: format!("{place}|{told}") })
}

impl fmt::Debug for HouseholdKey {
    /// The value is a place or a person and stays out of every log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HouseholdKey({:?}, {} bytes)", self.tie, self.value.len())
    }
}
