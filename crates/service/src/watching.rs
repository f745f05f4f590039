//! Watching the use of the directory (rules section 9).
//!
//! Rules that need a name run as an entry is written and leave a flag in its sealed body ([`Near`]). The others run over
//! the chain, entry by entry, behind a mark: the mark, the alerts and the counts move in one transaction, so that whatever
//! stops a server, nothing is noticed twice and nothing is missed. What was noticed stands in a queue; people decide.

mod afterwards;
mod ageing;
mod alarm;
mod alerts;
mod counts;
mod deciding;
mod investigating;
mod investigations;
mod near;
mod notices;
mod outside;
mod own_address;
pub(crate) mod raising;
mod reach;
mod reading;
mod round;
mod sampling;
mod suspending;
#[cfg(test)]
mod tests;

pub use alerts::{AlertLine, AlertPage, AlertView, Mentioned};
pub use counts::{AccountDay, Rates};
pub use deciding::AlertError;
pub use investigations::{InvestigationLine, InvestigationPage, InvestigationView, StepLine};
pub use notices::Notice;
pub use own_address::OwnAddressError;
pub use reach::{Place, Queue};

pub(crate) use alarm::Alarm;
pub(crate) use near::Near;
pub(crate) use reading::of_a_desk;

use crate::{Directory, ServiceError};

impl Directory {
    /// One round of the watch: every part of it does a bounded piece of what is due. Returns how many entries of the chain
    /// were looked at, so that a caller who wants all of it done knows when it is.
    ///
    /// # Errors
    ///
    /// The system's; the next round tries again.
    pub async fn watch(&self) -> Result<usize, ServiceError> {
        let seen = self.watch_chain().await?;
        let followed = self.look_afterwards().await?;
        self.draw_samples().await?;
        self.escalate_the_old().await?;
        Ok(seen + followed)
    }
}
