//! The audit trail's tables: entries, their chain and checkpoints, and the look-up by child and account (decision 8).
//!
//! Entries, chain and checkpoints are append-only: triggers on both engines refuse every change, this crate's included.
//! Inserting an entry also puts it, by trigger, among the *pending* ones, which the sequencer takes into the chain.

use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, listed_ids, statements};
use crate::vocabulary::vocabulary;
use crate::{Key16, Result};
use uuid::Uuid;

/// One entry.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct EntryRow {
    /// A random id.
    pub entry_id: Uuid,
    /// Microseconds UTC.
    pub at: i64,
    /// The clear header, canonical JSON: time, user, organisation, action, child handle, field names.
    pub header: String,
    /// Search parameters and the like, sealed under the month's audit key.
    pub body: Vec<u8>,
    /// `YYYY-MM`: which audit key.
    pub month: String,
}

/// An entry's place in the chain.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ChainRow {
    /// 1, 2, 3 …, without gaps.
    pub seq: i64,
    /// The entry.
    pub entry_id: Uuid,
    /// The chain's hash after this entry, 32 bytes.
    pub chain_hash: Vec<u8>,
}

/// An entry with its place in the chain.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ChainedEntryRow {
    /// Its place.
    pub seq: i64,
    /// The chain's hash after it, 32 bytes.
    pub chain_hash: Vec<u8>,
    /// The entry.
    #[sqlx(flatten)]
    pub entry: EntryRow,
}

/// A signed statement of the chain's state.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CheckpointRow {
    /// The place in the chain it speaks of.
    pub seq: i64,
    /// What was signed.
    pub body: String,
    /// The signature.
    pub signature: Vec<u8>,
}

vocabulary! {
    /// What a look-up key stands for.
    LookupKind {
        /// A child.
        Child = "child",
        /// An account.
        Account = "account",
        /// The organisation it was done for.
        Organisation = "organisation",
        /// An action at an organisation.
        Action = "action",
    }
}

/// Lets an entry be found by whom it is about, or who acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct LookupRow {
    /// What the key stands for.
    pub kind: LookupKind,
    /// Keyed hash, under the audit trail's own key.
    pub lookup_key: Key16,
    /// The entry.
    pub entry_id: Uuid,
    /// The entry's time, microseconds UTC, so that the newest are found without reading all.
    pub at: i64,
}

statements! {
    PENDING = Sql::both(
        "SELECT e.entry_id, e.at, e.header, e.body, e.month FROM audit_pending p \
         CROSS JOIN audit_entry e WHERE e.entry_id = p.entry_id ORDER BY e.at, e.entry_id LIMIT $1",
    );
    COUNT_PENDING = Sql::both("SELECT count(*) FROM audit_pending");
    DONE_PENDING = listed_ids!("DELETE FROM audit_pending WHERE entry_id IN (SELECT item FROM list)");
    LAST_LINK = Sql::both("SELECT seq, entry_id, chain_hash FROM audit_chain ORDER BY seq DESC LIMIT 1");
    CHAINED = Sql::both(
        "SELECT c.seq, c.chain_hash, e.entry_id, e.at, e.header, e.body, e.month FROM audit_chain c \
         CROSS JOIN audit_entry e WHERE e.entry_id = c.entry_id AND c.seq > $1 ORDER BY c.seq LIMIT $2",
    );
    PUT_CHECKPOINT = Sql::both("INSERT INTO audit_checkpoint (seq, body, signature) VALUES ($1, $2, $3)");
    LAST_CHECKPOINT = Sql::both(
        "SELECT seq, body, signature FROM audit_checkpoint ORDER BY seq DESC LIMIT 1",
    );
    CHECKPOINTS = Sql::both(
        "SELECT seq, body, signature FROM audit_checkpoint WHERE seq > $1 ORDER BY seq LIMIT $2",
    );
    BY_LOOKUP = Sql::both(
        "SELECT e.entry_id, e.at, e.header, e.body, e.month FROM audit_lookup l CROSS JOIN audit_entry e \
         WHERE e.entry_id = l.entry_id AND l.kind = $1 AND l.lookup_key = $2 ORDER BY l.at DESC, l.entry_id DESC LIMIT $3",
    );
    // A row value on the right is the last entry of the page before: the first page gives the end of its span.
    PAGE_OF_LOOKUP = Sql::both(
        "SELECT e.entry_id, e.at, e.header, e.body, e.month FROM audit_lookup l CROSS JOIN audit_entry e \
         WHERE e.entry_id = l.entry_id AND l.kind = $1 AND l.lookup_key = $2 AND l.at >= $3 \
         AND (l.at, l.entry_id) < ($4, $5) ORDER BY l.at DESC, l.entry_id DESC LIMIT $6",
    );
    PAGE_OF_TIME = Sql::both(
        "SELECT entry_id, at, header, body, month FROM audit_entry WHERE at >= $1 AND (at, entry_id) < ($2, $3) \
         ORDER BY at DESC, entry_id DESC LIMIT $4",
    );
    PLACE_OF = Sql::both("SELECT seq, entry_id, chain_hash FROM audit_chain WHERE entry_id = $1");
    LINK_AT = Sql::both("SELECT seq, entry_id, chain_hash FROM audit_chain WHERE seq = $1");
    BY_ID = Sql::both("SELECT entry_id, at, header, body, month FROM audit_entry WHERE entry_id = $1");
    COUNT = Sql::both("SELECT count(*) FROM audit_entry");
    FIRST = Sql::both("SELECT min(at) FROM audit_entry");
}

