//! Verification of an export, line by line, in memory that does not grow with it.

use std::ops::ControlFlow;

use guards::Guard;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::checkpoint::{Origin, SignedCheckpoint};
use crate::export::{ExportLine, parse_line};
use crate::fault::{Fault, FaultKind};
use crate::hash::Hash;
use crate::key::TrustedKeys;
use crate::sequencer::Sequencer;
use crate::witness::Witness;

/// What a verification without fault has shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The log's name.
    pub origin: String,
    /// Entries read, all of them chained.
    pub entries: u64,
    /// Entries covered by a checkpoint in the export signed with a trusted key.
    pub signed_to: u64,
    /// Entries covered by a checkpoint the witness holds: only these are proved not to have been rewritten by
    /// whoever holds the signing key.
    pub witnessed_to: u64,
    /// When the last of the witness's checkpoints was signed.
    pub witnessed_at: Option<Timestamp>,
    /// Entries after the last witnessed checkpoint.
    pub unwitnessed_tail: u64,
    /// The hash of the last entry.
    pub head: String,
    /// The Merkle root over all entries.
    pub root: String,
}

/// A point up to which all is well, and the first entry after it.
#[derive(Default)]
struct Vouched {
    to: u64,
    next_id: Option<Uuid>,
}

impl Vouched {
    fn entry(&mut self, seq: u64, id: Option<Uuid>) {
        if seq == self.to + 1 {
            self.next_id = id;
        }
    }

    fn up_to(&mut self, size: u64) {
        *self = Self { to: size, next_id: None };
    }
}

/// Verifies an export: push its lines in order, then finish.
pub struct Verifier<'a> {
    keys: &'a TrustedKeys,
    witness: std::iter::Peekable<std::slice::Iter<'a, SignedCheckpoint>>,
    witnessed: Option<&'a SignedCheckpoint>,
    origin: Option<Origin>,
    chain: Sequencer,
    line: u64,
    by_signature: Vouched,
    by_witness: Vouched,
    signed_to: u64,
    witnessed_at: Option<Timestamp>,
    /// An entry that did not come in its place; it may still come later.
    awaited: Option<Fault>,
    fault: Option<Fault>,
}

impl<'a> Verifier<'a> {
    /// A verifier who believes these keys and this witness (an empty one when there is none).
    pub fn new(keys: &'a TrustedKeys, witness: &'a Witness) -> Self {
        Self {
            keys,
            witness: witness.checkpoints().iter().peekable(),
            witnessed: witness.last(),
            origin: None,
            chain: Sequencer::new(),
            line: 0,
            by_signature: Vouched::default(),
            by_witness: Vouched::default(),
            signed_to: 0,
            witnessed_at: None,
            awaited: None,
            fault: None,
        }
    }

    /// Takes the next line, without its line feed. `Break` when the rest no longer matters: the fault is certain.
    pub fn push(&mut self, line: &[u8]) -> ControlFlow<()> {
        if self.fault.is_some() {
            return ControlFlow::Break(());
        }
        self.line += 1;
        if let Some(awaited) = &self.awaited {
            if let Ok(ExportLine::Entry { seq, header, .. }) = parse_line(line)
                && seq == awaited.seq
            {
                let kind = FaultKind::Reordered { found_on: self.line };
                self.fault = Some(Fault { entry_id: entry_id(&header), kind, ..awaited.clone() });
                return ControlFlow::Break(());
            }
            return ControlFlow::Continue(());
        }
        match self.step(line) {
            Ok(()) => ControlFlow::Continue(()),
            Err(fault) if fault.kind == FaultKind::Missing => {
                self.awaited = Some(fault);
                ControlFlow::Continue(())
            }
            Err(fault) => {
                self.fault = Some(fault);
                ControlFlow::Break(())
            }
        }
    }

    /// What the whole export shows.
    ///
    /// # Errors
    ///
    /// The first bad entry and what is wrong with it.
    pub fn finish(mut self) -> Result<Report, Fault> {
        if let Some(fault) = self.fault.take().or(self.awaited.take()) {
            return Err(fault);
        }
        self.line += 1;
        let Some(origin) = &self.origin else {
            return Err(self.fault_here(FaultKind::Unreadable { reason: "the export is empty".to_owned() }));
        };
        let entries = self.chain.size();
        if let Some(last) = self.witnessed.map(SignedCheckpoint::checkpoint)
            && last.size > entries
        {
            return Err(self.fault_here(FaultKind::Truncated { witnessed: last.size }));
        }
        Ok(Report {
            origin: origin.to_string(),
            entries,
            signed_to: self.signed_to,
            witnessed_to: self.by_witness.to,
            witnessed_at: self.witnessed_at,
            unwitnessed_tail: entries - self.by_witness.to,
            head: self.chain.head().to_string(),
            root: self.chain.root().to_string(),
        })
    }

