//! What a family may not know changes no byte of its letter (laws 2 to 5, rule 14.5): the same child, before and after.

use directory::access::{Reason, Role};
use directory::families::{DisputeRaiser, DisputedItem};
use directory::letter::AccessDepth;
use service::DisputeIntake;
use testkit::{TestDatabases, on_both_databases};

use super::{a_house, answered, at_work, her_mother, herself, looked_at, printed, said};
use crate::house::{CARE, by_name_and_birth};

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
        assert_eq!(before[0].answer.history.days.len(), 1, "one's own history is told in full once it is released");
        // A record is opened as management, to broker; its trail is read, for an investigation.
        let (morgan, _) = house.managers().await;
        let work = at_work(&house, &morgan).await;
        let found = house.find(&work, by_name_and_birth(OTTILIE.0, OTTILIE.1)).await;
        house.directory.open_for_management(&work, &found[0].handle, Reason::SafeguardingConcern).await.unwrap();
        let about = service::About::Child(number.clone());
        house.directory.read_audit(&morgan, &service::AuditQuestion::about(about)).await.unwrap();
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

    async fn a_record_under_a_legal_hold_is_answered_as_one_that_was_never_there(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        let (morgan, reece) = house.managers().await;
        let id = super::taken_in(&house, &morgan, &number, herself()).await;
        let until = "2026-12-01".parse().unwrap();
        let request = service::HoldRequest { number: number.clone(), basis: directory::retention::HoldBasis::Litigation, until };
        let d = &house.directory;
        let act = d.propose_hold(&morgan, &request).await.unwrap();
        d.decide_hold(&reece, act, true).await.unwrap();
        d.verify_requester(&morgan, id).await.unwrap();
        let work = at_work(&house, &morgan).await;
        let letter = d.prepare_letter(&work, id, AccessDepth::OrganisationAndDay).await.unwrap();
        assert!(letter.data().answer.record.is_none() && letter.data().answer.history.months.is_empty());
        let again = service::RequestIntake { number, asker: herself(), received: d.today() };
        assert!(matches!(d.take_in_request(&morgan, again).await, Err(service::FamilyError::NoSuchChild)));
        let practitioner = house.person("nadia", Role::Practitioner, house.council).await;
        let refused = d.subject_requests(&practitioner).await;
        assert!(matches!(refused, Err(service::FamilyError::Forbidden)));
    }
}
