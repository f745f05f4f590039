//! A pair of databases for one test, on either engine, gone when the test is over.

use crate::postgres::{self, Pair};
use crate::schema;
use std::future::Future;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Which engine a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Two files in two folders of a temporary folder.
    Sqlite,
    /// Two databases with random names on the server of `CONTACTPOINT_TEST_POSTGRES`.
    Postgres,
}

/// An empty data store and an empty key store; dropped with this value.
#[derive(Debug)]
pub struct TestDatabases {
    /// Address of the data store.
    pub data_url: String,
    /// Address of the key store.
    pub keys_url: String,
    engine: Engine,
    folder: TempDir,
    // Dropping it drops the two PostgreSQL databases.
    _pair: Option<Pair>,
}

impl TestDatabases {
    /// Addresses of two SQLite files that do not exist yet.
    pub async fn sqlite() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let path = |sub: &str| folder.path().join(sub).join(format!("{sub}.db")).display().to_string();
        Self {
            data_url: format!("sqlite:{}", path("data")),
            keys_url: format!("sqlite:{}", path("keys")),
            engine: Engine::Sqlite,
            folder,
            _pair: None,
        }
    }

    /// Two new PostgreSQL databases with the schema of the directory and no row: copied, because bringing up two new ones is
    /// most of what a short test would do.
    ///
    /// # Panics
    /// If `CONTACTPOINT_TEST_POSTGRES` is not set: the suite runs on both databases, always.
    pub async fn postgres() -> Self {
        Self::postgres_copied(&schema::template(), schema::prepare).await
    }

    /// A pair on the given engine in which nothing is, not even a schema.
    pub async fn empty_on(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::sqlite().await,
            Engine::Postgres => Self::of_pair(Pair::create(None).await),
        }
    }

    /// Two new PostgreSQL databases copied from a pair that `prepare` filled once, on this server, for everyone who gives
    /// the same `name`. Put a digest of what `prepare` does (the migrations) into the name: it is made anew only when the
    /// name is. `prepare` receives the addresses of data store and key store and must have closed every connection when
    /// it returns.
    pub async fn postgres_copied<F, Fut>(name: &str, prepare: F) -> Self
    where
        F: FnOnce(String, String) -> Fut,
        Fut: Future<Output = ()>,
    {
        postgres::ensure_template(name, prepare).await;
        Self::of_pair(Pair::create(Some(name)).await)
    }

    /// Removes the pair that [`TestDatabases::postgres_copied`] copies from.
    pub async fn drop_template(name: &str) {
        postgres::drop_template(name).await;
    }

    /// A pair on the given engine.
    pub async fn on(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::sqlite().await,
            Engine::Postgres => Self::postgres().await,
        }
    }

    fn of_pair(pair: Pair) -> Self {
        Self {
            data_url: pair.data_url.clone(),
            keys_url: pair.keys_url.clone(),
            engine: Engine::Postgres,
            folder: TempDir::new().expect("a temporary folder"),
            _pair: Some(pair),
        }
    }

    /// The engine.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// A temporary folder that lives as long as the databases: on SQLite they are in its `data` and `keys`.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Every folder in which the databases leave bytes: the files of SQLite, or the whole data directory of the PostgreSQL
    /// server (tables, write-ahead log, temporary files, and its log if it writes one there). For leak detectors.
    pub async fn folders_on_disk(&self) -> Vec<PathBuf> {
        match self.engine {
            Engine::Sqlite => vec![self.folder.path().to_owned()],
            Engine::Postgres => vec![self.folder.path().to_owned(), postgres::data_directory().await],
        }
    }

    /// Has the engine write everything it holds in memory to its files (PostgreSQL: CHECKPOINT), so that a search of the
    /// files sees all.
    pub async fn flush(&self) {
        if self.engine == Engine::Postgres {
            postgres::checkpoint().await;
        }
    }
}

/// Runs one test on a runtime of its own. `on_both_databases!` uses it.
pub fn block_on<F: Future>(test: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(test)
}

/// Runs a test in a process of its own on a PostgreSQL server that no other test uses: `name` is the test itself, as its runner calls
/// it. For what looks through all that a server has written.
///
/// # Panics
/// If the test fails there.
pub fn on_a_server_of_its_own(name: &str, test: impl FnOnce()) {
    const THERE: &str = "CONTACTPOINT_TEST_OWN_SERVER";
    if std::env::var_os(THERE).is_some() {
        return test();
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/with-postgres");
    let this = std::env::current_exe().expect("a test knows its program");
    let ran = std::process::Command::new(script)
        .arg(this)
        .args([name, "--exact", "--nocapture"])
        .env(THERE, "1")
        .output()
        .expect("a server is started by scripts/with-postgres");
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success() && said.contains("1 passed"),
        "{name}: {}\n{said}\n{}",
        ran.status,
        String::from_utf8_lossy(&ran.stderr)
    );
}

/// Turns `async fn name(db: TestDatabases) { … }` into two tests, `name::sqlite` and `name::postgres`.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($db:ident : $type:ty) $body:block)+) => {
        $(
            $(#[$meta])*
            async fn $name($db: $type) $body

            mod $name {
                #[test]
                fn sqlite() {
                    $crate::block_on(async { super::$name($crate::TestDatabases::sqlite().await).await });
                }

                #[test]
                fn postgres() {
                    $crate::block_on(async { super::$name($crate::TestDatabases::postgres().await).await });
                }
            }
        )+
    };
}
