//! Where a database is.

use crate::{Result, StoreError};
use sqlx_postgres::{PgConnectOptions, PgSslMode};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A parsed address.
#[derive(Clone, Debug)]
pub(crate) enum Location {
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

impl Location {
    /// Parses `sqlite:PATH`, `sqlite://PATH`, `postgres://…` or `postgresql://…`. `what` names the setting in errors.
    pub fn parse(what: &str, url: &str) -> Result<Self> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path.contains(['?', '\0']) || path.contains(":memory:") {
                return Err(StoreError::Location(format!(
                    "{what}: a SQLite address is `sqlite:` and the path of a file, without parameters"
                )));
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            // The parser's own message may repeat the address, and with it a password.
            let options = PgConnectOptions::from_str(url).map_err(|_| {
                StoreError::Location(format!(
                    "{what}: not a usable PostgreSQL address (postgres://user@host:port/database)"
                ))
            })?;
            if !is_on_this_machine(&options)
                && !matches!(options.get_ssl_mode(), PgSslMode::VerifyCa | PgSslMode::VerifyFull)
            {
                return Err(StoreError::Location(format!(
                    "{what}: the server is another machine, and nothing proves which: add sslmode=verify-full to the \
                     address, and sslrootcert=FILE if its certificate is of your own authority"
                )));
            }
            return Ok(Self::Postgres(Box::new(options)));
        }
        Err(StoreError::Location(format!("{what}: an address begins with `sqlite:` or `postgres://`")))
    }

    /// Refuses two addresses under which one theft, or one backup, takes both data and keys (decision 2).
    pub fn refuse_together(data: &Self, keys: &Self) -> Result<()> {
        match (data, keys) {
            (Self::Sqlite(data), Self::Sqlite(keys)) if folder(data) == folder(keys) => {
                Err(StoreError::Location(format!(
                    "the data store and the key store are both in {}: put the key store into a folder of its own, on \
                     another disk if you can, so that no backup holds both",
                    folder(data).display()
                )))
            }
            (Self::Postgres(data), Self::Postgres(keys))
                if data.get_host() == keys.get_host()
                    && data.get_port() == keys.get_port()
                    && data.get_database() == keys.get_database() =>
            {
                Err(StoreError::Location(
                    "the data store and the key store are one PostgreSQL database: give the key store its own database \
                     and role"
                        .to_owned(),
                ))
            }
            _ => Ok(()),
        }
    }
}

/// Whether the connection never leaves this machine: a socket in a folder, or the loopback address.
fn is_on_this_machine(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host.trim_matches(['[', ']']).parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// The folder of a file, resolved if it exists, so that `a/x.db` and `./a/y.db` are seen to be neighbours.
fn folder(file: &Path) -> PathBuf {
    let folder = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}
