//! The bodies of the trail's entries go when their years are over (rule 4.11): the key of their month is destroyed. The clear
//! headers, the chain and the look-ups stay, so the trail is still found and still proves itself.
//!
//! Which months are over follows from the date and from how many months were worked in since, so nothing need be remembered: a key
//! store that was restored from a copy of before loses them again with the next sweep, and a clock that jumps ahead destroys
//! none, for the months of the years that it passed over have no key. A month waits while an alert or an investigation that is not closed began
//! with an entry of it, and while a legal hold is in force, or proposed, on a child of whom it tells.

use std::collections::BTreeSet;

use audit::{Action, ChangeDetail, Detail};
use directory::Month;
use jiff::tz::TimeZone;
use serde::Deserialize;
use store::alerts::{self, AlertState};
use store::audit::{self as trail, LookupKind, Stretch};
use store::investigations::{self, InvestigationState};
use store::pending_acts::{self, ActState};
use store::{parted_keys, watch};
use uuid::Uuid;

use super::holding::HOLD;
use super::sweeping::SweepCounts;
use crate::shield_desk::{instant, start_of_month};
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How many alerts or investigations are read together.
const GROUP: i64 = 200;

/// How many entries are.
const ENTRIES: usize = 200;

/// Microseconds.
const DAY: i64 = 86_400_000_000;

/// What is read of a hold.
#[derive(Deserialize)]
struct Held {
    child: Uuid,
    #[serde(default)]
    group: Vec<Uuid>,
}

impl Directory {
    /// Destroys the keys of the months whose time is over, or counts them; which they are.
    pub(super) async fn sweep_audit_months(
        &self,
        dry: bool,
        counts: &mut SweepCounts,
    ) -> Result<Vec<Month>, ServiceError> {
        let first_kept = self.policy.retention.first_audit_month(self.today());
        // Another server may have destroyed what this one remembers.
        self.forget_audit_keys_before(number_of(first_kept));
        let mut due = self.audit_months_over(first_kept).await?;
        let awaited = self.audit_months_awaited(&due).await?;
        due.retain(|month| !awaited.contains(month));
        counts.audit_months_waiting += awaited.len() as u64;
        counts.audit_months_destroyed += due.len() as u64;
        if dry || due.is_empty() {
            return Ok(due);
        }
        // The entry first: nobody finds a body destroyed of which the trail does not say so. Who is stopped here writes it again.
        self.record(destroyed(&due)).await?;
        let owners: Vec<Uuid> = due.iter().map(|month| self.audit_month_owner(number_of(*month))).collect();
        self.destroy_own_keys(&owners).await?;
        self.forget_audit_keys_before(number_of(first_kept));
        self.scrub_keys().await?;
        Ok(due)
    }

    /// Those of these months of which the bodies cannot be opened any more.
    pub(crate) async fn audit_months_gone(
        &self,
        months: &BTreeSet<Month>,
    ) -> Result<BTreeSet<Month>, ServiceError> {
        let owners: Vec<Uuid> =
            months.iter().map(|month| self.audit_month_owner(number_of(*month))).collect();
        let there = self.wrapped_bundles(&owners).await?;
        let gone = months.iter().zip(owners).filter(|(_, owner)| !there.contains_key(owner));
        Ok(gone.map(|(month, _)| *month).collect())
    }

    /// The months before this one that still have a key, each with as many months that have one after it as bodies are kept:
    /// a service that stood still for a while keeps them for as long again.
    async fn audit_months_over(&self, first_kept: Month) -> Result<Vec<Month>, ServiceError> {
        let Some(first) = trail::first(&mut self.store.reader().await?).await? else { return Ok(Vec::new()) };
        let first = month_of(first);
        let now = Month::from(self.today());
        let months: Vec<Month> = (0..=now.months_since(first)).map(|after| first.plus(after)).collect();
        let owners: Vec<Uuid> =
            months.iter().map(|month| self.audit_month_owner(number_of(*month))).collect();
        let there = self.wrapped_bundles(&owners).await?;
        let kept = months.into_iter().zip(owners).filter(|(_, owner)| there.contains_key(owner));
        let kept: Vec<Month> = kept.map(|(month, _)| month).collect();
        let years = kept.len().saturating_sub(12 * usize::from(self.policy.retention.audit_years));
        Ok(kept.into_iter().take(years).filter(|month| *month < first_kept).collect())
    }

