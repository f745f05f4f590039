//! The letter: prepared by one person, released by another, then taken. It is never stored: it is made again each time from
//! what is held, and leaves only while it still reads as the second person released it.

use std::collections::{BTreeSet, HashMap};

use audit::{Action, Detail, DisclosureDetail};
use directory::access::{DangerousAct, HeldRole, Permission};
use directory::disclosure::SubjectView;
use directory::families::{FamilyRule, RequestState};
use directory::letter::{Letter, LetterTerms, SubjectAnswer};
use directory::vocabulary::Vocabulary;
use directory::{Requester, Sector};
use store::organisations;
use store::sources::SourceRow;
use uuid::Uuid;

use super::history::AT_FAMILY_DESK;
use super::matters::Matter;
use super::requests::{FamilyStepKind, Prepared, RequestContent};
use super::{FamilyError, changed, day_of, reference_of};
use crate::organisations::sector_of;
use crate::proposers::ProposerMayNot;
use crate::records::OpenChild;
use crate::session::{Reasoned, SignedIn};
use crate::trail::Event;
use crate::{Directory, Disclosed, ServiceError};

/// The closed list of columns of children's social care's case systems.
const SOCIAL_CARE: &str = "social-care";

/// What a letter is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FamilyLetter {
    /// The number under which the family knows the request.
    pub reference: String,
    /// What is told.
    pub answer: SubjectAnswer,
}

impl Directory {
    /// Prepares the answer as of now, and shows it: what the second person will look at. May be done again until it is
    /// released. Whether an exemption was chosen is sealed in the matter; the trail's codes are the same without.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]; a refusal is in the trail too.
    pub async fn prepare_letter(
        &self,
        who: &Reasoned,
        id: Uuid,
        terms: impl Into<LetterTerms> + Send,
    ) -> Result<Disclosed<FamilyLetter>, FamilyError> {
        let (person, terms) = (who.who(), terms.into());
        let (mut matter, open) = self.request(person, id).await?;
        if terms.exemption.is_some() && matter.content.asker.requester() == Requester::YoungPerson {
            return Err(FamilyRule::OwnLetter.into());
        }
        matter.content.steps.prepare(person.account)?;
        let at = self.world.now().as_microsecond();
        let answer = self.family_answer(&matter.content, open.as_ref(), terms, at).await?;
        matter.content.prepared = Some(Prepared {
            depth: terms.depth,
            exemption: terms.exemption,
            at,
            digest: self.digest_of(&answer)?,
            unread: open.is_none(),
        });
        matter.content.note(FamilyStepKind::Prepared, Some(person.account), at);
        let child = matter.content.child;
        let mut tx = self.store.begin().await?;
        self.keep_matter(&mut tx, &matter).await?;
        let events =
            vec![changed(person, "letter_prepared", Some(id), Some(child)), shown(person, child, &answer)];
        let receipt = self.commit_with(tx, events).await?;
        let letter = FamilyLetter { reference: reference_of(id), answer };
        Ok(Disclosed::after_audit(letter, *who.reason(), receipt))
    }

    /// Shows the answer that was prepared, to whoever is to release it or send it back.
    ///
    /// # Errors
    ///
    /// [`FamilyError::Outdated`] when what is held has changed since: then the request waits for a new answer.
    pub async fn letter_to_check(
        &self,
        who: &Reasoned,
        id: Uuid,
    ) -> Result<Disclosed<FamilyLetter>, FamilyError> {
        let person = who.who();
        let (matter, open) = self.request(person, id).await?;
        let (mut matter, answer) = self.still_the_same(person, matter, open.as_ref()).await?;
        let read = self.told_by(&matter)?;
        matter.content.read.insert(person.account, read);
        let mut tx = self.store.begin().await?;
        self.keep_matter(&mut tx, &matter).await?;
        let receipt = self.commit_with(tx, vec![shown(person, matter.content.child, &answer)]).await?;
        let letter = FamilyLetter { reference: reference_of(id), answer };
        Ok(Disclosed::after_audit(letter, *who.reason(), receipt))
    }

