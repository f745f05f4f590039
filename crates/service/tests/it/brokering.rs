//! Brokering (rules 8.10 to 8.12): whoever asks learns nothing by asking, and afterwards what the provider chose and no more.

use directory::access::{Reason, Role};
use directory::brokering::{BrokerReason, BrokerRule, BrokerStage, ProviderChoice, Reveal, RevealedContact};
use directory::{ChildNumber, ServiceType, Telephone};
use jiff::SignedDuration;
use service::{
    BrokerAnswer, BrokerError, BrokerLine, BrokerRequest, BrokerRequestView, BrokerStepKind, ProviderKey,
    Reasoned, ShieldRequest,
};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::barred::{at_work, shielded_from};
use crate::house::{CARE, House, Row, child, shield_request};
use crate::legal_holds::hold;
use crate::raw::Raw;

const CLINIC: &str = "Quiet Harbour Clinic";

fn with_clinic(row: Row) -> Row {
    row.with("involvement_2_service", "mental_health")
        .with("involvement_2_organisation", CLINIC)
        .with("involvement_2_practitioner", "Wilhelmina Frost")
        .with("involvement_2_telephone", "01632 960777")
        .with("involvement_2_basis", "consent")
        .with("involvement_2_consent", "child_of_understanding")
        .with("involvement_2_asserted_by", CLINIC)
        .with("involvement_2_asserted_on", "2025-11-03")
}

fn with_worker(row: Row) -> Row {
    row.with("involvement_1_service", "social_worker")
        .with("involvement_1_organisation", "Leeds Social Care")
        .with("involvement_1_practitioner", "Sam Hill")
}

/// Linnet, whom a clinic knows; Corin, of whom nothing is hidden; Isolde, who is shielded and whom the clinic knows too.
async fn a_house(db: &TestDatabases) -> House {
    let house = House::open(db).await;
    let rows = [
        with_clinic(with_worker(
            child("C-1", "Linnet", "Ashdown", "2012-05-06").at("3 Larch Rise", "LS6 2AB"),
        )),
        with_worker(child("C-2", "Corin", "Beck", "2013-02-11").at("9 Elm Row", "LS7 3EF")),
        with_clinic(child("C-3", "Isolde", "Marsh", "2011-08-09").at("1 Quiet Close", "LS8 8AA")),
    ];
    house.load(CARE, &rows).await;
    house.holds_end();
    house.shield(CARE, "C-3").await;
    house
}

async fn person(house: &House, username: &str, role: Role, organisation: Uuid) -> Reasoned {
    if !house.directory.has_account(username).await.unwrap() {
        house.person(username, role, organisation).await;
    }
    house.clock.advance(SignedDuration::from_secs(31));
    let who = house.sign_in(username).await;
    house.directory.state_reason(&who, Reason::SafeguardingConcern).await.unwrap()
}

fn asking(number: &ChildNumber) -> BrokerRequest {
    BrokerRequest {
        number: number.clone(),
        reason: BrokerReason::UrgentHealth,
        telephone: Telephone::parse("01632 960123").unwrap(),
    }
}

/// A number that was never issued.
fn nobody() -> ChildNumber {
    ChildNumber::from_random([9; 16])
}

/// Asked, and found by the service where it belongs.
async fn asked(house: &House, who: &Reasoned, number: &ChildNumber) {
    house.directory.ask_to_be_put_in_touch(who, asking(number)).await.unwrap();
    house.directory.do_duties().await.unwrap();
}

async fn queue(house: &House, who: &Reasoned) -> Vec<BrokerLine> {
    house.directory.broker_queue(who.who()).await.unwrap()
}

async fn shield_desk(house: &House, who: &Reasoned) -> Vec<BrokerLine> {
    house.directory.protected_broker_queue(who.who()).await.unwrap()
}

async fn opened(house: &House, who: &Reasoned, id: Uuid) -> BrokerRequestView {
    house.directory.broker_request(who, id).await.unwrap().data().clone()
}

async fn answers(house: &House, who: &Reasoned) -> Vec<BrokerAnswer> {
    let own = house.directory.own_broker_requests(who).await.unwrap();
    own.data().iter().map(|one| one.answer.clone()).collect()
}

/// Taken on, and the clinic reached.
async fn clinic_reached(house: &House, desk: &Reasoned, id: Uuid) {
    let d = &house.directory;
    d.take_on_broker_request(desk.who(), id).await.unwrap();
    let key = clinic(&opened(house, desk, id).await);
    d.record_provider_contacted(desk.who(), id, &key).await.unwrap();
}