    /// Those of the months that something still needs. Asked only where there is one, which is about once a month.
    async fn audit_months_awaited(&self, due: &[Month]) -> Result<BTreeSet<Month>, ServiceError> {
        let mut awaited = BTreeSet::new();
        if due.is_empty() {
            return Ok(awaited);
        }
        let entries: Vec<Uuid> = self.entries_under_review().await?.into_iter().collect();
        let held = self.owners_under_hold().await?;
        let mut conn = self.store.reader().await?;
        for group in entries.chunks(ENTRIES) {
            for entry in watch::entries(&mut conn, group).await? {
                // With the day of the entry, as the pages of an alert show it: local days begin and end beside those of UTC.
                awaited.extend([entry.at - DAY, entry.at, entry.at + DAY].map(month_of));
            }
        }
        awaited.retain(|month| due.contains(month));
        for owner in held {
            for month in due {
                if awaited.contains(month) {
                    continue;
                }
                let (from, before) = (start_of_month(*month), start_of_month(month.plus(1)));
                let stretch = Stretch { from, before, before_id: Uuid::nil() };
                let key = self.child_handle(owner);
                if !trail::page_of_lookup(&mut conn, LookupKind::Child, key, stretch, 1).await?.is_empty() {
                    awaited.insert(*month);
                }
            }
        }
        Ok(awaited)
    }

    /// The entries with which alerts and investigations began that are not closed.
    async fn entries_under_review(&self) -> Result<BTreeSet<Uuid>, ServiceError> {
        let mut entries = BTreeSet::new();
        for state in [AlertState::Open, AlertState::Claimed] {
            let mut after = Uuid::nil();
            loop {
                let rows = alerts::in_state(&mut self.store.reader().await?, state, after, GROUP).await?;
                let Some(last) = rows.last().map(|row| row.alert_id) else { break };
                for row in &rows {
                    entries.insert(self.open_alert(row).await?.entry);
                }
                after = last;
            }
        }
        let mut after = Uuid::nil();
        loop {
            let mut conn = self.store.reader().await?;
            let rows = investigations::in_state(&mut conn, InvestigationState::Open, after, GROUP).await?;
            let Some(last) = rows.last().map(|row| row.investigation_id) else { return Ok(entries) };
            for row in &rows {
                entries.extend(self.open_investigation(row).await?.entries);
                let joined = alerts::of_investigation(&mut conn, row.investigation_id, GROUP).await?;
                for alert in &joined {
                    entries.insert(self.open_alert(alert).await?.entry);
                }
            }
            after = last;
        }
    }

    /// The children on whom a legal hold is in force or proposed, and whatever else its custodian keeps.
    pub(crate) async fn owners_under_hold(&self) -> Result<BTreeSet<Uuid>, ServiceError> {
        const EVERYWHERE: &str = "";
        const EVER: i64 = 0;
        let now = self.world.now().as_microsecond();
        let mut owners = BTreeSet::new();
        // What nobody decided in its time is proposed no more.
        for (state, after) in [(ActState::Open, now), (ActState::Approved, EVER)] {
            let mut conn = self.store.reader().await?;
            let rows = pending_acts::within(&mut conn, HOLD, state, after, EVERYWHERE, i64::MAX).await?;
            drop(conn);
            let mut keys = self.store.key_reader().await?;
            for row in &rows {
                let kept = parted_keys::of_hold(&mut keys, row.act_id).await?;
                owners.extend(kept.into_iter().map(|row| row.owner_id));
            }
            drop(keys);
            let (opened, _) = self.opened_acts::<Held>(rows).await?;
            for (_, held) in opened {
                // Before its hold a child can be read, and with it whatever was joined to it.
                owners.extend(self.group_of(&[held.child]).await?);
                owners.extend(held.group);
            }
        }
        Ok(owners)
    }
}

/// The entry: which months, no more.
fn destroyed(months: &[Month]) -> Event {
    let fields = months.iter().map(Month::to_string).collect();
    let detail =
        ChangeDetail { change: "audit_months_destroyed".to_owned(), fields, ..ChangeDetail::default() };
    Event::new(Action::System, Detail::Change(detail))
}

/// A month as its key is numbered: `YYYYMM`.
fn number_of(month: Month) -> i64 {
    i64::from(month.year()) * 100 + i64::from(month.month())
}

pub(crate) fn month_of(micros: i64) -> Month {
    Month::from(instant(micros).to_zoned(TimeZone::UTC).date())
}
