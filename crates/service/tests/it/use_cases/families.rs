//! What families ask: taken in, worked on, answered; and what a source is asked about it.

use directory::ChildNumber;
use directory::access::Permission;
use directory::families::{
    ChannelCode, ComplaintOutcome, ComplaintSubject, DeliveryChannel, DisputeRaiser, DisputedItem,
    ExtensionReason, FamilyRule, RequestRefusal, SourceAnswer,
};
use directory::letter::AccessDepth;
use service::{ComplaintIntake, DisputeIntake, FamilyError, Reasoned, RequestIntake, SignedIn};
use testkit::TestDatabases;
use uuid::Uuid;

use super::{Outcome, Stage, UseCase, said, shown};
use crate::families::{at_work, herself, released, taken_in};
use crate::house::{CARE, House, child};

const ANSWERS: &[Permission] = &[Permission::AnswerFamilies];
/// Of the protected desk is who answers families, as a manager, and is named to the shield desk besides.
const DESK: &[Permission] = &[Permission::DecideShield];
const FOR_SOURCE: &[Permission] = &[Permission::AnswerForSource];

pub const USE_CASES: &[UseCase] = &[
    ("take_in_request", ANSWERS),
    ("subject_requests", ANSWERS),
    ("protected_subject_requests", DESK),
    ("subject_request", ANSWERS),
    ("verify_requester", ANSWERS),
    ("extend_request", ANSWERS),
    ("refuse_request", ANSWERS),
    ("withdraw_request", ANSWERS),
    ("prepare_letter", ANSWERS),
    ("letter_to_check", ANSWERS),
    ("decide_letter", ANSWERS),
    ("take_letter", ANSWERS),
    ("deliver_letter", ANSWERS),
    ("make_channel_code", ANSWERS),
    ("enter_channel_code", ANSWERS),
    ("change_channel", ANSWERS),
    ("take_in_dispute", ANSWERS),
    ("raise_dispute", &[Permission::RaiseDispute]),
    ("disputes", ANSWERS),
    ("protected_disputes", DESK),
    ("dispute", ANSWERS),
    ("ask_sources", ANSWERS),
    ("close_dispute", ANSWERS),
    ("source_tasks", FOR_SOURCE),
    ("sources_to_answer_for", FOR_SOURCE),
    ("find_source_rows", FOR_SOURCE),
    ("answer_source_task", FOR_SOURCE),
    ("take_in_complaint", ANSWERS),
    ("complaints", ANSWERS),
    ("protected_complaints", DESK),
    ("complaint", ANSWERS),
    ("answer_complaint", ANSWERS),
];

pub struct Families {
    house: House,
    number: ChildNumber,
    morgan: SignedIn,
    reece: SignedIn,
}

impl Families {
    fn dispute(&self) -> DisputeIntake {
        DisputeIntake {
            number: self.number.clone(),
            raiser: DisputeRaiser::YoungPerson,
            item: DisputedItem::Name,
            proposed: None,
            received: self.house.directory.today(),
        }
    }

    fn complaint(&self) -> ComplaintIntake {
        let received = self.house.directory.today();
        ComplaintIntake { subject: ComplaintSubject::HowAnswered, about: None, request: None, received }
    }
}

impl Stage for Families {
    const USE_CASES: &'static [UseCase] = USE_CASES;

    async fn set(db: &TestDatabases) -> Self {
        let house = House::open(db).await;
        house.load(CARE, &[child("C-1", "Leander", "Oakapple", "2013-03-03").with("gender", "M")]).await;
        house.holds_end();
        let (morgan, reece) = house.managers().await;
        let number = house.number_of(CARE, "C-1").await;
        Self { house, number, morgan, reece }
    }

    fn house(&self) -> &House {
        &self.house
    }

    /// What is brought by others to where the use case comes in.
    async fn thing(&mut self, name: &str) -> Uuid {
        // A proof is fresh for minutes only.
        (self.morgan, self.reece) = self.house.managers().await;
        let (d, morgan, reece) = (&self.house.directory, &self.morgan, &self.reece);
        match name {
            "dispute" | "ask_sources" | "close_dispute" => {
                let taken = d.take_in_dispute(morgan, self.dispute()).await.unwrap();
                let lines = d.disputes(morgan).await.unwrap();
                lines.iter().find(|line| line.reference == taken).unwrap().id
            }
            "find_source_rows" | "answer_source_task" => {
                let taken = d.take_in_dispute(morgan, self.dispute()).await.unwrap();
                let lines = d.disputes(morgan).await.unwrap();
                let asked = lines.iter().find(|line| line.reference == taken).unwrap().id;
                d.ask_sources(reece, asked).await.unwrap();
                let dana = self
                    .house
                    .person("dana", directory::access::Role::DataAdministrator, self.house.council)
                    .await;
                let tasks = d.source_tasks(&dana).await.unwrap();
                tasks.iter().find(|task| task.answer.is_none()).unwrap().id
            }
            "complaint" | "answer_complaint" => {
                d.take_in_complaint(morgan, self.complaint()).await.unwrap();
                let lines = d.complaints(morgan).await.unwrap();
                lines.iter().find(|line| line.outcome.is_none()).unwrap().id
            }
            "take_in_request"
            | "subject_requests"
            | "protected_subject_requests"
            | "take_in_dispute"
            | "raise_dispute"
            | "disputes"
            | "protected_disputes"
            | "source_tasks"
            | "sources_to_answer_for"
            | "take_in_complaint"
            | "complaints"
            | "protected_complaints" => Uuid::nil(),
            _ => {
                let id = taken_in(&self.house, morgan, &self.number, herself()).await;
                if name != "verify_requester" {
                    d.verify_requester(morgan, id).await.unwrap();
                }
                if ["make_channel_code", "enter_channel_code"].contains(&name) {
                    d.change_channel(morgan, id, DeliveryChannel::OwnAccount).await.unwrap();
                }
                if ["letter_to_check", "decide_letter", "take_letter", "deliver_letter"].contains(&name) {
                    let work = at_work(&self.house, morgan).await;
                    d.prepare_letter(&work, id, AccessDepth::SectorAndMonth).await.unwrap();
                }
                if ["take_letter", "deliver_letter"].contains(&name) {
                    released(&self.house, reece, id).await;
                }
                id
            }
        }
    }

