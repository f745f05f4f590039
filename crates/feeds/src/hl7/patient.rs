//! PID, PD1, NK1 and MRG to the columns of a profile.

use directory::SaidAt;

use super::fields::{Segment, Value};
use super::header::Header;
use super::lists::{self, Part};
use super::refusal::Reason;
use super::times::{day, has_begun, has_passed, moment};
use super::{Discarded, Mapping, telecom};
use crate::Message;
use crate::carers::{Named, held};
use crate::check::dates;
use crate::said::Said;

/// The types of a number that is the source's own (HL7 table 0203).
const OWN_NUMBERS: [&str; 2] = ["MR", "PI"];
/// The types and authorities of an NHS number.
const NHS_NUMBERS: [&str; 3] = ["NH", "NHS", "NHSNUMBER"];
/// The types of the name by which somebody goes (table 0200); no type counts as one.
const NAMES: [&str; 4] = ["L", "D", "U", ""];
/// The types of an alias. A name at birth or by adoption is none: it could join two identities (rule 10.12).
const ALIASES: [&str; 2] = ["A", "N"];
/// The types of an address where somebody lives, the most telling first (table 0190).
const HOMES: [&str; 4] = ["H", "P", "C", ""];

/// What a statement says.
pub(super) fn statement(
    segments: &[Segment<'_>],
    header: &Header,
    mapping: &Mapping,
    discarded: &mut Discarded,
) -> Result<Said, Reason> {
    if has(segments, "MRG") {
        return Err(Reason::UnknownSegment {
            place: place_of(segments, "MRG"),
            name: Some("MRG".to_owned()),
        });
    }
    let patient = Patient::of(segments, header, discarded)?;
    let number = patient.number(mapping)?;
    Ok(Said::Statement(patient.message(&number, mapping, discarded)?))
}

/// What a merge says.
pub(super) fn merge(
    segments: &[Segment<'_>],
    header: &Header,
    mapping: &Mapping,
    discarded: &mut Discarded,
) -> Result<Said, Reason> {
    for segment in ["PID", "MRG"] {
        at_most_one(segments, segment).map_err(|_| Reason::SeveralPairs { segment })?;
    }
    let patient = Patient::of(segments, header, discarded)?;
    let merged = only(segments, "MRG", header)?;
    check_fields(merged, discarded)?;
    let surviving = patient.number(mapping)?;
    // Its number may have ended with it.
    let ended = own_number(&merged.repeats(1), |_| true, ("MRG", 1), mapping)?;
    if surviving == ended {
        return Err(Reason::SameRecord);
    }
    let said = said_at(&moment(patient.recorded()));
    // By the standard an A40 has no NK1, and who says nothing of the parents would take them off: it is the merge alone. One that
    // names them says everything.
    let statement = match patient.kin.is_empty() {
        true => {
            patient.leave_unread(&surviving, mapping, discarded);
            None
        }
        false => Some(patient.message(&surviving, mapping, discarded)?),
    };
    Ok(Said::Merge { surviving, ended, statement, said })
}

/// A moment as a merge was said at it; one that is none is not known, and it counts when it came.
fn said_at(moment: &str) -> Option<SaidAt> {
    dates::moment(moment).ok().map(SaidAt::of)
}

/// The segments about one patient, their fields checked against the lists.
struct Patient<'a, 'm> {
    header: &'a Header,
    recorded: String,
    pid: &'a Segment<'m>,
    practice: Option<&'a Segment<'m>>,
    kin: Vec<&'a Segment<'m>>,
}

impl<'a, 'm> Patient<'a, 'm> {
    fn of(
        segments: &'a [Segment<'m>],
        header: &'a Header,
        discarded: &mut Discarded,
    ) -> Result<Self, Reason> {
        let pid = only(segments, "PID", header)?;
        let event = at_most_one(segments, "EVN")?;
        let practice = at_most_one(segments, "PD1")?;
        let kin: Vec<&Segment<'m>> = segments.iter().filter(|segment| segment.name() == "NK1").collect();
        for segment in [Some(pid), event, practice].into_iter().flatten().chain(kin.iter().copied()) {
            check_fields(segment, discarded)?;
        }
        let recorded = event.map(|event| event.component(2, 1)).filter(|when| !when.is_empty());
        Ok(Self { header, recorded: recorded.unwrap_or_else(|| header.made.clone()), pid, practice, kin })
    }

    /// When it was so: EVN-2, or when the message was made.
    fn recorded(&self) -> &str {
        if self.recorded.is_empty() { &self.header.made } else { &self.recorded }
    }

    /// The source's own number.
    fn number(&self, mapping: &Mapping) -> Result<String, Reason> {
        let known = day(self.recorded());
        own_number(&self.pid.repeats(3), |value| is_in_use(value, &known), ("PID", 3), mapping)
    }

    /// Counts what a merge carries besides the two numbers.
    fn leave_unread(&self, number: &str, mapping: &Mapping, discarded: &mut Discarded) {
        let known = day(self.recorded());
        for value in self.pid.repeats(3) {
            if !(value.text(1) == number && may_be_own(&value, mapping) && is_in_use(&value, &known)) {
                count(discarded, "PID-3 other");
            }
        }
        for segment in [Some(self.pid), self.practice].into_iter().flatten() {
            for field in segment.filled().filter(|field| (segment.name(), *field) != ("PID", 3)) {
                if let (name, Some(Part::Taken)) = lists::field(segment.name(), field) {
                    count(discarded, &format!("{name}-{field}"));
                }
            }
        }
    }

    /// The statement by the profile's columns. What the profile has no column for is not said.
    fn message(&self, number: &str, mapping: &Mapping, discarded: &mut Discarded) -> Result<Message, Reason> {
        let mut says = Columns { message: Message::new(mapping.profile) };
        says.say("record_id", number);
        says.say("effective_at", &moment(self.recorded()));
        let known = day(self.recorded());
        let mut numbers = self.pid.repeats(3);
        let all = numbers.len();
        numbers.retain(|value| is_in_use(value, &known));
        (numbers.len()..all).for_each(|_| count(discarded, "PID-3 other"));
        says.say("nhs_number", &nhs_number(&numbers)?);
        other_numbers(&numbers, mapping, number, discarded);
        self.names(&mut says, &known, discarded);
        says.say("date_of_birth", &day(&self.pid.component(7, 1)));
        says.say("gender", sex(&self.pid.component(8, 1).to_ascii_uppercase()));
        self.address(&mut says, &known, discarded);
        if let Some(practice) = self.practice {
            says.say("practice_name", &practice.text(3, 1));
            let code = practice.text(3, 3);
            says.say("practice_code", &if code.is_empty() { practice.text(3, 10) } else { code });
        }
        self.carers(&mut says, &known, discarded);
        Ok(says.message)
    }

    fn names(&self, says: &mut Columns, known: &str, discarded: &mut Discarded) {
        let mut given = false;
        let mut aliases = 0;
        let older = self.pid.repeats(9);
        let names = self.pid.repeats(5).into_iter().map(|value| (value.component(7), value));
        for (kind, value) in names.chain(older.into_iter().map(|value| ("A".to_owned(), value))) {
            // XPN-12 and XPN-13 say from when until when; before version 2.5 the range of XPN-10.
            if !stands(&value, 12, 10, known) {
                count(discarded, "PID-5 other");
            } else if NAMES.contains(&kind.as_str()) && !given {
                given = true;
                says.name("", &value);
            } else if ALIASES.contains(&kind.as_str()) || NAMES.contains(&kind.as_str()) {
                aliases += 1;
                if aliases > 2 {
                    count(discarded, "PID-5 beyond");
                } else {
                    says.name(&format!("alias_{aliases}_"), &value);
                }
            } else {
                count(discarded, "PID-5 other");
            }
        }
    }

    fn address(&self, says: &mut Columns, known: &str, discarded: &mut Discarded) {
        let addresses = self.pid.repeats(11);
        let rank = |value: &Value<'_>| HOMES.iter().position(|kind| *kind == value.component(7));
        // XAD-13 and XAD-14 say from when until when; before version 2.5 the range of XAD-12.
        let is_home = |value: &&Value<'_>| rank(value).is_some() && stands(value, 13, 12, known);
        let home = addresses.iter().filter(is_home).min_by_key(|value| rank(value));
        let others = addresses.len() - usize::from(home.is_some());
        (0..others).for_each(|_| count(discarded, "PID-11 other"));
        let Some(home) = home else { return };
        let parts = [
            ("address_line_1", street(home)),
            ("address_line_2", home.text(2)),
            ("town", home.text(3)),
            ("postcode", home.text(5)),
        ];
        if parts.iter().any(|(_, value)| !value.is_empty()) {
            says.say("address_kind", "current");
        }
        for (column, value) in parts {
            says.say(column, &value);
        }
    }

    fn carers(&self, says: &mut Columns, known: &str, discarded: &mut Discarded) {
        let mut carers = Vec::new();
        for kin in &self.kin {
            let names = kin.repeats(2);
            let all = names.len();
            let is_read = |value: &Value<'_>| {
                NAMES.contains(&value.component(7).as_str()) && stands(value, 12, 10, known)
            };
            let (from, until) = (kin.component(8, 1), kin.component(9, 1));
            let is_kin = has_begun(&from, known) && !has_passed(&until, known);
            let name = names.into_iter().find(is_read).filter(|_| is_kin);
            match (relationship(&kin.component(3, 1)), name) {
                (Some(relationship), Some(name)) => {
                    (1..all).for_each(|_| count(discarded, "NK1-2 other"));
                    carers.push((kin, relationship, name));
                }
                _ => count(discarded, "NK1 other"),
            }
        }
        // HL7 does not say who has parental responsibility.
        let named: Vec<Named<'_>> =
            carers.iter().map(|(_, relationship, _)| Named { relationship, responsible: false }).collect();
        let mut told = 0;
        for ((kin, relationship, name), held) in carers.iter().zip(held(&named)) {
            if !held {
                count(discarded, "NK1 beyond");
                continue;
            }
            told += 1;
            let prefix = format!("carer_{told}_");
            says.name(&prefix, name);
            says.say(&format!("{prefix}relationship"), relationship);
            for value in kin.repeats(5) {
                if !telecom::reaches_somebody(&value) {
                    count(discarded, "NK1-5 other");
                    continue;
                }
                if telecom::is_a_part_alone(&value) {
                    count(discarded, "NK1-5 other");
                }
                says.say_first(&format!("{prefix}telephone"), &telecom::telephone(&value));
                says.say_first(&format!("{prefix}email"), &value.text(4));
            }
        }
    }
}

