//! Handing in a request for a shield: whoever works with the child may, for whoever asked them (rule 2.12).

use std::collections::BTreeSet;

use directory::access::Permission;
use directory::shield::{Asked, Barred, ShieldGrounds};
use rand::RngExt as _;
use store::organisations;
use store::pending_acts::{self, ActRow, ActState};
use uuid::Uuid;

use super::{Content, SHIELD, ShieldError, ShieldRequest, ShieldStepKind, shield_event};
use crate::records::OpenChild;
use crate::session::SignedIn;
use crate::shielding::TRIES;
use crate::{Directory, ServiceError};

impl Directory {
    /// Hands in a request. It is decided by two people of the desk of this person's authority or partner, or of another that can
    /// ([`Directory::desk_of_request`]); several requests about one child stand beside each other.
    ///
    /// # Errors
    ///
    /// [`ShieldError`]; a refusal is in the trail too.
    pub async fn request_shield(&self, who: &SignedIn, request: ShieldRequest) -> Result<(), ShieldError> {
        if !who.may(Permission::RequestShield) {
            return self.no_shield(who, "not_permitted", ShieldError::Forbidden).await;
        }
        let asked = match request.asked() {
            Ok(asked) => asked,
            Err(lacks) => return self.no_shield(who, "not_shown", lacks.into()).await,
        };
        let Some(mut open) = self.child_for(who, &request.number).await? else {
            return self.no_shield(who, "no_such_child", ShieldError::NoSuchChild).await;
        };
        let barred = match self.to_be_barred(&request).await {
            Err(error @ (ShieldError::NobodyToBar { .. } | ShieldError::TooManyBarred(_))) => {
                return self.no_shield(who, "nobody_to_bar", error).await;
            }
            barred => barred?,
        };
        let grounds = ShieldGrounds { barred, ..request.grounds };
        for _ in 0..TRIES {
            let child = open.row.child_id;
            let row = match self.request_of(who, &open, (&grounds, asked)).await {
                Err(error @ ShieldError::NobodyDecides) => {
                    return self.no_shield(who, "nobody_decides", error).await;
                }
                row => row?,
            };
            let mut tx = self.store.begin().await?;
            // Locked: a child that is sealed, joined or taken out of the service at this moment would lose its request.
            if self.stands(&mut tx, &open).await? {
                pending_acts::insert(&mut tx, &row).await?;
                self.commit_with(tx, vec![shield_event(who, "shield_requested", Some(child), [])]).await?;
                return Ok(());
            }
            tx.rollback().await?;
            open = match self.child_for(who, &request.number).await? {
                Some(open) => open,
                None => return self.no_shield(who, "no_such_child", ShieldError::NoSuchChild).await,
            };
        }
        Err(ShieldError::Changed)
    }

    async fn request_of(
        &self,
        who: &SignedIn,
        open: &OpenChild,
        (grounds, asked): (&ShieldGrounds, Asked),
    ) -> Result<ActRow, ShieldError> {
        let desk = self.desk_of_request(who.organisation_id, open, &grounds.barred).await?;
        let desk = desk.ok_or(ShieldError::NobodyDecides)?;
        let at = self.world.now().as_microsecond();
        let mut content = Content {
            child: open.row.child_id,
            grounds: grounds.clone(),
            requester: who.account,
            asked: Some(asked),
            requested_at: at,
            proposal: None,
            shield: None,
            steps: Vec::new(),
            looked_around: None,
        };
        content.note(ShieldStepKind::Requested, who.account, None, at);
        Ok(self.new_act(desk, ActState::Open, i64::MAX, &content).await?)
    }

    /// A row that says in the clear only that there is a request, where, since which day and until when.
    pub(super) async fn new_act(
        &self,
        organisation_id: Uuid,
        state: ActState,
        expires_at: i64,
        content: &Content,
    ) -> Result<ActRow, ServiceError> {
        let act_id = vault::uuid_v4(self.world.chance.generator().random());
        self.act_known_as(act_id, organisation_id, (state, expires_at), content).await
    }

    /// The same, under an id that was drawn before.
    pub(super) async fn act_known_as(
        &self,
        act_id: Uuid,
        organisation_id: Uuid,
        (state, expires_at): (ActState, i64),
        content: &Content,
    ) -> Result<ActRow, ServiceError> {
        Ok(ActRow {
            act_id,
            kind: SHIELD.to_owned(),
            organisation_id,
            proposed_by: None,
            subject_id: None,
            state,
            opened_at: self.day(),
            expires_at,
            decided_by: None,
            decided_at: None,
            token_key: None,
            version: 1,
            sealed: self.sealed_act(act_id, content).await?,
        })
    }

    async fn to_be_barred(&self, request: &ShieldRequest) -> Result<Barred, ShieldError> {
        let nobody = |name: &str| ShieldError::NobodyToBar { name: name.to_owned() };
        let mut accounts = BTreeSet::new();
        for username in &request.bar_accounts {
            let account = self.account_named(username).await?.ok_or_else(|| nobody(username))?;
            accounts.insert(account.row.account_id);
        }
        let mut barred = BTreeSet::new();
        for name in &request.bar_organisations {
            let found = organisations::by_name(&mut self.store.reader().await?, name).await?;
            barred.insert(found.ok_or_else(|| nobody(name))?.organisation_id);
        }
        Ok(Barred::new(accounts, barred)?)
    }
}
