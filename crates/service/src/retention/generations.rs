//! Generations of wrapping keys (decision 2): a new one every fortnight, root keys and bundles wrapped anew under it, and the old
//! one destroyed so long after that whatever was destroyed under it is out of every copy by the horizon.
//!
//! A copy of the key store that leaves the generation keys out then says nothing, whatever else its thief holds. Copies of
//! the generation keys themselves are kept no longer than the horizon (docs/operations.md): nothing can shut a copy in which
//! both lie.

use audit::{Action, ChangeDetail, Detail};
use jiff::Unit;
use jiff::civil::Date;
use serde::Serialize;
use store::Key16;
use store::key_store::{self, BundleRow, GenerationRow};
use uuid::Uuid;

use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How many bundles are wrapped anew together.
const GROUP: i64 = 500;

/// What was done with generations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RotationCounts {
    /// Generations begun.
    pub begun: u64,
    /// Root keys wrapped anew.
    pub root_keys: u64,
    /// Bundles wrapped anew.
    pub rewrapped: u64,
    /// Generations destroyed.
    pub destroyed: u64,
    /// Pointers of placed records written anew under the newest key.
    pub repointed: u64,
}

/// How far the wrapping has come. It is only a mark: who begins anew looks at some bundles twice.
#[derive(Debug, Default)]
pub(crate) struct RotationWalk {
    under: i64,
    after: Uuid,
    done: bool,
    /// How far the pointers of placed records were looked at; nothing once they were all.
    pointers: Pointers,
    /// When it was last asked whether a generation has had its time.
    asked: Option<Date>,
}

/// How far pointers were looked at under the keys that this process knows.
#[derive(Debug, Default)]
enum Pointers {
    #[default]
    Begin,
    After(Key16),
    Done,
}

impl Directory {
    /// The whole of a rotation: begins a generation if this fortnight has none, wraps every root key and bundle under it and
    /// destroys those out of use for the horizon.
    ///
    /// # Errors
    ///
    /// The system's. What was done stands; rotate again.
    pub async fn rotate_generations(&self) -> Result<RotationCounts, ServiceError> {
        let mut counts = RotationCounts { begun: self.begin_when_due().await?, ..RotationCounts::default() };
        counts.root_keys = self.renew_root_keys().await?;
        let mut after = Uuid::nil();
        while let Some((last, rewrapped)) = self.rewrap_after(after).await? {
            after = last;
            counts.rewrapped += rewrapped;
        }
        let mut after = Key16::MIN;
        while let Some((last, written)) = self.repoint_after(after).await? {
            after = last;
            counts.repointed += written;
        }
        counts.destroyed = self.destroy_generations().await?.destroyed;
        Ok(counts)
    }

    /// A bounded part of a rotation. Another server's generations are learned first.
    pub(crate) async fn rotate_a_group(&self) -> Result<(), ServiceError> {
        let mut walk = self.rotation.lock().await;
        self.keys.learn_generations(&self.store).await?;
        self.begin_when_due().await?;
        let after = match walk.pointers {
            Pointers::Begin => Some(Key16::MIN),
            Pointers::After(token) => Some(token),
            Pointers::Done => None,
        };
        if let Some(after) = after {
            let last = self.repoint_after(after).await?;
            walk.pointers = last.map_or(Pointers::Done, |(token, _)| Pointers::After(token));
        }
        let newest = self.keys.newest_generation()?;
        if walk.under != newest {
            let pointers = std::mem::take(&mut walk.pointers);
            *walk = RotationWalk { under: newest, pointers, ..RotationWalk::default() };
        }
        if !walk.done {
            if walk.after.is_nil() {
                self.renew_root_keys().await?;
            }
            match self.rewrap_after(walk.after).await? {
                Some((last, _)) => walk.after = last,
                None => walk.done = true,
            }
        } else if walk.asked != Some(self.today()) {
            walk.asked = Some(self.today());
            if self.destroy_generations().await?.is_waiting {
                // A server wrapped behind the walk before it had learned of the newest generation.
                *walk = RotationWalk { under: newest, ..RotationWalk::default() };
            }
        }
        Ok(())
    }

