//! A destroyed record does not rise again from tonight's file: a keyed token of (source, local id), under a key of its own, and
//! what is remembered of what its source said last, which stands longer where a child is concerned (`loading/recalling/gone.rs`).

use std::collections::{HashMap, HashSet};

use guards::Guard;
use store::{Conn, Key16, suppressions};
use uuid::Uuid;

use crate::loading::Recall;
use crate::{Directory, ServiceError};

impl Directory {
    /// The token of a record. The source's own identifier is in it as the keyed hash under which the record stood.
    pub(crate) fn suppression_token(&self, source: Uuid, local_key: Key16) -> Key16 {
        self.keys.suppressions.hash_parts(0, &[source.as_bytes(), &local_key.0])
    }

    /// Those of a source's records, by their local keys, that were destroyed; `recall` is what is remembered of them.
    pub(crate) async fn suppressed(
        &self,
        conn: &mut Conn,
        source: Uuid,
        local_keys: &[Key16],
        recall: &Recall,
    ) -> Result<HashSet<Key16>, ServiceError> {
        if local_keys.is_empty() || !Guard::Suppression.stands() {
            return Ok(HashSet::new());
        }
        let tokens: HashMap<Key16, Key16> =
            local_keys.iter().map(|key| (self.suppression_token(source, *key), *key)).collect();
        let asked: Vec<Key16> = tokens.keys().copied().collect();
        let standing = suppressions::standing(conn, &asked).await?;
        let standing = standing.iter().filter_map(|token| tokens.get(token).copied());
        Ok(standing.chain(recall.gone_among(local_keys)).collect())
    }

    /// Forgets the tokens whose time is over, and what was said last of their records.
    pub(crate) async fn forget_suppressions(&self) -> Result<u64, ServiceError> {
        let mut tx = self.store.begin_feed().await?;
        let forgotten = suppressions::forget(&mut tx, &self.this_month()).await?;
        tx.commit().await?;
        self.forget_what_was_said().await?;
        Ok(forgotten)
    }
}
