//! Whose turn it is on SQLite's one writer: a practitioner's write goes before any feed that waits (decision 9), in this
//! process by a queue, among processes by a file beside the database.

use crate::{Result, StoreError};
use std::collections::VecDeque;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Who asks for the writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Look-ups waiting for their audit entry, sign-ins, a practitioner's own entries.
    Practitioner,
    /// Feeds and jobs: they wait for every practitioner.
    Feed,
}

/// A fair two-lane lock.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<Mutex<Queue>>);

#[derive(Default)]
struct Queue {
    held: bool,
    practitioners: VecDeque<oneshot::Sender<Permit>>,
    feeds: VecDeque<oneshot::Sender<Permit>>,
}

/// The turn; it ends when dropped.
pub(crate) struct Permit {
    gate: Option<Gate>,
}

impl Gate {
    /// Waits for the turn. Dropping the future gives up the place in the queue.
    pub async fn enter(&self, lane: Lane) -> Permit {
        loop {
            let turn = {
                let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                if !waiting.held {
                    waiting.held = true;
                    return Permit { gate: Some(self.clone()) };
                }
                let (sender, turn) = oneshot::channel();
                match lane {
                    Lane::Practitioner => waiting.practitioners.push_back(sender),
                    Lane::Feed => waiting.feeds.push_back(sender),
                }
                turn
            };
            // The sender is dropped unsent only if the gate itself goes away; then asking again is right.
            if let Ok(permit) = turn.await {
                return permit;
            }
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some(gate) = self.gate.take() else { return };
        loop {
            let next = {
                let mut waiting = gate.0.lock().unwrap_or_else(PoisonError::into_inner);
                let next = waiting.practitioners.pop_front().or_else(|| waiting.feeds.pop_front());
                if next.is_none() {
                    waiting.held = false;
                }
                next
            };
            let Some(next) = next else { return };
            match next.send(Permit { gate: Some(gate.clone()) }) {
                Ok(()) => return,
                // That one gave up waiting: its permit is disarmed here and the next in line is asked.
                Err(mut refused) => refused.gate = None,
            }
        }
    }
}

/// Where processes that write one database let each other pass: a practitioner who waits for SQLite's own lock holds a
/// shared lock on this file meanwhile, and a feed does not ask for SQLite's lock until nobody holds one. (Left to itself a
/// feed whose groups follow each other would take it again and again before a waiting process looks.)
///
/// The file is empty and says nothing. Where it cannot be locked the order is SQLite's own.
#[derive(Clone)]
pub(crate) struct Doorway(Arc<File>);

/// A practitioner's place before the door; given up when dropped.
pub(crate) struct Waiting<'d> {
    held: Option<&'d File>,
}

impl Doorway {
    /// How long a feed waits before it looks again.
    const PAUSE: Duration = Duration::from_millis(2);

    /// The doorway of the database in this file, made if it is not there.
    pub fn beside(database: &Path) -> Result<Self> {
        let mut name = database.as_os_str().to_owned();
        name.push("-turn");
        let path = PathBuf::from(name);
        let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        opened
            .map(|file| Self(Arc::new(file)))
            .map_err(|source| StoreError::File { what: format!("cannot open {}", path.display()), source })
    }

    /// Lets practitioners of other processes pass first, or takes a practitioner's place. Only whoever holds this
    /// process's turn may ask: all its connections share one lock.
    pub async fn pass(&self, lane: Lane) -> Waiting<'_> {
        loop {
            let locked = match lane {
                Lane::Practitioner => self.0.try_lock_shared(),
                Lane::Feed => self.0.try_lock(),
            };
            match locked {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => tokio::time::sleep(Self::PAUSE).await,
                Err(TryLockError::Error(error)) => {
                    tracing::debug!(%error, "the file beside the database cannot be locked");
                    return Waiting { held: None };
                }
            }
        }
        let place = Waiting { held: Some(&self.0) };
        match lane {
            Lane::Practitioner => place,
            // It has seen that nobody waits; whoever comes now comes before the next group.
            Lane::Feed => Waiting { held: None },
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(file) = self.held.take()
            && let Err(error) = file.unlock()
        {
            tracing::debug!(%error, "the file beside the database cannot be unlocked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn settle() {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_practitioner_who_comes_later_goes_before_a_waiting_feed() {
        let gate = Gate::default();
        let order = Arc::new(Mutex::new(Vec::new()));
        let held = gate.enter(Lane::Feed).await;
        let mut tasks = Vec::new();
        for (name, lane) in
            [("feed", Lane::Feed), ("nurse", Lane::Practitioner), ("teacher", Lane::Practitioner)]
        {
            let (gate, order) = (gate.clone(), order.clone());
            tasks.push(tokio::spawn(async move {
                let _turn = gate.enter(lane).await;
                order.lock().unwrap().push(name);
            }));
            settle().await;
        }
        drop(held);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), ["nurse", "teacher", "feed"]);
    }

    #[tokio::test]
    async fn one_who_gives_up_waiting_does_not_keep_the_turn() {
        let gate = Gate::default();
        let held = gate.enter(Lane::Feed).await;
        let waiting = tokio::spawn({
            let gate = gate.clone();
            async move { gate.enter(Lane::Practitioner).await }
        });
        settle().await;
        waiting.abort();
        let _ = waiting.await;
        drop(held);
        let _turn = gate.enter(Lane::Feed).await;
    }
}
