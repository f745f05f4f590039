//! The channels by which somebody could learn what is hidden, and the tests that hold each shut: one table, so that a channel
//! without a test is seen.

use std::path::PathBuf;

/// A channel, and the tests that hold it, each as its file and its name.
struct Channel {
    name: &'static str,
    tests: &'static [(&'static str, &'static str)],
}

const PAGES: (&str, &str) =
    ("web/tests/it/paired_worlds.rs", "what_a_shield_hides_changes_no_byte_of_any_page_and_no_statement");
const SENSITIVE: (&str, &str) = (
    "web/tests/it/sensitive_worlds.rs",
    "a_sensitive_service_changes_no_byte_of_any_ordinary_page_and_no_statement",
);
const FORMER: (&str, &str) = (
    "web/tests/it/former_numbers.rs",
    "a_former_number_is_answered_as_one_that_was_never_issued_on_every_page",
);
const PROBES: (&str, &str) =
    ("web/tests/it/paired_worlds.rs", "probes_by_a_supplier_tell_nobody_where_a_shielded_child_is");
const RECEIPTS: (&str, &str) =
    ("contactpoint/tests/it/probing.rs", "a_supplier_who_sends_one_row_is_told_the_same_whatever_it_meets");

const CHANNELS: &[Channel] = &[
    Channel {
        name: "a search by any field, any two fields and near-misses; parts of a date",
        tests: &[
            PAGES,
            ("service/tests/it/shields.rs", "a_search_by_where_answers_as_if_a_shielded_child_did_not_exist"),
        ],
    },
    Channel { name: "how many results there are", tests: &[PAGES, SENSITIVE] },
    Channel {
        name: "pages, order and the threshold of too many results",
        tests: &[PAGES, ("service/tests/it/searches.rs", "above_the_cap_no_row_is_shown")],
    },
    Channel {
        name: "the texts of errors, suggestions and the statuses and headers of answers",
        tests: &[PAGES, SENSITIVE],
    },
    Channel {
        name: "reports and charts with small numbers",
        tests: &[
            PAGES,
            ("service/tests/it/figures.rs", "an_authority_sees_rounded_counts_of_what_matched"),
            ("service/tests/it/figures.rs", "what_is_counted_of_a_load_leaves_out_whom_a_shield_protects"),
            (
                "service/tests/it/public_figures.rs",
                "shields_are_told_by_year_of_the_whole_service_and_nothing_else_depends_on_them",
            ),
        ],
    },
    Channel {
        name: "time",
        tests: &[
            ("service/tests/it/timing.rs", "what_is_hidden_is_answered_as_quickly_as_what_does_not_exist"),
            PAGES,
        ],
    },
    Channel { name: "an address or a handle that is guessed", tests: &[PAGES, FORMER] },
    Channel {
        name: "the browser's back button and pages kept in a cache",
        tests: &[("web/tests/it/headers.rs", "every_answer_is_kept_by_nobody_and_framed_by_nobody"), PAGES],
    },
    Channel {
        name: "what the trail shows to those who read it, and the clear headers of its entries",
        tests: &[PAGES, SENSITIVE],
    },
    Channel {
        name: "a supplier's receipts, exit status and measures of load, of files of one row",
        tests: &[RECEIPTS, PROBES],
    },
    Channel {
        name: "a child that a practitioner makes up: no page takes one, only a feed does",
        tests: &[PROBES, RECEIPTS],
    },
    Channel {
        name: "the pages of data administrators, of the archive and of retention",
        tests: &[PAGES, FORMER],
    },
    Channel {
        name: "brokering and transfers, which would name an authority",
        tests: &[
            PAGES,
            ("service/tests/it/transfers.rs", "nobody_but_the_two_desks_learns_that_a_protected_child_moves"),
        ],
    },
    Channel { name: "the number of a sealed former identity", tests: &[FORMER] },
];

#[test]
fn every_channel_is_held_by_a_test_that_there_is() {
    let crates = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    for Channel { name, tests } in CHANNELS {
        assert!(!tests.is_empty(), "{name}: nothing holds it");
        for (file, test) in *tests {
            let text = std::fs::read_to_string(crates.join(file)).unwrap_or_default();
            assert!(text.contains(&format!("fn {test}(")), "{name}: there is no test {test} in {file}");
        }
    }
}
