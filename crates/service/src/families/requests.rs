//! A request to see what is held: taken in at any authority, listed at the one that answers, and shown there.

use std::collections::{BTreeMap, BTreeSet};

use directory::ChildNumber;
use directory::families::{
    Asker, ChannelCheck, ChannelProof, ExtensionReason, LetterExemption, RequestRefusal, RequestState,
    RequestSteps,
};
use directory::letter::{AccessDepth, LetterTerms};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::family_matters::{MatterKind, MatterState};
use uuid::Uuid;

use super::matters::{Matter, Place, Placed};
use super::{Desk, FamilyError, changed, day_of, home_of, instant, looked, reference_of, start_of, works_at};
use crate::Directory;
use crate::audit_reading::AccountLabel;
use crate::records::OpenChild;
use crate::session::SignedIn;

/// A request as it is taken in.
#[derive(Debug, Clone)]
pub struct RequestIntake {
    /// The child.
    pub number: ChildNumber,
    /// Who asks, and how it was shown.
    pub asker: Asker,
    /// The day on which it was received.
    pub received: Date,
}

/// A line of a list. It names no child and nobody who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLine {
    /// The request.
    pub id: Uuid,
    /// The number under which the family knows it.
    pub reference: String,
    /// When it was received.
    pub received: Date,
    /// By when it is to be answered.
    pub deadline: Date,
    /// Where it stands.
    pub state: RequestState,
    /// Whether its day has passed without an answer.
    pub overdue: bool,
}

/// What was done with a matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FamilyStepKind {
    /// It was taken in.
    TakenIn,
    /// The evidence was checked.
    Verified,
    /// The time was extended.
    Extended,
    /// A code was made, to be sent by the channel.
    CodeMade,
    /// It came back: the channel is verified.
    ChannelVerified,
    /// The answer is to leave by another channel.
    ChannelChanged,
    /// The answer was prepared.
    Prepared,
    /// The second person released it.
    Released,
    /// The second person sent it back.
    SentBack,
    /// What is held had changed, so that it must be prepared anew.
    Outdated,
    /// The letter was taken.
    Taken,
    /// It reached the family.
    Delivered,
    /// What could not be read when it was answered can be read now.
    Reopened,
    /// It was refused.
    Refused,
    /// It was taken back.
    Withdrawn,
    /// The sources that state the item were asked.
    SourcesAsked,
    /// An outcome was proposed.
    Proposed,
    /// What was proposed was void at the moment of the second person: who proposed it could not propose it any more.
    ProposalVoid,
    /// It was closed.
    Closed,
}

impl FamilyStepKind {
    /// Whether who takes this step of a request has a part in its answer: they answer no complaint about it.
    const fn answers(self) -> bool {
        matches!(self, Self::Prepared | Self::Released | Self::SentBack | Self::Extended | Self::Refused)
    }
}

/// One step of its story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FamilyStep {
    /// What was done.
    pub kind: FamilyStepKind,
    /// By whom; none by the service itself, or by an account that can no longer be named.
    pub by: Option<AccountLabel>,
    /// When.
    pub at: Timestamp,
}

/// A request, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestView {
    /// Its line.
    pub line: RequestLine,
    /// The child's number, while the directory holds one, and otherwise that under which it was asked.
    pub child: Option<ChildNumber>,
    /// Who asks.
    pub asker: Asker,
    /// Why the time was extended.
    pub extended: Option<ExtensionReason>,
    /// Why it was refused.
    pub refusal: Option<RequestRefusal>,
    /// How much of the access history the prepared answer tells.
    pub depth: Option<AccessDepth>,
    /// Why what was prepared leaves out more than it must: whoever releases it agrees to it.
    pub exemption: Option<LetterExemption>,
    /// How the channel was verified; none as long as it was not.
    pub channel_check: Option<ChannelCheck>,
    /// The code that is out, while it can be entered: the day on which it is void, and whether this person may enter it.
    pub code_out: Option<(Date, bool)>,
    /// Whether this person may release or send back what was prepared.
    pub may_decide: bool,
    /// What was done, in order.
    pub steps: Vec<FamilyStep>,
}

