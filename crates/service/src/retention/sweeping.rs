//! The sweep: children whose month has come, a bounded group at a time. Each record is looked at as it is: it stays live and
//! gets a new month, goes to the archive, loses what outlived its archive, or is destroyed.

use std::collections::BTreeMap;

use audit::{Action, ChangeDetail, Detail};
use directory::PartialDate;
use directory::retention::{Stage, archive_due, has_been_in_the_archive, stage};
use jiff::civil::Date;
use serde::Serialize;
use store::children::ChildRow;
use store::{children, key_store, parted_keys, search_keys, source_records};
use uuid::Uuid;

use super::items::Overdue;
use crate::indexing::{Findable, row_id};
use crate::records::OpenChild;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How many children are looked at together: a practitioner's write beside it never waits long.
const GROUP: i64 = 25;

/// What a sweep did, or in a dry run would do. Counts only, by the code of the reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SweepCounts {
    /// Records looked at.
    pub looked_at: u64,
    /// Records that went to the archive.
    pub archived: BTreeMap<&'static str, u64>,
    /// Records that came back from it: a child returned to England, a date was corrected.
    pub returned: u64,
    /// Records destroyed, by what had archived them; `begun_before` for those an interrupted sweep had begun to destroy.
    pub destroyed: BTreeMap<&'static str, u64>,
    /// Ended items destroyed inside records that stay.
    pub items_destroyed: u64,
    /// Months of the trail whose bodies were destroyed.
    pub audit_months_destroyed: u64,
    /// Months of the trail whose time is over and that something still needs.
    pub audit_months_waiting: u64,
    /// Entries of the disclosure register destroyed with the month of the trail of their last step.
    pub disclosures_destroyed: u64,
}

impl SweepCounts {
    /// Adds another part of the sweep.
    pub fn add(&mut self, other: &Self) {
        self.looked_at += other.looked_at;
        self.returned += other.returned;
        self.items_destroyed += other.items_destroyed;
        self.audit_months_destroyed += other.audit_months_destroyed;
        self.audit_months_waiting += other.audit_months_waiting;
        self.disclosures_destroyed += other.disclosures_destroyed;
        for (mine, theirs) in [(&mut self.archived, &other.archived), (&mut self.destroyed, &other.destroyed)]
        {
            for (why, count) in theirs {
                *mine.entry(why).or_default() += count;
            }
        }
    }

    fn did_nothing(&self) -> bool {
        *self == Self { looked_at: self.looked_at, ..Self::default() }
    }
}

/// How far the sweep of a day has come. It is only a mark: who begins anew looks at some records twice.
#[derive(Debug, Default)]
pub(crate) struct SweepWalk {
    day: Option<Date>,
    at: Reached,
}

/// What a sweep looks at next, one kind after the other.
#[derive(Debug, Clone)]
enum Reached {
    /// The children after this place in the order of their months.
    Children((String, Uuid)),
    /// The cases after this one.
    Cases(Uuid),
    /// What families asked, after this matter.
    Matters(Uuid),
    /// The offers after this one.
    Offers(Uuid),
    /// What is left of what was suppressed and asked is done together.
    Acts,
    /// The months of the trail, and the entries of the disclosure register that go with them.
    Months,
    Done,
}

impl Default for Reached {
    fn default() -> Self {
        Self::Children((String::new(), Uuid::nil()))
    }
}

/// One record of a group and what is to become of it.
struct Look {
    open: OpenChild,
    stage: Stage,
    /// Whether it has been in the archive for as long as it must before it is destroyed.
    was_archived: bool,
    why: &'static str,
    month: String,
    overdue: Vec<Overdue>,
}

impl Look {
    fn is_archived(&self) -> bool {
        self.stage != Stage::Live
    }

    fn is_destroyed(&self) -> bool {
        self.was_archived && matches!(self.stage, Stage::ToDestroy(_))
    }
}

impl Directory {
    /// The whole sweep of today, group by group. A dry run says what would happen and changes nothing.
    ///
    /// # Errors
    ///
    /// The system's. What was done stands; sweep again.
    pub async fn sweep(&self, dry: bool) -> Result<SweepCounts, ServiceError> {
        let mut counts = SweepCounts::default();
        if dry {
            let mut after = (String::new(), Uuid::nil());
            while let Some(last) = self.sweep_after(&after, dry, &mut counts).await? {
                after = last;
            }
            let going = Box::pin(self.sweep_audit_months(dry, &mut counts)).await?;
            self.sweep_register(dry, &going, &mut counts).await?;
            return Ok(counts);
        }
        let mut at = Reached::default();
        while !matches!(at, Reached::Done) {
            at = Box::pin(self.sweep_on(at, &mut counts)).await?;
        }
        Ok(counts)
    }

