//! Keeping two records apart: neither a feed nor a person joins them, nor anything that is joined to either, until this is
//! undone. It is in the journal, so that a restored database does not join what people had told apart (decision 3).

use directory::ChildNumber;
use uuid::Uuid;

use super::JoinError;
use super::acts::Done;
use super::deciding::{Carried, Decider, busy};
use crate::Directory;
use crate::journal::JournalEntry;
use crate::shielding::TRIES;

impl Directory {
    pub(super) async fn keep_two_apart(
        &self,
        decider: &Decider<'_>,
        one: &ChildNumber,
        other: &ChildNumber,
    ) -> Result<Option<Carried>, JoinError> {
        let act = self.drawn_id();
        for attempt in 0..TRIES {
            let Some((one, other)) = self.both(decider, one, other).await? else { return Ok(None) };
            if self.is_barred(&mut self.store.reader().await?, &one, &other).await?.is_some() {
                return self.not_joined(decider.who, "kept_apart_already", JoinError::KeptApart).await;
            }
            let (a, b) = (one.row.child_id, other.row.child_id);
            let others: Vec<Uuid> = other.profile.group(b).collect();
            let apart: Vec<(Uuid, Uuid)> = one
                .profile
                .group(a)
                .flat_map(|mine| others.iter().map(move |theirs| (mine, *theirs)))
                .collect();
            if attempt == 0 {
                self.journal_joining(decider, &JournalEntry::Apart { pairs: &apart, stands: true }).await?;
            }
            let mut tx = self.begin_decided(&[&one, &other]).await?;
            // In new versions: a feed that had read either before decides its rows again.
            let written = self.all_stand(&mut tx, &[&one, &other]).await?
                && self.put_profile(&mut tx, &one, one.profile.clone()).await?
                && self.put_profile(&mut tx, &other, other.profile.clone()).await?;
            if !written {
                tx.rollback().await?;
                continue;
            }
            self.put_apart(&mut tx, &apart).await?;
            let event = decider.event("records_kept_apart", a, vec![b]);
            if self.finish_joining(tx, decider, (act, Done::KeptApart { apart }), Vec::new(), event).await? {
                return Ok(Some(Carried { act, number: None }));
            }
        }
        Err(busy())
    }
}
