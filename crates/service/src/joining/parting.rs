//! Taking out again what was joined: the record that was joined is by itself as it was, with what had been joined to it before
//! and with what came since and is its alone; every other record stays.

use std::collections::{BTreeMap, BTreeSet};

use directory::{AuthorityCode, ChildProfile, Joined, Stood, accountable_authority};
use linkage::{ClusterCandidate, Incoming, Member, Outcome, Prepared, SourceRule, resolve};
use rand_chacha::ChaCha12Rng;
use store::children::ChildRow;
use store::{Key16, Tx, child_numbers, children, key_store, match_keys};
use uuid::Uuid;
use vault::Bundle;

use super::acts::Done;
use super::{JoinError, in_the_way};
use crate::matching::prepared;
use crate::records::{OpenChild, OpenRecord};
use crate::retention::known_authority;
use crate::{Directory, ServiceError};

/// What parts from a child.
pub(super) struct Parting {
    joined: Joined,
    /// The child itself and every one that had been joined to it.
    group: BTreeSet<Uuid>,
    /// The source records that go with it.
    going: BTreeSet<Uuid>,
    /// Its keys.
    bundle: Bundle,
}

impl Directory {
    /// What parts from a child when this act is undone; an error when a later act stands in the way.
    pub(super) async fn what_parts(&self, top: &OpenChild, act: Uuid) -> Result<Parting, JoinError> {
        let all = &top.profile.joined;
        let joined = all.iter().find(|joined| joined.act == act).cloned().ok_or(JoinError::Moment)?;
        let group = group_of(joined.child, all);
        let linked: BTreeSet<Uuid> = top.records.iter().map(|record| record.row.record_id).collect();
        let theirs: BTreeSet<Uuid> = all
            .iter()
            .filter(|one| group.contains(&one.child))
            .flat_map(|one| one.own.records.iter().copied())
            .collect();
        if theirs.is_empty() {
            return Err(JoinError::Moment);
        }
        if let Some(elsewhere) = theirs.iter().find(|record| !linked.contains(record)) {
            let took =
                |done: &Done| matches!(done, Done::Parted { records, .. } if records.contains(elsewhere));
            return Err(match self.standing_act(took).await? {
                Some((act, kind)) => in_the_way(kind, act),
                None => JoinError::Moment,
            });
        }
        let going = self.with_what_came_since(top, &joined, theirs).await?;
        let own = &joined.kept.records;
        let nothing_left = joined.into == top.row.child_id && own.is_disjoint(&linked);
        if nothing_left || going.len() == linked.len() {
            // What the survivor was by itself was taken away from it since.
            let took = |done: &Done| matches!(done, Done::Parted { records, .. } if records.iter().any(|record| own.contains(record)));
            return Err(match self.standing_act(took).await? {
                Some((act, kind)) => in_the_way(kind, act),
                None => JoinError::Moment,
            });
        }
        let mut rng = self.world.chance.generator();
        let wrapped = self.wrapped_bundles(&[joined.child]).await?;
        let bundle = match wrapped.get(&joined.child) {
            Some((generation, bytes)) => self.keys.unwrap(joined.child, *generation, bytes)?,
            None => Bundle::with_identity_slot(&mut rng),
        };
        Ok(Parting { joined, group, going, bundle })
    }

