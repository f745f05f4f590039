//! Blocking: the keys under which records of one person meet, so that not everybody is compared with everybody.

use crate::ModelError;
use crate::model::Comparison;
use crate::model::file::{BlockingEntry, ComparisonKind};
use crate::normalise::date::Date;
use crate::normalise::name::{Name, Token, filing_code, unpack};
use crate::prepared::{Place, Prepared, Slot};

/// One key under which a record is found again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockingKey {
    /// Which blocking rule of the model made it: its position in the file. Part of the key.
    pub rule: u16,
    /// Whether few records but the person's own are found here: a key worth locking while deciding.
    pub selective: bool,
    /// The value, composite unless it is an identifier. Personal data: hash it under a key before it is stored.
    pub value: String,
}

/// The most keys one rule makes of one record: aliases and double names multiply.
pub const MAX_KEYS: usize = 6;

/// A rule ready to run.
#[derive(Debug, Clone)]
pub struct Rule {
    pub name: String,
    pub selective: bool,
    pub parts: Vec<Part>,
}

/// One part of a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    pub comparisons: Vec<usize>,
    /// The comparisons' values stand together in the key, in sorted order; otherwise either of them does.
    pub together: bool,
    pub form: Form,
}

/// Which form of a value stands in the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// All of it.
    Full,
    /// Its sound; of a given name the sound of the formal name behind a nickname.
    Code,
    /// Its first letter.
    Initial,
    /// Its first three letters.
    Prefix,
    /// A date's year, and day and month in either order; none for the first of January, which is everybody's default.
    Canonical,
    /// A date's year.
    Year,
    /// A date's day and month in either order.
    MonthDay,
    /// A date's year and month.
    YearMonth,
    /// A place's postcode.
    Postcode,
    /// A place's postcode district.
    District,
    /// A place's last house number.
    Number,
    /// The longest word of an address.
    Street,
}

/// The names of the forms, and the kinds of comparison they fit.
const FORMS: &[(&str, Form, &[ComparisonKind])] = {
    use ComparisonKind as K;
    const WORDS: &[K] = &[K::GivenName, K::FamilyName, K::Text];
    const PLACES: &[K] = &[K::Postcode, K::Home];
    const STREETS: &[K] = &[K::Address, K::Home];
    &[
        ("full", Form::Full, &[K::GivenName, K::FamilyName, K::Text, K::Date, K::Identifier, K::Code]),
        ("code", Form::Code, WORDS),
        ("initial", Form::Initial, WORDS),
        ("prefix", Form::Prefix, WORDS),
        ("canonical", Form::Canonical, &[K::Date]),
        ("year", Form::Year, &[K::Date]),
        ("month_day", Form::MonthDay, &[K::Date]),
        ("year_month", Form::YearMonth, &[K::Date]),
        ("postcode", Form::Postcode, PLACES),
        ("district", Form::District, PLACES),
        ("number", Form::Number, STREETS),
        ("street", Form::Street, STREETS),
    ]
};

impl Rule {
    /// Resolves the names of a rule.
    pub fn compile(entry: &BlockingEntry, comparisons: &[Comparison]) -> Result<Self, ModelError> {
        let place = format!("blocking {:?}", entry.name);
        if entry.parts.is_empty() {
            return Err(ModelError::at(place, "has no parts"));
        }
        let parts = entry
            .parts
            .iter()
            .map(|text| {
                Part::read(text, comparisons).map_err(|problem| ModelError::at(place.clone(), problem))
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { name: entry.name.clone(), selective: entry.selective, parts })
    }

    /// Gives each value of the key for this record, without duplicates, at most [`MAX_KEYS`].
    pub fn values(&self, record: &Prepared, give: &mut dyn FnMut(&str)) {
        let mut values: Vec<String> = vec![String::new()];
        for part in &self.parts {
            let forms = part.values(record);
            values = values
                .iter()
                .flat_map(|start| forms.iter().map(move |form| join(start, form)))
                .take(MAX_KEYS)
                .collect();
        }
        for (position, value) in values.iter().enumerate() {
            if !value.is_empty() && !values.iter().take(position).any(|earlier| earlier == value) {
                give(value);
            }
        }
    }

    /// Whether either of several comparisons may stand in the key, so that nobody knows which of them agreed.
    pub fn has_choice(&self) -> bool {
        self.parts.iter().any(|part| part.comparisons.len() > 1 && !part.together)
    }

    /// The comparisons whose values stand in the key.
    pub fn comparisons(&self) -> impl Iterator<Item = usize> {
        self.parts.iter().flat_map(|part| part.comparisons.iter().copied())
    }
}

fn join(start: &str, form: &str) -> String {
    if start.is_empty() { form.to_owned() } else { format!("{start}/{form}") }
}

impl Part {
    fn read(text: &str, comparisons: &[Comparison]) -> Result<Self, String> {
        let Some((names, form_name)) = text.rsplit_once('.') else {
            return Err(format!("part {text:?} must be written comparison.form"));
        };
        let Some((_, form, kinds)) = FORMS.iter().find(|(name, ..)| *name == form_name) else {
            let known: Vec<&str> = FORMS.iter().map(|(name, ..)| *name).collect();
            return Err(format!("no form is called {form_name:?}; use one of {}", known.join(", ")));
        };
        let together = names.contains('&');
        let mut positions = Vec::new();
        for name in names.split(['&', '|']) {
            let Some(position) = comparisons.iter().position(|comparison| comparison.name == name.trim())
            else {
                return Err(format!(
                    "part {text:?} names comparison {:?}, which does not exist",
                    name.trim()
                ));
            };
            if !comparisons.get(position).is_some_and(|comparison| kinds.contains(&comparison.kind)) {
                return Err(format!("the form {form_name:?} does not fit comparison {:?}", name.trim()));
            }
            positions.push(position);
        }
        if together && positions.len() != 2 {
            return Err(format!("part {text:?}: \"&\" joins two comparisons"));
        }
        Ok(Self { comparisons: positions, together, form: *form })
    }

