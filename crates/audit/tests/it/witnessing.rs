use audit::{Witness, WitnessError, prove_consistency};
use proptest::prelude::*;

use crate::log::{Kept, Log, at, keys, origin};

fn file_of(kept: &Kept) -> String {
    let mut witness = Witness::new();
    kept.checkpoints.iter().map(|signed| witness.append(signed.clone(), &keys()).unwrap()).collect()
}

#[test]
fn a_witness_file_reads_back_what_was_added_to_it() {
    let kept = Log::of(9, &[3, 6, 9]).keep();
    let noted = format!("# Received by post, 1 December.\n\n{}# End of the month.\n", file_of(&kept));
    let witness = Witness::parse(&noted, &keys()).unwrap();
    assert_eq!(witness.checkpoints(), kept.checkpoints);
    assert_eq!(witness.last().unwrap().checkpoint().at, at(9));
    assert_eq!(Witness::parse("", &keys()).unwrap(), Witness::new());
}

#[test]
fn a_file_with_windows_line_ends_is_refused_with_the_line() {
    let file = file_of(&Log::of(3, &[3]).keep()).replace('\n', "\r\n");
    let error = Witness::parse(&file, &keys()).unwrap_err();
    assert!(matches!(error, WitnessError::Checkpoint { line: 1, .. }), "{error}");
}

#[test]
fn a_file_cut_in_the_middle_of_a_checkpoint_is_refused_with_its_line() {
    let file = file_of(&Log::of(6, &[3, 6]).keep());
    let error = Witness::parse(&file[..file.len() - 30], &keys()).unwrap_err();
    assert!(matches!(error, WitnessError::Checkpoint { line: 10, .. }), "{error}");
}

#[test]
fn two_checkpoints_of_one_size_that_differ_prove_a_rewriting_by_themselves() {
    let honest = Log::of(4, &[4]).keep();
    let mut log = Log::of(4, &[4]);
    log.entries[2].body = vec![];
    let mut witness = honest.witness(&[4]);
    let error = witness.append(log.keep().checkpoints[0].clone(), &keys()).unwrap_err();
    assert_eq!(error, WitnessError::Contradiction { line: 10, size: 4 });
    assert_eq!(witness.checkpoints().len(), 1);
}

#[test]
fn the_same_checkpoint_signed_again_later_is_taken() {
    let kept = Log::of(4, &[4]).keep();
    let mut witness = kept.witness(&[4]);
    assert!(witness.append(kept.checkpoints[0].clone(), &keys()).is_ok());
}

#[test]
fn a_shorter_log_another_log_and_another_key_are_refused() {
    let kept = Log::of(6, &[3, 6]).keep();
    let mut witness = kept.witness(&[6]);
    let older = kept.checkpoints[0].clone();
    assert!(matches!(witness.append(older, &keys()), Err(WitnessError::Shrunk { last: 6, found: 3, .. })));

    let elsewhere =
        audit::Signer::from_seed(audit::Origin::parse("elsewhere.example/live").unwrap(), &[7; 32]);
    let theirs = Log::of(8, &[8]).keep_as(&elsewhere).checkpoints[0].clone();
    assert!(matches!(witness.append(theirs, &keys()), Err(WitnessError::WrongOrigin { .. })));

    let stranger = audit::Signer::from_seed(origin(), &[8; 32]);
    let forged = Log::of(8, &[8]).keep_as(&stranger).checkpoints[0].clone();
    assert!(matches!(witness.append(forged, &keys()), Err(WitnessError::Checkpoint { .. })));
}

#[test]
fn a_witness_who_asks_for_proof_refuses_a_rewritten_log_at_once() {
    let honest = Log::of(9, &[4, 9]).keep();
    let mut witness = honest.witness(&[4]);
    let mut log = Log::of(9, &[9]);
    log.entries[1].body = vec![];
    let rewritten = log.keep();
    let forged = prove_consistency(&rewritten.hashes, 4).unwrap();
    let refused = witness.append_proved(rewritten.checkpoints[0].clone(), &forged, &keys());
    assert!(matches!(refused, Err(WitnessError::NotConsistent(_))));

    let proof = prove_consistency(&honest.hashes, 4).unwrap();
    assert!(witness.append_proved(honest.checkpoints[1].clone(), &proof, &keys()).is_ok());
    assert_eq!(witness.checkpoints().len(), 2);
}

proptest! {
    #[test]
    fn a_changed_character_in_a_witness_file_is_noticed(place: prop::sample::Index, typed in "[ -~]") {
        let file = file_of(&Log::of(6, &[3, 6]).keep());
        let place = place.index(file.len());
        prop_assume!(file[place..=place] != typed && &file[place..=place] != "\n");
        let mut changed = file;
        changed.replace_range(place..=place, &typed);
        prop_assert!(Witness::parse(&changed, &keys()).is_err());
    }

    #[test]
    fn no_text_makes_the_reader_stumble(text: String) {
        let _ = Witness::parse(&text, &keys());
        let _ = audit::TrustedKeys::parse(&text);
        let _ = audit::Origin::parse(&text);
    }
}
