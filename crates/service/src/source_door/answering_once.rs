//! A delivery that its sender may send again: the same key and the same words within a day get the same numbers.
//!
//! A key is taken before anything is delivered and the answer kept after it. A server that dies between the two leaves the key
//! taken for two minutes; then the same request is taken anew, with new numbers. What is said twice so is "unchanged" the second
//! time: nothing is lost, and no child changes.

use directory::connecting::WayIn;
use feeds::Said;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Key16, answered_once};
use uuid::Uuid;

use super::{ConnectedSource, DoorError, SourceDoor, Taken};
use crate::ServiceError;
use crate::feeding::ReceiptFault;

/// What tells a request that is sent again from another one.
#[derive(Debug, Clone, Copy)]
pub struct Repeatable<'a> {
    /// The key that its sender chose.
    pub key: &'a str,
    /// The SHA-256 of what was sent, and where to.
    pub sha256: &'a [u8; 32],
}

/// An answer is given again for a day; nobody works on a request for longer than two minutes.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);
const AT_WORK: SignedDuration = SignedDuration::from_mins(2);

/// Domains of the keyed hashes of a sender's key and of what it stands for.
const ANSWER: u16 = 30;
const BODY: u16 = 31;

#[derive(Serialize, Deserialize)]
struct Kept {
    day: Date,
    number: u64,
    faults: Vec<(String, String)>,
}

impl SourceDoor {
    /// As [`SourceDoor::deliver`]; a request with a key is done once.
    ///
    /// # Errors
    ///
    /// See [`DoorError`]; nothing was taken.
    pub async fn deliver_once(
        &self,
        source: &ConnectedSource,
        way: WayIn,
        said: Vec<Said>,
        repeatable: Option<Repeatable<'_>>,
    ) -> Result<Vec<Taken>, DoorError> {
        let Some(repeatable) = repeatable else { return self.deliver(source, way, said).await };
        let digests = &self.directory.keys.digests;
        let of_source = |domain, part: &[u8]| digests.hash_parts(domain, &[source.id.as_bytes(), part]);
        let (key, body) = (of_source(ANSWER, repeatable.key.as_bytes()), of_source(BODY, repeatable.sha256));
        if !self.claim(key, body).await? {
            return self.answered(key, body).await;
        }
        match self.deliver(source, way, said).await {
            Ok(taken) => {
                self.keep(key, &taken).await?;
                Ok(taken)
            }
            Err(error) => {
                let mut tx = self.directory.store.begin_feed().await.map_err(ServiceError::from)?;
                answered_once::give_back(&mut tx, key).await.map_err(ServiceError::from)?;
                tx.commit().await.map_err(ServiceError::from)?;
                Err(error)
            }
        }
    }

    async fn claim(&self, key: Key16, body: Key16) -> Result<bool, ServiceError> {
        let now = self.now();
        let mut tx = self.directory.store.begin_feed().await?;
        let until = at(now, AT_WORK);
        let claimed = answered_once::claim(&mut tx, key, body, until, now.as_microsecond()).await?;
        tx.commit().await?;
        Ok(claimed)
    }

    async fn answered(&self, key: Key16, body: Key16) -> Result<Vec<Taken>, DoorError> {
        let mut conn = self.directory.store.reader().await.map_err(ServiceError::from)?;
        let row = answered_once::by_key(&mut conn, key).await.map_err(ServiceError::from)?;
        match row {
            Some(row) if row.body_key != body => Err(DoorError::AnotherRequest),
            Some(answered_once::AnsweredRow { sealed: Some(sealed), .. }) => {
                Ok(self.open_answer(key, &sealed)?)
            }
            // Given back meanwhile, or still at it.
            _ => Err(DoorError::UnderWay),
        }
    }

    async fn keep(&self, key: Key16, taken: &[Taken]) -> Result<(), ServiceError> {
        let kept: Vec<Kept> = taken
            .iter()
            .map(|one| Kept {
                day: one.day,
                number: one.number,
                faults: one.faults.iter().map(|it| (it.field.clone(), it.rule.clone())).collect(),
            })
            .collect();
        let plain = serde_json::to_vec(&kept).map_err(ServiceError::internal)?;
        let mut rng = self.directory.world.chance.generator();
        let sealed = self.directory.keys.seal_for_source(place(key), &plain, &mut rng)?;
        let mut tx = self.directory.store.begin_feed().await?;
        answered_once::answer(&mut tx, key, &sealed, at(self.now(), REMEMBERED)).await?;
        Ok(tx.commit().await?)
    }

    fn open_answer(&self, key: Key16, sealed: &[u8]) -> Result<Vec<Taken>, ServiceError> {
        let plain = self.directory.keys.open_for_source(place(key), sealed)?;
        let kept: Vec<Kept> = serde_json::from_slice(&plain).map_err(ServiceError::internal)?;
        let taken = kept.into_iter().map(|one| Taken {
            day: one.day,
            number: one.number,
            faults: one.faults.into_iter().map(|(field, rule)| ReceiptFault { field, rule }).collect(),
        });
        Ok(taken.collect())
    }
}

/// An answer is sealed to its key, so that none can stand for another.
fn place(key: Key16) -> Uuid {
    Uuid::from_bytes(key.0)
}

fn at(now: Timestamp, after: SignedDuration) -> i64 {
    now.checked_add(after).unwrap_or(Timestamp::MAX).as_microsecond()
}
