//! A dispute (rules 5.5, 14.2, 14.3): somebody says that an item is wrong. The record's management sees that it is disputed;
//! the sources that state it are asked afterwards to look at their own rows (`asking.rs`); the desk answers.

use directory::ChildNumber;
use directory::access::Permission;
use directory::disclosure::{Disclosure, Purpose};
use directory::families::{
    DisputeRaiser, DisputeSource, DisputedItem, FamilyRule, ProposedValue, SourceAnswer, statement_of,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::family_matters::{self as rows, MatterKind, MatterState};
use store::month_counts;
use store::sources::SourceRow;
use uuid::Uuid;

use super::answering::ANSWERED;
use super::matters::{Matter, Place, Placed};
use super::provider_said::ProviderSaid;
use super::requests::{FamilyStep, FamilyStepKind, Story, desk_of};
use super::{Desk, FamilyError, changed, home_of, looked, reference_of, works_at};
use crate::records::OpenChild;
use crate::search::source_words;
use crate::session::{Reasoned, SignedIn};
use crate::{Directory, ServiceError};

/// A dispute as the desk takes it in from a family.
#[derive(Debug, Clone)]
pub struct DisputeIntake {
    /// The child.
    pub number: ChildNumber,
    /// Who says so.
    pub raiser: DisputeRaiser,
    /// Which item.
    pub item: DisputedItem,
    /// What it should be, in the item's own form.
    pub proposed: Option<ProposedValue>,
    /// The day on which it was received.
    pub received: Date,
}

/// A line of a list. It names no child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeLine {
    /// The dispute.
    pub id: Uuid,
    /// The number under which the family knows it.
    pub reference: String,
    /// Which item.
    pub item: DisputedItem,
    /// Who says so.
    pub raiser: DisputeRaiser,
    /// When it was received.
    pub received: Date,
    /// By when it is to be answered.
    pub deadline: Date,
    /// Whether its sources are still to be asked.
    pub to_ask: bool,
    /// How many sources were asked.
    pub asked: usize,
    /// How many of them have answered.
    pub answered: usize,
    /// What it was answered; none while it is open.
    pub outcome: Option<SourceAnswer>,
    /// Whether its day has passed without an answer.
    pub overdue: bool,
}

/// What a source was asked, and what it answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLine {
    /// What a record's page calls it; with the source's own name where several that were asked are called the same.
    pub source: String,
    /// What it answered, how that was learnt, and on which day.
    pub answer: Option<(SourceAnswer, DisputeSource, Date)>,
}

/// A dispute, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeView {
    /// Its line.
    pub line: DisputeLine,
    /// The child's number, while the directory holds one.
    pub child: Option<ChildNumber>,
    /// What the item should be, as it was proposed.
    pub proposed: Option<ProposedValue>,
    /// Which consent its provider says was withdrawn; no service on the record has a name like that provider's.
    pub provider_said: Option<ProviderSaid>,
    /// Whether it is about a protected child: its sources are asked by this desk, or by nobody.
    pub protected: bool,
    /// Whether this person may ask its sources.
    pub may_ask: bool,
    /// The sources that were asked.
    pub sources: Vec<SourceLine>,
    /// What whoever said so may be told.
    pub answers: &'static [SourceAnswer],
    /// What was done, in order.
    pub steps: Vec<FamilyStep>,
}

/// What the row of a dispute holds, sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct DisputeContent {
    pub(super) child: Uuid,
    pub(super) raiser: DisputeRaiser,
    pub(super) item: DisputedItem,
    pub(super) proposed: Option<ProposedValue>,
    pub(super) authority: String,
    pub(super) protected: bool,
    pub(super) received: Date,
    /// The organisation of the practitioner who says so.
    #[serde(default)]
    pub(super) raised_at: Option<Uuid>,
    pub(super) asked: Vec<Asked>,
    /// The day on which the sources were asked, whether any stated the item or not.
    #[serde(default)]
    pub(super) asked_on: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) provider_said: Option<ProviderSaid>,
    pub(super) outcome: Option<SourceAnswer>,
    pub(super) story: Story,
}

