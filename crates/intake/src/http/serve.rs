//! Serving: one listener with TLS, HTTP/1.1 alone, graceful end.

use std::future::Future;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use rustls::ServerConfig;

use super::client::Admit;
use super::limits::Limits;
use super::router::router;
use super::state::HttpDoor;
use crate::places::Places;

/// More headers, or longer ones, than any client of ours sends are answered 431.
const HEADERS: usize = 64;
const HEADER_BYTES: usize = 32 * 1024;

/// Serves the door on a listener until `shutdown` is ready, then lets open requests end.
///
/// # Errors
/// When the listener cannot be used.
pub async fn serve(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    door: HttpDoor,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let limits = door.limits();
    serve_routes(listener, tls, (router(door), limits), shutdown).await
}

/// The same of routes that have more around them: see [`router`].
///
/// # Errors
/// When the listener cannot be used.
pub async fn serve_routes(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    (routes, limits): (Router, Limits),
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let handle = Handle::new();
    let ending = handle.clone();
    tokio::spawn(async move {
        shutdown.await;
        ending.graceful_shutdown(Some(limits.end_within));
    });
    let tls = RustlsAcceptor::new(RustlsConfig::from_config(tls)).handshake_timeout(limits.handshake_within);
    let mut server = axum_server::from_tcp(listener)?
        .handle(handle)
        .acceptor(Admit::new(tls, Places::new(limits.connections)))
        .first_request_timeout(limits.headers_within)
        .http1_only();
    server
        .http_builder()
        .http1()
        .header_read_timeout(limits.headers_within)
        .max_headers(HEADERS)
        .max_buf_size(HEADER_BYTES);
    server.serve(routes.into_make_service()).await
}
