//! An acknowledgement as it is read: in a recording it stands among the messages that it answers.

use super::characters;
use super::fields::Segment;
use super::header::Header;
use super::refusal::Refused;

/// What an acknowledgement says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The number of the message that it answers (MSA-2).
    pub to: String,
    /// Whether something was wrong with that: AE, AR, CE or CR, or an error beside another code (ERR).
    pub is_refusal: bool,
}

/// Reads an acknowledgement; `None` of a message that is none.
#[must_use]
pub fn answered(bytes: &[u8]) -> Option<Answered> {
    let (text, characters) = characters::text(bytes).ok()?;
    let mut lines = text.split(['\r', '\n']).map(str::trim_end).filter(|line| !line.is_empty());
    // An answer has no answer, so that its header may lack what a message must have.
    let header = header_of(Header::read(lines.next()?, characters))?;
    if header.kind != "ACK" {
        return None;
    }
    let mut answered = Answered { to: String::new(), is_refusal: false };
    for segment in lines.filter_map(|line| Segment::read(line, header.encoding)) {
        match segment.name() {
            "MSA" => {
                answered.to = segment.component(2, 1);
                answered.is_refusal |= ["AE", "AR", "CE", "CR"].contains(&segment.component(1, 1).as_str());
            }
            "ERR" => answered.is_refusal = true,
            _ => {}
        }
    }
    Some(answered)
}

/// The number of a message (MSH-10), whether or not the message can be taken.
#[must_use]
pub fn control_id(bytes: &[u8]) -> Option<String> {
    let read = characters::text(bytes).and_then(|(text, characters)| {
        Header::read(text.split(['\r', '\n']).next().unwrap_or_default(), characters)
    });
    header_of(read).map(|header| header.control_id)
}

fn header_of(read: Result<Header, Refused>) -> Option<Header> {
    read.map_or_else(|refused| refused.header.map(|header| *header), Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(code: &str, more: &str) -> Option<(String, bool)> {
        let text =
            format!("MSH|^~\\&|CP|CP|PAS|TRUST|20261127||ACK^A08^ACK|K-1|P|2.5.1\rMSA|{code}|M-7\r{more}");
        answered(text.as_bytes()).map(|answered| (answered.to, answered.is_refusal))
    }

    #[test]
    fn an_acknowledgement_says_which_message_it_answers_and_whether_something_was_wrong() {
        for (code, more, is_refusal) in [
            ("AA", "", false),
            ("CA", "", false),
            ("AE", "ERR|||102|E|F015^^ContactPoint\r", true),
            ("AR", "", true),
            ("CE", "", true),
            ("CR", "", true),
            ("CA", "ERR|||102|W|F015^^ContactPoint\r", true),
        ] {
            assert_eq!(read(code, more), Some(("M-7".to_owned(), is_refusal)), "{code}");
        }
        // As an engine writes it that answers by little; and what is no acknowledgement.
        let little = b"MSH|^~\\&|||||20261127||ACK\rMSA|AE|M-7\r";
        assert_eq!(answered(little), Some(Answered { to: "M-7".to_owned(), is_refusal: true }));
        assert_eq!(answered(b"MSH|^~\\&|PAS|TRUST|CP|CP|20261127||ADT^A08|M-7|P|2.5.1\rPID|1\r"), None);
        assert_eq!(answered(b"MSA|AE|M-7\r"), None);
        for (message, number) in [
            (&b"MSH|^~\\&|PAS|TRUST|CP|CP|20261127||ADT^A08|M-7|P|2.5.1\rPID|1\r"[..], Some("M-7")),
            (b"MSH|^~\\&|PAS|TRUST|CP|CP|20261127||ADT^A08|M-8|P|1.0\r", Some("M-8")),
            (b"PID|1\r", None),
        ] {
            assert_eq!(control_id(message).as_deref(), number);
        }
    }
}
