//! What a source says of a child, before it becomes a row.

use std::mem::take;

use crate::Source;
use crate::source::Group;

/// The complete statement of one source about one child; what is not known is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) effective_at: String,
    pub(crate) forenames: String,
    pub(crate) surname: String,
    pub(crate) date_of_birth: String,
    pub(crate) gender: &'static str,
    /// The birth registration or the child benefit number, as the source has it.
    pub(crate) reference: String,
    pub(crate) nhs_number: String,
    pub(crate) upn: String,
    /// (forenames, surname), two at most.
    pub(crate) aliases: Vec<(String, String)>,
    pub(crate) whereabouts: Whereabouts,
    pub(crate) carers: Vec<Carer>,
    pub(crate) involvements: Vec<Involvement>,
    pub(crate) school: Education,
    pub(crate) practice: Registration,
    /// The GSS code.
    pub(crate) local_authority: String,
    /// Who holds the early help assessment and at what number, if there is one.
    pub(crate) caf: Option<(String, String)>,
}

/// Rule 1.2.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Whereabouts {
    pub(crate) kind: &'static str,
    pub(crate) line_1: String,
    pub(crate) line_2: String,
    pub(crate) town: String,
    pub(crate) postcode: String,
}

/// A parent or carer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Carer {
    pub(crate) forenames: String,
    pub(crate) surname: String,
    pub(crate) relationship: &'static str,
    pub(crate) responsibility: &'static str,
    pub(crate) telephone: String,
    pub(crate) email: String,
}

/// Somebody who works with the child.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Involvement {
    pub(crate) service: &'static str,
    pub(crate) organisation: String,
    pub(crate) practitioner: String,
    pub(crate) telephone: String,
    pub(crate) email: String,
    pub(crate) start: String,
    pub(crate) end: String,
    pub(crate) lead: bool,
    pub(crate) basis: &'static str,
    pub(crate) consent: &'static str,
}

/// School attendance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Education {
    pub(crate) urn: String,
    pub(crate) name: String,
    pub(crate) telephone: String,
    pub(crate) email: String,
    pub(crate) start: String,
    pub(crate) end: String,
    pub(crate) status: &'static str,
}

/// Registration with a GP practice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Registration {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) telephone: String,
    pub(crate) start: String,
}

impl Statement {
    /// The values in the order of [`Source::columns`].
    pub(crate) fn into_values(mut self, source: Source, record_id: &str) -> Vec<String> {
        let mut row = Vec::with_capacity(64);
        let mut carers = take(&mut self.carers).into_iter().take(source.carers());
        let mut involvements = take(&mut self.involvements).into_iter().take(source.involvements());
        let mut aliases = take(&mut self.aliases).into_iter();
        for group in source.groups() {
            match group {
                Group::Common => row.extend([
                    record_id.to_owned(),
                    take(&mut self.effective_at),
                    take(&mut self.forenames),
                    take(&mut self.surname),
                    take(&mut self.date_of_birth),
                    self.gender.to_owned(),
                ]),
                Group::BirthRegistration | Group::ChildBenefitNumber => row.push(take(&mut self.reference)),
                Group::NhsNumber => row.push(take(&mut self.nhs_number)),
                Group::Upn => row.push(take(&mut self.upn)),
                Group::Aliases => {
                    for _ in 0..2 {
                        let (forenames, surname) = aliases.next().unwrap_or_default();
                        row.extend([forenames, surname]);
                    }
                }
                Group::Address => row.extend(take(&mut self.whereabouts).into_values()),
                Group::Carer1 | Group::Carer2 => row.extend(carers.next().unwrap_or_default().into_values()),
                Group::Involvement1 | Group::Involvement2 | Group::Involvement3 => {
                    row.extend(involvements.next().unwrap_or_default().into_values());
                }
                Group::School => row.extend(take(&mut self.school).into_values()),
                Group::Practice => {
                    let practice = take(&mut self.practice);
                    row.extend([practice.code, practice.name, practice.telephone, practice.start]);
                }
                Group::LocalAuthority => row.push(take(&mut self.local_authority)),
                Group::Caf => {
                    let exists = if self.caf.is_some() { "yes" } else { "no" };
                    let (holder, telephone) = self.caf.take().unwrap_or_default();
                    row.extend([exists.to_owned(), holder, telephone]);
                }
            }
        }
        row
    }
}

impl Whereabouts {
    fn into_values(self) -> [String; 5] {
        [self.kind.to_owned(), self.line_1, self.line_2, self.town, self.postcode]
    }
}

impl Carer {
    fn into_values(self) -> [String; 6] {
        let (relationship, responsibility) = (self.relationship.to_owned(), self.responsibility.to_owned());
        [self.forenames, self.surname, relationship, responsibility, self.telephone, self.email]
    }
}

impl Involvement {
    fn into_values(self) -> [String; 14] {
        // Who asserts a basis is who provides the service, on the day on which it begins.
        let (asserted_by, asserted_on) = match self.basis {
            "" => (String::new(), String::new()),
            _ => (self.organisation.clone(), self.start.clone()),
        };
        let lead = match (self.service, self.lead) {
            ("", _) => "",
            (_, true) => "yes",
            (_, false) => "no",
        };
        [
            self.service.to_owned(),
            self.organisation,
            self.practitioner,
            self.telephone,
            self.email,
            self.start,
            self.end,
            lead.to_owned(),
            self.basis.to_owned(),
            self.consent.to_owned(),
            asserted_by,
            asserted_on,
            String::new(),
            String::new(),
        ]
    }
}

impl Education {
    fn into_values(self) -> [String; 7] {
        let status = self.status.to_owned();
        [self.urn, self.name, self.telephone, self.email, self.start, self.end, status]
    }
}
