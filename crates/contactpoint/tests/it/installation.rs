//! A whole installation for one test: databases, folders, key file, configuration, and the program to run on it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use directory::PartialDate;
use directory::retention::{RetentionPolicy, is_grown};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use testkit::{Engine, TestDatabases};
use vault::{KeyRing, WrappedGeneration, WrappedRing, WrappedRootKey};

use crate::feed_files;
use crate::raw::{Cell, Raw};

/// The six sources of a population, in the order in which they are loaded. (A hospital's messages are a seventh.)
pub const SOURCES: [&str; 6] =
    ["gro-births", "dwp-child-benefit", "schools-census", "nhs-gp", "social-care", "health-visiting"];

/// A configured installation; its files are gone with the databases.
pub struct Installation {
    pub db: TestDatabases,
}

/// What a command left behind.
pub struct Ran {
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        Self {
            status: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Passes on what ended with this exit status, and fails with everything that was said otherwise.
    #[track_caller]
    pub fn ended(self, status: i32) -> Self {
        assert_eq!(
            self.status,
            Some(status),
            "standard output:\n{}\nstandard error:\n{}",
            self.out,
            self.err
        );
        self
    }

    /// The one JSON object on standard output.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        assert_eq!(self.out.lines().count(), 1, "{}", self.out);
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

/// The program with these arguments, and with nothing of the surroundings that would change what it says.
pub fn contactpoint<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_contactpoint"));
    command.args(arguments).env_remove("RUST_LOG").stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub fn run<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Ran {
    Ran::of(contactpoint(arguments).output().unwrap())
}

/// Writes an invented population into `folder`.
pub fn invent(children: u32, seed: u64, folder: &Path) {
    let (children, seed) = (children.to_string(), seed.to_string());
    let out = folder.to_str().unwrap();
    run(["population", "--children", &children, "--seed", &seed, "--out", out]).ended(0);
    // The population is as of one day, and the service goes by today's: nobody here has grown up in between.
    for source in SOURCES {
        let path = folder.join(format!("{source}.csv"));
        let (header, mut rows) = feed_files::read(&path);
        let born = header.iter().position(|column| column == "date_of_birth").unwrap();
        rows.retain(|row| {
            let born = PartialDate::parse(&row[born]).ok();
            !born.is_some_and(|born| is_grown(born, &RetentionPolicy::default(), today()))
        });
        feed_files::write(&path, &header, &rows);
    }
}

#[expect(clippy::disallowed_methods, reason = "the program goes by the system's clock")]
fn today() -> Date {
    jiff::Timestamp::now().to_zoned(TimeZone::UTC).date()
}

impl Installation {
    /// One that is configured and has a key, and whose databases are still empty.
    pub fn new(db: TestDatabases) -> Self {
        let installation = Self { db };
        std::fs::create_dir_all(installation.path("secret")).unwrap();
        std::fs::create_dir_all(installation.path("witness")).unwrap();
        let key = installation.path("secret/key");
        run(["config", "key", "--out", key.to_str().unwrap()]).ended(0);
        installation.configure("");
        installation
    }

    /// A path in the installation's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.db.folder().join(name)
    }

    /// Every generation and root key that it has now.
    pub async fn key_ring(&self) -> KeyRing {
        let kek = vault::load_key_file(&self.path("secret/key")).unwrap();
        let mut keys = Raw::connect(&self.db.keys_url).await;
        let there = keys.table("generation").await.into_iter().filter(|row| row["wrapped"] != Cell::Nothing);
        let generations = there.map(|row| WrappedGeneration {
            generation: row["generation"].number(),
            wrapped: row["wrapped"].bytes().to_vec(),
        });
        let roots = keys.table("root_key").await.into_iter().map(|row| WrappedRootKey {
            name: row["name"].text().to_owned(),
            epoch: row["epoch"].number(),
            generation: Some(row["generation"].number()),
            wrapped: row["wrapped"].bytes().to_vec(),
        });
        let ring = WrappedRing { generations: generations.collect(), roots: roots.collect() };
        KeyRing::unwrap(&kek, &ring).unwrap()
    }

    /// Where the configuration stands.
    pub fn config(&self) -> String {
        self.path("contactpoint.toml").to_str().unwrap().to_owned()
    }

    /// Writes the configuration, with `more` at its end.
    pub fn configure(&self, more: &str) {
        std::fs::write(self.config(), self.toml() + more).unwrap();
    }

    /// The configuration: one authority, one trust, the national sources. The key lies beside the data, as only a
    /// demonstration may have it.
    pub fn toml(&self) -> String {
        let mut text = format!(
            r#"space = "demo"

[listen]
address = "127.0.0.1:0"
hosts = ["localhost", "127.0.0.1"]
https = false

[database]
url = "{}"

[keys]
url = "{}"
key_file = "{}"

[audit]
witness_file = "{}"
"#,
            self.db.data_url,
            self.db.keys_url,
            self.path("secret/key").display(),
            self.path("witness/checkpoints").display(),
        );
        for (name, kind, authority) in [
            ("National sources", "national_source", ""),
            ("Leeds City Council", "authority", "E08000035"),
            ("Leeds Community Trust", "partner", "E08000035"),
        ] {
            write!(
                text,
                "\n[[organisation]]\nname = \"{name}\"\nkind = \"{kind}\"\naccredited_until = 2039-03-31\n"
            )
            .unwrap();
            if !authority.is_empty() {
                writeln!(text, "authority = \"{authority}\"").unwrap();
            }
        }
        for (place, source) in SOURCES.iter().chain(&["hospital"]).enumerate() {
            let organisation = match *source {
                "social-care" => "Leeds City Council",
                "health-visiting" | "hospital" => "Leeds Community Trust",
                _ => "National sources",
            };
            let precedence = 60 - place * 10;
            write!(
                text,
                "\n[[source]]\nname = \"{source}\"\nprofile = \"{source}\"\norganisation = \"{organisation}\"\nprecedence = {precedence}\n"
            )
            .unwrap();
        }
        text
    }

    /// `load --json` of one file, ready to be started.
    pub fn loading(&self, source: &str, file: &Path) -> Command {
        contactpoint([
            "load",
            "--config",
            &self.config(),
            "--source",
            source,
            "--json",
            file.to_str().unwrap(),
        ])
    }

    /// Loads one file.
    pub fn load(&self, source: &str, file: &Path) -> Ran {
        Ran::of(self.loading(source, file).output().unwrap())
    }

    /// Loads the six files of a population.
    pub fn load_all(&self, folder: &Path) -> Vec<Ran> {
        SOURCES.iter().map(|source| self.load(source, &folder.join(format!("{source}.csv")))).collect()
    }

    /// Whether the data lies in files of our own.
    pub fn is_embedded(&self) -> bool {
        self.db.engine() == Engine::Sqlite
    }
}
