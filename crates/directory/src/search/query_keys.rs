//! The keys to look up for a question.

use super::key::{KeyKind, SearchKey};
use super::nicknames::related;
use super::place::{Street, school_words};
use super::policy::Specific;
use super::sound::sounds;
use super::{Criteria, PostcodeQuery};
use crate::gender::Gender;
use crate::names::{joined_words, words};
use crate::partial_date::PartialDate;
use jiff::civil::Date;

/// The keys to look up, in groups: one group for each way of finding a child, one key for each spelling, nickname or
/// year in it. The candidates are those of all keys together; [`matches`](super::matches) then decides.
///
/// A question that uses a hidden field gets keys of the hideable tier only, so that a shielded child is not even fetched
/// (law 3). A question by number has no keys: the number itself is looked up.
#[must_use]
pub fn query_keys(specific: &Specific, today: Date) -> Vec<Vec<SearchKey>> {
    if specific.number().is_some() {
        return Vec::new();
    }
    let question = Question::of(specific.criteria(), today);
    let groups = if specific.uses_hidden_field() { question.hideable() } else { question.visible() };
    let mut looked_up = Vec::new();
    for mut group in groups {
        group.sort();
        group.dedup();
        if !group.is_empty() {
            looked_up.push(group);
        }
    }
    looked_up
}

/// A question by its sounds.
struct Question {
    /// Each name asked for, as a surname: its sounds.
    surnames: Vec<Vec<String>>,
    /// Each name asked for, as a forename: its sounds and those of related names.
    forenames: Vec<Vec<String>>,
    births: Vec<String>,
    years: Vec<String>,
    genders: Vec<&'static str>,
    postcode: Option<String>,
    area: Option<String>,
    street: Option<String>,
    school: Option<Vec<String>>,
}

impl Question {
    fn of(criteria: &Criteria, today: Date) -> Self {
        let names = criteria.names.as_ref().map_or("", |names| names.as_str());
        let mut asked = words(names);
        for joined in joined_words(names) {
            if !asked.contains(&joined) {
                asked.push(joined);
            }
        }
        Self {
            surnames: asked.iter().map(|name| sounds(name)).collect(),
            forenames: asked.iter().map(|name| forename_sounds(name)).collect(),
            births: criteria.date_of_birth.map_or_else(Vec::new, births),
            years: years(criteria, today),
            genders: match criteria.gender {
                Some(gender @ (Gender::Female | Gender::Male)) => {
                    vec![gender.code(), Gender::NotSpecified.code()]
                }
                _ => Vec::new(),
            },
            postcode: match &criteria.postcode {
                Some(PostcodeQuery::Full(postcode)) => Some(postcode.to_string()),
                _ => None,
            },
            area: criteria.postcode.as_ref().map(|postcode| postcode.area().to_owned()),
            street: criteria
                .street
                .as_ref()
                .and_then(|s| Street::parse(s.as_str()))
                .map(|street| street.sound()),
            school: criteria
                .school
                .as_ref()
                .map(|s| school_words(s.as_str()).iter().flat_map(|w| sounds(w)).collect()),
        }
    }

    fn visible(&self) -> Vec<Vec<SearchKey>> {
        let mut by_birth = Vec::new();
        let mut by_gender = Vec::new();
        for surname in self.surnames.iter().flatten() {
            by_birth.extend(
                self.births.iter().map(|born| SearchKey::new(KeyKind::SurnameBirth, &[surname, born])),
            );
            for gender in &self.genders {
                by_gender.extend(
                    self.years
                        .iter()
                        .map(|y| SearchKey::new(KeyKind::SurnameGenderYear, &[surname, gender, y])),
                );
            }
        }
        vec![by_birth, self.forename_birth(), self.both_names(), by_gender]
    }

    /// By forename and birth: finds the child whose surname was misheard. It needs a second name to tell by.
    fn forename_birth(&self) -> Vec<SearchKey> {
        let forenames = self.forenames.iter().flatten();
        forenames
            .flat_map(|forename| {
                self.births.iter().map(move |born| SearchKey::new(KeyKind::ForenameBirth, &[forename, born]))
            })
            .collect()
    }

    /// By both names and year: finds the child whose birthday was mistaken. The names may stand in any order.
    fn both_names(&self) -> Vec<SearchKey> {
        let mut keys = Vec::new();
        for (at, surnames) in self.surnames.iter().enumerate() {
            for (other, forenames) in self.forenames.iter().enumerate() {
                if at == other {
                    continue;
                }
                for (surname, forename) in surnames.iter().flat_map(|s| forenames.iter().map(move |f| (s, f)))
                {
                    keys.extend(self.years.iter().map(|year| {
                        SearchKey::new(KeyKind::SurnameForenameYear, &[surname, forename, year])
                    }));
                }
            }
        }
        keys
    }

    fn hideable(&self) -> Vec<Vec<SearchKey>> {
        let with = |kind: KeyKind, value: Option<&String>| -> Vec<SearchKey> {
            let surnames = self.surnames.iter().flatten();
            value.map_or_else(Vec::new, |v| surnames.map(|s| SearchKey::new(kind, &[s, v])).collect())
        };
        let postcode = with(KeyKind::SurnamePostcode, self.postcode.as_ref());
        let street = with(KeyKind::SurnameStreet, self.street.as_ref());
        let school =
            self.school.iter().flatten().flat_map(|word| with(KeyKind::SurnameSchool, Some(word))).collect();
        let mut by_area = Vec::new();
        let mut by_forename = Vec::new();
        if let Some(area) = &self.area {
            for surname in self.surnames.iter().flatten() {
                by_area.extend(
                    self.years.iter().map(|y| SearchKey::new(KeyKind::SurnameAreaYear, &[surname, area, y])),
                );
            }
            for forename in self.forenames.iter().flatten() {
                by_forename.extend(
                    self.births
                        .iter()
                        .map(|b| SearchKey::new(KeyKind::ForenameBirthArea, &[forename, b, area])),
                );
            }
        }
        vec![postcode, street, school, by_area, by_forename]
    }
}

fn forename_sounds(name: &str) -> Vec<String> {
    let mut all = sounds(name);
    all.extend(related(name).iter().flat_map(|name| sounds(name)));
    all.sort();
    all.dedup();
    all
}

/// A whole date is looked up as it is and as the month and the year it lies in, because records may hold only those. A
/// date known in part is looked up by its year.
fn births(born: PartialDate) -> Vec<String> {
    if born.whole().is_none() {
        return Vec::new();
    }
    let day = born.to_string();
    let month = day.get(..7).map(str::to_owned);
    let year = day.get(..4).map(str::to_owned);
    [Some(day), month, year].into_iter().flatten().collect()
}

/// The years of birth that fit the date or the ages.
fn years(criteria: &Criteria, today: Date) -> Vec<String> {
    if let Some(born) = criteria.date_of_birth {
        return vec![born.year().to_string()];
    }
    criteria.age.map_or_else(Vec::new, |band| {
        let oldest = today.year().saturating_sub(i16::from(band.to()) + 1);
        let youngest = today.year().saturating_sub(i16::from(band.from()));
        (oldest..=youngest).map(|year| year.to_string()).collect()
    })
}
