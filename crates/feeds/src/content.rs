//! One row's values to the source record they state, or to the faults that keep them from stating one.

use directory::{
    Address, Basis, BasisKind, BasisLacks, CafIndicator, Carer, Consent, Contact, Content, DeathEntry,
    Education, Gender, Identifier, Involvement, InvolvementDetails, LeftEngland, MissingBasis, NameUse,
    PartialDate, PersonName, Postcode, Practice, Relationship, Responsibility, SaidAt, ServiceType, Setting,
    Whereabouts,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::basis::{Named, Withdrawn};
use crate::check;
use crate::form::{CarerSlots, Form, InvolvementSlots, NameSlots, Slot};
use crate::judging::value_fault;
use crate::rules::{Fault, Rule};
use crate::values::Values;

/// What a row states.
pub(crate) struct Statement {
    pub(crate) record_id: String,
    pub(crate) content: Content,
    pub(crate) withdrawn: Vec<Withdrawn>,
}

/// What keeps a row from stating anything.
pub(crate) struct Unread {
    pub(crate) faults: Vec<Fault>,
    /// The sensitive services it names without a basis that stands.
    pub(crate) without_basis: Vec<Named>,
    /// The consents that it says were withdrawn.
    pub(crate) withdrawn: Vec<Withdrawn>,
}

/// Reads a row. Every value is looked at, so that the sender learns of all faults at once.
///
/// # Errors
/// The faults in the order of the columns, at most one a column, at least one.
pub(crate) fn read(form: &Form, values: &Values, today: Date) -> Result<Statement, Unread> {
    let mut pass =
        Pass { values, today, faults: Vec::new(), withdrawn: Vec::new(), without_basis: Vec::new() };
    pass.check_each(form);
    pass.read(form.single.record_id, check::record_id);
    let effective_at = pass.effective_at(form.single.effective_at, today);
    let name = pass.child_name(&form.name);
    let died_on = pass.read(form.single.date_of_death, check::dates::partial);
    // Who died is judged by the age at death, however long ago that was.
    let spoken_of = died_on.map(PartialDate::earliest).or(effective_at.map(day_of));
    // Where the day of the country has begun and that of UTC has not, a child is born today.
    let latest = effective_at.map_or(today, |at| SaidAt::of(at).day().max(today));
    let date_of_birth = pass.date_of_birth(form.single.date_of_birth, spoken_of, latest);
    let death = pass.death(form, died_on, date_of_birth, latest);
    let gender = pass.read(form.single.gender, check::coded(Gender::from_code));
    let identifiers = pass.identifiers(form);
    let aliases: Vec<PersonName> =
        form.aliases.iter().filter_map(|slots| pass.name(slots, NameUse::Alias)).collect();
    let whereabouts = pass.whereabouts(form);
    let carers = form.carers.iter().filter_map(|(name, other)| pass.carer(name, other)).collect();
    let education = pass.education(form);
    let practice = pass.practice(form);
    let involvements = form.involvements.iter().filter_map(|slots| pass.involvement(slots)).collect();
    let caf = pass.caf(form);
    match (name, effective_at) {
        (Some(name), Some(effective_at)) if pass.faults.is_empty() => {
            let content = Content {
                names: [vec![name], aliases].concat(),
                date_of_birth,
                gender: gender.unwrap_or(Gender::NotSpecified),
                whereabouts,
                previous_addresses: Vec::new(),
                identifiers,
                carers,
                education,
                practice,
                involvements,
                caf,
                death,
                effective_at,
                ended_on: None,
                left_since: None,
            };
            let record_id = pass.text(form.single.record_id).to_owned();
            Ok(Statement { record_id, content, withdrawn: pass.withdrawn })
        }
        _ => {
            pass.faults.sort_by_key(|(index, _)| *index);
            let faults = pass.faults.into_iter().map(|(_, fault)| fault).collect();
            Err(Unread { faults, without_basis: pass.without_basis, withdrawn: pass.withdrawn })
        }
    }
}

/// One look over a row: its values and the faults found so far, each with its column's place.
struct Pass<'a> {
    values: &'a Values,
    today: Date,
    faults: Vec<(usize, Fault)>,
    withdrawn: Vec<Withdrawn>,
    without_basis: Vec<Named>,
}

