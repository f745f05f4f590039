//! How the people of the invented England are named.

pub(crate) mod spelling;
pub(crate) mod spellings;
pub(crate) mod tables;

use std::sync::Arc;

use crate::chance::Chance;
use crate::facts::Facts;
use tables::{Custom, ENGLISH, PEOPLES, People, RARE_FIRST, RARE_LAST};

/// Families in 100,000 of those named from the lists whose family name the list leaves out as rare.
const RARE_SURNAMES: u32 = 14_000;

/// Married or same-named mothers in 100,000.
const MOTHER_SHARES_SURNAME: u32 = 58_000;

/// Families in 100,000 in which children named from the lists bear the mother's family name.
const MOTHERS_SURNAME: u32 = 15_000;

/// The sex recorded at birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sex {
    Girl,
    Boy,
}

impl Sex {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Sex::Girl => "F",
            Sex::Boy => "M",
        }
    }

    pub(crate) fn other(self) -> Sex {
        match self {
            Sex::Girl => Sex::Boy,
            Sex::Boy => Sex::Girl,
        }
    }
}

/// A grown-up's name.
#[derive(Clone, Debug)]
pub(crate) struct AdultName {
    pub(crate) forename: Arc<str>,
    /// Empty for bearers of one name.
    pub(crate) surname: Arc<str>,
}

/// A couple's names and what they hand on.
#[derive(Clone, Debug)]
pub(crate) struct Couple {
    pub(crate) people: &'static People,
    pub(crate) mother: AdultName,
    pub(crate) father: AdultName,
    mothers_surname: bool,
}

pub(crate) fn pick_people(chance: &mut Chance) -> &'static People {
    let mut left = chance.below(1000);
    for people in PEOPLES {
        match left.checked_sub(people.per_thousand) {
            Some(less) => left = less,
            None => return people,
        }
    }
    // The shares sum to a thousand (tested), so this is not reached.
    &ENGLISH
}

impl Couple {
    pub(crate) fn new(facts: &Facts, chance: &mut Chance) -> Couple {
        let people = pick_people(chance);
        let father = adult(facts, chance, people, Sex::Boy);
        let mut mother = adult(facts, chance, people, Sex::Girl);
        let shares = matches!(people.custom, Custom::Lists | Custom::FamilyName | Custom::FamilyNameBySex);
        if shares && chance.happens(MOTHER_SHARES_SURNAME) {
            mother.surname = for_sex(people, &father.surname, Sex::Girl);
        }
        let mothers_surname = people.custom == Custom::Lists && chance.happens(MOTHERS_SURNAME);
        Couple { people, mother, father, mothers_surname }
    }

    /// The couple of the same mother with another father of her people.
    pub(crate) fn with_other_father(&self, facts: &Facts, chance: &mut Chance) -> Couple {
        Couple { father: adult(facts, chance, self.people, Sex::Boy), ..self.clone() }
    }

    /// The family name of their child.
    pub(crate) fn surname(&self, sex: Sex) -> Arc<str> {
        let (mother, father) = (&self.mother, &self.father);
        match self.people.custom {
            Custom::Lists if self.mothers_surname => mother.surname.clone(),
            Custom::Lists => father.surname.clone(),
            Custom::Joined => format!("{}-{}", mother.surname, father.surname).into(),
            Custom::TwoFamilyNames => {
                let first = |name: &str| name.split(' ').next().unwrap_or("").to_owned();
                format!("{} {}", first(&father.surname), first(&mother.surname)).into()
            }
            Custom::FamilyName | Custom::FamilyNameBySex => for_sex(self.people, &father.surname, sex),
            // A grown-up's "surname" here is the father's given name, so the child's grandfather's.
            Custom::FatherAndGrandfather => father.surname.clone(),
            Custom::Father => father.forename.clone(),
            Custom::FatherWithEnding => match sex {
                Sex::Girl => format!("{}sdóttir", father.forename).into(),
                Sex::Boy => format!("{}sson", father.forename).into(),
            },
            Custom::One => Arc::from(""),
        }
    }

