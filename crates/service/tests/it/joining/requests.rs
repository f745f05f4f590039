//! A request for a shield that waits is about whoever its child is one with now: joined by an administrator alone, nothing of
//! it is told to whom it is to bar; it is handed on, carried over at a seal and decided like any other (laws 3, 8).

use audit::Action;
use directory::access::Role;
use directory::transfer::TransferReason;
use service::{
    About, AuditQuestion, SealProposal, ShieldDecision, ShieldError, ShieldRequest, TransferAnswer,
    TransferOffer,
};
use testkit::{TestDatabases, on_both_databases};

use super::bench::{Bench, done};
use crate::families::at_work;
use crate::house::{CARE, GP, child, shield_request};

on_both_databases! {
    async fn a_request_that_waits_follows_a_joining_by_one_administrator_through_seal_transfer_and_trail(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let house = &bench.house;
        let d = &house.directory;
        let (tess, tessa) = bench.tess().await;
        house.account("dana", &[Role::Manager]).await;
        let (asks, morgan, _) = house.desk().await;
        let bars = ShieldRequest { bar_accounts: vec!["dana".to_owned()], ..shield_request(&tessa) };
        let asked = house.ask_for_shield(&asks, &morgan, bars).await;
        let act = done(bench.join(&tess, &tessa).await);
        assert_eq!(house.request_at(&morgan, asked).await.child.number, tess);
        // The trail of either number tells whom it is to bar nothing of it, and everybody else that there was such an act.
        for (username, told) in [("dana", false), ("morgan", true)] {
            let reads = house.sign_in_again(username).await;
            for number in [&tess, &tessa] {
                let page = d.read_audit(&reads, &AuditQuestion::about(About::Child(number.clone()))).await.unwrap();
                let changed = page.lines.iter().any(|line| line.action == Action::RecordChanged);
                assert_eq!(changed, told, "{username} of {number}");
            }
        }
        // Undone, it is about whom it was about before; and joined again it goes along again.
        bench.undo(act).await.unwrap();
        assert_eq!(house.request_at(&morgan, asked).await.child.number, tessa);
        done(bench.join(&tess, &tessa).await);

        // Handed on with the child.
        house.shield_alone(shield_request(&tess)).await;
        let bradford = house.another_authority().await;
        let (morgan, _) = house.managers().await;
        let (brad, boris) = (
            house.person("brad", Role::Manager, bradford).await,
            house.person("boris", Role::Manager, bradford).await,
        );
        let offer =
            TransferOffer { number: tess.clone(), to: "Bradford".to_owned(), reason: TransferReason::MovedHome };
        let id = d.offer_transfer(&morgan, &offer).await.unwrap();
        d.answer_transfer(&brad, id, TransferAnswer::Accept).await.unwrap();
        let left = d.shield_request(&at_work(house, &morgan).await, asked).await;
        assert!(matches!(left, Err(ShieldError::NotFound)), "it is no more this desk's");
        assert_eq!(house.request_at(&brad, asked).await.child.number, tess);

        // Carried over at a seal, and decided there.
        house.load(GP, &[child("G-9", "Jade", "Fairclough", "2014-07-02").at("3 Quayside", "LS10 1AA")]).await;
        house.holds_end();
        let side = |records: &[(&str, &str)]| -> Vec<(String, String)> {
            records.iter().map(|(source, id)| ((*source).to_owned(), (*id).to_owned())).collect()
        };
        let proposal = SealProposal {
            former: side(&[(GP, "G-1"), (CARE, "C-1")]),
            current: side(&[(GP, "G-9")]),
            ..SealProposal::default()
        };
        let (brad, boris) = { drop((brad, boris)); (house.sign_in_again("brad").await, house.sign_in_again("boris").await) };
        let new = d.seal_identities(&brad, &boris, &proposal).await.unwrap();
        let waiting = d.shield_requests(&brad).await.unwrap().waiting;
        assert_eq!(waiting.len(), 1);
        let view = house.request_at(&brad, waiting[0].id).await;
        assert_eq!((&view.child.number, view.barred.len()), (&new, 1), "and it is to bar whom it was to bar");
        d.propose_shield(&brad, waiting[0].id, &ShieldDecision::Shield(Vec::new())).await.unwrap();
        d.decide_shield(&boris, waiting[0].id, true).await.unwrap();
    }
}
