//! What families ask (section 14): to see what is held, to have it put right, to complain; on both databases.

mod channels;
mod disputes;
mod secrets;

use directory::access::{Reason, Role, SuspensionReason};
use directory::families::{
    Asker, AskerKind, Capacity, ComplaintOutcome, ComplaintSubject, DeliveryChannel, ExtensionReason,
    FamilyRule, IdentityEvidence, IdentityProof, RequestRefusal, RequestState,
};
use directory::letter::{AccessDepth, Letter};
use directory::register::Reference;
use directory::vocabulary::Vocabulary;
use directory::{ChildNumber, NameUse, PersonName, Relationship};
use jiff::SignedDuration;
use service::{
    Change, ComplaintIntake, Due, FamilyError, FamilyLetter, FamilyStepKind, NewAccount, Reasoned, Reminder,
    RequestIntake, SignedIn, letter_pdf,
};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::house::{CARE, GP, House, Row, by_name_and_birth, child};
use crate::raw::Raw;

/// Known to social care and to her practice; her mother is on the record.
pub fn ottilie() -> Row {
    child("C-1", "Ottilie", "Fairweather", "2012-04-23")
        .with("gender", "F")
        .at("4 Tannery Yard", "LS7 3QQ")
        .with("carer_1_forenames", "Beatrix")
        .with("carer_1_surname", "Fairweather")
        .with("carer_1_relationship", "mother")
        .with("carer_1_responsibility", "yes")
        .with("involvement_1_service", "social_worker")
        .with("involvement_1_organisation", "Leeds Social Care")
        .with("involvement_1_lead", "yes")
}

fn reference(text: &str) -> Reference {
    Reference::parse(text).unwrap()
}

fn asker(kind: AskerKind, name: Option<(&str, &str)>, capacity: Capacity) -> Asker {
    let proof = IdentityProof::new(
        (IdentityEvidence::Passport, reference("SAR-26-0417")),
        (IdentityEvidence::OfficialLetter, reference("SAR-26-0418")),
    );
    let name =
        name.map(|(forenames, surname)| PersonName::new(forenames, surname, NameUse::Current).unwrap());
    Asker::new(kind, name, Some(Relationship::Mother), proof.unwrap(), capacity, DeliveryChannel::AtOffice)
        .unwrap()
}

pub fn herself() -> Asker {
    asker(AskerKind::YoungPerson, None, Capacity::Understands)
}

pub fn her_mother() -> Asker {
    asker(AskerKind::NamedCarer, Some(("Beatrix", "Fairweather")), Capacity::AskedForChild)
}

/// A person with the reason a desk works under.
pub async fn at_work(house: &House, who: &SignedIn) -> Reasoned {
    house.directory.state_reason(who, Reason::Management).await.unwrap()
}

/// Takes a request in; its id, found on the list of the desk that answers it.
pub async fn taken_in(house: &House, taker: &SignedIn, number: &ChildNumber, asker: Asker) -> Uuid {
    let d = &house.directory;
    let intake = RequestIntake { number: number.clone(), asker, received: d.today() };
    let reference = d.take_in_request(taker, intake).await.unwrap();
    let mut lines = d.subject_requests(taker).await.unwrap();
    lines.extend(d.protected_subject_requests(taker).await.unwrap());
    lines.iter().find(|line| line.reference == reference).unwrap().id
}

/// The second person reads what was prepared and releases it.
pub async fn released(house: &House, who: &SignedIn, id: Uuid) {
    house.directory.letter_to_check(&at_work(house, who).await, id).await.unwrap();
    house.directory.decide_letter(who, id, true).await.unwrap();
}

/// The letter as it leaves, after the second person.
pub async fn answered(house: &House, number: &ChildNumber, asker: Asker, depth: AccessDepth) -> FamilyLetter {
    let (morgan, reece) = house.managers().await;
    let id = taken_in(house, &morgan, number, asker).await;
    let d = &house.directory;
    d.verify_requester(&morgan, id).await.unwrap();
    d.prepare_letter(&at_work(house, &morgan).await, id, depth).await.unwrap();
    released(house, &reece, id).await;
    d.take_letter(&at_work(house, &reece).await, id).await.unwrap().data().clone()
}

