//! The manifest beside a feed file, `FILE.manifest.json`: which file of its source this is, and how it can be told whole.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::civil::Date;
use serde::Deserialize;
use service::{FileKind, Numbered, Promise};

/// What a manifest says. Anything else in it is a fault: a misspelt count would check nothing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    kind: Kind,
    sequence: i64,
    rows: u64,
    sha256: String,
    as_of: Date,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Full,
    Delta,
}

/// What the command says about the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// What their manifests say; a file without one is a delta that follows nothing.
    AsManifest,
    /// `--full`
    Full,
    /// `--delta`
    Delta,
}

impl Manifest {
    /// The manifest of a file; nothing where there is none and none is needed.
    pub fn beside(file: &Path, wanted: Wanted) -> anyhow::Result<Option<Self>> {
        let path = place(file);
        if !path.exists() {
            anyhow::ensure!(
                wanted != Wanted::Full,
                "{} has no manifest: a full file ends what it lacks, so {} must say its number, rows and SHA-256; nothing was \
                 loaded",
                file.display(),
                path.display()
            );
            return Ok(None);
        }
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("the manifest {} cannot be read", path.display()))?;
        let manifest: Self = serde_json::from_str(&text).with_context(|| {
            format!(
                "the manifest {} is not one: it holds kind (full or delta), sequence, rows, sha256 and as_of (a day)",
                path.display()
            )
        })?;
        let other = match wanted {
            Wanted::AsManifest => None,
            Wanted::Full => (manifest.kind != Kind::Full).then_some("a delta, and --full was said"),
            Wanted::Delta => (manifest.kind != Kind::Delta).then_some("a full file, and --delta was said"),
        };
        if let Some(other) = other {
            anyhow::bail!("the manifest {} says {other}; nothing was loaded", path.display());
        }
        anyhow::ensure!(
            manifest.sequence >= 1,
            "the manifest {} gives the number {}: files are numbered from 1; nothing was loaded",
            path.display(),
            manifest.sequence
        );
        Ok(Some(manifest))
    }

    /// What it says of a file.
    pub fn promise(self, file: &Path) -> Promise {
        let kind = match self.kind {
            Kind::Full => FileKind::Full,
            Kind::Delta => FileKind::Delta,
        };
        Promise {
            numbered: Numbered { kind, sequence: self.sequence, as_of: self.as_of },
            rows: self.rows,
            sha256: self.sha256,
            said_in: format!("its manifest {}", place(file).display()),
        }
    }
}

fn place(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".manifest.json");
    PathBuf::from(name)
}
