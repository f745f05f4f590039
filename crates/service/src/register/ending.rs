//! An entry of the register goes with the bodies of the month of the trail in which its last step was taken (law 9, rule 4.11):
//! its own key first, then its row. So it waits with that month for a legal hold, an alert and an investigation, and no clock that
//! jumps ahead destroys it.

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
            counts.disclosures_destroyed += ended.len() as u64;
            if !dry && !ended.is_empty() {
                self.destroy_entries(&ended).await?;
            }
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
        let last_steps: Vec<(Uuid, Month)> = opened
            .iter()
            .map(|(row, content)| (row.register_id, month_of(last_step(row, content))))
            .collect();
        let months: BTreeSet<Month> = last_steps.iter().map(|(_, month)| *month).collect();
        let gone = self.audit_months_gone(&months).await?;
        let over = last_steps.into_iter().filter(|(_, month)| gone.contains(month) || going.contains(month));
        ended.extend(over.map(|(entry, _)| entry));
        Ok(ended)
    }

    async fn destroy_entries(&self, ended: &[Uuid]) -> Result<(), ServiceError> {
        self.destroy_own_keys(ended).await?;
        let mut tx = self.store.begin_feed().await?;
        for entry in ended {
            rows::remove(&mut tx, *entry).await?;
        }
        self.write_event(&mut tx, destroyed(ended.len())).await?;
        tx.commit().await?;
        self.scrub_keys().await
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
fn destroyed(entries: usize) -> Event {
    let detail = ChangeDetail {
        change: "disclosures_destroyed".to_owned(),
        fields: vec![format!("entries {entries}")],
        ..ChangeDetail::default()
    };
    Event::new(Action::System, Detail::Change(detail))
}