    /// Begins a generation when the newest has served its days; how many were begun.
    async fn begin_when_due(&self) -> Result<u64, ServiceError> {
        let mut conn = self.store.key_reader().await?;
        let newest = key_store::generations(&mut conn).await?.pop();
        drop(conn);
        let today = self.today();
        let days = self.policy.retention.generation_days;
        if newest.is_some_and(|row| days_since(&row, today) < i64::from(days)) {
            return Ok(0);
        }
        let mut rng = self.world.chance.generator();
        self.keys.begin_generation(&self.store, today, &mut rng).await?;
        self.record(rotated("generation_begun")).await?;
        Ok(1)
    }

    /// Wraps the next group of older bundles under the newest generation: the last owner looked at, and how many were
    /// wrapped; nothing when there are none.
    async fn rewrap_after(&self, after: Uuid) -> Result<Option<(Uuid, u64)>, ServiceError> {
        let newest = self.keys.newest_generation()?;
        let mut conn = self.store.key_reader().await?;
        let old = key_store::bundles_older_than(&mut conn, newest, after, GROUP).await?;
        drop(conn);
        let Some(last) = old.last().map(|row| row.owner_id) else { return Ok(None) };
        let mut rewrapped = 0;
        let new: Vec<BundleRow> = {
            let mut rng = self.world.chance.generator();
            old.iter()
                .map(|row| {
                    let bundle = self.keys.unwrap(row.owner_id, row.generation, &row.wrapped)?;
                    self.bundle_row(row.owner_id, &bundle, &mut rng)
                })
                .collect::<Result<_, _>>()?
        };
        let mut tx = self.store.begin_feed_keys().await?;
        for (old, new) in old.iter().zip(&new) {
            rewrapped += u64::from(key_store::rewrap_bundle(&mut tx, old, new).await?);
        }
        tx.commit().await?;
        Ok(Some((last, rewrapped)))
    }

    /// Destroys every generation that has had its time and wraps nothing any more.
    async fn destroy_generations(&self) -> Result<Ended, ServiceError> {
        let mut conn = self.store.key_reader().await?;
        let rows = key_store::generations(&mut conn).await?;
        let (today, kept) = (self.today(), i64::from(self.policy.retention.generation_kept_days()));
        let due: Vec<i64> = rows
            .windows(2)
            .filter_map(|pair| match pair {
                [old, next] => (!old.destroyed && days_since(next, today) >= kept).then_some(old.generation),
                _ => None,
            })
            .collect();
        let mut ended = Ended::default();
        if due.is_empty() {
            return Ok(ended);
        }
        let newest = self.keys.newest_generation()?;
        let in_use = key_store::oldest_in_use(&mut conn, newest).await?.unwrap_or(newest);
        drop(conn);
        let mut tx = self.store.begin_feed_keys().await?;
        for generation in due {
            if generation < in_use && key_store::destroy_generation(&mut tx, generation).await? {
                ended.destroyed += 1;
            } else {
                ended.is_waiting = true;
            }
        }
        tx.commit().await?;
        if ended.destroyed > 0 {
            self.keys.learn_generations(&self.store).await?;
            self.scrub_keys().await?;
            self.record(rotated("generation_destroyed")).await?;
        }
        Ok(ended)
    }
}

/// What became of the generations whose time was over.
#[derive(Default)]
struct Ended {
    destroyed: u64,
    /// One still wraps something.
    is_waiting: bool,
}

/// How many days ago a generation began. Of the first ones the month is known: they count as begun on its first day.
fn days_since(row: &GenerationRow, today: Date) -> i64 {
    let begun = row.begun_on.clone().unwrap_or_else(|| format!("{}-01", row.created_month));
    let begun = begun.parse::<Date>().unwrap_or(Date::MIN);
    begun.until((Unit::Day, today)).map_or(i64::MAX, |span| i64::from(span.get_days()))
}

fn rotated(change: &str) -> Event {
    let detail = ChangeDetail { change: change.to_owned(), ..ChangeDetail::default() };
    Event::new(Action::System, Detail::Change(detail))
}
