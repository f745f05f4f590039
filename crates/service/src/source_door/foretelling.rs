//! What a source would be told, without anything being taken: for a delivery that is all or nothing.

use feeds::Said;

use super::SourceDoor;
use crate::feeding::ReceiptFault;
use crate::inbox;

impl SourceDoor {
    /// Which rules something said breaks: a function of its own words and of the day (law 7). Nothing is kept.
    #[must_use]
    pub fn would_break(&self, said: &Said) -> Vec<ReceiptFault> {
        inbox::would_break(&self.directory, said)
    }
}
