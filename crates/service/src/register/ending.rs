//! An entry of the register goes with the bodies of the month of the trail in which its last step was taken (law 9, rule 4.11):
//! its own key first, then its row. So it waits with that month for an alert and an investigation, and no clock that jumps ahead
//! destroys it; for a legal hold on its child it waits by itself too.

use std::collections::BTreeSet;

use audit::{Action, ChangeDetail, Detail};
use directory::Month;
use store::disclosure_register as rows;
use store::parted_keys;
use uuid::Uuid;

use super::{Content, RegisterRow};
use crate::retention::{SweepCounts, month_of};
use crate::shield_desk::start_of_month;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How many entries are looked at together.
const GROUP: i64 = 200;

impl Directory {
    /// Destroys the entries whose month of the trail is gone, or, in a dry run, counts them with those whose month is about to go.
    pub(crate) async fn sweep_register(
        &self,
        dry: bool,
        going: &[Month],
        counts: &mut SweepCounts,
    ) -> Result<(), ServiceError> {
        let before = start_of_month(self.policy.retention.first_audit_month(self.today()));
        let mut after = Uuid::nil();
        loop {
            let mut conn = self.store.reader().await?;
            let found = rows::decided_before(&mut conn, before, after, GROUP).await?;
            drop(conn);
            let Some(last) = found.last().map(|row| row.register_id) else { return Ok(()) };
            after = last;
            let ended = self.ended_entries(found, going).await?;
            counts.disclosures_destroyed +=
                if dry { ended.len() as u64 } else { self.destroy_entries(&ended).await? };
        }
    }

    /// Those of these entries whose time is over, and those of which a backup brought the row back without its key.
    async fn ended_entries(
        &self,
        found: Vec<RegisterRow>,
        going: &[Month],
    ) -> Result<Vec<Uuid>, ServiceError> {
        let ids: Vec<Uuid> = found.iter().map(|row| row.register_id).collect();
        let mut ended = parted_keys::destroyed(&mut self.store.key_reader().await?, &ids).await?;
        let opened = self.open_entries(found).await?;
        let last_steps: Vec<(Uuid, Uuid, Month)> = opened
            .iter()
            .map(|(row, content)| (row.register_id, content.child, month_of(last_step(row, content))))
            .collect();
        let months: BTreeSet<Month> = last_steps.iter().map(|(.., month)| *month).collect();
        let gone = self.audit_months_gone(&months).await?;
        let over = |month: &Month| gone.contains(month) || going.contains(month);
        if last_steps.iter().any(|(.., month)| over(month)) {
            // Also of a month that went before the hold was proposed.
            let held = self.owners_under_hold().await?;
            let ends = last_steps.iter().filter(|(_, child, month)| over(month) && !held.contains(child));
            ended.extend(ends.map(|(entry, ..)| *entry));
        }
        Ok(ended)
    }

    /// How many there were: another server may have been quicker.
    async fn destroy_entries(&self, ended: &[Uuid]) -> Result<u64, ServiceError> {
        if ended.is_empty() {
            return Ok(0);
        }
        self.destroy_own_keys(ended).await?;
        let mut removed = 0;
        let mut tx = self.store.begin_feed().await?;
        for entry in ended {
            removed += u64::from(rows::remove(&mut tx, *entry).await?);
        }
        if removed > 0 {
            self.write_event(&mut tx, destroyed(removed)).await?;
        }
        tx.commit().await?;
        self.scrub_keys().await?;
        Ok(removed)
    }
}

/// When anything was last done about an entry, in microseconds.
fn last_step(row: &RegisterRow, content: &Content) -> i64 {
    let released = content.released.as_ref().map(|release| release.at);
    let opened = content.retrieval.map(|retrieval| retrieval.last_step());
    [Some(row.opened_at), row.decided_at, released, opened]
        .into_iter()
        .flatten()
        .max()
        .unwrap_or(row.opened_at)
}

/// The entry of the trail: how many, no more.
fn destroyed(entries: u64) -> Event {
    let detail = ChangeDetail {
        change: "disclosures_destroyed".to_owned(),
        fields: vec![format!("entries {entries}")],
        ..ChangeDetail::default()
    };
    Event::new(Action::System, Detail::Change(detail))
}
