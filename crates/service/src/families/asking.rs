//! Asking the sources about a disputed item (rules 5.4, 14.3), apart from its being said: what whoever says it sees, and the work
//! that saying it makes, is the same whoever states the item. Of an ordinary child the sources are asked by the day's walk. A
//! task tells a source that it holds the child, and by its next file which row of its own that is, so of a protected child nobody
//! is asked but by an act of the protected desk (laws 3 and 5).

use audit::{Action, ChangeDetail, Detail};
use directory::families::{DisputeRaiser, FamilyRule};
use store::family_matters::{MatterKind, MatterRow, MatterState};
use uuid::Uuid;

use super::disputes::{Asked, DisputeContent};
use super::matters::Matter;
use super::requests::FamilyStepKind;
use super::tasks::TaskContent;
use super::{FamilyError, changed};
use crate::Directory;
use crate::records::OpenChild;
use crate::session::SignedIn;
use crate::trail::Event;

/// What the entry says, whichever desk asked, or none.
const SOURCES_ASKED: &str = "sources_asked";

impl DisputeContent {
    /// Whether its sources are still to be asked. Which sensitive service a child has, as a provider's word says, is nobody's to
    /// ask about (law 4).
    pub(super) const fn waits_to_be_asked(&self) -> bool {
        self.asked_on.is_none() && self.asked.is_empty() && self.provider_said.is_none()
    }

    /// Whether a source of this organisation is not asked: of a protected child, where the practitioner works who said so. What
    /// its own rows tell of the child would be told to their colleagues.
    fn is_kept_from(&self, organisation: Uuid) -> bool {
        self.protected && self.raiser == DisputeRaiser::Practitioner && self.raised_at == Some(organisation)
    }
}

impl Directory {
    /// Asks the sources that state a disputed item to look at their own rows. Of a protected child nobody else asks them. Another
    /// person of the desk does it than who took the dispute in.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]; a refusal is in the trail too.
    pub async fn ask_sources(&self, who: &SignedIn, id: Uuid) -> Result<(), FamilyError> {
        let (matter, open) = self.dispute_of_desk(who, id).await?;
        let open =
            open.filter(|_| matter.row.state == MatterState::Open && matter.content.waits_to_be_asked());
        let Some(open) = open else { return Err(FamilyRule::Moment.into()) };
        if matter.content.story.begun_by() == Some(who.account) {
            return self.not_done(who, "own_dispute", FamilyRule::OwnDispute.into()).await;
        }
        let event = changed(who, SOURCES_ASKED, Some(id), Some(matter.content.child));
        self.put_to_sources(matter, &open, Some(who.account), event).await
    }

    /// The day's walk: a dispute goes with its child, and an ordinary child's sources are asked.
    pub(super) async fn follow_dispute(&self, row: MatterRow) -> Result<(), FamilyError> {
        let Some(mut matter) = self.open_matters::<DisputeContent>(vec![row]).await?.pop() else {
            return Ok(());
        };
        let Some(open) = self.open_family_child(matter.content.child).await? else { return Ok(()) };
        if self.place_anew(&mut matter.content, &open) {
            return Ok(self.goes(&matter).await?);
        }
        if matter.content.protected || !matter.content.waits_to_be_asked() {
            return Ok(());
        }
        let detail = ChangeDetail {
            change: SOURCES_ASKED.to_owned(),
            subject: Some(matter.row.matter_id),
            ..ChangeDetail::default()
        };
        let event = Event::new(Action::FamilyMatterChanged, Detail::Change(detail));
        let event = event.concerning([matter.content.child]);
        self.put_to_sources(matter, &open, None, event).await
    }

    /// Writes a task for each source that states the item: found by the source itself, by its own row.
    async fn put_to_sources(
        &self,
        mut matter: Matter<DisputeContent>,
        open: &OpenChild,
        by: Option<Uuid>,
        event: Event,
    ) -> Result<(), FamilyError> {
        let today = self.today();
        let sources = self.sources().await?;
        let mut tasks: Vec<Matter<TaskContent>> = Vec::new();
        for record in &open.records {
            let Some(source) = sources.get(&record.row.source_id) else { continue };
            let content = &mut matter.content;
            if content.is_kept_from(source.organisation_id) {
                continue;
            }
            let Some(digest) = self.statement_of_record(&record.content, content.item)? else { continue };
            let task = TaskContent {
                dispute: matter.row.matter_id,
                organisation: source.organisation_id,
                source: source.source_id,
                record: record.row.record_id,
                local_key: record.row.local_key.0,
                item: content.item,
                digest,
                row: None,
                corrected: false,
                asked: today,
                answer: None,
                raised_by: content.story.begun_by(),
            };
            // Counted from today, whenever it was said: how long it lay at a desk would tell the source which desk it was. Not
            // under the child: that two sources were asked about one child is for the desk alone.
            let due = self.policy.families.deadline(today);
            let task = self.new_matter(MatterKind::SourceTask, None, due, task).await?;
            content.asked.push(Asked { task: task.row.matter_id, source: source.source_id, answer: None });
            tasks.push(task);
        }
        matter.content.asked_on = Some(today);
        matter.content.story.note(FamilyStepKind::SourcesAsked, by, self.world.now().as_microsecond());
        let mut tx = self.store.begin().await?;
        self.keep_matter(&mut tx, &matter).await?;
        for task in &tasks {
            self.put_matter(&mut tx, task).await?;
        }
        self.commit_with(tx, vec![event]).await?;
        Ok(())
    }
}
