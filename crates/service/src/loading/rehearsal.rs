//! A rehearsal: the live pipeline over the rows of a file, and nothing written (decision 13).

use directory::connecting::RehearsalOutcome;
use std::sync::atomic::AtomicBool;

use directory::counting::disclosed_count;
use rand_chacha::ChaCha12Rng;
use store::sources::SourceRow;
use store::{Conn, Key16, sources};
use vault::Bundle;

use super::counts::Counts;
use super::effects::Effects;
use super::score::Group;
use super::{GROUP, Job, Judged};
use crate::connecting::BY_FILE;
use crate::{Directory, ServiceError};

impl Directory {
    /// What the matcher would make of these rows, each group seeing what those before it would have written.
    pub(crate) async fn rehearsed(
        &self,
        conn: &mut Conn,
        source: &SourceRow,
        rows: Vec<Judged>,
    ) -> Result<Counts, ServiceError> {
        let known = sources::all(conn).await?;
        let mut rng: ChaCha12Rng = self.world.chance.generator();
        let job = Job {
            id: self.time_ordered_id(&mut rng),
            file_digest: Key16::MIN,
            sources: known.into_iter().map(|row| (row.source_id, row)).collect(),
            source: source.clone(),
            quarantine_bundle: Bundle::with_identity_slot(&mut rng),
            ways: BY_FILE,
            dry: true,
            file: None,
            numbered: None,
            replay: false,
            stopped: AtomicBool::new(false),
        };
        let (mut counts, mut before) = (Counts::default(), Effects::default());
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let group = Group::of(rows.by_ref().take(GROUP).collect());
            let changing = self.changing(&job, &group.rows).await?;
            let scored = self.score(&job, &group, changing, Some(&before)).await?;
            counts = counts.plus(&scored.counts);
            before.absorb(scored.effects);
        }
        Ok(counts)
    }
}

impl Counts {
    /// What a rehearsal tells the authority: rounded, and nothing of few.
    pub(crate) fn rehearsal_outcome(&self) -> RehearsalOutcome {
        let told = |count: u64| disclosed_count(i64::try_from(count).unwrap_or(i64::MAX));
        RehearsalOutcome {
            linked: told(self.linked),
            opened: told(self.opened),
            for_review: told(self.for_review),
        }
    }
}
