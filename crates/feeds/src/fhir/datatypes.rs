//! The data types of FHIR that are read.

use directory::PartialDate;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::besides::{Besides, each};
use super::codes;
use super::json::{boolean_of, elements, items, text_of, texts_of};
use super::lists;
use super::place::Place;
use super::refusal::{Reason, Refused};

/// A HumanName.
#[derive(Default)]
pub(crate) struct Name {
    pub(crate) usage: String,
    pub(crate) given: String,
    pub(crate) family: String,
    pub(crate) period: Period,
}

/// The ways to reach somebody, in their order.
#[derive(Debug, Default, Clone)]
pub(crate) struct Reached {
    ways: Vec<Way>,
}

#[derive(Debug, Default, Clone)]
struct Way {
    system: String,
    address: String,
    is_old: bool,
    period: Period,
}

/// An Identifier.
#[derive(Debug, Default, Clone)]
pub(crate) struct Identifier {
    pub(crate) system: String,
    pub(crate) value: String,
    is_old: bool,
    pub(crate) period: Period,
}

/// An Address.
#[derive(Default)]
pub(crate) struct Address {
    pub(crate) usage: String,
    /// Where letters go and nobody lives, such as a PO box.
    pub(crate) is_postal: bool,
    pub(crate) lines: Vec<String>,
    pub(crate) town: String,
    pub(crate) postcode: String,
    pub(crate) period: Period,
}

/// A Coding.
#[derive(Debug, Default, Clone)]
pub(crate) struct Coding {
    pub(crate) system: String,
    pub(crate) code: String,
}

/// A Period, its ends as they stand.
#[derive(Debug, Default, Clone)]
pub(crate) struct Period {
    pub(crate) start: String,
    pub(crate) end: String,
}

/// A Reference, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Reference {
    pub(crate) to: String,
    /// The type of what is meant, where it is said.
    pub(crate) kind: String,
    pub(crate) identifier: Identifier,
    pub(crate) display: String,
    pub(crate) at: Place,
}

impl Reached {
    /// The first telephone number that stood when its source knew this to be so.
    pub(crate) fn telephone(&self, known: &str) -> &str {
        self.first(&["phone", "sms"], known)
    }

    /// The first e-mail address, in the same way.
    pub(crate) fn email(&self, known: &str) -> &str {
        self.first(&["email"], known)
    }

    /// The periods in which they stand.
    pub(crate) fn periods(&self) -> impl Iterator<Item = &Period> {
        self.ways.iter().map(|way| &way.period)
    }

    fn first(&self, systems: &[&str], known: &str) -> &str {
        let stands =
            |way: &&Way| systems.contains(&way.system.as_str()) && !way.is_old && way.period.stands(known);
        self.ways.iter().find(stands).map_or("", |way| way.address.as_str())
    }
}

impl Reference {
    /// The type of resource that it says it means, by its address or by `type`; empty when neither says one.
    pub(crate) fn names(&self) -> &str {
        let path = self.to.split("/_history/").next().unwrap_or_default();
        let by_address = path.rsplit('/').nth(1).unwrap_or_default();
        match lists::resource(by_address) {
            Some((known, _)) => known,
            // It may stand under its whole address, http://hl7.org/fhir/StructureDefinition/Organization.
            None => self.kind.rsplit('/').next().unwrap_or_default(),
        }
    }
}

impl Identifier {
    /// The column that a number of its system fills.
    pub(crate) fn column(&self) -> Option<&'static str> {
        codes::column_of(&self.system)
    }

    /// Whether it was in use when its source knew this to be so.
    pub(crate) fn stands(&self, known: &str) -> bool {
        !self.is_old && self.period.stands(known)
    }
}

impl Period {
    /// The day on which it starts.
    pub(crate) fn first_day(&self) -> &str {
        day_of(&self.start)
    }

    /// The day on which it ends.
    pub(crate) fn last_day(&self) -> &str {
        day_of(&self.end)
    }

    /// Whether it stood when its source knew this to be so.
    pub(crate) fn stands(&self, known: &str) -> bool {
        self.has_begun(known) && !self.is_over(known)
    }

    /// Whether it had begun then: whether its day, month or year had come. Where nobody says when that was, it had.
    pub(crate) fn has_begun(&self, known: &str) -> bool {
        let (start, known) = (self.first_day(), day_of(known));
        start.is_empty() || known.is_empty() || start <= known || start.starts_with(known)
    }

    /// The days on which it began to stand, and stood no longer, as far as they are whole days.
    pub(crate) fn turns(&self) -> impl Iterator<Item = Date> {
        let part = |day: &str| PartialDate::parse(day).ok();
        let ended = part(self.last_day()).map(|end| end.latest().saturating_add(1.day()));
        part(self.first_day()).map(PartialDate::earliest).into_iter().chain(ended)
    }

    /// Whether it was over when its source knew this to be so: a day, a month or a year that had passed then. Where nobody says
    /// when that was, whatever has an end is over.
    pub(crate) fn is_over(&self, known: &str) -> bool {
        let (end, known) = (self.last_day(), day_of(known));
        !end.is_empty() && (known.is_empty() || (end < known && !known.starts_with(end)))
    }
}

/// The day of a FHIR dateTime, which may also be a month or a year.
pub(crate) fn day_of(moment: &str) -> &str {
    moment.split('T').next().unwrap_or_default()
}

pub(crate) fn name<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<Name, Refused> {
    let mut found = Name::default();
    each(text, &lists::NAME, at, besides, |name, value, at, besides| {
        match name {
            "use" => found.usage = text_of(value, &at)?,
            "period" => found.period = period(value, &at, besides)?,
            "family" => found.family = text_of(value, &at)?,
            _ => found.given = texts_of(value, &at)?.join(" "),
        }
        Ok(())
    })?;
    Ok(found)
}

