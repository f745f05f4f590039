//! Statements of records that two people placed with one of two identities (law 5, decision 12): they go to that identity
//! without the matcher being asked, and to the sealed desk when their date does not say to which.

use std::collections::{HashMap, HashSet};

use directory::Content;
use directory::identities::{CutOver, Mark, Side};
use store::Key16;
use store::source_records;
use store::sources::SourceRow;
use uuid::Uuid;

use super::group::Existing;
use crate::identities::placing::Places;
use crate::records::OpenChild;
use crate::{Directory, ServiceError};

/// What became of the question to whom a placed record's statement belongs.
pub(super) struct Placed {
    /// The child it belongs to; nothing where a person must say.
    pub(super) child: Option<Uuid>,
    /// Every child it could belong to.
    pub(super) could_be: Vec<Uuid>,
}

/// A statement on its way: to which record it belongs, and what of it may be said there.
pub(super) struct Statement<'a> {
    pub(super) local_key: Key16,
    pub(super) digest: Key16,
    pub(super) content: &'a mut Content,
    pub(super) existing: Option<Existing>,
}

/// A statement where it belongs.
pub(super) struct Arrived {
    pub(super) local_key: Key16,
    pub(super) existing: Option<Existing>,
    pub(super) placed: Option<Placed>,
    /// The record under which its source knows it, when it is kept under another: what it heard last.
    pub(super) heard: Option<(Uuid, Key16)>,
}

/// A statement that goes to another identity than the one under which its source knows the record.
pub(super) struct Elsewhere {
    pub(super) child: Uuid,
    /// The key of its own under which it is kept there.
    pub(super) own: Key16,
    /// Nothing in the service opens what is kept there.
    pub(super) is_out: bool,
    /// The legal hold that keeps it unread, and for whose end what is said is kept.
    pub(super) hold: Option<Uuid>,
}

/// The placed records of a group, and what is needed to send their statements on.
#[derive(Default)]
pub(super) struct Placements {
    places: HashMap<Key16, Places>,
    children: HashMap<Uuid, OpenChild>,
    /// The records of other identities under their own keys.
    counterparts: HashMap<Key16, Existing>,
    /// Those of them that are out of service, each with the legal hold that keeps it.
    out: HashMap<Key16, Option<Uuid>>,
    /// The children that a legal hold keeps unread.
    kept: HashSet<Uuid>,
    /// Every token that was asked for and stands, so that the group is scored again when that changes.
    pub(super) tokens: HashSet<Key16>,
}

impl Placements {
    /// When the source spoke last of a record whose statements are kept under a key of their own elsewhere.
    pub(super) fn said_elsewhere(
        &self,
        local_key: Key16,
        counterpart: impl Fn(Key16) -> Key16,
    ) -> Option<jiff::Timestamp> {
        self.places.get(&local_key)?;
        self.counterparts.get(&counterpart(local_key)).map(Existing::said_at)
    }
}

