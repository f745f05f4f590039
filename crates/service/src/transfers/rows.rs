//! The rows of offers: made, opened, changed, each under a key of its own.

use directory::Month;
use guards::Guard;
use rand::RngExt as _;
use store::transfer_offers::{self as rows, OfferRow, OfferState};
use store::{Key16, Tx, key_store};
use uuid::Uuid;
use vault::{Aad, Bundle};

use super::{Content, Side, TransferError, desks_of};
use crate::session::SignedIn;
use crate::shield_desk::start_of_month;
use crate::{Directory, ServiceError};

/// The sealed parts are padded to this many bytes, so that their length tells no step of the story.
const BLOCK: usize = 1024;

/// The kinds of keyed hashes made here, apart from those of other digests.
const DESK: u16 = 40;
const CHILD: u16 = 41;

/// An offer, opened.
pub(super) struct Offer {
    pub(super) row: OfferRow,
    bundle: Bundle,
    pub(super) content: Content,
}

impl Offer {
    /// On which side this person stands; nobody else learns that there is such an offer.
    pub(super) fn side_of(&self, who: &SignedIn) -> Option<Side> {
        let desks = desks_of(who);
        match &self.content {
            content if desks.contains(&content.from_code) => Some(Side::Offers),
            content if desks.contains(&content.to_code) || !Guard::OwnDesk.stands() => Some(Side::Answers),
            _ => None,
        }
    }
}

impl Directory {
    /// The keyed hash of a desk, on one side of its offers: the two do not show themselves as one desk.
    pub(super) fn transfer_desk(&self, code: &str, side: Side) -> Key16 {
        let side: &[u8] = match side {
            Side::Offers => b"offers",
            Side::Answers => b"answers",
        };
        self.keys.digests.hash_parts(DESK, &[code.as_bytes(), side])
    }

    /// A new offer, its key kept; its row is still to be written.
    pub(super) async fn new_offer(&self, content: Content) -> Result<Offer, ServiceError> {
        let (offer_id, bundle, made) = {
            let mut rng = self.world.chance.generator();
            let offer_id = vault::uuid_v4(rng.random());
            let bundle = Bundle::with_identity_slot(&mut rng);
            let made = self.bundle_row(offer_id, &bundle, &mut rng)?;
            (offer_id, bundle, made)
        };
        let mut keys = self.store.begin_keys().await?;
        key_store::put_bundles(&mut keys, &[made]).await?;
        keys.commit().await?;
        let row = OfferRow {
            offer_id,
            from_key: self.transfer_desk(&content.from_code, Side::Offers),
            to_key: self.transfer_desk(&content.to_code, Side::Answers),
            child_key: self.keys.digests.hash(CHILD, content.child.as_bytes()),
            state: OfferState::Open,
            due_on: start_of_month(Month::from(content.offered_on)),
            version: 1,
            sealed: Vec::new(),
        };
        Ok(Offer { row, bundle, content })
    }

    /// The row of an offer as it reads now.
    pub(super) fn offer_row(&self, offer: &Offer) -> Result<OfferRow, ServiceError> {
        let plain = serde_json::to_vec(&offer.content).map_err(ServiceError::internal)?;
        let key = offer.bundle.key(0).ok_or_else(|| ServiceError::internal("an offer's key is gone"))?;
        let mut rng = self.world.chance.generator();
        let sealed = vault::seal_padded(key, Aad::new(offer.row.offer_id, 0), &plain, BLOCK, &mut rng)?;
        Ok(OfferRow { sealed, ..offer.row.clone() })
    }

    /// Ends an offer in this transaction.
    pub(super) async fn put_end(&self, tx: &mut Tx, offer: &Offer) -> Result<(), TransferError> {
        let kept = self.policy.transfers.kept_until(self.today());
        let row = OfferRow {
            state: OfferState::Closed,
            // The first month that has begun when the time is over.
            due_on: start_of_month(Month::from(kept).plus(1)),
            ..self.offer_row(offer)?
        };
        if rows::replace(tx, &row).await? { Ok(()) } else { Err(TransferError::Changed) }
    }

    /// Opens offers, in their order. One whose key is destroyed is not there.
    pub(super) async fn open_offers(&self, found: Vec<OfferRow>) -> Result<Vec<Offer>, ServiceError> {
        let opened = self.open_own_rows(found, |row| (row.offer_id, &row.sealed)).await?;
        Ok(opened.into_iter().map(|(row, bundle, content)| Offer { row, bundle, content }).collect())
    }

    /// An offer on one side of which this person stands; otherwise the refusal is written.
    pub(super) async fn offer(&self, who: &SignedIn, id: Uuid) -> Result<(Offer, Side), TransferError> {
        let row = rows::by_id(&mut self.store.reader().await?, id).await?;
        let offer = self.open_offers(row.into_iter().collect()).await?.pop();
        let found = offer.and_then(|offer| offer.side_of(who).map(|side| (offer, side)));
        match found {
            Some(found) => Ok(found),
            None => self.no_transfer(who, "not_within_reach", TransferError::NotFound).await,
        }
    }
}
