//! One row's values to the source record they state, or to the faults that keep them from stating one.

use directory::{
    Address, Basis, BasisKind, CafIndicator, Carer, Contact, Content, Education, Gender, Identifier,
    Involvement, InvolvementDetails, LeftEngland, NameUse, PartialDate, PersonName, Practice, Relationship,
    Responsibility, ServiceType, Setting, Whereabouts,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::check;
use crate::form::{CarerSlots, Form, InvolvementSlots, NameSlots, Slot};
use crate::rules::{Fault, Rule};
use crate::values::Values;

/// Reads a row. Every value is looked at, so that the sender learns of all faults at once.
///
/// # Errors
/// The faults in the order of the columns, at most one a column, at least one.
pub(crate) fn read(form: &Form, values: &Values, today: Date) -> Result<(String, Content), Vec<Fault>> {
    let mut pass = Pass { values, faults: Vec::new() };
    pass.check_lengths(form);
    pass.read(form.single.record_id, check::record_id);
    let effective_at = pass.effective_at(form.single.effective_at, today);
    let name = pass.child_name(&form.name);
    let date_of_birth = pass.date_of_birth(form.single.date_of_birth, effective_at, today);
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
                effective_at,
            };
            Ok((pass.text(form.single.record_id).to_owned(), content))
        }
        _ => {
            pass.faults.sort_by_key(|(index, _)| *index);
            Err(pass.faults.into_iter().map(|(_, fault)| fault).collect())
        }
    }
}

/// One look over a row: its values and the faults found so far, each with its column's place.
struct Pass<'a> {
    values: &'a Values,
    faults: Vec<(usize, Fault)>,
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

    fn check_lengths(&mut self, form: &Form) {
        for (index, column) in form.profile.columns().enumerate() {
            let value = self.values.get(index);
            let slot = Some(Slot { index, column });
            if value.is_empty() {
                if column.required {
                    self.fault(slot, Rule::Missing);
                }
            } else if value.len() > column.kind.greatest_length()
                && value.chars().count() > column.kind.greatest_length()
            {
                self.fault(slot, Rule::TooLong);
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
        effective_at: Option<Timestamp>,
        today: Date,
    ) -> Option<PartialDate> {
        let born = self.read(slot, check::dates::partial)?;
        if born.earliest() > today {
            self.fault(slot, Rule::BirthInFuture);
        }
        // Where part of the date is unknown the child gets the benefit: only who is certainly 18 is adult.
        let age = effective_at.and_then(|moment| born.age_on(day_of(moment)));
        if age.is_some_and(|age| age.youngest() >= 18) {
            self.fault(slot, Rule::Adult);
        }
        Some(born)
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
            postcode: self.read(single.postcode, check::postcode),
            from: None,
        };
        let place = [single.address_line_1, single.address_line_2, single.town, single.postcode];
        let has_place = place.iter().any(|slot| !self.is_empty(*slot));
        let kind = self.text(single.address_kind);
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
        let basis = self.read(slots.basis, check::coded(BasisKind::from_code));
        if self.is_empty(slots.service) {
            let rest = [
                slots.organisation,
                slots.practitioner,
                slots.telephone,
                slots.email,
                slots.start,
                slots.end,
                slots.lead,
                slots.basis,
            ];
            self.must_be_empty(&rest, slots.service);
        }
        let details =
            InvolvementDetails { service: service?, organisation, practitioner, contact, start, end, lead };
        Involvement::new(details, basis.map(Basis::of))
            .map_err(|_missing| self.fault(slots.basis, Rule::BasisMissing))
            .ok()
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
