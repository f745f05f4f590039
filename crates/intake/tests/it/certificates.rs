//! Certificates made for one test.

use std::path::{Path, PathBuf};

use intake::tls::fingerprint;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};

/// A certificate that signed itself, with its key.
pub struct Made {
    pub certificate: rcgen::Certificate,
    pub key: KeyPair,
}

impl Made {
    pub fn of(name: &str) -> Self {
        Self::with(name, |_| {})
    }

    /// One whose days are over.
    pub fn ended(name: &str) -> Self {
        Self::with(name, |params| {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        })
    }

    fn with(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let names = vec![name.to_owned(), "127.0.0.1".to_owned()];
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        Self { certificate: params.self_signed(&key).unwrap(), key }
    }

    pub fn sha256(&self) -> [u8; 32] {
        fingerprint(self.certificate.der())
    }

    /// The SHA-256 as the configuration writes it.
    pub fn digest(&self) -> String {
        self.sha256().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Writes both as PEM, the key for its owner alone.
    pub fn write(&self, folder: &Path, name: &str) -> (PathBuf, PathBuf) {
        use std::os::unix::fs::PermissionsExt as _;
        let (certificate, key) = (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key")));
        std::fs::write(&certificate, self.certificate.pem()).unwrap();
        std::fs::write(&key, self.key.serialize_pem()).unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        (certificate, key)
    }
}
