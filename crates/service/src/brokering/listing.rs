//! The desks' lists: what waits at an authority's ordinary queue, and at its shield desk. They name no child.

use std::collections::BTreeSet;

use audit::{Action, Detail, ExportDetail};
use directory::access::Permission;
use directory::accountable_authority::NATIONAL;
use store::broker_requests;

use super::{BrokerError, BrokerLine, OpenRequest};
use crate::Directory;
use crate::session::SignedIn;
use crate::trail::Event;

/// How many requests under one value a desk looks at.
const LISTED: i64 = 5_000;

impl Directory {
    /// What waits at the ordinary queues this person works at; nothing of a child who is shielded or sealed now. The entry
    /// is durable before anything is shown.
    ///
    /// # Errors
    ///
    /// [`BrokerError::Forbidden`] or the system's.
    pub async fn broker_queue(&self, who: &SignedIn) -> Result<Vec<BrokerLine>, BrokerError> {
        self.queue(who, false).await
    }

    /// What waits at the shield desks this person works at, as [`Directory::broker_queue`].
    ///
    /// # Errors
    ///
    /// [`BrokerError::Forbidden`] or the system's.
    pub async fn protected_broker_queue(&self, who: &SignedIn) -> Result<Vec<BrokerLine>, BrokerError> {
        self.queue(who, true).await
    }

    async fn queue(&self, who: &SignedIn, protected: bool) -> Result<Vec<BrokerLine>, BrokerError> {
        let permission = if protected { Permission::DecideShield } else { Permission::HandleBrokering };
        if !who.may(permission) {
            return self.no_brokering(who, "not_permitted", BrokerError::Forbidden).await;
        }
        // Both kinds of desk read both: one that has become the other's is in neither's way for a moment.
        let mut values: BTreeSet<&str> = BTreeSet::from([NATIONAL]);
        let held = who.roles.iter().filter(|held| held.gives(permission));
        values.extend(held.filter_map(|held| held.at.authority.as_deref()));
        let mut rows = Vec::new();
        let mut conn = self.store.reader().await?;
        for value in values {
            rows.extend(broker_requests::at(&mut conn, value, LISTED).await?);
        }
        drop(conn);
        let mut lines = Vec::new();
        for open in self.open_requests(rows).await? {
            let here = open.desk.protected == protected && open.desk.is_of(who);
            if here && open.content.end.is_none() && !self.hides(&open, who).await? {
                lines.push(self.broker_line(who, &open));
            }
        }
        lines.sort_by_key(|line| (line.due, line.id));
        let what = if protected { "brokering_at_shield_desk" } else { "brokering" };
        let detail = ExportDetail { what: what.to_owned(), ..ExportDetail::default() };
        self.record(Event::new(Action::BrokeringRead, Detail::Export(detail)).by(who)).await?;
        Ok(lines)
    }

    pub(super) fn broker_line(&self, who: &SignedIn, open: &OpenRequest) -> BrokerLine {
        let content = &open.content;
        let due = self.policy.brokering.due(content.reason, content.asked());
        BrokerLine {
            id: open.row.request_id,
            asked: content.asked(),
            due,
            overdue: due < self.world.now() && content.end.is_none(),
            reason: content.reason,
            asker: content.asker_name.clone(),
            organisation: content.organisation_name.clone(),
            stage: content.state().stage(),
            may_handle: content.state().may_take_on(who.account).is_ok(),
        }
    }
}