    /// Releases what another person prepared, or sends it back.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]; a refusal is in the trail too. [`FamilyError::NotRead`] where this person has not read it, or it was
    /// prepared anew, or goes another way, since they did.
    pub async fn decide_letter(&self, who: &SignedIn, id: Uuid, release: bool) -> Result<(), FamilyError> {
        self.answers_families(who).await?;
        self.freshly_proved(who, DangerousAct::ReleaseLetter)?;
        let (mut matter, open) = self.request(who, id).await?;
        if let Err(rule) = matter.content.steps.clone().decide(who.account, release) {
            return match rule {
                FamilyRule::OnePerson => self.not_done(who, "ones_own_work", rule.into()).await,
                rule => Err(rule.into()),
            };
        }
        if release {
            self.channel_is_verified(who, &matter).await?;
            matter = self.still_the_same(who, matter, open.as_ref()).await?.0;
            if matter.content.read.get(&who.account) != Some(&self.told_by(&matter)?) {
                return self.not_done(who, "not_what_was_read", FamilyError::NotRead).await;
            }
            if !Box::pin(self.preparer_still_may(who, &matter.content)).await? {
                return self.not_done(who, "preparer_may_not", ProposerMayNot.into()).await;
            }
        }
        matter.content.steps.decide(who.account, release)?;
        let (kind, what) = if release {
            (FamilyStepKind::Released, "letter_released")
        } else {
            (FamilyStepKind::SentBack, "letter_sent_back")
        };
        self.take_request_step(who, matter, kind, what).await
    }

    /// Whether who prepared an answer could prepare it now.
    async fn preparer_still_may(
        &self,
        who: &SignedIn,
        content: &RequestContent,
    ) -> Result<bool, ServiceError> {
        let here = |held: &HeldRole| held.at.authority.as_ref() == Some(&content.authority);
        let desk = who.desk(Permission::AnswerFamilies, here);
        let (Some(by), Some(desk)) = (content.steps.prepared_by, desk) else { return Ok(false) };
        self.proposer_still_may(by, (Permission::AnswerFamilies, desk), &[content.child]).await
    }

    /// Takes the released letter, to hand it over by the channel that was verified. Each taking is an entry, durable before
    /// the letter is given.
    ///
    /// # Errors
    ///
    /// [`FamilyError::Outdated`] when what is held has changed since it was released.
    pub async fn take_letter(
        &self,
        who: &Reasoned,
        id: Uuid,
    ) -> Result<Disclosed<FamilyLetter>, FamilyError> {
        let person = who.who();
        self.answers_families(person).await?;
        self.freshly_proved(person, DangerousAct::TakeLetter)?;
        let (matter, open) = self.request(person, id).await?;
        if matter.content.steps.state != RequestState::Released {
            return Err(FamilyRule::Moment.into());
        }
        self.channel_is_verified(person, &matter).await?;
        let (mut matter, answer) = self.still_the_same(person, matter, open.as_ref()).await?;
        let at = self.world.now().as_microsecond();
        matter.content.note(FamilyStepKind::Taken, Some(person.account), at);
        let child = matter.content.child;
        let mut tx = self.store.begin().await?;
        self.keep_matter(&mut tx, &matter).await?;
        let events =
            vec![changed(person, "letter_taken", Some(id), Some(child)), shown(person, child, &answer)];
        let receipt = self.commit_with(tx, events).await?;
        let letter = FamilyLetter { reference: reference_of(id), answer };
        Ok(Disclosed::after_audit(letter, *who.reason(), receipt))
    }

    /// The answer as it was prepared, made again. Where it reads otherwise now (an item was corrected, the child was
    /// shielded), it waits to be prepared anew, and nothing is shown.
    async fn still_the_same(
        &self,
        who: &SignedIn,
        mut matter: Matter<RequestContent>,
        open: Option<&OpenChild>,
    ) -> Result<(Matter<RequestContent>, SubjectAnswer), FamilyError> {
        let waits = matches!(matter.content.steps.state, RequestState::Prepared | RequestState::Released);
        let Some(prepared) = matter.content.prepared.clone().filter(|_| waits) else {
            return Err(FamilyRule::Moment.into());
        };
        let answer = self.family_answer(&matter.content, open, prepared.terms(), prepared.at).await?;
        if self.digest_of(&answer)? == prepared.digest {
            return Ok((matter, answer));
        }
        matter.content.steps.outdated()?;
        matter.content.prepared = None;
        self.take_request_step(who, matter, FamilyStepKind::Outdated, "letter_outdated").await?;
        Err(FamilyError::Outdated)
    }

