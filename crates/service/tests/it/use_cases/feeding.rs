//! Sources: seen, paused, let go on; and full files that lack many records.

use directory::access::{Permission, Role};
use directory::feeding::FeedSettings;
use service::{AbsenceError, FeedingError, PauseReason, Reasoned, SignedIn};
use testkit::TestDatabases;
use uuid::Uuid;

use super::{Outcome, Stage, UseCase, said};
use crate::feeding::waits_for_a_person;
use crate::house::{CARE, COUNCIL, House};

pub const USE_CASES: &[UseCase] = &[
    ("sources_page", &[Permission::PauseSource]),
    ("source_history", &[Permission::PauseSource]),
    ("pause_source", &[Permission::PauseSource]),
    ("resume_source", &[Permission::PauseSource]),
    ("pause_all_sources", &[Permission::PauseSource]),
    ("resume_all_sources", &[Permission::PauseSource]),
    ("set_feed_settings", &[Permission::PauseSource]),
    ("decide_absence", &[Permission::LoadFeed]),
];

pub struct Feeding {
    house: House,
    morgan: SignedIn,
    made: u32,
}

impl Feeding {
    async fn care(&self) -> Uuid {
        let page = self.house.directory.sources_page(&self.morgan).await.unwrap();
        page.sources.iter().find(|source| source.name == CARE).unwrap().source
    }
}

impl Stage for Feeding {
    const USE_CASES: &'static [UseCase] = USE_CASES;

    async fn set(db: &TestDatabases) -> Self {
        let house = House::open(db).await;
        house.account("morgan", &[Role::Manager]).await;
        let morgan = house.sign_in("morgan").await;
        Self { house, morgan, made: 0 }
    }

    fn house(&self) -> &House {
        &self.house
    }

    async fn thing(&mut self, name: &str) -> Uuid {
        let directory = &self.house.directory;
        let care = self.care().await;
        match name {
            "pause_source" | "pause_all_sources" => {
                // They may go on already.
                let _ = directory.resume_all_sources(&self.morgan).await;
                let _ = directory.resume_source(&self.morgan, care).await;
                care
            }
            "resume_source" | "resume_all_sources" => {
                let _ = directory.pause_all_sources(&self.morgan, PauseReason::Maintenance).await;
                care
            }
            "decide_absence" => {
                let _ = directory.resume_all_sources(&self.morgan).await;
                self.made += 1;
                let source = service::NewSource {
                    name: format!("children's services {}", self.made),
                    profile: "social-care".to_owned(),
                    organisation: COUNCIL.to_owned(),
                    precedence: 40,
                    one_record_per_child: false,
                    accredited_until: Some(jiff::civil::date(2040, 3, 31)),
                };
                let name = source.name.clone();
                directory.declare_source(source).await.unwrap();
                waits_for_a_person(&self.house, &name).await
            }
            _ => care,
        }
    }

    async fn call(&mut self, who: &Reasoned, name: &str, thing: Uuid) -> Outcome {
        let (directory, who) = (&self.house.directory, who.who());
        match name {
            "sources_page" => said!(directory.sources_page(who).await, FeedingError::Forbidden),
            "source_history" => said!(directory.source_history(who, thing).await, FeedingError::Forbidden),
            "pause_source" => {
                let answer = directory.pause_source(who, thing, PauseReason::Security).await;
                said!(answer, FeedingError::Forbidden, or FeedingError::AlreadySo)
            }
            "resume_source" => {
                said!(directory.resume_source(who, thing).await, FeedingError::Forbidden, or FeedingError::AlreadySo)
            }
            "pause_all_sources" => {
                let answer = directory.pause_all_sources(who, PauseReason::Security).await;
                said!(answer, FeedingError::Forbidden)
            }
            "resume_all_sources" => {
                said!(directory.resume_all_sources(who).await, FeedingError::Forbidden)
            }
            "set_feed_settings" => {
                let answer = directory.set_feed_settings(who, thing, FeedSettings::default()).await;
                said!(answer, FeedingError::Forbidden)
            }
            "decide_absence" => {
                let page = directory.sources_page(&self.morgan).await.unwrap();
                let line = page.absences.iter().find(|line| line.run == thing).unwrap();
                let answer = directory.decide_absence(who, thing, &line.digest, false).await;
                said!(answer, AbsenceError::Forbidden)
            }
            other => panic!("say how {other} is called"),
        }
    }
}
