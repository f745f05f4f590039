//! The words of the pages about which records are one child, and two records put side by side.

use directory::disclosure::{Disclosure, RecordView};
use directory::{ChildNumber, MatchBasis, Setting, Sourced};
use service::{JoinError, JoiningKind, PartRecord};

use super::record_content::address_lines;
use crate::dates;
use crate::error::WebError;
use crate::form::Faults;
use crate::state::AppState;
use crate::words::Choice;

/// The bases there are, for a form.
pub(super) fn bases() -> Vec<Choice> {
    MatchBasis::ALL.iter().map(|one| Choice { code: one.code(), words: basis(*one).to_owned() }).collect()
}

pub(super) fn basis(basis: MatchBasis) -> &'static str {
    match basis {
        MatchBasis::SourceConfirmed => "The source said so",
        MatchBasis::PractitionerConfirmed => "A practitioner who works with the child said so",
        MatchBasis::FamilyConfirmed => "The family said so",
        MatchBasis::RecordsCompared => "The records themselves show it",
    }
}

pub(super) fn kind(kind: JoiningKind) -> &'static str {
    match kind {
        JoiningKind::Join => "Two records joined",
        JoiningKind::TakeApart => "A record taken apart",
        JoiningKind::KeepApart => "Two records kept apart",
        JoiningKind::Confirm => "A link confirmed",
        JoiningKind::Undo => "An act undone",
    }
}

/// The basis that was chosen.
pub(super) fn read_basis(code: &str, faults: &mut Faults) -> Option<MatchBasis> {
    let basis = MatchBasis::from_code(code);
    if basis.is_none() {
        faults.add("basis", "Select on what you decide");
    }
    basis
}

/// A child number that was typed.
pub(super) fn read_number(field: &'static str, text: &str, faults: &mut Faults) -> Option<ChildNumber> {
    let number = ChildNumber::parse(text).ok();
    if number.is_none() {
        faults.add(field, "Enter a child number as it stands on the child’s record");
    }
    number
}

/// What a step that was not taken says beside the form; the error itself when a page of its own says it.
pub(super) fn beside(error: JoinError) -> Result<String, WebError> {
    Ok(match error {
        JoinError::Forbidden => return Err(WebError::Forbidden),
        JoinError::NotFound => return Err(WebError::NotFound),
        JoinError::StepUpFirst(first) => return Err(first.into()),
        JoinError::Service(fault) => return Err(fault.into()),
        JoinError::SameRecord => "Both numbers are of one record already. Check the second number".to_owned(),
        JoinError::KeptApart => {
            "Somebody decided that these two are kept apart. Undo that first, on the list of what was done"
                .to_owned()
        }
        JoinError::OwnFamily => {
            "A record has your own surname or address. Ask a colleague to decide about it".to_owned()
        }
        JoinError::NotAPart => {
            "Select the source records of the other child, and leave at least one".to_owned()
        }
        JoinError::Confirmed => "This link is confirmed already".to_owned(),
        JoinError::Undone => "This was undone already".to_owned(),
        JoinError::InTheWay { kind, reference, .. } => {
            format!("Undo “{}” with the reference {reference} first: it came later", self::kind(kind))
        }
        JoinError::OnePerson => "Another person than who asked or proposed decides this".to_owned(),
        JoinError::ProposerMayNot(_) => "Who proposed this may not any more. Propose it anew".to_owned(),
        JoinError::Moment => "This was settled meanwhile. Look at it again".to_owned(),
        JoinError::Changed => "Somebody else changed this at the same moment. Look at it again".to_owned(),
    })
}

/// One fact of two records.
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) one: Vec<String>,
    pub(super) other: Vec<String>,
    pub(super) differs: bool,
}

/// Two records fact by fact, each value with the source that says it; nothing for a number that shows nothing.
pub(super) fn side_by_side(state: &AppState, one: &Disclosure, other: &Disclosure) -> Option<Vec<Fact>> {
    let (one, other) = (facts(state, one)?, facts(state, other)?);
    let fact = |(label, one): (&'static str, Vec<Said>), other: Vec<Said>| {
        let values = |said: &[Said]| {
            let mut values: Vec<String> = said.iter().map(|said| said.value.to_lowercase()).collect();
            values.sort();
            values
        };
        let differs = values(&one) != values(&other);
        let words = |said: Vec<Said>| said.into_iter().map(Said::words).collect();
        Fact { label, differs, one: words(one), other: words(other) }
    };
    Some(one.into_iter().zip(other).map(|(one, (_, other))| fact(one, other)).collect())
}

