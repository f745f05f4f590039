//! MLLP: how messages stand in a stream of bytes. A vertical tab, the message, a file separator, a carriage return.

/// The longest message, in bytes. Real ones with all their clinical parts have a few thousand.
pub const MAX_MESSAGE_BYTES: usize = 1 << 20;

const START: u8 = 0x0B;
const END: u8 = 0x1C;
const RETURN: u8 = 0x0D;

/// Bytes that are no MLLP: the connection cannot go on, because nobody knows where the next message begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unframed {
    /// Something else than the start of a message.
    #[error(
        "a message must begin with the byte 0x0B (MLLP), and another byte came; send HL7 version 2 in MLLP frames, without TLS \
         inside TLS and without HTTP"
    )]
    NoStart,
    /// The end of a message is not followed by a carriage return.
    #[error("the end of a message (0x1C) must be followed by 0x0D (MLLP), and another byte came")]
    NoReturn,
    /// A message within a message: the end of the one before was lost.
    #[error(
        "a message began (0x0B) before the one before had ended (0x1C 0x0D): a part was lost; send both again"
    )]
    Nested,
    /// It does not end.
    #[error(
        "the message is longer than {MAX_MESSAGE_BYTES} bytes; send one patient's demographics a message, without documents"
    )]
    TooLong,
}

/// Takes bytes as they arrive and gives whole messages; never holds more than one of them.
#[derive(Debug, Default)]
pub struct Frames {
    message: Vec<u8>,
    state: State,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Between,
    Inside,
    Ending,
}

impl Frames {
    /// Takes bytes up to the end of a message. Gives how many it took and, when one ended, the message.
    ///
    /// # Errors
    /// [`Unframed`]; the stream must be closed.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(usize, Option<Vec<u8>>), Unframed> {
        for (at, byte) in bytes.iter().enumerate() {
            match (self.state, *byte) {
                (State::Between, START) => self.state = State::Inside,
                // Some senders end a message with a line feed too, and some keep a connection open with empty lines.
                (State::Between, RETURN | b'\n') => {}
                (State::Between, _) => return Err(Unframed::NoStart),
                (State::Inside, START) => return Err(Unframed::Nested),
                (State::Inside, END) => self.state = State::Ending,
                (State::Inside, byte) => {
                    if self.message.len() == MAX_MESSAGE_BYTES {
                        return Err(Unframed::TooLong);
                    }
                    self.message.push(byte);
                }
                (State::Ending, RETURN) => {
                    self.state = State::Between;
                    return Ok((at + 1, Some(std::mem::take(&mut self.message))));
                }
                (State::Ending, _) => return Err(Unframed::NoReturn),
            }
        }
        Ok((bytes.len(), None))
    }

    /// Whether a message has begun and not ended: what was received of it is lost with the connection, and was not acknowledged.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        self.state != State::Between
    }
}

/// A message in its frame.
#[must_use]
pub fn framed(message: &str) -> Vec<u8> {
    [&[START][..], message.as_bytes(), &[END, RETURN]].concat()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    /// Everything a stream gives, taken in pieces of these sizes.
    fn all(stream: &[u8], sizes: &[usize]) -> Result<Vec<Vec<u8>>, Unframed> {
        let mut frames = Frames::default();
        let (mut messages, mut at, mut nth) = (Vec::new(), 0, 0);
        while at < stream.len() {
            let size = sizes.get(nth % sizes.len().max(1)).copied().unwrap_or(1).max(1);
            let piece = &stream[at..stream.len().min(at + size)];
            let (took, message) = frames.take(piece)?;
            messages.extend(message);
            at += took;
            nth += 1;
        }
        Ok(messages)
    }

    proptest! {
        #[test]
        fn messages_come_out_as_they_went_in_whatever_the_pieces(
            messages in prop::collection::vec("[A-Za-z|^~&\\r]{0,60}", 0..5),
            sizes in prop::collection::vec(1_usize..40, 1..5),
        ) {
            let stream: Vec<u8> = messages.iter().flat_map(|message| framed(message)).collect();
            let expected: Vec<Vec<u8>> = messages.into_iter().map(String::into_bytes).collect();
            prop_assert_eq!(all(&stream, &sizes), Ok(expected));
        }

        #[test]
        fn any_bytes_end_in_messages_or_an_error_and_never_in_a_panic(
            stream in prop::collection::vec(prop_oneof![Just(START), Just(END), Just(RETURN), any::<u8>()], 0..200),
        ) {
            let _ = all(&stream, &[7]);
        }
    }

    #[test]
    fn each_way_to_lose_a_frame_is_told_apart() {
        assert_eq!(all(b"GET / HTTP/1.1", &[4]), Err(Unframed::NoStart));
        assert_eq!(all(b"\x0bMSH|\x0bMSH|", &[4]), Err(Unframed::Nested));
        assert_eq!(all(b"\x0bMSH|\x1c\n", &[4]), Err(Unframed::NoReturn));
        let endless = [vec![START], vec![b'x'; MAX_MESSAGE_BYTES + 1]].concat();
        assert_eq!(all(&endless, &[65_536]), Err(Unframed::TooLong));
        let whole = [vec![START], vec![b'x'; MAX_MESSAGE_BYTES], vec![END, RETURN]].concat();
        assert_eq!(all(&whole, &[65_536]).unwrap()[0].len(), MAX_MESSAGE_BYTES);
    }
}