/// One source that was asked.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) task: Uuid,
    pub(super) source: Uuid,
    pub(super) answer: Option<(SourceAnswer, DisputeSource, Date)>,
}

impl Placed for DisputeContent {
    fn place(&self) -> Place<'_> {
        Place::Desk(&self.authority, desk_of(self.protected))
    }
}

/// How many open disputes of one child are looked at for what its management sees.
const OF_A_CHILD: i64 = 50;

impl Directory {
    /// Says, from a record that this person may open, that an item is wrong. What a practitioner may say does not depend on what
    /// the record shows them.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]; a refusal is in the trail too.
    pub async fn raise_dispute(
        &self,
        who: &Reasoned,
        number: &ChildNumber,
        item: DisputedItem,
        proposed: Option<ProposedValue>,
    ) -> Result<String, FamilyError> {
        let person = who.who();
        if !person.may(Permission::RaiseDispute) {
            return self.not_done(person, "not_permitted", FamilyError::Forbidden).await;
        }
        let proposed = proposed.map(|value| value.of(item)).transpose()?;
        let open = self.child_for(person, number).await?;
        let sources = self.sources().await?;
        let shown = |open: &OpenChild| {
            self.disclose_to(open, &sources, &person.viewer(), Purpose::OpenRecord)
                .is_some_and(|shown| shown != Disclosure::NotFound)
        };
        let Some(open) = open.filter(shown) else {
            return self.not_done(person, "no_such_record", FamilyError::NotFound).await;
        };
        let home = person.authority.clone().unwrap_or_default();
        let content = DisputeContent {
            raiser: DisputeRaiser::Practitioner,
            item,
            proposed,
            received: self.today(),
            raised_at: Some(person.organisation_id),
            ..empty_dispute(&open, &home)
        };
        self.put_dispute(person, content).await
    }

    /// Takes a dispute in from a family. As with a request, whoever takes it in learns its number and nothing else.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]; a refusal is in the trail too.
    pub async fn take_in_dispute(
        &self,
        who: &SignedIn,
        intake: DisputeIntake,
    ) -> Result<String, FamilyError> {
        let home = self.answers_families(who).await?;
        let received = self.received_on(intake.received)?;
        let proposed = intake.proposed.map(|value| value.of(intake.item)).transpose()?;
        let open = self.child_of_family(who, &intake.number).await?;
        let content = DisputeContent {
            raiser: intake.raiser,
            item: intake.item,
            proposed,
            received,
            ..empty_dispute(&open, &home)
        };
        self.put_dispute(who, content).await
    }

    /// Writes a dispute, and asks nobody yet: what is written says nothing of who states the item.
    async fn put_dispute(&self, who: &SignedIn, mut content: DisputeContent) -> Result<String, FamilyError> {
        let due = self.policy.families.deadline(content.received);
        content.story.note(FamilyStepKind::TakenIn, Some(who.account), self.world.now().as_microsecond());
        let child = content.child;
        let matter = self.new_matter(MatterKind::Dispute, Some(child), due, content).await?;
        let id = matter.row.matter_id;
        let mut tx = self.store.begin().await?;
        self.put_matter(&mut tx, &matter).await?;
        self.commit_with(tx, vec![changed(who, "dispute_raised", Some(id), Some(child))]).await?;
        Ok(reference_of(id))
    }

    /// The keyed hash of what a record states of an item; none where it states nothing.
    pub(super) fn statement_of_record(
        &self,
        content: &directory::Content,
        item: DisputedItem,
    ) -> Result<Option<String>, ServiceError> {
        let Some(statement) = statement_of(content, item) else { return Ok(None) };
        let text = serde_json::to_vec(&statement).map_err(ServiceError::internal)?;
        Ok(Some(self.statement_digest(&text)))
    }

