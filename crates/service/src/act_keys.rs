//! Sealing what people ask and decide about a child: each act under a key of its own, so that it can be destroyed with the child
//! wherever an old copy of its row may lie (law 9). An act that ended with nothing left in it is sealed under the keys of its
//! organisation, as are acts of earlier versions; what it had said goes with its own key, once no restore needs it any more.

use std::collections::HashSet;

use serde::Serialize;
use serde::de::DeserializeOwned;
use store::pending_acts::{self, ActRow, ActState};
use store::{key_store, parted_keys};
use uuid::Uuid;
use vault::{Aad, Bundle};

use crate::records::Wrapped;
use crate::{Directory, ServiceError};

/// Acts that let go of their child when they end, or that nobody reads once they have, and that have a short end from the first: there
/// are many of them in a country.
const ENDING_SOON: [&str; 4] = [
    crate::joining::REQUEST,
    crate::shield_override::TOGETHER,
    crate::mediation::MEDIATION,
    crate::loading::TAKING_OFF,
];

/// Acts that end with nothing left in them when two people decide, or identities are sealed.
const ENDING_WHEN_DECIDED: [&str; 3] =
    [crate::shield_desk::SHIELD, crate::identities::SEAL, crate::sealed_desk::RELEASE];

/// How far back those of the first kind are looked for, days: a service that has not swept for longer leaves some of them.
const LOOKED_BACK_DAYS: i64 = 90;

/// How long what an ended act had said can still be read in an older copy, days: a restore carries out again what was asked
/// about a child whose identities were sealed since.
const KEPT_DAYS: i64 = 21;

type Plain = zeroize::Zeroizing<Vec<u8>>;

/// How many acts are looked at together.
const GROUP: i64 = 500;

/// Microseconds.
const DAY: i64 = 86_400_000_000;

impl Directory {
    /// Seals what an act says under the act's own key, which is made, durably, when it is first needed.
    pub(crate) async fn seal_act(
        &self,
        act: Uuid,
        content: &(impl Serialize + Sync),
        block: usize,
    ) -> Result<Vec<u8>, ServiceError> {
        let bundle = Box::pin(self.own_bundle(act)).await?;
        let plain = serde_json::to_vec(content).map_err(ServiceError::internal)?;
        let mut rng = self.world.chance.generator();
        Ok(vault::seal_padded(key(&bundle)?, Aad::new(act, 0), &plain, block, &mut rng)?)
    }

    /// What an act says; nothing when its key was destroyed.
    pub(crate) async fn open_act<T: DeserializeOwned>(
        &self,
        row: &ActRow,
    ) -> Result<Option<T>, ServiceError> {
        Ok(self.open_acts(vec![row.clone()]).await?.pop().map(|(_, content)| content))
    }

    /// Opens acts, in their order. One whose key was destroyed is not there.
    pub(crate) async fn open_acts<T: DeserializeOwned>(
        &self,
        rows: Vec<ActRow>,
    ) -> Result<Vec<(ActRow, T)>, ServiceError> {
        let (opened, shut) = Box::pin(self.opened_acts(rows)).await?;
        if !shut.is_empty() {
            let destroyed = parted_keys::destroyed(&mut self.store.key_reader().await?, &shut).await?;
            if shut.iter().any(|act| !destroyed.contains(act)) {
                return Err(ServiceError::internal("the key of an act is neither there nor destroyed"));
            }
        }
        Ok(opened)
    }

    /// Opens the acts whose keys there are, in their order, and says which stay shut.
    pub(crate) async fn opened_acts<T: DeserializeOwned>(
        &self,
        rows: Vec<ActRow>,
    ) -> Result<(Vec<(ActRow, T)>, Vec<Uuid>), ServiceError> {
        if rows.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let ids: Vec<Uuid> = rows.iter().map(|row| row.act_id).collect();
        let wrapped = self.wrapped_bundles(&ids).await?;
        let mut opened = Vec::with_capacity(rows.len());
        let mut shut = Vec::new();
        for row in rows {
            match self.plain_of(&row, &wrapped).await? {
                Some(plain) => {
                    opened.push((row, serde_json::from_slice(&plain).map_err(ServiceError::internal)?))
                }
                None => shut.push(row.act_id),
            }
        }
        Ok((opened, shut))
    }