impl<'a> Pass<'a> {
    fn text(&self, slot: Option<Slot>) -> &'a str {
        slot.map_or("", |slot| self.values.get(slot.index))
    }

    fn is_empty(&self, slot: Option<Slot>) -> bool {
        self.text(slot).is_empty()
    }

    /// Notes a fault, unless the column has one: the first says enough.
    fn fault(&mut self, slot: Option<Slot>, rule: Rule) {
        let Some(slot) = slot else { return };
        if !self.has_fault(slot) {
            let length = self.values.get(slot.index).chars().count();
            self.faults.push((slot.index, Fault { field: slot.column.name, rule, length }));
        }
    }

    fn has_fault(&self, slot: Slot) -> bool {
        self.faults.iter().any(|(index, _)| *index == slot.index)
    }

    /// The value as what the column holds; `None` when it is empty or has a fault, found now or before.
    fn read<T>(&mut self, slot: Option<Slot>, parse: impl FnOnce(&str) -> Result<T, Rule>) -> Option<T> {
        let text = self.text(slot);
        if text.is_empty() || slot.is_some_and(|slot| self.has_fault(slot)) {
            return None;
        }
        parse(text).map_err(|rule| self.fault(slot, rule)).ok()
    }

    fn check_each(&mut self, form: &Form) {
        for slot in form.slots() {
            let Slot { index, column } = slot;
            let value = self.values.get(index);
            let slot = Some(slot);
            if value.is_empty() {
                if column.required {
                    self.fault(slot, Rule::Missing);
                }
            } else if check::is_spreadsheet_error(value) {
                self.fault(slot, Rule::SpreadsheetError);
            } else if value.len() > column.kind.greatest_length()
                && value.chars().count() > column.kind.greatest_length()
            {
                self.fault(slot, value_fault(column.kind, value).unwrap_or(Rule::TooLong));
            }
        }
    }

    fn effective_at(&mut self, slot: Option<Slot>, today: Date) -> Option<Timestamp> {
        let effective_at = self.read(slot, check::dates::moment)?;
        // East of Greenwich tomorrow begins earlier; a day of grace costs nothing.
        let latest = today.checked_add(1.day()).unwrap_or(today);
        if day_of(effective_at) > latest {
            self.fault(slot, Rule::EffectiveInFuture);
            return None;
        }
        Some(effective_at)
    }

    fn date_of_birth(
        &mut self,
        slot: Option<Slot>,
        spoken_of: Option<Date>,
        latest: Date,
    ) -> Option<PartialDate> {
        let born = self.read(slot, check::dates::partial)?;
        if born.earliest() > latest {
            self.fault(slot, Rule::BirthInFuture);
        }
        // Where part of the date is unknown the child gets the benefit: only who is certainly 18 is adult.
        let age = spoken_of.and_then(|day| born.age_on(day));
        if age.is_some_and(|age| age.youngest() >= 18) {
            self.fault(slot, Rule::Adult);
        }
        Some(born)
    }

    /// What the entry in a register of deaths says (rule 4.6); nothing in any other source's row.
    fn death(
        &mut self,
        form: &Form,
        died_on: Option<PartialDate>,
        born: Option<PartialDate>,
        latest: Date,
    ) -> Option<DeathEntry> {
        let single = &form.single;
        let stands = match self.text(single.entry) {
            "" => return None,
            "registered" => true,
            "withdrawn" => false,
            _ => {
                self.fault(single.entry, Rule::UnknownCode);
                return None;
            }
        };
        let died_on = died_on?;
        if died_on.earliest() > latest {
            self.fault(single.date_of_death, Rule::DeathInFuture);
        } else if born.is_some_and(|born| died_on.latest() < born.earliest()) {
            self.fault(single.date_of_death, Rule::DeathBeforeBirth);
        }
        Some(if stands { DeathEntry::Registered(died_on) } else { DeathEntry::Withdrawn })
    }

    fn child_name(&mut self, slots: &NameSlots) -> Option<PersonName> {
        if self.is_empty(slots.forenames) && self.is_empty(slots.surname) {
            self.fault(slots.surname, Rule::NameMissing);
        }
        self.name(slots, NameUse::Current)
    }

    /// A name of which at least one half is given; `None` when both are empty or one has a fault.
    fn name(&mut self, slots: &NameSlots, name_use: NameUse) -> Option<PersonName> {
        let given = [slots.forenames, slots.surname];
        let mut sound = true;
        for half in given {
            sound &= self.is_empty(half) || self.read(half, check::names::half).is_some();
        }
        if !sound || given.iter().all(|half| self.is_empty(*half)) {
            return None;
        }
        PersonName::new(self.text(slots.forenames), self.text(slots.surname), name_use)
            .map_err(|error| self.fault(slots.surname, check::names::rule_of(error)))
            .ok()
    }

    fn identifiers(&mut self, form: &Form) -> Vec<Identifier> {
        let single = &form.single;
        [
            self.read(single.nhs_number, check::nhs_number).map(Identifier::NhsNumber),
            self.read(single.upn, check::upn).map(Identifier::Upn),
            self.read(single.birth_registration, check::birth_registration)
                .map(Identifier::BirthRegistration),
            self.read(single.child_benefit_number, check::child_benefit_number).map(Identifier::ChildBenefit),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn whereabouts(&mut self, form: &Form) -> Option<Whereabouts> {
        let single = &form.single;
        let lines = [single.address_line_1, single.address_line_2];
        let address = Address {
            lines: lines.into_iter().filter_map(|slot| self.read(slot, check::line)).collect(),
            town: self.read(single.town, check::line),
            postcode: self.read(single.postcode, check::postcode).flatten(),
            from: None,
        };
        let lines = [single.address_line_1, single.address_line_2, single.town];
        let has_lines = lines.iter().any(|slot| !self.is_empty(*slot));
        let of_none = Postcode::stands_for_none(self.text(single.postcode));
        let has_place = has_lines || !(self.is_empty(single.postcode) || of_none);
        let kind = self.text(single.address_kind);
        if of_none && !has_place && matches!(kind, "current" | "last_known") {
            return Some(Whereabouts::NoKnownAddress);
        }
        let whereabouts = match kind {
            "" => None,
            "current" => Some(Whereabouts::Current(address)),
            "last_known" => Some(Whereabouts::LastKnown(address)),
            "none" => Some(Whereabouts::NoKnownAddress),
            other => match LeftEngland::from_code(other) {
                Some(left) => Some(Whereabouts::LeftEngland(left)),
                None => {
                    self.fault(single.address_kind, Rule::UnknownCode);
                    return None;
                }
            },
        };
        let wants_place = matches!(kind, "current" | "last_known");
        if has_place != wants_place {
            self.fault(single.address_kind, Rule::WhereaboutsContradict);
        }
        whereabouts
    }

    fn contact(&mut self, telephone: Option<Slot>, email: Option<Slot>) -> Contact {
        Contact { telephone: self.read(telephone, check::telephone), email: self.read(email, check::email) }
    }

    fn carer(&mut self, name: &NameSlots, other: &CarerSlots) -> Option<Carer> {
        let relationship = self.read(other.relationship, check::coded(Relationship::from_code));
        let responsibility = self.read(other.responsibility, check::coded(Responsibility::from_code));
        let contact = self.contact(other.telephone, other.email);
        let rest = [other.relationship, other.responsibility, other.telephone, other.email];
        if self.is_empty(name.forenames) && self.is_empty(name.surname) {
            self.must_be_empty(&rest, name.surname);
            return None;
        }
        Some(Carer {
            name: self.name(name, NameUse::Current)?,
            relationship: relationship.unwrap_or(Relationship::Other),
            responsibility: responsibility.unwrap_or(Responsibility::Unknown),
            contact,
        })
    }

    /// The rest of a group whose naming column is empty.
    fn must_be_empty(&mut self, rest: &[Option<Slot>], naming: Option<Slot>) {
        if rest.iter().any(|slot| !self.is_empty(*slot)) {
            self.fault(naming, Rule::IncompleteGroup);
        }
    }

    fn period(
        &mut self,
        start: Option<Slot>,
        end: Option<Slot>,
    ) -> (Option<PartialDate>, Option<PartialDate>) {
        let started = self.read(start, check::dates::partial);
        let ended = self.read(end, check::dates::partial);
        if let (Some(started), Some(ended)) = (started, ended)
            && ended.latest() < started.earliest()
        {
            self.fault(end, Rule::EndsBeforeStart);
        }
        (started, ended)
    }

    fn education(&mut self, form: &Form) -> Vec<Education> {
        let single = &form.single;
        let urn = self.read(single.school_urn, check::school_number);
        let name = self.read(single.school_name, check::line);
        let contact = self.contact(single.school_telephone, single.school_email);
        let (start, end) = self.period(single.school_start, single.school_end);
        let about_school =
            [single.school_urn, single.school_name, single.school_telephone, single.school_email];
        let setting = match self.text(single.education_status) {
            "" => return Vec::new(),
            "in_school" => {
                if self.is_empty(single.school_name) {
                    self.fault(single.school_name, Rule::IncompleteGroup);
                }
                name.map(|name| Setting::School { urn, name, contact })
            }
            status @ ("home_educated" | "none") => {
                if about_school.iter().any(|slot| !self.is_empty(*slot)) {
                    self.fault(single.education_status, Rule::Contradiction);
                }
                Some(if status == "none" { Setting::NoSetting } else { Setting::HomeEducated })
            }
            _ => {
                self.fault(single.education_status, Rule::UnknownCode);
                None
            }
        };
        let local_authority = self.read(single.local_authority, check::authority);
        setting.map(|setting| Education { setting, local_authority, start, end }).into_iter().collect()
    }

    fn practice(&mut self, form: &Form) -> Option<Practice> {
        let single = &form.single;
        // In a profile without a practice the authority belongs to the school.
        single.practice_name?;
        let code = self.read(single.practice_code, check::practice_code);
        let name = self.read(single.practice_name, check::line);
        let contact = self.contact(single.practice_telephone, None);
        let start = self.read(single.practice_start, check::dates::partial);
        let local_authority = self.read(single.local_authority, check::authority);
        if self.is_empty(single.practice_name) {
            let rest = [
                single.practice_code,
                single.practice_telephone,
                single.practice_start,
                single.local_authority,
            ];
            self.must_be_empty(&rest, single.practice_name);
        }
        Some(Practice { code, name: name?, contact, start, local_authority })
    }

    fn involvement(&mut self, slots: &InvolvementSlots) -> Option<Involvement> {
        let service = self.read(slots.service, check::coded(ServiceType::from_code));
        let organisation = self.read(slots.organisation, check::line);
        let practitioner = self.read(slots.practitioner, check::practitioner);
        let contact = self.contact(slots.telephone, slots.email);
        let (start, end) = self.period(slots.start, slots.end);
        let lead = self.read(slots.lead, check::yes_no).unwrap_or(false);
        let basis = self.basis(slots, service.is_some_and(ServiceType::is_sensitive));
        if self.is_empty(slots.service) {
            self.must_be_empty(&of_service(slots), slots.service);
        }
        let details =
            InvolvementDetails { service: service?, organisation, practitioner, contact, start, end, lead };
        let named = Named { service: details.service, organisation: details.organisation.clone() };
        if details.service.is_sensitive()
            && let Some(on) = basis.as_ref().and_then(|basis| basis.withdrawn_on)
        {
            self.is_withdrawn(slots, named, on);
            return None;
        }
        match Involvement::new(details, basis) {
            Ok(involvement) => Some(involvement),
            Err(MissingBasis(lacks)) => {
                let (slot, rule) = match lacks {
                    BasisLacks::Kind | BasisLacks::Standing => (slots.basis, Rule::BasisMissing),
                    BasisLacks::Consent => (slots.consent, Rule::ConsentMissing),
                    BasisLacks::Asserter => (slots.asserted_by, Rule::AsserterMissing),
                    BasisLacks::Day => (slots.asserted_on, Rule::AssertedWhenMissing),
                };
                if let Some(on) = self.basis_day(slots.withdrawn_on, true) {
                    self.is_withdrawn(slots, named.clone(), on);
                }
                self.fault(slot, rule);
                self.without_basis.push(named);
                None
            }
        }
    }

    /// Notes a consent that was withdrawn, whatever else of the row is wrong, as long as all that it says of that service is right.
    fn is_withdrawn(&mut self, slots: &InvolvementSlots, named: Named, on: PartialDate) {
        // All of them: a row that is wrong in another way may have its columns mixed up.
        let about = of_service(slots).into_iter().chain([slots.service]);
        if about.flatten().any(|slot| self.has_fault(slot)) {
            return;
        }
        // Of a day known in part the latest counts: what may be withdrawn is.
        self.withdrawn.push(Withdrawn { named, on: on.latest().min(self.today) });
    }

    /// The basis as far as the row states one (rules 3.3 to 3.6); it `counts` for a sensitive service only.
    fn basis(&mut self, slots: &InvolvementSlots, counts: bool) -> Option<Basis> {
        let kind = self.read(slots.basis, check::coded(BasisKind::from_code));
        let consent = self.read(slots.consent, check::coded(Consent::from_code));
        let asserted_by = self.read(slots.asserted_by, check::line);
        let asserted_on = self.basis_day(slots.asserted_on, counts);
        let withdrawn_on = self.basis_day(slots.withdrawn_on, counts);
        let marker_agreed = self.read(slots.marker, check::yes_no).unwrap_or(false);
        let kind = kind?;
        if counts && kind == BasisKind::SignificantHarm {
            let of_consent = [slots.consent, slots.withdrawn_on];
            if let Some(filled) = of_consent.into_iter().find(|slot| !self.is_empty(*slot)) {
                self.fault(filled, Rule::BasisContradicts);
            }
        }
        if let (Some(asserted), Some(withdrawn)) = (asserted_on, withdrawn_on)
            && counts
            && withdrawn.latest() < asserted.earliest()
        {
            self.fault(slots.withdrawn_on, Rule::BasisContradicts);
        }
        Some(Basis { kind, consent, asserted_by, asserted_on, withdrawn_on, marker_agreed })
    }

    fn basis_day(&mut self, slot: Option<Slot>, counts: bool) -> Option<PartialDate> {
        let day = self.read(slot, check::dates::partial)?;
        // East of Greenwich tomorrow begins earlier.
        let latest = self.today.checked_add(1.day()).unwrap_or(self.today);
        if counts && day.earliest() > latest {
            self.fault(slot, Rule::BasisInFuture);
            return None;
        }
        Some(day)
    }

    fn caf(&mut self, form: &Form) -> Option<CafIndicator> {
        let single = &form.single;
        let exists = self.read(single.caf_exists, check::yes_no);
        let holder = self.read(single.caf_holder, check::line);
        let contact = self.contact(single.caf_telephone, None);
        if exists == Some(true) {
            return Some(CafIndicator { holder, contact });
        }
        if [single.caf_holder, single.caf_telephone].iter().any(|slot| !self.is_empty(*slot)) {
            self.fault(single.caf_exists, Rule::Contradiction);
        }
        None
    }
}

fn day_of(moment: Timestamp) -> Date {
    moment.to_zoned(TimeZone::UTC).date()
}

/// The columns that say something of the service they stand beside.
fn of_service(slots: &InvolvementSlots) -> [Option<Slot>; 13] {
    [
        slots.organisation,
        slots.practitioner,
        slots.telephone,
        slots.email,
        slots.start,
        slots.end,
        slots.lead,
        slots.basis,
        slots.consent,
        slots.asserted_by,
        slots.asserted_on,
        slots.withdrawn_on,
        slots.marker,
    ]
}
