//! `contactpoint backup`: copies of both stores that open nothing once what was destroyed is older than the horizon, and the one
//! file of generation keys with which those of now are opened.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use service::Directory;

use crate::config::Config;
use crate::{installation, serve, system};

/// What `backup` is given.
#[derive(Args)]
pub struct BackupArgs {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Copy the data into a new file of this folder (SQLite).
    #[arg(long, value_name = "FOLDER")]
    data_to: Option<PathBuf>,
    /// Copy the key store, without its generation keys, into a new file of this folder (SQLite).
    #[arg(long, value_name = "FOLDER")]
    keys_to: Option<PathBuf>,
    /// The file of the generation keys: replaced by those of now.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "data_to",
        required_if_eq("return_keys", "true")
    )]
    generations: Option<PathBuf>,
    /// After a restore: put the generation keys of the file into the key store, instead of copying.
    #[arg(long = "return", conflicts_with_all = ["data_to", "keys_to"])]
    return_keys: bool,
}

/// Runs the command.
pub fn run(args: BackupArgs) -> anyhow::Result<ExitCode> {
    args.check()?;
    let config = Config::read(&args.config)?;
    installation::run(async {
        match (&args.generations, args.return_keys) {
            (Some(generations), true) => give_back(&config, generations).await?,
            _ => copy(&config, &args).await?,
        }
        Ok(ExitCode::SUCCESS)
    })
}

impl BackupArgs {
    /// Refuses what would put copies beside what opens them.
    fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.keys_to.is_none() || self.generations.is_some(),
            "a copy of the key store opens nothing without the generation keys: name their file with --generations, apart from \
             both folders"
        );
        anyhow::ensure!(
            self.data_to.is_none() || self.data_to != self.keys_to,
            "the two copies are to lie apart: name another folder with --keys-to than with --data-to"
        );
        let Some(file) = &self.generations else { return Ok(()) };
        for folder in [&self.data_to, &self.keys_to].into_iter().flatten() {
            anyhow::ensure!(
                !absolute(file)?.starts_with(absolute(folder)?),
                "{} lies in {}, and would be kept with the copies it opens: name a file elsewhere, of which each backup leaves one \
                 alone",
                file.display(),
                folder.display()
            );
        }
        Ok(())
    }
}

/// With links followed where the path exists.
fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    let whole = std::path::absolute(path).with_context(|| format!("{} is no path", path.display()))?;
    let mut at = whole.as_path();
    loop {
        if let Ok(found) = at.canonicalize() {
            return Ok(whole.strip_prefix(at).map_or(found.clone(), |rest| found.join(rest)));
        }
        match at.parent() {
            Some(parent) => at = parent,
            None => return Ok(whole),
        }
    }
}

async fn copy(config: &Config, args: &BackupArgs) -> anyhow::Result<()> {
    let directory = installation::open(config, &serve::database_options(), system::world()).await?;
    let done = copied(&directory, args).await;
    serve::hand_to_witness(&directory, &config.audit.witness_file).await?;
    directory.close().await;
    done
}

/// The data first, then the keys, then what opens the keys: nothing is then copied that could not be opened.
async fn copied(directory: &Directory, args: &BackupArgs) -> anyhow::Result<()> {
    let now = directory.now().strftime("%Y-%m-%dT%H%M%SZ").to_string();
    if let Some(folder) = &args.data_to {
        installation::private_folder(folder)?;
        let file = folder.join(format!("contactpoint-{now}.db"));
        directory.back_data_up(&file).await?;
        println!("{}", file.display());
    }
    if let Some(folder) = &args.keys_to {
        installation::private_folder(folder)?;
        let file = folder.join(format!("keys-{now}.db"));
        directory.back_keys_up(&file).await?;
        println!("{}", file.display());
    }
    if let Some(file) = &args.generations {
        let text = directory.generation_keys().await?;
        replace(file, &text).with_context(|| {
            format!(
                "{} could not be replaced, and without it the copy of the key store opens nothing: see to the file, and run the \
                 command again",
                file.display()
            )
        })?;
        println!("{}", file.display());
    }
    Ok(())
}

/// Replaces the file whole, so that at any moment there is the old one or the new one.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let mut new = file.as_os_str().to_owned();
    new.push(".new");
    let new = PathBuf::from(new);
    // What a power cut left half written.
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    written.write_all(text.as_bytes())?;
    written.sync_all()?;
    std::fs::rename(&new, file)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

async fn give_back(config: &Config, generations: &Path) -> anyhow::Result<()> {
    let key = config.keys.load()?;
    let text = std::fs::read_to_string(generations)
        .with_context(|| format!("the generation keys {} cannot be read", generations.display()))?;
    let (data, keys) = (&config.database.url, &config.keys.url);
    let returned = service::return_generations(data, keys, &serve::database_options(), &key, &text)
        .await
        .with_context(|| format!("no generation key of {} was returned", generations.display()))?;
    println!("{} generation keys returned", returned.returned);
    if let Some(generation) = returned.shut {
        println!(
            "The copy is older than the horizon: what generation {generation} wraps in it stays shut, because its key was destroyed. \
             Restore a newer copy of the key store."
        );
    }
    Ok(())
}
