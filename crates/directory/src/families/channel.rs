//! The channel by which an answer leaves, and how it is known to be theirs: a code that went out by that very channel and came
//! back, entered by somebody who was never shown it. At the office nothing is sent: the papers that were seen there are all
//! that verifies it.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::request::FamilyRule;
use crate::text_value::coded;

coded! {
    /// How the answer reaches them.
    DeliveryChannel {
        /// Handed over at the office.
        AtOffice = "at_office",
        /// Sent to an address that was held and confirmed before.
        ConfirmedAddress = "confirmed_address",
        /// Laid down in an account of theirs with the authority.
        OwnAccount = "own_account",
    }
}

coded! {
    /// How the channel was verified before anything is handed over by it.
    ChannelCheck {
        /// They came to the office, and their papers were seen there: the evidence of who asks, and nothing besides.
        SeenAtOffice = "seen_at_office",
        /// A code that was sent by it came back.
        CodeReturned = "code_returned",
    }
}

impl DeliveryChannel {
    /// Whether a code must go there and come back.
    #[must_use]
    pub const fn asks_for_code(self) -> bool {
        !matches!(self, Self::AtOffice)
    }
}

/// A code of nine characters (45 bits), as it is sent and as it is typed.
#[derive(Clone, PartialEq, Eq)]
pub struct ChannelCode(String);

/// None that is taken for another when it is read off paper or aloud (I, L, O and U are left out).
const CHARACTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const LENGTH: usize = 9;

impl ChannelCode {
    /// The code of a random number.
    #[must_use]
    pub fn from_random(bits: u64) -> Self {
        let character = |place: usize| {
            let value = usize::try_from((bits >> (place * 5)) & 31).ok()?;
            CHARACTERS.get(value).copied().map(char::from)
        };
        Self((0..LENGTH).filter_map(character).collect())
    }

    /// A code as it was typed: in any case, with or without hyphens and spaces; none where it cannot be one.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let kept = typed.chars().filter(|c| !matches!(c, '-' | ' '));
        let read = kept.map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        });
        let code: String = read.collect();
        let fits = code.len() == LENGTH && code.bytes().all(|byte| CHARACTERS.contains(&byte));
        fits.then_some(Self(code))
    }

    /// Without hyphens, to be hashed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Display for ChannelCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, character) in self.0.chars().enumerate() {
            if place > 0 && place % 3 == 0 {
                f.write_str("-")?;
            }
            write!(f, "{character}")?;
        }
        Ok(())
    }
}

/// It is in no log.
impl fmt::Debug for ChannelCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChannelCode(..)")
    }
}

/// What is known of the channel of one request. It holds no code, only the keyed hash of one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelProof {
    sent: Option<SentCode>,
    returned: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SentCode {
    hash: String,
    /// Who was shown it.
    by: Uuid,
    /// Microseconds UTC.
    until: i64,
    tries: u8,
}

impl ChannelProof {
    /// A code was made and shown to this person. One that was out before is void, and so is an earlier verification.
    pub fn send(&mut self, hash: String, by: Uuid, until: i64, tries: u8) {
        *self = Self { sent: Some(SentCode { hash, by, until, tries }), returned: false };
    }

    /// A code was entered: whether it is the one that went out. After as many wrong ones as were allowed it is void.
    ///
    /// # Errors
    /// [`FamilyRule::NoCode`] where none is out or its time is over, [`FamilyRule::OwnCode`] for whoever was shown it.
    pub fn enter(&mut self, hash: &str, by: Uuid, now: i64) -> Result<bool, FamilyRule> {
        let Some(sent) = self.sent.as_mut().filter(|sent| now < sent.until) else {
            return Err(FamilyRule::NoCode);
        };
        if sent.by == by {
            return Err(FamilyRule::OwnCode);
        }
        if sent.hash == hash {
            *self = Self { sent: None, returned: true };
            return Ok(true);
        }
        sent.tries = sent.tries.saturating_sub(1);
        if sent.tries == 0 {
            self.sent = None;
        }
        Ok(false)
    }

    /// Who was shown the code that is out, and until when (microseconds UTC) it can be entered.
    #[must_use]
    pub fn waits(&self, now: i64) -> Option<(Uuid, i64)> {
        self.sent.as_ref().filter(|sent| now < sent.until).map(|sent| (sent.by, sent.until))
    }

    /// How the channel was verified; none where it was not.
    #[must_use]
    pub const fn check(&self, channel: DeliveryChannel, papers_seen: bool) -> Option<ChannelCheck> {
        match (channel.asks_for_code(), papers_seen, self.returned) {
            (false, true, _) => Some(ChannelCheck::SeenAtOffice),
            (true, true, true) => Some(ChannelCheck::CodeReturned),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ChannelCheck, ChannelCode, ChannelProof, DeliveryChannel};
    use crate::families::FamilyRule;
    use uuid::Uuid;

    const SHOWN: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn sent() -> ChannelProof {
        let mut proof = ChannelProof::default();
        proof.send("right".to_owned(), SHOWN, 100, 2);
        proof
    }

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = ChannelCode::from_random(0x1234_5678_9abc_def0);
        let text = code.to_string();
        assert_eq!(text.len(), 11, "three groups of three: {text}");
        let mistaken = text.replace('1', "l").replace('0', "o");
        for typed in [text.clone(), text.to_lowercase(), text.replace('-', " "), mistaken] {
            assert_eq!(ChannelCode::parse(&typed), Some(code.clone()), "{typed}");
        }
        assert_eq!(ChannelCode::parse(""), None);
        assert_eq!(ChannelCode::parse("K7M-2QX-9T"), None);
        assert_eq!(ChannelCode::parse("K7M-2QX-9T?"), None);
        assert!(!format!("{code:?}").contains(&text[..3]), "it is in no log");
    }

    #[test]
    fn only_the_code_that_went_out_verifies_and_only_once() {
        let mut proof = sent();
        assert_eq!(proof.enter("right", OTHER, 99), Ok(true));
        assert_eq!(proof.check(DeliveryChannel::ConfirmedAddress, true), Some(ChannelCheck::CodeReturned));
        assert_eq!(proof.enter("right", OTHER, 99), Err(FamilyRule::NoCode));
        proof.send("next".to_owned(), SHOWN, 100, 2);
        assert_eq!(proof.check(DeliveryChannel::ConfirmedAddress, true), None, "a new code begins anew");
    }

    #[test]
    fn whoever_was_shown_a_code_does_not_enter_it() {
        let mut proof = sent();
        assert_eq!(proof.enter("right", SHOWN, 0), Err(FamilyRule::OwnCode));
        assert_eq!(proof.check(DeliveryChannel::OwnAccount, true), None);
    }

    #[test]
    fn a_code_is_void_after_its_time_and_after_its_tries() {
        assert_eq!(sent().enter("right", OTHER, 100), Err(FamilyRule::NoCode));
        let mut proof = sent();
        assert_eq!(proof.enter("wrong", OTHER, 0), Ok(false));
        assert_eq!(proof.enter("wrong", OTHER, 0), Ok(false));
        assert_eq!(proof.enter("right", OTHER, 0), Err(FamilyRule::NoCode));
    }

    #[test]
    fn at_the_office_the_papers_are_what_verifies() {
        let proof = ChannelProof::default();
        assert_eq!(proof.check(DeliveryChannel::AtOffice, false), None);
        assert_eq!(proof.check(DeliveryChannel::AtOffice, true), Some(ChannelCheck::SeenAtOffice));
    }
}
