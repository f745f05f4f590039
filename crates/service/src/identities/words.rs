//! Words that one of two sealed identities gains after the act (law 5): its sources go on speaking, and what they begin to say
//! of the one is foreign to the other from then on. Kept as keyed tokens that the matcher alone asks for. What the two have in
//! common is a random number in their sealed profiles, which leads from neither to the other.

use std::collections::{BTreeSet, HashSet};

use directory::identities::{Mark, Side, marks};
use directory::{ChildProfile, Content};
use store::{Conn, Key16, seal_words};
use uuid::Uuid;

use crate::records::OpenChild;
use crate::{Directory, ServiceError};

/// Domain of the barrier's keyed hashes, apart from those of pairs, placements and marks.
const WORD: u16 = 3;

impl Directory {
    /// The token that says: this side of this pair says that.
    fn word_token(&self, pair: Uuid, side: Side, mark: &Mark) -> Key16 {
        let text = mark.text();
        let parts: [&[u8]; 3] = [pair.as_bytes(), side.code().as_bytes(), text.as_bytes()];
        self.keys.barriers.hash_parts(WORD, &parts)
    }

    /// The tokens of everything that a statement says of a sealed identity; none of an ordinary child.
    pub(crate) fn words_of(&self, profile: &ChildProfile, content: &Content) -> Vec<Key16> {
        let sides = || profile.apart.iter();
        let all = marks(content);
        all.iter().flat_map(|mark| sides().map(|(pair, side)| self.word_token(*pair, *side, mark))).collect()
    }

    /// The tokens by which these statements would say what the other side of this identity says.
    pub(crate) fn words_to_ask<'a>(
        &self,
        profile: &ChildProfile,
        statements: impl IntoIterator<Item = &'a Content>,
    ) -> Vec<Key16> {
        if profile.apart.is_empty() {
            return Vec::new();
        }
        let all: BTreeSet<Mark> = statements.into_iter().flat_map(marks).collect();
        let other = |mark: &Mark| -> Vec<Key16> {
            let sides = profile.apart.iter();
            sides.map(|(pair, side)| self.word_token(*pair, side.other(), mark)).collect()
        };
        all.iter().flat_map(other).collect()
    }

    /// Whether a statement says what the other side has begun to say, as far as these tokens know, and this one never said.
    pub(crate) fn says_gained(
        &self,
        open: &OpenChild,
        content: &Content,
        stands: impl Fn(&Key16) -> bool,
    ) -> bool {
        !self.gained(open, content, stands).is_empty()
    }

    fn gained(&self, open: &OpenChild, content: &Content, stands: impl Fn(&Key16) -> bool) -> Vec<u64> {
        let apart = &open.profile.apart;
        if apart.is_empty() {
            return Vec::new();
        }
        let own: BTreeSet<Mark> = open.records.iter().flat_map(|record| marks(&record.content)).collect();
        let foreign = |mark: &&Mark| {
            let mut sides = apart.iter();
            !own.contains(*mark)
                && sides.any(|(pair, side)| stands(&self.word_token(*pair, side.other(), mark)))
        };
        marks(content).iter().filter(foreign).map(|mark| self.mark_hash(mark)).collect()
    }

    /// The child's profile, to which everything is foreign that the other side has begun to say in these words.
    pub(crate) async fn with_gained(
        &self,
        conn: &mut Conn,
        open: &OpenChild,
        content: &Content,
    ) -> Result<ChildProfile, ServiceError> {
        let asked = self.words_to_ask(&open.profile, [content]);
        let standing = self.standing_words(conn, &asked).await?;
        let mut profile = open.profile.clone();
        profile.foreign.extend(self.gained(open, content, |token| standing.contains(token)));
        Ok(profile)
    }

    pub(crate) async fn standing_words(
        &self,
        conn: &mut Conn,
        asked: &[Key16],
    ) -> Result<HashSet<Key16>, ServiceError> {
        if asked.is_empty() {
            return Ok(HashSet::new());
        }
        Ok(seal_words::standing(conn, asked).await?.into_iter().collect())
    }
}
