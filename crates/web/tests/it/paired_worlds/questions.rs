//! What an attacker types into a search: the truth in every choice of the fields; what else can be said, alone and by twos;
//! near-misses and parts of a date; by what is true of a child in one of the worlds. Of the first child everything is asked; of every other one what finds it, and a share of the rest
//! that is drawn for it, so that of a thousand children everything is asked many times.

use rand::seq::IndexedRandom as _;
use testkit::seeded;

use super::children::{TODAY_IS_IN, born, forename, gender, hidden, nickname, surname};

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

/// How many near-misses in company are drawn of a child of whom everything else is asked, for each child that is shielded: thirty
/// in the usual run, all of them in the soak.
const NEAR_DRAWN: usize = 15;

/// What is asked about a child by where it is in a world, of so many children.
pub fn questions(child: usize, place: usize, number: &str, of: usize) -> Vec<Question> {
    let all = everything(child, place, number);
    let in_company = near_misses_in_company(child, place);
    let by_lot = &mut by_lot(child, place);
    if child >= IN_FULL {
        return a_few(child, place, number);
    }
    let drawn = in_company.sample(by_lot, NEAR_DRAWN * of).cloned();
    let near = near_misses(child, place).into_iter();
    let near = near.flat_map(|near| [near.clone(), beside_who_it_is(child, near)]);
    all.into_iter().chain(every_choice(child, place, number)).chain(near).chain(drawn).collect()
}

/// What finds a child, and a few questions that are drawn for it.
pub fn a_few(child: usize, place: usize, number: &str) -> Vec<Question> {
    let by_lot = &mut by_lot(child, place);
    let (all, in_company) = (everything(child, place, number), near_misses_in_company(child, place));
    let drawn: Vec<Question> =
        all.sample(by_lot, DRAWN).chain(in_company.sample(by_lot, DRAWN)).cloned().collect();
    [by_name_and_birth(child)].into_iter().chain(drawn).collect()
}

fn by_lot(child: usize, place: usize) -> impl rand::Rng {
    seeded(u64::try_from(child * 2_000_003 + place).unwrap())
}

/// The truth in every choice of the fields that a search takes, in those too that are too few to be answered.
fn every_choice(child: usize, place: usize, number: &str) -> Vec<Question> {
    let truths = truths(child, place, number);
    (1..1_usize << truths.len()).map(|some| chosen(&truths, some)).collect()
}

/// What is true of a child at a place, by the field.
fn truths(child: usize, place: usize, number: &str) -> [Question; 9] {
    let hidden = hidden(place);
    let [year, month, day] = born(child);
    let age = TODAY_IS_IN - year.parse::<i64>().unwrap();
    [
        vec![("surname", surname(child))],
        vec![("forenames", forename(child))],
        vec![("birth_day", day), ("birth_month", month), ("birth_year", year)],
        vec![("gender", gender(child).to_owned())],
        vec![("street", hidden.street)],
        vec![("postcode", hidden.postcode)],
        vec![("school", hidden.school)],
        vec![("age", age.to_string())],
        vec![("child_number", number.to_owned())],
    ]
}

/// Those of the truths whose place is a one in `some`.
fn chosen(truths: &[Question], some: usize) -> Question {
    truths.iter().enumerate().filter(|(at, _)| some >> at & 1 == 1).flat_map(|(_, one)| one.clone()).collect()
}