    async fn call(&mut self, who: &Reasoned, name: &str, thing: Uuid) -> Outcome {
        let (d, person) = (&self.house.directory, who.who());
        match name {
            "take_in_request" => {
                let number = self.number.clone();
                let intake = RequestIntake { number, asker: herself(), received: d.today() };
                said!(d.take_in_request(person, intake).await, FamilyError::Forbidden)
            }
            "subject_requests" => said!(d.subject_requests(person).await, FamilyError::Forbidden),
            "protected_subject_requests" => {
                said!(d.protected_subject_requests(person).await, FamilyError::Forbidden)
            }
            "subject_request" => said!(d.subject_request(person, thing).await, FamilyError::Forbidden),
            "verify_requester" => said!(d.verify_requester(person, thing).await, FamilyError::Forbidden),
            "extend_request" => {
                said!(d.extend_request(person, thing, ExtensionReason::Complex).await, FamilyError::Forbidden)
            }
            "refuse_request" => {
                said!(d.refuse_request(person, thing, RequestRefusal::NoRight).await, FamilyError::Forbidden)
            }
            "withdraw_request" => said!(d.withdraw_request(person, thing).await, FamilyError::Forbidden),
            "prepare_letter" => {
                let answer = d.prepare_letter(who, thing, AccessDepth::SectorAndMonth).await;
                said!(answer, FamilyError::Forbidden)
            }
            "letter_to_check" => said!(d.letter_to_check(who, thing).await, FamilyError::Forbidden),
            "decide_letter" => said!(d.decide_letter(person, thing, false).await, FamilyError::Forbidden),
            "take_letter" => said!(d.take_letter(who, thing).await, FamilyError::Forbidden),
            "deliver_letter" => said!(d.deliver_letter(person, thing).await, FamilyError::Forbidden),
            "make_channel_code" => said!(d.make_channel_code(person, thing).await, FamilyError::Forbidden),
            "enter_channel_code" => {
                let code = ChannelCode::from_random(7);
                let answer = d.enter_channel_code(person, thing, &code).await;
                said!(answer, FamilyError::Forbidden, or FamilyError::Rule(FamilyRule::NoCode))
            }
            "change_channel" => {
                let answer = d.change_channel(person, thing, DeliveryChannel::OwnAccount).await;
                said!(answer, FamilyError::Forbidden)
            }
            "take_in_dispute" => {
                said!(d.take_in_dispute(person, self.dispute()).await, FamilyError::Forbidden)
            }
            "raise_dispute" => {
                let answer = d.raise_dispute(who, &self.number, DisputedItem::Gender, None).await;
                said!(answer, FamilyError::Forbidden)
            }
            "disputes" => said!(d.disputes(person).await, FamilyError::Forbidden),
            "protected_disputes" => said!(d.protected_disputes(person).await, FamilyError::Forbidden),
            "dispute" => said!(d.dispute(person, thing).await, FamilyError::Forbidden),
            "ask_sources" => {
                let answer = d.ask_sources(person, thing).await;
                said!(answer, FamilyError::Forbidden, or FamilyError::Rule(FamilyRule::OwnDispute))
            }
            "close_dispute" => {
                said!(d.close_dispute(person, thing, SourceAnswer::Upheld).await, FamilyError::Forbidden)
            }
            "source_tasks" => said!(d.source_tasks(person).await, FamilyError::Forbidden),
            "sources_to_answer_for" => shown(!d.sources_to_answer_for(person).await.unwrap().is_empty()),
            "find_source_rows" => {
                let answer = d.find_source_rows(person, CARE, &["C-1".to_owned()]).await;
                said!(answer, FamilyError::Forbidden)
            }
            "answer_source_task" => {
                let answer = d.answer_source_task(person, thing, SourceAnswer::Upheld).await;
                said!(answer, FamilyError::Forbidden)
            }
            "take_in_complaint" => {
                said!(d.take_in_complaint(person, self.complaint()).await, FamilyError::Forbidden)
            }
            "complaints" => said!(d.complaints(person).await, FamilyError::Forbidden),
            "protected_complaints" => {
                said!(d.protected_complaints(person).await, FamilyError::Forbidden)
            }
            "complaint" => said!(d.complaint(person, thing).await, FamilyError::Forbidden),
            "answer_complaint" => {
                let answer = d.answer_complaint(person, thing, ComplaintOutcome::Upheld).await;
                said!(answer, FamilyError::Forbidden)
            }
            other => panic!("say how {other} is called"),
        }
    }
}
