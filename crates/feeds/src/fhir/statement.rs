//! A Patient and all that came with it, as the columns of the source's profile.

use super::Mapping;
use super::besides::Besides;
use super::codes;
use super::consent::Basis;
use super::datatypes::{Address, Identifier, Name, Period, Reference, code_of, day_of};
use super::involvement::Involvement;
use super::patient::{Patient, gender};
use super::person::Person;
use super::place::Place;
use super::provider::{Provider, with_organization};
use super::refusal::{Reason, Refused};
use super::resources::{Content, Resources};
use crate::carers::{Named, held};
use crate::check::dates;
use crate::{Message, Profile};

/// The names by which somebody goes; no use counts as one.
const NAMES: [&str; 4] = ["official", "usual", "", "temp"];
/// The addresses where somebody lives, the most telling first.
const HOMES: [&str; 3] = ["home", "", "temp"];

/// A message that is being filled.
struct Says {
    message: Message,
    profile: &'static Profile,
}

impl Says {
    /// Says what a column holds; nothing is no statement.
    fn say(&mut self, column: &str, value: &str, at: &Place) -> Result<(), Refused> {
        if value.trim().is_empty() {
            return Ok(());
        }
        let said = self.message.said(column);
        if !said.is_empty() && said != value {
            return Err(at.refused(Reason::SaidTwice { column: column.to_owned() }));
        }
        self.message.say(column, value).map_err(|unknown| {
            at.refused(Reason::NoColumn { profile: unknown.profile, column: column.to_owned() })
        })
    }

    fn name(&mut self, prefix: &str, name: &Name, at: &Place) -> Result<(), Refused> {
        self.say(&format!("{prefix}forenames"), &name.given, at)?;
        self.say(&format!("{prefix}surname"), &name.family, at)
    }
}

/// By which columns, and by whose numbers, a statement is read.
#[derive(Clone, Copy)]
pub(super) struct How<'a> {
    pub(super) profile: &'static Profile,
    /// The system of the source's own numbers, where another than [`codes::RECORD`] was agreed.
    pub(super) own_system: Option<&'a str>,
    /// Whether it is a register of deaths: of every other source a death is discarded.
    pub(super) deaths: bool,
}

impl<'a> How<'a> {
    pub(super) fn of(mapping: &'a Mapping) -> Self {
        let Mapping { profile, own_system, .. } = mapping;
        Self { profile, own_system: own_system.as_deref(), deaths: profile.registers_deaths() }
    }

    fn system(&self) -> &str {
        self.own_system.unwrap_or(codes::RECORD)
    }

    /// The source's own number of a Patient: the one of its system that is in use, else its id where it has none of that system; and
    /// never another than the request names. `known` is when its source knew it. Of one that another replaced the number may have
    /// ended with it.
    fn own_number(
        &self,
        (patient, known): (&Patient, &str),
        is_replaced: bool,
        asked: Option<&str>,
    ) -> Result<String, Refused> {
        let is_own =
            |identifier: &Identifier| identifier.system == self.system() && !identifier.value.is_empty();
        let all: Vec<_> = patient.identifiers.iter().filter(|(identifier, _)| is_own(identifier)).collect();
        let mut own: Vec<_> =
            all.iter().copied().filter(|(identifier, _)| identifier.stands(known)).collect();
        if own.is_empty() && is_replaced {
            own.clone_from(&all);
        }
        own.dedup_by(|(one, _), (other, _)| one.value == other.value);
        let number = match own.as_slice() {
            [(identifier, _)] => identifier.value.clone(),
            [] if self.own_system.is_some() || !all.is_empty() => {
                return Err(patient.at.element("identifier").refused(Reason::NoOwnNumber));
            }
            [] => match (patient.id.as_str(), asked) {
                ("", Some(record)) => record.to_owned(),
                ("", None) => return Err(patient.at.element("identifier").refused(Reason::NoOwnNumber)),
                (id, _) => id.to_owned(),
            },
            [_, (_, second), ..] => return Err(second.refused(Reason::SeveralOwnNumbers)),
        };
        if asked.is_some_and(|record| record != number) {
            return Err(patient.at.refused(Reason::OtherRecord));
        }
        Ok(number)
    }
}

/// What came together, and how it is read.
pub(super) struct Statement<'a> {
    pub(super) all: &'a Resources,
    pub(super) how: How<'a>,
    /// When it was put together, or came; empty of a file.
    pub(super) known: &'a str,
}

