//! The rules over the chain: a batch of entries behind the mark, folded into each account's day.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use audit::{Action, ChangeDetail, Detail};
use directory::watching::{Asked, Before, Counts, DayState, Flag, Observation, Rule, Thresholds, What};
use store::account_days::{self, AccountDayRow};
use store::{Conn, accounts, alerts, investigations, month_counts, watch};
use uuid::Uuid;

use super::counts::Tally;
use super::raising::{InvestigationContent, Known, Raised};
use super::reading::of_a_desk;
use crate::sealed_desk::probing::{Looked, Whom};
use crate::search::criteria_kept;
use crate::trail::Event;
use crate::{Directory, ErrorKind, ServiceError};

/// How many entries are looked at in one transaction.
const BATCH: i64 = 250;

/// The mark of the rules.
const MARK: &str = "rules";

/// Days over which a person's custom is taken.
const CUSTOM: i64 = 28;

/// A day's state is padded to this many bytes, so that its length tells no more than the counts beside it.
const DAY_BLOCK: usize = 2048;

/// An entry the rules look at: whose it is, where they work.
struct Seen {
    account: Uuid,
    organisation: Uuid,
    entry: Uuid,
    day: i64,
    observed: Observation,
    /// The colleague for whom it was done (rule 6.12).
    asker: Option<Uuid>,
}

/// A day as it stands in the database, opened when it is first needed.
struct Day {
    organisation: Uuid,
    counts: Counts,
    sealed: Option<Vec<u8>>,
    state: Option<DayState>,
    changed: bool,
}

/// Everything one batch needs and makes.
#[derive(Default)]
struct Batch {
    days: BTreeMap<(Uuid, i64), Day>,
    searches: HashMap<Uuid, Asked>,
    limits: HashMap<Uuid, Thresholds>,
    known: Known,
    raised: Vec<Raised>,
    tally: Tally,
}

impl Directory {
    /// Looks at the next entries of the chain. Returns how many; none when the rules have caught up, or another server is
    /// at it.
    pub(super) async fn watch_chain(&self) -> Result<usize, ServiceError> {
        self.watch_at_most(BATCH).await
    }

    /// As [`Directory::watch_chain`], in steps of another size: it makes no difference to what is noticed.
    pub(super) async fn watch_at_most(&self, batch: i64) -> Result<usize, ServiceError> {
        let mut conn = self.store.reader().await?;
        let from = self.mark(&mut conn, MARK, 0).await?;
        let rows = store::audit::chained(&mut conn, from, batch).await?;
        let Some(to) = rows.last().map(|row| row.seq) else { return Ok(0) };
        let mut entries = Vec::new();
        for row in &rows {
            match self.open_entry(&row.entry).await {
                Ok(entry) => entries.push(entry),
                // Somebody has tampered with it, which verification finds and names; the watch does not stop for it.
                Err(error) if error.kind() == ErrorKind::Internal => {
                    tracing::error!(seq = row.seq, "an entry of the trail cannot be read and is not watched");
                }
                Err(error) => return Err(error),
            }
        }
        let looked: Vec<Looked> = entries.iter().filter_map(looked_for).collect();
        let withheld = match Box::pin(self.looked_for_what_is_held(&looked)).await {
            // The desk finds a case that cannot be read as well; every other rule goes on.
            Err(error) if error.kind() == ErrorKind::Internal => {
                tracing::error!(%error, "who looked for what is held is not watched");
                HashSet::new()
            }
            found => found?,
        };
        let seen: Vec<Seen> = entries.iter().filter_map(|entry| self.see(entry, &withheld)).collect();
        let mut work = self.prepare(&mut conn, &seen).await?;
        for seen in &seen {
            self.take_in(&mut conn, &mut work, seen).await?;
        }
        drop(conn);
        let moved = self.keep(work, from, to).await?;
        Ok(if moved { rows.len() } else { 0 })
    }

    /// Where a reader of the chain stands; a new one begins at `first`.
    pub(super) async fn mark(&self, conn: &mut Conn, name: &str, first: i64) -> Result<i64, ServiceError> {
        if let Some(seq) = watch::mark(conn, name).await? {
            return Ok(seq);
        }
        let mut tx = self.store.begin().await?;
        watch::begin(&mut tx, name, first).await?;
        let seq = watch::mark(&mut tx, name).await?.unwrap_or(first);
        tx.commit().await?;
        Ok(seq)
    }

