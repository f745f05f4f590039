//! Offering a child, and taking the offer back.

use directory::access::DangerousAct;
use directory::accountable_authority::NATIONAL;
use directory::transfer::TransferState;
use directory::{AuthorityCode, ChildNumber};
use store::organisations::{self, OrganisationRow};
use store::{StoreError, transfer_offers};
use uuid::Uuid;

use super::{Content, Side, TransferError, TransferOffer, desks_of, transfer_event};
use crate::Directory;
use crate::records::OpenChild;
use crate::session::SignedIn;

impl Directory {
    /// Offers a protected child of one's own authority to another authority's desk.
    ///
    /// # Errors
    ///
    /// [`TransferError`]; a refusal is in the trail too. Whose the child is, and whether there is one, is told in one way.
    pub async fn offer_transfer(&self, who: &SignedIn, offer: &TransferOffer) -> Result<Uuid, TransferError> {
        self.hands_on(who).await?;
        self.freshly_proved(who, DangerousAct::OfferTransfer)?;
        let Some((open, from)) = self.child_to_hand_on(who, &offer.number).await? else {
            return self.no_transfer(who, "no_such_child", TransferError::NoSuchChild).await;
        };
        let Some((to, to_code)) = self.desk_named(&offer.to, &from).await? else {
            let error = TransferError::NoSuchDesk { name: offer.to.clone() };
            return self.no_transfer(who, "no_such_desk", error).await;
        };
        if open.profile.bars(Uuid::nil(), to.organisation_id) {
            return self.no_transfer(who, "barred", TransferError::Barred).await;
        }
        let today = self.today();
        let offered = self
            .new_offer(Content {
                child: open.row.child_id,
                from_code: from.as_str().to_owned(),
                to: to.organisation_id,
                to_code: to_code.as_str().to_owned(),
                reason: offer.reason,
                state: TransferState::Offered,
                offered_by: who.account,
                offered_on: today,
                due: self.policy.transfers.deadline(today),
                ended_by: None,
                ended_at: None,
            })
            .await?;
        let mut tx = self.store.begin().await?;
        match transfer_offers::insert(&mut tx, &self.offer_row(&offered)?).await {
            Ok(()) => {}
            Err(StoreError::UniqueViolation(_)) => {
                tx.rollback().await?;
                return self.no_transfer(who, "offered_before", TransferError::OfferedBefore).await;
            }
            Err(error) => return Err(error.into()),
        }
        self.commit_with(tx, vec![transfer_event(who, "transfer_offered", Some(open.row.child_id))]).await?;
        Ok(offered.row.offer_id)
    }

    /// Takes an offer back that was not answered.
    ///
    /// # Errors
    ///
    /// [`TransferError`]; a refusal is in the trail too.
    pub async fn take_transfer_back(&self, who: &SignedIn, id: Uuid) -> Result<(), TransferError> {
        self.hands_on(who).await?;
        let (mut offer, side) = self.offer(who, id).await?;
        if side != Side::Offers {
            return self.no_transfer(who, "of_another_desk", TransferError::NotFound).await;
        }
        self.offer_ends(who, &mut offer, TransferState::TakenBack).await?;
        self.end_offer(who, offer, "transfer_taken_back").await
    }

    /// The child of a number, if it is protected and this person's own authority answers for it; and that authority. A former
    /// identity, a held record and whom a shield bars are nobody (law 8).
    async fn child_to_hand_on(
        &self,
        who: &SignedIn,
        number: &ChildNumber,
    ) -> Result<Option<(OpenChild, AuthorityCode)>, TransferError> {
        let open = self.child_for(who, number).await?;
        let Some(open) = open.filter(|open| open.profile.is_protected()) else { return Ok(None) };
        let code =
            open.profile.authority.clone().filter(|code| desks_of(who).contains(&code.as_str().to_owned()));
        Ok(code.map(|code| (open, code)))
    }

    /// Another authority of that name.
    async fn desk_named(
        &self,
        name: &str,
        from: &AuthorityCode,
    ) -> Result<Option<(OrganisationRow, AuthorityCode)>, TransferError> {
        let found = organisations::by_name(&mut self.store.reader().await?, name.trim()).await?;
        let Some(row) = found.filter(|row| row.kind == "authority") else { return Ok(None) };
        let code = row.authority_code.as_deref().filter(|code| *code != NATIONAL);
        let code = code.and_then(|code| AuthorityCode::parse(code).ok()).filter(|code| code != from);
        Ok(code.map(|code| (row, code)))
    }
}