    /// The disputes that this person's authority answers, those due first first; those about protected children are on
    /// another list.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]. The reading is an entry before anything is shown.
    pub async fn disputes(&self, who: &SignedIn) -> Result<Vec<DisputeLine>, FamilyError> {
        self.disputes_at(who, Desk::Families).await
    }

    /// Those about protected children, for the protected desk alone.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]. The reading is an entry before anything is shown.
    pub async fn protected_disputes(&self, who: &SignedIn) -> Result<Vec<DisputeLine>, FamilyError> {
        self.disputes_at(who, Desk::Protected).await
    }

    async fn disputes_at(&self, who: &SignedIn, desk: Desk) -> Result<Vec<DisputeLine>, FamilyError> {
        let Some(home) = home_of(who).filter(|home| works_at(who, home, desk)) else {
            return self.not_done(who, "not_permitted", FamilyError::Forbidden).await;
        };
        let found: Vec<Matter<DisputeContent>> =
            self.matters_of(&Place::Desk(&home, desk), MatterKind::Dispute).await?;
        self.record(looked(who, "disputes", None)).await?;
        let children: Vec<Uuid> = found.iter().map(|matter| matter.content.child).collect();
        let barred = self.barred_among(who, &children).await?;
        let theirs = found.iter().filter(|matter| !barred.contains(&matter.content.child));
        Ok(theirs.map(|matter| self.dispute_line(matter)).collect())
    }

    /// One dispute.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]. The reading is an entry before anything is shown.
    pub async fn dispute(&self, who: &SignedIn, id: Uuid) -> Result<DisputeView, FamilyError> {
        let (matter, open) = self.dispute_of_desk(who, id).await?;
        let content = &matter.content;
        let sources = self.sources().await?;
        let asked: Vec<&SourceRow> =
            content.asked.iter().filter_map(|asked| sources.get(&asked.source)).collect();
        let named = |one: &Asked| SourceLine {
            source: sources.get(&one.source).map(|source| told_apart(source, &asked)).unwrap_or_default(),
            answer: one.answer,
        };
        let steps = self.story(&content.story).await?;
        self.record(looked(who, "dispute", Some(id)).concerning([content.child])).await?;
        let mut line = self.dispute_line(&matter);
        line.to_ask &= open.is_some();
        Ok(DisputeView {
            may_ask: line.to_ask && content.story.begun_by() != Some(who.account),
            protected: content.protected,
            line,
            child: open.map(|open| open.profile.number),
            proposed: content.proposed.clone(),
            provider_said: content.provider_said.clone(),
            sources: content.asked.iter().map(named).collect(),
            answers: content.answers(),
            steps,
        })
    }

    /// Closes a dispute with what the family is answered.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]; a refusal is in the trail too.
    pub async fn close_dispute(
        &self,
        who: &SignedIn,
        id: Uuid,
        outcome: SourceAnswer,
    ) -> Result<(), FamilyError> {
        let (mut matter, _) = self.dispute_of_desk(who, id).await?;
        if matter.row.state != MatterState::Open {
            return Err(FamilyRule::Moment.into());
        }
        if !matter.content.answers().contains(&outcome) {
            return self.not_done(who, "not_told", FamilyRule::NotTold.into()).await;
        }
        matter.content.outcome = Some(outcome);
        matter.content.story.note(
            FamilyStepKind::Closed,
            Some(who.account),
            self.world.now().as_microsecond(),
        );
        self.closed(&mut matter);
        let child = matter.content.child;
        let mut tx = self.store.begin().await?;
        self.keep_matter(&mut tx, &matter).await?;
        month_counts::add(&mut tx, &[self.answered_once(who, ANSWERED[1])]).await?;
        self.commit_with(tx, vec![changed(who, "dispute_closed", Some(id), Some(child))]).await?;
        Ok(())
    }