    /// The next group of today's sweep; nothing once it is done, until the day is over.
    pub(crate) async fn sweep_a_group(&self) -> Result<(), ServiceError> {
        let mut walk = self.sweep.lock().await;
        let today = self.today();
        if walk.day != Some(today) {
            *walk = SweepWalk { day: Some(today), ..SweepWalk::default() };
        }
        let at = walk.at.clone();
        if matches!(at, Reached::Months) {
            // Once a day, whatever comes of it: each try is an entry of the trail.
            walk.at = Reached::Done;
        }
        let reached = Box::pin(self.sweep_on(at, &mut SweepCounts::default())).await?;
        walk.at = reached;
        Ok(())
    }

    /// Sweeps the next group, and says what comes after it.
    async fn sweep_on(&self, at: Reached, counts: &mut SweepCounts) -> Result<Reached, ServiceError> {
        Ok(match at {
            Reached::Children(after) => {
                let last = self.sweep_after(&after, false, counts).await?;
                last.map_or(Reached::Cases(Uuid::nil()), Reached::Children)
            }
            Reached::Cases(after) => {
                let last = self.sweep_cases_after(after).await?;
                last.map_or(Reached::Matters(Uuid::nil()), Reached::Cases)
            }
            Reached::Matters(after) => {
                let last = self.sweep_matters_after(after).await?;
                last.map_or(Reached::Offers(Uuid::nil()), Reached::Matters)
            }
            Reached::Offers(after) => {
                let last = self.sweep_offers_after(after).await?;
                last.map_or(Reached::Acts, Reached::Offers)
            }
            Reached::Acts => {
                self.forget_suppressions().await?;
                self.destroy_keys_of_ended_acts().await?;
                Reached::Months
            }
            Reached::Months => {
                let gone = self.sweep_audit_months(false, counts).await?;
                self.sweep_register(false, &gone, counts).await?;
                Reached::Done
            }
            Reached::Done => Reached::Done,
        })
    }

