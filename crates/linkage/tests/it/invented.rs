//! An invented town for tests of training: families in two registers, with mistakes. The same seed gives the same town.

use linkage::batch::Table;

/// Chance, the same on any machine (SplitMix64).
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ (x >> 31)) % bound as u64) as usize
    }

    pub fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }
}

const SYLLABLES: &[&str] = &[
    "ba", "ren", "tol", "mi", "ka", "dor", "li", "sen", "vo", "har", "ni", "pel", "ru", "gan", "fe", "wit",
    "ja", "mor",
];

/// A word of three syllables; low numbers are common.
pub fn word(number: usize) -> String {
    let part = |n: usize| SYLLABLES[n % SYLLABLES.len()];
    let text = format!("{}{}{}", part(number), part(number / 18 + number * 7), part(number / 5 + 11));
    text[..1].to_uppercase() + &text[1..]
}

/// Skewed: few values are common, many rare.
fn skewed(chance: &mut Chance, most: usize) -> usize {
    let a = chance.below(most);
    a * chance.below(most) / most
}

#[derive(Clone)]
pub struct Child {
    pub family: usize,
    pub forename: String,
    pub surname: String,
    pub born: (usize, usize, usize),
    pub gender: &'static str,
    pub postcode: String,
    pub address: String,
}

/// Families of one to three children; in every twentieth two of them are twins.
pub fn children(families: usize, seed: u64) -> Vec<Child> {
    let mut chance = Chance(seed);
    let mut all = Vec::new();
    for family in 0..families {
        let surname = word(1000 + skewed(&mut chance, 900));
        let (postcode, address) = home(&mut chance);
        let mut born = birth(&mut chance);
        for number in 0..1 + chance.below(3) {
            let twin = number == 1 && family % 20 == 0;
            if number > 0 && !twin {
                born = birth(&mut chance);
            }
            // Nobody names two children alike.
            let forename = loop {
                let name = word(skewed(&mut chance, 300));
                let of_family = all.iter().rev().take_while(|other: &&Child| other.family == family);
                if of_family.into_iter().all(|other| other.forename[..2] != name[..2]) {
                    break name;
                }
            };
            all.push(Child {
                family,
                forename,
                surname: surname.clone(),
                born,
                gender: ["F", "M"][chance.below(2)],
                postcode: postcode.clone(),
                address: address.clone(),
            });
        }
    }
    all
}

fn birth(chance: &mut Chance) -> (usize, usize, usize) {
    (2006 + chance.below(16), 1 + chance.below(12), 1 + chance.below(28))
}

fn home(chance: &mut Chance) -> (String, String) {
    let letters = |n: usize| char::from(b"ABDEFGHJLN"[n % 10]);
    let postcode = format!(
        "LS{} {}{}{}",
        1 + chance.below(20),
        chance.below(9),
        letters(chance.below(10)),
        letters(chance.below(10))
    );
    (postcode, format!("{} {} Street", 1 + chance.below(90), word(2000 + chance.below(200))))
}

pub const COLUMNS: [&str; 7] =
    ["record_id", "forenames", "surname", "date_of_birth", "gender", "postcode", "address_line_1"];

pub fn row(id: usize, child: &Child) -> [String; 7] {
    let (year, month, day) = child.born;
    [
        id.to_string(),
        child.forename.clone(),
        child.surname.clone(),
        format!("{year}-{month:02}-{day:02}"),
        child.gender.to_owned(),
        child.postcode.clone(),
        child.address.clone(),
    ]
}

/// The child as a second register has it: one in ten moved, a few with a slip in the birth date, the name or the sex.
pub fn seen_again(child: &Child, chance: &mut Chance) -> Child {
    let mut seen = child.clone();
    if chance.percent(10) {
        (seen.postcode, seen.address) = home(chance);
    }
    if chance.percent(3) {
        seen.born.2 = 1 + (seen.born.2 + 9) % 28;
    }
    if chance.percent(4) {
        seen.forename.remove(1 + chance.below(3));
    }
    if chance.percent(3) {
        seen.surname.push('s');
    }
    if chance.percent(1) {
        seen.gender = if seen.gender == "F" { "M" } else { "F" };
    }
    seen
}

/// Two registers of a town, and the number of the child of every record, register after register. Nine of ten children are in each.
pub fn registers(all: &[Child], seed: u64) -> ([Table; 2], Vec<Option<u32>>) {
    let mut chance = Chance(seed);
    let mut tables = [Table::new(COLUMNS), Table::new(COLUMNS)];
    let mut persons = [Vec::new(), Vec::new()];
    for (number, child) in all.iter().enumerate() {
        for (register, (table, persons)) in tables.iter_mut().zip(&mut persons).enumerate() {
            let seen = if register == 0 { child.clone() } else { seen_again(child, &mut chance) };
            if chance.percent(90) {
                table.push_row(row(persons.len(), &seen));
                persons.push(Some(number as u32));
            }
        }
    }
    (tables, persons.concat())
}
