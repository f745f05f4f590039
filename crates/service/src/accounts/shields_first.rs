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

    /// Whether one of these roles lets somebody search for children where nobody could be hidden yet. The two managers
    /// from among whom the desk is named come first themselves.
    pub(super) async fn shields_are_missing_for(&self, roles: &[(Role, Uuid)]) -> Result<bool, ServiceError> {
        for &(role, at) in roles {
            let searches = role.permissions().contains(&Permission::SearchChildren);
            if !searches || self.shields_are_decided_for(at).await? {
                continue;
            }
            if role != Role::Manager || self.has_managers_to_name(at).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
