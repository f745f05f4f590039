//! A dispute: somebody says that an item of a record is wrong (rules 14.2, 14.3). Which item is a code; what it should be is
//! taken only in the item's own form, and stays with the desk.

use crate::address::Whereabouts;
use crate::gender::Gender;
use crate::involvement::Involvement;
use crate::partial_date::PartialDate;
use crate::person_name::PersonName;
use crate::source_record::{CafIndicator, Carer, Content, Education, Practice};
use crate::text_value::coded;
use serde::{Deserialize, Serialize};

coded! {
    /// The item that is said to be wrong or missing.
    DisputedItem {
        /// The name.
        Name = "name",
        /// The date of birth.
        DateOfBirth = "date_of_birth",
        /// The gender.
        Gender = "gender",
        /// The address or whereabouts.
        Whereabouts = "whereabouts",
        /// Parents and carers, or how to reach them.
        Carers = "carers",
        /// The school or other setting.
        Education = "education",
        /// The GP practice.
        Practice = "practice",
        /// A service that works with the child.
        Involvements = "involvements",
        /// That an early-help assessment exists.
        AssessmentIndicator = "assessment_indicator",
    }
}

coded! {
    /// Who says so.
    DisputeRaiser {
        /// The child or young person.
        YoungPerson = "young_person",
        /// A parent or carer.
        Carer = "carer",
        /// A practitioner, from the record they opened.
        Practitioner = "practitioner",
    }
}

coded! {
    /// What a source answers.
    SourceAnswer {
        /// It has changed its own row.
        Corrected = "corrected",
        /// Its row is right.
        Upheld = "upheld",
        /// It cannot say.
        CannotSay = "cannot_say",
    }
}

coded! {
    /// How the directory learnt of a source's answer.
    DisputeSource {
        /// Somebody of the source said so.
        Answered = "answered",
        /// The source's next row changed the item.
        FoundInRow = "found_in_row",
    }
}

/// What the item should be, in the item's own form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposedValue {
    /// The name.
    Name(PersonName),
    /// The date of birth.
    DateOfBirth(PartialDate),
    /// The gender.
    Gender(Gender),
}

/// Why a dispute cannot be raised so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DisputeRule {
    /// The value is of another item.
    #[error("the value proposed belongs to another item; give it for the item you selected, or none")]
    OtherItem,
}

impl ProposedValue {
    /// The item whose value it is.
    #[must_use]
    pub const fn item(&self) -> DisputedItem {
        match self {
            Self::Name(_) => DisputedItem::Name,
            Self::DateOfBirth(_) => DisputedItem::DateOfBirth,
            Self::Gender(_) => DisputedItem::Gender,
        }
    }

    /// The value, if it is one of that item.
    ///
    /// # Errors
    /// [`DisputeRule::OtherItem`].
    pub fn of(self, item: DisputedItem) -> Result<Self, DisputeRule> {
        if self.item() == item { Ok(self) } else { Err(DisputeRule::OtherItem) }
    }
}

/// What a source states of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Statement<'a> {
    /// Its names for the child.
    Names(&'a [PersonName]),
    /// A date of birth.
    DateOfBirth(PartialDate),
    /// A gender.
    Gender(Gender),
    /// Where the child is.
    Whereabouts(&'a Whereabouts),
    /// Parents and carers.
    Carers(&'a [Carer]),
    /// Schools.
    Education(&'a [Education]),
    /// A practice.
    Practice(&'a Practice),
    /// Services that are not sensitive.
    Involvements(Vec<&'a Involvement>),
    /// That an assessment exists.
    Assessment(&'a CafIndicator),
}

impl SourceAnswer {
    /// What whoever says that an item is wrong may be told of it (rule 14.5): more than that nobody can say only where they would be
    /// told the item itself. So a carer is never told what became of where a child lives, which may be with another carer, and of
    /// a protected child nobody but the young person more than of its name, birth and gender.
    #[must_use]
    pub const fn told_of(raiser: DisputeRaiser, item: DisputedItem, protected: bool) -> &'static [Self] {
        let is_told = match (raiser, item) {
            (DisputeRaiser::YoungPerson, _)
            | (_, DisputedItem::Name | DisputedItem::DateOfBirth | DisputedItem::Gender) => true,
            (DisputeRaiser::Carer, DisputedItem::Whereabouts) => false,
            (DisputeRaiser::Carer | DisputeRaiser::Practitioner, _) => !protected,
        };
        if is_told { Self::ALL } else { &[Self::CannotSay] }
    }
}

/// What a source states of an item; none where it states nothing of it.
#[must_use]
pub fn statement_of(content: &Content, item: DisputedItem) -> Option<Statement<'_>> {
    match item {
        DisputedItem::Name => Some(&content.names[..]).filter(|it| !it.is_empty()).map(Statement::Names),
        DisputedItem::DateOfBirth => content.date_of_birth.map(Statement::DateOfBirth),
        DisputedItem::Gender => {
            Some(content.gender).filter(|it| *it != Gender::NotSpecified).map(Statement::Gender)
        }
        DisputedItem::Whereabouts => content.whereabouts.as_ref().map(Statement::Whereabouts),
        DisputedItem::Carers => Some(&content.carers[..]).filter(|it| !it.is_empty()).map(Statement::Carers),
        DisputedItem::Education => {
            Some(&content.education[..]).filter(|it| !it.is_empty()).map(Statement::Education)
        }
        DisputedItem::Practice => content.practice.as_ref().map(Statement::Practice),
        // Which sensitive service a child has is no source's to be asked about in the name of an item all may see (law 4).
        DisputedItem::Involvements => {
            let open: Vec<&Involvement> =
                content.involvements.iter().filter(|it| it.basis().is_none()).collect();
            Some(open).filter(|it| !it.is_empty()).map(Statement::Involvements)
        }
        DisputedItem::AssessmentIndicator => content.caf.as_ref().map(Statement::Assessment),
    }
}
