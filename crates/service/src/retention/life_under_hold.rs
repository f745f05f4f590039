//! What people say of how long a record is kept while a legal hold keeps its keys: that a young person withdrew their consent to
//! stay (rule 3.9), and that a child died (rule 4.6). Who says it is told that there is no such record, as everybody is; the word
//! is remembered with the hold. Whether it counts is asked when the hold ends, before anybody can read the record again.

use std::collections::{BTreeMap, BTreeSet};

use audit::{Action, ChangeDetail, Detail};
use directory::access::Permission;
use directory::accountable_authority::NATIONAL;
use directory::child_profile::ChildProfile;
use directory::{AuthorityCode, PartialDate};
use guards::Guard;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vault::Bundle;

use super::authority_of;
use super::holding::Content;
use super::participation::busy;
use super::under_hold::Word;
use crate::journal::JournalEntry;
use crate::records::OpenChild;
use crate::sensitive::Taking;
use crate::session::SignedIn;
use crate::shielding::TRIES;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// One word, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SaidOfLife {
    pub(crate) what: LifeWord,
    pub(crate) by: Speaker,
}

/// What was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LifeWord {
    /// The young person stays no longer.
    Leaves { on: Date },
    /// The child died on that day; with none, a mistaken notification is taken back.
    Died { on: Option<PartialDate> },
}

/// What of somebody is asked later: whom a shield bars, and for which authorities their word counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Speaker {
    account: Uuid,
    /// Where they work, and hold a role.
    at: BTreeSet<Uuid>,
    /// Where they may say it of a record for which the authority answers.
    authorities: BTreeSet<String>,
}

impl Speaker {
    pub(super) fn of(who: &SignedIn, permission: Permission) -> Self {
        let held = who.roles().iter().filter(|held| held.gives(permission));
        Self {
            account: who.account,
            at: who.roles().iter().map(|held| held.at.id).chain([who.organisation_id]).collect(),
            authorities: held.filter_map(|held| held.at.authority.clone()).collect(),
        }
    }

    /// As [`SignedIn::is_barred_by`].
    fn is_barred_by(&self, profile: &ChildProfile) -> bool {
        Guard::Bars.stands() && self.at.iter().any(|at| profile.bars(self.account, *at))
    }

    /// As [`super::answers_for`], by the profile as its hold remembers it: the restored one may name the authority of before.
    fn answers_for(&self, open: &OpenChild, profile: &ChildProfile) -> bool {
        let authority = profile.authority.as_ref().map_or(authority_of(open), AuthorityCode::as_str);
        let nobody_does = authority == NATIONAL && profile.is_protected();
        !nobody_does && (authority == NATIONAL || self.authorities.contains(authority))
    }
}

impl SaidOfLife {
    /// Whether both are about the same matter, whoever said them.
    pub(super) fn is_on_the_matter_of(&self, known: &Self) -> bool {
        std::mem::discriminant(&known.what) == std::mem::discriminant(&self.what)
    }

    /// Whether it is the same person's later word on the same matter.
    pub(super) fn takes_the_place_of(&self, known: &Self) -> bool {
        known.by.account == self.by.account && self.is_on_the_matter_of(known)
    }
}

impl Directory {
    /// The profile of a child as it is once what its hold remembers counts: what had been decided before, and those words that do,
    /// in their order.
    pub(super) async fn as_remembered(
        &self,
        open: &OpenChild,
        hold: &Content,
    ) -> Result<ChildProfile, ServiceError> {
        let before = open.profile.clone();
        let mut profile = hold.decided.iter().fold(before, |profile, decided| decided.onto(profile));
        if hold.said.is_empty() {
            return Ok(profile);
        }
        let born = self.facts_under(open, &open.profile, &self.sources().await?).date_of_birth;
        let barred = profile.clone();
        for SaidOfLife { what, by } in hold.said.iter().filter(|one| !one.by.is_barred_by(&barred)) {
            match what {
                LifeWord::Leaves { on } => {
                    let stands = profile.participation.filter(|it| it.stands());
                    profile.participation = stands.map(|it| it.withdrawn(*on)).or(profile.participation);
                }
                LifeWord::Died { on } => {
                    let before_birth =
                        on.zip(born).is_some_and(|(died, born)| died.latest() < born.earliest());
                    if !before_birth && by.answers_for(open, &barred) {
                        profile.died_on = *on;
                    }
                }
            }
        }
        Ok(profile)
    }

    /// Has a record whose keys are about to go back, and lie here, be as its hold remembers: nobody reads it before.
    pub(super) async fn live_as_said(
        &self,
        child: Uuid,
        hold: &Content,
        bundles: &BTreeMap<Uuid, Bundle>,
    ) -> Result<(), ServiceError> {
        for _ in 0..TRIES {
            let Some(open) = self.returning(child, bundles).await? else { return Ok(()) };
            let profile = self.as_remembered(&open, hold).await?;
            if profile == open.profile {
                return Ok(());
            }
            self.acts_go_along(&open, &profile).await?;
            if let Some(now) = profile.participation.filter(|now| open.profile.participation != Some(*now)) {
                let (until_age, given_on, withdrawn_on) = (now.age(), now.given_on(), now.withdrawn_on());
                let entry = JournalEntry::Participation { child, until_age, given_on, withdrawn_on };
                self.journal(&entry).await?;
            }
            if self.put_life(open, profile, heard(child)).await? {
                return Ok(());
            }
        }
        Err(busy())
    }

    /// Withdraws a consent to stay again that was withdrawn under a legal hold; whether it stood.
    pub(super) async fn leave_again(
        &self,
        child: Uuid,
        (on, by): (Date, &Speaker),
        dry: bool,
    ) -> Result<bool, ServiceError> {
        let said = SaidOfLife { what: LifeWord::Leaves { on }, by: by.clone() };
        let taking = if dry { Taking::Dry } else { Taking::Again };
        if self.remember_under_hold(child, Word::OfLife(&said), || heard(child), taking).await? {
            return Ok(true);
        }
        let stands = |profile: &ChildProfile| profile.participation.filter(|it| it.stands());
        let has = |open: &OpenChild| by.is_barred_by(&open.profile) || stands(&open.profile).is_none();
        let with = |profile: &ChildProfile| {
            let participation = stands(profile).map(|it| it.withdrawn(on)).or(profile.participation);
            ChildProfile { participation, ..profile.clone() }
        };
        self.bring_in_line(child, has, with, dry).await
    }
}

/// What the trail learns once it counts.
fn heard(child: Uuid) -> Event {
    let change = "said_under_legal_hold".to_owned();
    let detail = ChangeDetail { change, subject: Some(child), ..ChangeDetail::default() };
    Event::new(Action::RecordChanged, Detail::Change(detail)).concerning([child])
}
