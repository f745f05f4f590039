//! The rows of the two blind indexes: which keys lead to a child (decision 6).
//!
//! A row says that some record of the child has this value, once however many records have it. So a key goes only when
//! the last record that has it is gone.

use std::collections::HashSet;

use directory::search::{search_keys, search_keys_as_shown};
use store::{Key16, KeyRow, Tx, match_keys, search_keys as search_index};
use uuid::Uuid;

use crate::matching::{HomeKey, MatchKey, Matchable};
use crate::records::{OpenChild, OpenRecord};
use crate::{Directory, ServiceError};

/// Which row of an index: (hash of the key, encrypted pointer to the child).
pub(crate) type RowId = (Key16, Key16);

/// Who may ask for a row of the matching index (decision 6): the matcher, the shield desk, or the loader alone.
const MATCHER: i64 = 0;
const SHIELD_DESK: i64 = 1;
const LOADER: i64 = 2;

/// How a child may be found.
pub(crate) enum Findable {
    /// By everything its records hold.
    Fully,
    /// By what a shielded record shows.
    AsShown(Box<directory::disclosure::ShieldedView>),
    /// By nothing: a sealed former identity, or a record the protected desk has not looked at.
    Never,
}

/// Which row a row is.
pub(crate) fn row_id(row: &KeyRow) -> RowId {
    (row.key_hash, row.pointer)
}

impl Directory {
    /// The rows of the matching index by which a statement leads to its child: for the matcher, and for the shield desk from
    /// what a household shares.
    pub(crate) fn match_key_rows(&self, child: Uuid, statement: &Matchable) -> Vec<KeyRow> {
        let matching = statement.keys.iter().map(|key| self.match_row(child, key, MATCHER));
        let shared = statement.home.iter().map(|key| self.match_row(child, &key.household, SHIELD_DESK));
        matching.chain(shared).collect()
    }

    /// The rows that say, of a shielded child, that what it shares with others is protected (law 3).
    pub(crate) fn protection_rows(&self, child: Uuid, home: &[HomeKey]) -> Vec<KeyRow> {
        home.iter().map(|key| self.match_row(child, &key.protected, LOADER)).collect()
    }

    fn match_row(&self, child: Uuid, key: &MatchKey, tier: i64) -> KeyRow {
        let (epoch, key_hash) = key.written;
        let pointer = self.keys.matching.pointer(key.rule, &key.value, child);
        KeyRow { key_hash, kind: i64::from(key.rule), tier, epoch, pointer }
    }

    /// The rows of the search index by which a statement leads to its child: of a shielded child only what anyone may see
    /// does (law 3).
    pub(crate) fn search_key_rows(
        &self,
        child: Uuid,
        content: &directory::Content,
        findable: &Findable,
    ) -> Vec<KeyRow> {
        let keys = match findable {
            Findable::Fully => search_keys(content, false),
            Findable::AsShown(shown) => search_keys_as_shown(content, shown),
            Findable::Never => Vec::new(),
        };
        keys.into_iter()
            .map(|key| {
                let kind = crate::keys::kind_number(key.kind.number());
                let (key_hash, pointer, epoch) = self.keys.searching.row(kind, &key.value, child);
                KeyRow { key_hash, kind: i64::from(kind), tier: key.tier.number(), epoch, pointer }
            })
            .collect()
    }

    /// Which rows of the matching index these records need.
    pub(crate) fn match_rows_of<'a>(
        &self,
        child: Uuid,
        records: impl IntoIterator<Item = &'a OpenRecord>,
    ) -> Vec<KeyRow> {
        records
            .into_iter()
            .flat_map(|record| {
                let statement = Matchable::of(&self.model, &self.keys.matching, &record.content);
                self.match_key_rows(child, &statement)
            })
            .collect()
    }

    /// As [`Directory::protection_rows`], of all these records.
    pub(crate) fn protection_rows_of<'a>(
        &self,
        child: Uuid,
        records: impl IntoIterator<Item = &'a OpenRecord>,
    ) -> Vec<KeyRow> {
        let home = |record: &OpenRecord| HomeKey::all_of(&self.keys.matching, &record.content);
        records.into_iter().flat_map(|record| self.protection_rows(child, &home(record))).collect()
    }

    /// The selective keys of a child's records, by which another record of the same child is met.
    pub(crate) fn selective_keys_of(&self, open: &OpenChild) -> Vec<Key16> {
        let keys =
            |record: &OpenRecord| Matchable::of(&self.model, &self.keys.matching, &record.content).keys;
        let selective = open.records.iter().flat_map(keys).filter(|key| key.selective);
        selective.flat_map(|key| key.hashes().collect::<Vec<_>>()).collect()
    }

    /// Makes what a child shares with others protected while it is shielded, and no longer.
    pub(crate) async fn protect_home(
        &self,
        tx: &mut Tx,
        child: Uuid,
        records: &[OpenRecord],
        shielded: bool,
    ) -> Result<(), ServiceError> {
        let rows = self.protection_rows_of(child, records);
        if shielded {
            match_keys::insert(tx, &rows).await?;
        } else {
            match_keys::remove(tx, &rows.iter().map(row_id).collect::<Vec<_>>()).await?;
        }
        Ok(())
    }

    /// Which rows of the search index these records need.
    pub(crate) fn search_rows_of<'a>(
        &self,
        child: Uuid,
        records: impl IntoIterator<Item = &'a OpenRecord>,
        findable: &Findable,
    ) -> Vec<KeyRow> {
        records
            .into_iter()
            .flat_map(|record| self.search_key_rows(child, &record.content, findable))
            .collect()
    }

    /// Makes the search keys of a child with these records those by which it may be found, and no others.
    pub(crate) async fn make_findable(
        &self,
        tx: &mut Tx,
        child: Uuid,
        records: &[OpenRecord],
        findable: &Findable,
    ) -> Result<(), ServiceError> {
        let wanted = self.search_rows_of(child, records, findable);
        let kept: HashSet<RowId> = wanted.iter().map(row_id).collect();
        let gone: Vec<RowId> = self
            .search_rows_of(child, records, &Findable::Fully)
            .iter()
            .map(row_id)
            .filter(|row| !kept.contains(row))
            .collect();
        search_index::remove(tx, &gone).await?;
        search_index::insert(tx, &wanted).await?;
        Ok(())
    }

    /// Takes records from a child: no key of theirs leads to it any more.
    pub(crate) async fn forget_keys(
        &self,
        tx: &mut Tx,
        child: Uuid,
        records: &[OpenRecord],
    ) -> Result<(), ServiceError> {
        let rows = self.match_rows_of(child, records).into_iter();
        let matching: Vec<RowId> =
            rows.chain(self.protection_rows_of(child, records)).map(|row| row_id(&row)).collect();
        match_keys::remove(tx, &matching).await?;
        let searching: Vec<RowId> =
            self.search_rows_of(child, records, &Findable::Fully).iter().map(row_id).collect();
        search_index::remove(tx, &searching).await?;
        Ok(())
    }
}
