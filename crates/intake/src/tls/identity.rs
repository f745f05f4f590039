//! The service's own certificate and key, read from two files.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::provider;

/// Why the service has no certificate to show.
#[derive(Debug, thiserror::Error)]
pub enum TlsFault {
    /// A file cannot be read.
    #[error("{} cannot be read ({error}): give a file that the service's user may read", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file holds no certificate.
    #[error(
        "{} holds no certificate: give the certificate, then those that signed it, as PEM (-----BEGIN CERTIFICATE-----)",
        .0.display()
    )]
    NoCertificate(PathBuf),
    /// A file holds no key.
    #[error("{} holds no private key: give it as PEM, without a password (-----BEGIN PRIVATE KEY-----)", .0.display())]
    NoKey(PathBuf),
    /// Everybody on the host may read the key.
    #[error("{} can be read by everybody on this host: chmod 600, and if others have seen it, make a new one", .0.display())]
    OpenKey(PathBuf),
    /// The key is of another certificate, or of a kind that is not taken.
    #[error(
        "the key in {} is not that of the certificate in {} ({error}): give the two that were made together",
        .key.display(),
        .certificate.display()
    )]
    DoNotBelong {
        /// The key's file.
        key: PathBuf,
        /// The certificate's file.
        certificate: PathBuf,
        /// What the library says.
        error: rustls::Error,
    },
    /// The certificate's days are over.
    #[error("the certificate in {} ended on {until}: put a new one there", .file.display())]
    Ended {
        /// The certificate's file.
        file: PathBuf,
        /// Its end.
        until: Timestamp,
    },
    /// The library takes none of the settings.
    #[error("TLS cannot be set up: {0}")]
    Library(rustls::Error),
}

/// The service's own certificate with its key.
#[derive(Debug, Clone)]
pub struct Identity {
    certified: Arc<CertifiedKey>,
}

impl Identity {
    /// Reads a certificate (with those that signed it) and its key, both PEM.
    ///
    /// # Errors
    ///
    /// [`TlsFault`], which names the file and the remedy.
    pub fn read(certificate_file: &Path, key_file: &Path, now: Timestamp) -> Result<Self, TlsFault> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&read(certificate_file)?)
            .collect::<Result<_, _>>()
            .ok()
            .filter(|chain: &Vec<_>| !chain.is_empty())
            .ok_or_else(|| TlsFault::NoCertificate(certificate_file.to_owned()))?;
        let mode =
            std::fs::metadata(key_file).map_err(|error| unreadable(key_file, error))?.permissions().mode();
        if mode & 0o007 != 0 {
            return Err(TlsFault::OpenKey(key_file.to_owned()));
        }
        let key = PrivateKeyDer::from_pem_slice(&read(key_file)?)
            .map_err(|_| TlsFault::NoKey(key_file.to_owned()))?;
        let days = chain.first().and_then(|certificate| days_of(certificate));
        let (_, until) = days.ok_or_else(|| TlsFault::NoCertificate(certificate_file.to_owned()))?;
        if now.as_second() > until {
            let until = Timestamp::from_second(until).unwrap_or(Timestamp::MAX);
            return Err(TlsFault::Ended { file: certificate_file.to_owned(), until });
        }
        let certified =
            CertifiedKey::from_der(chain, key, &provider()).map_err(|error| TlsFault::DoNotBelong {
                key: key_file.to_owned(),
                certificate: certificate_file.to_owned(),
                error,
            })?;
        Ok(Self { certified: Arc::new(certified) })
    }

    pub(super) fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }
}

fn read(file: &Path) -> Result<Vec<u8>, TlsFault> {
    std::fs::read(file).map_err(|error| unreadable(file, error))
}

fn unreadable(file: &Path, error: io::Error) -> TlsFault {
    TlsFault::Unreadable { file: file.to_owned(), error }
}

/// When a certificate begins and ends, in seconds UTC; none of what is not one.
pub(super) fn days_of(der: &[u8]) -> Option<(i64, i64)> {
    let (rest, certificate) = X509Certificate::from_der(der).ok()?;
    let days = certificate.validity();
    rest.is_empty().then(|| (days.not_before.timestamp(), days.not_after.timestamp()))
}
