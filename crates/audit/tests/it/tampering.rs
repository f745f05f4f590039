//! Every way to touch a trail is found, and the first bad entry named.

use audit::{FaultKind, Witness};
use proptest::prelude::*;

use crate::log::{Kept, Log, entry_id, verify};

fn kept() -> Kept {
    Log::of(12, &[4, 8, 12]).keep()
}

#[test]
fn a_flipped_bit_in_a_body_is_found_at_its_entry() {
    let mut kept = kept();
    let line = kept.line_of(6);
    kept.lines[line] = kept.lines[line].replace("\"body\":\"Bg", "\"body\":\"Bw");
    let fault = verify(&kept.lines, &kept.witness(&[12])).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Changed);
    assert_eq!((fault.seq, fault.last_seq, fault.entry_id), (6, 6, Some(entry_id(6))));
    assert_eq!(
        fault.to_string(),
        format!(
            "line 8, entry 6 ({}): changed: its content, or its predecessor's hash, does not give its recorded hash",
            entry_id(6)
        )
    );
}

#[test]
fn a_changed_header_is_found_at_its_entry() {
    let mut kept = kept();
    let line = kept.line_of(9);
    kept.lines[line] = kept.lines[line].replace("record_viewed", "sign_out");
    let fault = verify(&kept.lines, &kept.witness(&[12])).unwrap_err();
    assert_eq!((fault.seq, fault.kind), (9, FaultKind::Changed));
}

#[test]
fn a_dropped_entry_is_found_missing() {
    for (seq, line) in [(1, 2), (4, 5), (5, 7), (6, 8)] {
        let mut kept = kept();
        let at = kept.line_of(seq);
        kept.lines.remove(at);
        let fault = verify(&kept.lines, &kept.witness(&[12])).unwrap_err();
        assert_eq!((fault.seq, fault.line, fault.kind), (seq, line, FaultKind::Missing));
    }
}

#[test]
fn a_dropped_and_renumbered_entry_is_found_where_the_chain_breaks() {
    let mut kept = kept();
    let at = kept.line_of(6);
    kept.lines.remove(at);
    for seq in 7..=12 {
        let at = kept.line_of(seq);
        kept.lines[at] = kept.lines[at].replace(&format!("\"seq\":{seq},"), &format!("\"seq\":{},", seq - 1));
    }
    let fault = verify(&kept.lines, &kept.witness(&[12])).unwrap_err();
    assert_eq!((fault.seq, fault.kind), (6, FaultKind::Changed));
}

#[test]
fn two_entries_in_the_wrong_order_are_found_with_the_first_of_them() {
    let mut kept = kept();
    let (one, other) = (kept.line_of(6), kept.line_of(7));
    kept.lines.swap(one, other);
    let fault = verify(&kept.lines, &kept.witness(&[12])).unwrap_err();
    assert_eq!((fault.seq, fault.entry_id), (6, Some(entry_id(6))));
    assert_eq!(fault.kind, FaultKind::Reordered { found_on: other as u64 + 1 });
}

#[test]
fn an_entry_moved_behind_its_checkpoint_is_found() {
    let mut kept = kept();
    let (entry, checkpoint) = (kept.line_of(4), kept.line_of_checkpoint(4));
    kept.lines.swap(entry, checkpoint);
    let fault = verify(&kept.lines, &kept.witness(&[12])).unwrap_err();
    assert_eq!((fault.seq, fault.kind), (4, FaultKind::Reordered { found_on: 6 }));
}

#[test]
fn a_checkpoint_moved_behind_a_later_entry_is_found() {
    let mut kept = kept();
    let (entry, checkpoint) = (kept.line_of(5), kept.line_of_checkpoint(4));
    kept.lines.swap(entry, checkpoint);
    let fault = verify(&kept.lines, &kept.witness(&[12])).unwrap_err();
    assert_eq!((fault.seq, fault.kind), (5, FaultKind::CheckpointOutOfPlace { size: 4 }));
}

#[test]
fn an_entry_given_twice_is_found() {
    let mut kept = kept();
    let at = kept.line_of(6);
    kept.lines.insert(at, kept.lines[at].clone());
    let fault = verify(&kept.lines, &kept.witness(&[12])).unwrap_err();
    assert_eq!((fault.seq, fault.kind), (6, FaultKind::Repeated));
}

