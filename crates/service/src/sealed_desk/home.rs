//! The protected home where a held record lies (law 3, rule 10.11): the shielded children, and the protected places, with which
//! it shares its address or a carer. A child who stands there in the open shows where they are. So a release says of such a
//! child whether it is shielded with them, and nothing is taken for granted.

use std::collections::{BTreeMap, BTreeSet};

use directory::Seal;
use directory::shield::{Barred, Shield, ShieldGrounds};
use directory::{ShieldClass, ShieldReason, ShieldRequester};
use store::{Key16, Tx, locks, match_keys};
use uuid::Uuid;

use super::{Case, HeldChoice, HeldTo};
use crate::keys::BlindIndex;
use crate::matching::{HomeKey, MatchKey};
use crate::records::{OpenChild, OpenRecord};
use crate::retention::KeptUnread;
use crate::shield_desk::InTheOpen;
use crate::{Directory, ServiceError};

/// No key's list is read further than this.
const LONGEST_LIST: u32 = 96;

/// How many shields a child gets at most from its home: a profile must not grow so far that its length tells (decision 4).
const MOST_SHIELDS: usize = 3;

/// What records meet, as it was read.
#[derive(Default)]
pub(crate) struct Home {
    /// The shielded children who are at home there.
    pub(super) children: Vec<OpenChild>,
    /// What else is protected there: places, and children whom a legal hold keeps unread, with whom these bar.
    pub(super) kept: Vec<KeptUnread>,
    /// The rows of the index on which it rests.
    seen: BTreeSet<(Key16, Key16)>,
    asked: Vec<Key16>,
}

impl Home {
    /// Whether the place itself is protected, or a legal hold keeps unread what is.
    pub(crate) fn is_kept(&self) -> bool {
        !self.kept.is_empty()
    }

    /// Whether anything is protected there.
    pub(super) fn is_protected(&self) -> bool {
        !self.children.is_empty() || !self.kept.is_empty()
    }

    /// The keys on which it rests.
    pub(crate) fn keys(&self) -> &[Key16] {
        &self.asked
    }

    /// Each thing that is protected there, by half of the row that says so: enough to know it again.
    pub(crate) fn marks(&self) -> BTreeSet<u64> {
        let half =
            |(_, Key16(pointer)): &(Key16, Key16)| pointer[..8].try_into().map_or(0, u64::from_be_bytes);
        self.seen.iter().map(half).collect()
    }

    /// Whether something is protected by this key.
    fn is_protected_by(&self, key: &HomeKey) -> bool {
        key.protected.hashes().any(|hash| self.seen.iter().any(|(seen, _)| *seen == hash))
    }

    /// On what a shield rests that goes with those of this home: on the gravest of theirs, and whoever one of them bars is
    /// barred. More than one where one cannot bar them all.
    pub(crate) fn grounds(&self) -> Vec<ShieldGrounds> {
        let shields = self.children.iter().flat_map(|open| &open.profile.shields);
        let in_force: Vec<&ShieldGrounds> =
            shields.filter(|shield| shield.in_force()).map(Shield::grounds).collect();
        let gravest = in_force.iter().min_by_key(|grounds| grounds.class != ShieldClass::HighRisk);
        let grounds = gravest.map_or_else(
            || ShieldGrounds::new(ShieldRequester::OtherAgency, ShieldReason::OtherNamedThreat),
            |grounds| (*grounds).clone(),
        );
        let unread = self.kept.iter().flat_map(|kept| &kept.barred);
        let lists = barred_by(in_force.iter().map(|grounds| &grounds.barred).chain(unread));
        if lists.is_empty() {
            return vec![grounds];
        }
        lists.into_iter().map(|barred| ShieldGrounds { barred, ..grounds.clone() }).collect()
    }
}

/// Whom these bar, in lists that one shield takes.
fn barred_by<'a>(lists: impl Iterator<Item = &'a Barred>) -> Vec<Barred> {
    let each = |list: &'a Barred| {
        let accounts = list.accounts().iter().map(|id| (*id, true));
        accounts.chain(list.organisations().iter().map(|id| (*id, false)))
    };
    let all: Vec<(Uuid, bool)> = lists.flat_map(each).collect::<BTreeSet<_>>().into_iter().collect();
    let of = |list: &[(Uuid, bool)], accounts: bool| {
        list.iter().filter(|(_, account)| *account == accounts).map(|(id, _)| *id).collect()
    };
    let lists = all.chunks(Barred::MOST).take(MOST_SHIELDS);
    lists.filter_map(|list| Barred::new(of(list, true), of(list, false)).ok()).collect()
}

impl Case {
    /// Whether a choice says of the child chosen whether it is shielded, because it would stand in the open at a protected
    /// home. Nothing when there is no such child.
    pub(super) fn asks_about(&self, to: HeldTo) -> Option<bool> {
        let exposed = match to {
            // A record that opened its child has it already, with what a replay of the journal may have set.
            HeldTo::Different => !(self.is_first_sighting() && self.child.profile.is_shielded()),
            HeldTo::Candidate(at) => {
                let profile = &self.candidates.get(at)?.profile;
                !profile.is_shielded() && !profile.held && profile.seal != Seal::FormerIdentity
            }
        };
        Some(exposed && self.home.is_protected())
    }

