//! The lists carried in the crate (`data/README.md` says where they come from).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::PopulationError;
use crate::chance::Chance;
use crate::names::spelling::title_case;

/// Words with frequencies, to pick by.
#[derive(Debug, Default)]
pub(crate) struct Frequencies {
    words: Vec<Arc<str>>,
    /// The sum of the counts up to and including the word at the same place.
    sums: Vec<u32>,
}

impl Frequencies {
    fn add(&mut self, word: &str, count: u32) {
        let before = self.sums.last().copied().unwrap_or(0);
        self.words.push(Arc::from(word));
        self.sums.push(before.saturating_add(count));
    }

    /// A word, as often as its count says.
    pub(crate) fn pick(&self, chance: &mut Chance) -> Arc<str> {
        let at = chance.below(self.sums.last().copied().unwrap_or(0));
        let place = self.sums.partition_point(|sum| *sum <= at);
        self.words.get(place).cloned().unwrap_or_else(|| Arc::from(""))
    }
}

/// A local authority of England.
#[derive(Debug)]
pub(crate) struct Authority {
    pub(crate) code: &'static str,
    pub(crate) name: String,
    pub(crate) people: u32,
    /// Postcode sectors such as `BL1 2`.
    pub(crate) sectors: Vec<&'static str>,
}

/// Everything the crate knows of the real world.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) girls: Frequencies,
    pub(crate) boys: Frequencies,
    pub(crate) surnames: Frequencies,
    /// Nicknames by lower-case forename.
    pub(crate) nicknames: BTreeMap<&'static str, Vec<&'static str>>,
    pub(crate) authorities: Vec<Authority>,
}

const FORENAMES: &str = include_str!("../data/forenames.csv");
const SURNAMES: &str = include_str!("../data/surnames.csv");
const NICKNAMES: &str = include_str!("../data/nicknames.csv");
const AUTHORITIES: &str = include_str!("../data/local_authorities.csv");
const SECTORS: &str = include_str!("../data/postcode_sectors.csv");

impl Facts {
    pub(crate) fn read() -> Result<Facts, PopulationError> {
        let (girls, boys) = forenames()?;
        Ok(Facts { girls, boys, surnames: surnames()?, nicknames: nicknames()?, authorities: authorities()? })
    }
}

/// The rows after the heading, each with its line number.
fn rows(list: &'static str) -> impl Iterator<Item = (usize, &'static str)> {
    list.lines().enumerate().skip(1).map(|(index, row)| (index + 1, row))
}

fn forenames() -> Result<(Frequencies, Frequencies), PopulationError> {
    let (mut girls, mut boys) = (Frequencies::default(), Frequencies::default());
    for (line, row) in rows(FORENAMES) {
        let damaged = PopulationError::Facts { list: "forenames.csv", line };
        let mut cells = row.split(',');
        let (Some(name), Some(sex), Some(Ok(count))) =
            (cells.next(), cells.next(), cells.next().map(str::parse))
        else {
            return Err(damaged);
        };
        match sex {
            "F" => girls.add(&title_case(name), count),
            "M" => boys.add(&title_case(name), count),
            _ => return Err(damaged),
        }
    }
    Ok((girls, boys))
}

fn surnames() -> Result<Frequencies, PopulationError> {
    let mut surnames = Frequencies::default();
    for (line, row) in rows(SURNAMES) {
        let (name, count) = row
            .split_once(',')
            .and_then(|(name, count)| Some((name, count.parse().ok()?)))
            .ok_or(PopulationError::Facts { list: "surnames.csv", line })?;
        surnames.add(&title_case(name), count);
    }
    Ok(surnames)
}

fn nicknames() -> Result<BTreeMap<&'static str, Vec<&'static str>>, PopulationError> {
    let mut nicknames = BTreeMap::<_, Vec<_>>::new();
    for (line, row) in rows(NICKNAMES) {
        let (name, nickname) =
            row.split_once(',').ok_or(PopulationError::Facts { list: "nicknames.csv", line })?;
        nicknames.entry(name).or_default().push(nickname);
    }
    Ok(nicknames)
}

fn authorities() -> Result<Vec<Authority>, PopulationError> {
    let mut sectors = BTreeMap::<_, Vec<_>>::new();
    for (line, row) in rows(SECTORS) {
        let (code, sector) =
            row.split_once(',').ok_or(PopulationError::Facts { list: "postcode_sectors.csv", line })?;
        sectors.entry(code).or_default().push(sector);
    }
    let mut authorities = Vec::new();
    for (line, row) in rows(AUTHORITIES) {
        // A name may hold a comma and is then quoted, so the row is read from both ends.
        let (code, name, people) = row
            .split_once(',')
            .and_then(|(code, rest)| rest.rsplit_once(',').map(|(name, people)| (code, name, people)))
            .and_then(|(code, name, people)| Some((code, name.trim_matches('"'), people.parse().ok()?)))
            .ok_or(PopulationError::Facts { list: "local_authorities.csv", line })?;
        // Nobody is invented where no postcode is known (the Isles of Scilly).
        if let Some(sectors) = sectors.remove(code) {
            authorities.push(Authority { code, name: name.to_owned(), people, sectors });
        }
    }
    Ok(authorities)
}
