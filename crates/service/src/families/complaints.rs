//! A complaint (rules 12.3, 12.13, 14.1): taken in, answered, counted. It says what it is about by a code and holds no child.
//! Whoever it is about neither sees it nor answers it. It stands where the request stands of whose answer it complains: about a
//! protected child that is the protected desk's list, and no ordinary one names the request (law 3). One about a member of staff is
//! answered by two people, and so is one of which nobody can say whose work it is about: it names no request, or one that is no
//! longer kept.

use audit::{Action, ChangeDetail, Detail};
use directory::access::{HeldRole, Permission};
use directory::families::{ComplaintOutcome, ComplaintSubject, FamilyRule};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::family_matters::{MatterKind, MatterRow, MatterState};
use store::month_counts;
use uuid::Uuid;

use super::answering::ANSWERED;
use super::matters::{Matter, Place, Placed};
use super::placing::{OfAChild, PLACED};
use super::requests::{FamilyStep, FamilyStepKind, RequestContent, Story, desk_of};
use super::{Desk, FamilyError, changed, home_of, looked, reference_of, works_at};
use crate::audit_reading::AccountLabel;
use crate::proposers::ProposerMayNot;
use crate::session::SignedIn;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// A complaint as it is taken in.
#[derive(Debug, Clone)]
pub struct ComplaintIntake {
    /// What it is about.
    pub subject: ComplaintSubject,
    /// The username of the member of staff it is about, where it is about one.
    pub about: Option<String>,
    /// The number of the request whose answer it is about, where it is about one of this desk's.
    pub request: Option<String>,
    /// The day on which it was received.
    pub received: Date,
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComplaintLine {
    /// The complaint.
    pub id: Uuid,
    /// The number under which the family knows it.
    pub reference: String,
    /// What it is about.
    pub subject: ComplaintSubject,
    /// When it was received.
    pub received: Date,
    /// By when it is to be answered.
    pub deadline: Date,
    /// What came of it.
    pub outcome: Option<ComplaintOutcome>,
    /// Whether an outcome waits for a second person.
    pub waits: bool,
    /// Whether its day has passed without an answer.
    pub overdue: bool,
}

/// A complaint, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComplaintView {
    /// Its line.
    pub line: ComplaintLine,
    /// The member of staff it is about.
    pub about: Option<AccountLabel>,
    /// The number of the request whose answer it is about.
    pub request: Option<String>,
    /// The outcome that waits for a second person.
    pub proposed: Option<ComplaintOutcome>,
    /// Whether it is closed only when two people give the same answer.
    pub by_two: bool,
    /// Whether this person may answer it now.
    pub may_answer: bool,
    /// What was done, in order.
    pub steps: Vec<FamilyStep>,
}

/// What the row of a complaint holds, sealed.
#[derive(Clone, Serialize, Deserialize)]
struct ComplaintContent {
    subject: ComplaintSubject,
    about: Option<Uuid>,
    /// The request whose answer it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<Uuid>,
    authority: String,
    /// Whether that request is the protected desk's: so is this, then and ever after.
    #[serde(default)]
    protected: bool,
    received: Date,
    proposed: Option<(ComplaintOutcome, Uuid)>,
    outcome: Option<ComplaintOutcome>,
    story: Story,
}

impl ComplaintContent {
    const fn desk(&self) -> Desk {
        desk_of(self.protected)
    }

    /// Whether it takes two people. `answered` is the request it is about, while that is kept: without it nobody knows whose
    /// work is complained of, and one person could be answering for themselves.
    fn takes_two(&self, answered: Option<&Matter<RequestContent>>) -> bool {
        self.subject == ComplaintSubject::Staff || self.about.is_some() || answered.is_none()
    }
}

impl Placed for ComplaintContent {
    fn place(&self) -> Place<'_> {
        Place::Desk(&self.authority, self.desk())
    }
}

