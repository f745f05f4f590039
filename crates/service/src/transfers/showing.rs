//! One offer, opened: the child by number, name, birth and gender, and nothing of where it is.

use std::collections::HashMap;

use directory::transfer::TransferState;
use uuid::Uuid;

use super::{Side, TransferError, TransferView};
use crate::audit_reading::AccountLabel;
use crate::session::Reasoned;
use crate::shield_desk::{at_desk_event, instant};
use crate::{Directory, Disclosed};

impl Directory {
    /// Opens an offer that this person's desk made or received. The child is shown while the offer waits. The entry is
    /// durable before this returns.
    ///
    /// # Errors
    ///
    /// [`TransferError`]; a refusal is in the trail too.
    pub async fn transfer(&self, who: &Reasoned, id: Uuid) -> Result<Disclosed<TransferView>, TransferError> {
        let person = who.who();
        self.hands_on(person).await?;
        let (offer, side) = self.offer(person, id).await?;
        let waits = offer.content.state == TransferState::Offered;
        let open = match waits {
            true => self.still_to_hand_on(&offer).await?,
            false => None,
        };
        if self.is_barred_from(person, offer.content.child).await? {
            return self.no_transfer(person, "barred", TransferError::NotFound).await;
        }
        let sources = self.sources().await?;
        let child = open.as_ref().map(|open| self.at_desk(open, &sources));
        let people: Vec<Uuid> =
            [Some(offer.content.offered_by), offer.content.ended_by].into_iter().flatten().collect();
        let labels = self.labels_of(&mut self.store.reader().await?, &people).await?;
        let of = |who: Option<Uuid>, own: bool| label(&labels, who.filter(|_| own));
        let ended_by_offerer = matches!(offer.content.state, TransferState::TakenBack);
        let view = TransferView {
            line: self.transfer_line(&offer, side).await?,
            by: of(Some(offer.content.offered_by), side == Side::Offers),
            ended_by: of(offer.content.ended_by, ended_by_offerer == (side == Side::Offers)),
            ended_at: offer.content.ended_at.map(instant),
            may_answer: side == Side::Answers && child.is_some(),
            may_take_back: side == Side::Offers && waits,
            child,
        };
        // Also of an offer that has ended: its entry is like any other.
        let event = at_desk_event(person, offer.content.child, view.child.as_ref());
        let receipt = self.record(event).await?;
        Ok(Disclosed::after_audit(view, *who.reason(), receipt))
    }
}

fn label(labels: &HashMap<Uuid, AccountLabel>, who: Option<Uuid>) -> Option<AccountLabel> {
    who.and_then(|who| labels.get(&who).cloned())
}
