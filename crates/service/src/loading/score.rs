//! Scoring a group: what it is compared with, what is decided, and the rows that say so. Nothing is locked meanwhile.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use directory::child_profile::Participation;
use directory::feeding::Measures;
use directory::retention::is_grown;
use feeds::{Lapsed, Quarantined, Row, Withdrawn};
use jiff::Timestamp;
use rand::RngExt as _;
use store::Key16;
use store::quarantine::QuarantineRow;
use store::sources::SourceRow;
use uuid::Uuid;
use vault::Aad;

use super::counts::{Counts, count};
use super::decide::Decision;
use super::effects::Effects;
use super::group::{Changing, Incoming, PlacementsRead};
use super::keeping::Keeping;
use super::neighbours::{Neighbour, Neighbours};
use super::recalling::Remembering;
use super::receipts::{RowReceipt, receipts_of, receipts_of_unread};
use super::said::{EndingRead, SaidEnding, with_endings};
use super::told::Told;
use super::withdrawals::Withdrawals;
use super::write::{DecidedGroup, Writes};
use super::{Job, Judged};
use crate::matching::MatchKey;
use crate::{Directory, ServiceError};

/// Rows that are scored and committed together.
pub(super) struct Group {
    pub(super) rows: Vec<Row>,
    pub(super) aside: Vec<Quarantined>,
    /// Records that messages end, alone or beside a row of the same number.
    pub(super) endings: Vec<SaidEnding>,
    /// Numbers of messages that say nothing that the directory holds.
    pub(super) unread: Vec<u64>,
    /// What messages carried besides and was discarded unread, by the number of the message and its published name.
    pub(super) discarded: BTreeMap<u64, BTreeMap<String, u64>>,
}

impl Group {
    pub(super) fn of(judged: Vec<Judged>) -> Self {
        let mut group = Self {
            rows: Vec::with_capacity(judged.len()),
            aside: Vec::new(),
            endings: Vec::new(),
            unread: Vec::new(),
            discarded: BTreeMap::new(),
        };
        for one in judged {
            match one {
                feeds::Outcome::Accepted(row) => group.rows.push(*row),
                feeds::Outcome::Quarantined(row) => group.aside.push(row),
            }
        }
        group
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.aside.is_empty() && self.endings.is_empty() && self.unread.is_empty()
    }
}

/// A group that was decided and can be written, if what it was decided on still stands.
pub(crate) struct Scored {
    pub(super) counts: Counts,
    pub(super) writes: Writes,
    pub(super) aside: Vec<QuarantineRow>,
    pub(super) effects: Effects,
    /// The keys locked while it is written.
    pub(super) to_lock: Vec<Key16>,
    pub(super) stands_on: StandsOn,
    /// Consents that its rows withdraw.
    pub(super) withdrawals: Withdrawals,
    /// What the source will be told of each row.
    pub(crate) receipts: Vec<RowReceipt>,
    /// What it remembers of records that are not heard.
    pub(super) remembering: Remembering,
    /// What it keeps for the end of a legal hold.
    pub(super) keeping: Keeping,
    /// What is measured of it: nothing of a child whom a shield or a seal protects.
    pub(crate) measures: Measures,
    /// When it began to be looked up.
    pub(crate) began: Timestamp,
    /// Sensitive services that rows put aside name without a basis.
    pub(super) lapsed: Vec<Lapsed>,
    /// Consents withdrawn of children under a legal hold.
    pub(super) unheard: Vec<(Uuid, Vec<Withdrawn>)>,
}

/// What a decision was based on.
pub(super) struct StandsOn {
    /// What stood behind each selective key and each protection.
    pub(super) behind: HashMap<Key16, BTreeSet<Key16>>,
    /// Version of each record by its local key, and what it had heard last; nothing for one that was not there.
    pub(super) records: HashMap<Key16, Option<(i64, Key16)>>,
    /// Version of each child the group adds to.
    pub(super) children: HashMap<Uuid, i64>,
    /// Version of each child that stood behind a selective key: who is shielded meanwhile, beside them another waits.
    pub(super) met: HashMap<Uuid, i64>,
    /// Which of its records two people had placed.
    pub(super) placements: PlacementsRead,
    /// The live records, with their versions, of each child it adds to or that stood behind a selective key, once the group
    /// in front is written.
    pub(super) linked: HashMap<Uuid, BTreeMap<Uuid, i64>>,
}

