//! The end of a legal hold: what was said of its records meanwhile is taken in (law 8), by the groups of every load, as what
//! their sources were told long ago. It has no receipt and counts nowhere once more. Can be begun again at any point: what was
//! taken in is kept no more, in the same transaction.

use std::sync::atomic::AtomicBool;

use audit::{Action, ChangeDetail, Detail};
use feeds::Outcome;
use store::unheard::UnheardRow;
use store::{Key16, said_last, source_records, sources, unheard};
use uuid::Uuid;

use super::group::Hearing;
use super::keeping::{Kept, What};
use super::last_word::EndWord;
use super::score::Group;
use super::{Job, LoadError, TRIES};
use crate::connecting::BY_FILE;
use crate::inbox::Words;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How much of what is kept is looked at together.
const PAGE: i64 = 500;

/// What of a record's is to be taken in.
struct Waiting {
    row: UnheardRow,
    kept: Kept,
}

impl Directory {
    /// Takes in what waits although the hold ended: who was interrupted left it.
    pub(crate) async fn hear_what_was_left(&self) -> Result<(), ServiceError> {
        let mut after = Key16::MIN;
        loop {
            let rows = unheard::after(&mut self.store.reader().await?, after, PAGE).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.token;
            for waiting in self.given_back(rows).await? {
                self.hear_what_was_said(waiting.kept.source, waiting.kept.local_key()).await?;
            }
        }
    }

    /// What of it can be opened, because the custodian has given its keys back.
    async fn given_back(&self, rows: Vec<UnheardRow>) -> Result<Vec<Waiting>, ServiceError> {
        let owners: Vec<Uuid> = rows.iter().map(|row| row.owner_id).collect();
        let wrapped = self.wrapped_bundles(&owners).await?;
        let mut waiting = Vec::new();
        for row in rows {
            let Some((generation, bytes)) = wrapped.get(&row.owner_id) else { continue };
            let kept = self.open_kept(&row, &self.keys.unwrap(row.owner_id, *generation, bytes)?)?;
            waiting.push(Waiting { row, kept });
        }
        Ok(waiting)
    }

    /// Takes in what was said of a record while a hold kept its keys: first the statement, then the end.
    pub(crate) async fn hear_what_was_said(
        &self,
        source: Uuid,
        local_key: Key16,
    ) -> Result<(), ServiceError> {
        let tokens = self.unheard_tokens(source, local_key);
        let rows = unheard::standing(&mut self.store.reader().await?, &tokens).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let mut waiting = self.given_back(rows).await?;
        // The statement has the first token.
        waiting.sort_by_key(|one| tokens.iter().position(|token| *token == one.row.token));
        for Waiting { row, kept } in waiting {
            let job = self.job_of(&kept).await?;
            // A group of a load is large: it does not stand on the stack of whoever ends a hold.
            let done = match &kept.what {
                What::Statement(words) => Box::pin(self.take_in_at_last(&job, &row, &kept, words)).await,
                What::End { as_of, said } => {
                    let word = EndWord { as_of: *as_of, said: said.unwrap_or((*as_of).into()) };
                    Box::pin(self.end_at_last(&job, &row, &kept, word)).await
                }
            };
            match done {
                Ok(()) => {}
                Err(LoadError::Service(fault)) => return Err(fault),
                Err(other) => return Err(ServiceError::internal(other)),
            }
        }
        Ok(())
    }

    /// The run with which it came, as it stands with what changes now.
    async fn job_of(&self, kept: &Kept) -> Result<Job, ServiceError> {
        let known = sources::all(&mut self.store.reader().await?).await?;
        let source = known.iter().find(|row| row.source_id == kept.source).cloned();
        Ok(Job {
            id: kept.run,
            file_digest: Key16::MIN,
            source: source.ok_or_else(|| ServiceError::internal("what was kept has no source"))?,
            sources: known.into_iter().map(|row| (row.source_id, row)).collect(),
            quarantine_bundle: vault::Bundle::with_identity_slot(&mut self.world.chance.generator()),
            // Taken while its source might feed: it is heard whatever has ended since.
            ways: BY_FILE,
            dry: false,
            file: None,
            numbered: None,
            replay: true,
            stopped: AtomicBool::new(false),
        })
    }

