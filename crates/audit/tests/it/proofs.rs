use audit::{ConsistencyProof, InclusionProof, ProofError, prove_consistency, prove_inclusion};
use proptest::prelude::*;

use crate::log::Log;

#[test]
fn places_the_log_does_not_have_are_refused() {
    let kept = Log::of(5, &[]).keep();
    assert_eq!(prove_inclusion(&kept.hashes, 0), Err(ProofError::OutOfRange { size: 5, asked: 0 }));
    assert_eq!(prove_inclusion(&kept.hashes, 6), Err(ProofError::OutOfRange { size: 5, asked: 6 }));
    assert_eq!(prove_consistency(&kept.hashes, 0), Err(ProofError::OutOfRange { size: 5, asked: 0 }));
    assert_eq!(prove_consistency(&kept.hashes, 6), Err(ProofError::OutOfRange { size: 5, asked: 6 }));
    assert!(prove_inclusion(&[], 1).is_err());
}

proptest! {
    #[test]
    fn an_entry_is_shown_to_be_in_the_log_and_no_other_in_its_place(size in 1u64..40, seq: prop::sample::Index) {
        let kept = Log::of(size, &[size]).keep();
        let checkpoint = kept.checkpoints[0].checkpoint();
        let seq = seq.index(size as usize) as u64 + 1;
        let proof = prove_inclusion(&kept.hashes, seq).unwrap();
        let entry = kept.hashes[seq as usize - 1];
        prop_assert_eq!(proof.verify(entry, checkpoint), Ok(()));
        let other = audit::Hash::from_bytes([0xaa; 32]);
        prop_assert_eq!(proof.verify(other, checkpoint), Err(ProofError::NotProved));
    }

    #[test]
    fn a_later_log_is_shown_to_begin_with_an_earlier_one(early in 1u64..30, more in 0u64..30) {
        let kept = Log::of(early + more, &[early, early + more]).keep();
        let (earlier, later) = (kept.checkpoints.first().unwrap(), kept.checkpoints.last().unwrap());
        let proof = prove_consistency(&kept.hashes, early).unwrap();
        prop_assert_eq!(proof.verify(earlier.checkpoint(), later.checkpoint()), Ok(()));

        let mut log = Log::of(early + more, &[early, early + more]);
        log.entries[0].body = vec![];
        let rewritten = log.keep();
        let forged = prove_consistency(&rewritten.hashes, early).unwrap();
        let now = rewritten.checkpoints.last().unwrap();
        prop_assert_eq!(forged.verify(earlier.checkpoint(), now.checkpoint()), Err(ProofError::NotProved));
    }

    #[test]
    fn no_proof_makes_the_checker_stumble(
        seq: u64,
        hashes in prop::collection::vec(any::<[u8; 32]>(), 0..70),
        odd: Vec<u8>,
        sizes: (u64, u64),
    ) {
        let kept = Log::of(4, &[2, 4]).keep();
        let mut earlier = kept.checkpoints[0].checkpoint().clone();
        let mut later = kept.checkpoints[1].checkpoint().clone();
        for path in [hashes.concat(), odd] {
            let inclusion = InclusionProof::from_parts(seq % 6, path.clone());
            prop_assert!(inclusion.verify(kept.hashes[0], &later).is_err());
            prop_assert!(ConsistencyProof::from_path(path.clone()).verify(&earlier, &later).is_err());
            (earlier.size, later.size) = sizes;
            let _ = InclusionProof::from_parts(seq, path.clone()).verify(kept.hashes[0], &later);
            let _ = ConsistencyProof::from_path(path).verify(&earlier, &later);
            (earlier.size, later.size) = (2, 4);
        }
    }
}
