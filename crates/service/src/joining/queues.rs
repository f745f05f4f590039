//! In which queue a case of the matcher stands. It is asked anew each time cases are listed, counted, opened or answered: a child comes
//! to be protected in many ways and at any moment, and from then on a case that names it stands in no ordinary queue, as if it
//! had never been asked (law 3, decision 12). Once nothing protects the child any more, it is back.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use store::reviews::{self, Desk, ReviewRow, ReviewState};
use store::source_records;
use uuid::Uuid;

use crate::loading::Asked;
use crate::{Directory, ServiceError};

/// How many cases are looked at together.
const GROUP: usize = 200;

/// How many cases of a queue are counted: whoever has more is told so.
pub(crate) const MOST_COUNTED: usize = 1_000;

/// What the loader wrote of a case.
#[derive(Deserialize)]
pub(super) struct Question {
    pub(super) record: Uuid,
    pub(super) child: Uuid,
    #[serde(default)]
    pub(super) near: Vec<Uuid>,
    #[serde(default)]
    pub(super) asked: Vec<Asked>,
    #[serde(default)]
    pub(super) bridges: bool,
}

impl Question {
    /// The children the record may be of, by their places in the case.
    pub(super) fn candidates(&self) -> Vec<Uuid> {
        let mut all: Vec<Uuid> = self.asked.iter().map(|asked| asked.candidate).collect();
        for near in &self.near {
            if !all.contains(near) && *near != self.child {
                all.push(*near);
            }
        }
        all
    }
}

/// An open case with what it asks.
pub(super) type Asking = (ReviewRow, Question);

/// The cases of a group, by the queue they stand in.
#[derive(Default)]
struct Queues {
    ordinary: Vec<Asking>,
    protected: Vec<Asking>,
}

impl Directory {
    /// The cases of an authority that stand in its ordinary queue, the oldest first, and no more than so many.
    pub(super) async fn ordinary_cases(
        &self,
        authority: &str,
        most: usize,
    ) -> Result<Vec<ReviewRow>, ServiceError> {
        // As many as it takes: how many protected ones stand between would tell by what is cut off.
        let (mut found, mut month, mut id) = (Vec::new(), String::new(), Uuid::nil());
        loop {
            let mut conn = self.store.reader().await?;
            let place = (month.as_str(), id);
            let rows =
                reviews::open_after(&mut conn, Desk::Authority, authority, place, GROUP as i64).await?;
            drop(conn);
            let whole = rows.len() == GROUP;
            if let Some(last) = rows.last() {
                (month, id) = (last.opened_month.clone(), last.review_id);
            }
            found.extend(self.queues_of(rows).await?.ordinary.into_iter().map(|(row, _)| row));
            if !whole || found.len() >= most {
                found.truncate(most);
                return Ok(found);
            }
        }
    }

    /// How many cases stand in the ordinary queue of an authority, and no more than [`MOST_COUNTED`]: each is opened to know.
    pub(crate) async fn count_ordinary_cases(&self, authority: &str) -> Result<i64, ServiceError> {
        let cases = self.ordinary_cases(authority, MOST_COUNTED).await?;
        i64::try_from(cases.len()).map_err(ServiceError::internal)
    }

    /// A case of an authority, if it stands in the ordinary queue.
    pub(super) async fn in_the_ordinary_queue(&self, row: ReviewRow) -> Result<Option<Asking>, ServiceError> {
        Ok(self.queues_of(vec![row]).await?.ordinary.pop())
    }

    /// The same, if it is the protected desk's.
    pub(super) async fn in_the_protected_queue(
        &self,
        row: ReviewRow,
    ) -> Result<Option<Asking>, ServiceError> {
        Ok(self.queues_of(vec![row]).await?.protected.pop())
    }

    /// Every case that names somebody who is protected since it was asked. No row says so, and none may (law 10): all that wait
    /// are opened, which the protected desk alone asks for.
    pub(super) async fn cases_of_the_protected(&self) -> Result<Vec<Asking>, ServiceError> {
        let (mut found, mut after) = (Vec::new(), Uuid::nil());
        loop {
            let limit = i64::try_from(GROUP).unwrap_or(i64::MAX);
            let mut rows = reviews::after(&mut self.store.reader().await?, after, limit).await?;
            let Some(last) = rows.last().map(|row| row.review_id) else { return Ok(found) };
            rows.retain(|row| row.desk == Desk::Authority && row.state == ReviewState::Open);
            found.extend(self.queues_of(rows).await?.protected);
            after = last;
        }
    }

    async fn queues_of(&self, rows: Vec<ReviewRow>) -> Result<Queues, ServiceError> {
        let opened = self.open_own_rows(rows, |row| (row.review_id, &row.sealed)).await?;
        let asking: Vec<Asking> = opened.into_iter().map(|(row, _, question)| (row, question)).collect();
        let records: Vec<Uuid> = asking.iter().map(|(_, question)| question.record).collect();
        let found = source_records::by_ids(&mut self.store.reader().await?, &records).await?;
        let stands: HashMap<Uuid, Uuid> =
            found.into_iter().filter_map(|found| Some((found.record.record_id, found.child_id?))).collect();
        let named = |question: &Question| -> Vec<Uuid> {
            let now = stands.get(&question.record).copied();
            question.candidates().into_iter().chain([question.child]).chain(now).collect()
        };
        let everybody: HashSet<Uuid> = asking.iter().flat_map(|(_, question)| named(question)).collect();
        let protected = self.protected_among(everybody.into_iter().collect()).await?;
        let mut queues = Queues::default();
        for (row, question) in asking {
            match named(&question).iter().any(|child| protected.contains(child)) {
                true => queues.protected.push((row, question)),
                false => queues.ordinary.push((row, question)),
            }
        }
        Ok(queues)
    }

    /// Those of these children, or of those whom others were joined to, whose cases are the protected desk's. Whoever cannot be
    /// read although there they are may be protected, and counts as if they were.
    async fn protected_among(&self, mut children: Vec<Uuid>) -> Result<HashSet<Uuid>, ServiceError> {
        children.sort_unstable();
        let (mut protected, mut read) = (HashSet::new(), HashSet::new());
        for (child, open) in self.open_profiles(&children).await? {
            read.insert(child);
            if !open.is_ok_and(|open| !open.profile.needs_the_protected_desk()) {
                protected.insert(child);
            }
        }
        for child in children.into_iter().filter(|child| !read.contains(child)) {
            let survivor = self.profile_or_survivor(child).await?;
            if survivor.is_some_and(|survivor| survivor.profile.needs_the_protected_desk()) {
                protected.insert(child);
            }
        }
        Ok(protected)
    }
}