impl Directory {
    /// Takes a complaint in, for the authority at which this person answers families.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]; a refusal is in the trail too.
    pub async fn take_in_complaint(
        &self,
        who: &SignedIn,
        intake: ComplaintIntake,
    ) -> Result<String, FamilyError> {
        let home = self.answers_families(who).await?;
        let received = self.received_on(intake.received)?;
        let about = match &intake.about {
            None => None,
            Some(username) => match self.account_named(username).await? {
                Some(account) => Some(account.row.account_id),
                None => return self.not_done(who, "no_such_account", FamilyError::NoSuchAccount).await,
            },
        };
        if about == Some(who.account) {
            return self.not_done(who, "about_oneself", FamilyRule::AboutOneself.into()).await;
        }
        let (request, protected) = match &intake.request {
            None => (None, false),
            Some(reference) => match self.request_known_as(who, &home, reference).await? {
                Some((id, desk)) => (Some(id), desk == Desk::Protected),
                None => return self.not_done(who, "no_such_request", FamilyError::NoSuchRequest).await,
            },
        };
        let mut content = ComplaintContent {
            subject: intake.subject,
            about,
            request,
            authority: home,
            protected,
            received,
            proposed: None,
            outcome: None,
            story: Story::default(),
        };
        content.story.note(FamilyStepKind::TakenIn, Some(who.account), self.world.now().as_microsecond());
        let due = self.policy.families.deadline(received);
        let matter = self.new_matter(MatterKind::Complaint, None, due, content).await?;
        let id = matter.row.matter_id;
        let mut tx = self.store.begin().await?;
        self.put_matter(&mut tx, &matter).await?;
        self.commit_with(tx, vec![changed(who, "complaint_taken_in", Some(id), None)]).await?;
        Ok(reference_of(id))
    }

    /// The complaints of this person's authority, those due first first, without those about themselves.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]. The reading is an entry before anything is shown.
    pub async fn complaints(&self, who: &SignedIn) -> Result<Vec<ComplaintLine>, FamilyError> {
        self.complaints_at(who, Desk::Families).await
    }

    /// Those about the answer to a request that stands at the protected desk, for that desk alone.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]. The reading is an entry before anything is shown.
    pub async fn protected_complaints(&self, who: &SignedIn) -> Result<Vec<ComplaintLine>, FamilyError> {
        self.complaints_at(who, Desk::Protected).await
    }

    async fn complaints_at(&self, who: &SignedIn, desk: Desk) -> Result<Vec<ComplaintLine>, FamilyError> {
        let Some(home) = home_of(who).filter(|home| works_at(who, home, desk)) else {
            return self.not_done(who, "not_permitted", FamilyError::Forbidden).await;
        };
        let found: Vec<Matter<ComplaintContent>> =
            self.matters_of(&Place::Desk(&home, desk), MatterKind::Complaint).await?;
        self.record(looked(who, "complaints", None)).await?;
        let mut lines = Vec::new();
        for matter in found.iter().filter(|matter| matter.content.about != Some(who.account)) {
            if !self.complains_of_a_barred_child(who, &matter.content).await? {
                lines.push(self.complaint_line(matter));
            }
        }
        Ok(lines)
    }

    /// Whether it is about a request whose child's shield bars this person: of that there is nothing on their lists.
    async fn complains_of_a_barred_child(
        &self,
        who: &SignedIn,
        content: &ComplaintContent,
    ) -> Result<bool, ServiceError> {
        match self.request_answered(content.request.filter(|_| content.protected)).await? {
            Some(request) => self.is_barred_from(who, request.content.child()).await,
            None => Ok(false),
        }
    }

    /// A complaint goes to the protected desk with the request that it is about. Whether it did.
    async fn goes_with_its_request(&self, content: &mut ComplaintContent) -> Result<bool, FamilyError> {
        if content.protected {
            return Ok(false);
        }
        let Some(request) = self.request_answered(content.request).await? else { return Ok(false) };
        let child = self.open_family_child(request.content.child()).await?;
        let protected = child.is_some_and(|child| child.profile.is_protected());
        content.protected = protected || request.content.stands_at().1;
        Ok(content.protected)
    }

