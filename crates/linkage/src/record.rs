//! A record as it came: field name → values, before any normalisation.

use std::borrow::Cow;
use std::fmt;

/// One record as its source gave it: for each field of the model, a list of values as text.
///
/// Several values of a field are alternatives (aliases, previous addresses): any of them may agree with any of the
/// other record's. Fields that belong together (`alias_forenames` with `alias_surname`, `postcode` with `address`)
/// are paired by position, so push an empty string where one half is not known. Fields the model does not know are
/// ignored.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RawRecord {
    fields: Vec<(Cow<'static, str>, Vec<String>)>,
}

impl RawRecord {
    /// A record without any value.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one value to a field, after the values it already has.
    pub fn push(&mut self, field: impl Into<Cow<'static, str>>, value: impl Into<String>) {
        let field = field.into();
        let value = value.into();
        match self.fields.iter_mut().find(|(name, _)| *name == field) {
            Some((_, values)) => values.push(value),
            None => self.fields.push((field, vec![value])),
        }
    }

    /// [`push`](Self::push), for building in one expression.
    #[must_use]
    pub fn with(mut self, field: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.push(field, value);
        self
    }

    /// The values of a field, in the order they were pushed; empty when there are none.
    #[must_use]
    pub fn values(&self, field: &str) -> &[String] {
        self.fields.iter().find(|(name, _)| name == field).map_or(&[], |(_, values)| values.as_slice())
    }
}

/// Shows the names of the fields and how many values each has, never a value (law: nothing logs a name).
impl fmt::Debug for RawRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.fields.iter().map(|(name, values)| (name, values.len()))).finish()
    }
}
