//! What an attacker types into a search: every field, every two fields, near-misses and parts of a date; by what is true of a
//! child in one of the worlds. Of the first child everything is asked; of every other one what finds it, and a share of the rest
//! that is drawn for it, so that of a thousand children everything is asked many times.

use rand::seq::IndexedRandom as _;
use testkit::seeded;

use super::children::{born, forename, gender, hidden, surname};

/// One question, as the fields that ask it.
pub type Question = Vec<(&'static str, String)>;

/// Everything that can be said of a child at a place, each as the fields that say it.
fn said(child: usize, place: usize, number: &str) -> Vec<Question> {
    let one = |field: &'static str, value: &str| vec![(field, value.to_owned())];
    let surname = surname(child);
    let near = surname[..surname.len() - 1].to_owned();
    let [year, month, day] = born(child);
    let hidden = hidden(place);
    let district = hidden.postcode.split(' ').next().unwrap();
    // The last letter of a number is a check: another one is a number that was never issued.
    let wrong = number.chars().rev().collect::<String>();
    vec![
        one("surname", &surname),
        one("surname", &near),
        one("surname", &hidden.alias),
        one("surname", &hidden.carer),
        one("forenames", &forename(child)),
        vec![("birth_day", day), ("birth_month", month.clone()), ("birth_year", year.clone())],
        vec![("birth_month", month), ("birth_year", year.clone())],
        one("birth_year", &year),
        one("age", "9-11"),
        one("gender", gender(child)),
        one("street", &hidden.street),
        one("street", &hidden.street[..hidden.street.len() - 2]),
        one("postcode", &hidden.postcode),
        one("postcode", district),
        one("school", &hidden.school),
        one("child_number", number),
        one("child_number", &wrong),
    ]
}

/// Of how many children everything is asked: of the first of two, which lives in one world where the second lives in the other.
const IN_FULL: usize = 1;

/// How many questions are drawn for each of the others, beside the one that finds it.
const DRAWN: usize = 5;

/// What is asked about a child by where it is in a world.
pub fn questions(child: usize, place: usize, number: &str) -> Vec<Question> {
    let all = everything(child, place, number);
    if child < IN_FULL {
        return all;
    }
    let seed = u64::try_from(child * 2_000_003 + place).unwrap();
    let drawn = all.sample(&mut seeded(seed), DRAWN).cloned();
    [by_name_and_birth(child)].into_iter().chain(drawn).collect()
}

/// What is on every record, shielded or not.
fn by_name_and_birth(child: usize) -> Question {
    let [year, month, day] = born(child);
    vec![("surname", surname(child)), ("birth_day", day), ("birth_month", month), ("birth_year", year)]
}

/// Each thing that can be said, alone and with each other thing that goes into other fields; and all of where the child is
/// with who it is.
fn everything(child: usize, place: usize, number: &str) -> Vec<Question> {
    let said = said(child, place, number);
    let mut all = said.clone();
    for (at, one) in said.iter().enumerate() {
        let others = said[at + 1..].iter().filter(|other| one.iter().all(|(name, _)| !has(other, name)));
        all.extend(others.map(|other| [one.clone(), other.clone()].concat()));
    }
    let hidden = hidden(place);
    let wheres = vec![("street", hidden.street), ("postcode", hidden.postcode), ("school", hidden.school)];
    all.push([vec![("surname", surname(child)), ("forenames", forename(child))], wheres.clone()].concat());
    all.push([said[5].clone(), wheres].concat());
    all
}

fn has(fields: &Question, name: &str) -> bool {
    fields.iter().any(|(known, _)| *known == name)
}
