//! Who provides, once references are followed.

use super::datatypes::{Coding, Reached, Reference};
use super::place::Place;
use super::refusal::{Reason, Refused};
use super::resources::{Content, Resources};
use super::supporting::Organization;

/// Whom to ask for, where, and how to reach them.
#[derive(Debug, Default)]
pub(super) struct Provider<'k> {
    /// When the source knew this to be so: by what had ended then, nobody is reached.
    pub(super) known: &'k str,
    pub(super) organisation: String,
    pub(super) practitioner: String,
    pub(super) telephone: String,
    pub(super) email: String,
    /// Of the services that a role names.
    pub(super) kind: Vec<Coding>,
    /// The member of a team is the child or a relative.
    pub(super) is_family: bool,
}

impl Provider<'_> {
    /// The nearest way to reach somebody counts.
    fn reach(&mut self, reached: &Reached) {
        if self.telephone.is_empty() {
            reached.telephone(self.known).clone_into(&mut self.telephone);
        }
        if self.email.is_empty() {
            reached.email(self.known).clone_into(&mut self.email);
        }
    }

    fn belongs_to(&mut self, organization: &Organization) {
        if self.organisation.is_empty() {
            self.organisation.clone_from(&organization.name);
        }
        self.reach(&organization.reached);
    }

    /// Follows the reference to a practitioner, a role or an organisation.
    pub(super) fn member(
        &mut self,
        reference: &Reference,
        entry: usize,
        all: &Resources,
    ) -> Result<(), Refused> {
        match all.follow(reference, entry)? {
            Some((_, Content::Practitioner(one))) => {
                self.practitioner.clone_from(&one.name);
                self.reach(&one.reached);
            }
            Some((position, Content::Role(role))) => {
                let entry = all.get(position).map_or(entry, |resource| resource.entry);
                self.reach(&role.reached);
                if let Some(one) = &role.practitioner {
                    self.practitioner(one, entry, all)?;
                }
                for service in &role.services {
                    self.service(service, entry, all)?;
                }
                if let Some(organization) = &role.organization {
                    self.organization(organization, entry, all)?;
                }
            }
            Some((_, Content::Organization(organization))) => self.belongs_to(organization),
            Some((_, Content::Related(_) | Content::Patient(_))) => self.is_family = true,
            Some(_) => return Err(reference.at.refused(Reason::OtherType)),
            None if ["RelatedPerson/", "Patient/"].iter().any(|family| reference.to.starts_with(family)) => {
                self.is_family = true;
            }
            None => self.practitioner = named(reference)?,
        }
        Ok(())
    }

    fn practitioner(&mut self, reference: &Reference, entry: usize, all: &Resources) -> Result<(), Refused> {
        match all.follow(reference, entry)? {
            Some((_, Content::Practitioner(one))) => {
                self.practitioner.clone_from(&one.name);
                self.reach(&one.reached);
            }
            Some(_) => return Err(reference.at.refused(Reason::OtherType)),
            None => self.practitioner = named(reference)?,
        }
        Ok(())
    }

    fn service(&mut self, reference: &Reference, entry: usize, all: &Resources) -> Result<(), Refused> {
        match all.follow(reference, entry)? {
            Some((position, Content::Service(service))) => {
                self.reach(&service.reached);
                self.kind.extend(service.kind.iter().cloned());
                if let Some(provider) = &service.provider {
                    let entry = all.get(position).map_or(entry, |resource| resource.entry);
                    self.organization(provider, entry, all)?;
                }
                Ok(())
            }
            Some(_) => Err(reference.at.refused(Reason::OtherType)),
            None => Err(reference.at.refused(Reason::Unresolved)),
        }
    }

    /// Follows the reference to an organisation.
    pub(super) fn organization(
        &mut self,
        reference: &Reference,
        entry: usize,
        all: &Resources,
    ) -> Result<(), Refused> {
        with_organization(reference, entry, all, |organization| self.belongs_to(organization))
    }
}

/// Gives what is known of an organisation: the resource, or what the reference itself says.
pub(super) fn with_organization<T>(
    reference: &Reference,
    entry: usize,
    all: &Resources,
    read: impl FnOnce(&Organization) -> T,
) -> Result<T, Refused> {
    match all.follow(reference, entry)? {
        Some((_, Content::Organization(organization))) => Ok(read(organization)),
        Some(_) => Err(reference.at.refused(Reason::OtherType)),
        None if !matches!(reference.names(), "" | "Organization") => {
            Err(reference.at.refused(Reason::OtherType))
        }
        None if reference.identifier.value.is_empty() && reference.display.is_empty() => {
            Err(unresolved(reference, &reference.at))
        }
        None => Ok(read(&Organization::of_reference(reference))),
    }
}

/// The name that a reference itself says.
fn named(reference: &Reference) -> Result<String, Refused> {
    if reference.display.is_empty() {
        Err(unresolved(reference, &reference.at))
    } else {
        Ok(reference.display.clone())
    }
}

fn unresolved(reference: &Reference, at: &Place) -> Refused {
    let reason = if reference.to.is_empty() {
        Reason::Missing("this refers to nothing; send the resource in the Bundle, or its name as display")
    } else {
        Reason::Unresolved
    };
    at.refused(reason)
}
