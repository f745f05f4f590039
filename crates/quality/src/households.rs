//! Carers who contradict themselves from row to row, in bounded memory: a hash of name and telephone, what they are to the child,
//! and when it was born. Families are as they are, so they are counted for the file and no row is blamed.

use feeds::RowValues;

use crate::keys::{hash, is_in, one_in};
use crate::profile::Profile;

/// Rows kept of carers; about 80 MB. Above it a fixed share of the carers is looked at and the rest estimated.
const MOST: usize = 4_000_000;
/// Days of nine months. Who is born so soon after another, and not on the same or the next day as a twin is, has another mother.
const NINE_MONTHS: i32 = 270;

/// What matters of a relationship.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Relation {
    Mother,
    Father,
    Other,
}

/// A hash in two halves, the day of birth of the child since 1970 where it is known, and the relationship.
type Told = (u32, u32, Option<i32>, Relation);

/// The columns of one carer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CarerSlots {
    forenames: usize,
    surname: usize,
    relationship: usize,
    telephone: usize,
}

impl CarerSlots {
    /// Of every carer of whom the profile has all that is compared.
    pub(crate) fn of(profile: &Profile) -> Vec<Self> {
        let carer = |nth: usize| {
            let at = |part: &str| profile.meaning(&format!("carer_{nth}_{part}"));
            Some(Self {
                forenames: at("forenames")?,
                surname: at("surname")?,
                relationship: at("relationship")?,
                telephone: at("telephone")?,
            })
        };
        (1..=4).filter_map(carer).collect()
    }

    /// Who it is, as one text; none where the name or the telephone is not known.
    fn who(&self, values: &RowValues) -> Option<String> {
        let [forenames, surname] = [self.forenames, self.surname].map(|at| values.get(at).to_lowercase());
        let digits: String = values.get(self.telephone).chars().filter(char::is_ascii_digit).collect();
        // The same number is written with and without the code of the country.
        let number = digits.len().checked_sub(9).and_then(|from| digits.get(from..))?;
        (!forenames.is_empty() && !surname.is_empty()).then(|| format!("{forenames}\n{surname}\n{number}"))
    }
}

/// What the carers of a file say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct CarersTold {
    shift: u8,
    told: Vec<Told>,
}

/// Carers whose rows contradict one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Households {
    /// Carers, by name and telephone, who stand in several rows.
    pub carers: u64,
    /// Of them those who are the mother in one row and the father in another.
    pub mother_and_father: u64,
    /// Births of one mother within nine months of another, which are no twins'.
    pub births_too_close: u64,
    /// Of one in so many carers all rows were looked at; 1: of all. The counts are multiplied by it.
    pub one_in: u64,
}

impl CarersTold {
    /// Without rows, for the same share of carers.
    pub(crate) fn blank(&self) -> Self {
        Self { shift: self.shift, told: Vec::new() }
    }

    /// Takes a row. `born` is the child's whole day of birth, in days since 1970.
    pub(crate) fn take(&mut self, carers: &[CarerSlots], values: &RowValues, born: Option<i32>) {
        for carer in carers {
            let Some(hash) = carer.who(values).map(|who| hash(&who)) else { continue };
            if is_in(hash, self.shift) {
                let relation = match values.get(carer.relationship) {
                    "mother" => Relation::Mother,
                    "father" => Relation::Father,
                    _ => Relation::Other,
                };
                self.told.push(((hash >> 32) as u32, hash as u32, born, relation));
            }
        }
        self.settle();
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.shift = self.shift.max(other.shift);
        self.told.extend(other.told);
        if self.shift > 0 {
            self.narrow();
        }
        self.settle();
    }

    fn settle(&mut self) {
        while self.told.len() > MOST {
            self.shift += 1;
            self.narrow();
        }
    }

    fn narrow(&mut self) {
        let shift = self.shift;
        self.told.retain(|(high, low, ..)| is_in(u64::from(*high) << 32 | u64::from(*low), shift));
    }

    /// What was found; none where no carer stands in several rows: it was not measured.
    pub(crate) fn tell(mut self) -> Option<Households> {
        let one_in = one_in(self.shift);
        rayon::slice::ParallelSliceMut::par_sort_unstable(self.told.as_mut_slice());
        let mut found = Households { carers: 0, mother_and_father: 0, births_too_close: 0, one_in };
        for rows in self.told.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).filter(|rows| rows.len() > 1) {
            let is = |relation: Relation| rows.iter().any(|row| row.3 == relation);
            found.carers += one_in;
            found.mother_and_father += one_in * u64::from(is(Relation::Mother) && is(Relation::Father));
            found.births_too_close += one_in * births_too_close(rows);
        }
        (found.carers > 0).then_some(found)
    }
}

/// The rows of a carer are in the order of the births.
fn births_too_close(rows: &[Told]) -> u64 {
    let births: Vec<i32> =
        rows.iter().filter(|row| row.3 == Relation::Mother).filter_map(|row| row.2).collect();
    let gaps = births.iter().zip(births.iter().skip(1)).map(|(earlier, later)| later - earlier);
    gaps.filter(|days| (2..NINE_MONTHS).contains(days)).count() as u64
}
