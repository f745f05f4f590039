//! Keeping two identities of one person apart (law 5, rules 10.12, 10.13): an act of two people, for good.

use std::collections::{BTreeMap, BTreeSet};

use audit::{Action, ChangeDetail, Detail};
use directory::access::Permission;
use directory::shield::Shield;
use directory::{ChildNumber, ChildProfile, Seal};
use rand::RngExt as _;
use store::Key16;
use store::children::ChildRow;
use store::links::{LinkKind, LinkRow};
use store::{Tx, child_numbers, children, key_store, links, match_keys, source_records};
use uuid::Uuid;
use vault::Bundle;

use crate::loading::{EVIDENCE_BLOCK, link_aad};
use crate::records::{OpenChild, OpenRecord};
use crate::session::SignedIn;
use crate::shielding::JournalEntry;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// Which source records belong to which of the two identities: (source's name, the source's own id of the record).
#[derive(Debug, Clone, Default)]
pub struct SealProposal {
    /// The identity that is closed.
    pub former: Vec<(String, String)>,
    /// The identity that goes on, under a new number.
    pub current: Vec<(String, String)>,
}

/// Why two identities were not sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// One of the two people may not.
    #[error("a seal is proposed by one person and approved by another, both of whom may; {who} may not")]
    Forbidden {
        /// `the proposer` or `the approver`.
        who: &'static str,
    },
    /// One person for both.
    #[error("a seal is approved by another person than its proposer")]
    OnePerson,
    /// A record is not held.
    #[error(
        "the source {source_name} holds no record with the identifier given as number {position}; check the list"
    )]
    UnknownRecord {
        /// The source.
        source_name: String,
        /// Its place in the lists, from 1.
        position: usize,
    },
    /// Records of the same children that are on neither list.
    #[error("{count} more records are linked to these children; name each of them on one side")]
    Unassigned {
        /// How many.
        count: usize,
    },
    /// A side is empty, or a record is on both.
    #[error("each side needs at least one record, and no record may be on both")]
    Sides,
    /// The system failed; nothing was sealed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for SealError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