/// When a statement is from.
struct Known {
    /// By which it is ordered.
    effective_at: String,
    /// By which it is told what stands.
    on: String,
}

impl Statement<'_> {
    /// Servers stamp the resource that changed, and none when a day has come: so a statement is from the latest stamp of all that
    /// came together, what stands is told by when that was put together, and what has begun or ended in between has changed the
    /// statement on its day. The same sent again says the same.
    fn known(&self, position: usize, patient: &Patient) -> Known {
        let related = || self.beside(position).map(|(nth, _, content)| (self.all.get(nth), content));
        let stamps = related().filter_map(|(resource, _)| Some(resource?.last_updated.as_str()));
        let stamp = stamps.fold(patient.last_updated.as_str(), latest);
        if stamp.is_empty() {
            return Known { effective_at: self.known.to_owned(), on: self.known.to_owned() };
        }
        let on = if dates::moment(self.known).is_ok() { latest(stamp, self.known) } else { stamp };
        let people = related().filter_map(|(_, content)| match content {
            Content::Related(person) => Some(&**person),
            _ => None,
        });
        let people = people.chain(&patient.contacts);
        let of_people = people.flat_map(|person| person.reached.periods().chain([&person.period]));
        let names = patient.names.iter().map(|(name, _)| &name.period);
        let homes = patient.addresses.iter().map(|(address, _)| &address.period);
        let counts =
            |identifier: &Identifier| identifier.column().is_some() || identifier.system == self.how.system();
        let numbers = patient.identifiers.iter().map(|(identifier, _)| identifier);
        let numbers = numbers.filter(|identifier| counts(identifier)).map(|identifier| &identifier.period);
        let turns = names.chain(homes).chain(numbers).chain(of_people).flat_map(Period::turns);
        let last = turns.filter(|day| day.to_string().as_str() <= day_of(on)).max();
        let last = last.map(|day| day.to_string()).unwrap_or_default();
        Known { effective_at: latest(stamp, &last).to_owned(), on: on.to_owned() }
    }

    /// The source's own number of the Patient at `position`, and never another than the request names.
    pub(super) fn own_number(
        &self,
        position: usize,
        patient: &Patient,
        asked: Option<&str>,
    ) -> Result<String, Refused> {
        let known = self.known(position, patient).on;
        self.how.own_number((patient, &known), patient.is_replaced(), asked)
    }

    /// The source's own number of a Patient that another one says it replaces.
    pub(super) fn number_of_replaced(&self, position: usize, patient: &Patient) -> Result<String, Refused> {
        self.how.own_number((patient, &self.known(position, patient).on), true, None)
    }

    /// Everything that was said about the Patient at `position`.
    pub(super) fn of<B: Besides>(
        &self,
        position: usize,
        patient: &Patient,
        number: &str,
        besides: &mut B,
    ) -> Result<Message, Refused> {
        let profile = self.how.profile;
        let mut says = Says { message: Message::new(profile), profile };
        let at = &patient.at;
        says.say("record_id", number, at)?;
        let Known { effective_at, on: known } = self.known(position, patient);
        let known = known.as_str();
        says.say("effective_at", &effective_at, &at.element("meta"))?;
        says.say("date_of_birth", &patient.birth_date, &at.element("birthDate"))?;
        says.say("gender", gender(&patient.gender), &at.element("gender"))?;
        self.numbers(&mut says, (patient, known), number, besides)?;
        names(&mut says, patient, known, besides)?;
        address(&mut says, patient, known, besides)?;
        self.practice(&mut says, position, (patient, known), besides)?;
        for (address, stated, at) in &patient.extensions {
            match *address {
                codes::ADDRESS_KIND => says.say("address_kind", &stated.text(), at)?,
                codes::EDUCATION => says.say("education_status", &stated.text(), at)?,
                codes::DEATH_ENTRY => says.say("entry", &stated.text(), at)?,
                _ => says.say("caf_exists", &stated.text(), at)?,
            }
        }
        self.death(&mut says, patient, besides)?;
        self.carers(&mut says, position, (patient, known), besides)?;
        self.involvements(&mut says, position, known, besides)?;
        Ok(says.message)
    }

    /// What came with the Patient.
    fn beside(&self, position: usize) -> impl Iterator<Item = (usize, usize, &Content)> {
        self.all.iter().enumerate().filter_map(move |(nth, resource)| {
            let content = resource.content.as_ref().ok()?;
            let of = self.all.position(&content.about()??.to, resource.entry)?;
            (of == position).then_some((nth, resource.entry, content))
        })
    }

    fn numbers<B: Besides>(
        &self,
        says: &mut Says,
        (patient, known): (&Patient, &str),
        own: &str,
        besides: &mut B,
    ) -> Result<(), Refused> {
        for (identifier, at) in &patient.identifiers {
            match identifier.column() {
                _ if !identifier.stands(known) => besides.discard("Patient.identifier other"),
                Some(column) => says.say(column, &identifier.value, at)?,
                None if identifier.system == self.how.system() && identifier.value == own => {}
                None => besides.discard("Patient.identifier other"),
            }
        }
        Ok(())
    }

    /// An entry in a register of deaths (rule 4.6). Of every other source it is discarded.
    fn death<B: Besides>(&self, says: &mut Says, patient: &Patient, besides: &mut B) -> Result<(), Refused> {
        let Some((died, at)) = &patient.deceased else { return Ok(()) };
        if !self.how.deaths {
            besides.discard("Patient.deceasedDateTime");
            return Ok(());
        }
        says.say("date_of_death", day_of(died), at)?;
        says.say("entry", &patient.death_entry(), at)
    }

    fn practice<B: Besides>(
        &self,
        says: &mut Says,
        position: usize,
        (patient, known): (&Patient, &str),
        besides: &mut B,
    ) -> Result<(), Refused> {
        let entry = self.all.get(position).map_or(0, |resource| resource.entry);
        let mut told = false;
        for reference in &patient.practices {
            let is_practice = match self.all.follow(reference, entry)? {
                Some((_, content)) => !matches!(content, Content::Practitioner(_) | Content::Role(_)),
                None => may_be_practice(reference),
            };
            if told || !is_practice {
                besides.discard("Patient.generalPractitioner other");
                continue;
            }
            told = true;
            with_organization(reference, entry, self.all, |practice| {
                says.say("practice_name", &practice.name, &reference.at)?;
                says.say("practice_code", practice.code(codes::ODS, known), &reference.at)?;
                says.say("practice_telephone", practice.reached.telephone(known), &reference.at)?;
                says.say("local_authority", &practice.authority, &reference.at)
            })??;
        }
        Ok(())
    }

    fn carers<B: Besides>(
        &self,
        says: &mut Says,
        position: usize,
        (patient, known): (&Patient, &str),
        besides: &mut B,
    ) -> Result<(), Refused> {
        let related = self.beside(position).filter_map(|(_, _, content)| match content {
            Content::Related(person) => Some(&**person),
            _ => None,
        });
        let mut carers = Vec::new();
        for person in patient.contacts.iter().chain(related) {
            // People with responsibility or care (rule 1.7), and no other relatives (rule 1.22).
            let stands = !person.has_ended && person.period.stands(known);
            match codes::relationship(&person.relationship).filter(|_| stands) {
                Some(kind) => carers.push((person, kind)),
                None => besides.discard("RelatedPerson other"),
            }
        }
        let named: Vec<Named<'_>> = carers
            .iter()
            .map(|(person, relationship)| Named { relationship, responsible: person.responsibility == "yes" })
            .collect();
        let mut told = 0;
        for ((person, kind), held) in carers.iter().zip(held(&named)) {
            if held {
                told += 1;
                carer(says, &format!("carer_{told}_"), (person, known), kind)?;
            } else {
                besides.discard("RelatedPerson beyond");
            }
        }
        Ok(())
    }

    fn involvements<B: Besides>(
        &self,
        says: &mut Says,
        position: usize,
        known: &str,
        besides: &mut B,
    ) -> Result<(), Refused> {
        let mut told = 0;
        for (nth, entry, content) in self.beside(position) {
            let Content::Care(care) = content else { continue };
            for one in &care.involvements {
                let at = &one.at;
                let mut provider = Provider { known, ..Provider::default() };
                if let Some(member) = &one.member {
                    provider.member(member, entry, self.all)?;
                }
                if provider.is_family {
                    besides.discard("CareTeam.participant other");
                    continue;
                }
                if let Some(enrolment) = code_of(&one.kind, codes::ENROLMENT, at)? {
                    self.enrolment(says, enrolment, (one, known), entry)?;
                    continue;
                }
                if let Some(organization) = &one.organization {
                    // Who is named with the involvement itself provides it.
                    provider.organisation.clear();
                    provider.organization(organization, entry, self.all)?;
                }
                told += 1;
                let prefix = format!("involvement_{told}_");
                involvement(says, &prefix, one, &provider)?;
                self.basis(says, &prefix, position, nth, care.involvements.len() == 1)?;
            }
        }
        for (_, entry, content) in self.beside(position) {
            let Content::Basis(basis) = content else { continue };
            for reference in &basis.about {
                match self.all.follow(reference, entry)? {
                    Some((_, Content::Care(_))) => {}
                    Some(_) => return Err(reference.at.refused(Reason::OtherType)),
                    None => return Err(reference.at.refused(Reason::Unresolved)),
                }
            }
        }
        Ok(())
    }

    /// What a school, a practice or an early help assessment says.
    fn enrolment(
        &self,
        says: &mut Says,
        kind: &str,
        (one, known): (&Involvement, &str),
        entry: usize,
    ) -> Result<(), Refused> {
        let at = &one.at;
        let Some(organization) = &one.organization else {
            return Err(at.refused(Reason::Missing(
                "this has no managingOrganization; send the school, practice or holder",
            )));
        };
        let place = &organization.at;
        with_organization(organization, entry, self.all, |of| match kind {
            "school" => {
                says.say("school_name", &of.name, place)?;
                says.say("school_urn", of.code(codes::SCHOOL, known), place)?;
                says.say("school_telephone", of.reached.telephone(known), place)?;
                says.say("school_email", of.reached.email(known), place)?;
                says.say("local_authority", &of.authority, place)?;
                says.say("school_start", one.period.first_day(), at)?;
                says.say("school_end", one.period.last_day(), at)?;
                if says.message.said("education_status").is_empty() {
                    says.say("education_status", "in_school", at)?;
                }
                Ok(())
            }
            "practice" => {
                says.say("practice_name", &of.name, place)?;
                says.say("practice_code", of.code(codes::ODS, known), place)?;
                says.say("practice_telephone", of.reached.telephone(known), place)?;
                says.say("local_authority", &of.authority, place)?;
                says.say("practice_start", one.period.first_day(), at)?;
                if one.period.last_day().is_empty() {
                    return Ok(());
                }
                let column = "practice_end".to_owned();
                Err(at.element("period").refused(Reason::NoColumn { profile: says.profile.name, column }))
            }
            "early_help_assessment" => {
                says.say("caf_exists", "yes", at)?;
                says.say("caf_holder", &of.name, place)?;
                says.say("caf_telephone", of.reached.telephone(known), place)
            }
            _ => {
                Err(at.element("type").refused(Reason::Meaning("this code is not on the list of enrolments")))
            }
        })?
    }

    /// On what basis an involvement is named (rule 3.3).
    fn basis(
        &self,
        says: &mut Says,
        prefix: &str,
        position: usize,
        care: usize,
        alone: bool,
    ) -> Result<(), Refused> {
        for (_, entry, content) in self.beside(position) {
            let Content::Basis(basis) = content else { continue };
            let about = basis.about.iter().find(|about| self.all.position(&about.to, entry) == Some(care));
            let Some(about) = about else { continue };
            if !alone {
                let words = "a basis is about one involvement; send an EpisodeOfCare for it";
                return Err(about.at.refused(Reason::Meaning(words)));
            }
            self.say_basis(says, prefix, basis, entry)?;
        }
        Ok(())
    }

    fn say_basis(&self, says: &mut Says, prefix: &str, basis: &Basis, entry: usize) -> Result<(), Refused> {
        let mut say = |column: &str, value: &str| says.say(&format!("{prefix}{column}"), value, &basis.at);
        say("basis", &basis.basis)?;
        say("consent", &basis.consent)?;
        say("asserted_on", &basis.asserted_on)?;
        say("withdrawn_on", &basis.withdrawn_on)?;
        say("marker", &basis.marker)?;
        let Some(organization) = &basis.asserted_by else { return Ok(()) };
        with_organization(organization, entry, self.all, |of| say("asserted_by", &of.name))?
    }
}