    /// Sweeps the group after a place in the order of months, and says where it ended; nothing when there is none.
    async fn sweep_after(
        &self,
        after: &(String, Uuid),
        dry: bool,
        counts: &mut SweepCounts,
    ) -> Result<Option<(String, Uuid)>, ServiceError> {
        let mut conn = self.store.reader().await?;
        let due = children::due(&mut conn, &self.this_month(), after, GROUP).await?;
        drop(conn);
        let Some(last) = due.last().cloned() else { return Ok(None) };
        let ids: Vec<Uuid> = due.into_iter().map(|(_, child)| child).collect();
        let begun = {
            let mut keys = self.store.key_reader().await?;
            parted_keys::destroyed(&mut keys, &ids).await?
        };
        counts.looked_at += ids.len() as u64;
        let looks = self.look_at(&ids).await?;
        if dry {
            count_dry(counts, &looks, begun.len());
            return Ok(Some(last));
        }
        let doomed_before: Vec<(Uuid, &'static str)> =
            begun.into_iter().map(|child| (child, BEGUN_BEFORE)).collect();
        let (doomed, staying): (Vec<Look>, Vec<Look>) = looks.into_iter().partition(Look::is_destroyed);
        if !doomed_before.is_empty() {
            counts.add(&self.finish_destruction(&doomed_before).await?);
        }
        if !staying.is_empty() {
            counts.add(&self.keep_staying(staying).await?);
        }
        if !doomed.is_empty() {
            let doomed = doomed.into_iter().map(|look| (look.open, look.why)).collect();
            counts.add(&self.destroy(doomed).await?);
        }
        Ok(Some(last))
    }

    async fn look_at(&self, ids: &[Uuid]) -> Result<Vec<Look>, ServiceError> {
        let sources = self.sources().await?;
        let (policy, today) = (self.policy.retention, self.today());
        let mut looks = Vec::with_capacity(ids.len());
        for mut open in self.open_children(ids).await? {
            let told = self.facts_under(&open, &open.profile, &sources).date_of_birth.is_some();
            let born_by = match open.profile.born_by {
                _ if told => None,
                Some(day) => Some(day),
                None => Some(self.born_by(open.row.child_id).await?),
            };
            open.profile = open.profile.born_by(born_by);
            let facts = self.facts_under(&open, &open.profile, &sources);
            let ends = open.records.iter().flat_map(|record| record.content.ends());
            let month = self.sweep_month_of(&facts, ends, &mut self.world.chance.generator());
            let overdue = self.overdue_items(&open).await?;
            let archive = archive_due(&facts, &policy);
            let since = open.profile.in_archive_since();
            looks.push(Look {
                stage: stage(&facts, &policy, today),
                was_archived: archive
                    .is_none_or(|due| has_been_in_the_archive(due.why, since, &policy, today)),
                why: archive.map_or("", |due| due.why.code()),
                month,
                overdue,
                open,
            });
        }
        Ok(looks)
    }

    /// By which day a child was born of whom no record that counts says so: as those that have ended did, or today.
    async fn born_by(&self, child: Uuid) -> Result<Date, ServiceError> {
        let linked = source_records::of_children(&mut self.store.reader().await?, &[child]).await?;
        let ended = self.every_record(linked).await?;
        let born = ended.iter().filter_map(|record| record.content.date_of_birth).map(PartialDate::latest);
        Ok(born.max().unwrap_or(Date::MAX).min(self.today()))
    }

    /// Carries out what is due on records that stay, in one transaction.
    async fn keep_staying(&self, looks: Vec<Look>) -> Result<SweepCounts, ServiceError> {
        let mut rng = self.world.chance.generator();
        let sources = self.sources().await?;
        let mut counts = SweepCounts::default();
        let mut changed: Vec<Uuid> = Vec::new();
        let (mut rows, mut bundles, mut records) = (Vec::new(), Vec::new(), Vec::new());
        let mut tx = self.store.begin_feed().await?;
        for mut look in looks {
            // Who changed it meanwhile has left it for the next sweep.
            if !self.stands(&mut tx, &look.open).await? {
                continue;
            }
            let child = look.open.row.child_id;
            let archived = look.is_archived();
            let before = self.search_rows_of(child, &look.open.records, &Findable::Fully);
            for overdue in &look.overdue {
                counts.items_destroyed += overdue.count;
                let (bundle, row) = self.without(&mut look.open, overdue, &mut rng)?;
                bundles.push(bundle);
                records.push(row);
            }
            if archived != look.open.profile.archived {
                if archived {
                    *counts.archived.entry(look.why).or_default() += 1;
                } else {
                    counts.returned += 1;
                }
            }
            if archived != look.open.profile.archived || !look.overdue.is_empty() {
                changed.push(child);
                look.open.profile = look.open.profile.in_archive(archived, self.today());
                let findable = self.findable_among(&look.open, &look.open.profile, &sources);
                let wanted = self.search_rows_of(child, &look.open.records, &findable);
                let gone: Vec<_> = before.iter().filter(|row| !wanted.contains(row)).map(row_id).collect();
                search_keys::remove(&mut tx, &gone).await?;
                search_keys::insert(&mut tx, &wanted).await?;
            }
            let (open, version) = (&look.open, look.open.row.version + 1);
            let sealed = self.seal_profile(child, version, &open.bundle, &open.profile, &mut rng)?;
            rows.push(ChildRow { sealed, version, retention_month: look.month, ..open.row.clone() });
        }
        if !bundles.is_empty() {
            // The keys of what goes are gone before the rows say so; what stays is readable under either row.
            let mut keys = self.store.begin_feed_keys().await?;
            key_store::put_bundles(&mut keys, &bundles).await?;
            keys.commit().await?;
        }
        source_records::put(&mut tx, &records).await?;
        children::put(&mut tx, &rows).await?;
        if !counts.did_nothing() {
            self.write_event(&mut tx, swept(&counts).concerning(changed)).await?;
        }
        tx.commit().await?;
        if !bundles.is_empty() {
            self.scrub_keys().await?;
        }
        Ok(counts)
    }
}

/// What counts as destroyed now, although an interrupted sweep had begun it.
const BEGUN_BEFORE: &str = "begun_before";

fn count_dry(counts: &mut SweepCounts, looks: &[Look], begun: usize) {
    if begun > 0 {
        *counts.destroyed.entry(BEGUN_BEFORE).or_default() += begun as u64;
    }
    for look in looks {
        let archived = look.is_archived();
        match look.is_destroyed() {
            true => *counts.destroyed.entry(look.why).or_default() += 1,
            false => {
                counts.items_destroyed += look.overdue.iter().map(|overdue| overdue.count).sum::<u64>();
                if archived && !look.open.profile.archived {
                    *counts.archived.entry(look.why).or_default() += 1;
                }
                counts.returned += u64::from(!archived && look.open.profile.archived);
            }
        }
    }
}

/// The entry of a part of the sweep: how many by reason, never which in the clear.
pub(super) fn swept(counts: &SweepCounts) -> Event {
    let mut fields = Vec::new();
    for (what, by_reason) in [("archived", &counts.archived), ("destroyed", &counts.destroyed)] {
        fields.extend(by_reason.iter().map(|(why, count)| format!("{what} {why} {count}")));
    }
    for (what, count) in [("returned", counts.returned), ("items_destroyed", counts.items_destroyed)] {
        if count > 0 {
            fields.push(format!("{what} {count}"));
        }
    }
    let detail = ChangeDetail { change: "retention_swept".to_owned(), fields, ..ChangeDetail::default() };
    Event::new(Action::System, Detail::Change(detail))
}
