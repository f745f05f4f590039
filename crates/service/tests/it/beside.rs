//! What a record said before goes on standing while what it says now waits at the sealed desk (laws 3, 5): nobody loses sight of
//! what was known, and nothing disappears that would tell something.

use std::task::Poll;
use std::time::Duration;

use directory::PartialDate;
use directory::access::Role;
use feeds::Said;
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use service::{CandidateKind, HeldChoice, HeldTo, Policy};
use testkit::{TestDatabases, on_both_databases};

use crate::house::{self, CARE, GP, House, Row, SCHOOLS, by_name_and_birth, by_postcode, child};
use crate::identities::{apart, both, cases, load_all, proposal, released};
use crate::identities_restored::restored;
use crate::inbox::{connected, say, statement, told, work_through};
use crate::legal_holds;
use crate::raw::Raw;
use crate::reloads::killed_after;
use crate::retention::{back_up, on, person};
use crate::sensitive::{VISITORS, every_statement, plain, seen, shown, still_read, two_sources};
use crate::state::partition;

const PROTECTED: (&str, &str) = ("7 Mill Row", "LS7 2BB");

fn jory(record: &str) -> Row {
    child(record, "Jory", "Trescott", "2013-01-01").at("1 Old Road", "LS2 2AA")
}

fn moved(record: &str) -> Row {
    jory(record).at(PROTECTED.0, PROTECTED.1).with("effective_at", "2026-02-10")
}

fn helped(row: Row, who: &str) -> Row {
    row.with("involvement_1_service", "youth_worker").with("involvement_1_practitioner", who)
}

/// Jory, whom one source knows; and at another place a shielded child.
async fn scene(db: &TestDatabases) -> House {
    let house = House::open(db).await;
    house.load(CARE, &[jory("C-7")]).await;
    with_a_shielded_child(house).await
}

async fn with_a_shielded_child(house: House) -> House {
    let shielded = child("X-0", "Cordelia", "Entwistle", "2015-04-04").at(PROTECTED.0, PROTECTED.1);
    house.load(SCHOOLS, &[shielded]).await;
    house.holds_end();
    house.shield(SCHOOLS, "X-0").await;
    house
}

/// What a practitioner is shown of Jory.
async fn page(house: &House) -> String {
    let view =
        house.full_record(&house.nurse().await, by_name_and_birth("Jory Trescott", "2013-01-01")).await;
    serde_json::to_string(&view).unwrap()
}

/// How many children a practitioner finds at the place where Jory was, and at the protected one.
async fn found_at(house: &House) -> (usize, usize) {
    let nurse = house.nurse().await;
    let at = async |postcode| house.find(&nurse, by_postcode("Trescott", postcode)).await.len();
    (at("LS2 2AA").await, at(PROTECTED.1).await)
}

/// How many statements wait or waited, and how many earlier ones are kept.
async fn kept(db: &TestDatabases) -> (i64, i64) {
    let mut raw = Raw::data(db).await;
    (raw.count("waiting_statement").await, raw.count("source_version").await)
}

