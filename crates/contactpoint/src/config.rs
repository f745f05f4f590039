//! The configuration file, checked whole: every fault is reported at once, with the place and the remedy.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use directory::connecting::CredentialKind;
use serde::{Deserialize, Serialize};

/// A service's configuration, from a TOML file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Which space this is: pages of the demo space say that its children are invented.
    #[serde(default)]
    pub space: Space,
    /// Where and under which names it listens.
    pub listen: Listen,
    /// The data store.
    pub database: Database,
    /// The key store, which is backed up apart from the data.
    pub keys: Keys,
    /// The audit trail's witness.
    pub audit: Audit,
    /// Periods, caps and lists; each has the rule book's default.
    #[serde(default)]
    pub policy: service::Policy,
    /// Organisations that take part.
    #[serde(default, rename = "organisation")]
    pub organisations: Vec<OrganisationEntry>,
    /// Systems that feed.
    #[serde(default, rename = "source")]
    pub sources: Vec<SourceEntry>,
    /// Identity providers that organisations bring (OpenID Connect).
    #[serde(default, rename = "identity_provider", skip_serializing_if = "Vec::is_empty")]
    pub identity_providers: Vec<IdentityProviderEntry>,
    /// The doors of source systems that connect over a network; none without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intake: Option<Intake>,
}

/// The doors of source systems.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intake {
    /// The service's certificate and those that signed it, PEM.
    pub certificate_file: PathBuf,
    /// Its key, PEM, which nobody else on the host can read.
    pub key_file: PathBuf,
    /// So many connections of one address that have not proved yet whose they are. Where a load balancer stands before the doors,
    /// every connection has its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_of_one_address: Option<usize>,
    /// JSON, uploads and FHIR over HTTPS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub https: Option<IntakeHttps>,
    /// HL7 version 2 over MLLP with TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mllp: Option<IntakeMllp>,
}

/// The HTTPS door.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntakeHttps {
    /// Address and port, another one than the pages'.
    pub address: SocketAddr,
    /// Host names that requests may carry; the addresses of assertions name one of them.
    pub hosts: Vec<String>,
    /// The system (Patient.identifier) of a source's own numbers in FHIR, by the source's name, where another than the
    /// directory's own was agreed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fhir_systems: BTreeMap<String, String>,
}

/// The MLLP door.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntakeMllp {
    /// Address and port.
    pub address: SocketAddr,
    /// The assigning authority of a source's own numbers in PID-3, by the source's name, where one was agreed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub assigning_authorities: BTreeMap<String, String>,
}

/// An organisation's identity provider as the configuration declares it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityProviderEntry {
    /// What addresses call it: small letters, digits and hyphens.
    pub id: String,
    /// What pages call it.
    pub name: String,
    /// Its issuer, exactly as its tokens name it.
    pub issuer: String,
    /// What it calls this service.
    pub client_id: String,
    /// The file that holds the secret it gave this service.
    pub client_secret_file: PathBuf,
    /// The organisation whose people it knows, by name.
    pub organisation: String,
    /// Values of `acr` that mean a second factor.
    #[serde(default)]
    pub acr_values: Vec<String>,
    /// Values of `amr` that mean a second factor.
    #[serde(default)]
    pub amr_values: Vec<String>,
    /// Certificates (PEM) of authorities that the system does not trust already.
    #[serde(default)]
    pub roots_file: Option<PathBuf>,
}

/// Live, training, rehearsal or demo: separate databases and key rings (decision 13).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Space {
    /// Real children.
    #[default]
    Live,
    /// Invented children, for showing.
    Demo,
}

impl Space {
    /// As the data store keeps it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Demo => "demo",
        }
    }
}

/// Where the service listens.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// Address and port.
    pub address: SocketAddr,
    /// Host names that requests may carry; anything else is refused.
    pub hosts: Vec<String>,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    #[serde(default)]
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// Whether browsers reach the service over HTTPS (a proxy in front ends TLS).
    #[serde(default = "yes")]
    pub https: bool,
}

fn yes() -> bool {
    true
}

/// The data store.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite:///path/to/file.db` or `postgres://user@host/name`.
    pub url: String,
}

/// The key store.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// `sqlite:///other/path/keys.db` or `postgres://user@host/other_name`.
    pub url: String,
    /// The key-encryption key's file, mode 0600.
    pub key_file: PathBuf,
    /// The key files of two custodians, mode 0600: with them the barrier between identities that are kept apart is in split custody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custodian_files: Option<[PathBuf; 2]>,
}

impl Keys {
    /// The key-encryption key, with those of the custodians where there are.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or two that hold the same key; with the setting's name.
    pub fn load(&self) -> anyhow::Result<vault::KeyEncryptionKey> {
        let key = vault::load_key_file(&self.key_file).context("keys.key_file")?;
        let Some([one, other]) = &self.custodian_files else { return Ok(key) };
        let load = |file| vault::load_key_file(file).context("keys.custodian_files");
        key.with_custodians([load(one)?, load(other)?]).context("keys.custodian_files")
    }
}

