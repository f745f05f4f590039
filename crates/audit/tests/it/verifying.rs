//! Honest trails pass, and the report says how far.

use audit::export::{Body, entry_line, opening_line};
use audit::{FaultKind, Sequencer, Witness, body_hash};

use crate::log::{Log, at, entry_id, keys, origin, signer, verify, verify_with};

#[test]
fn an_honest_trail_is_proved_up_to_the_last_witnessed_checkpoint_and_says_so() {
    let kept = Log::of(10, &[4, 8]).keep();
    let report = verify(&kept.lines, &kept.witness(&[4])).unwrap();
    assert_eq!(
        (report.entries, report.signed_to, report.witnessed_to, report.unwitnessed_tail),
        (10, 8, 4, 6)
    );
    assert_eq!(report.witnessed_at, Some(at(4)));
    assert_eq!(report.origin, "contactpoint.example/live");
}

#[test]
fn without_a_witness_nothing_counts_as_witnessed() {
    let kept = Log::of(10, &[10]).keep();
    let report = verify(&kept.lines, &Witness::new()).unwrap();
    assert_eq!((report.signed_to, report.witnessed_to, report.unwitnessed_tail), (10, 0, 10));
    assert_eq!(report.witnessed_at, None);
}

#[test]
fn a_trail_without_entries_is_honest_too() {
    let lines = [opening_line(&origin()).unwrap()];
    assert_eq!(verify(&lines, &Witness::new()).unwrap().entries, 0);
    let mut witness = Witness::new();
    witness.append(Sequencer::new().checkpoint(&signer(), at(0)).signed().clone(), &keys()).unwrap();
    assert_eq!(verify(&Log::of(3, &[2]).keep().lines, &witness).unwrap().witnessed_at, Some(at(0)));
}

#[test]
fn verification_works_when_the_ciphertext_is_gone_and_only_its_hash_is_kept() {
    let log = Log::of(5, &[5]);
    let mut kept = log.keep();
    let mut sequencer = Sequencer::new();
    for (index, entry) in log.entries.iter().enumerate() {
        let chained = sequencer.append(&entry.header, &entry.body);
        kept.lines[index + 1] =
            entry_line(chained, &entry.header, Body::Hash(body_hash(&entry.body))).unwrap();
    }
    assert_eq!(verify(&kept.lines, &kept.witness(&[5])).unwrap().witnessed_to, 5);
}

#[test]
fn a_header_of_a_later_version_is_chained_like_any_other() {
    let mut log = Log::of(3, &[3]);
    log.entries[1].header = format!("{{\"entry_id\":\"{}\",\"action\":\"telepathy\"}}", entry_id(2));
    let kept = log.keep();
    assert!(verify(&kept.lines, &kept.witness(&[3])).is_ok());
}

#[test]
fn checkpoints_of_an_earlier_key_are_believed_while_it_is_trusted() {
    let earlier = audit::Signer::from_seed(origin(), &[8; 32]);
    let mut kept = Log::of(4, &[2]).keep_as(&earlier);
    kept.lines.push(Log::of(4, &[4]).keep().lines.pop().unwrap());
    let both = audit::TrustedKeys::new([earlier.public_key(), signer().public_key()]);
    assert_eq!(verify_with(&kept.lines, &Witness::new(), &both).unwrap().signed_to, 4);
    let fault = verify(&kept.lines, &Witness::new()).unwrap_err();
    assert!(matches!(fault.kind, FaultKind::Untrusted(audit::CheckpointError::UnknownKey { .. })), "{fault}");
}

#[test]
fn an_export_of_another_log_is_told_apart() {
    let other = audit::Signer::from_seed(audit::Origin::parse("elsewhere.example/live").unwrap(), &[7; 32]);
    let theirs = Log::of(4, &[4]).keep_as(&other);
    let ours = Log::of(4, &[4]).keep();
    let fault = verify(&theirs.lines, &ours.witness(&[4])).unwrap_err();
    assert!(matches!(fault.kind, FaultKind::WrongOrigin { .. }), "{fault}");
    let mut mixed = ours.lines.clone();
    mixed[5] = theirs.lines[5].clone();
    let fault = verify(&mixed, &Witness::new()).unwrap_err();
    assert!(matches!(fault.kind, FaultKind::WrongOrigin { .. }), "{fault}");
}

#[test]
fn what_is_not_an_export_is_refused_with_its_line() {
    let kept = Log::of(3, &[]).keep();
    for (lines, line) in [
        (vec![], 1),
        (vec![String::new()], 1),
        (kept.lines[1..].to_vec(), 1),
        ([kept.lines.clone(), vec!["{".to_owned()]].concat(), 5),
        ([kept.lines.clone(), vec![kept.lines[0].clone()]].concat(), 5),
        ([&kept.lines[..2], &["{\"seq\":2}".to_owned()]].concat(), 3),
    ] {
        let fault = verify(&lines, &Witness::new()).unwrap_err();
        assert!(matches!(fault.kind, FaultKind::Unreadable { .. }), "{fault}");
        assert_eq!(fault.line, line, "{fault}");
    }
}
