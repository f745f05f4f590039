//! Two identities of one person that are kept apart (law 5, rules 10.12, 10.13): why, to which of the two a statement belongs
//! by its date, and what a statement must not say where it stands with one of them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::address::{Address, Whereabouts};
use crate::names::{fold, words};
use crate::person_name::PersonName;
use crate::source_record::Content;
use crate::text_value::coded;

coded! {
    /// Why two identities are kept apart (rule 10.13).
    SealKind {
        /// The child was adopted.
        Adoption = "adoption",
        /// The child lives under a protected new identity.
        ProtectedIdentity = "protected_identity",
        /// The child's gender was recognised.
        GenderRecognition = "gender_recognition",
    }
}

coded! {
    /// One of the two identities.
    Side {
        /// The one that is closed.
        Former = "former",
        /// The one that goes on.
        Current = "current",
    }
}

impl Side {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Former => Self::Current,
            Self::Current => Self::Former,
        }
    }
}

/// What two people decide about one source record: the cut-over of its source (decision 12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CutOver {
    /// The source has a record of its own for this identity.
    All(Side),
    /// The source went on with one record: what took effect before this day is of the former identity, what did after it of
    /// the current one.
    From(Date),
}

impl CutOver {
    /// The identity to which a statement of that effective time belongs. Nothing on the day itself: a person decides.
    #[must_use]
    pub fn side_of(self, effective_at: Timestamp) -> Option<Side> {
        match self {
            Self::All(side) => Some(side),
            Self::From(from) => match effective_at.to_zoned(TimeZone::UTC).date().cmp(&from) {
                std::cmp::Ordering::Less => Some(Side::Former),
                std::cmp::Ordering::Equal => None,
                std::cmp::Ordering::Greater => Some(Side::Current),
            },
        }
    }
}

/// What a statement says that could tell one identity from another. Schools, practices and services are shared by thousands
/// and tell nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// A word of a name of the child.
    Name(String),
    /// A number of a source body: its kind and value.
    Number(&'static str, String),
    /// A place: the postcode, or without one the words of the address.
    Place(String),
    /// A carer's whole name.
    Carer(String),
}

impl Mark {
    /// Its text, different for different marks; to be hashed under a key before it is kept.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Name(word) => format!("name|{word}"),
            Self::Number(kind, value) => format!("{kind}|{value}"),
            Self::Place(place) => format!("place|{place}"),
            Self::Carer(name) => format!("carer|{name}"),
        }
    }
}

/// Every mark of a statement.
#[must_use]
pub fn marks(content: &Content) -> BTreeSet<Mark> {
    let names = content.names.iter().flat_map(name_marks);
    let numbers = content.identifiers.iter().map(|it| Mark::Number(it.kind(), it.value().to_owned()));
    let places = present_address(content).into_iter().chain(&content.previous_addresses).filter_map(place);
    let carers = content.carers.iter().filter_map(|carer| carer_mark(&carer.name));
    names.chain(numbers).chain(places).chain(carers).collect()
}

/// The statement without what is `foreign` to the child it is to stand with, as far as that can be left out: a number, an
/// alias, a carer, an earlier address. Nothing when its own name or its present address is foreign: that is for its source to
/// put right.
#[must_use]
pub fn without(mut content: Content, foreign: impl Fn(&Mark) -> bool) -> Option<Content> {
    let own = content.names.first().is_some_and(|name| name_marks(name).any(|mark| foreign(&mark)));
    let here = present_address(&content).and_then(place).is_some_and(|mark| foreign(&mark));
    if own || here {
        return None;
    }
    content.names.retain(|name| !name_marks(name).any(|mark| foreign(&mark)));
    content.identifiers.retain(|it| !foreign(&Mark::Number(it.kind(), it.value().to_owned())));
    content.previous_addresses.retain(|address| !place(address).is_some_and(|mark| foreign(&mark)));
    content.carers.retain(|carer| !carer_mark(&carer.name).is_some_and(|mark| foreign(&mark)));
    Some(content)
}

fn present_address(content: &Content) -> Option<&Address> {
    content.whereabouts.as_ref().and_then(Whereabouts::address)
}

fn name_marks(name: &PersonName) -> impl Iterator<Item = Mark> {
    let all = [name.forenames(), name.surname()].into_iter().flat_map(words);
    all.filter(|word| !word.is_empty()).map(Mark::Name)
}

fn carer_mark(name: &PersonName) -> Option<Mark> {
    let folded = fold(&name.to_string());
    (!folded.is_empty()).then_some(Mark::Carer(folded))
}

fn place(address: &Address) -> Option<Mark> {
    let told = match &address.postcode {
        Some(postcode) => postcode.as_str().to_owned(),
        None => address.lines.iter().flat_map(|line| words(line.as_str())).collect::<Vec<_>>().join(" "),
    };
    (!told.is_empty()).then_some(Mark::Place(told))
}
