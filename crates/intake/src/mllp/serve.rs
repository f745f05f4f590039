//! The listener: takes connections in, each in a task of its own, so that whatever becomes of one touches no other.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::MllpDoor;
use super::conversation::{Ended, converse, end};
use crate::places::Place;
use crate::tls::fingerprint;

/// Where connections cannot be taken for a moment, such as when the process has no file left, it is tried again after this.
const TRY_AGAIN: Duration = Duration::from_millis(200);

/// Serves the door on a listener until `stopped` says so; then messages that came whole are answered and connections closed.
///
/// # Errors
/// When the listener cannot be used.
pub async fn serve(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    door: MllpDoor,
    mut stopped: watch::Receiver<bool>,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let acceptor = TlsAcceptor::from(tls);
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = end(&mut stopped) => break,
            Some(ended) = connections.join_next() => {
                note_panic(ended);
                continue;
            }
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, from)) => {
                let Some(place) = door.enter(from.ip()) else {
                    tracing::info!(%from, "a connection is closed: too many have not proved whose they are");
                    continue;
                };
                let (door, acceptor, stopped) = (door.clone(), acceptor.clone(), stopped.clone());
                connections.spawn(async move {
                    note(from, &connection(&door, &acceptor, &place, stream, stopped).await);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(TRY_AGAIN).await;
            }
        }
    }
    drop(listener);
    let all_ended = async {
        while let Some(ended) = connections.join_next().await {
            note_panic(ended);
        }
    };
    if timeout(door.limits.end_within, all_ended).await.is_err() {
        tracing::warn!("connections were still open at the end and are given up");
    }
    Ok(())
}

async fn connection(
    door: &MllpDoor,
    acceptor: &TlsAcceptor,
    place: &Place,
    stream: TcpStream,
    stopped: watch::Receiver<bool>,
) -> Ended {
    // An answer is small and waited for.
    let _ = stream.set_nodelay(true);
    let stream = match timeout(door.limits.handshake_within, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Ended::Failed(error),
        Err(_) => return Ended::TooSlow,
    };
    let certificates = stream.get_ref().1.peer_certificates();
    let Some(certificate) = certificates.and_then(<[_]>::first).map(|der| fingerprint(der)) else {
        return Ended::Unknown;
    };
    converse(door, &certificate, place, stream, stopped).await
}

fn note(from: SocketAddr, ended: &Ended) {
    match ended {
        Ended::Closed { inside: false } | Ended::Stopped => {
            tracing::debug!(%from, ?ended, "a connection ended")
        }
        Ended::Closed { inside: true } => {
            tracing::info!(%from, "a connection was closed in the middle of a message, which was not acknowledged");
        }
        Ended::Unframed(unframed) => {
            tracing::info!(%from, %unframed, "a connection was no MLLP and is closed")
        }
        Ended::Unknown => tracing::info!(
            %from,
            "a connection is closed because its certificate is no source's: register its fingerprint and have a second person confirm it"
        ),
        Ended::Crowded => {
            tracing::info!(%from, "a connection is closed: its source has as many open as it may")
        }
        Ended::TooSlow => tracing::info!(%from, "a connection said nothing for too long and is closed"),
        Ended::Failed(error) => tracing::info!(%from, %error, "a connection failed"),
        Ended::System(error) => tracing::error!(%from, %error, "a connection is closed"),
    }
}

/// A defect in one connection ends that connection and nothing else.
fn note_panic(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection ended by a defect");
    }
}
