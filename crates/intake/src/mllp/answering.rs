//! What one message is answered: read by the published lists, delivered, and told what became of it.

use directory::connecting::WayIn;
use feeds::hl7::{Answer, Asked, Header, Level, Reason, Unframed, Verdict, framed, read};
use feeds::{Fault, Profile, Rule};
use service::{ConnectedSource, DoorError, ReceiptFault};

use super::MllpDoor;

impl MllpDoor {
    /// The acknowledgements of one message that it asks for, each in its frame. An acceptance is given only once what was said is
    /// durable.
    pub(super) async fn answer(&self, source: &ConnectedSource, message: &[u8]) -> Vec<u8> {
        let received = match read(message, &self.mapping(source)) {
            Ok(received) => received,
            Err(refused) => {
                tracing::debug!(source = source.name(), reason = %refused.reason, "a message was refused");
                let verdict = Verdict::Refused(refused.reason);
                return self.answers(source, refused.header.as_deref(), &verdict, None);
            }
        };
        // A movement says nothing and is counted.
        let said = received.said.into_iter().collect();
        let delivered = self.door.deliver_and_count(source, WayIn::Hl7, said, received.discarded).await;
        let (verdict, receipt) = match delivered {
            Ok(taken) => {
                let receipt = taken.first().map(|one| format!("{}.{}", one.day, one.number));
                (verdict(taken.into_iter().flat_map(|one| one.faults), source.profile()), receipt)
            }
            Err(error) => (Verdict::NotNow(in_words(&error)), None),
        };
        self.answers(source, Some(&received.header), &verdict, receipt.as_deref())
    }

    /// The answer to bytes that are no MLLP. Nobody knows what they answered, and the connection ends.
    pub(super) fn answer_to_unframed(&self, unframed: Unframed) -> Vec<u8> {
        self.framed_answer(None, &Verdict::Refused(Reason::Unframed(unframed)), Level::Application, None)
    }

    fn answers(
        &self,
        source: &ConnectedSource,
        to: Option<&Header>,
        verdict: &Verdict,
        receipt: Option<&str>,
    ) -> Vec<u8> {
        let asked = to.map_or(Asked::ORIGINAL, |header| header.asked);
        match asked.due(verdict) {
            Some(level) => self.framed_answer(to, verdict, level, receipt),
            None => {
                note_unheard(source, verdict);
                Vec::new()
            }
        }
    }

    fn framed_answer(
        &self,
        to: Option<&Header>,
        verdict: &Verdict,
        level: Level,
        receipt: Option<&str>,
    ) -> Vec<u8> {
        let control_id = self.next_number();
        let now = self.door.now();
        framed(&Answer { to, verdict, level, receipt, control_id: &control_id, now }.message())
    }
}

/// A message that was not taken, and whose sender wants to hear of no refusal, is lost by the sender's own wish: whoever runs the
/// directory is told, since nobody else is.
fn note_unheard(source: &ConnectedSource, verdict: &Verdict) {
    let why: &dyn std::fmt::Display = match verdict {
        Verdict::Accepted | Verdict::SetAside(_) => return,
        Verdict::Refused(reason) => reason,
        Verdict::NotNow(words) => words,
    };
    tracing::warn!(
        source = source.name(),
        %why,
        "a message was not taken, and its sender asks for no acknowledgement of that (MSH-15, MSH-16)"
    );
}

fn verdict(faults: impl Iterator<Item = ReceiptFault>, profile: &'static Profile) -> Verdict {
    let faults: Vec<Fault> = faults.map(|fault| named(&fault, profile)).collect();
    if faults.is_empty() { Verdict::Accepted } else { Verdict::SetAside(faults) }
}

/// A fault as the answer prints it; how long the value was is not told.
fn named(fault: &ReceiptFault, profile: &'static Profile) -> Fault {
    let column = profile.position(&fault.field).map(|(_, column)| column.name);
    let rule = Rule::ALL.iter().copied().find(|rule| rule.code() == fault.rule);
    Fault { field: column.unwrap_or(Fault::ROW), rule: rule.unwrap_or(Rule::ValueCount), length: 0 }
}

/// What the sender does. A fault of the system shows its reference and no detail.
fn in_words(error: &DoorError) -> String {
    match error {
        DoorError::Service(error) => format!(
            "the service could not take the message (error reference {}); keep it and send it again later",
            error.reference()
        ),
        other => other.to_string(),
    }
}
