//! HL7 messages over MLLP, without TLS and from this machine alone. In the case of a failed delivery the kit refuses the first
//! time and acknowledges twice the second; what is put aside on purpose it answers as what breaks a rule.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conformance::{Came, Manner, Spoken, Step};
use feeds::hl7::{Answer, Asked, Frames, Mapping, Verdict, framed, read};
use feeds::{Message, Outcome, Profile, Said};
use jiff::tz::TimeZone;

use super::super::Usage;
use super::{Listener, Listening};
use crate::system;

/// What has come in this step.
struct Inbox {
    manner: Manner,
    messages: Vec<Spoken>,
    answered: u64,
}

/// More messages in a step are no test any more: a product that sends the same for ever is not listened to for ever.
const MOST_MESSAGES: usize = 20_000;

/// A listener on an address of this machine.
pub(super) struct Mllp(Arc<Mutex<Inbox>>);

impl Mllp {
    /// Listens.
    ///
    /// # Errors
    /// When the address is not of this machine, or taken.
    pub(super) fn open(listening: &Listening<'_>, profile: &'static Profile) -> Result<Self, Usage> {
        let address = listening.address;
        if !address.ip().is_loopback() {
            return Err(Usage(format!(
                "--endpoint {address}: the kit listens for HL7 without encryption and on this machine alone; give 127.0.0.1 and \
                 a port"
            )));
        }
        let (listener, address) = super::bound(address)?;
        eprintln!("listening for HL7 over MLLP on {address}");
        let inbox = Arc::new(Mutex::new(Inbox { manner: Manner::Fairly, messages: Vec::new(), answered: 0 }));
        let of_listener = Arc::clone(&inbox);
        // They end with the program.
        let assigning_authority = listening.agreed.assigning_authority.clone();
        let mapping = Mapping { profile, assigning_authority, takes_tests: true };
        std::thread::spawn(move || serve(&listener, &of_listener, &mapping));
        Ok(Self(inbox))
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for Mllp {
    fn begins(&self, step: &Step) {
        let mut inbox = self.inbox();
        inbox.manner = step.manner.clone();
        inbox.messages.clear();
    }

    fn ended(&self) -> Came {
        Came::Messages(std::mem::take(&mut self.inbox().messages))
    }
}

fn serve(listener: &TcpListener, inbox: &Arc<Mutex<Inbox>>, mapping: &Mapping) {
    for stream in listener.incoming().flatten() {
        let (inbox, mapping) = (Arc::clone(inbox), mapping.clone());
        std::thread::spawn(move || connection(stream, &inbox, &mapping));
    }
}

fn connection(mut stream: TcpStream, inbox: &Mutex<Inbox>, mapping: &Mapping) {
    let (mut frames, mut buffer) = (Frames::default(), [0; 8192]);
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        let mut rest = buffer.get(..count).unwrap_or_default();
        while !rest.is_empty() {
            let message = match frames.take(rest) {
                Ok((took, message)) => {
                    rest = rest.get(took..).unwrap_or_default();
                    message
                }
                Err(unframed) => {
                    eprintln!("  the connection was closed: {unframed}");
                    return;
                }
            };
            let Some(message) = message else { continue };
            let answer = {
                let mut inbox = inbox.lock().unwrap_or_else(PoisonError::into_inner);
                if inbox.messages.len() == MOST_MESSAGES {
                    eprintln!("  the connection was closed: {MOST_MESSAGES} messages came in this step");
                    return;
                }
                inbox.answered += 1;
                let answer = answer(&message, mapping, &inbox.manner, inbox.answered);
                inbox.messages.push(Spoken { message, answer: answer.clone().map(String::into_bytes) });
                let answer = answer.map_or_else(Vec::new, |answer| framed(&answer));
                if inbox.manner == Manner::Twice { answer.repeat(2) } else { answer }
            };
            if stream.write_all(&answer).is_err() {
                return;
            }
        }
    }
}

/// The acknowledgement; none where the message asks for none.
fn answer(message: &[u8], mapping: &Mapping, manner: &Manner, number: u64) -> Option<String> {
    let now = system::world().now();
    let today = now.to_zoned(TimeZone::UTC).date();
    let judged = |message: &Message| match message.judge(number, today) {
        Outcome::Accepted(_) => Verdict::Accepted,
        Outcome::Quarantined(row) => Verdict::SetAside(row.faults),
    };
    let (header, verdict) = match read(message, mapping) {
        Err(refused) => (refused.header.map(|header| *header), Verdict::Refused(refused.reason)),
        Ok(received) => {
            let verdict = match &received.said {
                Some(Said::Statement(message) | Said::Merge { statement: Some(message), .. }) => {
                    judged(message)
                }
                Some(Said::Merge { statement: None, .. } | Said::End { .. }) | None => Verdict::Accepted,
            };
            let told = received.said.as_ref().and_then(|said| manner.breaks(said));
            let verdict = match (verdict, told) {
                (Verdict::Accepted, Some(fault)) => Verdict::SetAside(vec![fault]),
                (verdict, _) => verdict,
            };
            (Some(received.header), verdict)
        }
    };
    let verdict = match manner {
        Manner::NotNow => {
            Verdict::NotNow("the kit fails once on purpose; keep the message and send it again".to_owned())
        }
        _ => verdict,
    };
    let asked = header.as_ref().map_or(Asked::ORIGINAL, |header| header.asked);
    let level = asked.due(&verdict)?;
    let (to, control_id) = (header.as_ref(), format!("KIT-{number}"));
    Some(Answer { to, verdict: &verdict, level, receipt: None, control_id: &control_id, now }.message())
}