on_both_databases! {
    async fn what_stood_goes_on_standing_while_a_move_to_a_protected_place_waits(db: TestDatabases) {
        let house = scene(&db).await;
        let before = page(&house).await;
        assert!(before.contains("Old Road"));
        // However often it is said, and in whatever words.
        let with_help = helped(moved("C-7").with("effective_at", "2026-02-11"), "Ola Finch");
        for (nth, row) in [(1, moved("C-7")), (2, with_help.clone()), (3, moved("C-7").with("effective_at", "2026-02-12"))] {
            assert_eq!(house.load(CARE, std::slice::from_ref(&row)).await.updated, 1);
            assert_eq!(house.load(CARE, &[row]).await.unchanged, 1, "said twice");
            house.holds_end();
            assert_eq!(page(&house).await, before, "after {nth}");
            assert_eq!(found_at(&house).await, (1, 0), "after {nth}");
            assert_eq!(cases(&house).await.len(), 1, "one record, one case");
            assert_eq!(kept(&db).await, (nth, 0));
        }
        assert_eq!(house.load(CARE, &[with_help]).await.superseded, 1, "what waits was said last");
        // It is matched as it stands: another source that knows it where it was knows the same child.
        assert_eq!(house.load(GP, &[jory("G-7")]).await.linked, 1);
        house.holds_end();
        assert_eq!(house.number_of(GP, "G-7").await, house.number_of(CARE, "C-7").await);
        assert_eq!(found_at(&house).await, (1, 0));
    }

    async fn what_two_people_let_stand_takes_the_place_of_what_stood_and_all_is_kept(db: TestDatabases) {
        let house = scene(&db).await;
        house.load(CARE, &[helped(moved("C-7"), "Ola Finch")]).await;
        house.load(CARE, &[moved("C-7").with("effective_at", "2026-02-11")]).await;
        released(&house, cases(&house).await[0], CandidateKind::Other).await.unwrap();
        let now = page(&house).await;
        assert!(now.contains("Mill Row") && !now.contains("Old Road") && !now.contains("Finch"), "{now}");
        assert_eq!(found_at(&house).await, (0, 1));
        assert!(cases(&house).await.is_empty());
        assert_eq!(kept(&db).await, (0, 2), "what stood, and what waited and was replaced");
        let versions = "SELECT CAST(max(version) AS BIGINT) FROM source_record";
        assert_eq!(Raw::data(&db).await.number(versions).await, 3, "they are counted as any others");
        // And its source goes on as with any other record.
        house.load(CARE, &[helped(moved("C-7").with("effective_at", "2026-02-13"), "Bo Wren")]).await;
        assert!(page(&house).await.contains("Bo Wren"));
        assert!(cases(&house).await.is_empty(), "of who lives there the desk has spoken");
    }

    async fn a_source_that_puts_its_record_right_settles_what_waited(db: TestDatabases) {
        let house = scene(&db).await;
        house.load(CARE, &[moved("C-7")]).await;
        house.load(CARE, &[moved("C-7").with("effective_at", "2026-02-11")]).await;
        house.load(CARE, &[helped(jory("C-7").with("effective_at", "2026-02-12"), "Ola Finch")]).await;
        let now = page(&house).await;
        assert!(now.contains("Old Road") && now.contains("Finch") && !now.contains("Mill Row"), "{now}");
        assert_eq!((found_at(&house).await, cases(&house).await.len()), ((1, 0), 0));
        assert_eq!(kept(&db).await, (0, 3));
        house.load(CARE, &[moved("C-7").with("effective_at", "2026-02-13")]).await;
        assert_eq!((page(&house).await, cases(&house).await.len()), (now, 1), "and it waits anew");
    }

    async fn what_an_identity_said_before_stands_while_a_change_that_names_both_waits(db: TestDatabases) {
        let house = House::open(&db).await;
        load_all(&house).await;
        let (morgan, reece) = house.managers().await;
        let new = house.directory.seal_identities(&morgan, &reece, &proposal()).await.unwrap();
        let ruby = async || {
            let nurse = house.nurse().await;
            let view = house.full_record(&nurse, by_name_and_birth("Ruby Thornycroft", "2017-05-06")).await;
            serde_json::to_string(&view).unwrap()
        };
        let before = ruby().await;
        for at in ["2026-02-11", "2026-02-12"] {
            let helped = both("C-2").with("effective_at", at).with("involvement_1_service", "youth_worker");
            house.load(CARE, &[helped.with("involvement_1_practitioner", "Ola Finch")]).await;
            assert_eq!(ruby().await, before);
            assert_eq!(cases(&house).await.len(), 1);
            apart(&house, "while it waits").await;
        }
        released(&house, cases(&house).await[0], CandidateKind::Present).await.unwrap();
        assert!(ruby().await.contains("Ola Finch"));
        assert_eq!(house.number_of(CARE, "C-2").await, new);
        apart(&house, "after the release").await;
        assert_eq!(kept(&db).await.0, 0);
    }

    async fn a_consent_withdrawn_by_a_change_that_waits_is_withdrawn_at_once(db: TestDatabases) {
        for (withdrawn, how) in [(true, "withdrawn"), (false, "no longer carried")] {
            let db = TestDatabases::on(db.engine()).await;
            let house = House::open(&db).await;
            house.load(CARE, &[seen("C-1")]).await;
            let house = with_a_shielded_child(house).await;
            assert_eq!(shown(&house).await.len(), 1);
            let copied = every_statement(&db).await;
            assert!(still_read(&db, &copied).await > 0);
            let says_less = match withdrawn {
                true => seen("C-1").with("involvement_1_withdrawn_on", "2026-03-01"),
                false => plain("C-1"),
            };
            house.load(CARE, &[says_less.at(PROTECTED.0, PROTECTED.1).with("effective_at", "2026-02-10")]).await;
            assert_eq!(shown(&house).await.len(), 0, "{how}: the least disclosure wins");
            assert_eq!(still_read(&db, &copied).await, 0, "{how}: its keys are gone");
            let nurse = house.nurse().await;
            let stands = house.full_record(&nurse, by_name_and_birth("Linnet Ashdown", "2012-05-06")).await;
            assert!(serde_json::to_string(&stands).unwrap().contains("Larch Rise"), "{how}: the rest stands");
            assert_eq!(cases(&house).await.len(), 1);
            released(&house, cases(&house).await[0], CandidateKind::Other).await.unwrap();
            assert_eq!(shown(&house).await.len(), 0, "{how}: nor does the desk bring it back");
        }
    }

    async fn a_consent_withdrawn_elsewhere_is_taken_out_of_what_waits(db: TestDatabases) {
        let house = two_sources(&db).await;
        house.load(CARE, &[plain("C-1")]).await;
        house.load(VISITORS, &[seen("V-1")]).await;
        let house = with_a_shielded_child(house).await;
        let at = |row: Row| row.at(PROTECTED.0, PROTECTED.1).with("effective_at", "2026-02-10");
        house.load(CARE, &[at(seen("C-1"))]).await;
        assert_eq!(shown(&house).await.len(), 1, "as the visitors say it");
        let copied = every_statement(&db).await;
        house.load(VISITORS, &[seen("V-1").with("involvement_1_withdrawn_on", "2026-03-01")]).await;
        assert_eq!(still_read(&db, &copied).await, 0);
        released(&house, cases(&house).await[0], CandidateKind::Other).await.unwrap();
        assert_eq!(shown(&house).await.len(), 0);
    }

    async fn what_waits_stays_readable_whoever_else_changes_its_record(db: TestDatabases) {
        let house = two_sources(&db).await;
        house.load(CARE, &[plain("C-1")]).await;
        let house = with_a_shielded_child(house).await;
        let other = house::open(&db, &house.clock, 5, Policy::default()).await;
        for round in 1..9 {
            let on = |row: Row, day: i32| {
                let row = row.with("involvement_1_asserted_on", &format!("2026-01-{:02}", 3 * round));
                row.with("effective_at", &format!("2026-02-{:02}", 2 * round + day))
            };
            house.load(CARE, &[on(seen("C-1"), 0)]).await;
            assert_eq!(shown(&house).await.len(), 1, "a consent given anew, round {round}");
            let away = [on(seen("C-1"), 1).at(PROTECTED.0, PROTECTED.1)];
            let withdrawn = [on(seen("V-1"), 1).with("involvement_1_withdrawn_on", &format!("2026-01-{:02}", 3 * round + 1))];
            let (away, withdrawn) = (house.file(CARE, &away).await, house.file(VISITORS, &withdrawn).await);
            let (one, two) = tokio::join!(
                house::load(&house.directory, CARE, &away, 8),
                house::load(&other, VISITORS, &withdrawn, 8),
            );
            assert!(one.unwrap().updated == 1 && two.unwrap().quarantined == 0);
            assert_eq!(still_read(&db, &[]).await, 0, "no statement has it, and every one opens, round {round}");
            assert_eq!((shown(&house).await.len(), cases(&house).await.len()), (0, 1));
        }
    }

    async fn what_comes_to_wait_while_a_withdrawal_has_read_the_keys_stays_readable(db: TestDatabases) {
        const ROUNDS: u32 = 24;
        let house = two_sources(&db).await;
        house.load(CARE, &[plain("C-1")]).await;
        let house = with_a_shielded_child(house).await;
        let other = house::open(&db, &house.clock, 5, Policy::default()).await;
        let (mut steps, mut between) = (0, 0);
        for round in 0..=ROUNDS {
            let day = |after: u32| format!("{}", date(2026, 1, 1) + i64::from(2 * round + after).days());
            let on = |row: Row, hour: u32| {
                let row = row.with("involvement_1_asserted_on", &day(0));
                let said = date(2026, 2, 3) + i64::from(round).days();
                row.with("effective_at", &format!("{said}T0{hour}:00:00Z"))
            };
            assert_eq!(house.load(CARE, &[on(seen("C-1"), 1)]).await.updated, 1);
            assert_eq!(shown(&house).await.len(), 1, "a consent given anew, round {round}");
            let away = [on(seen("C-1"), 2).at(PROTECTED.0, PROTECTED.1)];
            let withdrawn = [on(seen("V-1"), 2).with("involvement_1_withdrawn_on", &day(1))];
            let (away, withdrawn) = (house.file(CARE, &away).await, house.file(VISITORS, &withdrawn).await);
            // The first round counts the steps of a withdrawal; each of the others lets it take some of them, and then waits.
            let stop = if round == 0 { u32::MAX } else { steps * round / (ROUNDS + 1) };
            let mut work = Box::pin(house::load(&other, VISITORS, &withdrawn, 8));
            let mut taken = 0;
            let done = std::future::poll_fn(|context| match work.as_mut().poll(context) {
                Poll::Ready(done) => Poll::Ready(Some(done)),
                Poll::Pending if taken == stop => Poll::Ready(None),
                Poll::Pending => {
                    taken += 1;
                    Poll::Pending
                }
            })
            .await;
            steps = steps.max(taken);
            let moves = || house::load(&house.directory, CARE, &away, 8);
            let came = tokio::time::timeout(Duration::from_millis(700), moves()).await.is_ok();
            match done {
                Some(done) => assert_eq!(done.unwrap().quarantined, 0),
                None => {
                    between += u32::from(came);
                    assert_eq!(work.await.unwrap().quarantined, 0);
                }
            }
            if !came {
                // It waited for the withdrawal, which had begun to write.
                moves().await.unwrap();
            }
            assert_eq!(still_read(&db, &[]).await, 0, "no statement has it, and every one opens, round {round}");
            assert_eq!((shown(&house).await.len(), cases(&house).await.len()), (0, 1), "round {round}");
        }
        assert!(between > 4, "it came between the steps of a withdrawal {between} times");
    }

    async fn the_end_of_a_record_is_carried_out_whatever_of_it_waits(db: TestDatabases) {
        let house = scene(&db).await;
        let source = connected(&house, CARE, 1).await;
        let helped = |row: Row| helped(row, "Ola Finch");
        house.load(CARE, &[helped(jory("C-7")).with("effective_at", "2026-02-08")]).await;
        house.load(GP, &[jory("G-7").with("practice_name", "Elm Surgery")]).await;
        house.holds_end();
        assert!(page(&house).await.contains("Ola Finch"));
        let end = |on: &str| {
            let on: Date = on.parse().unwrap();
            Said::End { record_id: "C-7".to_owned(), as_of: on, said: Some(on.into()) }
        };
        let mut raw = Raw::data(&db).await;
        // Beside what stands: both end at once.
        say(&house, &source, vec![statement(&source, &helped(moved("C-7"))), end("2026-02-10"), end("2026-02-10")]).await;
        work_through(&house.directory).await;
        let without = page(&house).await;
        assert!(!without.contains("Ola Finch") && without.contains("Elm Surgery"), "{without}");
        assert_eq!((kept(&db).await, cases(&house).await.len()), ((0, 3), 0));
        // Where nothing stands: what the desk lets stand has ended.
        for day in ["2026-02-11", "2026-02-12"] {
            let again = helped(moved("C-7")).with("effective_at", day);
            say(&house, &source, vec![statement(&source, &again)]).await;
            work_through(&house.directory).await;
            let states = raw.texts("SELECT state FROM source_record WHERE state <> 'live'").await;
            assert_eq!(states, ["withheld"], "however often it is said");
            assert_eq!(page(&house).await, without);
        }
        say(&house, &source, vec![end("2026-02-12"), end("2026-02-12")]).await;
        work_through(&house.directory).await;
        assert_eq!(page(&house).await, without);
        released(&house, cases(&house).await[0], CandidateKind::Other).await.unwrap();
        assert_eq!(page(&house).await, without, "it does not count beside another");
        assert_eq!(raw.texts("SELECT state FROM source_record WHERE state <> 'live'").await, ["ended"]);
        assert_eq!(found_at(&house).await, (1, 0), "nor does any key of it lead anywhere");
        assert!(cases(&house).await.is_empty());
        use service::RowStatus::{Accepted, Unchanged};
        let all: Vec<_> = told(&house, CARE).await.into_iter().map(|(.., status)| status).collect();
        let expected = [Accepted, Accepted, Unchanged, Accepted, Accepted, Accepted, Unchanged];
        assert_eq!(all[all.len() - 7..], expected);
        // And another word of it begins anew.
        let home = helped(jory("C-7")).with("effective_at", "2026-02-14");
        say(&house, &source, vec![statement(&source, &home)]).await;
        work_through(&house.directory).await;
        assert!(page(&house).await.contains("Ola Finch"));
    }

    async fn what_waits_goes_where_its_record_goes_and_to_its_end(db: TestDatabases) {
        let house = scene(&db).await;
        let ended = |row: Row| row
            .with("involvement_1_service", "youth_worker")
            .with("involvement_1_practitioner", "Wilhelmina Frost")
            .with("involvement_1_start", "2018-01-01")
            .with("involvement_1_end", "2019-06-01");
        house.load(CARE, &[ended(jory("C-7")).with("effective_at", "2026-02-08")]).await;
        let before = page(&house).await;
        house.load(CARE, &[ended(moved("C-7"))]).await;
        let number = house.number_of(CARE, "C-7").await;
        // Under a legal hold nobody reads it, the desk neither; afterwards it waits as it did.
        let hold = legal_holds::hold(&house, &number).await;
        assert!(cases(&house).await.is_empty());
        let late = ended(jory("C-7")).with("effective_at", "2026-02-09");
        assert_eq!(house.load(CARE, &[late]).await.superseded, 1, "what waits was said last under the hold too");
        legal_holds::release(&house, hold).await;
        assert_eq!((page(&house).await, cases(&house).await.len()), (before, 1));
        assert_eq!(house.load(CARE, &[ended(moved("C-7"))]).await.unchanged, 1);
        // What outlived its archive in what stands is destroyed in what waits too.
        let copied = every_statement(&db).await;
        assert!(still_read(&db, &copied).await > 2);
        let house = on(house, "2026-07-02").await;
        house.directory.sweep(false).await.unwrap();
        assert_eq!(still_read(&db, &copied).await, 0);
        assert_eq!(kept(&db).await.0, 1);
        let manager = person(&house, Role::Manager).await;
        assert_eq!(house.directory.held_records(&manager).await.unwrap().len(), 1);
        // And with the record all of it.
        let died = Some(PartialDate::parse("2026-07-01").unwrap());
        house.directory.record_death(&manager, &number, died).await.unwrap();
        let house = on(house, "2033-07-02").await;
        house.directory.sweep(false).await.unwrap();
        assert_eq!(kept(&db).await, (0, 0));
    }

    async fn what_waits_and_what_lets_it_stand_are_written_whole_killed_at_any_moment(db: TestDatabases) {
        let house = scene(&db).await;
        let mut killed = (0, 0);
        for round in 0..6u32 {
            let (at, before) = (1 + round * 2, page(&house).await);
            let who = ["Ash", "Bay", "Fir", "Oak", "Yew", "Elm"][round as usize];
            let away = helped(moved("C-7").with("effective_at", &format!("2026-02-{at:02}")), who);
            let polls = 1 + 4 * round;
            let load = house.load(CARE, std::slice::from_ref(&away));
            killed.0 += usize::from(killed_after(polls, load).await.is_none());
            house.load(CARE, &[away]).await;
            assert_eq!((page(&house).await, cases(&house).await.len(), kept(&db).await.0), (before, 1, 1), "round {round}");
            let (case, (morgan, reece)) = (cases(&house).await[0], house.managers().await);
            let stands = HeldChoice::InTheOpen(HeldTo::Candidate(0));
            house.directory.propose_held_release(&morgan, case, stands).await.unwrap();
            let polls = 2 + 5 * round;
            let decided = killed_after(polls, house.directory.decide_held_release(&reece, case, true)).await;
            killed.1 += usize::from(decided.is_none());
            let _ = house.directory.decide_held_release(&reece, case, true).await;
            assert!(page(&house).await.contains(who), "round {round}");
            assert_eq!(kept(&db).await.0, 0);
            let home = jory("C-7").with("effective_at", &format!("2026-02-{:02}", at + 1));
            house.load(CARE, &[home]).await;
        }
        assert!(killed.0 > 0 && killed.1 > 0, "{killed:?}");
    }

    async fn a_release_of_what_waited_is_done_again_after_a_restore(db: TestDatabases) {
        let house = scene(&db).await;
        house.load(CARE, &[moved("C-7")]).await;
        let before = page(&house).await;
        back_up(&db).await;
        released(&house, cases(&house).await[0], CandidateKind::Other).await.unwrap();
        let after = page(&house).await;
        assert_ne!(before, after);
        restored(&db).await;
        assert_eq!((page(&house).await, kept(&db).await.0), (before, 1));
        assert_eq!(house.directory.replay_journal().await.unwrap().missing(), 1);
        assert_eq!((page(&house).await, kept(&db).await), (after, (0, 1)));
        assert_eq!(house.directory.replay_journal().await.unwrap().missing(), 0, "once");
    }

    async fn what_waits_is_decided_the_same_wherever_groups_begin_and_end(db: TestDatabases) {
        let mut wanted = None;
        for (group, in_turn) in [(1_000, true), (1, false), (2, false), (1, true)] {
            let db = TestDatabases::on(db.engine()).await;
            let house = scene(&db).await;
            house.load(GP, &[jory("G-7")]).await;
            house.holds_end();
            // A namesake at the protected place, and one where Jory was.
            let file = [
                moved("C-7"),
                child("C-8", "Jory", "Trescott", "2013-01-02").at(PROTECTED.0, PROTECTED.1),
                child("C-9", "Jory", "Trescott", "2013-01-01").at("1 Old Road", "LS2 2AA"),
                child("C-10", "Pip", "Larkin", "2018-01-02").at("90 Elm Row", "LS9 7ZZ"),
            ];
            let text = house.file(CARE, &file).await;
            match in_turn {
                true => house::load_in_turn(&house.directory, CARE, &text, group).await.unwrap(),
                false => house::load(&house.directory, CARE, &text, group).await.unwrap(),
            };
            house.holds_end();
            let records: Vec<(&str, String)> =
                ["C-7", "C-8", "C-9", "C-10"].map(|record| (CARE, record.to_owned())).to_vec();
            let ended = (partition(&house, &records).await, found_at(&house).await, cases(&house).await.len(), kept(&db).await);
            match &wanted {
                None => wanted = Some(ended),
                Some(wanted) => assert_eq!(&ended, wanted, "in groups of {group}, in turn: {in_turn}"),
            }
        }
    }
}
