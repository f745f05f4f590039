//! The first person: what is to be decided about a request, or at a review.

use std::collections::BTreeMap;

use directory::ChildNumber;
use directory::access::DangerousAct;
use directory::shield::may_propose_shield;
use store::pending_acts::{self, ActRow, ActState};
use uuid::Uuid;

use super::{
    Content, Proposal, ReviewDecision, ShieldDecision, ShieldError, ShieldStage, ShieldStepKind,
    shield_event, stage_of,
};
use crate::Directory;
use crate::session::SignedIn;

impl Directory {
    /// Proposes what is decided about a request. To shield a child is to decide every child of its household too, by the list
    /// as it stands now.
    ///
    /// # Errors
    ///
    /// [`ShieldError`]; a refusal is in the trail too.
    pub async fn propose_shield(
        &self,
        who: &SignedIn,
        id: Uuid,
        decision: &ShieldDecision,
    ) -> Result<(), ShieldError> {
        let (row, content) = self.to_propose(who, id, ShieldStage::ToPropose).await?;
        let (step, household) = match decision {
            ShieldDecision::Decline => (ShieldStepKind::Decline, Vec::new()),
            ShieldDecision::Shield(decided) => match self.decided_household(who, &content, decided).await {
                Ok(household) => (ShieldStepKind::Shield, household),
                Err(ShieldError::HouseholdChanged) => {
                    return self.no_shield(who, "household_is_another", ShieldError::HouseholdChanged).await;
                }
                Err(ShieldError::HouseholdTooLong) => {
                    return self.no_shield(who, "household_is_too_long", ShieldError::HouseholdTooLong).await;
                }
                Err(error) => return Err(error),
            },
        };
        self.put_proposal(who, row, content, step, household).await
    }

    /// Proposes what is decided at the review of a shield in force. Any time is time for a review.
    ///
    /// # Errors
    ///
    /// [`ShieldError`]; a refusal is in the trail too.
    pub async fn review_shield(
        &self,
        who: &SignedIn,
        id: Uuid,
        decision: ReviewDecision,
    ) -> Result<(), ShieldError> {
        let (row, content) = self.to_propose(who, id, ShieldStage::InForce).await?;
        let step = match decision {
            ReviewDecision::Keep => ShieldStepKind::Keep,
            ReviewDecision::Lift => ShieldStepKind::Lift,
        };
        self.put_proposal(who, row, content, step, Vec::new()).await
    }

    async fn to_propose(
        &self,
        who: &SignedIn,
        id: Uuid,
        stage: ShieldStage,
    ) -> Result<(ActRow, Content), ShieldError> {
        self.at_the_desk(who).await?;
        self.freshly_proved(who, DangerousAct::ProposeShield)?;
        let (row, content) = self.shield_act(who, id).await?;
        if let Err(rule) = may_propose_shield(content.requester, who.account) {
            return self.no_shield(who, "ones_own_request", rule.into()).await;
        }
        let stands = stage_of(&row, &content) == stage && content.proposal.is_none();
        if stands && matches!(row.state, ActState::Open | ActState::Approved) {
            Ok((row, content))
        } else {
            self.no_shield(who, "not_the_moment", ShieldError::Moment).await
        }
    }

    /// What was decided of each child of the household; an error when the list is not the one there is now.
    async fn decided_household(
        &self,
        who: &SignedIn,
        content: &Content,
        decided: &[(ChildNumber, bool)],
    ) -> Result<Vec<(Uuid, bool)>, ShieldError> {
        let open = self.child_of(content).await?;
        let household = self.household_for(who, &open).await?;
        // Whoever is left out of a list stands in the open at the address, and gives it away.
        if household.more > 0 && !self.home_of(&open.records, None).await?.is_kept() {
            return Err(ShieldError::HouseholdTooLong);
        }
        let decided: BTreeMap<&ChildNumber, bool> =
            decided.iter().map(|(number, too)| (number, *too)).collect();
        let known: Option<Vec<(Uuid, bool)>> = household
            .members
            .iter()
            .map(|(other, _)| Some((other.row.child_id, *decided.get(&other.profile.number)?)))
            .collect();
        known.filter(|known| known.len() == decided.len()).ok_or(ShieldError::HouseholdChanged)
    }

    async fn put_proposal(
        &self,
        who: &SignedIn,
        row: ActRow,
        mut content: Content,
        step: ShieldStepKind,
        household: Vec<(Uuid, bool)>,
    ) -> Result<(), ShieldError> {
        let at = self.world.now().as_microsecond();
        content.proposal = Some(Proposal { by: who.account, at, step, household });
        let sealed = self.sealed_act(row.act_id, &content).await?;
        let row = ActRow { sealed, ..row };
        let mut tx = self.store.begin().await?;
        if !pending_acts::replace(&mut tx, &row).await? {
            tx.rollback().await?;
            return Err(ShieldError::Changed);
        }
        self.commit_with(tx, vec![shield_event(who, "shield_proposed", Some(content.child), [])]).await?;
        Ok(())
    }
}
