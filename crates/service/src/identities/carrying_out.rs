//! Carrying a seal out, when it is decided and again after a restore: in one transaction, so that at no moment the two
//! identities are half apart.

use std::collections::{BTreeSet, HashMap};

use directory::identities::{CutOver, Side};
use directory::joined::later_word;
use directory::shield::Shield;
use directory::{ChildNumber, ChildProfile, Seal, WithdrawnConsents, accountable_authority};
use rand::RngExt as _;
use rand_chacha::ChaCha12Rng;
use store::children::ChildRow;
use store::links::{LinkKind, LinkRow};
use store::pending_acts::{self, ActRow};
use store::placed_records::{self, PlacedRow};
use store::{Key16, Tx, child_numbers, children, key_store, links, match_keys};
use uuid::Uuid;
use vault::Bundle;

use super::order::SealOrder;
use super::rewriting::Part;
use crate::loading::{EVIDENCE_BLOCK, link_aad};
use crate::records::{OpenChild, OpenRecord};
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// What is written with the seal.
pub(crate) struct Finish {
    /// The proposal, as it becomes.
    pub(crate) act: Option<ActRow>,
    /// What the trail says.
    pub(crate) event: Event,
}

/// The two identities as they will be.
struct Apart {
    former: OpenChild,
    current: OpenChild,
    parts: Vec<Part>,
}

impl Directory {
    /// Carries a seal out on these children, every one that a named record is linked to. False, and nothing is written, when
    /// something of it changed since it was read.
    pub(crate) async fn carry_out_seal(
        &self,
        order: &SealOrder,
        opened: Vec<OpenChild>,
        finish: Finish,
    ) -> Result<bool, ServiceError> {
        let mut rng = self.world.chance.generator();
        // The parts of it are large, and do not stand on the stack of whoever decides.
        let mut apart = Box::pin(self.apart(order, &opened, &mut rng)).await?;
        let mut tx = self.store.begin().await?;
        for child in &opened {
            if !self.stands(&mut tx, child).await? {
                tx.rollback().await?;
                return Ok(false);
            }
        }
        if !Box::pin(self.write_apart(&mut tx, order, &opened, &mut apart, &mut rng)).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        // Read while the children are locked: whoever hands in a request locks theirs too, so none is missed.
        let shields = (order.current, apart.current.profile.shields.as_slice());
        let acts = Box::pin(self.acts_of_sealed(&opened, shields, order.desk)).await?;
        let mut written = self.write_acts_of_sealed(&mut tx, &acts).await?;
        if let Some(act) = finish.act.as_ref().filter(|_| written) {
            written = pending_acts::replace(&mut tx, act).await?;
        }
        if !written {
            tx.rollback().await?;
            return Ok(false);
        }
        self.commit_with(tx, vec![finish.event]).await?;
        Ok(true)
    }

    /// Every record on its side, and the two children as they will be.
    async fn apart(
        &self,
        order: &SealOrder,
        opened: &[OpenChild],
        rng: &mut ChaCha12Rng,
    ) -> Result<Apart, ServiceError> {
        let cuts: HashMap<(Uuid, Key16), CutOver> =
            order.placed.iter().map(|one| ((one.source, one.local_key()), one.cut)).collect();
        let records: Vec<(&OpenRecord, CutOver)> = opened
            .iter()
            .flat_map(|child| &child.records)
            .map(|record| {
                let named = cuts.get(&(record.row.source_id, record.row.local_key));
                // What a restored database had linked besides goes where nobody reads it.
                (record, named.copied().unwrap_or(CutOver::All(Side::Former)))
            })
            .collect();
        let mut parts = self.parts(&records, rng).await?;
        for part in &mut parts {
            let foreign = match part.side {
                Side::Former => &order.foreign_to_former,
                Side::Current => &order.foreign_to_current,
            };
            self.leave_out_numbers(part, foreign);
        }
        let of =
            |side: Side| parts.iter().filter(move |part| part.side == side).map(|part| part.record.clone());
        let former = self.former_child(order, opened, of(Side::Former).collect(), rng).await?;
        let current = self.current_child(order, opened, of(Side::Current).collect(), rng).await?;
        Ok(Apart { former, current, parts })
    }

    /// The child that stays with the former identity, its profile as it was. One that a restored database does not know
    /// begins anew, under a number nobody was ever told.
    async fn former_child(
        &self,
        order: &SealOrder,
        opened: &[OpenChild],
        records: Vec<OpenRecord>,
        rng: &mut ChaCha12Rng,
    ) -> Result<OpenChild, ServiceError> {
        if let Some(child) = opened.iter().find(|child| child.row.child_id == order.former) {
            return Ok(OpenChild {
                row: child.row.clone(),
                bundle: child.bundle.clone(),
                profile: child.profile.clone(),
                records,
            });
        }
        let profile = ChildProfile::new(ChildNumber::from_random(rng.random()));
        self.new_child(order.former, profile, records, rng).await
    }

