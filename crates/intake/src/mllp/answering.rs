//! What one message is answered: read by the published lists, delivered, and told what became of it.

use directory::connecting::WayIn;
use feeds::hl7::{Answer, Header, Reason, Unframed, Verdict, framed, read};
use feeds::{Fault, Profile, Rule};
use service::{ConnectedSource, DoorError, ReceiptFault};

use super::MllpDoor;

impl MllpDoor {
    /// The answer to one message, in its frame. An acceptance is given only once what was said is durable.
    pub(super) async fn answer(&self, source: &ConnectedSource, message: &[u8]) -> Vec<u8> {
        let received = match read(message, &self.mapping(source)) {
            Ok(received) => received,
            Err(refused) => {
                tracing::debug!(source = source.name(), reason = %refused.reason, "a message was refused");
                return self.framed_answer(
                    refused.header.as_deref(),
                    &Verdict::Refused(refused.reason),
                    None,
                );
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
        self.framed_answer(Some(&received.header), &verdict, receipt.as_deref())
    }

    /// The answer to bytes that are no MLLP. Nobody knows what they answered, and the connection ends.
    pub(super) fn answer_to_unframed(&self, unframed: Unframed) -> Vec<u8> {
        self.framed_answer(None, &Verdict::Refused(Reason::Unframed(unframed)), None)
    }

    fn framed_answer(&self, to: Option<&Header>, verdict: &Verdict, receipt: Option<&str>) -> Vec<u8> {
        let control_id = self.next_number();
        let now = self.door.now();
        framed(&Answer { to, verdict, receipt, control_id: &control_id, now }.message())
    }
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
