//! The acts of an authority's administrators, so that any of them can be undone. A line names no child.

use std::collections::BTreeSet;

use audit::{Action, Detail, ExportDetail};
use directory::access::Permission;
use store::pending_acts::ActState;
use uuid::Uuid;

use super::acts::{ActContent, JOINING};
use super::{JoinError, JoiningLine, LISTED};
use crate::Directory;
use crate::session::SignedIn;
use crate::shield_desk::instant;
use crate::trail::Event;

impl Directory {
    /// The newest acts of the person's authority, those that were undone among them. The entry is durable before anything is
    /// shown. What two people of the protected desk did stands on no list but theirs.
    ///
    /// # Errors
    ///
    /// [`JoinError::Forbidden`] or the system's.
    pub async fn joinings(&self, who: &SignedIn) -> Result<Vec<JoiningLine>, JoinError> {
        self.may_join_records(who, Permission::ReviewMatches).await?;
        let mut rows = Vec::new();
        for state in [ActState::Used, ActState::Withdrawn] {
            let of_state = (JOINING, state);
            rows.extend(self.joinings_within(who, Permission::ReviewMatches, of_state, LISTED).await?);
        }
        rows.sort_by_key(|row| (std::cmp::Reverse(row.opened_at), row.act_id));
        let mut opened = Vec::new();
        for (row, content) in self.open_acts::<ActContent>(rows).await? {
            if content.by.len() == 1 {
                opened.push((row, content));
            }
        }
        let people: BTreeSet<Uuid> = opened.iter().flat_map(|(_, content)| content.by.clone()).collect();
        let people: Vec<Uuid> = people.into_iter().collect();
        let labels = self.labels_of(&mut self.store.reader().await?, &people).await?;
        let lines = opened
            .into_iter()
            .map(|(row, content)| JoiningLine {
                id: row.act_id,
                since: instant(row.opened_at),
                kind: content.done.kind(),
                basis: content.basis,
                by: content.by.iter().filter_map(|by| labels.get(by).cloned()).collect(),
                stands: row.state == ActState::Used,
            })
            .collect();
        let detail = ExportDetail { what: "joinings".to_owned(), ..ExportDetail::default() };
        self.record(Event::new(Action::RegisterRead, Detail::Export(detail)).by(who)).await?;
        Ok(lines)
    }
}