#[test]
fn a_trail_cut_at_a_checkpoint_is_found_with_the_witnesss_file() {
    let kept = kept();
    let cut = &kept.lines[..=kept.line_of_checkpoint(8)];
    let fault = verify(cut, &kept.witness(&[4, 12])).unwrap_err();
    assert_eq!((fault.seq, fault.kind), (9, FaultKind::Truncated { witnessed: 12 }));
    // Without a witness of what was cut, it looks like a younger trail, and the report says how far it is proved.
    assert_eq!(verify(cut, &kept.witness(&[4])).unwrap().unwitnessed_tail, 4);
}

#[test]
fn a_trail_cut_between_checkpoints_is_found_with_the_witnesss_file() {
    let kept = kept();
    let cut = &kept.lines[..=kept.line_of(10)];
    let fault = verify(cut, &kept.witness(&[8, 12])).unwrap_err();
    assert_eq!((fault.seq, fault.line, fault.kind), (11, 14, FaultKind::Truncated { witnessed: 12 }));
}

#[test]
fn a_trail_cut_before_a_checkpoint_that_is_still_there_is_found_without_any_witness() {
    let mut kept = kept();
    let at = kept.line_of(12);
    kept.lines.remove(at);
    let fault = verify(&kept.lines, &Witness::new()).unwrap_err();
    assert_eq!((fault.seq, fault.kind), (12, FaultKind::Missing));
}

#[test]
fn a_trail_rewritten_with_the_current_signing_key_is_found_with_the_witnesss_file() {
    let honest = kept();
    let mut log = Log::of(12, &[4, 8, 12]);
    log.entries[5].body = b"another search".to_vec();
    let rewritten = log.keep();

    // Every hash and signature is in order, so the trail alone cannot show it …
    assert!(verify(&rewritten.lines, &Witness::new()).is_ok());
    // … but the witness can, and narrows it down to what came after the last checkpoint that agrees.
    let fault = verify(&rewritten.lines, &honest.witness(&[4, 8, 12])).unwrap_err();
    assert_eq!((fault.seq, fault.last_seq, fault.entry_id), (5, 8, Some(entry_id(5))));
    assert_eq!(fault.kind, FaultKind::WitnessMismatch { size: 8 });
    let fault = verify(&rewritten.lines, &honest.witness(&[12])).unwrap_err();
    assert_eq!((fault.seq, fault.last_seq), (1, 12));
}

#[test]
fn a_trail_rewritten_and_cut_short_is_found_with_the_witnesss_file() {
    let honest = kept();
    let mut log = Log::of(12, &[4, 8, 12]);
    log.entries.remove(5);
    let fault = verify(&log.keep().lines, &honest.witness(&[12])).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Truncated { witnessed: 12 });
}

#[test]
fn a_chain_rewritten_without_the_signing_key_is_found_at_the_next_checkpoint() {
    let mut log = Log::of(12, &[4, 8, 12]);
    log.entries[5].body = b"another search".to_vec();
    let rewritten = log.keep();
    let honest = kept();
    let mut lines = rewritten.lines.clone();
    for size in [4, 8, 12] {
        let at = honest.line_of_checkpoint(size);
        lines[at] = honest.lines[at].clone();
    }
    let fault = verify(&lines, &Witness::new()).unwrap_err();
    assert_eq!((fault.seq, fault.last_seq, fault.entry_id), (5, 8, Some(entry_id(5))));
    assert_eq!(fault.kind, FaultKind::CheckpointMismatch { size: 8 });
}

#[test]
fn a_checkpoint_with_a_changed_text_or_signature_is_found() {
    let mut kept = kept();
    let at = kept.line_of_checkpoint(8);
    kept.lines[at] = kept.lines[at].replace("\\nat 2026", "\\nat 2025");
    let fault = verify(&kept.lines, &Witness::new()).unwrap_err();
    assert!(
        matches!(fault.kind, FaultKind::Untrusted(audit::CheckpointError::BadSignature { .. })),
        "{fault}"
    );
    assert_eq!(fault.line, at as u64 + 1);
}

/// One random act of an attacker on the lines of an export.
#[derive(Debug, Clone)]
enum Act {
    FlipBit(prop::sample::Index, prop::sample::Index),
    DropLine(prop::sample::Index),
    SwapLines(prop::sample::Index, prop::sample::Index),
    RepeatLine(prop::sample::Index, prop::sample::Index),
    CutAfter(prop::sample::Index),
}