    fn values(&self, record: &Prepared) -> Vec<String> {
        let mut values = Vec::new();
        match self.comparisons.as_slice() {
            [a, b] if self.together => {
                pairs(record.slot(*a), record.slot(*b), self.form, &mut |left, right| {
                    let (first, second) = if left <= right { (left, right) } else { (right, left) };
                    values.push(format!("{first}-{second}"));
                });
            }
            positions => {
                for position in positions {
                    forms(record.slot(*position), self.form, &mut values);
                }
            }
        }
        let mut seen = Vec::with_capacity(values.len());
        for value in values {
            if !value.is_empty() && !seen.contains(&value) {
                seen.push(value);
            }
        }
        seen
    }
}

/// Gives the two halves of each key. Names at equal positions belong to one another; other slots are combined freely.
pub fn pairs(a: &Slot, b: &Slot, form: Form, give: &mut dyn FnMut(&str, &str)) {
    let mut combine = |lefts: &[String], rights: &[String]| {
        for left in lefts {
            rights.iter().for_each(|right| give(left, right));
        }
    };
    match (a, b) {
        (Slot::Names(given), Slot::Names(family)) if given.len() == family.len() => {
            for (first, last) in given.iter().zip(family).filter(|(g, f)| !g.is_empty() && !f.is_empty()) {
                let (mut lefts, mut rights) = (Vec::new(), Vec::new());
                of_name(first, form, &mut lefts);
                of_name(last, form, &mut rights);
                combine(&lefts, &rights);
            }
        }
        _ => {
            let (mut lefts, mut rights) = (Vec::new(), Vec::new());
            forms(a, form, &mut lefts);
            forms(b, form, &mut rights);
            combine(&lefts, &rights);
        }
    }
}

/// The values of a slot in one form.
pub fn forms(slot: &Slot, form: Form, values: &mut Vec<String>) {
    match slot {
        Slot::Missing => {}
        Slot::Names(names) => {
            names.iter().filter(|name| !name.is_empty()).for_each(|name| of_name(name, form, values))
        }
        Slot::Dates(dates) => values.extend(dates.iter().filter_map(|date| of_date(date, form))),
        Slot::Places(places) => values.extend(places.iter().filter_map(|place| of_place(place, form))),
        Slot::Identifiers(identifiers) => {
            values.extend(identifiers.iter().map(|id| id.value.as_str().to_owned()))
        }
        Slot::Texts(texts) => {
            values.extend(texts.iter().map(|text| of_word(&text.joined, form, text.joined.sounds[0])))
        }
    }
}

/// A family name of several words is filed under its first and its last word, a given name under its first.
fn of_name(name: &Name, form: Form, values: &mut Vec<String>) {
    match (name.is_family, name.words.as_ref()) {
        (true, [first, .., last]) if form != Form::Full => {
            values.push(of_word(first, form, first.sounds[0]));
            values.push(of_word(last, form, last.sounds[0]));
        }
        (true, _) => values.push(of_word(&name.joined, form, filing_code(&name.joined))),
        (false, _) => values.push(of_word(name.first(), form, filing_code(name.first()))),
    }
}

fn of_word(token: &Token, form: Form, code: u32) -> String {
    let text = token.word.as_str();
    match form {
        Form::Code if code != 0 => unpack(code),
        Form::Initial => text.get(..1).unwrap_or(text).to_owned(),
        Form::Prefix => text.get(..3).unwrap_or(text).to_owned(),
        _ => text.to_owned(),
    }
}

fn of_date(date: &Date, form: Form) -> Option<String> {
    if form == Form::Year {
        return Some(format!("{:04}", date.year));
    }
    if form == Form::YearMonth {
        return (date.month != 0).then(|| format!("{:04}{:02}", date.year, date.month));
    }
    if !date.is_whole() {
        return None;
    }
    let (low, high) = (date.day.min(date.month), date.day.max(date.month));
    match form {
        Form::Canonical if date.is_default() => None,
        Form::Canonical => Some(format!("{:04}{low:02}{high:02}", date.year)),
        Form::MonthDay => Some(format!("{low:02}{high:02}")),
        _ => Some(format!("{:04}{:02}{:02}", date.year, date.month, date.day)),
    }
}

fn of_place(place: &Place, form: Form) -> Option<String> {
    let postcode = place.postcode;
    match form {
        Form::District if !postcode.is_empty() => {
            Some(String::from_utf8_lossy(postcode.district()).into_owned())
        }
        Form::Number => {
            place.address.numbers().next_back().map(|number| String::from_utf8_lossy(number).into_owned())
        }
        Form::Street => place.address.main_word().map(|word| String::from_utf8_lossy(word).into_owned()),
        Form::Postcode if !postcode.is_empty() && !postcode.is_partial() => {
            Some(postcode.as_str().to_owned())
        }
        _ => None,
    }
}
