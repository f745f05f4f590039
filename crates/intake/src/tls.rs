//! TLS of the doors: one certificate of the service for HTTPS and MLLP, and what a client's certificate has to be.

mod any_client;
mod identity;

pub use identity::{Identity, TlsFault};

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::server::NoServerSessionStorage;
use rustls::version::{TLS12, TLS13};
use sha2::{Digest as _, Sha256};

use self::any_client::AnyClient;

/// Whether a connection without a client certificate is let through the handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clients {
    /// A client may show one: over HTTPS, where a signed assertion is the other way to prove who it is.
    MayShow,
    /// Every client shows one: over MLLP, which has no other way.
    MustShow,
}

/// What every listener of the doors is given. Sessions are not resumed: a certificate is proved, and its days looked at, at every
/// connection.
///
/// # Errors
///
/// [`TlsFault`], when the library takes none of the settings.
pub fn server_config(
    identity: &Identity,
    clients: Clients,
    protocols: &[&str],
) -> Result<Arc<ServerConfig>, TlsFault> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(TlsFault::Library)?
        .with_client_cert_verifier(Arc::new(AnyClient::new(clients)))
        .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(identity.certified())));
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// What a registered client certificate is known by: the SHA-256 of its DER form, as `openssl x509 -fingerprint -sha256` prints it.
#[must_use]
pub fn fingerprint(der: &[u8]) -> [u8; 32] {
    Sha256::digest(der).into()
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