    /// The records that came since the two were joined and that the matcher, had they never been, would have linked to the one
    /// that goes. What fits neither for certain stays.
    async fn with_what_came_since(
        &self,
        top: &OpenChild,
        joined: &Joined,
        mut theirs: BTreeSet<Uuid>,
    ) -> Result<BTreeSet<Uuid>, ServiceError> {
        let late = came_since(top, joined);
        let sources = self.sources().await?;
        let rule = |id: Uuid| match sources.get(&id) {
            Some(row) if row.one_record_per_child => SourceRule::OneRecordPerChild,
            _ => SourceRule::Unrestricted,
        };
        let forms: BTreeMap<Uuid, (Prepared, Uuid)> = top
            .records
            .iter()
            .map(|record| {
                let form = prepared(&self.model, &record.content);
                (record.row.record_id, (form, record.row.source_id))
            })
            .collect();
        let mut placed: BTreeSet<Uuid> = forms.keys().copied().filter(|id| !late.contains(id)).collect();
        for id in late {
            let Some((record, source)) = forms.get(&id) else { continue };
            let side = |goes: bool| -> Vec<Member<'_, Uuid>> {
                let of_side = placed.iter().filter(|other| theirs.contains(*other) == goes);
                let forms = of_side.filter_map(|other| forms.get(other));
                forms.map(|(record, source)| Member { record, source: *source }).collect()
            };
            let clusters = [false, true].map(|goes| ClusterCandidate { cluster: goes, members: side(goes) });
            let asked = Incoming { record, source: *source };
            let resolution = resolve(&self.model, asked, &clusters, &|_| true, &rule);
            let goes = matches!(resolution.outcome, Outcome::Link(question) if question.cluster);
            placed.insert(id);
            if goes {
                theirs.insert(id);
            }
        }
        Ok(theirs)
    }

    /// Writes it. False, and the transaction is to be rolled back, when the child is no more as it was read.
    pub(super) async fn write_parting(
        &self,
        tx: &mut Tx,
        top: &OpenChild,
        parting: &Parting,
        rng: &mut ChaCha12Rng,
    ) -> Result<bool, ServiceError> {
        if !self.all_stand(tx, &[top]).await? {
            return Ok(false);
        }
        let (from, id) = (top.row.child_id, parting.joined.child);
        let (going, staying): (Vec<OpenRecord>, Vec<OpenRecord>) =
            top.records.iter().cloned().partition(|record| parting.going.contains(&record.row.record_id));
        let (mut rest, mut gone) = self.parted_profiles(top, parting);
        let sources = self.sources().await?;
        let named = |records: &[OpenRecord]| self.named_among(&sources, records);
        (rest.authority, gone.authority) =
            answering(top, &parting.joined, (&rest, &gone), (&staying, &going), &named);
        let mut keys = self.store.begin_keys().await?;
        key_store::put_bundles(&mut keys, &[self.bundle_row(id, &parting.bundle, rng)?]).await?;
        keys.commit().await?;
        let own = &parting.joined.own;
        let version = own.version + 1;
        let row = ChildRow {
            child_id: id,
            sealed: self.seal_profile(id, version, &parting.bundle, &gone, rng)?,
            version,
            readable_from: own.readable_from,
            retention_month: own.month.clone(),
            authority: code_of(gone.authority.as_ref().filter(|_| !gone.is_protected())),
        };
        children::put(tx, std::slice::from_ref(&row)).await?;
        self.move_links(tx, &going, id, rng).await?;
        self.forget_keys(tx, from, &going).await?;
        match_keys::insert(tx, &self.match_rows_of(from, &staying)).await?;
        match_keys::insert(tx, &self.match_rows_of(id, &going)).await?;
        self.point_numbers(tx, top, parting).await?;
        let bundle = parting.bundle.clone();
        let again = OpenChild { row, bundle, profile: gone.clone(), records: going };
        let kept = OpenChild {
            row: row_without(top, &parting.joined),
            bundle: top.bundle.clone(),
            profile: top.profile.clone(),
            records: staying,
        };
        Ok(self.put_profile(tx, &again, gone).await? && self.put_profile(tx, &kept, rest).await?)
    }

    /// What is left of the survivor's profile, and that of the one that goes.
    pub(super) fn parted_profiles(&self, top: &OpenChild, parting: &Parting) -> (ChildProfile, ChildProfile) {
        let joined = &parting.joined;
        let (theirs, left): (Vec<Joined>, Vec<Joined>) = top
            .profile
            .joined
            .iter()
            .filter(|one| one.act != joined.act)
            .cloned()
            .partition(|one| parting.group.contains(&one.child));
        // What each of those that stay was by itself: as it was before anything was joined to it, or when it was.
        let first = left.iter().chain([joined]).find(|one| one.into == top.row.child_id);
        let own = first.map_or(&joined.kept, |one| &one.kept);
        // And what the other side was each time one was joined to it that had this one: what it had by then, decided since an
        // earlier joining too, is not of this one.
        let met = without_it(joined, top).map(|one| &*one.kept.profile);
        let stay: Vec<&ChildProfile> = std::iter::once(&*own.profile)
            .chain(left.iter().map(|one| &*one.own.profile))
            .chain(met)
            .collect();
        let (mut rest, mut gone) = top.profile.parted_from(&joined.own.profile, stay.into_iter());
        rest.joined = left.iter().map(|one| without(one, joined, &parting.going)).collect();
        not_brought(&mut rest.joined, joined, top);
        gone.joined = theirs;
        gone.number = joined.own.profile.number.clone();
        (rest, gone)
    }

    /// Its number, and those of what had been joined to it, answer with it again.
    async fn point_numbers(
        &self,
        tx: &mut Tx,
        top: &OpenChild,
        parting: &Parting,
    ) -> Result<(), ServiceError> {
        let id = parting.joined.child;
        let before = top.profile.joined.iter().filter(|one| parting.group.contains(&one.child));
        let keys: Vec<Key16> = before
            .flat_map(|one| [self.number_key(&one.own.profile.number), self.forward_key(one.child)])
            .collect();
        child_numbers::point(tx, &keys, id).await?;
        child_numbers::forget(tx, &[self.forward_key(id)]).await?;
        Ok(())
    }
}

