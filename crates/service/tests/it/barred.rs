//! Whom a shield bars: to them there is no such child, whatever they came to do and wherever they work (law 3, rule 2.15). Every
//! use case that takes a number answers them as it answers for a number that was never issued.

use audit::Action;
use directory::access::{Reason, Role};
use directory::retention::HoldBasis;
use directory::{ChildNumber, MatchBasis};
use jiff::{SignedDuration, ToSpan as _};
use service::{
    About, AuditQuestion, BodyFact, Due, FamilyError, HoldError, HoldRequest, Reasoned, RegisterError,
    ShieldError, ShieldRequest, SignedIn,
};
use testkit::{Statements, TestDatabases, on_both_databases};

use crate::families::herself;
use crate::house::{CARE, House, by_name_and_birth, child, shield_request};
use crate::numbered::{NUMBERED, answer, answer_beside};
use crate::people::declared;
use crate::raw::Raw;
use crate::register::order;

/// The roles that between them may everything that takes a number.
pub const WORK: [Role; 4] = [Role::Practitioner, Role::Manager, Role::DataAdministrator, Role::Auditor];

/// Wilma and somebody else, for whom the council answers; she is shielded from these.
pub async fn shielded_from(
    db: &TestDatabases,
    accounts: &[&str],
    organisations: &[&str],
) -> (House, ChildNumber) {
    let house = House::open(db).await;
    declared(&house, "Bradford", "E08000032").await;
    for username in ["dana", "visitor"] {
        house.account(username, &WORK).await;
    }
    house
        .load(
            CARE,
            &[
                child("W-1", "Wilma", "Winterbourne", "2009-06-07").at("8 Orchard Way", "LS8 1BB"),
                child("C-1", "Ottilie", "Vane", "2014-01-01").at("5 Mill Row", "LS7 7AA"),
            ],
        )
        .await;
    house.holds_end();
    let number = house.number_of(CARE, "W-1").await;
    let names = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect();
    house
        .shield_alone(ShieldRequest {
            bar_accounts: names(accounts),
            bar_organisations: names(organisations),
            ..shield_request(&number)
        })
        .await;
    (house, number)
}

pub async fn at_work(house: &House, username: &str) -> Reasoned {
    let who = house.sign_in_again(username).await;
    house.directory.state_reason(&who, Reason::WhoElseIsInvolved).await.unwrap()
}

/// Every number is answered for this person as one that was never issued.
async fn there_is_no_such_child(house: &House, number: &ChildNumber, username: &str) {
    let never = ChildNumber::from_random([7; 16]);
    for name in NUMBERED {
        let unknown = answer(house, &at_work(house, username).await, name, &never).await;
        let barred = answer(house, &at_work(house, username).await, name, number).await;
        assert_eq!(barred, unknown, "{name} tells {username} that there is a child");
    }
}

/// A role at another organisation, beside the employer's.
async fn works_at_bradford_too(db: &TestDatabases) {
    Raw::data(db)
        .await
        .run(
            "INSERT INTO account_role (account_id, organisation_id, role) \
             SELECT r.account_id, o.organisation_id, 'trainer' FROM account_role r CROSS JOIN organisation o \
             WHERE r.role = 'auditor' AND o.name = 'Bradford'",
        )
        .await;
}

async fn changes_read(house: &House, who: &SignedIn) -> Vec<Vec<BodyFact>> {
    let about = About::Action(house.council, Action::RecordChanged);
    let mut read = Vec::new();
    for line in house.trail(who, about).await {
        read.push(house.directory.read_audit_entry(who, line.entry).await.unwrap().body.unwrap());
    }
    read
}

fn numbers_in(facts: &[Vec<BodyFact>]) -> Vec<&str> {
    let numbers = facts.iter().flatten().filter_map(|fact| match fact {
        BodyFact::Child(number) => Some(number.as_str()),
        _ => None,
    });
    numbers.collect()
}

