//! The second person: what another proposed becomes so, or goes back to the desk.

use std::collections::BTreeSet;

use directory::access::{DangerousAct, Permission};
use directory::shield::{Shield, may_decide_shield};
use directory::{ChildProfile, Month};
use store::pending_acts::{self, ActRow, ActState};
use uuid::Uuid;

use super::{Content, Proposal, ShieldError, ShieldRule, ShieldStepKind, shield_event, start_of_month};
use crate::journal::JournalEntry;
use crate::proposers::ProposerMayNot;
use crate::session::SignedIn;
use crate::shielding::{ShieldWrite, TRIES, Unwritten};
use crate::{Directory, ErrorKind, ServiceError};

/// What is written when somebody decides.
struct Decided<'a> {
    who: &'a SignedIn,
    row: ActRow,
    content: Content,
    proposal: Proposal,
}

impl Directory {
    /// Decides what another person proposed. Without agreement it goes back to the desk: no single person can end a request.
    ///
    /// # Errors
    ///
    /// [`ShieldError`]; a refusal is in the trail too. When the household is no more the one that was decided on, or who
    /// proposed it may not any more, the proposal is gone and the request waits for another.
    pub async fn decide_shield(&self, who: &SignedIn, id: Uuid, agree: bool) -> Result<(), ShieldError> {
        self.at_the_desk(who).await?;
        self.freshly_proved(who, DangerousAct::DecideShield)?;
        let (row, mut content) = self.shield_act(who, id).await?;
        let Some(proposal) = content.proposal.take() else {
            return self.no_shield(who, "not_the_moment", ShieldError::Moment).await;
        };
        if let Err(rule) = may_decide_shield(content.requester, proposal.by, who.account) {
            let why = match rule {
                ShieldRule::OnesOwnRequest => "ones_own_request",
                ShieldRule::SamePersonTwice => "same_person_twice",
            };
            return self.no_shield(who, why, rule.into()).await;
        }
        let step = proposal.step;
        let decided = Decided { who, row, content, proposal };
        if !agree {
            return self.without_effect(decided, ShieldStepKind::SentBack, "shield_sent_back").await;
        }
        let about: Vec<Uuid> = decided.proposal.household.iter().map(|(child, _)| *child).collect();
        let about = [&about[..], &[decided.content.child]].concat();
        let at = (Permission::DecideShield, decided.row.organisation_id);
        if !Box::pin(self.proposer_still_may(decided.proposal.by, at, &about)).await? {
            self.without_effect(decided, ShieldStepKind::ProposalVoid, "shield_proposal_void").await?;
            return Err(ProposerMayNot.into());
        }
        let mut journalled = Vec::new();
        let done = match step {
            ShieldStepKind::Shield => Box::pin(self.set_shield(decided, &mut journalled)).await,
            ShieldStepKind::Keep | ShieldStepKind::Lift => {
                Box::pin(self.end_review(decided, &mut journalled)).await
            }
            _ => {
                let entry = JournalEntry::ShieldDeclined {
                    request: decided.row.act_id,
                    reason: decided.content.grounds.reason,
                    declined: Month::from(self.today()),
                };
                journalled.push(self.journal(&entry).await?);
                let declined = Decided { row: ActRow { state: ActState::Refused, ..decided.row }, ..decided };
                self.without_effect(declined, ShieldStepKind::Decline, "shield_declined").await
            }
        };
        if done.as_ref().is_err_and(ShieldError::is_a_refusal) {
            self.void_in_journal(&journalled).await?;
        }
        done
    }

    /// The act alone changes.
    async fn without_effect(
        &self,
        decided: Decided<'_>,
        step: ShieldStepKind,
        change: &str,
    ) -> Result<(), ShieldError> {
        let Decided { who, row, mut content, proposal } = decided;
        content.note(step, proposal.by, Some(who.account), self.world.now().as_microsecond());
        let sealed = self.sealed_act(row.act_id, &content).await?;
        let row = ActRow { sealed, ..row };
        let mut tx = self.store.begin().await?;
        if !pending_acts::replace(&mut tx, &row).await? {
            tx.rollback().await?;
            return Err(ShieldError::Changed);
        }
        let event = shield_event(who, change, Some(content.child), [proposal.by]);
        self.commit_with(tx, vec![event]).await?;
        Ok(())
    }

