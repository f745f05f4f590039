//! What families asked about a child whose record was destroyed goes with it (law 9): what is closed at once, what is open once
//! it is closed, for whoever asked is still answered. Each matter has keys of its own, which go first, and then its row. A
//! complaint names no child, and the request it names is nobody's any more.

use std::collections::HashSet;

use serde::Deserialize;
use store::family_matters::{self as rows, MatterKind, MatterState};
use store::parted_keys;
use uuid::Uuid;

use super::following::destroyed;
use super::matters::Matter;
use crate::{Directory, ServiceError};

/// How many matters are looked at together.
const GROUP: i64 = 200;

/// What is read of a matter: a task goes with its dispute, and a dispute takes those along that nobody answered.
#[derive(Deserialize)]
#[serde(untagged)]
enum About {
    Dispute {
        dispute: Uuid,
    },
    Child {
        child: Uuid,
        #[serde(default)]
        asked: Vec<Asked>,
    },
}

/// A task of a dispute.
#[derive(Deserialize)]
struct Asked {
    task: Uuid,
}

impl Directory {
    /// Looks at the group of matters after this one; where it ended, or nothing when there is none. What a backup brought back
    /// of matters whose keys are destroyed is found with them, also where it was open then.
    pub(crate) async fn sweep_matters_after(&self, after: Uuid) -> Result<Option<Uuid>, ServiceError> {
        let found = rows::after(&mut self.store.reader().await?, after, GROUP).await?;
        let Some(last) = found.last().map(|row| row.matter_id) else { return Ok(None) };
        let ids: Vec<Uuid> = found.iter().map(|row| row.matter_id).collect();
        let mut gone = parted_keys::destroyed(&mut self.store.key_reader().await?, &ids).await?;
        let ends = found.into_iter().filter(|row| match row.kind {
            MatterKind::Complaint => false,
            MatterKind::SourceTask => true,
            MatterKind::SubjectRequest | MatterKind::Dispute => row.state == MatterState::Closed,
        });
        let matters: Vec<Matter<About>> = self.open_matters(ends.collect()).await?;
        let owners: Vec<Uuid> = matters.iter().map(|matter| matter.content.goes_with()).collect();
        let destroyed_owners = parted_keys::destroyed(&mut self.store.key_reader().await?, &owners).await?;
        let destroyed_owners: HashSet<Uuid> = destroyed_owners.into_iter().collect();
        for matter in matters.iter().filter(|matter| destroyed_owners.contains(&matter.content.goes_with())) {
            gone.push(matter.row.matter_id);
            if let About::Child { asked, .. } = &matter.content {
                gone.extend(asked.iter().map(|asked| asked.task));
            }
        }
        gone.sort_unstable();
        gone.dedup();
        if !gone.is_empty() {
            self.destroy_own_keys(&gone).await?;
            let mut tx = self.store.begin_feed().await?;
            for id in &gone {
                rows::remove(&mut tx, *id).await?;
            }
            self.write_event(&mut tx, destroyed(gone)).await?;
            tx.commit().await?;
            self.scrub_keys().await?;
        }
        Ok(Some(last))
    }
}

impl About {
    fn goes_with(&self) -> Uuid {
        match self {
            Self::Dispute { dispute } => *dispute,
            Self::Child { child, .. } => *child,
        }
    }
}