    /// What the rules see of an entry; `withheld` are those that asked for what their own organisation sent and is held.
    fn see(&self, entry: &super::reading::OpenEntry, withheld: &HashSet<Uuid>) -> Option<Seen> {
        let mut observed = self.observe(entry)?;
        if withheld.contains(&entry.header.entry_id) {
            observed.flags.push(Flag::Withheld);
        }
        Some(Seen {
            account: Uuid::from_bytes(*entry.header.account?.as_bytes()),
            organisation: entry.header.organisation?,
            entry: entry.header.entry_id,
            day: self.policy.watching.day_of(observed.at),
            observed,
            asker: asker(entry),
        })
    }

    /// Reads what the batch builds on: the days of its accounts, and the search each would compare the next with.
    async fn prepare(&self, conn: &mut Conn, seen: &[Seen]) -> Result<Batch, ServiceError> {
        let mut work = Batch::default();
        let accounts: BTreeSet<Uuid> = seen.iter().map(|seen| seen.account).collect();
        let accounts: Vec<Uuid> = accounts.into_iter().collect();
        let Some(first) = seen.iter().map(|seen| seen.day).min() else { return Ok(work) };
        let last = seen.iter().map(|seen| seen.day).max().unwrap_or(first);
        // A month is at most three days longer than a custom; an authority's window of shielded views may be longer.
        let windows = self.policy.watching.every(|limits| limits.shielded_days);
        let back = windows.last().map_or(CUSTOM, |days| i64::from(*days)).max(CUSTOM + 3);
        for row in account_days::of_accounts(conn, &accounts, first - back, last).await? {
            let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
            let counts = Counts {
                searches: count(row.searches),
                empty: count(row.empty_searches),
                records: count(row.records_opened),
                out_of_hours: count(row.out_of_hours),
            };
            let day = Day {
                organisation: row.organisation_id,
                counts,
                sealed: Some(row.sealed),
                state: None,
                changed: false,
            };
            work.days.insert((row.account_id, row.day), day);
        }
        let mut compared = Vec::new();
        for key in seen.iter().map(|seen| (seen.account, seen.day)).collect::<BTreeSet<_>>() {
            if work.days.contains_key(&key) {
                compared.extend(self.state(&mut work, key).await?.last_search());
            }
        }
        for row in watch::entries(conn, &compared).await? {
            let Ok(entry) = self.open_entry(&row).await else { continue };
            if let Some(What::Search(asked)) = self.observe(&entry).map(|observed| observed.what) {
                work.searches.insert(row.entry_id, asked);
            }
        }
        Ok(work)
    }