    fn step(&mut self, line: &[u8]) -> Result<(), Fault> {
        let parsed = parse_line(line).map_err(|reason| self.fault_here(FaultKind::Unreadable { reason }))?;
        match (parsed, &self.origin) {
            (ExportLine::Opening { origin }, None) => self.opening(origin),
            (ExportLine::Opening { .. }, Some(_)) => {
                Err(self.fault_here(FaultKind::Unreadable { reason: "it opens the export again".to_owned() }))
            }
            (_, None) => Err(self.fault_here(FaultKind::Unreadable {
                reason: "it is not the export's opening line".to_owned(),
            })),
            (ExportLine::Entry { seq, header, body, hash }, Some(_)) => self.entry(seq, &header, body, hash),
            (ExportLine::Checkpoint(signed), Some(origin)) => {
                let expected = origin.clone();
                self.checkpoint(&signed, &expected)
            }
        }
    }

    fn opening(&mut self, origin: Origin) -> Result<(), Fault> {
        if let Some(witnessed) = self.witnessed.map(|signed| &signed.checkpoint().origin)
            && *witnessed != origin
        {
            let (expected, found) = (witnessed.to_string(), origin.to_string());
            return Err(self.fault_here(FaultKind::WrongOrigin { expected, found }));
        }
        self.origin = Some(origin);
        self.compare_with_witness()
    }

    fn entry(&mut self, seq: u64, header: &str, body: Hash, hash: Hash) -> Result<(), Fault> {
        let expected = self.chain.size() + 1;
        if seq > expected {
            return Err(self.fault_here(FaultKind::Missing));
        }
        let entry_id = entry_id(header);
        if seq < expected {
            return Err(Fault { line: self.line, seq, last_seq: seq, entry_id, kind: FaultKind::Repeated });
        }
        if self.chain.next_hash(header, body) != hash && Guard::Chain.stands() {
            return Err(Fault { entry_id, ..self.fault_here(FaultKind::Changed) });
        }
        self.chain.push(hash);
        self.by_signature.entry(seq, entry_id);
        self.by_witness.entry(seq, entry_id);
        self.compare_with_witness()
    }

    fn checkpoint(&mut self, signed: &SignedCheckpoint, expected: &Origin) -> Result<(), Fault> {
        signed.verify(self.keys).map_err(|error| self.fault_here(FaultKind::Untrusted(error)))?;
        let checkpoint = signed.checkpoint();
        if checkpoint.origin != *expected {
            let (expected, found) = (expected.to_string(), checkpoint.origin.to_string());
            return Err(self.fault_here(FaultKind::WrongOrigin { expected, found }));
        }
        let size = self.chain.size();
        if checkpoint.size > size {
            return Err(self.fault_here(FaultKind::Missing));
        }
        if checkpoint.size < size {
            let kind = FaultKind::CheckpointOutOfPlace { size: checkpoint.size };
            let seq = checkpoint.size + 1;
            return Err(Fault { line: self.line, seq, last_seq: seq, entry_id: None, kind });
        }
        if !checkpoint.agrees_with(size, self.chain.head(), self.chain.root()) {
            return Err(self.since(&self.by_signature, FaultKind::CheckpointMismatch { size }));
        }
        self.signed_to = size;
        self.by_signature.up_to(size);
        Ok(())
    }

    /// Compares the log so far with what the witness saw when it was as long.
    fn compare_with_witness(&mut self) -> Result<(), Fault> {
        let size = self.chain.size();
        while let Some(signed) = self.witness.next_if(|signed| signed.checkpoint().size <= size) {
            let seen = signed.checkpoint();
            if !seen.agrees_with(size, self.chain.head(), self.chain.root()) {
                return Err(self.since(&self.by_witness, FaultKind::WitnessMismatch { size }));
            }
            self.by_witness.up_to(size);
            // What the witness saw is beyond doubt, and the export's own checkpoints can only add to it.
            self.by_signature.up_to(size);
            self.witnessed_at = Some(seen.at);
        }
        Ok(())
    }

    /// A fault at the next entry.
    fn fault_here(&self, kind: FaultKind) -> Fault {
        let seq = self.chain.size() + 1;
        Fault { line: self.line, seq, last_seq: seq, entry_id: None, kind }
    }

    /// A fault somewhere after the point up to which all was well.
    fn since(&self, vouched: &Vouched, kind: FaultKind) -> Fault {
        let seq = vouched.to + 1;
        let last_seq = self.chain.size().max(seq);
        Fault { line: self.line, seq, last_seq, entry_id: vouched.next_id, kind }
    }
}

/// The id in a header, also of a later version's: the chain vouches for the rest.
fn entry_id(header: &str) -> Option<Uuid> {
    #[derive(Deserialize)]
    struct Id {
        entry_id: Uuid,
    }
    serde_json::from_str::<Id>(header).ok().map(|id| id.entry_id)
}