impl Directory {
    /// Scores the statements of a group that say something new. `before` is the group in front of it that may not have
    /// been written yet.
    pub(super) async fn score(
        &self,
        job: &Job,
        group: &Group,
        changing: Changing,
        before: Option<&Effects>,
    ) -> Result<Scored, ServiceError> {
        let Changing { began, incoming, told, placements, unheard, endings, recall, kept } = changing;
        let neighbours = Box::pin(self.neighbours(&incoming, before)).await?;
        let mut rng = self.world.chance.generator();
        let (mut incoming, decisions) =
            self.decide_taken(job, incoming, &neighbours, before, || vault::uuid_v4(rng.random()));
        let withdrawals = self.without_consent(&mut incoming, &decisions, &neighbours).await?;
        let mut counts = count(&group.rows, &group.aside, &told, &incoming, &decisions);
        let mut receipts = receipts_of(&group.rows, &told, &group.aside);
        with_endings(&mut receipts, &mut counts, &group.endings, &endings);
        // Limits and figures are shares of what says something.
        let measures = measured(&counts, &incoming, &decisions);
        receipts.extend(receipts_of_unread(&group.unread));
        receipts.sort_by_key(|receipt| receipt.row);
        counts.rows += group.unread.len() as u64;
        for receipt in &mut receipts {
            receipt.discarded = group.discarded.get(&receipt.row).cloned().unwrap_or_default();
        }
        let remembering = self.remembering(job.source.source_id, &recall, &mut rng)?;
        let keeping = self.keeping(job, kept, &mut rng)?;
        let selective = selective_keys(&incoming);
        let stands_on = StandsOn {
            behind: selective
                .iter()
                .copied()
                .chain(protections(&incoming))
                .map(|key| (key, neighbours.seen.get(&key).cloned().unwrap_or_default()))
                .collect(),
            records: incoming
                .iter()
                .map(|one| {
                    let row = one.existing.as_ref().map(|existing| &existing.record.row);
                    (one.local_key, row.map(|row| (row.version, row.digest)))
                })
                .chain(endings.iter().map(|ending| (ending.local_key, ending.read)))
                .collect(),
            children: decisions
                .iter()
                .filter_map(|decision| {
                    let child = decision.child;
                    let known = neighbours.children.get(&child).map(|known| known.open.row.version);
                    // One that the group in front opens is in its first version.
                    Some((child, known.or_else(|| opened_before(child, before).then_some(1))?))
                })
                .collect(),
            met: selective
                .iter()
                .filter_map(|key| neighbours.behind.get(key))
                .flatten()
                .filter_map(|child| Some((*child, neighbours.children.get(child)?.open.row.version)))
                .collect(),
            placements,
            linked: linked_to(&decisions, &selective, &neighbours, before),
        };
        let to_lock = keys_to_lock(&incoming, &endings, &remembering.asked);
        let decided = DecidedGroup { incoming, decisions: &decisions, withdrawals: &withdrawals };
        let (writes, effects) = self.prepare_writes(job, decided, &neighbours, before)?;
        // Thousands of wiped keys and texts: nobody waits for their end.
        rayon::spawn(move || drop((decisions, neighbours)));
        let aside = self.seal_aside(job, &group.aside)?;
        let lapsed = group.aside.iter().filter_map(|row| row.lapsed.clone()).collect();
        Ok(Scored {
            counts,
            writes,
            aside,
            effects,
            to_lock,
            stands_on,
            withdrawals,
            receipts,
            remembering,
            keeping,
            measures,
            began,
            lapsed,
            unheard,
        })
    }

    /// Decides the group without the rows that are taken in nowhere: people past the age of the archive (rule 4.1) who are
    /// not known as young people with a standing consent of their own (rule 3.8).
    fn decide_taken(
        &self,
        job: &Job,
        mut incoming: Vec<Incoming>,
        neighbours: &Neighbours,
        before: Option<&Effects>,
        mut child_ids: impl FnMut() -> Uuid,
    ) -> (Vec<Incoming>, Vec<Decision>) {
        loop {
            let decisions =
                self.decide(&incoming, neighbours, before, &job.sources, &job.source, &mut child_ids);
            let taken: Vec<bool> = incoming
                .iter()
                .zip(&decisions)
                .map(|(one, decision)| {
                    !one.grown
                        || neighbours
                            .children
                            .get(&decision.child)
                            .is_some_and(|known| self.takes_in(known, one, &job.sources))
                })
                .collect();
            if taken.iter().all(|taken| *taken) {
                return (incoming, decisions);
            }
            // Later rows were decided beside the ones that go: all are decided anew.
            let mut taken = taken.into_iter();
            incoming.retain(|_| taken.next().unwrap_or(true));
        }
    }