bulk_statements! {
    APPEND = Bulk {
        head: "INSERT INTO audit_entry (entry_id, at, header, body, month)",
        columns: &[ColumnType::Id, ColumnType::Int, ColumnType::Text, ColumnType::Blob, ColumnType::Text],
        tail: "",
    };
    APPEND_LOOKUPS = Bulk {
        head: "INSERT INTO audit_lookup (kind, lookup_key, entry_id, at)",
        columns: &[ColumnType::Text, ColumnType::Blob, ColumnType::Id, ColumnType::Int],
        tail: "ON CONFLICT DO NOTHING",
    };
    CHAIN = Bulk {
        head: "INSERT INTO audit_chain (seq, entry_id, chain_hash)",
        columns: &[ColumnType::Int, ColumnType::Id, ColumnType::Blob],
        tail: "",
    };
}

/// Appends entries and their look-ups.
pub async fn append(tx: &mut Tx, entries: &[EntryRow], lookups: &[LookupRow]) -> Result<()> {
    let columns = [
        Column::Id(entries.iter().map(|r| r.entry_id).collect()),
        Column::Int(entries.iter().map(|r| r.at).collect()),
        Column::Text(entries.iter().map(|r| r.header.as_str()).collect()),
        Column::Blob(entries.iter().map(|r| r.body.as_slice()).collect()),
        Column::Text(entries.iter().map(|r| r.month.as_str()).collect()),
    ];
    APPEND.run(tx, entries.len(), &columns).await?;
    let columns = [
        Column::Text(lookups.iter().map(|r| r.kind.as_str()).collect()),
        Column::Key(lookups.iter().map(|r| r.lookup_key).collect()),
        Column::Id(lookups.iter().map(|r| r.entry_id).collect()),
        Column::Int(lookups.iter().map(|r| r.at).collect()),
    ];
    APPEND_LOOKUPS.run(tx, lookups.len(), &columns).await?;
    Ok(())
}

/// At most `limit` entries that are durable but not yet in the chain, in the order of their time.
pub async fn pending(conn: &mut Conn, limit: i64) -> Result<Vec<EntryRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(PENDING)).bind(limit).fetch_all(&mut *c).await)?)
}

/// How many entries wait for the sequencer.
pub async fn count_pending(conn: &mut Conn) -> Result<i64> {
    Ok(on_tx!(conn, c => sqlx::query_scalar(c.text(COUNT_PENDING)).fetch_one(&mut *c).await)?)
}

