//! What is said of a record while a legal hold keeps its keys (law 8): the last statement, and the end after it. Each is sealed
//! under a key of its own, which is handed to the custodian before anything refers to it: nobody in the service opens it before
//! the hold ends, and it is destroyed with the keys of the hold. What is done with it then stands in `hearing.rs`.

use std::collections::BTreeMap;

use directory::SaidAt;
use jiff::civil::Date;
use rand::{CryptoRng, RngExt as _};
use serde::{Deserialize, Serialize};
use store::parted_keys::{self, HeldRow};
use store::source_records::LinkedRecordRow;
use store::unheard::{self, UnheardRow};
use store::{Key16, Tx, key_store};
use uuid::Uuid;
use vault::{Aad, Bundle};

use super::Job;
use super::last_word::EndWord;
use crate::inbox::Words;
use crate::{Directory, ServiceError};

/// Domain of the tokens, apart from those of what was said last.
const UNHEARD: u16 = 5;

/// What is kept is padded to so many bytes, so that its length tells little of what was said.
const BLOCK: usize = 2048;

/// Something said, as it is sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) source: Uuid,
    /// The keyed hash of the source's own identifier of the record.
    local: Uuid,
    /// The run with which it came.
    pub(super) run: Uuid,
    /// The day on which it came: it is judged on that day's terms.
    pub(super) day: Date,
    pub(super) what: What,
}

/// What was said.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    Statement(Words),
    End {
        as_of: Date,
        /// Of what an earlier version of the program kept, the last day.
        #[serde(default)]
        said: Option<SaidAt>,
    },
}

impl Kept {
    pub(super) fn local_key(&self) -> Key16 {
        Key16(self.local.into_bytes())
    }
}

/// A statement that is to be kept for the end of the hold that keeps its record's keys.
pub(super) struct ToKeep {
    pub(super) local_key: Key16,
    pub(super) hold: Uuid,
    pub(super) words: Words,
}

/// What a group keeps.
#[derive(Default)]
pub(super) struct Keeping {
    rows: Vec<UnheardRow>,
    /// Their keys, as the custodian gets them.
    keys: Vec<HeldRow>,
    /// What was kept before and is replaced.
    gone: Vec<Key16>,
}

impl Directory {
    /// By what is kept of a record: its last statement, and the end after it.
    pub(crate) fn unheard_tokens(&self, source: Uuid, local_key: Key16) -> [Key16; 2] {
        let token = |kind: &[u8]| {
            self.keys.suppressions.hash_parts(UNHEARD, &[source.as_bytes(), &local_key.0, kind])
        };
        [token(b"statement"), token(b"end")]
    }

    /// Seals what a group is to keep. Of two statements about one record the later.
    pub(super) fn keeping(
        &self,
        job: &Job,
        all: Vec<ToKeep>,
        rng: &mut impl CryptoRng,
    ) -> Result<Keeping, ServiceError> {
        let latest: BTreeMap<Key16, ToKeep> = all.into_iter().map(|one| (one.local_key, one)).collect();
        let mut keeping = Keeping::default();
        for (local_key, ToKeep { hold, words, .. }) in latest {
            let [token, end] = self.unheard_tokens(job.source.source_id, local_key);
            let kept = self.kept(job, local_key, What::Statement(words));
            self.seal_kept(&mut keeping, (token, hold), &kept, rng)?;
            keeping.gone.push(end);
        }
        Ok(keeping)
    }

    fn kept(&self, job: &Job, local_key: Key16, what: What) -> Kept {
        let (source, local) = (job.source.source_id, Uuid::from_bytes(local_key.0));
        Kept { source, local, run: job.id, day: self.today(), what }
    }

    fn seal_kept(
        &self,
        keeping: &mut Keeping,
        (token, hold): (Key16, Uuid),
        kept: &Kept,
        rng: &mut impl CryptoRng,
    ) -> Result<(), ServiceError> {
        let owner_id = vault::uuid_v4(rng.random());
        let bundle = Bundle::with_identity_slot(rng);
        let key = bundle.key(0).ok_or_else(|| ServiceError::internal("a new bundle has no key"))?;
        let plain = serde_json::to_vec(kept).map_err(ServiceError::internal)?;
        let sealed = vault::seal_padded(key, Aad::new(owner_id, 0), &plain, BLOCK, rng)?;
        let wrapped = self.keys.wrap_for_custody(owner_id, &bundle, rng)?;
        keeping.keys.push(HeldRow { owner_id, hold_id: hold, wrapped });
        keeping.rows.push(UnheardRow { token, owner_id, sealed });
        Ok(())
    }

