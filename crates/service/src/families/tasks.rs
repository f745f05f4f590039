//! What a source is asked about a row of its own (rules 5.4, 14.3): which of its rows, which item, since when. Never a value,
//! never the child, never who says so; and a task reads the same for every child, so that it tells no shield and no seal (law 7).

use directory::access::Permission;
use directory::families::{DisputeSource, DisputedItem, FamilyRule, SourceAnswer};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::family_matters::{MatterKind, MatterState};
use store::organisations;
use store::sources::SourceRow;
use uuid::Uuid;

use super::disputes::DisputeContent;
use super::matters::{Matter, Place, Placed};
use super::{FamilyError, changed, day_of, looked, reference_of};
use crate::accounts::standing;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// A task of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskLine {
    /// The task.
    pub id: Uuid,
    /// Its number.
    pub reference: String,
    /// The source.
    pub source: String,
    /// Which item of its row.
    pub item: DisputedItem,
    /// The source's own reference of the row, once the source has named it.
    pub row: Option<String>,
    /// When it was asked.
    pub asked: Date,
    /// By when it is to answer.
    pub deadline: Date,
    /// What it answered.
    pub answer: Option<SourceAnswer>,
    /// Whether its day has passed without an answer.
    pub overdue: bool,
}

/// What the row of a task holds, sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct TaskContent {
    pub(super) dispute: Uuid,
    pub(super) organisation: Uuid,
    pub(super) source: Uuid,
    pub(super) record: Uuid,
    /// The keyed hash of the source's own reference: the reference itself is not kept (law 10).
    pub(super) local_key: [u8; 16],
    pub(super) item: DisputedItem,
    /// What the row stated when it was asked.
    pub(super) digest: String,
    pub(super) row: Option<String>,
    /// Its source has stated the item otherwise since, as its own row came: whatever became of that row.
    #[serde(default)]
    pub(super) corrected: bool,
    pub(super) asked: Date,
    pub(super) answer: Option<SourceAnswer>,
    /// The account that raised the dispute or took it in.
    #[serde(default)]
    pub(super) raised_by: Option<Uuid>,
}

impl TaskContent {
    /// Whether this person is told of it: not who raised the dispute, to whom it would tell that the source holds the very child
    /// they named, and then which of its rows that is (law 3).
    pub(super) fn is_told_to(&self, who: &SignedIn) -> bool {
        self.raised_by != Some(who.account)
    }
}

impl Placed for TaskContent {
    fn place(&self) -> Place<'_> {
        Place::Source(self.organisation)
    }
}

/// How many references are looked up at once.
pub const MOST_REFERENCES: usize = 2_000;

impl Directory {
    /// What the sources are asked whose organisations this person answers for, those due first first.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]. The reading is an entry before anything is shown.
    pub async fn source_tasks(&self, who: &SignedIn) -> Result<Vec<TaskLine>, FamilyError> {
        let (sources, found) = self.tasks_of(who).await?;
        self.record(looked(who, "source_tasks", None)).await?;
        Ok(found.iter().map(|task| self.task_line(&sources, task)).collect())
    }

    /// Which of a source's own references a task is about: what is given in are the source's own rows, what comes out is
    /// which item of them is disputed. From then on the task shows the reference.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]; a refusal is in the trail too.
    pub async fn find_source_rows(
        &self,
        who: &SignedIn,
        source: &str,
        references: &[String],
    ) -> Result<usize, FamilyError> {
        let (sources, found) = self.tasks_of(who).await?;
        let Some(source) = sources.iter().find(|row| row.name == source) else {
            return self.not_done(who, "no_such_source", FamilyError::NotFound).await;
        };
        let mut named = Vec::new();
        for reference in references.iter().take(MOST_REFERENCES) {
            let key = self.local_key(source.source_id, reference).0;
            let open = |task: &&Matter<TaskContent>| {
                task.row.state == MatterState::Open
                    && task.content.source == source.source_id
                    && task.content.local_key == key
            };
            named.extend(found.iter().filter(open).map(|task| (task.row.matter_id, reference.clone())));
        }
        let mut tx = self.store.begin().await?;
        let mut count = 0;
        for mut task in found {
            let Some((_, reference)) = named.iter().find(|(id, _)| *id == task.row.matter_id) else {
                continue;
            };
            task.content.row = Some(reference.clone());
            self.keep_matter(&mut tx, &task).await?;
            count += 1;
        }
        self.commit_with(tx, vec![changed(who, "source_rows_named", None, None)]).await?;
        Ok(count)
    }