fn clinic(view: &BrokerRequestView) -> ProviderKey {
    let found = view
        .providers
        .iter()
        .find(|one| one.seen.organisation.as_ref().is_some_and(|name| name.as_str() == CLINIC));
    found.unwrap().key.clone()
}

fn reveal() -> ProviderChoice {
    ProviderChoice::Reveal(Reveal {
        telephone: Telephone::parse("01632 960888").unwrap(),
        practitioner: true,
        organisation: false,
        service: false,
    })
}

on_both_databases! {
    async fn asking_tells_nothing_about_whether_there_is_anything_to_ask_for(db: TestDatabases) {
        let house = a_house(&db).await;
        let nurse = person(&house, "nurse", Role::Practitioner, house.council).await;
        let mut raw = Raw::data(&db).await;
        let mut told = Vec::new();
        for number in [
            house.number_of(CARE, "C-1").await,
            house.number_of(CARE, "C-2").await,
            house.number_of(CARE, "C-3").await,
            nobody(),
        ] {
            let before = raw.headers().await;
            house.directory.ask_to_be_put_in_touch(&nurse, asking(&number)).await.unwrap();
            let after = raw.headers().await;
            let mut new: Vec<String> = after;
            for header in &before {
                let at = new.iter().position(|one| one == header).unwrap();
                new.remove(at);
            }
            let lookups = raw.count("audit_lookup").await;
            let lengths = raw.texts("SELECT CAST(length(sealed) AS TEXT) FROM broker_request").await;
            let clear = raw.texts("SELECT authority || ' ' || CAST(look_at AS TEXT) FROM broker_request").await;
            told.push((new, lookups, lengths.last().cloned(), clear.last().cloned()));
        }
        assert!(told[0].0.iter().all(|header| header.contains("brokering_changed")) && told[0].0.len() == 1, "{told:?}");
        for other in &told[1..] {
            assert_eq!(&told[0].0, &other.0, "one header, whatever the number");
            assert_eq!((&told[0].2, &told[0].3), (&other.2, &other.3), "one length, one place");
        }
        let grew: Vec<i64> = told.windows(2).map(|pair| pair[1].1 - pair[0].1).collect();
        assert!(grew.iter().all(|more| *more == grew[0]), "as many look-ups each: {grew:?}");
        assert_eq!(answers(&house, &nurse).await, [const { BrokerAnswer::Received }; 4]);
        house.directory.do_duties().await.unwrap();
        assert_eq!(answers(&house, &nurse).await, [const { BrokerAnswer::Received }; 4], "nor once they are at their desks");
    }

    async fn the_asker_learns_nothing_more_when_declined(db: TestDatabases) {
        let house = a_house(&db).await;
        let nurse = person(&house, "nurse", Role::Practitioner, house.council).await;
        let mona = person(&house, "mona", Role::Manager, house.council).await;
        let d = &house.directory;
        let (linnet, corin) = (house.number_of(CARE, "C-1").await, house.number_of(CARE, "C-2").await);
        for number in [&linnet, &linnet, &corin, &nobody()] {
            asked(&house, &nurse, number).await;
        }
        let lines = queue(&house, &mona).await;
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|line| line.stage == BrokerStage::Waiting && line.asker == "The nurse"));
        let mut ends = [ProviderChoice::Decline, ProviderChoice::CallBack].into_iter();
        for line in &lines {
            let view = opened(&house, &mona, line.id).await;
            assert_eq!(view.child.is_some(), view.number == linnet || view.number == corin);
            if view.number == linnet {
                clinic_reached(&house, &mona, line.id).await;
                d.record_provider_choice(mona.who(), line.id, ends.next().unwrap()).await.unwrap();
            } else {
                d.take_on_broker_request(mona.who(), line.id).await.unwrap();
                d.close_with_nothing(mona.who(), line.id).await.unwrap();
            }
            let view = opened(&house, &mona, line.id).await;
            assert_eq!(view.line.stage, BrokerStage::DealtWith);
            assert_eq!(view.steps.first().map(|step| step.kind), Some(BrokerStepKind::Asked));
        }
        assert!(queue(&house, &mona).await.is_empty());
        assert_eq!(answers(&house, &nurse).await, [const { BrokerAnswer::DealtWith }; 4], "all four read alike");
    }

    async fn a_revealed_contact_is_shown_to_the_asker_alone_and_ends(db: TestDatabases) {
        let house = a_house(&db).await;
        let nurse = person(&house, "nurse", Role::Practitioner, house.council).await;
        let colleague = person(&house, "colleague", Role::Practitioner, house.council).await;
        let mona = person(&house, "mona", Role::Manager, house.council).await;
        let d = &house.directory;
        let linnet = house.number_of(CARE, "C-1").await;
        for who in [&nurse, &colleague] {
            asked(&house, who, &linnet).await;
        }
        let line = queue(&house, &mona).await.into_iter().find(|line| line.asker == "The nurse").unwrap();
        let before = d.record_provider_choice(mona.who(), line.id, reveal()).await;
        assert!(matches!(before, Err(BrokerError::Rule(BrokerRule::NotTakenOn))), "{before:?}");
        clinic_reached(&house, &mona, line.id).await;
        let unnamed = ProviderChoice::Reveal(Reveal {
            telephone: Telephone::parse("01632 960888").unwrap(),
            practitioner: false,
            organisation: false,
            service: true,
        });
        let unnamed = d.record_provider_choice(mona.who(), line.id, unnamed).await;
        assert!(matches!(unnamed, Err(BrokerError::Rule(BrokerRule::NobodyNamed))));
        d.record_provider_choice(mona.who(), line.id, reveal()).await.unwrap();
        let [BrokerAnswer::Revealed { contact, .. }] = &answers(&house, &nurse).await[..] else { panic!("revealed") };
        let RevealedContact { names, telephone, service, .. } = contact;
        assert_eq!((names.as_slice(), telephone.to_string().as_str(), *service), (&["Wilhelmina Frost".to_owned()][..], "01632 960888", None::<ServiceType>));
        assert_eq!(answers(&house, &colleague).await, [BrokerAnswer::Received], "it is the nurse’s");
        // The rows say nothing of any of it, and the provider's name stands nowhere but in the record.
        let mut raw = Raw::data(&db).await;
        let sealed = raw.blobs("SELECT sealed FROM broker_request").await;
        assert!(sealed.iter().all(|blob| blob.len() == sealed[0].len()), "no length tells a step");
        // With the consent goes the contact, and nothing tells that there was one.
        let key = {
            let view = opened(&house, &mona, line.id).await;
            let from = service::WithdrawnFrom::Own(ServiceType::MentalHealth);
            assert!(view.providers.len() == 2);
            from
        };
        let harbour = house.partner_named(CLINIC).await;
        let wilhelmina = person(&house, "wilhelmina", Role::Practitioner, harbour).await;
        d.withdraw_consent(&wilhelmina, &linnet, &key).await.unwrap();
        assert_eq!(answers(&house, &nurse).await, [BrokerAnswer::DealtWith]);
        assert_eq!(opened(&house, &mona, line.id).await.providers.len(), 1);
        house.clock.advance(SignedDuration::from_hours(24 * 61));
        let mut keys = Raw::keys(&db).await;
        let before = keys.count("bundle").await;
        d.do_duties().await.unwrap();
        assert_eq!(raw.count("broker_request").await, 0, "every request ends");
        assert!(keys.count("bundle").await <= before - 2, "with its key");
    }

    async fn a_revealed_contact_ends_with_its_days(db: TestDatabases) {
        let house = a_house(&db).await;
        let nurse = person(&house, "nurse", Role::Practitioner, house.council).await;
        let mona = person(&house, "mona", Role::Manager, house.council).await;
        let linnet = house.number_of(CARE, "C-1").await;
        asked(&house, &nurse, &linnet).await;
        let id = queue(&house, &mona).await.remove(0).id;
        clinic_reached(&house, &mona, id).await;
        house.directory.record_provider_choice(mona.who(), id, reveal()).await.unwrap();
        house.clock.advance(SignedDuration::from_hours(24 * 29));
        let nurse = person(&house, "nurse", Role::Practitioner, house.council).await;
        assert!(matches!(answers(&house, &nurse).await[..], [BrokerAnswer::Revealed { .. }]));
        house.clock.advance(SignedDuration::from_hours(24 * 2));
        let nurse = person(&house, "nurse", Role::Practitioner, house.council).await;
        assert!(answers(&house, &nurse).await.is_empty(), "before any duty has come by");
    }

    async fn a_revealed_contact_ends_when_a_later_shield_bars_who_asked(db: TestDatabases) {
        let house = a_house(&db).await;
        let nurse = person(&house, "nurse", Role::Practitioner, house.council).await;
        let colleague = person(&house, "colleague", Role::Practitioner, house.council).await;
        let mona = person(&house, "mona", Role::Manager, house.council).await;
        let linnet = house.number_of(CARE, "C-1").await;
        for who in [&nurse, &colleague] {
            asked(&house, who, &linnet).await;
        }
        for line in queue(&house, &mona).await {
            clinic_reached(&house, &mona, line.id).await;
            house.directory.record_provider_choice(mona.who(), line.id, reveal()).await.unwrap();
        }
        assert!(matches!(answers(&house, &nurse).await[..], [BrokerAnswer::Revealed { .. }]));
        let bars = ShieldRequest {
            bar_accounts: vec!["nurse".to_owned()],
            ..shield_request(&linnet)
        };
        house.shield_alone(bars).await;
        let nurse = person(&house, "nurse", Role::Practitioner, house.council).await;
        let told = answers(&house, &nurse).await;
        assert!(!told.iter().any(|answer| matches!(answer, BrokerAnswer::Revealed { .. })), "{told:?}");
        // Whom it does not bar was told, and still is.
        let colleague = person(&house, "colleague", Role::Practitioner, house.council).await;
        assert!(matches!(answers(&house, &colleague).await[..], [BrokerAnswer::Revealed { .. }]));
    }

    async fn a_shielded_childs_request_is_on_no_ordinary_queue(db: TestDatabases) {
        let house = a_house(&db).await;
        let nurse = person(&house, "nurse", Role::Practitioner, house.council).await;
        let mona = person(&house, "mona", Role::Manager, house.council).await;
        let (linnet, isolde) = (house.number_of(CARE, "C-1").await, house.number_of(CARE, "C-3").await);
        asked(&house, &nurse, &isolde).await;
        assert!(queue(&house, &mona).await.is_empty());
        let mut raw = Raw::data(&db).await;
        let place = raw.texts("SELECT authority FROM broker_request").await;
        assert_eq!(place, ["national"], "not under its authority (decision 4)");
        let id = shield_desk(&house, &mona).await.remove(0).id;
        let view = opened(&house, &mona, id).await;
        assert!(view.protected && view.number == isolde);
        assert_eq!(view.child.as_ref().unwrap().name.surname(), "Marsh");
        clinic_reached(&house, &mona, id).await;
        house.directory.record_provider_choice(mona.who(), id, reveal()).await.unwrap();
        assert!(matches!(answers(&house, &nurse).await[..], [BrokerAnswer::Revealed { .. }]));
        // One that was put into an ordinary queue leaves it with the shield, not with the next round of routing.
        asked(&house, &nurse, &linnet).await;
        assert_eq!(queue(&house, &mona).await.len(), 1);
        house.shield(CARE, "C-1").await;
        let mona = person(&house, "mona", Role::Manager, house.council).await;
        assert!(queue(&house, &mona).await.is_empty());
        assert_eq!(shield_desk(&house, &mona).await.len(), 1);
        house.clock.advance(SignedDuration::from_mins(10));
        house.directory.do_duties().await.unwrap();
        assert_eq!(raw.texts("SELECT DISTINCT authority FROM broker_request").await, ["national"]);
    }

    async fn a_request_about_a_child_under_a_legal_hold_is_hidden_from_whom_its_shield_bars(db: TestDatabases) {
        let (house, wilma) = shielded_from(&db, &["dana"], &[]).await;
        let nurse = person(&house, "nurse", Role::Practitioner, house.council).await;
        hold(&house, &wilma).await;
        asked(&house, &nurse, &wilma).await;
        let dana = at_work(&house, "dana").await;
        assert!(queue(&house, &dana).await.is_empty() && shield_desk(&house, &dana).await.is_empty());
        let visitor = at_work(&house, "visitor").await;
        let waits = queue(&house, &visitor).await;
        assert_eq!(waits.len(), 1, "as about a number that was never issued, to whom no shield bars");
        let opened = house.directory.broker_request(&dana, waits[0].id).await;
        assert!(matches!(opened, Err(BrokerError::NotFound)), "{opened:?}");
        let taken = house.directory.take_on_broker_request(dana.who(), waits[0].id).await;
        assert!(matches!(taken, Err(BrokerError::NotFound)), "{taken:?}");
    }

    async fn a_request_that_leads_nowhere_any_more_tells_nobody_who_had_dealt_with_it(db: TestDatabases) {
        for bars in [true, false] {
            let db = TestDatabases::on(db.engine()).await;
            let house = a_house(&db).await;
            let bradford = house.another_authority().await;
            let brenda = person(&house, "brenda", Role::Manager, bradford).await;
            let isolde = house.number_of(CARE, "C-3").await;
            asked(&house, &brenda, &isolde).await;
            let mona = person(&house, "mona", Role::Manager, house.council).await;
            let id = shield_desk(&house, &mona).await.remove(0).id;
            clinic_reached(&house, &mona, id).await;
            match bars {
                true => {
                    let bars = ShieldRequest { bar_accounts: vec!["brenda".to_owned()], ..shield_request(&isolde) };
                    house.shield_alone(bars).await;
                }
                false => drop(hold(&house, &isolde).await),
            }
            for round in 0..2 {
                for (name, organisation) in [("brenda", bradford), ("brad", bradford), ("mona", house.council)] {
                    let who = person(&house, name, Role::Manager, organisation).await;
                    assert!(queue(&house, &who).await.is_empty(), "{name} {round}");
                    let opened = house.directory.broker_request(&who, id).await;
                    assert!(matches!(opened, Err(BrokerError::NotFound)), "{name} {round}: {opened:?}");
                }
                house.clock.advance(SignedDuration::from_mins(10));
                house.directory.do_duties().await.unwrap();
            }
            let brenda = person(&house, "brenda", Role::Manager, bradford).await;
            assert!(matches!(answers(&house, &brenda).await[..], [BrokerAnswer::DealtWith]));
        }
    }

    async fn the_one_who_asks_cannot_handle_it(db: TestDatabases) {
        let house = a_house(&db).await;
        let mona = person(&house, "mona", Role::Manager, house.council).await;
        let otto = person(&house, "otto", Role::Manager, house.council).await;
        let linnet = house.number_of(CARE, "C-1").await;
        asked(&house, &mona, &linnet).await;
        let line = queue(&house, &mona).await.remove(0);
        assert!(!line.may_handle);
        let own = house.directory.take_on_broker_request(mona.who(), line.id).await;
        assert!(matches!(own, Err(BrokerError::Rule(BrokerRule::OnesOwnRequest))), "rule 12.13");
        house.directory.take_on_broker_request(otto.who(), line.id).await.unwrap();
        let own = house.directory.close_with_nothing(mona.who(), line.id).await;
        assert!(matches!(own, Err(BrokerError::Rule(BrokerRule::OnesOwnRequest))));
    }

    async fn another_authoritys_manager_neither_sees_nor_handles_it(db: TestDatabases) {
        let house = a_house(&db).await;
        let nurse = person(&house, "nurse", Role::Practitioner, house.council).await;
        let mona = person(&house, "mona", Role::Manager, house.council).await;
        let elsewhere = house.another_authority().await;
        let other = person(&house, "manager-elsewhere", Role::Manager, elsewhere).await;
        for record in ["C-1", "C-3"] {
            asked(&house, &nurse, &house.number_of(CARE, record).await).await;
        }
        let ids = [queue(&house, &mona).await.remove(0).id, shield_desk(&house, &mona).await.remove(0).id];
        assert!(queue(&house, &other).await.is_empty() && shield_desk(&house, &other).await.is_empty());
        for id in ids {
            let looked = house.directory.broker_request(&other, id).await;
            assert!(matches!(looked, Err(BrokerError::NotFound)));
            let taken = house.directory.take_on_broker_request(other.who(), id).await;
            assert!(matches!(taken, Err(BrokerError::NotFound)));
        }
    }

    async fn nobody_floods_the_desks(db: TestDatabases) {
        let house = a_house(&db).await;
        let nurse = person(&house, "nurse", Role::Practitioner, house.council).await;
        for _ in 0..20 {
            house.directory.ask_to_be_put_in_touch(&nurse, asking(&nobody())).await.unwrap();
        }
        let more = house.directory.ask_to_be_put_in_touch(&nurse, asking(&nobody())).await;
        assert!(matches!(more, Err(BrokerError::TooManyWaiting)));
    }
}
