//! Joining one child's records to another's, in one transaction: links, keys, numbers and what the directory had decided. The
//! child that is joined is no more by itself; what it was stands in the survivor's profile.

use std::collections::BTreeSet;

use directory::{AuthorityCode, ChildProfile, Joined, Stood};
use rand_chacha::ChaCha12Rng;
use store::children::ChildRow;
use store::links::{self, LinkRow};
use store::{Tx, child_numbers, children, match_keys};
use uuid::Uuid;
use vault::Aad;

use crate::loading::{EVIDENCE_BLOCK, link_aad};
use crate::records::{OpenChild, OpenRecord};
use crate::retention::known_authority;
use crate::{Directory, ServiceError};

/// Two children to be joined.
pub(crate) struct Merge<'a> {
    pub(crate) act: Uuid,
    /// Who decided it, where that was one person.
    pub(crate) by: Option<Uuid>,
    pub(crate) into: &'a OpenChild,
    pub(crate) from: &'a OpenChild,
    /// Requests about shields that go on with the survivor.
    pub(crate) requests: Vec<Uuid>,
    /// Its records go on as the survivor's own: what parted them was undone.
    pub(crate) returns: bool,
}

impl Directory {
    /// Writes a merge. False, and the transaction is to be rolled back, when either child is no more as it was read.
    pub(crate) async fn write_merge(
        &self,
        tx: &mut Tx,
        merge: &Merge<'_>,
        rng: &mut ChaCha12Rng,
    ) -> Result<bool, ServiceError> {
        let (into, from) = (merge.into, merge.from);
        if !self.all_stand(tx, &[into, from]).await? {
            return Ok(false);
        }
        let (to, gone) = (into.row.child_id, from.row.child_id);
        self.move_links(tx, &from.records, to, rng).await?;
        self.forget_keys(tx, gone, &from.records).await?;
        let records: Vec<OpenRecord> = into.records.iter().chain(&from.records).cloned().collect();
        match_keys::insert(tx, &self.match_rows_of(to, &records)).await?;
        child_numbers::repoint(tx, gone, to).await?;
        child_numbers::insert(tx, &[(self.forward_key(gone), to)]).await?;
        children::remove(tx, &[gone]).await?;
        let row = ChildRow {
            readable_from: into.row.readable_from.min(from.row.readable_from),
            retention_month: into.row.retention_month.clone().min(from.row.retention_month.clone()),
            ..into.row.clone()
        };
        let survivor = OpenChild { row, bundle: into.bundle.clone(), profile: into.profile.clone(), records };
        let profile = self.joined_profile(merge);
        self.put_profile(tx, &survivor, profile).await
    }

    fn joined_profile(&self, merge: &Merge<'_>) -> ChildProfile {
        let (into, from) = (merge.into, merge.from);
        let mut own = stood(from);
        if merge.returns {
            own.records.clear();
        }
        let joined = Joined {
            act: merge.act,
            by: merge.by,
            child: from.row.child_id,
            into: into.row.child_id,
            own,
            kept: stood(into),
            requests: merge.requests.clone(),
        };
        let mut profile = into.profile.joined_by(&from.profile);
        // Whoever answers for the survivor goes on to, whether either of the two is protected or not; else whoever does for the other.
        profile.authority = known_authority(into).or_else(|| known_authority(from));
        // What had been joined to it comes along, each where it was.
        profile.joined.extend(from.profile.joined.iter().cloned());
        profile.joined.push(joined);
        profile
    }

    /// Whether children are as they were read, looked at in one order whoever asks.
    pub(super) async fn all_stand(&self, tx: &mut Tx, opened: &[&OpenChild]) -> Result<bool, ServiceError> {
        let mut opened = opened.to_vec();
        opened.sort_by_key(|open| open.row.child_id);
        for open in opened {
            let linked = links::members(tx, &[open.row.child_id]).await?;
            // One that does not count has come to it: a matter for the protected desk.
            if linked.len() != open.records.len() || !self.stands(tx, open).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Lets records be linked to another child. What was decided about each link goes with it, word for word.
    pub(super) async fn move_links(
        &self,
        tx: &mut Tx,
        records: &[OpenRecord],
        to: Uuid,
        rng: &mut ChaCha12Rng,
    ) -> Result<(), ServiceError> {
        let ids: Vec<Uuid> = records.iter().map(|record| record.row.record_id).collect();
        let mut moved = Vec::new();
        for link in links::of_records(tx, &ids).await? {
            let record = records.iter().find(|record| record.row.record_id == link.record_id);
            let key = record
                .and_then(|record| record.bundle.key(0))
                .ok_or_else(|| ServiceError::internal("a record's identity key is gone"))?;
            let aad: Aad<'_> = link_aad(link.child_id);
            let evidence = vault::open(key, aad, &link.sealed)?;
            let sealed = vault::seal_padded(key, link_aad(to), &evidence, EVIDENCE_BLOCK, rng)?;
            moved.push(LinkRow { child_id: to, sealed, ..link });
        }
        links::remove_of_records(tx, &ids).await?;
        links::put(tx, &moved).await?;
        Ok(())
    }
}

/// A child as it stands: its profile without the records joined to it, and its own source records.
fn stood(open: &OpenChild) -> Stood {
    let claimed: BTreeSet<Uuid> =
        open.profile.joined.iter().flat_map(|joined| &joined.own.records).copied().collect();
    Stood {
        profile: Box::new(ChildProfile { joined: Vec::new(), ..open.profile.clone() }),
        authority: AuthorityCode::parse(&open.row.authority).ok(),
        readable_from: open.row.readable_from,
        month: open.row.retention_month.clone(),
        version: open.row.version,
        records: open
            .records
            .iter()
            .map(|record| record.row.record_id)
            .filter(|record| !claimed.contains(record))
            .collect(),
    }
}
