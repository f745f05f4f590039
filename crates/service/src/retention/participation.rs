//! A young person's own consent to stay after eighteen, and its withdrawal (rules 3.8, 3.9).

use audit::{Action, ChangeDetail, Detail};
use directory::ChildNumber;
use directory::access::Permission;
use directory::child_profile::{ChildProfile, Participation};
use directory::disclosure::{Disclosure, Purpose};
use directory::retention::may_consent_to_stay;

use super::life_under_hold::{LifeWord, SaidOfLife, Speaker};
use super::under_hold::Word;
use crate::journal::JournalEntry;
use crate::records::OpenChild;
use crate::sensitive::Taking;
use crate::session::{Reasoned, SignedIn};
use crate::trail::Event;
use crate::{Directory, ErrorKind, ServiceError};

/// On which basis a record stays after eighteen: there is but one (rule 3.8). The consent itself stays with the practitioner
/// (rule 3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParticipationBasis {
    /// The young person's own informed, explicit consent.
    OwnConsent,
}

/// Why nothing was recorded.
#[derive(Debug, thiserror::Error)]
pub enum ParticipationError {
    /// The person's roles do not let them, or their organisation is not accredited for it.
    #[error("this account may not record a young person's consent")]
    Forbidden,
    /// No such record for this person, archived ones included.
    #[error("there is no such record")]
    NotFound,
    /// The age is outside 19 to 25, or past.
    #[error("the age is from 19 to 25, and not past")]
    Age,
    /// Who is younger than this age does not consent themselves to stay.
    #[error("a young person consents themselves from the age of {0}")]
    TooYoung(u8),
    /// There is no consent to withdraw.
    #[error("no consent is recorded")]
    NotParticipating,
    /// The system failed; nothing was recorded.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for ParticipationError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// How often a concurrent change of the same child is met with another try.
const TRIES: usize = 8;

const WITHDRAWN: &str = "participation_withdrawn";

impl Directory {
    /// Records that a young person stays until the birthday of that age.
    ///
    /// # Errors
    ///
    /// [`ParticipationError`]; a refusal is in the trail too.
    pub async fn record_participation(
        &self,
        who: &Reasoned,
        number: &ChildNumber,
        until_age: u8,
        basis: ParticipationBasis,
    ) -> Result<(), ParticipationError> {
        let ParticipationBasis::OwnConsent = basis;
        let today = self.today();
        let until = Participation::until_age(until_age).map(|until| until.given(today));
        self.change_participation(who, number, "participation_recorded", |_| until.as_ref().ok().copied())
            .await
    }

    /// Records that the young person withdrew their consent: after eighteen the record is archived at once. Under a legal hold
    /// the answer is that there is no such record, and the word counts when the hold ends.
    ///
    /// # Errors
    ///
    /// [`ParticipationError`]; a refusal is in the trail too.
    pub async fn withdraw_participation(
        &self,
        who: &Reasoned,
        number: &ChildNumber,
    ) -> Result<(), ParticipationError> {
        let today = self.today();
        self.change_participation(who, number, WITHDRAWN, |profile| {
            profile.participation.filter(|participation| participation.stands()).map(|it| it.withdrawn(today))
        })
        .await
    }

    async fn change_participation(
        &self,
        who: &Reasoned,
        number: &ChildNumber,
        change: &'static str,
        becomes: impl Fn(&ChildProfile) -> Option<Participation>,
    ) -> Result<(), ParticipationError> {
        let person = who.who();
        if !person.may(Permission::RecordParticipation) {
            self.record(refused(change).by(person)).await?;
            return Err(ParticipationError::Forbidden);
        }
        for _ in 0..TRIES {
            let Some(open) = self.open_if_shown(who, number).await? else {
                let event = || refused(change).by(person);
                if change != WITHDRAWN || !self.leaves_under_hold(person, number, event).await? {
                    self.record(event()).await?;
                }
                return Err(ParticipationError::NotFound);
            };
            let child = open.row.child_id;
            let Some(participation) = becomes(&open.profile) else {
                return Err(match change {
                    "participation_recorded" => ParticipationError::Age,
                    _ => ParticipationError::NotParticipating,
                });
            };
            let profile = ChildProfile { participation: Some(participation), ..open.profile.clone() };
            if participation.stands() && !self.may_consent(&open, &profile).await? {
                return Err(ParticipationError::TooYoung(self.policy.retention.own_consent_from_age));
            }
            if participation.stands() && self.ends_before_today(&open, &profile).await? {
                return Err(ParticipationError::Age);
            }
            let (until_age, given_on) = (participation.age(), participation.given_on());
            let withdrawn_on = participation.withdrawn_on();
            let entry = JournalEntry::Participation { child, until_age, given_on, withdrawn_on };
            self.journal(&entry).await?;
            let detail =
                ChangeDetail { change: change.to_owned(), subject: Some(child), ..ChangeDetail::default() };
            let event =
                Event::new(Action::RecordChanged, Detail::Change(detail)).by(person).concerning([child]);
            if self.put_life(open, profile, event).await? {
                return Ok(());
            }
        }
        Err(ParticipationError::Service(busy()))
    }

