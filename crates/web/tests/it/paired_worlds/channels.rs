//! The channels by which somebody could learn what is hidden, and what holds each shut: tests, each with the guards without which
//! it fails. The pairs are looked up in the list that is run (`guards::PROOFS`), so that a channel whose test would pass without
//! its protection is seen. What holds by a type, which has no place for what is hidden, names the type.

use std::path::PathBuf;

use guards::{Guard, PROOFS};

/// A channel, and what holds it.
struct Channel {
    name: &'static str,
    held: &'static [Held],
}

/// What holds a channel.
enum Held {
    /// A test, by its package and name, that fails without these guards.
    By(&'static str, &'static str, &'static [Guard]),
    /// A type, by its file and its words there, that has no field or variant for what is hidden.
    AsThereIsNo(&'static str, &'static str),
    /// A test beside those: of what no line alone protects.
    SeenBy(&'static str, &'static str),
}

use Held::{AsThereIsNo, By, SeenBy};

const PAGES: &str = "paired_worlds::what_a_shield_hides_changes_no_byte_of_any_page_and_no_statement";
const SHOWN: Held = By("web", PAGES, &[Guard::LeastDisclosure]);
const ASKED: Held = By("web", PAGES, &[Guard::HiddenSearchKeys, Guard::Strangers]);
const SENSITIVE: Held = By(
    "web",
    "sensitive_worlds::a_sensitive_service_changes_no_byte_of_any_ordinary_page_and_no_statement",
    &[Guard::OpenServices],
);
const FORMER: Held = By(
    "web",
    "former_numbers::a_former_number_is_answered_as_one_that_was_never_issued_on_every_page",
    &[Guard::FormerIdentity],
);
const PROBES: Held =
    SeenBy("web", "paired_worlds::probes_by_a_supplier_tell_nobody_where_a_shielded_child_is");
const GUESSED: Held = By(
    "service",
    "figures::a_guess_at_where_a_shielded_child_lives_is_counted_alike_right_or_wrong",
    &[Guard::ProtectedUncounted],
);
const BARRED: Held = By(
    "service",
    "barred::a_barred_account_is_answered_for_every_number_as_for_one_that_was_never_issued",
    &[Guard::Bars],
);
const SMALL: Held =
    By("service", "figures::an_authority_sees_rounded_counts_of_what_matched", &[Guard::SmallNumbers]);
const UNCOUNTED: Held = By(
    "service",
    "figures::a_load_is_counted_without_what_is_known_of_a_shielded_child_alone",
    &[Guard::ProtectedUncounted],
);

const CHANNELS: &[Channel] = &[
    Channel {
        name: "a search by any choice of fields and near-misses; parts of a date",
        held: &[
            By(
                "service",
                "shields::a_shield_leaves_no_search_key_made_of_hidden_fields",
                &[Guard::HiddenSearchKeys],
            ),
            SHOWN,
            ASKED,
            SENSITIVE,
            // Who has no key is not looked at, and who is looked at shows nothing that fits: no one line makes it fail.
            SeenBy("service", "shields::a_search_by_where_answers_as_if_a_shielded_child_did_not_exist"),
        ],
    },
    Channel { name: "how many results there are", held: &[SHOWN, ASKED, SENSITIVE] },
    Channel {
        name: "pages, order and the threshold of too many results",
        held: &[
            By("service", "searches::above_the_cap_no_row_is_shown", &[Guard::ResultCap]),
            SHOWN,
            // Rows of one list, nothing or too many: there is no second page, and no number of results beside the rows.
            AsThereIsNo(
                "service/src/search.rs",
                "Found(Vec<FoundRow>),\n    /// More than the cap: no rows, only \"add something\" (rule 7.8).\n    \
                 TooMany,\n    /// Nobody.\n    Nothing,\n}",
            ),
        ],
    },
    Channel {
        name: "the texts of errors, suggestions and the statuses and headers of answers",
        held: &[SHOWN, SENSITIVE, BARRED, FORMER],
    },
    Channel {
        name: "reports and charts with small numbers",
        held: &[
            SMALL,
            UNCOUNTED,
            By(
                "service",
                "public_figures::shields_are_told_by_year_of_the_whole_service_and_nothing_else_depends_on_them",
                &[Guard::SmallNumbers],
            ),
        ],
    },
    Channel {
        // What the databases are asked is judged at every run, what the clock says by the soak.
        name: "time",
        held: &[
            ASKED,
            By(
                "service",
                "barred::the_databases_are_asked_the_same_for_a_child_whom_a_shield_hides_from_who_asks_as_for_nobody",
                &[Guard::Strangers],
            ),
            // Of whoever is hidden nothing but the profile is opened, however many records there are.
            SeenBy(
                "service",
                "strangers::for_a_hidden_child_of_many_records_as_for_nobody_a_strangers_are_fetched_and_none_of_its_own",
            ),
            SeenBy("service", "timing::what_is_hidden_is_answered_as_quickly_as_what_does_not_exist"),
        ],
    },
    Channel {
        name: "an address or a handle that is guessed",
        held: &[
            By("service", "sign_in::a_handle_of_one_session_finds_nothing_in_another", &[Guard::OwnHandles]),
            FORMER,
            BARRED,
        ],
    },
    Channel {
        name: "the browser's back button and pages kept in a cache",
        held: &[By("web", "headers::every_answer_is_kept_by_nobody_and_framed_by_nobody", &[Guard::NoStore])],
    },
    Channel {
        name: "what the trail shows to those who read it, and the clear headers of its entries",
        held: &[
            By(
                "service",
                "shields::the_trail_does_not_tell_a_shielded_record_from_another",
                &[Guard::EqualEntries],
            ),
            By(
                "service",
                "shield_overrides::investigated::no_clear_time_stands_beside_the_entry_of_an_override",
                &[Guard::CoarseTimes],
            ),
            SHOWN,
        ],
    },
    Channel {
        name: "a supplier's receipts, exit status and measures of load, of files of one row",
        held: &[
            By(
                "service",
                "receipts::a_receipt_of_a_known_record_is_the_same_when_nobody_can_read_it",
                &[Guard::EqualReceipts],
            ),
            PROBES,
            GUESSED,
            UNCOUNTED,
            // What the command reports has no place for what a row met.
            AsThereIsNo("feeds/src/summary.rs", "pub struct Summary {"),
            SeenBy(
                "contactpoint",
                "probing::a_supplier_who_sends_one_row_is_told_the_same_whatever_it_meets",
            ),
        ],
    },
    Channel {
        name: "a child that a practitioner makes up: no page takes one, only a feed does",
        held: &[
            PROBES,
            By(
                "service",
                "shields::a_record_near_a_shielded_child_is_held_until_the_protected_desk_has_looked",
                &[Guard::Holds],
            ),
        ],
    },
    Channel {
        name: "the pages of data administrators, of the archive and of retention",
        held: &[
            // Where the authority that they work for answers for the children.
            SeenBy(
                "web",
                "paired_worlds::own_authority::what_a_shield_hides_changes_no_byte_for_the_authority_that_answers",
            ),
            By(
                "service",
                "identities::the_records_of_a_protected_child_are_listed_at_its_own_authority_alone",
                &[Guard::OwnDesk],
            ),
            SHOWN,
            FORMER,
        ],
    },
    Channel {
        name: "brokering and transfers, which would name an authority",
        held: &[
            By(
                "service",
                "brokering::a_shielded_childs_request_is_on_no_ordinary_queue",
                &[Guard::HiddenAuthority],
            ),
            By(
                "service",
                "transfers::a_protected_child_is_the_other_authoritys_once_its_desk_accepts_and_not_before",
                &[Guard::HiddenAuthority],
            ),
            By(
                "service",
                "transfers::nobody_but_the_two_desks_learns_that_a_protected_child_moves",
                &[Guard::OwnDesk],
            ),
        ],
    },
    Channel { name: "the number of a sealed former identity", held: &[FORMER] },
];

fn source(package: &str, file: &str) -> String {
    let crates = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(crates.join(package).join(file)).unwrap_or_default()
}

#[test]
fn every_channel_is_held_by_a_test_that_fails_without_its_guard() {
    for Channel { name, held } in CHANNELS {
        assert!(held.iter().any(|held| matches!(held, By(..))), "{name}: no guard holds it");
        for held in *held {
            match held {
                By(package, test, guards) => {
                    let is_run = PROOFS.iter().any(|proof| {
                        (proof.package, proof.test, proof.without) == (*package, *test, *guards)
                    });
                    assert!(is_run, "{name}: that {test} fails without {guards:?} is not shown");
                }
                AsThereIsNo(file, words) => {
                    assert!(source("", file).contains(words), "{name}: {file} no longer says {words}");
                }
                SeenBy(package, test) => {
                    let (module, test) = test.rsplit_once("::").unwrap();
                    let text = source(package, &format!("tests/it/{}.rs", module.replace("::", "/")));
                    assert!(text.contains(&format!("fn {test}(")), "{name}: there is no test {test}");
                }
            }
        }
    }
}

#[test]
fn what_a_supplier_is_told_has_no_place_for_what_its_rows_met() {
    // Every field is named: one more does not compile.
    let feeds::Summary {
        source: _,
        file: _,
        rows: _,
        accepted: _,
        unchanged: _,
        updated: _,
        superseded: _,
        quarantined: _,
        faults: _,
        refused: _,
    } = feeds::Summary::new("schools-census", "probe.csv");
}
