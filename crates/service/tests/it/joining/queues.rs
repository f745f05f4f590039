//! A case of the matcher that names a child who is protected since is in no ordinary queue: as if it had never been asked (law 3,
//! decision 12). Two people of the protected desk answer it.

use directory::access::{Reason, Role};
use service::{
    JoinError, ProtectedCase, ReviewAnswer, ReviewDecision, SealProposal, ShieldRequest, SignedIn,
};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use super::BASIS;
use super::bench::Bench;
use crate::house::{CARE, GP, Row, SCHOOLS, child, nhs_number, shield_request};

/// The administrator's one case.
async fn one_case(bench: &Bench) -> Uuid {
    let admin = bench.admin().await;
    let open = bench.house.directory.open_reviews(&admin).await.unwrap();
    assert_eq!(open.len(), 1);
    open[0].id
}

/// The administrator finds nothing of the case, and can do nothing about it.
async fn is_nobodys(bench: &Bench, case: Uuid) {
    let (d, admin) = (&bench.house.directory, bench.admin().await);
    assert_eq!(d.open_reviews(&admin).await.unwrap(), []);
    let reasoned = d.state_reason(&admin, Reason::Management).await.unwrap();
    for id in [case, Uuid::from_u128(7)] {
        let shown = d.open_review_case(&reasoned, id).await;
        assert!(matches!(shown, Err(JoinError::NotFound)), "{shown:?}");
        for answer in [ReviewAnswer::New, ReviewAnswer::Link(0), ReviewAnswer::KeepApart(0)] {
            let answered = d.answer_review(&admin, id, answer, BASIS).await;
            assert!(matches!(answered, Err(JoinError::NotFound)), "{answered:?}");
        }
    }
}

/// The only case of the desk.
async fn at_the_desk(bench: &Bench, who: &SignedIn) -> ProtectedCase {
    let mut cases = bench.house.directory.protected_cases(who).await.unwrap();
    assert_eq!(cases.len(), 1, "{cases:?}");
    cases.remove(0)
}

