//! Chaining the audit trail, and handing its checkpoints to a witness outside the database (law 11, decision 8).

use audit::export::{self, Body};
use audit::{
    Action, Chained, Detail, ExportDetail, Hash, PublicKey, Sequencer, SignedCheckpoint, Signer,
    StoredCheckpoint,
};
use store::audit::{self as trail, ChainRow, CheckpointRow};
use store::{StoreError, locks};

use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How many entries are chained in one transaction.
const BATCH: i64 = 500;

/// Why the trail could not be chained or exported.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// The system failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The chain in the database is broken.
    #[error(
        "the audit chain in the database is broken: {0}. Stop the service, export the trail and verify it"
    )]
    Chain(String),
    /// The copy could not be written.
    #[error("the copy of the audit trail could not be written: {0}")]
    Write(#[from] std::io::Error),
}

impl From<StoreError> for WitnessError {
    fn from(error: StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// The one that chains: it remembers where the chain stands between calls.
pub struct Notary {
    sequencer: Sequencer,
    signer: Signer,
}

impl Notary {
    /// Where the chain stands, for whoever goes on with it in place of this notary.
    pub(crate) fn sequencer_now(&self) -> Sequencer {
        self.sequencer.clone()
    }
}

impl Directory {
    /// The key that checks this service's checkpoints.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn audit_public_key(&self) -> Result<PublicKey, ServiceError> {
        Ok(self.signer()?.public_key())
    }

    pub(crate) fn signer(&self) -> Result<Signer, ServiceError> {
        Ok(Signer::from_seed(self.log.clone(), &*self.keys.signing_seed()?))
    }

    /// Takes up the chain where it stands: the newest checkpoint carries the state.
    ///
    /// # Errors
    ///
    /// [`WitnessError`].
    pub async fn notary(&self) -> Result<Notary, WitnessError> {
        let mut conn = self.store.reader().await?;
        let sequencer = match trail::last_checkpoint(&mut conn).await? {
            Some(row) => kept(&row)?.into_sequencer(),
            None => Sequencer::new(),
        };
        Ok(Notary { sequencer, signer: self.signer()? })
    }

    /// Chains what is durable and not yet in the chain, and signs where it then stands. Nothing when there was nothing.
    ///
    /// # Errors
    ///
    /// [`WitnessError`].
    pub async fn notarise(&self, notary: &mut Notary) -> Result<Option<SignedCheckpoint>, WitnessError> {
        let mut last = None;
        loop {
            let mut tx = self.store.begin().await?;
            // One notary at a time on any engine: the lock's name is the log's.
            locks::lock_keys(&mut tx, &[self.keys.audit_lookups.hash(2, self.log.as_str().as_bytes())])
                .await?;
            let stands_at = trail::last_link(&mut tx).await?.map_or(0, |row| row.seq);
            if seq_of(stands_at) != notary.sequencer.size() {
                tx.rollback().await?;
                let behind = notary.sequencer.size();
                *notary = self.notary().await?;
                if notary.sequencer.size() == behind {
                    return Err(WitnessError::Chain(
                        "it has entries that no checkpoint speaks of".to_owned(),
                    ));
                }
                continue;
            }
            let pending = trail::pending(&mut tx, BATCH).await?;
            if pending.is_empty() {
                tx.rollback().await?;
                return Ok(last);
            }
            let mut ahead = notary.sequencer.clone();
            let rows: Vec<ChainRow> = pending
                .iter()
                .map(|entry| {
                    let Chained { seq, hash } = ahead.append(&entry.header, &entry.body);
                    ChainRow {
                        seq: stored(seq),
                        entry_id: entry.entry_id,
                        chain_hash: hash.as_bytes().to_vec(),
                    }
                })
                .collect();
            trail::chain(&mut tx, &rows).await?;
            let checkpoint = ahead.checkpoint(&notary.signer, self.world.now());
            let signed = checkpoint.signed().clone();
            let row = CheckpointRow {
                seq: stored(ahead.size()),
                body: checkpoint.row_body(),
                signature: checkpoint.row_signature().to_vec(),
            };
            trail::put_checkpoint(&mut tx, &row).await?;
            tx.commit().await?;
            notary.sequencer = ahead;
            last = Some(signed);
        }
    }

    /// Writes the whole trail, line by line, in the form `audit verify` reads. Returns how many entries. The copy is itself
    /// an entry, durable before the first line leaves; it waits for its place in the chain and so stands in the next copy.
    ///
    /// # Errors
    ///
    /// [`WitnessError`].
    pub async fn export_audit(
        &self,
        mut line: impl FnMut(&str) -> std::io::Result<()>,
    ) -> Result<u64, WitnessError> {
        let json = |error: serde_json::Error| WitnessError::Chain(error.to_string());
        let detail = ExportDetail { what: "audit_trail".to_owned(), ..ExportDetail::default() };
        self.record(Event::new(Action::Export, Detail::Export(detail))).await?;
        line(&export::opening_line(&self.log).map_err(json)?)?;
        let mut conn = self.store.reader().await?;
        let mut written = 0_i64;
        loop {
            let rows = trail::chained(&mut conn, written, BATCH).await?;
            let Some(end) = rows.last().map(|row| row.seq) else { return Ok(seq_of(written)) };
            let mut checkpoints = trail::checkpoints(&mut conn, written, BATCH).await?.into_iter().peekable();
            for row in rows {
                let chained = Chained { seq: seq_of(row.seq), hash: hash_of(&row.chain_hash)? };
                let text = export::entry_line(chained, &row.entry.header, Body::Sealed(&row.entry.body));
                line(&text.map_err(json)?)?;
                while let Some(checkpoint) = checkpoints.next_if(|checkpoint| checkpoint.seq <= row.seq) {
                    let (body, signature) = (&checkpoint.body, &checkpoint.signature);
                    line(&export::stored_checkpoint_line(body, signature).map_err(json)?)?;
                }
            }
            written = end;
        }
    }

    /// How many entries are durable but not yet chained.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn audit_backlog(&self) -> Result<i64, ServiceError> {
        Ok(trail::count_pending(&mut self.store.reader().await?).await?)
    }
}

fn kept(row: &CheckpointRow) -> Result<StoredCheckpoint, WitnessError> {
    StoredCheckpoint::from_row(&row.body, &row.signature)
        .map_err(|error| WitnessError::Chain(error.to_string()))
}

fn stored(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

fn seq_of(seq: i64) -> u64 {
    u64::try_from(seq).unwrap_or_default()
}

fn hash_of(bytes: &[u8]) -> Result<Hash, WitnessError> {
    <[u8; 32]>::try_from(bytes)
        .map(Hash::from_bytes)
        .map_err(|_| WitnessError::Chain("a stored hash has the wrong length".to_owned()))
}
