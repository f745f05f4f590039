//! Source records and children between their sealed form and the domain's types.

use std::collections::{BTreeMap, HashMap, HashSet};

use directory::child_profile::ChildProfile;
use directory::parts::{IdentityPart, Item};
use directory::source_record::Content;
use rand::CryptoRng;
use rayon::prelude::*;
use store::children::ChildRow;
use store::source_records::{LinkedRecordRow, RecordState, SourceRecordRow};
use store::{children, key_store, parted_keys, source_records};
use uuid::Uuid;
use vault::{Aad, Bundle, Slot};

use crate::{Directory, ServiceError};

/// A source record, opened.
#[derive(Clone)]
pub(crate) struct OpenRecord {
    pub(crate) row: SourceRecordRow,
    pub(crate) bundle: Bundle,
    pub(crate) content: Content,
}

/// A child with its profile, and nothing yet of its records.
#[derive(Clone)]
pub(crate) struct OpenProfile {
    pub(crate) row: ChildRow,
    pub(crate) bundle: Bundle,
    pub(crate) profile: ChildProfile,
}

/// A child with its profile and every record that is linked to it.
pub(crate) struct OpenChild {
    pub(crate) row: ChildRow,
    pub(crate) bundle: Bundle,
    pub(crate) profile: ChildProfile,
    pub(crate) records: Vec<OpenRecord>,
}

impl OpenChild {
    /// Its records and which version of each was read.
    pub(crate) fn versions(&self) -> BTreeMap<Uuid, i64> {
        self.records.iter().map(|record| (record.row.record_id, record.row.version)).collect()
    }
}

/// Wrapped bundles by owner, as the key store gave them.
pub(crate) type Wrapped = HashMap<Uuid, (i64, Vec<u8>)>;

impl Directory {
    /// Opens children with all their records; those that do not exist are missing. Sorted by child, then by record, so
    /// that nothing downstream depends on the order rows come in.
    pub(crate) async fn open_children(&self, ids: &[Uuid]) -> Result<Vec<OpenChild>, ServiceError> {
        if ids.len() < WORTH_HALVING {
            return self.open_some(ids).await;
        }
        // A connection answers from one thread of the engine's: two halves are read and opened beside each other.
        let (one, other) = ids.split_at(ids.len() / 2);
        let (mut opened, others) = tokio::try_join!(self.open_some(one), self.open_some(other))?;
        opened.extend(others);
        opened.sort_by_key(|child| child.row.child_id);
        Ok(opened)
    }

