//! Loads kept in hand (rules 10.7, 10.8): the limits and measures of each source, its pauses, and what people see and decide.
//!
//! A source has one small sealed row. Each group of its loads takes that row first, so a pause that is durable lets no group
//! behind it in, in whichever process it is loaded; and a group that crosses a limit pauses its source in its own transaction.

mod absence;
mod control;
mod forgetting;
mod overview;
mod pausing;
mod pulling;

pub use absence::{AbsenceError, AbsenceLine};
pub use control::Batch;
pub(crate) use control::changed;
pub use overview::{DayFigures, PauseCause, RunProgress, SourceHistory, SourceOverview, SourcesPage};
pub use pausing::{FeedingError, PauseReason};
pub use pulling::{FileSums, Receipt, ReceiptCursor, ReceiptFault, ReceiptPage, Reconciliation, Sums};
