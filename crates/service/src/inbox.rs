//! What source systems say over a network: sealed and numbered at once, worked through afterwards (laws 7 and 8).
//!
//! [`SourceDoor::deliver`](crate::SourceDoor::deliver) judges what was said by the rules of a row, which look at nothing but
//! the words, makes it durable and answers. Whom it meets is found out later, by [`Directory::work_through_inbox`], through the
//! same groups as a file's rows: so an answer, and how long it takes, is the same whatever the directory knows.
//!
//! All that a source says on a day is one run. Its numbers are the rows of that run, so that how far the run has counted says
//! exactly what is worked through: a thing said has one receipt, whenever a process is killed and however many work.

mod days;
mod item;
mod judging;
mod taking;
mod working;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use feeds::Said;
use tokio::sync::Notify;
use uuid::Uuid;

use self::days::OpenDay;
pub(crate) use self::item::Words;
use self::taking::Parcel;
pub(crate) use self::taking::{given_up, take};
use crate::Directory;
use crate::feeding::ReceiptFault;

/// The most that one delivery holds.
pub(crate) const MOST_IN_A_DELIVERY: usize = 1_000;

/// What this process keeps of the inbox: nothing that must survive it.
#[derive(Default)]
pub(crate) struct Inbox {
    /// Deliveries that no transaction has taken yet.
    waiting: Mutex<VecDeque<Parcel>>,
    /// One transaction at a time; what comes meanwhile shares the next.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// The day of each source that is open, with its key.
    days: Mutex<HashMap<Uuid, OpenDay>>,
    /// One round at a time works through what waits.
    round: tokio::sync::Mutex<()>,
    arrived: Notify,
}

impl Inbox {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Parcel>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn days(&self) -> MutexGuard<'_, HashMap<Uuid, OpenDay>> {
        self.days.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which rules something said breaks today.
pub(crate) fn would_break(directory: &Directory, said: &Said) -> Vec<ReceiptFault> {
    directory.judge_said(said, directory.today()).faults
}

impl Directory {
    /// Ready when something was delivered to this process since this was asked last.
    pub async fn something_was_said(&self) {
        self.inbox.arrived.notified().await;
    }
}