/// What the row of a request holds, sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct RequestContent {
    /// The child; of a number that is of nobody a random id that is no child's.
    pub(super) child: Uuid,
    /// The number under which it was asked.
    #[serde(default)]
    pub(super) number: Option<ChildNumber>,
    /// Whether nobody could be read under that number when it was taken in: then it stands at the desk that took it in.
    #[serde(default)]
    pub(super) unread: bool,
    pub(super) asker: Asker,
    pub(super) authority: String,
    pub(super) protected: bool,
    pub(super) received: Date,
    /// The day from which the time runs anew, of a request that is to be answered again.
    #[serde(default)]
    pub(super) again: Option<Date>,
    pub(super) steps: RequestSteps,
    pub(super) extended: Option<ExtensionReason>,
    pub(super) refusal: Option<RequestRefusal>,
    pub(super) prepared: Option<Prepared>,
    /// Who prepared, released, sent back, extended or refused it, ever: the story keeps its last steps alone. Of what was stored
    /// before this was, those whom the story told of when it next went on.
    #[serde(default)]
    pub(super) answered_by: BTreeSet<Uuid>,
    /// Who has read what was prepared, and what it was then.
    #[serde(default)]
    pub(super) read: BTreeMap<Uuid, String>,
    /// Of what was taken in before channels were verified here: not verified.
    #[serde(default)]
    pub(super) channel: ChannelProof,
    pub(super) story: Story,
}

impl RequestContent {
    /// How the channel was verified; none as long as it was not.
    pub(super) const fn channel_check(&self) -> Option<ChannelCheck> {
        self.channel.check(self.asker.channel(), self.steps.papers_seen())
    }

    /// Writes a step of its story, and for good who had a part in the answer.
    pub(super) fn note(&mut self, kind: FamilyStepKind, by: Option<Uuid>, at: i64) {
        // Before the oldest step drops out of the story.
        self.answered_by.extend(self.story.answered_by());
        self.story.note(kind, by, at);
        self.answered_by.extend(by.filter(|_| kind.answers()));
    }

    /// Whether somebody prepared, released, sent back, extended or refused an answer to it.
    pub(super) fn was_answered_by(&self, account: Uuid) -> bool {
        self.steps.prepared_by == Some(account)
            || self.answered_by.contains(&account)
            || self.story.answered_by().any(|by| by == account)
    }

    /// The day from which the time for the answer runs.
    pub(super) fn runs_from(&self) -> Date {
        self.again.unwrap_or(self.received)
    }
}

/// What was prepared: enough to make the same letter again, and to see whether it would still be the same.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Prepared {
    pub(super) depth: AccessDepth,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) exemption: Option<LetterExemption>,
    /// Microseconds UTC.
    pub(super) at: i64,
    pub(super) digest: String,
    /// Whether there was no record to make it from.
    #[serde(default)]
    pub(super) unread: bool,
}

impl Prepared {
    /// On what terms.
    pub(super) const fn terms(&self) -> LetterTerms {
        LetterTerms { depth: self.depth, exemption: self.exemption }
    }
}

/// What was done with a matter, the last steps of it.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Story(Vec<(FamilyStepKind, Option<Uuid>, i64)>);

/// How many steps are kept: as many as the sealed part has room for.
const STEPS: usize = 16;

impl Story {
    pub(super) fn note(&mut self, kind: FamilyStepKind, by: Option<Uuid>, at: i64) {
        self.0.push((kind, by, at));
        let over = self.0.len().saturating_sub(STEPS);
        self.0.drain(..over);
    }

    fn answered_by(&self) -> impl Iterator<Item = Uuid> {
        self.0.iter().filter(|(kind, ..)| kind.answers()).filter_map(|(_, by, _)| *by)
    }

    /// Who took the matter in.
    pub(super) fn begun_by(&self) -> Option<Uuid> {
        self.0.iter().find(|(kind, ..)| *kind == FamilyStepKind::TakenIn).and_then(|(_, by, _)| *by)
    }
}

impl Placed for RequestContent {
    fn place(&self) -> Place<'_> {
        Place::Desk(&self.authority, desk_of(self.protected))
    }
}

pub(super) const fn desk_of(protected: bool) -> Desk {
    if protected { Desk::Protected } else { Desk::Families }
}

