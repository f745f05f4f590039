//! From a raw record to a prepared one.

use crate::RawRecord;
use crate::few::Few;
use crate::model::compile::Field;
use crate::model::file::{ComparisonKind, FieldType};
use crate::model::{Comparison, Compiled};
use crate::normalise::address::address;
use crate::normalise::date::date;
use crate::normalise::identifier::identifier;
use crate::normalise::name::{Half, Name, Token, name, sounds_of};
use crate::normalise::postcode::postcode;
use crate::normalise::{fold, is_placeholder};
use crate::prepared::{Place, Prepared, Slot, Text};

/// The most alternatives kept of one comparison: a pair costs their product.
const MAX_ALTERNATIVES: usize = 8;

/// A record as it is given: its values by field.
pub trait Given {
    /// The values of a field of the model, by its position there, with empty ones where a place is kept.
    fn values<'a>(&'a self, position: usize, field: &Field) -> impl Iterator<Item = &'a str>;
}

impl Given for RawRecord {
    fn values<'a>(&'a self, _: usize, field: &Field) -> impl Iterator<Item = &'a str> {
        RawRecord::values(self, &field.name).iter().map(String::as_str)
    }
}

/// Normalises the values of every comparison.
pub fn prepare(model: &Compiled, record: &RawRecord) -> Prepared {
    let mut slots: Box<[Slot]> = model.comparisons.iter().map(|_| Slot::Missing).collect();
    for (position, comparison) in model.comparisons.iter().enumerate() {
        match (comparison.kind, comparison.partner) {
            (ComparisonKind::FamilyName, Some(_)) => {}
            (ComparisonKind::GivenName, Some(partner)) => {
                let Some(family) = model.comparisons.get(partner) else { continue };
                let (given, family) = full_names(model, comparison, family, record);
                set(&mut slots, position, given);
                set(&mut slots, partner, family);
            }
            _ => set(&mut slots, position, single(model, comparison, record)),
        }
    }
    Prepared { slots }
}

fn set(slots: &mut [Slot], position: usize, slot: Slot) {
    if let Some(place) = slots.get_mut(position) {
        *place = slot;
    }
}

/// The values of one field, those that say "not known" as empty strings.
fn values<'a>(model: &'a Compiled, position: usize, record: &'a impl Given) -> impl Iterator<Item = &'a str> {
    let field = model.fields.get(position);
    let given = field.map(|field| (field, record.values(position, field)));
    given.into_iter().flat_map(|(field, values)| values.map(move |value| (field, value))).map(
        |(field, value)| {
            let value = value.trim();
            if !field.missing.is_empty() && field.missing.contains(&fold(value)) { "" } else { value }
        },
    )
}

/// Pairs given with family names by position. A half that is not known is taken from the first name that has it: an
/// alias often gives the changed half only.
pub fn full_names(
    model: &Compiled,
    given: &Comparison,
    family: &Comparison,
    record: &impl Given,
) -> (Slot, Slot) {
    let mut pairs: Vec<(Name, Name)> = Vec::new();
    for (g, f) in given.fields.iter().zip(&family.fields) {
        let (mut firsts, mut lasts) = (values(model, *g, record), values(model, *f, record));
        let (Some(g), Some(f)) = (model.fields.get(*g), model.fields.get(*f)) else { continue };
        loop {
            let (first, last) = (firsts.next(), lasts.next());
            if (first.is_none() && last.is_none()) || pairs.len() >= MAX_ALTERNATIVES {
                break;
            }
            let pair = (
                name(first.unwrap_or(""), Half::Given, &g.frequencies),
                name(last.unwrap_or(""), Half::Family, &f.frequencies),
            );
            let says_nothing = pair.0.is_empty() && pair.1.is_empty();
            if !says_nothing && !pairs.contains(&pair) {
                pairs.push(pair);
            }
        }
    }
    let known =
        |half: fn(&(Name, Name)) -> &Name| pairs.iter().map(half).find(|name| !name.is_empty()).cloned();
    let (first, last) = (known(|pair| &pair.0), known(|pair| &pair.1));
    for pair in &mut pairs {
        for (half, known) in [(&mut pair.0, &first), (&mut pair.1, &last)] {
            if let (true, Some(known)) = (half.is_empty(), known) {
                *half = known.clone();
            }
        }
    }
    let (firsts, lasts): (Vec<Name>, Vec<Name>) = pairs.into_iter().unzip();
    let slot = |names: Vec<Name>, known: bool| if known { Slot::Names(names.into()) } else { Slot::Missing };
    (slot(firsts, first.is_some()), slot(lasts, last.is_some()))
}

