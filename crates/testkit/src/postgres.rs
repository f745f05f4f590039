//! Databases on the test server: made under random names, dropped when done with.

use sqlx::{AssertSqlSafe, Connection};
use sqlx_postgres::{PgConnectOptions, PgConnection};
use std::future::Future;
use std::path::PathBuf;
use std::str::FromStr;

/// The variable that names the test server.
const VARIABLE: &str = "CONTACTPOINT_TEST_POSTGRES";

/// Two databases; dropping the value drops them.
#[derive(Debug)]
pub(crate) struct Pair {
    pub data_url: String,
    pub keys_url: String,
    names: [String; 2],
}

impl Pair {
    /// Makes two databases: empty ones, or copies of a template's.
    pub async fn create(template: Option<&str>) -> Self {
        let mut connection = connect().await;
        let stem = format!("cp_test_{:016x}", random());
        let names = [format!("{stem}_data"), format!("{stem}_keys")];
        for (name, kind) in names.iter().zip(["data", "keys"]) {
            let from = template.map_or("template0".to_owned(), |t| template_name(t, kind));
            // As files, not as blocks through the log: two thirds of the processor time, and a first connection finds the lists
            // of the catalogue that the template's made.
            let sql = format!("CREATE DATABASE {name} TEMPLATE {from} STRATEGY FILE_COPY");
            execute(&mut connection, sql).await;
        }
        Self { data_url: url_of(&names[0]), keys_url: url_of(&names[1]), names }
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        let names = self.names.clone();
        // A drop cannot wait on the test's own runtime.
        let dropped = std::thread::spawn(move || {
            crate::block_on(async move {
                let mut connection = connect().await;
                for name in names {
                    execute(&mut connection, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
                }
            });
        })
        .join();
        if dropped.is_err() && !std::thread::panicking() {
            panic!("the databases of this test could not be dropped");
        }
    }
}

/// Makes the pair of databases others are copied from, once for each name.
pub(crate) async fn ensure_template<F, Fut>(name: &str, prepare: F)
where
    F: FnOnce(String, String) -> Fut,
    Fut: Future<Output = ()>,
{
    assert!(
        !name.is_empty()
            && name.len() < 40
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
        "a template's name is made of lower-case letters, digits and _"
    );
    let mut connection = connect().await;
    // The keys database is renamed into place last, so that its existence says the pair is whole.
    if exists(&mut connection, &template_name(name, "keys")).await {
        return;
    }
    // Tests run in processes of their own: one makes the template, the others wait for it.
    execute(&mut connection, "SELECT pg_advisory_lock(7203114)".to_owned()).await;
    let whole = exists(&mut connection, &template_name(name, "keys")).await;
    if !whole {
        let making = [template_name(name, "data"), format!("{}_making", template_name(name, "keys"))];
        for database in &making {
            execute(&mut connection, format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).await;
            execute(&mut connection, format!("CREATE DATABASE {database} TEMPLATE template0")).await;
        }
        prepare(url_of(&making[0]), url_of(&making[1])).await;
        execute(
            &mut connection,
            format!("ALTER DATABASE {} RENAME TO {}", making[1], template_name(name, "keys")),
        )
        .await;
    }
    execute(&mut connection, "SELECT pg_advisory_unlock(7203114)".to_owned()).await;
}

/// Removes a template.
pub(crate) async fn drop_template(name: &str) {
    let mut connection = connect().await;
    for kind in ["keys", "data"] {
        execute(
            &mut connection,
            format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", template_name(name, kind)),
        )
        .await;
    }
}

/// The server's data directory.
pub(crate) async fn data_directory() -> PathBuf {
    let mut connection = connect().await;
    let path: String = sqlx::query_scalar("SELECT current_setting('data_directory')")
        .fetch_one(&mut connection)
        .await
        .expect("the test server's user may read its settings");
    PathBuf::from(path)
}

/// Writes everything held in memory to the files.
pub(crate) async fn checkpoint() {
    execute(&mut connect().await, "CHECKPOINT".to_owned()).await;
}

async fn exists(connection: &mut PgConnection, database: &str) -> bool {
    sqlx::query_scalar::<_, i64>("SELECT count(*) FROM pg_database WHERE datname = $1")
        .bind(database)
        .fetch_one(connection)
        .await
        .expect("the test server answers")
        > 0
}

async fn execute(connection: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(connection)
        .await
        .expect("the test server does what it is told");
}

async fn connect() -> PgConnection {
    let options =
        PgConnectOptions::from_str(&server()).expect("CONTACTPOINT_TEST_POSTGRES is a PostgreSQL address");
    PgConnection::connect_with(&options)
        .await
        .expect("the PostgreSQL server of CONTACTPOINT_TEST_POSTGRES answers")
}

fn server() -> String {
    std::env::var(VARIABLE).unwrap_or_else(|_| {
        panic!(
            "{VARIABLE} is not set, and every test runs on both databases: run the tests through make test, which starts \
             a PostgreSQL of their own"
        )
    })
}

/// The server's address with another database.
fn url_of(database: &str) -> String {
    let server = server();
    let (address, parameters) = match server.split_once('?') {
        Some((address, parameters)) => (address.to_owned(), format!("?{parameters}")),
        None => (server, String::new()),
    };
    let after_scheme = address.find("://").map_or(0, |at| at + 3);
    let end = address[after_scheme..].find('/').map_or(address.len(), |at| after_scheme + at);
    format!("{}/{database}{parameters}", &address[..end])
}

fn template_name(name: &str, kind: &str) -> String {
    format!("cp_template_{name}_{kind}")
}

/// A name must differ between processes that start at once; the standard library's hasher is seeded by the system.
fn random() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::hash::RandomState::new().build_hasher().finish()
}