    /// The child is shielded, and everybody of the household of whom that was decided: in one transaction.
    async fn set_shield(&self, decided: Decided<'_>, journalled: &mut Vec<i64>) -> Result<(), ShieldError> {
        let Decided { who, row, content, proposal } = &decided;
        let month = Month::from(self.today());
        let review = self.review_of_what_is_decided_in(month);
        let shield = Shield::decide(content.grounds.clone(), [proposal.by, who.account], month, review)?
            .on_request(row.act_id);
        let mut wanted: Vec<Uuid> =
            proposal.household.iter().filter(|(_, too)| *too).map(|(child, _)| *child).collect();
        wanted.push(content.child);
        for _ in 0..TRIES {
            self.child_of(content).await?;
            let opened = self.open_children(&wanted).await?;
            let child = opened
                .iter()
                .find(|open| open.row.child_id == content.child)
                .ok_or(ShieldError::NoSuchChild)?;
            let household = self.household_for(who, child).await?;
            let listed: BTreeSet<Uuid> = proposal.household.iter().map(|(child, _)| *child).collect();
            if household.children() != listed || opened.len() != wanted.len() {
                return self.household_is_another(decided).await;
            }
            for child in &wanted {
                let desk = row.organisation_id;
                let entry = JournalEntry::Shield { child: *child, shield: &shield, desk };
                journalled.push(self.journal(&entry).await?);
            }
            let now = self.world.now().as_microsecond();
            let around = Some(self.surroundings_of(child));
            let mut after =
                Content { shield: Some(shield.clone()), looked_around: around, ..content.clone() };
            after.note(ShieldStepKind::Shield, proposal.by, Some(who.account), now);
            let ends = start_of_month(review);
            let mut further = Vec::new();
            for other in opened.iter().filter(|other| other.row.child_id != content.child) {
                let looked_around = Some(self.surroundings_of(other));
                let of_other = Content { child: other.row.child_id, looked_around, ..after.clone() };
                further.push(self.new_act(row.organisation_id, ActState::Approved, ends, &of_other).await?);
            }
            let event = shield_event(who, "shield_decided", Some(content.child), [proposal.by]);
            let write = ShieldWrite {
                changed: opened
                    .iter()
                    .map(|open| {
                        let mut profile = open.profile.clone();
                        profile.shields.push(shield.clone());
                        (open, profile)
                    })
                    .collect(),
                household: Some(&household),
                act: ActRow {
                    state: ActState::Approved,
                    expires_at: ends,
                    sealed: self.sealed_act(row.act_id, &after).await?,
                    ..row.clone()
                },
                further,
                event: event.concerning(wanted.iter().copied().filter(|other| *other != content.child)),
            };
            match self.write_shields(write).await? {
                Ok(()) => return Ok(()),
                Err(Unwritten::Child | Unwritten::Household) => {}
                Err(Unwritten::Act) => return Err(ShieldError::Changed),
            }
        }
        Err(busy())
    }

    /// The household is shown again, and decided again.
    async fn household_is_another(&self, decided: Decided<'_>) -> Result<(), ShieldError> {
        self.without_effect(decided, ShieldStepKind::HouseholdChanged, "shield_household_changed").await?;
        Err(ShieldError::HouseholdChanged)
    }

    /// The shield is kept or lifted.
    async fn end_review(&self, decided: Decided<'_>, journalled: &mut Vec<i64>) -> Result<(), ShieldError> {
        let Decided { who, row, content, proposal } = &decided;
        let month = Month::from(self.today());
        let lifts = proposal.step == ShieldStepKind::Lift;
        let before = content.shield.clone().ok_or(ShieldError::Moment)?;
        let after = match lifts {
            true => before.clone().lift(month)?,
            false => before.clone().keep_until(self.review_of_what_is_decided_in(month))?,
        };
        for _ in 0..TRIES {
            let open = self.child_of(content).await?;
            let mut shields = open.profile.shields.clone();
            // After a restore the profile may be further than the request: it was brought in line with the journal.
            let place = shields.iter_mut().find(|shield| shield.is_the_same_as(&before));
            let place = place.ok_or(ShieldError::Changed)?;
            let lifts = lifts || !place.in_force();
            let after = if place.in_force() { after.clone() } else { place.clone() };
            *place = after.clone();
            let profile = ChildProfile { shields, ..open.profile.clone() };
            let entry = JournalEntry::ShieldReviewed {
                child: content.child,
                shield: &after,
                reviewed: month,
                was_due: before.review_due(),
            };
            journalled.push(self.journal(&entry).await?);
            let mut content = Content { shield: Some(after.clone()), ..content.clone() };
            content.note(proposal.step, proposal.by, Some(who.account), self.world.now().as_microsecond());
            let (state, ends) = match lifts {
                true => (ActState::Used, row.expires_at),
                false => (ActState::Approved, start_of_month(after.review_due())),
            };
            let change = if lifts { "shield_lifted" } else { "shield_kept" };
            let write = ShieldWrite {
                changed: vec![(&open, profile)],
                household: None,
                act: ActRow {
                    state,
                    expires_at: ends,
                    sealed: self.sealed_act(row.act_id, &content).await?,
                    ..row.clone()
                },
                further: Vec::new(),
                event: shield_event(who, change, Some(content.child), [proposal.by]),
            };
            match self.write_shields(write).await? {
                Ok(()) => return Ok(()),
                Err(Unwritten::Child | Unwritten::Household) => {}
                Err(Unwritten::Act) => return Err(ShieldError::Changed),
            }
        }
        Err(busy())
    }
}

pub(super) fn busy() -> ShieldError {
    ServiceError::new(ErrorKind::Busy, "what this is about kept changing; try again").into()
}
