//! The user's own address, which they may leave with their account so that their own house is known again (rule 7.9).

use audit::{AccountChangeDetail, Action, Detail};
use directory::Postcode;
use directory::watching::OwnAddress;
use store::{StoreError, accounts};

use crate::session::SignedIn;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// Why it was not kept.
#[derive(Debug, thiserror::Error)]
pub enum OwnAddressError {
    /// Not a house.
    #[error("enter the number or name of your house, at most 40 characters")]
    House,
    /// Not a postcode.
    #[error("enter a full postcode, like SW1A 2AA")]
    Postcode,
    /// The account was changed meanwhile.
    #[error("your account was changed at the same moment; try again")]
    Changed,
    /// The system failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<StoreError> for OwnAddressError {
    fn from(error: StoreError) -> Self {
        Self::Service(error.into())
    }
}

impl Directory {
    /// Keeps the person's own house and postcode, sealed with their account, or forgets it when both are empty.
    ///
    /// # Errors
    ///
    /// [`OwnAddressError`].
    pub async fn keep_own_address(
        &self,
        who: &SignedIn,
        house: &str,
        postcode: &str,
    ) -> Result<(), OwnAddressError> {
        let address = if house.trim().is_empty() && postcode.trim().is_empty() {
            None
        } else {
            let postcode = Postcode::parse(postcode).map_err(|_| OwnAddressError::Postcode)?;
            Some(OwnAddress::new(postcode, house).ok_or(OwnAddressError::House)?)
        };
        let mut account = self
            .account_by_id(who.account)
            .await?
            .ok_or_else(|| ServiceError::internal("a signed-in person's account is missing"))?;
        let change = if address.is_some() { "own_address_kept" } else { "own_address_forgotten" };
        account.sealed.own_address = address;
        let mut rng = self.world.chance.generator();
        account.row.sealed = self.seal_account(who.account, &account.bundle, &account.sealed, &mut rng)?;
        let detail = AccountChangeDetail { account: Some(who.account), changes: vec![change.to_owned()] };
        let event = Event::new(Action::AccountChanged, Detail::AccountChange(detail))
            .by(who)
            .changing_account(who.account);
        let mut tx = self.store.begin().await?;
        if !accounts::replace(&mut tx, &account.row).await? {
            tx.rollback().await?;
            return Err(OwnAddressError::Changed);
        }
        self.write_event(&mut tx, event).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether the person has left their address with their account. It is not shown again.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn has_own_address(&self, who: &SignedIn) -> Result<bool, ServiceError> {
        Ok(self.account_by_id(who.account).await?.is_some_and(|account| account.sealed.own_address.is_some()))
    }
}
