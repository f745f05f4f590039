//! Serving: one listener, graceful end.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use axum_server::Handle;

use crate::router::router;
use crate::state::AppState;

/// How long a browser may take to send its headers, and how long open requests get at the end.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
const END_WITHIN: Duration = Duration::from_secs(10);

/// Serves the pages on a listener until `shutdown` is ready, then lets open requests end.
///
/// # Errors
/// When the listener cannot be used.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let handle = Handle::new();
    let ending = handle.clone();
    tokio::spawn(async move {
        shutdown.await;
        ending.graceful_shutdown(Some(END_WITHIN));
    });
    let mut server = axum_server::from_tcp(listener)?.handle(handle);
    server.http_builder().http1().header_read_timeout(HEADERS_WITHIN);
    server.serve(router(state).into_make_service_with_connect_info::<SocketAddr>()).await
}
