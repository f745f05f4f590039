//! A request for a shield reaches two people who can decide it, whoever hands it in and wherever they work, and whoever decides
//! is reminded of it (rules 2.12, 2.17, 5.7).

use directory::ChildNumber;
use directory::access::Role;
use directory::shield::{Asked, AskedRule, Evidence, ShieldGrounds};
use jiff::SignedDuration;
use jiff::civil::date;
use service::{
    Due, NewOrganisation, Reminder, ShieldDecision, ShieldError, ShieldRequest, ShieldStage, SignedIn,
};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::house::{CARE, COUNCIL, GP, House, SCHOOLS, child, shield_request};
use crate::legal_holds;
use crate::people::Office;
use crate::raw::Raw;
use crate::retention::{on, one_who_died, person};

/// Wilma, for whom the council answers, and Tamsin, for whom nobody does; and people of a charity, two councils.
async fn office(db: &TestDatabases) -> Office {
    let office = Office::open(db).await;
    for (username, role, at) in [
        ("brad", Role::Manager, office.bradford),
        ("brenda", Role::Manager, office.bradford),
        ("chad", Role::Practitioner, office.charity),
    ] {
        office.person(username, role, at).await;
    }
    let house = &office.house;
    house
        .load(CARE, &[child("W-1", "Wilma", "Winterbourne", "2015-06-07").at("8 Orchard Way", "LS8 1BB")])
        .await;
    house.load(GP, &[child("T-1", "Tamsin", "Pole", "2011-11-11").at("10 Mill Lane", "LS9 1BB")]).await;
    house.holds_end();
    office
}

async fn centre(house: &House) -> Uuid {
    let centre = NewOrganisation {
        name: "The centre".to_owned(),
        kind: "centre".to_owned(),
        authority_code: None,
        accredited_until: house.clock.now() + SignedDuration::from_hours(24 * 3650),
    };
    house.directory.declare_organisation(centre).await.unwrap()
}

async fn waiting(house: &House, who: &SignedIn) -> Vec<Uuid> {
    house.directory.shield_requests(who).await.unwrap().waiting.into_iter().map(|line| line.id).collect()
}

async fn asked(office: &Office, number: &ChildNumber) {
    let chad = office.sign_in("chad").await;
    office.house.directory.request_shield(&chad, shield_request(number)).await.unwrap();
}

