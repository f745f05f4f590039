//! A death is notified (rule 4.6): the record stays for a year, then goes to the archive.

use audit::{Action, ChangeDetail, Detail};
use directory::access::{DangerousAct, Permission};
use directory::child_profile::ChildProfile;
use directory::{ChildNumber, PartialDate};

use super::answers_for;
use super::life_under_hold::{LifeWord, SaidOfLife, Speaker};
use super::participation::{busy, refused};
use super::under_hold::Word;
use crate::sensitive::Taking;
use crate::session::SignedIn;
use crate::sign_in::StepUpFirst;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// Why a death was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum DeathError {
    /// The person's roles do not let them, or their organisation is not accredited for it.
    #[error("this account may not record a death")]
    Forbidden,
    /// No record with this number for which the person's authority answers.
    #[error("there is no such record")]
    NotFound,
    /// The day lies in the future, or before the birth.
    #[error("the day of death is neither in the future nor before the birth")]
    Date,
    /// The person must prove afresh who they are.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
    /// The system failed; nothing was recorded.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// How often a concurrent change of the same child is met with another try.
const TRIES: usize = 8;

impl Directory {
    /// Records the day of a child's death, corrects it, or, with none, takes a mistaken notification back. Under a legal hold
    /// the answer is that there is no such record, and the word counts when the hold ends.
    ///
    /// # Errors
    ///
    /// [`DeathError`]; a refusal is in the trail too.
    pub async fn record_death(
        &self,
        who: &SignedIn,
        number: &ChildNumber,
        died_on: Option<PartialDate>,
    ) -> Result<(), DeathError> {
        if !who.may(Permission::RecordDeath) {
            self.record(refused(RECORDED).by(who)).await?;
            return Err(DeathError::Forbidden);
        }
        self.freshly_proved(who, DangerousAct::RecordDeath)?;
        if died_on.is_some_and(|day| day.earliest() > self.today()) {
            return Err(DeathError::Date);
        }
        for _ in 0..TRIES {
            let open = self.child_for(who, number).await?;
            let Some(open) = open.filter(|open| answers_for(who, Permission::RecordDeath, open)) else {
                let event = || refused(RECORDED).by(who);
                if !self.died_under_hold(who, number, died_on, event).await? {
                    self.record(event()).await?;
                }
                return Err(DeathError::NotFound);
            };
            let child = open.row.child_id;
            let sources = self.sources().await?;
            let born = self.facts_under(&open, &open.profile, &sources).date_of_birth;
            if let (Some(died), Some(born)) = (died_on, born)
                && died.latest() < born.earliest()
            {
                return Err(DeathError::Date);
            }
            let profile = ChildProfile { died_on, ..open.profile.clone() };
            let change = if died_on.is_some() { RECORDED } else { "death_taken_back" };
            let detail =
                ChangeDetail { change: change.to_owned(), subject: Some(child), ..ChangeDetail::default() };
            let event = Event::new(Action::RecordChanged, Detail::Change(detail)).by(who).concerning([child]);
            if self.put_life(open, profile, event).await? {
                return Ok(());
            }
        }
        Err(DeathError::Service(busy()))
    }

    /// Remembers it with the legal hold that keeps the record of this number, if one does; whether it did not know it.
    async fn died_under_hold(
        &self,
        who: &SignedIn,
        number: &ChildNumber,
        on: Option<PartialDate>,
        event: impl Fn() -> Event,
    ) -> Result<bool, ServiceError> {
        let Some(child) = self.child_on_hold(number).await? else { return Ok(false) };
        let said = SaidOfLife { what: LifeWord::Died { on }, by: Speaker::of(who, Permission::RecordDeath) };
        self.remember_under_hold(child, Word::OfLife(&said), event, Taking::Said).await
    }
}

const RECORDED: &str = "death_recorded";