    /// Whether a statement about somebody past the age of the archive is taken in for this child: their own consent stands,
    /// or it corrects what its own source said of them as a child.
    fn takes_in(&self, known: &Neighbour, one: &Incoming, sources: &HashMap<Uuid, SourceRow>) -> bool {
        let corrects = one.existing.as_ref().is_some_and(|existing| {
            let born = existing.record.content.date_of_birth;
            !born.is_some_and(|born| is_grown(born, &self.policy.retention, self.today()))
        });
        let consents = known.open.profile.participation.is_some_and(Participation::stands);
        corrects || (consents && self.is_live(&known.open, &known.open.profile, sources))
    }

    fn seal_aside(&self, job: &Job, aside: &[Quarantined]) -> Result<Vec<QuarantineRow>, ServiceError> {
        let mut rng = self.world.chance.generator();
        let key = job
            .quarantine_bundle
            .key(0)
            .ok_or_else(|| ServiceError::internal("a run's quarantine key is gone"))?;
        let mut sealed = Vec::new();
        for row in aside {
            let row_number = i64::try_from(row.row_number).unwrap_or(i64::MAX);
            let mut raw = match &row.raw {
                Some(raw) => {
                    let aad = Aad::new(job.id, 0).with_version(row_number);
                    Some(vault::seal(key, aad, raw, &mut rng)?)
                }
                None => None,
            };
            for fault in &row.faults {
                sealed.push(QuarantineRow {
                    run_id: job.id,
                    row_number,
                    field: if fault.field == feeds::Fault::ROW {
                        String::new()
                    } else {
                        fault.field.to_owned()
                    },
                    rule: fault.rule.code().to_ascii_lowercase(),
                    length: i64::try_from(fault.length).unwrap_or(i64::MAX),
                    sealed: raw.take(),
                });
            }
        }
        Ok(sealed)
    }
}

/// What a group measured (rule 13.3). First sightings count as [`Told`] says: neither a limit nor a figure may tell one of them from
/// another (decision 16).
fn measured(counts: &Counts, incoming: &[Incoming], decisions: &[Decision]) -> Measures {
    let first: Vec<Told> = incoming
        .iter()
        .zip(decisions)
        .filter(|(one, _)| !one.sent_before && !one.grown)
        .filter_map(|(_, decision)| decision.told)
        .collect();
    let with = |wanted: Told| first.iter().filter(|told| **told == wanted).count() as u64;
    Measures {
        rows: counts.rows,
        quarantined: counts.quarantined,
        first: first.len() as u64,
        linked: with(Told::Linked),
        review: with(Told::Review),
        millis: 0,
    }
}

/// Whether the group in front knows this child.
fn opened_before(child: Uuid, before: Option<&Effects>) -> bool {
    before.is_some_and(|before| before.members.contains_key(&child))
}

/// The live records of the children a group adds to or met behind a selective key, as they are when the group in front of
/// it is written.
fn linked_to(
    decisions: &[Decision],
    selective: &[Key16],
    neighbours: &Neighbours,
    before: Option<&Effects>,
) -> HashMap<Uuid, BTreeMap<Uuid, i64>> {
    let met = selective.iter().filter_map(|key| neighbours.behind.get(key)).flatten().copied();
    let mut linked: HashMap<Uuid, BTreeMap<Uuid, i64>> = decisions
        .iter()
        .map(|decision| decision.child)
        .chain(met)
        .filter_map(|child| {
            let known = neighbours.children.get(&child).map(|known| known.open.versions());
            Some((child, known.or_else(|| opened_before(child, before).then(BTreeMap::new))?))
        })
        .collect();
    for (record, left) in before.into_iter().flat_map(|before| &before.records) {
        let Some(versions) = linked.get_mut(&left.child) else { continue };
        if left.live {
            versions.insert(*record, left.version);
        } else {
            versions.remove(record);
        }
    }
    linked
}

/// At most two selective keys a record are locked (decision 9), the record itself, and what could be protected of it; the
/// records that messages end; and what is remembered of those that are not heard, by the tokens that are `asked` for.
pub(super) fn keys_to_lock(group: &[Incoming], endings: &[EndingRead], asked: &HashSet<Key16>) -> Vec<Key16> {
    let mut keys = selective_keys(group);
    keys.extend(asked);
    keys.extend(endings.iter().map(|ending| ending.local_key));
    keys.extend(group.iter().map(|incoming| incoming.local_key));
    // Whoever decides a shield locks what becomes protected, so that no record slips in between.
    keys.extend(protections(group));
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The keys under which a place or carer of these statements would be protected.
fn protections(group: &[Incoming]) -> impl Iterator<Item = Key16> {
    group.iter().flat_map(|incoming| incoming.matchable.protections())
}

fn selective_keys(group: &[Incoming]) -> Vec<Key16> {
    group
        .iter()
        .flat_map(|incoming| incoming.matchable.keys.iter().filter(|key| key.selective).take(2))
        .flat_map(MatchKey::hashes)
        .collect()
}