impl Directory {
    /// Seals two identities from each other. The one that goes on gets a new number; the former one is found by nobody.
    ///
    /// # Errors
    ///
    /// [`SealError`].
    pub async fn seal_identities(
        &self,
        proposer: &SignedIn,
        approver: &SignedIn,
        proposal: &SealProposal,
    ) -> Result<ChildNumber, SealError> {
        if !proposer.may(Permission::ProposeSeal) {
            return Err(SealError::Forbidden { who: "the proposer" });
        }
        if !approver.may(Permission::ApproveSeal) {
            return Err(SealError::Forbidden { who: "the approver" });
        }
        if proposer.account == approver.account {
            return Err(SealError::OnePerson);
        }
        let (former, current, opened) = self.sides(proposal).await?;
        let mut rng = self.world.chance.generator();
        let new_child = vault::uuid_v4(rng.random());
        let number = ChildNumber::from_random(rng.random());
        // The former identity keeps the child that holds most of its records; what else there was is closed with it.
        let kept = opened
            .iter()
            .max_by_key(|child| {
                let of_former = child.records.iter().filter(|r| former.contains(&r.row.record_id)).count();
                (of_former, std::cmp::Reverse(child.row.child_id))
            })
            .map(|child| child.row.child_id)
            .ok_or(SealError::Sides)?;
        let bundle = Bundle::with_identity_slot(&mut rng);
        let mut keys = self.store.begin_keys().await?;
        key_store::put_bundles(&mut keys, &[self.bundle_row(new_child, &bundle, &mut rng)?]).await?;
        keys.commit().await?;
        self.journal(&JournalEntry::Seal { former: kept, current: new_child, records: &current }).await?;
        // A shield belongs to the person, and so does what ends the record (law 3).
        let known = || opened.iter().map(|child| &child.profile);
        let mut shields: Vec<Shield> = Vec::new();
        for shield in known().flat_map(|profile| &profile.shields) {
            if !shields.contains(shield) {
                shields.push(shield.clone());
            }
        }
        let going_on: Vec<OpenRecord> = opened
            .iter()
            .flat_map(|child| &child.records)
            .filter(|record| current.contains(&record.row.record_id))
            .cloned()
            .collect();
        let first = going_on.first().ok_or(SealError::Sides)?;
        let sources = self.sources().await?;
        let profile = ChildProfile {
            seal: Seal::NewIdentity,
            authority: going_on.iter().find_map(|record| {
                self.authority_named(sources.get(&record.row.source_id)?, &record.content)
            }),
            shields,
            died_on: known().find_map(|profile| profile.died_on),
            participation: known().find_map(|profile| profile.participation),
            ..ChildProfile::new(number.clone())
        };
        // In the clear it looks as if these records had opened a child of their own: nothing is taken over from the former.
        let row = ChildRow {
            child_id: new_child,
            sealed: self.seal_profile(new_child, 1, &bundle, &profile, &mut rng)?,
            version: 1,
            readable_from: going_on
                .iter()
                .map(|record| record.row.hold_until)
                .min()
                .unwrap_or(first.row.hold_until),
            retention_month: self.retention_month(&first.content, &mut rng),
            authority: directory::accountable_authority::NATIONAL.to_owned(),
        };
        let mut tx = self.store.begin().await?;
        for child in &opened {
            if !self.stands(&mut tx, child).await? {
                tx.rollback().await?;
                let busy = ServiceError::new(
                    crate::ErrorKind::Busy,
                    "a child's record changed meanwhile; try again",
                );
                return Err(SealError::Service(busy));
            }
        }
        children::put(&mut tx, std::slice::from_ref(&row)).await?;
        if child_numbers::insert(&mut tx, &[(self.number_key(&number), new_child)]).await? != 1 {
            return Err(SealError::Service(ServiceError::internal(
                "a new child number was taken; try again",
            )));
        }
        self.move_records(&mut tx, &opened, &current, kept, new_child).await?;
        let goes_on = OpenChild { row, bundle, profile, records: going_on };
        let findable = self.findable(&goes_on, &goes_on.profile).await?;
        self.make_findable(&mut tx, new_child, &goes_on.records, &findable).await?;
        self.protect_home(&mut tx, new_child, &goes_on.records, goes_on.profile.is_shielded()).await?;
        for child in &opened {
            // Nobody finds what remains.
            let profile = ChildProfile { seal: Seal::FormerIdentity, ..child.profile.clone() };
            let remaining = OpenChild {
                row: child.row.clone(),
                bundle: child.bundle.clone(),
                profile: child.profile.clone(),
                records: child
                    .records
                    .iter()
                    .filter(|r| !current.contains(&r.row.record_id))
                    .cloned()
                    .collect(),
            };
            if !self.put_profile(&mut tx, &remaining, profile).await? {
                tx.rollback().await?;
                let busy = ServiceError::new(
                    crate::ErrorKind::Busy,
                    "a child's record changed meanwhile; try again",
                );
                return Err(SealError::Service(busy));
            }
            self.keep_apart(&mut tx, child.row.child_id, new_child).await?;
        }
        let detail = ChangeDetail {
            change: "identities_sealed".to_owned(),
            subject: Some(new_child),
            others: vec![kept, approver.account],
            ..ChangeDetail::default()
        };
        let event =
            Event::new(Action::RecordChanged, Detail::Change(detail)).by(proposer).concerning([new_child]);
        self.write_event(&mut tx, event).await?;
        tx.commit().await?;
        Ok(number)
    }

    /// The numbers of the children that named records are linked to, each once: (source's name, its id of the record).
    ///
    /// # Errors
    ///
    /// [`SealError::UnknownRecord`], or the system's.
    pub async fn numbers_of_records(
        &self,
        named: &[(String, String)],
    ) -> Result<Vec<ChildNumber>, SealError> {
        let children: BTreeSet<Uuid> = self.records_named(named, 0).await?.into_values().collect();
        let children: Vec<Uuid> = children.into_iter().collect();
        Ok(self.open_children(&children).await?.into_iter().map(|child| child.profile.number).collect())
    }