impl Directory {
    /// Takes a request in. It goes to the authority that answers for the child, which is told to nobody: whoever takes it in
    /// is given its number and nothing else, whatever the child and whether there is one: a request is received for a number
    /// that is of nobody, too, because a record under a legal hold must not be told from it.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]; a refusal is in the trail too.
    pub async fn take_in_request(
        &self,
        who: &SignedIn,
        intake: RequestIntake,
    ) -> Result<String, FamilyError> {
        let home = self.answers_families(who).await?;
        let received = self.received_on(intake.received)?;
        let open = self.child_for(who, &intake.number).await?;
        let child = match &open {
            Some(open) => open.row.child_id,
            None => self.unread_child(who, &intake.number).await?,
        };
        let mut content = RequestContent {
            child,
            number: Some(intake.number),
            unread: open.is_none(),
            asker: intake.asker,
            protected: open.as_ref().is_some_and(|open| open.profile.is_protected()),
            authority: open
                .as_ref()
                .map_or_else(|| home.clone(), |open| Self::answering_authority(open, &home)),
            received,
            again: None,
            steps: RequestSteps::begin(),
            extended: None,
            refusal: None,
            prepared: None,
            answered_by: BTreeSet::new(),
            read: BTreeMap::new(),
            channel: ChannelProof::default(),
            story: Story::default(),
        };
        content.note(FamilyStepKind::TakenIn, Some(who.account), self.world.now().as_microsecond());
        let due = self.policy.families.deadline(received);
        let matter = self.new_matter(MatterKind::SubjectRequest, Some(child), due, content).await?;
        let id = matter.row.matter_id;
        let mut tx = self.store.begin().await?;
        self.put_matter(&mut tx, &matter).await?;
        self.commit_with(tx, vec![changed(who, "request_taken_in", Some(id), Some(child))]).await?;
        Ok(reference_of(id))
    }

    /// The requests that this person's authority answers, those due first first; those about protected children are on
    /// another list.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]. The reading is an entry before anything is shown.
    pub async fn subject_requests(&self, who: &SignedIn) -> Result<Vec<RequestLine>, FamilyError> {
        self.requests_at(who, Desk::Families).await
    }

    /// Those about protected children, for the protected desk alone.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]. The reading is an entry before anything is shown.
    pub async fn protected_subject_requests(&self, who: &SignedIn) -> Result<Vec<RequestLine>, FamilyError> {
        self.requests_at(who, Desk::Protected).await
    }

    async fn requests_at(&self, who: &SignedIn, desk: Desk) -> Result<Vec<RequestLine>, FamilyError> {
        let Some(home) = home_of(who).filter(|home| works_at(who, home, desk)) else {
            return self.not_done(who, "not_permitted", FamilyError::Forbidden).await;
        };
        let found: Vec<Matter<RequestContent>> =
            self.matters_of(&Place::Desk(&home, desk), MatterKind::SubjectRequest).await?;
        self.record(looked(who, "subject_requests", None)).await?;
        let children: Vec<Uuid> = found.iter().map(|matter| matter.content.child).collect();
        let barred = self.barred_among(who, &children).await?;
        let theirs = found.iter().filter(|matter| !barred.contains(&matter.content.child));
        Ok(theirs.map(|matter| self.request_line(matter)).collect())
    }

    /// One request.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]. The reading is an entry before anything is shown.
    pub async fn subject_request(&self, who: &SignedIn, id: Uuid) -> Result<RequestView, FamilyError> {
        let (matter, open) = self.request(who, id).await?;
        let content = &matter.content;
        let steps = self.story(&content.story).await?;
        self.record(looked(who, "subject_request", Some(id)).concerning([content.child])).await?;
        let prepared = content.steps.state == RequestState::Prepared;
        Ok(RequestView {
            line: self.request_line(&matter),
            child: open.map(|open| open.profile.number).or_else(|| content.number.clone()),
            asker: content.asker.clone(),
            extended: content.extended,
            refusal: content.refusal,
            depth: content.prepared.as_ref().map(|prepared| prepared.depth),
            exemption: content.prepared.as_ref().and_then(|prepared| prepared.exemption),
            channel_check: content.channel_check(),
            code_out: content
                .channel
                .waits(self.world.now().as_microsecond())
                .map(|(shown_to, until)| (day_of(until), shown_to != who.account)),
            may_decide: prepared && content.steps.prepared_by != Some(who.account),
            steps,
        })
    }

    pub(super) async fn story(&self, story: &Story) -> Result<Vec<FamilyStep>, FamilyError> {
        let people: Vec<Uuid> = story.0.iter().filter_map(|(_, by, _)| *by).collect();
        let mut conn = self.store.reader().await?;
        let labels = self.labels_of(&mut conn, &people).await?;
        let step = |(kind, by, at): &(FamilyStepKind, Option<Uuid>, i64)| FamilyStep {
            kind: *kind,
            by: by.and_then(|by| labels.get(&by).cloned()),
            at: instant(*at),
        };
        Ok(story.0.iter().map(step).collect())
    }

    fn request_line(&self, matter: &Matter<RequestContent>) -> RequestLine {
        let content = &matter.content;
        let deadline = match content.extended {
            Some(_) => self.policy.families.extended(content.runs_from()),
            None => self.policy.families.deadline(content.runs_from()),
        };
        RequestLine {
            id: matter.row.matter_id,
            reference: reference_of(matter.row.matter_id),
            received: content.received,
            deadline,
            state: content.steps.state,
            overdue: matter.row.state == MatterState::Open && deadline < self.today(),
        }
    }

