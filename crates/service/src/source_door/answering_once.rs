//! A delivery that its sender may send again: the same key and the same words within a day get the same numbers.
//!
//! The answer is kept under its key in the transaction that makes the delivery durable. So a server that dies has done both or
//! neither, and whoever sends the request again, to whichever server, is answered as the first time.

use std::collections::BTreeMap;

use directory::connecting::WayIn;
use feeds::Said;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rand_chacha::ChaCha12Rng;
use serde::{Deserialize, Serialize};
use store::{Conn, Key16, Tx, answered_once};
use uuid::Uuid;

use super::{ConnectedSource, DoorError, SourceDoor, Taken};
use crate::feeding::ReceiptFault;
use crate::{Directory, ServiceError, inbox};

/// What tells a request that is sent again from another one.
#[derive(Debug, Clone, Copy)]
pub struct Repeatable<'a> {
    /// The key that its sender chose.
    pub key: &'a str,
    /// The SHA-256 of what was sent, and where to.
    pub sha256: &'a [u8; 32],
}

/// A key of a source's, and what it stands for, hashed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Once {
    pub(crate) key: Key16,
    body: Key16,
}

/// An answer is given again for a day.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

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
    /// As [`SourceDoor::deliver_and_count`]; a request with a key is done once.
    ///
    /// # Errors
    ///
    /// See [`DoorError`]; nothing was taken.
    pub async fn deliver_once(
        &self,
        source: &ConnectedSource,
        way: WayIn,
        said: Vec<Said>,
        discarded: BTreeMap<String, u64>,
        repeatable: Option<Repeatable<'_>>,
    ) -> Result<Vec<Taken>, DoorError> {
        let Some(repeatable) = repeatable else {
            return self.deliver_and_count(source, way, said, discarded).await;
        };
        let directory = &self.directory;
        let of_source =
            |domain, part: &[u8]| directory.keys.digests.hash_parts(domain, &[source.id.as_bytes(), part]);
        let key = of_source(ANSWER, repeatable.key.as_bytes());
        let once = Once { key, body: of_source(BODY, repeatable.sha256) };
        // What was answered is answered again, whether or not the source may say anything now.
        let mut conn = directory.store.reader().await.map_err(ServiceError::from)?;
        let before = directory.answer_under(&mut conn, once).await?;
        drop(conn);
        match before {
            Some(answer) => answer,
            None => inbox::take(directory, source.id, way, &said, discarded, Some(once)).await,
        }
    }
}

impl Directory {
    /// Takes the key of a delivery that is about to be taken in this transaction. Where it was taken before, what that delivery is
    /// answered: what the first was, or that it is another one.
    pub(crate) async fn take_key(
        &self,
        tx: &mut Tx,
        once: Once,
    ) -> Result<Option<Result<Vec<Taken>, DoorError>>, ServiceError> {
        let now = self.now();
        let until = at(now, REMEMBERED);
        if answered_once::claim(tx, once.key, once.body, until, now.as_microsecond()).await? {
            return Ok(None);
        }
        let answer = self.answer_under(tx, once).await?;
        // A key without an answer was left by an earlier version of the program, for two minutes.
        Ok(Some(answer.unwrap_or_else(|| Err(inbox::given_up().into()))))
    }

    /// Keeps what a delivery is answered, in the transaction that takes it.
    pub(crate) async fn keep_answer(
        &self,
        tx: &mut Tx,
        once: Once,
        taken: &[Taken],
        rng: &mut ChaCha12Rng,
    ) -> Result<(), ServiceError> {
        let kept: Vec<Kept> = taken
            .iter()
            .map(|one| Kept {
                day: one.day,
                number: one.number,
                faults: one.faults.iter().map(|it| (it.field.clone(), it.rule.clone())).collect(),
            })
            .collect();
        let plain = serde_json::to_vec(&kept).map_err(ServiceError::internal)?;
        let sealed = self.keys.seal_for_source(place(once.key), &plain, rng)?;
        Ok(answered_once::answer(tx, once.key, &sealed, at(self.now(), REMEMBERED)).await?)
    }

    /// What stands under a key; none where nothing does, or not any more.
    async fn answer_under(
        &self,
        conn: &mut Conn,
        once: Once,
    ) -> Result<Option<Result<Vec<Taken>, DoorError>>, ServiceError> {
        let row = answered_once::by_key(conn, once.key).await?;
        let Some(row) = row.filter(|row| row.until >= self.now().as_microsecond()) else { return Ok(None) };
        if row.body_key != once.body {
            return Ok(Some(Err(DoorError::AnotherRequest)));
        }
        let Some(sealed) = row.sealed else { return Ok(None) };
        let plain = self.keys.open_for_source(place(once.key), &sealed)?;
        let kept: Vec<Kept> = serde_json::from_slice(&plain).map_err(ServiceError::internal)?;
        let taken = kept.into_iter().map(|one| Taken {
            day: one.day,
            number: one.number,
            faults: one.faults.into_iter().map(|(field, rule)| ReceiptFault { field, rule }).collect(),
        });
        Ok(Some(Ok(taken.collect())))
    }
}

/// An answer is sealed to its key, so that none can stand for another.
fn place(key: Key16) -> Uuid {
    Uuid::from_bytes(key.0)
}

fn at(now: Timestamp, after: SignedDuration) -> i64 {
    now.checked_add(after).unwrap_or(Timestamp::MAX).as_microsecond()
}
