//! What a source said last of a record that the directory does not hear (law 7): one that was destroyed, or lies under a legal
//! hold, whose own words nobody can read. So that its receipts go on to depend on its own rows alone, the digest of the statement
//! and its time are remembered apart, sealed, under a keyed token; nothing else of the statement is.

use std::collections::{BTreeMap, HashMap};

use directory::retention::suppressed_until;
use rand::{CryptoRng, RngExt as _};
use store::said_last::{self, SaidRow};
use store::source_records::{self, LinkedRecordRow};
use store::{Conn, Key16, Tx};
use uuid::Uuid;

use super::receipts::RowStatus;
use crate::records::OpenRecord;
use crate::{Directory, ServiceError};

/// Domain of the token, apart from those of destroyed records and of services.
const SAID_LAST: u16 = 3;

/// A statement as it is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Said {
    digest: Key16,
    /// Its time, microseconds UTC.
    at: i64,
    /// It came while nobody could hear it: once the record is back, it is still to be taken in.
    missed: bool,
}

/// What is remembered of the records of a group, and what the group changes of that.
#[derive(Default)]
pub(super) struct Recall {
    said: HashMap<Key16, Said>,
    /// The rows as they were read.
    read: HashMap<Key16, Vec<u8>>,
    /// The records whose rows were judged by it.
    judged: BTreeMap<Key16, Said>,
    /// The records that are heard again.
    heard: Vec<Key16>,
}

/// What a group remembers and forgets, and what that stands on.
#[derive(Default)]
pub(super) struct Remembering {
    pub(super) put: Vec<SaidRow>,
    pub(super) gone: Vec<Key16>,
    /// The tokens that its rows were judged by, and what stood there.
    pub(super) asked: Vec<Key16>,
    pub(super) read: HashMap<Key16, Vec<u8>>,
}

impl Recall {
    /// What is told of a statement of a record that is not heard, and remembers it. `known` is the digest that the record
    /// itself bears. A record that was destroyed before anything was remembered is told as unchanged once.
    pub(super) fn tells(
        &mut self,
        local_key: Key16,
        digest: Key16,
        at: jiff::Timestamp,
        known: Option<Key16>,
    ) -> RowStatus {
        let at = at.as_microsecond();
        let of_record = || Some(Said { digest: known?, at: i64::MIN, missed: false });
        let last = self.said.get(&local_key).copied().or_else(of_record);
        let now = Said { digest, at, missed: true };
        let (status, remembered) = match last {
            Some(last) if last.digest == digest => (RowStatus::Unchanged, last),
            Some(last) if at < last.at => (RowStatus::Superseded, last),
            Some(_) => (RowStatus::Accepted, now),
            None => (RowStatus::Unchanged, now),
        };
        self.said.insert(local_key, remembered);
        self.judged.insert(local_key, remembered);
        status
    }

    /// Whether a record that can be read again was spoken of while it could not: then what its source said last is remembered
    /// here, and not with the record.
    pub(super) fn knows(&self, local_key: &Key16) -> bool {
        self.said.contains_key(local_key)
    }

    /// The statement is taken in: from here on the record itself says what was said last.
    pub(super) fn is_heard_again(&mut self, local_key: Key16) {
        self.said.remove(&local_key);
        self.heard.push(local_key);
    }
}

impl Directory {
    fn said_token(&self, source: Uuid, local_key: Key16) -> Key16 {
        self.keys.suppressions.hash_parts(SAID_LAST, &[source.as_bytes(), &local_key.0])
    }

    fn said_row(
        &self,
        source: Uuid,
        local_key: Key16,
        said: Said,
        rng: &mut impl CryptoRng,
    ) -> Result<SaidRow, ServiceError> {
        let token = self.said_token(source, local_key);
        let mut plain = Vec::with_capacity(41);
        plain.extend(token.0);
        plain.extend(said.digest.0);
        plain.extend(said.at.to_be_bytes());
        plain.push(u8::from(said.missed));
        let until = suppressed_until(&self.policy.retention, self.today(), rng.random());
        let sealed = self.keys.seal_said_last(source, &plain, rng)?;
        Ok(SaidRow { token, until_month: until.to_string(), sealed })
    }

    /// Of a row that cannot be opened any more nothing is remembered.
    fn open_said(&self, source: Uuid, row: &SaidRow) -> Option<Said> {
        let plain = self.keys.open_said_last(source, &row.sealed).ok()?;
        let (token, rest) = plain.split_first_chunk::<16>()?;
        let (digest, rest) = rest.split_first_chunk::<16>()?;
        let (at, rest) = rest.split_first_chunk::<8>()?;
        let missed = *rest.first()? != 0;
        let said = Said { digest: Key16(*digest), at: i64::from_be_bytes(*at), missed };
        (*token == row.token.0).then_some(said)
    }

