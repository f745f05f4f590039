//! Where something stands in what was sent: by its published name, and as the expression that an OperationOutcome carries.

use super::refusal::{Reason, Refused};

/// A place in a resource. Neither form holds a value, only names of elements and numbers of items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// `Patient.contact.name`: what is counted and what the lists are printed by.
    name: String,
    /// `Bundle.entry[3].resource.contact[0].name`: FHIRPath, items from 0.
    expression: String,
}

impl Place {
    /// A resource that stands by itself.
    pub(crate) fn of(kind: &str) -> Self {
        Self::inside(kind, kind.to_owned())
    }

    /// A resource that stands somewhere.
    pub(crate) fn inside(kind: &str, expression: String) -> Self {
        Self { name: kind.to_owned(), expression }
    }

    /// An element of it. The name of an element that is on no list may be anything, and is repeated only when it looks like one.
    pub(crate) fn element(&self, name: &str) -> Self {
        Self { name: format!("{}.{name}", self.name), expression: format!("{}.{name}", self.expression) }
    }

    /// An item of a list, from 0.
    pub(crate) fn item(&self, index: usize) -> Self {
        Self { name: self.name.clone(), expression: format!("{}[{index}]", self.expression) }
    }

    /// The published name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The expression.
    pub(crate) fn expression(&self) -> &str {
        &self.expression
    }

    /// A refusal that names this place.
    pub(crate) fn refused(&self, reason: Reason) -> Refused {
        Refused { expression: self.expression.clone(), reason }
    }
}
