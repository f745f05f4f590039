//! What stands behind the door while a product is tested, in place of a directory: it judges what is said by the rules of a row,
//! keeps it for the report, and answers. It holds nothing but what the product itself said (law 7).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conformance::{Answered, Delivered, Hearing, Refusal, Request, Step};
use directory::connecting::{CredentialKind, Missing, WayIn};
use feeds::{Fault, Outcome, Profile, Said};
use intake::door::{Known, Later, Receiver, Source};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rand::RngExt as _;
use service::{
    Announcement, DoorError, LoadError, Receipt, ReceiptCursor, ReceiptFault, ReceiptPage, Reconciliation,
    Repeatable, RowStatus, ServiceError, Sums, Taken, UploadError, UploadView, checksum, said_digest,
};
use uuid::Uuid;

use crate::system;

/// By which name the product is a source while it is tested, in its signed assertions.
pub(super) const NAME: &str = "kit";

/// The recorder of one test.
#[derive(Clone)]
pub(super) struct Recorder {
    profile: &'static Profile,
    way: WayIn,
    /// In seconds; receipts of a later test are read on after those of an earlier one.
    began: i64,
    kept: Arc<Mutex<Kept>>,
}

struct Kept {
    hearing: Hearing,
    /// The product proves itself by the first credential of a kind that it shows, and by no other afterwards.
    credentials: BTreeMap<&'static str, [u8; 32]>,
    assertions: BTreeSet<String>,
    tokens: BTreeSet<String>,
    taken: u64,
    /// What was said last of each record.
    last: BTreeMap<String, Vec<u8>>,
    receipts: Vec<Receipt>,
    /// The digest of what each of them is about.
    digests: Vec<u128>,
    /// As many of them can be read: those of the steps before.
    readable: usize,
    /// Where those of the step before begin: its sums are told.
    summed_from: usize,
    answered: BTreeMap<String, ([u8; 32], Vec<Taken>)>,
}

