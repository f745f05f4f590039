//! The barrier between identities that are kept apart (law 5, decision 12): keyed tokens in a table that only the
//! matcher asks. Nothing else knows which two identities a token keeps apart.

use std::collections::HashSet;

use guards::Guard;
use store::Key16;
use store::{Conn, Tx, barrier};
use uuid::Uuid;

use crate::{Directory, ServiceError};

impl Directory {
    /// The token of a pair of children; the same whichever is named first.
    fn barrier_token(&self, a: Uuid, b: Uuid) -> Key16 {
        let (first, second) = if a <= b { (a, b) } else { (b, a) };
        self.keys.barriers.hash_parts(0, &[first.as_bytes(), second.as_bytes()])
    }

    /// Those of the pairs that may never join.
    pub(crate) async fn barred_pairs(
        &self,
        conn: &mut Conn,
        pairs: &HashSet<(Uuid, Uuid)>,
    ) -> Result<HashSet<(Uuid, Uuid)>, ServiceError> {
        if pairs.is_empty() || !Guard::Barrier.stands() {
            return Ok(HashSet::new());
        }
        let tokens: Vec<(Key16, (Uuid, Uuid))> =
            pairs.iter().map(|(a, b)| (self.barrier_token(*a, *b), (*a, *b))).collect();
        let asked: Vec<Key16> = tokens.iter().map(|(token, _)| *token).collect();
        let standing: HashSet<Key16> = barrier::standing(conn, &asked).await?.into_iter().collect();
        Ok(tokens.into_iter().filter(|(token, _)| standing.contains(token)).map(|(_, pair)| pair).collect())
    }

    /// Puts a barrier between two children, for good.
    pub(crate) async fn keep_apart(&self, tx: &mut Tx, a: Uuid, b: Uuid) -> Result<(), ServiceError> {
        barrier::insert(tx, &[self.barrier_token(a, b)]).await?;
        Ok(())
    }
}