    async fn current_child(
        &self,
        order: &SealOrder,
        opened: &[OpenChild],
        records: Vec<OpenRecord>,
        rng: &mut ChaCha12Rng,
    ) -> Result<OpenChild, ServiceError> {
        let number =
            order.number.clone().ok_or_else(|| ServiceError::internal("a seal without its number"))?;
        // A shield belongs to the person, and so does what ends the record (law 3).
        let known = || opened.iter().map(|child| &child.profile);
        let mut shields: Vec<Shield> = Vec::new();
        for shield in known().flat_map(|profile| &profile.shields) {
            let shield = self.shield_after_seal(shield, order.current)?;
            match shields.iter_mut().find(|known| known.is_the_same_as(&shield)) {
                // Of one decision that was lifted on one side alone, what protects counts.
                Some(known) if !known.in_force() => *known = shield,
                Some(_) => {}
                None => shields.push(shield),
            }
        }
        let sources = self.sources().await?;
        // Of an identity that is sealed a second time, what was foreign to it stays so to the next.
        let before = || known().filter(|profile| profile.seal == Seal::NewIdentity);
        let profile = ChildProfile {
            seal: Seal::NewIdentity,
            authority: self.named_among(&sources, &records),
            shields,
            died_on: known().find_map(|profile| profile.died_on),
            participation: later_word(known().map(|profile| profile.participation)),
            withdrawn: known()
                .flat_map(|profile| profile.withdrawn.iter())
                .fold(WithdrawnConsents::none(), |all, one| all.with(one.clone())),
            foreign: united(&order.foreign_to_current, before().flat_map(|profile| &profile.foreign)),
            apart: before()
                .flat_map(|profile| profile.apart.iter().copied())
                .filter(|(_, side)| *side == Side::Current)
                .chain(order.pair.map(|pair| (pair, Side::Current)))
                .collect(),
            ..ChildProfile::new(number)
        };
        self.new_child(order.current, profile, records, rng).await
    }

    /// A child that begins with these records. In the clear it looks as if they had opened it: nothing is taken over.
    pub(crate) async fn new_child(
        &self,
        id: Uuid,
        profile: ChildProfile,
        records: Vec<OpenRecord>,
        rng: &mut ChaCha12Rng,
    ) -> Result<OpenChild, ServiceError> {
        // A journal's entry that is carried out again finds the keys where they were.
        let wrapped = self.wrapped_bundles(&[id]).await?;
        let bundle = match wrapped.get(&id) {
            Some((generation, bytes)) => self.keys.unwrap(id, *generation, bytes)?,
            None => Bundle::with_identity_slot(rng),
        };
        let oldest = records.iter().map(|record| record.row.hold_until).min();
        let month = match records.first() {
            Some(record) => self.retention_month(&record.content, rng),
            None => self.this_month(),
        };
        let row = ChildRow {
            child_id: id,
            sealed: self.seal_profile(id, 1, &bundle, &profile, rng)?,
            version: 1,
            readable_from: oldest.unwrap_or_else(|| self.day()),
            retention_month: month,
            authority: accountable_authority::NATIONAL.to_owned(),
        };
        Ok(OpenChild { row, bundle, profile, records })
    }

    async fn write_apart(
        &self,
        tx: &mut Tx,
        order: &SealOrder,
        opened: &[OpenChild],
        apart: &mut Apart,
        rng: &mut ChaCha12Rng,
    ) -> Result<bool, ServiceError> {
        self.begin_child(tx, &apart.current, rng).await?;
        let former = apart.former.row.child_id;
        if opened.iter().all(|child| child.row.child_id != former) {
            self.begin_child(tx, &apart.former, rng).await?;
        }
        let moved: Vec<Uuid> =
            opened.iter().flat_map(|child| &child.records).map(|record| record.row.record_id).collect();
        links::remove_of_records(tx, &moved).await?;
        for child in opened {
            self.forget_keys(tx, child.row.child_id, &child.records).await?;
        }
        for part in &mut apart.parts {
            if !self.write_part(tx, part, rng).await? {
                return Ok(false);
            }
        }
        self.link_parts(tx, order, &apart.parts, rng).await?;
        let current = &apart.current;
        let findable = self.findable(current, &current.profile).await?;
        self.make_findable(tx, order.current, &current.records, &findable).await?;
        self.protect_home(tx, order.current, &current.records, current.profile.is_shielded()).await?;
        self.close_former(tx, order, opened, &apart.former).await?;
        placed_records::put(tx, &self.placements_of(order)).await?;
        Ok(true)
    }