/// The audit trail.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// The file checkpoints are appended to, on a disk the data's administrators cannot write.
    pub witness_file: PathBuf,
}

/// An organisation as the configuration declares it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationEntry {
    /// Its name, unique.
    pub name: String,
    /// `authority`, `national_partner`, `partner` or `national_source`.
    pub kind: String,
    /// The GSS code of its authority, for an authority or a partner under one.
    #[serde(default)]
    pub authority: Option<String>,
    /// Organisation accreditation: the day it ends, `YYYY-MM-DD`.
    #[serde(deserialize_with = "a_day")]
    pub accredited_until: jiff::civil::Date,
}

/// A day as TOML writes it, bare or between quotes.
fn a_day<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<jiff::civil::Date, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Bare(toml::value::Datetime),
        Quoted(String),
    }
    let text = match Written::deserialize(deserializer)? {
        Written::Bare(day) => day.to_string(),
        Written::Quoted(text) => text,
    };
    text.parse().map_err(|_| serde::de::Error::custom("a day is written YYYY-MM-DD"))
}

/// The same where there may be none.
fn some_day<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<jiff::civil::Date>, D::Error> {
    a_day(deserializer).map(Some)
}

/// A feeding system as the configuration declares it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceEntry {
    /// Its name, as `load --source` takes it.
    pub name: String,
    /// The feed profile, such as `nhs-gp`.
    pub profile: String,
    /// The organisation it belongs to, by name.
    pub organisation: String,
    /// How much its values count against others': a smaller number wins (rule 10.16).
    pub precedence: i64,
    /// Whether it promises to hold each child once.
    #[serde(default)]
    pub one_record_per_child: bool,
    /// The last day on which its product and its installation count as accredited because this file says so (rule 10.6). Without
    /// one that is its organisation's, and in a live space none: there people accredit them in the product.
    #[serde(default, deserialize_with = "some_day", skip_serializing_if = "Option::is_none")]
    pub accredited_until: Option<jiff::civil::Date>,
    /// By what it proves who it is over a network: `client_certificate:` or `signing_key:` and the SHA-256 in 64 hexadecimal
    /// digits. In a live space a person confirms each in the product before it counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credentials: Vec<String>,
}

impl SourceEntry {
    /// Its credentials, each as kind and digest.
    ///
    /// # Errors
    ///
    /// The first that is not of this shape, with the remedy.
    pub fn declared_credentials(&self) -> Result<Vec<(CredentialKind, String)>, String> {
        self.credentials.iter().map(|written| credential(written)).collect()
    }
}

fn credential(written: &str) -> Result<(CredentialKind, String), String> {
    let parsed = written.split_once(':').and_then(|(kind, digest)| {
        let digest: String = digest.chars().filter(|it| *it != ':').collect::<String>().to_ascii_lowercase();
        let sound = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        Some((CredentialKind::from_code(kind)?, sound.then_some(digest)?))
    });
    parsed.ok_or_else(|| {
        format!(
            "the credential \"{written}\" is not one: write client_certificate:DIGEST or signing_key:DIGEST, with the SHA-256 in \
             64 hexadecimal digits"
        )
    })
}

impl Config {
    /// Reads and parses the file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is not of this shape; the message names the file, the line and the field.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| {
            format!("the configuration file {} cannot be read; give --config FILE", path.display())
        })?;
        toml::from_str(&text).with_context(|| {
            format!("the configuration file {} is not of the expected shape", path.display())
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::{CredentialKind, SourceEntry, credential};

    #[test]
    fn a_credential_is_a_kind_and_a_digest_in_any_spelling_of_its_digits() {
        let digest = "ab".repeat(32);
        let spelt = format!("client_certificate:{}AB", "AB:".repeat(31));
        assert_eq!(credential(&spelt), Ok((CredentialKind::ClientCertificate, digest.clone())));
        for wrong in [digest.clone(), format!("password:{digest}"), "signing_key:abc".to_owned()] {
            assert!(credential(&wrong).unwrap_err().contains("64 hexadecimal digits"), "{wrong}");
        }
    }

    #[test]
    fn the_day_of_a_source_is_written_bare_or_quoted_or_not_at_all() {
        let source = "name = \"a\"\nprofile = \"b\"\norganisation = \"c\"\nprecedence = 1\n";
        let day = Some(jiff::civil::date(2027, 3, 31));
        for (written, expected) in
            [("", None), ("accredited_until = 2027-03-31", day), ("accredited_until = \"2027-03-31\"", day)]
        {
            let entry: SourceEntry = toml::from_str(&format!("{source}{written}")).unwrap();
            assert_eq!(entry.accredited_until, expected, "{written}");
        }
        assert!(toml::from_str::<SourceEntry>(&format!("{source}accredited_until = 2027")).is_err());
    }
}