    /// The records of the two sides, and every child they are linked to, opened.
    async fn sides(
        &self,
        proposal: &SealProposal,
    ) -> Result<(BTreeSet<Uuid>, BTreeSet<Uuid>, Vec<OpenChild>), SealError> {
        let former = self.records_named(&proposal.former, 0).await?;
        let current = self.records_named(&proposal.current, proposal.former.len()).await?;
        let former_ids: BTreeSet<Uuid> = former.keys().copied().collect();
        let current_ids: BTreeSet<Uuid> = current.keys().copied().collect();
        if former_ids.is_empty() || current_ids.is_empty() || !former_ids.is_disjoint(&current_ids) {
            return Err(SealError::Sides);
        }
        let involved: BTreeSet<Uuid> = former.values().chain(current.values()).copied().collect();
        let involved: Vec<Uuid> = involved.into_iter().collect();
        let opened = self.open_children(&involved).await?;
        let count = opened
            .iter()
            .flat_map(|child| &child.records)
            .filter(|record| {
                !former_ids.contains(&record.row.record_id) && !current_ids.contains(&record.row.record_id)
            })
            .count();
        if count > 0 {
            return Err(SealError::Unassigned { count });
        }
        Ok((former_ids, current_ids, opened))
    }

    /// (record, child) of each named record.
    async fn records_named(
        &self,
        named: &[(String, String)],
        before: usize,
    ) -> Result<BTreeMap<Uuid, Uuid>, SealError> {
        let sources = self.sources().await?;
        let mut conn = self.store.reader().await?;
        let mut found = BTreeMap::new();
        for (at, (name, local_id)) in named.iter().enumerate() {
            let unknown =
                || SealError::UnknownRecord { source_name: name.clone(), position: before + at + 1 };
            let source = sources.values().find(|row| row.name == *name).ok_or_else(unknown)?;
            let key: Key16 = self.local_key(source.source_id, local_id);
            let rows = source_records::digests(&mut conn, source.source_id, &[key]).await?;
            let record = rows.first().ok_or_else(unknown)?.record_id;
            let links = links::children_of(&mut conn, &[record]).await?;
            let (_, child) = links.first().ok_or_else(unknown)?;
            found.insert(record, *child);
        }
        Ok(found)
    }

    /// Links every record of the current side to the new child, and every other one to the child that is kept; the
    /// matcher's keys go with them.
    async fn move_records(
        &self,
        tx: &mut Tx,
        opened: &[OpenChild],
        current: &BTreeSet<Uuid>,
        kept: Uuid,
        new_child: Uuid,
    ) -> Result<(), SealError> {
        let mut rng = self.world.chance.generator();
        let mut moved: Vec<LinkRow> = Vec::new();
        for record in opened.iter().flat_map(|child| &child.records) {
            let child_id = if current.contains(&record.row.record_id) { new_child } else { kept };
            let key = record
                .bundle
                .key(0)
                .ok_or_else(|| ServiceError::internal("a record's identity key is gone"))?;
            let sealed = vault::seal_padded(key, link_aad(child_id), b"null", EVIDENCE_BLOCK, &mut rng)
                .map_err(ServiceError::from)?;
            moved.push(LinkRow {
                child_id,
                record_id: record.row.record_id,
                // In the clear like any other link: a seal must not show there. Who decided is in the journal and the trail.
                kind: LinkKind::Automatic,
                author: "matcher".to_owned(),
                model_version: self.model.version().to_owned(),
                weight_millibits: 0,
                sealed,
            });
        }
        let ids: Vec<Uuid> = moved.iter().map(|row| row.record_id).collect();
        links::remove_of_records(tx, &ids).await?;
        links::put(tx, &moved).await?;
        for child in opened {
            self.forget_keys(tx, child.row.child_id, &child.records).await?;
        }
        let (current, former): (Vec<&OpenRecord>, Vec<&OpenRecord>) = opened
            .iter()
            .flat_map(|child| &child.records)
            .partition(|record| current.contains(&record.row.record_id));
        let mut keys = self.match_rows_of(new_child, current);
        keys.extend(self.match_rows_of(kept, former));
        match_keys::insert(tx, &keys).await?;
        Ok(())
    }
}
