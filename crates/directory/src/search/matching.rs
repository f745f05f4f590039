//! Whether a child answers a question, judged by what the viewer may see of the child and by nothing else.

use super::closeness::{Closeness, forenames, surnames};
use super::place::{Street, school_answers, school_name};
use super::policy::Specific;
use crate::child_number::ChildNumber;
use crate::disclosure::{Disclosure, RecordView};
use crate::gender::Gender;
use crate::names::{is_particle, joined_words, surname_parts, words};
use crate::partial_date::PartialDate;
use crate::person_name::PersonName;
use crate::search::Criteria;
use jiff::civil::Date;

/// How well a child answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchQuality {
    /// For the order of the list: the higher the better. Only names and date of birth count, which show on every record.
    pub rank: u32,
    /// Why, where it is not simply the name and date asked for.
    pub why: Vec<Why>,
}

/// A reason why a child answers though not all is as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// By another name of the child.
    OtherName,
    /// By a nickname.
    Nickname,
    /// A name sounds alike.
    SoundsAlike,
    /// A name is spelt nearly so.
    Misspelt,
    /// By an initial.
    Initial,
    /// One of the names asked for is not on the record.
    NameMissing,
    /// The date of birth is nearly the one asked for.
    NearDate,
}

impl Why {
    /// In words for the result list.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::OtherName => "also known by this name",
            Self::Nickname => "short or pet form of the name",
            Self::SoundsAlike => "name sounds alike",
            Self::Misspelt => "name spelt nearly alike",
            Self::Initial => "same initial",
            Self::NameMissing => "one name not on the record",
            Self::NearDate => "date of birth nearly alike",
        }
    }
}

/// Whether the child answers. `disclosure` is what the viewer may see: a shielded child has no field that could answer
/// a question about a place, so such a question never finds one (law 3, rule 2.8).
#[must_use]
pub fn matches(specific: &Specific, disclosure: &Disclosure, today: Date) -> Option<MatchQuality> {
    match disclosure {
        Disclosure::Full(view) => {
            let mut names = vec![(&view.name.value, false)];
            names.extend(view.aliases.iter().map(|alias| (&alias.value, true)));
            let seen = Seen {
                number: &view.number,
                names,
                born: view.date_of_birth.as_ref().map(|born| born.value),
                gender: view.gender.as_ref().map_or(Gender::NotSpecified, |gender| gender.value),
            };
            if is_at(specific.criteria(), view) { seen.answers(specific, today) } else { None }
        }
        Disclosure::Shielded(_) if specific.uses_hidden_field() => None,
        Disclosure::Shielded(view) => {
            let names = vec![(&view.name, false)];
            let seen = Seen { number: &view.number, names, born: view.date_of_birth, gender: view.gender };
            seen.answers(specific, today)
        }
        // No search is made through an office, so nothing answers one.
        Disclosure::Special(_) | Disclosure::NotFound => None,
    }
}

/// Whether the places asked for are on the record.
fn is_at(criteria: &Criteria, view: &RecordView) -> bool {
    let address = view.whereabouts.as_ref().and_then(|whereabouts| whereabouts.value.address());
    let postcode = criteria.postcode.as_ref().is_none_or(|asked| {
        address.and_then(|address| address.postcode.as_ref()).is_some_and(|own| asked.covers(own))
    });
    let street = criteria.street.as_ref().is_none_or(|asked| {
        let own = address.and_then(Street::of_address);
        own.zip(Street::parse(asked.as_str())).is_some_and(|(own, asked)| own.answers(&asked))
    });
    let school = criteria.school.as_ref().is_none_or(|asked| {
        let mut schools = view.education.iter().filter_map(|education| school_name(&education.value.setting));
        schools.any(|own| school_answers(own, asked.as_str()))
    });
    postcode && street && school
}

/// The fields that show on every record.
struct Seen<'a> {
    number: &'a ChildNumber,
    /// Each name, and whether it is another than the one in use.
    names: Vec<(&'a PersonName, bool)>,
    born: Option<PartialDate>,
    gender: Gender,
}

