//! The requests of one step: what was taken of them, and whether what was not acknowledged came again as it must.

use std::collections::{BTreeMap, BTreeSet};

use feeds::{Outcome, Said};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::{Arrived, Undated, undated};
use crate::hearing::{Answered, Request};
use crate::report::Finding;

/// What was said of a record, as it is compared with what is said again.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Words {
    Statement(Vec<u8>),
    Other(Said),
}

/// A request of which the product knows that it has to be sent again.
struct Attempt<'a> {
    place: String,
    request: &'a Request,
    words: BTreeMap<String, Words>,
    not_before: Option<Timestamp>,
}

#[derive(Default)]
struct Attempts<'a> {
    open: Vec<Attempt<'a>>,
    /// What the kit put aside, by record.
    put_aside: BTreeSet<(String, Undated)>,
    /// What of a request that is all or nothing the kit named, by record.
    named: BTreeSet<(String, Undated)>,
}

pub(super) fn read(name: &str, requests: &[Request], today: Date, before: Option<&Arrived>) -> Arrived {
    let mut arrived = Arrived { is_by_requests: true, ..Arrived::default() };
    if let Some(before) = before {
        arrived.statements.clone_from(&before.statements);
    }
    let mut attempts = Attempts::default();
    for (number, request) in (1_usize..).zip(requests) {
        let place = format!("{name}, request {number}");
        for refused in &request.refused {
            let at =
                if refused.place.is_empty() { place.clone() } else { format!("{place}, {}", refused.place) };
            let remedy = "Send what docs/connect describes and nothing else";
            arrived.findings.push(Finding::new(at, format!("not taken: {}", refused.what), remedy));
        }
        if before.is_some_and(|before| request.said.iter().any(|said| before.put_this_aside(said))) {
            arrived.came_again(&place);
        }
        attempts.look(&place, request, today, &mut arrived);
        match request.answered {
            Answered::Taken => {
                if let Some(after) = &mut arrived.after_sums {
                    after.extend(request.said.iter().map(|said| said.record().to_owned()));
                }
                arrived.hear(&place, request, today);
            }
            Answered::Receipts(count) => arrived.receipts += count,
            Answered::Sums => {
                arrived.after_sums.get_or_insert_default();
            }
            Answered::Refused | Answered::Lost | Answered::Wait { .. } | Answered::Nothing => {}
        }
        let aside = request.put_aside.iter().filter_map(|nth| request.said.get(*nth));
        let aside = aside.filter_map(|said| Some((said.record().to_owned(), undated(said.message()?))));
        arrived.put_aside.extend(aside);
    }
    attempts.end(&mut arrived.findings);
    arrived
}

impl Arrived {
    /// Takes what a request says; what the kit put aside on purpose is not there.
    fn hear(&mut self, place: &str, request: &Request, today: Date) {
        for (nth, said) in (0_usize..).zip(&request.said) {
            if request.put_aside.contains(&nth) {
                continue;
            }
            let at = match request.said.len() {
                1 => place.to_owned(),
                _ => format!("{place}, statement {}", nth + 1),
            };
            match said {
                Said::Statement(message) => self.take(|_| at.clone(), message.judge(0, today)),
                _ => {
                    let faults = said.faults(today);
                    faults.iter().for_each(|fault| self.set_aside(&at, fault));
                    if faults.is_empty() {
                        self.change(said, at, today);
                    }
                }
            }
        }
    }

    fn change(&mut self, said: &Said, at: String, today: Date) {
        match said {
            Said::Statement(_) => {}
            Said::Merge { surviving, ended, statement, .. } => {
                if let Some(message) = statement {
                    self.take(|_| at.clone(), message.judge(0, today));
                }
                self.statements.remove(ended);
                self.merges.push((surviving.clone(), ended.clone(), at));
            }
            Said::End { record_id, .. } => {
                self.statements.remove(record_id);
            }
        }
    }
}

impl<'a> Attempts<'a> {
    fn look(&mut self, place: &str, request: &'a Request, today: Date, arrived: &mut Arrived) {
        if request.said.is_empty() {
            return;
        }
        let words: BTreeMap<String, Words> =
            request.said.iter().map(|said| (said.record().to_owned(), words(said, today))).collect();
        for attempt in self.open.iter().filter(|attempt| attempt.shares(&words)) {
            attempt.against(place, request, &words, &mut arrived.findings);
        }
        self.aside(place, request, arrived);
        match request.answered {
            Answered::Lost | Answered::Wait { .. } => {
                let wait = match request.answered {
                    Answered::Wait { seconds } => {
                        request.at.checked_add(SignedDuration::from_secs(i64::from(seconds))).ok()
                    }
                    _ => None,
                };
                self.open.push(Attempt { place: place.to_owned(), request, words, not_before: wait });
            }
            Answered::Taken => {
                for attempt in &mut self.open {
                    attempt.words.retain(|record, _| !words.contains_key(record));
                }
            }
            Answered::Refused | Answered::Receipts(_) | Answered::Sums | Answered::Nothing => {}
        }
    }

    /// What was put aside is kept and need not come again; what was named of a request that is all or nothing is left out of it.
    fn aside(&mut self, place: &str, request: &Request, arrived: &mut Arrived) {
        let kept = request.answered == Answered::Taken;
        for said in request.put_aside.iter().filter_map(|nth| request.said.get(*nth)) {
            let Some(words) = said.message().map(undated) else { continue };
            let told = (said.record().to_owned(), words);
            if self.put_aside.contains(&told) || (!kept && self.named.contains(&told)) {
                arrived.came_again(place);
            }
            if kept { &mut self.put_aside } else { &mut self.named }.insert(told);
        }
    }

    /// What was never acknowledged.
    fn end(&self, findings: &mut Vec<Finding>) {
        for attempt in self.open.iter().filter(|attempt| !attempt.words.is_empty()) {
            let what =
                format!("{} statement(s) were not acknowledged, and did not come again", attempt.words.len());
            findings.push(Finding::new(
                &attempt.place,
                what,
                "Send everything again that was not acknowledged",
            ));
        }
    }
}

impl Attempt<'_> {
    fn shares(&self, words: &BTreeMap<String, Words>) -> bool {
        self.words.keys().any(|record| words.contains_key(record))
    }

    fn against(
        &self,
        place: &str,
        request: &Request,
        words: &BTreeMap<String, Words>,
        findings: &mut Vec<Finding>,
    ) {
        if self.not_before.is_some_and(|moment| request.at < moment) {
            let what = "sent again before the seconds of Retry-After were over";
            findings.push(Finding::new(place, what, "Wait as long as Retry-After says, then send it again"));
        }
        if self.request.body == request.body && self.request.key != request.key {
            let what = "the same request came again with another Idempotency-Key, or without the one it had";
            let remedy = "Make a key for each request, keep it with the request, and send both again";
            findings.push(Finding::new(place, what, remedy));
        }
        if self.words.iter().any(|(record, before)| words.get(record).is_some_and(|now| now != before)) {
            let what = "nothing was changed, and the statement that came again is another";
            findings.push(Finding::new(
                place,
                what,
                "Send again what was not acknowledged as it was, effective_at too",
            ));
        }
    }
}

fn words(said: &Said, today: Date) -> Words {
    match said {
        Said::Statement(message) => match message.judge(0, today) {
            Outcome::Accepted(row) => Words::Statement(row.canonical),
            Outcome::Quarantined(_) => Words::Other(said.clone()),
        },
        _ => Words::Other(said.clone()),
    }
}