    /// The same, once a day.
    pub(super) async fn follow_complaint(&self, row: MatterRow) -> Result<(), FamilyError> {
        let opened = self.open_matters::<ComplaintContent>(vec![row]).await?.pop();
        let Some(mut matter) = opened else { return Ok(()) };
        if !self.goes_with_its_request(&mut matter.content).await? {
            return Ok(());
        }
        let mut tx = self.store.begin().await?;
        self.keep_matter(&mut tx, &matter).await?;
        let subject = Some(matter.row.matter_id);
        let detail = ChangeDetail { change: PLACED.to_owned(), subject, ..ChangeDetail::default() };
        self.commit_with(tx, vec![Event::new(Action::FamilyMatterChanged, Detail::Change(detail))]).await?;
        Ok(())
    }

    /// One complaint.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]. The reading is an entry before anything is shown.
    pub async fn complaint(&self, who: &SignedIn, id: Uuid) -> Result<ComplaintView, FamilyError> {
        let matter = self.complaint_of_desk(who, id).await?;
        let content = &matter.content;
        let people: Vec<Uuid> = content.about.into_iter().collect();
        let mut conn = self.store.reader().await?;
        let about = self.labels_of(&mut conn, &people).await?.into_values().next();
        drop(conn);
        let steps = self.story(&content.story).await?;
        self.record(looked(who, "complaint", Some(id))).await?;
        let answered = self.request_answered(content.request).await?;
        let own =
            content.proposed.is_some_and(|(_, by)| by == who.account) || is_work_of(who, answered.as_ref());
        Ok(ComplaintView {
            request: content.request.map(reference_of),
            line: self.complaint_line(&matter),
            about,
            proposed: content.proposed.map(|(outcome, _)| outcome),
            by_two: content.takes_two(answered.as_ref()),
            may_answer: matter.row.state == MatterState::Open && !own,
            steps,
        })
    }

    /// Answers a complaint. One about a member of staff, and one of which nobody can say whose work it is about, is closed once a
    /// second person gives the same answer; another answer waits for a second person in its turn.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]; a refusal is in the trail too. [`FamilyError::ProposerMayNot`] where the first person could not give
    /// that answer now: then theirs is void, and somebody proposes anew.
    pub async fn answer_complaint(
        &self,
        who: &SignedIn,
        id: Uuid,
        outcome: ComplaintOutcome,
    ) -> Result<(), FamilyError> {
        let mut matter = self.complaint_of_desk(who, id).await?;
        if matter.row.state != MatterState::Open {
            return Err(FamilyRule::Moment.into());
        }
        let answered = self.request_answered(matter.content.request).await?;
        if is_work_of(who, answered.as_ref()) {
            return self.not_done(who, "ones_own_answer", FamilyRule::OwnAnswer.into()).await;
        }
        let content = &mut matter.content;
        let by_two = content.takes_two(answered.as_ref());
        if content.proposed.is_some_and(|(_, by)| by == who.account) {
            return self.not_done(who, "ones_own_work", FamilyRule::OnePerson.into()).await;
        }
        let agrees = content.proposed.filter(|(proposed, _)| by_two && *proposed == outcome);
        let at = self.world.now().as_microsecond();
        if let Some((_, first)) = agrees
            && !Box::pin(self.first_still_may(who, first, content, answered.as_ref())).await?
        {
            content.proposed = None;
            content.story.note(FamilyStepKind::ProposalVoid, Some(who.account), at);
            self.keep_complaint(who, &matter, "complaint_proposal_void").await?;
            return Err(ProposerMayNot.into());
        }
        let closes = !by_two || agrees.is_some();
        let what = if closes { "complaint_closed" } else { "complaint_answer_proposed" };
        if closes {
            content.outcome = Some(outcome);
            content.story.note(FamilyStepKind::Closed, Some(who.account), at);
            self.closed(&mut matter);
        } else {
            content.proposed = Some((outcome, who.account));
            content.story.note(FamilyStepKind::Proposed, Some(who.account), at);
        }
        let mut tx = self.store.begin().await?;
        self.keep_matter(&mut tx, &matter).await?;
        if closes {
            month_counts::add(&mut tx, &[self.answered_once(who, ANSWERED[2])]).await?;
        }
        self.commit_with(tx, vec![changed(who, what, Some(id), None)]).await?;
        Ok(())
    }

