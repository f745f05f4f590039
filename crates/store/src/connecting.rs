//! Products and installations (rules 10.6, 11.1). What was tested, measured, rehearsed, signed and decided is sealed; a row
//! changes only while it is as it was read.

use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::{Key16, Result};
use uuid::Uuid;

/// One product, in one version.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ProductRow {
    /// A random id.
    pub product_id: Uuid,
    /// Whose people keep it.
    pub organisation_id: Uuid,
    /// Rises with every change.
    pub version: i64,
    /// The rest.
    pub sealed: Vec<u8>,
}

/// One installation: a source system's.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct InstallationRow {
    /// The source system.
    pub source_id: Uuid,
    /// Rises with every change.
    pub version: i64,
    /// The rest.
    pub sealed: Vec<u8>,
}

statements! {
    INSERT_PRODUCT = Sql::both("INSERT INTO product (product_id, organisation_id, version, sealed) VALUES ($1, $2, 1, $3)");
    REPLACE_PRODUCT = Sql::both(
        "UPDATE product SET sealed = $2, version = version + 1 WHERE product_id = $1 AND version = $3",
    );
    PRODUCT = Sql::both("SELECT product_id, organisation_id, version, sealed FROM product WHERE product_id = $1");
    PRODUCTS = Sql::both(
        "SELECT product_id, organisation_id, version, sealed FROM product WHERE (organisation_id, product_id) > ($1, $2) \
         ORDER BY organisation_id, product_id LIMIT $3",
    );
    INSERT_INSTALLATION = Sql::both(
        "INSERT INTO installation (source_id, version, sealed) VALUES ($1, 1, $2) ON CONFLICT (source_id) DO NOTHING",
    );
    REPLACE_INSTALLATION = Sql::both(
        "UPDATE installation SET sealed = $2, version = version + 1 WHERE source_id = $1 AND version = $3",
    );
    INSTALLATION = Sql::both("SELECT source_id, version, sealed FROM installation WHERE source_id = $1");
    ADD_CREDENTIAL = Sql::both(
        "INSERT INTO installation_credential (credential_key, source_id) VALUES ($1, $2) ON CONFLICT (credential_key) DO NOTHING",
    );
    REMOVE_CREDENTIAL = Sql::both("DELETE FROM installation_credential WHERE credential_key = $1 AND source_id = $2");
    SOURCE_OF_CREDENTIAL = Sql::both("SELECT source_id FROM installation_credential WHERE credential_key = $1");
}

/// Adds a product, in its first version.
pub async fn insert_product(tx: &mut Tx, row: &ProductRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(INSERT_PRODUCT))
        .bind(row.product_id).bind(row.organisation_id).bind(&row.sealed).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// Changes a product that is still as it was read: false when somebody was quicker, and nothing was written.
pub async fn replace_product(tx: &mut Tx, row: &ProductRow) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(REPLACE_PRODUCT))
        .bind(row.product_id).bind(&row.sealed).bind(row.version)
        .execute(&mut *c).await.map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// One product.
pub async fn product(conn: &mut Conn, product_id: Uuid) -> Result<Option<ProductRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(PRODUCT)).bind(product_id).fetch_optional(&mut *c).await)?)
}

/// At most `limit` products, those of one organisation together.
pub async fn products(conn: &mut Conn, limit: i64) -> Result<Vec<ProductRow>> {
    let first = Uuid::nil();
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(PRODUCTS))
        .bind(first).bind(first).bind(limit).fetch_all(&mut *c).await)?)
}

/// Adds an installation, in its first version: false when there is one.
pub async fn insert_installation(tx: &mut Tx, source_id: Uuid, sealed: &[u8]) -> Result<bool> {
    let added = on_tx!(tx, c => sqlx::query(c.text(INSERT_INSTALLATION))
        .bind(source_id).bind(sealed).execute(&mut *c).await.map(|done| done.rows_affected()))?;
    Ok(added == 1)
}

/// Changes an installation that is still as it was read: false when somebody was quicker, and nothing was written.
pub async fn replace_installation(tx: &mut Tx, row: &InstallationRow) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(REPLACE_INSTALLATION))
        .bind(row.source_id).bind(&row.sealed).bind(row.version)
        .execute(&mut *c).await.map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// One installation.
pub async fn installation(conn: &mut Conn, source_id: Uuid) -> Result<Option<InstallationRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(INSTALLATION)).bind(source_id).fetch_optional(&mut *c).await)?)
}

/// Says which source a credential belongs to: false when it belongs to one already.
pub async fn add_credential(tx: &mut Tx, credential_key: Key16, source_id: Uuid) -> Result<bool> {
    let added = on_tx!(tx, c => sqlx::query(c.text(ADD_CREDENTIAL))
        .bind(credential_key).bind(source_id).execute(&mut *c).await.map(|done| done.rows_affected()))?;
    Ok(added == 1)
}

/// Forgets a credential of a source.
pub async fn remove_credential(tx: &mut Tx, credential_key: Key16, source_id: Uuid) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(REMOVE_CREDENTIAL))
        .bind(credential_key).bind(source_id).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// The source that a credential belongs to.
pub async fn source_of_credential(conn: &mut Conn, credential_key: Key16) -> Result<Option<Uuid>> {
    let found: Option<(Uuid,)> = on_tx!(conn, c => sqlx::query_as(c.text(SOURCE_OF_CREDENTIAL))
        .bind(credential_key).fetch_optional(&mut *c).await)?;
    Ok(found.map(|(source,)| source))
}
