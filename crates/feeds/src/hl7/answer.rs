//! The acknowledgement: what a sender is told, and nothing that depends on anything but the message.

use hl7_parser::message::Separators;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::acknowledging::Level;
use super::header::Header;
use super::refusal::Reason;
use crate::rules::Fault;

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is durable (AA, CA).
    Accepted,
    /// It was understood and set aside: what it says breaks these rules (AE). It is kept (CA), and need not be sent again.
    SetAside(Vec<Fault>),
    /// It was not taken (AR, CE, CR); as it is, it never will be.
    Refused(Reason),
    /// It could not be taken now (AR, CE; code 207): send it again later. The words say what to do.
    NotNow(String),
}

/// An acknowledgement to be written.
#[derive(Debug, Clone)]
pub struct Answer<'a> {
    /// The header of what is answered, when it had one.
    pub to: Option<&'a Header>,
    /// What became of it.
    pub verdict: &'a Verdict,
    /// Which acknowledgement it is.
    pub level: Level,
    /// Under which number its receipt stands, where it has one: a day and a number of that day.
    pub receipt: Option<&'a str>,
    /// The answer's own number.
    pub control_id: &'a str,
    /// When.
    pub now: Timestamp,
}

impl Answer<'_> {
    /// As a message, without its frame.
    #[must_use]
    pub fn message(&self) -> String {
        let separators = Separators::default();
        let escaped = |text: &str| separators.encode(text).to_string();
        let empty = [String::new(), String::new()];
        let (from, to) = self.to.map_or((&empty, &empty), |header| (&header.receiver, &header.sender));
        let event = self.to.map_or("", |header| header.event.as_str());
        let processing = self.to.map_or("P", |header| header.processing.as_str());
        let version = self.to.map_or("2.5.1", |header| header.version.as_str());
        let answered = self.to.map_or("", |header| header.control_id.as_str());
        let now = self.now.to_zoned(TimeZone::UTC).strftime("%Y%m%d%H%M%S+0000").to_string();
        let mut segments = vec![
            format!(
                "MSH|^~\\&|{}|{}|{}|{}|{now}||ACK^{}^ACK|{}|{}|{}||||||UNICODE UTF-8",
                escaped(or(&from[0], "ContactPoint")),
                escaped(&from[1]),
                escaped(&to[0]),
                escaped(&to[1]),
                escaped(event),
                escaped(self.control_id),
                escaped(or(processing, "P")),
                escaped(or(version, "2.5.1")),
            ),
            match self.receipt {
                Some(receipt) => format!("MSA|{}|{}|{}", self.code(), escaped(answered), escaped(receipt)),
                None => format!("MSA|{}|{}", self.code(), escaped(answered)),
            },
        ];
        match self.verdict {
            Verdict::Accepted => {}
            Verdict::SetAside(faults) => segments.extend(faults.iter().map(|fault| {
                let text = fault.rule.text();
                let words = format!("{}: {} {}", fault.field, text.meaning, text.remedy);
                // Of a message that is in safe keeping, which is what an accept acknowledgement says, it is a warning.
                let severity = if self.level == Level::Accept { "W" } else { "E" };
                format!("ERR|||102|{severity}|{}^^ContactPoint|||{}", fault.code(), escaped(&words))
            })),
            Verdict::Refused(reason) => {
                let (segment, field) = reason.place();
                let field = field.map(|field| field.to_string()).unwrap_or_default();
                let place = if segment.is_empty() {
                    String::new()
                } else {
                    format!("{}^1^{field}", escaped(&segment))
                };
                segments.push(format!(
                    "ERR||{place}|{}|E||||{}",
                    reason.code(),
                    escaped(&reason.to_string())
                ));
            }
            Verdict::NotNow(words) => segments.push(format!("ERR|||207|E||||{}", escaped(words))),
        }
        segments.push(String::new());
        segments.join("\r")
    }

    /// AA, AE or AR; CA, CE or CR (table 0008). CR is for the event, the processing and the version (MSH-9, 11, 12) alone.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match (self.level, self.verdict) {
            (Level::Application, Verdict::Accepted) => "AA",
            (Level::Application, Verdict::SetAside(_)) => "AE",
            (Level::Application, Verdict::Refused(_) | Verdict::NotNow(_)) => "AR",
            (Level::Accept, Verdict::Accepted | Verdict::SetAside(_)) => "CA",
            (Level::Accept, Verdict::Refused(Reason::Event | Reason::Test | Reason::Version)) => "CR",
            (Level::Accept, Verdict::Refused(_) | Verdict::NotNow(_)) => "CE",
        }
    }
}

fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}
