//! Days later: whether the organisation of whoever opened a record turned out to be working with the child. The service
//! looks by itself (law 2 binds viewers); the alert names the entry, and nothing of the child.

use std::collections::{BTreeSet, HashMap};

use audit::{Action, Detail};
use directory::watching::{MOST_DAYS, Rule, is_known_to, says_involvement};
use jiff::SignedDuration;
use store::{Conn, month_counts, watch};
use uuid::Uuid;

use super::counts::Tally;
use super::raising::Known;
use super::reading::of_a_desk;
use crate::records::OpenChild;
use crate::{Directory, ErrorKind, ServiceError};

/// How many entries are followed up in one transaction.
const BATCH: i64 = 100;

/// The mark of those that were followed up after so many days: a mark a delay, for authorities differ.
fn mark_of(days: u16) -> String {
    format!("afterwards_{days}")
}

/// A record that was opened.
struct Opened {
    account: Uuid,
    organisation: Uuid,
    child: Uuid,
    entry: Uuid,
    day: i64,
}

impl Directory {
    /// Follows up the entries that are old enough where they were made. Returns how many.
    pub(super) async fn look_afterwards(&self) -> Result<usize, ServiceError> {
        let mut followed = 0;
        for days in self.policy.watching.every(|limits| limits.no_involvement_days) {
            if days > 0 {
                followed += self.look_after(days).await?;
            }
        }
        Ok(followed)
    }

    /// Follows up the entries of so many days ago, made where that is the delay.
    async fn look_after(&self, days: u16) -> Result<usize, ServiceError> {
        let due = self.world.now() - SignedDuration::from_hours(24 * i64::from(days));
        let mut conn = self.store.reader().await?;
        let name = mark_of(days);
        let from = match watch::mark(&mut conn, &name).await? {
            Some(from) => from,
            None => {
                let first = first_of_new(&mut conn).await?;
                self.mark(&mut conn, &name, first).await?
            }
        };
        // The next one tells whether there is anything to do: bodies are not read to be put aside.
        let next = store::audit::chained(&mut conn, from, 1).await?;
        if next.first().is_none_or(|row| row.entry.at > due.as_microsecond()) {
            return Ok(0);
        }
        let rows = store::audit::chained(&mut conn, from, BATCH).await?;
        let old: Vec<_> = rows.into_iter().take_while(|row| row.entry.at <= due.as_microsecond()).collect();
        let Some(to) = old.last().map(|row| row.seq) else { return Ok(0) };
        let mut opened = Vec::new();
        for row in &old {
            // Most entries are something else, and need not be opened to know.
            if row.entry.header.contains(Action::RecordViewed.as_str()) {
                match self.open_entry(&row.entry).await {
                    Ok(entry) => opened.extend(self.opened(&entry)),
                    // It was told when it was watched.
                    Err(error) if error.kind() == ErrorKind::Internal => {}
                    Err(error) => return Err(error),
                }
            }
        }
        let mut known = Known::default();
        let mut here = Vec::new();
        for opened in opened {
            let Some(organisation) = known.organisation(&mut conn, opened.organisation).await? else {
                continue;
            };
            // Where another delay holds, another mark comes by.
            let limits = self.policy.watching.of(organisation.authority_code.as_deref());
            if limits.no_involvement_days == days {
                here.push((opened, organisation.name));
            }
        }
        let ids: BTreeSet<Uuid> = here.iter().map(|(opened, _)| opened.child).collect();
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let children: HashMap<Uuid, OpenChild> =
            self.open_children(&ids).await?.into_iter().map(|child| (child.row.child_id, child)).collect();
        let sources = self.sources().await?;
        let mut raised = Vec::new();
        for (opened, name) in here {
            let Some(child) = children.get(&opened.child) else { continue };
            let sends = |record: &crate::records::OpenRecord| {
                let source = sources.get(&record.row.source_id);
                says_involvement(&record.content)
                    && source.is_some_and(|source| source.organisation_id == opened.organisation)
            };
            let named = is_known_to(&name, child.records.iter().map(|record| &record.content));
            if named || child.records.iter().any(sends) {
                continue;
            }
            let who = (opened.account, opened.organisation);
            let when = (opened.day, opened.entry);
            // Of a shielded child whoever reviews at the user's own place would learn from whom they hear nothing who works with
            // it (law 3).
            let rule = match child.profile.is_shielded() {
                true => Rule::Hidden,
                false => Rule::NoInvolvement,
            };
            raised.extend(self.raised(&mut conn, &mut known, rule, who, when).await?);
        }
        drop(conn);
        let mut prepared = Vec::new();
        for raised in &raised {
            prepared.push(self.prepared(raised).await?);
        }
        let mut tally = Tally::default();
        let mut tx = self.store.begin().await?;
        if !watch::advance(&mut tx, &name, from, to).await? {
            tx.rollback().await?;
            return Ok(0);
        }
        self.keep_raised(&mut tx, &raised, prepared, &mut tally).await?;
        month_counts::add(&mut tx, &tally.rows()).await?;
        tx.commit().await?;
        Ok(old.len())
    }

    /// A record opened by somebody who works with children: whoever keeps the directory in order is not expected to be
    /// involved.
    fn opened(&self, entry: &super::reading::OpenEntry) -> Option<Opened> {
        let header = &entry.header;
        let keeps_order = matches!(header.role.as_deref(), Some("manager" | "data_administrator"))
            && matches!(header.reason.as_deref(), Some("management" | "keep_record"));
        let Some(Detail::Disclosure(shown)) = &entry.detail else { return None };
        if header.action != Action::RecordViewed || keeps_order || of_a_desk(shown) {
            return None;
        }
        Some(Opened {
            account: Uuid::from_bytes(*header.account?.as_bytes()),
            organisation: header.organisation?,
            child: shown.child?,
            entry: header.entry_id,
            day: self.policy.watching.day_of(header.at),
        })
    }
}

/// Where a delay begins that is new: where the slowest of all delays that ever were has come to, for what comes after was
/// not followed up everywhere. What is followed up twice is noticed once.
async fn first_of_new(conn: &mut Conn) -> Result<i64, ServiceError> {
    let mut slowest = None;
    for days in 1..=MOST_DAYS {
        let mark = watch::mark(conn, &mark_of(days)).await?;
        slowest = match (slowest, mark) {
            (Some(slowest), Some(mark)) => Some(std::cmp::min(slowest, mark)),
            (one, other) => one.or(other),
        };
    }
    Ok(slowest.unwrap_or(0))
}
