//! HL7 messages over MLLP, without TLS and from this machine alone. In the case of a failed delivery the kit refuses the first
//! time and acknowledges twice the second.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conformance::{Came, Manner, Step};
use feeds::hl7::{Answer, Asked, Frames, Mapping, Verdict, framed, read};
use feeds::{Message, Outcome, Profile, Said};
use jiff::tz::TimeZone;

use super::super::Usage;
use super::{Listener, Listening};
use crate::system;

/// What has come in this step.
struct Inbox {
    manner: Manner,
    stream: Vec<u8>,
    answered: u64,
}

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
        let inbox = Arc::new(Mutex::new(Inbox { manner: Manner::Fairly, stream: Vec::new(), answered: 0 }));
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
        inbox.stream.clear();
    }

    fn ended(&self) -> Came {
        Came::Bytes(std::mem::take(&mut self.inbox().stream))
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
                inbox.stream.extend_from_slice(b"\x0b");
                inbox.stream.extend_from_slice(&message);
                inbox.stream.extend_from_slice(b"\x1c\r");
                inbox.answered += 1;
                answer(&message, mapping, &inbox.manner, inbox.answered)
            };
            if stream.write_all(&answer).is_err() {
                return;
            }
        }
    }
}

fn answer(message: &[u8], mapping: &Mapping, manner: &Manner, number: u64) -> Vec<u8> {
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
    let framed: Vec<u8> = asked.due(&verdict).map_or_else(Vec::new, |level| {
        let (to, control_id) = (header.as_ref(), format!("KIT-{number}"));
        framed(
            &Answer { to, verdict: &verdict, level, receipt: None, control_id: &control_id, now }.message(),
        )
    });
    if *manner == Manner::Twice { [framed.clone(), framed].concat() } else { framed }
}
