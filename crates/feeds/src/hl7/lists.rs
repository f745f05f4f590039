//! The published lists: what is taken of a message, what is discarded unread, by name. What is on neither is refused.

use std::fmt::Write as _;

/// What becomes of a segment or field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// It is read.
    Taken,
    /// It is passed over unread, and counted by its name.
    Discarded,
}

/// What an event means to the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// A statement about a child.
    Statement,
    /// Two records of the source are one child's.
    Merge,
    /// A movement: acknowledged, and nothing of it is read.
    Movement,
}

struct Line<T> {
    name: &'static str,
    what: T,
    about: &'static str,
}

const fn line<T>(name: &'static str, what: T, about: &'static str) -> Line<T> {
    Line { name, what, about }
}

static EVENTS: &[Line<Event>] = &[
    line("A01", Event::Statement, "admission"),
    line("A04", Event::Statement, "registration"),
    line("A08", Event::Statement, "patient information changed"),
    line("A28", Event::Statement, "person added"),
    line("A31", Event::Statement, "person information changed"),
    line("A40", Event::Merge, "two records of the source are one person"),
    line("A02", Event::Movement, "transfer"),
    line("A03", Event::Movement, "discharge"),
    line("A05", Event::Movement, "pre-admission"),
    line("A06", Event::Movement, "outpatient to inpatient"),
    line("A07", Event::Movement, "inpatient to outpatient"),
    line("A09", Event::Movement, "departing"),
    line("A10", Event::Movement, "arriving"),
    line("A11", Event::Movement, "admission cancelled"),
    line("A12", Event::Movement, "transfer cancelled"),
    line("A13", Event::Movement, "discharge cancelled"),
    line("A21", Event::Movement, "leave of absence"),
    line("A22", Event::Movement, "return from leave"),
];

static SEGMENTS: &[Line<Part>] = &[
    line("EVN", Part::Taken, "when the source recorded the event"),
    line("PID", Part::Taken, "who the child is"),
    line("PD1", Part::Taken, "the practice"),
    line("NK1", Part::Taken, "parents and carers"),
    line("MRG", Part::Taken, "the record that ends in a merge"),
    line("SFT", Part::Discarded, "the sending software"),
    line("UAC", Part::Discarded, "credentials of the sender"),
    line("ARV", Part::Discarded, "access restrictions of the sender"),
    line("ROL", Part::Discarded, "roles of staff"),
    line("PRT", Part::Discarded, "participants"),
    line("PV1", Part::Discarded, "the visit"),
    line("PV2", Part::Discarded, "the visit, continued"),
    line("DB1", Part::Discarded, "disability"),
    line("OBX", Part::Discarded, "observations"),
    line("AL1", Part::Discarded, "allergies"),
    line("IAM", Part::Discarded, "adverse reactions"),
    line("DG1", Part::Discarded, "diagnoses"),
    line("DRG", Part::Discarded, "diagnosis groups"),
    line("PR1", Part::Discarded, "procedures"),
    line("GT1", Part::Discarded, "guarantors"),
    line("IN1", Part::Discarded, "insurance"),
    line("IN2", Part::Discarded, "insurance, continued"),
    line("IN3", Part::Discarded, "insurance, certification"),
    line("ACC", Part::Discarded, "accidents"),
    line("UB1", Part::Discarded, "billing"),
    line("UB2", Part::Discarded, "billing, continued"),
    line(
        "PDA",
        Part::Discarded,
        "death and autopsy: child deaths are told by a source of their own (rule 4.6)",
    ),
    line("NTE", Part::Discarded, "notes: free text is never read (rule 1.21)"),
];

