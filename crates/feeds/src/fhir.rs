//! FHIR R4: resources and Bundles that say something about children, and the feed of patients after IHE's PMIR.
//!
//! A resource carries far more than the directory may hold. What is taken stands on published lists (`lists.rs`); what is known to
//! be something else is discarded unread and counted by its name; anything that is on no list is refused by name (law 1). What is
//! taken becomes a [`Message`](crate::Message) by the columns of the source's profile and is judged by the rules of a row of a
//! file. docs/connect/fhir-lists.md is printed from the lists.
//!
//! A source sends whole statements ("snapshot mode"): a Patient and what comes with it says everything the source says about the
//! child. Resources refer to each other inside one Bundle alone: nothing that came earlier is looked up, so nothing that is read
//! here can depend on what is held (law 7).

pub mod answer;
mod besides;
mod bundle;
mod capability;
mod codes;
mod consent;
mod datatypes;
pub mod export;
mod grouped;
mod involvement;
mod json;
mod lists;
mod patient;
mod person;
mod place;
mod provider;
mod refusal;
mod requests;
mod resources;
mod statement;
mod supporting;
mod understand;
mod versions;

use std::collections::BTreeMap;

use directory::SaidAt;
use jiff::Timestamp;

use crate::{Profile, Said};

pub use bundle::{condition, read, read_alone, read_lines, read_message};
pub use capability::capability_statement;
pub use codes::RECORD;
pub use lists::page;
pub use refusal::{Reason, Refused, UnlistedName};
pub use requests::{Ask, Method};

pub(crate) use besides::Besides;
pub(crate) use grouped::Grouped;
pub(crate) use json::is_shallow;
pub(crate) use lists::{Part, resource as resource_type};
pub(crate) use place::Place;
pub(crate) use resources::type_of;

/// The longest body, in bytes.
pub const MAX_BODY_BYTES: usize = 8 << 20;

/// The most entries that a Bundle may have, and lines that may be sent at once.
pub const MAX_ENTRIES: usize = 1000;

/// How the resources of one installation are read.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// The columns of the source.
    pub profile: &'static Profile,
    /// The system (Patient.identifier) of the source's own numbers, where another than [`RECORD`] was agreed. Then a number of that
    /// system must be there; otherwise Patient.id counts where there is none.
    pub own_system: Option<String>,
    /// When it came: when the source last knew it, where neither the Patient nor the Bundle says, and the last day of a record of
    /// which the source says nothing any more.
    pub received_at: Timestamp,
}

impl Mapping {
    fn system(&self) -> &str {
        self.own_system.as_deref().unwrap_or(RECORD)
    }

    fn received_at(&self) -> String {
        self.received_at.to_string()
    }

    /// That the source says nothing of a record any more, from the day on which it says so: where it does not say when that was,
    /// the day on which it came.
    #[must_use]
    pub fn ends(&self, record_id: String, said: Option<SaidAt>) -> Said {
        let as_of = said.unwrap_or(SaidAt::Moment(self.received_at)).day();
        Said::End { record_id, as_of, said }
    }
}

/// What became of an entry that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spoken {
    /// It says something of a record.
    Said(Said),
    /// It was read with the Patient that it came with, and says nothing by itself.
    Beside,
    /// It was discarded unread.
    Discarded,
}

/// An entry of a Bundle, a line, or the one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What was asked; `None` when that itself was refused.
    pub ask: Option<Ask>,
    /// The source's own number, of a Patient.
    pub record: Option<String>,
    /// What it says.
    pub said: Result<Spoken, Refused>,
    /// The further merges of a Patient that replaces several records.
    pub further: Vec<Said>,
}

/// What a Bundle asks for as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// Everything or nothing.
    Transaction,
    /// Each entry by itself.
    Batch,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// What it asks for as a whole.
    pub whole: Whole,
    /// The entries in their order.
    pub entries: Vec<Entry>,
    /// What they carry besides, discarded unread: how often, by name.
    pub discarded: Discarded,
}

/// A feed of patients: what its header says that an answer needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// The sender's number of the message (MessageHeader.id).
    pub id: String,
    /// The address of the sender (MessageHeader.source.endpoint).
    pub endpoint: String,
}

/// How often what was discarded unread, by its published name.
pub type Discarded = BTreeMap<String, u64>;
