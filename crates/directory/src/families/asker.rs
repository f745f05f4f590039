//! Who asks, how it was shown that they are who they say, and how they are answered (rules 14.1, 14.5). Only codes and the
//! numbers of the authority's own file: never a copy of a document, and never a note.

use super::channel::DeliveryChannel;
use crate::disclosure::Requester;
use crate::person_name::PersonName;
use crate::register::Reference;
use crate::relationship::Relationship;
use crate::text_value::coded;
use serde::{Deserialize, Serialize};

coded! {
    /// In which right somebody asks.
    AskerKind {
        /// The child or young person themself.
        YoungPerson = "young_person",
        /// A parent or carer whom the record names.
        NamedCarer = "named_carer",
        /// Somebody with parental responsibility whom the record does not name.
        Responsible = "responsible",
        /// Somebody who speaks for the young person or for a parent.
        Representative = "representative",
    }
}

coded! {
    /// By what somebody showed who they are. Two of different kinds are seen.
    IdentityEvidence {
        /// A passport.
        Passport = "passport",
        /// A driving licence.
        DrivingLicence = "driving_licence",
        /// A birth certificate.
        BirthCertificate = "birth_certificate",
        /// A letter of a public office to the address.
        OfficialLetter = "official_letter",
        /// A bank's letter to the address.
        BankLetter = "bank_letter",
        /// An order of a court.
        CourtOrder = "court_order",
        /// A school's or college's card.
        SchoolCard = "school_card",
        /// A practitioner who knows them said so in person.
        KnownInPerson = "known_in_person",
    }
}

coded! {
    /// How it was judged whether the child understands what is asked (rules 14.5, 15.9).
    Capacity {
        /// The young person understands what they ask for.
        Understands = "understands",
        /// The child does not, and asking serves the child.
        AskedForChild = "asked_for_child",
        /// The young person understands, and agreed that this person asks.
        ChildAgreed = "child_agreed",
    }
}

/// Two pieces of evidence, of different kinds, each by its number in the authority's own file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityProof {
    first: (IdentityEvidence, Reference),
    second: (IdentityEvidence, Reference),
}

impl IdentityProof {
    /// The proof.
    ///
    /// # Errors
    /// [`AskerRule::SameEvidence`] for two of one kind.
    pub fn new(
        first: (IdentityEvidence, Reference),
        second: (IdentityEvidence, Reference),
    ) -> Result<Self, AskerRule> {
        if first.0 == second.0 { Err(AskerRule::SameEvidence) } else { Ok(Self { first, second }) }
    }

    /// The two pieces.
    #[must_use]
    pub fn pieces(&self) -> [&(IdentityEvidence, Reference); 2] {
        [&self.first, &self.second]
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asker {
    kind: AskerKind,
    name: Option<PersonName>,
    relationship: Option<Relationship>,
    proof: IdentityProof,
    capacity: Capacity,
    channel: DeliveryChannel,
}

/// Why somebody cannot ask so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskerRule {
    /// Both pieces of evidence are of one kind.
    #[error("choose two different kinds of evidence")]
    SameEvidence,
    /// Somebody other than the young person has no name.
    #[error("enter the name of the person who asks")]
    NoName,
    /// A carer named on the record needs to be found on it.
    #[error("select what the person is to the child, as the record says")]
    NoRelationship,
    /// The young person asks in their own right only where they understand it.
    #[error("a young person asks in their own right only when they understand what they ask for")]
    Capacity,
}

impl Asker {
    /// Somebody who asks.
    ///
    /// # Errors
    /// [`AskerRule`].
    pub fn new(
        kind: AskerKind,
        name: Option<PersonName>,
        relationship: Option<Relationship>,
        proof: IdentityProof,
        capacity: Capacity,
        channel: DeliveryChannel,
    ) -> Result<Self, AskerRule> {
        let young = kind == AskerKind::YoungPerson;
        if !young && name.is_none() {
            return Err(AskerRule::NoName);
        }
        if kind == AskerKind::NamedCarer && relationship.is_none() {
            return Err(AskerRule::NoRelationship);
        }
        if young != (capacity == Capacity::Understands) {
            return Err(AskerRule::Capacity);
        }
        let name = name.filter(|_| !young);
        let relationship = relationship.filter(|_| kind == AskerKind::NamedCarer);
        Ok(Self { kind, name, relationship, proof, capacity, channel })
    }