/// A message that is being filled. A column that the profile does not have stays unsaid: the lists, and not the profile, are
/// what is refused by.
struct Columns {
    message: Message,
}

impl Columns {
    fn say(&mut self, column: &str, value: &str) {
        let _ = self.message.say(column, value);
    }

    fn say_first(&mut self, column: &str, value: &str) {
        if self.message.said(column).is_empty() {
            self.say(column, value);
        }
    }

    /// A name: family, given, further.
    fn name(&mut self, prefix: &str, value: &Value<'_>) {
        let forenames = [value.text(2), value.text(3)];
        let forenames: Vec<&str> =
            forenames.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
        self.say(&format!("{prefix}forenames"), &forenames.join(" "));
        self.say(&format!("{prefix}surname"), &value.component(1));
    }
}

fn count(discarded: &mut Discarded, name: &str) {
    *discarded.entry(name.to_owned()).or_default() += 1;
}

/// Counts what is discarded of a segment's fields, and refuses what is on no list.
fn check_fields(segment: &Segment<'_>, discarded: &mut Discarded) -> Result<(), Reason> {
    for number in segment.filled() {
        match lists::field(segment.name(), number) {
            (name, Some(Part::Taken)) if !segment.is_text(number) => {
                return Err(Reason::NotText { segment: name, field: number });
            }
            (_, Some(Part::Taken)) => {}
            (name, Some(Part::Discarded)) => count(discarded, &format!("{name}-{number}")),
            (segment, None) => return Err(Reason::UnknownField { segment, field: number }),
        }
    }
    Ok(())
}

