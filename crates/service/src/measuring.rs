//! What the bench asks of an installation of nobody's: which records wait, and what single steps of loading cost. No page and
//! no command for an installation with children leads here.

use std::collections::HashSet;

use directory::Content;
use directory::household::household_keys;
use directory::identities::marks;
use store::{Key16, links, source_records, waiting_statements};
use uuid::Uuid;

use crate::matching::{HomeKey, Matchable};
use crate::{Directory, ServiceError};

/// A part of a loaded statement's keys, done for many statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyWork {
    /// Everything the matcher compares and is led by, with the household's keys.
    All,
    /// The household's keys alone: what the shield desk and the holds are led by.
    Households,
    /// The keyed hashes of the words by which sealed identities are kept apart.
    Words,
}

impl Directory {
    /// Which of a source's records, by its own ids, wait unread: those that opened a held child, and those whose change is
    /// withheld.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn records_waiting(
        &self,
        source: &str,
        local_ids: &[String],
    ) -> Result<HashSet<String>, ServiceError> {
        let source = self.source_of_name(source).await?;
        let keyed: Vec<(Key16, &String)> =
            local_ids.iter().map(|id| (self.local_key(source, id), id)).collect();
        let keys: Vec<Key16> = keyed.iter().map(|(key, _)| *key).collect();
        let mut conn = self.store.reader().await?;
        let known = source_records::digests(&mut conn, source, &keys).await?;
        let ids: Vec<Uuid> = known.iter().map(|record| record.record_id).collect();
        let linked = links::children_of(&mut conn, &ids).await?;
        drop(conn);
        let mut children: Vec<Uuid> = linked.iter().map(|(_, child)| *child).collect();
        children.sort_unstable();
        children.dedup();
        let opened = self.open_children(&children).await?;
        let readable: HashSet<Uuid> = opened
            .iter()
            .filter(|open| !open.profile.held)
            .flat_map(|open| open.records.iter().map(|record| record.row.record_id))
            .collect();
        let waiting: HashSet<Key16> = known
            .iter()
            .filter(|record| !readable.contains(&record.record_id))
            .map(|record| record.local_key)
            .collect();
        let named = keyed.into_iter().filter(|(key, _)| waiting.contains(key));
        Ok(named.map(|(_, id)| id.clone()).collect())
    }

    /// Of which of a source's records, by its own ids, a change waits for two people, beside what the record said before or in
    /// its place.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn records_with_a_change_that_waits(
        &self,
        source: &str,
        local_ids: &[String],
    ) -> Result<HashSet<String>, ServiceError> {
        let mut waiting = self.records_waiting(source, local_ids).await?;
        let source = self.source_of_name(source).await?;
        let keyed: Vec<(Key16, &String)> =
            local_ids.iter().map(|id| (self.local_key(source, id), id)).collect();
        let keys: Vec<Key16> = keyed.iter().map(|(key, _)| *key).collect();
        let mut conn = self.store.reader().await?;
        let known = source_records::digests(&mut conn, source, &keys).await?;
        let ids: Vec<Uuid> = known.iter().map(|record| record.record_id).collect();
        let beside = waiting_statements::of_records(&mut conn, &ids).await?;
        let beside: HashSet<Uuid> = beside.into_iter().map(|row| row.record_id).collect();
        let beside: HashSet<Key16> = known
            .iter()
            .filter(|record| beside.contains(&record.record_id))
            .map(|record| record.local_key)
            .collect();
        let named = keyed.into_iter().filter(|(key, _)| beside.contains(key));
        waiting.extend(named.map(|(_, id)| id.clone()));
        Ok(waiting)
    }

    async fn source_of_name(&self, name: &str) -> Result<Uuid, ServiceError> {
        let sources = self.sources().await?;
        let source = sources.values().find(|row| row.name == name);
        Ok(source.ok_or_else(|| ServiceError::internal("no such source"))?.source_id)
    }

    /// Does one part of the work on keys for these statements; how many keys came of it.
    #[must_use]
    pub fn keys_worked(&self, work: KeyWork, statements: &[Content]) -> usize {
        let index = &self.keys.matching;
        let of = |content: &Content| match work {
            KeyWork::All => {
                let statement = Matchable::of(&self.model, index, content);
                statement.keys.len() + 2 * statement.home.len()
            }
            KeyWork::Households => {
                household_keys(content).iter().filter_map(|key| HomeKey::of(index, key)).count() * 2
            }
            KeyWork::Words => {
                marks(content).iter().fold(0, |count, mark| count + usize::from(self.mark_hash(mark) != 0))
            }
        };
        statements.iter().map(of).sum()
    }
}
