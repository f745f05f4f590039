//! The HL7 messages of one step, as they were heard or recorded: what they say, and what the product was answered.

use std::collections::BTreeSet;

use feeds::Said;
use feeds::hl7::{Frames, Unframed, answered, control_id};
use jiff::civil::Date;

use super::{Arrived, Spoken, Undated, undated};
use crate::judging::Run;
use crate::plan::Step;
use crate::report::Finding;

/// What was refused in a step, by the event of the message and the record: what comes again by another event was not sent again.
type Refused = BTreeSet<((String, String), Undated)>;

pub(super) fn read(
    name: &str,
    messages: &[Spoken],
    run: &Run<'_>,
    step: &Step,
    before: Option<&Arrived>,
) -> Arrived {
    let (mut arrived, mut refused) = (Arrived::default(), Refused::new());
    if let Some(before) = before.filter(|_| step.goes_on) {
        arrived.statements.clone_from(&before.statements);
    }
    let mapping = run.mapping();
    for (number, spoken) in (1..).zip(messages) {
        let place = format!("{name}, message {number}");
        let received = match feeds::hl7::read(&spoken.message, &mapping) {
            Ok(received) => received,
            Err(refused) => {
                let what = format!("the message was not taken: {refused}");
                let remedy = "Send what docs/connect/hl7-lists.md lists and nothing else";
                arrived.findings.push(Finding::new(place, what, remedy));
                continue;
            }
        };
        let Some(said) = received.said else { continue };
        if before.is_some_and(|before| before.put_this_aside(&said)) {
            arrived.came_again(&place);
        }
        if step.manner.breaks(&said).is_some() {
            let about = (received.header.event, said.record().to_owned());
            arrived.message_aside(&place, (&said, about), spoken, &mut refused);
            said.faults(run.today()).iter().for_each(|fault| arrived.set_aside(&place, fault));
        } else {
            arrived.take_said(&place, number, said, run.today());
        }
    }
    arrived
}

impl Arrived {
    /// Whether this was put aside in these words, whatever its date.
    pub(super) fn put_this_aside(&self, said: &Said) -> bool {
        said.message()
            .is_some_and(|message| self.put_aside.contains(&(said.record().to_owned(), undated(message))))
    }

    fn take_said(&mut self, place: &str, number: u64, said: Said, today: Date) {
        match said {
            // No message says that a record ended.
            Said::End { .. } => {}
            Said::Statement(message) => self.take(|_| place.to_owned(), message.judge(number, today)),
            Said::Merge { surviving, ended, statement, .. } => {
                if let Some(statement) = statement {
                    self.take(|_| place.to_owned(), statement.judge(number, today));
                }
                self.statements.remove(&ended);
                self.merges.push((surviving, ended, place.to_owned()));
            }
        }
    }

    /// A message about the child who is put aside: it was answered so, and does not come again.
    fn message_aside(
        &mut self,
        place: &str,
        (said, about): (&Said, (String, String)),
        spoken: &Spoken,
        refused: &mut Refused,
    ) {
        let Some(words) = said.message().map(undated) else { return };
        let answer = spoken.answer.as_deref().and_then(answered);
        if !answer.is_some_and(|answer| answer.is_refusal) {
            let what = "the message is put aside, and no answer tells the product";
            let remedy = "Ask for the answer to an error (MSH-15 and MSH-16 empty, AL or ER); in a recording, put the answers that \
                          the product was given behind the messages";
            self.findings.push(Finding::new(place, what, remedy));
        }
        self.put_aside.insert((about.1.clone(), words.clone()));
        if !refused.insert((about, words)) {
            self.came_again(place);
        }
    }
}

/// The messages of a recording, each with the answer that names it.
pub(super) fn recorded(bytes: &[u8]) -> Result<Vec<Spoken>, Unframed> {
    let mut spoken: Vec<Spoken> = Vec::new();
    for message in apart(bytes)? {
        match answered(&message) {
            None => spoken.push(Spoken { message, answer: None }),
            Some(answer) => {
                // A number that is used again is that of the first message of it that has no answer yet.
                let mut open = spoken.iter_mut().filter(|spoken| spoken.answer.is_none());
                if let Some(of) =
                    open.find(|spoken| control_id(&spoken.message).is_some_and(|id| id == answer.to))
                {
                    of.answer = Some(message);
                }
            }
        }
    }
    Ok(spoken)
}

/// The messages of a stream of frames, or of a text file in which each begins with MSH.
fn apart(bytes: &[u8]) -> Result<Vec<Vec<u8>>, Unframed> {
    if bytes.contains(&0x0B) {
        let (mut frames, mut messages, mut rest) = (Frames::default(), Vec::new(), bytes);
        while !rest.is_empty() {
            let (took, message) = frames.take(rest)?;
            messages.extend(message);
            rest = rest.get(took..).unwrap_or_default();
        }
        return Ok(messages);
    }
    let mut messages: Vec<Vec<u8>> = Vec::new();
    for line in bytes.split(|byte| matches!(byte, b'\r' | b'\n')).filter(|line| !line.is_empty()) {
        match messages.last_mut() {
            Some(message) if !line.starts_with(b"MSH") => {
                message.push(b'\r');
                message.extend_from_slice(line);
            }
            _ => messages.push(line.to_vec()),
        }
    }
    Ok(messages)
}
