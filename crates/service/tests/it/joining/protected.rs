//! Records that are not an administrator's to decide about: the shield follows the person, no sealed identities are joined, and
//! there is one answer for all of it (laws 3, 5).

use directory::ChildNumber;
use directory::access::Reason;
use directory::disclosure::Disclosure;
use service::{JoinError, Joining, JoiningKind, SealProposal, SignedIn};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use super::BASIS;
use super::bench::{Bench, done};
use crate::house::{CARE, GP, House, SCHOOLS, by_name_and_birth, by_number, by_postcode, child, nhs_number};
use crate::raw::Raw;

/// A number that nobody ever had.
fn never_issued() -> ChildNumber {
    ChildNumber::from_random([9; 16])
}

/// The one request that waits at the desk, agreed to by both of its people; the act.
pub async fn agreed(house: &House, kind: JoiningKind) -> Option<Uuid> {
    let (first, second) = house.managers().await;
    let waiting = house.directory.joining_requests(&first).await.unwrap();
    assert_eq!(waiting.iter().map(|case| case.request.kind()).collect::<Vec<_>>(), [kind]);
    let id = waiting[0].id;
    assert!(matches!(house.directory.decide_joining(&first, id, true).await, Err(JoinError::Moment)));
    house.directory.propose_joining(&first, id).await.unwrap();
    assert!(matches!(house.directory.decide_joining(&first, id, true).await, Err(JoinError::OnePerson)));
    let act = house.directory.decide_joining(&second, id, true).await.unwrap();
    assert!(matches!(house.directory.decide_joining(&second, id, true).await, Err(JoinError::NotFound)));
    assert!(house.directory.joining_requests(&first).await.unwrap().is_empty());
    act
}

/// Nobody finds them by a place, and by name and birth they are found shielded, under these numbers.
async fn hidden_are(house: &House, numbers: &[&ChildNumber]) {
    let nurse = house.nurse().await;
    for place in [by_postcode("Quillfeather", "LS6 2AB"), by_postcode("Quill", "LS12 1XX")] {
        assert!(house.find(&nurse, place).await.is_empty());
    }
    for number in numbers {
        let rows = house.find(&nurse, by_number(number)).await;
        assert_eq!(rows.len(), 1, "{number}");
        assert!(rows[0].row.town.is_none(), "{number}");
        assert!(matches!(house.record(&nurse, &rows[0]).await, Disclosure::Shielded(_)));
    }
    // By the name that is shown, which is that of the most authoritative source (rule 2.7).
    assert!(!house.find(&nurse, by_name_and_birth("Tessa Quillfeather", "2014-07-02")).await.is_empty());
}

async fn source_record(bench: &Bench, admin: &SignedIn, number: &ChildNumber) -> Uuid {
    let d = &bench.house.directory;
    let reasoned = d.state_reason(admin, Reason::Management).await.unwrap();
    d.records_to_part(&reasoned, number).await.unwrap().data()[0].sent.id
}

