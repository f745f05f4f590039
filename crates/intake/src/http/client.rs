//! Who is at the other end of a connection, as the handshake proved it: handed on with every request of the connection.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use axum::Extension;
use axum::middleware::AddExtension;
use axum_server::accept::Accept;
use axum_server::tls_rustls::RustlsAcceptor;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::server::TlsStream;
use tower::Layer as _;

use crate::tls::fingerprint;

/// What a connection proved.
#[derive(Clone)]
pub(super) struct Client {
    /// The SHA-256 of the certificate whose key the client has.
    pub(super) certificate: Option<[u8; 32]>,
    /// Its place among the connections, free again when the connection ends.
    _place: Arc<OwnedSemaphorePermit>,
}

/// Lets a connection through the handshake while there is room for it.
#[derive(Clone)]
pub(super) struct Admit {
    tls: RustlsAcceptor,
    places: Arc<Semaphore>,
}

impl Admit {
    pub(super) fn new(tls: RustlsAcceptor, connections: usize) -> Self {
        Self { tls, places: Arc::new(Semaphore::new(connections)) }
    }
}

/// The service of a connection, which knows the client.
type Knowing<I, S> = AddExtension<<RustlsAcceptor as Accept<I, S>>::Service, Client>;

impl<I, S> Accept<I, S> for Admit
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Send + 'static,
{
    type Stream = TlsStream<I>;
    type Service = Knowing<I, S>;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let (tls, places) = (self.tls.clone(), Arc::clone(&self.places));
        Box::pin(async move {
            let place = places.try_acquire_owned().map_err(|_| {
                tracing::warn!("a source system was turned away: as many connections are open as may be");
                io::Error::from(io::ErrorKind::ResourceBusy)
            })?;
            let (stream, service) = tls.accept(stream, service).await?;
            let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
            let certificate = shown.map(|certificate| fingerprint(certificate));
            let client = Client { certificate, _place: Arc::new(place) };
            Ok((stream, Extension(client).layer(service)))
        })
    }
}
