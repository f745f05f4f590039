//! Nobody is let in to search for children in an area before its shielding works (rule 2.17): two people of the authority, or of
//! the own organisation, are in use who decide about shields, and it is accredited for them.

use directory::access::{Permission, Role};
use uuid::Uuid;

use super::changing::AccountActError;
use crate::{Directory, ServiceError};

impl Directory {
    /// That each of these roles may be used where it is held. What an operator sets up is not asked.
    pub(super) async fn shields_come_first(&self, roles: &[(Role, Uuid)]) -> Result<(), AccountActError> {
        if self.shields_are_missing_for(roles).await? { Err(AccountActError::NoShieldDesk) } else { Ok(()) }
    }

    /// Whether one of these roles lets somebody search for children where nobody could be hidden yet. Managers come first
    /// themselves: the desk is named from among them.
    pub(super) async fn shields_are_missing_for(&self, roles: &[(Role, Uuid)]) -> Result<bool, ServiceError> {
        for &(role, at) in roles {
            let searches = role != Role::Manager && role.permissions().contains(&Permission::SearchChildren);
            if searches && !self.shields_are_decided_for(at).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