    /// The child of a number; nobody's for a number never issued, one that is sealed or held, and for whom a shield bars.
    pub(super) async fn child_of_family(
        &self,
        who: &SignedIn,
        number: &ChildNumber,
    ) -> Result<OpenChild, FamilyError> {
        match self.child_for(who, number).await? {
            Some(open) => Ok(open),
            None => self.not_done(who, "no_such_child", FamilyError::NoSuchChild).await,
        }
    }

    /// A request that this person works on, with its child while there is one. One whose child another authority answers for now
    /// is that authority's, and of a child who was protected meanwhile the protected desk's.
    pub(super) async fn request(
        &self,
        who: &SignedIn,
        id: Uuid,
    ) -> Result<(Matter<RequestContent>, Option<OpenChild>), FamilyError> {
        self.answers_families(who).await?;
        let Some(mut matter) = self.matter::<RequestContent>(MatterKind::SubjectRequest, id).await? else {
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

    /// The child of a matter; none once it is destroyed, held, sealed away or under a legal hold.
    pub(super) async fn open_family_child(&self, child: Uuid) -> Result<Option<OpenChild>, FamilyError> {
        let open = self.open_or_survivor(child).await?;
        Ok(open.filter(|open| open.profile.seal != directory::Seal::FormerIdentity && !open.profile.held))
    }

    /// Ends a matter: nothing is to be done any more, and its keys are destroyed when its time is over.
    pub(super) fn closed<T>(&self, matter: &mut Matter<T>) {
        matter.row.state = MatterState::Closed;
        matter.row.due_on = start_of(self.policy.families.kept_until(self.today()));
    }
}

#[cfg(test)]
mod tests {
    use directory::families::{AskerKind, Capacity, DeliveryChannel, IdentityEvidence, IdentityProof};
    use directory::register::Reference;

    use super::*;

    fn begun() -> RequestContent {
        let paper = |kind| (kind, Reference::parse("SAR-26-0417").unwrap());
        let proof = IdentityProof::new(
            paper(IdentityEvidence::Passport),
            (IdentityEvidence::OfficialLetter, Reference::parse("SAR-26-0418").unwrap()),
        );
        let (kind, capacity, channel) =
            (AskerKind::YoungPerson, Capacity::Understands, DeliveryChannel::AtOffice);
        RequestContent {
            child: Uuid::from_u128(7),
            number: None,
            unread: false,
            asker: Asker::new(kind, None, None, proof.unwrap(), capacity, channel).unwrap(),
            authority: "E08000035".to_owned(),
            protected: false,
            received: Date::constant(2026, 3, 2),
            again: None,
            steps: RequestSteps::begin(),
            extended: None,
            refusal: None,
            prepared: None,
            answered_by: BTreeSet::new(),
            read: BTreeMap::new(),
            channel: ChannelProof::default(),
            story: Story::default(),
        }
    }

    #[test]
    fn who_took_one_of_five_steps_answered_the_request_and_nobody_else() {
        use FamilyStepKind as Kind;
        let answers = [Kind::Prepared, Kind::Released, Kind::SentBack, Kind::Extended, Kind::Refused];
        let others =
            [Kind::TakenIn, Kind::Verified, Kind::CodeMade, Kind::Taken, Kind::Delivered, Kind::Withdrawn];
        let [person, clerk] = [1, 2].map(Uuid::from_u128);
        for (kind, is_theirs) in
            answers.map(|kind| (kind, true)).into_iter().chain(others.map(|kind| (kind, false)))
        {
            let mut content = begun();
            content.note(kind, Some(person), 0);
            for at in 1..40 {
                assert_eq!(content.was_answered_by(person), is_theirs, "{kind:?} after {at}");
                content.note(Kind::Taken, Some(clerk), at);
            }
            assert!(!content.was_answered_by(clerk), "{kind:?}");
        }
    }

    #[test]
    fn of_a_request_that_was_stored_before_the_story_is_asked_and_forgets_nobody_from_then_on() {
        let person = Uuid::from_u128(1);
        let mut content = begun();
        content.note(FamilyStepKind::Released, Some(person), 0);
        let mut stored = serde_json::to_value(&content).unwrap();
        stored.as_object_mut().unwrap().remove("answered_by").unwrap();
        let mut content: RequestContent = serde_json::from_value(stored).unwrap();
        assert!(content.answered_by.is_empty() && content.was_answered_by(person));
        for at in 1..40 {
            content.note(FamilyStepKind::Taken, None, at);
        }
        assert!(content.was_answered_by(person));
    }
}
