//! What became protected where a child lives, while a legal hold kept that child unread (law 3): who decided it could not see the
//! child. As the child returns, a request for a shield is handed in about it, as about whoever stands in the open there.

use directory::ChildProfile;
use store::pending_acts::ActRow;
use uuid::Uuid;

use crate::records::OpenChild;
use crate::sealed_desk::Home;
use crate::{Directory, ServiceError};

impl Directory {
    /// What protects the home of a child that returns under this profile, where something of it was not there when the hold took
    /// the child out; nothing where nothing is new, or the child is shielded itself.
    pub(super) async fn protected_meanwhile(
        &self,
        open: &OpenChild,
        profile: &ChildProfile,
        then: &[u64],
    ) -> Result<Option<Home>, ServiceError> {
        if profile.is_shielded() {
            return Ok(None);
        }
        let home = self.home_of(&open.records, Some(open.row.child_id)).await?;
        let new = home.marks().iter().any(|mark| !then.contains(mark));
        Ok(new.then_some(home))
    }

    /// The request about a child at whose home this is protected, at the desk that an organisation's requests about it reach; none
    /// where one waits.
    pub(super) async fn request_for_the_returning(
        &self,
        open: &OpenChild,
        home: &Home,
        held_by: Uuid,
    ) -> Result<Vec<ActRow>, ServiceError> {
        let child = open.row.child_id;
        let Some(grounds) = home.grounds().into_iter().next() else { return Ok(Vec::new()) };
        if self.asked_about().await?.contains(&child) {
            return Ok(Vec::new());
        }
        // Where everybody is barred it waits where it would without: a restore or a release is not stopped by it.
        let desk = self.desk_of_request(held_by, open, &grounds.barred).await?.unwrap_or(held_by);
        self.requests_about(desk, &grounds, [Uuid::nil(); 2], [child]).await
    }
}