    /// Remembers with the legal hold that keeps the record of this number, if one does, that the young person stays no longer;
    /// whether it did not know it.
    async fn leaves_under_hold(
        &self,
        person: &SignedIn,
        number: &ChildNumber,
        event: impl Fn() -> Event,
    ) -> Result<bool, ServiceError> {
        let Some(child) = self.child_on_hold(number).await? else { return Ok(false) };
        let by = Speaker::of(person, Permission::RecordParticipation);
        let said = SaidOfLife { what: LifeWord::Leaves { on: self.today() }, by };
        self.remember_under_hold(child, Word::OfLife(&said), event, Taking::Said).await
    }

    /// The child of a number as far as this person is shown its record now.
    async fn open_if_shown(
        &self,
        who: &Reasoned,
        number: &ChildNumber,
    ) -> Result<Option<OpenChild>, ServiceError> {
        let Some(open) = self.child_for(who.who(), number).await? else { return Ok(None) };
        let sources = self.sources().await?;
        let shown = self.disclose_to(&open, &sources, &who.who().viewer(), Purpose::OpenRecord);
        Ok(shown.filter(|shown| *shown != Disclosure::NotFound).map(|_| open))
    }

    /// Whether the young person is old enough to consent themselves.
    async fn may_consent(&self, open: &OpenChild, profile: &ChildProfile) -> Result<bool, ServiceError> {
        let facts = self.facts_under(open, profile, &self.sources().await?);
        Ok(may_consent_to_stay(facts.date_of_birth, &self.policy.retention, self.today()))
    }

    async fn ends_before_today(
        &self,
        open: &OpenChild,
        profile: &ChildProfile,
    ) -> Result<bool, ServiceError> {
        let sources = self.sources().await?;
        Ok(!self.is_live(open, profile, &sources))
    }

    /// Writes a profile that changes how long the record is kept, with the month from which the sweep looks at it and the
    /// search keys it may have. False when somebody else changed the child meanwhile.
    pub(super) async fn put_life(
        &self,
        mut open: OpenChild,
        profile: ChildProfile,
        event: Event,
    ) -> Result<bool, ServiceError> {
        let sources = self.sources().await?;
        let facts = self.facts_under(&open, &profile, &sources);
        let archived = !self.is_live(&open, &profile, &sources);
        let profile = profile.in_archive(archived, self.today());
        let mut tx = self.store.begin().await?;
        if !self.stands(&mut tx, &open).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        let ends: Vec<_> = open.records.iter().flat_map(|record| record.content.ends()).collect();
        open.row.retention_month = self.sweep_month_of(&facts, ends, &mut self.world.chance.generator());
        if !self.put_profile(&mut tx, &open, profile).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        self.write_event(&mut tx, event).await?;
        tx.commit().await?;
        Ok(true)
    }
}

pub(super) fn busy() -> ServiceError {
    ServiceError::new(ErrorKind::Busy, "the child's record kept changing; try again")
}

/// A refusal says what was asked, not of whom: a number that leads nowhere is nobody's.
pub(super) fn refused(change: &str) -> Event {
    let detail =
        audit::DisclosureDetail { refused: Some(change.to_owned()), ..audit::DisclosureDetail::default() };
    Event::new(Action::RecordRefused, Detail::Disclosure(detail))
}
