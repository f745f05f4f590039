//! Nicknames of English: which names are used for one another.

use std::sync::LazyLock;

use ahash::AHashMap;

use crate::frequency;
use crate::normalise::{fold, name};

/// A name's place in the table.
pub type NameId = u16;

struct Table {
    ids: AHashMap<String, NameId>,
    /// For each name, the names it is used for or that are used for it, sorted.
    partners: Vec<Vec<NameId>>,
    /// For each name, the sound of the formal name it stands for, itself when it is formal.
    formal_sounds: Vec<u32>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| build(include_str!("../data/nicknames.csv")));

/// The place of a folded word in the table.
pub fn lookup(word: &str) -> Option<NameId> {
    TABLE.ids.get(word).copied()
}

/// Whether one is used for the other.
pub fn related(a: NameId, b: NameId) -> bool {
    TABLE.partners.get(usize::from(a)).is_some_and(|partners| partners.binary_search(&b).is_ok())
}

/// The sound of the formal name behind a name.
pub fn formal_sound(id: NameId) -> Option<u32> {
    TABLE.formal_sounds.get(usize::from(id)).copied()
}

fn build(csv: &str) -> Table {
    let mut ids: AHashMap<String, NameId> = AHashMap::new();
    let mut words: Vec<String> = Vec::new();
    let mut partners: Vec<Vec<NameId>> = Vec::new();
    let mut id_of = |word: &str, partners: &mut Vec<Vec<NameId>>| {
        let word = fold(word);
        *ids.entry(word.clone()).or_insert_with(|| {
            words.push(word);
            partners.push(Vec::new());
            (partners.len() - 1) as NameId
        })
    };
    for (formal, short) in csv.lines().skip(1).filter_map(|line| line.split_once(',')) {
        let formal = id_of(formal.trim(), &mut partners);
        let short = id_of(short.trim(), &mut partners);
        if let Some(list) = partners.get_mut(usize::from(formal)) {
            list.push(short);
        }
        if let Some(list) = partners.get_mut(usize::from(short)) {
            list.push(formal);
        }
    }
    for list in &mut partners {
        list.sort_unstable();
        list.dedup();
    }
    let formal_sounds = (0..words.len()).map(|id| name::sound_of(formal_of(id, &words, &partners))).collect();
    Table { ids, partners, formal_sounds }
}

/// Follows a nickname to the most frequent longer name it is used for. The table gives pairs in both directions, so
/// length decides which is the formal one; being longer at each step it ends.
fn formal_of<'a>(id: usize, words: &'a [String], partners: &[Vec<NameId>]) -> &'a str {
    let Some(word) = words.get(id) else { return "" };
    let longer = partners.get(id).into_iter().flatten().filter_map(|partner| {
        let candidate = words.get(usize::from(*partner))?;
        let frequency = frequency::forenames().listed(candidate)?;
        (candidate.len() > word.len()).then_some((frequency, usize::from(*partner)))
    });
    match longer.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1))) {
        Some((_, partner)) => formal_of(partner, words, partners),
        None => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nicknames_relate_both_ways_but_not_through_a_third() {
        let id = |word| lookup(word).unwrap();
        assert!(related(id("alex"), id("alexander")));
        assert!(related(id("alexandra"), id("alex")));
        assert!(!related(id("alexander"), id("alexandra")));
    }
}
