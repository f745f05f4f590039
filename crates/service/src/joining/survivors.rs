//! Where a child is that is no more by itself: by a key that only who knows its id can make, the row of its survivor (law 8).
//! Whatever kept the id, a request that waits, a matter of a family, finds the survivor by it, and the child itself once the
//! two are parted again.

use store::child_numbers;
use uuid::Uuid;

use crate::records::OpenChild;
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

    /// The child that a child was joined to.
    pub(crate) async fn joined_to(&self, child: Uuid) -> Result<Option<Uuid>, ServiceError> {
        let mut conn = self.store.reader().await?;
        Ok(child_numbers::child_of(&mut conn, self.forward_key(child)).await?)
    }
}