    pub(super) fn open_kept(&self, row: &UnheardRow, bundle: &Bundle) -> Result<Kept, ServiceError> {
        let key = bundle.key(0).ok_or_else(|| ServiceError::internal("the key of what was kept is gone"))?;
        let plain = vault::open(key, Aad::new(row.owner_id, 0), &row.sealed)?;
        serde_json::from_slice(&plain).map_err(ServiceError::internal)
    }

    /// Keeps it within a transaction that holds the records' tokens; whose keys are to be destroyed after it.
    pub(super) async fn keep_for_later(
        &self,
        tx: &mut Tx,
        keeping: &Keeping,
    ) -> Result<Vec<Uuid>, ServiceError> {
        if keeping.rows.is_empty() {
            return Ok(Vec::new());
        }
        let tokens: Vec<Key16> =
            keeping.rows.iter().map(|row| row.token).chain(keeping.gone.iter().copied()).collect();
        let replaced = unheard::standing(tx, &tokens).await?;
        let mut keys = self.store.begin_feed_keys().await?;
        parted_keys::hold(&mut keys, &keeping.keys).await?;
        keys.commit().await?;
        unheard::put(tx, &keeping.rows).await?;
        unheard::remove(tx, &keeping.gone).await?;
        Ok(replaced.into_iter().map(|row| row.owner_id).collect())
    }

    /// The end of records that are not heard, within a transaction that holds their tokens: it is remembered, and of those
    /// under a legal hold kept for its end. Whose keys are to be destroyed after it.
    pub(super) async fn end_unheard(
        &self,
        tx: &mut Tx,
        job: &Job,
        rows: &[LinkedRecordRow],
        word: EndWord,
    ) -> Result<Vec<Uuid>, ServiceError> {
        let source = job.source.source_id;
        let token = |row: &LinkedRecordRow| self.said_token(source, row.record.local_key);
        let tokens: Vec<Key16> = rows.iter().map(token).collect();
        self.remember_ends(tx, source, &tokens, word).await?;
        // What came late, or again, ends nothing when the hold ends.
        let otherwise = self.not_ended_by(tx, source, &tokens, word).await?;
        let mut rng = self.world.chance.generator();
        let mut keeping = Keeping::default();
        for row in rows.iter().filter(|row| !otherwise.contains(&token(row))) {
            let local_key = row.record.local_key;
            let hold =
                parted_keys::hold_of(&mut self.store.key_reader().await?, row.record.record_id).await?;
            let Some(hold) = hold else { continue };
            let [_, token] = self.unheard_tokens(source, local_key);
            let kept = self.kept(job, local_key, What::End { as_of: word.as_of, said: Some(word.said) });
            self.seal_kept(&mut keeping, (token, hold), &kept, &mut rng)?;
        }
        self.keep_for_later(tx, &keeping).await
    }

    /// Destroys the keys of what is kept no more, wherever they lie.
    pub(crate) async fn destroy_unheard(&self, owners: &[Uuid]) -> Result<(), ServiceError> {
        if owners.is_empty() {
            return Ok(());
        }
        let mut keys = self.store.begin_feed_keys().await?;
        parted_keys::destroy_held(&mut keys, owners).await?;
        key_store::destroy_bundles(&mut keys, owners).await?;
        Ok(keys.commit().await?)
    }

    /// What is kept of these records, and by whose keys.
    pub(crate) async fn unheard_of(
        &self,
        conn: &mut store::Conn,
        records: &[LinkedRecordRow],
    ) -> Result<Vec<UnheardRow>, ServiceError> {
        let tokens: Vec<Key16> = records
            .iter()
            .flat_map(|row| self.unheard_tokens(row.record.source_id, row.record.local_key))
            .collect();
        match tokens.is_empty() {
            true => Ok(Vec::new()),
            false => Ok(unheard::standing(conn, &tokens).await?),
        }
    }
}