    /// As whom the person is answered. Whoever the record does not name, and whoever speaks for another, is answered as
    /// somebody who is no entry of it: what is the young person's own is sent to the young person.
    #[must_use]
    pub fn requester(&self) -> Requester {
        match (self.kind, &self.name, self.relationship) {
            (AskerKind::YoungPerson, ..) => Requester::YoungPerson,
            (AskerKind::NamedCarer, Some(name), Some(relationship)) => {
                Requester::Carer { name: name.clone(), relationship }
            }
            _ => Requester::Unnamed,
        }
    }

    /// In which right they ask.
    #[must_use]
    pub const fn kind(&self) -> AskerKind {
        self.kind
    }

    /// Their name; none of the young person, who is on the record.
    #[must_use]
    pub const fn name(&self) -> Option<&PersonName> {
        self.name.as_ref()
    }

    /// What a carer named on the record is to the child.
    #[must_use]
    pub const fn relationship(&self) -> Option<Relationship> {
        self.relationship
    }

    /// By what they showed who they are.
    #[must_use]
    pub const fn proof(&self) -> &IdentityProof {
        &self.proof
    }

    /// How it was judged whether the child understands.
    #[must_use]
    pub const fn capacity(&self) -> Capacity {
        self.capacity
    }

    /// How the answer reaches them.
    #[must_use]
    pub const fn channel(&self) -> DeliveryChannel {
        self.channel
    }

    /// The answer is to reach them otherwise.
    pub const fn change_channel(&mut self, channel: DeliveryChannel) {
        self.channel = channel;
    }
}

#[cfg(test)]
mod tests {
    use super::{Asker, AskerKind, AskerRule, Capacity, DeliveryChannel, IdentityEvidence, IdentityProof};
    use crate::person_name::{NameUse, PersonName};
    use crate::register::Reference;
    use crate::relationship::Relationship;

    fn proof() -> IdentityProof {
        let piece = |kind, number: &str| (kind, Reference::parse(number).unwrap());
        IdentityProof::new(
            piece(IdentityEvidence::Passport, "SAR-26-0417"),
            piece(IdentityEvidence::BankLetter, "SAR-26-0418"),
        )
        .unwrap()
    }

    fn asks(
        kind: AskerKind,
        named: bool,
        is: Option<Relationship>,
        capacity: Capacity,
    ) -> Result<(), AskerRule> {
        let name = named.then(|| PersonName::new("Beatrix", "Fairweather", NameUse::Current).unwrap());
        Asker::new(kind, name, is, proof(), capacity, DeliveryChannel::AtOffice).map(drop)
    }

    const MOTHER: Option<Relationship> = Some(Relationship::Mother);

    #[test]
    fn whoever_asks_for_a_child_has_a_name() {
        for kind in [AskerKind::NamedCarer, AskerKind::Responsible, AskerKind::Representative] {
            assert_eq!(
                asks(kind, false, MOTHER, Capacity::AskedForChild),
                Err(AskerRule::NoName),
                "{kind:?}"
            );
            assert_eq!(asks(kind, true, MOTHER, Capacity::AskedForChild), Ok(()), "{kind:?}");
        }
        assert_eq!(
            asks(AskerKind::YoungPerson, false, None, Capacity::Understands),
            Ok(()),
            "who is on the record"
        );
    }

    #[test]
    fn a_carer_whom_the_record_names_is_asked_what_they_are_to_the_child() {
        let carer = |is| asks(AskerKind::NamedCarer, true, is, Capacity::ChildAgreed);
        assert_eq!((carer(None), carer(MOTHER)), (Err(AskerRule::NoRelationship), Ok(())));
        assert_eq!(asks(AskerKind::Responsible, true, None, Capacity::ChildAgreed), Ok(()), "nobody else is");
    }

    #[test]
    fn a_young_person_asks_alone_only_where_they_understand_and_nobody_asks_for_one_who_does() {
        for capacity in [Capacity::AskedForChild, Capacity::ChildAgreed] {
            assert_eq!(asks(AskerKind::YoungPerson, false, None, capacity), Err(AskerRule::Capacity));
        }
        for kind in [AskerKind::NamedCarer, AskerKind::Responsible, AskerKind::Representative] {
            assert_eq!(asks(kind, true, MOTHER, Capacity::Understands), Err(AskerRule::Capacity), "{kind:?}");
        }
    }
}