/// Everything a letter says, as it is read and as it is printed.
pub fn printed(letter: &FamilyLetter) -> (Letter, Vec<u8>) {
    let read = Letter::of(&letter.answer, "one and the same", &Vocabulary::shipped());
    let pdf = letter_pdf(&read, "ContactPoint");
    (read, pdf)
}

pub fn said(letter: &FamilyLetter) -> String {
    serde_json::to_string(&printed(letter).0).unwrap()
}

/// A manager who answers families and is not of the protected desk.
async fn of_no_desk(house: &House, username: &str) -> SignedIn {
    let until = house.clock.now() + SignedDuration::from_hours(24 * 365);
    let account = NewAccount {
        username: username.to_owned(),
        display_name: "Of no desk".to_owned(),
        password: crate::house::PASSWORD.to_owned(),
        organisation: house.council,
        roles: vec![Role::Manager],
        clearance_until: until,
        training_until: until,
    };
    house.directory.create_account(account).await.unwrap();
    house.sign_in(username).await
}

async fn a_house(db: &TestDatabases) -> (House, ChildNumber) {
    let house = House::open(db).await;
    house.load(CARE, &[ottilie()]).await;
    house.holds_end();
    let number = house.number_of(CARE, "C-1").await;
    (house, number)
}

async fn looked_at(house: &House) {
    let nurse = house.nurse().await;
    let found = house.find(&nurse, by_name_and_birth("Ottilie Fairweather", "2012-04-23")).await;
    house.record(&nurse, &found[0]).await;
}

