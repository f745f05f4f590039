//! Opening what a configuration describes.

use std::path::Path;

use anyhow::Context as _;
use jiff::tz::TimeZone;
use service::{Directory, NewOrganisation, NewSource, Policy, World};

use crate::config::{Config, SourceEntry, Space};

/// Opens the service a configuration describes and declares its organisations and sources.
pub async fn open(config: &Config, options: &store::Options, world: World) -> anyhow::Result<Directory> {
    let key = config.keys.load()?;
    let policy: Policy = config.policy.clone();
    let directory =
        Directory::open(&config.database.url, &config.keys.url, options, key, policy, world).await?;
    let https = config.intake.as_ref().and_then(|intake| intake.https.as_ref());
    let directory =
        directory.with_own_systems(https.map(|https| https.fhir_systems.clone()).unwrap_or_default());
    directory.bind_to_space(config.space.name()).await?;
    declare(&directory, config).await?;
    Ok(directory)
}

/// Refuses to go on with data that lacks acts of the journal: it was restored from a backup, and would show what was shielded
/// and bring back what was destroyed since (decision 3).
pub async fn has_the_journal(directory: &Directory) -> anyhow::Result<()> {
    let missing = directory.missing_from_journal().await?.missing();
    anyhow::ensure!(
        missing == 0,
        "the data lacks {missing} acts that the journal in the key store holds: it was restored from an older backup, or \
         the power failed in the middle of them. Run `contactpoint retention --config FILE --replay` first"
    );
    Ok(())
}

async fn declare(directory: &Directory, config: &Config) -> anyhow::Result<()> {
    for entry in &config.organisations {
        let end = entry
            .accredited_until
            .to_zoned(TimeZone::UTC)
            .context("an accreditation ends at no real date")?;
        directory
            .declare_organisation(NewOrganisation {
                name: entry.name.clone(),
                kind: entry.kind.clone(),
                authority_code: entry.authority.clone(),
                accredited_until: end.timestamp(),
            })
            .await?;
    }
    for entry in &config.sources {
        directory
            .declare_source(NewSource {
                name: entry.name.clone(),
                profile: entry.profile.clone(),
                organisation: entry.organisation.clone(),
                precedence: entry.precedence,
                one_record_per_child: entry.one_record_per_child,
                accredited_until: declared_until(config, entry),
            })
            .await?;
        let credentials = entry.declared_credentials().map_err(anyhow::Error::msg)?;
        directory.declare_credentials(&entry.name, &credentials, config.space != Space::Live).await?;
    }
    Ok(())
}

/// Until when a source counts as accredited by what the file says.
fn declared_until(config: &Config, source: &SourceEntry) -> Option<jiff::civil::Date> {
    let organisation = config.organisations.iter().find(|entry| entry.name == source.organisation);
    let by_default = organisation.filter(|_| config.space != Space::Live).map(|entry| entry.accredited_until);
    source.accredited_until.or(by_default)
}

/// Makes a folder only its owner may enter.
pub fn private_folder(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("the folder {} cannot be made", path.display()))
}

/// Runs a command's future on a runtime of its own.
pub fn run<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the program cannot start its threads")?
        .block_on(work)
}
