//! The records of a child, parted between two identities. A source that went on with one record has told both in it: what is
//! of the other identity goes to a record of its own, under keys of its own, and nothing of it is left behind.

use directory::Content;
use directory::identities::{CutOver, Mark, Side};
use rand::RngExt as _;
use rand_chacha::ChaCha12Rng;
use store::source_records::{RecordState, SourceRecordRow};
use store::versions::VersionRow;
use store::{Key16, Tx, key_store, source_records, versions};
use uuid::Uuid;
use vault::Bundle;

use crate::records::{OpenRecord, seal_content};
use crate::{Directory, ServiceError};

/// One record as it stands with one identity.
pub(super) struct Part {
    pub(super) side: Side,
    /// The row, its keys and what it says, as they will be.
    pub(super) record: OpenRecord,
    kind: Kind,
}

enum Kind {
    /// Nothing of it changes.
    AsItWas,
    /// It says less: something it said is not carried over. Its earlier statements are let alone.
    SaysLess,
    /// It keeps these earlier statements alone, each with the run that replaced it.
    Shortened { read: i64, earlier: Vec<(Content, Uuid)> },
    /// A new record of the same source, with these earlier statements.
    Counterpart { earlier: Vec<(Content, Uuid)> },
}

impl Directory {
    /// Parts records by their cut-overs. A statement of the very day goes to the former identity, where nobody reads it.
    pub(super) async fn parts(
        &self,
        records: &[(&OpenRecord, CutOver)],
        rng: &mut ChaCha12Rng,
    ) -> Result<Vec<Part>, ServiceError> {
        let mut parts = Vec::new();
        for (record, cut) in records {
            let side = |content: &Content| cut.side_of(content.effective_at).unwrap_or(Side::Former);
            let here = side(&record.content);
            let (mine, others) = match cut {
                CutOver::All(_) => (Vec::new(), Vec::new()),
                CutOver::From(_) => {
                    let earlier = self.earlier_statements(record).await?;
                    earlier.into_iter().partition(|(content, _)| side(content) == here)
                }
            };
            let whole = others.is_empty();
            if let Some(counterpart) = self.counterpart(record, here.other(), others, rng) {
                parts.push(counterpart);
            }
            let kind = match whole {
                true => Kind::AsItWas,
                false => Kind::Shortened { read: record.row.version, earlier: mine },
            };
            parts.push(Part { side: here, record: (*record).clone(), kind });
        }
        Ok(parts)
    }

    /// What a record said before, the oldest first.
    async fn earlier_statements(&self, record: &OpenRecord) -> Result<Vec<(Content, Uuid)>, ServiceError> {
        let mut conn = self.store.reader().await?;
        let rows = versions::of_records(&mut conn, &[record.row.record_id]).await?;
        drop(conn);
        rows.into_iter()
            .map(|row| {
                let was = SourceRecordRow { version: row.version, sealed: row.sealed, ..record.row.clone() };
                Ok((Self::open_with(was, record.bundle.clone())?.content, row.run_id))
            })
            .collect()
    }

    /// The record of the other identity; nothing when the source said nothing of it.
    fn counterpart(
        &self,
        record: &OpenRecord,
        side: Side,
        mut statements: Vec<(Content, Uuid)>,
        rng: &mut ChaCha12Rng,
    ) -> Option<Part> {
        let (content, _) = statements.pop()?;
        let row = &record.row;
        let local_key = self.counterpart_key(row.source_id, row.local_key);
        let row = SourceRecordRow {
            record_id: vault::record_id_in_bucket(rng.random(), vault::bucket_of(&local_key.0)),
            source_id: row.source_id,
            local_key,
            version: 1,
            digest: Key16(rng.random()),
            sealed: Vec::new(),
            hold_until: row.hold_until,
            state: RecordState::Live,
        };
        let record = OpenRecord { row, bundle: Bundle::with_identity_slot(rng), content };
        Some(Part { side, record, kind: Kind::Counterpart { earlier: statements } })
    }

    /// Leaves out the numbers that are foreign to a part's identity: they are not carried over (rule 10.13).
    pub(super) fn leave_out_numbers(&self, part: &mut Part, foreign: &[u64]) {
        let without = |content: &mut Content| {
            let before = content.identifiers.len();
            content.identifiers.retain(|it| {
                let mark = Mark::Number(it.kind(), it.value().to_owned());
                !foreign.contains(&self.mark_hash(&mark))
            });
            content.identifiers.len() != before
        };
        let less = without(&mut part.record.content);
        match &mut part.kind {
            Kind::AsItWas if less => part.kind = Kind::SaysLess,
            Kind::AsItWas | Kind::SaysLess => {}
            Kind::Shortened { earlier, .. } | Kind::Counterpart { earlier } => {
                for (content, _) in earlier {
                    without(content);
                }
            }
        }
    }

    /// Writes a part, its keys before its rows (decision 2). False when the record is no more as it was read. The versions
    /// count its own statements alone: a gap would tell that some are elsewhere.
    pub(super) async fn write_part(
        &self,
        tx: &mut Tx,
        part: &mut Part,
        rng: &mut ChaCha12Rng,
    ) -> Result<bool, ServiceError> {
        let id = part.record.row.record_id;
        let mut rows: Vec<VersionRow> = Vec::new();
        if let Kind::Shortened { earlier, .. } | Kind::Counterpart { earlier } = &mut part.kind {
            by_themselves(earlier, &mut part.record.content);
            for (version, (content, run_id)) in (1..).zip(earlier) {
                let sealed = seal_content(id, version, content.clone(), &mut part.record.bundle, rng)?;
                rows.push(VersionRow { record_id: id, version, sealed, run_id: *run_id });
            }
        }
        let read = match part.kind {
            Kind::AsItWas => return Ok(true),
            Kind::SaysLess => part.record.row.version,
            Kind::Shortened { read, .. } => read,
            Kind::Counterpart { .. } => 0,
        };
        if !matches!(part.kind, Kind::SaysLess) {
            part.record.row.version = i64::try_from(rows.len()).map_or(i64::MAX, |count| count + 1);
        }
        let content = part.record.content.clone();
        part.record.row.sealed =
            seal_content(id, part.record.row.version, content, &mut part.record.bundle, rng)?;
        let mut keys = self.store.begin_keys().await?;
        key_store::put_bundles(&mut keys, &[self.bundle_row(id, &part.record.bundle, rng)?]).await?;
        keys.commit().await?;
        let row = &part.record.row;
        if read == 0 {
            if source_records::insert(tx, std::slice::from_ref(row)).await? != 1 {
                return Ok(false);
            }
        } else {
            if !source_records::rewrite(tx, row, read).await? {
                return Ok(false);
            }
            if matches!(part.kind, Kind::Shortened { .. }) {
                versions::remove_of_records(tx, &[id]).await?;
            }
        }
        if !rows.is_empty() {
            versions::insert(tx, &rows).await?;
        }
        Ok(true)
    }
}

/// Has statements go on from each other alone: what their source said of the other identity is no part of what they say.
fn by_themselves(earlier: &mut [(Content, Uuid)], last: &mut Content) {
    for at in 0..earlier.len() {
        let (before, rest) = earlier.split_at_mut(at);
        if let Some((content, _)) = rest.first_mut() {
            content.goes_on_from(before.iter().map(|(content, _)| content));
        }
    }
    last.goes_on_from(earlier.iter().map(|(content, _)| content));
}