impl Seen<'_> {
    fn answers(&self, specific: &Specific, today: Date) -> Option<MatchQuality> {
        let criteria = specific.criteria();
        if criteria.number.as_ref().is_some_and(|number| number != self.number) {
            return None;
        }
        let genders_agree = match criteria.gender {
            None | Some(Gender::NotSpecified) => true,
            Some(asked) => self.gender == asked || self.gender == Gender::NotSpecified,
        };
        let date = self.date_answers(criteria, today)?;
        if !genders_agree {
            return None;
        }
        let name = match &criteria.names {
            Some(asked) => self.name_answers(asked.as_str(), specific)?,
            None => NameAnswer::default(),
        };
        // A date that is only near needs both names to be sure of the child.
        if date == DateAnswer::Near && !(name.surname && name.forename) {
            return None;
        }
        let mut why = name.why;
        why.extend((date == DateAnswer::Near).then_some(Why::NearDate));
        why.sort();
        why.dedup();
        let exact_date = u32::from(date == DateAnswer::Same) * 50;
        Some(MatchQuality { rank: name.rank + exact_date, why })
    }

    fn date_answers(&self, criteria: &Criteria, today: Date) -> Option<DateAnswer> {
        if let Some(band) = criteria.age {
            let age = self.born?.age_on(today)?;
            if age.oldest() < band.from() || age.youngest() > band.to() {
                return None;
            }
        }
        let Some(asked) = criteria.date_of_birth else { return Some(DateAnswer::NotAsked) };
        let own = self.born?;
        if own.may_equal(asked) {
            return Some(DateAnswer::Same);
        }
        is_near(own, asked).then_some(DateAnswer::Near)
    }

    /// The best answer among the names.
    fn name_answers(&self, asked: &str, specific: &Specific) -> Option<NameAnswer> {
        let readings = [words(asked), joined_words(asked)];
        let all = self.names.iter().flat_map(|(name, other)| {
            readings.iter().filter_map(|reading| NameAnswer::of(reading, name, *other, specific))
        });
        all.max_by_key(|answer| answer.rank)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DateAnswer {
    NotAsked,
    Same,
    Near,
}

/// Day and month swapped, or one of day, month and year different.
fn is_near(own: PartialDate, asked: PartialDate) -> bool {
    let (Some(own), Some(asked)) = (own.whole(), asked.whole()) else { return false };
    let (year, month, day) =
        (own.year() == asked.year(), own.month() == asked.month(), own.day() == asked.day());
    let swapped = year && own.month() == asked.day() && own.day() == asked.month();
    swapped || [year, month, day].into_iter().filter(|same| *same).count() == 2
}

/// How one name answers.
#[derive(Debug, Default)]
struct NameAnswer {
    rank: u32,
    surname: bool,
    forename: bool,
    why: Vec<Why>,
}

impl NameAnswer {
    fn of(asked: &[String], name: &PersonName, other_name: bool, specific: &Specific) -> Option<Self> {
        let own_surnames = surname_parts(single(name.surname(), name.forenames()));
        let own_forenames = words(single(name.forenames(), name.surname()));
        let best = |word: &String, own: &[String], close: fn(&str, &str) -> Option<Closeness>| {
            own.iter().filter_map(|own| close(word, own)).max()
        };
        let pairs: Vec<(Option<Closeness>, Option<Closeness>)> = asked
            .iter()
            .map(|word| (best(word, &own_surnames, surnames), best(word, &own_forenames, forenames)))
            .collect();
        let unanswered =
            pairs.iter().zip(asked).filter(|(pair, word)| matches!(pair, (None, None)) && !is_particle(word));
        let missing = unanswered.count();
        // Of three names or more, one may be missing: a middle name the record does not have.
        if missing > usize::from(pairs.len() > 2) {
            return None;
        }
        let surname = pairs.iter().any(|(surname, _)| surname.is_some());
        let forename = pairs.iter().any(|(_, forename)| forename.is_some());
        let both = pairs.iter().enumerate().any(|(at, (surname, _))| {
            surname.is_some()
                && pairs.iter().enumerate().any(|(o, (_, forename))| o != at && forename.is_some())
        });
        let roles = (!specific.needs_surname() || surname)
            && (!specific.needs_forename() || if specific.needs_surname() { both } else { forename });
        if !roles {
            return None;
        }
        let closest: Vec<Closeness> = pairs.iter().filter_map(|(s, f)| (*s).max(*f)).collect();
        let mut why: Vec<Why> = closest.iter().filter_map(|close| reason(*close)).collect();
        why.extend((missing > 0).then_some(Why::NameMissing));
        why.extend(other_name.then_some(Why::OtherName));
        let sum: u32 = closest.iter().map(|close| points(*close)).sum();
        let count = u32::try_from(pairs.len()).unwrap_or(u32::MAX).max(1);
        let rank = (sum / count).saturating_sub(u32::from(other_name) * 5);
        Some(Self { rank, surname, forename: both || (forename && pairs.len() > 1), why })
    }
}

/// A single name stands for both halves.
const fn single<'a>(half: &'a str, other: &'a str) -> &'a str {
    if half.is_empty() { other } else { half }
}

const fn points(closeness: Closeness) -> u32 {
    match closeness {
        Closeness::Same => 100,
        Closeness::Nickname => 80,
        Closeness::SoundsAlike => 60,
        Closeness::Misspelt => 50,
        Closeness::Initial => 30,
    }
}

const fn reason(closeness: Closeness) -> Option<Why> {
    match closeness {
        Closeness::Same => None,
        Closeness::Nickname => Some(Why::Nickname),
        Closeness::SoundsAlike => Some(Why::SoundsAlike),
        Closeness::Misspelt => Some(Why::Misspelt),
        Closeness::Initial => Some(Why::Initial),
    }
}
