//! Whose turn it is on SQLite's one writer: a practitioner's write goes before any feed that waits (decision 9).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
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
pub(crate) struct Gate(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
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