/// What somebody tries who knows a child well and hits it nearly: a forename as it sounds, as it is called, with an accent; a
/// birthday read the American way, or a year off; a postcode of the next house, or its beginning.
fn near_misses(child: usize, place: usize) -> Vec<Question> {
    let one = |field: &'static str, value: String| vec![(field, value)];
    let born_on = |year: i64, month: &str, day: &str| {
        vec![
            ("birth_day", day.to_owned()),
            ("birth_month", month.to_owned()),
            ("birth_year", year.to_string()),
        ]
    };
    let (surname, forename) = (surname(child), forename(child));
    let [year, month, day] = born(child);
    let (year, age) = (year.parse::<i64>().unwrap(), TODAY_IS_IN - year.parse::<i64>().unwrap());
    let hidden = hidden(place);
    let (outward, inward) = hidden.postcode.split_once(' ').unwrap();
    let another = |letter: char| if letter == 'X' { 'Y' } else { 'X' };
    let other_gender = if gender(child) == "F" { "M" } else { "F" };
    vec![
        one("forenames", as_it_sounds(&forename)),
        one("forenames", accented(&forename)),
        one("forenames", nickname(child)),
        one("forenames", forename[..forename.len() - 1].to_owned()),
        one("surname", accented(&surname)),
        one("surname", as_it_sounds(&surname)),
        // The two in each other's place.
        vec![("surname", forename), ("forenames", surname)],
        born_on(year, &day, &month),
        born_on(year - 1, &month, &day),
        born_on(year + 1, &month, &day),
        born_on(year, &month, "28"),
        born_on(year, "12", &day),
        vec![("birth_month", month.clone()), ("birth_year", (year - 1).to_string())],
        one("birth_year", (year + 1).to_string()),
        one("age", age.to_string()),
        one("age", (age - 2).to_string()),
        one("age", "0-25".to_owned()),
        one("gender", other_gender.to_owned()),
        one("street", format!("3 {}", hidden.street)),
        one("street", as_it_sounds(&hidden.street)),
        one(
            "postcode",
            format!(
                "{}{}",
                &hidden.postcode[..hidden.postcode.len() - 1],
                another(inward.chars().last().unwrap())
            ),
        ),
        one("postcode", format!("{outward} {}", &inward[..1])),
        one("postcode", "LS".to_owned()),
        one("postcode", hidden.postcode.replace(' ', "").to_lowercase()),
        one("school", as_it_sounds(&hidden.school)),
        one("school", hidden.school.split(' ').next().unwrap().to_owned()),
    ]
}

/// A near-miss with the rest of who the child is, which no shield hides: what forgives finds it so.
fn beside_who_it_is(child: usize, near: Question) -> Question {
    let mut rest = by_name_and_birth(child);
    rest.push(("forenames", forename(child)));
    rest.retain(|(name, _)| !has(&near, name));
    [near, rest].concat()
}

/// Each near-miss with the truth in some of the other fields of the form, whichever.
fn near_misses_in_company(child: usize, place: usize) -> Vec<Question> {
    let truths = truths(child, place, "");
    // But for the age, which is the birth's, and the number, beside which nothing else is looked at.
    let truths = &truths[..7];
    let mut all = Vec::new();
    for near in near_misses(child, place) {
        let others = truths.iter().filter(|truth| truth.iter().all(|(name, _)| !has(&near, name)));
        let others: Vec<Question> = others.cloned().collect();
        all.extend((1..1_usize << others.len()).map(|some| [near.clone(), chosen(&others, some)].concat()));
    }
    all
}

/// The same to the ear: as much of it as letters can tell.
fn as_it_sounds(text: &str) -> String {
    [("z", "s"), ("ph", "f"), ("f", "ph"), ("k", "c"), ("y", "i"), ("mi", "my")]
        .into_iter()
        .find(|(letters, _)| text.contains(letters))
        .map_or_else(|| format!("{text}e"), |(letters, others)| text.replacen(letters, others, 1))
}

/// With an accent on its first vowel.
fn accented(text: &str) -> String {
    [("a", "á"), ("e", "é"), ("i", "í"), ("o", "ó"), ("u", "ú")]
        .into_iter()
        .find(|(vowel, _)| text.contains(vowel))
        .map_or_else(|| text.to_owned(), |(vowel, accented)| text.replacen(vowel, accented, 1))
}

/// What is on every record, shielded or not.
pub fn by_name_and_birth(child: usize) -> Question {
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
