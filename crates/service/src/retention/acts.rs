//! What two people asked and decided about a destroyed child goes with it (law 9): the requests for its shields, with their
//! grounds and whom they bar, and what was decided about legal holds. They are sealed under the keys of an organisation, which
//! stay: so it is their rows that go, with those of the child.

use serde::Deserialize;
use store::parted_keys;
use store::pending_acts::{self, ActState};
use uuid::Uuid;

use super::holding::{HOLD, RELEASE};
use crate::shield_desk::SHIELD;
use crate::{Directory, ServiceError};

/// The acts whose sealed part says which child they are about.
const ABOUT_A_CHILD: [&str; 3] = [SHIELD, HOLD, RELEASE];

/// What is read of them.
#[derive(Deserialize)]
struct About {
    child: Uuid,
}

impl Directory {
    /// The acts about children whose keys were destroyed. There is no clear column to find them by: as in
    /// `shield_desk/acts_about.rs` every one is opened, once for all the children of a group. Those that an interrupted sweep, an
    /// earlier version or a backup left are found with them.
    pub(super) async fn acts_about_the_destroyed(&self) -> Result<Vec<Uuid>, ServiceError> {
        const EVERYWHERE: &str = "";
        const EVER: i64 = 0;
        let mut about: Vec<(Uuid, Uuid)> = Vec::new();
        for kind in ABOUT_A_CHILD {
            for state in ActState::ALL {
                let mut conn = self.store.reader().await?;
                let rows = pending_acts::within(&mut conn, kind, *state, EVER, EVERYWHERE, i64::MAX).await?;
                drop(conn);
                for row in rows {
                    let opened = self.open_at(row.organisation_id, row.act_id, &row.sealed).await;
                    // One that nobody can open tells of nobody, and must not keep others from being destroyed.
                    let Ok(About { child }) = opened else { continue };
                    about.push((row.act_id, child));
                }
            }
        }
        let mut children: Vec<Uuid> = about.iter().map(|(_, child)| *child).collect();
        children.sort_unstable();
        children.dedup();
        let destroyed = parted_keys::destroyed(&mut self.store.key_reader().await?, &children).await?;
        let gone = about.into_iter().filter(|(_, child)| destroyed.contains(child));
        Ok(gone.map(|(act, _)| act).collect())
    }
}
