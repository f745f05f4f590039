//! The name as a source has it.

use std::sync::Arc;

use super::View;
use crate::Source;
use crate::distort;
use crate::names::Sex;
use crate::names::spelling::{title_case, without_marks};
use crate::names::spellings::ARABIC;
use crate::names::tables::Custom;
use crate::rates::Cause;
use crate::truth::NamingPattern;

/// Forenames and surname.
type Name = (String, String);

/// The name and the aliases: (forenames, surname, aliases).
pub(super) fn observe(view: &mut View<'_>) -> (String, String, Vec<Name>) {
    let (surname, other) = surname(view);
    let mut forenames = forenames(view);
    let mut surname = surname.to_string();
    by_custom(view, &mut forenames, &mut surname);
    spelling(view, &mut forenames, &mut surname);
    nickname(view, &mut forenames);
    if let Some(first) = forenames.first_mut() {
        slips(view, first, "forenames");
    }
    slips(view, &mut surname, "surname");
    let mut forenames = forenames.join(" ");
    let aliases = aliases(view, &forenames, other);
    if view.strikes(Cause::NamesSwapped) {
        std::mem::swap(&mut forenames, &mut surname);
    }
    (forenames, surname, aliases)
}

/// The surname on the day, and another the child has.
fn surname(view: &mut View<'_>) -> (Arc<str>, Option<Arc<str>>) {
    let child = view.child;
    let mut other = None;
    if let Some((former, changed)) = &child.former_surname {
        if view.seen < *changed || view.chance.happens(Cause::SurnameFormer.rate(view.source)) {
            view.note(Cause::SurnameFormer, None);
            // A source that was not told of the change knows no other name.
            return (former.clone(), None);
        }
        other = Some(former.clone());
    }
    if let Some(known_as) = &child.known_as {
        if view.strikes(Cause::SurnameKnownAs) {
            return (known_as.clone(), Some(child.surname.clone()));
        }
        other = Some(known_as.clone());
    }
    (child.surname.clone(), other)
}

/// The forenames, first and others, as many as the source keeps.
fn forenames(view: &mut View<'_>) -> Vec<String> {
    let child = view.child;
    let age = view.seen.since(child.born);
    let still_baby = !child.forenames.is_empty()
        && age < 730
        && view.chance.happens(Cause::BabyName.rate(view.source))
        && child.custom != Custom::One;
    if child.forenames.is_empty() || still_baby {
        view.note(Cause::BabyName, None);
        let of_sex = if child.sex == Sex::Girl { "Baby Girl" } else { "Baby Boy" };
        return vec![view.chance.word(&["Baby", "Baby", "Baby", of_sex, "Infant"]).to_owned()];
    }
    let mut forenames: Vec<String> = child.forenames.iter().map(|name| name.to_string()).collect();
    if forenames.len() > 1 && child.custom != Custom::FatherAndGrandfather {
        if view.strikes(Cause::MiddleDropped) {
            forenames.truncate(1);
        } else if view.strikes(Cause::MiddleInitials) {
            for middle in forenames.iter_mut().skip(1) {
                *middle = middle.chars().take(1).collect();
            }
        }
    }
    forenames
}

/// What sources make of names that are not forenames and one family name.
fn by_custom(view: &mut View<'_>, forenames: &mut Vec<String>, surname: &mut String) {
    let mark = if surname.contains('-') { '-' } else { ' ' };
    let custom = view.child.custom;
    match custom {
        Custom::Joined | Custom::TwoFamilyNames if surname.contains(mark) => {
            if view.strikes(Cause::SurnamePart) {
                let last = view.child.custom == Custom::Joined && view.chance.below(2) == 0;
                let part = if last { surname.rsplit(mark).next() } else { surname.split(mark).next() };
                *surname = part.unwrap_or("").to_owned();
            } else if view.strikes(Cause::HyphenLost) {
                *surname = surname.replace(mark, if mark == '-' { " " } else { "-" });
            }
        }
        Custom::FatherAndGrandfather if forenames.len() == 2 && view.strikes(Cause::LastNameOther) => {
            let father = forenames.pop().unwrap_or_default();
            *surname = if view.chance.below(3) == 0 { format!("{father} {surname}") } else { father };
        }
        Custom::One if surname.is_empty() && view.strikes(Cause::SingleNamePlaced) => {
            *surname = forenames.first().cloned().unwrap_or_default();
            if view.chance.below(3) > 0 {
                forenames.clear();
            }
        }
        _ => {}
    }
}

