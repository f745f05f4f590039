//! What can go wrong in storage, told as a cause and a remedy.

use sqlx::error::{DatabaseError, ErrorKind};

/// A storage failure. Each message says what happened and what to do; none contains a stored value.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another writer held the database for longer than the busy timeout, two transactions collided, or no connection
    /// came free. Nothing was written; trying again is safe.
    #[error(
        "the database is busy: another process or transaction holds it. Nothing was written; try again, and if this \
         repeats, stop the other process or raise the busy timeout"
    )]
    Busy(#[source] sqlx::Error),
    /// The disk, or the size allowed to the database, is used up. The transaction was rolled back.
    #[error(
        "the database cannot grow: its disk or its permitted size is full. The last transaction was rolled back and \
         nothing acknowledged is lost; free some space and repeat the operation"
    )]
    DiskFull(#[source] sqlx::Error),
    /// The connection to the database server was lost or could not be made. What was not acknowledged was not written.
    #[error(
        "the database is not reachable: the connection was refused or lost. What was not acknowledged was not written; \
         check that the server runs and can be reached, then repeat the operation"
    )]
    Gone(#[source] sqlx::Error),
    /// A row with the same key exists already.
    #[error("a row with this key exists already; read it again and decide what should stand")]
    UniqueViolation(#[source] sqlx::Error),
    /// A row would break a rule of the schema (a value outside its list, or a reference to nothing).
    #[error(
        "the database refused a row that breaks a rule of its schema; this is a fault of the program: report it"
    )]
    Constraint(#[source] sqlx::Error),
    /// An audit entry, its chain or the journal would have been changed or removed.
    #[error(
        "the audit trail and the journal are append-only: the database refused to change or remove an entry"
    )]
    AppendOnly(#[source] sqlx::Error),
    /// The file is damaged or is not a database of ours.
    #[error(
        "the database is damaged or is not a database of this product. Stop the service, keep the file, and restore \
         the newest backup"
    )]
    Corrupt(#[source] sqlx::Error),
    /// The file or folder may not be opened or written by this user.
    #[error(
        "the database file may not be opened: check that its folder exists and that this user may read and write it"
    )]
    Forbidden(#[source] sqlx::Error),
    /// An address of a database cannot be used.
    #[error("{0}")]
    Location(String),
    /// The schema is not the one this program knows.
    #[error("{0}")]
    Schema(String),
    /// A transaction was to be committed with a savepoint still open, or savepoints were closed out of order.
    #[error("{0}")]
    Savepoint(&'static str),
    /// A file operation beside the database failed (creating it with mode 0600, copying a backup).
    #[error("{what}: {source}. Check the folder, its owner and the free space")]
    File {
        /// What was being done, with the path.
        what: String,
        /// What the operating system answered.
        source: std::io::Error,
    },
    /// Anything else the engine answered.
    #[error("the database answered with an unexpected error; the log of the database has more")]
    Other(#[source] sqlx::Error),
}

impl StoreError {
    /// Is it worth trying the same operation again, unchanged, in a moment?
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Gone(_))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match kind_of(&error) {
            Kind::Busy => Self::Busy(error),
            Kind::DiskFull => Self::DiskFull(error),
            Kind::Gone => Self::Gone(error),
            Kind::Unique => Self::UniqueViolation(error),
            Kind::Constraint => Self::Constraint(error),
            Kind::AppendOnly => Self::AppendOnly(error),
            Kind::Corrupt => Self::Corrupt(error),
            Kind::Forbidden => Self::Forbidden(error),
            Kind::Other => Self::Other(error),
        }
    }
}

enum Kind {
    Busy,
    DiskFull,
    Gone,
    Unique,
    Constraint,
    AppendOnly,
    Corrupt,
    Forbidden,
    Other,
}

fn kind_of(error: &sqlx::Error) -> Kind {
    match error {
        sqlx::Error::PoolTimedOut => Kind::Busy,
        sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Kind::Gone,
        sqlx::Error::Database(inner) => {
            if inner.message().starts_with("append-only") {
                return Kind::AppendOnly;
            }
            match inner.kind() {
                ErrorKind::UniqueViolation => Kind::Unique,
                ErrorKind::ForeignKeyViolation | ErrorKind::NotNullViolation | ErrorKind::CheckViolation => {
                    Kind::Constraint
                }
                _ => by_code(inner.as_ref()),
            }
        }
        _ => Kind::Other,
    }
}

fn by_code(error: &dyn DatabaseError) -> Kind {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<sqlx_sqlite::SqliteError>().is_some() {
        // The extended result code; its low byte is the primary one (https://sqlite.org/rescode.html).
        let extended = code.parse::<i32>().unwrap_or_default();
        // A quota or a limit on the size of files is told as a failed write, and not as a full disk: SQLITE_IOERR_WRITE,
        // SQLITE_IOERR_TRUNCATE and SQLITE_IOERR_SHMSIZE.
        if matches!(extended, 778 | 1546 | 4874) {
            return Kind::DiskFull;
        }
        return match extended & 0xff {
            5 | 6 => Kind::Busy,
            13 => Kind::DiskFull,
            11 | 26 => Kind::Corrupt,
            3 | 8 | 14 => Kind::Forbidden,
            19 => Kind::Constraint,
            _ => Kind::Other,
        };
    }
    // SQLSTATE (PostgreSQL manual, appendix A).
    match code.as_ref() {
        "55P03" | "40001" | "40P01" | "53300" => Kind::Busy,
        "53100" => Kind::DiskFull,
        "57P01" | "57P02" | "57P03" => Kind::Gone,
        "XX001" | "XX002" => Kind::Corrupt,
        "42501" | "28000" | "28P01" => Kind::Forbidden,
        code if code.starts_with("08") => Kind::Gone,
        code if code.starts_with("23") => Kind::Constraint,
        _ => Kind::Other,
    }
}
