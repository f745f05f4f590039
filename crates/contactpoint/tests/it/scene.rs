//! A load that something goes wrong with, prepared so that it can be repeated from the very same databases.

use std::fs;
use std::path::PathBuf;

use testkit::{Engine, TestDatabases};

use crate::feed_files;
use crate::installation::{Installation, invent};

/// The load that is disturbed: some children are known from another source, some rows change what the same source said
/// before, some are bad, the rest are new.
pub const SOURCE: &str = "nhs-gp";

/// Everything prepared once: databases in which the earlier files are loaded, and the file that will be interrupted.
pub struct Scene {
    engine: Engine,
    name: String,
    folder: tempfile::TempDir,
}

impl Scene {
    pub async fn on(engine: Engine, seed: u64) -> Self {
        let name = format!("scene_{}_{seed}", std::process::id());
        let scene = Self { engine, name, folder: tempfile::tempdir().unwrap() };
        invent(200, seed, &scene.path("population"));
        scene.write_files();
        match engine {
            Engine::Sqlite => {
                let here = Installation::new(TestDatabases::sqlite().await);
                scene.load_the_earlier_files(&here);
                fs::copy(here.path("secret/key"), scene.path("key")).unwrap();
                for file in ["data/data.db", "keys/keys.db"] {
                    fs::copy(here.path(file), scene.path(file.split('/').next_back().unwrap())).unwrap();
                }
            }
            Engine::Postgres => drop(scene.fresh().await),
        }
        scene
    }

    /// The file that is loaded.
    pub fn file(&self) -> PathBuf {
        self.path("whole.csv")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The file, with its first rows as they were before, and the whole with some rows spoiled.
    fn write_files(&self) {
        let (header, rows) = feed_files::read(&self.path(&format!("population/{SOURCE}.csv")));
        let at = |name: &str| header.iter().position(|column| column == name).unwrap();
        let mut earlier: Vec<Vec<String>> = rows.iter().take(rows.len() / 4).cloned().collect();
        for row in &mut earlier {
            row[at("effective_at")] = "2020-01-01".to_owned();
            row[at("alias_2_surname")] = "Earlier".to_owned();
            row[at("alias_2_forenames")] = "Anna".to_owned();
        }
        feed_files::write(&self.path("earlier.csv"), &header, &earlier);
        // Enough rows for several groups: the same children once more under other ids.
        let mut whole = rows.clone();
        whole.extend(rows.iter().cloned().map(|mut row| {
            row[at("record_id")] += "-again";
            row
        }));
        for row in whole.iter_mut().step_by(17) {
            row[at("date_of_birth")] = "31/02/2015".to_owned();
        }
        feed_files::write(&self.path("whole.csv"), &header, &whole);
    }

    fn load_the_earlier_files(&self, here: &Installation) {
        here.load("schools-census", &self.path("population/schools-census.csv")).ended(0);
        here.load(SOURCE, &self.path("earlier.csv")).ended(0);
    }

    /// The same databases for each: same keys, same records, same random ids.
    pub async fn fresh(&self) -> Installation {
        match self.engine {
            Engine::Sqlite => {
                let here = Installation::new(TestDatabases::sqlite().await);
                for (folder, file) in [("data", "data.db"), ("keys", "keys.db")] {
                    fs::create_dir_all(here.path(folder)).unwrap();
                    fs::copy(self.path(file), here.path(folder).join(file)).unwrap();
                }
                fs::copy(self.path("key"), here.path("secret/key")).unwrap();
                here
            }
            Engine::Postgres => {
                let db = TestDatabases::postgres_copied(&self.name, |data_url, keys_url| async move {
                    let mut here = Installation::new(TestDatabases::sqlite().await);
                    (here.db.data_url, here.db.keys_url) = (data_url, keys_url);
                    here.configure("");
                    self.load_the_earlier_files(&here);
                    fs::copy(here.path("secret/key"), self.path("key")).unwrap();
                })
                .await;
                let here = Installation::new(db);
                fs::copy(self.path("key"), here.path("secret/key")).unwrap();
                here
            }
        }
    }

    /// Removes what outlives the value.
    pub async fn end(&self) {
        if self.engine == Engine::Postgres {
            TestDatabases::drop_template(&self.name).await;
        }
    }
}