fn has(segments: &[Segment<'_>], name: &str) -> bool {
    segments.iter().any(|segment| segment.name() == name)
}

/// Its line in the message, as far as the segments that are read tell.
fn place_of(segments: &[Segment<'_>], name: &str) -> usize {
    segments.iter().position(|segment| segment.name() == name).map_or(0, |index| index + 2)
}

fn at_most_one<'a, 'm>(
    segments: &'a [Segment<'m>],
    name: &'static str,
) -> Result<Option<&'a Segment<'m>>, Reason> {
    let mut named = segments.iter().filter(|segment| segment.name() == name);
    let first = named.next();
    if named.next().is_some() { Err(Reason::Repeated { segment: name }) } else { Ok(first) }
}

fn only<'a, 'm>(
    segments: &'a [Segment<'m>],
    name: &'static str,
    header: &Header,
) -> Result<&'a Segment<'m>, Reason> {
    at_most_one(segments, name)?.ok_or_else(|| Reason::Missing { segment: name, event: header.event.clone() })
}

fn is_nhs_number(value: &Value<'_>) -> bool {
    let named = |component| NHS_NUMBERS.contains(&value.component(component).to_ascii_uppercase().as_str());
    named(5) || named(4)
}

fn may_be_own(value: &Value<'_>, mapping: &Mapping) -> bool {
    match &mapping.assigning_authority {
        Some(authority) => value.component(4) == *authority,
        None => OWN_NUMBERS.contains(&value.component(5).as_str()),
    }
}

