//! One SQL text for both engines, and the few places where it splits.
//!
//! Every statement is a constant made by [`statements!`], which also registers it, so that one test (and `doctor`) can
//! prepare all of them on the engine at hand. The real splits are few: `dialect!` for statements that differ;
//! `listed_keys!`/`listed_ids!`, which put a bound list ([`crate::lists`]) before a shared text as the table `list(item)`;
//! and `packed!`, which also brings the rows back as one value ([`crate::packed`]).
//!
//! Joins are written `a CROSS JOIN b WHERE …`, the few rows first: SQLite then keeps the order as written instead of guessing
//! sizes it does not know, and PostgreSQL reads it as any inner join. A test shows that no statement reads a whole table.

/// The text of one statement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sql {
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

impl Sql {
    /// The same text on both engines.
    pub const fn both(text: &'static str) -> Self {
        Self { sqlite: text, postgres: text }
    }
}

/// Picks the text for the connection it is called on; implemented for both connection types so that the body of
/// `on_tx!` reads the same for both.
pub(crate) trait Dialect {
    fn text(&self, sql: Sql) -> &'static str;
}

impl Dialect for sqlx_sqlite::SqliteConnection {
    fn text(&self, sql: Sql) -> &'static str {
        sql.sqlite
    }
}

impl Dialect for sqlx_postgres::PgConnection {
    fn text(&self, sql: Sql) -> &'static str {
        sql.postgres
    }
}

/// A statement whose text differs between the engines.
macro_rules! dialect {
    (sqlite: $sqlite:expr, pg: $postgres:expr $(,)?) => {
        $crate::sql::Sql { sqlite: $sqlite, postgres: $postgres }
    };
}

/// Binds `$1` as a list of keyed hashes, readable as `list(item)`.
macro_rules! listed_keys {
    ($rest:literal) => {
        $crate::sql::listed!(keys, $rest)
    };
}

/// Binds `$1` as a list of ids, readable as `list(item)`.
macro_rules! listed_ids {
    ($rest:literal) => {
        $crate::sql::listed!(ids, $rest)
    };
}

macro_rules! listed {
    ($list:ident, $rest:literal) => {
        $crate::sql::Sql {
            sqlite: concat!($crate::sql::list!(sqlite), $rest),
            postgres: concat!($crate::sql::list!($list), $rest),
        }
    };
}

/// The bound list as a table.
macro_rules! list {
    // NOT MATERIALIZED is not said: a recursive table is produced row by row as the outer loop.
    (sqlite) => {
        "WITH RECURSIVE list(i, item) AS (SELECT 0, substr($1, 1, 16) WHERE length($1) >= 16 UNION ALL \
         SELECT i + 1, substr($1, i * 16 + 17, 16) FROM list WHERE i * 16 + 32 <= length($1)) "
    };
    (keys) => {
        "WITH list(item) AS (SELECT * FROM unnest(CAST($1 AS bytea[]))) "
    };
    (ids) => {
        "WITH list(item) AS (SELECT * FROM unnest(CAST($1 AS uuid[]))) "
    };
}

/// Declares the statements of a module as constants and registers them.
macro_rules! statements {
    ($($name:ident = $sql:expr;)*) => {
        $(const $name: $crate::sql::Sql = $sql;)*
        pub(crate) const STATEMENTS: &[(&str, $crate::sql::Sql)] =
            &[$((concat!(module_path!(), "::", stringify!($name)), $name)),*];
    };
}

pub(crate) use {dialect, list, listed, listed_ids, listed_keys, statements};
