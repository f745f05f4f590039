//! The only SQL: SQLite and PostgreSQL behind one interface, migrations, the key store.