    async fn plain_of(&self, row: &ActRow, wrapped: &Wrapped) -> Result<Option<Plain>, ServiceError> {
        if let Some((generation, bytes)) = wrapped.get(&row.act_id) {
            let bundle = self.keys.unwrap(row.act_id, *generation, bytes)?;
            if let Ok(plain) = vault::open(key(&bundle)?, Aad::new(row.act_id, 0), &row.sealed) {
                return Ok(Some(plain));
            }
        }
        self.plain_of_ended(row).await
    }

    /// What is sealed under the keys of the act's organisation: of an earlier version, or with nothing left in it.
    async fn plain_of_ended(&self, row: &ActRow) -> Result<Option<Plain>, ServiceError> {
        let bundle = self.organisation_bundle(row.organisation_id).await?;
        Ok(vault::open(key(&bundle)?, Aad::new(row.act_id, 0), &row.sealed).ok())
    }

    /// Seals what is left of an act that ended, or let go of its child.
    pub(crate) async fn seal_ended(
        &self,
        row: &ActRow,
        left: &(impl Serialize + Sync),
        block: usize,
    ) -> Result<Vec<u8>, ServiceError> {
        self.seal_padded_at(row.organisation_id, row.act_id, left, block).await
    }

    /// Destroys keys that belong to one row each: what it said is unreadable in every copy.
    pub(crate) async fn destroy_own_keys(&self, owners: &[Uuid]) -> Result<(), ServiceError> {
        if owners.is_empty() {
            return Ok(());
        }
        let mut keys = self.store.begin_feed_keys().await?;
        key_store::destroy_bundles(&mut keys, owners).await?;
        parted_keys::mark_destroyed(&mut keys, owners).await?;
        Ok(keys.commit().await?)
    }

    /// Of these acts those whose key is destroyed and that say nothing besides.
    pub(crate) async fn acts_shut_for_good(&self, rows: &[ActRow]) -> Result<Vec<Uuid>, ServiceError> {
        let ids: Vec<Uuid> = rows.iter().map(|row| row.act_id).collect();
        let destroyed: HashSet<Uuid> =
            parted_keys::destroyed(&mut self.store.key_reader().await?, &ids).await?.into_iter().collect();
        let mut shut = Vec::new();
        for row in rows.iter().filter(|row| destroyed.contains(&row.act_id)) {
            if self.plain_of_ended(row).await?.is_none() {
                shut.push(row.act_id);
            }
        }
        Ok(shut)
    }

    /// Destroys the keys of acts that ended some weeks ago with nothing left in them, or that nobody reads any more.
    pub(crate) async fn destroy_keys_of_ended_acts(&self) -> Result<(), ServiceError> {
        const EVER: i64 = 0;
        const EVERYWHERE: &str = "";
        let before = self.day() - KEPT_DAYS * DAY;
        for kind in ENDING_WHEN_DECIDED {
            for state in [ActState::Used, ActState::Refused, ActState::Withdrawn] {
                let mut conn = self.store.reader().await?;
                let mut rows =
                    pending_acts::within(&mut conn, kind, state, EVER, EVERYWHERE, i64::MAX).await?;
                drop(conn);
                rows.retain(|row| row.decided_at.unwrap_or(row.opened_at) < before);
                self.destroy_keys_of_ended(&rows).await?;
            }
        }
        for kind in ENDING_SOON {
            for state in ActState::ALL {
                let mut after = (self.day() - LOOKED_BACK_DAYS * DAY, Uuid::nil());
                loop {
                    let mut conn = self.store.reader().await?;
                    let rows =
                        pending_acts::ran_out_after(&mut conn, (kind, *state), after, before, GROUP).await?;
                    drop(conn);
                    let Some(last) = rows.last().map(|row| (row.expires_at, row.act_id)) else { break };
                    self.destroy_keys_of_ended(&rows).await?;
                    after = last;
                }
            }
        }
        Ok(())
    }

    async fn destroy_keys_of_ended(&self, rows: &[ActRow]) -> Result<(), ServiceError> {
        let ids: Vec<Uuid> = rows.iter().map(|row| row.act_id).collect();
        let wrapped = self.wrapped_bundles(&ids).await?;
        let mut spent = Vec::new();
        for row in rows.iter().filter(|row| wrapped.contains_key(&row.act_id)) {
            if row.kind == crate::joining::REQUEST || self.plain_of_ended(row).await?.is_some() {
                spent.push(row.act_id);
            }
        }
        self.destroy_own_keys(&spent).await
    }
}

fn key(bundle: &Bundle) -> Result<&vault::DataKey, ServiceError> {
    bundle.key(0).ok_or_else(|| ServiceError::internal("an act's data key is gone"))
}
