//! The run of a source and a day, under which everything stands that the source said by messages.

use std::sync::Arc;

use jiff::civil::Date;
use store::runs::{RunCounts, RunKind, RunRow, RunState};
use store::sources::SourceRow;
use store::{Key16, inbox, key_store, runs, source_controls};
use uuid::Uuid;
use vault::Bundle;

use crate::Directory;
use crate::loading::LoadError;

/// A day of a source that is open.
#[derive(Clone)]
pub(super) struct OpenDay {
    pub(super) run: Uuid,
    pub(super) day: Date,
    pub(super) bundle: Arc<Bundle>,
}

/// What the receipts of a day of messages call it, where those of a file have its SHA-256.
pub(super) fn label(day: &str) -> String {
    format!("messages {day}")
}

impl Directory {
    /// The run of a day is found by what it is, as that of a file by its bytes.
    fn day_digest(&self, source: Uuid, day: &str) -> Key16 {
        self.keys.digests.hash_parts(DAY_DIGEST, &[source.as_bytes(), day.as_bytes()])
    }

    /// The open day of a source: as it was found before, or stands, or opened now.
    pub(super) async fn open_day(&self, source: &SourceRow, day: Date) -> Result<OpenDay, LoadError> {
        let id = source.source_id;
        let known = self.inbox.days().get(&id).filter(|known| known.day == day).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let text = day.to_string();
        let mut conn = self.store.reader().await?;
        let standing = inbox::open_run(&mut conn, id, &text, self.day_digest(id, &text)).await?;
        drop(conn);
        let run = match standing {
            Some(run) => run,
            None => self.begin_day(source, &text).await?,
        };
        let mut rng = self.world.chance.generator();
        let bundle = Arc::new(self.bundle_of_run(run, &mut rng).await?);
        let open = OpenDay { run, day, bundle };
        self.inbox.days().insert(id, open.clone());
        Ok(open)
    }

    /// Opens a day, in a run of its own or in the one it had: a server whose clock is behind finds it ended.
    async fn begin_day(&self, source: &SourceRow, day: &str) -> Result<Uuid, LoadError> {
        let id = source.source_id;
        let mut rng = self.world.chance.generator();
        self.begin_control(source, &mut rng).await?;
        let (fresh, bundle) = (self.time_ordered_id(&mut rng), Bundle::with_identity_slot(&mut rng));
        // Keys before the rows that need them (decision 2); where another server was quicker this one is nobody's.
        let mut keys = self.store.begin_feed_keys().await?;
        key_store::put_bundles(&mut keys, &[self.bundle_row(fresh, &bundle, &mut rng)?]).await?;
        keys.commit().await?;
        let mut tx = self.store.begin_feed().await?;
        // Under the source's row, so that a day has one run.
        source_controls::take(&mut tx, id).await?;
        let file_digest = self.day_digest(id, day);
        let run = match runs::of_file(&mut tx, id, file_digest).await? {
            Some(run) => {
                runs::progress(&mut tx, run.run_id, RunState::Running, &run.counts, None).await?;
                inbox::open(&mut tx, run.run_id, id, day, run.counts.rows_read).await?;
                run.run_id
            }
            None => {
                let row = RunRow {
                    run_id: fresh,
                    source_id: id,
                    file_digest,
                    kind: RunKind::Delta,
                    state: RunState::Running,
                    counts: RunCounts::default(),
                    started_at: self.world.now().as_microsecond(),
                    ended_at: None,
                    sequence: None,
                    rows_in_file: None,
                };
                runs::start(&mut tx, &row).await?;
                inbox::open(&mut tx, fresh, id, day, 0).await?;
                fresh
            }
        };
        tx.commit().await?;
        Ok(run)
    }

    /// Forgets what this process knew of a day that another has ended.
    pub(super) fn forget_day(&self, source: Uuid) {
        self.inbox.days().remove(&source);
    }
}

/// Domain of the digest of a day of messages, apart from that of a file.
const DAY_DIGEST: u16 = 22;
