use audit::{Hash, Sequencer, StateError, StoredCheckpoint};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;

use crate::log::{Entry, Log, at, signer};

#[test]
fn the_hashes_of_a_chain_stay_as_they_are() {
    let kept = Log::of(3, &[]).keep();
    insta::assert_debug_snapshot!(kept.hashes);
}

#[test]
fn a_sequencer_goes_on_from_its_last_checkpoint_without_the_log() {
    let mut sequencer = Sequencer::new();
    for seq in 1..=11 {
        let entry = Entry::new(seq);
        sequencer.append(&entry.header, &entry.body);
    }
    let row = sequencer.checkpoint(&signer(), at(11));
    let mut resumed =
        StoredCheckpoint::from_row(&row.row_body(), row.row_signature()).unwrap().into_sequencer();
    let entry = Entry::new(12);
    assert_eq!(resumed.append(&entry.header, &entry.body), sequencer.append(&entry.header, &entry.body));
    assert_eq!(resumed, sequencer);
}

#[test]
fn entries_chained_after_the_last_checkpoint_are_replayed_in_order() {
    let kept = Log::of(5, &[]).keep();
    let mut sequencer = Sequencer::new();
    for (index, hash) in kept.hashes.iter().enumerate() {
        sequencer.replay(index as u64 + 1, *hash).unwrap();
    }
    assert_eq!(sequencer.head(), *kept.hashes.last().unwrap());
    assert_eq!(sequencer.replay(7, Hash::ZERO), Err(StateError::NotNext { expected: 6, found: 7 }));
    assert_eq!(sequencer.replay(5, Hash::ZERO), Err(StateError::NotNext { expected: 6, found: 5 }));
}

#[test]
fn a_state_that_does_not_give_its_checkpoint_is_refused() {
    let mut sequencer = Sequencer::new();
    let earlier = sequencer.to_text();
    let entry = Entry::new(1);
    sequencer.append(&entry.header, &entry.body);
    let row = sequencer.checkpoint(&signer(), at(1));
    let mixed = row.row_body().replace(&sequencer.to_text(), &earlier);
    assert_eq!(
        StoredCheckpoint::from_row(&mixed, row.row_signature()),
        Err(StateError::NotOfCheckpoint { size: 1 })
    );
}

proptest! {
    #[test]
    fn the_root_is_the_one_of_rfc_6962(leaves in prop::collection::vec(any::<[u8; 32]>(), 0..70)) {
        let mut oracle = MemoryBackedTree::<Sha256, Hash>::new();
        let mut sequencer = Sequencer::new();
        for (index, leaf) in leaves.into_iter().map(Hash::from_bytes).enumerate() {
            oracle.push(leaf);
            sequencer.replay(index as u64 + 1, leaf).unwrap();
            let (root, expected) = (sequencer.root(), oracle.root());
            prop_assert_eq!(root.as_bytes().as_slice(), expected.as_bytes().as_slice());
            prop_assert_eq!(&Sequencer::parse(&sequencer.to_text()).unwrap(), &sequencer);
        }
    }

    #[test]
    fn no_text_makes_the_reader_stumble(text: String, size: u64, peaks in "[A-Za-z0-9+/=]{0,90}") {
        prop_assert!(Sequencer::parse(&text).is_err());
        let _ = Sequencer::parse(&format!("contactpoint-audit-state-1:{size}:{}:{peaks}", Hash::ZERO));
        prop_assert!(StoredCheckpoint::from_row(&text, &[0; 64]).is_err());
    }
}
