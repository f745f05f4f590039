//! A connection or transaction on either engine.

use crate::gate::Permit;
use crate::{Result, StoreError};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Transaction};
use sqlx_postgres::{PgConnection, Postgres};
use sqlx_sqlite::{Sqlite, SqliteConnection};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// Marks connections to the data store.
#[derive(Debug)]
pub enum Data {}

/// Marks connections to the key store.
#[derive(Debug)]
pub enum Keys {}

/// Which engine a connection speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The embedded default.
    Sqlite,
    /// The engine of a service with several application servers.
    Postgres,
}

/// A connection for reading: the data store's unless the type says [`Keys`].
///
/// Each statement sees what was committed before it began; [`crate::Store::snapshot`] gives one state to several.
pub struct Conn<S = Data> {
    pub(crate) raw: Raw,
    store: PhantomData<fn() -> S>,
}

pub(crate) enum Raw {
    Sqlite(PoolConnection<Sqlite>),
    SqliteTx(Transaction<'static, Sqlite>),
    Postgres(PoolConnection<Postgres>),
    PostgresTx(Transaction<'static, Postgres>),
}

/// The engine's own connection, borrowed; what `on_tx!` matches on.
pub(crate) enum Borrowed<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

/// Compiles `body` once for each engine, with `c` the engine's own connection.
macro_rules! on_tx {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn.borrow() {
            $crate::conn::Borrowed::Sqlite($c) => $body,
            $crate::conn::Borrowed::Postgres($c) => $body,
        }
    };
}
pub(crate) use on_tx;

impl<S> Conn<S> {
    pub(crate) fn new(raw: Raw) -> Self {
        Self { raw, store: PhantomData }
    }

    pub(crate) fn borrow(&mut self) -> Borrowed<'_> {
        match &mut self.raw {
            Raw::Sqlite(c) => Borrowed::Sqlite(c),
            Raw::SqliteTx(c) => Borrowed::Sqlite(c),
            Raw::Postgres(c) => Borrowed::Postgres(c),
            Raw::PostgresTx(c) => Borrowed::Postgres(c),
        }
    }

    /// The engine behind this connection.
    pub fn engine(&self) -> Engine {
        match self.raw {
            Raw::Sqlite(_) | Raw::SqliteTx(_) => Engine::Sqlite,
            Raw::Postgres(_) | Raw::PostgresTx(_) => Engine::Postgres,
        }
    }
}

/// A write transaction; dropped without [`Tx::commit`] it is rolled back.
///
/// Dereferences to [`Conn`], so everything that reads works inside it too.
#[must_use = "a transaction that is dropped is rolled back"]
pub struct Tx<S = Data> {
    conn: Conn<S>,
    savepoints: u32,
    // Declared last: the writer's turn ends after its transaction did.
    _permit: Option<Permit>,
}

/// A use case's mark inside a group's transaction: close it with [`Tx::release`] or [`Tx::roll_back_to`].
///
/// Savepoints close in the reverse order of opening, and a transaction with an open one cannot be committed; so a use
/// case whose future was dropped half-way can never be committed with its group.
#[derive(Debug)]
#[must_use = "a savepoint must be released or rolled back"]
pub struct Savepoint(u32);

impl<S> Tx<S> {
    pub(crate) fn new(raw: Raw, permit: Option<Permit>) -> Self {
        Self { conn: Conn::new(raw), savepoints: 0, _permit: permit }
    }

    /// Makes everything written durable and visible. Acknowledge only after this returned (law 8).
    pub async fn commit(self) -> Result<()> {
        if self.savepoints > 0 {
            return Err(StoreError::Savepoint(
                "a use case of this group did not finish: the group was rolled back",
            ));
        }
        let Self { conn, _permit, .. } = self;
        match conn.raw {
            Raw::SqliteTx(tx) => tx.commit().await?,
            Raw::PostgresTx(tx) => tx.commit().await?,
            Raw::Sqlite(_) | Raw::Postgres(_) => {}
        }
        Ok(())
    }

    /// Undoes everything written.
    pub async fn rollback(self) -> Result<()> {
        let Self { conn, _permit, .. } = self;
        match conn.raw {
            Raw::SqliteTx(tx) => tx.rollback().await?,
            Raw::PostgresTx(tx) => tx.rollback().await?,
            Raw::Sqlite(_) | Raw::Postgres(_) => {}
        }
        Ok(())
    }

    /// Opens a savepoint for one use case.
    pub async fn savepoint(&mut self) -> Result<Savepoint> {
        let depth = self.savepoints + 1;
        // Counted before it is asked for: if this future is dropped, the commit is refused rather than half a use case kept.
        self.savepoints = depth;
        self.say(format!("SAVEPOINT use_case_{depth}")).await?;
        Ok(Savepoint(depth))
    }

    /// Keeps what was written since the savepoint, as part of the whole transaction.
    pub async fn release(&mut self, savepoint: Savepoint) -> Result<()> {
        let depth = self.innermost(&savepoint)?;
        self.say(format!("RELEASE SAVEPOINT use_case_{depth}")).await?;
        self.savepoints = depth - 1;
        Ok(())
    }

    /// Undoes what was written since the savepoint. Works after a failed statement too, on both engines.
    pub async fn roll_back_to(&mut self, savepoint: Savepoint) -> Result<()> {
        let depth = self.innermost(&savepoint)?;
        self.say(format!("ROLLBACK TO SAVEPOINT use_case_{depth}")).await?;
        self.say(format!("RELEASE SAVEPOINT use_case_{depth}")).await?;
        self.savepoints = depth - 1;
        Ok(())
    }

    fn innermost(&self, savepoint: &Savepoint) -> Result<u32> {
        if savepoint.0 == self.savepoints {
            Ok(savepoint.0)
        } else {
            Err(StoreError::Savepoint("savepoints close in the reverse order of opening"))
        }
    }

    async fn say(&mut self, sql: String) -> Result<()> {
        on_tx!(self.conn, c => sqlx::query(AssertSqlSafe(sql)).execute(&mut *c).await.map(drop))?;
        Ok(())
    }
}

impl<S> Deref for Tx<S> {
    type Target = Conn<S>;

    fn deref(&self) -> &Conn<S> {
        &self.conn
    }
}

impl<S> DerefMut for Tx<S> {
    fn deref_mut(&mut self) -> &mut Conn<S> {
        &mut self.conn
    }
}