/// The later of two moments; one that is none is told by the rules, and is the later.
fn latest<'t>(one: &'t str, other: &'t str) -> &'t str {
    match (one, other) {
        ("", text) | (text, "") => text,
        _ => match (dates::moment(one), dates::moment(other)) {
            (Ok(first), Ok(second)) if first < second => other,
            (Ok(_), Err(_)) => other,
            _ => one,
        },
    }
}

/// Whether what did not come with the Patient may be a practice: the number and the name of a doctor are not those of an
/// organisation. A number of no system is taken for its code, and judged as one.
fn may_be_practice(reference: &Reference) -> bool {
    match reference.names() {
        "Organization" => true,
        "" => matches!(reference.identifier.system.as_str(), "" | codes::ODS),
        _ => false,
    }
}

fn involvement(
    says: &mut Says,
    prefix: &str,
    one: &Involvement,
    provider: &Provider<'_>,
) -> Result<(), Refused> {
    let at = &one.at;
    let service = match code_of(&one.kind, codes::SERVICE, at)? {
        Some(service) => Some(service),
        None => code_of(&provider.kind, codes::SERVICE, at)?,
    };
    let words = "this names no service of the list of services";
    let service = service.ok_or_else(|| at.refused(Reason::Missing(words)))?;
    let mut say = |column: &str, value: &str| says.say(&format!("{prefix}{column}"), value, at);
    say("service", service)?;
    say("organisation", &provider.organisation)?;
    say("practitioner", &provider.practitioner)?;
    say("telephone", &provider.telephone)?;
    say("email", &provider.email)?;
    say("start", one.period.first_day())?;
    say("end", one.period.last_day())?;
    say("lead", &one.lead)
}

