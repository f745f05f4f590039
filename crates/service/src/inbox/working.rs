//! Working through what was said, in the order in which each source said it: as groups of the day's run, exactly once.
//!
//! How far the run has counted is how far it is worked through. What a group leaves to be done after its own transaction (a
//! record that ends, a service that lost its basis) is done before what it came from is removed; so whatever a killed round left
//! standing in the inbox is looked at again, and what it counted already is not counted twice.

use std::collections::{BTreeMap, HashMap, HashSet};

use feeds::{Outcome, Profile, Quarantined};
use store::inbox::{self, DayRow};
use store::runs;
use store::sources::{self, SourceRow};
use uuid::Uuid;

use super::days::label;
use super::item::{Item, Lapse, What, faults_of};
use crate::connecting::BY_MESSAGE;
use crate::loading::said::{SaidEnding, end_digest, merge_digest};
use crate::loading::{EndWord, Judged, LoadError, LoadRun};
use crate::{Directory, GROUP, ServiceError};

/// Messages that become durable together: each record in it at most once, so that a source's words count in their order.
#[derive(Default)]
struct Said {
    judged: Vec<Judged>,
    endings: Vec<SaidEnding>,
    /// The numbers of those that say nothing that the directory holds.
    unread: Vec<u64>,
    /// What was discarded unread beside each, by its number.
    discarded: BTreeMap<u64, BTreeMap<String, u64>>,
    after: Vec<After>,
    /// The number of the last.
    last: u64,
    records: HashSet<String>,
}

/// What is done once a group is durable.
enum After {
    /// A record ends.
    End { number: u64, record: String, end: EndWord },
    /// Services of a record have no basis, or no consent, any more.
    Lapse { number: u64, lapse: Lapse },
}

impl Said {
    /// Whether what is here must be durable before this one is looked at.
    fn goes_before(&self, one: &Worked) -> bool {
        let alone = self.last > 0 && (one.endings.is_some() || !self.endings.is_empty());
        alone || one.records.iter().any(|record| self.records.contains(record))
    }

    fn add(&mut self, one: Worked) {
        self.records.extend(one.records);
        self.judged.extend(one.judged);
        self.endings.extend(one.endings);
        self.unread.extend(one.is_unread.then_some(one.number));
        if !one.discarded.is_empty() {
            self.discarded.insert(one.number, one.discarded);
        }
        self.after.extend(one.after);
        self.last = one.number;
    }
}

/// One message, ready to be loaded.
struct Worked {
    number: u64,
    judged: Option<Judged>,
    endings: Option<SaidEnding>,
    is_unread: bool,
    discarded: BTreeMap<String, u64>,
    after: Option<After>,
    records: Vec<String>,
}

impl Worked {
    fn of(number: u64, item: Item, profile: &'static Profile) -> Self {
        let discarded = item.discarded;
        let (judged, endings, after, is_unread) = (None, None, None, matches!(item.what, What::Unread));
        let mut worked = Self { number, judged, endings, is_unread, discarded, after, records: Vec::new() };
        match item.what {
            What::Statement(words) => worked.judged = Some(words.judged(number, item.day)),
            What::Unread => {}
            What::Aside { faults, lapsed } => {
                let faults = faults_of(&faults, profile);
                let row =
                    Quarantined { row_number: number, faults, raw: None, record_id: None, lapsed: None };
                worked.judged = Some(Outcome::Quarantined(row));
                worked.records.extend(lapsed.as_ref().map(|lapse| lapse.record.clone()));
                worked.after = lapsed.map(|lapse| After::Lapse { number, lapse });
            }
            What::End { record, as_of, said } => {
                let digest = end_digest(&record, as_of);
                let (ends, about) = (record.clone(), record.clone());
                let end = EndWord { as_of, said: said.unwrap_or(as_of.into()) };
                worked.endings = Some(SaidEnding { number, record: ends, end, about, digest });
                worked.after = Some(After::End { number, record, end });
            }
            What::Merge { surviving, ended, statement, said } => {
                worked.judged = statement.map(|words| words.judged(number, item.day));
                let canonical = match &worked.judged {
                    Some(Outcome::Accepted(row)) => row.canonical.as_slice(),
                    // The program's rules have changed since: it is put aside, and its record goes on.
                    Some(Outcome::Quarantined(_)) => return worked,
                    None => &[],
                };
                let digest = merge_digest(&surviving, &ended, canonical);
                let (ends, itself) = (ended.clone(), surviving == ended);
                let said = said.unwrap_or(item.day.into());
                let end = EndWord { as_of: said.day(), said };
                if !itself || worked.judged.is_none() {
                    worked.endings = Some(SaidEnding { number, record: ends, end, about: surviving, digest });
                }
                worked.after = (!itself).then_some(After::End { number, record: ended, end });
            }
        }
        if let Some(Outcome::Accepted(row)) = &worked.judged {
            worked.records.push(row.record_id.clone());
        }
        worked
    }
}

