//! The letter by which whoever asked for a shield is told what was decided (rule 2.12). It is computed each time and never
//! stored.

use directory::letter::{Letter, ShieldOutcome};
use uuid::Uuid;

use super::{ShieldError, ShieldStage, shield_event, stage_of};
use crate::Directory;
use crate::families::reference_of;
use crate::session::SignedIn;

impl Directory {
    /// The letter about a request that was decided, to be handed to whoever asked. It names the child by number and no place. The
    /// entry is durable before the letter is given.
    ///
    /// # Errors
    ///
    /// [`ShieldError::Moment`] while nothing is decided, once the shield was lifted, or where nobody asked: there is nobody to
    /// be told, and after a seal a letter would name the present identity to whoever had asked about the former one (law 5). A
    /// refusal is in the trail too.
    pub async fn shield_letter(&self, who: &SignedIn, id: Uuid) -> Result<Letter, ShieldError> {
        self.at_the_desk(who).await?;
        let (row, content) = self.shield_act(who, id).await?;
        if !content.was_asked_for() {
            return self.no_shield(who, "nobody_asked", ShieldError::Moment).await;
        }
        let in_force = content.shield.as_ref().filter(|shield| shield.in_force());
        let outcome = match (stage_of(&row, &content), in_force) {
            (ShieldStage::InForce, Some(shield)) => ShieldOutcome::Shielded { review: shield.review_due() },
            (ShieldStage::Declined, _) => ShieldOutcome::Declined,
            _ => return self.no_shield(who, "not_the_moment", ShieldError::Moment).await,
        };
        let open = self.child_of(&content).await?;
        let letter = Letter::of_shield(outcome, &open.profile.number, &reference_of(id), self.today());
        self.record(shield_event(who, "shield_letter_taken", Some(content.child), [])).await?;
        Ok(letter)
    }
}