struct Said {
    value: String,
    source: Option<String>,
}

impl Said {
    fn words(self) -> String {
        match self.source {
            Some(source) => format!("{} ({source})", self.value),
            None => self.value,
        }
    }
}

fn said<T>(sourced: &Sourced<T>, value: impl Fn(&T) -> String) -> Said {
    Said { value: value(&sourced.value), source: Some(sourced.source.to_string()) }
}

fn facts(state: &AppState, shown: &Disclosure) -> Option<Vec<(&'static str, Vec<Said>)>> {
    match shown {
        Disclosure::Full(view) => Some(facts_of(state, view)),
        Disclosure::Shielded(view) => {
            let plain = |value: String| vec![Said { value, source: None }];
            Some(vec![
                ("Number", plain(view.number.to_string())),
                ("Name", plain(view.name.to_string())),
                ("Also named", Vec::new()),
                ("Date of birth", view.date_of_birth.map(dates::long).map(plain).unwrap_or_default()),
                ("Gender", plain(state.words().gender(view.gender).to_owned())),
                ("Where", Vec::new()),
                ("Parents or carers", Vec::new()),
                ("School", Vec::new()),
                ("GP practice", Vec::new()),
            ])
        }
        Disclosure::Special(_) | Disclosure::NotFound => None,
    }
}

fn facts_of(state: &AppState, view: &RecordView) -> Vec<(&'static str, Vec<Said>)> {
    let place = |place: &directory::Whereabouts| {
        place.address().map_or_else(
            || "Left England".to_owned(),
            |address| address_lines(address).collect::<Vec<_>>().join(", "),
        )
    };
    vec![
        ("Number", vec![Said { value: view.number.to_string(), source: None }]),
        ("Name", vec![said(&view.name, ToString::to_string)]),
        ("Also named", view.aliases.iter().map(|alias| said(alias, ToString::to_string)).collect()),
        (
            "Date of birth",
            view.date_of_birth.iter().map(|born| said(born, |born| dates::long(*born))).collect(),
        ),
        (
            "Gender",
            view.gender
                .iter()
                .map(|gender| said(gender, |gender| state.words().gender(*gender).to_owned()))
                .collect(),
        ),
        ("Where", view.whereabouts.iter().map(|there| said(there, place)).collect()),
        (
            "Parents or carers",
            view.carers.iter().map(|carer| said(carer, |carer| carer.name.to_string())).collect(),
        ),
        (
            "School",
            view.education.iter().map(|school| said(school, |school| setting(&school.setting))).collect(),
        ),
        (
            "GP practice",
            view.practices.iter().map(|practice| said(practice, |one| one.name.to_string())).collect(),
        ),
    ]
}

fn setting(setting: &Setting) -> String {
    match setting {
        Setting::School { name, .. } => name.to_string(),
        Setting::HomeEducated => "Educated at home".to_owned(),
        Setting::NoSetting => "No school is known".to_owned(),
    }
}

/// A source record in one line of each fact.
pub(super) fn part_words(state: &AppState, part: &PartRecord) -> Vec<(&'static str, String)> {
    let sent = &part.sent;
    let mut facts = vec![("Sent by", sent.source.to_string())];
    for (at, name) in sent.names.iter().enumerate() {
        facts.push((if at == 0 { "Name" } else { "Also named" }, name.to_string()));
    }
    facts.push(("Date of birth", sent.date_of_birth.map_or_else(|| "Not known".to_owned(), dates::long)));
    facts.push(("Gender", state.words().gender(sent.gender).to_owned()));
    if let Some(address) = &sent.address {
        facts.push(("Where", address_lines(address).collect::<Vec<_>>().join(", ")));
    }
    facts.push(("Took effect on", dates::long_day(sent.effective_on)));
    facts
}
