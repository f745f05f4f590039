//! The distances against strsim, and their laws.

use linkage::distance::{damerau_levenshtein, jaro_winkler};
use proptest::prelude::*;

/// Words of few letters, so that letters repeat and change places.
fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[a-d]{0,12}", "[a-z]{0,20}", "[a-c]{30,64}"]
}

proptest! {
    #[test]
    fn edits_are_those_of_strsim(a in word(), b in word()) {
        prop_assert_eq!(damerau_levenshtein(&a, &b), strsim::osa_distance(&a, &b));
    }

    #[test]
    fn similarity_is_that_of_strsim_in_one_of_its_two_directions(a in word(), b in word()) {
        let ours = jaro_winkler(&a, &b);
        let theirs = [strsim::jaro_winkler(&a, &b), strsim::jaro_winkler(&b, &a)];
        prop_assert!(theirs.iter().any(|value| (value - ours).abs() < 1e-12), "{} {:?}", ours, theirs);
    }

    #[test]
    fn both_are_symmetric_bounded_and_know_identity(a in word(), b in word()) {
        prop_assert_eq!(jaro_winkler(&a, &b), jaro_winkler(&b, &a));
        prop_assert_eq!(damerau_levenshtein(&a, &b), damerau_levenshtein(&b, &a));
        prop_assert!((0.0..=1.0).contains(&jaro_winkler(&a, &b)));
        prop_assert!(damerau_levenshtein(&a, &b) <= a.len().max(b.len()));
        prop_assert_eq!(jaro_winkler(&a, &a), 1.0);
        prop_assert_eq!(damerau_levenshtein(&a, &a), 0);
        prop_assert_eq!(damerau_levenshtein(&a, &b) == 0, a == b);
    }

    #[test]
    fn text_of_any_script_and_length_takes_the_same_measure(a in "\\PC{0,20}", b in "\\PC{0,90}") {
        prop_assert_eq!(damerau_levenshtein(&a, &b), strsim::osa_distance(&a, &b));
        let theirs = [strsim::jaro_winkler(&a, &b), strsim::jaro_winkler(&b, &a)];
        prop_assert!(theirs.iter().any(|value| (value - jaro_winkler(&a, &b)).abs() < 1e-12));
    }
}
