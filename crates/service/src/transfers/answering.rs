//! The other desk's answer. An acceptance is one transaction: the child's sealed authority, the reviews of its shields, what its
//! family asked, the offer and the entry.

use directory::AuthorityCode;
use directory::access::DangerousAct;
use directory::child_profile::Seal;
use directory::transfer::TransferState;
use uuid::Uuid;

use super::rows::Offer;
use super::{Side, TransferAnswer, TransferError, transfer_event};
use crate::journal::JournalEntry;
use crate::records::OpenChild;
use crate::session::SignedIn;
use crate::shielding::TRIES;
use crate::{Directory, ErrorKind, ServiceError};

impl Directory {
    /// Accepts a child that another desk offers, or refuses it.
    ///
    /// # Errors
    ///
    /// [`TransferError`]; a refusal is in the trail too. [`TransferError::Ended`] when the child is not the other authority's to
    /// hand on any longer: then the offer ends.
    pub async fn answer_transfer(
        &self,
        who: &SignedIn,
        id: Uuid,
        answer: TransferAnswer,
    ) -> Result<(), TransferError> {
        self.hands_on(who).await?;
        self.freshly_proved(who, DangerousAct::AnswerTransfer)?;
        let (mut offer, side) = self.offer(who, id).await?;
        if side != Side::Answers {
            return self.no_transfer(who, "of_another_desk", TransferError::NotFound).await;
        }
        match answer {
            TransferAnswer::Refuse(why) => {
                self.offer_ends(who, &mut offer, TransferState::Refused(why)).await?;
                self.end_offer(who, offer, "transfer_refused").await
            }
            TransferAnswer::Accept => {
                self.offer_ends(who, &mut offer, TransferState::Accepted).await?;
                let mut journalled = Vec::new();
                let done = self.accept(who, offer, &mut journalled).await;
                // Of a failure of the system it is not known that nothing was done.
                if done.as_ref().is_err_and(|why| !matches!(why, TransferError::Service(_))) {
                    self.void_in_journal(&journalled).await?;
                }
                done
            }
        }
    }

    async fn accept(
        &self,
        who: &SignedIn,
        mut offer: Offer,
        journalled: &mut Vec<i64>,
    ) -> Result<(), TransferError> {
        let to = AuthorityCode::parse(&offer.content.to_code).map_err(ServiceError::internal)?;
        for _ in 0..TRIES {
            let Some(open) = self.still_to_hand_on(&offer).await? else {
                offer.content.state = TransferState::Void;
                self.end_offer(who, offer, "transfer_void").await?;
                return Err(directory::transfer::OfferEnded.into());
            };
            if who.is_barred_by(&open.profile) {
                return self.no_transfer(who, "barred", TransferError::NotFound).await;
            }
            let (child, from) = (open.row.child_id, offer.content.from_code.clone());
            let entry = JournalEntry::Transfer { child, from: &from, to: offer.content.to, authority: &to };
            journalled.push(self.journal(&entry).await?);
            let profile = open.profile.accepted_by(&to, |_| true);
            let reviews = self.reviews_handed_on(child, &from, offer.content.to).await?;
            let matters = self.matters_handed_on(&open, &to).await?;
            self.note_end(who, &mut offer);
            let mut tx = self.store.begin().await?;
            if !self.stands(&mut tx, &open).await? || !self.put_profile(&mut tx, &open, profile).await? {
                tx.rollback().await?;
                continue;
            }
            for review in &reviews {
                if !store::pending_acts::hand_on(&mut tx, review).await? {
                    tx.rollback().await?;
                    return Err(TransferError::Changed);
                }
            }
            if !self.hand_matters_on(&mut tx, &matters).await? {
                tx.rollback().await?;
                continue;
            }
            self.put_end(&mut tx, &offer).await?;
            self.commit_with(tx, vec![transfer_event(who, "transfer_accepted", Some(child))]).await?;
            return Ok(());
        }
        Err(ServiceError::new(ErrorKind::Busy, "the child's record kept changing; try again").into())
    }

    /// The child, if it is still protected and still the offering authority's.
    pub(super) async fn still_to_hand_on(&self, offer: &Offer) -> Result<Option<OpenChild>, TransferError> {
        let open = self.open_children(&[offer.content.child]).await?.pop();
        Ok(open.filter(|open| {
            let of = open.profile.authority.as_ref().map(AuthorityCode::as_str);
            let there = open.profile.seal != Seal::FormerIdentity && !open.profile.held;
            there && open.profile.is_protected() && of == Some(offer.content.from_code.as_str())
        }))
    }

    /// The offer as it ends; one that has ended before is left as it is, and the refusal written.
    pub(super) async fn offer_ends(
        &self,
        who: &SignedIn,
        offer: &mut Offer,
        how: TransferState,
    ) -> Result<(), TransferError> {
        match offer.content.state.end(how) {
            Ok(state) => {
                offer.content.state = state;
                Ok(())
            }
            Err(ended) => self.no_transfer(who, "ended", ended.into()).await,
        }
    }

    /// Ends an offer by which nothing else changes.
    pub(super) async fn end_offer(
        &self,
        who: &SignedIn,
        mut offer: Offer,
        change: &str,
    ) -> Result<(), TransferError> {
        self.note_end(who, &mut offer);
        let mut tx = self.store.begin().await?;
        self.put_end(&mut tx, &offer).await?;
        self.commit_with(tx, vec![transfer_event(who, change, Some(offer.content.child))]).await?;
        Ok(())
    }

    fn note_end(&self, who: &SignedIn, offer: &mut Offer) {
        offer.content.ended_by = Some(who.account);
        offer.content.ended_at = Some(self.world.now().as_microsecond());
    }
}
