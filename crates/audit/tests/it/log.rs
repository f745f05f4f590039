//! A small trail, honestly kept, and an attacker who holds the signing key.

use audit::export::{Body, checkpoint_line, entry_line, opening_line};
use audit::{
    Action, Fault, Handle, Hash, Header, Origin, Report, Sequencer, SignedCheckpoint, Signer, TrustedKeys,
    Verifier, Witness,
};
use jiff::Timestamp;
use uuid::Uuid;

pub fn origin() -> Origin {
    Origin::parse("contactpoint.example/live").unwrap()
}

pub fn signer() -> Signer {
    Signer::from_seed(origin(), &[7; 32])
}

pub fn keys() -> TrustedKeys {
    TrustedKeys::new([signer().public_key()])
}

pub fn at(second: u64) -> Timestamp {
    Timestamp::from_second(1_795_359_600 + second as i64).unwrap()
}

pub fn entry_id(seq: u64) -> Uuid {
    Uuid::from_u128(0x4000_8000_0000_0000_0000 + u128::from(seq))
}

/// What an entry holds before it is chained.
#[derive(Clone, Debug)]
pub struct Entry {
    pub header: String,
    pub body: Vec<u8>,
}

impl Entry {
    pub fn new(seq: u64) -> Self {
        let mut header = Header::new(entry_id(seq), at(seq), Action::RecordViewed);
        header.child = Some(Handle::from_bytes([seq as u8; 16]));
        header.fields = vec!["name".to_owned(), "date_of_birth".to_owned()];
        Self { header: header.to_json().unwrap(), body: vec![seq as u8; 40] }
    }
}

/// A trail: its entries and where checkpoints were signed.
#[derive(Clone, Debug)]
pub struct Log {
    pub entries: Vec<Entry>,
    pub checkpoints: Vec<u64>,
}

/// What comes of keeping a trail.
pub struct Kept {
    pub lines: Vec<String>,
    pub checkpoints: Vec<SignedCheckpoint>,
    pub hashes: Vec<Hash>,
}

impl Log {
    /// So many entries, with a checkpoint after each of the given numbers.
    pub fn of(entries: u64, checkpoints: &[u64]) -> Self {
        Self { entries: (1..=entries).map(Entry::new).collect(), checkpoints: checkpoints.to_vec() }
    }

    pub fn keep(&self) -> Kept {
        self.keep_as(&signer())
    }

    pub fn keep_as(&self, signer: &Signer) -> Kept {
        let mut sequencer = Sequencer::new();
        let mut kept =
            Kept { lines: vec![opening_line(signer.origin()).unwrap()], checkpoints: vec![], hashes: vec![] };
        for (index, entry) in self.entries.iter().enumerate() {
            let chained = sequencer.append(&entry.header, &entry.body);
            kept.hashes.push(chained.hash);
            kept.lines.push(entry_line(chained, &entry.header, Body::Sealed(&entry.body)).unwrap());
            if self.checkpoints.contains(&(index as u64 + 1)) {
                let signed = sequencer.checkpoint(signer, at(chained.seq)).signed().clone();
                kept.lines.push(checkpoint_line(&signed).unwrap());
                kept.checkpoints.push(signed);
            }
        }
        kept
    }
}

impl Kept {
    /// The witness who was given the checkpoints of these sizes.
    pub fn witness(&self, sizes: &[u64]) -> Witness {
        let mut witness = Witness::new();
        for signed in self.checkpoints.iter().filter(|signed| sizes.contains(&signed.checkpoint().size)) {
            witness.append(signed.clone(), &keys()).unwrap();
        }
        witness
    }

    /// The place among the lines of entry `seq`.
    pub fn line_of(&self, seq: u64) -> usize {
        self.lines.iter().position(|line| line.starts_with(&format!("{{\"seq\":{seq},"))).unwrap()
    }

    /// The place among the lines of the checkpoint of that size.
    pub fn line_of_checkpoint(&self, size: u64) -> usize {
        self.lines.iter().position(|line| line.contains(&format!("\\nsize {size}\\n"))).unwrap()
    }
}

pub fn verify<L: AsRef<[u8]>>(lines: &[L], witness: &Witness) -> Result<Report, Fault> {
    verify_with(lines, witness, &keys())
}

pub fn verify_with<L: AsRef<[u8]>>(
    lines: &[L],
    witness: &Witness,
    keys: &TrustedKeys,
) -> Result<Report, Fault> {
    let mut verifier = Verifier::new(keys, witness);
    for line in lines {
        if verifier.push(line.as_ref()).is_break() {
            break;
        }
    }
    verifier.finish()
}
