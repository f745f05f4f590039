//! A source's system that speaks to a running service: its certificate and the service's, and a message said over MLLP.

use std::path::Path;
use std::sync::Arc;

use feeds::hl7::framed;
use rcgen::{CertifiedKey, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::installation::Installation;

/// A service whose doors are open, as those know it who connect.
pub struct Service {
    certificate: CertifiedKey<KeyPair>,
}

/// A source's system.
pub struct System {
    certificate: CertifiedKey<KeyPair>,
}

impl Service {
    /// Makes the certificate and puts it where the configuration will name it.
    pub fn of(here: &Installation) -> Self {
        let certificate = certificate();
        std::fs::write(certificate_file(here), certificate.cert.pem()).unwrap();
        write_private(&key_file(here), &certificate.signing_key.serialize_pem());
        Self { certificate }
    }

    /// The certificate as a client is given it.
    #[allow(dead_code, reason = "the bench speaks HTTPS, the tests MLLP alone")]
    pub fn pem(&self) -> String {
        self.certificate.cert.pem()
    }
}

impl System {
    /// Makes its certificate.
    pub fn new() -> Self {
        Self { certificate: certificate() }
    }

    /// The line of its source in the configuration.
    pub fn credentials(&self) -> String {
        let digest = hex::encode(Sha256::digest(self.certificate.cert.der()));
        format!("credentials = [\"client_certificate:{digest}\"]\n")
    }

    /// Its certificate and its key, one behind the other.
    #[allow(dead_code, reason = "the bench speaks HTTPS, the tests MLLP alone")]
    pub fn pem(&self) -> String {
        self.certificate.cert.pem() + &self.certificate.signing_key.serialize_pem()
    }

    /// How it speaks TLS to a service.
    pub fn tls(&self, service: &Service) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(service.certificate.cert.der().clone()).unwrap();
        let key = PrivateKeyDer::try_from(self.certificate.signing_key.serialize_der()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_client_auth_cert(vec![CertificateDer::from(self.certificate.cert.der().to_vec())], key)
            .unwrap();
        Arc::new(config)
    }
}

/// The table of the doors in the configuration.
pub fn intake(here: &Installation) -> String {
    format!(
        "\n[intake]\ncertificate_file = \"{}\"\nkey_file = \"{}\"\n",
        certificate_file(here).display(),
        key_file(here).display(),
    )
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Connects and shakes hands.
pub async fn connect(port: u16, tls: &Arc<ClientConfig>) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::clone(tls)).connect(name, stream).await
}

/// Says one message over MLLP and reads its answer.
pub async fn said(stream: &mut TlsStream<TcpStream>, message: &str) -> std::io::Result<String> {
    stream.write_all(&framed(message)).await?;
    stream.flush().await?;
    let mut answer = Vec::new();
    loop {
        match stream.read_u8().await? {
            0x1C => break,
            byte => answer.push(byte),
        }
    }
    stream.read_u8().await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn certificate_file(here: &Installation) -> std::path::PathBuf {
    here.path("secret/certificate.pem")
}

fn key_file(here: &Installation) -> std::path::PathBuf {
    here.path("secret/intake-key.pem")
}

fn certificate() -> CertifiedKey<KeyPair> {
    rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

fn write_private(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