    /// What stands for the answer as somebody read it: how deep it is, of when, and by which channel it goes.
    fn told_by(&self, matter: &Matter<RequestContent>) -> Result<String, ServiceError> {
        let told = (&matter.content.prepared, matter.content.asker.channel());
        Ok(self.letter_digest(&serde_json::to_vec(&told).map_err(ServiceError::internal)?))
    }

    async fn family_answer(
        &self,
        content: &RequestContent,
        open: Option<&OpenChild>,
        terms: LetterTerms,
        at: i64,
    ) -> Result<SubjectAnswer, FamilyError> {
        // Who looked at a record that was joined to this one, or at the one this was joined to, looked at this child (law 8).
        let children = open.map(|open| open.profile.group(open.row.child_id).collect());
        let children: BTreeSet<Uuid> = children.unwrap_or_else(|| BTreeSet::from([content.child]));
        let accesses = self.accesses(&children, at).await?;
        let now = self.world.now();
        let sources = self.sources().await?;
        // Read whether there is an exemption or not: nothing is asked otherwise for it.
        let sectors = self.sectors_of(&sources).await?;
        let record =
            open.filter(|open| open.row.readable_from <= now.as_microsecond()).map(|open| {
                match terms.exemption {
                    None => self.compute_record(open, open.profile.clone(), &sources, Some(now)),
                    Some(exemption) => {
                        let said = self.views_of(open, &open.profile, &sources, Some(now));
                        let sector = |source: &Uuid| sectors.get(source).copied().unwrap_or(Sector::Other);
                        let said = said.into_iter().map(|(source, view)| (sector(&source), view)).collect();
                        self.record_of(open, open.profile.clone(), exemption.leaves(said))
                    }
                }
            });
        Ok(SubjectAnswer::of(record.as_ref(), &content.asker.requester(), &accesses, terms, day_of(at)))
    }

    /// Of what kind of work each source is: as its case system says, or who runs it.
    async fn sectors_of(
        &self,
        sources: &HashMap<Uuid, SourceRow>,
    ) -> Result<HashMap<Uuid, Sector>, ServiceError> {
        let run_by = organisations::all(&mut self.store.reader().await?).await?;
        let run_by: HashMap<Uuid, Sector> =
            run_by.iter().map(|row| (row.organisation_id, sector_of(row))).collect();
        let of = |source: &SourceRow| match source.profile.as_str() {
            SOCIAL_CARE => Sector::SocialCare,
            _ => run_by.get(&source.organisation_id).copied().unwrap_or(Sector::Other),
        };
        Ok(sources.iter().map(|(&id, source)| (id, of(source))).collect())
    }

    fn digest_of(&self, answer: &SubjectAnswer) -> Result<String, ServiceError> {
        // By the shipped words: an operator who words them otherwise changes no fact.
        let letter = Letter::of(answer, "", &Vocabulary::shipped());
        Ok(self.letter_digest(&serde_json::to_vec(&letter).map_err(ServiceError::internal)?))
    }
}

/// That an answer was shown to who answers: a disclosure like any other, found by the child, whose header names what any
/// answer may hold.
fn shown(who: &SignedIn, child: Uuid, answer: &SubjectAnswer) -> Event {
    let fields = if answer.record.is_some() { &SubjectView::FIELDS[..] } else { &[] };
    let detail = DisclosureDetail {
        child: Some(child),
        fields_shown: fields.iter().map(|&field| field.to_owned()).collect(),
        flags: vec![AT_FAMILY_DESK.to_owned()],
        ..DisclosureDetail::default()
    };
    Event::new(Action::RecordViewed, Detail::Disclosure(detail))
        .by(who)
        .about(child)
        .showing(SubjectView::FIELDS)
}