    /// Whether who proposed an outcome could propose it now: they are let in, answer families at the desk where the complaint
    /// stands, and had no part in what is complained of; and no shield bars them from the child.
    async fn first_still_may(
        &self,
        who: &SignedIn,
        first: Uuid,
        content: &ComplaintContent,
        answered: Option<&Matter<RequestContent>>,
    ) -> Result<bool, ServiceError> {
        if content.about == Some(first)
            || answered.is_some_and(|request| request.content.was_answered_by(first))
        {
            return Ok(false);
        }
        let here = |held: &HeldRole| {
            held.at.kind == "authority" && held.at.authority.as_ref() == Some(&content.authority)
        };
        let Some(desk) = who.desk(Permission::AnswerFamilies, here) else { return Ok(false) };
        let child = answered.filter(|_| content.protected).map(|request| request.content.child());
        let asked: &[Permission] = match content.desk() {
            Desk::Families => &[Permission::AnswerFamilies],
            Desk::Protected => &[Permission::AnswerFamilies, Permission::DecideShield],
        };
        for permission in asked {
            if !self.proposer_still_may(first, (*permission, desk), child.as_slice()).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Writes what became of a complaint, with its entry.
    async fn keep_complaint(
        &self,
        who: &SignedIn,
        matter: &Matter<ComplaintContent>,
        what: &str,
    ) -> Result<(), FamilyError> {
        let mut tx = self.store.begin().await?;
        self.keep_matter(&mut tx, matter).await?;
        self.commit_with(tx, vec![changed(who, what, Some(matter.row.matter_id), None)]).await?;
        Ok(())
    }

    /// The request of that number on the lists of this person, and on whose list it stands.
    async fn request_known_as(
        &self,
        who: &SignedIn,
        home: &str,
        reference: &str,
    ) -> Result<Option<(Uuid, Desk)>, ServiceError> {
        let reference = reference.trim().to_uppercase();
        for desk in [Desk::Families, Desk::Protected].into_iter().filter(|desk| works_at(who, home, *desk)) {
            let listed: Vec<Matter<RequestContent>> =
                self.matters_of(&Place::Desk(home, desk), MatterKind::SubjectRequest).await?;
            let mut ids = listed.iter().map(|matter| matter.row.matter_id);
            if let Some(id) = ids.find(|id| reference_of(*id) == reference) {
                return Ok(Some((id, desk)));
            }
        }
        Ok(None)
    }

    /// The request whose answer is complained of, while it is kept.
    async fn request_answered(
        &self,
        request: Option<Uuid>,
    ) -> Result<Option<Matter<RequestContent>>, ServiceError> {
        match request {
            Some(id) => self.matter(MatterKind::SubjectRequest, id).await,
            None => Ok(None),
        }
    }

    async fn complaint_of_desk(
        &self,
        who: &SignedIn,
        id: Uuid,
    ) -> Result<Matter<ComplaintContent>, FamilyError> {
        self.answers_families(who).await?;
        let mut matter = self.matter::<ComplaintContent>(MatterKind::Complaint, id).await?;
        if let Some(matter) = &mut matter {
            self.goes_with_its_request(&mut matter.content).await?;
        }
        let theirs = |matter: &Matter<ComplaintContent>| {
            works_at(who, &matter.content.authority, matter.content.desk())
                && matter.content.about != Some(who.account)
        };
        match matter.filter(theirs) {
            Some(matter) if !self.complains_of_a_barred_child(who, &matter.content).await? => Ok(matter),
            _ => self.not_done(who, "not_within_reach", FamilyError::NotFound).await,
        }
    }

    fn complaint_line(&self, matter: &Matter<ComplaintContent>) -> ComplaintLine {
        let content = &matter.content;
        let deadline = self.policy.families.deadline(content.received);
        ComplaintLine {
            id: matter.row.matter_id,
            reference: reference_of(matter.row.matter_id),
            subject: content.subject,
            received: content.received,
            deadline,
            outcome: content.outcome,
            waits: content.proposed.is_some() && content.outcome.is_none(),
            overdue: matter.row.state == MatterState::Open && deadline < self.today(),
        }
    }
}

/// Whether this person prepared, released or refused the answer that is complained of.
fn is_work_of(who: &SignedIn, answered: Option<&Matter<RequestContent>>) -> bool {
    answered.is_some_and(|request| request.content.was_answered_by(who.account))
}
