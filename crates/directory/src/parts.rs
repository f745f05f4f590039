//! A source record in parts that can be destroyed one by one (decision 1).

use crate::address::{Address, Whereabouts};
use crate::death::DeathEntry;
use crate::gender::Gender;
use crate::involvement::{Basis, Involvement, InvolvementDetails};
use crate::partial_date::PartialDate;
use crate::person_name::PersonName;
use crate::retention::{RetentionPolicy, is_item_overdue};
use crate::said_at::SaidAt;
use crate::source_record::{CafIndicator, Carer, Content, Education, Identifier, Practice};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What identifies the child: slot 0 of a source record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityPart {
    /// See [`Content::names`].
    pub names: Vec<PersonName>,
    /// See [`Content::date_of_birth`].
    pub date_of_birth: Option<PartialDate>,
    /// See [`Content::gender`].
    pub gender: Gender,
    /// See [`Content::whereabouts`].
    pub whereabouts: Option<Whereabouts>,
    /// See [`Content::previous_addresses`].
    pub previous_addresses: Vec<Address>,
    /// See [`Content::identifiers`].
    pub identifiers: Vec<Identifier>,
    /// See [`Content::death`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub death: Option<DeathEntry>,
    /// See [`Content::effective_at`].
    pub effective_at: Timestamp,
    /// See [`Content::ended_on`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_on: Option<SaidAt>,
    /// See [`Content::left_since`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_since: Option<Timestamp>,
}

/// One separately destroyable item: a slot from 1 upwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "item", rename_all = "snake_case")]
pub enum Item {
    /// A parent or carer with their contact details.
    Carer(Carer),
    /// An education setting.
    Education(Education),
    /// The general practice.
    Practice(Practice),
    /// An involvement without its basis.
    Involvement {
        /// Its place among the involvements of this record, from 0; what its basis refers to.
        ordinal: u16,
        /// The involvement.
        details: InvolvementDetails,
    },
    /// The basis of a sensitive involvement. Once it is destroyed, the involvement no longer comes back.
    Basis {
        /// The involvement it belongs to.
        ordinal: u16,
        /// The basis.
        basis: Basis,
    },
    /// The CAF indicator.
    Caf(CafIndicator),
}

/// A source record taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Slot 0.
    pub identity: IdentityPart,
    /// Slots 1, 2, … in this order.
    pub items: Vec<Item>,
}

impl Item {
    /// When it ended, of an item that can end (rule 4.10).
    #[must_use]
    pub const fn end(&self) -> Option<PartialDate> {
        match self {
            Self::Involvement { details, .. } => details.end,
            Self::Education(education) => education.end,
            Self::Carer(_) | Self::Practice(_) | Self::Basis { .. } | Self::Caf(_) => None,
        }
    }
}

impl Content {
    /// Drops the items that have outlived their archive (rule 4.10): a source that still states them does not bring them
    /// back. Returns how many.
    pub fn drop_overdue(&mut self, policy: &RetentionPolicy, today: Date) -> usize {
        let before = self.involvements.len() + self.education.len();
        self.involvements.retain(|one| !is_item_overdue(one.details().end, policy, today));
        self.education.retain(|one| !is_item_overdue(one.end, policy, today));
        before - self.involvements.len() - self.education.len()
    }

    /// The last days of the items that ended.
    pub fn ends(&self) -> impl Iterator<Item = PartialDate> {
        let involvements = self.involvements.iter().filter_map(|one| one.details().end);
        involvements.chain(self.education.iter().filter_map(|one| one.end))
    }

    /// Takes the record apart. The order of the items is fixed: carers, education, practice, each involvement followed
    /// by its basis, CAF.
    #[must_use]
    pub fn split(self) -> Parts {
        let mut items: Vec<Item> = self.carers.into_iter().map(Item::Carer).collect();
        items.extend(self.education.into_iter().map(Item::Education));
        items.extend(self.practice.map(Item::Practice));
        for (ordinal, involvement) in (0_u16..).zip(self.involvements) {
            let (details, basis) = involvement.into_parts();
            items.push(Item::Involvement { ordinal, details });
            items.extend(basis.map(|basis| Item::Basis { ordinal, basis }));
        }
        items.extend(self.caf.map(Item::Caf));
        let identity = IdentityPart {
            names: self.names,
            date_of_birth: self.date_of_birth,
            gender: self.gender,
            whereabouts: self.whereabouts,
            previous_addresses: self.previous_addresses,
            identifiers: self.identifiers,
            death: self.death,
            effective_at: self.effective_at,
            ended_on: self.ended_on,
            left_since: self.left_since,
        };
        Parts { identity, items }
    }

    /// Puts a record together from its identity and those items that still exist, in slot order. A sensitive
    /// involvement whose basis is gone stays out (law 4).
    #[must_use]
    pub fn assemble(identity: IdentityPart, items: impl IntoIterator<Item = Item>) -> Self {
        let mut content = Self {
            names: identity.names,
            date_of_birth: identity.date_of_birth,
            gender: identity.gender,
            whereabouts: identity.whereabouts,
            previous_addresses: identity.previous_addresses,
            identifiers: identity.identifiers,
            carers: Vec::new(),
            education: Vec::new(),
            practice: None,
            involvements: Vec::new(),
            caf: None,
            death: identity.death,
            effective_at: identity.effective_at,
            ended_on: identity.ended_on,
            left_since: identity.left_since,
        };
        let mut involvements = Vec::new();
        let mut bases = Vec::new();
        for item in items {
            match item {
                Item::Carer(carer) => content.carers.push(carer),
                Item::Education(education) => content.education.push(education),
                Item::Practice(practice) => content.practice = Some(practice),
                Item::Involvement { ordinal, details } => involvements.push((ordinal, details)),
                Item::Basis { ordinal, basis } => bases.push((ordinal, basis)),
                Item::Caf(caf) => content.caf = Some(caf),
            }
        }
        for (ordinal, details) in involvements {
            let basis = bases.iter().find(|(of, _)| *of == ordinal).map(|(_, basis)| basis.clone());
            content.involvements.extend(Involvement::new(details, basis).ok());
        }
        content
    }
}

impl Parts {
    /// Puts the record together again.
    #[must_use]
    pub fn assemble(self) -> Content {
        Content::assemble(self.identity, self.items)
    }
}
