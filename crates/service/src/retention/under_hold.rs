//! What is said while a legal hold keeps a record's keys is remembered with the hold, because the record cannot be read: a consent
//! that is withdrawn then (rule 3.3), which is carried out before the record can be read again, and what `life_under_hold` hears.

use directory::ChildNumber;
use directory::shield::Barred;
use serde::{Deserialize, Serialize};
use store::pending_acts::{self, ActRow};
use store::{organisations, parted_keys};
use uuid::Uuid;

use super::holding::Content;
use super::life_under_hold::{LifeWord, SaidOfLife};
use super::participation::busy;
use crate::families::ProvidersWord;
use crate::journal::JournalEntry;
use crate::sensitive::{ServiceKey, Taking, Withdrawal};
use crate::session::SignedIn;
use crate::shielding::TRIES;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// A withdrawal as the hold remembers it: which service is a keyed hash.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Remembered {
    service: String,
    on: jiff::civil::Date,
    /// A provider's word about its own service: where the record names no such service, it is put before the desk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) word: Option<ProvidersWord>,
}

impl Remembered {
    fn of(said: &Withdrawal, word: Option<&ProvidersWord>) -> Self {
        Self { service: said.key.as_str().to_owned(), on: said.on, word: word.cloned() }
    }
}

impl From<&Remembered> for Withdrawal {
    fn from(said: &Remembered) -> Self {
        Self { key: ServiceKey::from_form(said.service.clone()), on: said.on }
    }
}

/// What is known of a child that a legal hold keeps unread.
pub(crate) struct KeptUnread {
    /// The authority at which the hold was put on; nothing where it was at the centre.
    pub(crate) authority: Option<String>,
    /// Whom its shields bar.
    pub(crate) barred: Vec<Barred>,
}

/// What is said while a hold keeps a record's keys.
#[derive(Clone, Copy)]
pub(crate) enum Word<'a> {
    /// Consents were withdrawn, and the word of the provider who says so of its own service.
    Withdrawn(&'a [Withdrawal], Option<&'a ProvidersWord>),
    /// Of how long the record is kept.
    OfLife(&'a SaidOfLife),
}

impl Content {
    /// The same, with this word too; nothing where it is known.
    fn hearing(mut self, word: Word<'_>) -> Option<Self> {
        match word {
            Word::Withdrawn(withdrawn, word) => {
                let mut is_new = false;
                for said in withdrawn.iter().map(|one| Remembered::of(one, word)) {
                    let known =
                        self.withdrawn.iter_mut().find(|it| (&it.service, it.on) == (&said.service, said.on));
                    match known {
                        Some(known) if known.word.is_some() || said.word.is_none() => {}
                        Some(known) => (known.word, is_new) = (said.word, true),
                        None => {
                            self.withdrawn.push(said);
                            is_new = true;
                        }
                    }
                }
                is_new.then_some(self)
            }
            Word::OfLife(said) => {
                // The last word counts, so one is known only where it is the last on its matter.
                let last = self.said.iter().rev().find(|known| said.is_on_the_matter_of(known));
                if last == Some(said) {
                    return None;
                }
                self.said.retain(|known| !said.takes_the_place_of(known));
                self.said.push(said.clone());
                Some(self)
            }
        }
    }
}

impl Directory {
    /// The child of a number, while a legal hold keeps its keys.
    pub(crate) async fn child_on_hold(&self, number: &ChildNumber) -> Result<Option<Uuid>, ServiceError> {
        let mut conn = self.store.reader().await?;
        let led = self.led_by(&mut conn, number).await?;
        drop(conn);
        let Some(child) = led.first() else { return Ok(None) };
        // Asked of a stranger too: the time would tell.
        let hold = parted_keys::hold_of(&mut self.store.key_reader().await?, child).await;
        Ok(led.told(hold)?.map(|_| child))
    }

    /// Remembers a word with the hold that keeps this child's keys, in one transaction with the event. False when no hold keeps
    /// them, or it knows it already.
    pub(crate) async fn remember_under_hold(
        &self,
        child: Uuid,
        word: Word<'_>,
        event: impl Fn() -> Event,
        taking: Taking,
    ) -> Result<bool, ServiceError> {
        for _ in 0..TRIES {
            let Some(act) = self.hold_keeping(child).await? else { return Ok(false) };
            let content: Option<Content> = self.open_act(&act).await?;
            let Some(content) = content.and_then(|content| content.hearing(word)) else { return Ok(false) };
            match taking {
                Taking::Dry => return Ok(true),
                Taking::Said => self.journal_word(child, word).await?,
                Taking::Again => {}
            }
            let sealed = self.sealed_hold(&act, &content).await?;
            let mut tx = self.store.begin().await?;
            if !pending_acts::replace(&mut tx, &ActRow { sealed, ..act }).await? {
                tx.rollback().await?;
                continue;
            }
            self.commit_with(tx, vec![event()]).await?;
            return Ok(true);
        }
        Err(busy())
    }

    /// Has a restore from an older backup hear it again. A death is in no journal, of a record under a hold as of any other.
    async fn journal_word(&self, child: Uuid, word: Word<'_>) -> Result<(), ServiceError> {
        match word {
            Word::Withdrawn(withdrawn, _) => self.journal_withdrawals(child, withdrawn).await,
            Word::OfLife(SaidOfLife { what: LifeWord::Leaves { on }, by }) => {
                self.journal(&JournalEntry::ParticipationLeft { child, on: *on, by }).await.map(drop)
            }
            Word::OfLife(SaidOfLife { what: LifeWord::Died { .. }, .. }) => Ok(()),
        }
    }

    /// Whether a shield that was in force when a hold took this child out of the service bars the person from it.
    pub(super) async fn bars_under_hold(&self, who: &SignedIn, child: Uuid) -> Result<bool, ServiceError> {
        let kept = self.kept_unread(child).await?;
        Ok(kept.is_some_and(|kept| kept.barred.iter().any(|barred| who.is_on(barred))))
    }

    /// What is known of a child that a legal hold keeps unread; nothing where none does.
    pub(crate) async fn kept_unread(&self, child: Uuid) -> Result<Option<KeptUnread>, ServiceError> {
        let child = self.joined_to(child).await?.unwrap_or(child);
        let Some(act) = self.hold_keeping(child).await? else { return Ok(None) };
        let Some(content) = self.open_act::<Content>(&act).await? else { return Ok(None) };
        let at = organisations::by_id(&mut self.store.reader().await?, act.organisation_id).await?;
        let authority = at.filter(|at| at.kind == "authority").and_then(|at| at.authority_code);
        Ok(Some(KeptUnread { authority, barred: content.barred }))
    }

    pub(super) async fn hold_keeping(&self, child: Uuid) -> Result<Option<ActRow>, ServiceError> {
        let mut keys = self.store.key_reader().await?;
        let hold = parted_keys::hold_of(&mut keys, child).await?;
        drop(keys);
        let Some(hold) = hold else { return Ok(None) };
        Ok(pending_acts::by_id(&mut self.store.reader().await?, hold).await?)
    }
}