on_both_databases! {
    async fn a_barred_account_is_answered_for_every_number_as_for_one_that_was_never_issued(db: TestDatabases) {
        let (house, number) = shielded_from(&db, &["dana"], &[]).await;
        there_is_no_such_child(&house, &number, "dana").await;
    }

    async fn whoever_works_at_a_barred_organisation_besides_their_employers_is_barred_too(db: TestDatabases) {
        let (house, number) = shielded_from(&db, &[], &["Bradford"]).await;
        let before = answer(&house, &at_work(&house, "dana").await, "search", &number).await;
        assert_ne!(before, "nothing", "the council's own people are not barred");
        works_at_bradford_too(&db).await;
        there_is_no_such_child(&house, &number, "dana").await;
    }

    async fn nobody_looks_up_for_a_colleague_who_works_at_a_barred_organisation(db: TestDatabases) {
        let (house, number) = shielded_from(&db, &[], &["Bradford"]).await;
        house.account("nora", &[Role::Practitioner]).await;
        let found = answer(&house, &at_work(&house, "nora").await, "search_for_colleague", &number).await;
        assert!(found.contains("Found"), "{found}");
        works_at_bradford_too(&db).await;
        let found = answer(&house, &at_work(&house, "nora").await, "search_for_colleague", &number).await;
        assert!(found.contains("Nothing"), "{found}");
    }

    async fn a_barred_manager_keeps_no_entry_of_the_register_about_the_child(db: TestDatabases) {
        let (house, number) = shielded_from(&db, &["dana"], &[]).await;
        let d = &house.directory;
        let (morgan, _) = house.managers().await;
        let entry = d.propose_disclosure(&morgan, order(&number)).await.unwrap();
        let dana = house.sign_in_again("dana").await;
        assert!(d.disclosure_register(&dana).await.unwrap().is_empty());
        assert!(matches!(d.disclosure(&dana, entry).await, Err(RegisterError::NotFound)));
        let opened = d.open_retrieved_record(&at_work(&house, "dana").await, entry).await;
        assert!(matches!(opened, Err(RegisterError::NotFound)));
        assert_eq!(d.disclosure_register(&morgan).await.unwrap().len(), 1);
    }

    async fn what_a_barred_manager_takes_in_stands_before_them_as_about_a_number_never_issued(db: TestDatabases) {
        let (house, number) = shielded_from(&db, &["dana"], &[]).await;
        let d = &house.directory;
        let never = ChildNumber::from_random([7; 16]);
        let mut views = Vec::new();
        for asked in [&number, &never] {
            let dana = house.sign_in_again("dana").await;
            let id = crate::families::taken_in(&house, &dana, asked, herself()).await;
            d.do_duties().await.unwrap();
            let view = d.subject_request(&dana, id).await.unwrap();
            assert!(d.subject_requests(&dana).await.unwrap().iter().any(|line| line.id == id));
            assert_eq!(view.child.as_ref(), Some(asked));
            views.push((view.line.state, view.line.deadline, view.asker, view.may_decide));
        }
        assert_eq!(views[0], views[1]);
    }

    async fn a_barred_manager_works_on_no_request_about_the_child_nor_about_its_household(db: TestDatabases) {
        let house = House::open(&db).await;
        house.account("dana", &WORK).await;
        let home = |row: crate::house::Row| row.at("8 Orchard Way", "LS8 1BB");
        let family = [
            home(child("W-1", "Wilma", "Winterbourne", "2009-06-07")),
            home(child("B-1", "Barnaby", "Oakes", "2012-04-04")),
        ];
        house.load(CARE, &family).await;
        house.holds_end();
        let (wilma, barnaby) = (house.number_of(CARE, "W-1").await, house.number_of(CARE, "B-1").await);
        let bars = ShieldRequest { bar_accounts: vec!["dana".to_owned()], ..shield_request(&wilma) };
        house.shield_alone(bars).await;
        let (asks, first, _) = house.desk().await;
        let hers = house.ask_for_shield(&asks, &first, shield_request(&wilma)).await;
        let his = house.ask_for_shield(&asks, &first, shield_request(&barnaby)).await;
        let dana = at_work(&house, "dana").await;
        let d = &house.directory;
        let listed = d.shield_requests(dana.who()).await.unwrap().waiting;
        assert!(listed.iter().all(|line| line.id != hers), "the other request does not bar, the shield does");
        for id in [hers, his] {
            assert!(matches!(d.shield_request(&dana, id).await, Err(ShieldError::NotFound)));
            let household = service::ShieldDecision::Shield(vec![(wilma.clone(), true)]);
            let proposed = d.propose_shield(dana.who(), id, &household).await;
            assert!(matches!(proposed, Err(ShieldError::NotFound)), "{proposed:?}");
        }
    }

    async fn a_barred_manager_is_reminded_of_no_request_about_the_child_and_sees_no_hold_that_waits_for_it(db: TestDatabases) {
        let (house, number) = shielded_from(&db, &["dana"], &[]).await;
        let d = &house.directory;
        let (morgan, _) = house.managers().await;
        crate::families::taken_in(&house, &morgan, &number, herself()).await;
        let until = d.today() + 1.years();
        let hold = HoldRequest { number, basis: HoldBasis::CourtOrder, until };
        d.propose_hold(&morgan, &hold).await.unwrap();
        assert_eq!(d.legal_holds(&morgan).await.unwrap().len(), 1);
        assert!(d.legal_holds(&house.sign_in_again("dana").await).await.unwrap().is_empty());
        house.clock.advance(SignedDuration::from_hours(24 * 25));
        let (morgan, _) = house.managers().await;
        let of_families = |who: &SignedIn| who.reminders().iter().any(|due| due.of == Due::Families);
        assert!(of_families(&morgan));
        let dana = house.sign_in_again("dana").await;
        assert!(!of_families(&dana), "{:?}", dana.reminders());
    }

    async fn a_bar_holds_while_a_legal_hold_keeps_the_child(db: TestDatabases) {
        let (house, number) = shielded_from(&db, &["dana"], &[]).await;
        let d = &house.directory;
        let (morgan, _) = house.managers().await;
        let asked = crate::families::taken_in(&house, &morgan, &number, herself()).await;
        let entry = d.propose_disclosure(&morgan, order(&number)).await.unwrap();
        let hold = crate::legal_holds::hold(&house, &number).await;
        let dana = house.sign_in_again("dana").await;
        assert!(d.legal_holds(&dana).await.unwrap().is_empty());
        assert!(matches!(d.propose_release(&dana, hold).await, Err(HoldError::NotFound)));
        assert!(matches!(d.subject_request(&dana, asked).await, Err(FamilyError::NotFound)));
        assert!(d.protected_subject_requests(&dana).await.unwrap().is_empty());
        assert!(matches!(d.disclosure(&dana, entry).await, Err(RegisterError::NotFound)));
        assert!(d.disclosure_register(&dana).await.unwrap().is_empty());
        // Whom it does not bar goes on.
        let (morgan, _) = house.managers().await;
        assert_eq!(d.legal_holds(&morgan).await.unwrap().len(), 1);
        assert!(d.disclosure(&morgan, entry).await.is_ok());
        crate::legal_holds::release(&house, hold).await;
    }

    async fn a_bar_holds_by_the_number_that_was_joined_away(db: TestDatabases) {
        let (house, wilma) = shielded_from(&db, &["dana"], &[]).await;
        let d = &house.directory;
        let ottilie = house.number_of(CARE, "C-1").await;
        let (morgan, _) = house.managers().await;
        let entry = d.propose_disclosure(&morgan, order(&ottilie)).await.unwrap();
        let dana = house.sign_in_again("dana").await;
        assert!(d.disclosure(&dana, entry).await.is_ok(), "nothing bars her from Ottilie");
        house.account("ada", &[Role::DataAdministrator]).await;
        let ada = house.sign_in("ada").await;
        d.join_records(&ada, &wilma, &ottilie, MatchBasis::RecordsCompared).await.unwrap();
        crate::joining::protected::agreed(&house, service::JoiningKind::Join).await;
        let dana = house.sign_in_again("dana").await;
        assert!(matches!(d.disclosure(&dana, entry).await, Err(RegisterError::NotFound)));
    }

    async fn the_trail_shows_no_number_of_a_child_to_whom_its_shield_bars_or_is_asked_to(db: TestDatabases) {
        let (house, number) = shielded_from(&db, &["dana"], &[]).await;
        let text = number.to_string();
        let dana = house.sign_in_again("dana").await;
        let read = changes_read(&house, &dana).await;
        let decided = BodyFact::Change("shield_decided".to_owned());
        assert!(read.iter().flatten().any(|fact| *fact == decided), "that there was such an act is the trail's to tell");
        assert!(!numbers_in(&read).contains(&text.as_str()));
        let (morgan, _) = house.managers().await;
        assert!(numbers_in(&changes_read(&house, &morgan).await).contains(&text.as_str()), "whom it does not bar is told");
        // Asked, and not decided yet; then declined.
        let other = house.number_of(CARE, "C-1").await;
        let request = ShieldRequest { bar_accounts: vec!["dana".to_owned()], ..shield_request(&other) };
        let (asks, first, second) = house.desk().await;
        let id = house.ask_for_shield(&asks, &first, request).await;
        let text = other.to_string();
        let read = changes_read(&house, &house.sign_in_again("dana").await).await;
        assert!(!numbers_in(&read).contains(&text.as_str()), "asked for");
        let (_, first, second) = (asks, house.managers().await.0, second);
        house.directory.propose_shield(&first, id, &service::ShieldDecision::Decline).await.unwrap();
        house.directory.decide_shield(&second, id, true).await.unwrap();
        let read = changes_read(&house, &house.sign_in_again("dana").await).await;
        assert!(!numbers_in(&read).contains(&text.as_str()), "declined");
        let (morgan, _) = house.managers().await;
        assert!(numbers_in(&changes_read(&house, &morgan).await).contains(&text.as_str()));
    }

    async fn a_request_takes_the_trail_of_a_child_from_nobody_whom_it_names(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(CARE, &[child("C-1", "Ottilie", "Farrow", "2012-03-04").at("9 Elm Row", "LS1 4AP")]).await;
        house.holds_end();
        let ottilie = house.number_of(CARE, "C-1").await;
        house.account("nora", &[Role::Practitioner]).await;
        house.account("audrey", &[Role::Auditor, Role::Manager]).await;
        let nora = at_work(&house, "nora").await;
        let found = house.find(&nora, by_name_and_birth("Ottilie Farrow", "2012-03-04")).await;
        house.record(&nora, &found[0]).await;
        let trail = async || {
            let audrey = house.sign_in_again("audrey").await;
            let question = AuditQuestion::about(About::Child(ottilie.clone()));
            let page = house.directory.read_audit(&audrey, &question).await.unwrap();
            page.lines.iter().map(|line| line.action).collect::<Vec<_>>()
        };
        assert!(trail().await.contains(&Action::RecordViewed));
        // Whoever misused the record asks that who would find it out be barred from the child.
        let request = ShieldRequest { bar_accounts: vec!["audrey".to_owned()], ..shield_request(&ottilie) };
        let (asks, first, _) = house.desk().await;
        let id = house.ask_for_shield(&asks, &first, request).await;
        let seen = trail().await;
        assert!(seen.contains(&Action::RecordViewed), "{seen:?}");
        assert!(!seen.contains(&Action::RecordChanged), "nothing tells of the request: {seen:?}");
        let (first, second) = house.managers().await;
        house.directory.propose_shield(&first, id, &service::ShieldDecision::Decline).await.unwrap();
        house.directory.decide_shield(&second, id, true).await.unwrap();
        let seen = trail().await;
        assert!(seen.contains(&Action::RecordViewed) && !seen.contains(&Action::RecordChanged), "{seen:?}");
    }

    async fn the_databases_are_asked_the_same_for_a_child_whom_a_shield_hides_from_who_asks_as_for_nobody(db: TestDatabases) {
        let (house, number) = shielded_from(&db, &["dana"], &[]).await;
        let other = house.number_of(CARE, "C-1").await;
        let never = ChildNumber::from_random([7; 16]);
        let dana = at_work(&house, "dana").await;
        let ear = Statements::listen();
        for name in ["search", "record_calendar", "compare_records", "raise_dispute"] {
            let mut asked = Vec::new();
            for number in [&never, &number] {
                answer_beside(&house, &dana, name, [number, &other]).await;
                asked.push(ear.settled().await);
            }
            assert!(asked[0].len() > 4 && asked[0] == asked[1], "the databases were asked otherwise: {name}: {asked:#?}");
        }
        let mut asked = Vec::new();
        for names in ["Barnabas Winterbourne", "Wilma Winterbourne"] {
            assert!(house.find(&dana, by_name_and_birth(names, "2009-06-07")).await.is_empty());
            asked.push(ear.settled().await);
        }
        // The key that she has and he has not is one row of the look-up.
        let read = |asked: &[String]| asked.iter().filter(|one| !one.contains("search_key")).cloned().collect::<Vec<_>>();
        assert_eq!(read(&asked[0]), read(&asked[1]), "the databases were asked otherwise: by name");
    }
}
