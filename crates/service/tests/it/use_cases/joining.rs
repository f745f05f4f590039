//! What is decided about which records are one child: by a data administrator, and by the protected desk.

use directory::access::Permission;
use directory::{ChildNumber, MatchBasis};
use service::{JoinError, Reasoned, ReviewAnswer};
use testkit::TestDatabases;
use uuid::Uuid;

use super::{Outcome, Stage, UseCase, said};
use crate::house::House;

const ADMINISTRATOR: &[Permission] = &[Permission::ReviewMatches];
const DESK: &[Permission] = &[Permission::ApproveSeal];

pub const USE_CASES: &[UseCase] = &[
    ("join_records", ADMINISTRATOR),
    ("take_record_apart", ADMINISTRATOR),
    ("keep_records_apart", ADMINISTRATOR),
    ("confirm_link", ADMINISTRATOR),
    ("undo_joining", ADMINISTRATOR),
    ("joinings", ADMINISTRATOR),
    ("compare_records", ADMINISTRATOR),
    ("records_to_part", ADMINISTRATOR),
    ("open_reviews", ADMINISTRATOR),
    ("open_review_case", ADMINISTRATOR),
    ("answer_review", ADMINISTRATOR),
    ("joining_requests", DESK),
    ("propose_joining", DESK),
    ("decide_joining", DESK),
    ("protected_cases", DESK),
    ("propose_answer", DESK),
];

pub struct Joinings {
    house: House,
}

impl Stage for Joinings {
    const USE_CASES: &'static [UseCase] = USE_CASES;

    async fn set(db: &TestDatabases) -> Self {
        Self { house: House::open(db).await }
    }

    fn house(&self) -> &House {
        &self.house
    }

    async fn thing(&mut self, _: &str) -> Uuid {
        Uuid::nil()
    }

    async fn call(&mut self, who: &Reasoned, name: &str, thing: Uuid) -> Outcome {
        let (d, person) = (&self.house.directory, who.who());
        // Numbers that were never issued: whoever may ask is told what they are told about any that is not theirs.
        let [one, other] = [[1; 16], [2; 16]].map(ChildNumber::from_random);
        let basis = MatchBasis::RecordsCompared;
        match name {
            "join_records" => {
                said!(d.join_records(person, &one, &other, basis).await, JoinError::Forbidden)
            }
            "take_record_apart" => {
                said!(d.take_record_apart(person, &one, &[thing], basis).await, JoinError::Forbidden)
            }
            "keep_records_apart" => {
                said!(d.keep_records_apart(person, &one, &other, basis).await, JoinError::Forbidden)
            }
            "confirm_link" => said!(d.confirm_link(person, &one, thing, basis).await, JoinError::Forbidden),
            "undo_joining" => {
                said!(d.undo_joining(person, thing, basis).await, JoinError::Forbidden, or JoinError::NotFound)
            }
            "joinings" => said!(d.joinings(person).await, JoinError::Forbidden),
            "compare_records" => said!(d.compare_records(who, &one, &other).await, JoinError::Forbidden),
            "records_to_part" => {
                said!(d.records_to_part(who, &one).await, JoinError::Forbidden, or JoinError::NotFound)
            }
            "open_reviews" => said!(d.open_reviews(person).await, JoinError::Forbidden),
            "open_review_case" => {
                said!(d.open_review_case(who, thing).await, JoinError::Forbidden, or JoinError::NotFound)
            }
            "answer_review" => {
                let answer = ReviewAnswer::New;
                said!(
                    d.answer_review(person, thing, answer, basis).await,
                    JoinError::Forbidden, or JoinError::NotFound
                )
            }
            "joining_requests" => said!(d.joining_requests(person).await, JoinError::Forbidden),
            "propose_joining" => {
                said!(d.propose_joining(person, thing).await, JoinError::Forbidden, or JoinError::NotFound)
            }
            "decide_joining" => {
                said!(
                    d.decide_joining(person, thing, true).await,
                    JoinError::Forbidden, or JoinError::NotFound
                )
            }
            "protected_cases" => said!(d.protected_cases(person).await, JoinError::Forbidden),
            "propose_answer" => {
                let answer = ReviewAnswer::Link(0);
                said!(
                    d.propose_answer(person, thing, answer, basis).await,
                    JoinError::Forbidden, or JoinError::NotFound
                )
            }
            other => panic!("say how {other} is called"),
        }
    }
}