    /// The state of an account's day that is in the batch, opened.
    async fn state<'a>(
        &self,
        work: &'a mut Batch,
        key: (Uuid, i64),
    ) -> Result<&'a mut DayState, ServiceError> {
        let day = work.days.get_mut(&key).ok_or_else(|| ServiceError::internal("a day was not prepared"))?;
        if day.state.is_none() {
            let mut state = match &day.sealed {
                Some(sealed) => self.open_at(day.organisation, day_id(key), sealed).await?,
                None => DayState::default(),
            };
            state.counts = day.counts;
            day.state = Some(state);
        }
        day.state.as_mut().ok_or_else(|| ServiceError::internal("a day was not opened"))
    }

    async fn take_in(&self, conn: &mut Conn, work: &mut Batch, seen: &Seen) -> Result<(), ServiceError> {
        let key = (seen.account, seen.day);
        let limits = match work.limits.get(&seen.organisation) {
            Some(limits) => limits.clone(),
            None => {
                let row = work.known.organisation(conn, seen.organisation).await?;
                let limits =
                    self.policy.watching.of(row.as_ref().and_then(|row| row.authority_code.as_deref()));
                work.limits.insert(seen.organisation, limits.clone());
                limits
            }
        };
        let before = self.before(work, seen, i64::from(limits.shielded_days)).await?;
        let first_use = self.is_first_use_of_month(work, seen);
        work.days.entry(key).or_insert_with(|| Day {
            organisation: seen.organisation,
            counts: Counts::default(),
            sealed: None,
            state: None,
            changed: false,
        });
        let compared = self.state(work, key).await?.last_search();
        let previous = compared.and_then(|entry| work.searches.get(&entry).cloned());
        let zone = self.policy.watching.zone();
        let state = self.state(work, key).await?;
        let before_it = state.counts.out_of_hours;
        let rules = state.see(&seen.observed, previous.as_ref(), &before, &limits, &zone);
        let counts = state.counts;
        if let Some(day) = work.days.get_mut(&key) {
            day.counts = counts;
            day.organisation = seen.organisation;
            day.changed = true;
        }
        if let What::Search(asked) = &seen.observed.what {
            work.searches.insert(seen.entry, asked.clone());
        }
        self.count(work, seen, first_use);
        if counts.out_of_hours > before_it {
            work.tally.add(&self.month_of_day(seen.day), seen.organisation, "out_of_hours");
        }
        for rule in rules {
            let who = (seen.account, seen.organisation);
            let raised = self.raised(conn, &mut work.known, rule, who, (seen.day, seen.entry)).await?;
            work.raised.extend(raised);
        }
        self.take_in_asker(conn, work, seen).await
    }

    /// What a look for a colleague says about the colleague: that a surname or a house is theirs is theirs to explain.
    async fn take_in_asker(
        &self,
        conn: &mut Conn,
        work: &mut Batch,
        seen: &Seen,
    ) -> Result<(), ServiceError> {
        let rules = seen.observed.flags.iter().filter_map(|flag| flag.rule_of_asker());
        let rules: BTreeSet<Rule> = rules.collect();
        let (Some(asker), false) = (seen.asker, rules.is_empty()) else { return Ok(()) };
        let Some(account) = accounts::by_id(conn, asker).await? else { return Ok(()) };
        for rule in rules {
            let who = (asker, account.organisation_id);
            let raised = self.raised(conn, &mut work.known, rule, who, (seen.day, seen.entry)).await?;
            work.raised.extend(raised);
        }
        Ok(())
    }

    /// What the person did on the days before, views of a shielded record over this many days.
    async fn before(&self, work: &mut Batch, seen: &Seen, window: i64) -> Result<Before, ServiceError> {
        let mut before = Before::default();
        let span = (seen.account, seen.day - CUSTOM)..(seen.account, seen.day);
        for (_, day) in work.days.range(span) {
            let acts = day.counts.searches + day.counts.records;
            before.acts += acts;
            before.days += u32::from(acts > 0);
        }
        if let What::Record(child) = seen.observed.what
            && seen.observed.flags.contains(&Flag::Shielded)
        {
            let from = seen.day - window + 1;
            let days: Vec<i64> = work
                .days
                .range((seen.account, from)..(seen.account, seen.day))
                .map(|(key, _)| key.1)
                .collect();
            for day in days {
                let viewed = self.state(work, (seen.account, day)).await?.viewed.get(&child).copied();
                let times = viewed.filter(|viewed| viewed.shielded == 1).map_or(0, |viewed| viewed.times);
                *before.shielded.entry(child).or_default() += times;
            }
        }
        Ok(before)
    }

    fn is_first_use_of_month(&self, work: &Batch, seen: &Seen) -> bool {
        let date = self.policy.watching.date_of(seen.day);
        let first = seen.day - i64::from(date.day()) + 1;
        work.days
            .range((seen.account, first)..=(seen.account, seen.day))
            .all(|(_, day)| day.counts.searches + day.counts.records == 0)
    }

    fn count(&self, work: &mut Batch, seen: &Seen, first_use: bool) {
        let month = self.month_of_day(seen.day);
        let mut add = |measure: &str| work.tally.add(&month, seen.organisation, measure);
        let used = match &seen.observed.what {
            What::Search(asked) => {
                add("searches");
                if asked.shown.is_empty() && !asked.too_many {
                    add("empty_searches");
                }
                true
            }
            What::SearchRefused => {
                add("searches_refused");
                true
            }
            What::Record(_) => {
                add("records_opened");
                true
            }
            What::SignIn { .. } => {
                add("sign_ins");
                false
            }
            What::SignInFailed => {
                add("sign_ins_failed");
                false
            }
        };
        if used && first_use {
            add("active_users");
        }
        if seen.observed.flags.contains(&Flag::ShieldOverride) {
            add("overrides");
        }
    }

    /// Mark, days, alerts and counts, all or nothing: false when another server went on meanwhile.
    async fn keep(&self, work: Batch, from: i64, to: i64) -> Result<bool, ServiceError> {
        let Batch { days, raised, mut tally, .. } = work;
        let mut rows = Vec::new();
        for (key, day) in days.into_iter().filter(|(_, day)| day.changed) {
            let state = day.state.unwrap_or_default();
            rows.push(AccountDayRow {
                account_id: key.0,
                day: key.1,
                organisation_id: day.organisation,
                searches: i64::from(day.counts.searches),
                empty_searches: i64::from(day.counts.empty),
                records_opened: i64::from(day.counts.records),
                out_of_hours: i64::from(day.counts.out_of_hours),
                sealed: self.seal_padded_at(day.organisation, day_id(key), &state, DAY_BLOCK).await?,
            });
        }
        let mut prepared = Vec::new();
        for raised in &raised {
            prepared.push(self.prepared(raised).await?);
        }
        let mut tx = self.store.begin().await?;
        if !watch::advance(&mut tx, MARK, from, to).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        account_days::put(&mut tx, &rows).await?;
        self.keep_raised(&mut tx, &raised, prepared, &mut tally).await?;
        month_counts::add(&mut tx, &tally.rows()).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The rows of something noticed: the alert, and the investigation it always leads to (rule 9.6).
    pub(super) async fn prepared(&self, raised: &Raised) -> Result<Prepared, ServiceError> {
        let investigation = if raised.rule.is_always_investigated() {
            let content = InvestigationContent {
                because: raised.rule.code().to_owned(),
                named_by: raised.named_by.clone(),
                takes_two: true,
                entries: vec![raised.entry],
                ..InvestigationContent::default()
            };
            let place = (raised.tier, raised.authority.as_str());
            Some(self.investigation_row(place, (raised.organisation, raised.account), content).await?)
        } else {
            None
        };
        let alert = self.alert_row(raised, investigation.as_ref().map(|row| row.investigation_id)).await?;
        Ok(Prepared { alert, investigation })
    }

    /// Writes what was noticed and is new, counts it, and tells the trail.
    pub(super) async fn keep_raised(
        &self,
        tx: &mut store::Tx,
        raised: &[Raised],
        prepared: Vec<Prepared>,
        tally: &mut Tally,
    ) -> Result<(), ServiceError> {
        for event in self.keep_rows(tx, raised, prepared, tally).await? {
            self.write_event(tx, event).await?;
        }
        Ok(())
    }

    /// Writes what was noticed and is new, and counts it; what the trail would say of it.
    pub(super) async fn keep_rows(
        &self,
        tx: &mut store::Tx,
        raised: &[Raised],
        prepared: Vec<Prepared>,
        tally: &mut Tally,
    ) -> Result<Vec<Event>, ServiceError> {
        let (mut opened, mut events) = (Vec::new(), Vec::new());
        for (raised, rows) in raised.iter().zip(prepared) {
            if !alerts::insert(tx, &rows.alert).await? {
                continue;
            }
            opened.push(rows.alert.alert_id);
            let month = self.month_of_day(self.policy.watching.day_of(self.world.now()));
            let measure = if raised.rule == Rule::Sample { "samples_drawn" } else { "alerts" };
            // An organisation's own figures tell nothing of what is the centre's alone.
            if !raised.rule.is_the_centres() {
                tally.add(&month, raised.organisation, measure);
            }
            if let Some(investigation) = rows.investigation {
                investigations::insert(tx, &investigation).await?;
                tally.add(&month, raised.organisation, "investigations");
                let detail = ChangeDetail {
                    change: "investigation_opened".to_owned(),
                    subject: Some(investigation.investigation_id),
                    others: vec![rows.alert.alert_id],
                    ..ChangeDetail::default()
                };
                events.push(Event::new(Action::InvestigationChanged, Detail::Change(detail)));
            }
        }
        if !opened.is_empty() {
            let detail = ChangeDetail {
                change: "alerts_opened".to_owned(),
                others: opened,
                ..ChangeDetail::default()
            };
            events.push(Event::new(Action::System, Detail::Change(detail)));
        }
        Ok(events)
    }
}