    /// The disputed items of a child and of whatever was joined to it.
    pub(crate) async fn disputed_of_group(
        &self,
        child: Uuid,
        open: Option<&OpenChild>,
    ) -> Result<Vec<DisputedItem>, ServiceError> {
        let mut items = self.disputed_items(child).await?;
        for joined in open.into_iter().flat_map(|open| &open.profile.joined) {
            items.extend(self.disputed_items(joined.child).await?);
        }
        Ok(items)
    }

    /// The items of a child that are disputed and not settled, for its management.
    pub(crate) async fn disputed_items(&self, child: Uuid) -> Result<Vec<DisputedItem>, ServiceError> {
        let key = self.family_child(child);
        let mut conn = self.store.reader().await?;
        let found =
            rows::about_child(&mut conn, key, MatterKind::Dispute, MatterState::Open, OF_A_CHILD).await?;
        drop(conn);
        let opened: Vec<Matter<DisputeContent>> = self.open_matters(found).await?;
        Ok(opened.into_iter().map(|matter| matter.content.item).collect())
    }

    fn dispute_line(&self, matter: &Matter<DisputeContent>) -> DisputeLine {
        let content = &matter.content;
        let deadline = self.policy.families.deadline(content.received);
        DisputeLine {
            id: matter.row.matter_id,
            reference: reference_of(matter.row.matter_id),
            item: content.item,
            raiser: content.raiser,
            received: content.received,
            deadline,
            to_ask: matter.row.state == MatterState::Open && content.waits_to_be_asked(),
            asked: content.asked.len(),
            answered: content.asked.iter().filter(|asked| asked.answer.is_some()).count(),
            outcome: content.outcome,
            overdue: matter.row.state == MatterState::Open && deadline < self.today(),
        }
    }

    /// A dispute that this person works on, as with a request.
    pub(super) async fn dispute_of_desk(
        &self,
        who: &SignedIn,
        id: Uuid,
    ) -> Result<(Matter<DisputeContent>, Option<OpenChild>), FamilyError> {
        self.answers_families(who).await?;
        let Some(mut matter) = self.matter::<DisputeContent>(MatterKind::Dispute, id).await? else {
            return self.not_done(who, "not_within_reach", FamilyError::NotFound).await;
        };
        let open = self.open_family_child(matter.content.child).await?;
        let moves = open.as_ref().is_some_and(|open| self.place_anew(&mut matter.content, open));
        let bars = self.is_barred_from(who, matter.content.child).await?;
        if bars || !works_at(who, &matter.content.authority, desk_of(matter.content.protected)) {
            if moves {
                self.goes(&matter).await?;
            }
            return self.not_done(who, "not_within_reach", FamilyError::NotFound).await;
        }
        Ok((matter, open))
    }
}

impl DisputeContent {
    /// What whoever said so may be told. A provider is told of its own word.
    fn answers(&self) -> &'static [SourceAnswer] {
        match self.provider_said {
            Some(_) => SourceAnswer::ALL,
            None => SourceAnswer::told_of(self.raiser, self.item, self.protected),
        }
    }
}

/// A dispute about a child of which nothing is said yet.
pub(super) fn empty_dispute(open: &OpenChild, home: &str) -> DisputeContent {
    DisputeContent {
        child: open.row.child_id,
        raiser: DisputeRaiser::Practitioner,
        item: DisputedItem::Name,
        proposed: None,
        authority: Directory::answering_authority(open, home),
        protected: open.profile.is_protected(),
        received: Date::MIN,
        raised_at: None,
        asked: Vec::new(),
        asked_on: None,
        provider_said: None,
        outcome: None,
        story: Story::default(),
    }
}

/// What a source is called beside the others that were asked.
fn told_apart(source: &SourceRow, asked: &[&SourceRow]) -> String {
    let words = source_words(source);
    match asked.iter().filter(|other| source_words(other) == words).count() {
        0 | 1 => words.to_owned(),
        _ => format!("{words} ({})", source.name),
    }
}