fn carer(says: &mut Says, prefix: &str, (person, known): (&Person, &str), kind: &str) -> Result<(), Refused> {
    let at = &person.at;
    says.name(prefix, &person.name, at)?;
    says.say(&format!("{prefix}relationship"), kind, at)?;
    says.say(&format!("{prefix}responsibility"), &person.responsibility, at)?;
    says.say(&format!("{prefix}telephone"), person.reached.telephone(known), at)?;
    says.say(&format!("{prefix}email"), person.reached.email(known), at)
}

/// The first name is the name, other ones are aliases. A maiden name or one no longer used could join two identities (rule 10.12).
fn names<B: Besides>(
    says: &mut Says,
    patient: &Patient,
    known: &str,
    besides: &mut B,
) -> Result<(), Refused> {
    let mut given = false;
    let mut aliases = 0;
    let stands = |name: &Name| name.period.stands(known);
    let is_name = |name: &Name| NAMES.contains(&name.usage.as_str()) && stands(name);
    // The official one first, then in their order.
    let mut all: Vec<_> = patient.names.iter().collect();
    all.sort_by_key(|(name, _)| name.usage != "official");
    for (name, at) in all {
        if is_name(name) && !given {
            given = true;
            says.name("", name, at)?;
        } else if is_name(name) || (name.usage == "nickname" && stands(name)) {
            aliases += 1;
            if aliases > 2 {
                besides.discard("Patient.name beyond");
            } else {
                says.name(&format!("alias_{aliases}_"), name, at)?;
            }
        } else {
            besides.discard("Patient.name other");
        }
    }
    Ok(())
}

