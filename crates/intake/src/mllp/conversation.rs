//! One connection: messages in, answers out, in order. Bytes may come one by one or many messages at once.

use std::io;
use std::pin::pin;

use directory::connecting::CredentialKind;
use feeds::hl7::{Frames, Unframed};
use jiff::{SignedDuration, Timestamp};
use service::{ConnectedSource, ServiceError};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::MllpDoor;
use crate::places::Place;

/// How a connection ended.
#[derive(Debug)]
pub enum Ended {
    /// The other side closed it; whether in the middle of a message, which was not acknowledged and is lost.
    Closed {
        /// A message had begun.
        inside: bool,
    },
    /// Nothing was said for too long, or a message did not end, or an answer was not read.
    TooSlow,
    /// It was no MLLP.
    Unframed(Unframed),
    /// The certificate is no source's, or no longer.
    Unknown,
    /// Its source has as many connections as it may.
    Crowded,
    /// The service ends.
    Stopped,
    /// The network failed.
    Failed(io::Error),
    /// The system failed; nothing of the message was answered.
    System(ServiceError),
}

/// For so long it is not asked again whether the certificate still stands.
const ASK_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(1);

/// Who speaks, and when that was asked.
struct Speaker {
    source: ConnectedSource,
    asked: Timestamp,
}

/// Answers whatever a connection says, until it ends or the service does. `certificate` is the SHA-256 of what the client proved
/// that it has; whose that is, is asked here, and again before a message when a second has gone by: a connection may live for
/// weeks, and a credential that is taken back counts at once.
pub async fn converse(
    door: &MllpDoor,
    certificate: &[u8; 32],
    place: &Place,
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    mut stopped: watch::Receiver<bool>,
) -> Ended {
    let mut speaker = match door.speaker(certificate).await {
        Ok(Some(speaker)) => speaker,
        Ok(None) => return Ended::Unknown,
        Err(error) => return Ended::System(error),
    };
    if !place.is_of(speaker.source.name()) {
        return Ended::Crowded;
    }
    let (mut frames, mut buffer) = (Frames::default(), vec![0; 16 * 1024]);
    let mut limit = pin!(sleep(door.limits.idle));
    loop {
        let read = tokio::select! {
            biased;
            () = end(&mut stopped) => None,
            // Asked before reading: bytes that keep coming do not put it off.
            () = &mut limit => return close(stream, Ended::TooSlow).await,
            read = stream.read(&mut buffer) => Some(read),
        };
        let Some(read) = read else { return close(stream, Ended::Stopped).await };
        let bytes = match read {
            Err(error) => return Ended::Failed(error),
            Ok(0) => return Ended::Closed { inside: frames.is_inside() },
            Ok(read) => buffer.get(..read).unwrap_or_default(),
        };
        let was_inside = frames.is_inside();
        let said = match take(door, certificate, &mut speaker, &mut frames, bytes, &mut stream).await {
            Ok(said) => said,
            Err(ended) => return close(stream, ended).await,
        };
        // A message has its time from its first byte to its last, however it is fed.
        if frames.is_inside() {
            if said > 0 || !was_inside {
                limit.set(sleep(door.limits.message_within));
            }
        } else {
            limit.set(sleep(door.limits.idle));
        }
    }
}

/// Ready when the service ends.
pub(super) async fn end(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Answers the messages that end in these bytes; how many.
async fn take(
    door: &MllpDoor,
    certificate: &[u8; 32],
    speaker: &mut Speaker,
    frames: &mut Frames,
    mut bytes: &[u8],
    stream: &mut (impl AsyncWrite + Unpin),
) -> Result<usize, Ended> {
    let mut said = 0;
    while !bytes.is_empty() {
        let (taken, message) = match frames.take(bytes) {
            Ok(taken) => taken,
            Err(unframed) => {
                write(door, stream, &door.answer_to_unframed(unframed)).await?;
                return Err(Ended::Unframed(unframed));
            }
        };
        bytes = bytes.get(taken..).unwrap_or_default();
        if let Some(message) = message {
            if door.now().duration_since(speaker.asked) >= ASK_AGAIN_AFTER {
                *speaker = door.speaker(certificate).await.map_err(Ended::System)?.ok_or(Ended::Unknown)?;
            }
            let answer = door.answer(&speaker.source, &message).await;
            write(door, stream, &answer).await?;
            said += 1;
        }
    }
    Ok(said)
}

async fn write(door: &MllpDoor, stream: &mut (impl AsyncWrite + Unpin), answer: &[u8]) -> Result<(), Ended> {
    let written = timeout(door.limits.answer_within, async {
        stream.write_all(answer).await?;
        stream.flush().await
    });
    match written.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Ended::Failed(error)),
        Err(_) => Err(Ended::TooSlow),
    }
}

/// Takes leave, so that the other side reads what it was answered before the end.
async fn close(mut stream: impl AsyncWrite + Unpin, ended: Ended) -> Ended {
    let _ = timeout(LEAVE_WITHIN, stream.shutdown()).await;
    ended
}

const LEAVE_WITHIN: std::time::Duration = std::time::Duration::from_secs(1);

impl MllpDoor {
    fn now(&self) -> Timestamp {
        self.door.now()
    }

    async fn speaker(&self, certificate: &[u8; 32]) -> Result<Option<Speaker>, ServiceError> {
        let asked = self.now();
        let source = self.door.connect(CredentialKind::ClientCertificate, certificate).await?;
        Ok(source.map(|source| Speaker { source, asked }))
    }
}
