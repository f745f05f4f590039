//! What a family may not know changes no byte of its letter (laws 2 to 5, rule 14.5): the same child, before and after.

use directory::ChildNumber;
use directory::access::{Reason, Role};
use directory::families::{
    DisputeRaiser, DisputedItem, FamilyRule, LetterExemption, RequestRefusal, RequestState,
};
use directory::letter::{AccessDepth, LetterTerms, Seen};
use jiff::SignedDuration;
use service::DisputeIntake;
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use super::{a_house, answered, at_work, her_mother, herself, looked_at, printed, said};
use crate::house::{CARE, House, SCHOOLS, by_name_and_birth, child};
use crate::legal_holds::{hold, release};
use crate::raw::Raw;

const OTTILIE: (&str, &str) = ("Ottilie Fairweather", "2012-04-23");

on_both_databases! {
    async fn what_the_offices_do_about_a_child_changes_no_byte_of_any_letter(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        looked_at(&house).await;
        let depth = AccessDepth::OrganisationAndDay;
        let before = [
            answered(&house, &number, herself(), depth).await,
            answered(&house, &number, her_mother(), depth).await,
        ];
        assert!(!before[1].answer.history.months.is_empty() && before[1].answer.history.days.is_empty());
        let told: Vec<Seen> = before[0].answer.history.days.iter().map(|day| day.seen).collect();
        assert_eq!(told, [Seen::Opened, Seen::Listed], "one's own history is told in full once it is released");
        // A record is opened as management, to broker; its trail is read, for an investigation.
        let (morgan, _) = house.managers().await;
        let work = at_work(&house, &morgan).await;
        let found = house.find(&work, by_name_and_birth(OTTILIE.0, OTTILIE.1)).await;
        house.directory.open_for_management(&work, &found[0].handle, Reason::SafeguardingConcern).await.unwrap();
        let about = service::About::Child(number.clone());
        house.directory.read_audit(&morgan, &service::AuditQuestion::about(about)).await.unwrap();
        // An administrator looks whether her records are one child's, and a manager what will happen to them.
        let admin = house.person("dana", Role::DataAdministrator, house.council).await;
        let admin = at_work(&house, &admin).await;
        house.directory.compare_records(&admin, &number, &number).await.unwrap();
        house.directory.records_to_part(&admin, &number).await.unwrap();
        house.directory.record_calendar(&work, &number).await.unwrap();
        // Somebody asks to be put in touch, and the desk looks at what it may broker.
        let asker = house.person("nadine", Role::Practitioner, house.council).await;
        let asker = house.directory.state_reason(&asker, Reason::SafeguardingConcern).await.unwrap();
        let asked = service::BrokerRequest {
            number: number.clone(),
            reason: directory::brokering::BrokerReason::UrgentHealth,
            telephone: directory::Telephone::parse("01632 960123").unwrap(),
        };
        house.directory.ask_to_be_put_in_touch(&asker, asked).await.unwrap();
        house.directory.do_duties().await.unwrap();
        let morgan = house.managers().await.0;
        let work = at_work(&house, &morgan).await;
        let waiting = house.directory.broker_queue(&morgan).await.unwrap();
        house.directory.broker_request(&work, waiting[0].id).await.unwrap();
        // The father says that an item is wrong.
        let dispute = DisputeIntake {
            number: number.clone(),
            raiser: DisputeRaiser::Carer,
            item: DisputedItem::Carers,
            proposed: None,
            received: house.directory.today(),
        };
        house.directory.take_in_dispute(&morgan, dispute).await.unwrap();
        let after = [
            answered(&house, &number, herself(), depth).await,
            answered(&house, &number, her_mother(), depth).await,
        ];
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(printed(before), printed(after));
        }
        // A shield, with what its desk looked at: to herself nothing changes, and her mother is told her name.
        house.shield(CARE, "C-1").await;
        let own = answered(&house, &number, herself(), depth).await;
        assert_eq!(printed(&own), printed(&before[0]));
        let told = said(&answered(&house, &number, her_mother(), depth).await);
        for hidden in ["Tannery", "Leeds Social Care", "Beatrix", "once", "March 2026\",\"lines"] {
            assert!(!told.contains(hidden), "{hidden} in {told}");
        }
        assert!(told.contains("Ottilie Fairweather") && told.contains("23 April 2012"));
    }

    async fn an_enquiry_under_way_is_left_out_by_two_people_and_changes_no_other_byte(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(SCHOOLS, &[child("S-1", "Ottilie", "Fairweather", "2012-04-23").with("gender", "F")]).await;
        house.holds_end();
        let number = house.number_of(SCHOOLS, "S-1").await;
        let before = answered(&house, &number, her_mother(), AccessDepth::SectorAndMonth).await;
        house.load(CARE, &[super::ottilie()]).await;
        house.holds_end();
        assert_eq!(house.number_of(CARE, "C-1").await, number);
        looked_at(&house).await;
        let d = &house.directory;
        let mut raw = Raw::data(&db).await;
        let mut trail = Vec::new();
        for exemption in [None, Some(LetterExemption::EnquiryUnderWay)] {
            let (morgan, reece) = house.managers().await;
            let terms = LetterTerms { depth: AccessDepth::SectorAndMonth, exemption };
            let id = super::taken_in(&house, &morgan, &number, her_mother()).await;
            d.verify_requester(&morgan, id).await.unwrap();
            let known = raw.headers().await;
            let shown = d.prepare_letter(&at_work(&house, &morgan).await, id, terms).await.unwrap();
            let told = said(shown.data());
            let (open, hidden) = (exemption.is_none(), ["Leeds Social Care", "4 Tannery Yard", "once"]);
            assert!(hidden.iter().all(|one| told.contains(one) == open), "{told}");
            // Who releases it is told why it leaves out more, and alone nobody does.
            let alone = d.decide_letter(&morgan, id, true).await;
            assert!(matches!(alone, Err(service::FamilyError::Rule(FamilyRule::OnePerson))));
            assert_eq!(d.subject_request(&reece, id).await.unwrap().exemption, exemption);
            super::released(&house, &reece, id).await;
            let taken = d.take_letter(&at_work(&house, &reece).await, id).await.unwrap();
            assert_eq!(printed(taken.data()) == printed(&before), exemption.is_some());
            let new = raw.headers().await.into_iter().filter(|header| !known.contains(header));
            let new = new.map(|header| {
                let mut header: serde_json::Value = serde_json::from_str(&header).unwrap();
                header["at"] = serde_json::Value::Null;
                header.to_string()
            });
            trail.push(new.collect::<Vec<String>>());
            house.clock.advance(SignedDuration::from_mins(1));
        }
        assert_eq!(trail[0], trail[1], "what was done has the same codes with and without");
        // What was read without is not released with it, and her own letter is hers.
        let (morgan, reece) = house.managers().await;
        let id = super::taken_in(&house, &morgan, &number, her_mother()).await;
        d.verify_requester(&morgan, id).await.unwrap();
        d.prepare_letter(&at_work(&house, &morgan).await, id, AccessDepth::SectorAndMonth).await.unwrap();
        d.letter_to_check(&at_work(&house, &reece).await, id).await.unwrap();
        let terms = LetterTerms { depth: AccessDepth::SectorAndMonth, exemption: Some(LetterExemption::EnquiryUnderWay) };
        d.prepare_letter(&at_work(&house, &morgan).await, id, terms).await.unwrap();
        assert!(matches!(d.decide_letter(&reece, id, true).await, Err(service::FamilyError::NotRead)));
        let own = super::taken_in(&house, &morgan, &number, herself()).await;
        d.verify_requester(&morgan, own).await.unwrap();
        let refused = d.prepare_letter(&at_work(&house, &morgan).await, own, terms).await;
        assert!(matches!(refused, Err(service::FamilyError::Rule(FamilyRule::OwnLetter))));
    }

    async fn a_record_under_a_legal_hold_is_asked_about_and_answered_as_a_number_never_issued(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        looked_at(&house).await;
        let (morgan, reece) = house.managers().await;
        let d = &house.directory;
        let before = super::taken_in(&house, &morgan, &number, herself()).await;
        hold(&house, &number).await;
        let (morgan, reece) = { drop((morgan, reece)); house.managers().await };
        let bradford = crate::people::declared(&house, "Bradford Council", "E08000032").await;
        let elsewhere = house.person("brad", Role::Manager, bradford).await;
        let never = ChildNumber::from_random([7; 16]);
        // Whoever takes it in, and wherever: what they see of the one number they see of the other.
        for taker in [&morgan, &elsewhere] {
            let held = super::taken_in(&house, taker, &number, herself()).await;
            let none = super::taken_in(&house, taker, &never, herself()).await;
            let held = d.subject_request(taker, held).await.unwrap();
            let none = d.subject_request(taker, none).await.unwrap();
            assert_eq!((held.child, none.child), (Some(number.clone()), Some(never.clone())), "as it was asked");
            assert_eq!((held.line.state, held.line.deadline), (none.line.state, none.line.deadline));
        }
        let mut letters = Vec::new();
        for asked in [&number, &never] {
            let id = super::taken_in(&house, &morgan, asked, herself()).await;
            d.verify_requester(&morgan, id).await.unwrap();
            d.prepare_letter(&at_work(&house, &morgan).await, id, AccessDepth::OrganisationAndDay).await.unwrap();
            super::released(&house, &reece, id).await;
            letters.push(printed(d.take_letter(&at_work(&house, &reece).await, id).await.unwrap().data()));
        }
        assert_eq!(letters[0], letters[1], "byte for byte");
        let told = format!("{:?}", letters[0].0);
        assert!(told.contains("There is nothing that we can tell you here") && !told.contains("Ottilie"), "{told}");
        // One that was taken in before the hold is answered no otherwise.
        d.verify_requester(&morgan, before).await.unwrap();
        let letter = d.prepare_letter(&at_work(&house, &morgan).await, before, AccessDepth::OrganisationAndDay).await.unwrap();
        assert!(letter.data().answer.record.is_none() && letter.data().answer.history.months.is_empty());
        let practitioner = house.person("nadia", Role::Practitioner, house.council).await;
        let refused = d.subject_requests(&practitioner).await;
        assert!(matches!(refused, Err(service::FamilyError::Forbidden)));
    }

    async fn a_request_about_a_joined_number_answered_under_a_hold_is_open_again_when_it_ends(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        let d = &house.directory;
        let twice = child("S-9", "Tilly", "Farweather", "2012-04-23").at("77 Long Lane", "LS19 4EF");
        house.load(SCHOOLS, &[twice.with("local_authority", "E08000035")]).await;
        house.holds_end();
        let joined = house.number_of(SCHOOLS, "S-9").await;
        assert_ne!(joined, number);
        let (morgan, _) = house.managers().await;
        let id = super::taken_in(&house, &morgan, &joined, herself()).await;
        let admin = house.person("dana", Role::DataAdministrator, house.council).await;
        d.join_records(&admin, &number, &joined, directory::MatchBasis::RecordsCompared).await.unwrap();
        let held = hold(&house, &number).await;
        let (morgan, reece) = house.managers().await;
        d.verify_requester(&morgan, id).await.unwrap();
        d.prepare_letter(&at_work(&house, &morgan).await, id, AccessDepth::SectorAndMonth).await.unwrap();
        super::released(&house, &reece, id).await;
        d.deliver_letter(&reece, id).await.unwrap();
        release(&house, held).await;
        let (morgan, _) = house.managers().await;
        let lines = d.subject_requests(&morgan).await.unwrap();
        let state = lines.iter().find(|line| line.id == id).map(|line| line.state);
        assert!(matches!(state, Some(RequestState::Received | RequestState::Verified)), "{state:?}");
    }

    async fn what_was_asked_under_a_legal_hold_goes_on_when_it_ends(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        let d = &house.directory;
        let held = hold(&house, &number).await;
        let bradford = crate::people::declared(&house, "Bradford Council", "E08000032").await;
        let elsewhere = house.person("brad", Role::Manager, bradford).await;
        let waits = super::taken_in(&house, &elsewhere, &number, herself()).await;
        let answer = answered(&house, &number, herself(), AccessDepth::SectorAndMonth).await;
        assert!(answer.answer.record.is_none());
        let (morgan, reece) = house.managers().await;
        let answered_in_time = d.subject_requests(&morgan).await.unwrap()[0].id;
        d.deliver_letter(&reece, answered_in_time).await.unwrap();
        let refused = super::taken_in(&house, &morgan, &number, her_mother()).await;
        d.refuse_request(&morgan, refused, RequestRefusal::NoRight).await.unwrap();
        house.clock.advance(SignedDuration::from_hours(24 * 60));
        release(&house, held).await;
        // What waited elsewhere is with who answers for her; what was answered from nothing is to be answered again.
        let (morgan, reece) = house.managers().await;
        let elsewhere = house.sign_in("brad").await;
        assert_eq!(d.subject_requests(&elsewhere).await.unwrap(), []);
        assert!(matches!(d.subject_request(&elsewhere, waits).await, Err(service::FamilyError::NotFound)));
        let open: Vec<Uuid> = d.subject_requests(&morgan).await.unwrap().iter()
            .filter(|line| matches!(line.state, RequestState::Received | RequestState::Verified)).map(|line| line.id).collect();
        assert!(open.len() == 2 && open.contains(&waits) && open.contains(&answered_in_time), "{open:?}");
        let view = d.subject_request(&morgan, answered_in_time).await.unwrap();
        assert_eq!((view.line.state, view.line.overdue), (RequestState::Verified, false), "its time runs from that day");
        assert_eq!(d.subject_request(&morgan, refused).await.unwrap().line.state, RequestState::Refused);
        let work = at_work(&house, &morgan).await;
        d.prepare_letter(&work, answered_in_time, AccessDepth::SectorAndMonth).await.unwrap();
        super::released(&house, &reece, answered_in_time).await;
        let letter = d.take_letter(&at_work(&house, &reece).await, answered_in_time).await.unwrap();
        assert!(said(letter.data()).contains("4 Tannery Yard"));
    }
}