/// Chains pending entries. There is one sequencer; a second one meets `UniqueViolation` and must read
/// [`last_link`] again.
pub async fn chain(tx: &mut Tx, rows: &[ChainRow]) -> Result<()> {
    let columns = [
        Column::Int(rows.iter().map(|r| r.seq).collect()),
        Column::Id(rows.iter().map(|r| r.entry_id).collect()),
        Column::Blob(rows.iter().map(|r| r.chain_hash.as_slice()).collect()),
    ];
    CHAIN.run(tx, rows.len(), &columns).await?;
    let ids: Vec<Uuid> = rows.iter().map(|r| r.entry_id).collect();
    on_tx!(tx, c => sqlx::query(c.text(DONE_PENDING))
        .bind(crate::lists::IdList(&ids)).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// The end of the chain.
pub async fn last_link(conn: &mut Conn) -> Result<Option<ChainRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(LAST_LINK)).fetch_optional(&mut *c).await)?)
}

/// At most `limit` chained entries after place `after` (0 for the beginning), in order: what an export walks along.
pub async fn chained(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<ChainedEntryRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(CHAINED)).bind(after).bind(limit).fetch_all(&mut *c).await)?)
}

/// Adds a checkpoint.
pub async fn put_checkpoint(tx: &mut Tx, row: &CheckpointRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(PUT_CHECKPOINT))
        .bind(row.seq).bind(&row.body).bind(&row.signature).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// The newest checkpoint.
pub async fn last_checkpoint(conn: &mut Conn) -> Result<Option<CheckpointRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(LAST_CHECKPOINT)).fetch_optional(&mut *c).await)?)
}

/// At most `limit` checkpoints after place `after`, in order.
pub async fn checkpoints(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<CheckpointRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(CHECKPOINTS)).bind(after).bind(limit).fetch_all(&mut *c).await)?,
    )
}

/// The newest `limit` entries about a child or by an account, pending ones included.
pub async fn by_lookup(conn: &mut Conn, kind: LookupKind, key: Key16, limit: i64) -> Result<Vec<EntryRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_LOOKUP))
        .bind(kind).bind(key).bind(limit).fetch_all(&mut *c).await)?)
}

/// From where to where a page of the trail reads: newest first, from before `(before, before_id)` back to `from`,
/// microseconds UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The earliest time.
    pub from: i64,
    /// The time before which it begins; with [`Stretch::before_id`], the last entry of the page before.
    pub before: i64,
    /// The entry before which it begins, among those of that time.
    pub before_id: Uuid,
}

/// At most `limit` entries of a look-up key in a stretch of time, newest first, pending ones included.
pub async fn page_of_lookup(
    conn: &mut Conn,
    kind: LookupKind,
    key: Key16,
    stretch: Stretch,
    limit: i64,
) -> Result<Vec<EntryRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(PAGE_OF_LOOKUP))
        .bind(kind).bind(key).bind(stretch.from).bind(stretch.before).bind(stretch.before_id).bind(limit)
        .fetch_all(&mut *c).await)?)
}

/// At most `limit` entries of a stretch of time, newest first, pending ones included.
pub async fn page_of_time(conn: &mut Conn, stretch: Stretch, limit: i64) -> Result<Vec<EntryRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(PAGE_OF_TIME))
        .bind(stretch.from).bind(stretch.before).bind(stretch.before_id).bind(limit).fetch_all(&mut *c).await)?)
}

/// The time of the first entry, microseconds UTC; none of an empty trail.
pub async fn first(conn: &mut Conn) -> Result<Option<i64>> {
    Ok(on_tx!(conn, c => sqlx::query_scalar(c.text(FIRST)).fetch_one(&mut *c).await)?)
}

/// The place of an entry in the chain; none while it waits for it.
pub async fn place_of(conn: &mut Conn, entry_id: Uuid) -> Result<Option<ChainRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(PLACE_OF)).bind(entry_id).fetch_optional(&mut *c).await)?)
}

/// The link at a place of the chain.
pub async fn link_at(conn: &mut Conn, seq: i64) -> Result<Option<ChainRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(LINK_AT)).bind(seq).fetch_optional(&mut *c).await)?)
}

/// One entry.
pub async fn by_id(conn: &mut Conn, entry_id: Uuid) -> Result<Option<EntryRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_ID)).bind(entry_id).fetch_optional(&mut *c).await)?)
}

/// How many entries there are.
pub async fn count(conn: &mut Conn) -> Result<i64> {
    Ok(on_tx!(conn, c => sqlx::query_scalar(c.text(COUNT)).fetch_one(&mut *c).await)?)
}