    /// What a source answers. That it has corrected its row is believed when the row comes; said here, it is noted.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]; a refusal is in the trail too.
    pub async fn answer_source_task(
        &self,
        who: &SignedIn,
        id: Uuid,
        answer: SourceAnswer,
    ) -> Result<(), FamilyError> {
        let (_, found) = self.tasks_of(who).await?;
        let Some(task) = found.into_iter().find(|task| task.row.matter_id == id) else {
            return self.not_done(who, "not_within_reach", FamilyError::NotFound).await;
        };
        if task.row.state != MatterState::Open {
            return Err(FamilyRule::Moment.into());
        }
        let event = changed(who, "source_answered", Some(id), None);
        self.note_answer(task, answer, DisputeSource::Answered, event).await
    }

    /// Writes an answer to the task and to its dispute together.
    pub(super) async fn note_answer(
        &self,
        mut task: Matter<TaskContent>,
        answer: SourceAnswer,
        how: DisputeSource,
        event: crate::trail::Event,
    ) -> Result<(), FamilyError> {
        let id = task.row.matter_id;
        task.content.answer = Some(answer);
        self.closed(&mut task);
        let dispute = self.matter::<DisputeContent>(MatterKind::Dispute, task.content.dispute).await?;
        let mut tx = self.store.begin().await?;
        self.keep_matter(&mut tx, &task).await?;
        if let Some(mut dispute) = dispute {
            let today = self.today();
            for asked in dispute.content.asked.iter_mut().filter(|asked| asked.task == id) {
                asked.answer = Some((answer, how, today));
            }
            self.keep_matter(&mut tx, &dispute).await?;
        }
        self.commit_with(tx, vec![event]).await?;
        Ok(())
    }

    /// The sources this person answers for, and their tasks.
    async fn tasks_of(
        &self,
        who: &SignedIn,
    ) -> Result<(Vec<SourceRow>, Vec<Matter<TaskContent>>), FamilyError> {
        if !who.may(Permission::AnswerForSource) {
            return self.not_done(who, "not_permitted", FamilyError::Forbidden).await;
        }
        let sources = self.sources_answered_for(who).await?;
        let mut organisations: Vec<Uuid> = sources.iter().map(|source| source.organisation_id).collect();
        organisations.sort_unstable();
        organisations.dedup();
        let mut found = Vec::new();
        for organisation in organisations {
            found.extend(self.matters_of(&Place::Source(organisation), MatterKind::SourceTask).await?);
        }
        found.retain(|task: &Matter<TaskContent>| task.content.is_told_to(who));
        found
            .sort_by_key(|task| (task.row.state == MatterState::Closed, task.row.due_on, task.row.matter_id));
        Ok((sources, found))
    }

    async fn sources_answered_for(&self, who: &SignedIn) -> Result<Vec<SourceRow>, ServiceError> {
        let today = self.today();
        let mut conn = self.store.reader().await?;
        let rows = organisations::all(&mut conn).await?;
        drop(conn);
        let reached: Vec<Uuid> = rows
            .iter()
            .filter(|row| who.may_at(Permission::AnswerForSource, &standing(row, today)))
            .map(|row| row.organisation_id)
            .collect();
        let mut sources: Vec<SourceRow> = self
            .sources()
            .await?
            .into_values()
            .filter(|source| reached.contains(&source.organisation_id))
            .collect();
        sources.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(sources)
    }

    /// The names of the sources this person answers for: what a form offers.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn sources_to_answer_for(&self, who: &SignedIn) -> Result<Vec<String>, ServiceError> {
        if !who.may(Permission::AnswerForSource) {
            return Ok(Vec::new());
        }
        Ok(self.sources_answered_for(who).await?.into_iter().map(|source| source.name).collect())
    }

    fn task_line(&self, sources: &[SourceRow], task: &Matter<TaskContent>) -> TaskLine {
        let content = &task.content;
        let source = sources.iter().find(|source| source.source_id == content.source);
        let open = task.row.state == MatterState::Open;
        // Closed, its clear day is that of its destruction: the deadline is counted from the day it was asked.
        let deadline =
            if open { day_of(task.row.due_on) } else { self.policy.families.deadline(content.asked) };
        TaskLine {
            id: task.row.matter_id,
            reference: reference_of(task.row.matter_id),
            source: source.map(|source| source.name.clone()).unwrap_or_default(),
            item: content.item,
            row: content.row.clone(),
            asked: content.asked,
            deadline,
            answer: content.answer,
            overdue: open && deadline < self.today(),
        }
    }
}
