//! What the handshake asks of a client's certificate: that its days have begun and are not over, and that the client has its key.
//!
//! Who signed it does not count. Which source a certificate belongs to is what two people registered in the directory, by the
//! certificate's SHA-256 (rule 11.1), so any authority, and none, will do; a certificate nobody registered proves nothing and is
//! answered as no certificate is.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

use super::identity::days_of;
use super::{Clients, fingerprint, provider};

#[derive(Debug)]
pub(super) struct AnyClient {
    clients: Clients,
    provider: Arc<CryptoProvider>,
}

impl AnyClient {
    pub(super) fn new(clients: Clients) -> Self {
        Self { clients, provider: provider() }
    }
}

impl ClientCertVerifier for AnyClient {
    fn client_auth_mandatory(&self) -> bool {
        self.clients == Clients::MustShow
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let fault = match (days_of(certificate), i64::try_from(now.as_secs())) {
            (Some((from, _)), Ok(now)) if now < from => CertificateError::NotValidYet,
            (Some((_, until)), Ok(now)) if now > until => CertificateError::Expired,
            (Some(_), Ok(_)) => return Ok(ClientCertVerified::assertion()),
            _ => CertificateError::BadEncoding,
        };
        // The digest names the certificate to those who registered it, and nobody to anybody else.
        let sha256 = hex::encode(fingerprint(certificate));
        tracing::warn!(%sha256, ?fault, "a client certificate was refused: its source needs a new one, registered anew");
        Err(Error::InvalidCertificate(fault))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
