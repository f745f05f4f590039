//! Which acknowledgements a message asks for, and which of them is due (HL7 v2.5.1, 2.9).
//!
//! The accept acknowledgement (MSH-15) says that a message is in safe keeping, the application acknowledgement (MSH-16) what
//! became of it. Both are known at once here: whether a message breaks a rule depends on nothing but the message. What it was
//! worked into is told by neither (law 7).

use super::answer::Verdict;

/// When an acknowledgement is wanted (table 0155).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// AL.
    Always,
    /// NE, and nothing where the other is said.
    Never,
    /// ER: of an error or a refusal alone.
    OnError,
    /// SU: of a success alone.
    OnSuccess,
}

/// An acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// CA, CE or CR.
    Accept,
    /// AA, AE or AR.
    Application,
}

/// What MSH-15 and MSH-16 ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// MSH-15.
    pub accept: Condition,
    /// MSH-16.
    pub application: Condition,
}

impl Condition {
    fn of(code: &str) -> Option<Self> {
        match code {
            "AL" => Some(Self::Always),
            "NE" | "" => Some(Self::Never),
            "ER" => Some(Self::OnError),
            "SU" => Some(Self::OnSuccess),
            _ => None,
        }
    }

    fn wants(self, success: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::OnError => !success,
            Self::OnSuccess => success,
        }
    }
}

impl Asked {
    /// The original mode, which a message without either field asks for: an application acknowledgement, always.
    pub const ORIGINAL: Self = Self { accept: Condition::Never, application: Condition::Always };

    /// What the codes of the two fields ask for, and the field whose code table 0155 does not have. Who sends such a code is
    /// waiting for something: its refusal is told by that acknowledgement.
    pub(super) fn of(accept: &str, application: &str) -> (Self, Option<usize>) {
        if accept.is_empty() && application.is_empty() {
            return (Self::ORIGINAL, None);
        }
        let conditions = [Condition::of(accept), Condition::of(application)];
        let unknown = conditions.iter().position(Option::is_none).map(|nth| nth + 15);
        let [accept, application] = conditions.map(|condition| condition.unwrap_or(Condition::Always));
        (Self { accept, application }, unknown)
    }

    /// The one acknowledgement that is due, if any. A message has one answer on its connection: whoever reads a frame for each message
    /// would take a second one for the answer to the next. Where both are wanted the application acknowledgement says both.
    #[must_use]
    pub fn due(&self, verdict: &Verdict) -> Option<Level> {
        let taken = matches!(verdict, Verdict::Accepted | Verdict::SetAside(_));
        if self.application.wants(*verdict == Verdict::Accepted) {
            return Some(Level::Application);
        }
        self.accept.wants(taken).then_some(Level::Accept)
    }
}
