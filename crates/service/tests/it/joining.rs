//! Which records are one child, as people decide it (law 8, rules 10.10, 10.15): joined, taken apart, kept apart, and all of it
//! undone at any later time.

pub mod bench;
mod orders;
pub mod protected;
mod queues;
mod requests;
mod restored;

use audit::Action;
use directory::access::{Reason, Role};
use directory::disclosure::{Disclosure, MatchingView, SpecialView};
use directory::letter::{AccessDepth, Seen};
use directory::{ChildNumber, MatchBasis};
use service::{About, AuditLine, BodyFact, JoinError, Joining, JoiningKind, ReviewAnswer};
use testkit::{TestDatabases, on_both_databases};

use self::bench::{Bench, done, everything};
use crate::families;
use crate::house::{
    CARE, GP, House, Row, SCHOOLS, by_name_and_birth, by_number, by_postcode, child, nhs_number,
    shield_request,
};
use crate::identities::cases;
use crate::legal_holds::{hold, release};
use crate::raw::Raw;

pub const BASIS: MatchBasis = MatchBasis::RecordsCompared;

/// How often a letter to her tells her that practitioners opened her record, and that it stood in a list.
async fn told(house: &House, number: &ChildNumber) -> (usize, usize) {
    let (morgan, reece) = house.managers().await;
    let id = families::taken_in(house, &morgan, number, families::herself()).await;
    let d = &house.directory;
    d.verify_requester(&morgan, id).await.unwrap();
    let morgan = families::at_work(house, &morgan).await;
    d.prepare_letter(&morgan, id, AccessDepth::OrganisationAndDay).await.unwrap();
    let letter = d.letter_to_check(&families::at_work(house, &reece).await, id).await.unwrap().data().clone();
    let of = |seen: Seen| letter.answer.history.days.iter().filter(|day| day.seen == seen).count();
    (of(Seen::Opened), of(Seen::Listed))
}