/// The values of a comparison that is not half of a person's name, or of one half by itself.
pub fn single(model: &Compiled, comparison: &Comparison, record: &impl Given) -> Slot {
    let fields = || {
        let fields = comparison.fields.iter();
        fields.filter_map(|position| Some((model.fields.get(*position)?, values(model, *position, record))))
    };
    match comparison.kind {
        ComparisonKind::GivenName | ComparisonKind::FamilyName => {
            let half = if comparison.kind == ComparisonKind::GivenName { Half::Given } else { Half::Family };
            let names =
                fields().flat_map(|(f, values)| values.map(move |text| name(text, half, &f.frequencies)));
            distinct(names, Name::is_empty).map_or(Slot::Missing, Slot::Names)
        }
        ComparisonKind::Date => {
            let dates = fields().flat_map(|(_, values)| values).filter_map(date);
            distinct(dates, |_| false).map_or(Slot::Missing, Slot::Dates)
        }
        ComparisonKind::Postcode | ComparisonKind::Address | ComparisonKind::Home => {
            let places = places(model, &comparison.fields, record);
            distinct(places.into_iter(), |place| place.postcode.is_empty() && place.address.is_empty())
                .map_or(Slot::Missing, Slot::Places)
        }
        ComparisonKind::Identifier => {
            let identifiers =
                fields().flat_map(|(f, values)| values.map(move |text| identifier(text, f.check)));
            distinct(identifiers, |identifier| identifier.is_empty()).map_or(Slot::Missing, Slot::Identifiers)
        }
        ComparisonKind::Code | ComparisonKind::Text => {
            let texts =
                fields().flat_map(|(f, values)| values.map(move |value| text(value, comparison.kind, f)));
            distinct(texts, |text| text.joined.word.is_empty()).map_or(Slot::Missing, Slot::Texts)
        }
    }
}

/// Postcodes with the addresses at the same position of the next field.
fn places(model: &Compiled, fields: &[usize], record: &impl Given) -> Vec<Place> {
    let mut places = Vec::new();
    let is_address =
        |position: &usize| model.fields.get(*position).is_some_and(|field| field.kind == FieldType::Address);
    let mut rest = fields.iter().peekable();
    while let Some(field) = rest.next() {
        if is_address(field) {
            places.extend(
                values(model, *field, record).map(|a| Place { address: address(a), ..Place::default() }),
            );
            continue;
        }
        let mut postcodes = values(model, *field, record);
        let paired = rest.next_if(|next| is_address(next));
        let mut addresses = paired.map(|next| values(model, *next, record)).into_iter().flatten();
        loop {
            let (code, line) = (postcodes.next(), addresses.next());
            if code.is_none() && line.is_none() {
                break;
            }
            places
                .push(Place { postcode: postcode(code.unwrap_or("")), address: address(line.unwrap_or("")) });
        }
    }
    places
}

fn text(value: &str, kind: ComparisonKind, field: &Field) -> Text {
    let folded = fold(value);
    if is_placeholder(&folded) {
        return Text::default();
    }
    let token =
        |word: &str| if kind == ComparisonKind::Text { sounds_of(word) } else { Token::word_only(word) };
    let joined: String = folded.split(' ').collect();
    let words = if kind == ComparisonKind::Text && folded.contains(' ') {
        folded.split(' ').take(8).map(token).collect()
    } else {
        Box::default()
    };
    let joined = token(&joined);
    Text { joined, words, log_frequency: field.frequencies.log2(joined.word.as_str()) }
}

/// The values that say something, each once, at most [`MAX_ALTERNATIVES`]; none when there is none.
fn distinct<T: PartialEq>(values: impl Iterator<Item = T>, empty: impl Fn(&T) -> bool) -> Option<Few<T>> {
    let mut kept: Vec<T> = Vec::new();
    for value in values {
        if !empty(&value) && !kept.contains(&value) && kept.len() < MAX_ALTERNATIVES {
            kept.push(value);
        }
    }
    (!kept.is_empty()).then(|| kept.into())
}
