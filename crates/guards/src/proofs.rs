//! Which tests fail without which guards, and by which of their assertions: the one list that every package runs its part of, and
//! in which the list of channels (`web`'s `paired_worlds/channels.rs`) looks its pairs up.

use std::process::Command;

use crate::Guard;

/// A test, and what it is to say when these guards are off.
#[derive(Debug)]
pub struct Proof {
    /// The package it is a test of.
    pub package: &'static str,
    /// Its name in that package's integration tests, without the engine.
    pub test: &'static str,
    /// How often.
    pub runs: Runs,
    /// The guards that are turned off together.
    pub without: &'static [Guard],
    /// A part of the assertion by which it fails: it reached what it is about, and found that broken.
    pub says: &'static str,
}

/// How often a test stands in its package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runs {
    /// Once.
    Once,
    /// As `…::sqlite` and as `…::postgres`.
    OnBothDatabases,
}

/// Every proof.
pub const PROOFS: &[Proof] = &[
    once(
        "feeds",
        "bad_files::every_refusal_says_what_where_and_what_to_do",
        &[Guard::ClosedSchema],
        "the file is taken",
    ),
    once(
        "feeds",
        "fhir::what_is_on_no_list_is_refused_by_its_name_and_place",
        &[Guard::ClosedSchema],
        "nothing was refused",
    ),
    once(
        "feeds",
        "hl7::what_is_on_no_list_refuses_the_message_by_name",
        &[Guard::ClosedSchema],
        "`Ok` value: Received",
    ),
    once(
        "directory",
        "disclosures::a_shielded_child_shows_name_birth_gender_and_number_and_nothing_else",
        &[Guard::LeastDisclosure],
        "a shielded view",
    ),
    once(
        "directory",
        "source_records::a_sensitive_service_cannot_be_held_without_a_basis",
        &[Guard::Basis],
        "Involvement::new(details(service), None).is_err()",
    ),
    once(
        "directory",
        "disclosures::a_sealed_former_identity_answers_as_if_never_issued",
        &[Guard::FormerIdentity],
        "a former identity is nobody",
    ),
    once(
        "directory",
        "retention::a_record_is_archived_on_the_eighteenth_birthday",
        &[Guard::Retention],
        "it leaves the live directory on its day",
    ),
    once(
        "audit",
        "tampering::a_changed_header_is_found_at_its_entry",
        &[Guard::Chain],
        "`Result::unwrap_err()` on an `Ok` value",
    ),
    once(
        "linkage",
        "resolving::a_record_of_a_known_child_is_linked_with_its_evidence",
        &[Guard::Evidence],
        "the link carries its evidence",
    ),
    both(
        "service",
        "shields::a_shield_holds_for_who_had_found_the_child_before",
        &[Guard::LeastDisclosure],
        "Disclosure::Shielded(_)",
    ),
    both(
        "service",
        "shields::a_shield_leaves_no_search_key_made_of_hidden_fields",
        &[Guard::HiddenSearchKeys],
        "a key of what is hidden is left",
    ),
    both(
        "service",
        "barred::the_databases_are_asked_the_same_for_a_child_whom_a_shield_hides_from_who_asks_as_for_nobody",
        &[Guard::Strangers],
        "the databases were asked otherwise",
    ),
    both(
        "service",
        "shields::a_record_near_a_shielded_child_is_held_until_the_protected_desk_has_looked",
        &[Guard::Holds],
        "the record near her is found",
    ),
    both(
        "service",
        "shields::the_trail_does_not_tell_a_shielded_record_from_another",
        &[Guard::EqualEntries],
        "a body's length tells",
    ),
    both(
        "service",
        "identities::the_records_of_a_protected_child_are_listed_at_its_own_authority_alone",
        &[Guard::OwnDesk],
        "another authority answers for her",
    ),
    both(
        "service",
        "transfers::nobody_but_the_two_desks_learns_that_a_protected_child_moves",
        &[Guard::OwnDesk],
        "a third desk sees the offer",
    ),
    both(
        "service",
        "transfers::a_protected_child_is_the_other_authoritys_once_its_desk_accepts_and_not_before",
        &[Guard::HiddenAuthority],
        "an authority stands in the clear",
    ),
    both(
        "service",
        "brokering::a_shielded_childs_request_is_on_no_ordinary_queue",
        &[Guard::HiddenAuthority],
        "not under its authority (decision 4)",
    ),
    both(
        "service",
        "shield_overrides::investigated::no_clear_time_stands_beside_the_entry_of_an_override",
        &[Guard::CoarseTimes],
        "no more than the day",
    ),
    both(
        "service",
        "barred::a_barred_account_is_answered_for_every_number_as_for_one_that_was_never_issued",
        &[Guard::Bars],
        "that there is a child",
    ),
    both(
        "service",
        "figures::an_authority_sees_rounded_counts_of_what_matched",
        &[Guard::SmallNumbers],
        "12 is told as 10, 1 not at all",
    ),
    both(
        "service",
        "public_figures::shields_are_told_by_year_of_the_whole_service_and_nothing_else_depends_on_them",
        &[Guard::SmallNumbers],
        "twelve are told as ten",
    ),
    both(
        "service",
        "figures::a_guess_at_where_a_shielded_child_lives_is_counted_alike_right_or_wrong",
        &[Guard::ProtectedUncounted],
        "what is counted tells where they live",
    ),
    both(
        "service",
        "figures::a_load_is_counted_without_what_is_known_of_a_shielded_child_alone",
        &[Guard::ProtectedUncounted],
        "nor does the clear count tell of the shielded one",
    ),
    both(
        "service",
        "seals::a_record_near_both_identities_waits_although_every_word_of_it_is_the_present_ones",
        &[Guard::Barrier],
        "it joined one of the two",
    ),
    both(
        "service",
        "access::when_the_trail_cannot_be_written_nothing_is_shown_and_nothing_changes",
        &[Guard::DurableEntry],
        "`Ok` value: Disclosed",
    ),
    both(
        "service",
        "sign_in::a_handle_of_one_session_finds_nothing_in_another",
        &[Guard::OwnHandles],
        "`Ok` value: Disclosed",
    ),
    both("service", "searches::above_the_cap_no_row_is_shown", &[Guard::ResultCap], "eleven are shown"),
    both(
        "service",
        "receipts::a_receipt_of_a_known_record_is_the_same_when_nobody_can_read_it",
        &[Guard::EqualReceipts],
        "the same receipts and the same counts",
    ),
    both(
        "service",
        "reloads::an_update_keeps_what_stood_before",
        &[Guard::KeptVersions],
        "what stood before is kept",
    ),
    both(
        "service",
        "retention::a_destroyed_record_does_not_rise_again_from_tonights_full_file",
        &[Guard::Suppression],
        "it rises again",
    ),
    both(
        "service",
        "gone_for_good::what_was_asked_and_decided_about_a_destroyed_child_opens_in_no_old_copy",
        &[Guard::KeyDestruction],
        "no key there is opens an old copy",
    ),
    both(
        "service",
        "without_guards::what_is_stored_of_a_child_is_sealed",
        &[Guard::Sealing],
        "stands in the clear",
    ),
    both(
        "web",
        "paired_worlds::what_a_shield_hides_changes_no_byte_of_any_page_and_no_statement",
        &[Guard::LeastDisclosure],
        "the two worlds are told apart",
    ),
    both(
        "web",
        "paired_worlds::what_a_shield_hides_changes_no_byte_of_any_page_and_no_statement",
        &[Guard::HiddenSearchKeys, Guard::Strangers],
        "the databases were asked otherwise in the questions",
    ),
    both(
        "web",
        "sensitive_worlds::a_sensitive_service_changes_no_byte_of_any_ordinary_page_and_no_statement",
        &[Guard::OpenServices],
        "a page names a sensitive service",
    ),
    both(
        "web",
        "former_numbers::a_former_number_is_answered_as_one_that_was_never_issued_on_every_page",
        &[Guard::FormerIdentity],
        "the two worlds are told apart",
    ),
    both(
        "web",
        "headers::every_answer_is_kept_by_nobody_and_framed_by_nobody",
        &[Guard::NoStore],
        "an answer may be kept",
    ),
];

