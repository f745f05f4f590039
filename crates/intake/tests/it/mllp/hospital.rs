//! What a hospital sends, and what it hears.

use feeds::hl7::framed;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// A message of this event, number, record and date of birth.
pub fn message(event: &str, number: &str, record: &str, born: &str) -> String {
    [
        format!(r"MSH|^~\&|PAS|RXX01|ContactPoint|LEEDS|20260301120000||ADT^{event}|{number}|P|2.5.1||||||UNICODE UTF-8"),
        "EVN||202603011158".to_owned(),
        format!("PID|1||{record}^^^RXX01^MR||Lister^Amelia^^^^^L||{born}|F|||12 Mill Lane^^Leeds^^LS1 4AP^GBR^H"),
        "PV1|1|I|WARD 7".to_owned(),
    ]
    .join("\r")
}

pub fn in_frame(event: &str, number: &str, record: &str, born: &str) -> Vec<u8> {
    framed(&message(event, number, record, born))
}

/// Sends bytes and does not wait.
pub async fn send(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) {
    stream.write_all(bytes).await.unwrap();
    stream.flush().await.unwrap();
}

/// The next answer, without its frame; none when the connection was closed.
pub async fn answer(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        match stream.read_u8().await {
            Ok(0x0B) => bytes.clear(),
            Ok(0x1C) => {
                let _ = stream.read_u8().await;
                return Some(String::from_utf8(bytes).unwrap());
            }
            Ok(byte) => bytes.push(byte),
            Err(_) => return None,
        }
    }
}

/// Code and number of the message that an answer is about, and what ERR says.
pub fn acknowledged(answer: &str) -> (String, String, String) {
    let segment = |name: &str| answer.split('\r').find(|line| line.starts_with(name)).unwrap_or_default();
    let of = |line: &str, field: usize| line.split('|').nth(field).unwrap_or_default().to_owned();
    (of(segment("MSA"), 1), of(segment("MSA"), 2), segment("ERR").to_owned())
}