on_both_databases! {
    async fn a_shield_follows_the_person_through_merge_and_split(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let (tess, tessa) = bench.tess().await;
        let house = &bench.house;
        let admin = bench.admin().await;
        let record = source_record(&bench, &admin, &tessa).await;
        let request = house.shield_alone(crate::house::shield_request(&tess)).await;
        // An unshielded duplicate of a shielded child: received, and the desk joins it. It may not be read until then either.
        assert_eq!(bench.join(&tessa, &tess).await.unwrap(), Joining::Received);
        agreed(house, JoiningKind::Join).await;
        hidden_are(house, &[&tess, &tessa]).await;
        let nurse = house.nurse().await;
        assert_eq!(house.find(&nurse, by_number(&tess)).await[0].row.number, tessa, "the survivor's number");
        // The request goes on with the survivor, and so does its review.
        let (first, _) = house.managers().await;
        assert_eq!(house.request_at(&first, request).await.child.number, tessa);
        // What comes in about it is read by nobody unshielded.
        house.load(CARE, &[child("C-1", "Tessa", "Quillfeather", "2014-07-02").at("5 New Close", "LS8 1AA")]).await;
        assert!(house.find(&nurse, by_postcode("Quillfeather", "LS8 1AA")).await.is_empty());

        // Taken apart by the desk, both are shielded until it decides otherwise.
        let admin = bench.admin().await;
        let apart = house.directory.take_record_apart(&admin, &tessa, &[record], BASIS).await.unwrap();
        assert_eq!(apart, Joining::Received);
        agreed(house, JoiningKind::TakeApart).await;
        let new = house.number_of(CARE, "C-1").await;
        assert!(new != tessa && new != tess);
        hidden_are(house, &[&tess, &tessa, &new]).await;
        // Each has its request, so that the shield of either is lifted by itself.
        let mut raw = Raw::data(&db).await;
        let in_force = "SELECT count(*) FROM pending_act WHERE kind = 'shield' AND state = 'approved'";
        assert_eq!(raw.number(in_force).await, 2);
        let (first, second) = (house.sign_in_again("morgan").await, house.sign_in_again("reece").await);
        house.directory.review_shield(&first, request, service::ReviewDecision::Lift).await.unwrap();
        house.directory.decide_shield(&second, request, true).await.unwrap();
        let nurse = house.nurse().await;
        assert!(house.find(&nurse, by_number(&tessa)).await[0].row.town.is_some(), "lifted where it was asked for");
        assert!(house.find(&nurse, by_number(&new)).await[0].row.town.is_none(), "and nowhere else");
    }

    // Rule 12.13 asks whose family it is; the answer must not be where a hidden family lives (law 3).
    async fn the_protected_desk_does_not_tell_whether_a_hidden_address_is_ones_own(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let (tess, tessa) = bench.tess().await;
        let (house, d) = (&bench.house, &bench.house.directory);
        house.shield_alone(crate::house::shield_request(&tess)).await;
        assert_eq!(bench.join(&tessa, &tess).await.unwrap(), Joining::Received);
        let (first, second) = house.managers().await;
        let id = d.joining_requests(&first).await.unwrap()[0].id;
        d.propose_joining(&first, id).await.unwrap();
        // The address of the shielded record itself: a right guess is answered like a wrong one.
        d.keep_own_address(&second, "4", "LS12 1XX").await.unwrap();
        let second = house.sign_in_again("reece").await;
        d.decide_joining(&second, id, true).await.unwrap();
    }

    async fn a_shield_that_was_decided_after_a_joining_stays_with_both_when_that_is_undone(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let (tess, tessa) = bench.tess().await;
        let act = done(bench.join(&tess, &tessa).await);
        bench.house.shield_alone(crate::house::shield_request(&tessa)).await;
        assert_eq!(bench.undo(act).await.unwrap(), Joining::Received);
        agreed(&bench.house, JoiningKind::Undo).await;
        assert_eq!(bench.house.number_of(CARE, "C-1").await, tessa);
        hidden_are(&bench.house, &[&tess, &tessa]).await;
    }

    // Rule 2.5: a shield is of one particular record. Law 8: what is undone is as it was.
    async fn a_shield_of_before_a_joining_does_not_go_with_who_parts_whatever_was_joined_earlier(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let (tess, tessa) = bench.tess().await;
        let ida = bench.child_of("Ida", "Penhallow", "2014-07-02", 30).await;
        let house = &bench.house;
        done(bench.join(&tess, &tessa).await);
        house.shield_alone(crate::house::shield_request(&tess)).await;
        assert_eq!(bench.join(&tess, &ida).await.unwrap(), Joining::Received);
        let act = agreed(house, JoiningKind::Join).await.unwrap();
        assert_eq!(bench.undo(act).await.unwrap(), Joining::Received);
        agreed(house, JoiningKind::Undo).await;
        let nurse = house.nurse().await;
        let town = |rows: &[service::FoundRow]| rows[0].row.town.is_some();
        assert!(town(&house.find(&nurse, by_number(&ida)).await), "nobody decided a shield of her");
        assert!(!town(&house.find(&nurse, by_number(&tess)).await), "and hers stays where it was decided");
    }

    async fn no_merge_by_people_joins_two_sealed_identities_and_the_answer_is_that_for_a_number_never_issued(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let house = &bench.house;
        let amy = child("G-1", "Amy", "Carterwright", "2017-05-06").at("3 Quayside", "LS10 1AA");
        let ruby = child("C-2", "Ruby", "Thornycroft", "2017-05-06").at("20 Abbey Walk", "LS16 8ZZ");
        house.load(GP, &[amy.with("nhs_number", &nhs_number(1))]).await;
        house.load(CARE, &[ruby]).await;
        house.holds_end();
        let former = house.number_of(GP, "G-1").await;
        let ordinary = bench.child_of("Ida", "Penhallow", "2013-02-03", 30).await;
        let shielded = bench.child_of("Ned", "Oakapple", "2012-02-03", 31).await;
        house.shield_alone(crate::house::shield_request(&shielded)).await;
        let named = |source: &str, id: &str| vec![(source.to_owned(), id.to_owned())];
        let proposal =
            SealProposal { former: named(GP, "G-1"), current: named(CARE, "C-2"), ..SealProposal::default() };
        let (first, second) = house.managers().await;
        let current = house.directory.seal_identities(&first, &second, &proposal).await.unwrap();
        // One that is held: it names both identities.
        let both = child("S-9", "Ruby", "Thornycroft", "2017-05-06")
            .at("20 Abbey Walk", "LS16 8ZZ")
            .with("alias_1_forenames", "Amy")
            .with("alias_1_surname", "Carterwright");
        house.load(SCHOOLS, &[both]).await;
        house.holds_end();
        let held = house.number_of(SCHOOLS, "S-9").await;
        let nobody = never_issued();
        let mut raw = Raw::data(&db).await;
        let mut told = Vec::new();
        let admin = bench.admin().await;
        let d = &house.directory;
        for (one, other) in [
            (&ordinary, &nobody),
            (&nobody, &ordinary),
            (&ordinary, &former),
            (&ordinary, &current),
            (&former, &current),
            (&current, &former),
            (&ordinary, &held),
            (&shielded, &former),
            (&ordinary, &shielded),
        ] {
            let headers = raw.headers().await;
            let answer = format!("{:?}", d.join_records(&admin, one, other, BASIS).await);
            let mut left = raw.headers().await;
            for header in headers {
                let at = left.iter().position(|known| *known == header).unwrap();
                left.remove(at);
            }
            let longest = raw
                .number(
                    "SELECT CAST(max(length(sealed)) AS BIGINT) FROM pending_act WHERE kind = 'joining_request'",
                )
                .await;
            told.push((answer, left, longest));
        }
        assert!(told.iter().all(|one| *one == told[0]), "{told:#?}");
        assert_eq!(told[0].0, "Ok(Received)");
        // Keeping apart, taking apart and comparing tell as little.
        for number in [&nobody, &former, &current, &held, &shielded] {
            assert_eq!(d.keep_records_apart(&admin, &ordinary, number, BASIS).await.unwrap(), Joining::Received);
            let part = d.take_record_apart(&admin, number, &[Uuid::nil()], BASIS).await.unwrap();
            assert_eq!(part, Joining::Received);
            let reasoned = d.state_reason(&admin, Reason::Management).await.unwrap();
            assert!(matches!(d.records_to_part(&reasoned, number).await, Err(JoinError::NotFound)));
        }
        // The desk finds the ordinary child's request about the shielded one, and nothing of the sealed, the held and nobody.
        let (first, _) = house.managers().await;
        let waiting = d.joining_requests(&first).await.unwrap();
        let kinds: Vec<JoiningKind> = waiting.iter().map(|case| case.request.kind()).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == JoiningKind::Join).count(), 1, "{waiting:?}");
        for case in waiting.iter().filter(|case| case.request.kind() == JoiningKind::TakeApart) {
            assert!(format!("{:?}", case.request).contains(&format!("{shielded:?}")));
        }
        assert_eq!(house.number_of(CARE, "C-2").await, current);
        let nurse = house.nurse().await;
        assert!(house.find(&nurse, by_number(&former)).await.is_empty());
    }

    async fn a_sealed_child_is_not_found_by_the_number_of_what_had_been_joined_to_it(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let (tess, tessa) = bench.tess().await;
        let ruby = bench.child_of("Ruby", "Thornycroft", "2014-07-02", 40).await;
        bench.join(&tess, &tessa).await.unwrap();
        let house = &bench.house;
        let (first, second) = house.managers().await;
        let named = |source: &str, id: &str| (source.to_owned(), id.to_owned());
        let proposal = SealProposal {
            former: vec![named(GP, "G-1"), named(CARE, "C-1")],
            current: vec![named(SCHOOLS, "S-40")],
            ..SealProposal::default()
        };
        house.directory.seal_identities(&first, &second, &proposal).await.unwrap();
        let nurse = house.nurse().await;
        for number in [&tess, &tessa, &ruby] {
            assert!(house.find(&nurse, by_number(number)).await.is_empty(), "{number}");
        }
        let mut raw = Raw::data(&db).await;
        assert_eq!(raw.count("child").await, 3, "the former, what was closed with it, and the present one");
    }

    async fn two_records_side_by_side_show_no_more_than_anybody_sees(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let (tess, tessa) = bench.tess().await;
        let house = &bench.house;
        house.shield_alone(crate::house::shield_request(&tess)).await;
        // Her own authority's, who is not of its desk: neither of the two was searched for, and no reason of management was given.
        let admin = bench.admin().await;
        let admin = house.directory.state_reason(&admin, Reason::Management).await.unwrap();
        let shown = house.directory.compare_records(&admin, &tess, &tessa).await.unwrap();
        let (one, other) = (&shown.data().one, &shown.data().other);
        assert!(matches!(one, Disclosure::Shielded(_)) && matches!(other, Disclosure::Full(_)), "{one:?} {other:?}");
        for hidden in ["Mill Fold", "LS12"] {
            assert!(!format!("{one:?}").contains(hidden), "{hidden}");
        }
        // Behind the shield she looks by the act that says so.
        let found = house.find(&admin, by_number(&tess)).await;
        let opened = house.directory.open_for_management(&admin, &found[0].handle, Reason::Management).await.unwrap();
        assert!(format!("{:?}", opened.data()).contains("Mill Fold"));
    }

    async fn whoever_answers_for_a_survivor_goes_on_to_and_no_undoing_writes_a_hidden_authority_in_the_clear(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let (house, d) = (&bench.house, &bench.house.directory);
        house.another_authority().await;
        let at_school = child("S-8", "Ida", "Marchbanks", "2014-07-02").at("4 Mill Fold", "BD1 1XX");
        house.load(SCHOOLS, &[at_school.with("local_authority", "E08000032")]).await;
        house.load(CARE, &[child("C-8", "Idony", "Quillfeather", "2014-07-02").at("71 Park Rise", "LS6 2AB")]).await;
        house.holds_end();
        let (open, hidden) = (house.number_of(SCHOOLS, "S-8").await, house.number_of(CARE, "C-8").await);
        house.shield_alone(crate::house::shield_request(&hidden)).await;
        let mut raw = Raw::data(&db).await;
        let in_the_clear = "SELECT authority FROM child ORDER BY authority";
        assert_eq!(raw.texts(in_the_clear).await, ["E08000032", "national"]);
        assert_eq!(bench.join(&open, &hidden).await.unwrap(), Joining::Received);
        let act = agreed(house, JoiningKind::Join).await.unwrap();
        assert_eq!(raw.texts(in_the_clear).await, ["national"], "both are protected");
        assert_eq!(bench.undo(act).await.unwrap(), Joining::Received);
        agreed(house, JoiningKind::Undo).await;
        assert_eq!(raw.texts(in_the_clear).await, ["E08000032", "national"], "each as before");
        let (leeds, _) = house.managers().await;
        let leeds = d.state_reason(&leeds, Reason::Management).await.unwrap();
        assert!(d.record_calendar(&leeds, &hidden).await.is_ok(), "who had it has it");
        assert!(d.record_calendar(&leeds, &open).await.is_err(), "and nothing of the other");
    }
}