impl Recorder {
    pub(super) fn new(profile: &'static Profile, way: WayIn) -> Self {
        let kept = Kept {
            hearing: Hearing::of(&Step::default()),
            credentials: BTreeMap::new(),
            assertions: BTreeSet::new(),
            tokens: BTreeSet::new(),
            taken: 0,
            last: BTreeMap::new(),
            receipts: Vec::new(),
            digests: Vec::new(),
            readable: 0,
            summed_from: 0,
            answered: BTreeMap::new(),
        };
        let began = system::world().now().as_second();
        Self { profile, way, began, kept: Arc::new(Mutex::new(kept)) }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begins(&self, step: &Step) {
        let mut kept = self.kept();
        kept.hearing = Hearing::of(step);
        kept.summed_from = kept.readable;
        kept.readable = kept.receipts.len();
        if kept.hearing.turns_receipts() {
            let turns = [RowStatus::Accepted, RowStatus::Unchanged, RowStatus::Superseded];
            for (receipt, status) in kept.receipts.iter_mut().rev().zip(turns.into_iter().rev()) {
                receipt.status = status;
            }
        }
    }

    /// What was heard in the step; nothing belongs to it any more.
    pub(super) fn ended(&self) -> Vec<Request> {
        std::mem::replace(&mut self.kept().hearing, Hearing::of(&Step::default())).heard()
    }

    pub(super) fn request(&self, at: Timestamp, body: &[u8], key: Option<&str>) {
        self.kept().hearing.begins(at, body, key);
    }

    pub(super) fn answers(&self, refused: Vec<Refusal>, whole: bool) -> Answered {
        self.kept().hearing.answers(refused, whole)
    }

    fn today(&self) -> Date {
        self.now().to_zoned(TimeZone::UTC).date()
    }

    fn shown(&self, kind: CredentialKind, sha256: [u8; 32]) -> bool {
        let mut kept = self.kept();
        if let Some(known) = kept.credentials.get(kind.code()) {
            return *known == sha256;
        }
        let digest = hex::encode(sha256);
        eprintln!("  the product proves itself by {}:{digest}; an authority registers this", kind.code());
        kept.credentials.insert(kind.code(), sha256);
        true
    }

    fn take(
        &self,
        way: WayIn,
        said: Vec<Said>,
        repeatable: Option<Repeatable<'_>>,
    ) -> Result<Vec<Taken>, DoorError> {
        if way != self.way {
            return Err(DoorError::Lacks(vec![Missing::TypeNotAccredited]));
        }
        let (day, mut kept) = (self.today(), self.kept());
        let faults = match kept.hearing.delivers(said.clone(), day) {
            Delivered::Taken(faults) => faults,
            // As a source is told that is paused: 503, and when to come again.
            Delivered::NotNow => return Err(DoorError::Paused),
            // As one that has said as much as it may: 429.
            Delivered::TooMuch { seconds } => {
                return Err(DoorError::Full {
                    a_day: usize::try_from(kept.taken).unwrap_or(usize::MAX),
                    seconds,
                });
            }
        };
        if let Some(Repeatable { key, sha256 }) = repeatable
            && let Some((before, taken)) = kept.answered.get(key)
        {
            return if before == sha256 { Ok(taken.clone()) } else { Err(DoorError::AnotherRequest) };
        }
        let taken: Vec<Taken> = said
            .iter()
            .zip(faults)
            .map(|(said, faults)| {
                kept.taken += 1;
                let digest = said_digest(said, kept.taken, day, &faults);
                kept.digests.push(digest);
                let faults: Vec<ReceiptFault> = faults.iter().map(told).collect();
                let receipt = kept.receipt(said, (self.began, day), &faults);
                kept.receipts.push(receipt);
                Taken { day, number: kept.taken, faults }
            })
            .collect();
        if let Some(Repeatable { key, sha256 }) = repeatable {
            kept.answered.insert(key.to_owned(), (*sha256, taken.clone()));
        }
        Ok(taken)
    }

    fn page(&self, after: ReceiptCursor, limit: usize) -> ReceiptPage {
        let written = after.to_string();
        let (block, row) = written.split_once('-').unwrap_or_default();
        let block = block.parse::<i64>().unwrap_or_default();
        let read = match block.cmp(&self.began) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => row.parse().unwrap_or_default(),
            std::cmp::Ordering::Greater => usize::MAX,
        };
        let mut kept = self.kept();
        let readable = kept.receipts.iter().take(kept.readable);
        let lines: Vec<Receipt> = readable.skip(read).take(limit).cloned().collect();
        kept.hearing.tells_receipts(lines.len());
        let next = lines.last().and_then(|line| line.cursor.parse().ok()).unwrap_or(after);
        ReceiptPage { lines, next }
    }

    /// Counted as a directory counts, of what was said in the step before alone.
    fn sums(&self, day: Date) -> Reconciliation {
        let mut kept = self.kept();
        let of_others = kept.hearing.tells_sums();
        let step = kept.summed_from..kept.readable;
        let digests = kept.digests.get(step.clone()).unwrap_or_default().iter().copied();
        let mut total = Sums { checksum: checksum(digests.chain(of_others.then_some(1))), ..Sums::default() };
        for receipt in kept.receipts.get(step).unwrap_or_default() {
            total.sent += 1;
            let count = match receipt.status {
                RowStatus::Accepted => &mut total.accepted,
                RowStatus::Unchanged => &mut total.unchanged,
                RowStatus::Superseded => &mut total.superseded,
                RowStatus::Quarantined => &mut total.quarantined,
                RowStatus::Unread => &mut total.unread,
            };
            *count += 1;
        }
        Reconciliation { source: NAME.to_owned(), day, complete: false, files: Vec::new(), total }
    }
}