    /// What is remembered of these records of a source.
    pub(super) async fn recall(
        &self,
        conn: &mut Conn,
        source: Uuid,
        local_keys: &[Key16],
    ) -> Result<Recall, ServiceError> {
        if local_keys.is_empty() {
            return Ok(Recall::default());
        }
        let of: HashMap<Key16, Key16> =
            local_keys.iter().map(|key| (self.said_token(source, *key), *key)).collect();
        let asked: Vec<Key16> = of.keys().copied().collect();
        let mut recall = Recall::default();
        for row in said_last::standing(conn, &asked).await? {
            let (Some(local_key), Some(said)) = (of.get(&row.token), self.open_said(source, &row)) else {
                continue;
            };
            recall.said.insert(*local_key, said);
            recall.read.insert(row.token, row.sealed);
        }
        Ok(recall)
    }

    /// What a group remembers and forgets.
    pub(super) fn remembering(
        &self,
        source: Uuid,
        recall: &Recall,
        rng: &mut impl CryptoRng,
    ) -> Result<Remembering, ServiceError> {
        let mut all = Remembering { read: recall.read.clone(), ..Remembering::default() };
        for (local_key, said) in &recall.judged {
            all.asked.push(self.said_token(source, *local_key));
            let is_heard = recall.heard.contains(local_key);
            if is_heard {
                all.gone.push(self.said_token(source, *local_key));
            } else if said.missed {
                all.put.push(self.said_row(source, *local_key, *said, rng)?);
            }
        }
        all.read.retain(|token, _| all.asked.contains(token));
        Ok(all)
    }

    /// Whether what a group's rows were judged by is remembered still.
    pub(super) async fn memory_stands(
        &self,
        tx: &mut Tx,
        remembering: &Remembering,
    ) -> Result<bool, ServiceError> {
        if remembering.asked.is_empty() {
            return Ok(true);
        }
        let now = said_last::standing(tx, &remembering.asked).await?;
        let now: HashMap<Key16, Vec<u8>> = now.into_iter().map(|row| (row.token, row.sealed)).collect();
        Ok(now == remembering.read)
    }

    /// Begins to remember, of records that are destroyed, what their sources said last.
    pub(crate) async fn remember_what_was_said(
        &self,
        tx: &mut Tx,
        records: &[OpenRecord],
    ) -> Result<(), ServiceError> {
        let mut rng = self.world.chance.generator();
        let rows = records.iter().map(|record| {
            let at = record.content.effective_at.as_microsecond();
            let said = Said { digest: record.row.digest, at, missed: false };
            self.said_row(record.row.source_id, record.row.local_key, said, &mut rng)
        });
        said_last::begin(tx, &rows.collect::<Result<Vec<_>, _>>()?).await?;
        Ok(())
    }

    /// The same of records whose words nobody can read any more: their times are not known.
    pub(crate) async fn remember_digests(
        &self,
        tx: &mut Tx,
        linked: &[LinkedRecordRow],
    ) -> Result<(), ServiceError> {
        let mut rng = self.world.chance.generator();
        let rows = linked.iter().map(|LinkedRecordRow { record, .. }| {
            let said = Said { digest: record.digest, at: i64::MIN, missed: false };
            self.said_row(record.source_id, record.local_key, said, &mut rng)
        });
        said_last::begin(tx, &rows.collect::<Result<Vec<_>, _>>()?).await?;
        Ok(())
    }

    /// Begins to remember, of records that go under a legal hold. From here on every row about them is compared with what is
    /// remembered and none with what the record says, so that a row which says again what the record says is not lost on it.
    pub(crate) async fn stop_hearing(&self, tx: &mut Tx, records: &[OpenRecord]) -> Result<(), ServiceError> {
        self.remember_what_was_said(tx, records).await?;
        for record in records {
            let never_said = Key16(self.world.chance.generator().random());
            source_records::hear(tx, record.row.record_id, never_said).await?;
        }
        Ok(())
    }

    /// The record can be read again. Where nothing was said meanwhile, it says itself again what was said last; otherwise the
    /// next row about it is taken in, and its source is told what it would be told of any other.
    pub(crate) async fn hear_again(
        &self,
        tx: &mut Tx,
        linked: &[LinkedRecordRow],
    ) -> Result<(), ServiceError> {
        let token =
            |record: &LinkedRecordRow| self.said_token(record.record.source_id, record.record.local_key);
        let tokens: Vec<Key16> = linked.iter().map(token).collect();
        let rows = said_last::standing(tx, &tokens).await?;
        let rows: HashMap<Key16, SaidRow> = rows.into_iter().map(|row| (row.token, row)).collect();
        let mut gone = Vec::new();
        for record in linked {
            let row = rows.get(&token(record));
            let said = row.and_then(|row| self.open_said(record.record.source_id, row));
            if let Some(said) = said.filter(|said| !said.missed) {
                source_records::hear(tx, record.record.record_id, said.digest).await?;
                gone.push(token(record));
            }
        }
        said_last::remove(tx, &gone).await?;
        Ok(())
    }
}
