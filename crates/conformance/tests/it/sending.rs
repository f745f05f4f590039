//! The product of these tests as one that sends by requests: what is new since the step before, until everything is acknowledged.

use conformance::{Answered, Hearing, Manner, Refusal, Request, Sheet, Step};
use feeds::{Message, Profile, Said};
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use crate::casting::now;
use crate::product::Record;

/// What it does wrong, or otherwise.
#[derive(Debug, Clone, Copy, Default)]
pub struct Habits {
    /// Everything of a step in one request.
    pub together: bool,
    pub without_keys: bool,
    /// What was not acknowledged is not sent again.
    pub forgets: bool,
    /// What cannot be taken now is not sent again.
    pub gives_up: bool,
    pub hurries: bool,
    pub dates_anew: bool,
    pub keys_anew: bool,
    /// What was put aside is sent again as it was.
    pub repeats: bool,
    /// What was put aside is sent again as it was in the next step, before it is corrected.
    pub insists: bool,
    /// What is sent in the step of somebody who will be put aside is held back.
    pub drops_aside: bool,
    pub reads_no_receipts: bool,
    pub reads_no_sums: bool,
    /// Of the sums it compares the counts alone.
    pub counts_alone: bool,
    /// It computes another checksum than it should.
    pub miscomputes: bool,
    pub deletes_instead_of_merging: bool,
    pub writes_notes: bool,
    pub asks_for_children: bool,
}

/// What the kit heard of a step in which a product came to hold `records`, after it had held others.
pub fn requests(
    profile: &'static Profile,
    step: &Step,
    (records, before): (&[Record], &[Record]),
    habits: Habits,
) -> Vec<Request> {
    let mut line = Line { hearing: Hearing::of(step), at: now() - 1.hour(), habits };
    if step.manner == Manner::TellsReceipts && !habits.reads_no_receipts {
        line.hearing.begins(line.at, b"", None);
        line.hearing.tells_receipts(before.len());
        line.hearing.answers(Vec::new(), false);
    }
    let mut differs = false;
    if matches!(step.manner, Manner::TellsOtherSums | Manner::TellsSums) && !habits.reads_no_sums {
        line.hearing.begins(line.at, b"", None);
        differs = line.hearing.tells_sums() && !habits.counts_alone || habits.miscomputes;
        line.hearing.answers(Vec::new(), false);
    }
    if habits.asks_for_children && records.iter().any(|record| record.id == "R-1-0") {
        line.hearing.begins(line.at, b"", None);
        let refused = Refusal { what: "405".to_owned(), place: String::new() };
        line.hearing.answers(vec![refused], true);
    }
    // Where the sums differ, everything is sent again.
    let known = if differs { &[][..] } else { before };
    let mut said = news(profile, records, known, step, habits);
    if habits.insists {
        let changed = before.iter().filter(|record| !records.contains(record));
        let old = changed.map(|record| Said::Statement(statement(profile, record)));
        said = old.chain(said).collect();
    }
    let parcels: Vec<Vec<Said>> = match habits.together {
        true => vec![said],
        false => said.into_iter().map(|one| vec![one]).collect(),
    };
    for parcel in parcels {
        line.send(parcel);
    }
    line.hearing.heard()
}

struct Line {
    hearing: Hearing,
    at: Timestamp,
    habits: Habits,
}

impl Line {
    fn send(&mut self, mut parcel: Vec<Said>) {
        let key = parcel.first().map(|said| format!("key of {}", said.record()));
        let mut key = key.filter(|_| !self.habits.without_keys);
        loop {
            self.at += SignedDuration::from_millis(100);
            let body: String = parcel.iter().map(|said| written(said, self.habits)).collect();
            self.hearing.begins(self.at, body.as_bytes(), key.as_deref());
            let today = now().to_zoned(jiff::tz::TimeZone::UTC).date();
            let delivered = self.hearing.delivers(parcel.clone(), today);
            match self.hearing.answers(Vec::new(), false) {
                Answered::Lost if self.habits.forgets => return,
                Answered::Lost if self.habits.dates_anew => date_anew(&mut parcel),
                Answered::Lost if self.habits.keys_anew => key = Some("another".to_owned()),
                Answered::Wait { .. } if self.habits.gives_up => return,
                Answered::Wait { seconds } if !self.habits.hurries => {
                    self.at += SignedDuration::from_secs(i64::from(seconds));
                }
                Answered::Taken => {
                    let aside = match delivered {
                        conformance::Delivered::Taken(faults) => {
                            faults.iter().any(|faults| !faults.is_empty())
                        }
                        conformance::Delivered::NotNow | conformance::Delivered::TooMuch { .. } => false,
                    };
                    if !(aside && std::mem::take(&mut self.habits.repeats)) {
                        return;
                    }
                    if self.habits.dates_anew {
                        date_anew(&mut parcel);
                    }
                }
                _ => {}
            }
        }
    }
}

fn date_anew(parcel: &mut [Said]) {
    for said in parcel {
        if let Said::Statement(message) = said {
            message.say("effective_at", "2026-11-27T10:00:00+00:00").unwrap();
        }
    }
}

/// What is new.
fn news(
    profile: &'static Profile,
    records: &[Record],
    before: &[Record],
    step: &Step,
    habits: Habits,
) -> Vec<Said> {
    let held_back = |record: &Record| match &step.manner {
        Manner::PutsAside(child) => habits.drops_aside && record.sheet == child.sheet,
        _ => false,
    };
    let new = records.iter().filter(|record| !before.contains(record) && !held_back(record));
    let mut said: Vec<Said> = new.map(|record| Said::Statement(statement(profile, record))).collect();
    for ended in before.iter().filter(|record| !records.iter().any(|other| other.id == record.id)) {
        let surviving = records.iter().find(|record| who(&record.sheet) == who(&ended.sheet));
        said.push(match surviving {
            Some(record) if !habits.deletes_instead_of_merging => Said::Merge {
                surviving: record.id.clone(),
                ended: ended.id.clone(),
                statement: None,
                said: None,
            },
            _ => {
                Said::End { record_id: ended.id.clone(), as_of: jiff::civil::date(2026, 11, 26), said: None }
            }
        });
    }
    said
}

fn who(sheet: &Sheet) -> [Option<&String>; 3] {
    ["forenames", "surname", "date_of_birth"].map(|column| sheet.get(column))
}

fn statement(profile: &'static Profile, record: &Record) -> Message {
    let mut message = Message::new(profile);
    message.say("record_id", &record.id).unwrap();
    message.say("effective_at", &record.at).unwrap();
    for (column, value) in &record.sheet {
        message.say(column, value).unwrap();
    }
    message
}

fn written(said: &Said, habits: Habits) -> String {
    let notes =
        if habits.writes_notes && said.record() == "R-18-0" { "Heron lantern, forty-four" } else { "" };
    match said {
        Said::Statement(message) => {
            let values: Vec<&str> =
                message.profile().columns().map(|column| message.said(column.name)).collect();
            values.join(";") + notes
        }
        other => format!("{other:?}"),
    }
}
