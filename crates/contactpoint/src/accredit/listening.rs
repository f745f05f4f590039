//! The kit as a receiver: it listens on this machine for HL7 messages over MLLP, answers as a directory would, and goes through
//! the cases one by one. In the case of a failed delivery it refuses the first time, and acknowledges twice the second.

use std::collections::BTreeMap;
use std::io::{BufRead as _, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use conformance::{Cast, Given, applying};
use directory::connecting::WayIn;
use feeds::Said;
use feeds::hl7::{Answer, Frames, Mapping, Verdict, framed, read};
use feeds::{Message, Outcome, Profile};
use jiff::tz::TimeZone;

use super::Usage;
use crate::system;

/// How messages are answered just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// As they deserve.
    Fairly,
    /// None can be taken now: send it again later.
    NotNow,
    /// As they deserve, and twice: an acknowledgement that comes again must disturb nobody.
    Twice,
}

/// What has come in this step.
struct Inbox {
    manner: Manner,
    stream: Vec<u8>,
    answered: u64,
}

/// Listens, and gives what came for each step of each case.
///
/// # Errors
/// When the address is not of this machine, or taken.
pub fn listen(address: SocketAddr, cast: &Cast) -> Result<BTreeMap<String, Vec<Given>>, Usage> {
    if !address.ip().is_loopback() {
        return Err(Usage(format!(
            "--endpoint {address}: the kit listens without encryption and on this machine alone; give 127.0.0.1 and a port"
        )));
    }
    let listener = TcpListener::bind(address).map_err(|error| {
        Usage(format!("--endpoint {address}: cannot listen there: {error}; give another port"))
    })?;
    let address = listener.local_addr().unwrap_or(address);
    eprintln!("listening for HL7 over MLLP on {address}");
    let inbox = Arc::new(Mutex::new(Inbox { manner: Manner::Fairly, stream: Vec::new(), answered: 0 }));
    let (profile, of_listener) = (cast.profile(), Arc::clone(&inbox));
    // They end with the program.
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let inbox = Arc::clone(&of_listener);
            std::thread::spawn(move || connection(stream, &inbox, profile));
        }
    });
    Ok(steps(cast, &inbox))
}

/// Goes through the cases; whoever tests says when a step is done. Where the input ends, so does the test.
fn steps(cast: &Cast, inbox: &Mutex<Inbox>) -> BTreeMap<String, Vec<Given>> {
    let mut given: BTreeMap<String, Vec<Given>> = BTreeMap::new();
    let mut lines = std::io::stdin().lock().lines();
    for case in applying(cast.profile(), WayIn::Hl7) {
        let plan = case.plan(cast, WayIn::Hl7);
        for (number, step) in (1_usize..).zip(&plan.steps) {
            let manner = match (case.id, number) {
                ("T10", 1) => Manner::NotNow,
                ("T10", 2) => Manner::Twice,
                _ => Manner::Fairly,
            };
            {
                let mut inbox = inbox.lock().unwrap_or_else(PoisonError::into_inner);
                inbox.manner = manner;
                inbox.stream.clear();
            }
            eprintln!(
                "{} {}, step {number}: {}\n  press Enter when it is sent",
                case.id, case.title, step.asks
            );
            if !matches!(lines.next(), Some(Ok(_))) {
                return given;
            }
            let bytes = std::mem::take(&mut inbox.lock().unwrap_or_else(PoisonError::into_inner).stream);
            if !bytes.is_empty() {
                let name = format!("{}, step {number}", case.id);
                given.entry(case.id.to_owned()).or_default().push(Given { name, bytes });
            }
        }
    }
    given
}

fn connection(mut stream: TcpStream, inbox: &Mutex<Inbox>, profile: &'static Profile) {
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
                answer(&message, profile, inbox.manner, inbox.answered)
            };
            if stream.write_all(&answer).is_err() {
                return;
            }
        }
    }
}

fn answer(message: &[u8], profile: &'static Profile, manner: Manner, number: u64) -> Vec<u8> {
    let now = system::world().now();
    let mapping = Mapping { profile, assigning_authority: None, takes_tests: true };
    let today = now.to_zoned(TimeZone::UTC).date();
    let judged = |message: &Message| match message.judge(number, today) {
        Outcome::Accepted(_) => Verdict::Accepted,
        Outcome::Quarantined(row) => Verdict::SetAside(row.faults),
    };
    let (header, verdict) = match read(message, &mapping) {
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
        Manner::Fairly | Manner::Twice => verdict,
    };
    let control_id = format!("KIT-{number}");
    let answer = Answer { to: header.as_ref(), verdict: &verdict, control_id: &control_id, now };
    let framed = framed(&answer.message());
    if manner == Manner::Twice { [framed.clone(), framed].concat() } else { framed }
}