    /// What becomes protected when the child of a release is shielded, and was not by this home.
    fn becomes_protected(&self, index: &BlindIndex, child: Uuid) -> Vec<HomeKey> {
        let chosen = self.candidates.iter().filter(|open| open.row.child_id == child);
        let of_its_own = self.is_first_sighting().then_some(&self.child.records);
        let records = chosen.flat_map(|open| &open.records).chain(of_its_own.into_iter().flatten());
        let records = records.chain([&self.record]);
        let keys = records.flat_map(|record| HomeKey::all_of(index, &record.content));
        keys.filter(|key| !self.home.is_protected_by(key)).collect()
    }

    /// The choices that must say whether the child is shielded too.
    pub(super) fn asked_about(&self) -> Vec<HeldTo> {
        let candidates = (0..self.candidates.len()).map(HeldTo::Candidate);
        candidates.chain([HeldTo::Different]).filter(|to| self.asks_about(*to) == Some(true)).collect()
    }
}

impl HeldChoice {
    /// Whose record it is by this choice.
    #[must_use]
    pub const fn to(self) -> HeldTo {
        match self {
            Self::Candidate(at) => HeldTo::Candidate(at),
            Self::Different => HeldTo::Different,
            Self::Shielded(to) | Self::InTheOpen(to) => to,
        }
    }

    /// Whether it says of the child whether it is shielded.
    pub(super) const fn says_of_a_shield(self) -> bool {
        matches!(self, Self::Shielded(_) | Self::InTheOpen(_))
    }
}

impl Directory {
    /// Who stands in the open where the child of a release is shielded, but for the home that was met: of whoever is there it
    /// was decided when that became protected.
    pub(super) async fn concerned_by(&self, case: &Case, child: Uuid) -> Result<InTheOpen, ServiceError> {
        let keys = case.becomes_protected(&self.keys.matching, child);
        self.who_stands_in_the_open(&keys, &[child, case.child.row.child_id]).await
    }

    /// What these records meet; `own` is the child that goes with them, if it does.
    pub(crate) async fn home_of(
        &self,
        records: &[OpenRecord],
        own: Option<Uuid>,
    ) -> Result<Home, ServiceError> {
        let keys: Vec<MatchKey> = records
            .iter()
            .flat_map(|record| HomeKey::all_of(&self.keys.matching, &record.content))
            .map(|key| key.protected)
            .collect();
        let mut leading: BTreeMap<Key16, (u16, &str, i64)> = BTreeMap::new();
        for key in &keys {
            for (epoch, hash) in key.lookups() {
                leading.insert(hash, (key.rule, key.value.as_str(), epoch));
            }
        }
        let asked: Vec<Key16> = leading.keys().copied().collect();
        let hits = match_keys::lookup(&mut self.store.reader().await?, &asked, LONGEST_LIST).await?;
        let met: BTreeSet<Uuid> = hits
            .iter()
            .filter_map(|hit| {
                let (rule, value, epoch) = leading.get(&hit.key_hash)?;
                Some(self.keys.matching.follow(*rule, value, *epoch, hit.pointer))
            })
            .filter(|met| Some(*met) != own)
            .collect();
        let met: Vec<Uuid> = met.into_iter().collect();
        let children = self.open_children(&met).await?;
        let opened: BTreeSet<Uuid> = children.iter().map(|open| open.row.child_id).collect();
        let mut kept = Vec::new();
        for other in met.into_iter().filter(|one| !opened.contains(one)) {
            kept.push(match self.kept_unread(other).await? {
                Some(child) => child,
                None => KeptUnread { authority: self.authority_that_keeps(other).await?, barred: Vec::new() },
            });
        }
        let seen = hits.iter().map(|hit| (hit.key_hash, hit.pointer)).collect();
        Ok(Home { children, kept, seen, asked })
    }

    /// Locks what a home rests on, together with what else becomes protected in the same transaction, and whether the home is
    /// still the one that was read. The loader and the shield desk lock the same: whoever comes is seen here or sees what is
    /// written here.
    pub(crate) async fn home_stands(
        &self,
        tx: &mut Tx,
        home: &Home,
        becomes: impl IntoIterator<Item = Key16>,
    ) -> Result<bool, ServiceError> {
        let mut keys: Vec<Key16> = home.asked.iter().copied().chain(becomes).collect();
        keys.sort_unstable();
        keys.dedup();
        locks::lock_keys(tx, &keys).await?;
        let hits = match_keys::lookup(tx, &home.asked, LONGEST_LIST).await?;
        let now: BTreeSet<(Key16, Key16)> = hits.iter().map(|hit| (hit.key_hash, hit.pointer)).collect();
        Ok(now == home.seen)
    }
}
