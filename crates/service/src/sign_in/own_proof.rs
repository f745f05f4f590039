//! A proof that serves one act only ([`DangerousAct::takes_a_proof_of_its_own`]): the session notes which act, about what,
//! the person was asked to prove themselves for; a proof given after that counts for it, and is used up with it. The note
//! stands in the session's sealed row, so that any server can go on with what another asked.

use directory::access::DangerousAct;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Tx, sessions};
use uuid::Uuid;

use super::StepUpFirst;
use crate::session::{SessionContent, SignedIn, instant};
use crate::{Directory, ServiceError};

/// The act a person was asked to prove themselves for.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AskedFor {
    act: DangerousAct,
    /// The child, or the act of two people, that it is about.
    about: Uuid,
    /// Microseconds UTC.
    at: i64,
}

/// That a proof was given for exactly this. It is not used up yet.
pub(crate) struct OwnProof {
    asked: AskedFor,
}

/// What kept an act from being done: the person's proof, or the system.
pub(crate) enum NoProof {
    StepUpFirst(StepUpFirst),
    Service(ServiceError),
}

impl Directory {
    /// The proof given for this act, about this. Without one the act is noted, and the person asked.
    pub(crate) async fn proof_of_its_own(
        &self,
        who: &SignedIn,
        act: DangerousAct,
        about: Uuid,
    ) -> Result<OwnProof, NoProof> {
        let content = self.session_content(who).await.map_err(NoProof::Service)?;
        let now = self.world.now();
        match content.asked_for {
            Some(asked)
                if asked.act == act && asked.about == about && self.has_proved(&content, asked, now) =>
            {
                Ok(OwnProof { asked })
            }
            _ => {
                let asked = AskedFor { act, about, at: now.as_microsecond() };
                self.note(who, Some(asked)).await.map_err(NoProof::Service)?;
                Err(NoProof::StepUpFirst(StepUpFirst(act)))
            }
        }
    }

    /// Uses the proof up, with whatever else it changes of the session. False when it was used meanwhile, or is not fresh
    /// any more: nothing was changed.
    pub(crate) async fn use_proof_up(
        &self,
        tx: &mut Tx,
        who: &SignedIn,
        proof: &OwnProof,
        change: impl FnOnce(&mut SessionContent),
    ) -> Result<bool, ServiceError> {
        let Some(row) = sessions::by_token(tx, who.session).await? else { return Ok(false) };
        let mut content = self.open_session(who.session, &row)?;
        let stands = content.asked_for == Some(proof.asked)
            && self.has_proved(&content, proof.asked, self.world.now());
        if !stands {
            return Ok(false);
        }
        content.asked_for = None;
        change(&mut content);
        let sealed = self.seal_session(who.session, &content, &mut self.world.chance.generator())?;
        Ok(sessions::reseal(tx, who.session, &sealed, &row.sealed).await?)
    }

    /// Tells the session what the proof just given was asked for. What was asked for before, and is another act, has to be
    /// asked for again: its proof is not this one.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn proof_was_for(&self, who: &SignedIn, act: DangerousAct) -> Result<(), ServiceError> {
        let content = self.session_content(who).await?;
        match content.asked_for {
            Some(asked) if asked.act != act => self.note(who, None).await,
            _ => Ok(()),
        }
    }

    /// What the person's session holds now.
    pub(crate) async fn session_content(&self, who: &SignedIn) -> Result<SessionContent, ServiceError> {
        let mut conn = self.store.reader().await?;
        let row = sessions::by_token(&mut conn, who.session).await?;
        let row = row.ok_or_else(|| ServiceError::internal("the session ended while it was read"))?;
        self.open_session(who.session, &row)
    }

    async fn note(&self, who: &SignedIn, asked: Option<AskedFor>) -> Result<(), ServiceError> {
        let mut tx = self.store.begin().await?;
        self.change_session(&mut tx, who, |content| content.asked_for = asked).await?;
        Ok(tx.commit().await?)
    }

    /// Whether the session's newest proof was given after this was asked for, and is fresh.
    fn has_proved(&self, content: &SessionContent, asked: AskedFor, now: Timestamp) -> bool {
        let fresh = now < self.policy.session.fresh_until(instant(content.proved_at));
        asked.at < content.proved_at && fresh
    }
}