on_both_databases! {
    async fn a_request_without_evidence_or_anybody_to_reach_is_refused_by_the_use_case(db: TestDatabases) {
        let office = office(&db).await;
        let house = &office.house;
        let number = house.number_of(CARE, "W-1").await;
        let chad = office.sign_in("chad").await;
        let whole = || shield_request(&number);
        let without_file = ShieldGrounds { evidence: Evidence::default(), ..whole().grounds };
        let lacking = [
            (ShieldRequest { grounds: without_file, ..whole() }, AskedRule::NoEvidence),
            (ShieldRequest { identity: None, ..whole() }, AskedRule::NoIdentity),
            (ShieldRequest { reach: None, ..whole() }, AskedRule::NoReach),
        ];
        let mut raw = Raw::data(&db).await;
        for (request, lacks) in lacking {
            // Of a number that was never issued the answer is the same.
            for number in [number.clone(), ChildNumber::from_random([9; 16])] {
                let refused = house.directory.request_shield(&chad, ShieldRequest { number, ..request.clone() }).await;
                assert!(matches!(refused, Err(ShieldError::Asked(rule)) if rule == lacks), "{refused:?}");
            }
        }
        assert_eq!(raw.count("pending_act").await, 0, "nothing was taken in");
        asked(&office, &number).await;
        let (morgan, _) = house.managers().await;
        let waits = waiting(house, &morgan).await;
        let view = house.request_at(&morgan, waits[0]).await;
        assert_eq!((view.asked, view.grounds.evidence.references().len()), (Some(Asked::by_an_agency()), 1));
    }

    async fn what_a_national_partner_without_a_desk_hands_in_is_decided_where_the_child_is_answered_for(db: TestDatabases) {
        let office = office(&db).await;
        let house = &office.house;
        asked(&office, &house.number_of(CARE, "W-1").await).await;
        let brad = office.sign_in("brad").await;
        assert!(waiting(house, &brad).await.is_empty(), "another authority's child");
        let (morgan, reece) = house.managers().await;
        let ids = waiting(house, &morgan).await;
        assert_eq!(ids.len(), 1);
        house.directory.propose_shield(&morgan, ids[0], &ShieldDecision::Shield(Vec::new())).await.unwrap();
        house.directory.decide_shield(&reece, ids[0], true).await.unwrap();
        assert_eq!(house.request_at(&reece, ids[0]).await.line.stage, ShieldStage::InForce);
    }

    async fn what_nobody_answers_for_is_every_authoritys_and_stays_so_for_its_review(db: TestDatabases) {
        let office = office(&db).await;
        let house = &office.house;
        centre(house).await;
        asked(&office, &house.number_of(GP, "T-1").await).await;
        let (brad, brenda) = (office.sign_in("brad").await, office.sign_in("brenda").await);
        let (morgan, _) = house.managers().await;
        let ids = waiting(house, &morgan).await;
        assert_eq!((ids.len(), waiting(house, &brad).await), (1, ids.clone()));
        house.directory.propose_shield(&brad, ids[0], &ShieldDecision::Shield(Vec::new())).await.unwrap();
        house.directory.decide_shield(&brenda, ids[0], true).await.unwrap();
        house.clock.advance(SignedDuration::from_hours(24 * 220));
        let (morgan, _) = house.managers().await;
        let due = house.directory.shield_requests(&morgan).await.unwrap().reviews;
        assert_eq!(due.iter().map(|line| line.id).collect::<Vec<_>>(), ids);
        assert!(morgan.reminders().iter().any(|due| due.of == Due::ShieldReviews && due.count == 1));
        // A partner's desk is nobody's national queue.
        office.person("cleo", Role::Manager, office.clinic).await;
        let cleo = office.sign_in("cleo").await;
        assert_eq!(house.directory.shield_requests(&cleo).await.unwrap().reviews, []);
        assert!(matches!(house.directory.shield_letter(&cleo, ids[0]).await, Err(ShieldError::NotFound)));
    }

    async fn a_request_that_bars_who_would_decide_about_it_goes_to_others_who_do(db: TestDatabases) {
        let office = office(&db).await;
        let house = &office.house;
        centre(house).await;
        let number = house.number_of(CARE, "W-1").await;
        let barring = ShieldRequest { bar_organisations: vec![COUNCIL.to_owned()], ..shield_request(&number) };
        // Handed in by somebody of the council, whose own desk it would be.
        let (asks, ..) = house.desk().await;
        house.directory.request_shield(&asks, barring).await.unwrap();
        let (morgan, _) = house.managers().await;
        assert!(waiting(house, &morgan).await.is_empty(), "whom it would bar");
        let (brad, brenda) = (office.sign_in("brad").await, office.sign_in("brenda").await);
        let ids = waiting(house, &brad).await;
        assert_eq!(ids.len(), 1);
        house.directory.propose_shield(&brad, ids[0], &ShieldDecision::Shield(Vec::new())).await.unwrap();
        house.directory.decide_shield(&brenda, ids[0], true).await.unwrap();
        // What is asked about her from then on reaches those whom her shield does not bar.
        asked(&office, &number).await;
        let brad = office.sign_in("brad").await;
        assert_eq!(waiting(house, &brad).await.len(), 1);
    }

    async fn a_request_that_bars_one_of_two_who_decide_reaches_two_others_or_is_said_to_reach_nobody(db: TestDatabases) {
        let office = office(&db).await;
        let house = &office.house;
        centre(house).await;
        let number = house.number_of(CARE, "W-1").await;
        let (asks, ..) = house.desk().await;
        let barring = |names: &[&str]| {
            let bar_accounts = names.iter().map(|&name| name.to_owned()).collect();
            ShieldRequest { bar_accounts, ..shield_request(&number) }
        };
        let refused = house.directory.request_shield(&asks, barring(&["reece", "brad"])).await;
        assert!(matches!(refused, Err(ShieldError::NobodyDecides)), "nothing is lost in silence: {refused:?}");
        house.directory.request_shield(&asks, barring(&["reece"])).await.unwrap();
        let brad = office.sign_in("brad").await;
        assert_eq!(waiting(house, &brad).await.len(), 1);
        office.person("third", Role::Manager, house.council).await;
        let (asks, ..) = house.desk().await;
        house.directory.request_shield(&asks, barring(&["reece"])).await.unwrap();
        let brad = office.sign_in("brad").await;
        assert_eq!(waiting(house, &brad).await.len(), 1, "two of the council's three remain");
    }

    async fn a_national_partner_with_two_who_decide_keeps_its_own(db: TestDatabases) {
        let office = office(&db).await;
        for username in ["carl", "cora"] {
            office.person(username, Role::Manager, office.charity).await;
        }
        let house = &office.house;
        let number = house.number_of(CARE, "W-1").await;
        asked(&office, &number).await;
        let carl = office.sign_in("carl").await;
        assert_eq!(waiting(house, &carl).await.len(), 1);
        let (morgan, _) = house.managers().await;
        assert!(waiting(house, &morgan).await.is_empty());
        // Once it is not accredited for shielding, what is handed in is the council's.
        Raw::data(&db).await.run("UPDATE organisation SET capabilities = ',staff_query,' WHERE kind = 'national_partner'").await;
        asked(&office, &number).await;
        let (morgan, _) = house.managers().await;
        assert_eq!(waiting(house, &morgan).await.len(), 1);
    }

    async fn what_was_asked_about_a_destroyed_child_is_unreadable_and_reminds_nobody(db: TestDatabases) {
        let house = one_who_died(&db).await;
        house.load(CARE, &[child("W-1", "Wilma", "Winterbourne", "2024-06-07").at("8 Orchard Way", "LS8 1BB")]).await;
        house.holds_end();
        let number = house.number_of(SCHOOLS, "S-1").await;
        let hold = legal_holds::hold(&house, &number).await;
        legal_holds::release(&house, hold).await;
        house.shield(CARE, "W-1").await;
        house.shield(SCHOOLS, "S-1").await;
        let (asks, ..) = house.desk().await;
        house.directory.request_shield(&asks, shield_request(&number)).await.unwrap();
        let acts = async || {
            let sql = "SELECT kind || ' ' || state FROM pending_act WHERE kind = 'shield' OR kind LIKE 'legal%'";
            let mut acts = Raw::data(&db).await.texts(sql).await;
            acts.sort();
            acts
        };
        let all = ["legal_hold used", "legal_hold_release used", "shield approved", "shield approved", "shield open"];
        assert_eq!(acts().await, all);
        let house = on(house, "2033-03-02").await;
        let due = async || {
            let who = person(&house, Role::Manager).await;
            let count = |of| who.reminders().iter().find(|due| due.of == of).map(|due| due.count);
            let desk = house.directory.shield_requests(&who).await.unwrap();
            (count(Due::ShieldReviews), count(Due::ShieldRequests), desk.reviews.len(), desk.waiting.len())
        };
        assert_eq!(due().await, (Some(2), Some(1), 2, 1));
        assert_eq!(house.directory.sweep(false).await.unwrap().destroyed.values().sum::<u64>(), 1);
        assert_eq!(acts().await, ["shield approved"], "what is left is about the living");
        assert_eq!(due().await, (Some(1), None, 1, 0));
    }

    async fn whoever_decides_is_reminded_of_what_waits_and_since_when(db: TestDatabases) {
        let office = office(&db).await;
        let house = &office.house;
        let d = &house.directory;
        let number = house.number_of(CARE, "W-1").await;
        let reminded = async |username: &str| {
            let who = office.sign_in(username).await;
            who.reminders().iter().copied().find(|due| due.of == Due::ShieldRequests)
        };
        assert_eq!(reminded("morgan").await, None);
        // Without morgan two are left at the council's desk.
        office.person("third", Role::Manager, house.council).await;
        let since = |count, overdue| Some(Reminder { of: Due::ShieldRequests, count, first: date(2026, 3, 2), overdue });
        asked(&office, &number).await;
        assert_eq!((reminded("morgan").await, reminded("brad").await), (since(1, false), None));
        house.clock.advance(SignedDuration::from_hours(24 * 9));
        // One that morgan asks for, and one that is to bar them.
        let morgan = office.sign_in("morgan").await;
        d.request_shield(&morgan, shield_request(&number)).await.unwrap();
        let bars = ShieldRequest { bar_accounts: vec!["morgan".to_owned()], ..shield_request(&number) };
        d.request_shield(&office.sign_in("chad").await, bars).await.unwrap();
        assert_eq!((reminded("morgan").await, reminded("reece").await), (since(1, true), since(3, true)));
        let morgan = office.sign_in("morgan").await;
        let lines = d.shield_requests(&morgan).await.unwrap().waiting;
        let first = lines.iter().find(|line| line.can_go_on).unwrap().id;
        d.propose_shield(&morgan, first, &ShieldDecision::Decline).await.unwrap();
        assert_eq!((reminded("morgan").await, reminded("reece").await), (None, since(3, true)), "the second person");
        let reece = office.sign_in("reece").await;
        d.decide_shield(&reece, first, true).await.unwrap();
        assert_eq!(reminded("reece").await.unwrap().count, 2);
    }

    async fn when_a_shield_is_looked_at_again_is_the_installations_to_say_and_never_later_than_in_half_a_year(db: TestDatabases) {
        for (months, due) in [(6, "2026-09"), (2, "2026-05")] {
            let mut policy = service::Policy::default();
            policy.shields.review_after_months = months;
            let db = TestDatabases::on(db.engine()).await;
            let house = House::open_with(&db, policy, crate::house::OPENED).await;
            house.load(CARE, &[child("W-1", "Wilma", "Winterbourne", "2015-06-07").at("8 Orchard Way", "LS8 1BB")]).await;
            house.holds_end();
            let request = shield_request(&house.number_of(CARE, "W-1").await);
            let id = house.shield_alone(request).await;
            let (first, _) = house.managers().await;
            assert_eq!(house.request_at(&first, id).await.line.review_due.unwrap().to_string(), due);
        }
        for months in [0, 7] {
            let mut policy = service::Policy::default();
            policy.shields.review_after_months = months;
            assert_eq!(policy.faults(), ["shields.review_after_months must be from 1 to 6"]);
        }
    }
}
