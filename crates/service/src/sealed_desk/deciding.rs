//! The two steps: what is proposed of a held record, and what another person makes of it.

use directory::ChildNumber;
use directory::access::{DangerousAct, Permission};
use directory::shield::Shield;
use rand::RngExt as _;
use store::pending_acts::{self, ActRow, ActState};
use uuid::Uuid;

use super::order::{ReleaseOrder, Released};
use super::releasing::{Closing, Unreleased};
use super::{ACT_BLOCK, Case, Content, HeldChoice, HeldError, HeldTo, RELEASE};
use crate::identities::seal_event;
use crate::journal::JournalEntry;
use crate::proposers::ProposerMayNot;
use crate::session::SignedIn;
use crate::shield_desk::shield_event;
use crate::shielding::TRIES;
use crate::{Directory, ErrorKind, ServiceError};

impl Directory {
    /// Proposes to whom a held record belongs. To leave a case for later is to propose nothing.
    ///
    /// # Errors
    ///
    /// [`HeldError`]; a refusal is in the trail too.
    pub async fn propose_held_release(
        &self,
        who: &SignedIn,
        id: Uuid,
        choice: HeldChoice,
    ) -> Result<(), HeldError> {
        let case = self.case_to_go_on_with(who, id).await?;
        if case.proposal.is_some() {
            return self.not_released(who, "not_the_moment", HeldError::Moment).await;
        }
        self.says_what_it_must(who, &case, choice).await?;
        let Some(order) = self.order_of_release(&case, choice) else {
            return self.not_released(who, "no_such_candidate", HeldError::NoSuchCandidate).await;
        };
        if self.says_the_other(&case, &order).await? {
            return self.not_released(who, "says_the_other", HeldError::SaysTheOther).await;
        }
        let desk = case.desk_of(who).unwrap_or(who.organisation_id);
        let act_id = vault::uuid_v4(self.world.chance.generator().random());
        let content = Content { review: id, by: who.account, choice, order: Some(order) };
        let row = ActRow {
            act_id,
            kind: RELEASE.to_owned(),
            organisation_id: desk,
            proposed_by: None,
            subject_id: None,
            state: ActState::Open,
            opened_at: self.day(),
            expires_at: i64::MAX,
            decided_by: None,
            decided_at: None,
            token_key: None,
            version: 1,
            sealed: self.seal_act(act_id, &content, ACT_BLOCK).await?,
        };
        let mut tx = self.store.begin().await?;
        pending_acts::insert(&mut tx, &row).await?;
        self.commit_with(tx, vec![seal_event(who, "release_proposed")]).await?;
        Ok(())
    }

    /// Decides what another person proposed. Without agreement the record stays held, and another proposal can be made.
    ///
    /// # Errors
    ///
    /// [`HeldError`]; a refusal is in the trail too.
    pub async fn decide_held_release(&self, who: &SignedIn, id: Uuid, agree: bool) -> Result<(), HeldError> {
        let mut journalled = Vec::new();
        let decided = self.release_decided(who, id, agree, &mut journalled).await;
        // Of a failure of the system it is not known that nothing was done.
        if decided.as_ref().is_err_and(|why| !matches!(why, HeldError::Service(_))) {
            self.void_in_journal(&journalled).await?;
        }
        decided
    }

