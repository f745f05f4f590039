//! A thousand invented children whose every value is a canary: long, seen nowhere else, and remembered.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use directory::{NhsNumber, Upn};
use feeds::{Column, Kind, Profile};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use rand::{Rng, RngExt as _};
use testkit::leaks::Canaries;
use testkit::seeded;

use crate::feed_files::{self, line};

/// Every word of ours begins so: whatever leaks of one, this leaks.
pub const STEM: &str = "Kanarjewskyq";

/// A child as a source states it.
#[derive(Clone)]
pub struct Planted {
    pub source: &'static str,
    pub record_id: String,
    pub born: Date,
    pub surname: String,
    pub postcode: String,
}

/// The planted children, and what to look for.
pub struct Garden {
    pub children: Vec<Planted>,
    pub canaries: Canaries,
    /// Every planted birth date.
    pub births: HashSet<Date>,
    /// Days of which none is a planted birth date: what chance alone finds. They are looked for in the same reading.
    pub controls: HashSet<Date>,
    values: usize,
}

/// The last day on which a planted child can be born.
const YOUNGEST: Date = date(2026, 4, 30);

impl Garden {
    /// Writes one file a source into `folder`, bad rows included, and remembers what is in them.
    pub fn plant(children: usize, seed: u64, folder: &Path) -> (Self, Vec<(&'static str, PathBuf)>) {
        let mut garden = Self {
            children: Vec::new(),
            canaries: Canaries::new(),
            births: HashSet::new(),
            controls: HashSet::new(),
            values: 0,
        };
        garden.canaries.text(STEM);
        let mut rng = seeded(seed);
        let mut files = Vec::new();
        // A register of deaths opens a record to nobody.
        let profiles: Vec<&'static Profile> =
            Profile::ALL.into_iter().filter(|profile| profile.position("postcode").is_some()).collect();
        let sources = profiles.len();
        for (nth, profile) in profiles.into_iter().enumerate() {
            let mut bytes = line(profile.columns().map(|column| column.name));
            for place in (nth..children).step_by(sources) {
                let values = garden.child(profile, &mut rng);
                let spoiled =
                    if (place / sources) % 12 == 11 { spoiled(profile, values, &mut rng) } else { values };
                bytes.extend(line(spoiled));
            }
            files.push((profile.name, feed_files::written(folder, &format!("{}.csv", profile.name), bytes)));
        }
        assert!(garden.values > children * 20, "canaries in every field: {}", garden.values);
        (garden, files)
    }

    /// Remembers one more text.
    pub fn text(&mut self, text: &str) {
        self.canaries.text(text);
        self.values += 1;
    }

    fn child(&mut self, profile: &'static Profile, rng: &mut impl Rng) -> Vec<String> {
        // Of every two days one is a birthday and one is a control, so that neither kind is the odd or the even one.
        let pair = rng.random_range(0..3_000_i32);
        let first = pair.count_ones() % 2 == 0;
        let day = |second: bool| YOUNGEST.checked_sub((pair * 2 + i32::from(second)).days()).unwrap();
        let (born, control) = (day(!first), day(first));
        self.canaries.date(born).date(control);
        self.births.insert(born);
        self.controls.insert(control);
        let values: Vec<String> = profile.columns().map(|column| self.value(column, born, rng)).collect();
        let of = |name: &str| values[profile.position(name).unwrap().0].clone();
        self.children.push(Planted {
            source: profile.name,
            record_id: of("record_id"),
            born,
            surname: of("surname"),
            postcode: of("postcode"),
        });
        values
    }

    fn value(&mut self, column: &Column, born: Date, rng: &mut impl Rng) -> String {
        let word = format!("{STEM}{}", letters(10, rng));
        let value = match column.kind {
            Kind::PersonName | Kind::Town => word,
            Kind::OrganisationName => format!("{word} Haus"),
            Kind::AddressLine => format!("{} {word} Gasse", rng.random_range(1..200)),
            Kind::RecordId => format!("{word}-{}", rng.random_range(1_000..10_000)),
            Kind::Email => format!("{word}@example.org").to_lowercase(),
            Kind::Telephone => format!("07{:09}", rng.random_range(100_000_000..1_000_000_000_u32)),
            Kind::Postcode => postcode(rng),
            Kind::NhsNumber => nhs_number(rng),
            Kind::UniquePupilNumber => pupil_number(rng),
            Kind::BirthRegistration => format!("KQ-{:012}", rng.random_range(0..1_000_000_000_000_u64)),
            Kind::ChildBenefitNumber => format!("CHB{:08}KQ", rng.random_range(0..100_000_000_u32)),
            Kind::PartialDate if column.name == "date_of_birth" => return born.to_string(),
            // A few of the dates around a child: after the birth, ends after starts.
            Kind::PartialDate => {
                let after = if column.name.ends_with("_end") { 20 } else { 4 };
                let near = born.checked_add((after + rng.random_range(0..8)).days()).unwrap();
                return near.to_string();
            }
            Kind::Code(list) if column.name == "gender" => {
                return list.codes[rng.random_range(0..list.codes.len())].value.to_owned();
            }
            Kind::Code(_) if column.name.ends_with("_basis") => return String::new(),
            Kind::Moment => return "2026-05-20".to_owned(),
            Kind::Code(_) | Kind::SchoolNumber | Kind::PracticeCode | Kind::AuthorityCode => {
                return column.example.to_owned();
            }
        };
        self.values += 1;
        // Of the words, a share is looked for whole too; of the numbers, each.
        if !value.to_lowercase().contains(&STEM.to_lowercase()) || self.values.is_multiple_of(20) {
            self.canaries.text(&value);
        }
        value
    }
}

/// A row that must be put aside, in one of the ways there are.
fn spoiled(profile: &'static Profile, mut values: Vec<String>, rng: &mut impl Rng) -> Vec<String> {
    let at = |name: &str| profile.position(name).unwrap().0;
    match rng.random_range(0..4) {
        0 => values[at("gender")] = format!("{STEM}{}", letters(8, rng)),
        1 => values[at("date_of_birth")] = "31/02/2015".to_owned(),
        2 => values[at("surname")] += " LS1 4AP",
        _ => values.push(format!("{STEM}{} is a note about the child", letters(8, rng))),
    }
    values
}

fn letters(count: usize, rng: &mut impl Rng) -> String {
    (0..count).map(|_| char::from(b'a' + rng.random_range(0..26_u8))).collect()
}

fn postcode(rng: &mut impl Rng) -> String {
    let letter = |rng: &mut dyn FnMut(u8) -> u8| char::from(b"ABDEFGHJLNPQRSTUWXYZ"[usize::from(rng(20))]);
    let mut below = |end: u8| rng.random_range(0..end);
    let district = 10 + below(89);
    let (unit, first, second) = (below(10), letter(&mut below), letter(&mut below));
    format!("ZE{district} {unit}{first}{second}")
}

fn nhs_number(rng: &mut impl Rng) -> String {
    loop {
        let number = format!("999{:07}", rng.random_range(0..10_000_000_u32));
        if NhsNumber::parse(&number).is_ok() {
            return number;
        }
    }
}

fn pupil_number(rng: &mut impl Rng) -> String {
    let digits = format!("{:012}", rng.random_range(0..1_000_000_000_000_u64));
    let numbers = ('A'..='Z').map(|letter| format!("{letter}{digits}"));
    numbers.into_iter().find(|number| Upn::parse(number).is_ok()).unwrap()
}
