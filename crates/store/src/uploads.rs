//! Files on their way in, part by part. What they are and what became of them is sealed; a row changes only while it is as it
//! was read.

use crate::Result;
use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::vocabulary::vocabulary;
use uuid::Uuid;

vocabulary! {
    /// Where an upload stands.
    UploadState {
        /// Parts of it are missing.
        Receiving = "receiving",
        /// It is whole and waits to be loaded.
        Waiting = "waiting",
        /// It is being loaded; after a crash it is gone on with.
        Loading = "loading",
        /// Its source is paused; it is gone on with.
        Paused = "paused",
        /// It lacks more records than are ended without a person.
        Awaits = "awaits",
        /// It is loaded.
        Loaded = "loaded",
        /// It was refused.
        Refused = "refused",
    }
}

/// One upload.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct UploadRow {
    /// A random id.
    pub upload_id: Uuid,
    /// Its source.
    pub source_id: Uuid,
    /// The source's own number of the file; 0 where it was announced before that was kept here.
    pub sequence: i64,
    /// Where it stands.
    pub state: UploadState,
    /// The bytes of the file.
    pub bytes: i64,
    /// The bytes that are here.
    pub received: i64,
    /// When it was announced; microseconds UTC.
    pub begun_at: i64,
    /// Until then one server works on it; of one that was loaded or refused, when it was. Microseconds UTC.
    pub claimed_until: i64,
    /// Rises with every change.
    pub version: i64,
    /// What it is and what became of it.
    pub sealed: Vec<u8>,
}

/// What a source has on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct UnderWay {
    /// Files.
    pub files: i64,
    /// Their bytes.
    pub bytes: i64,
}

macro_rules! columns {
    () => {
        "upload_id, source_id, sequence, state, bytes, received, begun_at, claimed_until, version, sealed"
    };
}

macro_rules! to_do {
    () => {
        "('waiting', 'loading', 'paused', 'awaits')"
    };
}

statements! {
    INSERT = Sql::both(
        "INSERT INTO upload (upload_id, source_id, sequence, state, bytes, received, begun_at, claimed_until, version, sealed) \
         VALUES ($1, $2, $3, 'receiving', $4, 0, $5, 0, 1, $6)",
    );
    RECEIVE = Sql::both(
        "UPDATE upload SET received = received + $3, version = version + 1, \
         state = CASE WHEN received + $3 = bytes THEN 'waiting' ELSE 'receiving' END \
         WHERE upload_id = $1 AND received = $2 AND state = 'receiving' AND received + $3 <= bytes",
    );
    INSERT_PART = Sql::both("INSERT INTO upload_part (upload_id, at, sealed) VALUES ($1, $2, $3)");
    CHANGE = Sql::both(
        "UPDATE upload SET state = $2, claimed_until = $3, sealed = $4, version = version + 1 \
         WHERE upload_id = $1 AND version = $5",
    );
    BY_ID = Sql::both(concat!("SELECT ", columns!(), " FROM upload WHERE upload_id = $1"));
    UNDER_WAY = Sql::both(
        "SELECT count(*) AS files, CAST(coalesce(sum(bytes), 0) AS BIGINT) AS bytes FROM upload WHERE source_id = $1 \
         AND (state NOT IN ('loaded', 'refused') OR claimed_until >= $2)",
    );
    DUE = Sql::both(concat!(
        "SELECT ", columns!(), " FROM upload WHERE state IN ", to_do!(), " AND claimed_until <= $1 AND NOT EXISTS ( \
         SELECT 1 FROM upload earlier WHERE earlier.source_id = upload.source_id AND earlier.state IN ", to_do!(), " \
         AND (earlier.sequence, earlier.begun_at, earlier.upload_id) < (upload.sequence, upload.begun_at, upload.upload_id)) \
         AND NOT EXISTS ( \
         SELECT 1 FROM upload coming WHERE coming.source_id = upload.source_id AND coming.state = 'receiving' \
         AND coming.sequence < upload.sequence AND coming.begun_at >= $2 AND coming.sequence > ( \
         SELECT coalesce(max(r.sequence), 0) FROM feed_run r WHERE r.source_id = upload.source_id)) \
         ORDER BY begun_at, upload_id LIMIT 1"
    ));
    PARTS = Sql::both("SELECT at FROM upload_part WHERE upload_id = $1 ORDER BY at");
    PART = Sql::both("SELECT sealed FROM upload_part WHERE upload_id = $1 AND at = $2");
    REMOVE_PARTS = Sql::both("DELETE FROM upload_part WHERE upload_id = $1");
    REMOVE = Sql::both("DELETE FROM upload WHERE upload_id = $1");
    BEGUN_BEFORE = Sql::both(
        "SELECT upload_id FROM upload WHERE begun_at < $1 AND claimed_until <= $2 \
         AND state IN ('receiving', 'loaded', 'refused') ORDER BY begun_at, upload_id LIMIT $3",
    );
}