impl Directory {
    /// Reads the placements of these records of a source: nothing, for nearly every group.
    pub(super) async fn placements(
        &self,
        source: &SourceRow,
        local_keys: &[Key16],
    ) -> Result<Placements, ServiceError> {
        let mut conn = self.store.reader().await?;
        let places = self.placed(&mut conn, source.source_id, local_keys).await?;
        if places.is_empty() {
            return Ok(Placements::default());
        }
        let counterparts: Vec<Key16> = places
            .iter()
            .filter(|(_, places)| places.former.is_some() && places.current.is_some())
            .map(|(local_key, _)| self.counterpart_key(source.source_id, *local_key))
            .collect();
        let known = source_records::digests(&mut conn, source.source_id, &counterparts).await?;
        let ids: Vec<Uuid> = known.into_iter().map(|record| record.record_id).collect();
        let rows = source_records::by_ids(&mut conn, &ids).await?;
        let wrapped = self.wrapped_bundles(&ids).await?;
        let out = self.out_of_service(&ids, &wrapped).await?;
        let (away, rows): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| out.contains(&row.record.record_id));
        let existing = self.existing(&mut conn, rows, &wrapped).await?;
        drop(conn);
        let mut out = HashMap::new();
        for row in away {
            out.insert(row.record.local_key, self.hold_of(row.record.record_id).await?);
        }
        let existing = existing.into_iter().map(|one| (one.record.row.local_key, one)).collect();
        let mut ids: Vec<Uuid> = places.values().flat_map(|places| places.children()).collect();
        ids.sort_unstable();
        ids.dedup();
        let children = self.open_children(&ids).await?;
        let children: HashMap<Uuid, OpenChild> =
            children.into_iter().map(|child| (child.row.child_id, child)).collect();
        let mut kept = HashSet::new();
        for child in ids.into_iter().filter(|child| !children.contains_key(child)) {
            kept.extend(self.hold_of(child).await?.map(|_| child));
        }
        Ok(Placements {
            tokens: self.placed_tokens(source, &places),
            counterparts: existing,
            children,
            out,
            kept,
            places,
        })
    }

    /// Where a statement goes that belongs to another identity than its record, as its source knows that.
    pub(super) fn goes_elsewhere(
        &self,
        source: &SourceRow,
        (local_key, at): (Key16, jiff::Timestamp),
        existing: Option<&Existing>,
        placements: &Placements,
    ) -> Option<Elsewhere> {
        let places = placements.places.get(&local_key).copied()?;
        let side = self.cut_over(source, local_key, places, placements)?.side_of(at)?;
        let child = places.of(side).filter(|child| existing.is_some_and(|it| it.child != Some(*child)))?;
        let own = self.counterpart_key(source.source_id, local_key);
        // What there is no record of yet is taken in when its source states it again after the hold.
        let hold = placements.out.get(&own).copied().flatten();
        let is_out = placements.out.contains_key(&own) || placements.kept.contains(&child);
        Some(Elsewhere { child, own, is_out, hold })
    }

    /// The tokens by which these records are placed.
    pub(super) fn placed_tokens(
        &self,
        source: &SourceRow,
        places: &HashMap<Key16, Places>,
    ) -> HashSet<Key16> {
        let mut tokens = HashSet::new();
        for (local_key, places) in places {
            for side in [Side::Former, Side::Current] {
                if places.of(side).is_some() {
                    tokens.insert(self.placed_token(source.source_id, *local_key, side));
                }
            }
        }
        tokens
    }

    /// Sends a statement to the record it belongs to. Numbers that are not carried over to its identity are left out of it
    /// (rule 10.13).
    pub(super) fn arrive(
        &self,
        source: &SourceRow,
        statement: Statement<'_>,
        placements: &mut Placements,
    ) -> Arrived {
        let Statement { local_key, digest, content, existing } = statement;
        let Some(places) = placements.places.get(&local_key).copied() else {
            return Arrived { local_key, existing, placed: None, heard: None };
        };
        let side = self
            .cut_over(source, local_key, places, placements)
            .and_then(|cut| cut.side_of(content.effective_at));
        let child = side.and_then(|side| places.of(side));
        let placed = Some(Placed { child, could_be: places.children().collect() });
        let Some(child) = child else { return Arrived { local_key, existing, placed, heard: None } };
        if let Some(open) = placements.children.get(&child) {
            content.identifiers.retain(|it| {
                !self.is_foreign(&open.profile, &Mark::Number(it.kind(), it.value().to_owned()))
            });
        }
        match existing {
            Some(existing) if existing.child != Some(child) => {
                let own = self.counterpart_key(source.source_id, local_key);
                let heard = Some((existing.record.row.record_id, digest));
                Arrived { local_key: own, existing: placements.counterparts.remove(&own), placed, heard }
            }
            existing => Arrived { local_key, existing, placed, heard: None },
        }
    }

    /// What was decided of a placed record. The day of a cut-over stands with the former identity; without it a person
    /// must say.
    fn cut_over(
        &self,
        source: &SourceRow,
        local_key: Key16,
        places: Places,
        placements: &Placements,
    ) -> Option<CutOver> {
        match (places.former, places.current) {
            (Some(former), Some(_)) => {
                let mark = self.cut_over_mark(source.source_id, local_key);
                let cut_overs = &placements.children.get(&former)?.profile.cut_overs;
                cut_overs.iter().find(|(of, _)| *of == mark).map(|(_, from)| CutOver::From(*from))
            }
            (Some(_), None) => Some(CutOver::All(Side::Former)),
            (None, Some(_)) => Some(CutOver::All(Side::Current)),
            (None, None) => None,
        }
    }
}