impl Kept {
    fn receipt(&mut self, said: &Said, (block, day): (i64, Date), faults: &[ReceiptFault]) -> Receipt {
        let record = said.record().to_owned();
        let status = match said {
            _ if !faults.is_empty() => RowStatus::Quarantined,
            Said::Statement(message) => match message.judge(0, day) {
                Outcome::Accepted(row) if self.last.get(&record) == Some(&row.canonical) => {
                    RowStatus::Unchanged
                }
                Outcome::Accepted(row) => {
                    self.last.insert(record.clone(), row.canonical);
                    RowStatus::Accepted
                }
                Outcome::Quarantined(_) => RowStatus::Quarantined,
            },
            _ => RowStatus::Accepted,
        };
        Receipt {
            cursor: format!("{block}-{}", self.receipts.len() + 1),
            file: Some(format!("messages {day}")),
            sequence: None,
            row: self.taken,
            record: (status != RowStatus::Quarantined).then_some(record),
            status,
            faults: faults.to_vec(),
        }
    }
}

fn told(fault: &Fault) -> ReceiptFault {
    ReceiptFault { field: fault.field.to_owned(), rule: fault.code().to_owned() }
}

impl Receiver for Recorder {
    fn now(&self) -> Timestamp {
        system::world().now()
    }

    fn connect(&self, kind: CredentialKind, sha256: [u8; 32]) -> Later<'_, Known> {
        let known = self.shown(kind, sha256).then(|| Arc::new(self.clone()) as Arc<dyn Source>);
        Box::pin(std::future::ready(Ok(known)))
    }

    fn connect_by_token<'a>(&'a self, token: &'a str) -> Later<'a, Known> {
        let known = self.kept().tokens.contains(token).then(|| Arc::new(self.clone()) as Arc<dyn Source>);
        Box::pin(std::future::ready(Ok(known)))
    }
}

impl Source for Recorder {
    fn name(&self) -> &str {
        NAME
    }

    fn profile(&self) -> &'static Profile {
        self.profile
    }

    fn token<'a>(
        &'a self,
        _: &'a [u8; 32],
        id: &'a str,
        _: Timestamp,
    ) -> Later<'a, Result<Option<String>, ServiceError>> {
        let mut kept = self.kept();
        let given = kept.assertions.insert(id.to_owned()).then(|| {
            let token = hex::encode(system::chance().generator().random::<[u8; 32]>());
            kept.tokens.insert(token.clone());
            token
        });
        Box::pin(std::future::ready(Ok(given)))
    }

    fn deliver<'a>(
        &'a self,
        way: WayIn,
        said: Vec<Said>,
        _: BTreeMap<String, u64>,
        repeatable: Option<Repeatable<'a>>,
    ) -> Later<'a, Result<Vec<Taken>, DoorError>> {
        Box::pin(std::future::ready(self.take(way, said, repeatable)))
    }

    fn would_break(&self, said: &Said) -> Vec<ReceiptFault> {
        let day = self.today();
        self.kept().hearing.considers(said, day).iter().map(told).collect()
    }

    fn receipts(&self, after: ReceiptCursor, limit: usize) -> Later<'_, Result<ReceiptPage, LoadError>> {
        Box::pin(std::future::ready(Ok(self.page(after, limit))))
    }

    fn reconciliation(&self, day: Date) -> Later<'_, Result<Reconciliation, LoadError>> {
        Box::pin(std::future::ready(Ok(self.sums(day))))
    }

    // Whole files are tested by --files, in whatever parts they are sent.

    fn announce<'a>(&'a self, _: &'a Announcement) -> Later<'a, Result<UploadView, UploadError>> {
        let lacks = DoorError::Lacks(vec![Missing::TypeNotAccredited]);
        Box::pin(std::future::ready(Err(UploadError::MayNot(Box::new(lacks)))))
    }

    fn take_part<'a>(&'a self, _: Uuid, _: u64, _: &'a [u8]) -> Later<'a, Result<UploadView, UploadError>> {
        Box::pin(std::future::ready(Err(UploadError::NotFound)))
    }

    fn upload(&self, _: Uuid) -> Later<'_, Result<UploadView, UploadError>> {
        Box::pin(std::future::ready(Err(UploadError::NotFound)))
    }

    fn give_up(&self, _: Uuid) -> Later<'_, Result<(), UploadError>> {
        Box::pin(std::future::ready(Err(UploadError::NotFound)))
    }
}
