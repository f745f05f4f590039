//! From the directory's words to the matcher's: which fields of a statement the children's model compares.

use directory::household::{HouseholdKey, household_keys};
use directory::source_record::{Content, Identifier};
use linkage::{BlockingKey, Model, Prepared, RawRecord};
use store::Key16;

use crate::keys::BlindIndex;

/// A statement as the children's model reads it.
pub(crate) fn raw_record(content: &Content) -> RawRecord {
    let mut raw = RawRecord::new();
    for (position, name) in content.names.iter().enumerate() {
        let (forenames, surname) =
            if position == 0 { ("forenames", "surname") } else { ("alias_forenames", "alias_surname") };
        raw.push(forenames, name.forenames());
        raw.push(surname, name.surname());
    }
    if let Some(born) = content.date_of_birth {
        raw.push("date_of_birth", born.to_string());
    }
    raw.push("gender", content.gender.code());
    let current = content.whereabouts.as_ref().and_then(|whereabouts| whereabouts.address());
    for address in current.into_iter().chain(&content.previous_addresses) {
        raw.push("postcode", address.postcode.as_ref().map_or_else(String::new, ToString::to_string));
        let lines: Vec<&str> = address.lines.iter().map(directory::Line::as_str).collect();
        raw.push("address", lines.join(", "));
    }
    for identifier in &content.identifiers {
        let field = match identifier {
            Identifier::NhsNumber(_) => "nhs_number",
            Identifier::Upn(_) => "upn",
            Identifier::BirthRegistration(_) => "birth_registration",
            Identifier::ChildBenefit(_) => "child_benefit_number",
        };
        raw.push(field, identifier.value());
    }
    for carer in &content.carers {
        raw.push("carer_name", format!("{} {}", carer.name.forenames(), carer.name.surname()));
    }
    raw
}

/// A key of a statement with its hashes, which cost more than all else about it: they are made once.
pub(crate) struct MatchKey {
    pub(crate) rule: u16,
    /// Whether few records but the child's own stand behind it.
    pub(crate) selective: bool,
    pub(crate) value: String,
    /// The hash as it is written today and its epoch.
    pub(crate) written: (i64, Key16),
    /// While keys rotate, the hash under which older rows stand.
    pub(crate) older: Option<(i64, Key16)>,
}

impl MatchKey {
    fn of(index: &BlindIndex, key: BlockingKey) -> Option<Self> {
        Self::hashed(index, key.rule, key.selective, key.value)
    }

    fn hashed(index: &BlindIndex, rule: u16, selective: bool, value: String) -> Option<Self> {
        let mut hashes = index.lookups(rule, &value);
        let (written, older) = (hashes.next()?, hashes.next());
        drop(hashes);
        Some(Self { rule, selective, value, written, older })
    }

    /// What to ask the index for, each hash with the epoch of its pointers.
    pub(crate) fn lookups(&self) -> impl Iterator<Item = (i64, Key16)> {
        std::iter::once(self.written).chain(self.older)
    }

    /// As [`MatchKey::lookups`], the hashes alone.
    pub(crate) fn hashes(&self) -> impl Iterator<Item = Key16> {
        self.lookups().map(|(_, hash)| hash)
    }
}

/// Rows of the matching index above these numbers are no blocking rule's: what a household shares, asked for by the shield
/// desk, and the places and carers of shielded children, asked for by the loader. The two have values in common and no hash,
/// so that a row of one does not point at a row of the other.
const HOUSEHOLD: u16 = 0x4000;
const PROTECTED: u16 = 0x8000;

/// One thing that the children of a household share, by its two keys.
pub(crate) struct HomeKey {
    /// Leads to every child who shares it.
    pub(crate) household: MatchKey,
    /// Leads to the shielded ones among them, and to protected places.
    pub(crate) protected: MatchKey,
}

impl HomeKey {
    /// The keys of one shared thing.
    pub(crate) fn of(index: &BlindIndex, key: &HouseholdKey) -> Option<Self> {
        let hashed = |table| MatchKey::hashed(index, table + key.tie as u16, false, key.value.clone());
        Some(Self { household: hashed(HOUSEHOLD)?, protected: hashed(PROTECTED)? })
    }

    /// Of everything that one source says about a child's household.
    pub(crate) fn all_of(index: &BlindIndex, content: &Content) -> Vec<Self> {
        household_keys(content).iter().filter_map(|key| Self::of(index, key)).collect()
    }
}

/// Whether a row of this kind says that a place or a carer is protected.
pub(crate) fn is_protection(kind: u16) -> bool {
    kind >= PROTECTED
}

/// A statement in the form that is compared, with the keys it is found by.
pub(crate) struct Matchable {
    pub(crate) prepared: Prepared,
    pub(crate) keys: Vec<MatchKey>,
    /// What it shares with the records of other children.
    pub(crate) home: Vec<HomeKey>,
}

impl Matchable {
    pub(crate) fn of(model: &Model, index: &BlindIndex, content: &Content) -> Self {
        let prepared = prepared(model, content);
        let keys =
            model.blocking_keys(&prepared).into_iter().filter_map(|key| MatchKey::of(index, key)).collect();
        Self { prepared, keys, home: HomeKey::all_of(index, content) }
    }

    /// The hashes under which a place or carer of it would be protected.
    pub(crate) fn protections(&self) -> impl Iterator<Item = Key16> {
        self.home.iter().flat_map(|key| key.protected.hashes())
    }
}

/// A statement in the form that is compared: enough for a candidate, which was found by its keys already.
pub(crate) fn prepared(model: &Model, content: &Content) -> Prepared {
    model.prepare(&raw_record(content))
}