on_both_databases! {
    async fn a_merged_away_number_answers_with_its_survivor_and_a_search_by_its_old_values_finds_it(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let (tess, tessa) = bench.tess().await;
        let before = everything(&db).await;
        let act = done(bench.join(&tess, &tessa).await);
        let house = &bench.house;
        let nurse = house.nurse().await;
        // By either number, and by the old name, place and birth of the record that was joined.
        for criteria in [
            by_number(&tessa),
            by_number(&tess),
            by_name_and_birth("Tessa Quillfeather", "2014-07-02"),
            by_postcode("Quillfeather", "LS6 2AB"),
            by_name_and_birth("Tess Quill", "2014-07-02"),
        ] {
            let rows = house.find(&nurse, criteria.clone()).await;
            assert_eq!(rows.len(), 1, "{criteria:?}");
            assert_eq!(rows[0].row.number, tess, "{criteria:?}");
        }
        // Where a family asks, where an office asks, and where somebody asks to be put in touch.
        let page = house.full_record(&nurse, by_number(&tessa)).await;
        let page = serde_json::to_string(&page).unwrap();
        assert!(page.contains("Quillfeather") && page.contains("Quill"), "{page}");
        let (manager, _) = house.managers().await;
        let manager = house.directory.state_reason(&manager, Reason::Management).await.unwrap();
        assert!(house.directory.record_calendar(&manager, &tessa).await.is_ok());
        assert_eq!(house.number_of(CARE, "C-1").await, tess);

        // And undone, everything is as it was: links with their evidence, keys, numbers, profiles, authorities.
        bench.undo(act).await.unwrap();
        assert_eq!(everything(&db).await, before);
        let house = &bench.house;
        let nurse = house.nurse().await;
        assert_eq!(house.find(&nurse, by_number(&tessa)).await[0].row.number, tessa);
        assert_eq!(house.found(&nurse, by_name_and_birth("Tess Quill", "2014-07-02")).await.len(), 1);
        assert!(matches!(bench.undo(act).await, Err(JoinError::Undone)), "once");
    }

    async fn who_looked_is_told_once_and_whole_of_a_child_that_was_joined_after_it_was_asked(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let (tess, tessa) = bench.tess().await;
        let house = &bench.house;
        let opened = async |number: &ChildNumber| {
            let nurse = house.nurse().await;
            let found = house.find(&nurse, by_number(number)).await;
            house.record(&nurse, &found[0]).await;
        };
        for number in [&tessa, &tess, &tess] {
            opened(number).await;
        }
        // Asked about the one that is joined to the other then.
        let (morgan, reece) = house.managers().await;
        let id = families::taken_in(house, &morgan, &tessa, families::herself()).await;
        done(bench.join(&tess, &tessa).await);
        opened(&tessa).await;
        house.minutes_pass(1);
        let d = &house.directory;
        d.verify_requester(&morgan, id).await.unwrap();
        let morgan = families::at_work(house, &morgan).await;
        d.prepare_letter(&morgan, id, AccessDepth::OrganisationAndDay).await.unwrap();
        let letter = d.letter_to_check(&families::at_work(house, &reece).await, id).await.unwrap().data().clone();
        let history = letter.answer.history;
        assert_eq!(history.months.iter().map(|month| month.times).sum::<u64>(), 4, "{history:?}");
        assert_eq!(history.days.iter().filter(|day| day.seen == Seen::Opened).count(), 4);
        // And in the trail, by either number.
        let auditor = house.person("ada", Role::Auditor, house.council).await;
        for number in [&tess, &tessa] {
            let lines = house.trail(&auditor, About::Child(number.clone())).await;
            let by_the_nurse = |line: &&AuditLine| {
                line.action == Action::RecordViewed && line.who.as_ref().is_some_and(|who| who.username == "nurse")
            };
            assert_eq!(lines.iter().filter(by_the_nurse).count(), 4);
            assert!(lines.is_sorted_by(|one, next| one.at >= next.at), "newest first");
        }
    }

    async fn who_looked_while_two_were_one_by_mistake_is_told_of_both_once_they_are_apart(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let (tess, tessa) = bench.tess().await;
        let house = &bench.house;
        let opened = async |number: &ChildNumber| {
            let nurse = house.nurse().await;
            let found = house.find(&nurse, by_number(number)).await;
            house.record(&nurse, &found[0]).await;
        };
        opened(&tess).await;
        opened(&tessa).await;
        let act = done(bench.join(&tess, &tessa).await);
        // Found and opened twice, by either number.
        opened(&tessa).await;
        opened(&tess).await;
        bench.undo(act).await.unwrap();
        opened(&tess).await;
        house.minutes_pass(1);
        let auditor = house.person("ada", Role::Auditor, house.council).await;
        for (number, times) in [(&tessa, 3), (&tess, 4)] {
            assert_eq!(told(house, number).await, (times, times));
            let lines = house.trail(&auditor, About::Child(number.clone())).await;
            let by_the_nurse = |line: &&AuditLine| {
                line.action == Action::RecordViewed && line.who.as_ref().is_some_and(|who| who.username == "nurse")
            };
            assert_eq!(lines.iter().filter(by_the_nurse).count(), times, "and so in the trail");
        }
        // Of one who is hidden now, nobody else's family is told who looked (law 3).
        house.shield_alone(shield_request(&tess)).await;
        assert_eq!(told(house, &tessa).await, (1, 1), "her own alone");
    }

    async fn who_answers_for_each_once_a_joining_is_undone_is_whom_its_own_records_name(db: TestDatabases) {
        // Nobody answers for the one or the other when they are joined; its source names the authority since.
        for (survivor, other) in [("S-8", "C-8"), ("C-8", "S-8")] {
            let of_its_own = TestDatabases::on(db.engine()).await;
            let bench = Bench::open(&of_its_own).await;
            let house = &bench.house;
            let at_school = || child("S-8", "Ida", "Marchbanks", "2014-07-02").at("4 Mill Fold", "LS12 1XX");
            house.load(SCHOOLS, &[at_school()]).await;
            house.load(CARE, &[child("C-8", "Idony", "Quillfeather", "2014-07-02").at("71 Park Rise", "LS6 2AB")]).await;
            house.holds_end();
            let number = async |record: &str| house.number_of(if record == "S-8" { SCHOOLS } else { CARE }, record).await;
            let (survivor, other) = (number(survivor).await, number(other).await);
            let as_management = async |number: &ChildNumber| {
                let (manager, _) = house.managers().await;
                let manager = house.directory.state_reason(&manager, Reason::SafeguardingConcern).await.unwrap();
                let found = house.find(&manager, by_number(number)).await;
                let opened = house.directory.open_for_management(&manager, &found[0].handle, Reason::SafeguardingConcern).await;
                matches!(opened.unwrap().data(), Disclosure::Special(SpecialView::Management(_)))
            };
            let school = number("S-8").await;
            assert!(!as_management(&school).await, "nobody answers for it");
            let act = done(bench.join(&survivor, &other).await);
            bench.undo(act).await.unwrap();
            assert!(!as_management(&school).await, "as it was");
            let act = done(bench.join(&survivor, &other).await);
            house.load(SCHOOLS, &[at_school().with("local_authority", "E08000035").with("effective_at", "2026-02-10")]).await;
            bench.undo(act).await.unwrap();
            assert!(as_management(&school).await, "its school names them");
            assert!(as_management(&number("C-8").await).await);
        }
    }

    async fn nobody_goes_on_answering_for_a_child_because_of_a_joining_that_was_undone(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let house = &bench.house;
        let at = |record: &str, forename: &str, surname: &str| {
            child(record, forename, surname, "2014-07-02").at("4 Mill Fold", "LS12 1XX").with("effective_at", "2026-01-05")
        };
        let (of_nobody, of_bradford) = (|| at("S-8", "Ida", "Marchbanks"), || at("S-9", "Petronella", "Quick"));
        house.load(SCHOOLS, &[of_nobody(), of_bradford().with("local_authority", "E08000032")]).await;
        house.load(CARE, &[child("C-8", "Idony", "Quillfeather", "2014-07-02").at("71 Park Rise", "LS6 2AB")]).await;
        house.holds_end();
        let (ida, bradfords) = (house.number_of(SCHOOLS, "S-8").await, house.number_of(SCHOOLS, "S-9").await);
        let idony = house.number_of(CARE, "C-8").await;
        let mut raw = Raw::data(&db).await;
        let all = "SELECT authority FROM child ORDER BY authority";
        let before = ["E08000032", "E08000035", "national"];
        assert_eq!(raw.texts(all).await, before);
        // One after the other to her for whom nobody answers, and undone in either order.
        for first_undone in [0, 1] {
            let acts = [done(bench.join(&ida, &idony).await), done(bench.join(&ida, &bradfords).await)];
            bench.undo(acts[first_undone]).await.unwrap();
            bench.undo(acts[1 - first_undone]).await.unwrap();
            assert_eq!(raw.texts(all).await, before, "{first_undone}");
        }
        // What the one that goes has said since is its own.
        let act = done(bench.join(&idony, &ida).await);
        bench.undo(act).await.unwrap();
        assert_eq!(raw.texts(all).await, before);
    }

    async fn of_two_who_answer_a_case_at_once_what_lost_is_not_done_by_a_replay(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let d = &bench.house.directory;
        let act = bench.twins().await;
        let other = bench.signed_up("other", "The other", bench.house.council).await;
        let admin = bench.admin().await;
        let case = d.open_reviews(&admin).await.unwrap()[0].id;
        let (link, new) = tokio::join!(
            d.answer_review(&admin, case, ReviewAnswer::Link(0), BASIS),
            d.answer_review(&other, case, ReviewAnswer::New, BASIS),
        );
        assert!(link.is_ok() != new.is_ok(), "{link:?} {new:?}");
        assert_eq!(d.missing_from_journal().await.unwrap().missing(), 0, "nothing to be done again");
        // Of two who undo at once, too.
        let (admin, other) = (bench.admin().await, bench.house.sign_in("other").await);
        let (one, two) = tokio::join!(d.undo_joining(&admin, act, BASIS), d.undo_joining(&other, act, BASIS));
        assert!(one.is_ok() != two.is_ok() || (one.is_err() && link.is_ok()), "{one:?} {two:?}");
        assert_eq!(d.missing_from_journal().await.unwrap().missing(), 0, "nothing to be done again");
    }

    async fn what_may_be_of_two_children_under_holds_waits_for_both(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let house = &bench.house;
        let twin = |id: &str| child(id, "Wilfred", "Ashdown", "2015-03-04").at("9 Elm Row", "LS7 3AD");
        let leeds = |row: Row| row.with("local_authority", "E08000035");
        house.load(GP, &[twin("G-7").with("nhs_number", &nhs_number(7))]).await;
        house.load(SCHOOLS, &[leeds(twin("S-7"))]).await;
        house.holds_end();
        let one = house.number_of(GP, "G-7").await;
        bench.take_apart(&one, SCHOOLS, "S-7").await;
        let other = house.number_of(SCHOOLS, "S-7").await;
        let (first, second) = (hold(house, &one).await, hold(house, &other).await);
        house.load(CARE, &[twin("C-7")]).await;
        house.holds_end();
        for held in [first, second] {
            let waits = Raw::data(&db).await.count("review WHERE desk = 'protected' AND state = 'open'").await;
            assert_eq!((waits, cases(house).await.len()), (1, 0), "it may be either's, of whom one cannot be read");
            release(house, held).await;
        }
        assert_eq!(cases(house).await.len(), 1, "people say whose it is");
    }

    async fn a_persons_decision_sticks_against_tonights_file_both_ways(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        // Twice in the practices' file, and one child: together they are two records under one number.
        let twin = |id: &str| child(id, "Wilfred", "Ashdown", "2015-03-04").at("9 Elm Row", "LS7 3AD");
        let one = twin("G-7").with("nhs_number", &nhs_number(7));
        bench.house.load(GP, std::slice::from_ref(&one)).await;
        bench.house.load(SCHOOLS, &[twin("S-7")]).await;
        bench.house.holds_end();
        let number = bench.house.number_of(GP, "G-7").await;
        assert_eq!(bench.house.number_of(SCHOOLS, "S-7").await, number, "the matcher joined them");
        let act = bench.take_apart(&number, SCHOOLS, "S-7").await;
        let apart = bench.house.number_of(SCHOOLS, "S-7").await;
        assert_ne!(apart, number);
        // The same rows again, and changed ones, stay where people put them.
        bench.house.load(SCHOOLS, &[twin("S-7")]).await;
        bench.house.load(SCHOOLS, &[twin("S-7").in_school("Elm Row School")]).await;
        bench.house.load(GP, &[one.clone().with("practice_name", "Elm Row Surgery")]).await;
        assert_eq!(bench.house.number_of(SCHOOLS, "S-7").await, apart);
        assert_eq!(bench.house.number_of(GP, "G-7").await, number);
        // A record that fits both joins neither by itself: it is asked of people, with that fact.
        bench.house.load(CARE, &[twin("C-7")]).await;
        bench.house.holds_end();
        let bridging = bench.house.number_of(CARE, "C-7").await;
        assert!(![&number, &apart].contains(&&bridging), "it bridges the two");
        let admin = bench.admin().await;
        let cases = bench.house.directory.open_reviews(&admin).await.unwrap();
        assert_eq!(cases.len(), 1);
        let reasoned = bench.house.directory.state_reason(&admin, Reason::Management).await.unwrap();
        let case = bench.house.directory.open_review_case(&reasoned, cases[0].id).await.unwrap().data().clone();
        assert!(case.bridges, "{case:?}");
        assert_eq!(case.number.as_ref(), Some(&bridging));
        let mut candidates: Vec<_> = case.candidates.iter().map(|one| one.number.clone()).collect();
        candidates.sort();
        let mut both = vec![number.clone(), apart.clone()];
        both.sort();
        assert_eq!(candidates, both);
        // The person says whose it is, and it sticks too.
        let place = case.candidates.iter().find(|one| one.number == apart).unwrap().place;
        let answer = ReviewAnswer::Link(place);
        let joined = bench.house.directory.answer_review(&admin, cases[0].id, answer, BASIS).await.unwrap();
        assert!(matches!(joined, Some(Joining::Done { .. })));
        assert_eq!(bench.house.number_of(CARE, "C-7").await, apart);
        assert!(bench.house.directory.open_reviews(&admin).await.unwrap().is_empty());
        let again = bench.house.directory.answer_review(&admin, cases[0].id, answer, BASIS).await;
        assert!(matches!(again, Err(JoinError::NotFound)));
        bench.house.load(CARE, &[twin("C-7").with("town", "Otley")]).await;
        assert_eq!(bench.house.number_of(CARE, "C-7").await, apart);
        // Nobody joins what people keep apart; once that is undone, the number that was new answers with the old one.
        let refused = bench.join(&number, &apart).await;
        assert!(matches!(refused, Err(JoinError::KeptApart)), "{refused:?}");
        bench.undo(act).await.unwrap();
        let nurse = bench.house.nurse().await;
        assert_eq!(bench.house.find(&nurse, by_number(&apart)).await[0].row.number, number);
        for (source, record) in [(GP, "G-7"), (SCHOOLS, "S-7"), (CARE, "C-7")] {
            assert_eq!(bench.house.number_of(source, record).await, number);
        }
    }

    async fn two_records_that_people_keep_apart_are_joined_by_nothing_that_is_joined_to_either(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let (tess, tessa) = bench.tess().await;
        let other = bench.child_of("Ida", "Penhallow", "2013-02-03", 30).await;
        let kept = done(bench.keep_apart(&tess, &other).await);
        assert!(matches!(bench.keep_apart(&other, &tess).await, Err(JoinError::KeptApart)), "already");
        // Group to group: whoever is joined to one of them is kept apart from the other.
        let joined = done(bench.join(&tessa, &tess).await);
        assert!(matches!(bench.join(&other, &tessa).await, Err(JoinError::KeptApart)));
        assert!(matches!(bench.join(&tess, &other).await, Err(JoinError::KeptApart)));
        bench.undo(kept).await.unwrap();
        let three = done(bench.join(&other, &tessa).await);
        // Undone from the middle: what was joined first leaves, the other join stands.
        bench.undo(joined).await.unwrap();
        let house = &bench.house;
        assert_eq!(house.number_of(CARE, "C-1").await, other, "Tessa stays with Ida");
        assert_eq!(house.number_of(GP, "G-1").await, tess, "Tess is by herself");
        bench.undo(three).await.unwrap();
        assert_eq!(bench.house.number_of(CARE, "C-1").await, tessa);
        let lines = bench.house.directory.joinings(&bench.admin().await).await.unwrap();
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| !line.stands && line.by.len() == 1 && line.basis == BASIS));
        assert_eq!(lines.iter().filter(|line| line.kind == JoiningKind::Join).count(), 2);
    }

    async fn an_undo_that_is_no_longer_consistent_names_what_stands_in_its_way(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let (tess, tessa) = bench.tess().await;
        let joined = done(bench.join(&tess, &tessa).await);
        let parted = bench.take_apart(&tess, CARE, "C-1").await;
        match bench.undo(joined).await {
            Err(JoinError::InTheWay { kind: JoiningKind::TakeApart, act, reference }) => {
                assert_eq!(act, parted);
                assert_eq!(reference, service::joining_reference(parted));
            }
            other => panic!("{other:?}"),
        }
        let number = bench.house.number_of(CARE, "C-1").await;
        let ida = bench.child_of("Ida", "Penhallow", "2013-02-03", 30).await;
        let further = done(bench.join(&ida, &number).await);
        match bench.undo(parted).await {
            Err(JoinError::InTheWay { kind: JoiningKind::Join, act, .. }) => assert_eq!(act, further),
            other => panic!("{other:?}"),
        }
        for act in [further, parted, joined] {
            bench.undo(act).await.unwrap();
        }
        let house = &bench.house;
        assert_eq!(house.number_of(CARE, "C-1").await, tessa);
        assert_eq!(house.number_of(GP, "G-1").await, tess);
        let nurse = house.nurse().await;
        assert_eq!(house.find(&nurse, by_number(&number)).await.len(), 1, "it was issued, and answers");
    }

    async fn what_came_since_goes_with_whom_it_names_when_a_joining_is_undone(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let (tess, tessa) = bench.tess().await;
        let act = done(bench.join(&tess, &tessa).await);
        // One more record that says what the joined one says, and one that says what the survivor says.
        let late = child("S-1", "Tessa", "Quillfeather", "2014-07-02").at("71 Park Rise", "LS6 2AB");
        let early = child("S-2", "Tess", "Quill", "2014-07-02").at("4 Mill Fold", "LS12 1XX");
        bench.house.load(SCHOOLS, &[late, early]).await;
        bench.house.holds_end();
        for record in ["S-1", "S-2"] {
            assert_eq!(bench.house.number_of(SCHOOLS, record).await, tess, "it joined the two");
        }
        // A third record, joined meanwhile, has no part in it.
        let ida = bench.child_of("Ida", "Penhallow", "2013-02-03", 30).await;
        let other = done(bench.join(&tess, &ida).await);
        bench.undo(act).await.unwrap();
        let house = &bench.house;
        assert_eq!(house.number_of(SCHOOLS, "S-1").await, tessa);
        assert_eq!(house.number_of(CARE, "C-1").await, tessa);
        for (source, record) in [(SCHOOLS, "S-2"), (GP, "G-1"), (SCHOOLS, "S-30")] {
            assert_eq!(house.number_of(source, record).await, tess);
        }
        bench.undo(other).await.unwrap();
        assert_eq!(bench.house.number_of(SCHOOLS, "S-30").await, ida);
        assert_eq!(bench.house.number_of(SCHOOLS, "S-2").await, tess);
    }

    async fn a_merge_cannot_be_decided_by_two_people_at_once(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let (tess, tessa) = bench.tess().await;
        bench.house.account("second", &[Role::DataAdministrator]).await;
        let (first, second) = (bench.admin().await, bench.house.sign_in("second").await);
        let d = &bench.house.directory;
        let (one, other) = tokio::join!(
            d.join_records(&first, &tess, &tessa, BASIS),
            d.join_records(&second, &tessa, &tess, BASIS),
        );
        let joined = [&one, &other].into_iter().filter(|made| matches!(made, Ok(Joining::Done { .. }))).count();
        assert_eq!(joined, 1, "{one:?} {other:?}");
        let refused = [one, other].into_iter().find(Result::is_err).unwrap();
        assert!(matches!(refused, Err(JoinError::SameRecord)), "{refused:?}");
        let lines = d.joinings(&first).await.unwrap();
        assert_eq!(lines.len(), 1);
        let act = lines[0].id;
        let (one, other) =
            tokio::join!(d.undo_joining(&first, act, BASIS), d.undo_joining(&second, act, BASIS));
        assert_eq!([&one, &other].into_iter().filter(|made| made.is_ok()).count(), 1, "{one:?} {other:?}");
        assert_eq!(Raw::data(&db).await.number("SELECT count(*) FROM pending_act WHERE state = 'withdrawn'").await, 1);
    }

    async fn a_link_that_a_person_confirmed_is_theirs_and_can_be_taken_back(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let (tess, _) = bench.tess().await;
        let admin = bench.admin().await;
        let d = &bench.house.directory;
        let reasoned = d.state_reason(&admin, Reason::Management).await.unwrap();
        let records = d.records_to_part(&reasoned, &tess).await.unwrap().data().clone();
        assert!(records.len() == 1 && !records[0].confirmed);
        let act = done(d.confirm_link(&admin, &tess, records[0].sent.id, BASIS).await);
        assert!(d.records_to_part(&reasoned, &tess).await.unwrap().data()[0].confirmed);
        let mut raw = Raw::data(&db).await;
        let confirmed = "SELECT count(*) FROM link WHERE kind = 'confirmed' AND author <> 'matcher'";
        assert_eq!(raw.number(confirmed).await, 1);
        let again = d.confirm_link(&admin, &tess, records[0].sent.id, BASIS).await;
        assert!(matches!(again, Err(JoinError::Confirmed)));
        // It goes with its record, and comes back with it.
        d.undo_joining(&admin, act, BASIS).await.unwrap();
        assert_eq!(raw.number(confirmed).await, 0);
        assert!(matches!(
            d.take_record_apart(&admin, &tess, &[records[0].sent.id], BASIS).await,
            Err(JoinError::NotAPart)
        ), "nothing would be left");
    }

    async fn the_entry_of_a_source_record_shown_names_every_field_of_it(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        bench.twins().await;
        let number = bench.house.number_of(GP, "G-7").await;
        let admin = bench.admin().await;
        let d = &bench.house.directory;
        let reasoned = d.state_reason(&admin, Reason::Management).await.unwrap();
        // As a case that fits both, and to be taken apart.
        let case = d.open_reviews(&admin).await.unwrap().remove(0).id;
        let case = d.open_review_case(&reasoned, case).await.unwrap().data().clone();
        let parts = d.records_to_part(&reasoned, &number).await.unwrap().data().clone();
        let of_candidates = case.candidates.iter().flat_map(|one| &one.records);
        let shown: Vec<_> = case.records.iter().chain(of_candidates).chain(&parts).map(|part| &part.sent).collect();
        assert_eq!(shown.len(), 4);
        for sent in shown {
            assert!(sent.address.is_some(), "where is shown: {sent:?}");
            for key in serde_json::to_value(sent).unwrap().as_object().unwrap().keys() {
                let named = match key.as_str() {
                    "id" => &["number"][..],
                    "names" => &["name", "aliases"],
                    "address" => &["whereabouts"],
                    key => &[key],
                };
                assert!(named.iter().all(|field| MatchingView::FIELDS.contains(field)), "{key} is in no entry");
            }
        }
        let fields = BodyFact::Fields(MatchingView::FIELDS.map(str::to_owned).to_vec());
        let auditor = bench.house.person("ada", Role::Auditor, bench.house.council).await;
        for (source, record) in [(GP, "G-7"), (SCHOOLS, "S-7"), (CARE, "C-7")] {
            let number = bench.house.number_of(source, record).await;
            let mut lines = bench.house.trail(&auditor, About::Child(number)).await;
            lines.retain(|line| line.action == Action::RecordViewed);
            assert!(!lines.is_empty(), "{record}");
            for line in lines {
                let entry = bench.house.directory.read_audit_entry(&auditor, line.entry).await.unwrap();
                assert!(entry.body.as_ref().is_some_and(|body| body.contains(&fields)), "{record}: {:?}", entry.body);
            }
        }
    }

    async fn nobody_joins_their_own_family_and_another_authority_joins_nothing_of_this_one(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let (tess, tessa) = bench.tess().await;
        let bradford = bench.house.another_authority().await;
        let relative = bench.signed_up("relative", "Robin Quillfeather", bench.house.council).await;
        let elsewhere = bench.signed_up("elsewhere", "Some Body", bradford).await;
        let d = &bench.house.directory;
        assert!(matches!(d.join_records(&relative, &tess, &tessa, BASIS).await, Err(JoinError::OwnFamily)));
        assert!(matches!(d.join_records(&elsewhere, &tess, &tessa, BASIS).await, Ok(Joining::Received)));
        let act = done(bench.join(&tess, &tessa).await);
        let d = &bench.house.directory;
        assert!(matches!(d.undo_joining(&elsewhere, act, BASIS).await, Err(JoinError::NotFound)));
        assert!(d.joinings(&elsewhere).await.unwrap().is_empty());
    }

    async fn what_is_destroyed_takes_with_it_what_was_joined_to_it(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let (tess, tessa) = bench.tess().await;
        let child = Raw::data(&db).await.ids("SELECT child_id FROM child").await;
        bench.join(&tess, &tessa).await.unwrap();
        let left = Raw::data(&db).await.ids("SELECT child_id FROM child").await;
        let gone = *child.iter().find(|id| !left.contains(id)).unwrap();
        let mut keys = Raw::keys(&db).await;
        let bundles = "SELECT owner_id FROM bundle";
        assert!(keys.ids(bundles).await.contains(&gone), "while the survivor lives, undoing needs nothing new");
        bench.house.clock.advance(jiff::SignedDuration::from_hours(24 * 366 * 30));
        bench.house.directory.sweep(false).await.unwrap();
        assert!(!keys.ids(bundles).await.contains(&gone), "an old copy of its row stays shut");
        assert_eq!(Raw::data(&db).await.count("child").await, 0);
    }
}

#[test]
fn the_reference_of_an_act_is_short_enough_to_be_read_out() {
    assert_eq!(service::joining_reference(uuid::Uuid::from_u128(0xfeed_beef)), "FEEDBEEF");
}
