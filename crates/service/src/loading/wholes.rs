//! What a group's statements make of a known child as a whole, where the statement alone does not say it: a shielded child may
//! be found by what shows of it, which another record's word may have changed (law 3), and a birth date earlier than any known,
//! or a registered death, brings the end of the record nearer (law 9). Computed for these few only.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use store::KeyRow;
use store::source_records::{RecordState, SourceRecordRow};
use store::sources::SourceRow;
use uuid::Uuid;
use vault::Bundle;

use super::Job;
use super::decide::Decision;
use super::effects::Effects;
use super::group::Incoming;
use super::neighbours::Neighbours;
use crate::Directory;
use crate::indexing::{Findable, RowId, row_id};
use crate::records::{OpenChild, OpenRecord};

/// A child as it is when its group is written.
pub(super) struct Whole {
    /// Its records; those of this group without their keys.
    pub(super) records: Vec<OpenRecord>,
    /// Of a shielded child, how it may be found and by which rows; these go and those come.
    pub(super) shielded: Option<Shielded>,
    /// The month from which the sweep looks at it, where that comes nearer.
    pub(super) month: Option<String>,
}

/// By what a shielded child is found.
pub(super) struct Shielded {
    pub(super) findable: Findable,
    pub(super) wanted: Vec<KeyRow>,
    pub(super) gone: Vec<RowId>,
}

impl Directory {
    /// The children of a group that have to be looked at as a whole.
    pub(super) fn wholes(
        &self,
        job: &Job,
        group: &[Incoming],
        decisions: &[Decision],
        neighbours: &Neighbours,
        before: Option<&Effects>,
    ) -> HashMap<Uuid, Whole> {
        let mut said: BTreeMap<Uuid, Vec<&Incoming>> = BTreeMap::new();
        let counting = |decision: &&Decision| !decision.held && !decision.unfindable;
        let both = group.iter().zip(decisions);
        for (incoming, decision) in both.filter(|(_, decision)| counting(decision)) {
            said.entry(decision.child).or_default().push(incoming);
        }
        let mut wholes = HashMap::new();
        for (child, said) in said {
            let Some(known) = neighbours.children.get(&child) else { continue };
            let open = &known.open;
            let shielded = open.profile.is_shielded();
            let stood = before.and_then(|before| before.wholes.get(&child)).unwrap_or(&open.records);
            let ends_sooner =
                |one: &&Incoming| one.content.registered_death().is_some() || is_earlier(one, stood);
            if !shielded && !said.iter().any(ends_sooner) {
                continue;
            }
            wholes.insert(child, self.whole(job, open, stood, &said, shielded));
        }
        wholes
    }

    fn whole(
        &self,
        job: &Job,
        open: &OpenChild,
        stood: &[OpenRecord],
        said: &[&Incoming],
        shielded: bool,
    ) -> Whole {
        let child = open.row.child_id;
        let replaced = |record: &OpenRecord| said.iter().any(|one| is_record_of(&job.source, one, record));
        let mut records: Vec<OpenRecord> = stood.iter().filter(|it| !replaced(it)).cloned().collect();
        records.extend(said.iter().map(|one| as_record(&job.source, one)));
        let after = OpenChild {
            row: open.row.clone(),
            bundle: Bundle::new(),
            profile: open.profile.clone(),
            records,
        };
        let shielded = shielded.then(|| {
            let findable = self.findable_among(&after, &after.profile, &job.sources);
            let wanted = self.search_rows_of(child, &after.records, &findable);
            let kept: BTreeSet<RowId> = wanted.iter().map(row_id).collect();
            let ever = stood.iter().chain(&after.records);
            let ever: BTreeSet<RowId> =
                self.search_rows_of(child, ever, &Findable::Fully).iter().map(row_id).collect();
            let gone = ever.difference(&kept).copied().collect();
            Shielded { findable, wanted, gone }
        });
        let facts = self.facts_under(&after, &after.profile, &job.sources);
        let ends = after.records.iter().flat_map(|record| record.content.ends());
        let month = self.sweep_month_of(&facts, ends, &mut self.world.chance.generator());
        let month = (month < open.row.retention_month).then_some(month);
        Whole { records: after.records, shielded, month }
    }
}

/// Whether a statement gives an earlier birth date than any of the records does.
fn is_earlier(one: &Incoming, stood: &[OpenRecord]) -> bool {
    let Some(born) = one.content.date_of_birth else { return false };
    stood.iter().filter_map(|record| record.content.date_of_birth).all(|known| born < known)
}

fn is_record_of(source: &SourceRow, one: &Incoming, record: &OpenRecord) -> bool {
    record.row.source_id == source.source_id && record.row.local_key == one.local_key
}

/// A statement as one of the child's records, without the keys under which it will be sealed.
fn as_record(source: &SourceRow, one: &Incoming) -> OpenRecord {
    let known = one.existing.as_ref().map(|existing| existing.record.row.record_id);
    let row = SourceRecordRow {
        record_id: known.unwrap_or_default(),
        source_id: source.source_id,
        local_key: one.local_key,
        version: 1,
        digest: one.digest,
        sealed: Vec::new(),
        hold_until: 0,
        state: RecordState::Live,
    };
    OpenRecord { row, bundle: Bundle::new(), content: one.content.clone() }
}
