//! A service working with the child, and the basis on which a sensitive one may be known (rules 1.13, 1.17, 3.3, 8.5).

mod basis;

pub use basis::{Basis, BasisKind, BasisLacks, Consent};

use crate::email_address::EmailAddress;
use crate::line::Line;
use crate::partial_date::PartialDate;
use crate::service_type::{ServiceCategory, ServiceType};
use crate::telephone::Telephone;
use guards::Guard;
use serde::{Deserialize, Serialize};

/// How to reach a person or body.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Contact {
    /// Telephone number.
    pub telephone: Option<Telephone>,
    /// E-mail address.
    pub email: Option<EmailAddress>,
}

impl Contact {
    /// Whether there is no way to reach anyone.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.telephone.is_none() && self.email.is_none()
    }
}

/// An involvement without its basis: the shape in which it is stored, since the basis is destroyed apart from it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InvolvementDetails {
    /// What kind of service.
    pub service: ServiceType,
    /// The organisation that provides it.
    pub organisation: Option<Line>,
    /// The practitioner or team.
    pub practitioner: Option<Line>,
    /// How to reach them.
    pub contact: Contact,
    /// First day.
    pub start: Option<PartialDate>,
    /// Last day, when it has ended.
    pub end: Option<PartialDate>,
    /// Whether this practitioner is the lead professional (rule 1.15).
    pub lead: bool,
}

/// A service working with the child. One of a sensitive service cannot be made without a standing basis (law 4).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Involvement {
    #[serde(flatten)]
    details: InvolvementDetails,
    #[serde(skip_serializing_if = "Option::is_none")]
    basis: Option<Basis>,
}

#[derive(Deserialize)]
struct Unchecked {
    #[serde(flatten)]
    details: InvolvementDetails,
    #[serde(default)]
    basis: Option<Basis>,
}

/// A sensitive involvement was given without a standing basis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct MissingBasis(pub BasisLacks);

impl Involvement {
    /// An involvement. The basis of a service that needs none is not kept (rule 3.1).
    ///
    /// # Errors
    /// When the service is sensitive and there is no basis, it lacks something, or it has been withdrawn (rule 3.3).
    pub fn new(details: InvolvementDetails, basis: Option<Basis>) -> Result<Self, MissingBasis> {
        if !details.service.is_sensitive() || (basis.is_none() && !Guard::Basis.stands()) {
            return Ok(Self { details, basis: None });
        }
        let lacks = basis.as_ref().map_or(Some(BasisLacks::Kind), Basis::lacks);
        match lacks {
            Some(lacks) => Err(MissingBasis(lacks)),
            None => Ok(Self { details, basis }),
        }
    }

    /// Everything but the basis.
    #[must_use]
    pub const fn details(&self) -> &InvolvementDetails {
        &self.details
    }

    /// The basis of a sensitive involvement.
    #[must_use]
    pub const fn basis(&self) -> Option<&Basis> {
        self.basis.as_ref()
    }

    /// Universal, additional or sensitive.
    #[must_use]
    pub const fn category(&self) -> ServiceCategory {
        self.details.service.category()
    }

    /// Details and basis apart.
    #[must_use]
    pub fn into_parts(self) -> (InvolvementDetails, Option<Basis>) {
        (self.details, self.basis)
    }
}

impl TryFrom<Unchecked> for Involvement {
    type Error = MissingBasis;
    fn try_from(given: Unchecked) -> Result<Self, Self::Error> {
        Self::new(given.details, given.basis)
    }
}