    /// The forenames of their child: none of the first names already `taken`.
    pub(crate) fn forenames(
        &self,
        facts: &Facts,
        chance: &mut Chance,
        sex: Sex,
        taken: &[Arc<str>],
    ) -> Vec<Arc<str>> {
        let mut first = given(facts, chance, self.people, sex);
        for _ in 0..20 {
            if !taken.contains(&first) {
                break;
            }
            first = given(facts, chance, self.people, sex);
        }
        let mut forenames = vec![first];
        match self.people.custom {
            Custom::FatherAndGrandfather => forenames.push(self.father.forename.clone()),
            Custom::One | Custom::Father | Custom::FatherWithEnding => {}
            Custom::Lists | Custom::Joined => {
                let more = chance.weighted(&[(0, 22), (1, 61), (2, 17)]).copied().unwrap_or(0);
                for _ in 0..more {
                    let middle = given(facts, chance, self.people, sex);
                    if !forenames.contains(&middle) {
                        forenames.push(middle);
                    }
                }
            }
            Custom::FamilyName | Custom::FamilyNameBySex | Custom::TwoFamilyNames => {
                if chance.happens(30_000) {
                    let middle = given(facts, chance, self.people, sex);
                    if !forenames.contains(&middle) {
                        forenames.push(middle);
                    }
                }
            }
        }
        forenames
    }
}

/// A given name of a people.
fn given(facts: &Facts, chance: &mut Chance, people: &People, sex: Sex) -> Arc<str> {
    let (own, listed) = match sex {
        Sex::Girl => (people.girls, &facts.girls),
        Sex::Boy => (people.boys, &facts.boys),
    };
    if own.is_empty() { listed.pick(chance) } else { Arc::from(chance.word(own)) }
}

/// A grown-up of a people.
pub(crate) fn adult(facts: &Facts, chance: &mut Chance, people: &'static People, sex: Sex) -> AdultName {
    let forename = given(facts, chance, people, sex);
    let surname = match people.custom {
        Custom::Lists | Custom::Joined => listed_surname(facts, chance),
        Custom::TwoFamilyNames => {
            format!("{} {}", chance.word(people.family), chance.word(people.family)).into()
        }
        Custom::FamilyName | Custom::FamilyNameBySex => {
            let name = chance.word(people.family);
            for_sex(people, name, sex)
        }
        Custom::FatherAndGrandfather | Custom::Father => given(facts, chance, people, Sex::Boy),
        Custom::FatherWithEnding => {
            let ending = if sex == Sex::Girl { "sdóttir" } else { "sson" };
            format!("{}{ending}", chance.word(people.boys)).into()
        }
        Custom::One => Arc::from(""),
    };
    AdultName { forename, surname }
}

/// A family name as frequent as in life; some are too rare for the list and made of syllables.
pub(crate) fn listed_surname(facts: &Facts, chance: &mut Chance) -> Arc<str> {
    if chance.happens(RARE_SURNAMES) {
        format!("{}{}", chance.word(RARE_FIRST), chance.word(RARE_LAST)).into()
    } else {
        facts.surnames.pick(chance)
    }
}

/// The form of a family name that a bearer of that sex has.
fn for_sex(people: &People, surname: &str, sex: Sex) -> Arc<str> {
    if sex == Sex::Boy || people.family_girls.is_empty() {
        return Arc::from(surname);
    }
    let at = people.family.iter().position(|name| *name == surname);
    Arc::from(at.and_then(|at| people.family_girls.get(at)).copied().unwrap_or(surname))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::spellings::SPELLINGS;
    use super::*;

    #[test]
    fn the_peoples_share_a_thousand_families() {
        assert_eq!(PEOPLES.iter().map(|people| people.per_thousand).sum::<u32>(), 1000);
    }

    #[test]
    fn names_by_sex_have_a_form_for_each() {
        for people in PEOPLES.iter().filter(|people| !people.family_girls.is_empty()) {
            assert_eq!(people.family.len(), people.family_girls.len());
        }
    }

    #[test]
    fn each_spelling_belongs_to_one_name() {
        let all: Vec<_> = SPELLINGS.iter().flat_map(|group| group.iter()).collect();
        let distinct: BTreeSet<_> = all.iter().collect();
        assert_eq!(all.len(), distinct.len());
    }
}