    async fn open_some(&self, ids: &[Uuid]) -> Result<Vec<OpenChild>, ServiceError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let (child_rows, record_rows) = {
            let mut conn = self.store.reader().await?;
            (children::by_ids(&mut conn, ids).await?, source_records::of_children(&mut conn, ids).await?)
        };
        let owners: Vec<Uuid> = child_rows
            .iter()
            .map(|row| row.child_id)
            .chain(record_rows.iter().map(|row| row.record.record_id))
            .collect();
        let wrapped = self.wrapped_bundles(&owners).await?;
        let out = self.out_of_service(&owners, &wrapped).await?;
        if out.is_empty() {
            return self.open_rows(child_rows, record_rows, &wrapped);
        }
        let child_rows = child_rows.into_iter().filter(|row| !out.contains(&row.child_id)).collect();
        let record_rows =
            record_rows.into_iter().filter(|row| !out.contains(&row.record.record_id)).collect();
        self.open_rows(child_rows, record_rows, &wrapped)
    }

    /// Opens the profiles of children, each by itself; those that do not exist are missing. Sorted by child.
    pub(crate) async fn open_profiles(
        &self,
        ids: &[Uuid],
    ) -> Result<Vec<(Uuid, Result<OpenProfile, ServiceError>)>, ServiceError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows = children::by_ids(&mut self.store.reader().await?, ids).await?;
        let owners: Vec<Uuid> = rows.iter().map(|row| row.child_id).collect();
        let wrapped = self.wrapped_bundles(&owners).await?;
        let out = self.out_of_service(&owners, &wrapped).await?;
        let mut opened: Vec<_> = rows
            .into_par_iter()
            .filter(|row| !out.contains(&row.child_id))
            .map(|row| (row.child_id, self.open_profile(row, &wrapped)))
            .collect();
        opened.sort_by_key(|(child, _)| *child);
        Ok(opened)
    }

    /// Children with all their records, in the order of [`Directory::open_children`].
    pub(crate) async fn with_records(
        &self,
        mut profiles: Vec<OpenProfile>,
    ) -> Result<Vec<OpenChild>, ServiceError> {
        let half = if profiles.len() < WORTH_HALVING { 0 } else { profiles.len() / 2 };
        let others = profiles.split_off(profiles.len() - half);
        let (mut found, others) = tokio::try_join!(self.with_some(profiles), self.with_some(others))?;
        found.extend(others);
        found.sort_by_key(|child| child.row.child_id);
        Ok(found)
    }

    async fn with_some(&self, profiles: Vec<OpenProfile>) -> Result<Vec<OpenChild>, ServiceError> {
        if profiles.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> = profiles.iter().map(|open| open.row.child_id).collect();
        let record_rows = source_records::of_children(&mut self.store.reader().await?, &ids).await?;
        let owners: Vec<Uuid> = record_rows.iter().map(|row| row.record.record_id).collect();
        let wrapped = self.wrapped_bundles(&owners).await?;
        let out = self.out_of_service(&owners, &wrapped).await?;
        let record_rows =
            record_rows.into_iter().filter(|row| !out.contains(&row.record.record_id)).collect();
        Ok(linked(profiles, self.open_records(record_rows, &wrapped)?))
    }

    /// The keys of these owners as the key store has them. But for the rotation, which learns first, nobody else reads them
    /// there: here the generations are learned that another server began since.
    pub(crate) async fn wrapped_bundles(&self, owners: &[Uuid]) -> Result<Wrapped, ServiceError> {
        let mut conn = self.store.key_reader().await?;
        let rows = key_store::bundles(&mut conn, owners).await?;
        drop(conn);
        if rows.iter().any(|row| !self.keys.has_generation(row.generation)) {
            // Another server has begun a generation since.
            self.keys.learn_generations(&self.store).await?;
        }
        Ok(rows.into_iter().map(|row| (row.owner_id, (row.generation, row.wrapped))).collect())
    }

    /// Those of the owners without keys that were destroyed, or that a legal hold has taken out of the service: to everybody
    /// they are as if they had never been. An owner whose keys were lost is not among them.
    pub(crate) async fn out_of_service(
        &self,
        owners: &[Uuid],
        wrapped: &Wrapped,
    ) -> Result<HashSet<Uuid>, ServiceError> {
        let missing: Vec<Uuid> =
            owners.iter().copied().filter(|owner| !wrapped.contains_key(owner)).collect();
        if missing.is_empty() {
            return Ok(HashSet::new());
        }
        let mut conn = self.store.key_reader().await?;
        let destroyed = parted_keys::destroyed(&mut conn, &missing).await?;
        let held = parted_keys::held(&mut conn, &missing).await?;
        Ok(destroyed.into_iter().chain(held).collect())
    }

    /// The processor's part of opening, on as many cores as the pool has.
    pub(crate) fn open_rows(
        &self,
        child_rows: Vec<ChildRow>,
        record_rows: Vec<LinkedRecordRow>,
        wrapped: &Wrapped,
    ) -> Result<Vec<OpenChild>, ServiceError> {
        let opened = self.open_records(record_rows, wrapped)?;
        let profiles = child_rows
            .into_par_iter()
            .map(|row| self.open_profile(row, wrapped))
            .collect::<Result<_, ServiceError>>()?;
        Ok(linked(profiles, opened))
    }

    fn open_records(
        &self,
        rows: Vec<LinkedRecordRow>,
        wrapped: &Wrapped,
    ) -> Result<Vec<(Uuid, OpenRecord)>, ServiceError> {
        rows.into_par_iter()
            .filter(|row| row.record.state == RecordState::Live)
            .filter_map(|row| Some((row.child_id?, row.record)))
            .map(|(child, row)| Ok((child, self.open_source_record(row, wrapped)?)))
            .collect()
    }

    fn open_profile(&self, row: ChildRow, wrapped: &Wrapped) -> Result<OpenProfile, ServiceError> {
        let bundle = self.bundle_among(row.child_id, wrapped)?;
        let key = bundle.key(0).ok_or_else(|| ServiceError::internal("a child's data key is gone"))?;
        let plain = vault::open(key, Aad::new(row.child_id, 0).with_version(row.version), &row.sealed)?;
        let profile = serde_json::from_slice(&plain).map_err(ServiceError::internal)?;
        Ok(OpenProfile { row, bundle, profile })
    }

    pub(crate) fn open_source_record(
        &self,
        row: SourceRecordRow,
        wrapped: &Wrapped,
    ) -> Result<OpenRecord, ServiceError> {
        let bundle = self.bundle_among(row.record_id, wrapped)?;
        Self::open_with(row, bundle)
    }

    /// As [`Directory::open_source_record`], with its keys at hand: the row as it is, or as it once was.
    pub(crate) fn open_with(row: SourceRecordRow, bundle: Bundle) -> Result<OpenRecord, ServiceError> {
        let mut identity: Option<IdentityPart> = None;
        let mut items: Vec<Item> = Vec::new();
        for part in vault::open_parts(&bundle, row.record_id, row.version, &row.sealed)? {
            let Some(plain) = part.readable() else { continue };
            if part.slot == IDENTITY {
                identity = Some(serde_json::from_slice(plain).map_err(ServiceError::internal)?);
            } else {
                items.push(serde_json::from_slice(plain).map_err(ServiceError::internal)?);
            }
        }
        let identity =
            identity.ok_or_else(|| ServiceError::internal("a source record has lost its identity part"))?;
        Ok(OpenRecord { row, bundle, content: Content::assemble(identity, items) })
    }

    fn bundle_among(&self, owner: Uuid, wrapped: &Wrapped) -> Result<Bundle, ServiceError> {
        let (generation, bytes) = wrapped.get(&owner).ok_or_else(|| {
            ServiceError::internal("a data key is missing: restore the key store's newest backup")
        })?;
        self.keys.unwrap(owner, *generation, bytes)
    }

    /// Seals a profile as version `version` of the child's row.
    pub(crate) fn seal_profile(
        &self,
        child: Uuid,
        version: i64,
        bundle: &Bundle,
        profile: &ChildProfile,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, ServiceError> {
        let key = bundle.key(0).ok_or_else(|| ServiceError::internal("a child's data key is gone"))?;
        let plain = serde_json::to_vec(profile).map_err(ServiceError::internal)?;
        // A coarse block: the length of a profile must not tell whether there is a shield in it.
        Ok(vault::seal_padded(key, Aad::new(child, 0).with_version(version), &plain, PROFILE_BLOCK, rng)?)
    }
}

