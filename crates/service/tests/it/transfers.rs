//! A protected child is handed on from one authority's desk to another's: offered, then accepted or refused, and nobody else
//! learns of it (rules 5.2, 5.3, law 3, decision 4).

use audit::Action;
use directory::ChildNumber;
use directory::access::{Reason, Role};
use directory::families::{DisputeRaiser, DisputedItem, FamilyRule, RequestRefusal, RequestState};
use directory::letter::AccessDepth;
use directory::transfer::{TransferReason, TransferRefusal, TransferState};
use jiff::SignedDuration;
use service::{
    DisputeIntake, FamilyError, Joining, JoiningKind, RequestLine, ReviewDecision, SignedIn, TransferAnswer,
    TransferDesk, TransferError, TransferOffer, TransferView,
};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::families::{at_work, her_mother, herself, said, taken_in};
use crate::house::{CARE, COUNCIL, House, Row, SCHOOLS, by_name_and_birth, child, shield_request};
use crate::joining::BASIS;
use crate::joining::protected::agreed;
use crate::raw::Raw;
use crate::retention::{back_up, restore};

const BRADFORD: &str = "E08000032";
const LEEDS: &str = "E08000035";

fn wren() -> Row {
    child("C-1", "Wren", "Winterbourne", "2015-06-07").with("gender", "F").at("8 Orchard Way", "LS8 1BB")
}

/// Wren, whom the council's social care knows and its desk has shielded; a desk in Bradford, and one in Wakefield that has nothing to
/// do with her.
struct Two {
    house: House,
    number: ChildNumber,
    /// The request for the shield, which is its review's row too.
    review: Uuid,
    leeds: SignedIn,
    bradford: SignedIn,
    wakefield: SignedIn,
}

impl Two {
    async fn open(db: &TestDatabases) -> Self {
        let house = House::open(db).await;
        house.load(CARE, &[wren()]).await;
        house.holds_end();
        let number = house.number_of(CARE, "C-1").await;
        let review = house.shield_alone(shield_request(&number)).await;
        house.another_authority().await;
        house.organisation("Wakefield", "authority", Some("E08000036")).await;
        let (leeds, bradford, wakefield) = Self::people(&house).await;
        Self { house, number, review, leeds, bradford, wakefield }
    }

    async fn people(house: &House) -> (SignedIn, SignedIn, SignedIn) {
        let d = &house.directory;
        let at = [
            house.council,
            d.organisation_id("Bradford").await.unwrap().unwrap(),
            d.organisation_id("Wakefield").await.unwrap().unwrap(),
        ];
        let [leeds, bradford, wakefield] = at;
        (
            house.person("lena", Role::Manager, leeds).await,
            house.person("brenda", Role::Manager, bradford).await,
            house.person("wanda", Role::Manager, wakefield).await,
        )
    }

    /// Everybody comes back another day.
    async fn days_pass(&mut self, days: i64) {
        self.house.clock.advance(SignedDuration::from_hours(24 * days));
        (self.leeds, self.bradford, self.wakefield) = Self::people(&self.house).await;
    }

    fn offer(&self, to: &str) -> TransferOffer {
        TransferOffer { number: self.number.clone(), to: to.to_owned(), reason: TransferReason::MovedHome }
    }

    async fn offered(&self) -> Uuid {
        self.house.directory.offer_transfer(&self.leeds, &self.offer("Bradford")).await.unwrap()
    }

    async fn answer(&self, id: Uuid, answer: TransferAnswer) -> Result<(), TransferError> {
        self.house.directory.answer_transfer(&self.bradford, id, answer).await
    }

    async fn desk(&self, who: &SignedIn) -> TransferDesk {
        self.house.directory.transfers(who).await.unwrap()
    }

    async fn seen(&self, who: &SignedIn, id: Uuid) -> Result<TransferView, TransferError> {
        let who = self.house.directory.state_reason(who, Reason::Management).await.unwrap();
        self.house.directory.transfer(&who, id).await.map(|shown| shown.data().clone())
    }