    async fn release_decided(
        &self,
        who: &SignedIn,
        id: Uuid,
        agree: bool,
        journalled: &mut Vec<i64>,
    ) -> Result<(), HeldError> {
        let mut shields = None;
        for attempt in 0..TRIES {
            let case = self.case_to_go_on_with(who, id).await?;
            let Some((act, content)) = case.proposal.clone() else {
                return self.not_released(who, "not_the_moment", HeldError::Moment).await;
            };
            if content.by == who.account {
                return self.not_released(who, "same_person_twice", HeldError::OnePerson).await;
            }
            let at = (Permission::ApproveSeal, act.organisation_id);
            let void = agree && !Box::pin(self.proposer_still_may(content.by, at, &case.everybody())).await?;
            let after = Content { order: None, ..content.clone() };
            let sealed = self.seal_ended(&act, &after, ACT_BLOCK).await?;
            let state = if agree && !void { ActState::Used } else { ActState::Refused };
            let act = ActRow { state, sealed, ..act };
            if !agree || void {
                let mut tx = self.store.begin().await?;
                if !pending_acts::replace(&mut tx, &act).await? {
                    tx.rollback().await?;
                    return Err(HeldError::Changed);
                }
                let change = if void { "release_proposal_void" } else { "release_declined" };
                self.commit_with(tx, vec![seal_event(who, change)]).await?;
                return if void { Err(ProposerMayNot.into()) } else { Ok(()) };
            }
            // Something may be protected there since it was proposed, or nothing any more.
            self.says_what_it_must(who, &case, content.choice).await?;
            let mut order = content.order.clone().ok_or(HeldError::Moment)?;
            if self.says_the_other(&case, &order).await? {
                return self.not_released(who, "says_the_other", HeldError::SaysTheOther).await;
            }
            let child = case.child_of(&order);
            if let HeldChoice::Shielded(_) = content.choice
                && shields.is_none()
            {
                shields = Some(self.shields_at(&case, child, [content.by, who.account], &act).await?);
            }
            let (decided, mut rows) = shields.clone().unwrap_or_default();
            order.shields = decided;
            let concerned = match order.shields.first() {
                Some(shield) => {
                    let there = Box::pin(self.concerned_by(&case, child)).await?;
                    let by = [content.by, who.account];
                    rows.extend(
                        self.requests_about(act.organisation_id, shield.grounds(), by, there.children())
                            .await?,
                    );
                    Some(there)
                }
                None => None,
            };
            if attempt == 0 {
                for shield in &order.shields {
                    let desk = act.organisation_id;
                    journalled.push(self.journal(&JournalEntry::Shield { child, shield, desk }).await?);
                }
                journalled.push(self.journal(&JournalEntry::Release(&order)).await?);
            }
            let mut events = vec![seal_event(who, "held_released")];
            events.extend(concerned.as_ref().map(|there| {
                shield_event(who, "shield_decided", Some(child), [content.by]).concerning(there.children())
            }));
            let closing = Closing {
                act: Some(act),
                review: Some(case.row),
                events,
                home: Some(case.home),
                shields: rows,
                concerned,
            };
            match Box::pin(self.release(&order, case.record, case.child, closing)).await? {
                Ok(()) => return Ok(()),
                Err(Unreleased::Changed) => {}
                Err(Unreleased::SaysTheOther) => return Err(HeldError::SaysTheOther),
                Err(Unreleased::Gone) => return Err(HeldError::NotFound),
                Err(Unreleased::Act) => return Err(HeldError::Changed),
            }
        }
        Err(ServiceError::new(ErrorKind::Busy, "the child's record kept changing; try again").into())
    }

    async fn case_to_go_on_with(&self, who: &SignedIn, id: Uuid) -> Result<Case, HeldError> {
        self.at_the_sealed_desk(who).await?;
        self.freshly_proved(who, DangerousAct::ReleaseHeld)?;
        match self.cases(who, Some(id)).await?.pop() {
            Some(case) => Ok(case),
            None => self.not_released(who, "no_such_case", HeldError::NotFound).await,
        }
    }

    fn order_of_release(&self, case: &Case, choice: HeldChoice) -> Option<ReleaseOrder> {
        let mut rng = self.world.chance.generator();
        let to = match choice.to() {
            HeldTo::Candidate(at) => Released::Child(case.candidates.get(at)?.row.child_id),
            HeldTo::Different => {
                Released::Own(vault::uuid_v4(rng.random()), ChildNumber::from_random(rng.random()))
            }
        };
        let row = &case.record.row;
        Some(ReleaseOrder::new(row.source_id, row.local_key, to))
    }

    /// Of a child who would stand in the open at a protected home it is said whether it is shielded too, and of no other: what
    /// shows where a shielded child lives is never what is left unsaid (law 3).
    async fn says_what_it_must(
        &self,
        who: &SignedIn,
        case: &Case,
        choice: HeldChoice,
    ) -> Result<(), HeldError> {
        match case.asks_about(choice.to()) {
            Some(asks) if asks == choice.says_of_a_shield() => Ok(()),
            Some(true) => self.not_released(who, "at_a_protected_home", HeldError::AtProtectedHome).await,
            Some(false) => self.not_released(who, "at_no_protected_home", HeldError::AtNoProtectedHome).await,
            None => self.not_released(who, "no_such_candidate", HeldError::NoSuchCandidate).await,
        }
    }

    /// The shields that go with a protected home, each with the act by which it is reviewed: at the desk of who proposed the
    /// release.
    async fn shields_at(
        &self,
        case: &Case,
        child: Uuid,
        decided_by: [Uuid; 2],
        act: &ActRow,
    ) -> Result<(Vec<Shield>, Vec<ActRow>), ServiceError> {
        let (mut shields, mut rows) = (Vec::new(), Vec::new());
        for grounds in case.home.grounds() {
            let (shield, row) = self.shield_at_home(child, grounds, decided_by, act.organisation_id).await?;
            shields.push(shield);
            rows.push(row);
        }
        Ok((shields, rows))
    }

    /// Whether the record could not stand with the child chosen without showing what belongs to the other identity.
    async fn says_the_other(&self, case: &Case, order: &ReleaseOrder) -> Result<bool, ServiceError> {
        let Released::Child(child) = order.to else { return Ok(false) };
        let Some(open) = case.candidates.iter().find(|open| open.row.child_id == child) else {
            return Ok(false);
        };
        let content = &case.record.content;
        let profile = self.with_gained(&mut self.store.reader().await?, open, content).await?;
        Ok(self.fitting(&profile, content).is_none())
    }
}
