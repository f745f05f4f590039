//! What two viewers both may see: the rule of mediated access (rule 6.12).

use super::{Disclosure, Purpose, RecordView, ShieldedView, Viewer, disclose};
use crate::child_record::{ChildRecord, Sourced};
use crate::gender::Gender;
use jiff::civil::Date;

/// Decides what one person may show another: the record as each of the two may see it, and of the two views only what
/// stands in both. Each is taken as an ordinary viewer, so that a wider view of management, an override or the archive
/// is never mediated, whoever asks and whoever looks; with an auditor or a family there is nothing to share.
#[must_use]
pub fn disclose_to_both(
    record: &ChildRecord,
    mediator: &Viewer,
    asker: &Viewer,
    purpose: Purpose,
    today: Date,
) -> Disclosure {
    let seen_by = |viewer: &Viewer| disclose(record, &viewer.as_ordinary(), purpose, today);
    seen_by(mediator).lesser(seen_by(asker))
}

impl Disclosure {
    /// What stands in both of two views of one child. Where they do not agree on who it is, nothing does.
    #[must_use]
    pub fn lesser(self, other: Self) -> Self {
        match (self, other) {
            (Self::Full(one), Self::Full(other)) => {
                one.shared_with(&other).map_or(Self::NotFound, |view| Self::Full(Box::new(view)))
            }
            (Self::Shielded(one), Self::Shielded(other)) => {
                one.shared_with(&other).map_or(Self::NotFound, Self::Shielded)
            }
            (Self::Full(full), Self::Shielded(narrow)) | (Self::Shielded(narrow), Self::Full(full)) => {
                full.identity().shared_with(&narrow).map_or(Self::NotFound, Self::Shielded)
            }
            // What one office or one right gives is nobody else's.
            (Self::Special(_) | Self::NotFound, _) | (_, Self::Special(_) | Self::NotFound) => Self::NotFound,
        }
    }
}

impl RecordView {
    /// The four fields a shielded record would show of the same child.
    fn identity(&self) -> ShieldedView {
        ShieldedView {
            name: self.name.value.clone(),
            date_of_birth: self.date_of_birth.as_ref().map(|born| born.value),
            gender: self.gender.as_ref().map_or(Gender::NotSpecified, |gender| gender.value),
            number: self.number.clone(),
        }
    }

    fn shared_with(&self, other: &Self) -> Option<Self> {
        (self.number == other.number && self.name == other.name).then(|| Self {
            number: self.number.clone(),
            name: self.name.clone(),
            aliases: in_both(&self.aliases, &other.aliases),
            date_of_birth: same(self.date_of_birth.as_ref(), other.date_of_birth.as_ref()),
            gender: same(self.gender.as_ref(), other.gender.as_ref()),
            whereabouts: same(self.whereabouts.as_ref(), other.whereabouts.as_ref()),
            involvements: in_both(&self.involvements, &other.involvements),
            education: in_both(&self.education, &other.education),
            practices: in_both(&self.practices, &other.practices),
            carers: in_both(&self.carers, &other.carers),
            caf: in_both(&self.caf, &other.caf),
        })
    }
}

impl ShieldedView {
    fn shared_with(&self, other: &Self) -> Option<Self> {
        (self.number == other.number && self.name == other.name).then(|| Self {
            name: self.name.clone(),
            date_of_birth: self.date_of_birth.filter(|born| other.date_of_birth == Some(*born)),
            gender: if self.gender == other.gender { self.gender } else { Gender::NotSpecified },
            number: self.number.clone(),
        })
    }
}

fn same<T: Clone + PartialEq>(one: Option<&Sourced<T>>, other: Option<&Sourced<T>>) -> Option<Sourced<T>> {
    one.filter(|value| other == Some(value)).cloned()
}

/// What the one list has and the other has too, in the order of the one. A value that stands twice in one of them and once in
/// the other is shown once.
fn in_both<T: Clone + PartialEq>(one: &[Sourced<T>], other: &[Sourced<T>]) -> Vec<Sourced<T>> {
    let mut left: Vec<&Sourced<T>> = other.iter().collect();
    let mut shared = Vec::new();
    for value in one {
        if let Some(at) = left.iter().position(|candidate| *candidate == value) {
            left.swap_remove(at);
            shared.push(value.clone());
        }
    }
    shared
}
