//! Where a child is that is no more by itself: by a key that only who knows its id can make, the row of its survivor (law 8).
//! Whatever kept the id, a request that waits, a matter of a family, finds the survivor by it, and the child itself once the
//! two are parted again.

use std::collections::BTreeSet;

use store::child_numbers;
use uuid::Uuid;

use crate::records::{OpenChild, OpenProfile};
use crate::{Directory, ServiceError};

impl Directory {
    /// A child, or the one it was joined to.
    pub(crate) async fn open_or_survivor(&self, child: Uuid) -> Result<Option<OpenChild>, ServiceError> {
        if let Some(open) = self.open_children(&[child]).await?.pop() {
            return Ok(Some(open));
        }
        match self.joined_to(child).await? {
            Some(survivor) => Ok(self.open_children(&[survivor]).await?.pop()),
            None => Ok(None),
        }
    }

    /// The profile of a child, or of the one it was joined to.
    pub(crate) async fn profile_or_survivor(&self, child: Uuid) -> Result<Option<OpenProfile>, ServiceError> {
        if let Some((_, open)) = self.open_profiles(&[child]).await?.pop() {
            return open.map(Some);
        }
        match self.joined_to(child).await? {
            Some(survivor) => self.open_profiles(&[survivor]).await?.pop().map(|(_, open)| open).transpose(),
            None => Ok(None),
        }
    }

    /// These children, whatever was joined to each, and whoever each was joined to, with whatever else was: what was asked or
    /// said of one of them is of all.
    pub(crate) async fn group_of(&self, children: &[Uuid]) -> Result<BTreeSet<Uuid>, ServiceError> {
        let mut group: BTreeSet<Uuid> = children.iter().copied().collect();
        for child in children {
            if let Some(open) = self.profile_or_survivor(*child).await? {
                group.extend(open.profile.group(open.row.child_id));
            }
        }
        Ok(group)
    }

    /// The child that a child was joined to.
    pub(crate) async fn joined_to(&self, child: Uuid) -> Result<Option<Uuid>, ServiceError> {
        let mut conn = self.store.reader().await?;
        Ok(child_numbers::child_of(&mut conn, self.forward_key(child)).await?)
    }
}