    async fn take_in_at_last(
        &self,
        job: &Job,
        row: &UnheardRow,
        kept: &Kept,
        words: &Words,
    ) -> Result<(), LoadError> {
        let Outcome::Accepted(said) = words.judged(1, kept.day) else {
            // The program's rules have changed since: what its source says next is taken in.
            return self.keep_no_more(row).await;
        };
        let (source, local_key) = (job.source.source_id, kept.local_key());
        let token = self.said_token(source, local_key);
        let [_, end] = self.unheard_tokens(source, local_key);
        for attempt in 1..=TRIES * 4 {
            let group = Group::of(vec![Outcome::Accepted(said.clone())]);
            let hearing = Hearing { day: kept.day, was_kept: true };
            let changing = Box::pin(self.changing_heard(job, &group.rows, hearing)).await?;
            if changing.recall.knows(&local_key) {
                // Under another hold, or destroyed: then it is not heard, and goes with that.
                return Ok(());
            }
            let scored = Box::pin(self.score(job, &group, changing, None)).await?;
            let mut tx = self.begin_locked(&scored.to_lock).await?;
            if unheard::standing(&mut tx, &[row.token]).await? != [row.clone()] {
                // Its source has said something else since, or somebody was quicker.
                tx.rollback().await?;
                return Ok(());
            }
            let stands = self.scored_stands(&mut tx, job, &scored, false).await?;
            self.hear_as_remembered(&mut tx, source, local_key).await?;
            if !stands || !self.write_scored(&mut tx, &scored).await? {
                tx.rollback().await?;
                tracing::debug!(attempt, "somebody came between; what a hold kept is scored again");
                continue;
            }
            unheard::remove(&mut tx, &[row.token]).await?;
            if unheard::standing(&mut tx, &[end]).await?.is_empty() {
                said_last::remove(&mut tx, &[token]).await?;
            }
            let children: Vec<Uuid> = scored.stands_on.children.keys().copied().collect();
            self.write_event(&mut tx, heard(children)).await?;
            tx.commit().await?;
            return self.do_after_group(job, &scored, &[row.owner_id]).await;
        }
        Err(LoadError::Service(ServiceError::new(
            crate::ErrorKind::Busy,
            "other loads kept changing the record; what was said under the hold is taken in later",
        )))
    }

    /// Ends a record that its source ended while a hold kept its keys.
    async fn end_at_last(
        &self,
        job: &Job,
        row: &UnheardRow,
        kept: &Kept,
        word: EndWord,
    ) -> Result<(), LoadError> {
        let (source, local_key) = (job.source.source_id, kept.local_key());
        let known = source_records::digests(&mut self.store.reader().await?, source, &[local_key]).await?;
        let ids: Vec<Uuid> = known.iter().map(|record| record.record_id).collect();
        let keys = [local_key, self.counterpart_key(source, local_key)];
        let mut tx = self.begin_locked(&self.keys_of_ending(source, keys)).await?;
        let out = self.out_of_service(&ids, &self.wrapped_bundles(&ids).await?).await?;
        if !out.is_empty() || unheard::standing(&mut tx, &[row.token]).await? != [row.clone()] {
            tx.rollback().await?;
            return Ok(());
        }
        self.hear_as_remembered(&mut tx, source, local_key).await?;
        let mut rows = source_records::by_ids(&mut tx, &ids).await?;
        let stood = rows.clone();
        rows.retain(|it| !self.is_ended(&it.record));
        let replaced = self.forget_said(&mut tx, &stood).await?;
        unheard::remove(&mut tx, &[row.token]).await?;
        Box::pin(self.end_rows(tx, job, (rows, &[]), word)).await?;
        Ok(self.destroy_unheard(&replaced).await?)
    }

    async fn keep_no_more(&self, row: &UnheardRow) -> Result<(), LoadError> {
        let mut tx = self.store.begin_feed().await?;
        unheard::remove(&mut tx, &[row.token]).await?;
        tx.commit().await?;
        Ok(self.destroy_unheard(&[row.owner_id]).await?)
    }
}

/// What the trail learns: a record of these children changed, as its source said under a hold.
fn heard(children: Vec<Uuid>) -> Event {
    let detail = ChangeDetail { change: "legal_hold_heard".to_owned(), ..ChangeDetail::default() };
    Event::new(Action::RecordChanged, Detail::Change(detail)).concerning(children)
}
