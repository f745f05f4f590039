//! The first person: to which identity each record belongs.

use directory::ChildNumber;
use directory::access::{DangerousAct, HeldRole, Permission};
use rand::RngExt as _;
use store::pending_acts::{self, ActRow, ActState};
use uuid::Uuid;

use super::{ACT_BLOCK, Content, SEAL, SealError, SealRequest, seal_event};
use crate::Directory;
use crate::retention::authority_of;
use crate::session::SignedIn;

impl Directory {
    /// Proposes that two identities are kept apart. Every record that is linked to the children concerned must be named, in
    /// the version it has now.
    ///
    /// # Errors
    ///
    /// [`SealError`]; a refusal is in the trail too.
    pub async fn propose_seal(&self, who: &SignedIn, request: &SealRequest) -> Result<Uuid, SealError> {
        self.may_seal(who, Permission::ProposeSeal).await?;
        self.freshly_proved(who, DangerousAct::ProposeSeal)?;
        let gathered = match self.gather(&request.records).await {
            Err(error @ SealError::Service(_)) => return Err(error),
            Err(error) => return self.no_seal(who, "records", error).await,
            // As records that are nobody's.
            Ok(gathered) if !Self::may_seal_records(who, Permission::ProposeSeal, &gathered.children) => {
                return self.no_seal(who, "records", SealError::Sides).await;
            }
            Ok(gathered) => gathered,
        };
        let theirs = |held: &HeldRole| {
            let code = held.at.authority.as_deref();
            gathered.children.iter().any(|open| code == Some(authority_of(open)))
        };
        let desk = who.desk(Permission::ProposeSeal, theirs);
        let desk =
            desk.or_else(|| who.desk(Permission::ProposeSeal, |_| true)).unwrap_or(who.organisation_id);
        let mut rng = self.world.chance.generator();
        let act_id = vault::uuid_v4(rng.random());
        let content = Content {
            kind: request.kind,
            by: who.account,
            at: self.world.now().as_microsecond(),
            becomes: Some((vault::uuid_v4(rng.random()), ChildNumber::from_random(rng.random()))),
            records: gathered.proposed,
        };
        let row = ActRow {
            act_id,
            kind: SEAL.to_owned(),
            organisation_id: desk,
            proposed_by: None,
            subject_id: None,
            state: ActState::Open,
            // A day: a finer time would single a child out (decision 5).
            opened_at: self.day(),
            expires_at: i64::MAX,
            decided_by: None,
            decided_at: None,
            token_key: None,
            version: 1,
            sealed: self.seal_act(act_id, &content, ACT_BLOCK).await?,
        };
        let mut tx = self.store.begin().await?;
        pending_acts::insert(&mut tx, &row).await?;
        self.commit_with(tx, vec![seal_event(who, "seal_proposed")]).await?;
        Ok(act_id)
    }
}
