//! The search keys of a source record.

use super::key::{KeyKind, SearchKey};
use super::place::{Street, school_name, school_words};
use super::sound::sound;
use crate::disclosure::ShieldedView;
use crate::gender::Gender;
use crate::names::{surname_parts, words};
use crate::partial_date::PartialDate;
use crate::person_name::PersonName;
use crate::postcode::Postcode;
use crate::source_record::Content;
use guards::Guard;

/// How many forenames of one name get keys with the surname; a child is rarely known by the third.
const FORENAMES: usize = 2;
/// How many of a school's own words get keys.
const SCHOOL_WORDS: usize = 2;

/// The keys by which a search finds this record. A shielded child's record keeps only keys of fields that show on it,
/// of its first name only; where the child's other records give other names, use [`search_keys_as_shown`]. An entry in a
/// register of deaths has none: nothing that it says is shown.
#[must_use]
pub fn search_keys(content: &Content, shielded: bool) -> Vec<SearchKey> {
    if !content.tells_of_the_child() {
        return Vec::new();
    }
    let names = if shielded { content.names.get(..1).unwrap_or_default() } else { content.names.as_slice() };
    let mut keys = Vec::new();
    for name in names {
        let name = Sounds::of(name);
        visible(&name, content.date_of_birth, content.gender, &mut keys);
        if !shielded {
            hideable(&name, content, &mut keys);
        }
    }
    keys.sort();
    keys.dedup();
    keys
}

/// The keys of a shielded child's record: of those the record would have, the ones that what the child shows would
/// have too. A name or date that only this record gives leaves no key (rule 2.8).
#[must_use]
pub fn search_keys_as_shown(content: &Content, shown: &ShieldedView) -> Vec<SearchKey> {
    if !content.tells_of_the_child() {
        return Vec::new();
    }
    let mut allowed = Vec::new();
    visible(&Sounds::of(&shown.name), shown.date_of_birth, shown.gender, &mut allowed);
    let mut own = Vec::new();
    for name in &content.names {
        visible(&Sounds::of(name), content.date_of_birth, content.gender, &mut own);
    }
    if Guard::HiddenSearchKeys.stands() {
        own.retain(|key| allowed.contains(key));
    } else {
        content.names.iter().for_each(|name| hideable(&Sounds::of(name), content, &mut own));
    }
    own.sort();
    own.dedup();
    own
}

/// A name by its sounds.
struct Sounds {
    surnames: Vec<String>,
    forenames: Vec<String>,
}

impl Sounds {
    /// A single name counts as a surname and as a forename: nobody can tell which was asked for.
    fn of(name: &PersonName) -> Self {
        let surname = if name.surname().is_empty() { name.forenames() } else { name.surname() };
        let forename = if name.forenames().is_empty() { name.surname() } else { name.forenames() };
        let mut surnames: Vec<String> = surname_parts(surname).iter().map(|part| sound(part)).collect();
        surnames.sort();
        surnames.dedup();
        let forenames = words(forename).iter().take(FORENAMES).map(|word| sound(word)).collect();
        Self { surnames, forenames }
    }
}

fn visible(name: &Sounds, born: Option<PartialDate>, gender: Gender, keys: &mut Vec<SearchKey>) {
    let Some(born) = born else { return };
    let (date, year) = (born.to_string(), born.year().to_string());
    for surname in &name.surnames {
        keys.push(SearchKey::new(KeyKind::SurnameBirth, &[surname, &date]));
        keys.push(SearchKey::new(KeyKind::SurnameGenderYear, &[surname, gender.code(), &year]));
        for forename in &name.forenames {
            keys.push(SearchKey::new(KeyKind::SurnameForenameYear, &[surname, forename, &year]));
        }
    }
    if let Some(forename) = name.forenames.first() {
        keys.push(SearchKey::new(KeyKind::ForenameBirth, &[forename, &date]));
    }
}

fn hideable(name: &Sounds, content: &Content, keys: &mut Vec<SearchKey>) {
    let address = content.whereabouts.as_ref().and_then(|whereabouts| whereabouts.address());
    let postcode = address.and_then(|address| address.postcode.as_ref());
    let street = address.and_then(Street::of_address).map(|street| street.sound());
    let schools: Vec<String> = content
        .education
        .iter()
        .filter_map(|education| school_name(&education.setting))
        .flat_map(|name| school_words(name).into_iter().take(SCHOOL_WORDS).map(|word| sound(&word)))
        .collect();
    for surname in &name.surnames {
        keys.extend(postcode.map(|p| SearchKey::new(KeyKind::SurnamePostcode, &[surname, p.as_str()])));
        keys.extend(street.as_ref().map(|street| SearchKey::new(KeyKind::SurnameStreet, &[surname, street])));
        keys.extend(schools.iter().map(|school| SearchKey::new(KeyKind::SurnameSchool, &[surname, school])));
    }
    let (Some(born), Some(area)) = (content.date_of_birth, postcode.map(Postcode::area)) else { return };
    let (date, year) = (born.to_string(), born.year().to_string());
    for surname in &name.surnames {
        keys.push(SearchKey::new(KeyKind::SurnameAreaYear, &[surname, area, &year]));
    }
    if let Some(forename) = name.forenames.first() {
        keys.push(SearchKey::new(KeyKind::ForenameBirthArea, &[forename, &date, area]));
    }
}