    /// Whose the child is, by who may record a death: only the authority that answers for it.
    async fn is_answered_for_by(&self, who: &SignedIn) -> bool {
        let who = self.house.directory.state_reason(who, Reason::Management).await.unwrap();
        self.house.directory.record_calendar(&who, &self.number).await.is_ok()
    }

    /// What stands in the clear of the child: authority and version.
    async fn clear(&self, db: &TestDatabases) -> Vec<String> {
        let mut raw = Raw::data(db).await;
        raw.texts("SELECT authority || ' ' || CAST(version AS TEXT) FROM child ORDER BY child_id").await
    }
}

on_both_databases! {
    async fn a_protected_child_is_the_other_authoritys_once_its_desk_accepts_and_not_before(db: TestDatabases) {
        let two = Two::open(&db).await;
        let before = two.clear(&db).await;
        let id = two.offered().await;
        assert!(two.is_answered_for_by(&two.leeds).await && !two.is_answered_for_by(&two.bradford).await);
        assert_eq!(two.clear(&db).await, before, "an offer changes nothing");
        let again = two.house.directory.offer_transfer(&two.leeds, &two.offer("Wakefield")).await;
        assert!(matches!(again, Err(TransferError::OfferedBefore)), "to one desk at a time");
        let (sent, received) = (two.desk(&two.leeds).await, two.desk(&two.bradford).await);
        assert_eq!((sent.offered.len(), sent.received.len()), (1, 0));
        assert_eq!((received.offered.len(), received.received.len()), (0, 1));
        assert_eq!((sent.offered[0].to.as_deref(), received.received[0].to.as_deref()), (Some("Bradford"), None));
        two.answer(id, TransferAnswer::Accept).await.unwrap();
        assert!(!two.is_answered_for_by(&two.leeds).await && two.is_answered_for_by(&two.bradford).await);
        let after = two.clear(&db).await;
        let clear = before.iter().chain(&after);
        assert!(clear.clone().all(|row| row.starts_with("national ")), "an authority stands in the clear: {clear:?}");
        assert_ne!(before, after, "the version rose");
        assert!(matches!(two.answer(id, TransferAnswer::Accept).await, Err(TransferError::Ended(_))), "once");
        let sent = two.desk(&two.leeds).await;
        assert_eq!(sent.offered[0].state, TransferState::Accepted);
        // And the shield still holds.
        let nurse = two.house.nurse().await;
        let found = two.house.find(&nurse, by_name_and_birth("Wren Winterbourne", "2015-06-07")).await;
        assert!(found[0].row.town.is_none());
    }

    async fn the_reviews_of_a_shield_go_with_the_child(db: TestDatabases) {
        let two = Two::open(&db).await;
        let (d, id) = (&two.house.directory, two.offered().await);
        d.review_shield(&two.leeds, two.review, ReviewDecision::Lift).await.unwrap();
        two.answer(id, TransferAnswer::Accept).await.unwrap();
        let left = d.review_shield(&two.leeds, two.review, ReviewDecision::Keep).await;
        assert!(left.is_err(), "it is no more this desk's");
        assert!(d.shield_requests(&two.leeds).await.unwrap().waiting.is_empty());
        // What the old desk had proposed is gone: the new one begins anew, with two people of its own.
        let waiting = d.shield_requests(&two.bradford).await.unwrap().waiting;
        assert!(waiting.is_empty(), "{waiting:?}");
        d.review_shield(&two.bradford, two.review, ReviewDecision::Lift).await.unwrap();
        let bradford = d.organisation_id("Bradford").await.unwrap().unwrap();
        let second = two.house.person("boris", Role::Manager, bradford).await;
        d.decide_shield(&second, two.review, true).await.unwrap();
        let code: Vec<String> = two.clear(&db).await;
        assert!(code[0].starts_with(BRADFORD), "the authority that accepted it stands in the clear again: {code:?}");
    }

    async fn a_familys_request_goes_with_the_protected_child_and_its_old_desk_reads_nothing_more(db: TestDatabases) {
        let two = Two::open(&db).await;
        let (house, d) = (&two.house, &two.house.directory);
        let (leeds, bradford) = (at_work(house, &two.leeds).await, at_work(house, &two.bradford).await);
        let waits = taken_in(house, &two.leeds, &two.number, herself()).await;
        let refused = taken_in(house, &two.leeds, &two.number, her_mother()).await;
        d.refuse_request(&two.leeds, refused, RequestRefusal::NoRight).await.unwrap();
        d.verify_requester(&two.leeds, waits).await.unwrap();
        d.prepare_letter(&leeds, waits, AccessDepth::SectorAndMonth).await.unwrap();
        let intake = DisputeIntake {
            number: two.number.clone(),
            raiser: DisputeRaiser::Carer,
            item: DisputedItem::Whereabouts,
            proposed: None,
            received: d.today(),
        };
        d.take_in_dispute(&two.leeds, intake).await.unwrap();
        let dispute = d.protected_disputes(&two.leeds).await.unwrap()[0].id;
        let of = |lines: Vec<RequestLine>| lines.into_iter().find(|line| line.id == waits).unwrap();
        let before = of(d.protected_subject_requests(&two.leeds).await.unwrap());
        let entries = Raw::data(&db).await.entries("family_matter_changed").await;
        let id = two.offered().await;
        two.answer(id, TransferAnswer::Accept).await.unwrap();
        let moved = Raw::data(&db).await.entries("family_matter_changed").await - entries;
        assert_eq!(moved, 3, "that each of them went is in the trail");
        house.load(CARE, &[wren().at("2 Heron Quay", "BD1 1HX").with("effective_at", "2026-03-02")]).await;
        assert_eq!(d.protected_subject_requests(&two.leeds).await.unwrap(), [], "nor what was closed");
        assert_eq!(d.protected_disputes(&two.leeds).await.unwrap(), []);
        for id in [waits, refused] {
            assert!(matches!(d.subject_request(&two.leeds, id).await, Err(FamilyError::NotFound)));
        }
        assert!(matches!(d.dispute(&two.leeds, dispute).await, Err(FamilyError::NotFound)));
        let anew = d.prepare_letter(&leeds, waits, AccessDepth::SectorAndMonth).await;
        assert!(matches!(anew, Err(FamilyError::NotFound)), "the old desk reads the new home");
        assert!(matches!(d.letter_to_check(&leeds, waits).await, Err(FamilyError::NotFound)));
        // The new desk has it, in the time that ran before, and prepares it anew.
        assert_eq!(d.protected_subject_requests(&two.bradford).await.unwrap().len(), 2);
        let after = of(d.protected_subject_requests(&two.bradford).await.unwrap());
        assert_eq!((after.deadline, after.reference), (before.deadline, before.reference));
        assert_eq!((before.state, after.state), (RequestState::Prepared, RequestState::Verified));
        assert_eq!(d.protected_disputes(&two.bradford).await.unwrap()[0].id, dispute);
        let stale = d.letter_to_check(&bradford, waits).await;
        assert!(matches!(stale, Err(FamilyError::Rule(FamilyRule::Moment))), "what the old desk prepared is gone");
        let letter = d.prepare_letter(&bradford, waits, AccessDepth::SectorAndMonth).await.unwrap();
        assert!(said(letter.data()).contains("2 Heron Quay"));
    }

    // Rules 5.2, 5.7: a child nobody answered for is, from then on, the authority's that a source names first.
    async fn a_familys_request_goes_to_whoever_answers_for_the_child_since(db: TestDatabases) {
        let house = House::open(&db).await;
        let evadne = child("S-1", "Evadne", "Marchbanks", "2015-06-20").at("9 Elm Row", "LS7 3EF");
        house.load(SCHOOLS, std::slice::from_ref(&evadne)).await;
        house.holds_end();
        let number = house.number_of(SCHOOLS, "S-1").await;
        let bradford = house.another_authority().await;
        let (lena, brenda) =
            (house.person("lena", Role::Manager, house.council).await, house.person("brenda", Role::Manager, bradford).await);
        let d = &house.directory;
        let opened = taken_in(&house, &lena, &number, herself()).await;
        let walked = taken_in(&house, &lena, &number, her_mother()).await;
        let named = evadne.in_school("Heron Quay School").with("local_authority", BRADFORD);
        house.load(SCHOOLS, &[named]).await;
        let entries = Raw::data(&db).await.entries("family_matter_changed").await;
        assert!(matches!(d.subject_request(&lena, opened).await, Err(FamilyError::NotFound)), "it is Bradford's now");
        let on_list = async |who: &SignedIn| -> Vec<Uuid> {
            d.subject_requests(who).await.unwrap().iter().map(|line| line.id).collect()
        };
        assert_eq!((on_list(&lena).await, on_list(&brenda).await), (vec![walked], vec![opened]));
        d.do_duties().await.unwrap();
        assert_eq!((on_list(&lena).await, on_list(&brenda).await.len()), (vec![], 2), "the day's walk takes the other");
        let moved = Raw::data(&db).await.entries("family_matter_changed").await - entries;
        assert_eq!(moved, 3, "two that went, and one that was refused");
        d.verify_requester(&brenda, walked).await.unwrap();
    }

    async fn an_offer_is_refused_taken_back_or_overdue_and_the_desk_that_made_it_sees_that(db: TestDatabases) {
        let mut two = Two::open(&db).await;
        let d = two.house.directory.clone();
        let refused = two.offered().await;
        two.answer(refused, TransferAnswer::Refuse(TransferRefusal::NotHere)).await.unwrap();
        let late = two.offered().await;
        two.days_pass(15).await;
        let sent = two.desk(&two.leeds).await.offered;
        let states: Vec<(TransferState, bool)> = sent.iter().map(|line| (line.state, line.overdue)).collect();
        assert_eq!(
            states,
            [(TransferState::Offered, true), (TransferState::Refused(TransferRefusal::NotHere), false)]
        );
        d.take_transfer_back(&two.leeds, late).await.unwrap();
        assert!(matches!(two.answer(late, TransferAnswer::Accept).await, Err(TransferError::Ended(_))));
        assert!(two.is_answered_for_by(&two.leeds).await);
        let back = d.take_transfer_back(&two.bradford, refused).await;
        assert!(matches!(back, Err(TransferError::NotFound)), "it is the other desk's to take back");
        // What has ended shows no child, and is destroyed after a year.
        assert!(two.seen(&two.leeds, refused).await.unwrap().child.is_none());
        two.house.clock.advance(SignedDuration::from_hours(24 * 400));
        d.do_duties().await.unwrap();
        let mut raw = Raw::data(&db).await;
        assert_eq!(raw.count("transfer_offer").await, 0);
    }

    async fn a_child_that_is_protected_no_more_cannot_be_accepted_as_one(db: TestDatabases) {
        let two = Two::open(&db).await;
        let id = two.offered().await;
        let (first, second) = two.house.managers().await;
        two.house.directory.review_shield(&first, two.review, ReviewDecision::Lift).await.unwrap();
        two.house.directory.decide_shield(&second, two.review, true).await.unwrap();
        assert!(two.seen(&two.bradford, id).await.unwrap().child.is_none());
        assert!(matches!(two.answer(id, TransferAnswer::Accept).await, Err(TransferError::Ended(_))));
        assert_eq!(two.desk(&two.leeds).await.offered[0].state, TransferState::Void);
        assert!(two.clear(&db).await[0].starts_with(LEEDS));
    }

    async fn nobody_but_the_two_desks_learns_that_a_protected_child_moves(db: TestDatabases) {
        let mut two = Two::open(&db).await;
        let unknown = ChildNumber::from_random([7; 16]);
        // A child of nobody, of another authority and one that nothing protects are refused in one way.
        two.house.load(CARE, &[child("C-2", "Barnaby", "Oakes", "2012-04-04").at("3 Elm Row", "LS8 4ZZ")]).await;
        two.house.holds_end();
        two.days_pass(0).await;
        let d = &two.house.directory;
        let open = two.house.number_of(CARE, "C-2").await;
        for (who, number) in [
            (&two.leeds, &unknown),
            (&two.leeds, &open),
            (&two.bradford, &two.number),
            (&two.wakefield, &two.number),
        ] {
            let offer = TransferOffer { number: number.clone(), ..two.offer("Wakefield") };
            let to_bradford = TransferOffer { to: "Bradford".to_owned(), ..offer.clone() };
            let offer = if who.account() == two.wakefield.account() { to_bradford } else { offer };
            assert!(matches!(d.offer_transfer(who, &offer).await, Err(TransferError::NoSuchChild)));
        }
        let nowhere = d.offer_transfer(&two.leeds, &two.offer("Nowhere")).await;
        assert!(matches!(nowhere, Err(TransferError::NoSuchDesk { .. })));
        let itself = d.offer_transfer(&two.leeds, &two.offer(COUNCIL)).await;
        assert!(matches!(itself, Err(TransferError::NoSuchDesk { .. })));
        let id = two.offered().await;
        assert_eq!(two.desk(&two.wakefield).await, TransferDesk::default());
        let seen = two.seen(&two.wakefield, id).await;
        assert!(matches!(seen, Err(TransferError::NotFound)), "a third desk sees the offer");
        let answer = d.answer_transfer(&two.wakefield, id, TransferAnswer::Accept).await;
        assert!(matches!(answer, Err(TransferError::NotFound)));
        let own = d.answer_transfer(&two.leeds, id, TransferAnswer::Accept).await;
        assert!(matches!(own, Err(TransferError::NotFound)), "nobody accepts what their own desk offers");
        // The other desk sees the child as every desk does, and nothing of where it is: not even which authority offers it.
        let seen = two.seen(&two.bradford, id).await.unwrap();
        let child = seen.child.clone().unwrap();
        assert_eq!(child.number, two.number);
        assert_eq!(child.shown.as_ref().unwrap().name.to_string(), "Wren Winterbourne");
        let told = format!("{seen:?}");
        for hidden in ["Orchard", "LS8", LEEDS, BRADFORD, COUNCIL, "lena"] {
            assert!(!told.contains(hidden), "{hidden}: {told}");
        }
        assert!(two.seen(&two.leeds, id).await.unwrap().by.is_some(), "their own people are named to a desk");
    }

    async fn an_offer_says_nothing_in_the_clear_and_its_entries_are_like_any_others(db: TestDatabases) {
        let two = Two::open(&db).await;
        let mut raw = Raw::data(&db).await;
        let before = raw.headers().await;
        let id = two.offered().await;
        two.seen(&two.bradford, id).await.unwrap();
        two.answer(id, TransferAnswer::Accept).await.unwrap();
        let mut headers = raw.headers().await;
        headers.retain(|header| !before.contains(header));
        assert!(headers.len() >= 4, "{headers:?}");
        for header in &headers {
            for told in ["transfer", "offer", "accept", LEEDS, BRADFORD, "national"] {
                assert!(!header.contains(told), "{told}: {header}");
            }
        }
        let changed = headers.iter().filter(|header| header.contains(&Action::RecordChanged.to_string())).count();
        assert_eq!(changed, 2, "offered, accepted: {headers:?}");
        // The two sides of one desk do not show themselves as one, and the lengths are the same.
        let back = two.house.directory.offer_transfer(&two.bradford, &two.offer(COUNCIL)).await.unwrap();
        assert_ne!(back, id);
        let keys = raw.blobs("SELECT from_key FROM transfer_offer UNION SELECT to_key FROM transfer_offer").await;
        assert_eq!(keys.len(), 4);
        let lengths = raw.texts("SELECT DISTINCT CAST(length(sealed) AS TEXT) FROM transfer_offer").await;
        assert_eq!(lengths.len(), 1, "{lengths:?}");
    }

    async fn a_restored_backup_gives_a_child_to_the_desk_that_had_accepted_it(db: TestDatabases) {
        let two = Two::open(&db).await;
        back_up(&db).await;
        let id = two.offered().await;
        two.answer(id, TransferAnswer::Accept).await.unwrap();
        assert_eq!(two.house.directory.missing_from_journal().await.unwrap().missing(), 0);
        restore(&db).await;
        assert!(two.is_answered_for_by(&two.leeds).await, "as it was at the backup");
        assert_eq!(two.house.directory.replay_journal().await.unwrap().transfers, 1);
        assert!(two.is_answered_for_by(&two.bradford).await && !two.is_answered_for_by(&two.leeds).await);
        assert_eq!(two.house.directory.missing_from_journal().await.unwrap().missing(), 0);
    }

    async fn a_restored_backup_leaves_no_child_whose_shield_was_lifted_since_with_the_desk_that_handed_it_on(db: TestDatabases) {
        let two = Two::open(&db).await;
        back_up(&db).await;
        let id = two.offered().await;
        two.answer(id, TransferAnswer::Accept).await.unwrap();
        let d = &two.house.directory;
        let bradford = d.organisation_id("Bradford").await.unwrap().unwrap();
        let barney = two.house.person("barney", Role::Manager, bradford).await;
        d.review_shield(&two.bradford, two.review, ReviewDecision::Lift).await.unwrap();
        d.decide_shield(&barney, two.review, true).await.unwrap();
        assert_eq!(two.clear(&db).await[0].split(' ').next(), Some(BRADFORD), "it is no more protected");
        restore(&db).await;
        assert_eq!(d.replay_journal().await.unwrap().transfers, 1);
        assert_eq!(two.clear(&db).await[0].split(' ').next(), Some(BRADFORD));
        assert!(two.is_answered_for_by(&two.bradford).await && !two.is_answered_for_by(&two.leeds).await);
        assert_eq!(d.missing_from_journal().await.unwrap().missing(), 0);
    }

    async fn who_accepts_a_child_accepts_what_was_joined_to_it_and_nothing_that_is_joined_to_it_later(db: TestDatabases) {
        let two = Two::open(&db).await;
        let (house, d) = (&two.house, &two.house.directory);
        house.account("admin", &[Role::DataAdministrator]).await;
        let others = [
            child("S-2", "Wrenna", "Quillfeather", "2015-06-07").at("71 Park Rise", "LS6 2AB").with("local_authority", LEEDS),
            child("S-3", "Ottilie", "Vane", "2015-06-07").at("5 Mill Row", "WF1 7AA").with("local_authority", "E08000036"),
        ];
        house.load(SCHOOLS, &others).await;
        house.holds_end();
        let (before, later) = (house.number_of(SCHOOLS, "S-2").await, house.number_of(SCHOOLS, "S-3").await);
        let admin = async || house.sign_in_again("admin").await;
        let joined = async |other: &ChildNumber| {
            assert_eq!(d.join_records(&admin().await, &two.number, other, BASIS).await.unwrap(), Joining::Received);
            agreed(house, JoiningKind::Join).await.unwrap()
        };
        let first = joined(&before).await;
        let two = Two { leeds: house.sign_in_again("lena").await, bradford: house.sign_in_again("brenda").await, house: House::furnished(d.clone(), house.clock.clone()).await, number: two.number.clone(), review: two.review, wakefield: two.wakefield.clone() };
        let id = two.offered().await;
        two.answer(id, TransferAnswer::Accept).await.unwrap();
        let second = joined(&later).await;
        for act in [first, second] {
            assert_eq!(d.undo_joining(&admin().await, act, BASIS).await.unwrap(), Joining::Received);
            agreed(house, JoiningKind::Undo).await;
        }
        let in_the_clear = Raw::data(&db).await.texts("SELECT authority FROM child ORDER BY authority").await;
        assert_eq!(in_the_clear, [BRADFORD, "E08000036", "national"], "accepted with her; her own authority's; she");
        assert_eq!(d.missing_from_journal().await.unwrap().missing(), 0);
    }
}
