//! HL7 version 2: the admission, discharge and transfer (ADT) messages that hospital systems can send, over MLLP.
//!
//! A message carries far more than the directory may hold. What is taken is a short list (`lists.rs`); what is known to be
//! something else is discarded unread and counted by its name; anything that is on neither list is refused by name (law 1).
//! What is taken becomes a [`Message`](crate::Message) by the columns of the source's profile and is judged by the rules of a
//! row of a file. docs/connect/hl7.md is printed from the lists.
//!
//! A source sends whole statements ("snapshot mode"): every message says everything the source says about the child.

mod acknowledging;
mod answer;
mod answered;
mod characters;
mod fields;
mod frame;
mod header;
mod lists;
mod patient;
mod refusal;
mod telecom;
mod times;

use std::collections::BTreeMap;

use guards::Guard;

use crate::{Profile, Said};

pub use acknowledging::{Asked, Condition, Level};
pub use answer::{Answer, Verdict};
pub use answered::{Answered, answered, control_id};
pub use frame::{Frames, MAX_MESSAGE_BYTES, Unframed, framed};
pub use header::Header;
pub use lists::page;
pub use refusal::{Reason, Refused};

use fields::Segment;
use lists::{Event, Part};

/// How the messages of one installation are read.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// The columns of the source.
    pub profile: &'static Profile,
    /// The assigning authority (PID-3, component 4) of the source's own numbers; without one, PID-3 must name one number of the
    /// type MR or PI, or one alone.
    pub assigning_authority: Option<String>,
    /// Whether messages that say they are tests (MSH-11 `T` or `D`) are read: in a rehearsal and nowhere else.
    pub takes_tests: bool,
}

/// A message that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Its header.
    pub header: Header,
    /// What it says; nothing, of a movement, which says nothing about who the child is and is not read.
    pub said: Option<Said>,
    /// What it carries besides, discarded unread: how often, by name (`OBX`, `PID-10`); of a movement its event (`A02`), too.
    pub discarded: Discarded,
}

/// How often what was discarded unread, by its published name.
pub type Discarded = BTreeMap<String, u64>;

/// Reads one message, without its frame.
///
/// # Errors
/// A [`Refused`] with what must be answered. Nothing of the message is taken.
pub fn read(bytes: &[u8], mapping: &Mapping) -> Result<Received, Refused> {
    let (text, characters) = characters::text(bytes)?;
    let mut lines = text.split(['\r', '\n']).map(str::trim_end).filter(|line| !line.is_empty());
    let header = Header::read(lines.next().unwrap_or_default(), characters)?;
    let refused = |reason| Refused { header: Some(Box::new(header.clone())), reason };
    let event = lists::event(&header.kind, &header.event).ok_or_else(|| refused(Reason::Event))?;
    if header.is_test() && !mapping.takes_tests {
        return Err(refused(Reason::Test));
    }
    let mut discarded = Discarded::new();
    let mut taken = Vec::new();
    for (nth, line) in lines.enumerate() {
        let name = line.get(..3).unwrap_or(line);
        let place = nth + 2;
        match lists::segment(name) {
            Some(Part::Taken) if event != Event::Movement => {
                let segment = Segment::read(line, header.encoding)
                    .ok_or_else(|| refused(Reason::Unreadable { place }))?;
                taken.push(segment);
            }
            Some(Part::Taken | Part::Discarded) => *discarded.entry(name.to_owned()).or_default() += 1,
            // A name is three letters or digits; anything else may be text about a child and is not repeated.
            None if Guard::ClosedSchema.stands() => {
                let name = is_name(name).then(|| name.to_owned());
                return Err(refused(Reason::UnknownSegment { place, name }));
            }
            None => {}
        }
    }
    let said = match event {
        Event::Movement => {
            *discarded.entry(header.event.clone()).or_default() += 1;
            None
        }
        Event::Statement => {
            Some(patient::statement(&taken, &header, mapping, &mut discarded).map_err(refused)?)
        }
        Event::Merge => Some(patient::merge(&taken, &header, mapping, &mut discarded).map_err(refused)?),
    };
    Ok(Received { header, said, discarded })
}

fn is_name(name: &str) -> bool {
    name.len() == 3 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