impl Directory {
    /// One round: of each source as much as its limits let through together, the oldest first. How many messages became durable
    /// as receipts; 0 when nothing waits that may be worked on.
    ///
    /// # Errors
    ///
    /// The system's, of the source that failed first; the others were worked on, and the next round tries again.
    pub async fn work_through_inbox(&self) -> Result<u64, ServiceError> {
        let _round = self.inbox.round.lock().await;
        let mut conn = self.store.reader().await?;
        let open = inbox::days(&mut conn).await?;
        if open.is_empty() {
            return Ok(0);
        }
        let known: HashMap<Uuid, SourceRow> =
            sources::all(&mut conn).await?.into_iter().map(|row| (row.source_id, row)).collect();
        drop(conn);
        let mut by_source: BTreeMap<Uuid, Vec<DayRow>> = BTreeMap::new();
        for day in open {
            by_source.entry(day.source_id).or_default().push(day);
        }
        let (mut worked, mut failed) = (0, Ok(()));
        for days in by_source.into_values() {
            match self.work_on(&days, &known).await {
                Ok(messages) => worked += messages,
                // A person paused it, or what it brought did, or it may not feed any more: its words wait.
                Err(LoadError::Paused { .. } | LoadError::Lacks { .. }) => {}
                Err(LoadError::Service(error)) => failed = failed.and(Err(error)),
                Err(other) => failed = failed.and(Err(ServiceError::internal(other))),
            }
        }
        failed.map(|()| worked)
    }

    /// Works on a source's oldest day; a day that is over and worked through is ended, and the next one's turn comes.
    async fn work_on(&self, days: &[DayRow], known: &HashMap<Uuid, SourceRow>) -> Result<u64, LoadError> {
        let today = self.today().to_string();
        for day in days {
            let Some(source) = known.get(&day.source_id) else { return Ok(0) };
            let row = runs::by_id(&mut self.store.reader().await?, day.run_id).await?;
            let row = row.ok_or_else(|| ServiceError::internal("a day of messages has no run"))?;
            let mut run = self.take_up_messages(source.clone(), known.clone(), &row, label(&day.day)).await?;
            let worked = self.work_on_day(&mut run, day.run_id).await?;
            let waits = i64::try_from(run.counts().rows).unwrap_or(i64::MAX) < day.taken;
            if worked > 0 || waits || day.day >= today {
                return Ok(worked);
            }
            self.end_messages(&run).await?;
        }
        Ok(0)
    }

    async fn work_on_day(&self, run: &mut LoadRun, id: Uuid) -> Result<u64, LoadError> {
        let (passed, ahead) = self.standing(run, id).await?;
        if let Some(last) = passed.last().map(|one| one.number) {
            self.do_after(run, &passed.into_iter().filter_map(|one| one.after).collect::<Vec<_>>()).await?;
            self.remove(id, last).await?;
        }
        if ahead.is_empty() {
            return Ok(0);
        }
        let begun = run.counts().rows;
        if ahead.first().map(|one| one.number) != Some(begun + 1) {
            return Err(ServiceError::internal("the inbox has a gap in its numbers").into());
        }
        let batch = self.next_batch(run.source()).await?;
        if !batch.rests.is_zero() {
            return Ok(0);
        }
        // The group asks it too, but only once it is scored.
        self.may_go_on(&mut self.store.reader().await?, run.source(), BY_MESSAGE).await?;
        let mut group = Said::default();
        for one in ahead.into_iter().take(batch.rows) {
            if group.goes_before(&one) {
                self.load_group_said(run, id, std::mem::take(&mut group)).await?;
            }
            group.add(one);
        }
        self.load_group_said(run, id, group).await?;
        Ok(run.counts().rows.saturating_sub(begun))
    }

    /// What stands in the inbox of a day: what is durable and was not removed, and what waits, as much as a group may have.
    async fn standing(&self, run: &LoadRun, id: Uuid) -> Result<(Vec<Worked>, Vec<Worked>), LoadError> {
        let limit = i64::try_from(GROUP * 2).map_err(ServiceError::internal)?;
        let rows = inbox::oldest(&mut self.store.reader().await?, id, limit).await?;
        let profile = Profile::named(&run.source().profile)
            .ok_or_else(|| ServiceError::internal("a source has a profile that there is not"))?;
        let worked = rows.into_iter().map(|row| {
            let item = self.open_item((id, row.position), &row.sealed, run.bundle())?;
            let number = u64::try_from(row.position).map_err(ServiceError::internal)?;
            Ok(Worked::of(number, item, profile))
        });
        let worked: Vec<Worked> = worked.collect::<Result<_, ServiceError>>()?;
        let durable = run.counts().rows;
        Ok(worked.into_iter().partition(|one| one.number <= durable))
    }

    async fn load_group_said(&self, run: &mut LoadRun, id: Uuid, group: Said) -> Result<(), LoadError> {
        self.load_said(run, group.judged, group.endings, group.unread, group.discarded).await?;
        self.do_after(run, &group.after).await?;
        self.remove(id, group.last).await
    }

    async fn do_after(&self, run: &LoadRun, after: &[After]) -> Result<(), LoadError> {
        for one in after {
            match one {
                After::End { number, record, end } => self.end_said(run, *number, record, *end).await?,
                After::Lapse { number, lapse } => {
                    let position = i64::try_from(*number).map_err(ServiceError::internal)?;
                    let id = run.id();
                    if inbox::stands(&mut self.store.reader().await?, id, position).await? {
                        let (keys, withdrawn) = (lapse.keys(), lapse.withdrawn());
                        self.take_off_lapsed_of(run.source(), &lapse.record, keys, withdrawn).await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn remove(&self, run: Uuid, up_to: u64) -> Result<(), LoadError> {
        let up_to = i64::try_from(up_to).map_err(ServiceError::internal)?;
        let mut tx = self.store.begin_feed().await?;
        inbox::remove(&mut tx, run, up_to).await?;
        tx.commit().await?;
        Ok(())
    }
}