fn act() -> impl Strategy<Value = Act> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        (index(), index()).prop_map(|(line, bit)| Act::FlipBit(line, bit)),
        index().prop_map(Act::DropLine),
        (index(), index()).prop_map(|(one, other)| Act::SwapLines(one, other)),
        (index(), index()).prop_map(|(from, to)| Act::RepeatLine(from, to)),
        index().prop_map(Act::CutAfter),
    ]
}

fn commit(act: &Act, lines: &mut Vec<Vec<u8>>) {
    match act {
        Act::FlipBit(line, bit) => {
            let line = line.index(lines.len());
            let bit = bit.index(lines[line].len() * 8);
            lines[line][bit / 8] ^= 1 << (bit % 8);
        }
        Act::DropLine(line) => {
            lines.remove(line.index(lines.len()));
        }
        Act::SwapLines(one, other) => {
            let count = lines.len();
            lines.swap(one.index(count), other.index(count));
        }
        Act::RepeatLine(from, to) => {
            let line = lines[from.index(lines.len())].clone();
            lines.insert(to.index(lines.len() + 1), line);
        }
        Act::CutAfter(line) => lines.truncate(line.index(lines.len())),
    }
}

/// What the trail says, apart from how it is spelt and how often it is signed.
fn entries_of(lines: &[Vec<u8>]) -> Option<Vec<(u64, String, String)>> {
    lines
        .iter()
        .filter_map(|line| match serde_json::from_slice::<serde_json::Value>(line) {
            Ok(value) if value.get("seq").is_some() => {
                let text = |name: &str| value[name].as_str().map(str::to_owned);
                Some(value["seq"].as_u64().zip(text("header")).zip(text("body")).map(|((a, b), c)| (a, b, c)))
            }
            Ok(_) => None,
            Err(_) => Some(None),
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_act_on_a_witnessed_trail_is_found_or_changes_no_entry(
        size in 1u64..20,
        checkpoints in prop::collection::btree_set(1u64..20, 0..5),
        act in act(),
    ) {
        let mut checkpoints: Vec<u64> = checkpoints.into_iter().filter(|&at| at < size).collect();
        checkpoints.push(size);
        let kept = Log::of(size, &checkpoints).keep();
        let witness = kept.witness(&checkpoints);
        let honest: Vec<Vec<u8>> = kept.lines.iter().map(|line| line.clone().into_bytes()).collect();
        prop_assert!(verify(&honest, &witness).is_ok());

        let mut touched = honest.clone();
        commit(&act, &mut touched);
        match verify(&touched, &witness) {
            Ok(report) => {
                prop_assert_eq!(report.entries, size);
                prop_assert_eq!(entries_of(&touched), entries_of(&honest), "an act went unnoticed: {:?}", act);
            }
            Err(fault) => prop_assert!(fault.seq >= 1 && fault.seq <= fault.last_seq && fault.seq <= size + 1),
        }
    }

    #[test]
    fn a_changed_entry_is_named_exactly(size in 1u64..20, seq: prop::sample::Index, byte: prop::sample::Index) {
        let kept = Log::of(size, &[size]).keep();
        let seq = seq.index(size as usize) as u64 + 1;
        let mut lines = kept.lines.clone();
        let at = kept.line_of(seq);
        let mut value: serde_json::Value = serde_json::from_str(&lines[at]).unwrap();
        let body = value["body"].as_str().unwrap();
        let byte = byte.index(body.len() - 4);
        let other = if &body[byte..=byte] == "A" { "B" } else { "A" };
        value["body"] = format!("{}{other}{}", &body[..byte], &body[byte + 1..]).into();
        lines[at] = value.to_string();
        let fault = verify(&lines, &Witness::new()).unwrap_err();
        prop_assert_eq!((fault.seq, fault.entry_id, fault.kind), (seq, Some(entry_id(seq)), FaultKind::Changed));
    }

    #[test]
    fn no_lines_make_the_verifier_stumble(lines in prop::collection::vec(any::<Vec<u8>>(), 0..6)) {
        let _ = verify(&lines, &Witness::new());
        let honest = Log::of(2, &[2]).keep().lines.into_iter().map(String::into_bytes);
        let mixed: Vec<Vec<u8>> = honest.zip(lines).flat_map(|(honest, other)| [honest, other]).collect();
        let _ = verify(&mixed, &Witness::new());
    }
}