/// The survivor's row without what the other brought; who answers for it is in its profile until it is written.
fn row_without(top: &OpenChild, joined: &Joined) -> ChildRow {
    let mut row = ChildRow { authority: accountable_authority::NATIONAL.to_owned(), ..top.row.clone() };
    if joined.into == row.child_id {
        row.retention_month.clone_from(&joined.kept.month);
        row.readable_from = row.readable_from.max(joined.kept.readable_from);
    }
    row
}

/// Who answers for the survivor, and who for the one that goes (rule 5.7): whoever did before and was not brought by the other, else
/// whom its own records name. Whoever accepted the child while the two were one accepted both, and it stands in what each was.
fn answering(
    top: &OpenChild,
    joined: &Joined,
    (rest, gone): (&ChildProfile, &ChildProfile),
    (staying, going): (&[OpenRecord], &[OpenRecord]),
    named: &dyn Fn(&[OpenRecord]) -> Option<AuthorityCode>,
) -> (Option<AuthorityCode>, Option<AuthorityCode>) {
    let now = known_authority(top);
    let names = |records: &[OpenRecord], code: &AuthorityCode| {
        records.iter().any(|record| named(std::slice::from_ref(record)).as_ref() == Some(code))
    };
    let first = rest.joined.iter().chain([joined]).find(|one| one.into == top.row.child_id);
    let own = first.map_or(&joined.kept, |one| &one.kept);
    let stayed = std::iter::once(own).chain(rest.joined.iter().map(|one| &one.own));
    let stayed: Vec<&AuthorityCode> = stayed.filter_map(|stood| stood.answered_for()).collect();
    let of_rest = match &now {
        Some(now) if stayed.contains(&now) || names(staying, now) => Some(now.clone()),
        _ => stayed.first().map(|code| (*code).clone()).or_else(|| named(staying)),
    };
    let of_gone = joined.own.answered_for().cloned().or_else(|| named(going));
    (of_rest, of_gone.or_else(|| now.filter(|_| gone.is_protected())))
}