/// The child's NHS number; empty where none is said. Written with spaces or hyphens it is the same number.
fn nhs_number(values: &[Value<'_>]) -> Result<String, Reason> {
    let digits = |number: &String| number.replace([' ', '-'], "");
    let numbers = values.iter().filter(|value| is_nhs_number(value)).map(|value| value.text(1));
    let mut numbers = numbers.filter(|number| !number.is_empty());
    let Some(first) = numbers.next() else { return Ok(String::new()) };
    if numbers.all(|other| digits(&other) == digits(&first)) {
        Ok(first)
    } else {
        Err(Reason::SeveralNhsNumbers)
    }
}

fn other_numbers(values: &[Value<'_>], mapping: &Mapping, own: &str, discarded: &mut Discarded) {
    for value in values {
        let is_own = value.text(1) == own && may_be_own(value, mapping);
        if !is_nhs_number(value) && !is_own {
            count(discarded, "PID-3 other");
        }
    }
}

/// Whether a number was in use when its source knew this to be so: CX-7 and CX-8 say from when until when.
fn is_in_use(value: &Value<'_>, known: &str) -> bool {
    has_begun(&value.component(7), known) && !has_passed(&value.component(8), known)
}

/// The source's own number among those of a field that may be counted.
fn own_number(
    values: &[Value<'_>],
    counts: impl Fn(&Value<'_>) -> bool,
    (segment, field): (&'static str, usize),
    mapping: &Mapping,
) -> Result<String, Reason> {
    let may: Vec<&Value<'_>> =
        values.iter().filter(|value| may_be_own(value, mapping) && counts(value)).collect();
    // An authority may give several numbers: of those the record's, where one says that it is.
    let typed = |value: &&Value<'_>| OWN_NUMBERS.contains(&value.component(5).as_str());
    let is_typed = may.iter().any(typed);
    let mut own: Vec<String> =
        may.into_iter().filter(|value| !is_typed || typed(value)).map(|value| value.text(1)).collect();
    if let ([only], None, true) = (values, &mapping.assigning_authority, own.is_empty()) {
        // One number without a type can only be the source's own.
        if only.component(5).is_empty() && !is_nhs_number(only) && counts(only) {
            own.push(only.text(1));
        }
    }
    own.retain(|number| !number.is_empty());
    own.dedup();
    match own.as_slice() {
        [number] => Ok(number.clone()),
        [] => Err(Reason::NoOwnNumber { segment, field }),
        _ => Err(Reason::SeveralOwnNumbers { segment, field }),
    }
}

/// By HL7's table 0001. Whatever else it is stays as it is, so that the check of codes finds it.
fn sex(code: &str) -> &str {
    match code {
        // Other, unknown, ambiguous, not applicable: the directory knows one statement for them (rule 1.4).
        "O" | "U" | "A" | "N" => "N",
        other => other,
    }
}

/// Whether a name or an address stood when its source knew this to be so. The component behind that of its beginning says its end.
fn stands(value: &Value<'_>, start: usize, range: usize, known: &str) -> bool {
    let starts = [value.component(start), value.part(range, 1)];
    let ends = [value.component(start + 1), value.part(range, 2)];
    starts.iter().all(|start| has_begun(start, known)) && !ends.iter().any(|end| has_passed(end, known))
}

/// House and street (XAD-1). A number and a street of their own (its second and third part) are said where the first part does not
/// say them. An ampersand that is written bare in a line of text makes a second part alone, and is one.
fn street(home: &Value<'_>) -> String {
    let [line, street, number] = [1, 2, 3].map(|part| home.part(1, part));
    let own = [number.as_str(), street.as_str()];
    let own = own.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
    match line.as_str() {
        "" => own,
        _ if own.split(' ').all(|word| line.split([' ', ',']).any(|of| of == word)) => line,
        _ if number.is_empty() => home.text(1),
        _ => format!("{line}, {own}"),
    }
}

/// People with responsibility or care (rule 1.7), by HL7's table 0063.
fn relationship(code: &str) -> Option<&'static str> {
    match code {
        "MTH" => Some("mother"),
        "FTH" => Some("father"),
        "PAR" => Some("parent"),
        "GRD" => Some("guardian"),
        "CGV" => Some("carer"),
        _ => None,
    }
}