on_both_databases! {
    async fn the_pages_of_those_who_answer_remind_them_of_a_day_that_comes_and_of_one_that_passed(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        let (morgan, _) = house.managers().await;
        taken_in(&house, &morgan, &number, her_mother()).await;
        taken_in(&house, &morgan, &number, her_mother()).await;
        let reminded = async || {
            let (morgan, _) = house.managers().await;
            let nurse = house.nurse().await;
            assert_eq!(nurse.who().reminders(), [], "a nurse answers no family");
            let of_families = |due: &&Reminder| due.of == Due::Families;
            morgan.reminders().iter().find(of_families).map(|due| (due.count, due.first.to_string(), due.overdue))
        };
        assert_eq!(reminded().await, None, "a month is left");
        house.clock.advance(SignedDuration::from_hours(24 * 24));
        assert_eq!(reminded().await, Some((2, "2026-04-02".to_owned(), false)));
        house.clock.advance(SignedDuration::from_hours(24 * 10));
        assert_eq!(reminded().await, Some((2, "2026-04-02".to_owned(), true)));
    }

    async fn a_request_is_taken_in_checked_prepared_by_one_and_released_by_another(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        looked_at(&house).await;
        let (morgan, reece) = house.managers().await;
        let d = &house.directory;
        let id = taken_in(&house, &morgan, &number, her_mother()).await;
        let line = d.subject_requests(&morgan).await.unwrap().remove(0);
        assert_eq!((line.deadline.to_string().as_str(), line.overdue), ("2026-04-02", false), "one month");
        let early = d.prepare_letter(&at_work(&house, &morgan).await, id, AccessDepth::SectorAndMonth).await;
        assert!(matches!(early, Err(FamilyError::Rule(FamilyRule::Moment))), "identity comes first");
        d.verify_requester(&morgan, id).await.unwrap();
        d.extend_request(&morgan, id, ExtensionReason::Complex).await.unwrap();
        let again = d.extend_request(&morgan, id, ExtensionReason::Complex).await;
        assert!(matches!(again, Err(FamilyError::Rule(FamilyRule::ExtendedBefore))));
        let work = at_work(&house, &morgan).await;
        let shown = d.prepare_letter(&work, id, AccessDepth::SectorAndMonth).await.unwrap();
        let told = said(shown.data());
        for holds in ["4 Tannery Yard", "Leeds Social Care", "Beatrix Fairweather", "March 2026", "once"] {
            assert!(told.contains(holds), "{holds} in {told}");
        }
        assert!(!told.contains("E08000035") && !told.contains("Leeds City Council"), "no authority is named: {told}");
        let own = d.decide_letter(&morgan, id, true).await;
        assert!(matches!(own, Err(FamilyError::Rule(FamilyRule::OnePerson))));
        let before = d.take_letter(&work, id).await;
        assert!(matches!(before, Err(FamilyError::Rule(FamilyRule::Moment))), "nothing leaves before it is released");
        let other = at_work(&house, &reece).await;
        assert_eq!(said(d.letter_to_check(&other, id).await.unwrap().data()), told, "the second person reads the same");
        d.decide_letter(&reece, id, true).await.unwrap();
        let mut raw = Raw::data(&db).await;
        let entries = raw.entries("record_viewed").await;
        let taken = d.take_letter(&other, id).await.unwrap();
        assert_eq!(raw.entries("record_viewed").await, entries + 1, "each taking is an entry");
        assert_eq!(said(taken.data()), told);
        d.deliver_letter(&reece, id).await.unwrap();
        let view = d.subject_request(&morgan, id).await.unwrap();
        assert_eq!((view.line.state, view.steps.len()), (RequestState::Delivered, 7));
        assert_eq!(view.line.deadline.to_string(), "2026-06-02", "two months more");
        let counted = "SELECT CAST(coalesce(sum(n), 0) AS BIGINT) FROM month_count WHERE measure = 'family_letters'";
        assert_eq!(raw.number(counted).await, 1);
        // Two years later its keys and its row are gone.
        let (rows, keys) = ("SELECT count(*) FROM family_matter", format!("bundle WHERE owner_id = {}", literal(&db, id)));
        let mut held = Raw::keys(&db).await;
        assert_eq!((raw.number(rows).await, held.count(&keys).await), (1, 1));
        house.clock.advance(SignedDuration::from_hours(24 * 740));
        d.do_duties().await.unwrap();
        assert_eq!((raw.number(rows).await, held.count(&keys).await), (0, 0));
    }

    async fn a_request_is_overdue_after_a_month_refused_with_a_reason_or_taken_back(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        let (morgan, _) = house.managers().await;
        let d = &house.directory;
        let (one, two) =
            (taken_in(&house, &morgan, &number, herself()).await, taken_in(&house, &morgan, &number, her_mother()).await);
        let late = RequestIntake { number: number.clone(), asker: herself(), received: "2025-01-01".parse().unwrap() };
        assert!(matches!(d.take_in_request(&morgan, late).await, Err(FamilyError::Day)));
        d.withdraw_request(&morgan, two).await.unwrap();
        house.clock.advance(SignedDuration::from_hours(24 * 40));
        let (morgan, _) = house.managers().await;
        let lines = d.subject_requests(&morgan).await.unwrap();
        assert_eq!(lines.iter().map(|line| (line.id, line.overdue)).collect::<Vec<_>>(), [(one, true), (two, false)]);
        d.refuse_request(&morgan, one, RequestRefusal::NoRight).await.unwrap();
        let refused = d.subject_request(&morgan, one).await.unwrap();
        assert_eq!((refused.line.state, refused.refusal), (RequestState::Refused, Some(RequestRefusal::NoRight)));
        let closed = d.verify_requester(&morgan, one).await;
        assert!(matches!(closed, Err(FamilyError::Rule(FamilyRule::Moment))));
    }

    async fn a_request_that_is_late_already_is_not_extended_and_stays_late(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        let (morgan, _) = house.managers().await;
        let d = &house.directory;
        let one = taken_in(&house, &morgan, &number, herself()).await;
        let two = taken_in(&house, &morgan, &number, her_mother()).await;
        // On its last day it is in time,
        house.clock.set("2026-04-02T09:00:00Z".parse().unwrap());
        let (morgan, _) = house.managers().await;
        d.extend_request(&morgan, one, ExtensionReason::Complex).await.unwrap();
        // and a day later it is late: whoever asked was to be told of the extension within the month.
        house.clock.set("2026-04-03T09:00:00Z".parse().unwrap());
        let (morgan, _) = house.managers().await;
        let late = d.extend_request(&morgan, two, ExtensionReason::Complex).await;
        assert!(matches!(late, Err(FamilyError::Rule(FamilyRule::ExtendedLate))), "{late:?}");
        let lines = d.subject_requests(&morgan).await.unwrap();
        let stands = |id: Uuid| {
            let line = lines.iter().find(|line| line.id == id).unwrap();
            (line.deadline.to_string(), line.overdue)
        };
        assert_eq!(stands(one), ("2026-06-02".to_owned(), false));
        assert_eq!(stands(two), ("2026-04-02".to_owned(), true));
        assert_eq!(d.subject_request(&morgan, two).await.unwrap().extended, None);
    }

    async fn a_request_reaches_the_archive_as_long_as_anything_is_held(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        house.clock.set("2034-05-01T09:00:00Z".parse().unwrap());
        let house = House::furnished(house.directory.clone(), house.clock.clone()).await;
        house.directory.sweep(false).await.unwrap();
        let (first, second) =
            (crate::retention::person(&house, Role::Manager).await, crate::retention::person(&house, Role::Manager).await);
        let d = &house.directory;
        for (asker, tells) in [(herself(), true), (her_mother(), false)] {
            let id = taken_in(&house, &first, &number, asker).await;
            d.verify_requester(&first, id).await.unwrap();
            let work = at_work(&house, &first).await;
            d.prepare_letter(&work, id, AccessDepth::SectorAndMonth).await.unwrap();
            released(&house, &second, id).await;
            let taken = d.take_letter(&work, id).await.unwrap();
            assert_eq!(said(taken.data()).contains("4 Tannery Yard"), tells, "who is grown asks for themself");
        }
    }

    async fn a_letter_leaves_only_as_the_second_person_released_it(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        let (morgan, reece) = house.managers().await;
        let d = &house.directory;
        let id = taken_in(&house, &morgan, &number, herself()).await;
        d.verify_requester(&morgan, id).await.unwrap();
        d.prepare_letter(&at_work(&house, &morgan).await, id, AccessDepth::SectorAndMonth).await.unwrap();
        assert!(matches!(d.decide_letter(&reece, id, true).await, Err(FamilyError::NotRead)), "nobody releases what they have not read");
        d.letter_to_check(&at_work(&house, &reece).await, id).await.unwrap();
        // Prepared anew since: deeper than what was read.
        d.prepare_letter(&at_work(&house, &morgan).await, id, AccessDepth::OrganisationAndDay).await.unwrap();
        assert!(matches!(d.decide_letter(&reece, id, true).await, Err(FamilyError::NotRead)));
        released(&house, &reece, id).await;
        // A night's file that says the same changes nothing; one that moves the child does.
        house.load(CARE, &[ottilie().with("effective_at", "2026-03-01")]).await;
        d.take_letter(&at_work(&house, &reece).await, id).await.unwrap();
        house.load(CARE, &[ottilie().with("effective_at", "2026-03-02").at("9 Weir Lane", "LS5 2AA")]).await;
        let stale = d.take_letter(&at_work(&house, &reece).await, id).await;
        assert!(matches!(stale, Err(FamilyError::Outdated)));
        let view = d.subject_request(&morgan, id).await.unwrap();
        assert_eq!(view.line.state, RequestState::Verified, "it waits to be prepared anew");
    }

    async fn a_child_protected_meanwhile_is_the_protected_desks_from_then_on(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        let (morgan, _) = house.managers().await;
        let d = &house.directory;
        let (one, two) =
            (taken_in(&house, &morgan, &number, her_mother()).await, taken_in(&house, &morgan, &number, herself()).await);
        house.shield(CARE, "C-1").await;
        let (morgan, reece) = house.managers().await;
        house.clock.advance(SignedDuration::from_hours(1));
        d.do_duties().await.unwrap();
        let (morgan, reece) = { drop((morgan, reece)); house.managers().await };
        assert_eq!(d.subject_requests(&morgan).await.unwrap(), [], "no line is left on the ordinary list");
        let mut found: Vec<Uuid> =
            d.protected_subject_requests(&reece).await.unwrap().iter().map(|line| line.id).collect();
        found.sort_unstable();
        let mut both = vec![one, two];
        both.sort_unstable();
        assert_eq!(found, both);
        let mut raw = Raw::data(&db).await;
        let sizes = raw.blobs("SELECT sealed FROM family_matter").await;
        assert!(sizes.iter().all(|sealed| sealed.len() == sizes[0].len()), "their length tells nothing");
        // Who may not work at the protected desk is told what is told of a matter that is not there.
        let bradford = crate::people::declared(&house, "Bradford Council", "E08000032").await;
        let elsewhere = house.person("brad", Role::Manager, bradford).await;
        for id in [one, Uuid::from_u128(7)] {
            assert!(matches!(d.subject_request(&elsewhere, id).await, Err(FamilyError::NotFound)));
        }
        let taken_there = RequestIntake { number, asker: her_mother(), received: d.today() };
        d.take_in_request(&elsewhere, taken_there).await.unwrap();
        assert_eq!(d.subject_requests(&elsewhere).await.unwrap(), [], "whoever took it in is told nothing more");
        assert_eq!(d.protected_subject_requests(&elsewhere).await.unwrap(), []);
        assert_eq!(d.protected_subject_requests(&morgan).await.unwrap().len(), 3, "it went to who answers");
    }

    async fn a_complaint_about_a_member_of_staff_is_answered_by_two_who_are_not_meant(db: TestDatabases) {
        let house = House::open(&db).await;
        house.account("avery", &[Role::Manager]).await;
        let (morgan, reece) = house.managers().await;
        let avery = house.sign_in("avery").await;
        let d = &house.directory;
        let received = d.today();
        let about = |name: &str| ComplaintIntake {
            subject: ComplaintSubject::Staff,
            about: Some(name.to_owned()),
            request: None,
            received,
        };
        assert!(matches!(d.take_in_complaint(&avery, about("avery")).await, Err(FamilyError::Rule(FamilyRule::AboutOneself))));
        assert!(matches!(d.take_in_complaint(&morgan, about("nobody")).await, Err(FamilyError::NoSuchAccount)));
        d.take_in_complaint(&morgan, about("avery")).await.unwrap();
        let id = d.complaints(&reece).await.unwrap()[0].id;
        assert_eq!(d.complaints(&avery).await.unwrap(), [], "whom it is about does not see it");
        assert!(matches!(d.complaint(&avery, id).await, Err(FamilyError::NotFound)));
        d.answer_complaint(&morgan, id, ComplaintOutcome::NotUpheld).await.unwrap();
        let own = d.answer_complaint(&morgan, id, ComplaintOutcome::NotUpheld).await;
        assert!(matches!(own, Err(FamilyError::Rule(FamilyRule::OnePerson))));
        // The second person sees it otherwise: their answer waits for a second person in its turn.
        d.answer_complaint(&reece, id, ComplaintOutcome::Upheld).await.unwrap();
        assert!(d.complaint(&morgan, id).await.unwrap().may_answer);
        d.answer_complaint(&morgan, id, ComplaintOutcome::Upheld).await.unwrap();
        assert_eq!(d.complaint(&reece, id).await.unwrap().line.outcome, Some(ComplaintOutcome::Upheld));
        let mut raw = Raw::data(&db).await;
        let counted = "SELECT CAST(coalesce(sum(n), 0) AS BIGINT) FROM month_count WHERE measure = 'complaints_closed'";
        assert_eq!(raw.number(counted).await, 1);
    }

    async fn who_answered_a_request_answers_no_complaint_about_it(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        house.account("avery", &[Role::Manager]).await;
        answered(&house, &number, her_mother(), AccessDepth::SectorAndMonth).await;
        let (morgan, reece) = house.managers().await;
        let avery = house.sign_in("avery").await;
        let d = &house.directory;
        let reference = d.subject_requests(&morgan).await.unwrap()[0].reference.clone();
        let about = |request: &str| ComplaintIntake {
            subject: ComplaintSubject::HowAnswered,
            about: None,
            request: Some(request.to_owned()),
            received: d.today(),
        };
        assert!(matches!(d.take_in_complaint(&morgan, about("0000-0000")).await, Err(FamilyError::NoSuchRequest)));
        d.take_in_complaint(&morgan, about(&reference.to_lowercase())).await.unwrap();
        let id = d.complaints(&avery).await.unwrap()[0].id;
        // Who prepared the letter, and who released it.
        for who in [&morgan, &reece] {
            let view = d.complaint(who, id).await.unwrap();
            assert_eq!((view.may_answer, view.request.as_ref()), (false, Some(&reference)));
            let own = d.answer_complaint(who, id, ComplaintOutcome::NotUpheld).await;
            assert!(matches!(own, Err(FamilyError::Rule(FamilyRule::OwnAnswer))), "{own:?}");
        }
        assert!(d.complaint(&avery, id).await.unwrap().may_answer);
        assert!(!d.complaint(&avery, id).await.unwrap().by_two, "whose work it is about is known: one other person answers it");
        d.answer_complaint(&avery, id, ComplaintOutcome::Upheld).await.unwrap();
        assert_eq!(d.complaint(&morgan, id).await.unwrap().line.outcome, Some(ComplaintOutcome::Upheld));
    }

    async fn who_released_a_letter_answers_no_complaint_about_it_however_much_was_done_since(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        house.account("avery", &[Role::Manager]).await;
        answered(&house, &number, her_mother(), AccessDepth::SectorAndMonth).await;
        let (morgan, reece) = house.managers().await;
        let avery = house.sign_in("avery").await;
        let d = &house.directory;
        let request = d.subject_requests(&morgan).await.unwrap()[0].clone();
        let work = at_work(&house, &avery).await;
        for _ in 0..16 {
            d.take_letter(&work, request.id).await.unwrap();
        }
        let steps = d.subject_request(&morgan, request.id).await.unwrap().steps;
        assert!(steps.iter().all(|step| step.kind == FamilyStepKind::Taken), "the story has its last steps alone: {steps:?}");
        let intake = ComplaintIntake {
            subject: ComplaintSubject::HowAnswered,
            about: None,
            request: Some(request.reference),
            received: d.today(),
        };
        d.take_in_complaint(&avery, intake).await.unwrap();
        let id = d.complaints(&avery).await.unwrap()[0].id;
        for who in [&morgan, &reece] {
            assert!(!d.complaint(who, id).await.unwrap().may_answer);
            let own = d.answer_complaint(who, id, ComplaintOutcome::NotUpheld).await;
            assert!(matches!(own, Err(FamilyError::Rule(FamilyRule::OwnAnswer))), "{own:?}");
        }
        d.answer_complaint(&avery, id, ComplaintOutcome::Upheld).await.unwrap();
    }

    async fn an_answer_to_a_complaint_of_whoever_may_give_it_no_more_closes_nothing(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        let d = &house.directory;
        for (username, role) in [("avery", Role::Manager), ("quinn", Role::Manager), ("una", Role::UserManager)] {
            house.account(username, &[role]).await;
        }
        let (morgan, _) = house.managers().await;
        let request = taken_in(&house, &morgan, &number, her_mother()).await;
        let reference = d.subject_requests(&morgan).await.unwrap()[0].reference.clone();
        let intake = ComplaintIntake {
            subject: ComplaintSubject::Staff,
            about: None,
            request: Some(reference),
            received: d.today(),
        };
        d.take_in_complaint(&morgan, intake).await.unwrap();
        let id = d.complaints(&morgan).await.unwrap()[0].id;
        let outcome = ComplaintOutcome::NotUpheld;
        let is_void = async |who: &SignedIn| {
            let void = d.answer_complaint(who, id, outcome).await;
            assert!(matches!(void, Err(FamilyError::ProposerMayNot(_))), "{void:?}");
            let view = d.complaint(who, id).await.unwrap();
            assert_eq!((view.line.outcome, view.proposed, view.may_answer), (None, None, true));
            assert_eq!(view.steps.last().unwrap().kind, FamilyStepKind::ProposalVoid);
        };
        // Suspended since,
        d.answer_complaint(&morgan, id, outcome).await.unwrap();
        let una = house.sign_in_again("una").await;
        d.change_account(&una, morgan.account(), Change::Suspend(SuspensionReason::Absence)).await.unwrap();
        let reece = house.sign_in_again("reece").await;
        is_void(&reece).await;
        // or at work on the very answer that is complained of.
        d.answer_complaint(&reece, id, outcome).await.unwrap();
        d.verify_requester(&reece, request).await.unwrap();
        d.prepare_letter(&at_work(&house, &reece).await, request, AccessDepth::SectorAndMonth).await.unwrap();
        let avery = house.sign_in_again("avery").await;
        is_void(&avery).await;
        // Proposed anew by somebody who may, it is closed.
        d.answer_complaint(&avery, id, outcome).await.unwrap();
        let quinn = house.sign_in_again("quinn").await;
        d.answer_complaint(&quinn, id, outcome).await.unwrap();
        assert_eq!(d.complaint(&quinn, id).await.unwrap().line.outcome, Some(outcome));
    }

    async fn a_complaint_about_a_protected_request_stands_at_the_protected_desk_and_on_no_ordinary_list(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        let (morgan, reece) = house.managers().await;
        let d = &house.directory;
        let about = |request: &str| ComplaintIntake {
            subject: ComplaintSubject::HowAnswered,
            about: None,
            request: Some(request.to_owned()),
            received: d.today(),
        };
        // Taken in while the child was like any other, and then the shield.
        let request = taken_in(&house, &morgan, &number, her_mother()).await;
        let reference = d.subject_requests(&morgan).await.unwrap()[0].reference.clone();
        d.take_in_complaint(&morgan, about(&reference)).await.unwrap();
        let before = d.complaints(&morgan).await.unwrap()[0].id;
        house.shield(CARE, "C-1").await;
        let (morgan, reece) = { drop((morgan, reece)); house.managers().await };
        // Who is not of the protected desk may not open it from that moment on; the day's walk takes it off their list.
        let ordinary = of_no_desk(&house, "ordinary").await;
        let seen = d.complaint(&ordinary, before).await;
        assert!(matches!(seen, Err(FamilyError::NotFound)), "{seen:?}");
        house.clock.advance(SignedDuration::from_hours(1));
        d.do_duties().await.unwrap();
        let (morgan, reece) = { drop((morgan, reece)); house.managers().await };
        let ordinary = { drop(ordinary); house.sign_in_again("ordinary").await };
        assert_eq!(d.complaints(&ordinary).await.unwrap(), []);
        assert!(matches!(d.protected_complaints(&ordinary).await, Err(FamilyError::Forbidden)));
        // And one that is taken in now.
        assert_eq!(d.protected_subject_requests(&reece).await.unwrap()[0].id, request);
        d.take_in_complaint(&morgan, about(&reference)).await.unwrap();
        assert_eq!(d.complaints(&reece).await.unwrap(), [], "no list but the desk's has it");
        let lines = d.protected_complaints(&reece).await.unwrap();
        assert_eq!(lines.len(), 2);
        for line in lines {
            let view = d.complaint(&reece, line.id).await.unwrap();
            assert_eq!(view.request.as_ref(), Some(&reference));
            let seen = d.complaint(&ordinary, line.id).await;
            assert!(matches!(seen, Err(FamilyError::NotFound)), "{seen:?}");
            d.answer_complaint(&reece, line.id, ComplaintOutcome::Upheld).await.unwrap();
        }
    }

    async fn a_complaint_that_names_no_request_is_closed_by_two_people_whatever_it_is_about(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        // Morgan prepared a letter and Reece released it; of which letter somebody complains is not said.
        answered(&house, &number, her_mother(), AccessDepth::SectorAndMonth).await;
        house.account("avery", &[Role::Manager]).await;
        let (morgan, reece) = house.managers().await;
        let d = &house.directory;
        for subject in ComplaintSubject::ALL.iter().copied() {
            let known: Vec<Uuid> = d.complaints(&morgan).await.unwrap().iter().map(|line| line.id).collect();
            let intake = ComplaintIntake { subject, about: None, request: None, received: d.today() };
            d.take_in_complaint(&morgan, intake).await.unwrap();
            let lines = d.complaints(&morgan).await.unwrap();
            let id = lines.iter().find(|line| !known.contains(&line.id)).unwrap().id;
            let view = d.complaint(&morgan, id).await.unwrap();
            assert!(view.by_two && view.may_answer, "{subject:?}");
            d.answer_complaint(&morgan, id, ComplaintOutcome::NotUpheld).await.unwrap();
            let view = d.complaint(&morgan, id).await.unwrap();
            assert_eq!((view.line.outcome, view.line.waits, view.may_answer), (None, true, false), "{subject:?}");
            let alone = d.answer_complaint(&morgan, id, ComplaintOutcome::NotUpheld).await;
            assert!(matches!(alone, Err(FamilyError::Rule(FamilyRule::OnePerson))), "{subject:?}: {alone:?}");
            d.answer_complaint(&reece, id, ComplaintOutcome::NotUpheld).await.unwrap();
            let view = d.complaint(&morgan, id).await.unwrap();
            assert_eq!(view.line.outcome, Some(ComplaintOutcome::NotUpheld), "{subject:?}");
        }
    }

    async fn a_complaint_about_a_request_that_is_no_longer_kept_is_closed_by_two_people(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        answered(&house, &number, her_mother(), AccessDepth::SectorAndMonth).await;
        house.account("avery", &[Role::Manager]).await;
        let (morgan, _) = house.managers().await;
        let d = &house.directory;
        let request = d.subject_requests(&morgan).await.unwrap()[0].clone();
        let intake = ComplaintIntake {
            subject: ComplaintSubject::HowAnswered,
            about: None,
            request: Some(request.reference.clone()),
            received: d.today(),
        };
        d.take_in_complaint(&morgan, intake).await.unwrap();
        let id = d.complaints(&morgan).await.unwrap()[0].id;
        Raw::data(&db).await.run(&format!("DELETE FROM family_matter WHERE matter_id = {}", literal(&db, request.id))).await;
        let avery = house.sign_in("avery").await;
        d.answer_complaint(&avery, id, ComplaintOutcome::Upheld).await.unwrap();
        let view = d.complaint(&avery, id).await.unwrap();
        assert_eq!((view.by_two, view.line.outcome), (true, None), "who answered it is not known any more");
        let (morgan, _) = house.managers().await;
        d.answer_complaint(&morgan, id, ComplaintOutcome::Upheld).await.unwrap();
        assert_eq!(d.complaint(&morgan, id).await.unwrap().line.outcome, Some(ComplaintOutcome::Upheld));
    }

    async fn a_family_is_told_in_how_many_lists_of_practitioners_the_child_stood(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        let told = async |house: &House| {
            let letter = answered(house, &number, herself(), AccessDepth::SectorAndMonth).await;
            letter.answer.history.months.iter().map(|month| (month.times, month.listed)).collect::<Vec<_>>()
        };
        assert_eq!(told(&house).await, []);
        let name = || by_name_and_birth("Ottilie Fairweather", "2012-04-23");
        let nurse = house.nurse().await;
        assert_eq!(house.find(&nurse, name()).await.len(), 1);
        assert!(house.find(&nurse, by_name_and_birth("Somebody Else", "2012-04-23")).await.is_empty());
        assert_eq!(told(&house).await, [(0, 1)], "a list in which she did not stand is none of hers");
        looked_at(&house).await;
        assert_eq!(told(&house).await, [(1, 2)], "who opens has seen the list before");
        let manager = house.managers().await.0;
        let admin = house.person("dana", Role::DataAdministrator, house.council).await;
        for (who, reason) in [
            (&manager, Reason::Management),
            (&manager, Reason::SafeguardingConcern),
            (&admin, Reason::KeepRecord),
            (&admin, Reason::Management),
        ] {
            let work = house.directory.state_reason(who, reason).await.unwrap();
            assert_eq!(house.find(&work, name()).await.len(), 1);
        }
        assert_eq!(told(&house).await, [(1, 2)], "what an office searches for is left out");
    }
}

/// An id as each engine writes it.
pub fn literal(db: &TestDatabases, id: Uuid) -> String {
    match db.engine() {
        testkit::Engine::Sqlite => format!("X'{}'", id.simple()),
        testkit::Engine::Postgres => format!("'{id}'"),
    }
}

/// The practice's row of the same child.
pub fn at_the_practice() -> Row {
    child("G-1", "Ottilie", "Fairweather", "2012-04-23").with("gender", "F").at("4 Tannery Yard", "LS7 3QQ")
}

pub async fn known_to_two(db: &TestDatabases) -> (House, ChildNumber) {
    let (house, number) = a_house(db).await;
    house.load(GP, &[at_the_practice()]).await;
    house.holds_end();
    assert_eq!(house.number_of(GP, "G-1").await, number, "one child");
    (house, number)
}