/// Each child with those of the records that are linked to it; both sorted, so that nothing downstream depends on the order rows
/// come in.
fn linked(profiles: Vec<OpenProfile>, mut records: Vec<(Uuid, OpenRecord)>) -> Vec<OpenChild> {
    records.sort_by_key(|(_, record)| record.row.record_id);
    let mut found: Vec<OpenChild> = profiles
        .into_iter()
        .map(|OpenProfile { row, bundle, profile }| OpenChild { row, bundle, profile, records: Vec::new() })
        .collect();
    found.sort_by_key(|child| child.row.child_id);
    for (child, record) in records {
        if let Ok(at) = found.binary_search_by_key(&child, |candidate| candidate.row.child_id)
            && let Some(place) = found.get_mut(at)
        {
            place.records.push(record);
        }
    }
    found
}

/// From how many children on it is worth reading them over two connections.
const WORTH_HALVING: usize = 64;

/// Profiles are padded to this many bytes: room for several shields beside the number, so that they do not show.
const PROFILE_BLOCK: usize = 1024;

/// The slot of a record's identity part.
const IDENTITY: Slot = 0;

/// Seals a statement as version `version` of its record, each part under a key of its own. The identity part keeps its
/// key through all versions; items get new ones, so that an item can be destroyed in one version only.
pub(crate) fn seal_content(
    record: Uuid,
    version: i64,
    content: Content,
    bundle: &mut Bundle,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, ServiceError> {
    let parts = content.split();
    let mut plain = vec![(IDENTITY, serde_json::to_vec(&parts.identity).map_err(ServiceError::internal)?)];
    for item in &parts.items {
        plain.push((bundle.add_slot(rng)?, serde_json::to_vec(item).map_err(ServiceError::internal)?));
    }
    let borrowed: Vec<(Slot, &[u8])> = plain.iter().map(|(slot, bytes)| (*slot, bytes.as_slice())).collect();
    Ok(vault::seal_parts(bundle, record, version, &borrowed, rng)?)
}