/// The fields of the segments that are read: number, whether taken, what it is.
type Field = (usize, Part, &'static str);

const TAKEN: Part = Part::Taken;
const DISCARDED: Part = Part::Discarded;

static EVN: &[Field] = &[
    (1, DISCARDED, "event, again"),
    (2, TAKEN, "when it was recorded"),
    (3, DISCARDED, "when it is planned"),
    (4, DISCARDED, "why"),
    (5, DISCARDED, "operator"),
    (6, DISCARDED, "when it happened"),
    (7, DISCARDED, "where it happened"),
];

static PID: &[Field] = &[
    (1, DISCARDED, "number of the segment"),
    (2, DISCARDED, "external number (older versions)"),
    (3, TAKEN, "numbers: the source's own (MR, PI) and the NHS number (NH)"),
    (4, DISCARDED, "alternate number (older versions)"),
    (5, TAKEN, "names: legal (L, D or none) and aliases (A, N)"),
    (6, DISCARDED, "mother's maiden name"),
    (7, TAKEN, "date of birth"),
    (8, TAKEN, "sex"),
    (9, TAKEN, "aliases (older versions)"),
    (10, DISCARDED, "race"),
    (11, TAKEN, "address: home (H, P, C or none)"),
    (12, DISCARDED, "county"),
    (13, DISCARDED, "home telephone of the child"),
    (14, DISCARDED, "business telephone of the child"),
    (15, DISCARDED, "language"),
    (16, DISCARDED, "marital status"),
    (17, DISCARDED, "religion"),
    (18, DISCARDED, "account number"),
    (19, DISCARDED, "social security number"),
    (20, DISCARDED, "driver's licence"),
    (21, DISCARDED, "mother's number"),
    (22, DISCARDED, "ethnic group"),
    (23, DISCARDED, "place of birth"),
    (24, DISCARDED, "multiple birth"),
    (25, DISCARDED, "birth order"),
    (26, DISCARDED, "citizenship"),
    (27, DISCARDED, "veteran's status"),
    (28, DISCARDED, "nationality"),
    (29, DISCARDED, "time of death: child deaths are told by a source of their own (rule 4.6)"),
    (30, DISCARDED, "death indicator: the same"),
    (31, DISCARDED, "identity unknown"),
    (32, DISCARDED, "reliability of the identity"),
    (33, DISCARDED, "last update"),
    (34, DISCARDED, "facility of the last update"),
    (35, DISCARDED, "species"),
    (36, DISCARDED, "breed"),
    (37, DISCARDED, "strain"),
    (38, DISCARDED, "production class"),
    (39, DISCARDED, "tribal citizenship"),
    (40, DISCARDED, "telephone of the child (2.7 on)"),
];

static PD1: &[Field] = &[
    (1, DISCARDED, "living dependency"),
    (2, DISCARDED, "living arrangement"),
    (3, TAKEN, "the practice: name and code"),
    (4, DISCARDED, "the doctor"),
    (5, DISCARDED, "student"),
    (6, DISCARDED, "handicap"),
    (7, DISCARDED, "living will"),
    (8, DISCARDED, "organ donor"),
    (9, DISCARDED, "separate bill"),
    (10, DISCARDED, "duplicate patient"),
    (11, DISCARDED, "publicity code"),
    (12, DISCARDED, "protection indicator: a shield is asked for at the protected desk, never by a feed"),
    (13, DISCARDED, "date of the protection indicator"),
    (14, DISCARDED, "place of worship"),
    (15, DISCARDED, "advance directive"),
    (16, DISCARDED, "immunisation registry"),
    (17, DISCARDED, "its date"),
    (18, DISCARDED, "date of the publicity code"),
    (19, DISCARDED, "military branch"),
    (20, DISCARDED, "military rank"),
    (21, DISCARDED, "military status"),
    (22, DISCARDED, "advance directive's date"),
];

static NK1: &[Field] = &[
    (1, DISCARDED, "number of the segment"),
    (2, TAKEN, "name: legal (L, D, U or none)"),
    (3, TAKEN, "relationship: MTH, FTH, PAR, GRD, CGV"),
    (4, DISCARDED, "address"),
    (5, TAKEN, "telephone, whole or in parts, and e-mail"),
    (6, DISCARDED, "business telephone"),
    (7, DISCARDED, "contact role"),
    (8, TAKEN, "from when: one whose day has not come is not read"),
    (9, TAKEN, "until when: one whose day has passed is not read"),
    (10, DISCARDED, "job title"),
    (11, DISCARDED, "job code"),
    (12, DISCARDED, "employee number"),
    (13, DISCARDED, "organisation"),
    (14, DISCARDED, "marital status"),
    (15, DISCARDED, "sex"),
    (16, DISCARDED, "date of birth"),
    (17, DISCARDED, "living dependency"),
    (18, DISCARDED, "ambulatory status"),
    (19, DISCARDED, "citizenship"),
    (20, DISCARDED, "language"),
    (21, DISCARDED, "living arrangement"),
    (22, DISCARDED, "publicity code"),
    (23, DISCARDED, "protection indicator"),
    (24, DISCARDED, "student"),
    (25, DISCARDED, "religion"),
    (26, DISCARDED, "mother's maiden name"),
    (27, DISCARDED, "nationality"),
    (28, DISCARDED, "ethnic group"),
    (29, DISCARDED, "reason of contact"),
    (30, DISCARDED, "name of a contact person"),
    (31, DISCARDED, "telephone of a contact person"),
    (32, DISCARDED, "address of a contact person"),
    (33, DISCARDED, "numbers"),
    (34, DISCARDED, "job status"),
    (35, DISCARDED, "race"),
    (36, DISCARDED, "handicap"),
    (37, DISCARDED, "social security number"),
    (38, DISCARDED, "place of birth"),
    (39, DISCARDED, "VIP"),
    (40, DISCARDED, "telephone (2.7 on)"),
    (41, DISCARDED, "telephone of a contact person (2.7 on)"),
];

static MRG: &[Field] = &[
    (1, TAKEN, "the number of the record that ends"),
    (2, DISCARDED, "alternate number (older versions)"),
    (3, DISCARDED, "account number"),
    (4, DISCARDED, "external number (older versions)"),
    (5, DISCARDED, "visit number"),
    (6, DISCARDED, "alternate visit number"),
    (7, DISCARDED, "name under which it was kept"),
];

static READ: &[(&str, &[Field])] = &[("EVN", EVN), ("PID", PID), ("PD1", PD1), ("NK1", NK1), ("MRG", MRG)];

/// Parts of fields that are discarded by a name of their own.
static PARTS: &[(&str, &str)] = &[
    ("PID-3 other", "a number of another type or authority, or one that has ended or not begun"),
    (
        "PID-5 other",
        "a name that has ended or not begun, or of another type: at birth (B), maiden (M), adopted (C): it could join two identities (rule 10.12)",
    ),
    ("PID-5 beyond", "an alias beyond the second"),
    ("PID-11 other", "an address that has ended or not begun, of another type, or a second one"),
    (
        "NK1 other",
        "a person whose time has ended or not begun, who has no name that is read, or of another relationship, an emergency contact or a sibling \
         (rules 1.7, 1.22)",
    ),
    (
        "NK1-2 other",
        "a second name of a parent or carer, or one that has ended, has not begun or is of another type, as of the child: a maiden name is never \
         read",
    ),
    ("NK1-5 other", "a fax, beeper or modem (FX, BP, MD), and a local number without its area"),
    ("NK1 beyond", "a parent or carer beyond the fourth"),
];

/// What a message of this kind and event is; `None` when it is on no list.
pub(super) fn event(kind: &str, event: &str) -> Option<Event> {
    let line = EVENTS.iter().find(|line| line.name == event)?;
    (kind == "ADT").then_some(line.what)
}

/// What becomes of a segment; `None` when it is on no list.
pub(super) fn segment(name: &str) -> Option<Part> {
    SEGMENTS.iter().find(|line| line.name == name).map(|line| line.what)
}

/// What becomes of a field of a segment that is read; `None` when it is on no list. Gives the segment's published name with it.
pub(super) fn field(segment: &str, number: usize) -> (&'static str, Option<Part>) {
    let Some((name, fields)) = READ.iter().find(|(name, _)| *name == segment) else { return ("", None) };
    (name, fields.iter().find(|(at, _, _)| *at == number).map(|(_, part, _)| *part))
}

/// The lists as docs/connect/hl7.md prints them.
#[must_use]
pub fn page() -> String {
    let mut page = String::from("## Events\n\n| event | what it is | what becomes of it |\n|---|---|---|\n");
    for event in EVENTS {
        let what = match event.what {
            Event::Statement => "a statement about the child",
            Event::Merge => "the record in MRG-1 ends; with an NK1 also the surviving record's statement",
            Event::Movement => "acknowledged, nothing of it is read",
        };
        // Writing to a String cannot fail.
        let _ = writeln!(page, "| `{}` | {} | {what} |", event.name, event.about);
    }
    page.push_str("\n## Segments\n\n| segment | what it is | |\n|---|---|---|\n");
    for segment in SEGMENTS {
        let _ = writeln!(page, "| `{}` | {} | {} |", segment.name, segment.about, becomes(segment.what));
    }
    for (name, fields) in READ {
        let _ = write!(page, "\n## Fields of {name}\n\n| field | what it is | |\n|---|---|---|\n");
        for (number, part, about) in *fields {
            let _ = writeln!(page, "| `{name}-{number}` | {about} | {} |", becomes(*part));
        }
    }
    page.push_str("\n## Parts of fields that are discarded\n\n| counted as | what it is |\n|---|---|\n");
    for (name, about) in PARTS {
        let _ = writeln!(page, "| `{name}` | {about} |");
    }
    page
}

fn becomes(part: Part) -> &'static str {
    match part {
        Part::Taken => "taken",
        Part::Discarded => "discarded unread",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_stands_once_and_each_field_in_its_order() {
        for (nth, one) in SEGMENTS.iter().enumerate() {
            assert!(SEGMENTS.iter().skip(nth + 1).all(|other| other.name != one.name), "{}", one.name);
        }
        for (name, fields) in READ {
            assert_eq!(segment(name), Some(Part::Taken), "{name}");
            assert!(fields.iter().enumerate().all(|(nth, (number, _, _))| *number == nth + 1), "{name}");
        }
    }
}