const fn once(
    package: &'static str,
    test: &'static str,
    without: &'static [Guard],
    says: &'static str,
) -> Proof {
    Proof { package, test, runs: Runs::Once, without, says }
}

const fn both(
    package: &'static str,
    test: &'static str,
    without: &'static [Guard],
    says: &'static str,
) -> Proof {
    Proof { package, test, runs: Runs::OnBothDatabases, without, says }
}

impl Proof {
    /// Runs the test once more in the program that calls this, its own package's, with the guards off.
    fn fails(&self, engine: Option<&str>) -> Result<(), String> {
        let test = engine.map_or_else(|| self.test.to_owned(), |engine| format!("{}::{engine}", self.test));
        let off: Vec<&str> = self.without.iter().map(|guard| guard.name()).collect();
        let program =
            std::env::current_exe().map_err(|error| format!("this program cannot be found: {error}"))?;
        let ran = Command::new(program)
            .args(["--exact", &test])
            .env("CONTACTPOINT_GUARD_OFF", off.join(","))
            .output()
            .map_err(|error| format!("{test} cannot be started: {error}"))?;
        let said = String::from_utf8_lossy(&ran.stdout);
        if !said.contains("running 1 test\n") {
            return Err(format!("there is no test {test} here: {said}"));
        }
        if ran.status.success() || !said.contains("test result: FAILED") {
            return Err(format!("{test} passes although {off:?} is off: {said}"));
        }
        let its_own = format!("crates/{}/tests/it/", self.package);
        let asserted =
            said.split("panicked at ").skip(1).filter(|panic| panic.starts_with(&its_own)).any(|panic| {
                panic.split("stack backtrace:").next().is_some_and(|told| told.contains(self.says))
            });
        if asserted {
            Ok(())
        } else {
            Err(format!("without {off:?} {test} fails, but not by saying {:?}: {said}", self.says))
        }
    }
}

/// Runs the tests of a package that stand in [`PROOFS`], those of one engine or those that run once, without their guards: each
/// must fail, and by what it says. The program that calls this must be the package's own tests.
///
/// # Errors
///
/// All that do not: there is no such test, it passes, or it fails otherwise.
pub fn fail_without_guards(package: &str, engine: Option<&str>) -> Result<(), String> {
    let runs = if engine.is_some() { Runs::OnBothDatabases } else { Runs::Once };
    let of_it: Vec<&Proof> =
        PROOFS.iter().filter(|proof| proof.package == package && proof.runs == runs).collect();
    if of_it.is_empty() {
        return Err(format!("{package} has no test in the list"));
    }
    let wrong: Vec<String> = of_it.into_iter().filter_map(|proof| proof.fails(engine).err()).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n\n")) }
}