on_both_databases! {
    async fn an_ordinary_queue_never_holds_a_case_about_a_child_protected_since(db: TestDatabases) {
        // Whether it is the candidate who is shielded or whose record it is.
        let bench = Bench::open(&db).await;
        bench.twins().await;
        let case = one_case(&bench).await;
        let house = &bench.house;
        let mut requests = Vec::new();
        for (source, record) in [(GP, "G-7"), (CARE, "C-7")] {
            let number = house.number_of(source, record).await;
            let request = house.shield_alone(shield_request(&number)).await;
            is_nobodys(&bench, case).await;
            requests.push(request);
        }
        // Once nothing protects them any more it is back, whole.
        for request in requests {
            let (first, second) = (house.sign_in_again("morgan").await, house.sign_in_again("reece").await);
            house.directory.review_shield(&first, request, ReviewDecision::Lift).await.unwrap();
            house.directory.decide_shield(&second, request, true).await.unwrap();
        }
        assert_eq!(one_case(&bench).await, case);
        let (d, admin) = (&house.directory, bench.admin().await);
        let reasoned = d.state_reason(&admin, Reason::Management).await.unwrap();
        let shown = d.open_review_case(&reasoned, case).await.unwrap().data().clone();
        assert_eq!((shown.candidates.len(), shown.records.len()), (2, 1));
        assert!(d.protected_cases(&house.managers().await.0).await.unwrap().is_empty());
        d.answer_review(&bench.admin().await, case, ReviewAnswer::New, BASIS).await.unwrap();
    }

    async fn a_case_about_an_identity_that_is_sealed_since_is_on_no_list(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        bench.twins().await;
        let case = one_case(&bench).await;
        let house = &bench.house;
        house.load(CARE, &[child("C-9", "Ruby", "Thornycroft", "2015-03-04").at("20 Abbey Walk", "LS16 8ZZ")]).await;
        house.holds_end();
        let (first, second) = house.managers().await;
        let side = |source: &str, record: &str| vec![(source.to_owned(), record.to_owned())];
        let proposal =
            SealProposal { former: side(GP, "G-7"), current: side(CARE, "C-9"), ..SealProposal::default() };
        house.directory.seal_identities(&first, &second, &proposal).await.unwrap();
        is_nobodys(&bench, case).await;
        let (first, _) = house.managers().await;
        assert_eq!(house.directory.protected_cases(&first).await.unwrap(), [], "nobody joins two identities (law 5)");
    }

    async fn what_the_matcher_asks_of_a_child_shielded_since_is_answered_by_two_of_the_protected_desk(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        bench.twins().await;
        let case = one_case(&bench).await;
        let (house, d) = (&bench.house, &bench.house.directory);
        let shielded = house.number_of(GP, "G-7").await;
        house.account("dana", &[Role::Manager]).await;
        let bars = ShieldRequest { bar_accounts: vec!["dana".to_owned()], ..shield_request(&shielded) };
        house.shield_alone(bars).await;
        // The desk reads numbers and nothing else, and only what is about a shielded child.
        let (first, second) = house.managers().await;
        let shown = at_the_desk(&bench, &first).await;
        assert_eq!((shown.id, &shown.number), (case, &house.number_of(CARE, "C-7").await));
        assert_eq!(shown.candidates.iter().map(|(_, number)| number).collect::<Vec<_>>(), [&shielded]);
        // Whom the shield bars, and who is of another authority's desk, has no such case.
        let bradford = house.another_authority().await;
        let barred = house.sign_in_again("dana").await;
        let elsewhere = house.person("brad", Role::Manager, bradford).await;
        let answer = ReviewAnswer::Link(shown.candidates[0].0);
        for who in [&barred, &elsewhere] {
            assert_eq!(d.protected_cases(who).await.unwrap(), []);
            let proposed = d.propose_answer(who, case, answer, BASIS).await;
            assert!(matches!(proposed, Err(JoinError::NotFound)), "{proposed:?}");
        }
        // One proposes, and another declines: it waits again.
        d.propose_answer(&first, case, answer, BASIS).await.unwrap();
        assert_eq!(d.protected_cases(&second).await.unwrap(), [], "it is proposed");
        assert!(matches!(d.propose_answer(&second, case, answer, BASIS).await, Err(JoinError::Moment)));
        let id = d.joining_requests(&second).await.unwrap()[0].id;
        assert!(matches!(d.decide_joining(&first, id, true).await, Err(JoinError::OnePerson)));
        d.decide_joining(&second, id, false).await.unwrap();
        assert_eq!(at_the_desk(&bench, &first).await.id, case);
        // And once more, agreed: the record is the shielded child's, and nothing of the case is left.
        d.propose_answer(&second, case, answer, BASIS).await.unwrap();
        let id = d.joining_requests(&first).await.unwrap()[0].id;
        d.decide_joining(&first, id, true).await.unwrap();
        assert_eq!(house.number_of(CARE, "C-7").await, shielded);
        assert_eq!(d.protected_cases(&first).await.unwrap(), []);
        is_nobodys(&bench, case).await;
    }

    async fn the_length_of_an_ordinary_queue_counts_no_case_about_a_child_protected_since(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let house = &bench.house;
        let twin = |source: &str, n: usize| -> Row {
            let surname = ["Ashdown", "Birchall", "Coldwell", "Dunmore", "Eastwood", "Fairley", "Garside", "Hopwell", "Inskip", "Jarrold"][n];
            child(&format!("{source}-{n}"), "Wilfred", surname, &format!("2015-03-{:02}", n + 4))
                .at(&format!("{} Elm Row", n + 9), &format!("LS{} 3AD", n + 3))
        };
        let of = |source: &'static str| move |n: usize| twin(source, n);
        let numbered: Vec<Row> =
            (0..10).map(|n| twin("G", n).with("nhs_number", &nhs_number(u32::try_from(n).unwrap() + 20))).collect();
        house.load(GP, &numbered).await;
        house.load(SCHOOLS, &(0..10).map(of("S")).collect::<Vec<_>>()).await;
        house.holds_end();
        for n in 0..10 {
            let number = house.number_of(GP, &format!("G-{n}")).await;
            bench.take_apart(&number, SCHOOLS, &format!("S-{n}")).await;
        }
        house.load(CARE, &(0..10).map(of("C")).collect::<Vec<_>>()).await;
        house.holds_end();
        let counted = async || {
            let admin = bench.admin().await;
            house.directory.sources_page(&admin).await.unwrap().open_reviews
        };
        assert_eq!(counted().await, Some(10));
        house.shield(GP, "G-3").await;
        assert_eq!(counted().await, None, "nine of them, and no count below ten is told");
    }
}