pub(crate) fn reached<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<Reached, Refused> {
    let mut found = Reached::default();
    for (item, at) in items(text, at)? {
        let mut way = Way::default();
        each(item, &lists::TELECOM, &at, besides, |name, value, at, besides| {
            match name {
                "system" => way.system = text_of(value, &at)?,
                "value" => way.address = text_of(value, &at)?,
                "use" => way.is_old = text_of(value, &at)? == "old",
                _ => way.period = period(value, &at, besides)?,
            }
            Ok(())
        })?;
        // One without an address does not hide the next.
        if !way.address.is_empty() {
            found.ways.push(way);
        }
    }
    Ok(found)
}

pub(crate) fn identifier<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<Identifier, Refused> {
    let mut found = Identifier::default();
    each(text, &lists::IDENTIFIER, at, besides, |name, value, at, besides| {
        match name {
            "system" => found.system = text_of(value, &at)?,
            "value" => found.value = text_of(value, &at)?,
            "use" => found.is_old = text_of(value, &at)? == "old",
            _ => found.period = period(value, &at, besides)?,
        }
        Ok(())
    })?;
    Ok(found)
}

pub(crate) fn address<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<Address, Refused> {
    let mut found = Address::default();
    each(text, &lists::ADDRESS, at, besides, |name, value, at, besides| {
        match name {
            "use" => found.usage = text_of(value, &at)?,
            "type" => found.is_postal = text_of(value, &at)? == "postal",
            "period" => found.period = period(value, &at, besides)?,
            "line" => found.lines = texts_of(value, &at)?,
            "city" => found.town = text_of(value, &at)?,
            _ => found.postcode = text_of(value, &at)?,
        }
        Ok(())
    })?;
    Ok(found)
}

pub(crate) fn period<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<Period, Refused> {
    let mut found = Period::default();
    each(text, &lists::PERIOD, at, besides, |name, value, at, _| {
        let place = if name == "start" { &mut found.start } else { &mut found.end };
        *place = text_of(value, &at)?;
        Ok(())
    })?;
    Ok(found)
}

pub(crate) fn reference<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<Reference, Refused> {
    let mut found = Reference {
        to: String::new(),
        kind: String::new(),
        identifier: Identifier::default(),
        display: String::new(),
        at: at.clone(),
    };
    each(text, &lists::REFERENCE, at, besides, |name, value, at, besides| {
        match name {
            "reference" => found.to = text_of(value, &at)?,
            "type" => found.kind = text_of(value, &at)?,
            "identifier" => found.identifier = identifier(value, &at, besides)?,
            _ => found.display = text_of(value, &at)?,
        }
        Ok(())
    })?;
    Ok(found)
}

/// The codings of a CodeableConcept.
pub(crate) fn concept<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<Vec<Coding>, Refused> {
    let mut found = Vec::new();
    each(text, &lists::CONCEPT, at, besides, |_, value, at, besides| {
        for (item, at) in items(value, &at)? {
            let mut coding = Coding::default();
            each(item, &lists::CODING, &at, besides, |name, value, at, _| {
                let place = if name == "system" { &mut coding.system } else { &mut coding.code };
                *place = text_of(value, &at)?;
                Ok(())
            })?;
            found.push(coding);
        }
        Ok(())
    })?;
    Ok(found)
}

/// The codings of a list of CodeableConcepts.
pub(crate) fn concepts<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<Vec<Coding>, Refused> {
    let mut found = Vec::new();
    for (item, at) in items(text, at)? {
        found.extend(concept(item, &at, besides)?);
    }
    Ok(found)
}

/// The codes of one system among codings; more than one is refused.
pub(crate) fn code_of<'c>(
    codings: &'c [Coding],
    system: &str,
    at: &Place,
) -> Result<Option<&'c str>, Refused> {
    let mut of = codings.iter().filter(|coding| coding.system == system).map(|coding| coding.code.as_str());
    let first = of.next();
    match of.next() {
        Some(other) if Some(other) != first => {
            Err(at.refused(Reason::Meaning("this has two codes of one list; send one")))
        }
        _ => Ok(first),
    }
}

/// What a known extension says.
pub(crate) enum Stated {
    Code(String),
    Flag(bool),
}

impl Stated {
    /// As a column says it.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Code(code) => code.clone(),
            Self::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        }
    }
}

/// Reads the extensions whose addresses are `known`, discards the others unread.
pub(crate) fn extensions<B: Besides>(
    text: &str,
    at: &Place,
    known: &[&'static str],
    besides: &mut B,
) -> Result<Vec<(&'static str, Stated, Place)>, Refused> {
    let mut found = Vec::new();
    for (item, at) in items(text, at)? {
        let parts = elements(item, &at)?;
        let url =
            parts.iter().find(|part| part.name == "url").map(|part| text_of(part.value, &at)).transpose()?;
        let Some(known) = known.iter().find(|known| Some(**known) == url.as_deref()) else {
            besides.discard(at.name());
            continue;
        };
        let mut stated = None;
        for part in parts.iter().filter(|part| !matches!(part.name.as_ref(), "url" | "id")) {
            stated = Some(match part.name.as_ref() {
                "valueCode" => Stated::Code(text_of(part.value, &at)?),
                "valueBoolean" => Stated::Flag(boolean_of(part.value, &at)?),
                other => {
                    besides.unlisted(&at, other)?;
                    continue;
                }
            });
        }
        let stated = stated.ok_or_else(|| at.refused(Reason::Missing("this extension has no value")))?;
        found.push((*known, stated, at));
    }
    Ok(found)
}