/// The address where the child lives; without one, the last that is known (rule 1.2).
fn address<B: Besides>(
    says: &mut Says,
    patient: &Patient,
    known: &str,
    besides: &mut B,
) -> Result<(), Refused> {
    let rank = |usage: &str| HOMES.iter().position(|home| *home == usage);
    let is_home = |address: &Address| !address.is_postal && rank(&address.usage).is_some();
    let was_home = |address: &Address| !address.is_postal && address.usage == "old";
    let is_old = |address: &Address| was_home(address) || (is_home(address) && address.period.is_over(known));
    let stands = |address: &Address| is_home(address) && !is_old(address) && address.period.has_begun(known);
    let home = patient.addresses.iter().filter(|(address, _)| stands(address));
    let home = home.min_by_key(|(address, _)| rank(&address.usage));
    // Of those that have ended the one that ended last.
    let old = patient.addresses.iter().filter(|(address, _)| is_old(address));
    let old = old.rev().max_by_key(|(address, _)| address.period.last_day());
    let chosen = home.or(old);
    let others = patient.addresses.len() - usize::from(chosen.is_some());
    (0..others).for_each(|_| besides.discard("Patient.address other"));
    let Some((address, at)) = chosen else { return Ok(()) };
    let mut lines = address.lines.iter();
    let first = lines.next().map_or("", String::as_str);
    let rest = lines.map(String::as_str).collect::<Vec<_>>().join(", ");
    let parts = [
        ("address_line_1", first),
        ("address_line_2", rest.as_str()),
        ("town", address.town.as_str()),
        ("postcode", address.postcode.as_str()),
    ];
    if parts.iter().any(|(_, value)| !value.is_empty()) {
        says.say("address_kind", if is_old(address) { "last_known" } else { "current" }, at)?;
    }
    for (column, value) in parts {
        says.say(column, value, at)?;
    }
    Ok(())
}