    /// The row, number and keys of a child that begins.
    pub(crate) async fn begin_child(
        &self,
        tx: &mut Tx,
        child: &OpenChild,
        rng: &mut ChaCha12Rng,
    ) -> Result<(), ServiceError> {
        let id = child.row.child_id;
        let mut keys = self.store.begin_keys().await?;
        key_store::put_bundles(&mut keys, &[self.bundle_row(id, &child.bundle, rng)?]).await?;
        keys.commit().await?;
        children::put(tx, std::slice::from_ref(&child.row)).await?;
        if child_numbers::insert(tx, &[(self.number_key(&child.profile.number), id)]).await? != 1 {
            return Err(ServiceError::internal("a new child number was taken; propose the seal anew"));
        }
        Ok(())
    }

    /// Links every part to its child; the matcher's keys go with them. In the clear a link like any other: who decided is in
    /// the journal and the trail.
    async fn link_parts(
        &self,
        tx: &mut Tx,
        order: &SealOrder,
        parts: &[Part],
        rng: &mut ChaCha12Rng,
    ) -> Result<(), ServiceError> {
        let child = |part: &Part| match part.side {
            Side::Former => order.former,
            Side::Current => order.current,
        };
        let mut rows = Vec::new();
        let mut keys = Vec::new();
        for part in parts {
            rows.push(self.plain_link(child(part), &part.record, rng)?);
            keys.extend(self.match_rows_of(child(part), [&part.record]));
        }
        links::put(tx, &rows).await?;
        match_keys::insert(tx, &keys).await?;
        Ok(())
    }

    /// A link that says in the clear what any link of a first record says.
    pub(crate) fn plain_link(
        &self,
        child_id: Uuid,
        record: &OpenRecord,
        rng: &mut ChaCha12Rng,
    ) -> Result<LinkRow, ServiceError> {
        let key =
            record.bundle.key(0).ok_or_else(|| ServiceError::internal("a record's identity key is gone"))?;
        Ok(LinkRow {
            child_id,
            record_id: record.row.record_id,
            kind: LinkKind::Automatic,
            author: "matcher".to_owned(),
            model_version: self.model.version().to_owned(),
            weight_millibits: 0,
            sealed: vault::seal_padded(key, link_aad(child_id), b"null", EVIDENCE_BLOCK, rng)?,
        })
    }

    /// Nobody finds what is of the former identity, and nothing joins it with the other one.
    async fn close_former(
        &self,
        tx: &mut Tx,
        order: &SealOrder,
        opened: &[OpenChild],
        former: &OpenChild,
    ) -> Result<(), ServiceError> {
        let others = opened.iter().filter(|child| child.row.child_id != former.row.child_id);
        for child in std::iter::once(former).chain(others) {
            let is_former = child.row.child_id == former.row.child_id;
            let mut profile = ChildProfile { seal: Seal::FormerIdentity, ..child.profile.clone() };
            if is_former {
                profile.foreign = united(&order.foreign_to_former, &child.profile.foreign);
                profile.apart.extend(order.pair.map(|pair| (pair, Side::Former)));
                profile.cut_overs = cut_overs(self, order, &child.profile);
            }
            let records = if is_former { child.records.clone() } else { Vec::new() };
            let closing = OpenChild {
                row: child.row.clone(),
                bundle: child.bundle.clone(),
                profile: child.profile.clone(),
                records,
            };
            if !self.put_profile(tx, &closing, profile).await? {
                return Err(ServiceError::internal("a child changed while it was locked"));
            }
            let joined = child.profile.joined.iter().map(|joined| &joined.own.profile.number);
            for number in joined.chain([&child.profile.number]) {
                child_numbers::retire(tx, self.number_key(number), self.retired_number_key(number)).await?;
            }
            self.keep_apart(tx, child.row.child_id, order.current).await?;
        }
        Ok(())
    }

    /// Where the next statement of each named record goes.
    fn placements_of(&self, order: &SealOrder) -> Vec<PlacedRow> {
        let mut rows = Vec::new();
        for one in &order.placed {
            let on = |side| match side {
                Side::Former => self.placed_row(one.source, one.local_key(), side, order.former),
                Side::Current => self.placed_row(one.source, one.local_key(), side, order.current),
            };
            match one.cut {
                CutOver::All(side) => rows.push(on(side)),
                CutOver::From(_) => rows.extend([on(Side::Former), on(Side::Current)]),
            }
        }
        rows
    }
}

fn cut_overs(
    directory: &Directory,
    order: &SealOrder,
    profile: &ChildProfile,
) -> Vec<(u64, jiff::civil::Date)> {
    let new = order.placed.iter().filter_map(|one| match one.cut {
        CutOver::From(from) => Some((directory.cut_over_mark(one.source, one.local_key()), from)),
        CutOver::All(_) => None,
    });
    profile.cut_overs.iter().copied().chain(new).collect()
}

fn united<'a>(some: &'a [u64], more: impl IntoIterator<Item = &'a u64>) -> Vec<u64> {
    let all: BTreeSet<u64> = some.iter().chain(more).copied().collect();
    all.into_iter().collect()
}