/// What stood of one that was joined later, or to which another was, does not have whom the one that goes had brought, however far.
fn not_brought(left: &mut [Joined], gone: &Joined, top: &OpenChild) {
    let reached = without_it(gone, top).take_while(|one| one.kept.answered_for().is_none());
    let reached: BTreeSet<Uuid> = reached.map(|one| one.into).collect();
    let brought = |stood: &Stood| stood.answered_for() == gone.own.answered_for();
    for one in left {
        let (child, into) = (one.child, one.into);
        for (at, stood) in [(child, &mut one.own), (into, &mut one.kept)] {
            if reached.contains(&at) && brought(stood) {
                (stood.authority, stood.profile.authority) = (None, None);
            }
        }
    }
}

/// A child and everything that was joined to it, directly or not.
fn group_of(child: Uuid, all: &[Joined]) -> BTreeSet<Uuid> {
    let mut group = BTreeSet::from([child]);
    loop {
        let more: BTreeSet<Uuid> =
            all.iter().filter(|one| group.contains(&one.into)).map(|one| one.child).collect();
        let before = group.len();
        group.extend(more);
        if group.len() == before {
            return group;
        }
    }
}

/// Every joining by which what this one brought came further, itself the first: what it was joined to had nothing of it before.
fn without_it<'a>(joined: &'a Joined, top: &'a OpenChild) -> impl Iterator<Item = &'a Joined> + Clone {
    let next = |one: &&'a Joined| {
        let into = Some(one.into).filter(|into| *into != top.row.child_id)?;
        top.profile.joined.iter().find(|next| next.child == into)
    };
    std::iter::successors(Some(joined), next)
}

/// The source records that came to the survivor, or to whatever it was joined to since, after this was joined to it; in an
/// order that does not depend on how they were read.
fn came_since(top: &OpenChild, joined: &Joined) -> Vec<Uuid> {
    let all = &top.profile.joined;
    let mut late: BTreeSet<Uuid> = BTreeSet::new();
    let (mut node, mut known) = (joined.into, &joined.kept.records);
    while node != top.row.child_id {
        let Some(next) = all.iter().find(|one| one.child == node) else { break };
        late.extend(next.own.records.difference(known));
        (node, known) = (next.into, &next.kept.records);
    }
    let claimed: BTreeSet<Uuid> = all.iter().flat_map(|one| &one.own.records).copied().collect();
    let unclaimed = top.records.iter().map(|record| record.row.record_id);
    late.extend(unclaimed.filter(|id| !claimed.contains(id) && !known.contains(id)));
    let mut in_order: Vec<(i64, Uuid)> = top
        .records
        .iter()
        .filter(|record| late.contains(&record.row.record_id))
        .map(|record| (record.row.hold_until, record.row.record_id))
        .collect();
    in_order.sort_unstable();
    in_order.into_iter().map(|(_, id)| id).collect()
}

/// What stands of another merge once this one is undone: that other child's part without what goes.
fn without(one: &Joined, gone: &Joined, going: &BTreeSet<Uuid>) -> Joined {
    let mut one = one.clone();
    one.own.records.retain(|record| !going.contains(record));
    if one.child == gone.into {
        let before = std::iter::once(&*gone.kept.profile);
        *one.own.profile = one.own.profile.parted_from(&gone.own.profile, before).0;
    }
    if one.into == gone.into {
        one.kept.records.retain(|record| !going.contains(record));
        let before = std::iter::once(&*gone.kept.profile);
        *one.kept.profile = one.kept.profile.parted_from(&gone.own.profile, before).0;
    }
    one
}

fn code_of(authority: Option<&AuthorityCode>) -> String {
    authority.map_or(accountable_authority::NATIONAL, AuthorityCode::as_str).to_owned()
}

impl Parting {
    /// The child that will be by itself again.
    pub(super) fn child(&self) -> Uuid {
        self.joined.child
    }

    /// The requests about shields that had gone on with the survivor.
    pub(super) fn requests(&self) -> &[Uuid] {
        &self.joined.requests
    }
}
