//! A record in the form that is compared.

use std::fmt;

/// A record normalised by a [`Model`](crate::Model), ready to be compared many times.
///
/// It is only meaningful to the model that prepared it.
#[derive(Clone, Default)]
pub struct Prepared {}

/// Never shows a value.
impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared").finish_non_exhaustive()
    }
}