/// What is written of something noticed.
pub(super) struct Prepared {
    pub(super) alert: alerts::AlertRow,
    pub(super) investigation: Option<investigations::InvestigationRow>,
}

/// For whom an entry says that somebody looked in the ordinary way, and from where.
fn looked_for(entry: &super::reading::OpenEntry) -> Option<Looked> {
    let organisation = entry.header.organisation?;
    let whom = match (entry.header.action, entry.detail.as_ref()?) {
        (Action::Search, Detail::Search(search)) => {
            Whom::Asked { criteria: criteria_kept(&search.criteria), shown: search.shown.clone() }
        }
        (Action::RecordViewed, Detail::Disclosure(shown)) if !of_a_desk(shown) => Whom::Opened(shown.child?),
        _ => return None,
    };
    Some(Looked { entry: entry.header.entry_id, organisation, whom })
}

/// Whom a look was for, when it was for a colleague.
fn asker(entry: &super::reading::OpenEntry) -> Option<Uuid> {
    match entry.detail.as_ref()? {
        Detail::Search(search) => search.mediated_for,
        Detail::Disclosure(shown) => shown.mediated_for,
        _ => None,
    }
}

/// What a day's state is bound to.
fn day_id((account, day): (Uuid, i64)) -> Uuid {
    Uuid::from_u128(account.as_u128() ^ u128::from(day.unsigned_abs()))
}
