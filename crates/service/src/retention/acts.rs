//! What people asked and decided about a destroyed child goes with it (law 9): the requests for its shields, with their grounds
//! and whom they bar, what was decided about legal holds, and which records were joined or taken apart. Each has a key of its
//! own (`act_keys.rs`), which goes first, and then its row.

use std::collections::HashSet;

use serde::Deserialize;
use store::parted_keys;
use store::pending_acts::{self, ActState};
use uuid::Uuid;

use super::holding::{HOLD, LONGER, RELEASE};
use crate::joining::{ActContent, JOINING};
use crate::shield_desk::SHIELD;
use crate::{Directory, ServiceError};

/// The acts whose sealed part says which children they are about, for as long as their rows stand.
const ABOUT_A_CHILD: [&str; 5] = [SHIELD, HOLD, LONGER, RELEASE, JOINING];

/// What is read of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum About {
    Child { child: Uuid },
    Joining(ActContent),
}

impl About {
    fn children(&self) -> Vec<Uuid> {
        match self {
            Self::Child { child } => vec![*child],
            Self::Joining(content) => content.done.children(),
        }
    }
}

impl Directory {
    /// The acts about children whose keys were destroyed. There is no clear column to find them by: as in
    /// `shield_desk/acts_about.rs` every one is opened, once for all the children of a group. Those that an interrupted sweep, an
    /// earlier version or a backup left are found with them.
    pub(super) async fn acts_about_the_destroyed(&self) -> Result<Vec<Uuid>, ServiceError> {
        const EVERYWHERE: &str = "";
        const EVER: i64 = 0;
        let mut about: Vec<(Uuid, Vec<Uuid>)> = Vec::new();
        let mut gone: Vec<Uuid> = Vec::new();
        for kind in ABOUT_A_CHILD {
            for state in ActState::ALL {
                let mut conn = self.store.reader().await?;
                let rows = pending_acts::within(&mut conn, kind, *state, EVER, EVERYWHERE, i64::MAX).await?;
                drop(conn);
                gone.extend(self.acts_shut_for_good(&rows).await?);
                // One that nobody can open tells of nobody, and must not keep others from being destroyed.
                let (opened, _) = self.opened_acts::<About>(rows).await?;
                about.extend(opened.into_iter().map(|(row, opened)| (row.act_id, opened.children())));
            }
        }
        let mut children: Vec<Uuid> = about.iter().flat_map(|(_, children)| children.clone()).collect();
        children.sort_unstable();
        children.dedup();
        let destroyed = parted_keys::destroyed(&mut self.store.key_reader().await?, &children).await?;
        let destroyed: HashSet<Uuid> = destroyed.into_iter().collect();
        // What was done about two children says something of each for as long as there is one of them.
        let ends =
            |children: &[Uuid]| !children.is_empty() && children.iter().all(|it| destroyed.contains(it));
        gone.extend(about.into_iter().filter(|(_, children)| ends(children)).map(|(act, _)| act));
        Ok(gone)
    }
}
