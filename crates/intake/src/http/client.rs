//! Who is at the other end of a connection, as the handshake proved it: handed on with every request of the connection.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use axum::Extension;
use axum::middleware::AddExtension;
use axum_server::accept::Accept;
use axum_server::tls_rustls::RustlsAcceptor;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tower::Layer as _;

use crate::places::{Place, Places};
use crate::tls::fingerprint;

/// What a connection proved.
#[derive(Clone)]
pub(super) struct Client {
    /// The SHA-256 of the certificate whose key the client has.
    pub(super) certificate: Option<[u8; 32]>,
    /// Its place among the connections.
    pub(super) place: Arc<Place>,
}

/// Lets a connection through the handshake while there is room for it.
#[derive(Clone)]
pub(super) struct Admit {
    tls: RustlsAcceptor,
    places: Places,
}

impl Admit {
    pub(super) fn new(tls: RustlsAcceptor, places: Places) -> Self {
        Self { tls, places }
    }
}

/// The service of a connection, which knows the client.
type Knowing<S> = AddExtension<<RustlsAcceptor as Accept<TcpStream, S>>::Service, Client>;

impl<S: Send + 'static> Accept<TcpStream, S> for Admit {
    type Stream = TlsStream<TcpStream>;
    type Service = Knowing<S>;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let (tls, places) = (self.tls.clone(), self.places.clone());
        Box::pin(async move {
            let from = stream.peer_addr()?;
            let place = places.enter(from.ip()).ok_or_else(|| {
                tracing::info!(%from, "a client was turned away: too many connections have not proved whose they are");
                io::Error::from(io::ErrorKind::ResourceBusy)
            })?;
            let (stream, service) = tls.accept(stream, service).await?;
            let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
            let certificate = shown.map(|certificate| fingerprint(certificate));
            let client = Client { certificate, place: Arc::new(place) };
            Ok((stream, Extension(client).layer(service)))
        })
    }
}
