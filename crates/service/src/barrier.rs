//! The barrier between identities that are kept apart (law 5, decision 12): keyed tokens in a table that only the
//! matcher asks. Nothing else knows which two identities a token keeps apart.
//!
//! Two kinds of tokens stand in it, with no hash in common. Those of sealed identities are for good, and whatever meets them
//! is a matter for the sealed desk. Those by which people said that two ordinary records are not one child can be taken down,
//! and whatever meets them is asked of people in the ordinary way. The table does not tell one kind from the other.

use std::collections::{HashMap, HashSet};

use directory::ChildProfile;
use guards::Guard;
use store::Key16;
use store::{Conn, Tx, barrier};
use uuid::Uuid;

use crate::records::OpenChild;
use crate::{Directory, ServiceError};

/// Domain of the tokens that people put between two ordinary records, apart from the other keyed hashes of the barrier.
const APART: u16 = 3;

/// Pairs of children that do not join, smaller id first.
#[derive(Default)]
pub(crate) struct Barred {
    /// Identities that are sealed from each other.
    pub(crate) sealed: HashSet<(Uuid, Uuid)>,
    /// Records of which people said that they are not one child.
    pub(crate) apart: HashSet<(Uuid, Uuid)>,
}

impl Directory {
    /// The token of a pair of sealed identities; the same whichever is named first.
    fn barrier_token(&self, a: Uuid, b: Uuid) -> Key16 {
        let (first, second) = ordered(a, b);
        self.keys.barriers.hash_parts(0, &[first.as_bytes(), second.as_bytes()])
    }

    /// The token of a pair of records that people keep apart.
    fn apart_token(&self, a: Uuid, b: Uuid) -> Key16 {
        let (first, second) = ordered(a, b);
        self.keys.barriers.hash_parts(APART, &[first.as_bytes(), second.as_bytes()])
    }

    /// Those of the pairs that do not join. What people said of a record holds for whatever it was joined to since, both ways:
    /// `profile` knows each child's group.
    pub(crate) async fn barred_pairs<'a>(
        &self,
        conn: &mut Conn,
        pairs: &HashSet<(Uuid, Uuid)>,
        profile: impl Fn(Uuid) -> Option<&'a ChildProfile>,
    ) -> Result<Barred, ServiceError> {
        if pairs.is_empty() {
            return Ok(Barred::default());
        }
        let group = |child: Uuid| -> Vec<Uuid> {
            profile(child).map_or_else(|| vec![child], |profile| profile.group(child).collect())
        };
        let mut asked: HashMap<Key16, (Uuid, Uuid)> = HashMap::new();
        let mut by_people: HashMap<Key16, (Uuid, Uuid)> = HashMap::new();
        for pair in pairs {
            asked.insert(self.barrier_token(pair.0, pair.1), *pair);
            for one in group(pair.0) {
                for other in group(pair.1) {
                    by_people.insert(self.apart_token(one, other), *pair);
                }
            }
        }
        let tokens: Vec<Key16> = asked.keys().chain(by_people.keys()).copied().collect();
        let mut barred = Barred::default();
        for token in barrier::standing(conn, &tokens).await? {
            if let Some(pair) = asked.get(&token).filter(|_| Guard::Barrier.stands()) {
                barred.sealed.insert(*pair);
            }
            if let Some(pair) = by_people.get(&token) {
                barred.apart.insert(*pair);
            }
        }
        Ok(barred)
    }

    /// Whether anything keeps these two, or whatever was joined to either, apart.
    pub(crate) async fn is_barred(
        &self,
        conn: &mut Conn,
        one: &OpenChild,
        other: &OpenChild,
    ) -> Result<Option<Bar>, ServiceError> {
        let pair = ordered(one.row.child_id, other.row.child_id);
        let profile = |child: Uuid| {
            [one, other].into_iter().find(|open| open.row.child_id == child).map(|open| &open.profile)
        };
        let barred = self.barred_pairs(conn, &HashSet::from([pair]), profile).await?;
        if !barred.sealed.is_empty() {
            return Ok(Some(Bar::Sealed));
        }
        Ok((!barred.apart.is_empty()).then_some(Bar::Apart))
    }

    /// Puts a barrier between two sealed identities, for good.
    pub(crate) async fn keep_apart(&self, tx: &mut Tx, a: Uuid, b: Uuid) -> Result<(), ServiceError> {
        barrier::insert(tx, &[self.barrier_token(a, b)]).await?;
        Ok(())
    }

    /// Keeps these pairs of records apart until people say otherwise.
    pub(crate) async fn put_apart(&self, tx: &mut Tx, pairs: &[(Uuid, Uuid)]) -> Result<(), ServiceError> {
        barrier::insert(tx, &self.apart_tokens(pairs)).await?;
        Ok(())
    }

    /// Keeps them apart no longer.
    pub(crate) async fn let_join(&self, tx: &mut Tx, pairs: &[(Uuid, Uuid)]) -> Result<(), ServiceError> {
        barrier::remove(tx, &self.apart_tokens(pairs)).await?;
        Ok(())
    }

    /// Whether people keep every one of these pairs apart.
    pub(crate) async fn are_apart(
        &self,
        conn: &mut Conn,
        pairs: &[(Uuid, Uuid)],
    ) -> Result<Vec<bool>, ServiceError> {
        let tokens = self.apart_tokens(pairs);
        let standing: HashSet<Key16> = barrier::standing(conn, &tokens).await?.into_iter().collect();
        Ok(tokens.iter().map(|token| standing.contains(token)).collect())
    }

    fn apart_tokens(&self, pairs: &[(Uuid, Uuid)]) -> Vec<Key16> {
        pairs.iter().map(|(a, b)| self.apart_token(*a, *b)).collect()
    }
}

/// What stands between two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bar {
    /// A seal.
    Sealed,
    /// What people said.
    Apart,
}

fn ordered(a: Uuid, b: Uuid) -> (Uuid, Uuid) {
    (a.min(b), a.max(b))
}