/// Announces an upload of which nothing is here.
pub async fn insert(tx: &mut Tx, row: &UploadRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(INSERT))
        .bind(row.upload_id).bind(row.source_id).bind(row.sequence).bind(row.bytes).bind(row.begun_at).bind(&row.sealed)
        .execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// Takes a part of `length` bytes at the offset where the upload goes on: false when it goes on elsewhere, or not at all, and
/// nothing was written.
pub async fn receive(tx: &mut Tx, upload: Uuid, at: i64, length: i64, sealed: &[u8]) -> Result<bool> {
    let taken = on_tx!(tx, c => sqlx::query(c.text(RECEIVE))
        .bind(upload).bind(at).bind(length).execute(&mut *c).await.map(|done| done.rows_affected()))?;
    if taken != 1 {
        return Ok(false);
    }
    on_tx!(tx, c => sqlx::query(c.text(INSERT_PART))
        .bind(upload).bind(at).bind(sealed).execute(&mut *c).await.map(drop))?;
    Ok(true)
}

/// Writes where an upload stands, while it is as it was read: false when somebody was quicker, and nothing was written.
pub async fn change(tx: &mut Tx, row: &UploadRow) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(CHANGE))
        .bind(row.upload_id).bind(row.state).bind(row.claimed_until).bind(&row.sealed).bind(row.version)
        .execute(&mut *c).await.map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// One upload.
pub async fn by_id(conn: &mut Conn, upload: Uuid) -> Result<Option<UploadRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_ID)).bind(upload).fetch_optional(&mut *c).await)?)
}

/// What a source has announced that had not ended before `moment` (microseconds UTC).
pub async fn under_way(conn: &mut Conn, source_id: Uuid, moment: i64) -> Result<UnderWay> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(UNDER_WAY)).bind(source_id).bind(moment).fetch_one(&mut *c).await)?,
    )
}

/// The upload to be worked on next at `now`: of each source the one with the lowest number, and none while one with a lower number
/// that can still be loaded is coming, unless that was announced before `too_old`. Both in microseconds UTC.
pub async fn due(conn: &mut Conn, now: i64, too_old: i64) -> Result<Option<UploadRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(DUE)).bind(now).bind(too_old).fetch_optional(&mut *c).await)?)
}

/// The offsets of an upload's parts, in their order.
pub async fn parts(conn: &mut Conn, upload: Uuid) -> Result<Vec<i64>> {
    Ok(on_tx!(conn, c => sqlx::query_scalar(c.text(PARTS)).bind(upload).fetch_all(&mut *c).await)?)
}

/// One part.
pub async fn part(conn: &mut Conn, upload: Uuid, at: i64) -> Result<Option<Vec<u8>>> {
    Ok(
        on_tx!(conn, c => sqlx::query_scalar(c.text(PART)).bind(upload).bind(at).fetch_optional(&mut *c).await)?,
    )
}

/// Removes an upload's parts.
pub async fn remove_parts(tx: &mut Tx, upload: Uuid) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(REMOVE_PARTS)).bind(upload).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// Removes an upload without parts.
pub async fn remove(tx: &mut Tx, upload: Uuid) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(REMOVE)).bind(upload).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// At most `limit` uploads that were announced before `moment` and on which nobody works at `now` (microseconds UTC).
pub async fn begun_before(conn: &mut Conn, moment: i64, now: i64, limit: i64) -> Result<Vec<Uuid>> {
    Ok(on_tx!(conn, c => sqlx::query_scalar(c.text(BEGUN_BEFORE))
        .bind(moment).bind(now).bind(limit).fetch_all(&mut *c).await)?)
}