/// Other spellings, other letters, or none of the marks.
fn spelling(view: &mut View<'_>, forenames: &mut [String], surname: &mut String) {
    if !matches!(view.child.pattern, NamingPattern::CommonEnglish | NamingPattern::Hyphenated) {
        let bears = matches!(view.child.pattern, NamingPattern::Transliterated | NamingPattern::Patronymic);
        if bears && !forenames.is_empty() && script(view, forenames, surname) {
            return;
        }
        for name in forenames.iter_mut() {
            if bears {
                respell(view, name, "forenames");
            }
            lose_marks(view, name);
        }
        if bears {
            respell(view, surname, "surname");
        }
        lose_marks(view, surname);
    }
}

/// The whole name in Arabic letters, if the table has them.
fn script(view: &mut View<'_>, forenames: &mut [String], surname: &mut String) -> bool {
    let arabic = |name: &str| ARABIC.iter().find(|(latin, _)| *latin == name).map(|(_, arabic)| *arabic);
    let written: Option<Vec<_>> = forenames.iter().map(|name| arabic(name)).collect();
    let (Some(written), Some(family)) = (written, arabic(surname)) else { return false };
    if !view.strikes(Cause::NativeScript) {
        return false;
    }
    for (name, arabic) in forenames.iter_mut().zip(written) {
        arabic.clone_into(name);
    }
    family.clone_into(surname);
    true
}

fn respell(view: &mut View<'_>, name: &mut String, field: &'static str) {
    let Some(spellings) = view.world.spellings.of(name) else { return };
    if view.chance.happens(Cause::Transliteration.rate(view.source)) {
        let others: Vec<_> = spellings.iter().filter(|other| **other != *name).collect();
        if let Some(other) = view.chance.pick(&others) {
            (**other).clone_into(name);
            view.note(Cause::Transliteration, Some(field));
        }
    }
}

fn lose_marks(view: &mut View<'_>, name: &mut String) {
    if !name.is_ascii() && view.strikes(Cause::MarksLost) {
        *name = without_marks(name);
    }
}

/// A short form of the first forename.
fn nickname(view: &mut View<'_>, forenames: &mut Vec<String>) {
    let Some(first) = forenames.first_mut() else { return };
    let Some(nicknames) = view.world.facts.nicknames.get(first.to_lowercase().as_str()) else { return };
    if view.strikes(Cause::Nickname) {
        let short = view.chance.word(nicknames);
        *first = title_case(short);
        // Who writes Lizzie does not write Lizzie Margaret.
        forenames.truncate(1);
    }
}

type Slip = fn(&mut crate::chance::Chance, &str) -> Option<String>;

const SLIPS: [(Cause, Slip); 4] = [
    (Cause::Typing, distort::typing),
    (Cause::Keyboard, distort::keyboard),
    (Cause::Ocr, distort::ocr),
    (Cause::Phonetic, distort::phonetic),
];

/// Slips of hand, key, scanner and ear.
fn slips(view: &mut View<'_>, word: &mut String, field: &'static str) {
    for (cause, slip) in SLIPS {
        if view.chance.happens(cause.rate(view.source))
            && let Some(wrong) = slip(&mut view.chance, word)
        {
            *word = wrong;
            view.note(cause, Some(field));
        }
    }
}

/// The other name, where the source keeps aliases and gives it.
fn aliases(view: &mut View<'_>, forenames: &str, other: Option<Arc<str>>) -> Vec<Name> {
    let keeps = !matches!(view.source, Source::GroBirths | Source::DwpChildBenefit);
    let given = other.filter(|_| keeps && view.chance.happens(Cause::AliasGiven.rate(view.source)));
    given.map(|surname| (forenames.to_owned(), surname.to_string())).into_iter().collect()
}
