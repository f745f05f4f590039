//! Whose a request is, found out beside everybody's work and again every ten minutes until it ends: a child may be shielded,
//! or move, meanwhile. The lists decide by the child as it is (`listing`), so that an ordinary queue never waits for this to
//! let go of a protected one. What leads nowhere any more, because its child was sealed, destroyed or put under a legal hold or
//! its asker barred, is closed: whoever asked is told what they are told of every other. What has ended is destroyed with its key.

use audit::{Action, ChangeDetail, Detail};
use directory::brokering::BrokerEnd;
use store::broker_requests::{self, RequestRow};
use store::key_store;
use uuid::Uuid;

use super::desk_of;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How many requests one round looks at.
const GROUP: i64 = 100;

/// How long until the service looks again, microseconds: ten minutes, the same for every request.
const AGAIN: i64 = 10 * 60 * 1_000_000;

impl Directory {
    /// Looks at the requests whose time has come. How many.
    pub(crate) async fn route_broker_requests(&self) -> Result<usize, ServiceError> {
        let now = self.world.now().as_microsecond();
        let mut conn = self.store.reader().await?;
        let due = broker_requests::due(&mut conn, now, GROUP).await?;
        drop(conn);
        if due.is_empty() {
            return Ok(0);
        }
        let ids: Vec<Uuid> = due.iter().map(|row| row.request_id).collect();
        let wrapped = self.wrapped_bundles(&ids).await?;
        // Round moments, which all share: a row's own would tell when it was asked.
        let look_at = (now / AGAIN + 1) * AGAIN;
        let (mut ended, mut closed, mut routed) = (Vec::new(), Vec::new(), Vec::new());
        for row in &due {
            match self.open_request(row, &wrapped)? {
                Some(mut content) if !self.is_over(&content) => {
                    let child = self.child_asked_about(&content).await?;
                    let leads_nowhere = child.is_none() && content.led_to_a_child;
                    let authority = match leads_nowhere {
                        true => row.authority.clone(),
                        false => desk_of(&content, child.as_ref()).in_the_clear().to_owned(),
                    };
                    if leads_nowhere && content.end.is_none() {
                        self.end_with(&mut content, BrokerEnd::Nothing);
                        closed.push(row.request_id);
                    }
                    content.led_to_a_child |= child.is_some();
                    let sealed = self.seal_request(row.request_id, &content).await?;
                    routed.push(RequestRow { authority, look_at, sealed, ..row.clone() });
                }
                // Its key has gone, or goes now.
                _ => ended.push(row.request_id),
            }
        }
        if !ended.is_empty() {
            let mut keys = self.store.begin_keys().await?;
            key_store::destroy_bundles(&mut keys, &ended).await?;
            keys.commit().await?;
        }
        let mut tx = self.store.begin().await?;
        for row in &routed {
            // One that a person is changing is looked at again in the next round.
            broker_requests::replace(&mut tx, row).await?;
        }
        if !closed.is_empty() {
            let change = "brokering_led_nowhere".to_owned();
            let detail = ChangeDetail { change, others: closed, ..ChangeDetail::default() };
            self.write_event(&mut tx, Event::new(Action::System, Detail::Change(detail))).await?;
        }
        if !ended.is_empty() {
            broker_requests::remove(&mut tx, &ended).await?;
            let count = format!("requests {}", ended.len());
            let detail = ChangeDetail {
                change: "brokering_ended".to_owned(),
                fields: vec![count],
                ..ChangeDetail::default()
            };
            self.write_event(&mut tx, Event::new(Action::System, Detail::Change(detail))).await?;
        }
        tx.commit().await?;
        if !ended.is_empty() {
            self.scrub_keys().await?;
        }
        Ok(due.len())
    }
}
