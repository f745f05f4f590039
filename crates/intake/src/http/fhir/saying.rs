//! From what was read to what is delivered, and back to what is answered.

use directory::connecting::WayIn;
use feeds::Rule;
use feeds::fhir::answer::{EntryAnswer, Issue};
use feeds::fhir::{Entry, Received, Spoken, Whole};
use http::StatusCode;
use service::{DoorError, ReceiptFault, Taken};
use sha2::{Digest as _, Sha256};

use super::answers::{Answer, Said};
use super::asked::Asked;
use crate::door::Source;

const ACCEPTED: &str = "202 Accepted";
const UNPROCESSABLE: &str = "422 Unprocessable Entity";

/// Why nothing was taken.
pub(super) enum NotTaken {
    /// Something of what must be whole is not as it must be.
    NotWhole(Vec<Issue>),
    /// The door's own reason.
    Door(DoorError),
}

impl From<NotTaken> for Said {
    fn from(reason: NotTaken) -> Self {
        match reason {
            NotTaken::NotWhole(issues) => Answer::of(StatusCode::UNPROCESSABLE_ENTITY, &issues).into(),
            NotTaken::Door(error) => error.into(),
        }
    }
}

/// Takes what was read, and says what became of each entry.
///
/// A transaction is all or nothing: a refused entry, or a statement that breaks a rule, and nothing of it is taken.
pub(super) async fn say(asked: &Asked, received: Received) -> Result<Vec<EntryAnswer>, NotTaken> {
    let connected = &asked.connected;
    let spoken: Vec<Vec<feeds::Said>> = received.entries.iter().map(spoken).collect();
    if received.whole == Whole::Transaction {
        let issues = all_issues(&*connected.source, &received.entries, &spoken);
        if !issues.is_empty() {
            return Err(NotTaken::NotWhole(issues));
        }
    }
    let delivered: Vec<feeds::Said> = spoken.iter().flatten().cloned().collect();
    // Also where nothing is said: what is discarded altogether is counted, so that its sender can show that it was not lost. What is
    // refused was not taken at all, and leaves no receipt.
    let refused = received.entries.iter().all(|entry| entry.said.is_err());
    let (said, discarded) = (delivered, received.discarded);
    let sha256 = sha256_of(asked, &received.entries);
    let repeatable = asked.repeats.as_ref().map(|repeats| repeats.stands_for(&sha256));
    let mut taken = match refused || (said.is_empty() && discarded.is_empty()) {
        true => Vec::new(),
        false => connected
            .source
            .deliver(WayIn::Fhir, said, discarded, repeatable)
            .await
            .map_err(NotTaken::Door)?,
    }
    .into_iter();
    let answers = received
        .entries
        .iter()
        .enumerate()
        .zip(&spoken)
        .map(|((nth, entry), spoken)| answer(nth, entry, taken.by_ref().take(spoken.len()).collect()));
    Ok(answers.collect())
}

/// What a key of the sender's stands for: the request with what it asks for.
fn sha256_of(asked: &Asked, entries: &[Entry]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"fhir");
    for entry in entries {
        hash.update(format!("{:?}", entry.ask));
        hash.update([0]);
    }
    hash.update(&asked.body);
    hash.finalize().into()
}

/// What an entry says to the directory; nothing, of one that was read with another.
fn spoken(entry: &Entry) -> Vec<feeds::Said> {
    let said = match &entry.said {
        Ok(Spoken::Said(said)) => Some(said),
        Ok(Spoken::Beside | Spoken::Discarded) | Err(_) => None,
    };
    said.into_iter().chain(&entry.further).cloned().collect()
}

/// Everything for which a transaction is not taken.
fn all_issues(source: &dyn Source, entries: &[Entry], spoken: &[Vec<feeds::Said>]) -> Vec<Issue> {
    let of = |(nth, (entry, spoken)): (usize, (&Entry, &Vec<feeds::Said>))| match &entry.said {
        Err(refused) => vec![Issue::refused(refused)],
        Ok(_) => spoken.iter().flat_map(|said| issues(&source.would_break(said), &place(nth))).collect(),
    };
    entries.iter().zip(spoken).enumerate().flat_map(of).collect()
}

fn place(nth: usize) -> String {
    format!("Bundle.entry[{nth}].resource")
}

/// What is told of broken rules: column, rule and remedy.
fn issues(faults: &[ReceiptFault], place: &str) -> Vec<Issue> {
    let of = |fault: &ReceiptFault| {
        let rule = Rule::ALL.iter().find(|rule| rule.code() == fault.rule).map(|rule| rule.text());
        let (meaning, remedy) = rule.map_or(("", ""), |rule| (rule.meaning, rule.remedy));
        Issue {
            severity: "error",
            code: "business-rule",
            text: format!("{}: {meaning} {remedy}", fault.field),
            expression: place.to_owned(),
            diagnostics: format!("rule={} column={}", fault.rule, fault.field),
        }
    };
    faults.iter().map(of).collect()
}

/// Of an entry that said several things, the one that was put aside is told, else the first.
fn answer(nth: usize, entry: &Entry, taken: Vec<Taken>) -> EntryAnswer {
    let nothing = |status, issues| EntryAnswer { status, location: None, etag: None, issues };
    let aside = taken.iter().position(|taken| !taken.faults.is_empty()).unwrap_or_default();
    let taken = match (&entry.said, taken.into_iter().nth(aside)) {
        (Err(refused), _) => return nothing(UNPROCESSABLE, vec![Issue::refused(refused)]),
        (Ok(Spoken::Discarded), _) => {
            let text = "discarded unread: this resource is on the list of what the directory may not hold";
            return nothing("200 OK", vec![Issue::plain("information", "informational", text)]);
        }
        (Ok(_), None) => return nothing(ACCEPTED, Vec::new()),
        (Ok(_), Some(taken)) => taken,
    };
    let location = entry.record.as_deref().map(|record| format!("Patient/{}", encoded(record)));
    let etag = Some(format!("W/\"{}.{}\"", taken.day, taken.number));
    let mut issues = issues(&taken.faults, &place(nth));
    if issues.is_empty() {
        return EntryAnswer { status: ACCEPTED, location, etag, issues };
    }
    let text = format!(
        "put aside under number {} of {}: it is kept, has a receipt, and need not be sent again until it is corrected",
        taken.number, taken.day
    );
    let number = format!("day={} number={}", taken.day, taken.number);
    issues.push(Issue::plain("information", "informational", text).with_diagnostics(number));
    EntryAnswer { status: UNPROCESSABLE, location, etag, issues }
}

/// A number of a source's own in an address.
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_an_address_is_one_part_of_it() {
        assert_eq!(encoded("R-1"), "R-1");
        assert_eq!(encoded("a/b?c\r\né"), "a%2Fb%3Fc%0D%0A%C3%A9");
    }
}
